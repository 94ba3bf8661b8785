/*
 * pool.c - the clerks and the requests that they serve.
 *
 * A clerk that takes the last free place in the pool first sees to it that
 * there is another one, so a free clerk is missing only while NCLERK_MAX are
 * at work, or memory is out. Then requests wait in the queue. The last clerk
 * of a full pool serves only requests marked `first` (init's and its children's,
 * ends of processes), so that somebody can always clear up.
 *
 * Idle clerks are given back slowly: told to retire, they park for good, and a
 * round later, when they surely hold no lock, their threads are ended.
 *
 * LOCKS  pool.lk, a leaf
 * LIMITS NCLERK_MIN..NCLERK_MAX clerks, NREQUEST requests, NLANDING large buffers
 */
#include "core/core_impl.h"

enum { OUT_KEEP = 64 * 1024, RETIRE_BATCH = 8 };

static struct {
	Lock lk;
	Clerk *idle;
	size_t nidle, nclerk, nstarting;
	Clerk *retired;
	Request *head, *tail;     /* queue */
	size_t nqueue, nqueue_max;
	Request *spare;
	size_t nrequest;
	uint8_t *land[NLANDING];
	size_t nland, nland_made;
} pool = { .lk = LOCK_INIT };

Request *
pool_request(void)
{
	Request *r;
	bool make = false;

	lock(&pool.lk);
	if ((r = pool.spare)) {
		pool.spare = r->next;
	} else if (pool.nrequest < NREQUEST) {
		pool.nrequest++;
		make = true;
	}
	unlock(&pool.lk);
	if (make && !(r = malloc(sizeof *r))) {
		lock(&pool.lk);
		pool.nrequest--;
		unlock(&pool.lk);
	}
	if (!r)
		return NULL;
	memset(r, 0, offsetof(Request, inl));
	return r;
}

/* Frees all that a request holds; a job's memory is its owner's. */
void
pool_request_free(Request *r)
{
	if (r->landing)
		landing_put(r->big);
	else
		free(r->big);
	r->big = NULL;
	if (r->own_memory)
		return;
	lock(&pool.lk);
	r->next = pool.spare;
	pool.spare = r;
	unlock(&pool.lk);
}

uint8_t *
landing_take(void)
{
	uint8_t *b = NULL;
	bool make = false;

	lock(&pool.lk);
	if (pool.nland) {
		b = pool.land[--pool.nland];
	} else if (pool.nland_made < NLANDING) {
		pool.nland_made++;
		make = true;
	}
	unlock(&pool.lk);
	if (make && !(b = malloc(LANDING))) {
		lock(&pool.lk);
		pool.nland_made--;
		unlock(&pool.lk);
	}
	if (make && b)
		memset(b, 0, LANDING); /* Mngr's transfers wait for no page, not even of this */
	return b;
}

void
landing_put(uint8_t *b)
{
	lock(&pool.lk);
	pool.land[pool.nland++] = b;
	unlock(&pool.lk);
}

static void
queue_locked(Request *r)
{
	r->next = NULL;
	if (!pool.head) {
		pool.head = pool.tail = r;
	} else if (r->first) {
		r->next = pool.head;
		pool.head = r;
	} else {
		pool.tail->next = r;
		pool.tail = r;
	}
	if (++pool.nqueue > pool.nqueue_max)
		pool.nqueue_max = pool.nqueue;
}

static bool
pool_full_locked(void)
{
	return pool.nclerk + pool.nstarting >= NCLERK_MAX;
}

Clerk *
pool_give(Request *r)
{
	Clerk *c = NULL;

	lock(&pool.lk);
	if (pool.idle && (pool.nidle > 1 || r->first || !pool_full_locked())) {
		c = pool.idle;
		pool.idle = c->next_free;
		pool.nidle--;
		c->given = r;
	} else {
		queue_locked(r);
	}
	unlock(&pool.lk);
	return c;
}

/* The next request; without one the caller is idle from here on. */
static Request *
pool_next(Clerk *me)
{
	Request *r;

	lock(&pool.lk);
	r = pool.head;
	if (r && (r->first || pool.nidle > 0 || !pool_full_locked())) {
		pool.head = r->next;
		pool.nqueue--;
	} else {
		r = NULL;
		me->next_free = pool.idle;
		pool.idle = me;
		pool.nidle++;
	}
	unlock(&pool.lk);
	return r;
}

static void clerk_start(void);

/* Keeps a free clerk behind the one that goes to work. */
static void
pool_grow(void)
{
	bool grow;

	lock(&pool.lk);
	grow = pool.nidle + pool.nstarting == 0 && !pool_full_locked();
	pool.nstarting += grow;
	unlock(&pool.lk);
	if (grow)
		clerk_start();
}

static Request *
clerk_wait(Clerk *me)
{
	Request *r = pool_next(me);

	while (!r) {
		park(-1);
		lock(&pool.lk);
		r = me->given;
		me->given = NULL;
		unlock(&pool.lk);
		while (me->retire)
			park(-1);
	}
	return r;
}

static void
clerk_done(Clerk *me, Request *r)
{
	Proc *p = r->proc;

	if (p && !r->job) {
		proc_request_del(p, r);
		note_after(p);
	}
	if (me->out_size > OUT_KEEP) {
		free(me->out);
		me->out = NULL;
		me->out_size = 0;
	}
	pool_request_free(r);
	proc_put(p);
	thread_stack_check(me);
}

/* false: the request is to be served again at once. */
static bool
clerk_serve(Clerk *me, Request *r)
{
	int64_t result = 0;
	bool over = true;

	atomic_store(&r->clerk, me);
	me->req = r;
	yield_end(r);
	if (r->job)
		r->job(r->job_arg);
	else
		result = request_call(r);
	if (result == SYS_YIELDED) {
		over = yield_settle(r);
	} else if (result != SYS_PARKED) {
		if (!r->job)
			request_reply(r, result);
		clerk_done(me, r);
	}
	me->req = NULL;
	return over;
}

static void
clerk_main(void *arg)
{
	Clerk *me = clerk_self();

	USED(arg);
	lock(&pool.lk);
	pool.nstarting--;
	pool.nclerk++;
	unlock(&pool.lk);
	for (;;) {
		Request *r = clerk_wait(me);

		pool_grow();
		while (!clerk_serve(me, r))
			; /* it was woken while it yielded */
	}
}

static void
clerk_start(void)
{
	if (thread_new("clerk", clerk_main, NULL))
		return;
	lock(&pool.lk);
	pool.nstarting--;
	unlock(&pool.lk);
}

void
pool_init(void)
{
	for (size_t i = 0; i < NCLERK_MIN; i++) {
		lock(&pool.lk);
		pool.nstarting++;
		unlock(&pool.lk);
		clerk_start();
	}
}

void
job_start(Request *r, Proc *p, void (*fn)(void *), void *arg)
{
	Clerk *c;

	memset(r, 0, offsetof(Request, inl));
	r->own_memory = true;
	r->first = true;
	r->proc = p;
	if (p)
		atomic_fetch_add(&p->ref, 1);
	r->job = fn;
	r->job_arg = arg;
	r->start_ns = up_ns();
	if ((c = pool_give(r)))
		unpark(c);
}

/* Those that retired a round ago are parked by now, unless one is slow. */
static void
pool_reap(void)
{
	Clerk *list, *next;

	lock(&pool.lk);
	list = pool.retired;
	pool.retired = NULL;
	unlock(&pool.lk);
	for (; list; list = next) {
		bool waits;

		next = list->next_free;
		lock(&list->lk);
		waits = list->park == PARK_WAIT;
		unlock(&list->lk);
		if (waits) {
			thread_free(list);
			continue;
		}
		lock(&pool.lk);
		list->next_free = pool.retired;
		pool.retired = list;
		unlock(&pool.lk);
	}
}

void
pool_shrink(void)
{
	Clerk *go[RETIRE_BATCH];
	size_t n = 0;
	bool starved;

	pool_reap();
	lock(&pool.lk);
	while (n < RETIRE_BATCH && pool.nidle > NCLERK_MIN) {
		Clerk *c = pool.idle;

		pool.idle = c->next_free;
		pool.nidle--;
		pool.nclerk--;
		c->retire = true;
		c->next_free = pool.retired;
		pool.retired = c;
		go[n++] = c;
	}
	starved = pool.head && pool.nidle == 0;
	unlock(&pool.lk);
	for (size_t i = 0; i < n; i++)
		unpark(go[i]);
	if (starved)
		pool_grow(); /* memory was out when it was tried last */
}

int
pool_text(char *text, size_t n)
{
	int len;

	lock(&pool.lk);
	len = snprintf(text, n, "clerks %zu idle %zu queue %zu max %zu requests %zu threads %zu landing %zu\n", pool.nclerk, pool.nidle,
	    pool.nqueue, pool.nqueue_max, pool.nrequest, thread_count(), pool.nland_made);
	unlock(&pool.lk);
	return len;
}

uint8_t *
out_buffer(size_t n)
{
	Clerk *me = clerk_self();

	if (n > me->out_size) {
		size_t size = n < 8192 ? 8192 : n;

		free(me->out);
		me->out_size = 0;
		if (!(me->out = malloc(size))) {
			seterr(Enomem, NULL);
			return NULL;
		}
		me->out_size = size;
	}
	return me->out ? me->out : (uint8_t *)"";
}
