/*
 * processor.c - the processor's frequencies and voltage: what is measured, and
 * ProcessorControl.
 *
 * The KIP's descriptor holds external and internal frequency in kHz and, in its
 * third word, the voltage in mV; 0: not known. No PC of this kind lets them be set
 * in one known way: what the privileged say is kept there for all to see.
 * ERRORS  EPRIV; EPARAM: no such processor, no frequency or voltage of a processor
 * SEE     X.2 manual, "ProcessorControl"
 */
#include "target-x86/kernel/kernel.h"

enum { EXTERNAL, INTERNAL, VOLTAGE, KHZ_MAX = 100000000, MV_MAX = 5000 };
enum { KIP_PROCDESC = 0xBC / 4, FROM_TICK = 8, TO_TICK = FROM_TICK + 64, TICK_HZ = 1024 };

static Word *
descriptor(void)
{
	return kip + kip[KIP_PROCDESC] / 4;
}

/* The time stamp counter over 64 ticks of the clock, once; ticks: since the start. */
void
processor_measure(uint64_t ticks)
{
	static uint64_t from;
	uint64_t n;

	if (ticks == FROM_TICK && have_tsc)
		from = cpu_rdtsc();
	if (ticks != TO_TICK || from == 0)
		return;
	n = (cpu_rdtsc() - from) / (TO_TICK - FROM_TICK) * TICK_HZ / 1000;
	descriptor()[INTERNAL] = n < KHZ_MAX ? (Word)n : 0;
}

/* 0 and -1 leave a value as it is */
static bool
keeps(Word v)
{
	return v == 0 || v == ~0u;
}

/* EAX processor, ECX internal and EDX external frequency, ESI voltage */
void
sys_processor(Frame *f)
{
	Word err = 0;

	if (!current->space->privileged)
		err = EPRIV;
	else if (f->eax != 0 || (!keeps(f->ecx) && f->ecx > KHZ_MAX) || (!keeps(f->edx) && f->edx > KHZ_MAX) ||
	    (!keeps(f->esi) && f->esi > MV_MAX))
		err = EPARAM;
	f->eax = !err;
	if (err) {
		current->utcb[TCR_ERRORCODE] = err;
		return;
	}
	if (!keeps(f->ecx))
		descriptor()[INTERNAL] = f->ecx;
	if (!keeps(f->edx))
		descriptor()[EXTERNAL] = f->edx;
	if (!keeps(f->esi))
		descriptor()[VOLTAGE] = f->esi;
}
