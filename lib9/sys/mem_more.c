/*
 * sys/mem_more.c - where malloc gets memory in a program: the heap segment.
 * malloc's lock is held here: a note that comes with the reply must wait for the
 * next system call, since its handler may call malloc.
 */
#include "lib9/sys.h"
#include "lib9/uthread.h"

void *
mem_more(size_t n)
{
	enum { PAGE = 4096 };
	uintptr_t now = (uintptr_t)sbrk(0), gap = -now % PAGE;
	Uthread *self = uthread_self();
	bool in_note = self->in_note;
	char *p;

	if (n > INTPTR_MAX - gap)
		return NULL;
	self->in_note = true;
	p = sbrk((intptr_t)(gap + n));
	self->in_note = in_note;
	return p == (void *)-1 ? NULL : p + gap;
}
