/*
 * ata.c - finds the IDE and AHCI controllers and their drives, and gives them to the
 * servants as plat_disk_*. An IDE controller is a PCI function of class 01.01; one in
 * compatibility mode, and a machine without PCI, has its channels at the old places.
 * LOCKS   the table is made at the first probe (CORE's start) and stays
 * LIMITS  NCHAN IDE channels of two drives, NUNIT drives
 * SEE     target-x86/drv/ata.h
 */
#include "target-x86/drv/ata.h"
#include "target-x86/drv/pci.h"

enum { SCSI = 0, IDE = 1, FLOPPY = 2, AHCI = 6, NVME = 8, AHCI_1 = 1, VIRTIO = 0x1AF4 };
enum { NCHAN = 8, NUNIT = 24, STORAGE = 1, NATIVE = 1, CAN_DMA = 0x80, BM_BAR = 4, BM_STEP = 8 };

typedef struct AtaUnit AtaUnit;
struct AtaUnit {
	AtaDrive drive;
	PlatDisk info;
};
static struct {
	bool known;
	AtaChan chan[NCHAN];
	size_t nchan;
	AtaUnit unit[NUNIT];
	size_t nunit;
} ata;

/* ---- drives ---- */

/* REQUIRES chan->lk. IDENTIFY's answer in the channel's buffer, and which kind it is. */
static int
drive_identify(AtaDrive *d)
{
	AtaCmd c = { .command = ATA_IDENTIFY, .timeout_ms = ATA_IDENTIFY_MS };
	AtaChan *ch = d->chan;
	AtaFail f;

	d->atapi = false;
	if (ata_pio(d, &c, 512, 512, &f) == 0)
		return 0;
	if (f.error == 0 || io_in8(ch->io + ATA_LBA1) != 0x14 || io_in8(ch->io + ATA_LBA2) != 0xEB)
		return -Enonexist;
	d->atapi = true;
	c.command = ATA_IDENTIFY_PACKET;
	return ata_pio(d, &c, 512, 512, &f);
}

/* Does the place have registers that hold what is written? A master answers for a
 * slave that is not there, but not to its commands: drive_identify. The status tells
 * nothing yet: a CD drive's is 0 after a reset. */
static bool
drive_there(const AtaDrive *d)
{
	const AtaChan *c = d->chan;
	uint8_t status;

	io_out8(c->io + ATA_DRIVE, 0xA0 | d->sel);
	for (int ms = 0; ms < ATA_IDENTIFY_MS; ms++) {
		io_sleep(1000);
		if ((status = io_in8(c->ctl)) == 0xFF)
			return false;
		if (!(status & ATA_BUSY))
			break;   /* a slave takes longer after a reset than its master */
	}
	io_out8(c->io + ATA_COUNT, 0x55);
	io_out8(c->io + ATA_LBA0, 0xAA);
	return io_in8(c->io + ATA_COUNT) == 0x55 && io_in8(c->io + ATA_LBA0) == 0xAA;
}

void
ata_drive_add(const AtaDrive *d)
{
	AtaUnit *u = &ata.unit[ata.nunit];
	int rc;

	if (ata.nunit == NUNIT) {
		klog("%s: not used: more than %d drives\n", d->where, NUNIT);
		return;
	}
	u->drive = *d;
	u->info = (PlatDisk){ .driver = d->chan->ops->driver, .priv = u };
	memcpy(u->info.where, d->where, sizeof u->info.where);
	rc = d->atapi ? atapi_setup(&u->drive, &u->info) : ata_disk_setup(&u->drive, &u->info);
	if (rc == 0)
		ata.nunit++;
	else
		klog("%s: not used: %s\n", d->where, err_reason());
}

static void
drive_find(AtaChan *c, int nth)
{
	AtaDrive d = { .chan = c, .sel = nth ? 0x10 : 0 };
	int rc;

	snprintf(d.where, sizeof d.where, "%.8s %s", c->name, nth ? "slave" : "master");
	if (!drive_there(&d))
		return;
	qlock(&c->lk);
	rc = drive_identify(&d);
	qunlock(&c->lk);
	if (rc == 0)
		ata_drive_add(&d);
	else if (rc != -Enonexist)
		klog("%s: not used: %s\n", d.where, err_reason());
}

static void
chan_find(uint16_t io, uint16_t ctl, uint16_t bm, int irq)
{
	AtaChan *c = &ata.chan[ata.nchan];

	if (ata.nchan == NCHAN || io_in8(ctl) == 0xFF)
		return;          /* nothing drives the bus */
	*c = (AtaChan){ .ops = &ata_ide, .io = io, .ctl = ctl, .bm = bm, .irq = irq };
	snprintf(c->name, sizeof c->name, "ide%zu", ata.nchan);
	ata_reset(c);
	if (ata_chan_start(c) < 0) {
		klog("%s: %s\n", c->name, err_reason());
		return;
	}
	ata.nchan++;
	drive_find(c, 0);
	drive_find(c, 1);
}

/* ---- controllers ---- */

static uint16_t
bar_port(const PlatPci *p, int bar)
{
	return p->bar[bar].bar & 1 ? (uint16_t)(p->bar[bar].bar & 0xFFFC) : 0;
}

static void
controller_find(const PlatPci *p)
{
	static const struct {
		uint16_t io, ctl;
		int irq;
	} old[2] = { { 0x1F0, 0x3F6, 14 }, { 0x170, 0x376, 15 } };
	uint16_t bm = p->progif & CAN_DMA ? bar_port(p, BM_BAR) : 0;

	pci_enable(p);
	for (int i = 0; i < 2; i++) {
		uint16_t dma = bm != 0 ? (uint16_t)(bm + BM_STEP * i) : 0;

		if (!(p->progif & NATIVE << 2 * i))
			chan_find(old[i].io, old[i].ctl, dma, old[i].irq);
		else if (bar_port(p, 2 * i) != 0 && bar_port(p, 2 * i + 1) != 0)
			chan_find(bar_port(p, 2 * i), (uint16_t)(bar_port(p, 2 * i + 1) + 2), dma, p->irq);
	}
}

/* Its disks are missed by somebody: say why. Virtio's class is SCSI, too. */
static void
controller_strange(const PlatPci *p)
{
	const char *kind = p->subclass == AHCI ? "AHCI" : p->subclass == NVME ? "NVMe" : p->subclass == SCSI ? "SCSI" : "RAID";

	if (p->vendor == VIRTIO || p->subclass == FLOPPY)
		return;
	klog("pci %d.%d.%d: no driver for this %s controller: only IDE, AHCI and virtio disks are seen\n", p->bus, p->dev, p->fn, kind);
}

static void
ata_find(void)
{
	PlatPci p;
	int i, nahci = 0;

	ata.known = true;
	for (i = 0; plat_pci_probe(i, &p) == 0; i++)
		if (p.class == STORAGE && p.subclass == IDE)
			controller_find(&p);
		else if (p.class == STORAGE && p.subclass == AHCI && p.progif == AHCI_1)
			ahci_find(&p, nahci++);
		else if (p.class == STORAGE)
			controller_strange(&p);
	if (i == 0) {            /* no PCI */
		chan_find(0x1F0, 0x3F6, 0, 14);
		chan_find(0x170, 0x376, 0, 15);
	}
}

int
plat_disk_probe(int index, PlatDisk *d)
{
	if (!ata.known)
		ata_find();
	if (index < 0 || (size_t)index >= ata.nunit)
		return -Enonexist;
	*d = ata.unit[index].info;
	return 0;
}

int
plat_disk_io(const PlatDisk *d, bool write, uint64_t sector, size_t count, uint8_t *buf)
{
	AtaUnit *u = d->priv;

	if (count > d->nsector || sector > d->nsector - count)
		return seterr(Eio, "%s: sector %" PRIu64 " of %" PRIu64, d->where, sector + count, d->nsector);
	if (!u->drive.atapi)
		return ata_disk_io(&u->drive, write, sector, count, buf);
	if (write)
		return seterr(Ereadonly, "%s", d->where);
	return atapi_read(&u->drive, d->sector_size, sector, count, buf);
}

int
plat_disk_flush(const PlatDisk *d)
{
	AtaUnit *u = d->priv;

	return u->drive.atapi ? 0 : ata_disk_flush(&u->drive);
}

bool
plat_disk_changed(PlatDisk *d)
{
	AtaUnit *u = d->priv;

	return u->drive.atapi && atapi_changed(&u->drive, d);
}
