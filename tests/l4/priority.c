/*
 * tests/l4/priority.c - who runs: priorities, time slices, ThreadSwitch, delayed
 * preemption.
 *
 * The test's own thread is above all that it makes, so it looks and acts while
 * these stand still, and they run while it sleeps.
 * SEE X.2 manual, chapters 3.4 (ThreadSwitch), 3.5 (Schedule), 3.6 (preemption flags)
 */
#include "tests/l4/l4test.h"

enum { HIGH = 60, MIDDLE = 50, LOW = 40, SLICE_US = 10000 };
static volatile L4_Word_t count[3], seen, go;
static volatile unsigned nlog;
static volatile L4_Word_t logged[8];

static L4_ThreadId_t
thread_at(L4_Word_t prio, L4_Time_t slice, void (*fn)(void *), void *arg)
{
	L4_ThreadId_t t = thread_raw(L4_Myself());

	CHECK(L4_Set_Priority(t, prio) != L4_SCHEDRESULT_ERROR);
	CHECK(L4_Set_Timeslice(t, slice, L4_Never) != L4_SCHEDRESULT_ERROR);
	thread_go(t, fn, arg);
	return t;
}

static L4_Time_t
slice(void)
{
	return L4_TimePeriod(SLICE_US);
}

/* runs, and does nothing else, for that time */
static void
busy_ms(unsigned ms)
{
	L4_Word_t start = now_us();

	while (now_us() - start < ms * 1000)
		;
}

static void
counts(void *arg)
{
	for (;;)
		count[(L4_Word_t)arg]++;
}

static void
counts_yields(void *arg)
{
	for (;;) {
		count[(L4_Word_t)arg]++;
		L4_Yield();
	}
}

static void
log_add(L4_Word_t what)
{
	logged[nlog] = what;
	nlog++;
}

static void
start(void)
{
	count[0] = count[1] = count[2] = 0;
	seen = go = nlog = 0;
}

/* ---- priorities ---- */
static void
lower_stands_while_higher_runs(void)
{
	L4_Word_t a;

	start();
	thread_at(LOW, slice(), counts, (void *)0);
	for (int i = 0; i < 10; i++) {
		a = count[0];
		UNTIL(count[0] != a);
		a = count[0];
		busy_ms(3);
		SAME(count[0], a);
	}
}

static void
lower_stands_while_another_runs(void)
{
	L4_ThreadId_t high;
	L4_Word_t a;

	start();
	thread_at(LOW, slice(), counts, (void *)0);
	UNTIL(count[0] != 0);
	high = thread_at(MIDDLE, slice(), counts, (void *)1);
	UNTIL(count[1] != 0);
	a = count[0];
	sleep_ms(30);
	SAME(count[0], a);
	/* until that one is put below it … */
	CHECK(L4_Set_Priority(high, LOW - 1) != L4_SCHEDRESULT_ERROR);
	UNTIL(count[0] != a);
	a = count[1];
	sleep_ms(30);
	SAME(count[1], a);
	/* … or it waits */
	CHECK(L4_Set_Priority(high, MIDDLE) != L4_SCHEDRESULT_ERROR);
	UNTIL(count[1] != a);
	L4_Stop(high);
	a = count[0];
	UNTIL(count[0] != a);
}

static void
sends_logs(void *arg)
{
	for (L4_Word_t i = 0; i < 3; i++) {
		send_words((L4_ThreadId_t){ (L4_Word_t)arg }, 0x20, 1, i);
		log_add(10 + i);
	}
	idles(NULL);
}

static void
receives_logs(void *arg)
{
	L4_ThreadId_t from;

	USED(arg);
	for (;;) {
		L4_Wait(&from);
		log_add(mr(1));
	}
}

/* a receiver of a higher priority is done before its sender goes on */
static void
message_wakes_the_higher_at_once(void)
{
	static const L4_Word_t want[] = { 0, 10, 1, 11, 2, 12 };
	L4_ThreadId_t high;

	start();
	high = thread_at(MIDDLE, slice(), receives_logs, NULL);
	until_blocked(high);
	thread_at(LOW, slice(), sends_logs, (void *)high.raw);
	UNTIL(nlog == 6);
	for (int i = 0; i < 6; i++)
		SAME(logged[i], want[i]);
}

static void
naps_logs(void *arg)
{
	USED(arg);
	sleep_ms(20);
	log_add(count[0]);
	log_add(count[0]);
	idles(NULL);
}

static void
timeout_wakes_the_higher_at_once(void)
{
	start();
	thread_at(MIDDLE, slice(), naps_logs, NULL);
	thread_at(LOW, slice(), counts, (void *)0);
	UNTIL(nlog == 2);
	CHECK(logged[0] != 0);
	SAME(logged[0], logged[1]);
}

/* ---- time slices ---- */
static void
equals_share(void)
{
	start();
	thread_at(LOW, L4_TimePeriod(2000), counts, (void *)0);
	thread_at(LOW, L4_TimePeriod(2000), counts, (void *)1);
	thread_at(LOW, L4_TimePeriod(2000), counts, (void *)2);
	for (int i = 0; i < 5; i++) {
		L4_Word_t a = count[0], b = count[1], c = count[2];

		UNTIL(count[0] != a && count[1] != b && count[2] != c);
	}
}

static void
endless_slice_is_not_shared(void)
{
	L4_ThreadId_t a;
	L4_Word_t n;

	start();
	a = thread_at(LOW, L4_Never, counts, (void *)0);
	UNTIL(count[0] != 0);
	thread_at(LOW, slice(), counts, (void *)1);
	for (int i = 0; i < 3; i++) {
		n = count[0];
		UNTIL(count[0] != n);
		sleep_ms(20);
		SAME(count[1], 0);
	}
	CHECK(L4_Set_Timeslice(a, slice(), L4_Never) != L4_SCHEDRESULT_ERROR);
	UNTIL(count[1] != 0);
}

/* ---- ThreadSwitch ---- */
static void
yield_goes_to_the_next(void)
{
	start();
	thread_at(LOW, L4_Never, counts_yields, (void *)0);
	thread_at(LOW, L4_Never, counts_yields, (void *)1);
	thread_at(LOW, L4_Never, counts_yields, (void *)2);
	for (int i = 0; i < 5; i++) {
		L4_Word_t a = count[0], lo, hi;

		UNTIL(count[0] > a + 20);
		lo = hi = count[0];
		for (int k = 1; k < 3; k++) {
			lo = count[k] < lo ? count[k] : lo;
			hi = count[k] > hi ? count[k] : hi;
		}
		CHECK(hi - lo <= 1);
	}
}

static void
yield_does_not_go_down(void)
{
	L4_Word_t a;

	start();
	thread_at(LOW, slice(), counts, (void *)0);
	thread_at(MIDDLE, slice(), counts_yields, (void *)1);
	UNTIL(count[1] > 10);
	a = count[0];
	sleep_ms(20);
	SAME(count[0], a);
}

static void
logs_when_told(void *arg)
{
	while (!go)
		L4_Yield();
	log_add((L4_Word_t)arg);
	idles(NULL);
}

static volatile L4_ThreadId_t target;

static void
switches_to_target(void *arg)
{
	USED(arg);
	seen = 1;
	L4_Receive(test_id);
	go = 1;
	L4_ThreadSwitch(target);
	log_add(100);
	idles(NULL);
}

static void
switch_goes_to_the_one_named(void)
{
	for (int i = 0; i < 6; i++) {
		L4_ThreadId_t t[3], s;

		start();
		for (L4_Word_t k = 0; k < 3; k++)
			t[k] = thread_at(LOW, L4_Never, logs_when_told, (void *)k);
		target = t[i % 3];
		s = thread_at(LOW, L4_Never, switches_to_target, NULL);
		UNTIL(seen);
		until_blocked(s);
		L4_Set_MsgTag(L4_Niltag);
		CHECK(L4_IpcSucceeded(L4_Send(s)));
		UNTIL(nlog == 4);
		SAME(logged[0], i % 3);
		for (int k = 0; k < 3; k++)
			thread_delete(t[k]);
		thread_delete(s);
	}
}

static void
switches_down(void *arg)
{
	L4_ThreadId_t down = { (L4_Word_t)arg };

	for (int i = 0; i < 5; i++) {
		L4_Word_t a = count[0];

		L4_ThreadSwitch(down);
		log_add(count[0] != a);
	}
	idles(NULL);
}

/* what is given is a time slice, whatever the priority of who gets it */
static void
switch_gives_to_a_lower_one(void)
{
	L4_ThreadId_t low;

	start();
	low = thread_at(LOW, slice(), counts, (void *)0);
	UNTIL(count[0] != 0);
	thread_at(MIDDLE, slice(), switches_down, (void *)low.raw);
	UNTIL(nlog == 5);
	for (int i = 0; i < 5; i++)
		SAME(logged[i], 1);
}

/* ---- delayed preemption ---- */
static void
delays(void *arg)
{
	L4_DisablePreemption();
	seen = 1;
	while (!L4_PreemptionPending() && nlog == 0)
		count[0]++;
	if (arg != NULL) {              /* as long as it may */
		while (nlog == 0)
			count[1]++;
		idles(NULL);
	}
	log_add(L4_PreemptionPending() ? 200 : 201);
	L4_EnablePreemption();
	L4_Yield();
	log_add(202);
	idles(NULL);
}

static void
logs(void *arg)
{
	L4_Receive(test_id);
	sleep_ms(10);
	log_add((L4_Word_t)arg);
	idles(NULL);
}

static void
delay(L4_Word_t sensitive, L4_Word_t max_us, void *arg)
{
	L4_ThreadId_t t, high;

	start();
	high = thread_at(HIGH, slice(), logs, (void *)1);
	until_blocked(high);
	t = thread_raw(L4_Myself());
	CHECK(L4_Set_Priority(t, MIDDLE) != L4_SCHEDRESULT_ERROR);
	CHECK(L4_Set_Timeslice(t, L4_Never, L4_Never) != L4_SCHEDRESULT_ERROR);
	CHECK(L4_Set_PreemptionDelay(t, sensitive, max_us) != L4_SCHEDRESULT_ERROR);
	thread_go(t, delays, arg);
	UNTIL(seen);
	L4_Set_MsgTag(L4_Niltag);
	CHECK(L4_IpcSucceeded(L4_Send(high)));
	sleep_ms(100);          /* and don't push the thread out, which ends its delay */
}

static void
preemption_is_put_off_and_told(void)
{
	static const L4_Word_t want[] = { 200, 1, 202 };

	delay(HIGH, 50000, NULL);
	UNTIL(nlog == 3);
	for (int i = 0; i < 3; i++)
		SAME(logged[i], want[i]);
}

static void
delay_has_an_end(void)
{
	delay(HIGH, 3000, (void *)1);
	UNTIL(nlog == 1);
	CHECK(count[1] != 0);
}

static void
delay_is_for_sensitive_priorities(void)
{
	delay(HIGH - 1, 50000, NULL);
	UNTIL(nlog >= 2);
	SAME(logged[0], 1);
	SAME(logged[1], 201);
}

TESTS(priority_tests) = {
	TEST(lower_stands_while_higher_runs), TEST(lower_stands_while_another_runs),
	TEST(message_wakes_the_higher_at_once), TEST(timeout_wakes_the_higher_at_once), TEST(equals_share),
	TEST(endless_slice_is_not_shared), TEST(yield_goes_to_the_next), TEST(yield_does_not_go_down),
	TEST(switch_goes_to_the_one_named), TEST(switch_gives_to_a_lower_one), TEST(preemption_is_put_off_and_told),
	TEST(delay_has_an_end), TEST(delay_is_for_sensitive_priorities), { NULL, NULL },
};
