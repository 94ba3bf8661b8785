/*
 * hvm/pager.c - page faults and exceptions of everybody that HVM is the pager
 * and exception handler of. Each is an IPC from the thread; the answer to a
 * fault is a map item, no answer leaves the thread where it is.
 *
 * Life of a page fault: pager_fault -> region_find -> seg_page (page_fill,
 * page_copy) -> seg_run -> map item.
 */
#include "hvm/space_impl.h"
#include "lib9/trace.h"

enum { AROUND_LOG2 = 6 };       /* pages mapped at once: 64, 256 KiB */

static void
core_died(const Thread *t)
{
	char text[ERRMAX], symbol[64];

	event_text(t, text, sizeof text);
	debug_symbol(t->pc, symbol, sizeof symbol);
	boot_halt("CORE thread %zu: %s %s", thread_slot(t), text, symbol);
}

static void
trouble(Thread *t, enum Trouble what)
{
	t->trouble = (uint8_t)what;
	if (t->space->sid == CORE_SID)
		core_died(t);
	event_post(t);
}

static bool
in_guard(uintptr_t va)
{
	uintptr_t low = HVM_STACKTOP - HVM_STACKMAX;

	return va < low && low - va <= PAGE;
}

/* Answers with pages around the one at va, which is present. */
static void
map_reply(L4_Msg_t *m, Region *r, uintptr_t va)
{
	size_t page = (va - r->base) / PAGE, first;
	unsigned log2 = seg_run(r->seg, page, r->base, AROUND_LOG2);
	uintptr_t mask = ((uintptr_t)PAGE << log2) - 1;
	uintptr_t addr = seg_peek(r->seg, page) & ~mask;
	bool write = r->rights & ELF_W && seg_writable(r->seg, page);
	L4_Fpage_t f = L4_FpageLog2(addr, (int)(PAGE_LOG2 + log2));

	first = ((va & ~mask) - r->base) / PAGE;
	for (size_t i = 0; i < (size_t)1 << log2; i++)
		seg_mapped(r->seg, first + i, write);
	L4_Set_Rights(&f, (L4_Word_t)(r->rights & ~(write ? 0 : ELF_W)));
	L4_MsgClear(m);
	L4_MsgAppendMapItem(m, L4_MapItem(f, va & ~mask));
}

/* What the thread wanted to do. Where a page can't forbid execution alone (KIP,
 * PageInfo), to execute is to read. */
static int
fault_want(const L4_Msg_t *m)
{
	static int can;
	int want = (int)(L4_MsgLabel(m) & 7);

	if (can == 0)
		can = (int)L4_PageRights(L4_GetKernelInterface());
	return want & ~can ? (want & can) | L4_Readable : want;
}

static uint64_t nfault; /* since start, of all spaces */

uint64_t
pager_nfault(void)
{
	return nfault;
}

static bool
fault_serve(Thread *t, L4_Msg_t *m, int want)
{
	uintptr_t va = L4_MsgWord(m, 0), addr;
	int rc;
	Region *r = region_find(t->space, va);

	if (t->trouble != TROUBLE_NONE) /* it faults again after pager_unmapped */
		return false;
	t->addr = va;
	t->pc = L4_MsgWord(m, 1);
	t->want = (uint8_t)want;
	t->space->nfault++;
	nfault++;
	if (r == NULL || want & ~r->rights) {
		trouble(t, r == NULL && in_guard(va) ? TROUBLE_STACK : TROUBLE_FAULT);
		return false;
	}
	if (r->seg->kind == SEG_RESERVE && t->pager.raw != thread_hvm().raw) {
		/* from before its own pager was set: it shall fault again */
		L4_MsgClear(m);
		L4_MsgAppendMapItem(m, L4_MapItem(L4_Nilpage, 0));
		return true;
	}
	r->seg->nfault++;
	rc = seg_page(r->seg, (va - r->base) / PAGE, want & L4_Writable, SEG_FAULT, &addr);
	if (rc < 0) {
		trouble(t, rc == -Enomem ? TROUBLE_MEMORY : TROUBLE_FAULT);
		return false;
	}
	map_reply(m, r, va);
	return true;
}

/* The same with a record. What lies there is looked up before: it may be gone after. */
static bool
fault_traced(Thread *t, L4_Msg_t *m, int want)
{
	Region *r = region_find(t->space, L4_MsgWord(m, 0));
	TraceFault f = { .addr = L4_MsgWord(m, 0), .pc = L4_MsgWord(m, 1), .start_ns = trace_ns(), .want = (uint8_t)want };
	bool answered;

	snprintf(f.region, sizeof f.region, "%s", r != NULL ? seg_name(r->seg) : "no region");
	answered = fault_serve(t, m, want);
	trace_fault(t, &f, answered ? m : NULL);
	return answered;
}

bool
pager_fault(Thread *t, L4_Msg_t *m)
{
	int want = fault_want(m);

	return trace_wants(t->space) ? fault_traced(t, m, want) : fault_serve(t, m, want);
}

/* The thread faults again. CORE must get its page: mappings are but a cache, so
 * the programs lose theirs; what they need they fault for, or get the note. */
void
pager_unmapped(Thread *t)
{
	if (t->space->sid != CORE_SID || !space_unmap_programs())
		trouble(t, TROUBLE_MEMORY);
}

/* An I/O fault: CORE gets all ports; to a program, in and out are forbidden. */
bool
pager_ports(Thread *t, L4_Msg_t *m)
{
	if (t->space->sid == CORE_SID && !L4_IsNilFpage(boot_ports())) {
		L4_MsgClear(m);
		L4_MsgAppendMapItem(m, L4_MapItem(boot_ports(), 0));
		return true;
	}
	t->pc = L4_MsgWord(m, 1);
	snprintf(t->what, sizeof t->what, "I/O port 0x%lx",
	    (unsigned long)L4_IoFpagePort((L4_Fpage_t){ L4_MsgWord(m, 0) }));
	trouble(t, TROUBLE_EXCEPTION);
	return false;
}

bool
pager_exception(Thread *t, L4_Msg_t *m)
{
	Excinfo e = { 0 };

	if (t->space->dead)
		return false;
	plat_exc_decode(m, &e);
	t->pc = e.pc;
	if (e.number == L4_EXC_MACHINE_CHECK) {
		t->space->dead = true;
		t = &t->space->thread[0];
		trouble(t, TROUBLE_KILLED);
		return false;
	}
	snprintf(t->what, sizeof t->what, "%.*s", (int)sizeof t->what - 1, e.text);
	trouble(t, TROUBLE_EXCEPTION);
	return false;
}
