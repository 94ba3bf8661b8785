/*
 * unit.c - the memory of one parsed line: taken in pieces, given back at once,
 * when the last function that was defined in it is gone.
 */
#include "cmd/rc/rc.h"

struct Block {
	struct Block *next;
	size_t n, size;
	max_align_t data[];
};

Unit *
unit_new(const char *file)
{
	Unit *u = rc_alloc(sizeof *u);

	u->ref = 1;
	u->file = file == NULL ? NULL : rc_strdup(file);
	return u;
}

void
unit_put(Unit *u)
{
	if (u == NULL || --u->ref > 0)
		return;
	while (u->blocks != NULL) {
		struct Block *b = u->blocks;

		u->blocks = b->next;
		free(b);
	}
	free(u->file);
	free(u);
}

void *
unit_alloc(Unit *u, size_t n)
{
	struct Block *b = u->blocks;
	size_t round = (n + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	void *p;

	if (b == NULL || b->size - b->n < round) {
		size_t size = round > 2000 ? round : 2000;

		b = rc_alloc(sizeof *b + size);
		b->size = size;
		b->next = u->blocks;
		u->blocks = b;
	}
	p = (char *)b->data + b->n;
	b->n += round;
	return p;
}

char *
unit_text(Unit *u, const char *s, size_t n)
{
	char *t = unit_alloc(u, n + 1);

	memcpy(t, s, n);
	return t;
}
