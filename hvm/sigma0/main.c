/*
 * hvm/sigma0/main.c - sigma0, the first pager: it owns all memory, mapped 1:1,
 * and all I/O ports, and gives each page and port away once, to the first who
 * asks. A program of its own; the same for every machine.
 * PROTOCOL (X.2, "sigma0"; /lib9/l4/l4.h L4_Sigma0_GetPage)
 *         request  label L4_LABEL_SIGMA0, MR1 fpage (base all ones: any of that
 *                  size), MR2 attributes (0)
 *         reply    one map item, nil: refused
 *         A page fault asks for the page it happened on, an I/O fault for
 *         its ports. An I/O fpage may also be requested.
 *         LP49's own: no words, from the root task, no reply: from now on
 *         everybody else is refused. A root task that runs strangers says so
 *         before it starts the first.
 * STATE   one byte per page and port: free, never, shared, or who has it
 * LIMITS  NASKER threads are told apart; the low 4 GiB
 * SEE     the KIP's memory descriptors: a later one overrides an earlier one
 */
#include "lib9/plat.h"

enum { PAGE_LOG2 = 12, NPAGE = 1 << 20, NPORT = 1 << 16, NASKER = 200, CHUNK_LOG2 = 16 };
enum { PAGE_NEVER, PAGE_FREE, PAGE_DEDICATED, PAGE_SHARED, PAGE_OWNED };
/* PAGE_OWNED + i: asker i has it. "Any page" requests get PAGE_FREE ones only. */

static uint8_t owner[NPAGE];
static uint8_t port_owner[NPORT]; /* 0: free */
static L4_Word_t asker[NASKER];
static int nasker;
static L4_ThreadId_t only; /* nil: whoever asks is served */
static uint32_t hint; /* where the next search for any page starts */
static const L4_KernelInterfacePage_t *kip;

static void
range_set(uint64_t low, uint64_t high, uint8_t what)
{
	for (uint64_t p = low >> PAGE_LOG2; p < high >> PAGE_LOG2 && p < NPAGE; p++)
		owner[p] = what;
}

static uint8_t
type_state(L4_Word_t type)
{
	switch (type & 0xF) {
	case L4_ConventionalMemoryType:
		return PAGE_FREE;
	case L4_SharedMemoryType:
		return PAGE_SHARED;
	case L4_DedicatedMemoryType:
	case L4_BootLoaderSpecificMemoryType:
	case L4_ArchitectureSpecificMemoryType:
		return PAGE_DEDICATED;
	}
	return PAGE_NEVER;
}

static void
memory_find(void)
{
	for (L4_Word_t i = 0; i < L4_NumMemoryDescriptors(kip); i++) {
		const L4_MemoryDesc_t *d = L4_MemoryDesc(kip, i);

		if (!L4_IsMemoryDescVirtual(d))
			range_set(L4_MemoryDescLow(d), (uint64_t)L4_MemoryDescHigh(d) + 1,
			    type_state(L4_MemoryDescType(d)));
	}
	range_set(kip->sigma0.low, kip->sigma0.high, PAGE_NEVER);
	range_set(kip->root.low, kip->root.high, PAGE_DEDICATED);
}

/* The asker's own state value; PAGE_NEVER: it gets nothing, or there are too many. */
static uint8_t
asker_state(L4_ThreadId_t t)
{
	if (!L4_IsNilThread(only) && t.raw != only.raw)
		return PAGE_NEVER;
	for (int i = 0; i < nasker; i++)
		if (asker[i] == t.raw)
			return (uint8_t)(PAGE_OWNED + i);
	if (nasker == NASKER)
		return PAGE_NEVER;
	asker[nasker] = t.raw;
	return (uint8_t)(PAGE_OWNED + nasker++);
}

static bool
page_may(uint32_t p, uint8_t who, bool any)
{
	if (any)
		return owner[p] == PAGE_FREE;
	return owner[p] == PAGE_FREE || owner[p] == PAGE_DEDICATED ||
	    owner[p] == PAGE_SHARED || (who != PAGE_NEVER && owner[p] == who);
}

static bool
block_may(uint32_t p, uint32_t n, uint8_t who, bool any)
{
	if (n > NPAGE || p > NPAGE - n)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!page_may(p + i, who, any))
			return false;
	return true;
}

/* The first page of an aligned free block of n pages; NPAGE: there is none. */
static uint32_t
block_any(uint32_t n)
{
	uint32_t start = hint & ~(n - 1);

	for (uint32_t k = 0; k < NPAGE; k += n) {
		uint32_t p = (start + k) & (NPAGE - 1);

		if (block_may(p, n, PAGE_NEVER, true)) {
			hint = p + n;
			return p;
		}
	}
	return NPAGE;
}

static void
block_give(uint32_t p, uint32_t n, uint8_t who)
{
	for (uint32_t i = 0; i < n; i++)
		if (owner[p + i] != PAGE_SHARED)
			owner[p + i] = who;
}

static L4_Fpage_t
port_request(L4_ThreadId_t from, L4_Fpage_t want)
{
	L4_Word_t low = L4_IoFpagePort(want), n = L4_IoFpageSize(want);
	uint8_t who = asker_state(from);

	if (who == PAGE_NEVER || n > NPORT || low > NPORT - n)
		return L4_Nilpage;
	for (L4_Word_t i = low; i < low + n; i++)
		if (port_owner[i] != 0 && port_owner[i] != who)
			return L4_Nilpage;
	memset(port_owner + low, who, n);
	L4_Set_Rights(&want, L4_FullyAccessible);
	return want;
}

/* The map item's fpage for a request, nil: refused. */
static L4_Fpage_t
page_request(L4_ThreadId_t from, L4_Fpage_t want)
{
	L4_Word_t log2 = L4_SizeLog2(want);
	uint8_t who = asker_state(from);
	L4_Fpage_t f;
	uint32_t n, p;
	bool any;

	if (who == PAGE_NEVER || log2 < PAGE_LOG2 || log2 > 31)
		return L4_Nilpage;
	n = 1u << (log2 - PAGE_LOG2);
	any = (want.raw & ~(L4_Word_t)0x3FF) == (~(L4_Word_t)0 & ~(L4_Word_t)0x3FF);
	if (!any && L4_Address(want) >> PAGE_LOG2 >= NPAGE)
		return L4_Nilpage;
	p = any ? block_any(n) : (uint32_t)(L4_Address(want) >> PAGE_LOG2);
	if (p == NPAGE || !block_may(p, n, who, any))
		return L4_Nilpage;
	block_give(p, n, who);
	f = L4_FpageLog2((L4_Word_t)p << PAGE_LOG2, (int)log2);
	L4_Set_Rights(&f, L4_FullyAccessible);
	return f;
}

/* A fault inside the root task's own image gets the chunk around it at once. */
static L4_Fpage_t
page_fault(L4_ThreadId_t from, L4_Word_t addr)
{
	L4_Word_t chunk = addr >> CHUNK_LOG2 << CHUNK_LOG2;

	if (chunk >= kip->root.low && chunk + (1 << CHUNK_LOG2) <= kip->root.high) {
		L4_Fpage_t f = page_request(from, L4_FpageLog2(chunk, CHUNK_LOG2));

		if (!L4_IsNilFpage(f))
			return f;
	}
	return page_request(from, L4_FpageLog2(addr, PAGE_LOG2));
}

static bool
is_root(L4_ThreadId_t t)
{
	return t.raw == L4_GlobalId(L4_ThreadIdUserBase(kip) + 2, 1).raw;
}

/* Puts the reply into the message registers; false: not a request, no reply. */
static bool
request_serve(L4_ThreadId_t from, L4_MsgTag_t tag)
{
	L4_Fpage_t f;
	L4_Word_t mr1;
	L4_Msg_t reply;

	if (L4_UntypedWords(tag) == 0 && L4_Label(tag) == L4_LABEL_SIGMA0 && is_root(from))
		only = from;
	if (L4_UntypedWords(tag) != 2 || L4_TypedWords(tag) != 0)
		return false;
	L4_StoreMR(1, &mr1);
	if (L4_IsPageFault(tag))
		f = page_fault(from, mr1);
	else if (L4_IsIoFault(tag) || (L4_Label(tag) == L4_LABEL_SIGMA0 && L4_IsIoFpage((L4_Fpage_t){ mr1 })))
		f = port_request(from, (L4_Fpage_t){ mr1 });
	else if (L4_Label(tag) == L4_LABEL_SIGMA0)
		f = page_request(from, (L4_Fpage_t){ mr1 });
	else
		return false;
	L4_MsgClear(&reply);
	L4_MsgAppendMapItem(&reply, L4_MapItem(f, L4_Address(f)));
	L4_MsgLoad(&reply);
	return true;
}

int
main(int argc, char **argv)
{
	L4_ThreadId_t from;
	L4_MsgTag_t tag;

	USED(argc);
	USED(argv);
	kip = L4_GetKernelInterface();
	memory_find();
	L4_Accept(L4_UntypedWordsAcceptor);
	tag = L4_Wait(&from);
	for (;;) {
		if (L4_IpcSucceeded(tag) && request_serve(from, tag))
			tag = L4_ReplyWait(from, &from);
		else
			tag = L4_Wait(&from);
	}
}
