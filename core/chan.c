/*
 * chan.c - object handles: life, walking, opening, reading directories.
 *
 * LOCKS  chans.lk guards the list of all handles and the change of their paths, a leaf. Chan.lk guards offset,
 *        a leaf. Chan.umlk orders directory reads of one handle; servant
 *        methods run under it.
 * REFS   who puts a Chan* in a structure holds one reference. Arguments are
 *        borrowed, results owned. The last chan_put calls the servant's close
 *        with no lock held.
 */
#include "core/core_impl.h"
#include "core/servant_impl.h"
#include "servants/mnt.h"

static struct {
	Lock lk;
	Chan *head;
	size_t n;
} chans = { .lk = LOCK_INIT };

enum { STAT_FIXED = 49 };

Chan *
chan_new(const Servant *s)
{
	Chan *c = calloc(1, sizeof *c);

	if (!c) {
		seterr(Enomem, NULL);
		return NULL;
	}
	c->servant = s;
	c->mode = -1;
	atomic_store(&c->ref, 1);
	lock(&chans.lk);
	c->all_next = chans.head;
	if (chans.head)
		chans.head->all_prev = c;
	chans.head = c;
	chans.n++;
	unlock(&chans.lk);
	return c;
}

Chan *
chan_get(Chan *c)
{
	if (atomic_fetch_add(&c->ref, 1) == 0)
		panic("chan_get: free handle");
	return c;
}

/* Frees a handle that the servant knows nothing of (any more). */
static void
chan_free(Chan *c)
{
	lock(&chans.lk);
	if (c->all_prev)
		c->all_prev->all_next = c->all_next;
	else
		chans.head = c->all_next;
	if (c->all_next)
		c->all_next->all_prev = c->all_prev;
	chans.n--;
	unlock(&chans.lk);
	chan_put(c->umc);
	mhead_put(c->umh);
	mhead_put(c->mcp);
	path_put(c->path);
	free(c);
}

void
chan_put(Chan *c)
{
	unsigned ref;

	if (!c)
		return;
	ref = atomic_fetch_sub(&c->ref, 1);
	if (ref == 0)
		panic("chan_put: free handle");
	if (ref != 1)
		return;
	if (c->servant->close || c->mux) {
		Uthread saved = *uthread_self(); /* a clean-up hides no reason */
		Uthread *u = uthread_self();

		if (c->mux) /* c is a server link, perhaps itself a remote file */
			mnt_linkclose(c);
		if (c->servant->close)
			c->servant->close(c);
		memcpy(u->err, saved.err, sizeof u->err);
		u->errcode = saved.errcode;
	}
	chan_free(c);
}

size_t
chan_live(void)
{
	return chans.n;
}

void
chan_table_lock(void)
{
	lock(&chans.lk);
}

void
chan_table_unlock(void)
{
	unlock(&chans.lk);
}

Chan *
chan_next(Chan *prev)
{
	return prev ? prev->all_next : chans.head;
}

void
chan_path_set(Chan *c, Path *p)
{
	Path *old;

	lock(&chans.lk); /* the debug shell reads the names of all */
	old = c->path;
	c->path = p;
	unlock(&chans.lk);
	path_put(old);
}

const char *
chan_name(Chan *c)
{
	return c->path ? c->path->s : "";
}

bool
chan_same(const Chan *a, const Chan *b)
{
	return a->servant == b->servant && a->dev == b->dev && a->qid.path == b->qid.path;
}

int
chan_walk1(Chan *c, const Str *name, size_t n, Qid *qid, Chan **out, size_t *nqid)
{
	Chan *nc = chan_new(c->servant);
	int64_t got;

	if (!nc)
		return -Enomem;
	nc->dev = c->dev;
	nc->qid = c->qid;
	got = servant_walk(c, nc, name, n, qid);
	if (got < 0 || (size_t)got < n) {
		chan_free(nc);
		if (got == 0)
			return seterr(Enonexist, NULL);
		*nqid = got < 0 ? 0 : (size_t)got;
		*out = NULL;
		return got < 0 ? (int)got : 0;
	}
	if (n > 0)
		nc->qid = qid[n - 1];
	*nqid = n;
	*out = nc;
	return 0;
}

int
chan_copy(Chan *c, Chan **out)
{
	size_t nqid;
	int rc = chan_walk1(c, NULL, 0, NULL, out, &nqid);

	if (rc == 0)
		chan_path_set(*out, path_get(c->path));
	return rc;
}

Chan *
chan_clone(Chan *c)
{
	Chan *nc;

	return chan_copy(c, &nc) < 0 ? NULL : nc;
}

int
chan_own(Chan **c)
{
	Chan *nc;
	int rc;

	if (atomic_load(&(*c)->ref) == 1 && !(atomic_load(&(*c)->flag) & COPEN) && !(*c)->umh)
		return 0;
	if ((rc = chan_copy(*c, &nc)) < 0)
		return rc;
	chan_put(*c);
	*c = nc;
	return 0;
}

int
open_mode(int omode)
{
	int mode = omode & 3;

	if (omode & ~(3 | OTRUNC | OCEXEC | ORCLOSE | OEXCL))
		return seterr(Ebadmode, NULL);
	return mode == OEXEC ? OREAD : mode;
}

int
chan_open(Chan **cp, int omode)
{
	Chan *c = *cp;
	Chan *other = NULL;
	int mode = open_mode(omode);
	int rc;

	if (mode < 0)
		return mode;
	if ((c->qid.type & QTDIR) && (mode != OREAD || (omode & OTRUNC) || (omode & 3) == OEXEC))
		return seterr(Eisdir, NULL);
	if (c->servant->openchan && !(c->qid.type & QTDIR)) {
		if ((rc = c->servant->openchan(c, omode & ~(OCEXEC | OEXCL), &other)) < 0)
			return rc;
		if (other) {
			chan_put(c);
			*cp = other;
			return 0;
		}
	}
	if ((rc = servant_open(c, omode & ~(OCEXEC | OEXCL))) < 0)
		return rc;
	c->mode = (int16_t)mode;
	c->offset = 0;
	atomic_fetch_or(&c->flag, COPEN | (omode & ORCLOSE ? CRCLOSE : 0));
	return 0;
}

/* ---- directories ---- */

static void
dir_rewind(Chan *c)
{
	chan_put(c->umc);
	c->umc = NULL;
	c->uri = 0;
	c->dri = 0;
	c->devoffset = 0;
}

/* Reads on from one directory. REQUIRES the umlk through which c is reached. */
static int64_t
dir_read1(Chan *c, void *buf, size_t n)
{
	int64_t got = servant_read(c, buf, n, c->devoffset);

	if (got > 0)
		c->devoffset += (uint64_t)got;
	return got;
}

/* The next element that can be opened; false: no more. */
static bool
union_next(Chan *c)
{
	Chan *to;

	while ((to = mhead_nth(c->umh, c->uri))) {
		Chan *nc = chan_clone(to);

		chan_put(to);
		if (nc && chan_open(&nc, OREAD) == 0) {
			c->umc = nc;
			return true;
		}
		chan_put(nc);
		c->uri++;
	}
	return false;
}

/* An element that fails is passed over, so that one dead server hides nothing else. */
static int64_t
union_read(Chan *c, void *buf, size_t n)
{
	while (c->umc || union_next(c)) {
		int64_t got = dir_read1(c->umc, buf, n);

		if (got > 0 || got == -Eintr || got == -Eshort)
			return got;
		chan_put(c->umc);
		c->umc = NULL;
		c->uri++;
	}
	return 0;
}

static uint32_t
le(const uint8_t *p, int n)
{
	uint32_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

/* stat of a file by another name, into buf of n bytes; the size. */
static int64_t
stat_renamed(Chan *c, Str name, uint8_t *buf, size_t n)
{
	uint8_t *raw = malloc(2 * STAT_MAX);
	char *strs = (char *)raw + STAT_MAX;
	char *s = str_dup(name);
	int64_t got = -Enomem;
	Dir d;

	if (raw && s && (got = servant_stat_call(c, raw, STAT_MAX)) >= 0) {
		int rc = dir_unpack(&d, raw, (size_t)got, strs);

		if (rc < 0) {
			got = rc;
		} else {
			d.name = s;
			got = dir_pack(&d, buf, n);
		}
	} else if (got == -Enomem) {
		seterr(Enomem, NULL);
	}
	free(raw);
	free(s);
	return got;
}

/* The file that is mounted upon the one that a directory entry names, or NULL. */
static Chan *
entry_mount(Pgrp *pg, const uint8_t *e)
{
	const Servant *s = servant_find((int)le(e + 2, 2));
	Qid qid = { .type = e[8], .vers = le(e + 9, 4), .path = le(e + 13, 4) | (uint64_t)le(e + 17, 4) << 32 };
	Chan *to = NULL;

	if (!s || !ns_find(pg, s, le(e + 4, 4), &qid, &to, NULL))
		return NULL;
	return to;
}

/*
 * Shows mounted files as they are: an entry that is mounted upon gets the stat
 * of what is there, under its own name. One that does not fit stays as it was.
 */
static size_t
dir_fix_mounts(uint8_t *buf, size_t n, size_t room)
{
	Pgrp *pg = up() ? proc_pgrp(up()) : NULL;
	size_t at = 0;

	while (pg && ns_has_mounts(pg) && n - at >= STAT_FIXED) {
		uint8_t *e = buf + at;
		size_t size = 2 + le(e, 2), len = le(e + 41, 2);
		Chan *to;

		if (size > n - at || len > size - STAT_FIXED + 6)
			break;
		if ((to = entry_mount(pg, e))) {
			uint8_t *fixed = malloc(STAT_MAX);
			int64_t got = fixed ? stat_renamed(to, (Str){ (char *)e + 43, len }, fixed, STAT_MAX) : 0;

			if (got > 0 && n - size + (size_t)got <= room) {
				memmove(e + got, e + size, n - at - size);
				memcpy(e, fixed, (size_t)got);
				n = n - size + (size_t)got;
				size = (size_t)got;
			}
			free(fixed);
			chan_put(to);
		}
		at += size;
	}
	pgrp_put(pg);
	return n;
}

int64_t
chan_dirread(Chan *c, void *buf, size_t n, uint64_t off)
{
	int64_t got;

	qlock(&c->umlk);
	if (off == 0) {
		dir_rewind(c);
		c->offset = 0;
	} else if (off != c->offset) {
		qunlock(&c->umlk);
		return seterr(Ebadoffset, "directory read");
	}
	got = c->umh ? union_read(c, buf, n) : dir_read1(c, buf, n);
	if (got > 0) {
		got = (int64_t)dir_fix_mounts(buf, (size_t)got, n);
		lock(&c->lk);
		c->offset += (uint64_t)got;
		unlock(&c->lk);
	}
	qunlock(&c->umlk);
	return got;
}

int64_t
chan_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	if (c->qid.type & QTDIR)
		return chan_dirread(c, buf, n, off);
	return servant_read(c, buf, n, off);
}

int64_t
chan_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	if (c->qid.type & QTDIR)
		return seterr(Eisdir, NULL);
	return servant_write(c, buf, n, off);
}

int
chan_dir(Chan *c, Dir *d)
{
	uint8_t *buf = malloc(2 * STAT_MAX);
	int64_t n = buf ? servant_stat_call(c, buf, STAT_MAX) : seterr(Enomem, NULL);

	if (n >= 0)
		n = dir_unpack(d, buf, (size_t)n, (char *)buf + STAT_MAX);
	d->name = d->uid = d->gid = d->muid = NULL;
	free(buf);
	return n < 0 ? (int)n : 0;
}

/* As stat(2): a buffer too small for the entry gets its first two bytes, the size. */
int
chan_stat(Chan *c, uint8_t *buf, size_t n)
{
	uint8_t *raw = malloc(STAT_MAX);
	int64_t got;

	if (!raw)
		return seterr(Enomem, NULL);
	if (c->path && c->path->nelem > 0)
		got = stat_renamed(c, path_last(c->path), raw, STAT_MAX);
	else
		got = servant_stat_call(c, raw, STAT_MAX);
	if (got >= 2 && n >= 2) {
		if ((size_t)got > n)
			got = 2;
		memcpy(buf, raw, (size_t)got);
	} else if (got >= 0) {
		got = seterr(Eshort, NULL);
	}
	free(raw);
	return (int)got;
}
