/*
 * tests/bench/base.c - what the host itself can do, measured as LP49 is: the
 * baselines of `make bench`, and the clock for whole commands.
 * USAGE   base                       the table; pinned to the CPU of its caller's mask
 *         base disk FILE             FILE and FILE.new are read and written (disk.h)
 *         base run NAME N CMD ARG…   N times fork, exec, wait: NAME's line
 * OUTPUT  lines as tests/bench/sample.h has them, on standard output
 * EXIT    1 when something that is measured fails
 * LIMITS  Linux
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t
clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void
line_out(const char *text)
{
	fputs(text, stdout);
	fflush(stdout);
}
#include "tests/bench/sample.h"

enum { BLOCK = 64 << 10, PAGE = 4096, BATCH = 16, NBATCH = 200, T_READ = 23, R_READ = 11 };

static char buf[BLOCK + R_READ];
static int fd, size;
static char path[64];
static char *const *command;
static volatile char *page;
static struct {
	atomic_uint go, back;
} *turn;

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static int
file_new(void)
{
	int f = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (f < 0)
		fail(path);
	return f;
}
#include "tests/bench/disk.h"

static void
all(ssize_t (*io)(int, void *, size_t), int f, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t r = io(f, buf + done, n - done);

		if (r <= 0)
			fail("read or write");
		done += (size_t)r;
	}
}

static ssize_t
put(int f, void *p, size_t n)
{
	return write(f, p, n);
}

/* ---- F: a bare futex, from a process to another and back ---- */
static void
futex_wait_not(atomic_uint *w, unsigned old)
{
	while (atomic_load(w) == old)
		syscall(SYS_futex, w, FUTEX_WAIT, old, NULL, NULL, 0);
}

static void
futex_set(atomic_uint *w, unsigned v)
{
	atomic_store(w, v);
	syscall(SYS_futex, w, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void
futex_turn(int n)
{
	while (n-- > 0) {
		unsigned v = atomic_load(&turn->back);

		futex_set(&turn->go, v + 1);
		futex_wait_not(&turn->back, v);
	}
}

static void
futex_answer(void)
{
	for (unsigned v = 0;; v++) {
		futex_wait_not(&turn->go, v);
		futex_set(&turn->back, v + 1);
	}
}

/* ---- files ---- */
static void
read_start(int n)
{
	while (n-- > 0)
		if (pread(fd, buf, (size_t)size, 0) != size)
			fail("pread");
}

static void
open_close(int n)
{
	while (n-- > 0)
		if (close(open(path, O_RDONLY)) < 0)
			fail(path);
}

static void
stat_name(int n)
{
	struct stat st;

	while (n-- > 0)
		if (stat(path, &st) < 0)
			fail(path);
}

/* ---- a request of T_READ bytes and its answer of `size` more than the header:
 * what a 9P read costs on a socket pair when the server does nothing ---- */
static void
ninep_turn(int n)
{
	while (n-- > 0) {
		all(put, fd, T_READ);
		all(read, fd, (size_t)size + R_READ);
	}
}

static void
ninep_answer(void)
{
	for (;;) {
		all(read, fd, T_READ);
		all(put, fd, (size_t)size + R_READ);
	}
}

/* ---- pipes: Linux's have one direction, so a socket pair would do, but two
 * pipes are faster ---- */
static int to_other[2], to_me[2];

static void
pipe_turn(int n)
{
	while (n-- > 0)
		if (write(to_other[1], buf, (size_t)size) != size || read(to_me[0], buf, 1) != 1)
			fail("pipe");
}

static void
pipe_answer(void)
{
	for (;;) {
		all(read, to_other[0], (size_t)size);
		all(put, to_me[1], 1);
	}
}

static void
pipe_drain(int n)
{
	while (n-- > 0)
		all(read, to_me[0], BLOCK);
}

static void
pipe_fill(void)
{
	for (;;)
		all(put, to_me[1], BLOCK);
}

/* ---- processes, memory ---- */
static void
fork_wait(int n)
{
	while (n-- > 0) {
		pid_t pid = fork();

		if (pid == 0) {
			if (command != NULL)
				execvp(command[0], command);
			_exit(command != NULL);
		}
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			fail("fork");
	}
}

static void
touch(int n)
{
	for (; n > 0; n--, page += PAGE)
		*page = 1;
}

static void
with_other(const char *name, void (*other)(void), void (*mine)(int n))
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		other();
	}
	bench(name, mine);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
files(void)
{
	static const int sizes[] = { 16, 1024, 4096, 8192, BLOCK };
	int pair[2];
	char name[40];

	snprintf(path, sizeof path, "/dev/shm/lp49bench.%d", (int)getpid());
	if ((fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600)) < 0)
		fail(path);
	all(put, fd, BLOCK);
	for (int i = 0; i < 5; i++) {
		size = sizes[i];
		snprintf(name, sizeof name, "b.read.%d", size);
		bench(name, read_start);
	}
	close(fd);
	bench("b.open", open_close);
	bench("b.stat", stat_name);
	unlink(path);
	for (int i = 0; i < 5; i++) {
		size = sizes[i];
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
			fail("socketpair");
		snprintf(name, sizeof name, "b.9p.%d", size);
		fd = pair[0];
		pid_t pid = fork();
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			fd = pair[1];
			ninep_answer();
		}
		bench(name, ninep_turn);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		close(pair[0]), close(pair[1]);
	}
}

static void
table(void)
{
	static char name[] = "true", *true_argv[] = { name, NULL };

	turn = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	page = mmap(NULL, PAGE * BATCH * NBATCH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (turn == MAP_FAILED || page == MAP_FAILED || pipe(to_me) < 0 || pipe(to_other) < 0)
		fail("mmap, pipe");
	madvise((void *)page, PAGE * BATCH * NBATCH, MADV_NOHUGEPAGE);
	with_other("F", futex_answer, futex_turn);
	bench_n("b.fault", touch, BATCH, NBATCH);
	files();
	size = 1;
	with_other("b.pipe.1", pipe_answer, pipe_turn);
	size = 4096;
	with_other("b.pipe.4096", pipe_answer, pipe_turn);
	with_other("b.pipe.64k", pipe_fill, pipe_drain);
	bench("b.fork", fork_wait);
	command = true_argv;
	bench("b.fork.exec", fork_wait);
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "disk") == 0) {
		if ((fd = open(argv[2], O_RDWR)) < 0)
			fail(argv[2]);
		snprintf(path, sizeof path, "%s.new", argv[2]);
		disk_table("b.", fd, lseek(fd, 0, SEEK_END));
		unlink(path);
	} else if (argc > 4 && strcmp(argv[1], "run") == 0 && atoi(argv[3]) > 0 && atoi(argv[3]) <= SAMPLE_MAX) {
		command = argv + 4;
		bench_n(argv[2], fork_wait, 1, atoi(argv[3]));
	} else if (argc == 1) {
		table();
	} else {
		fprintf(stderr, "usage: base [disk FILE | run NAME N CMD ARG...]\n");
		return 2;
	}
	return 0;
}
