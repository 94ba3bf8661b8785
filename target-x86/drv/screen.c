/*
 * screen.c - text on a screen of cells, whatever shows them: UTF-8, wide characters,
 * SCREEN_HISTORY lines to scroll back to. What is written changes lines in memory;
 * screen_draw gives the back end those cells that look different then, so a screen
 * that scrolls by many lines between two calls is drawn once, and is never read.
 * Control sequences, n 1 when it is missing:
 *   ESC [ n A B C D  the cursor up, down, right, left     ESC [ n G  to column n
 *   ESC [ y ; x H    to row y, column x (also f)          ESC [ n d  to row n
 *   ESC [ n J, K     clear screen, line: 0 from the cursor on, 1 up to it, 2 all
 *   ESC [ n P @ X    delete, insert, blank n characters   ESC [ n m  colours
 *   ESC [ n M L      delete, insert n lines               ESC M  up, at the top the text goes down
 *   ESC [ s u, ESC 7 8   keep the cursor's place, go back ESC [ ? 25 l h  cursor off, on
 *   ESC [ ? 1049 h l     a screen of its own for a program, back to the one before
 * All others are swallowed, ESC ] up to a BEL or backslash. The character that fills a
 * line leaves the cursor there; the next one begins a line.
 * LOCKS   the caller's
 * SEE     ECMA-48; tests/unit/pc_vga.c, pc_fb.c
 */
#include "target-x86/drv/screen.h"
#include "target-x86/plain/plain.h"

enum { SCREEN_TAB = 8, ARG_MAX = 9999, CURSOR_SHOWN = 25, OWN_SCREEN = 1049 };

static Cell
blank(const Screen *s)
{
	return ' ' | (Cell)GREY << CELL_FG | (Cell)s->bg << CELL_BG;
}

/* The cells of row y; those above row 0 are history. */
static Cell *
row_at(const Screen *s, int y)
{
	unsigned n = s->rows + SCREEN_HISTORY;

	return s->line + (size_t)((s->top + n + (unsigned)y) % n) * s->cols;
}

static void
row_blank(Screen *s, unsigned y, unsigned from, unsigned to)
{
	Cell *c = row_at(s, (int)y);

	for (unsigned x = from; x < to; x++)
		c[x] = blank(s);
}

/* n rows go away at row y, or come. */
static void
rows_shift(Screen *s, unsigned y, unsigned n, bool come)
{
	size_t size = s->cols * sizeof *s->line;
	unsigned room = s->rows - y;

	n = n < room ? n : room;
	for (unsigned i = 0; i < room - n; i++) {
		unsigned to = come ? s->rows - 1 - i : y + i;

		memcpy(row_at(s, (int)to), row_at(s, (int)(come ? to - n : to + n)), size);
	}
	for (unsigned i = 0; i < n; i++)
		row_blank(s, come ? y + i : s->rows - 1 - i, 0, s->cols);
}

static void
line_feed(Screen *s)
{
	s->x = 0;
	if (s->y + 1 < s->rows) {
		s->y++;
		return;
	}
	if (s->kept != NULL) {
		rows_shift(s, 0, 1, false); /* no history of what a program paints */
		return;
	}
	s->top = (s->top + 1) % (s->rows + SCREEN_HISTORY);
	s->nhistory += s->nhistory < SCREEN_HISTORY;
	row_blank(s, s->y, 0, s->cols);
}

/* ---- the cursor ---- */

/* Where it is seen: a full line's stays on its last character. */
static unsigned
column(const Screen *s)
{
	return s->x < s->cols ? s->x : s->cols - 1;
}

/* Columns and rows count from 0; what lies outside becomes the edge. */
static void
cursor_to(Screen *s, int x, int y)
{
	s->x = x < 0 ? 0 : x >= (int)s->cols ? s->cols - 1 : (unsigned)x;
	s->y = y < 0 ? 0 : y >= (int)s->rows ? s->rows - 1 : (unsigned)y;
}

/* ---- characters ---- */

/* Half of a wide character is no character: its other half goes with it. */
static void
cell_put(Screen *s, Cell c)
{
	Cell *row = row_at(s, (int)s->y);

	if (row[s->x] & CELL_RIGHT && !(c & CELL_RIGHT) && s->x > 0)
		row[s->x - 1] = blank(s);
	if (s->x + 1 < s->cols && row[s->x + 1] & CELL_RIGHT)
		row[s->x + 1] = blank(s);
	row[s->x++] = c;
}

static Cell
cell_of(const Screen *s, Rune r)
{
	unsigned fg = s->bold ? s->fg | BRIGHT : s->fg;

	return (r & CELL_RUNE) | (s->underline ? CELL_LINE : 0u) | (Cell)(s->reverse ? s->bg : fg) << CELL_FG | (Cell)(s->reverse ? fg : s->bg) << CELL_BG;
}

static void
rune_put(Screen *s, Rune r)
{
	unsigned width = (unsigned)rune_width(r);

	switch (r) {
	case '\n': line_feed(s); return;
	case '\r': s->x = 0; return;
	case '\b': cursor_to(s, (int)column(s) - 1, (int)s->y); return;
	case '\t': cursor_to(s, (int)(column(s) / SCREEN_TAB + 1) * SCREEN_TAB, (int)s->y); return;
	case 0x1B: s->state = SCREEN_ESC; return;
	}
	if (r < 0x20 || r == 0x7F || width == 0)
		return;
	if (s->x + width > s->cols)
		line_feed(s);
	cell_put(s, cell_of(s, r));
	if (width == 2)
		cell_put(s, cell_of(s, r) | CELL_RIGHT);
}

/* ---- control sequences ---- */

static unsigned
arg(const Screen *s, unsigned i, unsigned missing)
{
	return i <= s->narg && i < SCREEN_ARGS && s->arg[i] > 0 ? s->arg[i] : missing;
}

static void
row_erase(Screen *s, unsigned what)
{
	row_blank(s, s->y, what == 0 ? s->x : 0, what == 1 ? s->x + 1 : s->cols);
}

static void
screen_erase(Screen *s, unsigned what)
{
	if (what < 2)
		row_erase(s, what);
	for (unsigned y = 0; y < s->rows; y++)
		if (what >= 2 || (what == 0 ? y > s->y : y < s->y))
			row_blank(s, y, 0, s->cols);
}

/* n cells go away at the cursor, or come. */
static void
cells_shift(Screen *s, unsigned n, bool come)
{
	Cell *c = row_at(s, (int)s->y);
	unsigned room = s->cols - s->x;

	n = n < room ? n : room;
	if (come) {
		memmove(c + s->x + n, c + s->x, (room - n) * sizeof *c);
		row_blank(s, s->y, s->x, s->x + n);
	} else {
		memmove(c + s->x, c + s->x + n, (room - n) * sizeof *c);
		row_blank(s, s->y, s->cols - n, s->cols);
	}
}

/* ECMA's colours count red, green, blue from bit 0 on; a PC's the other way round. */
static unsigned
colour_of(unsigned n)
{
	return (n & 1 ? RED : 0) | (n & 2 ? GREEN : 0) | (n & 4 ? BLUE : 0);
}

static void
colour_set(Screen *s, unsigned n)
{
	if (n == 0) {
		s->fg = GREY;
		s->bg = BLACK;
	}
	if (n == 0 || n == 1 || n == 22)
		s->bold = n == 1;
	if (n == 0 || n == 4 || n == 24)
		s->underline = n == 4;
	if (n == 0 || n == 7 || n == 27)
		s->reverse = n == 7;
	if (n == 39 || (n >= 30 && n <= 37))
		s->fg = n == 39 ? GREY : colour_of(n - 30);
	if (n == 49 || (n >= 40 && n <= 47))
		s->bg = n == 49 ? BLACK : colour_of(n - 40);
	if (n >= 90 && n <= 97)
		s->fg = colour_of(n - 90) | BRIGHT;
	if (n >= 100 && n <= 107)
		s->bg = colour_of(n - 100) | BRIGHT;
}

static void
colours_set(Screen *s)
{
	for (unsigned i = 0; i <= s->narg && i < SCREEN_ARGS; i++) {
		if (s->arg[i] == 38 || s->arg[i] == 48)
			break;   /* one of 256 or 16 million: we have 16 */
		colour_set(s, s->arg[i]);
	}
}

static void
cursor_keep(Screen *s, bool back)
{
	if (back) {
		s->x = s->saved_x;
		s->y = s->saved_y;
	} else {
		s->saved_x = s->x;
		s->saved_y = s->y;
	}
}

static void
rows_copy(Screen *s, Cell *other, bool back)
{
	for (unsigned y = 0; y < s->rows; y++)
		memcpy(back ? row_at(s, (int)y) : other + y * s->cols, back ? other + y * s->cols : row_at(s, (int)y),
		    s->cols * sizeof *other);
}

/* Without memory for it the program paints over what is there. */
static void
own_screen(Screen *s, bool on)
{
	if (on == (s->kept != NULL))
		return;
	if (on) {
		if ((s->kept = calloc((size_t)s->rows * s->cols, sizeof *s->kept)) == NULL)
			return;
		rows_copy(s, s->kept, false);
		s->kept_x = s->x;
		s->kept_y = s->y;
		screen_erase(s, 2);
	} else {
		rows_copy(s, s->kept, true);
		s->x = s->kept_x;
		s->y = s->kept_y;
		free(s->kept);
		s->kept = NULL;
	}
}

static void
sequence_private(Screen *s, char c)
{
	if (c != 'h' && c != 'l')
		return;
	if (s->arg[0] == CURSOR_SHOWN)
		s->hidden = c == 'l';
	if (s->arg[0] == OWN_SCREEN)
		own_screen(s, c == 'h');
}

static void
sequence_end(Screen *s, char c)
{
	int x = (int)column(s), y = (int)s->y, n = (int)arg(s, 0, 1);

	s->state = SCREEN_TEXT;
	if (s->private) {
		sequence_private(s, c);
		return;
	}
	if (c != 'm')
		s->x = (unsigned)x;
	switch (c) {
	case 'A': cursor_to(s, x, y - n); break;
	case 'B': cursor_to(s, x, y + n); break;
	case 'C': cursor_to(s, x + n, y); break;
	case 'D': cursor_to(s, x - n, y); break;
	case 'G': cursor_to(s, n - 1, y); break;
	case 'd': cursor_to(s, x, n - 1); break;
	case 'H': case 'f': cursor_to(s, (int)arg(s, 1, 1) - 1, n - 1); break;
	case 'J': screen_erase(s, arg(s, 0, 0)); break;
	case 'K': row_erase(s, arg(s, 0, 0)); break;
	case 'P': cells_shift(s, (unsigned)n, false); break;
	case '@': cells_shift(s, (unsigned)n, true); break;
	case 'L': rows_shift(s, s->y, (unsigned)n, true); break;
	case 'M': rows_shift(s, s->y, (unsigned)n, false); break;
	case 'X': row_blank(s, s->y, s->x, (unsigned)(x + n) < s->cols ? (unsigned)(x + n) : s->cols); break;
	case 'm': colours_set(s); break;
	case 's': case 'u': cursor_keep(s, c == 'u'); break;
	}
}

/* true: the byte was part of a control sequence. */
static bool
sequence_byte(Screen *s, char c)
{
	unsigned *a = &s->arg[s->narg < SCREEN_ARGS ? s->narg : SCREEN_ARGS - 1];

	if (s->state == SCREEN_TEXT)
		return false;
	if (s->state == SCREEN_OSC) {
		if (c == '\a' || c == '\\')
			s->state = SCREEN_TEXT;
	} else if (s->state == SCREEN_ESC) {
		s->state = c == '[' ? SCREEN_CSI : c == ']' ? SCREEN_OSC : SCREEN_TEXT;
		s->private = false;
		s->narg = 0;
		memset(s->arg, 0, sizeof s->arg);
		if (c == '7' || c == '8')
			cursor_keep(s, c == '8');
		if (c == 'M' && s->y == 0)
			rows_shift(s, 0, 1, true);
		else if (c == 'M')
			s->y--;
	} else if (c >= '0' && c <= '9') {
		*a = *a * 10 + (unsigned)(c - '0') < ARG_MAX ? *a * 10 + (unsigned)(c - '0') : ARG_MAX;
	} else if (c == ';') {
		s->narg += s->narg < SCREEN_ARGS;
	} else if (c == '?') {
		s->private = true;
	} else if (c >= 0x40 && c < 0x7F) {
		sequence_end(s, c);
	} else if ((uint8_t)c < 0x20) {
		s->state = SCREEN_TEXT;
		return false;
	}
	return true;
}

static void
byte_put(Screen *s, char c)
{
	Rune r;
	size_t n = 0;

	if (s->npart == 0 && sequence_byte(s, c))
		return;
	s->part[s->npart++] = c;
	if (s->npart < sizeof s->part && !fullrune(s->part, s->npart))
		return;
	while (n < s->npart) {
		n += (size_t)chartorune(&r, s->part + n);
		rune_put(s, r);
		if (s->npart - n > 0 && !fullrune(s->part + n, s->npart - n))
			break;
	}
	memmove(s->part, s->part + n, s->npart - n);
	s->npart -= n;
}

/* ---- the screen shows the last rows, or those scrolled back to ---- */

void
screen_draw(Screen *s)
{
	unsigned cx = column(s);
	bool on = s->back == 0 && !s->hidden;
	Cell *shown = s->shown;

	for (unsigned y = 0; y < s->rows; y++) {
		const Cell *want = row_at(s, (int)y - (int)s->back);

		for (unsigned x = 0; x < s->cols; x++, shown++) {
			Cell c = want[x];

			if (s->cursor == NULL && on && x == cx && y == s->y)
				c |= CELL_CURSOR;
			if (*shown != c) {
				*shown = c;
				s->show(s, x, y, c);
			}
		}
	}
	if (s->cursor != NULL)
		s->cursor(s, cx, s->y, on);
}

void
screen_scroll(Screen *s, int lines)
{
	int back = (int)s->back + lines;

	s->back = back < 0 ? 0 : back > (int)s->nhistory ? s->nhistory : (unsigned)back;
}

void
screen_write(Screen *s, const char *text, size_t n)
{
	s->back = 0;
	for (size_t i = 0; i < n; i++)
		byte_put(s, text[i]);
}

int
screen_start(Screen *s)
{
	size_t nline = s->rows + SCREEN_HISTORY;

	s->line = calloc(nline * s->cols, sizeof *s->line);
	s->shown = calloc((size_t)s->rows * s->cols, sizeof *s->shown); /* 0 is no cell: all is drawn */
	if (s->line == NULL || s->shown == NULL) {
		free(s->line);
		free(s->shown);
		return seterr(Enomem, "screen");
	}
	s->fg = GREY;
	s->bg = BLACK;
	screen_erase(s, 2);
	screen_draw(s);
	return 0;
}
