/*
 * sim/host/kevent.c - the simulated kernel's events (sim/kern/k_trace.c) as trace
 * records. Times are the L4 clock's, less CORE's start.
 */
#include "sim/host/trace.h"
#include "sim/kern/kern.h"

static void
want(uint32_t classes)
{
	uint32_t bits = (classes >> TRACE_ipc & 1 ? KTRACE_IPC : 0) | (classes >> TRACE_sched & 1 ? KTRACE_SCHED : 0);

	atomic_store_explicit(&KERN->trace, bits, memory_order_relaxed);
}

/* A thread's number of its id, and the special ones as they are. */
static uint64_t
number_of(uint64_t id)
{
	return id >= ~(uint64_t)0x3F || id >> 32 == 0 ? id : id >> 32;
}

static bool
next(TracePlace *p, TraceRec *rec, TraceKernel *k, uint64_t start_us)
{
	for (;;) {
		uint32_t all = atomic_load((_Atomic uint32_t *)&KERN->nevent);
		Kevent *slot, e;

		if (all == p->seq)
			return false;
		if (all - p->seq > NEVENT) { /* overtaken: go on where it is safe */
			p->lost += all - NEVENT / 2 - p->seq;
			p->seq = all - NEVENT / 2;
		}
		slot = event_at(p->seq % NEVENT);
		if (atomic_load_explicit(&slot->number, memory_order_acquire) != p->seq + 1)
			return false; /* it is being written */
		e = *slot;
		atomic_thread_fence(memory_order_seq_cst);
		if (atomic_load_explicit(&slot->number, memory_order_relaxed) != p->seq + 1)
			continue;
		p->seq++;
		if (e.ns < start_us * 1000)
			continue; /* the node's boot, before CORE */
		*rec = (TraceRec){ .ns = e.ns - start_us * 1000, .thread = (uint32_t)number_of(e.from),
			.class = e.what & KTRACE_IPC ? TRACE_ipc : TRACE_sched, .kind = e.what & KTRACE_IPC ? TRACE_IPC : TRACE_SCHED };
		*k = (TraceKernel){ .from = number_of(e.from), .to = number_of(e.to), .tag = e.tag, .timeouts = e.timeouts, .error = e.error };
		return true;
	}
	return false;
}

const TraceKernelOps trace_kernel_sim = { want, next };
