/*
 * sim/host/history.c - the user's history of typed lines, console port 4.
 * FILES   $XDG_STATE_HOME/lp49/history, else $HOME/.local/state/lp49/history
 * Several machines use it at once: lines are appended whole, under a lock, and a file
 * that grew too large is replaced by a new one with its last lines. What can't be read
 * or written is no error: then there is no history.
 * LIMITS  KEEP bytes are kept, twice as many at times; a lock that is held for longer
 *         than LOCK_TRIES * LOCK_PAUSE_US is not waited for
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sim/host/host.h"

enum { KEEP = 128 * 1024, LOCK_TRIES = 20, LOCK_PAUSE_US = 5000 };

static char path[PATH_MAX - 32];

/* Names the file and makes its folders; false: there is no place for it. */
static bool
path_make(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	bool own = state != NULL && state[0] == '/';
	int n = own ? snprintf(path, sizeof path, "%s/lp49/history", state) :
	    home != NULL && home[0] == '/' ? snprintf(path, sizeof path, "%s/.local/state/lp49/history", home) : -1;

	if (n < 0 || (size_t)n >= sizeof path) {
		path[0] = '\0';
		return false;
	}
	for (char *p = path + 1; (p = strchr(p, '/')) != NULL; *p++ = '/') {
		*p = '\0';
		(void)mkdir(path, 0700);
	}
	return true;
}

/* Opened and locked, and still the one that has the name; -1: not to be had. */
static int
file_lock(void)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		struct stat mine, named;
		int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);

		if (fd < 0)
			return -1;
		if (fstat(fd, &mine) < 0 || !S_ISREG(mine.st_mode)) {
			close(fd);
			return -1;
		}
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 && stat(path, &named) == 0 && named.st_ino == mine.st_ino &&
		    named.st_dev == mine.st_dev)
			return fd;
		close(fd);
		usleep(LOCK_PAUSE_US);
	}
	return -1;
}

/* REQUIRES fd is locked. A file of twice KEEP is replaced by one with its last lines. */
static void
file_trim(int fd)
{
	char next[PATH_MAX], *text, *from;
	off_t size = lseek(fd, 0, SEEK_END);
	ssize_t n;
	int to;

	if (size <= 2 * KEEP || (text = malloc(KEEP + 1)) == NULL)
		return;
	n = pread(fd, text, KEEP, size - KEEP);
	from = n > 0 ? memchr(text, '\n', (size_t)n) : NULL;
	snprintf(next, sizeof next, "%s.%ld", path, (long)getpid());
	to = from != NULL ? open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
	if (to >= 0) {
		n -= ++from - text;
		if (write(to, from, (size_t)n) != n || rename(next, path) < 0)
			unlink(next);
		close(to);
	}
	free(text);
}

int
history_open(void)
{
	return path_make() ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
}

void
history_append(const struct iovec *iov, int n)
{
	int fd = path[0] != '\0' ? file_lock() : -1;

	if (fd < 0)
		return;
	if (writev(fd, iov, n) > 0) /* else it is full: this machine has the line */
		file_trim(fd);
	close(fd);
}
