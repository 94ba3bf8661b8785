/*
 * sim/u9fs/file.c - which file of the host a fid means, and the one way to it.
 *
 * A Ufile is a place (a name in a parent's Ufile) and the identity (device, inode,
 * type) of the file that was found there. No descriptor is kept: every use goes
 * from the shared directory down to the place again, and what is there must be the
 * same file, else it does not exist any more. So nothing that happens on the host
 * meanwhile makes a fid mean another file.
 *
 * CONFINEMENT  openat2 with RESOLVE_BENEATH lets no component, `..` or link leave
 *      the shared directory, whatever changes during the walk, and RESOLVE_NO_SYMLINKS
 *      lets it follow no link where none was when the fid walked there. It gives an
 *      O_PATH descriptor: nothing is opened before it is known to be the right
 *      thing, then by /proc/self/fd/N, which is that very file. A Linux without
 *      openat2 walks by single names with O_NOFOLLOW: no link is followed at all.
 * LINKS   A symbolic link is the plain file or directory that it leads to, as long
 *      as that is inside. One that leads outside or nowhere, to something else, or to
 *      a directory that it is in itself is a file of its own that can't be opened, but
 *      removed and renamed. An absolute one leads inside when it begins with the shared
 *      directory's own path: then the rest of it is walked, from there.
 * REFS    A Ufile holds its parent. The table of all holds none.
 * LIMITS  DEPTH_MAX names from the root
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "sim/u9fs/u9fs.h"

enum { PATH_ROOM = 4096, TARGET_MAX = 2048, DEPTH_MAX = 8192, BUCKETS_FIRST = 256, TRIES = 256 };

/* What a symbolic link is. */
typedef struct Link Link;
struct Link {
	bool followed;
	char target[TARGET_MAX];/* Ufile's, "" for NULL */
};
static const Link no_link;

static struct {
	Ufile *file;
	int fd;                 /* O_PATH */
	char *path;             /* without links: to find it again when it was made anew */
	dev_t dev;              /* as at first: its qid stays */
	ino_t ino;
	bool no_openat2;
} root = { .fd = -1 };

static struct {
	Ufile **bucket;
	size_t nbucket, n;
} table;

/* ---- the walk ---- */

/* Without openat2: no links, and one name after the other. */
static int
step_beneath(int dirfd, const char *path, int flags)
{
	int fd = openat(dirfd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	while (fd >= 0 && *path != '\0') {
		char name[HOSTNAME_MAX + 1];
		size_t n = strcspn(path, "/");
		bool last = path[n] == '\0';
		int next, err;

		snprintf(name, sizeof name, "%.*s", (int)n, path);
		path += n + !last;
		next = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC | (last ? flags : O_DIRECTORY));
		err = errno;
		close(fd);
		errno = err;
		fd = next;
	}
	return fd;
}

static int
open_beneath(int dirfd, const char *path, int flags, bool links)
{
	struct open_how how = { .flags = (uint64_t)(O_PATH | O_CLOEXEC | flags),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | (links ? 0 : RESOLVE_NO_SYMLINKS) };
	int fd = -1;

	for (int i = 0; i < TRIES; i++) {
		if (root.no_openat2)
			fd = step_beneath(dirfd, path, flags);
		else
			fd = (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
		/* EAGAIN: something was renamed while a ".." was looked at */
		if (fd >= 0 || (errno != EAGAIN && !fd_again(errno)))
			break;
	}
	return fd;
}

static bool
prepend(char *path, size_t *at, const char *name)
{
	size_t n = strlen(name);

	if (n + 1 > *at)
		return false;
	if (path[*at] != '\0')
		path[--*at] = '/';
	*at -= n;
	memcpy(path + *at, name, n);
	return true;
}

/* f's file, or what the name `last` in it leads to. -1 and errno. A path that is too
 * long for one call goes in pieces. */
static int
open_path(const Ufile *f, const char *last, int flags)
{
	char path[PATH_ROOM];
	size_t at = sizeof path - 1;
	bool links = last != NULL;
	int fd, dir, err;

	path[at] = '\0';
	if (last != NULL)
		(void)prepend(path, &at, last);
	else if (!f->link)
		flags |= O_NOFOLLOW;
	while (f->parent != NULL && prepend(path, &at, f->target != NULL ? f->target : f->name)) {
		links = links || f->link;
		f = f->target != NULL ? root.file : f->parent;
	}
	if (path[at] == '\0')
		path[--at] = '.';
	if (f->parent == NULL)
		return open_beneath(root.fd, path + at, flags, links);
	if ((dir = open_path(f, NULL, O_DIRECTORY)) < 0)
		return -1;
	fd = open_beneath(dir, path + at, flags, links);
	err = errno;
	close(dir);
	errno = err;
	return fd;
}

/* The shared directory was removed: is there one of its name again? */
static bool
root_again(void)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
	struct stat st;
	int fd;

	if (root.no_openat2 || fstat(root.fd, &st) < 0 || st.st_nlink > 0)
		return false;
	fd = (int)syscall(SYS_openat2, AT_FDCWD, root.path, &how, sizeof how);
	if (fd < 0 || fstat(fd, &st) < 0) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	close(root.fd);
	root.fd = fd;
	root.file->dev = st.st_dev;
	root.file->ino = st.st_ino;
	return true;
}

static bool
same(const Ufile *f, const struct stat *st)
{
	return st->st_dev == f->dev && st->st_ino == f->ino && (st->st_mode & S_IFMT) == f->type;
}

static int
find(const Ufile *f, struct stat *st)
{
	int fd, err;

	if (f->removed)
		return seterr(Enonexist, NULL);
	fd = open_path(f, NULL, 0);
	if (fd >= 0 && f->parent == NULL && root_again()) {
		close(fd);
		fd = open_path(f, NULL, 0);
	} else if (fd < 0 && errno == ENOENT && root_again()) {
		fd = open_path(f, NULL, 0);
	}
	if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP ? seterr(Enonexist, NULL) : host_error(errno, NULL);
	if (fstat(fd, st) < 0) {
		err = errno;
		close(fd);
		return host_error(err, NULL);
	}
	if (!same(f, st)) {
		close(fd);
		return seterr(Enonexist, "changed on the host");
	}
	if (f->parent == NULL) {
		st->st_dev = root.dev;
		st->st_ino = root.ino;
	}
	return fd;
}

int
ufile_fd(const Ufile *f)
{
	struct stat st;

	return find(f, &st);
}

int
ufile_stat(const Ufile *f, struct stat *st)
{
	int fd = find(f, st);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

char *
fd_path(char path[FDPATH_SIZE], int fd)
{
	snprintf(path, FDPATH_SIZE, "/proc/self/fd/%d", fd);
	return path;
}

int
ufile_open(const Ufile *f, int flags)
{
	char path[FDPATH_SIZE];
	int fd, at, err;

	if (S_ISLNK(f->type))
		return seterr(Eperm, "symbolic link that leads outside or nowhere");
	if (!S_ISREG(f->type) && !S_ISDIR(f->type))
		return seterr(Eperm, "neither plain file nor directory");
	if ((at = ufile_fd(f)) < 0)
		return at;
	do {
		fd = open(fd_path(path, at), flags | O_NOCTTY | O_CLOEXEC);
		err = errno;
	} while (fd < 0 && (err == EINTR || fd_again(err)));
	close(at);
	return fd < 0 ? host_error(err, NULL) : fd;
}

/* ---- the table: one Ufile for a place and an identity ---- */

static size_t
hash(const Ufile *parent, const char *name)
{
	uint64_t h = (uintptr_t)parent * 0x9E3779B97F4A7C15u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001B3u;
	return (size_t)(h ^ h >> 32) & (table.nbucket - 1);
}

static int
table_grow(void)
{
	size_t nold = table.nbucket, n = nold > 0 ? 2 * nold : BUCKETS_FIRST;
	Ufile **old = table.bucket, **bucket = calloc(n, sizeof *bucket);

	if (bucket == NULL)
		return seterr(Enomem, NULL);
	table.bucket = bucket;
	table.nbucket = n;
	for (size_t i = 0; i < nold; i++) {
		for (Ufile *f = old[i], *next; f != NULL; f = next) {
			size_t b = hash(f->parent, f->name);

			next = f->next;
			f->next = bucket[b];
			bucket[b] = f;
		}
	}
	free(old);
	return 0;
}

static void
table_add(Ufile *f)
{
	size_t b = hash(f->parent, f->name);

	f->next = table.bucket[b];
	table.bucket[b] = f;
	table.n++;
}

static void
table_remove(Ufile *f)
{
	Ufile **l = &table.bucket[hash(f->parent, f->name)];

	while (*l != f)
		l = &(*l)->next;
	*l = f->next;
	f->next = NULL;
	table.n--;
}

static Ufile *
table_find(const Ufile *parent, const char *name)
{
	Ufile *f = table.nbucket > 0 ? table.bucket[hash(parent, name)] : NULL;

	while (f != NULL && (f->parent != parent || strcmp(f->name, name) != 0))
		f = f->next;
	return f;
}

Ufile *
ufile_get(Ufile *f)
{
	f->refs++;
	return f;
}

void
ufile_put(Ufile *f)
{
	while (f != NULL && --f->refs == 0) {
		Ufile *parent = f->parent;

		if (!f->removed && parent != NULL)
			table_remove(f);
		free(f->name);
		free(f->target);
		free(f);
		f = parent;
	}
}

void
ufile_gone(Ufile *f)
{
	if (f->removed || f->parent == NULL)
		return;
	table_remove(f);
	f->removed = true;
}

static Ufile *
ufile_alloc(Ufile *parent, const char *name, const struct stat *st, const Link *l)
{
	Ufile *f = calloc(1, sizeof *f);

	if (f == NULL || (f->name = strdup(name)) == NULL ||
	    (l->target[0] != '\0' && (f->target = strdup(l->target)) == NULL)) {
		if (f != NULL)
			free(f->name);
		free(f);
		(void)seterr(Enomem, NULL);
		return NULL;
	}
	f->refs = 1;
	f->parent = parent != NULL ? ufile_get(parent) : NULL;
	f->dev = st->st_dev;
	f->ino = st->st_ino;
	f->type = st->st_mode & S_IFMT;
	f->link = l->followed;
	return f;
}

static bool
same_link(const Ufile *f, const Link *l)
{
	return f->link == l->followed && strcmp(f->target != NULL ? f->target : "", l->target) == 0;
}

static int
child_get(Ufile *dir, const char *name, const struct stat *st, const Link *l, Ufile **out)
{
	Ufile *f = table_find(dir, name);
	size_t depth = 0;
	int rc;

	if (f != NULL && same(f, st) && same_link(f, l)) {
		*out = ufile_get(f);
		return 0;
	}
	for (const Ufile *p = dir; p != NULL; p = p->parent)
		depth++;
	if (depth > DEPTH_MAX)
		return seterr(Etoobig, "more than %d directories deep", DEPTH_MAX);
	if (table.n >= table.nbucket && (rc = table_grow()) < 0)
		return rc;
	if (f != NULL)
		ufile_gone(f);
	if ((f = ufile_alloc(dir, name, st, l)) == NULL)
		return -Enomem;
	table_add(f);
	*out = f;
	return 0;
}

int
ufile_made(Ufile *dir, const char *name, const struct stat *st, Ufile **out)
{
	Ufile *old = table_find(dir, name);

	if (old != NULL)
		ufile_gone(old); /* its inode may be the new file's */
	return child_get(dir, name, st, &no_link, out);
}

int
ufile_rename(Ufile *f, const char *name)
{
	char *copy = strdup(name);
	Ufile *old = table_find(f->parent, name);

	if (copy == NULL)
		return seterr(Enomem, NULL);
	if (old != NULL)
		ufile_gone(old);
	table_remove(f);
	free(f->name);
	f->name = copy;
	table_add(f);
	return 0;
}

/* ---- names in a directory ---- */

/* An absolute link: what is behind the shared directory's own path in it. */
static int
open_absolute(int dirfd, const char *name, char target[TARGET_MAX])
{
	size_t n = strlen(root.path);
	ssize_t got = readlinkat(dirfd, name, target, TARGET_MAX - 1);
	const char *rest = target + n;

	if (got < (ssize_t)n || got == TARGET_MAX - 1)
		return -1;
	target[got] = '\0';
	if (memcmp(target, root.path, n) != 0 || (n > 1 && *rest != '/' && *rest != '\0'))
		return -1;
	rest += strspn(rest, "/");
	memmove(target, *rest != '\0' ? rest : ".", strlen(rest) + (*rest != '\0' ? 1 : 2));
	return open_beneath(root.fd, target, 0, true);
}

/* Does the link lead to a plain file, or to a directory that it isn't in? Then *st is
 * that one's. */
static bool
link_follow(const Ufile *dir, int dirfd, const char *name, struct stat *st, char target[TARGET_MAX])
{
	struct stat to;
	int fd = root.no_openat2 ? -1 : open_path(dir, name, 0);

	target[0] = '\0';
	if (fd < 0 && !root.no_openat2 && errno == EXDEV)
		fd = open_absolute(dirfd, name, target);
	if (fd < 0)
		return false;
	if (fstat(fd, &to) < 0)
		to.st_mode = 0;
	close(fd);
	for (const Ufile *p = dir; p != NULL && S_ISDIR(to.st_mode); p = p->parent)
		if (same(p, &to))
			return false;
	if (!S_ISREG(to.st_mode) && !S_ISDIR(to.st_mode))
		return false;
	*st = to;
	return true;
}

static int
look(const Ufile *dir, int dirfd, const char *name, struct stat *st, Link *l)
{
	if (fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW) < 0)
		return host_error(errno, NULL);
	l->followed = S_ISLNK(st->st_mode) && link_follow(dir, dirfd, name, st, l->target);
	if (!l->followed)
		l->target[0] = '\0';
	return 0;
}

int
ufile_look(const Ufile *dir, int dirfd, const char *name, struct stat *st)
{
	Link l;

	return look(dir, dirfd, name, st, &l);
}

int
ufile_walk(Ufile *dir, const char *name, Ufile **out, struct stat *st)
{
	int fd = ufile_fd(dir), rc;
	Link l;

	if (fd < 0)
		return fd;
	rc = look(dir, fd, name, st, &l);
	close(fd);
	return rc < 0 ? rc : child_get(dir, name, st, &l, out);
}

/* ---- the root ---- */

static bool
openat2_there(int fd)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_BENEATH };
	int got = (int)syscall(SYS_openat2, fd, ".", &how, sizeof how);

	if (got >= 0)
		close(got);
	return got >= 0;
}

int
root_open(const char *dir)
{
	struct stat st;

	if ((root.path = realpath(dir, NULL)) == NULL ||
	    (root.fd = open(root.path, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0 || fstat(root.fd, &st) < 0)
		return host_error(errno, NULL);
	root.no_openat2 = !openat2_there(root.fd);
	root.dev = st.st_dev;
	root.ino = st.st_ino;
	root.file = ufile_alloc(NULL, "", &st, &no_link);
	return root.file == NULL ? -Enomem : 0;
}

Ufile *
root_get(void)
{
	return ufile_get(root.file);
}

void
root_step_only(void)
{
	root.no_openat2 = true;
}
