/*
 * cmd/ed/global.c - g and v: commands for each line that was chosen before. Of the lines
 * that are still to come the first in the buffer is next, wherever commands moved it.
 */
#include "cmd/ed/ed.h"

/* The commands up to the end of the line; lines that end in \ go on. malloc'd. */
static char *
list_get(void)
{
	Chars text = { 0 };
	int c;

	while ((c = in_get()) != '\n') {
		if (c < 0) {
			free(text.s);
			return NULL;
		}
		if (c == '\\') {
			c = in_get();
			if (c != '\n')
				text_add(&text, '\\');
			if (c < 0)
				continue;
		}
		if (c != 0)
			text_add(&text, c);
	}
	if (text.n == 0)
		text_add(&text, 'p');
	text_add(&text, '\n');
	return text_end(&text);
}

static void
choose(bool matching)
{
	for (size_t i = 1; i <= buf_count(); i++) {
		Line *l = buf_line(i);

		l->chosen = i >= ed.addr1 && i <= ed.addr2 && match_line(i) == matching;
	}
}

/* Deletes what is chosen, from the end so that dot is as after one at a time. */
static void
delete_chosen(void)
{
	size_t to = 0;

	for (size_t i = 1; i <= buf_count(); ) {
		if (!buf_line(i)->chosen) {
			i++;
			continue;
		}
		for (to = i; to < buf_count() && buf_line(to + 1)->chosen; to++)
			;
		buf_delete(i, to);
		ed.dot = i > buf_count() ? buf_count() : i;
		ed.changed = true;
	}
}

bool
global_command(bool matching)
{
	bool good = true;
	char *list;
	int delim;

	if (in_global() || !ed_default_all() || !ed_check(buf_count() > 0))
		return false;
	delim = in_get();
	if (delim == '\n' || delim < 0 || !pattern_get(delim) || (list = list_get()) == NULL)
		return false;
	choose(matching);
	if (strcmp(list, "d\n") == 0) {
		delete_chosen();
		free(list);
		return true;
	}
	if (buf_count() == 0 && !matching) { /* there is a line 0, and it matches nothing */
		ed.dot = 0;
		in_list(list);
		good = ed_commands();
	}
	buf_touched = SIZE_MAX;
	for (size_t i = 1; good && i <= buf_count(); i++) {
		Line *l = buf_line(i);

		if (!l->chosen)
			continue;
		l->chosen = false;
		ed.dot = i;
		in_list(list);
		good = ed_commands() && !ed.interrupted;
		if (buf_touched <= i) /* lines before have moved: there may be chosen ones again */
			i = buf_touched - 1;
		buf_touched = SIZE_MAX;
	}
	if (good)
		in_list(NULL);
	free(list);
	return good;
}
