/*
 * tests/l4/string.c - string items: simple, compound, scattered, too long, with
 * page faults on the way, timeouts for these, and ended from outside.
 * SEE X.2 manual, chapter 5.4, 5.6
 */
#include "tests/l4/l4test.h"

enum { BIG = 1 << 20 };
static uint8_t *src, *dst;
static volatile L4_Word_t got[8];

/* words of typed items to send; their sender reports its error code to the test with label 0x50 */
typedef struct Strings Strings;
struct Strings {
	unsigned n;
	L4_Word_t w[63];
	L4_Word_t xfer;
};

static void
fill_pattern(uint8_t *p, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 7 + i / 251 + seed);
}

static bool
pattern_is(const uint8_t *p, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != (uint8_t)(i * 7 + i / 251 + seed))
			return false;
	return true;
}

static void
memory_init(void)
{
	src = pool;
	dst = pool + 2 * BIG;
	fill_pattern(src, BIG, 1);
	memset(dst, 0, BIG);
}

static void
sends_strings(void *arg)
{
	const Strings *s = arg;
	L4_MsgTag_t r;

	L4_Set_XferTimeouts(s->xfer);
	L4_Set_MsgTag((L4_MsgTag_t){ (L4_Word_t)0x40 << 16 | s->n << 6 | 1 });
	L4_LoadMR(1, 0xABCD);
	L4_LoadMRs(2, (int)s->n, s->w);
	r = L4_Send(test_id);
	got[0] = L4_IpcFailed(r) ? L4_ErrorCode() : 0;
	L4_Set_XferTimeouts(0);
	send_words(test_id, 0x50, 0, 0);
	for (;;)
		L4_Sleep(L4_Never);
}

static void
accept(const L4_Word_t *w, unsigned n)
{
	L4_Accept(L4_StringItemsAcceptor);
	L4_LoadBRs(1, (int)n, w);
}

static L4_Word_t
head(size_t size)
{
	return (L4_Word_t)size << 10;
}

static L4_MsgTag_t
receive(L4_ThreadId_t t)
{
	L4_MsgTag_t r = L4_Receive(t);

	L4_Accept(L4_UntypedWordsAcceptor);
	return r;
}

static void
sizes_of_all_kinds_arrive(void)
{
	static const size_t sizes[] = { 0, 1, 7, 4096, 16384, 16385, 100000, BIG };

	memory_init();
	for (size_t i = 0; i < nelem(sizes); i++) {
		Strings s = { 2, { head(sizes[i]), (L4_Word_t)src }, 0 };
		L4_Word_t b[] = { head(BIG), (L4_Word_t)dst };
		L4_ThreadId_t t;
		L4_MsgTag_t r;

		memset(dst, 0, BIG);
		t = thread_new(sends_strings, &s);
		accept(b, 2);
		r = receive(t);
		CHECK(L4_IpcSucceeded(r));
		SAME(L4_Label(r), 0x40);
		SAME(mr(1), 0xABCD);
		SAME(mr(2) >> 10, sizes[i]);
		CHECK(pattern_is(dst, sizes[i], 1));
		SAME(sizes[i] == BIG ? 0 : dst[sizes[i]], 0);
		SAME(L4_Label(L4_Receive(t)), 0x50);
		SAME(got[0], 0);
	}
}

static void
string_crosses_spaces(void)
{
	static Strings s;
	L4_Word_t b[] = { head(BIG), 0 };
	L4_ThreadId_t t = space_new();

	memory_init();
	s = (Strings){ 2, { head(50000), (L4_Word_t)src }, 0 };
	b[1] = (L4_Word_t)dst;
	space_run(t, sends_strings, &s);
	accept(b, 2);
	CHECK(L4_IpcSucceeded(receive(t)));
	CHECK(pattern_is(dst, 50000, 1));
}

/* one string of pieces: two groups, the second with two pointers of one length */
static void
compound_string_is_gathered(void)
{
	Strings s;
	L4_Word_t b[2];
	L4_ThreadId_t t;

	memory_init();
	s = (Strings){ 5, { head(1000) | L4_STRING_c, (L4_Word_t)src, head(500) | 1 << 4, (L4_Word_t)src + 1000,
	    (L4_Word_t)src + 1500 }, 0 };
	b[0] = head(BIG);
	b[1] = (L4_Word_t)dst;
	t = thread_new(sends_strings, &s);
	accept(b, 2);
	CHECK(L4_IpcSucceeded(receive(t)));
	CHECK(pattern_is(dst, 2000, 1));
	SAME(dst[2000], 0);
}

static void
string_is_scattered_over_pieces(void)
{
	Strings s;
	L4_Word_t b[5];
	L4_ThreadId_t t;

	memory_init();
	s = (Strings){ 2, { head(30000), (L4_Word_t)src }, 0 };
	b[0] = head(10000) | 1 << 4 | L4_STRING_c;
	b[1] = (L4_Word_t)dst;
	b[2] = (L4_Word_t)dst + 10000;
	b[3] = head(20000);
	b[4] = (L4_Word_t)dst + 20000;
	t = thread_new(sends_strings, &s);
	accept(b, 5);
	CHECK(L4_IpcSucceeded(receive(t)));
	CHECK(pattern_is(dst, 30000, 1));
	SAME(dst[30000], 0);
}

static void
several_strings_take_a_buffer_each(void)
{
	Strings s;
	L4_MsgBuffer_t b;
	L4_ThreadId_t t;

	memory_init();
	s = (Strings){ 6, { head(100) | 1, (L4_Word_t)src, head(20000) | 1, (L4_Word_t)src, head(3), (L4_Word_t)src }, 0 };
	L4_MsgBufferClear(&b);
	for (int i = 0; i < 3; i++)
		L4_MsgBufferAppendSimpleRcvString(&b, L4_StringItem(30000, dst + i * 30000));
	t = thread_new(sends_strings, &s);
	L4_AcceptStrings(L4_StringItemsAcceptor, &b);
	CHECK(L4_IpcSucceeded(receive(t)));
	SAME(mr(2) >> 10, 100);
	SAME(mr(4) >> 10, 20000);
	SAME(mr(6) >> 10, 3);
	CHECK(pattern_is(dst, 100, 1) && pattern_is(dst + 30000, 20000, 1) && pattern_is(dst + 60000, 3, 1));
}

static void
strings_and_map_items_mix(void)
{
	Strings s;
	L4_Word_t b[2];
	uint8_t *w = window(PAGE);
	L4_Fpage_t f = L4_FpageLog2((L4_Word_t)pool + 3 * BIG, 12), into = L4_FpageLog2((L4_Word_t)w, 12);
	L4_ThreadId_t t;

	memory_init();
	L4_Set_Rights(&f, 7);
	s = (Strings){ 4, { L4_MapItem(f, 0).raw[0] | 1, f.raw, head(5000), (L4_Word_t)src }, 0 };
	b[0] = head(BIG);
	b[1] = (L4_Word_t)dst;
	t = thread_new(sends_strings, &s);
	L4_Accept(L4_AddAcceptor(L4_StringItemsAcceptor, L4_MapGrantItems(into)));
	L4_LoadBRs(1, 2, b);
	CHECK(L4_IpcSucceeded(receive(t)));
	CHECK(pattern_is(dst, 5000, 1));
	pool[3 * BIG] = 66;
	SAME(w[0], 66);
}

static void
string_without_acceptor_overflows(void)
{
	Strings s;
	L4_ThreadId_t t;

	memory_init();
	s = (Strings){ 2, { head(10), (L4_Word_t)src }, 0 };
	t = thread_new(sends_strings, &s);
	L4_Accept(L4_UntypedWordsAcceptor);
	CHECK(L4_IpcFailed(L4_Receive(t)));
	SAME(L4_ErrorCode() & 0xF, ERROR(RCV, L4_IpcErrOverflow));
	SAME(L4_Label(L4_Receive(t)), 0x50);
	SAME(got[0] & 0xF, ERROR(SND, L4_IpcErrOverflow));
}

static void
too_long_string_overflows_with_its_offset(void)
{
	Strings s;
	L4_Word_t b[2];
	L4_ThreadId_t t;

	memory_init();
	s = (Strings){ 2, { head(20000), (L4_Word_t)src }, 0 };
	b[0] = head(18000);
	b[1] = (L4_Word_t)dst;
	t = thread_new(sends_strings, &s);
	accept(b, 2);
	CHECK(L4_IpcFailed(receive(t)));
	SAME(L4_ErrorCode(), ERROR(RCV, L4_IpcErrOverflow) | 18000 << 4);
	SAME(L4_Label(L4_Receive(t)), 0x50);
	SAME(got[0], ERROR(SND, L4_IpcErrOverflow) | 18000 << 4);
	CHECK(pattern_is(dst, 18000, 1));
	SAME(dst[18000], 0);
}

static void
more_strings_than_buffers_overflow(void)
{
	Strings s;
	L4_Word_t b[2];
	L4_ThreadId_t t;

	memory_init();
	s = (Strings){ 4, { head(10) | 1, (L4_Word_t)src, head(10), (L4_Word_t)src }, 0 };
	b[0] = head(100);
	b[1] = (L4_Word_t)dst;
	t = thread_new(sends_strings, &s);
	accept(b, 2);
	CHECK(L4_IpcFailed(receive(t)));
	SAME(L4_ErrorCode() & 0xF, ERROR(RCV, L4_IpcErrOverflow));
}

/* call with a string each way, timeout 0 on the reply */
static void
string_server(void *arg)
{
	L4_ThreadId_t from;
	L4_Word_t b[2] = { head(BIG), (L4_Word_t)dst };
	L4_MsgTag_t t;

	USED(arg);
	accept(b, 2);
	t = L4_Wait(&from);
	for (;;) {
		L4_Word_t size = mr((int)L4_UntypedWords(t) + 1) >> 10;

		L4_Set_MsgTag((L4_MsgTag_t){ 2 << 6 });
		L4_LoadMR(1, head(size));
		L4_LoadMR(2, (L4_Word_t)dst);
		t = L4_ReplyWait(from, &from);
	}
}

static void
strings_go_both_ways_in_a_call(void)
{
	L4_ThreadId_t t;
	L4_Word_t b[2];

	memory_init();
	t = thread_new(string_server, NULL);
	for (unsigned i = 0; i < 20; i++) {
		uint8_t *back = dst + BIG / 2;
		L4_MsgTag_t r;

		fill_pattern(src, 40000, i);
		memset(back, 0, 40000);
		b[0] = head(40000);
		b[1] = (L4_Word_t)back;
		accept(b, 2);
		L4_Set_MsgTag((L4_MsgTag_t){ 2 << 6 });
		L4_LoadMR(1, head(40000));
		L4_LoadMR(2, (L4_Word_t)src);
		r = L4_Call(t);
		CHECK(L4_IpcSucceeded(r));
		CHECK(pattern_is(back, 40000, i));
	}
}

TESTS(string_tests) = {
	TEST(sizes_of_all_kinds_arrive), TEST(string_crosses_spaces), TEST(compound_string_is_gathered),
	TEST(string_is_scattered_over_pieces), TEST(several_strings_take_a_buffer_each),
	TEST(strings_and_map_items_mix), TEST(string_without_acceptor_overflows),
	TEST(too_long_string_overflows_with_its_offset), TEST(more_strings_than_buffers_overflow),
	TEST(strings_go_both_ways_in_a_call), { NULL, NULL },
};

/* ---- page faults on the way ---- */
/* A pager that maps page for page what is at `window` from pool, and counts. */
static volatile L4_Word_t faults;
static uint8_t *paged;
static volatile bool pager_dumb;

static void
pages_in(void *arg)
{
	L4_ThreadId_t from;
	L4_MsgTag_t t = L4_Wait(&from);

	USED(arg);
	for (;;) {
		L4_Word_t off = (mr(1) & ~(L4_Word_t)(PAGE - 1)) - (L4_Word_t)paged;
		L4_Fpage_t f = L4_FpageLog2((L4_Word_t)pool + off, 12);
		L4_Msg_t m;

		faults++;
		if (pager_dumb || !L4_IsPageFault(t)) {
			t = L4_Wait(&from);
			continue;
		}
		L4_Set_Rights(&f, 7);
		L4_MsgClear(&m);
		L4_MsgAppendMapItem(&m, L4_MapItem(f, (L4_Word_t)paged + off));
		L4_MsgLoad(&m);
		t = L4_ReplyWait(from, &from);
	}
}

static L4_ThreadId_t
paging_start(bool dumb)
{
	memory_init();
	faults = 0;
	pager_dumb = dumb;
	paged = window(4 * BIG);
	return thread_new(pages_in, NULL);
}

/* the sender faults: its string is in the window */
static void
faults_of_the_sender_are_served(void)
{
	L4_ThreadId_t p = paging_start(false), t;
	L4_Word_t b[2] = { head(BIG), (L4_Word_t)dst };
	Strings s = { 2, { head(50000), (L4_Word_t)paged + 100 }, 0 };

	fill_pattern(src + 100, 50000, 9);
	t = thread_new(sends_strings, &s);
	L4_Set_PagerOf(t, p);
	accept(b, 2);
	CHECK(L4_IpcSucceeded(receive(t)));
	CHECK(pattern_is(dst, 50000, 9));
	SAME(faults, 13);
}

static void
faults_of_the_receiver_are_served(void)
{
	L4_ThreadId_t p = paging_start(false), t;
	L4_Word_t b[2] = { head(BIG), (L4_Word_t)paged + 2 * BIG };
	Strings s = { 2, { head(50000), (L4_Word_t)src }, 0 };
	L4_ThreadId_t old = L4_Pager();

	t = thread_new(sends_strings, &s);
	L4_Set_Pager(p);
	accept(b, 2);
	CHECK(L4_IpcSucceeded(receive(t)));
	L4_Set_Pager(old);
	SAME(mr(1), 0xABCD);
	CHECK(pattern_is(dst, 50000, 1));
	SAME(faults, 13);
}

static void
faults_of_both_are_served(void)
{
	L4_ThreadId_t p = paging_start(false), t, old = L4_Pager();
	L4_Word_t b[2] = { head(BIG), (L4_Word_t)paged + 2 * BIG };
	Strings s = { 2, { head(300000), (L4_Word_t)paged }, 0 };

	t = thread_new(sends_strings, &s);
	L4_Set_PagerOf(t, p);
	L4_Set_Pager(p);
	accept(b, 2);
	CHECK(L4_IpcSucceeded(receive(t)));
	L4_Set_Pager(old);
	CHECK(pattern_is(dst, 300000, 1));
	SAME(L4_Label(L4_Receive(t)), 0x50);
	SAME(got[0], 0);
}

/* either side's transfer timeout of 0 ends it at the first fault */
static void
sender_fault_and_timeout_zero(void)
{
	L4_ThreadId_t p = paging_start(false), t;
	L4_Word_t b[2] = { head(BIG), (L4_Word_t)dst };
	Strings s = { 2, { head(50000), (L4_Word_t)paged }, L4_Timeouts(L4_ZeroTime, L4_Never) };

	t = thread_new(sends_strings, &s);
	L4_Set_PagerOf(t, p);
	accept(b, 2);
	CHECK(L4_IpcFailed(receive(t)));
	SAME(L4_ErrorCode() & 0xF, ERROR(RCV, L4_IpcErrXferPartner));
	SAME(L4_Label(L4_Receive(t)), 0x50);
	SAME(got[0] & 0xF, ERROR(SND, L4_IpcErrXferMine));
	SAME(faults, 0);
}

static void
receiver_fault_and_timeout_zero(void)
{
	L4_ThreadId_t p = paging_start(false), t, old = L4_Pager();
	L4_Word_t b[2] = { head(BIG), (L4_Word_t)paged };
	Strings s = { 2, { head(50000), (L4_Word_t)src }, 0 };

	t = thread_new(sends_strings, &s);
	L4_Set_Pager(p);
	L4_Set_XferTimeouts(L4_Timeouts(L4_Never, L4_ZeroTime));
	accept(b, 2);
	CHECK(L4_IpcFailed(receive(t)));
	L4_Set_Pager(old);
	L4_Set_XferTimeouts(0);
	SAME(L4_ErrorCode() & 0xF, ERROR(RCV, L4_IpcErrXferMine));
	SAME(L4_Label(L4_Receive(t)), 0x50);
	SAME(got[0] & 0xF, ERROR(SND, L4_IpcErrXferPartner));
}

static void
timeout_zero_does_not_hurt_without_faults(void)
{
	L4_ThreadId_t t;
	L4_Word_t b[2];
	Strings s;

	memory_init();
	s = (Strings){ 2, { head(50000), (L4_Word_t)src }, L4_Timeouts(L4_ZeroTime, L4_ZeroTime) };
	b[0] = head(BIG);
	b[1] = (L4_Word_t)dst;
	t = thread_new(sends_strings, &s);
	accept(b, 2);
	CHECK(L4_IpcSucceeded(receive(t)));
	CHECK(pattern_is(dst, 50000, 1));
}

static void
pager_that_does_not_answer_runs_into_the_timeout(void)
{
	L4_ThreadId_t p = paging_start(true), t;
	L4_Word_t b[2] = { head(BIG), (L4_Word_t)dst }, a = now_us();
	Strings s = { 2, { head(50000), (L4_Word_t)paged }, L4_Timeouts(L4_TimePeriod(30000), L4_Never) };

	t = thread_new(sends_strings, &s);
	L4_Set_PagerOf(t, p);
	accept(b, 2);
	CHECK(L4_IpcFailed(receive(t)));
	SAME(L4_ErrorCode() & 0xF, ERROR(RCV, L4_IpcErrXferPartner));
	CHECK(now_us() - a >= 29000);
}

static L4_ThreadId_t victim;

static void
kills_later(void *arg)
{
	L4_Word_t c, sp, ip, flags, handle, what = (L4_Word_t)arg;
	L4_ThreadId_t pager;

	UNTIL(faults != 0);     /* it is in the transfer, and waits for its pager */
	if (what == 0)
		thread_delete(victim);
	else
		L4_ExchangeRegisters(victim, what, 0, 0, 0, 0, L4_nilthread, &c, &sp, &ip, &flags, &handle, &pager);
	for (;;)
		L4_Sleep(L4_Never);
}

static void
transfer_ends_when_the_sender_is_deleted(void)
{
	L4_ThreadId_t p = paging_start(true);
	L4_Word_t b[2] = { head(BIG), (L4_Word_t)dst };
	Strings s = { 2, { head(50000), (L4_Word_t)paged }, 0 };

	victim = thread_new(sends_strings, &s);
	L4_Set_PagerOf(victim, p);
	thread_new(kills_later, NULL);
	accept(b, 2);
	CHECK(L4_IpcFailed(receive(victim)));
	SAME(L4_ErrorCode() & 0xF, ERROR(RCV, L4_IpcErrAborted));
}

static void
transfer_ends_when_the_sender_is_cancelled(void)
{
	L4_ThreadId_t p = paging_start(true);
	L4_Word_t b[2] = { head(BIG), (L4_Word_t)dst };
	Strings s = { 2, { head(50000), (L4_Word_t)paged }, 0 };

	victim = thread_new(sends_strings, &s);
	L4_Set_PagerOf(victim, p);
	thread_new(kills_later, (void *)(L4_EXREGS_S | L4_EXREGS_R));
	accept(b, 2);
	CHECK(L4_IpcFailed(receive(victim)));
	SAME(L4_ErrorCode() & 0xF, ERROR(RCV, L4_IpcErrAborted));
	SAME(L4_Label(L4_Receive(victim)), 0x50);
	SAME(got[0] & 0xF, ERROR(SND, L4_IpcErrAborted));
}

static L4_ThreadId_t again;

/* A pager that serves its first fault late: the sender was deleted, another thread has its number. */
static void
replaces_the_sender(void *arg)
{
	L4_ThreadId_t from;
	L4_MsgTag_t t = L4_Wait(&from);

	USED(arg);
	thread_delete(victim);
	again = L4_GlobalId(L4_ThreadNo(victim), L4_Version(victim) + 64);
	CHECK(L4_ThreadControl(again, L4_Myself(), L4_Myself(), L4_Myself(), utcb_new()));
	while (L4_IpcSucceeded(t)) {
		L4_Word_t off = (mr(1) & ~(L4_Word_t)(PAGE - 1)) - (L4_Word_t)paged;
		L4_Fpage_t f = L4_FpageLog2((L4_Word_t)pool + off, 12);
		L4_Msg_t m;

		L4_Set_Rights(&f, 7);
		L4_MsgClear(&m);
		L4_MsgAppendMapItem(&m, L4_MapItem(f, (L4_Word_t)paged + off));
		L4_MsgLoad(&m);
		t = L4_ReplyWait(from, &from);
	}
}

static void
a_new_sender_does_not_take_over_the_transfer(size_t size)
{
	L4_Word_t b[2] = { head(BIG), 0 };
	L4_ThreadId_t p, old = L4_Pager();
	Strings s = { 2, { head(size), 0 }, 0 };
	L4_MsgTag_t r;

	memory_init();
	s.w[1] = (L4_Word_t)src;
	paged = window(4 * BIG);
	b[1] = (L4_Word_t)paged + 2 * BIG;
	p = thread_new(replaces_the_sender, NULL);
	victim = thread_new(sends_strings, &s);
	L4_Set_Pager(p);
	accept(b, 2);
	r = receive(victim);
	L4_Set_Pager(old);
	SAME(L4_ErrorCode() & 0xF, ERROR(RCV, L4_IpcErrAborted));
	CHECK(L4_IpcFailed(r));
	thread_delete(again);
}

static void
transfer_ends_when_the_senders_number_is_used_again(void)
{
	a_new_sender_does_not_take_over_the_transfer(300000);
}

static void
last_chunk_of_a_sender_that_went_is_no_message(void)
{
	a_new_sender_does_not_take_over_the_transfer(5000);
}

TESTS(string_fault_tests) = {
	TEST(faults_of_the_sender_are_served), TEST(faults_of_the_receiver_are_served), TEST(faults_of_both_are_served),
	TEST(sender_fault_and_timeout_zero), TEST(receiver_fault_and_timeout_zero),
	TEST(timeout_zero_does_not_hurt_without_faults), TEST(pager_that_does_not_answer_runs_into_the_timeout),
	TEST(transfer_ends_when_the_sender_is_deleted), TEST(transfer_ends_when_the_sender_is_cancelled),
	TEST(transfer_ends_when_the_senders_number_is_used_again), TEST(last_chunk_of_a_sender_that_went_is_no_message),
	{ NULL, NULL },
};
