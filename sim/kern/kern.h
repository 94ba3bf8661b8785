/*
 * kern.h - all state that the kernel's processes share, and who may touch it.
 *
 * The kernel is code in each space process, in the zygote and in lp49sim; its
 * state is one sparse memfd that all of them map at KBASE.
 *
 * LOCKS   K->lock       threads, IPC, spaces, scheduling, interrupts ("the kernel lock")
 *         K->map        mapping database, page tables, flush queues; taken
 *                       alone or inside K->lock
 *         K->exregs     one ExchangeRegisters at a time may stop a thread; taken
 *                       outside K->lock
 *         Each is a futex that holds its owner, see k_lock.c for what happens
 *         when the owner's process dies. User memory is touched under none.
 */
#ifndef SIM_KERN_KERN_H
#define SIM_KERN_KERN_H
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib9/l4/l4.h"
#include "sim/kern/layout.h"
#include "sim/sim.h"

#pragma GCC visibility push(hidden) /* boot/space is linked out of reach of absolute addresses */
typedef struct Tcb Tcb;
typedef struct Space Space;
typedef struct Node Node;
typedef struct Kern Kern;
typedef struct Op Op;

enum {
	NTHREAD = 32768, NSPACE = 2048, NNODE = 1 << 20, NPAGE = 1 << 20, NFRAME = 1 << 20,
	SYSTEM_BASE = 64, USER_BASE = 64, NIRQ = 64,
	PAGE = 4096, PAGE_LOG2 = 12, CHUNK = 512, NCHUNK = NPAGE / CHUNK,
	UTCB_LOG2 = 10, UTCB_SIZE = 1 << UTCB_LOG2, UTCB_MR0 = 512, /* byte offset of MR0 in a slot */
	NSLOT = 1024, UTCB_WINDOW = NSLOT * UTCB_SIZE,
	BOUNCE = 65536, NFLUSH = 64, NAME = 32,
	STACK = 65536, KSTACK_TOP = 28672, SIGSTACK = STACK - KSTACK_TOP, /* below and above the top */
	FD_KERN = 3, FD_RAM = 4, FD_EVENT = 5,
};
#define USER_TOP 0x100000000ull  /* the first 64 KiB can't be mapped by Linux */
#define USER_LOW 0x10000ull

/* Parts of the memfd; the address in every process is KBASE + offset. */
#define OFF_KIP 0ull
#define OFF_KERN 0x1000ull
#define OFF_TCB 0x1000000ull
#define OFF_SPACE (OFF_TCB + (uint64_t)NTHREAD * sizeof(Tcb))
#define OFF_FRAME (OFF_SPACE + (uint64_t)NSPACE * sizeof(Space))
#define OFF_NODE (OFF_FRAME + (uint64_t)NFRAME * 4)
#define OFF_BOUNCE (OFF_NODE + (uint64_t)NNODE * sizeof(Node))
#define OFF_UTCB (OFF_BOUNCE + (uint64_t)NTHREAD * BOUNCE)
#define OFF_PT (OFF_UTCB + (uint64_t)NSPACE * UTCB_WINDOW)
#define OFF_STACK (OFF_PT + (uint64_t)NSPACE * NPAGE * 8)
#define OFF_EVENT (OFF_STACK + (uint64_t)NTHREAD * STACK)
#define KERN_SIZE (OFF_EVENT + (uint64_t)NEVENT * sizeof(Kevent))

/* k_trace.c */
enum { KTRACE_IPC = 1, KTRACE_SCHED = 2, NEVENT = 1 << 15 };
typedef struct Kevent Kevent;
struct Kevent {
	_Atomic uint32_t number;        /* counts from 1; 0: it is being written */
	uint16_t what, pad;             /* KTRACE_… */
	uint64_t ns, from, to, tag;     /* since t0; threads; MR0, sched: 1 a wake-up */
	uint32_t timeouts, error;       /* as the sender gave them; ErrorCode, sched: the priority */
};

typedef struct Lock Lock;
struct Lock {
	_Atomic uint32_t word;  /* 0, or the owner | LOCK_WAITERS */
};
enum { LOCK_WAITERS = 1u << 31 };
/* owners: thread number + 1, these, and OWNER_HELPER + space */
enum { OWNER_HELPER = 0x100000, OWNER_ZYGOTE = 0x200000, OWNER_SIM = 0x200001 };

enum State {
	TS_FREE,                /* no such thread */
	TS_INACTIVE,            /* created, no pager yet */
	TS_RUN,                 /* not in an IPC */
	TS_SEND,                /* in `to`'s queue */
	TS_RECV,
	TS_XSND, TS_XRCV,       /* string transfer with `peer` */
	TS_GONE,                /* its process died; nothing more will come */
};
/* Tcb.blocked: a thread sleeps on it in ipc_sleep */
enum { BLK_NO, BLK_YES, BLK_LOOK };
/* Tcb.ustate, Tcb.attn, and Tcb.turn */
enum { US_USER, US_KERNEL };
enum { AT_HALT = 1, AT_HOLD = 2, AT_DIE = 4, AT_QUANTUM = 8, AT_WAIT = 16, AT_SETTLE = 32, AT_MOVE = 64 };
enum { TURN_SEND, TURN_RECV, TURN_DONE, TURN_ABORT };
#define TURN(xfer, t) ((xfer) << 2 | (uint32_t)(t))

struct Tcb {
	/* offsets fixed by entry.S; self and kstack: set when the Linux thread starts */
	uint64_t self, kstack;
	uint64_t uip, usp, uflags;      /* user registers while ustate is US_KERNEL: owner thread; exregs under HOLD */
	_Atomic uint32_t ustate;        /* futex */
	_Atomic uint32_t attn;          /* futex; AT_…: look before leaving the kernel */
	uint32_t setflags;              /* uflags was changed */
	uint64_t ksp;                   /* parked: its registers are there, on its kernel stack; else 0 */
	/* lock */
	uint32_t no;                    /* own index = thread number */
	_Atomic uint64_t id;            /* global id, 0: none */
	uint32_t space, slot;           /* slot: UTCB's index in the area */
	_Atomic uint32_t state;         /* enum State; written under the lock */
	_Atomic uint32_t blocked;       /* futex; written under the lock */
	bool fresh;                     /* waits for the start message */
	bool crashed, fault;            /* fault: the IPC going on is a page fault's or an exception's */
	bool queued, kicked;            /* in space's start list; signal list */
	bool interrupted;               /* exregs cancelled its fault IPC */
	uint32_t start_next, kick_next, space_next; /* numbers + 1 */
	uint32_t live_next, live_prev;  /* in K->live: numbers + 1 */
	_Atomic uint32_t ltid;          /* Linux thread, 0: none (futex: deletion waits for 0) */
	uint64_t scheduler;
	uint32_t prio, born_prio, sens_prio, max_delay, cpu;
	uint32_t timeslice, quantum;    /* L4_Time_t; quantum 0: infinite */
	uint64_t q_left, q_base;        /* ns: what is left of it; the thread's CPU clock when last charged */
	bool tuned;                     /* has other parameters than it was born with */
	uint64_t ready_no;              /* K->sched_on: order among its equals; 0: not ready */
	uint64_t slice_left, delay_left; /* ns, ~0: infinite */
	bool q_fresh, q_told;           /* q_base is not set yet; the scheduler has its message */
	/* lock: IPC going on */
	uint64_t from;                  /* from specifier of the receive phase, 0: none */
	uint64_t to_id;                 /* send: as asked, global */
	uint64_t as;                    /* id the sender goes by (own, or virtual sender's) */
	uint32_t to;                    /* TS_SEND: receiver's number */
	uint32_t q_head;                /* senders waiting for me: numbers + 1 */
	uint32_t q_next, q_prev;
	uint64_t intended;              /* redirected: receiver asked for, else 0 */
	uint32_t tagflags;              /* L4_TAG_P, L4_TAG_R */
	uint16_t rcv_timeout, snd_timeout;
	uint64_t deadline;              /* ns, 0 never, 1 passed */
	uint64_t result;                /* id of the sender received from */
	uint64_t irqs;                  /* bit n: interrupt n waits for me */
	/* lock, except turn, len: the two threads of the transfer in turns */
	uint32_t peer;                  /* TS_XSND, TS_XRCV */
	uint32_t outer;                 /* TS_XSND, TS_XRCV while it has a page fault in the transfer, else 0 */
	uint32_t xfer;                  /* number of the transfer: both threads' */
	_Atomic uint32_t turn;          /* sender's: TURN(xfer, TURN_…) (futex) */
	uint32_t len;                   /* sender's: bytes in its bounce buffer */
	uint32_t last;                  /* sender's: this chunk ends a string */
	uint32_t xerror;                /* own error code when it ends with TURN_ABORT, 0: fine */
	uint64_t xoffset;               /* receiver's: bytes moved */
	uint16_t xtimeout;              /* for each page fault of mine in it */
	bool xfaulted;                  /* that timeout ran out */
};
_Static_assert(sizeof(Tcb) <= 512, "tables");
_Static_assert(offsetof(Tcb, uip) == T_UIP && offsetof(Tcb, usp) == T_USP && offsetof(Tcb, uflags) == T_UFLAGS &&
    offsetof(Tcb, ustate) == T_USTATE && offsetof(Tcb, attn) == T_ATTN && offsetof(Tcb, setflags) == T_SETFLAGS &&
    offsetof(Tcb, kstack) == T_KSTACK && offsetof(Tcb, ksp) == T_KSP, "entry.S");

enum SpaceState { SP_FREE, SP_NEW, SP_RUN, SP_EXIT, SP_DEAD };
typedef struct Range Range;
struct Range {
	uint32_t page, n;
};
struct Space {
	/* lock */
	uint32_t no;
	_Atomic uint32_t state;         /* enum SpaceState: SP_NEW no process yet; SP_EXIT told to end; SP_DEAD killed */
	_Atomic int32_t pid;
	uint32_t nthread, nactive, nquantum; /* nquantum: threads with a finite total quantum */
	uint32_t threads;               /* list of its threads: numbers + 1 */
	bool privileged, fork_wanted;
	uint32_t fork_next;
	uint64_t kip, utcb, utcb_size;  /* areas, 0: not set */
	uint64_t redirector;            /* ~0: none */
	uint32_t start_head, kick_head; /* numbers + 1: threads that the helper shall start, signal */
	char name[NAME];
	bool renamed;
	uint32_t slot[NSLOT];           /* thread's number + 1 */
	_Atomic uint32_t req;           /* futex: the helper looks */
	_Atomic uint32_t answered;      /* what req was when it last did */
	uint32_t asked;                 /* stopped.c's: and what it was to see, 0: nothing */
	/* map */
	uint32_t nflush;                /* > NFLUSH: flush all */
	Range flush[NFLUSH];
	uint32_t flush_next;            /* tickets: given to the next flush, and done */
	_Atomic uint32_t flush_done;    /* futex */
	uint64_t chunk[NCHUNK / 64];    /* page table parts in use */
	uint32_t npage;                 /* mapped */
};

/* One mapping of one page. Truth: the first line. Derived: the second. */
struct Node {
	uint32_t frame, page, parent;   /* parent 0: mapped by sigma0 */
	uint16_t space;                 /* + 1; 0: free; written last */
	uint8_t rights, pad;
	uint32_t child, next, prev;     /* prev 0: first child of its parent */
	uint32_t pad2;
};
_Static_assert(sizeof(Node) == 32, "tables");

/* Page table entry: rights 0..2, loaded 3, status 4..6 (rwx as rights), frame 12..31, node 32..55 */
typedef _Atomic uint64_t Pte;
#define PTE_LOADED 8ull
#define PTE_RIGHTS(e) ((unsigned)(e) & 7)
#define PTE_STATUS(e) ((unsigned)(e) >> 4 & 7)
#define PTE_FRAME(e) ((uint32_t)(e) >> 12)
#define PTE_NODE(e) ((uint32_t)((e) >> 32))
#define PTE(node, frame, rights) ((uint64_t)(node) << 32 | (uint64_t)(frame) << 12 | (rights))

enum IrqState { IRQ_IDLE, IRQ_PENDING, IRQ_SERVICE };
typedef struct Irq Irq;
struct Irq {
	uint32_t handler;               /* number + 1, 0: detached */
	uint32_t state;
	bool again;
};

/* A processor as k_sched.c sees it. */
typedef struct Cpu Cpu;
struct Cpu {
	uint32_t current;               /* number + 1: may be in user mode; 0: nobody is ready */
	uint32_t prio;                  /* what it runs with: its own, or that of who gave it his slice */
	uint64_t since;                 /* ns: charged until then */
	uint64_t gift;                  /* ns: what is left of a slice that it was given */
	bool over, delaying;            /* a slice ended; its preemption is put off */
};

enum { NLOG = 65536, NCPU = 64, TIMESLICE = 4 << 10 | 625 }; /* 10 ms */
struct Kern {
	/* immutable after node_create */
	uint64_t magic, ram, t0_ns;
	int32_t ncpu;
	uint32_t sigma0_space, root_space;
	char node[NAME];
	int32_t title_room;             /* bytes of argv[0] in the zygote */
	Lock lock, map, exregs;
	/* lock */
	uint32_t nthread_high, nspace_high, space_hint;
	uint32_t live;                  /* list of all threads that exist: number + 1 */
	uint32_t fork_head;             /* spaces + 1 that the zygote shall fork */
	uint32_t nxfer;                 /* the last transfer of strings */
	uint32_t ntuned;                /* threads with other parameters than they were born with */
	bool sched_on;                  /* k_sched.c schedules, else Linux */
	uint64_t nready, sched_at;      /* the last ready_no; when the zygote looks */
	Cpu cpu[NCPU];
	Irq irq[NIRQ];
	/* map */
	uint32_t node_free, node_high, node_live;
	/* atomic */
	_Atomic uint32_t zreq;          /* futex: the zygote looks */
	_Atomic uint32_t bells;
	_Atomic uint32_t system_dead;   /* space + 1 of sigma0 or root that died */
	_Atomic bool system_stopped;    /* it was stopped from outside, and killed */
	_Atomic uint32_t log_head;      /* debug output, single lp49sim reader */
	uint32_t log_tail;
	char log[NLOG];
	_Atomic uint32_t trace;         /* KTRACE_… that lp49sim wants */
	uint32_t nevent;                /* lock: events ever written */
};
_Static_assert(sizeof(Kern) < OFF_TCB - OFF_KERN, "tables");

#define KERN ((Kern *)(KBASE + OFF_KERN))
static inline Tcb *tcb_at(uint32_t no) { return (Tcb *)(KBASE + OFF_TCB) + no; }
static inline Tcb *tcb_of(uint32_t number1) { return number1 != 0 ? tcb_at(number1 - 1) : NULL; }
static inline Space *space_at(uint32_t no) { return (Space *)(KBASE + OFF_SPACE) + no; }
static inline Node *node_at(uint32_t no) { return (Node *)(KBASE + OFF_NODE) + no; }
static inline uint32_t *frame_at(uint32_t f) { return (uint32_t *)(KBASE + OFF_FRAME) + f; } /* first mapping by sigma0 */
static inline Pte *pte_at(uint32_t space, uint32_t page) { return (Pte *)(KBASE + OFF_PT) + ((uint64_t)space << 20) + page; }
static inline uint8_t *bounce_of(const Tcb *t) { return (uint8_t *)(KBASE + OFF_BOUNCE) + (uint64_t)t->no * BOUNCE; }
static inline Kevent *event_at(uint32_t i) { return (Kevent *)(KBASE + OFF_EVENT) + i; }
static inline uint64_t kstack_of(const Tcb *t) { return KBASE + OFF_STACK + (uint64_t)t->no * STACK + KSTACK_TOP; }
static inline Space *space_of(const Tcb *t) { return space_at(t->space); }
static inline L4_Word_t *
slot_of(const Tcb *t)
{
	return (L4_Word_t *)(KBASE + OFF_UTCB + (uint64_t)t->space * UTCB_WINDOW + (uint64_t)t->slot * UTCB_SIZE);
}
static inline L4_Word_t *mrs_of(const Tcb *t) { return slot_of(t) + UTCB_MR0 / 8; }
/* words 1 .. 15 of a slot: arguments and results that do not fit registers (sim/user/syscall.c) */
static inline L4_Word_t *args_of(const Tcb *t) { return slot_of(t) + 1; }
static inline uint64_t local_id(const Tcb *t) { return space_of(t)->utcb + (uint64_t)t->slot * UTCB_SIZE + UTCB_MR0; }
static inline bool is_local_id(uint64_t id) { return (id & 0x3F) == 0; }

/* all threads that exist */
static inline Tcb *tcb_first(void) { return tcb_of(KERN->live); }
static inline Tcb *tcb_next(const Tcb *t) { return tcb_of(t->live_next); }

/* ---- one operation of the kernel: who does it, and whom to wake when the lock is free ---- */
struct Op {
	uint32_t owner;
	uint32_t nwake, nkick, nflush;
	uint32_t wake[16];              /* threads to futex_wake */
	uint32_t kick[8];               /* spaces whose helper shall look */
	uint32_t flush[8];              /* spaces that a flush was queued for; nflush > 8: look at all */
	uint32_t ticket[8];
	bool zygote, bell;
};
void lock(Lock *l, Op *op), unlock(Lock *l);
/* Called now and then by a waiter, unless NULL; true: it got the lock. */
extern bool (*lock_idle)(Lock *l, Op *op);
void op_init(Op *op, uint32_t owner);
void op_unlock(Op *op);                 /* releases K->lock, then wakes */
void op_wake(Op *op, Tcb *t);           /* its blocked word changed */
void op_kick(Op *op, Space *s);
void op_run(Op *op);                    /* wakes; no lock is held */

/* k_ipc.c, k_route.c (tcb_find), k_irq.c: all REQUIRE K->lock */
/* Afterwards me->state tells: TS_RUN finished, else sleep, and ipc_look when woken. */
void ipc_start(Op *op, Tcb *me, uint64_t to, uint64_t from, uint32_t timeouts, bool fault);
void ipc_look(Op *op, Tcb *me);
void ipc_abort(Op *op, Tcb *t, uint32_t error); /* the phase it is in fails */
void ipc_finish_recv(Op *op, Tcb *t, uint64_t sender);
void ipc_sent(Op *op, Tcb *t);          /* its send phase is done */
void ipc_fail(Op *op, Tcb *t, uint32_t code);
void ipc_forget(Op *op, Tcb *t);        /* t ceases: its partners get errors */
void ipc_requeue(Tcb *s);               /* into the queue of s->to */
/* The transfer that t is in, on either side, fails; once ended it changes nothing. */
void ipc_xfer_abort(Tcb *t, uint32_t snd, uint32_t rcv);
/* Whose turn is it in me's transfer, whose sender is s? TURN_ABORT also when s has left it. */
static inline uint32_t
xfer_turn(const Tcb *s, const Tcb *me)
{
	uint32_t turn = s->turn;

	return turn >> 2 == me->xfer << 2 >> 2 ? turn & 3 : TURN_ABORT;
}
void ipc_xfer_end(Op *op, Tcb *s, Tcb *r);
uint64_t ipc_deadline(uint32_t time);   /* L4_Time_t -> ns; 0 never, 1 passed */
uint64_t ipc_deadline_from(uint32_t time, uint64_t start); /* as if start were now */
Tcb *tcb_find(const Tcb *me, uint64_t id);
void irq_raise(Op *op, int irq);
void irq_detach(int irq);
int string_prepare(Tcb *s, Tcb *r);     /* strings in s's message: 0 none, 1, or -error */

/* k_string.c: walking the pieces of a message's strings */
typedef struct Pieces Pieces;
struct Pieces {
	const L4_Word_t *w;             /* typed words, or buffer registers in message order */
	unsigned n, at;                 /* words; the string's group of substrings now */
	unsigned sub;                   /* pointer in the group */
	uint64_t off;                   /* in the substring */
};
unsigned string_buffers(const Tcb *r, L4_Word_t *w); /* copies BR1 on, L4_NUM_BRS - 1 words; words in use */
unsigned string_count(const L4_Word_t *w, unsigned n);
bool pieces_string(Pieces *p, const L4_Word_t *w, unsigned n, unsigned k); /* at string k's start */
bool pieces_next(Pieces *p, uint64_t want, uint64_t *addr, uint64_t *len); /* up to want bytes; false: end */

/* k_map.c, k_flush.c, k_remap.c */
int map_item(Op *op, Tcb *s, Tcb *r, L4_Word_t *item);  /* takes K->map; -L4_IpcErr… */
void map_unmap(Op *op, Space *s, L4_Word_t control, L4_Word_t *fpages, unsigned n); /* takes K->map */
void map_clear(Op *op, Space *s);
void map_rebuild(void);
/* Waits until no process can reach what op unmapped; local flushes the own one. No lock is held. */
void map_flush_wait(Op *op, const Space *mine, void (*local)(void));
bool map_frame_ok(uint32_t frame);

/* k_thread.c: REQUIRE K->lock; 0 or an X.2 error (L4_Err…) */
int thread_control(Op *op, Tcb *me, uint64_t dest, uint64_t space, uint64_t sched, uint64_t pager, uint64_t utcb, Tcb **dying);
void thread_run(Op *op, Tcb *t);        /* let it go on, making its Linux thread if need be */
void thread_kick(Op *op, Tcb *t);       /* interrupt it in user mode */
Tcb *thread_new(uint64_t id, Space *s);
void thread_link(Tcb *t);              /* into K->live */
void thread_free(Op *op, Tcb *t);
bool may_exregs(const Tcb *me, const Tcb *t);

/* k_space.c, k_schedule.c: the same */
Space *space_new(void);
void space_end(Op *op, Space *s);       /* its last thread went */
int space_control(Tcb *me, uint64_t space, L4_Word_t kip, L4_Word_t utcb, uint64_t redirector);
L4_Word_t thread_schedule(Op *op, Tcb *me, uint64_t dest, const L4_Word_t *a, L4_Word_t *old, int *error);

/* k_sched.c: the same, but for the last two */
void sched_tuned(Op *op, Tcb *t);       /* its parameters changed, or it is gone */
void sched_update(Op *op);              /* at an operation's end, if sched_on */
void sched_switch(Tcb *me, uint64_t dest); /* ThreadSwitch, if sched_on */
L4_Word_t sched_slice_left(const Tcb *t); /* an L4_Time_t */
void sched_slice_set(Tcb *t, uint32_t time);
void sched_settle(Tcb *me);             /* AT_SETTLE: until those that me pushed out have left user mode */
uint64_t sched_tick(Op *op);            /* the zygote's; when to call it again, 0 never */

/* k_crash.c */
void crash_space(Op *op, Space *s);     /* its process ended; takes and repairs locks */
Space *lock_space(const Lock *l);       /* whose process holds it; NULL: nobody, the zygote or lp49sim */
void crash_lock(Lock *l, const Space *s, Op *op); /* s's process died holding l: it becomes op's */

/* k_trace.c: REQUIRES K->lock */
void ktrace_add(unsigned what, uint64_t from, uint64_t to, uint64_t tag, uint32_t timeouts, uint32_t error);
static inline bool
ktracing(unsigned what)
{
	return __builtin_expect(atomic_load_explicit(&KERN->trace, memory_order_relaxed) & what, 0);
}

/* k_node.c */
void kip_init(const NodeConfig *c);
int kip_mem(const NodeMem *mem, size_t n);
#pragma GCC visibility pop
#endif
