/*
 * sim/drv/virtio_page.c - virtio devices behind shared register pages: the
 * simulator's half of plat.h's plat_virtio_*. A message to the device's bell
 * thread tells lp49sim to look at the page.
 * SEE sim/sim.h for the page, servants/virtio.c for the rings.
 */
#include <stdatomic.h>
#include "hvm/hvm.h"
#include "lib9/plat.h"
#include "sim/sim.h"

enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, MAGIC = 0x74726976 };

static SimDev *page[SIM_DEV_MAX];

static SimDev *
page_map(int device)
{
	void *va;

	if (device < 0 || device >= SIM_DEV_MAX)
		return NULL;
	if (page[device] == NULL &&
	    hvm_map_phys(SIM_DEV_PHYS + 4096ul * (unsigned)device, 1, HVM_DEVICE, &va) == 0)
		page[device] = va;
	return page[device];
}

static void
bell_ring(int device)
{
	L4_Set_MsgTag(L4_Niltag);
	L4_Send(L4_GlobalId((L4_Word_t)(SIM_BELL_BASE + device), 1));
}

/* Writes status and waits until the device has taken it. */
static void
status_set(VirtioDev *d, uint32_t status)
{
	SimDev *r = d->regs;

	atomic_store((_Atomic uint32_t *)&r->status, status);
	bell_ring((int)d->priv);
	while (atomic_load((_Atomic uint32_t *)&r->ack) != status)
		L4_Sleep(L4_TimePeriod(50));
}

int
plat_virtio_probe(int index, VirtioDev *d)
{
	/* page 0 is the platform itself */
	SimDev *r = page_map(index + 1);

	if (r == NULL || r->magic != MAGIC)
		return -Enonexist;
	*d = (VirtioDev){ .device_id = r->device_id, .regs = r,
		.irq = SIM_IRQ_BASE + index + 1, .priv = (uint64_t)index + 1 };
	return 0;
}

int
plat_virtio_reset(VirtioDev *d, uint64_t want, uint64_t *got)
{
	SimDev *r = d->regs;

	for (size_t q = 0; q < nelem(r->queue); q++)
		r->queue[q].ready = 0;
	status_set(d, 0);
	*got = r->accepted = r->features & want;
	r->status = ACKNOWLEDGE | DRIVER | FEATURES_OK;
	return 0;
}

uint16_t
plat_virtio_queue_max(VirtioDev *d, int q)
{
	SimDev *r = d->regs;

	if (q < 0 || (uint32_t)q >= r->nqueue || q >= (int)nelem(r->queue))
		return 0;
	return (uint16_t)r->queue[q].max;
}

int
plat_virtio_queue(VirtioDev *d, int q, uint16_t num, uint64_t desc, uint64_t avail, uint64_t used)
{
	SimQueue *s = &((SimDev *)d->regs)->queue[q];

	if (num == 0 || num > plat_virtio_queue_max(d, q))
		return seterr(Ebadarg, "virtio queue %d of %d entries", q, num);
	s->num = num;
	s->desc = desc;
	s->avail = avail;
	s->used = used;
	s->ready = 1;
	return 0;
}

void
plat_virtio_start(VirtioDev *d)
{
	status_set(d, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

void
plat_virtio_notify(VirtioDev *d, int q)
{
	SimDev *r = d->regs;

	atomic_fetch_or((_Atomic uint32_t *)&r->notify, 1u << q);
	bell_ring((int)d->priv);
}

uint32_t
plat_virtio_isr(VirtioDev *d)
{
	return atomic_exchange((_Atomic uint32_t *)&((SimDev *)d->regs)->isr, 0);
}

void
plat_virtio_config(VirtioDev *d, size_t off, void *buf, size_t n)
{
	SimDev *r = d->regs;
	uint32_t gen;

	if (off > sizeof r->config || n > sizeof r->config - off)
		return;
	do {
		gen = atomic_load((_Atomic uint32_t *)&r->config_gen);
		memcpy(buf, r->config + off, n);
	} while (gen != atomic_load((_Atomic uint32_t *)&r->config_gen));
}

int
plat_bootarg(const char *key, char *value, size_t n)
{
	SimDev *r = page_map(0);
	const SimMachine *m;
	size_t k = strlen(key);

	if (r == NULL || r->magic != MAGIC)
		return -Enonexist;
	m = (const SimMachine *)r->config;
	for (const char *p = m->bootargs; *p; p += strlen(p) + 1)
		if (strncmp(p, key, k) == 0 && p[k] == '=') {
			snprintf(value, n, "%s", p + k + 1);
			return 0;
		}
	return -Enonexist;
}

int64_t
plat_rtc_ns(void)
{
	SimDev *r = page_map(0);
	SimMachine *m;
	int64_t ns;

	if (r == NULL || r->magic != MAGIC)
		return 0;
	m = (SimMachine *)r->config;
	atomic_store((_Atomic int64_t *)&m->rtc_ns, 0);
	atomic_fetch_or((_Atomic uint32_t *)&r->notify, 1u);
	bell_ring(0);
	while ((ns = atomic_load((_Atomic int64_t *)&m->rtc_ns)) == 0)
		L4_Sleep(L4_TimePeriod(50));
	return ns;
}

void
plat_poweroff(int status)
{
	SimDev *r = page_map(0);

	if (r != NULL) {
		SimMachine *m = (SimMachine *)r->config;

		m->status = status;
		atomic_store((_Atomic uint32_t *)&m->poweroff, 1);
		atomic_fetch_or((_Atomic uint32_t *)&r->notify, 1u);
		bell_ring(0);
	}
	for (;;)
		L4_Sleep(L4_Never);
}
