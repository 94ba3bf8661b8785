/*
 * cmd/sha1sum.c - sha1sum [-2 bits] [file...]: the SHA-1 digest of each file in hex, a
 * tab, and its name; without a name, of the standard input. -2: SHA-2 of 224, 256,
 * 384 or 512 bits (FIPS 180-4).
 */
#include "lib9/cmd.h"

static const char usage[] = "[-2 bits] [file ...]";

static enum HashKind
sha2(int64_t bits)
{
	switch (bits) {
	case 224:
		return HASH_SHA224;
	case 256:
		return HASH_SHA256;
	case 384:
		return HASH_SHA384;
	case 512:
		return HASH_SHA512;
	}
	sysfatal("no SHA-2 of %lld bits: want 224, 256, 384 or 512", (long long)bits);
}

int
main(int argc, char **argv)
{
	enum HashKind kind = HASH_SHA1;

	ARGBEGIN {
	case '2':
		kind = sha2(cmd_number(EARGF(cmd_usage(usage)), usage));
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	cmd_hash(argv, kind);
}
