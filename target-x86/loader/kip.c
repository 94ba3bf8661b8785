/*
 * target-x86/loader/kip.c - what the kernel and the programs are told: the
 * kernel interface page in the kernel's image, and BootInfo.
 * SEE X.2 manual, "Kernel Interface Page", "Generic BootInfo"; lib9/l4/kip.h
 */
#include "lib9/l4/kip.h"
#include "target-x86/loader/loader.h"

enum { KEEP_DESCS = 4 };         /* for the kernel's own */
enum { OWN = 'L' | 'P' << 8 | '4' << 16 | '9' << 24, KMEM_MAX = 16 << 20 };
enum { SUB_BOOTINFO = 1, SUB_SERVER = 2, SUB_MODULE = 3 };

static L4_KernelInterfacePage_t *kip;
static uint32_t kmem_low, kmem_high;

void
kip_find(const Program *kernel)
{
	for (uint32_t p = kernel->low; p + PAGE <= kernel->high && kip == NULL; p += 4)
		if (*(uint32_t *)p == L4_MAGIC && ((uint32_t *)p)[1] != 0)
			kip = (L4_KernelInterfacePage_t *)p;
	if (kip == NULL)
		fail("%s is no X.2 kernel: no kernel interface page in it; give another first module", module[0].words);
	if (kip->MemoryInfo >> 16 == 0)
		fail("%s has no room for memory descriptors; give another kernel", module[0].words);
}

static bool
kernel_own(void)
{
	const L4_KernelDesc_t *d = (const L4_KernelDesc_t *)((uint32_t)kip + kip->KernelVerPtr);

	return kip->KernelVerPtr != 0 && d->Supplier == OWN;
}

/* Our kernel finds its memory by itself; another one takes a reserved block
 * that it is told of. Its module's word kmem=SIZE says how much. */
static uint32_t
kmem_want(void)
{
	uint64_t all = 0;
	uint32_t n;

	if (word_value(module[0].words, "kmem", &n))
		return n & ~(uint32_t)((4 << 20) - 1);
	if (kernel_own())
		return 0;
	for (size_t i = 0; i < nmemory; i++)
		if (memory[i].type == L4_ConventionalMemoryType)
			all += memory[i].r.high - memory[i].r.low;
	n = all / 4 > KMEM_MAX ? KMEM_MAX : (uint32_t)(all / 4);
	return (n + (4 << 20) - 1) & ~(uint32_t)((4 << 20) - 1);
}

uint32_t
kip_kmem(void)
{
	uint32_t size = kmem_want();

	if (size == 0)
		return 0;
	if ((kmem_low = place_find(size, 4 << 20, 240u << 20)) == 0)
		fail("no room for %u MiB of kernel memory; give the machine more", size >> 20);
	kmem_high = kmem_low + size;
	keep_add(kmem_low, kmem_high);
	return size;
}

/* ---- memory descriptors ---- */
static void
desc(uint64_t low, uint64_t high, int type, int subtype)
{
	uint32_t n = kip->MemoryInfo & 0xFFFF, at = kip->MemoryInfo >> 16;
	uint32_t *d = (uint32_t *)((uint32_t)kip + at) + 2 * n;

	if (at + (n + 1 + KEEP_DESCS) * 8 > PAGE)
		fail("more than %u memory descriptors; start with fewer modules", n);
	if (high > (uint64_t)UINT32_MAX + 1)
		high = (uint64_t)UINT32_MAX + 1;
	d[0] = ((uint32_t)low & ~0x3FFu) | (uint32_t)(subtype & 0xF) << 4 | (uint32_t)type;
	d[1] = (uint32_t)(high - 1) & ~0x3FFu;
	kip->MemoryInfo++;
}

/* Modules side by side share a descriptor. */
static void
modules_desc(void)
{
	for (size_t i = 3; i < nmodule; i++) {
		uint32_t low = module[i].start, high = low + page_up(module[i].size);
		bool more = true, first = true;

		for (size_t k = 3; k < nmodule; k++)
			first &= module[k].size == 0 || module[k].start + page_up(module[k].size) != low;
		while (more) {
			more = false;
			for (size_t k = 3; k < nmodule && !more; k++)
				if (module[k].start == high && module[k].size > 0) {
					high += page_up(module[k].size);
					more = true;
				}
		}
		if (first && module[i].size > 0)
			desc(low, high, L4_BootLoaderSpecificMemoryType, SUB_MODULE);
	}
}

static void
memory_desc(void)
{
	kip->MemoryInfo &= ~(L4_Word_t)0xFFFF;
	desc(0, (uint64_t)UINT32_MAX + 1, L4_SharedMemoryType, 0);
	for (size_t i = 0; i < nmemory; i++)
		desc(memory[i].r.low, memory[i].r.high, memory[i].type, memory[i].subtype);
	desc(0xA0000, 0xC0000, L4_SharedMemoryType, 0);
	desc(0xC0000, 0x100000, L4_SharedMemoryType, 0);
	if (kmem_high > 0)
		desc(kmem_low, kmem_high, L4_ReservedMemoryType, 0);
}

/* ---- BootInfo ---- */
static char *
copy(char *to, const char *end, const char *s)
{
	do
		if (to == end)
			fail("the modules' command lines don't fit BootInfo; shorten them");
	while ((*to++ = *s++) != '\0');
	return to;
}

static uint32_t
bootinfo_make(void)
{
	uint32_t at = place_find(PAGE, PAGE, 0xA0000000);
	L4_BootInfo_t *b = (L4_BootInfo_t *)at;
	L4_Boot_Module_t *m = (L4_Boot_Module_t *)(b + 1);
	char *text = (char *)(m + nmodule), *end = (char *)at + PAGE;

	if (at == 0)
		fail("no room for BootInfo; give the machine more memory");
	*b = (L4_BootInfo_t){ .magic = L4_BOOTINFO_MAGIC, .version = L4_BOOTINFO_VERSION,
		.first_entry = sizeof *b, .num_entries = nmodule - 3 };
	for (size_t i = 3; i < nmodule; i++, m++) {
		*m = (L4_Boot_Module_t){ .type = L4_BootInfo_Module, .version = 1,
			.offset_next = sizeof *m, .start = module[i].start, .size = module[i].size,
			.cmdline_offset = (uint32_t)(text - (char *)m) };
		text = copy(text, end, module[i].words);
	}
	b->size = (uint32_t)(text - (char *)at);
	desc(at, at + PAGE, L4_BootLoaderSpecificMemoryType, SUB_BOOTINFO);
	return at;
}

void
kip_fill(const Program *sigma0, const Program *root)
{
	kip->sigma0 = (L4_KipTask_t){ 0, sigma0->entry, sigma0->low, sigma0->high };
	kip->root = (L4_KipTask_t){ 0, root->entry, root->low, root->high };
	if (kernel_own())
		kip->kdebug_config[1] = (uint32_t)mbi_kernel_words(); /* SEE kernel/bootword.c */
	memory_desc();
	desc(sigma0->low, sigma0->high, L4_BootLoaderSpecificMemoryType, SUB_SERVER);
	desc(root->low, root->high, L4_BootLoaderSpecificMemoryType, SUB_SERVER);
	modules_desc();
	kip->BootInfo = bootinfo_make();
}
