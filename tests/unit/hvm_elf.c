/*
 * tests/unit/hvm_elf.c - hvm/elf.c on a good header and on bad ones made of it.
 * Goal: each wrong field is refused; no mutation makes it read past the bytes
 * or accept segments that break its promise.
 */
#include "tests/unit.h"
#include "hvm/hvm_impl.h"

enum { CLASS32 = 1, CLASS64 = 2, AMD64 = 62, I386 = 3, FILESIZE = 0x4000 };
#define LOW 0x1000ul
#define HIGH 0x60000000ul

static void
put(uint8_t *p, uint64_t v, size_t n)
{
	for (; n > 0; n--, v >>= 8)
		*p++ = (uint8_t)v;
}

static void
phdr64(uint8_t *p, uint32_t type, uint32_t flags, uint64_t off, uint64_t va, uint64_t filesz, uint64_t memsz)
{
	put(p, type, 4);
	put(p + 4, flags, 4);
	put(p + 8, off, 8);
	put(p + 16, va, 8);
	put(p + 32, filesz, 8);
	put(p + 40, memsz, 8);
}

/* text 0x400000-0x402000, data 0x402ff0 with bss */
static void
good64(uint8_t h[PAGE])
{
	memset(h, 0, PAGE);
	memcpy(h, "\177ELF\2\1\1", 7);
	put(h + 16, 2, 2);
	put(h + 18, AMD64, 2);
	put(h + 24, 0x401000, 8);
	put(h + 32, 64, 8);
	put(h + 54, 56, 2);
	put(h + 56, 3, 2);
	phdr64(h + 64, 1, ELF_R | ELF_X, 0, 0x400000, 0x2000, 0x2000);
	phdr64(h + 64 + 56, 1, ELF_R | ELF_W, 0x2ff0, 0x402ff0, 0x100, 0x5000);
	phdr64(h + 64 + 112, 0x6474e551, ELF_R, 0, 0, 0, 0);
}

static int
check64(const uint8_t *h, size_t n, Elf *e)
{
	return elf_check(h, n, FILESIZE, CLASS64, AMD64, LOW, HIGH, e);
}

START_TEST(a_good_header_is_read)
{
	uint8_t h[PAGE];
	Elf e;

	good64(h);
	ck_assert_int_eq(check64(h, PAGE, &e), 0);
	ck_assert_uint_eq(e.nload, 2);
	ck_assert_uint_eq(e.entry, 0x401000);
	ck_assert_uint_eq(e.load[1].vaddr, 0x402ff0);
	ck_assert_uint_eq(e.load[1].offset, 0x2ff0);
	ck_assert_uint_eq(e.load[1].filesz, 0x100);
	ck_assert_uint_eq(e.load[1].memsz, 0x5000);
	ck_assert_int_eq(e.load[0].rights, ELF_R | ELF_X);
}
END_TEST

START_TEST(a_32_bit_header_is_read)
{
	uint8_t h[PAGE] = "\177ELF\1\1\1";
	Elf e;

	put(h + 16, 2, 2);
	put(h + 18, I386, 2);
	put(h + 24, 0x400100, 4);
	put(h + 28, 52, 4);
	put(h + 42, 32, 2);
	put(h + 44, 1, 2);
	put(h + 52, 1, 4);
	put(h + 60, 0x400000, 4);
	put(h + 68, 0x1000, 4);
	put(h + 72, 0x1000, 4);
	put(h + 76, ELF_R | ELF_X, 4);
	ck_assert_int_eq(elf_check(h, PAGE, FILESIZE, CLASS32, I386, LOW, HIGH, &e), 0);
	ck_assert_uint_eq(e.load[0].filesz, 0x1000);
	ck_assert_int_eq(elf_check(h, PAGE, FILESIZE, CLASS64, AMD64, LOW, HIGH, &e), -Ebadexec);
}
END_TEST

/* One field of the good header, made wrong. */
static const struct {
	const char *what;
	size_t at, n;
	uint64_t value;
} wrong[] = {
	{ "magic", 0, 1, 0 },
	{ "class", 4, 1, 1 },
	{ "big-endian", 5, 1, 2 },
	{ "position-independent", 16, 2, 3 },
	{ "machine", 18, 2, 3 },
	{ "entry outside", 24, 8, 0x500000 },
	{ "entry in data", 24, 8, 0x402ff0 },
	{ "entry far away", 24, 8, 0x100000000401000 },
	{ "headers past the page", 32, 8, PAGE - 8 },
	{ "headers wrap", 32, 8, UINT64_MAX - 8 },
	{ "header size", 54, 2, 32 },
	{ "no headers", 56, 2, 0 },
	{ "too many headers", 56, 2, 0xFFFF },
	{ "text too low", 64 + 16, 8, 0 },
	{ "text too high", 64 + 16, 8, HIGH },
	{ "text wraps", 64 + 16, 8, UINT64_MAX - 0xFFF },
	{ "text past the file", 64 + 32, 8, FILESIZE + 1 },
	{ "offset past the file", 64 + 8, 8, FILESIZE + PAGE },
	{ "offset wraps", 64 + 8, 8, UINT64_MAX - 0xFFF },
	{ "read-only bss", 64 + 40, 8, 0x3000 },
	{ "file larger than memory", 64 + 40, 8, 0x1000 },
	{ "memory past the top", 64 + 56 + 40, 8, HIGH },
	{ "memory wraps", 64 + 56 + 40, 8, UINT64_MAX },
	{ "data on text's page", 64 + 56 + 16, 8, 0x401ff0 },
	{ "data below text", 64 + 56 + 16, 8, 0x3ffff0 },
	{ "data not aligned", 64 + 56 + 16, 8, 0x402ff8 },
	{ "interpreter", 64 + 112, 4, 3 },
};

START_TEST(a_wrong_field_is_refused)
{
	uint8_t h[PAGE];
	Elf e = { .entry = 1 };

	good64(h);
	put(h + wrong[_i].at, wrong[_i].value, wrong[_i].n);
	ck_assert_msg(check64(h, PAGE, &e) == -Ebadexec, "%s", wrong[_i].what);
	ck_assert_uint_eq(e.entry, 1); /* untouched */
}
END_TEST

START_TEST(a_prefix_is_refused)
{
	uint8_t h[PAGE];
	Elf e;

	good64(h);
	for (size_t n = 0; n < 64 + 3 * 56; n++) {
		uint8_t *exact = malloc(n + 1);

		memcpy(exact, h, n);
		ck_assert_int_eq(check64(exact, n, &e), -Ebadexec);
		free(exact);
	}
}
END_TEST

/* What space.c relies on. */
static void
promise_holds(const Elf *e)
{
	bool inside = false;

	ck_assert_uint_le(e->nload, ELF_NLOAD);
	for (size_t i = 0; i < e->nload; i++) {
		const ElfLoad *l = &e->load[i];

		ck_assert(l->vaddr >= LOW && l->vaddr < HIGH && l->memsz <= HIGH - l->vaddr);
		ck_assert(l->memsz > 0 && l->filesz <= l->memsz);
		ck_assert(l->offset <= FILESIZE && l->filesz <= FILESIZE - l->offset);
		ck_assert_uint_eq((l->vaddr - l->offset) % PAGE, 0);
		if (i > 0)
			ck_assert_uint_gt(l->vaddr / PAGE, (l[-1].vaddr + l[-1].memsz - 1) / PAGE);
		inside |= l->rights & ELF_X && e->entry - l->vaddr < l->filesz;
	}
	ck_assert(inside);
}

START_TEST(mutants_are_refused_or_harmless)
{
	uint32_t seed = 99 + (uint32_t)_i;
	size_t accepted = 0;

	for (int step = 0; step < 100000; step++) {
		uint8_t h[256];
		Elf e;

		uint8_t full[PAGE];
		good64(full);
		memcpy(h, full, sizeof h);
		for (int k = 0; k < 3; k++) {
			seed = seed * 1664525u + 1013904223u;
			h[(seed >> 8) % (64 + 168)] = (uint8_t)(seed >> 24 & (seed & 0x40 ? 0xFF : 0x81));
		}
		if (check64(h, sizeof h, &e) == 0) {
			promise_holds(&e);
			accepted++;
		}
	}
	ck_assert_uint_gt(accepted, 0);
}
END_TEST

static const int seeds[4];

UNIT_SUITE("hvm_elf", CASE(a_good_header_is_read), CASE(a_32_bit_header_is_read),
    LOOP(a_wrong_field_is_refused, wrong), CASE(a_prefix_is_refused),
    LOOP(mutants_are_refused_or_harmless, seeds))
