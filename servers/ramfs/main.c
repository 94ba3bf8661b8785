/*
 * servers/ramfs/main.c - a file tree in memory, mounted or posted.
 * USAGE   ramfs [-Dips] [-m mountpoint] [-S srvname]
 *         (none) mount on /tmp;  -m on mountpoint
 *         -s  post as /srv/ramfs, don't mount unless -m;  -S as /srv/srvname
 *         -i  serve file descriptors 0 and 1
 *         -p  make the memory private: /proc/n/mem can't be read
 *         -D  print each 9P message on fd 2
 * STATE   the Tree, in this process alone: gone when it ends
 * SEE     tree.c; ramfs(4)
 */
#include "lib9/sys.h"
#include "servers/ramfs/tree.h"

enum { NAME_SIZE = 64 };

static uint32_t
seconds(void)
{
	return (uint32_t)time_now();
}

/* Who owns the root directory. */
static void
user_get(char *user, size_t n)
{
	int fd = open("/dev/user", OREAD);
	int64_t got = fd >= 0 ? read(fd, user, (int64_t)n - 1) : 0;

	if (fd >= 0)
		close(fd);
	user[got > 0 ? got : 0] = '\0';
	if (user[0] == '\0')
		snprintf(user, n, "none");
}

static void
memory_hide(Srv *s)
{
	USED(s);
	char *ctl = smprint("/proc/%d/ctl", getpid());
	int fd = ctl != NULL ? open(ctl, OWRITE) : -Enomem;

	if (fd < 0 || fprint(fd, "private") < 0)
		sysfatal("private: %r");
	close(fd);
	free(ctl);
}

static void
trace(Srv *s, bool reply, const Fcall *f)
{
	char text[512];

	fprint(2, "%s %s %s\n", s->name, reply ? "<-" : "->", fcall_str(text, sizeof text, f));
}

static void
usage(void)
{
	fprint(2, "usage: %s [-Dips] [-m mountpoint] [-S srvname]\n", argv0);
	exits("usage");
}

int
main(int argc, char **argv)
{
	Srv s = { .ops = &tree_ops, .name = "ramfs", .check_perm = true };
	const char *mnt = NULL, *name = NULL;
	bool stdio = false;
	char user[NAME_SIZE];
	int rc;

	ARGBEGIN {
	case 'D':
		s.trace = trace;
		break;
	case 'i':
		stdio = true;
		break;
	case 'p':
		s.start = memory_hide;
		break;
	case 's':
		name = "ramfs";
		break;
	case 'm':
		mnt = EARGF(usage());
		break;
	case 'S':
		name = EARGF(usage());
		break;
	default:
		usage();
	} ARGEND
	if (argc != 0)
		usage();
	if (mnt == NULL && name == NULL)
		mnt = "/tmp";
	user_get(user, sizeof user);
	s.aux = tree_new(user, seconds);
	if (s.aux == NULL)
		sysfatal("no memory");
	rc = stdio ? srv_run(&s, 0, 1) : srv_postmount(&s, name, mnt, MREPL | MCREATE);
	if (rc < 0)
		sysfatal("%r");
	exits(NULL);
}
