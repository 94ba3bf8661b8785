/*
 * tests/l4/roles.c - what threads of many tests do, and ThreadControl as an
 * expression.
 */
#include "tests/l4/l4test.h"

volatile L4_Word_t spun;

void
idles(void *arg)
{
	USED(arg);
	for (;;)
		L4_Sleep(L4_Never);
}

void
spins(void *arg)
{
	USED(arg);
	for (;;)
		spun++;
}

void
tells(void *arg)
{
	send_words(test_id, 0x10, 1, (L4_Word_t)arg);
	idles(NULL);
}

L4_Word_t
control(L4_ThreadId_t dest, L4_ThreadId_t space, L4_ThreadId_t sched, L4_ThreadId_t pager, void *utcb)
{
	return L4_ThreadControl(dest, space, sched, pager, utcb) ? 0 : L4_ErrorCode();
}
