/*
 * k_lock.c - the kernel's locks and what an operation does when it releases them.
 *
 * LOCKS   A lock's word holds the owner, so that crash_space (k_crash.c) can tell
 *         that a dead process held it. Waking needs a Linux call and would make
 *         the one woken wait for the lock, so it is put off until it is free.
 */
#include "sim/kern/kern.h"
#include "sim/kern/linux.h"

enum { SPIN = 200, IDLE_NS = 50000000 };

bool (*lock_idle)(Lock *l, Op *op);

void
lock(Lock *l, Op *op)
{
	uint32_t v = 0;

	if (atomic_compare_exchange_strong(&l->word, &v, op->owner))
		return;
	for (int i = 0; i < SPIN && KERN->ncpu > 1; i++) {
		__builtin_ia32_pause();
		v = 0;
		if (atomic_load_explicit(&l->word, memory_order_relaxed) == 0 &&
		    atomic_compare_exchange_strong(&l->word, &v, op->owner))
			return;
	}
	for (;;) {
		v = 0;
		if (atomic_compare_exchange_strong(&l->word, &v, op->owner | LOCK_WAITERS))
			return;
		if (!(v & LOCK_WAITERS) && !atomic_compare_exchange_strong(&l->word, &v, v | LOCK_WAITERS))
			continue;
		lx_futex_wait(&l->word, v | LOCK_WAITERS, lock_idle != NULL ? lx_now_ns() + IDLE_NS : 0);
		if (lock_idle != NULL && lock_idle(l, op))
			return;
	}
}

void
unlock(Lock *l)
{
	if (atomic_exchange(&l->word, 0) & LOCK_WAITERS)
		lx_futex_wake(&l->word, 1);
}

void
op_init(Op *op, uint32_t owner)
{
	op->owner = owner;
	op->nwake = op->nkick = op->nflush = 0;
	op->zygote = op->bell = false;
}

static void
kick(uint32_t space)
{
	atomic_fetch_add(&space_at(space)->req, 1);
	lx_futex_wake(&space_at(space)->req, 1);
}

void
op_wake(Op *op, Tcb *t)
{
	if (t->no + 1 == op->owner)
		return;
	if (op->nwake < sizeof op->wake / sizeof op->wake[0])
		op->wake[op->nwake++] = t->no;
	else
		lx_futex_wake(&t->blocked, 1);
}

void
op_kick(Op *op, Space *s)
{
	for (uint32_t i = 0; i < op->nkick; i++)
		if (op->kick[i] == s->no)
			return;
	if (op->nkick < sizeof op->kick / sizeof op->kick[0])
		op->kick[op->nkick++] = s->no;
	else
		kick(s->no);
}

void
op_run(Op *op)
{
	uint64_t one = 1;

	for (uint32_t i = 0; i < op->nwake; i++)
		lx_futex_wake(&tcb_at(op->wake[i])->blocked, 1);
	for (uint32_t i = 0; i < op->nkick; i++)
		kick(op->kick[i]);
	if (op->zygote) {
		atomic_fetch_add(&KERN->zreq, 1);
		lx_futex_wake(&KERN->zreq, 1);
	}
	if (op->bell)
		lx3(NR_write, FD_EVENT, &one, 8);
	op->nwake = op->nkick = 0;
	op->zygote = op->bell = false;
}

void
op_unlock(Op *op)
{
	if (KERN->sched_on)
		sched_update(op);
	unlock(&KERN->lock);
	op_run(op);
}
