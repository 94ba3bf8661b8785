/*
 * tests/unit/pc_pci.c - the PCI buses and virtio devices on them, against a made-up
 * configuration space.
 * Goal: each function is found once, behind bridges and however these point at each
 * other; sizes of registers are right and the registers keep their content; whatever a
 * virtio device says, registers outside of what it maps are not touched.
 */
#include "target-x86/drv/pci.c"
#include "target-x86/drv/virtio_pci.c"
#include "tests/unit.h"

typedef struct Fn Fn;
struct Fn {
	uint8_t bus, dev, fn;
	uint8_t reg[256];
	uint32_t mask[6];         /* what of a base address register can be written */
};
enum { NFUNCTION = 12, MMIO_PAGES = 4, BASE = 0xFE000000 };

static Fn fns[NFUNCTION];
static size_t nfns;
static uint32_t address, seed = 1;
static bool no_pci, wild;
static uint8_t *mmio;             /* BASE and on */
static size_t nmapped;            /* bytes of it that are mapped */
static char log_text[8192];

static uint32_t
rnd(void)
{
	return (seed = seed * 1664525u + 1013904223u) >> 8;
}

void
lock(Lock *l)
{
	USED(l);
}

void
unlock(Lock *l)
{
	USED(l);
}

void
klog(const char *fmt, ...)
{
	size_t n = strlen(log_text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(log_text + n, sizeof log_text - n, fmt, ap);
	va_end(ap);
}

void
io_sleep(uint32_t us)
{
	USED(us);
}

int
hvm_map_phys(uint64_t pa, size_t npage, int kind, void **va)
{
	ck_assert(kind == HVM_DEVICE && pa % PAGE == 0);
	ck_assert(pa >= BASE && pa + npage * PAGE <= BASE + MMIO_PAGES * (uint64_t)PAGE); /* no more than it has */
	if (pa - BASE + npage * PAGE > nmapped)
		nmapped = pa - BASE + npage * PAGE;
	*va = mmio + (pa - BASE);
	return 0;
}

uint32_t
mmio_get(const volatile void *p, int width)
{
	size_t at = (size_t)((const volatile uint8_t *)p - mmio);
	uint32_t v = 0;

	ck_assert_uint_le(at + (size_t)width, nmapped);
	memcpy(&v, mmio + at, (size_t)width);
	return wild ? rnd() : v;
}

void
mmio_put(volatile void *p, int width, uint32_t v)
{
	size_t at = (size_t)((volatile uint8_t *)p - mmio);

	ck_assert_uint_le(at + (size_t)width, nmapped);
	memcpy(mmio + at, &v, (size_t)width);
}

/* ---- configuration space ---- */
static Fn *
fn_at(void)
{
	for (size_t i = 0; i < nfns; i++)
		if ((address >> 8 & 0xFFFF) == (uint32_t)(fns[i].bus << 8 | fns[i].dev << 3 | fns[i].fn))
			return &fns[i];
	return NULL;
}

uint32_t
io_in32(uint16_t port)
{
	Fn *f = fn_at();
	uint32_t v;

	if (port == CONFIG_ADDRESS)
		return no_pci ? 0xFFFFFFFF : address;
	if (f == NULL)
		return 0xFFFFFFFF;
	memcpy(&v, f->reg + (address & 0xFC), 4);
	return v;
}

uint16_t
io_in16(uint16_t port)
{
	return (uint16_t)(io_in32(CONFIG_DATA) >> port % 4 * 8);
}

uint8_t
io_in8(uint16_t port)
{
	return (uint8_t)(io_in32(CONFIG_DATA) >> port % 4 * 8);
}

static void
data_out(uint16_t port, uint32_t v, size_t n)
{
	Fn *f = fn_at();
	size_t at = (address & 0xFC) + port % 4, bar = (at - PCI_BAR) / 4;
	uint32_t old;

	if (f == NULL)
		return;
	ck_assert_uint_le(at + n, 256);
	if (n == 4 && at >= PCI_BAR && bar < 6) {
		memcpy(&old, f->reg + at, 4);
		v = (old & ~f->mask[bar]) | (v & f->mask[bar]);
		ck_assert(!(f->reg[PCI_COMMAND] & (PCI_IO | PCI_MEM)));
	}
	memcpy(f->reg + at, &v, n);
}

void
io_out32(uint16_t port, uint32_t v)
{
	if (port == CONFIG_ADDRESS)
		address = v;
	else
		data_out(port, v, 4);
}

void
io_out16(uint16_t port, uint16_t v)
{
	data_out(port, v, 2);
}

void
io_out8(uint16_t port, uint8_t v)
{
	data_out(port, v, 1);
}

static Fn *
put(unsigned bus, unsigned dev, unsigned fn, uint32_t id, uint32_t class, uint8_t header)
{
	Fn *f = &fns[nfns++];

	*f = (Fn){ (uint8_t)bus, (uint8_t)dev, (uint8_t)fn, { 0 }, { 0 } };
	memcpy(f->reg + PCI_ID, &id, 4);
	class <<= 8;
	memcpy(f->reg + PCI_CLASS, &class, 4);
	f->reg[PCI_HEADER] = header;
	f->reg[PCI_COMMAND] = PCI_IO | PCI_MEM;
	f->reg[PCI_IRQ] = 11;
	f->reg[PCI_IRQ + 1] = 1;
	return f;
}

static void
bar(Fn *f, int i, uint32_t v, uint32_t mask)
{
	memcpy(f->reg + PCI_BAR + 4 * i, &v, 4);
	f->mask[i] = mask;
}

static void
bridge(unsigned bus, unsigned dev, uint8_t to)
{
	put(bus, dev, 0, 0x11118086, 0x060400, 1)->reg[PCI_SECONDARY] = to;
}

static const char *
found(void)
{
	static char text[512];
	PlatPci p;

	text[0] = '\0';
	for (int i = 0; plat_pci_probe(i, &p) == 0; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%d.%d.%d ", p.bus, p.dev, p.fn);
	return text;
}

START_TEST(every_function_is_found_once)
{
	put(0, 0, 0, 0x12378086, 0x060000, 0);
	put(0, 1, 0, 0x70008086, 0x060100, 0x80);     /* several functions, with a gap */
	put(0, 1, 3, 0x71138086, 0x068000, 0);
	put(0, 2, 1, 0x71138086, 0x068000, 0);        /* function 0 is not there: not looked for */
	bridge(0, 30, 1);
	bridge(1, 2, 5);
	bridge(5, 1, 0);                              /* back to where it came from */
	bridge(5, 2, 5);                              /* to itself */
	put(5, 31, 0, 0x10421AF4, 0x010000, 0);
	ck_assert_str_eq(found(), "0.0.0 0.1.0 0.1.3 0.30.0 1.2.0 5.1.0 5.2.0 5.31.0 ");
}
END_TEST

START_TEST(no_bus_no_function)
{
	no_pci = true;
	put(0, 0, 0, 0x12378086, 0x060000, 0);
	ck_assert_str_eq(found(), "");
}
END_TEST

START_TEST(registers_have_sizes_and_keep_their_content)
{
	static const struct {
		uint32_t bar, mask, size;
	} rows[] = {
		{ 0xC001, 0xFFF0, 16 }, { 0xFEB00000, 0xFFFFF000, 4096 }, { 0xE000000C, 0xFF000000, 16 << 20 },
		{ 0x1, 0x0000FF00, 256 }, { 0, 0, 0 },
	};
	static const int slot[] = { 0, 1, 2, 4, 5 };
	Fn *f = put(0, 3, 0, 0x10421AF4, 0x010000, 0);
	uint8_t before[256];
	PlatPci p;

	for (size_t i = 0; i < nelem(rows); i++)
		bar(f, slot[i], rows[i].bar, rows[i].mask);
	bar(f, 3, 1, 0xFFFFFFFF);                     /* the upper half of register 2: 64 bits */
	memcpy(before, f->reg, sizeof before);
	ck_assert_int_eq(plat_pci_probe(0, &p), 0);
	for (size_t i = 0; i < nelem(rows); i++) {
		ck_assert_uint_eq(p.bar[slot[i]].bar, rows[i].bar);
		ck_assert_uint_eq(p.bar[slot[i]].size, rows[i].size);
	}
	ck_assert_uint_eq(p.bar[3].size, 0);
	ck_assert_uint_eq(p.irq, 11);
	before[PCI_COMMAND + 1] |= PCI_NO_INTX >> 8;  /* no interrupts till there is a driver */
	ck_assert_mem_eq(f->reg, before, sizeof before);
}
END_TEST

/* ---- virtio ---- */
static void
cap(Fn *f, uint8_t at, uint8_t next, uint8_t type, uint32_t off, uint32_t size)
{
	uint8_t c[20] = { CAP_VENDOR, next, sizeof c, type, 4 };

	memcpy(c + 8, &off, 4);
	memcpy(c + 12, &size, 4);
	c[16] = 4;
	memcpy(f->reg + at, c, sizeof c);
}

static Fn *
virtio(void)
{
	Fn *f = put(0, 4, 0, 0x10441AF4, 0x00FF00, 0);

	mmio = aligned_alloc(PAGE, MMIO_PAGES * PAGE);
	memset(mmio, 0, MMIO_PAGES * PAGE);
	f->reg[PCI_STATUS] = PCI_HAS_CAPS;
	f->reg[PCI_CAPS] = 0x40;
	bar(f, 4, BASE, 0xFFFFC000);
	cap(f, 0x40, 0x60, CAP_COMMON, 0, 0x38);
	cap(f, 0x60, 0x80, CAP_ISR, 0x1000, 4);
	cap(f, 0x80, 0xA0, CAP_DEVICE, 0x2000, 64);
	cap(f, 0xA0, 0, CAP_NOTIFY, 0x3000, 64);
	return f;
}

START_TEST(device_is_set_up)
{
	uint64_t got = 0;
	uint32_t value = 0;
	VirtioDev d;

	virtio();
	ck_assert_int_eq(plat_virtio_probe(0, &d), 0);
	ck_assert_int_eq(plat_virtio_probe(1, &d), -Enonexist);
	ck_assert_uint_eq(d.device_id, 4);
	ck_assert_int_eq(plat_virtio_reset(&d, 1, &got), 0);
	ck_assert_uint_eq(got, 0);
	mmio[NUM_QUEUES] = 1;
	mmio[QUEUE_SIZE] = 8;
	mmio[QUEUE_NOTIFY_OFF] = 3;
	ck_assert_uint_eq(plat_virtio_queue_max(&d, 0), 8);
	ck_assert_uint_eq(plat_virtio_queue_max(&d, 1), 0);
	ck_assert_int_eq(plat_virtio_queue(&d, 0, 9, 1, 2, 3), -Ebadarg);
	ck_assert_int_eq(plat_virtio_queue(&d, 0, 8, 0x123456789000, 0x2000, 0x3000), 0);
	ck_assert_uint_eq(mmio[QUEUE_DESC + 5], 0x12);
	mmio[0x3000 + 12] = 0xFF;
	plat_virtio_notify(&d, 0);
	ck_assert_uint_eq(mmio[0x3000 + 12], 0);      /* the bell: 3 times 4 bytes */
	mmio[QUEUE_NOTIFY_OFF] = 16;
	ck_assert_int_eq(plat_virtio_queue(&d, 0, 8, 1, 2, 3), -Eio);
	memset(mmio + 0x2000, 0xFF, 256);
	plat_virtio_config(&d, 61, &value, 4);        /* beyond its end: as it was */
	ck_assert_uint_eq(value, 0);
	free(mmio);
}
END_TEST

START_TEST(without_the_interface_it_is_said)
{
	VirtioDev d;

	virtio()->reg[0x43] = 77;
	ck_assert_int_eq(plat_virtio_probe(0, &d), -Enonexist);
	ck_assert_ptr_nonnull(strstr(log_text, "pci 0.4.0: a virtio device without the interface of virtio 1.0"));
	free(mmio);
}
END_TEST

/* Configuration space and registers with any content. */
START_TEST(hostile_device_stays_inside)
{
	uint8_t buf[64];
	uint64_t got;
	VirtioDev d;
	Fn *f = virtio();

	seed = (uint32_t)_i + 1;
	for (int i = 0; i < _i % 40; i++) {           /* the more the worse */
		uint8_t at = (uint8_t)(0x34 + rnd() % (0x100 - 0x34));

		f->reg[at] = (uint8_t)(rnd() % 4 != 0 ? rnd() % 8 * 0x20 : rnd());
	}
	wild = _i & 1;
	if (plat_virtio_probe(0, &d) == 0 && plat_virtio_reset(&d, ~UINT64_C(0), &got) == 0)
		for (int i = 0; i < 300; i++) {
			int q = (int)(rnd() % 80) - 8;

			if (plat_virtio_queue(&d, q, (uint16_t)rnd(), rnd(), rnd(), rnd()) == 0)
				plat_virtio_notify(&d, q);
			plat_virtio_config(&d, rnd() % 100, buf, 1 + rnd() % sizeof buf);
			(void)plat_virtio_isr(&d);
		}
	free(mmio);
}
END_TEST
static const int seeds[200];

UNIT_SUITE("pc_pci", CASE(every_function_is_found_once), CASE(no_bus_no_function),
    CASE(registers_have_sizes_and_keep_their_content), CASE(device_is_set_up),
    CASE(without_the_interface_it_is_said), LOOP(hostile_device_stays_inside, seeds))
