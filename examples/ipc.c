/*
 * examples/ipc.c - L4 without an OS in between: two threads of a program, one
 * that serves, one that calls. The message is two words and a string; the reply
 * is one word.
 *
 * USAGE  examples/ipc [text]
 * SEE    lib9/l4/l4.h; hvm/hvm.h for threads
 */
#include "hvm/hvm.h"
#include "lib9/sys.h"

enum { LABEL_ADD = 1, TEXT = 256, STACK = 16 << 10 };

static char stack[STACK] __attribute__((aligned(16)));
static char text[TEXT];

/* Adds two numbers and says what came with them. It answers and waits for the
 * next request in one call, as every L4 server does. */
static void
server(void *arg)
{
	L4_ThreadId_t from;
	L4_MsgTag_t tag;

	USED(arg);
	L4_LoadBR(0, L4_StringItemsAcceptor.raw);
	L4_LoadBRs(1, 2, L4_StringItem(sizeof text - 1, text).raw);
	tag = L4_Wait(&from);
	for (;;) {
		L4_Word_t sum = 0;
		L4_Msg_t m;

		if (L4_IpcFailed(tag)) {
			tag = L4_Wait(&from);
			continue;
		}
		L4_MsgStore(tag, &m);
		if (L4_Label(tag) == LABEL_ADD && L4_UntypedWords(tag) == 2)
			sum = L4_MsgWord(&m, 0) + L4_MsgWord(&m, 1);
		L4_MsgClear(&m);
		L4_MsgAppendWord(&m, sum);
		L4_MsgLoad(&m);
		tag = L4_ReplyWait(from, &from);
	}
}

int
main(int argc, char **argv)
{
	const char *say = argc > 1 ? argv[1] : "hello";
	L4_ThreadId_t thread;
	L4_MsgTag_t tag;
	L4_Msg_t m;

	if (hvm_thread_new(&thread, L4_nilthread, server, NULL, stack, sizeof stack) < 0)
		sysfatal("thread: %r");
	L4_MsgClear(&m);
	L4_Set_MsgLabel(&m, LABEL_ADD);
	L4_MsgAppendWord(&m, 40);
	L4_MsgAppendWord(&m, 9);
	L4_MsgAppendSimpleStringItem(&m, L4_StringItem(strlen(say), (void *)(uintptr_t)say));
	L4_MsgLoad(&m);
	tag = L4_Call(thread);
	if (L4_IpcFailed(tag))
		sysfatal("L4_Call: error 0x%lx", (unsigned long)L4_ErrorCode());
	L4_MsgStore(tag, &m);
	print("40 + 9 = %lu; the server got '%s'\n", (unsigned long)L4_MsgWord(&m, 0), text);
	hvm_thread_kill(thread);
	exits(NULL);
}
