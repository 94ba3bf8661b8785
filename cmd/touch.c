/*
 * cmd/touch.c - touch [-c] [-t time] file...: sets the time of last change to
 * now, or to time (seconds since 1970); makes a file that is not there, unless -c.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-c] [-t time] file ...";

static void
touch(const char *name, uint32_t now, bool make)
{
	Dir d;
	int fd;

	dir_null(&d);
	d.mtime = now;
	if (dirwstat(name, &d) >= 0)
		return;
	if (access(name, AEXIST) == 0 || !make) {
		if (make || access(name, AEXIST) == 0)
			cmd_error("%s: %r", name);
		else
			cmd_error("%s: %s", name, err_text(Enonexist));
		return;
	}
	fd = create(name, OREAD | OEXCL, 0666);
	if (fd < 0) {
		cmd_error("can't create %s: %r", name);
		return;
	}
	dirfwstat(fd, &d); /* the new file's own time is nearly right: no error */
	close(fd);
}

int
main(int argc, char **argv)
{
	int64_t now = time_now();
	bool make = true;

	ARGBEGIN {
	case 'c':
		make = false;
		break;
	case 't':
		now = cmd_number(EARGF(cmd_usage(usage)), usage);
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc == 0)
		cmd_usage(usage);
	for (; argc > 0; argc--, argv++)
		touch(*argv, (uint32_t)now, make);
	cmd_end(NULL);
}
