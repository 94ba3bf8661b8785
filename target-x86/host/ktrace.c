/*
 * target-x86/host/ktrace.c - our x86 kernel's events, in the PC's memory, as trace
 * records. Another kernel has none: then the classes ipc and sched show nothing.
 * LAYOUT  struct Ktrace of target-x86/kernel/kernel.h, 32 bits; nothing in it is trusted
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "target-x86/host/qemu.h"
#include "target-x86/host/ktrace.h"

enum { VERSION_BITS = 14, PAGE_BYTES = 4096, LOW = 16 << 20 /* the kernel lies below */, EVENT_MAX = 1 << 16 };
enum { IPC_BIT = 0, SCHED_BIT = 5 };    /* enum Trace of the kernel */

typedef struct Event Event;
struct Event {
	uint64_t when;                  /* us */
	uint32_t thread, what, a, b, c, d, e, pad;
};
typedef struct Head Head;
struct Head {
	char magic[16];
	uint32_t version, nevent, mask_at;
	volatile uint32_t count;
	Event ring[];
};
_Static_assert(sizeof(Event) == 40 && sizeof(Head) == 32, "the kernel's");

static struct {
	uint8_t *low;                   /* the first LOW bytes of the PC's memory */
	Head *head;
	uint32_t nevent;
	volatile uint32_t *mask;
} k;

void
ktrace_init(int fd)
{
	void *p = mmap(NULL, LOW, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);

	if (p == MAP_FAILED)
		return;
	k.low = p;
	trace_kernel(&trace_kernel_pc);
}

static bool
find(void)
{
	for (size_t at = 1 << 20; k.low != NULL && k.head == NULL && at < LOW; at += PAGE_BYTES) {
		Head *h = (Head *)(void *)(k.low + at);

		if (memcmp(h->magic, "LP49 ktrace", 12) != 0 || h->version != 1 || h->nevent == 0 || h->nevent > EVENT_MAX ||
		    (h->nevent & (h->nevent - 1)) != 0 || sizeof *h + h->nevent * sizeof(Event) > LOW - at ||
		    h->mask_at > LOW - 4 || h->mask_at % 4 != 0)
			continue;
		k.nevent = h->nevent;
		k.mask = (volatile uint32_t *)(void *)(k.low + h->mask_at);
		k.head = h;
	}
	return k.head != NULL;
}

static void
want(uint32_t classes)
{
	uint32_t ours = 1u << IPC_BIT | 1u << SCHED_BIT, mask;

	if (k.head == NULL && (classes == 0 || !find()))
		return;
	mask = (*k.mask & ~ours) | (classes >> TRACE_ipc & 1) << IPC_BIT | (classes >> TRACE_sched & 1) << SCHED_BIT;
	if (*k.mask != mask)
		*k.mask = mask;
}

static uint64_t
number_of(uint32_t id)
{
	return id >= 0xFFFFFFC0 ? id : id >> VERSION_BITS;
}

static bool
record(const Event *e, TraceRec *rec, TraceKernel *out)
{
	*rec = (TraceRec){ .thread = (uint32_t)number_of(e->a) };
	*out = (TraceKernel){ .from = number_of(e->a), .to = number_of(e->b) };
	if (e->what == IPC_BIT) {
		rec->class = TRACE_ipc;
		rec->kind = TRACE_IPC;
		out->tag = e->c;
		out->error = e->d;
		out->timeouts = e->e;
	} else {
		rec->class = TRACE_sched;
		rec->kind = TRACE_SCHED;
		out->error = e->c;
	}
	return e->what == IPC_BIT || e->what == SCHED_BIT;
}

static bool
next(TracePlace *p, TraceRec *rec, TraceKernel *out, uint64_t start_us)
{
	if (k.head == NULL)
		return false;
	for (;;) {
		uint32_t all = k.head->count;
		Event e;

		if (all == p->seq)
			return false;
		if (all - p->seq > k.nevent - k.nevent / 8) { /* overtaken, or nearly so */
			p->lost += all - k.nevent / 2 - p->seq;
			p->seq = all - k.nevent / 2;
		}
		e = k.head->ring[p->seq & (k.nevent - 1)];
		atomic_thread_fence(memory_order_seq_cst);
		if (k.head->count - p->seq >= k.nevent)
			continue;
		p->seq++;
		if (e.when < start_us || !record(&e, rec, out))
			continue; /* the boot before CORE; the debugger's classes */
		rec->ns = (e.when - start_us) * 1000;
		return true;
	}
}

const TraceKernelOps trace_kernel_pc = { want, next };
