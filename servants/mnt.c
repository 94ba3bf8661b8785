/*
 * servants/mnt.c - #M, the mount servant: proxy handles of remote files. Each
 * method becomes a 9P message on the server link (mnt_rpc.c).
 *
 * FILES   those of the servers; #M itself can't be attached to by name
 * ERRORS  the server's own (its text, and the code that errors.def gives it, else
 *         Eremote); Ehungup the server is gone; Emountrpc it talks nonsense;
 *         Eintr a note came
 * LOCKS   mnts.lk guards Chan.mux of links, Mnt.users, Mnt.state; then Mnt.lk
 * REFS    A proxy holds one reference on the link (mchan) and is one of the
 *         link's users; while there are users the Mnt stays.
 * LIMITS  a link: NTAG requests outstanding; names of a walk go 16 at a time
 * SEE     mnt(3), section 5 of the manual; servants/mnt.h
 */
#include "servants/mnt_impl.h"
#include "servants/servants.h"

static struct {
	Lock lk;
	uint32_t last_id;
} mnts = { .lk = LOCK_INIT };

enum { STATHEAD = 2, STAT_TYPE = 2, STAT_DEV = 4 }; /* offsets in a stat */

/* ---- links ---- */

static void
mnt_free(Mnt *m)
{
	if (m == NULL)
		return;
	cache_forget_link(m->id);
	free(m->in);
	free(m);
}

/* The link's Mnt with one more user; *mine: just made, the caller negotiates. */
static Mnt *
mnt_enter(Chan *link, bool *mine)
{
	Mnt *fresh = calloc(1, sizeof *fresh), *m;

	if (fresh == NULL) {
		(void)seterr(Enomem, NULL);
		return NULL;
	}
	atomic_init(&fresh->state, MNT_NEW);
	atomic_init(&fresh->next_fid, 1);
	lock(&mnts.lk);
	*mine = link->mux == NULL;
	if (*mine) {
		fresh->id = ++mnts.last_id;
		link->mux = fresh;
		fresh = NULL;
	}
	m = link->mux;
	m->users++;
	unlock(&mnts.lk);
	mnt_free(fresh);
	return m;
}

static void
mnt_use(Mnt *m)
{
	lock(&mnts.lk);
	m->users++;
	unlock(&mnts.lk);
}

/* One user less. The last one frees it, unless late replies are to be taken. */
static void
mnt_leave(Chan *link, Mnt *m)
{
	bool last;

	lock(&mnts.lk);
	last = --m->users == 0 && mnt_over(m); /* not before: another user may just leave a request */
	if (last && link->mux == m)
		link->mux = NULL;
	unlock(&mnts.lk);
	if (last)
		mnt_free(m);
}

void
mnt_linkclose(Chan *link)
{
	Mnt *m = link->mux;

	if (m == NULL)
		return;
	link->mux = NULL;
	mnt_kill(m, Ehungup, err_text(Ehungup));
	mnt_free(m);
}

static bool
mnt_settled(void *arg)
{
	Mnt *m = arg;

	return atomic_load(&m->state) != MNT_NEW;
}

/* ---- version ---- */

static int
version_take(Mnt *m, const Rpc *r)
{
	if (!str_eq(r->r.version, "9P2000"))
		return seterr(Enovers, "%.*s", (int)(r->r.version.n < 32 ? r->r.version.n : 32), r->r.version.s);
	if (r->r.msize < MSIZE_MIN || r->r.msize > m->msize)
		return seterr(Emountrpc, "msize %u", (unsigned)r->r.msize);
	m->msize = r->r.msize;
	snprintf(m->version, sizeof m->version, "9P2000");
	return 0;
}

static int
version_talk(Mnt *m, Chan *link, uint32_t msize, const char *version)
{
	Rpc *r = rpc_new(Tversion);
	int rc;

	if (r == NULL)
		return -Enomem;
	m->msize = msize == 0 ? MSIZE_DEFAULT : msize < MSIZE_MIN ? MSIZE_MIN : msize > MSIZE_MAX ? MSIZE_MAX : msize;
	r->t.tag = r->tag = NOTAG;
	r->t.msize = m->msize;
	r->t.version = str_of(version != NULL && version[0] != '\0' ? version : "9P2000");
	rc = link_init(m);
	if (rc >= 0)
		rc = mnt_rpc(m, link, r);
	if (rc >= 0)
		rc = version_take(m, r);
	rpc_put(r);
	return rc;
}

/* The link's Mnt, ready to be used, with one more user. */
static int
mnt_of(Chan *link, uint32_t msize, const char *version, Mnt **out)
{
	bool mine = false;
	Mnt *m = NULL;
	int rc;

	if (!(atomic_load(&link->flag) & COPEN) || link->mode != ORDWR)
		return seterr(Ebadusefd, "server link must be open for reading and writing");
	m = mnt_enter(link, &mine);
	if (m == NULL)
		return -Enomem;
	if (mine) {
		atomic_fetch_or(&link->flag, CMSG);
		rc = version_talk(m, link, msize, version);
		if (rc < 0)
			mnt_kill(m, rc, err_reason());
		lock(&mnts.lk);
		atomic_store(&m->state, rc < 0 ? MNT_FAILED : MNT_READY);
		if (rc < 0)
			link->mux = NULL; /* the next one may try again */
		unlock(&mnts.lk);
		rendez_wakeup(&m->ready);
	} else {
		rc = rendez_sleep(&m->ready, mnt_settled, m, -1);
		if (rc >= 0 && atomic_load(&m->state) == MNT_FAILED)
			rc = seterr(Ehungup, NULL);
	}
	if (rc < 0) {
		mnt_leave(link, m);
		return rc;
	}
	*out = m;
	return 0;
}

int
mnt_version(Chan *link, uint32_t msize, const char *version, char *out, size_t n)
{
	Mnt *m = NULL;
	int rc = mnt_of(link, msize, version, &m);
	size_t len;

	if (rc < 0)
		return rc;
	len = strlen(m->version);
	if (n <= len) {
		rc = seterr(Eshort, NULL);
	} else {
		memcpy(out, m->version, len + 1);
		rc = (int)len;
	}
	lock(&mnts.lk);
	m->users--; /* stays for the mount that follows */
	unlock(&mnts.lk);
	return rc;
}

/* ---- proxies ---- */

static uint32_t
fid_next(Mnt *m)
{
	uint32_t fid;

	do
		fid = atomic_fetch_add(&m->next_fid, 1);
	while (fid == NOFID);
	return fid;
}

/* A proxy's Mnt is its link's: Chan.mux of a proxy would be that of a link which
 * is itself a remote file. */
static Mnt *
mnt_check(const Chan *c, int *rc)
{
	if (c->mchan == NULL || c->fid == NOFID) {
		*rc = seterr(Ebadfid, "#M");
		return NULL;
	}
	return c->mchan->mux;
}

/* Makes c a proxy of fid. */
static void
proxy_init(Chan *c, Chan *link, Mnt *m, uint32_t fid)
{
	mnt_use(m);
	c->dev = m->id;
	c->fid = fid;
	c->mchan = chan_get(link);
}

/* A request about c's file. *out: the reply, to be put; untouched on errors. */
static int
proxy_rpc(Chan *c, Rpc *r, Rpc **out)
{
	int rc = 0;
	Mnt *m = mnt_check(c, &rc);

	if (m != NULL) {
		r->t.fid = c->fid;
		rc = mnt_rpc(m, c->mchan, r);
	}
	if (rc < 0 || out == NULL)
		rpc_put(r);
	else
		*out = r;
	return rc;
}

static int
proxy_call(Chan *c, uint8_t type)
{
	Rpc *r = rpc_new(type);

	return r == NULL ? -Enomem : proxy_rpc(c, r, NULL);
}

static int
proxy_new(Chan *link, Mnt *m, Rpc *r, Chan **out)
{
	Chan *c = chan_new(&servant_mnt);
	int rc;

	if (c == NULL)
		return -Enomem;
	rc = mnt_rpc(m, link, r);
	if (rc < 0) {
		c->fid = NOFID;
		chan_put(c);
		return rc;
	}
	proxy_init(c, link, m, r->t.type == Tauth ? r->t.afid : r->t.fid);
	*out = c;
	return 0;
}

int
mnt_auth(Chan *link, const char *uname, const char *aname, Chan **out)
{
	Rpc *r = NULL;
	Chan *c = NULL;
	Mnt *m = NULL;
	int rc = mnt_of(link, 0, NULL, &m);

	if (rc < 0)
		return rc;
	r = rpc_new(Tauth);
	rc = -Enomem;
	if (r != NULL) {
		r->t.afid = fid_next(m);
		r->t.uname = str_of(uname);
		r->t.aname = str_of(aname);
		rc = proxy_new(link, m, r, &c);
	}
	if (rc >= 0) {
		c->qid = c->mqid = r->r.aqid;
		c->mode = ORDWR;
		c->iounit = m->msize - IOHDRSZ;
		atomic_fetch_or(&c->flag, COPEN);
		*out = c;
	}
	rpc_put(r);
	mnt_leave(link, m);
	return rc;
}

int
mnt_attach(Chan *link, Chan *auth, const char *uname, const char *aname, int flag, Chan **out)
{
	Rpc *r = NULL;
	Chan *c = NULL;
	Mnt *m = NULL;
	int rc = mnt_of(link, 0, NULL, &m);

	if (rc < 0)
		return rc;
	if (auth != NULL && (auth->servant != &servant_mnt || auth->mchan != link))
		rc = seterr(Ebadusefd, "authentication file of another link");
	if (rc >= 0 && (r = rpc_new(Tattach)) == NULL)
		rc = -Enomem;
	if (rc >= 0) {
		r->t.fid = fid_next(m);
		r->t.afid = auth != NULL ? auth->fid : NOFID;
		r->t.uname = str_of(uname);
		r->t.aname = str_of(aname);
		rc = proxy_new(link, m, r, &c);
	}
	if (rc >= 0) {
		c->qid = c->mqid = r->r.qid;
		atomic_store(&c->flag, flag & MCACHE ? CCACHE : 0);
		*out = c;
	}
	rpc_put(r);
	mnt_leave(link, m);
	return rc;
}

/* ---- methods ---- */

static int
mnt_byname(const char *spec, Chan **out)
{
	USED(spec);
	USED(out);
	return seterr(Enoattach, NULL);
}

/* The server forgets fid; nobody hears whether that worked. */
static void
fid_clunk(Mnt *m, Chan *link, uint32_t fid)
{
	enum { TRIES = 2 }; /* a note may come before the first is sent */
	int rc = -Eintr;

	for (int i = 0; i < TRIES && rc == -Eintr; i++) {
		Rpc *r = rpc_new(Tclunk);

		if (r == NULL)
			return;
		r->t.fid = fid;
		rc = up_killed() ? mnt_post(m, link, r) : mnt_rpc(m, link, r);
		rpc_put(r);
	}
}

/* One Twalk of at most 16 names; the number walked. */
static int
walk_some(Chan *c, Mnt *m, uint32_t fid, uint32_t newfid, const Str *name, size_t n, Qid *qid)
{
	Rpc *r = rpc_new(Twalk);
	int rc;

	if (r == NULL)
		return -Enomem;
	r->t.fid = fid;
	r->t.newfid = newfid;
	r->t.nwname = (uint16_t)n;
	for (size_t i = 0; i < n; i++)
		r->t.wname[i] = name[i];
	rc = mnt_rpc(m, c->mchan, r);
	if (rc >= 0 && (r->r.nwqid > n || (r->r.nwqid == 0 && n > 0)))
		rc = seterr(Emountrpc, "walk of %zu names gave %u", n, r->r.nwqid);
	if (rc >= 0) {
		for (size_t i = 0; i < r->r.nwqid; i++)
			qid[i] = r->r.wqid[i];
		rc = r->r.nwqid;
	}
	rpc_put(r);
	return rc;
}

static int64_t
mnt_walk(Chan *c, Chan *nc, const Str *name, size_t n, Qid *qid)
{
	size_t done = 0;
	int rc = 0;
	Mnt *m = mnt_check(c, &rc);
	uint32_t newfid, from;

	if (m == NULL)
		return rc;
	from = c->fid;
	newfid = fid_next(m);
	do {
		size_t part = n - done < MAXWELEM ? n - done : MAXWELEM;

		rc = walk_some(c, m, from, newfid, name + done, part, qid + done);
		if (rc < 0 && from == c->fid)
			return rc;
		if (rc > 0)
			done += (size_t)rc;
		if (rc < 0 || (size_t)rc < part) {
			if (from == newfid)
				fid_clunk(m, c->mchan, newfid);
			return (int64_t)done;
		}
		from = newfid;
	} while (done < n);
	proxy_init(nc, c->mchan, m, newfid);
	nc->mqid = c->mqid;
	atomic_fetch_or(&nc->flag, atomic_load(&c->flag) & CCACHE);
	return (int64_t)done;
}

/*
 * Whoever gets a stat knows files by servant and device: the server's own type
 * and dev are replaced. p has n bytes; the size of the entry, or -Ebadstat.
 */
static int
stat_fix(const Chan *c, uint8_t *p, size_t n, char *strs)
{
	Dir d;
	int size = dir_unpack(&d, p, n, strs);

	if (size < 0)
		return size;
	p[STAT_TYPE] = (uint8_t)servant_mnt.dc;
	p[STAT_TYPE + 1] = 0;
	for (int i = 0; i < 4; i++)
		p[STAT_DEV + i] = (uint8_t)(c->dev >> 8 * i);
	return size;
}

static int64_t
mnt_stat(Chan *c, uint8_t *buf, size_t n)
{
	Rpc *r = rpc_new(Tstat);
	char *strs = NULL;
	int rc;

	if (r == NULL)
		return -Enomem;
	rc = proxy_rpc(c, r, &r);
	if (rc < 0)
		return rc;
	if (r->r.nstat > n) {
		rc = seterr(Eshort, NULL);
	} else if ((strs = malloc((size_t)r->r.nstat + 1)) == NULL) {
		rc = seterr(Enomem, NULL);
	} else {
		memcpy(buf, r->r.stat, r->r.nstat);
		rc = stat_fix(c, buf, r->r.nstat, strs);
		if (rc >= 0 && rc != r->r.nstat)
			rc = seterr(Ebadstat, NULL);
	}
	free(strs);
	rpc_put(r);
	return rc;
}

static void
open_take(Chan *c, const Fcall *f)
{
	uint32_t most = c->mchan->mux->msize - IOHDRSZ;

	c->qid = f->qid;
	c->iounit = f->iounit != 0 && f->iounit < most ? f->iounit : most;
}

static int
mnt_open(Chan *c, int omode)
{
	Rpc *r = rpc_new(Topen);
	int rc;

	if (r == NULL)
		return -Enomem;
	r->t.mode = (uint8_t)omode;
	rc = proxy_rpc(c, r, &r);
	if (rc < 0)
		return rc;
	open_take(c, &r->r);
	rpc_put(r);
	if (omode & OTRUNC)
		cache_forget(c);
	c->aux = cache_open(c);
	return 0;
}

static int
mnt_create(Chan *c, Str name, int omode, uint32_t perm)
{
	Rpc *r = rpc_new(Tcreate);
	int rc;

	if (r == NULL)
		return -Enomem;
	r->t.name = name;
	r->t.mode = (uint8_t)omode;
	r->t.perm = perm;
	rc = proxy_rpc(c, r, &r);
	if (rc < 0)
		return rc;
	open_take(c, &r->r);
	rpc_put(r);
	cache_forget(c); /* another file may have had that qid */
	c->aux = cache_open(c);
	return 0;
}

static void
mnt_close(Chan *c)
{
	Chan *link = c->mchan;
	Mnt *m = NULL;

	if (link == NULL)
		return;
	m = link->mux;
	cache_close(c->aux);
	c->aux = NULL;
	if (c->fid != NOFID)
		fid_clunk(m, link, c->fid);
	c->mchan = NULL;
	mnt_leave(link, m);
	chan_put(link);
}

static uint32_t
piece(const Chan *c, size_t n)
{
	uint32_t most = c->iounit != 0 ? c->iounit : c->mchan->mux->msize - IOHDRSZ;

	return n < most ? (uint32_t)n : most;
}

/* One Tread: the count. */
static int64_t
read_some(Chan *c, uint8_t *buf, size_t n, uint64_t off)
{
	Rpc *r = rpc_new(Tread);
	int64_t rc;

	if (r == NULL)
		return -Enomem;
	r->t.offset = off;
	r->t.count = piece(c, n);
	r->data = buf;
	rc = proxy_rpc(c, r, &r);
	if (rc < 0)
		return rc;
	rc = r->r.count;
	rpc_put(r);
	return rc;
}

static int64_t
dir_fix(const Chan *c, uint8_t *buf, size_t n)
{
	char *strs = malloc(n + 1);
	int rc = 0;

	if (strs == NULL)
		return seterr(Enomem, NULL);
	for (size_t at = 0; at < n && rc >= 0; at += (size_t)rc) {
		rc = stat_fix(c, buf + at, n - at, strs);
		if (rc < 0)
			break;
	}
	free(strs);
	return rc < 0 ? rc : (int64_t)n;
}

/* What is kept of the file first, the rest from the server. Splits what is longer
 * than a message; a short reply ends it. */
static int64_t
mnt_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	uint8_t *to = buf;
	size_t done = 0, kept;
	uint32_t gen = 0;
	int64_t rc = 0;

	if (mnt_check(c, &(int){ 0 }) == NULL)
		return -Ebadfid;
	if (c->qid.type & QTDIR) {
		rc = read_some(c, to, n, off);
		return rc <= 0 ? rc : dir_fix(c, to, (size_t)rc);
	}
	kept = done = cache_read(c->aux, buf, n, off, &gen);
	if (n > 0 && done == n)
		return (int64_t)n;
	do {
		uint32_t part = piece(c, n - done);

		rc = read_some(c, to + done, part, off + done);
		if (rc > 0)
			done += (size_t)rc;
		if (rc < (int64_t)part)
			break;
	} while (done < n);
	cache_fill(c->aux, gen, to + kept, done - kept, off + kept);
	return rc < 0 && done == 0 ? rc : (int64_t)done;
}

static int64_t
write_some(Chan *c, const uint8_t *buf, uint32_t n, uint64_t off)
{
	Rpc *r = rpc_new(Twrite);
	int64_t rc;

	if (r == NULL)
		return -Enomem;
	r->t.offset = off;
	r->t.count = n;
	r->t.data = buf;
	rc = proxy_rpc(c, r, &r);
	if (rc < 0)
		return rc;
	rc = r->r.count;
	rpc_put(r);
	return rc > n ? seterr(Emountrpc, "write took too much") : rc;
}

static int64_t
mnt_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	const uint8_t *from = buf;
	size_t done = 0;
	int64_t rc = 0;

	if (mnt_check(c, &(int){ 0 }) == NULL)
		return -Ebadfid;
	do {
		uint32_t part = piece(c, n - done), gen = cache_write(c->aux);

		rc = write_some(c, from + done, part, off + done);
		cache_written(c->aux, gen, from + done, rc, off + done);
		if (rc > 0)
			done += (size_t)rc;
		if (rc < (int64_t)part)
			break;
	} while (done < n);
	/* an error behind a part that went well: a short count would hide its reason */
	return rc < 0 ? rc : (int64_t)done;
}

/* The fid is gone, whatever the answer. */
static int
mnt_remove(Chan *c)
{
	int rc = proxy_call(c, Tremove);

	cache_forget(c);
	if (rc != -Eintr)
		c->fid = NOFID;
	return rc;
}

static int
mnt_wstat(Chan *c, const uint8_t *buf, size_t n)
{
	Rpc *r = NULL;
	int rc;

	if (n > UINT16_MAX)
		return seterr(Ebadstat, NULL);
	r = rpc_new(Twstat);
	if (r == NULL)
		return -Enomem;
	r->t.stat = buf;
	r->t.nstat = (uint16_t)n;
	rc = proxy_rpc(c, r, NULL);
	cache_forget(c); /* it may be shorter now */
	return rc;
}

const Servant servant_mnt = {
	.dc = 'M', .name = "mnt",
	.attach = mnt_byname,
	.walk = mnt_walk,
	.stat = mnt_stat,
	.open = mnt_open,
	.create = mnt_create,
	.close = mnt_close,
	.read = mnt_read,
	.write = mnt_write,
	.remove = mnt_remove,
	.wstat = mnt_wstat,
};
