/*
 * tests/fuzz/elf.c - any bytes as the first page of a program file. What is
 * accepted must keep elf_check's promise, or this aborts.
 */
#include "hvm/hvm_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
load_check(const Elf *e, size_t i, uintptr_t low, uintptr_t high, size_t size)
{
	const ElfLoad *l = &e->load[i];

	if (l->vaddr < low || l->vaddr >= high || l->memsz > high - l->vaddr ||
	    l->memsz == 0 || l->filesz > l->memsz)
		abort();
	if (l->offset > size || l->filesz > size - l->offset || (l->vaddr - l->offset) % PAGE)
		abort();
	if (i > 0 && l->vaddr / PAGE <= (l[-1].vaddr + l[-1].memsz - 1) / PAGE)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uintptr_t low = 0x1000, high = 0x60000000;

	for (int class = 1; class <= 2; class++) {
		size_t n = size < PAGE ? size : PAGE;
		Elf e;

		if (elf_check(data, n, size, class, class == 1 ? 3 : 62, low, high, &e) < 0)
			continue;
		for (size_t i = 0; i < e.nload; i++)
			load_check(&e, i, low, high, size);
	}
	return 0;
}
