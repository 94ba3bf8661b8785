/*
 * target-x86/loader/mbi.c - what the multiboot program tells: memory, modules.
 * It is copied at once, so that it can be overwritten.
 * SEE the Multiboot Specification 0.6.96
 */
#include "target-x86/loader/loader.h"

enum { MAGIC = 0x2BADB002, HAS_MEM = 1, HAS_MODS = 8, HAS_MMAP = 64, WORDS = 4096 };

typedef struct Mbi Mbi;
struct Mbi {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
	uint32_t mods_count, mods_addr, syms[4], mmap_length, mmap_addr;
};
typedef struct Mod Mod;
struct Mod {
	uint32_t start, end, string, reserved;
};
typedef struct Mmap Mmap;
struct Mmap {
	uint32_t size; /* of the rest */
	uint64_t base, length;
	uint32_t type;
} __attribute__((packed));

static char words[WORDS];
static size_t nwords;

/* A module is called by the last component of its first word, or by what a
 * later word name=X says, which goes. */
static char *
words_copy(const char *s)
{
	char *to = words + nwords, *p = to;
	const char *base = s, *rest = s, *other = NULL;

	while (*rest != '\0' && *rest != ' ')
		if (*rest++ == '/')
			base = rest;
	for (const char *q = rest; *q != '\0' && other == NULL; q++)
		if (text_same(q, " name=", 6))
			other = q + 6;
	if (other != NULL)
		base = other;
	while (*base != '\0' && *base != ' ' && p < words + WORDS - 1)
		*p++ = *base++;
	while (*rest != '\0' && p < words + WORDS - 1) {
		if (rest + 6 == other)
			for (rest = other; *rest != '\0' && *rest != ' ';)
				rest++;
		else
			*p++ = *rest++;
	}
	if (p == words + WORDS - 1)
		fail("the modules' command lines are longer than %u bytes; shorten them", WORDS);
	*p++ = '\0';
	nwords = (size_t)(p - words);
	return to;
}

static void
modules_read(const Mbi *b)
{
	const Mod *m = (const Mod *)b->mods_addr;

	if (!(b->flags & HAS_MODS) || b->mods_count < 3)
		fail("needs the modules kernel, sigma0 and root task; name them after the loader");
	if (b->mods_count > MODULE_MAX)
		fail("more than %u modules; give fewer", MODULE_MAX);
	for (; nmodule < b->mods_count; nmodule++, m++)
		module[nmodule] = (Module){ m->start, m->end - m->start,
			words_copy(m->string == 0 ? "" : (const char *)m->string) };
}

static void
memory_read(const Mbi *b)
{
	if (!(b->flags & HAS_MMAP)) {
		if (!(b->flags & HAS_MEM))
			fail("nobody says how much memory there is; start with another boot program");
		memory_add(0, (uint64_t)b->mem_lower << 10, 1, 0);
		memory_add(1 << 20, (1 << 20) + ((uint64_t)b->mem_upper << 10), 1, 0);
		return;
	}
	for (uint32_t at = b->mmap_addr; at < b->mmap_addr + b->mmap_length;) {
		const Mmap *m = (const Mmap *)at;

		if (m->type == 1)
			memory_add((m->base + PAGE - 1) & ~(uint64_t)(PAGE - 1),
			    (m->base + m->length) & ~(uint64_t)(PAGE - 1), 1, 0);
		else
			memory_add(m->base, m->base + m->length, 0xF, (int)(m->type & 0xF));
		if (m->size < sizeof *m - sizeof m->size || m->size > b->mmap_length)
			fail("the memory map is damaged; start with another boot program");
		at += m->size + (uint32_t)sizeof m->size;
	}
}

void
mbi_read(uint32_t magic, const void *mbi)
{
	const Mbi *b = mbi;

	if (magic != MAGIC)
		fail("not started by a multiboot program; use GRUB's multiboot command or qemu -kernel");
	memory_read(b);
	modules_read(b);
}
