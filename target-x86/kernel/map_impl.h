/*
 * map_impl.h - between ptab.c, mapdb.c and iospace.c.
 *
 * A page table entry of the CPU, with three bits of ours. Beside each table
 * lies a shadow: for each entry the physical address of its MapNode, or 0. An
 * entry of the directory's shadow is the shadow table's address plus the number of
 * entries in use (0 to 1024), or for a 4 MiB page its node's.
 */
#ifndef TARGET_X86_KERNEL_MAP_IMPL_H
#define TARGET_X86_KERNEL_MAP_IMPL_H
#include "target-x86/kernel/map.h"

enum {
	PTE_P = 1, PTE_W = 2, PTE_U = 4, PTE_PWT = 8, PTE_PCD = 16, PTE_A = 32,
	PTE_D = 64, PTE_PAT = 128, PTE_PS = 128, PTE_G = 256,
	PTE_SW_R = 0x200, PTE_SW_X = 0x400,
	PTE_OWN = 0x800,              /* the kernel's page: KIP, UTCB */
	PDE_PAT = 0x1000,             /* of a 4 MiB page */
	NPTE = 1024,
};
#define PTE_FRAME 0xFFFFF000u

struct MapNode {
	MapNode *parent, *child;      /* NULL parent: mapped from sigma0 */
	MapNode *next, **pprev;       /* siblings; what points here */
	Map *map;                     /* stale when NODE_DEAD */
	uint32_t word;                /* page address, NODE_ bits */
};
enum {
	NODE_SUPER = 1,
	NODE_DEAD = 2,                /* no entry points at it: goes when its children have */
	NODE_CURSOR = 4,              /* a MapOp stands here */
	NODE_STATUS = 4,              /* shift: status bits that left the entry */
};
static inline uint32_t
node_va(const MapNode *n)
{
	return n->word & PTE_FRAME;
}

/* ptab.c */
uint32_t *ptab_entry(const Map *m, uint32_t va, bool *super); /* NULL: no table */
MapNode *ptab_node(const Map *m, uint32_t va);
bool ptab_need(Map *m, uint32_t va, int class);    /* makes the table */
void ptab_set(Map *m, uint32_t va, uint32_t entry, MapNode *n);
void ptab_set_super(Map *m, uint32_t va, uint32_t entry, MapNode *n); /* slot is empty */
void ptab_clear(Map *m, uint32_t va);              /* either size; frees an empty table */
uint32_t pte_make(uint32_t pa, unsigned rights);
unsigned pte_rights(uint32_t e);
unsigned pte_status(uint32_t e);
void ptab_flush(Map *m, uint32_t va);
bool map_reserved(const Map *m, uint32_t va);      /* in the KIP or UTCB area */
void cpu_flush_page(uint32_t va);                  /* mapcpu.c, or the unit test's */
void temp_set(unsigned slot, uint32_t pa);         /* mapcpu.c: a page of the window KTEMP */

bool map_phys_range_ok(uint32_t frame, uint32_t n);
void map_set_kernel(uint32_t *pd);                 /* the directory whose upper quarter all share */

/* mapdb.c */
bool node_split(MapNode *n);                       /* 4 MiB into 1024; false: no memory */
unsigned map_nodes_live(void);
void mapdb_forget(const Map *m);
#endif
