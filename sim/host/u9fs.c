/*
 * sim/host/u9fs.c - starts u9fs for lp49sim and lp49qemu.
 * It gets a process group of its own: ^C at the terminal is not for it. It dies
 * with its parent, whose end it also sees as the end of its connection.
 * SEE sim/u9fs/README.md
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sim/host/host.h"

const char *
u9fs_path(void)
{
	static char path[PATH_MAX + 8];
	ssize_t n;
	char *end;

	if (path[0] != '\0')
		return path;
	n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	path[n > 0 ? n : 0] = '\0';
	end = strrchr(path, '/');
	strcpy(end != NULL ? end + 1 : path, "u9fs");
	return path;
}

pid_t
u9fs_start(const ShareOption *s, int fd)
{
	const char *file = u9fs_path();
	pid_t parent = getpid(), pid = fork();
	sigset_t none;

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	if (dup2(fd, 0) < 0 || dup2(fd, 1) < 0)
		_exit(1);
	closefrom(3);
	execl(file, "u9fs", s->ro ? "--read-only" : "--", s->ro ? "--" : s->dir, s->ro ? s->dir : NULL, (char *)NULL);
	perror(file);
	_exit(1);
}

void
u9fs_ended(const ShareOption *s, int index, int status)
{
	char name[16] = "host";

	if (index > 0)
		snprintf(name, sizeof name, "host%d", index);
	if (WIFSIGNALED(status))
		fprintf(stderr, "%s: --share %s: u9fs was killed by signal %d: /n/%s is gone\n", program, s->dir,
		    WTERMSIG(status), name);
	else if (WEXITSTATUS(status) != 0) /* else its connection ended */
		fprintf(stderr, "%s: --share %s: u9fs ended with status %d: /n/%s is gone\n", program, s->dir,
		    WEXITSTATUS(status), name);
}
