/*
 * lib9/sys/srvpost.c - a 9P server as a program: on its file descriptors, or at
 * the end of a pipe whose other end is posted in /srv, mounted, or both.
 *
 * REFS    The serving process holds /srv/NAME open with ORCLOSE, so the name
 *         goes when the server does, however it ends. It has a copy of the name
 *         space from before the mount: its own tree is not in it, else it would
 *         never see the end of the link.
 * TRACE   $LP49_TRACE with "9p" in it: each message on fd 2
 * SEE     lib9/srv.c; srv(3), postmountsrv in 9p(2)
 */
#include "lib9/l4/l4.h"
#include "lib9/srv.h"
#include "lib9/sys.h"

enum {
	IO_MAX = 1 << 20,       /* of one system call */
	TIME_US = 10000,        /* how old srv_time may be */
};

typedef struct Fds Fds;
struct Fds {
	int in, out;
};

static int64_t
fds_read(void *arg, void *buf, size_t n)
{
	const Fds *f = arg;
	int64_t got;

	do
		got = read(f->in, buf, n < IO_MAX ? (int64_t)n : IO_MAX);
	while (got == -Eintr); /* a note that was handled */
	return got;
}

static int64_t
fds_write(void *arg, const void *buf, size_t n)
{
	const Fds *f = arg;
	const uint8_t *p = buf;
	size_t done = 0;

	while (done < n) {
		size_t part = n - done < IO_MAX ? n - done : IO_MAX;
		int64_t put = write(f->out, p + done, (int64_t)part);

		if (put == -Eintr)
			continue;
		if (put < 0)
			return put;
		if (put == 0)
			return seterr(Ehungup, NULL);
		done += (size_t)put;
	}
	return (int64_t)n;
}

static void
trace_print(Srv *s, bool reply, const Fcall *f)
{
	char text[512];

	fprint(2, "%s %s %s\n", s->name, reply ? "<-" : "->", fcall_str(text, sizeof text, f));
}

/* A client that hangs up while it is answered must not end the server before
 * srv_end has run: the write just fails. */
static int
note_pipe(Ureg *u, const char *note)
{
	USED(u);
	return strcmp(note, "sys: write on closed pipe") == 0;
}

int
srv_run(Srv *s, int fdin, int fdout)
{
	Fds fds = { fdin, fdout };
	char *classes = getenv("LP49_TRACE");

	if (s->trace == NULL && classes != NULL && strstr(classes, "9p") != NULL)
		s->trace = trace_print;
	free(classes);
	(void)atnotify(note_pipe, true);
	if (s->start != NULL)
		s->start(s);
	return srv_serve(s, fds_read, fds_write, &fds);
}

/* Puts fd in the registry. The descriptor that holds the name, or -Exxx. */
static int
post(const char *name, int fd)
{
	char *file = smprint("/srv/%s", name);
	int sfd, rc;

	if (file == NULL)
		return seterr(Enomem, NULL);
	sfd = create(file, OWRITE | ORCLOSE | OCEXEC, 0600);
	free(file);
	if (sfd < 0)
		return sfd;
	rc = fprint(sfd, "%d", fd);
	if (rc < 0) {
		close(sfd);
		return rc;
	}
	return sfd;
}

/* Nobody waits for the server's input and output to end. */
static void
fds_detach(void)
{
	int null = open("/dev/null", ORDWR);

	if (null < 0)
		return;
	dup(null, 0);
	dup(null, 1);
	if (null > 1)
		close(null);
}

static NORETURN void
serve(Srv *s, int link)
{
	int rc;

	fds_detach();
	rc = srv_run(s, link, link);
	exits(rc < 0 ? err_reason() : NULL);
}

int
srv_postmount(Srv *s, const char *name, const char *mnt, int flag)
{
	enum { APART = RFPROC | RFFDG | RFNAMEG | RFNOTEG | RFNOWAIT };
	int p[2] = { -1, -1 }, sfd = -1, pid = -1;
	int rc = srv_check(s);

	if (rc < 0 || (rc = pipe(p)) < 0)
		return rc;
	if (name != NULL)
		rc = sfd = post(name, p[1]);
	if (rc >= 0)
		rc = pid = rfork(APART);
	if (pid == 0) {
		close(p[1]);
		serve(s, p[0]);
	}
	close(p[0]);
	if (sfd >= 0)
		close(sfd);
	if (rc >= 0 && mnt != NULL)
		rc = mount(p[1], -1, mnt, flag, "");
	else
		close(p[1]);
	return rc < 0 ? rc : 0;
}

int
srv_post(Srv *s, const char *name, bool stay)
{
	int p[2], sfd, rc;

	if (!stay)
		return srv_postmount(s, name, NULL, 0);
	if ((rc = srv_check(s)) < 0 || (rc = pipe(p)) < 0)
		return rc;
	sfd = post(name, p[1]);
	close(p[1]);
	rc = sfd < 0 ? sfd : srv_run(s, p[0], p[0]);
	close(p[0]);
	if (sfd >= 0)
		close(sfd);
	return rc;
}

int64_t
srv_time(void)
{
	static uint64_t asked_us;
	static int64_t seconds;
	uint64_t now_us = L4_SystemClock().raw;

	if (seconds == 0 || now_us - asked_us >= TIME_US) {
		seconds = time_now();
		asked_us = now_us;
	}
	return seconds;
}
