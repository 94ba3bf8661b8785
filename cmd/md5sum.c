/*
 * cmd/md5sum.c - md5sum [file...]: the MD5 digest (RFC 1321) of each file in hex, a
 * tab, and its name; without a name, of the standard input.
 */
#include "lib9/cmd.h"

int
main(int argc, char **argv)
{
	ARGBEGIN {
	default:
		cmd_usage("[file ...]");
	} ARGEND
	cmd_hash(argv, HASH_MD5);
}
