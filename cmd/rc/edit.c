/*
 * edit.c - the line editor's keys.
 *
 *	Left Right ^B ^F, with ctrl or alt (Alt-b, Alt-f) by words; Home End ^A ^E
 *	Backspace, Del ^D, ^W word, Alt-d Alt-Backspace, ^K to the end, ^U to the begin of
 *	the line, ^Y what was so erased, ^T changes two characters' places
 *	Up Down ^N older and newer lines; ^R searches for one; Tab completes
 *	^L clears the screen, ^V takes the next key as text, ^D alone ends the input
 *
 * A paste (between KeyPaste and KeyPasteend) is text, newlines and tabs too.
 * ^C cancels the line, ^P is the console's. What no key means is ignored.
 * SEE     tests/unit/edit.c
 */
#include "cmd/rc/edit.h"

enum {
	CTRL_A = 1, CTRL_B = 2, CTRL_C = 3, CTRL_D = 4, CTRL_E = 5, CTRL_F = 6, BACKSPACE = 8, TAB = 9, NEWLINE = 10, CTRL_K = 11,
	CTRL_L = 12, RETURN = 13, CTRL_N = 14, CTRL_R = 18, CTRL_T = 20, CTRL_U = 21, CTRL_V = 22, CTRL_W = 23,
	CTRL_Y = 25, DELETE = 0x7F,
};

void
edit_start(Edit *e, const char *prompt, bool rest)
{
	const char *last = strrchr(prompt, '\n');

	last = last != NULL ? last + 1 : prompt;
	buf_set(&e->head, prompt, (size_t)(last - prompt));
	buf_set(&e->prompt, last, strlen(last));
	e->rest = rest;
	buf_set(&e->text, "", 0);
	e->at = 0;
	e->hist = e->history != NULL ? e->history->n : 0;
	e->own.n = 0;
	e->keys = (KeyIn){ .alt = false };
	e->killing = e->was_killing = e->pasting = e->literal = e->searching = e->tabbed = e->asking = false;
	completion_free(&e->choices);
	screen_fresh(&e->screen);
	buf_add(&e->screen.out, e->head.s, e->head.n);
}

void
edit_draw(Edit *e)
{
	if (e->cols != 0) {
		if (e->cols == e->screen.cols && e->rows == e->screen.rows)
			edit_redraw(e);
		else
			screen_resize(&e->screen, e->cols, e->rows);
		e->cols = 0;
	}
	if (!e->pasting && !e->asking)
		screen_show(&e->screen, e->searching ? search_prompt(e) : e->prompt.s, e->text.s, e->text.n, e->at);
}

void
edit_redraw(Edit *e)
{
	buf_str(&e->screen.out, "\r\033[J");
	screen_fresh(&e->screen);
	buf_add(&e->screen.out, e->head.s, e->head.n);
}

void
edit_end(Edit *e, const char *mark)
{
	if (e->asking)
		buf_str(&e->screen.out, "\r\n");
	e->searching = e->pasting = e->asking = false;
	e->at = e->text.n;
	edit_draw(e);
	buf_str(&e->screen.out, mark);
	screen_leave(&e->screen);
}

void
edit_free(Edit *e)
{
	buf_free(&e->prompt);
	buf_free(&e->head);
	buf_free(&e->text);
	buf_free(&e->killed);
	buf_free(&e->own);
	buf_free(&e->pattern);
	buf_free(&e->label);
	completion_free(&e->choices);
	screen_free(&e->screen);
}

/* ---- keys ---- */

static void
erase(Edit *e, size_t from, size_t to)
{
	buf_cut(&e->text, from, to - from);
	e->at = from;
}

static void
key_text(Edit *e, uint32_t code)
{
	char text[UTFmax];

	if (code >= KeyByte) {
		text[0] = (char)(code - KeyByte);
		text_insert(e, text, 1);
	} else if (code != 0 && code <= Runemax) {
		text_insert(e, text, (size_t)runetochar(text, &code));
	}
}

static void
paste_key(Edit *e, const Key *k)
{
	if (k->code == KeyPasteend)
		e->pasting = false;
	else if (k->code == RETURN)
		key_text(e, NEWLINE);
	else
		key_text(e, k->code);
}

static void
kill_line(Edit *e)
{
	size_t end = text_line_end(e, e->at);

	text_kill(e, e->at, end == e->at && end < e->text.n ? end + 1 : end);
}

static void
clear_key(Edit *e)
{
	screen_clear(&e->screen);
	if (e->ask_size != NULL)
		e->ask_size();
	buf_add(&e->screen.out, e->head.s, e->head.n);
}

static void
vertical_key(Edit *e, int dir)
{
	if (!text_vertical(e, dir))
		hist_move(e, dir);
}

static void
moving_key(Edit *e, const Key *k)
{
	bool word = k->mod & (KeyAlt | KeyCtrl);

	switch (k->code) {
	case KeyLeft: e->at = word ? text_word_left(e, e->at) : text_left(e, e->at); break;
	case KeyRight: e->at = word ? text_word_right(e, e->at) : text_right(e, e->at); break;
	case KeyHome: e->at = text_line_begin(e, e->at); break;
	case KeyEnd: e->at = text_line_end(e, e->at); break;
	case KeyUp: vertical_key(e, -1); break;
	case KeyDown: vertical_key(e, 1); break;
	case KeyDel:
		if (word)
			text_kill(e, e->at, text_word_right(e, e->at));
		else
			erase(e, e->at, text_right(e, e->at));
		break;
	case KeyPaste: e->pasting = true; break;
	case KeySize:
		e->cols = k->arg[1];
		e->rows = k->arg[0];
		break;
	}
}

static void
alt_key(Edit *e, uint32_t code)
{
	switch (code) {
	case 'b': e->at = text_word_left(e, e->at); break;
	case 'f': e->at = text_word_right(e, e->at); break;
	case 'd': text_kill(e, e->at, text_word_right(e, e->at)); break;
	case BACKSPACE:
	case DELETE: text_kill(e, text_word_left(e, e->at), e->at); break;
	}
}

static void
control_key(Edit *e, uint32_t code)
{
	switch (code) {
	case CTRL_A: e->at = text_line_begin(e, e->at); break;
	case CTRL_B: e->at = text_left(e, e->at); break;
	case CTRL_D: erase(e, e->at, text_right(e, e->at)); break;
	case CTRL_E: e->at = text_line_end(e, e->at); break;
	case CTRL_F: e->at = text_right(e, e->at); break;
	case BACKSPACE:
	case DELETE: erase(e, text_left(e, e->at), e->at); break;
	case CTRL_K: kill_line(e); break;
	case CTRL_L: clear_key(e); break;
	case CTRL_N: vertical_key(e, 1); break;
	case CTRL_R: search_start(e); break;
	case CTRL_T: text_transpose(e); break;
	case CTRL_U: text_kill(e, text_line_begin(e, e->at), e->at); break;
	case CTRL_V: e->literal = true; break;
	case CTRL_W: text_kill(e, text_blank_left(e, e->at), e->at); break;
	case CTRL_Y: text_insert(e, e->killed.n > 0 ? e->killed.s : "", e->killed.n); break;
	}
}

/* In a command's later lines, a tab before all else is white space. */
static bool
tab_is_text(const Edit *e)
{
	size_t begin = text_line_begin(e, e->at);

	return (e->rest || begin > 0) && strspn(e->text.s + begin, " \t") >= e->at - begin;
}

static enum EditEvent
key_do(Edit *e, const Key *k)
{
	bool plain = !(k->mod & KeyAlt);

	e->was_killing = e->killing;
	e->killing = false;
	if (k->code != TAB && k->code != KeySize)
		e->tabbed = false;
	if (k->code >= KeyUp && k->code < KeyByte) {
		moving_key(e, k);
	} else if (!plain) {
		alt_key(e, k->code);
	} else if (k->code == RETURN || k->code == NEWLINE) {
		return EDIT_DONE;
	} else if (k->code == CTRL_D && e->text.n == 0) {
		return EDIT_EOF;
	} else if (k->code == TAB && !tab_is_text(e)) {
		tab_key(e);
	} else if (k->code == TAB || (k->code >= 0x20 && k->code != DELETE)) {
		key_text(e, k->code);
	} else {
		control_key(e, k->code);
	}
	return EDIT_MORE;
}

static enum EditEvent
key_take(Edit *e, const Key *k)
{
	if (k->code == CTRL_C && k->mod == 0)
		return EDIT_CANCEL;
	if (e->pasting && k->code != KeySize) {
		paste_key(e, k);
	} else if (e->asking) {
		answer_key(e, k);
		if (k->code == KeySize) /* not drawn wrapped: the question stays */
			e->screen.cols = k->arg[1] > 1 ? k->arg[1] : 2, e->screen.rows = k->arg[0];
	} else if (e->literal && k->code <= Runemax) {
		e->literal = false;
		key_text(e, k->code);
	} else if (!e->searching || !search_key(e, k)) {
		return key_do(e, k);
	}
	return EDIT_MORE;
}

enum EditEvent
edit_input(Edit *e, uint8_t c)
{
	enum EditEvent ev = EDIT_MORE;
	Key k[UTFmax];
	size_t n = key_input(&e->keys, c, k);

	for (size_t i = 0; i < n && ev == EDIT_MORE; i++)
		ev = key_take(e, &k[i]);
	e->at = text_settle(e, e->at);
	return ev;
}
