/*
 * tests/bench/disk.h - a file on a disk, read and written by programs of LP49 and
 * of the host alike. The includer has sample.h, and defines
 *	static void fail(const char *what);
 *	static int file_new(void);	a new file in the same place, open for writing
 * and calls disk_table with the file, open for both.
 */
enum { SEQUENCE = 64 << 10, SPOT = 4 << 10, NEW_MAX = 32 << 20 };

static struct {
	char buf[SEQUENCE];
	int file, fresh;
	int64_t size, at, fresh_size;
	uint32_t seed;
} disk;

static int64_t
next_block(void)
{
	disk.at = disk.at + SEQUENCE <= disk.size - SEQUENCE ? disk.at + SEQUENCE : 0;
	return disk.at;
}

static int64_t
some_spot(void)
{
	disk.seed = disk.seed * 1103515245 + 12345;
	return (int64_t)(disk.seed >> 8) % (disk.size / SPOT) * SPOT;
}

static void
seq_read(int n)
{
	while (n-- > 0)
		if (pread(disk.file, disk.buf, SEQUENCE, next_block()) != SEQUENCE)
			fail("pread");
}

static void
seq_write(int n)
{
	while (n-- > 0)
		if (pwrite(disk.file, disk.buf, SEQUENCE, next_block()) != SEQUENCE)
			fail("pwrite");
}

static void
random_read(int n)
{
	while (n-- > 0)
		if (pread(disk.file, disk.buf, SPOT, some_spot()) != SPOT)
			fail("pread");
}

static void
random_write(int n)
{
	while (n-- > 0)
		if (pwrite(disk.file, disk.buf, SPOT, some_spot()) != SPOT)
			fail("pwrite");
}

static void
new_write(int n)
{
	for (; n > 0; n--, disk.fresh_size += SEQUENCE) {
		if (disk.fresh_size >= NEW_MAX) {
			close(disk.fresh);
			disk.fresh = file_new();
			disk.fresh_size = 0;
		}
		if (pwrite(disk.fresh, disk.buf, SEQUENCE, disk.fresh_size) != SEQUENCE)
			fail("pwrite");
	}
}

/* prefix: of the figures' names. The file is read through once before the clock runs. */
static void
disk_table(const char *prefix, int file, int64_t length)
{
	static const struct { const char *name; void (*op)(int n); } row[] = {
		{ "seq.read", seq_read }, { "random.read", random_read },
		{ "seq.write", seq_write }, { "random.write", random_write }, { "new.write", new_write },
	};
	char name[40];

	disk.file = file;
	disk.size = length;
	disk.fresh = file_new();
	seq_read((int)(length / SEQUENCE));
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		snprintf(name, sizeof name, "%sdisk.%s", prefix, row[i].name);
		bench(name, row[i].op);
	}
	close(disk.fresh);
}
