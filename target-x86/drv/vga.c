/*
 * vga.c - the screen in VGA text mode, 80 columns by 25 rows, with VGA_HISTORY lines
 * to scroll back to. UTF-8 is shown in code page 437, as far as that goes. Of control
 * sequences (ESC [ ...) J, K and H without numbers clear and go home; the others are
 * swallowed.
 * LOCKS   the caller's
 * SEE     tests/unit/pc_vga.c
 */
#include "hvm/hvm.h"
#include "target-x86/drv/pc_cons.h"

enum {
	SCREEN_PHYS = 0xB8000, SCREEN_PAGES = 1, ATTR = 0x0700, BLANK = ATTR | ' ', SCREEN_TAB = 8,
	CRTC = 0x3D4, CRTC_DATA = 0x3D5, CURSOR_START = 10, CURSOR_HIGH = 14, CURSOR_LOW = 15,
	CURSOR_OFF = 0x20, CURSOR_FORM = 14,
};

/* Code page 437 from 0x80 on, then from 0x01 on. */
static const uint16_t high[128] = {
	0xC7, 0xFC, 0xE9, 0xE2, 0xE4, 0xE0, 0xE5, 0xE7, 0xEA, 0xEB, 0xE8, 0xEF, 0xEE, 0xEC, 0xC4, 0xC5,
	0xC9, 0xE6, 0xC6, 0xF4, 0xF6, 0xF2, 0xFB, 0xF9, 0xFF, 0xD6, 0xDC, 0xA2, 0xA3, 0xA5, 0x20A7, 0x192,
	0xE1, 0xED, 0xF3, 0xFA, 0xF1, 0xD1, 0xAA, 0xBA, 0xBF, 0x2310, 0xAC, 0xBD, 0xBC, 0xA1, 0xAB, 0xBB,
	0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255D, 0x255C, 0x255B, 0x2510,
	0x2514, 0x2534, 0x252C, 0x251C, 0x2500, 0x253C, 0x255E, 0x255F, 0x255A, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256C, 0x2567,
	0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256B, 0x256A, 0x2518, 0x250C, 0x2588, 0x2584, 0x258C, 0x2590, 0x2580,
	0x3B1, 0xDF, 0x393, 0x3C0, 0x3A3, 0x3C3, 0xB5, 0x3C4, 0x3A6, 0x398, 0x3A9, 0x3B4, 0x221E, 0x3C6, 0x3B5, 0x2229,
	0x2261, 0xB1, 0x2265, 0x2264, 0x2320, 0x2321, 0xF7, 0x2248, 0xB0, 0x2219, 0xB7, 0x221A, 0x207F, 0xB2, 0x25A0, 0xA0,
};
static const uint16_t low[] = {
	0x263A, 0x263B, 0x2665, 0x2666, 0x2663, 0x2660, 0x2022, 0x25D8, 0x25CB, 0x25D9, 0x2642, 0x2640, 0x266A, 0x266B, 0x263C, 0x25BA,
	0x25C4, 0x2195, 0x203C, 0xB6, 0xA7, 0x25AC, 0x21A8, 0x2191, 0x2193, 0x2192, 0x2190, 0x221F, 0x2194, 0x25B2, 0x25BC,
};
/* What has a plain likeness. */
static const struct {
	uint16_t rune;
	char c;
} like[] = {
	{ 0x2018, '\'' }, { 0x2019, '\'' }, { 0x201C, '"' }, { 0x201D, '"' }, { 0x2010, '-' },
	{ 0x2011, '-' }, { 0x2012, '-' }, { 0x2013, '-' }, { 0x2014, '-' }, { 0x2212, '-' },
	{ 0x2026, '.' }, { 0x3BC, (char)0xE6 }, { 0x3B2, (char)0xE1 },
};

uint8_t
vga_glyph(Rune r)
{
	if (r >= 0x20 && r < 0x7F)
		return (uint8_t)r;
	for (size_t i = 0; i < nelem(high); i++)
		if (high[i] == r)
			return (uint8_t)(0x80 + i);
	for (size_t i = 0; i < nelem(low); i++)
		if (low[i] == r)
			return (uint8_t)(1 + i);
	for (size_t i = 0; i < nelem(like); i++)
		if (like[i].rune == r)
			return (uint8_t)like[i].c;
	return '?';
}

/* ---- the screen shows the last rows, or those scrolled back to ---- */

static void
row_show(const Vga *v, unsigned row, const uint16_t *from)
{
	for (unsigned x = 0; x < VGA_COLS; x++)
		v->cell[row * VGA_COLS + x] = from[x];
}

static void
screen_show(const Vga *v)
{
	for (unsigned row = 0; row < VGA_ROWS; row++)
		if (row < v->back)
			row_show(v, row, v->history[(v->newest + VGA_HISTORY - (v->back - row)) % VGA_HISTORY]);
		else
			row_show(v, row, v->shadow[row - v->back]);
}

static void
cell_set(Vga *v, unsigned y, unsigned x, uint16_t c)
{
	v->shadow[y][x] = c;
	v->cell[y * VGA_COLS + x] = c;
}

static void
row_clear(Vga *v, unsigned y, unsigned from)
{
	for (unsigned x = from; x < VGA_COLS; x++)
		cell_set(v, y, x, BLANK);
}

void
vga_clear(Vga *v)
{
	for (unsigned y = 0; y < VGA_ROWS; y++)
		row_clear(v, y, 0);
	v->x = v->y = 0;
}

static void
line_feed(Vga *v)
{
	v->x = 0;
	if (v->y + 1 < VGA_ROWS) {
		v->y++;
		return;
	}
	memcpy(v->history[v->newest], v->shadow[0], sizeof v->shadow[0]);
	v->newest = (v->newest + 1) % VGA_HISTORY;
	v->nhistory += v->nhistory < VGA_HISTORY;
	memmove(v->shadow[0], v->shadow[1], sizeof v->shadow - sizeof v->shadow[0]);
	for (unsigned x = 0; x < VGA_COLS; x++)
		v->shadow[VGA_ROWS - 1][x] = BLANK;
	screen_show(v);
}

void
vga_scroll(Vga *v, int lines)
{
	int back = (int)v->back + lines;

	v->back = back < 0 ? 0 : back > (int)v->nhistory ? v->nhistory : (unsigned)back;
	screen_show(v);
	vga_cursor(v);
}

void
vga_cursor(const Vga *v)
{
	unsigned at = v->y * VGA_COLS + (v->x < VGA_COLS ? v->x : VGA_COLS - 1);

	io_out8(CRTC, CURSOR_START);
	io_out8(CRTC_DATA, v->back > 0 ? CURSOR_OFF : CURSOR_FORM - 1);
	io_out8(CRTC, CURSOR_HIGH);
	io_out8(CRTC_DATA, (uint8_t)(at >> 8));
	io_out8(CRTC, CURSOR_LOW);
	io_out8(CRTC_DATA, (uint8_t)at);
}

/* ---- characters ---- */

static void
glyph_put(Vga *v, uint8_t c)
{
	if (v->x == VGA_COLS)
		line_feed(v);
	cell_set(v, v->y, v->x++, (uint16_t)(ATTR | c));
}

static void
rune_put(Vga *v, Rune r)
{
	int width = rune_width(r);

	switch (r) {
	case '\n': line_feed(v); return;
	case '\r': v->x = 0; return;
	case '\b': v->x -= v->x > 0; return;
	case '\t':
		if (v->x == VGA_COLS)
			line_feed(v);
		v->x = (v->x / SCREEN_TAB + 1) * SCREEN_TAB;
		return;
	case 0x1B: v->state = VGA_ESC; return;
	}
	if (r < 0x20 || r == 0x7F)
		return;
	for (int i = 0; i < width; i++) /* the line discipline counts columns */
		glyph_put(v, vga_glyph(r));
}

/* The end of a control sequence. */
static void
sequence_end(Vga *v, char c)
{
	if (c == 'H') {
		v->x = v->y = 0;
	} else if (c == 'K' || c == 'J') {
		row_clear(v, v->y, v->arg == 2 ? 0 : v->x);
		for (unsigned y = v->arg == 2 ? 0 : v->y + 1; c == 'J' && y < VGA_ROWS; y++)
			row_clear(v, y, 0);
	}
	v->state = VGA_TEXT;
}

/* true: the byte was part of a control sequence. */
static bool
sequence_byte(Vga *v, char c)
{
	if (v->state == VGA_TEXT)
		return false;
	if (v->state == VGA_ESC) {
		v->state = c == '[' ? VGA_CSI : VGA_TEXT;
		v->arg = 0;
	} else if (c >= '0' && c <= '9') {
		v->arg = (v->arg * 10 + (unsigned)(c - '0')) % 1000;
	} else if (c >= 0x40 && c < 0x7F) {
		sequence_end(v, c);
	} else if ((uint8_t)c < 0x20) {
		v->state = VGA_TEXT;
		return false;
	}
	return true;
}

static void
byte_put(Vga *v, char c)
{
	Rune r;
	size_t n = 0;

	if (v->npart == 0 && sequence_byte(v, c))
		return;
	v->part[v->npart++] = c;
	if (v->npart < sizeof v->part && !fullrune(v->part, v->npart))
		return;
	while (n < v->npart) {
		n += (size_t)chartorune(&r, v->part + n);
		rune_put(v, r);
		if (v->npart - n > 0 && !fullrune(v->part + n, v->npart - n))
			break;
	}
	memmove(v->part, v->part + n, v->npart - n);
	v->npart -= n;
}

void
vga_write(Vga *v, const char *s, size_t n)
{
	if (v->back > 0) {
		v->back = 0;
		screen_show(v);
	}
	for (size_t i = 0; i < n; i++)
		byte_put(v, s[i]);
	vga_cursor(v);
}

int
vga_start(Vga *v)
{
	void *va;
	int rc = hvm_map_phys(SCREEN_PHYS, SCREEN_PAGES, true, &va);

	if (rc < 0)
		return rc;
	v->cell = va;
	vga_clear(v);
	vga_cursor(v);
	return 0;
}
