/*
 * servants/virtio_net.c - virtio network cards, for #l: one receive and one send
 * queue of whole frames, each in a DMA buffer of its own behind virtio's header.
 * No offload is asked for: a frame is one buffer, its check sums are the sender's.
 * The device may say what it likes: a length that no frame has is counted and
 * the buffer goes back; ids are virtio.c's to check.
 * LOCKS   Vnet.lk guards the queues and out_busy; leaf. EtherCard.room is woken
 *         outside, frames are copied outside: a buffer is the device's, or its taker's.
 * LIMITS  NRX frames wait to be taken, then the device drops; NTX to be sent, then
 *         writers wait (a note ends that). DRAIN_MS for the last frames at shutdown.
 * SEE     virtio 1.1, 5.1; tests/unit/virtio_net.c
 */
#include "hvm/hvm.h"
#include "servants/ether_impl.h"
#include "servants/virtio_impl.h"

enum {
	QUEUE_RX = 0, QUEUE_TX = 1, F_MAC = 5, F_STATUS = 16, CFG_MAC = 0, CFG_STATUS = 6, LINK_UP = 1,
	HEADER = 12 /* flags, gso, sizes, num_buffers: 0 but the last, which is the device's */,
	SLOT = 2048, NRX = 64, NTX = 32, NET_PAGE = 4096, DRAIN_MS = 1000,
};
_Static_assert(HEADER + ETHER_MAX <= SLOT && NTX <= 32, "a frame fits; a bit for each buffer");

typedef struct Vnet Vnet;
struct Vnet {
	EtherCard card;
	VirtioDev dev;
	char name[16];
	EtherInput *input;
	void *arg;
	bool has_status;
	uint8_t *in, *out;       /* SLOT bytes each */
	uint64_t inpa, outpa;
	Lock lk;
	Virtq rx, tx;            /* lk */
	uint32_t out_busy;       /* lk; bit i: slot i is a writer's or the device's */
};

static void
link_look(Vnet *d)
{
	uint16_t status = LINK_UP;

	if (d->has_status)
		plat_virtio_config(&d->dev, CFG_STATUS, &status, sizeof status);
	atomic_store(&d->card.link, (status & LINK_UP) != 0);
}

/* ---- receiving ---- */
/* REQUIRES d->lk. Gives the device a buffer to fill. */
static void
rx_offer_locked(Vnet *d, uint8_t *slot)
{
	VirtBuf b = { d->inpa + (size_t)(slot - d->in), SLOT, true };

	if (virtq_add(&d->rx, &b, 1, slot) < 0)
		panic("%s: receive queue", d->name);
}

static void
rx_take(Vnet *d)
{
	uint8_t *slot;
	uint32_t len;
	bool any = false;

	for (;;) {
		lock(&d->lk);
		slot = virtq_take(&d->rx, &len);
		unlock(&d->lk);
		if (slot == NULL)
			break;
		if (len >= HEADER + ETHER_HEAD && len <= HEADER + ETHER_MAX)
			d->input(d->arg, slot + HEADER, len - HEADER);
		else
			atomic_fetch_add(&d->card.bad_size, 1);
		lock(&d->lk);
		rx_offer_locked(d, slot);
		unlock(&d->lk);
		any = true;
	}
	if (any)
		virtq_kick(&d->rx);
}

/* ---- sending ---- */
/* REQUIRES d->lk. */
static void
tx_reap_locked(Vnet *d)
{
	uint8_t *slot;
	uint32_t len;

	while ((slot = virtq_take(&d->tx, &len)) != NULL)
		d->out_busy &= ~(1u << (slot - d->out) / SLOT);
}

/* REQUIRES d->lk. A slot that is nobody's; -1: none. */
static int
tx_free_locked(Vnet *d)
{
	tx_reap_locked(d);
	for (unsigned i = 0; i < d->card.ntx; i++)
		if (!(d->out_busy >> i & 1))
			return (int)i;
	return -1;
}

static void *
vnet_claim(EtherCard *card)
{
	Vnet *d = (Vnet *)card;
	int i;

	lock(&d->lk);
	if ((i = tx_free_locked(d)) >= 0)
		d->out_busy |= 1u << i;
	unlock(&d->lk);
	return i < 0 ? NULL : d->out + (unsigned)i * SLOT + HEADER;
}

static bool
vnet_has_room(void *card)
{
	Vnet *d = card;
	bool room;

	lock(&d->lk);
	room = tx_free_locked(d) >= 0;
	unlock(&d->lk);
	return room;
}

static void
vnet_send(EtherCard *card, void *frame, size_t n)
{
	Vnet *d = (Vnet *)card;
	uint8_t *slot = (uint8_t *)frame - HEADER;
	VirtBuf b = { d->outpa + (size_t)(slot - d->out), (uint32_t)(HEADER + n), false };
	int rc;

	lock(&d->lk);
	if ((rc = virtq_add(&d->tx, &b, 1, slot)) < 0)
		d->out_busy &= ~(1u << (slot - d->out) / SLOT);
	unlock(&d->lk);
	if (rc < 0)
		atomic_fetch_add(&card->nsend_failed, 1);
	else
		virtq_kick(&d->tx);
}

static void
vnet_interrupt(void *arg, uint32_t isr)
{
	Vnet *d = arg;

	if (isr & 2)
		link_look(d);
	lock(&d->lk);
	tx_reap_locked(d);
	unlock(&d->lk);
	rendez_wakeup(&d->card.room); /* always: vnet_claim may have reaped in our place */
	rx_take(d);
}

/* ---- start and end ---- */
static bool
vnet_idle(void *arg)
{
	Vnet *d = arg;
	bool idle;

	lock(&d->lk);
	tx_reap_locked(d);
	idle = d->out_busy == 0;
	unlock(&d->lk);
	return idle;
}

static void
vnet_shutdown(EtherCard *card)
{
	Vnet *d = (Vnet *)card;
	uint64_t got;

	if (rendez_sleep(&card->room, vnet_idle, d, DRAIN_MS) < 0)
		klog("%s: frames are left unsent\n", d->name);
	(void)plat_virtio_reset(&d->dev, VIRTIO_F_VERSION_1, &got); /* it writes to memory no more */
}

static int
slots_make(size_t n, uint8_t **mem, uint64_t *pa)
{
	void *va;
	int rc = hvm_mem((n * SLOT + NET_PAGE - 1) / NET_PAGE, &va, pa);

	if (rc == 0)
		*mem = va;
	return rc;
}

/* The card's own address, or one of the kind that anybody may take. */
static void
addr_make(Vnet *d, uint64_t features)
{
	uint8_t *a = d->card.addr;

	if (features >> F_MAC & 1)
		plat_virtio_config(&d->dev, CFG_MAC, a, ETHER_ADDR);
	if (!(a[0] & 1) && (a[0] | a[1] | a[2] | a[3] | a[4] | a[5]) != 0)
		return;
	if (vrng_read(a, ETHER_ADDR) != ETHER_ADDR) {
		int64_t now = wall_ns();

		memcpy(a, &now, ETHER_ADDR);
	}
	a[0] = (uint8_t)((a[0] & 0xFC) | 2);
}

static int
features_agree(VirtioDev *dev, uint64_t *got)
{
	int rc = plat_virtio_reset(dev, 1ull << F_MAC | 1ull << F_STATUS | VIRTIO_F_VERSION_1, got);

	if (rc == 0 && !(*got & VIRTIO_F_VERSION_1))
		rc = seterr(Eio, "a device of before virtio 1.0");
	return rc;
}

static int
vnet_setup(Vnet *d, uint64_t features)
{
	int rc;

	if ((rc = virtq_init(&d->rx, &d->dev, QUEUE_RX, NRX)) < 0 ||
	    (rc = virtq_init(&d->tx, &d->dev, QUEUE_TX, NTX)) < 0 ||
	    (rc = slots_make(d->rx.num, &d->in, &d->inpa)) < 0 ||
	    (rc = slots_make(d->tx.num, &d->out, &d->outpa)) < 0)
		return rc;
	d->card.nrx = d->rx.num;
	d->card.ntx = d->tx.num;
	addr_make(d, features);
	d->has_status = features >> F_STATUS & 1;
	for (unsigned i = 0; i < d->card.nrx; i++)
		rx_offer_locked(d, d->in + i * SLOT); /* nobody else knows the queue */
	plat_virtio_start(&d->dev);
	link_look(d);
	if ((rc = virtio_irq_start(d->name, &d->dev, vnet_interrupt, d)) < 0)
		return rc;
	virtq_kick(&d->rx);
	return 0;
}

EtherCard *
vnet_start(int nth, EtherInput *input, void *arg)
{
	uint64_t features = 0;
	VirtioDev dev;
	Vnet *d;

	if (virtio_find(VIRTIO_NET, nth, &dev) < 0)
		return NULL;
	if (features_agree(&dev, &features) < 0 || (d = calloc(1, sizeof *d)) == NULL) {
		klog("net%d: %s\n", nth, err_reason());
		return NULL;
	}
	snprintf(d->name, sizeof d->name, "net%d", nth);
	d->dev = dev;
	d->input = input;
	d->arg = arg;
	d->card.driver = "virtio";
	d->card.claim = vnet_claim;
	d->card.has_room = vnet_has_room;
	d->card.send = vnet_send;
	d->card.shutdown = vnet_shutdown;
	if (vnet_setup(d, features) < 0) {
		/* not freed: the device may know of the memory */
		klog("%s: %s\n", d->name, err_reason());
		return NULL;
	}
	return &d->card;
}
