/*
 * cmd/factor.c - factor [number]: the number and its prime factors, one a line and
 * indented, each as often as it divides. Without a number, those of the standard
 * input, up to the first text that is none.
 * LIMITS  numbers from 1 to 2^64 - 1
 */
#include "lib9/cmd.h"

static Biobuf *out;

static uint64_t
mul_mod(uint64_t a, uint64_t b, uint64_t m)
{
	uint64_t r = 0;

	if ((a | b) >> 32 == 0)
		return a * b % m;
	for (a %= m; b > 0; b >>= 1) { /* no 128 bits on a machine of 32 */
		if (b & 1)
			r = r >= m - a ? r - (m - a) : r + a;
		a = a >= m - a ? a - (m - a) : a + a;
	}
	return r;
}

static uint64_t
pow_mod(uint64_t a, uint64_t e, uint64_t m)
{
	uint64_t r = 1 % m;

	for (; e > 0; e >>= 1) {
		if (e & 1)
			r = mul_mod(r, a, m);
		a = mul_mod(a, a, m);
	}
	return r;
}

/* Miller and Rabin's test: with these bases it is exact below 2^64. n odd, > 37. */
static bool
is_prime(uint64_t n)
{
	static const uint8_t bases[] = { 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37 };
	uint64_t d = n - 1;
	int s = 0;

	for (; d % 2 == 0; d /= 2)
		s++;
	for (size_t i = 0; i < nelem(bases); i++) {
		uint64_t x = pow_mod(bases[i], d, n);
		int k = 0;

		if (x == 1 || x == n - 1)
			continue;
		while (++k < s && x != n - 1)
			x = mul_mod(x, x, n);
		if (x != n - 1)
			return false;
	}
	return true;
}

static uint64_t
gcd(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t t = a % b;

		a = b;
		b = t;
	}
	return a;
}

/* A factor of n, which is odd and not prime: Pollard's rho, differences gathered. */
static uint64_t
divisor(uint64_t n)
{
	for (uint64_t c = 1;; c++) {
		uint64_t x = 2, y = 2, d = 1;

		while (d == 1) {
			x = (mul_mod(x, x, n) + c) % n;
			y = (mul_mod(y, y, n) + c) % n;
			y = (mul_mod(y, y, n) + c) % n;
			d = gcd(x > y ? x - y : y - x, n);
		}
		if (d != n)
			return d;
	}
}

/* Adds the factors of n, which has none below 1000, to list. */
static size_t
split(uint64_t n, uint64_t *list, size_t count)
{
	uint64_t d;

	if (n == 1)
		return count;
	if (n < 1000 * 1000 || is_prime(n)) {
		list[count] = n;
		return count + 1;
	}
	d = divisor(n);
	return split(n / d, list, split(d, list, count));
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
factor(uint64_t n)
{
	uint64_t big[8]; /* each is 1000 at least */
	size_t count;

	Bprint(out, "%llu\n", (unsigned long long)n);
	for (uint64_t p = 2; p < 1000 && p * p <= n; p += p == 2 ? 1 : 2)
		for (; n % p == 0; n /= p)
			Bprint(out, "     %llu\n", (unsigned long long)p);
	count = split(n, big, 0);
	qsort(big, count, sizeof *big, by_value);
	for (size_t i = 0; i < count; i++)
		Bprint(out, "     %llu\n", (unsigned long long)big[i]);
	Bprint(out, "\n");
	Bflush(out);
}

/* 1 to 2^64 - 1 in decimal? */
static bool
number(const char *s, uint64_t *n)
{
	*n = 0;
	if (*s == '\0')
		return false;
	for (; isdigit((unsigned char)*s); s++)
		if (__builtin_mul_overflow(*n, 10, n) || __builtin_add_overflow(*n, (uint64_t)(*s - '0'), n))
			return false;
	return *s == '\0' && *n > 0;
}

static void
input(Biobuf *in, const char *name)
{
	char *line, *words[512];
	uint64_t n;

	USED(name);
	while ((line = Brdstr(in, '\n', true)) != NULL) {
		size_t nword = tokenize(line, words, nelem(words));

		for (size_t i = 0; i < nword; i++) {
			if (!number(words[i], &n))
				sysfatal("%s: want a number from 1 to 18446744073709551615", words[i]);
			factor(n);
		}
		free(line);
	}
}

int
main(int argc, char **argv)
{
	uint64_t n;

	ARGBEGIN {
	default:
		cmd_usage("[number]");
	} ARGEND
	out = cmd_out();
	if (argc > 1)
		cmd_usage("[number]");
	if (argc == 0)
		cmd_lines(argv, input);
	else if (!number(*argv, &n))
		sysfatal("%s: want a number from 1 to 18446744073709551615", *argv);
	else
		factor(n);
	cmd_end(out);
}
