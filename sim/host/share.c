/*
 * sim/host/share.c - the console's ports from PORT_SHARE on: bytes between the
 * guest's buffers and a socket at whose other end a u9fs is. Nothing here waits
 * for u9fs: what it does not take or give stays where it is.
 * When the driver opens a port it gets a new u9fs, whatever became of the last one.
 * A connection that ends is told with "not open"; buffers for input are kept for
 * the next one, and output without a connection goes nowhere.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sim/host/host.h"

typedef struct Share Share;
struct Share {
	const ShareOption *option;
	int rx, tx;             /* its queues */
	pid_t pid;              /* 0: none */
	pid_t killed;           /* not reaped yet */
	int fd;                 /* -1: no connection */
	uv_poll_t *poll;
	int events;             /* that poll waits for */
	Chain in, out;          /* taken off the queues, not finished */
	bool has_in, has_out;
	int outiov;             /* buffers of out that are written */
};
static struct {
	Share share[SHARE_MAX];
	int n, dev;
	uv_loop_t *loop;
} shares;

static void share_io(Share *s);

static int
port_of(const Share *s)
{
	return PORT_SHARE + (int)(s - shares.share);
}

static void
poll_closed(uv_handle_t *h)
{
	free(h);
}

static void
hang_up(Share *s)
{
	if (s->fd < 0)
		return;
	uv_poll_stop(s->poll);
	uv_close((uv_handle_t *)s->poll, poll_closed);
	close(s->fd);
	s->fd = -1;
	s->events = 0;
}

static void
polled(uv_poll_t *h, int status, int events)
{
	(void)status, (void)events;
	share_io(h->data);
}

static void
poll_for(Share *s, int events)
{
	if (s->fd < 0 || s->events == events)
		return;
	s->events = events;
	if (events == 0)
		uv_poll_stop(s->poll);
	else
		uv_poll_start(s->poll, events, polled);
}

/* As much input as there is and the guest has room for; false: the end. */
static bool
input(Share *s)
{
	ssize_t n;

	while (s->has_in || (s->has_in = queue_pop(shares.dev, s->rx, &s->in))) {
		n = readv(s->fd, s->in.iov + s->in.nout, s->in.nin);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0)
			return false;
		queue_push(shares.dev, s->rx, s->in.head, (uint32_t)n);
		s->has_in = false;
	}
	return true;
}

static void
out_advance(Share *s, size_t n)
{
	while (s->outiov < s->out.nout && n >= s->out.iov[s->outiov].iov_len)
		n -= s->out.iov[s->outiov++].iov_len;
	if (n > 0) {
		s->out.iov[s->outiov].iov_base = (char *)s->out.iov[s->outiov].iov_base + n;
		s->out.iov[s->outiov].iov_len -= n;
	}
}

/* All output there is; true: u9fs takes no more for now. */
static bool
output(Share *s)
{
	while (s->has_out || (s->has_out = queue_pop(shares.dev, s->tx, &s->out))) {
		ssize_t n = -1;

		if (s->fd >= 0 && s->outiov < s->out.nout)
			n = writev(s->fd, s->out.iov + s->outiov, s->out.nout - s->outiov);
		if (n < 0 && s->fd >= 0 && s->outiov < s->out.nout && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n > 0)
			out_advance(s, (size_t)n);
		if (n <= 0 || s->outiov == s->out.nout) {
			queue_push(shares.dev, s->tx, s->out.head, 0);
			s->has_out = false;
			s->outiov = 0;
		}
	}
	return false;
}

static void
lost(Share *s)
{
	hang_up(s);
	(void)output(s);
	console_port_open(port_of(s), false);
}

static void
share_io(Share *s)
{
	bool full = output(s);

	if (s->fd < 0)
		return;
	if (input(s))
		poll_for(s, (full ? UV_WRITABLE : 0) | (s->has_in ? UV_READABLE : 0));
	else
		lost(s);
}

static void
end(Share *s)
{
	hang_up(s);
	if (s->pid > 0 && kill(s->pid, SIGKILL) == 0)
		s->killed = s->pid;
	s->pid = 0;
	(void)output(s); /* what was on its way is nobody's */
}

static bool
begin(Share *s)
{
	int fd[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) < 0)
		return false;
	pid = u9fs_start(s->option, fd[1]);
	close(fd[1]);
	if (pid < 0 || (s->poll = malloc(sizeof *s->poll)) == NULL) {
		close(fd[0]);
		return false;
	}
	s->pid = pid;
	s->fd = fd[0];
	uv_poll_init(shares.loop, s->poll, s->fd); /* makes it non-blocking */
	s->poll->data = s;
	return true;
}

void
share_connect(int port)
{
	Share *s = &shares.share[port - PORT_SHARE];

	end(s);
	if (!begin(s)) {
		fprintf(stderr, "lp49sim: --share %s: can't start u9fs\n", s->option->dir);
		console_port_open(port, false);
		return;
	}
	console_port_open(port, true);
	share_io(s);
}

void
share_disconnect(int port)
{
	end(&shares.share[port - PORT_SHARE]);
	console_port_open(port, false);
}

void
share_notify(int port)
{
	Share *s = &shares.share[port - PORT_SHARE];

	if (port < PORT_SHARE || port >= PORT_SHARE + shares.n)
		return;
	share_io(s);
}

void
share_reap(void)
{
	int status;

	for (Share *s = shares.share; s < shares.share + shares.n; s++) {
		if (s->killed > 0 && waitpid(s->killed, NULL, WNOHANG) == s->killed)
			s->killed = 0;
		if (s->pid <= 0 || waitpid(s->pid, &status, WNOHANG) != s->pid)
			continue;
		s->pid = 0;
		u9fs_ended(s->option, (int)(s - shares.share), status);
		if (s->fd >= 0) {
			(void)input(s); /* its last words */
			lost(s);
		}
	}
}

void
share_init(const Options *o, uv_loop_t *loop, int dev)
{
	shares.n = o->nshare;
	shares.loop = loop;
	shares.dev = dev;
	for (int i = 0; i < o->nshare; i++) {
		int rx = 2 + 2 * (PORT_SHARE + i);

		shares.share[i] = (Share){ .option = &o->share[i], .fd = -1, .rx = rx, .tx = rx + 1 };
	}
}
