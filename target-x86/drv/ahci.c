/*
 * ahci.c - SATA drives behind an AHCI controller: each port is a channel (ata.h) with
 * one drive. One command at a time in slot 0, all data by DMA through the port's buffer;
 * a command ends with an interrupt, or, should that be lost, when the time is over and
 * the controller says it is done.
 * ERRORS  Eio; a command without an answer resets the port. A port that can't be stopped
 *         may go on writing: it is used no more, its memory stays its own
 * LOCKS   AtaChan.lk: a command. done, wait: the interrupt's
 * LIMITS  no native queueing, port multipliers, hot plug; memory below 4 GiB
 * SEE     Serial ATA AHCI 1.3.1; tests/unit/pc_ahci.c
 */
#include "hvm/hvm.h"
#include "target-x86/drv/ata.h"
#include "target-x86/drv/pci.h"

enum {
	/* the controller's registers */
	HBA_GHC = 0x04, HBA_IS = 0x08, HBA_PI = 0x0C, HBA_CAP2 = 0x24, HBA_BOHC = 0x28,
	GHC_IRQ = 1 << 1, CAP2_HANDOFF = 1, BOHC_BIOS = 1, BOHC_OS = 2,
	/* a port's, from PORT_BASE + number * PORT_STEP on */
	PORT_BASE = 0x100, PORT_STEP = 0x80, NPORT = 32, HBA_BAR = 5,
	P_LIST = 0x00, P_FIS = 0x08, P_IS = 0x10, P_IE = 0x14, P_CMD = 0x18, P_TASK = 0x20, P_SIG = 0x24,
	P_LINK = 0x28, P_CONTROL = 0x2C, P_ERROR = 0x30, P_ISSUE = 0x38,
	CMD_START = 1, CMD_SPIN = 2, CMD_POWER = 4, CMD_FIS = 0x10, CMD_FIS_ON = 0x4000, CMD_ON = 0x8000,
	LINK_UP = 3, CONTROL_RESET = 1, SIG_DISK = 0x00000101,
	IRQ_FIS = 0x2F, TASK_ERRORS = ATA_ERR | ATA_FAULT,
	/* a command: its header in the list, its table */
	HEAD_FIS = 5, HEAD_PACKET = 1 << 5, HEAD_WRITE = 1 << 6, HEAD_PIECE = 1 << 16,
	FIS_COMMAND = 0x27, FIS_IS_COMMAND = 0x80, LBA_MODE = 0x40,
	OFF_FIS = 0x400, OFF_TABLE = 0x800, TABLE_PACKET = 0x40, TABLE_PIECE = 0x80, PAGE = 4096,
	STOP_MS = 500, LINK_MS = 200, READY_MS = 10000, POLL_US = 1000,
};
#define GHC_AHCI 0x80000000u
#define IRQ_ERRORS 0x78000000u           /* of the drive, of memory, of the link */
#define SIG_PACKET 0xEB140101u

typedef struct Port Port;
struct Port {
	AtaChan chan;            /* first: a channel is a port */
	volatile uint8_t *reg;
	uint8_t *own;            /* list, FIS and table: the page behind chan.buf */
	atomic_uint reasons;     /* of interrupts since the command began */
	bool dead, polled;       /* chan.lk */
};
typedef struct Hba Hba;
struct Hba {
	volatile uint8_t *reg;
	Port *port[NPORT];
};

static uint32_t
get(const volatile uint8_t *reg, size_t off)
{
	return mmio_get(reg + off, 4);
}

static void
put(volatile uint8_t *reg, size_t off, uint32_t v)
{
	mmio_put(reg + off, 4, v);
}

/* Waits until the bits of a register are `want`. */
static bool
reg_wait(const volatile uint8_t *reg, size_t off, uint32_t bits, uint32_t want, int ms)
{
	for (int i = 0; i < ms * 1000 / POLL_US; i++) {
		if ((get(reg, off) & bits) == want)
			return true;
		io_sleep(POLL_US);
	}
	return (get(reg, off) & bits) == want;
}

/* ---- a port ---- */

/* After this the controller writes no more for the port; false: it does not stop. */
static bool
port_stop(Port *p)
{
	put(p->reg, P_CMD, get(p->reg, P_CMD) & ~(uint32_t)CMD_START);
	if (!reg_wait(p->reg, P_CMD, CMD_ON, 0, STOP_MS))
		return false;
	put(p->reg, P_CMD, get(p->reg, P_CMD) & ~(uint32_t)CMD_FIS);
	return reg_wait(p->reg, P_CMD, CMD_FIS_ON, 0, STOP_MS);
}

static bool
port_run(Port *p)
{
	put(p->reg, P_ERROR, ~0u);
	put(p->reg, P_IS, ~0u);
	put(p->reg, P_CMD, get(p->reg, P_CMD) | CMD_FIS | CMD_POWER | CMD_SPIN);
	if (!reg_wait(p->reg, P_TASK, ATA_BUSY | ATA_DRQ, 0, READY_MS))
		return false;
	put(p->reg, P_CMD, get(p->reg, P_CMD) | CMD_START);
	put(p->reg, P_IE, IRQ_FIS | IRQ_ERRORS);
	return true;
}

/* After an error, and, with the link, after silence. */
static void
port_reset(Port *p, bool link)
{
	bool stopped = port_stop(p);

	if (link) {
		put(p->reg, P_CONTROL, (get(p->reg, P_CONTROL) & ~15u) | CONTROL_RESET);
		io_sleep(2000);
		put(p->reg, P_CONTROL, get(p->reg, P_CONTROL) & ~15u);
		(void)reg_wait(p->reg, P_LINK, 15, LINK_UP, LINK_MS);
		stopped = stopped || port_stop(p);
	}
	if (stopped && port_run(p))
		return;
	p->dead = true;
	klog("%s: the port can't be reset: the drive is used no more\n", p->chan.name);
}

static uint32_t
hba_status(void *arg)
{
	Hba *h = arg;
	uint32_t is = get(h->reg, HBA_IS), ours = 0;

	for (unsigned i = 0; i < NPORT; i++)
		if (is >> i & 1 && h->port[i] != NULL) {
			uint32_t reasons = get(h->port[i]->reg, P_IS);

			put(h->port[i]->reg, P_IS, reasons);
			atomic_fetch_or(&h->port[i]->reasons, reasons);
			ours |= 1u << i;
		}
	put(h->reg, HBA_IS, is);
	return ours;
}

static bool
port_done(void *arg)
{
	return atomic_load(&((Port *)arg)->chan.done);
}

static void
hba_run(void *arg, uint32_t ports)
{
	Hba *h = arg;

	for (unsigned i = 0; i < NPORT; i++)
		if (ports >> i & 1) {
			atomic_store(&h->port[i]->chan.done, true);
			rendez_wakeup(&h->port[i]->chan.wait);
		}
}

/* ---- commands ---- */

static void
put32(uint8_t *to, uint64_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

static void
table_fill(Port *p, const AtaCmd *c, const uint8_t *packet, size_t size)
{
	uint8_t *head = p->own, *t = p->own + OFF_TABLE;
	uint64_t pa = p->chan.pa + ATA_BUF + OFF_TABLE;

	memset(head, 0, 32);
	memset(t, 0, TABLE_PIECE + 16);
	put32(head, HEAD_FIS | (packet != NULL ? HEAD_PACKET : 0) | (c->write ? HEAD_WRITE : 0) | (size > 0 ? HEAD_PIECE : 0));
	put32(head + 8, pa);
	t[0] = FIS_COMMAND;
	t[1] = FIS_IS_COMMAND;
	t[2] = c->command;
	t[3] = c->features;
	put32(t + 4, c->lba & 0xFFFFFF);
	t[7] = packet != NULL ? 0 : (uint8_t)(LBA_MODE | (c->ext ? 0 : c->lba >> 24 & 15));
	if (c->ext)
		put32(t + 8, c->lba >> 24 & 0xFFFFFF);
	t[12] = (uint8_t)c->count;
	t[13] = (uint8_t)(c->count >> 8);
	if (packet != NULL)
		memcpy(t + TABLE_PACKET, packet, 12);
	if (size > 0) {
		put32(t + TABLE_PIECE, p->chan.pa);
		put32(t + TABLE_PIECE + 12, size - 1);
	}
}

/* Is the command over, well or badly? */
static bool
port_idle(Port *p)
{
	return !(get(p->reg, P_ISSUE) & 1) || get(p->reg, P_TASK) & TASK_ERRORS || atomic_load(&p->reasons) & IRQ_ERRORS;
}

static int
port_poll(Port *p, int timeout_ms)
{
	for (int ms = 0; ms < timeout_ms; ms++) {
		if (port_idle(p))
			return 0;
		io_sleep(1000);
	}
	return -Etimedout;
}

/* Until the command is over: -Etimedout. An interrupt may also be of another matter. */
static int
port_wait(Port *p, int timeout_ms)
{
	int rc = 0;

	if (p->polled)
		return port_poll(p, timeout_ms);
	while (rc >= 0 || rc == -Eintr) { /* the buffer is the controller's until the end */
		rc = rendez_sleep(&p->chan.wait, port_done, p, timeout_ms);
		atomic_store(&p->chan.done, false);
		if (port_idle(p))
			break;
	}
	if (rc == -Etimedout && port_idle(p)) { /* the next one need not wait that long */
		klog("%s: interrupt %d does not come; it is not waited for from now on\n", p->chan.name, p->chan.irq);
		p->polled = true;
		return 0;
	}
	return rc;
}

/* REQUIRES chan.lk. *size: bytes wanted; those that came, or went. */
static int
command(AtaDrive *d, const AtaCmd *c, const uint8_t *packet, size_t *size, AtaFail *f)
{
	Port *p = (Port *)d->chan;
	uint32_t task;

	*f = (AtaFail){ "the port is dead", 0 };
	if (p->dead)
		return -Eio;
	table_fill(p, c, packet, *size);
	atomic_store(&p->chan.done, false);
	atomic_store(&p->reasons, 0);
	put(p->reg, P_ISSUE, 1);
	if (port_wait(p, c->timeout_ms) < 0) {
		f->why = "no answer in time, the drive was reset";
		port_reset(p, true);
		return -Eio;
	}
	task = get(p->reg, P_TASK);
	if (get(p->reg, P_ISSUE) & 1 || task & TASK_ERRORS) {
		f->error = task & ATA_ERR ? (uint8_t)(task >> 8) : 0;
		f->why = task & ATA_FAULT ? "device fault" : task & ATA_ERR ? ata_error_text(f->error) : "transfer error";
		port_reset(p, false);
		return -Eio;
	}
	memcpy(&task, p->own + 4, sizeof task); /* how much the controller has moved */
	*size = task < *size ? task : *size;
	return 0;
}

static int
ahci_dma(AtaDrive *d, const AtaCmd *c, size_t size, AtaFail *f)
{
	size_t n = size;
	int rc = command(d, c, NULL, &n, f);

	if (rc == 0 && n < size && !c->write) {
		*f = (AtaFail){ "too little data", 0 };
		return -Eio;
	}
	return rc;
}

static int
ahci_nodata(AtaDrive *d, const AtaCmd *c, AtaFail *f)
{
	size_t none = 0;

	return command(d, c, NULL, &none, f);
}

static int
ahci_packet(AtaDrive *d, const uint8_t cmd[12], size_t *size, int timeout_ms, AtaFail *f)
{
	bool dma = ata_packet_dma(d, cmd);
	AtaCmd c = { .command = ATA_PACKET, .features = dma, .lba = dma ? 0 : (uint64_t)*size << 8, .timeout_ms = timeout_ms };

	return command(d, &c, cmd, size, f);
}

static const AtaOps ahci = { .driver = "ahci", .dma = ahci_dma, .nodata = ahci_nodata, .packet = ahci_packet };

/* ---- finding ---- */

static int
port_memory(Port *p)
{
	void *va;
	int rc = hvm_mem(ATA_BUF / PAGE + 1, &va, &p->chan.pa);

	if (rc < 0)
		return rc;
	if (p->chan.pa + ATA_BUF + PAGE > UINT64_C(0xFFFFFFFF))
		return seterr(Enomem, "%s: memory beyond 4 GiB", p->chan.name);
	p->chan.buf = va;
	p->own = p->chan.buf + ATA_BUF;
	put(p->reg, P_LIST, (uint32_t)p->chan.pa + ATA_BUF);
	put(p->reg, P_LIST + 4, 0);
	put(p->reg, P_FIS, (uint32_t)p->chan.pa + ATA_BUF + OFF_FIS);
	put(p->reg, P_FIS + 4, 0);
	return 0;
}

static void
drive_find(Port *p)
{
	uint32_t sig = get(p->reg, P_SIG);
	AtaDrive d = { .chan = &p->chan, .atapi = sig == SIG_PACKET };
	AtaCmd c = { .command = d.atapi ? ATA_IDENTIFY_PACKET : ATA_IDENTIFY, .timeout_ms = ATA_IDENTIFY_MS };
	AtaFail f;
	int rc;

	memcpy(d.where, p->chan.name, sizeof d.where);
	if (sig != SIG_PACKET && sig != SIG_DISK) {
		klog("%s: a device of signature %x is not used\n", d.where, sig);
		return;
	}
	qlock(&p->chan.lk);
	rc = ahci_dma(&d, &c, 512, &f);
	qunlock(&p->chan.lk);
	if (rc == 0)
		ata_drive_add(&d);
	else
		klog("%s: not used: %s\n", d.where, f.why);
}

/* The port, made ready; NULL: there is no drive, or it can't be used, which was said. */
static Port *
port_make(const Hba *h, unsigned i, int nth, int irq)
{
	Port *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->reg = h->reg + PORT_BASE + i * PORT_STEP;
	p->chan.ops = &ahci;
	p->chan.irq = irq;
	p->chan.dma = true;
	snprintf(p->chan.name, sizeof p->chan.name, "ahci%d port %u", nth, i);
	if (reg_wait(p->reg, P_LINK, 15, LINK_UP, LINK_MS)) {
		if (port_stop(p) && port_memory(p) == 0 && port_run(p))
			return p; /* from now on the controller knows of its memory */
		klog("%s: not used: it does not get ready\n", p->chan.name);
	}
	free(p);
	return NULL;
}

/* A firmware that still drives the controller is asked to let it go. */
static void
handoff(Hba *h)
{
	if (!(get(h->reg, HBA_CAP2) & CAP2_HANDOFF))
		return;
	put(h->reg, HBA_BOHC, get(h->reg, HBA_BOHC) | BOHC_OS);
	if (!reg_wait(h->reg, HBA_BOHC, BOHC_BIOS, 0, 2 * STOP_MS))
		klog("ahci: the firmware does not let the controller go\n");
}

void
ahci_find(const PlatPci *pci, int nth)
{
	Hba *h = calloc(1, sizeof *h);
	uint32_t ports, size = pci->bar[HBA_BAR].size;
	bool polled;

	size = size < PORT_BASE + NPORT * PORT_STEP ? size : PORT_BASE + NPORT * PORT_STEP;
	pci_enable(pci);
	if (h == NULL || size < PORT_BASE || pci_map(pci, HBA_BAR, 0, size, &h->reg) < 0) {
		klog("ahci%d: no registers: not used\n", nth);
		free(h);
		return;
	}
	handoff(h);
	put(h->reg, HBA_GHC, GHC_AHCI);
	ports = get(h->reg, HBA_PI);
	for (unsigned i = 0; i < NPORT && PORT_BASE + (i + 1) * PORT_STEP <= size; i++)
		if (ports >> i & 1)
			h->port[i] = port_make(h, i, nth, pci->irq);
	put(h->reg, HBA_IS, ~0u);
	if ((polled = irq_attach("ahci", pci->irq, hba_status, hba_run, h) < 0))
		klog("ahci%d: polled: %s\n", nth, err_reason());
	put(h->reg, HBA_GHC, polled ? GHC_AHCI : GHC_AHCI | GHC_IRQ);
	for (unsigned i = 0; i < NPORT; i++)
		if (h->port[i] != NULL) {
			h->port[i]->polled = polled;
			drive_find(h->port[i]);
		}
	if (polled)
		free(h); /* the interrupt's only: the drives have their ports */
}
