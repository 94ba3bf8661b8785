/*
 * servants/trace.c - #T, what is traced inside, as text.
 * FILES   trace    0440  lines, "SECONDS NODE PID PROGRAM THREAD CLASS text": first
 *                        those that are still there, then each as it comes; the end
 *                        when nothing is switched on any more. Each open has its place.
 *                        Its reader is not traced, nor who reads from that one's pipe.
 *         tracectl 0660  read: what is on, for whom, how many bytes of a message are kept
 *                        write: "on LIST" and "off [LIST]" for all processes,
 *                        "pid N LIST" and "pid N off" for one and its children to come,
 *                        "snap N" the bytes kept of a 9P message
 *         Classes of a LIST: 9p syscall pager, with commas. ipc and sched too, whose
 *         lines are the kernel's and only on the host (doc/trace.md).
 * ERRORS  Ebadarg no such class; Ebadctl; Eprocdied no such process
 * LOCKS   Reader.lk, held while its line is waited for
 * LIMITS  Lines lost because a reader was slow are counted in a line of their own.
 * SEE     lib9/trace.h; core/trace.c; tests/sys/trace.sh
 */
#include "servants/servants_impl.h"

enum { Qdir, Qtrace, Qctl };
enum { POLL_MS = 20, SNAP_MAX = MSIZE_MAX, REC_MAX = sizeof(TraceRec) + 2048 };

static const DirEnt tree[] = {
	{ ".", Qdir, DMDIR | 0555 }, { "trace", Qtrace, 0440 }, { "tracectl", Qctl, 0660 },
};

typedef struct Source Source;
struct Source {                  /* a ring, and its next record */
	TracePlace place;
	uint32_t lost;           /* told */
	size_t n;                /* bytes of rec, 0: none was there */
	union {
		TraceRec rec;
		uint64_t room[(REC_MAX + 7) / 8];
	} u;
};
typedef struct Reader Reader;
struct Reader {
	QLock lk;
	Source source[TRACE_NRING];
	char line[TRACE_LINE];
	size_t at, n;            /* of line: read, and all */
};

/* ---- trace ---- */

static int
trace_open(Chan *c, int omode)
{
	Reader *r;

	if (c->qid.type & QTDIR)
		return (omode & ~OCEXEC) == OREAD ? 0 : seterr(Eisdir, NULL);
	if (c->qid.path == Qctl)
		return servant_perm(eve, 0660, omode);
	if (servant_perm(eve, 0440, omode) < 0)
		return -Eperm;
	if ((r = calloc(1, sizeof *r)) == NULL)
		return seterr(Enomem, NULL);
	c->aux = r;
	return 0;
}

static void
trace_close(Chan *c)
{
	free(c->aux);
}

/* The source whose next record is the oldest; NULL: no record. */
static Source *
source_next(Reader *r)
{
	const TraceShared *s = trace_shared();
	Source *first = NULL;

	for (size_t i = 0; s != NULL && i < TRACE_NRING; i++) {
		const TraceRing *ring = (const TraceRing *)(const void *)((const uint8_t *)s + s->ring[i]);
		Source *e = &r->source[i];

		if (e->n == 0)
			e->n = tracering_get(ring, s->ring_size[i], &e->place, e->u.room, sizeof e->u.room);
		if (e->n > 0 && (first == NULL || e->u.rec.ns < first->u.rec.ns))
			first = e;
	}
	return first;
}

/* A 9P message that did not fit into the reader's room is cut once more. */
static void
message_cut(Source *e)
{
	TraceMsg *m = (TraceMsg *)(&e->u.rec + 1);

	if (e->u.rec.kind == TRACE_MSG && e->n > sizeof e->u.rec + sizeof *m && m->have > e->n - sizeof e->u.rec - sizeof *m)
		m->have = (uint32_t)(e->n - sizeof e->u.rec - sizeof *m);
}

/* The next line, if there is one. */
static bool
line_make(Reader *r)
{
	char node[64];
	Source *e;

	if (plat_bootarg("node", node, sizeof node) < 0)
		snprintf(node, sizeof node, "lp49");
	while ((e = source_next(r)) != NULL) {
		TraceRec lost = { .size = sizeof lost, .ns = e->u.rec.ns, .kind = TRACE_LOST, .arg = e->place.lost - e->lost };
		bool text;

		if (lost.arg != 0) {
			e->lost = e->place.lost;
			text = trace_text(r->line, sizeof r->line - 1, node, &lost, sizeof lost);
		} else {
			message_cut(e);
			text = trace_text(r->line, sizeof r->line - 1, node, &e->u.rec, e->n);
			e->n = 0;
		}
		if (!text)
			continue;
		r->at = 0;
		r->n = strlen(r->line);
		r->line[r->n++] = '\n';
		return true;
	}
	return false;
}

static bool
never(void *arg)
{
	USED(arg);
	return false;
}

/* Nobody wakes a reader: those who write records do nothing else for it. 0 or -Eintr. */
static int
nap(void)
{
	static Rendez nobody;
	int rc = rendez_sleep(&nobody, never, NULL, POLL_MS);

	return rc == -Etimedout ? 0 : rc;
}

static bool
anything_on(void)
{
	return trace_shared() != NULL && atomic_load(&trace_shared()->any) != 0;
}

/* REQUIRES r->lk. Whole lines, as many as fit; at least what there is of one. */
static int64_t
lines_read(Reader *r, char *buf, size_t n)
{
	size_t done = 0, k;
	int rc;

	while (r->at == r->n && !line_make(r)) {
		if (!anything_on())
			return 0;
		if ((rc = nap()) < 0)
			return rc;
	}
	do {
		k = r->n - r->at < n - done ? r->n - r->at : n - done;
		memcpy(buf + done, r->line + r->at, k);
		r->at += k;
		done += k;
	} while (n - done > TRACE_LINE && r->at == r->n && line_make(r));
	return (int64_t)done;
}

/* ---- tracectl ---- */

static char *
ctl_text(void)
{
	const TraceShared *s = trace_shared();
	enum { LINE = 96, SIZE = (2 + TRACE_NSPACE) * LINE };
	char *text = malloc(SIZE), *p = text, *end = text + SIZE, list[64];

	if (text == NULL)
		return NULL;
	p = seprint(p, end, "on %s\n", trace_classes_text(s != NULL ? atomic_load(&s->all) : 0, list, sizeof list));
	p = seprint(p, end, "snap %u\n", s != NULL ? (unsigned)atomic_load(&s->snap) : TRACE_SNAP);
	for (size_t i = 0; s != NULL && i < TRACE_NSPACE; i++) {
		uint32_t mask = atomic_load(&s->space[i].mask) & TRACE_ALL;

		if (mask != 0)
			p = seprint(p, end, "pid %d %s # %.*s\n", s->space[i].pid, trace_classes_text(mask, list, sizeof list),
			    (int)sizeof s->space[i].prog, s->space[i].prog);
	}
	return text;
}

enum { CMoff, CMon, CMpid, CMsnap };
static const Cmd cmd[] = { { "off", -1, CMoff }, { "on", 1, CMon }, { "pid", 2, CMpid }, { "snap", 1, CMsnap } };

static int
number(const char *s, uint64_t max, uint64_t *v)
{
	if (parse_u64(s, strlen(s), v) < 0 || *v == 0 || *v > max)
		return seterr(Ebadarg, "want a number from 1 to %llu, not \"%s\"", (unsigned long long)max, s);
	return 0;
}

static int
pid_set(const char *pid, const char *list)
{
	uint32_t mask = 0;
	uint64_t v;
	Proc *p;
	int rc;

	if ((rc = number(pid, INT32_MAX, &v)) < 0 || (strcmp(list, "off") != 0 && (rc = trace_classes(list, &mask)) < 0))
		return rc;
	if ((p = proc_get((int)v)) == NULL)
		return seterr(Eprocdied, "pid %s", pid);
	rc = proc_trace_set(p, mask);
	proc_put(p);
	return rc;
}

static int
ctl_do(int code, const CmdLine *l)
{
	uint32_t mask = TRACE_ALL;
	uint64_t v;
	int rc;

	switch (code) {
	case CMon:
		return (rc = trace_classes(l->argv[1], &mask)) < 0 ? rc : trace_all_set(mask, 0);
	case CMoff:
		if (l->argc > 2)
			return seterr(Ebadctl, "want off, or off LIST");
		if (l->argc == 2 && (rc = trace_classes(l->argv[1], &mask)) < 0)
			return rc;
		return trace_all_set(0, mask);
	case CMpid:
		return pid_set(l->argv[1], l->argv[2]);
	}
	if ((rc = number(l->argv[1], SNAP_MAX, &v)) < 0)
		return rc;
	trace_snap_set((uint32_t)v);
	return 0;
}

/* ---- methods ---- */

static int64_t
trace_servant_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	Reader *r = c->aux;
	int64_t rc;
	char *text;

	if (c->qid.type & QTDIR)
		return servant_dirread(c, buf, n, off, NULL);
	if (c->qid.path == Qctl) {
		if ((text = ctl_text()) == NULL)
			return seterr(Enomem, NULL);
		return text_take(buf, n, off, text);
	}
	trace_mute(up());
	while (!qlock_try(&r->lk)) /* so that a note gets through */
		if ((rc = nap()) < 0)
			return rc;
	rc = n > 0 ? lines_read(r, buf, n) : 0;
	qunlock(&r->lk);
	return rc;
}

static int64_t
trace_servant_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	CmdLine l;
	int rc;

	USED(off);
	if (c->qid.path != Qctl)
		return seterr(Eperm, NULL);
	if ((rc = cmd_parse(cmd, nelem(cmd), buf, n, &l)) < 0)
		return rc;
	rc = ctl_do(rc, &l);
	cmd_free(&l);
	return rc < 0 ? rc : (int64_t)n;
}

const Servant servant_trace = {
	.dc = 'T', .name = "trace", SERVANT_TREE(tree),
	.open = trace_open, .close = trace_close,
	.read = trace_servant_read, .write = trace_servant_write,
};
