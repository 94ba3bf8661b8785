/*
 * sim/host/device.c - register pages and virtqueues, the device's side.
 * Nothing that the guest writes is trusted: ring sizes, addresses and indices
 * are checked, a bad one stops the queue (the driver sees no completion).
 * SEE virtio 1.1, 2.6 (split virtqueues); sim/sim.h for the register page.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "sim/host/host.h"

enum { DESC_NEXT = 1, DESC_WRITE = 2 };

typedef struct Desc Desc;
struct Desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};
typedef struct Queue Queue;
struct Queue {
	uint16_t avail, used;   /* our positions */
	bool bad;
};
static struct {
	const Device *ops;
	Queue queue[32];
	uint32_t status;
	uint32_t ring;          /* entries at most, and: */
	int nqueue;             /* the page's numbers are the guest's to spoil */
} device[SIM_DEV_MAX];
static int ndevice;
extern size_t ram_size;

int
device_add(uint32_t device_id, uint64_t features, int nqueue, uint32_t ring, const Device *d)
{
	SimDev *r = node_dev(ndevice);

	if (ndevice == SIM_DEV_MAX) {
		fprintf(stderr, "lp49sim: more than %d devices\n", SIM_DEV_MAX);
		lp49sim_exit(EXIT_USAGE);
	}
	memset(r, 0, sizeof *r);
	r->device_id = device_id;
	r->features = features | 1ull << 32; /* VIRTIO_F_VERSION_1 */
	r->nqueue = (uint32_t)nqueue;
	for (int q = 0; q < nqueue; q++)
		r->queue[q].max = ring;
	r->magic = 0x74726976;
	device[ndevice].ops = d;
	device[ndevice].ring = ring;
	device[ndevice].nqueue = nqueue;
	return ndevice++;
}

void
device_irq(int dev, uint32_t isr)
{
	atomic_fetch_or((_Atomic uint32_t *)&node_dev(dev)->isr, isr);
	node_irq(dev);
}

void
device_bell(int dev)
{
	SimDev *r;
	uint32_t status, bits;

	if (dev < 0 || dev >= ndevice)
		return;
	r = node_dev(dev);
	status = atomic_load((_Atomic uint32_t *)&r->status);
	if (status != device[dev].status) {
		if (status == 0)
			memset(device[dev].queue, 0, sizeof device[dev].queue);
		device[dev].status = status;
		atomic_store((_Atomic uint32_t *)&r->ack, status);
		if (status & 4 && device[dev].ops->start)
			device[dev].ops->start(dev);
	}
	bits = atomic_exchange((_Atomic uint32_t *)&r->notify, 0);
	for (int q = 0; q < device[dev].nqueue; q++)
		if (bits >> q & 1 && device[dev].ops->notify)
			device[dev].ops->notify(dev, q);
}

/* Guest memory [pa, pa + n), or NULL. */
static void *
guest_at(uint64_t pa, uint64_t n)
{
	if (pa > ram_size || n > ram_size - pa)
		return NULL;
	return node_ram() + pa;
}

/* A copy of the queue's registers, checked: the guest may change the page at any time. */
static bool
queue_regs(int dev, int q, SimQueue *s)
{
	*s = *(volatile SimQueue *)&node_dev(dev)->queue[q];
	return !device[dev].queue[q].bad && s->ready && s->num != 0 &&
	    s->num <= device[dev].ring && (s->num & (s->num - 1)) == 0 &&
	    (s->desc & 15) == 0 && (s->avail & 1) == 0 && (s->used & 3) == 0;
}

static bool
queue_bad(int dev, int q, const char *why)
{
	device[dev].queue[q].bad = true;
	fprintf(stderr, "lp49sim: device %d queue %d stopped: %s\n", dev, q, why);
	return false;
}

/* How many chains wait; 0 too when the queue is not set up, or stops here. */
static unsigned
queue_count(int dev, int q, SimQueue *s, _Atomic uint16_t **avail)
{
	uint16_t n;

	if (!queue_regs(dev, q, s) || (*avail = guest_at(s->avail, 4 + 2 * s->num)) == NULL)
		return 0;
	n = (uint16_t)(atomic_load(*avail + 1) - device[dev].queue[q].avail);
	if (n <= s->num)
		return n;
	(void)queue_bad(dev, q, "index beyond the ring");
	return 0;
}

bool
queue_waiting(int dev, int q)
{
	_Atomic uint16_t *avail;
	SimQueue s;

	return queue_count(dev, q, &s, &avail) > 0;
}

bool
queue_pop(int dev, int q, Chain *c)
{
	SimQueue s;
	_Atomic uint16_t *avail;
	volatile Desc *d;
	uint16_t i;

	if (queue_count(dev, q, &s, &avail) == 0)
		return false;
	if ((d = guest_at(s.desc, sizeof *d * s.num)) == NULL)
		return queue_bad(dev, q, "descriptors outside memory");
	memset(c, 0, offsetof(Chain, iov));
	c->outsize = c->insize = 0;
	i = c->head = atomic_load(avail + 2 + device[dev].queue[q].avail % s.num);
	for (int n = 0;; n++) {
		Desc e;

		if (i >= s.num || n == (int)(sizeof c->iov / sizeof c->iov[0]))
			return queue_bad(dev, q, "bad descriptor chain");
		e = d[i]; /* once: the guest may change it behind the checks */
		c->iov[n].iov_base = guest_at(e.addr, e.len);
		c->iov[n].iov_len = e.len;
		if (c->iov[n].iov_base == NULL)
			return queue_bad(dev, q, "buffer outside memory");
		if (e.flags & DESC_WRITE) {
			c->nin++;
			c->insize += e.len;
		} else if (c->nin > 0) {
			return queue_bad(dev, q, "readable after writable");
		} else {
			c->nout++;
			c->outsize += e.len;
		}
		if (!(e.flags & DESC_NEXT))
			break;
		i = e.next;
	}
	device[dev].queue[q].avail++;
	return true;
}

void
queue_push(int dev, int q, uint16_t head, uint32_t written)
{
	SimQueue s;
	uint16_t *used;
	uint32_t *elem;
	Queue *own = &device[dev].queue[q];

	if (!queue_regs(dev, q, &s) || (used = guest_at(s.used, 4 + 8 * s.num)) == NULL)
		return;
	elem = (uint32_t *)(used + 2) + 2 * (own->used % s.num);
	elem[0] = head;
	elem[1] = written;
	own->used++;
	atomic_store((_Atomic uint16_t *)&used[1], own->used);
	device_irq(dev, 1);
}
