/*
 * thread.c - CORE's threads, and how one waits for another.
 *
 * A thread sleeps in park() and is woken by unpark(): a binary semaphore per
 * thread made of one IPC. A wake-up is sent only to a thread that is known to
 * wait for it (PARK_WOKEN: exactly one message is on its way), so the sender
 * never blocks for long and no message is left over. A wake-up that comes too
 * early stays as a token. Everything that waits looks again after park().
 *
 * LOCKS  Clerk.lk guards park and token, a leaf; threads.lk the table, a leaf.
 * LIMITS NCORETHREAD threads; a Clerk's memory is never given back.
 */
#include "core/core_impl.h"

enum { STACK_MAGIC = 0x5AFE57AC };

static struct {
	Lock lk;
	Clerk *all[NCORETHREAD];
	size_t n;                 /* lk: used slots of all[] */
	size_t live;
} threads = { .lk = LOCK_INIT };

static Clerk mngr_thread = { .name = "mngr", .lk = LOCK_INIT, .used = true };

Clerk *
clerk_self(void)
{
	return uthread_self()->priv;
}

void
thread_init(void)
{
	mngr_thread.tid = L4_Myself();
	uthread_self()->priv = &mngr_thread;
	threads.all[0] = &mngr_thread;
	threads.n = threads.live = 1;
}

void
lock(Lock *l)
{
	for (unsigned n = 0; atomic_exchange_explicit(&l->held, 1, memory_order_acquire); n++)
		while (atomic_load_explicit(&l->held, memory_order_relaxed))
			L4_ThreadSwitch(L4_nilthread);
}

void
unlock(Lock *l)
{
	atomic_store_explicit(&l->held, 0, memory_order_release);
}

bool
park_prepare(Clerk *me)
{
	bool wait;

	lock(&me->lk);
	wait = !me->token;
	me->token = false;
	me->park = wait ? PARK_WAIT : PARK_RUN;
	unlock(&me->lk);
	return wait;
}

void
park_done(Clerk *me)
{
	lock(&me->lk);
	me->park = PARK_RUN;
	unlock(&me->lk);
}

/* After a failed receive: true when a wake-up is on its way none the less. */
static bool
park_cancel(Clerk *me)
{
	bool woken;

	lock(&me->lk);
	woken = me->park == PARK_WOKEN;
	if (!woken)
		me->park = PARK_RUN;
	unlock(&me->lk);
	return woken;
}

bool
park(int64_t timeout_us)
{
	Clerk *me = clerk_self();
	L4_Time_t time = timeout_us < 0 ? L4_Never : timeout_us == 0 ? L4_ZeroTime : L4_TimePeriod((uint64_t)timeout_us);
	bool expired = false;

	if (!park_prepare(me))
		return true;
	for (;;) {
		L4_ThreadId_t from;
		L4_MsgTag_t tag;

		L4_Accept(L4_UntypedWordsAcceptor);
		tag = L4_Ipc(L4_nilthread, L4_anylocalthread, L4_Timeouts(L4_Never, time), &from);
		if (L4_IpcSucceeded(tag)) {
			if (L4_Label(tag) != LABEL_WAKE)
				continue; /* a poke: Mngr looks when it is done here */
			park_done(me);
			return !expired;
		}
		if (!park_cancel(me))
			return false;
		expired = true;
		time = L4_Never;
	}
}

bool
unpark_claim(Clerk *c)
{
	bool send;

	lock(&c->lk);
	send = c->park == PARK_WAIT;
	if (send)
		c->park = PARK_WOKEN;
	else if (c->park == PARK_RUN)
		c->token = true;
	unlock(&c->lk);
	return send;
}

void
unpark(Clerk *c)
{
	L4_MsgTag_t tag = L4_Niltag;

	if (!unpark_claim(c))
		return;
	L4_Set_Label(&tag, LABEL_WAKE);
	L4_Set_MsgTag(tag);
	L4_Send(c->tid);
}

static void
thread_main(void *arg)
{
	Clerk *c = arg;

	c->tid = L4_Myself();
	uthread_self()->priv = c;
	c->fn(c->arg);
	for (;;) /* a thread that has nothing left to do */
		park(-1);
}

/* A free slot, or a new one; NULL: limit or memory. */
static Clerk *
thread_slot(void)
{
	Clerk *c = NULL;
	Clerk *fresh;

	lock(&threads.lk);
	for (size_t i = 0; i < threads.n && !c; i++)
		if (!threads.all[i]->used)
			c = threads.all[i];
	if (c) {
		c->used = true;
		threads.live++;
	}
	unlock(&threads.lk);
	if (c)
		return c;
	if (!(fresh = calloc(1, sizeof *fresh)))
		return NULL;
	lock(&threads.lk);
	if (threads.n < NCORETHREAD) {
		c = threads.all[threads.n++] = fresh;
		c->used = true;
		threads.live++;
	}
	unlock(&threads.lk);
	if (!c)
		free(fresh);
	return c;
}

static void
thread_unslot(Clerk *c)
{
	lock(&threads.lk);
	c->used = false;
	threads.live--;
	unlock(&threads.lk);
}

Clerk *
thread_new(const char *name, void (*fn)(void *), void *arg)
{
	Clerk *c = thread_slot();

	if (!c || !(c->stack = malloc(STACK_CORE))) {
		if (c)
			thread_unslot(c);
		seterr(Enomem, "thread %s", name);
		return NULL;
	}
	*(uint32_t *)(void *)c->stack = STACK_MAGIC;
	c->name = name;
	c->fn = fn;
	c->arg = arg;
	c->req = c->given = NULL;
	c->park = PARK_RUN;
	c->token = c->retire = false; /* the slot may have been a clerk's that retired */
	if (hvm_thread_new(&c->tid, L4_nilthread, thread_main, c, c->stack, STACK_CORE) < 0) {
		free(c->stack);
		c->stack = NULL;
		thread_unslot(c);
		return NULL;
	}
	return c;
}

void
thread_free(Clerk *c)
{
	if (hvm_thread_kill(c->tid) < 0)
		return; /* it stays parked: better than a stack in use */
	free(c->stack);
	free(c->out);
	c->stack = c->out = NULL;
	c->out_size = 0;
	thread_unslot(c);
}

int
core_thread(const char *name, void (*fn)(void *), void *arg)
{
	return thread_new(name, fn, arg) ? 0 : -Enomem;
}

size_t
thread_count(void)
{
	return threads.live;
}

void
thread_stack_check(const Clerk *c)
{
	if (c->stack && *(const uint32_t *)(const void *)c->stack != STACK_MAGIC)
		panic("core: the stack of %s overflowed", c->name);
}
