/*
 * timeout.c - what waits for a time: a wheel of NSLOT lists, one for each tick of
 * the clock; a thread whose time is a turn or more off is passed over.
 * Arming and cancelling cost the same however many wait.
 */
#include "target-x86/kernel/kernel.h"

enum { NSLOT = 256 };
static Link wheel[NSLOT];
static uint64_t turned;		/* the last tick whose list was looked through */

void
timer_init(void)
{
	for (unsigned i = 0; i < NSLOT; i++)
		list_init(&wheel[i]);
}

void
timer_arm(Thread *t, Time deadline)
{
	uint64_t tick;

	if (t->outer.other && t->outer.deadline < deadline)	/* a page fault in a transfer */
		deadline = t->outer.deadline;
	if (deadline == NEVER)
		return;
	tick = tick_at(deadline);
	if (tick <= turned)
		tick = turned + 1;
	t->wake_at = deadline;
	t->slow |= SLOW_TIMER;
	list_append(&wheel[(uint32_t)tick % NSLOT], &t->timer);
}

void
timer_cancel(Thread *t)
{
	list_remove(&t->timer);
	t->slow &= ~SLOW_TIMER;
}

static void
slot_wake(Link *slot, Time now)
{
	Link *next;

	for (Link *l = slot->next; l != slot; l = next) {
		Thread *t = CONTAINER(l, Thread, timer);

		next = l->next;
		if (t->wake_at <= now)
			ipc_unlink(t, IPC_TIMEOUT);
	}
}

/* after ticks of the clock: wakes whom it is time for */
void
timer_turn(void)
{
	Time now = clock_now();

	if (clock_ticks - turned > NSLOT)	/* a long stop: once round is enough */
		turned = clock_ticks - NSLOT;
	while (turned < clock_ticks)
		slot_wake(&wheel[(uint32_t)++turned % NSLOT], now);
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
timeout_after(Time now, Word w)
{
	w &= 0xFFFF;
	if (w == 0)
		return NEVER;
	if (w & 0x8000)
		return time_point(w, now);
	if ((w & 0x3FF) == 0)
		return 0;
	return now + ((uint64_t)(w & 0x3FF) << (w >> 10 & 31));
}

Time
timeout_deadline(Word w)
{
	return w & 0xFFFF ? timeout_after(clock_now(), w) : NEVER;
}
