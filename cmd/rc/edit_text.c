/*
 * edit_text.c - motions and changes of the edited text. A step is a rune with what
 * combines with it; a byte that is no UTF-8 is a step.
 */
#include "cmd/rc/edit.h"

static const char *
bytes(const Edit *e)
{
	return e->text.n > 0 ? e->text.s : "";
}

/* The rune at `at`, and its length. */
static size_t
rune_at(const Edit *e, size_t at, Rune *r)
{
	return (size_t)chartorune(r, bytes(e) + at);
}

size_t
text_right(const Edit *e, size_t at)
{
	size_t k;
	Rune r;

	if (at >= e->text.n)
		return e->text.n;
	at += rune_at(e, at, &r);
	for (; r != '\n' && at < e->text.n; at += k) {
		k = rune_at(e, at, &r);
		if (rune_width(r) != 0 || r == '\n')
			break;
	}
	return at;
}

/* Where the rune, or bad byte, before at > 0 begins. */
static size_t
rune_before(const Edit *e, size_t at, Rune *r)
{
	size_t k = 1;

	while (k < UTFmax && k < at && ((uint8_t)bytes(e)[at - k] & 0xC0) == 0x80)
		k++;
	if (rune_at(e, at - k, r) == k)
		return at - k;
	*r = Runeerror;
	return at - 1;
}

size_t
text_left(const Edit *e, size_t at)
{
	Rune r = 0;

	while (at > 0) {
		at = rune_before(e, at, &r);
		if (rune_width(r) != 0 || (at > 0 && bytes(e)[at - 1] == '\n'))
			break;
	}
	return at;
}

size_t
text_settle(const Edit *e, size_t at)
{
	Rune r;

	while (at > 0 && at < e->text.n && bytes(e)[at - 1] != '\n') {
		size_t k = rune_at(e, at, &r);

		if (rune_width(r) != 0)
			break;
		at += k;
	}
	return at;
}

static bool
is_word(const Edit *e, size_t at)
{
	Rune r;

	(void)rune_at(e, at, &r);
	return r == '_' || isalpharune(r) || isdigitrune(r);
}

size_t
text_word_left(const Edit *e, size_t at)
{
	while (at > 0 && !is_word(e, text_left(e, at)))
		at = text_left(e, at);
	while (at > 0 && is_word(e, text_left(e, at)))
		at = text_left(e, at);
	return at;
}

size_t
text_word_right(const Edit *e, size_t at)
{
	while (at < e->text.n && !is_word(e, at))
		at = text_right(e, at);
	while (at < e->text.n && is_word(e, at))
		at = text_right(e, at);
	return at;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

size_t
text_blank_left(const Edit *e, size_t at)
{
	while (at > 0 && is_blank(bytes(e)[at - 1]))
		at--;
	while (at > 0 && !is_blank(bytes(e)[at - 1]))
		at--;
	return at;
}

size_t
text_line_begin(const Edit *e, size_t at)
{
	while (at > 0 && bytes(e)[at - 1] != '\n')
		at--;
	return at;
}

size_t
text_line_end(const Edit *e, size_t at)
{
	while (at < e->text.n && bytes(e)[at] != '\n')
		at++;
	return at;
}

/* To the line above or below, as many steps from its begin. */
bool
text_vertical(Edit *e, int dir)
{
	size_t begin = text_line_begin(e, e->at), end = text_line_end(e, e->at), steps = 0, to;

	if (dir < 0 ? begin == 0 : end == e->text.n)
		return false;
	for (size_t i = begin; i < e->at; i = text_right(e, i))
		steps++;
	to = dir < 0 ? text_line_begin(e, begin - 1) : end + 1;
	for (end = text_line_end(e, to); steps > 0 && to < end; steps--)
		to = text_right(e, to);
	e->at = to;
	return true;
}

void
text_insert(Edit *e, const char *s, size_t n)
{
	buf_insert(&e->text, e->at, s, n);
	e->at += n;
}

/* Cuts [from, to), for ^Y; kills in a row are one. */
void
text_kill(Edit *e, size_t from, size_t to)
{
	if (from >= to)
		return;
	if (!e->was_killing)
		e->killed.n = 0;
	if (from < e->at)
		buf_insert(&e->killed, 0, e->text.s + from, to - from);
	else
		buf_add(&e->killed, e->text.s + from, to - from);
	buf_cut(&e->text, from, to - from);
	if (e->at > from)
		e->at = e->at < to ? from : e->at - (to - from);
	e->killing = true;
}

/* The steps on both sides of the cursor change places; at a line's end, the last two. */
void
text_transpose(Edit *e)
{
	size_t begin = text_line_begin(e, e->at), mid = e->at, left, right;
	char *s;

	if (mid == text_line_end(e, mid) && mid > begin)
		mid = text_left(e, mid);
	if (mid == begin)
		return;
	left = text_left(e, mid);
	right = text_right(e, mid);
	s = rc_alloc(right - left);
	memcpy(s, e->text.s + mid, right - mid);
	memcpy(s + (right - mid), e->text.s + left, mid - left);
	memcpy(e->text.s + left, s, right - left);
	free(s);
	e->at = right;
}
