/*
 * trace_call.c - trace records of system calls, and how the number of a request, its
 * flow, gets from one program to the next.
 *
 * A program's call gets a new flow when Mngr takes it. #M remembers, for each message
 * that it sends, (pipe, tag) -> flow. When a server reads that message from the other
 * end, its process serves that flow: its own calls, until it writes the reply with
 * that tag, carry it on. Of several messages read at once the first is being served,
 * then the next. No program knows of it, and the protocol has no room for it.
 *
 * LOCKS  flows.lk, a leaf
 * LIMITS NLINK messages under way: where their place is full a new one takes an older
 *        one's, which may be of a server that never reads; NSERVE read by one server: a
 *        flow beyond ends there
 */
#include "core/trace_impl.h"

enum { NLINK = 1024, NPROBE = 16, NSERVE = 16, NMUTE = 16, MSGHEAD = 4 + 1 + 2, KEEP_IN = 512, KEEP_OUT = 64 };

typedef struct Sent Sent;
struct Sent {                    /* a message on its way to a server */
	uint32_t pipe;
	uint16_t tag;
	uint16_t oldtag;         /* of a Tflush: the message that will not be answered */
	uint8_t type;
	uint32_t flow;           /* 0: free */
};
typedef struct Serving Serving;
struct Serving {                 /* of one process: the messages it has read, in order */
	uint8_t n;
	Sent msg[NSERVE];
};
static struct {
	Lock lk;
	Sent *sent;              /* lk: NLINK, by hash */
	Serving *serving;        /* lk: by space */
	uint32_t mute[NMUTE];    /* lk: pipes that a reader of the trace writes to, + 1 */
	unsigned nmute;
} flows = { .lk = LOCK_INIT };

int
trace_call_init(void)
{
	if (flows.sent == NULL)
		flows.sent = calloc(NLINK, sizeof *flows.sent);
	if (flows.serving == NULL)
		flows.serving = calloc(TRACE_NSPACE, sizeof *flows.serving);
	return flows.sent && flows.serving ? 0 : seterr(Enomem, "trace");
}

/* ---- messages on their way ---- */

static bool
is_pipe(const Chan *c)
{
	return c->servant->dc == '|';
}

static void
sent_add(const Sent *s)
{
	unsigned at = s->pipe * 61 + s->tag;
	Sent *free = NULL;

	lock(&flows.lk);
	for (unsigned i = 0; i < NPROBE; i++) {
		Sent *e = &flows.sent[(at + i) % NLINK];

		if (e->flow != 0 && e->pipe == s->pipe && e->tag == s->tag)
			e->flow = 0; /* never read */
		if (e->flow == 0 && free == NULL)
			free = e;
	}
	*(free != NULL ? free : &flows.sent[at % NLINK]) = *s;
	unlock(&flows.lk);
}

void
trace_sent(const Chan *link, const uint8_t *msg, uint32_t flow)
{
	Sent s = { .pipe = link->dev, .type = msg[4], .tag = (uint16_t)(msg[5] | msg[6] << 8), .flow = flow };

	if (trace_shared() == NULL || !is_pipe(link))
		return;
	if (s.type == Tflush)
		s.oldtag = (uint16_t)(msg[7] | msg[8] << 8);
	sent_add(&s);
}

/* Takes the message out; false: nobody sent it. REQUIRES flows.lk. */
static bool
sent_take_locked(uint32_t pipe, uint16_t tag, uint8_t type, Sent *out)
{
	unsigned at = pipe * 61 + tag;

	for (unsigned i = 0; i < NPROBE; i++) {
		Sent *e = &flows.sent[(at + i) % NLINK];

		if (e->flow == 0 || e->pipe != pipe || e->tag != tag || e->type != type)
			continue;
		*out = *e;
		e->flow = 0;
		return true;
	}
	return false;
}

/* ---- servers ---- */

static void
serve_put(Request *r, unsigned kind, const Sent *s)
{
	char text[32];
	TracePart part = { text, 0 };
	TraceRec rec;

	if (!(trace_mask_of(r->proc) >> TRACE_flow & 1) || s->flow == FLOW_MUTE)
		return;
	snprintf(text, sizeof text, "%s tag %u", fcall_name(s->type), s->tag);
	part.n = strlen(text);
	trace_rec_init(&rec, TRACE_flow, kind, r->proc);
	rec.thread = (uint32_t)L4_ThreadNo(r->from); /* in the server's own thread */
	snprintf(rec.tname, sizeof rec.tname, "main");
	rec.flow = s->flow;
	rec.length = (uint16_t)part.n;
	trace_put(&rec, &part, 1);
}

/* A server has read n bytes from a pipe: which messages does it serve now? */
static bool
serving_add(Request *r, const Chan *c, const uint8_t *buf, size_t n, Sent *first)
{
	Serving *v = &flows.serving[r->proc->sid];
	bool idle;

	lock(&flows.lk);
	idle = v->n == 0;
	for (size_t at = 0; n - at >= MSGHEAD;) {
		size_t size = get32(buf + at);
		Sent s;

		if (size < MSGHEAD)
			break;
		if (v->n < NSERVE && sent_take_locked(c->dev, (uint16_t)(buf[at + 5] | buf[at + 6] << 8), buf[at + 4], &s))
			v->msg[v->n++] = s;
		if (size > n - at)
			break;
		at += size;
	}
	idle = idle && v->n > 0;
	*first = v->msg[0];
	unlock(&flows.lk);
	return idle;
}

static unsigned
serving_find_locked(const Serving *v, uint16_t tag)
{
	unsigned i = 0;

	while (i < v->n && v->msg[i].tag != tag)
		i++;
	return i;
}

/* true: it was the first, which is being served. */
static bool
serving_take_locked(Serving *v, unsigned i, Sent *out)
{
	*out = v->msg[i];
	v->n--;
	memmove(v->msg + i, v->msg + i + 1, (v->n - i) * sizeof v->msg[0]);
	return i == 0;
}

/* It writes a reply. true: that ends what it served, done; next is what it serves now. */
static bool
serving_del(Request *r, const uint8_t *buf, size_t n, Sent *done, Sent *next)
{
	Serving *v = &flows.serving[r->proc->sid];
	bool was_first = false;
	Sent answered, flushed;
	unsigned i;

	if (n < MSGHEAD || get32(buf) != n)
		return false;
	lock(&flows.lk);
	i = serving_find_locked(v, (uint16_t)(buf[5] | buf[6] << 8));
	if (i < v->n && (buf[4] == v->msg[i].type + 1 || buf[4] == Rerror)) {
		was_first = serving_take_locked(v, i, &answered);
		*done = answered;
		if (answered.type == Tflush && (i = serving_find_locked(v, answered.oldtag)) < v->n &&
		    serving_take_locked(v, i, &flushed) && !was_first) {
			was_first = true;
			*done = flushed;
		}
		*next = v->n > 0 ? v->msg[0] : (Sent){ 0 };
	}
	unlock(&flows.lk);
	return was_first;
}

static uint32_t
serving_flow(const Proc *p)
{
	uint32_t flow;

	lock(&flows.lk);
	flow = flows.serving[p->sid].n > 0 ? flows.serving[p->sid].msg[0].flow : 0;
	unlock(&flows.lk);
	return flow;
}

void
trace_serving_end(const Proc *p)
{
	lock(&flows.lk);
	flows.serving[p->sid].n = 0;
	unlock(&flows.lk);
}

/* ---- readers of the trace, and who reads from them ---- */

static bool
pipe_mute(uint32_t pipe, bool set)
{
	bool found = false;

	lock(&flows.lk);
	for (size_t i = 0; i < NMUTE; i++)
		found |= flows.mute[i] == pipe + 1;
	if (set && !found)
		flows.mute[flows.nmute++ % NMUTE] = pipe + 1;
	unlock(&flows.lk);
	return found;
}

/* ---- the hooks ---- */

void
trace_read(Request *r, const Chan *c, const uint8_t *buf, int64_t n)
{
	Sent first;

	if (trace_shared() == NULL || n <= 0 || !is_pipe(c))
		return;
	if (pipe_mute(c->dev, false)) {
		trace_mute(r->proc);
		r->trace = 0;
	}
	if (!serving_add(r, c, buf, (size_t)n, &first))
		return;
	r->served.type = first.type;
	r->served.tag = first.tag;
	r->served.flow = first.flow;
	if (first.flow == FLOW_MUTE)
		r->trace = 0;
}

void
trace_write(const Request *r, const Chan *c)
{
	if (r->flow == FLOW_MUTE && is_pipe(c) && trace_muted(r->proc))
		(void)pipe_mute(c->dev, true);
}

void
trace_call(Request *r)
{
	uint32_t flow;
	TraceRec rec;

	if (trace_shared() == NULL)
		return;
	flow = trace_muted(r->proc) ? FLOW_MUTE : serving_flow(r->proc);
	r->trace = flow == FLOW_MUTE ? 0 : trace_mask_of(r->proc);
	r->flow = flow == 0 && r->trace != 0 ? trace_flow_new() : flow;
	if (!(r->trace >> TRACE_flow & 1))
		return;
	trace_rec_init(&rec, TRACE_flow, TRACE_CALL, r->proc);
	rec.flow = r->flow;
	rec.arg = r->num;
	rec.caller = (uint32_t)L4_ThreadNo(r->from);
	trace_put(&rec, NULL, 0);
}

static void
done_put(const Request *r, int64_t result)
{
	TraceDone d = { .result = result, .start_ns = (uint64_t)r->start_ns, .nin = (uint32_t)r->nin, .nout = (uint32_t)r->nout };
	bool line = r->trace >> TRACE_syscall & 1, failed = result < 0 && result != SYS_NOREPLY;
	const char *reason = failed ? err_reason() : "";
	TracePart part[3] = { { &d, sizeof d }, { r->in, 0 }, { failed ? reason : r->out, 0 } };
	TraceRec rec;

	if (failed)
		d.nout = (uint32_t)strlen(reason);
	for (unsigned i = 0; i < SYS_NARG; i++)
		d.arg[i] = r->arg[i];
	if (line) {
		part[1].n = d.kin = d.nin < KEEP_IN ? d.nin : KEEP_IN;
		part[2].n = d.kout = failed || d.nout < KEEP_OUT ? d.nout : KEEP_OUT;
	}
	trace_rec_init(&rec, line ? TRACE_syscall : TRACE_flow, TRACE_DONE, r->proc);
	rec.flow = r->flow;
	rec.arg = r->num;
	rec.caller = (uint32_t)L4_ThreadNo(r->from);
	trace_put(&rec, part, 3);
}

static void
step_put(unsigned kind, Proc *p, uint32_t flow, unsigned num, L4_ThreadId_t from)
{
	TraceRec rec;

	trace_rec_init(&rec, TRACE_flow, kind, p);
	rec.flow = flow;
	rec.arg = num;
	rec.caller = (uint32_t)L4_ThreadNo(from);
	trace_put(&rec, NULL, 0);
}

static Proc *
proc_hold(Proc *p)
{
	if (p != NULL)
		atomic_fetch_add(&p->ref, 1);
	return p;
}

int64_t
trace_run(Request *r, int64_t (*fn)(Request *))
{
	bool flow = r->trace >> TRACE_flow & 1, was_first = false;
	Proc *p = flow ? proc_hold(r->proc) : NULL; /* a parked call may end before we do */
	L4_ThreadId_t from = r->from;
	uint32_t id = r->flow;
	unsigned num = r->num;
	Sent done = { 0 }, next = { 0 };
	int64_t result;

	r->served.flow = 0;
	if (flow)
		step_put(TRACE_RUN, p, id, num, from);
	result = fn(r);
	if (result == SYS_PARKED || result == SYS_YIELDED) { /* r is not ours any more */
		if (flow)
			step_put(TRACE_LEAVE, p, id, num, from);
		proc_put(p);
		return result;
	}
	proc_put(p);
	if (r->trace & (1u << TRACE_syscall | 1u << TRACE_flow))
		done_put(r, result);
	if (num == SYS_pwrite && trace_shared() != NULL)
		was_first = serving_del(r, r->in, r->nin, &done, &next);
	if (was_first)
		serve_put(r, TRACE_END, &done);
	if (was_first && next.flow != 0)
		serve_put(r, TRACE_BEGIN, &next);
	if (r->served.flow != 0)
		serve_put(r, TRACE_BEGIN, &(Sent){ .type = r->served.type, .tag = r->served.tag, .flow = r->served.flow });
	return result;
}
