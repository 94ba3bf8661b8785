/*
 * k_flush.c - pages that were unmapped are queued for the processes that had them
 * loaded, whose helpers drop them (tlb.c); who unmapped waits for all.
 *
 * A ticket is drawn for each page, and flush_done tells up to which all are done.
 *
 * LOCKS   K->map for the queues; map_flush_wait is called without a lock
 */
#include "sim/kern/k_map.h"
#include "sim/kern/linux.h"

void
flush_queue(Op *op, Space *s, uint32_t page)
{
	Range *last = s->nflush > 0 && s->nflush <= NFLUSH ? &s->flush[s->nflush - 1] : NULL;
	uint32_t i = 0;

	if (s->state != SP_RUN)
		return;
	if (last != NULL && last->page + last->n == page)
		last->n++;
	else if (s->nflush < NFLUSH)
		s->flush[s->nflush++] = (Range){ page, 1 };
	else
		s->nflush = NFLUSH + 1;
	s->flush_next++;
	while (i < op->nflush && i < 8 && op->flush[i] != s->no)
		i++;
	if (i < 8) {
		op->flush[i] = s->no;
		op->ticket[i] = s->flush_next;
	}
	if (i == op->nflush)
		op->nflush++;
}

static void
flush_one(uint32_t space, uint32_t ticket)
{
	Space *s = space_at(space);

	for (;;) {
		uint32_t done = s->flush_done;

		if ((int32_t)(done - ticket) >= 0 || s->state != SP_RUN)
			return;
		lx_futex_wait(&s->flush_done, done, 0);
	}
}

static void
flush_kick(uint32_t space)
{
	atomic_fetch_add(&space_at(space)->req, 1);
	lx_futex_wake(&space_at(space)->req, 1);
}

void
map_flush_wait(Op *op, const Space *mine, void (*local)(void))
{
	bool all = op->nflush > 8;
	uint32_t n = all ? KERN->nspace_high : op->nflush;

	if (n == 0)
		return;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t s = all ? i : op->flush[i];

		if (space_at(s) == mine)
			local();
		else if (space_at(s)->flush_done != space_at(s)->flush_next)
			flush_kick(s);
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t s = all ? i : op->flush[i];

		if (space_at(s) != mine)
			flush_one(s, all ? space_at(s)->flush_next : op->ticket[i]);
	}
	op->nflush = 0;
}
