/*
 * k_schedule.c - Schedule: what a thread is doing, and its total quantum.
 *
 * Priorities, time slices, and the delay of preemptions are k_sched.c's. A finite
 * total quantum is charged by the helper of the thread's space with the Linux
 * thread's CPU time (quantum.c).
 *
 * LOCKS   K->lock for all
 * ERRORS  X.2's error codes (L4_Err…)
 * SEE     X.2 manual, chapter 3.5, 7 (preemption); tests/l4/schedule.c
 */
#include "sim/kern/kern.h"
#include "sim/kern/linux.h"

/*
 * X.2 speaks of operations that the user invoked: a thread that waits for its
 * pager, handler or scheduler is running, or still in the transfer that faulted.
 */
static L4_Word_t
schedule_state(const Tcb *t)
{
	static const unsigned char result[] = {
		[TS_FREE] = L4_SCHEDRESULT_ERROR, [TS_INACTIVE] = L4_SCHEDRESULT_INACTIVE,
		[TS_RUN] = L4_SCHEDRESULT_RUNNING, [TS_SEND] = L4_SCHEDRESULT_PENDING_SEND,
		[TS_RECV] = L4_SCHEDRESULT_WAITING, [TS_XSND] = L4_SCHEDRESULT_SENDING,
		[TS_XRCV] = L4_SCHEDRESULT_RECEIVING, [TS_GONE] = L4_SCHEDRESULT_DEAD,
	};
	enum State s = t->outer != 0 ? t->outer : t->state;

	if (t->crashed || t->state == TS_GONE)
		return L4_SCHEDRESULT_DEAD;
	if (s == TS_RUN || (t->fault && t->outer == 0 && !t->fresh && s != TS_INACTIVE))
		return t->attn & AT_HALT ? L4_SCHEDRESULT_INACTIVE : L4_SCHEDRESULT_RUNNING;
	return result[s];
}

/* ---- total quantum ---- */
/* as an L4_Time_t: what was left when the helper last looked */
static L4_Word_t
quantum_left(const Tcb *t)
{
	return t->quantum == 0 ? 0 : L4_TimePeriod(t->q_left / 1000).raw;
}

/* 0: infinite; a point in time counts from now */
static void
quantum_set(Op *op, Tcb *t, uint32_t time)
{
	uint64_t end = ipc_deadline(time), now = lx_now_ns();
	Space *s = space_of(t);

	s->nquantum -= t->quantum != 0;
	t->quantum = time;
	s->nquantum += t->quantum != 0;
	t->q_left = end > now ? end - now : 0;
	t->q_fresh = true;
	if (t->q_told && t->state == TS_SEND)
		ipc_abort(op, t, L4_IpcErrCancelled);   /* the message to its scheduler, which knows */
	t->q_told = false;
	if (atomic_fetch_and(&t->attn, ~(uint32_t)AT_QUANTUM) & AT_QUANTUM)
		lx_futex_wake(&t->attn, 1);
	if (t->quantum != 0 && s->state == SP_RUN)
		op_kick(op, s);
}

/* ---- Schedule ---- */
/* a: time, processor, priority, preemption; all ones: no change */
L4_Word_t
thread_schedule(Op *op, Tcb *me, uint64_t dest, const L4_Word_t *a, L4_Word_t *old, int *error)
{
	Tcb *t = tcb_find(me, dest);

	*error = L4_ErrInvalidThread;
	if (t == NULL)
		return L4_SCHEDRESULT_ERROR;
	*error = L4_ErrNoPrivilege;
	if (t->scheduler != me->id && !space_of(me)->privileged)
		return L4_SCHEDRESULT_ERROR;
	*error = L4_ErrInvalidParam;
	if ((a[2] != L4_KEEP && (a[2] & 0xFF) > me->prio) || (a[1] != L4_KEEP && (a[1] & 0xFFFF) >= (L4_Word_t)KERN->ncpu))
		return L4_SCHEDRESULT_ERROR;
	*error = 0;
	*old = sched_slice_left(t) << 16 | quantum_left(t);
	if (a[0] != L4_KEEP) {
		sched_slice_set(t, a[0] >> 16 & 0xFFFF);
		quantum_set(op, t, a[0] & 0xFFFF);
	}
	if (a[1] != L4_KEEP) {
		t->cpu = a[1] & 0xFFFF;
		if (t->slot < NSLOT)
			mrs_of(t)[L4_TCR_ProcessorNo] = t->cpu;
	}
	if (a[2] != L4_KEEP)
		t->prio = a[2] & 0xFF;
	if (a[3] != L4_KEEP) {
		t->sens_prio = a[3] >> 16 & 0xFF;
		t->max_delay = a[3] & 0xFFFF;
		t->delay_left = (uint64_t)t->max_delay * 1000;
	}
	sched_tuned(op, t);
	return schedule_state(t);
}
