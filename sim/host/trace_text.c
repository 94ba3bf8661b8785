/*
 * sim/host/trace_text.c - the trace as lines: --trace on standard error, and
 * --trace-file F.txt.
 */
#include "sim/host/trace.h"

/* Records of the kernel name threads; the process is looked up here. */
static void
lines_rec(TraceOut *o, const TraceRec *rec, size_t n)
{
	union {
		TraceRec rec;
		uint8_t room[sizeof(TraceRec) + sizeof(TraceKernel)];
	} u;
	char line[2 * TRACE_LINE];
	const char *prog;

	if ((rec->kind == TRACE_IPC || rec->kind == TRACE_SCHED) && n == sizeof u) {
		memcpy(&u, rec, n);
		u.rec.pid = trace_pid(o, rec->thread, &prog);
		snprintf(u.rec.prog, sizeof u.rec.prog, "%s", u.rec.pid >= 0 ? prog : "-");
		snprintf(u.rec.tname, sizeof u.rec.tname, "%x", rec->thread);
		rec = &u.rec;
	}
	if (!trace_text(line, sizeof line, o->node, rec, n))
		return;
	out_bytes(o, line, strlen(line));
	out_bytes(o, "\n", 1);
}

static void
lines_flush(TraceOut *o)
{
	out_write(o, "");
}

static void
lines_end(TraceOut *o, uint64_t lost)
{
	(void)lost;
	out_write(o, "");
}

void
trace_lines_open(TraceOut *o)
{
	o->rec = lines_rec;
	o->flush = lines_flush;
	o->end = lines_end;
}
