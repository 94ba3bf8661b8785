/*
 * target-x86/host/relay.c - the cables of QEMU's network cards. Each ends in a
 * stream of frames to this program ("-netdev socket,fd="), which passes them between
 * that and the link of --net (sim/host/net.h): so hubs, sockets and the capture are the
 * simulator's. What the one side has no room for is lost, as on a wire. Whether a cable
 * ends somewhere is told to QEMU's monitor, which tells the card.
 * LOCKS  none: links are opened before the thread starts, which then has them alone,
 *        but for net_end, that only removes files
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "target-x86/host/qemu.h"

typedef struct Relay Relay;
struct Relay {
	NetLink *wire, *card;
	int qemu;                /* QEMU's end */
};
static Relay relay[NET_MAX];
static int nrelay;
static uv_loop_t loop;
static struct {
	int mine, qemu;          /* the two ends of its socket */
	uv_poll_t poll;
} monitor;

static bool
relay_ready(void *arg)
{
	(void)arg;
	return true;
}

static void
frame_in(void *arg, const uint8_t *frame, size_t n)
{
	NetLink *card = ((Relay *)arg)->card;

	pcap_frame(frame, n);
	card->send(card, frame, n);
}

static void
frame_out(void *arg, const uint8_t *frame, size_t n)
{
	NetLink *wire = ((Relay *)arg)->wire;

	pcap_frame(frame, n);
	wire->send(wire, frame, n);
}

/* ---- the monitor: commands of QMP, whose answers nobody needs ---- */
static void __attribute__((format(printf, 1, 2)))
monitor_say(const char *fmt, ...)
{
	char text[128];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	(void)send(monitor.mine, text, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
monitor_readable(uv_poll_t *poll, int status, int events)
{
	char text[4096];
	ssize_t n = recv(monitor.mine, text, sizeof text, MSG_DONTWAIT);

	(void)status, (void)events;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		uv_poll_stop(poll); /* QEMU has ended */
}

static void
link_tell(void *arg, bool up)
{
	monitor_say("{\"execute\":\"set_link\",\"arguments\":{\"name\":\"n%d\",\"up\":%s}}\n",
	    (int)((Relay *)arg - relay), up ? "true" : "false");
}

static void
monitor_make(void)
{
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0)
		die(EXIT_SYSTEM, "socketpair: %s", strerror(errno));
	fcntl(s[0], F_SETFD, FD_CLOEXEC);
	monitor.mine = s[0];
	monitor.qemu = s[1];
	uv_poll_init(&loop, &monitor.poll, s[0]);
	uv_poll_start(&monitor.poll, UV_READABLE, monitor_readable);
	monitor_say("{\"execute\":\"qmp_capabilities\"}\n");
}

static void
relay_make(Relay *r, const NetOption *o)
{
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0)
		die(EXIT_SYSTEM, "socketpair: %s", strerror(errno));
	fcntl(s[0], F_SETFD, FD_CLOEXEC);
	fcntl(s[0], F_SETFL, O_NONBLOCK);
	r->qemu = s[1];
	r->wire = net_open(o, &loop);
	r->card = net_stream_fd(s[0], &loop);
	r->wire->arg = r->card->arg = r;
	r->wire->ready = r->card->ready = relay_ready;
	r->wire->frame = frame_in;
	r->card->frame = frame_out;
	r->wire->state = link_tell;
	if (o->kind == NET_LISTEN)
		link_tell(r, false);
}

void
relays_make(const Options *o)
{
	if (o->nnet == 0)
		return;
	if (uv_loop_init(&loop) < 0)
		die(EXIT_SYSTEM, "no event loop");
	monitor_make();
	for (; nrelay < o->nnet; nrelay++)
		relay_make(&relay[nrelay], &o->net[nrelay]);
	pcap_open(o->pcap);
}

int
relay_qemu(int i)
{
	return relay[i].qemu;
}

int
relay_monitor(void)
{
	return monitor.qemu;
}

static void *
relay_run(void *arg)
{
	(void)arg;
	uv_run(&loop, UV_RUN_DEFAULT);
	return NULL;
}

void
relays_start(void)
{
	pthread_t t;

	if (nrelay == 0)
		return;
	for (int i = 0; i < nrelay; i++)
		close(relay[i].qemu);
	close(monitor.qemu);
	if (pthread_create(&t, NULL, relay_run, NULL) != 0)
		die(EXIT_SYSTEM, "pthread_create: no thread");
}
