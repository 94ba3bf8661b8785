/*
 * k_thread.c - threads as kernel objects: ThreadControl. What runs them is in
 * space.c: a thread gets its Linux thread when it first has something to do.
 *
 * LOCKS   K->lock for all
 * ERRORS  X.2's error codes (L4_Err…)
 * SEE     k_space.c, k_schedule.c; X.2 manual, chapters 2.3, 2.4; tests/l4/thread.c
 */
#include "sim/kern/kern.h"
#include "sim/kern/linux.h"

#define ANY (~(uint64_t)0)
enum { PRIO = 100, PRIO_ROOT = 255 };

/* ---- threads ---- */
void
thread_link(Tcb *t)
{
	t->live_prev = 0;
	t->live_next = KERN->live;
	if (KERN->live != 0)
		tcb_of(KERN->live)->live_prev = t->no + 1;
	KERN->live = t->no + 1;
}

static void
thread_unlink(Tcb *t)
{
	if (t->live_next != 0)
		tcb_of(t->live_next)->live_prev = t->live_prev;
	if (t->live_prev != 0)
		tcb_of(t->live_prev)->live_next = t->live_next;
	else
		KERN->live = t->live_next;
}

Tcb *
thread_new(uint64_t id, Space *s)
{
	uint32_t no = (uint32_t)(id >> 32);
	Tcb *t = tcb_at(no);

	__builtin_memset(t, 0, sizeof *t);
	t->no = no;
	t->id = id;
	t->space = s->no;
	t->slot = NSLOT;
	t->state = TS_INACTIVE;
	t->ustate = US_KERNEL;
	t->prio = t->born_prio = s->no == KERN->root_space ? PRIO_ROOT : PRIO;
	t->timeslice = TIMESLICE;
	t->space_next = s->threads;
	s->threads = no + 1;
	s->nthread++;
	thread_link(t);
	if (no >= KERN->nthread_high)
		KERN->nthread_high = no + 1;
	return t;
}

static void
list_remove(uint32_t *head, Tcb *t, size_t next)
{
	for (uint32_t *p = head; *p != 0; p = (uint32_t *)((char *)tcb_at(*p - 1) + next)) {
		if (*p == t->no + 1) {
			*p = *(uint32_t *)((char *)t + next);
			return;
		}
	}
}

/* Its Linux thread, if it had one, has gone. */
void
thread_free(Op *op, Tcb *t)
{
	Space *s = space_of(t);

	if (t->slot < NSLOT)
		s->slot[t->slot] = 0;
	if (t->queued)
		list_remove(&s->start_head, t, offsetof(Tcb, start_next));
	if (t->kicked)
		list_remove(&s->kick_head, t, offsetof(Tcb, kick_next));
	list_remove(&s->threads, t, offsetof(Tcb, space_next));
	thread_unlink(t);
	t->id = 0;
	t->state = TS_FREE;
	sched_tuned(op, t);
	s->nquantum -= t->quantum != 0;
	if (--s->nthread == 0)
		space_end(op, s);
}

void
thread_run(Op *op, Tcb *t)
{
	Space *s = space_of(t);

	if (t->crashed)
		return;
	if (t->ltid != 0) {
		op_wake(op, t);
		return;
	}
	if (t->queued)
		return;
	t->queued = true;
	t->start_next = s->start_head;
	s->start_head = t->no + 1;
	if (s->state == SP_RUN) {
		op_kick(op, s);
	} else if (s->state == SP_NEW && !s->fork_wanted) {
		s->fork_wanted = true;
		s->fork_next = KERN->fork_head;
		KERN->fork_head = s->no + 1;
		op->zygote = true;
	}
}

void
thread_kick(Op *op, Tcb *t)
{
	Space *s = space_of(t);

	if (t->kicked || t->ltid == 0 || s->state != SP_RUN)
		return;
	t->kicked = true;
	t->kick_next = s->kick_head;
	s->kick_head = t->no + 1;
	op_kick(op, s);
}

/* The registers a thread's UTCB starts with. */
static void
utcb_init(Tcb *t, uint64_t pager)
{
	L4_Word_t *u = slot_of(t), *m = mrs_of(t);

	__builtin_memset(u, 0, UTCB_SIZE);
	u[0] = local_id(t);
	m[L4_TCR_MyGlobalId] = t->id;
	m[L4_TCR_Pager] = pager;
	m[L4_TCR_ProcessorNo] = t->cpu;
}

static void
thread_activate(Tcb *t, uint64_t pager)
{
	utcb_init(t, pager);
	space_of(t)->nactive++;
	t->fresh = true;
	t->from = pager;
	t->state = TS_RECV;
	t->blocked = BLK_YES;
	t->deadline = 0;
}

/* the pager's global id: it may be given as a local one, or not exist (yet) */
static uint64_t
globalize(const Tcb *me, uint64_t id)
{
	Tcb *t = id != 0 && is_local_id(id) && id != ANY ? tcb_find(me, id) : NULL;

	return t != NULL ? t->id : id;
}

static int
utcb_slot(const Space *s, uint64_t utcb, uint32_t *slot)
{
	uint64_t n = (utcb - s->utcb) >> UTCB_LOG2;

	if (s->utcb == 0 || utcb < s->utcb || utcb - s->utcb >= s->utcb_size || (utcb & (UTCB_SIZE - 1)) || n >= NSLOT ||
	    s->slot[n] != 0)
		return L4_ErrUtcbArea;
	*slot = (uint32_t)n;
	return 0;
}

/* ---- ThreadControl ---- */
static int
irq_control(Op *op, Tcb *me, uint64_t dest, uint64_t space, uint64_t pager)
{
	int irq = (int)(dest >> 32);
	Tcb *h = tcb_find(me, pager);

	if ((uint32_t)dest != 1 || irq == 0 || irq >= SIM_BELL_BASE)
		return L4_ErrInvalidThread;
	if (space != dest && space != 0)
		return L4_ErrInvalidSpace;
	if (space != 0 && pager != dest && h == NULL)
		return L4_ErrInvalidThread;
	bool pending = KERN->irq[irq].state == IRQ_PENDING;
	irq_detach(irq);
	if (h != NULL && space != 0) {
		KERN->irq[irq].handler = h->no + 1;
		if (pending)
			irq_raise(op, irq);
	}
	return 0;
}

static int
thread_create(Tcb *me, uint64_t dest, uint64_t space, uint64_t sched, uint64_t pager, uint64_t utcb, Op *op)
{
	Tcb *in = space != dest ? tcb_find(me, space) : NULL;
	Space *s = in != NULL ? space_of(in) : NULL;
	uint32_t slot = NSLOT;
	Tcb *t, *sc = tcb_find(me, sched);
	int rc;

	(void)op;
	if (space != dest && (in == NULL || s->state == SP_DEAD))
		return L4_ErrInvalidSpace;
	if (sc == NULL && sched != dest)
		return L4_ErrInvalidScheduler;
	if (pager != 0 && (s == NULL || s->kip == 0))
		return L4_ErrInvalidSpace;
	if (s != NULL && utcb != ANY && (utcb != 0 || pager != 0) && (rc = utcb_slot(s, utcb, &slot)) != 0)
		return rc;
	if (pager != 0 && slot == NSLOT)
		return L4_ErrUtcbArea;
	if (s == NULL && (s = space_new()) == NULL)
		return L4_ErrNoMem;
	/* all checks are above this line */
	t = thread_new(dest, s);
	t->scheduler = sc != NULL ? sc->id : dest;
	if (slot != NSLOT) {
		t->slot = slot;
		s->slot[slot] = t->no + 1;
	}
	if (pager != 0)
		thread_activate(t, globalize(me, pager));
	return 0;
}

/* slot: in the new space; an active thread's UTCB goes along. */
static void
thread_move(Op *op, Tcb *t, Space *to, uint32_t slot)
{
	Space *s = space_of(t);
	L4_Word_t *from = t->slot < NSLOT ? slot_of(t) : NULL;
	bool active = t->state != TS_INACTIVE, queued = t->queued;

	if (t->slot < NSLOT)
		s->slot[t->slot] = 0;
	if (queued)
		list_remove(&s->start_head, t, offsetof(Tcb, start_next));
	if (t->kicked)
		list_remove(&s->kick_head, t, offsetof(Tcb, kick_next));
	t->queued = t->kicked = false;
	list_remove(&s->threads, t, offsetof(Tcb, space_next));
	s->nthread--;
	s->nactive -= active;
	s->nquantum -= t->quantum != 0;
	to->nquantum += t->quantum != 0;
	to->nactive += active;
	t->slot = slot;
	t->space = to->no;
	t->space_next = to->threads;
	to->threads = t->no + 1;
	to->nthread++;
	if (active) {
		__builtin_memcpy(slot_of(t), from, UTCB_SIZE);
		slot_of(t)[0] = local_id(t);
	}
	if (queued)
		thread_run(op, t);
}

/* An id's version changes only where nobody waits for the old one to answer. */
static void
thread_rename(Op *op, Tcb *t, uint64_t id)
{
	if (t->id == id)
		return;
	ipc_forget(op, t);
	t->id = id;
	if (t->slot < NSLOT)
		mrs_of(t)[L4_TCR_MyGlobalId] = id;
}

/* The slot that t will have: the one asked for, else its own; in another space an active one keeps its address. */
static int
slot_for(const Tcb *t, const Space *s, uint64_t utcb, uint32_t *slot)
{
	bool active = t->state != TS_INACTIVE, stays = t->space == s->no;

	*slot = stays ? t->slot : NSLOT;
	if (utcb == 0 || utcb == ANY) {
		if (stays || !active)
			return 0;
		utcb = space_of(t)->utcb + (uint64_t)t->slot * UTCB_SIZE;
	} else if (stays && active) {
		return L4_ErrUtcbArea;
	} else if (stays && t->slot < NSLOT && utcb == s->utcb + (uint64_t)t->slot * UTCB_SIZE) {
		return 0;
	}
	return utcb_slot(s, utcb, slot);
}

/* An active thread goes to another space only while it has no Linux thread: sys.c makes it park. */
static int
thread_modify(Op *op, Tcb *me, Tcb *t, uint64_t dest, uint64_t space, uint64_t sched, uint64_t pager, uint64_t utcb)
{
	Tcb *in = space != dest ? tcb_find(me, space) : t, *sc = sched != 0 ? tcb_find(me, sched) : NULL;
	Space *s = in != NULL ? space_of(in) : NULL, *old = space_of(t);
	bool active = t->state != TS_INACTIVE;
	uint32_t slot;
	int rc;

	if (s == NULL || s->state == SP_DEAD)
		return L4_ErrInvalidSpace;
	if (s != old && active && (t->ltid != 0 || t->crashed || s->kip == 0))
		return L4_ErrInvalidSpace;
	if (sched != 0 && sc == NULL && sched != dest)
		return L4_ErrInvalidScheduler;
	if (pager != 0 && !active && s->kip == 0)
		return L4_ErrInvalidSpace;
	if ((rc = slot_for(t, s, utcb, &slot)) != 0)
		return rc;
	if (pager != 0 && !active && slot == NSLOT)
		return L4_ErrUtcbArea;
	/* all checks are above this line */
	if (s != old) {
		thread_move(op, t, s, slot);
		if (old->nthread == 0)
			space_end(op, old);
	} else if (t->slot != slot && t->slot < NSLOT) {
		s->slot[t->slot] = 0;
	}
	t->slot = slot;
	if (slot < NSLOT)
		s->slot[slot] = t->no + 1;
	thread_rename(op, t, dest);
	if (sched != 0)
		t->scheduler = sc != NULL ? sc->id : dest;
	if (pager != 0 && !active)
		thread_activate(t, globalize(me, pager));
	else if (pager != 0) {
		mrs_of(t)[L4_TCR_Pager] = globalize(me, pager);
		if (t->fresh)
			t->from = globalize(me, pager);
	}
	return 0;
}

/*
 * Deletion has two halves: here the thread leaves all IPC and is told to die;
 * the caller waits for its Linux thread without a lock, then thread_free.
 */
static void
thread_doom(Op *op, Tcb *t)
{
	ipc_forget(op, t);
	if (t->state != TS_INACTIVE)
		space_of(t)->nactive--;
	t->state = TS_GONE;
	t->fresh = false;
	t->crashed = t->crashed || t->ltid == 0;
	atomic_fetch_or(&t->attn, AT_DIE);
	t->blocked = BLK_LOOK;
	op_wake(op, t);
	lx_futex_wake(&t->attn, 1);
	if (t->ltid != 0 && t->ustate == US_USER)
		thread_kick(op, t);
}

int
thread_control(Op *op, Tcb *me, uint64_t dest, uint64_t space, uint64_t sched, uint64_t pager, uint64_t utcb, Tcb **dying)
{
	uint64_t no = dest >> 32;
	Tcb *t, *old;

	*dying = NULL;
	if (!space_of(me)->privileged)
		return L4_ErrNoPrivilege;
	if (is_local_id(dest) && (t = tcb_find(me, dest)) != NULL) {
		dest = t->id;
		no = dest >> 32;
	}
	if (no < SYSTEM_BASE)
		return irq_control(op, me, dest, space, pager);
	if (is_local_id(dest) || no < USER_BASE || no >= NTHREAD)
		return L4_ErrInvalidThread;
	old = tcb_at((uint32_t)no);
	t = old->state != TS_FREE && old->id != 0 ? old : NULL;
	if (space == 0) {
		if (t == NULL || t->id != dest)
			return L4_ErrInvalidThread;
		if (t == me || t->no == USER_BASE || (t->attn & AT_DIE))
			return L4_ErrInvalidThread;
		thread_doom(op, t);
		*dying = t;
		return 0;
	}
	if (t == NULL)
		return thread_create(me, dest, space, sched, pager, utcb, op);
	if (t->attn & AT_DIE)
		return L4_ErrInvalidThread;
	return thread_modify(op, me, t, dest, space, sched, pager, utcb);
}

/* X.2 allows it in the own space; "pagerexregs": also a thread's pager, and the privileged */
bool
may_exregs(const Tcb *me, const Tcb *t)
{
	if (t->state == TS_INACTIVE || t->attn & AT_DIE)
		return false;
	return t->space == me->space || space_at(me->space)->privileged || mrs_of(t)[L4_TCR_Pager] == me->id;
}
