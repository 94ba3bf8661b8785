/*
 * tree_impl.h - nodes and file contents of the tree (tree.c, data.c).
 */
#ifndef SERVERS_RAMFS_TREE_IMPL_H
#define SERVERS_RAMFS_TREE_IMPL_H
#include "servers/ramfs/tree.h"

/* A file's bytes: groups of GROUPPAGES pages; what was never written is NULL
 * and reads as zeros. */
enum { PAGEBYTES = 8192, GROUPPAGES = 1024, GROUPMAX = 1 << 17 };
#define DATAMAX ((uint64_t)PAGEBYTES * GROUPPAGES * GROUPMAX) /* 1 TiB */

/* How much memory the tree has taken and may take. */
typedef struct Budget Budget;
struct Budget {
	uint64_t used, limit;
	uint64_t credit;        /* bytes that room has granted, or that were given back */
	bool (*room)(uint64_t bytes);
};
enum { ROOM_STEP = 512 * 1024 };
bool budget_take(Budget *b, uint64_t n);
void budget_give(Budget *b, uint64_t n);

typedef struct Data Data;
struct Data {
	uint64_t length;
	uint8_t ***group;
	size_t ngroup;
	Budget *budget;
};
int64_t data_read(const Data *d, void *buf, size_t n, uint64_t off);
int64_t data_write(Data *d, const void *buf, size_t n, uint64_t off); /* count, or -Enospc, -Etoobig */
void data_truncate(Data *d, uint64_t length); /* also longer, with zeros; length <= DATAMAX */
#endif
