/*
 * sim/host/trace_text.c - the trace as lines: --trace on standard error, and
 * --trace-file F.txt.
 */
#include "sim/host/trace.h"

static void
lines_rec(TraceOut *o, const TraceRec *rec, size_t n)
{
	char line[2 * TRACE_LINE];

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
