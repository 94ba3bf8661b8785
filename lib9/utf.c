/*
 * utf.c - UTF-8, as rune(2) has it, for runes up to 0x10FFFF. A byte that
 * begins no valid sequence (overlong forms and surrogates too) reads as
 * Runeerror of length 1, so that any bytes can be walked through.
 * SEE     rune(2); RFC 3629; tests/unit/utf.c. Letters and cases: runetype.c
 */
#include "lib9/lib9.h"

/* How many bytes the first byte announces; 0: it can't be a first one. */
static int
announced(unsigned c)
{
	if (c < 0x80)
		return 1;
	if (c < 0xC2)
		return 0; /* continuation, or overlong */
	if (c < 0xE0)
		return 2;
	if (c < 0xF0)
		return 3;
	return c < 0xF5 ? 4 : 0;
}

/* Whether c can be the second byte behind first. */
static bool
second_fits(unsigned first, unsigned c)
{
	unsigned low = 0x80, high = 0xBF;

	if (first == 0xE0)
		low = 0xA0;
	else if (first == 0xED)
		high = 0x9F;
	else if (first == 0xF0)
		low = 0x90;
	else if (first == 0xF4)
		high = 0x8F;
	return c >= low && c <= high;
}

/* The rune at s, whose first n bytes may be looked at; its length, 0: no. */
static int
decode(Rune *r, const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	int len = announced(p[0]);
	Rune v;

	if (len == 0 || (size_t)len > n)
		return 0;
	if (len == 1) {
		*r = p[0];
		return 1;
	}
	if (!second_fits(p[0], p[1]))
		return 0;
	v = (p[0] & (0x7Fu >> len)) << 6 | (p[1] & 0x3Fu);
	for (int i = 2; i < len; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		v = v << 6 | (p[i] & 0x3Fu);
	}
	*r = v;
	return len;
}

int
chartorune(Rune *r, const char *s)
{
	/* a NUL is no continuation byte, so decode stops at the end of s */
	int len = decode(r, s, UTFmax);

	if (len > 0)
		return len;
	*r = Runeerror;
	return 1;
}

int
runetochar(char *s, const Rune *r)
{
	Rune c = *r;
	int len;

	if (c > Runemax || (c >= 0xD800 && c <= 0xDFFF))
		c = Runeerror;
	len = runelen(c);
	if (len == 1) {
		s[0] = (char)c;
		return 1;
	}
	for (int i = len - 1; i > 0; i--) {
		s[i] = (char)(0x80 | (c & 0x3F));
		c >>= 6;
	}
	s[0] = (char)(0xF00u >> len | c);
	return len;
}

int
runelen(Rune r)
{
	if (r < 0x80)
		return 1;
	if (r < 0x800)
		return 2;
	return r < 0x10000 || r > Runemax ? 3 : 4;
}

bool
fullrune(const char *s, size_t n)
{
	int len;

	if (n == 0)
		return false;
	len = announced((unsigned char)s[0]);
	if (len == 0 || (size_t)len <= n)
		return true;
	if (n > 1 && !second_fits((unsigned char)s[0], (unsigned char)s[1]))
		return true;
	return n > 2 && ((unsigned char)s[2] & 0xC0) != 0x80;
}

size_t
utflen(const char *s)
{
	return utfnlen(s, SIZE_MAX);
}

/* Runes of s in its first n bytes; a rune cut off by n isn't counted. */
size_t
utfnlen(const char *s, size_t n)
{
	size_t count = 0;
	Rune r;

	while (n > 0 && *s != '\0') {
		int len;

		if (!fullrune(s, n < UTFmax ? n : UTFmax))
			break;
		len = chartorune(&r, s);
		s += len;
		n -= (size_t)len;
		count++;
	}
	return count;
}

const char *
utfrune(const char *s, Rune want)
{
	Rune r;

	for (;; s += chartorune(&r, s)) {
		if (*s == '\0')
			return want == 0 ? s : NULL;
		chartorune(&r, s);
		if (r == want)
			return s;
	}
}

const char *
utfrrune(const char *s, Rune want)
{
	const char *last = NULL;

	if (want == 0)
		return s + strlen(s);
	while ((s = utfrune(s, want)) != NULL) {
		Rune r;

		last = s;
		s += chartorune(&r, s);
	}
	return last;
}

bool
utf8_valid(Str s)
{
	for (size_t i = 0; i < s.n;) {
		Rune r;
		int len = decode(&r, s.s + i, s.n - i);

		if (len == 0)
			return false;
		i += (size_t)len;
	}
	return true;
}
