/*
 * tests/unit/x86_mapdb.c - the micro-kernel's page tables and mapping database
 * against a brute-force model: for each space and page the frame, the rights, and
 * which page of which space it came from. Random maps, grants, unmaps and
 * flushes of fpages of all sizes, with other operations in between the pieces of
 * one; kernel memory running out at each allocation; nothing lost at the end.
 */
#include <stdint.h>
static unsigned char *arena_base;
#define KERN_DIRECT ((uintptr_t)arena_base)
#define region mem_region             /* names of the host's libraries */
#include "target-x86/kernel/kmem.c"
#include "target-x86/kernel/ptab.c"
#include "target-x86/kernel/mapdb.c"
#include "tests/unit.h"

enum { POOL_LOW = 0x10000, POOL_HIGH = 0x1000000, NSPACE = 5 };
static Map map[NSPACE];               /* 0 is sigma0 */
static unsigned flushed;

_Noreturn void
map_bug(const char *what)
{
	ck_abort_msg("%s", what);
	abort();
}

void
cpu_flush_page(uint32_t va)
{
	(void)va;
	flushed++;
}

void *
map_touch_phys(uint32_t pa, unsigned window)
{
	(void)window;
	return (void *)(uintptr_t)(0x100000000u + (uint64_t)pa);
}

static void
setup(uint32_t pool_high)
{
	arena_base = aligned_alloc(MAP_PAGE, POOL_HIGH);
	kmem_init(POOL_LOW, pool_high);
	map_set_kernel(kmem_alloc(MAP_PAGE));
	map_phys_reserve(0x100000, 0x180000);
	map_phys_reserve(0x9000, 0xA000);
	map_phys_reserve(0x10000000, 0x11000000);
	for (unsigned i = 0; i < NSPACE; i++)
		ck_assert(map_init(&map[i]));
	map[0].sigma0 = true;
}

static uint32_t
fpage(uint32_t base, unsigned log2, unsigned rights)
{
	return base | log2 << 4 | rights;
}

static int
run(MapOp *op)
{
	int rc;

	do
		rc = map_op_step(op);
	while (rc == MAP_MORE);
	map_op_end(op);
	return rc;
}

static int
do_map(unsigned a, uint32_t snd, uint32_t hot, unsigned b, uint32_t window, bool grant)
{
	MapOp op;

	map_op_map(&op, &map[a], hot, snd, &map[b], window, grant);
	return run(&op);
}

static unsigned
do_unmap(unsigned a, uint32_t f, bool flush)
{
	MapOp op;

	map_op_unmap(&op, &map[a], f, flush);
	ck_assert_int_eq(run(&op), MAP_DONE);
	return op.result;
}

static void
clear_all(void)
{
	for (unsigned i = 1; i < NSPACE; i++) {
		MapOp op;

		map_op_clear(&op, &map[i]);
		ck_assert_int_eq(run(&op), MAP_DONE);
		ck_assert_uint_eq(map[i].npage, 0);
	}
	ck_assert_uint_eq(map_nodes_live(), 0);
}

/* ---- the model: pages 0..NPAGE-1 of each space, all below 32 MiB ---- */
enum { NPAGE = 8 * 1024, NONE = -1 };
typedef struct Cell Cell;
struct Cell {
	int frame;                    /* NONE: not mapped */
	unsigned rights;
	int pspace;                   /* where from: 0 is sigma0 */
	int ppage, nchild;
};
static Cell model[NSPACE][NPAGE];

static bool
model_from(const Cell *c, int s, int p)
{
	return c->frame != NONE && c->pspace == s && c->ppage == p;
}

static void
model_remove(Cell *c)
{
	c->frame = NONE;
	model[c->pspace][c->ppage].nchild--;
}

/* Takes mask from all that comes from (s, p), and from it when self. */
static void
model_revoke(int s, int p, unsigned mask, bool self)
{
	for (int t = 1; t < NSPACE && model[s][p].nchild > 0; t++)
		for (int q = 0; q < NPAGE; q++)
			if (model_from(&model[t][q], s, p))
				model_revoke(t, q, mask, true);
	if (!self || s == 0)
		return;
	model[s][p].rights &= ~mask;
	if (model[s][p].rights == 0)
		model_remove(&model[s][p]);
}

static void
model_map(int s, int p, int t, int q, unsigned rights, bool grant)
{
	Cell from = s == 0 ? (Cell){ .frame = map_phys_ok((uint32_t)p) ? p : NONE, .rights = 7 } : model[s][p];
	Cell *to = &model[t][q];

	rights &= from.rights;
	if (from.frame == NONE || rights == 0 || (s == t && p == q))
		return;
	if (to->frame != NONE) {
		if (!grant && model_from(to, s, p)) {
			to->rights |= rights;
			return;
		}
		model_revoke(t, q, 7, true);
		if (s != 0 && model[s][p].frame == NONE)
			return;
	}
	if (!grant || s == 0) {
		*to = (Cell){ from.frame, rights, s, p, 0 };
		model[s][p].nchild++;
		return;
	}
	model_revoke(s, p, from.rights & ~rights, true);
	*to = model[s][p];
	for (int u = 1; u < NSPACE && model[s][p].nchild > 0; u++)
		for (int k = 0; k < NPAGE; k++)
			if (model_from(&model[u][k], s, p)) {
				model[u][k].pspace = t;
				model[u][k].ppage = q;
			}
	model[s][p].frame = NONE;
	model[s][p].nchild = 0;
}

/* Check writes each assertion that holds into a pipe: too slow for millions. */
#define WANT(x, ...) do { if (!(x)) ck_abort_msg(__VA_ARGS__); } while (0)

static void
cell_compare(unsigned s, uint32_t p, const MapEntry *e)
{
	const Cell *c = &model[s][p];
	MapEntry up;

	WANT(e->pa >> 12 == (uint32_t)c->frame, "space %u page %#x: frame %#x, want %#x", s, p, e->pa >> 12, (uint32_t)c->frame);
	WANT(e->rights == c->rights, "space %u page %#x: rights %u, want %u", s, p, e->rights, c->rights);
	WANT(e->node != NULL, "space %u page %#x: no node", s, p);
	if (c->pspace == 0) {
		WANT(e->node->parent == NULL, "space %u page %#x: not sigma0's", s, p);
		return;
	}
	WANT(map_query(&map[c->pspace], (uint32_t)c->ppage << 12, &up) && e->node->parent == up.node,
	    "space %u page %#x: not from space %d page %#x", s, p, c->pspace, (unsigned)c->ppage);
}

static void
model_compare(void)
{
	for (unsigned s = 1; s < NSPACE; s++) {
		uint32_t n = 0;

		for (uint32_t p = 0; p < NPAGE; p++) {
			MapEntry e;
			bool there = map_query(&map[s], p << 12, &e);

			WANT(there == (model[s][p].frame != NONE), "space %u page %#x: %s", s, p, there ? "too much" : "gone");
			if (there)
				cell_compare(s, p, &e);
			n += there;
		}
		WANT(map[s].npage == n, "space %u: npage %u, want %u", s, map[s].npage, n);
	}
}

static uint64_t seed;
static uint32_t
rnd(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

/* Few places, so that operations meet; now and then 4 MiB and more. */
static uint32_t
rnd_fpage(unsigned *log2, bool big)
{
	uint32_t page = rnd(2) ? rnd(16) : rnd(4) * 1024 + rnd(8);

	*log2 = 12 + rnd(4);
	if (big && rnd(6) == 0)
		*log2 = 22 + rnd(2);
	return page << 12 & ~((1u << *log2) - 1);
}

static void
random_map(void)
{
	unsigned a = rnd(NSPACE), b = 1 + rnd(NSPACE - 1), ls, lr, rights = rnd(3) ? 7 : 1 + rnd(7);
	uint32_t snd = rnd_fpage(&ls, a == 0 || rnd(4) == 0), win = rnd_fpage(&lr, true), hot = rnd(16) << 12, from, to;
	bool grant = rnd(4) == 0;
	unsigned n;

	if (a == 0 && rnd(2))
		snd |= 4u << 22 & ~((1u << ls) - 1);  /* away from the reserved part */
	ck_assert_int_eq(do_map(a, fpage(snd, ls, rights), hot, b, fpage(win, lr, 0), grant), MAP_DONE);
	n = ls < lr ? ls : lr;
	from = snd + (ls > lr ? hot & ((1u << ls) - 1) & ~((1u << lr) - 1) : 0);
	to = win + (ls <= lr ? hot & ((1u << lr) - 1) & ~((1u << ls) - 1) : 0);
	for (uint32_t i = 0; i < 1u << (n - 12); i++)
		model_map((int)a, (int)((from >> 12) + i), (int)b, (int)((to >> 12) + i), rights, grant);
}

static void
random_unmap(void)
{
	unsigned a = rnd(NSPACE), log2, rights = rnd(3) ? 7 : rnd(8);
	uint32_t base = rnd_fpage(&log2, rnd(4) == 0);
	bool flush = rnd(2);

	do_unmap(a, fpage(base, log2, rights), flush);
	for (uint32_t i = 0; i < 1u << (log2 - 12); i++) {
		int p = (int)((base >> 12) + i);

		if (a == 0 || model[a][p].frame != NONE)
			model_revoke((int)a, p, rights, flush);
	}
}

static void
model_empty(void)
{
	for (int s = 0; s < NSPACE; s++)
		for (int p = 0; p < NPAGE; p++)
			model[s][p] = (Cell){ .frame = NONE };
}

START_TEST(random_operations_agree_with_the_model)
{
	setup(POOL_HIGH);
	model_empty();
	seed = (uint64_t)_i * 77 + 1;
	for (int i = 0; i < 250; i++) {
		for (int k = 0; k < 10; k++) {
			if (rnd(4) == 0)
				random_unmap();
			else
				random_map();
		}
		model_compare();
	}
	clear_all();
}
END_TEST

/* Each entry has its node and each node, alive, its entry; the parent has at
 * least its rights, and the same frame. */
static void
check_consistent(void)
{
	for (unsigned s = 1; s < NSPACE; s++)
		for (uint32_t p = 0; p < NPAGE; p++) {
			MapEntry e, up;
			MapNode *n;

			if (!map_query(&map[s], p << 12, &e))
				continue;
			n = e.node;
			WANT(n != NULL && n->map == &map[s] && !(n->word & NODE_DEAD), "space %u page %#x: wrong node", s, p);
			WANT(e.super || node_va(n) == p << 12, "space %u page %#x: node is elsewhere", s, p);
			if (n->parent == NULL || n->parent->word & NODE_DEAD)
				continue;
			WANT(map_query(n->parent->map, node_va(n->parent), &up) && up.node == n->parent, "parent without entry");
			WANT((e.rights & ~up.rights) == 0 || n->parent->word & NODE_CURSOR, "more rights than the parent");
			WANT(e.pa == up.pa, "another frame than the parent's");
		}
}

/* Some operations at once, each step of each a few nodes: as threads that are
 * preempted in the middle. */
START_TEST(operations_meet_in_the_middle)
{
	MapOp op[4] = { { .kind = MAP_OP_NONE } };

	setup(POOL_HIGH);
	seed = (uint64_t)_i * 99 + 7;
	for (int i = 0; i < 20000; i++) {
		MapOp *o = &op[rnd(4)];
		unsigned a = rnd(NSPACE), b = 1 + rnd(NSPACE - 1), ls, lr;
		uint32_t f = rnd_fpage(&ls, rnd(8) == 0), w = rnd_fpage(&lr, rnd(8) == 0);

		budget = 1 + rnd(6);
		if (o->kind != MAP_OP_NONE) {
			if (map_op_step(o) != MAP_MORE || rnd(50) == 0)
				map_op_end(o);
		} else if (rnd(3) == 0) {
			map_op_unmap(o, &map[a], fpage(f, ls, rnd(3) ? 7 : rnd(8)), rnd(2));
		} else {
			map_op_map(o, &map[a], rnd(16) << 12, fpage(f, ls, rnd(3) ? 7 : 1 + rnd(7)), &map[b], fpage(w, lr, 0), rnd(4) == 0);
		}
		if (i % 500 == 0)
			check_consistent();
	}
	for (int i = 0; i < 4; i++)
		if (op[i].kind != MAP_OP_NONE)
			run(&op[i]);
	budget = 128;
	check_consistent();
	clear_all();
}
END_TEST

/* Programs that map all they can: an error, and the reserve is left; all comes back. */
START_TEST(memory_runs_out_without_harm)
{
	uint32_t before;
	unsigned failed = 0;

	setup(POOL_LOW + (uint32_t)(_i + 24) * MAP_PAGE * 4);
	seed = (uint64_t)_i;
	before = kmem_info().free;
	for (int i = 0; i < 400; i++) {
		unsigned a = rnd(NSPACE), b = 1 + rnd(NSPACE - 1), ls, lr;
		uint32_t f = rnd_fpage(&ls, a == 0), w = rnd(700) << 22;

		lr = 22 + rnd(3);
		w &= ~((1u << lr) - 1);
		if (rnd(5) == 0)
			do_unmap(a, fpage(f, ls, 7), rnd(2));
		else if (do_map(a, fpage(f, ls, 7), rnd(16) << 12, b, fpage(w, lr, 0), rnd(4) == 0) == MAP_NOMEM)
			failed++;
		ck_assert_uint_ge(kmem_info().free + 16, kmem_info().reserve);
	}
	check_consistent();
	clear_all();
	/* what stays: the frames' list heads, at most one per 4 MiB given out */
	for (unsigned i = 0; i < NPTE; i++)
		if (root[i].frame != NULL)
			kmem_free(root[i].frame, NPTE * sizeof(MapNode *));
	ck_assert_uint_eq(kmem_info().free, before);
	ck_assert(_i > 3 || failed > 0);
}
END_TEST

START_TEST(programs_leave_the_reserve_alone)
{
	Slab s = { .size = 104 };
	void *objs[200], *page;

	setup(POOL_LOW + 64 * MAP_PAGE);
	while ((page = kmem_alloc(MAP_PAGE)) != NULL)
		memset(page, 0x55, MAP_PAGE);
	ck_assert_uint_gt(kmem_info().reserve, 0);
	ck_assert_uint_eq(kmem_info().free, kmem_info().reserve);
	for (int i = 0; i < 200; i++) {
		objs[i] = slab_alloc(&s, KM_RESERVE);
		ck_assert_ptr_nonnull(objs[i]);
		ck_assert_int_eq(memcmp(objs[i], (char[104]){ 0 }, 104), 0);
		memset(objs[i], i, 104);
	}
	for (int i = 0; i < 200; i++)
		slab_free(&s, objs[(i * 77) % 200]);
	ck_assert_uint_eq(kmem_info().free, kmem_info().reserve);
}
END_TEST

START_TEST(status_bits_add_up_and_are_reset)
{
	bool super;

	setup(POOL_HIGH);
	do_map(0, fpage(0x400000, 12, 7), 0, 1, fpage(0x8000, 12, 0), false);
	do_map(1, fpage(0x8000, 12, 7), 0, 2, fpage(0x3000, 12, 0), false);
	ck_assert_uint_eq(do_unmap(1, fpage(0x8000, 12, 0), false), 0);
	*ptab_entry(&map[2], 0x3000, &super) |= PTE_A | PTE_D;
	*ptab_entry(&map[1], 0x8000, &super) |= PTE_A;
	ck_assert_uint_eq(do_unmap(2, fpage(0x3000, 12, 0), false), 7);
	ck_assert_uint_eq(do_unmap(2, fpage(0x3000, 12, 0), false), 0);
	ck_assert_uint_eq(do_unmap(1, fpage(0x8000, 12, 7), false), 7); /* 2's were kept */
	ck_assert_uint_eq(do_unmap(1, fpage(0x8000, 12, 0), false), 0);
	ck_assert(!map_query(&map[2], 0x3000, &(MapEntry){ .pa = 0 }));
	ck_assert(map_query(&map[1], 0x8000, &(MapEntry){ .pa = 0 }));
	clear_all();
}
END_TEST

START_TEST(large_pages_are_large_until_a_part_goes)
{
	MapEntry e;

	setup(POOL_HIGH);
	do_map(0, fpage(0x400000, 22, 7), 0, 1, fpage(0x800000, 22, 0), false);
	ck_assert(map_query(&map[1], 0x912345, &e) && e.super);
	ck_assert_uint_eq(e.pa, 0x512345);
	do_map(1, fpage(0x800000, 22, 7), 0, 2, fpage(0xC00000, 22, 0), true);
	ck_assert(map_query(&map[2], 0xC00000, &e) && e.super && !map_query(&map[1], 0x800000, &e));
	do_unmap(2, fpage(0xC05000, 12, 2), true);
	ck_assert(map_query(&map[2], 0xC04FFF, &e) && !e.super && e.rights == 7 && e.pa == 0x404FFF);
	ck_assert(map_query(&map[2], 0xC05000, &e) && e.rights == 5);
	do_unmap(0, fpage(0x400000, 22, 7), false);
	ck_assert_uint_eq(map_nodes_live(), 0);
}
END_TEST

START_TEST(the_kernels_pages_are_out_of_reach)
{
	MapEntry e;

	setup(POOL_HIGH);
	map_reserve(&map[1], 0x7000, 4096, 0x10000, 0x4000);
	ck_assert(map_own_page(&map[1], 0x7000, kmem_alloc(4096), false));
	ck_assert(map_own_page(&map[1], 0x10000, kmem_alloc(4096), true));
	do_map(0, fpage(0, 22, 7), 0, 1, fpage(0, 22, 0), false);
	ck_assert(map_query(&map[1], 0x6000, &e) && e.pa == 0x6000);
	ck_assert(map_query(&map[1], 0x7000, &e) && e.kernel && e.rights == 5);
	ck_assert(!map_query(&map[1], 0x12000, &e));
	ck_assert(!map_query(&map[1], 0x9000, &e));   /* reserved memory */
	do_map(1, fpage(0, 22, 7), 0, 2, fpage(0, 22, 0), false);
	ck_assert(!map_query(&map[2], 0x7000, &e) && map_query(&map[2], 0x8000, &e));
	do_unmap(1, fpage(0, 22, 7), true);
	ck_assert(map_query(&map[1], 0x7000, &e) && map_query(&map[1], 0x10000, &e) && !map_query(&map[1], 0x6000, &e));
	ck_assert_ptr_null(map_touch(&map[1], 0x7000, true, 0));
	ck_assert_ptr_nonnull(map_touch(&map[1], 0x7000, false, 0));
}
END_TEST

/* Send base and window sizes: X.2, "Mapping", by hand. */
static const struct {
	uint32_t send, hot, window, from, to;
	unsigned log2;
} pairs[] = {
	{ 0x4000 | 12 << 4, 0x5000, 0x100000 | 16 << 4, 0x4000, 0x105000, 12 },
	{ 0x40000 | 16 << 4, 0x5000, 0x7000 | 12 << 4, 0x45000, 0x7000, 12 },
	{ 0x4000 | 12 << 4, 0xABCDE000, 1 << 4, 0x4000, 0xABCDE000, 12 },
	{ 1 << 4, 0x12345000, 0x800000 | 22 << 4, 0x12000000 | 0x000000, 0x800000, 22 },
	{ 1 << 4, 0x5000, 1 << 4, 0, 0, 32 },
};

START_TEST(fpages_of_two_sizes_meet_at_the_send_base)
{
	uint32_t from, to;
	unsigned log2;

	ck_assert(fpage_pair(pairs[_i].send, pairs[_i].hot, pairs[_i].window, &from, &to, &log2));
	ck_assert_uint_eq(from, pairs[_i].from);
	ck_assert_uint_eq(to, pairs[_i].to);
	ck_assert_uint_eq(log2, pairs[_i].log2);
	ck_assert(!fpage_pair(0, 0, 1 << 4, &from, &to, &log2));
	ck_assert(!fpage_pair(0x400 | 11 << 4, 0, 1 << 4, &from, &to, &log2));
}
END_TEST

static const int seeds[8];

UNIT_SUITE("x86_mapdb", LOOP(random_operations_agree_with_the_model, seeds),
	LOOP(operations_meet_in_the_middle, seeds), LOOP(memory_runs_out_without_harm, seeds),
	CASE(programs_leave_the_reserve_alone), CASE(status_bits_add_up_and_are_reset), CASE(large_pages_are_large_until_a_part_goes),
	CASE(the_kernels_pages_are_out_of_reach), LOOP(fpages_of_two_sizes_meet_at_the_send_base, pairs))
