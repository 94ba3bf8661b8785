/*
 * mnt_help.h - the little of CORE that #M needs, over pthreads, and a link whose
 * other end is a function: what is written to it goes to fake.serve, what
 * fake_reply adds is read from it. #M's sources are compiled right into the test.
 */
#ifndef TESTS_UNIT_MNT_HELP_H
#define TESTS_UNIT_MNT_HELP_H
#include <pthread.h>
#include "lib9/lib9.h"
#include "tests/host/sysname.h"
#include "core/core.h"
#include "tests/unit.h"

/* ---- CORE ---- */

struct Waiter {
	int none;
};

static pthread_mutex_t big = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static size_t live;
static _Thread_local bool noted_now; /* a note is on its way to this thread */
static _Thread_local bool killed_now; /* … and it dies of that */
static atomic_int sleepers;
atomic_uint trace_on;

void trace_who(TraceWho *w) { *w = (TraceWho){ 0 }; }
void trace_msg(const TraceWho *w, uint32_t link, const uint8_t *msg, size_t n) { USED(w); USED(link); USED(msg); USED(n); }
void trace_sent(const Chan *link, const uint8_t *msg, uint32_t flow) { USED(link); USED(msg); USED(flow); }
void trace_begin(const char *fmt, ...) { USED(fmt); }
void trace_end(void) { }

bool
up_killed(void)
{
	return killed_now;
}

static void (*lock_hook)(Lock *l); /* runs before a lock is taken */

void
lock(Lock *l)
{
	if (lock_hook != NULL)
		lock_hook(l);
	while (atomic_exchange(&l->held, 1))
		;
}

void
unlock(Lock *l)
{
	atomic_store(&l->held, 0);
}

void
qlock(QLock *q)
{
	lock(&q->lk);
}

void
qunlock(QLock *q)
{
	unlock(&q->lk);
}

int
rendez_sleep(Rendez *r, bool (*ready)(void *), void *arg, int64_t timeout_ms)
{
	int rc = 0;

	USED(r);
	pthread_mutex_lock(&big);
	atomic_fetch_add(&sleepers, 1);
	while (!ready(arg)) {
		if (timeout_ms >= 0) {
			rc = -Etimedout;
			break;
		}
		if (noted_now) {
			noted_now = false;
			rc = seterr(Eintr, NULL);
			break;
		}
		pthread_cond_wait(&change, &big);
	}
	atomic_fetch_sub(&sleepers, 1);
	pthread_mutex_unlock(&big);
	return rc;
}

void
rendez_wakeup(Rendez *r)
{
	USED(r);
	pthread_mutex_lock(&big);
	pthread_cond_broadcast(&change);
	pthread_mutex_unlock(&big);
}

Chan *
chan_new(const Servant *s)
{
	Chan *c = calloc(1, sizeof *c);

	c->servant = s;
	c->mode = -1;
	atomic_init(&c->ref, 1);
	pthread_mutex_lock(&big);
	live++;
	pthread_mutex_unlock(&big);
	return c;
}

Chan *
chan_get(Chan *c)
{
	atomic_fetch_add(&c->ref, 1);
	return c;
}

#include "servants/mnt.h"

void
chan_put(Chan *c)
{
	if (c == NULL || atomic_fetch_sub(&c->ref, 1) != 1)
		return;
	if (c->servant->close != NULL)
		c->servant->close(c);
	mnt_linkclose(c);
	pthread_mutex_lock(&big);
	live--;
	pthread_mutex_unlock(&big);
	free(c);
}

/* ---- the link ---- */

enum { FAKE_ROOM = 4 << 20 };

static struct {
	/* what the server does with a request; may call fake_reply or fake_hangup */
	void (*serve)(const uint8_t *msg, size_t n);
	/* big */
	uint8_t *bytes;
	size_t at, have;
	bool hungup;
	size_t read_max;        /* a read gives at most this much, 0: all */
	int no_memory;          /* so many reads fail for want of memory */
} fake;

static void
fake_reply(const void *p, size_t n)
{
	pthread_mutex_lock(&big);
	ck_assert_uint_le(fake.have + n, FAKE_ROOM);
	memcpy(fake.bytes + fake.have, p, n);
	fake.have += n;
	pthread_cond_broadcast(&change);
	pthread_mutex_unlock(&big);
}

static void
fake_hangup(void)
{
	pthread_mutex_lock(&big);
	fake.hungup = true;
	pthread_cond_broadcast(&change);
	pthread_mutex_unlock(&big);
}

static bool
fake_readable(void *arg)
{
	USED(arg);
	return fake.have > fake.at || fake.hungup;
}

static int64_t
fake_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	int rc = rendez_sleep(NULL, fake_readable, NULL, -1);
	size_t got;

	USED(c);
	USED(off);
	if (rc < 0)
		return rc;
	if (fake.no_memory > 0) {
		fake.no_memory--;
		return seterr(Enomem, NULL);
	}
	pthread_mutex_lock(&big);
	got = fake.have - fake.at;
	if (got > n)
		got = n;
	if (fake.read_max != 0 && got > fake.read_max)
		got = fake.read_max;
	memcpy(buf, fake.bytes + fake.at, got);
	fake.at += got;
	if (fake.at == fake.have)
		fake.at = fake.have = 0;
	pthread_mutex_unlock(&big);
	return (int64_t)got;
}

static int64_t
fake_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	USED(c);
	USED(off);
	if (fake.hungup)
		return seterr(Epipe, NULL);
	fake.serve(buf, n);
	return (int64_t)n;
}

static const Servant servant_fake = { .dc = '|', .name = "fake", .read = fake_read, .write = fake_write };

static Chan *
link_new(void (*serve)(const uint8_t *, size_t))
{
	Chan *c = chan_new(&servant_fake);

	fake.bytes = malloc(FAKE_ROOM);
	fake.serve = serve;
	c->mode = ORDWR;
	atomic_store(&c->flag, COPEN);
	return c;
}

#include "servants/mnt.c"
#include "servants/mnt_rpc.c"
#define get16 get16_link
#include "servants/mnt_link.c"
#undef get16
#include "servants/mnt_cache.c"
#endif
