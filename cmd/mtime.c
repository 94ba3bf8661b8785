/*
 * cmd/mtime.c - mtime file...: when each file was changed (seconds since 1970), and
 * its name.
 */
#include "lib9/cmd.h"

int
main(int argc, char **argv)
{
	Biobuf *out;

	ARGBEGIN {
	default:
		cmd_usage("file ...");
	} ARGEND
	if (argc < 1)
		cmd_usage("file ...");
	out = cmd_out();
	for (; argc > 0; argc--, argv++) {
		Dir *d = dirstat(*argv);

		if (d == NULL)
			cmd_error("can't stat %s: %r", *argv);
		else
			Bprint(out, "%11lu %s\n", (unsigned long)d->mtime, *argv);
		free(d);
	}
	cmd_end(out);
}
