/*
 * sim/host/trace_json.c - --trace-file F: a time line in the Trace Event Format, which
 * Perfetto (ui.perfetto.dev) and chrome://tracing show.
 *
 * TRACKS  Each LP49 process is a process, each L4 thread a thread of it. CORE is one, and
 *         the kernel, with the processor as its thread. A system call is a slice of
 *         the program's thread from when Mngr took it to its end, one of Mngr's, of no
 *         length, and one of each clerk that serves it; work on it (#M's message, the
 *         disk) lies in the clerk's, a server's work in the server's thread.
 * FLOWS   Arrows go from slice to slice of one request: s where the program calls, t
 *         at each station, f at the call's end.
 * WHOLE   What is in the file is a whole JSON text after each write. Only ends of
 *         slices and flows whose begins are in it are written; at the end what is open
 *         is closed.
 * SEE     Trace Event Format; tests/sys/trace.sh checks what this says
 */
#include <stdlib.h>
#include "lib9/fcall.h"
#include "sim/host/trace.h"

/* process numbers of what is none */
enum { PID_CORE = 1000000, PID_KERNEL = 1000001, PID_UNKNOWN = 1000002 };
enum { NDEPTH = 16, NHASH = 1024 };
#define TAIL "\n],\"displayTimeUnit\":\"ns\"}\n"

typedef struct Track Track;
struct Track {                   /* a thread */
	Track *next;             /* of the same hash */
	int pid;
	uint32_t tid;
	char name[40], prog[24]; /* as the file has been told */
	unsigned depth;
	uint32_t flow[NDEPTH];   /* of each open slice: the flow that began there, or 0 */
};
typedef struct Json Json;
struct Json {
	Track *track[NHASH];
	uint32_t *flow;          /* those begun and not ended, unordered */
	size_t nflow, room;
	uint64_t last_ns;
	bool any;
	char cpu[48];            /* who runs, as sched says; "" unknown */
};

/* ---- one event ---- */
/* A string of JSON: UTF-8, whatever a program is called. */
static void
quoted(TraceOut *o, const char *s)
{
	size_t n = strlen(s), k;

	out_bytes(o, "\"", 1);
	for (; n > 0; s += k, n -= k) {
		Rune r = Runeerror;

		k = fullrune(s, n) ? (size_t)chartorune(&r, s) : 1;
		if (r == '"' || r == '\\')
			out_fmt(o, "\\%c", (int)r);
		else if (r < ' ' || r == 0x7f || r == Runeerror)
			out_fmt(o, "\\u%04x", (unsigned)r);
		else
			out_bytes(o, s, k);
	}
	out_bytes(o, "\"", 1);
}

/* {"ph":PH,"ts":T,"pid":P,"tid":T and what the caller adds; event_end closes it. */
static void
event(TraceOut *o, const char *ph, const Track *k, uint64_t ns)
{
	Json *j = o->own;

	out_fmt(o, "%s{\"ph\":\"%s\",\"ts\":%llu.%03u,\"pid\":%d,\"tid\":%u", j->any ? ",\n" : "", ph,
	    (unsigned long long)(ns / 1000), (unsigned)(ns % 1000), k->pid, (unsigned)k->tid);
	j->any = true;
}

static void
member(TraceOut *o, const char *key, const char *value)
{
	out_fmt(o, ",\"%s\":", key);
	quoted(o, value);
}

static void
event_end(TraceOut *o)
{
	out_bytes(o, "}", 1);
}

/* Tells the viewer a name, or a place in its list. */
static void
meta(TraceOut *o, const char *what, const Track *k, const char *name)
{
	event(o, "M", k, 0);
	member(o, "name", what);
	out_fmt(o, ",\"args\":{\"name\":");
	quoted(o, name);
	out_fmt(o, "}}");
}

/* ---- tracks ---- */
static Track *
track(TraceOut *o, int pid, const char *prog, size_t nprog, uint32_t tid, const char *name, size_t nname)
{
	Json *j = o->own;
	Track **l = &j->track[(tid * 31u + (unsigned)pid) % NHASH], *k;
	char p[sizeof k->prog], n[sizeof k->name];

	snprintf(p, sizeof p, "%.*s", (int)nprog, prog);
	snprintf(n, sizeof n, "%.*s", (int)nname, name);
	while ((k = *l) != NULL && (k->pid != pid || k->tid != tid))
		l = &k->next;
	if (k == NULL) {
		if ((k = calloc(1, sizeof *k)) == NULL)
			return NULL;
		*l = k;
		k->pid = pid;
		k->tid = tid;
	}
	if (p[0] != '\0' && strcmp(k->prog, p) != 0) {
		memcpy(k->prog, p, sizeof p);
		meta(o, "process_name", k, p);
	}
	if (n[0] != '\0' && strcmp(k->name, n) != 0) {
		memcpy(k->name, n, sizeof n);
		meta(o, "thread_name", k, n);
	}
	return k;
}

/* The thread that wrote rec: one of CORE's, or a program's. */
static Track *
writer(TraceOut *o, const TraceRec *rec)
{
	const char *prog;
	int pid = trace_pid(o, rec->thread, &prog);

	/* the kernel knows no names of threads */
	size_t nname = rec->class == TRACE_ipc || rec->class == TRACE_sched ? 0 : sizeof rec->tname;

	if (pid == 0)
		return track(o, PID_CORE, "CORE", 4, rec->thread, rec->tname, nname);
	if (rec->pid <= 0)
		return track(o, PID_UNKNOWN, "HVM and others", 14, rec->thread, rec->prog, sizeof rec->prog);
	return track(o, rec->pid, rec->prog, sizeof rec->prog, rec->thread, rec->tname, nname);
}

/* The thread that made the system call. */
static Track *
caller(TraceOut *o, const TraceRec *rec)
{
	return track(o, rec->pid > 0 ? rec->pid : PID_UNKNOWN, rec->prog, sizeof rec->prog, rec->caller, "main", 4);
}

/* ---- flows ---- */
static size_t
flow_find(const Json *j, uint32_t flow)
{
	size_t i = 0;

	while (i < j->nflow && j->flow[i] != flow)
		i++;
	return i;
}

static void
flow_event(TraceOut *o, const char *ph, const Track *k, uint64_t ns, uint32_t flow)
{
	event(o, ph, k, ns);
	out_fmt(o, ",\"name\":\"request\",\"cat\":\"flow\",\"id\":%u%s", (unsigned)flow, *ph == 'f' ? ",\"bp\":\"e\"" : "");
	event_end(o);
}

static bool
flow_begin(TraceOut *o, const Track *k, uint64_t ns, uint32_t flow)
{
	Json *j = o->own;
	uint32_t *more;

	if (flow == 0 || flow_find(j, flow) < j->nflow)
		return false;
	if (j->nflow == j->room) {
		if ((more = realloc(j->flow, (j->room * 2 + 64) * sizeof *more)) == NULL)
			return false;
		j->flow = more;
		j->room = j->room * 2 + 64;
	}
	j->flow[j->nflow++] = flow;
	flow_event(o, "s", k, ns, flow);
	return true;
}

static void
flow_step(TraceOut *o, const Track *k, uint64_t ns, uint32_t flow)
{
	Json *j = o->own;

	if (flow != 0 && flow_find(j, flow) < j->nflow)
		flow_event(o, "t", k, ns, flow);
}

static void
flow_end(TraceOut *o, const Track *k, uint64_t ns, uint32_t flow)
{
	Json *j = o->own;
	size_t i = flow_find(j, flow);

	if (i == j->nflow)
		return;
	j->flow[i] = j->flow[--j->nflow];
	flow_event(o, "f", k, ns, flow);
}

/* ---- slices ---- */
static void
slice_begin(TraceOut *o, Track *k, uint64_t ns, const char *name, const char *cat, uint32_t flow, bool first)
{
	event(o, "B", k, ns);
	member(o, "name", name);
	member(o, "cat", cat);
	event_end(o);
	if (k->depth < NDEPTH)
		k->flow[k->depth] = 0;
	if (first && flow_begin(o, k, ns, flow)) {
		if (k->depth < NDEPTH)
			k->flow[k->depth] = flow;
	} else {
		flow_step(o, k, ns, flow);
	}
	k->depth++;
}

/* text: the slice's argument "what", or NULL */
static void
slice_end(TraceOut *o, Track *k, uint64_t ns, const char *text)
{
	if (k->depth == 0)
		return; /* it began before the trace did */
	k->depth--;
	if (k->depth < NDEPTH && k->flow[k->depth] != 0)
		flow_end(o, k, ns, k->flow[k->depth]);
	event(o, "E", k, ns);
	if (text != NULL) {
		out_fmt(o, ",\"args\":{\"what\":");
		quoted(o, text);
		out_fmt(o, "}");
	}
	event_end(o);
}

static void
instant(TraceOut *o, const Track *k, uint64_t ns, const char *name, const char *cat, const char *text)
{
	event(o, "i", k, ns);
	member(o, "name", name);
	member(o, "cat", cat);
	out_fmt(o, ",\"s\":\"t\",\"args\":{\"what\":");
	quoted(o, text);
	out_fmt(o, "}");
	event_end(o);
}

/* ---- records ---- */
static void
call_rec(TraceOut *o, const TraceRec *rec, const char *text)
{
	const char *call = trace_call_name(rec->arg);
	Track *theirs = caller(o, rec), *own = writer(o, rec);
	char name[64];

	if (theirs == NULL || own == NULL)
		return;
	snprintf(name, sizeof name, "%s for %.*s", call, (int)sizeof rec->prog, rec->prog);
	switch (rec->kind) {
	case TRACE_CALL:
		slice_begin(o, theirs, rec->ns, call, "syscall", rec->flow, true);
		slice_begin(o, own, rec->ns, name, "mngr", rec->flow, false);
		slice_end(o, own, rec->ns, NULL);
		break;
	case TRACE_RUN:
		slice_begin(o, own, rec->ns, name, "clerk", rec->flow, false);
		break;
	case TRACE_LEAVE:
		slice_end(o, own, rec->ns, "waits");
		break;
	case TRACE_DONE:
		slice_end(o, own, rec->ns, NULL);
		slice_end(o, theirs, rec->ns, text);
		break;
	}
}

static void
fault_rec(TraceOut *o, const TraceRec *rec, const char *text)
{
	const TraceFault *f = (const TraceFault *)(rec + 1);
	uint64_t ns = f->start_ns < rec->ns ? rec->ns - f->start_ns : 0;
	Track *k = writer(o, rec);

	if (k == NULL)
		return;
	event(o, "X", k, rec->ns - ns);
	out_fmt(o, ",\"dur\":%llu.%03u,\"name\":\"page fault\",\"cat\":\"pager\",\"args\":{\"what\":",
	    (unsigned long long)(ns / 1000), (unsigned)(ns % 1000));
	quoted(o, text);
	out_fmt(o, "}");
	event_end(o);
}

static void
sched_rec(TraceOut *o, const TraceRec *rec, const char *text)
{
	const TraceKernel *e = (const TraceKernel *)(rec + 1);
	Json *j = o->own;
	const char *prog;
	Track *k = track(o, PID_KERNEL, "kernel", 6, 0, "processor", 9);
	int pid = trace_pid(o, (uint32_t)e->to, &prog);

	if (k == NULL)
		return;
	if (e->tag == 1) {
		instant(o, k, rec->ns, "wake-up", "sched", text);
		return;
	}
	if (j->cpu[0] != '\0')
		slice_end(o, k, rec->ns, NULL);
	snprintf(j->cpu, sizeof j->cpu, "%.20s %d (%x)", pid >= 0 ? prog : "thread", pid, (unsigned)e->to);
	slice_begin(o, k, rec->ns, j->cpu, "sched", 0, false);
}

static const char *
msg_name(const TraceRec *rec)
{
	const TraceMsg *m = (const TraceMsg *)(rec + 1);
	const char *name = m->have > 4 ? fcall_name(((const uint8_t *)(m + 1))[4]) : NULL;

	return name != NULL ? name : "9P";
}

static void
json_rec(TraceOut *o, const TraceRec *rec, size_t n)
{
	Json *j = o->own;
	char text[TRACE_LINE], name[128];
	Track *k;

	text[0] = '\0';
	(void)trace_what(text, sizeof text, rec, n);
	j->last_ns = rec->ns;
	switch (rec->kind) {
	case TRACE_CALL: case TRACE_RUN: case TRACE_LEAVE: case TRACE_DONE:
		call_rec(o, rec, text);
		return;
	case TRACE_FAULT:
		fault_rec(o, rec, text);
		return;
	case TRACE_SCHED:
		sched_rec(o, rec, text);
		return;
	}
	k = rec->kind == TRACE_LOST ? track(o, PID_KERNEL, "kernel", 6, 1, "events", 6) : writer(o, rec);
	if (k == NULL)
		return;
	switch (rec->kind) {
	case TRACE_MSG:
		instant(o, k, rec->ns, msg_name(rec), "9p", text);
		break;
	case TRACE_BEGIN:
		snprintf(name, sizeof name, "%.*s", rec->length, (const char *)(rec + 1));
		slice_begin(o, k, rec->ns, name, "work", rec->flow, false);
		break;
	case TRACE_END:
		slice_end(o, k, rec->ns, NULL);
		break;
	case TRACE_IPC:
		instant(o, k, rec->ns, "IPC", "ipc", text);
		break;
	case TRACE_LOST:
		instant(o, k, rec->ns, "records lost", "trace", text);
		break;
	}
}

static void
json_flush(TraceOut *o)
{
	out_write(o, TAIL);
}

static void
json_end(TraceOut *o, uint64_t lost)
{
	Json *j = o->own;
	Track *k, *next;

	(void)lost;
	for (size_t i = 0; i < NHASH; i++) {
		for (k = j->track[i]; k != NULL; k = next) {
			next = k->next;
			while (k->depth > 0)
				slice_end(o, k, j->last_ns, "did not end");
			free(k);
		}
	}
	out_write(o, TAIL);
	free(j->flow);
	free(j);
	o->own = NULL;
}

void
trace_json_open(TraceOut *o)
{
	static const Track core = { .pid = PID_CORE }, kernel = { .pid = PID_KERNEL };

	o->own = calloc(1, sizeof(Json));
	if (o->own == NULL)
		return trace_lines_open(o);
	o->rec = json_rec;
	o->flush = json_flush;
	o->end = json_end;
	out_fmt(o, "{\"traceEvents\":[\n");
	meta(o, "process_name", &core, "CORE");
	meta(o, "process_name", &kernel, "kernel");
}
