/*
 * cmd/ed/sub.c - s: replaces what matches.
 */
#include "cmd/ed/ed.h"

/* The replacement: a byte MARK, then '&' or a digit, is what the expression matched. */
enum { MARK = '\001' };
static Chars right;

static void
right_mark(char what)
{
	char mark[2] = { MARK, what };

	text_bytes(&right, mark, 2);
}

/* Up to delim. A newline ends it too, except in the middle of a global's list. */
static bool
right_get(int delim)
{
	int c;

	right.n = 0;
	while ((c = in_get()) != delim) {
		if (c < 0)
			return false;
		if (c == '\n') {
			if (in_global()) {
				int next = in_peek();

				if (next != IN_END) {
					text_add(&right, c);
					continue;
				}
			}
			in_unget(c);
			ed.print = true;
			return true;
		}
		if (c == '&') {
			right_mark('&');
		} else if (c == '\\') {
			c = in_get();
			if (c < 0)
				return false;
			if (c >= '1' && c <= '9')
				right_mark((char)c);
			else if (c == MARK)
				right_mark(MARK);
			else
				text_add(&right, c);
		} else if (c == MARK) {
			right_mark(MARK);
		} else if (c != 0) {
			text_add(&right, c);
		}
	}
	return true;
}

/* Adds the replacement of one match; false: a (…) that took no part. */
static bool
right_put(Chars *to, const Span *spans)
{
	for (size_t i = 0; i < right.n; i++) {
		const Span *s;

		if (right.s[i] != MARK) {
			text_bytes(to, right.s + i, 1);
			continue;
		}
		i++;
		if (right.s[i] == MARK) {
			text_bytes(to, right.s + i, 1);
			continue;
		}
		s = &spans[right.s[i] == '&' ? 0 : right.s[i] - '0'];
		if (s->s == NULL)
			return false;
		text_bytes(to, s->s, (size_t)(s->e - s->s));
	}
	return true;
}

/* The line with the nth match (all from there on) replaced; *done: there was one. */
static bool
line_sub(const Line *l, uint64_t nth, bool all, Chars *to, bool *done)
{
	Span spans[REGEX_NSUB];
	size_t at = 0, copied = 0;
	uint64_t n = 0;

	*done = false;
	to->n = 0;
	while (at <= l->n && match_from(l->s, l->n, at, spans)) {
		size_t from = (size_t)(spans[0].s - l->s), end = (size_t)(spans[0].e - l->s);

		if (++n >= nth) {
			text_bytes(to, l->s + copied, from - copied);
			if (!right_put(to, spans))
				return false;
			copied = end;
			*done = true;
			if (!all)
				break;
		}
		at = end;
		if (from == end) { /* an empty match: on by one character */
			Rune r;

			if (end == l->n)
				break;
			at += fullrune(l->s + end, l->n - end) ? (size_t)chartorune(&r, l->s + end) : 1;
		}
	}
	text_bytes(to, l->s + copied, l->n - copied);
	return true;
}

/* Puts text in the place of line *i; newlines in it make more lines, and *i is the last. */
static void
lines_put(size_t *i, const Chars *t)
{
	const char *s = t->s, *end = s + t->n, *nl = t->n == 0 ? NULL : memchr(s, '\n', t->n);

	buf_replace(*i, line_new(s, (size_t)((nl == NULL ? end : nl) - s)));
	ed.dot = *i;
	ed.changed = true;
	while (nl != NULL) {
		s = nl + 1;
		nl = memchr(s, '\n', (size_t)(end - s));
		ed_append(*i, line_new(s, (size_t)((nl == NULL ? end : nl) - s)));
		++*i;
	}
}

bool
sub_command(void)
{
	static Chars text;
	bool all, any = in_global();
	uint64_t nth;
	int delim;

	in_number(&nth);
	delim = in_get();
	if (delim == '\n' || delim == ' ' || delim < 0 || !pattern_get(delim) || !right_get(delim))
		return false;
	all = in_peek() == 'g';
	if (all)
		in_get();
	if (!ed_newline())
		return false;
	for (size_t i = ed.addr1, end = ed.addr2; i <= end && !ed.interrupted; i++) {
		size_t first = i;
		bool done;

		if (!line_sub(buf_line(i), nth, all, &text, &done))
			return false;
		if (!done)
			continue;
		lines_put(&i, &text);
		end += i - first;
		any = true;
	}
	return any;
}
