/*
 * here.c - here documents: <<TAG, and <<'TAG' in which nothing is replaced.
 * In the first kind $name stands for its value (its words with blanks
 * between), $name^ too, which ends the name, $$ for a $, and $ before
 * anything else for nothing. The end of the input ends a document.
 */
#include "cmd/rc/rc.h"

enum { HERE_SMALL = 16384 }; /* a pipe takes this much before anyone reads */

/* Reads one line with its newline; false: the input ended. */
static bool
line_read(Input *in, Buf *b)
{
	int c;

	b->n = 0;
	while ((c = input_getc(in)) >= 0) {
		buf_add(b, &(char){ (char)c }, 1);
		if (c == '\n')
			return true;
	}
	return b->n > 0;
}

static bool
is_tag(const Buf *line, const char *tag)
{
	size_t n = strlen(tag);

	return line->n >= n && memcmp(line->s, tag, n) == 0 &&
	    (line->n == n || (line->n == n + 1 && line->s[n] == '\n'));
}

/* false: a NUL, or a note (in->failed). */
bool
here_read(Input *in, Unit *u)
{
	Node *n;

	while ((n = in->here) != NULL) {
		List *tag = word_unmark(list_new(n->text, strlen(n->text)));
		Buf text = { 0 }, line = { 0 };
		bool found = false, nul;

		buf_str(&text, "");
		while (!found && line_read(in, &line)) {
			found = is_tag(&line, tag->s);
			if (!found)
				buf_add(&text, line.s, line.n);
		}
		if (text.n > 0 && text.s[text.n - 1] != '\n')
			buf_str(&text, "\n"); /* the input's end */
		n->text = unit_text(u, text.s, text.n);
		n->c = unit_alloc(u, sizeof *n);
		n->c->text = unit_text(u, tag->s, strlen(tag->s));
		in->here = n->b;
		n->b = NULL;
		nul = strlen(n->text) < text.n;
		list_free(tag);
		buf_free(&text);
		buf_free(&line);
		if (in->failed || nul)
			return false;
	}
	in->here_tail = &in->here;
	return true;
}

static bool
is_name_char(char c)
{
	return (c & 0x80) != 0 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '*';
}

static void
here_replace(const char *s, Buf *b)
{
	while (*s != '\0') {
		size_t n = strcspn(s, "$");
		char *name, *value;

		buf_add(b, s, n);
		s += n;
		if (*s == '\0')
			break;
		s++;
		if (*s == '$') {
			buf_add(b, "$", 1);
			s++;
			continue;
		}
		for (n = 0; is_name_char(s[n]); n++)
			;
		if (n == 0)
			continue;
		name = rc_alloc(n + 1);
		memcpy(name, s, n);
		value = list_join(var_value(name), " ");
		buf_str(b, value);
		free(value);
		free(name);
		s += n;
		if (*s == '^')
			s++;
	}
}

static int
here_feed(int fd[2], const Buf *b)
{
	int pid;

	if (b->n <= HERE_SMALL) {
		if (b->n > 0)
			write(fd[1], b->s, (int64_t)b->n);
		close(fd[1]);
		return fd[0];
	}
	pid = rc_fork();
	if (pid == 0) {
		close(fd[0]);
		for (size_t i = 0; i < b->n;) {
			size_t n = b->n - i < 8192 ? b->n - i : 8192;
			int64_t w = write(fd[1], b->s + i, (int64_t)n);

			if (w <= 0)
				break;
			i += (size_t)w;
		}
		_exits(NULL);
	}
	close(fd[1]);
	if (pid > 0)
		return fd[0];
	close(fd[0]);
	return -1;
}

int
here_open(Node *n)
{
	Buf b = { 0 };
	int fd[2], r;

	if (pipe(fd) < 0) {
		rc_error("can't make a pipe: %r");
		return -1;
	}
	buf_str(&b, "");
	if (n->quoted)
		buf_str(&b, n->text);
	else
		here_replace(n->text, &b);
	r = here_feed(fd, &b);
	buf_free(&b);
	return r;
}
