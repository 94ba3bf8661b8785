/*
 * kcheck.c - is the kernel's state what its comments say? Threads, queues,
 * timers, spaces; page tables against the mapping database.
 *
 * The debugger's "check" runs it, the boot word check=N after every Nth entry
 * from user mode; then a fault is a panic that names it. It changes nothing.
 * REQUIRES  the way out to user mode
 */
#include "target-x86/kernel/kernel.h"

static const char *fault;	/* the first thing found wrong */
static Word fault_id;

static void
want(bool ok, Word id, const char *what)
{
	if (!ok && !fault) {
		fault = what;
		fault_id = id;
	}
}

static bool
list_whole(const Link *head)
{
	for (const Link *l = head; l->next != head; l = l->next)
		if (l->next->prev != l)
			return false;
	return head->prev->next == head;
}

static void
senders_check(Thread *t)
{
	want(list_whole(&t->senders), t->id, "its queue of senders is torn");
	for (Link *l = t->senders.next; !fault && l != &t->senders; l = l->next) {
		Thread *s = CONTAINER(l, Thread, queue);

		want(s->state == T_WAIT_SEND, s->id, "in a queue of senders, but does not send");
	}
}

/* one end of a transfer: the other one's fault, or nothing, may be in between */
static void
transfer_check(const Thread *t, const Transfer *x)
{
	const Thread *o = x->other;

	if (!o)
		return;
	want(thread_find(o->id) == o, t->id, "in a transfer with no thread");
	want(fault || o->xfer.other == t || o->outer.other == t, t->id, "in a transfer that the other side does not know of");
}

static void
state_check(Thread *t)
{
	bool queued = !list_empty(&t->ready);

	want(t->state <= T_NO_QUANTUM, t->id, "no such state");
	want(queued == (t->state == T_READY && t != current), t->id, "ready, and in no ready queue, or the other way");
	want((t->state == T_WAIT_SEND) == !list_empty(&t->queue), t->id, "sends, and is in no queue, or the other way");
	want(t->utcb || t->state == T_INACTIVE, t->id, "active without a UTCB");
	want(list_empty(&t->timer) || t->slow & SLOW_TIMER, t->id, "a timer that the fast path does not see");
	want(!list_empty(&t->timer) || !(t->slow & SLOW_TIMER), t->id, "said to have a timer");
	if (t->state == T_SENDING || t->state == T_RECEIVING || t->state == T_WAIT_FAULT)
		want(t->xfer.other, t->id, "waits in a transfer that is over");
	transfer_check(t, &t->xfer);
	transfer_check(t, &t->outer);
}

static void
thread_check(Thread *t)
{
	want(thread_find(t->id) == t, t->id, "not found by its id");
	want(t->guard == STACK_GUARD, t->id, "its kernel stack ran over");
	want(t->space && t->cr3 == t->space->cr3, t->id, "its page directory is not its space's");
	want(t->prio < 256, t->id, "its priority is out of range");
	if (!fault)
		state_check(t);
	if (!fault)
		senders_check(t);
	if (!fault && t->utcb)
		want(map_own_at(&t->space->map, t->utcb_user) == t->utcb, t->id, "its UTCB is not mapped where it says");
}

static void
space_check(Space *s)
{
	Word n = 0;

	want(list_whole(&s->threads), s->cr3, "a space's list of threads is torn");
	for (Link *l = s->threads.next; !fault && l != &s->threads; l = l->next, n++)
		want(CONTAINER(l, Thread, in_space)->space == s, s->cr3, "a space lists another's thread");
	want(fault || n == s->nthread, s->cr3, "a space miscounts its threads");
	if (!fault && !map_ops_any())	/* else the database is between two states */
		want(map_check(&s->map), s->cr3, "page tables and mapping database differ");
}

static bool
check_all(void)
{
	fault = NULL;
	want(list_whole(&all_threads), 0, "the list of threads is torn");
	want(list_whole(&all_spaces), 0, "the list of spaces is torn");
	want(sched_check(), 0, "the ready queues and their bits differ");
	for (Link *l = all_threads.next; !fault && l != &all_threads; l = l->next)
		thread_check(CONTAINER(l, Thread, all));
	for (Link *l = all_spaces.next; !fault && l != &all_spaces; l = l->next)
		space_check(CONTAINER(l, Space, all));
	want(fault || kmem_check(), 0, "the page pool miscounts its pages");
	return !fault;
}

bool
kernel_check(void)
{
	if (check_all())
		return true;
	kprintf("check: %08x: %s\n", fault_id, fault);
	return false;
}

Word check_every;

void
check_tick(void)
{
	static Word count;

	if (++count < check_every)
		return;
	count = 0;
	if (!check_all())
		panic("check: %08x: %s", fault_id, fault);
}
