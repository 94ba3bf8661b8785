/*
 * parked.c - calls that only wait for time, a child's end or another process
 * (sleep, await, rendezvous, semacquire) hold no clerk meanwhile: the request is
 * put aside here and given to a clerk again, to be run anew, when there may be
 * something to do.
 *
 * A parked request belongs to this list; who takes it off owns it. What it waits
 * for is looked at again after it was put in, so that nothing is missed.
 *
 * LOCKS  parked.lk, a leaf
 */
#include "core/core_impl.h"

static struct {
	Lock lk;
	Request *head;            /* lk */
} parked = { .lk = LOCK_INIT };

void
request_park(Request *r, int64_t end_ns)
{
	r->end_ns = end_ns;
	r->parked_ns = up_ns();
	atomic_store(&r->clerk, NULL);
	lock(&parked.lk);
	r->next = parked.head;
	parked.head = r;
	unlock(&parked.lk);
}

/* Takes off what fits, at most one; NULL: nothing more. */
static Request *
parked_take(bool (*fits)(const Request *, const void *), const void *arg)
{
	Request **l, *r;

	lock(&parked.lk);
	for (l = &parked.head; (r = *l) && !fits(r, arg);)
		l = &r->next;
	if (r)
		*l = r->next;
	unlock(&parked.lk);
	if (r)
		r->slept_ns += up_ns() - r->parked_ns;
	return r;
}

static void
parked_give(bool (*fits)(const Request *, const void *), const void *arg)
{
	Request *r;

	while ((r = parked_take(fits, arg))) {
		Clerk *c = pool_give(r);

		if (c)
			unpark(c);
	}
}

static bool
fits_interrupted(const Request *r, const void *p)
{
	return r->proc == p && atomic_load(&r->intr);
}

static bool
fits_await(const Request *r, const void *p)
{
	return r->proc == p && r->num == SYS_await;
}

static bool
fits_met(const Request *r, const void *unused)
{
	USED(unused);
	return r->num == SYS_rendezvous && atomic_load(&r->rwait.met);
}

typedef struct Sem Sem;
struct Sem {
	uint64_t memgrp;
	uintptr_t addr;
};

static bool
fits_released(const Request *r, const void *arg)
{
	const Sem *s = arg;

	return r->num == SYS_semacquire && r->proc->memgrp == s->memgrp && r->arg[0] == s->addr;
}

static bool
fits_due(const Request *r, const void *now)
{
	return r->end_ns >= 0 && r->end_ns <= *(const int64_t *)now;
}

void
parked_interrupt(Proc *p)
{
	parked_give(fits_interrupted, p);
}

void
parked_child(Proc *p)
{
	parked_give(fits_await, p);
}

void
parked_met(void)
{
	parked_give(fits_met, NULL);
}

void
parked_released(uint64_t memgrp, uintptr_t addr)
{
	Sem s = { memgrp, addr };

	parked_give(fits_released, &s);
}

int64_t
parked_due(int64_t end)
{
	int64_t now = up_ns();

	parked_give(fits_due, &now);
	lock(&parked.lk);
	for (const Request *r = parked.head; r; r = r->next)
		if (r->end_ns >= 0 && r->end_ns < end)
			end = r->end_ns;
	unlock(&parked.lk);
	return end;
}
