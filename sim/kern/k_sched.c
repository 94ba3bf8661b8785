/*
 * k_sched.c - who runs: X.2's priorities, time slices, directed ThreadSwitch and
 * delayed preemption over Linux threads.
 *
 * While each thread has the parameters it was born with, Linux schedules, and
 * nothing here is called. From the first Schedule that sets others (Tcb.tuned) until
 * the last such thread is gone or as before, this file does (K->sched_on): of the
 * ready threads of a processor one, its current, may be in user mode. The others
 * have AT_WAIT and stay in the kernel; what they do there goes on, so nobody waits
 * for a lock or a transfer of a thread that may not run.
 *
 * sched_update, at the end of each operation, derives all from the threads' states;
 * nothing has to be repaired after a death. A thread pushed out of user mode by
 * another one's operation is interrupted, and the new current (AT_SETTLE) waits
 * until it has left. The zygote looks when a slice or a delay ends (sched_tick).
 *
 * LOCKS   K->lock
 * SEE     X.2 manual, chapters 3.4 (ThreadSwitch), 3.5 (Schedule); tests/l4/priority.c
 */
#include "sim/kern/kern.h"
#include "sim/kern/linux.h"

#define NEVER (~(uint64_t)0)
enum { SLICE_LEAST = 100000, LOOK_NS = 1000000 };

/* ---- parameters ---- */
void
sched_tuned(Op *op, Tcb *t)
{
	bool tuned = t->state != TS_FREE && (t->prio != t->born_prio || t->timeslice != TIMESLICE || t->max_delay != 0);

	KERN->ntuned += (uint32_t)tuned - (uint32_t)t->tuned;
	t->tuned = tuned;
	if (KERN->ntuned == 0 || KERN->sched_on)
		return;
	for (Tcb *each = tcb_first(); each != NULL; each = tcb_next(each))
		each->slice_left = each->ready_no = 0;
	__builtin_memset(KERN->cpu, 0, sizeof KERN->cpu);
	if (op->owner <= NTHREAD)
		KERN->cpu[tcb_at(op->owner - 1)->cpu].current = op->owner;
	KERN->sched_at = NEVER;
	KERN->sched_on = true;
}

static uint64_t
slice_ns(const Tcb *t)
{
	uint64_t now = lx_now_ns(), end = ipc_deadline_from(t->timeslice, now);

	if (end == 0)
		return NEVER;
	return end > now + SLICE_LEAST ? end - now : SLICE_LEAST;
}

L4_Word_t
sched_slice_left(const Tcb *t)
{
	if (!KERN->sched_on || t->timeslice == 0 || t->slice_left == 0 || t->slice_left == NEVER)
		return t->timeslice;
	return L4_TimePeriod(t->slice_left / 1000).raw;
}

void
sched_slice_set(Tcb *t, uint32_t time)
{
	t->timeslice = time;
	t->slice_left = slice_ns(t);
}

/* ---- the time that the current has had ---- */
static bool
ready(const Tcb *t)
{
	return t->state == TS_RUN && !t->crashed && !(t->attn & (AT_HALT | AT_QUANTUM | AT_DIE));
}

static Tcb *
current_of(const Cpu *c)
{
	Tcb *t = c->current != 0 ? tcb_at(c->current - 1) : NULL;

	return t != NULL && ready(t) && &KERN->cpu[t->cpu] == c ? t : NULL;
}

static void
less(uint64_t *left, uint64_t used)
{
	if (*left != NEVER)
		*left = *left > used ? *left - used : 0;
}

/* the end of its queue, with a new slice */
static void
requeue(Tcb *t)
{
	t->slice_left = slice_ns(t);
	t->ready_no = ++KERN->nready;
}

static void
charge(Cpu *c, uint64_t now)
{
	Tcb *t = current_of(c);
	uint64_t used = c->since != 0 ? now - c->since : 0;

	c->since = now;
	if (t == NULL)
		return;
	if (c->delaying)
		less(&t->delay_left, used);
	if (c->gift == 0) {
		less(&t->slice_left, used);
	} else {
		less(&c->gift, used);
		c->over = c->gift == 0;
		if (c->over)
			c->prio = t->prio;
	}
	if (t->slice_left == 0 && t->ready_no != 0) {
		c->over = true;
		requeue(t);
	}
}

/* ---- preemption, delayed or not ---- */
static bool
delayed(Cpu *c, Tcb *t, const Tcb *by)
{
	L4_Word_t *flags = &mrs_of(t)[L4_TCR_Flags];

	if (!(*flags & L4_PREEMPT_DELAY << 8) || by->prio > t->sens_prio || t->delay_left == 0)
		return false;
	*flags |= L4_PREEMPT_PENDING << 8;
	c->delaying = true;
	return true;
}

static void
delay_end(Cpu *c, Tcb *t)
{
	c->delaying = false;
	t->delay_left = (uint64_t)t->max_delay * 1000;
	mrs_of(t)[L4_TCR_Flags] &= ~(L4_Word_t)(L4_PREEMPT_PENDING << 8);
}

static void
current_set(Cpu *c, Tcb *t, uint64_t gift, uint32_t prio)
{
	if (ktracing(KTRACE_SCHED) && t != NULL && c->current != t->no + 1)
		ktrace_add(KTRACE_SCHED, c->current != 0 ? tcb_at(c->current - 1)->id : 0, t->id, 0, 0, t->prio);
	c->current = t != NULL ? t->no + 1 : 0;
	c->gift = gift;
	c->prio = t == NULL || prio > t->prio ? prio : t->prio;
	c->over = false;
	if (t != NULL)
		delay_end(c, t);
}

/* The current blocked in an operation that woke its partner: that one goes on with the rest of its slice. */
static Tcb *
handed_over(const Op *op, const Cpu *c, const Tcb *best)
{
	Tcb *t;

	if (c->current != op->owner || op->nwake == 0)
		return NULL;
	t = tcb_at(op->wake[0]);
	return ready(t) && &KERN->cpu[t->cpu] == c && t->prio >= best->prio ? t : NULL;
}

/* What is left of the slice that its last current ran on. */
static uint64_t
leftover(const Cpu *c)
{
	return c->gift != 0 ? c->gift : tcb_at(c->current - 1)->slice_left;
}

/* best: of the ready threads; NULL: none is */
static void
choose(const Op *op, Cpu *c, Tcb *best)
{
	Tcb *t = current_of(c), *next;

	if (t == NULL && best != NULL && (next = handed_over(op, c, best)) != NULL) {
		uint64_t gift = leftover(c);

		tcb_at(c->current - 1)->slice_left = 0; /* a new one when it is ready again */
		current_set(c, next, gift, 0);
	} else if (t == NULL) {
		current_set(c, best, 0, 0);
	} else if (best == t || (best->prio <= c->prio && !c->over)) {
		c->over = c->delaying = false;
	} else if (!delayed(c, t, best)) {
		current_set(c, best, 0, 0);
	}
}

/* ---- all threads ---- */
static bool
better(const Tcb *t, const Tcb *than)
{
	return than == NULL || t->prio > than->prio || (t->prio == than->prio && t->ready_no < than->ready_no);
}

/* Each processor's best ready thread. */
static void
best_find(Tcb **best)
{
	for (Tcb *t = tcb_first(); t != NULL; t = tcb_next(t)) {
		if (!ready(t)) {
			t->ready_no = 0;
			continue;
		}
		if (t->ready_no == 0) {
			t->ready_no = ++KERN->nready;
			if (t->slice_left == 0)
				t->slice_left = slice_ns(t);
		}
		if (better(t, best[t->cpu]))
			best[t->cpu] = t;
	}
}

/* Sets AT_WAIT in all but the current ones. */
static void
others_stop(Op *op, bool *leaving)
{
	for (Tcb *t = tcb_first(); t != NULL; t = tcb_next(t)) {
		if (KERN->cpu[t->cpu].current == t->no + 1)
			continue;
		if (!(t->attn & AT_WAIT))
			atomic_fetch_or(&t->attn, AT_WAIT);
		if (t->attn & AT_SETTLE)
			atomic_fetch_and(&t->attn, ~(uint32_t)AT_SETTLE);
		if (t->ustate == US_USER && t->ltid != 0) {
			thread_kick(op, t);
			leaving[t->cpu] = true;
		}
	}
}

static void
current_go(Tcb *t, bool leaving)
{
	if (leaving && t->ustate == US_KERNEL)
		atomic_fetch_or(&t->attn, AT_SETTLE);
	if (atomic_fetch_and(&t->attn, ~(uint32_t)AT_WAIT) & AT_WAIT)
		lx_futex_wake(&t->attn, 1);
}

static void
all_go(void)
{
	for (Tcb *t = tcb_first(); t != NULL; t = tcb_next(t))
		if (atomic_fetch_and(&t->attn, ~(uint32_t)(AT_WAIT | AT_SETTLE)) & AT_WAIT)
			lx_futex_wake(&t->attn, 1);
	KERN->sched_on = false;
}

/* when the current's slice, gift or delay is over */
static uint64_t
cpu_deadline(const Cpu *c, const Tcb *t)
{
	uint64_t left = c->delaying ? t->delay_left : c->gift != 0 ? c->gift : t->slice_left;

	return left == NEVER ? NEVER : c->since + left;
}

void
sched_update(Op *op)
{
	Tcb *best[NCPU] = { NULL };
	bool leaving[NCPU] = { false };
	uint64_t now = lx_now_ns(), next = NEVER;

	if (KERN->ntuned == 0) {
		all_go();
		return;
	}
	for (int i = 0; i < KERN->ncpu; i++)
		charge(&KERN->cpu[i], now);
	best_find(best);
	for (int i = 0; i < KERN->ncpu; i++)
		choose(op, &KERN->cpu[i], best[i]);
	others_stop(op, leaving);
	for (int i = 0; i < KERN->ncpu; i++) {
		Cpu *c = &KERN->cpu[i];

		if (c->current == 0)
			continue;
		current_go(tcb_at(c->current - 1), leaving[i]);
		if (cpu_deadline(c, tcb_at(c->current - 1)) < next)
			next = cpu_deadline(c, tcb_at(c->current - 1));
	}
	if (next < KERN->sched_at && op->owner != OWNER_ZYGOTE)
		op->zygote = true;
	if (next < KERN->sched_at || op->owner == OWNER_ZYGOTE)
		KERN->sched_at = next;
}

/* ---- ThreadSwitch ---- */
void
sched_switch(Tcb *me, uint64_t dest)
{
	Cpu *c = &KERN->cpu[me->cpu];
	Tcb *t = tcb_find(me, dest);
	uint64_t gift;

	if (c->current != me->no + 1) { /* pushed out on its way in */
		requeue(me);
		return;
	}
	charge(c, lx_now_ns());
	delay_end(c, me);
	gift = c->gift != 0 ? c->gift : me->slice_left;
	requeue(me);
	if (t != NULL && t != me && t->cpu == me->cpu && ready(t))
		current_set(c, t, gift, c->prio);
	else
		current_set(c, NULL, 0, 0);
}

/* ---- on the way to user mode ---- */
static Tcb *
leaving_find(const Tcb *me)
{
	for (Tcb *t = tcb_first(); t != NULL; t = tcb_next(t)) {
		if (t != me && t->cpu == me->cpu && t->attn & AT_WAIT && t->ustate == US_USER && t->ltid != 0)
			return t;
	}
	return NULL;
}

void
sched_settle(Tcb *me)
{
	Tcb *t;
	Op op;

	op_init(&op, me->no + 1);
	lock(&KERN->lock, &op);
	t = leaving_find(me);
	if (t == NULL)
		atomic_fetch_and(&me->attn, ~(uint32_t)AT_SETTLE);
	op_unlock(&op);
	if (t != NULL)
		lx_futex_wait(&t->ustate, US_USER, lx_now_ns() + LOOK_NS);
}

/* ---- the clock ---- */
/* The zygote's. When to look again, 0: not before it is told. */
uint64_t
sched_tick(Op *op)
{
	uint64_t at;

	if (!KERN->sched_on)
		return 0;
	lock(&KERN->lock, op);
	if (KERN->sched_on)
		sched_update(op);
	at = KERN->sched_on ? KERN->sched_at : NEVER;
	unlock(&KERN->lock);
	op_run(op);
	return at == NEVER ? 0 : at;
}
