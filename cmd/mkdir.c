/*
 * cmd/mkdir.c - mkdir [-p] [-m mode] dir...: makes directories; -p: those above
 * them too, and none is an error for being there.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-p] [-m mode] dir ...";
static uint32_t perm = 0777;

static bool
is_dir(const char *name)
{
	Dir *d = dirstat(name);
	bool yes = d != NULL && (d->mode & DMDIR) != 0;

	free(d);
	return yes;
}

static int
make(const char *name, bool parents)
{
	int fd;

	if (access(name, AEXIST) == 0) {
		if (parents && is_dir(name))
			return 0;
		cmd_error("%s already exists", name);
		return -Eexist;
	}
	fd = create(name, OREAD, DMDIR | perm);
	if (fd < 0) {
		cmd_error("can't create %s: %r", name);
		return fd;
	}
	close(fd);
	return 0;
}

static void
make_all(char *name)
{
	for (char *p = name + 1; *name != '\0' && *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (make(name, true) < 0)
			return;
		*p = '/';
	}
	make(name, true);
}

int
main(int argc, char **argv)
{
	bool parents = false;
	char *s, *end;

	ARGBEGIN {
	case 'p':
		parents = true;
		break;
	case 'm':
		s = EARGF(cmd_usage(usage));
		perm = (uint32_t)strtoul(s, &end, 8);
		if (*s == '\0' || *end != '\0' || perm > 0777)
			cmd_usage(usage);
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc == 0)
		cmd_usage(usage);
	for (; argc > 0; argc--, argv++) {
		if (parents)
			make_all(*argv);
		else
			make(*argv, false);
	}
	cmd_end(NULL);
}
