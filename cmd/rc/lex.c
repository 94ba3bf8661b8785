/*
 * lex.c - input and tokens.
 *
 * All text of the unit (one line, with what its braces and here documents
 * span) stays in Input.src until the unit is parsed: pushing a character back
 * is a step back, and the text of a function is a piece of it.
 * LIMITS  a unit: INPUT_MAX bytes
 */
#include "cmd/rc/rc.h"

enum { INPUT_READ = 8192, INPUT_MAX = 64 << 20 };

void
input_init(Input *in, int fd, const char *name)
{
	*in = (Input){ .fd = fd, .line = 1 };
	in->name = name == NULL ? NULL : rc_strdup(name);
	in->here_tail = &in->here;
}

void
input_text(Input *in, const char *s, size_t n)
{
	in->src = rc_alloc(n + 1);
	memcpy(in->src, s, n);
	in->n = n;
	in->size = n + 1;
}

void
input_free(Input *in)
{
	if (in->fd >= 0)
		close(in->fd);
	free(in->src);
	free(in->name);
	in->src = in->name = NULL;
}

void
input_drop(Input *in)
{
	if (in->pos > in->n / 2) { /* less is moved than was parsed: linear */
		memmove(in->src, in->src + in->pos, in->n - in->pos);
		in->n -= in->pos;
		in->pos = 0;
	}
	in->start = in->pos;
	in->here = NULL;
	in->here_tail = &in->here;
}

void
input_flush(Input *in)
{
	in->start = in->pos = in->n = 0;
	in->here = NULL;
	in->here_tail = &in->here;
}

bool
input_at_end(Input *in)
{
	return (in->fd < 0 || in->eof) &&
	    strspn(in->src == NULL ? "" : in->src + in->pos, " \t\n") == in->n - in->pos;
}

/* The first prompt asks for a command, the second for the rest of one. */
static int64_t
input_ask(Input *in, Buf *line)
{
	List *p = var_value("prompt");
	bool more = in->pos > in->start;

	if (more && p != NULL)
		p = p->next;
	return edit_line(in, p != NULL ? p->s : more ? "\t" : "% ", more, line);
}

static void
input_room(Input *in, size_t n)
{
	if (in->size - in->n < n + 1) {
		in->size = in->n * 2 + n + 1;
		in->src = rc_grow(in->src, in->size);
	}
}

static bool
input_fill(Input *in)
{
	Buf line = { 0 };
	int64_t n;

	if (in->eof || in->fd < 0)
		return false;
	if (in->n - in->start > INPUT_MAX) {
		rc_warn("command too long");
		in->eof = in->failed = true;
		return false;
	}
	input_room(in, INPUT_READ);
	if (!in->interactive) {
		do /* a note that is not the end of it breaks off no script */
			n = read(in->fd, in->src + in->n, INPUT_READ);
		while (n < 0 && notes_pending() && notes_run() == Xok);
		in->failed = n < 0;
		if (n < 0 && err_code(err_reason()) != Eintr)
			rc_warn("can't read %s: %r", in->name != NULL ? in->name : "the input");
	} else if ((n = input_ask(in, &line)) > 0) {
		input_room(in, (size_t)n);
		memcpy(in->src + in->n, line.s, (size_t)n);
	}
	buf_free(&line);
	if (n < 0 && (notes_pending() || n == -Eintr)) {
		in->failed = true;
		return false;
	}
	if (n <= 0) {
		in->eof = true;
		return false;
	}
	in->n += (size_t)n;
	in->src[in->n] = '\0';
	return true;
}

int
input_getc(Input *in)
{
	if (in->failed || (in->pos == in->n && !input_fill(in)))
		return -1;
	if (in->src[in->pos] == '\n')
		in->line++;
	return (unsigned char)in->src[in->pos++];
}

void
input_ungetc(Input *in)
{
	in->pos--;
	if (in->src[in->pos] == '\n')
		in->line--;
}

bool
input_at_brace(Input *in)
{
	size_t pos = in->pos;
	int line = in->line, c;

	do
		c = input_getc(in);
	while (c == ' ' || c == '\t');
	in->pos = pos;
	in->line = line;
	return c == '{';
}

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
