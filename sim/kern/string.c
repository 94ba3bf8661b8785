/*
 * string.c - string items: sender and receiver move a message's strings through
 * the sender's bounce buffer, in turns, each in its own process and with no
 * lock, so that each has its own page faults.
 *
 * The sender's `turn` says who may touch the buffer, and each waits on it for
 * the other. At both ends they wait on `blocked` as in any IPC, so that a string
 * of one chunk costs no more switches than a message of words: a receiver that
 * was waiting is woken with the first chunk there, and a sender that awaits an
 * answer sleeps from the last chunk until the answer comes. A third party that ends
 * the transfer (ExchangeRegisters, deletion, a death) sets TURN_ABORT and the
 * error codes; each side then finishes itself. The sender may be in its next
 * transfer, or a new thread with its number, before the receiver looks: `turn`
 * carries the transfer's number, and each side has its error code in its own TCB.
 */
#include "sim/kern/space.h"

enum { LAST_CHUNK = 1, LAST_STRING = 2 };

/* false: aborted */
static bool
turn_wait(Tcb *s, Tcb *me, uint32_t mine)
{
	for (;;) {
		uint32_t turn = xfer_turn(s, me);

		attn_look(me);
		if (turn == mine)
			return true;
		if (turn == TURN_ABORT || turn == TURN_DONE)
			return false;
		lx_futex_wait(&s->turn, TURN(me->xfer, turn), 0);
	}
}

/* The last chunk is given: sleeps until the receiver has it all, or for as long
 * as the receive phase that follows lasts. `blocked` may be cleared by a sender
 * that was late to wake us (turn_send); only BLK_LOOK must not be lost. */
static void
turn_sleep(Tcb *s)
{
	while (xfer_turn(s, s) == TURN_RECV) {
		uint32_t no = BLK_NO;

		attn_look(s);
		atomic_compare_exchange_strong(&s->blocked, &no, BLK_YES);
		if (xfer_turn(s, s) == TURN_RECV)
			lx_futex_wait(&s->blocked, BLK_YES, 0);
	}
}

/* The receiver is done with a chunk. */
static void
turn_give(Tcb *s, const Tcb *r)
{
	uint32_t from = TURN(r->xfer, TURN_RECV);

	if (atomic_compare_exchange_strong(&s->turn, &from, TURN(r->xfer, TURN_SEND)))
		lx_futex_wake(&s->turn, 2);
}

/* A copy to or from user memory failed: xfer timeout, or somebody cancelled it. */
static void
give_up(Op *op, Tcb *s, Tcb *me)
{
	lock(&KERN->lock, op);
	if (!me->xfaulted)
		ipc_xfer_abort(me, L4_IpcErrAborted, L4_IpcErrAborted);
	else if (s == me)
		ipc_xfer_abort(me, L4_IpcErrXferMine, L4_IpcErrXferPartner);
	else
		ipc_xfer_abort(me, L4_IpcErrXferPartner, L4_IpcErrXferMine);
	unlock(&KERN->lock);
}

/* up to a buffer full of string p; *last: the string is at its end */
static bool
fill(Tcb *s, Pieces *p, uint64_t *left)
{
	uint64_t addr, len;
	uint32_t n = 0;

	while (n < BOUNCE && *left > 0 && pieces_next(p, BOUNCE - n, &addr, &len)) {
		if (copy_user(bounce_of(s) + n, (void *)addr, len) != 0)
			return false;
		n += (uint32_t)len;
		*left -= len;
	}
	s->len = n;
	return true;
}

/* The receiver gets its turn. Either it sleeps on `blocked` still, or it clears
 * that word first and then looks at `turn`. When it is faster than we are, this
 * may wake it once too often, for which all who wait are prepared. */
static void
turn_send(Tcb *s)
{
	uint32_t r = s->peer, from = TURN(s->xfer, TURN_SEND);

	if (!atomic_compare_exchange_strong(&s->turn, &from, TURN(s->xfer, TURN_RECV)))
		return;
	if (atomic_exchange(&tcb_at(r)->blocked, BLK_NO) == BLK_YES)
		lx_futex_wake(&tcb_at(r)->blocked, 1);
	else
		lx_futex_wake(&s->turn, 2);
}

static uint64_t
string_size(const L4_Word_t *w, unsigned n, unsigned k)
{
	uint64_t addr, len, sum = 0;
	Pieces p;

	pieces_string(&p, w, n, k);
	while (pieces_next(&p, ~(uint64_t)0, &addr, &len))
		sum += len;
	return sum;
}

static void
send_strings(Op *op, Tcb *s)
{
	const L4_Word_t *m = mrs_of(s);
	L4_Word_t w[L4_NUM_MRS];
	unsigned u = m[0] & 0x3F, t = m[0] >> 6 & 0x3F, n;

	for (unsigned i = 0; i < t; i++)
		w[i] = m[1 + u + i];
	n = string_count(w, t);
	for (unsigned k = 0; k < n; k++) {
		uint64_t left = string_size(w, t, k);
		Pieces p;

		pieces_string(&p, w, t, k);
		do {
			if (!turn_wait(s, s, TURN_SEND))
				return;
			if (!fill(s, &p, &left)) {
				give_up(op, s, s);
				return;
			}
			s->last = (left == 0 ? LAST_CHUNK : 0) | (k == n - 1 ? LAST_STRING : 0);
			if (s->last == (LAST_CHUNK | LAST_STRING))
				s->blocked = BLK_YES;
			turn_send(s);
		} while (left > 0);
	}
	turn_sleep(s);
}

/* The k-th string item of the message received says how long it is and where. */
static void
note_length(Tcb *r, unsigned k, uint64_t length, const L4_Word_t *buffers, unsigned nbuffers)
{
	L4_Word_t *m = mrs_of(r), *w;
	unsigned u = m[0] & 0x3F, t = m[0] >> 6 & 0x3F;
	Pieces p, b;

	if (!pieces_string(&p, m + 1 + u, t, k) || !pieces_string(&b, buffers, nbuffers, k))
		return;
	w = m + 1 + u + p.at;
	w[0] = (w[0] & 0x3FF) | length << 10;
	w[1] = buffers[b.at + 1];
}

/* 0, 1 no more room, -1 fault */
static int
drain(const Tcb *s, Tcb *r, Pieces *p, uint64_t *got)
{
	uint64_t addr, len;
	uint32_t n = 0;

	while (n < s->len) {
		if (!pieces_next(p, s->len - n, &addr, &len))
			return 1;
		if (copy_user((void *)addr, bounce_of(s) + n, len) != 0)
			return -1;
		n += (uint32_t)len;
		*got += len;
		r->xoffset += len;
	}
	return 0;
}

static void
overflow(Op *op, Tcb *r)
{
	lock(&KERN->lock, op);
	ipc_xfer_abort(r, L4_IpcErrOverflow, L4_IpcErrOverflow);
	unlock(&KERN->lock);
}

/* true: it was the end, K->lock is held and both are done */
static bool
receive_end(Op *op, Tcb *s, Tcb *r)
{
	lock(&KERN->lock, op);
	if (xfer_turn(s, r) == TURN_RECV) {
		ipc_xfer_end(op, s, r);
		return true;
	}
	unlock(&KERN->lock);
	return false;
}

static bool
receive_strings(Op *op, Tcb *r)
{
	Tcb *s = tcb_at(r->peer);
	L4_Word_t w[L4_NUM_BRS - 1];
	unsigned n = string_buffers(r, w);

	atomic_store(&r->blocked, BLK_NO); /* from here on it sleeps on `turn` */
	for (unsigned k = 0;; k++) {
		uint64_t got = 0;
		uint32_t last;
		Pieces p;

		if (!pieces_string(&p, w, n, k)) {
			overflow(op, r);
			return false;
		}
		do {
			int rc;

			if (!turn_wait(s, r, TURN_RECV))
				return false;
			rc = drain(s, r, &p, &got);
			if (rc > 0)
				overflow(op, r);
			if (rc < 0)
				give_up(op, s, r);
			if (rc != 0)
				return false;
			last = s->last;
			if (last & LAST_CHUNK)
				note_length(r, k, got, w, n);
			if (last == (LAST_CHUNK | LAST_STRING))
				return receive_end(op, s, r);
			turn_give(s, r);
		} while (!(last & LAST_CHUNK));
	}
}

void
string_run(Op *op, Tcb *me)
{
	bool sender = me->state == TS_XSND;

	me->xfaulted = false;
	if (sender)
		send_strings(op, me);
	else if (receive_strings(op, me))
		return;
	lock(&KERN->lock, op);
	if (me->state == (sender ? TS_XSND : TS_XRCV))
		ipc_fail(op, me, me->xerror);
}

/* ---- a page fault in copy_user ---- */
typedef struct Outer Outer;
struct Outer {
	uint64_t from, to_id, as, intended, result;
	uint32_t to, tagflags;
	uint16_t rcv_timeout;
	bool fault;
};

static Outer
outer_save(Op *op, Tcb *me)
{
	Outer o;

	lock(&KERN->lock, op);
	o = (Outer){ me->from, me->to_id, me->as, me->intended, me->result, me->to, me->tagflags, me->rcv_timeout, me->fault };
	me->outer = me->state;
	me->state = TS_RUN;
	unlock(&KERN->lock);
	return o;
}

static void
outer_restore(Op *op, Tcb *me, const Outer *o)
{
	lock(&KERN->lock, op);
	me->from = o->from;
	me->to_id = o->to_id;
	me->as = o->as;
	me->intended = o->intended;
	me->result = o->result;
	me->to = o->to;
	me->tagflags = o->tagflags;
	me->rcv_timeout = o->rcv_timeout;
	me->fault = o->fault;
	me->deadline = 0;
	me->state = me->outer;
	me->outer = 0;
	unlock(&KERN->lock);
}

bool
string_fault(Tcb *me, uint64_t addr, unsigned want)
{
	L4_Word_t m[L4_NUM_MRS] = { (L4_LABEL_PAGEFAULT | want) << 16 | 2, addr, me->uip };
	uint64_t pager = mrs_of(me)[L4_TCR_Pager];
	bool transfer = me->state == TS_XSND || me->state == TS_XRCV;
	uint32_t error, time = transfer ? me->xtimeout : 0;
	Outer o;
	Op op;

	if (tlb_fill(here, addr, want))
		return true;
	if (time != 0 && ipc_deadline(time) == 1) {
		me->xfaulted = true;
		return false;
	}
	op_init(&op, me->no + 1);
	if (transfer)
		o = outer_save(&op, me);
	error = fault_ipc(me, pager, pager, 3, time << 16 | time, m);
	if (transfer)
		outer_restore(&op, me, &o);
	if (error != 0)
		me->xfaulted = (error >> 1 & 7) == L4_IpcErrTimeout;
	return error == 0;
}
