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
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include "lib9/fcall.h"
#include "sim/host/trace.h"

enum { PAGE_BYTES = 4096, NSOURCE = TRACE_NRING + 1, KERNEL = TRACE_NRING, REC_MAX = 2 << 20, TAKE_MAX = 200000 };
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
	TraceShared names;       /* as the records tell it; space[0]: the classes of all */
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
	bool none = o->trace != NULL && strcmp(o->trace, "none") == 0; /* tracectl will say */
	TraceOut *e = &t.out[t.nout++];

	*e = (TraceOut){ .fd = 2, .file = file, .node = o->name };
	if (file != NULL && (e->fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) < 0)
		options_bad("--trace-file: %s: %s", file, strerror(errno));
	if (file == NULL || ends_in(file, ".txt")) {
		t.classes |= o->trace == NULL ? 1u << TRACE_9p | 1u << TRACE_syscall : 0;
		trace_lines_open(e);
	} else if (ends_in(file, ".pcapng")) {
		t.classes |= none ? 0 : 1u << TRACE_9p;
		t.snap = MSIZE_MAX;
		trace_pcap_open(e);
	} else {
		t.classes |= none ? 0 : 1u << TRACE_flow;
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
	ops->want(t.classes & TRACE_KERNEL); /* from the start: CORE says later what it wants */
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
	memset(t.names.space, 0, sizeof t.names.space);
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

	for (int k = 0; k < TAKE_MAX && (n = tracering_get(r, t.ring_size[i], &t.place[i], &u, sizeof u)) > 0; k++) {
		lost_tell(i, u.rec.ns);
		if (n == u.rec.size && trace_sound(&u.rec, n))
			hold(&u.rec, n);
	}
}

/* A thread's process by its number, as hvm_sid does it; the table's names end somewhere. */
static int
trace_owner(const TraceShared *s, uint32_t thread, const char **prog, int *sid)
{
	enum { NCORETHREAD = 512, NTHREAD = 16, SIGMA0 = 16, HVM = 14 }; /* before the first: HVM_FIRST_THREAD */
	static char name[sizeof s->space[0].prog + 1];
	uint32_t n = thread - s->first_thread;

	*sid = -1;
	*prog = n == (uint32_t)-HVM ? "hvm" : n == (uint32_t)-SIGMA0 ? "sigma0" : n > (uint32_t)-(int)s->first_thread ? "interrupt" : "-";
	if (thread < s->first_thread)
		return -1;
	*prog = "core";
	*sid = 1;
	if (n < NCORETHREAD)
		return 0;
	*prog = "-";
	n = (n - NCORETHREAD) / NTHREAD + 2;
	if (n >= TRACE_NSPACE || s->space[n].pid == 0)
		return *sid = -1;
	*sid = (int)n;
	snprintf(name, sizeof name, "%.*s", (int)sizeof s->space[n].prog, s->space[n].prog);
	*prog = name;
	return s->space[n].pid;
}

/* An event names threads: whose are they, and does anybody want to know? */
static bool
kernel_names(TraceRec *rec, TraceKernel *k)
{
	uint32_t wanted = atomic_load(&t.names.space[0].mask);
	const char *prog;
	int sid;

	rec->thread = (uint32_t)(rec->kind == TRACE_SCHED ? k->to : k->from);
	rec->pid = trace_owner(&t.names, (uint32_t)k->to, &prog, &sid);
	snprintf(k->to_prog, sizeof k->to_prog, "%s", prog);
	wanted |= sid > 0 ? atomic_load(&t.names.space[sid].mask) : 0;
	if (rec->kind == TRACE_IPC) {
		rec->pid = trace_owner(&t.names, (uint32_t)k->from, &prog, &sid);
		wanted |= sid > 0 ? atomic_load(&t.names.space[sid].mask) : 0;
	}
	snprintf(rec->prog, sizeof rec->prog, "%s", prog);
	snprintf(rec->tname, sizeof rec->tname, "%x", (unsigned)rec->thread);
	return wanted >> rec->class & 1;
}

static void
kernel_read(void)
{
	struct {
		TraceRec rec;
		TraceKernel k;
	} e;

	for (int k = 0; k < TAKE_MAX && t.kernel->next(&t.place[KERNEL], &e.rec, &e.k, t.names.start_us); k++) {
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

/* What is known of processes follows the order of time, as all else. */
static void
give(TraceRec *rec, size_t n)
{
	if (rec->kind == TRACE_SPACE)
		memcpy(&t.names.space[rec->arg], rec + 1, sizeof t.names.space[0]);
	else if ((rec->kind != TRACE_IPC && rec->kind != TRACE_SCHED) || kernel_names(rec, (TraceKernel *)(rec + 1)))
		for (int i = 0; i < t.nout; i++)
			t.out[i].rec(&t.out[i], rec, n);
}

/* Gives the files all that is older than `until`. */
static void
held_give(uint64_t until)
{
	size_t n = 0;

	qsort(t.held, t.nheld, sizeof *t.held, held_order);
	while (n < t.nheld && t.held[n].rec->ns <= until) {
		give(t.held[n].rec, t.held[n].n);
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
	enum { LOOK_EVERY = 2 };

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
	int sid;

	*prog = "-";
	return o->shared != NULL ? trace_owner(o->shared, thread, prog, &sid) : -1;
}
