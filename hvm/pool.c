/*
 * hvm/pool.c - objects smaller than a page, out of frames. A pool keeps its
 * frames: what regions and leaves once needed they will need again.
 */
#include "hvm/hvm_impl.h"

static bool
pool_grow(Pool *p, enum FrameUse use)
{
	uintptr_t frame = frame_alloc(0, use);
	size_t step = (p->size + 15) & ~(size_t)15;

	if (frame == 0)
		return false;
	for (size_t at = PAGE / step; at-- > 0;) {
		void **object = (void **)(frame + at * step);

		*object = p->free;
		p->free = object;
	}
	return true;
}

void *
pool_new(Pool *p, enum FrameUse use)
{
	void **object;

	if (p->free == NULL && !pool_grow(p, use))
		return NULL;
	object = p->free;
	p->free = *object;
	p->nlive++;
	return memset(object, 0, p->size);
}

void
pool_put(Pool *p, void *object)
{
	if (object == NULL)
		return;
	*(void **)object = p->free;
	p->free = object;
	p->nlive--;
}
