/*
 * tests/l4/schedule.c - Schedule: who may, each field, each state, and the total
 * quantum.
 * SEE X.2 manual, chapters 3.5, 7
 */
#include "tests/l4/l4test.h"

static volatile L4_Word_t got[2];

static void
schedule_tells_the_state(void)
{
	L4_ThreadId_t t = id_new(), s;

	SAME(control(t, test_id, test_id, L4_nilthread, KEEP), 0);
	SAME(state_of(t), L4_SCHEDRESULT_INACTIVE);
	t = thread_new(spins, NULL);
	UNTIL(state_of(t) == L4_SCHEDRESULT_RUNNING);
	s = thread_new(tells, NULL);
	UNTIL(state_of(s) == L4_SCHEDRESULT_PENDING_SEND);
	L4_Receive(s);
	UNTIL(state_of(s) == L4_SCHEDRESULT_WAITING);
	SAME(state_of(L4_GlobalId(20000, 1)), L4_SCHEDRESULT_ERROR);
	SAME(L4_ErrorCode(), L4_ErrInvalidThread);
}

static void
schedule_sets_what_it_is_told(void)
{
	L4_ThreadId_t t = thread_new(idles, NULL);
	L4_Time_t slice, quantum;

	CHECK(L4_Set_Priority(t, 55) != L4_SCHEDRESULT_ERROR);
	CHECK(L4_Set_Timeslice(t, L4_TimePeriod(512), L4_Never) != L4_SCHEDRESULT_ERROR);
	CHECK(L4_Timeslice(t, &slice, &quantum) != L4_SCHEDRESULT_ERROR);
	SAME(slice.raw, L4_TimePeriod(512).raw);
	SAME(quantum.raw, L4_Never.raw);
	CHECK(L4_Set_ProcessorNo(t, 0) != L4_SCHEDRESULT_ERROR);
	SAME(L4_Set_ProcessorNo(t, 999), L4_SCHEDRESULT_ERROR);
	SAME(L4_ErrorCode(), L4_ErrInvalidParam);
	CHECK(L4_Set_PreemptionDelay(t, 60, 1000) != L4_SCHEDRESULT_ERROR);
}

static L4_ThreadId_t victim;

static void
schedules(void *arg)
{
	USED(arg);
	got[0] = L4_Set_Priority(victim, 1);
	got[1] = L4_ErrorCode();
	tells((void *)1);
}

static void
schedule_is_for_the_scheduler(void)
{
	L4_ThreadId_t t = space_new();

	victim = pager_id;
	space_run(t, schedules, NULL);
	SAME(L4_Label(L4_Receive(t)), 0x10);
	SAME(got[0], L4_SCHEDRESULT_ERROR);
	SAME(got[1], L4_ErrNoPrivilege);
	/* but for the thread's scheduler it works */
	L4_ThreadId_t u = space_new();
	victim = thread_new(idles, NULL);
	SAME(control(victim, test_id, u, L4_nilthread, KEEP), 0);
	space_run(u, schedules, NULL);
	SAME(L4_Label(L4_Receive(u)), 0x10);
	CHECK(got[0] != L4_SCHEDRESULT_ERROR);
}

/* A fault's or an exception's message is not the user's operation. */
static void
faults(void *arg)
{
	(void)*(volatile uint8_t *)arg;
	tells((void *)1);
}

static void
waiting_for_the_pager_is_running(void)
{
	L4_ThreadId_t t = thread_raw(test_id);

	SAME(state_of(t), L4_SCHEDRESULT_WAITING);      /* for its start */
	thread_go(t, faults, window(PAGE));
	CHECK(L4_IsPageFault(L4_Receive(t)));
	SAME(state_of(t), L4_SCHEDRESULT_RUNNING);
	L4_Stop(t);
	SAME(state_of(t), L4_SCHEDRESULT_INACTIVE);
}

static void
takes_string(void *arg)
{
	L4_ThreadId_t from;

	L4_Accept(L4_StringItemsAcceptor);
	L4_LoadBR(1, (L4_Word_t)PAGE << 10);
	L4_LoadBR(2, (L4_Word_t)arg);
	L4_Wait(&from);
	tells((void *)1);
}

static L4_ThreadId_t taker;

static void
sends_to_taker(void *arg)
{
	L4_Set_MsgTag((L4_MsgTag_t){ 2 << 6 });
	L4_LoadMR(1, (L4_Word_t)PAGE << 10);
	L4_LoadMR(2, (L4_Word_t)arg);
	L4_Send(taker);
	tells((void *)1);
}

/* the sender's pager, the test, leaves the transfer where it is */
static void
transfers_are_told_from_waits(void)
{
	L4_ThreadId_t s = thread_raw(test_id);

	taker = thread_new(takes_string, pool);
	until_blocked(taker);
	thread_go(s, sends_to_taker, window(PAGE));
	CHECK(L4_IsPageFault(L4_Receive(s)));
	SAME(state_of(s), L4_SCHEDRESULT_SENDING);
	SAME(state_of(taker), L4_SCHEDRESULT_RECEIVING);
}

/* ---- total quantum ---- */
static void
used_up_quantum_stops_and_tells_the_scheduler(void)
{
	L4_ThreadId_t t = thread_new(spins, NULL);
	L4_Time_t slice, quantum;
	L4_MsgTag_t r;
	L4_Word_t a;

	for (int i = 0; i < 3; i++) {
		a = spun;
		CHECK(L4_Set_Timeslice(t, L4_TimePeriod(10000), L4_TimePeriod(20000)) != L4_SCHEDRESULT_ERROR);
		r = L4_Receive(t);
		CHECK(L4_IpcSucceeded(r));
		SAME(L4_Label(r), L4_LABEL_PREEMPTION);
		SAME(L4_UntypedWords(r), 2);
		SAME(L4_TypedWords(r), 0);
		CHECK(mr(1) != 0 || mr(2) != 0);        /* the clock */
		CHECK(spun != a);
		a = spun;
		sleep_ms(10);
		SAME(spun, a);
		CHECK(L4_Timeslice(t, &slice, &quantum) != L4_SCHEDRESULT_ERROR);
		CHECK(L4_IsTimeEqual(quantum, L4_ZeroTime));
	}
	CHECK(L4_Set_Timeslice(t, L4_TimePeriod(10000), L4_Never) != L4_SCHEDRESULT_ERROR);
	UNTIL(spun != a);
}

/* A scheduler need not wait for the message: a new quantum takes it back. */
static void
new_quantum_comes_before_the_message(void)
{
	L4_ThreadId_t t = thread_new(spins, NULL);
	L4_Word_t a = 0;

	CHECK(L4_Set_Timeslice(t, L4_TimePeriod(10000), L4_TimePeriod(5000)) != L4_SCHEDRESULT_ERROR);
	for (unsigned same = 0; same < 50; same++) {
		if (spun != a)
			same = 0;
		a = spun;
		sleep_ms(1);
	}
	CHECK(L4_Set_Timeslice(t, L4_TimePeriod(10000), L4_Never) != L4_SCHEDRESULT_ERROR);
	UNTIL(spun != a);
	CHECK(L4_IpcFailed(L4_Receive_Timeout(t, L4_ZeroTime)));
}

static void
waiting_costs_no_quantum(void)
{
	L4_ThreadId_t t = thread_new(tells, (void *)7);

	until_blocked(t);
	CHECK(L4_Set_Timeslice(t, L4_TimePeriod(10000), L4_TimePeriod(20000)) != L4_SCHEDRESULT_ERROR);
	sleep_ms(60);
	SAME(L4_Label(L4_Receive(t)), 0x10);
	SAME(mr(1), 7);
}

TESTS(schedule_tests) = {
	TEST(schedule_tells_the_state), TEST(schedule_sets_what_it_is_told), TEST(schedule_is_for_the_scheduler),
	TEST(waiting_for_the_pager_is_running), TEST(transfers_are_told_from_waits),
	TEST(used_up_quantum_stops_and_tells_the_scheduler), TEST(new_quantum_comes_before_the_message),
	TEST(waiting_costs_no_quantum), { NULL, NULL },
};
