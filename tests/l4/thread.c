/*
 * tests/l4/thread.c - ThreadControl, SpaceControl: every field and error
 * code.
 * SEE X.2 manual, chapters 2.4, 3.3
 */
#include "tests/l4/l4test.h"

static volatile L4_Word_t got[8];

static void
inactive_thread_is_activated(void)
{
	L4_ThreadId_t t = id_new();

	SAME(control(t, test_id, test_id, L4_nilthread, KEEP), 0);
	SAME(control(t, test_id, test_id, test_id, utcb_new()), 0);
	thread_go(t, tells, (void *)42);
	SAME(L4_Label(L4_Receive(t)), 0x10);
	SAME(mr(1), 42);
}

static void
only_the_pager_starts_a_thread(void)
{
	L4_ThreadId_t t = thread_raw(pager_id);

	L4_Set_MsgTag(tag(0, 2));
	L4_LoadMR(1, 0);
	L4_LoadMR(2, 0);
	CHECK(L4_IpcFailed(L4_Send_Timeout(t, L4_TimePeriod(5000))));
	SAME(L4_ErrorCode(), ERROR(SND, L4_IpcErrTimeout));
	space_run(t, tells, (void *)1);
	SAME(L4_Label(L4_Receive(t)), 0x10);
}

static void
new_thread_knows_itself(void *arg)
{
	USED(arg);
	got[0] = L4_MyGlobalId().raw;
	got[1] = L4_MyLocalId().raw;
	got[2] = L4_Pager().raw;
	got[3] = L4_ProcessorNo();
	got[4] = L4_XferTimeouts();
	tells((void *)2);
}

static void
utcb_starts_as_it_should(void)
{
	L4_ThreadId_t t = thread_new(new_thread_knows_itself, NULL);

	SAME(L4_Label(L4_Receive(t)), 0x10);
	SAME(got[0], t.raw);
	SAME(got[1], L4_LocalIdOf(t).raw);
	SAME(got[2], test_id.raw);
	SAME(got[3], 0);
	SAME(got[4], 0);
}

static void
deleted_thread_is_gone(void)
{
	L4_ThreadId_t t = thread_new(spins, NULL);
	L4_Word_t a = spun;

	UNTIL(spun != a);
	SAME(control(t, L4_nilthread, L4_nilthread, L4_nilthread, KEEP), 0);
	a = spun;
	sleep_ms(10);
	SAME(spun, a);
	SAME(control(t, L4_nilthread, L4_nilthread, L4_nilthread, KEEP), L4_ErrInvalidThread);
}

static void
number_can_be_used_again(void)
{
	L4_ThreadId_t t = id_new(), u = L4_GlobalId(L4_ThreadNo(t), L4_Version(t) + 1);
	void *utcb = utcb_new();

	for (int i = 0; i < 20; i++) {
		SAME(control(i & 1 ? t : u, test_id, test_id, test_id, utcb), 0);
		thread_go(i & 1 ? t : u, tells, (void *)(L4_Word_t)i);
		SAME(L4_Label(L4_Receive(i & 1 ? t : u)), 0x10);
		SAME(mr(1), i);
		thread_delete(i & 1 ? t : u);
	}
}

static void
version_can_change(void)
{
	L4_ThreadId_t t = thread_new(tells, (void *)3), u = L4_GlobalId(L4_ThreadNo(t), L4_Version(t) + 7);

	SAME(L4_Label(L4_Receive(t)), 0x10);
	SAME(control(u, test_id, L4_nilthread, L4_nilthread, KEEP), 0);
	L4_Set_MsgTag(L4_Niltag);
	CHECK(L4_IpcFailed(L4_Send(t)));
	SAME(L4_ErrorCode(), ERROR(SND, L4_IpcErrNonExist));
	SAME(L4_GlobalIdOf(L4_LocalIdOf(u)).raw, u.raw);
	thread_delete(u);
}

static void
pager_and_scheduler_can_change(void)
{
	L4_ThreadId_t t = thread_new(idles, NULL);

	SAME(control(t, test_id, pager_id, pager_id, KEEP), 0);
	SAME(L4_PagerOf(t).raw, pager_id.raw);
	SAME(control(t, test_id, L4_GlobalId(20000, 1), L4_nilthread, KEEP), L4_ErrInvalidScheduler);
}

static void
bad_numbers_are_refused(void)
{
	SAME(control(L4_GlobalId((L4_Word_t)1 << L4_ThreadIdBits(kip), 1), test_id, test_id, L4_nilthread, KEEP), L4_ErrInvalidThread);
	SAME(control(L4_nilthread, test_id, test_id, L4_nilthread, KEEP), L4_ErrInvalidThread);
	SAME(control(L4_GlobalId(70, 64), test_id, test_id, L4_nilthread, KEEP), L4_ErrInvalidThread);
	SAME(control(sigma0_id, L4_nilthread, L4_nilthread, L4_nilthread, KEEP), L4_ErrInvalidThread);
}

static void
bad_spaces_and_schedulers_are_refused(void)
{
	L4_ThreadId_t t = id_new();

	SAME(control(t, L4_GlobalId(20000, 1), test_id, L4_nilthread, KEEP), L4_ErrInvalidSpace);
	SAME(control(t, test_id, L4_GlobalId(20000, 1), L4_nilthread, KEEP), L4_ErrInvalidScheduler);
	/* a space without KIP and UTCB areas can't have an active thread */
	SAME(control(t, t, test_id, test_id, (void *)UTCB_AREA), L4_ErrInvalidSpace);
}

static void
bad_utcbs_are_refused(void)
{
	L4_ThreadId_t t = id_new(), far = space_new();

	SAME(control(t, test_id, test_id, test_id, (void *)UTCB_AREA), L4_ErrUtcbArea);         /* main's */
	SAME(control(t, test_id, test_id, test_id, (void *)(UTCB_AREA + 0x8010)), L4_ErrUtcbArea);
	SAME(control(t, far, test_id, test_id, (void *)(UTCB_AREA + 4 * PAGE)), L4_ErrUtcbArea);
	SAME(control(t, test_id, test_id, test_id, (void *)(UTCB_AREA - PAGE)), L4_ErrUtcbArea);
	SAME(control(t, test_id, test_id, test_id, KEEP), L4_ErrUtcbArea);
}

static void
tries_to_control(void *arg)
{
	L4_Word_t old;

	USED(arg);
	got[0] = control(L4_GlobalId(300, 1), L4_Myself(), L4_Myself(), L4_nilthread, KEEP);
	got[1] = L4_SpaceControl(L4_Myself(), 0, L4_Nilpage, L4_Nilpage, L4_anythread, &old);
	got[2] = L4_ErrorCode();
	got[3] = L4_ProcessorControl(0, 0, 0, 0);
	got[4] = L4_ErrorCode();
	tells((void *)4);
}

static void
control_calls_are_for_the_privileged(void)
{
	L4_ThreadId_t t = space_new();

	space_run(t, tries_to_control, NULL);
	SAME(L4_Label(L4_Receive(t)), 0x10);
	SAME(got[0], L4_ErrNoPrivilege);
	SAME(got[1], 0);
	SAME(got[2], L4_ErrNoPrivilege);
	SAME(got[3], 0);
	SAME(got[4], L4_ErrNoPrivilege);
}

static void
interrupts_are_attached_and_detached(void)
{
	L4_ThreadId_t irq = L4_GlobalId(15, 1);

	SAME(L4_AssociateInterrupt(irq, test_id), 1);
	CHECK(L4_IpcFailed(L4_Receive_Timeout(irq, L4_TimePeriod(3000))));
	SAME(L4_ErrorCode(), ERROR(RCV, L4_IpcErrTimeout));
	L4_Set_MsgTag(L4_Niltag);
	CHECK(L4_IpcSucceeded(L4_Send(irq)));   /* acknowledged */
	SAME(L4_DeassociateInterrupt(irq), 1);
	L4_Set_MsgTag(L4_Niltag);
	CHECK(L4_IpcFailed(L4_Send(irq)));
	SAME(L4_AssociateInterrupt(irq, L4_GlobalId(20000, 1)), 0);
}

static void
many_threads_live_in_one_space(void)
{
	L4_ThreadId_t t[40];

	for (int i = 0; i < 40; i++)
		t[i] = thread_new(tells, (void *)(L4_Word_t)(1000 + i));
	for (int i = 39; i >= 0; i--) {
		SAME(L4_Label(L4_Receive(t[i])), 0x10);
		SAME(mr(1), 1000 + i);
	}
}

TESTS(thread_tests) = {
	TEST(inactive_thread_is_activated), TEST(only_the_pager_starts_a_thread), TEST(utcb_starts_as_it_should),
	TEST(deleted_thread_is_gone), TEST(number_can_be_used_again), TEST(version_can_change),
	TEST(pager_and_scheduler_can_change), TEST(bad_numbers_are_refused), TEST(bad_spaces_and_schedulers_are_refused),
	TEST(bad_utcbs_are_refused), TEST(control_calls_are_for_the_privileged),
	TEST(interrupts_are_attached_and_detached), TEST(many_threads_live_in_one_space), { NULL, NULL },
};

/* ---- SpaceControl ---- */
static L4_ThreadId_t
empty_space(void)
{
	L4_ThreadId_t t = id_new();

	SAME(control(t, t, test_id, L4_nilthread, KEEP), 0);
	return t;
}

static L4_Word_t
areas(L4_ThreadId_t t, L4_Fpage_t kip_area, L4_Fpage_t utcb)
{
	L4_Word_t old;

	return L4_SpaceControl(t, 0, kip_area, utcb, L4_anythread, &old) ? 0 : L4_ErrorCode();
}

static void
areas_are_checked(void)
{
	L4_ThreadId_t t = empty_space();
	L4_Fpage_t k = L4_FpageLog2(KIP_AREA, 12), utcb = L4_FpageLog2(UTCB_AREA, 14);

	SAME(areas(t, L4_FpageLog2(KIP_AREA, 10), utcb), L4_ErrKipArea);
	SAME(areas(t, L4_Nilpage, utcb), L4_ErrKipArea);
	SAME(areas(t, k, L4_FpageLog2(UTCB_AREA, 10)), L4_ErrUtcbArea);
	SAME(areas(t, k, L4_Nilpage), L4_ErrUtcbArea);
	SAME(areas(t, L4_FpageLog2(UTCB_AREA, 12), utcb), L4_ErrKipArea);
	SAME(areas(t, k, utcb), 0);
	SAME(areas(L4_GlobalId(20000, 1), k, utcb), L4_ErrInvalidSpace);
}

/* the suite's stubs know one KIP address, which is not this space's: no calls */
static void
finds_its_areas(void *arg)
{
	USED(arg);
	got[0] = L4_MyGlobalId().raw;
	got[1] = L4_MyLocalId().raw;
	got[2] = (L4_Word_t)L4_GetKernelInterface();
	for (;;)
		;
}

static void
areas_may_lie_anywhere(void)
{
	L4_ThreadId_t t = empty_space();

	got[2] = 0;
	SAME(areas(t, L4_FpageLog2(0x70000000, 12), L4_FpageLog2(0x71000000, 12)), 0);
	SAME(control(t, t, test_id, pager_id, (void *)(0x71000000 + L4_UtcbSize(kip))), 0);
	space_run(t, finds_its_areas, NULL);
	UNTIL(got[2] != 0);
	SAME(got[2], 0x70000000);
	SAME(got[0], t.raw);
	CHECK(got[1] > 0x71000000 + L4_UtcbSize(kip) && got[1] < 0x71000000 + 2 * L4_UtcbSize(kip));
	thread_delete(t);
}

static void
areas_of_a_living_space_stay(void)
{
	L4_ThreadId_t t = space_new();

	space_run(t, new_thread_knows_itself, NULL);
	SAME(L4_Label(L4_Receive(t)), 0x10);
	SAME(areas(t, L4_Nilpage, L4_Nilpage), 0);
	L4_Word_t before = got[1];
	L4_ThreadId_t u = thread_in(t, 1, pager_id, new_thread_knows_itself, NULL);
	SAME(L4_Label(L4_Receive(u)), 0x10);
	CHECK(got[1] > before && got[1] < before + PAGE);
}

static void
threads_of_a_space_share_memory_and_differ_in_ids(void)
{
	L4_ThreadId_t t = space_new(), u;

	space_run(t, tells, (void *)1);
	u = thread_in(t, 3, pager_id, tells, (void *)2);
	SAME(L4_Label(L4_Receive(u)), 0x10);
	SAME(mr(1), 2);
	SAME(L4_Label(L4_Receive(t)), 0x10);
	SAME(mr(1), 1);
}

static void
spaces_come_and_go(void)
{
	for (int i = 0; i < 30; i++) {
		L4_ThreadId_t t = space_new();

		space_run(t, tells, (void *)(L4_Word_t)i);
		SAME(L4_Label(L4_Receive(t)), 0x10);
		SAME(mr(1), i);
		thread_delete(t);
	}
}

/* A kernel that uses a space's tables again must have emptied them: go round them all. */
static void
new_space_has_nothing_of_a_deleted_one(void)
{
	L4_ThreadId_t t = space_new();

	space_run(t, tells, (void *)1);
	SAME(L4_Label(L4_Receive(t)), 0x10);
	thread_delete(t);
	t = id_new();
	for (int i = 0; i < 2040; i++) {
		SAME(control(t, t, test_id, L4_nilthread, KEEP), 0);
		thread_delete(t);
	}
	for (int i = 0; i < 16; i++) {
		L4_ThreadId_t u = empty_space();

		SAME(areas(u, L4_FpageLog2(KIP_AREA, 12), L4_FpageLog2(UTCB_AREA, 14)), 0);
		SAME(control(u, u, test_id, test_id, (void *)UTCB_AREA), 0);
		thread_go(u, tells, NULL);
		CHECK(L4_IsPageFault(L4_Receive(u)));
		SAME(mr(1), plat_thread_entry);         /* its first instruction is not there */
		thread_delete(u);
	}
}

static void
many_spaces_live_together(void)
{
	L4_ThreadId_t t[30];

	for (int i = 0; i < 30; i++)
		t[i] = space_new();
	for (int i = 0; i < 30; i++)
		space_run(t[i], tells, (void *)(L4_Word_t)i);
	for (int i = 0; i < 30; i++) {
		SAME(L4_Label(L4_Receive(t[i])), 0x10);
		SAME(mr(1), i);
	}
}

TESTS(space_tests) = {
	TEST(areas_are_checked), TEST(areas_may_lie_anywhere), TEST(areas_of_a_living_space_stay),
	TEST(threads_of_a_space_share_memory_and_differ_in_ids), TEST(spaces_come_and_go),
	TEST(new_space_has_nothing_of_a_deleted_one), TEST(many_spaces_live_together), { NULL, NULL },
};
