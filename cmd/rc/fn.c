/*
 * fn.c - functions. One is kept by its variable, by each call of it that is
 * going on, and keeps the parsed line that it is a part of.
 */
#include "cmd/rc/rc.h"

Fn *
fn_new(Unit *u, Node *body, const char *text)
{
	Fn *fn = rc_alloc(sizeof *fn);

	fn->ref = 1;
	fn->unit = u;
	u->ref++;
	fn->body = body;
	fn->text = rc_strdup(text);
	return fn;
}

void
fn_put(Fn *fn)
{
	if (fn == NULL || --fn->ref > 0)
		return;
	unit_put(fn->unit);
	free(fn->text);
	free(fn);
}

Fn *
fn_find(const char *name)
{
	return *name == '\0' ? NULL : var_global(name)->fn;
}

void
fn_set(const char *name, Fn *fn)
{
	Var *v = var_global(name);

	v->fn_changed = v->fn_changed || v->fn != fn;
	fn_put(v->fn);
	v->fn = fn;
}

int
fn_call(Fn *fn, List *argv, int fl)
{
	Redir *mark = redirs;
	Var *args;
	int r;

	if (stack_is_full()) {
		r = rc_error("%s: calls nested too deeply", argv->s);
		list_free(argv);
		return r;
	}
	shell.depth++;
	fn->ref++;
	args = local_push("*", argv->next);
	argv->next = NULL;
	list_free(argv);
	r = unit_run(fn->unit, fn->body, fl | EOK);
	local_pop(args);
	fn_put(fn);
	shell.depth--;
	redir_pop(mark);
	return r;
}
