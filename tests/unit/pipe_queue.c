/*
 * tests/unit/pipe_queue.c - the messages in one direction of a pipe.
 * Goal: a take never crosses a write, gives bytes in order and once, and all
 * memory goes when the last claim does (the address sanitizer sees leaks).
 */
#include "servants/pipe_queue.c"
#include "tests/unit.h"

static void
add(PipeQueue *q, const char *s)
{
	PipeBlock *b = pipeblock_new(s, strlen(s));

	ck_assert_ptr_nonnull(b);
	pipequeue_add(q, b);
}

static const char *
take(PipeQueue *q, size_t n)
{
	static char text[64];
	PipeTake t;

	if (!pipequeue_take(q, n, &t))
		return NULL;
	text[pipetake_copy(&t, text)] = '\0';
	return text;
}

START_TEST(read_ends_with_its_write)
{
	PipeQueue q = { 0 };

	add(&q, "hello");
	add(&q, "world");
	ck_assert_uint_eq(q.bytes, 10);
	ck_assert_str_eq(take(&q, 60), "hello");
	ck_assert_str_eq(take(&q, 60), "world");
	ck_assert_ptr_null(take(&q, 60));
	ck_assert_uint_eq(q.bytes, 0);
}
END_TEST

START_TEST(short_reads_get_the_rest_later)
{
	PipeQueue q = { 0 };

	add(&q, "abcdef");
	add(&q, "g");
	ck_assert_str_eq(take(&q, 4), "abcd");
	ck_assert_uint_eq(q.bytes, 3);
	ck_assert_str_eq(take(&q, 4), "ef");
	ck_assert_str_eq(take(&q, 4), "g");
	ck_assert_ptr_null(take(&q, 4));
}
END_TEST

START_TEST(empty_write_is_an_empty_read)
{
	PipeQueue q = { 0 };

	add(&q, "");
	add(&q, "x");
	ck_assert_str_eq(take(&q, 9), "");
	ck_assert_str_eq(take(&q, 9), "x");
}
END_TEST

START_TEST(claims_of_one_write_are_disjoint)
{
	PipeQueue q = { 0 };
	PipeTake a, b;
	char text[8];

	add(&q, "abcd");
	ck_assert(pipequeue_take(&q, 2, &a));
	ck_assert(pipequeue_take(&q, 2, &b));
	ck_assert_ptr_null(take(&q, 2));
	ck_assert_uint_eq(pipetake_copy(&b, text), 2);
	ck_assert_mem_eq(text, "cd", 2);
	ck_assert_uint_eq(pipetake_copy(&a, text), 2);
	ck_assert_mem_eq(text, "ab", 2);
}
END_TEST

START_TEST(claim_outlives_the_queue)
{
	PipeQueue q = { 0 };
	PipeTake t;
	char text[4];

	add(&q, "abc");
	add(&q, "def");
	ck_assert(pipequeue_take(&q, 1, &t));
	pipeblock_putall(pipequeue_empty(&q));
	ck_assert_uint_eq(q.bytes, 0);
	ck_assert_uint_eq(pipetake_copy(&t, text), 1);
	ck_assert_int_eq(text[0], 'a');
	add(&q, "again");
	ck_assert_str_eq(take(&q, 9), "again");
}
END_TEST

UNIT_SUITE("pipe_queue", CASE(read_ends_with_its_write), CASE(short_reads_get_the_rest_later),
    CASE(empty_write_is_an_empty_read), CASE(claims_of_one_write_are_disjoint), CASE(claim_outlives_the_queue))
