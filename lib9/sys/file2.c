/*
 * sys/file2.c - what programs ask of files that takes more than one system
 * call: access(2), getwd(2), getenv(2), iounit(2).
 */
#include "lib9/sys.h"
#include "lib9/uthread.h"

int
access(const char *file, int mode)
{
	static const int omodes[8] = {
		[AEXEC] = OEXEC, [AWRITE] = OWRITE, [AREAD] = OREAD, [AREAD | AWRITE] = ORDWR,
		[AEXEC | AREAD] = OEXEC, [AEXEC | AWRITE] = ORDWR, [AEXEC | AREAD | AWRITE] = ORDWR,
	};
	int fd;

	if (mode == AEXIST) {
		Dir *d = dirstat(file);

		if (d == NULL)
			return -uthread_self()->errcode;
		free(d);
		return 0;
	}
	fd = open(file, omodes[mode & 7]);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

char *
getwd(char *buf, size_t n)
{
	int fd = open(".", OREAD), rc;

	if (fd < 0)
		return NULL;
	rc = fd2path(fd, buf, n);
	close(fd);
	return rc < 0 ? NULL : buf;
}

/* The whole of an open file, NUL-terminated, malloc'd; its size in *n. */
static char *
read_all(int fd, size_t *n)
{
	enum { STEP = 1024 };
	char *buf = NULL, *more;
	int64_t k = 0;

	for (*n = 0;; *n += (size_t)k) {
		more = realloc(buf, *n + STEP);
		if (more == NULL)
			break;
		buf = more;
		k = read(fd, buf + *n, STEP - 1);
		if (k < 0)
			break;
		if (k == 0) {
			buf[*n] = '\0';
			return buf;
		}
	}
	free(buf);
	return NULL;
}

static int
env_open(const char *name, bool set)
{
	char file[256];

	if (*name == '\0' || strchr(name, '/') != NULL || strlen(name) > 200 || strcmp(name, "..") == 0)
		return seterr(Ebadname, "environment: %.64s", name);
	snprintf(file, sizeof file, "/env/%s", name);
	return set ? create(file, OWRITE, 0664) : open(file, OREAD);
}

/* The elements of a list come with spaces between them. */
char *
getenv(const char *name)
{
	int fd = env_open(name, false);
	size_t n;
	char *s;

	if (fd < 0)
		return NULL;
	s = read_all(fd, &n);
	close(fd);
	if (s == NULL)
		return NULL;
	while (n > 0 && s[n - 1] == '\0')
		n--;
	for (size_t i = 0; i < n; i++)
		if (s[i] == '\0')
			s[i] = ' ';
	return s;
}

int
putenv(const char *name, const char *value)
{
	int64_t n = (int64_t)strlen(value), rc;
	int fd = env_open(name, true);

	if (fd < 0)
		return fd;
	rc = write(fd, value, n);
	close(fd);
	return rc < 0 ? (int)rc : 0;
}

int
iounit(int fd)
{
	char file[32], text[512], *field[10];
	int ctl;

	snprintf(file, sizeof file, "/fd/%dctl", fd);
	ctl = open(file, OREAD);
	if (ctl < 0)
		return 0;
	memset(text, 0, sizeof text);
	read(ctl, text, sizeof text - 1);
	close(ctl);
	return tokenize(text, field, nelem(field)) < 9 ? 0 : atoi(field[7]);
}
