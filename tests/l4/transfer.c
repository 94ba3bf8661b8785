/*
 * tests/l4/transfer.c - string transfers with page faults, ended from outside or
 * too late, in each role: who sends, who receives, who was there first.
 * SEE X.2 manual, chapters 5.4, 5.6; string.c
 */
#include "tests/l4/l4test.h"

/* two pages each: the first is there, the second faults */
static uint8_t *there, *faulting;
static L4_ThreadId_t pager, partner;
static volatile bool serve, sender_faults;
static volatile L4_Word_t faults, xfer[2], result[2];
enum { SENDER, RECEIVER };

static void
pages(void *arg)
{
	L4_ThreadId_t from;

	USED(arg);
	L4_Wait(&from);
	for (;;) {
		L4_Fpage_t f = L4_FpageLog2((L4_Word_t)pool + 2 * PAGE, 12);
		L4_Word_t at = mr(1) & ~(L4_Word_t)(PAGE - 1);
		L4_Msg_t m;

		faults++;
		if (!serve) {
			L4_Wait(&from);
			continue;
		}
		L4_Set_Rights(&f, L4_FullyAccessible);
		L4_MsgClear(&m);
		L4_MsgAppendMapItem(&m, L4_MapItem(f, at));
		L4_MsgLoad(&m);
		L4_ReplyWait(from, &from);
	}
}

static void
map_first_page(void *arg)
{
	L4_Fpage_t f = L4_FpageLog2((L4_Word_t)pool, 12);
	L4_Msg_t m;

	L4_Set_Rights(&f, L4_FullyAccessible);
	L4_MsgClear(&m);
	L4_MsgAppendMapItem(&m, L4_MapItem(f, (L4_Word_t)arg));
	L4_MsgLoad(&m);
	L4_Send(test_id);
	for (;;)
		L4_Sleep(L4_Never);
}

static void
begin(bool served)
{
	L4_ThreadId_t t;

	serve = served;
	faults = 0;
	there = pool + 4 * PAGE;
	faulting = window(2 * PAGE);
	for (int i = 0; i < 2 * PAGE; i++)
		there[i] = (uint8_t)i;
	t = thread_new(map_first_page, faulting);
	L4_Accept(L4_MapGrantItems(L4_CompleteAddressSpace));
	CHECK(L4_IpcSucceeded(L4_Receive(t)));
	L4_Accept(L4_UntypedWordsAcceptor);
	pager = thread_new(pages, NULL);
}

static void
accept_string(void *buffer)
{
	L4_Accept(L4_StringItemsAcceptor);
	L4_LoadBR(1, (L4_Word_t)2 * PAGE << 10);
	L4_LoadBR(2, (L4_Word_t)buffer);
}

static void
load_string(void *string)
{
	L4_Set_MsgTag((L4_MsgTag_t){ 2 << 6 });
	L4_LoadMR(1, (L4_Word_t)2 * PAGE << 10);
	L4_LoadMR(2, (L4_Word_t)string);
}

static L4_Word_t
error_of(L4_MsgTag_t t)
{
	return L4_IpcFailed(t) ? L4_ErrorCode() : 0;
}

static NORETURN void
tell(L4_Word_t role, L4_Word_t error)
{
	result[role] = error;
	L4_Accept(L4_UntypedWordsAcceptor);
	L4_Set_XferTimeouts(0);
	send_words(test_id, 0x20 + role, 0, 0);
	for (;;)
		L4_Sleep(L4_Never);
}

static void
sends(void *arg)
{
	USED(arg);
	L4_Set_XferTimeouts(xfer[SENDER]);
	L4_Receive(test_id);
	load_string(sender_faults ? faulting : there);
	tell(SENDER, error_of(L4_Send(partner)));
}

static void
receives(void *arg)
{
	USED(arg);
	L4_Set_XferTimeouts(xfer[RECEIVER]);
	L4_Receive(test_id);
	accept_string(sender_faults ? there : faulting);
	tell(RECEIVER, error_of(L4_Receive(partner)));
}

/* starts both, who is first waits for the other; faults go to the pager that does as told */
static void
transfer(L4_ThreadId_t who[2], int first)
{
	for (int i = 0; i < 2; i++) {
		who[i] = thread_new(i == SENDER ? sends : receives, NULL);
		until_blocked(who[i]);
		L4_Set_PagerOf(who[i], pager);
	}
	for (int i = 0; i < 2; i++) {
		int role = i == 0 ? first : !first;

		partner = who[!role];
		L4_Set_MsgTag(L4_Niltag);
		CHECK(L4_IpcSucceeded(L4_Send(who[role])));
		if (i == 0)
			UNTIL(state_of(who[role]) == (role == SENDER ? L4_SCHEDRESULT_PENDING_SEND : L4_SCHEDRESULT_WAITING));
	}
}

static void
both_told(L4_ThreadId_t who[2])
{
	for (L4_Word_t role = 0; role < 2; role++)
		SAME(L4_Label(L4_Receive(who[role])), 0x20 + role);
}

static void
fault_on_each_side_in_each_order(void)
{
	for (int i = 0; i < 4; i++) {
		L4_ThreadId_t who[2];

		begin(true);
		sender_faults = i & 1;
		xfer[SENDER] = xfer[RECEIVER] = 0;
		transfer(who, i >> 1);
		both_told(who);
		SAME(result[SENDER], 0);
		SAME(result[RECEIVER], 0);
		SAME(faults, 1);
	}
}

/* A call that had to wait; its answer is a string into a page that is not there. */
static void
calls_for_string(void *arg)
{
	USED(arg);
	accept_string(faulting);
	L4_Set_MsgTag(tag(7, 0));
	tell(RECEIVER, error_of(L4_Call(test_id)));
}

static void
queued_call_gets_an_answer_with_faults(void)
{
	L4_ThreadId_t t, from;

	begin(true);
	t = thread_raw(L4_Myself());
	thread_go(t, calls_for_string, NULL);
	L4_Set_PagerOf(t, pager);
	until_blocked(t);
	SAME(L4_Label(L4_Wait(&from)), 7);
	load_string(there);
	CHECK(L4_IpcSucceeded(L4_Reply(from)));
	SAME(L4_Label(L4_Receive(t)), 0x20 + RECEIVER);
	SAME(result[RECEIVER], 0);
	SAME(faulting[PAGE + 5], 5);
}

TESTS(transfer_tests) = {
	TEST(fault_on_each_side_in_each_order), TEST(queued_call_gets_an_answer_with_faults), { NULL, NULL },
};

/* ---- on the PC only (x86.c): the simulator leaves a page fault to its pager ---- */
void cancelled_transfer_tells_both_how_far_it_came(void);
void deleted_side_ends_the_others_fault(void);

/* the first page went over: both are told so */
void
cancelled_transfer_tells_both_how_far_it_came(void)
{
	for (int i = 0; i < 8; i++) {
		L4_ThreadId_t who[2], pagerid;
		L4_Word_t c, sp, ip, flags, handle;

		begin(false);
		sender_faults = i & 1;
		transfer(who, i >> 1 & 1);
		UNTIL(faults == 1);
		L4_ExchangeRegisters(who[i >> 2], L4_EXREGS_S | L4_EXREGS_R, 0, 0, 0, 0, L4_nilthread, &c, &sp, &ip,
		    &flags, &handle, &pagerid);
		both_told(who);
		SAME(result[SENDER], ERROR(SND, L4_IpcErrAborted) | PAGE << 4);
		SAME(result[RECEIVER], ERROR(RCV, L4_IpcErrAborted) | PAGE << 4);
	}
}

void
deleted_side_ends_the_others_fault(void)
{
	for (int i = 0; i < 8; i++) {
		int gone = i >> 2;
		L4_ThreadId_t who[2];

		begin(false);
		sender_faults = i & 1;
		transfer(who, i >> 1 & 1);
		UNTIL(faults == 1);
		thread_delete(who[gone]);
		SAME(L4_Label(L4_Receive(who[!gone])), 0x20 + !gone);
		SAME(result[!gone], ERROR(!gone, L4_IpcErrAborted) | PAGE << 4);
	}
}
