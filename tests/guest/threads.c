/*
 * tests/guest/threads.c - a second thread as /proc sees it: listed, stopped and
 * started alone, while the main one goes on.
 * USAGE   threads         "ok NAME" or "not ok NAME" lines
 */
#include "hvm/hvm.h"
#include "lib9/plat.h"
#include "lib9/sys.h"

enum { STACK = 16384, LOOKS = 200, LOOK_MS = 10 };

static char stack[STACK] __attribute__((aligned(16)));
static volatile unsigned count;
static bool failed;

static void
counter(void *arg)
{
	USED(arg);
	for (;;)
		count++;
}

static void
check(const char *name, bool ok)
{
	print("%s %s\n", ok ? "ok" : "not ok", name);
	failed |= !ok;
}

static int
ctl(const char *text)
{
	char name[64];
	int fd, n;

	snprintf(name, sizeof name, "/proc/%d/ctl", getpid());
	if ((fd = open(name, OWRITE)) < 0)
		return fd;
	n = (int)write(fd, text, (int64_t)strlen(text));
	close(fd);
	return n;
}

/* Field f of the line of a thread: 0 its number, 2 its state. */
static bool
line_has(int thread, int f, const char *want)
{
	char name[64], text[1024], *line[17], *field[6];
	size_t n, i;
	int fd;
	int64_t got;

	snprintf(name, sizeof name, "/proc/%d/threads", getpid());
	if ((fd = open(name, OREAD)) < 0)
		return false;
	got = read(fd, text, sizeof text - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	n = getfields(text, line, nelem(line), true, "\n");
	for (i = 0; i < n; i++)
		if (tokenize(line[i], field, nelem(field)) == 5 && atoi(field[0]) == thread)
			return strcmp(field[f], want) == 0;
	return want[0] == '\0';
}

/* Does the counter move within LOOKS looks? */
static bool
moves(void)
{
	unsigned was = count;

	for (int i = 0; i < LOOKS && count == was; i++)
		sleep(LOOK_MS);
	return count != was;
}

static bool
stands(void)
{
	unsigned was = count;

	sleep(5 * LOOK_MS);
	return count == was;
}

static volatile bool told;

static void
on_note(Ureg *u, const char *text)
{
	USED(u);
	USED(text);
	told = true;
	noted(NCONT);
}

/* A note comes to the main thread while it computes. */
static bool
note_comes(void)
{
	char name[64];
	int fd, pid;

	snprintf(name, sizeof name, "/proc/%d/note", getpid());
	if (notify(on_note) < 0 || (pid = rfork(RFPROC | RFNOWAIT | RFFDG)) < 0)
		return false;
	if (pid == 0) {
		sleep(5 * LOOK_MS);
		if ((fd = open(name, OWRITE)) < 0 || write(fd, "hello", 5) != 5)
			sysfatal("%s: %r", name);
		_exits(NULL);
	}
	while (!told)
		;
	return true;
}

int
main(int argc, char **argv)
{
	L4_ThreadId_t t;

	USED(argc);
	USED(argv);
	check("main_thread_is_listed", line_has(0, 0, "0") && line_has(1, 0, ""));
	check("no_thread_to_stop", ctl("stop 1") < 0);
	check("a_note_leaves_it_running", note_comes() && !line_has(0, 2, "stopped"));
	if (hvm_thread_new(&t, L4_nilthread, counter, NULL, stack, sizeof stack) < 0)
		sysfatal("thread: %r");
	check("second_thread_runs", moves() && line_has(1, 2, "runs"));
	check("it_stops_alone", ctl("stop 1") > 0 && stands() && line_has(1, 2, "stopped"));
	check("and_goes_on", ctl("start 1") > 0 && moves() && line_has(1, 2, "runs"));
	check("bad_numbers_are_refused", ctl("stop 16") < 0 && ctl("stop x") < 0 && ctl("start 1 2") < 0 && moves());
	hvm_thread_kill(t);
	check("an_ended_thread_is_gone", line_has(1, 0, ""));
	return failed;
}
