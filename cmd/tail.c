/*
 * cmd/tail.c - tail [-fr] [-n lines] [-c bytes] [file]: the last 10 lines of a
 * file, or so many lines or bytes; +number counts from the beginning.
 * -number[lbc][rf] is taken too (b: units of 1024 bytes). -f goes on as the file
 * grows; -r prints lines from the last to the first (all, when no -n).
 * A file is kept in memory only as far as it may still be printed.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-fr] [-n lines] [-c bytes] [file]";
enum { LINES, BYTES };
enum { CHUNK = 64 << 10, FOLLOW_MS = 500 };

static int units = LINES;
static int64_t count = 10;
static bool from_start, follow, reverse;
static Biobuf *out;

static char *text;              /* what may still be printed */
static size_t size, room;

static int64_t
read_more(int fd)
{
	int64_t n;

	if (room - size < CHUNK)
		text = cmd_alloc(text, room = 2 * room + 2 * CHUNK);
	n = read(fd, text + size, CHUNK);
	if (n < 0)
		sysfatal("read error: %r");
	size += (size_t)n;
	return n;
}

/* Where the last `count` lines or bytes of text begin. */
static size_t
tail_of(size_t end)
{
	size_t at = end;

	if (units == BYTES)
		return (uint64_t)count < end ? end - (size_t)count : 0;
	if (count == 0)
		return end;
	if (end > 0 && text[end - 1] == '\n')
		at--; /* the end of the last line begins no other */
	for (int64_t left = count; left > 0; left--) {
		const char *nl = memrchr(text, '\n', at);

		if (nl == NULL)
			return 0;
		at = (size_t)(nl - text);
	}
	return at + 1;
}

static void
drop(size_t n)
{
	memmove(text, text + n, size - n);
	size -= n;
}

static void
copy(int fd)
{
	static char buf[CHUNK];
	int64_t n;

	while ((n = read(fd, buf, sizeof buf)) > 0)
		if (Bwrite(out, buf, n) < 0)
			cmd_end(out);
	if (n < 0)
		sysfatal("read error: %r");
	Bflush(out);
}

/* +number: everything from that line or byte on. */
static void
skip_start(int fd)
{
	int64_t left = count > 0 ? count - 1 : 0;

	while (read_more(fd) > 0 || size > 0) {
		size_t at = 0;

		if (units == BYTES) {
			at = (uint64_t)left < size ? (size_t)left : size;
			left -= (int64_t)at;
		} else {
			for (; left > 0 && at < size; left--) {
				const char *nl = memchr(text + at, '\n', size - at);

				if (nl == NULL) {
					at = size;
					break;
				}
				at = (size_t)(nl + 1 - text);
			}
		}
		drop(at);
		if (left == 0)
			break;
	}
	Bwrite(out, text, (int64_t)size);
	copy(fd);
}

static void
print_reversed(size_t start)
{
	for (size_t end = size; end > start; ) {
		const char *nl = end - start > 1 ? memrchr(text + start, '\n', end - start - 1) : NULL;
		size_t at = nl == NULL ? start : (size_t)(nl - text) + 1;

		Bwrite(out, text + at, (int64_t)(end - at));
		if (text[end - 1] != '\n')
			Bputc(out, '\n');
		end = at;
	}
}

/*
 * Where a file has a length, its beginning needs no reading: moves to so near the end that
 * what is to be printed lies behind, perhaps read already.
 */
static void
skip_near_end(int fd)
{
	Dir *d = dirfstat(fd);
	int64_t start = seek(fd, 0, 1), end = d == NULL || d->type == '|' || d->type == 'c' ? 0 : (int64_t)d->length;

	free(d);
	if (start < 0 || start >= end)
		return;
	if (units == BYTES) {
		if (count < end - start)
			seek(fd, end - count, 0);
		return;
	}
	for (int64_t part = 4 * CHUNK; part < end - start && count < CHUNK; part *= 4) {
		seek(fd, end - part, 0);
		while (read_more(fd) > 0)
			;
		if (tail_of(size) > 0)
			return;
		size = 0;
	}
	seek(fd, start, 0);
}

static void
print_tail(int fd)
{
	skip_near_end(fd);
	while (read_more(fd) > 0)
		if (size > 4 * CHUNK && count < CHUNK)
			drop(tail_of(size));
	if (reverse)
		print_reversed(tail_of(size));
	else
		Bwrite(out, text + tail_of(size), (int64_t)(size - tail_of(size)));
	Bflush(out);
}

/* A file that became shorter is followed from its new end. */
static void
follow_file(int fd)
{
	for (;;) {
		Dir *d = dirfstat(fd);
		int64_t at = seek(fd, 0, 1);

		if (d != NULL && at > 0 && (d->mode & DMAPPEND) == 0 && d->length > 0 && (int64_t)d->length < at)
			seek(fd, 0, 2);
		free(d);
		copy(fd);
		if (Berror(out) || sleep(FOLLOW_MS) < 0)
			cmd_end(out);
	}
}

/* "[+-]number"; the sign + means from the start. */
static const char *
take_count(const char *s)
{
	char *end;

	from_start = *s == '+';
	s += *s == '+' || *s == '-';
	if (!isdigit((unsigned char)*s))
		cmd_usage(usage);
	count = strtoll(s, &end, 10);
	return end;
}

/* -5, +3c, -20rf */
static void
old_style(const char *s)
{
	for (s = take_count(s); *s != '\0'; s++) {
		switch (*s) {
		case 'l':
			units = LINES;
			break;
		case 'b':
			units = BYTES;
			count *= 1024;
			break;
		case 'c':
			units = BYTES;
			break;
		case 'r':
			reverse = true;
			break;
		case 'f':
			follow = true;
			break;
		default:
			cmd_usage(usage);
		}
	}
}

int
main(int argc, char **argv)
{
	bool counted = false;
	int fd = 0;

	argv0 = argv[0];
	if (argc > 1 && (argv[1][0] == '+' || (argv[1][0] == '-' && isdigit((unsigned char)argv[1][1])))) {
		old_style(argv[1]);
		counted = true;
		argv++;
		argc--;
	}
	ARGBEGIN {
	case 'f':
		follow = true;
		break;
	case 'r':
		reverse = true;
		break;
	case 'n':
	case 'c':
		units = ARGC() == 'n' ? LINES : BYTES;
		if (*take_count(EARGF(cmd_usage(usage))) != '\0')
			cmd_usage(usage);
		counted = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc > 1 || (reverse && (from_start || follow)))
		cmd_usage(usage);
	if (reverse && !counted) {
		units = LINES;
		count = INT64_MAX;
	}
	if (argc == 1 && (fd = open(*argv, OREAD)) < 0)
		sysfatal("can't open %s: %r", *argv);
	out = cmd_out();
	if (from_start)
		skip_start(fd);
	else
		print_tail(fd);
	if (follow)
		follow_file(fd);
	cmd_end(out);
}
