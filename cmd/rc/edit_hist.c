/*
 * edit_hist.c - of the line editor: older lines with Up and Down, and ^R, which
 * searches for one while its text is typed.
 */
#include "cmd/rc/edit.h"

/* Shows line i of the history, or the one that was being typed. */
static void
hist_show(Edit *e, size_t i)
{
	const char *s = i < e->history->n ? e->history->line[i] : NULL;

	if (e->hist == e->history->n && i < e->hist)
		buf_set(&e->own, e->text.n > 0 ? e->text.s : "", e->text.n);
	e->hist = i;
	if (s != NULL)
		buf_set(&e->text, s, strlen(s));
	else
		buf_set(&e->text, e->own.n > 0 ? e->own.s : "", e->own.n);
	e->at = e->text.n;
}

void
hist_move(Edit *e, int dir)
{
	if (e->history == NULL || (dir < 0 ? e->hist == 0 : e->hist >= e->history->n)) {
		buf_str(&e->screen.out, "\a");
		return;
	}
	hist_show(e, dir < 0 ? e->hist - 1 : e->hist + 1);
}

/* ---- search ---- */

/* The last place of the pattern in s, NULL: none. */
static const char *
last_in(const char *s, const char *pattern)
{
	const char *last = NULL;

	for (; (s = strstr(s, pattern)) != NULL; s++)
		last = s;
	return last;
}

/* Looks from line i on, backwards; other: for another text than is shown. */
static void
search_from(Edit *e, size_t i, bool other)
{
	const char *at;

	for (; i-- > 0;) {
		at = last_in(e->history->line[i], e->pattern.s);
		if (at != NULL && !(other && strcmp(e->text.s, e->history->line[i]) == 0)) {
			buf_set(&e->text, e->history->line[i], strlen(e->history->line[i]));
			e->at = (size_t)(at - e->history->line[i]);
			e->found = i;
			e->failing = false;
			return;
		}
	}
	e->failing = true;
}

/* The pattern has changed: the line found stays if it has it. */
static void
search_again(Edit *e)
{
	const char *at;

	if (e->pattern.n == 0)
		return;
	at = e->found < e->history->n ? last_in(e->history->line[e->found], e->pattern.s) : NULL;
	if (at != NULL) {
		buf_set(&e->text, e->history->line[e->found], strlen(e->history->line[e->found]));
		e->at = (size_t)(at - e->history->line[e->found]);
		e->failing = false;
	} else {
		search_from(e, e->found < e->history->n ? e->found : e->history->n, false);
	}
}

void
search_start(Edit *e)
{
	if (e->history == NULL)
		return;
	if (e->hist == e->history->n)
		buf_set(&e->own, e->text.n > 0 ? e->text.s : "", e->text.n);
	e->own_at = e->at;
	e->searching = true;
	e->failing = false;
	e->found = e->history->n;
	buf_set(&e->pattern, "", 0);
}

static void
search_cancel(Edit *e)
{
	e->searching = false;
	e->hist = e->history->n;
	buf_set(&e->text, e->own.n > 0 ? e->own.s : "", e->own.n);
	e->at = e->own_at < e->text.n ? e->own_at : e->text.n;
}

static void
search_shorten(Edit *e)
{
	while (e->pattern.n > 0 && ((uint8_t)e->pattern.s[e->pattern.n - 1] & 0xC0) == 0x80)
		buf_cut(&e->pattern, e->pattern.n - 1, 1);
	if (e->pattern.n > 0)
		buf_cut(&e->pattern, e->pattern.n - 1, 1);
	e->found = e->history->n;
	search_again(e);
}

bool
search_key(Edit *e, const Key *k)
{
	enum { CTRL_G = 7, BACKSPACE = 8, CTRL_R = 18, DELETE = 0x7F };
	char text[UTFmax];

	if (k->mod == 0 && k->code == CTRL_R) {
		if (e->pattern.n > 0)
			search_from(e, e->found, true);
	} else if (k->mod == 0 && (k->code == BACKSPACE || k->code == DELETE)) {
		search_shorten(e);
	} else if (k->mod == 0 && k->code == CTRL_G) {
		search_cancel(e);
	} else if (k->mod == 0 && k->code >= 0x20 && k->code <= Runemax) {
		buf_add(&e->pattern, text, (size_t)runetochar(text, &k->code));
		search_again(e);
	} else if (k->code != KeySize && k->code != KeyCursor) {
		e->searching = false;
		if (e->found < e->history->n)
			e->hist = e->found;
		return false;
	} else {
		return false;
	}
	return true;
}

const char *
search_prompt(Edit *e)
{
	e->label.n = 0;
	buf_str(&e->label, e->failing ? "not found '" : "search '");
	buf_str(&e->label, e->pattern.s);
	buf_str(&e->label, "': ");
	return e->label.s;
}
