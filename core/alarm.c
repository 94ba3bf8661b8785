/*
 * alarm.c - a thread that posts "alarm" notes and wakes sleeping calls when they
 * are due and, from time to time, has clerks that nobody needs ended.
 * LOCKS  Proc.lk guards alarm_ns
 */
#include "core/core_impl.h"

enum { KEEP_NS = 5 * 1000000000ll };
static _Atomic(Clerk *) alarm_thread;

void
alarm_kick(void)
{
	Clerk *c = atomic_load(&alarm_thread);

	if (c)
		unpark(c);
}

int64_t
alarm_set(Proc *p, uint32_t ms)
{
	int64_t now = up_ns(), old;

	lock(&p->lk);
	old = p->alarm_ns;
	p->alarm_ns = ms ? now + (int64_t)ms * 1000000 : 0;
	unlock(&p->lk);
	if (ms)
		alarm_kick();
	return old > now ? (old - now + 999999) / 1000000 : 0;
}

/* Posts what is due; the time of the next alarm, or end. */
static int64_t
alarm_round(int64_t end)
{
	Proc *p;

	for (size_t i = 0; (p = proc_next(&i)); i++) {
		bool due;

		lock(&p->lk);
		due = p->alarm_ns && p->alarm_ns <= up_ns();
		if (due)
			p->alarm_ns = 0;
		else if (p->alarm_ns && p->alarm_ns < end)
			end = p->alarm_ns;
		unlock(&p->lk);
		if (due)
			note_post(p, "alarm", true);
		proc_put(p);
	}
	return end;
}

void
alarm_main(void *arg)
{
	int64_t keep = up_ns() + KEEP_NS;

	USED(arg);
	atomic_store(&alarm_thread, clerk_self());
	for (;;) {
		int64_t next = parked_due(alarm_round(keep)), now = up_ns();

		if (now >= keep) {
			pool_shrink();
			keep = now + KEEP_NS;
		} else if (next > now) {
			park((next - now + 999) / 1000);
		}
	}
}
