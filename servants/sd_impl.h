/*
 * sd_impl.h - a disk driver's side of #S and #f, and the partition scanner.
 */
#ifndef SERVANTS_SD_IMPL_H
#define SERVANTS_SD_IMPL_H
#include "core/core.h"

typedef struct Disk Disk;
struct Disk {                /* immutable once #S has started it */
	char name[16];               /* the unit's, for errors: #S gives it */
	const char *driver;          /* for sdctl */
	char id[24];                 /* the device's own, "" when it has none */
	char config[80];             /* line for ctl */
	uint64_t nsector;
	uint32_t sector_size;
	bool readonly;
	bool removable;          /* #S names it as a CD drive */
	/* count sectors; 0 or -Exxx (-Eio names the sector). Blocks. */
	int (*io)(Disk *d, bool write, uint64_t sector, size_t count, uint8_t *buf);
	int (*flush)(Disk *d);
	/* NULL: the medium stays. Is it another one since the last call? Then nsector
	 * (0: none), sector_size, readonly are new. */
	bool (*changed)(Disk *d);
	RWlock rmw;              /* diskio.c's */
};
/* diskio.c: count sectors, 0 or -Exxx; n bytes at byte `at`, the count or -Exxx.
 * The caller has checked that the disk is as long. The disk only reads buf
 * when it writes. */
int disk_sectors(Disk *d, bool write, uint64_t sector, size_t count, uint8_t *buf);
int64_t disk_bytes(Disk *d, bool write, uint64_t at, uint8_t *buf, size_t n);
/* vblk_start: the nth virtio disk, or NULL. */
Disk *vblk_start(int nth);
/* machine_disk.c: the nth disk of the machine's own controllers, or NULL. */
Disk *mdisk_start(int nth);
/* floppy.c: gives #f a disk that calls itself fdN; before #f is used. */
void floppy_add(Disk *d);

enum { PART_MAX = 64, PART_NAME = 28 };
typedef struct Part Part;
struct Part {
	char name[PART_NAME];
	uint64_t start, end; /* sectors: [start, end) */
};
typedef struct PartList PartList;
struct PartList {
	size_t n;
	Part part[PART_MAX];
	unsigned nbad;       /* entries that were refused */
};
/* Reads one sector into buf. 0 or -Exxx. */
typedef int PartRead(void *arg, uint64_t sector, uint8_t *buf);
/*
 * part_scan finds the partitions of a disk of nsector sectors: those of its
 * MBR, logical ones too, each inside the disk and not overlapping one found
 * before; or "dos", all of it, when it begins with a FAT file system.
 * 0, or the first read's error.
 */
int part_scan(PartRead *reader, void *arg, uint64_t nsector, uint32_t sector_size, PartList *out);
#endif
