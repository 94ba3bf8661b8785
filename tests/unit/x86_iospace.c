/*
 * tests/unit/x86_iospace.c - I/O port ranges of the micro-kernel: random maps and
 * unmaps against a model that keeps for each space and port who gave it; the bitmap
 * must say the same. Nodes run out, too; faulting instructions are decoded.
 */
#include <stdint.h>
static unsigned char *arena_base;
#define KERN_DIRECT ((uintptr_t)arena_base)
#define region mem_region
#include "target-x86/kernel/kmem.c"
#include "target-x86/kernel/iospace.c"
#include "tests/unit.h"

enum { NSPACE = 5, NP = 64, NONE = 0xFF };    /* ports 0..63 */
static Map map[NSPACE];               /* 0 is sigma0 */
static uint8_t giver[NSPACE][NP];
static uint64_t seed;
uint8_t *io_loaded, *io_mapped;
Map *map_current;
static const char *code;

_Noreturn void
map_bug(const char *what)
{
	ck_abort_msg("%s", what);
	abort();
}

void
io_load(Map *m)
{
	io_loaded = m->io_bitmap[0];
}

void *
map_touch(Map *m, uint32_t va, bool write, unsigned window)
{
	(void)m;
	(void)write;
	(void)window;
	return va < 16 ? (void *)(uintptr_t)(code + va) : NULL;
}

static void
setup(void)
{
	arena_base = aligned_alloc(MAP_PAGE, 0x200000);
	kmem_init(0x10000, 0x200000);
	map[0].sigma0 = true;
	memset(giver, NONE, sizeof giver);
}

static uint32_t
rnd(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static uint32_t
io_fpage(uint32_t port, uint32_t log2)
{
	return port >> log2 << log2 << 16 | log2 << 10 | 2 << 4 | 6;
}

static void
model_take(unsigned s, uint32_t p, bool self)
{
	for (unsigned t = 1; t < NSPACE; t++)
		if (giver[t][p] == s)
			model_take(t, p, true);
	if (self)
		giver[s][p] = NONE;
}

static void
compare(void)
{
	for (unsigned s = 1; s < NSPACE; s++) {
		for (uint32_t p = 0; p < NP; p++)
			if (io_allowed(&map[s], p, 1) != (giver[s][p] != NONE))
				ck_abort_msg("space %u port %u: %s", s, p, giver[s][p] != NONE ? "gone" : "too much");
		for (const IoNode *n = map[s].io; n != NULL; n = n->in_space)
			for (uint32_t p = n->low; p < n->high && p < NP; p++)
				if (n->map != &map[s] || giver[s][p] != (n->parent != NULL ? n->parent->map - map : 0))
					ck_abort_msg("space %u port %u: not from %u", s, p, giver[s][p]);
		ck_assert((map[s].io == NULL) == (map[s].io_bitmap[0] == NULL));
	}
}

START_TEST(random_operations_agree_with_the_model)
{
	uint32_t before;

	setup();
	before = kmem_info().free;
	seed = (uint64_t)_i;
	for (int i = 0; i < 4000; i++) {
		unsigned a = rnd(NSPACE), b = 1 + rnd(NSPACE - 1);
		uint32_t log2 = rnd(7), low = rnd(NP) >> log2 << log2, high = low + (1u << log2);

		if (rnd(3) == 0) {
			bool flush = rnd(2);

			io_unmap(&map[a], io_fpage(low, log2), flush);
			for (uint32_t p = low; p < high; p++)
				if (a == 0 || giver[a][p] != NONE)
					model_take(a, p, flush && a != 0);
		} else {
			ck_assert(io_map(&map[a], io_fpage(low, log2), &map[b], io_fpage(0, 16), false));
			for (uint32_t p = low; p < high; p++)
				if (a != b && giver[b][p] == NONE && (a == 0 || giver[a][p] != NONE))
					giver[b][p] = (uint8_t)a;
		}
		compare();
	}
	for (unsigned s = 1; s < NSPACE; s++)
		io_unmap(&map[s], 2 << 4 | 16 << 10, true);
	ck_assert_uint_eq(nfree, IO_NODES);
	ck_assert_uint_eq(kmem_info().free, before);
}
END_TEST

START_TEST(a_grant_moves_the_ports)
{
	setup();
	ck_assert(io_map(&map[0], io_fpage(0, 6), &map[1], io_fpage(0, 16), false));
	ck_assert(io_map(&map[1], io_fpage(16, 3), &map[2], io_fpage(0, 16), true));
	ck_assert(io_allowed(&map[2], 16, 8) && !io_allowed(&map[2], 24, 1));
	ck_assert(!io_allowed(&map[1], 16, 1) && io_allowed(&map[1], 0, 16) && io_allowed(&map[1], 24, 40));
	io_unmap(&map[1], io_fpage(0, 6), true);
	ck_assert(io_allowed(&map[2], 16, 8));
	io_unmap(&map[0], io_fpage(0, 6), true);
	ck_assert(!io_allowed(&map[2], 16, 1));
}
END_TEST

START_TEST(without_nodes_there_is_an_error)
{
	uint32_t p = 0;

	setup();
	while (io_map(&map[0], io_fpage(p, 0), &map[1], io_fpage(0, 16), false))
		p += 2;
	ck_assert_uint_eq(p, 2 * IO_NODES);
	io_unmap(&map[1], 2 << 4 | 16 << 10, true);
	ck_assert_uint_eq(nfree, IO_NODES);
}
END_TEST

static const struct {
	const char *code;
	uint32_t edx, want;
} faults[] = {
	{ "\xEC", 0x3F8, 0x3F8u << 16 | 0 << 10 | 2 << 4 | 6 },           /* in %dx,%al */
	{ "\x66\xEF", 0x1F0, 0x1F0u << 16 | 1 << 10 | 2 << 4 | 6 },       /* out %ax,%dx */
	{ "\xED", 0xCFC, 0xCFCu << 16 | 2 << 10 | 2 << 4 | 6 },           /* in %dx,%eax */
	{ "\xE4\x60", 0, 0x60u << 16 | 0 << 10 | 2 << 4 | 6 },            /* in $0x60,%al */
	{ "\xF3\x6D", 0x1F2, 0x1F0u << 16 | 3 << 10 | 2 << 4 | 6 },       /* rep insl, not aligned */
	{ "\xFA", 0, 0 },                                                 /* cli */
	{ "\xED", 0xFFFE, 0 },                                            /* past the end */
};

START_TEST(the_ports_of_an_instruction_are_found)
{
	setup();
	code = faults[_i].code;
	ck_assert_uint_eq(io_fault_fpage(&map[1], 0, faults[_i].edx), faults[_i].want);
}
END_TEST

static const int seeds[6];

UNIT_SUITE("x86_iospace", LOOP(random_operations_agree_with_the_model, seeds), CASE(a_grant_moves_the_ports),
	CASE(without_nodes_there_is_an_error), LOOP(the_ports_of_an_instruction_are_found, faults))
