/*
 * servers/ramfs/data.c - the bytes of a file in memory.
 *
 * Pages of 8 KiB in groups of 1024, both made when first written, so a file
 * with a hole costs what was written into it, and a byte is found in two steps.
 * Bytes past length in the last page are always zero: growing shows zeros.
 * What they take is counted in the tree's Budget.
 * ERRORS  Etoobig past 1 TiB; Enospc no memory, or the tree's limit
 */
#include "servers/ramfs/tree_impl.h"

bool
budget_take(Budget *b, uint64_t n)
{
	if (b->used > b->limit || n > b->limit - b->used)
		return false;
	if (b->room == NULL)
		b->credit = n;
	while (b->credit < n) {
		if (!b->room(ROOM_STEP))
			return false;
		b->credit += ROOM_STEP;
	}
	b->credit -= n;
	b->used += n;
	return true;
}

/* malloc keeps what was freed, so the next taker gets it without asking. */
void
budget_give(Budget *b, uint64_t n)
{
	b->used -= n;
	b->credit += n;
}

/* n zeroed objects that the budget pays for. */
static void *
paid_calloc(Budget *b, size_t n, size_t size)
{
	void *p = NULL;

	if (!budget_take(b, n * size))
		return NULL;
	p = calloc(n, size);
	if (p == NULL)
		budget_give(b, n * size);
	return p;
}

static uint8_t *
page_at(const Data *d, uint64_t index)
{
	size_t g = (size_t)(index / GROUPPAGES);

	if (g >= d->ngroup || d->group[g] == NULL)
		return NULL;
	return d->group[g][index % GROUPPAGES];
}

static int
groups_grow(Data *d, size_t want)
{
	size_t n = d->ngroup > 0 ? d->ngroup : 1;
	uint8_t ***group;

	while (n < want)
		n *= 2;
	if (n == d->ngroup)
		return 0;
	if (!budget_take(d->budget, (n - d->ngroup) * sizeof *group))
		return seterr(Enospc, NULL);
	group = realloc(d->group, n * sizeof *group);
	if (group == NULL) {
		budget_give(d->budget, (n - d->ngroup) * sizeof *group);
		return seterr(Enospc, NULL);
	}
	memset(group + d->ngroup, 0, (n - d->ngroup) * sizeof *group);
	d->group = group;
	d->ngroup = n;
	return 0;
}

static uint8_t *
page_make(Data *d, uint64_t index)
{
	size_t g = (size_t)(index / GROUPPAGES);
	uint8_t **page;

	if (groups_grow(d, g + 1) < 0)
		return NULL;
	if (d->group[g] == NULL)
		d->group[g] = paid_calloc(d->budget, GROUPPAGES, sizeof *d->group[g]);
	if (d->group[g] == NULL)
		return NULL;
	page = &d->group[g][index % GROUPPAGES];
	if (*page == NULL)
		*page = paid_calloc(d->budget, 1, PAGEBYTES);
	return *page;
}

/* The bytes from off to the end of its page, at most n. */
static size_t
piece(uint64_t off, size_t n)
{
	size_t left = PAGEBYTES - (size_t)(off % PAGEBYTES);

	return left < n ? left : n;
}

int64_t
data_read(const Data *d, void *buf, size_t n, uint64_t off)
{
	uint8_t *to = buf;

	if (off >= d->length)
		return 0;
	if (n > d->length - off)
		n = (size_t)(d->length - off);
	for (size_t done = 0; done < n;) {
		uint64_t at = off + done;
		size_t part = piece(at, n - done);
		const uint8_t *page = page_at(d, at / PAGEBYTES);

		if (page != NULL)
			memcpy(to + done, page + at % PAGEBYTES, part);
		else
			memset(to + done, 0, part);
		done += part;
	}
	return (int64_t)n;
}

static void
group_free(Data *d, size_t g, size_t keep)
{
	if (d->group[g] == NULL)
		return;
	for (size_t i = keep; i < GROUPPAGES; i++) {
		if (d->group[g][i] != NULL)
			budget_give(d->budget, PAGEBYTES);
		free(d->group[g][i]);
		d->group[g][i] = NULL;
	}
	if (keep == 0) {
		free(d->group[g]);
		d->group[g] = NULL;
		budget_give(d->budget, GROUPPAGES * sizeof *d->group[g]);
	}
}

void
data_truncate(Data *d, uint64_t length)
{
	uint64_t keep = (length + PAGEBYTES - 1) / PAGEBYTES; /* pages */
	size_t tail = (size_t)(length % PAGEBYTES);
	uint8_t *last = tail > 0 ? page_at(d, keep - 1) : NULL;

	if (last != NULL && length < d->length)
		memset(last + tail, 0, PAGEBYTES - tail);
	for (size_t g = (size_t)(keep / GROUPPAGES); g < d->ngroup; g++)
		group_free(d, g, g == keep / GROUPPAGES ? (size_t)(keep % GROUPPAGES) : 0);
	if (length == 0) {
		free(d->group);
		budget_give(d->budget, d->ngroup * sizeof *d->group);
		d->group = NULL;
		d->ngroup = 0;
	}
	d->length = length;
}

int64_t
data_write(Data *d, const void *buf, size_t n, uint64_t off)
{
	const uint8_t *from = buf;
	size_t done = 0;

	if (off > DATAMAX || n > DATAMAX - off)
		return seterr(Etoobig, NULL);
	for (uint64_t i = off / PAGEBYTES; n > 0 && i <= (off + n - 1) / PAGEBYTES; i++)
		if (page_make(d, i) == NULL) {
			data_truncate(d, d->length); /* gives back what lies behind the end */
			return seterr(Enospc, NULL);
		}
	/* nothing fails any more */
	while (done < n) {
		uint64_t at = off + done;
		size_t part = piece(at, n - done);

		memcpy(page_at(d, at / PAGEBYTES) + at % PAGEBYTES, from + done, part);
		done += part;
	}
	if (n > 0 && off + n > d->length)
		d->length = off + n;
	return (int64_t)n;
}
