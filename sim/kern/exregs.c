/*
 * exregs.c - ExchangeRegisters: a thread is held in the kernel while its registers
 * are read and written.
 *
 * LOCKS   K->exregs while a thread is held, K->lock inside it
 * SEE     X.2 manual, chapter 2.3; tests/l4/exregs.c
 */
#include "sim/kern/space.h"

enum { HOLD_NS = 20000000 };
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
		lx_futex_wait(&t->ustate, US_USER, lx_now_ns() + HOLD_NS);
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

L4_Word_t
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
		sys_error(me, L4_ErrInvalidThread);
	} else if (!held || (t = hold(&op, me, t, dest)) != NULL) {
		exchange(&op, me, t, control, args_of(me));
		id = t->space != me->space || is_local_id(dest) ? t->id : local_id(t);
		if (held)
			unhold(t);
	} else {
		sys_error(me, L4_ErrInvalidThread);
	}
	op_unlock(&op);
	if (held)
		unlock(&KERN->exregs);
	return id;
}
