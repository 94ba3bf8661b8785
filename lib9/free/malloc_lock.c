/*
 * free/malloc_lock.c - the lock of malloc, unless the program brings its own
 * (CORE does). A thread that waits lets others run. A note handler that calls
 * malloc while the thread it interrupted is inside malloc is told so, since it
 * would wait for itself.
 */
#include <stdatomic.h>
#include "lib9/plat.h"

static _Atomic(Uthread *) owner;

void
malloc_lock(void)
{
	Uthread *self = uthread_self(), *none = NULL;

	while (!atomic_compare_exchange_weak_explicit(&owner, &none, self, memory_order_acquire, memory_order_relaxed)) {
		if (none == self)
			panic("malloc: called by a note handler that interrupted malloc");
		none = NULL;
		L4_Yield();
	}
}

void
malloc_unlock(void)
{
	atomic_store_explicit(&owner, NULL, memory_order_release);
}
