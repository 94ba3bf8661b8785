/*
 * cmd/bind.c - bind [-abcCq] new old: makes new visible at old, in this name
 * space. -b before, -a after what is there; -c files may be created in it; -C
 * its files may be cached; -q: no message.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-q] [-a|-b] [-cC] new old";

int
main(int argc, char **argv)
{
	bool quiet = false;
	int flag = 0;

	ARGBEGIN {
	case 'a':
		flag |= MAFTER;
		break;
	case 'b':
		flag |= MBEFORE;
		break;
	case 'c':
		flag |= MCREATE;
		break;
	case 'C':
		flag |= MCACHE;
		break;
	case 'q':
		quiet = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc != 2 || (flag & MORDER) == MORDER)
		cmd_usage(usage);
	if (bind(argv[0], argv[1], flag) < 0) {
		if (!quiet)
			fprint(2, "bind %s %s: %r\n", argv[0], argv[1]);
		exits("bind");
	}
	exits(NULL);
}
