/*
 * tests/fuzz/fat.c - any bytes as the beginning of a disk (the rest is zero):
 * look at everything, then change what can be changed. Nothing may crash, hang
 * or touch the disk outside of its size, and no file in use may be forgotten.
 */
#include "servers/dosfs/dosfs_impl.h"

enum { DISK_SIZE = 4 << 20, DEPTH = 3, ENTRIES = 12, WORK = 40 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t bytes[DISK_SIZE];
static uint64_t seed;

static int
mem_read(Disk *d, void *buf, size_t n, uint64_t off)
{
	if (off > d->size || n > d->size - off)
		abort();
	memcpy(buf, bytes + off, n);
	return 0;
}

static int
mem_write(Disk *d, const void *buf, size_t n, uint64_t off)
{
	if (off > d->size || n > d->size - off)
		abort();
	memcpy(bytes + off, buf, n);
	return 0;
}

static int64_t
mem_now(Disk *d)
{
	USED(d);
	return 1000000000;
}

static uint32_t
random_next(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33);
}

static void
look(Node *dir, int depth)
{
	uint32_t slot = 0;
	Dir d;

	for (int i = 0; i < ENTRIES && dostree_entry(dir, &slot, &d) == 1; i++) {
		static uint8_t buf[5000];
		Node *n = NULL;

		if (dostree_walk(dir, str_of(d.name), &n) < 0)
			continue;
		dostree_stat(n, &d);
		if (dostree_open(n, OREAD) == 0 && !dosnode_isdir(n)) {
			(void)!dosfile_read(n, buf, sizeof buf, 0);
			(void)!dosfile_read(n, buf, sizeof buf, random_next());
		}
		if (dosnode_isdir(n) && depth > 0)
			look(n, depth - 1);
		(void)!dosnode_put(n);
	}
}

/* Some node below dir, perhaps dir itself; a new reference. */
static Node *
some_node(Vol *v)
{
	Node *n = dosnode_get(v->root), *next;

	for (int depth = 0; depth < DEPTH && dosnode_isdir(n); depth++) {
		uint32_t slot = 0, skip = random_next() % ENTRIES;
		Dir d = { .name = "" };

		while (dostree_entry(n, &slot, &d) == 1 && skip-- > 0)
			;
		if (dostree_walk(n, str_of(d.name), &next) < 0)
			break;
		(void)!dosnode_put(n);
		n = next;
	}
	return n;
}

static void
work(Vol *v)
{
	static uint8_t buf[3000];
	char name[80];
	Node *n = some_node(v), *made;
	Dir d = { 0 };

	snprintf(name, sizeof name, random_next() % 2 ? "N%u" : "a name of some length %u", (unsigned)random_next() % 50);
	dir_null(&d);
	switch (random_next() % 6) {
	case 0:
	case 1:
		if (dosnode_isdir(n) && dostree_create(n, str_of(name), random_next() % 3 ? 0666 : DMDIR | 0777, &made) == 0)
			(void)!dosnode_put(made);
		break;
	case 2:
		if (!dosnode_isdir(n))
			(void)!dosfile_write(n, buf, random_next() % sizeof buf, random_next() % 20000);
		break;
	case 3:
		(void)!dostree_remove(n);
		break;
	case 4:
		d.name = name;
		(void)!dostree_wstat(n, &d);
		break;
	case 5:
		d.length = random_next() % 9000;
		(void)!dostree_wstat(n, &d);
		break;
	}
	(void)!dosnode_put(n);
	if (random_next() % 4 == 0)
		(void)!dossync_all(v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Disk d = { .read = mem_read, .write = mem_write, .now = mem_now, .size = DISK_SIZE };
	Vol *v;

	if (size < 512 || size > DISK_SIZE)
		return 0;
	memcpy(bytes, data, size);
	memset(bytes + size, 0, DISK_SIZE - size);
	memcpy(&seed, data + 3, sizeof seed); /* the boot sector's free text */
	if (dosvol_open(&d, false, &v) < 0)
		return 0;
	look(v->root, DEPTH);
	for (int i = 0; i < WORK; i++)
		work(v);
	if (v->nnode)
		abort();
	(void)!dosvol_close(v);
	return 0;
}
