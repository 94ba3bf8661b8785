/*
 * cmd/edit/text.c - the text as lines without their newlines: joined by newlines they are
 * the file, byte for byte. All changes are of one kind: some bytes in the place of others;
 * to undo one is to change back.
 */
#include "cmd/edit/edit.h"

typedef struct Line Line;
struct Line {
	char *s;                /* NULL: it lies in `base`, at off */
	size_t off, n;
};
static char *base;              /* the file as it was loaded */
static Line *lines;
static size_t nline, maxline;

typedef struct Change Change;
struct Change {
	Pos from;
	char *old, *new;        /* what was there, what came */
	size_t nold, nnew;
	unsigned group;
};
static Change *changes;         /* done: [0, ndone); undone: [ndone, nchange) */
static size_t ndone, nchange, maxchange, saved_at;

size_t
text_lines(void)
{
	return nline;
}

Str
text_line(size_t i)
{
	const Line *l = &lines[i];

	return (Str){ l->s != NULL ? l->s : base + l->off, l->n };
}

static void
line_set(Line *l, const char *a, size_t na, const char *b, size_t nb, const char *c, size_t nc)
{
	char *s = cmd_alloc(NULL, na + nb + nc + 1);

	if (na > 0)
		memcpy(s, a, na);
	if (nb > 0)
		memcpy(s + na, b, nb);
	if (nc > 0)
		memcpy(s + na + nb, c, nc);
	*l = (Line){ s, 0, na + nb + nc };
}

static size_t
count_newlines(const char *s, size_t n)
{
	size_t count = 0;

	for (const char *p; n > 0 && (p = memchr(s, '\n', n)) != NULL; count++) {
		n -= (size_t)(p + 1 - s);
		s = p + 1;
	}
	return count;
}

/* Makes room for `add` lines behind line i, or takes `drop` of them away. */
static void
lines_shift(size_t i, size_t drop, size_t add)
{
	for (size_t k = i + 1; k <= i + drop; k++)
		free(lines[k].s);
	if (nline + add - drop > maxline)
		lines = cmd_alloc(lines, (maxline = 2 * (nline + add)) * sizeof *lines);
	memmove(lines + i + 1 + add, lines + i + 1 + drop, (nline - i - 1 - drop) * sizeof *lines);
	nline += add - drop;
}

/* The change itself; the position behind what came. */
static Pos
replace(Pos from, Pos to, const char *s, size_t n)
{
	Str head = text_line(from.line), tail = text_line(to.line);
	size_t add = count_newlines(s, n), ntail = tail.n - to.at;
	char *keep_head = cmd_alloc(NULL, from.at + 1), *keep_tail = cmd_alloc(NULL, ntail + 1);
	const char *nl;
	Pos end = from;

	memcpy(keep_head, head.s, from.at);
	memcpy(keep_tail, tail.s + to.at, ntail);
	lines_shift(from.line, to.line - from.line, add);
	free(lines[from.line].s);
	lines[from.line].s = NULL;
	if (add == 0) {
		line_set(&lines[from.line], keep_head, from.at, s, n, keep_tail, ntail);
		end.at += n;
	} else {
		nl = memchr(s, '\n', n);
		line_set(&lines[from.line], keep_head, from.at, s, (size_t)(nl - s), NULL, 0);
		for (end.line++; ; end.line++) {
			n -= (size_t)(nl + 1 - s);
			s = nl + 1;
			nl = n > 0 ? memchr(s, '\n', n) : NULL;
			if (nl == NULL)
				break;
			line_set(&lines[end.line], s, (size_t)(nl - s), NULL, 0, NULL, 0);
		}
		line_set(&lines[end.line], s, n, keep_tail, ntail, NULL, 0);
		end.at = n;
	}
	free(keep_head);
	free(keep_tail);
	return end;
}

/* Where n bytes from a position on end. */
static Pos
behind(Pos p, const char *s, size_t n)
{
	for (const char *nl; n > 0 && (nl = memchr(s, '\n', n)) != NULL; p = (Pos){ p.line + 1, 0 }) {
		n -= (size_t)(nl + 1 - s);
		s = nl + 1;
	}
	p.at += n;
	return p;
}

char *
text_get(Pos from, Pos to, size_t *n)
{
	char *s = NULL;

	*n = 0;
	for (size_t i = from.line; i <= to.line; i++) {
		Str l = text_line(i);
		size_t a = i == from.line ? from.at : 0, b = i == to.line ? to.at : l.n;

		s = cmd_alloc(s, *n + (b - a) + 2);
		memcpy(s + *n, l.s + a, b - a);
		*n += b - a;
		if (i < to.line)
			s[(*n)++] = '\n';
	}
	return s;
}

static void
change_free(Change *c)
{
	free(c->old);
	free(c->new);
}

/* Typing on right behind the last change is one change with it. */
static bool
join_last(Pos from, size_t nold, const char *s, size_t n, unsigned group)
{
	Change *c = ndone > 0 ? &changes[ndone - 1] : NULL;
	Pos end;

	if (c == NULL || group == 0 || c->group != group || nold > 0 || ndone == saved_at || c->nnew > 4096)
		return false;
	end = behind(c->from, c->new, c->nnew);
	if (end.line != from.line || end.at != from.at)
		return false;
	c->new = cmd_alloc(c->new, c->nnew + n + 1);
	memcpy(c->new + c->nnew, s, n);
	c->nnew += n;
	return true;
}

Pos
text_change(Pos from, Pos to, const char *s, size_t n, unsigned group)
{
	size_t nold;
	char *old = text_get(from, to, &nold);
	Change c = { from, old, cmd_alloc(NULL, n + 1), nold, n, group };

	while (nchange > ndone)
		change_free(&changes[--nchange]);
	if (saved_at > ndone)
		saved_at = SIZE_MAX; /* what was saved can't come back by undoing */
	memcpy(c.new, s, n);
	if (join_last(from, nold, s, n, group)) {
		change_free(&c);
	} else {
		if (nchange == maxchange)
			changes = cmd_alloc(changes, (maxchange = 2 * maxchange + 64) * sizeof *changes);
		changes[nchange++] = c;
		ndone = nchange;
	}
	return replace(from, to, s, n);
}

bool
text_undo(Pos *where)
{
	unsigned group;

	if (ndone == 0)
		return false;
	group = changes[ndone - 1].group;
	do {
		const Change *c = &changes[--ndone];

		*where = replace(c->from, behind(c->from, c->new, c->nnew), c->old, c->nold);
	} while (group != 0 && ndone > 0 && changes[ndone - 1].group == group);
	return true;
}

bool
text_redo(Pos *where)
{
	unsigned group;

	if (ndone == nchange)
		return false;
	group = changes[ndone].group;
	do {
		const Change *c = &changes[ndone++];

		*where = replace(c->from, behind(c->from, c->old, c->nold), c->new, c->nnew);
	} while (group != 0 && ndone < nchange && changes[ndone].group == group);
	return true;
}

void
text_load(char *data, size_t n)
{
	size_t at = 0;

	base = data;
	nline = 0;
	for (;;) {
		const char *nl = n > at ? memchr(data + at, '\n', n - at) : NULL;
		size_t end = nl == NULL ? n : (size_t)(nl - data);

		if (nline == maxline)
			lines = cmd_alloc(lines, (maxline = 2 * maxline + 1024) * sizeof *lines);
		lines[nline++] = (Line){ NULL, at, end - at };
		if (nl == NULL)
			break;
		at = end + 1;
	}
}

bool
text_changed(void)
{
	return ndone != saved_at;
}

void
text_saved(void)
{
	saved_at = ndone;
}
