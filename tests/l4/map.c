/*
 * tests/l4/map.c - map and grant items, Unmap and Flush, rights and status bits.
 *
 * A thread of the suite sends items to the test's own thread, so both sides are
 * one space with different addresses: window() is where mappings arrive.
 * SEE X.2 manual, chapters 4, 5.4
 */
#include "tests/l4/l4test.h"

typedef struct Items Items;
struct Items {
	unsigned n;
	struct {
		L4_Fpage_t f;
		L4_Word_t base;
		bool grant;
	} it[8];
};

static void
send_items(void *arg)
{
	const Items *s = arg;
	L4_Msg_t m;

	L4_MsgClear(&m);
	L4_Set_MsgLabel(&m, 0x31);
	L4_MsgAppendWord(&m, 0x5A5A);
	for (unsigned i = 0; i < s->n; i++) {
		if (s->it[i].grant)
			L4_MsgAppendGrantItem(&m, L4_GrantItem(s->it[i].f, s->it[i].base));
		else
			L4_MsgAppendMapItem(&m, L4_MapItem(s->it[i].f, s->it[i].base));
	}
	L4_MsgLoad(&m);
	L4_Send(test_id);
	for (;;)
		L4_Sleep(L4_Never);
}

/* receives s's items into the window; the message */
static L4_Msg_t
receive_items(Items *s, L4_Fpage_t into)
{
	L4_ThreadId_t t = thread_new(send_items, s);
	L4_MsgTag_t r;
	L4_Msg_t m;

	L4_Accept(L4_MapGrantItems(into));
	r = L4_Receive(t);
	L4_MsgStore(r, &m);
	L4_Accept(L4_UntypedWordsAcceptor);
	thread_delete(t);
	CHECK(L4_IpcSucceeded(r));
	SAME(L4_Label(r), 0x31);
	SAME(L4_UntypedWords(r), 1);
	SAME(L4_TypedWords(r), 2 * s->n);
	return m;
}

static L4_Fpage_t
fpage(const void *p, int log2, L4_Word_t rights)
{
	L4_Fpage_t f = L4_FpageLog2((L4_Word_t)p, log2);

	return L4_Set_Rights(&f, rights);
}

/* one item, the usual way: from -> to, whole and aligned */
static void
map_to(const void *from, uint8_t *to, int log2, L4_Word_t rights)
{
	Items s = { 1, { { fpage(from, log2, rights), 0, false } } };

	receive_items(&s, fpage(to, log2, 0));
}

static void
mapped_page_is_the_same_page(void)
{
	uint8_t *w = window(PAGE);

	CHECK(!reachable(w, false));
	map_to(pool, w, 12, 7);
	pool[5] = 17;
	SAME(w[5], 17);
	w[6] = 18;
	SAME(pool[6], 18);
}

static void
item_says_what_arrived(void)
{
	Items s = { 1, { { fpage(pool, 12, 7), 0, false } } };
	L4_Msg_t m = receive_items(&s, fpage(window(PAGE), 12, 0));
	L4_MapItem_t it;

	SAME(mr(1), 0x5A5A);
	L4_MsgGetMapItem(&m, 0, &it);
	CHECK(L4_IsMapItem(it));
	SAME(L4_Address(L4_MapItemSndFpage(it)), pool);
	SAME(L4_Rights(L4_MapItemSndFpage(it)), 7);
}

static void
rights_are_kept(void)
{
	uint8_t *w = window(2 * PAGE);

	map_to(pool, w, 12, L4_Readable);
	CHECK(reachable(w, false));
	CHECK(!reachable(w, true));
	map_to(pool + PAGE, w + PAGE, 12, L4_ReadWriteOnly);
	CHECK(reachable(w + PAGE, true));
}

static void
rights_can_not_grow_on_the_way(void)
{
	uint8_t *w = window(2 * PAGE);

	map_to(pool, w, 12, L4_Readable);
	map_to(w, w + PAGE, 12, L4_FullyAccessible);
	CHECK(reachable(w + PAGE, false));
	CHECK(!reachable(w + PAGE, true));
}

static void
mapping_again_adds_rights(void)
{
	uint8_t *w = window(PAGE);

	map_to(pool, w, 12, L4_Readable);
	CHECK(!reachable(w, true));
	map_to(pool, w, 12, L4_ReadWriteOnly);
	CHECK(reachable(w, true));
}

static void
mapping_over_another_page_replaces_it(void)
{
	uint8_t *w = window(PAGE);

	pool[0] = 1;
	pool[PAGE] = 2;
	map_to(pool, w, 12, 7);
	SAME(w[0], 1);
	map_to(pool + PAGE, w, 12, 7);
	SAME(w[0], 2);
	w[0] = 3;
	SAME(pool[0], 1);
	SAME(pool[PAGE], 3);
}

static void
big_item_maps_each_page(void)
{
	uint8_t *w = window(64 * PAGE);

	map_to(pool, w, 18, 7);
	for (int i = 0; i < 64; i++) {
		pool[i * PAGE] = (uint8_t)(i + 1);
		SAME(w[i * PAGE], i + 1);
	}
}

static void
hot_spot_picks_the_place_in_a_large_window(void)
{
	uint8_t *w = window(16 * PAGE);
	Items s = { 1, { { fpage(pool, 13, 7), 6 * PAGE, false } } };

	receive_items(&s, fpage(w, 16, 0));
	pool[PAGE] = 44;
	CHECK(!reachable(w, false));
	CHECK(!reachable(w + 5 * PAGE, false));
	CHECK(reachable(w + 6 * PAGE, false));
	SAME(w[7 * PAGE], 44);
	CHECK(!reachable(w + 8 * PAGE, false));
}

static void
hot_spot_picks_the_part_for_a_small_window(void)
{
	uint8_t *w = window(PAGE);
	Items s = { 1, { { fpage(pool, 16, 7), 3 * PAGE, false } } };

	pool[3 * PAGE] = 99;
	receive_items(&s, fpage(w, 12, 0));
	SAME(w[0], 99);
}

static void
complete_window_maps_at_the_hot_spot(void)
{
	uint8_t *w = window(PAGE);
	Items s = { 1, { { fpage(pool, 12, 7), (L4_Word_t)w, false } } };

	receive_items(&s, L4_CompleteAddressSpace);
	pool[1] = 71;
	SAME(w[1], 71);
}

static void
several_items_arrive_together(void)
{
	uint8_t *w = window(8 * PAGE);
	Items s = { 8, { { { 0 }, 0, false } } };

	for (unsigned i = 0; i < 8; i++) {
		s.it[i].f = fpage(pool + i * PAGE, 12, 7);
		s.it[i].base = (7 - i) * PAGE;
		pool[i * PAGE] = (uint8_t)(100 + i);
	}
	receive_items(&s, fpage(w, 15, 0));
	for (unsigned i = 0; i < 8; i++)
		SAME(w[(7 - i) * PAGE], 100 + i);
}

static void
unmapped_pages_are_skipped(void)
{
	uint8_t *w = window(4 * PAGE), *v = window(4 * PAGE);

	map_to(pool, w + 2 * PAGE, 12, 7);
	map_to(w, v, 14, 7);
	CHECK(!reachable(v, false));
	CHECK(!reachable(v + PAGE, false));
	CHECK(reachable(v + 2 * PAGE, true));
	CHECK(!reachable(v + 3 * PAGE, false));
}

static void
item_without_a_window_overflows(void)
{
	Items s = { 1, { { fpage(pool, 12, 7), 0, false } } };
	L4_ThreadId_t t = thread_new(send_items, &s);

	L4_Accept(L4_UntypedWordsAcceptor);
	CHECK(L4_IpcFailed(L4_Receive(t)));
	SAME(L4_ErrorCode() & 0xF, ERROR(RCV, L4_IpcErrOverflow));
}

static void
granted_page_moves(void)
{
	uint8_t *w = window(PAGE), *v = window(PAGE);
	Items s = { 1, { { fpage(w, 12, 7), 0, true } } };

	map_to(pool, w, 12, 7);
	pool[0] = 12;
	receive_items(&s, fpage(v, 12, 0));
	SAME(v[0], 12);
	CHECK(!reachable(w, false));
	/* it hangs on the page it was first mapped from */
	L4_UnmapFpage(fpage(pool, 12, 7));
	CHECK(!reachable(v, false));
}

TESTS(map_tests) = {
	TEST(mapped_page_is_the_same_page), TEST(item_says_what_arrived), TEST(rights_are_kept),
	TEST(rights_can_not_grow_on_the_way), TEST(mapping_again_adds_rights),
	TEST(mapping_over_another_page_replaces_it), TEST(big_item_maps_each_page),
	TEST(hot_spot_picks_the_place_in_a_large_window), TEST(hot_spot_picks_the_part_for_a_small_window),
	TEST(complete_window_maps_at_the_hot_spot), TEST(several_items_arrive_together),
	TEST(unmapped_pages_are_skipped), TEST(item_without_a_window_overflows), TEST(granted_page_moves),
	{ NULL, NULL },
};

/* ---- unmap ---- */
static void
unmap_takes_it_from_others_only(void)
{
	uint8_t *w = window(PAGE);

	map_to(pool, w, 12, 7);
	w[0] = 1;
	L4_UnmapFpage(fpage(pool, 12, 7));
	CHECK(!reachable(w, false));
	CHECK(reachable(pool, true));
}

static void
unmap_goes_all_the_way_down(void)
{
	uint8_t *w = window(8 * PAGE);

	map_to(pool, w, 12, 7);
	map_to(w, w + PAGE, 12, 7);
	map_to(w + PAGE, w + 2 * PAGE, 12, 7);
	map_to(w, w + 3 * PAGE, 12, 7);
	w[2 * PAGE] = 7;
	SAME(w[3 * PAGE], 7);
	L4_UnmapFpage(fpage(w, 12, 7));
	CHECK(reachable(w, true));
	for (int i = 1; i <= 3; i++)
		CHECK(!reachable(w + i * PAGE, false));
}

static void
flush_takes_the_own_mapping_too(void)
{
	uint8_t *w = window(2 * PAGE);

	map_to(pool, w, 12, 7);
	map_to(w, w + PAGE, 12, 7);
	w[0] = 1;
	w[PAGE] = 1;
	L4_Flush(fpage(w, 12, 7));
	CHECK(!reachable(w, false));
	CHECK(!reachable(w + PAGE, false));
	CHECK(reachable(pool, true));
}

static void
unmap_can_take_single_rights(void)
{
	uint8_t *w = window(PAGE);

	map_to(pool, w, 12, 7);
	w[0] = 1;
	L4_UnmapFpage(fpage(pool, 12, L4_Writable));
	CHECK(reachable(w, false));
	CHECK(!reachable(w, true));
}

static void
unmap_of_no_right_changes_nothing(void)
{
	uint8_t *w = window(PAGE);

	map_to(pool, w, 12, 7);
	L4_UnmapFpage(fpage(pool, 12, 0));
	CHECK(reachable(w, true));
}

static void
unmap_takes_a_range(void)
{
	uint8_t *w = window(64 * PAGE);

	map_to(pool, w, 18, 7);
	for (int i = 0; i < 64; i++)
		w[i * PAGE] = 1;
	L4_UnmapFpage(fpage(pool + 16 * PAGE, 16, 7));
	CHECK(reachable(w + 15 * PAGE, true));
	CHECK(!reachable(w + 16 * PAGE, false));
	CHECK(!reachable(w + 31 * PAGE, false));
	CHECK(reachable(w + 32 * PAGE, true));
}

static void
several_fpages_in_one_call(void)
{
	uint8_t *w = window(8 * PAGE);
	L4_Fpage_t f[3];

	map_to(pool, w, 15, 7);
	for (int i = 0; i < 3; i++)
		f[i] = fpage(pool + 2 * i * PAGE, 12, 7);
	L4_UnmapFpages(3, f);
	for (int i = 0; i < 6; i++)
		SAME(reachable(w + i * PAGE, false), i % 2 == 1);
	for (int i = 0; i < 3; i++)
		f[i] = fpage(w + (1 + 2 * i) * PAGE, 12, 7);
	L4_FlushFpages(3, f);
	for (int i = 0; i < 6; i++)
		CHECK(!reachable(w + i * PAGE, false));
}

static void
status_tells_reads_from_writes(void)
{
	uint8_t *w = window(4 * PAGE);
	volatile uint8_t *v = w;
	L4_Fpage_t f;

	map_to(pool, w, 14, L4_ReadWriteOnly);
	L4_GetStatus(fpage(pool, 14, 0));
	(void)v[0];
	v[PAGE] = 1;
	f = L4_GetStatus(fpage(w, 12, 0));
	CHECK(L4_WasReferenced(f) && !L4_WasWritten(f));
	f = L4_GetStatus(fpage(w + PAGE, 12, 0));
	CHECK(L4_WasReferenced(f) && L4_WasWritten(f));
	f = L4_GetStatus(fpage(w + 2 * PAGE, 12, 0));
	CHECK(!L4_WasReferenced(f) && !L4_WasWritten(f));
}

static void
status_is_reset_when_read(void)
{
	uint8_t *w = window(PAGE);
	volatile uint8_t *v = w;

	map_to(pool, w, 12, L4_ReadWriteOnly);
	v[0] = 1;
	CHECK(L4_WasWritten(L4_GetStatus(fpage(w, 12, 0))));
	CHECK(!L4_WasWritten(L4_GetStatus(fpage(w, 12, 0))));
	(void)v[0];
	CHECK(!L4_WasWritten(L4_GetStatus(fpage(w, 12, 0))));
	v[0] = 2;
	CHECK(L4_WasWritten(L4_GetStatus(fpage(w, 12, 0))));
}

static void
status_comes_from_those_mapped_to(void)
{
	uint8_t *w = window(2 * PAGE);
	volatile uint8_t *v = w;
	L4_Fpage_t f;

	map_to(pool, w, 12, L4_ReadWriteOnly);
	map_to(w, w + PAGE, 12, L4_ReadWriteOnly);
	L4_GetStatus(fpage(pool, 12, 0));
	v[PAGE] = 1;
	/* the mapper in the middle reads and resets it; the one above still learns of it */
	f = L4_UnmapFpage(fpage(w, 12, 7));
	CHECK(L4_WasWritten(f));
	f = L4_GetStatus(fpage(pool, 12, 0));
	CHECK(L4_WasWritten(f));
}

static volatile L4_Word_t shared_stop;

static void
hammers(void *arg)
{
	volatile uint8_t *p = arg;

	while (!shared_stop)
		p[0]++;
}

/* Unmap of a page that another space's processor has loaded and is using. */
static void
unmap_reaches_a_running_space(void)
{
	L4_ThreadId_t t = space_new();
	uint8_t *p = pool + 100 * PAGE;
	L4_Fpage_t f = fpage(p, 12, 7);

	shared_stop = 0;
	space_run(t, hammers, p);
	for (int i = 0; i < 20; i++) {
		UNTIL(L4_WasWritten(L4_UnmapFpage(f))); /* its pager gives it back */
	}
	shared_stop = 1;
}

TESTS(unmap_tests) = {
	TEST(unmap_takes_it_from_others_only), TEST(unmap_goes_all_the_way_down), TEST(flush_takes_the_own_mapping_too),
	TEST(unmap_can_take_single_rights), TEST(unmap_of_no_right_changes_nothing), TEST(unmap_takes_a_range),
	TEST(several_fpages_in_one_call), TEST(status_tells_reads_from_writes), TEST(status_is_reset_when_read),
	TEST(status_comes_from_those_mapped_to), TEST(unmap_reaches_a_running_space), { NULL, NULL },
};
