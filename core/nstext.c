/*
 * nstext.c - the text of ns(1): commands that make a name space again.
 *
 * The elements of a union come back in their places when those before its pivot
 * are bound from the nearest outwards and those behind it as they stand. The
 * pivot is what is there before anything is added: the directory itself, or else
 * what replaced it, which then is the first command.
 *
 * A name means another file once something is mounted on its way. So a command
 * whose names lead through a mount point comes after the commands of that one;
 * one whose names were walked when there was none comes before them
 * (Mounts.nearlier counts these), unless what it binds is a file of the root's own:
 * "#R/n" is the directory /n whatever is mounted upon it. Otherwise they stand in
 * the order in which they were given. LIMITS: so do those of servers' directories
 * of which each name means what was there before the other was bound; and a name
 * may lead through what is not mounted any more.
 *
 * LOCKS  Pgrp.ns, for reading: nobody changes a list of mounts without it. malloc
 *        and srv_name under it
 * SEE    tests/unit/core_ns.c
 */
#include "core/core_impl.h"
#include "servants/servants.h"

typedef struct NsLine NsLine;
typedef struct Mounts Mounts;
typedef struct NsText NsText;
struct NsLine {
	NsLine *next;             /* of its queue */
	const Mount *e;
	char order;               /* 'b', 'a', or 0: it replaces */
	bool hidden;              /* is_hidden */
};
/* The commands upon one mount point. */
struct Mounts {
	const Mhead *m;
	const char *name;
	NsLine *pivot, *before, *behind; /* queues: what is still to be said */
	size_t nleft;             /* in them */
	size_t nearlier;          /* commands that come before the first of these */
	bool begun;
};
struct NsText {
	Mounts *mounts;           /* by name */
	size_t n;
	char *text;
	size_t size, room;
	bool rooted;              /* something is mounted upon / */
	bool failed;
};

static int
mounts_cmp(const void *a, const void *b)
{
	return strcmp(((const Mounts *)a)->name, ((const Mounts *)b)->name);
}

/* ---- the queues ---- */

static void
line_add(NsText *t, Mounts *u, NsLine **at, const Mount *e, char order)
{
	NsLine *l = malloc(sizeof *l);

	if (!l) {
		t->failed = true;
		return;
	}
	*l = (NsLine){ .next = *at, .e = e, .order = order };
	*at = l;
	u->nleft++;
}

static void
mounts_add(NsText *t, Mounts *u, const Mhead *m)
{
	const Mount *self = NULL, *first = m->mount;
	NsLine **end = &u->behind;
	bool behind = false;

	u->m = m;
	u->name = chan_name(m->from);
	for (const Mount *e = m->mount; e; e = e->next) {
		if (!e->spec && chan_same(e->to, m->from))
			self = e;
		if (e->id < first->id)
			first = e;
	}
	for (const Mount *e = m->mount; e; e = e->next) {
		if (e == (self ? self : first)) {
			behind = true;
			if (!self || e->flag)
				line_add(t, u, &u->pivot, e, self ? 'a' : 0);
		} else if (!behind) {
			line_add(t, u, &u->before, e, 'b'); /* the nearest to the pivot comes last here */
		} else {
			line_add(t, u, end, e, 'a');
			end = *end ? &(*end)->next : end;
		}
	}
}

/* ---- what a name needs ---- */

typedef void NameFn(Mounts *on, bool through, void *arg);

/* Calls fn for each mount point on the way of a handle's name, the whole name
 * too if `whole`, and says whether the name leads through it. */
static void
name_each(NsText *t, const Chan *c, bool whole, NameFn *fn, void *arg)
{
	const char *s = chan_name((Chan *)(uintptr_t)c), *end = s;
	char *part = s[0] == '/' ? strdup(s) : NULL; /* "#c" leads through none */

	t->failed |= s[0] == '/' && !part;
	for (size_t i = 0; part && *end; i++) {
		Mounts *on;

		end += 1 + strcspn(end + 1, "/");
		if (!*end && !whole)
			break;
		memcpy(part, s, (size_t)(end - s));
		part[end - s] = '\0';
		on = bsearch(&(Mounts){ .name = part }, t->mounts, t->n, sizeof *t->mounts, mounts_cmp);
		if (on)
			fn(on, i < c->path->nelem && c->path->mtpt[i], arg);
	}
	free(part);
}

typedef struct Need Need;
struct Need {
	const Mounts *own;
	int count;                /* to be added to nearlier */
	bool ready;
};

static void
hidden_look(Mounts *on, bool through, void *arg)
{
	USED(on);
	*(bool *)arg |= !through;
}

/* Is the mounted file one of #R that its name does not lead to any more? */
static bool
is_hidden(NsText *t, const Mount *e)
{
	bool hidden = false;

	if (e->spec || e->to->servant->dc != 'R' || t->rooted)
		return false;
	name_each(t, e->to, true, hidden_look, &hidden);
	return hidden;
}

/* A server goes by the name of its link, a hidden file by one that leads through nothing. */
static void
line_each(NsText *t, const Mounts *u, const NsLine *l, NameFn *fn, void *arg)
{
	name_each(t, u->m->from, false, fn, arg);
	if (!l->e->spec && !l->hidden)
		name_each(t, l->e->to, true, fn, arg);
}

static void
earlier_count(Mounts *on, bool through, void *arg)
{
	const Need *need = arg;

	if (!through && on != need->own)
		on->nearlier += (size_t)need->count;
}

static void
ready_look(Mounts *on, bool through, void *arg)
{
	Need *need = arg;

	if (through && on != need->own && on->nleft)
		need->ready = false;
}

static bool
line_ready(NsText *t, const Mounts *u, const NsLine *l)
{
	Need need = { u, 0, u->begun || u->nearlier == 0 };

	if (need.ready)
		line_each(t, u, l, ready_look, &need);
	return need.ready;
}

/* ---- the text ---- */

/* What names the mounted handle again: for a server, where its link is posted;
 * else nothing does, *named is false. */
static char *
ns_source(const NsLine *l, bool *named)
{
	char name[SRVNAME_MAX], *full, *s;
	Chan *to = l->e->to, *link = l->e->spec ? to->mchan : NULL;

	*named = !link || srv_name(link, name, sizeof name);
	if (link && *named)
		full = smprint("#s/%s", name);
	else
		full = smprint("%s%s", l->hidden ? "#R" : "", chan_name(link ? link : to));
	s = full ? quotestr(full) : NULL;
	free(full);
	return s;
}

static char *
ns_command(const Mhead *m, const NsLine *l)
{
	const Mount *e = l->e;
	char flags[8] = " -", *end = flags + 2;
	bool named;
	char *to = ns_source(l, &named), *from = quotestr(chan_name(m->from));
	char *spec = e->spec && e->spec[0] ? quotestr(e->spec) : NULL;
	char *s = NULL;

	if (l->order)
		*end++ = l->order;
	if (e->flag & MCREATE)
		*end++ = 'c';
	if (e->flag & MCACHE)
		*end++ = 'C';
	*(end == flags + 2 ? flags : end) = '\0';
	if (to && from)
		s = smprint("%s%s%s %s %s%s%s%s\n", named ? "" : "# ", e->spec ? "mount" : "bind", flags, to, from,
		    spec ? " " : "", spec ? spec : "", named ? "" : " # not posted in #s");
	free(to);
	free(from);
	free(spec);
	return s;
}

static void
nstext_add(NsText *t, char *s)
{
	size_t n = s ? strlen(s) : 0;

	if (s && t->size + n + 1 > t->room) {
		size_t room = t->room * 2 + n + 256;
		char *more = realloc(t->text, room);

		t->failed |= !more;
		t->text = more ? more : t->text;
		t->room = more ? room : t->room;
	}
	t->failed |= !s;
	if (!t->failed) {
		memcpy(t->text + t->size, s, n + 1);
		t->size += n;
	}
	free(s);
}

/* The oldest of the lines that may come next, or of all. */
static NsLine **
line_next(NsText *t, bool any, Mounts **of)
{
	NsLine **next = NULL;

	for (Mounts *u = t->mounts; u < t->mounts + t->n; u++) {
		NsLine **front[] = { u->pivot ? &u->pivot : &u->behind, u->pivot ? &u->pivot : &u->before };

		for (size_t i = 0; i < nelem(front); i++) {
			const NsLine *l = *front[i];

			if (!l || (next && (*next)->e->id <= l->e->id) || (!any && !line_ready(t, u, l)))
				continue;
			next = front[i];
			*of = u;
		}
	}
	return next;
}

static void
line_say(NsText *t, Mounts *u, NsLine **front)
{
	NsLine *l = *front;
	Need need = { u, -1, false };

	nstext_add(t, ns_command(u->m, l));
	line_each(t, u, l, earlier_count, &need);
	u->begun = true;
	u->nleft--;
	*front = l->next;
	free(l);
}

static void
ns_lines(NsText *t)
{
	NsLine **next;
	Mounts *u;

	for (u = t->mounts; u < t->mounts + t->n; u++) {
		Need need = { u, 1, false };

		for (size_t i = 0; i < 3; i++)
			for (NsLine *l = i == 0 ? u->pivot : i == 1 ? u->before : u->behind; l; l = l->next) {
				l->hidden = is_hidden(t, l->e);
				line_each(t, u, l, earlier_count, &need);
			}
	}
	while ((next = line_next(t, false, &u)) || (next = line_next(t, true, &u)))
		line_say(t, u, next);
}

/* REQUIRES pg->ns */
static void
ns_collect(NsText *t, Pgrp *pg)
{
	size_t n = 0;

	for (size_t i = 0; i < NMNTHASH; i++)
		for (Mhead *m = pg->hash[i]; m; m = m->hash)
			n++;
	t->mounts = calloc(n + 1, sizeof *t->mounts);
	t->failed = !t->mounts;
	for (size_t i = 0; i < NMNTHASH && t->mounts; i++)
		for (const Mhead *m = pg->hash[i]; m; m = m->hash)
			if (m->mount)
				mounts_add(t, &t->mounts[t->n++], m);
	if (t->n)
		qsort(t->mounts, t->n, sizeof *t->mounts, mounts_cmp);
	t->rooted = t->n && bsearch(&(Mounts){ .name = "/" }, t->mounts, t->n, sizeof *t->mounts, mounts_cmp);
}

int
ns_text(Pgrp *pg, char **text)
{
	NsText t = { 0 };

	rlock(&pg->ns);
	ns_collect(&t, pg);
	nstext_add(&t, strdup(""));
	ns_lines(&t);
	runlock(&pg->ns);
	free(t.mounts);
	if (t.failed) {
		free(t.text);
		return seterr(Enomem, NULL);
	}
	*text = t.text;
	return (int)t.size;
}
