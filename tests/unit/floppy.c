/*
 * tests/unit/floppy.c - #f over a disk in memory.
 * Goal: its files are those of floppy(3): the bytes of the disk, what kind it
 * is, and a format that destroys nothing by mistake.
 */
#include "tests/unit.h"
#include "tests/unit/fake_core.h"
#include "servants/diskio.c"
#include "servants/floppy.c"
#include "servants/help.c"

enum { NSECTOR = 2880, SIZE = NSECTOR * 512 };
#include "tests/unit/fake_disk.h"

static Chan *
start(const char *path, int omode)
{
	Chan *dir, *c;
	int64_t rc;

	snprintf(mem_disk.id, sizeof mem_disk.id, "fd2");
	floppy_add(&mem_disk);
	dir = fake_attach(&servant_floppy);
	c = fake_open(dir, path, omode, &rc);
	ck_assert_ptr_nonnull(c);
	chan_put(dir);
	return c;
}

START_TEST(bytes_are_those_of_the_disk)
{
	Chan *c = start("fd2disk", ORDWR);
	uint8_t buf[2000];

	for (size_t i = 0; i < SIZE; i++)
		image[i] = (uint8_t)(i * 7);
	ck_assert_int_eq(floppy_read(c, buf, sizeof buf, 700), sizeof buf);
	ck_assert_mem_eq(buf, image + 700, sizeof buf);
	memset(buf, 'w', sizeof buf);
	ck_assert_int_eq(floppy_write(c, buf, 600, SIZE - 601), 600);
	ck_assert_int_eq(image[SIZE - 602], (uint8_t)((SIZE - 602) * 7u));
	ck_assert_int_eq(image[SIZE - 601], 'w');
	ck_assert_int_eq(image[SIZE - 1], (uint8_t)((SIZE - 1) * 7u));
	ck_assert_int_eq(floppy_read(c, buf, sizeof buf, SIZE - 5), 5);
	ck_assert_int_eq(floppy_read(c, buf, sizeof buf, SIZE), 0);
	ck_assert_int_eq(floppy_write(c, buf, 1, SIZE), -Eio);
	ck_assert_uint_eq(nflush, 0);
	chan_put(c);
	ck_assert_uint_eq(nflush, 1);
	ck_assert_uint_eq(fake_live, 0);
}
END_TEST

START_TEST(ctl_tells_the_kind_and_formats_only_that)
{
	Chan *c = start("fd2ctl", ORDWR), *dir = fake_attach(&servant_floppy), *disk;
	char text[16] = "";
	int64_t rc;

	ck_assert_int_eq(floppy_read(c, text, sizeof text, 0), 6);
	ck_assert_str_eq(text, "3½HD\n");
	memset(image, 'x', SIZE);
	disk = fake_open(dir, "fd2disk", OREAD, &rc);
	ck_assert_int_eq(floppy_write(c, "format 3½HD", 12, 0), -Einuse);
	chan_put(disk);
	ck_assert_int_eq(floppy_write(c, "format 3½DD", 12, 0), -Ebadarg);
	ck_assert_int_eq(floppy_write(c, "format", 6, 0), -Ebadctl);
	ck_assert_int_eq(image[0], 'x');
	ck_assert_int_eq(floppy_write(c, "format 3½HD", 12, 0), 12);
	for (size_t i = 0; i < SIZE; i++)
		ck_assert_int_eq(image[i], BLANK);
	chan_put(c);
	chan_put(dir);
}
END_TEST

START_TEST(protected_disk_is_not_written)
{
	Chan *dir, *c;
	int64_t rc;

	mem_disk.readonly = true;
	c = start("fd2ctl", OWRITE);
	dir = fake_attach(&servant_floppy);
	ck_assert_ptr_null(fake_open(dir, "fd2disk", ORDWR, &rc));
	ck_assert_int_eq(rc, -Ereadonly);
	ck_assert_int_eq(floppy_write(c, "format 3½HD", 12, 0), -Ereadonly);
	ck_assert_ptr_null(fake_open(dir, "fd0disk", OREAD, &rc));
	ck_assert_int_eq(rc, -Enonexist);
	chan_put(c);
	chan_put(dir);
}
END_TEST

START_TEST(disk_has_one_writer)
{
	Chan *c = start("fd2disk", ORDWR), *reader, *dir = fake_attach(&servant_floppy);
	int64_t rc;

	ck_assert_ptr_null(fake_open(dir, "fd2disk", OWRITE, &rc));
	ck_assert_int_eq(rc, -Einuse);
	reader = fake_open(dir, "fd2disk", OREAD, &rc);
	ck_assert_ptr_nonnull(reader);
	chan_put(reader);
	ck_assert_ptr_null(fake_open(dir, "fd2disk", OWRITE, &rc));
	chan_put(c);
	c = fake_open(dir, "fd2disk", OWRITE, &rc);
	ck_assert_ptr_nonnull(c);
	chan_put(c);
	chan_put(dir);
}
END_TEST

UNIT_SUITE("floppy", CASE(bytes_are_those_of_the_disk), CASE(ctl_tells_the_kind_and_formats_only_that),
    CASE(protected_disk_is_not_written), CASE(disk_has_one_writer))
