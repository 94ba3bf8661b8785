/*
 * servers/ramfs/main.c - a file tree in memory, mounted or posted.
 * USAGE   ramfs [-Dips] [-l size] [-m mountpoint] [-S srvname]
 *         (none) mount on /tmp;  -m on mountpoint
 *         -s  post as /srv/ramfs, don't mount unless -m;  -S as /srv/srvname
 *         -i  serve file descriptors 0 and 1
 *         -l  at most so many bytes of files and names, as 500K, 64M or 1G;
 *             without it, half of the memory that is free at the start
 *         -p  make the memory private: /proc/n/mem can't be read
 *         -D  print each 9P message on fd 2
 * STATE   the Tree, in this process alone: gone when it ends
 * ERRORS  Enospc at that size, or when programs would soon be out of memory
 * SEE     tree.c; ramfs(4)
 */
#include "lib9/sys.h"
#include "servers/ramfs/tree.h"

enum { NAME_SIZE = 64, RESERVE = 1 << 20 };

static int swap_fd = -1;        /* /dev/swap */

static uint32_t
seconds(void)
{
	return (uint32_t)srv_time();
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

/* Bytes that programs can still get; UINT64_MAX: not known. */
static uint64_t
memory_free(void)
{
	char text[512], *page, *user, *slash = NULL;
	int64_t n = swap_fd < 0 ? -1 : pread(swap_fd, text, sizeof text - 1, 0);
	uint64_t used, all;

	if (n <= 0)
		return UINT64_MAX;
	text[n] = '\0';
	page = strstr(text, " memory\n");
	user = strstr(text, " kernel\n");
	if (page == NULL || user == NULL)
		return UINT64_MAX;
	page += strlen(" memory\n");
	user += strlen(" kernel\n");
	used = strtoull(user, &slash, 10);
	all = *slash == '/' ? strtoull(slash + 1, NULL, 10) : 0;
	return all > used ? (all - used) * strtoull(page, NULL, 10) : 0;
}

static bool
memory_room(uint64_t bytes)
{
	return memory_free() >= bytes + RESERVE;
}

/* "64M" -> bytes; 0: not a size. */
static uint64_t
size_parse(const char *s)
{
	static const char units[3] = "KMG";
	const char *unit;
	char *end = NULL;
	uint64_t n = *s >= '0' && *s <= '9' ? strtoull(s, &end, 10) : 0;
	unsigned shift = 0;

	if (end == NULL)
		return 0;
	unit = memchr(units, *end & ~32, sizeof units);
	if (unit != NULL) {
		shift = 10 * (unsigned)(unit - units + 1);
		end++;
	}
	return *end != '\0' || n > UINT64_MAX >> shift ? 0 : n << shift;
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
	fprint(2, "usage: ramfs [-Dips] [-l size] [-m mountpoint] [-S srvname]\n");
	exits("usage");
}

int
main(int argc, char **argv)
{
	Srv s = { .ops = &tree_ops, .name = "ramfs", .check_perm = true };
	const char *mnt = NULL, *name = NULL;
	bool stdio = false;
	char user[NAME_SIZE], *size;
	uint64_t limit = 0;
	int rc;

	ARGBEGIN {
	case 'D':
		s.trace = trace;
		break;
	case 'i':
		stdio = true;
		break;
	case 'l':
		size = EARGF(usage());
		limit = size_parse(size);
		if (limit == 0)
			sysfatal("-l: want a size such as 64M, not \"%s\"", size);
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
	swap_fd = open("/dev/swap", OREAD | OCEXEC);
	if (limit == 0)
		limit = memory_free() / 2;
	tree_limit(s.aux, limit, memory_room);
	rc = stdio ? srv_run(&s, 0, 1) : srv_postmount(&s, name, mnt, MREPL | MCREATE);
	if (rc < 0)
		sysfatal("%r");
	exits(NULL);
}
