/*
 * sim/host/net.c - virtio network cards: queue 0 receives, 1 sends. Frames go
 * between the driver's buffers and a link (net.h) by copy; what the driver has no
 * buffer for stays in the link's sockets.
 * The driver's header of 12 bytes is not looked at: no offload is offered.
 * SEE virtio 1.1, 5.1; tests/unit/net.c
 */
#include <stdio.h>
#include <string.h>
#include "sim/host/host.h"

enum { QUEUE_RX = 0, QUEUE_TX = 1, F_MAC = 5, F_STATUS = 16, HEADER = 12, RING = 256, CFG_STATUS = 6 };

typedef struct Card Card;
struct Card {
	int dev;
	NetLink *link;
};
static Card card[SIM_DEV_MAX];           /* by device */

static bool
card_ready(void *arg)
{
	return queue_waiting(((Card *)arg)->dev, QUEUE_RX);
}

/* Copies n bytes to the writable buffers, skipping what `at` bytes have filled. */
static void
chain_put(const Chain *c, size_t at, const uint8_t *data, size_t n)
{
	for (int i = c->nout; i < c->nout + c->nin && n > 0; i++) {
		size_t room = c->iov[i].iov_len, k;

		if (at >= room) {
			at -= room;
			continue;
		}
		k = room - at < n ? room - at : n;
		memcpy((uint8_t *)c->iov[i].iov_base + at, data, k);
		data += k;
		n -= k;
		at = 0;
	}
}

/* At most n bytes of the readable buffers. */
static size_t
chain_get(const Chain *c, uint8_t *data, size_t n)
{
	size_t done = 0;

	for (int i = 0; i < c->nout && done < n; i++) {
		size_t k = c->iov[i].iov_len < n - done ? c->iov[i].iov_len : n - done;

		memcpy(data + done, c->iov[i].iov_base, k);
		done += k;
	}
	return done;
}

static void
card_frame(void *arg, const uint8_t *frame, size_t n)
{
	static const uint8_t header[HEADER] = { [10] = 1 }; /* num_buffers */
	Card *d = arg;
	Chain c;

	pcap_frame(frame, n);
	if (!queue_pop(d->dev, QUEUE_RX, &c))
		return;
	if (c.insize < HEADER + n) {     /* the driver was to have room for every frame */
		queue_push(d->dev, QUEUE_RX, c.head, 0);
		return;
	}
	chain_put(&c, 0, header, sizeof header);
	chain_put(&c, HEADER, frame, n);
	queue_push(d->dev, QUEUE_RX, c.head, (uint32_t)(HEADER + n));
}

static void
card_state(void *arg, bool up)
{
	SimDev *r = node_dev(((Card *)arg)->dev);
	uint16_t status = up;

	memcpy(r->config + CFG_STATUS, &status, sizeof status);
	r->config_gen++;
	device_irq(((Card *)arg)->dev, 2);
}

static void
card_send(Card *d)
{
	uint8_t data[HEADER + FRAME_MAX + 1];
	Chain c;

	while (queue_pop(d->dev, QUEUE_TX, &c)) {
		size_t n = chain_get(&c, data, sizeof data);

		if (n >= HEADER + FRAME_MIN && n <= HEADER + FRAME_MAX) {
			pcap_frame(data + HEADER, n - HEADER);
			d->link->send(d->link, data + HEADER, n - HEADER);
		}
		queue_push(d->dev, QUEUE_TX, c.head, 0);
	}
}

static void
card_notify(int dev, int q)
{
	if (q == QUEUE_RX)
		net_wake(card[dev].link);
	else
		card_send(&card[dev]);
}

static void
card_start(int dev)
{
	net_wake(card[dev].link);
}

void
net_init(const NetOption *o, NetLink *l)
{
	static const Device ops = { .start = card_start, .notify = card_notify };
	int dev = device_add(1, 1ull << F_MAC | 1ull << F_STATUS, 2, RING, &ops);
	uint16_t status = o->kind != NET_LISTEN;
	SimDev *r = node_dev(dev);

	memcpy(r->config, o->mac, MAC_SIZE);
	memcpy(r->config + CFG_STATUS, &status, sizeof status);
	card[dev] = (Card){ dev, l };
	l->arg = &card[dev];
	l->ready = card_ready;
	l->frame = card_frame;
	l->state = card_state;
}
