/*
 * tests/unit/cons_size.c - the terminal asked for its size, amid what is typed.
 * Goal: the answer is taken out, wherever it comes, and nothing else is; without a
 * question nothing is held back.
 */
#include "tests/unit.h"
#include "tests/unit/fake_core.h"
#include "servants/cons_size.c"

static bool tells;
static int questions;

bool
conio_tells_size(void)
{
	return tells;
}

void
conio_size(unsigned *cols, unsigned *rows)
{
	*cols = *rows = 0;
}

int64_t
conio_write(int port, const void *buf, size_t n)
{
	USED(port), USED(buf);
	questions++;
	return (int64_t)n;
}

static const struct {
	bool asked;
	const char *typed, *input;
	unsigned cols, rows;     /* 0: as before */
} rows[] = {
	{ true, "\033[50;132R", "", 132, 50 },
	{ true, "ab\033[50;132Rcd", "abcd", 132, 50 },
	{ true, "\033[A\033[50;132R", "\033[A", 132, 50 },
	{ true, "\033x\033[3~\033OA", "\033x\033[3~\033OA", 0, 0 },
	{ true, "\033\033[50;132R", "\033\033[50;132R", 0, 0 },
	{ true, "\033[R", "\033[R", 0, 0 },
	{ true, "\033[5R", "\033[5R", 0, 0 },
	{ true, "\033[0;0R", "\033[0;0R", 0, 0 },
	{ true, "\033[11111111111111111;1R", "\033[11111111111111111;1R", 0, 0 },
	{ true, "\033[50;132Rx\033[10;20R", "x\033[10;20R", 132, 50 },
	{ false, "\033[50;132R", "\033[50;132R", 0, 0 },
};

START_TEST(answers_are_taken_out)
{
	char got[64];
	size_t n = 0;
	unsigned c, r;
	bool other, any = false;

	if (rows[_i].asked)
		ck_assert_int_eq(size_ask(), 0);
	ck_assert_int_eq(questions, rows[_i].asked);
	for (const char *s = rows[_i].typed; *s != '\0'; s++) {
		n += size_input((uint8_t)*s, got + n, &other);
		any = any || other;
	}
	got[n] = '\0';
	ck_assert_str_eq(got, rows[_i].input);
	size_get(&c, &r);
	ck_assert_uint_eq(c, rows[_i].cols != 0 ? rows[_i].cols : 80);
	ck_assert_uint_eq(r, rows[_i].cols != 0 ? rows[_i].rows : 24);
	ck_assert_int_eq(any, rows[_i].cols != 0);
}
END_TEST

START_TEST(a_device_that_tells_is_not_asked)
{
	tells = true;
	ck_assert_int_eq(size_ask(), 0);
	ck_assert_int_eq(questions, 0);
	ck_assert_int_eq(size_set(0, 5), -Ebadarg);
	ck_assert_int_eq(size_set(10000, 5), -Ebadarg);
}
END_TEST

UNIT_SUITE("cons_size", LOOP(answers_are_taken_out, rows), CASE(a_device_that_tells_is_not_asked))
