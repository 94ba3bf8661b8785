/*
 * lib9/srv_loop.c - the server library's link: bytes to requests, replies to
 * bytes.
 *
 * One read brings as many requests as there are. A reply goes out with one
 * write, or several small ones together while more requests wait in the buffer.
 * A message longer than msize is answered with Rerror and skipped; a size that
 * leaves no room for a tag ends the link.
 * SEE     lib9/srv.c; tests/unit/srv_loop.c
 */
#include "lib9/srv_impl.h"

enum { BATCHMAX = 16384, SMALL = 2048 };

typedef struct Loop Loop;
struct Loop {
	Srv *srv;
	SrvRead *rd;
	SrvWrite *wr;
	void *arg;
	uint8_t *in;            /* requests: [at, have) not looked at */
	size_t at, have, room;
	uint64_t skip;          /* bytes of a message too long to be kept */
	uint8_t batch[BATCHMAX];/* replies that wait for company */
	size_t nbatch;
	int rc;                 /* first error of the link */
};

/* Is there one more whole request in the buffer? */
static bool
loop_ready(const Loop *l)
{
	size_t n = l->have - l->at;

	return n >= 4 && get32(l->in + l->at) <= n;
}

static void
loop_write(Loop *l, const uint8_t *p, size_t n)
{
	if (l->rc < 0 || n == 0)
		return;
	int64_t rc = l->wr(l->arg, p, n);
	if (rc < 0)
		l->rc = (int)rc;
	else if ((uint64_t)rc != n)
		l->rc = seterr(Ehungup, "short write");
}

static void
loop_flush(Loop *l)
{
	loop_write(l, l->batch, l->nbatch);
	l->nbatch = 0;
}

static int
loop_out(void *arg, const uint8_t *msg, size_t n)
{
	Loop *l = arg;

	if (n <= SMALL && (l->nbatch > 0 || loop_ready(l))) {
		if (n > BATCHMAX - l->nbatch)
			loop_flush(l);
		memcpy(l->batch + l->nbatch, msg, n);
		l->nbatch += n;
	} else {
		loop_flush(l);
		loop_write(l, msg, n);
	}
	return 0;
}

/* A message that is too long is answered from its first bytes, then skipped. */
static int
loop_oversize(Loop *l, uint32_t size)
{
	size_t have = l->have - l->at;
	int rc;

	if (size < MSGHDR)
		return seterr(Ebadmsg, "no tag");
	if (have < MSGHDR)
		return 1; /* not yet */
	l->skip = size;
	rc = srv_refuse(l->srv, l->in + l->at, loop_out, l);
	return rc < 0 ? rc : 0;
}

/* Works on all whole requests in the buffer. 0, or the link is useless. */
static int
loop_requests(Loop *l)
{
	while (l->rc >= 0) {
		size_t have = l->have - l->at;
		uint32_t size;
		int rc;

		if (l->skip > 0) {
			size_t n = have < l->skip ? have : (size_t)l->skip;

			l->at += n;
			l->skip -= n;
			have -= n;
		}
		if (have < 4)
			break;
		size = get32(l->in + l->at);
		if (size < MSGHDR || size > l->srv->priv->msize) {
			rc = loop_oversize(l, size);
			if (rc < 0)
				return rc;
			if (rc > 0)
				break;
			continue;
		}
		if (have < size)
			break;
		l->at += size;
		rc = srv_msg(l->srv, l->in + l->at - size, size, loop_out, l);
		if (rc < 0)
			return rc;
	}
	return l->rc;
}

/* Makes room for a message of msize behind what is already there. */
static int
loop_room(Loop *l)
{
	size_t want = (size_t)l->srv->priv->msize + MSIZE_FIRST;
	size_t have = l->have - l->at;
	uint8_t *in;

	if (have > 0 && l->at > 0)
		memmove(l->in, l->in + l->at, have);
	l->at = 0;
	l->have = have;
	if (want <= l->room)
		return 0;
	in = realloc(l->in, want);
	if (in == NULL)
		return seterr(Enomem, NULL);
	l->in = in;
	l->room = want;
	return 0;
}

static int
loop_run(Loop *l)
{
	for (;;) {
		int64_t n;
		int rc = loop_requests(l);

		loop_flush(l);
		if (rc < 0 || l->rc < 0)
			return rc < 0 ? rc : l->rc;
		if (l->srv->ops->idle != NULL)
			l->srv->ops->idle(l->srv);
		if ((rc = loop_room(l)) < 0)
			return rc;
		n = l->rd(l->arg, l->in + l->have, l->room - l->have);
		if (n <= 0)
			return (int)n;
		l->have += (size_t)n;
	}
}

int
srv_serve(Srv *s, SrvRead *rd, SrvWrite *wr, void *arg)
{
	Loop *l = calloc(1, sizeof *l);
	int rc = l != NULL ? srv_start(s) : seterr(Enomem, NULL);

	if (rc >= 0) {
		l->srv = s;
		l->rd = rd;
		l->wr = wr;
		l->arg = arg;
		rc = loop_run(l);
		srv_end(s);
		free(l->in);
	}
	free(l);
	return rc;
}
