/*
 * tests/guest/wild.c - wild L4 messages from programs to HVM: any label, words
 * that look like addresses, ids and sizes, map and string items. HVM must answer
 * or ignore them and serve everybody else as before.
 * USAGE   wild [seed]    "ok NAME" or "not ok NAME" lines
 */
#include "hvm/proto.h"
#include "lib9/plat.h"
#include "lib9/sys.h"

enum { NCHILD = 40, NMESSAGE = 300 };
static uint32_t seed = 1;

static uint32_t
draw(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed >> 8;
}

static L4_Word_t
word(void)
{
	static const L4_Word_t pick[] = { 0, 1, 2, 3, 16, 4096, 0x400000, 0x60000000, 0x9FFFFF00, 0xA0000000,
		0xBF000000, 0xBFF00000, 0xFFFFFFFF, ~(L4_Word_t)0, ~(L4_Word_t)0 << 12 };
	uint32_t r = draw();

	if (r % 3 == 0)
		return (L4_Word_t)r << (r % 29);
	if (r % 3 == 1)
		return L4_Myself().raw + r % 5;
	return pick[r % nelem(pick)];
}

static L4_Word_t
label(void)
{
	/* rarely: these end the sender, and nobody else */
	if (draw() % 64 == 0)
		return draw() & 1 ? L4_LABEL_PAGEFAULT | (draw() & 7) : L4_LABEL_EXCEPTION;
	switch (draw() % 6) {
	case 0:
		return L4_LABEL_SIGMA0;
	case 1:
		return draw();
	default:
		return HVM_LABEL + draw() % (HVM_ncall + 10);
	}
}

static void
message(L4_ThreadId_t to)
{
	static char buf[100000];
	L4_Msg_t m;
	unsigned n = draw() % 9;

	L4_MsgClear(&m);
	L4_Set_MsgLabel(&m, label());
	for (unsigned i = 0; i < n; i++)
		L4_MsgAppendWord(&m, word());
	switch (draw() % 8) {
	case 0:
		L4_MsgAppendMapItem(&m, L4_MapItem(L4_FpageLog2((L4_Word_t)buf & ~(L4_Word_t)4095, 12), word()));
		break;
	case 1:
		L4_MsgAppendSimpleStringItem(&m, L4_StringItem(sizeof buf, buf));
		break;
	case 2:
		if (draw() % 32 == 0)
			L4_MsgAppendSimpleStringItem(&m, L4_StringItem(4096, (void *)word()));
		break;
	}
	L4_MsgLoad(&m);
	L4_Accept(draw() & 1 ? L4_UntypedWordsAcceptor : L4_MapGrantItems(L4_CompleteAddressSpace));
	if (draw() & 1)
		L4_Call_Timeouts(to, L4_TimePeriod(2000), L4_TimePeriod(2000));
	else
		L4_Send_Timeout(to, L4_TimePeriod(2000));
}

int
main(int argc, char **argv)
{
	L4_ThreadId_t hvm = L4_Pager();
	uint64_t n = 1;
	int pid = 0;

	if (argc > 1 && parse_u64(argv[1], strlen(argv[1]), &n) < 0)
		sysfatal("usage: wild [seed]");
	for (int i = 0; i < NCHILD; i++) {
		seed = (uint32_t)n * 1000 + (uint32_t)i;
		if ((pid = rfork(RFPROC | RFFDG | RFNOTEG)) < 0)
			sysfatal("rfork: %r");
		if (pid == 0) {
			for (int k = 0; k < NMESSAGE; k++)
				message(hvm);
			_exits(NULL);
		}
		free(wait()); /* it may have been killed for a fault that it made up */
	}
	/* a new program still starts, forks and ends */
	if ((pid = fork()) == 0) {
		execl("/bin/true", "true", NULL);
		_exits("exec");
	}
	Waitmsg *w = wait();
	print("%sok wild_messages_harm_nobody\n", w != NULL && w->pid == pid && *w->msg == '\0' ? "" : "not ");
	exits(NULL);
}
