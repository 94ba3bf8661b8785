/*
 * irq.c - interrupts: one thread for each line, any number of devices on it.
 * At an interrupt every device of the line is asked for its status, which takes
 * its signal from the line; then the line is enabled again (the answer to the
 * interrupt's message); then the handlers of those that had one run. What happens
 * meanwhile raises the line anew.
 * LOCKS  irqs.lk guards the table and the lists, a leaf; a list only grows, at
 *        its head, so that the line's thread walks it without the lock.
 * SEE    X.2, 6.4 (interrupts as IPC)
 */
#include "core/core_impl.h"

enum { NLINE = 32, UNCLAIMED_MAX = 1000 };

typedef struct Handler Handler;
struct Handler {
	const char *name;
	uint32_t (*status)(void *arg);
	void (*fn)(void *arg, uint32_t status);
	void *arg;
	uint32_t got;             /* the line's thread's */
	Handler *next;            /* immutable */
};
typedef struct Line Line;
struct Line {
	int irq;                  /* immutable */
	_Atomic(Handler *) head;
	unsigned unclaimed;       /* the line's thread's: in a row */
};
static struct {
	Lock lk;
	Line line[NLINE];         /* lk */
	size_t n;                 /* lk */
	atomic_uint count;
} irqs = { .lk = LOCK_INIT };

unsigned
irq_count(void)
{
	return atomic_load(&irqs.count);
}

/* A device that nobody drives holds the line: the others get what time is left. */
static void
line_unclaimed(Line *l)
{
	if (++l->unclaimed == UNCLAIMED_MAX)
		klog("irq %d: no device of ours raises it; it is served slowly from now on\n", l->irq);
	if (l->unclaimed >= UNCLAIMED_MAX)
		L4_Sleep(L4_TimePeriod(10000));
}

/* Asks all devices; true: one had something. */
static bool
line_ask(Line *l)
{
	bool any = false;

	for (Handler *h = atomic_load(&l->head); h != NULL; h = h->next) {
		h->got = h->status(h->arg);
		any = any || h->got != 0;
	}
	return any;
}

static void
line_run(Line *l)
{
	for (Handler *h = atomic_load(&l->head); h != NULL; h = h->next) {
		uint32_t got = h->got;

		h->got = 0;       /* one that was added after line_ask has none */
		if (got != 0)
			h->fn(h->arg, got);
	}
}

static void
line_loop(void *arg)
{
	Line *l = arg;
	L4_ThreadId_t irq = L4_GlobalId((L4_Word_t)l->irq, 1);
	int rc, failed = 0;

	if ((rc = hvm_irq(l->irq)) < 0) {
		klog("%s: interrupt %d: %s\n", atomic_load(&l->head)->name, l->irq, err_text(rc));
		return;
	}
	while (failed < 100) {
		L4_MsgTag_t tag = L4_Receive(irq);
		bool any;

		if (L4_IpcFailed(tag)) {
			failed++;
			continue;
		}
		failed = 0;
		any = line_ask(l);
		if (any)
			l->unclaimed = 0;
		else
			line_unclaimed(l);
		L4_Set_MsgTag(L4_Niltag);
		L4_Send(irq);
		atomic_fetch_add(&irqs.count, 1);
		line_run(l);
	}
	klog("%s: interrupt %d lost\n", atomic_load(&l->head)->name, l->irq);
}

/* REQUIRES irqs.lk. The line of that number, or a new one; NULL: all are taken. */
static Line *
line_find_locked(int irq, bool *fresh)
{
	*fresh = false;
	for (size_t i = 0; i < irqs.n; i++)
		if (irqs.line[i].irq == irq)
			return &irqs.line[i];
	if (irqs.n == NLINE)
		return NULL;
	*fresh = true;
	irqs.line[irqs.n].irq = irq;
	return &irqs.line[irqs.n++];
}

int
irq_attach(const char *name, int irq, uint32_t (*status)(void *arg),
    void (*fn)(void *arg, uint32_t status), void *arg)
{
	Handler *h = malloc(sizeof *h);
	bool fresh;
	Line *l;

	if (h == NULL)
		return seterr(Enomem, NULL);
	*h = (Handler){ .name = name, .status = status, .fn = fn, .arg = arg };
	lock(&irqs.lk);
	if ((l = line_find_locked(irq, &fresh)) != NULL) {
		h->next = atomic_load(&l->head);
		atomic_store(&l->head, h);
	}
	unlock(&irqs.lk);
	if (l == NULL) {
		free(h);
		return seterr(Enospc, "%s: interrupt %d: more than %d lines", name, irq, NLINE);
	}
	return fresh ? core_thread(name, line_loop, l) : 0;
}
