/*
 * fake_disk.h - a disk in memory, of NSECTOR sectors: SIZE bytes. Include it behind
 * a servant's sources and these two.
 */
#ifndef TESTS_UNIT_FAKE_DISK_H
#define TESTS_UNIT_FAKE_DISK_H

static uint8_t image[SIZE];
static unsigned nflush;
static bool io_fails;

static int
mem_io(Disk *d, bool write, uint64_t sector, size_t count, uint8_t *buf)
{
	ck_assert_uint_le(sector + count, d->nsector);
	if (io_fails)
		return seterr(Eio, "sector %d", (int)sector);
	if (write)
		memcpy(image + sector * 512, buf, count * 512);
	else
		memcpy(buf, image + sector * 512, count * 512);
	return 0;
}

static int
mem_flush(Disk *d)
{
	USED(d);
	nflush++;
	return 0;
}

static Disk mem_disk = {
	.driver = "memory", .id = "m", .config = "none", .nsector = NSECTOR, .sector_size = 512,
	.io = mem_io, .flush = mem_flush,
};
#endif
