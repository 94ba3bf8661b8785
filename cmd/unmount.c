/*
 * cmd/unmount.c - unmount [new] old: undoes bind and mount at old; with new
 * only that one.
 */
#include "lib9/cmd.h"

int
main(int argc, char **argv)
{
	ARGBEGIN {
	default:
		cmd_usage("[new] old");
	} ARGEND
	if (argc < 1 || argc > 2)
		cmd_usage("[new] old");
	if (unmount(argc == 2 ? argv[0] : NULL, argv[argc - 1]) < 0) {
		cmd_error("%s: %r", argv[argc - 1]);
		exits("unmount");
	}
	exits(NULL);
}
