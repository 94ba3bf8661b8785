/*
 * space.h - what is in boot/space only: the kernel's code that needs a thread
 * of a space process under it.
 */
#ifndef SIM_KERN_SPACE_H
#define SIM_KERN_SPACE_H
#include "sim/kern/kern.h"
#include "sim/kern/linux.h"

#pragma GCC visibility push(hidden) /* boot/space is linked out of reach of absolute addresses */
static inline Tcb *
self(void)
{
	Tcb *t;

	__asm__("mov %%fs:0, %0" : "=r"(t));
	return t;
}

/* A signal's saved registers: the kernel's struct ucontext, as far as we look. */
typedef struct Frame Frame;
struct Frame {
	uint64_t flags, link, stack[3];
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
	uint64_t segments, err, trapno, oldmask, cr2;
};
_Static_assert(offsetof(Frame, rip) == 168, "struct ucontext");

/* entry.S */
extern const char sys_entry[], sys_commit[], sys_window[], sys_retry[], sys_end[], copy_user_end[], copy_fail[],
    kernel_text[], kernel_etext[];
int copy_user(void *dst, const void *src, uint64_t n);
void user_start(void) __attribute__((noreturn));
void thread_gone(void) __attribute__((noreturn));
void thread_park(void);
void thread_unpark(void) __attribute__((noreturn));
void __restore_rt(void);
long clone_thread(long flags, void *stack, void *ptid, void *ctid, void *tls);

/* sys.c */
void ipc_wait(Op *op, Tcb *me);         /* REQUIRES K->lock, releases it: until me's IPC is over */
void attn_wait(void);                   /* while the thread is halted or held; ends it when it shall die */
void attn_look(Tcb *me);                 /* where a thread that waits may die, or move to another process */
void sys_error(Tcb *me, int code);      /* into its ErrorCode */
/* threads.c, exregs.c: system calls */
L4_Word_t sys_thread(L4_Word_t dest, L4_Word_t space, L4_Word_t scheduler, L4_Word_t pager, L4_Word_t utcb);
L4_Word_t sys_exregs(L4_Word_t dest, L4_Word_t control);
/* fault.c */
void fault_init(void);
uint32_t fault_ipc(Tcb *me, uint64_t to, uint64_t from, unsigned words, uint32_t timeouts, L4_Word_t *message); /* 0 or error code */
/* string.c */
void string_run(Op *op, Tcb *me);       /* takes K->lock; returns with it, the transfer is over */
bool string_fault(Tcb *me, uint64_t addr, unsigned want); /* in copy_user; false: give it up */
/* quantum.c */
uint64_t quantum_check(Op *op);         /* charges this space's threads; when to do it again, 0 never */
void quantum_stop(Tcb *me);             /* me's total quantum is used up */
/* tlb.c */
bool tlb_fill(const Space *s, uint64_t addr, unsigned want);
void tlb_flush(void);
/* stopped.c: the zygote's */
uint64_t stopped_look(void);            /* ends who is stopped too long; when to look again, 0: nobody is */
void stopped_gone(const Space *s);      /* its process was reaped */
bool lock_orphan(Lock *l, Op *op);      /* true: it was a dead process's, and is ours now */
/* space.c */
Space *space_by_pid(int pid);           /* NULL: none */
extern Space *here;                     /* the space of this process */
void thread_main(void) __attribute__((noreturn));
void zygote_main(uint64_t *stack) __attribute__((noreturn));
#pragma GCC visibility pop
#endif
