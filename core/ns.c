/*
 * ns.c - name spaces: what is mounted upon what, unions, and the text of ns(1).
 *
 * A Pgrp maps files (servant, dev, qid.path) to Mheads; an Mhead is the list
 * of what is seen there, first to last. A union has more than one element;
 * the file itself is one of them unless it was replaced. What is bound once more
 * moves to its new place. The text of ns(1) is made in nstext.c.
 *
 * LOCKS  Pgrp.ns guards the hash chains, Mhead.lk the list; in this order. No
 *        servant is called under them, but srv_name: what is taken off is put
 *        afterwards.
 * REFS   the hash chain holds one reference of an Mhead, each Chan.umh one;
 *        Mhead.from and Mount.to hold one of a handle.
 * SEE    bind(2), tests/unit/core_ns.c
 */
#include "core/core_impl.h"
#include "core/servant_impl.h"
#include "servants/servants.h"

static atomic_uint_fast64_t mount_ids = 1;
static atomic_int pgrp_ids = 1;

static size_t
ns_hash(uint64_t path)
{
	return (size_t)(path ^ path >> 7 ^ path >> 32) % NMNTHASH;
}

static Mount *
mount_new(Chan *to, int flag, const char *spec)
{
	Mount *m = calloc(1, sizeof *m);

	if (!m || (spec && !(m->spec = strdup(spec)))) {
		free(m);
		return NULL;
	}
	m->to = chan_get(to);
	m->flag = flag;
	m->id = atomic_fetch_add(&mount_ids, 1);
	return m;
}

static void
mount_free(Mount *m)
{
	while (m) {
		Mount *next = m->next;

		chan_put(m->to);
		free(m->spec);
		free(m);
		m = next;
	}
}

static Mhead *
mhead_new(Chan *from)
{
	Mhead *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	atomic_store(&m->ref, 1);
	m->from = chan_get(from);
	return m;
}

Mhead *
mhead_get(Mhead *m)
{
	atomic_fetch_add(&m->ref, 1);
	return m;
}

void
mhead_put(Mhead *m)
{
	if (!m || atomic_fetch_sub(&m->ref, 1) != 1)
		return;
	mount_free(m->mount);
	chan_put(m->from);
	free(m);
}

Chan *
mhead_nth(Mhead *m, size_t i)
{
	Mount *e;
	Chan *c = NULL;

	rlock(&m->lk);
	for (e = m->mount; e && i > 0; i--)
		e = e->next;
	if (e)
		c = chan_get(e->to);
	runlock(&m->lk);
	return c;
}

bool
mhead_is_union(Mhead *m)
{
	bool yes;

	rlock(&m->lk);
	yes = m->mount && m->mount->next;
	runlock(&m->lk);
	return yes;
}

int
mhead_create_dir(Mhead *m, Chan **out)
{
	Chan *to = NULL;
	int rc;

	rlock(&m->lk);
	for (Mount *e = m->mount; e && !to; e = e->next)
		if (e->flag & MCREATE)
			to = chan_get(e->to);
	runlock(&m->lk);
	if (!to)
		return seterr(Enocreate, NULL);
	rc = chan_copy(to, out);
	chan_put(to);
	return rc;
}

/* ---- groups ---- */

Pgrp *
pgrp_new(void)
{
	Pgrp *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	atomic_store(&p->ref, 1);
	p->id = atomic_fetch_add(&pgrp_ids, 1);
	return p;
}

Pgrp *
pgrp_get(Pgrp *p)
{
	if (p)
		atomic_fetch_add(&p->ref, 1);
	return p;
}

/* Empties a chain: its Mheads may live on in open directories, without a list. */
static void
chain_free(Mhead *m)
{
	while (m) {
		Mhead *next = m->hash;
		Mount *list;

		wlock(&m->lk);
		list = m->mount;
		m->mount = NULL;
		m->hash = NULL;
		wunlock(&m->lk);
		mount_free(list);
		mhead_put(m);
		m = next;
	}
}

void
pgrp_put(Pgrp *p)
{
	if (!p || atomic_fetch_sub(&p->ref, 1) != 1)
		return;
	for (size_t i = 0; i < NMNTHASH; i++)
		chain_free(p->hash[i]);
	free(p);
}

static Mhead *
mhead_copy(Mhead *m)
{
	Mhead *n = mhead_new(m->from);
	Mount **tail = n ? &n->mount : NULL;
	bool ok = n != NULL;

	rlock(&m->lk);
	for (Mount *e = m->mount; ok && e; e = e->next) {
		if (!(*tail = mount_new(e->to, e->flag, e->spec))) {
			ok = false;
			break;
		}
		(*tail)->id = e->id;
		tail = &(*tail)->next;
	}
	runlock(&m->lk);
	if (!ok) {
		mhead_put(n);
		n = NULL;
	}
	return n;
}

Pgrp *
pgrp_copy(Pgrp *p)
{
	Pgrp *n = pgrp_new();
	bool ok = n != NULL;

	if (!ok)
		return NULL;
	for (size_t i = 0; i < nelem(n->denied); i++)
		atomic_store(&n->denied[i], atomic_load(&p->denied[i]));
	rlock(&p->ns);
	for (size_t i = 0; ok && i < NMNTHASH; i++) {
		Mhead **tail = &n->hash[i];

		for (Mhead *m = p->hash[i]; ok && m; m = m->hash) {
			ok = (*tail = mhead_copy(m)) != NULL;
			if (ok)
				tail = &(*tail)->hash;
		}
	}
	runlock(&p->ns);
	if (!ok) {
		pgrp_put(n);
		n = NULL;
	}
	return n;
}

bool
ns_has_mounts(Pgrp *pg)
{
	bool any = false;

	rlock(&pg->ns);
	for (size_t i = 0; i < NMNTHASH && !any; i++)
		any = pg->hash[i] != NULL;
	runlock(&pg->ns);
	return any;
}

static bool
mhead_is(const Mhead *m, const Servant *s, uint32_t dev, const Qid *qid)
{
	return m->from->servant == s && m->from->dev == dev && m->from->qid.path == qid->path;
}

bool
ns_find(Pgrp *pg, const Servant *s, uint32_t dev, const Qid *qid, Chan **to, Mhead **mh)
{
	Mhead *m;
	bool found = false;

	rlock(&pg->ns);
	m = pg->hash[ns_hash(qid->path)];
	while (m && !mhead_is(m, s, dev, qid))
		m = m->hash;
	if (m) {
		rlock(&m->lk);
		if (m->mount) {
			*to = chan_get(m->mount->to);
			found = true;
		}
		runlock(&m->lk);
		if (found && mh)
			*mh = mhead_get(m);
	}
	runlock(&pg->ns);
	return found;
}

/* The list that a bind of `to` adds: all of it when it is a union itself. */
static Mount *
mount_list(Chan *to, int flag, const char *spec)
{
	Mount *list = mount_new(to, flag & (MCREATE | MCACHE), spec);
	Mount *tail = list;
	const Mount *first;
	Path *name = NULL;
	bool ok = list != NULL;

	if (!ok || !to->umh)
		return list;
	rlock(&to->umh->lk);
	first = to->umh->mount;
	if (first && !first->spec && chan_same(first->to, to))
		name = path_get(first->to->path); /* its own may lead elsewhere later */
	for (Mount *e = first ? first->next : NULL; ok && e; e = e->next) {
		ok = (tail->next = mount_new(e->to, e->flag & MCACHE, e->spec)) != NULL;
		tail = ok ? tail->next : tail;
	}
	runlock(&to->umh->lk);
	if (name)
		chan_path_set(to, name);
	if (!ok) {
		mount_free(list);
		return NULL;
	}
	return list;
}

static bool
spec_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Takes out what the new list has again; it is returned. */
static Mount *
mhead_take_locked(Mhead *m, const Mount *list)
{
	Mount *out = NULL, **p = &m->mount;

	while (*p) {
		Mount *e = *p;
		const Mount *again = list;

		while (again && !(chan_same(again->to, e->to) && spec_same(again->spec, e->spec)))
			again = again->next;
		if (!again) {
			p = &e->next;
			continue;
		}
		*p = e->next;
		e->next = out;
		out = e;
	}
	return out;
}

/* Puts list where the flag says; what it replaces is returned. */
static Mount *
mhead_insert(Mhead *m, Mount *list, int order)
{
	Mount *old = m->mount;
	Mount **end = order == MAFTER ? &m->mount : &list;

	if (order == MREPL) {
		m->mount = list;
		return old;
	}
	while (*end)
		end = &(*end)->next;
	if (order == MAFTER) {
		*end = list;
	} else {
		*end = old;
		m->mount = list;
	}
	return NULL;
}

static int
mount_check(Chan *to, Chan *from, int flag)
{
	if ((flag & ~MMASK) || (flag & MORDER) == MORDER)
		return seterr(Ebadarg, "mount flags %#x", (unsigned)flag);
	if ((to->qid.type ^ from->qid.type) & QTDIR)
		return seterr(Emount, NULL);
	if (!(from->qid.type & QTDIR) && (flag & MORDER) != MREPL)
		return seterr(Emount, "a union of files");
	return 0;
}

int
ns_mount(Pgrp *pg, Chan *to, Chan *from, int flag, Str spec, bool is_mount)
{
	int order = flag & MORDER;
	char *aname = is_mount ? str_dup(spec) : NULL;
	Mhead *fresh = NULL;
	Mount *list = NULL, *self = NULL, *old = NULL;
	Mhead **l, *m;
	int rc = mount_check(to, from, flag);

	if (rc < 0)
		goto out;
	rc = -Enomem;
	if ((is_mount && !aname) || !(fresh = mhead_new(from)) || !(self = mount_new(from, 0, NULL)) ||
	    !(list = mount_list(to, flag, aname))) {
		seterr(Enomem, NULL);
		goto out;
	}
	rc = 0; /* nothing fails from here on */
	wlock(&pg->ns);
	l = &pg->hash[ns_hash(from->qid.path)];
	while ((m = *l) && !mhead_is(m, from->servant, from->dev, &from->qid))
		l = &m->hash;
	if (!m) {
		m = *l = fresh;
		fresh = NULL;
		if (order != MREPL) {
			m->mount = self;
			self = NULL;
		}
	}
	wlock(&m->lk);
	old = order == MREPL ? NULL : mhead_take_locked(m, list);
	if (!old)
		old = mhead_insert(m, list, order);
	else
		(void)mhead_insert(m, list, order);
	wunlock(&m->lk);
	wunlock(&pg->ns);
	mhead_put(to->umh); /* only the list was wanted; kept, it could make a circle */
	to->umh = NULL;
out:
	mount_free(old);
	mount_free(self);
	mhead_put(fresh);
	free(aname);
	return rc;
}

static bool
mount_is(const Mount *e, const Chan *c)
{
	return chan_same(e->to, c) || (e->to->mchan && chan_same(e->to->mchan, c));
}

static bool
mhead_bare_locked(const Mhead *m)
{
	const Mount *e = m->mount;

	return e && !e->next && !e->spec && !(e->flag & MCREATE) && chan_same(e->to, m->from);
}

int
ns_unmount(Pgrp *pg, Chan *from, Chan *to)
{
	Mhead **l, *m, *gone = NULL;
	Mount **p, *out = NULL, *self = NULL;
	int rc = Eunmount;

	wlock(&pg->ns);
	l = &pg->hash[ns_hash(from->qid.path)];
	while ((m = *l) && !mhead_is(m, from->servant, from->dev, &from->qid))
		l = &m->hash;
	if (m) {
		wlock(&m->lk);
		for (p = &m->mount; to && *p && !mount_is(*p, to);)
			p = &(*p)->next;
		if ((out = *p)) {
			rc = 0;
			*p = to ? out->next : NULL;
			if (to)
				out->next = NULL;
		} else {
			rc = Eunion;
		}
		if (!rc && to && mhead_bare_locked(m)) { /* only itself is left: no mount point any more */
			self = m->mount;
			m->mount = NULL;
		}
		if (!m->mount) {
			*l = m->hash;
			m->hash = NULL;
			gone = m;
		}
		wunlock(&m->lk);
	}
	wunlock(&pg->ns);
	mount_free(out);
	mount_free(self);
	mhead_put(gone);
	return rc ? seterr(rc, NULL) : 0;
}

bool
servant_allowed(Pgrp *pg, int dc)
{
	return dc > 0 && dc < 128 && !(atomic_load(&pg->denied[dc / 32]) >> dc % 32 & 1);
}

void
pgrp_deny(Pgrp *pg, const char *letters, bool others)
{
	for (int dc = 1; dc < 128; dc++)
		if ((strchr(letters, dc) != NULL) != others)
			atomic_fetch_or(&pg->denied[dc / 32], 1u << dc % 32);
}
