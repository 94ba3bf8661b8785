/*
 * tests/unit/device.c - the device's side of a virtqueue against hostile drivers.
 * Goal: a queue that is set up wrongly, or whose rings make no sense, gives
 * nothing and touches nothing outside memory; the device works on after a reset.
 */
#include <pthread.h>
#include "sim/host/device.c"
#include "tests/unit.h"

enum { RAM = 1 << 16, RING = 8, DESC = 0x1000, AVAIL = 0x2000, USEDRING = 0x3000, BUFFER = 0x4000 };

size_t ram_size = RAM;
static uint8_t *ram;
static SimDev page;
static int irqs, served;
static size_t bytes;

uint8_t *
node_ram(void)
{
	return ram;
}

SimDev *
node_dev(int dev)
{
	(void)dev;
	return &page;
}

void
node_irq(int dev)
{
	(void)dev;
	irqs++;
}

void
lp49sim_exit(int status)
{
	exit(status);
}

/* Reads each readable byte and writes each writable one. */
static void
serve(int dev, int q)
{
	Chain c;

	while (queue_pop(dev, q, &c)) {
		for (int i = 0; i < c.nout + c.nin; i++)
			for (size_t k = 0; k < c.iov[i].iov_len; k++) {
				uint8_t *b = (uint8_t *)c.iov[i].iov_base + k;

				if (i < c.nout)
					bytes += *(volatile uint8_t *)b;
				else
					*(volatile uint8_t *)b = 'w';
			}
		queue_push(dev, q, c.head, (uint32_t)c.insize);
		served++;
	}
}

static void
start(void)
{
	static const Device ops = { .notify = serve };

	if (ram == NULL) {
		ram = malloc(RAM); /* the sanitizer sees a byte too far */
		(void)device_add(2, 0, 1, RING, &ops);
	}
	memset(ram, 0, RAM);
	irqs = served = 0;
	page.status = 0;
	device_bell(0);
	page.queue[0] = (SimQueue){ .num = RING, .desc = DESC, .avail = AVAIL, .used = USEDRING, .ready = 1 };
	page.status = 15;
	device_bell(0);
}

static void
desc(int i, uint64_t addr, uint32_t len, uint16_t flags, uint16_t next)
{
	Desc d = { addr, len, flags, next };

	memcpy(ram + DESC + i * (int)sizeof d, &d, sizeof d);
}

static void
offer(uint16_t head, uint16_t count)
{
	uint16_t *avail = (uint16_t *)(ram + AVAIL);

	avail[2 + avail[1] % RING] = head;
	avail[1] = (uint16_t)(avail[1] + count);
	page.notify = 1;
	device_bell(0);
}

START_TEST(good_chain_is_served)
{
	start();
	desc(0, BUFFER, 16, DESC_NEXT, 3);
	desc(3, BUFFER + 100, 5, DESC_WRITE, 0);
	offer(0, 1);
	ck_assert_int_eq(served, 1);
	ck_assert_int_eq(irqs, 1);
	ck_assert_mem_eq(ram + BUFFER + 100, "wwwww", 6);
	ck_assert_uint_eq(((uint16_t *)(ram + USEDRING))[1], 1);
	ck_assert_uint_eq(((uint32_t *)(ram + USEDRING + 4))[1], 5);
}
END_TEST

/* queue registers that are refused; a chain stands ready each time */
static const SimQueue setup[] = {
	{ .num = 0, .desc = DESC, .avail = AVAIL, .used = USEDRING, .ready = 1 },
	{ .num = 3, .desc = DESC, .avail = AVAIL, .used = USEDRING, .ready = 1 },
	{ .num = 2 * RING, .desc = DESC, .avail = AVAIL, .used = USEDRING, .ready = 1 },
	{ .num = UINT32_MAX, .desc = DESC, .avail = AVAIL, .used = USEDRING, .ready = 1 },
	{ .num = 1u << 31, .desc = DESC, .avail = AVAIL, .used = USEDRING, .ready = 1 },
	{ .num = RING, .desc = DESC, .avail = AVAIL, .used = USEDRING, .ready = 0 },
	{ .num = RING, .desc = RAM - 16, .avail = AVAIL, .used = USEDRING, .ready = 1 },
	{ .num = RING, .desc = UINT64_MAX - 15, .avail = AVAIL, .used = USEDRING, .ready = 1 },
	{ .num = RING, .desc = DESC, .avail = RAM - 4, .used = USEDRING, .ready = 1 },
	{ .num = RING, .desc = DESC, .avail = UINT64_MAX - 1, .used = USEDRING, .ready = 1 },
	{ .num = RING, .desc = DESC + 8, .avail = AVAIL, .used = USEDRING, .ready = 1 },
	{ .num = RING, .desc = DESC, .avail = AVAIL + 1, .used = USEDRING, .ready = 1 },
	{ .num = RING, .desc = DESC, .avail = AVAIL, .used = USEDRING + 2, .ready = 1 },
};

START_TEST(bad_setup_serves_nothing)
{
	start();
	page.queue[0] = setup[_i];
	desc(0, BUFFER, 4, DESC_WRITE, 0);
	offer(0, 1);
	ck_assert_int_eq(served, 0);
	ck_assert_int_eq(irqs, 0);
	start();
	desc(0, BUFFER, 4, DESC_WRITE, 0);
	offer(0, 1);
	ck_assert_int_eq(served, 1);
}
END_TEST

START_TEST(used_ring_outside_memory_is_not_written)
{
	start();
	page.queue[0].used = RAM - 8;
	desc(0, BUFFER, 4, DESC_WRITE, 0);
	offer(0, 1);
	ck_assert_int_eq(irqs, 0);
}
END_TEST

/* chains that stop the queue: two descriptors, the head, how far the index goes */
static const struct {
	Desc d[2];
	uint16_t head, count;
} chain[] = {
	{ { { RAM, 1, 0, 0 } }, 0, 1 },
	{ { { RAM - 4, 5, DESC_WRITE, 0 } }, 0, 1 },
	{ { { UINT64_MAX, 2, DESC_WRITE, 0 } }, 0, 1 },
	{ { { UINT64_MAX - 3, UINT32_MAX, 0, 0 } }, 0, 1 },
	{ { { BUFFER, UINT32_MAX, 0, 0 } }, 0, 1 },
	{ { { BUFFER, 4, DESC_NEXT, 0 } }, 0, 1 },                                     /* itself */
	{ { { BUFFER, 4, DESC_NEXT, 1 }, { BUFFER, 4, DESC_NEXT, 0 } }, 0, 1 },        /* round */
	{ { { BUFFER, 4, DESC_NEXT, RING } }, 0, 1 },
	{ { { BUFFER, 4, DESC_NEXT, UINT16_MAX } }, 0, 1 },
	{ { { BUFFER, 4, 0, 0 } }, RING, 1 },
	{ { { BUFFER, 4, 0, 0 } }, UINT16_MAX, 1 },
	{ { { BUFFER, 4, DESC_NEXT | DESC_WRITE, 1 }, { BUFFER, 4, 0, 0 } }, 0, 1 },   /* readable last */
	{ { { BUFFER, 4, 0, 0 } }, 0, RING + 1 },
	{ { { BUFFER, 4, 0, 0 } }, 0, UINT16_MAX },
};

START_TEST(bad_chain_stops_the_queue_until_reset)
{
	start();
	desc(0, chain[_i].d[0].addr, chain[_i].d[0].len, chain[_i].d[0].flags, chain[_i].d[0].next);
	desc(1, chain[_i].d[1].addr, chain[_i].d[1].len, chain[_i].d[1].flags, chain[_i].d[1].next);
	offer(chain[_i].head, chain[_i].count);
	ck_assert_int_eq(served, 0);
	desc(0, BUFFER, 4, 0, 0);
	offer(0, 1);
	ck_assert_int_eq(served, 0);
	start();
	desc(0, BUFFER, 4, 0, 0);
	offer(0, 1);
	ck_assert_int_eq(served, 1);
}
END_TEST

START_TEST(spoiled_page_leads_to_no_other_queue)
{
	start();
	page.nqueue = UINT32_MAX;
	page.magic = 0;
	page.queue[5] = page.queue[0];
	desc(0, BUFFER, 4, 0, 0);
	((uint16_t *)(ram + AVAIL))[1] = 1;
	page.notify = 0xFFFFFFFE;
	device_bell(0);
	ck_assert_int_eq(served, 0);
	device_bell(-1);
	device_bell(SIM_DEV_MAX);
}
END_TEST

static atomic_bool stop;

/* A driver on another CPU that writes what it likes while the device works. */
static void *
scribble(void *arg)
{
	uint64_t seed = (uintptr_t)arg;

	while (!atomic_load(&stop)) {
		volatile Desc *d = (volatile Desc *)(ram + DESC) + (seed >> 8) % RING;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		d->addr = seed >> 63 ? BUFFER : seed;
		d->len = (uint32_t)(seed >> 50);
		d->flags = (uint16_t)(seed >> 40 & 3);
		d->next = (uint16_t)(seed >> 36 & 15);
		((volatile uint16_t *)(ram + AVAIL))[1] = (uint16_t)(device[0].queue[0].avail + (seed >> 33 & 3));
		*(volatile uint64_t *)&page.queue[0].used = seed >> 62 ? USEDRING : seed & ~3ull;
		*(volatile uint32_t *)&page.queue[0].num = seed >> 61 ? RING : (uint32_t)seed;
	}
	return NULL;
}

START_TEST(rings_that_change_meanwhile)
{
	pthread_t driver;

	start();
	ck_assert_int_eq(freopen("/dev/null", "w", stderr) != NULL, 1); /* a line for each stop */
	atomic_store(&stop, false);
	ck_assert_int_eq(pthread_create(&driver, NULL, scribble, (void *)(uintptr_t)42), 0);
	for (int i = 0; i < 20000 || served < 1000; i++) {
		page.status = 0;
		device_bell(0);
		page.status = 15;
		*(volatile uint32_t *)&page.notify = 1;
		device_bell(0);
	}
	atomic_store(&stop, true);
	pthread_join(driver, NULL);
	ck_assert_int_ge(served, 1000);
}
END_TEST

UNIT_SUITE("device", CASE(good_chain_is_served), LOOP(bad_setup_serves_nothing, setup),
    CASE(used_ring_outside_memory_is_not_written), LOOP(bad_chain_stops_the_queue_until_reset, chain),
    CASE(spoiled_page_leads_to_no_other_queue), CASE(rings_that_change_meanwhile))
