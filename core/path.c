/*
 * path.c - names: the path that a handle was reached by, with the mount points
 * crossed on the way, and the checks that every name from outside passes.
 *
 * A path is shared until somebody changes it (path_own). Per element it keeps
 * the file that was mounted upon there, so that ".." goes back through the
 * mount point, to where the name says.
 *
 * REFS   Path.mtpt[i] holds one reference each.
 * ERRORS Ebadname empty or too long, Ebadchar control characters or bad UTF-8
 * SEE    tests/unit/core_ns.c
 */
#include "core/core_impl.h"

enum { PATH_SLACK = 32, ELEM_SLACK = 4 };

Path *
path_new(Str s)
{
	Path *p = calloc(1, sizeof *p);

	if (!p || !(p->s = malloc(s.n + PATH_SLACK))) {
		free(p);
		return NULL;
	}
	memcpy(p->s, s.s, s.n);
	p->s[s.n] = '\0';
	p->len = s.n;
	p->cap = s.n + PATH_SLACK;
	atomic_store(&p->ref, 1);
	return p;
}

Path *
path_get(Path *p)
{
	if (p)
		atomic_fetch_add(&p->ref, 1);
	return p;
}

void
path_put(Path *p)
{
	if (!p || atomic_fetch_sub(&p->ref, 1) != 1)
		return;
	for (size_t i = 0; i < p->nelem; i++)
		chan_put(p->mtpt[i]);
	free(p->mtpt);
	free(p->s);
	free(p);
}

static Path *
path_copy(const Path *p)
{
	Path *q = path_new((Str){ p->s, p->len });

	if (!q)
		return NULL;
	if (p->nelem) {
		q->mcap = p->nelem + ELEM_SLACK;
		if (!(q->mtpt = calloc(q->mcap, sizeof *q->mtpt))) {
			path_put(q);
			return NULL;
		}
	}
	for (size_t i = 0; i < p->nelem; i++)
		q->mtpt[i] = p->mtpt[i] ? chan_get(p->mtpt[i]) : NULL;
	q->nelem = p->nelem;
	return q;
}

int
path_own(Path **pp)
{
	Path *q;

	if (atomic_load(&(*pp)->ref) == 1)
		return 0;
	if (!(q = path_copy(*pp)))
		return seterr(Enomem, NULL);
	path_put(*pp);
	*pp = q;
	return 0;
}

static int
path_room(Path *p, size_t more)
{
	if (p->cap - p->len <= more + 1) {
		size_t cap = p->len + more + 2 + PATH_SLACK;
		char *s = realloc(p->s, cap);

		if (!s)
			return seterr(Enomem, NULL);
		p->s = s;
		p->cap = cap;
	}
	if (p->nelem == p->mcap) {
		size_t mcap = p->mcap + p->mcap / 2 + ELEM_SLACK;
		Chan **m = realloc(p->mtpt, mcap * sizeof *m);

		if (!m)
			return seterr(Enomem, NULL);
		p->mtpt = m;
		p->mcap = mcap;
	}
	return 0;
}

/* "/" and "#c" have no element to remove. */
static void
path_drop(Path *p)
{
	char *slash;

	if (p->nelem == 0)
		return;
	chan_put(p->mtpt[--p->nelem]);
	p->s[p->len] = '\0';
	slash = strrchr(p->s, '/');
	if (!slash)
		return;
	p->len = (size_t)(slash - p->s);
	if (p->len == 0)
		p->len = 1; /* the root keeps its slash */
	p->s[p->len] = '\0';
}

int
path_add(Path **pp, Str elem)
{
	Path *p;
	int rc = path_own(pp);

	if (rc < 0)
		return rc;
	p = *pp;
	if (str_eq(elem, "..")) {
		path_drop(p);
		return 0;
	}
	if ((rc = path_room(p, elem.n + 1)) < 0)
		return rc;
	if (p->len == 0 || p->s[p->len - 1] != '/')
		p->s[p->len++] = '/';
	memcpy(p->s + p->len, elem.s, elem.n);
	p->len += elem.n;
	p->s[p->len] = '\0';
	p->mtpt[p->nelem++] = NULL;
	return 0;
}

int
path_mark(Path **pp, Chan *from)
{
	Path *p;
	int rc;

	if ((*pp)->nelem == 0)
		return 0; /* upon the root: ".." stays there anyway */
	if ((rc = path_own(pp)) < 0)
		return rc;
	p = *pp;
	chan_put(p->mtpt[p->nelem - 1]);
	p->mtpt[p->nelem - 1] = chan_get(from);
	return 0;
}

Chan *
path_unmark(Path *p)
{
	Chan *c = NULL;

	if (p->nelem) {
		c = p->mtpt[p->nelem - 1];
		p->mtpt[p->nelem - 1] = NULL;
	}
	return c;
}

Str
path_last(const Path *p)
{
	const char *slash = strrchr(p->s, '/');

	if (!slash || slash[1] == '\0')
		return (Str){ p->s, p->len };
	return (Str){ slash + 1, p->len - (size_t)(slash + 1 - p->s) };
}

int
name_check(Str s, bool slash_ok)
{
	if (s.n == 0)
		return seterr(Ebadname, "empty file name");
	if (s.n > NAME_MAX_BYTES)
		return seterr(Ebadname, "name too long");
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.s[i];

		if (c < ' ' || c == 0x7F || (c == '/' && !slash_ok))
			return seterr(Ebadchar, NULL);
	}
	if (!utf8_valid(s))
		return seterr(Ebadchar, "not UTF-8");
	return 0;
}

int
name_split(Str s, Str **elem, size_t *nelem, bool *dir)
{
	size_t max = 1, n = 0;
	Str *e;

	for (size_t i = 0; i < s.n; i++)
		max += s.s[i] == '/';
	if (!(e = malloc(max * sizeof *e)))
		return seterr(Enomem, NULL);
	*dir = true;
	for (size_t i = 0; i < s.n;) {
		size_t start = i;

		while (i < s.n && s.s[i] != '/')
			i++;
		Str one = { s.s + start, i - start };
		if (one.n > 0 && !str_eq(one, ".")) {
			e[n++] = one;
			*dir = i < s.n;
		} else if (one.n > 0) {
			*dir = true;
		}
		i += i < s.n;
	}
	*elem = e;
	*nelem = n;
	return 0;
}
