/*
 * cmd/read.c - read [-m] [-n lines] [-c bytes] [-r runes] [file...]: copies one line,
 * in one write. -m: all lines, a write for each; -n: so many lines; -c, -r: so many
 * bytes or runes. No more is taken from the input than is printed.
 * ERRORS  status "eof" when there was nothing, or less than -n, -c, -r asked for
 */
#include "lib9/cmd.h"

static const char usage[] = "[-m] [-n lines] [-c bytes] [-r runes] [file ...]";
enum { LINES, ALL, BYTES, RUNES };
static int what = LINES;
static int64_t count = 1;
static bool short_of;
static char *buf;
static size_t room;

static void
put(const char *s, size_t n, const char *name)
{
	if (write(1, s, (int64_t)n) != (int64_t)n)
		sysfatal("write error copying %s: %r", name);
}

static bool
byte_get(int fd, const char *name, size_t at)
{
	int64_t n;

	if (at == room)
		buf = cmd_alloc(buf, room = 2 * room + 256);
	n = read(fd, buf + at, 1);
	if (n < 0)
		cmd_error("error reading %s: %r", name);
	return n > 0;
}

static bool
line_copy(int fd, const char *name)
{
	size_t n = 0;

	while (byte_get(fd, name, n))
		if (buf[n++] == '\n')
			break;
	if (n > 0)
		put(buf, n, name);
	return n > 0;
}

static bool
rune_copy(int fd, const char *name)
{
	size_t n = 0;

	while (n < UTFmax && byte_get(fd, name, n))
		if (fullrune(buf, ++n))
			break;
	if (n > 0)
		put(buf, n, name);
	return n > 0;
}

static void
bytes_copy(int fd, const char *name)
{
	static char part[32 << 10];
	int64_t left = count, n = 1;

	for (; left > 0 && n > 0; left -= n) {
		n = read(fd, part, left < (int64_t)sizeof part ? left : (int64_t)sizeof part);
		if (n < 0)
			cmd_error("error reading %s: %r", name);
		if (n <= 0)
			break;
		put(part, (size_t)n, name);
	}
	short_of = short_of || left > 0;
}

/* To the end: what is read ahead is printed too. */
static void
all_copy(int fd, const char *name)
{
	Biobuf in;
	size_t n;
	char *s;

	if (Binit(&in, fd, OREAD) < 0)
		sysfatal("%r");
	while ((s = Bgetline(&in, '\n', &n)) != NULL)
		put(s, n, name);
	if (Berror(&in) != 0)
		cmd_error("error reading %s: %r", name);
	Bterm(&in);
}

static void
copy(int fd, const char *name)
{
	if (what == ALL) {
		all_copy(fd, name);
		return;
	}
	if (what == BYTES) {
		bytes_copy(fd, name);
		return;
	}
	for (int64_t i = 0; i < count; i++)
		if (!(what == LINES ? line_copy(fd, name) : rune_copy(fd, name))) {
			short_of = true;
			break;
		}
}

int
main(int argc, char **argv)
{
	ARGBEGIN {
	case 'm':
		what = ALL;
		break;
	case 'n':
	case 'c':
	case 'r':
		what = ARGC() == 'n' ? LINES : ARGC() == 'c' ? BYTES : RUNES;
		count = cmd_number(EARGF(cmd_usage(usage)), usage);
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	cmd_each(argv, copy);
	if (short_of)
		exits("eof");
	cmd_end(NULL);
}
