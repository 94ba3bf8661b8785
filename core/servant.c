/*
 * servant.c - what a NULL method of a servant means.
 *
 * The defaults serve a static tree (Servant.tree): its first row is ".", a
 * file in a directory is "dir/file", a row's qid is unique. From it come
 * attach, walk, stat and directory reads; open checks the row's permissions
 * for eve's files; everything that writes is refused.
 *
 * ERRORS Enonexist, Enotdir, Eperm, Eisdir, Eshort
 * LOCKS  none: the tables are constant
 * SEE    tests/unit/core_ns.c
 */
#include "core/core_impl.h"
#include "core/servant_impl.h"

const char eve[] = "glenda";

/* ---- defaults: a static tree ---- */

static Qid
tree_qid(const DirEnt *e)
{
	return (Qid){ .path = e->qid, .type = e->perm & DMDIR ? QTDIR : QTFILE };
}

static const DirEnt *
tree_find(const Servant *s, uint64_t qid)
{
	for (size_t i = 0; i < s->ntree; i++)
		if (s->tree[i].qid == qid)
			return &s->tree[i];
	return NULL;
}

/* A name's directory part: "" for the root's files. */
static Str
tree_dir(const char *name)
{
	const char *slash = strrchr(name, '/');

	return (Str){ name, slash ? (size_t)(slash - name) : 0 };
}

static Str
tree_base(const char *name)
{
	const char *slash = strrchr(name, '/');

	return str_of(slash ? slash + 1 : name);
}

/* Is e a direct child of dir? The root's own row, ".", is nobody's child. */
static bool
tree_child(const DirEnt *dir, const DirEnt *e)
{
	Str d = tree_dir(e->name);

	if (strcmp(e->name, ".") == 0)
		return false;
	return strcmp(dir->name, ".") == 0 ? d.n == 0 : str_eq(d, dir->name);
}

static const DirEnt *
tree_step(const Servant *s, const DirEnt *at, Str name)
{
	if (str_eq(name, "..")) {
		Str d = tree_dir(at->name);

		for (size_t i = 0; d.n && i < s->ntree; i++)
			if (str_eq(d, s->tree[i].name))
				return &s->tree[i];
		return &s->tree[0];
	}
	for (size_t i = 0; i < s->ntree; i++)
		if (tree_child(at, &s->tree[i]) && str_same(name, tree_base(s->tree[i].name)))
			return &s->tree[i];
	return NULL;
}

static Dir
tree_stat(const Servant *s, uint32_t dev, const DirEnt *e)
{
	uint32_t now = (uint32_t)(wall_ns() / 1000000000);

	return (Dir){ .type = (uint16_t)s->dc, .dev = dev, .qid = tree_qid(e), .mode = e->perm,
		.atime = now, .mtime = (uint32_t)(start_wall_ns() / 1000000000),
		.name = strcmp(e->name, ".") == 0 ? "/" : tree_base(e->name).s,
		.uid = eve, .gid = eve, .muid = eve };
}

int
servant_attach(const Servant *s, const char *spec, Chan **out)
{
	Chan *c;

	if (s->ntree == 0)
		return seterr(Enoattach, "#%c", s->dc);
	if (spec[0])
		return seterr(Ebadspec, "#%c%s", s->dc, spec);
	if (!(c = chan_new(s)))
		return -Enomem;
	c->qid = tree_qid(&s->tree[0]);
	*out = c;
	return 0;
}

int
servant_attach_call(const Servant *s, const char *spec, Chan **out)
{
	return s->attach ? s->attach(spec, out) : servant_attach(s, spec, out);
}

static int64_t
default_walk(Chan *c, const Str *name, size_t n, Qid *qid)
{
	const DirEnt *at = tree_find(c->servant, c->qid.path);
	size_t i;

	for (i = 0; i < n; i++) {
		if (!at || !(at->perm & DMDIR))
			return i ? (int64_t)i : seterr(Enotdir, NULL);
		if (!(at = tree_step(c->servant, at, name[i])))
			return i ? (int64_t)i : seterr(Enonexist, NULL);
		qid[i] = tree_qid(at);
	}
	return (int64_t)n;
}

int64_t
servant_walk(Chan *c, Chan *nc, const Str *name, size_t n, Qid *qid)
{
	return c->servant->walk ? c->servant->walk(c, nc, name, n, qid) : default_walk(c, name, n, qid);
}

int64_t
servant_stat(Chan *c, uint8_t *buf, size_t n, const Dir *d)
{
	Dir mine = *d;

	mine.type = (uint16_t)c->servant->dc;
	mine.dev = c->dev;
	return dir_pack(&mine, buf, n);
}

int64_t
servant_stat_call(Chan *c, uint8_t *buf, size_t n)
{
	const DirEnt *e;
	Dir d;

	if (c->servant->stat)
		return c->servant->stat(c, buf, n);
	if (!(e = tree_find(c->servant, c->qid.path)))
		return seterr(Enonexist, NULL);
	d = tree_stat(c->servant, c->dev, e);
	return servant_stat(c, buf, n, &d);
}

int
servant_perm(const char *owner, uint32_t perm, int omode)
{
	static const uint32_t need[] = { [OREAD] = AREAD, [OWRITE] = AWRITE, [ORDWR] = AREAD | AWRITE, [OEXEC] = AEXEC };
	const char *user = up_user();
	uint32_t want = need[omode & 3] | (omode & OTRUNC ? AWRITE : 0);
	uint32_t have = perm & 7;

	if (strcmp(user, owner) == 0)
		have |= perm >> 6 & 7;
	if (strcmp(user, eve) == 0)
		have |= perm >> 3 & 7;
	return (want & ~have) ? seterr(Eperm, NULL) : 0;
}

int
servant_open(Chan *c, int omode)
{
	const DirEnt *e;

	if (c->servant->open)
		return c->servant->open(c, omode);
	e = tree_find(c->servant, c->qid.path);
	return e ? servant_perm(eve, e->perm, omode) : 0;
}

int
servant_create(Chan *c, Str name, int omode, uint32_t perm)
{
	if (!c->servant->create)
		return seterr(Eperm, "create");
	return c->servant->create(c, name, omode, perm);
}

static int
tree_gen(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs)
{
	const Servant *s = c->servant;
	const DirEnt *dir = tree_find(s, c->qid.path);

	USED(strs);
	USED(nstrs);
	for (size_t k = 0; dir && k < s->ntree; k++) {
		if (!tree_child(dir, &s->tree[k]))
			continue;
		if (i-- == 0) {
			*d = tree_stat(s, c->dev, &s->tree[k]);
			return 1;
		}
	}
	return 0;
}

/*
 * The place in the directory is an index, kept in dri; a read goes on where the
 * last one of this handle ended (CORE's chan_dirread sees to that), 0 starts anew.
 */
int64_t
servant_dirread(Chan *c, void *buf, size_t n, uint64_t off, int (*gen)(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs))
{
	uint8_t *to = buf;
	size_t done = 0;
	char *strs = malloc(2048);
	int64_t rc = 0;

	if (!strs)
		return seterr(Enomem, NULL);
	if (gen == NULL)
		gen = tree_gen;
	if (off == 0)
		c->dri = 0;
	for (;;) {
		Dir d = { .name = "", .uid = eve, .gid = eve, .muid = eve };
		int got = gen(c, (size_t)c->dri, &d, strs, 2048);

		if (got <= 0) {
			rc = got;
			break;
		}
		if ((rc = servant_stat(c, to + done, n - done, &d)) < 0)
			break; /* it comes first next time */
		done += (size_t)rc;
		c->dri++;
	}
	free(strs);
	return done ? (int64_t)done : rc;
}

int64_t
servant_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	if (c->servant->read)
		return c->servant->read(c, buf, n, off);
	if (c->qid.type & QTDIR)
		return servant_dirread(c, buf, n, off, tree_gen);
	return seterr(Eperm, "read");
}

int64_t
servant_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	if (!c->servant->write)
		return seterr(Eperm, "write");
	return c->servant->write(c, buf, n, off);
}

int
servant_remove(Chan *c)
{
	if (!c->servant->remove)
		return seterr(Eperm, "remove");
	return c->servant->remove(c);
}

int
servant_wstat(Chan *c, const uint8_t *buf, size_t n)
{
	if (!c->servant->wstat)
		return seterr(Eperm, "wstat");
	return c->servant->wstat(c, buf, n);
}

/* ---- control lines ---- */

/* Tells the verbs that there are, as many as a reason has room for. */
static void
verb_error(const Cmd *table, size_t ntable, const char *verb)
{
	char list[ERRMAX - 64], *p = list, *end = list + sizeof list;
	size_t i = 0;

	*p = '\0';
	for (; i < ntable && strlen(table[i].verb) + sizeof " ..." < (size_t)(end - p); i++)
		p = seprint(p, end, " %s", table[i].verb);
	seterr(Ebadctl, "'%.16s' is none of%s%s", verb, list, i < ntable ? " ..." : "");
}

int
cmd_parse(const Cmd *table, size_t ntable, const void *buf, size_t n, CmdLine *out)
{
	CmdLine l = { 0 };

	if (!(l.text = malloc(n + 1)))
		return seterr(Enomem, NULL);
	memcpy(l.text, buf, n);
	l.text[n] = '\0';
	l.argc = tokenize(l.text, l.argv, nelem(l.argv));
	for (size_t i = 0; l.argc && i < ntable; i++) {
		if (strcmp(table[i].verb, l.argv[0]) != 0)
			continue;
		if (table[i].nargs >= 0 && (size_t)table[i].nargs != l.argc - 1) {
			int rc = seterr(Ebadarg, "%s wants %d argument%s", l.argv[0], table[i].nargs, table[i].nargs == 1 ? "" : "s");

			free(l.text);
			return rc;
		}
		*out = l;
		return table[i].code;
	}
	verb_error(table, ntable, l.argc ? l.argv[0] : "");
	free(l.text);
	return -Ebadctl;
}

void
cmd_free(CmdLine *l)
{
	free(l->text);
	l->text = NULL;
}
