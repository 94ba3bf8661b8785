/*
 * utcb.h - L4 X.2: the thread's virtual registers. Include "lib9/l4/l4.h".
 *
 * %gs:0 holds the address of MR0, which is the thread's local id. In words
 * relative to it: MRi +i, thread control registers -4 .. -15, BRi -16-i. The
 * ia32 ABI of X.2; on 64 bits the same with wider words.
 */
#ifndef LIB9_L4_UTCB_H
#define LIB9_L4_UTCB_H
#include "lib9/l4/types.h"

enum { L4_NUM_MRS = 64, L4_NUM_BRS = 33 };
enum {
	L4_TCR_ThreadWord0 = -4,
	L4_TCR_ThreadWord1 = -5,
	L4_TCR_Sender = -6,             /* VirtualSender in, ActualSender out */
	L4_TCR_IntendedReceiver = -7,
	L4_TCR_XferTimeouts = -8,
	L4_TCR_ErrorCode = -9,
	L4_TCR_Flags = -10,             /* preemption flags << 8 | coprocessor flags */
	L4_TCR_ExceptionHandler = -11,
	L4_TCR_Pager = -12,
	L4_TCR_UserDefinedHandle = -13,
	L4_TCR_ProcessorNo = -14,
	L4_TCR_MyGlobalId = -15,
	L4_TCR_BR0 = -16,
};

L4_INLINE L4_Word_t *
L4_Utcb(void)
{
	L4_Word_t *u;

	__asm__ __volatile__("mov %%gs:0, %0" : "=r"(u));
	return u;
}

L4_INLINE void
L4_LoadMR(int i, L4_Word_t w)
{
	L4_Utcb()[i] = w;
}

L4_INLINE void
L4_StoreMR(int i, L4_Word_t *w)
{
	*w = L4_Utcb()[i];
}

L4_INLINE void
L4_LoadMRs(int i, int k, const L4_Word_t *w)
{
	L4_Word_t *u = L4_Utcb() + i;

	for (int n = 0; n < k; n++)
		u[n] = w[n];
}

L4_INLINE void
L4_StoreMRs(int i, int k, L4_Word_t *w)
{
	const L4_Word_t *u = L4_Utcb() + i;

	for (int n = 0; n < k; n++)
		w[n] = u[n];
}

L4_INLINE void
L4_LoadBR(int i, L4_Word_t w)
{
	L4_Utcb()[L4_TCR_BR0 - i] = w;
}

L4_INLINE void
L4_StoreBR(int i, L4_Word_t *w)
{
	*w = L4_Utcb()[L4_TCR_BR0 - i];
}

L4_INLINE void
L4_LoadBRs(int i, int k, const L4_Word_t *w)
{
	for (int n = 0; n < k; n++)
		L4_LoadBR(i + n, w[n]);
}

L4_INLINE void
L4_StoreBRs(int i, int k, L4_Word_t *w)
{
	for (int n = 0; n < k; n++)
		L4_StoreBR(i + n, &w[n]);
}

/* ---- thread control registers ---- */
L4_INLINE L4_ThreadId_t
L4_MyGlobalId(void)
{
	return (L4_ThreadId_t){ L4_Utcb()[L4_TCR_MyGlobalId] };
}

L4_INLINE L4_ThreadId_t
L4_MyLocalId(void)
{
	return (L4_ThreadId_t){ (L4_Word_t)L4_Utcb() };
}

L4_INLINE L4_ThreadId_t
L4_Myself(void)
{
	return L4_MyGlobalId();
}

L4_INLINE L4_Word_t
L4_ProcessorNo(void)
{
	return L4_Utcb()[L4_TCR_ProcessorNo];
}

L4_INLINE L4_Word_t
L4_UserDefinedHandle(void)
{
	return L4_Utcb()[L4_TCR_UserDefinedHandle];
}

L4_INLINE void
L4_Set_UserDefinedHandle(L4_Word_t w)
{
	L4_Utcb()[L4_TCR_UserDefinedHandle] = w;
}

L4_INLINE L4_ThreadId_t
L4_Pager(void)
{
	return (L4_ThreadId_t){ L4_Utcb()[L4_TCR_Pager] };
}

L4_INLINE void
L4_Set_Pager(L4_ThreadId_t t)
{
	L4_Utcb()[L4_TCR_Pager] = t.raw;
}

L4_INLINE L4_ThreadId_t
L4_ExceptionHandler(void)
{
	return (L4_ThreadId_t){ L4_Utcb()[L4_TCR_ExceptionHandler] };
}

L4_INLINE void
L4_Set_ExceptionHandler(L4_ThreadId_t t)
{
	L4_Utcb()[L4_TCR_ExceptionHandler] = t.raw;
}

L4_INLINE L4_Word_t
L4_ErrorCode(void)
{
	return L4_Utcb()[L4_TCR_ErrorCode];
}

/* send timeout << 16 | receive timeout, as L4_Timeouts makes it */
L4_INLINE L4_Word_t
L4_XferTimeouts(void)
{
	return L4_Utcb()[L4_TCR_XferTimeouts];
}

L4_INLINE void
L4_Set_XferTimeouts(L4_Word_t w)
{
	L4_Utcb()[L4_TCR_XferTimeouts] = w;
}

L4_INLINE L4_ThreadId_t
L4_IntendedReceiver(void)
{
	return (L4_ThreadId_t){ L4_Utcb()[L4_TCR_IntendedReceiver] };
}

L4_INLINE L4_ThreadId_t
L4_ActualSender(void)
{
	return (L4_ThreadId_t){ L4_Utcb()[L4_TCR_Sender] };
}

L4_INLINE void
L4_Set_VirtualSender(L4_ThreadId_t t)
{
	L4_Utcb()[L4_TCR_Sender] = t.raw;
}

L4_INLINE void
L4_Set_CopFlag(L4_Word_t n)
{
	L4_Utcb()[L4_TCR_Flags] |= (L4_Word_t)1 << n;
}

L4_INLINE void
L4_Clr_CopFlag(L4_Word_t n)
{
	L4_Utcb()[L4_TCR_Flags] &= ~((L4_Word_t)1 << n);
}

enum { L4_PREEMPT_SIGNAL = 1 << 5, L4_PREEMPT_DELAY = 1 << 6, L4_PREEMPT_PENDING = 1 << 7 };

/* Both return whether it was enabled before. */
L4_INLINE L4_Bool_t
L4_EnablePreemptionFaultException(void)
{
	L4_Word_t *f = &L4_Utcb()[L4_TCR_Flags], old = *f;

	*f = old | L4_PREEMPT_SIGNAL << 8;
	return (old & L4_PREEMPT_SIGNAL << 8) != 0;
}

L4_INLINE L4_Bool_t
L4_DisablePreemptionFaultException(void)
{
	L4_Word_t *f = &L4_Utcb()[L4_TCR_Flags], old = *f;

	*f = old & ~(L4_Word_t)(L4_PREEMPT_SIGNAL << 8);
	return (old & L4_PREEMPT_SIGNAL << 8) != 0;
}

L4_INLINE L4_Bool_t
L4_DisablePreemption(void)
{
	L4_Word_t *f = &L4_Utcb()[L4_TCR_Flags], old = *f;

	*f = old | L4_PREEMPT_DELAY << 8;
	return (old & L4_PREEMPT_DELAY << 8) != 0;
}

L4_INLINE L4_Bool_t
L4_EnablePreemption(void)
{
	L4_Word_t *f = &L4_Utcb()[L4_TCR_Flags], old = *f;

	*f = old & ~(L4_Word_t)(L4_PREEMPT_DELAY << 8);
	return (old & L4_PREEMPT_DELAY << 8) != 0;
}

L4_INLINE L4_Bool_t
L4_PreemptionPending(void)
{
	return (L4_Utcb()[L4_TCR_Flags] & L4_PREEMPT_PENDING << 8) != 0;
}

L4_INLINE L4_Word_t
L4_WordSizeMask(void)
{
	return ~(L4_Word_t)0;
}
#endif
