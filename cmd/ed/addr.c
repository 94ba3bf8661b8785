/*
 * cmd/ed/addr.c - addresses, and the expressions in them.
 */
#include "cmd/ed/ed.h"

static Regex *pattern;

bool
pattern_get(int delim)
{
	static Chars text;
	Regex *re;
	int c = in_get();

	text.n = 0;
	if (c == delim || c == '\n') {
		if (c == '\n')
			in_unget(c);
		return pattern != NULL;
	}
	for (; c != delim && c != '\n'; c = in_get()) {
		if (c < 0)
			return false;
		if (c == '\\') {
			text_add(&text, c);
			c = in_get();
			if (c == '\n' || c < 0)
				return false;
		}
		if (c != 0)
			text_add(&text, c);
	}
	if (c == '\n')
		in_unget(c);
	re = regex_new(text_end(&text), 0);
	if (re == NULL)
		return false;
	regex_free(pattern);
	pattern = re;
	return true;
}

bool
match_from(const char *s, size_t n, size_t from, Span *spans)
{
	return regex_match(pattern, s, n, from, spans, REGEX_NSUB);
}

bool
match_line(size_t i)
{
	const Line *l = buf_line(i);

	return regex_test(pattern, l->s, l->n);
}

/* The next line that matches, around the ends; from 0 as from any other. */
static bool
search(int64_t *line, int sign)
{
	int64_t n = (int64_t)buf_count(), at = *line;

	for (int64_t i = 0; i <= n && !ed.interrupted; i++) {
		at += sign;
		if (at <= 0 && sign < 0)
			at = n;
		if (at > n)
			at = 0;
		if (at > 0 && match_line((size_t)at)) {
			*line = at;
			return true;
		}
	}
	return false;
}

bool
in_number(uint64_t *v)
{
	bool any = false;
	int c;

	for (*v = 0; (c = in_get()) >= '0' && c <= '9'; any = true)
		if (*v < (uint64_t)1 << 40)
			*v = *v * 10 + (uint64_t)(c - '0');
	in_unget(c);
	return any;
}

static int
skip_blanks(void)
{
	int c;

	do
		c = in_get();
	while (c == ' ' || c == '\t');
	return c;
}

/*
 * Terms, with + or - between (+ may be missing). A sign without a term behind it counts
 * 1. The first term may be any; those that follow are numbers and searches.
 */
bool
addr_get(int64_t *line)
{
	int64_t at = (int64_t)ed.dot, n = (int64_t)buf_count();
	int sign = 1, terms = 0;
	bool pending = false;   /* a sign that has no term yet */
	uint64_t v;

	for (;;) {
		int c = skip_blanks();

		if (c >= '0' && c <= '9') {
			in_unget(c);
			in_number(&v);
			at = (terms == 0 ? 0 : at) + sign * (int64_t)v;
		} else if (c == '.' || c == '$') {
			if (terms > 0)
				return false;
			at = c == '$' ? n : at;
		} else if (c == '\'') {
			c = in_get();
			if (terms > 0 || c < 'a' || c > 'z' || (at = (int64_t)buf_marked((char)c)) == 0)
				return false;
		} else if (c == '/' || c == '?') {
			if (!pattern_get(c) || !search(&at, c == '?' ? -sign : sign))
				return false;
		} else {
			if (pending)
				at += sign;
			if (at < 0 || at > n)
				return false;
			if (c != '+' && c != '-' && c != '^') {
				in_unget(c);
				*line = terms == 0 ? -1 : at;
				return true;
			}
			sign = c == '+' ? 1 : -1;
			pending = true;
			terms++;
			continue;
		}
		if (at < 0 || at > n)
			return false;
		sign = 1;
		pending = false;
		terms++;
	}
}
