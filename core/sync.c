/*
 * sync.c - locks that sleep, and conditions, over park() and unpark().
 *
 * A waiter's record lies on the sleeper's stack. Who takes it off its list
 * copies what he needs first: from then on the sleeper may return. The Clerk
 * that he wakes stays valid for ever. Wake-ups are sent with no lock held.
 *
 * LOCKS  each object's own lk, a leaf (ready() of rendez_sleep is called under it).
 */
#include "core/core_impl.h"

enum { WAKE_BATCH = 16 };

static void
waiter_append(Waiter **head, Waiter **tail, Waiter *w)
{
	if (*head)
		(*tail)->next = w;
	else
		*head = w;
	*tail = w;
}

/* Takes the first waiter off and gives it what it waited for. */
static Clerk *
waiter_grant(Waiter **head)
{
	Waiter *w = *head;
	Clerk *c = w->clerk;

	*head = w->next;
	atomic_store(&w->done, true); /* w is gone now */
	return c;
}

static void
waiter_wait(Waiter *w)
{
	while (!atomic_load(&w->done))
		park(-1);
}

void
qlock(QLock *q)
{
	Waiter w = { .clerk = clerk_self() };

	lock(&q->lk);
	if (!q->locked) {
		q->locked = true;
		unlock(&q->lk);
		return;
	}
	waiter_append(&q->head, &q->tail, &w);
	unlock(&q->lk);
	waiter_wait(&w);
}

bool
qlock_try(QLock *q)
{
	bool got;

	lock(&q->lk);
	got = !q->locked;
	q->locked = true;
	unlock(&q->lk);
	return got;
}

void
qunlock(QLock *q)
{
	Clerk *c = NULL;

	lock(&q->lk);
	if (q->head)
		c = waiter_grant(&q->head);
	else
		q->locked = false;
	unlock(&q->lk);
	if (c)
		unpark(c);
}

void
rlock(RWlock *l)
{
	Waiter w = { .clerk = clerk_self() };

	lock(&l->lk);
	if (!l->writer && !l->head) {
		l->readers++;
		unlock(&l->lk);
		return;
	}
	waiter_append(&l->head, &l->tail, &w);
	unlock(&l->lk);
	waiter_wait(&w);
}

void
wlock(RWlock *l)
{
	Waiter w = { .clerk = clerk_self(), .writer = true };

	lock(&l->lk);
	if (!l->writer && !l->readers) {
		l->writer = true;
		unlock(&l->lk);
		return;
	}
	waiter_append(&l->head, &l->tail, &w);
	unlock(&l->lk);
	waiter_wait(&w);
}

/* Lets in whoever is first: one writer, or readers up to the next writer. */
static void
rw_grant(RWlock *l)
{
	Clerk *wake[WAKE_BATCH];
	size_t n;

	do {
		n = 0;
		lock(&l->lk);
		while (n < WAKE_BATCH && l->head && !l->writer) {
			if (l->head->writer) {
				if (l->readers)
					break;
				l->writer = true;
			} else {
				l->readers++;
			}
			wake[n++] = waiter_grant(&l->head);
		}
		unlock(&l->lk);
		for (size_t i = 0; i < n; i++)
			unpark(wake[i]);
	} while (n == WAKE_BATCH);
}

/* The lock may be gone as soon as nobody holds it and nobody waits. */
static void
rw_release(RWlock *l, bool writer)
{
	bool waiting;

	lock(&l->lk);
	if (writer)
		l->writer = false;
	else
		l->readers--;
	waiting = l->head != NULL;
	unlock(&l->lk);
	if (waiting)
		rw_grant(l);
}

void
runlock(RWlock *l)
{
	rw_release(l, false);
}

void
wunlock(RWlock *l)
{
	rw_release(l, true);
}

static void
rendez_append(Rendez *r, Waiter *w)
{
	Waiter **p = &r->head;

	while (*p)
		p = &(*p)->next;
	w->next = NULL;
	*p = w;
}

static void
rendez_unlink(Rendez *r, Waiter *w)
{
	Waiter **p = &r->head;

	while (*p && *p != w)
		p = &(*p)->next;
	if (*p)
		*p = w->next;
}

bool
intr_take(Request *r)
{
	return r && atomic_load(&r->intr) && atomic_exchange(&r->intr, false);
}

static void
rendez_park(Clerk *me, int64_t timeout_us)
{
	int64_t start = up_ns();

	park(timeout_us);
	if (me->req)
		me->req->slept_ns += up_ns() - start;
}

int
rendez_sleep(Rendez *r, bool (*ready)(void *), void *arg, int64_t timeout_ms)
{
	Clerk *me = clerk_self();
	Waiter w = { .clerk = me };
	int64_t end_ns = timeout_ms < 0 ? 0 : up_ns() + timeout_ms * 1000000;
	int64_t left_us = -1;
	int rc = 0;

	lock(&r->lk);
	while (!ready(arg)) {
		if (me && intr_take(me->req)) {
			rc = Eintr;
			break;
		}
		if (timeout_ms >= 0 && (left_us = (end_ns - up_ns() + 999) / 1000) <= 0) {
			rc = Etimedout;
			break;
		}
		rendez_append(r, &w);
		unlock(&r->lk);
		rendez_park(me, left_us);
		lock(&r->lk);
		rendez_unlink(r, &w);
	}
	unlock(&r->lk);
	return rc ? seterr(rc, NULL) : 0;
}

/* ---- calls that yield ---- */

int
rendez_yield(Chan *c, Rendez *r, bool (*ready)(void *), void *arg)
{
	Clerk *me = clerk_self();
	Request *q = me->req;

	if (!q || q->chan != c)
		return rendez_sleep(r, ready, arg, -1);
	lock(&r->lk);
	if (ready(arg)) { /* looked at once: an interrupt taken is always told */
		unlock(&r->lk);
		return 0;
	}
	if (intr_take(q)) {
		unlock(&r->lk);
		return seterr(Eintr, NULL);
	}
	q->rendez = r;
	q->waiter = (Waiter){ .req = q };
	atomic_store(&q->yield, YIELD_LEAVING);
	rendez_append(r, &q->waiter);
	unlock(&r->lk);
	return -Eyield;
}

bool
yield_settle(Request *q)
{
	int leaving = YIELD_LEAVING;

	q->parked_ns = up_ns();
	atomic_store(&q->clerk, NULL);
	if (atomic_load(&q->intr))
		return false;
	if (!atomic_compare_exchange_strong(&q->yield, &leaving, YIELD_WAITING))
		return false;
	/* from here on q may be run by another clerk */
	return true;
}

void
yield_end(Request *q)
{
	if (!q->rendez)
		return;
	lock(&q->rendez->lk);
	rendez_unlink(q->rendez, &q->waiter);
	unlock(&q->rendez->lk);
	q->rendez = NULL;
	q->slept_ns += up_ns() - q->parked_ns;
	atomic_store(&q->yield, YIELD_NONE);
}

/* Requests are never freed, so a wake-up that comes late only runs one too soon. */
void
request_wake(Request *q)
{
	Clerk *c;

	if (atomic_exchange(&q->yield, YIELD_WOKEN) != YIELD_WAITING)
		return;
	if ((c = pool_give(q)))
		unpark(c);
}

/* New sleepers go to the end, so those who slept at the call are the first n. */
void
rendez_wakeup(Rendez *r)
{
	Clerk *wake[WAKE_BATCH];
	Request *req[WAKE_BATCH];
	size_t n, left = 0;

	lock(&r->lk);
	for (Waiter *w = r->head; w; w = w->next)
		left++;
	for (;;) {
		n = 0;
		while (r->head && n < WAKE_BATCH && n < left) {
			req[n] = r->head->req;
			wake[n++] = waiter_grant(&r->head);
		}
		unlock(&r->lk);
		for (size_t i = 0; i < n; i++)
			if (wake[i])
				unpark(wake[i]);
			else
				request_wake(req[i]);
		left -= n;
		if (left == 0 || n < WAKE_BATCH)
			return;
		lock(&r->lk);
	}
}
