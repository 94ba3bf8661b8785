/*
 * tests/unit/err.c - reasons, codes, and Str.
 */
#include "lib9/lib9.h"
#include "lib9/uthread.h"
#include "tests/unit.h"

int err_host(int code);

START_TEST(each_text_leads_back_to_its_code)
{
	for (int c = Eok + 1; c < Elast; c++) {
		char text[ERRMAX];

		ck_assert_int_eq(err_code(err_text(c)), c);
		ck_assert_str_eq(err_text(-c), err_text(c));
		snprintf(text, sizeof text, "walk x: %s", err_text(c));
		ck_assert_int_eq(err_code(text), c);
		ck_assert_int_gt(err_host(c), 0);
		ck_assert_int_eq(seterr(c, NULL), -c);
		ck_assert_str_eq(err_reason(), err_text(c));
	}
	ck_assert_int_eq(err_code("disk on fire"), Eremote);
	ck_assert_int_eq(err_code("no out of memory"), Eremote);
	ck_assert_int_eq(err_code(""), Eremote);
}
END_TEST

START_TEST(reason_names_what_was_tried)
{
	ck_assert_int_eq(seterr(Enonexist, "walk %s", "x"), -Enonexist);
	ck_assert_str_eq(err_reason(), "walk x: file does not exist");
	seterr(Eio, "%s", err_reason());
	ck_assert_str_eq(err_reason(), "walk x: file does not exist: i/o error");
	ck_assert_int_eq(uthread_self()->errcode, Eio);
}
END_TEST

START_TEST(long_reason_keeps_the_text_and_whole_runes)
{
	for (int n = 60; n < 200; n++) {
		char name[640];

		for (int i = 0; i < n; i++)
			memcpy(name + 3 * i, "日", 3);
		name[3 * n] = '\0';
		seterr(Eperm, "%.*s%s", n % 3, "ab", name);
		ck_assert_uint_lt(strlen(err_reason()), ERRMAX);
		ck_assert_int_eq(err_code(err_reason()), Eperm);
		ck_assert(utf8_valid(str_of(err_reason())));
		err_set(Eremote, name);
		ck_assert_uint_lt(strlen(err_reason()), ERRMAX);
		ck_assert(utf8_valid(str_of(err_reason())));
	}
}
END_TEST

static const struct {
	const char *said, *once;
} messages[] = {
	{ "rm: x: x: file does not exist", "rm: x: file does not exist" },
	{ "can't open x: x: file does not exist", "can't open x: file does not exist" },
	{ "x: x: why", "x: why" },
	{ "can't open ax: x: why", "can't open ax: x: why" },
	{ "cat: can't open a/b: a/b: b: why", "cat: can't open a/b: why" },
	{ "rm: x: permission denied", "rm: x: permission denied" },
	{ "rm: rm: rm: why", "rm: rm: why" },
	{ "can't create /a/x: x: why", "can't create /a/x: why" },
	{ "/a/x: a: why", "/a/x: a: why" },
	{ "", "" },
	{ ": : ", ": : " },
};

START_TEST(message_names_a_file_once)
{
	char text[80];

	strcpy(text, messages[_i].said);
	err_once(text);
	ck_assert_str_eq(text, messages[_i].once);
}
END_TEST

START_TEST(views_compare_by_content)
{
	Str s = { "abcdef", 3 };
	char *copy = str_dup(s);

	ck_assert_str_eq(copy, "abc");
	ck_assert(str_eq(s, "abc") && !str_eq(s, "ab") && !str_eq(s, "abcd") && str_eq((Str){ NULL, 0 }, ""));
	ck_assert(str_same(s, str_of("abc")) && !str_same(s, str_of("abd")) && !str_same(s, str_of("ab")) &&
	    !str_same(str_of("ab"), s));
	ck_assert(str_same((Str){ NULL, 0 }, str_of("")));
	free(copy);
}
END_TEST

START_TEST(reads_serve_a_part_of_a_text)
{
	char buf[8] = "";

	ck_assert_int_eq(readstr(buf, 3, 0, "hello"), 3);
	ck_assert_int_eq(readstr(buf, 8, 3, "hello"), 2);
	ck_assert_mem_eq(buf, "lol", 3);
	ck_assert_int_eq(readstr(buf, 8, 5, "hello"), 0);
	ck_assert_int_eq(readstr(buf, 8, UINT64_MAX, "hello"), 0);
	ck_assert_int_eq(readbuf(buf, 0, 0, "hello", 5), 0);
}
END_TEST

UNIT_SUITE("err", CASE(each_text_leads_back_to_its_code), CASE(reason_names_what_was_tried),
    LOOP(message_names_a_file_once, messages), CASE(long_reason_keeps_the_text_and_whole_runes), CASE(views_compare_by_content), CASE(reads_serve_a_part_of_a_text))
