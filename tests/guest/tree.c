/*
 * tests/guest/tree.c - a file tree as one stream, and changes that no command
 * of the shell makes. For tests/torture/trees.pl.
 * USAGE   tree dump DIR CHUNK      all that is below DIR, in no order: a line
 *                                  "MODE MTIME LENGTH PATH" (octal, decimal,
 *                                  decimal, below DIR), then a file's bytes,
 *                                  read by at most CHUNK; goes on after errors
 *         tree put FILE OFFSET     standard input goes to OFFSET of FILE
 *         tree cut FILE LENGTH     FILE gets this length
 */
#include "lib9/cmd.h"

static const char usage[] = "dump dir chunk | put file offset | cut file length";
static char buf[256 << 10];
static int64_t chunk;
static Biobuf *out;

static void
dump_bytes(const char *path, uint64_t length)
{
	int fd = open(path, OREAD);
	uint64_t done = 0;
	int64_t n = 0;

	while (fd >= 0 && (n = read(fd, buf, chunk)) > 0) {
		Bwrite(out, buf, n);
		done += (uint64_t)n;
	}
	if (fd < 0 || n < 0)
		cmd_error("%s: %r", path);
	else if (done != length)
		cmd_error("%s: stat says %llu bytes, read %llu", path, (unsigned long long)length, (unsigned long long)done);
	if (fd >= 0)
		close(fd);
}

static void
dump(const char *dir, size_t root_len)
{
	int fd = open(dir, OREAD);
	Dir *d = NULL;
	int64_t n = fd < 0 ? fd : dirreadall(fd, &d);

	if (n < 0)
		cmd_error("%s: %r", dir);
	if (fd >= 0)
		close(fd);
	for (int64_t i = 0; i < n; i++) {
		char *path = cmd_join(dir, d[i].name);
		bool is_dir = d[i].mode & DMDIR;

		Bprint(out, "%o %u %llu %s\n", (unsigned)(is_dir ? 040000 : 0) | (d[i].mode & 0777),
		    (unsigned)d[i].mtime, (unsigned long long)d[i].length, path + root_len);
		if (is_dir)
			dump(path, root_len);
		else
			dump_bytes(path, d[i].length);
		free(path);
	}
	free(d);
}

static void
put(const char *file, int64_t off)
{
	int fd = open(file, OWRITE);
	int64_t n;

	if (fd < 0)
		sysfatal("%s: %r", file);
	while ((n = read(0, buf, sizeof buf)) > 0) {
		if (pwrite(fd, buf, n, off) != n)
			sysfatal("%s: %r", file);
		off += n;
	}
	if (n < 0)
		sysfatal("standard input: %r");
}

static void
cut(const char *file, int64_t length)
{
	Dir d;

	dir_null(&d);
	d.length = (uint64_t)length;
	if (dirwstat(file, &d) < 0)
		sysfatal("%s: %r", file);
}

int
main(int argc, char **argv)
{
	int64_t number;

	argv0 = argv[0];
	if (argc != 4)
		cmd_usage(usage);
	number = cmd_number(argv[3], usage);
	if (strcmp(argv[1], "dump") == 0 && number > 0 && number <= (int64_t)sizeof buf) {
		chunk = number;
		out = cmd_out();
		dump(argv[2], strlen(argv[2]) + 1);
		cmd_end(out);
	} else if (strcmp(argv[1], "put") == 0) {
		put(argv[2], number);
	} else if (strcmp(argv[1], "cut") == 0) {
		cut(argv[2], number);
	} else {
		cmd_usage(usage);
	}
	exits(NULL);
}
