/*
 * tests/guest/bombs.c - programs that take all there is of something: processes,
 * memory, threads, notes. While one is at work the parent makes calls; then its
 * note group is killed, and all it had must be free again.
 * USAGE   bombs MS [bomb]   each for MS milliseconds: "ok NAME" or "not ok NAME" lines
 * SEE     tests/sys/bombs.sh, tests/torture/bombs.sh: what is left afterwards
 */
#include "hvm/hvm.h"
#include "lib9/plat.h"
#include "lib9/sys.h"

enum { STACK = 4096, NSTACK = 64, STAGES = 200, STEP = 1 << 20, PATIENCE_MS = 60000 };

static char stack[NSTACK][STACK] __attribute__((aligned(16)));

/* ---- bombs: each goes on until it is killed ---- */
static void
forks(void)
{
	for (;;)
		if (rfork(RFPROC | RFFDG | RFNOWAIT) < 0)
			sleep(100);     /* a thousand that do this at the same time */
}

/* Takes memory until there is none; those that the system ends are replaced. */
static void
eats_memory(void)
{
	for (;;) {
		int pid = rfork(RFPROC | RFFDG | RFNOWAIT);

		if (pid == 0)
			for (char *p; (p = malloc(STEP)) != NULL;)
				memset(p, 1, STEP);
		sleep(20);
	}
}

static void
yields(void *arg)
{
	USED(arg);
	for (;;)
		L4_Yield();
}

/* as many threads as there are, in several processes, none of which blocks */
static void
threads(void)
{
	L4_ThreadId_t t;

	for (int i = 0; i < 8; i++)
		if (rfork(RFPROC | RFFDG | RFNOWAIT) == 0)
			break;
	for (int i = 0; i < NSTACK; i++) {
		memset(stack[i], 0, STACK);
		if (hvm_thread_new(&t, L4_nilthread, yields, NULL, stack[i], STACK) < 0)
			break;
	}
	yields(NULL);
}

static int
takes_note(Ureg *u, const char *note)
{
	USED(u);
	return strcmp(note, "storm") == 0;
}

/* everybody sends notes to everybody */
static void
notes(void)
{
	int group = getpid();

	atnotify(takes_note, true);
	for (int i = 0; i < 8; i++)
		if (rfork(RFPROC | RFFDG | RFNOWAIT) == 0)
			break;
	for (;;)
		postnote(PNGROUP, group, "storm");
}

/* ---- a pipeline that is no bomb, but long ---- */
static void
stage(int from, int to)
{
	char buf[512];
	int64_t n;

	while ((n = read(from, buf, sizeof buf)) > 0)
		if (write(to, buf, n) != n)
			_exits("write");
	_exits(n < 0 ? "read" : NULL);
}

static void
pipeline(void)
{
	enum { SIZE = 40000, BLOCK = 500 };
	int first[2], fd[2], from;
	char buf[512];
	int64_t n, got = 0;
	bool same = true;

	if (pipe(first) < 0)
		sysfatal("pipe: %r");
	from = first[0];
	for (int i = 0; i < STAGES; i++) {
		if (pipe(fd) < 0)
			sysfatal("pipe %d: %r", i);
		switch (rfork(RFPROC | RFFDG)) {
		case -1:
			sysfatal("stage %d: %r", i);
		case 0:
			close(first[1]);
			close(fd[0]);
			stage(from, fd[1]);
		}
		close(from);
		close(fd[1]);
		from = fd[0];
	}
	if (rfork(RFPROC | RFFDG) == 0) {
		for (int i = 0; i < SIZE; i += BLOCK) {
			for (int k = 0; k < BLOCK; k++)
				buf[k] = (char)((i + k) % 251);
			if (write(first[1], buf, BLOCK) != BLOCK)
				_exits("write");
		}
		_exits(NULL);
	}
	close(first[1]);
	while ((n = read(from, buf, sizeof buf)) > 0)
		for (int64_t i = 0; i < n; i++, got++)
			same = same && buf[i] == (char)(got % 251);
	for (Waitmsg *w; (w = wait()) != NULL; free(w)) /* of so many the last 128 are kept */
		same = same && w->msg[0] == '\0';
	print("%s pipeline_of_%d_gives_what_went_in\n", same && got == SIZE ? "ok" : "not ok", STAGES);
}

static const struct {
	const char *name;
	void (*fn)(void);
	bool starves;   /* the parent's own calls may fail meanwhile */
	bool each;      /* is ended one by one: its leader may be gone, or be full of notes */
} bombs[] = {
	{ "fork_bomb", forks, .starves = true },
	{ "memory_bomb", eats_memory, .starves = true, .each = true },
	{ "thread_bomb", threads, .starves = false },
	{ "note_storm", notes, .each = true },
};

/* Calls that ended in that time; -1: one failed that should not. */
static int
work(int ms, bool may_fail)
{
	int64_t end = nsec() + ms * 1000000ll;
	char buf[512];
	int n = 0;

	while (nsec() < end) {
		int fd = open("/dev/zero", OREAD);

		if ((fd < 0 || read(fd, buf, sizeof buf) != sizeof buf) && !may_fail) {
			fprint(2, "work: %r\n");
			return -1;
		}
		if (fd >= 0) {
			close(fd);
			n++;
		}
		sleep(1);
	}
	return n;
}

/* Entries in /proc. Those above `last` are told to end, unless it is 0. */
static int64_t
processes(int last)
{
	int fd = open("/proc", OREAD), ctl;
	Dir *d = NULL;
	int64_t n = fd < 0 ? -1 : dirreadall(fd, &d);
	char name[64];

	for (int64_t i = 0; last != 0 && i < n; i++) {
		snprintf(name, sizeof name, "/proc/%s/ctl", d[i].name);
		if (atoi(d[i].name) > last && (ctl = open(name, OWRITE)) >= 0) {
			write(ctl, "kill", 4);
			close(ctl);
		}
	}
	close(fd);
	free(d);
	return n;
}

/* A thousand processes take their time to end. */
static bool
ended(int64_t before, int last)
{
	for (int i = 0; i < PATIENCE_MS / 20; i++) {
		int64_t n = processes(last);

		if (n >= 0 && n <= before)
			return true;
		sleep(20);
	}
	return false;
}

static void
bomb(size_t i, int ms)
{
	int64_t before = processes(0);
	int pid = rfork(RFPROC | RFFDG | RFNOTEG), calls;
	bool gone;

	if (pid == 0) {
		bombs[i].fn();
		_exits("it ended");
	}
	if (pid < 0)
		sysfatal("rfork: %r");
	calls = work(ms, bombs[i].starves);
	/* at once: nobody may get away by being forked meanwhile */
	if (postnote(PNGROUP, pid, "kill") < 0 && !bombs[i].each)
		print("not ok %s: kill: %r\n", bombs[i].name);
	gone = ended(before, bombs[i].each ? getpid() : 0);
	if (gone)
		free(wait());
	if (calls <= 0 || !gone)
		print("not ok %s: %d calls meanwhile, all %s\n", bombs[i].name, calls, gone ? "ended" : "did not end");
	else
		print("ok %s_is_survived\n", bombs[i].name);
	fprint(2, "%s: %d calls\n", bombs[i].name, calls);
}

int
main(int argc, char **argv)
{
	int ms = argc > 1 ? atoi(argv[1]) : 0;

	if (ms <= 0) {
		fprint(2, "usage: bombs MS [bomb]\n");
		exits("usage");
	}
	for (size_t i = 0; i < nelem(bombs); i++)
		if (argc < 3 || strcmp(argv[2], bombs[i].name) == 0)
			bomb(i, ms);
	if (argc < 3 || strcmp(argv[2], "pipeline") == 0)
		pipeline();
	exits(NULL);
}
