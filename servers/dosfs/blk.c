/*
 * servers/dosfs/blk.c - the cache of metadata: the active FAT and directories,
 * in blocks of BLKSIZE with a dirty bit for each PIECE. File data never comes
 * through here.
 *
 * What is dirty stays in memory until dosblk_flush writes it, neighbours
 * together; FAT sectors go to every copy of the table. Clean blocks make room
 * for new ones, longest unused first.
 */
#include "servers/dosfs/dosfs_impl.h"

enum { NHASH = 1024 };

static Blk **
bucket(Vol *v, uint64_t off)
{
	return &v->hash[off / BLKSIZE % NHASH];
}

static void
unlink_lru(Vol *v, Blk *b)
{
	*(b->newer ? &b->newer->older : &v->newest) = b->older;
	*(b->older ? &b->older->newer : &v->oldest) = b->newer;
}

static void
link_newest(Vol *v, Blk *b)
{
	b->newer = NULL;
	b->older = v->newest;
	*(v->newest ? &v->newest->newer : &v->oldest) = b;
	v->newest = b;
}

static void
unhash(Vol *v, Blk *b)
{
	Blk **p = bucket(v, b->off);

	while (*p != b)
		p = &(*p)->chain;
	*p = b->chain;
	if (v->fat_blk == b)
		v->fat_blk = NULL;
}

/* room returns a block to fill: a new one, or the longest unused clean one. */
static Blk *
room(Vol *v)
{
	Blk *b = v->nblk < BLK_MAX ? NULL : v->oldest;

	while (b && b->dirty)
		b = b->newer;
	if (b) {
		unhash(v, b);
		unlink_lru(v, b);
		return b;
	}
	b = malloc(sizeof *b);
	if (b)
		v->nblk++;
	return b;
}

static int
load(Vol *v, uint64_t off, Blk **out)
{
	Blk *b = room(v);
	size_t n = BLKSIZE;
	int rc;

	if (!b)
		return seterr(Enomem, "dosfs: cache");
	if (v->size - off < n)
		n = (size_t)(v->size - off);
	memset(b->data, 0, sizeof b->data);
	if ((rc = v->disk->read(v->disk, b->data, n, off)) < 0) {
		free(b);
		v->nblk--;
		return rc;
	}
	b->off = off;
	b->dirty = 0;
	b->chain = *bucket(v, off);
	*bucket(v, off) = b;
	link_newest(v, b);
	*out = b;
	return 0;
}

static int
find(Vol *v, uint64_t off, Blk **out)
{
	Blk *b;

	off -= off % BLKSIZE;
	if (v->fat_blk && v->fat_blk->off == off) { /* chains are walked a lot */
		*out = v->fat_blk;
		return 0;
	}
	if (off >= v->size)
		return seterr(Ecorrupt, "dosfs: offset %llu lies behind the volume", (unsigned long long)off);
	for (b = *bucket(v, off); b; b = b->chain)
		if (b->off == off) {
			unlink_lru(v, b);
			link_newest(v, b);
			break;
		}
	if (!b) {
		int rc = load(v, off, &b);

		if (rc < 0)
			return rc;
	}
	if (off >= v->fat_off && off - v->fat_off < v->fat_size)
		v->fat_blk = b;
	*out = b;
	return 0;
}

int
dosblk_get(Vol *v, uint64_t off, uint8_t **p)
{
	Blk *b;
	int rc = find(v, off, &b);

	if (rc < 0)
		return rc;
	*p = b->data + off % BLKSIZE;
	return 0;
}

static int
dirty_room(Vol *v)
{
	size_t n = v->dirty_room ? 2 * v->dirty_room : 64;
	Blk **d;

	if (v->ndirty < v->dirty_room)
		return 0;
	if (!(d = realloc(v->dirty, n * sizeof *d)))
		return seterr(Enomem, "dosfs: cache");
	v->dirty = d;
	v->dirty_room = n;
	return 0;
}

static uint8_t
sector_bits(const Vol *v, uint64_t off)
{
	uint32_t per = v->sector / PIECE;
	uint32_t first = (uint32_t)(off % BLKSIZE) / v->sector * per;

	return (uint8_t)(((1u << per) - 1) << first);
}

int
dosblk_edit(Vol *v, uint64_t off, uint8_t **p)
{
	Blk *b;
	int rc = find(v, off, &b);

	if (rc < 0 || (rc = dirty_room(v)) < 0)
		return rc;
	if (!b->dirty)
		v->dirty[v->ndirty++] = b;
	b->dirty |= sector_bits(v, off);
	*p = b->data + off % BLKSIZE;
	return 0;
}

static int
by_offset(const void *x, const void *y)
{
	uint64_t a = (*(Blk *const *)x)->off, b = (*(Blk *const *)y)->off;

	return a < b ? -1 : a > b;
}

/*
 * patch_links puts the end mark back for clusters whose new successors are
 * perhaps not on the disk yet. True if there was one in [off, off + n).
 */
static bool
patch_links(Vol *v, uint8_t *buf, uint64_t off, size_t n)
{
	bool found = false;

	for (size_t i = 0; i < v->nlink; i++) {
		uint64_t at = dosfat_entry(v, v->links[i].from);

		if (v->links[i].one_sector || at < off || at - off >= n)
			continue;
		if (v->bits == 12 && at - off + 1 >= n)
			continue; /* cannot be: both sectors of such an entry are dirty */
		dosfat_poke(v, buf + (at - off), v->links[i].from, FAT_EOC);
		found = true;
	}
	return found;
}

static int
write_run(Vol *v, uint64_t off, size_t n)
{
	int rc = v->disk->write(v->disk, v->bounce, n, off);

	if (rc < 0 || !v->mirror || off < v->fat_off || off - v->fat_off >= v->fat_size)
		return rc;
	for (uint32_t i = 0; i < v->nfat; i++) {
		uint64_t copy = v->fat_base + i * v->fat_size;

		if (copy == v->fat_off)
			continue;
		if ((rc = v->disk->write(v->disk, v->bounce, n, copy + (off - v->fat_off))) < 0)
			return rc;
	}
	return 0;
}

/* bits of b that lie in [from, to) */
static uint8_t
range_bits(const Blk *b, uint64_t from, uint64_t to)
{
	uint8_t bits = 0;

	for (uint32_t i = 0; i < BLKSIZE / PIECE; i++) {
		uint64_t at = b->off + i * PIECE;

		if (at >= from && at < to)
			bits |= (uint8_t)(1u << i);
	}
	return bits;
}

/* A run of dirty pieces, collected in v->bounce. */
typedef struct Run Run;
struct Run {
	uint64_t off;
	size_t n;
	size_t first;           /* index in v->dirty of its first block */
};

static void
run_clean(Vol *v, const Run *r)
{
	for (size_t i = r->first; i < v->ndirty && v->dirty[i]->off < r->off + r->n; i++)
		v->dirty[i]->dirty &= (uint8_t)~range_bits(v->dirty[i], r->off, r->off + r->n);
}

static int
run_end(Vol *v, Run *r, bool patch)
{
	bool again;
	int rc;

	if (r->n == 0)
		return 0;
	again = patch && patch_links(v, v->bounce, r->off, r->n);
	if ((rc = write_run(v, r->off, r->n)) < 0)
		return rc;
	if (!again)
		run_clean(v, r);
	r->n = 0;
	return 0;
}

static void
forget_clean(Vol *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->ndirty; i++)
		if (v->dirty[i]->dirty)
			v->dirty[n++] = v->dirty[i];
	v->ndirty = n;
}

/*
 * dosblk_flush writes the dirty sectors in [from, to). With patch, sectors
 * that held back a link stay dirty for a second flush.
 */
int
dosblk_flush(Vol *v, uint64_t from, uint64_t to, bool patch)
{
	Run r = { 0, 0, 0 };
	int rc = 0;

	if (v->ndirty > 1)
		qsort(v->dirty, v->ndirty, sizeof *v->dirty, by_offset);
	for (size_t i = 0; i < v->ndirty && rc == 0; i++) {
		Blk *b = v->dirty[i];
		uint8_t todo = b->dirty & range_bits(b, from, to);

		for (uint32_t k = 0; k < BLKSIZE / PIECE && rc == 0; k++) {
			uint64_t at = b->off + k * PIECE;

			if (!(todo & 1u << k))
				continue;
			if (r.n && (r.off + r.n != at || r.n + PIECE > BOUNCE))
				rc = run_end(v, &r, patch);
			if (r.n == 0)
				r = (Run){ at, 0, i };
			memcpy(v->bounce + r.n, b->data + k * PIECE, PIECE);
			r.n += PIECE;
		}
	}
	if (rc == 0)
		rc = run_end(v, &r, patch);
	forget_clean(v);
	return rc;
}

/*
 * dosblk_store writes n bytes (data NULL: zeros) at off at once, past the order
 * of the cache: clusters that nothing leads to yet. Blocks that the cache
 * happens to hold learn of it.
 */
int
dosblk_store(Vol *v, uint64_t off, const void *data, size_t n)
{
	int rc = data ? v->disk->write(v->disk, data, n, off) : dosfile_zero(v, off, n);

	if (rc < 0)
		return rc;
	for (size_t done = 0; done < n;) {
		uint64_t at = off + done;
		size_t part = BLKSIZE - (size_t)(at % BLKSIZE);
		Blk *b = *bucket(v, at);

		if (part > n - done)
			part = n - done;
		while (b && b->off != at - at % BLKSIZE)
			b = b->chain;
		if (b && data)
			memcpy(b->data + at % BLKSIZE, (const uint8_t *)data + done, part);
		else if (b)
			memset(b->data + at % BLKSIZE, 0, part);
		done += part;
	}
	return 0;
}

void
dosblk_free(Vol *v)
{
	Blk *b;

	while ((b = v->newest)) {
		v->newest = b->older;
		free(b);
	}
	free(v->hash);
	free(v->dirty);
	free(v->bounce);
}
