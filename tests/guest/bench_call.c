/*
 * tests/guest/bench_call.c - figures of CORE, its servants and servers, as a
 * program sees them.
 * USAGE   bench_call
 * OUTPUT  lines as tests/bench/sample.h has them
 * FILES   /env/bench, /tmp/bench and /tmp/1 are made, and removed; /mnt is used
 * SEE     tests/bench/bench.sh, doc/bench.md
 */
#include "lib9/l4/l4.h"
#include "lib9/sys.h"

static int64_t
clock_ns(void)
{
	return (int64_t)L4_SystemClock().raw * 1000;
}

static void
line_out(const char *text)
{
	write(1, text, (int64_t)strlen(text));
}
#include "tests/bench/sample.h"

enum { BLOCK = 64 << 10 };

static const int sizes[] = { 16, 1024, 4096, 8192, BLOCK };
static char buf[BLOCK];
static int file, size;
static const char *name_used;

static void
null_call(int n)
{
	while (n-- > 0)
		getpid();
}

static void
read_start(int n)
{
	while (n-- > 0)
		if (pread(file, buf, size, 0) != size)
			sysfatal("read: %r");
}

static void
open_close(int n)
{
	while (n-- > 0) {
		int fd = open(name_used, OREAD);

		if (fd < 0)
			sysfatal("open: %r");
		close(fd);
	}
}

static void
stat_name(int n)
{
	uint8_t d[512];

	while (n-- > 0)
		if (stat(name_used, d, sizeof d) <= 0)
			sysfatal("stat: %r");
}

static void
fork_wait(int n)
{
	while (n-- > 0) {
		int pid = fork();

		if (pid == 0)
			_exits(NULL);
		if (pid < 0 || waitpid() != pid)
			sysfatal("fork: %r");
	}
}

static void
fork_exec_wait(int n)
{
	while (n-- > 0) {
		int pid = fork();

		if (pid == 0) {
			execl("/bin/true", "true", NULL);
			_exits("exec");
		}
		if (pid < 0 || waitpid() != pid)
			sysfatal("fork: %r");
	}
}

static void
pipe_turn(int n)
{
	while (n-- > 0)
		if (write(file, buf, 1) != 1 || read(file, buf, 1) != 1)
			sysfatal("pipe: %r");
}

static void
pipe_drain(int n)
{
	while (n-- > 0)
		if (readn(file, buf, BLOCK) != BLOCK)
			sysfatal("pipe: %r");
}

/* A server's files put into the name space, and taken out again. */
static void
mount_unmount(int n)
{
	while (n-- > 0) {
		int fd = open("/srv/tmp", ORDWR);

		if (fd < 0 || mount(fd, -1, "/mnt", MREPL, "") < 0 || unmount(NULL, "/mnt") < 0)
			sysfatal("mount: %r");
		close(fd);
	}
}

static void
bind_unmount(int n)
{
	while (n-- > 0)
		if (bind("/bin", "/mnt", MREPL) < 0 || unmount(NULL, "/mnt") < 0)
			sysfatal("bind: %r");
}

static void
fork_memory_wait(int n)
{
	while (n-- > 0) {
		int pid = rfork(RFPROC | RFFDG | RFMEM);

		if (pid == 0)
			_exits(NULL);
		if (pid < 0 || waitpid() != pid)
			sysfatal("rfork: %r");
	}
}

/* A name of ten elements. */
static void
deep_name(void)
{
	static char deep[] = "/tmp/1/2/3/4/5/6/7/8/9";

	for (char *p = deep + 5;; p += 2) {
		char c = p[1];

		p[1] = '\0';
		if (create(deep, OREAD, DMDIR | 0777) < 0)
			sysfatal("%s: %r", deep);
		if ((p[1] = c) == '\0')
			break;
	}
	name_used = deep;
	bench("stat.deep", stat_name);
	for (char *p = deep + strlen(deep); p > deep + 5; p -= 2) {
		*p = '\0';
		remove(deep);
	}
}

static void
make(const char *name)
{
	int fd = create(name, OWRITE, 0666);

	if (fd < 0 || write(fd, buf, sizeof buf) != sizeof buf)
		sysfatal("%s: %r", name);
	close(fd);
}

/* Everything that is done to a file: `where` is the layer that it shows. */
static void
one_file(const char *where, const char *path)
{
	char name[40];

	name_used = path;
	if ((file = open(path, OREAD)) < 0)
		sysfatal("%s: %r", path);
	for (size_t i = 0; i < nelem(sizes); i++) {
		size = sizes[i];
		snprintf(name, sizeof name, "read.%s.%d", where, size);
		bench(name, read_start);
	}
	close(file);
	snprintf(name, sizeof name, "open.%s", where);
	bench(name, open_close);
	snprintf(name, sizeof name, "stat.%s", where);
	bench(name, stat_name);
}

static int
other_end(void (*fn)(int n))
{
	int fd[2], pid;

	if (pipe(fd) < 0 || (pid = fork()) < 0)
		sysfatal("pipe, fork: %r");
	file = fd[pid == 0];
	if (pid == 0) {
		close(fd[0]);
		fn(0);
	}
	close(fd[1]);
	return pid;
}

static void
pipe_answer(int n)
{
	USED(n);
	while (read(file, buf, 1) == 1 && write(file, buf, 1) == 1)
		;
	_exits(NULL);
}

static void
pipe_fill(int n)
{
	USED(n);
	while (write(file, buf, BLOCK) == BLOCK)
		;
	_exits(NULL);
}

static void
with_other(const char *name, void (*other)(int n), void (*mine)(int n))
{
	int pid = other_end(other);

	bench(name, mine);
	postnote(PNPROC, pid, "kill");
	close(file);
	waitpid();
}

int
main(void)
{
	memset(buf, 'x', sizeof buf);
	bench("call.null", null_call);
	make("/env/bench");
	make("/tmp/bench");
	one_file("root", "/bin/rc");
	one_file("env", "/env/bench");
	one_file("ramfs", "/tmp/bench");
	remove("/env/bench");
	remove("/tmp/bench");
	deep_name();
	bench("bind", bind_unmount);
	bench("mount", mount_unmount);
	bench("fork", fork_wait);
	bench("fork.memory", fork_memory_wait);
	bench("fork.exec", fork_exec_wait);
	with_other("pipe.1", pipe_answer, pipe_turn);
	with_other("pipe.64k", pipe_fill, pipe_drain);
	exits(NULL);
}
