/*
 * token.c - lines cut into fields, in place, and the quoting that tokenize
 * undoes and rc understands.
 * SEE     tokenize(2), quote(2); tests/unit/token.c
 */
#include "lib9/lib9.h"

static bool
white(int c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/*
 * One word beginning at s, its quotes removed in place: 'it''s' -> it's. An
 * open quote ends with the line. Returns what follows the word.
 */
static char *
unquote_word(char *s)
{
	char *to = s;
	bool quoted = false;

	for (; *s != '\0' && (quoted || !white(*s)); s++) {
		if (*s != '\'') {
			*to++ = *s;
		} else if (quoted && s[1] == '\'') {
			*to++ = '\'';
			s++;
		} else {
			quoted = !quoted;
		}
	}
	if (*s != '\0')
		s++;
	*to = '\0';
	return s;
}

size_t
tokenize(char *s, char **args, size_t maxargs)
{
	size_t n = 0;

	while (n < maxargs) {
		while (white(*s))
			s++;
		if (*s == '\0')
			break;
		args[n++] = s;
		s = unquote_word(s);
	}
	return n;
}

/* Whether the rune at s is one of set; its length. */
static bool
delimiter(const char *s, const char *set, int *len)
{
	Rune r;

	*len = chartorune(&r, s);
	return utfrune(set, r) != NULL;
}

/*
 * Fields between delimiters. multi: runs of delimiters count as one, those at
 * either end as none. The last field, number maxargs, keeps the rest.
 */
size_t
getfields(char *s, char **args, size_t maxargs, bool multi, const char *delims)
{
	size_t n = 0;
	int len;

	if (maxargs == 0)
		return 0;
	if (multi)
		while (*s != '\0' && delimiter(s, delims, &len))
			s += len;
	if (multi && *s == '\0')
		return 0;
	args[n++] = s;
	while (*s != '\0') {
		bool hit = delimiter(s, delims, &len);

		if (!hit) {
			s += len;
			continue;
		}
		if (n == maxargs && !multi)
			break;
		if (n == maxargs) { /* only trailing delimiters may go */
			char *end = s;

			while (*end != '\0' && delimiter(end, delims, &len))
				end += len;
			if (*end != '\0')
				break;
		}
		*s = '\0';
		s += len;
		if (multi)
			while (*s != '\0' && delimiter(s, delims, &len))
				s += len;
		if (n == maxargs || (multi && *s == '\0'))
			break;
		args[n++] = s;
	}
	return n;
}

static int
digit_value(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

static int
no_number(const char *s, const char *end)
{
	return seterr(Ebadarg, "'%.*s' is no number", (int)(end - s < 24 ? end - s : 24), s);
}

int
parse_u64(const void *buf, size_t n, uint64_t *v)
{
	const char *p = buf, *end = p + n, *begin;
	uint64_t sum = 0;
	unsigned base = 10;

	while (p < end && white(*p))
		p++;
	while (p < end && (white(end[-1]) || end[-1] == '\0'))
		end--;
	begin = p;
	if (end - p > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		base = 16;
		p += 2;
	}
	if (p == end)
		return no_number(begin, end);
	for (; p < end; p++) {
		unsigned d = (unsigned)digit_value(*p);

		if (d >= base || sum > (UINT64_MAX - d) / base)
			return no_number(begin, end);
		sum = sum * base + d;
	}
	*v = sum;
	return 0;
}

/* Bytes that rc gives a meaning to, and those that glob. */
static bool
plain(const char *s)
{
	if (*s == '\0' || strcmp(s, "~") == 0 || strcmp(s, "!") == 0 || strcmp(s, "@") == 0)
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7F || strchr("#;&|^$=`'{}()<>*?[", *s) != NULL)
			return false;
	return true;
}

char *
quotestr(const char *s)
{
	size_t n = 2;
	char *q, *to;

	if (plain(s))
		return strdup(s);
	for (const char *p = s; *p != '\0'; p++)
		n += *p == '\'' ? 2 : 1;
	to = q = malloc(n + 1);
	if (q == NULL)
		return NULL;
	*to++ = '\'';
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			*to++ = '\'';
		*to++ = *s;
	}
	*to++ = '\'';
	*to = '\0';
	return q;
}
