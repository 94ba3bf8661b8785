/*
 * sysfile.c - the system calls on files and name spaces: section 2 of the Plan 9
 * manual. Arguments: lib9/sysmsg.h.
 */
#include "core/core_impl.h"
#include "core/servant_impl.h"
#include "servants/servants.h"
#include "servants/mnt.h"

static int
arg_fd(const Request *r, int i)
{
	return (int)(uint32_t)r->arg[i];
}

static size_t
arg_size(const Request *r, int i)
{
	return r->arg[i] < SYS_IOMAX ? r->arg[i] : SYS_IOMAX;
}

/* A handle that a call has made becomes a descriptor, or goes. */
static int64_t
fd_give(Chan *c, int omode)
{
	Fgrp *f = proc_fgrp(up());
	int fd = f ? fd_new(f, c, 0, omode & OCEXEC ? CCEXEC : 0) : seterr(Eprocdied, NULL);

	fgrp_put(f);
	if (fd < 0)
		chan_put(c);
	return fd;
}

int64_t
sys_open(Request *r)
{
	int omode = (int)r->arg[0];
	size_t at = 0;
	Chan *c;
	Str name;
	int rc;

	if ((rc = in_str(r, &at, &name)) < 0 || (rc = chan_namec(name, Aopen, omode, 0, &c)) < 0)
		return rc;
	return fd_give(c, omode);
}

int64_t
sys_create(Request *r)
{
	int omode = (int)r->arg[0];
	size_t at = 0;
	Chan *c;
	Str name;
	int rc;

	if ((rc = in_str(r, &at, &name)) < 0 || (rc = chan_namec(name, Acreate, omode, (uint32_t)r->arg[1], &c)) < 0)
		return rc;
	return fd_give(c, omode);
}

int64_t
sys_close(Request *r)
{
	Fgrp *f = proc_fgrp(up());
	int rc = f ? fd_close(f, arg_fd(r, 0)) : seterr(Eprocdied, NULL);

	fgrp_put(f);
	return rc;
}

/* The call's file stays with the request while it has yielded. */
static void
call_chan_put(Request *r)
{
	Chan *c = r->chan;

	r->chan = NULL;
	chan_put(c);
}

static int64_t
read_at(Chan *c, Request *r, uint8_t *buf, size_t n)
{
	int64_t off = arg64(r, 2);
	bool own = off == -1;
	int64_t got;

	if (off < -1)
		return seterr(Ebadoffset, NULL);
	if (own) {
		lock(&c->lk);
		off = (int64_t)c->offset;
		unlock(&c->lk);
	}
	got = chan_read(c, buf, n, (uint64_t)off);
	if (got > (int64_t)n)
		panic("#%c: read of %zu bytes gave %" PRId64, c->servant->dc, n, got);
	if (got > 0 && own && !(c->qid.type & QTDIR)) {
		lock(&c->lk);
		c->offset = (uint64_t)(off + got);
		unlock(&c->lk);
	}
	return got;
}

int64_t
sys_pread(Request *r)
{
	size_t n = arg_size(r, 1);
	int64_t got;
	uint8_t *buf;
	int rc;

	if (!r->chan && !(r->chan = fd_chan(arg_fd(r, 0), OREAD, &rc)))
		return rc;
	got = (buf = out_buffer(n)) ? read_at(r->chan, r, buf, n) : -Enomem;
	if (got == -Eyield)
		return SYS_YIELDED;
	if (TRACING_ANY)
		trace_read(r, r->chan, buf, got);
	call_chan_put(r);
	if (got > 0) {
		r->out = buf;
		r->nout = (size_t)got;
	}
	return got;
}

/* At the descriptor's offset: the place is claimed before, so that writers don't overlap. */
int64_t
sys_pwrite(Request *r)
{
	size_t n = r->nin;
	int64_t off = arg64(r, 2), got;
	bool own = off == -1;
	Chan *c;
	int rc;

	if (r->arg[1] != n)
		return seterr(Ebadarg, "write: size");
	if (off < -1)
		return seterr(Ebadoffset, NULL);
	if (!r->chan && !(r->chan = fd_chan(arg_fd(r, 0), OWRITE, &rc)))
		return rc;
	c = r->chan;
	if (TRACING_ANY)
		trace_write(r, c);
	if (own) {
		lock(&c->lk);
		off = (int64_t)c->offset;
		c->offset += n;
		unlock(&c->lk);
	}
	got = chan_write(c, r->in, n, (uint64_t)off);
	if (own && got != (int64_t)n) {
		lock(&c->lk);
		c->offset -= n - (got > 0 ? (size_t)got : 0);
		unlock(&c->lk);
	}
	if (got == -Eyield)
		return SYS_YIELDED;
	call_chan_put(r);
	return got;
}

static int64_t
seek_to(Chan *c, int64_t off, unsigned type)
{
	Dir d = { .length = 0 };
	uint64_t base;
	int64_t to;
	int rc;

	if (type > 2)
		return seterr(Ebadarg, "seek");
	if ((c->qid.type & QTDIR) && (type == 2 || (type == 0 && off != 0) || (type == 1 && off != 0)))
		return seterr(Ebadoffset, "seek in a directory");
	if (type == 2 && (rc = chan_dir(c, &d)) < 0)
		return rc;
	lock(&c->lk);
	base = type == 1 ? c->offset : d.length;
	to = (off >= 0 && (int64_t)base > INT64_MAX - off) ? -1 : (int64_t)base + off;
	if (to >= 0)
		c->offset = (uint64_t)to;
	unlock(&c->lk);
	return to >= 0 ? to : seterr(Ebadoffset, NULL);
}

int64_t
sys_seek(Request *r)
{
	Chan *c;
	int64_t to;
	int rc;

	if (!(c = fd_chan(arg_fd(r, 0), -1, &rc)))
		return rc;
	to = seek_to(c, arg64(r, 1), (unsigned)r->arg[3]);
	chan_put(c);
	return to;
}

/* ---- stat ---- */

static int64_t
stat_out(Request *r, Chan *c, size_t n)
{
	uint8_t *buf = out_buffer(n);
	int rc = buf ? chan_stat(c, buf, n) : -Enomem;

	if (rc > 0) {
		r->out = buf;
		r->nout = (size_t)rc;
	}
	return rc;
}

int64_t
sys_stat(Request *r)
{
	size_t at = 0;
	int64_t rc;
	Chan *c;
	Str name;

	if ((rc = in_str(r, &at, &name)) < 0 || (rc = chan_namec(name, Aaccess, 0, 0, &c)) < 0)
		return rc;
	rc = stat_out(r, c, arg_size(r, 0));
	chan_put(c);
	return rc;
}

int64_t
sys_fstat(Request *r)
{
	int64_t out;
	Chan *c;
	int rc;

	if (!(c = fd_chan(arg_fd(r, 0), -1, &rc)))
		return rc;
	out = stat_out(r, c, arg_size(r, 1));
	chan_put(c);
	return out;
}

/* The entry must be whole, its strings names. */
static int
stat_check(const uint8_t *buf, size_t n)
{
	char *strs = malloc(n + 1);
	Dir d;
	int rc;

	if (!strs)
		return seterr(Enomem, NULL);
	rc = dir_unpack(&d, buf, n, strs);
	if (rc >= 0 && (size_t)rc != n)
		rc = seterr(Ebadstat, NULL);
	if (rc >= 0)
		rc = d.name[0] ? name_check(str_of(d.name), strcmp(d.name, "/") == 0) : 0;
	free(strs);
	return rc;
}

int64_t
sys_wstat(Request *r)
{
	size_t at = 0;
	Chan *c;
	Str name;
	int rc;

	if ((rc = in_str(r, &at, &name)) < 0 || (rc = stat_check(r->in + at, r->nin - at)) < 0 ||
	    (rc = chan_namec(name, Aaccess, 0, 0, &c)) < 0)
		return rc;
	rc = servant_wstat(c, r->in + at, r->nin - at);
	chan_put(c);
	return rc < 0 ? rc : (int64_t)(r->nin - at);
}

int64_t
sys_fwstat(Request *r)
{
	Chan *c;
	int rc;

	if ((rc = stat_check(r->in, r->nin)) < 0)
		return rc;
	if (!(c = fd_chan(arg_fd(r, 0), -1, &rc)))
		return rc;
	rc = servant_wstat(c, r->in, r->nin);
	chan_put(c);
	return rc < 0 ? rc : (int64_t)r->nin;
}

int64_t
sys_remove(Request *r)
{
	size_t at = 0;
	Chan *c;
	Str name;
	int rc;

	if ((rc = in_str(r, &at, &name)) < 0 || (rc = chan_namec(name, Aremove, 0, 0, &c)) < 0)
		return rc;
	rc = servant_remove(c);
	chan_put(c);
	return rc;
}

/* ---- name space ---- */

static int
mount_upon(Chan *to, Str old, int flag, Str spec, bool is_mount)
{
	Pgrp *pg = proc_pgrp(up());
	Chan *from = NULL;
	int rc = pg ? chan_namec(old, Amount, 0, 0, &from) : seterr(Eprocdied, NULL);

	if (rc == 0)
		rc = ns_mount(pg, to, from, flag, spec, is_mount);
	chan_put(from);
	pgrp_put(pg);
	return rc;
}

int64_t
sys_bind(Request *r)
{
	size_t at = 0;
	Chan *to;
	Str name, old;
	int rc;

	if ((rc = in_str(r, &at, &name)) < 0 || (rc = in_str(r, &at, &old)) < 0 || (rc = chan_namec(name, Abind, 0, 0, &to)) < 0)
		return rc;
	/* what is kept of a file's data is its mount's business: bind(2) */
	rc = mount_upon(to, old, (int)r->arg[0] & ~MCACHE, str_of(""), false);
	chan_put(to);
	return rc < 0 ? rc : 1;
}

static int
mount_attach(Request *r, Str aname, Chan **out)
{
	Chan *link = NULL, *auth = NULL;
	char *spec = str_dup(aname);
	Pgrp *pg = proc_pgrp(up());
	bool allowed = pg && servant_allowed(pg, 'M');
	int rc = 0;

	pgrp_put(pg);
	if (!spec)
		rc = seterr(Enomem, NULL);
	else if (!allowed)
		rc = seterr(Enomount, NULL);
	else if ((link = fd_chan(arg_fd(r, 0), ORDWR, &rc)) && arg_fd(r, 1) >= 0)
		auth = fd_chan(arg_fd(r, 1), ORDWR, &rc);
	if (rc == 0)
		rc = mnt_attach(link, auth, up_user(), spec, (int)r->arg[2], out);
	chan_put(link);
	chan_put(auth);
	free(spec);
	return rc;
}

int64_t
sys_mount(Request *r)
{
	int flag = (int)r->arg[2];
	size_t at = 0;
	Chan *to = NULL;
	Str old, aname;
	int rc;

	if ((rc = in_str(r, &at, &old)) < 0 || (rc = in_str(r, &at, &aname)) < 0 || (rc = name_check(old, true)) < 0)
		return rc;
	if ((flag & ~MMASK) || (flag & MORDER) == MORDER)
		return seterr(Ebadarg, "mount flags");
	if (aname.n && (rc = name_check(aname, true)) < 0)
		return rc;
	if ((rc = mount_attach(r, aname, &to)) < 0)
		return rc;
	if (!to->path && !(to->path = path_new(old)))
		rc = seterr(Enomem, NULL);
	if (rc == 0)
		rc = mount_upon(to, old, flag, aname, true);
	chan_put(to);
	return rc < 0 ? rc : 1;
}

/* Opened, so that a posted link is compared by the handle that it stands for. */
static int
unmount_what(Str name, Chan **out)
{
	int rc = chan_namec(name, Aopen, OREAD, 0, out);

	return rc == 0 || rc == -Enonexist ? rc : chan_namec(name, Amount, 0, 0, out);
}

int64_t
sys_unmount(Request *r)
{
	size_t at = 0;
	Chan *to = NULL, *from = NULL;
	Str name, old;
	Pgrp *pg;
	int rc;

	if ((rc = in_str(r, &at, &name)) < 0 || (rc = in_str(r, &at, &old)) < 0 || (rc = chan_namec(old, Amount, 0, 0, &from)) < 0)
		return rc;
	if (r->arg[0])
		rc = unmount_what(name, &to);
	pg = proc_pgrp(up());
	if (rc == 0)
		rc = pg ? ns_unmount(pg, from, to) : seterr(Eprocdied, NULL);
	pgrp_put(pg);
	chan_put(from);
	chan_put(to);
	return rc;
}

int64_t
sys_fversion(Request *r)
{
	size_t at = 0, n = arg_size(r, 2);
	char *version = NULL, *out;
	Chan *c = NULL;
	Str s;
	int rc;

	if ((rc = in_str(r, &at, &s)) < 0)
		return rc;
	if (s.n > 64)
		return seterr(Ebadarg, "version");
	if ((c = fd_chan(arg_fd(r, 0), ORDWR, &rc))) {
		if ((version = str_dup(s)) && (out = (char *)out_buffer(n + 1))) {
			rc = mnt_version(c, (uint32_t)r->arg[1], version, out, n + 1);
			if (rc >= 0) {
				r->out = out;
				r->nout = strnlen(out, n);
				rc = (int)r->nout;
			}
		} else {
			rc = seterr(Enomem, NULL);
		}
	}
	free(version);
	chan_put(c);
	return rc;
}

int64_t
sys_fauth(Request *r)
{
	size_t at = 0;
	Chan *link, *auth = NULL;
	char *aname;
	Str s;
	int rc;

	if ((rc = in_str(r, &at, &s)) < 0)
		return rc;
	if (!(link = fd_chan(arg_fd(r, 0), ORDWR, &rc)))
		return rc;
	if ((aname = str_dup(s)))
		rc = mnt_auth(link, up_user(), aname, &auth);
	else
		rc = seterr(Enomem, NULL);
	free(aname);
	chan_put(link);
	return rc < 0 ? rc : fd_give(auth, OCEXEC);
}

int64_t
sys_chdir(Request *r)
{
	size_t at = 0;
	Chan *c, *old;
	Str name;
	int rc;

	if ((rc = in_str(r, &at, &name)) < 0 || (rc = chan_namec(name, Atodir, 0, 0, &c)) < 0)
		return rc;
	lock(&r->proc->lk);
	old = r->proc->dot;
	r->proc->dot = c;
	unlock(&r->proc->lk);
	chan_put(old);
	return 0;
}

/* ---- descriptors ---- */

int64_t
sys_dup(Request *r)
{
	int fd = arg_fd(r, 0), nfd = arg_fd(r, 1);
	Fgrp *f;
	Chan *c;
	int rc;

	if (!(c = fd_chan(fd, -1, &rc)))
		return rc;
	if (nfd == fd) {
		chan_put(c);
		return fd;
	}
	if (!(f = proc_fgrp(up())))
		rc = seterr(Eprocdied, NULL);
	else
		rc = nfd == -1 ? fd_new(f, c, 0, 0) : fd_put_at(f, c, nfd);
	fgrp_put(f);
	if (rc < 0)
		chan_put(c);
	return rc;
}

static int
pipe_end(Chan *root, const char *name, Chan **out)
{
	Str s = str_of(name);
	Chan *c = NULL;
	size_t n;
	Qid qid;
	int rc = chan_walk1(root, &s, 1, &qid, &c, &n);

	if (rc < 0 || !c)
		return rc < 0 ? rc : seterr(Enonexist, NULL);
	if (!(c->path = path_new(str_of("#|"))) || path_add(&c->path, s) < 0 || (rc = chan_open(&c, ORDWR)) < 0) {
		chan_put(c);
		return rc < 0 ? rc : seterr(Enomem, NULL);
	}
	*out = c;
	return 0;
}

int64_t
sys_pipe(Request *r)
{
	const Servant *s = servant_find('|');
	Chan *root = NULL, *end[2] = { NULL };
	int64_t fd[2];
	int rc;

	USED(r);
	if (!s)
		return seterr(Ebadspec, "#|");
	if ((rc = servant_attach_call(s, "", &root)) == 0 && (rc = pipe_end(root, "data", &end[0])) == 0)
		rc = pipe_end(root, "data1", &end[1]);
	chan_put(root);
	if (rc < 0) {
		chan_put(end[0]);
		return rc;
	}
	if ((fd[0] = fd_give(end[0], 0)) < 0) {
		chan_put(end[1]);
		return fd[0];
	}
	if ((fd[1] = fd_give(end[1], 0)) < 0) {
		Fgrp *f = proc_fgrp(up());

		if (f && fd_close(f, (int)fd[0]) < 0)
			klog("pipe: fd %d is gone", (int)fd[0]);
		fgrp_put(f);
		return fd[1];
	}
	return fd[0] | fd[1] << 32;
}

int64_t
sys_fd2path(Request *r)
{
	size_t n = arg_size(r, 1), len;
	uint8_t *buf;
	Chan *c;
	int rc;

	if (!(c = fd_chan(arg_fd(r, 0), -1, &rc)))
		return rc;
	len = strlen(chan_name(c));
	if (len > n)
		len = n;
	if ((buf = out_buffer(n))) {
		memcpy(buf, chan_name(c), len);
		r->out = buf;
		r->nout = len;
	}
	chan_put(c);
	return buf ? 0 : -Enomem;
}
