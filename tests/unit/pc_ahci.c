/*
 * tests/unit/pc_ahci.c - SATA drives against a model of an AHCI controller: registers,
 * command list, tables, data pieces, interrupts.
 * Goal: each kind of drive is found at its port; each transfer is exact; an error names
 * its sector and the next request works; a port that is silent is reset, one that does
 * not stop is used no more, nor is its memory.
 */
#include "target-x86/drv/ata.c"
#include "target-x86/drv/ata_disk.c"
#include "target-x86/drv/atapi.c"
#define drive_find ahci_drive_find /* ata.c has one, too */
#include "target-x86/drv/ahci.c"
#include "tests/unit.h"

enum { IRQ = 11 };
#include "tests/unit/ata_help.h"

enum { PORTS = 3, MEM = ATA_BUF + 4096 };
enum Kind { NONE, DISK, CD, STRANGE };

static uint8_t memory[PORTS][MEM], regs[PORT_BASE + PORTS * PORT_STEP];
static size_t nmem;
static struct Model {
	enum Kind kind[PORTS];
	uint32_t ghc, is;
	struct {
		uint32_t list, fis, is, ie, cmd, task, error, control, issue;
	} port[PORTS];
	uint8_t sense;
	int64_t bad;
	uint64_t nsector, lba;
	/* how it misbehaves */
	bool silent, no_irq, stuck, short_data, bus_error;
	int link_resets, commands;
} m;

static bool
model_interrupts(void)
{
	return m.is != 0 && m.ghc & GHC_IRQ && !m.no_irq;
}

int
hvm_mem(size_t npage, void **va, uint64_t *pa)
{
	ck_assert(npage * 4096 == MEM && nmem < PORTS);
	*va = memory[nmem];
	*pa = PA + nmem++ * MEM;
	return 0;
}

int
plat_pci_probe(int index, PlatPci *p)
{
	*p = (PlatPci){ .class = 1, .subclass = 6, .progif = 1, .irq = 11, .bar[5] = { 0xF0000000, sizeof regs } };
	return index == 0 ? 0 : -Enonexist;
}

int
pci_map(const PlatPci *p, int bar, uint32_t off, uint32_t n, volatile uint8_t **va)
{
	ck_assert(p->irq == 11 && bar == 5 && off == 0 && n == sizeof regs);
	*va = regs;
	return 0;
}

/* ---- no IDE ---- */
const AtaOps ata_ide = { .driver = "ide" };

int
ata_pio(AtaDrive *d, const AtaCmd *c, size_t size, size_t block, AtaFail *f)
{
	ck_abort_msg("%s %x %zu %zu %p", d->where, c->command, size, block, (void *)f);
}

void
ata_reset(AtaChan *c)
{
	ck_abort_msg("%s", c->name);
}

int
ata_chan_start(AtaChan *c)
{
	ck_abort_msg("%s", c->name);
}

uint8_t
io_in8(uint16_t port)
{
	ck_abort_msg("%x", port);
}

void
io_out8(uint16_t port, uint8_t v)
{
	ck_abort_msg("%x %x", port, v);
}

const char *
ata_error_text(uint8_t error)
{
	return error == 0x40 ? "bad sector" : "error";
}

/* ---- the controller ---- */

/* n bytes of the machine's memory */
static uint8_t *
mem(uint32_t pa, size_t n)
{
	ck_assert_msg(pa >= PA && n <= sizeof memory && pa - PA <= sizeof memory - n, "%x + %zu", pa, n);
	return (uint8_t *)memory + (pa - PA);
}

static uint32_t
le(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static void
finish(int i, uint8_t error, uint32_t reason)
{
	m.port[i].task = ATA_READY | (error != 0 ? ATA_ERR | (uint32_t)error << 8 : 0);
	if (error == 0 && reason != 1 << 28)
		m.port[i].issue = 0;
	m.port[i].is |= error != 0 ? 1u << 30 : reason;
	m.is |= 1u << i;
}

/* n bytes between the medium and the command's piece of memory */
static void
move(int i, uint8_t *medium, size_t end, uint64_t at, size_t n, bool write)
{
	uint8_t *head = mem(m.port[i].list, 32), *piece = mem(le(head + 8) + TABLE_PIECE, 16);
	size_t size = (le(piece + 12) & 0x3FFFFF) + 1;
	uint8_t *data = mem(le(piece), size);

	ck_assert_uint_eq(le(head) >> 16, 1);
	ck_assert_int_eq(le(head) >> 6 & 1, write);
	if (m.short_data)
		n = n / 2;
	n = n < size ? n : size;
	for (size_t k = 0; k < n; k++)
		*(write ? &medium[(at + k) % end] : &data[k]) = *(write ? &data[k] : &medium[(at + k) % end]);
	put32(head + 4, n);
}

static void
identify(int i, bool atapi)
{
	uint16_t w[256] = { 0 };

	w[0] = atapi ? 0x8580 : 0x0040;
	w[49] = 1 << 9 | 1 << 8;
	w[60] = 0xFFFF, w[61] = 0x0FFF;
	w[83] = 0x4000 | 1 << 10;
	for (int k = 0; k < 4; k++)
		w[100 + k] = (uint16_t)(m.nsector >> 16 * k);
	move(i, (uint8_t *)w, sizeof w, 0, sizeof w, false);
	finish(i, 0, 2);
}

static void
packet_run(int i, const uint8_t *p)
{
	uint32_t lba = be32(p + 2), n = p[7] << 8 | p[8];
	uint8_t answer[SENSE_SIZE] = { 0 };

	if (p[0] == REQUEST_SENSE) {
		answer[2] = m.sense;
		move(i, answer, sizeof answer, 0, sizeof answer, false);
	} else if (p[0] == READ_CAPACITY) {
		answer[3] = CDSECT - 1;
		answer[6] = 8;
		move(i, answer, sizeof answer, 0, 8, false);
	} else if (p[0] == ATAPI_READ_10 && lba + n <= CDSECT && !(m.bad >= lba && m.bad < lba + n)) {
		move(i, disc, sizeof disc, lba * 2048, n * 2048, false);
	} else if (p[0] != TEST_UNIT_READY) {
		m.sense = 3;
		finish(i, 0x30, 0);
		return;
	}
	finish(i, 0, 1);
}

static void
run(int i)
{
	uint8_t *head = mem(m.port[i].list, 32), *t = mem(le(head + 8), 0x90);
	bool ext = t[2] == ATA_READ_DMA_EXT || t[2] == ATA_WRITE_DMA_EXT;
	uint64_t lba = (le(t + 4) & 0xFFFFFF) | (ext ? (uint64_t)(le(t + 8) & 0xFFFFFF) << 24 : (uint64_t)(t[7] & 15) << 24);
	size_t n = t[12] | t[13] << 8;

	m.commands++;
	ck_assert((le(head) & 0x1F) == 5 && t[0] == 0x27 && t[1] == 0x80);
	if (m.silent) {
		m.port[i].task = ATA_BUSY;
	} else if (m.bus_error) {
		m.bus_error = false;
		finish(i, 0, 1 << 28);
	} else if (t[2] == (m.kind[i] == CD ? ATA_IDENTIFY_PACKET : ATA_IDENTIFY)) {
		identify(i, m.kind[i] == CD);
	} else if (t[2] == ATA_PACKET && m.kind[i] == CD && le(head) & 1 << 5) {
		packet_run(i, t + 0x40);
	} else if (t[2] == ATA_FLUSH_EXT) {
		finish(i, 0, 1);
	} else if (t[2] == ATA_READ_DMA || t[2] == ATA_WRITE_DMA || ext) {
		ck_assert(t[7] & 0x40 && lba + n <= m.nsector && (ext || n <= 256));
		m.lba = lba;
		if (m.bad >= (int64_t)lba && m.bad < (int64_t)(lba + n)) {
			finish(i, 0x40, 0);
			return;
		}
		move(i, image, sizeof image, lba * 512, n * 512, t[2] == ATA_WRITE_DMA || t[2] == ATA_WRITE_DMA_EXT);
		finish(i, 0, 1);
	} else {
		finish(i, 4, 0);
	}
}

uint32_t
mmio_get(const volatile void *p, int width)
{
	size_t off = (size_t)((const volatile uint8_t *)p - regs), reg = off % PORT_STEP;
	int i = (int)(off - PORT_BASE) / PORT_STEP;

	ck_assert(width == 4 && off < sizeof regs);
	if (off < PORT_BASE)
		return off == HBA_GHC ? m.ghc : off == HBA_IS ? m.is : off == HBA_PI ? (1 << PORTS) - 1 : 0;
	switch (reg) {
	case P_IS: return m.port[i].is;
	case P_CMD:
		return m.port[i].cmd | (m.port[i].cmd & CMD_START || m.stuck ? CMD_ON : 0) | (m.port[i].cmd & CMD_FIS ? CMD_FIS_ON : 0);
	case P_TASK: return m.port[i].task;
	case P_SIG: return m.kind[i] == CD ? SIG_PACKET : m.kind[i] == DISK ? SIG_DISK : 0x96690101;
	case P_LINK: return m.kind[i] == NONE ? 0 : 3;
	case P_CONTROL: return m.port[i].control;
	case P_ISSUE: return m.port[i].issue;
	}
	return 0;
}

static void
port_put(int i, size_t reg, uint32_t v)
{
	switch (reg) {
	case P_LIST: m.port[i].list = v; break;
	case P_FIS: m.port[i].fis = v; break;
	case P_IS: m.port[i].is &= ~v; break;
	case P_IE: m.port[i].ie = v; break;
	case P_CMD:
		if (!(v & CMD_START))
			m.port[i].issue = 0;
		ck_assert(!(v & CMD_START) || v & CMD_FIS);
		m.port[i].cmd = v & ~(uint32_t)(CMD_ON | CMD_FIS_ON); /* these tell only */
		break;
	case P_CONTROL:
		if (m.port[i].control & 1 && !(v & 1)) {
			m.link_resets++;
			m.port[i].task = ATA_READY;
			m.silent = false;
		}
		m.port[i].control = v;
		break;
	case P_ISSUE:
		ck_assert(v == 1 && m.port[i].cmd & CMD_START && m.port[i].issue == 0);
		m.port[i].issue = 1;
		run(i);
		break;
	}
}

void
mmio_put(volatile void *p, int width, uint32_t v)
{
	size_t off = (size_t)((volatile uint8_t *)p - regs);

	ck_assert(width == 4 && off < sizeof regs);
	if (off == HBA_GHC)
		m.ghc = v;
	else if (off == HBA_IS)
		m.is &= ~v;
	else if (off >= PORT_BASE)
		port_put((int)(off - PORT_BASE) / PORT_STEP, off % PORT_STEP, v);
}

/* ---- tests ---- */
static void
machine(enum Kind a, enum Kind b, enum Kind c)
{
	m = (struct Model){ .kind = { a, b, c }, .bad = -1, .nsector = NSECT };
	for (int i = 0; i < PORTS; i++)
		m.port[i].task = ATA_READY;
	media_fill();
}

START_TEST(drives_are_where_they_are)
{
	char text[128] = "";
	PlatDisk d;

	machine(DISK, NONE, CD);
	for (int i = 0; plat_disk_probe(i, &d) == 0; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s %s:%" PRIu64 " ", d.driver, d.where, d.nsector);
	ck_assert_str_eq(text, "ahci ahci0 port 0:1024 ahci ahci0 port 2:64 ");
	ck_assert_str_eq(log_text, "");
}
END_TEST

START_TEST(strange_devices_are_told)
{
	PlatDisk d;

	machine(STRANGE, DISK, NONE);
	ck_assert_int_eq(plat_disk_probe(0, &d), 0);
	ck_assert_str_eq(d.where, "ahci0 port 1");
	ck_assert_str_eq(log_text, "ahci0 port 0: a device of signature 96690101 is not used\n");
}
END_TEST

START_TEST(transfers_are_exact)
{
	static uint8_t buf[300 * 512];
	PlatDisk d;

	machine(DISK, NONE, NONE);
	d = first();
	m.no_irq = _i == 1; /* slower, but as exact */
	for (int i = 0; i < 60; i++) {
		size_t n = 1 + rnd() % 300, at = rnd() % (NSECT - n + 1);

		memset(buf, 0, sizeof buf);
		ck_assert_int_eq(plat_disk_io(&d, false, at, n, buf), 0);
		ck_assert_mem_eq(buf, image + at * 512, n * 512);
		for (size_t k = 0; k < n * 512; k++)
			buf[k] = (uint8_t)rnd();
		ck_assert_int_eq(plat_disk_io(&d, true, at, n, buf), 0);
		ck_assert_mem_eq(buf, image + at * 512, n * 512);
	}
	ck_assert_int_eq(plat_disk_flush(&d), 0);
	ck_assert_str_eq(log_text, _i == 1 ? "ahci0 port 0: interrupt 11 does not come; it is not waited for from now on\n" : "");
}
END_TEST
static const int ways[2];

START_TEST(controller_without_interrupt_is_polled)
{
	uint8_t buf[512];
	PlatDisk d;

	machine(DISK, NONE, NONE);
	irq_refused = true;
	d = first();
	ck_assert_int_eq(plat_disk_io(&d, false, 7, 1, buf), 0);
	ck_assert_mem_eq(buf, image + 7 * 512, 512);
	ck_assert(!(m.ghc & GHC_IRQ)); /* nobody would take it from the line */
	ck_assert_str_eq(log_text, "ahci0: polled: interrupt 11: out of memory\n");
}
END_TEST

START_TEST(addresses_of_28_and_48_bits)
{
	static const uint64_t at[] = { 0, (1 << 24) - 1, (1 << 28) - 3, (1 << 28) - 1, 1 << 28, UINT64_C(0x123456789A) };
	uint8_t buf[3 * 512];
	PlatDisk d;

	machine(DISK, NONE, NONE);
	m.nsector = UINT64_C(1) << 40;
	d = first();
	for (size_t i = 0; i < nelem(at); i++) {
		ck_assert_int_eq(plat_disk_io(&d, false, at[i], 3, buf), 0);
		ck_assert_uint_eq(m.lba, at[i]);
	}
}
END_TEST

START_TEST(bad_sector_is_named)
{
	static uint8_t buf[200 * 512];
	PlatDisk d;

	machine(DISK, NONE, NONE);
	d = first();
	m.bad = 150;
	ck_assert_int_eq(plat_disk_io(&d, false, 10, 200, buf), -Eio);
	ck_assert_str_eq(err_reason(), "ahci0 port 0: read sector 150: bad sector: i/o error");
	ck_assert_mem_eq(buf, image + 10 * 512, 140 * 512);
	ck_assert_int_eq(plat_disk_io(&d, true, 150, 1, buf), -Eio);
	ck_assert_int_eq(plat_disk_io(&d, false, 151, 200, buf), 0);
	ck_assert_int_eq(m.link_resets, 0);
}
END_TEST

START_TEST(silence_ends_with_a_reset)
{
	uint8_t buf[512];
	PlatDisk d;

	machine(DISK, NONE, NONE);
	d = first();
	m.silent = true;
	ck_assert_int_eq(plat_disk_io(&d, false, 7, 1, buf), -Eio);
	ck_assert_str_eq(err_reason(), "ahci0 port 0: read sector 7: no answer in time, the drive was reset: i/o error");
	ck_assert_int_eq(m.link_resets, 1);
	ck_assert_int_eq(plat_disk_io(&d, false, 8, 1, buf), 0);
	ck_assert_mem_eq(buf, image + 8 * 512, 512);
	m.bus_error = true;
	ck_assert_int_eq(plat_disk_io(&d, false, 8, 1, buf), -Eio);
	ck_assert_ptr_nonnull(strstr(err_reason(), "transfer error"));
	m.short_data = true;
	ck_assert_int_eq(plat_disk_io(&d, false, 8, 1, buf), -Eio);
	ck_assert_ptr_nonnull(strstr(err_reason(), "too little data"));
	m.short_data = false;
	ck_assert_int_eq(plat_disk_io(&d, false, 8, 1, buf), 0);
}
END_TEST

START_TEST(port_that_does_not_stop_is_dead)
{
	uint8_t buf[512];
	PlatDisk d;
	int before;

	machine(DISK, NONE, NONE);
	d = first();
	m.silent = m.stuck = true;
	ck_assert_int_eq(plat_disk_io(&d, false, 7, 1, buf), -Eio);
	m.silent = m.stuck = false;
	before = m.commands;
	ck_assert_int_eq(plat_disk_io(&d, false, 7, 1, buf), -Eio);
	ck_assert_ptr_nonnull(strstr(err_reason(), "the port is dead"));
	ck_assert_int_eq(m.commands, before);
	ck_assert_ptr_nonnull(strstr(log_text, "ahci0 port 0: the port can't be reset: the drive is used no more\n"));
}
END_TEST

START_TEST(disc_is_read)
{
	static uint8_t buf[CDSECT * 2048];
	PlatDisk d;

	machine(NONE, CD, NONE);
	d = first();
	ck_assert(d.readonly && d.removable && d.sector_size == 2048);
	ck_assert_int_eq(plat_disk_io(&d, false, 0, CDSECT, buf), 0);
	ck_assert_mem_eq(buf, disc, sizeof buf);
	m.bad = 9;
	ck_assert_int_eq(plat_disk_io(&d, false, 9, 1, buf), -Eio);
	ck_assert_str_eq(err_reason(), "ahci0 port 1: read sector 9: error: i/o error");
	ck_assert_int_eq(plat_disk_io(&d, false, 10, 1, buf), 0);
	m.short_data = true;
	ck_assert_int_eq(plat_disk_io(&d, false, 10, 2, buf), -Eio);
}
END_TEST

UNIT_SUITE("pc_ahci", CASE(drives_are_where_they_are), CASE(strange_devices_are_told), LOOP(transfers_are_exact, ways),
    CASE(controller_without_interrupt_is_polled), CASE(addresses_of_28_and_48_bits), CASE(bad_sector_is_named), CASE(silence_ends_with_a_reset),
    CASE(port_that_does_not_stop_is_dead), CASE(disc_is_read))
