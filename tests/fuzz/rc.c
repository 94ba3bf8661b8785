/*
 * tests/fuzz/rc.c - any bytes as a script for rc: read to its end, not run. A
 * function's text can be read again; each word, as a pattern, matches or not.
 */
#include "cmd/rc/rc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SCRIPT_MAX = 1 << 16 };

static void
text_reads(const char *text)
{
	Input in;
	bool bad;
	Unit *u;

	input_init(&in, -1, NULL);
	input_text(&in, text, strlen(text));
	in.whole = true;
	u = parse_unit(&in, &bad);
	if (u == NULL || bad)
		abort();
	unit_put(u);
	input_free(&in);
}

static void
tree_check(const Node *n)
{
	for (; n != NULL; n = n->next) {
		if (n->type == NFN && n->b != NULL)
			text_reads(n->text);
		if (n->type == NWORD)
			glob_match("a*b", n->text);
		tree_check(n->a);
		if (n->type == NREDIR)
			continue; /* b, c, kid: a here document's */
		tree_check(n->b);
		tree_check(n->c);
		tree_check(n->kid);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Input in;
	Unit *u;
	bool bad;

	if (size > SCRIPT_MAX)
		return 0;
	redir_push(RCLOSE, -1, 2); /* the errors it tells */
	input_init(&in, -1, "fuzz");
	input_text(&in, (const char *)data, size);
	in.whole = size > 0 && data[0] == '#';
	while ((u = parse_unit(&in, &bad)) != NULL) {
		tree_check(u->root);
		unit_put(u);
	}
	input_free(&in);
	redir_pop(NULL);
	return 0;
}
