/*
 * pci.c - the PCI buses, by configuration mechanism 1. The functions are looked for
 * once, at the first probe (CORE's start, one thread); every one's interrupt line is
 * switched off until its driver enables it, so that what the firmware left running
 * can't hold a line that others share.
 * LOCKS   cf.lk: an address and its data belong together; leaf
 * LIMITS  NFN functions
 * SEE     PCI Local Bus 3.0, 3.2.2.3.2 and 6
 */
#include "core/core.h"
#include "hvm/hvm.h"
#include "target-x86/drv/pci.h"

enum { CONFIG_ADDRESS = 0xCF8, CONFIG_DATA = 0xCFC, NFN = 128, PAGE = 4096 };
enum { BRIDGE_CLASS = 6, PCI_BRIDGE = 4, MULTI = 0x80, NCAP_MAX = 48 };

static struct {
	Lock lk;
} cf;
static struct {
	bool known;
	size_t n;
	PlatPci fn[NFN];
	uint8_t seen[256 / 8];    /* buses */
} pci;

static uint32_t
config_io(const PlatPci *p, bool write, size_t off, int width, uint32_t v)
{
	uint16_t port = (uint16_t)(CONFIG_DATA + off % 4);

	lock(&cf.lk);
	io_out32(CONFIG_ADDRESS, 1u << 31 | (uint32_t)p->bus << 16 | (uint32_t)p->dev << 11 |
	    (uint32_t)p->fn << 8 | ((uint32_t)off & 0xFC));
	if (write) {
		if (width == 1)
			io_out8(port, (uint8_t)v);
		else if (width == 2)
			io_out16(port, (uint16_t)v);
		else
			io_out32(port, v);
	} else {
		v = width == 1 ? io_in8(port) : width == 2 ? io_in16(port) : io_in32(port);
	}
	unlock(&cf.lk);
	return v;
}

uint32_t
pci_get(const PlatPci *p, size_t off, int width)
{
	return config_io(p, false, off, width, 0);
}

void
pci_put(const PlatPci *p, size_t off, int width, uint32_t v)
{
	(void)config_io(p, true, off, width, v);
}

/* A register's size shows when all ones are written to it; decoding is off then. */
static void
bars_size(PlatPci *p, int nbar)
{
	uint32_t command = pci_get(p, PCI_COMMAND, 2);

	pci_put(p, PCI_COMMAND, 2, (command & ~(uint32_t)(PCI_IO | PCI_MEM)) | PCI_NO_INTX);
	for (int i = 0; i < nbar; i++) {
		size_t off = PCI_BAR + 4u * (unsigned)i;
		uint32_t bar = pci_get(p, off, 4), mask;

		pci_put(p, off, 4, 0xFFFFFFFF);
		mask = pci_get(p, off, 4);
		pci_put(p, off, 4, bar);
		mask &= bar & 1 ? 0xFFFFFFFCu : 0xFFFFFFF0u;
		if (bar & 1 && mask != 0)
			mask |= 0xFFFF0000; /* the upper half of an I/O register need not be there */
		p->bar[i].bar = bar;
		p->bar[i].size = mask == 0 ? 0 : ~mask + 1;
		if ((bar & 7) == 4 && i + 1 < nbar)
			i++;     /* 64 bits: the next register is the upper half */
	}
	pci_put(p, PCI_COMMAND, 2, command | PCI_NO_INTX);
}

static void bus_scan(uint8_t bus);

static void
fn_add(PlatPci *p, uint8_t header)
{
	uint32_t class = pci_get(p, PCI_CLASS, 4);

	p->class = (uint8_t)(class >> 24);
	p->subclass = (uint8_t)(class >> 16);
	p->progif = (uint8_t)(class >> 8);
	p->irq = (uint8_t)pci_get(p, PCI_IRQ, 1);
	if (pci_get(p, PCI_IRQ + 1, 1) == 0)
		p->irq = 255;    /* it has no interrupt pin */
	bars_size(p, (header & 0x7F) == 0 ? 6 : (header & 0x7F) == 1 ? 2 : 0);
	if (pci.n < NFN)
		pci.fn[pci.n++] = *p;
	if ((header & 0x7F) == 1 && p->class == BRIDGE_CLASS && p->subclass == PCI_BRIDGE)
		bus_scan((uint8_t)pci_get(p, PCI_SECONDARY, 1));
}

/* Each bus once, whatever the bridges say. */
static void
bus_scan(uint8_t bus)
{
	if (pci.seen[bus / 8] >> bus % 8 & 1)
		return;
	pci.seen[bus / 8] |= (uint8_t)(1u << bus % 8);
	for (unsigned dev = 0; dev < 32; dev++) {
		unsigned nfn = 1;

		for (unsigned fn = 0; fn < nfn; fn++) {
			PlatPci p = { .bus = bus, .dev = (uint8_t)dev, .fn = (uint8_t)fn };
			uint32_t id = pci_get(&p, PCI_ID, 4);
			uint8_t header;

			if ((id & 0xFFFF) == 0xFFFF || (id & 0xFFFF) == 0)
				continue;
			p.vendor = (uint16_t)id;
			p.device = (uint16_t)(id >> 16);
			header = (uint8_t)pci_get(&p, PCI_HEADER, 1);
			if (fn == 0 && header & MULTI)
				nfn = 8;
			fn_add(&p, header);
		}
	}
}

static void
pci_scan(void)
{
	pci.known = true;
	io_out32(CONFIG_ADDRESS, 1u << 31);
	if (io_in32(CONFIG_ADDRESS) != 1u << 31)
		return;          /* no PCI */
	bus_scan(0);
	if (pci.n == NFN)
		klog("pci: only the first %d functions are used\n", NFN);
}

int
plat_pci_probe(int index, PlatPci *p)
{
	if (!pci.known)
		pci_scan();
	if (index < 0 || (size_t)index >= pci.n)
		return -Enonexist;
	*p = pci.fn[index];
	return 0;
}

void
plat_pci_config(const PlatPci *p, bool write, size_t off, void *buf, size_t n)
{
	uint8_t *b = buf;
	uint32_t v = 0;

	if (write && (n == 2 || n == 4)) {
		memcpy(&v, b, n);
		pci_put(p, off, (int)n, v);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (write)
			pci_put(p, off + i, 1, b[i]);
		else
			b[i] = (uint8_t)pci_get(p, off + i, 1);
}

uint8_t
pci_cap(const PlatPci *p, uint8_t id, int nth)
{
	uint8_t at;

	if (!(pci_get(p, PCI_STATUS, 2) & PCI_HAS_CAPS))
		return 0;
	at = (uint8_t)pci_get(p, PCI_CAPS, 1) & 0xFC;
	for (int i = 0; i < NCAP_MAX && at >= 0x40; i++) {
		if (pci_get(p, at, 1) == id && nth-- == 0)
			return at;
		at = (uint8_t)pci_get(p, at + 1u, 1) & 0xFC;
	}
	return 0;
}

int
pci_map(const PlatPci *p, int bar, uint32_t off, uint32_t n, volatile uint8_t **va)
{
	uint32_t base, in;
	void *page;
	int rc;

	if (bar < 0 || bar > 5 || p->bar[bar].bar & 1 || n == 0 || p->bar[bar].size < n ||
	    off > p->bar[bar].size - n)
		return seterr(Enonexist, "pci %d.%d.%d: no memory of %u bytes at %u in register %d",
		    p->bus, p->dev, p->fn, (unsigned)n, (unsigned)off, bar);
	base = p->bar[bar].bar & 0xFFFFFFF0u;
	if (base == 0 || ((p->bar[bar].bar & 6) == 4 && bar < 5 &&
	    pci_get(p, PCI_BAR + 4u * (unsigned)bar + 4, 4) != 0))
		return seterr(Enonexist, "pci %d.%d.%d: register %d is not below 4 GiB", p->bus, p->dev, p->fn, bar);
	in = (base + off) % PAGE;
	rc = hvm_map_phys(base + off - in, (in + n + PAGE - 1) / PAGE, HVM_DEVICE, &page);
	if (rc == 0)
		*va = (volatile uint8_t *)page + in;
	return rc;
}

void
pci_enable(const PlatPci *p)
{
	uint32_t command = pci_get(p, PCI_COMMAND, 2);

	pci_put(p, PCI_COMMAND, 2, (command | PCI_IO | PCI_MEM | PCI_MASTER) & ~(uint32_t)PCI_NO_INTX);
}
