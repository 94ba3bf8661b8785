/*
 * tests/unit/virtio_net.c - the network card's driver against a device that the
 * test plays itself, also one that lies.
 * Goal: frames go both ways unchanged, buffers come back and are used again; what a
 * device says of lengths and ids can't lead the driver out of its buffers.
 */
#include "tests/unit.h"
#include "tests/unit/fake_core.h"
#include "servants/virtio.c"
#include "servants/virtio_net.c"

enum { NQ = 16 };
typedef struct Ring Ring;
struct Ring {
	struct VirtDesc *desc;
	struct VirtAvail *avail;
	struct VirtUsed *used;
	uint16_t seen;
};
static struct {
	Ring ring[2];
	unsigned queue_max[2];
	uint8_t mac[ETHER_ADDR];
	uint16_t status;
	uint64_t features;
	Vnet *driver;
	unsigned nreset, kicks[2];
} dev;
static struct {
	unsigned n;
	size_t size;
	uint8_t data[SLOT];
} got;

int
plat_virtio_probe(int index, VirtioDev *d)
{
	*d = (VirtioDev){ .device_id = VIRTIO_NET };
	return index == 0 ? 0 : -Enonexist;
}

int
plat_virtio_reset(VirtioDev *d, uint64_t want, uint64_t *features)
{
	USED(d);
	dev.nreset++;
	*features = want & dev.features;
	return 0;
}

uint16_t
plat_virtio_queue_max(VirtioDev *d, int q)
{
	USED(d);
	return (uint16_t)dev.queue_max[q];
}

int
plat_virtio_queue(VirtioDev *d, int q, uint16_t num, uint64_t desc, uint64_t avail, uint64_t used)
{
	USED(d), USED(num);
	dev.ring[q] = (Ring){ (void *)(uintptr_t)desc, (void *)(uintptr_t)avail, (void *)(uintptr_t)used, 0 };
	return 0;
}

void
plat_virtio_start(VirtioDev *d)
{
	USED(d);
}

void
plat_virtio_notify(VirtioDev *d, int q)
{
	USED(d);
	dev.kicks[q]++;
}

void
plat_virtio_config(VirtioDev *d, size_t off, void *buf, size_t n)
{
	USED(d);
	if (off == CFG_MAC && n == sizeof dev.mac)
		memcpy(buf, dev.mac, n);
	if (off == CFG_STATUS && n == sizeof dev.status)
		memcpy(buf, &dev.status, n);
}

int
hvm_mem(size_t npage, void **va, uint64_t *pa)
{
	*va = aligned_alloc(4096, npage * 4096);
	memset(*va, 0, npage * 4096);
	*pa = (uintptr_t)*va;
	return 0;
}

int
virtio_irq_start(const char *name, VirtioDev *d, void (*fn)(void *, uint32_t), void *arg)
{
	USED(name), USED(d), USED(fn);
	dev.driver = arg;
	return 0;
}

int64_t
vrng_read(void *buf, size_t n)
{
	memset(buf, 0xFF, n);
	return (int64_t)n;
}

static void
input(void *arg, const uint8_t *frame, size_t n)
{
	ck_assert_ptr_eq(arg, &got);
	ck_assert_uint_le(n, ETHER_MAX);
	memcpy(got.data, frame, n);
	got.size = n;
	got.n++;
}

static Vnet *
start(void)
{
	if (dev.queue_max[0] == 0)
		dev.queue_max[0] = dev.queue_max[1] = NQ;
	if (dev.features == 0)
		dev.features = ~(uint64_t)0;
	dev.status = LINK_UP;
	return (Vnet *)vnet_start(0, input, &got);
}

/* The next buffer that the driver has given; -1: none. */
static int
taken(int q)
{
	Ring *r = &dev.ring[q];

	if (r->seen == atomic_load(&r->avail->index))
		return -1;
	return r->avail->ring[r->seen++ % NQ];
}

static void
give(int q, uint32_t id, uint32_t len)
{
	Ring *r = &dev.ring[q];
	uint16_t at = atomic_load(&r->used->index);

	r->used->ring[at % NQ] = (struct VirtElem){ id, len };
	atomic_store(&r->used->index, (uint16_t)(at + 1));
}

static uint8_t *
memory(int q, int id)
{
	return (uint8_t *)(uintptr_t)dev.ring[q].desc[id].addr;
}

START_TEST(address_and_link_are_the_devices)
{
	Vnet *d;

	memcpy(dev.mac, "\x52\x54\0\1\2\3", ETHER_ADDR);
	d = start();
	ck_assert_mem_eq(d->card.addr, dev.mac, ETHER_ADDR);
	ck_assert(atomic_load(&d->card.link));
	dev.status = 0;
	vnet_interrupt(d, 2);
	ck_assert(!atomic_load(&d->card.link));
	ck_assert_ptr_null(vnet_start(1, input, &got));
}
END_TEST

/* none, a group's, zero */
static const char *const no_addr[] = { NULL, "\x53\x54\0\1\2\3", "\0\0\0\0\0\0" };

START_TEST(address_is_made_where_there_is_none)
{
	Vnet *d;

	dev.features = VIRTIO_F_VERSION_1 | (no_addr[_i] != NULL) << F_MAC;
	memcpy(dev.mac, no_addr[_i] != NULL ? no_addr[_i] : "\x52\x54\0\1\2\3", ETHER_ADDR);
	d = start();
	ck_assert_mem_eq(d->card.addr, "\xFE\xFF\xFF\xFF\xFF\xFF", ETHER_ADDR); /* local, nobody's group */
	ck_assert(atomic_load(&d->card.link));
}
END_TEST

START_TEST(old_device_is_refused)
{
	dev.features = 1;
	ck_assert_ptr_null(start());
}
END_TEST

START_TEST(frames_come_in_round_and_round)
{
	Vnet *d = start();

	for (unsigned k = 0; k < 5 * NQ; k++) {
		int id = taken(QUEUE_RX);
		size_t n = k % 2 ? ETHER_MAX : ETHER_HEAD;

		ck_assert_int_ge(id, 0);
		ck_assert_uint_ge(dev.ring[QUEUE_RX].desc[id].len, HEADER + ETHER_MAX);
		memset(memory(QUEUE_RX, id), 0xEE, HEADER);
		memset(memory(QUEUE_RX, id) + HEADER, (int)k, n);
		give(QUEUE_RX, (uint32_t)id, (uint32_t)(HEADER + n));
		vnet_interrupt(d, 1);
		ck_assert_uint_eq(got.n, k + 1);
		ck_assert_uint_eq(got.size, n);
		ck_assert_uint_eq(got.data[0], k);
		ck_assert_uint_eq(got.data[n - 1], k);
	}
	ck_assert_uint_ge(dev.kicks[QUEUE_RX], NQ);
}
END_TEST

/* what a used element may say: an id (-1: a true one), a length */
static const struct {
	int64_t id;
	uint32_t len;
} lies[] = {
	{ -1, 0 }, { -1, HEADER }, { -1, HEADER + ETHER_HEAD - 1 }, { -1, HEADER + ETHER_MAX + 1 },
	{ -1, SLOT }, { -1, SLOT + 1 }, { -1, UINT32_MAX }, { NQ, 100 }, { UINT32_MAX, 100 }, { 0x10000, 100 },
};

START_TEST(lies_are_dropped_and_buffers_go_on)
{
	Vnet *d = start();

	for (unsigned k = 0; k < 3 * NQ; k++) {
		int id = taken(QUEUE_RX);

		if (lies[_i].id < 0) {
			give(QUEUE_RX, (uint32_t)id, lies[_i].len);
		} else {
			give(QUEUE_RX, (uint32_t)lies[_i].id, lies[_i].len);
			give(QUEUE_RX, (uint32_t)id, HEADER + ETHER_MIN);
		}
		vnet_interrupt(d, 1);
	}
	ck_assert_uint_eq(got.n, lies[_i].id < 0 ? 0 : 3 * NQ);
	ck_assert_uint_eq(atomic_load(&d->card.bad_size), lies[_i].id < 0 ? 3 * NQ : 0);
	for (unsigned k = 0; k < NQ; k++) /* all are the device's again */
		ck_assert_int_ge(taken(QUEUE_RX), 0);
	ck_assert_int_lt(taken(QUEUE_RX), 0);
}
END_TEST

START_TEST(frames_go_out_and_room_comes_back)
{
	Vnet *d = start();
	EtherCard *c = &d->card;
	unsigned n = 0;

	for (unsigned round = 0; round < 3; round++) {
		uint8_t *frame;
		int id;

		for (n = 0; (frame = c->claim(c)) != NULL; n++) {
			memset(frame, (int)n, ETHER_MAX);
			c->send(c, frame, ETHER_MIN + n);
		}
		ck_assert_uint_eq(n, NQ);
		ck_assert(!c->has_room(c));
		for (n = 0; (id = taken(QUEUE_TX)) >= 0; n++) {
			ck_assert_uint_eq(dev.ring[QUEUE_TX].desc[id].len, HEADER + ETHER_MIN + n);
			ck_assert_uint_eq(memory(QUEUE_TX, id)[0], 0);
			ck_assert_uint_eq(memory(QUEUE_TX, id)[HEADER], n);
			give(QUEUE_TX, (uint32_t)id, UINT32_MAX);
		}
		ck_assert_uint_eq(n, NQ);
		ck_assert(c->has_room(c));
	}
	ck_assert(vnet_idle(d));
	c->shutdown(c);
	ck_assert_uint_eq(dev.nreset, 2);
}
END_TEST

/* Whatever the device writes, at any time: the sanitizers watch, nothing ends, and
 * the buffers stay the driver's. */
START_TEST(random_devices)
{
	uint32_t x = 1 + (uint32_t)_i;
	Vnet *d = start();

	for (int k = 0; k < 1500; k++) {
		uint8_t *frame;
		int q;

		x = x * 1664525u + 1013904223u;
		q = (int)(x >> 31);
		if ((x >> 8 & 0xFF) == 0)
			atomic_store(&dev.ring[q].used->index, (uint16_t)(x >> 12));
		give(q, (x >> 20 & 7) == 0 ? x : x >> 16 & (NQ - 1), (x >> 24 & 3) == 0 ? x : x >> 12 & 0x7FF);
		dev.ring[q].used->flags = (uint16_t)(x >> 28 & 1);
		if ((x >> 18 & 3) == 0 && (frame = d->card.claim(&d->card)) != NULL) {
			ck_assert(frame >= d->out && frame + ETHER_MAX <= d->out + NQ * SLOT);
			memset(frame, 0, ETHER_MAX);
			d->card.send(&d->card, frame, ETHER_MAX);
		}
		vnet_interrupt(d, x >> 5 & 3);
		ck_assert_uint_le(d->rx.nfree, NQ);
		ck_assert_uint_le(d->tx.nfree, NQ);
	}
	ck_assert_uint_gt(got.n, 100);
	ck_assert_uint_eq(d->rx.nfree, 0); /* all of them are with the device */
}
END_TEST

/* Queues that are smaller than the driver wants, one for sending of a single entry. */
START_TEST(small_queues_do)
{
	Vnet *d;
	void *frame;

	dev.queue_max[0] = 4;
	dev.queue_max[1] = 1;
	d = start();
	ck_assert_uint_eq(d->card.nrx, 4);
	frame = d->card.claim(&d->card);
	ck_assert_ptr_nonnull(frame);
	ck_assert_ptr_null(d->card.claim(&d->card));
	d->card.send(&d->card, frame, ETHER_MIN);
	give(QUEUE_TX, (uint32_t)taken(QUEUE_TX), 0);
	ck_assert_ptr_nonnull(d->card.claim(&d->card));
}
END_TEST

static const char seeds[2];

UNIT_SUITE("virtio_net", CASE(address_and_link_are_the_devices), LOOP(address_is_made_where_there_is_none, no_addr),
    CASE(old_device_is_refused), CASE(frames_come_in_round_and_round), LOOP(lies_are_dropped_and_buffers_go_on, lies),
    CASE(frames_go_out_and_room_comes_back), LOOP(random_devices, seeds), CASE(small_queues_do))
