/*
 * rendezvous.c - rendezvous(2) and semacquire(2): processes that meet.
 *
 * Semaphores live in the program's memory. CORE reads and writes them through
 * HVM, one call at a time (sem.q), so that all changes made with
 * semacquire and semrelease are atomic among themselves; a plain store by the
 * program at the same time is not.
 *
 * LOCKS  Rgrp.lk, a leaf; sem.q guards the list of sleepers and is held over
 *        hvm_peek and hvm_poke
 */
#include "core/core_impl.h"

typedef struct Rwait Rwait;
struct Rwait {
	Rwait *next;
	uint64_t tag, value;
	atomic_bool met;
};

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

static bool
rwait_met(void *arg)
{
	return atomic_load(&((Rwait *)arg)->met);
}

/* Off the list; the one found, or NULL. REQUIRES g->lk */
static Rwait *
rwait_take(Rgrp *g, uint64_t tag, const Rwait *which)
{
	struct Rwait **l = &g->head;
	Rwait *w;

	while ((w = *l) && (which ? w != which : w->tag != tag))
		l = &w->next;
	if (w)
		*l = w->next;
	return w;
}

int64_t
sys_rendezvous(Request *r)
{
	Rwait me = { .tag = (uint64_t)arg64(r, 0), .value = (uint64_t)arg64(r, 2) };
	Rgrp *g;
	Rwait *w;
	int64_t value;
	int rc;

	lock(&r->proc->lk);
	g = rgrp_get(r->proc->rgrp);
	unlock(&r->proc->lk);
	if (!g)
		return seterr(Eprocdied, NULL);
	lock(&g->lk);
	if ((w = rwait_take(g, me.tag, NULL))) {
		value = (int64_t)w->value;
		w->value = me.value;
		atomic_store(&w->met, true);
		unlock(&g->lk); /* w may be gone from here on */
		rendez_wakeup(&g->r);
		rgrp_put(g);
		return value;
	}
	me.next = g->head;
	g->head = &me;
	unlock(&g->lk);
	rc = rendez_sleep(&g->r, rwait_met, &me, -1);
	lock(&g->lk);
	if (rc < 0 && !rwait_take(g, 0, &me))
		rc = 0; /* met in the last moment */
	unlock(&g->lk);
	rgrp_put(g);
	return rc < 0 ? rc : (int64_t)me.value;
}

/* ---- semaphores ---- */

typedef struct Swait Swait;
struct Swait {
	Swait *next;
	uint64_t memgrp;
	uintptr_t addr;
	atomic_bool woken;
};
static struct {
	QLock q;
	Swait *head;              /* q */
	Rendez r;
} sem;

static bool
swait_woken(void *arg)
{
	return atomic_load(&((Swait *)arg)->woken);
}

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

static void
swait_remove(Swait *w)
{
	Swait **l = &sem.head;

	while (*l && *l != w)
		l = &(*l)->next;
	if (*l)
		*l = w->next;
}

int64_t
sys_semacquire(Request *r)
{
	Swait w = { .memgrp = r->proc->memgrp, .addr = r->arg[0] };
	int32_t v;
	int rc;

	for (;;) {
		qlock(&sem.q);
		rc = sem_value(r, &v);
		if (rc == 0 && v > 0)
			rc = (rc = sem_store(r, v - 1)) < 0 ? rc : 1;
		if (rc == 0 && r->arg[1]) {
			atomic_store(&w.woken, false);
			w.next = sem.head;
			sem.head = &w;
		}
		qunlock(&sem.q);
		if (rc != 0 || !r->arg[1])
			return rc;
		rc = rendez_sleep(&sem.r, swait_woken, &w, -1);
		qlock(&sem.q);
		swait_remove(&w);
		qunlock(&sem.q);
		if (rc < 0)
			return rc;
	}
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
	for (Swait *w = sem.head; rc == 0 && w; w = w->next)
		if (w->memgrp == r->proc->memgrp && w->addr == r->arg[0])
			atomic_store(&w->woken, true);
	qunlock(&sem.q);
	if (rc < 0)
		return rc;
	rendez_wakeup(&sem.r);
	return v + count;
}
