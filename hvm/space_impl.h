/*
 * space_impl.h - what HVM's files share that know L4: threads, spaces, faults,
 * events, requests.
 */
#ifndef HVM_SPACE_IMPL_H
#define HVM_SPACE_IMPL_H
#include "hvm/hvm.h"
#include "hvm/hvm_impl.h"
#include "hvm/proto.h"
#include "lib9/l4/l4.h"
#include "lib9/plat.h"

typedef struct Space Space;
typedef struct Thread Thread;
typedef struct Region Region;

/* ---- thread.c ---- */
enum ThreadState { THREAD_FREE, THREAD_INACTIVE, THREAD_READY, THREAD_RUNS };
enum Trouble { TROUBLE_NONE, TROUBLE_FAULT, TROUBLE_STACK, TROUBLE_MEMORY, TROUBLE_EXCEPTION, TROUBLE_KILLED, TROUBLE_START };
struct Thread {
	L4_ThreadId_t id;
	Space *space;
	L4_ThreadId_t pager;
	uint8_t state;       /* READY: waits for its start message */
	uint8_t trouble;     /* it is blocked in an IPC to HVM until somebody helps */
	bool queued;         /* … and CORE doesn't know yet */
	bool stopped;
	uint8_t want;        /* FAULT: rwx */
	uintptr_t addr, pc;
	char what[40];       /* EXCEPTION: its name */
	Thread *next;        /* queue of event.c */
};
void thread_init(void);
Thread *thread_find(L4_ThreadId_t id);      /* NULL: not a living thread of ours */
size_t thread_slot(const Thread *t);
/* thread_make gives the slot a fresh id, and (main, slot 0) makes the space. */
int thread_make(Space *s, size_t slot) MUST_USE;
int thread_activate(Thread *t) MUST_USE;    /* then it waits for thread_go */
int thread_go(Thread *t, uintptr_t ip, uintptr_t sp);
void thread_delete(Thread *t);
/* thread_regs: as they were when it last entered the kernel, or are now. */
int thread_regs(Thread *t, uintptr_t *ip, uintptr_t *sp, uintptr_t *flags);
/* thread_set aborts its IPC and lets it run on at ip with sp. */
int thread_set(Thread *t, uintptr_t ip, uintptr_t sp);
int thread_halt(Thread *t, bool halt);
void thread_pri(const Thread *t);
int thread_pager(Thread *t, L4_ThreadId_t pager);
L4_ThreadId_t thread_hvm(void);             /* HVM's own */

/* ---- space.c ---- */
struct Region {
	Region *next;        /* ascending */
	uintptr_t base;      /* ends at base + seg->npage pages */
	int rights;          /* ELF_R … = L4_Readable … */
	Seg *seg;            /* 1 reference */
};
struct Space {
	int sid;
	bool dead;           /* its process was killed from outside */
	bool stopped;
	uint8_t pri;         /* L4 priority; 0: as it was born */
	enum FrameUse use;
	char name[HVM_NAMELEN];
	Region *regions;
	Seg *heap;           /* borrowed from regions: brk moves its end */
	size_t nfault;
	size_t npage;        /* frames that this Space lies in */
	size_t nthread;
	Thread thread[];     /* 0: main */
};
enum { CORE_SID = 1 };
Space *space_find(int sid);                 /* NULL: none */
int space_new(int sid, Space **out);        /* sid 0: any */
int space_exec(Space *s, Image *i, const char *name, Space *from, uintptr_t stack, size_t n);
int space_fork(Space *parent, int flags, uintptr_t ip, uintptr_t sp, Space **out);
void space_kill(Space *s);
bool space_unmap_programs(void);            /* all of all but CORE's; false: nothing was mapped */
int space_note(Space *s, uintptr_t ip);
size_t space_table(char *text, size_t n);
size_t space_threads(const Space *s, char *text, size_t n);
size_t space_thread_lines(Space *s, char *text, size_t n); /* /proc/n/threads */

/* ---- region.c: what a space has where ---- */
Region *region_find(const Space *s, uintptr_t va);
/* region_add CONSUMES a reference on seg, also when it fails. */
int region_add(Space *s, uintptr_t base, int rights, Seg *seg);
Region *region_new(uintptr_t base, int rights, Seg *seg, enum FrameUse use); /* the same; NULL */
void region_insert(Region **list, Region *r);
void region_list_put(Region *list, bool alive);
int region_place(const Space *s, size_t npage, uintptr_t align, uintptr_t *va);
int region_attach(Space *s, int flags, const char *class, uintptr_t *va, size_t len);
int region_detach(Space *s, uintptr_t va);
int region_brk(Space *s, uintptr_t end);
size_t region_table(const Space *s, char *text, size_t n); /* /proc/n/segment */
/* copies between spaces; NULL: HVM's own memory. The count, or -Eaddr, -Enomem
 * when not even one byte was copied. */
int64_t mem_copy(Space *to, uintptr_t dst, Space *from, uintptr_t src, size_t n) MUST_USE;
int seg_write(Seg *seg, size_t off, Space *from, uintptr_t src, size_t n) MUST_USE;

/* ---- pager.c ---- */
bool pager_fault(Thread *t, L4_Msg_t *m);      /* true: m is the reply */
void pager_unmapped(Thread *t);                /* … which the kernel had no memory for */
uint64_t pager_nfault(void);                   /* faults since start, of all spaces */
bool pager_ports(Thread *t, L4_Msg_t *m);
bool pager_exception(Thread *t, L4_Msg_t *m);

/* ---- event.c ---- */
void event_post(Thread *t);                    /* t->trouble says what */
void event_drop(Thread *t);                    /* its trouble is over */
int event_wait(Thread *t, uintptr_t buf, size_t n); /* the reply comes later */
void event_text(const Thread *t, char *text, size_t n);

/* ---- boot.c ---- */
void boot_init(void);                          /* memory, modules */
typedef struct Module Module;
struct Module {
	uintptr_t pa;
	size_t size;
	const char *name;
};
const Module *boot_module(size_t index);       /* NULL past the last */
const Module *boot_module_find(const char *name);
int boot_device(uint64_t pa, bool pixels, uintptr_t *window); /* a device's page, in HVM */
L4_Fpage_t boot_ports(void);                   /* I/O ports that HVM has; nil: none */
void boot_core(void);                          /* starts CORE */
NORETURN void boot_halt(const char *fmt, ...) PRINTF(1, 2);
size_t boot_table(char *text, size_t n);

/* ---- trace.c ---- */
typedef struct TraceFault TraceFault;
int trace_attach(uint64_t pa, size_t npage);   /* CORE's shared memory; for good */
bool trace_wants(const Space *s);              /* faults of s are recorded */
uint64_t trace_ns(void);
/* A fault of t was answered with m; NULL: it was not. Fills in what was mapped. */
void trace_fault(const Thread *t, TraceFault *f, const L4_Msg_t *m);

/* ---- serve.c: requests; debug.c, symbol.c ---- */
bool serve_request(Thread *t, unsigned op, L4_Msg_t *m); /* true: m is the reply */
size_t debug_line(char *line, char *text, size_t n);
void debug_symbol(uintptr_t pc, char *text, size_t n); /* of CORE; "" when unknown */

#endif
