/*
 * cmd/edit/change.c - what is typed, deleted, cut and put back.
 */
#include "cmd/edit/edit.h"

unsigned change_group;
bool cutting, pasting;
static char *cut;
static size_t ncut;

void
insert(const char *s, size_t n, unsigned g)
{
	cur = text_change(cur, cur, s, n, g);
	goal = -1;
}

void
insert_rune(Rune r)
{
	static unsigned typing;
	static Pos end;
	char utf[UTFmax];

	if (pasting)
		typing = change_group; /* an undo takes all of it back */
	else if (end.line != cur.line || end.at != cur.at || typing == 0 || r == ' ')
		typing = ++change_group; /* … a word */
	insert(utf, (size_t)runetochar(utf, &r), typing);
	end = cur;
}

static void
delete_to(Pos to)
{
	if (pos_before(to, cur))
		cur = text_change(to, cur, "", 0, ++change_group);
	else
		text_change(cur, to, "", 0, ++change_group);
	goal = -1;
}

void
delete_back(void)
{
	Pos from = cur;

	move_left();
	if (pos_before(cur, from)) {
		Pos to = cur;

		cur = from;
		delete_to(to);
	}
}

void
delete_here(void)
{
	Pos from = cur, to;

	move_right();
	to = cur;
	cur = from;
	if (pos_before(from, to))
		delete_to(to);
}

/* The line with its newline: [from, to). */
static void
whole_line(Pos *from, Pos *to)
{
	*from = (Pos){ cur.line, 0 };
	*to = cur.line + 1 < text_lines() ? (Pos){ cur.line + 1, 0 } : (Pos){ cur.line, line_here().n };
}

void
keep_line(bool more)
{
	Pos from, to;
	size_t n;
	char *s;

	whole_line(&from, &to);
	s = text_get(from, to, &n);
	if (!more)
		ncut = 0;
	cut = cmd_alloc(cut, ncut + n + 2);
	memcpy(cut + ncut, s, n);
	ncut += n;
	if (to.line == from.line)
		cut[ncut++] = '\n'; /* the last line had none */
	free(s);
}

void
cut_line(void)
{
	Pos from, to;

	whole_line(&from, &to);
	if (from.line == to.line && from.at == to.at)
		return;
	keep_line(cutting);
	cur = from;
	delete_to(to);
}

void
put_back(void)
{
	if (ncut == 0) {
		say("nothing was cut or copied yet");
		return;
	}
	cur.at = 0;
	insert(cut, ncut, ++change_group);
}
