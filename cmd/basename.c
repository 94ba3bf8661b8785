/*
 * cmd/basename.c - basename [-d] name [suffix]: the name without what stands
 * before its last slash, and without the suffix; -d: what stands before it, "."
 * when there is no slash. A name that ends in a slash has an empty base.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-d] name [suffix]";

int
main(int argc, char **argv)
{
	bool dir = false;
	size_t n, k;
	char *slash, *base;
	Biobuf *out;

	ARGBEGIN {
	case 'd':
		dir = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc < 1 || argc > 2)
		cmd_usage(usage);
	out = cmd_out();
	slash = strrchr(argv[0], '/');
	if (dir) {
		if (slash != NULL)
			*slash = '\0';
		Bprint(out, "%s\n", slash == NULL ? "." : argv[0]);
		cmd_end(out);
	}
	base = slash == NULL ? argv[0] : slash + 1;
	n = strlen(base);
	k = argc == 2 ? strlen(argv[1]) : 0;
	if (k > 0 && k <= n && strcmp(base + n - k, argv[1]) == 0)
		base[n - k] = '\0';
	Bprint(out, "%s\n", base);
	cmd_end(out);
}
