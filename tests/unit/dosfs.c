/*
 * tests/unit/dosfs.c - the FAT engine against mkfs.fat, mtools and fsck.fat.
 * Goal: what mtools wrote is read back byte for byte, what the engine wrote
 * mtools reads back, and fsck.fat finds nothing, on every kind of volume.
 */
#include "tests/unit/dosfs_help.h"

/* fsck.fat knows no more than two FATs; mtools no clusters of 64 KiB, and no
 * FAT32 with fewer than 65525 clusters, which mkfs.fat makes and Linux reads */
static const struct { const char *options; unsigned kib, bits; bool fsck, mtools; } kinds[] = {
	{ "", 1440, 12, true, true }, { "-F 12 -S 512 -s 1 -r 64", 360, 12, true, true },
	{ "-F 12 -S 4096 -s 1", 8192, 12, true, true }, { "-F 12 -f 1 -s 8", 8000, 12, true, true },
	{ "-F 16 -s 2", 9000, 16, true, true }, { "-F 16 -s 1 -f 4 -r 1024", 4096, 16, false, true },
	{ "-F 16 -S 1024 -s 4 -R 7", 40000, 16, true, true }, { "-F 16 -s 128", 280000, 16, true, false },
	{ "-F 32 -s 1", 36000, 32, true, true }, { "-F 32 -s 1 -f 1", 34000, 32, true, true },
	{ "-F 32 -S 2048 -s 1 -f 3", 140000, 32, false, true }, { "-F 32 -s 8 -h 63", 40000, 32, true, false },
};

static const char *const names[] = {
	"README.TXT", "readme.md", "A long name with spaces.text", "caf\303\251.txt", "\346\227\245\346\234\254\350\252\236",
	"smile \360\237\230\200.png", "UPPER", "lower", "MixedCase.C", ".profile", "a.b.c.d", "two  spaces", "x+y=z;,2 (1)",
	"1234567890123", "tail~1.txt", "exactly8.abc", "\303\211T\303\211", "no.ext.", "#hash%&'()-@^_`{}~!$",
	"a name of two hundred and fifty-five characters "
	"123456789-123456789-123456789-123456789-123456789-123456789-123456789-123456789-123456789-123456789-"
	"123456789-123456789-123456789-123456789-123456789-123456789-123456789-123456789-123456789-123456789-1234567",
};

static size_t
name_count(void)
{
	return nelem(names);
}

static bool
name_legal(const char *s)
{
	return s[strlen(s) - 1] != '.';
}

static bool
name_mtools(const char *s) /* has no characters beyond 0xFFFF */
{
	return name_legal(s) && !strchr(s, 0xF0);
}

static bool
mtools_can_write(const char *s) /* nor a name that needs two clusters of directory */
{
	return name_mtools(s) && strlen(s) < 150;
}

static size_t
size_of(uint64_t *seed)
{
	static const uint32_t max[] = { 1, 2, 600, 5000, 20000, 40000 };

	return random_next(seed) % max[random_next(seed) % nelem(max)];
}

static void
host_write(const char *file, const uint8_t *p, size_t n)
{
	FILE *f = fopen(file, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(p, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

static void
node_assert(Node *n, const uint8_t *want, size_t size)
{
	uint8_t *got = malloc(size + 10);

	ok(dostree_open(n, OREAD));
	ck_assert_uint_eq(n->size, size);
	ck_assert_int_eq(dosfile_read(n, got, size + 10, 0), (int64_t)size);
	ck_assert(memcmp(got, want, size) == 0);
	for (size_t at = 0; at < size; at += 777) { /* and in pieces */
		size_t part = size - at < 777 ? size - at : 777;

		ck_assert_int_eq(dosfile_read(n, got, part, at), (int64_t)part);
		ck_assert(memcmp(got, want + at, part) == 0);
	}
	free(got);
}

START_TEST(what_mtools_wrote_is_read)
{
	Image *im = image_make(kinds[_i].options, kinds[_i].kib);
	uint64_t seed = (uint64_t)_i + 1;
	uint8_t *bytes[40];
	size_t size[40], n = name_count(), slot;
	char host[512];
	Dir d;
	Vol *v;

	if (!kinds[_i].mtools) {
		image_free(im);
		return;
	}
	ck_assert_int_eq(shell("mmd -i %s ::sub ::sub/deeper", im->file), 0);
	for (size_t i = 0; i < n; i++) {
		if (!mtools_can_write(names[i]))
			continue;
		size[i] = size_of(&seed);
		bytes[i] = malloc(size[i] + 1);
		random_bytes(&seed, bytes[i], size[i]);
		snprintf(host, sizeof host, "%s/%s", im->dir, names[i]);
		host_write(host, bytes[i], size[i]);
		ck_assert_int_eq(shell("cd %s && mcopy -i disk \"$(cat <<'E'\n%s\nE\n)\" ::sub/deeper/", im->dir, names[i]), 0);
	}
	image_load(im);
	v = image_open(im);
	ck_assert_uint_eq(v->bits, kinds[_i].bits);
	for (size_t i = 0; i < n; i++) {
		Node *dir, *f = NULL;

		if (!mtools_can_write(names[i]))
			continue;
		dir = tree_find(v, "sub/deeper");
		ck_assert_ptr_nonnull(dir);
		ok(dostree_walk(dir, str_of(names[i]), &f));
		ck_assert_str_eq(f->name, names[i]);
		node_assert(f, bytes[i], size[i]);
		ok(dosnode_put(f));
		uint32_t next = 0;
		for (slot = 0; dostree_entry(dir, &next, &d) == 1; slot++)
			;
		ck_assert_uint_eq(slot, n - 3);
		ok(dosnode_put(dir));
		free(bytes[i]);
	}
	ok(dosvol_close(v));
	image_free(im);
}
END_TEST

START_TEST(what_the_engine_wrote_mtools_reads)
{
	Image *im = image_make(kinds[_i].options, kinds[_i].kib);
	uint64_t seed = (uint64_t)_i + 100;
	size_t n = name_count();
	Vol *v = image_open(im);
	Node *dir, *sub, *f;

	ok(dostree_create(v->root, str_of("Some Directory"), DMDIR | 0777, &sub));
	ok(dostree_create(sub, str_of("deep"), DMDIR | 0777, &dir));
	ok(dosnode_put(sub));
	for (size_t i = 0; i < n; i++) {
		size_t size = size_of(&seed), done = 0;
		uint8_t *bytes = malloc(size + 1);
		char host[600];
		int rc = dostree_create(dir, str_of(names[i]), 0666, &f);

		if (!name_legal(names[i])) {
			ck_assert_int_eq(rc, -Ebadname);
			free(bytes);
			continue;
		}
		ok(rc);
		random_bytes(&seed, bytes, size);
		while (done < size) {
			size_t part = 1 + random_next(&seed) % 3000;

			if (part > size - done)
				part = size - done;
			ck_assert_int_eq(dosfile_write(f, bytes + done, part, done), (int64_t)part);
			done += part;
		}
		snprintf(host, sizeof host, "%s/%s", im->dir, names[i]);
		host_write(host, bytes, size);
		node_assert(f, bytes, size);
		ok(dosnode_put(f));
		ck_assert_int_eq(dostree_create(dir, str_of(names[i]), 0666, &f), -Eexist);
		free(bytes);
	}
	ok(dosnode_put(dir));
	ok(dosvol_close(v));
	if (kinds[_i].fsck)
		image_assert_clean(im);
	else
		image_save(im);
	for (size_t i = 0; i < n; i++)
		if (kinds[_i].mtools && name_mtools(names[i]))
			ck_assert_int_eq(shell("cd %s && N=\"$(cat <<'E'\n%s\nE\n)\" && "
			    "mcopy -n -i disk \"::Some Directory/deep/$N\" got && cmp got \"$N\" && rm got", im->dir, names[i]), 0);
	image_free(im);
}
END_TEST

UNIT_SUITE("dosfs", LOOP(what_mtools_wrote_is_read, kinds), LOOP(what_the_engine_wrote_mtools_reads, kinds))
