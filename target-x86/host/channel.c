/*
 * target-x86/host/channel.c - what goes between this program's standard streams and
 * QEMU's devices: a socket and a thread for each port of the virtio console, and
 * for COM1, whose end is kept; all that a root task of one's own (--root) says is on
 * it, so then standard error has it at once.
 * A terminal has no end that could be told: the end of a pipe is typed, ^D, again
 * and again until LP49 has ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "target-x86/host/qemu.h"

enum { SERIAL_KEEP = 4096, CTRL_C = 3, CTRL_D = 4, TYPE_PAUSE_US = 200000 };

typedef struct Channel Channel;
struct Channel {
	int mine, qemu;         /* the two ends of a socket */
	int fd;                 /* the host's file: IN reads it, the others write it; -1: nobody's */
	pthread_t thread;
};
static Channel channel[NCHANNEL];
static bool typed;              /* TERM is typed from standard input */
static char serial[SERIAL_KEEP]; /* the last of COM1, a ring */
static size_t serial_count;
static _Atomic bool output_failed;

static bool
write_all(int fd, const char *s, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, s, n);

		if (k < 0 && (errno == EINTR || errno == EAGAIN)) {
			struct pollfd p = { fd, POLLOUT, 0 };

			poll(&p, 1, -1);
			continue;
		}
		if (k < 0)
			return false;
		s += k;
		n -= (size_t)k;
	}
	return true;
}

/* to fd, or kept when that is -1; lines end with CR LF */
static bool
serial_write(int fd, char *s, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (s[i] != '\r')
			s[k++] = s[i];
	if (fd >= 0)
		return write_all(fd, s, k);
	for (size_t i = 0; i < k; i++)
		serial[serial_count++ % SERIAL_KEEP] = s[i];
	return true;
}

/* Moves bytes until the end of either side, which the other is then told. */
static void *
channel_run(void *arg)
{
	Channel *c = arg;
	bool in = c == &channel[IN];
	int from = in ? c->fd : c->mine, to = in ? c->mine : c->fd;
	char buf[65536];
	ssize_t n;

	for (;;) {
		n = read(from, buf, sizeof buf);
		if (n < 0 && errno == EAGAIN) {
			struct pollfd p = { from, POLLIN, 0 };

			poll(&p, 1, -1);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (!(c == &channel[SERIAL] ? serial_write(to, buf, (size_t)n) : write_all(to, buf, (size_t)n))) {
			if (!in && errno != EPIPE && !output_failed) {
				output_failed = true;
				fprintf(stderr, "%s: standard %s: %s\n", program,
				    c->fd == 1 ? "output" : "error", uv_strerror(uv_translate_sys_error(errno)));
			}
			break;
		}
	}
	shutdown(c->mine, in ? SHUT_WR : SHUT_RDWR);
	return NULL;
}

/* A pipe's bytes, as if typed. */
static void *
type_run(void *arg)
{
	char buf[4096];
	ssize_t n;

	(void)arg;
	while ((n = read(0, buf, sizeof buf)) > 0)
		if (!write_all(channel[TERM].mine, buf, (size_t)n))
			return NULL;
	for (buf[0] = CTRL_D; write_all(channel[TERM].mine, buf, 1);)
		usleep(TYPE_PAUSE_US);
	return NULL;
}

void
channels_make(enum Mode mode, bool show_serial)
{
	const int fds[NCHANNEL] = { mode == MODE_BATCH ? 2 : 1, mode == MODE_BATCH ? 0 : -1, 1, 2, show_serial ? 2 : -1 };

	typed = mode == MODE_PIPE;
	for (int i = 0; i < NCHANNEL; i++) {
		int s[2];

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0)
			die(EXIT_SYSTEM, "socketpair: %s", strerror(errno));
		fcntl(s[0], F_SETFD, FD_CLOEXEC);
		channel[i] = (Channel){ .mine = s[0], .qemu = s[1], .fd = fds[i] };
	}
}

int
channel_qemu(int i)
{
	return channel[i].qemu;
}

void
channels_start(void)
{
	pthread_t t;

	for (int i = 0; i < NCHANNEL; i++) {
		close(channel[i].qemu);
		if (pthread_create(&channel[i].thread, NULL, channel_run, &channel[i]) != 0)
			die(EXIT_SYSTEM, "pthread_create: no thread");
	}
	if (typed && pthread_create(&t, NULL, type_run, NULL) != 0)
		die(EXIT_SYSTEM, "pthread_create: no thread");
}

void
channels_join(void)
{
	for (int i = 0; i < NCHANNEL; i++)
		if (i != IN)
			pthread_join(channel[i].thread, NULL);
}

void
channel_interrupt(void)
{
	write_all(channel[TERM].mine, (char[]){ CTRL_C }, 1);
}

bool
channel_output_failed(void)
{
	return output_failed;
}

void
channel_serial_show(void)
{
	size_t n = serial_count < SERIAL_KEEP ? serial_count : SERIAL_KEEP;

	for (size_t i = serial_count - n; i < serial_count; i++)
		fputc(serial[i % SERIAL_KEEP], stderr);
}
