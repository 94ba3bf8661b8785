/*
 * servers/ramfs/data.c - the bytes of a file in memory.
 *
 * Pages of 8 KiB in groups of 1024, both made when first written, so a file
 * with a hole costs what was written into it, and a byte is found in two steps.
 * Bytes past length in the last page are always zero: growing shows zeros.
 * ERRORS  Etoobig past 1 TiB; Enospc no memory
 */
#include "servers/ramfs/tree_impl.h"

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
	group = realloc(d->group, n * sizeof *group);
	if (group == NULL)
		return seterr(Enospc, NULL);
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
		d->group[g] = calloc(GROUPPAGES, sizeof *d->group[g]);
	if (d->group[g] == NULL)
		return NULL;
	page = &d->group[g][index % GROUPPAGES];
	if (*page == NULL)
		*page = calloc(1, PAGEBYTES);
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

int64_t
data_write(Data *d, const void *buf, size_t n, uint64_t off)
{
	const uint8_t *from = buf;
	size_t done = 0;

	if (off > DATAMAX || n > DATAMAX - off)
		return seterr(Etoobig, NULL);
	while (done < n) {
		uint64_t at = off + done;
		size_t part = piece(at, n - done);
		uint8_t *page = page_make(d, at / PAGEBYTES);

		if (page == NULL)
			break; /* a short write, as when a disk fills up */
		memcpy(page + at % PAGEBYTES, from + done, part);
		done += part;
	}
	if (done == 0 && n > 0)
		return seterr(Enospc, NULL);
	if (done > 0 && off + done > d->length)
		d->length = off + done;
	return (int64_t)done;
}

static void
group_free(Data *d, size_t g, size_t keep)
{
	if (d->group[g] == NULL)
		return;
	for (size_t i = keep; i < GROUPPAGES; i++) {
		free(d->group[g][i]);
		d->group[g][i] = NULL;
	}
	if (keep == 0) {
		free(d->group[g]);
		d->group[g] = NULL;
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
		d->group = NULL;
		d->ngroup = 0;
	}
	d->length = length;
}
