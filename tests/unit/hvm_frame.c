/*
 * tests/unit/hvm_frame.c - hvm/frame.c over a model: which frames are out.
 * Goal: no frame is given out twice, all merge again, the reserves hold.
 */
#include "tests/unit.h"
#include "hvm/hvm_impl.h"

enum { NFRAME = 4096 };
static Frame table[NFRAME];

static void
start(size_t npage)
{
	memset(table, 0, sizeof table);
	frame_init(0, table, NFRAME);
	frame_add(PAGE, npage);
}

START_TEST(blocks_are_aligned_and_disjoint)
{
	uintptr_t a, b;

	start(NFRAME - 1);
	a = frame_alloc(4, FRAME_HVM);
	b = frame_alloc(4, FRAME_HVM);
	ck_assert_uint_ne(a, 0);
	ck_assert_uint_eq(a % (16 * PAGE), 0);
	ck_assert_uint_eq(b % (16 * PAGE), 0);
	ck_assert(a + 16 * PAGE <= b || b + 16 * PAGE <= a);
	ck_assert_uint_eq(frame_check(), NFRAME - 1 - 32);
}
END_TEST

START_TEST(all_frames_merge_again)
{
	static uintptr_t out[NFRAME];
	size_t n = 0;

	start(NFRAME - 1);
	while ((out[n] = frame_alloc(0, FRAME_HVM)) != 0)
		n++;
	ck_assert_uint_eq(n, NFRAME - 1);
	for (size_t i = 0; i < n; i += 2)
		frame_put(out[i]);
	frame_check();
	for (size_t i = 1; i < n; i += 2)
		frame_put(out[i]);
	ck_assert_uint_eq(frame_check(), NFRAME - 1);
	ck_assert_uint_ne(frame_alloc(FRAME_MAXORDER, FRAME_HVM), 0);
}
END_TEST

START_TEST(random_use_agrees_with_a_model)
{
	static uint8_t used[NFRAME];
	static uint32_t ref[NFRAME];
	uint32_t seed = 12345 + (uint32_t)_i;
	size_t nused = 0;

	memset(used, 0, sizeof used);
	start(NFRAME - 1);
	for (int step = 0; step < 20000; step++) {
		uint32_t f, r = seed = seed * 1664525u + 1013904223u;
		uintptr_t a = 0;
		size_t n = 1;

		r >>= 8;
		f = 1 + r / 8 % (NFRAME - 1);
		switch (r % 5) {
		case 0:
			n = 1 + r / 5 % 40;
			a = frame_alloc_run(n, FRAME_HVM);
			break;
		case 1:
			a = frame_alloc_at((uintptr_t)f * PAGE, FRAME_HVM);
			ck_assert_uint_eq(a, used[f] ? 0 : (uintptr_t)f * PAGE);
			break;
		case 2:
			if (used[f]) {
				frame_get((uintptr_t)f * PAGE);
				ref[f]++;
			}
			break;
		default:
			if (used[f]) {
				frame_put((uintptr_t)f * PAGE);
				if (--ref[f] == 0) {
					used[f] = 0;
					nused--;
				}
			}
		}
		for (size_t i = 0; a != 0 && i < n; i++) {
			ck_assert_uint_eq(used[a / PAGE + i], 0);
			used[a / PAGE + i] = 1;
			ref[a / PAGE + i] = 1;
			nused++;
		}
		if (step % 500 == 0)
			ck_assert_uint_eq(frame_check(), NFRAME - 1 - nused);
		ck_assert_uint_eq(frame_free(), NFRAME - 1 - nused);
		ck_assert_uint_eq(frame_ref((uintptr_t)f * PAGE), used[f] ? ref[f] : 0);
	}
}
END_TEST

START_TEST(programs_leave_frames_for_core)
{
	start(NFRAME - 1);
	while (frame_alloc(0, FRAME_PROGRAM) != 0)
		;
	ck_assert_uint_eq(frame_free(), FRAME_KEEP_CORE + FRAME_KEEP_HVM);
	while (frame_alloc(0, FRAME_CORE) != 0)
		;
	ck_assert_uint_eq(frame_free(), FRAME_KEEP_HVM);
	while (frame_alloc(0, FRAME_HVM) != 0)
		;
	ck_assert_uint_eq(frame_free(), 0);
}
END_TEST

static bool
more(size_t npage)
{
	(void)npage;
	frame_unseen -= 16;
	frame_add((100 + frame_unseen) * PAGE, 16);
	return true;
}

START_TEST(unseen_memory_is_asked_for_when_needed)
{
	start(8);
	frame_more = more;
	frame_unseen = 32;
	for (int i = 0; i < 40; i++)
		ck_assert_uint_ne(frame_alloc(0, FRAME_HVM), 0);
	ck_assert_uint_eq(frame_unseen, 0);
	ck_assert_uint_eq(frame_alloc(0, FRAME_HVM), 0);
}
END_TEST

START_TEST(held_memory_is_never_given_out)
{
	start(8);
	frame_hold(100 * PAGE, 4);
	frame_add(96 * PAGE, 16);
	ck_assert_uint_eq(frame_check(), 8 + 12);
	ck_assert_uint_eq(frame_ref(100 * PAGE), 1);
	ck_assert_uint_eq(frame_alloc_at(101 * PAGE, FRAME_HVM), 0);
}
END_TEST

static const int seeds[8];

UNIT_SUITE("hvm_frame", CASE(blocks_are_aligned_and_disjoint), CASE(all_frames_merge_again),
    LOOP(random_use_agrees_with_a_model, seeds), CASE(programs_leave_frames_for_core),
    CASE(unseen_memory_is_asked_for_when_needed), CASE(held_memory_is_never_given_out))
