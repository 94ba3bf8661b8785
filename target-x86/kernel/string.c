/*
 * string.c - the typed items of a message: strings, map and grant items.
 *
 * The kernel copies page by page through the window, never through user
 * addresses; where a page isn't mapped, its owner gets a page-fault IPC sent to
 * its pager: current sends its own at once; the other side's is tunnelled: current
 * sleeps (T_WAIT_FAULT), the other wakes, sends it (transfer_faults) and goes
 * back to its wait. After every page others may run; when current->xfer.other is
 * NULL then, the transfer is over.
 *
 * ERRORS  IPC_OVERFLOW, IPC_XFER_SELF (current's), IPC_XFER_PARTNER, IPC_ABORTED
 *         as current is told them
 * SEE X.2 manual, "StringItem", "XferTimeouts"; README.md
 */
#include "target-x86/kernel/kernel.h"

enum {				/* typed items, low bits of the first word */
	ITEM_MORE = 1, ITEM_MAP = 8, ITEM_GRANT = 10, ITEM_COMPOUND = 1 << 9,
	ACCEPT_STRINGS = 1,
};

typedef struct Cursor Cursor;
struct Cursor {			/* where we are in a string: sender's MRs, receiver's BRs */
	Thread *t;
	int step;		/* MRs grow, BRs go downwards */
	int at;			/* index of the item's first word */
	int end;		/* first index that isn't there */
	unsigned sub;		/* substring, from 1 */
	Word item, addr, left;
};

static Word
cursor_word(const Cursor *c, int index)
{
	return c->step > 0 ? c->t->utcb[index] : c->t->utcb[TCR_BR0 - index];
}

static Word
item_substrings(Word item)
{
	return (item >> 4 & 31) + 1;
}

/* takes the string item at index; false: it isn't one, or isn't there wholly */
static bool
cursor_item(Cursor *c, int index)
{
	c->at = index;
	c->sub = 1;
	if (index + 1 >= c->end)
		return false;
	c->item = cursor_word(c, index);
	if (c->item & 8 || index + (int)item_substrings(c->item) >= c->end)
		return false;
	c->addr = cursor_word(c, index + 1);
	c->left = c->item >> 10;
	return true;
}

/* next substring; 1: there, 0: the string is over, -1: bad item */
static int
cursor_next(Cursor *c)
{
	if (c->sub < item_substrings(c->item)) {
		c->sub++;
		c->addr = cursor_word(c, c->at + (int)c->sub);
		c->left = c->item >> 10;
		return 1;
	}
	if (!(c->item & ITEM_COMPOUND))
		return 0;
	return cursor_item(c, c->at + (int)item_substrings(c->item) + 1) ? 1 : -1;
}

/* of a page fault that wasn't served */
static Word
fault_error(const Transfer *x)
{
	return x->other && x->deadline <= clock_now() ? x->late : IPC_ABORTED;
}

/* page fault of t at addr, t is current or the other one; PREEMPTS */
static Word
transfer_fault(Thread *t, Word addr, bool write)
{
	Thread *o = current->xfer.other;
	bool ok;

	if (current->xfer.deadline <= clock_now())
		return current->xfer.late;
	if (t == current) {
		ok = fault_ipc(addr, thread_frame(t)->eip, write ? RIGHT_W : RIGHT_R);
		return ok && current->xfer.other ? 0 : fault_error(&current->xfer);
	}
	o->fault_addr = addr;
	o->fault_write = write;
	o->fault_pending = true;
	thread_wake(o);
	current->state = T_WAIT_FAULT;
	thread_block();
	return current->xfer.other ? current->result & 0xE : IPC_ABORTED;
}

/* in the side that is not the executor: its faults, until its wait is over; PREEMPTS */
void
transfer_faults(void)
{
	Thread *t = current;

	while (t->fault_pending) {
		Word result = 0;

		t->fault_pending = false;
		if (t->xfer.other && !fault_ipc(t->fault_addr, thread_frame(t)->eip, t->fault_write ? RIGHT_W : RIGHT_R) && t->xfer.other)
			result = fault_error(&t->xfer.other->xfer);
		if (!t->xfer.other) {
			t->result = IPC_ABORTED | t->xfer.offset << 4;
			return;
		}
		t->state = t->xfer.role;
		ipc_finish(t->xfer.other, result, NIL);
		thread_block();
	}
}

/* *n bytes from the sender's place to the receiver's; PREEMPTS */
static Word
copy_bytes(Cursor *src, Cursor *dst, Word n)
{
	while (n) {
		Word k = 4096 - (src->addr & 4095), m = 4096 - (dst->addr & 4095), err;
		const char *from;
		char *to;

		k = k < m ? k : m;
		k = k < n ? k : n;
		from = src->addr < KBASE ? map_lookup(src->t->space, src->addr, false, 0) : NULL;
		if (!from) {
			if (src->addr >= KBASE)
				return IPC_ABORTED;
			if ((err = transfer_fault(src->t, src->addr, false)))
				return err;
			continue;
		}
		to = dst->addr < KBASE ? map_lookup(dst->t->space, dst->addr, true, 1) : NULL;
		if (!to) {
			if (dst->addr >= KBASE)
				return IPC_ABORTED;
			if ((err = transfer_fault(dst->t, dst->addr, true)))
				return err;
			continue;
		}
		__builtin_memcpy(to, from, k);
		src->addr += k;
		dst->addr += k;
		src->left -= k;
		dst->left -= k;
		n -= k;
		current->xfer.offset += k;
		current->xfer.other->xfer.offset += k;
		preempt_switch();
		if (!current->xfer.other)
			return IPC_ABORTED;
	}
	return 0;
}

/* one string, compound or not; leaves the cursors on their last items; PREEMPTS */
static Word
copy_string(Cursor *src, Cursor *dst)
{
	for (;;) {
		Word n = src->left < dst->left ? src->left : dst->left;
		Word err = copy_bytes(src, dst, n);
		int more;

		if (err)
			return err;
		while (src->left == 0) {
			more = cursor_next(src);
			if (more <= 0)
				return more ? IPC_OVERFLOW : 0;
		}
		while (dst->left == 0)
			if (cursor_next(dst) <= 0)
				return IPC_OVERFLOW;
	}
}

/* past all items of the current string; returns the next item's index */
static int
cursor_skip(Cursor *c)
{
	while (c->item & ITEM_COMPOUND)
		if (!cursor_item(c, c->at + (int)item_substrings(c->item) + 1))
			return c->end;
	return c->at + (int)item_substrings(c->item) + 1;
}

static Word
map_item(Thread *s, Thread *r, Word w0, Word w1, Word *rights)
{
	Word window = r->utcb[TCR_BR0] & ~0xFu;

	*rights = 0;
	if (!window || (window & 0x3F0) == 0)
		return IPC_OVERFLOW;
	if (r->fault_io)
		window = r->fault_io;
	else if (fpage_is_io(w1) != fpage_is_io(window))
		window = fpage_is_io(w1) && (window & 0x3F0) == 1 << 4 ? 16 << 10 | 2 << 4 : window;
	return map_fpage(s->space, w1, w0, r->space, window, (w0 & 0xE) == ITEM_GRANT, rights) ? IPC_OVERFLOW : 0;
}

/*
 * All typed items of s's message; u words were copied. In the receiver they look
 * as sent, but for the rights of a mapping: what it got. PREEMPTS
 */
Word
typed_transfer(Thread *s, Thread *r, Word tag)
{
	Word u = tag & 63, err;
	int index = 1 + (int)u, end = index + (int)(tag >> 6 & 63), br = 1, room = (int)mr_room(r);
	bool strings = r->utcb[TCR_BR0] & ACCEPT_STRINGS && !r->in_fault_ipc;

	for (int i = index; i < end && i < room; i++)
		r->utcb[i] = s->utcb[i];
	while (index < end) {
		Word w0 = s->utcb[index];

		if (w0 & 8) {
			Word rights;

			if ((w0 & 0xC) != 8 || index + 1 >= end)
				return IPC_OVERFLOW;
			err = map_item(s, r, w0, s->utcb[index + 1], &rights);
			if (index + 1 < room)
				r->utcb[index + 1] = (s->utcb[index + 1] & ~7u) | rights;
			if (err)
				return err;
			index += 2;
			continue;
		}
		Cursor src = { .t = s, .step = 1, .end = end }, dst = { .t = r, .step = -1, .end = NBR };

		if (!strings || !cursor_item(&src, index) || !cursor_item(&dst, br))
			return IPC_OVERFLOW;
		strings = dst.item & ITEM_MORE;
		err = copy_string(&src, &dst);
		if (err)
			return err;
		index = cursor_skip(&src);
		while (dst.item & ITEM_COMPOUND && strings)
			strings = cursor_item(&dst, dst.at + (int)item_substrings(dst.item) + 1) && dst.item & ITEM_MORE;
		br = cursor_skip(&dst);
	}
	return 0;
}
