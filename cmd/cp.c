/*
 * cmd/cp.c - cp [-gruvx] from to; cp [-gruvx] from... dir: copies files.
 *   -r directories with all that is in them     -v says what it copies
 *   -x keeps mode and time of change   -g the group too   -u owner and group too
 * A file is never copied on itself.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-gruvx] from ... to";
static bool keep_group, keep_user, keep_time, recursive, verbose;

static Biobuf *out;

static void
keep(int fd, const Dir *from, const char *to)
{
	Dir d;

	if (!keep_group && !keep_user && !keep_time)
		return;
	dir_null(&d);
	if (keep_time) {
		d.mtime = from->mtime;
		d.mode = from->mode;
	}
	if (keep_group || keep_user)
		d.gid = from->gid;
	if (keep_user)
		d.uid = from->uid;
	if (dirfwstat(fd, &d) < 0)
		cmd_error("warning: can't keep the stat of %s: %r", to);
}

static void
copy_file(const char *from, const char *to, const Dir *d)
{
	bool made;
	int fd = cmd_copy(from, to, d->mode & 0777, &made);

	if (fd < 0)
		return;
	keep(fd, d, to);
	close(fd);
}

static void copy(const char *from, const char *to);

static void
copy_dir(const char *from, const char *to, const Dir *d)
{
	int in = open(from, OREAD), made = -1;
	Dir *there = dirstat(to), *entries = NULL;
	int64_t n = 0;

	if (in < 0) {
		cmd_error("can't open %s: %r", from);
	} else if (there == NULL && (made = create(to, OREAD, DMDIR | (d->mode & 0777) | 0300)) < 0) {
		cmd_error("can't create %s: %r", to);
	} else if (there != NULL && (there->mode & DMDIR) == 0) {
		cmd_error("%s is not a directory", to);
	} else if ((n = dirreadall(in, &entries)) < 0) {
		cmd_error("error reading %s: %r", from);
	}
	for (int64_t i = 0; i < n; i++) {
		char *a = cmd_join(from, entries[i].name), *b = cmd_join(to, entries[i].name);

		copy(a, b);
		free(a);
		free(b);
	}
	if (made >= 0) {
		keep(made, d, to);
		close(made);
	}
	if (in >= 0)
		close(in);
	free(entries);
	free(there);
}

/* Whether to is from or lies below it: copying would not end. */
static bool
inside(const Dir *from, const char *to)
{
	char *path = cmd_strdup(to), *slash;
	bool found = false;

	for (;;) {
		Dir *d = dirstat(*path == '\0' ? "." : path);

		if (d != NULL)
			found = cmd_same(from, d);
		free(d);
		if (found || *path == '\0' || strcmp(path, "/") == 0)
			break;
		slash = strrchr(path, '/');
		if (slash == NULL)
			*path = '\0';
		else
			slash[slash == path] = '\0';
	}
	free(path);
	return found;
}

static void
copy(const char *from, const char *to)
{
	Dir *d = dirstat(from), *there;

	if (d == NULL) {
		cmd_error("can't stat %s: %r", from);
		return;
	}
	there = dirstat(to);
	if (there != NULL && cmd_same(d, there))
		cmd_error("%s and %s are the same file", from, to);
	else if ((d->mode & DMDIR) && !recursive)
		cmd_error("%s is a directory (-r copies it)", from);
	else if ((d->mode & DMDIR) && inside(d, to))
		cmd_error("%s lies in %s", to, from);
	else {
		if (verbose)
			Bprint(out, "%s -> %s\n", from, to);
		if (d->mode & DMDIR)
			copy_dir(from, to, d);
		else
			copy_file(from, to, d);
	}
	free(there);
	free(d);
}

int
main(int argc, char **argv)
{
	const char *to;
	bool to_dir;
	Dir *d;

	ARGBEGIN {
	case 'g':
		keep_group = true;
		break;
	case 'u':
		keep_user = keep_group = true;
		break;
	case 'x':
		keep_time = true;
		break;
	case 'r':
		recursive = true;
		break;
	case 'v':
		verbose = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc < 2)
		cmd_usage(usage);
	out = cmd_out();
	to = argv[--argc];
	d = dirstat(to);
	to_dir = d != NULL && (d->mode & DMDIR) != 0;
	free(d);
	if (argc > 1 && !to_dir)
		sysfatal("%s is not a directory", to);
	for (; argc > 0; argc--, argv++) {
		char *clean = cleanname(cmd_strdup(*argv)), *path;

		path = to_dir ? cmd_join(to, cmd_base(clean)) : cmd_strdup(to);
		copy(*argv, path);
		free(path);
		free(clean);
	}
	cmd_end(out);
}
