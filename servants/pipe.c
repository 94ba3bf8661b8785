/*
 * servants/pipe.c - #|, pipes: two streams of messages, cross-connected. Each
 * attach makes a new pipe.
 * FILES   data  0600  one end;  data1 0600  the other. A read gives at most
 *         the rest of one write; after the other end's last close what is
 *         left, then 0. A write is one message, added whole. stat's length
 *         is the number of bytes that wait.
 * ERRORS  Epipe write when the other end is closed, with the note
 *         "sys: write on closed pipe" unless the pipe is a server link (CMSG)
 * LOCKS   Pipe.lk guards queues and counts of opens; leaf (it is taken under
 *         the Rendez locks by the ready functions). Data is copied outside.
 * REFS    each Chan of a pipe, open or not, holds one (Pipe.ref)
 * LIMITS  PIPE_LIMIT bytes, each message's header counted, wait in one direction before
 *         writers do
 * SEE     pipe(3); servants/pipe_queue.c
 */
#include "servants/pipe_queue.h"
#include "servants/servants_impl.h"

enum { Qdir, Qdata, Qdata1 };
enum { PIPE_LIMIT = 256 * 1024 };

typedef struct Way Way;
typedef struct Pipe Pipe;
struct Way {                 /* one direction */
	Pipe *pipe;
	PipeQueue queue;     /* pipe->lk */
	Rendez readers, writers;
};
struct Pipe {
	atomic_uint ref;
	Lock lk;
	unsigned nopen[2];   /* lk; of data, of data1 */
	bool closed[2];      /* lk; that end was open and is no more */
	Way way[2];          /* way[e] is read at end e */
};
static atomic_uint pipe_count;

static int
end_of(const Chan *c)
{
	return c->qid.path == Qdata ? 0 : 1;
}

static void
pipe_put(Pipe *p)
{
	if (p == NULL || atomic_fetch_sub(&p->ref, 1) != 1)
		return;
	for (int e = 0; e < 2; e++)
		pipeblock_putall(pipequeue_empty(&p->way[e].queue));
	free(p);
}

static int
pipe_attach(const char *spec, Chan **out)
{
	Pipe *p;
	Chan *c;
	int rc;

	if ((p = calloc(1, sizeof *p)) == NULL)
		return seterr(Enomem, NULL);
	if ((rc = attach_root(&servant_pipe, spec, &c)) < 0) {
		free(p);
		return rc;
	}
	atomic_init(&p->ref, 1);
	p->way[0].pipe = p->way[1].pipe = p;
	c->dev = atomic_fetch_add(&pipe_count, 1);
	c->aux = p;
	*out = c;
	return 0;
}

static int
pipe_step(Chan *nc, Str name)
{
	if (str_eq(name, "data"))
		nc->qid = qid_of(Qdata, 0, QTFILE);
	else if (str_eq(name, "data1"))
		nc->qid = qid_of(Qdata1, 0, QTFILE);
	else if (!str_eq(name, ".."))
		return seterr(Enonexist, "%.*s", (int)name.n, name.s);
	return 0;
}

static int64_t
pipe_walk(Chan *c, Chan *nc, const Str *name, size_t n, Qid *qid)
{
	Pipe *p = c->aux;
	int64_t k = walk_each(nc, name, n, qid, pipe_step);

	if (k == (int64_t)n) {
		atomic_fetch_add(&p->ref, 1);
		nc->aux = p;
	}
	return k;
}

static int
pipe_gen(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs)
{
	Pipe *p = c->aux;
	uint64_t length;

	USED(strs);
	USED(nstrs);
	if (i >= 2)
		return 0;
	lock(&p->lk);
	length = p->way[i].queue.bytes;
	unlock(&p->lk);
	dir_set(d, c, i == 0 ? "data" : "data1", qid_of(i == 0 ? Qdata : Qdata1, 0, QTFILE), 0600, length);
	d->uid = d->gid = up_user();
	return 1;
}

static int64_t
pipe_stat(Chan *c, uint8_t *buf, size_t n)
{
	Dir d;

	if (c->qid.path == Qdir)
		dir_set(&d, c, "pipe", c->qid, 0500, 0);
	else
		pipe_gen(c, (size_t)end_of(c), &d, NULL, 0);
	return servant_stat(c, buf, n, &d);
}

static int
pipe_open(Chan *c, int omode)
{
	Pipe *p = c->aux;
	int e = end_of(c);

	if (c->qid.path == Qdir)
		return (omode & ~OCEXEC) == OREAD ? 0 : seterr(Eisdir, NULL);
	lock(&p->lk);
	if (p->closed[e] && p->nopen[1 - e] == 0) { /* both gone: a new life */
		p->closed[0] = p->closed[1] = false;
	}
	p->nopen[e]++;
	unlock(&p->lk);
	return 0;
}

/* End e was closed for good: its reader's data is dropped, the other end told. */
static void
pipe_hangup(Pipe *p, int e)
{
	PipeBlock *drop;

	lock(&p->lk);
	p->closed[e] = true;
	drop = pipequeue_empty(&p->way[e].queue);
	unlock(&p->lk);
	pipeblock_putall(drop);
	for (int w = 0; w < 2; w++) {
		rendez_wakeup(&p->way[w].readers);
		rendez_wakeup(&p->way[w].writers);
	}
}

static void
pipe_close(Chan *c)
{
	Pipe *p = c->aux;
	bool last = false;

	if (p == NULL)
		return;
	c->aux = NULL;
	if (atomic_load(&c->flag) & COPEN && c->qid.path != Qdir) {
		lock(&p->lk);
		last = --p->nopen[end_of(c)] == 0;
		unlock(&p->lk);
		if (last)
			pipe_hangup(p, end_of(c));
	}
	pipe_put(p);
}

static bool
way_readable(void *arg)
{
	Way *w = arg;
	Pipe *p = w->pipe;
	bool r;

	lock(&p->lk);
	r = w->queue.head != NULL || p->closed[w == &p->way[0] ? 1 : 0];
	unlock(&p->lk);
	return r;
}

static bool
way_writable(void *arg)
{
	Way *w = arg;
	Pipe *p = w->pipe;
	bool r;

	lock(&p->lk);
	r = w->queue.room < PIPE_LIMIT || p->closed[w == &p->way[0] ? 0 : 1];
	unlock(&p->lk);
	return r;
}

static int64_t
pipe_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	Pipe *p = c->aux;
	int e = end_of(c);
	Way *w = &p->way[e];

	if (c->qid.path == Qdir)
		return servant_dirread(c, buf, n, off, pipe_gen);
	while (n > 0) {
		PipeTake t;
		bool got, end, full;
		int rc;

		lock(&p->lk);
		full = w->queue.room >= PIPE_LIMIT;
		got = pipequeue_take(&w->queue, n, &t);
		end = !got && p->closed[1 - e];
		full = full && w->queue.room < PIPE_LIMIT;
		unlock(&p->lk);
		if (full)
			rendez_wakeup(&w->writers);
		if (got)
			return (int64_t)pipetake_copy(&t, buf);
		if (end)
			break;
		if ((rc = rendez_yield(c, &w->readers, way_readable, w)) < 0)
			return rc;
	}
	return 0;
}

static int
pipe_broken(Chan *c)
{
	Proc *p = up();

	if (p != NULL && !(atomic_load(&c->flag) & CMSG))
		(void)proc_note(p, "sys: write on closed pipe", true);
	return seterr(Epipe, NULL);
}

static int64_t
pipe_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	Pipe *p = c->aux;
	int e = end_of(c), rc = 0;
	Way *w = &p->way[1 - e];
	PipeBlock *b;
	bool closed, room;

	USED(off);
	if (c->qid.path == Qdir)
		return seterr(Eisdir, NULL);
	if ((b = pipeblock_new(buf, n)) == NULL)
		return seterr(Enomem, "pipe: %zu bytes", n);
	for (;;) {
		lock(&p->lk);
		closed = p->closed[1 - e];
		room = w->queue.room < PIPE_LIMIT;
		if (!closed && room)
			pipequeue_add(&w->queue, b);
		unlock(&p->lk);
		if (closed || room || (rc = rendez_yield(c, &w->writers, way_writable, w)) < 0)
			break;
	}
	if (!closed && room) {
		rendez_wakeup(&w->readers);
		return (int64_t)n;
	}
	pipeblock_put(b);
	return closed ? pipe_broken(c) : rc;
}

const Servant servant_pipe = {
	.dc = '|', .name = "pipe",
	.attach = pipe_attach, .walk = pipe_walk, .stat = pipe_stat,
	.open = pipe_open, .close = pipe_close, .read = pipe_read, .write = pipe_write,
};
