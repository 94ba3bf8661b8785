/*
 * cmd/diff/main.c - diff [-abcefmnruw] file1... file2: what must be changed to make file2 of
 * file1; - is the standard input. A file is compared with one of its name in a directory;
 * two directories file by file (-r: with all that is below them); each of several files
 * with the last operand.
 *   (none) n1,n2cn3,n4 with a for append, d for delete: lines n1 to n2 (<) become n3 to n4 (>)
 *   -n  the same with names     -c  with three lines around (- and +); -a: with all lines
 *   -u  as patch wants it       -e  a script for ed; -f: the same in forward order
 *   -b  blanks at the end of lines don't count, others by the run;  -w  no blanks count
 *   -m  a line that names the two files stands before, as it does with several
 * Files that hold NULs are only said to differ.
 * STATUS  "": no difference; "some"; "error"
 * LIMITS  both files are in memory. -e and -f can't tell of a missing newline at the end.
 */
#include "cmd/diff/diff.h"

static const char usage[] = "[-abcefmnruw] file1 ... file2";
static enum Mode mode = NORMAL;
static enum Blanks blanks;
static bool titles, recursive, some, trouble;
static Biobuf *out;

static void
title(const char *a, const char *b)
{
	if (!titles)
		return;
	Bprint(out, "diff ");
	if (mode != NORMAL)
		Bprint(out, "-%c ", mode);
	Bprint(out, "%s %s\n", a, b);
}

static bool
file_read(Text *t, const char *name)
{
	bool std = strcmp(name, "-") == 0, good;
	int fd = std ? 0 : open(name, OREAD);

	if (fd < 0) {
		cmd_error("can't open %s: %r", name);
		return false;
	}
	good = text_read(t, fd, name);
	if (!std)
		close(fd);
	return good;
}

static void
compare_texts(Text *a, Text *b)
{
	Change *changes;
	uint32_t nid;
	size_t n;

	if (a->size == b->size && memcmp(a->data, b->data, a->size) == 0)
		return;
	if (text_binary(a) || text_binary(b)) {
		some = true;
		Bprint(out, "Binary files %s and %s differ\n", a->name, b->name);
		return;
	}
	nid = text_number(a, b, blanks);
	changes = changes_find(a, b, nid, &n);
	if (n > 0) {
		some = true;
		title(a->name, b->name);
		changes_show(out, a, b, changes, n, mode);
		if ((mode == SCRIPT || mode == FORWARD) && b->no_newline)
			fprint(2, "diff: %s: no newline at the end\n", b->name);
	}
	free(changes);
}

static void
compare_files(const char *a, const char *b)
{
	Text x = { 0 }, y = { 0 };

	if (file_read(&x, a) && file_read(&y, b))
		compare_texts(&x, &y);
	else
		trouble = true;
	text_free(&x);
	text_free(&y);
}

static void compare(const char *a, const char *b, bool top);

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const Dir *)a)->name, ((const Dir *)b)->name);
}

static int64_t
dir_read(const char *name, Dir **d)
{
	int fd = open(name, OREAD);
	int64_t n = fd < 0 ? fd : dirreadall(fd, d);

	if (fd >= 0)
		close(fd);
	if (n < 0) {
		cmd_error("error reading %s: %r", name);
		trouble = true;
		return 0;
	}
	qsort(*d, (size_t)n, sizeof **d, by_name);
	return n;
}

static void
only(const char *dir, const char *name)
{
	some = true;
	Bprint(out, "Only in %s: %s\n", dir, name);
}

static void
compare_dirs(const char *a, const char *b)
{
	Dir *x = NULL, *y = NULL;
	int64_t nx = dir_read(a, &x), ny = dir_read(b, &y), i = 0, k = 0;

	while (i < nx || k < ny) {
		int c = i == nx ? 1 : k == ny ? -1 : strcmp(x[i].name, y[k].name);

		if (c < 0) {
			only(a, x[i++].name);
		} else if (c > 0) {
			only(b, y[k++].name);
		} else {
			char *f = cmd_join(a, x[i++].name), *g = cmd_join(b, y[k++].name);

			compare(f, g, false);
			free(f);
			free(g);
		}
	}
	free(x);
	free(y);
}

static bool
is_dir(const char *name, bool *dir)
{
	Dir *d = strcmp(name, "-") == 0 ? NULL : dirstat(name);

	*dir = d != NULL && (d->mode & DMDIR) != 0;
	if (d == NULL && strcmp(name, "-") != 0) {
		cmd_error("can't stat %s: %r", name);
		trouble = true;
		return false;
	}
	free(d);
	return true;
}

/* top: the two are operands, and a file may be meant inside a directory. */
static void
compare(const char *a, const char *b, bool top)
{
	bool adir, bdir;
	char *name;

	if (!is_dir(a, &adir) || !is_dir(b, &bdir))
		return;
	if (adir && bdir) {
		if (top || recursive)
			compare_dirs(a, b);
		else
			Bprint(out, "Common subdirectories: %s and %s\n", a, b);
	} else if (!adir && !bdir) {
		compare_files(a, b);
	} else if (top) {
		name = cmd_join(adir ? a : b, cmd_base(adir ? b : a));
		compare(adir ? name : a, adir ? b : name, false);
		free(name);
	} else {
		some = true;
		Bprint(out, "%s is a %s, %s is a %s\n", a, adir ? "directory" : "file", b, bdir ? "directory" : "file");
	}
}

int
main(int argc, char **argv)
{
	bool dir;

	ARGBEGIN {
	case 'a':
	case 'c':
	case 'e':
	case 'f':
	case 'n':
	case 'u':
		mode = (enum Mode)ARGC();
		break;
	case 'b':
		blanks = BLANKS_RUNS;
		break;
	case 'w':
		blanks = BLANKS_NONE;
		break;
	case 'm':
		titles = true;
		break;
	case 'r':
		recursive = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc < 2)
		cmd_usage(usage);
	out = cmd_out();
	titles = titles || argc > 2;
	if (is_dir(argv[0], &dir) && dir && is_dir(argv[argc - 1], &dir) && dir)
		titles = true;
	for (; argc > 1; argc--, argv++)
		compare(argv[0], argv[argc - 1], true);
	if (Bflush(out) < 0 || Berror(out) != 0)
		sysfatal("write error: %r");
	exits(trouble ? "error" : some ? "some" : NULL);
}
