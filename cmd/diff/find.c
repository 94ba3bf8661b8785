/*
 * cmd/diff/find.c - the smallest set of changes: E. W. Myers, An O(ND) difference algorithm
 * and its variations, 1986; the variation that needs space in the order of the lines. A path
 * goes from the corner (0, 0) to (n, m); x steps delete lines of a, y steps insert lines of b,
 * diagonal ones are equal lines. Two searches, one from each corner, meet in the middle of a
 * shortest path; what lies before and behind is done the same way.
 *
 * Lines that occur in one file only are taken out before: they are in no diagonal.
 * LIMITS  where more than COST changes lie between two corners, the path may be longer
 *         than the shortest.
 */
#include "cmd/diff/diff.h"

enum { COST = 2000 };

/* The lines that may be equal to some of the other file. */
typedef struct Side Side;
struct Side {
	size_t n;
	uint32_t *id;
	size_t *line;           /* where in the file */
	bool *changed;          /* by line of the file */
};
static Side A, B;
static ptrdiff_t *front, *back; /* how far (x) the searches got, by diagonal x - y */

typedef struct Box Box;
struct Box {
	ptrdiff_t x0, x1, y0, y1;
};

static void
side_make(Side *s, const Text *t, const Text *other, uint32_t nid)
{
	bool *there = calloc(nid + 1, sizeof *there);

	s->n = 0;
	s->id = cmd_alloc(NULL, (t->nline + 1) * sizeof *s->id);
	s->line = cmd_alloc(NULL, (t->nline + 1) * sizeof *s->line);
	s->changed = cmd_alloc(NULL, (t->nline + 1) * sizeof *s->changed);
	if (there == NULL)
		sysfatal("%r");
	for (size_t i = 0; i < other->nline; i++)
		there[other->id[i]] = true;
	for (size_t i = 0; i < t->nline; i++) {
		s->changed[i] = !there[t->id[i]];
		if (s->changed[i])
			continue;
		s->line[s->n] = i;
		s->id[s->n++] = t->id[i];
	}
	free(there);
}

static void
side_free(Side *s)
{
	free(s->id);
	free(s->line);
	free(s->changed);
}

/* The range of diagonals grows by one on both sides, as far as the box goes. */
typedef struct Reach Reach;
struct Reach {
	ptrdiff_t low, high;
};

static void
reach_grow(Reach *r, ptrdiff_t *v, ptrdiff_t low, ptrdiff_t high, ptrdiff_t none)
{
	if (r->low > low)
		v[--r->low - 1] = none;
	else
		r->low++;
	if (r->high < high)
		v[++r->high + 1] = none;
	else
		r->high--;
}

/* One more step of the search from the upper corner; true: it met the other at *x, *d. */
static bool
step_front(const Box *b, const Reach *r, const Reach *other, bool check, ptrdiff_t *at, ptrdiff_t *diagonal)
{
	for (ptrdiff_t d = r->high; d >= r->low; d -= 2) {
		ptrdiff_t x = front[d - 1] >= front[d + 1] ? front[d - 1] + 1 : front[d + 1];

		while (x < b->x1 && x - d < b->y1 && A.id[x] == B.id[x - d])
			x++;
		front[d] = x;
		if (check && other->low <= d && d <= other->high && back[d] <= x) {
			*at = x;
			*diagonal = d;
			return true;
		}
	}
	return false;
}

static bool
step_back(const Box *b, const Reach *r, const Reach *other, bool check, ptrdiff_t *at, ptrdiff_t *diagonal)
{
	for (ptrdiff_t d = r->high; d >= r->low; d -= 2) {
		ptrdiff_t x = back[d - 1] < back[d + 1] ? back[d - 1] : back[d + 1] - 1;

		while (x > b->x0 && x - d > b->y0 && A.id[x - 1] == B.id[x - d - 1])
			x--;
		back[d] = x;
		if (check && other->low <= d && d <= other->high && x <= front[d]) {
			*at = x;
			*diagonal = d;
			return true;
		}
	}
	return false;
}

/* A point in the middle of a shortest path; after COST steps, where the search from the
 * upper corner has got furthest. */
static void
middle(const Box *b, ptrdiff_t *x, ptrdiff_t *y)
{
	ptrdiff_t low = b->x0 - b->y1, high = b->x1 - b->y0, d = 0;
	Reach f = { b->x0 - b->y0, b->x0 - b->y0 }, r = { b->x1 - b->y1, b->x1 - b->y1 };
	bool odd = (f.low - r.low) % 2 != 0;
	ptrdiff_t best = -1;

	*x = b->x0;
	front[f.low] = b->x0;
	back[r.low] = b->x1;
	for (int cost = 1; cost <= COST; cost++) {
		reach_grow(&f, front, low, high, -1);
		if (step_front(b, &f, &r, odd, x, &d))
			goto out;
		reach_grow(&r, back, low, high, PTRDIFF_MAX);
		if (step_back(b, &r, &f, !odd, x, &d))
			goto out;
	}
	for (ptrdiff_t k = f.low; k <= f.high; k += 2) {
		ptrdiff_t at = front[k] < b->x1 ? front[k] : b->x1;

		if (at - k > b->y1)
			at = b->y1 + k;
		if (at + at - k > best) {
			best = at + at - k;
			*x = at;
			d = k;
		}
	}
out:
	*y = *x - d;
}

static void
compare(Box b)
{
	ptrdiff_t x, y;

	for (;;) {
		while (b.x0 < b.x1 && b.y0 < b.y1 && A.id[b.x0] == B.id[b.y0])
			b.x0++, b.y0++;
		while (b.x0 < b.x1 && b.y0 < b.y1 && A.id[b.x1 - 1] == B.id[b.y1 - 1])
			b.x1--, b.y1--;
		if (b.x0 == b.x1 || b.y0 == b.y1)
			break;
		middle(&b, &x, &y);
		compare((Box){ b.x0, x, b.y0, y });
		b.x0 = x;
		b.y0 = y;
	}
	for (; b.x0 < b.x1; b.x0++)
		A.changed[A.line[b.x0]] = true;
	for (; b.y0 < b.y1; b.y0++)
		B.changed[B.line[b.y0]] = true;
}

static Change *
collect(size_t na, size_t nb, size_t *n)
{
	size_t i = 0, k = 0, room = 0;
	Change *list = NULL;

	*n = 0;
	while (i < na || k < nb) {
		Change c = { i, i, k, k };

		while (c.a1 < na && A.changed[c.a1])
			c.a1++;
		while (c.b1 < nb && B.changed[c.b1])
			c.b1++;
		if (c.a1 > i || c.b1 > k) {
			if (*n == room)
				list = cmd_alloc(list, (room = 2 * room + 16) * sizeof *list);
			list[(*n)++] = c;
		}
		i = c.a1 + 1;
		k = c.b1 + 1;
	}
	return list;
}

Change *
changes_find(const Text *a, const Text *b, uint32_t nid, size_t *n)
{
	ptrdiff_t *mem;
	Change *list;
	size_t nv;

	side_make(&A, a, b, nid);
	side_make(&B, b, a, nid);
	nv = A.n + B.n + 3;
	mem = cmd_alloc(NULL, 2 * nv * sizeof *mem);
	front = mem + B.n + 1;
	back = front + nv;
	compare((Box){ 0, (ptrdiff_t)A.n, 0, (ptrdiff_t)B.n });
	list = collect(a->nline, b->nline, n);
	free(mem);
	side_free(&A);
	side_free(&B);
	return list;
}
