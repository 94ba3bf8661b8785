/*
 * sys.c - the system calls, as sys_entry calls them: in the calling thread, on
 * its kernel stack. They take locks and wait; the work is in k_*.c.
 *
 * Words that do not fit registers are in the caller's UTCB slot (args_of).
 */
#include "sim/kern/space.h"

enum { SPIN = 400 };

/* ---- waiting ---- */
void
thread_exit(Tcb *me)
{
	atomic_store(&me->ltid, 0);
	lx_futex_wake(&me->ltid, 64);
	thread_gone();
}

/* It is not ready any more: somebody else is the current. */
static void
sched_note(Tcb *me)
{
	Op op;

	op_init(&op, me->no + 1);
	lock(&KERN->lock, &op);
	op_unlock(&op);
}

void
attn_wait(void)
{
	Tcb *me = self();

	for (;;) {
		uint32_t a = me->attn;

		if (a & AT_DIE)
			thread_exit(me);
		lx_futex_wake(&me->ustate, 1);
		if (a == 0)
			return;
		if (a & (AT_HALT | AT_QUANTUM) && KERN->sched_on && me->ready_no != 0)
			sched_note(me);
		else if ((a & ~(uint32_t)(AT_WAIT | AT_SETTLE)) == AT_QUANTUM && !me->q_told)
			quantum_stop(me);
		else if (a == AT_SETTLE)
			sched_settle(me);
		else
			lx_futex_wait(&me->attn, a, 0);
	}
}

static void
sleep(Tcb *me)
{
	uint64_t deadline = me->deadline;

	for (int i = 0; i < SPIN && KERN->ncpu > 1 && me->blocked == BLK_YES; i++)
		__builtin_ia32_pause();
	while (me->blocked == BLK_YES && !(me->attn & AT_DIE))
		if (lx_futex_wait(&me->blocked, BLK_YES, deadline) == -LX_ETIMEDOUT)
			return;
}

void
ipc_wait(Op *op, Tcb *me)
{
	for (;;) {
		enum State state = me->state;

		if (KERN->sched_on)
			sched_update(op);
		unlock(&KERN->lock);
		map_flush_wait(op, here, tlb_flush);    /* before those wake who may look */
		op_run(op);
		if (me->attn & AT_DIE)
			thread_exit(me);
		if (state == TS_RUN)
			return;
		if (state == TS_XSND || state == TS_XRCV) {
			string_run(op, me);
			continue;
		}
		sleep(me);
		if (me->state == TS_RUN)
			return;
		lock(&KERN->lock, op);
		ipc_look(op, me);
	}
}

/* ---- the calls ---- */
static void
error(Tcb *me, int code)
{
	mrs_of(me)[L4_TCR_ErrorCode] = (L4_Word_t)code;
}

static L4_Word_t
sys_ipc(L4_Word_t to, L4_Word_t from, L4_Word_t timeouts)
{
	Tcb *me = self();
	Op op;

	op_init(&op, me->no + 1);
	lock(&KERN->lock, &op);
	ipc_start(&op, me, to, from, (uint32_t)timeouts, false);
	ipc_wait(&op, me);
	if (here->flush_done != here->flush_next)
		tlb_flush();    /* a message may have replaced pages of ours */
	return me->result;
}

static L4_Word_t
sys_unmap(L4_Word_t control)
{
	Tcb *me = self();
	Op op;

	op_init(&op, me->no + 1);
	map_unmap(&op, here, control, mrs_of(me), (unsigned)(control & 0x3F) + 1);
	map_flush_wait(&op, here, tlb_flush);
	return 0;
}

static L4_Word_t
sys_clock(void)
{
	return (lx_now_ns() - KERN->t0_ns) / 1000;
}

static L4_Word_t
sys_switch(L4_Word_t dest)
{
	Tcb *me = self();
	Op op;

	if (!KERN->sched_on) {
		lx1(NR_sched_yield, 0);
		return 0;
	}
	op_init(&op, me->no + 1);
	lock(&KERN->lock, &op);
	if (KERN->sched_on)
		sched_switch(me, dest);
	op_unlock(&op);
	return 0;
}

static L4_Word_t
sys_schedule(L4_Word_t dest)
{
	Tcb *me = self();
	L4_Word_t *a = args_of(me), old = 0, rc;
	int code;
	Op op;

	op_init(&op, me->no + 1);
	lock(&KERN->lock, &op);
	rc = thread_schedule(&op, me, dest, a, &old, &code);
	op_unlock(&op);
	a[0] = old;
	if (code != 0)
		error(me, code);
	return rc;
}

static L4_Word_t
sys_space(L4_Word_t space, L4_Word_t control, L4_Word_t kip, L4_Word_t utcb, L4_Word_t redirector)
{
	Tcb *me = self();
	int code;
	Op op;

	(void)control;
	op_init(&op, me->no + 1);
	lock(&KERN->lock, &op);
	code = space_control(me, space, kip, utcb, redirector);
	op_unlock(&op);
	args_of(me)[0] = 0;
	if (code != 0)
		error(me, code);
	return code == 0;
}

/* Its Linux thread ends by itself, and says so. */
static void
thread_bury(Op *op, Tcb *t)
{
	for (;;) {
		uint32_t tid = t->ltid;

		if (tid == 0)
			break;
		lx_futex_wait(&t->ltid, tid, 0);
	}
	lock(&KERN->lock, op);
	thread_free(op, t);
	op_unlock(op);
}

static L4_Word_t
sys_thread(L4_Word_t dest, L4_Word_t space, L4_Word_t scheduler, L4_Word_t pager, L4_Word_t utcb)
{
	Tcb *me = self(), *dying;
	int code;
	Op op;

	op_init(&op, me->no + 1);
	lock(&KERN->lock, &op);
	code = thread_control(&op, me, dest, space, scheduler, pager, utcb, &dying);
	op_unlock(&op);
	if (dying != NULL)
		thread_bury(&op, dying);
	map_flush_wait(&op, here, tlb_flush);
	if (code != 0)
		error(me, code);
	return code == 0;
}

static L4_Word_t
sys_processor(L4_Word_t cpu)
{
	Tcb *me = self();
	int code = !here->privileged ? L4_ErrNoPrivilege : cpu >= (L4_Word_t)KERN->ncpu ? L4_ErrInvalidParam : 0;

	if (code != 0)
		error(me, code);
	return code == 0;
}

/* The simulator's memory has one attribute, the default. */
static L4_Word_t
sys_memory(L4_Word_t control)
{
	Tcb *me = self();
	L4_Word_t *a = args_of(me), *m = mrs_of(me);
	int code = 0;

	if (!here->privileged)
		code = L4_ErrNoPrivilege;
	for (unsigned i = 0; code == 0 && i <= (control & 0x3F); i++)
		if (a[m[i] & 3] != L4_DefaultMemory)
			code = L4_ErrInvalidParam;
	if (code != 0)
		error(me, code);
	return code == 0;
}

/* ---- ExchangeRegisters ---- */
enum { A_SP, A_IP, A_FLAGS, A_HANDLE, A_PAGER, A_CONTROL };

/* The thread stays in the kernel, or comes into it. REQUIRES K->exregs, K->lock; may release that one. */
static Tcb *
hold(Op *op, Tcb *me, Tcb *t, uint64_t dest)
{
	if (t == me || t->ltid == 0)
		return t;
	atomic_fetch_or(&t->attn, AT_HOLD);
	while (t->ustate == US_USER) {
		if (t->space == me->space) {
			lx3(NR_tgkill, here->pid, t->ltid, LX_SIGUSR1);
			op_unlock(op);
		} else {
			thread_kick(op, t);
			op_unlock(op);
		}
		lx_futex_wait(&t->ustate, US_USER, lx_now_ns() + 20000000);
		lock(&KERN->lock, op);
		if (tcb_find(me, dest) != t || !may_exregs(me, t))
			return NULL;
	}
	return t;
}

static void
unhold(Tcb *t)
{
	if (atomic_fetch_and(&t->attn, ~(uint32_t)AT_HOLD) & AT_HOLD)
		lx_futex_wake(&t->attn, 1);
}

static L4_Word_t
state_bits(const Tcb *t)
{
	enum State s = t->outer != 0 ? t->outer : t->state;

	return (t->attn & AT_HALT ? L4_EXREGS_H : 0) | (s == TS_RECV || s == TS_XRCV ? L4_EXREGS_R : 0) |
	    (s == TS_SEND || s == TS_XSND ? L4_EXREGS_S : 0);
}

static void
exchange(Op *op, Tcb *me, Tcb *t, L4_Word_t control, L4_Word_t *a)
{
	L4_Word_t in[5], *m = mrs_of(t);

	for (unsigned i = 0; i < 5; i++)
		in[i] = a[i];
	a[A_CONTROL] = state_bits(t);
	a[A_SP] = t->usp;
	a[A_IP] = t->uip;
	a[A_FLAGS] = t->uflags;
	a[A_HANDLE] = m[L4_TCR_UserDefinedHandle];
	a[A_PAGER] = m[L4_TCR_Pager];
	if (control & L4_EXREGS_sp)
		t->usp = in[A_SP];
	if (control & L4_EXREGS_ip)
		t->uip = in[A_IP];
	if (control & L4_EXREGS_flags) {
		t->uflags = (in[A_FLAGS] & 0xDD5) | 0x202;
		t->setflags = 1;
	}
	if (control & L4_EXREGS_handle)
		m[L4_TCR_UserDefinedHandle] = in[A_HANDLE];
	if (control & L4_EXREGS_pager) {
		m[L4_TCR_Pager] = in[A_PAGER];
		if (t->fresh)
			t->from = in[A_PAGER];
	}
	if ((control & L4_EXREGS_S && (t->state == TS_SEND || t->state == TS_XSND)) ||
	    (control & L4_EXREGS_R && (t->state == TS_RECV || t->state == TS_XRCV)))
		ipc_abort(op, t, L4_IpcErrCancelled);
	if (control & L4_EXREGS_h) {
		if (control & L4_EXREGS_H)
			atomic_fetch_or(&t->attn, AT_HALT);
		else
			atomic_fetch_and(&t->attn, ~(uint32_t)AT_HALT);
		lx_futex_wake(&t->attn, 1);
	}
	/* a thread that waits for its start message starts also this way */
	if (t->fresh && control & L4_EXREGS_ip && control & L4_EXREGS_R && !(control & L4_EXREGS_H)) {
		t->fresh = false;
		t->from = 0;
		t->state = TS_RUN;
		t->blocked = BLK_NO;
		thread_run(op, t);
	}
	(void)me;
}

static L4_Word_t
sys_exregs(L4_Word_t dest, L4_Word_t control)
{
	const L4_Word_t stop = L4_EXREGS_d | L4_EXREGS_sp | L4_EXREGS_ip | L4_EXREGS_flags;
	Tcb *me = self(), *t;
	L4_Word_t id = 0;
	bool held = (control & stop) != 0 || (control & (L4_EXREGS_h | L4_EXREGS_H)) == (L4_EXREGS_h | L4_EXREGS_H);
	Op op;

	op_init(&op, me->no + 1);
	if (held)
		lock(&KERN->exregs, &op);
	lock(&KERN->lock, &op);
	t = tcb_find(me, dest);
	if (t == NULL || !may_exregs(me, t)) {
		error(me, L4_ErrInvalidThread);
	} else if (!held || (t = hold(&op, me, t, dest)) != NULL) {
		exchange(&op, me, t, control, args_of(me));
		id = t->space != me->space || is_local_id(dest) ? t->id : local_id(t);
		if (held)
			unhold(t);
	} else {
		error(me, L4_ErrInvalidThread);
	}
	op_unlock(&op);
	if (held)
		unlock(&KERN->exregs);
	return id;
}

/* ---- beyond X.2 ---- */
/* a character for lp49sim's standard error; the node's log is read by lp49sim */
static L4_Word_t
sys_putc(L4_Word_t c)
{
	uint32_t at = atomic_fetch_add(&KERN->log_head, 1);
	uint64_t one = 1;

	KERN->log[at % NLOG] = (char)c;
	if (c == '\n' || at % 256 == 255)
		lx3(NR_write, FD_EVENT, &one, 8);
	return 0;
}

/* 32 bytes of name in the argument words: how ps on the host calls the space of thread dest */
static L4_Word_t
sys_name(L4_Word_t dest)
{
	Tcb *me = self(), *t;
	Space *s;
	Op op;

	op_init(&op, me->no + 1);
	lock(&KERN->lock, &op);
	t = tcb_find(me, dest);
	if (t != NULL && (t->space == me->space || here->privileged)) {
		s = space_of(t);
		__builtin_memcpy(s->name, args_of(me), NAME);
		s->name[NAME - 1] = '\0';
		s->renamed = true;
		if (s->state == SP_RUN)
			op_kick(&op, s);
	}
	op_unlock(&op);
	return t != NULL;
}

extern const void *const sys_table[NSYS];
const void *const sys_table[NSYS] = {
	[SYS_IPC] = sys_ipc, [SYS_LIPC] = sys_ipc, [SYS_UNMAP] = sys_unmap, [SYS_EXREGS] = sys_exregs,
	[SYS_CLOCK] = sys_clock, [SYS_SWITCH] = sys_switch, [SYS_SCHEDULE] = sys_schedule, [SYS_SPACE] = sys_space,
	[SYS_THREAD] = sys_thread, [SYS_PROCESSOR] = sys_processor, [SYS_MEMORY] = sys_memory,
	[SYS_PUTC] = sys_putc, [SYS_NAME] = sys_name,
};
