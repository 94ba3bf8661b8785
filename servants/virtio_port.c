/*
 * servants/virtio_port.c - the control queues of a virtio console that has
 * several ports: which of them there are, and whether the host has them open.
 * Each port that the device adds is answered with "ready", and with "open" when it
 * is one of the terminal's and the host's files'.
 * LOCKS   ctl.lk guards queues and buffers; leaf. event is called without it.
 * LIMITS  NMSG messages of the device wait to be read, then it drops them
 * SEE     virtio 1.1, 5.3.6; servants/virtio_cons.c
 */
#include "hvm/hvm.h"
#include "servants/virtio_impl.h"

enum { QUEUE_RX = 2, QUEUE_TX = 3, NMSG = 32, MSGSIZE = 64, PAGE = 4096, WAIT_US = 50 };

typedef struct Msg Msg;
struct Msg {                     /* little-endian, as every machine of LP49 is */
	uint32_t id;
	uint16_t event, value;
};
_Static_assert(NMSG * MSGSIZE <= PAGE, "a page each way");

static struct {
	Lock lk;
	Virtq rx, tx;                /* lk */
	uint8_t *in, *out;           /* NMSG slots each */
	uint64_t inpa, outpa;
	uint32_t free;               /* lk; bit i: slot i of out */
	atomic_bool starting;        /* portctl_start alone takes messages */
	void (*event)(uint32_t port, int event, int value);
} ctl;

/* REQUIRES ctl.lk. */
static void
slot_offer(unsigned i)
{
	VirtBuf b = { ctl.inpa + i * MSGSIZE, MSGSIZE, true };

	if (virtq_add(&ctl.rx, &b, 1, ctl.in + i * MSGSIZE) < 0)
		panic("virtio console: control queue");
}

static void
ctl_send(uint32_t port, int event, int value)
{
	Msg m = { port, (uint16_t)event, (uint16_t)value };
	uint32_t len;
	uint8_t *slot;
	int i;

	lock(&ctl.lk);
	while ((slot = virtq_take(&ctl.tx, &len)) != NULL)
		ctl.free |= 1u << (slot - ctl.out) / MSGSIZE;
	for (i = 0; i < NMSG && !(ctl.free >> i & 1); i++)
		;
	if (i < NMSG) {
		VirtBuf b = { ctl.outpa + (unsigned)i * MSGSIZE, sizeof m, false };

		slot = ctl.out + i * MSGSIZE;
		memcpy(slot, &m, sizeof m);
		if (virtq_add(&ctl.tx, &b, 1, slot) == 0)
			ctl.free &= ~(1u << i);
	}
	unlock(&ctl.lk);
	if (i < NMSG)
		virtq_kick(&ctl.tx);
}

/* The device's next message; false: none. */
static bool
ctl_receive(Msg *m)
{
	uint32_t len;
	uint8_t *slot;
	bool whole = false;

	while (!whole) {
		lock(&ctl.lk);
		if ((slot = virtq_take(&ctl.rx, &len)) != NULL) {
			whole = len >= sizeof *m;
			memcpy(m, slot, sizeof *m);
			slot_offer((unsigned)(slot - ctl.in) / MSGSIZE);
		}
		unlock(&ctl.lk);
		if (slot == NULL)
			return false;
		virtq_kick(&ctl.rx);
	}
	return true;
}

static void
ctl_serve(void)
{
	Msg m;

	while (ctl.in != NULL && ctl_receive(&m)) {
		if (m.event == PORT_ADD) {
			ctl_send(m.id, PORT_READY, 1);
			if (m.id < PORT_SHARE)
				ctl_send(m.id, PORT_OPEN, 1);
		}
		ctl.event(m.id, m.event, m.value);
	}
}

void
portctl_interrupt(void)
{
	if (!atomic_load(&ctl.starting))
		ctl_serve();
}

void
portctl_open(uint32_t port, bool open)
{
	ctl_send(port, PORT_OPEN, open);
}

int
portctl_init(VirtioDev *dev, void (*event)(uint32_t port, int event, int value))
{
	void *in, *out;
	int rc;

	if ((rc = virtq_init(&ctl.rx, dev, QUEUE_RX, NMSG)) < 0 ||
	    (rc = virtq_init(&ctl.tx, dev, QUEUE_TX, NMSG)) < 0 ||
	    (rc = hvm_mem(1, &in, &ctl.inpa)) < 0 || (rc = hvm_mem(1, &out, &ctl.outpa)) < 0)
		return rc;
	ctl.in = in;
	ctl.out = out;
	ctl.free = ~(uint32_t)0;
	ctl.event = event;
	atomic_store(&ctl.starting, true);
	for (unsigned i = 0; i < NMSG && i < ctl.rx.num; i++)
		slot_offer(i);
	return 0;
}

/* Has the device taken all that was sent to it? */
static bool
ctl_idle(void)
{
	uint32_t len;
	uint8_t *slot;
	bool idle;

	lock(&ctl.lk);
	while ((slot = virtq_take(&ctl.tx, &len)) != NULL)
		ctl.free |= 1u << (slot - ctl.out) / MSGSIZE;
	idle = ctl.free == ~(uint32_t)0;
	unlock(&ctl.lk);
	return idle;
}

/*
 * A device queues its answers before it gives a message back: after two
 * rounds the ports are known, and which of them the host has open. Were a
 * message in the hands of the interrupt's thread, a round would end too early.
 */
void
portctl_start(void)
{
	virtq_kick(&ctl.rx);
	ctl_send(0, DEVICE_READY, 1);
	for (int round = 0; round < 2; round++) {
		for (int us = 0; us < 1000000 && !ctl_idle(); us += WAIT_US)
			L4_Sleep(L4_TimePeriod(WAIT_US));
		ctl_serve();
	}
	atomic_store(&ctl.starting, false);
	ctl_serve(); /* what came while the interrupt's thread was told to wait */
}
