/*
 * sim/u9fs/listen.c - connections: standard input and output, or a socket on which
 * any number of clients connect, each served by a process of its own, so that one
 * client's slow file holds up nobody else.
 * LIMITS  `most` connections at once; the next ones wait
 */
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sim/u9fs/u9fs.h"

bool u9fs_trace;

typedef struct Conn Conn;
struct Conn {
	int in, out;
};
static char socket_path[sizeof((struct sockaddr_un *)0)->sun_path];

/* ---- one connection ---- */

static int64_t
conn_read(void *arg, void *buf, size_t n)
{
	const Conn *c = arg;
	ssize_t r;

	do
		r = read(c->in, buf, n);
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno == ECONNRESET)
		return 0;
	return r < 0 ? host_error(errno, "connection") : r;
}

static int64_t
conn_write(void *arg, const void *buf, size_t n)
{
	const Conn *c = arg;

	for (size_t done = 0; done < n;) {
		ssize_t r = write(c->out, (const char *)buf + done, n - done);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return errno == EPIPE || errno == ECONNRESET ? seterr(Ehungup, NULL) : host_error(errno, "connection");
		done += (size_t)r;
	}
	return (int64_t)n;
}

static void
trace(Srv *s, bool reply, const Fcall *f)
{
	char text[512];

	USED(s);
	fprintf(stderr, "%s %s\n", reply ? "->" : "<-", fcall_str(text, sizeof text, f));
}

int
serve_fds(int in, int out)
{
	Srv s = { .ops = &u9fs_ops, .name = "u9fs", .trace = u9fs_trace ? trace : NULL };
	Conn c = { in, out };
	int rc = srv_serve(&s, conn_read, conn_write, &c);

	return rc == -Ehungup ? 0 : rc; /* the client left while it was answered */
}

/* ---- many ---- */

/* tcp:[ADDR:]PORT in its parts; false: it isn't that. */
static bool
tcp_parse(const char *where, char *host, size_t nhost, const char **port)
{
	const char *colon;
	size_t n;

	if (strncmp(where, "tcp:", 4) != 0)
		return false;
	where += 4;
	colon = strrchr(where, ':');
	*port = colon != NULL ? colon + 1 : where;
	n = colon != NULL ? (size_t)(colon - where) : 0;
	if (n >= 2 && where[0] == '[' && where[n - 1] == ']') {
		where++;
		n -= 2;
	}
	snprintf(host, nhost, "%.*s", (int)n, where);
	if (n == 0)
		snprintf(host, nhost, "127.0.0.1");
	return n < nhost && **port >= '0' && **port <= '9';
}

int
listen_check(const char *where, bool *tcp)
{
	char host[256];
	const char *port;

	*tcp = strncmp(where, "tcp:", 4) == 0;
	if (*tcp && tcp_parse(where, host, sizeof host, &port))
		return 0;
	if (strncmp(where, "unix:", 5) == 0 && where[5] != '\0' && strlen(where + 5) < sizeof socket_path)
		return 0;
	return seterr(Ebadarg, "%s: want unix:PATH or tcp:[ADDR:]PORT", where);
}

static int
unix_listen(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t mask;

	if (s < 0)
		return host_error(errno, path);
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	/* what a server that was killed has left */
	if (connect(s, (struct sockaddr *)&a, sizeof a) < 0 && errno == ECONNREFUSED)
		(void)unlink(path);
	close(s);
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mask = umask(0177);
	if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof a) < 0 || listen(s, SOMAXCONN) < 0)
		return errno == EADDRINUSE ? seterr(Einuse, "%s", path) : host_error(errno, path);
	umask(mask);
	snprintf(socket_path, sizeof socket_path, "%s", path);
	fprintf(stderr, "u9fs: listening on unix:%s\n", path);
	return s;
}

static int
tcp_listen(const char *where)
{
	const struct addrinfo hint = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct addrinfo *a = NULL;
	struct sockaddr_storage got;
	socklen_t n = sizeof got;
	char host[256], name[64], service[16];
	const char *port;
	int s, on = 1, rc;

	(void)tcp_parse(where, host, sizeof host, &port);
	if ((rc = getaddrinfo(host, port, &hint, &a)) != 0)
		return seterr(Ebadarg, "%s: %s", where, gai_strerror(rc));
	s = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s >= 0)
		(void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (s < 0 || bind(s, a->ai_addr, a->ai_addrlen) < 0 || listen(s, SOMAXCONN) < 0) {
		freeaddrinfo(a);
		return errno == EADDRINUSE ? seterr(Einuse, "%s", where) : host_error(errno, where);
	}
	freeaddrinfo(a);
	if (getsockname(s, (struct sockaddr *)&got, &n) == 0 &&
	    getnameinfo((struct sockaddr *)&got, n, name, sizeof name, service, sizeof service, NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		fprintf(stderr, "u9fs: listening on tcp:%s:%s\n", name, service);
	return s;
}

static void
ended(int sig)
{
	if (socket_path[0] != '\0')
		(void)unlink(socket_path);
	_exit(128 + sig);
}

static void
child_serve(int s)
{
	int rc;

	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	rc = serve_fds(s, s);
	if (rc < 0)
		fprintf(stderr, "u9fs: %s\n", err_reason());
	_exit(rc < 0);
}

int
listen_run(const char *where, unsigned most)
{
	int s = strncmp(where, "tcp:", 4) == 0 ? tcp_listen(where) : unix_listen(where + 5);
	unsigned n = 0;

	if (s < 0)
		return s;
	signal(SIGTERM, ended);
	signal(SIGINT, ended);
	signal(SIGHUP, ended);
	for (;;) {
		int c, status;
		pid_t pid;

		while (n > 0 && waitpid(-1, &status, n < most ? WNOHANG : 0) > 0)
			n--;
		if (n >= most || (c = accept4(s, NULL, NULL, SOCK_CLOEXEC)) < 0) {
			if (n < most && errno != EINTR && errno != ECONNABORTED)
				sleep(1); /* too many files, no memory: others' end may help */
			continue;
		}
		if ((pid = fork()) == 0) {
			close(s);
			child_serve(c);
		}
		if (pid < 0)
			fprintf(stderr, "u9fs: fork: %s\n", strerror(errno));
		n += pid > 0;
		close(c);
	}
}
