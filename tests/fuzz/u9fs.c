/*
 * tests/fuzz/u9fs.c - any sequence of requests to u9fs, over a folder of the host in
 * which there are links that lead out. The file beside the folder shows in no reply,
 * and is not changed.
 */
#include <ftw.h>
#include <unistd.h>
#include "sim/u9fs/u9fs.h"
#include "tests/fuzz/ask.h"

static const char secret[] = "nobody may read this";
static char top[] = "/tmp/u9fsfuzz.XXXXXX";

/* A name in the folder; good until the next call. */
static const char *
at(const char *name)
{
	static char path[64];

	snprintf(path, sizeof path, "%s/%s", top, name);
	return path;
}

static void
file_write(const char *name, const char *text)
{
	FILE *f = fopen(at(name), "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

static int
entry_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	USED(st), USED(type), USED(ftw);
	return remove(path);
}

static void
secret_check(void)
{
	char text[64] = "";
	FILE *f = fopen(at("secret"), "r");

	if (f == NULL || fgets(text, sizeof text, f) == NULL || strcmp(text, secret) != 0)
		abort();
	fclose(f);
}

static void
folder_remove(void)
{
	(void)nftw(top, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* One process serves one directory: all inputs have the same one. */
static void
folder_make(void)
{
	static bool made;

	if (made)
		return;
	made = true;
	if (mkdtemp(top) == NULL || mkdir(at("share"), 0777) < 0 || root_open(at("share")) < 0 || uopen_init() < 0 ||
	    atexit(folder_remove) != 0)
		abort();
	file_write("secret", secret);
}

static void
folder_fill(void)
{
	if (mkdir(at("share/d"), 0777) < 0 || symlink("../secret", at("share/a")) < 0 || symlink("..", at("share/up")) < 0 ||
	    symlink("/", at("share/d/b")) < 0 || symlink("d", at("share/link")) < 0)
		abort();
	file_write("share/f", "text");
}

static int
entry_empty(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return ftw->level == 0 ? 0 : entry_remove(path, st, type, ftw);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Srv s = { .ops = &u9fs_ops, .name = "fuzz" };

	asked.never = secret;
	folder_make();
	folder_fill();
	ask_all(&s, data, size);
	srv_end(&s);
	secret_check();
	if (chmod(at("share"), 0777) < 0 || nftw(at("share"), entry_empty, 16, FTW_DEPTH | FTW_PHYS) < 0)
		abort();
	return 0;
}
