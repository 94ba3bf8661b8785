/*
 * servants/mnt_rpc.c - a 9P request of #M, from sending to reply.
 *
 * Any number of clerks have requests outstanding on a link. One of those who
 * wait is the reader: it reads the link and hands replies to all; when it has
 * its own it gives the role to the request that has waited longest.
 *
 * INTERRUPT  A note makes the caller send Tflush and wait on, for the reply
 *            (which then counts) or the Rflush. A second note makes it leave:
 *            the request stays in the table as an orphan, so that its tag is
 *            not used again before the server has answered, and the reply is
 *            dropped. A process that dies of a note leaves at once: its server
 *            may be hung.
 * DEATH      A link that fails is dead for good (mnt_kill): every request in the
 *            table ends with the reason, and every later one.
 * MEMORY     A link that can't be read for want of memory is not dead: its reader
 *            tries again after NOMEM_MS, or until a note comes.
 * LOCKS      Mnt.lk, a leaf; the link is read and written with none held.
 * REFS       An Rpc is held by its caller, by the table, by a Tflush for it.
 * SEE        flush(5); tests/unit/mnt.c
 */
#include "servants/mnt_impl.h"

enum {
	FIXED_MAX = 64,               /* bytes of a message besides strings, data and stat */
	NOMEM_MS = 100,
};

Rpc *
rpc_new(uint8_t type)
{
	Rpc *r = calloc(1, sizeof *r);

	if (r == NULL) {
		(void)seterr(Enomem, NULL);
		return NULL;
	}
	r->t.type = type;
	atomic_init(&r->ref, 1);
	return r;
}

static Rpc *
rpc_get(Rpc *r)
{
	atomic_fetch_add(&r->ref, 1);
	return r;
}

void
rpc_put(Rpc *r)
{
	if (r == NULL || atomic_fetch_sub(&r->ref, 1) != 1)
		return;
	free(r->big);
	free(r->msg);
	free(r);
}

/* ---- the table ---- */

static int
tag_alloc_locked(Mnt *m)
{
	for (unsigned w = 0; w < TAGWORDS; w++) {
		for (unsigned b = 0; m->tags[w] != UINT32_MAX && b < 32; b++) {
			if (m->tags[w] & 1u << b)
				continue;
			m->tags[w] |= 1u << b;
			m->ntag++;
			return (int)(32 * w + b);
		}
	}
	return -Enomem;
}

static void
rpc_list_locked(Mnt *m, Rpc *r)
{
	if (r->tag == NOTAG)
		m->version_rpc = rpc_get(r);
	else
		m->rpc[r->tag] = rpc_get(r);
	r->prev = m->tail;
	r->next = NULL;
	if (m->tail != NULL)
		m->tail->next = r;
	else
		m->head = r;
	m->tail = r;
	r->listed = true;
}

/* Gives r a tag and a place in the table. */
static int
rpc_enter(Mnt *m, Rpc *r)
{
	char why[ERRMAX];
	int tag = NOTAG, dead;

	lock(&m->lk);
	dead = m->dead;
	memcpy(why, m->why, sizeof why);
	if (dead == 0 && r->t.type != Tversion)
		tag = tag_alloc_locked(m);
	if (dead == 0 && tag >= 0) {
		r->tag = r->t.tag = (uint16_t)tag;
		rpc_list_locked(m, r);
	}
	unlock(&m->lk);
	if (dead != 0)
		return err_set(dead, why);
	return tag < 0 ? seterr(Enomem, "too many requests") : 0;
}

/* Takes r back out, unless somebody delivers to it now. */
static bool
rpc_leave(Mnt *m, Rpc *r)
{
	bool listed;

	lock(&m->lk);
	listed = r->listed;
	if (listed)
		(void)rpc_take_locked(m, r->tag);
	unlock(&m->lk);
	if (listed)
		rpc_put(r);
	return listed;
}

bool
mnt_over(Mnt *m)
{
	bool over;

	lock(&m->lk);
	over = (m->ntag == 0 && m->head == NULL) || m->dead != 0;
	unlock(&m->lk);
	return over;
}

void
mnt_kill(Mnt *m, int code, const char *why)
{
	lock(&m->lk);
	if (m->dead == 0) {
		m->dead = code < 0 ? -code : code;
		snprintf(m->why, sizeof m->why, "%s", why);
	}
	while (m->head != NULL) {
		Rpc *r = m->head, *target = r->target;

		r->target = NULL;
		(void)rpc_take_locked(m, r->tag);
		if (target != NULL) {
			target->flush = NULL;
			if (!target->listed)
				tag_free_locked(m, target->tag);
		}
		unlock(&m->lk);
		rpc_finish(r, -m->dead, m->why);
		rpc_put(r);
		rpc_put(target);
		lock(&m->lk);
	}
	unlock(&m->lk);
}

/* ---- the reader's role ---- */

static bool
role_take(Mnt *m, Rpc *r)
{
	lock(&m->lk);
	r->waiting = true;
	if (m->reader == NULL && !atomic_load(&r->done)) {
		m->reader = r;
		atomic_store(&r->lead, true);
	}
	unlock(&m->lk);
	return atomic_load(&r->lead);
}

/* r needs no reader any more: whoever has waited longest becomes it. */
static void
role_leave(Mnt *m, Rpc *r)
{
	Rpc *next = NULL;

	lock(&m->lk);
	r->waiting = false;
	atomic_store(&r->lead, false);
	if (m->reader == r) {
		for (next = m->head; next != NULL && (!next->waiting || next == r); next = next->next)
			;
		m->reader = next;
		if (next != NULL) {
			atomic_store(&next->lead, true);
			rpc_get(next);
		}
	}
	unlock(&m->lk);
	if (next != NULL)
		rendez_wakeup(&next->rendez);
	rpc_put(next);
}

static bool
rpc_ready(void *arg)
{
	Rpc *r = arg;

	return atomic_load(&r->done) || atomic_load(&r->lead);
}

static bool
rpc_done(void *arg)
{
	return atomic_load(&((Rpc *)arg)->done);
}

/* Until r is done: 0; or a note came: -Eintr. */
static int
rpc_wait(Mnt *m, Chan *link, Rpc *r)
{
	int rc = 0;

	while (!atomic_load(&r->done) && rc != -Eintr) {
		if (!role_take(m, r)) {
			rc = rendez_sleep(&r->rendez, rpc_ready, r, -1);
			continue;
		}
		rc = link_read(m, link);
		if (rc == -Enomem)
			rc = rendez_sleep(&r->rendez, rpc_done, r, NOMEM_MS);
		else if (rc < 0 && rc != -Eintr)
			mnt_kill(m, rc, err_reason());
	}
	role_leave(m, r);
	return atomic_load(&r->done) ? 0 : -Eintr;
}

/* ---- sending ---- */

/* More than the message can need. */
static size_t
msg_bound(const Fcall *t)
{
	size_t n = FIXED_MAX + t->version.n + t->uname.n + t->aname.n + t->name.n + t->nstat;

	for (size_t i = 0; i < t->nwname && i < MAXWELEM; i++)
		n += 2 + t->wname[i].n;
	if (t->type == Twrite)
		n += t->count;
	return n;
}

/* r->msg, of n bytes, goes out for the caller. */
static void
rpc_trace(Mnt *m, Chan *link, Rpc *r, size_t n)
{
	trace_who(&r->who);
	trace_sent(link, r->msg, r->who.flow);
	if (r->who.on)
		trace_msg(&r->who, m->id, r->msg, n);
}

static int
rpc_send(Mnt *m, Chan *link, Rpc *r)
{
	size_t size = msg_bound(&r->t);
	int64_t sent;
	int n;

	r->msg = malloc(size);
	if (r->msg == NULL)
		return seterr(Enomem, NULL);
	n = fcall_pack(&r->t, r->msg, size);
	if (n < 0 || (uint32_t)n > m->msize)
		return seterr(Etoobig, "9P message");
	if (TRACING_ANY)
		rpc_trace(m, link, r, (size_t)n);
	sent = link->servant->write(link, r->msg, (size_t)n, 0);
	free(r->msg);
	r->msg = NULL;
	if (sent == n)
		return 0;
	if (sent == -Eintr || sent == -Enomem)
		return (int)sent; /* nothing went out */
	if (sent >= 0 || sent == -Epipe)
		(void)seterr(Ehungup, NULL);
	mnt_kill(m, sent >= 0 || sent == -Epipe ? Ehungup : (int)sent, err_reason());
	return 0; /* r ended with the link */
}

/* ---- interrupts ---- */

/* The caller goes; the reply, if it comes, is dropped. */
static int
rpc_abandon(Mnt *m, Rpc *r)
{
	bool listed;
	int rc;

	lock(&m->lk);
	listed = r->listed;
	if (listed)
		r->orphan = true;
	unlock(&m->lk);
	if (listed)
		return seterr(Eintr, NULL);
	/* it is being delivered this moment */
	do
		rc = rendez_sleep(&r->rendez, rpc_ready, r, -1);
	while (rc < 0 || !atomic_load(&r->done));
	return 0;
}

/* A Tflush for r enters the table. NULL: r is answered, or there is no room. */
static Rpc *
flush_enter(Mnt *m, Rpc *r)
{
	Rpc *f = rpc_new(Tflush);

	if (f == NULL)
		return NULL;
	f->t.oldtag = r->tag;
	if (rpc_enter(m, f) < 0) {
		rpc_put(f);
		return NULL;
	}
	lock(&m->lk);
	if (r->listed) {
		r->flush = f;
		f->target = rpc_get(r);
	}
	unlock(&m->lk);
	if (f->target == NULL) {
		(void)rpc_leave(m, f);
		rpc_put(f);
		return NULL;
	}
	return f;
}

/* The Tflush could not be sent. */
static void
flush_leave(Mnt *m, Rpc *f)
{
	Rpc *r = NULL;

	lock(&m->lk);
	if (f->listed) {
		r = f->target;
		f->target = NULL;
		r->flush = NULL;
		if (!r->listed)
			tag_free_locked(m, r->tag);
	}
	unlock(&m->lk);
	(void)rpc_leave(m, f);
	rpc_put(r);
}

static int
rpc_flush(Mnt *m, Chan *link, Rpc *r)
{
	Rpc *f = NULL;
	int rc = 0;

	if (r->tag != NOTAG && r->t.type != Tclunk)
		f = flush_enter(m, r);
	if (f != NULL) {
		rc = rpc_send(m, link, f);
		if (rc < 0)
			flush_leave(m, f);
		else
			rc = up_killed() ? -Eintr : rpc_wait(m, link, r);
		rpc_put(f);
		if (rc == 0)
			return 0;
	}
	return rpc_abandon(m, r);
}

int
mnt_post(Mnt *m, Chan *link, Rpc *r)
{
	int rc = rpc_enter(m, r);

	if (rc < 0)
		return rc;
	if ((rc = rpc_send(m, link, r)) < 0 && rpc_leave(m, r))
		return rc;
	lock(&m->lk);
	if (r->listed)
		r->orphan = true;
	unlock(&m->lk);
	return 0;
}

static int
rpc_do(Mnt *m, Chan *link, Rpc *r)
{
	int rc = rpc_enter(m, r);

	if (rc < 0)
		return rc;
	rc = rpc_send(m, link, r);
	if (rc < 0) {
		if (rpc_leave(m, r))
			return rc;
		rc = rpc_wait(m, link, r); /* answered without having been asked, or the link died */
	} else {
		rc = rpc_wait(m, link, r);
	}
	if (rc < 0)
		rc = rpc_flush(m, link, r);
	if (rc < 0)
		return rc;
	return r->rc < 0 ? err_set(r->rc, r->err) : 0;
}

int
mnt_rpc(Mnt *m, Chan *link, Rpc *r)
{
	int rc;

	if (!TRACING(flow))
		return rpc_do(m, link, r);
	trace_begin("#M %s fid %u link %u", fcall_name(r->t.type), (unsigned)r->t.fid, (unsigned)m->id);
	rc = rpc_do(m, link, r);
	trace_end();
	return rc;
}
