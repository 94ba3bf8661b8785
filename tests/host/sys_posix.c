/*
 * host/sys_posix.c - the part of lib9/sys.h that rc needs, over Linux, so that
 * rc runs as a unit test before anything else does.
 *
 * The functions have the names that sysname.h gives; sys.h itself can't be
 * included beside <unistd.h>. $LP49_HOST is a directory for what Linux has
 * not: env/ (what /env is) and status.PID (the text of a process's end).
 * /fd is /dev/fd.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib9/lib9.h"

typedef struct Waitmsg Waitmsg;
struct Waitmsg {
	int pid;
	uint32_t time[3];
	char *msg;
};
enum { RFENVG = 1 << 1, RFNOTEG = 1 << 3, RFPROC = 1 << 4 };

int sys_open(const char *file, int omode), sys_create(const char *file, int omode, uint32_t perm);
int sys_close(int fd), sys_dup(int oldfd, int newfd), sys_pipe(int fd[2]);
int64_t sys_read(int fd, void *buf, int64_t n), sys_write(int fd, const void *buf, int64_t n);
int64_t sys_seek(int fd, int64_t off, int type), sys_dirreadall(int fd, Dir **out);
int sys_access(const char *file, int mode), sys_remove(const char *file), sys_chdir(const char *dir);
int sys_fd2path(int fd, char *buf, size_t n), sys_rfork(int flags);
int sys_exec(const char *file, char *const argv[]), sys_getpid(void), sys_sleep(int64_t ms);
void sys__exits(const char *status) NORETURN;
void sys_exits(const char *status) NORETURN;
Waitmsg *sys_wait(void);
int sys_notify(void (*fn)(void *, const char *)), sys_noted(int how);
Dir *sys_dirstat(const char *file);

static int
fail(void)
{
	static const int numbers[] = {
#define X(code, text, host) [code] = host,
#include "lib9/errors.def"
#undef X
	};

	for (int c = 1; c < (int)nelem(numbers); c++)
		if (numbers[c] == errno)
			return seterr(c, NULL);
	return seterr(Eio, "%s", strerror(errno));
}

static char env_dir[256];

static const char *
host_dir(void)
{
	return getenv("LP49_HOST");
}

static const char *
path(const char *file, char buf[512])
{
	if (strncmp(file, "/env", 4) == 0 && (file[4] == '/' || file[4] == '\0')) {
		if (env_dir[0] == '\0')
			snprintf(env_dir, sizeof env_dir, "%s/env", host_dir() != NULL ? host_dir() : "/nonexistent");
		snprintf(buf, 512, "%s%s", env_dir, file + 4);
		return buf;
	}
	if (strncmp(file, "/fd/", 4) == 0) {
		snprintf(buf, 512, "/dev%s", file);
		return buf;
	}
	return file;
}

static int
flags(int omode)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY };

	return modes[omode & 3] | (omode & OTRUNC ? O_TRUNC : 0) | (omode & OCEXEC ? O_CLOEXEC : 0);
}

int
sys_open(const char *file, int omode)
{
	char buf[512];
	int fd = open(path(file, buf), flags(omode));

	return fd < 0 ? fail() : fd;
}

int
sys_create(const char *file, int omode, uint32_t perm)
{
	char buf[512];
	int fd = open(path(file, buf), flags(omode) | O_CREAT | O_TRUNC, perm & 0777);

	return fd < 0 ? fail() : fd;
}

int
sys_close(int fd)
{
	return close(fd) < 0 ? fail() : 0;
}

int64_t
sys_read(int fd, void *buf, int64_t n)
{
	int64_t r = read(fd, buf, (size_t)n);

	return r < 0 ? fail() : r;
}

int64_t
sys_write(int fd, const void *buf, int64_t n)
{
	int64_t r = write(fd, buf, (size_t)n);

	return r < 0 ? fail() : r;
}

int64_t
sys_seek(int fd, int64_t off, int type)
{
	int64_t r = lseek(fd, off, type);

	return r < 0 ? fail() : r;
}

int
sys_dup(int oldfd, int newfd)
{
	int fd = newfd < 0 ? dup(oldfd) : dup2(oldfd, newfd);

	return fd < 0 ? fail() : fd;
}

int
sys_pipe(int fd[2])
{
	return pipe(fd) < 0 ? fail() : 0;
}

int
sys_access(const char *file, int mode)
{
	char buf[512];
	int m = (mode & AREAD ? R_OK : 0) | (mode & AWRITE ? W_OK : 0) | (mode & AEXEC ? X_OK : 0);

	return access(path(file, buf), m) < 0 ? fail() : 0;
}

int
sys_remove(const char *file)
{
	char buf[512];

	return remove(path(file, buf)) < 0 ? fail() : 0;
}

int
sys_chdir(const char *dir)
{
	return chdir(dir) < 0 ? fail() : 0;
}

int
sys_fd2path(int fd, char *buf, size_t n)
{
	snprintf(buf, n, "%s", isatty(fd) ? "/dev/cons" : "");
	return 0;
}

Dir *
sys_dirstat(const char *file)
{
	char buf[512];
	struct stat st;
	Dir *d;

	if (stat(path(file, buf), &st) < 0) {
		fail();
		return NULL;
	}
	d = calloc(1, sizeof *d);
	if (d != NULL)
		d->mode = (st.st_mode & 0777) | (S_ISDIR(st.st_mode) ? DMDIR : 0);
	return d;
}

/* One piece of memory, as the real one: room for the names of a large directory. */
int64_t
sys_dirreadall(int fd, Dir **out)
{
	enum { MAX = 4096 };
	DIR *dir = fdopendir(dup(fd));
	struct dirent *e;
	int64_t n = 0;
	char *names;
	Dir *d;

	if (dir == NULL)
		return fail();
	d = calloc(MAX, sizeof *d + 256);
	names = (char *)(d + MAX);
	while (n < MAX && (e = readdir(dir)) != NULL) {
		struct stat st;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (fstatat(fd, e->d_name, &st, 0) == 0)
			d[n].mode = (S_ISDIR(st.st_mode) ? DMDIR : 0) | (st.st_mode & 0777);
		snprintf(names, 256, "%s", e->d_name);
		d[n++].name = names;
		names += strlen(names) + 1;
	}
	closedir(dir);
	*out = d;
	return n;
}

/* ---- processes ---- */
/* RFENVG: a copy of the environment's directory. */
static void
env_group(void)
{
	char from[512], to[512], buf[4096], fresh[256];
	struct dirent *e;
	DIR *dir;

	path("/env", from);
	snprintf(fresh, sizeof fresh, "%.200s/env.%d", host_dir() != NULL ? host_dir() : "/nonexistent", getpid());
	mkdir(fresh, 0700);
	dir = opendir(from);
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		int in = openat(dirfd(dir), e->d_name, O_RDONLY);
		int64_t n = read(in, buf, sizeof buf);

		if (n >= 0) {
			snprintf(to, sizeof to, "%s/%.250s", fresh, e->d_name);
			int fd = open(to, O_WRONLY | O_CREAT, 0600);

			if (write(fd, buf, (size_t)n) < 0)
				fail();
			close(fd);
		}
		close(in);
	}
	if (dir != NULL)
		closedir(dir);
	snprintf(env_dir, sizeof env_dir, "%s", fresh);
}

int
sys_rfork(int how)
{
	int pid = 0;

	if (how & RFPROC) {
		pid = fork();
		if (pid < 0)
			return fail();
		if (pid > 0)
			return pid;
	}
	if (how & RFENVG)
		env_group();
	if (how & RFNOTEG)
		setpgid(0, 0);
	return 0;
}

int
sys_exec(const char *file, char *const argv[])
{
	execv(file, argv);
	return fail();
}

static void
status_file(char buf[300], int pid)
{
	snprintf(buf, 300, "%.250s/status.%d", host_dir() != NULL ? host_dir() : "/nonexistent", pid);
}

void
sys__exits(const char *status)
{
	char name[300];
	int fd;

	if (status == NULL || status[0] == '\0')
		_exit(0);
	status_file(name, getpid());
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd >= 0 && write(fd, status, strlen(status)) >= 0)
		close(fd);
	_exit(1);
}

void
sys_exits(const char *status)
{
	sys__exits(status);
}

static void
status_text(int pid, int st, char *text, size_t n)
{
	char name[300];
	int fd;
	int64_t got = -1;

	text[0] = '\0';
	if (WIFSIGNALED(st)) {
		snprintf(text, n, "%s", WTERMSIG(st) == SIGINT ? "interrupt" : strsignal(WTERMSIG(st)));
		return;
	}
	if (WEXITSTATUS(st) == 0)
		return;
	status_file(name, pid);
	fd = open(name, O_RDONLY);
	if (fd >= 0) {
		got = read(fd, text, n - 1);
		close(fd);
		unlink(name);
	}
	if (got >= 0)
		text[got] = '\0';
	else
		snprintf(text, n, "%d", WEXITSTATUS(st));
}

Waitmsg *
sys_wait(void)
{
	int st, pid = wait(&st);
	Waitmsg *w;

	if (pid < 0) {
		fail();
		return NULL;
	}
	w = calloc(1, sizeof *w + ERRMAX);
	w->pid = pid;
	w->msg = (char *)(w + 1);
	status_text(pid, st, w->msg, ERRMAX);
	return w;
}

int
sys_getpid(void)
{
	return getpid();
}

int
sys_sleep(int64_t ms)
{
	usleep((useconds_t)ms * 1000);
	return 0;
}

/* ---- notes: signals ---- */
static void (*handler)(void *, const char *);

static void
on_signal(int sig)
{
	int saved = errno;

	handler(NULL, sig == SIGINT ? "interrupt" : sig == SIGHUP ? "hangup" :
	    sig == SIGALRM ? "alarm" : "term");
	errno = saved;
}

int
sys_notify(void (*fn)(void *, const char *))
{
	static const int sigs[] = { SIGINT, SIGHUP, SIGALRM, SIGTERM };
	struct sigaction sa = { .sa_handler = on_signal };

	handler = fn;
	for (size_t i = 0; i < nelem(sigs); i++)
		sigaction(sigs[i], &sa, NULL);
	return 0;
}

int
sys_noted(int how)
{
	(void)how;
	return 0;
}
