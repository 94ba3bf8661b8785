/*
 * lib9/trace_text.c - trace records as people read them: one line each.
 * Whatever comes from programs and servers (names, data, messages) is quoted, and
 * what a terminal should not get escaped.
 * LIMITS  a line has TRACE_LINE bytes; data is cut, its length told
 * SEE     lib9/trace.h, lib9/fcall.c; tests/unit/trace.c
 */
#include "lib9/fcall.h"
#include "lib9/sysmsg.h"
#include "lib9/trace.h"

enum { SHOWMAX = 32 };

static const char *const names[SYS_max] = {
#define X(n) [SYS_##n] = #n,
	SYSCALLS
#undef X
};
/*
 * The arguments of each call, a letter each: s the next string of the input, d a signed
 * word, u an unsigned one, x hexadecimal, o octal, q two words; b the rest of the input,
 * a strings to its end.
 */
static const char *const formats[SYS_max] = {
	[SYS_open] = "sd", [SYS_create] = "sdo", [SYS_close] = "d", [SYS_pread] = "duq",
	[SYS_pwrite] = "dbuq", [SYS_seek] = "dqd", [SYS_stat] = "su", [SYS_fstat] = "du",
	[SYS_wstat] = "sb", [SYS_fwstat] = "db", [SYS_remove] = "s", [SYS_bind] = "ssd",
	[SYS_mount] = "ddsds", [SYS_unmount] = "-ss", [SYS_chdir] = "s", [SYS_dup] = "dd",
	[SYS_fd2path] = "du", [SYS_rfork] = "x", [SYS_exec] = "sa", [SYS_await] = "u",
	[SYS_exits] = "s", [SYS_sleep] = "u", [SYS_alarm] = "u", [SYS_notify] = "x",
	[SYS_noted] = "d", [SYS_rendezvous] = "qq", [SYS_semacquire] = "xd", [SYS_semrelease] = "xd",
	[SYS_brk] = "x", [SYS_segattach] = "xxus", [SYS_segdetach] = "x", [SYS_errstr] = "u",
	[SYS_fversion] = "dus", [SYS_fauth] = "ds", [SYS_getpid] = "d",
};

typedef struct Text Text;
struct Text {
	char *p, *end;
};

static void PRINTF(2, 3)
show(Text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	t->p = vseprint(t->p, t->end, fmt, ap);
	va_end(ap);
}

const char *
trace_call_name(uint32_t num)
{
	return num < SYS_max ? names[num] : "?";
}

/* n bytes in quotes, of all */
static void
show_data(Text *t, const char *s, size_t n, size_t all)
{
	size_t k = n < SHOWMAX ? n : SHOWMAX;
	char text[4 * SHOWMAX + 4];

	show(t, "%s%s", fcall_quote(text, sizeof text, s, k), k < all ? "..." : "");
}

/* A name from the node as one word. */
static const char *
word(char *text, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n && s[i] != '\0'; i++)
		text[i] = s[i] > ' ' && s[i] < 0x7f ? s[i] : '?';
	if (i == 0)
		text[i++] = '-';
	text[i] = '\0';
	return text;
}

/* ---- a system call ---- */
typedef struct Input Input;
struct Input {
	const char *s;
	size_t n, all;          /* bytes left here, and there */
};

static void
show_string(Text *t, Input *in)
{
	size_t n = strnlen(in->s, in->n);
	bool cut = n == in->n && in->all > in->n;
	char text[512];

	show(t, "%s%s", fcall_quote(text, sizeof text, in->s, n), cut ? "..." : "");
	if (n < in->n)
		n++;
	in->s += n;
	in->n -= n;
	in->all -= n;
}

static void
show_arg(Text *t, char kind, const uint64_t **arg, Input *in)
{
	switch (kind) {
	case 's':
		show_string(t, in);
		return;
	case 'a':
		for (const char *sep = ""; in->n > 0; sep = " ") {
			show(t, "%s", sep);
			show_string(t, in);
		}
		return;
	case 'b':
		show_data(t, in->s, in->n, in->all);
		return;
	case 'd':
		show(t, "%d", (int)(uint32_t)**arg);
		break;
	case 'u':
		show(t, "%llu", (unsigned long long)**arg);
		break;
	case 'x':
		show(t, "0x%llx", (unsigned long long)**arg);
		break;
	case 'o':
		show(t, "0%o", (unsigned)**arg);
		break;
	case 'q':
		show(t, "%lld", (long long)((uint64_t)(uint32_t)(*arg)[0] | (*arg)[1] << 32));
		++*arg;
		break;
	}
	++*arg;
}

static void
done_text(Text *t, const TraceRec *rec)
{
	const TraceDone *d = (const TraceDone *)(rec + 1);
	const char *data = (const char *)(d + 1), *fmt = formats[rec->arg] ? formats[rec->arg] : "";
	const uint64_t *arg = d->arg;
	Input in = { data, d->kin, d->nin };
	unsigned us = (unsigned)((rec->ns - d->start_ns) / 1000);

	show(t, "%s(", trace_call_name(rec->arg));
	for (const char *f = fmt; *f; f++) {
		if (*f == '-') { /* a word that the strings make plain */
			arg++;
			continue;
		}
		show_arg(t, *f, &arg, &in);
		show(t, "%s", f[1] ? ", " : "");
	}
	show(t, ")");
	data += d->kin;
	if (d->result == INT64_MIN)
		show(t, " does not return");
	else if (d->result < 0)
		show(t, " failed: %.*s", (int)d->kout, data);
	else
		show(t, " = %lld", (long long)d->result);
	if (d->result >= 0 && d->kout > 0) {
		show(t, " ");
		show_data(t, data, d->kout, d->nout);
	}
	show(t, " %u us", us);
}

/* ---- the other kinds ---- */
static void
msg_text(Text *t, const TraceRec *rec)
{
	const TraceMsg *m = (const TraceMsg *)(rec + 1);
	const uint8_t *bytes = (const uint8_t *)(m + 1);
	char text[TRACE_LINE];

	show(t, "%s link %u ", m->have > 4 && bytes[4] % 2 != 0 ? "<-" : "->", (unsigned)m->link);
	show(t, "%s", fcall_text(text, sizeof text, bytes, m->have));
}

static const char *
rights_text(unsigned rights, char text[4])
{
	snprintf(text, 4, "%c%c%c", rights & 4 ? 'r' : '-', rights & 2 ? 'w' : '-', rights & 1 ? 'x' : '-');
	return text;
}

static void
fault_text(Text *t, const TraceRec *rec)
{
	const TraceFault *f = (const TraceFault *)(rec + 1);
	char rights[4], region[4 * sizeof f->region + 4];

	show(t, "%s at 0x%llx pc 0x%llx in %s", f->want & 2 ? "write" : f->want & 1 ? "execute" : "read",
	    (unsigned long long)f->addr, (unsigned long long)f->pc,
	    fcall_quote(region, sizeof region, f->region, strnlen(f->region, sizeof f->region)));
	if (f->log2 == 0)
		show(t, ": nothing mapped");
	else
		show(t, ": mapped 0x%llx+0x%llx %s", (unsigned long long)f->base, 1ull << (f->log2 & 63),
		    rights_text(f->rights, rights));
	show(t, " %u us", (unsigned)((rec->ns - f->start_ns) / 1000));
}

/* An L4 time: "never", "0", or microseconds. */
static const char *
time_text(uint32_t time, char text[24])
{
	uint32_t m = time & 0x3FF, e = time >> 10 & 31;

	if (time == 0)
		return "never";
	if (time & 0x8000)
		return "a point";
	if (m == 0)
		return "0";
	snprintf(text, 24, "%llu us", (unsigned long long)m << e);
	return text;
}

/* A thread's number, or who a receiver waits for. */
static const char *
thread_text(uint64_t n, char text[24])
{
	if (n == UINT64_MAX || n == UINT32_MAX)
		return "any";
	if ((uint32_t)n == 0xFFFFFFC0)
		return "anylocal";
	snprintf(text, 24, "%llx", (unsigned long long)n);
	return text;
}

static void
ipc_text(Text *t, const TraceRec *rec)
{
	static const char *const error[8] = { "?", "timeout", "no such partner", "cancelled", "overflow",
		"transfer timeout", "transfer timeout of the partner", "aborted" };
	const TraceKernel *k = (const TraceKernel *)(rec + 1);
	char snd[24], rcv[24], from[24], to[24], prog[sizeof k->to_prog + 1];
	uint32_t label = (uint32_t)(k->tag >> 16);

	if (k->tag >> 63 != 0) /* a negative one of a 64-bit machine */
		label &= 0xFFFF;
	show(t, "%s -> %s %s label 0x%x words %u typed %u timeouts %s, %s", thread_text(k->from, from),
	    thread_text(k->to, to), word(prog, k->to_prog, sizeof k->to_prog), (unsigned)label,
	    (unsigned)(k->tag & 63), (unsigned)(k->tag >> 6 & 63), time_text(k->timeouts >> 16 & 0xFFFF, snd),
	    time_text(k->timeouts & 0xFFFF, rcv));
	if (k->error != 0)
		show(t, " failed: %s (0x%llx, %s)", error[k->error >> 1 & 7], (unsigned long long)k->error,
		    k->error & 1 ? "receiving" : "sending");
}

static void
sched_text(Text *t, const TraceRec *rec)
{
	const TraceKernel *k = (const TraceKernel *)(rec + 1);

	if (k->tag == 1)
		show(t, "%llx woken, priority %llu", (unsigned long long)k->to, (unsigned long long)k->error);
	else
		show(t, "%llx -> %llx priority %llu", (unsigned long long)k->from, (unsigned long long)k->to, (unsigned long long)k->error);
}

bool
trace_sound(const TraceRec *rec, size_t n)
{
	size_t room;
	const TraceDone *d = (const TraceDone *)(rec + 1);
	const TraceMsg *m = (const TraceMsg *)(rec + 1);

	if (n < sizeof *rec || rec->class >= TRACE_NCLASS)
		return false;
	room = n - sizeof *rec;
	switch (rec->kind) {
	case TRACE_CALL:
	case TRACE_RUN:
	case TRACE_LEAVE:
		return rec->arg < SYS_max;
	case TRACE_DONE:
		return rec->arg < SYS_max && room >= sizeof *d && d->kin <= room - sizeof *d && d->kout <= room - sizeof *d - d->kin;
	case TRACE_MSG:
		return room >= sizeof *m && m->have <= room - sizeof *m && m->have <= m->size;
	case TRACE_BEGIN:
	case TRACE_END:
		return rec->length <= room;
	case TRACE_FAULT:
		return room >= sizeof(TraceFault);
	case TRACE_IPC:
	case TRACE_SCHED:
		return room >= sizeof(TraceKernel);
	case TRACE_SPACE:
		return room >= sizeof(TraceSpace) && rec->arg < TRACE_NSPACE;
	case TRACE_LOST:
		return true;
	}
	return false;
}

bool
trace_what(char *text, size_t size, const TraceRec *rec, size_t n)
{
	Text t = { text, text + size };

	*text = '\0';
	if (!trace_sound(rec, n))
		return false;
	switch (rec->kind) {
	case TRACE_DONE: done_text(&t, rec); return true;
	case TRACE_MSG: msg_text(&t, rec); return true;
	case TRACE_FAULT: fault_text(&t, rec); return true;
	case TRACE_IPC: ipc_text(&t, rec); return true;
	case TRACE_SCHED: sched_text(&t, rec); return true;
	case TRACE_LOST: show(&t, "%u records lost", (unsigned)rec->arg); return true;
	}
	return false;
}

bool
trace_text(char *line, size_t size, const char *node, const TraceRec *rec, size_t n)
{
	char prog[sizeof rec->prog + 1], thread[sizeof rec->tname + 1], what[TRACE_LINE];
	uint64_t us = rec->ns / 1000;

	if (n < sizeof *rec || rec->class == TRACE_flow || !trace_what(what, sizeof what, rec, n))
		return false;
	seprint(line, line + size, "%llu.%06u %s %d %s %s %s %s", (unsigned long long)(us / 1000000), (unsigned)(us % 1000000),
	    node, rec->pid, word(prog, rec->prog, sizeof rec->prog), word(thread, rec->tname, sizeof rec->tname),
	    rec->kind == TRACE_LOST ? "trace" : trace_class_name[rec->class], what);
	return true;
}
