/*
 * k_crash.c - a space's process died of something else than our doing: SIGKILL
 * from the host, or a bug in the kernel itself.
 *
 * It may have died at any instruction, inside a lock too. What it may have left
 * half done is derived data (queues, lists, page tables): made anew here. Wakes
 * that it owed are given to everybody, a spurious one does no harm. Then its
 * threads' partners get errors, and each of its threads appears to send an
 * exception IPC (machine check) to its exception handler, or its pager. The
 * threads stay until ThreadControl deletes them.
 *
 * Called by the zygote, which reaps the processes.
 */
#include "sim/kern/kern.h"
#include "sim/kern/linux.h"

#define ANY (~(uint64_t)0)

Space *
lock_space(const Lock *l)
{
	uint32_t w = l->word & ~(uint32_t)LOCK_WAITERS;

	if (w >= OWNER_HELPER && w < OWNER_HELPER + NSPACE)
		return space_at(w - OWNER_HELPER);
	return w != 0 && w <= NTHREAD && tcb_at(w - 1)->state != TS_FREE ? space_of(tcb_at(w - 1)) : NULL;
}

static void
threads_relink(void)
{
	for (uint32_t i = USER_BASE; i < KERN->nthread_high; i++) {
		Tcb *t = tcb_at(i);
		Space *s = space_of(t);

		t->q_head = t->q_next = t->q_prev = 0;
		if (t->state == TS_FREE || t->id == 0)
			continue;
		thread_link(t);
		t->space_next = s->threads;
		s->threads = i + 1;
		s->nthread++;
		s->nactive += t->state != TS_INACTIVE && !(t->attn & AT_DIE);
		s->nquantum += t->quantum != 0;
		KERN->ntuned += t->tuned;
		if (t->state == TS_RUN)
			t->blocked = BLK_NO;
		if (t->queued) {
			t->start_next = s->start_head;
			s->start_head = i + 1;
		}
		if (t->kicked) {
			t->kick_next = s->kick_head;
			s->kick_head = i + 1;
		}
	}
	for (uint32_t i = USER_BASE; i < KERN->nthread_high; i++)
		if (tcb_at(i)->state == TS_SEND)
			ipc_requeue(tcb_at(i));
}

static void
lists_rebuild(void)
{
	KERN->fork_head = KERN->ntuned = KERN->live = 0;
	for (uint32_t i = 0; i < KERN->nspace_high; i++) {
		Space *s = space_at(i);

		s->threads = s->start_head = s->kick_head = s->nthread = s->nactive = s->nquantum = 0;
		if (s->fork_wanted) {
			s->fork_next = KERN->fork_head;
			KERN->fork_head = i + 1;
		}
	}
	threads_relink();
}

static bool repaired;   /* a dead process may owe wakes */

void
crash_lock(Lock *l, const Space *s, Op *op)
{
	if (lock_space(l) != s) {
		lock(l, op);
		return;
	}
	atomic_store(&l->word, op->owner | LOCK_WAITERS);
	repaired = true;
	if (l == &KERN->map)
		map_rebuild();
	else if (l == &KERN->lock)
		lists_rebuild();
}

static void
wake_everybody(void)
{
	for (uint32_t i = USER_BASE; i < KERN->nthread_high; i++) {
		Tcb *t = tcb_at(i);

		if (t->state == TS_FREE)
			continue;
		lx_futex_wake(&t->blocked, 1);
		lx_futex_wake(&t->attn, 1);
		lx_futex_wake(&t->ustate, 1);
		lx_futex_wake(&t->ltid, 64);
		lx_futex_wake(&t->turn, 2);
	}
	for (uint32_t i = 0; i < KERN->nspace_high; i++) {
		Space *s = space_at(i);

		if (s->state == SP_FREE)
			continue;
		atomic_fetch_add(&s->req, 1);
		lx_futex_wake(&s->req, 1);
		lx_futex_wake(&s->flush_done, NTHREAD);
	}
}

static void
exception_send(Op *op, Tcb *t)
{
	L4_Word_t *m = mrs_of(t);
	uint64_t handler = m[L4_TCR_ExceptionHandler];

	if (handler == 0)
		handler = m[L4_TCR_Pager];
	for (unsigned i = 1; i <= L4_EXC_WORDS; i++)
		m[i] = 0;
	m[0] = (L4_Word_t)L4_LABEL_EXCEPTION << 16 | L4_EXC_WORDS;
	m[L4_EXC_IP] = t->uip;
	m[L4_EXC_SP] = t->usp;
	m[L4_EXC_FLAGS] = t->uflags;
	m[L4_EXC_NUMBER] = L4_EXC_MACHINE_CHECK;
	t->fresh = false;
	t->state = TS_RUN;
	if (handler != 0)
		ipc_start(op, t, handler, handler, 0, true);
	else
		t->state = TS_GONE;
}

static void
threads_crash(Op *op, Space *s)
{
	for (uint32_t n = s->threads; n != 0; n = tcb_at(n - 1)->space_next) {
		Tcb *t = tcb_at(n - 1);

		t->crashed = true;
		t->queued = t->kicked = false;
		ipc_forget(op, t);
		t->ltid = 0;
		t->ustate = US_KERNEL;
	}
	s->start_head = s->kick_head = 0;
	for (uint32_t n = s->threads; n != 0; n = tcb_at(n - 1)->space_next) {
		Tcb *t = tcb_at(n - 1);

		if (!(t->attn & AT_DIE) && t->state != TS_INACTIVE)
			exception_send(op, t);
	}
}

void
crash_space(Op *op, Space *s)
{
	bool exregs = lock_space(&KERN->exregs) == s, died;

	crash_lock(&KERN->lock, s, op);
	crash_lock(&KERN->map, s, op);
	unlock(&KERN->map);
	died = s->state != SP_EXIT;
	s->pid = 0;
	s->flush_done = s->flush_next;
	if (died) {
		s->state = SP_DEAD;
		threads_crash(op, s);
	} else {
		s->state = SP_FREE;
	}
	if (exregs) {
		for (uint32_t i = USER_BASE; i < KERN->nthread_high; i++)
			atomic_fetch_and(&tcb_at(i)->attn, ~(uint32_t)AT_HOLD);
		atomic_store(&KERN->exregs.word, op->owner | LOCK_WAITERS);
		unlock(&KERN->exregs);
	}
	if (died && s->privileged) {
		KERN->system_dead = s->no + 1;
		op->bell = true;
	}
	op_unlock(op);
	if (died || repaired)
		wake_everybody();
	else
		lx_futex_wake(&s->flush_done, NTHREAD);
	repaired = false;
}
