/*
 * tests/guest/bench_disk.c - a file on a disk or of the host, read and written.
 * USAGE   bench_disk FILE [PREFIX]   FILE and FILE.new are written to; PREFIX of the
 *                                figures' names
 * OUTPUT  lines as tests/bench/sample.h has them
 * SEE     tests/bench/disk.h, tests/bench/bench.sh
 */
#include "lib9/l4/l4.h"
#include "lib9/sys.h"

static char *new_name;

static int64_t
clock_ns(void)
{
	return (int64_t)L4_SystemClock().raw * 1000;
}

static void
line_out(const char *text)
{
	write(1, text, (int64_t)strlen(text));
}
#include "tests/bench/sample.h"

static NORETURN void
fail(const char *what)
{
	sysfatal("%s: %r", what);
}

static int
file_new(void)
{
	int fd = create(new_name, OWRITE, 0666);

	if (fd < 0)
		fail(new_name);
	return fd;
}
#include "tests/bench/disk.h"

int
main(int argc, char **argv)
{
	int fd;
	Dir *d;

	if (argc != 2 && argc != 3)
		sysfatal("usage: bench_disk file [prefix]");
	if ((new_name = smprint("%s.new", argv[1])) == NULL || (fd = open(argv[1], ORDWR)) < 0 ||
	    (d = dirfstat(fd)) == NULL || d->length < 2 * SEQUENCE)
		fail(argv[1]);
	disk_table(argc == 3 ? argv[2] : "", fd, (int64_t)d->length);
	remove(new_name);
	exits(NULL);
}
