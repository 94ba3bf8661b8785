/*
 * servants/mnt_cache.c - the data of files on mounts with MCACHE: what was read
 * or written once is not asked of the server again.
 *
 * A file is known by its link and qid.path. Its data counts while its qid.vers is
 * the one that its last open brought, so what other machines change is seen at the
 * next open, not before. Writes go to the server first, then into the cache; a
 * server raises the version by one for each, stat(5), and so is ours: a file keeps
 * its data when it is opened again. An end of file is always asked for.
 *
 * A reply may be overtaken: gen changes with whatever changes the data, and bytes
 * that were asked for before that are not kept. Of two writes at the same time
 * nobody knows which came first: neither is kept (unsure: nor is the version).
 *
 * LOCKS   cache.q guards all of it; malloc under it, no servant, no message
 * REFS    each open handle of such a file (Chan.aux) is one of its users
 * LIMITS  NFILE files, CACHE_BYTES of data in all, NBLOCK * BLOCK of one file; the
 *         data used longest ago goes. Plain files only. Of a block, one run of bytes.
 * SEE     bind(2), MCACHE; tests/unit/mnt.c
 */
#include "servants/mnt_impl.h"

enum { NFILE = 256, BLOCK = 16 * 1024, NBLOCK = 128, CACHE_BYTES = 8 << 20 };

typedef struct Block Block;
struct Block {
	uint8_t *data;                /* BLOCK bytes, NULL: none */
	uint32_t from, to;            /* of them, what is known */
};
struct Cached {
	Cached *next;
	uint32_t dev;                 /* with path: which file */
	uint64_t path;
	uint32_t vers;
	unsigned users;               /* open handles */
	unsigned nwrite;              /* writes that the server has not answered */
	uint32_t gen;
	bool unsure;                  /* vers is a guess: the next open drops the data */
	uint64_t used;                /* when: cache.clock */
	size_t bytes;
	Block block[NBLOCK];
};
static struct {
	QLock q;
	Cached *first;
	size_t nfile, bytes;
	uint64_t clock, nhit, nmiss;
} cache;

/* ---- all of these: REQUIRES cache.q ---- */

static Cached *
file_find_locked(uint32_t dev, uint64_t path)
{
	Cached *f = cache.first;

	while (f != NULL && !(f->dev == dev && f->path == path))
		f = f->next;
	return f;
}

static void
file_drop_locked(Cached *f)
{
	for (size_t i = 0; i < NBLOCK && f->bytes > 0; i++)
		if (f->block[i].data != NULL) {
			free(f->block[i].data);
			f->block[i] = (Block){ 0 };
			f->bytes -= BLOCK;
			cache.bytes -= BLOCK;
		}
	f->gen++;
}

static void
file_free_locked(Cached *f)
{
	Cached **p = &cache.first;

	while (*p != f)
		p = &(*p)->next;
	*p = f->next;
	cache.nfile--;
	file_drop_locked(f);
	free(f);
}

/* Of the files with data, or of those that nobody has open, what was used longest ago. */
static Cached *
file_oldest_locked(bool with_data, const Cached *but)
{
	Cached *old = NULL;

	for (Cached *f = cache.first; f != NULL; f = f->next)
		if (f != but && (with_data ? f->bytes > 0 : f->users == 0) && (old == NULL || f->used < old->used))
			old = f;
	return old;
}

static Cached *
file_new_locked(uint32_t dev, uint64_t path)
{
	Cached *f = cache.nfile == NFILE ? file_oldest_locked(false, NULL) : NULL;

	if (f != NULL)
		file_free_locked(f);
	if (cache.nfile == NFILE || (f = calloc(1, sizeof *f)) == NULL)
		return NULL;
	f->dev = dev;
	f->path = path;
	f->next = cache.first;
	cache.first = f;
	cache.nfile++;
	return f;
}

static bool
block_room_locked(Cached *f, Block *b)
{
	Cached *old;

	while (cache.bytes + BLOCK > CACHE_BYTES && (old = file_oldest_locked(true, f)) != NULL)
		file_drop_locked(old);
	if (cache.bytes + BLOCK > CACHE_BYTES || (b->data = malloc(BLOCK)) == NULL)
		return false;
	f->bytes += BLOCK;
	cache.bytes += BLOCK;
	return true;
}

/* Keeps the bytes [from, to) of a block; they join what is known, or replace it. */
static void
block_put_locked(Cached *f, Block *b, uint32_t from, uint32_t to, const uint8_t *p)
{
	if (b->data == NULL && !block_room_locked(f, b))
		return;
	memcpy(b->data + from, p, to - from);
	if (from > b->to || to < b->from || b->to == 0) {
		b->from = from;
		b->to = to;
		return;
	}
	b->from = from < b->from ? from : b->from;
	b->to = to > b->to ? to : b->to;
}

static void
file_put_locked(Cached *f, const uint8_t *p, size_t n, uint64_t off)
{
	for (size_t k; n > 0 && off / BLOCK < NBLOCK; p += k, off += k, n -= k) {
		uint32_t from = (uint32_t)(off % BLOCK);

		k = n < BLOCK - from ? n : BLOCK - from;
		block_put_locked(f, &f->block[off / BLOCK], from, from + (uint32_t)k, p);
	}
}

/* ---- open files ---- */

Cached *
cache_open(const Chan *c)
{
	Cached *f = NULL;

	if (!(atomic_load(&c->flag) & CCACHE) || c->qid.type != QTFILE)
		return NULL;
	qlock(&cache.q);
	if ((f = file_find_locked(c->dev, c->qid.path)) == NULL)
		f = file_new_locked(c->dev, c->qid.path);
	if (f != NULL) {
		if (f->unsure || f->vers != c->qid.vers)
			file_drop_locked(f);
		f->unsure = f->nwrite > 0; /* the version may or may not have that write in it */
		f->vers = c->qid.vers;
		f->users++;
		f->used = ++cache.clock;
	}
	qunlock(&cache.q);
	return f;
}

void
cache_close(Cached *f)
{
	if (f == NULL)
		return;
	qlock(&cache.q);
	f->users--;
	qunlock(&cache.q);
}

size_t
cache_read(Cached *f, void *buf, size_t n, uint64_t off, uint32_t *gen)
{
	uint8_t *to = buf;
	size_t done = 0;

	if (f == NULL)
		return 0;
	qlock(&cache.q);
	while (done < n && (off + done) / BLOCK < NBLOCK) {
		const Block *b = &f->block[(off + done) / BLOCK];
		uint32_t at = (uint32_t)((off + done) % BLOCK);
		size_t k;

		if (at < b->from || at >= b->to)
			break;
		k = n - done < b->to - at ? n - done : b->to - at;
		memcpy(to + done, b->data + at, k);
		done += k;
	}
	f->used = ++cache.clock;
	*gen = f->gen;
	if (done == n)
		cache.nhit++;
	else
		cache.nmiss++;
	qunlock(&cache.q);
	return done;
}

void
cache_fill(Cached *f, uint32_t gen, const void *buf, size_t n, uint64_t off)
{
	if (f == NULL || n == 0)
		return;
	qlock(&cache.q);
	if (f->gen == gen && f->nwrite == 0)
		file_put_locked(f, buf, n, off);
	qunlock(&cache.q);
}

uint32_t
cache_write(Cached *f)
{
	uint32_t gen;

	if (f == NULL)
		return 0;
	qlock(&cache.q);
	gen = ++f->gen;
	f->nwrite++;
	qunlock(&cache.q);
	return gen;
}

void
cache_written(Cached *f, uint32_t gen, const void *buf, int64_t n, uint64_t off)
{
	if (f == NULL)
		return;
	qlock(&cache.q);
	f->nwrite--;
	if (f->gen == gen && f->nwrite == 0 && n >= 0 && !f->unsure) {
		file_put_locked(f, buf, (size_t)n, off);
		f->vers++;
		f->gen++;
	} else {
		file_drop_locked(f);
		f->unsure = true;
	}
	qunlock(&cache.q);
}

/* ---- what else changes files ---- */

void
cache_forget(const Chan *c)
{
	Cached *f;

	if (!(atomic_load(&c->flag) & CCACHE))
		return;
	qlock(&cache.q);
	if ((f = file_find_locked(c->dev, c->qid.path)) != NULL) {
		file_drop_locked(f);
		f->unsure = true;
	}
	qunlock(&cache.q);
}

void
cache_forget_link(uint32_t dev)
{
	Cached *next;

	qlock(&cache.q);
	for (Cached *f = cache.first; f != NULL; f = next) {
		next = f->next;
		if (f->dev == dev && f->users == 0)
			file_free_locked(f);
	}
	qunlock(&cache.q);
}

int
mnt_cache_text(char *text, size_t n)
{
	int len;

	qlock(&cache.q);
	len = snprintf(text, n, "cached files %zu bytes %zu reads without the server %" PRIu64 " with %" PRIu64 "\n",
	    cache.nfile, cache.bytes, cache.nhit, cache.nmiss);
	qunlock(&cache.q);
	return len;
}
