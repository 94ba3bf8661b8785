/*
 * cmd/hvm.c - hvm command [arg...]: runs a command of the debug shell and
 * prints what it says. "hvm help" lists them.
 */
#include "lib9/cmd.h"

int
main(int argc, char **argv)
{
	static char buf[8192];
	char line[512], *p = line;
	int64_t off = 0, n;
	int fd;

	argv0 = argv[0];
	if (argc < 2 || strcmp(argv[1], "-?") == 0)
		cmd_usage("command [arg ...]");
	for (int i = 1; i < argc; i++)
		p = seprint(p, line + sizeof line, "%s%s", i > 1 ? " " : "", argv[i]);
	fd = open("/dev/hvm", ORDWR);
	if (fd < 0)
		sysfatal("can't open /dev/hvm: %r");
	if (write(fd, line, p - line) < 0)
		sysfatal("%r");
	for (; (n = pread(fd, buf, sizeof buf, off)) > 0; off += n)
		if (write(1, buf, n) != n)
			sysfatal("write error: %r");
	if (n < 0)
		sysfatal("error reading /dev/hvm: %r");
	exits(NULL);
}
