/*
 * sim/u9fs/main.c - u9fs: a directory of this host over 9P2000, on standard input
 * and output, a Unix socket or TCP. See usage below and README.md.
 * STATUS  0 the client left; 1 it can't serve; 2 bad usage
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>
#include "sim/u9fs/u9fs.h"

enum { STATUS_FAILED = 1, STATUS_USAGE = 2 };

static const char usage[] =
    "usage: u9fs [option ...] DIR\n"
    "Serves the directory DIR over 9P2000, to one client on standard input and\n"
    "output, or to those who connect. No client gets outside of DIR.\n"
    "\n"
    "  -r, --read-only      nothing can be changed\n"
    "  -l, --listen WHERE   unix:PATH (for this user only), or tcp:[ADDR:]PORT; ADDR\n"
    "                       is 127.0.0.1 unless it is said, PORT 0 any free one\n"
    "  -n, --no-auth        with tcp: let everybody act as this user who can connect\n"
    "  -c, --connections N  at most so many at once (default 64)\n"
    "  -u, --user USER      root only: become USER first\n"
    "  -t, --trace          show each message on standard error\n"
    "  -?, --help, --version\n"
    "\n"
    "Whatever name a client attaches with, it has the rights of the user who runs\n"
    "u9fs. Exit status: 0 the client left, 1 it can't serve, 2 bad usage.\n";

static struct {
	const char *dir, *where, *user;
	unsigned most;
	bool no_auth;
} options = { .most = 64 };

static void NORETURN PRINTF(2, 3)
die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "u9fs: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(status);
}

static unsigned
number_parse(const char *s)
{
	uint64_t n = 0;

	if (parse_u64(s, strlen(s), &n) < 0 || n == 0 || n > 100000)
		die(STATUS_USAGE, "--connections: want a number from 1 to 100000, not \"%s\"", s);
	return (unsigned)n;
}

static void
options_parse(int argc, char **argv)
{
	static const struct option table[] = {
		{ "read-only", 0, NULL, 'r' }, { "listen", 1, NULL, 'l' }, { "no-auth", 0, NULL, 'n' },
		{ "connections", 1, NULL, 'c' }, { "user", 1, NULL, 'u' }, { "trace", 0, NULL, 't' },
		{ "help", 0, NULL, 'h' }, { "version", 0, NULL, 'v' }, { NULL, 0, NULL, 0 },
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:rl:nc:u:t", table, NULL)) != -1) {
		switch (c) {
		case 'r': u9fs_readonly = true; break;
		case 'l': options.where = optarg; break;
		case 'n': options.no_auth = true; break;
		case 'c': options.most = number_parse(optarg); break;
		case 'u': options.user = optarg; break;
		case 't': u9fs_trace = true; break;
		case 'v':
			printf("u9fs %s\n", LP49_VERSION);
			exit(0);
		case ':':
			die(STATUS_USAGE, "%s needs an argument; try --help", argv[optind - 1]);
		case '?':
			if (optopt != '?')
				die(STATUS_USAGE, "unknown option %s; try --help", argv[optind - 1]);
			/* fall through */
		case 'h':
			fputs(usage, stdout);
			exit(0);
		}
	}
	if (argc - optind != 1)
		die(STATUS_USAGE, "want one directory; try --help");
	options.dir = argv[optind];
}

static void
options_check(void)
{
	bool tcp = false;

	if (options.where == NULL && isatty(0))
		die(STATUS_USAGE, "standard input is a terminal; --listen waits for clients, try --help");
	if (options.where != NULL && listen_check(options.where, &tcp) < 0)
		die(STATUS_USAGE, "--listen: %s", err_reason());
	if (tcp && !options.no_auth)
		die(STATUS_USAGE, "--listen %s: everybody who can connect there would act as you; say --no-auth if that is meant",
		    options.where);
	if (access("/proc/self/fd", X_OK) < 0)
		die(STATUS_FAILED, "/proc is not mounted");
}

static void
user_become(const char *name)
{
	struct passwd *p = getpwnam(name);

	if (p == NULL)
		die(STATUS_USAGE, "--user: there is no user %s", name);
	if (geteuid() == p->pw_uid)
		return;
	if (geteuid() != 0)
		die(STATUS_USAGE, "--user %s: only root can become another user", name);
	if (initgroups(name, p->pw_gid) < 0 || setgid(p->pw_gid) < 0 || setuid(p->pw_uid) < 0)
		die(STATUS_FAILED, "--user %s: %s", name, strerror(errno));
}

/* A descriptor of the three that came closed would become some file of ours. */
static void
std_files(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			_exit(STATUS_FAILED);
}

int
main(int argc, char **argv)
{
	int rc;

	std_files();
	options_parse(argc, argv);
	options_check();
	if (options.user != NULL)
		user_become(options.user);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (root_open(options.dir) < 0)
		die(STATUS_USAGE, "%s: %s", options.dir, err_reason());
	if (uopen_init() < 0)
		die(STATUS_FAILED, "%s", err_reason());
	rc = options.where != NULL ? listen_run(options.where, options.most) : serve_fds(0, 1);
	if (rc < 0)
		die(STATUS_FAILED, "%s", err_reason());
	return 0;
}
