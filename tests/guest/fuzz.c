/*
 * tests/guest/fuzz.c - wild L4 system calls and instructions of a user program:
 * children make them until there were enough; each is killed when it has made
 * its share, or stopped coming on, and the next begins. Afterwards the system is
 * as before.
 * USAGE   fuzz [seed [calls]]    "ok NAME" or "not ok NAME" lines
 * SEE tests/l4fuzz/fuzz.h
 */
#include "hvm/hvm.h"
#include "lib9/sys.h"
#include "tests/l4fuzz/fuzz.h"

enum { SHARE = 20000, STEP_MS = 10, PATIENCE = 50, NCHILD_MAX = 20000, HOLE = 777 };
static volatile uint32_t *tally;        /* shared: two words for each worker */

/* The kernel or HVM refuses what harms others: nothing is left out. */
static bool
fuzz_may_touch(L4_ThreadId_t t)
{
	USED(t);
	return true;
}

static bool
fuzz_may_join(L4_ThreadId_t t)
{
	return fuzz_may_touch(t);
}

static L4_ThreadId_t
fuzz_redirector(Worker *w)
{
	return (L4_ThreadId_t){ wild_id(w) };
}

static void
fuzz_privileged(L4_ThreadId_t t)
{
	USED(t);
	tally[HOLE] = HOLE;
}

static bool
fuzz_thread_new(Worker *w)
{
	return hvm_thread_new(&w->id, controller, worker_main, w, worker_stack[w - worker], FUZZ_STACK) == 0;
}

static void
fuzz_thread_kill(Worker *w)
{
	hvm_thread_kill(w->id);
}

extern uint8_t __executable_start[], __bss_start[], _end[];

static bool
fuzz_memory_ours(L4_Word_t addr, bool write)
{
	L4_Word_t low = write ? (L4_Word_t)__bss_start & ~(L4_Word_t)(FUZZ_PAGE - 1) : (L4_Word_t)__executable_start;

	return (addr >= low && addr < (L4_Word_t)_end) || addr - (L4_Word_t)tally < FUZZ_PAGE;
}

/* The controller's own fault brings the page: both share one space. */
static void
fuzz_map_reply(L4_ThreadId_t to, L4_Word_t addr, bool write)
{
	L4_Msg_t m;

	if (!write)
		(void)*(volatile uint8_t *)addr;
	else
		__atomic_fetch_add((uint8_t *)addr, 0, __ATOMIC_RELAXED);
	L4_MsgClear(&m);
	L4_MsgAppendMapItem(&m, L4_MapItem(L4_Nilpage, 0));
	L4_MsgLoad(&m);
	L4_Reply(to);
}

static void
child(uint32_t seed)
{
	controller = L4_Myself();
	fuzz_words();
	fuzz_id[9] = (L4_ThreadId_t){ startup->mngr };
	fuzz_id[10] = L4_GlobalId(L4_ThreadNo(L4_Pager()) + 1, 2);
	for (unsigned i = 0; i < NWORKER; i++) {
		worker[i] = (Worker){ .seed = (seed * NWORKER + i) * 2654435761u | 1, .count = tally + 2 * i };
		if (!worker_new(&worker[i]))
			_exits("thread");
	}
	for (;;)
		control_run(1000);
}

/* Calls of the child so far. A wild write into the tally is not believed. */
static uint32_t
calls(uint32_t last)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < NWORKER; i++)
		if (tally[2 * i] == ~tally[2 * i + 1] && tally[2 * i] < 10 * SHARE)
			n += tally[2 * i];
	return n > last && n - last < SHARE ? n : last;
}

static uint32_t
one_child(uint32_t seed, uint32_t want)
{
	uint32_t n = 0, last;
	int pid, still = 0;
	char status[32];

	memset((void *)tally, 0, FUZZ_PAGE);
	pid = rfork(RFPROC | RFFDG | RFNOTEG | RFNAMEG);
	if (pid < 0)
		sysfatal("fork: %r");
	if (pid == 0) {
		for (int fd = 0; fd < 3; fd++)
			close(fd);
		child(seed);
	}
	snprintf(status, sizeof status, "/proc/%d/status", pid);
	while (n < want && still < PATIENCE) {
		sleep(STEP_MS);
		last = n;
		n = calls(last);
		still = n == last ? still + 1 : 0;
		if (n == last && access(status, AEXIST) < 0)
			break;          /* it ended by itself */
	}
	postnote(PNPROC, pid, "kill");
	free(wait());
	return n;
}

int
main(int argc, char **argv)
{
	uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 0) : 1;
	uint32_t want = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 0) : 1000000, total = 0;
	unsigned nchild = 0, holes = 0;

	tally = segattach(0, "shared", NULL, FUZZ_PAGE);
	if (tally == NULL)
		sysfatal("segattach: %r");
	for (; total < want && nchild < NCHILD_MAX; nchild++) {
		total += one_child(seed + nchild, SHARE < want - total ? SHARE : want - total);
		holes += tally[HOLE] == HOLE;
	}
	print("# seed %u: %u calls by %u children\n", seed, total, nchild);
	print("%s %s\n", total >= want ? "ok" : "not ok", "wild_L4_calls_were_made");
	print("%s %s\n", holes == 0 ? "ok" : "not ok", "privileged_calls_were_refused");
	exits(total < want ? "too few calls" : holes > 0 ? "privileged calls" : NULL);
}
