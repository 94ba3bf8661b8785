/*
 * tests/unit/pc_vga.c - text on the PC's screen.
 * Goal: what is written stands where it should, in the PC's own characters; scrolled
 * lines come back; any bytes stay inside the screen.
 */
#include "servants/cons_line.c"
#include "target-x86/drv/vga.c"
#include "tests/unit.h"

static uint16_t screen[VGA_ROWS * VGA_COLS];
static uint8_t crtc[32], crtc_reg;

int
hvm_map_phys(uint64_t pa, size_t npage, bool device, void **va)
{
	ck_assert_uint_eq(pa, 0xB8000);
	ck_assert(npage == 1 && device);
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

static Vga *
start(void)
{
	Vga *v = calloc(1, sizeof *v);

	ck_assert_int_eq(vga_start(v), 0);
	return v;
}

static const char *
row(unsigned y)
{
	static char text[VGA_COLS + 1];
	size_t n = VGA_COLS;

	for (unsigned x = 0; x < VGA_COLS; x++)
		text[x] = (char)screen[y * VGA_COLS + x];
	while (n > 0 && text[n - 1] == ' ')
		n--;
	text[n] = '\0';
	return text;
}

static void
put(Vga *v, const char *s)
{
	vga_write(v, s, strlen(s));
}

static unsigned
cursor(void)
{
	return (unsigned)crtc[CURSOR_HIGH] << 8 | crtc[CURSOR_LOW];
}

START_TEST(text_stands_where_it_should)
{
	Vga *v = start();

	put(v, "one\ntwo\rT\tx\b\by");
	ck_assert_str_eq(row(0), "one");
	ck_assert_str_eq(row(1), "Two    yx");
	ck_assert_uint_eq(cursor(), 80 + 8);
	ck_assert_uint_eq(screen[0] >> 8, 7);
	free(v);
}
END_TEST

START_TEST(characters_are_the_pcs)
{
	Vga *v = start();

	put(v, "\xC3"); /* half a character now */
	put(v, "\xA4┌─┐→…“\xFF""語|");
	ck_assert_str_eq(row(0), "\x84\xDA\xC4\xBF\x1A.\"???|");
	free(v);
}
END_TEST

START_TEST(long_line_goes_on_below)
{
	char line[VGA_COLS + 6];
	Vga *v = start();

	memset(line, 'a', sizeof line);
	line[VGA_COLS + 5] = '\0';
	put(v, line);
	ck_assert_str_eq(row(1), "aaaaa");
	free(v);
}
END_TEST

START_TEST(scrolled_lines_come_back)
{
	Vga *v = start();
	char text[24];

	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof text, "%sline %d", i > 0 ? "\n" : "", i);
		put(v, text);
	}
	ck_assert_str_eq(row(24), "line 999");
	ck_assert_str_eq(row(0), "line 975");
	vga_scroll(v, 24);
	ck_assert_str_eq(row(0), "line 951");
	ck_assert_str_eq(row(24), "line 975");
	ck_assert_uint_eq(crtc[CURSOR_START], CURSOR_OFF);
	vga_scroll(v, 100000);
	ck_assert_str_eq(row(0), "line 575"); /* VGA_HISTORY of them */
	vga_scroll(v, -100000);
	ck_assert_str_eq(row(24), "line 999");
	vga_scroll(v, 50);
	put(v, "!");
	ck_assert_str_eq(row(24), "line 999!");
	free(v);
}
END_TEST

START_TEST(control_sequences_are_not_shown)
{
	Vga *v = start();

	put(v, "a\033[1;31mred\033[0m\n\033[12");
	put(v, "Gb\nccc\rc\033[K\033x.");
	ck_assert_str_eq(row(0), "ared");
	ck_assert_str_eq(row(1), "b");
	ck_assert_str_eq(row(2), "c.");
	put(v, "\033[2J\033[Hz");
	ck_assert_str_eq(row(0), "z");
	ck_assert_str_eq(row(2), "");
	free(v);
}
END_TEST

START_TEST(any_bytes_stay_on_the_screen)
{
	Vga *v = start();
	uint32_t x = 7;
	char buf[64];

	for (int i = 0; i < 20000; i++) {
		for (size_t j = 0; j < sizeof buf; j++) {
			x = x * 1664525u + 1013904223u;
			buf[j] = (char)(x >> 24);
		}
		vga_write(v, buf, x >> 8 & 63);
		if ((x & 0xF00) == 0)
			vga_scroll(v, (int)(x >> 12 & 0x7F) - 64);
		ck_assert_uint_lt(cursor(), VGA_ROWS * VGA_COLS);
	}
	free(v);
}
END_TEST

UNIT_SUITE("pc_vga", CASE(text_stands_where_it_should), CASE(characters_are_the_pcs),
    CASE(long_line_goes_on_below), CASE(scrolled_lines_come_back),
    CASE(control_sequences_are_not_shown), CASE(any_bytes_stay_on_the_screen))
