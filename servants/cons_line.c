/*
 * servants/cons_line.c - line editing of the console.
 * Cooked: ^H DEL erase a character, ^W a word, ^U the line; ^M is a newline;
 * ^D ends the line without one (an empty line: end of file); ^C interrupts and
 * forgets what was typed; ^L shows the line again, below; ^P asks for the debug
 * shell; ^V takes the next byte as it is. Characters are UTF-8; a byte that is none counts as one character.
 * A line longer than LINE_SIZE is read in pieces, none of it is lost; only the
 * last piece can still be edited.
 * Raw: every byte is input. Edit, for a program that edits lines itself: the same,
 * but ^C and ^P act, and a read ends behind a newline, return, ^D or ^C, so that what
 * follows the line is still there for the command in it.
 * Hold: lines stay editable until the hold ends.
 * SEE     tests/unit/cons_line.c
 */
#include "servants/cons_line.h"

enum {
	CTRL_C = 3, CTRL_D = 4, BELL = 7, BACKSPACE = 8, TAB = 9, NEWLINE = 10, CTRL_L = 12, RETURN = 13,
	CTRL_P = 16, CTRL_U = 21, CTRL_V = 22, CTRL_W = 23, ESCAPE = 27, DELETE = 127, TAB_COLS = 8,
};

static void
echo(Line *l, const char *s, size_t n)
{
	if (l->echo != NULL && n > 0)
		l->echo(l->arg, s, n);
}

/* ---- the queue ---- */

static void
queue_put(Line *l, uint8_t c)
{
	l->queue[(l->head + l->nqueue++) % LINE_QUEUE] = c;
}

static uint8_t
queue_byte(const Line *l, size_t at)
{
	return l->queue[at % LINE_QUEUE];
}

/* Of the record at ring index `at`. */
static size_t
queue_size(const Line *l, size_t at)
{
	return queue_byte(l, at) | (size_t)queue_byte(l, at + 1) << 8;
}

/* One record of n bytes; false: no room. */
static bool
queue_add(Line *l, const uint8_t *s, size_t n)
{
	if (n + 2 > LINE_QUEUE - l->nqueue)
		return false;
	queue_put(l, (uint8_t)n);
	queue_put(l, (uint8_t)(n >> 8));
	for (size_t i = 0; i < n; i++)
		queue_put(l, s[i]);
	return true;
}

bool
line_readable(const Line *l)
{
	return l->nqueue > 0;
}

static bool
ends_line(uint8_t c)
{
	return c == NEWLINE || c == RETURN || c == CTRL_D || c == CTRL_C;
}

size_t
line_read(Line *l, void *buf, size_t n)
{
	size_t size = queue_size(l, l->head), left = size - l->taken, k = 0;
	bool raw = l->tail_raw && l->head == l->tail, end = false;
	uint8_t *to = buf;

	if (n > left)
		n = left;
	for (; k < n && !end; k++) {
		to[k] = queue_byte(l, l->head + 2 + l->taken + k);
		l->nnewline -= raw && ends_line(to[k]);
		end = raw && l->mode == LINE_EDIT && ends_line(to[k]);
	}
	l->taken += k;
	if (l->taken == size) {
		l->head = (l->head + 2 + size) % LINE_QUEUE;
		l->nqueue -= 2 + size;
		l->taken = 0;
		l->tail_raw = l->tail_raw && !raw;
	}
	return k;
}

size_t
line_room(const Line *l)
{
	size_t used = l->nqueue + 2 * l->nnewline;

	return used < LINE_QUEUE ? LINE_QUEUE - used : 0;
}

/* ---- editing ---- */

/* Where the last character of the edited line begins. */
static size_t
last_start(const Line *l)
{
	size_t i = l->nedit - 1;
	Rune r;

	while (i > 0 && l->nedit - i < UTFmax && (l->edit[i] & 0xC0) == 0x80)
		i--;
	if (fullrune((const char *)l->edit + i, l->nedit - i) &&
	    (size_t)chartorune(&r, (const char *)l->edit + i) == l->nedit - i)
		return i;
	return l->nedit - 1; /* not UTF-8: one byte */
}

/* Columns that the character at i takes on the screen, where it begins at column
 * col of the line, and in *n its bytes. */
static int
shown_width(const Line *l, size_t i, int col, size_t *n)
{
	const char *s = (const char *)l->edit + i;
	uint8_t c = l->edit[i];
	Rune r;

	*n = 1;
	if (c == TAB)
		return TAB_COLS - col % TAB_COLS;
	if (c < 0x20 || c == DELETE)
		return c == NEWLINE ? 0 : 2; /* ^X */
	if (c < 0x80 || !fullrune(s, l->nedit - i))
		return 1;
	*n = (size_t)chartorune(&r, s);
	return r == Runeerror ? 1 : rune_width(r);
}

/* The column at which the byte at `end` begins. A tab is shown as blanks, from
 * the line's own beginning: what stands before it (a prompt) is not ours. */
static int
column(const Line *l, size_t end)
{
	size_t i = end, n;
	int col = 0;

	while (i > 0 && l->edit[i - 1] != NEWLINE)
		i--;
	for (; i < end; i += n)
		col += shown_width(l, i, col, &n);
	return col;
}

static void
erase_last(Line *l)
{
	size_t i = last_start(l), n;
	int w = shown_width(l, i, column(l, i), &n);

	l->nedit = i;
	while (w-- > 0)
		echo(l, "\b \b", 3);
}

static bool
line_begins(const Line *l)
{
	return l->nedit == 0 || l->edit[l->nedit - 1] == NEWLINE;
}

static void
erase_line(Line *l)
{
	while (!line_begins(l))
		erase_last(l);
}

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == TAB;
}

static void
erase_word(Line *l)
{
	while (!line_begins(l) && is_space(l->edit[l->nedit - 1]))
		erase_last(l);
	while (!line_begins(l) && !is_space(l->edit[l->nedit - 1]))
		erase_last(l);
}

static bool
line_append(Line *l, uint8_t c)
{
	if (l->nedit == LINE_SIZE) {
		echo(l, "\a", 1);
		return false;
	}
	l->edit[l->nedit++] = c;
	return true;
}

static enum LineEvent
line_send(Line *l)
{
	if (!queue_add(l, l->edit, l->nedit)) {
		echo(l, "\a", 1);
		return LINE_NONE;
	}
	l->nedit = 0;
	return LINE_READABLE;
}

/* Shows the byte at i of the edited line. */
static void
echo_at(Line *l, size_t i)
{
	uint8_t c = l->edit[i];
	char text[2] = { '^', (char)(c ^ 0x40) };

	if (c == TAB) {
		echo(l, "        ", (size_t)(TAB_COLS - column(l, i) % TAB_COLS));
	} else if (c < 0x20 || c == DELETE) {
		echo(l, text, 2);
	} else {
		text[0] = (char)c;
		echo(l, text, 1);
	}
}

static void
line_again(Line *l)
{
	size_t i = l->nedit;

	while (i > 0 && l->edit[i - 1] != NEWLINE)
		i--;
	echo(l, "\n", 1);
	for (; i < l->nedit; i++)
		echo_at(l, i);
}

static enum LineEvent
line_type(Line *l, uint8_t c)
{
	enum LineEvent ev = LINE_NONE;

	/* one place is kept for the newline */
	if (l->nedit >= LINE_SIZE - 1) {
		if (l->hold) {
			echo(l, "\a", 1);
			return LINE_NONE;
		}
		ev = line_send(l);
		if (ev == LINE_NONE)
			return ev;
	}
	l->edit[l->nedit++] = c;
	echo_at(l, l->nedit - 1);
	return ev;
}

static enum LineEvent
line_newline(Line *l)
{
	if (!line_append(l, NEWLINE))
		return LINE_NONE;
	echo(l, "\n", 1);
	return l->hold ? LINE_NONE : line_send(l);
}

static enum LineEvent
line_raw_input(Line *l, uint8_t c)
{
	if (!l->tail_raw) {
		size_t at = (l->head + l->nqueue) % LINE_QUEUE;

		if (!queue_add(l, &c, 1))
			return LINE_NONE;
		l->tail = at;
		l->tail_raw = true;
	} else {
		size_t size = queue_size(l, l->tail) + 1;

		if (l->nqueue == LINE_QUEUE)
			return LINE_NONE;
		queue_put(l, c);
		l->queue[l->tail] = (uint8_t)size;
		l->queue[(l->tail + 1) % LINE_QUEUE] = (uint8_t)(size >> 8);
	}
	l->nnewline += ends_line(c);
	return LINE_READABLE;
}

static enum LineEvent
line_interrupt(Line *l)
{
	line_flush(l);
	if (l->mode == LINE_COOKED)
		echo(l, "^C\n", 3);
	return LINE_INTERRUPT;
}

enum LineEvent
line_input(Line *l, uint8_t c)
{
	if (l->mode == LINE_RAW || (l->mode == LINE_EDIT && c != CTRL_C && c != CTRL_P))
		return line_raw_input(l, c);
	if (l->literal) {
		l->literal = false;
		return line_type(l, c);
	}
	switch (c) {
	case CTRL_C:
		return line_interrupt(l);
	case CTRL_P:
		return LINE_DEBUG;
	case CTRL_D:
		return l->hold ? LINE_NONE : line_send(l);
	case BACKSPACE:
	case DELETE:
		if (!line_begins(l))
			erase_last(l);
		return LINE_NONE;
	case CTRL_U:
		erase_line(l);
		return LINE_NONE;
	case CTRL_W:
		erase_word(l);
		return LINE_NONE;
	case CTRL_L:
		line_again(l);
		return LINE_NONE;
	case CTRL_V:
		l->literal = true;
		return LINE_NONE;
	case RETURN:
	case NEWLINE:
		return line_newline(l);
	case ESCAPE:
		/* as in Plan 9: ESC ends a hold */
		if (!l->hold)
			return line_type(l, c);
		line_hold(l, false);
		return line_readable(l) ? LINE_READABLE : LINE_NONE;
	case 0:
		return LINE_NONE;
	}
	return line_type(l, c);
}

/* Takes the unread raw bytes out of the queue, malloc'd; NULL: none. */
static uint8_t *
raw_take(Line *l, size_t *n)
{
	size_t size = l->tail_raw ? queue_size(l, l->tail) : 0;
	size_t taken = l->head == l->tail ? l->taken : 0;
	uint8_t *s = size > taken ? malloc(size - taken) : NULL;

	if (!l->tail_raw)
		return NULL;
	*n = size - taken;
	for (size_t i = 0; s != NULL && i < *n; i++)
		s[i] = queue_byte(l, l->tail + 2 + taken + i);
	if (s == NULL) /* out of memory: it is lost */
		echo(l, "\a", 1);
	l->nqueue -= 2 + size;
	l->taken -= taken;
	l->nnewline = 0;
	l->tail_raw = false;
	return s;
}

void
line_mark(Line *l)
{
	if (l->mode == LINE_EDIT)
		(void)line_raw_input(l, CTRL_C);
}

enum LineEvent
line_mode(Line *l, enum LineMode mode)
{
	enum LineEvent ev = LINE_NONE;
	bool marks = l->mode == LINE_EDIT;
	uint8_t *s = NULL;
	size_t n = 0;

	if (mode != LINE_COOKED && l->nedit > 0) /* what was typed is input now */
		(void)line_send(l);
	l->mode = mode;
	l->literal = false;
	if (mode == LINE_COOKED)
		s = raw_take(l, &n);
	for (size_t i = 0; s != NULL && i < n; i++) {
		enum LineEvent e = marks && s[i] == CTRL_C ? LINE_NONE : line_input(l, s[i]);

		if (e != LINE_DEBUG && e > ev)
			ev = e;
	}
	free(s);
	return ev;
}

void
line_hold(Line *l, bool on)
{
	size_t done = 0;

	l->hold = on;
	for (size_t i = 0; !on && i < l->nedit; i++)
		if (l->edit[i] == NEWLINE && queue_add(l, l->edit + done, i + 1 - done))
			done = i + 1;
	l->nedit -= done;
	memmove(l->edit, l->edit + done, l->nedit);
}

void
line_flush(Line *l)
{
	l->nedit = l->head = l->nqueue = l->taken = l->nnewline = 0;
	l->literal = l->tail_raw = false;
}
