/*
 * net.h - virtual ethernets: what --net asks for, the links to them, the capture.
 * lp49sim's device model (net.c) and lp49qemu (target-x86/host/relay.c) use the same.
 */
#ifndef SIM_HOST_NET_H
#define SIM_HOST_NET_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>
#include <uv.h>

enum { NET_MAX = 4, HOSTFWD_MAX = 16, MAC_SIZE = 6, FRAME_MIN = 14, FRAME_MAX = 1514 };

typedef struct HostFwd HostFwd;
struct HostFwd {                 /* a port of the host that is one of the node's */
	const char *text;
	bool udp;
	struct in_addr host, guest;
	int host_port, guest_port;
};
typedef struct NetOption NetOption;
struct NetOption {               /* one --net */
	enum { NET_HUB, NET_LISTEN, NET_CONNECT, NET_DGRAM, NET_TAP, NET_USER } kind;
	const char *name;        /* of the hub, the interface; the path to listen at, to connect to */
	const char *local, *remote; /* NET_DGRAM: paths, or UDP ports of 127.0.0.1 */
	HostFwd fwd[HOSTFWD_MAX]; /* NET_USER */
	int nfwd;
	uint8_t mac[MAC_SIZE];
};
/* net_parse exits with 2 and one line when arg, which it cuts up, is wrong. */
void net_parse(NetOption *o, char *arg);

/*
 * A link: the far end of a card's cable. Who opened it gets its frames, of FRAME_MIN
 * to FRAME_MAX bytes, as long as ready() says so; when it said no: net_wake.
 * All in the thread of one libuv loop.
 */
typedef struct NetLink NetLink;
struct NetLink {
	/* the owner's */
	void *arg;
	bool (*ready)(void *arg);
	void (*frame)(void *arg, const uint8_t *frame, size_t n);
	void (*state)(void *arg, bool up); /* somebody is at the other end */
	/* the link's */
	void (*send)(NetLink *l, const uint8_t *frame, size_t n); /* what finds no room is lost */
	void (*poll)(NetLink *l, bool on);
	void (*end)(NetLink *l); /* its files go; NULL: it has none */
	bool paused;
	NetLink *next;
};
/* net_open exits with 2 and one line when it can't be had. net_end: the last call. */
NetLink *net_open(const NetOption *o, uv_loop_t *loop);
void net_wake(NetLink *l);
void net_end(void);

/* ---- for the links' files, net_*.c ---- */
enum { NET_BURST = 64 };         /* frames before others get their turn */
bool net_ready(NetLink *l);      /* may it receive? Else it is paused */
void net_take(NetLink *l, const uint8_t *frame, size_t n); /* a frame came; bad sizes are dropped */
NetLink *net_hub_open(const NetOption *o, uv_loop_t *loop);
NetLink *net_stream_open(const NetOption *o, uv_loop_t *loop);
NetLink *net_stream_fd(int fd, uv_loop_t *loop);  /* connected */
NetLink *net_dgram_open(const NetOption *o, uv_loop_t *loop);
NetLink *net_tap_open(const NetOption *o, uv_loop_t *loop);
NetLink *net_user_open(const NetOption *o, uv_loop_t *loop);
NetLink *net_frames_fd(int fd, uv_loop_t *loop);  /* each read and write is a frame */
struct sockaddr_un;
void net_path(struct sockaddr_un *a, const char *path); /* exits when it is too long */
/* A socket bound to path; a file that a dead node left there is removed. Exits. */
int net_bind(int type, const char *path);

/* ---- net_pcap.c: the capture file of --pcap ---- */
void pcap_open(const char *file);        /* exits with 2 and one line; NULL: no capture */
void pcap_frame(const uint8_t *frame, size_t n);
#endif
