/*
 * namec.c - from a name to a handle, in the name space of up().
 *
 * The walk's invariant: w->path names w->c. w->c is the file as its directory
 * has it, before mounts, unless w->crossed says that the walk has just gone
 * through a mount point; ".." therefore always leaves what the name entered.
 * Elements go to the servant as many at a time as can't be mounted upon, and
 * mount points among them are found by the qids that come back.
 *
 * ERRORS the name, shortened, stands before the reason
 * SEE    Plan 9 "lexical names": ".." removes the name's last element
 */
#include "core/core_impl.h"
#include "core/servant_impl.h"

typedef struct Walk Walk;
struct Walk {
	Chan *c;              /* owned */
	Path *path;           /* owned */
	Mhead *mh;            /* owned: the union whose first element c is, or NULL */
	Pgrp *pg;             /* owned */
	bool nomount;         /* a name that begins with # */
	bool crossed;
};

static void
walk_end(Walk *w)
{
	chan_put(w->c);
	path_put(w->path);
	mhead_put(w->mh);
	pgrp_put(w->pg);
	*w = (Walk){ 0 };
}

static void
walk_move(Walk *w, Chan *c, Mhead *mh)
{
	chan_put(w->c);
	mhead_put(w->mh);
	w->c = c;
	w->mh = mh;
}

/* If something is mounted upon c, goes there. */
static int
walk_cross(Walk *w)
{
	Chan *to;
	Mhead *mh;
	int rc;

	if (w->nomount || w->crossed || !ns_find(w->pg, w->c->servant, w->c->dev, &w->c->qid, &to, &mh))
		return 0;
	if ((rc = path_mark(&w->path, mh->from)) < 0) {
		chan_put(to);
		mhead_put(mh);
		return rc;
	}
	walk_move(w, to, mh);
	w->crossed = true;
	return 0;
}

static int
walk_up(Walk *w)
{
	Str up_one = str_of("..");
	Chan *nc, *under;
	size_t nqid;
	Qid qid;
	int rc;

	if ((rc = chan_walk1(w->c, &up_one, 1, &qid, &nc, &nqid)) < 0)
		return rc;
	if ((rc = path_add(&w->path, up_one)) < 0) {
		chan_put(nc);
		return rc;
	}
	under = w->path->nelem ? path_unmark(w->path) : w->nomount ? NULL : proc_slash(up());
	if (under) {
		chan_put(nc);
		nc = under;
	}
	walk_move(w, nc, NULL);
	w->crossed = false;
	return 0;
}

/* Walks the names from c, or from another element of the union. */
static int
walk_union(Walk *w, const Str *name, size_t n, Qid *qid, Chan **at, Chan **nc, size_t *nqid)
{
	int rc = chan_walk1(w->c, name, n, qid, nc, nqid);
	Uthread saved;
	Chan *to;

	*at = chan_get(w->c);
	if (rc == 0 || !w->mh)
		return rc;
	memcpy(&saved, uthread_self(), sizeof saved);
	for (size_t i = 1; rc < 0 && rc != -Eintr && (to = mhead_nth(w->mh, i)); i++) {
		int other = chan_walk1(to, name, n, qid, nc, nqid);

		if (other == 0) {
			chan_put(*at);
			*at = to;
			return 0;
		}
		chan_put(to);
	}
	err_set(saved.errcode, saved.err);
	return rc;
}

/* The first of the n qids, the last one aside, that is mounted upon; n: none. */
static size_t
walk_mounted(Walk *w, Chan *at, const Qid *qid, size_t n, size_t last, Chan **to, Mhead **mh)
{
	for (size_t i = 0; !w->nomount && i < n && i != last; i++)
		if (ns_find(w->pg, at->servant, at->dev, &qid[i], to, mh))
			return i;
	return n;
}

/* One step: up to MAXWELEM names without "..". Sets *done. */
static int
walk_down(Walk *w, const Str *name, size_t n, size_t *done)
{
	Qid qid[MAXWELEM];
	Chan *at = NULL, *nc = NULL, *to = NULL;
	Mhead *mh = NULL;
	size_t nqid = 0, hit, count;
	int rc;

	if ((rc = walk_cross(w)) < 0)
		return rc;
	w->crossed = false;
	if ((rc = walk_union(w, name, n, qid, &at, &nc, &nqid)) < 0) {
		chan_put(at);
		return rc;
	}
	hit = walk_mounted(w, at, qid, nqid, n - 1, &to, &mh);
	if (hit == nqid && !nc)
		rc = seterr(qid[nqid - 1].type & QTDIR ? Enonexist : Enotdir, NULL);
	count = hit < nqid ? hit + 1 : n;
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = path_add(&w->path, name[i]);
	if (rc == 0 && mh)
		rc = path_mark(&w->path, mh->from);
	chan_put(at);
	if (rc < 0 || mh)
		chan_put(nc);
	if (rc < 0) {
		chan_put(to);
		mhead_put(mh);
		return rc;
	}
	walk_move(w, mh ? to : nc, mh);
	w->crossed = mh != NULL;
	*done = count;
	return 0;
}

static int
walk_names(Walk *w, const Str *name, size_t n)
{
	size_t i = 0;

	while (i < n) {
		size_t run = 0, done = 1;
		int rc;

		if (!(w->c->qid.type & QTDIR))
			return seterr(Enotdir, NULL);
		while (i + run < n && run < MAXWELEM && !str_eq(name[i + run], ".."))
			run++;
		rc = run == 0 ? walk_up(w) : walk_down(w, name + i, run, &done);
		if (rc < 0)
			return rc;
		i += done;
	}
	return 0;
}

/* ---- where a name begins ---- */

static int
start_sharp(Str *name, Walk *w)
{
	char spec[256];
	size_t n = 1;
	const Servant *s;
	Rune r;
	int rc;

	if (name->n < 2)
		return seterr(Ebadspec, NULL);
	n += (size_t)chartorune(&r, name->s + 1);
	size_t start = n;
	while (n < name->n && name->s[n] != '/')
		n++;
	if (n > name->n || n - start >= sizeof spec)
		return seterr(Ebadname, "device specifier too long");
	memcpy(spec, name->s + start, n - start);
	spec[n - start] = '\0';
	if (!(s = servant_find((int)r)))
		return seterr(Ebadspec, NULL);
	if (!servant_allowed(w->pg, (int)r))
		return seterr(Enoattach, NULL);
	if ((rc = servant_attach_call(s, spec, &w->c)) < 0)
		return rc;
	if (!(w->path = path_new((Str){ name->s, n })))
		return seterr(Enomem, NULL);
	w->nomount = true;
	*name = (Str){ name->s + n, name->n - n };
	return 0;
}

static int
walk_start(Str *name, Walk *w)
{
	Proc *p = up();

	*w = (Walk){ 0 };
	if (!p || !(w->pg = proc_pgrp(p)))
		return seterr(Eprocdied, "no name space");
	if (name->s[0] == '#')
		return start_sharp(name, w);
	w->c = name->s[0] == '/' ? proc_slash(p) : proc_dot(p);
	if (!w->c)
		return seterr(Eprocdied, "no name space");
	w->path = path_get(w->c->path);
	return 0;
}

/* ---- what is done at the end of the walk ---- */

/* Makes w->c a handle of our own that bears its path. */
static int
walk_own(Walk *w)
{
	int rc = chan_own(&w->c);

	if (rc < 0)
		return rc;
	chan_path_set(w->c, path_get(w->path));
	return 0;
}

static int
end_open(Walk *w, int omode)
{
	int rc;

	if ((rc = walk_cross(w)) < 0 || (rc = walk_own(w)) < 0)
		return rc;
	if (w->mh && mhead_is_union(w->mh) && (w->c->qid.type & QTDIR)) {
		w->c->umh = w->mh;
		w->mh = NULL;
	}
	return chan_open(&w->c, omode);
}

static int
end_bind(Walk *w)
{
	int rc;

	if ((rc = walk_cross(w)) < 0 || (rc = walk_own(w)) < 0)
		return rc;
	w->c->umh = w->mh;
	w->mh = NULL;
	return 0;
}

/* The directory in which a file is created: of a union, the element that says so. */
static int
create_dir(Walk *w)
{
	int rc;
	Chan *c;

	if ((rc = walk_cross(w)) < 0)
		return rc;
	if (w->mh) {
		if ((rc = mhead_create_dir(w->mh, &c)) < 0)
			return rc;
		walk_move(w, c, NULL);
	}
	return walk_own(w);
}

/* A file that exists already is truncated and opened, unless OEXCL. 1: it does not exist. */
static int
create_existing(Walk *w, Str last, int omode, uint32_t perm)
{
	Walk v = { .c = chan_get(w->c), .path = path_get(w->path), .pg = pgrp_get(w->pg), .nomount = w->nomount,
		.crossed = w->crossed, .mh = w->mh ? mhead_get(w->mh) : NULL };
	int rc = walk_names(&v, &last, 1);

	if (rc < 0) {
		walk_end(&v);
		return rc == -Enonexist ? 1 : rc;
	}
	if ((omode & OEXCL) || (perm & DMDIR))
		rc = seterr(Eexist, NULL);
	else
		rc = end_open(&v, omode | OTRUNC);
	if (rc == 0) {
		Walk old = *w;

		*w = v;
		v = old;
	}
	walk_end(&v);
	return rc;
}

static int
create_new(Walk *w, Str last, int omode, uint32_t perm)
{
	int mode = open_mode(omode);
	int rc;

	if (mode < 0)
		return mode;
	if (str_eq(last, ".."))
		return seterr(Eexist, NULL);
	if ((rc = create_dir(w)) < 0)
		return rc;
	if ((rc = servant_create(w->c, last, omode & ~(OCEXEC | OEXCL), perm)) < 0)
		return rc;
	w->c->mode = (int16_t)mode;
	w->c->offset = 0;
	atomic_fetch_or(&w->c->flag, COPEN | (omode & ORCLOSE ? CRCLOSE : 0));
	if ((rc = path_add(&w->path, last)) < 0)
		return rc;
	chan_path_set(w->c, path_get(w->path));
	return 0;
}

static int
end_create(Walk *w, Str last, int omode, uint32_t perm)
{
	int rc = create_existing(w, last, omode, perm);

	if (rc != 1)
		return rc;
	rc = create_new(w, last, omode, perm);
	if (rc == -Eexist && !(omode & OEXCL)) /* somebody else was faster */
		rc = create_existing(w, last, omode, perm);
	return rc == 1 ? seterr(Enonexist, NULL) : rc;
}

static int
end_walk(Walk *w, enum Access how, int omode)
{
	int rc;

	switch (how) {
	case Amount:
		return walk_own(w);
	case Atodir:
		if (!(w->c->qid.type & QTDIR))
			return seterr(Enotdir, NULL);
		return walk_own(w);
	case Abind:
		return end_bind(w);
	case Aopen:
		return end_open(w, omode);
	case Aremove:
		if ((rc = walk_cross(w)) == 0 && w->mh)
			return seterr(Einuse, "is a mount point");
		return rc < 0 ? rc : walk_own(w);
	default:
		rc = walk_cross(w);
		return rc < 0 ? rc : walk_own(w);
	}
}

/*
 * Puts the name before the reason; a reason that says no more than its code is
 * not kept. The code's own text stays whole: a server's client knows it by that.
 */
static int
name_error(int rc, Str name)
{
	char why[ERRMAX];
	size_t nwhy, ntext = strlen(err_text(rc));
	size_t show = name.n < 60 ? name.n : 60;
	const char *s = name.s + name.n - show;
	const char *dots = show < name.n ? "..." : "";

	while (show && show < name.n && ((uint8_t)*s & 0xC0) == 0x80) {
		s++;
		show--;
	}
	if (rc == -Enonexist || rc == -Enotdir || rc == -Eisdir)
		return seterr(-rc, "%s%.*s", dots, (int)show, s);
	nwhy = strlen(err_reason());
	if (err_code(err_reason()) == -rc && nwhy > ntext + 2)
		return seterr(-rc, "%s%.*s: %.*s", dots, (int)show, s, (int)(nwhy - ntext - 2), err_reason());
	snprintf(why, sizeof why, "%s%.*s: %.60s", dots, (int)show, s, err_reason());
	return err_set(-rc, why);
}

static int
namec(Str name, enum Access how, int omode, uint32_t perm, Chan **out)
{
	Str *elem = NULL;
	size_t n = 0;
	bool dir = false;
	Str rest = name;
	Walk w;
	int rc;

	if ((rc = walk_start(&rest, &w)) < 0 || (rc = name_split(rest, &elem, &n, &dir)) < 0)
		goto out;
	if (how == Acreate) {
		rc = n == 0 ? seterr(Eexist, NULL) : dir && !(perm & DMDIR) ? seterr(Eisdir, "create") : 0;
		if (rc < 0 || (rc = walk_names(&w, elem, n - 1)) < 0)
			goto out;
		if (!(w.c->qid.type & QTDIR)) {
			rc = seterr(Enotdir, NULL);
			goto out;
		}
		rc = end_create(&w, elem[n - 1], omode, perm);
	} else if ((rc = walk_names(&w, elem, n)) == 0) {
		if (dir && n > 0 && !(w.c->qid.type & QTDIR))
			rc = seterr(Enotdir, NULL);
		else
			rc = end_walk(&w, how, omode);
	}
	if (rc == 0) {
		*out = w.c;
		w.c = NULL;
	}
out:
	free(elem);
	walk_end(&w);
	return rc;
}

int
chan_namec(Str name, enum Access how, int omode, uint32_t perm, Chan **out)
{
	int rc = name_check(name, true);

	if (rc < 0)
		return rc;
	rc = namec(name, how, omode, perm, out);
	return rc < 0 ? name_error(rc, name) : 0;
}
