/*
 * tests/unit/dosfs_damage.c - volumes that are not what they should be.
 * Goal: each kind of damage gives Ecorrupt and changes nothing on the disk;
 * what is not damaged stays usable; failing disk writes are reported.
 */
#include "tests/unit/dosfs_help.h"

static void
put_entry(Image *im, const Vol *v, uint32_t c, uint32_t next)
{
	dosfat_poke(v, im->bytes + dosfat_entry(v, c), c, next);
	for (uint32_t i = 0; i < v->nfat; i++)
		memcpy(im->bytes + v->fat_base + i * v->fat_size, im->bytes + v->fat_off, v->fat_size);
}

/* A volume with files a (5 clusters) and b (3), dir d and d/e; all closed. */
typedef struct Sample Sample;
struct Sample {
	Image *im;
	Vol *v;
	uint32_t a[5], b[3], d, e;
	uint64_t a_loc, b_loc, d_loc, e_loc;
};

static void
chain_of(Vol *v, const char *path, uint32_t *c, int n, uint64_t *loc)
{
	Node *node = tree_find(v, path);

	ck_assert_ptr_nonnull(node);
	*loc = node->loc;
	c[0] = node->start;
	for (int i = 1; i < n; i++)
		ok(dosfat_get(v, c[i - 1], &c[i]));
	ok(dosnode_put(node));
}

static void
file_make(Vol *v, const char *name, uint32_t clusters)
{
	size_t n = (size_t)clusters * v->cluster;
	uint8_t *p = calloc(1, n);
	Node *f;

	ok(dostree_create(v->root, str_of(name), 0666, &f));
	ck_assert_int_eq(dosfile_write(f, p, n, 0), (int64_t)n);
	ok(dosnode_put(f));
	free(p);
}

static void
sample_make(Sample *s, const char *options, unsigned kib)
{
	Node *d, *e;

	s->im = image_make(options, kib);
	s->v = image_open(s->im);
	file_make(s->v, "a", 5);
	file_make(s->v, "b", 3);
	ok(dostree_create(s->v->root, str_of("d"), DMDIR | 0777, &d));
	ok(dostree_create(d, str_of("e"), DMDIR | 0777, &e));
	ok(dosnode_put(e));
	ok(dosnode_put(d));
	ok(dossync_all(s->v));
	chain_of(s->v, "a", s->a, 5, &s->a_loc);
	chain_of(s->v, "b", s->b, 3, &s->b_loc);
	chain_of(s->v, "d", &s->d, 1, &s->d_loc);
	chain_of(s->v, "d/e", &s->e, 1, &s->e_loc);
}

/* The damage is done: mount it again. */
static void
sample_again(Sample *s)
{
	ok(dosvol_close(s->v));
	s->v = image_open(s->im);
}

static const struct { const char *options; unsigned kib; } kinds[] = {
	{ "-F 12 -s 1", 720 }, { "-F 16 -s 1", 2500 }, { "-F 32 -s 1", 33600 },
};

enum { LOOP_SELF, LOOP_BACK, TO_FREE, TO_WILD, TO_BAD, TOO_SHORT, START_WILD, START_ONE, CROSS, SAME_START, NDAMAGE };

static void
damage_do(Sample *s, int what)
{
	uint8_t *a = s->im->bytes + s->a_loc, *b = s->im->bytes + s->b_loc;

	switch (what) {
	case LOOP_SELF:
		put_entry(s->im, s->v, s->a[4], s->a[4]);
		break;
	case LOOP_BACK:
		put_entry(s->im, s->v, s->a[4], s->a[1]);
		break;
	case TO_FREE:
		put_entry(s->im, s->v, s->a[2], s->v->max - 1);
		break;
	case TO_WILD:
		put_entry(s->im, s->v, s->a[2], s->v->max);
		break;
	case TO_BAD:
		put_entry(s->im, s->v, s->a[2], s->v->bits == 12 ? 0xFF7 : s->v->bits == 16 ? 0xFFF7 : 0xFFFFFF7);
		break;
	case TOO_SHORT:
		put_entry(s->im, s->v, s->a[2], FAT_EOC);
		break;
	case START_WILD:
		put_le16(a + DE_START, s->v->max & 0xFFFF);
		put_le16(a + DE_STARTHI, s->v->bits == 32 ? s->v->max >> 16 : 0);
		break;
	case START_ONE:
		put_le16(a + DE_START, 1);
		put_le16(a + DE_STARTHI, 0);
		break;
	case CROSS:
		put_entry(s->im, s->v, s->a[4], s->b[1]);
		break;
	case SAME_START:
		memcpy(a + DE_START, b + DE_START, 2);
		put_le32(a + DE_SIZE, le32(b + DE_SIZE));
		break;
	}
}

START_TEST(damaged_file_is_refused_and_left_alone)
{
	int what = _i % NDAMAGE;
	Sample s;
	Node *f;
	Dir d;
	uint8_t *before;

	sample_make(&s, kinds[_i / NDAMAGE].options, kinds[_i / NDAMAGE].kib);
	damage_do(&s, what);
	sample_again(&s);
	before = malloc(s.im->disk.size);
	memcpy(before, s.im->bytes, s.im->disk.size);
	f = tree_find(s.v, "a");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(dostree_open(f, ORDWR), -Ecorrupt);
	if (what < CROSS)
		ck_assert_int_eq(dostree_open(f, OREAD), -Ecorrupt);
	ck_assert_int_eq(dosfile_write(f, "x", 1, 0), -Ecorrupt);
	ck_assert_int_eq(dostree_remove(f), -Ecorrupt);
	dir_null(&d);
	d.length = 0;
	ck_assert_int_eq(dostree_wstat(f, &d), -Ecorrupt);
	ok(dosnode_put(f));
	if (what >= CROSS) { /* and its partner */
		f = tree_find(s.v, "b");
		ck_assert_int_eq(dostree_remove(f), -Ecorrupt);
		ok(dosnode_put(f));
	}
	ok(dossync_all(s.v));
	ck_assert(memcmp(before, s.im->bytes, s.im->disk.size) == 0);
	free(before);
	file_make(s.v, "new", 7); /* the rest is still good */
	f = tree_find(s.v, "new");
	ok(dostree_remove(f));
	ok(dosnode_put(f));
	ok(dosvol_close(s.v));
	image_free(s.im);
}
END_TEST

START_TEST(free_cluster_in_a_chain_is_not_given_away)
{
	Sample s;
	uint32_t c = 0;
	uint64_t off = 0;
	Node *f;

	sample_make(&s, "-F 12 -s 1", 160);
	put_entry(s.im, s.v, s.a[4], s.v->max - 1);
	sample_again(&s);
	ok(dostree_create(s.v->root, str_of("filler"), 0666, &f));
	for (int64_t n = 1; n > 0; off += s.v->cluster) /* fill the disk */
		n = dosfile_write(f, "x", 1, off);
	ck_assert_uint_gt(off, 100 * 512);
	ok(dosnode_put(f));
	ok(dossync_all(s.v));
	ok(dosfat_get(s.v, s.v->max - 1, &c));
	ck_assert_uint_eq(c, FAT_FREE);
	ok(dosvol_close(s.v));
	image_free(s.im);
}
END_TEST

START_TEST(directory_in_itself_is_refused)
{
	Sample s;
	Node *d, *e;

	sample_make(&s, kinds[_i].options, kinds[_i].kib);
	put_le16(s.im->bytes + s.e_loc + DE_START, s.d); /* d/e is d */
	put_le16(s.im->bytes + s.e_loc + DE_STARTHI, s.v->bits == 32 ? s.d >> 16 : 0);
	sample_again(&s);
	d = tree_find(s.v, "d");
	ck_assert_ptr_nonnull(d);
	ck_assert_int_eq(dostree_walk(d, str_of("e"), &e), -Ecorrupt);
	ck_assert_int_eq(dostree_create(d, str_of("x"), 0666, &e), -Ecorrupt);
	ok(dosnode_put(d));
	ok(dosvol_close(s.v));
	image_free(s.im);
}
END_TEST

/* offset in the boot sector, value (16 bits) */
static const struct { uint32_t at, value; } boots[] = {
	{ 11, 0 }, { 11, 513 }, { 11, 256 }, { 11, 8192 }, { 13, 0x0100 }, { 13, 0x0103 }, { 14, 0 }, { 14, 0xFFFF },
	{ 16, 0 }, { 22, 0xFFFF }, { 19, 5 },
};

START_TEST(impossible_boot_sector_is_refused)
{
	Image *im = image_make("-F 16 -s 1", 2500);
	Vol *v;

	put_le16(im->bytes + boots[_i].at, boots[_i].value);
	ck_assert_int_eq(dosvol_open(&im->disk, false, &v), -Ecorrupt);
	image_free(im);
}
END_TEST

START_TEST(volume_larger_than_its_disk_is_refused)
{
	Image *im = image_make("", 1440);
	Vol *v;

	im->disk.size -= 512;
	ck_assert_int_eq(dosvol_open(&im->disk, false, &v), -Ecorrupt);
	im->disk.size += 512;
	image_free(im);
}
END_TEST

START_TEST(read_only_volume_is_never_written)
{
	Image *im = image_make("", 1440);
	Node *f;
	Vol *v;

	im->fail_after = 0;
	ok(dosvol_open(&im->disk, true, &v));
	ck_assert_int_eq(dostree_create(v->root, str_of("x"), 0666, &f), -Ereadonly);
	ok(dosvol_close(v));
	image_free(im);
}
END_TEST

/* The disk fails after _i writes: an error reaches the caller or the sync, and
 * what is on the disk is as after a stop. */
START_TEST(failing_disk_is_reported)
{
	Image *im = image_make("-F 16 -s 1", 2500);
	Vol *v = image_open(im);
	static uint8_t data[20000];
	bool failed = false;
	Node *f;

	file_make(v, "old", 3);
	ok(dossync_all(v));
	im->fail_after = _i;
	if (dostree_create(v->root, str_of("a name long enough for slots"), 0666, &f) < 0) {
		failed = true;
	} else {
		failed = dosfile_write(f, data, sizeof data, 0) < 0 || dossync_all(v) < 0;
		failed = dosfile_write(f, data, sizeof data, 20000) < 0 || dossync_all(v) < 0 || failed;
		failed = dosfile_resize(f, 700) < 0 || dossync_all(v) < 0 || failed;
		failed = dosnode_put(f) < 0 || failed;
	}
	failed = dosvol_close(v) < 0 || failed;
	ck_assert(failed == im->failed);
	im->fail_after = -1;
	image_fsck(im);
	ck_assert_int_ne(shell("grep -q -e 'share clusters' -e 'cluster chain length is [0-9]' -e 'Contains a free' %s/fsck", im->dir), 0);
	image_free(im);
}
END_TEST

/* mtools 4.0.32 writes NULs into the short names of some files. */
START_TEST(short_name_with_nuls_hides_no_file)
{
	static const uint8_t strange[11] = "VE_4N~ \0" "052";
	static const uint8_t ends[11] = "AB\0     T\0 ";
	Image *im = image_make("", 1440);
	Vol *v = image_open(im);
	Node *f;
	uint64_t loc, short_loc;

	file_make(v, "a long name.x", 1);
	file_make(v, "SHORT", 1);
	ok(dossync_all(v));
	f = tree_find(v, "a long name.x");
	loc = f->loc;
	ok(dosnode_put(f));
	f = tree_find(v, "SHORT");
	short_loc = f->loc;
	ok(dosnode_put(f));
	ok(dosvol_close(v));
	memcpy(im->bytes + loc, strange, sizeof strange);
	im->bytes[loc - SLOT + 13] = dosname_sum(strange); /* 13 units: one slot */
	memcpy(im->bytes + short_loc, ends, sizeof ends);
	v = image_open(im);
	f = tree_find(v, "a long name.x");
	ck_assert_ptr_nonnull(f);
	ok(dosnode_put(f));
	f = tree_find(v, "AB.T");
	ck_assert_ptr_nonnull(f);
	ok(dosnode_put(f));
	ok(dosvol_close(v));
	image_free(im);
}
END_TEST

static const char each_damage[NDAMAGE * nelem(kinds)], each_failure[16];

UNIT_SUITE("dosfs_damage", LOOP(damaged_file_is_refused_and_left_alone, each_damage),
    CASE(free_cluster_in_a_chain_is_not_given_away), CASE(short_name_with_nuls_hides_no_file),
    LOOP(directory_in_itself_is_refused, kinds),
    LOOP(impossible_boot_sector_is_refused, boots), CASE(volume_larger_than_its_disk_is_refused),
    CASE(read_only_volume_is_never_written), LOOP(failing_disk_is_reported, each_failure))
