/*
 * hvm/event.c - threads in trouble: a queue that CORE reads with hvm_event().
 *
 * A thread that did something HVM can't serve stays blocked, since its page
 * fault or exception IPC gets no answer. CORE is told once, and ends the
 * process (hvm_kill), sends it on elsewhere (hvm_note), or puts a new program
 * in its place (hvm_exec). The text is made when it is asked for.
 */
#include "hvm/space_impl.h"

static struct {
	Thread *head, *tail;
	Thread *waiter;      /* CORE's thread in hvm_event() */
	L4_ThreadId_t id;    /* … its id, should the slot be used again */
	uintptr_t buf;       /* … where its text goes, in CORE */
	size_t size;
} events;

void
event_text(const Thread *t, char *text, size_t n)
{
	unsigned long addr = t->addr, pc = t->pc;

	switch (t->trouble) {
	case TROUBLE_FAULT:
		snprintf(text, n, "sys: trap: fault %s addr=0x%lx pc=0x%lx",
		    t->want & L4_Writable ? "write" : t->want & L4_Readable ? "read" : "exec",
		    addr, pc);
		break;
	case TROUBLE_STACK:
		snprintf(text, n, "sys: trap: stack overflow addr=0x%lx pc=0x%lx", addr, pc);
		break;
	case TROUBLE_MEMORY:
		snprintf(text, n, "sys: out of memory addr=0x%lx pc=0x%lx", addr, pc);
		break;
	case TROUBLE_EXCEPTION:
		snprintf(text, n, "sys: trap: %s pc=0x%lx", t->what, pc);
		break;
	case TROUBLE_START:
		snprintf(text, n, "sys: program did not start");
		break;
	default:
		snprintf(text, n, "sys: killed");
		break;
	}
}

static void
queue_remove(Thread *t)
{
	Thread *before = NULL;

	for (Thread *q = events.head; q != t; q = q->next)
		before = q;
	if (before == NULL)
		events.head = t->next;
	else
		before->next = t->next;
	if (events.tail == t)
		events.tail = before;
	t->queued = false;
	t->next = NULL;
}

/* Tells the waiter about the first of the queue; it stays there if nobody hears. */
static void
event_deliver(void)
{
	Thread *t = events.head, *w = events.waiter;
	char text[ERRMAX];
	L4_Msg_t m;
	int64_t n;

	if (t == NULL || w == NULL)
		return;
	events.waiter = NULL;
	if (w->state == THREAD_FREE || w->id.raw != events.id.raw)
		return;
	event_text(t, text, sizeof text);
	n = mem_copy(w->space, events.buf, NULL, (uintptr_t)text,
	    events.size < sizeof text ? events.size : sizeof text);
	L4_MsgClear(&m);
	L4_MsgAppendWord(&m, (L4_Word_t)(n < 0 ? (intptr_t)n : 0));
	L4_MsgAppendWord(&m, (L4_Word_t)t->space->sid);
	L4_MsgAppendWord(&m, t->id.raw);
	L4_MsgLoad(&m);
	if (L4_IpcFailed(L4_Send_Timeout(w->id, L4_ZeroTime)) || n < 0)
		return;
	queue_remove(t);
}

int
event_wait(Thread *t, uintptr_t buf, size_t n)
{
	events.waiter = t;
	events.id = t->id;
	events.buf = buf;
	events.size = n;
	event_deliver();
	return 0;
}

void
event_post(Thread *t)
{
	if (!t->queued) {
		t->queued = true;
		t->next = NULL;
		if (events.tail != NULL)
			events.tail->next = t;
		else
			events.head = t;
		events.tail = t;
	}
	event_deliver();
}

void
event_drop(Thread *t)
{
	if (t->queued)
		queue_remove(t);
	t->trouble = TROUBLE_NONE;
}
