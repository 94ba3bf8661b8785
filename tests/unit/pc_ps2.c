/*
 * tests/unit/pc_ps2.c - the PC keyboard's codes.
 * Goal: what is typed on a US keyboard comes out, other keys as a terminal's sequences,
 * and no sequence of codes makes more than that or a NUL.
 */
#include "target-x86/drv/ps2.c"
#include "tests/unit.h"

static const struct {
	const char *codes, *text;
} rows[] = {
	{ "\x23\xA3\x17\x97", "hi" },
	{ "\x2A\x23\xA3\xAA\x23", "Hh" },
	{ "\x36\x02\xB6\x02", "!1" },
	{ "\x3A\xBA\x1E\x9E\x02\x3A\xBA\x1E", "A1a" },
	{ "\x3A\xBA\x2A\x1E\xAA", "a" },             /* caps and shift */
	{ "\x1D\x2E\x9D\x2E", "\003c" },
	{ "\xE0\x1D\x19\xE0\x9D\x19", "\020p" },     /* right ctrl */
	{ "\x1D\x2A\x1A\xAA\x9D", "{" },             /* @ to _ and letters make controls */
	{ "\x1C\xE0\x1C\x0E\x0F\x39", "\r\r\b\t " },
	{ "\xE0\x35", "/" },
	{ "\xE0\x48\xE0\x50\xE0\x4B\xE0\x4D", "\033[A\033[B\033[D\033[C" },
	{ "\x1D\xE0\x4D\x9D\x38\xE0\x4B\x2A\xE0\x4B\xAA\xB8", "\033[1;5C\033[1;3D\033[1;4D" }, /* with modifiers */
	{ "\xE0\x47\xE0\x4F\xE0\x49\xE0\x51\xE0\x52", "\033[H\033[F\033[5~\033[6~\033[2~" },
	{ "\x47\x48\x4A\x4C\x4E", "\033[H\033[A-5+" }, /* the keypad */
	{ "\x38\x30\xB8\x30", "\033bb" },            /* alt */
	{ "\x1D\x58\x9D\x2A\x3B\xAA", "\033[24;5~\033[1;2P" },
	{ "\x2A\x0F\xAA\x0F", "\033[Z\t" },
	{ "\x3B\x44\x57\x58", "\033OP\033[21~\033[23~\033[24~" },
	{ "\xE0\x2A\xE0\x47\xE0\xC7\xE0\xAA\x1E", "\033[Ha" }, /* a shift that is none */
	{ "\xE1\x1D\x45\xE1\x9D\xC5\x1E", "a" },     /* pause */
	{ "\xE0\x53", "\033[3~" },
	{ "\x1D\x39\x9D\x39", " " },                 /* ctrl-space would be a NUL */
};

static const char *
typed(const char *codes)
{
	static char text[256];
	enum KeyScroll scroll;
	Keys k = { 0 };
	size_t n = 0;

	for (; *codes != '\0'; codes++)
		n += keys_code(&k, (uint8_t)*codes, text + n, &scroll);
	text[n] = '\0';
	return text;
}

START_TEST(codes_give_the_text)
{
	ck_assert_str_eq(typed(rows[_i].codes), rows[_i].text);
}
END_TEST

START_TEST(shifted_page_keys_scroll)
{
	enum KeyScroll scroll;
	char text[KEY_TEXT_MAX];
	Keys k = { 0 };

	ck_assert_uint_eq(keys_code(&k, 0x2A, text, &scroll), 0);
	ck_assert_uint_eq(keys_code(&k, 0xE0, text, &scroll), 0);
	ck_assert_uint_eq(keys_code(&k, 0x49, text, &scroll), 0);
	ck_assert_int_eq(scroll, SCROLL_BACK);
	ck_assert_uint_eq(keys_code(&k, 0x51, text, &scroll), 0);
	ck_assert_int_eq(scroll, SCROLL_FORWARD);
	ck_assert_uint_eq(keys_code(&k, 0xAA, text, &scroll), 0);
	ck_assert_uint_eq(keys_code(&k, 0x51, text, &scroll), 4);
	ck_assert_int_eq(scroll, SCROLL_NONE);
}
END_TEST

START_TEST(any_codes_are_harmless)
{
	enum KeyScroll scroll;
	uint32_t x = 1;
	Keys k = { 0 };

	for (int i = 0; i < 200000; i++) {
		char *text = malloc(KEY_TEXT_MAX);
		size_t n;

		x = x * 1664525u + 1013904223u;
		n = keys_code(&k, (uint8_t)(x >> 24), text, &scroll);
		ck_assert_uint_le(n, KEY_TEXT_MAX);
		for (size_t j = 0; j < n; j++)
			ck_assert_int_ne(text[j], 0);
		free(text);
	}
}
END_TEST

UNIT_SUITE("pc_ps2", LOOP(codes_give_the_text, rows), CASE(shifted_page_keys_scroll),
    CASE(any_codes_are_harmless))
