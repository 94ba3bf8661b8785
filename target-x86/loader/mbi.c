/*
 * target-x86/loader/mbi.c - what the multiboot program tells: memory, modules, screen.
 * It is copied at once, so that it can be overwritten.
 * SEE the Multiboot Specification 0.6.96
 */
#include "target-x86/loader/loader.h"

enum { MAGIC = 0x2BADB002, HAS_MEM = 1, HAS_MODS = 8, HAS_MMAP = 64, HAS_SCREEN = 1 << 12, SCREEN_PIXELS = 1, WORDS = 4096 };

typedef struct Mbi Mbi;
struct Mbi {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
	uint32_t mods_count, mods_addr, syms[4], mmap_length, mmap_addr;
	uint32_t drives[2], config, loader, apm, vbe[4];
	uint32_t fb_addr, fb_addr_high, fb_pitch, fb_width, fb_height;
	uint8_t fb_bits, fb_type;
	uint8_t pad[2];          /* the specification's table has none, its C header and GRUB do */
	uint8_t fb_colour[3][2]; /* red, green, blue: lowest bit, number of bits */
};
_Static_assert(offsetof(Mbi, fb_addr) == 88 && offsetof(Mbi, fb_colour) == 112, "multiboot.h of GRUB");
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
static char kernel[WORDS + PLAIN_WORDS]; /* "": as the module's */

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

static bool
colours_good(const Mbi *b)
{
	return b->fb_bits == 32 && b->fb_colour[0][1] == 8 && b->fb_colour[1][1] == 8 && b->fb_colour[2][1] == 8;
}

/* The frame buffer, if there is one that can be used: *p. */
static bool
screen_read(const Mbi *b, Plain *p)
{
	if (!(b->flags & HAS_SCREEN) || b->fb_type != SCREEN_PIXELS)
		return false;
	*p = (Plain){ b->fb_addr, b->fb_pitch, b->fb_width, b->fb_height,
		b->fb_colour[0][0], b->fb_colour[1][0], b->fb_colour[2][0] };
	if (colours_good(b) && b->fb_addr_high == 0 && plain_good(p))
		return true;
	con_print("loader: the screen at 0x%x of %u by %u, %u bits, is not used; use the serial line\n",
	    b->fb_addr, b->fb_width, b->fb_height, b->fb_bits);
	return false;
}

/* Tells kernel and root task of it. */
static void
screen_tell(const Plain *p)
{
	static char screen[8 + PLAIN_WORDS] = "screen ";
	size_t n = 0;

	plain_words(p, screen + 7);
	if (nmodule == MODULE_MAX)
		fail("more than %u modules; give fewer", MODULE_MAX - 1);
	module[nmodule++] = (Module){ .words = screen };
	for (const char *s = module[0].words; *s != '\0'; s++)
		kernel[n++] = *s;
	kernel[n++] = ' ';
	plain_words(p, kernel + n);
}

const char *
mbi_kernel_words(void)
{
	return kernel[0] != '\0' ? kernel : module[0].words;
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
	Plain p;
	bool pixels;

	if (magic != MAGIC)
		fail("not started by a multiboot program; use GRUB's multiboot command or qemu -kernel");
	if ((pixels = screen_read(b, &p)))
		con_screen(&p);
	memory_read(b);
	modules_read(b);
	if (pixels)
		screen_tell(&p);
}
