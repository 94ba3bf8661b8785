/*
 * examples/servant/counter.c - #k, a number that all processes share: an example of a
 * servant, explained in doc/servant.md.
 *
 *	make SERVANTS=examples/servant/counter.c
 *	build/lp49sim -c "bind '#k' /mnt; echo 5 >/mnt/count; cat /mnt/count"
 *
 * FILES   count 0666  read: the number, then a newline; write: sets it
 *         ctl   0222  write: "add N", "reset"
 * ERRORS  Ebadarg not a number; Ebadctl unknown verb
 * LOCKS   counter.lk guards counter.value; a leaf: nothing is called under it
 * REFS    Chan.aux is unused, so there is no close method
 */
#include "core/core.h"

enum { Qdir, Qcount, Qctl };

static const DirEnt tree[] = {
	{ ".", Qdir, DMDIR | 0555 }, { "count", Qcount, 0666 }, { "ctl", Qctl, 0222 },
};

static struct {
	Lock lk;
	uint64_t value; /* lk */
} counter = { .lk = LOCK_INIT };

static uint64_t
counter_get(void)
{
	uint64_t v;

	lock(&counter.lk);
	v = counter.value;
	unlock(&counter.lk);
	return v;
}

static void
counter_set(uint64_t v, bool add)
{
	lock(&counter.lk);
	counter.value = add ? counter.value + v : v;
	unlock(&counter.lk);
}

static int64_t
counter_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	char text[24];

	if (c->qid.path != Qcount)
		return servant_dirread(c, buf, n, off, NULL);
	snprintf(text, sizeof text, "%" PRIu64 "\n", counter_get());
	return readstr(buf, n, off, text);
}

/* A line "add N" or "reset". */
static int
counter_ctl(const void *buf, size_t n)
{
	enum { Add, Reset };
	static const Cmd cmd[] = { { "add", 1, Add }, { "reset", 0, Reset } };
	CmdLine line;
	uint64_t v = 0;
	int verb = cmd_parse(cmd, nelem(cmd), buf, n, &line), rc = 0;

	if (verb < 0)
		return verb;
	if (verb == Add)
		rc = parse_u64(line.argv[1], strlen(line.argv[1]), &v);
	if (rc == 0)
		counter_set(v, verb == Add);
	cmd_free(&line);
	return rc;
}

static int64_t
counter_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	uint64_t v;
	int rc;

	USED(off);
	if (c->qid.path == Qctl)
		rc = counter_ctl(buf, n);
	else if ((rc = parse_u64(buf, n, &v)) == 0)
		counter_set(v, false);
	return rc < 0 ? rc : (int64_t)n;
}

/* Methods that are not here have a default, from the tree: core/servant.c. */
const Servant servant_counter = {
	.dc = 'k', .name = "counter", SERVANT_TREE(tree),
	.read = counter_read, .write = counter_write,
};
