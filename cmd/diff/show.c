/*
 * cmd/diff/show.c - changes as text, in each of the forms.
 */
#include "cmd/diff/diff.h"

enum { CONTEXT_LINES = 3 };

static Biobuf *out;
static const Text *A, *B;

/* Lines [from, to), counted from 0, as people count; an empty range by the line before. */
static void
range(size_t from, size_t to, const char *separator)
{
	Bprint(out, "%zu", from < to ? from + 1 : from);
	if (to > from + 1)
		Bprint(out, "%s%zu", separator, to);
}

static void
lines(const Text *t, size_t from, size_t to, const char *before)
{
	for (; from < to; from++) {
		Str s = text_line(t, from);

		Bprint(out, "%s", before);
		Bwrite(out, s.s, (int64_t)s.n);
		Bputc(out, '\n');
		if (from + 1 == t->nline && t->no_newline && *before != '\0')
			Bprint(out, "\\ No newline at end of file\n");
	}
}

static char
verb(const Change *c)
{
	return c->a0 == c->a1 ? 'a' : c->b0 == c->b1 ? 'd' : 'c';
}

static void
show_normal(const Change *c, bool named)
{
	if (named)
		Bprint(out, "%s:", A->name);
	range(c->a0, c->a1, ",");
	Bprint(out, named ? " %c %s:" : "%c", verb(c), B->name);
	range(c->b0, c->b1, ",");
	Bputc(out, '\n');
	lines(A, c->a0, c->a1, "< ");
	if (verb(c) == 'c')
		Bprint(out, "---\n");
	lines(B, c->b0, c->b1, "> ");
}

/* For ed. A line that is "." alone would end the text: it gets a second one, which ed
 * takes away again. */
static void
show_script(const Change *c)
{
	size_t from = c->b0;
	bool more = false;

	range(c->a0, c->a1, ",");
	Bprint(out, "%c\n", verb(c));
	if (verb(c) == 'd')
		return;
	for (size_t i = from; i < c->b1; i++) {
		if (more)
			Bprint(out, "a\n");
		more = str_eq(text_line(B, i), ".");
		if (more)
			Bprint(out, "..\n.\ns/.//\n");
		else
			lines(B, i, i + 1, "");
	}
	if (!more)
		Bprint(out, ".\n");
}

static void
show_forward(const Change *c)
{
	Bprint(out, "%c", verb(c));
	range(c->a0, c->a1, " ");
	Bputc(out, '\n');
	if (verb(c) == 'd')
		return;
	lines(B, c->b0, c->b1, "");
	Bprint(out, ".\n");
}

/* Changes c[0..n) with the lines around them. */
static void
show_hunk(const Change *c, size_t n, size_t around, bool unified)
{
	const char *same = unified ? " " : "  ", *less = unified ? "-" : "- ", *more = unified ? "+" : "+ ";
	size_t a0 = c[0].a0 < around ? 0 : c[0].a0 - around, a1 = c[n - 1].a1;
	size_t b0 = c[0].b0 - (c[0].a0 - a0), b1 = c[n - 1].b1, tail = A->nline - a1;

	if (tail > around)
		tail = around;
	a1 += tail;
	b1 += tail;
	if (unified) {
		Bprint(out, "@@ -%zu,%zu +%zu,%zu @@\n", a0 + (a1 > a0), a1 - a0, b0 + (b1 > b0), b1 - b0);
	} else {
		Bprint(out, "%s:", A->name);
		range(a0, a1, ",");
		Bprint(out, " - %s:", B->name);
		range(b0, b1, ",");
		Bputc(out, '\n');
	}
	for (; n > 0; c++, n--) {
		lines(A, a0, c->a0, same);
		lines(A, c->a0, c->a1, less);
		lines(B, c->b0, c->b1, more);
		a0 = c->a1;
	}
	lines(A, a0, a1, same);
}

static void
show_hunks(const Change *c, size_t n, size_t around, bool unified)
{
	if (unified)
		Bprint(out, "--- %s\n+++ %s\n", A->name, B->name);
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && c[k].a0 - c[k - 1].a1 < 2 * around; k++)
			;
		show_hunk(c + i, k - i, around, unified);
	}
}

void
changes_show(Biobuf *b, const Text *from, const Text *to, const Change *c, size_t n, enum Mode mode)
{
	out = b;
	A = from;
	B = to;
	switch (mode) {
	case CONTEXT:
	case UNIFIED:
		show_hunks(c, n, CONTEXT_LINES, mode == UNIFIED);
		return;
	case ALL:
		show_hunks(c, n, SIZE_MAX / 4, false);
		return;
	case SCRIPT:
		for (size_t i = n; i > 0; i--)
			show_script(&c[i - 1]);
		return;
	case FORWARD:
		for (size_t i = 0; i < n; i++)
			show_forward(&c[i]);
		return;
	default:
		for (size_t i = 0; i < n; i++)
			show_normal(&c[i], mode == NAMED);
	}
}
