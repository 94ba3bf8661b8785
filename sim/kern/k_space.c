/*
 * k_space.c - spaces as kernel objects: SpaceControl. A space gets its process
 * when its first thread has something to do (space.c).
 *
 * LOCKS   K->lock for all; the mapping database is cleared under it too.
 * ERRORS  X.2's error codes (L4_Err…)
 * SEE     X.2 manual, chapter 3.1; tests/l4/thread.c
 */
#include "sim/kern/kern.h"

#define ANY (~(uint64_t)0)

static void
space_clear(Space *s, uint32_t no)
{
	uint32_t flush = s->flush_next, req = s->req;

	__builtin_memset(s, 0, sizeof *s);
	s->no = no;
	s->redirector = ANY;
	s->flush_next = s->flush_done = flush;
	s->req = req;
	s->state = SP_NEW;
}

Space *
space_new(void)
{
	uint32_t n = KERN->space_hint;

	/* round robin, so that the process of a dead space has time to go */
	for (uint32_t i = 0; i < NSPACE; i++, n++) {
		Space *s = space_at(n % NSPACE);

		if (s->state != SP_FREE)
			continue;
		space_clear(s, n % NSPACE);
		KERN->space_hint = n % NSPACE + 1;
		if (n % NSPACE >= KERN->nspace_high)
			KERN->nspace_high = n % NSPACE + 1;
		return s;
	}
	return NULL;
}

/* Its last thread went. A process that runs frees it when it is reaped (k_crash.c). */
void
space_end(Op *op, Space *s)
{
	enum SpaceState old = s->state;

	s->state = old == SP_NEW && !s->fork_wanted ? SP_FREE : SP_EXIT;
	map_clear(op, s);
	s->flush_done = s->flush_next;
	if (old == SP_RUN)
		op_kick(op, s);
	else if (old == SP_DEAD)
		s->state = SP_FREE;
}

/* ---- SpaceControl ---- */
static bool
area(L4_Word_t f, unsigned min, unsigned max, uint64_t *base, uint64_t *size)
{
	unsigned log2 = f >> 4 & 0x3F;

	if (log2 < min || log2 > max)
		return false;
	*size = (uint64_t)1 << log2;
	*base = f & ~(L4_Word_t)0x3FF & ~(*size - 1);
	return *base >= USER_LOW && *base + *size <= USER_TOP;
}

int
space_control(Tcb *me, uint64_t space, L4_Word_t kip, L4_Word_t utcb, uint64_t redirector)
{
	Tcb *t = tcb_find(me, space), *via = tcb_find(me, redirector);
	uint64_t kb, ks, ub, us;
	Space *s;

	if (!space_of(me)->privileged)
		return L4_ErrNoPrivilege;
	if (t == NULL)
		return L4_ErrInvalidSpace;
	s = space_of(t);
	if (redirector != 0 && redirector != ANY && via == NULL)
		return L4_ErrInvalidThread;
	if (s->nactive == 0) {
		if (!area(kip, PAGE_LOG2, PAGE_LOG2, &kb, &ks))
			return L4_ErrKipArea;
		if (!area(utcb, PAGE_LOG2, 20, &ub, &us))
			return L4_ErrUtcbArea;
		if (kb < ub + us && ub < kb + ks)
			return L4_ErrKipArea;
		for (uint32_t i = 0; i < NSLOT; i++)
			if (s->slot[i] != 0)
				tcb_at(s->slot[i] - 1)->slot = NSLOT;
		__builtin_memset(s->slot, 0, sizeof s->slot);
		s->kip = kb;
		s->utcb = ub;
		s->utcb_size = us;
	}
	if (redirector != 0)
		s->redirector = via != NULL ? via->id : ANY;
	return 0;
}
