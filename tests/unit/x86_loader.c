/*
 * x86_loader.c - what the boot image's loader takes from outside: ELF files and the
 * multiboot information. Hostile bytes end in fail()'s line, never in a wild read:
 * the file ends at a page that can't be touched.
 */
#include <setjmp.h>
#include <sys/mman.h>
#include "tests/unit.h"
#undef fail /* Check's old one */
#include "target-x86/loader/loader.h"

/* addresses are 32 bits wide: the test's memory lies below 4 GiB */
#pragma GCC diagnostic ignored "-Wint-to-pointer-cast"
#pragma GCC diagnostic ignored "-Wpointer-to-int-cast"
#include "target-x86/loader/text.c"
#include "target-x86/loader/elf.c"
#include "target-x86/plain/plain.c"
#include "target-x86/loader/mbi.c"

static jmp_buf failed;
static const char *said;
static struct {
	uint64_t low, high;
	int type;
} piece[RANGE_MAX];
static size_t npiece;
Module module[MODULE_MAX];
size_t nmodule;
static Plain shown;
const uint8_t font_ascii[FONT_LAST - FONT_FIRST + 1][GLYPH_HEIGHT];

void
fail(const char *fmt, ...)
{
	said = fmt;
	longjmp(failed, 1);
}

void
con_print(const char *fmt, ...)
{
	said = fmt;
}

void
con_screen(const Plain *p)
{
	shown = *p;
}

void
memory_add(uint64_t low, uint64_t high, int type, int subtype)
{
	(void)subtype;
	if (npiece < RANGE_MAX)
		piece[npiece++] = (__typeof__(piece[0])){ low, high, type };
}

/* n bytes below 4 GiB that end where nothing is mapped */
static uint8_t *
low_memory(size_t n)
{
	size_t size = (n + 2 * PAGE - 1) & ~(size_t)(PAGE - 1);
	uint8_t *p = mmap(NULL, size + PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	mprotect(p + size, PAGE, PROT_NONE);
	return p + size - n;
}

/* ---- ELF ---- */
typedef struct File File;
struct File {
	Ehdr e;
	Phdr p[2];
	uint8_t bytes[32];
};

static File
file_good(void)
{
	File f = { .e = { .ident = { 0x7F, 'E', 'L', 'F', 1, 1, 1 }, .type = 2, .machine = 3, .version = 1,
			.entry = 0x400010, .phoff = sizeof(Ehdr), .ehsize = sizeof(Ehdr),
			.phentsize = sizeof(Phdr), .phnum = 2 },
		.p = { { .type = 1, .offset = sizeof(Ehdr) + 2 * sizeof(Phdr), .vaddr = 0x400000, .paddr = 0x400000,
			.filesz = 32, .memsz = 5000, .flags = 7, .align = 4096 }, { .type = 2 } } };
	return f;
}

static bool
looks(const void *bytes, size_t n, Program *g)
{
	uint8_t *at = low_memory(n);
	Module m = { (uint32_t)(uintptr_t)at, (uint32_t)n, (char[]){ "x" } };

	memcpy(at, bytes, n);
	said = NULL;
	if (setjmp(failed) == 0)
		*g = elf_look(&m);
	munmap((void *)((uintptr_t)at & ~(uintptr_t)(PAGE - 1)), PAGE);
	return said == NULL;
}

START_TEST(a_program_says_where_it_belongs)
{
	File f = file_good();
	Program g = { 0 };

	ck_assert(looks(&f, sizeof f, &g));
	ck_assert_uint_eq(g.low, 0x400000);
	ck_assert_uint_eq(g.high, 0x402000);
	ck_assert_uint_eq(g.entry, 0x400010);
}
END_TEST

START_TEST(a_virtual_entry_becomes_physical)
{
	File f = file_good();
	Program g = { 0 };

	f.p[0].vaddr = 0xF0400000;
	f.e.entry = 0xF0400020;
	ck_assert(looks(&f, sizeof f, &g));
	ck_assert_uint_eq(g.entry, 0x400020);
}
END_TEST

START_TEST(each_proper_prefix_is_refused)
{
	File f = file_good();
	Program g;

	for (size_t n = 0; n < sizeof f; n++)
		ck_assert_msg(!looks(&f, n, &g), "%zu bytes", n);
}
END_TEST

/* any word of the headers, any of these values: a line or a sane program */
START_TEST(no_header_reaches_outside)
{
	static const uint32_t wild[] = { 0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFF000, 0xFFFFFFFF, 0xFFFFFFE0 };
	File f = file_good();
	Program g;

	for (size_t at = 0; at + 4 <= offsetof(File, bytes); at += 2)
		for (size_t k = 0; k < sizeof wild / sizeof wild[0]; k++) {
			File bad = f;

			memcpy((char *)&bad + at, &wild[k], 4);
			if (looks(&bad, sizeof bad, &g))
				ck_assert_msg(g.low < g.high && g.low >= PAGE && g.entry != 0, "offset %zu: %x", at, wild[k]);
		}
}
END_TEST

/* ---- multiboot ---- */
static bool
reads(const Mbi *b)
{
	said = NULL;
	nmodule = npiece = 0;
	shown = PLAIN_VGA;
	kernel[0] = '\0';
	if (setjmp(failed) == 0)
		mbi_read(MAGIC, b);
	return said == NULL;
}

static uint32_t
low_copy(const void *from, size_t n)
{
	return (uint32_t)(uintptr_t)memcpy(low_memory(n), from, n);
}

static Mbi
mbi_good(void)
{
	static const char *const line[] = { "/boot/kernel kdb=on", "sigma0", "/proc/self/fd/3 name=hvm a=1 b" };
	Mod m[3];
	Mbi b = { .flags = HAS_MEM | HAS_MODS, .mem_lower = 639, .mem_upper = 65536 - 1024, .mods_count = 3 };

	for (int i = 0; i < 3; i++)
		m[i] = (Mod){ 0x2000000 + (uint32_t)i * PAGE, 0x2000000 + (uint32_t)i * PAGE + 100,
			low_copy(line[i], strlen(line[i]) + 1), 0 };
	b.mods_addr = low_copy(m, sizeof m);
	return b;
}

START_TEST(modules_have_names_and_words)
{
	Mbi b = mbi_good();

	ck_assert(reads(&b));
	ck_assert_uint_eq(nmodule, 3);
	ck_assert_str_eq(module[0].words, "kernel kdb=on");
	ck_assert_str_eq(module[1].words, "sigma0");
	ck_assert_str_eq(module[2].words, "hvm a=1 b");
	ck_assert_uint_eq(module[2].size, 100);
}
END_TEST

START_TEST(too_few_and_too_many_modules_are_told)
{
	Mbi b = mbi_good();

	b.mods_count = 2;
	ck_assert(!reads(&b));
	b.mods_count = MODULE_MAX + 1;
	ck_assert(!reads(&b));
	b.mods_count = UINT32_MAX;
	ck_assert(!reads(&b));
	b.flags = 0;
	ck_assert(!reads(&b));
}
END_TEST

START_TEST(the_memory_map_is_read_in_whole_pages)
{
	const Mmap m[] = { { 20, 0, 0x9FC00, 1 }, { 20, 0x9FC00, 0x400, 2 }, { 20, 0x100000, 0x7F00000, 1 } };
	Mbi b = mbi_good();

	b.flags |= HAS_MMAP;
	b.mmap_addr = low_copy(m, sizeof m);
	b.mmap_length = sizeof m;
	ck_assert(reads(&b));
	ck_assert_uint_eq(npiece, 3);
	ck_assert_uint_eq(piece[0].high, 0x9F000);
	ck_assert_int_eq(piece[1].type, 0xF);
	ck_assert_uint_eq(piece[2].high, 0x8000000);
}
END_TEST

static const uint32_t wild_size[] = { 0, 19, 0xFFFFFFFC, 0x80000000 };

START_TEST(a_damaged_memory_map_is_told)
{
	Mmap m[] = { { 20, 0x100000, 0x7F00000, 1 }, { 20, 0, 0x9F000, 1 } };
	Mbi b = mbi_good();

	b.flags |= HAS_MMAP;
	b.mmap_length = sizeof m;
	m[0].size = wild_size[_i];
	b.mmap_addr = low_copy(m, sizeof m);
	ck_assert(!reads(&b));
}
END_TEST

/* ---- the screen ---- */
static Mbi
mbi_pixels(void)
{
	Mbi b = mbi_good();

	b.flags |= HAS_SCREEN;
	b.fb_addr = 0xFD000000;
	b.fb_pitch = 4096;
	b.fb_width = 1024;
	b.fb_height = 768;
	b.fb_bits = 32;
	b.fb_type = SCREEN_PIXELS;
	for (int i = 0; i < 3; i++) {
		b.fb_colour[i][0] = (uint8_t)(16 - 8 * i);
		b.fb_colour[i][1] = 8;
	}
	return b;
}

START_TEST(a_frame_buffer_is_handed_on)
{
	Mbi b = mbi_pixels();
	Plain p;

	ck_assert(reads(&b));
	ck_assert_uint_eq(nmodule, 4);
	ck_assert_str_eq(module[3].words, "screen screen=0xfd000000,4096,1024,768,16,8,0");
	ck_assert_str_eq(mbi_kernel_words(), "kernel kdb=on screen=0xfd000000,4096,1024,768,16,8,0");
	ck_assert_str_eq(module[0].words, "kernel kdb=on");
	ck_assert_uint_eq(shown.pa, 0xFD000000);
	ck_assert(plain_find(&p, module[3].words));
	ck_assert_mem_eq(&p, &shown, sizeof p);
}
END_TEST

START_TEST(text_mode_is_no_frame_buffer)
{
	Mbi b = mbi_pixels();

	b.fb_type = 2;
	ck_assert(reads(&b));
	ck_assert_uint_eq(nmodule, 3);
	ck_assert_str_eq(mbi_kernel_words(), "kernel kdb=on");
	ck_assert_uint_eq(shown.pa, PLAIN_TEXT);
}
END_TEST

static const struct {
	size_t at, n;
	uint32_t v;
} odd[] = {
	{ offsetof(Mbi, fb_bits), 1, 24 }, { offsetof(Mbi, fb_addr), 4, 0 }, { offsetof(Mbi, fb_addr), 4, 0xFFFFF000 },
	{ offsetof(Mbi, fb_addr_high), 4, 1 }, { offsetof(Mbi, fb_pitch), 4, 4092 }, { offsetof(Mbi, fb_pitch), 4, 4097 },
	{ offsetof(Mbi, fb_pitch), 4, 0xFFFFFFFC }, { offsetof(Mbi, fb_width), 4, 0x40000000 }, { offsetof(Mbi, fb_width), 4, 100 },
	{ offsetof(Mbi, fb_height), 4, 15 }, { offsetof(Mbi, fb_height), 4, 0xFFFFFFFF },
	{ offsetof(Mbi, fb_colour[1][1]), 1, 6 }, { offsetof(Mbi, fb_colour[2][0]), 1, 25 },
};

START_TEST(a_strange_frame_buffer_is_told)
{
	Mbi b = mbi_pixels();

	memcpy((char *)&b + odd[_i].at, &odd[_i].v, odd[_i].n);
	ck_assert(!reads(&b)); /* one line, and it goes on */
	ck_assert_uint_eq(nmodule, 3);
	ck_assert_uint_eq(shown.pa, PLAIN_TEXT);
}
END_TEST

START_TEST(a_huge_frame_buffer_is_used_in_part)
{
	Mbi b = mbi_pixels();

	b.fb_width = 3840;
	b.fb_pitch = 4 * 3840;
	b.fb_height = 2160;
	ck_assert(reads(&b));
	ck_assert_uint_le(plain_bytes(&shown), PLAIN_BYTES_MAX);
	ck_assert_uint_gt(plain_bytes(&shown), PLAIN_BYTES_MAX - 17 * 4 * 3840);
	ck_assert_uint_eq(plain_cols(&shown), 480);
}
END_TEST

static const char *const value[] = { "", "1", "0x1000,4096", "0xzz,4096,1024,768,16,8,0", "0xfd000000,4096,1024,768,16,8,99",
	"99999999999,4096,1024,768,16,8,0,,,,", ",,,,,,,,,", "0xfd000001,4096,1024,768,16,8,0" };

START_TEST(other_words_are_no_screen)
{
	Plain p;

	ck_assert(!plain_parse(&p, value[_i]));
	ck_assert_uint_eq(p.pitch, 0);
	ck_assert_uint_eq(p.pa, PLAIN_TEXT);
}
END_TEST

START_TEST(other_boot_programs_are_told)
{
	said = NULL;
	if (setjmp(failed) == 0)
		mbi_read(0x36D76289, NULL);
	ck_assert_ptr_nonnull(said);
}
END_TEST

UNIT_SUITE("x86_loader", CASE(a_program_says_where_it_belongs), CASE(a_virtual_entry_becomes_physical),
    CASE(each_proper_prefix_is_refused), CASE(no_header_reaches_outside),
    CASE(modules_have_names_and_words), CASE(too_few_and_too_many_modules_are_told),
    CASE(the_memory_map_is_read_in_whole_pages), LOOP(a_damaged_memory_map_is_told, wild_size),
    CASE(a_frame_buffer_is_handed_on), CASE(text_mode_is_no_frame_buffer), LOOP(a_strange_frame_buffer_is_told, odd),
    CASE(a_huge_frame_buffer_is_used_in_part), LOOP(other_words_are_no_screen, value),
    CASE(other_boot_programs_are_told))
