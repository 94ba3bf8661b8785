/*
 * ether_impl.h - between #l (ether.c, ether_io.c, ether_conv.c) and the drivers of network
 * cards: a card sends and receives whole Ethernet frames, header first, without
 * the check sum.
 */
#ifndef SERVANTS_ETHER_IMPL_H
#define SERVANTS_ETHER_IMPL_H
#include "servants/pipe_queue.h"
#include "servants/servants_impl.h"

enum {
	ETHER_ADDR = 6, ETHER_TYPE = 12 /* where it stands */, ETHER_HEAD = 14,
	ETHER_MIN = 60, ETHER_MAX = 1514, /* of a frame that is sent */
	NCARD = 4, NCONV = 8,
};

/* ---- a card, as its driver makes it ---- */
typedef struct EtherCard EtherCard;
struct EtherCard {
	/* immutable once it is started */
	const char *driver;
	uint8_t addr[ETHER_ADDR];
	unsigned nrx, ntx;       /* frames that wait for us, for the device */
	/* Room for a frame of ETHER_MAX bytes, which goes to send; NULL: none, until
	 * room is woken and has_room(card) is true. */
	void *(*claim)(EtherCard *c);
	bool (*has_room)(void *card);
	void (*send)(EtherCard *c, void *frame, size_t n);
	void (*shutdown)(EtherCard *c);  /* what was sent is out; the device is quiet */
	Rendez room;
	/* atomic */
	atomic_bool link;
	atomic_uint bad_size;    /* frames of the device that can't be one */
	atomic_uint nsend_failed;
};
/* A frame that came in: from the interrupt's thread. It is the caller's. */
typedef void EtherInput(void *arg, const uint8_t *frame, size_t n);
/* virtio_net.c: the nth virtio card, running, or NULL. */
EtherCard *vnet_start(int nth, EtherInput *input, void *arg);

/* ---- ether_conv.c: conversations, and which frames each of them gets ---- */
enum { OWNER_SIZE = 28, TYPE_ALL = -1, TYPE_HEADS = -2, TYPE_NONE = 1 << 16 };

typedef struct Conv Conv;
typedef struct Ether Ether;
struct Conv {
	Ether *ether;            /* immutable */
	/* Ether.lk */
	unsigned nopen;          /* handles of data and ctl; 0: free */
	char owner[OWNER_SIZE];  /* "": nobody's */
	uint32_t perm;
	int type;                /* TYPE_NONE: not connected */
	bool promiscuous, bridge, heads;
	PipeQueue queue;         /* received frames, not more than QUEUE_MAX */
	Rendez readers;
};
struct Ether {
	EtherCard *card;         /* immutable; NULL: no such card */
	Lock lk;                 /* leaf */
	/* lk */
	Conv conv[NCONV];
	unsigned nused;          /* conversations that were open once: the first ones */
	unsigned npromiscuous;
	uint64_t nin, nout;      /* frames */
	uint64_t overflows;      /* that found a queue full, or no memory */
};
void ether_init(Ether *e);
/* conv_open takes conversation i for the caller, -1: a free one. Its number,
 * -Eperm, or -Einuse: all are taken. */
int conv_open(Ether *e, int i, int omode) MUST_USE;
void conv_close(Conv *cv);       /* the last one frees it */
/* Gives a copy of the frame to those that want it. from: who sent it, NULL: the network. */
void ether_pass(Ether *e, const uint8_t *frame, size_t n, const Conv *from);
bool conv_has_frame(void *conv);
/* One frame, at most n bytes of it, the rest is dropped; -Einuse: none there. */
int64_t conv_take(Conv *cv, void *buf, size_t n);
EtherInput ether_input;          /* arg: an Ether */

/* ---- ether_io.c: reads and writes; c, for rendez_yield, is a handle of cv's data ---- */
int64_t conv_read(Conv *cv, Chan *c, void *buf, size_t n);
int64_t conv_write(Conv *cv, Chan *c, const void *buf, size_t n);
int64_t conv_ctl(Conv *cv, const void *buf, size_t n);
#endif
