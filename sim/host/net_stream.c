/*
 * sim/host/net_stream.c - a cable to one other machine over a Unix stream socket,
 * as QEMU's "-netdev stream" has it: each frame behind its size, four bytes,
 * big-endian. Who listens takes one connection at a time, the next when it ended;
 * meanwhile the card's link is down.
 * LIMITS  frames of more than FRAME_MAX bytes are skipped; a size above SIZE_MAX_QEMU
 *         is no such stream, the connection ends. One frame waits to be written on,
 *         others are lost meanwhile.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "sim/host/host.h"

enum { HEAD = 4, SIZE_MAX_QEMU = 4096 + 65536, IN_SIZE = 65536 };

typedef struct Stream Stream;
struct Stream {
	NetLink link;
	uv_loop_t *loop;
	const char *path;        /* where it listens; NULL: connected */
	int listener, fd;        /* -1: none */
	uv_poll_t listen_poll, *poll;
	uint8_t in[IN_SIZE], out[HEAD + FRAME_MAX];
	size_t nin, skip;        /* bytes there; of those still to come, not wanted */
	size_t nout, outpos;
};

static void stream_event(uv_poll_t *poll, int status, int events);
static void stream_accept(uv_poll_t *poll, int status, int events);

static void
poll_closed(uv_handle_t *poll)
{
	close((int)(intptr_t)poll->data);
	free(poll);
}

/* Waits for what can be done now. */
static void
stream_wait(Stream *s)
{
	int events = (s->link.paused ? 0 : UV_READABLE) | (s->nout > s->outpos ? UV_WRITABLE : 0);

	if (s->fd < 0)
		return;
	if (events != 0)
		uv_poll_start(s->poll, events, stream_event);
	else
		uv_poll_stop(s->poll);
}

static void
stream_state(Stream *s, bool up)
{
	if (s->link.state)
		s->link.state(s->link.arg, up);
}

static void
stream_drop(Stream *s)
{
	s->poll->data = (void *)(intptr_t)s->fd;
	uv_close((uv_handle_t *)s->poll, poll_closed);
	s->poll = NULL;
	s->fd = -1;
	if (s->listener >= 0)
		uv_poll_start(&s->listen_poll, UV_READABLE, stream_accept);
	stream_state(s, false);
}

static void
stream_take(Stream *s, int fd)
{
	s->poll = malloc(sizeof *s->poll);
	if (s->poll == NULL)
		options_bad("--net: out of memory");
	s->fd = fd;
	s->nin = s->skip = s->nout = s->outpos = 0;
	uv_poll_init(s->loop, s->poll, fd);
	s->poll->data = s;
	stream_wait(s);
}

static uint32_t
size_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Gives away the whole frames that are there, while they are wanted. False: no such stream. */
static bool
stream_frames(Stream *s)
{
	size_t at = 0;

	for (;;) {
		size_t left = s->nin - at, k = s->skip < left ? s->skip : left;
		uint32_t size;

		at += k;
		left -= k;
		s->skip -= k;
		if (left < HEAD || s->skip > 0)
			break;
		if ((size = size_at(s->in + at)) > SIZE_MAX_QEMU)
			return false;
		if (size <= FRAME_MAX) {
			if (left - HEAD < size || !net_ready(&s->link))
				break;
			net_take(&s->link, s->in + at + HEAD, size);
		} else {
			s->skip = size;
			size = 0;
		}
		at += HEAD + size;
	}
	s->nin -= at;
	memmove(s->in, s->in + at, s->nin);
	return true;
}

static void
stream_read(Stream *s)
{
	for (int i = 0; i < NET_BURST && net_ready(&s->link); i++) {
		ssize_t n = recv(s->fd, s->in + s->nin, sizeof s->in - s->nin, MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n > 0)
			s->nin += (size_t)n;
		if (n > 0 && stream_frames(s) && s->fd >= 0)
			continue;
		if (s->fd < 0)   /* an answer to a frame found the other end gone */
			return;
		if (n > 0)
			fprintf(stderr, "%s: --net socket: the other end does not send frames as QEMU's stream does\n", program);
		stream_drop(s);
		return;
	}
}

/* Goes on with the frame that is half written. */
static void
stream_write(Stream *s)
{
	ssize_t n = send(s->fd, s->out + s->outpos, s->nout - s->outpos, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		stream_drop(s);
		return;
	}
	if (n > 0)
		s->outpos += (size_t)n;
	if (s->outpos == 0)      /* not begun: it is lost, as on a wire */
		s->nout = 0;
	stream_wait(s);
}

static void
stream_event(uv_poll_t *poll, int status, int events)
{
	Stream *s = poll->data;

	if (s->nout > s->outpos && events & UV_WRITABLE)
		stream_write(s);
	if (s->fd >= 0 && (status < 0 || events & UV_READABLE))
		stream_read(s);
}

static void
stream_send(NetLink *l, const uint8_t *frame, size_t n)
{
	Stream *s = (Stream *)l;

	if (s->fd < 0 || s->nout > s->outpos)
		return;
	for (int i = 0; i < HEAD; i++)
		s->out[i] = (uint8_t)(n >> (24 - 8 * i));
	memcpy(s->out + HEAD, frame, n);
	s->nout = HEAD + n;
	s->outpos = 0;
	stream_write(s);
}

static void
stream_poll(NetLink *l, bool on)
{
	Stream *s = (Stream *)l;

	stream_wait(s);
	if (on && s->fd >= 0 && !stream_frames(s))
		stream_drop(s);
}

static void
stream_end(NetLink *l)
{
	unlink(((Stream *)l)->path);
}

static void
stream_accept(uv_poll_t *poll, int status, int events)
{
	Stream *s = poll->data;
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)status, (void)events;
	if (fd < 0)
		return;
	uv_poll_stop(poll);
	stream_take(s, fd);
	stream_state(s, true);
}

static Stream *
stream_new(uv_loop_t *loop)
{
	Stream *s = calloc(1, sizeof *s);

	if (s == NULL)
		options_bad("--net: out of memory");
	s->link.send = stream_send;
	s->link.poll = stream_poll;
	s->loop = loop;
	s->listener = s->fd = -1;
	return s;
}

NetLink *
net_stream_fd(int fd, uv_loop_t *loop)
{
	Stream *s = stream_new(loop);

	stream_take(s, fd);
	return &s->link;
}

static NetLink *
stream_listen(const char *path, uv_loop_t *loop)
{
	Stream *s = stream_new(loop);

	s->listener = net_bind(SOCK_STREAM, path);
	s->path = path;
	s->link.end = stream_end;
	if (listen(s->listener, 1) < 0)
		options_bad("--net: %s: %s", path, strerror(errno));
	uv_poll_init(loop, &s->listen_poll, s->listener);
	s->listen_poll.data = s;
	uv_poll_start(&s->listen_poll, UV_READABLE, stream_accept);
	return &s->link;
}

NetLink *
net_stream_open(const NetOption *o, uv_loop_t *loop)
{
	struct sockaddr_un a;
	int fd;

	if (o->kind == NET_LISTEN)
		return stream_listen(o->name, loop);
	net_path(&a, o->name);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&a, sizeof a) < 0)
		options_bad("--net: %s: %s; start the machine that listens there first", o->name, strerror(errno));
	return net_stream_fd(fd, loop);
}
