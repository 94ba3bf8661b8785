/*
 * target-x86/loader/elf.c - programs: checked, then copied to their physical
 * addresses. Everything is checked before anything is copied.
 */
#include "target-x86/loader/loader.h"

enum { EM_386 = 3, ET_EXEC = 2, PT_LOAD = 1, LOW = PAGE };

typedef struct Ehdr Ehdr;
struct Ehdr {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version, entry, phoff, shoff, flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
} __attribute__((packed)); /* a damaged file may have them anywhere */
typedef struct Phdr Phdr;
struct Phdr {
	uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
} __attribute__((packed));

static const Ehdr *
header(const Module *m)
{
	const Ehdr *e = (const Ehdr *)m->start;

	if (m->size < sizeof *e || !text_same((const char *)e->ident, "\177ELF\1\1", 6))
		fail("%s is not a 32-bit ELF file; give kernel, sigma0 and root task first, in this order", m->words);
	if (e->type != ET_EXEC || e->machine != EM_386)
		fail("%s is not a static program for 32-bit x86; build it with make x86", m->words);
	if (e->phentsize != sizeof(Phdr) || e->phoff > m->size ||
	    e->phnum > (m->size - e->phoff) / sizeof(Phdr))
		fail("%s is damaged: its program headers lie outside; copy the file again", m->words);
	return e;
}

static bool
wanted(const Phdr *p)
{
	return p->type == PT_LOAD && p->memsz > 0;
}

/* An entry may be a physical address already (a kernel that turns paging on by
 * itself), or a virtual one of a segment. */
static uint32_t
entry_phys(const Ehdr *e, const Phdr *ph)
{
	for (int i = 0; i < e->phnum; i++)
		if (wanted(&ph[i]) && e->entry - ph[i].paddr < ph[i].memsz)
			return e->entry;
	for (int i = 0; i < e->phnum; i++)
		if (wanted(&ph[i]) && e->entry - ph[i].vaddr < ph[i].memsz)
			return e->entry - ph[i].vaddr + ph[i].paddr;
	return 0;
}

Program
elf_look(const Module *m)
{
	const Ehdr *e = header(m);
	const Phdr *ph = (const Phdr *)(m->start + e->phoff);
	Program g = { .low = UINT32_MAX };

	for (int i = 0; i < e->phnum; i++) {
		const Phdr *p = &ph[i];

		if (!wanted(p))
			continue;
		if (p->offset > m->size || p->filesz > m->size - p->offset || p->filesz > p->memsz)
			fail("%s is damaged: a segment reaches past its end; copy the file again", m->words);
		if (p->paddr < LOW || p->paddr > UINT32_MAX - PAGE || p->memsz > UINT32_MAX - PAGE - p->paddr)
			fail("%s wants to be at 0x%x, in the first page or past the end; link it elsewhere", m->words, p->paddr);
		if (p->paddr < g.low)
			g.low = p->paddr & ~(uint32_t)(PAGE - 1);
		if (p->paddr + p->memsz > g.high)
			g.high = page_up(p->paddr + p->memsz);
	}
	if ((g.entry = entry_phys(e, ph)) == 0)
		fail("%s has no first instruction; link it with an entry point", m->words);
	return g;
}

void
elf_load(const Module *m)
{
	const Ehdr *e = header(m);
	const Phdr *ph = (const Phdr *)(m->start + e->phoff);

	for (int i = 0; i < e->phnum; i++) {
		const Phdr *p = &ph[i];

		if (!wanted(p))
			continue;
		__builtin_memcpy((void *)p->paddr, (const void *)(m->start + p->offset), p->filesz);
		__builtin_memset((void *)(p->paddr + p->filesz), 0, p->memsz - p->filesz);
	}
}
