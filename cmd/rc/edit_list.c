/*
 * edit_list.c - of the line editor: Tab. It completes as far as all that fits agree; a
 * second one lists them below the line, many only when asked again.
 */
#include "cmd/rc/edit.h"

enum { GAP = 2 };

void
completion_free(Completion *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->name[i]);
	free(c->name);
	free(c->text);
	*c = (Completion){ 0 };
}

/* A name as it is shown: control characters are not the terminal's. */
static void
name_put(Buf *b, const char *s, unsigned *width)
{
	size_t n = strlen(s), k;
	unsigned w;
	Rune r;

	*width = 0;
	for (; n > 0; s += k, n -= k) {
		k = (size_t)chartorune(&r, s);
		w = (unsigned)rune_width(r);
		if (r < 0x20 || (r >= 0x7F && r < 0xA0) || r == Runeerror)
			buf_add(b, "?", (w = 1));
		else
			buf_add(b, s, k);
		*width += w;
	}
}

/* In columns, down and then right. */
static void
choices_show(Edit *e)
{
	size_t n = e->choices.n, cols, rows;
	unsigned *width = rc_alloc(n * sizeof *width), most = 0;
	Buf *name = rc_alloc(n * sizeof *name);
	Buf *out = &e->screen.out;

	for (size_t i = 0; i < n; i++) {
		name_put(&name[i], e->choices.name[i], &width[i]);
		most = width[i] > most ? width[i] : most;
	}
	cols = (e->screen.cols + GAP - 1) / (most + GAP);
	cols = cols > 0 ? cols : 1;
	rows = (n + cols - 1) / cols;
	for (size_t y = 0; y < rows; y++) {
		for (size_t i = y; i < n; i += rows) {
			if (name[i].n > 0)
				buf_add(out, name[i].s, name[i].n);
			for (unsigned x = width[i]; i + rows < n && x < most + GAP; x++)
				buf_add(out, " ", 1);
		}
		buf_add(out, "\r\n", 2);
	}
	for (size_t i = 0; i < n; i++)
		buf_free(&name[i]);
	free(name);
	free(width);
}

/* More than the terminal shows at once? */
static bool
choices_many(const Edit *e)
{
	size_t most = 0, cols;

	for (size_t i = 0; i < e->choices.n; i++)
		if (utflen(e->choices.name[i]) > most)
			most = utflen(e->choices.name[i]);
	cols = (e->screen.cols + GAP - 1) / (most + GAP);
	return e->choices.n > (cols > 0 ? cols : 1) * (e->screen.rows > 2 ? e->screen.rows - 2 : 1);
}

static void
choices_list(Edit *e)
{
	char text[64], *end;

	e->tabbed = false;
	edit_draw(e);
	screen_leave(&e->screen);
	if (choices_many(e)) {
		end = seprint(text, text + sizeof text, "show all %zu? (y/n) ", e->choices.n);
		buf_add(&e->screen.out, text, (size_t)(end - text));
		e->asking = true;
		return;
	}
	choices_show(e);
	completion_free(&e->choices);
}

void
answer_key(Edit *e, const Key *k)
{
	if (k->code == KeySize || k->code == KeyCursor)
		return;
	e->asking = false;
	buf_str(&e->screen.out, "\r\n");
	if (k->code == 'y' || k->code == 'Y' || k->code == ' ' || k->code == '\t')
		choices_show(e);
	completion_free(&e->choices);
}

static bool
same_text(const Edit *e, const Completion *c)
{
	return strlen(c->text) == e->at - c->from && memcmp(c->text, e->text.s + c->from, e->at - c->from) == 0;
}

void
tab_key(Edit *e)
{
	bool again = e->tabbed;
	Completion *c = &e->choices;

	if (e->complete == NULL)
		return;
	e->complete(e->text.n > 0 ? e->text.s : "", e->at, c);
	if (c->text != NULL && !same_text(e, c)) {
		buf_cut(&e->text, c->from, e->at - c->from);
		e->at = c->from;
		text_insert(e, c->text, strlen(c->text));
	} else if (again && c->n > 1) {
		choices_list(e);
		return;
	} else {
		buf_str(&e->screen.out, "\a");
		e->tabbed = true;
	}
	completion_free(c);
}
