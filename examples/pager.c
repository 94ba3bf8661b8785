/*
 * examples/pager.c - a program that is its own pager: it reserves a segment
 * without memory, starts a thread whose page faults come to this program, and
 * answers each with a zeroed page out of its own memory.
 *
 * USAGE  pager [npage]
 * The worker's faults outside the segment are ordinary ones (text, data, its
 * stack): the pager touches the page itself, and so has HVM map it for both.
 */
#include "hvm/hvm.h"
#include "lib9/plat.h"
#include "lib9/sys.h"

enum { PAGE = 4096, MAXPAGE = 64, STACK = 16 << 10 };

static char stack[2][STACK] __attribute__((aligned(16)));
static char pool[MAXPAGE][PAGE] __attribute__((aligned(PAGE)));
static uintptr_t segment;
static size_t npage = 4, nfault;
static L4_ThreadId_t main_thread, worker_thread;

static void
reply_map(L4_Msg_t *m, L4_Fpage_t page, uintptr_t va)
{
	L4_MsgClear(m);
	L4_MsgAppendMapItem(m, L4_MapItem(page, va));
	L4_MsgLoad(m);
}

/* A page for va: out of the pool for the segment, else what HVM has there. */
static void
fault_serve(L4_Msg_t *m, uintptr_t va, uintptr_t pc, bool write)
{
	uintptr_t at = va & ~(uintptr_t)(PAGE - 1);
	L4_Fpage_t page;

	if (va >= segment && va - segment < npage * PAGE) {
		char *own = pool[(va - segment) / PAGE];

		memset(own, 0, PAGE);
		nfault++;
		print("pager: fault %zu: %s 0x%lx, pc 0x%lx\n", nfault, write ? "write" : "read",
		    (unsigned long)va, (unsigned long)pc);
		page = L4_FpageLog2((uintptr_t)own, 12);
		L4_Set_Rights(&page, L4_ReadWriteOnly);
		reply_map(m, page, at);
		return;
	}
	if (write)
		*(volatile char *)va = *(volatile char *)va;
	else
		(void)*(volatile char *)va;
	reply_map(m, L4_Nilpage, 0); /* it is there now */
}

static void
pager(void *arg)
{
	L4_ThreadId_t from;
	L4_MsgTag_t tag;
	L4_Msg_t m;

	USED(arg);
	tag = L4_Wait(&from);
	for (;;) {
		if (L4_IpcFailed(tag) || !L4_IsPageFault(tag)) {
			tag = L4_Wait(&from);
			continue;
		}
		L4_MsgStore(tag, &m);
		fault_serve(&m, L4_MsgWord(&m, 0), L4_MsgWord(&m, 1), L4_Label(tag) & L4_Writable);
		tag = L4_ReplyWait(from, &from);
	}
}

static void
worker(void *arg)
{
	volatile uint32_t *page;
	L4_Msg_t m;
	L4_Word_t sum = 0;

	USED(arg);
	for (size_t i = 0; i < npage; i++) {
		page = (volatile uint32_t *)(segment + i * PAGE);
		sum += page[0];         /* a read fault: zero */
		page[1] = (uint32_t)i + 1;
	}
	for (size_t i = 0; i < npage; i++)
		sum += ((volatile uint32_t *)(segment + i * PAGE))[1];
	L4_MsgClear(&m);
	L4_MsgAppendWord(&m, sum);
	L4_MsgLoad(&m);
	L4_Send(main_thread);
	for (;;)
		L4_Sleep(L4_Never);
}

int
main(int argc, char **argv)
{
	L4_ThreadId_t pager_thread, from;
	L4_Word_t sum;
	uint64_t n;

	if (argc > 1 && (parse_u64(argv[1], strlen(argv[1]), &n) < 0 || n < 1 || n > MAXPAGE))
		sysfatal("usage: pager [1-%d]", MAXPAGE);
	if (argc > 1)
		npage = (size_t)n;
	segment = (uintptr_t)segattach(0, "reserve", NULL, npage * PAGE);
	if (segment == 0)
		sysfatal("segattach: %r");
	main_thread = L4_Myself();
	if (hvm_thread_new(&pager_thread, L4_nilthread, pager, NULL, stack[0], STACK) < 0 ||
	    hvm_thread_new(&worker_thread, pager_thread, worker, NULL, stack[1], STACK) < 0)
		sysfatal("thread: %r");
	do /* the worker's word; it is in this space, so its id may come as a local one */
		if (L4_IpcFailed(L4_Wait(&from)))
			sysfatal("worker: L4 error 0x%lx", (unsigned long)L4_ErrorCode());
	while (!L4_SameThreads(from, worker_thread));
	L4_StoreMR(1, &sum);
	print("worker: %zu pages, sum %lu, %zu faults\n", npage, (unsigned long)sum, nfault);
	hvm_thread_kill(worker_thread);
	hvm_thread_kill(pager_thread);
	exits(sum == npage * (npage + 1) / 2 && nfault >= npage ? NULL : "wrong sum");
}
