/*
 * lib9/srv_op.c - what the server library does for each 9P request.
 *
 * Each X_start checks what section 5 of the manual says about the request, then
 * calls the server's handler and returns its value; X_done, where there is one,
 * makes a success stick (the fid is open, the fid exists). Both run with the
 * request's fid held.
 * ERRORS  Ebadfid Efidused Enotdir Eisdir Ebadmode Enotopen Ebadoffset Eperm
 *         Elocked Ebadusefd (open twice, walk of an open fid) Enoauth Enovers
 * SEE     section 5 of the manual; tests/unit/srv.c
 */
#include "lib9/srv_impl.h"

enum { STATHDR = 4 + 1 + 2 + 2 };

static uint32_t
iounit(const Srv *s)
{
	return s->priv->msize - IOHDRSZ;
}

/* A later form of 9P ("9P2000.u", "9P2010") is answered with what we speak. */
static bool
version_known(Str v)
{
	uint32_t n = 0;
	size_t i;

	if (v.n < 3 || v.s[0] != '9' || v.s[1] != 'P')
		return false;
	for (i = 2; i < v.n && v.s[i] != '.'; i++) {
		if (v.s[i] < '0' || v.s[i] > '9' || n > 100000)
			return false;
		n = 10 * n + (uint32_t)(v.s[i] - '0');
	}
	return n >= 2000;
}

static int
version_start(Req *r)
{
	Srv *s = r->srv;
	uint32_t most = s->msize_max != 0 ? s->msize_max : MSIZE_MAX;

	if (most > MSIZE_MAX)
		most = MSIZE_MAX;
	if (r->in.msize < MSIZE_MIN)
		return seterr(Eshort, "msize %u", (unsigned)r->in.msize);
	req_orphan_all(s);
	fid_clunk_all(s);
	s->priv->session = version_known(r->in.version);
	s->priv->msize = r->in.msize < most ? r->in.msize : most;
	r->out.msize = s->priv->msize;
	r->out.version = str_of(s->priv->session ? "9P2000" : "unknown");
	return 0;
}

static int
auth_start(Req *r)
{
	USED(r);
	return seterr(Enoauth, NULL);
}

static int
attach_start(Req *r)
{
	int rc;

	if (r->in.afid != NOFID)
		return fid_find(r->srv, r->in.afid) != NULL ? seterr(Enoauth, NULL) : seterr(Ebadfid, NULL);
	if (r->in.uname.n > 0 && (rc = srv_name_check(r->in.uname)) < 0)
		return rc;
	r->fid = fid_new(r->srv, r->in.fid);
	if (r->fid == NULL)
		return -Enomem;
	if ((rc = fid_uid(r->fid, r->in.uname)) < 0)
		return rc;
	if ((rc = fid_insert(r->fid)) < 0)
		return rc;
	r->fid->fresh = true;
	return r->srv->ops->attach(r);
}

static void
attach_done(Req *r, int rc)
{
	if (r->fid == NULL)
		return;
	if (rc < 0) {
		fid_unlink(r->fid);
		return;
	}
	r->fid->fresh = false;
	r->fid->has_aux = true;
	r->fid->root = r->fid->qid.path;
	r->out.qid = r->fid->qid;
}

static int
flush_start(Req *r)
{
	Req *old = req_find(r->srv, r->in.oldtag);

	if (old == NULL)
		return 0; /* answered already, or never asked */
	*old->flushers_end = r;
	old->flushers_end = &r->flush_next;
	return SRV_LATER; /* req_settle asks the server to hurry, once r is kept */
}

/* One step, from a directory. */
static int
walk_step(Fid *f, Str name, Qid *out)
{
	int rc;

	if (!(f->qid.type & QTDIR))
		return seterr(Enotdir, NULL);
	if ((rc = perm_check(f, AEXEC)) < 0)
		return rc;
	if (str_eq(name, "..") && f->qid.path == f->root) {
		*out = f->qid;
		return 0;
	}
	if (!str_eq(name, "..") && (rc = srv_name_check(name)) < 0)
		return rc;
	*out = f->qid;
	rc = f->srv->ops->walk1(f, name, out);
	if (rc < 0)
		return rc;
	f->qid = *out;
	return 0;
}

/* The fid that was walked to takes its number: newfid's, or fid's own. */
static int
walk_commit(Req *r, Fid *f)
{
	if (r->in.newfid == r->in.fid)
		fid_unlink(r->fid);
	return fid_insert(f);
}

static int
walk_start(Req *r)
{
	Fid *f = NULL;
	int rc = 0;

	if (r->fid->omode >= 0 || r->fid->opening)
		return seterr(Ebadusefd, "walk of an open fid");
	if (r->in.newfid == NOFID)
		return seterr(Ebadfid, NULL);
	if (r->in.newfid != r->in.fid && fid_find(r->srv, r->in.newfid) != NULL)
		return seterr(Efidused, NULL);
	f = fid_clone(r->fid, r->in.newfid, &rc);
	if (f == NULL)
		return rc;
	for (r->out.nwqid = 0; r->out.nwqid < r->in.nwname; r->out.nwqid++) {
		rc = walk_step(f, r->in.wname[r->out.nwqid], &r->out.wqid[r->out.nwqid]);
		if (rc < 0)
			break;
	}
	if (rc >= 0)
		rc = walk_commit(r, f);
	else if (r->out.nwqid > 0)
		rc = 0; /* a short walk is not an error, and moves nothing */
	fid_put(f);
	return rc;
}

/* What open may do to this kind of file. */
static int
open_kind(const Req *r, uint8_t qtype, int want)
{
	uint8_t mode = r->in.mode;

	if ((qtype & QTDIR) && ((want & AWRITE) || (mode & (OTRUNC | ORCLOSE))))
		return seterr(Eisdir, NULL);
	if ((qtype & QTEXCL) && fid_excluded(r->srv, r->fid->qid.path))
		return seterr(Elocked, NULL);
	return 0;
}

static int
open_start(Req *r)
{
	int want = mode_access(r->in.mode);
	int rc;

	if (r->fid->omode >= 0 || r->fid->opening)
		return seterr(Ebadusefd, "open of an open fid");
	if (want < 0)
		return want;
	if ((rc = open_kind(r, r->fid->qid.type, want)) < 0)
		return rc;
	if ((rc = perm_check(r->fid, want)) < 0)
		return rc;
	if ((r->in.mode & ORCLOSE) && (rc = perm_parent(r->fid)) < 0)
		return rc;
	if (r->fid->qid.type & QTAPPEND)
		r->in.mode &= (uint8_t)~OTRUNC;
	r->fid->opening = r->opens = true;
	return r->srv->ops->open != NULL ? r->srv->ops->open(r) : 0;
}

static void
open_done(Req *r, int rc)
{
	Fid *f = r->fid;

	if (!r->opens)
		return;
	f->opening = false;
	if (rc < 0)
		return;
	f->omode = r->in.mode;
	f->rclose = (r->in.mode & ORCLOSE) != 0;
	f->dir_offset = 0;
	f->dir_index = 0;
	if (f->qid.type & QTEXCL)
		fid_exclude(f);
	r->out.qid = f->qid;
	if (r->out.iounit == 0 || r->out.iounit > iounit(r->srv))
		r->out.iounit = iounit(r->srv);
}

static int
create_check(const Req *r)
{
	int want = mode_access(r->in.mode);
	int rc;

	if (r->fid->omode >= 0 || r->fid->opening)
		return seterr(Ebadusefd, "create with an open fid");
	if (!(r->fid->qid.type & QTDIR))
		return seterr(Enotdir, NULL);
	if ((rc = srv_name_check(r->in.name)) < 0)
		return rc;
	if (want < 0)
		return want;
	if (r->in.perm & ~(DMDIR | DMAPPEND | DMEXCL | DMTMP | 0777u))
		return seterr(Ebadarg, "create with perm 0%o", (unsigned)r->in.perm);
	if ((r->in.perm & DMDIR) && ((want & AWRITE) || (r->in.mode & ORCLOSE)))
		return seterr(Eisdir, NULL);
	return perm_check(r->fid, AWRITE);
}

static int
create_start(Req *r)
{
	int rc = create_check(r);
	uint32_t mask;
	Dir dir;

	if (rc < 0)
		return rc;
	if (r->srv->ops->create == NULL)
		return seterr(Eperm, NULL);
	if ((rc = fid_stat(r->fid, &dir)) < 0)
		return rc;
	mask = r->in.perm & DMDIR ? 0777 : 0666;
	r->in.perm &= ~mask | (dir.mode & mask);
	r->fid->opening = r->opens = true;
	return r->srv->ops->create(r);
}

/*
 * A directory is read from the beginning or from where the last read ended, in
 * whole entries.
 */
static int
dir_read(Req *r)
{
	Fid *f = r->fid;
	uint32_t room = r->in.count;
	size_t index = f->dir_index;
	int rc = 0;
	Dir d;

	if (r->in.offset != 0 && r->in.offset != f->dir_offset)
		return seterr(Ebadoffset, NULL);
	if (r->in.offset == 0)
		index = 0;
	for (r->out.count = 0;; index++) {
		d = (Dir){ 0 };
		rc = r->srv->ops->dirent(f, index, &d);
		if (rc <= 0)
			break;
		if (dir_size(&d) > room - r->out.count) {
			if (r->out.count == 0 && room > 0)
				rc = seterr(Eshort, NULL);
			break;
		}
		rc = dir_pack(&d, r->data + r->out.count, room - r->out.count);
		if (rc < 0)
			break;
		r->out.count += (uint32_t)rc;
	}
	if (rc < 0 && r->out.count == 0)
		return rc;
	f->dir_index = index;
	f->dir_offset = r->in.offset + r->out.count;
	return 0;
}

/* May fid be read (or written) this way at all? */
static int
io_check(const Req *r, bool writing)
{
	int how = r->fid->omode & 3;

	if (r->fid->omode < 0)
		return seterr(Enotopen, NULL);
	if (writing ? how != OWRITE && how != ORDWR : how == OWRITE)
		return seterr(Ebadusefd, writing ? "not open for writing" : "not open for reading");
	if (r->in.offset > (uint64_t)INT64_MAX - r->in.count)
		return seterr(Ebadoffset, NULL);
	return 0;
}

static int
read_start(Req *r)
{
	const SrvOps *ops = r->srv->ops;
	int rc;

	if (r->in.count > iounit(r->srv))
		r->in.count = iounit(r->srv);
	if ((rc = io_check(r, false)) < 0)
		return rc;
	if ((rc = req_room(r, IOHDRSZ + (size_t)r->in.count)) < 0)
		return rc;
	r->data = r->buf + IOHDRSZ;
	if ((r->fid->qid.type & QTDIR) && ops->dirent != NULL)
		return dir_read(r);
	return ops->read != NULL ? ops->read(r) : seterr(Eperm, NULL);
}

static void
read_done(Req *r, int rc)
{
	if (rc < 0)
		return;
	if (r->out.count > r->in.count)
		panic("%s: read gave %u bytes, asked %u", r->srv->name, (unsigned)r->out.count, (unsigned)r->in.count);
	if (r->out.data != NULL && r->out.data != r->data && r->out.count > 0)
		memmove(r->data, r->out.data, r->out.count);
	r->out.data = r->data;
}

static int
write_start(Req *r)
{
	int rc = io_check(r, true);

	if (rc < 0)
		return rc;
	if (r->fid->qid.type & QTDIR)
		return seterr(Eisdir, NULL);
	return r->srv->ops->write != NULL ? r->srv->ops->write(r) : seterr(Eperm, NULL);
}

static void
write_done(Req *r, int rc)
{
	if (rc >= 0 && r->out.count > r->in.count)
		panic("%s: write took %u bytes of %u", r->srv->name, (unsigned)r->out.count, (unsigned)r->in.count);
}

/* The fid is gone from here on, but the request still holds the file. */
static int
clunk_start(Req *r)
{
	fid_unlink(r->fid);
	return 0;
}

static int
remove_start(Req *r)
{
	int rc;

	r->fid->rclose = false;
	fid_unlink(r->fid);
	if ((rc = perm_parent(r->fid)) < 0)
		return rc;
	return r->srv->ops->remove != NULL ? r->srv->ops->remove(r) : seterr(Eperm, NULL);
}

static int
stat_start(Req *r)
{
	size_t size;
	int rc;
	Dir d;

	if ((rc = fid_stat(r->fid, &d)) < 0)
		return rc;
	size = dir_size(&d);
	if (size > UINT16_MAX || STATHDR + size > r->srv->priv->msize)
		return seterr(Eshort, "stat");
	/* the entry lies behind the place where the reply is packed */
	if ((rc = req_room(r, STATHDR + 2 * size)) < 0)
		return rc;
	rc = dir_pack(&d, r->buf + STATHDR + size, size);
	if (rc < 0)
		return rc;
	r->out.stat = r->buf + STATHDR + size;
	r->out.nstat = (uint16_t)size;
	return 0;
}

static bool
dir_is_null(const Dir *d)
{
	return d->mode == UINT32_MAX && d->atime == UINT32_MAX && d->mtime == UINT32_MAX && d->length == UINT64_MAX &&
	    d->name[0] == '\0' && d->gid[0] == '\0';
}

static int
wstat_start(Req *r)
{
	char *strs = malloc((size_t)r->in.nstat + 1);
	Dir now, d;
	int rc;

	if (strs == NULL)
		return seterr(Enomem, NULL);
	rc = dir_unpack(&d, r->in.stat, r->in.nstat, strs);
	if (rc >= 0 && rc != r->in.nstat)
		rc = seterr(Ebadstat, NULL);
	if (rc >= 0)
		rc = fid_stat(r->fid, &now);
	if (rc >= 0)
		rc = wstat_check(r, &now, &d);
	if (rc >= 0) {
		if (r->srv->ops->wstat != NULL)
			rc = r->srv->ops->wstat(r, &d);
		else
			rc = dir_is_null(&d) ? 0 : seterr(Eperm, NULL);
	}
	free(strs);
	return rc;
}

static const SrvOp ops[Tmax - Tversion] = {
	[Tversion - Tversion] = { version_start, NULL, false },
	[Tauth - Tversion] = { auth_start, NULL, false },
	[Tattach - Tversion] = { attach_start, attach_done, false },
	[Tflush - Tversion] = { flush_start, NULL, false },
	[Twalk - Tversion] = { walk_start, NULL, true },
	[Topen - Tversion] = { open_start, open_done, true },
	[Tcreate - Tversion] = { create_start, open_done, true },
	[Tread - Tversion] = { read_start, read_done, true },
	[Twrite - Tversion] = { write_start, write_done, true },
	[Tclunk - Tversion] = { clunk_start, NULL, true },
	[Tremove - Tversion] = { remove_start, NULL, true },
	[Tstat - Tversion] = { stat_start, NULL, true },
	[Twstat - Tversion] = { wstat_start, NULL, true },
};

const SrvOp *
srv_op_find(uint8_t type)
{
	if (type < Tversion || type >= Tmax || ops[type - Tversion].start == NULL)
		return NULL;
	return &ops[type - Tversion];
}
