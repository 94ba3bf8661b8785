/*
 * cmd/false.c - false: ends with the status "false".
 */
#include "lib9/cmd.h"

int
main(int argc, char **argv)
{
	argv0 = argv[0];
	if (argc == 2 && strcmp(argv[1], "-?") == 0)
		cmd_usage("");
	exits("false");
}
