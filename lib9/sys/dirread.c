/*
 * sys/dirread.c - directories and their entries as Dir: dirread(2), dirstat(2).
 */
#include "lib9/sys.h"

enum { STATMAX = UINT16_MAX + 2, READSIZE = 64 << 10 };

/*
 * Unpacks the entries in buf into one piece of memory: the Dirs, then their
 * strings. The number of entries.
 */
static int64_t
unpack(const uint8_t *buf, size_t n, Dir **out)
{
	size_t count = 0, at = 0;
	char *strs;
	Dir *d;

	while (n - at >= 2) {
		size_t size = 2 + (size_t)buf[at] + ((size_t)buf[at + 1] << 8);

		if (size > n - at)
			break;
		at += size;
		count++;
	}
	if (at != n)
		return seterr(Ebadstat, "directory read");
	d = malloc(count * sizeof *d + n);
	if (d == NULL)
		return -Enomem;
	strs = (char *)(d + count);
	at = 0;
	for (size_t i = 0; i < count; i++) {
		int size = dir_unpack(&d[i], buf + at, n - at, strs + at);

		if (size < 0) {
			free(d);
			return size;
		}
		at += (size_t)size;
	}
	*out = d;
	return (int64_t)count;
}

int64_t
dirread(int fd, Dir **d)
{
	uint8_t *buf = malloc(READSIZE);
	int64_t n;

	*d = NULL;
	if (buf == NULL)
		return -Enomem;
	n = read(fd, buf, READSIZE);
	if (n > 0)
		n = unpack(buf, (size_t)n, d);
	free(buf);
	return n;
}

int64_t
dirreadall(int fd, Dir **d)
{
	uint8_t *buf = NULL, *more;
	size_t have = 0;
	int64_t n;

	*d = NULL;
	for (;;) {
		more = realloc(buf, have + READSIZE);
		if (more == NULL) {
			n = -Enomem;
			break;
		}
		buf = more;
		n = read(fd, buf + have, READSIZE);
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	if (have > 0 && n == 0)
		n = unpack(buf, have, d);
	free(buf);
	return n;
}

/* The entry of a file, by name, or by fd when name is NULL. */
static Dir *
entry(const char *name, int fd)
{
	uint8_t small[512], *buf = small;
	size_t size = sizeof small;
	Dir *d = NULL;
	int n;

	n = name != NULL ? stat(name, buf, size) : fstat(fd, buf, size);
	if (n == -Eshort || n == 2) { /* it did not fit */
		buf = malloc(size = STATMAX);
		if (buf == NULL)
			return NULL;
		n = name != NULL ? stat(name, buf, size) : fstat(fd, buf, size);
	}
	if (n > 0 && unpack(buf, (size_t)n, &d) != 1) {
		free(d);
		d = NULL;
		seterr(Ebadstat, NULL);
	}
	if (buf != small)
		free(buf);
	return d;
}

Dir *
dirstat(const char *file)
{
	return entry(file, -1);
}

Dir *
dirfstat(int fd)
{
	return entry(NULL, fd);
}

static int
set_entry(const char *name, int fd, const Dir *d)
{
	size_t size = dir_size(d);
	uint8_t *buf = malloc(size);
	int rc;

	if (buf == NULL)
		return -Enomem;
	rc = dir_pack(d, buf, size);
	if (rc >= 0)
		rc = name != NULL ? wstat(name, buf, size) : fwstat(fd, buf, size);
	free(buf);
	return rc < 0 ? rc : 0;
}

int
dirwstat(const char *file, const Dir *d)
{
	return set_entry(file, -1, d);
}

int
dirfwstat(int fd, const Dir *d)
{
	return set_entry(NULL, fd, d);
}
