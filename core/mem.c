/*
 * mem.c - CORE's heap: lib9's malloc over HVM's brk of CORE's own space.
 * It grows to what the worst moment needed, and stays: six pipelines of three in a
 * storm of kills took 3700 pages in the first round, none in the next ones.
 * LOCKS  heap.q stands around malloc; under it nothing but HVM is called.
 */
#include "core/core_impl.h"

enum { HEAP_STEP = 1 << 20, CORE_SID = 1 };
extern char end[];            /* the linker's: behind bss */

static struct {
	QLock q;
	uintptr_t brk;            /* q */
	uintptr_t have;           /* q: what HVM gave */
} heap;

void
malloc_lock(void)
{
	qlock(&heap.q);
}

void
malloc_unlock(void)
{
	qunlock(&heap.q);
}

/* Called under heap.q. */
void *
mem_more(size_t n)
{
	uintptr_t p, want;

	if (!heap.brk)
		heap.brk = heap.have = ((uintptr_t)end + 4095) & ~(uintptr_t)4095;
	p = heap.brk;
	if (n > HVM_SEG - p)
		return NULL;
	want = p + n;
	if (want > heap.have) {
		uintptr_t to = want + HEAP_STEP;

		if (hvm_brk(CORE_SID, to) < 0) {
			to = want;
			if (hvm_brk(CORE_SID, to) < 0)
				return NULL;
		}
		heap.have = to;
	}
	heap.brk = want;
	return (void *)p;
}
