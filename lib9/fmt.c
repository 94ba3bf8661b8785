/*
 * fmt.c - formatted text: one engine, fmt_run, and the print(2) functions that
 * leave it in memory. print and fprint are in lib9/sys/print.c.
 * LIMITS  a width or precision is cut at 1 Mi.
 * SEE     print(2); C11 7.21.6.1; tests/unit/fmt.c
 */
#include "lib9/fmt.h"

enum { FMTMAX = 1 << 20 };
enum { FLminus = 1, FLplus = 2, FLspace = 4, FLsharp = 8, FLzero = 16 };

typedef struct Spec Spec;
struct Spec {           /* one conversion: %-*.*lld */
	int flags;
	int width;
	int prec;       /* -1: none */
	int size;       /* of the integer: sizeof its type */
};

static void
put(Fmt *f, const char *s, size_t n)
{
	if (n == 0)
		return;
	f->put(f, s, n);
	f->n += n;
}

static void
pad(Fmt *f, int c, int n)
{
	static const char blanks[] = "                ", zeros[] = "0000000000000000";
	const char *s = c == '0' ? zeros : blanks;

	for (; n > 16; n -= 16)
		put(f, s, 16);
	if (n > 0)
		put(f, s, (size_t)n);
}

static void
put_text(Fmt *f, const Spec *sp, const char *s, size_t n)
{
	int fill = n < (size_t)sp->width ? sp->width - (int)n : 0;

	if (!(sp->flags & FLminus))
		pad(f, ' ', fill);
	put(f, s, n);
	if (sp->flags & FLminus)
		pad(f, ' ', fill);
}

/* Digits of v end at `end`; where they begin. */
static char *
digits(char *end, unsigned long long v, unsigned base, bool upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	for (; v > UINT_MAX; v /= base) /* 64-bit division is slow on a PC */
		*--end = set[v % base];
	for (unsigned w = (unsigned)v; w != 0; w /= base)
		*--end = set[w % base];
	return end;
}

static void
put_int(Fmt *f, Spec *sp, int verb, unsigned long long v, bool negative)
{
	char buf[72], *end = buf + sizeof buf, *s;
	const char *prefix = "";
	unsigned base = 10;
	int nprefix, zeros = 0, fill;

	if (verb == 'o')
		base = 8;
	else if (verb == 'x' || verb == 'X' || verb == 'p')
		base = 16;
	s = digits(end, v, base, verb == 'X');
	if (verb == 'd')
		prefix = negative ? "-" : sp->flags & FLplus ? "+" : sp->flags & FLspace ? " " : "";
	else if (verb == 'p' || (base == 16 && (sp->flags & FLsharp) && v != 0))
		prefix = verb == 'X' ? "0X" : "0x";
	nprefix = (int)strlen(prefix);
	if (sp->prec < 0 && s == end)
		zeros = 1;
	else if (sp->prec > end - s)
		zeros = sp->prec - (int)(end - s);
	if (base == 8 && (sp->flags & FLsharp) && zeros == 0)
		zeros = 1;
	fill = sp->width - nprefix - zeros - (int)(end - s);
	if (fill > 0 && (sp->flags & FLzero) && !(sp->flags & FLminus) && sp->prec < 0) {
		zeros += fill;
		fill = 0;
	}
	if (!(sp->flags & FLminus))
		pad(f, ' ', fill);
	put(f, prefix, (size_t)nprefix);
	pad(f, '0', zeros);
	put(f, s, (size_t)(end - s));
	if (sp->flags & FLminus)
		pad(f, ' ', fill);
}

static void
put_quoted(Fmt *f, const Spec *sp, const char *s)
{
	char *q = quotestr(s == NULL ? "" : s);

	if (q == NULL)
		q = strdup("''");
	if (q != NULL)
		put_text(f, sp, q, strlen(q));
	free(q);
}

static void
put_runes(Fmt *f, const Spec *sp, const Rune *r)
{
	char utf[UTFmax];
	size_t n = 0, max = 0;
	int fill;

	while ((sp->prec < 0 || max < (size_t)sp->prec) && r[max] != 0)
		n += (size_t)runelen(r[max++]);
	fill = n < (size_t)sp->width ? sp->width - (int)n : 0;
	if (!(sp->flags & FLminus))
		pad(f, ' ', fill);
	for (size_t i = 0; i < max; i++)
		put(f, utf, (size_t)runetochar(utf, &r[i]));
	if (sp->flags & FLminus)
		pad(f, ' ', fill);
}

static int
clip(int n)
{
	return n > FMTMAX ? FMTMAX : n;
}

static const char *
scan_number(const char *p, int *n)
{
	int v = 0;

	for (; *p >= '0' && *p <= '9'; p++)
		v = clip(v * 10 + *p - '0');
	*n = v;
	return p;
}

static const char *
scan_flags(const char *p, int *flags)
{
	static const char set[] = "-+ #0";
	const char *s;

	for (*flags = 0; *p != '\0' && (s = strchr(set, *p)) != NULL; p++)
		*flags |= 1 << (s - set);
	return p;
}

static const char *
scan_size(const char *p, int *size)
{
	*size = sizeof(int);
	switch (*p) {
	case 'h':
		*size = p[1] == 'h' ? 1 : 2;
		return p + (p[1] == 'h' ? 2 : 1);
	case 'l':
		*size = p[1] == 'l' ? (int)sizeof(long long) : (int)sizeof(long);
		return p + (p[1] == 'l' ? 2 : 1);
	case 'j':
		*size = sizeof(intmax_t);
		return p + 1;
	case 'z':
		*size = sizeof(size_t);
		return p + 1;
	case 't':
		*size = sizeof(ptrdiff_t);
		return p + 1;
	}
	return p;
}

/* Integers as they come through "...": by size, converted as C99 asks. */
static long long
narrow_signed(int size, long long v)
{
	return size == 1 ? (signed char)v : size == 2 ? (short)v : v;
}

static unsigned long long
narrow_unsigned(int size, unsigned long long v)
{
	return size == 1 ? (unsigned char)v : size == 2 ? (unsigned short)v : v;
}

/* va_list is an array type on some machines: a struct can be passed on. */
typedef struct Args Args;
struct Args {
	va_list ap;
};

static unsigned long long
arg_unsigned(Args *a, int size)
{
	unsigned long long v;

	if (size > (int)sizeof(int))
		v = size > (int)sizeof(long) ? va_arg(a->ap, unsigned long long) : va_arg(a->ap, unsigned long);
	else
		v = va_arg(a->ap, unsigned);
	return narrow_unsigned(size, v);
}

static long long
arg_signed(Args *a, int size)
{
	long long v;

	if (size > (int)sizeof(int))
		v = size > (int)sizeof(long) ? va_arg(a->ap, long long) : va_arg(a->ap, long);
	else
		v = va_arg(a->ap, int);
	return narrow_signed(size, v);
}

static bool
convert(Fmt *f, Spec *sp, int verb, Args *a)
{
	const char *s;
	Rune rune[2] = { 0, 0 };
	long long v;
	char c;

	switch (verb) {
	case '%':
		put(f, "%", 1);
		return true;
	case 'd':
	case 'i':
		v = arg_signed(a, sp->size);
		put_int(f, sp, 'd', v < 0 ? 0 - (unsigned long long)v : (unsigned long long)v, v < 0);
		return true;
	case 'u':
	case 'o':
	case 'x':
	case 'X':
		put_int(f, sp, verb, arg_unsigned(a, sp->size), false);
		return true;
	case 'p':
		put_int(f, sp, verb, (uintptr_t)va_arg(a->ap, void *), false);
		return true;
	case 'c':
		c = (char)va_arg(a->ap, int);
		put_text(f, sp, &c, 1);
		return true;
	case 's':
	case 'r':
		s = verb == 'r' ? err_reason() : va_arg(a->ap, const char *);
		if (s == NULL)
			s = "(null)";
		put_text(f, sp, s, sp->prec < 0 ? strlen(s) : strnlen(s, (size_t)sp->prec));
		return true;
	case 'q':
		put_quoted(f, sp, va_arg(a->ap, const char *));
		return true;
	case 'C':
		rune[0] = va_arg(a->ap, Rune);
		if (rune[0] == 0)
			put_text(f, sp, "", 1);
		else
			put_runes(f, sp, rune);
		return true;
	case 'S':
		put_runes(f, sp, va_arg(a->ap, const Rune *));
		return true;
	}
	return false;
}

void
fmt_run(Fmt *f, const char *fmt, va_list ap)
{
	const char *p = fmt, *start;
	Args a;
	Spec sp;

	va_copy(a.ap, ap);
	while (*(start = p) != '\0') {
		while (*p != '\0' && *p != '%')
			p++;
		put(f, start, (size_t)(p - start));
		if (*(start = p) == '\0')
			break;
		p = scan_flags(p + 1, &sp.flags);
		if (*p == '*') {
			sp.width = va_arg(a.ap, int);
			p++;
		} else {
			p = scan_number(p, &sp.width);
		}
		if (sp.width < 0) {
			sp.flags |= FLminus;
			sp.width = sp.width < -FMTMAX ? FMTMAX : -sp.width;
		}
		sp.width = clip(sp.width);
		sp.prec = -1;
		if (*p == '.' && p[1] == '*') {
			sp.prec = clip(va_arg(a.ap, int));
			p += 2;
		} else if (*p == '.') {
			p = scan_number(p + 1, &sp.prec);
		}
		p = scan_size(p, &sp.size);
		if (*p == '\0' || !convert(f, &sp, *p, &a)) {
			put(f, start, strlen(start));
			break;
		}
		p++;
	}
	va_end(a.ap);
}

typedef struct Room Room;
struct Room {
	char *p, *end;
};

static void
put_room(Fmt *f, const char *s, size_t n)
{
	Room *r = f->arg;
	size_t k = n < (size_t)(r->end - r->p) ? n : (size_t)(r->end - r->p);

	if (k == 0)
		return; /* p may be NULL */
	memcpy(r->p, s, k);
	r->p += k;
}

size_t
fmt_buf(char *p, char *end, const char *fmt, va_list ap)
{
	Room r = { p, p < end ? end - 1 : p };
	Fmt f = { .put = put_room, .arg = &r };

	fmt_run(&f, fmt, ap);
	if (p < end)
		*r.p = '\0';
	return f.n;
}

char *
vseprint(char *p, char *end, const char *fmt, va_list ap)
{
	size_t n = fmt_buf(p, end, fmt, ap);

	if (p >= end)
		return p;
	return n < (size_t)(end - p) ? p + n : end - 1;
}

char *
seprint(char *p, char *end, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	p = vseprint(p, end, fmt, ap);
	va_end(ap);
	return p;
}

char *
vsmprint(const char *fmt, va_list ap)
{
	size_t n = fmt_buf(NULL, NULL, fmt, ap);
	char *s = malloc(n + 1);

	if (s == NULL) {
		seterr(Enomem, NULL);
		return NULL;
	}
	fmt_buf(s, s + n + 1, fmt, ap);
	return s;
}

char *
smprint(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = vsmprint(fmt, ap);
	va_end(ap);
	return s;
}
