/*
 * cmd/rm.c - rm [-fr] file...: removes files; -r: directories with all that is
 * in them; -f: says nothing of what it can't remove.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-fr] file ...";
static bool quiet;

static void
failed(const char *name)
{
	if (!quiet)
		cmd_error("%s: %r", name);
}

static void remove_tree(const char *name);

/* What is in a directory. Its entries are read before any is removed. */
static void
empty(const char *name)
{
	int fd = open(name, OREAD);
	Dir *d;
	int64_t n;

	if (fd < 0) {
		failed(name);
		return;
	}
	n = dirreadall(fd, &d);
	close(fd);
	if (n < 0)
		failed(name);
	for (int64_t i = 0; i < n; i++) {
		char *path = cmd_join(name, d[i].name);

		if ((d[i].mode & DMDIR) == 0) {
			if (remove(path) < 0)
				failed(path);
		} else {
			remove_tree(path);
		}
		free(path);
	}
	free(d);
}

static void
remove_tree(const char *name)
{
	if (remove(name) == 0)
		return;
	empty(name);
	if (remove(name) < 0)
		failed(name);
}

int
main(int argc, char **argv)
{
	bool recursive = false;

	ARGBEGIN {
	case 'r':
		recursive = true;
		break;
	case 'f':
		quiet = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc == 0 && !quiet)
		cmd_usage(usage);
	for (; argc > 0; argc--, argv++) {
		Dir *d;

		if (remove(*argv) == 0)
			continue;
		d = recursive ? dirstat(*argv) : NULL;
		if (d != NULL && (d->mode & DMDIR) != 0)
			remove_tree(*argv);
		else if (!recursive || d != NULL || !quiet) {
			free(d);
			d = NULL;
			if (remove(*argv) < 0)
				failed(*argv);
		}
		free(d);
	}
	cmd_end(NULL);
}
