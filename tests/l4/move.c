/*
 * tests/l4/move.c - ThreadControl moves an active thread to another space: one
 * that runs, one that waits in each phase of an IPC, one with a page fault.
 *
 * A window of the two spaces shows different pages, so that a thread sees where it
 * is; all else is the same memory in both.
 * SEE X.2 manual, chapter 2.4 (ThreadControl, SpaceSpecifier)
 */
#include "tests/l4/l4test.h"

enum { IN_A = 1, IN_B = 2, SLOT = 3 };
static L4_ThreadId_t space[3];          /* by IN_A, IN_B */
static uint8_t *sight;
static volatile L4_Word_t where, turns;

static void
takes_window(void *arg)
{
	L4_Accept(L4_MapGrantItems(L4_FpageLog2((L4_Word_t)sight, 12)));
	L4_Receive(test_id);
	tells(arg);
}

static void
spaces_make(void)
{
	sight = window(PAGE);
	for (L4_Word_t i = IN_A; i <= IN_B; i++) {
		L4_Fpage_t f = L4_FpageLog2((L4_Word_t)pool + i * PAGE, 12);
		L4_Msg_t m;

		pool[i * PAGE] = (uint8_t)i;
		space[i] = space_new();
		space_run(space[i], takes_window, NULL);
		L4_Set_Rights(&f, L4_FullyAccessible);
		L4_MsgClear(&m);
		L4_MsgAppendMapItem(&m, L4_MapItem(f, 0));
		L4_MsgLoad(&m);
		CHECK(L4_IpcSucceeded(L4_Send(space[i])));
		SAME(L4_Label(L4_Receive(space[i])), 0x10);
	}
}

static L4_Word_t
move(L4_ThreadId_t t, int to)
{
	return control(t, space[to], L4_nilthread, L4_nilthread, KEEP);
}

static void
looks(void *arg)
{
	USED(arg);
	for (;;) {
		where = *(volatile uint8_t *)sight;
		turns++;
	}
}

static void
running_thread_moves(void)
{
	L4_ThreadId_t t;

	spaces_make();
	where = 0;
	t = thread_in(space[IN_A], SLOT, pager_id, looks, NULL);
	UNTIL(where == IN_A);
	for (int i = 0; i < 6; i++) {
		int to = i & 1 ? IN_A : IN_B;
		L4_Word_t n;

		SAME(move(t, to), 0);
		n = turns;
		UNTIL(turns > n + 1);
		SAME(where, to);
	}
}

/* tells what it got, with what it had before, and where it is */
static void
waits_tells(void *arg)
{
	volatile L4_Word_t before = (L4_Word_t)arg;
	L4_Word_t got;

	L4_Receive(test_id);
	got = mr(1);
	L4_Set_MsgTag(tag(0x30, 3));
	L4_LoadMR(1, got);
	L4_LoadMR(2, before);
	L4_LoadMR(3, *sight);
	L4_Send(test_id);
	idles(NULL);
}

static void
waiting_thread_moves_and_waits_on(void)
{
	L4_ThreadId_t t;

	spaces_make();
	t = thread_in(space[IN_A], SLOT, pager_id, waits_tells, (void *)77);
	UNTIL(state_of(t) == L4_SCHEDRESULT_WAITING);
	SAME(move(t, IN_B), 0);
	SAME(state_of(t), L4_SCHEDRESULT_WAITING);
	send_words(t, 0, 1, 55);
	SAME(L4_Label(L4_Receive(t)), 0x30);
	SAME(mr(1), 55);
	SAME(mr(2), 77);
	SAME(mr(3), IN_B);
}

static void
calls_tells(void *arg)
{
	L4_Word_t got;

	USED(arg);
	call_words(test_id, 0x31, 4, 100);
	got = mr(1);
	L4_Set_MsgTag(tag(0x32, 2));
	L4_LoadMR(1, got);
	L4_LoadMR(2, *sight);
	L4_Send(test_id);
	idles(NULL);
}

static void
caller_moves_in_both_phases(void)
{
	L4_ThreadId_t t;

	spaces_make();
	t = thread_in(space[IN_A], SLOT, pager_id, calls_tells, NULL);
	UNTIL(state_of(t) == L4_SCHEDRESULT_PENDING_SEND);
	SAME(move(t, IN_B), 0);
	SAME(state_of(t), L4_SCHEDRESULT_PENDING_SEND);
	SAME(L4_Label(L4_Receive(t)), 0x31);
	for (int i = 1; i <= 4; i++)
		SAME(mr(i), 99 + i);
	SAME(move(t, IN_A), 0);
	SAME(state_of(t), L4_SCHEDRESULT_WAITING);
	send_words(t, 0, 1, 66);
	SAME(L4_Label(L4_Receive(t)), 0x32);
	SAME(mr(1), 66);
	SAME(mr(2), IN_A);
}

/* the pager's answer reaches it where it is now */
static void
reads_tells(void *arg)
{
	L4_Word_t got = *(volatile uint8_t *)arg;

	L4_Set_MsgTag(tag(0x33, 2));
	L4_LoadMR(1, got);
	L4_LoadMR(2, *sight);
	L4_Send(test_id);
	idles(NULL);
}

static void
faulting_thread_moves(void)
{
	uint8_t *w;
	L4_ThreadId_t t;
	L4_Msg_t m;
	L4_Fpage_t f = L4_FpageLog2((L4_Word_t)pool + 5 * PAGE, 12);

	spaces_make();
	w = window(PAGE);
	pool[5 * PAGE] = 9;
	t = thread_in(space[IN_A], SLOT, test_id, NULL, NULL);
	thread_go(t, reads_tells, w);
	for (;;) {
		L4_MsgTag_t r = L4_Receive(t);
		L4_Word_t addr = mr(1);

		CHECK(L4_IpcSucceeded(r));
		if (!L4_IsPageFault(r))
			break;
		if (addr - (L4_Word_t)w < PAGE) {
			SAME(move(t, IN_B), 0);
			SAME(state_of(t), L4_SCHEDRESULT_RUNNING);
		} else {
			f = L4_FpageLog2(addr, 12);
		}
		if (addr - (L4_Word_t)w < PAGE)
			f = L4_FpageLog2((L4_Word_t)pool + 5 * PAGE, 12);
		L4_Set_Rights(&f, L4_FullyAccessible);
		L4_MsgClear(&m);
		L4_MsgAppendMapItem(&m, L4_MapItem(f, addr & ~(L4_Word_t)(PAGE - 1)));
		L4_MsgLoad(&m);
		CHECK(L4_IpcSucceeded(L4_Send(t)));
	}
	SAME(mr(1), 9);
	SAME(mr(2), IN_B);
}

static void
tells_its_local_id(void *arg)
{
	USED(arg);
	L4_Receive(test_id);
	tells((void *)L4_MyLocalId().raw);
}

static void
utcb_goes_along(void)
{
	L4_ThreadId_t t;

	spaces_make();
	t = thread_in(space[IN_A], SLOT, pager_id, tells_its_local_id, NULL);
	UNTIL(state_of(t) == L4_SCHEDRESULT_WAITING);
	/* its place is taken there */
	thread_in(space[IN_B], SLOT, pager_id, idles, NULL);
	SAME(move(t, IN_B), L4_ErrUtcbArea);
	SAME(state_of(t), L4_SCHEDRESULT_WAITING);
	send_words(t, 0, 0, 0);
	SAME(L4_Label(L4_Receive(t)), 0x10);
	SAME(mr(1) & ~(L4_Word_t)0x3FF, (UTCB_AREA + SLOT * L4_UtcbSize(kip)) & ~(L4_Word_t)0x3FF);
}

static void
moved_thread_is_deleted(void)
{
	L4_ThreadId_t t;

	spaces_make();
	for (int i = 0; i < 5; i++) {
		where = 0;
		t = thread_in(space[IN_A], SLOT + i, pager_id, looks, NULL);
		UNTIL(where == IN_A);
		SAME(move(t, IN_B), 0);
		thread_delete(t);
	}
}

TESTS(move_tests) = {
	TEST(running_thread_moves), TEST(waiting_thread_moves_and_waits_on), TEST(caller_moves_in_both_phases),
	TEST(faulting_thread_moves), TEST(utcb_goes_along), TEST(moved_thread_is_deleted), { NULL, NULL },
};
