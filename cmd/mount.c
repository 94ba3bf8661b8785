/*
 * cmd/mount.c - mount [-abcCq] /srv/service dir [spec]: makes the files of a
 * 9P server visible at dir. The flags are bind's, and -C: the system may keep the
 * files' data; what others change is seen when a file is opened the next time.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-q] [-a|-b] [-cC] /srv/service dir [spec]";

int
main(int argc, char **argv)
{
	bool quiet = false;
	int flag = 0, fd, rc;

	ARGBEGIN {
	case 'C':
		flag |= MCACHE;
		break;
	case 'n': /* no authentication: there is none */
		break;
	case 'q':
		quiet = true;
		break;
	default:
		flag |= cmd_bindflag(ARGC(), usage);
	} ARGEND
	if (argc < 2 || argc > 3 || (flag & MORDER) == MORDER)
		cmd_usage(usage);
	fd = rc = open(argv[0], ORDWR);
	if (fd < 0) {
		if (!quiet)
			cmd_error("can't open %s: %r", argv[0]);
		exits("open");
	}
	rc = mount(fd, -1, argv[1], flag, argc == 3 ? argv[2] : "");
	if (rc < 0) {
		if (!quiet)
			cmd_error("can't mount %s on %s: %r", argv[0], argv[1]);
		exits("mount");
	}
	exits(NULL);
}
