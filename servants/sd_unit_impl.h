/*
 * sd_unit_impl.h - a unit of #S, as sd.c and sdraw.c share it.
 */
#ifndef SERVANTS_SD_UNIT_IMPL_H
#define SERVANTS_SD_UNIT_IMPL_H
#include "core/core.h"
#include "servants/sd_impl.h"

enum { PART_SLOTS = PART_MAX + 1 };  /* and data */
enum { RAW_MAX = 1 << 20 };          /* data of one raw command */

typedef struct PartSlot PartSlot;
struct PartSlot {
	Part p;              /* Unit.lk; does not change while open */
	bool used;           /* Unit.lk */
	uint32_t vers;       /* Unit.lk */
	unsigned nopen;      /* Unit.lk */
	bool writer;         /* Unit.lk; one of the opens is for writing */
	atomic_bool dirty;   /* written since the last flush */
};
typedef struct Raw Raw;
struct Raw {                 /* all: lk */
	QLock lk;
	bool open;
	enum { RAW_CMD, RAW_DATA, RAW_STATUS } state;
	uint8_t cmd[16];
	size_t ncmd;
	int status;
	uint8_t sense[18];
};
typedef struct Unit Unit;
struct Unit {
	Disk *disk;
	char name[12];
	QLock lk;
	uint32_t vers;       /* lk; of the newest partition */
	PartSlot part[PART_SLOTS];
	Raw raw;
};
/* sd.c: is one of the sectors [start, end) in a partition that is open for writing? */
bool unit_written(Unit *u, uint64_t start, uint64_t end);
/* sdraw.c: the states of the raw file; read and write are those of the file. */
int sdraw_open(Unit *u);
void sdraw_close(Unit *u);
int64_t sdraw_read(Unit *u, void *buf, size_t n);
int64_t sdraw_write(Unit *u, const void *buf, size_t n);
#endif
