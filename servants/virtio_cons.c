/*
 * servants/virtio_cons.c - the console device and its ports: 0 the terminal,
 * 1 the host's standard input, 2 output, 3 error, 4 the user's history, from PORT_SHARE
 * on connections to programs of the host. Output is copied and written behind the
 * caller's back, in order; when the device could not write some of it, or the host has
 * closed the port, later writes fail. Input ends when the host closes the port, or with
 * an empty buffer.
 * LOCKS   vcons.lk guards queues and buffers; leaf. Port.room is woken outside.
 * LIMITS  NTX buffers of TXSIZE wait for the device, then writers do
 * SEE     virtio 1.1, 5.3; sim/host/console.c
 */
#include "hvm/hvm.h"
#include "servants/virtio_impl.h"

enum {
	NTX = 4, NPUT = 4, TXSIZE = 32 * 1024, PUTSIZE = 1024,
	NRX_TERM = 4, RXSIZE_TERM = 1024, RXSIZE = 64 * 1024,
	NRX_SHARE = NRX_TERM, SHARESIZE = 68 * 1024, /* a 9P message of 64K of data */
	CONNECT_MS = 10000,
	WROTE_CLOSED = 1, WROTE_FULL = 2, /* used length of output; sim/host/console.c */
	CFG_COLS = 0, CFG_ROWS = 2, CFG_NPORT = 4, PAGE = 4096, QUEUE = 64,
};
#define F_SIZE (1ull << 0)
#define F_MULTIPORT (1ull << 1)
#define F_CONNECT (1ull << 20)   /* lp49sim's own: "open" from the driver begins a connection */

typedef struct Buf Buf;
struct Buf {
	enum { IDLE, FILLING, BUSY, DONE } state; /* vcons.lk */
	uint8_t *mem;
	uint64_t pa;
	uint32_t n, taken;       /* received; read of it */
};
typedef struct Port Port;
struct Port {
	bool made;               /* immutable; queues and buffers */
	unsigned nrx, rxsize, txsize; /* immutable */
	QLock init_lk;           /* input_init */
	/* vcons.lk */
	Virtq rx, tx;
	Buf in[NRX_TERM], out[NTX], put[NPUT];
	unsigned oldest;         /* input comes in this order */
	bool writing;            /* a writer is between its first and last byte */
	bool added;              /* the device has it; stays so */
	bool open;               /* the host has it open */
	bool eof;
	uint32_t outend;         /* 0, or why output is written no more */
	uint32_t link;           /* the connection's number; 0 where there is one only */
	Rendez ready, room;
};
static struct {
	VirtioDev dev;
	Lock lk;
	Port port[PORT_MAX];
	void (*resize)(void);
	bool there, sized, connects; /* immutable */
} vcons;

/* REQUIRES vcons.lk. Takes back what the device is through with. */
static void
reap_locked(Port *p)
{
	uint32_t len;
	Buf *b;

	while ((b = virtq_take(&p->tx, &len)) != NULL) {
		b->state = IDLE;
		p->outend = p->outend != 0 ? p->outend : len;
	}
	while ((b = virtq_take(&p->rx, &len)) != NULL) {
		b->n = len < p->rxsize ? len : p->rxsize;
		b->taken = 0;
		b->state = DONE;
	}
}

/* What the device says of a port. What the host wrote before it closed is read first. */
static void
port_event(uint32_t id, int event, int value)
{
	Port *p = &vcons.port[id];

	if (id >= PORT_MAX || !p->made)
		return;
	lock(&vcons.lk);
	reap_locked(p);
	if (event == PORT_ADD)
		p->added = true;
	if (event == PORT_OPEN)
		p->open = value != 0;
	unlock(&vcons.lk);
	rendez_wakeup(&p->ready);
	rendez_wakeup(&p->room);
}

static void
vcons_interrupt(void *arg, uint32_t isr)
{
	USED(arg);
	if (isr & 2 && vcons.resize != NULL)
		vcons.resize();
	portctl_interrupt();
	for (size_t i = 0; i < nelem(vcons.port); i++) {
		Port *p = &vcons.port[i];

		if (!p->made)
			continue;
		lock(&vcons.lk);
		reap_locked(p);
		unlock(&vcons.lk);
		/* always: vcons_put may have reaped in our place */
		rendez_wakeup(&p->ready);
		rendez_wakeup(&p->room);
	}
}

/* ---- set up ---- */

static int
bufs_init(Buf *b, unsigned n, size_t size)
{
	void *va;
	uint64_t pa;
	int rc = hvm_mem((n * size + PAGE - 1) / PAGE, &va, &pa);

	for (unsigned i = 0; rc == 0 && i < n; i++) {
		b[i].mem = (uint8_t *)va + i * size;
		b[i].pa = pa + i * size;
	}
	return rc;
}

static int
port_init(Port *p, int index)
{
	int rc, q = index == 0 ? 0 : 2 + 2 * index; /* 2 and 3 are the control queues */

	p->nrx = index == PORT_TERM ? NRX_TERM : 1;
	p->rxsize = index == PORT_TERM ? RXSIZE_TERM : RXSIZE;
	p->txsize = TXSIZE;
	if (index >= PORT_SHARE) {
		p->nrx = NRX_SHARE;
		p->rxsize = p->txsize = SHARESIZE;
	}
	if ((rc = virtq_init(&p->rx, &vcons.dev, q, QUEUE)) < 0 ||
	    (rc = virtq_init(&p->tx, &vcons.dev, q + 1, QUEUE)) < 0)
		return rc;
	if (index == PORT_TERM && (rc = bufs_init(p->put, NPUT, PUTSIZE)) < 0)
		return rc;
	p->made = true;
	return 0;
}

int
vcons_start(void (*resize)(void))
{
	uint64_t got = 0;
	uint32_t nport = 1;
	int rc;

	if ((rc = virtio_find(VIRTIO_CONSOLE, 0, &vcons.dev)) < 0 ||
	    (rc = plat_virtio_reset(&vcons.dev, VIRTIO_F_VERSION_1 | F_SIZE | F_MULTIPORT | F_CONNECT, &got)) < 0)
		return rc;
	vcons.resize = resize;
	vcons.sized = (got & F_SIZE) != 0;
	vcons.connects = (got & F_CONNECT) != 0;
	if (got & F_MULTIPORT)
		plat_virtio_config(&vcons.dev, CFG_NPORT, &nport, sizeof nport);
	for (uint32_t i = 0; i < PORT_MAX && (i == 0 || i < nport); i++)
		if ((rc = port_init(&vcons.port[i], (int)i)) < 0)
			return rc;
	if ((got & F_MULTIPORT) && (rc = portctl_init(&vcons.dev, port_event)) < 0)
		return rc;
	plat_virtio_start(&vcons.dev);
	vcons.there = true;
	if ((rc = virtio_irq_start("console", &vcons.dev, vcons_interrupt, NULL)) < 0)
		return rc;
	if (got & F_MULTIPORT)
		portctl_start();
	else
		vcons.port[PORT_TERM].added = vcons.port[PORT_TERM].open = true;
	return 0;
}

void
vcons_size(unsigned *cols, unsigned *rows)
{
	uint16_t c = 0, r = 0;

	if (vcons.sized) {
		plat_virtio_config(&vcons.dev, CFG_COLS, &c, sizeof c);
		plat_virtio_config(&vcons.dev, CFG_ROWS, &r, sizeof r);
	}
	*cols = c;
	*rows = r;
}

static Port *
port_at(int port)
{
	bool added;

	if (port < 0 || port >= PORT_MAX || !vcons.there)
		return NULL;
	lock(&vcons.lk);
	added = vcons.port[port].added;
	unlock(&vcons.lk);
	return added ? &vcons.port[port] : NULL;
}

bool
vcons_there(int port)
{
	return port_at(port) != NULL;
}

/* ---- output ---- */

static bool
may_write(void *arg)
{
	Port *p = arg;
	bool r;

	lock(&vcons.lk);
	r = !p->writing;
	unlock(&vcons.lk);
	return r;
}

static bool
has_room(void *arg)
{
	Port *p = arg;
	bool r = false;

	lock(&vcons.lk);
	for (size_t i = 0; i < NTX; i++)
		r = r || p->out[i].state == IDLE;
	unlock(&vcons.lk);
	return r;
}

/* An idle buffer of b, now being filled by the caller; NULL: none. */
static Buf *
buf_claim(Port *p, Buf *b, size_t n)
{
	Buf *got = NULL;

	lock(&vcons.lk);
	reap_locked(p);
	for (size_t i = 0; i < n && got == NULL; i++)
		if (b[i].state == IDLE)
			got = &b[i];
	if (got != NULL)
		got->state = FILLING;
	unlock(&vcons.lk);
	return got;
}

static int
buf_send(Port *p, uint32_t link, Buf *b, size_t n)
{
	VirtBuf v = { b->pa, (uint32_t)n, false };
	int rc;

	lock(&vcons.lk);
	rc = p->link == link ? virtq_add(&p->tx, &v, 1, b) : -Ehungup;
	b->state = rc == 0 ? BUSY : IDLE;
	unlock(&vcons.lk);
	if (rc == 0)
		virtq_kick(&p->tx);
	return rc;
}

/* Has the device refused output? */
static int
port_refused(Port *p, uint32_t link)
{
	uint32_t end;

	lock(&vcons.lk);
	reap_locked(p);
	end = p->outend != 0 ? p->outend : p->open && p->link == link ? 0 : WROTE_CLOSED;
	unlock(&vcons.lk);
	switch (end) {
	case 0: return 0;
	case WROTE_CLOSED: return seterr(Epipe, NULL);
	case WROTE_FULL: return seterr(Enospc, NULL);
	}
	return seterr(Eio, NULL);
}

/* REQUIRES p->writing is the caller's. One buffer's worth of output. */
static int64_t
port_write(Port *p, uint32_t link, const uint8_t *s, size_t n)
{
	Buf *b;
	int rc;

	while ((b = buf_claim(p, p->out, NTX)) == NULL)
		if ((rc = rendez_sleep(&p->room, has_room, p, -1)) < 0)
			return rc;
	if (b->mem == NULL && (rc = bufs_init(b, 1, p->txsize)) < 0) {
		lock(&vcons.lk);
		b->state = IDLE;
		unlock(&vcons.lk);
		return rc;
	}
	if (n > p->txsize)
		n = p->txsize;
	memcpy(b->mem, s, n);
	rc = buf_send(p, link, b, n);
	return rc == 0 ? (int64_t)n : seterr(rc == -Ehungup ? Ehungup : Eio, "console");
}

int64_t
vcons_link_write(int port, uint32_t link, const void *buf, size_t n)
{
	Port *p = port_at(port);
	size_t done = 0;
	int64_t rc = 0;
	bool mine = false;

	if (p == NULL)
		return seterr(Enonexist, "console port %d", port);
	if ((rc = port_refused(p, link)) < 0)
		return rc;
	while (!mine) {
		lock(&vcons.lk);
		mine = !p->writing;
		p->writing = true;
		unlock(&vcons.lk);
		if (!mine && (rc = rendez_sleep(&p->room, may_write, p, -1)) < 0)
			return rc;
	}
	while (done < n && (rc = port_write(p, link, (const uint8_t *)buf + done, n - done)) > 0)
		done += (size_t)rc;
	lock(&vcons.lk);
	p->writing = false;
	unlock(&vcons.lk);
	rendez_wakeup(&p->room);
	return done > 0 || rc >= 0 ? (int64_t)done : rc;
}

int64_t
vcons_write(int port, const void *buf, size_t n)
{
	return vcons_link_write(port, 0, buf, n);
}

void
vcons_put(const char *s, size_t n)
{
	Port *p = port_at(PORT_TERM);
	Buf *b;

	if (p == NULL)
		return;
	while (n > 0) {
		size_t k = n < PUTSIZE ? n : PUTSIZE;

		for (int try = 0; (b = buf_claim(p, p->put, NPUT)) == NULL && try < 1000; try++)
			L4_ThreadSwitch(L4_nilthread);
		if (b == NULL)
			return;
		memcpy(b->mem, s, k);
		if (buf_send(p, 0, b, k) < 0)
			return;
		s += k;
		n -= k;
	}
}

static bool
port_idle(void *arg)
{
	Port *p = arg;
	bool idle;

	lock(&vcons.lk);
	reap_locked(p);
	idle = p->tx.nfree == p->tx.num;
	unlock(&vcons.lk);
	return idle;
}

void
vcons_drain(int64_t timeout_ms)
{
	for (int i = 0; i < PORT_SHARE; i++) {
		Port *p = port_at(i);

		/* a write that stays unfinished must not keep the machine on */
		if (p != NULL && rendez_sleep(&p->room, port_idle, p, timeout_ms) < 0)
			return;
	}
}

/* ---- input ---- */

/* Gives the device what the reader wants filled. */
static void
port_ask(Port *p, size_t n)
{
	bool kick = false;

	lock(&vcons.lk);
	for (unsigned k = 0; k < p->nrx; k++) {
		Buf *b = &p->in[(p->oldest + k) % p->nrx];
		VirtBuf v = { b->pa, n < p->rxsize ? (uint32_t)n : p->rxsize, true };

		if (b->state != IDLE)
			continue;
		if (virtq_add(&p->rx, &v, 1, b) < 0)
			break;
		b->state = BUSY;
		kick = true;
	}
	unlock(&vcons.lk);
	if (kick)
		virtq_kick(&p->rx);
}

static bool
has_input(void *arg)
{
	Port *p = arg;
	bool r;

	lock(&vcons.lk);
	r = p->eof || !p->open || p->in[p->oldest].state == DONE;
	unlock(&vcons.lk);
	return r;
}

/* Claims the oldest input, for its caller to copy; NULL: none, or the end (*eof). */
static Buf *
input_claim(Port *p, uint32_t link, bool *eof)
{
	Buf *b;
	bool got;

	lock(&vcons.lk);
	b = &p->in[p->oldest];
	got = b->state == DONE && p->link == link;
	if (got)
		b->state = FILLING;
	*eof = p->eof || !p->open || p->link != link;
	unlock(&vcons.lk);
	return got ? b : NULL;
}

/* k bytes of b were copied: gives it back, or leaves the rest for the next reader. */
static void
input_release(Port *p, Buf *b, size_t k)
{
	lock(&vcons.lk);
	b->taken += (uint32_t)k;
	p->eof = p->eof || b->n == 0;
	b->state = b->taken == b->n ? IDLE : DONE;
	if (b->state == IDLE)
		p->oldest = (p->oldest + 1) % p->nrx;
	unlock(&vcons.lk);
	rendez_wakeup(&p->ready);
}

/* The buffers for input are made at the first read. */
static int
input_init(Port *p)
{
	int rc = 0;

	qlock(&p->init_lk);
	if (p->in[0].mem == NULL)
		rc = bufs_init(p->in, p->nrx, p->rxsize);
	qunlock(&p->init_lk);
	return rc;
}

int64_t
vcons_link_read(int port, uint32_t link, void *buf, size_t n)
{
	Port *p = port_at(port);
	size_t count;
	bool eof;
	Buf *b;
	int rc;

	if (p == NULL)
		return seterr(Enonexist, "console port %d", port);
	if (n == 0)
		return 0;
	if ((rc = input_init(p)) < 0)
		return rc;
	while ((b = input_claim(p, link, &eof)) == NULL) {
		if (eof)
			return 0;
		/* of the host's files no more is taken than is asked for */
		port_ask(p, port == PORT_TERM || port >= PORT_SHARE ? p->rxsize : n);
		if ((rc = rendez_sleep(&p->ready, has_input, p, -1)) < 0)
			return rc;
	}
	count = b->n - b->taken < n ? b->n - b->taken : n;
	memcpy(buf, b->mem + b->taken, count);
	input_release(p, b, count);
	if (port == PORT_TERM && !p->eof)
		port_ask(p, RXSIZE_TERM);
	return (int64_t)count;
}

int64_t
vcons_read(int port, void *buf, size_t n)
{
	return vcons_link_read(port, 0, buf, n);
}

/* ---- connections ---- */

static bool
is_open(void *arg)
{
	Port *p = arg;
	bool r;

	lock(&vcons.lk);
	r = p->open;
	unlock(&vcons.lk);
	return r;
}

int
vcons_connect(int port, uint32_t *link)
{
	Port *p = port_at(port);
	uint32_t mine;

	if (p == NULL)
		return seterr(Enonexist, "console port %d", port);
	lock(&vcons.lk);
	reap_locked(p);
	mine = ++p->link;
	if (vcons.connects)
		p->open = false; /* until the device says so */
	for (unsigned i = 0; i < p->nrx && p->in[p->oldest].state == DONE; i++) {
		p->in[p->oldest].state = IDLE; /* of the last one */
		p->oldest = (p->oldest + 1) % p->nrx;
	}
	unlock(&vcons.lk);
	rendez_wakeup(&p->ready);
	rendez_wakeup(&p->room);
	portctl_open((uint32_t)port, true);
	if (rendez_sleep(&p->ready, is_open, p, vcons.connects ? CONNECT_MS : 0) < 0)
		return seterr(Ehungup, NULL);
	*link = mine;
	return 0;
}

void
vcons_disconnect(int port, uint32_t link)
{
	if (vcons_connected(port, link))
		portctl_open((uint32_t)port, false);
}

bool
vcons_connected(int port, uint32_t link)
{
	Port *p = port_at(port);
	bool r;

	if (p == NULL)
		return false;
	lock(&vcons.lk);
	r = p->open && p->link == link;
	unlock(&vcons.lk);
	return r;
}
