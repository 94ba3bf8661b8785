/*
 * sched.c - who runs: 256 priorities, time slices, quanta.
 *
 * The running thread stands in no ready queue. thread_wake never switches: the
 * kernel's way out (work_do) and thread_block do, when resched says that a
 * better one is ready. SEE X.2 manual, "Schedule", "ThreadSwitch"
 */
#include "target-x86/kernel/kernel.h"

enum { NPRIO = 256 };

static Link ready[NPRIO];
static Word ready_bits[NPRIO / 32];	/* which queues are not empty */
bool resched;
int ready_best = -1;
Thread *current, *idle_thread;
void switch_stack(Thread *from, Thread *to);
_Noreturn void switch_away(Word ksp);

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
thread_switch_away(void)
{
	Thread *t = thread_next();

	resched = false;
	current = t;
	cpu_switched(t);
	switch_away(t->ksp);
}

void
thread_yield(void)
{
	if (current != idle_thread)
		ready_add(current, false);
	thread_switch_to(thread_next());
}

/* a better thread is ready: current stays first of its queue */
static void
preempt(void)
{
	if (current != idle_thread)
		ready_add(current, true);
	thread_switch_to(thread_next());
}

/* lets interrupts in; nobody else runs */
void
preempt_point(void)
{
	cpu_sti_nop_cli();
}

void
preempt_switch(void)
{
	cpu_sti_nop_cli();
	if (resched && current->state == T_READY)
		preempt();
}

/* is current's preemption put off (X.2 delayed preemption)? */
static bool
preempt_delayed(Thread *t, int best)
{
	Word *flags;

	if (!t->utcb || !(t->utcb[TCR_PREEMPT] & PREEMPT_DELAY))
		return false;
	if (best > (int)t->sens_prio || !t->delay_left_us)
		return false;
	flags = &t->utcb[TCR_PREEMPT];
	*flags |= PREEMPT_PENDING;
	return true;
}

void sched_exit(void);
void
sched_exit(void)		/* on the way out to user mode */
{
	if (!resched)
		return;
	if (!preempt_delayed(current, ready_best))
		preempt();
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
quantum_tick(Thread *t)
{
	if (t->quantum_infinite)
		return;
	if (t->quantum_left_us > tick_us) {
		t->quantum_left_us -= tick_us;
		return;
	}
	t->quantum_left_us = 0;
	t->work |= WORK_QUANTUM;
	t->slow |= SLOW_HALT;
}

void
sched_tick(void)
{
	Thread *t = current;

	clock_tick();
	if (t == idle_thread)
		return;
	quantum_tick(t);
	if (t->utcb && t->utcb[TCR_PREEMPT] & PREEMPT_DELAY && t->utcb[TCR_PREEMPT] & PREEMPT_PENDING)
		t->delay_left_us = t->delay_left_us > tick_us ? t->delay_left_us - tick_us : 0;
	else
		t->delay_left_us = t->max_delay_us;
	if (t->timeslice_us == 0)
		return;
	if (t->slice_left_us > tick_us) {
		t->slice_left_us -= tick_us;
		return;
	}
	t->slice_left_us = t->timeslice_us;
	t->work |= WORK_PREEMPTED;
	t->slow |= SLOW_HALT;
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
	thread_yield();
	return 0;
}

/*
 * X.2: 0 error, 1 dead, 2 inactive, 3 running, 4 pending send, 5 sending,
 * 6 waiting, 7 receiving. A page fault or an exception is no IPC of the thread's.
 */
static Word
schedule_state(const Thread *t)
{
	Word s = t->outer.role ? t->outer.role : t->xfer.role ? t->xfer.role : t->state;

	if (!t->utcb)
		return 2;
	if (t->in_fault_ipc && !t->outer.role)
		s = T_READY;
	switch (s) {
	case T_WAIT_SEND: return 4;
	case T_SENDING: return 5;
	case T_WAIT_RECV: return 6;
	case T_RECEIVING: return 7;
	default: return t->halted ? 2 : 3;
	}
}

/* a period of 16 bits, or the time that is left to a point: us; 0 means for ever */
static uint64_t
period_us(Word w)
{
	Time end = timeout_deadline(w), now = clock_now();

	return end == NEVER ? 0 : end > now ? end - now : 1;
}

static Word
period_of(uint64_t us)
{
	Word e = 0;

	while (us > 0x3FF) {
		us >>= 1;
		e++;
	}
	return us == 0 ? 0x400 : (e << 10 | (Word)us);
}

/* a new quantum ends the wait for one, or the message that says it is used up */
static void
quantum_set(Thread *t, Word w)
{
	t->quantum_left_us = period_us(w);
	t->quantum_infinite = t->quantum_left_us == 0;
	if (t->state == T_NO_QUANTUM)
		thread_wake(t);
	else if (t->tells_quantum && t->state == T_WAIT_SEND)
		ipc_unlink(t, IPC_CANCELED);
}

static void
schedule_times(Thread *t, Word w)
{
	if (w >> 16 != 0xFFFF) {
		uint64_t us = period_us(w >> 16);

		t->timeslice_us = t->slice_left_us = us > 0x7FFFFFFF ? 0 : (Word)us;
	}
	if ((w & 0xFFFF) != 0xFFFF)
		quantum_set(t, w & 0xFFFF);
}

static bool
schedule_fields_bad(const Frame *f)
{
	return (f->ecx != ~0u && f->ecx > current->prio) || (f->esi != ~0u && f->esi > 0);
}

void
sys_schedule(Frame *f)
{
	Thread *t = thread_find_any(f->eax);
	Word err = 0;

	if (!t || t == idle_thread)
		err = ETHREAD;
	else if (!current->space->privileged && t->scheduler != current->id)
		err = EPRIV;
	else if (schedule_fields_bad(f))
		err = EPARAM;
	if (err) {
		current->utcb[TCR_ERRORCODE] = err;
		f->eax = 0;
		f->edx = 0;
		return;
	}
	f->eax = schedule_state(t);
	Word rem = (t->timeslice_us ? period_of(t->slice_left_us) : 0) << 16 |
	    (t->quantum_infinite ? 0 : period_of(t->quantum_left_us));
	if (f->edx != ~0u)
		schedule_times(t, f->edx);
	if (f->edi != ~0u) {
		t->sens_prio = f->edi >> 16 & 0xFF;
		t->max_delay_us = t->delay_left_us = f->edi & 0xFFFF;
	}
	if (f->ecx != ~0u)
		thread_set_prio(t, f->ecx);
	f->edx = rem;
}
