/*
 * servants/virtio.c - split virtqueues.
 * What the device writes (used ring) is not trusted: an id that is not in
 * flight is dropped, chains are followed in our own table.
 * The rings are little-endian, as every machine of LP49 is.
 * LOCKS   none: the driver holds its own around virtq_add and virtq_take
 * SEE     virtio 1.1, 2.6; lib9/plat.h; tests/unit/virtio_blk.c
 */
#include "hvm/hvm.h"
#include "servants/virtio_impl.h"

enum { DESC_NEXT = 1, DESC_WRITE = 2, USED_NO_NOTIFY = 1, PAGE = 4096 };

struct VirtDesc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};
struct VirtAvail {
	uint16_t flags;
	_Atomic uint16_t index;
	uint16_t ring[];
};
struct VirtElem {
	uint32_t id, len;
};
struct VirtUsed {
	_Atomic uint16_t flags, index;
	struct VirtElem ring[];
};
_Static_assert(sizeof(struct VirtDesc) == 16, "virtio 2.6.5");
_Static_assert(sizeof(struct VirtElem) == 8, "virtio 2.6.8");

int
virtio_find(uint32_t device_id, int nth, VirtioDev *out)
{
	VirtioDev d;

	for (int i = 0; plat_virtio_probe(i, &d) == 0; i++)
		if (d.device_id == device_id && nth-- == 0) {
			*out = d;
			return 0;
		}
	return seterr(Enonexist, "virtio device %u", (unsigned)device_id);
}

int
virtq_init(Virtq *q, VirtioDev *dev, int index, uint16_t want)
{
	uint16_t max = plat_virtio_queue_max(dev, index), num = 1;
	size_t used, size;
	void *va;
	uint64_t pa;
	int rc;

	if (max == 0)
		return seterr(Enonexist, "virtio queue %d", index);
	while (num * 2 <= want && num * 2 <= max)
		num *= 2;
	used = (sizeof(struct VirtDesc) * num + sizeof(struct VirtAvail) + 2u * num + 2 + 63) & ~(size_t)63;
	size = used + sizeof(struct VirtUsed) + sizeof(struct VirtElem) * num + 2;
	q->next = calloc(num, sizeof *q->next);
	q->token = calloc(num, sizeof *q->token);
	if (q->next == NULL || q->token == NULL)
		return seterr(Enomem, NULL);
	if ((rc = hvm_mem((size + PAGE - 1) / PAGE, &va, &pa)) < 0)
		return rc;
	q->dev = dev;
	q->index = index;
	q->num = q->nfree = num;
	q->head = q->taken = 0;
	for (uint16_t i = 0; i < num; i++)
		q->next[i] = (uint16_t)(i + 1);
	q->desc = va;
	q->avail = (struct VirtAvail *)(q->desc + num);
	q->used = (struct VirtUsed *)((uint8_t *)va + used);
	return plat_virtio_queue(dev, index, num, pa, pa + sizeof(struct VirtDesc) * num, pa + used);
}

int
virtq_add(Virtq *q, const VirtBuf *b, size_t nb, void *token)
{
	uint16_t first = q->head, at = first, last = first, slot;

	if (nb == 0 || nb > q->nfree)
		return -Enospc;
	for (size_t i = 0; i < nb; i++) {
		struct VirtDesc *d = &q->desc[at];

		d->addr = b[i].pa;
		d->len = b[i].n;
		d->flags = (uint16_t)((b[i].in ? DESC_WRITE : 0) | (i + 1 < nb ? DESC_NEXT : 0));
		d->next = i + 1 < nb ? q->next[at] : 0;
		last = at;
		at = q->next[at];
	}
	q->head = at;
	q->next[last] = q->num; /* ends the chain in our table */
	q->nfree = (uint16_t)(q->nfree - nb);
	q->token[first] = token;
	slot = atomic_load_explicit(&q->avail->index, memory_order_relaxed);
	q->avail->ring[slot % q->num] = first;
	/* the device must see the chain before the index */
	atomic_store_explicit(&q->avail->index, (uint16_t)(slot + 1), memory_order_release);
	return 0;
}

void
virtq_kick(Virtq *q)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (!(atomic_load(&q->used->flags) & USED_NO_NOTIFY))
		plat_virtio_notify(q->dev, q->index);
}

void *
virtq_take(Virtq *q, uint32_t *len)
{
	while (q->taken != atomic_load_explicit(&q->used->index, memory_order_acquire)) {
		struct VirtElem e = q->used->ring[q->taken % q->num];
		uint16_t at = (uint16_t)e.id, last = at;
		void *token;

		q->taken++;
		if (e.id >= q->num || (token = q->token[e.id]) == NULL)
			continue;
		q->token[e.id] = NULL;
		for (; at != q->num; at = q->next[at]) {
			last = at;
			q->nfree++;
		}
		q->next[last] = q->head;
		q->head = (uint16_t)e.id;
		*len = e.len;
		return token;
	}
	return NULL;
}
