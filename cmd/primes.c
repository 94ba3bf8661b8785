/*
 * cmd/primes.c - primes start [finish]: the prime numbers from start to finish, a line
 * each; without finish, without end.
 * LIMITS  numbers up to 2^63; start far from 0 takes time: its square root is sieved.
 */
#include "lib9/cmd.h"

static const char usage[] = "start [finish]";
enum { WINDOW = 1 << 16 };

/* The primes below the square root of what is sieved, found as needed. */
static uint32_t *small;
static size_t nsmall, maxsmall;

static void
small_add(uint32_t p)
{
	if (nsmall == maxsmall)
		small = cmd_alloc(small, (maxsmall = 2 * maxsmall + 1024) * sizeof *small);
	small[nsmall++] = p;
}

static void
small_upto(uint64_t limit)
{
	uint32_t p = nsmall == 0 ? 2 : small[nsmall - 1] + 1;

	for (; (uint64_t)p * p <= limit; p++) {
		bool prime = true;

		for (size_t i = 0; i < nsmall && prime && (uint64_t)small[i] * small[i] <= p; i++)
			prime = p % small[i] != 0;
		if (prime)
			small_add(p);
	}
}

/* Prints the primes of [low, low + n). */
static void
window(Biobuf *out, uint64_t low, uint64_t n)
{
	static bool composite[WINDOW];

	memset(composite, 0, sizeof composite);
	small_upto(low + n);
	for (size_t i = 0; i < nsmall; i++) {
		uint64_t p = small[i], at = (low + p - 1) / p * p;

		if (at < p * p)
			at = p * p;
		for (; at < low + n; at += p)
			composite[at - low] = true;
	}
	for (uint64_t i = 0; i < n; i++)
		if (!composite[i] && low + i >= 2)
			Bprint(out, "%llu\n", (unsigned long long)(low + i));
}

int
main(int argc, char **argv)
{
	uint64_t low, high = (uint64_t)1 << 63;
	Biobuf *out;

	ARGBEGIN {
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc < 1 || argc > 2 || argv[0][0] == '-')
		cmd_usage(usage);
	low = (uint64_t)cmd_number(argv[0], usage);
	if (argc == 2)
		high = (uint64_t)cmd_number(argv[1], usage);
	if (high > (uint64_t)1 << 63 || low > high)
		exits(NULL);
	out = cmd_out();
	for (uint64_t n; low <= high && Berror(out) == 0; low += n) {
		n = high - low < WINDOW ? high - low + 1 : WINDOW;
		window(out, low, n);
	}
	cmd_end(out);
}
