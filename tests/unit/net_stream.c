/*
 * tests/unit/net_stream.c - QEMU's stream of frames, cut as a socket may cut it, and
 * streams that are none.
 * Goal: every frame comes whole, once, in order, however its bytes come and however
 * often its taker pauses; a bad stream ends the connection and nothing else.
 */
#include <fcntl.h>
#include <stdarg.h>
#include "sim/host/net_stream.c"
#include "tests/unit.h"

const char program[] = "test";
static int ngot, waiting, ready_for;
static size_t got[2000];
static bool ended;
static int dropped;

int
uv_poll_init(uv_loop_t *loop, uv_poll_t *p, int fd)
{
	(void)loop, (void)p, (void)fd;
	return 0;
}

int
uv_poll_start(uv_poll_t *p, int events, uv_poll_cb cb)
{
	(void)p, (void)cb;
	waiting = events;
	return 0;
}

int
uv_poll_stop(uv_poll_t *p)
{
	(void)p;
	waiting = 0;
	return 0;
}

void
uv_close(uv_handle_t *p, uv_close_cb cb)
{
	ended = true;
	cb(p);
}

void
options_bad(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ck_abort_msg("%s", fmt);
	va_end(ap);
	abort();
}

void
net_path(struct sockaddr_un *a, const char *path)
{
	(void)a, (void)path;
}

int
net_bind(int type, const char *path)
{
	(void)type, (void)path;
	return -1;
}

/* the link's flow: ready_for frames are wanted */
bool
net_ready(NetLink *l)
{
	if (ready_for > 0)
		return true;
	l->paused = true;
	l->poll(l, false);
	return false;
}

void
net_take(NetLink *l, const uint8_t *frame, size_t n)
{
	(void)l;
	ck_assert_int_gt(ready_for, 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(frame[i], (uint8_t)(n + i));
	got[ngot++] = n;
	ready_for--;
}

static void
wake(Stream *s, int n)
{
	ready_for = n;
	if (s->link.paused) {
		s->link.paused = false;
		s->link.poll(&s->link, true);
	}
}

static int far;

static void
stopped(void *arg, bool up)
{
	(void)arg;
	dropped += !up;
}

static Stream *
start(void)
{
	int s[2];
	NetLink *l;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	fcntl(s[1], F_SETFL, O_NONBLOCK);
	far = s[1];
	l = net_stream_fd(s[0], NULL);
	l->state = stopped;
	ready_for = 1 << 30;
	return (Stream *)l;
}

/* The bytes of a frame of n bytes behind its size. */
static size_t
frame_put(uint8_t *p, size_t n)
{
	p[0] = (uint8_t)(n >> 24);
	p[1] = (uint8_t)(n >> 16);
	p[2] = (uint8_t)(n >> 8);
	p[3] = (uint8_t)n;
	for (size_t i = 0; i < n; i++)
		p[HEAD + i] = (uint8_t)(n + i);
	return HEAD + n;
}

static const size_t sizes[] = { 14, 60, FRAME_MAX, FRAME_MAX + 1, 0, 1, 70, 9000, 65536, SIZE_MAX_QEMU, 61 };
static const size_t wanted[] = { 14, 60, FRAME_MAX, 0, 1, 70, 61 };
/* bytes that come at once; the taker pauses after each so many frames, 0: never */
static const struct {
	size_t step;
	int pause;
} cuts[] = { { 1, 0 }, { 3, 1 }, { 4, 2 }, { 1000, 0 }, { 1000, 1 }, { 60000, 1 }, { 60000, 0 }, { 7, 3 } };

START_TEST(frames_come_whole_however_they_are_cut)
{
	static uint8_t bytes[300000];
	Stream *s = start();
	size_t n = 0;

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		n += frame_put(bytes + n, sizes[i]);
	for (size_t at = 0; at < n;) {
		size_t k = n - at < cuts[_i].step ? n - at : cuts[_i].step;

		ck_assert_int_eq(send(far, bytes + at, k, 0), (ssize_t)k);
		at += k;
		wake(s, cuts[_i].pause == 0 ? 1 << 30 : cuts[_i].pause);
		stream_event(s->poll, 0, UV_READABLE);
	}
	for (int i = 0; i < 100; i++) {
		wake(s, 1);
		stream_event(s->poll, 0, UV_READABLE);
	}
	ck_assert_int_eq(ngot, (int)(sizeof wanted / sizeof wanted[0]));
	for (int i = 0; i < ngot; i++)
		ck_assert_uint_eq(got[i], wanted[i]);
	ck_assert(!ended);
	stream_drop(s);
	free(s);
}
END_TEST

START_TEST(size_that_no_frame_has_ends_it)
{
	Stream *s = start();
	uint8_t bytes[100];
	size_t n = frame_put(bytes, 20);

	memcpy(bytes + n, "GET / HTTP/1.0", 14);
	ck_assert_int_eq(send(far, bytes, n + 14, 0), (ssize_t)n + 14);
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	stream_event(s->poll, 0, UV_READABLE);
	ck_assert_int_eq(ngot, 1);
	ck_assert(ended);
	ck_assert_int_eq(dropped, 1);
	stream_send(&s->link, bytes, 60); /* to nobody */
	free(s);
}
END_TEST

START_TEST(other_end_that_goes_ends_it)
{
	Stream *s = start();
	uint8_t bytes[100] = { 0 };

	close(far);
	if (_i == 0)
		stream_event(s->poll, 0, UV_READABLE);
	else
		stream_send(&s->link, bytes, 60);
	ck_assert(ended);
	ck_assert_int_eq(dropped, 1);
	free(s);
}
END_TEST

/* What is written is whole frames, also when the reader is slow. */
START_TEST(slow_reader_gets_whole_frames)
{
	static uint8_t frame[FRAME_MAX], bytes[HEAD + FRAME_MAX];
	Stream *s = start();
	int size = 5000, nframe = 0;
	size_t nin = 0;

	setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	for (int i = 0; i < 3000; i++) {
		ssize_t k;

		memset(frame, i, sizeof frame);
		stream_send(&s->link, frame, i % 2 ? FRAME_MAX : 700);
		ck_assert(waiting & UV_READABLE);
		if (i % 3 != 0)
			continue;
		if (waiting & UV_WRITABLE)
			stream_event(s->poll, 0, UV_WRITABLE);
		k = recv(far, bytes + nin, (nin < HEAD ? HEAD : HEAD + size_at(bytes)) - nin, MSG_DONTWAIT);
		if (k > 0)
			nin += (size_t)k;
		if (nin >= HEAD && nin == HEAD + size_at(bytes)) {
			ck_assert(size_at(bytes) == FRAME_MAX || size_at(bytes) == 700);
			for (size_t b = HEAD; b < nin; b++)
				ck_assert_uint_eq(bytes[b], bytes[HEAD]);
			nframe++;
			nin = 0;
		}
	}
	ck_assert_int_gt(nframe, 100);
	ck_assert(!ended);
	stream_drop(s);
	free(s);
}
END_TEST

START_TEST(half_written_frame_is_not_touched)
{
	uint8_t frame[60] = { 1 };
	Stream *s = start();

	s->nout = 100;
	s->outpos = 50;
	memset(s->out, 7, s->nout);
	stream_send(&s->link, frame, sizeof frame);
	ck_assert_uint_eq(s->out[50], 7);
	ck_assert_uint_eq(s->nout, 100);
	stream_drop(s);
	free(s);
}
END_TEST

static const char two[2];

UNIT_SUITE("net_stream", LOOP(frames_come_whole_however_they_are_cut, cuts), CASE(size_that_no_frame_has_ends_it),
    LOOP(other_end_that_goes_ends_it, two), CASE(slow_reader_gets_whole_frames),
    CASE(half_written_frame_is_not_touched))
