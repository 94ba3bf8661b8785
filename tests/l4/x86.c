/*
 * tests/l4/x86.c - the 32-bit PC only: how it is turned off, and what no other
 * machine has: I/O ports, the FPU's and SSE's registers.
 */
#include "tests/l4/l4test.h"

NORETURN void plat_poweroff(int status); /* target-x86/drv/power.c */

TESTS(machine_tests) = {
	{ NULL, NULL },
};

void
power_off(int status)
{
	plat_poweroff(status);
}
