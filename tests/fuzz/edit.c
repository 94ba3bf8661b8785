/*
 * tests/fuzz/edit.c - any bytes into the shell's line editor; the first two are the
 * terminal's size. What is shown must be what is shown when drawn anew, by the rows.
 */
#include "cmd/rc/edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
complete(const char *text, size_t at, Completion *c)
{
	if (at % 3 == 0)
		return;
	c->from = at / 2;
	while (c->from < at && ((uint8_t)text[c->from] & 0xC0) == 0x80)
		c->from++;
	c->text = strdup("日'本 ");
	c->name = malloc(2 * sizeof *c->name);
	c->name[0] = strdup(text);
	c->name[1] = strdup("\xff\033[2J");
	c->n = 2;
}

static void
check(const Edit *e)
{
	Screen fresh = { .cols = e->screen.cols, .rows = e->screen.rows };

	if (e->at > e->text.n || e->screen.y >= e->screen.now.nrow || e->screen.x >= e->screen.cols)
		panic("the cursor is nowhere");
	if (e->searching)
		return;
	screen_fresh(&fresh);
	screen_show(&fresh, e->prompt.s, e->text.s, e->text.n, e->at);
	if (fresh.now.top == e->screen.now.top) {
		if (fresh.now.nrow != e->screen.now.nrow || fresh.y != e->screen.y || fresh.x != e->screen.x)
			panic("other rows");
		for (size_t y = 0; y < fresh.now.nrow; y++)
			if (fresh.now.row[y].n != e->screen.now.row[y].n || fresh.now.row[y].width != e->screen.now.row[y].width ||
			    fresh.now.row[y].width > e->screen.cols)
				panic("row %zu differs", y);
	}
	screen_free(&fresh);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	History h = { 0 };
	Edit e = { .history = &h, .complete = complete };

	if (size < 2 || size > 4096)
		return 0;
	(void)history_add(&h, "echo one two");
	(void)history_add(&h, "for(i in 日本){\n\techo $i\n}");
	e.screen.cols = 1 + data[0] % 100;
	e.screen.rows = 1 + data[1] % 30;
	edit_start(&e, "\033[7mprompt\033[m% ", false);
	edit_draw(&e);
	for (size_t i = 2; i < size; i++) {
		if (edit_input(&e, data[i]) != EDIT_MORE) {
			edit_end(&e, "^C");
			(void)history_add(&h, e.text.s);
			edit_start(&e, "% ", true);
		}
		edit_draw(&e);
		if (!e.asking && !e.pasting)
			check(&e);
		e.screen.out.n = 0;
	}
	edit_free(&e);
	history_free(&h);
	return 0;
}
