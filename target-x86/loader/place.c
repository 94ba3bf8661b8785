/*
 * target-x86/loader/place.c - memory: what is RAM, who is where, and what must
 * move out of the way of the programs.
 */
#include "target-x86/loader/loader.h"

extern char loader_low[], loader_high[]; /* the linker's: this program */

Memory memory[RANGE_MAX];
size_t nmemory;
Module module[MODULE_MAX];
size_t nmodule;
static struct {
	uint32_t low, high;
} keep[RANGE_MAX];
static size_t nkeep;

void
memory_add(uint64_t low, uint64_t high, int type, int subtype)
{
	if (type == 1 && low < high && high > (uint64_t)UINT32_MAX + 1)
		con_print("loader: %u MiB of memory above 4 GiB are not used\n",
		    (uint32_t)((high - (low > UINT32_MAX ? low : (uint64_t)UINT32_MAX + 1)) >> 20));
	if (low >= high || low > UINT32_MAX)
		return;
	if (nmemory == RANGE_MAX)
		fail("the BIOS tells of more than %u pieces of memory; start with less hardware", RANGE_MAX);
	memory[nmemory++] = (Memory){ { low, high }, type, subtype };
}

void
keep_add(uint32_t low, uint32_t high)
{
	if (nkeep == RANGE_MAX)
		fail("too many things to place in memory; give fewer modules");
	keep[nkeep].low = low;
	keep[nkeep++].high = high;
}

static bool
overlap(uint32_t low, uint32_t size, uint32_t low2, uint32_t high2)
{
	return low < high2 && low2 < low + size;
}

/* Where that begins which lies in [at, at + size); 0: nothing does. */
static uint32_t
conflict(uint32_t at, uint32_t size)
{
	if (overlap(at, size, (uint32_t)loader_low, (uint32_t)loader_high))
		return (uint32_t)loader_low;
	for (size_t i = 0; i < nkeep; i++)
		if (overlap(at, size, keep[i].low, keep[i].high))
			return keep[i].low;
	for (size_t i = 0; i < nmodule; i++)
		if (overlap(at, size, module[i].start, module[i].start + page_up(module[i].size)))
			return module[i].start;
	/* a hole that the BIOS keeps inside the piece */
	for (size_t i = 0; i < nmemory; i++)
		if (memory[i].type != 1 && memory[i].r.low < at + (uint64_t)size && at < memory[i].r.high)
			return (uint32_t)memory[i].r.low;
	return 0;
}

static uint32_t
place_in(const Memory *m, uint32_t size, uint32_t align, uint32_t limit)
{
	uint32_t low = m->r.low < 1 << 20 ? 1 << 20 : (uint32_t)m->r.low;
	uint32_t at = m->r.high < limit ? (uint32_t)m->r.high : limit;

	while (at >= size && at - size >= low) {
		uint32_t start = (at - size) & ~(align - 1), c;

		if (start < low)
			return 0;
		if ((c = conflict(start, size)) == 0)
			return start;
		if (c < low)
			return 0;
		at = c < start + size ? c : start;
	}
	return 0;
}

uint32_t
place_find(uint32_t size, uint32_t align, uint32_t limit)
{
	uint32_t best = 0;

	for (size_t i = 0; i < nmemory; i++)
		if (memory[i].type == 1) {
			uint32_t at = place_in(&memory[i], size, align, limit);

			best = at > best ? at : best;
		}
	return best;
}

void
modules_move(void)
{
	for (size_t i = 0; i < nmodule; i++) {
		Module *m = &module[i];
		bool moves = m->start % PAGE != 0;
		uint32_t at;

		for (size_t k = 0; k < nkeep; k++)
			moves |= overlap(m->start, page_up(m->size), keep[k].low, keep[k].high);
		if (!moves || m->size == 0)
			continue;
		if ((at = place_find(page_up(m->size), PAGE, 0xA0000000)) == 0)
			fail("no room for module %s of %u KiB; give the machine more memory", m->words, m->size >> 10);
		__builtin_memcpy((void *)at, (const void *)m->start, m->size);
		m->start = at;
	}
}
