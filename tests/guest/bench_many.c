/*
 * tests/guest/bench_many.c - many clients of one file server at once: what a 4 KiB
 * read of a RAM file takes, in all of them together (so 1 / it is the total rate).
 * USAGE   bench_many [n ...]     so many clients; without n 1, 2, 8, 32, 128
 * OUTPUT  lines as tests/bench/sample.h has them
 * FILES   /tmp/bench is made, and removed
 * SEE     tests/bench/bench.sh
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

enum { SIZE = 4096, ROUND = 4096, NROUND = 9 };

static char buf[SIZE];
static int nclient, command, answer;

/* For each byte that comes: its share of a round, and a byte back. */
static NORETURN void
client(int command_end, int answer_end)
{
	int fd = open("/tmp/bench", OREAD);

	if (fd < 0)
		sysfatal("/tmp/bench: %r");
	while (read(command_end, buf, 1) == 1) {
		for (int i = 0; i < ROUND / nclient; i++)
			if (pread(fd, buf, SIZE, 0) != SIZE)
				sysfatal("read: %r");
		if (write(answer_end, buf, 1) != 1)
			break;
	}
	_exits(NULL);
}

static void
start(void)
{
	int to[2], back[2];

	if (pipe(to) < 0 || pipe(back) < 0)
		sysfatal("pipe: %r");
	for (int i = 0; i < nclient; i++) {
		int pid = fork();

		if (pid < 0)
			sysfatal("fork: %r");
		if (pid == 0) {
			close(to[0]);
			close(back[0]);
			client(to[1], back[1]);
		}
	}
	close(to[1]);
	close(back[1]);
	command = to[0];
	answer = back[0];
}

/* One round: n reads, all clients together. */
static void
round_run(int n)
{
	USED(n);
	for (int i = 0; i < nclient; i++)
		if (write(command, buf, 1) != 1)
			sysfatal("write: %r");
	for (int i = 0; i < nclient; i++)
		if (read(answer, buf, 1) != 1)
			sysfatal("a client has gone");
}

static void
measure(const char *count)
{
	char name[40];

	if ((nclient = atoi(count)) <= 0 || nclient > ROUND)
		sysfatal("%s clients: not 1 to %d", count, ROUND);
	start();
	round_run(0);
	snprintf(name, sizeof name, "clients.%d", nclient);
	bench_n(name, round_run, ROUND, NROUND);
	close(command);
	close(answer);
	while (waitpid() >= 0)
		;
}

int
main(int argc, char **argv)
{
	static const char *const counts[] = { "1", "2", "8", "32", "128" };
	int fd = create("/tmp/bench", OWRITE, 0666);

	if (fd < 0 || write(fd, buf, SIZE) != SIZE)
		sysfatal("/tmp/bench: %r");
	close(fd);
	for (int i = 1; i < argc; i++)
		measure(argv[i]);
	for (size_t i = 0; argc == 1 && i < nelem(counts); i++)
		measure(counts[i]);
	remove("/tmp/bench");
	exits(NULL);
}
