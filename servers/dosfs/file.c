/*
 * servers/dosfs/file.c - the contents of files: chains walked and checked,
 * bytes read and written in runs of neighbouring clusters, straight between
 * the caller's buffer and the disk.
 * ERRORS  Ecorrupt, with the cluster, when a chain can't be what it should be;
 *         Etoobig; Enospc (nothing was written then)
 * LIMITS  a file has at most 2^32 - 1 bytes
 */
#include "servers/dosfs/dosfs_impl.h"

static uint8_t zeros[ZERO_MAX];

static uint32_t
clusters_for(const Vol *v, uint64_t size)
{
	return (uint32_t)((size + v->cluster - 1) / v->cluster);
}

static int
mark_add(Node *n, uint32_t index, uint32_t c)
{
	size_t k = index / MARK_STEP;

	if (index % MARK_STEP)
		return 0;
	if (k % 64 == 0) {
		uint32_t *m = realloc(n->marks, (k + 64) * sizeof *m);

		if (!m)
			return seterr(Enomem, "dosfs: %.40s", n->name);
		n->marks = m;
	}
	n->marks[k] = c;
	n->nmark = k + 1;
	return 0;
}

void
dosfile_unload(Node *n)
{
	free(n->marks);
	n->marks = NULL;
	n->nmark = 0;
	n->nalloc = n->last = n->pos = n->pos_cluster = 0;
	n->loaded = n->sound = false;
}

static int
link_damaged(const Node *n, uint32_t c, uint32_t next)
{
	return dosnode_damaged(n, "cluster %u leads to %s cluster", (unsigned)c,
	    next == FAT_FREE ? "a free" : next == FAT_BAD ? "a bad" : "no");
}

/* Walks the chain; a loop is found by Brent's method. */
static int
walk(Node *n, bool write)
{
	Vol *v = n->vol;
	uint32_t c = n->start, next = 0, turtle = c, power = 1, steps = 0;
	int rc;

	if (!dosfat_valid(v, c))
		return dosnode_damaged(n, "begins at cluster %u", (unsigned)c);
	for (;;) {
		if (write && dossurvey_suspect(v, c))
			return dosnode_damaged(n, "cluster %u belongs to something else too", (unsigned)c);
		if ((rc = mark_add(n, n->nalloc, c)) < 0)
			return rc;
		n->nalloc++;
		n->last = c;
		if ((rc = dosfat_get(v, c, &next)) < 0)
			return rc;
		if (next == FAT_EOC)
			return 0;
		if (!dosfat_valid(v, next))
			return link_damaged(n, c, next);
		if (next == turtle)
			return dosnode_damaged(n, "chain runs in a circle at cluster %u", (unsigned)c);
		if (++steps == power) {
			turtle = next;
			power *= 2;
			steps = 0;
		}
		c = next;
	}
}

static int
size_check(const Node *n)
{
	uint64_t room = (uint64_t)n->nalloc * n->vol->cluster;

	if (!dosnode_isdir(n))
		return room >= n->size ? 0 : dosnode_damaged(n, "%u bytes, but clusters for %llu",
		    (unsigned)n->size, (unsigned long long)room);
	if (n->nalloc == 0)
		return dosnode_damaged(n, "directory without a cluster");
	if (room > (uint64_t)DIR_SLOTS * SLOT && n->nalloc > 1)
		return dosnode_damaged(n, "directory of %llu bytes", (unsigned long long)room);
	return 0;
}

int
dosfile_load(Node *n, bool write)
{
	int rc = 0;

	if (n->fixed || (n->loaded && (!write || n->sound)))
		return 0;
	dosfile_unload(n);
	if (n->start)
		rc = walk(n, write);
	if (rc == 0)
		rc = size_check(n);
	if (rc < 0) {
		dosfile_unload(n);
		return rc;
	}
	n->loaded = true;
	n->sound = write;
	return 0;
}

/*
 * dosfile_map finds cluster number `index` of n, and how many of the `want` from
 * there on are neighbours on the disk. REQUIRES n loaded, index < n->nalloc.
 */
int
dosfile_map(Node *n, uint32_t index, uint32_t want, uint32_t *c, uint32_t *run)
{
	uint32_t i = index / MARK_STEP * MARK_STEP, at = n->marks[index / MARK_STEP], next = 0, len = 1;
	int rc;

	if (n->pos_cluster && n->pos <= index && n->pos >= i) {
		i = n->pos;
		at = n->pos_cluster;
	}
	for (; i < index; i++) {
		if ((rc = dosfat_get(n->vol, at, &at)) < 0)
			return rc;
		if (!dosfat_valid(n->vol, at))
			return dosnode_damaged(n, "chain ends at cluster %u of %u", (unsigned)i, (unsigned)n->nalloc);
	}
	for (*c = at; len < want && index + len < n->nalloc; len++, at = next) {
		if ((rc = dosfat_get(n->vol, at, &next)) < 0)
			return rc;
		if (next != at + 1)
			break;
	}
	n->pos = index + len - 1;
	n->pos_cluster = at;
	*run = len;
	return 0;
}

int
dosfile_zero(Vol *v, uint64_t off, uint64_t n)
{
	while (n) {
		size_t part = n < sizeof zeros ? (size_t)n : sizeof zeros;
		int rc = v->disk->write(v->disk, zeros, part, off);

		if (rc < 0)
			return rc;
		off += part;
		n -= part;
	}
	return 0;
}

/* Where byte off of n lies, and how many of the n bytes from there are together. */
static int
stretch(Node *n, uint64_t off, uint64_t count, uint64_t *at, uint64_t *part)
{
	Vol *v = n->vol;
	uint32_t in = (uint32_t)(off % v->cluster), c = 0, run = 0;
	int rc = dosfile_map(n, (uint32_t)(off / v->cluster), clusters_for(v, in + count), &c, &run);

	if (rc < 0)
		return rc;
	*at = dosfat_where(v, c) + in;
	*part = (uint64_t)run * v->cluster - in;
	if (*part > count)
		*part = count;
	return 0;
}

int64_t
dosfile_read(Node *n, void *buf, size_t count, uint64_t off)
{
	uint8_t *p = buf;
	size_t done = 0;
	int rc = dosfile_load(n, false);

	if (rc < 0)
		return rc;
	if (off >= n->size)
		return 0;
	if (count > n->size - off)
		count = (size_t)(n->size - off);
	while (done < count) {
		uint64_t at, part;

		if ((rc = stretch(n, off + done, count - done, &at, &part)) < 0)
			return rc;
		if ((rc = n->vol->disk->read(n->vol->disk, p + done, (size_t)part, at)) < 0)
			return rc;
		done += (size_t)part;
	}
	return (int64_t)done;
}

/* Bytes from buf, or zeros, into clusters that n has. */
static int
store(Node *n, const uint8_t *buf, uint64_t count, uint64_t off)
{
	Disk *d = n->vol->disk;

	for (uint64_t done = 0; done < count;) {
		uint64_t at, part;
		int rc = stretch(n, off + done, count - done, &at, &part);

		if (rc < 0)
			return rc;
		rc = buf ? d->write(d, buf + done, (size_t)part, at) : dosfile_zero(n->vol, at, part);
		if (rc < 0)
			return rc;
		done += part;
	}
	return 0;
}

static void
set_start(Node *n, uint32_t c)
{
	n->start = c;
	put_le16(n->raw + DE_START, c);
	if (n->vol->bits == 32)
		put_le16(n->raw + DE_STARTHI, c >> 16);
	n->dirty = true;
}

static void
set_size(Node *n, uint64_t size)
{
	n->size = (uint32_t)size;
	put_le32(n->raw + DE_SIZE, n->size);
	n->dirty = true;
}

static int
marks_extend(Node *n, const Chain *ch)
{
	uint32_t c = ch->first;
	int rc;

	for (uint32_t i = 0; i < ch->count; i++) {
		if ((rc = mark_add(n, n->nalloc + i, c)) < 0)
			return rc;
		if (i + 1 < ch->count && (rc = dosfat_get(n->vol, c, &c)) < 0)
			return rc;
	}
	return 0;
}

/* dosfile_extend gives n more clusters; its size is not touched. */
int
dosfile_extend(Node *n, uint32_t clusters, Chain *added)
{
	Vol *v = n->vol;
	int rc = dosfat_alloc(v, clusters, n->last, added);

	if (rc < 0)
		return rc;
	if ((rc = marks_extend(n, added)) == 0 && n->nalloc)
		rc = dosfat_link(v, n->last, added);
	if (rc < 0) {
		int lost = dosfat_release(v, added->first);

		return lost < 0 ? lost : rc;
	}
	if (n->nalloc == 0)
		set_start(n, added->first);
	n->nalloc += added->count;
	n->last = added->last;
	return 0;
}

/* Takes back what dosfile_extend did, after an error whose code is rc. */
static int
retract(Node *n, const Chain *added, uint32_t last, int rc)
{
	char reason[ERRMAX];

	if (added->count == 0)
		return rc;
	snprintf(reason, sizeof reason, "%s", err_reason());
	n->nalloc -= added->count;
	n->last = last;
	n->nmark = (n->nalloc + MARK_STEP - 1) / MARK_STEP;
	n->pos = n->pos_cluster = 0;
	if (n->nalloc == 0)
		set_start(n, 0);
	else if (dosfat_unlink(n->vol, last) < 0)
		return -Eio;
	if (dosfat_release(n->vol, added->first) < 0)
		return -Eio;
	return err_set(rc, reason);
}

/* Makes n at least `end` bytes long: count bytes at off come from buf (NULL:
 * no bytes), what lies between the old end and off is zero. */
static int
grow_and_store(Node *n, const uint8_t *buf, uint64_t count, uint64_t off)
{
	uint64_t end = off + count;
	uint32_t need = clusters_for(n->vol, end), last = n->last;
	Chain added = { 0, 0, 0, false };
	int rc = 0;

	if (need > n->nalloc && (rc = dosfile_extend(n, need - n->nalloc, &added)) < 0)
		return rc;
	if (off > n->size)
		rc = store(n, NULL, off - n->size, n->size);
	if (rc == 0)
		rc = store(n, buf, count, off);
	if (rc < 0)
		return retract(n, &added, last, rc);
	if (end > n->size)
		set_size(n, end);
	dosnode_changed(n);
	return 0;
}

static int
change(Node *n)
{
	int rc = dosvol_change(n->vol);

	if (rc < 0 || (rc = dosfile_load(n, true)) < 0)
		return rc;
	return n->removed ? 0 : dosident_reserve(n->vol, n->loc);
}

int64_t
dosfile_write(Node *n, const void *buf, size_t count, uint64_t off)
{
	int rc;

	if (count == 0)
		return 0;
	if (off > FILE_MAX || count > FILE_MAX - off)
		return seterr(Etoobig, "%.40s: FAT files end at 4 GiB", n->name);
	if ((rc = change(n)) < 0)
		return rc;
	rc = grow_and_store(n, buf, count, off);
	return rc < 0 ? rc : (int64_t)count;
}

/* The directory entry gets the new size before the chain becomes shorter. */
static int
shrink(Node *n, uint32_t size)
{
	Vol *v = n->vol;
	uint32_t keep = clusters_for(v, size), c, run, rest;
	int rc;

	if (keep == n->nalloc) {
		set_size(n, size);
		dosnode_changed(n);
		return 0;
	}
	if ((rc = dosfile_map(n, keep - 1, 1, &c, &run)) < 0 || (rc = dosfat_get(v, c, &rest)) < 0)
		return rc;
	if ((rc = dossync_all(v)) < 0)
		return rc;
	set_size(n, size);
	dosnode_changed(n);
	if ((rc = dossync_all(v)) < 0 || (rc = dosfat_set(v, c, FAT_EOC)) < 0)
		return rc;
	n->nalloc = keep;
	n->last = c;
	n->nmark = (keep + MARK_STEP - 1) / MARK_STEP;
	n->pos = n->pos_cluster = 0;
	return dossync_free(v, rest);
}

static int
empty(Node *n)
{
	int rc = dossync_free(n->vol, n->start);

	if (rc < 0)
		return rc;
	dosfile_unload(n);
	n->loaded = n->sound = true;
	set_start(n, 0);
	set_size(n, 0);
	dosnode_changed(n);
	return 0;
}

int
dosfile_resize(Node *n, uint64_t size)
{
	int rc;

	if (size > FILE_MAX)
		return seterr(Etoobig, "%.40s: FAT files end at 4 GiB", n->name);
	if ((rc = change(n)) < 0)
		return rc;
	if (size == 0)
		return empty(n);
	if (size < n->size)
		return shrink(n, (uint32_t)size);
	return size > n->size ? grow_and_store(n, NULL, 0, size) : 0;
}
