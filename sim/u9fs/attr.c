/*
 * sim/u9fs/attr.c - DMAPPEND and DMEXCL of the host's files: the letters a and l in
 * the extended attribute user.lp49.mode. The sticky bit, which means nothing on a
 * plain file of Linux, says that there is one, so that no other file costs a look.
 */
#include <errno.h>
#include <sys/xattr.h>
#include "sim/u9fs/u9fs.h"

static const char attr_name[] = "user.lp49.mode";

uint32_t
attr_get(int fd, const struct stat *st)
{
	char path[FDPATH_SIZE], text[8];
	uint32_t bits = 0;
	ssize_t n;

	if (!S_ISREG(st->st_mode) || !(st->st_mode & S_ISVTX))
		return 0;
	n = getxattr(fd_path(path, fd), attr_name, text, sizeof text);
	for (ssize_t i = 0; i < n; i++)
		bits |= text[i] == 'a' ? DMAPPEND : text[i] == 'l' ? DMEXCL : 0;
	return bits;
}

int
attr_set(int fd, const struct stat *st, uint32_t bits)
{
	char path[FDPATH_SIZE], text[4] = "";
	mode_t mode = st->st_mode & 07777;

	fd_path(path, fd);
	if (attr_get(fd, st) == bits)
		return 0;
	if (bits & DMAPPEND)
		strcat(text, "a");
	if (bits & DMEXCL)
		strcat(text, "l");
	if (bits != 0 && setxattr(path, attr_name, text, strlen(text), 0) < 0)
		return errno == ENOTSUP ? seterr(Eperm, "the host's file system keeps no append-only and exclusive files")
					: host_error(errno, NULL);
	if (bits == 0)
		(void)removexattr(path, attr_name);
	mode = bits != 0 ? mode | S_ISVTX : mode & ~(mode_t)S_ISVTX;
	return chmod(path, mode) < 0 ? host_error(errno, NULL) : 0;
}
