/*
 * tests/unit/utf.c - UTF-8: each rune survives encoding and decoding, and only
 * what RFC 3629 allows is taken.
 */
#include "lib9/lib9.h"
#include "tests/unit.h"

/* Check notes down each assertion, in a file: too slow for millions of them. */
#define NEED(e) do { if (!(e)) ck_abort_msg("%s", #e); } while (0)

START_TEST(each_rune_survives)
{
	for (Rune r = 1; r <= Runemax; r++) {
		char utf[UTFmax + 1] = "";
		Rune back;
		int n;

		if (r >= 0xD800 && r <= 0xDFFF)
			continue;
		n = runetochar(utf, &r);
		NEED(n == runelen(r));
		NEED(chartorune(&back, utf) == n);
		NEED(back == r);
		for (int i = 1; i < n; i++)
			NEED(!fullrune(utf, (size_t)i));
		NEED(fullrune(utf, (size_t)n));
	}
}
END_TEST

/* Unicode 15, table 3-7; 0: not well-formed. */
static int
well_formed(const unsigned char *s)
{
#define TAIL(c) ((c) >= 0x80 && (c) <= 0xBF)
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xC2 && s[0] <= 0xDF)
		return TAIL(s[1]) ? 2 : 0;
	if (s[0] == 0xE0)
		return s[1] >= 0xA0 && s[1] <= 0xBF && TAIL(s[2]) ? 3 : 0;
	if ((s[0] >= 0xE1 && s[0] <= 0xEC) || s[0] == 0xEE || s[0] == 0xEF)
		return TAIL(s[1]) && TAIL(s[2]) ? 3 : 0;
	if (s[0] == 0xED)
		return s[1] >= 0x80 && s[1] <= 0x9F && TAIL(s[2]) ? 3 : 0;
	if (s[0] == 0xF0)
		return s[1] >= 0x90 && s[1] <= 0xBF && TAIL(s[2]) && TAIL(s[3]) ? 4 : 0;
	if (s[0] >= 0xF1 && s[0] <= 0xF3)
		return TAIL(s[1]) && TAIL(s[2]) && TAIL(s[3]) ? 4 : 0;
	if (s[0] == 0xF4)
		return s[1] >= 0x80 && s[1] <= 0x8F && TAIL(s[2]) && TAIL(s[3]) ? 4 : 0;
	return 0;
}

START_TEST(only_well_formed_bytes_are_runes)
{
	static const unsigned char third[] = { 0, 'a', 0x7F, 0x80, 0xBF, 0xC0, 0xFF };

	for (unsigned a = 1; a < 256; a++)
		for (unsigned b = 0; b < 256; b++)
			for (size_t i = 0; i < nelem(third) * nelem(third); i++) {
				unsigned char s[5] = { (unsigned char)a, (unsigned char)b, third[i / nelem(third)], third[i % nelem(third)], 0 };
				int want = well_formed(s), n;
				Rune r;

				n = chartorune(&r, (char *)s);
				NEED(n == (want == 0 ? 1 : want));
				if (want == 0)
					NEED(r == Runeerror);
				NEED(utf8_valid((Str){ (char *)s, (size_t)n }) == (want != 0));
			}
}
END_TEST

START_TEST(bad_runes_become_runeerror)
{
	static const Rune bad[] = { 0xD800, 0xDFFF, 0x110000, 0xFFFFFFFF };

	for (size_t i = 0; i < nelem(bad); i++) {
		char utf[UTFmax];

		ck_assert_int_eq(runetochar(utf, &bad[i]), 3);
		ck_assert_mem_eq(utf, "\xEF\xBF\xBD", 3);
	}
}
END_TEST

START_TEST(text_is_searched_by_rune)
{
	const char *s = "aéßé日";

	ck_assert_uint_eq(utflen(s), 5);
	ck_assert_uint_eq(utfnlen(s, 2), 1);
	ck_assert_uint_eq(utfnlen(s, 3), 2);
	ck_assert_ptr_eq(utfrune(s, 0xE9), s + 1);
	ck_assert_ptr_eq(utfrrune(s, 0xE9), s + 5);
	ck_assert_ptr_eq(utfrune(s, 'z'), NULL);
	ck_assert_ptr_eq(utfrrune(s, 'z'), NULL);
	ck_assert_ptr_eq(utfrune(s, 0), s + strlen(s));
	ck_assert(!utf8_valid((Str){ "\xE6\x97", 2 }));
}
END_TEST

START_TEST(letters_have_cases)
{
	static const Rune pairs[][2] = { { 'A', 'a' }, { 0xC9, 0xE9 }, { 0x3A9, 0x3C9 }, { 0x416, 0x436 }, { 0x178, 0xFF },
		{ 0x100, 0x101 }, { 0x1E900, 0x1E922 } };

	for (size_t i = 0; i < nelem(pairs); i++) {
		ck_assert_uint_eq(tolowerrune(pairs[i][0]), pairs[i][1]);
		ck_assert_uint_eq(toupperrune(pairs[i][1]), pairs[i][0]);
		ck_assert(isupperrune(pairs[i][0]) && islowerrune(pairs[i][1]));
		ck_assert(isalpharune(pairs[i][0]) && isalpharune(pairs[i][1]));
	}
	ck_assert(isalpharune(0x65E5) && isalpharune(0x3042) && !isalpharune('1') && !isalpharune(0x3002));
	ck_assert_uint_eq(toupperrune(0xD7), 0xD7);
	ck_assert(isspacerune(' ') && isspacerune(0x3000) && !isspacerune('x'));
	ck_assert(isdigitrune('7') && !isdigitrune('x'));
}
END_TEST

START_TEST(runes_take_columns)
{
	static const struct {
		Rune r;
		int width;
	} table[] = { { 'a', 1 }, { 0xE9, 1 }, { 0x301, 0 }, { 0x65E5, 2 }, { 0x3042, 2 }, { 0xFF21, 2 }, { 0xFF71, 1 },
		{ 0x200B, 0 }, { 0xAD, 1 }, { 0x1F600, 2 }, { 0x20000, 2 }, { 0x1160, 0 }, { 0x1100, 2 }, { 0xAC00, 2 },
		{ 0xFE0F, 0 }, { 0x10FFFF, 1 }, { 0, 1 } };

	for (size_t i = 0; i < nelem(table); i++)
		ck_assert_int_eq(rune_width(table[i].r), table[i].width);
}
END_TEST

UNIT_SUITE("utf", CASE(each_rune_survives), CASE(only_well_formed_bytes_are_runes), CASE(bad_runes_become_runeerror),
    CASE(text_is_searched_by_rune), CASE(letters_have_cases), CASE(runes_take_columns))
