/*
 * cmd/seq.c - seq [-fformat] [-w] [first [incr]] last: numbers from first (1) by
 * incr (1) to last, a line each. Numbers may have a fraction; they are counted as
 * decimals, so that no sum is rounded. -w: all of the same width, with zeros;
 * -f: a print format with one %g, %f, %e, %d, %x, %o or %s, as in C.
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

/* A format: text around one conversion. */
typedef struct Format Format;
struct Format {
	char *before, *after;   /* "%%" is "%" already */
	char spec[32];          /* "%-8lld": what print takes; of g, f, e a string's */
	char verb;
	bool plus, zero, left;
	size_t width;
	int prec;               /* -1: none */
};

/* Copies text up to a conversion or the end; where it stopped. */
static const char *
plain(const char *p, char **text)
{
	char *to = *text = cmd_alloc(NULL, strlen(p) + 1);

	for (; *p != '\0' && (*p != '%' || p[1] == '%'); p++) {
		p += *p == '%';
		*to++ = *p;
	}
	*to = '\0';
	return p;
}

/* Ends the program when there is not exactly one conversion, of a verb of ours. */
static void
format_parse(const char *fmt, Format *f)
{
	const char *p = plain(fmt, &f->before), *begin = p;
	char *end;

	for (p += *p == '%'; *p != '\0' && strchr("-+ #0", *p) != NULL; p++) {
		f->plus = f->plus || *p == '+';
		f->zero = f->zero || *p == '0';
		f->left = f->left || *p == '-';
	}
	f->width = strtoul(p, &end, 10);
	f->prec = *end == '.' ? (int)strtoul(end + 1, &end, 10) : -1;
	p = end;
	if (*p == '\0' || strchr("dxosgfe", *p) == NULL || p - begin > 24 || f->width > 200 || f->prec > 30)
		cmd_usage(usage);
	f->verb = *p;
	snprintf(f->spec, sizeof f->spec, "%.*s%s%c", (int)(p - begin), begin, strchr("dxo", *p) != NULL ? "ll" : "", f->verb);
	if (*plain(p + 1, &f->after) != '\0')
		cmd_usage(usage);
}

/*
 * The decimal digits of u, which has frac of them behind the point, rounded (a half
 * to even) so that the last is that of 10^-places. *frac becomes places.
 */
static uint64_t
rounded(uint64_t u, int *frac, int places)
{
	uint64_t one = 1, rest;

	if (*frac - places > 19) {
		*frac = places;
		return 0;
	}
	for (; *frac > places; --*frac)
		one *= 10;
	rest = u % one;
	u /= one;
	return u + (rest > one / 2 || (one > 1 && rest == one / 2 && u % 2 == 1));
}

static int
ndigits(uint64_t u)
{
	int n = 1;

	while (u /= 10)
		n++;
	return n;
}

/* u with frac digits behind the point, then zeros up to prec; none of them, nor
 * others at the end, when `strip`. */
static char *
fixed_text(char *to, char *end, uint64_t u, int frac, int prec, bool strip)
{
	char digits[32];
	int n;

	n = snprintf(digits, sizeof digits, "%0*" PRIu64, frac + 1, u) - frac;
	to = seprint(to, end, "%.*s", n, digits);
	if (strip)
		for (prec = frac; prec > 0 && digits[n + prec - 1] == '0';)
			prec--;
	if (prec > 0)
		to = seprint(to, end, ".%.*s", prec < frac ? prec : frac, digits + n);
	for (; prec > frac; prec--)
		to = seprint(to, end, "0");
	return to;
}

/* As C's %g, %f and %e, of the decimal itself. */
static void
float_text(char *to, size_t size, const Format *f, int64_t v, int frac)
{
	char *end = to + size, verb = f->verb;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v, m;
	int prec = f->prec < 0 ? 6 : f->prec, x, places;

	to = seprint(to, end, "%s", v < 0 ? "-" : f->plus ? "+" : "");
	if (verb == 'g' && prec == 0)
		prec = 1;
	if (verb == 'f') {
		m = rounded(u, &frac, prec);
		fixed_text(to, end, m, frac, prec, false);
		return;
	}
	/* so many digits, the first one that of 10^x */
	x = u == 0 ? 0 : ndigits(u) - 1 - frac;
	places = (verb == 'g' ? prec - 1 : prec) - x;
	m = rounded(u, &frac, places);
	if (u != 0 && ndigits(m) - 1 - frac > x) {
		x++;
		m = rounded(m, &frac, places - 1);
	}
	if (verb == 'g' && x >= -4 && x < prec) {
		while (frac < 0)
			m *= 10, frac++;
		fixed_text(to, end, m, frac, frac, true);
		return;
	}
	to = fixed_text(to, end, m, ndigits(m) - 1, prec, verb == 'g');
	seprint(to, end, "e%c%02d", x < 0 ? '-' : '+', x < 0 ? -x : x);
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

static void
format_out(Biobuf *out, const Format *f, const char *text, int64_t v, int frac)
{
	char number[256];

	Bprint(out, "%s", f->before);
	if (f->verb == 's') {
		Bprint(out, f->spec, text);
	} else if (strchr("dxo", f->verb) != NULL) {
		Bprint(out, f->spec, (long long)v);
	} else {
		float_text(number, sizeof number, f, v, frac);
		if (f->zero && !f->left)
			pad_zeros(number, sizeof number, f->width);
		Bprint(out, f->left ? "%-*s" : "%*s", (int)f->width, number);
	}
	Bprint(out, "%s\n", f->after);
}

int
main(int argc, char **argv)
{
	Format fmt = { .verb = '\0' };
	char text[64];
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
			format_parse(*argv + 2, &fmt);
		else if (strcmp(*argv, "-f") == 0 && argc > 1)
			argc--, format_parse(*++argv, &fmt);
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
	if (fmt.verb != '\0' && strchr("dxo", fmt.verb) != NULL && frac > 0)
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
		if (fmt.verb == '\0')
			Bprint(out, "%s\n", text);
		else
			format_out(out, &fmt, text, v, frac);
		if (__builtin_add_overflow(v, step, &v) || Berror(out) != 0)
			break;
	}
	cmd_end(out);
}
