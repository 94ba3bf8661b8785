/*
 * servants/srv.c - #s, the registry of servers: names for open files.
 * FILES   NAME  a posted handle. Create it for writing, write the number of an
 *         open fd once; whoever opens it gets that same handle.
 * ERRORS  Ehungup nothing was posted yet; Eperm the file's mode, or the
 *         posted handle's, forbids; Ebadusefd posted twice
 * LOCKS   reg.lk guards the list; no handle is put under it
 * REFS    an entry holds one reference to the posted handle, until it is
 *         removed (a dead link stays posted)
 * LIMITS  NENTRY_MAX entries; no clone, so one registry for all name spaces
 * SEE     srv(3)
 */
#include "servants/servants_impl.h"

enum { NAME_SIZE = SRVNAME_MAX, NENTRY_MAX = 1024 };

typedef struct Entry Entry;
struct Entry {
	Entry *next;
	char name[NAME_SIZE], owner[NAME_SIZE];
	uint32_t perm;
	uint32_t mtime;
	uint64_t path;
	Chan *chan;              /* NULL: not posted yet */
};
static struct {
	QLock lk;
	Entry *first;            /* lk: in order of creation */
	size_t n;                /* lk */
	uint64_t path;           /* lk: the last one used */
} reg;

/* REQUIRES reg.lk */
static Entry *
entry_named(Str name)
{
	Entry *e = reg.first;

	while (e != NULL && !str_eq(name, e->name))
		e = e->next;
	return e;
}

/* REQUIRES reg.lk */
static Entry *
entry_at(const Chan *c)
{
	Entry *e = reg.first;

	while (e != NULL && e->path != c->qid.path)
		e = e->next;
	return e;
}

bool
srv_name(const Chan *posted, char *name, size_t n)
{
	Entry *e;

	qlock(&reg.lk);
	for (e = reg.first; e != NULL && e->chan != posted; e = e->next)
		;
	if (e != NULL)
		snprintf(name, n, "%s", e->name);
	qunlock(&reg.lk);
	return e != NULL;
}

static int
srv_attach(const char *spec, Chan **out)
{
	return attach_root(&servant_srv, spec, out);
}

static int
srv_step(Chan *nc, Str name)
{
	Entry *e;

	if (str_eq(name, ".."))
		return 0;
	qlock(&reg.lk);
	if ((e = entry_named(name)) != NULL)
		nc->qid = qid_of(e->path, 0, QTFILE);
	qunlock(&reg.lk);
	return e != NULL ? 0 : seterr(Enonexist, "%.*s", (int)name.n, name.s);
}

static int64_t
srv_walk(Chan *c, Chan *nc, const Str *name, size_t n, Qid *qid)
{
	USED(c);
	return walk_each(nc, name, n, qid, srv_step);
}

/* REQUIRES reg.lk; strs has room for name and owner. */
static void
entry_dir(Chan *c, const Entry *e, Dir *d, char *strs)
{
	char *owner = strs + NAME_SIZE;

	snprintf(strs, NAME_SIZE, "%s", e->name);
	snprintf(owner, NAME_SIZE, "%s", e->owner);
	dir_set(d, c, strs, qid_of(e->path, 0, QTFILE), e->perm, 0);
	d->atime = d->mtime = e->mtime;
	d->uid = d->gid = d->muid = owner;
}

static int
srv_gen(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs)
{
	Entry *e;

	if (nstrs < 2 * NAME_SIZE)
		return seterr(Eshort, "#s: names");
	qlock(&reg.lk);
	for (e = reg.first; e != NULL && i > 0; i--)
		e = e->next;
	if (e != NULL)
		entry_dir(c, e, d, strs);
	qunlock(&reg.lk);
	return e != NULL;
}

static int64_t
srv_stat(Chan *c, uint8_t *buf, size_t n)
{
	char strs[2 * NAME_SIZE];
	Entry *e;
	Dir d;

	if (c->qid.type & QTDIR) {
		dir_set(&d, c, "#s", c->qid, 0777, 0);
		return servant_stat(c, buf, n, &d);
	}
	qlock(&reg.lk);
	if ((e = entry_at(c)) != NULL)
		entry_dir(c, e, &d, strs);
	qunlock(&reg.lk);
	return e != NULL ? servant_stat(c, buf, n, &d) : seterr(Enonexist, NULL);
}

/* May a handle of mode `have` be used as omode asks? */
static bool
mode_allows(int have, int omode)
{
	int want = omode & 3;

	return have == ORDWR || have == want || (want == OEXEC && have == OREAD);
}

static int
srv_openchan(Chan *c, int omode, Chan **out)
{
	Entry *e;
	int rc = 0;

	qlock(&reg.lk);
	if ((e = entry_at(c)) == NULL)
		rc = seterr(Enonexist, NULL);
	else if (e->chan == NULL)
		rc = seterr(Ehungup, "%s: nothing posted", e->name);
	else if (omode & OTRUNC)
		rc = seterr(Eexist, "%s", e->name);
	else if ((rc = servant_perm(e->owner, e->perm, omode)) == 0 && !mode_allows(e->chan->mode, omode))
		rc = seterr(Eperm, "%s: posted fd's mode", e->name);
	if (rc == 0)
		*out = chan_get(e->chan);
	qunlock(&reg.lk);
	return rc;
}

static int
srv_open(Chan *c, int omode)
{
	if (!(c->qid.type & QTDIR))
		return seterr(Eperm, NULL); /* files go through srv_openchan */
	return (omode & ~OCEXEC) == OREAD ? 0 : seterr(Eisdir, NULL);
}

/* REQUIRES reg.lk */
static void
entry_append(Entry *e)
{
	Entry **p = &reg.first;

	while (*p != NULL)
		p = &(*p)->next;
	*p = e;
	e->path = ++reg.path;
	reg.n++;
}

static int
srv_create(Chan *c, Str name, int omode, uint32_t perm)
{
	Entry *e;
	int rc;

	if (!(c->qid.type & QTDIR))
		return seterr(Enotdir, NULL);
	if ((omode & 3) != OWRITE && (omode & 3) != ORDWR)
		return seterr(Eperm, "#s: create for writing");
	if (perm & DMDIR)
		return seterr(Eperm, "directory in #s");
	if ((rc = name_ok(name, NAME_SIZE - 1)) < 0)
		return rc;
	if ((e = calloc(1, sizeof *e)) == NULL)
		return seterr(Enomem, NULL);
	snprintf(e->name, sizeof e->name, "%.*s", (int)name.n, name.s);
	snprintf(e->owner, sizeof e->owner, "%s", up_user());
	e->perm = perm & 0777;
	e->mtime = (uint32_t)(wall_ns() / 1000000000);
	qlock(&reg.lk);
	if (entry_named(name) != NULL)
		rc = seterr(Eexist, "%.*s", (int)name.n, name.s);
	else if (reg.n == NENTRY_MAX)
		rc = seterr(Enospc, "#s");
	if (rc == 0) {
		entry_append(e);
		c->qid = qid_of(e->path, 0, QTFILE);
	}
	qunlock(&reg.lk);
	if (rc < 0)
		free(e);
	return rc;
}

static int64_t
srv_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	if (c->qid.type & QTDIR)
		return servant_dirread(c, buf, n, off, srv_gen);
	return seterr(Eperm, "#s: an entry is only written");
}

static int64_t
srv_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	uint64_t fd = 0;
	Entry *e;
	Chan *posted;
	int rc;

	USED(off);
	if (c->qid.type & QTDIR)
		return seterr(Eisdir, NULL);
	if ((rc = parse_u64(buf, n, &fd)) < 0)
		return rc;
	if (fd > INT32_MAX)
		return seterr(Ebadfd, "#s");
	if ((posted = fd_chan((int)fd, -1, &rc)) == NULL)
		return rc;
	qlock(&reg.lk);
	if ((e = entry_at(c)) == NULL)
		rc = seterr(Enonexist, NULL);
	else if (e->chan != NULL || posted == c || posted->qid.type & (QTDIR | QTAUTH))
		rc = seterr(Ebadusefd, "%s", e->name);
	else
		rc = 0;
	if (rc == 0)
		e->chan = posted;
	qunlock(&reg.lk);
	if (rc == 0)
		return (int64_t)n;
	chan_put(posted);
	return rc;
}

static int
srv_remove(Chan *c)
{
	Entry **p = &reg.first, *e = NULL;
	int rc = 0;

	if (c->qid.type & QTDIR)
		return seterr(Eperm, NULL);
	qlock(&reg.lk);
	while (*p != NULL && (*p)->path != c->qid.path)
		p = &(*p)->next;
	if (*p == NULL) {
		rc = seterr(Enonexist, NULL);
	} else if (strcmp((*p)->owner, up_user()) != 0 && strcmp(eve, up_user()) != 0) {
		rc = seterr(Eperm, "%s", (*p)->name);
	} else {
		e = *p;
		*p = e->next;
		reg.n--;
	}
	qunlock(&reg.lk);
	if (e != NULL)
		chan_put(e->chan);
	free(e);
	return rc;
}

/* A file that was opened ORCLOSE goes with its creator's handle. */
static void
srv_close(Chan *c)
{
	if (atomic_load(&c->flag) & CRCLOSE && atomic_load(&c->flag) & COPEN)
		(void)srv_remove(c);
}

static int
srv_wstat(Chan *c, const uint8_t *buf, size_t n)
{
	char *strs = malloc(n + 1);
	Dir d, null;
	Entry *e, *other;
	int rc;

	if (strs == NULL)
		return seterr(Enomem, NULL);
	dir_null(&null);
	if ((rc = dir_unpack(&d, buf, n, strs)) < 0) {
		free(strs);
		return rc;
	}
	rc = d.name[0] != '\0' ? name_ok(str_of(d.name), NAME_SIZE - 1) : 0;
	qlock(&reg.lk);
	e = entry_at(c);
	other = rc == 0 && d.name[0] != '\0' ? entry_named(str_of(d.name)) : NULL;
	if (rc == 0 && e == NULL)
		rc = seterr(c->qid.type & QTDIR ? Eperm : Enonexist, NULL);
	else if (rc == 0 && strcmp(e->owner, up_user()) != 0 && strcmp(eve, up_user()) != 0)
		rc = seterr(Eperm, "%s", e->name);
	else if (rc == 0 && other != NULL && other != e)
		rc = seterr(Eexist, "%s", d.name);
	if (rc == 0) {
		if (d.mode != null.mode)
			e->perm = d.mode & 0777;
		if (d.name[0] != '\0')
			snprintf(e->name, sizeof e->name, "%s", d.name);
	}
	qunlock(&reg.lk);
	free(strs);
	return rc;
}

const Servant servant_srv = {
	.dc = 's', .name = "srv",
	.attach = srv_attach, .walk = srv_walk, .stat = srv_stat, .open = srv_open,
	.openchan = srv_openchan, .create = srv_create, .close = srv_close,
	.read = srv_read, .write = srv_write, .remove = srv_remove, .wstat = srv_wstat,
};
