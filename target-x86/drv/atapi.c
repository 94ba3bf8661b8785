/*
 * atapi.c - CD drives: reading, by packets; DMA where the drive can.
 * ERRORS  Eio the sector, or that there is no disc
 * SEE     MMC-3 (T10 1363D)
 */
#include "target-x86/drv/ata.h"

enum {
	TEST_UNIT_READY = 0x00, REQUEST_SENSE = 0x03, READ_CAPACITY = 0x25,
	NOT_READY = 2, ATTENTION = 6, TRIES = 5, CD_SECTOR = 2048, SENSE_SIZE = 18,
};

/* REQUIRES chan->lk. The key of what went wrong, from 1 to 15; 0: no answer. */
static int
sense_key(AtaDrive *d)
{
	const uint8_t cmd[12] = { REQUEST_SENSE, 0, 0, 0, SENSE_SIZE };
	size_t n = SENSE_SIZE;
	AtaFail f;

	if (d->chan->ops->packet(d, cmd, &n, ATA_TIMEOUT_MS, &f) < 0 || n < 3)
		return 0;
	return d->chan->buf[2] & 15;
}

/* REQUIRES chan->lk. One command; when it fails, *key says how. */
static int
packet(AtaDrive *d, const uint8_t cmd[12], size_t *size, int *key)
{
	size_t room = *size;
	AtaFail f = { NULL, 0 };

	if (d->chan->ops->packet(d, cmd, size, ATA_TIMEOUT_MS, &f) == 0)
		return 0;
	if (f.error == 0 && ata_packet_dma(d, cmd) && d->chan->ops->pio != NULL) { /* not the disc's fault: the way it came */
		klog("%s: DMA: %s; programmed I/O from now on\n", d->where, f.why);
		d->dma = false;
		*size = room;
		if (d->chan->ops->packet(d, cmd, size, ATA_TIMEOUT_MS, &f) == 0)
			return 0;
	}
	*key = f.error != 0 ? sense_key(d) : 0;
	return -Eio;
}

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* REQUIRES chan->lk. The disc's size; 0 sectors when it can't be told. */
static void
capacity_read(AtaDrive *d, PlatDisk *p)
{
	const uint8_t cmd[12] = { READ_CAPACITY };
	size_t n = 8;
	uint32_t last, size;
	int key;

	p->nsector = 0;
	p->sector_size = CD_SECTOR;
	if (packet(d, cmd, &n, &key) < 0 || n < 8)
		return;
	last = be32(d->chan->buf);
	size = be32(d->chan->buf + 4);
	if (last == 0xFFFFFFFF || size < 512 || size > 4096 || (size & (size - 1)) != 0)
		return;
	p->nsector = (uint64_t)last + 1;
	p->sector_size = size;
}

/* REQUIRES chan->lk. Is there a disc? *fresh: it may be another one. */
static bool
disc_ready(AtaDrive *d, bool *fresh)
{
	const uint8_t cmd[12] = { TEST_UNIT_READY };
	int key = 0;

	for (int try = 0; try < TRIES; try++) {
		size_t n = 0;

		if (packet(d, cmd, &n, &key) == 0)
			return true;
		if (key != ATTENTION)
			return false;
		*fresh = true;
	}
	return false;
}

bool
atapi_changed(AtaDrive *d, PlatDisk *p)
{
	bool fresh = false, ready;

	qlock(&d->chan->lk);
	ready = disc_ready(d, &fresh);
	if (!ready)
		fresh = p->nsector != 0;
	else
		fresh = fresh || p->nsector == 0;
	if (fresh && ready)
		capacity_read(d, p);
	else if (fresh)
		p->nsector = 0;
	qunlock(&d->chan->lk);
	return fresh;
}

int
atapi_setup(AtaDrive *d, PlatDisk *p)
{
	uint16_t w[256];

	memcpy(w, d->chan->buf, sizeof w);
	if ((w[0] >> 8 & 0x1F) != 5)
		return seterr(Eio, "%s: a packet device of type %d, no CD drive", d->where, w[0] >> 8 & 0x1F);
	if ((w[0] & 3) != 0)
		return seterr(Eio, "%s: packets of 16 bytes", d->where);
	ata_text(w + 10, 10, p->id, sizeof p->id);
	ata_text(w + 27, 20, p->model, sizeof p->model);
	/* one that interrupts for the packet, too, is left alone */
	d->dma = d->chan->dma && w[49] & 1 << 8 && (w[0] >> 5 & 3) != 1;
	snprintf(p->config, sizeof p->config, "atapi %s %.40s", d->dma ? "dma" : "pio", p->model);
	p->readonly = p->removable = true;
	p->sector_size = CD_SECTOR;
	(void)atapi_changed(d, p);
	return 0;
}

/* REQUIRES chan->lk */
static int
piece_read(AtaDrive *d, uint32_t sector_size, uint64_t sector, size_t count, uint8_t *buf)
{
	uint8_t cmd[12] = { ATAPI_READ_10, 0, (uint8_t)(sector >> 24), (uint8_t)(sector >> 16),
		(uint8_t)(sector >> 8), (uint8_t)sector, 0, (uint8_t)(count >> 8), (uint8_t)count };
	size_t want = count * sector_size, n = want;
	int key = 0, rc = packet(d, cmd, &n, &key);

	if (rc < 0 || n != want) {
		const char *why = key == NOT_READY ? "no disc" : key == ATTENTION ? "another disc" :
		    rc < 0 && key == 0 ? "no answer" : "error";

		klog("%s: read sector %" PRIu64 ": %s\n", d->where, sector, why);
		return seterr(Eio, "%s: read sector %" PRIu64 ": %s", d->where, sector, why);
	}
	memcpy(buf, d->chan->buf, want);
	return 0;
}

int
atapi_read(AtaDrive *d, uint32_t sector_size, uint64_t sector, size_t count, uint8_t *buf)
{
	size_t piece = ATA_BUF / sector_size;
	int rc = 0;

	while (count > 0 && rc == 0) {
		size_t n = count < piece ? count : piece;

		qlock(&d->chan->lk);
		rc = piece_read(d, sector_size, sector, n, buf);
		qunlock(&d->chan->lk);
		sector += n;
		buf += n * sector_size;
		count -= n;
	}
	return rc;
}
