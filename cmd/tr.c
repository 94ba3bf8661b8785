/*
 * cmd/tr.c - tr [-cds] [string1 [string2]]: copies the standard input; characters
 * (runes) of string1 become those of string2, which is filled up with its last.
 *   -c all characters that aren't in string1, in order    -d deletes those of string1
 *   -s of equal characters in a row that are in string2 (string1 when there is no
 *      other) only one is written
 * In a string, -x after a character is the range from it to x; \ and 1 to 3 octal
 * digits, or \x and 1 to 6 hex digits, is the character of that value; \ before any
 * other is that other. A byte that is no UTF-8 is copied, or deleted by -cd.
 * ERRORS  a character that is to become two different ones
 */
#include "lib9/cmd.h"

static const char usage[] = "[-cds] [string1 [string2]]";

typedef struct Range Range;
struct Range {
	Rune low, high;
	uint64_t index;         /* of low among the characters of the string */
};
typedef struct Set Set;
struct Set {
	Range *r;
	size_t n;
	uint64_t count;         /* of characters */
};
static bool complement, delete, squeeze;
static Set from, to;
static Biobuf *out;

static void
set_add(Set *s, Rune low, Rune high)
{
	if (low > high)
		return;
	s->r = cmd_alloc(s->r, (s->n + 1) * sizeof *s->r);
	s->r[s->n++] = (Range){ low, high, s->count };
	s->count += high - low + 1;
}

/* One character of a string, quoted or not. */
static const char *
char_get(const char *p, Rune *r)
{
	int n = 0;

	if (*p != '\\' || p[1] == '\0')
		return p + chartorune(r, p);
	p++;
	*r = 0;
	if (*p == 'x' && isxdigit((unsigned char)p[1])) {
		for (p++; n < 6 && isxdigit((unsigned char)*p); n++, p++)
			*r = *r * 16 + (Rune)(isdigit((unsigned char)*p) ? *p - '0' : tolower((unsigned char)*p) - 'a' + 10);
		if (*r > Runemax)
			sysfatal("\\x%lx: not a character", (unsigned long)*r);
		return p;
	}
	for (; n < 3 && *p >= '0' && *p <= '7'; n++, p++)
		*r = *r * 8 + (Rune)(*p - '0');
	return n > 0 ? p : p + chartorune(r, p);
}

static void
set_parse(Set *s, const char *p)
{
	Rune r = 0, high;
	bool first = true;

	while (*p != '\0') {
		if (*p == '-' && !first && p[1] != '\0') {
			p = char_get(p + 1, &high);
			set_add(s, r + 1, high);
			r = high;
			continue;
		}
		p = char_get(p, &r);
		set_add(s, r, r);
		first = false;
	}
}

static int
by_low(const void *a, const void *b)
{
	const Range *x = a, *y = b;

	return x->low < y->low ? -1 : x->low > y->low;
}

static void
set_complement(Set *s)
{
	Set rest = { NULL, 0, 0 };
	Rune next = 0;

	qsort(s->r, s->n, sizeof *s->r, by_low);
	for (size_t i = 0; i < s->n; i++) {
		if (s->r[i].low > next)
			set_add(&rest, next, s->r[i].low - 1);
		if (s->r[i].high >= next)
			next = s->r[i].high + 1;
	}
	set_add(&rest, next, Runemax);
	*s = rest;
}

/* The index of a character in the set; false: it isn't there. */
static bool
set_find(const Set *s, Rune r, uint64_t *index)
{
	for (size_t i = 0; i < s->n; i++)
		if (r >= s->r[i].low && r <= s->r[i].high) {
			*index = s->r[i].index + (r - s->r[i].low);
			return true;
		}
	return false;
}

static Rune
set_at(const Set *s, uint64_t index)
{
	size_t i = s->n - 1;

	if (index >= s->count)
		return s->r[i].high;
	while (index < s->r[i].index)
		i--;
	return s->r[i].low + (Rune)(index - s->r[i].index);
}

/* What string1 says twice must not become two characters. */
static void
check_map(void)
{
	for (size_t i = 0; i < from.n; i++)
		for (uint64_t k = 0; k <= from.r[i].high - from.r[i].low && from.n > 1; k++) {
			Rune r = from.r[i].low + (Rune)k;
			uint64_t index = 0;

			if (set_find(&from, r, &index) && set_at(&to, index) != set_at(&to, from.r[i].index + k))
				sysfatal("%C is to become both %C and %C", r, set_at(&to, index), set_at(&to, from.r[i].index + k));
		}
}

/* What becomes of a character; false: nothing is written. Answers for those below
 * 256 are kept. */
static bool
translate(Rune *r)
{
	static int64_t known[256]; /* 0: not yet; -1: deleted; else the character + 1 */
	Rune c = *r;
	uint64_t index;

	if (c < nelem(known) && known[c] != 0) {
		*r = (Rune)(known[c] - 1);
		return known[c] > 0;
	}
	if (set_find(&from, c, &index)) {
		if (delete) {
			if (c < nelem(known))
				known[c] = -1;
			return false;
		}
		if (to.n > 0)
			*r = set_at(&to, index);
	}
	if (c < nelem(known))
		known[c] = (int64_t)*r + 1;
	return true;
}

static void
copy(Biobuf *in, const char *name)
{
	const Set *squeezed = to.n > 0 ? &to : &from;
	int64_t c, last = -1;
	uint64_t index;

	USED(name);
	while ((c = Bgetrune(in)) >= 0 && Berror(out) == 0) {
		bool broken = c == Runeerror && Blinelen(in) == 1;
		Rune r = (Rune)c;

		if (!translate(&r))
			continue;
		if (squeeze && r == last && set_find(squeezed, r, &index))
			continue;
		last = r;
		if (broken && r == Runeerror) {
			Bungetrune(in);
			Bputc(out, Bgetc(in));
		} else {
			Bputrune(out, r);
		}
	}
}

int
main(int argc, char **argv)
{
	ARGBEGIN {
	case 'c':
		complement = true;
		break;
	case 'd':
		delete = true;
		break;
	case 's':
		squeeze = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc > 2)
		cmd_usage(usage);
	if (argc > 0)
		set_parse(&from, argv[0]);
	if (complement)
		set_complement(&from);
	if (argc > 1)
		set_parse(&to, argv[1]);
	if (!delete && !squeeze && from.n > 0 && to.n == 0)
		cmd_usage(usage);
	if (!delete && to.n > 0 && !complement)
		check_map();
	out = cmd_out();
	cmd_lines(&argv[argc], copy);
	cmd_end(out);
}
