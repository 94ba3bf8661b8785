/*
 * trace.h - trace records: what CORE, HVM and the host share about what happens
 * inside. CORE and HVM write them into rings in the node's memory; /dev/trace
 * (servants/trace.c) and lp49sim's --trace (sim/host/trace.c) read them from there
 * and make text, or a file, of them. doc/trace.md tells the whole.
 *
 * All of it is little-endian with fields of fixed width: a 32-bit node's memory is
 * read by a 64-bit host. The reader trusts nothing in it.
 */
#ifndef LIB9_TRACE_H
#define LIB9_TRACE_H
#include <stdatomic.h>
#include "lib9/lib9.h"

/* ---- classes ---- */
/* flow: where a request is at work; no line of its own, but what a time line needs. */
#define TRACE_CLASSES X(9p) X(syscall) X(ipc) X(pager) X(sched) X(flow)
enum TraceClass {
#define X(n) TRACE_##n,
	TRACE_CLASSES
#undef X
	TRACE_NCLASS
};
enum { TRACE_KERNEL = 1 << TRACE_ipc | 1 << TRACE_sched, TRACE_ALL = (1 << TRACE_NCLASS) - 1 };
extern const char *const trace_class_name[TRACE_NCLASS];
/* "9p,syscall", "all" (but flow) or "none" -> bits; -Ebadarg, and the reason names the unknown class. */
int trace_classes(const char *list, uint32_t *mask) MUST_USE;
/* The other way: "9p,syscall", "" for none. */
char *trace_classes_text(uint32_t mask, char *text, size_t n);

/* ---- records ---- */
/*
 * call   a program's system call: Mngr took it in
 * run    a clerk begins (again) to serve it;  leave  puts it aside
 * done   its end: TraceDone, then the head of the input, of the output or the reason
 * msg    a 9P message: TraceMsg, then its bytes
 * begin  work on the request `flow` begins here, text;  end  … ends
 * fault  a page fault: TraceFault
 * ipc, sched: a kernel's event, TraceKernel
 * space  TraceSpace: what process the space of number arg is from here on, and its
 *        classes; arg 0: those of all
 * lost   records that were overwritten before they were read: arg of them
 */
enum TraceKind {
	TRACE_CALL, TRACE_RUN, TRACE_LEAVE, TRACE_DONE, TRACE_MSG, TRACE_BEGIN, TRACE_END,
	TRACE_FAULT, TRACE_IPC, TRACE_SCHED, TRACE_SPACE, TRACE_LOST, TRACE_NKIND
};
typedef struct TraceRec TraceRec;
struct TraceRec {
	uint32_t size;          /* with what follows, a multiple of 8 */
	uint32_t seq;           /* counts the records of its ring */
	uint64_t ns;            /* since CORE's start */
	uint32_t thread;        /* L4 number of who wrote it */
	uint32_t flow;          /* the request it belongs to, 0: none */
	int32_t pid;            /* the process it is about, 0: CORE itself, -1: unknown */
	uint8_t class, kind;
	uint16_t length;        /* of the text that follows, where one does */
	uint32_t arg;           /* call, run, leave, done: SYS_x; space: which; lost: how many */
	uint32_t caller;        /* … the calling thread's number */
	char prog[20];          /* of pid; NUL-padded */
	char tname[12];         /* of thread */
};
_Static_assert(sizeof(TraceRec) == 72, "shared");
typedef struct TraceDone TraceDone;
struct TraceDone {
	int64_t result;         /* as in core_impl.h: < 0: -Exxx, SYS_NOREPLY */
	uint64_t start_ns;
	uint64_t arg[6];
	uint32_t nin, nout;     /* bytes of input and output (an error's: the reason) */
	uint32_t kin, kout;     /* of them here */
};
typedef struct TraceMsg TraceMsg;
struct TraceMsg {
	uint32_t link;          /* the server link's number: Chan.dev of its files */
	uint32_t size;          /* of the message; `have` bytes of it follow */
	uint32_t have;
	uint32_t pad;
};
typedef struct TraceFault TraceFault;
struct TraceFault {
	uint64_t addr, pc, start_ns;
	uint64_t base;          /* what was mapped: 2^log2 bytes at base with rights; log2 0: nothing */
	uint8_t log2, rights, want, pad;
	char region[20];
};
typedef struct TraceKernel TraceKernel;
struct TraceKernel {
	uint64_t from, to;      /* threads; sched: from whom to whom */
	uint64_t tag;           /* ipc: MR0 of the message; sched: 1 a wake-up, 0 a switch */
	uint64_t timeouts;      /* … snd << 16 | rcv, as the sender gave them */
	uint64_t error;         /* … ErrorCode, 0: it was delivered; sched: the new priority */
	char to_prog[24];       /* whose thread `to` is */
};

/* ---- rings ---- */
/*
 * One writer at a time, any number of readers, each with a place of its own. The
 * writer waits for nobody: it overwrites the oldest. Positions count bytes for ever,
 * modulo 2^32; [tail, head) is there.
 */
typedef struct TraceRing TraceRing;
struct TraceRing {
	uint32_t size;          /* of data: a power of two */
	uint32_t seq;           /* the writer's */
	_Atomic uint32_t tail, head;
	uint32_t pad[12];
	uint8_t data[];
};
_Static_assert(sizeof(TraceRing) == 64, "shared");
/* What a record is made of, besides its head. */
typedef struct TracePart TracePart;
struct TracePart {
	const void *p;
	size_t n;
};
void tracering_init(TraceRing *r, size_t size);
/* Sets rec's size and seq. One that is bigger than a quarter of the ring is not
 * written; its number shows that it is missing. */
void tracering_put(TraceRing *r, TraceRec *rec, const TracePart *part, size_t npart);
typedef struct TracePlace TracePlace;
struct TracePlace {
	uint32_t at, seq;       /* 0, 0: from the start */
	uint32_t lost;          /* records that went by unseen; the reader sets it to 0 when it said so */
};
/* The next record, its first n bytes at least sizeof(TraceRec) in buf; how many are in
 * buf, 0: there is none. size: what the reader knows the ring's to be. */
size_t tracering_get(const TraceRing *r, uint32_t size, TracePlace *p, void *buf, size_t n);

/* ---- what CORE, HVM and the host share: one piece of physical memory ---- */
enum { TRACE_NSPACE = 1024, TRACE_SNAP = 256, TRACE_VERSION = 1 };
#define TRACE_MAGIC "LP49 trace" /* at the start of a page; the host finds it there */
enum { TRACE_MUTE = 1u << 31 };  /* of TraceSpace.mask: reads the trace, so is not traced */
typedef struct TraceSpace TraceSpace;
struct TraceSpace {             /* a process, by its space */
	int32_t pid;
	_Atomic uint32_t mask;  /* classes of its own */
	char prog[20];
	uint32_t pad;
};
enum { TRACERING_CORE, TRACERING_HVM, TRACE_NRING };
typedef struct TraceShared TraceShared;
struct TraceShared {
	char magic[16];
	uint64_t cookie;        /* boot argument "tracekey", 0 without */
	uint64_t pa;            /* of this */
	uint32_t version, size; /* of all */
	_Atomic uint32_t any;   /* classes that somebody wants; the kernel's, for the host to look at */
	_Atomic uint32_t all;   /* … of every process */
	_Atomic uint32_t snap;  /* bytes kept of a 9P message */
	uint32_t first_thread;  /* L4 number of CORE's first thread; see hvm_sid */
	uint64_t start_us;      /* L4 clock at CORE's start */
	uint32_t ring[TRACE_NRING], ring_size[TRACE_NRING]; /* offsets; sizes of data */
	uint32_t pad[32];
	TraceSpace space[TRACE_NSPACE];
};

/* ---- text ---- */
/*
 * trace_text writes a record, of which n bytes are there, as a line without its
 * newline: "SECONDS NODE PID PROGRAM THREAD CLASS text". false: it has none (class
 * flow), or makes no sense.
 */
enum { TRACE_LINE = 1024 };
bool trace_text(char *line, size_t size, const char *node, const TraceRec *rec, size_t n);
/* The part behind the class; a 9P message, a system call … as people write it. */
bool trace_what(char *text, size_t size, const TraceRec *rec, size_t n);
const char *trace_call_name(uint32_t num);      /* "pread" */
/* Is rec, of n bytes, whole as its kind wants it? The payload then is at rec + 1. */
bool trace_sound(const TraceRec *rec, size_t n);
#endif
