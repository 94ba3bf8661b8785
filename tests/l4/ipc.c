/*
 * tests/l4/ipc.c - IPC of untyped words in all combinations of phases, and its
 * timeouts.
 * SEE X.2 manual, chapter 5
 */
#include "tests/l4/l4test.h"

/* answers each call with the same words, label + 1, sender's id as the last word */
static void
echo(void *arg)
{
	L4_ThreadId_t from;
	L4_MsgTag_t t = L4_Wait(&from);

	USED(arg);
	for (;;) {
		L4_Set_MsgTag(tag(L4_Label(t) + 1, (unsigned)L4_UntypedWords(t)));
		t = L4_ReplyWait(from, &from);
	}
}

static void
call_carries_all_words(void)
{
	L4_ThreadId_t t = thread_new(echo, NULL);

	for (unsigned u = 0; u <= 63; u++) {
		L4_MsgTag_t r = call_words(t, 0x1230 + u, u, u * 1000);

		CHECK(L4_IpcSucceeded(r));
		SAME(L4_Label(r), 0x1231 + u);
		SAME(L4_UntypedWords(r), u);
		for (unsigned i = 0; i < u; i++)
			SAME(mr((int)i + 1), u * 1000 + i);
	}
}

static void
call_reaches_another_space(void)
{
	L4_ThreadId_t t = space_new();
	L4_MsgTag_t r;

	space_run(t, echo, NULL);
	r = call_words(t, 9, 63, 500);
	CHECK(L4_IpcSucceeded(r));
	SAME(L4_Label(r), 10);
	SAME(mr(63), 562);
	r = call_words(t, 9, 1, 501);
	SAME(mr(1), 501);
}

static void
label_has_all_its_bits(void)
{
	L4_ThreadId_t t = thread_new(echo, NULL);
	L4_Word_t label = ~(L4_Word_t)0 >> 17;

	SAME(L4_Label(call_words(t, label, 1, 1)), label + 1);
}

static void
too_many_words_overflow(void)
{
	L4_ThreadId_t t = thread_new(echo, NULL);

	L4_Yield();
	L4_Set_MsgTag((L4_MsgTag_t){ 63 | 2 << 6 });
	L4_LoadMR(1, 0);
	CHECK(L4_IpcFailed(L4_Send_Timeout(t, L4_TimePeriod(1000000))));
	SAME(L4_ErrorCode() & 0xF, ERROR(SND, L4_IpcErrOverflow));
}

static void
lipc_calls_like_ipc(void)
{
	L4_ThreadId_t t = thread_new(echo, NULL), from;
	L4_MsgTag_t r;

	L4_Set_MsgTag(tag(5, 1));
	L4_LoadMR(1, 77);
	r = L4_Lcall(L4_LocalIdOf(t));
	CHECK(L4_IpcSucceeded(r));
	SAME(L4_Label(r), 6);
	SAME(mr(1), 77);
	L4_Set_MsgTag(tag(7, 0));
	r = L4_Lipc(t, t, L4_Timeouts(L4_Never, L4_Never), &from);
	SAME(L4_Label(r), 8);
	SAME(from.raw, L4_LocalIdOf(t).raw);
}

static void
sends_once(void *arg)
{
	send_words(test_id, (L4_Word_t)arg, 1, L4_MyGlobalId().raw);
}

static void
sender_of_own_space_has_a_local_id(void)
{
	L4_ThreadId_t t = thread_new(sends_once, (void *)3), from;

	CHECK(L4_IpcSucceeded(L4_Wait(&from)));
	CHECK(L4_IsLocalId(from));
	SAME(L4_GlobalIdOf(from).raw, t.raw);
}

static void
sender_of_other_space_has_a_global_id(void)
{
	L4_ThreadId_t t = space_new(), from;

	space_run(t, sends_once, (void *)3);
	CHECK(L4_IpcSucceeded(L4_Wait(&from)));
	SAME(from.raw, t.raw);
}

static void
closed_receive_ignores_others(void)
{
	L4_ThreadId_t a = thread_new(sends_once, (void *)1), b, from;

	until_blocked(a);
	b = thread_new(sends_once, (void *)2);
	SAME(L4_Label(L4_Receive(b)), 2);
	SAME(mr(1), b.raw);
	SAME(L4_Label(L4_Wait(&from)), 1);
	SAME(mr(1), a.raw);
}

static void
closed_receive_takes_a_local_id(void)
{
	L4_ThreadId_t a = thread_new(sends_once, (void *)1);

	SAME(L4_Label(L4_Receive(L4_LocalIdOf(a))), 1);
}

static void
anylocalthread_ignores_other_spaces(void)
{
	L4_ThreadId_t far = space_new(), near, from;

	space_run(far, sends_once, (void *)1);
	UNTIL(state_of(far) == L4_SCHEDRESULT_PENDING_SEND);
	near = thread_new(sends_once, (void *)2);
	SAME(L4_Label(L4_Lipc(L4_nilthread, L4_anylocalthread, L4_Timeouts(L4_Never, L4_Never), &from)), 2);
	SAME(mr(1), near.raw);
	SAME(L4_Label(L4_Wait(&from)), 1);
}

static void
senders_are_served_in_order(void)
{
	L4_ThreadId_t from;

	for (L4_Word_t i = 1; i <= 5; i++) {
		until_blocked(thread_new(sends_once, (void *)i));
	}
	for (L4_Word_t i = 1; i <= 5; i++)
		SAME(L4_Label(L4_Wait(&from)), i);
}

static void
call_then_two(void *arg)
{
	L4_MsgTag_t r = call_words(test_id, 1, 0, 0);

	USED(arg);
	send_words(test_id, L4_IpcSucceeded(r) ? L4_Label(r) : 99, 0, 0);
}

/* A caller must be found receiving at once, although it has not run since. */
static void
reply_with_timeout_zero_finds_the_caller(void)
{
	L4_ThreadId_t t = thread_new(call_then_two, NULL), from;

	until_blocked(t);
	CHECK(L4_IpcSucceeded(L4_Wait(&from)));
	L4_Set_MsgTag(tag(55, 0));
	CHECK(L4_IpcSucceeded(L4_Reply(t)));
	SAME(L4_Label(L4_Receive(t)), 55);
}

static void
failed_reply_skips_the_wait(void)
{
	L4_ThreadId_t t = thread_new(sends_once, (void *)1), from;

	until_blocked(t);
	L4_Set_MsgTag(tag(1, 0));
	CHECK(L4_IpcFailed(L4_ReplyWait(t, &from)));    /* t sends, does not receive */
	SAME(L4_ErrorCode(), ERROR(SND, L4_IpcErrTimeout));
	SAME(L4_Label(L4_Wait(&from)), 1);
}

static void
missing_partners_are_errors(void)
{
	L4_ThreadId_t nobody = L4_GlobalId(20000, 1), t = thread_new(echo, NULL);

	L4_Set_MsgTag(L4_Niltag);
	CHECK(L4_IpcFailed(L4_Send(nobody)));
	SAME(L4_ErrorCode(), ERROR(SND, L4_IpcErrNonExist));
	CHECK(L4_IpcFailed(L4_Receive(nobody)));
	SAME(L4_ErrorCode(), ERROR(RCV, L4_IpcErrNonExist));
	/* the number is right, the version is not */
	CHECK(L4_IpcFailed(L4_Send(L4_GlobalId(L4_ThreadNo(t), L4_Version(t) + 1))));
	SAME(L4_ErrorCode(), ERROR(SND, L4_IpcErrNonExist));
	/* a local id where no UTCB is */
	CHECK(L4_IpcFailed(L4_Send((L4_ThreadId_t){ UTCB_AREA + 0x3F000 })));
	SAME(L4_ErrorCode(), ERROR(SND, L4_IpcErrNonExist));
	CHECK(L4_IpcFailed(L4_Receive((L4_ThreadId_t){ UTCB_AREA + 0x3F000 })));
	SAME(L4_ErrorCode(), ERROR(RCV, L4_IpcErrNonExist));
}

static void
inactive_threads_do_not_exist_for_ipc(void)
{
	L4_ThreadId_t t = id_new();

	CHECK(L4_ThreadControl(t, main_id, main_id, L4_nilthread, utcb_new()));
	L4_Set_MsgTag(L4_Niltag);
	CHECK(L4_IpcFailed(L4_Send(t)));
	SAME(L4_ErrorCode(), ERROR(SND, L4_IpcErrNonExist));
}

TESTS(ipc_tests) = {
	TEST(call_carries_all_words), TEST(call_reaches_another_space), TEST(label_has_all_its_bits),
	TEST(too_many_words_overflow), TEST(lipc_calls_like_ipc), TEST(sender_of_own_space_has_a_local_id),
	TEST(sender_of_other_space_has_a_global_id), TEST(closed_receive_ignores_others),
	TEST(closed_receive_takes_a_local_id), TEST(anylocalthread_ignores_other_spaces),
	TEST(senders_are_served_in_order), TEST(reply_with_timeout_zero_finds_the_caller),
	TEST(failed_reply_skips_the_wait), TEST(missing_partners_are_errors),
	TEST(inactive_threads_do_not_exist_for_ipc), { NULL, NULL },
};

/* ---- timeouts ---- */
static void
sleeper(void *arg)
{
	USED(arg);
	for (;;)
		L4_Sleep(L4_Never);
}

static void
send_timeout_zero_wants_a_waiting_partner(void)
{
	L4_ThreadId_t t = thread_new(sleeper, NULL), e = thread_new(echo, NULL);

	until_blocked(t);
	until_blocked(e);
	L4_Set_MsgTag(L4_Niltag);
	CHECK(L4_IpcFailed(L4_Send_Timeout(t, L4_ZeroTime)));
	SAME(L4_ErrorCode(), ERROR(SND, L4_IpcErrTimeout));
	L4_Set_MsgTag(L4_Niltag);
	CHECK(L4_IpcSucceeded(L4_Send_Timeout(e, L4_ZeroTime)));
}

static void
send_timeout_runs_out(void)
{
	L4_ThreadId_t t = thread_new(sleeper, NULL);
	L4_Word_t a, b;

	until_blocked(t);
	a = now_us();
	L4_Set_MsgTag(L4_Niltag);
	CHECK(L4_IpcFailed(L4_Send_Timeout(t, L4_TimePeriod(20000))));
	b = now_us();
	SAME(L4_ErrorCode(), ERROR(SND, L4_IpcErrTimeout));
	CHECK(b - a >= 19900);
	/* and it is no longer in the queue */
	L4_Set_MsgTag(L4_Niltag);
	CHECK(L4_IpcFailed(L4_Send_Timeout(t, L4_ZeroTime)));
}

static void
receive_timeouts_run_out(void)
{
	L4_ThreadId_t t = thread_new(sleeper, NULL), from;
	L4_Word_t a = now_us();

	CHECK(L4_IpcFailed(L4_Wait_Timeout(L4_ZeroTime, &from)));
	SAME(L4_ErrorCode(), ERROR(RCV, L4_IpcErrTimeout));
	CHECK(L4_IpcFailed(L4_Receive_Timeout(t, L4_TimePeriod(20000))));
	SAME(L4_ErrorCode(), ERROR(RCV, L4_IpcErrTimeout));
	CHECK(now_us() - a >= 19900);
}

static void
receive_timeout_zero_takes_a_waiting_sender(void)
{
	L4_ThreadId_t from;

	until_blocked(thread_new(sends_once, (void *)8));
	SAME(L4_Label(L4_Wait_Timeout(L4_ZeroTime, &from)), 8);
}

static void
caller_with_timeout(void *arg)
{
	L4_Word_t a;

	USED(arg);
	L4_Set_MsgTag(tag(1, 0));
	L4_Call_Timeouts(test_id, L4_Never, L4_TimePeriod(30000));
	a = L4_ErrorCode();
	send_words(test_id, 2, 1, a);
}

/* The send waits 50 ms; only then the receive phase's 30 ms begin. */
static void
receive_timeout_begins_when_the_send_ends(void)
{
	L4_ThreadId_t t = thread_new(caller_with_timeout, NULL);
	L4_Word_t a;

	until_blocked(t);
	sleep_ms(50);
	a = now_us();
	SAME(L4_Label(L4_Receive(t)), 1);
	SAME(L4_Label(L4_Receive(t)), 2);
	SAME(mr(1), ERROR(RCV, L4_IpcErrTimeout));
	CHECK(now_us() - a >= 28000);
}

static void
points_in_time_are_kept(void)
{
	L4_ThreadId_t from;
	L4_Word_t a = now_us();
	L4_Clock_t at = L4_ClockAddUsec(L4_SystemClock(), 40000);

	CHECK(L4_IpcFailed(L4_Wait_Timeout(L4_TimePoint(at), &from)));
	SAME(L4_ErrorCode(), ERROR(RCV, L4_IpcErrTimeout));
	CHECK(now_us() - a >= 39000);
}

/* e = 15, two units of 33 ms ago: its bits come again 67 s later, past the end of this test */
static void
point_that_passed_is_now(void)
{
	L4_ThreadId_t from;
	L4_Word_t p;

	sleep_ms(100);
	p = (L4_Word_t)(L4_SystemClock().raw >> 15) - 2;
	CHECK(L4_IpcFailed(L4_Wait_Timeout((L4_Time_t){ (L4_Word16_t)(1 << 15 | 15 << 11 | (p & 0x7FF)) }, &from)));
	SAME(L4_ErrorCode(), ERROR(RCV, L4_IpcErrTimeout));
}

static void
point_far_ahead_waits_for_the_message(void)
{
	L4_ThreadId_t from;

	thread_new(sends_once, (void *)8);
	SAME(L4_Label(L4_Wait_Timeout(L4_TimePoint(L4_ClockAddUsec(L4_SystemClock(), 9000000)), &from)), 8);
}

static void
sleep_keeps_the_tag(void)
{
	L4_Set_MsgTag(tag(77, 3));
	L4_Sleep(L4_TimePeriod(100));
	SAME(L4_MsgTag().raw, tag(77, 3).raw);
}

TESTS(timeout_tests) = {
	TEST(send_timeout_zero_wants_a_waiting_partner), TEST(send_timeout_runs_out), TEST(receive_timeouts_run_out),
	TEST(receive_timeout_zero_takes_a_waiting_sender), TEST(receive_timeout_begins_when_the_send_ends),
	TEST(points_in_time_are_kept), TEST(point_that_passed_is_now), TEST(point_far_ahead_waits_for_the_message), TEST(sleep_keeps_the_tag),
	{ NULL, NULL },
};
