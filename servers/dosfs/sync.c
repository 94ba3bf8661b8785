/*
 * servers/dosfs/sync.c - the order in which changes reach the disk.
 *
 * 1. File data and the contents of new directories were written at once, into
 *    clusters that nothing on the disk leads to.
 * 2. New chains. An old chain's last entry gets its link to a new one only
 *    when that is on the disk (Vol.links, blk.c:patch_links).
 * 3. Directory entries: new ones, sizes, removed ones.
 * 4. What the disk's directories no longer lead to is freed (Vol.frees). Until
 *    then it counts as used, so no new file gets it.
 * 5. The free count.
 * A rename may need two rounds of this, the new entry's and the old one's:
 * tree.c:entry_copy. But for a file that has two names then,
 * at any moment the disk has every chain that its entries lead to, no
 * cluster twice, and at worst clusters that belong to nothing.
 */
#include "servers/dosfs/dosfs_impl.h"

bool
dossync_pending(const Vol *v)
{
	if (v->ndirty || v->nfrees || v->info_stale)
		return true;
	for (size_t i = 0; i < nelem(v->nodes); i++)
		for (const Node *n = v->nodes[i]; n; n = n->next)
			if (n->dirty)
				return true;
	return false;
}

static int
fat_write(Vol *v)
{
	int rc = dosblk_flush(v, v->fat_off, v->fat_off + v->fat_size, true);

	if (rc < 0)
		return rc;
	v->nlink = 0;
	return dosblk_flush(v, v->fat_off, v->fat_off + v->fat_size, false);
}

static int
entries_write(Vol *v)
{
	int rc = dosblk_flush(v, 0, v->fat_off, false);

	return rc < 0 ? rc : dosblk_flush(v, v->fat_off + v->fat_size, v->size, false);
}

static int
frees_write(Vol *v)
{
	int rc = 0;

	if (v->nfrees == 0)
		return 0;
	while (v->nfrees && rc == 0)
		rc = dosfat_release(v, v->frees[--v->nfrees]);
	return rc < 0 ? rc : fat_write(v);
}

static int
info_write(Vol *v)
{
	uint8_t *p;
	int rc;

	v->info_stale = false;
	if (v->info_off == 0)
		return 0;
	if ((rc = dosblk_edit(v, v->info_off, &p)) < 0)
		return rc;
	put_le32(p + 488, v->nfree);
	put_le32(p + 492, v->hint);
	return entries_write(v);
}

int
dossync_all(Vol *v)
{
	int rc;

	if (!dossync_pending(v))
		return 0;
	if ((rc = dosnode_flush_all(v)) < 0)
		return rc;
	if ((rc = fat_write(v)) < 0 || (rc = entries_write(v)) < 0)
		return rc;
	if ((rc = frees_write(v)) < 0 || (v->info_stale && (rc = info_write(v)) < 0))
		return rc;
	v->synced = v->disk->now(v->disk);
	return 0;
}

int
dossync_free(Vol *v, uint32_t first)
{
	int rc;

	if (first == 0)
		return 0;
	if (v->nfrees == FREE_MAX && (rc = dossync_all(v)) < 0)
		return rc;
	v->frees[v->nfrees++] = first;
	return 0;
}
