/*
 * task/exits.c - the end of a task that has no CORE to tell: sigma0, the
 * root task. Programs are linked with lib9/sys/exits.c in its place.
 */
#include "lib9/plat.h"

NORETURN void exits(const char *status);

void
exits(const char *status)
{
	USED(status);
	for (;;)
		L4_Sleep(L4_Never);
}
