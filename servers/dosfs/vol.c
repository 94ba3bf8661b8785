/*
 * servers/dosfs/vol.c - a volume: what its boot sector says, and whether that
 * can be true. FAT12, FAT16 or FAT32 follows from the number of clusters and
 * the layout, never from the label "FAT16" in the boot sector.
 * ERRORS  Ecorrupt, with the field that can't be
 * SEE     ECMA-107; the FAT32 specification of December 2000
 */
#include "servers/dosfs/dosfs_impl.h"

enum { BOOT_SIZE = 512, SLOT_BITS = 5 };
enum { MAX12 = 4084, MAX16 = 65524, MAX32 = 0x0FFFFFF5 }; /* clusters */

typedef struct Boot Boot;
struct Boot {
	uint32_t sector, per, reserved, nfat, root_slots, total, fat_sectors;
	uint32_t flags, version, root_cluster, info;
	bool fat32;
};

static bool
power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

static void
boot_decode(const uint8_t *p, Boot *b)
{
	memset(b, 0, sizeof *b);
	b->sector = le16(p + 11);
	b->per = p[13];
	b->reserved = le16(p + 14);
	b->nfat = p[16];
	b->root_slots = le16(p + 17);
	b->total = le16(p + 19) ? le16(p + 19) : le32(p + 32);
	b->fat_sectors = le16(p + 22);
	b->fat32 = b->fat_sectors == 0;
	if (b->fat32) {
		b->fat_sectors = le32(p + 36);
		b->flags = le16(p + 40);
		b->version = le16(p + 42);
		b->root_cluster = le32(p + 44);
		b->info = le16(p + 48);
	}
}

static int
boot_check(const uint8_t *p, const Boot *b)
{
	bool jump = p[0] == 0xEB || p[0] == 0xE9;

	if (!jump && (p[510] != 0x55 || p[511] != 0xAA))
		return seterr(Ecorrupt, "dosfs: not a FAT volume");
	if (!power_of_two(b->sector) || b->sector < PIECE || b->sector > BLKSIZE)
		return seterr(Ecorrupt, "dosfs: not a FAT volume: %u bytes a sector", (unsigned)b->sector);
	if (!power_of_two(b->per))
		return seterr(Ecorrupt, "dosfs: %u sectors a cluster", (unsigned)b->per);
	if (b->reserved == 0 || b->nfat == 0)
		return seterr(Ecorrupt, "dosfs: %u reserved sectors, %u FATs", (unsigned)b->reserved, (unsigned)b->nfat);
	if (b->total == 0)
		return seterr(Ecorrupt, "dosfs: no size, or more than 4294967295 sectors");
	if (b->fat_sectors == 0)
		return seterr(Ecorrupt, "dosfs: a FAT of no sectors");
	if (!b->fat32)
		return b->root_slots ? 0 : seterr(Ecorrupt, "dosfs: no root directory");
	if (b->root_slots || b->version)
		return seterr(Ecorrupt, "dosfs: FAT32 version %u with %u root entries",
		    (unsigned)b->version, (unsigned)b->root_slots);
	if ((b->flags & 0x80) && (b->flags & 15) >= b->nfat)
		return seterr(Ecorrupt, "dosfs: active FAT %u of %u", (unsigned)(b->flags & 15), (unsigned)b->nfat);
	return 0;
}

static int
layout(Vol *v, const Boot *b)
{
	uint64_t root = ((uint64_t)b->root_slots * SLOT + b->sector - 1) / b->sector;
	uint64_t data = b->reserved + (uint64_t)b->nfat * b->fat_sectors + root;
	uint64_t fit, count;

	if (data >= b->total)
		return seterr(Ecorrupt, "dosfs: the FATs fill all of the %u sectors", (unsigned)b->total);
	count = (b->total - data) / b->per;
	v->sector = b->sector;
	v->cluster = b->sector * b->per;
	v->nfat = b->nfat;
	v->mirror = !(b->flags & 0x80);
	v->fat_base = (uint64_t)b->reserved * b->sector;
	v->fat_size = (uint64_t)b->fat_sectors * b->sector;
	v->fat_off = v->fat_base + (v->mirror ? 0 : b->flags & 15) * v->fat_size;
	v->root_slots = b->root_slots;
	v->root_cluster = b->root_cluster;
	v->root_off = v->fat_base + v->nfat * v->fat_size;
	v->data_off = data * b->sector;
	v->size = (uint64_t)b->total * b->sector;
	v->bits = b->fat32 ? 32 : count <= MAX12 ? 12 : 16;
	if (count == 0 || count > (v->bits == 32 ? MAX32 : MAX16))
		return seterr(Ecorrupt, "dosfs: %llu clusters in FAT%u", (unsigned long long)count, (unsigned)v->bits);
	fit = v->fat_size * 8 / v->bits;
	if (fit <= 2)
		return seterr(Ecorrupt, "dosfs: the FAT has no entry");
	v->max = (uint32_t)(count + 2 < fit ? count + 2 : fit);
	if (v->disk->size && v->disk->size < v->size)
		return seterr(Ecorrupt, "dosfs: the volume has %llu bytes, its disk %llu",
		    (unsigned long long)v->size, (unsigned long long)v->disk->size);
	if (v->bits == 32 && !dosfat_valid(v, v->root_cluster))
		return seterr(Ecorrupt, "dosfs: root directory at cluster %u", (unsigned)v->root_cluster);
	return 0;
}

/* FSInfo is a hint: where it isn't what it should be, it is left alone. */
static int
info_read(Vol *v, const Boot *b)
{
	uint64_t off = (uint64_t)b->info * b->sector;
	uint8_t *p;
	int rc;

	v->nfree = COUNT_UNKNOWN;
	v->hint = 2;
	if (!b->fat32 || b->info == 0 || b->info >= b->reserved)
		return 0;
	if ((rc = dosblk_get(v, off, &p)) < 0)
		return rc;
	if (le32(p) != 0x41615252 || le32(p + 484) != 0x61417272)
		return 0;
	v->info_off = off;
	if (le32(p + 488) <= v->max - 2)
		v->nfree = le32(p + 488);
	if (dosfat_valid(v, le32(p + 492)))
		v->hint = le32(p + 492);
	return 0;
}

static int
root_new(Vol *v)
{
	Node *n = calloc(1, sizeof *n);

	if (!n || !(n->name = str_dup(str_of("/")))) {
		free(n);
		return seterr(Enomem, "dosfs: root");
	}
	n->vol = v;
	n->refs = 1;
	n->start = v->root_cluster;
	n->fixed = v->bits != 32;
	n->raw[DE_ATTR] = ATTR_DIR;
	v->root = n;
	return 0;
}

static void
vol_free(Vol *v)
{
	if (v->root) {
		dosfile_unload(v->root);
		free(v->root->name);
		free(v->root);
	}
	dosblk_free(v);
	free(v->suspect);
	free(v->idents);
	free(v);
}

int
dosvol_open(Disk *d, bool readonly, Vol **out)
{
	Vol *v = calloc(1, sizeof *v);
	uint8_t sector[BOOT_SIZE];
	Boot b;
	int rc;

	if (!v)
		return seterr(Enomem, "dosfs: volume");
	v->disk = d;
	v->readonly = readonly || d->readonly;
	v->fresh = (uint64_t)1 << 48; /* above every position / SLOT */
	v->hash = calloc(1024, sizeof *v->hash);
	v->bounce = malloc(BOUNCE);
	if (!v->hash || !v->bounce) {
		rc = seterr(Enomem, "dosfs: volume");
		goto out;
	}
	if (d->size && d->size < BOOT_SIZE) {
		rc = seterr(Ecorrupt, "dosfs: not a FAT volume: %u bytes", (unsigned)d->size);
		goto out;
	}
	if ((rc = d->read(d, sector, sizeof sector, 0)) < 0)
		goto out;
	boot_decode(sector, &b);
	if ((rc = boot_check(sector, &b)) < 0 || (rc = layout(v, &b)) < 0)
		goto out;
	if ((rc = info_read(v, &b)) < 0 || (rc = root_new(v)) < 0)
		goto out;
	*out = v;
	return 0;
out:
	vol_free(v);
	return rc;
}

int
dosvol_close(Vol *v)
{
	int rc = dossync_all(v);

	vol_free(v);
	return rc;
}

int
dosvol_tick(Vol *v)
{
	if (v->ndirty > BLK_MAX / 2 || v->nlink > LINK_MAX / 2)
		return dossync_all(v);
	if (!dossync_pending(v))
		return 0;
	if (v->disk->now(v->disk) - v->synced >= SYNC_S)
		return dossync_all(v);
	return 0;
}

int
dosvol_change(Vol *v)
{
	int rc;

	if (v->readonly)
		return seterr(Ereadonly, "dosfs");
	if (!v->surveyed && (rc = dossurvey_run(v)) < 0)
		return rc;
	return dosvol_tick(v);
}
