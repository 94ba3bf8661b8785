/*
 * rendezvous.c - rendezvous(2) and semacquire(2): processes that meet.
 *
 * Semaphores live in the program's memory. CORE reads and writes them through
 * HVM, one call at a time (sem.q), so that all changes made with
 * semacquire and semrelease are atomic among themselves; a plain store by the
 * program at the same time is not.
 *
 * Who waits is parked (parked.c), and its call is run anew.
 *
 * LOCKS  Rgrp.lk, a leaf; sem.q is held over hvm_peek, hvm_poke, and parking, so
 *        that no release goes unseen
 */
#include "core/core_impl.h"

Rgrp *
rgrp_new(void)
{
	Rgrp *g = calloc(1, sizeof *g);

	if (g)
		atomic_store(&g->ref, 1);
	return g;
}

Rgrp *
rgrp_get(Rgrp *g)
{
	if (g)
		atomic_fetch_add(&g->ref, 1);
	return g;
}

void
rgrp_put(Rgrp *g)
{
	if (g && atomic_fetch_sub(&g->ref, 1) == 1)
		free(g);
}

/* Off the list; the one found, or NULL. REQUIRES g->lk */
static Rwait *
rwait_take(Rgrp *g, uint64_t tag, const Rwait *which)
{
	Rwait **l = &g->head;
	Rwait *w;

	while ((w = *l) && (which ? w != which : w->tag != tag))
		l = &w->next;
	if (w)
		*l = w->next;
	return w;
}

static int64_t
rwait_park(Request *r)
{
	Proc *p = r->proc;

	request_park(r, -1);
	parked_met();
	parked_interrupt(p); /* either may have come meanwhile */
	return SYS_PARKED;
}

/* The first run: the partner is there, or me waits on g's list. */
static int64_t
rwait_meet(Request *r, Rgrp *g)
{
	Rwait *me = &r->rwait, *w;
	int64_t value = 0;

	*me = (Rwait){ .tag = (uint64_t)arg64(r, 0), .value = (uint64_t)arg64(r, 2) };
	lock(&g->lk);
	if ((w = rwait_take(g, me->tag, NULL))) {
		value = (int64_t)w->value;
		w->value = me->value;
		atomic_store(&w->met, true);
	} else {
		me->group = g;
		me->next = g->head;
		g->head = me;
	}
	unlock(&g->lk);
	if (!w)
		return rwait_park(r);
	parked_met();
	rgrp_put(g);
	return value;
}

/* It was put aside: the partner came, or a note. */
static int64_t
rwait_again(Request *r)
{
	Rwait *me = &r->rwait;
	Rgrp *g = me->group;
	bool met, intr;

	lock(&g->lk);
	met = atomic_load(&me->met);
	intr = !met && intr_take(r);
	if (intr)
		(void)rwait_take(g, 0, me);
	unlock(&g->lk);
	if (!met && !intr)
		return rwait_park(r);
	rgrp_put(g);
	return met ? (int64_t)me->value : seterr(Eintr, NULL);
}

int64_t
sys_rendezvous(Request *r)
{
	Rgrp *g;

	if (r->rwait.group)
		return rwait_again(r);
	lock(&r->proc->lk);
	g = rgrp_get(r->proc->rgrp);
	unlock(&r->proc->lk);
	return g ? rwait_meet(r, g) : seterr(Eprocdied, NULL);
}

/* ---- semaphores ---- */

static struct {
	QLock q;
} sem;

static int
sem_value(Request *r, int32_t *v)
{
	int64_t n = hvm_peek(r->proc->sid, r->arg[0], v, sizeof *v);

	if (r->arg[0] % sizeof *v)
		return seterr(Eaddr, "semaphore");
	return n == (int64_t)sizeof *v ? 0 : n < 0 ? (int)n : seterr(Eaddr, NULL);
}

static int
sem_store(Request *r, int32_t v)
{
	int64_t n = hvm_poke(r->proc->sid, r->arg[0], &v, sizeof v);

	return n == (int64_t)sizeof v ? 0 : n < 0 ? (int)n : seterr(Eaddr, NULL);
}

int64_t
sys_semacquire(Request *r)
{
	Proc *p = r->proc;
	int32_t v;
	int rc;

	qlock(&sem.q);
	rc = sem_value(r, &v);
	if (rc == 0 && v > 0)
		rc = (rc = sem_store(r, v - 1)) < 0 ? rc : 1;
	if (rc != 0 || !r->arg[1] || intr_take(r)) {
		qunlock(&sem.q);
		return rc != 0 || !r->arg[1] ? rc : seterr(Eintr, NULL);
	}
	request_park(r, -1);
	qunlock(&sem.q);
	parked_interrupt(p); /* it may have come meanwhile */
	return SYS_PARKED;
}

int64_t
sys_semrelease(Request *r)
{
	int32_t count = (int32_t)r->arg[1];
	int32_t v = 0;
	int rc;

	if (count < 0)
		return seterr(Ebadarg, "semrelease");
	qlock(&sem.q);
	rc = sem_value(r, &v);
	if (rc == 0 && v > INT32_MAX - count)
		rc = seterr(Ebadarg, "semrelease: overflow");
	if (rc == 0)
		rc = sem_store(r, v + count);
	qunlock(&sem.q);
	if (rc < 0)
		return rc;
	parked_released(r->proc->memgrp, r->arg[0]);
	return v + count;
}
