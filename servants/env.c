/*
 * servants/env.c - #e, environment variables: files of the caller's
 * environment group. A handle finds its variable in the group of whoever uses
 * it, as in Plan 9.
 * FILES   NAME  0666  the variable's bytes; anyone in the group may create and
 *         remove. Writes go where they say; a hole reads as zeros.
 * ERRORS  Enonexist also when the variable was removed; Etoobig
 * LOCKS   Egrp.lk guards the variables; leaf
 * REFS    Egrp.ref: one per process (CORE's), one per call at work
 * LIMITS  VAR_MAX bytes of a variable, GROUP_MAX of a group, NAME_SIZE names
 *         No #ec: what the machine was started with is #c/bootargs.
 * SEE     env(3)
 */
#include "servants/servants_impl.h"

enum { VAR_MAX = 1 << 20, GROUP_MAX = 8 << 20, NAME_SIZE = 128, NVAR_MAX = 4096 };

typedef struct Var Var;
struct Var {
	char *name;
	uint8_t *value;
	size_t size, room;
	uint64_t path;           /* qid: kept by copies of the group */
	uint32_t vers;
};
struct Egrp {
	atomic_uint ref;
	RWlock lk;
	/* lk */
	Var **var;
	size_t nvar, room;
	size_t bytes;            /* of all values */
};
static _Atomic(uint32_t) var_count;

/* ---- groups ---- */

Egrp *
egrp_new(void)
{
	Egrp *e = calloc(1, sizeof *e);

	if (e != NULL)
		atomic_init(&e->ref, 1);
	return e;
}

Egrp *
egrp_get(Egrp *e)
{
	if (atomic_fetch_add(&e->ref, 1) == 0)
		panic("egrp_get: dead group");
	return e;
}

static void
var_free(Var *v)
{
	if (v == NULL)
		return;
	free(v->name);
	free(v->value);
	free(v);
}

void
egrp_put(Egrp *e)
{
	if (e == NULL || atomic_fetch_sub(&e->ref, 1) != 1)
		return;
	for (size_t i = 0; i < e->nvar; i++)
		var_free(e->var[i]);
	free(e->var);
	free(e);
}

static Var *
var_copy(const Var *v)
{
	Var *n = calloc(1, sizeof *n);

	if (n == NULL || (n->name = strdup(v->name)) == NULL ||
	    (v->size > 0 && (n->value = malloc(v->size)) == NULL)) {
		var_free(n);
		return NULL;
	}
	if (v->size > 0)
		memcpy(n->value, v->value, v->size);
	n->size = n->room = v->size;
	n->path = v->path;
	n->vers = v->vers;
	return n;
}

Egrp *
egrp_copy(Egrp *old)
{
	Egrp *e = egrp_new();
	bool whole = e != NULL;

	if (e == NULL)
		return NULL;
	rlock(&old->lk);
	if (old->nvar > 0 && (e->var = calloc(old->nvar, sizeof *e->var)) == NULL)
		whole = false;
	e->room = whole ? old->nvar : 0;
	for (size_t i = 0; whole && i < old->nvar; i++)
		if ((e->var[i] = var_copy(old->var[i])) != NULL)
			e->nvar++;
		else
			whole = false;
	e->bytes = old->bytes;
	runlock(&old->lk);
	if (whole)
		return e;
	egrp_put(e);
	return NULL;
}

/* ---- variables; all REQUIRE e->lk ---- */

static Var *
var_named(Egrp *e, Str name)
{
	for (size_t i = 0; i < e->nvar; i++)
		if (str_eq(name, e->var[i]->name))
			return e->var[i];
	return NULL;
}

static Var *
var_at(Egrp *e, const Chan *c)
{
	for (size_t i = 0; i < e->nvar; i++)
		if (e->var[i]->path == c->qid.path)
			return e->var[i];
	return NULL;
}

static void
var_truncate(Egrp *e, Var *v)
{
	e->bytes -= v->size;
	free(v->value); /* what is kept for nothing is in no count */
	v->value = NULL;
	v->size = v->room = 0;
	v->vers++;
}

static int
var_grow(Egrp *e, Var *v, size_t size)
{
	size_t room = v->room;
	uint8_t *p;

	if (size > VAR_MAX)
		return seterr(Etoobig, "%s", v->name);
	if (size - v->size > GROUP_MAX - e->bytes)
		return seterr(Etoobig, "environment");
	if (size > room) {
		room = size < 64 ? 64 : size + size / 2;
		if ((p = realloc(v->value, room)) == NULL)
			return seterr(Enomem, NULL);
		v->value = p;
		v->room = room;
	}
	memset(v->value + v->size, 0, size - v->size);
	e->bytes += size - v->size;
	v->size = size;
	return 0;
}

static int
var_new(Egrp *e, Str name, Var **out)
{
	size_t room = e->room == 0 ? 32 : e->room * 2;
	Var **p, *v;

	if (e->nvar == NVAR_MAX)
		return seterr(Enospc, "environment");
	if (e->nvar == e->room) {
		if ((p = realloc(e->var, room * sizeof(Var *))) == NULL)
			return seterr(Enomem, NULL);
		e->var = p;
		e->room = room;
	}
	if ((v = calloc(1, sizeof *v)) == NULL || (v->name = str_dup(name)) == NULL) {
		free(v);
		return seterr(Enomem, NULL);
	}
	v->path = 1 + (uint64_t)atomic_fetch_add(&var_count, 1);
	e->var[e->nvar++] = v;
	*out = v;
	return 0;
}

/* ---- the servant ---- */

/* The caller's group, owned: another thread of its process may change to a new one
 * meanwhile. -Eprocdied for a thread of CORE's own. */
static int
group(Egrp **e)
{
	*e = up_egrp();
	return *e != NULL ? 0 : seterr(Eprocdied, "#e");
}

static int
env_attach(const char *spec, Chan **out)
{
	return attach_root(&servant_env, spec, out);
}

static int
env_step(Chan *nc, Str name)
{
	Egrp *e;
	Var *v;
	int rc;

	if (str_eq(name, ".."))
		return 0;
	if ((rc = group(&e)) < 0)
		return rc;
	rlock(&e->lk);
	if ((v = var_named(e, name)) != NULL)
		nc->qid = qid_of(v->path, v->vers, QTFILE);
	runlock(&e->lk);
	egrp_put(e);
	return v != NULL ? 0 : seterr(Enonexist, "%.*s", (int)name.n, name.s);
}

static int64_t
env_walk(Chan *c, Chan *nc, const Str *name, size_t n, Qid *qid)
{
	USED(c);
	return walk_each(nc, name, n, qid, env_step);
}

static void
var_dir(Chan *c, const Var *v, Dir *d, char *strs, size_t nstrs)
{
	snprintf(strs, nstrs, "%s", v->name);
	dir_set(d, c, strs, qid_of(v->path, v->vers, QTFILE), 0666, v->size);
	d->uid = d->gid = d->muid = up_user();
}

static int
env_gen(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs)
{
	Egrp *e;
	int rc;

	if ((rc = group(&e)) < 0)
		return rc;
	rlock(&e->lk);
	if (i < e->nvar) {
		var_dir(c, e->var[i], d, strs, nstrs);
		rc = 1;
	}
	runlock(&e->lk);
	egrp_put(e);
	return rc;
}

static int64_t
env_stat(Chan *c, uint8_t *buf, size_t n)
{
	char name[NAME_SIZE];
	Egrp *e;
	Var *v;
	Dir d;
	int rc;

	if (c->qid.type & QTDIR) {
		dir_set(&d, c, "#e", c->qid, 0777, 0);
		return servant_stat(c, buf, n, &d);
	}
	if ((rc = group(&e)) < 0)
		return rc;
	rlock(&e->lk);
	if ((v = var_at(e, c)) != NULL)
		var_dir(c, v, &d, name, sizeof name);
	runlock(&e->lk);
	egrp_put(e);
	return v != NULL ? servant_stat(c, buf, n, &d) : seterr(Enonexist, NULL);
}

static int
env_open(Chan *c, int omode)
{
	Egrp *e;
	Var *v;
	int rc;

	if (c->qid.type & QTDIR)
		return (omode & ~OCEXEC) == OREAD ? 0 : seterr(Eisdir, NULL);
	if ((rc = group(&e)) < 0)
		return rc;
	wlock(&e->lk);
	if ((v = var_at(e, c)) == NULL)
		rc = seterr(Enonexist, NULL);
	else if (omode & OTRUNC)
		var_truncate(e, v);
	wunlock(&e->lk);
	egrp_put(e);
	return rc;
}

static int
env_create(Chan *c, Str name, int omode, uint32_t perm)
{
	Egrp *e;
	Var *v = NULL;
	int rc;

	USED(omode);
	if (!(c->qid.type & QTDIR))
		return seterr(Enotdir, NULL);
	if (perm & DMDIR)
		return seterr(Eperm, "directory in #e");
	if ((rc = name_ok(name, NAME_SIZE - 1)) < 0 || (rc = group(&e)) < 0)
		return rc;
	wlock(&e->lk);
	if (var_named(e, name) != NULL)
		rc = seterr(Eexist, "%.*s", (int)name.n, name.s);
	else if ((rc = var_new(e, name, &v)) == 0)
		c->qid = qid_of(v->path, v->vers, QTFILE);
	wunlock(&e->lk);
	egrp_put(e);
	return rc;
}

static int64_t
env_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	Egrp *e;
	Var *v;
	int64_t rc;

	if (c->qid.type & QTDIR)
		return servant_dirread(c, buf, n, off, env_gen);
	if ((rc = group(&e)) < 0)
		return rc;
	rlock(&e->lk);
	if ((v = var_at(e, c)) == NULL)
		rc = seterr(Enonexist, NULL);
	else
		rc = readbuf(buf, n, off, v->value, v->size);
	runlock(&e->lk);
	egrp_put(e);
	return rc;
}

static int64_t
env_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	Egrp *e;
	Var *v;
	int rc;

	if (c->qid.type & QTDIR)
		return seterr(Eisdir, NULL);
	if (off > VAR_MAX || n > VAR_MAX - off)
		return seterr(Etoobig, "environment variable");
	if ((rc = group(&e)) < 0)
		return rc;
	wlock(&e->lk);
	if ((v = var_at(e, c)) == NULL)
		rc = seterr(Enonexist, NULL);
	else if (n > 0 && off + n > v->size)
		rc = var_grow(e, v, (size_t)off + n);
	if (rc == 0 && n > 0) {
		memcpy(v->value + off, buf, n);
		v->vers++;
	}
	wunlock(&e->lk);
	egrp_put(e);
	return rc < 0 ? rc : (int64_t)n;
}

static int
env_remove(Chan *c)
{
	Egrp *e;
	Var *v;
	int rc;

	if (c->qid.type & QTDIR)
		return seterr(Eperm, NULL);
	if ((rc = group(&e)) < 0)
		return rc;
	wlock(&e->lk);
	if ((v = var_at(e, c)) == NULL) {
		rc = seterr(Enonexist, NULL);
	} else {
		size_t i = 0;

		while (e->var[i] != v)
			i++;
		e->nvar--;
		memmove(&e->var[i], &e->var[i + 1], (e->nvar - i) * sizeof e->var[0]);
		e->bytes -= v->size;
	}
	wunlock(&e->lk);
	egrp_put(e);
	var_free(v);
	return rc;
}

/* A variable that was opened ORCLOSE goes with the handle. */
static void
env_close(Chan *c)
{
	unsigned flag = atomic_load(&c->flag);

	if (flag & COPEN && flag & CRCLOSE)
		(void)env_remove(c);
}

const Servant servant_env = {
	.dc = 'e', .name = "env", .close = env_close,
	.attach = env_attach, .walk = env_walk, .stat = env_stat, .open = env_open,
	.create = env_create, .read = env_read, .write = env_write, .remove = env_remove,
};
