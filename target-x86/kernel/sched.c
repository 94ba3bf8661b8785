/*
 * sched.c - who runs: 256 priorities, time slices, delayed preemption; ThreadSwitch.
 *
 * The running thread stands in no ready queue. thread_wake never switches: the
 * kernel's way out (work_do) and thread_block do, when resched says that a
 * better one is ready. SEE schedule.c; X.2 manual, "ThreadSwitch", "PreemptFlags"
 */
#include "target-x86/kernel/kernel.h"

enum { NPRIO = 256 };

static Link ready[NPRIO];
static Word ready_bits[NPRIO / 32];	/* which queues are not empty */
bool resched;
int ready_best = -1;
Thread *current, *idle_thread;
void switch_stack(Thread *from, Thread *to);

void
sched_init(void)
{
	for (unsigned i = 0; i < NPRIO; i++)
		list_init(&ready[i]);
}

static int
prio_best(void)
{
	for (int i = NPRIO / 32 - 1; i >= 0; i--)
		if (ready_bits[i])
			return i * 32 + 31 - __builtin_clz(ready_bits[i]);
	return -1;
}

static void
ready_add(Thread *t, bool first)
{
	Link *q = &ready[t->prio];

	list_append(first ? q->next : q, &t->ready);
	ready_bits[t->prio / 32] |= 1u << t->prio % 32;
	if ((int)t->prio > ready_best)
		ready_best = (int)t->prio;
}

void
thread_unready(Thread *t)
{
	if (list_empty(&t->ready))
		return;
	list_remove(&t->ready);
	if (!list_empty(&ready[t->prio]))
		return;
	ready_bits[t->prio / 32] &= ~(1u << t->prio % 32);
	if ((int)t->prio == ready_best)
		ready_best = prio_best();
}

void
thread_wake(Thread *t)
{
	t->state = T_READY;
	if (t == current || !list_empty(&t->ready))
		return;
	ready_add(t, false);
	if (current == idle_thread || t->prio > current->prio)
		resched = true;
}

void
thread_set_prio(Thread *t, Word prio)
{
	bool queued = !list_empty(&t->ready);

	thread_unready(t);
	t->prio = prio;
	if (queued)
		ready_add(t, false);
	resched = ready_best > (int)current->prio;
}

static Thread *
thread_next(void)
{
	int p = ready_best;
	Thread *t;

	if (p < 0)
		return idle_thread;
	t = CONTAINER(ready[p].next, Thread, ready);
	thread_unready(t);
	return t;
}

void
thread_switch_to(Thread *t)
{
	Thread *from = current;

	resched = false;
	if (t == from)
		return;
	TRACE(TRACE_SCHED, from->id, t->id, t->prio, 0);
	current = t;
	cpu_switched(t);
	switch_stack(from, t);
}

void
thread_block(void)
{
	thread_switch_to(thread_next());
}

void
thread_switch_to_next(void)
{
	thread_switch_to(thread_next());
}

void
thread_yield(void)
{
	if (current != idle_thread)
		ready_add(current, false);
	thread_switch_to(thread_next());
}

/* lets interrupts in; nobody else runs */
void
preempt_point(void)
{
	cpu_sti_nop_cli();
}

/*
 * May current, which another thread at priority best is to preempt, put that off
 * (X.2 delayed preemption)? It is told so by a flag, and should yield soon.
 */
static bool
preempt_delayed(int best)
{
	Thread *t = current;

	if (!t->utcb || !(t->utcb[TCR_PREEMPT] & PREEMPT_DELAY))
		return false;
	if (best > (int)t->sens_prio || !t->delay_left_us)
		return false;
	t->utcb[TCR_PREEMPT] |= PREEMPT_PENDING;
	return true;
}

/* current loses the CPU against its will: to the first of its queue, or behind all in it */
static void
preempt(bool slice_over)
{
	Thread *t = current;

	if (t->utcb && t->utcb[TCR_PREEMPT] & PREEMPT_SIGNAL) {
		t->work |= WORK_SIGNAL;
		t->slow |= SLOW_HALT;
	}
	if (t != idle_thread)
		ready_add(t, !slice_over);
	thread_switch_to(thread_next());
}

void
preempt_switch(void)
{
	cpu_sti_nop_cli();
	if (resched && current->state == T_READY)
		preempt(false);
}

void
sched_exit(void)		/* on the way out to user mode */
{
	if (resched && !preempt_delayed(ready_best))
		preempt(false);
}

void
sched_slice_over(void)
{
	Thread *t = current;
	bool others = ready_best >= (int)t->prio;

	if (others && preempt_delayed(ready_best))
		return;		/* the next tick asks again */
	t->slice_left_us = t->timeslice_us;
	if (others)
		preempt(true);
}

/* kcheck.c: do the queues hold what ready_bits and ready_best say? */
bool
sched_check(void)
{
	for (unsigned i = 0; i < NPRIO; i++) {
		if (list_empty(&ready[i]) == (ready_bits[i / 32] >> i % 32 & 1))
			return false;
		for (Link *l = ready[i].next; l != &ready[i]; l = l->next)
			if (l->next->prev != l || CONTAINER(l, Thread, ready)->prio != i)
				return false;
	}
	return ready_best == prio_best();
}

static void
quantum_tick(Thread *t, Word us)
{
	if (t->quantum_infinite)
		return;
	if (t->quantum_left_us > us) {
		t->quantum_left_us -= us;
		return;
	}
	t->quantum_left_us = 0;
	t->work |= WORK_QUANTUM;
	t->slow |= SLOW_HALT;
}

static void
slice_tick(Thread *t, Word us)
{
	if (t->timeslice_us == 0)
		return;
	if (t->slice_left_us > us) {
		t->slice_left_us -= us;
		return;
	}
	t->slice_left_us = 0;
	t->work |= WORK_PREEMPTED;
	t->slow |= SLOW_HALT;
}

/* a delay lasts from the first preemption that is put off to the end of the flags */
static void
delay_tick(Thread *t, Word us)
{
	Word flags = t->utcb ? t->utcb[TCR_PREEMPT] : 0;

	if (!(flags & PREEMPT_DELAY) || !(flags & PREEMPT_PENDING))
		t->delay_left_us = t->max_delay_us;
	else
		t->delay_left_us = t->delay_left_us > us ? t->delay_left_us - us : 0;
}

void
sched_tick(Word us)
{
	Thread *t = current;

	if (t == idle_thread)
		return;
	quantum_tick(t, us);
	delay_tick(t, us);
	slice_tick(t, us);
}

Word
sys_switch(Word dest)
{
	Thread *t = dest == NIL ? NULL : thread_find_any(dest);

	if (t && t != current && t->state == T_READY && t->utcb) {
		thread_unready(t);
		ready_add(current, true);
		thread_switch_to(t);
		return 0;
	}
	current->slice_left_us = current->timeslice_us;
	current->delay_left_us = current->max_delay_us;
	current->utcb[TCR_PREEMPT] &= ~(Word)PREEMPT_PENDING;
	thread_yield();
	return 0;
}
