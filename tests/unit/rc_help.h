/*
 * tests/unit/rc_help.h - an rc over Linux for a test: a folder for what LP49 has
 * and Linux has not (tests/host/sys_posix.c), a process, and what it printed.
 */
#ifndef TESTS_UNIT_RC_HELP_H
#define TESTS_UNIT_RC_HELP_H
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/unit.h"

enum { OUTMAX = 1 << 20 };

int rc_main(int argc, char **argv);

static char host_dir[200];

static void
host_make(void)
{
	const char *tmp = getenv("TMPDIR");
	char env[220];

	snprintf(host_dir, sizeof host_dir, "%s/lp49.rc.XXXXXX", tmp != NULL ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(host_dir));
	snprintf(env, sizeof env, "%s/env", host_dir);
	ck_assert_int_eq(mkdir(env, 0700), 0);
	setenv("LP49_HOST", host_dir, 1);
}

static void
host_remove(void)
{
	int pid = fork();

	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", host_dir, (char *)NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

/* Becomes rc, its outputs in the files out and err, or both in out. */
static void
rc_become(const char *out, const char *err, char **argv)
{
	int argc = 0;
	int null = open("/dev/null", O_RDONLY), fd = open(out, O_RDWR | O_CREAT | O_TRUNC, 0600);

	dup2(null, 0);
	dup2(fd, 1);
	if (err != NULL) {
		close(fd);
		fd = open(err, O_RDWR | O_CREAT | O_TRUNC, 0600);
	}
	dup2(fd, 2);
	close(null);
	close(fd);
	while (argv[argc] != NULL)
		argc++;
	_exit(rc_main(argc, argv));
}

static inline int
rc_start(const char *out, const char *err, char **argv)
{
	int pid = fork();

	if (pid == 0)
		rc_become(out, err, argv);
	return pid;
}

static char *
file_text(const char *name)
{
	char *text = calloc(1, OUTMAX);
	int fd = open(name, O_RDONLY);

	ck_assert_msg(fd >= 0, "%s is missing", name);
	ck_assert_int_ge(read(fd, text, OUTMAX - 1), 0);
	close(fd);
	return text;
}

#endif
