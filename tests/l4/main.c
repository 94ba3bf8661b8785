/*
 * tests/l4/main.c - runs the tests, one thread each, says what came out, and
 * turns the machine off with status 1 if one failed.
 */
#include "tests/l4/l4test.h"

extern const Test kip_tests[], ipc_tests[], timeout_tests[], sender_tests[], cancel_tests[], map_tests[], unmap_tests[],
    string_tests[], string_fault_tests[], transfer_tests[], exregs_tests[], thread_tests[], space_tests[], schedule_tests[],
    priority_tests[], move_tests[], fault_tests[], error_tests[], speed_tests[];
static const Test *const groups[] = {
	kip_tests, ipc_tests, timeout_tests, sender_tests, cancel_tests, map_tests, unmap_tests, string_tests,
	string_fault_tests, transfer_tests, exregs_tests, thread_tests, space_tests, schedule_tests, priority_tests, move_tests,
	fault_tests, error_tests, machine_tests, speed_tests,
};

static const Test *volatile current;
static unsigned passed, failed;
static volatile bool bad;

void
say(const char *fmt, ...)
{
	char line[240];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	plat_debug_puts(line);
}

static NORETURN void
test_end(void)
{
	L4_Set_MsgTag(tag(bad, 0));
	L4_Send(main_id);
	for (;;)
		L4_Sleep(L4_Never);
}

void
check(bool ok, const char *file, int line, const char *text)
{
	if (ok)
		return;
	bad = true;
	say("# %s: %s:%d: %s\n", current->name, file, line, text);
	test_end();
}

void
check_same(L4_Word_t a, L4_Word_t b, const char *file, int line, const char *text)
{
	char more[160];

	if (a == b)
		return;
	snprintf(more, sizeof more, "%s: 0x%lx, not 0x%lx", text, (unsigned long)a, (unsigned long)b);
	check(false, file, line, more);
}

static void
test_run(void *arg)
{
	USED(arg);
	test_id = L4_MyGlobalId();
	current->fn();
	test_end();
}

/* made by tests/l4/help.c */
void help_init(void);
void help_clean(void);

static void
one(const Test *t)
{
	L4_ThreadId_t from;
	L4_MsgTag_t r;

	current = t;
	bad = false;
	thread_new(test_run, NULL);
	r = L4_Wait_Timeout(L4_TimePeriod(SECONDS * 1000000ul), &from);
	if (L4_IpcFailed(r))
		say("# %s: no end after %d s\n", t->name, SECONDS);
	else if (L4_Label(r) > 1)
		say("# %s: label 0x%lx, %lx %lx %lx %lx\n", t->name, (unsigned long)L4_Label(r), (unsigned long)mr(1),
		    (unsigned long)mr(2), (unsigned long)mr(3), (unsigned long)mr(4));
	bad = bad || L4_IpcFailed(r) || L4_Label(r) != 0;
	passed += !bad;
	failed += bad;
	say("%s %u %s\n", bad ? "not ok" : "ok", passed + failed, t->name);
	help_clean();
}

int
main(int argc, char **argv)
{
	USED(argc);
	USED(argv);
	help_init();
	say("# X.2 suite on %s\n", L4_KernelVersionString(kip));
	for (size_t g = 0; g < nelem(groups); g++)
		for (const Test *t = groups[g]; t->name != NULL; t++)
			one(t);
	say("%u passed, %u failed\n", passed, failed);
	power_off(failed != 0);
	for (;;)
		L4_Sleep(L4_Never);
}
