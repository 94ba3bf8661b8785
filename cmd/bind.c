/*
 * cmd/bind.c - bind [-abcq] new old: makes new visible at old, in this name
 * space. -b before, -a after what is there; -c files may be created in it; -q: no
 * message.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-q] [-a|-b] [-c] new old";

int
main(int argc, char **argv)
{
	bool quiet = false;
	int flag = 0;

	ARGBEGIN {
	case 'q':
		quiet = true;
		break;
	default:
		flag |= cmd_bindflag(ARGC(), usage);
	} ARGEND
	if (argc != 2 || (flag & MORDER) == MORDER)
		cmd_usage(usage);
	if (bind(argv[0], argv[1], flag) < 0) {
		if (!quiet)
			cmd_error("%s on %s: %r", argv[0], argv[1]);
		exits("bind");
	}
	exits(NULL);
}
