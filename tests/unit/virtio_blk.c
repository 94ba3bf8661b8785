/*
 * tests/unit/virtio_blk.c - the disk driver and its rings, against a device
 * that finishes requests in any order, fails some, and, in one test, lies.
 * Goal: every transfer is exact, whoever runs beside it; an error names its
 * sector; a lying device can't lead the driver out of its tables; one that falls
 * silent holds nobody, and may still write where it was told to.
 */
#include "tests/unit.h"
#include "tests/unit/fake_core.h"
#include "servants/virtio.c"
#include "servants/virtio_blk.c"

enum { NSECTOR = 4096, NQ = 32 };
static uint8_t image[NSECTOR * 512];
static struct {
	struct VirtDesc *desc;
	struct VirtAvail *avail;
	struct VirtUsed *used;
	uint16_t seen;
	uint64_t fail_sector;
	bool readonly, lies;
	Vblk *driver;
	pthread_t thread;
	atomic_bool bell, stop, silent;
	uint32_t rand;
} dev;

int
plat_virtio_probe(int index, VirtioDev *d)
{
	*d = (VirtioDev){ .device_id = VIRTIO_BLK };
	return index == 0 ? 0 : -Enonexist;
}

int
plat_virtio_reset(VirtioDev *d, uint64_t want, uint64_t *got)
{
	USED(d);
	*got = want & (1ull << F_FLUSH | VIRTIO_F_VERSION_1 | (dev.readonly ? 1ull << F_RO : 0));
	return 0;
}

uint16_t
plat_virtio_queue_max(VirtioDev *d, int q)
{
	USED(d);
	return q == 0 ? NQ : 0;
}

int
plat_virtio_queue(VirtioDev *d, int q, uint16_t num, uint64_t desc, uint64_t avail, uint64_t used)
{
	USED(d), USED(q);
	ck_assert_uint_eq(num, NQ);
	dev.desc = (void *)(uintptr_t)desc;
	dev.avail = (void *)(uintptr_t)avail;
	dev.used = (void *)(uintptr_t)used;
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
	USED(d), USED(q);
	atomic_store(&dev.bell, true);
}

void
plat_virtio_config(VirtioDev *d, size_t off, void *buf, size_t n)
{
	uint64_t capacity = NSECTOR;

	USED(d);
	memset(buf, 0, n);
	if (off == 0)
		memcpy(buf, &capacity, n);
}

int
hvm_mem(size_t npage, void **va, uint64_t *pa)
{
	*va = aligned_alloc(4096, npage * 4096);
	memset(*va, 0, npage * 4096);
	*pa = (uintptr_t)*va;
	return 0;
}

static uint32_t
rnd(void)
{
	return (dev.rand = dev.rand * 1664525u + 1013904223u) >> 8;
}

static void
request(uint16_t head)
{
	struct VirtDesc *d = &dev.desc[head], *data = NULL, *last = d;
	uint8_t status = 0;
	BlkHead h;
	uint16_t slot;

	memcpy(&h, (void *)(uintptr_t)d->addr, sizeof h);
	while (last->flags & DESC_NEXT) {
		data = last == d ? NULL : last;
		last = &dev.desc[last->next];
	}
	if (h.type <= 1 && data != NULL) {
		size_t first = h.sector, count = data->len / 512;

		ck_assert_uint_le(first + count, NSECTOR);
		if (dev.fail_sector >= first && dev.fail_sector < first + count)
			status = 1;
		else if (h.type == 0)
			memcpy((void *)(uintptr_t)data->addr, image + first * 512, data->len);
		else
			memcpy(image + first * 512, (void *)(uintptr_t)data->addr, data->len);
	} else if (h.type == BLK_GET_ID) {
		strncpy((char *)(uintptr_t)data->addr, "sd0", 20);
	}
	*(uint8_t *)(uintptr_t)last->addr = status;
	slot = atomic_load(&dev.used->index);
	if (dev.lies) { /* an id out of range, one that begins no chain, then the truth */
		dev.used->ring[slot++ % NQ] = (struct VirtElem){ 0xFFFFFFFF, 1 };
		dev.used->ring[slot++ % NQ] = (struct VirtElem){ d->next, 0xFFFFFFFF };
	}
	dev.used->ring[slot % NQ] = (struct VirtElem){ head, 1 };
	atomic_store(&dev.used->index, (uint16_t)(slot + 1));
}

static void *
device(void *arg)
{
	uint16_t held[NQ];
	size_t nheld = 0;

	USED(arg);
	while (!atomic_load(&dev.stop)) {
		while (dev.avail != NULL && dev.seen != atomic_load(&dev.avail->index))
			held[nheld++] = dev.avail->ring[dev.seen++ % NQ];
		if (nheld > 0 && !atomic_load(&dev.silent)) {
			size_t i = rnd() % nheld;

			request(held[i]);
			held[i] = held[--nheld];
			vblk_interrupt(dev.driver, 1);
		} else {
			sched_yield();
		}
	}
	return NULL;
}

int
virtio_irq_start(const char *name, VirtioDev *d, void (*fn)(void *, uint32_t), void *arg)
{
	USED(name), USED(d), USED(fn);
	dev.driver = arg;
	return pthread_create(&dev.thread, NULL, device, NULL);
}

static Disk *
start(void)
{
	Disk *d;

	dev.rand = 1;
	dev.fail_sector = UINT64_MAX;
	d = vblk_start(0);
	ck_assert_ptr_nonnull(d);
	for (size_t i = 0; i < sizeof image; i++)
		image[i] = (uint8_t)(i >> 9 ^ i);
	return d;
}

static void
stop(void)
{
	atomic_store(&dev.stop, true);
	pthread_join(dev.thread, NULL);
	ck_assert_uint_eq(dev.driver->ninflight, 0);
	ck_assert_uint_eq(dev.driver->queue.nfree, NQ);
}

START_TEST(disk_is_known_by_its_facts)
{
	Disk *d;

	dev.readonly = _i == 1;
	d = start();
	ck_assert_uint_eq(d->nsector, NSECTOR);
	ck_assert_uint_eq(d->sector_size, 512);
	ck_assert_str_eq(d->id, "sd0");
	ck_assert_int_eq(d->readonly, _i == 1);
	ck_assert_int_eq(d->flush(d), 0);
	stop();
}
END_TEST

START_TEST(big_transfer_is_exact)
{
	Disk *d = start();
	static uint8_t buf[sizeof image];

	dev.lies = _i == 1;
	ck_assert_int_eq(d->io(d, false, 0, NSECTOR, buf), 0);
	ck_assert_mem_eq(buf, image, sizeof image);
	memset(buf, 0x5A, sizeof buf);
	ck_assert_int_eq(d->io(d, true, 1, NSECTOR - 2, buf), 0);
	ck_assert_int_eq(image[511], (uint8_t)511);
	ck_assert_mem_eq(image + 512, buf, sizeof image - 1024);
	stop();
}
END_TEST

enum { NTHREAD = 12 };
static Disk *shared;

static void *
worker(void *arg)
{
	unsigned me = (unsigned)(uintptr_t)arg, base = me * (NSECTOR / NTHREAD);
	uint32_t x = me + 1;
	static _Thread_local uint8_t buf[300 * 512], back[300 * 512];

	for (int k = 0; k < 60; k++) {
		size_t at = (x = x * 1664525u + 1013904223u) % 40, n = 1 + (x >> 8) % 300;

		memset(buf, (int)(x >> 3), n * 512);
		ck_assert_int_eq(shared->io(shared, true, base + at, n, buf), 0);
		ck_assert_int_eq(shared->io(shared, false, base + at, n, back), 0);
		ck_assert_mem_eq(buf, back, n * 512);
	}
	return NULL;
}

START_TEST(threads_do_not_disturb_each_other)
{
	pthread_t t[NTHREAD];

	shared = start();
	for (uintptr_t i = 0; i < NTHREAD; i++)
		pthread_create(&t[i], NULL, worker, (void *)i);
	for (int i = 0; i < NTHREAD; i++)
		pthread_join(t[i], NULL);
	stop();
}
END_TEST

START_TEST(small_requests_wait_for_any_slot)
{
	Vblk *d = calloc(1, sizeof *d);
	SlotWish small = { d, 512 }, large = { d, LARGE };

	d->maxinflight = nelem(d->slot);
	for (size_t i = 1; i < nelem(d->slot); i++)
		d->slot[i].busy = true;
	ck_assert(slot_waiting(&small));
	ck_assert(!slot_waiting(&large));
	d->slot[0].busy = true;
	d->slot[NSMALL].busy = false;
	ck_assert(slot_waiting(&small));
	ck_assert(slot_waiting(&large));
	d->ninflight = d->maxinflight;
	ck_assert(!slot_waiting(&small));
	free(d);
}
END_TEST

START_TEST(error_names_the_sector)
{
	Disk *d = start();
	static uint8_t buf[sizeof image];

	dev.fail_sector = 1000;
	ck_assert_int_eq(d->io(d, false, 1000, 1, buf), -Eio);
	ck_assert_ptr_nonnull(strstr(err_reason(), "read sector 1000"));
	ck_assert_int_eq(d->io(d, true, 0, NSECTOR, buf), -Eio);
	ck_assert_int_eq(d->io(d, false, 999, 1, buf), 0);
	stop();
}
END_TEST

static void *
wake_up(void *arg)
{
	nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	atomic_store(&dev.silent, false);
	return arg;
}

static void *
reader(void *arg)
{
	enum { COUNT = 600 };
	uint8_t *buf = malloc(COUNT * 512);
	int64_t rc;

	memset(buf, 0x77, COUNT * 512);
	rc = shared->io(shared, false, (uintptr_t)arg, COUNT, buf);
	ck_assert_int_eq(rc, -Eio);
	ck_assert_ptr_nonnull(strstr(err_reason(), "the disk is dead"));
	ck_assert(buf[0] == 0x77 && memcmp(buf, buf + 1, COUNT * 512 - 1) == 0);
	free(buf);
	return NULL;
}

/* More readers than there are slots: some wait for the device, some for a slot. */
START_TEST(silent_disk_is_dead)
{
	pthread_t t[NTHREAD];
	unsigned busy;
	uint8_t buf[512];
	Vblk *v;

	shared = start();
	v = dev.driver;
	v->limit_ms = 50;
	atomic_store(&dev.silent, true);
	for (uintptr_t i = 0; i < NTHREAD; i++)
		pthread_create(&t[i], NULL, reader, (void *)i);
	for (int i = 0; i < NTHREAD; i++)
		pthread_join(t[i], NULL);
	busy = v->ninflight;
	ck_assert_uint_eq(busy, v->maxinflight);
	/* late answers go where nobody looks, and bring nothing back */
	atomic_store(&dev.silent, false);
	while (atomic_load(&dev.used->index) != atomic_load(&dev.avail->index))
		sched_yield();
	ck_assert_int_eq(shared->io(shared, false, 0, 1, buf), -Eio);
	ck_assert_int_eq(shared->io(shared, true, 0, 1, buf), -Eio);
	ck_assert_int_eq(shared->flush(shared), -Eio);
	ck_assert_uint_eq(v->ninflight, busy);
	atomic_store(&dev.stop, true);
	pthread_join(dev.thread, NULL);
}
END_TEST

/* An answer that comes late, but in time, is one. */
START_TEST(slow_disk_is_not_dead)
{
	static uint8_t buf[300 * 512];

	shared = start();
	for (int i = 0; i < 3; i++) {
		pthread_t t;

		atomic_store(&dev.silent, true);
		pthread_create(&t, NULL, wake_up, NULL);
		ck_assert_int_eq(shared->io(shared, false, 5, 300, buf), 0);
		ck_assert_mem_eq(buf, image + 5 * 512, sizeof buf);
		pthread_join(t, NULL);
	}
	stop();
}
END_TEST

static const char two[2];

UNIT_SUITE("virtio_blk", LOOP(disk_is_known_by_its_facts, two), LOOP(big_transfer_is_exact, two),
    CASE(threads_do_not_disturb_each_other), CASE(small_requests_wait_for_any_slot), CASE(error_names_the_sector),
    CASE(silent_disk_is_dead), CASE(slow_disk_is_not_dead))
