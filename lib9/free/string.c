/*
 * free/string.c - <string.h> for the freestanding builds. The compiler calls
 * memcpy, memmove, memset and memcmp by itself, so they must not be compiled
 * into calls of themselves: hence the pragma.
 * Long copies and fills go by words, four at a time, once the destination is
 * aligned. A name in parentheses is not the macro of decl.h.
 * SEE     tests/unit/libc.c
 */
#include "lib9/lib9.h"

#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* clang has no need of it */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

/* Any object may be looked at as Words, at any address. */
typedef uintptr_t __attribute__((may_alias, aligned(1))) Word;
enum { W = sizeof(Word) };
#define ONES ((uintptr_t)-1 / 0xFF)
#define HIGHS (ONES * 0x80)

static bool
has_zero(uintptr_t w)
{
	return ((w - ONES) & ~w & HIGHS) != 0;
}

static void
copy_up(unsigned char *d, const unsigned char *s, size_t n)
{
	if (n >= 4 * W) {
		for (; (uintptr_t)d % W != 0; n--)
			*d++ = *s++;
		for (; n >= 4 * W; n -= 4 * W, d += 4 * W, s += 4 * W) {
			uintptr_t a = ((const Word *)s)[0], b = ((const Word *)s)[1];
			uintptr_t c = ((const Word *)s)[2], e = ((const Word *)s)[3];

			((Word *)d)[0] = a;
			((Word *)d)[1] = b;
			((Word *)d)[2] = c;
			((Word *)d)[3] = e;
		}
	}
	for (; n >= W; n -= W, d += W, s += W)
		*(Word *)d = *(const Word *)s;
	for (; n > 0; n--)
		*d++ = *s++;
}

static void
copy_down(unsigned char *d, const unsigned char *s, size_t n)
{
	d += n;
	s += n;
	for (; n >= W; n -= W) {
		d -= W;
		s -= W;
		*(Word *)d = *(const Word *)s;
	}
	for (; n > 0; n--)
		*--d = *--s;
}

void *
(memcpy)(void *restrict dst, const void *restrict src, size_t n)
{
	copy_up(dst, src, n);
	return dst;
}

void *
(memmove)(void *dst, const void *src, size_t n)
{
	/* upwards is right when dst is below src, or behind its end */
	if ((uintptr_t)dst - (uintptr_t)src >= n)
		copy_up(dst, src, n);
	else
		copy_down(dst, src, n);
	return dst;
}

void *
(memset)(void *dst, int c, size_t n)
{
	unsigned char *d = dst;
	uintptr_t w = (unsigned char)c * ONES;

	if (n >= 4 * W) {
		for (; (uintptr_t)d % W != 0; n--)
			*d++ = (unsigned char)c;
		for (; n >= 4 * W; n -= 4 * W, d += 4 * W) {
			((Word *)d)[0] = w;
			((Word *)d)[1] = w;
			((Word *)d)[2] = w;
			((Word *)d)[3] = w;
		}
	}
	for (; n > 0; n--)
		*d++ = (unsigned char)c;
	return dst;
}

int
(memcmp)(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n >= W && *(const Word *)p == *(const Word *)q; n -= W) {
		p += W;
		q += W;
	}
	for (; n > 0; n--, p++, q++)
		if (*p != *q)
			return *p < *q ? -1 : 1;
	return 0;
}

void *
memchr(const void *s, int c, size_t n)
{
	const unsigned char *p = s;
	uintptr_t w = (unsigned char)c * ONES;

	for (; n >= W && !has_zero(*(const Word *)p ^ w); n -= W)
		p += W;
	for (; n > 0; n--, p++)
		if (*p == (unsigned char)c)
			return (void *)(uintptr_t)p;
	return NULL;
}

void *
memrchr(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	while (n-- > 0)
		if (p[n] == (unsigned char)c)
			return (void *)(uintptr_t)(p + n);
	return NULL;
}

/* The longest suffix of p in one of the two orders of bytes, and its period. */
static size_t
max_suffix(const unsigned char *p, size_t n, bool reversed, size_t *period)
{
	size_t best = SIZE_MAX, at = 0, k = 1, per = 1; /* best + 1: where it begins */

	while (at + k < n) {
		unsigned char a = p[at + k], b = p[best + k];

		if (a == b) {
			if (k == per) {
				at += per;
				k = 1;
			} else {
				k++;
			}
		} else if (reversed ? a > b : a < b) {
			at += k;
			k = 1;
			per = at - best;
		} else {
			best = at++;
			k = per = 1;
		}
	}
	*period = per;
	return best + 1;
}

/*
 * The two-way algorithm of Crochemore and Perrin: linear time, no tables. The
 * needle is cut where its local period is its period; its right part is
 * compared first.
 */
static const unsigned char *
two_way(const unsigned char *h, size_t nh, const unsigned char *p, size_t n)
{
	size_t per1, per2, cut1 = max_suffix(p, n, false, &per1), cut2 = max_suffix(p, n, true, &per2);
	size_t cut = cut1 > cut2 ? cut1 : cut2, period = cut1 > cut2 ? per1 : per2, known = 0;
	bool periodic = memcmp(p, p + period, cut) == 0;

	if (!periodic)
		period = (cut > n - cut ? cut : n - cut) + 1;
	for (const unsigned char *last = h + (nh - n); h <= last;) {
		size_t i = cut > known ? cut : known;

		while (i < n && p[i] == h[i])
			i++;
		if (i < n) {
			h += i - cut + 1;
			known = 0;
			continue;
		}
		for (i = cut; i > known && p[i - 1] == h[i - 1]; i--)
			;
		if (i <= known)
			return h;
		h += period;
		known = periodic ? n - period : 0;
	}
	return NULL;
}

void *
memmem(const void *hay, size_t nhay, const void *needle, size_t nneedle)
{
	const unsigned char *h = hay, *first;

	if (nneedle == 0)
		return (void *)(uintptr_t)hay;
	if (nhay < nneedle)
		return NULL;
	first = memchr(h, *(const unsigned char *)needle, nhay - nneedle + 1);
	if (first == NULL || nneedle == 1)
		return (void *)(uintptr_t)first;
	return (void *)(uintptr_t)two_way(first, nhay - (size_t)(first - h), needle, nneedle);
}

/* It reads to the end of the last word, which no page boundary parts. */
__attribute__((no_sanitize_address)) size_t
(strlen)(const char *s)
{
	const char *p = s;

	for (; (uintptr_t)p % W != 0; p++)
		if (*p == '\0')
			return (size_t)(p - s);
	while (!has_zero(*(const Word *)p))
		p += W;
	for (; *p != '\0'; p++)
		;
	return (size_t)(p - s);
}

size_t
strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n] != '\0')
		n++;
	return n;
}

char *
stpcpy(char *restrict dst, const char *restrict src)
{
	size_t n = strlen(src);

	memcpy(dst, src, n + 1);
	return dst + n;
}

char *
strcpy(char *restrict dst, const char *restrict src)
{
	stpcpy(dst, src);
	return dst;
}

char *
strncpy(char *restrict dst, const char *restrict src, size_t n)
{
	size_t k = strnlen(src, n);

	memcpy(dst, src, k);
	memset(dst + k, 0, n - k);
	return dst;
}

char *
strcat(char *restrict dst, const char *restrict src)
{
	stpcpy(dst + strlen(dst), src);
	return dst;
}

char *
strncat(char *restrict dst, const char *restrict src, size_t n)
{
	size_t at = strlen(dst), k = strnlen(src, n);

	memcpy(dst + at, src, k);
	dst[at + k] = '\0';
	return dst;
}

int
strcmp(const char *a, const char *b)
{
	for (; *a == *b && *a != '\0'; a++, b++)
		;
	return (unsigned char)*a - (unsigned char)*b;
}

int
strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++)
		if (*a != *b || *a == '\0')
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

int
strncasecmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++) {
		int x = tolower((unsigned char)*a), y = tolower((unsigned char)*b);

		if (x != y || x == 0)
			return x - y;
	}
	return 0;
}

int
strcasecmp(const char *a, const char *b)
{
	return strncasecmp(a, b, SIZE_MAX);
}

char *
strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (*s == '\0')
			return NULL;
	return (char *)(uintptr_t)s;
}

char *
strrchr(const char *s, int c)
{
	return memrchr(s, c, strlen(s) + 1);
}

char *
strstr(const char *hay, const char *needle)
{
	return memmem(hay, strlen(hay), needle, strlen(needle));
}

typedef struct Set Set;
struct Set {
	uint32_t bits[8];
};

static Set
set_of(const char *s)
{
	Set set = { { 0 } };

	for (; *s != '\0'; s++)
		set.bits[(unsigned char)*s / 32] |= 1u << (unsigned char)*s % 32;
	return set;
}

static bool
set_has(const Set *set, char c)
{
	return set->bits[(unsigned char)c / 32] >> (unsigned char)c % 32 & 1;
}

size_t
strspn(const char *s, const char *set)
{
	Set in = set_of(set);
	size_t n = 0;

	while (set_has(&in, s[n])) /* a NUL is in no set */
		n++;
	return n;
}

size_t
strcspn(const char *s, const char *set)
{
	Set in = set_of(set);
	size_t n = 0;

	while (s[n] != '\0' && !set_has(&in, s[n]))
		n++;
	return n;
}

char *
strpbrk(const char *s, const char *set)
{
	s += strcspn(s, set);
	return *s == '\0' ? NULL : (char *)(uintptr_t)s;
}

char *
strndup(const char *s, size_t n)
{
	return str_dup((Str){ s, strnlen(s, n) });
}

char *
strdup(const char *s)
{
	return str_dup((Str){ s, strlen(s) });
}
