/*
 * cmd/ed/cmd.c - the loop that reads and does commands, and the short ones of them.
 */
#include "cmd/ed/ed.h"

bool
ed_fail_name(const char *name)
{
	ed.fail_name = name;
	return false;
}

bool
ed_newline(void)
{
	int c = in_get();

	if (c == '\n' || c == IN_END)
		return true;
	if (c != 'p' && c != 'l' && c != 'n')
		return false;
	ed.print = true;
	ed.list = ed.list || c == 'l';
	ed.number = ed.number || c == 'n';
	return in_get() == '\n';
}

bool
ed_default_all(void)
{
	if (!ed.given) {
		ed.addr1 = buf_count() > 0;
		ed.addr2 = buf_count();
	}
	return true;
}

bool
ed_check(size_t lowest)
{
	return ed.addr1 >= lowest && ed.addr1 <= ed.addr2 && ed.addr2 <= buf_count();
}

void
ed_append(size_t after, Line *l)
{
	buf_insert(after, l);
	ed.dot = after + 1;
	ed.changed = true;
}

/* ---- printing ---- */

static void
line_print(size_t i)
{
	const Line *l = buf_line(i);
	char number[32] = "";
	int column = 0;

	if (ed.number)
		snprintf(number, sizeof number, "%zu\t", i);
	if (!ed.list) {
		Bprint(ed_out, "%s", number);
		Bwrite(ed_out, l->s, (int64_t)l->n);
	} else {
		cmd_list(ed_out, number, strlen(number), &column);
		cmd_list(ed_out, l->s, l->n, &column);
		if (l->n > 0 && l->s[l->n - 1] == ' ')
			Bprint(ed_out, "\\n");
	}
	Bputc(ed_out, '\n');
}

bool
ed_print(void)
{
	if (!ed_check(1))
		return false;
	for (size_t i = ed.addr1; i <= ed.addr2; i++) {
		line_print(i);
		if (ed.interrupted)
			return false;
	}
	ed.dot = ed.addr2;
	ed.print = ed.list = ed.number = false;
	return true;
}

/* b[+-][size][pln]: a page. Size and form are kept for the next one. */
static bool
browse(void)
{
	static uint64_t size = 20;
	static bool list, number;
	bool back = in_peek() == '-';
	uint64_t n;

	if (back || in_peek() == '+')
		in_get();
	if (in_number(&n) && n > 0)
		size = n;
	if (!ed_newline())
		return false;
	if (ed.print) {
		list = ed.list;
		number = ed.number;
	}
	ed.list = list;
	ed.number = number;
	ed.addr1 = ed.addr2;
	if (back)
		ed.addr1 = ed.addr2 > size ? ed.addr2 - size : 1;
	else
		ed.addr2 = buf_count() - ed.addr2 < size ? buf_count() : ed.addr2 + size;
	return ed_print();
}

/* ---- commands that change lines ---- */

/* Text up to a line "." goes behind a line. */
static bool
text_append(size_t after)
{
	Chars text = { 0 };
	int c;

	ed.dot = after;
	for (;;) {
		while ((c = in_get()) != '\n' && c >= 0)
			if (c != 0)
				text_add(&text, c);
		if (c == IN_NOTE || (c == IN_END && text.n == 0) || (text.n == 1 && *text.s == '.'))
			break;
		ed_append(after++, line_new(text.s, text.n));
		text.n = 0;
		if (c == IN_END)
			break;
	}
	if (c == IN_END && in_global())
		in_unget(c);
	free(text.s);
	return c != IN_NOTE;
}

static bool
command_add(bool before)
{
	if (before && (ed.given || buf_count() > 0)) {
		if (ed.addr1 == 0)
			return false;
		ed.addr1--;
		ed.addr2--;
	}
	return ed_check(0) && ed_newline() && text_append(ed.addr2);
}

static void
lines_delete(void)
{
	buf_delete(ed.addr1, ed.addr2);
	ed.dot = ed.addr1 > buf_count() ? buf_count() : ed.addr1;
	ed.changed = true;
}

static bool
command_delete(bool change)
{
	if (!ed_check(1) || !ed_newline())
		return false;
	lines_delete();
	return !change || text_append(ed.addr1 - 1);
}

static bool
command_join(void)
{
	Chars text = { 0 };

	if (!ed.given)
		ed.addr2++;
	if (!ed_newline() || !ed_check(1))
		return false;
	for (size_t i = ed.addr1; i <= ed.addr2; i++)
		text_bytes(&text, buf_line(i)->s, buf_line(i)->n);
	buf_replace_plain(ed.addr1, line_new(text.s, text.n));
	free(text.s);
	if (ed.addr1 < ed.addr2)
		buf_delete(ed.addr1 + 1, ed.addr2);
	ed.dot = ed.addr1;
	ed.changed = true;
	return true;
}

static bool
command_move(bool copy)
{
	size_t n = ed.addr2 - ed.addr1 + 1, after;
	int64_t to;

	if (!ed_check(1) || !addr_get(&to) || to < 0 || !ed_newline())
		return false;
	after = (size_t)to;
	if (copy) {
		Line **copies = cmd_alloc(NULL, n * sizeof *copies);

		for (size_t i = 0; i < n; i++)
			copies[i] = line_new(buf_line(ed.addr1 + i)->s, buf_line(ed.addr1 + i)->n);
		for (size_t i = 0; i < n; i++)
			ed_append(after + i, copies[i]);
		free(copies);
	} else {
		for (size_t i = ed.addr1; i <= ed.addr2; i++)
			buf_line(i)->chosen = false;
		if (after >= ed.addr1 && after <= ed.addr2)
			return false;
		if (after + 1 != ed.addr1)
			buf_move(ed.addr1, ed.addr2, after);
		ed.dot = after < ed.addr1 ? after + n : after;
		if (after + 1 == ed.addr1)
			return true; /* it is there already */
	}
	ed.changed = true;
	return true;
}

static bool
command_mark(void)
{
	int c;

	if (!ed_check(1))
		return false;
	c = in_get();
	if (c < 'a' || c > 'z' || !ed_newline())
		return false;
	buf_mark((char)c, ed.addr2);
	return true;
}

static bool
command_undo(void)
{
	if (!ed_check(1) || !ed_newline() || !buf_undo(ed.addr2))
		return false;
	ed.dot = ed.addr2;
	return true;
}

static bool
command_shell(void)
{
	Chars text = { 0 };
	int c, pid;

	if (ed.given)
		return false;
	while ((c = in_get()) != '\n' && c >= 0)
		text_add(&text, c);
	Bflush(ed_out);
	pid = fork();
	if (pid < 0)
		return false;
	if (pid == 0)
		cmd_shell(text_end(&text));
	free(text.s);
	while (waitpid() != pid)
		if (ed.interrupted)
			break;
	ed.interrupted = false;
	if (ed.verbose)
		Bprint(ed_out, "!\n");
	return true;
}

bool
ed_quit_due(void)
{
	if (ed.verbose && ed.changed && buf_count() > 0) {
		ed.changed = false;
		return true;
	}
	return false;
}

bool
ed_quit(void)
{
	if (ed.given || !ed_newline() || ed_quit_due())
		return false;
	cmd_end(ed_out);
}

static bool
command_line(bool none, bool semicolon)
{
	if (none)
		ed.addr1 = ed.addr2 = ed.dot + 1;
	else if (semicolon)
		ed.addr1 = ed.addr2;
	return ed_print();
}

static bool
command_number(void)
{
	if (!ed_default_all() || !ed_check(0) || !ed_newline())
		return false;
	Bprint(ed_out, "%zu\n", ed.addr2);
	return true;
}

/* The addresses before a command, and its letter. */
static bool
addresses(int *command, int *separator, bool *none)
{
	int64_t at, first = -1;
	int c;

	*separator = '\n';
	for (;;) {
		if (!addr_get(&at))
			return false;
		c = in_get();
		if (c != ',' && c != ';')
			break;
		if (*separator == ',')
			return false;
		if (at < 0)
			at = buf_count() > 0;
		first = at;
		if (c == ';')
			ed.dot = (size_t)at;
		*separator = c;
	}
	if (*separator != '\n' && at < 0)
		at = (int64_t)buf_count();
	*none = at < 0;
	ed.given = at >= 0;
	ed.addr2 = at >= 0 ? (size_t)at : ed.dot;
	ed.addr1 = first >= 0 ? (size_t)first : ed.addr2;
	*command = c;
	return true;
}

static bool
command(int c, int separator, bool none)
{
	switch (c) {
	case 'a':
		return command_add(false);
	case 'i':
		return command_add(true);
	case 'b':
		return ed_check(1) && browse();
	case 'c':
	case 'd':
		return command_delete(c == 'c');
	case 'e':
	case 'E':
	case 'f':
	case 'r':
	case 'w':
	case 'W':
		return file_command(c);
	case 'g':
	case 'v':
		return global_command(c == 'g');
	case 'j':
		return command_join();
	case 'k':
		return command_mark();
	case 'm':
	case 't':
		return command_move(c == 't');
	case 'n':
	case 'l':
		*(c == 'n' ? &ed.number : &ed.list) = true;
		return ed_newline() && ed_print();
	case 'p':
	case 'P':
		return ed_newline() && ed_print();
	case 'Q':
		ed.changed = false;
		return ed_quit();
	case 'q':
		return ed_quit();
	case 's':
		return ed_check(1) && sub_command();
	case 'u':
		return command_undo();
	case '=':
		return command_number();
	case '!':
		return command_shell();
	case '\n':
		return command_line(none, separator == ';');
	}
	return false;
}

bool
ed_commands(void)
{
	int c, separator;
	bool none;

	for (;;) {
		if (ed.print) {
			ed.print = false;
			ed.addr1 = ed.addr2 = ed.dot;
			if (!ed_print())
				return false;
		}
		if (ed.interrupted || ed.hangup || !addresses(&c, &separator, &none))
			return false;
		if (c == IN_END)
			return true;
		if (!command(c, separator, none))
			return false;
	}
}
