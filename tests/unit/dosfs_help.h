/*
 * dosfs_help.h - for tests of the FAT engine: images made by mkfs.fat, held in
 * memory while the engine works on them, looked at by mtools and fsck.fat. All
 * in a folder of its own under $TMPDIR, which goes when the test ends well.
 */
#ifndef TESTS_UNIT_DOSFS_HELP_H
#define TESTS_UNIT_DOSFS_HELP_H
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "servers/dosfs/dosfs_impl.h"
#include "tests/unit.h"

/* A write that the engine did. */
typedef struct Wrote Wrote;
struct Wrote {
	uint64_t off;
	size_t n;
	uint8_t *data;
	bool renaming;
};

typedef struct Image Image;
struct Image {
	Disk disk;
	uint8_t *bytes, *before;
	Wrote *log;             /* when logging */
	size_t nlog;
	bool logging, renaming;
	long fail_after;        /* >= 0: so many writes go well, then Eio */
	bool failed;
	char dir[64], file[96];
};

static inline int
image_read(Disk *d, void *buf, size_t n, uint64_t off)
{
	Image *im = d->aux;

	ck_assert(off <= d->size && n <= d->size - off);
	memcpy(buf, im->bytes + off, n);
	return 0;
}

static inline int
image_write(Disk *d, const void *buf, size_t n, uint64_t off)
{
	Image *im = d->aux;

	ck_assert(off <= d->size && n <= d->size - off);
	if (im->fail_after == 0) {
		im->failed = true;
		return seterr(Eio, "test");
	}
	if (im->fail_after > 0)
		im->fail_after--;
	if (im->logging) {
		im->log = realloc(im->log, (im->nlog + 1) * sizeof *im->log);
		im->log[im->nlog] = (Wrote){ off, n, malloc(n), im->renaming };
		memcpy(im->log[im->nlog++].data, buf, n);
	}
	memcpy(im->bytes + off, buf, n);
	return 0;
}

static inline int64_t
image_now(Disk *d)
{
	USED(d);
	return 1000000000; /* 2001-09-09 01:46:40 */
}

static inline int
shell(const char *fmt, ...)
{
	char cmd[4096];
	va_list ap;
	int status;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof cmd, fmt, ap);
	va_end(ap);
	status = system(cmd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline void
image_load(Image *im)
{
	struct stat st;
	int fd = open(im->file, O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	im->disk.size = (uint64_t)st.st_size;
	im->bytes = realloc(im->bytes, (size_t)st.st_size);
	ck_assert_int_eq(pread(fd, im->bytes, (size_t)st.st_size, 0), st.st_size);
	close(fd);
}

static inline void
image_save(const Image *im)
{
	int fd = open(im->file, O_WRONLY | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, im->bytes, im->disk.size, 0), (int64_t)im->disk.size);
	close(fd);
}

/* image_make runs mkfs.fat with these options on a new file of so many KiB. */
static inline Image *
image_make(const char *options, unsigned kib)
{
	Image *im = calloc(1, sizeof *im);
	const char *tmp = getenv("TMPDIR");

	snprintf(im->dir, sizeof im->dir, "%s/dosfs.XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(im->dir));
	snprintf(im->file, sizeof im->file, "%s/disk", im->dir);
	setenv("MTOOLS_SKIP_CHECK", "1", 1);
	setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TZ", "UTC", 1);
	ck_assert_int_eq(shell("mkfs.fat --invariant %s -C %s %u >%s/log 2>&1", options, im->file, kib, im->dir), 0);
	im->disk = (Disk){ .read = image_read, .write = image_write, .now = image_now, .aux = im };
	im->fail_after = -1;
	image_load(im);
	return im;
}

static inline void
image_log_free(Image *im)
{
	for (size_t i = 0; i < im->nlog; i++)
		free(im->log[i].data);
	free(im->log);
	im->log = NULL;
	im->nlog = 0;
}

static inline void
image_free(Image *im)
{
	image_log_free(im);
	free(im->bytes);
	free(im->before);
	ck_assert_int_eq(shell("rm -rf %s", im->dir), 0);
	free(im);
}

/* fsck.fat's verdict on what is in memory; its text is in DIR/fsck. */
static inline int
image_fsck(const Image *im)
{
	image_save(im);
	return shell("fsck.fat -n %s >%s/fsck 2>&1", im->file, im->dir);
}

static inline void
image_assert_clean(const Image *im)
{
	if (image_fsck(im) == 0)
		return;
	shell("cat %s/fsck", im->dir);
	ck_abort_msg("fsck.fat found something");
}

static inline Vol *
image_open(Image *im)
{
	Vol *v = NULL;
	int rc = dosvol_open(&im->disk, false, &v);

	ck_assert_msg(rc == 0, "%s", err_reason());
	return v;
}

/* A node by its path from the root, "a/b"; NULL: none. */
static inline Node *
tree_find(Vol *v, const char *path)
{
	Node *n = dosnode_get(v->root), *next;

	while (n && *path) {
		size_t len = strcspn(path, "/");

		if (dostree_walk(n, (Str){ path, len }, &next) < 0)
			next = NULL;
		ck_assert_int_eq(dosnode_put(n), 0);
		n = next;
		path += len + (path[len] == '/');
	}
	return n;
}

/* pseudo-random, the same everywhere */
static inline uint32_t
random_next(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static inline void
random_bytes(uint64_t *state, uint8_t *p, size_t n)
{
	while (n--)
		*p++ = (uint8_t)random_next(state);
}
#define ok(x) ck_assert_msg((x) >= 0, "%s", err_reason())
#endif
