/*
 * tests/l4/error.c - each phase of an IPC cancelled, timed out, or left by one
 * of its partners; threads found in the wrong state.
 * SEE X.2 manual, chapters 2.3, 2.4, 3.5, 5
 */
#include "tests/l4/l4test.h"

static L4_ThreadId_t partner;
static volatile L4_Word_t got[4];

/* takes one message, never answers */
static void
takes(void *arg)
{
	L4_ThreadId_t from;

	L4_Wait(&from);
	idles(arg);
}

static L4_ThreadId_t
cancel(L4_ThreadId_t t, L4_Word_t what)
{
	L4_Word_t c, sp, ip, flags, handle;
	L4_ThreadId_t pager;

	return L4_ExchangeRegisters(t, what, 0, 0, 0, 0, L4_nilthread, &c, &sp, &ip, &flags, &handle, &pager);
}

/* ---- cancelled ---- */
static void
calls(void *arg)
{
	L4_MsgTag_t r = call_words(partner, 1, 0, 0);

	USED(arg);
	tells((void *)(L4_IpcFailed(r) ? L4_ErrorCode() : 0));
}

/* the other phase's bit does nothing */
static void
call_is_cancelled_in_the_phase_it_is_in(void)
{
	static const struct {
		void (*partner)(void *);
		L4_Word_t state, not, bit, error;
	} phase[] = {
		{ idles, L4_SCHEDRESULT_PENDING_SEND, L4_EXREGS_R, L4_EXREGS_S, ERROR(SND, L4_IpcErrCancelled) },
		{ takes, L4_SCHEDRESULT_WAITING, L4_EXREGS_S, L4_EXREGS_R, ERROR(RCV, L4_IpcErrCancelled) },
	};

	for (size_t i = 0; i < nelem(phase); i++) {
		L4_ThreadId_t t;

		partner = thread_new(phase[i].partner, NULL);
		until_blocked(partner);
		t = thread_new(calls, NULL);
		UNTIL(state_of(t) == phase[i].state);
		CHECK(!L4_IsNilThread(cancel(t, phase[i].not)));
		SAME(state_of(t), phase[i].state);
		CHECK(!L4_IsNilThread(cancel(t, phase[i].bit)));
		SAME(L4_Label(L4_Receive(t)), 0x10);
		SAME(mr(1), phase[i].error);
	}
}

static void
call_times_out_in_the_phase_it_is_in(void)
{
	L4_ThreadId_t t = thread_new(idles, NULL);

	until_blocked(t);
	L4_Set_MsgTag(tag(1, 0));
	CHECK(L4_IpcFailed(L4_Call_Timeouts(t, L4_ZeroTime, L4_Never)));
	SAME(L4_ErrorCode(), ERROR(SND, L4_IpcErrTimeout));
	L4_Set_MsgTag(tag(1, 0));
	CHECK(L4_IpcFailed(L4_Call_Timeouts(t, L4_TimePeriod(2000), L4_Never)));
	SAME(L4_ErrorCode(), ERROR(SND, L4_IpcErrTimeout));
	t = thread_new(takes, NULL);
	L4_Set_MsgTag(tag(1, 0));
	CHECK(L4_IpcFailed(L4_Call_Timeouts(t, L4_Never, L4_ZeroTime)));
	SAME(L4_ErrorCode(), ERROR(RCV, L4_IpcErrTimeout));
}

static void
faults(void *arg)
{
	(void)*(volatile uint8_t *)arg;
	tells((void *)1);
}

static void
thread_leaves_its_page_fault_for_elsewhere(void)
{
	L4_ThreadId_t t = thread_raw(test_id);

	thread_go(t, faults, window(PAGE));
	CHECK(L4_IsPageFault(L4_Receive(t)));
	L4_Start_SpIp(t, (L4_Word_t)stack_for(tells, (void *)9), (L4_Word_t)plat_thread_entry);
	SAME(L4_Label(L4_Receive(t)), 0x10);
	SAME(mr(1), 9);
}

/* ---- a string's receiver goes, its page fault unanswered ---- */
static void
takes_string(void *arg)
{
	L4_ThreadId_t from;
	L4_MsgTag_t r;

	L4_Accept(L4_StringItemsAcceptor);
	L4_LoadBR(1, (L4_Word_t)PAGE << 10);
	L4_LoadBR(2, (L4_Word_t)arg);
	r = L4_Wait(&from);
	tells((void *)(L4_IpcFailed(r) ? L4_ErrorCode() : 0));
}

static void
sends_string(void *arg)
{
	L4_MsgTag_t r;

	L4_Set_MsgTag((L4_MsgTag_t){ 2 << 6 });
	L4_LoadMR(1, (L4_Word_t)PAGE << 10);
	L4_LoadMR(2, (L4_Word_t)arg);
	r = L4_Send(partner);
	tells((void *)(L4_IpcFailed(r) ? L4_ErrorCode() : 0));
}

static void
transfer_ends_with_its_receiver(void)
{
	for (int deleted = 0; deleted < 2; deleted++) {
		L4_ThreadId_t s;

		partner = thread_raw(test_id);
		thread_go(partner, takes_string, window(PAGE));
		s = thread_new(sends_string, pool);
		CHECK(L4_IsPageFault(L4_Receive(partner)));
		if (deleted) {
			thread_delete(partner);
		} else {
			CHECK(!L4_IsNilThread(cancel(partner, L4_EXREGS_R | L4_EXREGS_S)));
			SAME(L4_Label(L4_Receive(partner)), 0x10);
			SAME(mr(1) & 0xF, ERROR(RCV, L4_IpcErrAborted));
		}
		SAME(L4_Label(L4_Receive(s)), 0x10);
		SAME(mr(1) & 0xF, ERROR(SND, L4_IpcErrAborted));
	}
}

/* ---- the wrong thread ---- */
static void
propagates(void *arg)
{
	L4_MsgTag_t t = tag(4, 0);

	USED(arg);
	L4_Set_Propagation(&t);
	L4_Set_MsgTag(t);
	L4_Set_VirtualSender(partner);
	L4_Send(test_id);
	idles(NULL);
}

static void
unknown_virtual_sender_is_ignored(void)
{
	L4_ThreadId_t t, from;
	L4_MsgTag_t r;

	partner = L4_GlobalId(20000, 1);
	t = thread_new(propagates, NULL);
	r = L4_Wait(&from);
	SAME(L4_Label(r), 4);
	CHECK(!L4_IpcPropagated(r));
	SAME(L4_GlobalIdOf(from).raw, t.raw);
}

static void
unstarted_thread_starts_by_its_registers(void)
{
	L4_ThreadId_t t = thread_raw(test_id);

	L4_Start_SpIp(t, (L4_Word_t)stack_for(tells, (void *)42), (L4_Word_t)plat_thread_entry);
	SAME(L4_Label(L4_Receive(t)), 0x10);
	SAME(mr(1), 42);
}

static void
inactive_and_deleted_threads_have_no_registers(void)
{
	L4_ThreadId_t t = id_new(), u = thread_new(idles, NULL);

	CHECK(L4_ThreadControl(t, test_id, test_id, L4_nilthread, KEEP));
	SAME(cancel(t, L4_EXREGS_d).raw, 0);
	SAME(L4_ErrorCode(), L4_ErrInvalidThread);
	thread_delete(u);
	SAME(cancel(u, L4_EXREGS_d).raw, 0);
	SAME(L4_ErrorCode(), L4_ErrInvalidThread);
}

static void
active_thread_keeps_its_utcb(void)
{
	L4_ThreadId_t t = thread_new(idles, NULL);
	L4_ThreadId_t local = L4_LocalIdOf(t);

	SAME(L4_ThreadControl(t, test_id, L4_nilthread, L4_nilthread, utcb_new()), 0);
	SAME(L4_ErrorCode(), L4_ErrUtcbArea);
	SAME(L4_LocalIdOf(t).raw, local.raw);
}

static void
sets_priorities(void *arg)
{
	USED(arg);
	got[0] = L4_Set_Priority(partner, 50);
	got[1] = L4_Set_Priority(partner, 51);
	got[2] = L4_ErrorCode();
	tells(NULL);
}

static void
priority_above_the_own_is_refused(void)
{
	L4_ThreadId_t t = thread_raw(test_id);

	partner = thread_new(idles, NULL);
	CHECK(L4_Set_Priority(t, 50) != L4_SCHEDRESULT_ERROR);
	thread_go(t, sets_priorities, NULL);
	SAME(L4_Label(L4_Receive(t)), 0x10);
	CHECK(got[0] != L4_SCHEDRESULT_ERROR);
	SAME(got[1], L4_SCHEDRESULT_ERROR);
	SAME(got[2], L4_ErrInvalidParam);
}

TESTS(error_tests) = {
	TEST(call_is_cancelled_in_the_phase_it_is_in), TEST(call_times_out_in_the_phase_it_is_in),
	TEST(thread_leaves_its_page_fault_for_elsewhere), TEST(transfer_ends_with_its_receiver),
	TEST(unknown_virtual_sender_is_ignored), TEST(unstarted_thread_starts_by_its_registers),
	TEST(inactive_and_deleted_threads_have_no_registers), TEST(active_thread_keeps_its_utcb),
	TEST(priority_above_the_own_is_refused), { NULL, NULL },
};
