/*
 * sim/u9fs/openfile.c - descriptors of open files. A client may have more files
 * open than this process may have descriptors: the file used longest ago is closed
 * then, and opened again, by ufile_open, at its next use. A file that was removed on
 * the host can't be found again: another one is taken while there is one.
 * LIMITS  the bound is what the resource limit leaves, FDS_MAX at most; RESERVE
 *         descriptors are for everything else
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>
#include "sim/u9fs/u9fs.h"

enum { RESERVE = 12, FDS_MAX = 4096, LOOK = 8 };

struct Uopen {
	Ufile *file;
	int fd;                 /* -1: closed for now */
	int flags;              /* to open it again */
	bool keep;              /* it could not be opened again: locked, or its mode forbids */
	Uopen *prev, *next;     /* those with a descriptor, last used first */
};
static struct {
	Uopen *first, *last;
	size_t n, most;
} fds = { .most = 1 };

int
uopen_init(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return host_error(errno, "getrlimit");
	if (l.rlim_cur < l.rlim_max && l.rlim_cur < FDS_MAX + RESERVE) {
		l.rlim_cur = l.rlim_max < FDS_MAX + RESERVE ? l.rlim_max : FDS_MAX + RESERVE;
		(void)setrlimit(RLIMIT_NOFILE, &l);
		(void)getrlimit(RLIMIT_NOFILE, &l);
	}
	if (l.rlim_cur <= RESERVE)
		return seterr(Enofd, "want a limit of more than %d descriptors (ulimit -n)", RESERVE);
	fds.most = l.rlim_cur - RESERVE < FDS_MAX ? (size_t)l.rlim_cur - RESERVE : FDS_MAX;
	return 0;
}

static void
list_remove(Uopen *o)
{
	*(o->prev != NULL ? &o->prev->next : &fds.first) = o->next;
	*(o->next != NULL ? &o->next->prev : &fds.last) = o->prev;
	o->prev = o->next = NULL;
	fds.n--;
}

static void
list_add(Uopen *o)
{
	o->prev = NULL;
	o->next = fds.first;
	*(o->next != NULL ? &o->next->prev : &fds.last) = o;
	fds.first = o;
	fds.n++;
}

/* Can o be closed without a loss? */
static bool
replaceable(const Uopen *o)
{
	struct stat st;

	return !o->keep && fstat(o->fd, &st) == 0 && st.st_nlink > 0;
}

/* Closes the one that was used longest ago; false: there is none. */
static bool
evict(void)
{
	Uopen *o = fds.last;

	for (int i = 0; i < LOOK && o != NULL && !replaceable(o); i++)
		o = o->prev;
	if (o == NULL || !replaceable(o))
		for (o = fds.last; o != NULL && o->keep; o = o->prev)
			;
	if (o == NULL)
		return false;
	list_remove(o);
	close(o->fd);
	o->fd = -1;
	return true;
}

bool
fd_again(int err)
{
	return (err == EMFILE || err == ENFILE) && evict();
}

static int
reopen(Uopen *o)
{
	int fd;

	while (fds.n >= fds.most && evict())
		;
	if (fds.n >= fds.most)
		return seterr(Enofd, NULL);
	if ((fd = ufile_open(o->file, o->flags)) < 0)
		return fd;
	o->fd = fd;
	o->flags &= ~O_TRUNC;
	list_add(o);
	return 0;
}

static Uopen *
uopen_alloc(Ufile *f, int flags)
{
	Uopen *o = calloc(1, sizeof *o);

	if (o == NULL) {
		(void)seterr(Enomem, NULL);
		return NULL;
	}
	o->file = ufile_get(f);
	o->flags = flags;
	o->fd = -1;
	return o;
}

int
uopen_new(Ufile *f, int flags, Uopen **out)
{
	Uopen *o = uopen_alloc(f, flags);
	int rc = o != NULL ? reopen(o) : -Enomem;

	if (rc < 0) {
		uopen_free(o);
		return rc;
	}
	*out = o;
	return 0;
}

int
uopen_take(Ufile *f, int flags, int fd, Uopen **out)
{
	Uopen *o = uopen_alloc(f, flags);
	struct stat st;
	mode_t want = (flags & O_ACCMODE) == O_RDONLY ? S_IRUSR : (flags & O_ACCMODE) == O_WRONLY ? S_IWUSR : S_IRUSR | S_IWUSR;

	if (o == NULL)
		return -Enomem;
	while (fds.n >= fds.most && evict())
		;
	if (fds.n >= fds.most) {
		uopen_free(o);
		return seterr(Enofd, NULL);
	}
	o->fd = fd;
	o->keep = fstat(fd, &st) < 0 || (st.st_mode & want) != want;
	list_add(o);
	*out = o;
	return 0;
}

int
uopen_fd(Uopen *o)
{
	int rc;

	if (o->fd >= 0) {
		list_remove(o);
		list_add(o);
		return o->fd;
	}
	return (rc = reopen(o)) < 0 ? rc : o->fd;
}

int
uopen_lock(Uopen *o)
{
	if (flock(o->fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? seterr(Elocked, NULL) : host_error(errno, NULL);
	o->keep = true;
	return 0;
}

void
uopen_free(Uopen *o)
{
	if (o == NULL)
		return;
	if (o->fd >= 0) {
		list_remove(o);
		close(o->fd);
	}
	ufile_put(o->file);
	free(o);
}
