/*
 * sim/host/net_dgram.c - a cable to one other machine over datagrams, as QEMU's
 * "-netdev dgram" has it: a frame is a datagram, between two Unix sockets or two
 * UDP ports of 127.0.0.1. Either side may start first, end, and start again.
 * net_frames_fd: the same over any descriptor that keeps frames apart.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "sim/host/host.h"

typedef struct Dgram Dgram;
struct Dgram {
	NetLink link;
	int fd;
	uv_poll_t poll;
	const char *path;        /* our socket's */
	struct sockaddr_un remote; /* AF_UNIX, or fd knows itself where frames go */
};

static void
dgram_readable(uv_poll_t *poll, int status, int events)
{
	Dgram *d = poll->data;
	uint8_t frame[FRAME_MAX + 1]; /* so that one that is too long shows */

	(void)status, (void)events;
	for (int i = 0; i < NET_BURST && net_ready(&d->link); i++) {
		ssize_t n = read(d->fd, frame, sizeof frame);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n > 0)       /* else: UDP's word that nobody is there */
			net_take(&d->link, frame, (size_t)n);
	}
}

static void
dgram_send(NetLink *l, const uint8_t *frame, size_t n)
{
	Dgram *d = (Dgram *)l;
	ssize_t k;

	if (d->remote.sun_family == AF_UNIX)
		k = sendto(d->fd, frame, n, MSG_DONTWAIT, (struct sockaddr *)&d->remote, sizeof d->remote);
	else
		k = write(d->fd, frame, n);
	(void)k;                 /* lost, as on a wire */
}

static void
dgram_poll(NetLink *l, bool on)
{
	Dgram *d = (Dgram *)l;

	if (on)
		uv_poll_start(&d->poll, UV_READABLE, dgram_readable);
	else
		uv_poll_stop(&d->poll);
}

static void
dgram_end(NetLink *l)
{
	unlink(((Dgram *)l)->path);
}

/* A port's number, 0: it is a path. */
static unsigned
port_of(const char *s)
{
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	if (*s < '0' || *s > '9' || *end != '\0')
		return 0;
	if (n == 0 || n > 65535)
		options_bad("--net socket: a UDP port is a number from 1 to 65535, not %s; a path has a /", s);
	return (unsigned)n;
}

static int
udp_open(unsigned local, unsigned remote)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	a.sin_port = htons((uint16_t)local);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0)
		options_bad("--net socket: UDP port %u: %s", local, strerror(errno));
	a.sin_port = htons((uint16_t)remote);
	if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0) /* hears that port alone */
		options_bad("--net socket: UDP port %u: %s", remote, strerror(errno));
	return fd;
}

NetLink *
net_frames_fd(int fd, uv_loop_t *loop)
{
	Dgram *d = calloc(1, sizeof *d);

	if (d == NULL)
		options_bad("--net: out of memory");
	d->fd = fd;
	d->link.send = dgram_send;
	d->link.poll = dgram_poll;
	uv_poll_init(loop, &d->poll, d->fd);
	d->poll.data = d;
	uv_poll_start(&d->poll, UV_READABLE, dgram_readable);
	return &d->link;
}

NetLink *
net_dgram_open(const NetOption *o, uv_loop_t *loop)
{
	unsigned local = port_of(o->local), remote = port_of(o->remote);
	struct sockaddr_un a;
	Dgram *d;

	if ((local == 0) != (remote == 0))
		options_bad("--net socket: local=%s and remote=%s: both paths, or both UDP ports", o->local, o->remote);
	if (local != 0)
		return net_frames_fd(udp_open(local, remote), loop);
	net_path(&a, o->remote);
	d = (Dgram *)net_frames_fd(net_bind(SOCK_DGRAM, o->local), loop);
	d->remote = a;
	d->path = o->local;
	d->link.end = dgram_end;
	return &d->link;
}
