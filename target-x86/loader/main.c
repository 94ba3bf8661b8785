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

static void
program_check(const Program *p, size_t i)
{
	bool ram = false;

	for (size_t k = 0; k < nmemory; k++)
		ram |= memory[k].type == 1 && p[i].low >= memory[k].r.low && p[i].high <= memory[k].r.high;
	if (!ram)
		fail("%s belongs at 0x%x..0x%x, where this machine has no memory; give it more",
		    module[i].words, p[i].low, p[i].high);
	for (size_t k = 0; k < i; k++)
		if (p[i].low < p[k].high && p[k].low < p[i].high)
			fail("%s and %s overlap at 0x%x; link one elsewhere",
			    module[k].words, module[i].words, p[i].low);
}

void
loader_main(uint32_t magic, const void *mbi)
{
	extern char loader_low[], loader_high[];
	Program p[NPROGRAM];

	con_init();
	mbi_read(magic, mbi);
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
