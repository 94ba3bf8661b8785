/*
 * space.c - boot/space: the zygote, the space processes that it forks, and the
 * helper, the first thread of each.
 *
 * Everything that must happen inside a process is asked of its helper: start a
 * Linux thread for a TCB, interrupt one, drop unmapped pages, end.
 *
 * INVARIANT  A space process runs no code of a program before seccomp is on: only
 *            the kernel's own text may make Linux calls, and only these few.
 */
#include "sim/kern/space.h"

Space *here;
static int zygote_pid;
/* where the shared state lies: for the debugger (core/core.gdb) */
const struct {
	Kern *kern;
	Tcb *tcb;
	Space *space;
	enum State state;        /* its type */
} kern_tables __attribute__((used)) = { KERN, (Tcb *)(KBASE + OFF_TCB), (Space *)(KBASE + OFF_SPACE), TS_FREE };
static char *title;

/* ---- threads ---- */
void
thread_main(void)
{
	Tcb *me = self();
	struct {
		void *sp;
		int flags, pad;
		uint64_t size;
	} alt = { (void *)me->kstack, 0, 0, SIGSTACK };

	lx2(NR_sigaltstack, &alt, 0);
	lx2(NR_arch_prctl, 0x1001 /* ARCH_SET_GS */, here->utcb + (uint64_t)me->slot * UTCB_SIZE);
	if (me->ksp != 0)
		thread_unpark();
	user_start();
}

/* Its kernel stack is in shared memory: a parked thread goes on in any process. */
static void
thread_start(Tcb *t)
{
	/* VM FS FILES SIGHAND THREAD SYSVSEM SETTLS PARENT_SETTID CHILD_CLEARTID */
	const long flags = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000 | 0x80000 | 0x100000 | 0x200000;

	t->self = (uint64_t)t;
	t->kstack = kstack_of(t);
	if (t->uflags == 0)
		t->uflags = 0x202;
	if (clone_thread(flags, (void *)(t->ksp != 0 ? t->ksp - KFRAME : t->kstack), &t->ltid, &t->ltid, t) > 0)
		return;
	lx_say("lp49: kernel: no Linux thread\n");
	lx1(NR_exit_group, 3);
}

/* ---- what ps shows ---- */
static size_t
append(char *p, size_t at, size_t n, const char *s)
{
	while (*s != '\0' && at + 1 < n)
		p[at++] = *s++;
	return at;
}

static void
title_set(const char *name)
{
	size_t n = (size_t)KERN->title_room, at;

	lx2(NR_prctl, 15 /* PR_SET_NAME */, name);
	if (n == 0)
		return;
	__builtin_memset(title, 0, n);
	at = append(title, 0, n, "lp49: ");
	at = append(title, at, n, KERN->node);
	at = append(title, at, n, "/");
	append(title, at, n, name);
}

/* ---- the helper ---- */
/* REQUIRES K->lock; releases and takes it again for each thread */
static void
start_threads(Op *op)
{
	while (here->start_head != 0) {
		Tcb *t = tcb_at(here->start_head - 1);

		here->start_head = t->start_next;
		t->queued = false;
		if (t->attn & AT_DIE)
			continue;
		t->ltid = ~(uint32_t)0;
		op_unlock(op);
		thread_start(t);
		lock(&KERN->lock, op);
	}
}

static void
kick_threads(void)
{
	while (here->kick_head != 0) {
		Tcb *t = tcb_at(here->kick_head - 1);

		here->kick_head = t->kick_next;
		t->kicked = false;
		if (t->ltid != 0 && t->ltid != ~(uint32_t)0)
			lx3(NR_tgkill, here->pid, t->ltid, LX_SIGUSR1);
	}
}

static uint64_t
helper_work(void)
{
	uint64_t again;
	Op op;

	op_init(&op, OWNER_HELPER + here->no);
	lock(&KERN->lock, &op);
	if (here->state == SP_EXIT) {
		op_unlock(&op);
		lx1(NR_exit_group, 0);
	}
	start_threads(&op);
	again = quantum_check(&op);
	kick_threads();
	if (here->renamed) {
		here->renamed = false;
		title_set(here->name);
	}
	op_unlock(&op);
	if (here->flush_done != here->flush_next)
		tlb_flush();
	return again;
}

static void
helper(void)
{
	for (;;) {
		uint32_t req = here->req;
		uint64_t again;

		here->answered = req;
		again = helper_work();

		lx_futex_wait(&here->req, req, again);
	}
}

static void
die(const char *what)
{
	lx_say(what);
	lx1(NR_exit_group, 3);
}

/* The first thing in a new process. */
static void __attribute__((noreturn))
space_main(Space *s)
{
	const int shared = LX_MAP_SHARED | LX_MAP_FIXED;
	Op op;

	here = s;
	op_init(&op, OWNER_HELPER + s->no);
	lx2(NR_prctl, 1 /* PR_SET_PDEATHSIG */, LX_SIGKILL);
	if (lx1(NR_getppid, 0) != zygote_pid)
		lx1(NR_exit_group, 0);
	if (lx6(NR_mmap, (long)s->kip, PAGE, LX_PROT_READ | LX_PROT_EXEC, shared, FD_KERN, OFF_KIP) < 0 ||
	    lx6(NR_mmap, (long)s->utcb, (long)s->utcb_size, LX_PROT_READ | LX_PROT_WRITE, shared, FD_KERN,
	        (long)(OFF_UTCB + (uint64_t)s->no * UTCB_WINDOW)) < 0)
		die("lp49: kernel: no KIP or UTCB area\n");
	lock(&KERN->lock, &op);
	s->pid = (int32_t)lx1(NR_getpid, 0);
	s->renamed = s->renamed || s->name[0] != '\0';
	if (s->state == SP_NEW)
		s->state = SP_RUN;
	op_unlock(&op);
	title_set(s->name[0] != '\0' ? s->name : "new");
	helper();
	__builtin_unreachable();
}

/* ---- the zygote ---- */
static void
on_child(int sig)
{
	(void)sig;
	atomic_fetch_add(&KERN->zreq, 1);
}

Space *
space_by_pid(int pid)
{
	for (uint32_t i = 0; i < KERN->nspace_high; i++)
		if (space_at(i)->pid == pid && space_at(i)->state != SP_FREE)
			return space_at(i);
	return NULL;
}

static void
reap(Op *op)
{
	int pid, status;
	Space *s;

	while ((pid = (int)lx4(NR_wait4, -1, &status, 1 /* WNOHANG */, 0)) > 0) {
		s = space_by_pid(pid);
		if (s == NULL)
			continue;
		stopped_gone(s);
		crash_space(op, s);
	}
}

static void
fork_spaces(Op *op)
{
	lock(&KERN->lock, op);
	while (KERN->fork_head != 0) {
		Space *s = space_at(KERN->fork_head - 1);
		int pid;

		KERN->fork_head = s->fork_next;
		s->fork_wanted = false;
		if (s->state != SP_NEW) {
			s->state = SP_FREE;
			continue;
		}
		op_unlock(op);
		pid = (int)lx4(NR_clone, LX_SIGCHLD, 0, 0, 0);
		if (pid == 0)
			space_main(s);
		if (pid < 0)
			die("lp49: kernel: no process for a space\n");
		lock(&KERN->lock, op);
		s->pid = pid;
	}
	op_unlock(op);
}

/* Linux calls: only from the kernel's own text, and only these. */
static void
confine(void)
{
	static const uint8_t allowed[] = {
		NR_write, NR_mmap, NR_munmap, NR_rt_sigreturn, NR_sched_yield, NR_getpid, NR_clone, NR_exit, NR_wait4,
		NR_waitid,
		NR_prctl, NR_arch_prctl, NR_futex, NR_sigaltstack, NR_clock_gettime, NR_exit_group, NR_tgkill, NR_getppid,
		NR_restart_syscall, /* a timed wait that SIGCONT or gdb interrupted */
	};
	enum { LD = 0x20, JEQ = 0x15, JGE = 0x35, RET = 0x06, N = sizeof allowed };
	struct {
		uint16_t code;
		uint8_t jt, jf;
		uint32_t k;
	} f[N + 7];
	struct {
		uint16_t n;
		void *f;
	} prog = { N + 7, f };
	unsigned i = 0;

	/* seccomp_data: nr 0, arch 4, instruction pointer 8 */
	f[i++] = (__typeof__(f[0])){ LD, 0, 0, 12 };
	f[i++] = (__typeof__(f[0])){ JEQ, 0, N + 3, (uint32_t)((uint64_t)kernel_text >> 32) };
	f[i++] = (__typeof__(f[0])){ LD, 0, 0, 8 };
	f[i++] = (__typeof__(f[0])){ JGE, N + 1, 0, (uint32_t)(uint64_t)kernel_etext };
	f[i++] = (__typeof__(f[0])){ LD, 0, 0, 0 };
	for (unsigned k = 0; k < N; k++)
		f[i++] = (__typeof__(f[0])){ JEQ, (uint8_t)(N - k), 0, allowed[k] };
	f[i++] = (__typeof__(f[0])){ RET, 0, 0, 0x00030000 };   /* trap */
	f[i++] = (__typeof__(f[0])){ RET, 0, 0, 0x7FFF0000 };   /* allow */
	lx6(NR_prctl, 38 /* PR_SET_NO_NEW_PRIVS */, 1, 0, 0, 0, 0);
	if (lx3(NR_seccomp, 1 /* SET_MODE_FILTER */, 0, &prog) < 0)
		die("lp49: kernel: no seccomp\n");
}

/* of two times of which 0 is never */
static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a != 0 && (b == 0 || a < b) ? a : b;
}

void
zygote_main(uint64_t *stack)
{
	struct {
		void (*handler)(int);
		uint64_t flags;
		void (*restorer)(void);
		uint64_t mask;
	} child = { on_child, 0x04000000, __restore_rt, 0 };
	Op op;

	if (stack[0] != 1 || *(const char *)stack[1] != ' ' || lx6(NR_mmap, KBASE, (long)KERN_SIZE, LX_PROT_READ | LX_PROT_WRITE,
	    LX_MAP_SHARED | LX_MAP_FIXED | LX_MAP_NORESERVE, FD_KERN, 0) < 0)
		die("lp49: boot/space is started by lp49sim\n");
	title = (char *)stack[1];
	zygote_pid = (int)lx1(NR_getpid, 0);
	*(uint64_t *)(KBASE + OFF_KIP + KIP_ENTRY) = (uint64_t)sys_entry;
	title_set("zygote");
	fault_init();
	lx4(NR_rt_sigaction, LX_SIGCHLD, &child, 0, 8);
	confine();
	op_init(&op, OWNER_ZYGOTE);
	lock_idle = lock_orphan;
	for (;;) {
		uint32_t req = KERN->zreq;

		reap(&op);
		fork_spaces(&op);
		lx_futex_wait(&KERN->zreq, req, earlier(stopped_look(), sched_tick(&op)));
	}
}
