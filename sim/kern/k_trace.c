/*
 * k_trace.c - events of the kernel for --trace ipc,sched: a ring in the kernel's
 * memory that lp49sim reads (sim/host/kevent.c). While nobody wants them, a branch.
 * A slot's number is 0 while it is written; the reader looks at it before and after.
 * LOCKS   K->lock: one writer
 */
#include "sim/kern/kern.h"
#include "sim/kern/linux.h"

void
ktrace_add(unsigned what, uint64_t from, uint64_t to, uint64_t tag, uint32_t timeouts, uint32_t error)
{
	uint32_t n = KERN->nevent++;
	Kevent *e = event_at(n % NEVENT);

	atomic_store_explicit(&e->number, 0, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	e->what = (uint16_t)what;
	e->ns = lx_now_ns() - KERN->t0_ns;
	e->from = from;
	e->to = to;
	e->tag = tag;
	e->timeouts = timeouts;
	e->error = error;
	atomic_store_explicit(&e->number, n + 1, memory_order_release);
}
