/*
 * sim/host/net_tap.c - an interface of the host, whose frames are the node's.
 * SEE Linux, Documentation/networking/tuntap.rst
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include "sim/host/host.h"

NetLink *
net_tap_open(const NetOption *o, uv_loop_t *loop)
{
	struct ifreq r = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	snprintf(r.ifr_name, sizeof r.ifr_name, "%s", o->name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &r) < 0)
		options_bad("--net tap:%s: %s; root makes it: ip tuntap add %s mode tap user NAME; ip link set %s up",
		    o->name, strerror(errno), o->name, o->name);
	return net_frames_fd(fd, loop);
}
