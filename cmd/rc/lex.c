/*
 * lex.c - tokens: characters of an Input to what the parser takes.
 */
#include "cmd/rc/rc.h"

/* Takes the next character if it is c. */
static bool
input_take(Input *in, int c)
{
	int got = input_getc(in);

	if (got == c)
		return true;
	if (got >= 0)
		input_ungetc(in);
	return false;
}

static int
input_peek(Input *in)
{
	int c = input_getc(in);

	if (c >= 0)
		input_ungetc(in);
	return c;
}

static bool
lex_space(Input *in)
{
	bool any = false;
	int c;

	for (;; any = true) {
		c = input_getc(in);
		if (c == '#') {
			while (c > 0 && c != '\n')
				c = input_getc(in);
		} else if (c == ' ' || c == '\t') {
			continue;
		} else if (c == '\\' && input_take(in, '\n')) {
			continue;
		}
		if (c >= 0)
			input_ungetc(in);
		return any;
	}
}

static bool
is_wordchar(int c, int mode)
{
	if (mode & LEXNAME)
		return c > ' ' && strchr("!\"#$%&'()+,-./:;<=>?@[\\]^`{|}~", c) == NULL;
	if (c == '=')
		return (mode & LEXARG) != 0;
	return c > 0 && strchr("\n \t#;&|^$`'{}()<>", c) == NULL;
}

static void
lex_quoted(Input *in, Token *t, Buf *b)
{
	static const char two[2] = { GLOB, GLOB };
	int c;

	for (;;) {
		c = input_getc(in);
		if (c <= 0) {
			t->type = Tbad;
			t->text = in->failed ? NULL : (char *)"end of input in a quoted word";
			return;
		}
		if (c == '\'' && !input_take(in, '\''))
			return;
		if (c == GLOB)
			buf_add(b, two, 2);
		else
			buf_add(b, &(char){ (char)c }, 1);
	}
}

static void
lex_word(Input *in, Unit *u, int mode, Token *t)
{
	Buf b = { 0 };
	int c = input_getc(in);

	t->type = Tword;
	buf_str(&b, "");
	if (c == '\'') {
		t->quoted = true;
		lex_quoted(in, t, &b);
	} else {
		for (; is_wordchar(c, mode); c = input_getc(in)) {
			if (c == '\\') { /* before a newline it is a blank, before one more it isn't */
				if (input_peek(in) == '\n')
					break;
				if (input_take(in, c))
					buf_add(&b, "\\", 1);
			}
			if (c == GLOB || (!(mode & LEXNAME) && (c == '*' || c == '?' || c == '[')))
				buf_add(&b, &(char){ GLOB }, 1);
			buf_add(&b, &(char){ (char)c }, 1);
		}
		if (c >= 0)
			input_ungetc(in);
	}
	if (t->type == Tword)
		t->text = unit_text(u, b.s, b.n);
	buf_free(&b);
}

static int
lex_number(Input *in)
{
	int n = -1, c;

	while ((c = input_getc(in)) >= '0' && c <= '9')
		if (n < 100000)
			n = (n < 0 ? 0 : n) * 10 + (c - '0');
	if (c >= 0)
		input_ungetc(in);
	return n;
}

/* [a], [a=b] or [a=] after a redirection or a pipe; how many numbers, or -1. */
static int
lex_fds(Input *in, int *a, int *b)
{
	int n;

	if (!input_take(in, '['))
		return 0;
	n = lex_number(in);
	if (n < 0)
		return -1;
	*a = n;
	if (input_take(in, ']'))
		return 1;
	if (!input_take(in, '='))
		return -1;
	n = lex_number(in);
	if (!input_take(in, ']'))
		return -1;
	*b = n;
	return 2;
}

static void
lex_redir(Input *in, int c, Token *t)
{
	t->type = Tredir;
	t->fd0 = c == '<' ? 0 : 1;
	t->fd1 = -1;
	t->op = c == '<' ? Rread : Rwrite;
	if (c == '>' && input_take(in, '>')) {
		t->op = Rappend;
	} else if (c == '<' && input_take(in, '<')) {
		t->op = Rhere;
	} else if (c == '<' && input_take(in, '>')) {
		t->op = Rrdwr;
	}
	switch (lex_fds(in, &t->fd0, &t->fd1)) {
	case -1:
		t->type = Tbad;
		t->text = (char *)"bad [fd] after a redirection";
		break;
	case 2:
		t->op = t->fd1 < 0 ? Rclose : Rdup;
		break;
	}
}

/* |[5] reads what the left command writes to 5; |[3=5] on 3 of the right one. */
static void
lex_pipe(Input *in, Token *t)
{
	int n, left;

	if (input_take(in, '|')) {
		t->type = Tor;
		return;
	}
	t->type = Tpipe;
	t->fd0 = 1;
	t->fd1 = 0;
	n = lex_fds(in, &t->fd0, &t->fd1);
	if (n < 0 || t->fd1 < 0) {
		t->type = Tbad;
		t->text = (char *)"bad [fd] after a pipe";
	}
	if (n == 2) {
		left = t->fd1;
		t->fd1 = t->fd0;
		t->fd0 = left;
	}
}

void
lex(Input *in, Unit *u, int mode, Token *t)
{
	int c;

	*t = (Token){ 0 };
	t->spaced = lex_space(in);
	t->line = in->line;
	t->start = in->pos;
	c = input_getc(in);
	switch (c) {
	case -1:
		t->type = Teof;
		break;
	case 0:
		t->type = Tbad;
		t->text = (char *)"NUL in the input";
		break;
	case '\n':
		t->type = Tnl;
		if (in->here != NULL && !here_read(in, u)) {
			t->type = Tbad;
			t->text = in->failed ? NULL : (char *)"NUL in a here document";
		}
		break;
	case ';': case '(': case ')': case '{': case '}': case '^': case '`':
		t->type = c;
		break;
	case '&':
		t->type = input_take(in, '&') ? Tand : '&';
		break;
	case '|':
		lex_pipe(in, t);
		break;
	case '<': case '>':
		lex_redir(in, c, t);
		break;
	case '$':
		t->type = input_take(in, '#') ? Tcount : input_take(in, '"') ? Tjoin : '$';
		break;
	default:
		if (c == '=' && !is_wordchar(c, mode)) {
			t->type = c;
			break;
		}
		input_ungetc(in);
		if (c != '\'' && !is_wordchar(c, mode))
			mode = LEXARG; /* after $: not a name, an ordinary word */
		lex_word(in, u, mode, t);
		break;
	}
	if (t->type == Teof && in->failed)
		t->type = Tbad;
	t->end = in->pos;
}
