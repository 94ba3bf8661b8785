/*
 * cmd/mv.c - mv from to; mv from... dir: moves files. In the same directory a
 * file is renamed; elsewhere it is copied, then removed. A directory can't be
 * moved out of the one that it is in. Where case doesn't count, mv a A changes
 * the case of a name.
 */
#include "lib9/cmd.h"

static const char usage[] = "from ... to";

/* The directory of a clean name, malloc'd. */
static char *
dir_of(const char *name)
{
	char *s = cmd_strdup(name), *slash = strrchr(s, '/');

	if (slash == NULL)
		strcpy(s, "."); /* a name has at least one byte */
	else
		slash[slash == s] = '\0';
	return s;
}

static bool
same_dir(const char *a, const char *b)
{
	char *x = dir_of(a), *y = dir_of(b);
	Dir *dx = dirstat(x), *dy = dirstat(y);
	bool same = dx != NULL && dy != NULL && cmd_same(dx, dy);

	free(x);
	free(y);
	free(dx);
	free(dy);
	return same;
}

/* Two names of one file in one directory: where case doesn't count, as on FAT,
 * that is a change of case. */
static bool
new_spelling(const char *from, const char *to)
{
	return strcmp(cmd_base(from), cmd_base(to)) != 0 && same_dir(from, to);
}

static void
rename(const char *from, const char *to)
{
	Dir d;

	dir_null(&d);
	d.name = cmd_base(to);
	if (dirwstat(from, &d) < 0)
		cmd_error("can't rename %s to %s: %r", from, to);
}

static void
copy_and_remove(const char *from, const char *to, const Dir *d)
{
	bool made;
	int out = cmd_copy(from, to, d->mode & 0777, &made);
	Dir keep;

	if (out < 0) {
		if (made)
			remove(to);
		return;
	}
	dir_null(&keep);
	keep.mtime = d->mtime;
	dirfwstat(out, &keep); /* a server may refuse: no error */
	close(out);
	if (remove(from) < 0)
		cmd_error("%s was copied, but can't be removed: %r", from);
}

static void
move(const char *from, const char *to)
{
	Dir *d = dirstat(from), *there;

	if (d == NULL) {
		cmd_error("can't stat %s: %r", from);
		return;
	}
	there = dirstat(to);
	if (there != NULL && cmd_same(d, there) && !new_spelling(from, to))
		cmd_error("%s and %s are the same file", from, to);
	else if (there != NULL && cmd_same(d, there))
		rename(from, to);
	else if (there != NULL && (there->mode & DMDIR))
		cmd_error("%s is a directory", to);
	else if (!same_dir(from, to)) {
		if (d->mode & DMDIR)
			cmd_error("can't move directory %s to another directory", from);
		else
			copy_and_remove(from, to, d);
	} else if (there != NULL && remove(to) < 0)
		cmd_error("can't remove %s: %r", to);
	else
		rename(from, to);
	free(d);
	free(there);
}

/* mv dir DIR, where both are the directory d. */
static bool
respells(const Dir *d, const char *from, const char *to)
{
	char *x = cleanname(cmd_strdup(from)), *y = cleanname(cmd_strdup(to));
	Dir *df = dirstat(x);
	bool yes = df != NULL && cmd_same(df, d) && new_spelling(x, y);

	free(df);
	free(x);
	free(y);
	return yes;
}

int
main(int argc, char **argv)
{
	const char *to;
	bool to_dir;
	Dir *d;

	ARGBEGIN {
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc < 2)
		cmd_usage(usage);
	to = argv[--argc];
	d = dirstat(to);
	to_dir = d != NULL && (d->mode & DMDIR) != 0 && !(argc == 1 && respells(d, *argv, to));
	free(d);
	if (argc > 1 && !to_dir)
		sysfatal("%s is not a directory", to);
	for (; argc > 0; argc--, argv++) {
		char *from = cleanname(cmd_strdup(*argv)), *path;

		path = to_dir ? cmd_join(to, cmd_base(from)) : cleanname(cmd_strdup(to));
		move(from, path);
		free(path);
		free(from);
	}
	cmd_end(NULL);
}
