/*
 * quantum.c - charging threads for the CPU time they take (k_schedule.c).
 *
 * A Linux thread's CPU clock can be read in its own process only, so each helper
 * looks at the threads of its space that have a finite total quantum, when the
 * first of them can have used it up at the earliest. Such a thread is stopped at
 * its next way out of the kernel, sends its scheduler the preemption message,
 * and goes on when Schedule has given it a new quantum.
 *
 * LOCKS   K->lock
 * SEE     X.2 manual, chapter 7 (preemption protocol)
 */
#include "sim/kern/space.h"

enum { LEAST_NS = 1000000 };            /* between two looks */

static uint64_t
cpu_ns(const Tcb *t)
{
	LxTime time = { 0, 0 };

	/* the CPU clock of Linux thread n is (~n << 3) | 6 */
	lx2(NR_clock_gettime, (long)(int32_t)(~t->ltid << 3 | 6), &time);
	return (uint64_t)time.sec * 1000000000u + (uint64_t)time.nsec;
}

static void
charge(Op *op, Tcb *t)
{
	uint64_t now = cpu_ns(t), used = now - t->q_base;

	t->q_base = now;
	if (t->q_fresh) {
		t->q_fresh = false;
		return;
	}
	t->q_left = used < t->q_left ? t->q_left - used : 0;
	if (t->q_left == 0) {
		atomic_fetch_or(&t->attn, AT_QUANTUM);
		thread_kick(op, t);
	}
}

/* REQUIRES K->lock. When to look again, 0: never */
uint64_t
quantum_check(Op *op)
{
	uint64_t least = ~(uint64_t)0;

	if (here->nquantum == 0)
		return 0;
	for (uint32_t n = here->threads; n != 0; n = tcb_at(n - 1)->space_next) {
		Tcb *t = tcb_at(n - 1);

		if (t->quantum == 0 || t->attn & (AT_QUANTUM | AT_DIE))
			continue;
		if (t->ltid != 0 && t->ltid != ~(uint32_t)0)
			charge(op, t);
		if (t->q_left < least)
			least = t->q_left;
	}
	if (least == ~(uint64_t)0)
		return 0;
	return lx_now_ns() + (least > LEAST_NS ? least : LEAST_NS);
}

/* In the thread, on its way out; it stays in the kernel while AT_QUANTUM is set. */
void
quantum_stop(Tcb *me)
{
	uint64_t us = (lx_now_ns() - KERN->t0_ns) / 1000, to;
	L4_Word_t m[L4_NUM_MRS] = { L4_LABEL_PREEMPTION << 16 | 2, us, 0 };
	bool tell;
	Op op;

	op_init(&op, me->no + 1);
	lock(&KERN->lock, &op);
	tell = (me->attn & AT_QUANTUM) != 0 && !me->q_told;
	me->q_told = me->q_told || tell;
	to = me->scheduler;
	op_unlock(&op);
	if (tell)
		fault_ipc(me, to, 0, 3, 0, m);
}
