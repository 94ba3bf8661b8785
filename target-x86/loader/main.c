/*
 * target-x86/loader/main.c - the loader: a multiboot program that puts kernel,
 * sigma0 and root task where they are linked, moves the other modules out of
 * their way, tells the kernel of all this in its kernel interface page, and
 * starts it.
 * MODULES kernel, sigma0, root task in this order, then any: they are the root
 *         task's
 * ERRORS  one line on serial port and screen, then it halts
 * FILES   mbi.c what came; elf.c programs; place.c memory; kip.c what goes on
 */
#include "target-x86/loader/loader.h"

enum { KERNEL, SIGMA0, ROOT, NPROGRAM };

void loader_main(uint32_t magic, const void *mbi);

static bool
in_memory(uint32_t low, uint32_t high)
{
	bool ram = false;

	for (size_t k = 0; k < nmemory; k++)
		ram |= memory[k].type == 1 && low >= memory[k].r.low && high <= memory[k].r.high;
	return ram;
}

/* QEMU cuts off what the machine has no memory for, without a word. */
static void
modules_check(void)
{
	for (size_t i = 0; i < nmodule; i++)
		if (module[i].size > 0 && !in_memory(module[i].start, module[i].start + module[i].size))
			fail("module %s of %u KiB lies beyond the memory; give the machine more memory",
			    module[i].words, module[i].size >> 10);
}

static void
program_check(const Program *p, size_t i)
{
	if (!in_memory(p[i].low, p[i].high))
		fail("%s belongs at 0x%x..0x%x, where this machine has no memory; give it more",
		    module[i].words, p[i].low, p[i].high);
	for (size_t k = 0; k < i; k++)
		if (p[i].low < p[k].high && p[k].low < p[i].high)
			fail("%s and %s overlap at 0x%x; link one elsewhere",
			    module[k].words, module[i].words, p[i].low);
}

/* An older CPU would end in a reset at the kernel's first instructions. */
static void
cpu_check(void)
{
	enum { ID = 1 << 21, PSE = 1 << 3, CMOV = 1 << 15 };
	uint32_t before, after, a = 1, b, c, d = 0;

	__asm__ volatile("pushf; pop %0; mov %0, %1; xor %2, %1; push %1; popf; pushf; pop %1; push %0; popf"
	    : "=&r"(before), "=&r"(after) : "i"(ID));
	if ((before ^ after) & ID)
		__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
	if (!(d & PSE) || !(d & CMOV))
		fail("this processor is older than a Pentium Pro (no %s); take a later one",
		    d & PSE ? "CMOV" : "4 MiB pages");
}

void
loader_main(uint32_t magic, const void *mbi)
{
	extern char loader_low[], loader_high[];
	Program p[NPROGRAM];

	con_init();
	cpu_check();
	mbi_read(magic, mbi);
	modules_check();
	for (size_t i = 0; i < NPROGRAM; i++) {
		p[i] = elf_look(&module[i]);
		program_check(p, i);
		if (p[i].low < (uint32_t)loader_high && (uint32_t)loader_low < p[i].high)
			fail("%s lies where the loader is; link it elsewhere", module[i].words);
		keep_add(p[i].low, p[i].high);
	}
	modules_move();
	elf_load(&module[KERNEL]);
	kip_find(&p[KERNEL]);
	if (kip_kmem() > 0)
		modules_move();
	elf_load(&module[SIGMA0]);
	elf_load(&module[ROOT]);
	for (size_t i = 0; i < NPROGRAM; i++)
		module[i].size = 0; /* their files are free memory now */
	kip_fill(&p[SIGMA0], &p[ROOT]);
	kernel_jump(p[KERNEL].entry);
}
