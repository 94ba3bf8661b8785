/*
 * clock.c - time: since start from the L4 clock, and the wall clock, which is
 * that plus an offset (the machine's clock at start, then #c/time).
 */
#include "core/core_impl.h"

static struct {
	int64_t start_us;          /* immutable after clock_init */
	atomic_int_fast64_t wall_ns; /* 1970 to start */
} epoch;

static int64_t
clock_us(void)
{
	return (int64_t)L4_SystemClock().raw;
}

void
clock_init(void)
{
	epoch.start_us = clock_us();
	atomic_store(&epoch.wall_ns, plat_rtc_ns());
}

int64_t
up_ns(void)
{
	return (clock_us() - epoch.start_us) * 1000;
}

int64_t
wall_ns(void)
{
	return up_ns() + (int64_t)atomic_load(&epoch.wall_ns);
}

int64_t
start_wall_ns(void)
{
	return (int64_t)atomic_load(&epoch.wall_ns);
}

void
wall_set(int64_t ns)
{
	atomic_store(&epoch.wall_ns, ns - up_ns());
}
