/*
 * free/stdlib.c - numbers, search and abort of <stdlib.h> for the freestanding
 * builds. A number out of range gives the nearest that is in it; there is no
 * errno.
 * SEE     tests/unit/libc.c
 */
#include "lib9/lib9.h"

int
abs(int n)
{
	return n < 0 ? -n : n;
}

long
labs(long n)
{
	return n < 0 ? -n : n;
}

long long
llabs(long long n)
{
	return n < 0 ? -n : n;
}

static unsigned
digit_value(int c)
{
	if (isdigit(c))
		return (unsigned)c - '0';
	return isalpha(c) ? (unsigned)tolower(c) - 'a' + 10 : 99;
}

/*
 * The magnitude of the number at s, at most max (over: it was larger), and its
 * sign. *end: behind it, or s when there is none.
 */
static unsigned long long
scan(const char *s, char **end, int base, unsigned long long max, bool *negative, bool *over)
{
	const char *p = s;
	unsigned long long v = 0;
	unsigned b = (unsigned)base, d;

	while (isspace((unsigned char)*p))
		p++;
	*negative = *p == '-';
	if (*p == '-' || *p == '+')
		p++;
	if ((b == 0 || b == 16) && p[0] == '0' && (p[1] == 'x' || p[1] == 'X') && digit_value((unsigned char)p[2]) < 16) {
		p += 2;
		b = 16;
	}
	if (b == 0)
		b = *p == '0' ? 8 : 10;
	*over = false;
	if (digit_value((unsigned char)*p) >= b)
		p = s; /* no number: the loop is not for what stands before it */
	for (; (d = digit_value((unsigned char)*p)) < b; p++) {
		if (*over || v > (max - d) / b)
			*over = true;
		else
			v = v * b + d;
	}
	if (end != NULL)
		*end = (char *)(uintptr_t)p;
	return v;
}

static long long
scan_signed(const char *s, char **end, int base, long long max)
{
	bool negative, over;
	unsigned long long v = scan(s, end, base, (unsigned long long)max + 1, &negative, &over);

	if (negative)
		return over || v > (unsigned long long)max ? -max - 1 : -(long long)v;
	return over || v > (unsigned long long)max ? max : (long long)v;
}

static unsigned long long
scan_unsigned(const char *s, char **end, int base, unsigned long long max)
{
	bool negative, over;
	unsigned long long v = scan(s, end, base, max, &negative, &over);

	if (over)
		return max;
	return negative ? 0 - v : v;
}

long
strtol(const char *restrict s, char **restrict end, int base)
{
	return (long)scan_signed(s, end, base, LONG_MAX);
}

long long
strtoll(const char *restrict s, char **restrict end, int base)
{
	return scan_signed(s, end, base, LLONG_MAX);
}

unsigned long
strtoul(const char *restrict s, char **restrict end, int base)
{
	return (unsigned long)scan_unsigned(s, end, base, ULONG_MAX);
}

unsigned long long
strtoull(const char *restrict s, char **restrict end, int base)
{
	return scan_unsigned(s, end, base, ULLONG_MAX);
}

int
atoi(const char *s)
{
	return (int)strtol(s, NULL, 10);
}

long
atol(const char *s)
{
	return strtol(s, NULL, 10);
}

long long
atoll(const char *s)
{
	return strtoll(s, NULL, 10);
}

void *
bsearch(const void *key, const void *base, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
	const char *low = base;

	while (n > 0) {
		const char *mid = low + n / 2 * size;
		int c = cmp(key, mid);

		if (c == 0)
			return (void *)(uintptr_t)mid;
		if (c > 0) {
			low = mid + size;
			n -= n / 2 + 1;
		} else {
			n /= 2;
		}
	}
	return NULL;
}

void
abort(void)
{
	panic("abort");
}

void
assert_failed(const char *expr, const char *file, int line)
{
	panic("%s:%d: assertion failed: %s", file, line, expr);
}
