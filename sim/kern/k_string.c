/*
 * k_string.c - string items as lists of pieces, and the check that a receiver
 * has buffers for them. Moving the bytes is string.c, in the space processes.
 */
#include "sim/kern/kern.h"

static unsigned
item_words(const L4_Word_t *w, unsigned at, unsigned n)
{
	unsigned k = 0;

	if (w[at] & 8)
		return 2;
	for (;;) {
		bool more = (w[at + k] & L4_STRING_c) != 0;

		k += (unsigned)(w[at + k] >> 4 & 0x1F) + 2;
		if (!more || at + k >= n)
			return k;
	}
}

/* strings among the items; an item that does not fit ends them */
unsigned
string_count(const L4_Word_t *w, unsigned n)
{
	unsigned count = 0;

	for (unsigned i = 0, k; i < n; i += k) {
		k = item_words(w, i, n);
		if (i + k > n)
			break;
		count += !(w[i] & 8);
	}
	return count;
}

bool
pieces_string(Pieces *p, const L4_Word_t *w, unsigned n, unsigned k)
{
	for (unsigned i = 0; i < n; i += item_words(w, i, n)) {
		if (i + item_words(w, i, n) > n)
			return false;
		if (w[i] & 8)
			continue;
		if (k-- == 0) {
			*p = (Pieces){ w, n, i, 0, 0 };
			return true;
		}
	}
	return false;
}

bool
pieces_next(Pieces *p, uint64_t want, uint64_t *addr, uint64_t *len)
{
	for (;;) {
		L4_Word_t head = p->w[p->at], size = head >> 10;
		unsigned j = (unsigned)(head >> 4 & 0x1F);

		if (p->off < size) {
			*addr = p->w[p->at + 1 + p->sub] + p->off;
			*len = size - p->off < want ? size - p->off : want;
			p->off += *len;
			return true;
		}
		p->off = 0;
		if (p->sub < j) {
			p->sub++;
		} else if (head & L4_STRING_c) {
			p->at += j + 2;
			p->sub = 0;
		} else {
			p->off = size;
			return false;
		}
	}
}

/* buffer registers run down from BR0; words of the list, its last string has no C */
unsigned
string_buffers(const Tcb *r, L4_Word_t *w)
{
	const L4_Word_t *br1 = mrs_of(r) + L4_TCR_BR0 - 1;
	unsigned n = 0;

	for (unsigned i = 0; i < L4_NUM_BRS - 1; i++)
		w[i] = *(br1 - i);
	for (;;) {
		bool more = (w[n] & L4_STRING_C) != 0;
		unsigned k = item_words(w, n, L4_NUM_BRS - 1);

		if (n + k > L4_NUM_BRS - 1)
			return n;
		n += k;
		if (!more || n == L4_NUM_BRS - 1)
			return n;
	}
}

static uint16_t
shorter(uint16_t a, uint16_t b)
{
	uint64_t da = ipc_deadline(a), db = ipc_deadline(b);

	if (da == 0)
		return b;
	return db == 0 || da < db ? a : b;
}

int
string_prepare(Tcb *s, Tcb *r)
{
	L4_Word_t *m = mrs_of(s), w[L4_NUM_BRS - 1];
	unsigned u = m[0] & 0x3F, t = m[0] >> 6 & 0x3F, n = string_count(m + 1 + u, t);

	if (n == 0)
		return 0;
	if (!(mrs_of(r)[L4_TCR_BR0] & 1) || string_count(w, string_buffers(r, w)) < n)
		return -L4_IpcErrOverflow;
	s->xtimeout = r->xtimeout =
	    shorter((uint16_t)(m[L4_TCR_XferTimeouts] >> 16), (uint16_t)mrs_of(r)[L4_TCR_XferTimeouts]);
	s->xfer = r->xfer = ++KERN->nxfer;
	s->turn = TURN(s->xfer, TURN_SEND);
	s->xerror = r->xerror = 0;
	r->xoffset = 0;
	return 1;
}
