/*
 * u9fs_help.h - for the tests of u9fs: a folder of the host in which "share" is
 * served and "canary" must never be read or changed through it.
 */
#ifndef TESTS_UNIT_U9FS_HELP_H
#define TESTS_UNIT_U9FS_HELP_H
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <unistd.h>
#include "sim/u9fs/u9fs.h"
#include "tests/unit/srv_help.h"

#define CANARY "nobody may read this"

static char top[] = "/tmp/u9fs.XXXXXX";

static inline int
entry_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	USED(st), USED(type), USED(ftw);
	return remove(path);
}

static inline void
host_write(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

/* What is in a file of the host; "": there is none. */
static inline const char *
host_read(const char *name)
{
	static char text[4096];
	FILE *f = fopen(name, "r");
	size_t n = f != NULL ? fread(text, 1, sizeof text - 1, f) : 0;

	text[n] = '\0';
	if (f != NULL)
		fclose(f);
	return text;
}

/* The folder, its "share" as an ordinary user's; the current directory is in it. */
static inline void
host_make(void)
{
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(chdir(top), 0);
	ck_assert_int_eq(mkdir("share", 0777), 0);
	host_write("canary", CANARY);
	umask(0);
	if (geteuid() == 0) {
		ck_assert_int_eq(chmod(top, 0777), 0);
		ck_assert_int_eq(chown("share", 65534, 65534), 0);
		ck_assert_int_eq(setegid(65534), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
}

/* A session on "share"; fid 1 is its root. */
static inline Srv *
u9_start(void)
{
	static Srv s; /* each test has a process of its own */

	s = (Srv){ .ops = &u9fs_ops, .name = "test" };
	ck_assert_int_eq(root_open("share"), 0);
	ck_assert_int_eq(uopen_init(), 0);
	do_version(&s, TEST_MSIZE);
	ck_assert_int_eq(do_attach(&s, 1, "bob"), 0);
	return &s;
}

static inline void
u9_end(Srv *s)
{
	srv_end(s);
	replies_clear();
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_str_eq(host_read("canary"), CANARY);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(nftw(top, entry_remove, 64, FTW_DEPTH | FTW_PHYS), 0);
}

/* walk to path as fid 2, which must be free */
static inline int
u9_walk(Srv *s, const char *path)
{
	size_t want = *path != '\0';
	int got;

	for (const char *p = path; *p != '\0'; p++)
		want += *p == '/';
	got = do_walk(s, 1, 2, path);
	return got < 0 ? got : (size_t)got == want ? 0 : -Enonexist;
}

/* The whole file `path`, which fits one message; "": not to be read. */
static inline const char *
u9_read(Srv *s, const char *path)
{
	static char text[TEST_MSIZE];
	int n = -1;

	text[0] = '\0';
	if (u9_walk(s, path) < 0)
		return text;
	if (do_open(s, 2, OREAD) == 0 && (n = do_read(s, 2, 0, 4096)) >= 0)
		memcpy(text, replies.f[0].data, (size_t)n);
	text[n < 0 ? 0 : n] = '\0';
	ck_assert_int_eq(do_simple(s, Tclunk, 2), 0);
	return text;
}
#endif
