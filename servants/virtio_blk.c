/*
 * servants/virtio_blk.c - virtio disks, for #S. Data is copied through DMA
 * buffers; a big transfer is cut into pieces, several in flight at once.
 * ERRORS  Eio the device failed: the reason names disk and sector. One that has no
 *         answer for LIMIT_MS is dead: one line to kmesg, Eio for all now and later
 * LOCKS   Vblk.lk guards the queue and the slots' busy; leaf.
 *         A transfer under way cannot be interrupted: its slot belongs to the
 *         device until it has finished, for ever when it is dead.
 * LIMITS  NSMALL pieces of SMALL bytes and NLARGE of LARGE in flight; buffers
 *         are allocated at first use and kept
 * SEE     virtio 1.1, 5.2
 */
#include "hvm/hvm.h"
#include "servants/sd_impl.h"
#include "servants/virtio_impl.h"

enum {
	BLK_IN = 0, BLK_OUT = 1, BLK_FLUSH = 4, BLK_GET_ID = 8,
	F_SIZE_MAX = 1, F_RO = 5, F_BLK_SIZE = 6, F_FLUSH = 9,
	CFG_CAPACITY = 0, CFG_SIZE_MAX = 8, CFG_BLK_SIZE = 20,
	SECTOR = 512, BLK_PAGE = 4096, BLK_QUEUE = 512,
	NLARGE = 32, NSMALL = 96, LARGE = 128 * 1024, SMALL = 16 * 1024,
	WINDOW = 8,          /* pieces of one transfer in flight */
	OFF_STATUS = 16, OFF_DATA = BLK_PAGE, LIMIT_MS = 30000,
};

typedef struct BlkHead BlkHead;
struct BlkHead {
	uint32_t type, reserved;
	uint64_t sector;
};
_Static_assert(sizeof(BlkHead) == 16, "virtio 5.2.6");

typedef struct Slot Slot;
struct Slot {
	bool busy;           /* Vblk.lk */
	atomic_bool finished; /* by the interrupt: the slot is ours again */
	Rendez done;
	uint8_t *mem;        /* head, status; data at OFF_DATA */
	uint64_t pa;
	uint64_t sector;     /* of the piece in flight, for errors */
	size_t n;
	uint8_t *buf;        /* caller's */
};
typedef struct Vblk Vblk;
struct Vblk {
	Disk disk;
	VirtioDev dev;
	char name[16];
	bool can_flush;
	size_t max_piece;
	int limit_ms;
	atomic_bool dead;
	Lock lk;
	Virtq queue;         /* lk */
	unsigned ninflight, maxinflight; /* lk */
	Rendez idle;         /* a slot was freed */
	Slot slot[NLARGE + NSMALL];
};

static void
vblk_interrupt(void *arg, uint32_t isr)
{
	Vblk *d = arg;
	Slot *s;
	uint32_t len;

	USED(isr);
	for (;;) {
		lock(&d->lk);
		s = virtq_take(&d->queue, &len);
		unlock(&d->lk);
		if (s == NULL)
			return;
		atomic_store(&s->finished, true);
		rendez_wakeup(&s->done);
	}
}

/* It had no answer in time. Whoever waits for it looks again. */
static void
vblk_die(Vblk *d)
{
	if (atomic_exchange(&d->dead, true))
		return;
	klog("%s: no answer in %d s: the disk is dead, it is not used until the system starts again\n",
	    d->disk.name, d->limit_ms / 1000);
	for (size_t i = 0; i < nelem(d->slot); i++)
		rendez_wakeup(&d->slot[i].done);
	rendez_wakeup(&d->idle);
}

/* Slots from here on are large enough for n bytes. */
static size_t
slot_first(size_t n)
{
	return n <= SMALL ? 0 : NSMALL;
}

/* A free slot for n bytes, now; NULL: none. */
static Slot *
slot_claim(Vblk *d, size_t n)
{
	Slot *s = NULL;

	lock(&d->lk);
	for (size_t i = slot_first(n); i < nelem(d->slot) && d->ninflight < d->maxinflight; i++)
		if (!d->slot[i].busy) {
			s = &d->slot[i];
			s->busy = true;
			d->ninflight++;
			break;
		}
	unlock(&d->lk);
	return s;
}

/* What the device has not finished is its own. */
static void
slot_free(Vblk *d, Slot *s)
{
	if (!atomic_load(&s->finished))
		return;
	lock(&d->lk);
	s->busy = false;
	d->ninflight--;
	unlock(&d->lk);
	rendez_wakeup(&d->idle);
}

typedef struct SlotWish SlotWish;
struct SlotWish {
	Vblk *d;
	size_t n;
};

static bool
slot_waiting(void *arg)
{
	const SlotWish *w = arg;
	Vblk *d = w->d;
	bool room = false;

	lock(&d->lk);
	for (size_t i = slot_first(w->n); i < nelem(d->slot); i++)
		room = room || !d->slot[i].busy;
	room = room && d->ninflight < d->maxinflight;
	unlock(&d->lk);
	return room || atomic_load(&d->dead);
}

/* Waits for a slot (a large one serves all) and gives it its memory. */
static int
slot_get(Vblk *d, size_t n, bool wait, Slot **out)
{
	SlotWish wish = { d, n };
	Slot *s;
	void *va;
	int rc = 0;

	for (;;) {
		if (atomic_load(&d->dead))
			return seterr(Eio, "%s: the disk is dead", d->disk.name);
		if ((s = slot_claim(d, n)) != NULL)
			break;
		if (!wait)
			return -Einuse;
		if ((rc = rendez_sleep(&d->idle, slot_waiting, &wish, -1)) < 0)
			return rc;
	}
	atomic_store(&s->finished, true);
	if (s->mem == NULL) {
		size_t cap = s < &d->slot[NSMALL] ? SMALL : LARGE;

		if ((rc = hvm_mem((OFF_DATA + cap) / BLK_PAGE, &va, &s->pa)) < 0) {
			slot_free(d, s);
			return rc;
		}
		s->mem = va;
	}
	*out = s;
	return 0;
}

/* Gives a filled slot to the device. n: bytes of data. */
static int
slot_submit(Vblk *d, Slot *s, uint32_t type, uint64_t sector, size_t n)
{
	BlkHead h = { .type = type, .sector = sector };
	VirtBuf b[3] = { { s->pa, sizeof h, false } };
	size_t nb = 1;
	int rc;

	memcpy(s->mem, &h, sizeof h);
	s->mem[OFF_STATUS] = 0xFF;
	s->sector = sector;
	s->n = n;
	if (n > 0)
		b[nb++] = (VirtBuf){ s->pa + OFF_DATA, (uint32_t)n, type != BLK_OUT };
	b[nb++] = (VirtBuf){ s->pa + OFF_STATUS, 1, true };
	atomic_store(&s->finished, false);
	lock(&d->lk);
	rc = virtq_add(&d->queue, b, nb, s);
	unlock(&d->lk);
	if (rc < 0) {
		atomic_store(&s->finished, true);
		return seterr(Eio, "%s: queue is full", d->disk.name);
	}
	virtq_kick(&d->queue);
	return 0;
}

typedef struct SlotWait SlotWait;
struct SlotWait {
	Vblk *d;
	Slot *s;
};

static bool
slot_ready(void *arg)
{
	const SlotWait *w = arg;

	return atomic_load(&w->s->finished) || atomic_load(&w->d->dead);
}

/* Waits until the device is through with s; 0 or -Eio. */
static int
slot_wait(Vblk *d, Slot *s, const char *what)
{
	SlotWait w = { d, s };
	int rc;

	do
		rc = rendez_sleep(&s->done, slot_ready, &w, d->limit_ms);
	while (rc == -Eintr);
	if (rc < 0 && !atomic_load(&s->finished))
		vblk_die(d);
	if (!atomic_load(&s->finished))
		return seterr(Eio, "%s: %s sector %" PRIu64 ": no answer, the disk is dead", d->disk.name, what,
		    s->sector * SECTOR / d->disk.sector_size);
	if (*(volatile uint8_t *)&s->mem[OFF_STATUS] == 0)
		return 0;
	return seterr(Eio, "%s: %s sector %" PRIu64, d->disk.name, what,
	    s->sector * SECTOR / d->disk.sector_size);
}

typedef struct Window Window;
struct Window {              /* pieces in flight, oldest first */
	Slot *slot[WINDOW];
	unsigned head, n;
};

/* Starts the next piece of at most *n bytes; -Einuse: not now. */
static int
piece_start(Vblk *d, Window *w, bool write, uint64_t byte, uint8_t *buf, size_t *n)
{
	Slot *s;
	int rc;

	if (*n > d->max_piece)
		*n = d->max_piece;
	if ((rc = slot_get(d, *n, w->n == 0, &s)) < 0)
		return rc;
	s->buf = buf;
	if (write)
		memcpy(s->mem + OFF_DATA, buf, *n);
	if ((rc = slot_submit(d, s, write ? BLK_OUT : BLK_IN, byte / SECTOR, *n)) < 0) {
		slot_free(d, s);
		return rc;
	}
	w->slot[(w->head + w->n++) % WINDOW] = s;
	return 0;
}

static int
piece_finish(Vblk *d, Window *w, bool write)
{
	Slot *s = w->slot[w->head];
	int rc = slot_wait(d, s, write ? "write" : "read");

	if (rc == 0 && !write)
		memcpy(s->buf, s->mem + OFF_DATA, s->n);
	w->head = (w->head + 1) % WINDOW;
	w->n--;
	slot_free(d, s);
	return rc;
}

static int
vblk_io(Disk *disk, bool write, uint64_t sector, size_t count, uint8_t *buf)
{
	Vblk *d = (Vblk *)disk;
	uint64_t byte = sector * disk->sector_size;
	size_t size = count * disk->sector_size, started = 0;
	Window w = { .n = 0 };
	int rc = 0, one;

	while (w.n > 0 || (rc == 0 && started < size)) {
		size_t n = size - started;

		if (rc == 0 && n > 0 && w.n < WINDOW) {
			one = piece_start(d, &w, write, byte + started, buf + started, &n);
			if (one == 0) {
				started += n;
				continue;
			}
			if (one != -Einuse || w.n == 0)
				rc = one;
		}
		if (w.n > 0 && (one = piece_finish(d, &w, write)) < 0 && rc == 0)
			rc = one;
	}
	return rc;
}

static int
vblk_command(Vblk *d, uint32_t type, void *data, size_t n, const char *what)
{
	Slot *s;
	int rc;

	if ((rc = slot_get(d, n, true, &s)) < 0)
		return rc;
	if ((rc = slot_submit(d, s, type, 0, n)) == 0 && (rc = slot_wait(d, s, what)) == 0)
		if (n > 0)
			memcpy(data, s->mem + OFF_DATA, n);
	slot_free(d, s);
	return rc;
}

static int
vblk_flush(Disk *disk)
{
	Vblk *d = (Vblk *)disk;

	if (!d->can_flush || disk->readonly)
		return 0;
	return vblk_command(d, BLK_FLUSH, NULL, 0, "flush");
}

static int
vblk_setup(Vblk *d)
{
	uint64_t capacity = 0, got = 0, want = 1ull << F_SIZE_MAX | 1ull << F_RO |
	    1ull << F_BLK_SIZE | 1ull << F_FLUSH | VIRTIO_F_VERSION_1;
	uint32_t size_max = 0, block = SECTOR;
	int rc;

	if ((rc = plat_virtio_reset(&d->dev, want, &got)) < 0 ||
	    (rc = virtq_init(&d->queue, &d->dev, 0, BLK_QUEUE)) < 0)
		return rc;
	d->maxinflight = d->queue.num / 3u < nelem(d->slot) ? d->queue.num / 3u : nelem(d->slot);
	if (d->maxinflight == 0)
		return seterr(Eio, "%s: queue of %u", d->name, d->queue.num);
	plat_virtio_config(&d->dev, CFG_CAPACITY, &capacity, sizeof capacity);
	if (got >> F_BLK_SIZE & 1)
		plat_virtio_config(&d->dev, CFG_BLK_SIZE, &block, sizeof block);
	if (block < SECTOR || block > BLK_PAGE || (block & (block - 1)) != 0)
		block = SECTOR;
	if (got >> F_SIZE_MAX & 1)
		plat_virtio_config(&d->dev, CFG_SIZE_MAX, &size_max, sizeof size_max);
	d->max_piece = size_max >= block && size_max < LARGE ? size_max / block * block : LARGE;
	d->can_flush = got >> F_FLUSH & 1;
	d->disk.readonly = got >> F_RO & 1;
	d->disk.sector_size = block;
	d->disk.nsector = capacity / (block / SECTOR);
	snprintf(d->disk.config, sizeof d->disk.config, "virtio queue %u %s%s", d->queue.num,
	    d->disk.readonly ? "readonly" : "readwrite", d->can_flush ? " flush" : "");
	plat_virtio_start(&d->dev);
	return virtio_irq_start(d->name, &d->dev, vblk_interrupt, d);
}

Disk *
vblk_start(int nth)
{
	Vblk *d;
	VirtioDev dev;
	char id[21] = "";

	if (virtio_find(VIRTIO_BLK, nth, &dev) < 0)
		return NULL;
	if ((d = calloc(1, sizeof *d)) == NULL)
		return NULL;
	d->dev = dev;
	snprintf(d->name, sizeof d->name, "virtio%d", nth);
	snprintf(d->disk.name, sizeof d->disk.name, "%s", d->name);
	d->limit_ms = LIMIT_MS;
	d->disk.driver = "virtio";
	d->disk.io = vblk_io;
	d->disk.flush = vblk_flush;
	if (vblk_setup(d) < 0) {
		/* not freed: the device may know of the memory */
		klog("%s: %s\n", d->name, err_reason());
		return NULL;
	}
	if (vblk_command(d, BLK_GET_ID, id, 20, "id") == 0)
		for (size_t i = 0; id[i] > 0x20 && id[i] < 0x7F; i++)
			d->disk.id[i] = id[i];
	return &d->disk;
}
