/*
 * var.c - variables: globals in a hash table; each leads to the local ones of
 * its name, which functions and assignments that are being run made, innermost
 * first.
 * $status, $pid, $apid, $* and what rc makes itself are ordinary variables
 * that are not written to /env (see env.c).
 */
#include "cmd/rc/rc.h"

static struct {
	Var **bucket;
	size_t n, size; /* size: a power of 2 */
} globals;

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
	return &globals.bucket[h & (globals.size - 1)];
}

/* As many buckets as variables, so that a look-up takes the same time always. */
static void
globals_grow(void)
{
	Var **old = globals.bucket, *v, *next;
	size_t size = globals.size;

	globals.size = size == 0 ? 128 : size * 2;
	globals.bucket = rc_alloc(globals.size * sizeof(Var *));
	for (size_t i = 0; i < size; i++) {
		for (v = old[i]; v != NULL; v = next) {
			Var **b = bucket(v->name);

			next = v->next;
			v->next = *b;
			*b = v;
		}
	}
	free(old);
}

Var *
var_global(const char *name)
{
	Var **b, *v;

	if (globals.n >= globals.size)
		globals_grow();
	b = bucket(name);
	for (v = *b; v != NULL; v = v->next)
		if (strcmp(v->name, name) == 0)
			return v;
	v = var_new(name);
	v->next = *b;
	*b = v;
	globals.n++;
	return v;
}

Var *
var_get(const char *name)
{
	Var *v = var_global(name);

	return v->local != NULL ? v->local : v;
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
	Var *v = var_new(name), *global = var_global(name);

	v->val = val;
	v->local = global->local;
	global->local = v;
	global->changed = true;
	return v;
}

void
local_pop(Var *v)
{
	Var *global = var_global(v->name);

	if (global->local != v)
		panic("rc: local %s", v->name);
	global->local = v->local;
	global->changed = true; /* /env has the local value */
	list_free(v->val);
	free(v);
}

void
var_each(void (*fn)(Var *v, void *arg), void *arg)
{
	for (size_t i = 0; i < globals.size; i++)
		for (Var *v = globals.bucket[i]; v != NULL; v = v->next)
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
