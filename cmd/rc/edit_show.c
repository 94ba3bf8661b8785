/*
 * edit_show.c - what the terminal shows of the edited line. The text is laid out in
 * rows; those that fit the terminal, with the cursor's among them, are compared with
 * what is shown, and only the difference is written.
 *
 * Of the terminal is used: CR, LF, BS, ESC [ n A C, ESC [ K, ESC [ J, ESC [ H, and that
 * a rune behind the last column wraps (so that it knows which rows are one line, and
 * can wrap them anew when its size changes).
 * LIMITS  a terminal of one column counts as two
 */
#include "cmd/rc/edit.h"

enum { TAB_COLS = 8, ESC = 0x1B };

void
buf_insert(Buf *b, size_t at, const char *s, size_t n)
{
	buf_add(b, s, n); /* for the room */
	memmove(b->s + at + n, b->s + at, b->n - n - at);
	memcpy(b->s + at, s, n);
}

void
buf_cut(Buf *b, size_t at, size_t n)
{
	memmove(b->s + at, b->s + at + n, b->n - at - n + 1);
	b->n -= n;
}

void
buf_set(Buf *b, const char *s, size_t n)
{
	b->n = 0;
	buf_add(b, s, n);
}

static void PRINTF(2, 3)
out(Screen *s, const char *fmt, ...)
{
	char text[64];
	va_list ap;

	va_start(ap, fmt);
	vseprint(text, text + sizeof text, fmt, ap);
	va_end(ap);
	buf_str(&s->out, text);
}

/* ---- units of what is shown ---- */

/* A rune of n bytes at most; what is none counts as one column. */
static size_t
rune_next(const char *s, size_t n, Rune *r)
{
	char one[UTFmax + 1] = { 0 };

	memcpy(one, s, n < UTFmax ? n : UTFmax);
	return (size_t)chartorune(r, one);
}

/* ESC [ … final, ESC ] … BEL, or ESC and one byte. */
static size_t
escape_next(const char *s, size_t n)
{
	size_t i = 1;

	if (n < 2)
		return n;
	if (s[1] == ']')
		while (i < n && s[i] != '\a')
			i++;
	else if (s[1] == '[')
		for (i = 2; i < n && (s[i] < 0x40 || s[i] > 0x7E);)
			i++;
	return i < n ? i + 1 : n;
}

size_t
shown_next(const char *s, size_t n, unsigned *width)
{
	size_t i, k;
	Rune r;

	*width = 0;
	if (*s == ESC)
		return escape_next(s, n);
	i = rune_next(s, n, &r);
	*width = (unsigned)rune_width(r);
	for (; i < n && s[i] != ESC; i += k) {
		k = rune_next(s + i, n - i, &r);
		if (rune_width(r) != 0)
			break;
	}
	return i;
}

/* ---- the layout ---- */

typedef struct Layout Layout;
struct Layout {
	Frame *f;
	unsigned cols;
	size_t first, count;   /* rows that are kept */
	size_t y;
	unsigned x;
	bool at_set;
	size_t at_y;           /* the cursor */
	unsigned at_x;
};

static bool
row_kept(const Layout *l)
{
	return l->f != NULL && l->y >= l->first && l->y - l->first < l->count;
}

static void
row_begin(Layout *l)
{
	Frame *f = l->f;

	if (!row_kept(l))
		return;
	if (f->nrow == f->size) {
		f->size = f->size * 2 + 8;
		f->row = rc_grow(f->row, f->size * sizeof *f->row);
	}
	f->row[f->nrow++] = (Row){ .start = f->bytes.n };
}

static void
row_end(Layout *l, bool soft)
{
	if (row_kept(l)) {
		Row *r = &l->f->row[l->f->nrow - 1];

		r->n = l->f->bytes.n - r->start;
		r->width = l->x;
		r->soft = soft;
	}
	l->y++;
	l->x = 0;
	row_begin(l);
}

static void
row_put(Layout *l, const char *s, size_t n)
{
	if (row_kept(l))
		buf_add(&l->f->bytes, s, n);
}

static void
shown_put(Layout *l, const char *s, size_t n, unsigned width)
{
	for (; width > l->cols - l->x && l->x < l->cols; l->x++)
		row_put(l, " ", 1); /* it is too wide for the rest of the row */
	if (width > 0 && l->x == l->cols)
		row_end(l, true);
	row_put(l, s, n);
	l->x += width;
}

static void
cursor_here(Layout *l)
{
	if (l->x == l->cols)
		row_end(l, true);
	l->at_set = true;
	l->at_y = l->y;
	l->at_x = l->x;
}

/* A character of text that is not shown as it is; n: its length, 0: it is. */
static size_t
special_put(Layout *l, const char *s, size_t n)
{
	uint8_t c = (uint8_t)*s;
	char caret[2] = { '^', (char)(c ^ 0x40) };
	Rune r;

	if (c == '\n') {
		row_end(l, false);
	} else if (c == '\t') {
		if (l->x == l->cols)
			row_end(l, true);
		do
			shown_put(l, " ", 1, 1);
		while (l->x % TAB_COLS != 0 && l->x < l->cols);
	} else if (c < 0x20 || c == 0x7F) {
		shown_put(l, caret, 1, 1);
		shown_put(l, caret + 1, 1, 1);
	} else if (c >= 0x80) {
		size_t k = rune_next(s, n, &r);

		if (r >= 0xA0 && r != Runeerror)
			return 0;
		shown_put(l, "\xEF\xBF\xBD", 3, 1); /* Runeerror */
		return k;
	} else {
		return 0;
	}
	return 1;
}

/* The prompt's own sequences go to the terminal; other control characters don't. */
static void
prompt_put(Layout *l, const char *s)
{
	size_t n = strlen(s), k;
	unsigned width;

	for (; n > 0; s += k, n -= k) {
		if (*s != ESC && (k = special_put(l, s, n)) > 0)
			continue;
		k = shown_next(s, n, &width);
		shown_put(l, s, k, width);
	}
}

static void
layout(Layout *l, const char *prompt, const char *text, size_t n, size_t at)
{
	size_t i = 0, k;
	unsigned width;
	Rune r;

	row_begin(l);
	prompt_put(l, prompt);
	while (i < n) {
		if (i >= at && !l->at_set)
			cursor_here(l);
		if ((k = special_put(l, text + i, n - i)) == 0) {
			k = rune_next(text + i, n - i, &r);
			width = (unsigned)rune_width(r);
			if (width == 0 && l->x == 0) /* it needs something to combine with */
				shown_put(l, " ", 1, 1);
			shown_put(l, text + i, k, width);
		}
		i += k;
	}
	if (!l->at_set)
		cursor_here(l);
	if (row_kept(l)) {
		Row *last = &l->f->row[l->f->nrow - 1];

		last->n = l->f->bytes.n - last->start;
		last->width = l->x;
	}
}

/* ---- the difference ---- */

static void
cursor_to(Screen *s, size_t y, unsigned x)
{
	if (y == s->y && x == s->x)
		return;
	if (s->x == s->cols || y > s->y) {
		out(s, "\r");
		s->x = 0;
	}
	for (; s->y < y; s->y++)
		out(s, "\n");
	if (y < s->y)
		out(s, "\033[%zuA", s->y - y);
	s->y = y;
	if (x == 0 && s->x > 0)
		out(s, "\r");
	else if (x > s->x)
		out(s, "\033[%uC", x - s->x);
	else
		for (; s->x > x; s->x--)
			out(s, "\b");
	s->x = x;
}

/* Bytes that two rows have in common at their begin, whole units; *x their columns. */
static size_t
common(const char *a, size_t na, const char *b, size_t nb, unsigned *x)
{
	size_t i = 0;

	*x = 0;
	while (i < na && i < nb) {
		unsigned wa, wb;
		size_t ka = shown_next(a + i, na - i, &wa), kb = shown_next(b + i, nb - i, &wb);

		if (ka != kb || memcmp(a + i, b + i, ka) != 0)
			break;
		i += ka;
		*x += wa;
	}
	return i;
}

/* A row begins to go on in the next, which is new: its last unit is written again, so
 * that the terminal, too, wraps there. */
static size_t
before_last(const char *s, size_t n, unsigned *x)
{
	size_t i = 0, k;
	unsigned width;

	*x = 0;
	while ((k = shown_next(s + i, n - i, &width)) < n - i) {
		i += k;
		*x += width;
	}
	return i;
}

static const char *
row_bytes(const Frame *f, size_t y)
{
	return f->bytes.s != NULL ? f->bytes.s + f->row[y].start : "";
}

/* Makes row y of what is shown as it is in the next frame. */
static void
row_show(Screen *s, size_t y)
{
	static const Row none;
	const Row *r = &s->next.row[y], *old = y < s->now.nrow ? &s->now.row[y] : &none;
	const char *to = row_bytes(&s->next, y), *from = old != &none ? row_bytes(&s->now, y) : "";
	bool wrapped = y > 0 && s->y == y - 1 && s->x == s->cols && s->next.row[y - 1].soft;
	unsigned x;
	size_t same = common(to, r->n, from, old->n, &x);

	if (r->soft && !old->soft && same == r->n && r->n > 0)
		same = before_last(to, r->n, &x);
	if (same == r->n && same == old->n && (old != &none || (!wrapped && y == 0)))
		return;
	if (wrapped && r->n == 0) { /* the terminal shall wrap, too */
		out(s, " \r");
		s->y = y;
		s->x = 0;
		if (old->width > 0)
			out(s, "\033[K");
		return;
	}
	if (wrapped && same == 0 && r->width > 0) {
		s->y = y; /* by itself, at the first rune */
		s->x = 0;
	} else {
		cursor_to(s, y, x);
	}
	buf_add(&s->out, to + same, r->n - same);
	s->x = r->width;
	if (old->width > r->width && r->width < s->cols)
		out(s, "\033[K");
}

static void
frame_swap(Screen *s)
{
	Frame f = s->now;

	s->now = s->next;
	s->next = f;
	s->next.bytes.n = 0;
	s->next.nrow = 0;
}

static size_t
top_of(const Screen *s, size_t total, size_t at_y)
{
	size_t top = s->now.top, room = s->rows > 0 ? s->rows : 1;

	if (total <= room)
		return 0;
	if (at_y < top)
		top = at_y;
	if (at_y >= top + room)
		top = at_y - room + 1;
	return top > total - room ? total - room : top;
}

void
screen_show(Screen *s, const char *prompt, const char *text, size_t n, size_t at)
{
	Layout all = { .cols = s->cols }, kept;

	layout(&all, prompt, text, n, at);
	s->next.top = top_of(s, all.y + 1, all.at_y);
	kept = (Layout){ .f = &s->next, .cols = s->cols, .first = s->next.top, .count = s->rows > 0 ? s->rows : 1 };
	layout(&kept, prompt, text, n, at);
	for (size_t y = 0; y < s->next.nrow; y++)
		row_show(s, y);
	if (s->now.nrow > s->next.nrow) {
		cursor_to(s, s->next.nrow, 0);
		out(s, "\033[J");
	}
	cursor_to(s, kept.at_y - s->next.top, kept.at_x);
	frame_swap(s);
}

/* ---- begin, end, and other sizes ---- */

void
screen_fresh(Screen *s)
{
	s->now.nrow = s->now.bytes.n = s->now.top = 0;
	s->y = s->x = 0;
	if (s->cols < 2)
		s->cols = 2;
}

void
screen_leave(Screen *s)
{
	if (s->now.nrow > 0)
		cursor_to(s, s->now.nrow - 1, s->now.row[s->now.nrow - 1].width);
	out(s, "\r\n");
	screen_fresh(s);
}

/* In how many rows above the cursor the terminal shows us, now that it is cols wide. */
static size_t
rows_above(const Screen *s, unsigned cols)
{
	size_t above = 0;
	unsigned x = 0, width;

	for (size_t y = 0; y <= s->y && y < s->now.nrow; y++) {
		const Row *r = &s->now.row[y];
		const char *p = row_bytes(&s->now, y);
		unsigned here = 0;

		for (size_t i = 0; i < r->n; here += width) {
			i += shown_next(p + i, r->n - i, &width);
			if (y == s->y && here >= s->x)
				break;
			if (x + width > cols) {
				above++;
				x = 0;
			}
			x += width;
		}
		if (y < s->y && !r->soft) {
			above++;
			x = 0;
		}
	}
	return above;
}

void
screen_resize(Screen *s, unsigned cols, unsigned rows)
{
	size_t above;

	if (cols < 2)
		cols = 2;
	above = rows_above(s, cols);
	out(s, "\r");
	if (above > 0)
		out(s, "\033[%zuA", above);
	out(s, "\033[J");
	s->cols = cols;
	s->rows = rows;
	screen_fresh(s);
}

void
screen_clear(Screen *s)
{
	out(s, "\033[H\033[2J");
	screen_fresh(s);
}

void
screen_free(Screen *s)
{
	buf_free(&s->out);
	buf_free(&s->now.bytes);
	buf_free(&s->next.bytes);
	free(s->now.row);
	free(s->next.row);
	*s = (Screen){ 0 };
}
