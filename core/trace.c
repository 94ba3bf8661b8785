/*
 * trace.c - trace records of CORE: which classes are on, for whom; the memory that
 * CORE, HVM and the host share; and one record written.
 *
 * Nothing is there before the first class is switched on. From then on trace_on says
 * what somebody wants, and is all that code looks at which is not traced.
 *
 * Who reads the trace is not traced (TRACE_MUTE), neither is what is done for him:
 * else each line would make the next.
 *
 * FILES  servants/trace.c: /dev/trace, /dev/tracectl; /proc/N/ctl "trace LIST"
 * LOCKS  tracer.start is held while the memory is made; tracer.lk guards CORE's
 *        ring and changes of what is on, a leaf: a record is copied under it
 * LIMITS RING_CORE and RING_HVM bytes, less where memory is short; a message's first
 *        `snap` bytes
 * SEE    lib9/trace.h, doc/trace.md, hvm/trace.c, core/trace_call.c
 */
#include "core/trace_impl.h"

enum { RING_CORE = 2 << 20, RING_HVM = 512 << 10, RING_MIN = 64 << 10, PAGE_BYTES = 4096,
	PROG = sizeof((TraceRec *)0)->prog };
_Static_assert(sizeof((TraceWho *)0)->prog == PROG && sizeof((TraceSpace *)0)->prog == PROG, "the same name");

atomic_uint trace_on;

static struct {
	QLock start;
	Lock lk;
	_Atomic(TraceShared *) shared;
	TraceRing *ring;          /* lk */
	atomic_uint flow;         /* the last one given */
} tracer = { .lk = LOCK_INIT };

const TraceShared *
trace_shared(void)
{
	return atomic_load(&tracer.shared);
}

/* ---- one record ---- */

/* Who p is, for a record. */
static void
name_proc(Proc *p, int32_t *pid, char prog[PROG])
{
	if (p == NULL) {
		*pid = 0;
		snprintf(prog, PROG, "core");
		return;
	}
	*pid = p->pid;
	lock(&p->lk);
	seprint(prog, prog + PROG, "%s", p->name);
	unlock(&p->lk);
}

void
trace_rec_init(TraceRec *rec, unsigned class, unsigned kind, Proc *p)
{
	const Clerk *c = clerk_self();
	unsigned number = (unsigned)L4_ThreadNo(c->tid) - trace_shared()->first_thread;

	*rec = (TraceRec){ .thread = (uint32_t)L4_ThreadNo(c->tid), .class = (uint8_t)class, .kind = (uint8_t)kind };
	snprintf(rec->tname, sizeof rec->tname, "%.7s%u", c->name ? c->name : "thread", number);
	if (number == 0)
		snprintf(rec->tname, sizeof rec->tname, "mngr");
	name_proc(p, &rec->pid, rec->prog);
}

void
trace_put(TraceRec *rec, const TracePart *part, size_t n)
{
	lock(&tracer.lk);
	rec->ns = (uint64_t)up_ns();
	tracering_put(tracer.ring, rec, part, n);
	unlock(&tracer.lk);
}

/* ---- the shared memory ---- */

static size_t
pages(size_t core, size_t hvm)
{
	size_t n = sizeof(TraceShared) + 2 * sizeof(TraceRing) + core + hvm;

	return (n + PAGE_BYTES - 1) / PAGE_BYTES;
}

/* As much as can be had in one piece. */
static int
memory_get(size_t *core, size_t *hvm, void **va, uint64_t *pa)
{
	int rc;

	*core = RING_CORE;
	*hvm = RING_HVM;
	while ((rc = hvm_mem(pages(*core, *hvm), va, pa)) < 0 && *core > RING_MIN) {
		*core /= 2;
		*hvm = *hvm > RING_MIN ? *hvm / 2 : *hvm;
	}
	return rc;
}

static uint64_t
bootarg_number(const char *key)
{
	char value[32];
	uint64_t v = 0;

	if (plat_bootarg(key, value, sizeof value) < 0 || parse_u64(value, strlen(value), &v) < 0)
		return 0;
	return v;
}

static void
spaces_fill(void)
{
	size_t slot = 0;
	Proc *p;

	for (; (p = proc_next(&slot)) != NULL; slot++) {
		trace_proc_named(p);
		proc_put(p);
	}
}

/* REQUIRES tracer.start. */
static int
shared_make(void)
{
	uint64_t pa, snap = bootarg_number("tracesnap");
	size_t core, hvm;
	TraceShared *s;
	void *va;
	int rc;

	if ((rc = trace_call_init()) < 0 || (rc = memory_get(&core, &hvm, &va, &pa)) < 0)
		return rc;
	s = va;
	s->cookie = bootarg_number("tracekey");
	s->pa = pa;
	s->version = TRACE_VERSION;
	s->size = (uint32_t)(pages(core, hvm) * PAGE_BYTES);
	s->snap = (uint32_t)(snap > 0 ? snap : TRACE_SNAP);
	s->first_thread = (uint32_t)L4_ThreadNo(mngr_tid());
	s->start_us = L4_SystemClock().raw - (uint64_t)up_ns() / 1000;
	s->ring[TRACERING_CORE] = sizeof *s;
	s->ring_size[TRACERING_CORE] = (uint32_t)core;
	s->ring[TRACERING_HVM] = (uint32_t)(sizeof *s + sizeof(TraceRing) + core);
	s->ring_size[TRACERING_HVM] = (uint32_t)hvm;
	tracer.ring = (TraceRing *)(void *)((uint8_t *)va + s->ring[TRACERING_CORE]);
	tracering_init(tracer.ring, core);
	tracering_init((TraceRing *)(void *)((uint8_t *)va + s->ring[TRACERING_HVM]), hvm);
	atomic_thread_fence(memory_order_seq_cst);
	memcpy(s->magic, TRACE_MAGIC, sizeof TRACE_MAGIC);
	atomic_store(&tracer.shared, s);
	spaces_fill();
	return hvm_trace(pa, pages(core, hvm));
}

static int
shared_get(TraceShared **out)
{
	int rc = 0;

	qlock(&tracer.start);
	if (atomic_load(&tracer.shared) == NULL)
		rc = shared_make();
	qunlock(&tracer.start);
	*out = atomic_load(&tracer.shared);
	return rc;
}

/* ---- what is on ---- */

/* For the host: which process a thread of the kernel's events is, and who wants them. */
static void
space_put(TraceShared *s, int sid)
{
	TraceSpace now = s->space[sid];
	TracePart part = { &now, sizeof now };
	TraceRec rec;

	if (sid == 0)
		now.mask = atomic_load(&s->all);
	trace_rec_init(&rec, TRACE_flow, TRACE_SPACE, NULL);
	rec.arg = (uint32_t)sid;
	trace_put(&rec, &part, 1);
}

/*
 * mask, which is s->all or a space's, loses the bits off and gets on; what somebody
 * wants is anew. One at a time: who looked earlier must not write later.
 */
static void
mask_change(TraceShared *s, _Atomic uint32_t *mask, uint32_t off, uint32_t on)
{
	uint32_t any;

	lock(&tracer.lk);
	atomic_fetch_and(mask, ~off);
	atomic_fetch_or(mask, on);
	any = atomic_load(&s->all);
	for (size_t i = 0; i < TRACE_NSPACE; i++)
		any |= atomic_load(&s->space[i].mask);
	any &= TRACE_ALL;
	atomic_store(&s->any, any);
	atomic_store(&trace_on, any & (1u << TRACE_9p | 1u << TRACE_syscall | 1u << TRACE_flow));
	unlock(&tracer.lk);
}

int
trace_all_set(uint32_t on, uint32_t off)
{
	TraceShared *s;
	int rc = shared_get(&s);

	if (rc < 0)
		return rc;
	mask_change(s, &s->all, off, on);
	space_put(s, 0);
	return 0;
}

int
proc_trace_set(Proc *p, uint32_t mask)
{
	TraceShared *s;
	int rc = shared_get(&s);

	if (rc < 0)
		return rc;
	mask_change(s, &s->space[p->sid].mask, TRACE_ALL, mask);
	space_put(s, p->sid);
	return 0;
}

void
trace_snap_set(uint32_t bytes)
{
	TraceShared *s;

	if (shared_get(&s) == 0)
		atomic_store(&s->snap, bytes);
}

void
trace_mute(Proc *p)
{
	TraceShared *s = atomic_load(&tracer.shared);

	if (s != NULL && p != NULL)
		atomic_fetch_or(&s->space[p->sid].mask, TRACE_MUTE);
}

void
trace_proc_named(Proc *p)
{
	TraceShared *s = atomic_load(&tracer.shared);
	TraceSpace *t;

	if (s == NULL || p->sid <= 0 || p->sid >= TRACE_NSPACE)
		return;
	t = &s->space[p->sid];
	name_proc(p, &t->pid, t->prog);
	space_put(s, p->sid);
}

void
trace_proc_forked(const Proc *parent, Proc *child)
{
	TraceShared *s = atomic_load(&tracer.shared);

	if (s == NULL)
		return;
	mask_change(s, &s->space[child->sid].mask, UINT32_MAX, atomic_load(&s->space[parent->sid].mask));
	trace_proc_named(child);
}

void
trace_proc_ended(const Proc *p)
{
	TraceShared *s = atomic_load(&tracer.shared);

	if (s == NULL)
		return;
	trace_serving_end(p);
	if (atomic_load(&s->space[p->sid].mask) != 0)
		mask_change(s, &s->space[p->sid].mask, UINT32_MAX, 0);
}

bool
trace_muted(const Proc *p)
{
	TraceShared *s = atomic_load(&tracer.shared);

	return s != NULL && p != NULL && atomic_load(&s->space[p->sid].mask) & TRACE_MUTE;
}

uint32_t
trace_mask_of(const Proc *p)
{
	TraceShared *s = atomic_load(&tracer.shared);
	uint32_t mask = s != NULL && p != NULL ? atomic_load(&s->space[p->sid].mask) : 0;

	if (s == NULL || mask & TRACE_MUTE)
		return 0;
	return mask | atomic_load(&s->all);
}

uint32_t
trace_flow_new(void)
{
	uint32_t f;

	do
		f = atomic_fetch_add(&tracer.flow, 1) + 1;
	while (f == 0 || f == FLOW_MUTE);
	return f;
}

/* ---- for servants ---- */

static uint32_t
mask_now(void)
{
	const Request *r = clerk_self()->req;

	if (r == NULL || r->job)
		return trace_mask_of(up());
	return r->trace;
}

void
trace_who(TraceWho *w)
{
	const Request *r = clerk_self()->req;
	uint32_t mask = mask_now();

	*w = (TraceWho){ .on = mask >> TRACE_9p & 1, .flow = r != NULL ? r->flow : 0 };
	if (w->on)
		name_proc(up(), &w->pid, w->prog);
}

void
trace_msg(const TraceWho *w, uint32_t link, const uint8_t *msg, size_t n)
{
	size_t snap = atomic_load(&trace_shared()->snap);
	TraceMsg m = { .link = link, .size = (uint32_t)n, .have = (uint32_t)(n < snap ? n : snap) };
	TracePart part[2] = { { &m, sizeof m }, { msg, m.have } };
	TraceRec rec;

	trace_rec_init(&rec, TRACE_9p, TRACE_MSG, NULL);
	rec.pid = w->pid;
	memcpy(rec.prog, w->prog, sizeof rec.prog);
	rec.flow = w->flow;
	trace_put(&rec, part, 2);
}

static void
span_put(unsigned kind, const char *text)
{
	TracePart part = { text, strlen(text) };
	Request *r = clerk_self()->req;
	TraceRec rec;

	if (r == NULL || !(mask_now() >> TRACE_flow & 1))
		return;
	trace_rec_init(&rec, TRACE_flow, kind, r->proc);
	rec.flow = r->flow;
	rec.length = (uint16_t)part.n;
	trace_put(&rec, &part, 1);
}

void
trace_begin(const char *fmt, ...)
{
	char text[96];
	va_list ap;

	va_start(ap, fmt);
	vseprint(text, text + sizeof text, fmt, ap);
	va_end(ap);
	span_put(TRACE_BEGIN, text);
}

void
trace_end(void)
{
	span_put(TRACE_END, "");
}
