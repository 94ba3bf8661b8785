/*
 * sys/mem_more.c - where malloc gets memory in a program: the heap segment.
 * malloc's lock is held here, and with it notes: none is handled in sbrk.
 */
#include "lib9/sys.h"

void *
mem_more(size_t n)
{
	enum { PAGE = 4096 };
	uintptr_t now = (uintptr_t)sbrk(0), gap = -now % PAGE;
	char *p;

	if (n > INTPTR_MAX - gap)
		return NULL;
	p = sbrk((intptr_t)(gap + n));
	return p == (void *)-1 ? NULL : p + gap;
}
