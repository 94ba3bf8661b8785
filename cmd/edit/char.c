/*
 * cmd/edit/char.c - characters of a line, and the columns they take: tabs reach to the next
 * multiple of 8, control characters are ^X, bytes that are no UTF-8 <XX>.
 */
#include "cmd/edit/edit.h"

/* The rune at `at`, and its bytes; a byte that is no UTF-8: Runeerror, 1. */
static Rune
rune_at(Str line, size_t at, size_t *n)
{
	Rune r = (unsigned char)line.s[at];

	*n = 1;
	if (r < 0x80)
		return r;
	if (!fullrune(line.s + at, line.n - at))
		return Runeerror;
	*n = (size_t)chartorune(&r, line.s + at);
	return r;
}

static bool
combines(Str line, size_t at, size_t *n)
{
	Rune r;

	if (at >= line.n)
		return false;
	r = rune_at(line, at, n);
	return r >= 0x300 && !(r == Runeerror && *n == 1) && rune_width(r) == 0;
}

size_t
char_next(Str line, size_t at)
{
	size_t n;

	if (at >= line.n)
		return line.n;
	rune_at(line, at, &n);
	do
		at += n;
	while (combines(line, at, &n));
	return at;
}

size_t
char_before(Str line, size_t at)
{
	size_t from = at, next;

	/* back to where a rune begins that is no part of another character */
	from -= from > 0;
	while (from > 0 && at - from < 64 && ((line.s[from] & 0xc0) == 0x80 || combines(line, from, &next)))
		from--;
	while (from < at && (next = char_next(line, from)) < at)
		from = next;
	return from;
}

int
char_width(Str line, size_t at, int column)
{
	size_t n;
	Rune r = rune_at(line, at, &n);

	if (r == '\t')
		return 8 - column % 8;
	if (r < ' ' || r == 0x7f)
		return 2;
	if (r == Runeerror && n == 1)
		return 4;
	return rune_width(r);
}

int
column_of(Str line, size_t at)
{
	int column = 0;

	for (size_t i = 0; i < at && i < line.n; i = char_next(line, i))
		column += char_width(line, i, column);
	return column;
}

size_t
at_column(Str line, int column)
{
	size_t at = 0;
	int c = 0;

	while (at < line.n && (c += char_width(line, at, c)) <= column)
		at = char_next(line, at);
	return at;
}

static void
put(char **text, size_t *n, size_t *room, const char *s, size_t k)
{
	if (*n + k + 1 > *room)
		*text = cmd_alloc(*text, *room = 2 * (*n + k) + 256);
	memcpy(*text + *n, s, k);
	*n += k;
	(*text)[*n] = '\0';
}

const char *
line_draw(Str line, int left, int width)
{
	static char *text;
	static size_t room;
	size_t n = 0;
	int column = 0;
	char buf[32];

	put(&text, &n, &room, "", 0);
	for (size_t i = 0, next; i < line.n; i = next) {
		int w = char_width(line, i, column);
		unsigned char c = (unsigned char)line.s[i];

		next = char_next(line, i);
		column += w;
		if (column <= left)
			continue;
		if (column > left + width) {
			put(&text, &n, &room, "\033[7m>", 5);
			break;
		}
		if (column - w < left) { /* its first half is outside */
			snprintf(buf, sizeof buf, "%*s", column - left, "");
			put(&text, &n, &room, buf, strlen(buf));
		} else if (c == '\t') {
			put(&text, &n, &room, "        ", (size_t)w);
		} else if (c < ' ' || c == 0x7f) {
			snprintf(buf, sizeof buf, "\033[7m^%c\033[27m", c ^ 0x40);
			put(&text, &n, &room, buf, strlen(buf));
		} else if (w == 4) {
			snprintf(buf, sizeof buf, "\033[7m<%.2X>\033[27m", c);
			put(&text, &n, &room, buf, strlen(buf));
		} else {
			put(&text, &n, &room, line.s + i, next - i);
		}
	}
	return text;
}
