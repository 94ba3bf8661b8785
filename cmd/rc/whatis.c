/*
 * whatis.c - what a name means: its variable, its function, a builtin or the
 * file that would be run, in a form that rc reads back.
 */
#include "cmd/rc/rc.h"

static void
out_quoted(Buf *b, const char *s)
{
	char *q = quotestr(s);

	buf_str(b, q != NULL ? q : s);
	free(q);
}

static void
out_var(Buf *b, const Var *v, const List *l)
{
	out_quoted(b, v->name);
	buf_str(b, "=");
	if (l != NULL && l->next == NULL) {
		out_quoted(b, l->s);
	} else {
		buf_str(b, "(");
		for (; l != NULL; l = l->next) {
			out_quoted(b, l->s);
			buf_str(b, l->next != NULL ? " " : "");
		}
		buf_str(b, ")");
	}
	buf_str(b, "\n");
}

static void
out_fn(Buf *b, const char *name, const Fn *fn)
{
	buf_str(b, "fn ");
	out_quoted(b, name);
	buf_str(b, " ");
	buf_str(b, fn->text);
	buf_str(b, "\n");
}

static void
out_all(Var *v, void *arg)
{
	const List *l = var_get(v->name)->val;

	if (l != NULL)
		out_var(arg, v, l);
	if (v->fn != NULL)
		out_fn(arg, v->name, v->fn);
}

static bool
out_name(Buf *b, const char *name)
{
	Var *v = var_get(name);
	Fn *fn = fn_find(name);
	bool found = v->val != NULL;
	char *file;

	if (found)
		out_var(b, v, v->val);
	if (fn != NULL) {
		out_fn(b, name, fn);
	} else if (builtin_find(name) != NULL) {
		buf_str(b, "builtin ");
		buf_str(b, name);
		buf_str(b, "\n");
	} else if ((file = path_find(name)) != NULL) {
		buf_str(b, file);
		buf_str(b, "\n");
		free(file);
	} else {
		return found;
	}
	return true;
}

int
builtin_whatis(List *a, int fl)
{
	Buf b = { 0 };
	bool all = true;

	USED(fl);
	if (a->next == NULL)
		var_each(out_all, &b);
	for (a = a->next; a != NULL; a = a->next) {
		if (out_name(&b, a->s))
			continue;
		all = false;
		fprint(redir_fd(2), "%s: not found\n", a->s);
	}
	if (b.n > 0)
		write(redir_fd(1), b.s, (int64_t)b.n);
	buf_free(&b);
	status_set(all ? "" : "not found");
	return Xok;
}
