/*
 * cmd/edit/screen.c - what is on the screen: the part of the text around the cursor, and
 * below it a line that tells and one with the keys, or a question.
 */
#include "cmd/edit/edit.h"

enum { BARS = 2 };

size_t top;
static int left;                /* its first column */
static char message[ASK_MAX + 256];

int
screen_rows(void)
{
	return tty_rows > BARS ? tty_rows - BARS : 1;
}

Str
line_here(void)
{
	return text_line(cur.line);
}

Pos
text_end(void)
{
	size_t last = text_lines() - 1;

	return (Pos){ last, text_line(last).n };
}

void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vseprint(message, message + sizeof message, fmt, ap);
	va_end(ap);
}

/* ---- drawing ---- */

static void
scroll(void)
{
	int column = column_of(line_here(), cur.at), n = screen_rows();

	if (cur.line < top)
		top = cur.line;
	if (cur.line >= top + (size_t)n)
		top = cur.line - (size_t)n + 1;
	if (column < left)
		left = column < tty_columns / 2 ? 0 : column - tty_columns / 2;
	if (column >= left + tty_columns - 2)
		left = column - tty_columns / 2;
	if (left < 0 || column < tty_columns - 2)
		left = 0;
}

static void
bars_put(void)
{
	char text[1024], where[160];
	const char *keys = "\033[7m^S\033[27m save  \033[7m^Q\033[27m quit  \033[7m^F\033[27m find  \033[7m^Z\033[27m undo  "
	    "\033[7m^K\033[27m cut line  \033[7m^U\033[27m put back  \033[7mF1\033[27m all keys";

	int nwhere = snprintf(where, sizeof where, "%s%s  line %zu of %zu, column %d ", file_new ? " (new)" : "",
	    text_changed() ? " *" : "", cur.line + 1, text_lines(), column_of(line_here(), cur.at) + 1);

	snprintf(text, sizeof text, "\033[7m %.*s%s", tty_columns > nwhere + 10 ? tty_columns - nwhere - 1 : 10,
	    file_name == NULL ? "(no name)" : file_name, where);
	tty_put(tty_rows - 2, text);
	if (message[0] != '\0') {
		while (tty_width(message) > tty_columns)
			message[strlen(message) - 1] = '\0';
		tty_put(tty_rows - 1, message);
	} else {
		tty_put(tty_rows - 1, tty_columns >= 75 ? keys : "^S save  ^Q quit  F1 help");
	}
}

void
screen_draw(void)
{
	scroll();
	for (int i = 0; i < screen_rows(); i++) {
		size_t at = top + (size_t)i;

		tty_put(i, at < text_lines() ? line_draw(text_line(at), left, tty_columns - 1) : "\033[2m~");
	}
	bars_put();
	tty_cursor((int)(cur.line - top), column_of(line_here(), cur.at) - left);
}

/* ---- asking ---- */

/* A line typed at the bottom, with what buf holds to begin with; false: given up. */
bool
ask(const char *prompt, char *buf, size_t size)
{
	size_t n = strlen(buf);
	bool fresh = true;      /* the first character typed takes the old text's place */
	char row[2 * ASK_MAX];
	Key k;

	for (;;) {
		const char *shown = buf;
		Rune r;

		while (tty_width(shown) + tty_width(prompt) > tty_columns - 2 && *shown != '\0')
			shown += chartorune(&r, shown);
		snprintf(row, sizeof row, "%s%s", prompt, shown);
		tty_put(tty_rows - 1, row);
		tty_cursor(tty_rows - 1, tty_width(row));
		if (!tty_key(&k) || k.code == ('C' & CTRL) || k.code == ('Q' & CTRL) || ((k.mod & KeyAlt) && k.code < KeyUp))
			return false;
		r = k.code;
		if (r == KeySize) {
			screen_draw();
		} else if (r == '\r' || r == '\n') {
			return true;
		} else if (r == 8 || r == 0x7f) {
			while (n > 0 && (buf[--n] & 0xc0) == 0x80)
				;
			fresh = false;
		} else if (r == ('U' & CTRL)) {
			n = 0;
		} else if ((r >= ' ' || r == '\t') && r < KeyUp) {
			if (fresh)
				n = 0;
			fresh = false;
			if (n + UTFmax < size)
				n += (size_t)runetochar(buf + n, &r);
		} else if (r == KeyEnd || r == KeyRight) {
			fresh = false;
		}
		buf[n] = '\0';
	}
}

/* One of the letters of `answers`; 0: given up. */
char
ask_letter(const char *question, const char *answers)
{
	Key k;

	for (;;) {
		tty_put(tty_rows - 1, question);
		tty_cursor(tty_rows - 1, tty_width(question));
		if (!tty_key(&k) || k.code == ('C' & CTRL) || k.code == '\033' || (k.mod & KeyAlt))
			return 0;
		if (k.code == KeySize)
			screen_draw();
		else if (k.code < 0x80 && k.code != 0 && strchr(answers, tolower((int)k.code)) != NULL)
			return (char)tolower((int)k.code);
	}
}
