/*
 * cmd/echo.c - echo [-n] [arg...]: its arguments, in one write; -n: no newline.
 * "-?" is an argument like others, unless it is the only one.
 */
#include "lib9/cmd.h"

int
main(int argc, char **argv)
{
	bool newline = true;
	size_t n = 2;
	char *line, *p;

	argv0 = argv[0];
	if (argc == 2 && strcmp(argv[1], "-?") == 0)
		cmd_usage("[-n] [arg ...]");
	if (argc > 1 && strcmp(argv[1], "-n") == 0) {
		newline = false;
		argc--;
		argv++;
	}
	for (int i = 1; i < argc; i++)
		n += strlen(argv[i]) + 1;
	p = line = cmd_alloc(NULL, n);
	for (int i = 1; i < argc; i++) {
		if (i > 1)
			*p++ = ' ';
		p = stpcpy(p, argv[i]);
	}
	if (newline)
		*p++ = '\n';
	if (p > line && write(1, line, p - line) != p - line) {
		fprint(2, "echo: write error: %r\n");
		exits("write error");
	}
	exits(NULL);
}
