/*
 * sim/u9fs/wstat.c - wstat: all that it asks for, or nothing.
 *
 * First everything is checked that can be. Then what can be taken back is done (the
 * name, the group, the mode), then the length, last the times, which the others
 * change; when one fails, what was done before is taken back.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <unistd.h>
#include "sim/u9fs/u9fs.h"

typedef struct Wstat Wstat;
struct Wstat {
	Ufile *file;
	int fd, dirfd, writefd; /* O_PATH of the file, of its directory; for the length */
	struct stat old;
	uint32_t old_bits;
	char name[HOSTNAME_MAX + 1];
	gid_t gid;
	bool rename, chgrp, chmod, truncate, times;
	/* what was done */
	bool renamed, chgrped, chmoded;
};

/* To the disk. */
static int
sync_file(Ufid *u)
{
	int fd = u->open != NULL ? uopen_fd(u->open) : ufile_open(u->file, O_RDONLY);
	int rc = fd < 0 ? fd : fsync(fd) < 0 && errno != EINVAL && errno != EROFS ? host_error(errno, NULL) : 0;

	if (u->open == NULL && fd >= 0)
		close(fd);
	return rc;
}

static int
wstat_check(Wstat *w, const Dir *d)
{
	bool plain = S_ISREG(w->file->type) || S_ISDIR(w->file->type);
	bool owner = geteuid() == 0 || geteuid() == w->old.st_uid;
	int rc;

	if (!plain && (w->chgrp || w->chmod || w->truncate || w->times))
		return seterr(Eperm, "neither plain file nor directory");
	if ((w->chmod || w->times) && !owner)
		return seterr(Eperm, "not the owner");
	if (w->rename && (rc = name_to_host(w->name, str_of(d->name))) < 0)
		return rc;
	if (w->chgrp && (rc = group_find(d->gid, &w->gid)) < 0)
		return rc;
	if (w->truncate && (w->writefd = ufile_open(w->file, O_WRONLY)) < 0)
		return w->writefd;
	if (w->rename && (w->dirfd = ufile_fd(w->file->parent)) < 0)
		return w->dirfd;
	return 0;
}

/* To a name that must be free. */
static int
rename_free(int dirfd, const char *from, const char *to)
{
	struct stat st;

	if (renameat2(dirfd, from, dirfd, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return host_error(errno, NULL);
	/* a file system that does not know the flag */
	if (fstatat(dirfd, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return seterr(Eexist, NULL);
	return renameat(dirfd, from, dirfd, to) == 0 ? 0 : host_error(errno, NULL);
}

static int
mode_set(Wstat *w, mode_t mode, uint32_t bits)
{
	char path[FDPATH_SIZE];
	struct stat st = w->old;

	if (chmod(fd_path(path, w->fd), mode & 07777) < 0)
		return host_error(errno, NULL);
	st.st_mode = (st.st_mode & S_IFMT) | (mode & 07777);
	return S_ISREG(st.st_mode) ? attr_set(w->fd, &st, bits) : 0;
}

static int
times_set(const Wstat *w, const Dir *d)
{
	char path[FDPATH_SIZE];
	struct timespec t[2] = { { .tv_sec = d->atime, .tv_nsec = d->atime == UINT32_MAX ? UTIME_OMIT : 0 },
		{ .tv_sec = d->mtime, .tv_nsec = d->mtime == UINT32_MAX ? UTIME_OMIT : 0 } };

	return utimensat(AT_FDCWD, fd_path(path, w->fd), t, 0) < 0 ? host_error(errno, NULL) : 0;
}

static int
wstat_do(Wstat *w, const Dir *d)
{
	char path[FDPATH_SIZE];
	int rc;

	if (w->rename) {
		if ((rc = rename_free(w->dirfd, w->file->name, w->name)) < 0)
			return rc;
		w->renamed = true;
	}
	if (w->chgrp) {
		if (chown(fd_path(path, w->fd), (uid_t)-1, w->gid) < 0)
			return host_error(errno, NULL);
		w->chgrped = true;
	}
	if (w->chmod) {
		w->chmoded = true;
		rc = mode_set(w, (w->old.st_mode & 07000) | (d->mode & 0777), d->mode & (DMAPPEND | DMEXCL));
		if (rc < 0)
			return rc;
	}
	if (w->truncate && ftruncate(w->writefd, (off_t)d->length) < 0)
		return host_error(errno, NULL);
	if (w->times && (rc = times_set(w, d)) < 0)
		return rc;
	return w->renamed ? ufile_rename(w->file, w->name) : 0;
}

static void
wstat_undo(Wstat *w)
{
	char path[FDPATH_SIZE], why[ERRMAX];
	int rc = 0;

	snprintf(why, sizeof why, "%s", err_reason());
	if (w->chgrped)
		rc |= chown(fd_path(path, w->fd), (uid_t)-1, w->old.st_gid);
	if (w->chmoded || w->chgrped)
		rc |= mode_set(w, w->old.st_mode, w->old_bits);
	if (w->renamed)
		rc |= rename_free(w->dirfd, w->name, w->file->name);
	(void)err_set(err_code(why), rc != 0 ? err_reason() : why);
}

static int
wstat_run(Wstat *w, const Dir *d)
{
	int rc = wstat_check(w, d);

	if (rc == 0 && (rc = wstat_do(w, d)) < 0)
		wstat_undo(w);
	return rc;
}

int
u9fs_wstat(Req *r, const Dir *d)
{
	Ufid *u = r->fid->aux;
	Wstat w = { .file = u->file, .fd = -1, .dirfd = -1, .writefd = -1, .rename = d->name[0] != '\0',
		.chgrp = d->gid[0] != '\0', .chmod = d->mode != UINT32_MAX, .truncate = d->length != UINT64_MAX,
		.times = d->atime != UINT32_MAX || d->mtime != UINT32_MAX };
	int rc;

	if (!w.rename && !w.chgrp && !w.chmod && !w.truncate && !w.times)
		return sync_file(u);
	if (u9fs_readonly)
		return seterr(Ereadonly, NULL);
	if ((w.fd = ufile_fd(u->file)) < 0)
		return w.fd;
	if (fstat(w.fd, &w.old) < 0) {
		rc = host_error(errno, NULL);
	} else {
		w.old_bits = attr_get(w.fd, &w.old);
		rc = wstat_run(&w, d);
	}
	close(w.fd);
	if (w.dirfd >= 0)
		close(w.dirfd);
	if (w.writefd >= 0)
		close(w.writefd);
	return rc;
}
