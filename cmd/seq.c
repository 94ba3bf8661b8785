/*
 * cmd/seq.c - seq [-fformat] [-w] [first [incr]] last: numbers from first (1) by
 * incr (1) to last, a line each. Numbers may have a fraction; they are counted as
 * decimals, so that no sum is rounded. -w: all of the same width, with zeros;
 * -f: a print format with one %d, %x, %o or %s, flags and width as in C.
 * LIMITS  18 digits
 */
#include "lib9/cmd.h"

static const char usage[] = "[-fformat] [-w] [first [incr]] last";

typedef struct Number Number;
struct Number {
	int64_t v;              /* without the point */
	int frac;               /* digits behind it */
};

static Number
parse(const char *s)
{
	Number n = { 0, 0 };
	bool negative = *s == '-', point = false;
	int ndigit = 0;

	for (s += *s == '-' || *s == '+'; *s != '\0'; s++) {
		if (*s == '.' && !point) {
			point = true;
			continue;
		}
		if (!isdigit((unsigned char)*s) || (n.v != 0 && ++ndigit > 17))
			cmd_usage(usage);
		n.v = n.v * 10 + *s - '0';
		n.frac += point;
	}
	if (n.frac > 9)
		cmd_usage(usage);
	if (negative)
		n.v = -n.v;
	return n;
}

static int64_t
scaled(Number n, int frac)
{
	for (; n.frac < frac; n.frac++)
		if (__builtin_mul_overflow(n.v, 10, &n.v))
			sysfatal("number too large");
	return n.v;
}

static void
text_of(char *buf, size_t size, int64_t v, int frac)
{
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v, one = 1;

	for (int i = 0; i < frac; i++)
		one *= 10;
	if (frac == 0)
		snprintf(buf, size, "%s%" PRIu64, v < 0 ? "-" : "", u);
	else
		snprintf(buf, size, "%s%" PRIu64 ".%0*" PRIu64, v < 0 ? "-" : "", u / one, frac, u % one);
}

/* The verb of a format with exactly one conversion, and "%-8" of it as a new
 * format with the right size; others end the program. */
static char *
checked_format(const char *fmt, char *verb)
{
	const char *p = fmt;
	char *out = cmd_alloc(NULL, strlen(fmt) + 4), *to = out;

	for (*verb = '\0'; *p != '\0'; p++) {
		*to++ = *p;
		if (*p != '%')
			continue;
		if (p[1] == '%') {
			*to++ = *++p;
			continue;
		}
		for (p++; *p != '\0' && strchr("-+ #0123456789.", *p) != NULL; p++)
			*to++ = *p;
		if (*verb != '\0' || *p == '\0' || strchr("dxos", *p) == NULL)
			cmd_usage(usage);
		*verb = *p;
		to = stpcpy(to, *p == 's' ? "" : "ll");
		*to++ = *p;
	}
	*to = '\0';
	if (*verb == '\0')
		cmd_usage(usage);
	return out;
}

static void
pad_zeros(char *text, size_t size, size_t width)
{
	size_t n = strlen(text), at = *text == '-';

	if (n >= width || width >= size)
		return;
	memmove(text + at + width - n, text + at, n - at + 1);
	memset(text + at, '0', width - n);
}

int
main(int argc, char **argv)
{
	char *fmt = NULL, verb = 's', text[64];
	Number first = { 1, 0 }, incr = { 1, 0 }, last;
	bool same_width = false;
	size_t width = 0;
	int64_t v, step, end;
	int frac;
	Biobuf *out;

	argv0 = *argv++;
	for (argc--; argc > 0 && argv[0][0] == '-' && argv[0][1] != '\0' && strchr(".0123456789", argv[0][1]) == NULL; argc--, argv++) {
		if (strcmp(*argv, "-w") == 0)
			same_width = true;
		else if (argv[0][1] == 'f' && argv[0][2] != '\0')
			fmt = checked_format(*argv + 2, &verb);
		else if (strcmp(*argv, "-f") == 0 && argc > 1)
			fmt = checked_format((argc--, *++argv), &verb);
		else
			cmd_usage(usage);
	}
	if (argc < 1 || argc > 3)
		cmd_usage(usage);
	last = parse(argv[argc - 1]);
	if (argc > 1)
		first = parse(argv[0]);
	if (argc > 2)
		incr = parse(argv[1]);
	frac = first.frac > incr.frac ? first.frac : incr.frac;
	if (fmt != NULL && verb != 's' && frac > 0)
		cmd_usage(usage);
	if (last.frac > frac)
		frac = last.frac;
	v = scaled(first, frac);
	step = scaled(incr, frac);
	end = scaled(last, frac);
	if (step == 0)
		sysfatal("the increment is 0");
	text_of(text, sizeof text, v, frac);
	width = strlen(text);
	text_of(text, sizeof text, end, frac);
	if (strlen(text) > width)
		width = strlen(text);
	out = cmd_out();
	while (step > 0 ? v <= end : v >= end) {
		text_of(text, sizeof text, v, frac);
		if (same_width)
			pad_zeros(text, sizeof text, width);
		if (fmt == NULL)
			Bprint(out, "%s\n", text);
		else if (verb == 's')
			Bprint(out, fmt, text), Bputc(out, '\n');
		else
			Bprint(out, fmt, (long long)v), Bputc(out, '\n');
		if (__builtin_add_overflow(v, step, &v) || Berror(out) != 0)
			break;
	}
	cmd_end(out);
}
