/*
 * cmd/sort.c - sort [-cmuMbdfginrw] [-t rune] [-k pos1[,pos2]]... [+pos1 [-pos2]]...
 * [-T dir] [-o file] [file...]: the lines of all files together, sorted.
 *   -c only checks the order   -m merges sorted files   -u one of equal lines
 *   -o output file, which may be one of the inputs   -T dir of temporary files: there are none
 *   -b blanks before a key are nothing   -d letters, digits and blanks only
 *   -f lower as upper case   -i printable ASCII only   -w tabs and spaces are nothing
 *   -n by number   -g by number, which may have an exponent   -M by month: JAN to
 *   DEC, others before   -r reversed   -t fields end at rune, not at blanks
 * A key goes from field m.n to before m.n (+pos -pos, from 0), or as -k counts,
 * from 1 and including its end. Each key may have flags of its own. Lines with
 * equal keys are in order of their bytes, unless -u.
 * LIMITS   all input is in memory; -g compares 40 digits
 */
#include "lib9/cmd.h"

static const char usage[] = "[-cmuMbdfginrw] [-t x] [-k m.n,m.n] [+m.n [-m.n]] [-T dir] [-o file] [file ...]";

typedef struct Order Order;
struct Order {
	bool blank, dictionary, fold, printable, white, number, general, month, reverse;
};
typedef struct Key Key;
struct Key {
	int field, rune;                /* where it begins, from 0 */
	int end_field, end_rune;        /* end_field -1: end of the line */
	bool start_blank, end_blank;    /* blanks before the field are skipped */
	bool own;                       /* has flags of its own */
	Order order;
};
typedef struct Line Line;
struct Line {
	char *s;
	size_t n;
};

static Order global;
static Key *keys;
static size_t nkey;
static Rune separator;
static bool unique;
static Line *lines, *spare;
static size_t nline, maxline;

static bool
blank(int c)
{
	return c == ' ' || c == '\t';
}

/* Where field number f of [p, end) begins. */
static const char *
skip_fields(const char *p, const char *end, int f)
{
	char utf[UTFmax];
	size_t len = (size_t)runetochar(utf, &separator);

	while (f-- > 0 && p < end) {
		if (separator != 0) {
			const char *q = memmem(p, (size_t)(end - p), utf, len);

			p = q == NULL ? end : q + len;
		} else {
			while (p < end && blank(*p))
				p++;
			while (p < end && !blank(*p))
				p++;
		}
	}
	return p;
}

static const char *
skip_runes(const char *p, const char *end, int n)
{
	for (Rune r; n > 0 && p < end; n--)
		p += fullrune(p, (size_t)(end - p)) ? chartorune(&r, p) : 1;
	return p < end ? p : end;
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && blank(*p))
		p++;
	return p;
}

static Line
key_of(const Key *k, const Line *l)
{
	const char *end = l->s + l->n, *p = skip_fields(l->s, end, k->field), *e = end;

	if (k->start_blank)
		p = skip_blanks(p, end);
	p = skip_runes(p, end, k->rune);
	if (k->end_field >= 0) {
		e = skip_fields(l->s, end, k->end_field);
		if (k->end_rune < 0) { /* the end of the field before, without its separator */
			char utf[UTFmax];
			size_t len = (size_t)runetochar(utf, &separator);

			if (separator != 0 && e > l->s && (size_t)(e - l->s) >= len && memcmp(e - len, utf, len) == 0)
				e -= len;
		} else {
			if (k->end_blank)
				e = skip_blanks(e, end);
			e = skip_runes(e, end, k->end_rune);
		}
	}
	return (Line){ (char *)(uintptr_t)p, e > p ? (size_t)(e - p) : 0 };
}

/* A number's parts: sign, digits before the point without leading zeros, behind it. */
typedef struct Number Number;
struct Number {
	bool negative;
	const char *whole, *frac;
	size_t nwhole, nfrac;
};

static Number
number_of(Line l)
{
	const char *p = skip_blanks(l.s, l.s + l.n), *end = l.s + l.n;
	Number n = { 0 };

	if (p < end && (*p == '-' || *p == '+'))
		n.negative = *p++ == '-';
	while (p < end && *p == '0')
		p++;
	for (n.whole = p; p < end && isdigit((unsigned char)*p); p++)
		n.nwhole++;
	if (p < end && *p == '.') {
		for (n.frac = ++p; p < end && isdigit((unsigned char)*p); p++)
			n.nfrac++;
		while (n.nfrac > 0 && n.frac[n.nfrac - 1] == '0')
			n.nfrac--;
	}
	if (n.nwhole == 0 && n.nfrac == 0)
		n.negative = false;
	return n;
}

static int
bytes_cmp(const char *a, size_t na, const char *b, size_t nb)
{
	size_t n = na < nb ? na : nb;
	int c = n == 0 ? 0 : memcmp(a, b, n);

	return c != 0 ? c : na < nb ? -1 : na > nb;
}

static int
number_cmp(Line la, Line lb)
{
	Number a = number_of(la), b = number_of(lb);
	int c;

	if (a.negative != b.negative)
		return a.negative ? -1 : 1;
	c = a.nwhole != b.nwhole ? (a.nwhole < b.nwhole ? -1 : 1) : bytes_cmp(a.whole, a.nwhole, b.whole, b.nwhole);
	if (c == 0)
		c = bytes_cmp(a.frac, a.nfrac, b.frac, b.nfrac);
	return a.negative ? -c : c;
}

/* A number with an exponent: 0.DIGITS times ten to the power of exp; 0 has no digits. */
typedef struct General General;
struct General {
	bool negative;
	int ndigit;
	int64_t exp;
	char digit[40];
};

static int64_t
exponent_of(const char *p, const char *end)
{
	bool negative = false;
	int64_t e = 0;

	if (p < end && (*p == '-' || *p == '+'))
		negative = *p++ == '-';
	for (; p < end && isdigit((unsigned char)*p); p++)
		if (e < 1000000000)
			e = e * 10 + *p - '0';
	return negative ? -e : e;
}

static General
general_of(Line l)
{
	const char *p = skip_blanks(l.s, l.s + l.n), *end = l.s + l.n;
	General g = { 0 };
	bool point = false;

	if (p < end && (*p == '-' || *p == '+'))
		g.negative = *p++ == '-';
	for (; p < end && (isdigit((unsigned char)*p) || (*p == '.' && !point)); p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		if (g.ndigit == 0 && *p == '0') {
			g.exp -= point;
			continue;
		}
		g.exp += !point;
		if (g.ndigit < (int)sizeof g.digit)
			g.digit[g.ndigit++] = *p;
	}
	if (p < end && (*p == 'e' || *p == 'E'))
		g.exp += exponent_of(p + 1, end);
	while (g.ndigit > 0 && g.digit[g.ndigit - 1] == '0')
		g.ndigit--;
	if (g.ndigit == 0)
		g.negative = false;
	return g;
}

static int
general_cmp(Line la, Line lb)
{
	General a = general_of(la), b = general_of(lb);
	int c;

	if (a.negative != b.negative)
		return a.negative ? -1 : 1;
	if (a.ndigit == 0 || b.ndigit == 0)
		c = (a.ndigit != 0) - (b.ndigit != 0);
	else if (a.exp != b.exp)
		c = a.exp < b.exp ? -1 : 1;
	else
		c = bytes_cmp(a.digit, (size_t)a.ndigit, b.digit, (size_t)b.ndigit);
	return a.negative ? -c : c;
}

/* 1 to 12; 0: no month. */
static int
month_of(Line l)
{
	static const char names[] = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
	const char *p = skip_blanks(l.s, l.s + l.n);

	if (l.s + l.n - p < 3)
		return 0;
	for (int m = 0; m < 12; m++)
		if (toupper((unsigned char)p[0]) == names[3 * m] && toupper((unsigned char)p[1]) == names[3 * m + 1] &&
		    toupper((unsigned char)p[2]) == names[3 * m + 2])
			return m + 1;
	return 0;
}

/* The next rune that counts, as it counts; false: none. */
static bool
next_rune(const char **p, const char *end, const Order *o, Rune *r)
{
	while (*p < end) {
		const char *s = *p;

		*r = (unsigned char)*s;
		*p += *r < 0x80 || !fullrune(s, (size_t)(end - s)) ? 1 : chartorune(r, s);
		if (o->fold)
			*r = toupperrune(*r);
		if (o->dictionary && !isalpharune(*r) && !isdigitrune(*r) && !blank((int)*r))
			continue;
		if (o->white && blank((int)*r))
			continue;
		if (o->printable && (*r < ' ' || *r > '~'))
			continue;
		return true;
	}
	return false;
}

static int
text_cmp(Line a, Line b, const Order *o)
{
	const char *p = a.s, *q = b.s, *pe = a.s + a.n, *qe = b.s + b.n;

	if (!o->fold && !o->dictionary && !o->printable && !o->white)
		return bytes_cmp(a.s, a.n, b.s, b.n);
	for (;;) {
		Rune x, y;
		bool more_a = next_rune(&p, pe, o, &x), more_b = next_rune(&q, qe, o, &y);

		if (!more_a || !more_b)
			return more_a - more_b;
		if (x != y)
			return x < y ? -1 : 1;
	}
}

static int
order_cmp(Line a, Line b, const Order *o)
{
	if (o->month)
		return month_of(a) - month_of(b);
	if (o->general)
		return general_cmp(a, b);
	return o->number ? number_cmp(a, b) : text_cmp(a, b, o);
}

static int
key_cmp(const Line *a, const Line *b)
{
	for (size_t i = 0; i < nkey; i++) {
		const Key *k = &keys[i];
		Line x = key_of(k, a), y = key_of(k, b);
		int c = order_cmp(x, y, &k->order);

		if (c != 0)
			return k->order.reverse ? -c : c;
	}
	return 0;
}

static int
line_cmp(const Line *a, const Line *b)
{
	int c = key_cmp(a, b);

	if (c != 0 || unique)
		return c;
	c = bytes_cmp(a->s, a->n, b->s, b->n);
	return global.reverse ? -c : c;
}

/* Merge sort: stable, so that of equal lines -u keeps the first. */
static void
merge_sort(Line *l, Line *tmp, size_t n)
{
	size_t h = n / 2, i = 0, j = h, k = 0;

	if (n < 2)
		return;
	merge_sort(l, tmp, h);
	merge_sort(l + h, tmp, n - h);
	if (line_cmp(&l[h - 1], &l[h]) <= 0)
		return;
	memcpy(tmp, l, h * sizeof *l);
	while (i < h && j < n) {
		if (line_cmp(&tmp[i], &l[j]) <= 0)
			l[k++] = tmp[i++];
		else
			l[k++] = l[j++];
	}
	memcpy(l + k, tmp + i, (h - i) * sizeof *l);
}

static void
read_lines(int fd, const char *name)
{
	Biobuf in;
	char *s;
	size_t n;

	if (Binit(&in, fd, OREAD) < 0)
		sysfatal("%r");
	while ((s = Bgetline(&in, '\n', &n)) != NULL) {
		n -= s[n - 1] == '\n';
		if (nline == maxline)
			lines = cmd_alloc(lines, (maxline = 2 * maxline + 1024) * sizeof *lines);
		lines[nline].s = cmd_alloc(NULL, n + 1);
		memcpy(lines[nline].s, s, n);
		lines[nline].s[n] = '\0';
		lines[nline++].n = n;
	}
	if (Berror(&in))
		sysfatal("error reading %s: %r", name);
	Bterm(&in);
}

static void
set_flag(Order *o, int c)
{
	switch (c) {
	case 'b':
		o->blank = true;
		break;
	case 'd':
		o->dictionary = true;
		break;
	case 'f':
		o->fold = true;
		break;
	case 'g':
		o->general = o->blank = true;
		break;
	case 'i':
		o->printable = true;
		break;
	case 'M':
		o->month = o->blank = true;
		break;
	case 'n':
		o->number = o->blank = true;
		break;
	case 'r':
		o->reverse = true;
		break;
	case 'w':
		o->white = true;
		break;
	default:
		cmd_usage(usage);
	}
}

/* "m.nflags"; where it ends */
static const char *
position(const char *s, int *field, int *rune, Key *k, bool *at_blank)
{
	char *end;

	if (!isdigit((unsigned char)*s))
		cmd_usage(usage);
	*field = (int)strtol(s, &end, 10);
	*rune = 0;
	if (*end == '.')
		*rune = (int)strtol(end + 1, &end, 10);
	for (s = end; *s != '\0' && *s != ','; s++) {
		if (*s == 'b')
			*at_blank = true;
		else
			set_flag(&k->order, *s);
		k->own = true;
	}
	return s;
}

static Key *
new_key(void)
{
	keys = cmd_alloc(keys, (nkey + 1) * sizeof *keys);
	keys[nkey] = (Key){ .end_field = -1 };
	return &keys[nkey++];
}

static void
posix_key(const char *s)
{
	Key *k = new_key();
	int f, r;

	s = position(s, &f, &r, k, &k->start_blank);
	if (f < 1)
		cmd_usage(usage);
	k->field = f - 1;
	k->rune = r > 0 ? r - 1 : 0;
	if (*s != ',')
		return;
	position(s + 1, &f, &r, k, &k->end_blank);
	if (f < 1)
		cmd_usage(usage);
	k->end_field = r == 0 ? f : f - 1;
	k->end_rune = r == 0 ? -1 : r;
}

static void
finish_keys(void)
{
	if (nkey == 0)
		new_key()->own = false;
	for (size_t i = 0; i < nkey; i++) {
		Key *k = &keys[i];

		if (!k->own) {
			k->order = global;
			k->start_blank = k->end_blank = global.blank;
		}
		if (k->order.number || k->order.general || k->order.month)
			k->start_blank = true;
	}
}

static void
check_order(const char *name)
{
	for (size_t i = 1; i < nline; i++) {
		int c = line_cmp(&lines[i - 1], &lines[i]);

		if (c > 0 || (c == 0 && unique)) {
			fprint(2, "%s: %s: disorder: %s\n", argv0, name, lines[i].s);
			exits("disorder");
		}
	}
	exits(NULL);
}

int
main(int argc, char **argv)
{
	bool check = false, last_plus = false;
	const char *output = NULL, *s;
	char **files = cmd_alloc(NULL, ((size_t)argc + 1) * sizeof *files);
	int nfile = 0, fd;
	bool flags_end = false;
	Biobuf *out;

	argv0 = *argv++;
	for (; (s = *argv) != NULL; argv++) {
		if (!flags_end && strcmp(s, "--") == 0) {
			flags_end = true;
		} else if (!flags_end && s[0] == '+' && isdigit((unsigned char)s[1])) {
			Key *k = new_key();

			position(s + 1, &k->field, &k->rune, k, &k->start_blank);
			last_plus = true;
			continue;
		} else if (!flags_end && s[0] == '-' && isdigit((unsigned char)s[1]) && last_plus) {
			Key *k = &keys[nkey - 1];

			position(s + 1, &k->end_field, &k->end_rune, k, &k->end_blank);
			if (k->end_rune == 0)
				k->end_rune = -1;
		} else if (flags_end || s[0] != '-' || s[1] == '\0') {
			files[nfile++] = *argv;
		} else {
			for (s++; *s != '\0'; s++) {
				const char *arg;
				Rune r;

				if (*s == 'c' || *s == 'm' || *s == 'u') {
					check |= *s == 'c';
					unique |= *s == 'u';
					continue; /* -m: sorting what is sorted is nearly a merge */
				}
				if (strchr("tkoT", *s) == NULL) {
					set_flag(&global, *s);
					continue;
				}
				arg = s[1] != '\0' ? s + 1 : argv[1] != NULL ? *++argv : NULL;
				if (arg == NULL || *arg == '\0')
					cmd_usage(usage);
				if (*s == 'o')
					output = arg;
				else if (*s == 'k')
					posix_key(arg);
				else if (*s == 't') {
					chartorune(&r, arg);
					separator = r;
				}
				break;
			}
		}
		last_plus = false;
	}
	finish_keys();
	if (nfile == 0)
		files[nfile++] = cmd_strdup("-");
	for (int i = 0; i < nfile; i++) {
		fd = strcmp(files[i], "-") == 0 ? 0 : open(files[i], OREAD);
		if (fd < 0)
			sysfatal("can't open %s: %r", files[i]);
		read_lines(fd, files[i]);
		if (fd != 0)
			close(fd);
	}
	if (check)
		check_order(files[0]);
	spare = cmd_alloc(NULL, (nline / 2 + 1) * sizeof *spare);
	merge_sort(lines, spare, nline);
	if (output != NULL) { /* the input has been read */
		fd = create(output, OWRITE, 0666);
		if (fd < 0)
			sysfatal("can't create %s: %r", output);
		dup(fd, 1);
	}
	out = cmd_out();
	for (size_t i = 0; i < nline; i++) {
		if (unique && i > 0 && line_cmp(&lines[i - 1], &lines[i]) == 0)
			continue;
		Bwrite(out, lines[i].s, (int64_t)lines[i].n);
		Bputc(out, '\n');
	}
	cmd_end(out);
}
