/*
 * servers/dosfs/fat.c - the file allocation table: entries, free clusters,
 * links. Chains are not trusted here: a number that no cluster has reads as
 * FAT_WILD, and whoever follows a chain counts its steps.
 * SEE     blk.c for when an entry reaches the disk, sync.c for the order
 */
#include "servers/dosfs/dosfs_impl.h"

uint64_t
dosfat_entry(const Vol *v, uint32_t c)
{
	return v->fat_off + (v->bits == 12 ? (uint64_t)c + c / 2 : (uint64_t)c * (v->bits / 8));
}

uint64_t
dosfat_where(const Vol *v, uint32_t c)
{
	return v->data_off + (uint64_t)(c - 2) * v->cluster;
}

uint32_t
dosfat_decode(const Vol *v, uint32_t raw)
{
	uint32_t top = v->bits == 12 ? 0xFFF : v->bits == 16 ? 0xFFFF : 0xFFFFFFF;

	raw &= top;
	if (raw == 0)
		return FAT_FREE;
	if (raw >= top - 7)
		return FAT_EOC;
	if (raw == top - 8)
		return FAT_BAD;
	return dosfat_valid(v, raw) ? raw : FAT_WILD;
}

/* The bytes of c's entry; the second of a FAT12 entry may be in another block. */
static int
entry_read(Vol *v, uint32_t c, uint32_t *raw)
{
	uint64_t at = dosfat_entry(v, c);
	uint8_t *p;
	uint32_t low;
	int rc = dosblk_get(v, at, &p);

	if (rc < 0)
		return rc;
	if (v->bits == 32) {
		*raw = le32(p);
		return 0;
	}
	if (v->bits == 16) {
		*raw = le16(p);
		return 0;
	}
	low = p[0];
	if ((rc = dosblk_get(v, at + 1, &p)) < 0)
		return rc;
	low |= (uint32_t)p[0] << 8;
	*raw = c & 1 ? low >> 4 : low & 0xFFF;
	return 0;
}

int
dosfat_get(Vol *v, uint32_t c, uint32_t *next)
{
	uint32_t raw;
	int rc = entry_read(v, c, &raw);

	if (rc < 0)
		return rc;
	*next = dosfat_decode(v, raw);
	return 0;
}

static uint32_t
encode(const Vol *v, uint32_t next)
{
	if (next != FAT_EOC)
		return next;
	return v->bits == 12 ? 0xFFF : v->bits == 16 ? 0xFFFF : 0xFFFFFFF;
}

void
dosfat_poke(const Vol *v, uint8_t *p, uint32_t c, uint32_t next)
{
	uint32_t raw = encode(v, next);

	if (v->bits == 32)
		put_le32(p, (le32(p) & 0xF0000000u) | raw);
	else if (v->bits == 16)
		put_le16(p, raw);
	else if (c & 1)
		put_le16(p, (le16(p) & 0x000F) | raw << 4);
	else
		put_le16(p, (le16(p) & 0xF000) | raw);
}

int
dosfat_set(Vol *v, uint32_t c, uint32_t next)
{
	uint64_t at = dosfat_entry(v, c);
	uint8_t pair[2], *p;
	int rc;

	if (v->bits != 12) {
		if ((rc = dosblk_edit(v, at, &p)) < 0)
			return rc;
		dosfat_poke(v, p, c, next);
		return 0;
	}
	if ((rc = dosblk_edit(v, at + 1, &p)) < 0)
		return rc;
	pair[1] = p[0];
	if ((rc = dosblk_edit(v, at, &p)) < 0)
		return rc;
	pair[0] = p[0];
	dosfat_poke(v, pair, c, next);
	p[0] = pair[0];
	if ((rc = dosblk_edit(v, at + 1, &p)) < 0) /* in the cache: only checked */
		return rc;
	p[0] = pair[1];
	return 0;
}

static bool
same_sector(const Vol *v, uint32_t a, uint32_t b)
{
	uint64_t x = dosfat_entry(v, a), y = dosfat_entry(v, b);
	uint32_t tail = v->bits == 12 ? 1 : 0;

	return x / v->sector == y / v->sector && (x + tail) / v->sector == (y + tail) / v->sector &&
	    x / v->sector == (x + tail) / v->sector;
}

/* Appends cluster c, known free, to the chain being built. */
static int
chain_add(Vol *v, Chain *ch, uint32_t c, uint32_t near)
{
	int rc = dosfat_set(v, c, FAT_EOC);

	if (rc < 0)
		return rc;
	if (v->nfree != COUNT_UNKNOWN)
		v->nfree--;
	v->info_stale = true;
	if (ch->count == 0)
		ch->first = c;
	else if ((rc = dosfat_set(v, ch->last, c)) < 0)
		return rc;
	ch->last = c;
	ch->count++;
	ch->one_sector = ch->one_sector && near && same_sector(v, near, c);
	return 0;
}

static int
take_free(Vol *v, uint32_t want, uint32_t near, Chain *ch)
{
	uint32_t c = v->hint, next;
	int rc;

	if (near && dosfat_valid(v, near + 1)) {
		if ((rc = dosfat_get(v, near + 1, &next)) < 0)
			return rc;
		if (next == FAT_FREE)
			c = near + 1;
	}
	for (uint32_t seen = 0; seen < v->max - 2 && ch->count < want; seen++, c++) {
		if (!dosfat_valid(v, c))
			c = 2;
		if ((rc = dosfat_get(v, c, &next)) < 0)
			return rc;
		if (next != FAT_FREE || dossurvey_suspect(v, c))
			continue;
		if ((rc = chain_add(v, ch, c, near)) < 0)
			return rc;
	}
	v->hint = dosfat_valid(v, c) ? c : 2;
	return ch->count == want ? 0 : seterr(Enospc, "dosfs");
}

/*
 * dosfat_alloc makes a chain of `want` clusters, behind cluster near (0: none)
 * when it can. Nothing leads to it yet. All or none: Enospc.
 */
int
dosfat_alloc(Vol *v, uint32_t want, uint32_t near, Chain *out)
{
	Chain ch = { 0, 0, 0, true };
	int rc;

	if (v->nfree != COUNT_UNKNOWN && v->nfree < want && v->nfrees &&
	    (rc = dossync_all(v)) < 0)
		return rc;
	if (v->nfree != COUNT_UNKNOWN && v->nfree < want)
		return seterr(Enospc, "dosfs");
	if ((rc = take_free(v, want, near, &ch)) < 0) {
		char reason[ERRMAX];

		snprintf(reason, sizeof reason, "%s", err_reason());
		if (ch.count && dosfat_release(v, ch.first) < 0)
			return seterr(Eio, "dosfs: clusters lost from %u on", (unsigned)ch.first);
		return err_set(rc, reason);
	}
	*out = ch;
	return 0;
}

int
dosfat_release(Vol *v, uint32_t first)
{
	uint32_t c = first, next;
	int rc;

	for (uint32_t n = 0; dosfat_valid(v, c) && n < v->max; n++, c = next) {
		if ((rc = dosfat_get(v, c, &next)) < 0)
			return rc;
		if (next == FAT_FREE)
			return seterr(Ecorrupt, "dosfs: cluster %u is free already", (unsigned)c);
		if ((rc = dosfat_set(v, c, FAT_FREE)) < 0)
			return rc;
		if (v->nfree != COUNT_UNKNOWN)
			v->nfree++;
		v->info_stale = true;
	}
	return 0;
}

/* REQUIRES room in v->links (dosvol_change sees to it). */
int
dosfat_link(Vol *v, uint32_t from, const Chain *to)
{
	int rc = dosfat_set(v, from, to->first);

	if (rc < 0)
		return rc;
	if (!to->one_sector)
		v->links[v->nlink++] = (Link){ from, false };
	return 0;
}

int
dosfat_unlink(Vol *v, uint32_t from)
{
	if (v->nlink && v->links[v->nlink - 1].from == from)
		v->nlink--;
	return dosfat_set(v, from, FAT_EOC);
}
