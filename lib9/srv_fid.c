/*
 * lib9/srv_fid.c - fids of the server library: the table, references, clunk.
 *
 * REFS    The table holds one reference of a fid in it, each request that
 *         works on it another. The last one to go runs ORCLOSE and the
 *         server's clunk; a clunked fid is out of the table at once.
 * LIMITS  FIDMAX fids on one link, then Enomem.
 */
#include "lib9/srv_impl.h"

enum { BUCKETS_FIRST = 64 };

/* A user's name, shared by all fids of an attach. */
typedef struct Uname Uname;
struct Uname {
	uint32_t refs;
	char name[];
};

static Uname *
uname_of(const Fid *f)
{
	return (Uname *)(uintptr_t)(f->uid - offsetof(Uname, name));
}

int
fid_uid(Fid *f, Str uname)
{
	Str s = uname.n > 0 ? uname : str_of("none");
	Uname *u = malloc(sizeof *u + s.n + 1);

	if (u == NULL)
		return seterr(Enomem, NULL);
	u->refs = 1;
	memcpy(u->name, s.s, s.n);
	u->name[s.n] = '\0';
	f->uid = u->name;
	return 0;
}

static void
fid_share_uid(const Fid *from, Fid *to)
{
	uname_of(from)->refs++;
	to->uid = from->uid;
}

static size_t
bucket(const struct SrvPriv *p, uint32_t number)
{
	return (number * 2654435761u) >> 7 & (p->nbucket - 1);
}

static int
table_grow(struct SrvPriv *p)
{
	size_t n = p->nbucket > 0 ? 2 * p->nbucket : BUCKETS_FIRST;
	Fid **old = p->fids;
	size_t nold = p->nbucket;
	Fid **fids = calloc(n, sizeof *fids);

	if (fids == NULL)
		return seterr(Enomem, NULL);
	p->fids = fids;
	p->nbucket = n;
	for (size_t i = 0; i < nold; i++) {
		for (Fid *f = old[i], *next; f != NULL; f = next) {
			size_t b = bucket(p, f->fid);

			next = f->next;
			f->next = fids[b];
			fids[b] = f;
		}
	}
	free(old);
	return 0;
}

Fid *
fid_new(Srv *s, uint32_t number)
{
	Fid *f = calloc(1, sizeof *f);

	if (f == NULL) {
		(void)seterr(Enomem, NULL);
		return NULL;
	}
	f->srv = s;
	f->fid = number;
	f->omode = -1;
	f->refs = 1;
	return f;
}

Fid *
fid_find(Srv *s, uint32_t number)
{
	const struct SrvPriv *p = s->priv;

	if (p->nbucket == 0)
		return NULL;
	for (Fid *f = p->fids[bucket(p, number)]; f != NULL; f = f->next)
		if (f->fid == number)
			return f;
	return NULL;
}

int
fid_insert(Fid *f)
{
	struct SrvPriv *p = f->srv->priv;
	size_t b;
	int rc;

	if (f->fid == NOFID)
		return seterr(Ebadfid, NULL);
	if (fid_find(f->srv, f->fid) != NULL)
		return seterr(Efidused, NULL);
	if (p->nfid >= FIDMAX)
		return seterr(Enomem, "too many fids");
	if (p->nfid >= p->nbucket && (rc = table_grow(p)) < 0)
		return rc;
	b = bucket(p, f->fid);
	f->next = p->fids[b];
	p->fids[b] = fid_get(f);
	f->linked = true;
	p->nfid++;
	return 0;
}

void
fid_unlink(Fid *f)
{
	struct SrvPriv *p = f->srv->priv;
	Fid **l;

	if (!f->linked)
		return;
	for (l = &p->fids[bucket(p, f->fid)]; *l != f; l = &(*l)->next)
		;
	*l = f->next;
	f->next = NULL;
	f->linked = false;
	p->nfid--;
	fid_put(f);
}

Fid *
fid_get(Fid *f)
{
	f->refs++;
	return f;
}

void
fid_exclude(Fid *f)
{
	f->excl = f->srv->priv->excl;
	f->srv->priv->excl = f;
}

bool
fid_excluded(Srv *s, uint64_t path)
{
	for (const Fid *f = s->priv->excl; f != NULL; f = f->excl)
		if (f->qid.path == path)
			return true;
	return false;
}

static void
fid_include(Fid *f)
{
	for (Fid **l = &f->srv->priv->excl; *l != NULL; l = &(*l)->excl) {
		if (*l == f) {
			*l = f->excl;
			return;
		}
	}
}

/* The file goes with its fid. Nobody hears whether that worked. */
static void
fid_rclose(Fid *f)
{
	Req *r = req_new(f->srv);

	f->rclose = false;
	if (r == NULL)
		return;
	r->internal = true;
	r->in.type = Tremove;
	r->in.tag = NOTAG;
	r->in.fid = f->fid;
	r->fid = fid_get(f);
	r->in_handler = true;
	req_settle(r, f->srv->ops->remove != NULL ? f->srv->ops->remove(r) : -Eperm);
}

/* The server's clunk may fail inside; the reason that is being reported stays. */
static void
fid_clunk(Fid *f)
{
	char why[ERRMAX];

	if (!f->has_aux || f->srv->ops->clunk == NULL)
		return;
	snprintf(why, sizeof why, "%s", err_reason());
	f->srv->ops->clunk(f);
	if (strcmp(why, err_reason()) != 0)
		(void)err_set(err_code(why), why);
}

void
fid_put(Fid *f)
{
	if (f == NULL || --f->refs > 0)
		return;
	if (f->rclose) {
		f->refs = 1;
		fid_rclose(f);
		if (--f->refs > 0)
			return; /* the removal is answered later */
	}
	fid_include(f);
	fid_clunk(f);
	if (f->uid != NULL && --uname_of(f)->refs == 0)
		free(uname_of(f));
	free(f);
}

Fid *
fid_clone(Fid *from, uint32_t number, int *rc)
{
	const SrvOps *ops = from->srv->ops;
	Fid *f = fid_new(from->srv, number);

	if (f == NULL) {
		*rc = -Enomem;
		return NULL;
	}
	fid_share_uid(from, f);
	f->qid = from->qid;
	f->root = from->root;
	if (ops->clone == NULL) {
		f->aux = from->aux;
	} else if ((*rc = ops->clone(from, f)) < 0) {
		fid_put(f);
		return NULL;
	}
	f->has_aux = true;
	return f;
}

void
fid_clunk_all(Srv *s)
{
	struct SrvPriv *p = s->priv;

	for (size_t i = 0; i < p->nbucket; i++)
		while (p->fids[i] != NULL)
			fid_unlink(p->fids[i]);
}
