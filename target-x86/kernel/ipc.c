/*
 * ipc.c - the Ipc system call: rendezvous of two threads.
 *
 * A sender that finds its partner waiting carries out the transfer; else it
 * stands in the partner's queue and the partner does it later. Whoever does it
 * is "current"; the other is locked (T_SENDING, T_RECEIVING) as long as it takes
 * (strings may fault, string.c). The fast path (fastpath.S) serves the
 * plain case; what it does is what ipc_do does with u words, t = 0.
 *
 * ERRORS  TCR_ERRORCODE: offset << 4 | IPC_ code | phase
 * SEE X.2 manual, "IPC"; README.md, "The IPC path"
 */
#include "target-x86/kernel/kernel.h"

static void
tag_error(Thread *t, Word result)
{
	t->utcb[TCR_ERRORCODE] = result;
	t->utcb[0] = TAG_ERROR;
}

/* t's wait is over; from: whose message it got */
void
ipc_finish(Thread *t, Word result, Word from)
{
	t->result = result;
	t->got = from;
	timer_cancel(t);
	thread_wake(t);
}

/* the id by which r knows thread s, whose message is from "as" */
static Word
id_for(const Thread *r, Word as)
{
	Thread *s = thread_find(as);

	return s && s->space == r->space ? s->utcb_user : as;
}

bool
ipc_match(const Thread *r, const Thread *s, Word as)
{
	if (r->from == ANYTHREAD || r->from == as)
		return true;
	if (r->from != ANYLOCAL)
		return false;
	Thread *v = as == s->id ? NULL : thread_find(as);
	return (v ? v : s)->space == r->space;
}

/* the same error as the other side names it */
static Word
error_of_partner(Word err)
{
	Word code = err & 0xE;

	if (code == IPC_XFER_SELF)
		return (err & ~0xFu) | IPC_XFER_PARTNER;
	if (code == IPC_XFER_PARTNER)
		return (err & ~0xFu) | IPC_XFER_SELF;
	return err;
}

/* both sides of a transfer: page faults must be over when the first timeout is */
static void
transfer_begin(Thread *s, Thread *r)
{
	Time snd = timeout_deadline(s->utcb[TCR_XFERTIMEOUTS] >> 16);
	Time rcv = timeout_deadline(r->utcb[TCR_XFERTIMEOUTS]);
	Time deadline = snd < rcv ? snd : rcv;
	Word late = rcv < snd ? IPC_XFER_PARTNER : IPC_XFER_SELF;

	s->xfer = (Transfer){ .other = r, .role = T_SENDING, .deadline = deadline, .late = late };
	r->xfer = (Transfer){ .other = s, .role = T_RECEIVING, .deadline = deadline, .late = error_of_partner(late) };
}

/* locks the other one, lets string.c work, says who is still there; the error is
 * as current is told it. PREEMPTS */
static Word
transfer_typed(Thread *s, Thread *r, Word tag, Thread **other)
{
	Thread *o = *other;
	Word err;

	transfer_begin(s, r);
	o->state = o->xfer.role;
	timer_cancel(o);
	err = typed_transfer(s, r, tag);
	if (err)
		err |= current->xfer.offset << 4;
	if (current->xfer.other)
		o->xfer = (Transfer){ .other = NULL };
	else
		*other = NULL;
	current->xfer = (Transfer){ .other = NULL };
	return err;
}

/* the first in the queue whose message r is willing to take */
static Thread *
sender_next(Thread *r)
{
	for (Link *l = r->senders.next; l != &r->senders; l = l->next) {
		Thread *s = CONTAINER(l, Thread, queue);

		if (ipc_match(r, s, s->send_as))
			return s;
	}
	return NULL;
}

/*
 * s has sent and will receive: it waits from now on, so that an answer without
 * patience finds it. False: something may be there for it, or the receive can't
 * succeed; it is to run and see for itself.
 */
static bool
receive_follows(Thread *s)
{
	bool any = s->next_from == ANYTHREAD;
	Time deadline = timeout_deadline(s->timeouts);

	if (s->next_from == NIL || deadline == 0 || (any && irq_npending))
		return false;
	if (!any && s->next_from != ANYLOCAL && !thread_find(s->next_from))
		return false;
	s->from = s->next_from;
	if (sender_next(s))
		return false;
	timer_cancel(s);
	s->state = T_WAIT_RECV;
	s->next_entered = true;
	timer_arm(s, deadline);
	return true;
}

/*
 * Copies s's message to r; one of them is current, the other waits for it in
 * no queue. Wakes the other, but a sender that receives next just goes on to
 * wait for that. Returns current's result. PREEMPTS (typed items)
 */
static Word
message_transfer(Thread *s, Thread *r)
{
	Thread *other = s == current ? r : s;
	Word tag = s->utcb[0], u = tag & 63, t = tag >> 6 & 63, err = 0;
	Word as = s->send_as, intended = s->intended, virtual = s->id;

	if (u + t >= NMR) {
		err = IPC_OVERFLOW;
		u = t = 0;
	}
	for (Word i = 1; i <= u && i < mr_room(r); i++)
		r->utcb[i] = s->utcb[i];
	if (t)
		err = transfer_typed(s, r, tag, &other);
	if (!err)
		TRACE5(TRACE_IPC, s->id, r->id, tag, 0, s->timeouts);
	tag &= ~(Word)(0xF << 12);
	if (as != virtual) {
		tag |= TAG_PROPAGATED;
		r->utcb[TCR_ACTUALSENDER] = virtual;
	}
	if (intended) {
		tag |= TAG_REDIRECTED;
		r->utcb[TCR_INTENDED] = intended;
	}
	if (r == current || other) {
		r->utcb[0] = tag;
		r->got = id_for(r, as);
	}
	if (other && (other == r || err || !receive_follows(other)))
		ipc_finish(other, error_of_partner(err), other->got);
	return err;
}

/* X.2: may s send in v's name? */
static bool
propagation_allowed(const Thread *s, const Thread *v, const Thread *r)
{
	Word redirector = v->space->redirector;

	return v->space == s->space || r->space == s->space || redirector == s->id;
}

/* sets send_as; a virtual sender that waits for s now waits for r */
static void
send_propagate(Thread *s, Thread *r)
{
	Thread *v = thread_find_any(s->utcb[TCR_ACTUALSENDER]);

	if (!v || v == s || !v->utcb || !propagation_allowed(s, v, r))
		return;
	s->send_as = v->id;
	if (v->state == T_WAIT_RECV && v->from == s->id)
		v->from = r->id;
}

static Thread *
send_redirect(Thread *s, Thread *r)
{
	Word to = s->space->redirector;
	Thread *t;

	if (!to || to == ANYTHREAD || r->space == s->space || to == r->id)
		return r;
	t = thread_find(to);
	if (!t || !t->utcb || t->space == s->space)
		return t && t->utcb ? r : NULL;
	s->intended = r->id;
	return t;
}

/* PREEMPTS */
static Word
ipc_send(Word to, Word timeout)
{
	Thread *s = current, *r;
	Time deadline;

	if (irq_is_id(to))
		return irq_ack(id_number(to), s) ? 0 : IPC_NOPARTNER;
	r = thread_find_any(to);
	if (!r || !r->utcb)
		return IPC_NOPARTNER;
	s->send_as = s->id;
	s->intended = NIL;
	if (s->utcb[0] & TAG_PROPAGATED)
		send_propagate(s, r);
	if (s->space->redirector && !(r = send_redirect(s, r)))
		return IPC_NOPARTNER;
	if (r->state == T_WAIT_RECV && ipc_match(r, s, s->send_as))
		return message_transfer(s, r);
	deadline = timeout_deadline(timeout);
	if (deadline == 0)
		return IPC_TIMEOUT;
	s->state = T_WAIT_SEND;
	list_append(&r->senders, &s->queue);
	timer_arm(s, deadline);
	thread_block();
	transfer_faults();
	return s->result;
}

/* PREEMPTS */
static Word
ipc_receive(Word from, Word timeout)
{
	Thread *r = current, *s;
	Time deadline;

	r->got = NIL;
	if (from != ANYTHREAD && from != ANYLOCAL && !irq_is_id(from)) {
		s = thread_find_any(from);
		if (!s || !s->utcb)
			return IPC_NOPARTNER;
		from = s->id;
	}
	r->from = from;
	if (irq_deliver(r, from))
		return 0;
	s = sender_next(r);
	if (s) {
		list_remove(&s->queue);
		return message_transfer(s, r);
	}
	deadline = timeout_deadline(timeout);
	if (deadline == 0)
		return IPC_TIMEOUT;
	r->state = T_WAIT_RECV;
	timer_arm(r, deadline);
	thread_block();
	transfer_faults();
	return r->result;
}

/* NIL: nobody, or nobody that exists */
static Word
global_from(Word from)
{
	Thread *t;

	if (from == ANYTHREAD || from == ANYLOCAL || !id_is_local(from))
		return from;
	t = thread_find_any(from);
	return t ? t->id : NIL;
}

bool
ipc_do(Word to, Word timeouts, Word from, Word *sender)
{
	Word err;

	*sender = NIL;
	current->next_from = global_from(from);
	current->next_entered = false;
	current->timeouts = timeouts;
	if (to != NIL) {
		err = ipc_send(to, timeouts >> 16);
		if (err && !current->next_entered) {
			TRACE5(TRACE_IPC, current->id, to, current->utcb[0], err, timeouts);
			tag_error(current, err);
			return false;
		}
	}
	if (from == NIL) {
		current->utcb[0] = 0;
		return true;
	}
	if (!current->next_entered)	/* else ipc_send's wait became this one */
		err = ipc_receive(from, timeouts & 0xFFFF);
	*sender = current->got;
	if (err) {
		TRACE5(TRACE_IPC, from, current->id, 0, err | IPC_RECV, timeouts);
		tag_error(current, err | IPC_RECV);
		return false;
	}
	return true;
}

/* results into the registers; MR3.. stay in the UTCB */
static void
ipc_return(Frame *f, Word sender)
{
	Word *mr = current->utcb;

	f->eax = sender;
	f->esi = mr[0];
	f->ebx = mr[1];
	f->ebp = mr[2];
	f->edi = current->utcb_user;
}

static void
ipc_call(Frame *f)
{
	Word sender;

	current->utcb[0] = f->esi;
	ipc_do(f->eax, f->ecx, f->edx, &sender);
	ipc_return(f, sender);
	current->slow &= ~SLOW_IRET;
	work_do(f);
	if (check_every)
		check_tick();
}

void sys_ipc(Frame *f);
void sysenter_ipc(Frame *f);
void ipc_resumed(Frame *f);

void
sys_ipc(Frame *f)		/* int 0x30 */
{
	current->slow |= SLOW_IRET;
	ipc_call(f);
}

void
sysenter_ipc(Frame *f)
{
	f->eip = current->kip_ret;
	ipc_call(f);
}

/*
 * A thread that blocked on the fast path has a frame of no more than its stack
 * pointer, and where ss would be, its kernel stack's last return address. Fills in
 * the rest; from now on the thread goes on as its frame says.
 */
void
frame_complete(Thread *t)
{
	Frame *f = thread_frame(t);

	if (f->ss == SEL_UDATA || t->slow & SLOW_IRET)
		return;
	f->eip = t->kip_ret;
	f->cs = SEL_UCODE;
	f->eflags = 0x202;
	t->slow |= SLOW_IRET;
}

/* what the fast path left undone: the thread waited for a message, C woke it */
void
ipc_resumed(Frame *f)
{
	Thread *t = current;

	transfer_faults();
	frame_complete(t);
	t->slow &= ~SLOW_IRET;
	f->ss = SEL_UDATA;
	if (t->result)
		tag_error(t, t->result | IPC_RECV);
	ipc_return(f, t->got);
	work_do(f);
}

/* p loses the other side of a transfer, which is t */
static void
transfer_lost(Thread *p, Thread *t)
{
	if (p->outer.other == t) {	/* in its page fault: that is over, too */
		p->outer.other = NULL;
		ipc_unlink(p, IPC_CANCELED);
	} else {
		p->xfer.other = NULL;
		if (p->state == T_SENDING || p->state == T_RECEIVING || p->state == T_WAIT_FAULT)
			ipc_finish(p, IPC_ABORTED | p->xfer.offset << 4, NIL);
	}
}

/* t takes no part any more; what it waits for besides is ipc_unlink's */
bool
transfer_leave(Thread *t)
{
	bool in = t->xfer.other || t->outer.other;

	if (t->xfer.other)
		transfer_lost(t->xfer.other, t);
	if (t->outer.other)
		transfer_lost(t->outer.other, t);
	t->xfer.other = t->outer.other = NULL;
	return in;
}

/* takes t out of its wait: a timeout, a cancel */
void
ipc_unlink(Thread *t, Word result)
{
	switch (t->state) {
	case T_WAIT_SEND:
		list_remove(&t->queue);
		/* fall through */
	case T_WAIT_RECV:
		ipc_finish(t, result, NIL);
		break;
	case T_SENDING:
	case T_RECEIVING:
	case T_WAIT_FAULT:
		transfer_leave(t);
		ipc_finish(t, IPC_ABORTED | t->xfer.offset << 4, NIL);
		break;
	default:
		break;
	}
}

/* who waits to send to t never will; interrupts come in now and then */
void
senders_end(Thread *t)
{
	unsigned n = 0;

	while (!list_empty(&t->senders)) {
		ipc_unlink(CONTAINER(t->senders.next, Thread, queue), IPC_NOPARTNER);
		if (++n % 64 == 0)
			preempt_point();
	}
}

/* t dies: nobody may wait for it, or point at it */
void
ipc_gone(Thread *t)
{
	timer_cancel(t);
	if (t->state == T_WAIT_SEND)
		list_remove(&t->queue);
	transfer_leave(t);
	senders_end(t);
}
