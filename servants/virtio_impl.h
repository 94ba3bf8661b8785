/*
 * virtio_impl.h - split virtqueues for the drivers in this folder.
 */
#ifndef SERVANTS_VIRTIO_IMPL_H
#define SERVANTS_VIRTIO_IMPL_H
#include "core/core.h"

enum { VIRTIO_NET = 1, VIRTIO_BLK = 2, VIRTIO_CONSOLE = 3, VIRTIO_RNG = 4 };
#define VIRTIO_F_VERSION_1 (1ull << 32)

typedef struct VirtBuf VirtBuf;
struct VirtBuf {
	uint64_t pa;
	uint32_t n;
	bool in;             /* the device writes it; these come last */
};

/* One queue. Its owner's lock guards add and take. */
typedef struct Virtq Virtq;
struct Virtq {
	VirtioDev *dev;
	int index;
	uint16_t num;
	struct VirtDesc *desc;
	struct VirtAvail *avail;
	struct VirtUsed *used;
	uint16_t nfree, head, taken;
	uint16_t *next;      /* the free list and the chains: ours, not the device's */
	void **token;        /* by first descriptor; NULL: not in flight */
};

/* The nth device of that kind. 0 or -Enonexist. */
int virtio_find(uint32_t device_id, int nth, VirtioDev *out);
int virtq_init(Virtq *q, VirtioDev *dev, int index, uint16_t want);
/* token (not NULL) comes back from virtq_take. 0 or -Enospc: not enough descriptors. */
int virtq_add(Virtq *q, const VirtBuf *b, size_t nb, void *token) MUST_USE;
void virtq_kick(Virtq *q);
/* A finished chain's token and how much the device says it wrote; NULL: none. */
void *virtq_take(Virtq *q, uint32_t *len);

/* fn(arg, isr bits) runs at every interrupt of dev: irq_attach. */
int virtio_irq_start(const char *name, VirtioDev *dev, void (*fn)(void *arg, uint32_t isr), void *arg);

/*
 * virtio_port.c: the control queues of a console with VIRTIO_CONSOLE_F_MULTIPORT.
 * portctl_init before the device starts, portctl_start right after, which
 * returns when the ports are known (a second at the most); portctl_interrupt at
 * every interrupt. event is told of each message.
 */
enum { DEVICE_READY, PORT_ADD, PORT_REMOVE, PORT_READY, CONSOLE_PORT, PORT_RESIZE, PORT_OPEN, PORT_NAMED };
int portctl_init(VirtioDev *dev, void (*event)(uint32_t port, int event, int value));
void portctl_start(void);
void portctl_interrupt(void);
void portctl_open(uint32_t port, bool open);  /* says that the driver has it open, or not any more */

/*
 * virtio_cons.c: the console's ports. vcons_start: 0, or -Enonexist without
 * a console.
 */
enum { SHARE_MAX = 8 };
enum { PORT_TERM, PORT_IN, PORT_OUT, PORT_ERR, PORT_HIST, PORT_SHARE, PORT_MAX = PORT_SHARE + SHARE_MAX };
int vcons_start(void (*resize)(void));
/* Takes all n bytes, which the device then writes in order; -Enonexist: no such port. */
int64_t vcons_write(int port, const void *buf, size_t n) MUST_USE;
/* From any thread, in any state: text for the terminal, without sleeping; what
 * finds no room is lost. */
void vcons_put(const char *s, size_t n);
/* At most n bytes; 0: the input's end. Input of the host is taken only when it
 * is asked for, the terminal's as it comes. */
int64_t vcons_read(int port, void *buf, size_t n) MUST_USE;
void vcons_size(unsigned *cols, unsigned *rows);     /* 0, 0: unknown */
void vcons_drain(int64_t timeout_ms);                /* wait until all is written */
bool vcons_there(int port);
/*
 * The ports from PORT_SHARE on are connections to programs of the host. Each
 * vcons_connect begins a new one, with a number of its own that its reads and
 * writes name: those of an earlier one see a connection that has ended.
 * vcons_connected: the host's end is there. A write of up to a buffer's size goes
 * out as a whole or not at all.
 */
int vcons_connect(int port, uint32_t *link) MUST_USE; /* -Ehungup: nobody is at the other end */
void vcons_disconnect(int port, uint32_t link);
bool vcons_connected(int port, uint32_t link);
int64_t vcons_link_read(int port, uint32_t link, void *buf, size_t n) MUST_USE;
int64_t vcons_link_write(int port, uint32_t link, const void *buf, size_t n) MUST_USE;

/* virtio_rng.c: n <= 256 random bytes; the count, or -Enonexist without a device. */
int64_t vrng_read(void *buf, size_t n) MUST_USE;

#endif
