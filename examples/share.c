/*
 * examples/share.c - two processes that share memory (rfork RFMEM) and meet by
 * semaphores: one makes numbers, the other adds them up, with room for one
 * number between them.
 *
 * USAGE  examples/share [count]
 */
#include "lib9/sys.h"

static int32_t full, empty = 1; /* semaphores: how many numbers, how much room */
static uint64_t slot;

static NORETURN void
producer(uint64_t count)
{
	for (uint64_t i = 1; i <= count; i++) {
		if (semacquire(&empty, true) != 1)
			sysfatal("semacquire: %r");
		slot = i;
		semrelease(&full, 1);
	}
	_exits(NULL);
}

int
main(int argc, char **argv)
{
	uint64_t count = 1000, sum = 0;
	int pid;

	if (argc > 1 && (parse_u64(argv[1], strlen(argv[1]), &count) < 0 || count > 1000000))
		sysfatal("usage: share [count]");
	pid = rfork(RFPROC | RFFDG | RFMEM);
	if (pid < 0)
		sysfatal("rfork: %r");
	if (pid == 0)
		producer(count);
	for (uint64_t i = 0; i < count; i++) {
		if (semacquire(&full, true) != 1)
			sysfatal("semacquire: %r");
		sum += slot;
		semrelease(&empty, 1);
	}
	if (waitpid() != pid)
		sysfatal("wait: %r");
	print("%llu numbers, sum %llu\n", (unsigned long long)count, (unsigned long long)sum);
	exits(sum == count * (count + 1) / 2 ? NULL : "wrong sum");
}
