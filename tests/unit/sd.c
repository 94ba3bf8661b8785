/*
 * tests/unit/sd.c - #S over a disk in memory.
 * Goal: reads and writes at any offset and of any size are those of a plain
 * array of bytes, inside the partition; ctl does what sd(3) says.
 */
#include "tests/unit.h"
#include "tests/unit/fake_core.h"
#include "servants/help.c"
#include "servants/diskio.c"
#include "servants/sdpart.c"
#include "servants/sdraw.c"
#include "servants/sd.c"

enum { NSECTOR = 200, SIZE = NSECTOR * 512 };
#include "tests/unit/fake_disk.h"

static uint8_t want[SIZE];

int
plat_bootarg(const char *key, char *value, size_t n)
{
	USED(key), USED(value), USED(n);
	return -Enonexist;
}

Disk *
vblk_start(int nth)
{
	return nth == 0 ? &mem_disk : NULL;
}

Disk *
mdisk_start(int nth)
{
	USED(nth);
	return NULL;
}

void
floppy_add(Disk *d)
{
	USED(d);
}

static Chan *dir;

static Chan *
start(const char *path, int omode)
{
	int64_t rc;
	Chan *c;

	if (nunit == 0)
		ck_assert_int_eq(sd_reset(), 0);
	dir = fake_attach(&servant_sd);
	c = fake_open(dir, path, omode, &rc);
	ck_assert_ptr_nonnull(c);
	return c;
}

static int64_t
ctl(const char *line)
{
	int64_t rc;
	Chan *c = fake_open(dir, "sdC0/ctl", OWRITE, &rc);

	rc = sd_write(c, line, strlen(line), 0);
	chan_put(c);
	return rc;
}

START_TEST(any_range_is_read_and_written_exactly)
{
	Chan *c = start("sdC0/data", ORDWR);
	static uint8_t buf[SIZE];
	uint32_t x = (uint32_t)_i * 77 + 1;

	for (size_t i = 0; i < SIZE; i++)
		image[i] = want[i] = (uint8_t)(i * 31);
	for (int k = 0; k < 300; k++) {
		size_t off = (x = x * 1664525u + 1013904223u) % (SIZE + 1000);
		size_t n = (x = x * 1664525u + 1013904223u) >> 8;
		size_t room = off < SIZE ? SIZE - off : 0;

		n %= k % 2 ? 2000 : 20000;
		if (x & 16 && room > 0) {
			size_t put = n < room ? n : room;

			for (size_t i = 0; i < n; i++)
				buf[i] = (uint8_t)(x + i);
			ck_assert_int_eq(sd_write(c, buf, n, off), (int64_t)put);
			memcpy(want + off, buf, put);
		} else {
			ck_assert_int_eq(sd_read(c, buf, n, off), (int64_t)(n < room ? n : room));
			ck_assert_mem_eq(buf, want + (room > 0 ? off : 0), n < room ? n : room);
		}
	}
	ck_assert_mem_eq(image, want, SIZE);
	chan_put(c);
	chan_put(dir);
	ck_assert_uint_eq(fake_live, 0);
}
END_TEST

START_TEST(partition_is_a_window_of_the_disk)
{
	Chan *c = start("sdC0/ctl", OREAD), *p;
	uint8_t buf[2048];
	int64_t rc;

	memset(image, 'x', SIZE);
	ck_assert_int_eq(ctl("part test 10 12"), 15);
	p = fake_open(dir, "sdC0/test", ORDWR, &rc);
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(sd_read(p, buf, sizeof buf, 0), 1024);
	ck_assert_int_eq(sd_read(p, buf, sizeof buf, 1000), 24);
	ck_assert_int_eq(sd_read(p, buf, sizeof buf, 1024), 0);
	memset(buf, 'y', sizeof buf);
	ck_assert_int_eq(sd_write(p, buf, sizeof buf, 0), 1024);
	ck_assert_int_eq(sd_write(p, buf, 1, 1024), -Eio);
	ck_assert_int_eq(image[10 * 512 - 1], 'x');
	ck_assert_int_eq(image[10 * 512], 'y');
	ck_assert_int_eq(image[12 * 512 - 1], 'y');
	ck_assert_int_eq(image[12 * 512], 'x');
	ck_assert_int_eq(ctl("delpart test"), -Einuse);
	ck_assert_int_eq(ctl("rescan"), -Einuse);
	nflush = 0;
	chan_put(p);
	ck_assert_uint_eq(nflush, 1);
	ck_assert_int_eq(ctl("delpart test"), 12);
	ck_assert_ptr_null(fake_open(dir, "sdC0/test", OREAD, &rc));
	ck_assert_int_eq(rc, -Enonexist);
	chan_put(c);
	chan_put(dir);
}
END_TEST

static const struct {
	const char *line;
	int64_t rc;
} refused[] = {
	{ "part a 0 201", -Ebadarg }, { "part a 5 5", -Ebadarg }, { "part a 6 5", -Ebadarg },
	{ "part a x 5", -Ebadarg }, { "part ctl 0 5", -Eexist }, { "part data 0 5", -Eexist },
	{ "part a/b 0 5", -Ebadchar }, { "part .. 0 5", -Ebadname }, { "delpart none", -Enonexist },
	{ "part a 0 18446744073709551615", -Ebadarg }, { "part a", -Ebadctl }, { "", -Ebadctl },
	{ "part abcdefghijklmnopqrstuvwxyzabcd 0 5", -Ebadname },
};

START_TEST(bad_ctl_line_is_refused)
{
	Chan *c = start("sdC0/ctl", OREAD);

	ck_assert_int_eq(ctl(refused[_i].line), refused[_i].rc);
	chan_put(c);
	chan_put(dir);
}
END_TEST

START_TEST(stale_handle_of_a_deleted_partition_is_no_way_in)
{
	Chan *c = start("sdC0/ctl", OREAD), *old;
	int64_t rc;

	ck_assert_int_gt(ctl("part a 10 20"), 0);
	old = fake_walk(dir, "sdC0/a", &rc);
	ck_assert_int_gt(ctl("delpart a"), 0);
	ck_assert_int_gt(ctl("part b 30 40"), 0);
	ck_assert_int_eq(sd_open(old, OREAD), -Enonexist);
	chan_put(old);
	chan_put(c);
	chan_put(dir);
}
END_TEST

START_TEST(ctl_shows_geometry_and_parts)
{
	Chan *c = start("sdC0/ctl", OREAD);
	char text[1024];
	int64_t n = sd_read(c, text, sizeof text - 1, 0);

	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "inquiry "));
	ck_assert_ptr_nonnull(strstr(text, "\ngeometry 200 512\n"));
	ck_assert_ptr_nonnull(strstr(text, "\npart data 0 200\n"));
	chan_put(c);
	chan_put(dir);
}
END_TEST

START_TEST(io_error_is_the_callers)
{
	Chan *c = start("sdC0/data", ORDWR);
	uint8_t buf[1024] = { 0 };

	io_fails = 1;
	ck_assert_int_eq(sd_read(c, buf, 512, 0), -Eio);
	ck_assert_int_eq(sd_write(c, buf, 100, 5), -Eio);
	ck_assert_ptr_nonnull(strstr(err_reason(), "sector"));
	io_fails = 0;
	chan_put(c);
	chan_put(dir);
}
END_TEST

START_TEST(readonly_disk_is_not_written)
{
	Chan *c = start("sdC0/data", OREAD);
	int64_t rc;

	mem_disk.readonly = true;
	ck_assert_ptr_null(fake_open(dir, "sdC0/data", ORDWR, &rc));
	ck_assert_int_eq(rc, -Ereadonly);
	mem_disk.readonly = false;
	chan_put(c);
	chan_put(dir);
}
END_TEST

START_TEST(sectors_have_one_writer)
{
	static const uint8_t write10[10] = { 0x2A, 0, 0, 0, 0, 15, 0, 0, 1 };
	Chan *c = start("sdC0/ctl", OREAD), *a, *b, *raw;
	uint8_t buf[512] = { 0 };
	int64_t rc;

	ck_assert_int_gt(ctl("part a 10 20"), 0);
	ck_assert_int_gt(ctl("part b 20 30"), 0);
	ck_assert_int_gt(ctl("part over 19 21"), 0);
	a = fake_open(dir, "sdC0/a", ORDWR, &rc);
	ck_assert_ptr_nonnull(a);
	for (int i = 0; i < 3; i++) {
		static const char *const busy[] = { "sdC0/a", "sdC0/over", "sdC0/data" };
		char said[40];

		snprintf(said, sizeof said, "%s: a has a writer", busy[i]);
		ck_assert_ptr_null(fake_open(dir, busy[i], OWRITE, &rc));
		ck_assert_int_eq(rc, -Einuse);
		ck_assert_ptr_nonnull(strstr(err_reason(), said));
		b = fake_open(dir, busy[i], OREAD, &rc); /* a reader neither claims nor lets go */
		ck_assert_ptr_nonnull(b);
		chan_put(b);
	}
	b = fake_open(dir, "sdC0/b", OWRITE, &rc); /* the neighbour is free */
	ck_assert_ptr_nonnull(b);
	raw = fake_open(dir, "sdC0/raw", ORDWR, &rc);
	memset(image, 'x', SIZE);
	for (int free = 0; free < 2; free++) {
		ck_assert_int_eq(sd_write(raw, write10, 10, 0), 10);
		ck_assert_int_eq(sd_write(raw, buf, 512, 0), free ? 512 : 0);
		ck_assert_int_eq(sd_read(raw, buf + 1, 1, 0), 1);
		ck_assert_int_eq(buf[1], free ? '0' : '2');
		ck_assert_int_eq(image[15 * 512], free ? 0 : 'x');
		if (!free)
			chan_put(a);
	}
	a = fake_open(dir, "sdC0/a", OWRITE, &rc); /* the claim went with the close */
	ck_assert_ptr_nonnull(a);
	chan_put(a);
	chan_put(b);
	chan_put(raw);
	ck_assert_int_gt(ctl("delpart a"), 0);
	ck_assert_int_gt(ctl("delpart b"), 0);
	ck_assert_int_gt(ctl("delpart over"), 0);
	chan_put(c);
	chan_put(dir);
}
END_TEST

START_TEST(raw_does_scsi_commands)
{
	Chan *c = start("sdC0/raw", ORDWR);
	static const uint8_t capacity[10] = { 0x25 }, read10[10] = { 0x28, 0, 0, 0, 0, 3, 0, 0, 1 },
	    past[10] = { 0x28, 0, 0, 0, 0, 200, 0, 0, 1 };
	uint8_t buf[512];
	int64_t rc;

	ck_assert_ptr_null(fake_open(dir, "sdC0/raw", ORDWR, &rc));
	ck_assert_int_eq(rc, -Einuse);
	ck_assert_int_eq(sd_write(c, capacity, 10, 0), 10);
	ck_assert_int_eq(sd_read(c, buf, 512, 0), 8);
	ck_assert_int_eq(buf[3], NSECTOR - 1);
	ck_assert_int_eq(sd_read(c, buf, 512, 0), 1);
	ck_assert_int_eq(buf[0], '0');
	image[3 * 512] = 0x5A;
	ck_assert_int_eq(sd_write(c, read10, 10, 0), 10);
	ck_assert_int_eq(sd_read(c, buf, 512, 0), 512);
	ck_assert_int_eq(buf[0], 0x5A);
	ck_assert_int_eq(sd_read(c, buf, 512, 0), 1);
	ck_assert_int_eq(sd_write(c, past, 10, 0), 10);
	ck_assert_int_eq(sd_read(c, buf, 512, 0), 0);
	ck_assert_int_eq(sd_read(c, buf, 512, 0), 1);
	ck_assert_int_eq(buf[0], '2');
	ck_assert_int_eq(sd_read(c, buf, 512, 0), -Ebadarg);
	chan_put(c);
	chan_put(dir);
}
END_TEST

static const char many[8];

UNIT_SUITE("sd", LOOP(any_range_is_read_and_written_exactly, many), CASE(partition_is_a_window_of_the_disk),
    LOOP(bad_ctl_line_is_refused, refused), CASE(stale_handle_of_a_deleted_partition_is_no_way_in),
    CASE(ctl_shows_geometry_and_parts), CASE(io_error_is_the_callers),
    CASE(readonly_disk_is_not_written), CASE(sectors_have_one_writer), CASE(raw_does_scsi_commands))
