/*
 * cmd/less/row.c - lines as rows: wrapped at the width of the screen; tabs reach to the
 * next multiple of 8, control characters are ^X, bytes that are no UTF-8 <XX>; sequences
 * ESC [ ... m go to the terminal as they are and take no room.
 */
#include "cmd/less/less.h"

/* One piece of a line: a character, a sequence. */
typedef struct Piece Piece;
struct Piece {
	size_t n;               /* bytes */
	int width;              /* columns; a tab's depends on where it stands */
	Rune r;                 /* of a plain one; 0: something else */
	bool sequence;
};

static Piece
piece_at(Str line, size_t i, int column)
{
	const char *s = line.s + i;
	size_t left = line.n - i, n = 2;
	Rune r = (unsigned char)*s;

	if (*s == '\033' && left > 2 && s[1] == '[') {
		while (n < left && ((s[n] >= '0' && s[n] <= '9') || s[n] == ';'))
			n++;
		if (n < left && s[n] == 'm')
			return (Piece){ n + 1, 0, 0, true };
	}
	if (*s == '\t')
		return (Piece){ 1, 8 - column % 8, '\t', false };
	if (r < ' ' || r == 0x7f)
		return (Piece){ 1, 2, 0, false };
	if (!fullrune(s, left))
		return (Piece){ 1, 4, 0, false };
	n = (size_t)chartorune(&r, s);
	if (r == Runeerror && n == 1)
		return (Piece){ 1, 4, 0, false };
	return (Piece){ n, rune_width(r), r, false };
}

size_t
row_end(Str line, size_t from, int columns)
{
	int column = 0;

	while (from < line.n) {
		Piece p = piece_at(line, from, column);

		if (column + p.width > columns && column > 0)
			break;
		column += p.width;
		from += p.n;
	}
	return from;
}

size_t
row_before(Str line, size_t end, int columns)
{
	size_t at = 0, next;

	while ((next = row_end(line, at, columns)) < end)
		at = next;
	return at;
}

Str
row_plain(Str line, size_t *at)
{
	static char *buf;
	static size_t room;
	size_t n = 0;

	if (line.n + 1 > room)
		buf = cmd_alloc(buf, room = 2 * line.n + 64);
	for (size_t i = 0; i < line.n; ) {
		Piece p = piece_at(line, i, 0);

		for (size_t k = 0; k < p.n && !p.sequence; k++) {
			if (at != NULL)
				at[n] = i + k;
			buf[n++] = line.s[i + k];
		}
		i += p.n;
	}
	if (at != NULL)
		at[n] = line.n;
	return (Str){ buf, n };
}

/* Which bytes of the line match; NULL: none. */
static const bool *
matches(Str line, Regex *re)
{
	static bool *hit;
	static size_t *at, room;
	Span span;
	size_t from = 0;
	Str plain;
	bool any = false;

	if (re == NULL)
		return NULL;
	if (line.n + 1 > room) {
		room = 2 * line.n + 64;
		hit = cmd_alloc(hit, room * sizeof *hit);
		at = cmd_alloc(at, room * sizeof *at);
	}
	memset(hit, 0, (line.n + 1) * sizeof *hit);
	plain = row_plain(line, at);
	while (from < plain.n && regex_match(re, plain.s, plain.n, from, &span, 1)) {
		size_t begin = (size_t)(span.s - plain.s), end = (size_t)(span.e - plain.s);

		for (size_t k = begin; k < end; k++)
			hit[at[k]] = any = true;
		from = end > begin ? end : end + 1;
	}
	return any ? hit : NULL;
}

static char *text;
static size_t ntext, maxtext;

static void
put(const char *s, size_t n)
{
	if (ntext + n + 1 > maxtext)
		text = cmd_alloc(text, maxtext = 2 * (ntext + n) + 256);
	memcpy(text + ntext, s, n);
	ntext += n;
}

static void
put_piece(Str line, size_t i, Piece p)
{
	char buf[16];

	if (p.sequence || (p.r != 0 && p.r != '\t'))
		put(line.s + i, p.n);
	else if (p.r == '\t')
		put("        ", (size_t)p.width);
	else if (p.width == 2)
		put(buf, (size_t)snprintf(buf, sizeof buf, "^%c", line.s[i] ^ 0x40));
	else
		put(buf, (size_t)snprintf(buf, sizeof buf, "<%.2X>", (unsigned char)line.s[i]));
}

const char *
row_draw(Str line, size_t from, size_t to, Regex *re)
{
	const bool *hit = matches(line, re);
	bool reverse = false;
	int column = 0;

	ntext = 0;
	for (size_t i = 0; i < from; ) { /* the sequences before are still in force */
		Piece p = piece_at(line, i, 0);

		if (p.sequence)
			put(line.s + i, p.n);
		i += p.n;
	}
	for (size_t i = from; i < to; ) {
		Piece p = piece_at(line, i, column);
		bool wanted = hit != NULL && hit[i];

		if (wanted != reverse && !p.sequence) {
			put(wanted ? "\033[7m" : "\033[27m", wanted ? 4 : 5);
			reverse = wanted;
		}
		put_piece(line, i, p);
		column += p.width;
		i += p.n;
	}
	put("", 1);
	return text;
}
