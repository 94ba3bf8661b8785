/*
 * servants/machine_disk.c - disks of the machine's own controllers, for #S: IDE and
 * AHCI on a PC, none in the simulator. The drivers are beneath lib9/plat.h.
 * LOCKS   the driver's own; Disk's size changes only in changed()
 */
#include "servants/sd_impl.h"

typedef struct Mdisk Mdisk;
struct Mdisk {
	Disk disk;
	PlatDisk plat;
};

static int
mdisk_io(Disk *disk, bool write, uint64_t sector, size_t count, uint8_t *buf)
{
	return plat_disk_io(&((Mdisk *)disk)->plat, write, sector, count, buf);
}

static int
mdisk_flush(Disk *disk)
{
	return disk->readonly ? 0 : plat_disk_flush(&((Mdisk *)disk)->plat);
}

static void
mdisk_size(Mdisk *d)
{
	d->disk.nsector = d->plat.nsector;
	d->disk.sector_size = d->plat.sector_size;
	d->disk.readonly = d->plat.readonly;
}

static bool
mdisk_changed(Disk *disk)
{
	Mdisk *d = (Mdisk *)disk;

	if (!plat_disk_changed(&d->plat))
		return false;
	mdisk_size(d);
	return true;
}

Disk *
mdisk_start(int nth)
{
	Mdisk *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	if (plat_disk_probe(nth, &d->plat) < 0) {
		free(d);
		return NULL;
	}
	d->disk.driver = d->plat.driver;
	snprintf(d->disk.id, sizeof d->disk.id, "%s", d->plat.id);
	snprintf(d->disk.config, sizeof d->disk.config, "%s %.60s", d->plat.where, d->plat.config);
	d->disk.removable = d->plat.removable;
	d->disk.io = mdisk_io;
	d->disk.flush = mdisk_flush;
	if (d->disk.removable)
		d->disk.changed = mdisk_changed;
	mdisk_size(d);
	return &d->disk;
}
