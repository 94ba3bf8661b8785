/*
 * tests/unit/pc_fb.c - text on a frame buffer.
 * Goal: each cell has its glyph's pixels in its colours, wherever the lines of pixels
 * are; wide characters have two; nothing is drawn that has not changed, nothing outside;
 * a font in GRUB's format is read, a damaged one never past its end.
 */
#include <sys/mman.h>
#include "target-x86/plain/plain.c"
#include "target-x86/drv/font.c"
#include "target-x86/drv/screen.c"
#include "target-x86/drv/fb.c"
#include "tests/unit.h"

/* a glyph says which character it is: its first byte; more of it in the last */
#define G(c) { c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (c) ^ 0xFF }
#define G8(c) G(c), G(c + 1), G(c + 2), G(c + 3), G(c + 4), G(c + 5), G(c + 6), G(c + 7)
const uint8_t font_ascii[FONT_LAST - FONT_FIRST + 1][GLYPH_HEIGHT] = { G8(0x20), G8(0x28), G8(0x30), G8(0x38),
	G8(0x40), G8(0x48), G8(0x50), G8(0x58), G8(0x60), G8(0x68), G8(0x70), G(0x78), G(0x79), G(0x7A), G(0x7B), G(0x7C),
	G(0x7D), G(0x7E) };
const FontGlyph font_more[] = { { 0xC4, G(0xC4) }, { 0x2500, G(0xC1) } };
const size_t font_nmore = 2;

enum { WIDTH = 404, HEIGHT = 165, PITCH = 4 * 420, COLS = 50, ROWS = 10, SIZE = HEIGHT * PITCH, MARK = 0x12345678 };
static uint32_t pixel[SIZE / 4 + 1024];
static unsigned nbootinfo;
static uint8_t *module_font;
static size_t module_size;

int
hvm_bootinfo(int index, uint64_t *pa, size_t *size, char *cmdline, size_t n)
{
	static const char *const line[] = { "core screen=0x1000,1,1,1,1,1,1", "font x", "screen screen=0x10010,1680,404,165,16,8,0" };

	if (index >= (int)nbootinfo)
		return -Enonexist;
	snprintf(cmdline, n, "%s", line[index]);
	*pa = index == 1 ? 0x5000 : 0;
	*size = index == 1 ? module_size : 0;
	return 0;
}

int
hvm_map_phys(uint64_t pa, size_t npage, int kind, void **va)
{
	if (kind == HVM_MODULE) {
		ck_assert(pa == 0x5000 && npage == (module_size + PAGE - 1) / PAGE);
		*va = module_font;
		return 0;
	}
	ck_assert(kind == HVM_PIXELS && pa == 0x10000);
	ck_assert_uint_eq(npage, (0x10 + ROWS * GLYPH_HEIGHT * PITCH + PAGE - 1) / PAGE);
	*va = pixel;
	return 0;
}

void
klog(const char *fmt, ...)
{
	(void)fmt;
}

static Screen *
start(unsigned nmodule)
{
	Screen *s = calloc(1, sizeof *s);

	nbootinfo = nmodule;
	for (size_t i = 0; i < nelem(pixel); i++)
		pixel[i] = MARK;
	ck_assert_int_eq(fb_start(s), 0);
	return s;
}

static void
end(Screen *s)
{
	free(s->line);
	free(s->kept);
	free(s->shown);
	free(s);
}

static void
put(Screen *s, const char *text)
{
	screen_write(s, text, strlen(text));
	screen_draw(s);
}

/* byte i of the cell's glyph, where pixels have the colour fg; all others must be bg */
static uint8_t
bits(unsigned x, unsigned y, unsigned i, uint32_t fg, uint32_t bg)
{
	const uint32_t *p = pixel + 4 + (y * GLYPH_HEIGHT + i) * (PITCH / 4) + x * GLYPH_WIDTH;
	uint8_t r = 0;

	for (unsigned k = 0; k < 8; k++) {
		ck_assert_msg(p[k] == fg || p[k] == bg, "cell %u,%u line %u: %x", x, y, i, p[k]);
		r = (uint8_t)(r << 1 | (p[k] == fg));
	}
	return r;
}

static void
cell_is(unsigned x, unsigned y, uint8_t c)
{
	ck_assert_msg(bits(x, y, 0, 0xAAAAAA, 0) == c, "cell %u,%u: %c", x, y, bits(x, y, 0, 0xAAAAAA, 0));
	ck_assert_uint_eq(bits(x, y, 15, 0xAAAAAA, 0), (uint8_t)~c);
}

START_TEST(no_frame_buffer_is_none)
{
	Screen s = { .cols = 0 };

	nbootinfo = 2; /* other modules' words are theirs */
	ck_assert_int_eq(fb_start(&s), -Enonexist);
}
END_TEST

START_TEST(cells_have_their_glyphs)
{
	Screen *s = start(3);

	ck_assert(s->cols == COLS && s->rows == ROWS);
	put(s, "Az\n\n\xC3\x84\xE2\x94\x80\xE3\x81\x82!"); /* Ä ─ あ: the last in no font */
	cell_is(0, 0, 'A');
	cell_is(1, 0, 'z');
	cell_is(0, 2, 0xC4);
	cell_is(1, 2, 0xC1);
	cell_is(2, 2, '?');
	cell_is(3, 2, '?');
	cell_is(4, 2, '!');
	end(s);
}
END_TEST

START_TEST(nothing_outside_is_touched)
{
	Screen *s = start(3);

	for (int i = 0; i < 3000; i++)
		put(s, "\033[41mxyz");
	for (unsigned i = 0; i < nelem(pixel); i++) {
		unsigned line = i < 4 ? HEIGHT : (i - 4) / (PITCH / 4), x = i < 4 ? 0 : (i - 4) % (PITCH / 4);

		ck_assert_msg((pixel[i] == MARK) == (x >= COLS * 8 || line >= ROWS * 16), "pixel %u", i);
	}
	end(s);
}
END_TEST

START_TEST(colours_and_cursor)
{
	Screen *s = start(3);

	put(s, "\033[32;44ma\033[1mb\033[0m");
	ck_assert_uint_eq(bits(0, 0, 0, 0x00AA00, 0x0000AA), 'a');
	ck_assert_uint_eq(bits(1, 0, 0, 0x55FF55, 0x0000AA), 'b');
	ck_assert_uint_eq(bits(2, 0, 0, 0x000000, 0xAAAAAA), ' '); /* the cursor */
	put(s, "c");
	cell_is(2, 0, 'c');
	put(s, "\033[4md\033[24m");
	ck_assert_uint_eq(bits(3, 0, 14, 0xAAAAAA, 0), 0xFF);
	put(s, "\b \b\033[?25l");
	cell_is(3, 0, ' ');
	end(s);
}
END_TEST

/* what has not changed is not drawn: a mark in a cell stays */
START_TEST(only_changes_are_drawn)
{
	Screen *s = start(3);

	put(s, "same\nother");
	pixel[4] = MARK;
	put(s, "\rnew\nmore\033[Hsame");
	ck_assert_uint_eq(pixel[4], MARK);
	put(s, "\033[HS");
	cell_is(0, 0, 'S');
	end(s);
}
END_TEST

START_TEST(many_lines_at_once_are_drawn_once)
{
	Screen *s = start(3);
	char text[24];

	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof text, "%d\n", i);
		screen_write(s, text, strlen(text));
	}
	cell_is(1, 0, ' ');
	screen_draw(s);
	cell_is(0, ROWS - 2, '9');
	cell_is(2, ROWS - 2, '9');
	cell_is(2, ROWS - 3, '8');
	screen_scroll(s, ROWS - 1);
	screen_draw(s);
	cell_is(2, ROWS - 2, '0');
	end(s);
}
END_TEST

/* ---- a font file ---- */
enum { FONT_GLYPH = 12 + 10 + 10 + 8 + 3 * CHIX_SIZE + 8 };
static uint8_t *font_end; /* what follows can't be touched */
static size_t font_size;

static void
add(uint32_t v, int n)
{
	while (n-- > 0)
		module_font[font_size++] = (uint8_t)(v >> 8 * n);
}

static void
name(const char *s, uint32_t n)
{
	memcpy(module_font + font_size, s, 4);
	font_size += 4;
	add(n, 4);
}

/* 'あ' is a box of 3 by 5 pixels, 6 from the left, 2 below the line at 14 */
static void
font_make(size_t room)
{
	size_t page = 4096;
	uint8_t *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	mprotect(p + page, page, PROT_NONE);
	font_end = p + page;
	module_font = font_end - room;
	font_size = 0;
	name("FILE", 4), add(0x50464632, 4);
	name("MAXH", 2), add(16, 2);
	name("ASCE", 2), add(14, 2);
	name("CHIX", 3 * CHIX_SIZE);
	add(0x41, 4), add(0, 1), add(FONT_GLYPH, 4);
	add(0x3042, 4), add(0, 1), add(FONT_GLYPH, 4);
	add(0x1F600, 4), add(0, 1), add(0xFFFFFFFA, 4);
	name("DATA", 0xFFFFFFFF);
	ck_assert_uint_eq(font_size, FONT_GLYPH);
	add(3, 2), add(5, 2), add(6, 2), add((uint32_t)-2, 2), add(16, 2);
	add(0xF6DE, 2); /* 111 101 101 101 111 0 */
	ck_assert_uint_le(font_size, room);
	module_size = font_size;
}
enum { FONT_SIZE = FONT_GLYPH + GLYPH_HEAD + 2 };

START_TEST(a_font_has_the_others)
{
	Screen *s;

	font_make(4096); /* as modules lie: on a page */
	s = start(3);
	put(s, "\xE3\x81\x82""A\xF0\x9F\x98\x80.");
	for (unsigned i = 0; i < 16; i++) {
		ck_assert_uint_eq(bits(0, 0, i, 0xAAAAAA, 0), i == 11 || i == 15 ? 3 : i > 11 ? 2 : 0);
		ck_assert_uint_eq(bits(1, 0, i, 0xAAAAAA, 0), i >= 11 ? 0x80 : 0);
	}
	cell_is(2, 0, 'A'); /* the built-in one */
	cell_is(3, 0, '?'); /* its glyph lies outside the file */
	put(s, "\033[2GB"); /* half of a wide character is none */
	cell_is(1, 0, 'B');
	cell_is(0, 0, ' ');
	end(s);
}
END_TEST

START_TEST(a_damaged_font_is_not_read_past_its_end)
{
	uint8_t b[GLYPH_HEIGHT];

	for (size_t n = 0; n < FONT_SIZE; n++) {
		uint8_t whole[FONT_SIZE];

		font_make(FONT_SIZE);
		memcpy(whole, module_font, FONT_SIZE);
		memcpy(font_end - n, whole, n);
		if (font_open(font_end - n, n))
			for (int right = 0; right < 2; right++)
				font_bits(0x3042, right, b);
		/* one byte is another */
		for (unsigned v = 0; v < 256; v += 5) {
			memcpy(font_end - FONT_SIZE, whole, FONT_SIZE);
			font_end[-(int)FONT_SIZE + (int)n] = (uint8_t)v;
			if (font_open(font_end - FONT_SIZE, FONT_SIZE))
				for (int right = 0; right < 2; right++)
					font_bits(0x3042, right, b);
		}
		munmap(font_end - 4096, 8192);
	}
}
END_TEST

/* ---- plain text, as the loader has it ---- */
START_TEST(plain_text_goes_round)
{
	Plain p = { 0x10010, PITCH, WIDTH, HEIGHT, 16, 8, 0 };
	uint32_t at = 0;

	for (size_t i = 0; i < nelem(pixel); i++)
		pixel[i] = MARK;
	for (const char *c = "one\ntwo\tx"; *c != '\0'; c++)
		plain_type(&p, pixel + 4, &at, *c);
	cell_is(0, 0, 'o');
	cell_is(2, 1, 'o');
	cell_is(3, 1, 'x');
	cell_is(49, 9, ' ');
	for (unsigned i = 0; i < COLS * ROWS; i++)
		plain_type(&p, pixel + 4, &at, i < COLS * 8 - 4 ? '-' : '+');
	cell_is(3, 1, '+');
	cell_is(4, 1, ' ');
	ck_assert_uint_eq(pixel[3], MARK);
	ck_assert_uint_eq(pixel[4 + COLS * 8], MARK);
	ck_assert_uint_eq(pixel[4 + ROWS * 16 * (PITCH / 4)], MARK);
}
END_TEST

UNIT_SUITE("pc_fb", CASE(no_frame_buffer_is_none), CASE(cells_have_their_glyphs), CASE(nothing_outside_is_touched),
    CASE(colours_and_cursor), CASE(only_changes_are_drawn), CASE(many_lines_at_once_are_drawn_once),
    CASE(a_font_has_the_others), CASE(a_damaged_font_is_not_read_past_its_end), CASE(plain_text_goes_round))
