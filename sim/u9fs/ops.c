/*
 * sim/u9fs/ops.c - what 9P's requests do on the host.
 *
 * Linux checks permissions: everything is done as the user that runs this process,
 * whatever name the client attaches with.
 * ERRORS  Ereadonly for all that would change something, with u9fs_readonly; Eperm
 *         for what is neither plain file nor directory; Linux's, by error.c
 * REFS    Fid.aux is a Ufid of the fid's own
 * SEE     lib9/srv.h; wstat.c
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "sim/u9fs/u9fs.h"

bool u9fs_readonly;

static const int open_flags[] = { [OREAD] = O_RDONLY, [OWRITE] = O_WRONLY, [ORDWR] = O_RDWR, [OEXEC] = O_RDONLY };

static int
ufid_new(Fid *f, Ufile *file)
{
	Ufid *u = calloc(1, sizeof *u);

	if (u == NULL)
		return seterr(Enomem, NULL);
	u->file = ufile_get(file);
	f->aux = u;
	return 0;
}

static uint32_t
file_bits(const Ufile *f, const struct stat *st)
{
	uint32_t bits = 0;
	int fd;

	if (!(st->st_mode & S_ISVTX) || (fd = ufile_fd(f)) < 0)
		return 0;
	bits = attr_get(fd, st);
	close(fd);
	return bits;
}

/* ---- attach, walk ---- */

/* Moves *f, whose reference is given up or kept, to the name in it. */
static int
step(Ufile **f, Str name, Qid *out)
{
	char host[HOSTNAME_MAX + 1];
	Ufile *to = NULL;
	struct stat st;
	int rc;

	if (str_eq(name, "..")) {
		to = (*f)->parent != NULL ? (*f)->parent : *f;
		if ((rc = ufile_stat(to, &st)) < 0)
			return rc;
		(void)ufile_get(to);
	} else if ((rc = name_to_host(host, name)) < 0 || (rc = ufile_walk(*f, host, &to, &st)) < 0) {
		return rc;
	}
	*out = qid_make(&st, file_bits(to, &st));
	ufile_put(*f);
	*f = to;
	return 0;
}

/* aname: a directory inside, "" or "/" all. */
static int
u9fs_attach(Req *r)
{
	Ufile *f = root_get();
	Str rest = r->in.aname;
	struct stat st;
	int rc = ufile_stat(f, &st);

	r->fid->qid = qid_make(&st, 0);
	while (rc == 0 && rest.n > 0) {
		Str name = { rest.s, 0 };

		while (name.n < rest.n && name.s[name.n] != '/')
			name.n++;
		rest.s += name.n < rest.n ? name.n + 1 : name.n;
		rest.n -= name.n < rest.n ? name.n + 1 : name.n;
		if (name.n > 0)
			rc = str_eq(name, "..") ? seterr(Ebadname, NULL) : step(&f, name, &r->fid->qid);
	}
	if (rc == 0 && !(r->fid->qid.type & QTDIR))
		rc = seterr(Enotdir, NULL);
	if (rc == 0)
		rc = ufid_new(r->fid, f);
	ufile_put(f);
	return rc;
}

static int
u9fs_clone(Fid *from, Fid *to)
{
	return ufid_new(to, ((Ufid *)from->aux)->file);
}

static int
u9fs_walk1(Fid *f, Str name, Qid *out)
{
	return step(&((Ufid *)f->aux)->file, name, out);
}

static void
u9fs_clunk(Fid *f)
{
	Ufid *u = f->aux;

	uopen_free(u->open);
	udir_free(u->dir);
	ufile_put(u->file);
	free(u);
}

/* ---- open, create ---- */

/* May this process do that (R_OK …) with the file? */
static int
may(int fd, int how)
{
	if (faccessat(fd, "", how, AT_EMPTY_PATH | AT_EACCESS) == 0)
		return 0;
	return host_error(errno, NULL);
}

static int
file_may(const Ufile *f, int how)
{
	int fd = ufile_fd(f), rc;

	if (fd < 0)
		return fd;
	rc = may(fd, how);
	close(fd);
	return rc;
}

/* The open file's lock and its end, then its qid as it is now. */
static int
open_settle(Req *r, Uopen *o, uint8_t qtype)
{
	int fd = uopen_fd(o), rc = fd < 0 ? fd : 0;
	struct stat st;

	if (rc == 0 && qtype & QTEXCL)
		rc = uopen_lock(o);
	if (rc == 0 && r->in.type == Topen && r->in.mode & OTRUNC && ftruncate(fd, 0) < 0)
		rc = host_error(errno, NULL);
	if (rc == 0 && fstat(fd, &st) < 0)
		rc = host_error(errno, NULL);
	if (rc == 0)
		r->fid->qid = qid_make(&st, (uint32_t)(qtype & (QTAPPEND | QTEXCL)) << 24);
	return rc;
}

static bool
changes(uint8_t mode)
{
	return (mode & 3) == OWRITE || (mode & 3) == ORDWR || mode & (OTRUNC | ORCLOSE);
}

static int
u9fs_open(Req *r)
{
	Ufid *u = r->fid->aux;
	uint8_t mode = r->in.mode;
	int rc, flags = open_flags[mode & 3];
	Uopen *o = NULL;

	if (u9fs_readonly && changes(mode))
		return seterr(Ereadonly, NULL);
	if (S_ISDIR(u->file->type))
		return file_may(u->file, R_OK);
	if ((mode & 3) == OEXEC && (rc = file_may(u->file, X_OK)) < 0)
		return rc;
	if (mode & ORCLOSE && (rc = file_may(u->file->parent, W_OK)) < 0)
		return rc;
	if (mode & OTRUNC && flags == O_RDONLY)
		flags = O_RDWR;
	if (r->fid->qid.type & QTAPPEND)
		flags |= O_APPEND;
	if ((rc = uopen_new(u->file, flags, &o)) < 0)
		return rc;
	if ((rc = open_settle(r, o, r->fid->qid.type)) < 0) {
		uopen_free(o);
		return rc;
	}
	u->open = o;
	return 0;
}

/* Makes the file or directory, and opens it: a descriptor. */
static int
made_open(int dirfd, const char *name, uint32_t perm, int flags)
{
	int fd;

	if (perm & DMDIR && mkdirat(dirfd, name, perm & 0777) < 0)
		return host_error(errno, NULL);
	if (perm & DMDIR)
		flags = O_PATH | O_DIRECTORY;
	else
		flags |= O_CREAT | O_EXCL;
	do
		fd = openat(dirfd, name, flags | O_NOFOLLOW | O_CLOEXEC, (mode_t)(perm & 0777));
	while (fd < 0 && (errno == EINTR || fd_again(errno)));
	return fd < 0 ? host_error(errno, NULL) : fd;
}

/* The fid becomes the new file, which fd is; fd is given up. */
static int
made_take(Req *r, int dirfd, const char *name, int fd, int flags)
{
	Ufid *u = r->fid->aux;
	uint32_t bits = r->in.perm & (DMAPPEND | DMEXCL);
	bool dir = (r->in.perm & DMDIR) != 0;
	Ufile *f = NULL;
	Uopen *o = NULL;
	struct stat st;
	int rc = fstat(fd, &st) < 0 ? host_error(errno, NULL) : 0;

	if (rc == 0 && !dir && bits != 0)
		rc = attr_set(fd, &st, bits);
	if (rc == 0)
		rc = ufile_made(u->file, name, &st, &f);
	if (rc == 0 && !dir && (rc = uopen_take(f, flags, fd, &o)) == 0) {
		fd = -1;
		rc = open_settle(r, o, (uint8_t)(bits >> 24));
	}
	if (dir || fd >= 0)
		close(fd);
	if (rc < 0) {
		char why[ERRMAX];

		snprintf(why, sizeof why, "%s", err_reason());
		(void)unlinkat(dirfd, name, dir ? AT_REMOVEDIR : 0);
		uopen_free(o);
		ufile_put(f);
		return err_set(rc, why);
	}
	if (dir)
		r->fid->qid = qid_make(&st, 0);
	ufile_put(u->file);
	u->file = f;
	u->open = o;
	return 0;
}

static int
u9fs_create(Req *r)
{
	Ufid *u = r->fid->aux;
	char name[HOSTNAME_MAX + 1];
	int flags = open_flags[r->in.mode & 3] | (r->in.perm & DMAPPEND ? O_APPEND : 0);
	int rc, fd, dirfd;

	if (u9fs_readonly)
		return seterr(Ereadonly, NULL);
	if ((rc = name_to_host(name, r->in.name)) < 0)
		return rc;
	if ((dirfd = ufile_fd(u->file)) < 0)
		return dirfd;
	fd = made_open(dirfd, name, r->in.perm, flags);
	rc = fd < 0 ? fd : made_take(r, dirfd, name, fd, flags);
	close(dirfd);
	return rc;
}

/* ---- read, write ---- */

static int
u9fs_read(Req *r)
{
	int fd = uopen_fd(((Ufid *)r->fid->aux)->open);
	ssize_t n;

	if (fd < 0)
		return fd;
	do
		n = pread(fd, r->data, r->in.count, (off_t)r->in.offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return host_error(errno, NULL);
	r->out.count = (uint32_t)n;
	return 0;
}

/* A short count when only a part could be written. */
static int
u9fs_write(Req *r)
{
	int fd = uopen_fd(((Ufid *)r->fid->aux)->open);
	uint32_t done = 0;

	if (fd < 0)
		return fd;
	while (done < r->in.count) {
		ssize_t n = pwrite(fd, r->in.data + done, r->in.count - done, (off_t)(r->in.offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && done == 0)
			return host_error(errno, NULL);
		if (n <= 0)
			break;
		done += (uint32_t)n;
	}
	r->out.count = done;
	return 0;
}

static int
u9fs_dirent(Fid *f, size_t i, Dir *d)
{
	return udir_entry(f->aux, i, d);
}

/* ---- remove, stat ---- */

/* A followed link goes, not what it leads to. */
static int
u9fs_remove(Req *r)
{
	Ufile *f = ((Ufid *)r->fid->aux)->file;
	struct stat st;
	int rc, dirfd;

	if (u9fs_readonly)
		return seterr(Ereadonly, NULL);
	if ((rc = ufile_stat(f, &st)) < 0)
		return rc;
	if ((dirfd = ufile_fd(f->parent)) < 0)
		return dirfd;
	if (unlinkat(dirfd, f->name, S_ISDIR(f->type) && !f->link ? AT_REMOVEDIR : 0) < 0)
		rc = host_error(errno == EEXIST ? ENOTEMPTY : errno, NULL);
	else
		ufile_gone(f);
	close(dirfd);
	return rc;
}

static int
u9fs_stat(Fid *f, Dir *d)
{
	Ufid *u = f->aux;
	struct stat st;
	uint32_t bits;
	int fd, rc;

	if (u->open == NULL) {
		if ((rc = ufile_stat(u->file, &st)) < 0)
			return rc;
		bits = file_bits(u->file, &st);
	} else {
		if ((fd = uopen_fd(u->open)) < 0)
			return fd;
		if (fstat(fd, &st) < 0)
			return host_error(errno, NULL);
		bits = attr_get(fd, &st);
	}
	dir_make(d, &st, bits, u->file->name);
	return 0;
}

const SrvOps u9fs_ops = {
	.attach = u9fs_attach, .clone = u9fs_clone, .walk1 = u9fs_walk1, .open = u9fs_open,
	.create = u9fs_create, .read = u9fs_read, .write = u9fs_write, .dirent = u9fs_dirent,
	.remove = u9fs_remove, .stat = u9fs_stat, .wstat = u9fs_wstat, .clunk = u9fs_clunk,
};
