/*
 * sys/file.c - system calls on files and on the name space.
 * SEE     section 2 of the Plan 9 manual; lib9/sysmsg.h
 */
#include "lib9/sys/sys_impl.h"

/* A call whose input is strings, NUL-terminated, one after the other. */
static int64_t
call_names(int num, const uintptr_t *args, const char *a, const char *b)
{
	size_t na = strlen(a) + 1, nb = b == NULL ? 0 : strlen(b) + 1;
	char small[256], *in = small;
	int64_t rc;

	if (na > SYS_IOMAX || nb > SYS_IOMAX)
		return seterr(Etoobig, NULL);
	if (na + nb > sizeof small && (in = malloc(na + nb)) == NULL)
		return -Enomem;
	memcpy(in, a, na);
	if (b != NULL)
		memcpy(in + na, b, nb);
	rc = syscall_(num, args, in, na + nb, NULL, 0);
	if (in != small)
		free(in);
	return rc;
}

int
open(const char *file, int omode)
{
	return (int)syscall_(SYS_open, ARGS((unsigned)omode), file, strlen(file) + 1, NULL, 0);
}

int
create(const char *file, int omode, uint32_t perm)
{
	return (int)syscall_(SYS_create, ARGS((unsigned)omode, perm), file, strlen(file) + 1, NULL, 0);
}

int
close(int fd)
{
	return (int)syscall_(SYS_close, ARGS((unsigned)fd), NULL, 0, NULL, 0);
}

int64_t
pread(int fd, void *buf, int64_t n, int64_t off)
{
	if (n < 0)
		return seterr(Ebadarg, "read");
	if (n > SYS_IOMAX)
		n = SYS_IOMAX;
	return syscall_(SYS_pread, ARGS((unsigned)fd, (uintptr_t)n, LOW(off), HIGH(off)), NULL, 0, buf, (size_t)n);
}

int64_t
pwrite(int fd, const void *buf, int64_t n, int64_t off)
{
	const char *p = buf;
	int64_t done = 0;

	if (n < 0)
		return seterr(Ebadarg, "write");
	do {
		int64_t k = n - done < SYS_IOMAX ? n - done : SYS_IOMAX;
		int64_t at = off == -1 ? -1 : off + done;
		int64_t rc = syscall_(SYS_pwrite, ARGS((unsigned)fd, (uintptr_t)k, LOW(at), HIGH(at)), p + done, (size_t)k, NULL, 0);

		if (rc < 0)
			return done > 0 ? done : rc;
		done += rc;
		if (rc < k)
			break;
	} while (done < n);
	return done;
}

int64_t
read(int fd, void *buf, int64_t n)
{
	return pread(fd, buf, n, -1);
}

int64_t
write(int fd, const void *buf, int64_t n)
{
	return pwrite(fd, buf, n, -1);
}

int64_t
readn(int fd, void *buf, int64_t n)
{
	int64_t done = 0;

	while (done < n) {
		int64_t rc = read(fd, (char *)buf + done, n - done);

		if (rc < 0 && done == 0)
			return rc;
		if (rc <= 0)
			break;
		done += rc;
	}
	return done;
}

int64_t
seek(int fd, int64_t off, int type)
{
	return syscall_(SYS_seek, ARGS((unsigned)fd, LOW(off), HIGH(off), (unsigned)type), NULL, 0, NULL, 0);
}

int
stat(const char *file, uint8_t *edir, size_t n)
{
	return (int)syscall_(SYS_stat, ARGS(n), file, strlen(file) + 1, edir, n);
}

int
fstat(int fd, uint8_t *edir, size_t n)
{
	return (int)syscall_(SYS_fstat, ARGS((unsigned)fd, n), NULL, 0, edir, n);
}

int
wstat(const char *file, const uint8_t *edir, size_t n)
{
	size_t nfile = strlen(file) + 1;
	char *in;
	int rc;

	if (nfile > SYS_IOMAX || n > UINT16_MAX + 2)
		return seterr(Etoobig, NULL);
	in = malloc(nfile + n);
	if (in == NULL)
		return -Enomem;
	memcpy(in, file, nfile);
	memcpy(in + nfile, edir, n);
	rc = (int)syscall_(SYS_wstat, ARGS(0), in, nfile + n, NULL, 0);
	free(in);
	return rc;
}

int
fwstat(int fd, const uint8_t *edir, size_t n)
{
	return (int)syscall_(SYS_fwstat, ARGS((unsigned)fd), edir, n, NULL, 0);
}

int
remove(const char *file)
{
	return (int)syscall_(SYS_remove, ARGS(0), file, strlen(file) + 1, NULL, 0);
}

int
dup(int oldfd, int newfd)
{
	return (int)syscall_(SYS_dup, ARGS((unsigned)oldfd, (unsigned)newfd), NULL, 0, NULL, 0);
}

int
pipe(int fd[2])
{
	int64_t rc = syscall_(SYS_pipe, ARGS(0), NULL, 0, NULL, 0);

	if (rc < 0)
		return (int)rc;
	fd[0] = (int)(rc & 0x7FFFFFFF);
	fd[1] = (int)(rc >> 32);
	return 0;
}

int
fd2path(int fd, char *buf, size_t n)
{
	int64_t rc;

	if (n == 0)
		return seterr(Eshort, NULL);
	memset(buf, 0, n);
	rc = syscall_(SYS_fd2path, ARGS((unsigned)fd, n - 1), NULL, 0, buf, n - 1);
	return rc < 0 ? (int)rc : 0;
}

int
chdir(const char *dir)
{
	return (int)syscall_(SYS_chdir, ARGS(0), dir, strlen(dir) + 1, NULL, 0);
}

int
bind(const char *name, const char *old, int flag)
{
	return (int)call_names(SYS_bind, ARGS((unsigned)flag), name, old);
}

int
mount(int fd, int afd, const char *old, int flag, const char *aname)
{
	return (int)call_names(SYS_mount, ARGS((unsigned)fd, (unsigned)afd, (unsigned)flag), old, aname == NULL ? "" : aname);
}

int
unmount(const char *name, const char *old)
{
	return (int)call_names(SYS_unmount, ARGS(name != NULL), name == NULL ? "" : name, old);
}

int
fversion(int fd, uint32_t msize, char *version, size_t n)
{
	char in[64];
	size_t k = strnlen(version, n);

	if (k >= sizeof in || n == 0)
		return seterr(Ebadarg, "version");
	memcpy(in, version, k);
	in[k] = '\0';
	memset(version, 0, n);
	return (int)syscall_(SYS_fversion, ARGS((unsigned)fd, msize, n - 1), in, k + 1, version, n - 1);
}

int
fauth(int fd, const char *aname)
{
	return (int)syscall_(SYS_fauth, ARGS((unsigned)fd), aname, strlen(aname) + 1, NULL, 0);
}
