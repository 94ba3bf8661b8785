/*
 * cmd/ns.c - ns [pid]: the name space of a process, its own by default, as
 * commands that rebuild it.
 */
#include "lib9/cmd.h"

int
main(int argc, char **argv)
{
	int64_t pid = getpid(), n;
	char file[64], buf[8192];
	int fd;

	ARGBEGIN {
	default:
		cmd_usage("[pid]");
	} ARGEND
	if (argc > 1)
		cmd_usage("[pid]");
	if (argc == 1)
		pid = cmd_number(*argv, "[pid]");
	snprintf(file, sizeof file, "/proc/%lld/ns", (long long)pid);
	fd = open(file, OREAD);
	if (fd < 0)
		sysfatal("can't open %s: %r (is #p bound to /proc?)", file);
	while ((n = read(fd, buf, sizeof buf)) > 0)
		if (write(1, buf, n) != n)
			sysfatal("write error: %r");
	if (n < 0)
		sysfatal("error reading %s: %r", file);
	exits(NULL);
}
