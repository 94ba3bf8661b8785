/*
 * free/malloc_lock.c - the lock of malloc, unless the program brings its own
 * (CORE does). A thread that waits lets others run. Notes wait while a thread
 * is inside malloc, so that their handlers may call it too.
 */
#include <stdatomic.h>
#include "lib9/plat.h"

static atomic_bool held;

void
malloc_lock(void)
{
	uthread_self()->hold_notes++;
	while (atomic_exchange_explicit(&held, true, memory_order_acquire))
		L4_Yield();
}

void
malloc_unlock(void)
{
	Uthread *self = uthread_self();

	atomic_store_explicit(&held, false, memory_order_release);
	self->hold_notes--;
	if (self->note_missed && !self->in_note)
		self->note_missed();
}
