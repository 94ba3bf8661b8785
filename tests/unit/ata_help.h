/*
 * ata_help.h - what the drivers of ATA drives stand on, for the tests of their two kinds of
 * channel: CORE and HVM, the media. Include it behind the driver's sources, with
 * IRQ defined; the test says when its model interrupts, and brings its own memory and bus.
 */
#ifndef TESTS_UNIT_ATA_HELP_H
#define TESTS_UNIT_ATA_HELP_H

enum { NSECT = 1024, CDSECT = 64, PA = 0x10009000 };

static uint8_t image[NSECT * 512], disc[CDSECT * 2048];
static char log_text[4096];
static uint32_t (*irq_status)(void *);
static void (*irq_fn)(void *, uint32_t), *irq_arg;
static bool irq_refused;
static uint32_t seed = 1;

/* The model's interrupt line is up, and it is not told to lose interrupts. */
static bool model_interrupts(void);

static uint32_t
rnd(void)
{
	return (seed = seed * 1664525u + 1013904223u) >> 8;
}

static void
media_fill(void)
{
	for (size_t i = 0; i < sizeof image; i++)
		image[i] = (uint8_t)rnd();
	for (size_t i = 0; i < sizeof disc; i++)
		disc[i] = (uint8_t)rnd();
}

/* ---- CORE and HVM ---- */
void
qlock(QLock *q)
{
	ck_assert(!q->locked);
	q->locked = true;
}

void
qunlock(QLock *q)
{
	q->locked = false;
}

void
klog(const char *fmt, ...)
{
	size_t n = strlen(log_text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(log_text + n, sizeof log_text - n, fmt, ap);
	va_end(ap);
}

int
irq_attach(const char *name, int irq, uint32_t (*status)(void *), void (*fn)(void *, uint32_t), void *arg)
{
	USED(name);
	ck_assert_int_eq(irq, IRQ);
	if (irq_refused)
		return seterr(Enomem, "interrupt %d", irq);
	irq_status = status, irq_fn = fn, irq_arg = arg;
	return 0;
}

void
rendez_wakeup(Rendez *r)
{
	USED(r);
}

int
rendez_sleep(Rendez *r, bool (*ready)(void *), void *arg, int64_t timeout_ms)
{
	uint32_t got;

	USED(r);
	ck_assert(timeout_ms > 0);
	if (model_interrupts() && (got = irq_status(irq_arg)) != 0)
		irq_fn(irq_arg, got);
	return ready(arg) ? 0 : -Etimedout;
}

void
pci_enable(const PlatPci *p)
{
	USED(p);
}

void
io_sleep(uint32_t us)
{
	USED(us);
}

static PlatDisk
first(void)
{
	PlatDisk d;

	ck_assert_int_eq(plat_disk_probe(0, &d), 0);
	return d;
}

#endif
