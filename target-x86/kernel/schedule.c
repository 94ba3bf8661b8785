/*
 * schedule.c - Schedule: priority, time slice, total quantum, delayed preemption,
 * and what a thread is doing.
 *
 * ERRORS  ETHREAD, EPRIV, EPARAM in TCR_ERRORCODE, result 0
 * SEE     X.2 manual, "Schedule"
 */
#include "target-x86/kernel/kernel.h"

#define KEEP 0xFFFFFFFFu	/* a field that changes nothing */
enum {				/* the result; 1 would be a dead thread */
	INACTIVE = 2, RUNNING, PENDING_SEND, SENDING, WAITING, RECEIVING,
};

/* A page fault or an exception is no IPC of the thread's. */
static Word
schedule_state(const Thread *t)
{
	Word s = t->outer.role ? t->outer.role : t->xfer.role ? t->xfer.role : t->state;

	if (!t->utcb)
		return INACTIVE;
	if (t->in_fault_ipc && !t->outer.role)
		s = T_READY;
	switch (s) {
	case T_WAIT_SEND: return PENDING_SEND;
	case T_SENDING: return SENDING;
	case T_WAIT_RECV: return WAITING;
	case T_RECEIVING: return RECEIVING;
	default: return t->halted ? INACTIVE : RUNNING;
	}
}

/* a period of 16 bits, or the time that is left to a point: us; 0 means for ever */
static uint64_t
period_us(Word w)
{
	Time now = clock_now(), end = timeout_after(now, w);

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

static Word
schedule_check(const Frame *f, const Thread *t)
{
	if (!t || t == idle_thread)
		return ETHREAD;
	if (!current->space->privileged && t->scheduler != current->id)
		return EPRIV;
	if ((f->ecx != KEEP && f->ecx > current->prio) || (f->esi != KEEP && f->esi > 0) ||
	    (f->edi != KEEP && (f->edi >> 16 & 0xFF) > current->prio))
		return EPARAM;
	return 0;
}

void
sys_schedule(Frame *f)
{
	Thread *t = thread_find_any(f->eax);
	Word err, old;

	if (irq_is_id(f->eax) && current->space->privileged && irq_attached(id_number(f->eax))) {
		f->eax = WAITING;	/* no thread that could be scheduled */
		f->edx = 0;
		return;
	}
	err = schedule_check(f, t);
	if (err) {
		current->utcb[TCR_ERRORCODE] = err;
		f->eax = 0;
		f->edx = 0;
		return;
	}
	f->eax = schedule_state(t);
	old = (t->timeslice_us ? period_of(t->slice_left_us) : 0) << 16 |
	    (t->quantum_infinite ? 0 : period_of(t->quantum_left_us));
	if (f->edx != KEEP)
		schedule_times(t, f->edx);
	if (f->edi != KEEP) {
		t->sens_prio = f->edi >> 16 & 0xFF;
		t->max_delay_us = t->delay_left_us = f->edi & 0xFFFF;
	}
	if (f->ecx != KEEP)
		thread_set_prio(t, f->ecx);
	f->edx = old;
}
