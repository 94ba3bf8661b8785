/*
 * tests/unit/trace.c - trace records: classes, rings, lines.
 * Goal: a reader gets each record once, in order, whole, or is told how many it
 * missed; whatever lies in the memory, it neither reads beyond the ring nor
 * loops; each kind of record has its line.
 */
#include <pthread.h>
#include "lib9/trace.h"
#include "lib9/sysmsg.h"
#include "tests/unit.h"

/* ---- classes ---- */
static const struct {
	const char *list;
	int rc;
	uint32_t mask;
} lists[] = {
	{ "9p", 0, 1 << TRACE_9p }, { "sched,9p", 0, 1 << TRACE_9p | 1 << TRACE_sched }, { "none", 0, 0 },
	{ "all", 0, TRACE_ALL & ~(1 << TRACE_flow) }, { "pager,", 0, 1 << TRACE_pager }, { "", -Ebadarg, 0 },
	{ "9", -Ebadarg, 0 }, { "9pp", -Ebadarg, 0 }, { "9p,,ipc", -Ebadarg, 0 }, { "9p,everything", -Ebadarg, 0 },
};

START_TEST(lists_are_read)
{
	uint32_t mask = 99;

	ck_assert_int_eq(trace_classes(lists[_i].list, &mask), lists[_i].rc);
	ck_assert_uint_eq(mask, lists[_i].rc == 0 ? lists[_i].mask : 99);
}
END_TEST

START_TEST(unknown_class_is_named)
{
	uint32_t mask;

	ck_assert_int_eq(trace_classes("9p,foo", &mask), -Ebadarg);
	ck_assert_str_eq(err_reason(), "no trace class \"foo\"; there are 9p syscall ipc pager sched, all and none");
}
END_TEST

/* ---- rings ---- */
enum { RING = 4096 };
static union {
	TraceRing ring;
	uint8_t room[sizeof(TraceRing) + RING];
} u;

static void
put(unsigned arg, size_t n)
{
	static const uint8_t fill[RING];
	TracePart part[2] = { { fill, n / 2 }, { fill, n - n / 2 } };
	TraceRec rec = { .kind = TRACE_CALL, .arg = arg };

	tracering_put(&u.ring, &rec, part, 2);
}

START_TEST(records_come_once_in_order)
{
	TracePlace p = { 0 };
	uint64_t room[100];
	TraceRec *rec = (TraceRec *)room;

	tracering_init(&u.ring, RING);
	for (unsigned i = 0; i < 500; i++) {
		put(i, i % 50);
		if (i % 3 == 0)
			continue;
		for (unsigned k = i % 3 == 1 ? i - 1 : i; k <= i; k++) {
			ck_assert_uint_gt(tracering_get(&u.ring, RING, &p, room, sizeof room), 0);
			ck_assert_uint_eq(rec->arg, k);
			ck_assert_uint_eq(rec->size, (sizeof *rec + k % 50 + 7) / 8 * 8);
		}
	}
	ck_assert_uint_eq(p.lost, 0);
}
END_TEST

START_TEST(what_was_overwritten_is_counted)
{
	TracePlace p = { 0 };
	uint64_t room[100];
	unsigned got = 0, last = 0;

	tracering_init(&u.ring, RING);
	for (unsigned i = 0; i < 1000; i++)
		put(i, 8);
	while (tracering_get(&u.ring, RING, &p, room, sizeof room) > 0) {
		last = ((TraceRec *)room)->arg;
		got++;
	}
	ck_assert_uint_eq(last, 999);
	ck_assert_uint_eq(got, RING / (sizeof(TraceRec) + 8));
	ck_assert_uint_eq(p.lost, 1000 - got);
}
END_TEST

START_TEST(too_big_a_record_is_counted_as_lost)
{
	TracePlace p = { 0 };
	uint64_t room[100];

	tracering_init(&u.ring, RING);
	put(1, RING / 2);
	put(2, 0);
	ck_assert_uint_gt(tracering_get(&u.ring, RING, &p, room, sizeof room), 0);
	ck_assert_uint_eq(((TraceRec *)room)->arg, 2);
	ck_assert_uint_eq(p.lost, 1);
}
END_TEST

static atomic_bool stop;

static void *
writer(void *arg)
{
	for (unsigned i = 0; !atomic_load(&stop); i++)
		put(i, i % 100);
	return arg;
}

/* A reader beside a writer that overtakes it: what it gets is never half old, half new. */
START_TEST(reader_beside_writer_gets_whole_records)
{
	TracePlace p = { 0 };
	uint64_t room[100];
	TraceRec *rec = (TraceRec *)room;
	pthread_t t;
	unsigned next = 0;

	tracering_init(&u.ring, RING);
	ck_assert_int_eq(pthread_create(&t, NULL, writer, NULL), 0);
	for (unsigned n = 0; n < 100000;) {
		if (tracering_get(&u.ring, RING, &p, room, sizeof room) == 0)
			continue;
		ck_assert_uint_eq(rec->size, (sizeof *rec + rec->arg % 100 + 7) / 8 * 8);
		ck_assert_uint_eq(rec->arg, rec->seq);
		ck_assert_uint_ge(rec->arg, next);
		next = rec->arg + 1;
		n++;
	}
	ck_assert_uint_eq(p.lost + 100000, next);
	atomic_store(&stop, true);
	pthread_join(t, NULL);
}
END_TEST

/* The host reads what a guest may have written: anything. */
START_TEST(nonsense_in_the_ring_is_survived)
{
	unsigned seed = 12345;

	for (unsigned round = 0; round < 20000; round++) {
		TracePlace p = { 0 };
		uint64_t room[40];
		size_t n;

		for (size_t i = 0; i < sizeof u.room / 4; i++)
			((uint32_t *)(void *)u.room)[i] = (seed = seed * 1103515245 + 12345) >> (i < 16 ? 0 : 20);
		if (round % 2 == 0) {
			u.ring.tail = 0;
			u.ring.head = RING;
		}
		for (int i = 0; i < 100 && (n = tracering_get(&u.ring, RING, &p, room, sizeof room)) > 0; i++) {
			char line[TRACE_LINE];

			ck_assert_uint_le(n, sizeof room);
			(void)trace_text(line, sizeof line, "n", (TraceRec *)room, n);
		}
	}
}
END_TEST

/* ---- lines ---- */
typedef struct Line Line;
struct Line {
	TraceRec rec;
	size_t n;               /* of what follows it */
	union {
		TraceDone done;
		struct {
			TraceMsg m;
			char bytes[40];
		} msg;
		TraceFault fault;
		TraceKernel kernel;
	} u;
	const char *data;       /* behind u, and how much */
	size_t ndata;
	const char *text;
};
#define REC(c, k) .rec = { .ns = 1500042000, .pid = 14, .prog = "cat", .tname = "clerk3", .class = TRACE_##c, .kind = TRACE_##k
#define DONE(...) .n = sizeof(TraceDone), .u.done = { .start_ns = 1500000000, __VA_ARGS__ }
#define START "1.500042 lp49 14 cat clerk3 "
static const Line lines[] = {
	{ REC(syscall, DONE), .arg = SYS_pread }, DONE(.result = 3, .arg = { 3, 8192, 0xFFFFFFFF, 0xFFFFFFFF }, .nout = 3, .kout = 3),
	  .data = "a\nb", .ndata = 3, .text = START "syscall pread(3, 8192, -1) = 3 \"a\\x0ab\" 42 us" },
	{ REC(syscall, DONE), .arg = SYS_open }, DONE(.result = -Enonexist, .nin = 3, .kin = 3, .nout = 4, .kout = 4),
	  .data = "/x\0nope", .ndata = 7, .text = START "syscall open(\"/x\", 0) failed: nope 42 us" },
	{ REC(syscall, DONE), .arg = SYS_pwrite }, DONE(.result = 100, .arg = { 1, 100, 5 }, .nin = 100, .kin = 4), .data = "abcd", .ndata = 4,
	  .text = START "syscall pwrite(1, \"abcd\"..., 100, 5) = 100 42 us" },
	{ REC(syscall, DONE), .arg = SYS_exec }, DONE(.arg = { 2 }, .nin = 9, .kin = 9), .data = "/a\0b\0c d", .ndata = 9,
	  .text = START "syscall exec(\"/a\", \"b\" \"c d\") = 0 42 us" },
	{ REC(syscall, DONE), .arg = SYS_exits }, DONE(.result = INT64_MIN, .nin = 1, .kin = 1), .data = "", .ndata = 1,
	  .text = START "syscall exits(\"\") does not return 42 us" },
	{ REC(9p, MSG) }, .n = sizeof(TraceMsg) + 11, .u.msg = { { .link = 2, .size = 11, .have = 11 }, "\x0b\0\0\0\x78\3\0\x0d\0\0\0" },
	  .text = START "9p -> link 2 Tclunk tag 3 fid 13" },
	{ REC(9p, MSG) }, .n = sizeof(TraceMsg) + 7, .u.msg = { { .link = 2, .size = 7, .have = 7 }, "\7\0\0\0\x79\3\0" },
	  .text = START "9p <- link 2 Rclunk tag 3" },
	{ REC(pager, FAULT) }, .n = sizeof(TraceFault), .u.fault = { .addr = 0x413d70, .pc = 0x4106aa, .start_ns = 1500000000, .base = 0x413000,
	    .log2 = 12, .rights = 6, .want = 2, .region = "Data" },
	  .text = START "pager write at 0x413d70 pc 0x4106aa in \"Data\": mapped 0x413000+0x1000 rw- 42 us" },
	{ REC(pager, FAULT) }, .n = sizeof(TraceFault), .u.fault = { .start_ns = 1500000000, .want = 4, .region = "no region" },
	  .text = START "pager read at 0x0 pc 0x0 in \"no region\": nothing mapped 42 us" },
	{ REC(ipc, IPC) }, .n = sizeof(TraceKernel), .u.kernel = { .from = 0x52, .to = 0x260, .to_prog = "core", .tag = 0x30083, .timeouts = 0x0400, .error = 0 },
	  .text = START "ipc 52 -> 260 core label 0x3 words 3 typed 2 timeouts never, 0" },
	{ REC(ipc, IPC) }, .n = sizeof(TraceKernel), .u.kernel = { .from = 1, .to = 2, .timeouts = 0x05010000, .error = 3 },
	  .text = START "ipc 1 -> 2 - label 0x0 words 0 typed 0 timeouts 514 us, never failed: timeout (0x3, receiving)" },
	{ REC(sched, SCHED) }, .n = sizeof(TraceKernel), .u.kernel = { .from = 1, .to = 2, .error = 100 }, .text = START "sched 1 -> 2 priority 100" },
	{ REC(sched, SCHED) }, .n = sizeof(TraceKernel), .u.kernel = { .to = 2, .tag = 1, .error = 9 }, .text = START "sched 2 woken, priority 9" },
	{ REC(9p, LOST), .arg = 7 }, .text = START "trace 7 records lost" },
};

/* The line of n bytes of a record, or NULL. */
static const char *
line_of(const Line *l, size_t cut)
{
	static char line[2 * TRACE_LINE];
	uint8_t room[sizeof(TraceRec) + sizeof l->u + 64] = { 0 };
	size_t n = sizeof l->rec + l->n + l->ndata - cut;
	uint8_t *exact = malloc(n);
	bool ok;

	memcpy(room, &l->rec, sizeof l->rec);
	memcpy(room + sizeof l->rec, &l->u, l->n);
	if (l->ndata > 0)
		memcpy(room + sizeof l->rec + l->n, l->data, l->ndata);
	memcpy(exact, room, n);
	ok = trace_text(line, sizeof line, "lp49", (TraceRec *)(void *)exact, n);
	free(exact);
	return ok ? line : NULL;
}

START_TEST(each_kind_has_its_line)
{
	ck_assert_pstr_eq(line_of(&lines[_i], 0), lines[_i].text);
}
END_TEST

START_TEST(cut_record_has_none)
{
	const Line *l = &lines[_i];

	for (size_t cut = 1; cut <= l->n + l->ndata; cut++)
		ck_assert_ptr_null(line_of(l, cut));
}
END_TEST

START_TEST(flow_has_no_line)
{
	TraceRec rec = { .class = TRACE_flow, .kind = TRACE_RUN };
	char line[TRACE_LINE];

	ck_assert(!trace_text(line, sizeof line, "n", &rec, sizeof rec));
}
END_TEST

START_TEST(names_are_one_harmless_word)
{
	Line l = { .rec = { .pid = 1, .prog = "a b\x1b[", .kind = TRACE_LOST, .arg = 1 } };

	ck_assert_pstr_eq(line_of(&l, 0), "0.000000 lp49 1 a?b?[ - trace 1 records lost");
}
END_TEST

UNIT_SUITE("trace", LOOP(lists_are_read, lists), CASE(unknown_class_is_named), CASE(records_come_once_in_order),
    CASE(what_was_overwritten_is_counted), CASE(too_big_a_record_is_counted_as_lost),
    CASE(reader_beside_writer_gets_whole_records), CASE(nonsense_in_the_ring_is_survived),
    LOOP(each_kind_has_its_line, lines), LOOP(cut_record_has_none, lines), CASE(flow_has_no_line), CASE(names_are_one_harmless_word))
