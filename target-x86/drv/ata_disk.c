/*
 * ata_disk.c - IDE disks: 28- and 48-bit addresses, DMA, and PIO where DMA is missing
 * or has failed.
 * ERRORS  Eio names the first sector that failed; one line in the log
 */
#include "target-x86/drv/ata.h"

enum { SECTOR = 512, LBA28_END = 1 << 28, PIECE = ATA_BUF / SECTOR };

void
ata_text(const uint16_t *w, size_t nword, char *out, size_t n)
{
	size_t k = 0, first = 0;

	for (size_t i = 0; i < 2 * nword && k + 1 < n; i++) {
		char c = (char)(i % 2 ? w[i / 2] : w[i / 2] >> 8);

		if (c == ' ' && k == first)
			continue;
		out[k++] = c > ' ' && c < 0x7F ? c : ' ';
	}
	while (k > 0 && out[k - 1] == ' ')
		k--;
	out[k] = '\0';
}

int
ata_disk_setup(AtaDrive *d, PlatDisk *p)
{
	uint16_t w[256];

	memcpy(w, d->chan->buf, sizeof w);
	if (!(w[49] & 1 << 9))
		return seterr(Eio, "%s: a disk without LBA", d->where);
	d->lba48 = w[83] & 1 << 10 && (w[83] & 0xC000) == 0x4000;
	d->dma = d->chan->dma && w[49] & 1 << 8;
	p->nsector = w[60] | (uint32_t)w[61] << 16;
	if (d->lba48)
		p->nsector = w[100] | (uint64_t)w[101] << 16 | (uint64_t)w[102] << 32 | (uint64_t)w[103] << 48;
	else if (p->nsector > LBA28_END)
		p->nsector = LBA28_END;
	if (p->nsector > UINT64_C(1) << 48)
		p->nsector = UINT64_C(1) << 48;
	p->sector_size = SECTOR;
	ata_text(w + 10, 10, p->id, sizeof p->id);
	ata_text(w + 27, 20, p->model, sizeof p->model);
	snprintf(p->config, sizeof p->config, "%s lba%d %.40s", d->dma ? "dma" : "pio", d->lba48 ? 48 : 28, p->model);
	return 0;
}

/* REQUIRES chan->lk. Says which sector it was. */
static int
piece_failed(AtaDrive *d, const AtaCmd *c, const AtaFail *f)
{
	const char *verb = c->write ? "write" : "read";

	klog("%s: %s sector %" PRIu64 ": %s\n", d->where, verb, c->lba, f->why);
	return seterr(Eio, "%s: %s sector %" PRIu64 ": %s", d->where, verb, c->lba, f->why);
}

/* REQUIRES chan->lk. At most PIECE sectors, through the channel's buffer. *several: it
 * is the fault of a sector, but of several that were tried. */
static int
piece_io(AtaDrive *d, bool write, uint64_t sector, size_t count, uint8_t *buf, bool *several)
{
	AtaCmd c = { .lba = sector, .count = (uint16_t)count, .write = write, .timeout_ms = ATA_TIMEOUT_MS };
	const AtaOps *ops = d->chan->ops;
	size_t size = count * SECTOR;
	AtaFail f = { NULL, 0 };
	int rc = -Eio;

	c.ext = d->lba48 && sector + count > LBA28_END;
	if (write)
		memcpy(d->chan->buf, buf, size);
	if (d->dma) {
		c.command = write ? (c.ext ? ATA_WRITE_DMA_EXT : ATA_WRITE_DMA)
				  : (c.ext ? ATA_READ_DMA_EXT : ATA_READ_DMA);
		rc = ops->dma(d, &c, size, &f);
		if (rc < 0 && f.error == 0 && ops->pio != NULL) { /* not the sector's fault: the way it came */
			klog("%s: DMA: %s; programmed I/O from now on\n", d->where, f.why);
			d->dma = false;
		}
	}
	if (rc < 0 && f.error == 0 && ops->pio != NULL) {
		c.command = write ? (c.ext ? ATA_WRITE_EXT : ATA_WRITE) : (c.ext ? ATA_READ_EXT : ATA_READ);
		rc = ops->pio(d, &c, size, SECTOR, &f);
	}
	*several = rc < 0 && f.error != 0 && count > 1;
	if (rc < 0)
		return *several ? rc : piece_failed(d, &c, &f);
	if (!write)
		memcpy(buf, d->chan->buf, size);
	return 0;
}

/* A piece that fails is done again sector by sector: those before the bad one are good. */
static int
piece_try(AtaDrive *d, bool write, uint64_t sector, size_t count, uint8_t *buf)
{
	bool several, one;
	int rc;

	qlock(&d->chan->lk);
	rc = piece_io(d, write, sector, count, buf, &several);
	if (several)
		rc = 0;
	for (size_t i = 0; several && i < count && rc == 0; i++)
		rc = piece_io(d, write, sector + i, 1, buf + i * SECTOR, &one);
	qunlock(&d->chan->lk);
	return rc;
}

int
ata_disk_io(AtaDrive *d, bool write, uint64_t sector, size_t count, uint8_t *buf)
{
	int rc = 0;

	while (count > 0 && rc == 0) {
		size_t n = count < PIECE ? count : PIECE;

		rc = piece_try(d, write, sector, n, buf);
		sector += n;
		buf += n * SECTOR;
		count -= n;
	}
	return rc;
}

int
ata_disk_flush(AtaDrive *d)
{
	AtaCmd c = { .command = d->lba48 ? ATA_FLUSH_EXT : ATA_FLUSH, .ext = d->lba48, .timeout_ms = ATA_FLUSH_MS };
	AtaFail f;
	int rc;

	qlock(&d->chan->lk);
	rc = d->chan->ops->nodata(d, &c, &f);
	qunlock(&d->chan->lk);
	return rc < 0 ? seterr(Eio, "%s: flush: %s", d->where, f.why) : 0;
}
