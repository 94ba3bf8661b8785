/*
 * input.c - where commands come from: a file, a terminal, a text.
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
