/*
 * cmd/edit/find.c - finding and replacing; going to a line.
 */
#include "cmd/edit/edit.h"

char find_text[ASK_MAX];

/* The next place of text behind `from`, around the end of the file when `wrap`. */
static bool
find(Pos from, const char *text, bool wrap, Pos *found)
{
	size_t n = strlen(text), start = from.line;

	for (size_t i = 0; i <= text_lines(); i++) {
		size_t at = i == 0 ? from.at : 0, k = start + i;
		const char *s;
		Str l;

		if (k >= text_lines() && !wrap)
			return false;
		k %= text_lines();
		l = text_line(k);
		s = l.n >= at + n ? memmem(l.s + at, l.n - at, text, n) : NULL;
		if (s != NULL) {
			*found = (Pos){ k, (size_t)(s - l.s) };
			return true;
		}
	}
	return false;
}

void
find_next(void)
{
	Pos from = cur, found;

	if (find_text[0] == '\0') {
		say("nothing to find yet: ^F");
		return;
	}
	from.at = char_next(line_here(), from.at) > from.at ? char_next(line_here(), from.at) : from.at;
	if (from.at == cur.at && from.line + 1 < text_lines())
		from = (Pos){ from.line + 1, 0 };
	if (!find(from, find_text, true, &found)) {
		say("not found: %s", find_text);
		return;
	}
	if (!pos_before(cur, found))
		say("from the beginning again");
	cur = found;
	goal = -1;
	if (cur.line < top || cur.line >= top + (size_t)screen_rows())
		top = cur.line > (size_t)screen_rows() / 2 ? cur.line - (size_t)screen_rows() / 2 : 0;
}

void
replace_all(void)
{
	static char by[ASK_MAX];
	size_t count = 0;
	Pos at = cur, found;

	if (!ask("replace, from here on: ", find_text, sizeof find_text) || find_text[0] == '\0')
		return;
	if (!ask("by: ", by, sizeof by))
		return;
	change_group++;
	while (find(at, find_text, false, &found)) {
		Pos end = { found.line, found.at + strlen(find_text) };

		cur = at = text_change(found, end, by, strlen(by), change_group);
		count++;
	}
	if (count == 0)
		say("not found: %s", find_text);
	else
		say("%zu replaced", count);
}

void
go_line(void)
{
	char text[32] = "";
	uint64_t n;

	if (!ask("line: ", text, sizeof text) || text[0] == '\0')
		return;
	if (parse_u64(text, strlen(text), &n) < 0) {
		say("%s is no number", text);
		return;
	}
	cur = (Pos){ n < 1 ? 0 : n > text_lines() ? text_lines() - 1 : (size_t)n - 1, 0 };
	goal = -1;
}
