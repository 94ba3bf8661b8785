/*
 * hvm/frame.c - page frames: a buddy allocator over one table with an entry per
 * frame, and a reference count for each frame that is given out.
 *
 * A block of 2^order free frames is aligned to its size and stands in one list,
 * through its first frame. A block that is given out falls apart: each of its
 * frames is counted and freed by itself, and neighbours merge again.
 *
 * Programs can't have the last FRAME_KEEP_CORE frames, nor CORE the last
 * FRAME_KEEP_HVM: when programs use everything up, CORE still can end one.
 *
 * LIMITS  2^20 frames (an entry of a seg has 20 bits for the number)
 * SEE     tests/unit/hvm_frame.c
 */
#include "hvm/hvm_impl.h"

enum State { ABSENT, FREE, INSIDE, USED }; /* INSIDE: of a free block, not its first */

static struct {
	uintptr_t base;
	Frame *table;
	size_t n;
	size_t nfree, ntotal;
	uint32_t list[FRAME_MAXORDER + 1];
} mem;

bool (*frame_more)(size_t npage);
size_t frame_unseen;

uint32_t
frame_number(uintptr_t addr)
{
	return (uint32_t)((addr - mem.base) >> PAGE_LOG2);
}

uintptr_t
frame_addr(uint32_t number)
{
	return mem.base + ((uintptr_t)number << PAGE_LOG2);
}

void
frame_init(uintptr_t base, Frame *table, size_t n)
{
	memset(&mem, 0, sizeof mem);
	mem.base = base;
	mem.table = table;
	mem.n = n;
	frame_unseen = 0;
}

static void
list_add(uint32_t f, unsigned order)
{
	Frame *e = &mem.table[f];

	e->state = FREE;
	e->order = (uint8_t)order;
	e->prev = 0;
	e->next = mem.list[order];
	if (e->next != 0)
		mem.table[e->next].prev = f;
	mem.list[order] = f;
}

static void
list_remove(uint32_t f)
{
	Frame *e = &mem.table[f];

	if (e->prev != 0)
		mem.table[e->prev].next = e->next;
	else
		mem.list[e->order] = e->next;
	if (e->next != 0)
		mem.table[e->next].prev = e->prev;
	e->state = INSIDE;
}

/* Frees the block at f, joined with its free buddies as far as it goes. */
static void
block_free(uint32_t f, unsigned order)
{
	while (order < FRAME_MAXORDER) {
		uint32_t buddy = f ^ (1u << order);

		if (buddy == 0 || buddy >= mem.n ||
		    mem.table[buddy].state != FREE || mem.table[buddy].order != order)
			break;
		list_remove(buddy);
		f &= ~(1u << order);
		mem.table[f | 1u << order].state = INSIDE;
		order++;
	}
	list_add(f, order);
}

void
frame_add(uintptr_t addr, size_t npage)
{
	uint32_t f = frame_number(addr);

	for (; npage > 0; npage--, f++) {
		if (f == 0 || f >= mem.n || mem.table[f].state != ABSENT)
			continue;
		mem.nfree++;
		mem.ntotal++;
		block_free(f, 0);
	}
}

void
frame_hold(uintptr_t addr, size_t npage)
{
	uint32_t f = frame_number(addr);

	for (; npage > 0; npage--, f++) {
		if (f == 0 || f >= mem.n || mem.table[f].state != ABSENT)
			continue;
		mem.table[f].state = USED;
		mem.table[f].ref = 1;
		mem.ntotal++;
	}
}

static bool
may_take(size_t npage, enum FrameUse use)
{
	static const size_t keep[] = {
		[FRAME_PROGRAM] = FRAME_KEEP_HVM + FRAME_KEEP_CORE,
		[FRAME_CORE] = FRAME_KEEP_HVM,
		[FRAME_HVM] = 0,
	};
	size_t all = mem.nfree + frame_unseen;

	return all >= npage && all - npage >= keep[use];
}

/* Takes the block that starts at f, of the list's order, down to size order. */
static void
block_split(uint32_t f, unsigned order, unsigned want)
{
	list_remove(f);
	while (order > want) {
		order--;
		list_add(f + (1u << order), order);
	}
}

static void
block_use(uint32_t f, size_t npage)
{
	for (size_t i = 0; i < npage; i++) {
		mem.table[f + i].state = USED;
		mem.table[f + i].ref = 1;
	}
	mem.nfree -= npage;
}

static uint32_t
block_find(unsigned order)
{
	for (unsigned o = order; o <= FRAME_MAXORDER; o++) {
		uint32_t f = mem.list[o];

		if (f != 0) {
			block_split(f, o, order);
			return f;
		}
	}
	return 0;
}

uintptr_t
frame_alloc(unsigned order, enum FrameUse use)
{
	uint32_t f;

	if (order > FRAME_MAXORDER || !may_take((size_t)1 << order, use))
		return 0;
	while ((f = block_find(order)) == 0)
		if (frame_unseen == 0 || !frame_more((size_t)1 << order))
			return 0;
	block_use(f, (size_t)1 << order);
	return frame_addr(f);
}

/* The free block that holds frame f: its first frame; 0: f isn't free. */
static uint32_t
block_of(uint32_t f)
{
	for (unsigned o = 0; o <= FRAME_MAXORDER; o++) {
		uint32_t head = f & ~((1u << o) - 1);

		if (head != 0 && mem.table[head].state == FREE &&
		    f - head < 1u << mem.table[head].order)
			return head;
	}
	return 0;
}

uintptr_t
frame_alloc_at(uintptr_t addr, enum FrameUse use)
{
	uint32_t f = frame_number(addr), head;
	unsigned order;

	if (f == 0 || f >= mem.n || !may_take(1, use))
		return 0;
	if (mem.table[f].state != FREE && mem.table[f].state != INSIDE)
		return 0;
	if ((head = block_of(f)) == 0)
		return 0;
	order = mem.table[head].order;
	list_remove(head);
	while (order > 0) {
		uint32_t half = 1u << (order - 1);

		order--;
		if (f - head >= half) { /* keep the upper half */
			list_add(head, order);
			head += half;
		} else {
			list_add(head + half, order);
		}
	}
	block_use(f, 1);
	return addr;
}

uintptr_t
frame_alloc_run(size_t npage, enum FrameUse use)
{
	unsigned order = 0;
	uintptr_t addr;

	if (npage == 0 || npage > (size_t)1 << FRAME_MAXORDER)
		return 0;
	while ((size_t)1 << order < npage)
		order++;
	if ((addr = frame_alloc(order, use)) == 0)
		return 0;
	for (size_t i = npage; i < (size_t)1 << order; i++)
		frame_put(addr + i * PAGE);
	return addr;
}

static Frame *
frame_used(uintptr_t addr, const char *who)
{
	uint32_t f = frame_number(addr);

	if (f == 0 || f >= mem.n || mem.table[f].state != USED || mem.table[f].ref == 0)
		panic("%s: no frame in use at 0x%lx", who, (unsigned long)addr);
	return &mem.table[f];
}

void
frame_get(uintptr_t addr)
{
	frame_used(addr, "frame_get")->ref++;
}

void
frame_put(uintptr_t addr)
{
	Frame *e = frame_used(addr, "frame_put");

	if (--e->ref > 0)
		return;
	mem.nfree++;
	block_free(frame_number(addr), 0);
}

uint32_t
frame_ref(uintptr_t addr)
{
	uint32_t f = frame_number(addr);

	return f < mem.n && mem.table[f].state == USED ? mem.table[f].ref : 0;
}

size_t
frame_free(void)
{
	return mem.nfree + frame_unseen;
}

size_t
frame_total(void)
{
	return mem.ntotal + frame_unseen;
}

size_t
frame_check(void)
{
	size_t nfree = 0, ninside = 0, nlist = 0;

	for (uint32_t f = 1; f < mem.n; f++) {
		nfree += mem.table[f].state == FREE;
		ninside += mem.table[f].state == INSIDE;
	}
	for (unsigned o = 0; o <= FRAME_MAXORDER; o++)
		for (uint32_t f = mem.list[o]; f != 0; f = mem.table[f].next) {
			Frame *e = &mem.table[f];

			if (e->state != FREE || e->order != o || f & ((1u << o) - 1))
				panic("frame_check: block %u of order %u", f, o);
			for (uint32_t i = 1; i < 1u << o; i++)
				if (mem.table[f + i].state != INSIDE)
					panic("frame_check: frame %u", f + i);
			nlist += (size_t)1 << o;
		}
	if (nlist != nfree + ninside || nlist != mem.nfree)
		panic("frame_check: %zu free, %zu counted, %zu in lists",
		    nfree + ninside, mem.nfree, nlist);
	return nlist;
}
