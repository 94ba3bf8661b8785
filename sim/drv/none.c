/*
 * sim/drv/none.c - what a PC has and the simulator has not: its devices are all
 * virtio (virtio_page.c).
 * SEE     lib9/plat.h, "the machine's own devices"
 */
#include "lib9/plat.h"

int
plat_cons_start(void)
{
	return -Enonexist;
}

int64_t
plat_cons_read(void *buf, size_t n)
{
	USED(buf), USED(n);
	return -Enonexist;
}

int64_t
plat_cons_write(const void *buf, size_t n)
{
	USED(buf), USED(n);
	return -Enonexist;
}

void
plat_cons_put(const char *s, size_t n)
{
	USED(s), USED(n);
}

void
plat_cons_size(unsigned *cols, unsigned *rows)
{
	*cols = *rows = 0;
}

int
plat_disk_probe(int index, PlatDisk *d)
{
	USED(index), USED(d);
	return -Enonexist;
}

int
plat_disk_io(const PlatDisk *d, bool write, uint64_t sector, size_t count, uint8_t *buf)
{
	USED(d), USED(write), USED(sector), USED(count), USED(buf);
	return -Enonexist;
}

int
plat_disk_flush(const PlatDisk *d)
{
	USED(d);
	return -Enonexist;
}

bool
plat_disk_changed(PlatDisk *d)
{
	USED(d);
	return false;
}

int
plat_pci_probe(int index, PlatPci *p)
{
	USED(index), USED(p);
	return -Enonexist;
}

void
plat_pci_config(const PlatPci *p, bool write, size_t off, void *buf, size_t n)
{
	USED(p), USED(write), USED(off);
	memset(buf, 0xFF, n);
}

void
plat_reboot(void)
{
	plat_poweroff(0);
}

void
plat_last_words(const char *line)
{
	plat_debug_puts(line);
}
