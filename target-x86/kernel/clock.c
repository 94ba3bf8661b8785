/*
 * clock.c - the time since the start in microseconds: the clock's interrupts (RTC,
 * 1024 Hz) count it, the CPU's time stamp counter tells how far it is between
 * two of them, and how many were lost. It never goes back.
 *
 * The counter's speed is measured against the PIT at the start. A machine that
 * has no counter, or whose PIT stands still, has a clock with the grain of a tick.
 */
#include "target-x86/kernel/kernel.h"

enum {
	PIT_HZ = 1193182, PIT_2 = 0x42, PIT_MODE = 0x43, PIT_GATE = 0x61,
	MEASURE = PIT_HZ / 100,	/* 10 ms */
	PIT_OVER = 0x20,	/* in PIT_GATE: channel 2 has come to 0, after 55 ms */
	PATIENCE = 20000,	/* looks at a PIT that does not count */
	TRIES = 5,
	FRACTION = 24,		/* bits behind the point of us_per_cycle */
};

Word cpu_khz;			/* 0: no time stamp counter to be used */
uint64_t clock_ticks;
static uint64_t tick_stamp;	/* the counter at the last tick */
static uint32_t us_per_cycle, cycles_per_tick;

typedef struct Sample Sample;
struct Sample {
	uint64_t stamp;
	uint32_t pit;		/* counts down */
};

/* both at the same moment, as far as that can be had */
static Sample
sample(void)
{
	uint64_t best = UINT64_MAX;
	Sample s = { 0, 0 };

	for (int i = 0; i < 8; i++) {
		uint64_t before = cpu_rdtsc(), after;
		uint32_t pit;

		outb(PIT_MODE, 0x80);	/* latch channel 2 */
		pit = inb(PIT_2);
		pit |= (uint32_t)inb(PIT_2) << 8;
		after = cpu_rdtsc();
		if (after - before < best) {
			best = after - before;
			s = (Sample){ before + best / 2, pit };
		}
	}
	return s;
}

/* 0: no result. A machine that stood still meanwhile, under an emulator, is no measure. */
static Word
measure_once(void)
{
	Sample first, last;
	uint32_t n = 0;

	outb(PIT_MODE, 0xB0);	/* channel 2 counts down once */
	outb(PIT_2, 0xFF);
	outb(PIT_2, 0xFF);
	first = sample();
	do
		last = sample();
	while (first.pit - last.pit < MEASURE && ++n < PATIENCE);
	if (n == PATIENCE || first.pit <= last.pit || inb(PIT_GATE) & PIT_OVER)
		return 0;
	return (Word)((last.stamp - first.stamp) * PIT_HZ / (first.pit - last.pit) / 1000);
}

static Word
measure_khz(void)
{
	Word khz = 0;

	outb(PIT_GATE, (uint8_t)((inb(PIT_GATE) & ~2) | 1));
	for (int i = 0; i < TRIES && khz == 0; i++)
		khz = measure_once();
	return khz;
}

void
clock_init(void)
{
	cpu_khz = have_tsc ? measure_khz() : 0;
	if (cpu_khz < 1000)
		cpu_khz = 0;
	else
		us_per_cycle = (uint32_t)((1000ull << FRACTION) / cpu_khz);
	cycles_per_tick = (uint32_t)((uint64_t)cpu_khz * 1000 / TICK_HZ);
	tick_stamp = cpu_khz ? cpu_rdtsc() : 0;
}

Time
clock_now(void)
{
	static Time last;
	Time now = tick_time(clock_ticks), more = 0;

	if (cpu_khz)
		more = (cpu_rdtsc() - tick_stamp) * us_per_cycle >> FRACTION;
	now += more < TICK_US ? more : TICK_US - 1;
	last = now > last ? now : last;
	return last;
}

/* an interrupt of the clock; how many there should have been since the last one that
 * counted: none, when that was late */
Word
clock_interrupt(void)
{
	uint64_t stamp, gone;
	Word n = 1;

	if (cpu_khz) {
		stamp = cpu_rdtsc();
		gone = stamp - tick_stamp + cycles_per_tick / 2;
		n = (gone < UINT32_MAX ? (Word)gone : UINT32_MAX) / cycles_per_tick;
		if (n)
			tick_stamp = stamp;
	}
	clock_ticks += n;
	return n;
}
