/*
 * sim/host/trace.c - --trace and --trace-file: finds the rings of trace records in
 * the node's memory, reads them every few milliseconds, puts the records of all into
 * the order of time and hands them to the files.
 *
 * The node knows nothing of its reader: it stops for nothing, and when it crashes what
 * it wrote is still there. Nothing that lies in its memory is trusted.
 *
 * ORDER   Records are held for HOLD_NS behind the newest, so that those of other rings
 *         that were written a little later get between them.
 * LIMITS  What a ring could not hold is lost, counted, and said.
 * SEE     lib9/trace.h, core/trace.c
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include "lib9/fcall.h"
#include "sim/host/trace.h"

enum { PAGE_BYTES = 4096, NSOURCE = TRACE_NRING + 1, KERNEL = TRACE_NRING, REC_MAX = 2 << 20 };
#define HOLD_NS 50000000ull
#define SHARED_MAX (64u << 20)

typedef struct Held Held;
struct Held {
	TraceRec *rec;
	size_t n;
	uint64_t order;          /* of arrival: equal times stay as they came */
};
static struct {
	uint32_t classes;
	bool wanted, over;
	uint32_t snap;
	uint64_t key;
	TraceOut out[TRACEFILE_MAX + 1];
	int nout;
	int fd;                  /* the node's memory */
	uint64_t size;
	const TraceShared *shared;
	uint32_t ring[TRACE_NRING], ring_size[TRACE_NRING];
	TracePlace place[NSOURCE];
	uint32_t told[NSOURCE];  /* of place.lost */
	uint64_t lost;
	const TraceKernelOps *kernel;
	TraceShared names;       /* a copy, for the files */
	Held *held;
	size_t nheld, room;
	uint64_t newest, count;
	unsigned skip;           /* polls until it is looked for again */
} t = { .fd = -1 };

/* ---- what is wanted ---- */

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n > k && strcmp(s + n - k, end) == 0;
}

static void
out_open(const Options *o, const char *file)
{
	TraceOut *e = &t.out[t.nout++];

	*e = (TraceOut){ .fd = 2, .file = file, .node = o->name };
	if (file != NULL && (e->fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) < 0)
		options_bad("--trace-file: %s: %s", file, strerror(errno));
	if (file == NULL || ends_in(file, ".txt")) {
		t.classes |= o->trace == NULL ? 1u << TRACE_9p | 1u << TRACE_syscall : 0;
		trace_lines_open(e);
	} else if (ends_in(file, ".pcapng")) {
		t.classes |= 1u << TRACE_9p;
		t.snap = MSIZE_MAX;
		trace_pcap_open(e);
	} else {
		t.classes |= 1u << TRACE_flow;
		t.classes |= o->trace == NULL ? 1u << TRACE_9p | 1u << TRACE_syscall | 1u << TRACE_pager : 0;
		trace_json_open(e);
	}
	if (file != NULL)
		e->flush(e);
}

void
trace_init(const Options *o)
{
	t.snap = TRACE_SNAP;
	if (o->trace != NULL && strcmp(o->trace, "none") != 0 && trace_classes(o->trace, &t.classes) < 0)
		options_bad("--trace: %s", err_reason());
	if (o->trace != NULL && o->ntracefile == 0)
		out_open(o, NULL);
	for (int i = 0; i < o->ntracefile; i++)
		out_open(o, o->tracefile[i]);
	t.wanted = t.nout > 0;
	if (getrandom(&t.key, sizeof t.key, 0) != sizeof t.key)
		t.key = (uint64_t)getpid();
	t.key >>= 1;
}

bool
trace_wanted(void)
{
	return t.wanted;
}

const char *
trace_bootargs(char sep)
{
	static char text[160];
	char list[64];

	if (!t.wanted)
		return "";
	trace_classes_text(t.classes, list, sizeof list);
	snprintf(text, sizeof text, "%ctracekey=%llu%ctracesnap=%u%ctrace=%s", sep, (unsigned long long)t.key, sep, t.snap,
	    sep, list[0] != '\0' ? list : "none");
	return text;
}

void
trace_kernel(const TraceKernelOps *ops)
{
	t.kernel = ops;
}

void
trace_memory(int fd, uint64_t size)
{
	t.fd = fd;
	t.size = size;
}

/* ---- finding it ---- */

/* Is it ours, and does all that it says lie within it? */
static bool
shared_check(const TraceShared *s, uint64_t pa)
{
	if (memcmp(s->magic, TRACE_MAGIC, sizeof TRACE_MAGIC) != 0 || s->cookie != t.key || s->pa != pa ||
	    s->version != TRACE_VERSION || s->size < sizeof *s || s->size > SHARED_MAX || s->size > t.size - pa)
		return false;
	for (int i = 0; i < TRACE_NRING; i++) {
		uint32_t size = s->ring_size[i];

		if (size == 0 || (size & (size - 1)) != 0 || s->ring[i] % 8 != 0 || s->ring[i] > s->size - sizeof(TraceRing) ||
		    size > s->size - sizeof(TraceRing) - s->ring[i])
			return false;
	}
	return true;
}

static bool
shared_try(uint64_t pa)
{
	const size_t head = offsetof(TraceShared, space);
	static TraceShared s;
	void *map;

	if (pread(t.fd, &s, head, (off_t)pa) != (ssize_t)head || !shared_check(&s, pa))
		return false;
	map = mmap(NULL, s.size, PROT_READ, MAP_SHARED, t.fd, (off_t)pa);
	if (map == MAP_FAILED)
		return false;
	memcpy(t.ring, s.ring, sizeof t.ring);
	memcpy(t.ring_size, s.ring_size, sizeof t.ring_size);
	t.names = s;
	t.shared = map;
	return true;
}

/* Looks through the memory that was ever used. */
static bool
shared_find(void)
{
	off_t at = 0, end;

	while ((at = lseek(t.fd, at, SEEK_DATA)) >= 0 && (uint64_t)at < t.size) {
		end = lseek(t.fd, at, SEEK_HOLE);
		if (end < 0 || (uint64_t)end > t.size)
			end = (off_t)t.size;
		for (at &= ~(off_t)(PAGE_BYTES - 1); at < end; at += PAGE_BYTES) {
			char magic[sizeof TRACE_MAGIC];

			if (pread(t.fd, magic, sizeof magic, at) == sizeof magic && memcmp(magic, TRACE_MAGIC, sizeof magic) == 0 &&
			    shared_try((uint64_t)at))
				return true;
		}
	}
	return false;
}

/* ---- reading ---- */

static void
hold(const TraceRec *rec, size_t n)
{
	TraceRec *copy = malloc(n);
	Held *more;

	if (t.nheld == t.room) {
		more = realloc(t.held, (t.room * 2 + 1024) * sizeof *more);
		if (more == NULL) {
			free(copy);
			return;
		}
		t.held = more;
		t.room = t.room * 2 + 1024;
	}
	if (copy == NULL)
		return;
	memcpy(copy, rec, n);
	t.held[t.nheld++] = (Held){ copy, n, t.count++ };
	if (rec->ns > t.newest)
		t.newest = rec->ns;
}

static void
lost_tell(int source, uint64_t ns)
{
	TraceRec rec = { .size = sizeof rec, .ns = ns, .class = TRACE_flow, .kind = TRACE_LOST, .pid = -1,
		.arg = t.place[source].lost - t.told[source] };

	if (rec.arg == 0)
		return;
	t.told[source] = t.place[source].lost;
	t.lost += rec.arg;
	rec.class = TRACE_syscall; /* a line of its own */
	hold(&rec, sizeof rec);
}

static void
ring_read(int i)
{
	static union {
		TraceRec rec;
		uint8_t room[REC_MAX];
	} u;
	const TraceRing *r = (const TraceRing *)(const void *)((const uint8_t *)t.shared + t.ring[i]);
	size_t n;

	while ((n = tracering_get(r, t.ring_size[i], &t.place[i], &u, sizeof u)) > 0) {
		lost_tell(i, u.rec.ns);
		if (n == u.rec.size && trace_sound(&u.rec, n))
			hold(&u.rec, n);
	}
}

static void
kernel_read(void)
{
	struct {
		TraceRec rec;
		TraceKernel k;
	} e;

	while (t.kernel->next(&t.place[KERNEL], &e.rec, &e.k, t.names.start_us)) {
		lost_tell(KERNEL, e.rec.ns);
		e.rec.size = sizeof e;
		hold(&e.rec, sizeof e);
	}
}

static int
held_order(const void *a, const void *b)
{
	const Held *x = a, *y = b;

	if (x->rec->ns != y->rec->ns)
		return x->rec->ns < y->rec->ns ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* Gives the files all that is older than `until`. */
static void
held_give(uint64_t until)
{
	size_t n = 0;

	qsort(t.held, t.nheld, sizeof *t.held, held_order);
	while (n < t.nheld && t.held[n].rec->ns <= until) {
		for (int i = 0; i < t.nout; i++)
			t.out[i].rec(&t.out[i], t.held[n].rec, t.held[n].n);
		free(t.held[n++].rec);
	}
	if (n == 0)
		return;
	t.nheld -= n;
	memmove(t.held, t.held + n, t.nheld * sizeof *t.held);
	for (int i = 0; i < t.nout; i++)
		t.out[i].flush(&t.out[i]);
}

static uint64_t
wall_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void
take(void)
{
	uint64_t before = t.newest;
	size_t had = t.nheld;

	memcpy(t.names.space, t.shared->space, sizeof t.names.space);
	for (int i = 0; i < TRACE_NRING; i++)
		ring_read(i);
	if (t.kernel != NULL) {
		t.kernel->want(atomic_load(&t.shared->any) & TRACE_KERNEL);
		kernel_read();
	}
	if (before == 0 && t.newest > 0)
		for (int i = 0; i < t.nout; i++)
			t.out[i].epoch_ns = wall_now() - t.newest;
	for (int i = 0; i < t.nout; i++)
		t.out[i].shared = &t.names;
	if (t.nheld == had && t.nheld > 0)
		held_give(UINT64_MAX); /* nothing new: nothing can get between any more */
	else if (t.newest > HOLD_NS)
		held_give(t.newest - HOLD_NS);
}

void
trace_poll(void)
{
	enum { LOOK_EVERY = 5 };

	if (!t.wanted || t.over || t.fd < 0)
		return;
	if (t.shared == NULL && t.skip > 0) {
		t.skip--;
		return;
	}
	t.skip = LOOK_EVERY;
	if (t.shared == NULL && !shared_find())
		return;
	take();
}

void
trace_finish(void)
{
	if (!t.wanted || t.over)
		return;
	t.skip = 0;
	trace_poll();
	held_give(UINT64_MAX);
	t.over = true;
	for (int i = 0; i < t.nout; i++)
		t.out[i].end(&t.out[i], t.lost);
	if (t.lost > 0)
		fprintf(stderr, "%s: trace: %llu records were lost: they came faster than they were read\n", program,
		    (unsigned long long)t.lost);
}

/* ---- for the files ---- */

int
trace_pid(const TraceOut *o, uint32_t thread, const char **prog)
{
	enum { NCORETHREAD = 512, NTHREAD = 16 }; /* hvm_sid's */
	uint32_t n = o->shared != NULL ? thread - o->shared->first_thread : 0, sid;

	*prog = "core";
	if (o->shared == NULL || thread < o->shared->first_thread)
		return -1;
	if (n < NCORETHREAD)
		return 0;
	sid = (n - NCORETHREAD) / NTHREAD + 2;
	if (sid >= TRACE_NSPACE || o->shared->space[sid].pid == 0)
		return -1;
	*prog = o->shared->space[sid].prog;
	return o->shared->space[sid].pid;
}

void
out_bytes(TraceOut *o, const void *p, size_t n)
{
	struct TraceBuf *b = &o->buf;
	char *more;

	if (b->room - b->n < n) {
		more = realloc(b->s, (b->n + n) * 2);
		if (more == NULL)
			return;
		b->s = more;
		b->room = (b->n + n) * 2;
	}
	memcpy(b->s + b->n, p, n);
	b->n += n;
}

void
out_fmt(TraceOut *o, const char *fmt, ...)
{
	char text[2 * TRACE_LINE];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	out_bytes(o, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static bool
write_at(TraceOut *o, const char *s, size_t n, uint64_t at)
{
	while (n > 0) {
		ssize_t k = o->file != NULL ? pwrite(o->fd, s, n, (off_t)at) : write(o->fd, s, n);

		if (k < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (k < 0)
			return false;
		s += k;
		n -= (size_t)k;
		at += (uint64_t)k;
	}
	return true;
}

void
out_write(TraceOut *o, const char *tail)
{
	uint64_t end = o->at + o->buf.n;

	out_bytes(o, tail, strlen(tail));
	if (!o->failed && !write_at(o, o->buf.s, o->buf.n, o->at)) {
		o->failed = true;
		fprintf(stderr, "%s: trace: %s: %s; nothing more is written there\n", program,
		    o->file != NULL ? o->file : "standard error", strerror(errno));
	}
	o->at = end;
	o->buf.n = 0;
}
