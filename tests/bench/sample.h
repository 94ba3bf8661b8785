/*
 * tests/bench/sample.h - how a figure is taken, by programs of LP49 and of the
 * host alike. The includer has the C library and defines
 *	static int64_t clock_ns(void);
 *	static void line_out(const char *text);
 * An operation runs n times in a batch; a batch lasts long enough for a clock of
 * 1 us (BATCH_NS), or for a coarser one, and its mean is one sample. So p50 and p99 are those of
 * batches, not of single operations, on both sides.
 * OUTPUT  a line "NAME P50 P99", ns for each operation
 */
enum { SAMPLE_MAX = 1000, SAMPLE_MIN = 20, BATCH_NS = 200 * 1000, RUN_NS = 250 * 1000 * 1000 };

static int64_t sample[SAMPLE_MAX];

static int
sample_order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* How long a batch is: 20 steps of the clock at least. */
static int64_t
batch_ns(void)
{
	static int64_t length;
	int64_t from = clock_ns(), to;

	if (length != 0)
		return length;
	while (clock_ns() == from)
		;
	from = clock_ns();
	while ((to = clock_ns()) == from)
		;
	length = 20 * (to - from) > BATCH_NS ? 20 * (to - from) : BATCH_NS;
	return length;
}

static void
sample_report(const char *name, int n)
{
	char text[120];

	qsort(sample, (size_t)n, sizeof sample[0], sample_order);
	snprintf(text, sizeof text, "%s %lld %lld\n", name, (long long)sample[n / 2], (long long)sample[n * 99 / 100]);
	line_out(text);
}

/* nsample batches of a set size, for what can't be done for ever; 0: as many as
 * RUN_NS has room for. */
static void
bench_n(const char *name, void (*op)(int n), int batch, int nsample)
{
	int64_t start = clock_ns(), end = start + RUN_NS;
	int n = 0;

	while (nsample > 0 ? n < nsample : n < SAMPLE_MAX && (n < SAMPLE_MIN || start < end)) {
		int64_t now;

		op(batch);
		now = clock_ns();
		sample[n++] = (now - start) / batch;
		start = now;
	}
	sample_report(name, n);
}

/* Finds the batch itself, which also warms up. */
static inline void
bench(const char *name, void (*op)(int n))
{
	int batch = 1;

	for (;; batch *= 2) {
		int64_t start = clock_ns();

		op(batch);
		if (clock_ns() - start >= batch_ns() || batch >= 1 << 20)
			break;
	}
	bench_n(name, op, batch, 0);
}
