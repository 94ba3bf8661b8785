/*
 * sleep.c - waiting for a device.
 */
#include "target-x86/drv/io.h"

void
io_sleep(uint32_t us)
{
	L4_Sleep(L4_TimePeriod(us));
}
