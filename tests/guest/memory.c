/*
 * tests/guest/memory.c - memory as a program sees it: copy-on-write, shared
 * memory, stacks, heaps, faults that become notes, memory running out.
 * USAGE   memory          every test in turn: "ok NAME" or "not ok NAME" lines
 * Each test is a child; its exit status is empty when all was well.
 */
#include "lib9/plat.h"
#include "lib9/sys.h"

enum { PAGE = 4096, BIG = 8 << 20 };

static volatile int data = 1;
static volatile char zero[3 * PAGE];
static volatile int notes;
static char note_text[ERRMAX];

/* Waits for the child that rfork gave; its status, without the name in front. */
static const char *
status_of(int pid)
{
	static char text[ERRMAX];
	Waitmsg *w = wait();
	const char *p;

	if (w == NULL || w->pid != pid)
		return "wait went wrong";
	p = strstr(w->msg, ": ");
	snprintf(text, sizeof text, "%s", p != NULL ? p + 2 : w->msg);
	free(w);
	return text;
}

static int
child(void (*fn)(void), int flags)
{
	int pid = rfork(RFPROC | RFFDG | flags);

	if (pid == 0) {
		fn();
		_exits(NULL);
	}
	return pid;
}

/* ---- what the children do ---- */
static void
fork_copies(void)
{
	char *heap = malloc(64 * PAGE);
	int pid;

	memset(heap, 1, 64 * PAGE);
	data = 5;
	if ((pid = fork()) == 0) {
		for (int i = 0; i < 64; i++)
			heap[i * PAGE] = 9;
		data = 6;
		zero[PAGE] = 1;
		_exits(data == 6 && heap[PAGE] == 9 && heap[1] == 1 ? NULL : "child");
	}
	if (*status_of(pid))
		_exits("child");
	for (int i = 0; i < 64; i++)
		if (heap[i * PAGE] != 1)
			_exits("heap");
	if (data != 5 || zero[PAGE] != 0)
		_exits("data");
}

static void
generations_are_apart(void)
{
	volatile int *v = malloc(sizeof *v);
	int depth = 0, pid = 0;

	*v = 0;
	while (depth < 12 && (pid = fork()) == 0) {
		*v += ++depth;
		if (*v != depth * (depth + 1) / 2)
			_exits("sum");
	}
	if (depth < 12 && *status_of(pid))
		_exits("deeper");
	if (*v != depth * (depth + 1) / 2)
		_exits("changed");
	_exits(NULL);
}

static volatile int shared;
static void
set_shared(void)
{
	volatile int mine = 3;

	shared = 42;
	if (mine != 3)
		_exits("stack");
}

static void
memory_is_shared(void)
{
	volatile int mine = 7;
	int pid = child(set_shared, RFMEM);

	if (*status_of(pid) || shared != 42 || mine != 7)
		_exits("not shared");
}

static int
deep(int n)
{
	volatile char frame[2 * PAGE];

	frame[0] = (char)n;
	frame[2 * PAGE - 1] = (char)n;
	return n == 0 ? 0 : deep(n - 1) + 1 + (frame[0] != (char)n);
}

static void
stack_grows(void)
{
	if (deep(1000) != 1000)
		_exits("wrong");
}

static void
heap_grows(void)
{
	char *p = sbrk(BIG);

	if (p == (void *)-1)
		_exits("sbrk");
	for (size_t i = 0; i < BIG; i += PAGE)
		if (p[i] != 0)
			_exits("not zero");
	memset(p, 3, BIG);
	for (size_t i = 0; i < BIG; i += PAGE)
		if (p[i] != 3)
			_exits("lost");
}

static void
segments_attach(void)
{
	char *s = segattach(0, "shared", NULL, 4 * PAGE);
	char *m = segattach(0, "memory", NULL, 4 * PAGE);
	int pid;

	if (s == NULL || m == NULL)
		_exits("segattach");
	s[0] = m[0] = 1;
	if ((pid = fork()) == 0) {
		s[0] = m[0] = 2;
		_exits(NULL);
	}
	if (*status_of(pid) || s[0] != 2 || m[0] != 1)
		_exits("wrong sharing");
	if (segdetach(m) < 0 || segdetach(s) < 0 || segdetach(s) >= 0)
		_exits("segdetach");
}

static void
read_nil(void)
{
	(void)*(volatile int *)0;
}

static void
write_text(void)
{
	*(volatile char *)(uintptr_t)write_text = 1;
}

static void
run_data(void)
{
	((void (*)(void))(uintptr_t)zero)();
}

static void
divide(void)
{
	volatile int z = 0;

	data = data / z;
}

static int
endless(int n)
{
	volatile char frame[PAGE / 2]; /* one page's guard must not be stepped over */

	frame[0] = (char)n;
	return data == 0 ? 0 : endless(n + 1) + frame[0];
}

static void
overflow(void)
{
	data = endless(0);
}

static void
detached(void)
{
	char *s = segattach(0, "memory", NULL, PAGE);

	s[0] = 1;
	segdetach(s);
	s[0] = 2;
}

static void
on_note(Ureg *u, const char *text)
{
	USED(u);
	notes++;
	snprintf(note_text, sizeof note_text, "%s", text);
	exits("noted");
}

static void
handler_sees_fault(void)
{
	notify(on_note);
	(void)*(volatile int *)0x1234;
}

static void
note_interrupts(void)
{
	notify(on_note);
	for (;;)
		data++;
}

static void
on_note_go_on(Ureg *u, const char *text)
{
	char scratch[200];

	USED(u);
	memset(scratch, 0xFF, sizeof scratch);
	snprintf(scratch, sizeof scratch, "%s", text);
	notes++;
	noted(NCONT);
}

/* Registers and stack of the interrupted code are as they were. */
static void
note_leaves_no_trace(void)
{
	uint64_t x = 1, y = 1, n = 0;

	notify(on_note_go_on);
	while (notes < 20) {
		x = x * 6364136223846793005u + ++n;
		y = y * 6364136223846793005u + n;
		if (x != y)
			_exits("registers");
	}
}

static void
spaces_run_out(void)
{
	int pid, n = 0;

	while ((pid = fork()) > 0)
		n++;
	if (pid == 0) {
		for (;;)
			L4_Sleep(L4_Never); /* sleep() would hold one of CORE's clerks */
	}
	if (n < 100)
		_exits("few");
	postnote(PNGROUP, getpid(), "kill"); /* all in the group but the sender */
	while (n-- > 0)
		free(wait());
}

static void
memory_runs_out(void)
{
	for (;;) {
		char *p = sbrk(1 << 20);

		if (p == (void *)-1)
			_exits("no more");
		for (size_t i = 0; i < 1 << 20; i += PAGE)
			p[i] = 1;
	}
}

/* Neither memory nor a device's page nor a port, past HVM. */
static void
sigma0_refuses(void)
{
	static char page[PAGE] __attribute__((aligned(PAGE)));
	L4_Fpage_t window = L4_FpageLog2((L4_Word_t)page, 12);
	L4_Fpage_t want[] = {
		L4_FpageLog2(~(L4_Word_t)0, 12), L4_FpageLog2(0xF0000000ul, 12),
		L4_FpageLog2(0xFEE00000ul, 12), L4_FpageLog2(0xA0000ul, 12), L4_IoFpageLog2(0x80, 0),
	};

	for (size_t i = 0; i < nelem(want); i++)
		if (!L4_IsNilFpage(L4_Sigma0_GetPage_RcvWindow(L4_nilthread, want[i], window)))
			_exits("given");
}

/* ---- the list ---- */
static const struct {
	const char *name, *want; /* start of the status */
	void (*fn)(void);
} tests[] = {
	{ "sigma0_gives_programs_nothing", "", sigma0_refuses },
	{ "fork_copies", "", fork_copies },
	{ "generations_are_apart", "", generations_are_apart },
	{ "rfmem_shares_data_and_not_the_stack", "", memory_is_shared },
	{ "stack_grows_by_megabytes", "", stack_grows },
	{ "heap_grows_and_is_zero", "", heap_grows },
	{ "segments_are_shared_or_not", "", segments_attach },
	{ "reading_nil_is_a_trap", "sys: trap: fault read addr=0x0 pc=0x", read_nil },
	{ "writing_text_is_a_trap", "sys: trap: fault write addr=0x4", write_text },
	{ "running_data_is_a_trap", "sys: trap: fault", run_data },
	{ "dividing_by_zero_is_a_trap", "sys: trap: divide error pc=0x", divide },
	{ "endless_recursion_is_a_trap", "sys: trap: stack overflow addr=0x9efff", overflow },
	{ "a_detached_segment_is_gone", "sys: trap: fault write addr=0x6", detached },
	{ "a_handler_sees_the_fault", "noted", handler_sees_fault },
	{ "processes_run_out_for_one_only", "", spaces_run_out },
	{ "memory_runs_out_for_one_only", "", memory_runs_out },
	{ "and_all_of_it_comes_back", "", heap_grows },
};

static bool
good(const char *want, const char *got)
{
	if (*want == '\0')
		return *got == '\0' || strcmp(got, "no more") == 0 || strncmp(got, "sys: out of memory", 18) == 0;
	return strncmp(got, want, strlen(want)) == 0;
}

static void
result(const char *name, bool ok, const char *got)
{
	if (ok)
		print("ok %s\n", name);
	else
		print("not ok %s: %s\n", name, got);
}

int
main(void)
{
	const char *got;
	int pid;

	for (size_t i = 0; i < nelem(tests); i++) {
		got = status_of(child(tests[i].fn, RFNOTEG));
		result(tests[i].name, good(tests[i].want, got), got);
	}
	pid = child(note_interrupts, 0);
	sleep(50);
	postnote(PNPROC, pid, "hello");
	got = status_of(pid);
	result("a_note_interrupts_a_busy_program", strcmp(got, "noted") == 0, got);
	pid = child(note_leaves_no_trace, 0);
	for (int i = 0; i < 20; i++) {
		sleep(10);
		postnote(PNPROC, pid, "hello");
	}
	got = status_of(pid);
	result("a_noted_program_goes_on_as_it_was", *got == '\0', got);
	exits(NULL);
}
