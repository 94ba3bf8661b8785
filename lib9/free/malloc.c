/*
 * free/malloc.c - malloc for the freestanding builds: blocks with boundary
 * tags in chunks of memory, free ones in lists by size, joined at once with
 * free neighbours. Sizes are counted in units of 16 bytes.
 *
 *      chunk:  Chunk | Block … | Block … | end mark (a Block of size 0)
 *      block:  Block | the caller's bytes | GUARD bytes, at least 4
 *
 * A header or guard that does not hold what it should, a block freed twice and
 * a list whose links disagree end in panic("malloc: corrupt block at …").
 * Memory is taken by mem_more() and never given back.
 * LOCKS   malloc_lock/malloc_unlock stand around every public function
 * LIMITS  one block is less than 2 GiB
 * SEE     tests/unit/malloc.c
 */
#include "lib9/lib9.h"

enum {
	UNIT = 16,
	MIN_UNITS = 2,          /* a free block must hold its links */
	NSMALL = 32,            /* bins 2 .. 31: one size each, in units */
	NBIN = 32 + 4 * 23,     /* then four to a doubling, to 2^27 units = 2 GiB */
	PAGE = 4096,
	GROW_MIN = 64 << 10, GROW_MAX = 1 << 20,
	GUARD = 0xA5, GUARD_MIN = 4, GUARD_CHECK = 16,
};
#define MAGIC_USED 0x5AFEB10Cu
#define MAGIC_FREE 0xF4EEB10Cu
#define MAGIC_END 0xE17DB10Cu

typedef struct Block Block;
struct Block {
	uint32_t magic;         /* mixed with the address */
	uint32_t units;         /* size with this header; 0: end mark */
	uint32_t prev;          /* size of the block before; 0: first of its chunk */
	uint32_t slack;         /* used: bytes at the end that the caller did not ask for;
	                           free: seal of the links */
};
typedef struct FreeBlock FreeBlock;
struct FreeBlock {
	Block b;
	FreeBlock *next, *last;
};
typedef struct Chunk Chunk;
struct Chunk {
	Chunk *next;
	uintptr_t size;         /* bytes with this */
};
_Static_assert(sizeof(Block) == UNIT, "a header is one unit");
_Static_assert(sizeof(FreeBlock) <= MIN_UNITS * UNIT, "links fit a small block");
_Static_assert(sizeof(Chunk) <= UNIT, "a chunk's head is one unit");

static struct {
	Chunk *chunks;          /* newest first */
	size_t size;            /* bytes taken by mem_more */
	FreeBlock *bins[NBIN];
	uint64_t filled[(NBIN + 63) / 64]; /* bit i: bins[i] is not empty */
} heap;

static NORETURN void
corrupt(const void *p, const char *what)
{
	panic("malloc: corrupt block at %p: %s", p, what);
}

static uint32_t
magic_at(const Block *b, uint32_t magic)
{
	return magic ^ (uint32_t)((uintptr_t)b >> 4) * 0x9E3779B1u;
}

static bool
is(const Block *b, uint32_t magic)
{
	return b->magic == magic_at(b, magic);
}

static Block *
after(Block *b)
{
	return (Block *)(void *)((char *)b + (size_t)b->units * UNIT);
}

static Block *
before(Block *b)
{
	return (Block *)(void *)((char *)b - (size_t)b->prev * UNIT);
}

static unsigned
bin_of(uint32_t units)
{
	unsigned log;

	if (units < NSMALL)
		return units;
	log = 31 - (unsigned)__builtin_clz(units);
	return NSMALL + 4 * (log - 5) + (units >> (log - 2) & 3);
}

/* Changes with each bit of the links, so that a damaged one is not followed. */
static uint32_t
seal_of(const FreeBlock *f)
{
	uintptr_t w = (uintptr_t)f->next * 31 + (uintptr_t)f->last;

	return (uint32_t)(w ^ w >> 16 >> 16) ^ MAGIC_FREE;
}

static void
check_links(const FreeBlock *f)
{
	if (!is(&f->b, MAGIC_FREE) || f->b.slack != seal_of(f))
		corrupt(&f->b + 1, "written after it was freed");
}

static void
list_add(Block *b)
{
	FreeBlock *f = (FreeBlock *)(void *)b;
	unsigned i = bin_of(b->units);

	b->magic = magic_at(b, MAGIC_FREE);
	f->last = NULL;
	f->next = heap.bins[i];
	f->b.slack = seal_of(f);
	if (f->next != NULL) {
		check_links(f->next);
		f->next->last = f;
		f->next->b.slack = seal_of(f->next);
	}
	heap.bins[i] = f;
	heap.filled[i / 64] |= 1ull << i % 64;
}

static void
list_remove(Block *b)
{
	FreeBlock *f = (FreeBlock *)(void *)b;
	unsigned i = bin_of(b->units);

	check_links(f);
	if (after(b)->prev != b->units)
		corrupt(b + 1, "written after it was freed");
	if (f->last != NULL)
		f->last->next = f->next;
	else
		heap.bins[i] = f->next;
	if (f->next != NULL)
		f->next->last = f->last;
	if (f->last != NULL)
		f->last->b.slack = seal_of(f->last);
	if (f->next != NULL)
		f->next->b.slack = seal_of(f->next);
	if (heap.bins[i] == NULL)
		heap.filled[i / 64] &= ~(1ull << i % 64);
	b->magic = 0; /* neither free nor used until the caller says so */
}

/* Makes b a free block of its size and joins it with its neighbours. */
static void
give_back(Block *b)
{
	Block *n = after(b);

	if (is(n, MAGIC_FREE)) {
		list_remove(n);
		b->units += n->units;
	}
	if (b->prev != 0 && is(before(b), MAGIC_FREE)) {
		Block *p = before(b);

		list_remove(p);
		p->units += b->units;
		b->magic = 0;
		b = p;
	}
	after(b)->prev = b->units;
	list_add(b);
}

/* Cuts used block b to `units` and gives the rest back when it is a block. */
static void
trim(Block *b, uint32_t units)
{
	Block *rest;

	if (b->units - units < MIN_UNITS)
		return;
	rest = (Block *)(void *)((char *)b + (size_t)units * UNIT);
	rest->units = b->units - units;
	rest->prev = units;
	b->units = units;
	after(rest)->prev = rest->units;
	give_back(rest);
}

static Block *
find(uint32_t units)
{
	unsigned i = bin_of(units);

	for (FreeBlock *f = heap.bins[i]; f != NULL; f = f->next) {
		check_links(f);
		if (f->b.units >= units)
			return &f->b;
	}
	for (i++; i < NBIN; i = (i / 64 + 1) * 64) { /* any block of a later bin will do */
		uint64_t w = heap.filled[i / 64] >> i % 64;

		if (w != 0)
			return &heap.bins[i + (unsigned)__builtin_ctzll(w)]->b;
	}
	return NULL;
}

/* Takes a chunk for a block of `units` at least. */
static bool
grow(uint32_t units)
{
	size_t need = ((size_t)units + 2) * UNIT, size = heap.size / 8;
	Chunk *c;
	Block *b;

	size = size < GROW_MIN ? GROW_MIN : size > GROW_MAX ? GROW_MAX : size;
	need = (need + PAGE - 1) & ~(size_t)(PAGE - 1);
	size = need > size ? need : (size + PAGE - 1) & ~(size_t)(PAGE - 1);
	c = mem_more(size);
	if (c == NULL && size > need)
		c = mem_more(size = need);
	if (c == NULL)
		return false;
	heap.size += size;
	if (heap.chunks != NULL && (char *)heap.chunks + heap.chunks->size == (char *)c) {
		b = (Block *)(void *)c - 1; /* the old end mark */
		b->units = (uint32_t)(size / UNIT);
		heap.chunks->size += size;
	} else {
		c->next = heap.chunks;
		c->size = size;
		heap.chunks = c;
		b = (Block *)(void *)((char *)c + UNIT);
		b->units = (uint32_t)(size / UNIT - 2);
		b->prev = 0;
	}
	*after(b) = (Block){ .prev = b->units };
	after(b)->magic = magic_at(after(b), MAGIC_END);
	give_back(b);
	return true;
}

static void
set_slack(Block *b, size_t n)
{
	size_t room = (size_t)b->units * UNIT - UNIT;

	b->magic = magic_at(b, MAGIC_USED);
	b->slack = (uint32_t)(room - n);
	memset((char *)(b + 1) + n, GUARD, b->slack < GUARD_CHECK ? b->slack : GUARD_CHECK);
}

static void
check_used(const Block *b, const void *p)
{
	const unsigned char *guard;
	size_t room = (size_t)b->units * UNIT - UNIT, n;

	if (is(b, MAGIC_FREE))
		corrupt(p, "freed twice");
	if (!is(b, MAGIC_USED))
		corrupt(p, "no block, or its head was overwritten");
	if (b->units < MIN_UNITS || b->slack < GUARD_MIN || b->slack > room)
		corrupt(p, "its head was overwritten");
	guard = (const unsigned char *)p + room - b->slack;
	n = b->slack < GUARD_CHECK ? b->slack : GUARD_CHECK;
	for (size_t i = 0; i < n; i++)
		if (guard[i] != GUARD)
			corrupt(p, "written past its end");
	if (after((Block *)(uintptr_t)b)->prev != b->units)
		corrupt(p, "written past its end");
}

static Block *
block_of(void *p)
{
	Block *b = (Block *)p - 1;

	if ((uintptr_t)p % UNIT != 0)
		corrupt(p, "no block");
	check_used(b, p);
	return b;
}

/* Units for n bytes; 0: more than there can be. */
static uint32_t
units_for(size_t n)
{
	uint32_t units;

	if (n > INT32_MAX - PAGE)
		return 0;
	units = (uint32_t)((n + GUARD_MIN + UNIT - 1) / UNIT + 1);
	return units < MIN_UNITS ? MIN_UNITS : units;
}

static void *
take(size_t n)
{
	uint32_t units = units_for(n);
	Block *b;

	if (units == 0)
		return NULL;
	b = find(units);
	if (b == NULL && (!grow(units) || (b = find(units)) == NULL))
		return NULL;
	list_remove(b);
	trim(b, units);
	set_slack(b, n);
	return b + 1;
}

/* Makes used block b hold n bytes where it is, if it can. */
static bool
resize(Block *b, size_t n)
{
	uint32_t units = units_for(n);
	Block *next = after(b);

	if (units == 0)
		return false;
	if (units > b->units) {
		if (!is(next, MAGIC_FREE) || b->units + next->units < units)
			return false;
		list_remove(next);
		b->units += next->units;
		after(b)->prev = b->units;
	}
	trim(b, units);
	set_slack(b, n);
	return true;
}

static void *
result(void *p)
{
	if (p == NULL)
		seterr(Enomem, NULL);
	return p;
}

void *
malloc(size_t n)
{
	void *p;

	malloc_lock();
	p = take(n);
	malloc_unlock();
	return result(p);
}

void *
calloc(size_t n, size_t size)
{
	void *p = NULL;

	if (size == 0 || n <= SIZE_MAX / size) {
		malloc_lock();
		p = take(n * size);
		malloc_unlock();
	}
	if (p != NULL)
		memset(p, 0, n * size);
	return result(p);
}

void
free(void *p)
{
	if (p == NULL)
		return;
	malloc_lock();
	give_back(block_of(p));
	malloc_unlock();
}

void *
realloc(void *p, size_t n)
{
	void *q = p;
	Block *b;

	if (p == NULL)
		return malloc(n);
	malloc_lock();
	b = block_of(p);
	if (!resize(b, n) && (q = take(n)) != NULL) {
		size_t old = (size_t)b->units * UNIT - UNIT - b->slack;

		memcpy(q, p, old < n ? old : n);
		give_back(b);
	}
	malloc_unlock();
	return result(q);
}

void *
aligned_alloc(size_t align, size_t n)
{
	Block *b, *a;
	char *p;

	if (align <= UNIT)
		return malloc(n);
	if ((align & (align - 1)) != 0 || align > INT32_MAX / 4 || n > INT32_MAX - 2 * align)
		return result(NULL);
	malloc_lock();
	p = take(n + align + MIN_UNITS * UNIT);
	if (p != NULL && (uintptr_t)p % align != 0) { /* cut off what stands before */
		b = (Block *)(void *)p - 1;
		p = (char *)(((uintptr_t)p + MIN_UNITS * UNIT + align - 1) & ~(uintptr_t)(align - 1));
		a = (Block *)(void *)p - 1;
		a->prev = (uint32_t)(((char *)a - (char *)b) / UNIT);
		a->units = b->units - a->prev;
		b->units = a->prev;
		after(a)->prev = a->units;
		a->magic = magic_at(a, MAGIC_USED);
		give_back(b);
	}
	if (p != NULL)
		resize((Block *)(void *)p - 1, n);
	malloc_unlock();
	return result(p);
}

size_t
malloc_check(void)
{
	size_t used = 0;

	malloc_lock();
	for (Chunk *c = heap.chunks; c != NULL; c = c->next) {
		Block *b = (Block *)(void *)((char *)c + UNIT), *end = (Block *)(void *)((char *)c + c->size) - 1;
		uint32_t prev = 0;

		for (; b < end; prev = b->units, b = after(b)) {
			if (b->prev != prev || b->units < MIN_UNITS || b->units > (size_t)(end - b))
				corrupt(b + 1, "its head was overwritten");
			if (is(b, MAGIC_FREE)) {
				check_links((FreeBlock *)(void *)b);
				continue;
			}
			check_used(b, b + 1);
			used += (size_t)b->units * UNIT - UNIT - b->slack;
		}
		if (b != end || b->prev != prev || !is(b, MAGIC_END))
			corrupt(b + 1, "the end of a chunk was overwritten");
	}
	malloc_unlock();
	return used;
}
