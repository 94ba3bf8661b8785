/*
 * mapcall.c - memory and ports as ipc.c, space.c and trap.c call for them: of
 * Spaces, with the pieces of long operations between preemption points.
 * SEE mapdb.c for what the operations do
 */
#include "target-x86/kernel/kernel.h"

enum { PIECE_LOG2 = 22 };	/* of MemoryControl: one page table */

/* between: preempt_point, or preempt_switch where others may run, and kill current */
static int
op_run(MapOp *op, void (*between)(void))
{
	int rc;

	while ((rc = map_op_step(op)) == MAP_MORE)
		between();
	map_op_end(op);
	return rc;
}

bool
map_new(Space *s)
{
	if (!map_init(&s->map))
		return false;
	s->cr3 = map_cr3(&s->map);
	return true;
}

void
map_free(Space *s)
{
	MapOp op;

	io_unmap(&s->map, 2 << 4 | 16 << 10, true);
	map_op_clear(&op, &s->map);
	op_run(&op, preempt_point);
	if (map_current == &s->map) {
		cpu_set_cr3(map_kernel_cr3());
		map_current = NULL;
	}
	map_fini(&s->map);
}

int
map_fpage(Space *from, uint32_t snd, uint32_t hot, Space *to, uint32_t window, bool grant, uint32_t *rights)
{
	MapOp op;
	int rc;

	if (fpage_is_io(snd) || fpage_is_io(window)) {
		bool io = fpage_is_io(snd) && (fpage_is_io(window) || (window >> 4 & 0x3F) == 1);

		if (rights != NULL)
			*rights = io ? snd & 7 : 0;
		return io && !io_map(&from->map, snd, &to->map, window, grant);
	}
	map_op_map(&op, &from->map, hot, snd, &to->map, window, grant);
	rc = op_run(&op, preempt_point);
	if (rights != NULL)
		*rights = op.result;
	return rc == MAP_NOMEM;
}

uint32_t
unmap_fpage(Space *s, uint32_t fpage, bool flush)
{
	MapOp op;

	TRACE(TRACE_UNMAP, s->cr3, fpage, flush, 0);
	if (fpage_is_io(fpage)) {
		if (fpage & 7)
			io_unmap(&s->map, fpage, flush);
		return fpage & ~0xFu;
	}
	map_op_unmap(&op, &s->map, fpage, flush);
	op_run(&op, preempt_switch);
	return (fpage & ~0xFu) | op.result;
}

void *
map_lookup(Space *s, uint32_t va, bool write, unsigned slot)
{
	return map_touch(&s->map, va, write, slot);
}

int
map_kernel_page(Space *s, uint32_t va, void *page, bool write)
{
	return !map_own_page(&s->map, va, page, write);
}

void
map_unmap_kernel_page(Space *s, uint32_t va)
{
	map_own_unpage(&s->map, va);
}

void
map_kernel_areas(Space *s, uint32_t kip_base, uint32_t kip_size, uint32_t utcb, uint32_t utcb_size)
{
	map_reserve(&s->map, kip_base, kip_size, utcb, utcb_size);
}

bool
map_fault_spurious(Space *s, uint32_t va, bool write)
{
	return map_fault_fixed(&s->map, va, write);
}

int
map_attributes(Space *s, uint32_t fpage, uint32_t attr)
{
	uint32_t va;
	unsigned log2;

	if (!fpage_range(fpage, &va, &log2) || log2 <= PIECE_LOG2)
		return map_attr(&s->map, fpage, attr);
	for (uint64_t end = (uint64_t)va + (1ull << log2), at = va; at < end && at < KBASE; at += 1u << PIECE_LOG2) {
		if (map_attr(&s->map, (uint32_t)at | PIECE_LOG2 << 4, attr))
			return -1;
		preempt_point();
	}
	return 0;
}

uint32_t
iospace_fault(Space *s, uint32_t ip, uint32_t edx)
{
	return io_fault_fpage(&s->map, ip, edx);
}

void
iospace_switch(Space *s)
{
	io_switch(&s->map);
}
