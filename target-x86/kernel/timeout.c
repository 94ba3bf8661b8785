/*
 * timeout.c - the clock and what waits for it: a wheel of NSLOT lists, one per
 * tick; a thread whose time is further off than a turn is passed over.
 * Arming and cancelling cost the same however many wait.
 *
 * LIMITS  the clock's grain is a tick of 1/1024 s
 */
#include "target-x86/kernel/kernel.h"

enum { NSLOT = 256, TICK_UNIT = 15625, TICK_SHIFT = 4 };	/* 15625/16 us */

static Link wheel[NSLOT];
static uint64_t ticks;
uint32_t tick_us = 977;

Time
clock_now(void)
{
	return (ticks * TICK_UNIT) >> TICK_SHIFT;
}

void
timer_init(void)
{
	for (unsigned i = 0; i < NSLOT; i++)
		list_init(&wheel[i]);
}

/* the slot of the first tick that is not before the deadline */
static Link *
timer_slot(Time deadline)
{
	Time now = clock_now();
	uint64_t d = deadline > now ? deadline - now : 0;

	/* 2^16 ticks ahead is as far as the slot needs to be right */
	uint32_t us = d > 60000000 ? 60000000 : (uint32_t)d;
	uint32_t n = us / 976 + 1;
	return &wheel[(uint32_t)(ticks + n) % NSLOT];
}

void
timer_arm(Thread *t, Time deadline)
{
	if (t->outer.other && t->outer.deadline < deadline)	/* a page fault in a transfer */
		deadline = t->outer.deadline;
	if (deadline == NEVER)
		return;
	t->wake_at = deadline;
	t->slow |= SLOW_TIMER;
	list_append(timer_slot(deadline), &t->timer);
}

void
timer_cancel(Thread *t)
{
	list_remove(&t->timer);
	t->slow &= ~SLOW_TIMER;
}

/* one interrupt of the clock: wakes whom it is time for */
void
clock_tick(void)
{
	Time now;
	Link *slot, *next;

	ticks++;
	processor_measure(ticks);
	now = clock_now();
	slot = &wheel[(uint32_t)ticks % NSLOT];
	for (Link *l = slot->next; l != slot; l = next) {
		Thread *t = CONTAINER(l, Thread, timer);

		next = l->next;
		if (t->wake_at <= now + 1) {
			timer_cancel(t);
			ipc_unlink(t, IPC_TIMEOUT);
			next = slot->next;	/* what follows may have gone too */
		} else if (t->wake_at - now < NSLOT * 900) {
			/* the slot was a guess: look again at the right one */
			list_remove(l);
			if (timer_slot(t->wake_at) == slot)
				list_append(&wheel[(uint32_t)(ticks + 1) % NSLOT], l);
			else
				list_append(timer_slot(t->wake_at), l);
		}
	}
}

/* X.2 time: 0 never; bit 15: a point, m * 2^e around now; else a period */
static Time
time_point(Word w, Time now)
{
	unsigned e = w >> 11 & 15;
	uint64_t block = now >> (e + 10);
	Time at;

	if ((block & 1) != (w >> 10 & 1))
		block++;
	at = (block << (e + 10)) + ((uint64_t)(w & 0x3FF) << e);
	if (at <= now || at - now > (uint64_t)1 << (e + 10))
		return 0;
	return at;
}

Time
timeout_deadline(Word w)
{
	w &= 0xFFFF;
	if (w == 0)
		return NEVER;
	if (w & 0x8000)
		return time_point(w, clock_now());
	if ((w & 0x3FF) == 0)
		return 0;
	return clock_now() + ((uint64_t)(w & 0x3FF) << (w >> 10 & 31));
}
