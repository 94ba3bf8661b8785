/*
 * map.h - the kernel's memory: page allocator, page tables, mapping database,
 * I/O ports, and what people see of it (console, panic, debugger).
 *
 * ADDRESSES
 *	0 .. KBASE               user
 *	KBASE .. + KWIN_SIZE     physical memory, as far as there is, supervisor,
 *	                         4 MiB global pages: kernel image, pool, UTCBs
 *	KTEMP .. + 4 MiB         one page table: temporary windows, TSS + I/O bitmap
 *	KSCREEN .. + 16 MiB      the frame buffer, for panics (console.c)
 *	UTCBPTR_PAGE             user-readable: %gs:0
 * LOCKS   One CPU; every function here runs with interrupts off. What may take
 *         long is a MapOp: map_op_step does a bounded piece, between two pieces
 *         the caller may take interrupts and run other threads, which may use
 *         all functions here. A thread killed in between: map_ops_end(its stack).
 * FAULTS  The kernel itself never touches user addresses, so it never faults:
 *         map_touch gives a kernel address or says that there is a fault.
 * LIMITS  Each stored 4 MiB mapping comes straight from sigma0; what is mapped
 *         on from one is split into 4 KiB pages first (LOG: mapdb.c).
 *         ia32 has no execute bit: r, x and w all mean readable; rights are kept
 *         exactly all the same.
 * SEE     X.2 manual, chapters 4 (fpages, Unmap, SpaceControl, MemoryControl)
 *         and 5.3 (map and grant items); tests/unit/x86_mapdb.c
 */
#ifndef TARGET_X86_KERNEL_MAP_H
#define TARGET_X86_KERNEL_MAP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef KERN_DIRECT
#define KERN_DIRECT 0xC0000000u       /* KBASE; the unit tests have their own */
#endif
enum { MAP_PAGE = 4096, MAP_SUPER = 1 << 22 };
#define MAP_USER_TOP 0xC0000000u
typedef struct Space Space;

/* A broken invariant: panic; the unit tests have their own. */
_Noreturn void map_bug(const char *what);

/* ---- kmem.c: pages and small objects of the kernel's pool ---- */
enum { KM_USER, KM_RESERVE, KM_THREAD }; /* KM_USER leaves the reserve alone, KM_THREAD more */
/*
 * kmem_init gives physical memory to the pool, page-aligned, below KWIN_SIZE. May
 * be called several times. kmem_alloc: whole pages in a row, zeroed, size in
 * bytes (rounded up); NULL: no memory. kmem_alloc is kmem_take(size, KM_USER).
 */
void kmem_init(uint32_t low, uint32_t high);
void *kmem_take(size_t size, int class);
void *kmem_alloc(size_t size);
void kmem_free(void *p, size_t size);      /* NULL ok */
size_t kmem_unused(void);                  /* bytes, reserve included */

/* Objects of one size, at most half a page. A page without objects goes back to
 * the pool. Static initialisation: { .size = sizeof(X) }. */
typedef struct Slab Slab;
struct Slab {
	unsigned size;
	unsigned live;
	void *partial;                /* pages with room */
};
void *slab_alloc(Slab *s, int class);      /* zeroed */
void slab_free(Slab *s, void *obj);        /* NULL ok */

typedef struct KmemInfo KmemInfo;
struct KmemInfo {
	uint32_t total, free, reserve;      /* pages */
};
KmemInfo kmem_info(void);

/* Physical address of memory in the direct map, and back. */
static inline uint32_t
kmem_pa(const volatile void *p)
{
	return (uint32_t)((uintptr_t)p - (uintptr_t)KERN_DIRECT);
}

static inline void *
kmem_va(uint32_t pa)
{
	return (void *)((uintptr_t)KERN_DIRECT + pa);
}

/* ---- a space's part ---- */
typedef struct Map Map;
typedef struct MapNode MapNode;
typedef struct IoNode IoNode;
struct Map {
	uint32_t *pd;                 /* the CPU's page directory */
	uint32_t *sd;                 /* its shadow: page tables' shadows, 4 MiB nodes */
	bool sigma0;                  /* root of the database: idempotent, no nodes */
	uint32_t npage;               /* mapped from others: 4 KiB pages */
	IoNode *io;                   /* I/O port ranges held */
	uint8_t *io_bitmap[2];        /* TSS bitmap, 1 = denied; NULL: no port at all */
	uint32_t kip, kip_size;       /* reserved areas, set by map_reserve; size 0: none */
	uint32_t utcb, utcb_size;
};

/* ---- ptab.c ---- */
/* Physical ranges that sigma0 does not get: kernel image, pool. End exclusive. */
int map_phys_reserve(uint64_t low, uint64_t high);  /* -1: table full */
bool map_phys_ok(uint32_t frame);                   /* page frame number: user memory? */
/*
 * map_init_kernel: pool and kernel page directory from the KIP's memory
 * descriptors; adds descriptors for what the kernel keeps. Wants the symbols
 * kernel_start, kernel_end (kernel.ld, linked at KBASE + physical address).
 * boot_fail on too little memory or a KIP that nobody filled in.
 */
void map_init_kernel(void);
uint32_t map_kernel_cr3(void);        /* for idle and for a space that dies */
bool map_init(Map *m);                /* all else 0; false: no memory */
/* Everything must have been unmapped by map_op_clear before. */
void map_fini(Map *m);
static inline uint32_t
map_cr3(const Map *m)
{
	return kmem_pa(m->pd);
}
/* Which space's tables CR3 holds, for TLB flushes; NULL: the kernel's. Whoever
 * loads CR3 stores it here (the fast path too). */
extern Map *map_current;

/* The kernel's own pages in a space (KIP, UTCBs): not in the database. */
void map_reserve(Map *m, uint32_t kip, uint32_t kip_size, uint32_t utcb, uint32_t utcb_size);
bool map_own_page(Map *m, uint32_t va, void *page, bool writable); /* false: no memory */
void map_own_unpage(Map *m, uint32_t va);

/*
 * map_touch gives a kernel address for the user address va (to the end of its
 * page), as the thread itself would reach it, and sets the accessed and dirty
 * bits. NULL: a page fault there; send it to the pager, try again. The address
 * stays good until the next map_touch on the same window (0..MAP_NTOUCH-1), a
 * preemption, or an unmap.
 */
enum { MAP_NTOUCH = 8 };
void *map_touch(Map *m, uint32_t va, bool write, unsigned window);
/* Any physical page for the kernel itself (debugger, BootInfo). */
void *map_touch_phys(uint32_t pa, unsigned window);

/*
 * map_fault_fixed: after #PF by user code. true: go on, nothing to send (sigma0's
 * own memory; or the table allows the access by now and the TLB was old).
 */
bool map_fault_fixed(Map *m, uint32_t va, bool write);

typedef struct MapEntry MapEntry;
struct MapEntry {
	uint32_t pa;
	uint8_t rights;               /* r 4, w 2, x 1 */
	bool super, kernel;
	uint8_t status;               /* as rights: since the last Unmap */
	MapNode *node;                /* NULL: kernel's page, or sigma0's */
};
bool map_query(const Map *m, uint32_t va, MapEntry *out);
bool map_ops_any(void);       /* mapdb.c: is an operation under way? */
/* mapcheck.c: for the kernel's self-check; no operation may be under way. */
bool map_check(const Map *m);
void *map_own_at(const Map *m, uint32_t va); /* the kernel's page there, or NULL */
bool kmem_check(void);                       /* kmem.c: as many free pages as it says? */

/* MemoryControl: attr 0 default, 1 WB, 2 WT, 4 UC, 5 WC, 8 WP (others: -1). Sets
 * it for what m has in the fpage, and for what is mapped on from there later. */
int map_attr(Map *m, uint32_t fpage, unsigned attr);

/* ---- fpages ---- */
enum { FPAGE_R = 4, FPAGE_W = 2, FPAGE_X = 1 };
/* false: nil, or a size below 4 KiB; *log2 is 32 for the complete space. */
bool fpage_range(uint32_t fpage, uint32_t *base, unsigned *log2);
static inline bool
fpage_is_io(uint32_t fpage)
{
	return (fpage >> 4 & 0x3F) == 2;
}
/* Where a map item's pages come from and go to; X.2 5.3. false: nothing. */
bool fpage_pair(uint32_t send, uint32_t hot, uint32_t window, uint32_t *from, uint32_t *to, unsigned *log2);

/* ---- mapdb.c: operations in bounded pieces ---- */
/*
 * Use:	MapOp op;
 *	map_op_map(&op, from, snd_base_word, snd_fpage, to, window, grant);
 *	while ((rc = map_op_step(&op)) == MAP_MORE)
 *		let interrupts in, perhaps switch thread;
 *	map_op_end(&op);
 * MAP_DONE: op.result. MAP_NOMEM: no kernel memory, a part is mapped (send the
 * receiver what X.2 says: error 4 overflow, or 7 aborted).
 */
enum { MAP_DONE, MAP_MORE, MAP_NOMEM };
enum { MAP_OP_NONE, MAP_OP_MAP, MAP_OP_UNMAP, MAP_OP_CLEAR };
typedef struct MapOp MapOp;
struct MapOp {
	uint8_t kind, rights;
	bool grant, flush, climb, siblings, super_done;
	uint32_t result;              /* rights that came across; status bits */
	Map *from, *to;
	uint32_t src, dst;            /* next page, by number */
	uint32_t left;                /* pages to go */
	/* the tree being revoked */
	MapNode *root, *cursor;
	uint8_t mask, status;
	bool self;
	MapOp *next, *prev;           /* ops under way, for cursors */
};
/* Memory only; io_map and io_unmap are the same for ports. */
void map_op_map(MapOp *op, Map *from, uint32_t hot, uint32_t snd_fpage, Map *to, uint32_t window, bool grant);
/* rights are the fpage's lower 3 bits; result: status, to be put there. */
void map_op_unmap(MapOp *op, Map *m, uint32_t fpage, bool flush);
/* Takes all memory from a space that is to die. */
void map_op_clear(MapOp *op, Map *m);
int map_op_step(MapOp *op);
void map_op_end(MapOp *op);           /* at any time; never forget it */
/* For a thread that dies in between: ends the operations that lie on its stack. */
void map_ops_end(const void *low, size_t size);

/* ---- iospace.c ---- */
/*
 * The I/O bitmap follows the TSS in linear addresses: map_init_kernel maps tss's
 * page (it must not cross one) in front of the bitmap of the current space.
 * cpu.c makes the descriptor with this base and limit.
 */
uint32_t io_tss_base(void);
uint32_t io_tss_limit(void);
void io_init(void *tss);
/* At each switch of spaces: one compare when neither has ports. */
extern uint8_t *io_loaded;            /* io_bitmap[0] of the loaded bitmap */
extern uint8_t *io_mapped;            /* the same of what was loaded last, if it is still there */
void io_load(Map *m);
static inline void
io_switch(Map *m)
{
	if (__builtin_expect(m->io_bitmap[0] != io_loaded, 0))
		io_load(m);
}
/* Ports of an instruction that made #GP at user address ip: the fpage to ask
 * for (rights 6, as in the fault message); 0: not an I/O instruction, not
 * readable, or the space has these ports. */
uint32_t io_fault_fpage(Map *m, uint32_t ip, uint32_t edx);
/* sigma0's first use of a port: it gets all of them. false: not that */
bool io_fault_fixed(Map *m);
bool io_allowed(const Map *m, uint32_t port, unsigned n);
/* The operations behind map_op_*; false: no memory. Bounded by IO_NODES. */
bool io_map(Map *from, uint32_t snd, Map *to, uint32_t window, bool grant);
void io_unmap(Map *m, uint32_t fpage, bool flush);

/* ---- space calls (mapcall.c): the above for ipc.c, space.c, trap.c ---- */
bool map_new(Space *s);               /* fills s->cr3 too; false: no memory */
void map_free(Space *s);              /* unmaps everything; PREEMPTS */
/* One map or grant item; *rights: what came across. 0, or nonzero: out of kernel
 * memory, a part may be mapped. PREEMPTS. */
int map_fpage(Space *from, uint32_t snd, uint32_t hot, Space *to, uint32_t window, bool grant, uint32_t *rights);
/* The fpage with its status bits in place of its rights. PREEMPTS. */
uint32_t unmap_fpage(Space *s, uint32_t fpage, bool flush);
void *map_lookup(Space *s, uint32_t va, bool write, unsigned slot);  /* map_touch */
int map_kernel_page(Space *s, uint32_t va, void *page, bool write);  /* 0; else no memory */
void map_unmap_kernel_page(Space *s, uint32_t va);
void map_kernel_areas(Space *s, uint32_t kip, uint32_t kip_size, uint32_t utcb, uint32_t utcb_size);
bool map_fault_spurious(Space *s, uint32_t va, bool write);          /* sigma0's faults too */
int map_attributes(Space *s, uint32_t fpage, uint32_t attr);
uint32_t iospace_fault(Space *s, uint32_t ip, uint32_t edx);
void iospace_switch(Space *s);

/* ---- console.c: COM1 and VGA text (kprintf: kernel.h) ---- */
void console_port(uint16_t com_port);       /* another than 0x3F8 */
void console_putc(int c);                   /* '\n' becomes "\r\n" */
void console_puts(const char *s);
int console_getc(void);                     /* -1: no key; never waits */
bool console_break(void);                   /* the line was broken since it was last asked */
void console_screen_init(void);
void console_screen(bool on);               /* panics, boot errors: on both */
/* One line on both consoles, then halt: "lp49 kernel: what; what next". */
_Noreturn void boot_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- kdb.c ---- */
extern bool kdb_on;                         /* boot word kdb=on */
void map_print_tree(const MapNode *n);        /* mapdump.c: for the debugger */
#endif
