/*
 * kernel.h - what every file of the micro-kernel shares: types, thread and
 * space, the rules of its one big lock.
 *
 * LOCKS  One CPU; interrupts are off in the kernel, so that all of it is one
 *   critical section, but for the preemption points: preempt_point() lets
 *   interrupts in and other threads run. Between two of them nothing else
 *   changes any kernel structure. Who calls it holds no pointer that another
 *   thread's system call could free; functions that contain one say
 *   PREEMPTS in their comment. The idle thread waits with interrupts on.
 * MEMORY  Physical memory 0..KWIN_SIZE lies at KBASE (phys_to_kern). The
 *   kernel never touches user addresses: it walks the page tables of the
 *   space (map.h) and uses the window. A page fault in the kernel is a bug.
 * STACKS  Each thread has a kernel stack in its control block's TCB_SIZE bytes;
 *   its user registers lie at the end (thread_frame). Keep frames small.
 * SEE target-x86/kernel/README.md
 */
#ifndef X86_KERNEL_H
#define X86_KERNEL_H

/* ---- for assembly too ---- */
#define KBASE           0xC0000000	/* physical 0; user addresses end here */
#define KWIN_SIZE       0x20000000	/* how much physical memory is mapped there */
#define KTEMP           0xE0000000	/* page table of temporary mappings (map.h) */
#define KSCREEN         0xE0400000	/* a frame buffer, if there is one: console.c */
#define UTCBPTR_PAGE    0xFFFFF000	/* user-readable page; first word: %gs:0 */
#define TCB_SIZE        4096

#define SEL_KCODE       0x08	/* the order is SYSENTER's */
#define SEL_KDATA       0x10
#define SEL_UCODE       0x1B
#define SEL_UDATA       0x23
#define SEL_UTCB        0x2B
#define SEL_TSS         0x30
#define SEL_DFTSS       0x38	/* double faults have their own stack */

#define FLAG_VM         0x20000

#define T_OFF_KSP       0	/* of struct Thread's fields */
#define T_OFF_STATE     4
#define T_OFF_UTCB      8
#define T_OFF_UTCB_USER 12
#define T_OFF_SPACE     16
#define T_OFF_ID        20
#define T_OFF_FROM      24
#define T_OFF_PRIO      28
#define T_OFF_CR3       32
#define T_OFF_SLOW      36
#define T_OFF_KIP_RET   40
#define T_OFF_SENDERS   48
#define SPACE_IOBITMAP  20	/* Space.map.io_bitmap[0] */
#define STATE_READY     1	/* enum ThreadState */
#define STATE_WAIT_RECV 3

#define KIP_STUB_IPC    0x800	/* user-mode entries inside the KIP page */
#define KIP_STUB_INT    0x840	/* 16 bytes each, in the order of enum Sys */

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t Word;
typedef uint64_t Time;		/* microseconds since the start */
typedef struct Thread Thread;
typedef struct Space Space;
typedef struct Frame Frame;

#include "target-x86/kernel/map.h"	/* kernB: kmem, page tables, mapping database, I/O */

/* ---- user registers, as the trap entries push them ---- */
struct Frame {
	Word ds, es, gs;	/* the user's, for exception messages only */
	Word edi, esi, ebp, esp0, ebx, edx, ecx, eax;
	Word trap, err;
	Word eip, cs, eflags, esp, ss;
};
_Static_assert(sizeof(Frame) == 18 * 4, "entry.S");

/* ---- words of the ABI ---- */
enum {
	NIL = 0, ANYTHREAD = 0xFFFFFFFF, ANYLOCAL = 0xFFFFFFC0,
	NTHREAD_BITS = 17, NTHREAD = 1 << NTHREAD_BITS,
	VERSION_BITS = 14,
	NIRQ = 16, USER_BASE = NIRQ + 32,
	UTCB_SIZE = 512, UTCB_MR0 = 0x100,	/* MR0 within the slot */
	NMR = 64, NBR = 33,
	NMR_KERNEL = 16,	/* as many of a message in the thread's name by the kernel (exception.c) */
	ROOT_KIP = 0xBFF00000, ROOT_UTCB = 0xBF000000, ROOT_UTCB_LOG2 = 20,
};
enum {				/* utcb words relative to MR0 */
	TCR_THREADWORD1 = -4, TCR_THREADWORD0 = -5,
	TCR_ACTUALSENDER = -6, TCR_INTENDED = -7, TCR_XFERTIMEOUTS = -8,
	TCR_ERRORCODE = -9, TCR_PREEMPT = -10, TCR_EXCHANDLER = -11,
	TCR_PAGER = -12, TCR_USERHANDLE = -13, TCR_PROCESSOR = -14,
	TCR_MYGLOBALID = -15, TCR_BR0 = -16,
};
enum {				/* TCR_PREEMPT: cop flags 0-7, preempt flags 8-15 */
	PREEMPT_SIGNAL = 1 << 13, PREEMPT_DELAY = 1 << 14, PREEMPT_PENDING = 1 << 15,
};
enum {				/* ErrorCode of ThreadControl, SpaceControl, … */
	EPRIV = 1, ETHREAD = 2, ESPACE = 3, ESCHED = 4, EPARAM = 5, EUTCB = 6,
	EKIP = 7, ENOMEM = 8,
};
enum {				/* IPC errors; bit 0 tells the phase: 1 is receive */
	IPC_TIMEOUT = 1 << 1, IPC_NOPARTNER = 2 << 1, IPC_CANCELED = 3 << 1,
	IPC_OVERFLOW = 4 << 1, IPC_XFER_SELF = 5 << 1, IPC_XFER_PARTNER = 6 << 1,
	IPC_ABORTED = 7 << 1, IPC_RECV = 1,
};
enum {				/* message tag */
	TAG_PROPAGATED = 1 << 12, TAG_REDIRECTED = 1 << 13, TAG_XCPU = 1 << 14,
	TAG_ERROR = 1 << 15,
};
enum {				/* rights, as in fpages and page-fault labels */
	RIGHT_X = 1, RIGHT_W = 2, RIGHT_R = 4,
};
enum Sys {			/* entries KIP_STUB_INT + 16 * n */
	SYS_SPACE, SYS_THREAD, SYS_PROCESSOR, SYS_MEMORY, SYS_UNMAP, SYS_EXREGS,
	SYS_CLOCK, SYS_SWITCH, SYS_SCHEDULE, SYS_DEBUG, NSYS,
};

/* ---- lists ---- */
typedef struct Link Link;
struct Link {			/* a ring; a link that is in no list points at itself */
	Link *next, *prev;
};
#define CONTAINER(p, type, field) ((type *)((char *)(p) - offsetof(type, field)))
static inline void list_init(Link *l) { l->next = l->prev = l; }
static inline bool list_empty(const Link *l) { return l->next == l; }
static inline void
list_append(Link *head, Link *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}
static inline void
list_remove(Link *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

/* ---- address spaces ---- */
struct Space {
	struct Map map;		/* kernB: page directory, mappings, I/O bitmap */
	Word cr3;		/* physical address of the page directory */
	Word kip_base;		/* where its KIP lies; 0: not set up yet */
	Word utcb_base, utcb_size;	/* its UTCB area; size 0: not set up yet */
	Word redirector;	/* thread that gets its outgoing messages, or 0: any */
	Word nthread;		/* living threads, active or not */
	Word nactive;
	struct UtcbPage *utcb_pages;
	Link threads;		/* Thread.in_space */
	Link all;		/* all_spaces, for the debugger */
	bool privileged;	/* sigma0, sigma1, root task */
};

/* ---- threads ---- */
enum ThreadState {
	T_INACTIVE,		/* has no UTCB yet */
	T_READY,		/* runs or is in a ready queue */
	T_WAIT_SEND,		/* in its partner's send queue */
	T_WAIT_RECV,		/* for .from */
	T_SENDING,		/* locked: the other side carries out the transfer */
	T_RECEIVING,
	T_WAIT_FAULT,		/* carries out a transfer; the other side's page fault is handled */
	T_HALTED,
	T_NO_QUANTUM,		/* until the scheduler gives it time */
	T_DEAD,
};
/*
 * One side of a typed transfer (string.c). Its executor runs it; the other side
 * is locked, or wakes to send its own page faults. Who leaves it, by death or by
 * ExchangeRegisters, takes itself out of the other's: other NULL means: over.
 */
typedef struct Transfer Transfer;
struct Transfer {
	Thread *other;
	Word role;		/* T_SENDING, T_RECEIVING; 0: in none */
	Word offset;		/* bytes of strings transferred so far, for error codes */
	Time deadline;		/* of page faults, or NEVER: the transfer timeouts */
	Word late;		/* the error when it has passed, as this side is told it */
};
struct Thread {
	/* known to entry.S and fastpath.S by offset (T_OFF_) */
	Word ksp;		/* 0: kernel stack pointer while it does not run */
	Word state;		/* 4: enum ThreadState */
	Word *utcb;		/* 8: MR0, kernel address; NULL when inactive */
	Word utcb_user;		/* 12: the same for the user: the local id */
	Space *space;		/* 16 */
	Word id;		/* 20: global id */
	Word from;		/* 24: T_WAIT_RECV: whom it receives from (ANYTHREAD, id, …) */
	Word prio;		/* 28 */
	Word cr3;		/* 32: = space->cr3 */
	Word slow;		/* 36: SLOW_ bits, 0: the fast path may serve it */
	Word kip_ret;		/* 40: where sysexit goes: the KIP's stub */
	Word got;		/* 44: received from (T_READY after T_WAIT_RECV) */
	Link senders;		/* 48: threads that wait to send to this one */
	/* IPC: owned by ipc.c */
	Link queue;		/* in its receiver's senders (T_WAIT_SEND) */
	Transfer xfer;		/* under way */
	Transfer outer;		/* the one that this one's page fault interrupts */
	Word result;		/* of the wait: 0 or an IPC_ error, set by who wakes it */
	Word send_as;		/* id that the receiver sees: own, or propagated */
	Word next_from;		/* the receive phase behind the send phase; NIL: none */
	Word timeouts;		/* as they came: of the send phase << 16 | of the receive phase */
	bool next_entered;	/* the receiver has put it there: T_WAIT_RECV */
	Word fault_addr, fault_write;	/* to be resolved for the executor (tunnelled) */
	bool fault_pending;
	bool in_fault_ipc;	/* within a kernel-made IPC: no strings, no tunnels */
	bool tells_quantum;	/* that IPC is the one of quantum_over */
	bool started;		/* has got its start message */
	Word utcb_at;		/* inactive: where its UTCB will be, all ones: nobody has said */
	Word fault_error;	/* IPC_ code of the last kernel-made call, 0: it worked */
	Word fault_io;		/* the I/O fpage it asks its pager for, or 0 */
	Word intended;		/* redirected message: whom it was for; else NIL */
	bool fpu_used;
	Word work;		/* WORK_ bits, done by the thread on its way out */
	/* time: sched.c, timeout.c */
	Link timer;		/* in the timeout wheel */
	Time wake_at;
	Link ready;		/* in a ready queue */
	Word timeslice_us, slice_left_us;	/* 0: never ends */
	uint64_t quantum_left_us;
	bool quantum_infinite;
	Word max_delay_us, delay_left_us;
	Word sens_prio;
	Word scheduler;		/* global id */
	Word processor;
	/* others */
	bool halted;
	Word irq_acked;
	Link in_space;
	Link all;		/* all_threads, for the debugger */
	char fpu[512] __attribute__((aligned(16)));
	Word guard;		/* STACK_GUARD: the kernel stack ends above */
};
#define STACK_GUARD 0x4C503439u
_Static_assert(offsetof(Thread, state) == T_OFF_STATE && offsetof(Thread, utcb) == T_OFF_UTCB &&
    offsetof(Thread, utcb_user) == T_OFF_UTCB_USER && offsetof(Thread, space) == T_OFF_SPACE &&
    offsetof(Thread, id) == T_OFF_ID && offsetof(Thread, from) == T_OFF_FROM &&
    offsetof(Thread, prio) == T_OFF_PRIO && offsetof(Thread, cr3) == T_OFF_CR3 &&
    offsetof(Thread, slow) == T_OFF_SLOW && offsetof(Thread, kip_ret) == T_OFF_KIP_RET &&
    offsetof(Thread, senders) == T_OFF_SENDERS && STATE_READY == T_READY &&
    STATE_WAIT_RECV == T_WAIT_RECV && offsetof(Space, map.io_bitmap) == SPACE_IOBITMAP,
    "fastpath.S");
enum {				/* Thread.slow: the fast path keeps off */
	SLOW_HALT = 1,		/* halted, or work to do on the way out */
	SLOW_KERNEL = 2,	/* blocked inside kernel code that goes on afterwards */
	SLOW_IRET = 4,		/* its frame's ip is not the KIP stub's */
	SLOW_TIMER = 8,		/* a timeout runs */
	SLOW_REDIR = 16,	/* its messages are redirected */
};
enum {				/* Thread.work */
	WORK_HALT = 1, WORK_QUANTUM = 2, WORK_PREEMPTED = 4,
	WORK_QUANTUM_WAIT = 8, WORK_SIGNAL = 16,
};
#define NEVER UINT64_MAX
_Static_assert(sizeof(Thread) < 1024, "leave the stack 3 KB");

extern Thread *current;
extern Thread *idle_thread;
extern Link all_threads, all_spaces;
extern Space *sigma0_space;
extern Word *const kip;		/* the KIP, kernel address */

static inline Frame *
thread_frame(Thread *t)
{
	return (Frame *)((char *)t + TCB_SIZE) - 1;
}
static inline void *phys_to_kern(Word pa) { return (void *)(pa + KBASE); }
static inline Word kern_to_phys(const void *p) { return (Word)p - KBASE; }
static inline Word id_number(Word id) { return id >> VERSION_BITS; }
/* how many message registers a message to t may fill */
static inline Word mr_room(const Thread *t) { return t->in_fault_ipc ? NMR_KERNEL : NMR; }
static inline bool id_is_local(Word id) { return id != NIL && (id & 0x3F) == 0; }

/* thread.c */
Thread *thread_find(Word global_id);	/* exact, or NULL */
Thread *thread_find_any(Word id);	/* global, or local of current's space */
/* sched.c */
void thread_wake(Thread *t);		/* makes it ready; does not switch */
void thread_block(void);		/* current isn't ready: run another; PREEMPTS */
void thread_switch_to_next(void);	/* the idle thread's */
void thread_yield(void);		/* current stays ready, at its queue's end; PREEMPTS */
void thread_unready(Thread *t);		/* out of the ready queue, if it is there */
void thread_set_prio(Thread *t, Word prio);
void thread_switch_to(Thread *t);	/* t is in no ready queue */
void preempt_point(void);		/* lets interrupts in, switches to nobody */
void preempt_switch(void);		/* the same and to whom is better; PREEMPTS */
void sched_exit(void);
void sched_slice_over(void);		/* current's; PREEMPTS */
void sched_tick(Word us);		/* from the clock's interrupt: so much is over */
void sched_init(void);
extern int ready_best;		/* highest priority in a ready queue, or -1 */
extern bool resched;			/* a better thread than current is ready */
Word sys_switch(Word dest);
void sys_schedule(Frame *f);
/* clock.c */
enum { TICK_HZ = 1024, TICK_US = 977 };
extern uint64_t clock_ticks;		/* since the start */
extern Word cpu_khz;			/* 0: not known */
static inline Time tick_time(uint64_t tick) { return (tick * 15625) >> 4; }	/* 15625/16 us each */
static inline uint64_t tick_at(Time t) { return ((t << 4) + 15624) / 15625; }	/* the first that is not before t */
void clock_init(void);
Time clock_now(void);
Word clock_interrupt(void);		/* how many ticks it stands for: 0, or lost ones too */
/* timeout.c */
void timer_turn(void);			/* clock_ticks has grown */
Time timeout_deadline(Word timeout);	/* X.2 16-bit value -> absolute; 0: at once */
Time timeout_after(Time now, Word timeout);
void timer_arm(Thread *t, Time deadline);
void timer_cancel(Thread *t);
void timer_init(void);
/* thread.c */
extern Thread *thread_table[NTHREAD];	/* by number */
Thread *thread_new(Word id, Space *s);
void thread_join(Thread *t, Space *s);	/* t is in no space */
void waits_end(Word id);		/* of who receives from id, which is no more */
void thread_kill(Thread *t);		/* not current */
int thread_activate(Thread *t, Word utcb_user);
void sys_thread(Frame *f);
void sys_exregs(Frame *f);
/* space.c */
Space *space_new(void);
void space_put(Space *s);		/* frees it with its last thread */
int space_utcb(Space *s, Word va, Word **mr0);	/* takes the slot at va; 0, EUTCB, ENOMEM */
void space_utcb_free(Space *s, Word va);
void space_add_areas(Space *s, Word kip_base, Word utcb_base, Word utcb_size);
void thread_begin(void);
void sys_space(Frame *f);
void sys_memory(Frame *f);
void sys_unmap(Frame *f);
/* irq.c */
void irq_init(void);
void irq_handle(unsigned n);
int irq_control(Word id, Word pager);
bool irq_is_id(Word id);
bool irq_attached(unsigned n);
bool irq_ack(unsigned n, Thread *by);	/* false: by is not its handler */
void irq_thread_gone(Thread *t);
bool irq_deliver(Thread *t, Word from);	/* a pending one to t, which is current */
/* cpu.c */
void cpu_init(void);
void cpu_switched(Thread *t);		/* TSS, UTCB pointer, FPU, CR3 */
void fpu_fault(void);
extern bool have_tsc;
/* processor.c */
void sys_processor(Frame *f);
void fpu_gone(Thread *t);
extern bool have_sysenter;
extern Word fpu_top;		/* end of the FPU owner's control block; 0: no owner */
extern unsigned irq_npending;
/* trap.c */
bool user_bytes(Word va, uint8_t *b, unsigned n);	/* of current's memory; false: not there */
bool kdebug_request(Frame *f);	/* kdebug.c; PREEMPTS */
/* exception.c */
void exception_user(Frame *f);
void page_fault_user(Frame *f, Word addr);
bool io_fault_user(Frame *f);
void work_do(Frame *f);
/* ipc.c: sends current's MRs as they stand; true when it worked (else MR0's E
 * bit and TCR_ERRORCODE tell); PREEMPTS */
bool ipc_do(Word to, Word timeouts, Word from, Word *sender);
void ipc_finish(Thread *t, Word result, Word from);
void ipc_unlink(Thread *t, Word result);	/* stops t's IPC: cancelled, timed out */
void ipc_gone(Thread *t);		/* t dies */
void senders_end(Thread *t);
void frame_complete(Thread *t);		/* before another reads or changes ip, flags */
bool transfer_leave(Thread *t);		/* false: it was in none */
bool ipc_match(const Thread *r, const Thread *s, Word as);
/* string.c; 0 or an IPC error without its phase bit, for the sender; PREEMPTS */
Word typed_transfer(Thread *s, Thread *r, Word tag);
void transfer_faults(void);		/* current serves its partner's tunnelled faults; PREEMPTS */
/* exception.c: true when the pager has answered; PREEMPTS */
bool fault_ipc(Word addr, Word ip, Word rwx);
/* panic.c (kernB): registers may be NULL; never returns */
_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void panic_frame(const Frame *f, const char *why);
/* console.c (kernB): %s %d %u %x %08x %c; COM1, and VGA when it panics */
void kprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void console_init(void);

/* ---- trace points: kdb.c (kernB) owns the ring and the mask ---- */
enum Trace {
	TRACE_IPC, TRACE_FAULT, TRACE_IRQ, TRACE_EXC, TRACE_UNMAP, TRACE_SCHED,
	TRACE_THREAD, NTRACE,
};
/*
 * lp49qemu finds the ring in the PC's memory by its magic, at the start of a page, reads
 * it while it is written (an event is there before it is counted), and sets bits of
 * trace_mask: target-x86/host/ktrace.c.
 */
enum { NEVENT = 2048, KTRACE_VERSION = 1 };
#define KTRACE_MAGIC "LP49 ktrace"
typedef struct Event Event;
struct Event {
	Time when;
	Word thread, what, a, b, c, d, e, pad;
};
typedef struct Ktrace Ktrace;
struct Ktrace {
	char magic[16];
	Word version, nevent;
	Word mask_at;		/* physical address of trace_mask */
	volatile Word count;	/* of events ever written */
	Event ring[NEVENT];
};
extern Word trace_mask;		/* fastpath.S: any bit, and it serves nobody */
void trace_add(enum Trace what, Word a, Word b, Word c, Word d, Word e);
#define TRACE5(what, a, b, c, d, e) do { \
		if (__builtin_expect(trace_mask & (1u << (what)), 0)) \
			trace_add(what, (Word)(a), (Word)(b), (Word)(c), (Word)(d), (Word)(e)); \
	} while (0)
#define TRACE(what, a, b, c, d) TRACE5(what, a, b, c, d, 0)
/* kdb.c: interactive, on the serial line; f: registers of who is interrupted */
void kdb_enter(Frame *f, const char *why);
void kdb_poll(Frame *f);	/* at an interrupt: enters it when COM1 says break (kdb=on) */
void kdb_init(void);		/* the boot words kdb, trace, check */
/* kcheck.c: false: something is wrong, and said; check_tick panics instead */
bool kernel_check(void);
void check_tick(void);
extern Word check_every;	/* 0: never; boot word check=N */
bool sched_check(void);
/* bootword.c: the words that the loader passed on, a copy */
void bootword_init(void);
const char *bootword(const char *key);	/* what follows key=, up to a blank or 0; NULL: not given */

#include "target-x86/kernel/cpu.h"	/* inb, outb, invlpg, … as inline functions */
#endif
#endif
