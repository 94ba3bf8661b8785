/*
 * tests/l4/partner.c - IPC in another's name, through a redirector, cancelled,
 * and with partners that go away.
 * SEE X.2 manual, chapters 5 (propagation), 3.3 (redirector), 2.3 (abort)
 */
#include "tests/l4/l4test.h"

static L4_ThreadId_t virtual_sender, receiver;
static volatile L4_Word_t got[8];

/* ---- propagation ---- */
static void
waits(void *arg)
{
	L4_ThreadId_t from;
	L4_MsgTag_t t = L4_Wait(&from);

	USED(arg);
	got[0] = t.raw;
	got[1] = L4_GlobalIdOf(from).raw;
	got[2] = L4_GlobalIdOf(L4_ActualSender()).raw;
	got[3] = L4_IntendedReceiver().raw;
	got[4] = from.raw;
	send_words(test_id, 0x99, 0, 0);
}

/* all that it needs for the wait is there before got[5] is set */
static void
waits_without_faults(void *arg)
{
	L4_ThreadId_t from;

	got[5] = 0;
	L4_Wait_Timeout(L4_ZeroTime, &from);
	got[5] = 1;
	waits(arg);
}

static void
propagates(void *arg)
{
	L4_MsgTag_t t = tag(4, 1);

	USED(arg);
	L4_Set_Propagation(&t);
	L4_Set_MsgTag(t);
	L4_LoadMR(1, 5);
	L4_Set_VirtualSender(virtual_sender);
	L4_Send(receiver);
}

static void
message_comes_from_the_virtual_sender(void)
{
	L4_ThreadId_t p;

	virtual_sender = thread_new(idles, NULL);
	receiver = thread_new(waits, NULL);
	p = thread_new(propagates, NULL);
	SAME(L4_Label(L4_Receive(receiver)), 0x99);
	CHECK(L4_IpcPropagated((L4_MsgTag_t){ got[0] }));
	SAME(got[1], virtual_sender.raw);
	SAME(got[2], p.raw);
}

static void
propagation_between_strangers_is_ignored(void)
{
	L4_ThreadId_t p = space_new();

	virtual_sender = thread_new(idles, NULL);
	receiver = space_new();
	space_run(receiver, waits, NULL);
	space_run(p, propagates, NULL);
	SAME(L4_Label(L4_Receive(receiver)), 0x99);
	CHECK(!L4_IpcPropagated((L4_MsgTag_t){ got[0] }));
	SAME(got[1], p.raw);
}

static void
propagation_into_the_own_space_is_honoured(void)
{
	L4_ThreadId_t a = space_new();

	got[5] = 0;
	virtual_sender = pager_id;      /* elsewhere; sender and receiver share a space */
	receiver = thread_in(a, 1, pager_id, waits_without_faults, NULL);
	/* in a page fault it would take the message for its pager's answer */
	UNTIL(got[5] == 1 && state_of(receiver) == L4_SCHEDRESULT_WAITING);
	space_run(a, propagates, NULL);
	SAME(L4_Label(L4_Receive(receiver)), 0x99);
	CHECK(L4_IpcPropagated((L4_MsgTag_t){ got[0] }));
	SAME(got[4], pager_id.raw);
	SAME(got[2], a.raw);
}

/* front hands calls to back, in the caller's name; back answers the caller */
static void
back_end(void *arg)
{
	L4_ThreadId_t from;

	USED(arg);
	L4_Wait(&from);
	L4_Set_MsgTag(tag(0x42, 0));
	L4_Reply(from);
	for (;;)
		L4_Sleep(L4_Never);
}

static void
front_end(void *arg)
{
	L4_MsgTag_t t;

	USED(arg);
	t = L4_Wait(&virtual_sender);
	L4_Set_Propagation(&t);
	L4_Set_MsgTag(t);
	L4_Set_VirtualSender(virtual_sender);
	L4_Send(receiver);
	for (;;)
		L4_Sleep(L4_Never);
}

static void
answer_to_a_forwarded_call_comes_from_the_back(void)
{
	L4_ThreadId_t front = thread_new(front_end, NULL);

	receiver = thread_new(back_end, NULL);
	SAME(L4_Label(call_words(front, 1, 0, 0)), 0x42);
}

/* ---- redirector ---- */
static void
sends_to_receiver(void *arg)
{
	send_words(receiver, (L4_Word_t)arg, 0, 0);
	for (;;)
		L4_Sleep(L4_Never);
}

static void
messages_out_go_to_the_redirector(void)
{
	L4_ThreadId_t a = space_new(), c = space_new(), from;
	L4_Word_t old;

	receiver = c;
	CHECK(L4_SpaceControl(a, 0, L4_Nilpage, L4_Nilpage, test_id, &old));
	space_run(a, sends_to_receiver, (void *)3);
	for (;;) {      /* a's page faults come to us too: forward them to its pager */
		L4_MsgTag_t t = L4_Wait(&from);

		SAME(from.raw, a.raw);
		CHECK(L4_IpcRedirected(t));
		if (L4_Label(t) == 3)
			break;
		SAME(L4_IntendedReceiver().raw, pager_id.raw);
		CHECK(L4_IsPageFault(t));
		L4_Set_Propagation(&t);
		L4_Set_MsgTag(t);
		L4_Set_VirtualSender(from);
		CHECK(L4_IpcSucceeded(L4_Send(pager_id)));
	}
	SAME(L4_IntendedReceiver().raw, c.raw);
}

/* ---- cancel ---- */
static void
reports_error(void *arg)
{
	L4_ThreadId_t from;

	if (arg != NULL)
		send_words(receiver, 1, 0, 0);
	else
		L4_Receive(receiver);
	got[0] = L4_ErrorCode();
	got[1] = L4_MsgTag().raw;
	send_words(test_id, 0x77, 0, 0);
	L4_Wait(&from);
}

static void
abort_ipc(L4_ThreadId_t t, L4_Word_t what)
{
	L4_Word_t c, sp, ip, flags, handle;
	L4_ThreadId_t pager;

	CHECK(!L4_IsNilThread(L4_ExchangeRegisters(t, what, 0, 0, 0, 0, L4_nilthread, &c, &sp, &ip, &flags, &handle, &pager)));
}

static void
receive_is_cancelled(void)
{
	L4_ThreadId_t t;

	receiver = thread_new(idles, NULL);
	t = thread_new(reports_error, NULL);
	until_blocked(t);
	abort_ipc(t, L4_EXREGS_S);      /* it does not send: nothing happens */
	CHECK(L4_IpcFailed(L4_Receive_Timeout(t, L4_TimePeriod(5000))));
	abort_ipc(t, L4_EXREGS_R);
	SAME(L4_Label(L4_Receive(t)), 0x77);
	SAME(got[0], ERROR(RCV, L4_IpcErrCancelled));
	CHECK(L4_IpcFailed((L4_MsgTag_t){ got[1] }));
}

static void
send_is_cancelled(void)
{
	L4_ThreadId_t t;

	receiver = thread_new(idles, NULL);
	until_blocked(receiver);
	t = thread_new(reports_error, (void *)1);
	until_blocked(t);
	abort_ipc(t, L4_EXREGS_S);
	SAME(L4_Label(L4_Receive(t)), 0x77);
	SAME(got[0], ERROR(SND, L4_IpcErrCancelled));
}

/* ---- partners that go ---- */
static void
deletion_ends_a_receive_from_it(void)
{
	L4_ThreadId_t t;

	receiver = thread_new(idles, NULL);
	t = thread_new(reports_error, NULL);
	until_blocked(t);
	thread_delete(receiver);
	SAME(L4_Label(L4_Receive(t)), 0x77);
	SAME(got[0], ERROR(RCV, L4_IpcErrNonExist));
}

static void
deletion_ends_sends_to_it(void)
{
	L4_ThreadId_t t;

	receiver = thread_new(idles, NULL);
	until_blocked(receiver);
	t = thread_new(reports_error, (void *)1);
	until_blocked(t);
	thread_delete(receiver);
	SAME(L4_Label(L4_Receive(t)), 0x77);
	SAME(got[0], ERROR(SND, L4_IpcErrNonExist));
}

static void
deleted_sender_leaves_the_queue(void)
{
	L4_ThreadId_t a, b, from;

	receiver = test_id;
	a = thread_new(sends_to_receiver, (void *)1);
	until_blocked(a);
	b = thread_new(sends_to_receiver, (void *)2);
	until_blocked(b);
	thread_delete(a);
	SAME(L4_Label(L4_Wait(&from)), 2);
	SAME(L4_GlobalIdOf(from).raw, b.raw);
	CHECK(L4_IpcFailed(L4_Wait_Timeout(L4_ZeroTime, &from)));
}

static void
deletion_of_a_space_ends_calls_to_it(void)
{
	L4_ThreadId_t t;

	receiver = space_new();
	space_run(receiver, idles, NULL);
	t = thread_new(reports_error, (void *)1);
	until_blocked(t);
	thread_delete(receiver);
	SAME(L4_Label(L4_Receive(t)), 0x77);
	SAME(got[0], ERROR(SND, L4_IpcErrNonExist));
}

TESTS(sender_tests) = {
	TEST(message_comes_from_the_virtual_sender), TEST(propagation_between_strangers_is_ignored),
	TEST(propagation_into_the_own_space_is_honoured), TEST(answer_to_a_forwarded_call_comes_from_the_back),
	TEST(messages_out_go_to_the_redirector), { NULL, NULL },
};

TESTS(cancel_tests) = {
	TEST(receive_is_cancelled), TEST(send_is_cancelled), TEST(deletion_ends_a_receive_from_it),
	TEST(deletion_ends_sends_to_it), TEST(deleted_sender_leaves_the_queue),
	TEST(deletion_of_a_space_ends_calls_to_it), { NULL, NULL },
};
