/*
 * lib9/srv.c - the 9P server library: requests from bytes to reply.
 *
 * srv_msg gives a request to the row of srv_op.c for its type, which calls the
 * server's handler; req_settle replies or, after SRV_LATER, keeps the request
 * until srv_reply. The loop that reads messages from a link is in srv_loop.c.
 *
 * FLUSH   Only a kept request can be flushed: anything else was answered before
 *         the Tflush was looked at. A Tflush of a kept one waits on its list of
 *         flushers and is answered right after it, in the order in which they
 *         came. A flush of a flush is the same thing once more.
 * REFS    A request holds its fid; see srv_fid.c.
 * ERRORS  Ebadmsg when a message's tag is known but the rest is nonsense, or it
 *         is longer than msize; without a tag the link is given up.
 * LIMITS  KEEPMAX requests answered later, KEEPBYTES in them, then Enomem.
 * SEE     srv_op.c (rules per message), srv_perm.c, srv_fid.c; tests/unit/srv.c
 */
#include "lib9/srv_impl.h"

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

/* ---- request objects ---- */

Req *
req_new(Srv *s)
{
	struct SrvPriv *p = s->priv;
	Req *r = p->spare;
	uint8_t *buf = NULL;
	size_t size = 0;

	p->spare = NULL;
	if (r != NULL) {
		buf = r->buf;
		size = r->buf_size;
	} else {
		r = malloc(sizeof *r);
		if (r == NULL)
			return NULL;
	}
	*r = (Req){ .srv = s, .buf = buf, .buf_size = size };
	r->flushers_end = &r->flushers;
	if (req_room(r, REPLYMIN) < 0) {
		free(r);
		return NULL;
	}
	return r;
}

int
req_room(Req *r, size_t n)
{
	uint8_t *buf = NULL;

	if (n <= r->buf_size)
		return 0;
	buf = malloc(n);
	if (buf == NULL)
		return seterr(Enomem, NULL);
	free(r->buf);
	r->buf = buf;
	r->buf_size = n;
	return 0;
}

static void
priv_free(Srv *s)
{
	struct SrvPriv *p = s->priv;

	if (p->spare != NULL) {
		free(p->spare->buf);
		free(p->spare);
	}
	free(p->fids);
	free(p);
	s->priv = NULL;
}

Req *
req_find(Srv *s, uint16_t tag)
{
	for (Req *r = s->priv->tags[tag % TAGHASH]; r != NULL; r = r->next)
		if (r->in.tag == tag)
			return r;
	return NULL;
}

static void
tag_unlink(Req *r)
{
	for (Req **l = &r->srv->priv->tags[r->in.tag % TAGHASH]; *l != NULL; l = &(*l)->next) {
		if (*l == r) {
			*l = r->next;
			return;
		}
	}
}

/* The request is over: it may be freed with its link. */
static void
req_release(Req *r)
{
	Srv *s = r->srv;
	struct SrvPriv *p = s->priv;

	fid_put(r->fid);
	r->fid = NULL;
	if (r->kept) {
		free((void *)(uintptr_t)r->msg);
		p->nkept--;
		p->kept_bytes -= r->kept_bytes;
	}
	if (p->spare == NULL && !p->ended) {
		p->spare = r;
	} else {
		free(r->buf);
		free(r);
	}
	if (p->ended && p->nkept == 0)
		priv_free(s);
}

static void
moved(const uint8_t *from, const uint8_t *to, const void **p)
{
	if (*p != NULL)
		*p = to + ((const uint8_t *)*p - from);
}

static void
moved_str(const uint8_t *from, const uint8_t *to, Str *s)
{
	const void *p = s->s;

	moved(from, to, &p);
	s->s = p;
}

/* The buffer of requests is used again: what is answered later takes a copy. */
static void
req_keep(Req *r)
{
	struct SrvPriv *p = r->srv->priv;
	uint8_t *copy = malloc(r->nmsg + 1);
	const void *v;

	if (copy == NULL)
		panic("%s: no memory to keep a request", r->srv->name);
	if (r->nmsg > 0)
		memcpy(copy, r->msg, r->nmsg);
	moved_str(r->msg, copy, &r->in.version);
	moved_str(r->msg, copy, &r->in.uname);
	moved_str(r->msg, copy, &r->in.aname);
	moved_str(r->msg, copy, &r->in.name);
	for (size_t i = 0; i < r->in.nwname; i++)
		moved_str(r->msg, copy, &r->in.wname[i]);
	v = r->in.data;
	moved(r->msg, copy, &v);
	r->in.data = v;
	v = r->in.stat;
	moved(r->msg, copy, &v);
	r->in.stat = v;
	r->msg = copy;
	r->kept = true;
	r->kept_bytes = r->nmsg + r->buf_size;
	p->nkept++;
	p->kept_bytes += r->kept_bytes;
	if (r->internal || r->orphan)
		return;
	r->next = p->tags[r->in.tag % TAGHASH];
	p->tags[r->in.tag % TAGHASH] = r;
}

/* ---- replies ---- */

/* The reason of this thread, unless a handler forgot to set one. */
static void
reply_error(Req *r, int rc)
{
	const char *text = err_reason();
	char *copy = (char *)r->buf + REPLYMIN / 2; /* behind the packed reply */

	_Static_assert(REPLYMIN / 2 > ERRMAX + 16, "an Rerror and its text fit");
	if (err_code(text) != -rc)
		text = err_text(rc);
	snprintf(copy, REPLYMIN / 2, "%s", text);
	r->out.type = Rerror;
	r->out.ename = str_of(copy);
}

static void
reply_send(Req *r)
{
	struct SrvPriv *p = r->srv->priv;
	uint8_t *at = r->buf;
	size_t n;
	int rc;

	if (r->out.type == Rread) {
		at = r->data - (MSGHDR + 4); /* the header goes right in front */
		rc = fcall_header(&r->out, at, MSGHDR + 4);
		n = MSGHDR + 4 + (size_t)r->out.count;
	} else {
		rc = fcall_pack(&r->out, at, r->buf_size);
		n = (size_t)rc;
	}
	if (rc < 0)
		panic("%s: reply %u does not fit", r->srv->name, r->out.type);
	if (r->srv->trace != NULL)
		r->srv->trace(r->srv, true, &r->out);
	if (p->out != NULL)
		(void)p->out(p->out_arg, at, n);
}

/* Answers one request, and hands over those that waited for that. */
static Req *
req_answer(Req *r, int rc)
{
	const SrvOp *op = srv_op_find(r->in.type);
	Req *flushers = r->flushers;

	if (r->answered)
		panic("%s: second reply to tag %u", r->srv->name, r->in.tag);
	r->answered = true;
	r->flushers = NULL;
	r->out.type = (uint8_t)(r->in.type + 1);
	r->out.tag = r->in.tag;
	if (rc < 0)
		reply_error(r, rc);
	if (op != NULL && op->done != NULL)
		op->done(r, rc);
	if (r->kept && !r->internal && !r->orphan)
		tag_unlink(r);
	if (!r->orphan && !r->internal)
		reply_send(r);
	if (!r->in_handler)
		req_release(r);
	return flushers;
}

void
srv_reply(Req *r, int rc)
{
	Req *todo = req_answer(r, rc);

	while (todo != NULL) {
		Req *f = todo, *last;

		todo = f->flush_next;
		f->flush_next = NULL;
		Req *more = req_answer(f, 0);
		if (more == NULL)
			continue;
		for (last = more; last->flush_next != NULL; last = last->flush_next)
			;
		last->flush_next = todo;
		todo = more;
	}
}

static void
req_hurry(Srv *s, Req *old)
{
	if (old->flushed || old->in.type == Tflush)
		return;
	old->flushed = true;
	if (s->ops->flush != NULL)
		s->ops->flush(old);
}

void
req_settle(Req *r, int rc)
{
	Req *old = NULL;

	r->in_handler = false;
	if (rc != SRV_LATER) {
		srv_reply(r, rc);
	} else if (r->answered) {
		req_release(r);
	} else {
		if (r->in.type == Tflush)
			old = req_find(r->srv, r->in.oldtag);
		req_keep(r);
		if (old != NULL)
			req_hurry(r->srv, old);
	}
}

void
req_orphan_all(Srv *s)
{
	struct SrvPriv *p = s->priv;

	for (size_t i = 0; i < TAGHASH; i++) {
		while (p->tags[i] != NULL) {
			Req *r = p->tags[i];

			p->tags[i] = r->next;
			r->orphan = true;
			req_hurry(s, r);
		}
	}
}

/* ---- requests ---- */

int
srv_check(const Srv *s)
{
	const SrvOps *o = s->ops;
	const char *missing = o == NULL ? "ops" : o->attach == NULL ? "attach" : o->walk1 == NULL ? "walk1"
	    : o->stat == NULL ? "stat" : NULL;

	return missing == NULL ? 0 : seterr(Ebadarg, "server %s has no %s", s->name != NULL ? s->name : "9p", missing);
}

int
srv_start(Srv *s)
{
	int rc;

	if (s->priv != NULL)
		return 0;
	if ((rc = srv_check(s)) < 0)
		return rc;
	s->priv = calloc(1, sizeof *s->priv);
	if (s->priv == NULL)
		return seterr(Enomem, NULL);
	s->priv->msize = MSIZE_FIRST;
	if (s->name == NULL)
		s->name = "9p";
	return 0;
}

/* Everything about a request that does not depend on its type. */
static int
req_start(Req *r)
{
	Srv *s = r->srv;
	struct SrvPriv *p = s->priv;
	const SrvOp *op;
	int rc;

	rc = fcall_unpack(&r->in, r->msg, r->nmsg);
	r->in.type = r->msg[4];
	r->in.tag = get16(r->msg + 5);
	if (rc < 0)
		return rc;
	if (s->trace != NULL)
		s->trace(s, false, &r->in);
	op = srv_op_find(r->in.type);
	if (op == NULL)
		return seterr(Ebadmsg, "not a request");
	if (r->in.type != Tversion && !p->session)
		return seterr(Enovers, "no session");
	if (r->in.type != Tversion && r->in.tag == NOTAG)
		return seterr(Ebadtag, NULL);
	if (r->in.type != Tversion && req_find(s, r->in.tag) != NULL)
		return seterr(Ebadtag, NULL);
	if (p->nkept >= KEEPMAX || p->kept_bytes > KEEPBYTES)
		return seterr(Enomem, "too many requests");
	if (op->fid) {
		Fid *f = fid_find(s, r->in.fid);

		if (f == NULL || f->fresh)
			return seterr(Ebadfid, NULL);
		r->fid = fid_get(f);
	}
	r->in_handler = true;
	return op->start(r);
}

/* A request of which only the tag is looked at yet. */
static int
msg_begin(Srv *s, const uint8_t *msg, size_t n, SrvOut *out, void *arg, Req **rp)
{
	Req *r;

	s->priv->out = out;
	s->priv->out_arg = arg;
	if (n < MSGHDR)
		return seterr(Ebadmsg, "no tag");
	r = req_new(s);
	if (r == NULL)
		return seterr(Enomem, NULL);
	r->msg = msg;
	r->nmsg = n;
	r->in.tag = get16(msg + 5);
	*rp = r;
	return 0;
}

int
srv_msg(Srv *s, const uint8_t *msg, size_t n, SrvOut *out, void *arg)
{
	Req *r = NULL;
	int rc = srv_start(s);

	if (rc >= 0)
		rc = msg_begin(s, msg, n, out, arg, &r);
	if (rc < 0)
		return rc;
	req_settle(r, n <= s->priv->msize ? req_start(r) : seterr(Ebadmsg, "longer than msize"));
	return 0;
}

int
srv_refuse(Srv *s, const uint8_t *head, SrvOut *out, void *arg)
{
	Req *r = NULL;
	int rc = msg_begin(s, head, MSGHDR, out, arg, &r);

	if (rc < 0)
		return rc;
	req_settle(r, seterr(Ebadmsg, "longer than msize"));
	return 0;
}

void
srv_end(Srv *s)
{
	struct SrvPriv *p = s->priv;

	if (p == NULL)
		return;
	p->out = NULL;
	req_orphan_all(s);
	fid_clunk_all(s);
	if (s->ops->end != NULL)
		s->ops->end(s);
	p->ended = true;
	if (p->nkept == 0)
		priv_free(s);
}
