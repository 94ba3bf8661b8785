/*
 * sim/host/net_user.c - the host's network as an ordinary user has it: libslirp
 * answers the node's frames, and makes connections of the host's out of its packets.
 * The node's network is QEMU's: 10.0.2.0/24, the host is .2, the name server .3, DHCP
 * gives .15; IPv6 fec0::/64.
 * libslirp runs in a thread of its own, on a pair of sockets that keep frames apart.
 * LOCKS  none: after the start the thread alone has struct User
 * SEE    libslirp.h; net_nouser.c, built where it is not installed
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <slirp/libslirp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "sim/host/host.h"

enum { NTIMER = 4, TIMEOUT_MS = 1000, NPOLL = 1024 };

typedef struct Timer Timer;
struct Timer {
	SlirpTimerCb cb;         /* NULL: free */
	void *arg;
	int64_t at_ms;           /* -1: not set */
};
typedef struct User User;
struct User {
	Slirp *slirp;
	int fd;                  /* frames from and to the link */
	Timer timer[NTIMER];
	struct pollfd poll[NPOLL]; /* the first is fd's */
	int npoll;
};

/* ---- what libslirp asks for ---- */
static ssize_t
user_send(const void *frame, size_t n, void *arg)
{
	User *u = arg;

	(void)send(u->fd, frame, n, MSG_DONTWAIT | MSG_NOSIGNAL); /* or it is lost */
	return (ssize_t)n;
}

static void
user_error(const char *text, void *arg)
{
	(void)text, (void)arg;   /* a packet of the node's makes no sense: no more than on a wire */
}

static int64_t
user_clock(void *arg)
{
	(void)arg;
	return (int64_t)uv_hrtime();
}

static void *
user_timer_new(SlirpTimerCb cb, void *cb_arg, void *arg)
{
	User *u = arg;

	for (int i = 0; i < NTIMER; i++)
		if (u->timer[i].cb == NULL) {
			u->timer[i] = (Timer){ cb, cb_arg, -1 };
			return &u->timer[i];
		}
	abort();                 /* it has one */
}

static void
user_timer_free(void *timer, void *arg)
{
	(void)arg;
	((Timer *)timer)->cb = NULL;
}

static void
user_timer_set(void *timer, int64_t at_ms, void *arg)
{
	(void)arg;
	((Timer *)timer)->at_ms = at_ms;
}

static void
user_fd(int fd, void *arg)
{
	(void)fd, (void)arg;     /* each round asks anew */
}

static void
user_notify(void *arg)
{
	(void)arg;               /* only the one thread calls libslirp */
}

static const SlirpCb callbacks = {
	.send_packet = user_send, .guest_error = user_error, .clock_get_ns = user_clock,
	.timer_new = user_timer_new, .timer_free = user_timer_free, .timer_mod = user_timer_set,
	.register_poll_fd = user_fd, .unregister_poll_fd = user_fd, .notify = user_notify,
};

/* ---- the thread ---- */
static int
poll_add(int fd, int events, void *arg)
{
	User *u = arg;
	struct pollfd *p = &u->poll[u->npoll];

	if (u->npoll == NPOLL)
		return -1;
	*p = (struct pollfd){ .fd = fd };
	p->events = (short)((events & SLIRP_POLL_IN ? POLLIN : 0) | (events & SLIRP_POLL_OUT ? POLLOUT : 0) |
	    (events & SLIRP_POLL_PRI ? POLLPRI : 0));
	return u->npoll++;
}

static int
poll_events(int i, void *arg)
{
	int e = i < 0 ? 0 : ((User *)arg)->poll[i].revents;

	return (e & POLLIN ? SLIRP_POLL_IN : 0) | (e & POLLOUT ? SLIRP_POLL_OUT : 0) | (e & POLLPRI ? SLIRP_POLL_PRI : 0) |
	    (e & POLLERR ? SLIRP_POLL_ERR : 0) | (e & POLLHUP ? SLIRP_POLL_HUP : 0);
}

/* Runs the timers that are due; ms until the next one. */
static int
timers_run(User *u)
{
	int64_t now = user_clock(u) / 1000000, next = TIMEOUT_MS;

	for (Timer *t = u->timer; t < u->timer + NTIMER; t++) {
		if (t->cb != NULL && t->at_ms >= 0 && t->at_ms <= now) {
			t->at_ms = -1;
			t->cb(t->arg);
		}
		if (t->cb != NULL && t->at_ms >= 0 && t->at_ms - now < next)
			next = t->at_ms - now;
	}
	return next < 0 ? 0 : (int)next;
}

static void
frames_take(User *u)
{
	uint8_t frame[FRAME_MAX];
	ssize_t n;

	for (int i = 0; i < NET_BURST && (n = recv(u->fd, frame, sizeof frame, MSG_DONTWAIT)) > 0; i++)
		slirp_input(u->slirp, frame, (int)n);
}

static void *
user_run(void *arg)
{
	User *u = arg;

	for (;;) {
		uint32_t timeout = (uint32_t)timers_run(u);
		int n;

		u->npoll = 1;
		u->poll[0] = (struct pollfd){ .fd = u->fd, .events = POLLIN };
		slirp_pollfds_fill(u->slirp, &timeout, poll_add, u);
		n = poll(u->poll, (nfds_t)u->npoll, (int)(timeout < TIMEOUT_MS ? timeout : TIMEOUT_MS));
		if (n < 0)
			for (int i = 0; i < u->npoll; i++)
				u->poll[i].revents = 0;
		slirp_pollfds_poll(u->slirp, n < 0, poll_events, u);
		if (u->poll[0].revents != 0)
			frames_take(u);
	}
	return NULL;
}

/* Signals are for the other threads. */
static bool
thread_start(User *u)
{
	sigset_t all, old;
	pthread_t t;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&t, NULL, user_run, u);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc == 0;
}

static void
forward(User *u, const HostFwd *f)
{
	if (slirp_add_hostfwd(u->slirp, f->udp, f->host, f->host_port, f->guest, f->guest_port) < 0)
		options_bad("--net user: hostfwd=%s: %s", f->text, strerror(errno));
}

NetLink *
net_user_open(const NetOption *o, uv_loop_t *loop)
{
	SlirpConfig c = { .version = 1, .in_enabled = true, .in6_enabled = true, .vprefix_len = 64 };
	User *u = calloc(1, sizeof *u);
	int s[2];

	inet_pton(AF_INET, "10.0.2.0", &c.vnetwork);
	inet_pton(AF_INET, "255.255.255.0", &c.vnetmask);
	inet_pton(AF_INET, "10.0.2.2", &c.vhost);
	inet_pton(AF_INET, "10.0.2.3", &c.vnameserver);
	inet_pton(AF_INET, "10.0.2.15", &c.vdhcp_start);
	inet_pton(AF_INET6, "fec0::", &c.vprefix_addr6);
	inet_pton(AF_INET6, "fec0::2", &c.vhost6);
	inet_pton(AF_INET6, "fec0::3", &c.vnameserver6);
	if (u == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, s) < 0)
		options_bad("--net user: %s", strerror(errno));
	u->fd = s[1];
	if ((u->slirp = slirp_new(&c, &callbacks, u)) == NULL)
		options_bad("--net user: libslirp %s does not start", slirp_version_string());
	for (int i = 0; i < o->nfwd; i++)
		forward(u, &o->fwd[i]);
	if (!thread_start(u))
		options_bad("--net user: no thread");
	return net_frames_fd(s[0], loop);
}
