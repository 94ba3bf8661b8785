/*
 * sim/host/net_link.c - what all links to virtual ethernets share: which of them
 * there are, their flow, sockets in the file system.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "sim/host/host.h"

static NetLink *links;
static pid_t owner;              /* a child that fails leaves the files alone */

NetLink *
net_open(const NetOption *o, uv_loop_t *loop)
{
	NetLink *l;

	if (links == NULL)
		atexit(net_end); /* options_bad() */
	owner = getpid();
	switch (o->kind) {
	case NET_HUB: l = net_hub_open(o, loop); break;
	case NET_DGRAM: l = net_dgram_open(o, loop); break;
	case NET_TAP: l = net_tap_open(o, loop); break;
	case NET_USER: l = net_user_open(o, loop); break;
	default: l = net_stream_open(o, loop);
	}
	l->next = links;
	links = l;
	return l;
}

void
net_end(void)
{
	for (NetLink *l; (l = links) != NULL && getpid() == owner;) {
		links = l->next;
		if (l->end)
			l->end(l);
	}
}

bool
net_ready(NetLink *l)
{
	if (!l->paused && l->ready(l->arg))
		return true;
	if (!l->paused) {
		l->paused = true;
		l->poll(l, false);
	}
	return false;
}

void
net_wake(NetLink *l)
{
	if (!l->paused)
		return;
	l->paused = false;
	l->poll(l, true);
}

void
net_take(NetLink *l, const uint8_t *frame, size_t n)
{
	if (n >= FRAME_MIN && n <= FRAME_MAX)
		l->frame(l->arg, frame, n);
}

void
net_path(struct sockaddr_un *a, const char *path)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof a->sun_path)
		options_bad("--net: %s: a socket's path has at most %zu bytes", path, sizeof a->sun_path - 1);
	strcpy(a->sun_path, path);
}

/* Is it a socket that nobody has open any more? */
static bool
path_dead(int type, const struct sockaddr_un *a)
{
	struct stat st;
	bool dead;
	int fd;

	if (lstat(a->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	dead = fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof *a) < 0 && errno == ECONNREFUSED;
	if (fd >= 0)
		close(fd);
	return dead;
}

int
net_bind(int type, const char *path)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un a;

	net_path(&a, path);
	for (int try = 0; try < 2; try++) {
		if (fd >= 0 && bind(fd, (const struct sockaddr *)&a, sizeof a) == 0)
			return fd;
		if (fd < 0 || errno != EADDRINUSE)
			options_bad("--net: %s: %s", path, strerror(errno));
		if (!path_dead(type, &a))
			break;
		unlink(path);
	}
	options_bad("--net: %s: in use, or not a socket; remove it, or take another name", path);
}
