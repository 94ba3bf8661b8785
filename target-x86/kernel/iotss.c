/*
 * iotss.c - the I/O bitmap of the running space behind the TSS, in KTEMP's table:
 * the page that holds the TSS, two pages of bitmap, a page of ones that ends it.
 */
#include "target-x86/kernel/kernel.h"
#include "target-x86/kernel/map_impl.h"

enum { SLOT = 16, IOMAP_BASE = 102 };
uint8_t *io_loaded;
uint8_t *io_mapped;             /* whose pages the windows show; fastpath.S too */
uint16_t io_base;               /* where in the TSS's segment that is */
static uint8_t ones[MAP_PAGE] __attribute__((aligned(4096)));
static char *tss_at;

uint32_t
io_tss_base(void)
{
	return KTEMP + SLOT * MAP_PAGE + (Word)tss_at % MAP_PAGE;
}

/* One byte of ones is part of the bitmap. */
uint32_t
io_tss_limit(void)
{
	return 3 * MAP_PAGE - (Word)tss_at % MAP_PAGE;
}

static void
set_base(Word base)
{
	*(uint16_t *)(tss_at + IOMAP_BASE) = (uint16_t)base;
}

void
io_init(void *tss)
{
	tss_at = tss;
	__builtin_memset(ones, 0xFF, sizeof ones);
	temp_set(SLOT, kern_to_phys(tss) & ~0xFFFu);
	temp_set(SLOT + 3, kern_to_phys(ones));
	io_base = (uint16_t)(MAP_PAGE - (Word)tss_at % MAP_PAGE);
	set_base(0xFFFF);             /* behind the limit: no port */
}

void
io_load(Map *m)
{
	io_loaded = m->io_bitmap[0];
	if (io_loaded == NULL) {
		set_base(0xFFFF);
		return;
	}
	temp_set(SLOT + 1, kern_to_phys(m->io_bitmap[0]));
	temp_set(SLOT + 2, kern_to_phys(m->io_bitmap[1]));
	io_mapped = io_loaded;
	set_base(io_base);
}
