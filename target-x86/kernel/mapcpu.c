/*
 * mapcpu.c - memory at boot, and what only the machine can do: the kernel's page
 * directory, the pool from the KIP's memory descriptors, temporary windows, TLB.
 *
 * KTEMP's page table: 0..7 windows of map_touch, from IO_TSS_SLOT on the TSS's page
 * and the I/O bitmap behind it (iospace.c).
 */
#include "target-x86/kernel/kernel.h"
#include "target-x86/kernel/map_impl.h"

enum { MD_CONVENTIONAL = 1, MD_RESERVED = 2, POOL_MIN = 1 << 20, POOL_SMALL = 8 << 20, POOL_MAX = 64 << 20 };
extern char kernel_start[], kernel_end[];
extern uint32_t boot_dir[NPTE];
extern Word utcb_ptr_page[1024];
uint32_t temp_table[NPTE] __attribute__((aligned(4096)));
static uint32_t top_table[NPTE] __attribute__((aligned(4096)));

void
cpu_flush_page(uint32_t va)
{
	cpu_invlpg(va);
}

void
map_bug(const char *what)
{
	panic("%s", what);
}

void
temp_set(unsigned slot, uint32_t pa)
{
	if ((temp_table[slot] & PTE_FRAME) == pa && temp_table[slot] & PTE_P)
		return;
	temp_table[slot] = pa | PTE_P | PTE_W;
	cpu_invlpg(KTEMP + slot * MAP_PAGE);
}

void *
map_touch_phys(uint32_t pa, unsigned window)
{
	if (pa < KWIN_SIZE)
		return phys_to_kern(pa);
	temp_set(window, pa & PTE_FRAME);
	return (void *)(KTEMP + window * MAP_PAGE + pa % MAP_PAGE);
}

/* ---- memory descriptors: type, low and high KB (high is in it); the last counts ---- */
static Word *
memdesc(unsigned i)
{
	return kip + (kip[0x54 / 4] >> 16) / 4 + 2 * i;
}

static unsigned
memdesc_count(void)
{
	return kip[0x54 / 4] & 0xFFFF;
}

static void
memdesc_add(uint32_t low, uint32_t high, unsigned type)
{
	unsigned n = memdesc_count();

	if ((kip[0x54 / 4] >> 16) + 8 * (n + 1) > KIP_STUB_IPC)
		boot_fail("the KIP's memory descriptors are full (%u); let the loader merge some", n);
	memdesc(n)[0] = (low & ~0x3FFu) | type;
	memdesc(n)[1] = (high - 1) & ~0x3FFu;
	kip[0x54 / 4]++;
}

/* The type of the physical KB at pa, and in *low where that begins to hold. */
static unsigned
memdesc_type(uint32_t pa, uint32_t *low)
{
	unsigned type = 0;

	*low = 0;
	for (unsigned i = 0; i < memdesc_count(); i++) {
		uint32_t lo = memdesc(i)[0] & ~0x3FFu, hi = memdesc(i)[1] | 0x3FF;

		if (memdesc(i)[0] & 1u << 9)
			continue;             /* virtual */
		if (pa >= lo && pa <= hi)
			type = memdesc(i)[0] & 0xF;
		if (lo <= pa && lo > *low)
			*low = lo;
		if (hi < pa && hi + 1 > *low)
			*low = hi + 1;
	}
	return type;
}

static uint32_t
ram_size(void)
{
	uint32_t size = 0, low, high = 0xFFFFFC00u;

	for (;;) {
		if (memdesc_type(high, &low) == MD_CONVENTIONAL)
			size += high - low + 0x400;
		if (low == 0)
			return size;
		high = low - 0x400;
	}
}

/* Takes want bytes from the highest memory that the window shows. */
static uint32_t
pool_take(uint32_t want)
{
	uint32_t got = 0, low, high = KWIN_SIZE - 0x400;

	for (unsigned regions = 0; got < want && regions < 4;) {
		uint32_t type = memdesc_type(high, &low), end = (high + 0x400) & PTE_FRAME;
		uint32_t start = (low + 4095) & PTE_FRAME;

		if (type == MD_CONVENTIONAL && end > start && end - start >= 65536 && low >= 0x100000) {
			if (end - start > want - got)
				start = end - (want - got);
			kmem_init(start, end);
			memdesc_add(start, end, MD_RESERVED);
			map_phys_reserve(start, end);
			got += end - start;
			regions++;
		}
		if (low == 0)
			break;
		high = low - 0x400;
	}
	return got;
}

static void
pool_init(void)
{
	uint32_t first = kern_to_phys(kernel_start), last = kern_to_phys(kernel_end), ram, want;

	if (memdesc_count() == 0)
		boot_fail("no memory descriptors in the KIP; start the kernel by a loader that fills it in");
	ram = ram_size();
	memdesc_add(first, last, MD_RESERVED);
	map_phys_reserve(first, last);
	want = (ram / 4 < POOL_SMALL ? ram / 4 : ram / 8 < POOL_SMALL ? POOL_SMALL : ram / 8) & PTE_FRAME;
	if (want > POOL_MAX)
		want = POOL_MAX;
	if (want < POOL_MIN || pool_take(want) < POOL_MIN)
		boot_fail("only %u KB of memory, or all in pieces; 16 MB at least are needed", ram >> 10);
}

void
map_init_kernel(void)
{
	uint32_t a, b, c, d;

	pool_init();
	cpu_cpuid(1, &a, &b, &c, &d);
	if (d & 1 << 16)                      /* PAT: 0 WB, 1 WT, 2 UC-, 3 UC, 4 WC, 5 WP */
		cpu_wrmsr(0x277, 0x00070406, 0x00070501);
	for (unsigned i = 0; i < KBASE >> 22; i++)
		boot_dir[i] = 0;
	for (unsigned i = KBASE >> 22; i < (KBASE + (uint64_t)KWIN_SIZE) >> 22; i++)
		boot_dir[i] |= PTE_G;
	boot_dir[KTEMP >> 22] = kern_to_phys(temp_table) | PTE_P | PTE_W;
	top_table[UTCBPTR_PAGE >> 12 & (NPTE - 1)] = kern_to_phys(utcb_ptr_page) | PTE_P | PTE_U | PTE_G;
	boot_dir[UTCBPTR_PAGE >> 22] = kern_to_phys(top_table) | PTE_P | PTE_W | PTE_U;
	map_set_kernel(boot_dir);
	cpu_set_cr3(map_kernel_cr3());
	if (d & 1 << 13)
		cpu_set_cr4(cpu_cr4() | 1 << 7);      /* PGE */
}
