/*
 * tests/unit/dosfs_order.c - random work on volumes, against a model in memory
 * and fsck.fat.
 * Goal: after each sync fsck.fat finds nothing and every file has the model's
 * bytes; stopped between any two disk writes, only lost clusters and pieces of
 * long names are left, and a file that is being renamed may have both names.
 */
#include "tests/unit/dosfs_help.h"

enum { NFILE = 24, NDIR = 4, FILE_LIMIT = 30000 };

static const struct { const char *options; unsigned kib; } kinds[] = {
	{ "-F 12 -s 1", 720 }, { "-F 12 -S 1024 -s 2 -f 1", 1000 }, { "-F 16 -s 1", 2500 }, { "-F 32 -s 1", 33600 },
	{ "-F 12 -s 1", 160 }, /* always nearly full: freed clusters are soon used again */
};

typedef struct File File;
struct File {
	bool used, dir;
	unsigned parent;        /* index + 1 in files, 0: root */
	char name[64];
	Node *node;             /* open all the time */
	uint8_t *bytes;
	size_t size;
	uint64_t path;
};

typedef struct Model Model;
struct Model {
	Image *im;
	Vol *vol;
	uint64_t seed;
	File file[NFILE];
};

static Node *
parent_of(Model *m, const File *f)
{
	return f->parent ? m->file[f->parent - 1].node : m->vol->root;
}

static void
name_make(Model *m, char *name)
{
	static const char *const form[] = { "F%u.TXT", "file %u", "a longer name, number %u.data, for a long run of slots", "x%u", "\303\234n\303\257 %u" };

	snprintf(name, 64, form[random_next(&m->seed) % nelem(form)], (unsigned)random_next(&m->seed) % 1000);
}

static bool
name_taken(const Model *m, unsigned parent, const char *name, const File *self)
{
	for (const File *f = m->file; f < m->file + NFILE; f++)
		if (f != self && f->used && f->parent == parent && strcmp(f->name, name) == 0)
			return true;
	return false;
}

static unsigned
some_parent(Model *m)
{
	unsigned i = random_next(&m->seed) % NFILE;

	return m->file[i].used && m->file[i].dir ? i + 1 : 0;
}

static void
do_create(Model *m, File *f)
{
	int rc;

	memset(f, 0, sizeof *f);
	f->parent = some_parent(m);
	f->dir = f < m->file + NDIR;
	name_make(m, f->name);
	if (name_taken(m, f->parent, f->name, f))
		return;
	rc = dostree_create(parent_of(m, f), str_of(f->name), f->dir ? DMDIR | 0777 : 0666, &f->node);
	if (rc == -Enospc)
		return;
	ck_assert_msg(rc == 0, "%s", err_reason());
	f->used = true;
	f->bytes = calloc(1, FILE_LIMIT);
	f->path = f->node->path;
}

static void
do_write(Model *m, File *f)
{
	size_t off = random_next(&m->seed) % (f->size + 2000), n = random_next(&m->seed) % 5000;
	static uint8_t fresh[5000];
	int64_t rc;

	if (off + n > FILE_LIMIT || n == 0)
		return;
	random_bytes(&m->seed, fresh, n);
	rc = dosfile_write(f->node, fresh, n, off);
	if (rc == -Enospc && off + n > f->size)
		return;
	ck_assert_msg(rc == (int64_t)n, "%s", err_reason());
	memcpy(f->bytes + off, fresh, n);
	if (off + n > f->size)
		f->size = off + n;
}

static void
do_resize(Model *m, File *f)
{
	size_t to[] = { 0, random_next(&m->seed) % (f->size + 1), random_next(&m->seed) % FILE_LIMIT };
	size_t size = to[random_next(&m->seed) % nelem(to)];
	Dir d;
	int rc;

	dir_null(&d);
	d.length = size;
	if ((rc = dostree_wstat(f->node, &d)) == -Enospc && size > f->size)
		return;
	ck_assert_msg(rc == 0, "%s", err_reason());
	if (size < f->size)
		memset(f->bytes + size, 0, f->size - size);
	f->size = size;
}

static void
do_rename(Model *m, File *f)
{
	char name[64];
	Dir d;
	int rc;

	name_make(m, name);
	if (name_taken(m, f->parent, name, f))
		return;
	dir_null(&d);
	d.name = name;
	m->im->renaming = true;
	rc = dostree_wstat(f->node, &d);
	m->im->renaming = false;
	if (rc == -Enospc)
		return;
	ck_assert_msg(rc == 0, "%s", err_reason());
	snprintf(f->name, sizeof f->name, "%s", name);
	ck_assert_uint_eq(f->node->path, f->path);
}

static void
do_remove(Model *m, File *f)
{
	bool full = false;

	for (const File *k = m->file; k < m->file + NFILE; k++)
		full = full || (k->used && k->parent == (unsigned)(f - m->file) + 1);
	if (full) {
		ck_assert_int_eq(dostree_remove(f->node), -Enotempty);
		return;
	}
	ok(dostree_remove(f->node));
	ok(dosnode_put(f->node));
	free(f->bytes);
	f->used = false;
}

static void
step(Model *m)
{
	File *f = &m->file[random_next(&m->seed) % NFILE];
	unsigned what = random_next(&m->seed) % 16;

	if (!f->used)
		do_create(m, f);
	else if (what == 0)
		do_remove(m, f);
	else if (what < 5)
		do_rename(m, f);
	else if (!f->dir && what < 8)
		do_resize(m, f);
	else if (!f->dir)
		do_write(m, f);
}

static void
contents_assert(Model *m)
{
	static uint8_t got[FILE_LIMIT + 1];

	for (File *f = m->file; f < m->file + NFILE; f++) {
		if (!f->used || f->dir)
			continue;
		ck_assert_int_eq(dosfile_read(f->node, got, sizeof got, 0), (int64_t)f->size);
		ck_assert_msg(memcmp(got, f->bytes, f->size) == 0, "%s differs", f->name);
	}
}

static void
model_start(Model *m, int kind, uint64_t seed)
{
	memset(m, 0, sizeof *m);
	m->im = image_make(kinds[kind].options, kinds[kind].kib);
	m->vol = image_open(m->im);
	m->seed = seed;
}

/* Closes the volume and finds everything again by name. */
static void
model_reopen(Model *m)
{
	for (int i = 0; i < NFILE; i++)
		if (m->file[i].used)
			ok(dosnode_put(m->file[i].node));
	ck_assert_uint_eq(m->vol->nnode, 0);
	ok(dosvol_close(m->vol));
	m->vol = image_open(m->im);
	for (File *f = m->file; f < m->file + NFILE; f++)
		f->node = NULL;
	for (int round = 0; round < NFILE; round++) /* parents before children */
		for (File *f = m->file; f < m->file + NFILE; f++) {
			if (!f->used || f->node || (f->parent && !m->file[f->parent - 1].node))
				continue;
			ok(dostree_walk(parent_of(m, f), str_of(f->name), &f->node));
			ck_assert_str_eq(f->node->name, f->name);
			f->path = f->node->path;
		}
}

static void
model_end(Model *m)
{
	for (int i = 0; i < NFILE; i++)
		if (m->file[i].used) {
			ok(dosnode_put(m->file[i].node));
			free(m->file[i].bytes);
		}
	ck_assert_uint_eq(m->vol->nnode, 0);
	ok(dosvol_close(m->vol));
	image_assert_clean(m->im);
	image_free(m->im);
}

START_TEST(random_work_leaves_a_clean_volume)
{
	Model m;

	model_start(&m, _i, (uint64_t)_i + 7);
	for (int round = 0; round < 25; round++) {
		for (int i = 0; i < 30; i++)
			step(&m);
		contents_assert(&m);
		ok(dossync_all(m.vol));
		image_assert_clean(m.im);
		if (round % 5 == 4) {
			model_reopen(&m);
			contents_assert(&m);
		}
	}
	model_end(&m);
}
END_TEST

/* What fsck.fat may say about a volume that was stopped. */
static void
stopped_assert(const Image *im, size_t k)
{
	int rc = shell("fsck.fat -n %s >%s/fsck 2>&1; "
	    "grep -v -e '^fsck.fat' -e '^$' -e 'Reclaimed [0-9]* unused cluster' -e 'Free cluster summary wrong' "
	    "-e 'Auto-correcting' -e 'FATs differ but appear to be intact' -e 'Using first FAT' -e '^/' "
	    "-e 'cluster chain length is > ' -e 'Truncating file to' -e '[Ll]ong file *name' -e 'start bit is missing' "
	    "-e 'Not auto-correcting' -e 'Auto-deleting' -e 'Leaving filesystem unchanged' -e ' files, ' %s %s/fsck",
	    im->file, im->dir, im->log[k].renaming ? "-e 'share clusters' -e 'Truncating second to 0 bytes' -e 'cluster chain length is 0 bytes'" : "", im->dir);

	if (rc == 0) {
		shell("cat %s/fsck", im->dir);
		ck_abort_msg("stopped after write %zu: more than lost clusters", k);
	}
}

START_TEST(stopped_anywhere_only_clusters_are_lost)
{
	Model m;
	int fd;

	model_start(&m, _i, (uint64_t)_i + 77);
	for (int i = 0; i < 60; i++)
		step(&m);
	ok(dossync_all(m.vol));
	image_assert_clean(m.im);
	m.im->logging = true;
	for (int i = 0; i < 220; i++) {
		step(&m);
		if (i % 13 == 0)
			ok(dossync_all(m.vol));
	}
	ok(dossync_all(m.vol));
	m.im->logging = false;
	fd = open(m.im->file, O_WRONLY);
	ck_assert_int_ge(fd, 0);
	for (size_t k = 0; k < m.im->nlog; k++) {
		const Wrote *w = &m.im->log[k];

		ck_assert_int_eq(pwrite(fd, w->data, w->n, (off_t)w->off), (int64_t)w->n);
		if (w->off < m.vol->data_off || k + 1 == m.im->nlog || w->n <= BLKSIZE)
			stopped_assert(m.im, k);
	}
	close(fd);
	model_end(&m);
}
END_TEST

/* Is all of it there, under one name or the other? */
static bool
whole(Vol *v, const char *name, bool dir, const uint8_t *bytes, size_t n)
{
	static uint8_t got[FILE_LIMIT];
	char path[80];
	Node *f;
	bool same;

	snprintf(path, sizeof path, dir ? "%s/inside" : "%s", name);
	if (!(f = tree_find(v, path)))
		return false;
	same = dosfile_read(f, got, sizeof got, 0) == (int64_t)n && memcmp(got, bytes, n) == 0;
	ok(dosnode_put(f));
	return same;
}

static void
one_is_whole(const Image *im, bool dir, const uint8_t *bytes, size_t n, size_t k)
{
	Image now = { .disk = im->disk, .fail_after = -1 };
	Vol *v;

	snprintf(now.file, sizeof now.file, "%s/copy", im->dir);
	for (int mended = 0; mended < 2; mended++) {
		ck_assert_int_eq(shell("cp %s %s", im->file, now.file), 0);
		if (mended)
			shell("fsck.fat -a %s >%s/mend 2>&1", now.file, im->dir);
		image_load(&now);
		now.disk.aux = &now;
		v = image_open(&now);
		if (!whole(v, "old", dir, bytes, n) && !whole(v, "a long new name, too long to stay there", dir, bytes, n))
			ck_abort_msg("lost when stopped after write %zu%s", k, mended ? ", mended" : "");
		ok(dosvol_close(v));
	}
	free(now.bytes);
}

START_TEST(stopped_rename_loses_nothing)
{
	static uint8_t bytes[9000];
	bool dir = _i & 1;
	Image *im = image_make(_i & 2 ? "-F 32 -s 1" : "-F 12 -s 1", _i & 2 ? 33600 : 720);
	Vol *v = image_open(im);
	uint64_t seed = 5;
	Node *n, *file, *filler;
	Dir d;
	int fd;

	random_bytes(&seed, bytes, sizeof bytes);
	ok(dostree_create(v->root, str_of("old"), dir ? DMDIR | 0777 : 0666, &n));
	file = dir ? NULL : dosnode_get(n);
	if (dir)
		ok(dostree_create(n, str_of("inside"), 0666, &file));
	ck_assert_int_eq(dosfile_write(file, bytes, sizeof bytes, 0), sizeof bytes);
	for (int i = 0; i < 40; i++) { /* so that the new entry lies in another sector */
		char name[16];

		snprintf(name, sizeof name, "F%d", i);
		ok(dostree_create(v->root, str_of(name), 0666, &filler));
		ok(dosnode_put(filler));
	}
	ok(dossync_all(v));
	image_save(im);
	im->logging = true;
	dir_null(&d);
	d.name = (char *)(uintptr_t)"a long new name, too long to stay there";
	ok(dostree_wstat(n, &d));
	im->logging = false;
	ck_assert_uint_ge(im->nlog, 2);
	fd = open(im->file, O_WRONLY);
	for (size_t k = 0; k < im->nlog; k++) {
		ck_assert_int_eq(pwrite(fd, im->log[k].data, im->log[k].n, (off_t)im->log[k].off), (int64_t)im->log[k].n);
		one_is_whole(im, dir, bytes, sizeof bytes, k);
	}
	close(fd);
	ok(dosnode_put(file));
	ok(dosnode_put(n));
	ok(dosvol_close(v));
	image_assert_clean(im);
	image_free(im);
}
END_TEST

static const char renames[4];

UNIT_SUITE("dosfs_order", LOOP(random_work_leaves_a_clean_volume, kinds), LOOP(stopped_anywhere_only_clusters_are_lost, kinds),
    LOOP(stopped_rename_loses_nothing, renames))
