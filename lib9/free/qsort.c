/*
 * free/qsort.c - qsort for the freestanding builds: quicksort on the median of
 * three, insertion sort for the small parts, and heapsort for a part that has
 * been split too often, so that no input takes more than n log n steps.
 * Not stable; no memory; recursion is at most 2 log2 n deep.
 * SEE     tests/unit/libc.c
 */
#include "lib9/lib9.h"

enum { SMALL = 12 };

typedef struct Sort Sort;
struct Sort {
	size_t size;
	int (*cmp)(const void *, const void *);
};

static void
swap(char *a, char *b, size_t n)
{
	char tmp[64];

	for (; n > 0;) {
		size_t k = n < sizeof tmp ? n : sizeof tmp;

		memcpy(tmp, a, k);
		memcpy(a, b, k);
		memcpy(b, tmp, k);
		a += k;
		b += k;
		n -= k;
	}
}

static void
insertion(const Sort *s, char *base, size_t n)
{
	char *end = base + n * s->size;

	for (char *p = base + s->size; p < end; p += s->size)
		for (char *q = p; q > base && s->cmp(q - s->size, q) > 0; q -= s->size)
			swap(q - s->size, q, s->size);
}

static void
sift(const Sort *s, char *base, size_t i, size_t n)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= n)
			return;
		if (child + 1 < n && s->cmp(base + child * s->size, base + (child + 1) * s->size) < 0)
			child++;
		if (s->cmp(base + i * s->size, base + child * s->size) >= 0)
			return;
		swap(base + i * s->size, base + child * s->size, s->size);
		i = child;
	}
}

static void
heap(const Sort *s, char *base, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift(s, base, i, n);
	while (n-- > 1) {
		swap(base, base + n * s->size, s->size);
		sift(s, base, 0, n);
	}
}

/* Puts the median of three of the n elements first. */
static void
pivot_first(const Sort *s, char *base, size_t n)
{
	char *a = base, *b = base + n / 2 * s->size, *c = base + (n - 1) * s->size;
	bool ab = s->cmp(a, b) < 0, bc = s->cmp(b, c) < 0;

	if (ab == bc)
		swap(a, b, s->size);
	else if ((s->cmp(a, c) < 0) != ab)
		return; /* a is between */
	else
		swap(a, c, s->size);
}

/* Splits by the first element; the place where it belongs. */
static size_t
split(const Sort *s, char *base, size_t n)
{
	size_t low = 1, high = n - 1;

	for (;;) {
		while (low <= high && s->cmp(base + low * s->size, base) < 0)
			low++;
		while (low <= high && s->cmp(base + high * s->size, base) > 0)
			high--;
		if (low >= high)
			break;
		swap(base + low++ * s->size, base + high-- * s->size, s->size);
	}
	swap(base, base + high * s->size, s->size);
	return high;
}

static void
sort(const Sort *s, char *base, size_t n, int depth)
{
	while (n > SMALL) {
		size_t at;

		if (depth-- == 0) {
			heap(s, base, n);
			return;
		}
		pivot_first(s, base, n);
		at = split(s, base, n);
		if (at < n - at - 1) { /* the smaller part by recursion */
			sort(s, base, at, depth);
			base += (at + 1) * s->size;
			n -= at + 1;
		} else {
			sort(s, base + (at + 1) * s->size, n - at - 1, depth);
			n = at;
		}
	}
	if (n > 1)
		insertion(s, base, n);
}

void
qsort(void *base, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
	Sort s = { size, cmp };
	int depth = 0;

	for (size_t k = n; k > 1; k /= 2)
		depth += 2;
	if (size > 0)
		sort(&s, base, n, depth);
}
