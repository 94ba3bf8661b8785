/*
 * hvm/main.c - HVM, the root task: pager of every program, maker of spaces and
 * threads, server of CORE's requests (hvm.h). One thread, one loop: it answers
 * and waits in one L4 call, and an answer that nobody waits for is dropped, so
 * no client can hold HVM up. Only sigma0 is called and waited for.
 *
 * SEE  README.md for the reading order
 */
#include "hvm/space_impl.h"

/* One message; true: m is the answer to it. */
static bool
message(L4_ThreadId_t from, L4_Msg_t *m)
{
	L4_Word_t label = L4_MsgLabel(m);
	Thread *t = thread_find(from);

	if (t == NULL)
		return false;
	if (L4_IsPageFault(L4_MsgMsgTag(m)))
		return pager_fault(t, m);
	if (L4_IsIoFault(L4_MsgMsgTag(m)))
		return pager_ports(t, m);
	if (label == L4_LABEL_EXCEPTION || label == L4_LABEL_SYSEXC)
		return pager_exception(t, m);
	if (label >= HVM_LABEL && label < HVM_LABEL + 0x1000)
		return serve_request(t, (unsigned)(label - HVM_LABEL), m);
	return serve_request(t, HVM_ncall, m);
}

/* The answer to a page fault of "to" failed. A map item that doesn't fit is one for
 * which the kernel has no memory; else the thread is gone. */
static void
unanswered(L4_ThreadId_t to)
{
	L4_Word_t code = L4_ErrorCode();
	Thread *t = thread_find(to);

	if (t != NULL && (code & 1) == 0 && (code >> 1 & 7) == L4_IpcErrOverflow)
		pager_unmapped(t);
}

NORETURN static void
serve(void)
{
	L4_ThreadId_t to = L4_nilthread, from;
	bool fault = false; /* the answer is a page fault's */
	L4_Msg_t m;

	for (;;) {
		L4_MsgTag_t tag;

		if (L4_IsNilThread(to)) {
			tag = L4_Wait(&from);
		} else {
			L4_MsgLoad(&m);
			tag = L4_ReplyWait(to, &from);
		}
		if (L4_IpcFailed(tag)) {
			if (fault && !L4_IsNilThread(to))
				unanswered(to);
			to = L4_nilthread;
			continue;
		}
		to = L4_nilthread;
		L4_MsgStore(tag, &m);
		fault = L4_IsPageFault(tag);
		if (message(from, &m))
			to = from;
	}
}

int
main(void)
{
	L4_Accept(L4_UntypedWordsAcceptor);
	thread_init();
	boot_init();
	boot_core();
	serve();
}
