/*
 * tests/unit/u9fs_listen.c - u9fs on sockets: several clients at once, each in a
 * process of its own, and what is no place to listen at.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include "tests/unit/u9fs_help.h"

static const struct {
	const char *where;
	int rc;
	bool tcp;
} places[] = {
	{ "unix:/tmp/x", 0, false }, { "tcp:5640", 0, true }, { "tcp:10.0.0.1:5640", 0, true }, { "tcp:[::1]:5640", 0, true },
	{ "unix:", -Ebadarg, false }, { "tcp:", -Ebadarg, true }, { "tcp:host:", -Ebadarg, true }, { "/tmp/x", -Ebadarg, false }, { "", -Ebadarg, false },
};

START_TEST(places_to_listen_at)
{
	bool tcp;

	ck_assert_int_eq(listen_check(places[_i].where, &tcp), places[_i].rc);
	ck_assert_int_eq(tcp, places[_i].tcp);
}
END_TEST

/* Starts listening; what it says, "u9fs: listening on ...", is in text. */
static pid_t
listener_start(const char *where, unsigned most, char *text, size_t n)
{
	int said[2];
	pid_t pid;
	ssize_t got = 0, k;

	ck_assert_int_eq(pipe(said), 0);
	if ((pid = fork()) == 0) {
		dup2(said[1], 2);
		close(said[0]);
		close(said[1]);
		_exit(listen_run(where, most) < 0);
	}
	close(said[1]);
	while ((size_t)got < n - 1 && (got == 0 || text[got - 1] != '\n') && (k = read(said[0], text + got, n - 1 - (size_t)got)) > 0)
		got += k;
	text[got] = '\0';
	close(said[0]);
	return pid;
}

/* One request and its reply over a socket. */
static void
talk(int fd, const Fcall *t, Fcall *r)
{
	static uint8_t buf[4096];
	int n = fcall_pack(t, buf, sizeof buf);
	size_t have = 0;

	ck_assert_int_eq(write(fd, buf, (size_t)n), n);
	while (have < 4 || have < get32(buf)) {
		ssize_t k = read(fd, buf + have, sizeof buf - have);

		ck_assert_int_gt(k, 0);
		have += (size_t)k;
	}
	ck_assert_int_eq(fcall_unpack(r, buf, have), 0);
}

static void
session(int fd)
{
	Fcall r;

	talk(fd, &(Fcall){ .type = Tversion, .tag = NOTAG, .msize = 4096, .version = str_of("9P2000") }, &r);
	ck_assert_uint_eq(r.type, Rversion);
	talk(fd, &(Fcall){ .type = Tattach, .tag = 1, .fid = 1, .afid = NOFID, .uname = str_of("x") }, &r);
	ck_assert_uint_eq(r.type, Rattach);
	talk(fd, &(Fcall){ .type = Twalk, .tag = 1, .fid = 1, .newfid = 2, .nwname = 1, .wname = { str_of("f") } }, &r);
	ck_assert_uint_eq(r.type, Rwalk);
}

static void
file_check(int fd)
{
	Fcall r;

	talk(fd, &(Fcall){ .type = Topen, .tag = 1, .fid = 2, .mode = OREAD }, &r);
	ck_assert_uint_eq(r.type, Ropen);
	talk(fd, &(Fcall){ .type = Tread, .tag = 1, .fid = 2, .count = 100 }, &r);
	ck_assert_uint_eq(r.count, 4);
	ck_assert_mem_eq(r.data, "text", 4);
}

static int
client(const struct sockaddr *a, socklen_t n)
{
	int fd = socket(a->sa_family, SOCK_STREAM, 0);

	ck_assert_int_eq(connect(fd, a, n), 0);
	return fd;
}

START_TEST(many_clients_at_once)
{
	enum { N = 5 };
	char where[128], text[256];
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd[N];
	pid_t pid;

	host_make();
	host_write("share/f", "text");
	ck_assert_int_eq(root_open("share"), 0);
	snprintf(un.sun_path, sizeof un.sun_path, "%s/socket", top);
	snprintf(where, sizeof where, "%s", _i == 0 ? "tcp:0" : "unix:");
	if (_i > 0)
		strcat(where, un.sun_path);
	pid = listener_start(where, N, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "listening on"));
	if (_i == 0)
		in.sin_port = htons((uint16_t)atoi(strrchr(text, ':') + 1));
	for (int i = 0; i < N; i++) {
		fd[i] = _i == 0 ? client((struct sockaddr *)&in, sizeof in) : client((struct sockaddr *)&un, sizeof un);
		session(fd[i]);
	}
	for (int i = N; i-- > 0;)
		file_check(fd[i]);
	/* more than it may have: the next one waits until one leaves */
	close(fd[0]);
	fd[0] = _i == 0 ? client((struct sockaddr *)&in, sizeof in) : client((struct sockaddr *)&un, sizeof un);
	session(fd[0]);
	if (_i > 0) {
		struct stat st;

		ck_assert_int_eq(stat(un.sun_path, &st), 0);
		ck_assert_uint_eq(st.st_mode & 0777, 0600);
	}
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	ck_assert_int_ne(access(un.sun_path, F_OK), 0);
	for (int i = 0; i < N; i++)
		close(fd[i]);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(nftw(top, entry_remove, 64, FTW_DEPTH | FTW_PHYS), 0);
}
END_TEST

static const int kinds[2];

UNIT_SUITE("u9fs_listen", LOOP(places_to_listen_at, places), LOOP(many_clients_at_once, kinds))
