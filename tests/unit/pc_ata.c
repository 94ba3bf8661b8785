/*
 * tests/unit/pc_ata.c - IDE disks and CDs against a model of a channel: its registers,
 * PIO, bus-master DMA with its table, packets, interrupts.
 * Goal: each kind of drive is found where it is; each transfer is exact; a drive that
 * errs, says nothing or lies gives Eio with the sector, and the next request works.
 */
#include "target-x86/drv/ata.c"
#include "target-x86/drv/ata_chan.c"
#include "target-x86/drv/ata_disk.c"
#include "target-x86/drv/atapi.c"
#include "tests/unit.h"

enum { IRQ = 14 };
#include "tests/unit/ata_help.h"

enum { IO = 0x1F0, CTL = 0x3F6, BM = 0xC000 };
enum Kind { NONE, DISK, CD, EMPTY };

static uint8_t dma[(ATA_BUF / 4096 + 1) * 4096];
static struct Model {
	enum Kind kind[2];
	uint8_t sel, error, status, ctl, count[2], lba[3][2], feature;
	uint8_t bm_command, bm_status, sense;
	uint32_t bm_table;
	uint8_t *data, pio[ATA_BUF];     /* what goes through the data register */
	size_t left, chunk;              /* bytes; until the next DRQ */
	uint64_t lba_last;
	uint8_t *medium;                 /* of the transfer by DMA: its first byte, and its end */
	size_t at, end;
	bool writing, packet, irq;
	/* how it misbehaves */
	int64_t bad;                     /* a sector; -1: none */
	bool silent, no_irq, dma_fails, no_dma, small, wild;
	uint64_t nsector;
} m;
static int resets, npio, ndma;

static bool
model_interrupts(void)
{
	return m.irq && !m.no_irq && !(m.ctl & NO_INTERRUPT);
}

void
ahci_find(const PlatPci *p, int nth)
{
	USED(p), USED(nth);
}

int
hvm_mem(size_t npage, void **va, uint64_t *pa)
{
	ck_assert_uint_eq(npage * 4096, sizeof dma);
	*va = dma;
	*pa = PA;
	return 0;
}

int
plat_pci_probe(int index, PlatPci *p)
{
	*p = (PlatPci){ .class = 1, .subclass = 1, .progif = m.no_dma ? 0 : 0x80, .bar[4] = { BM | 1, 16 } };
	return index == 0 ? 0 : -Enonexist;
}

/* ---- the drives ---- */
static void
done(uint8_t error)
{
	m.error = error;
	m.status = ATA_READY | (error != 0 ? ATA_ERR : 0);
	m.left = 0;
	m.irq = true;
}

static void
pio_start(size_t n, size_t chunk, bool writing)
{
	m.data = m.pio;
	m.left = n;
	m.chunk = chunk;
	m.writing = writing;
	m.status = ATA_READY | ATA_DRQ;
}

static void
identify(bool atapi)
{
	uint16_t w[256] = { 0 };
	uint64_t n = m.nsector;

	w[0] = atapi ? 0x8580 : 0x0040;
	w[49] = 1 << 9 | 1 << 8;
	w[60] = (uint16_t)(n < 1 << 28 ? n : 0xFFFF);
	w[61] = (uint16_t)(n < 1 << 28 ? n >> 16 : 0x0FFF);
	w[83] = m.small ? 0 : 0x4000 | 1 << 10;
	for (int i = 0; i < 4; i++)
		w[100 + i] = (uint16_t)(n >> 16 * i);
	memcpy(m.pio, w, sizeof w);
	pio_start(512, 512, false);
}

static uint64_t
lba_of(bool ext)
{
	uint64_t l = m.lba[0][0] | m.lba[1][0] << 8 | (uint32_t)m.lba[2][0] << 16;

	return ext ? l | (uint64_t)m.lba[0][1] << 24 | (uint64_t)m.lba[1][1] << 32 | (uint64_t)m.lba[2][1] << 40 :
	    l | (uint64_t)(m.sel & 15) << 24;
}

/* The bytes of a DMA go where its table says. */
static void
dma_run(bool write, size_t n)
{
	const Piece *p = (const void *)(dma + (m.bm_table - PA));
	size_t at = 0;

	ck_assert_uint_eq(m.bm_table, PA + ATA_BUF);
	for (bool last = false; !last; p++) {
		size_t size = p->size == 0 ? LIMIT : p->size;

		ck_assert_uint_le(p->pa % LIMIT + size, LIMIT);
		ck_assert(p->pa >= PA && p->pa + size <= PA + ATA_BUF);
		for (size_t i = 0; i < size; i++, at++) {
			uint8_t *a = &dma[p->pa - PA + i], *b = &m.medium[(m.at + at) % m.end];

			*(write ? b : a) = *(write ? a : b);
		}
		last = p->flags & TABLE_END;
	}
	ck_assert_uint_eq(at, n);
	ndma++;
}

/* The drive is busy until the controller starts. */
static void
dma_wait(uint8_t *medium, size_t at, size_t end, size_t n)
{
	m.medium = medium;
	m.at = at;
	m.end = end;
	m.left = n;
	m.writing = false;
	m.status = ATA_BUSY;
}

static void
disk_command(uint8_t c)
{
	bool ext = c == ATA_READ_EXT || c == ATA_WRITE_EXT || c == ATA_READ_DMA_EXT || c == ATA_WRITE_DMA_EXT;
	bool write = c == ATA_WRITE || c == ATA_WRITE_EXT || c == ATA_WRITE_DMA || c == ATA_WRITE_DMA_EXT;
	bool by_dma = c == ATA_READ_DMA || c == ATA_WRITE_DMA || c == ATA_READ_DMA_EXT || c == ATA_WRITE_DMA_EXT;
	size_t n = m.count[0] | (ext ? m.count[1] << 8 : 0);
	uint64_t lba = lba_of(ext);

	if (c == ATA_IDENTIFY) {
		identify(false);
	} else if (c == ATA_FLUSH || c == ATA_FLUSH_EXT) {
		done(0);
	} else if (!ext && !write && !by_dma && c != ATA_READ) {
		done(4);
	} else {
		n = n == 0 ? (ext ? 65536 : 256) : n;
		ck_assert_uint_le(lba + n, m.nsector);
		ck_assert(!(m.small && ext));
		m.lba_last = lba;
		if (m.bad >= 0 && (uint64_t)m.bad >= lba && (uint64_t)m.bad < lba + n) {
			done(0x40);
		} else if (by_dma) {
			dma_wait(image, lba * 512, sizeof image, n * 512);
			m.writing = write;
		} else {
			npio++;
			for (size_t i = 0; i < n * 512 && !write; i++)
				m.pio[i] = image[(lba * 512 + i) % sizeof image];
			pio_start(n * 512, 512, write);
		}
	}
}

static void
dma_start(void)
{
	if (!(m.status & ATA_BUSY)) { /* the drive wants none: it has failed */
		m.bm_status |= BM_ACTIVE | BM_IRQ;
		return;
	}
	if (m.dma_fails) {
		m.bm_status |= BM_ERROR;
		done(0);
	} else if (!m.silent) {
		dma_run(m.writing, m.left);
		done(0);
	}
	m.bm_status = (uint8_t)((m.bm_status & ~BM_ACTIVE) | BM_IRQ);
}

static void
packet_reply(size_t n)
{
	m.packet = false;
	m.lba[1][0] = (uint8_t)(n < 2048 ? n : 2048);
	m.lba[2][0] = (uint8_t)((n < 2048 ? n : 2048) >> 8);
	if (n == 0)
		done(0);
	else
		pio_start(n, 2048, false);
}

static void
packet_run(void)
{
	const uint8_t *p = m.pio;
	bool empty = m.kind[m.sel >> 4 & 1] == EMPTY;
	uint32_t lba = be32(p + 2), n = p[7] << 8 | p[8];
	uint8_t op = p[0];

	m.packet = false;
	memset(m.pio, 0, SENSE_SIZE);
	if (op == REQUEST_SENSE) {
		m.pio[2] = m.sense;
		packet_reply(SENSE_SIZE);
	} else if (m.sense == ATTENTION || empty) {
		if (m.sense != ATTENTION)
			m.sense = NOT_READY;
		done(0x10);
		m.sense = m.sense == ATTENTION ? ATTENTION : NOT_READY;
	} else if (op == TEST_UNIT_READY) {
		packet_reply(0);
	} else if (op == READ_CAPACITY) {
		m.pio[3] = CDSECT - 1;
		m.pio[6] = 8;
		packet_reply(8);
	} else if (op == ATAPI_READ_10 && lba + n <= CDSECT && (m.bad < lba || m.bad >= lba + n)) {
		if (m.feature & 1) {
			dma_wait(disc, lba * 2048, sizeof disc, n * 2048);
			return;
		}
		npio++;
		memcpy(m.pio, disc + lba * 2048, n * 2048);
		packet_reply(n * 2048);
	} else {
		m.sense = 3;
		done(0x30);
	}
}

static void
command(uint8_t c)
{
	enum Kind kind = m.kind[m.sel >> 4 & 1];

	m.irq = false;
	m.error = 0;
	if (kind == NONE) {
		m.status = 0;
	} else if (m.silent) {
		m.status = ATA_BUSY;
	} else if (kind == DISK) {
		disk_command(c);
	} else if (c == ATA_IDENTIFY) {
		m.lba[1][0] = 0x14, m.lba[2][0] = 0xEB;
		done(4);
	} else if (c == ATA_IDENTIFY_PACKET) {
		identify(true);
	} else if (c == ATA_PACKET) {
		pio_start(12, 12, true);
		m.packet = true;
	} else {
		done(4);
	}
}

/* ---- ports ---- */
uint16_t
io_in16(uint16_t port)
{
	uint16_t v = 0;

	if (m.wild)
		return (uint16_t)rnd();
	if (port != IO || !(m.status & ATA_DRQ) || m.writing || m.left < 2) /* ck_assert is slow */
		ck_abort_msg("read of port %#x with %zu bytes left", port, m.left);
	memcpy(&v, m.data, 2);
	m.data += 2;
	m.left -= 2;
	if (m.left == 0)
		done(0);
	return v;
}

void
io_ins16(uint16_t port, void *buf, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint16_t v = io_in16(port);

		memcpy((uint8_t *)buf + 2 * i, &v, 2);
	}
}

void
io_outs16(uint16_t port, const void *buf, size_t count)
{
	ck_assert_uint_eq(port, IO);
	if (m.wild)
		return;
	ck_assert(m.status & ATA_DRQ && m.writing && m.left >= 2 * count);
	memcpy(m.data, buf, 2 * count);
	m.data += 2 * count;
	m.left -= 2 * count;
	if (m.left == 0 && m.packet)
		packet_run();
	else if (m.left == 0) {
		for (uint8_t *p = m.pio; p < m.data; p++)
			image[(m.lba_last * 512 + (size_t)(p - m.pio)) % sizeof image] = *p;
		done(0);
	}
}

uint8_t
io_in8(uint16_t port)
{
	bool high = m.ctl & 0x80;

	if (m.wild)
		return (uint8_t)rnd();
	switch (port) {
	case CTL: return m.status;
	case IO + ATA_STATUS: m.irq = false; return m.status;
	case IO + ATA_ERROR: return m.error;
	case IO + ATA_COUNT: return m.count[high];
	case IO + ATA_LBA0: return m.lba[0][high];
	case IO + ATA_LBA1: return m.lba[1][high];
	case IO + ATA_LBA2: return m.lba[2][high];
	case IO + ATA_DRIVE: return m.sel;
	case BM + BM_COMMAND: return m.bm_command;
	case BM + BM_STATUS: return m.bm_status;
	}
	return 0xFF; /* the second channel: nothing drives the bus */
}

static void
fifo(uint8_t r[2], uint8_t v)
{
	r[1] = r[0];
	r[0] = v;
}

void
io_out8(uint16_t port, uint8_t v)
{
	switch (port) {
	case CTL:
		if (v & SOFT_RESET) {
			resets++;
			m.silent = false;
			m.status = m.kind[0] == DISK ? ATA_READY : 0;
			m.sel = 0;
		}
		m.ctl = v;
		return;
	case IO + ATA_FEATURES: m.feature = v; return;
	case IO + ATA_COUNT: fifo(m.count, v); return;
	case IO + ATA_LBA0: fifo(m.lba[0], v); return;
	case IO + ATA_LBA1: fifo(m.lba[1], v); return;
	case IO + ATA_LBA2: fifo(m.lba[2], v); return;
	case IO + ATA_DRIVE:
		m.sel = v;
		if (!(m.status & ATA_BUSY))
			m.status = m.kind[v >> 4 & 1] == DISK ? ATA_READY : 0;
		return;
	case IO + ATA_COMMAND: command(v); return;
	case BM + BM_COMMAND:
		m.bm_command = v;
		if (v & BM_START)
			dma_start();
		return;
	case BM + BM_STATUS:
		m.bm_status &= (uint8_t)~(v & (BM_ERROR | BM_IRQ));
		return;
	}
}

void
io_out32(uint16_t port, uint32_t v)
{
	ck_assert_uint_eq(port, BM + BM_TABLE);
	m.bm_table = v;
}

/* ---- tests ---- */
static void
machine(enum Kind master, enum Kind slave)
{
	m = (struct Model){ .kind = { master, slave }, .bad = -1, .nsector = NSECT };
	m.status = master == DISK ? ATA_READY : 0;
	media_fill();
}

static const struct {
	enum Kind master, slave;
	const char *where;
} places[] = {
	{ NONE, NONE, "" }, { DISK, NONE, "ide0 master:1024 " }, { DISK, DISK, "ide0 master:1024 ide0 slave:1024 " },
	{ CD, NONE, "ide0 master:64 " }, { DISK, CD, "ide0 master:1024 ide0 slave:64 " },
	{ CD, EMPTY, "ide0 master:64 ide0 slave:0 " }, { EMPTY, DISK, "ide0 master:0 ide0 slave:1024 " },
	{ NONE, DISK, "ide0 slave:1024 " },
};

START_TEST(drives_are_where_they_are)
{
	char text[128] = "";
	PlatDisk d;

	machine(places[_i].master, places[_i].slave);
	for (int i = 0; plat_disk_probe(i, &d) == 0; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s:%" PRIu64 " ", d.where, d.nsector);
	ck_assert_str_eq(text, places[_i].where);
	ck_assert_str_eq(log_text, "");
}
END_TEST

START_TEST(transfers_are_exact)
{
	static uint8_t buf[300 * 512];
	PlatDisk d;

	machine(DISK, NONE);
	m.no_dma = _i & 1;
	m.small = _i & 2;
	d = first();
	for (int i = 0; i < 100; i++) {
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
	ck_assert_int_eq(plat_disk_io(&d, false, NSECT - 1, 2, buf), -Eio);
	ck_assert_int_eq(plat_disk_io(&d, false, UINT64_MAX, 2, buf), -Eio);
	ck_assert(_i & 1 ? ndma == 0 && npio > 0 : npio == 0 && ndma > 0);
}
END_TEST
static const int ways[4];

START_TEST(addresses_of_28_and_48_bits)
{
	static const uint64_t at[] = { 0, (1 << 24) - 1, (1 << 28) - 2, (1 << 28) - 1, 1 << 28, UINT64_C(0x123456789A) };
	uint8_t buf[3 * 512];
	PlatDisk d;

	machine(DISK, NONE);
	m.nsector = UINT64_C(1) << 40;
	d = first();
	ck_assert_uint_eq(d.nsector, UINT64_C(1) << 40);
	for (size_t i = 0; i < nelem(at); i++) {
		ck_assert_int_eq(plat_disk_io(&d, false, at[i], 3, buf), 0);
		ck_assert_uint_eq(m.lba_last, at[i]);
	}
}
END_TEST

START_TEST(bad_sector_is_named)
{
	static uint8_t buf[200 * 512];
	PlatDisk d;

	machine(DISK, NONE);
	m.no_dma = _i & 1;
	d = first();
	m.bad = 150;
	ck_assert_int_eq(plat_disk_io(&d, false, 10, 200, buf), -Eio);
	ck_assert_str_eq(err_reason(), "ide0 master: read sector 150: bad sector: i/o error");
	ck_assert_mem_eq(buf, image + 10 * 512, 140 * 512);
	ck_assert_int_eq(plat_disk_io(&d, true, 150, 1, buf), -Eio);
	ck_assert_str_eq(err_reason(), "ide0 master: write sector 150: bad sector: i/o error");
	ck_assert_int_eq(plat_disk_io(&d, false, 151, 200, buf), 0);
}
END_TEST

START_TEST(silence_ends_with_a_reset)
{
	uint8_t buf[512];
	int before;
	PlatDisk d;

	machine(DISK, NONE);
	m.no_dma = _i & 1;
	d = first();
	before = resets;
	m.silent = true;
	if (_i & 1) {
		ck_assert_int_eq(plat_disk_io(&d, false, 7, 1, buf), -Eio);
		ck_assert_str_eq(err_reason(), "ide0 master: read sector 7: no answer in time, the drive was reset: i/o error");
	} else { /* DMA that hangs: the same by PIO */
		ck_assert_int_eq(plat_disk_io(&d, false, 7, 1, buf), 0);
		ck_assert_ptr_nonnull(strstr(log_text, "programmed I/O from now on"));
	}
	ck_assert_int_eq(resets, before + 1);
	ck_assert_int_eq(plat_disk_io(&d, false, 8, 1, buf), 0);
	ck_assert_mem_eq(buf, image + 8 * 512, 512);
}
END_TEST

START_TEST(broken_dma_gives_way_to_pio)
{
	uint8_t buf[512];
	PlatDisk d;

	machine(DISK, NONE);
	d = first();
	m.dma_fails = _i & 1;
	m.no_irq = !(_i & 1);
	for (int i = 0; i < 3; i++) {
		memset(buf, 0, sizeof buf);
		ck_assert_int_eq(plat_disk_io(&d, false, 9, 1, buf), 0);
		ck_assert_mem_eq(buf, image + 9 * 512, 512);
	}
	ck_assert_ptr_nonnull(strstr(log_text, "programmed I/O from now on"));
	ck_assert_int_eq(npio, _i & 1 ? 3 : 2);
}
END_TEST

START_TEST(disc_is_read)
{
	static uint8_t buf[CDSECT * 2048];
	PlatDisk d;

	machine(CD, NONE);
	m.no_dma = _i & 1;
	d = first();
	ck_assert(d.readonly && d.removable && d.sector_size == 2048);
	ck_assert_int_eq(plat_disk_io(&d, false, 0, CDSECT, buf), 0);
	ck_assert_mem_eq(buf, disc, sizeof buf);
	ck_assert(_i & 1 ? ndma == 0 && npio > 0 : npio == 0 && ndma > 0);
	ck_assert_int_eq(plat_disk_io(&d, true, 0, 1, buf), -Ereadonly);
	m.bad = 9;
	ck_assert_int_eq(plat_disk_io(&d, false, 9, 1, buf), -Eio);
	ck_assert_str_eq(err_reason(), "ide0 master: read sector 9: error: i/o error");
	ck_assert(!plat_disk_changed(&d));
	m.kind[0] = EMPTY;
	ck_assert(plat_disk_changed(&d));
	ck_assert_uint_eq(d.nsector, 0);
	ck_assert_int_eq(plat_disk_io(&d, false, 0, 1, buf), -Eio);
	m.kind[0] = CD;
	m.sense = 0;
	ck_assert(plat_disk_changed(&d));
	ck_assert_uint_eq(d.nsector, CDSECT);
}
END_TEST

START_TEST(discs_broken_dma_gives_way_to_pio)
{
	static uint8_t buf[9 * 2048];
	PlatDisk d;

	machine(CD, NONE);
	d = first();
	m.dma_fails = _i & 1;
	m.no_irq = !(_i & 1);
	for (int i = 0; i < 3; i++) {
		memset(buf, 0, sizeof buf);
		ck_assert_int_eq(plat_disk_io(&d, false, 5, 9, buf), 0);
		ck_assert_mem_eq(buf, disc + 5 * 2048, sizeof buf);
	}
	ck_assert_ptr_nonnull(strstr(log_text, "programmed I/O from now on"));
	ck_assert_int_eq(npio, _i & 1 ? 3 : 2);
}
END_TEST

START_TEST(silence_without_data_is_not_dmas_fault)
{
	uint8_t buf[2048];
	PlatDisk d;

	machine(CD, NONE);
	d = first();
	m.silent = true;
	ck_assert(plat_disk_changed(&d)); /* it can't tell of its disc */
	ck_assert(plat_disk_changed(&d));
	ck_assert_int_eq(plat_disk_io(&d, false, 3, 1, buf), 0);
	ck_assert_mem_eq(buf, disc + 3 * 2048, 2048);
	ck_assert(ndma == 1 && npio == 0);
	ck_assert_str_eq(log_text, "");
}
END_TEST

/* Registers with any content: every call comes back, no byte is written elsewhere. */
START_TEST(wild_registers_are_harmless)
{
	static uint8_t buf[64 * 2048];
	PlatDisk d;

	seed = (uint32_t)_i + 1;
	machine(_i & 1 ? DISK : CD, CD);
	d = first();
	m.wild = true;
	for (int i = 0; i < 200; i++) {
		(void)plat_disk_io(&d, false, rnd() % 8, 1 + rnd() % 32, buf);
		if (d.removable)
			(void)plat_disk_changed(&d);
		d.nsector = CDSECT;
		d.sector_size = d.removable ? 2048 : 512;
		log_text[0] = '\0';
	}
	m.wild = false;
}
END_TEST
static const int seeds[8];

UNIT_SUITE("pc_ata", LOOP(drives_are_where_they_are, places), LOOP(transfers_are_exact, ways),
    CASE(addresses_of_28_and_48_bits), LOOP(bad_sector_is_named, ways), LOOP(silence_ends_with_a_reset, ways),
    LOOP(broken_dma_gives_way_to_pio, ways), LOOP(disc_is_read, ways), LOOP(discs_broken_dma_gives_way_to_pio, ways),
    CASE(silence_without_data_is_not_dmas_fault), LOOP(wild_registers_are_harmless, seeds))
