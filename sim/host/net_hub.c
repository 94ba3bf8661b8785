/*
 * sim/host/net_hub.c - an ethernet of one user's nodes on one host, without a
 * process of its own: each node is connected to each other one by a Unix socket
 * that keeps frames apart (SEQPACKET), and sends each frame to all.
 * FILES   DIR/NAME/PID.N, mode 0700 all of it: where a node can be reached. DIR is
 *         $XDG_RUNTIME_DIR/lp49-hub, or /tmp/lp49-hub-UID. The last node removes
 *         NAME; what a killed one leaves, the next to come does.
 * LOCKS   flock of NAME while a node joins or leaves: of two nodes the later one
 *         connects, so that there is one connection between them.
 * LIMITS  a node that doesn't read loses frames, when HUB_BUFFER bytes or what the host
 *         allows wait for it; nobody waits for it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "sim/host/host.h"

enum { HUB_BUFFER = 1 << 20, HUB_BACKLOG = 64, JOIN_TRIES = 200, TRY_US = 10000, DIR_SIZE = 96 };

typedef struct Peer Peer;
typedef struct Hub Hub;
struct Peer {
	uv_poll_t poll;
	int fd;
	Hub *hub;
	Peer *next;
};
struct Hub {
	NetLink link;
	uv_loop_t *loop;
	char base[DIR_SIZE], dir[DIR_SIZE + 40], path[DIR_SIZE + 80];
	int listener;
	uv_poll_t poll;          /* of the listener */
	Peer *peers;
};

static void peer_readable(uv_poll_t *poll, int status, int events);

static void
peer_closed(uv_handle_t *poll)
{
	Peer *p = poll->data;

	close(p->fd);
	free(p);
}

static void
peer_drop(Peer *p)
{
	for (Peer **at = &p->hub->peers; *at != NULL; at = &(*at)->next)
		if (*at == p) {
			*at = p->next;
			break;
		}
	uv_close((uv_handle_t *)&p->poll, peer_closed);
}

static void
peer_add(Hub *h, int fd)
{
	Peer *p = calloc(1, sizeof *p);
	int size = HUB_BUFFER;

	if (p == NULL) {
		close(fd);
		return;
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	p->fd = fd;
	p->hub = h;
	p->next = h->peers;
	h->peers = p;
	uv_poll_init(h->loop, &p->poll, fd);
	p->poll.data = p;
	if (!h->link.paused)
		uv_poll_start(&p->poll, UV_READABLE, peer_readable);
}

static void
peer_readable(uv_poll_t *poll, int status, int events)
{
	Peer *p = poll->data;
	uint8_t frame[FRAME_MAX];

	(void)status, (void)events;
	for (int i = 0; i < NET_BURST && net_ready(&p->hub->link); i++) {
		/* MSG_TRUNC: the size that it has, not what there was room for */
		ssize_t n = recv(p->fd, frame, sizeof frame, MSG_DONTWAIT | MSG_TRUNC);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			peer_drop(p);
			return;
		}
		net_take(&p->hub->link, frame, (size_t)n);
	}
}

static void
hub_accept(uv_poll_t *poll, int status, int events)
{
	Hub *h = poll->data;
	int fd;

	(void)status, (void)events;
	while ((fd = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
		peer_add(h, fd);
}

static void
hub_send(NetLink *l, const uint8_t *frame, size_t n)
{
	Hub *h = (Hub *)l;

	for (Peer *p = h->peers, *next; p != NULL; p = next) {
		next = p->next;
		if (send(p->fd, frame, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && (errno == EPIPE || errno == ECONNRESET))
			peer_drop(p);
	}
}

static void
hub_poll(NetLink *l, bool on)
{
	Hub *h = (Hub *)l;

	for (Peer *p = h->peers; p != NULL; p = p->next)
		if (on)
			uv_poll_start(&p->poll, UV_READABLE, peer_readable);
		else
			uv_poll_stop(&p->poll);
}

/* ---- joining and leaving ---- */
/* Makes the folder, or finds it to be this user's alone. False: its parent is gone. */
static bool
dir_make(const char *path)
{
	struct stat st;

	if (mkdir(path, 0700) < 0 && errno != EEXIST) {
		if (errno == ENOENT)
			return false;
		options_bad("--net hub: %s: %s", path, strerror(errno));
	}
	if (lstat(path, &st) < 0)
		return false;
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		options_bad("--net hub: %s: not a folder that is yours alone (mode 0700); remove it", path);
	return true;
}

/* The hub's folder, locked: nobody joins, leaves or removes it meanwhile; -1: not now. */
static int
dir_lock(const Hub *h)
{
	struct stat st;
	int fd = open(h->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 && st.st_nlink > 0)
		return fd;
	close(fd);
	return -1;
}

static void
peer_connect(Hub *h, const char *path)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un a;

	net_path(&a, path);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&a, sizeof a) == 0) {
		peer_add(h, fd);
		return;
	}
	if (errno == ECONNREFUSED)
		unlink(path);    /* it was killed */
	else if (errno != ENOENT)
		fprintf(stderr, "%s: --net hub: %s: %s; that node is not heard\n", program, path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* REQUIRES the folder's lock. */
static void
hub_connect(Hub *h)
{
	DIR *d = opendir(h->dir);
	char path[sizeof h->dir + sizeof((struct dirent *)0)->d_name + 1];

	if (d == NULL)
		return;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		snprintf(path, sizeof path, "%s/%s", h->dir, e->d_name);
		if (e->d_name[0] != '.' && strcmp(path, h->path) != 0)
			peer_connect(h, path);
	}
	closedir(d);
}

static void
hub_end(NetLink *l)
{
	const Hub *h = (Hub *)l;
	int fd;

	for (int try = 0; (fd = dir_lock(h)) < 0 && try < JOIN_TRIES; try++)
		usleep(TRY_US);
	unlink(h->path);
	rmdir(h->dir);           /* fails while others are there */
	rmdir(h->base);
	if (fd >= 0)
		close(fd);
}

NetLink *
net_hub_open(const NetOption *o, uv_loop_t *loop)
{
	static int nth;
	const char *run = getenv("XDG_RUNTIME_DIR");
	Hub *h = calloc(1, sizeof *h);
	int lock = -1, n;

	if (h == NULL)
		options_bad("--net: out of memory");
	h->link.send = hub_send;
	h->link.poll = hub_poll;
	h->link.end = hub_end;
	h->loop = loop;
	if (run != NULL && access(run, W_OK) == 0)
		n = snprintf(h->base, sizeof h->base, "%s/lp49-hub", run);
	else
		n = snprintf(h->base, sizeof h->base, "/tmp/lp49-hub-%u", (unsigned)geteuid());
	if (n >= (int)sizeof h->base)
		options_bad("--net hub: XDG_RUNTIME_DIR is too long a name: %s", run);
	snprintf(h->dir, sizeof h->dir, "%s/%s", h->base, o->name);
	snprintf(h->path, sizeof h->path, "%s/%d.%d", h->dir, (int)getpid(), nth++);
	for (int try = 0; try < JOIN_TRIES && lock < 0; try++) {
		if (try > 0)
			usleep(TRY_US);
		if (dir_make(h->base) && dir_make(h->dir))
			lock = dir_lock(h);
	}
	if (lock < 0)
		options_bad("--net hub: %s: another node keeps it locked; is one stopped?", h->dir);
	h->listener = net_bind(SOCK_SEQPACKET, h->path);
	if (listen(h->listener, HUB_BACKLOG) < 0)
		options_bad("--net hub: %s: %s", h->path, strerror(errno));
	hub_connect(h);
	close(lock);
	uv_poll_init(loop, &h->poll, h->listener);
	h->poll.data = h;
	uv_poll_start(&h->poll, UV_READABLE, hub_accept);
	return &h->link;
}
