/*
 * sys.c - the system calls, as sys_entry calls them: in the calling thread, on
 * its kernel stack. They take locks and wait; the work is in k_*.c. ThreadControl is
 * in threads.c, ExchangeRegisters in exregs.c.
 *
 * Words that do not fit registers are in the caller's UTCB slot (args_of).
 */
#include "sim/kern/space.h"

enum { SPIN = 400 };

/* ---- waiting ---- */
void
attn_look(Tcb *me)
{
	if (me->attn & AT_DIE)
		thread_gone();
	if (me->attn & AT_MOVE)
		thread_park();
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
		uint32_t a;

		attn_look(me);
		a = me->attn;
		lx_futex_wake(&me->ustate, 1);
		if (a == 0)
			return;
		if (a & (AT_HALT | AT_QUANTUM) && KERN->sched_on && me->ready_no != 0)
			sched_note(me);
		else if ((a & ~(uint32_t)(AT_WAIT | AT_SETTLE)) == AT_QUANTUM && !me->q_told)
			quantum_stop(me);
		else if (a & (AT_DIE | AT_MOVE))
			continue;
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
	while (me->blocked == BLK_YES) {
		attn_look(me);
		if (lx_futex_wait(&me->blocked, BLK_YES, deadline) == -LX_ETIMEDOUT)
			return;
	}
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
			thread_gone();
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
void
sys_error(Tcb *me, int code)
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
		sys_error(me, code);
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
		sys_error(me, code);
	return code == 0;
}

static L4_Word_t
sys_processor(L4_Word_t cpu)
{
	Tcb *me = self();
	int code = !here->privileged ? L4_ErrNoPrivilege : cpu >= (L4_Word_t)KERN->ncpu ? L4_ErrInvalidParam : 0;

	if (code != 0)
		sys_error(me, code);
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
		sys_error(me, code);
	return code == 0;
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
