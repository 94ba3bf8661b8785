/*
 * sim/host/trace_out.c - what the kinds of trace files share: text and bytes that wait
 * to be written, and a tail behind them that the next ones overwrite, so that the
 * file is whole at any moment.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/host/trace.h"

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
