/*
 * cmd/edit/move.c - moving the cursor.
 */
#include "cmd/edit/edit.h"

Pos cur;
int goal = -1;

void
move_lines(int64_t n)
{
	int64_t to = (int64_t)cur.line + n, last = (int64_t)text_lines() - 1;

	if (goal < 0)
		goal = column_of(line_here(), cur.at);
	cur.line = (size_t)(to < 0 ? 0 : to > last ? last : to);
	cur.at = at_column(line_here(), goal);
}

void
move_page(int sign)
{
	int n = screen_rows() - 1 > 0 ? screen_rows() - 1 : 1;
	int64_t to = (int64_t)top + sign * n;

	move_lines(sign * n);
	top = to < 0 ? 0 : (size_t)to < text_lines() ? (size_t)to : top;
	if (cur.line < top)
		top = cur.line;
}

void
move_left(void)
{
	if (cur.at > 0)
		cur.at = char_before(line_here(), cur.at);
	else if (cur.line > 0)
		cur = (Pos){ cur.line - 1, text_line(cur.line - 1).n };
}

void
move_right(void)
{
	if (cur.at < line_here().n)
		cur.at = char_next(line_here(), cur.at);
	else if (cur.line + 1 < text_lines())
		cur = (Pos){ cur.line + 1, 0 };
}

static bool
in_word(Pos p)
{
	Str l = text_line(p.line);
	Rune r;

	if (p.at >= l.n || !fullrune(l.s + p.at, l.n - p.at))
		return false;
	chartorune(&r, l.s + p.at);
	return r == '_' || r >= 0x80 || isalpharune(r) || isdigitrune(r);
}

bool
pos_before(Pos p, Pos q)
{
	return p.line < q.line || (p.line == q.line && p.at < q.at);
}

void
word_right(void)
{
	Pos end = text_end();

	while (in_word(cur) && pos_before(cur, end))
		move_right();
	while (!in_word(cur) && pos_before(cur, end))
		move_right();
}

void
word_left(void)
{
	Pos start = { 0, 0 }, last = cur;

	do {
		last = cur;
		move_left();
	} while (!in_word(cur) && pos_before(start, cur));
	while (in_word(cur) && pos_before(start, cur)) {
		last = cur;
		move_left();
	}
	if (!in_word(cur) && pos_before(cur, last) && in_word(last))
		cur = last;
}
