/*
 * tests/unit/trace_flow.c - whose request a server works on: core/trace_call.c with
 * its messages played by hand.
 * Goal: a server's own calls carry the flow of the message that it serves, the first
 * one read, until its reply is written, or the Rflush for it; begins and ends match.
 */
#include "core/core_impl.h"
#include "tests/unit.h"

/* ---- fakes ---- */
static TraceShared shared;
static char story[512];          /* "B5 E5 ": begin and end of work on flow 5; "c5 ": a call with flow 5 */
static uint32_t next_flow;

atomic_uint trace_on = 1u << TRACE_flow;
const TraceShared *trace_shared(void) { return &shared; }
uint32_t trace_flow_new(void);
uint32_t trace_flow_new(void) { return ++next_flow; }
uint32_t trace_mask_of(const Proc *p);
uint32_t trace_mask_of(const Proc *p) { return p->pid == 99 ? 0 : 1u << TRACE_flow; }
bool trace_muted(const Proc *p);
bool trace_muted(const Proc *p) { return p->pid == 99; }
void trace_mute(Proc *p) { p->pid = 99; }
void lock(Lock *l) { ck_assert_uint_eq(atomic_exchange(&l->held, 1), 0); }
void unlock(Lock *l) { ck_assert_uint_eq(atomic_exchange(&l->held, 0), 1); }
void proc_put(Proc *p) { if (p != NULL) atomic_fetch_sub(&p->ref, 1); }
void trace_rec_init(TraceRec *rec, unsigned class, unsigned kind, Proc *p);
void trace_put(TraceRec *rec, const TracePart *part, size_t n);

void
trace_rec_init(TraceRec *rec, unsigned class, unsigned kind, Proc *p)
{
	USED(p);
	*rec = (TraceRec){ .class = (uint8_t)class, .kind = (uint8_t)kind };
}

void
trace_put(TraceRec *rec, const TracePart *part, size_t n)
{
	size_t at = strlen(story);

	USED(part);
	USED(n);
	if (rec->kind == TRACE_BEGIN || rec->kind == TRACE_END || rec->kind == TRACE_CALL)
		snprintf(story + at, sizeof story - at, "%c%u ", rec->kind == TRACE_BEGIN ? 'B' : rec->kind == TRACE_END ? 'E' : 'c',
		    (unsigned)rec->flow);
}

#include "core/trace_call.c"

/* ---- a link, a server ---- */
static const Servant pipe_servant = { .dc = '|' };
static Chan link_end = { .servant = &pipe_servant, .dev = 7 }, server_end = { .servant = &pipe_servant, .dev = 7 };
static Proc server = { .pid = 4, .sid = 3 };
static uint8_t input[4096];
static size_t ninput;

static size_t
message(uint8_t *m, int type, unsigned tag, unsigned oldtag)
{
	size_t n = type == Tflush ? 9 : 11;

	memset(m, 0, n);
	m[0] = (uint8_t)n;
	m[4] = (uint8_t)type;
	m[5] = (uint8_t)tag;
	m[6] = (uint8_t)(tag >> 8);
	m[7] = (uint8_t)oldtag;
	return n;
}

static int64_t
done(Request *r)
{
	if (r->num == SYS_pread)
		trace_read(r, &server_end, input, (int64_t)ninput);
	return (int64_t)ninput;
}

/* #M sends a message of that flow; the server has not read it yet. */
static void
send(int type, unsigned tag, unsigned oldtag, uint32_t flow)
{
	size_t n = message(input + ninput, type, tag, oldtag);

	trace_sent(&link_end, input + ninput, flow);
	ninput += n;
}

static void
call(unsigned num, uint8_t *in, size_t n)
{
	Request r = { .proc = &server, .num = num, .in = in, .nin = n };

	trace_call(&r);
	(void)trace_run(&r, done);
}

/* A step is a letter and its numbers: s TYPE TAG OLDTAG FLOW, R (reads all), w TYPE TAG, c (another call). */
static void
play(const char *script)
{
	trace_call_init();
	memset(flows.serving, 0, TRACE_NSPACE * sizeof *flows.serving);
	memset(flows.sent, 0, NLINK * sizeof *flows.sent);
	story[0] = '\0';
	ninput = 0;
	next_flow = 100;
	for (const char *p = script; *p; p += strcspn(p, ";"), p += *p == ';') {
		unsigned a = 0, b = 0, c = 0, d = 0;
		uint8_t m[16];

		(void)sscanf(p + 1, "%u %u %u %u", &a, &b, &c, &d);
		switch (*p) {
		case 's': send((int)a, b, c, d); break;
		case 'R': call(SYS_pread, NULL, 0); ninput = 0; break;
		case 'w': call(SYS_pwrite, m, message(m, (int)a, b, 0)); break;
		case 'c': call(SYS_brk, NULL, 0); break;
		}
	}
}

/* Tread 116, Rread 117, Rerror 107, Tflush 108, Rflush 109 */
static const struct {
	const char *script, *story;
} plays[] = {
	{ "s116 1 0 5;R;c;w117 1;c", "c101 B5 c5 c5 E5 c102 " },
	{ "s116 1 0 5;R;w107 1;c", "c101 B5 c5 E5 c102 " },
	/* two at once: the second when the first is answered */
	{ "s116 1 0 5;s116 2 0 6;R;c;w117 1;c;w117 2;c", "c101 B5 c5 c5 E5 B6 c6 c6 E6 c102 " },
	/* answered in another order */
	{ "s116 1 0 5;s116 2 0 6;R;w117 2;c;w117 1;c", "c101 B5 c5 c5 c5 E5 c102 " },
	/* one more is read while the first is worked on */
	{ "s116 1 0 5;R;s116 2 0 6;R;c;w117 1;w117 2", "c101 B5 c5 c5 c5 E5 B6 c6 E6 " },
	/* flushed: the first is never answered */
	{ "s116 1 0 5;R;s108 2 1 5;R;w109 2;c", "c101 B5 c5 c5 E5 c102 " },
	{ "s116 1 0 5;R;s116 3 0 6;s108 2 3 6;R;w109 2;c;w117 1;c", "c101 B5 c5 c5 c5 c5 E5 c102 " },
	/* no reply to it: another tag, another type, data that only looks so */
	{ "s116 1 0 5;R;w117 2;c", "c101 B5 c5 c5 " }, { "s116 1 0 5;R;w119 1;c", "c101 B5 c5 c5 " },
	/* nobody traced sent it */
	{ "s116 1 0 0;R;c", "c101 c102 " },
	/* the same tag again: an older message that was never read is forgotten */
	{ "s116 1 0 5;s116 1 0 6;R;c", "c101 B6 c6 " },
};

START_TEST(flow_is_that_of_what_is_served)
{
	play(plays[_i].script);
	ck_assert_str_eq(story, plays[_i].story);
}
END_TEST

START_TEST(work_for_a_reader_of_the_trace_is_mute)
{
	play("");
	send(116, 1, 0, FLOW_MUTE);
	call(SYS_pread, NULL, 0);
	call(SYS_brk, NULL, 0);
	ck_assert_str_eq(story, "c101 ");
}
END_TEST

START_TEST(who_reads_from_a_reader_of_the_trace_is_mute)
{
	Proc reader = { .pid = 99, .sid = 5 };
	Request w = { .proc = &reader, .num = SYS_pwrite };

	play("");
	trace_call(&w);
	ck_assert_uint_eq(w.flow, FLOW_MUTE);
	trace_write(&w, &link_end);
	send(116, 9, 0, 0);
	call(SYS_pread, NULL, 0);
	ck_assert_int_eq(server.pid, 99);
}
END_TEST

START_TEST(more_than_fits_ends_the_flow_not_the_system)
{
	play("");
	for (unsigned i = 0; i < 3 * NLINK; i++) {
		ninput = 0;
		send(116, i, 0, i + 1);
	}
	for (unsigned i = 0; i < 100; i++) {
		ninput = 0;
		send(116, i, 0, 1000 + i);
		call(SYS_pread, NULL, 0);
	}
	ck_assert_uint_le(flows.serving[server.sid].n, NSERVE);
	trace_serving_end(&server);
	ck_assert_uint_eq(serving_flow(&server), 0);
}
END_TEST

UNIT_SUITE("trace_flow", LOOP(flow_is_that_of_what_is_served, plays), CASE(work_for_a_reader_of_the_trace_is_mute),
    CASE(who_reads_from_a_reader_of_the_trace_is_mute), CASE(more_than_fits_ends_the_flow_not_the_system))
