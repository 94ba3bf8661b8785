/*
 * tests/unit/pc_vga.c - text on the PC's screen, in VGA's text memory.
 * Goal: what is written stands where it should, in the PC's own characters; control
 * sequences do what they say; scrolled lines come back; any bytes stay inside.
 */
#include "target-x86/drv/screen.c"
#include "target-x86/drv/vga.c"
#include "tests/unit.h"

enum { COLS = PLAIN_COLS, ROWS = PLAIN_ROWS };
static uint16_t screen[ROWS * COLS];
static uint8_t crtc[32], crtc_reg;

int
hvm_map_phys(uint64_t pa, size_t npage, int kind, void **va)
{
	ck_assert_uint_eq(pa, 0xB8000);
	ck_assert(npage == 1 && kind == HVM_DEVICE);
	*va = screen;
	return 0;
}

void
io_out8(uint16_t port, uint8_t v)
{
	if (port == CRTC)
		crtc_reg = v;
	else
		crtc[crtc_reg] = v;
}

static Screen *
start(void)
{
	Screen *v = calloc(1, sizeof *v);

	ck_assert_int_eq(vga_start(v), 0);
	return v;
}

static const char *
row(unsigned y)
{
	static char text[COLS + 1];
	size_t n = COLS;

	for (unsigned x = 0; x < COLS; x++)
		text[x] = (char)screen[y * COLS + x];
	while (n > 0 && text[n - 1] == ' ')
		n--;
	text[n] = '\0';
	return text;
}

static void
put(Screen *v, const char *s)
{
	screen_write(v, s, strlen(s));
	screen_draw(v);
}

/* Writes text; then row y is this. */
static void
puts_row(Screen *v, const char *text, unsigned y, const char *want)
{
	put(v, text);
	ck_assert_str_eq(row(y), want);
}

static void
scroll(Screen *v, int lines)
{
	screen_scroll(v, lines);
	screen_draw(v);
}

static void
end(Screen *v)
{
	free(v->line);
	free(v->kept);
	free(v->shown);
	free(v);
}

static unsigned
cursor(void)
{
	return (unsigned)crtc[CURSOR_HIGH] << 8 | crtc[CURSOR_LOW];
}

START_TEST(text_stands_where_it_should)
{
	Screen *v = start();

	put(v, "one\ntwo\rT\tx\b\by");
	ck_assert_str_eq(row(0), "one");
	ck_assert_str_eq(row(1), "Two    yx");
	ck_assert_uint_eq(cursor(), 80 + 8);
	ck_assert_uint_eq(screen[0] >> 8, 7);
	end(v);
}
END_TEST

START_TEST(characters_are_the_pcs)
{
	Screen *v = start();

	put(v, "\xC3"); /* half a character now */
	puts_row(v, "\xA4┌─┐→…“\xFF""語|", 0, "\x84\xDA\xC4\xBF\x1A.\"???|");
	end(v);
}
END_TEST

START_TEST(long_line_goes_on_below)
{
	char line[COLS + 6];
	Screen *v = start();

	memset(line, 'a', sizeof line);
	line[COLS + 5] = '\0';
	put(v, line);
	ck_assert_str_eq(row(1), "aaaaa");
	end(v);
}
END_TEST

START_TEST(scrolled_lines_come_back)
{
	Screen *v = start();
	char text[24];

	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof text, "%sline %d", i > 0 ? "\n" : "", i);
		put(v, text);
	}
	ck_assert_str_eq(row(24), "line 999");
	ck_assert_str_eq(row(0), "line 975");
	scroll(v, 24);
	ck_assert_str_eq(row(0), "line 951");
	ck_assert_str_eq(row(24), "line 975");
	ck_assert_uint_eq(crtc[CURSOR_START], CURSOR_OFF);
	scroll(v, 100000);
	ck_assert_str_eq(row(0), "line 575"); /* SCREEN_HISTORY of them */
	scroll(v, -100000);
	ck_assert_str_eq(row(24), "line 999");
	scroll(v, 50);
	puts_row(v, "!", 24, "line 999!");
	end(v);
}
END_TEST

START_TEST(control_sequences_are_not_shown)
{
	Screen *v = start();

	put(v, "a\033[1;31mred\033[0m\n\033[12");
	put(v, "qb\nccc\rc\033[K\033x.");
	ck_assert_str_eq(row(0), "ared");
	ck_assert_str_eq(row(1), "b");
	ck_assert_str_eq(row(2), "c.");
	put(v, "\033[2J\033[Hz");
	ck_assert_str_eq(row(0), "z");
	ck_assert_str_eq(row(2), "");
	end(v);
}
END_TEST

/* the escape sequence, then where x stands */
static const struct {
	const char *text;
	unsigned row, col;
} move[] = {
	{ "\033[Hx", 0, 0 }, { "\033[5;7Hx", 4, 6 }, { "\033[;7fx", 0, 6 }, { "\033[99;999Hx", 24, 79 },
	{ "\033[5;7H\033[Ax", 3, 6 }, { "\033[5;7H\033[2Bx", 6, 6 }, { "\033[5;7H\033[3Cx", 4, 9 },
	{ "\033[5;7H\033[6Dx", 4, 0 }, { "\033[5;7H\033[99Dx", 4, 0 }, { "\033[5;7H\033[12Gx", 4, 11 },
	{ "\033[5;7H\033[2dx", 1, 6 }, { "\033[5;7H\033[s\033[H\033[ux", 4, 6 }, { "\033[5;7H\0337\033[H\0338x", 4, 6 },
};

START_TEST(cursor_goes_where_it_is_sent)
{
	Screen *v = start();

	put(v, "\033[2J");
	put(v, move[_i].text);
	for (unsigned i = 0; i < ROWS * COLS; i++)
		ck_assert_msg(((screen[i] & 0xFF) == 'x') == (i == move[_i].row * COLS + move[_i].col), "%u", i);
	end(v);
}
END_TEST

START_TEST(full_line_keeps_the_cursor)
{
	Screen *v = start();

	put(v, "\033[79Gab");
	ck_assert_uint_eq(cursor(), 79);
	put(v, "\033[31m");
	ck_assert_uint_eq(cursor(), 79);
	put(v, "c\033[1;79Hab\bB\033[1;79Hab\033[Kx");
	ck_assert_uint_eq(screen[78] & 0xFF, 'a');
	ck_assert_uint_eq(screen[79] & 0xFF, 'x');
	ck_assert_uint_eq(screen[80] & 0xFF, 'c');
	put(v, "\033[2;78H\tt\t\tu\xE8\xAA\x9E"); /* a wide one goes on whole */
	ck_assert_uint_eq(screen[159] & 0xFF, 'u');
	ck_assert_str_eq(row(2), "??");
	puts_row(v, "\033]0;title\aend", 2, "??end");
	end(v);
}
END_TEST

START_TEST(lines_are_edited_in_place)
{
	Screen *v = start();

	puts_row(v, "0123456789\r\033[3C\033[2P", 0, "01256789");
	puts_row(v, "\033[3@ab", 0, "012ab 56789");
	puts_row(v, "\033[2X", 0, "012ab  6789");
	puts_row(v, "\033[1K", 0, "       6789");
	puts_row(v, "\n\033[1A\033[99P\033[99@\033[J", 0, "");
	end(v);
}
END_TEST

START_TEST(colours_are_the_pcs)
{
	Screen *v = start();

	put(v, "\033[31ma\033[1mb\033[44mc\033[0;7md\033[95me\033[39;49;27mf\033[38;5;31mg\033[mh");
	ck_assert_uint_eq(screen[0] >> 8, 0x04);
	ck_assert_uint_eq(screen[1] >> 8, 0x0C);
	ck_assert_uint_eq(screen[2] >> 8, 0x1C);
	ck_assert_uint_eq(screen[3] >> 8, 0x70);
	ck_assert_uint_eq(screen[4] >> 8, 0x50); /* bright as a ground would blink */
	ck_assert_uint_eq(screen[5] >> 8, 0x07);
	ck_assert_uint_eq(screen[6] >> 8, 0x07);
	ck_assert_uint_eq(screen[7] >> 8, 0x07);
	end(v);
}
END_TEST

START_TEST(lines_come_and_go)
{
	Screen *v = start();

	put(v, "a\nb\nc\nd\033[2;5H\033[L1\033[4H\033[2M\033[HM");
	ck_assert_str_eq(row(0), "M");
	ck_assert_str_eq(row(1), "    1");
	ck_assert_str_eq(row(2), "b");
	ck_assert_str_eq(row(3), "");
	put(v, "\033[2H\033M\033Mtop\033[999L\033[999M");
	ck_assert_str_eq(row(0), "");
	ck_assert_str_eq(row(1), "");
	end(v);
}
END_TEST

START_TEST(programs_have_a_screen_of_their_own)
{
	Screen *v = start();
	unsigned before;

	put(v, "shell\nprompt");
	before = v->nhistory;
	put(v, "\033[?1049h\033[?1049h\033[Hedit");
	for (int i = 0; i < 100; i++)
		put(v, "\n~");
	ck_assert_str_eq(row(23), "~");
	puts_row(v, "\033[?1049l", 0, "shell");
	ck_assert_uint_eq(cursor(), 80 + 6);
	ck_assert_uint_eq(v->nhistory, before);
	puts_row(v, "\033[?1049l\033[4mx", 1, "promptx");
	ck_assert_uint_eq(screen[86] >> 8, CYAN);
	end(v);
}
END_TEST

START_TEST(cursor_can_be_hidden)
{
	Screen *v = start();

	put(v, "\033[?25l");
	ck_assert_uint_eq(crtc[CURSOR_START], CURSOR_OFF);
	put(v, "\033[?25h");
	ck_assert_uint_ne(crtc[CURSOR_START], CURSOR_OFF);
	end(v);
}
END_TEST

START_TEST(any_bytes_stay_on_the_screen)
{
	Screen *v = start();
	uint32_t x = 7;
	char buf[64];

	for (int i = 0; i < 20000; i++) {
		for (size_t j = 0; j < sizeof buf; j++) {
			x = x * 1664525u + 1013904223u;
			buf[j] = (char)(x >> 24);
		}
		screen_write(v, buf, x >> 8 & 63);
		if ((x & 0xF00) == 0)
			screen_scroll(v, (int)(x >> 12 & 0x7F) - 64);
		screen_draw(v);
		ck_assert_uint_lt(cursor(), ROWS * COLS);
	}
	end(v);
}
END_TEST

UNIT_SUITE("pc_vga", CASE(text_stands_where_it_should), CASE(characters_are_the_pcs),
    CASE(long_line_goes_on_below), CASE(scrolled_lines_come_back),
    CASE(control_sequences_are_not_shown), CASE(full_line_keeps_the_cursor), LOOP(cursor_goes_where_it_is_sent, move),
    CASE(lines_are_edited_in_place), CASE(colours_are_the_pcs), CASE(lines_come_and_go), CASE(programs_have_a_screen_of_their_own),
    CASE(cursor_can_be_hidden), CASE(any_bytes_stay_on_the_screen))
