/*
 * var.c - variables: globals in a hash table, over them the local ones of the
 * functions and assignments that are being run, innermost first.
 * $status, $pid, $apid, $* and what rc makes itself are ordinary variables
 * that are not written to /env (see env.c).
 */
#include "cmd/rc/rc.h"

enum { NHASH = 97 };

static Var *globals[NHASH];
static Var *locals;

static Var *
var_new(const char *name)
{
	size_t n = strlen(name) + 1;
	Var *v = rc_alloc(sizeof *v + n);

	memcpy(v->name, name, n);
	return v;
}

static Var **
bucket(const char *name)
{
	unsigned h = 0;

	while (*name != '\0')
		h = h * 31 + (unsigned char)*name++;
	return &globals[h % NHASH];
}

Var *
var_global(const char *name)
{
	Var **b = bucket(name), *v;

	for (v = *b; v != NULL; v = v->next)
		if (strcmp(v->name, name) == 0)
			return v;
	v = var_new(name);
	v->next = *b;
	*b = v;
	return v;
}

Var *
var_get(const char *name)
{
	for (Var *v = locals; v != NULL; v = v->next)
		if (strcmp(v->name, name) == 0)
			return v;
	return var_global(name);
}

/* $1 is the first word of $*; a name of digits only is never a variable. */
static size_t
name_number(const char *name)
{
	size_t n = 0;

	for (const char *s = name; *s != '\0'; s++) {
		if (*s < '0' || *s > '9' || n > 100000000)
			return 0;
		n = n * 10 + (size_t)(*s - '0');
	}
	return n;
}

List *
var_value(const char *name)
{
	static List *one;
	size_t i = name_number(name);
	List *l;

	if (i == 0)
		return var_get(name)->val;
	for (l = var_get("*")->val; l != NULL && i > 1; i--)
		l = l->next;
	if (l == NULL || l->next == NULL)
		return l;
	list_free(one);
	one = list_new(l->s, strlen(l->s));
	return one;
}

void
var_set(const char *name, List *val)
{
	Var *v = var_get(name);

	list_free(v->val);
	v->val = val;
	var_global(name)->changed = true;
}

void
var_set_str(const char *name, const char *s)
{
	var_set(name, list_new(s, strlen(s)));
}

Var *
local_push(const char *name, List *val)
{
	Var *v = var_new(name);

	v->val = val;
	v->next = locals;
	locals = v;
	var_global(name)->changed = true;
	return v;
}

void
local_pop(Var *v)
{
	if (locals != v)
		panic("rc: local %s", v->name);
	locals = v->next;
	var_global(v->name)->changed = true; /* /env has the local value */
	list_free(v->val);
	free(v);
}

void
var_each(void (*fn)(Var *v, void *arg), void *arg)
{
	for (size_t i = 0; i < NHASH; i++)
		for (Var *v = globals[i]; v != NULL; v = v->next)
			fn(v, arg);
}

bool
name_ok(const char *name)
{
	return *name != '\0' && strchr(name, '/') == NULL && strchr(name, GLOB) == NULL;
}

const char *
status_get(void)
{
	static Var *v;

	if (v == NULL)
		v = var_global("status");
	return v->val == NULL ? "" : v->val->s;
}

void
status_set(const char *s)
{
	var_set("status", list_new(s, strlen(s)));
}

/* A pipeline is true when all of it is. */
bool
status_true(void)
{
	const char *s = status_get();

	return s[strspn(s, "0|")] == '\0';
}
