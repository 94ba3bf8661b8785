/*
 * ata_chan.c - one IDE channel: registers, waiting, data by PIO and by bus-master DMA.
 * PIO is polled with the drive's interrupt off; DMA ends with an interrupt, or, should
 * that be lost, when the time is over and the controller says it is done.
 * ERRORS  Eio; what has no answer in time is reset
 * LOCKS   AtaChan.lk: a command and its data. done, wait: the interrupt's
 * SEE     ATA/ATAPI-6 (T13 1410D); Programming Interface for Bus Master IDE
 */
#include "hvm/hvm.h"
#include "target-x86/drv/ata.h"

enum {
	NO_INTERRUPT = 2, SOFT_RESET = 4,         /* control */
	BM_COMMAND = 0, BM_STATUS = 2, BM_TABLE = 4,
	BM_START = 1, BM_TO_MEMORY = 8, BM_ACTIVE = 1, BM_ERROR = 2, BM_IRQ = 4,
	TABLE_END = 0x8000, PAGE = 4096, LIMIT = 0x10000,
	SPINS = 50, NOBODY = 5, POLL_US = 1000, RESET_MS = 5000, DRIVE_FIXED = 0xA0, LBA_MODE = 0x40,
};

static const char NO_ANSWER[] = "no answer in time, the drive was reset";

typedef struct Piece Piece;
struct Piece {
	uint32_t pa;
	uint16_t size;            /* 0: 64 KiB */
	uint16_t flags;
};
_Static_assert(sizeof(Piece) == 8, "bus master IDE, 1.2");

static uint8_t
reg_get(const AtaChan *c, unsigned reg)
{
	return io_in8((uint16_t)(c->io + reg));
}

static void
reg_put(const AtaChan *c, unsigned reg, unsigned v)
{
	io_out8((uint16_t)(c->io + reg), (uint8_t)v);
}

/* Four reads of a register take the 400 ns in which the status is not yet true. */
static void
settle(const AtaChan *c)
{
	for (int i = 0; i < 4; i++)
		(void)io_in8(c->ctl);
}

/* Waits until not busy and the wanted bits are there, or one of ERR and FAULT. A
 * status that stays 0 when data is wanted is that of a drive that is not there. */
static int
wait_status(const AtaChan *c, uint8_t want, int timeout_ms, uint8_t *status)
{
	for (int i = 0; i < SPINS + timeout_ms * 1000 / POLL_US; i++) {
		*status = io_in8(c->ctl);
		if (!(*status & ATA_BUSY) && ((*status & want) == want || *status & (ATA_ERR | ATA_FAULT)))
			return 0;
		if (i == SPINS + NOBODY && want == ATA_DRQ && *status == 0)
			return -Enonexist;
		if (i >= SPINS)
			io_sleep(POLL_US);
	}
	return -Etimedout;
}

void
ata_reset(AtaChan *c)
{
	uint8_t status;

	if (c->bm != 0)
		io_out8(c->bm + BM_COMMAND, 0);
	io_out8(c->ctl, SOFT_RESET | NO_INTERRUPT);
	io_sleep(1000);
	io_out8(c->ctl, NO_INTERRUPT);
	io_sleep(3000);
	(void)wait_status(c, 0, RESET_MS, &status);
}

const char *
ata_error_text(uint8_t error)
{
	static const struct {
		uint8_t bit;
		const char *text;
	} known[] = { { 0x80, "damaged on the cable" }, { 0x40, "bad sector" }, { 0x10, "no such sector" },
		{ 0x04, "refused by the drive" } };

	for (size_t i = 0; i < nelem(known); i++)
		if (error & known[i].bit)
			return known[i].text;
	return "error";
}

static int
fail(AtaDrive *d, AtaFail *f, uint8_t status, const char *timeout)
{
	if (timeout != NULL) {
		*f = (AtaFail){ timeout, 0 };
		ata_reset(d->chan);
	} else {
		f->error = reg_get(d->chan, ATA_ERROR);
		f->why = status & ATA_FAULT ? "device fault" : ata_error_text(f->error);
	}
	return -Eio;
}

/* Selects the drive, loads the registers and gives the command. */
static int
command_send(AtaDrive *d, const AtaCmd *c, AtaFail *f)
{
	AtaChan *ch = d->chan;
	uint8_t status, lba = d->atapi ? 0 : LBA_MODE;

	reg_put(ch, ATA_DRIVE, DRIVE_FIXED | d->sel | lba);
	settle(ch);
	if (wait_status(ch, 0, ATA_TIMEOUT_MS, &status) < 0)
		return fail(d, f, 0, NO_ANSWER);
	if (c->ext) {
		reg_put(ch, ATA_COUNT, c->count >> 8);
		reg_put(ch, ATA_LBA0, (unsigned)(c->lba >> 24));
		reg_put(ch, ATA_LBA1, (unsigned)(c->lba >> 32));
		reg_put(ch, ATA_LBA2, (unsigned)(c->lba >> 40));
	} else {
		reg_put(ch, ATA_DRIVE, DRIVE_FIXED | d->sel | lba | ((unsigned)(c->lba >> 24) & 15));
	}
	reg_put(ch, ATA_FEATURES, c->features);
	reg_put(ch, ATA_COUNT, c->count);
	reg_put(ch, ATA_LBA0, (unsigned)c->lba);
	reg_put(ch, ATA_LBA1, (unsigned)(c->lba >> 8));
	reg_put(ch, ATA_LBA2, (unsigned)(c->lba >> 16));
	reg_put(ch, ATA_COMMAND, c->command);
	settle(ch);
	return 0;
}

/* The end of a command: 0, or why it failed. */
static int
command_end(AtaDrive *d, int timeout_ms, AtaFail *f)
{
	uint8_t status;

	if (wait_status(d->chan, 0, timeout_ms, &status) < 0)
		return fail(d, f, 0, NO_ANSWER);
	if (status & (ATA_ERR | ATA_FAULT))
		return fail(d, f, status, NULL);
	return 0;
}

static int
ide_nodata(AtaDrive *d, const AtaCmd *c, AtaFail *f)
{
	int rc;

	io_out8(d->chan->ctl, NO_INTERRUPT);
	if ((rc = command_send(d, c, f)) < 0)
		return rc;
	return command_end(d, c->timeout_ms, f);
}

int
ata_pio(AtaDrive *d, const AtaCmd *c, size_t size, size_t block, AtaFail *f)
{
	AtaChan *ch = d->chan;
	uint8_t status;
	int rc;

	io_out8(ch->ctl, NO_INTERRUPT);
	if ((rc = command_send(d, c, f)) < 0)
		return rc;
	for (size_t at = 0; at + block <= size; at += block) {
		if ((rc = wait_status(ch, ATA_DRQ, c->timeout_ms, &status)) == -Enonexist) {
			*f = (AtaFail){ "no drive", 0 };
			return rc;
		}
		if (rc < 0)
			return fail(d, f, 0, NO_ANSWER);
		if (status & (ATA_ERR | ATA_FAULT))
			return fail(d, f, status, NULL);
		if (c->write)
			io_outs16(ch->io + ATA_DATA, ch->buf + at, block / 2);
		else
			io_ins16(ch->io + ATA_DATA, ch->buf + at, block / 2);
		settle(ch);
	}
	return command_end(d, c->timeout_ms, f);
}

/* ---- DMA ---- */

static uint32_t
chan_status(void *arg)
{
	AtaChan *c = arg;
	uint8_t bm = io_in8(c->bm + BM_STATUS);

	if (!(bm & BM_IRQ))
		return 0;
	(void)reg_get(c, ATA_STATUS); /* takes the drive's signal away */
	io_out8(c->bm + BM_STATUS, (uint8_t)((bm & 0x60) | BM_IRQ));
	return BM_IRQ;
}

static void
chan_run(void *arg, uint32_t status)
{
	AtaChan *c = arg;

	USED(status);
	atomic_store(&c->done, true);
	rendez_wakeup(&c->wait);
}

static bool
chan_done(void *arg)
{
	return atomic_load(&((AtaChan *)arg)->done);
}

int
ata_chan_start(AtaChan *c)
{
	void *va;
	int rc = hvm_mem(ATA_BUF / PAGE + 1, &va, &c->pa);

	if (rc < 0)
		return rc;
	c->buf = va;
	if (c->pa + ATA_BUF + PAGE > UINT64_C(0xFFFFFFFF))
		c->bm = 0;       /* beyond what the controller reaches */
	if (c->bm != 0 && irq_attach(c->name, c->irq, chan_status, chan_run, c) < 0)
		c->bm = 0;
	c->dma = c->bm != 0;
	return 0;
}

/* The table lies behind the buffer. No piece crosses a 64 KiB boundary. */
static void
table_fill(AtaChan *c, size_t size)
{
	Piece *p = (Piece *)(void *)(c->buf + ATA_BUF);
	uint32_t pa = (uint32_t)c->pa;

	for (; size > 0; p++) {
		size_t n = LIMIT - pa % LIMIT;

		n = n < size ? n : size;
		*p = (Piece){ pa, (uint16_t)n, n == size ? TABLE_END : 0 };
		pa += (uint32_t)n;
		size -= n;
	}
}

static void
dma_prepare(AtaChan *ch, uint8_t direction, size_t size)
{
	table_fill(ch, size);
	io_out8(ch->bm + BM_COMMAND, direction);
	io_out32(ch->bm + BM_TABLE, (uint32_t)(ch->pa + ATA_BUF));
	io_out8(ch->bm + BM_STATUS, (uint8_t)((io_in8(ch->bm + BM_STATUS) & 0x60) | BM_IRQ | BM_ERROR));
	(void)reg_get(ch, ATA_STATUS);
	atomic_store(&ch->done, false);
	io_out8(ch->ctl, 0);
}

/* The drive has its command: moves the data, waits for the end. */
static int
dma_finish(AtaDrive *d, uint8_t direction, int timeout_ms, AtaFail *f)
{
	AtaChan *ch = d->chan;
	uint8_t bm;
	int rc;

	io_out8(ch->bm + BM_COMMAND, direction | BM_START);
	rc = rendez_sleep(&ch->wait, chan_done, ch, timeout_ms);
	while (rc == -Eintr) /* the buffer is the device's until the end */
		rc = rendez_sleep(&ch->wait, chan_done, ch, timeout_ms);
	bm = io_in8(ch->bm + BM_STATUS);
	io_out8(ch->bm + BM_COMMAND, direction);
	io_out8(ch->ctl, NO_INTERRUPT);
	if (rc < 0 && (io_in8(ch->ctl) & ATA_BUSY || bm & BM_ACTIVE))
		return fail(d, f, 0, NO_ANSWER);
	if (rc < 0) {            /* it is done: the next one need not wait that long */
		klog("%s: interrupt %d does not come; programmed I/O from now on\n", d->where, ch->irq);
		d->dma = false;
	}
	if ((rc = command_end(d, timeout_ms, f)) < 0)
		return rc;
	if (bm & (BM_ERROR | BM_ACTIVE)) {
		*f = (AtaFail){ bm & BM_ERROR ? "DMA error" : "too little data", 0 };
		return -Eio;
	}
	return 0;
}

static int
ide_dma(AtaDrive *d, const AtaCmd *c, size_t size, AtaFail *f)
{
	uint8_t direction = c->write ? 0 : BM_TO_MEMORY;
	int rc;

	dma_prepare(d->chan, direction, size);
	if ((rc = command_send(d, c, f)) < 0)
		return rc;
	return dma_finish(d, direction, c->timeout_ms, f);
}

/* ---- packets ---- */

/* One piece of a packet command's data, of the size that the drive tells. */
static int
packet_data(AtaChan *ch, size_t at, size_t room, size_t *n)
{
	size_t told = reg_get(ch, ATA_LBA1) | (size_t)reg_get(ch, ATA_LBA2) << 8;

	if (told == 0 || told > 0xFFFE)
		return -Eio;
	*n = told < room ? told : room;
	io_ins16(ch->io + ATA_DATA, ch->buf + at, *n / 2);
	for (size_t k = *n / 2 * 2; k < told; k += 2) { /* more than was asked for */
		uint16_t w = io_in16(ch->io + ATA_DATA);

		if (k < *n)
			ch->buf[at + k] = (uint8_t)w;
	}
	return 0;
}

/* The drive wants the packet: gives it. */
static int
packet_send(AtaDrive *d, const AtaCmd *c, const uint8_t cmd[12], AtaFail *f)
{
	uint16_t words[6];
	uint8_t status;
	int rc = command_send(d, c, f);

	if (rc < 0)
		return rc;
	if (wait_status(d->chan, ATA_DRQ, c->timeout_ms, &status) < 0)
		return fail(d, f, 0, NO_ANSWER);
	if (status & (ATA_ERR | ATA_FAULT))
		return fail(d, f, status, NULL);
	memcpy(words, cmd, sizeof words);
	io_outs16(d->chan->io + ATA_DATA, words, nelem(words));
	return 0;
}

/* The data comes in pieces of what size the drive likes. */
static int
packet_pio(AtaDrive *d, size_t room, size_t *size, int timeout_ms, AtaFail *f)
{
	AtaChan *ch = d->chan;
	uint8_t status;
	size_t n;

	for (;;) {
		settle(ch);
		if (wait_status(ch, 0, timeout_ms, &status) < 0)
			return fail(d, f, 0, NO_ANSWER);
		if (status & (ATA_ERR | ATA_FAULT))
			return fail(d, f, status, NULL);
		if (!(status & ATA_DRQ))
			return 0;
		if (*size >= ATA_BUF || packet_data(ch, *size, room - *size, &n) < 0)
			return fail(d, f, 0, "nonsense");
		*size += n;
		if (n == 0)
			return fail(d, f, 0, "too much data");
	}
}

static int
ide_packet(AtaDrive *d, const uint8_t cmd[12], size_t *size, int timeout_ms, AtaFail *f)
{
	size_t room = *size, limit = room < 0xF800 ? room : 0xF800;
	bool dma = ata_packet_dma(d, cmd);
	AtaCmd c = { .command = ATA_PACKET, .features = dma, .lba = dma ? 0 : (uint64_t)limit << 8, .timeout_ms = timeout_ms };
	int rc;

	*size = 0;
	if (dma)
		dma_prepare(d->chan, BM_TO_MEMORY, room);
	else
		io_out8(d->chan->ctl, NO_INTERRUPT);
	if ((rc = packet_send(d, &c, cmd, f)) < 0)
		return rc;
	if (!dma)
		return packet_pio(d, room, size, timeout_ms, f);
	if ((rc = dma_finish(d, BM_TO_MEMORY, timeout_ms, f)) == 0)
		*size = room;
	return rc;
}

const AtaOps ata_ide = { .driver = "ide", .pio = ata_pio, .dma = ide_dma, .nodata = ide_nodata, .packet = ide_packet };
