/*
 * hvm/trace.c - a record of each page fault, in the ring that CORE has made for HVM
 * in memory that both see. Nothing but a branch while nobody wants it.
 * SEE  lib9/trace.h, core/trace.c
 */
#include "hvm/space_impl.h"
#include "lib9/trace.h"

enum { MAXPAGE = 1 << FRAME_MAXORDER };

static struct {
	TraceShared *shared; /* NULL: CORE has not asked yet */
	TraceRing *ring;
} trace;

int
trace_attach(uint64_t pa, size_t npage)
{
	TraceShared *s = (TraceShared *)(uintptr_t)pa;

	if (pa % PAGE != 0 || npage < sizeof *s / PAGE + 1 || npage > MAXPAGE)
		return seterr(Ebadarg, "trace: %zu pages", npage);
	for (size_t i = 0; i < npage; i++)
		if (pa + i * PAGE > UINTPTR_MAX || frame_ref((uintptr_t)(pa + i * PAGE)) == 0)
			return seterr(Ebadarg, "trace: no memory at 0x%llx", (unsigned long long)pa);
	if (memcmp(s->magic, TRACE_MAGIC, sizeof TRACE_MAGIC) != 0 || s->size != npage * PAGE ||
	    s->ring[TRACERING_HVM] > s->size - sizeof(TraceRing) ||
	    s->ring_size[TRACERING_HVM] > s->size - sizeof(TraceRing) - s->ring[TRACERING_HVM])
		return seterr(Ebadarg, "trace: not what CORE makes");
	trace.ring = (TraceRing *)((uintptr_t)pa + s->ring[TRACERING_HVM]);
	trace.shared = s;
	return 0;
}

bool
trace_wants(const Space *s)
{
	uint32_t mask;

	if (trace.shared == NULL || !(atomic_load(&trace.shared->any) >> TRACE_pager & 1))
		return false;
	mask = atomic_load(&trace.shared->space[s->sid].mask);
	return !(mask & TRACE_MUTE) && (mask | atomic_load(&trace.shared->all)) >> TRACE_pager & 1;
}

uint64_t
trace_ns(void)
{
	return (L4_SystemClock().raw - trace.shared->start_us) * 1000;
}

void
trace_fault(const Thread *t, TraceFault *f, const L4_Msg_t *m)
{
	const TraceSpace *who = &trace.shared->space[t->space->sid];
	TracePart part = { f, sizeof *f };
	L4_MapItem_t item = { { 0, 0 } };
	TraceRec rec = { .ns = trace_ns(), .thread = (uint32_t)L4_ThreadNo(t->id), .class = TRACE_pager,
		.kind = TRACE_FAULT, .pid = who->pid };

	if (m != NULL) {
		L4_MsgGetMapItem(m, 0, &item);
		f->log2 = (uint8_t)L4_SizeLog2(L4_MapItemSndFpage(item));
		f->rights = (uint8_t)L4_Rights(L4_MapItemSndFpage(item));
		f->base = L4_MapItemSndBase(item);
	}
	seprint(rec.prog, rec.prog + sizeof rec.prog, "%s", t->space->sid == CORE_SID ? "core" : t->space->name);
	if (thread_slot(t) == 0)
		snprintf(rec.tname, sizeof rec.tname, "main");
	else
		snprintf(rec.tname, sizeof rec.tname, "thread%zu", thread_slot(t));
	tracering_put(trace.ring, &rec, &part, 1);
}
