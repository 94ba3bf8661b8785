/*
 * tests/unit/net.c - the simulator's network card against good and hostile drivers,
 * over a link that is an array.
 * Goal: frames pass unchanged however the driver cuts its buffers; rings and sizes
 * that make no sense touch nothing outside memory; the card works on after a reset.
 */
#include <stdlib.h>
#include "sim/host/device.c"
#include "sim/host/net.c"
#include "tests/unit.h"

enum { RAM = 1 << 18, DESC = 0x1000, AVAIL = 0x3000, USEDRING = 0x4000, STEP = 0x8000, BUFFER = 0x20000 };

size_t ram_size = RAM;
static uint8_t *ram;
static SimDev page;
static int irqs, polls;
static uint8_t sent[FRAME_MAX];
static size_t nsent, sent_size, captured;
static NetLink wire;

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

void
pcap_frame(const uint8_t *frame, size_t n)
{
	(void)frame, (void)n;
	captured++;
}

void
net_wake(NetLink *l)
{
	ck_assert_ptr_eq(l, &wire);
	polls++;
}

static void
wire_send(NetLink *l, const uint8_t *frame, size_t n)
{
	ck_assert_ptr_eq(l, &wire);
	ck_assert_uint_ge(n, FRAME_MIN);
	ck_assert_uint_le(n, FRAME_MAX);
	memcpy(sent, frame, n);
	sent_size = n;
	nsent++;
}

static void
reset(void)
{
	page.status = 0;
	device_bell(0);
	for (unsigned q = 0; q < 2; q++)
		page.queue[q] = (SimQueue){ .num = RING, .desc = DESC + q * STEP, .avail = AVAIL + q * STEP,
			.used = USEDRING + q * STEP, .ready = 1 };
	memset(ram, 0, 2 * STEP);
	page.status = 15;
	device_bell(0);
}

static void
start(void)
{
	NetOption o = { .kind = NET_HUB, .mac = { 0x52, 0x54, 0, 1, 2, 3 } };

	ram = malloc(RAM); /* the sanitizer sees a byte too far */
	memset(ram, 0, RAM);
	wire.send = wire_send;
	net_init(&o, &wire);
	reset();
}

static void
desc(int q, int i, uint64_t addr, uint32_t len, uint16_t flags, uint16_t next)
{
	Desc d = { addr, len, flags, next };

	memcpy(ram + DESC + q * STEP + i * (int)sizeof d, &d, sizeof d);
}

static void
offer(int q, uint16_t head)
{
	uint16_t *avail = (uint16_t *)(ram + AVAIL + q * STEP);

	avail[2 + avail[1] % RING] = head;
	avail[1]++;
	page.notify = 1u << q;
	device_bell(0);
}

static unsigned
nused(int q)
{
	return ((uint16_t *)(ram + USEDRING + q * STEP))[1];
}

static uint32_t
last_len(int q)
{
	return ((uint32_t *)(ram + USEDRING + q * STEP + 4))[2 * ((nused(q) - 1) % RING) + 1];
}

static uint8_t *
pattern(size_t n)
{
	for (size_t i = 0; i < n; i++)
		ram[BUFFER + i] = (uint8_t)(i * 7);
	return ram + BUFFER;
}

START_TEST(config_is_address_and_link)
{
	uint16_t status;

	start();
	ck_assert_mem_eq(page.config, "\x52\x54\0\1\2\3", MAC_SIZE);
	memcpy(&status, page.config + CFG_STATUS, sizeof status);
	ck_assert_uint_eq(status, 1);
	irqs = 0;
	wire.state(wire.arg, false);
	memcpy(&status, page.config + CFG_STATUS, sizeof status);
	ck_assert_uint_eq(status, 0);
	ck_assert_int_eq(irqs, 1);
	ck_assert_uint_eq(page.isr & 2, 2);
}
END_TEST

/* how the driver cuts header and frame */
static const uint32_t cut[][3] = {
	{ HEADER + 100 }, { HEADER, 100 }, { 1, HEADER - 1, 100 }, { HEADER + 50, 50 }, { HEADER + 99, 0, 1 },
};

START_TEST(sent_frame_is_whole)
{
	uint32_t at = 0;
	int n = 0;

	start();
	for (; n < 3 && (n == 0 || cut[_i][n] != 0 || (n == 1 && cut[_i][2] != 0)); at += cut[_i][n++])
		desc(QUEUE_TX, n, BUFFER + at, cut[_i][n], DESC_NEXT, (uint16_t)(n + 1));
	desc(QUEUE_TX, n, BUFFER, 0, 0, 0);
	pattern(HEADER + 100);
	offer(QUEUE_TX, 0);
	ck_assert_uint_eq(nsent, 1);
	ck_assert_uint_eq(sent_size, 100);
	ck_assert_mem_eq(sent, ram + BUFFER + HEADER, 100);
	ck_assert_uint_eq(captured, 1);
	ck_assert_uint_eq(nused(QUEUE_TX), 1);
	ck_assert_uint_eq(last_len(QUEUE_TX), 0);
}
END_TEST

static const struct {
	uint32_t size;
	bool good;
} size[] = {
	{ 0, false }, { HEADER, false }, { HEADER + FRAME_MIN - 1, false }, { HEADER + FRAME_MIN, true },
	{ HEADER + FRAME_MAX, true }, { HEADER + FRAME_MAX + 1, false }, { 65536, false },
};

START_TEST(frames_of_bad_size_are_not_sent)
{
	start();
	desc(QUEUE_TX, 0, BUFFER, size[_i].size, 0, 0);
	offer(QUEUE_TX, 0);
	ck_assert_uint_eq(nsent, size[_i].good);
	ck_assert_uint_eq(captured, size[_i].good);
	ck_assert_uint_eq(nused(QUEUE_TX), 1); /* the driver gets its buffer back */
}
END_TEST

START_TEST(received_frame_is_whole)
{
	uint8_t frame[100];
	uint32_t at = 0;
	int n = 0;

	start();
	for (int i = 0; i < 100; i++)
		frame[i] = (uint8_t)(i * 3);
	for (; n < 3 && (n == 0 || cut[_i][n] != 0 || (n == 1 && cut[_i][2] != 0)); at += cut[_i][n++])
		desc(QUEUE_RX, n, BUFFER + at, cut[_i][n], DESC_NEXT | DESC_WRITE, (uint16_t)(n + 1));
	desc(QUEUE_RX, n, BUFFER + at, 1000, DESC_WRITE, 0);
	ck_assert(!wire.ready(wire.arg));
	polls = 0;
	offer(QUEUE_RX, 0);
	ck_assert_int_eq(polls, 1);
	ck_assert(wire.ready(wire.arg));
	wire.frame(wire.arg, frame, sizeof frame);
	ck_assert_uint_eq(nused(QUEUE_RX), 1);
	ck_assert_uint_eq(last_len(QUEUE_RX), HEADER + sizeof frame);
	ck_assert_mem_eq(ram + BUFFER, "\0\0\0\0\0\0\0\0\0\0\1\0", HEADER);
	ck_assert_mem_eq(ram + BUFFER + HEADER, frame, sizeof frame);
	ck_assert_uint_eq(ram[BUFFER + HEADER + sizeof frame], 0);
	wire.frame(wire.arg, frame, sizeof frame); /* no buffer: it is lost */
	ck_assert_uint_eq(nused(QUEUE_RX), 1);
}
END_TEST

/* receive buffers that a driver should not give: address, size, flags */
static const struct {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	bool comes_back;
} bad_buffer[] = {
	{ BUFFER, 0, DESC_WRITE, true }, { BUFFER, HEADER, DESC_WRITE, true }, { BUFFER, HEADER + 99, DESC_WRITE, true },
	{ BUFFER, 4096, 0, true }, /* readable */
	{ RAM - 10, 4096, DESC_WRITE, false }, { UINT64_MAX - 5, 4096, DESC_WRITE, false },
	{ UINT64_MAX, 1, DESC_WRITE, false },
};

START_TEST(bad_receive_buffers)
{
	uint8_t frame[100] = { 1 };

	start();
	desc(QUEUE_RX, 0, bad_buffer[_i].addr, bad_buffer[_i].len, bad_buffer[_i].flags, 0);
	offer(QUEUE_RX, 0);
	wire.frame(wire.arg, frame, sizeof frame);
	ck_assert_uint_eq(nused(QUEUE_RX), bad_buffer[_i].comes_back);
	if (bad_buffer[_i].comes_back)
		ck_assert_uint_eq(last_len(QUEUE_RX), 0);
	ck_assert_uint_eq(ram[BUFFER], 0);
	reset();
	desc(QUEUE_RX, 0, BUFFER, 2048, DESC_WRITE, 0);
	offer(QUEUE_RX, 0);
	wire.frame(wire.arg, frame, sizeof frame);
	ck_assert_uint_eq(ram[BUFFER + HEADER], 1);
}
END_TEST

/* Any rings, buffers and notifications, a frame now and then: the sanitizers watch. */
START_TEST(random_drivers)
{
	uint64_t x = 1 + (uint64_t)_i;
	uint8_t frame[FRAME_MAX] = { 0 };

	start();
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr)); /* a line for each stop */
	for (int k = 0; k < 30000; k++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		int q = (int)(x >> 60 & 1), i = (int)(x >> 50) & (RING - 1);

		desc(q, i, (x >> 45 & 7) == 0 ? x : BUFFER + (x >> 20 & 0x1FFF), (uint32_t)(x >> 30 & 0xFFF),
		    (uint16_t)(x >> 13 & 3), (uint16_t)(x >> 3 & 0xF));
		offer(q, (uint16_t)(x >> 40 & 0x1F));
		if (wire.ready(wire.arg))
			wire.frame(wire.arg, frame, FRAME_MIN + (size_t)(x >> 33) % (FRAME_MAX - FRAME_MIN + 1));
		if (x >> 57 == 0 || device[0].queue[0].bad || device[0].queue[1].bad)
			reset();
	}
	ck_assert_uint_gt(nsent, 100);
}
END_TEST

static const char seeds[4];

UNIT_SUITE("net", CASE(config_is_address_and_link), LOOP(sent_frame_is_whole, cut), LOOP(frames_of_bad_size_are_not_sent, size),
    LOOP(received_frame_is_whole, cut), LOOP(bad_receive_buffers, bad_buffer), LOOP(random_drivers, seeds))
