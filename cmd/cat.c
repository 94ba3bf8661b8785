/*
 * cmd/cat.c - cat [file...]: copies files, or the standard input, to the output.
 */
#include "lib9/cmd.h"

static char buf[64 << 10];

static void
copy(int fd, const char *name)
{
	int64_t n;

	while ((n = read(fd, buf, sizeof buf)) > 0)
		if (write(1, buf, n) != n)
			sysfatal("write error copying %s: %r", name);
	if (n < 0)
		cmd_error("error reading %s: %r", name);
}

int
main(int argc, char **argv)
{
	ARGBEGIN {
	default:
		cmd_usage("[file ...]");
	} ARGEND
	cmd_each(argv, copy);
	cmd_end(NULL);
}
