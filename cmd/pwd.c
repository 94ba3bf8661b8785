/*
 * cmd/pwd.c - pwd: the name of the current directory.
 */
#include "lib9/cmd.h"

int
main(int argc, char **argv)
{
	char dir[4096];
	Biobuf *out;

	ARGBEGIN {
	default:
		cmd_usage("");
	} ARGEND
	if (argc != 0)
		cmd_usage("");
	if (getwd(dir, sizeof dir) == NULL)
		sysfatal("%r");
	out = cmd_out();
	Bprint(out, "%s\n", dir);
	cmd_end(out);
}
