/*
 * hvm/elf.c - the header of a program file: everything is checked here, so
 * that what makes the regions (space.c) trusts its Elf.
 *
 * ERRORS  Ebadexec with the reason
 * SEE     the System V ABI, chapters 4 and 5; tests/unit/hvm_elf.c,
 *         tests/fuzz/elf.c
 */
#include "hvm/hvm_impl.h"

enum { CLASS32 = 1, CLASS64 = 2, LITTLE = 1, ET_EXEC = 2, PT_LOAD = 1, PT_INTERP = 3 };
enum { EHSIZE32 = 52, EHSIZE64 = 64, PHSIZE32 = 32, PHSIZE64 = 56, PHMAX = 32 };

static uint64_t
get(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

typedef struct Phdr Phdr;
struct Phdr {
	uint32_t type, flags;
	uint64_t offset, vaddr, filesz, memsz;
};

static Phdr
phdr_get(const uint8_t *p, int class)
{
	if (class == CLASS32)
		return (Phdr){
			.type = (uint32_t)get(p, 4), .flags = (uint32_t)get(p + 24, 4),
			.offset = get(p + 4, 4), .vaddr = get(p + 8, 4),
			.filesz = get(p + 16, 4), .memsz = get(p + 20, 4),
		};
	return (Phdr){
		.type = (uint32_t)get(p, 4), .flags = (uint32_t)get(p + 4, 4),
		.offset = get(p + 8, 8), .vaddr = get(p + 16, 8),
		.filesz = get(p + 32, 8), .memsz = get(p + 40, 8),
	};
}

static uintptr_t
page_down(uintptr_t v)
{
	return v & ~(uintptr_t)(PAGE - 1);
}

static int
load_check(const Phdr *p, size_t size, uintptr_t low, uintptr_t high, Elf *out)
{
	ElfLoad *l = &out->load[out->nload];

	if (out->nload == ELF_NLOAD)
		return seterr(Ebadexec, "more than %d segments", ELF_NLOAD);
	if (p->vaddr < low || p->vaddr >= high || p->memsz > high - p->vaddr)
		return seterr(Ebadexec, "segment out of range");
	if (p->filesz > p->memsz || p->offset > size || p->filesz > size - p->offset)
		return seterr(Ebadexec, "segment reaches past the file");
	if ((p->vaddr - p->offset) % PAGE != 0)
		return seterr(Ebadexec, "segment not aligned");
	if (!(p->flags & ELF_W) && p->filesz < p->memsz)
		return seterr(Ebadexec, "read-only segment without contents");
	if (out->nload > 0) {
		const ElfLoad *before = l - 1;

		if (page_down(p->vaddr) <= page_down(before->vaddr + before->memsz - 1))
			return seterr(Ebadexec, "segments overlap");
	}
	*l = (ElfLoad){
		.vaddr = (uintptr_t)p->vaddr, .filesz = (size_t)p->filesz,
		.memsz = (size_t)p->memsz, .offset = (size_t)p->offset,
		.rights = (int)(p->flags & (ELF_R | ELF_W | ELF_X)),
	};
	out->nload++;
	return 0;
}

static bool
entry_inside(const Elf *e)
{
	for (size_t i = 0; i < e->nload; i++) {
		const ElfLoad *l = &e->load[i];

		if (l->rights & ELF_X && e->entry >= l->vaddr &&
		    e->entry - l->vaddr < l->filesz)
			return true;
	}
	return false;
}

int
elf_check(const uint8_t *head, size_t n, size_t size, int class, int machine,
    uintptr_t low, uintptr_t high, Elf *out)
{
	bool wide = class == CLASS64;
	size_t ehsize = wide ? EHSIZE64 : EHSIZE32, phsize = wide ? PHSIZE64 : PHSIZE32;
	uint64_t phoff, phnum;
	Elf e = { 0 };
	int rc;

	if (n > size)
		n = size;
	if (n < ehsize || memcmp(head, "\177ELF", 4) != 0)
		return seterr(Ebadexec, "not an ELF file");
	if (head[4] != class || head[5] != LITTLE || get(head + 18, 2) != (uint64_t)machine)
		return seterr(Ebadexec, "ELF file for another machine");
	if (get(head + 16, 2) != ET_EXEC)
		return seterr(Ebadexec, "not a static executable");
	phoff = get(head + (wide ? 32 : 28), wide ? 8 : 4);
	phnum = get(head + (wide ? 56 : 44), 2);
	if (get(head + (wide ? 54 : 42), 2) != phsize || phnum == 0 || phnum > PHMAX)
		return seterr(Ebadexec, "bad program header table");
	if (phoff > n || phnum * phsize > n - phoff)
		return seterr(Ebadexec, "program headers not in the first page");
	for (size_t i = 0; i < phnum; i++) {
		Phdr p = phdr_get(head + phoff + i * phsize, class);

		if (p.type == PT_INTERP)
			return seterr(Ebadexec, "not a static executable");
		if (p.type != PT_LOAD || p.memsz == 0)
			continue;
		if ((rc = load_check(&p, size, low, high, &e)) < 0)
			return rc;
	}
	e.entry = (uintptr_t)get(head + 24, wide ? 8 : 4);
	if (wide && get(head + 24, 8) > high)
		return seterr(Ebadexec, "entry out of range");
	if (!entry_inside(&e))
		return seterr(Ebadexec, "entry not in a text segment");
	*out = e;
	return 0;
}
