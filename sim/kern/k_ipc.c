/*
 * k_ipc.c - IPC: rendezvous of two threads. Who a message goes to is k_route.c,
 * its copy k_message.c, interrupts are k_irq.c.
 *
 * A thread calls ipc_start. Either all is done at once (state TS_RUN), or its
 * TCB says what it waits for and it sleeps on `blocked`; whoever comes next,
 * in whatever process, completes both sides. When a send phase is completed,
 * the sender is moved into its receive phase although it does not run, so that
 * a reply with timeout 0 finds it there. Strings (string.c) are moved by the
 * two threads themselves, in TS_XSND and TS_XRCV.
 *
 * LOCKS   K->lock everywhere; map items take K->map inside it.
 * SEE     X.2 manual, chapter 5 (IPC); tests/l4/ipc.c
 */
#include "sim/kern/k_ipc.h"
#include "sim/kern/linux.h"

/* ---- times ---- */
uint64_t
ipc_deadline_from(uint32_t time, uint64_t start)
{
	uint64_t now, us, e, m = time & 0x3FF;

	time &= 0xFFFF;
	if (time == 0)
		return 0;
	if (!(time & 0x8000)) {
		if (m == 0)
			return 1;
		return start + (m << (time >> 10)) * 1000;
	}
	/* a point: the next moment whose clock has these bits from bit e up */
	e = time >> 11 & 15;
	now = (start - KERN->t0_ns) / 1000;
	us = (now >> (e + 10) << 10 | m) << e;
	if ((now >> (e + 10) & 1) != (time >> 10 & 1))
		us += (uint64_t)1 << (e + 10);
	return us <= now ? 1 : KERN->t0_ns + us * 1000;
}

uint64_t
ipc_deadline(uint32_t time)
{
	bool period = (time & 0x8000) == 0;

	/* the clock is a Linux call: not for 0 and for ever */
	if ((time & 0xFFFF) == 0 || (period && (time & 0x3FF) == 0))
		return ipc_deadline_from(time, 0);
	return ipc_deadline_from(time, lx_now_ns());
}

/* ---- send queues: circular, q_head of the receiver is the oldest ---- */
void
ipc_requeue(Tcb *s)
{
	Tcb *r = tcb_at(s->to), *head;

	if (r->q_head == 0) {
		r->q_head = s->q_next = s->q_prev = s->no + 1;
		return;
	}
	head = tcb_at(r->q_head - 1);
	s->q_next = r->q_head;
	s->q_prev = head->q_prev;
	tcb_at(head->q_prev - 1)->q_next = s->no + 1;
	head->q_prev = s->no + 1;
}

static void
queue_remove(Tcb *s)
{
	Tcb *r = tcb_at(s->to);

	if (s->q_next == s->no + 1) {
		r->q_head = 0;
	} else {
		tcb_at(s->q_prev - 1)->q_next = s->q_next;
		tcb_at(s->q_next - 1)->q_prev = s->q_prev;
		if (r->q_head == s->no + 1)
			r->q_head = s->q_next;
	}
	s->q_next = s->q_prev = 0;
}

/* ---- ends ---- */
static void
sleep_in(Tcb *t, enum State state)
{
	t->blocked = BLK_YES;
	t->state = state;
}

static void
wake(Op *op, Tcb *t)
{
	if (ktracing(KTRACE_SCHED))
		ktrace_add(KTRACE_SCHED, 0, t->id, 1, 0, t->prio);
	t->blocked = BLK_NO;
	op_wake(op, t);
}

/* s's message is with r. */
static void
delivered(const Tcb *s, const Tcb *r)
{
	if (ktracing(KTRACE_IPC))
		ktrace_add(KTRACE_IPC, s->id, r->id, mrs_of(s)[0], (uint32_t)s->snd_timeout << 16 | s->rcv_timeout, 0);
}

void
ipc_fail(Op *op, Tcb *t, uint32_t code)
{
	L4_Word_t *m = mrs_of(t);

	if (ktracing(KTRACE_IPC) && (code & 1) == SND)
		ktrace_add(KTRACE_IPC, t->id, t->to_id, m[0], (uint32_t)t->snd_timeout << 16 | t->rcv_timeout, code);
	else if (ktracing(KTRACE_IPC))
		ktrace_add(KTRACE_IPC, t->from, t->id, 0, t->rcv_timeout, code);
	m[0] = L4_TAG_E;
	m[L4_TCR_ErrorCode] = code;
	t->result = 0;
	t->from = 0;
	t->deadline = 0;
	t->state = t->crashed ? TS_GONE : TS_RUN;
	wake(op, t);
}

void
ipc_finish_recv(Op *op, Tcb *t, uint64_t sender)
{
	t->result = id_for(t, sender);
	t->from = 0;
	t->deadline = 0;
	t->state = t->crashed ? TS_GONE : TS_RUN;
	if (t->fresh) {
		t->fresh = false;
		t->uip = mrs_of(t)[1];
		t->usp = mrs_of(t)[2];
		t->blocked = BLK_NO;
		thread_run(op, t);
		return;
	}
	wake(op, t);
}

void
ipc_sent(Op *op, Tcb *t)
{
	if (t->from == 0) {
		mrs_of(t)[0] = 0;
		t->result = 0;
		t->deadline = 0;
		t->state = t->crashed ? TS_GONE : TS_RUN;
		wake(op, t);
		return;
	}
	t->deadline = ipc_deadline(t->rcv_timeout);
	sleep_in(t, TS_RECV);
	if (t->deadline != 0 || t->q_head != 0 || t->irqs != 0) {
		t->blocked = BLK_LOOK;  /* it must set its timer, or receive */
		op_wake(op, t);
	}
}

void
ipc_xfer_abort(Tcb *t, uint32_t snd, uint32_t rcv)
{
	bool sender = t->state == TS_XSND || t->outer == TS_XSND;
	Tcb *s = sender ? t : tcb_at(t->peer), *r = sender ? tcb_at(t->peer) : t;
	uint32_t turn = xfer_turn(s, t);

	if (turn == TURN_ABORT || turn == TURN_DONE)
		return;         /* the partner may be another thread's, or transfer's, by now */
	s->xerror = ERR(SND, snd) | (uint32_t)(r->xoffset << 4);
	r->xerror = ERR(RCV, rcv) | (uint32_t)(r->xoffset << 4);
	atomic_store(&s->turn, TURN(s->xfer, TURN_ABORT));
	lx_futex_wake(&s->turn, 2);
	/* either may sleep on `blocked`: the receiver until the first chunk is
	 * there, the sender from the last one on */
	s->blocked = r->blocked = BLK_NO;
	lx_futex_wake(&s->blocked, 1);
	lx_futex_wake(&r->blocked, 1);
}

void
ipc_xfer_end(Op *op, Tcb *s, Tcb *r)
{
	atomic_store(&s->turn, TURN(s->xfer, TURN_DONE));
	delivered(s, r);
	ipc_finish_recv(op, r, s->as);
	ipc_sent(op, s); /* sleeps on, if an answer is to come */
}

/* Both are ready; s is no longer, or not yet, in r's queue. */
static void
rendezvous(Op *op, Tcb *s, Tcb *r)
{
	int rc = ipc_copy(op, s, r);

	if (rc == 0) {
		delivered(s, r);
		ipc_finish_recv(op, r, s->as);
		ipc_sent(op, s);
	} else if (rc < 0) {
		ipc_fail(op, s, ERR(SND, (uint32_t)-rc));
		ipc_fail(op, r, ERR(RCV, (uint32_t)-rc));
	} else {
		s->peer = r->no;
		r->peer = s->no;
		s->deadline = r->deadline = 0;
		s->state = TS_XSND;
		r->state = TS_XRCV;
		wake(op, s);
		wake(op, r);
	}
}

/* ---- send phase ---- */
/* true: sent, go on with the receive phase; false: failed, or state tells it waits */
static bool
send_phase(Op *op, Tcb *me, uint64_t to, uint32_t timeout)
{
	Tcb *d;
	int rc;

	if (is_bell(to)) {
		atomic_fetch_or(&KERN->bells, (uint32_t)1 << ((to >> 32) - SIM_BELL_BASE));
		op->bell = true;
		return true;
	}
	if (is_irq(to)) {
		if (irq_ack(op, me, (unsigned)(to >> 32)))
			return true;
		ipc_fail(op, me, ERR(SND, L4_IpcErrNonExist));
		return false;
	}
	d = tcb_find(me, to);
	if (d != NULL)
		d = ipc_redirect(me, d);
	if (d == NULL || d == me || d->state == TS_INACTIVE || (d->crashed && !ipc_accepts(d, me))) {
		ipc_fail(op, me, ERR(SND, L4_IpcErrNonExist));
		return false;
	}
	if (mrs_of(me)[0] & L4_TAG_P)
		ipc_propagate(me, d);
	if (!ipc_accepts(d, me)) {
		me->deadline = ipc_deadline(timeout);
		if (me->deadline == 1) {
			ipc_fail(op, me, ERR(SND, L4_IpcErrTimeout));
			return false;
		}
		me->to = d->no;
		me->to_id = d->id;
		ipc_requeue(me);
		sleep_in(me, TS_SEND);
		return false;
	}
	rc = ipc_copy(op, me, d);
	if (rc == 0) {
		delivered(me, d);
		ipc_finish_recv(op, d, me->as);
		return true;
	}
	if (rc < 0) {
		ipc_fail(op, me, ERR(SND, (uint32_t)-rc));
		ipc_fail(op, d, ERR(RCV, (uint32_t)-rc));
		return false;
	}
	me->peer = d->no;
	d->peer = me->no;
	d->deadline = 0;
	me->state = TS_XSND;
	d->state = TS_XRCV; /* and sleeps on until the first chunk is there: string.c */
	return false;
}

/* ---- receive phase ---- */
/* Somebody to receive from right now? me is in TS_RECV. */
static bool
receive_now(Op *op, Tcb *me)
{
	uint32_t n = me->q_head;

	if (n != 0) {
		do {
			Tcb *s = tcb_at(n - 1);

			if (ipc_accepts(me, s)) {
				queue_remove(s);
				rendezvous(op, s, me);
				return true;
			}
			n = s->q_next;
		} while (n != me->q_head);
	}
	for (uint64_t m = me->irqs; m != 0; m &= m - 1) {
		unsigned irq = (unsigned)__builtin_ctzll(m);

		if (me->from == ANY || me->from == irq_id(irq)) {
			irq_deliver(op, irq, me);
			return true;
		}
	}
	return false;
}

static void
receive_phase(Op *op, Tcb *me)
{
	me->state = TS_RECV;
	if (receive_now(op, me))
		return;
	if (me->from != ANY && me->from != ANYLOCAL && !is_irq(me->from)) {
		Tcb *s = tcb_find(me, me->from);

		if (s == NULL || s->state == TS_INACTIVE || s->crashed) {
			ipc_fail(op, me, ERR(RCV, L4_IpcErrNonExist));
			return;
		}
	}
	me->deadline = ipc_deadline(me->rcv_timeout);
	if (me->deadline == 1) {
		ipc_fail(op, me, ERR(RCV, L4_IpcErrTimeout));
		return;
	}
	sleep_in(me, TS_RECV);
}

void
ipc_start(Op *op, Tcb *me, uint64_t to, uint64_t from, uint32_t timeouts, bool fault)
{
	me->from = from;
	me->rcv_timeout = (uint16_t)timeouts;
	me->snd_timeout = (uint16_t)(timeouts >> 16);
	me->to_id = to;
	me->fault = fault;
	me->result = 0;
	me->tagflags = 0;
	me->intended = 0;
	me->as = me->id;
	me->deadline = 0;
	if (from != 0 && from != ANY && from != ANYLOCAL && is_local_id(from)) {
		Tcb *s = tcb_find(me, from);

		me->from = s != NULL ? s->id : 1;       /* 1: nobody's */
	}
	if (to != 0 && !send_phase(op, me, to, timeouts >> 16))
		return;
	if (me->from == 0) {
		mrs_of(me)[0] = 0;
		return;
	}
	receive_phase(op, me);
}

void
ipc_look(Op *op, Tcb *me)
{
	enum State state = me->state;

	if (state != TS_SEND && state != TS_RECV)
		return;
	me->blocked = BLK_YES;
	if (state == TS_RECV && receive_now(op, me))
		return;
	if (me->deadline == 0 || (me->deadline != 1 && lx_now_ns() < me->deadline))
		return;
	if (state == TS_SEND)
		queue_remove(me);
	ipc_fail(op, me, ERR(state == TS_SEND ? SND : RCV, L4_IpcErrTimeout));
}

/* ---- from outside ---- */
void
ipc_abort(Op *op, Tcb *t, uint32_t error)
{
	switch (t->state) {
	case TS_SEND:
		queue_remove(t);
		ipc_fail(op, t, ERR(SND, error));
		break;
	case TS_RECV:
		if (!t->fresh)
			ipc_fail(op, t, ERR(RCV, error));
		break;
	case TS_XSND:
	case TS_XRCV:
		ipc_xfer_abort(t, L4_IpcErrAborted, L4_IpcErrAborted);
		break;
	default:
		break;
	}
}

void
ipc_forget(Op *op, Tcb *t)
{
	if (t->state == TS_SEND)
		queue_remove(t);
	if (t->state == TS_XSND || t->outer == TS_XSND || t->state == TS_XRCV || t->outer == TS_XRCV)
		ipc_xfer_abort(t, L4_IpcErrAborted, L4_IpcErrAborted);
	while (t->q_head != 0) {
		Tcb *s = tcb_at(t->q_head - 1);

		queue_remove(s);
		ipc_fail(op, s, ERR(SND, L4_IpcErrNonExist));
	}
	for (Tcb *r = tcb_first(); r != NULL; r = tcb_next(r))
		if (r->state == TS_RECV && r->from == t->id && r != t && !r->fresh)
			ipc_fail(op, r, ERR(RCV, L4_IpcErrNonExist));
	for (int i = 0; i < NIRQ; i++)
		if (KERN->irq[i].handler == t->no + 1)
			irq_detach(i);
}
