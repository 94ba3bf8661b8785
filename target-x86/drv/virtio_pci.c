/*
 * virtio_pci.c - virtio devices on PCI, by the interface of virtio 1.0 (which
 * "transitional" devices have too). Interrupts are the pin's, not MSI: reading the
 * status register takes the signal from a line that others may share.
 * ERRORS  Enonexist, with one line in the log, for a device with the old interface only;
 *         Eio a device that does not come out of its reset
 * LOCKS   none: the table is made at the first probe (CORE's start), each device is
 *         set up by one thread
 * LIMITS  NDEV devices, NQUEUE queues of each
 * SEE     virtio 1.1, 4.1
 */
#include "core/core.h"
#include "target-x86/drv/pci.h"

enum {
	VIRTIO_VENDOR = 0x1AF4, OLD_FIRST = 0x1000, NEW_FIRST = 0x1040, NEW_LAST = 0x107F,
	CAP_VENDOR = 9, CAP_COMMON = 1, CAP_NOTIFY = 2, CAP_ISR = 3, CAP_DEVICE = 4, NCAP = 5,
	/* common configuration, 4.1.4.3 */
	FEATURE_SELECT = 0x00, FEATURE = 0x04, DRIVER_SELECT = 0x08, DRIVER_FEATURE = 0x0C,
	NUM_QUEUES = 0x12, DEVICE_STATUS = 0x14, GENERATION = 0x15, QUEUE_SELECT = 0x16,
	QUEUE_SIZE = 0x18, QUEUE_ENABLE = 0x1C, QUEUE_NOTIFY_OFF = 0x1E, QUEUE_DESC = 0x20,
	QUEUE_AVAIL = 0x28, QUEUE_USED = 0x30, COMMON_SIZE = 0x38,
	ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8,
	NDEV = 32, NQUEUE = 64, RESET_TRIES = 1000, GENERATION_TRIES = 100,
};

typedef struct Region Region;
struct Region {
	volatile uint8_t *at;     /* NULL: not there */
	uint32_t size;
};
typedef struct Vpci Vpci;
struct Vpci {                     /* immutable but for notify_at, set once per queue */
	PlatPci pci;
	uint32_t device_id;
	Region cap[NCAP];
	uint32_t notify_step;
	volatile uint8_t *notify_at[NQUEUE];
};
static struct {
	bool known;
	size_t n;
	Vpci *dev[NDEV];
} table;

/* Maps the region of that type; the first one whose place is good counts. */
static int
region_map(Vpci *v, int type, uint32_t least)
{
	uint8_t at;

	for (int nth = 0; (at = pci_cap(&v->pci, CAP_VENDOR, nth)) != 0; nth++) {
		Region *r = &v->cap[type];
		uint32_t off, size;

		if (at > 0x100 - 20 || pci_get(&v->pci, at + 3u, 1) != (uint32_t)type)
			continue;
		off = pci_get(&v->pci, at + 8u, 4);
		size = pci_get(&v->pci, at + 12u, 4);
		if (size < least || off % 4 != 0 ||
		    pci_map(&v->pci, (int)pci_get(&v->pci, at + 4u, 1), off, size, &r->at) < 0)
			continue;
		r->size = size;
		if (type == CAP_NOTIFY)
			v->notify_step = pci_get(&v->pci, at + 16u, 4);
		return 0;
	}
	return -Enonexist;
}

static uint32_t
virtio_kind(const PlatPci *p)
{
	if (p->vendor != VIRTIO_VENDOR || p->device < OLD_FIRST || p->device > NEW_LAST)
		return 0;
	return p->device >= NEW_FIRST ? p->device - (uint32_t)NEW_FIRST : pci_get(p, PCI_SUBSYSTEM, 2);
}

static void
dev_add(const PlatPci *p)
{
	Vpci *v = calloc(1, sizeof *v);

	if (v == NULL)
		return;
	v->pci = *p;
	v->device_id = virtio_kind(p);
	if (region_map(v, CAP_COMMON, COMMON_SIZE) < 0 || region_map(v, CAP_NOTIFY, 2) < 0 ||
	    region_map(v, CAP_ISR, 1) < 0) {
		klog("pci %d.%d.%d: a virtio device without the interface of virtio 1.0 is not used: "
		    "give it disable-modern=off\n", p->bus, p->dev, p->fn);
		free(v);
		return;
	}
	(void)region_map(v, CAP_DEVICE, 1);
	table.dev[table.n++] = v;
}

static void
table_make(void)
{
	PlatPci p;

	table.known = true;
	for (int i = 0; table.n < NDEV && plat_pci_probe(i, &p) == 0; i++)
		if (virtio_kind(&p) != 0)
			dev_add(&p);
}

int
plat_virtio_probe(int index, VirtioDev *d)
{
	Vpci *v;

	if (!table.known)
		table_make();
	if (index < 0 || (size_t)index >= table.n)
		return -Enonexist;
	v = table.dev[index];
	*d = (VirtioDev){ .device_id = v->device_id, .irq = v->pci.irq, .regs = v };
	return 0;
}

static uint32_t
common_get(const Vpci *v, uint32_t off, int width)
{
	return mmio_get(v->cap[CAP_COMMON].at + off, width);
}

static void
common_put(const Vpci *v, uint32_t off, int width, uint32_t x)
{
	mmio_put(v->cap[CAP_COMMON].at + off, width, x);
}

static void
common_put64(const Vpci *v, uint32_t off, uint64_t x)
{
	common_put(v, off, 4, (uint32_t)x);
	common_put(v, off + 4, 4, (uint32_t)(x >> 32));
}

static int
dev_reset(const Vpci *v)
{
	common_put(v, DEVICE_STATUS, 1, 0);
	for (int try = 0; try < RESET_TRIES; try++) {
		if (common_get(v, DEVICE_STATUS, 1) == 0)
			return 0;
		io_sleep(1000);
	}
	return seterr(Eio, "pci %d.%d.%d: the virtio device does not reset", v->pci.bus, v->pci.dev, v->pci.fn);
}

int
plat_virtio_reset(VirtioDev *d, uint64_t want, uint64_t *got)
{
	Vpci *v = d->regs;
	uint64_t f = 0;
	int rc;

	pci_enable(&v->pci);
	if ((rc = dev_reset(v)) < 0)
		return rc;
	common_put(v, DEVICE_STATUS, 1, ACKNOWLEDGE);
	common_put(v, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER);
	for (uint32_t i = 0; i < 2; i++) {
		common_put(v, FEATURE_SELECT, 4, i);
		f |= (uint64_t)common_get(v, FEATURE, 4) << 32 * i;
	}
	f &= want;
	for (uint32_t i = 0; i < 2; i++) {
		common_put(v, DRIVER_SELECT, 4, i);
		common_put(v, DRIVER_FEATURE, 4, (uint32_t)(f >> 32 * i));
	}
	common_put(v, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	if (!(common_get(v, DEVICE_STATUS, 1) & FEATURES_OK))
		return seterr(Eio, "pci %d.%d.%d: the virtio device refuses the features %#" PRIx64,
		    v->pci.bus, v->pci.dev, v->pci.fn, f);
	*got = f;
	return 0;
}

uint16_t
plat_virtio_queue_max(VirtioDev *d, int q)
{
	const Vpci *v = d->regs;

	if (q < 0 || q >= NQUEUE || (uint32_t)q >= common_get(v, NUM_QUEUES, 2))
		return 0;
	common_put(v, QUEUE_SELECT, 2, (uint32_t)q);
	return (uint16_t)common_get(v, QUEUE_SIZE, 2);
}

int
plat_virtio_queue(VirtioDev *d, int q, uint16_t num, uint64_t desc, uint64_t avail, uint64_t used)
{
	Vpci *v = d->regs;
	uint64_t off;

	if (num == 0 || num > plat_virtio_queue_max(d, q)) /* selects the queue */
		return seterr(Ebadarg, "virtio queue %d of %d entries", q, num);
	off = (uint64_t)common_get(v, QUEUE_NOTIFY_OFF, 2) * v->notify_step;
	if (off + 2 > v->cap[CAP_NOTIFY].size)
		return seterr(Eio, "virtio queue %d: its bell is at %" PRIu64 " of %u bytes", q, off,
		    (unsigned)v->cap[CAP_NOTIFY].size);
	common_put(v, QUEUE_SIZE, 2, num);
	common_put64(v, QUEUE_DESC, desc);
	common_put64(v, QUEUE_AVAIL, avail);
	common_put64(v, QUEUE_USED, used);
	v->notify_at[q] = v->cap[CAP_NOTIFY].at + off;
	common_put(v, QUEUE_ENABLE, 2, 1);
	return 0;
}

void
plat_virtio_start(VirtioDev *d)
{
	common_put(d->regs, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

void
plat_virtio_notify(VirtioDev *d, int q)
{
	Vpci *v = d->regs;

	mmio_put(v->notify_at[q], 2, (uint32_t)q);
}

uint32_t
plat_virtio_isr(VirtioDev *d)
{
	return mmio_get(((Vpci *)d->regs)->cap[CAP_ISR].at, 1) & 3;
}

/* Fields are read in their own width, 64 bits as two words. */
static void
config_copy(const Region *r, size_t off, uint8_t *buf, size_t n)
{
	int width = n % 4 == 0 && off % 4 == 0 ? 4 : n % 2 == 0 && off % 2 == 0 ? 2 : 1;

	for (size_t i = 0; i < n; i += (size_t)width) {
		uint32_t x = mmio_get(r->at + off + i, width);

		memcpy(buf + i, &x, (size_t)width);
	}
}

void
plat_virtio_config(VirtioDev *d, size_t off, void *buf, size_t n)
{
	const Vpci *v = d->regs;
	const Region *r = &v->cap[CAP_DEVICE];
	uint32_t gen;

	if (r->at == NULL || off > r->size || n > r->size - off)
		return;          /* as it was: the caller's default */
	for (int try = 0; try < GENERATION_TRIES; try++) {
		gen = common_get(v, GENERATION, 1);
		config_copy(r, off, buf, n);
		if (gen == common_get(v, GENERATION, 1))
			return;
	}
}
