/*
 * servants/mnt_link.c - the receiving half of #M: bytes from the link to the
 * requests that wait for them.
 *
 * The reader (one clerk, see mnt_rpc.c) reads as much as there is and hands out
 * one message at a time. A message with a good frame and a known tag that makes
 * no sense otherwise fails its request only; a bad frame or an unknown tag ends
 * the link, for nothing after it can be believed.
 *
 * LOCKS   Mnt.lk for the table; data is copied and callers are woken outside.
 * ERRORS  Emountrpc  what the server sent is not 9P2000, or not what was asked
 *         Ehungup    end of file
 * SEE     tests/unit/mnt.c
 */
#include "servants/mnt_impl.h"

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

void
tag_free_locked(Mnt *m, uint16_t tag)
{
	if (tag == NOTAG)
		return;
	m->tags[tag / 32] &= ~(1u << tag % 32);
	m->ntag--;
}

Rpc *
rpc_take_locked(Mnt *m, uint16_t tag)
{
	Rpc **slot = tag == NOTAG ? &m->version_rpc : &m->rpc[tag];
	Rpc *r = *slot;

	*slot = NULL;
	if (r->prev != NULL)
		r->prev->next = r->next;
	else
		m->head = r->next;
	if (r->next != NULL)
		r->next->prev = r->prev;
	else
		m->tail = r->prev;
	r->next = r->prev = NULL;
	r->listed = false;
	if (r->flush == NULL)
		tag_free_locked(m, tag); /* else the Rflush frees it */
	return r;
}

void
rpc_finish(Rpc *r, int rc, const char *err)
{
	r->rc = rc;
	if (rc < 0)
		snprintf(r->err, sizeof r->err, "%s", err != NULL ? err : err_text(rc));
	atomic_store(&r->done, true);
	rendez_wakeup(&r->rendez);
}

/* The bytes of a read go where the caller wants them; other replies are kept. */
static int
reply_keep(Rpc *r, const Fcall *f, const uint8_t *msg, size_t n)
{
	uint8_t *to = r->small;

	if (f->type == Rread) {
		if (f->count > r->t.count)
			return Emountrpc;
		if (f->count > 0)
			memcpy(r->data, f->data, f->count);
		r->r = *f;
		r->r.data = r->data;
		return 0;
	}
	if (n > sizeof r->small && (to = r->big = malloc(n)) == NULL)
		return Enomem;
	memcpy(to, msg, n);
	return fcall_unpack(&r->r, to, n) < 0 ? Emountrpc : 0;
}

/* REQUIRES r off the table. Its caller may be gone: then it has no data. */
static void
deliver(Rpc *r, const uint8_t *msg, size_t n)
{
	char text[ERRMAX];
	Fcall f;
	int code;

	if (fcall_unpack(&f, msg, n) < 0) {
		rpc_finish(r, -Emountrpc, "malformed reply: mount rpc error");
		return;
	}
	if (f.type == Rerror) {
		snprintf(text, sizeof text, "%.*s", (int)(f.ename.n < ERRMAX ? f.ename.n : ERRMAX), f.ename.s);
		rpc_finish(r, -err_code(text), text);
	} else if (f.type != r->t.type + 1) {
		rpc_finish(r, -Emountrpc, "reply of the wrong type: mount rpc error");
	} else {
		code = reply_keep(r, &f, msg, n);
		rpc_finish(r, -code, NULL);
	}
}

/* An Rflush: the request that it was for will get no reply. */
static void
deliver_flush(Mnt *m, Rpc *flush)
{
	Rpc *r = flush->target;
	bool waits;

	lock(&m->lk);
	r->flush = NULL;
	waits = r->listed;
	if (waits)
		(void)rpc_take_locked(m, r->tag);
	else
		tag_free_locked(m, r->tag);
	flush->target = NULL;
	unlock(&m->lk);
	if (waits) {
		rpc_finish(r, -Eintr, NULL);
		rpc_put(r); /* the table's */
	}
	rpc_put(r); /* the flush's */
}

static int
link_message(Mnt *m, const uint8_t *msg, size_t n)
{
	uint16_t tag = get16(msg + 5);
	Rpc *r = NULL;
	bool orphan = false;

	lock(&m->lk);
	if (tag == NOTAG ? m->version_rpc != NULL : tag < NTAG && m->rpc[tag] != NULL) {
		r = rpc_take_locked(m, tag);
		orphan = r->orphan;
	}
	unlock(&m->lk);
	if (r == NULL)
		return seterr(Emountrpc, "unexpected reply tag %u", tag);
	if (TRACING(9p) && r->who.on)
		trace_msg(&r->who, m->id, msg, n);
	if (r->target != NULL)
		deliver_flush(m, r);
	else if (!orphan)
		deliver(r, msg, n);
	rpc_put(r);
	return 0;
}

int
link_init(Mnt *m)
{
	m->in = malloc(m->msize);
	if (m->in == NULL)
		return seterr(Enomem, NULL);
	m->room = m->msize;
	return 0;
}

/* Room behind what is there for the rest of a message. */
static void
link_room(Mnt *m)
{
	size_t have = m->have - m->at;

	if (have > 0 && m->at > 0)
		memmove(m->in, m->in + m->at, have);
	m->at = 0;
	m->have = have;
}

int
link_read(Mnt *m, Chan *link)
{
	for (;;) {
		size_t have = m->have - m->at;
		int64_t got;

		if (have >= 4) {
			uint32_t size = get32(m->in + m->at);

			if (size < MSGHDR || size > m->msize)
				return seterr(Emountrpc, "reply of %u bytes", (unsigned)size);
			if (have >= size) {
				m->at += size;
				return link_message(m, m->in + m->at - size, size);
			}
		}
		link_room(m);
		got = link->servant->read(link, m->in + m->have, m->room - m->have, 0);
		if (got < 0)
			return (int)got;
		if (got == 0)
			return seterr(Ehungup, NULL);
		m->have += (size_t)got;
	}
}
