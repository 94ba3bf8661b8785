/*
 * tests/l4/x86.c - the 32-bit PC only: how it is turned off, and what no other
 * machine has: I/O ports, the FPU's and SSE's registers.
 */
#include "tests/l4/l4test.h"

NORETURN void plat_poweroff(int status); /* target-x86/drv/power.c */

static void
processor_control_keeps_what_it_is_told(void)
{
	const L4_ProcDesc_t *p = L4_ProcDesc(kip, 0);
	L4_Word_t voltage = p->padding[0];

	CHECK(L4_ProcessorControl(0, 2000000, 100000, 1200));
	SAME(p->InternalFreq, 2000000);
	SAME(p->ExternalFreq, 100000);
	SAME(p->padding[0], 1200);
	CHECK(L4_ProcessorControl(0, L4_KEEP, 0, L4_KEEP));
	SAME(p->InternalFreq, 2000000);
	SAME(p->ExternalFreq, 100000);
	CHECK(L4_ProcessorControl(0, 0, 133000, voltage ? voltage : 1));
	SAME(p->ExternalFreq, 133000);
}

static void
processor_control_refuses_nonsense(void)
{
	const L4_ProcDesc_t *p = L4_ProcDesc(kip, 0);
	L4_Word_t before = p->InternalFreq;

	CHECK(!L4_ProcessorControl(1, 1000, 1000, 1000));
	SAME(L4_ErrorCode(), L4_ErrInvalidParam);
	CHECK(!L4_ProcessorControl(0, 0x80000000, 0, 0));
	SAME(L4_ErrorCode(), L4_ErrInvalidParam);
	CHECK(!L4_ProcessorControl(0, 1000, 0, 100000));
	SAME(L4_ErrorCode(), L4_ErrInvalidParam);
	SAME(p->InternalFreq, before);
}

TESTS(machine_tests) = {
	TEST(processor_control_keeps_what_it_is_told),
	TEST(processor_control_refuses_nonsense),
	{ NULL, NULL },
};

void
power_off(int status)
{
	plat_poweroff(status);
}
