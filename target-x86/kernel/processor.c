/*
 * processor.c - ProcessorControl: the processor's frequencies and voltage; the
 * internal frequency was measured at the start (clock.c).
 *
 * The KIP's descriptor holds external and internal frequency in kHz and, in its
 * third word, the voltage in mV; 0: not known. No PC of this kind lets them be set
 * in one known way: what the privileged say is kept there for all to see.
 * ERRORS  EPRIV; EPARAM: no such processor, no frequency or voltage of a processor
 * SEE     X.2 manual, "ProcessorControl"
 */
#include "target-x86/kernel/kernel.h"

enum { EXTERNAL, INTERNAL, VOLTAGE, KHZ_MAX = 100000000, MV_MAX = 5000 };
enum { KIP_PROCDESC = 0xBC / 4 };

static Word *
descriptor(void)
{
	return kip + kip[KIP_PROCDESC] / 4;
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
