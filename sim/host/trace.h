/*
 * trace.h - --trace and --trace-file: what the host does with the trace records that
 * it finds in the node's memory. For lp49sim and lp49qemu; doc/trace.md.
 */
#ifndef SIM_HOST_TRACE_H
#define SIM_HOST_TRACE_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "lib9/trace.h"
#include "sim/host/host.h"

/* ---- trace.c: called by lp49sim's and lp49qemu's main ---- */
/* What the options ask for; opens the files, exits with 2 and one line. */
void trace_init(const Options *o);
bool trace_wanted(void);
/* Boot arguments "key=value" for CORE, with a space before each: "" when nothing is wanted. */
const char *trace_bootargs(char sep);
/* The node's memory: physical address a is byte a of the file. */
void trace_memory(int fd, uint64_t size);
enum { TRACE_POLL_MS = 10 };
void trace_poll(void);          /* takes what has come, every TRACE_POLL_MS */
void trace_finish(void);        /* … the last time; harmless when called again */

/* The kernel's events, which each machine keeps elsewhere. classes: those wanted now.
 * next: the next one at *place, with ns, class, kind, thread; false: none. */
typedef struct TraceKernelOps TraceKernelOps;
struct TraceKernelOps {
	void (*want)(uint32_t classes);
	bool (*next)(TracePlace *place, TraceRec *rec, TraceKernel *k, uint64_t start_us);
};
void trace_kernel(const TraceKernelOps *ops);
extern const TraceKernelOps trace_kernel_sim;   /* kevent.c */

/* ---- the kinds of files: trace_text.c trace_json.c trace_pcap.c ---- */
typedef struct TraceOut TraceOut;
struct TraceOut {
	int fd;
	const char *file;       /* for errors; NULL: standard error */
	const char *node;
	uint64_t epoch_ns;      /* 1970 to CORE's start */
	const TraceShared *shared; /* a copy of its head and table: names by space */
	void (*rec)(TraceOut *o, const TraceRec *rec, size_t n);
	void (*flush)(TraceOut *o);     /* the file is whole, whatever comes next */
	void (*end)(TraceOut *o, uint64_t lost);
	bool failed;
	struct TraceBuf { char *s; size_t n, room; } buf; /* not written yet */
	uint64_t at;            /* where buf goes in the file */
	void *own;
};
void trace_lines_open(TraceOut *o);
void trace_json_open(TraceOut *o);
void trace_pcap_open(TraceOut *o);
void out_bytes(TraceOut *o, const void *p, size_t n);
void out_fmt(TraceOut *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Writes buf at o->at and then tail, which the next call overwrites. */
void out_write(TraceOut *o, const char *tail);
/* Whose is an L4 thread, by its number: a process's pid, 0 CORE's, -1 nobody's we know. */
int trace_pid(const TraceOut *o, uint32_t thread, const char **prog);
#endif
