/*
 * ata.h - ATA drives and how they are reached: IDE channels (ata_chan.c: registers,
 * waiting, DMA) and AHCI ports (ahci.c), both a "channel" to those who use them:
 * ata_disk.c (disks), atapi.c (CDs), ata.c (finding them, plat_disk_*).
 */
#ifndef X86_DRV_ATA_H
#define X86_DRV_ATA_H
#include "core/core.h"
#include "target-x86/drv/io.h"

enum {
	/* command block, from AtaChan.io on */
	ATA_DATA = 0, ATA_ERROR = 1, ATA_FEATURES = 1, ATA_COUNT = 2, ATA_LBA0 = 3, ATA_LBA1 = 4,
	ATA_LBA2 = 5, ATA_DRIVE = 6, ATA_STATUS = 7, ATA_COMMAND = 7,
	ATA_BUSY = 0x80, ATA_READY = 0x40, ATA_FAULT = 0x20, ATA_DRQ = 0x08, ATA_ERR = 0x01,
	/* commands */
	ATA_READ = 0x20, ATA_READ_EXT = 0x24, ATA_READ_DMA = 0xC8, ATA_READ_DMA_EXT = 0x25,
	ATA_WRITE = 0x30, ATA_WRITE_EXT = 0x34, ATA_WRITE_DMA = 0xCA, ATA_WRITE_DMA_EXT = 0x35,
	ATA_FLUSH = 0xE7, ATA_FLUSH_EXT = 0xEA, ATA_IDENTIFY = 0xEC, ATA_IDENTIFY_PACKET = 0xA1,
	ATA_PACKET = 0xA0,
	ATAPI_READ_10 = 0x28,
	ATA_BUF = 64 * 1024,      /* of a channel; a transfer is cut into such pieces */
	ATA_TIMEOUT_MS = 10000, ATA_FLUSH_MS = 30000, ATA_IDENTIFY_MS = 2000,
};

typedef struct AtaChan AtaChan;
typedef struct AtaOps AtaOps;
struct AtaChan {
	/* immutable */
	const AtaOps *ops;
	uint16_t io, ctl, bm;     /* IDE's ports; bm 0: no DMA */
	int irq;
	bool dma;                 /* it can */
	char name[16];
	/* lk: one command at a time */
	QLock lk;
	uint8_t *buf;             /* ATA_BUF bytes for DMA; what is behind them is the channel's own */
	uint64_t pa;
	/* atomic */
	atomic_bool done;         /* by the interrupt */
	Rendez wait;
};
typedef struct AtaDrive AtaDrive;
struct AtaDrive {                 /* immutable, but for dma and what plat_disk_changed gives */
	AtaChan *chan;
	uint8_t sel;              /* 0 or 0x10 */
	bool atapi, lba48;
	bool dma;                 /* chan->lk: false after it failed */
	char where[16];
};
/* What a command asks for: the registers and how its data goes. */
typedef struct AtaCmd AtaCmd;
struct AtaCmd {
	uint8_t command, features;
	uint64_t lba;
	uint16_t count;           /* sectors */
	bool ext;                 /* 48-bit registers */
	bool write;
	int timeout_ms;
};
typedef struct AtaFail AtaFail;
struct AtaFail {
	const char *why;          /* "bad sector" … */
	uint8_t error;            /* the error register */
};

/* What a channel can do. All REQUIRE chan->lk. 0 or -Eio with *f saying why; after a
 * time-out the drive was reset. size: bytes, at most ATA_BUF, in or from chan->buf. */
struct AtaOps {
	const char *driver;
	int (*pio)(AtaDrive *d, const AtaCmd *c, size_t size, size_t block, AtaFail *f); /* NULL: DMA only */
	int (*dma)(AtaDrive *d, const AtaCmd *c, size_t size, AtaFail *f);
	int (*nodata)(AtaDrive *d, const AtaCmd *c, AtaFail *f);
	/* A packet command that reads; *size: room in, bytes of data out. */
	int (*packet)(AtaDrive *d, const uint8_t cmd[12], size_t *size, int timeout_ms, AtaFail *f);
};

/* Does a packet's data come by DMA? Only what comes at once and whole. */
static inline bool
ata_packet_dma(const AtaDrive *d, const uint8_t cmd[12])
{
	return d->dma && cmd[0] == ATAPI_READ_10;
}

/* ata_chan.c */
extern const AtaOps ata_ide;
int ata_pio(AtaDrive *d, const AtaCmd *c, size_t size, size_t block, AtaFail *f);
void ata_reset(AtaChan *c);
int ata_chan_start(AtaChan *c);                  /* buffer and interrupt */
const char *ata_error_text(uint8_t error);       /* what the error register says, in words */

/* ahci.c: looks at the ports of the controller p, and gives ata_drive_add what it finds. */
void ahci_find(const PlatPci *p, int nth);
/* ata.c: one more drive, which IDENTIFY has answered for into chan->buf. */
void ata_drive_add(const AtaDrive *d);

/* ata_disk.c, atapi.c: fill in p from what IDENTIFY gave (256 words in chan->buf). */
int ata_disk_setup(AtaDrive *d, PlatDisk *p);
int ata_disk_io(AtaDrive *d, bool write, uint64_t sector, size_t count, uint8_t *buf);
int ata_disk_flush(AtaDrive *d);
int atapi_setup(AtaDrive *d, PlatDisk *p);
int atapi_read(AtaDrive *d, uint32_t sector_size, uint64_t sector, size_t count, uint8_t *buf);
bool atapi_changed(AtaDrive *d, PlatDisk *p);
/* n bytes of text from IDENTIFY's words, without blanks at the ends */
void ata_text(const uint16_t *w, size_t nword, char *out, size_t n);
#endif
