/*
 * l4.h - the L4 X.2 API: system calls and the standard conveniences.
 *
 * The calls that are not inline are in sim/user/ and target-x86/user/; they go
 * through the links in the kernel interface page. C has no overloading, so of
 * X.2's names that take two meanings the C spelling is used (L4_MsgLoad …).
 *
 * Sender ids (*from, ActualSender) are local ids when the sender is in the
 * receiver's own space, global ones otherwise (X.2, Ipc); L4_GlobalIdOf turns
 * one into the other at the price of a kernel call. A Call's own partner need
 * not be looked at.
 *
 * SEE the L4 X.2 reference manual; tests/l4/.
 */
#ifndef LIB9_L4_L4_H
#define LIB9_L4_L4_H
#include "lib9/l4/kip.h"
#include "lib9/l4/message.h"
#include "lib9/l4/types.h"
#include "lib9/l4/utcb.h"

/* ---- system calls ---- */
void *L4_KernelInterface(L4_Word_t *api_version, L4_Word_t *api_flags, L4_Word_t *kernel_id);
L4_ThreadId_t L4_ExchangeRegisters(L4_ThreadId_t dest, L4_Word_t control, L4_Word_t sp, L4_Word_t ip,
    L4_Word_t flags, L4_Word_t handle, L4_ThreadId_t pager, L4_Word_t *old_control, L4_Word_t *old_sp,
    L4_Word_t *old_ip, L4_Word_t *old_flags, L4_Word_t *old_handle, L4_ThreadId_t *old_pager);
L4_Word_t L4_ThreadControl(L4_ThreadId_t dest, L4_ThreadId_t space, L4_ThreadId_t scheduler, L4_ThreadId_t pager, void *utcb);
L4_Clock_t L4_SystemClock(void);
void L4_ThreadSwitch(L4_ThreadId_t dest);
L4_Word_t L4_Schedule(L4_ThreadId_t dest, L4_Word_t time_control, L4_Word_t processor_control, L4_Word_t prio,
    L4_Word_t preemption_control, L4_Word_t *old_time_control);
L4_MsgTag_t L4_Ipc(L4_ThreadId_t to, L4_ThreadId_t from_specifier, L4_Word_t timeouts, L4_ThreadId_t *from);
L4_MsgTag_t L4_Lipc(L4_ThreadId_t to, L4_ThreadId_t from_specifier, L4_Word_t timeouts, L4_ThreadId_t *from);
void L4_Unmap(L4_Word_t control);
L4_Word_t L4_SpaceControl(L4_ThreadId_t space, L4_Word_t control, L4_Fpage_t kip_area, L4_Fpage_t utcb_area,
    L4_ThreadId_t redirector, L4_Word_t *old_control);
L4_Word_t L4_ProcessorControl(L4_Word_t processor, L4_Word_t internal_freq, L4_Word_t external_freq, L4_Word_t voltage);
L4_Word_t L4_MemoryControl(L4_Word_t control, const L4_Word_t *attributes);

/* ErrorCode after ThreadControl, SpaceControl, Schedule … gave 0 */
#define L4_ErrOk 0
#define L4_ErrNoPrivilege 1
#define L4_ErrInvalidThread 2
#define L4_ErrInvalidSpace 3
#define L4_ErrInvalidScheduler 4
#define L4_ErrInvalidParam 5
#define L4_ErrUtcbArea 6
#define L4_ErrKipArea 7
#define L4_ErrNoMem 8

/* ErrorCode after an IPC with E: phase in bit 0, one of these in bits 1..3, from
 * bit 4 the offset in the string or message where it stopped (4 and up) */
enum { L4_IPC_RECEIVE = 1 };
enum {
	L4_IpcErrTimeout = 1,
	L4_IpcErrNonExist = 2,
	L4_IpcErrCancelled = 3,
	L4_IpcErrOverflow = 4,
	L4_IpcErrXferMine = 5,          /* xfer timeout while my memory was faulting */
	L4_IpcErrXferPartner = 6,
	L4_IpcErrAborted = 7,
};

/* ---- messages that the kernel sends or takes; labels as L4_Label gives them ---- */
#define L4_LABEL(n) ((L4_Word_t)(-(L4_Word_t)(n)) << 20 >> 16)  /* -n, 12 (44) bits, then 4 zero bits */
#define L4_LABEL_INTERRUPT L4_LABEL(1)  /* from (irq, 1), u = 0; reply u = 0 acknowledges */
#define L4_LABEL_PAGEFAULT L4_LABEL(2)  /* | rwx; MR1 address, MR2 ip; reply: map or grant item */
#define L4_LABEL_PREEMPTION L4_LABEL(3) /* MR1, MR2 clock */
#define L4_LABEL_SYSEXC L4_LABEL(4)     /* system exception */
#define L4_LABEL_EXCEPTION L4_LABEL(5)  /* architectural exception, see below */
#define L4_LABEL_SIGMA0 L4_LABEL(6)     /* MR1 fpage, MR2 attributes; reply map item */
#define L4_LABEL_IOFAULT L4_LABEL(8)

L4_INLINE L4_Bool_t
L4_IsPageFault(L4_MsgTag_t t)
{
	return (L4_Label(t) & ~(L4_Word_t)7) == L4_LABEL_PAGEFAULT && L4_UntypedWords(t) == 2 && L4_TypedWords(t) == 0;
}

/* MR1 an I/O fpage, MR2 ip; the reply maps one */
L4_INLINE L4_Bool_t
L4_IsIoFault(L4_MsgTag_t t)
{
	return (L4_Label(t) & ~(L4_Word_t)7) == L4_LABEL_IOFAULT && L4_UntypedWords(t) == 2 && L4_TypedWords(t) == 0;
}

/*
 * The exception message. 32 bits (12 words, X.2's ia32): MR1 eip, 2 eflags, 3
 * exception number, 4 error code, 5 edi, 6 esi, 7 ebp, 8 esp, 9 ebx, 10 edx, 11
 * ecx, 12 eax. 64 bits (20 words): the same with 64-bit registers, then r8 .. r15.
 * A reply in the same layout sets the registers and resumes; number and error
 * are ignored.
 */
enum {
	L4_EXC_IP = 1, L4_EXC_FLAGS, L4_EXC_NUMBER, L4_EXC_ERROR, L4_EXC_DI, L4_EXC_SI, L4_EXC_BP,
	L4_EXC_SP, L4_EXC_BX, L4_EXC_DX, L4_EXC_CX, L4_EXC_AX, L4_EXC_R8,
	L4_EXC_WORDS = sizeof(L4_Word_t) == 8 ? 20 : 12,
};
enum { L4_EXC_MACHINE_CHECK = 18 };     /* sent also for a space that died from outside */

/* ---- kernel interface page ---- */
L4_INLINE void *
L4_GetKernelInterface(void)
{
	L4_Word_t v, f, id;

	return L4_KernelInterface(&v, &f, &id);
}

L4_INLINE L4_Word_t
L4_ApiVersion(void)
{
	L4_Word_t v, f, id;

	L4_KernelInterface(&v, &f, &id);
	return v;
}

L4_INLINE L4_Word_t
L4_ApiFlags(void)
{
	L4_Word_t v, f, id;

	L4_KernelInterface(&v, &f, &id);
	return f;
}

L4_INLINE L4_Word_t
L4_KernelId(void)
{
	L4_Word_t v, f, id;

	L4_KernelInterface(&v, &f, &id);
	return id;
}

/* ---- IPC ---- */
L4_INLINE L4_MsgTag_t
L4_Call_Timeouts(L4_ThreadId_t to, L4_Time_t snd, L4_Time_t rcv)
{
	L4_ThreadId_t from;

	return L4_Ipc(to, to, L4_Timeouts(snd, rcv), &from);
}

L4_INLINE L4_MsgTag_t
L4_Call(L4_ThreadId_t to)
{
	return L4_Call_Timeouts(to, L4_Never, L4_Never);
}

L4_INLINE L4_MsgTag_t
L4_Send_Timeout(L4_ThreadId_t to, L4_Time_t snd)
{
	L4_ThreadId_t from;

	return L4_Ipc(to, L4_nilthread, L4_Timeouts(snd, L4_Never), &from);
}

L4_INLINE L4_MsgTag_t
L4_Send(L4_ThreadId_t to)
{
	return L4_Send_Timeout(to, L4_Never);
}

L4_INLINE L4_MsgTag_t
L4_Reply(L4_ThreadId_t to)
{
	return L4_Send_Timeout(to, L4_ZeroTime);
}

L4_INLINE L4_MsgTag_t
L4_Receive_Timeout(L4_ThreadId_t from, L4_Time_t rcv)
{
	L4_ThreadId_t who;

	return L4_Ipc(L4_nilthread, from, L4_Timeouts(L4_Never, rcv), &who);
}

L4_INLINE L4_MsgTag_t
L4_Receive(L4_ThreadId_t from)
{
	return L4_Receive_Timeout(from, L4_Never);
}

L4_INLINE L4_MsgTag_t
L4_Wait_Timeout(L4_Time_t rcv, L4_ThreadId_t *from)
{
	return L4_Ipc(L4_nilthread, L4_anythread, L4_Timeouts(L4_Never, rcv), from);
}

L4_INLINE L4_MsgTag_t
L4_Wait(L4_ThreadId_t *from)
{
	return L4_Wait_Timeout(L4_Never, from);
}

L4_INLINE L4_MsgTag_t
L4_ReplyWait_Timeout(L4_ThreadId_t to, L4_Time_t rcv, L4_ThreadId_t *from)
{
	return L4_Ipc(to, L4_anythread, L4_Timeouts(L4_ZeroTime, rcv), from);
}

L4_INLINE L4_MsgTag_t
L4_ReplyWait(L4_ThreadId_t to, L4_ThreadId_t *from)
{
	return L4_ReplyWait_Timeout(to, L4_Never, from);
}

/* MRs survive it, as X.2 has it */
L4_INLINE void
L4_Sleep(L4_Time_t t)
{
	L4_Word_t tag = L4_Utcb()[0];

	L4_Receive_Timeout(L4_MyLocalId(), t);
	L4_Utcb()[0] = tag;
}

L4_INLINE L4_MsgTag_t
L4_Lcall(L4_ThreadId_t to)
{
	L4_ThreadId_t from;

	return L4_Lipc(to, to, L4_Timeouts(L4_Never, L4_Never), &from);
}

L4_INLINE L4_MsgTag_t
L4_LreplyWait(L4_ThreadId_t to, L4_ThreadId_t *from)
{
	return L4_Lipc(to, L4_anylocalthread, L4_Timeouts(L4_ZeroTime, L4_Never), from);
}

/*
 * A time point at most (2^10 - 1) * 2^15 us = 33 s ahead; one further off, or
 * past, comes out as never, or now. Precision 2^e us, e as small as it fits.
 */
L4_INLINE L4_Time_t
L4_TimePoint2(L4_Clock_t now, L4_Clock_t at)
{
	L4_Word64_t ahead = at.raw > now.raw ? at.raw - now.raw : 0, m;
	unsigned e = 0;

	while (e < 15 && (ahead >> e) >= 1023)
		e++;
	if ((ahead >> e) >= 1023)
		return L4_Never;
	m = (now.raw + ahead + (((L4_Word64_t)1 << e) - 1)) >> e;
	return (L4_Time_t){ (L4_Word16_t)(0x8000 | e << 11 | (m >> 10 & 1) << 10 | (m & 0x3FF)) };
}

L4_INLINE L4_Time_t
L4_TimePoint(L4_Clock_t at)
{
	return L4_TimePoint2(L4_SystemClock(), at);
}

/* ---- threads ---- */
/* ExchangeRegisters' control word */
enum {
	L4_EXREGS_H = 1 << 0, L4_EXREGS_R = 1 << 1, L4_EXREGS_S = 1 << 2,
	L4_EXREGS_sp = 1 << 3, L4_EXREGS_ip = 1 << 4, L4_EXREGS_flags = 1 << 5,
	L4_EXREGS_handle = 1 << 6, L4_EXREGS_pager = 1 << 7,
	L4_EXREGS_h = 1 << 8,           /* H is meant */
	L4_EXREGS_d = 1 << 9,           /* deliver the old values */
};

typedef struct L4_ThreadState {
	L4_Word_t raw;
} L4_ThreadState_t;

L4_INLINE L4_Bool_t
L4_ThreadWasHalted(L4_ThreadState_t s)
{
	return s.raw & L4_EXREGS_H;
}

L4_INLINE L4_Bool_t
L4_ThreadWasReceiving(L4_ThreadState_t s)
{
	return (s.raw & L4_EXREGS_R) != 0;
}

L4_INLINE L4_Bool_t
L4_ThreadWasSending(L4_ThreadState_t s)
{
	return (s.raw & L4_EXREGS_S) != 0;
}

L4_INLINE L4_Bool_t
L4_ThreadWasIpcing(L4_ThreadState_t s)
{
	return (s.raw & (L4_EXREGS_R | L4_EXREGS_S)) != 0;
}

/* nil when t does not exist */
L4_INLINE L4_ThreadId_t
L4_Exregs_Id(L4_ThreadId_t t)
{
	L4_Word_t c, sp, ip, flags, handle;
	L4_ThreadId_t pager;

	return L4_ExchangeRegisters(t, 0, 0, 0, 0, 0, L4_nilthread, &c, &sp, &ip, &flags, &handle, &pager);
}

L4_INLINE L4_ThreadId_t
L4_GlobalIdOf(L4_ThreadId_t t)
{
	return L4_IsLocalId(t) ? L4_Exregs_Id(t) : t;
}

L4_INLINE L4_ThreadId_t
L4_LocalIdOf(L4_ThreadId_t t)
{
	return L4_IsGlobalId(t) ? L4_Exregs_Id(t) : t;
}

L4_INLINE L4_Bool_t
L4_SameThreads(L4_ThreadId_t l, L4_ThreadId_t r)
{
	return l.raw == r.raw || L4_GlobalIdOf(l).raw == L4_GlobalIdOf(r).raw;
}

L4_INLINE L4_Word_t
L4_UserDefinedHandleOf(L4_ThreadId_t t)
{
	L4_Word_t c, sp, ip, flags, handle = 0;
	L4_ThreadId_t pager;

	L4_ExchangeRegisters(t, L4_EXREGS_d, 0, 0, 0, 0, L4_nilthread, &c, &sp, &ip, &flags, &handle, &pager);
	return handle;
}

L4_INLINE void
L4_Set_UserDefinedHandleOf(L4_ThreadId_t t, L4_Word_t w)
{
	L4_Word_t c, sp, ip, flags, handle;
	L4_ThreadId_t pager;

	L4_ExchangeRegisters(t, L4_EXREGS_handle, 0, 0, 0, w, L4_nilthread, &c, &sp, &ip, &flags, &handle, &pager);
}

L4_INLINE L4_ThreadId_t
L4_PagerOf(L4_ThreadId_t t)
{
	L4_Word_t c, sp, ip, flags, handle;
	L4_ThreadId_t pager = L4_nilthread;

	L4_ExchangeRegisters(t, L4_EXREGS_d, 0, 0, 0, 0, L4_nilthread, &c, &sp, &ip, &flags, &handle, &pager);
	return pager;
}

L4_INLINE void
L4_Set_PagerOf(L4_ThreadId_t t, L4_ThreadId_t p)
{
	L4_Word_t c, sp, ip, flags, handle;
	L4_ThreadId_t pager;

	L4_ExchangeRegisters(t, L4_EXREGS_pager, 0, 0, 0, 0, p, &c, &sp, &ip, &flags, &handle, &pager);
}

/* As X.2 has it, Start aborts an IPC in progress. To resume a stopped thread and
 * let its IPC be: ExchangeRegisters with L4_EXREGS_h alone. */
L4_INLINE void
L4_Start(L4_ThreadId_t t)
{
	L4_Word_t c, sp, ip, flags, handle;
	L4_ThreadId_t pager;

	L4_ExchangeRegisters(t, L4_EXREGS_h | L4_EXREGS_R | L4_EXREGS_S, 0, 0, 0, 0, L4_nilthread, &c, &sp, &ip, &flags, &handle, &pager);
}

L4_INLINE void
L4_Start_SpIp(L4_ThreadId_t t, L4_Word_t sp, L4_Word_t ip)
{
	L4_Word_t c, osp, oip, flags, handle;
	L4_ThreadId_t pager;

	L4_ExchangeRegisters(t, L4_EXREGS_h | L4_EXREGS_R | L4_EXREGS_S | L4_EXREGS_sp | L4_EXREGS_ip,
	    sp, ip, 0, 0, L4_nilthread, &c, &osp, &oip, &flags, &handle, &pager);
}

L4_INLINE void
L4_Start_SpIpFlags(L4_ThreadId_t t, L4_Word_t sp, L4_Word_t ip, L4_Word_t flags)
{
	L4_Word_t c, osp, oip, oflags, handle;
	L4_ThreadId_t pager;

	L4_ExchangeRegisters(t, L4_EXREGS_h | L4_EXREGS_R | L4_EXREGS_S | L4_EXREGS_sp | L4_EXREGS_ip | L4_EXREGS_flags,
	    sp, ip, flags, 0, L4_nilthread, &c, &osp, &oip, &oflags, &handle, &pager);
}

/* what: which IPC phases to abort (L4_EXREGS_R, _S) beside halting */
L4_INLINE L4_ThreadState_t
L4_Halt_SpIpFlags(L4_ThreadId_t t, L4_Word_t what, L4_Word_t *sp, L4_Word_t *ip, L4_Word_t *flags)
{
	L4_Word_t handle;
	L4_ThreadId_t pager;
	L4_ThreadState_t s = { 0 };

	L4_ExchangeRegisters(t, what | L4_EXREGS_H | L4_EXREGS_h | L4_EXREGS_d, 0, 0, 0, 0, L4_nilthread,
	    &s.raw, sp, ip, flags, &handle, &pager);
	return s;
}

L4_INLINE L4_ThreadState_t
L4_Stop_SpIpFlags(L4_ThreadId_t t, L4_Word_t *sp, L4_Word_t *ip, L4_Word_t *flags)
{
	return L4_Halt_SpIpFlags(t, 0, sp, ip, flags);
}

L4_INLINE L4_ThreadState_t
L4_Stop(L4_ThreadId_t t)
{
	L4_Word_t sp, ip, flags;

	return L4_Halt_SpIpFlags(t, 0, &sp, &ip, &flags);
}

L4_INLINE L4_ThreadState_t
L4_AbortReceive_and_stop_SpIpFlags(L4_ThreadId_t t, L4_Word_t *sp, L4_Word_t *ip, L4_Word_t *flags)
{
	return L4_Halt_SpIpFlags(t, L4_EXREGS_R, sp, ip, flags);
}

L4_INLINE L4_ThreadState_t
L4_AbortReceive_and_stop(L4_ThreadId_t t)
{
	L4_Word_t sp, ip, flags;

	return L4_Halt_SpIpFlags(t, L4_EXREGS_R, &sp, &ip, &flags);
}

L4_INLINE L4_ThreadState_t
L4_AbortSend_and_stop_SpIpFlags(L4_ThreadId_t t, L4_Word_t *sp, L4_Word_t *ip, L4_Word_t *flags)
{
	return L4_Halt_SpIpFlags(t, L4_EXREGS_S, sp, ip, flags);
}

L4_INLINE L4_ThreadState_t
L4_AbortSend_and_stop(L4_ThreadId_t t)
{
	L4_Word_t sp, ip, flags;

	return L4_Halt_SpIpFlags(t, L4_EXREGS_S, &sp, &ip, &flags);
}

L4_INLINE L4_ThreadState_t
L4_AbortIpc_and_stop_SpIpFlags(L4_ThreadId_t t, L4_Word_t *sp, L4_Word_t *ip, L4_Word_t *flags)
{
	return L4_Halt_SpIpFlags(t, L4_EXREGS_R | L4_EXREGS_S, sp, ip, flags);
}

L4_INLINE L4_ThreadState_t
L4_AbortIpc_and_stop(L4_ThreadId_t t)
{
	L4_Word_t sp, ip, flags;

	return L4_Halt_SpIpFlags(t, L4_EXREGS_R | L4_EXREGS_S, &sp, &ip, &flags);
}

L4_INLINE L4_Word_t
L4_AssociateInterrupt(L4_ThreadId_t interrupt, L4_ThreadId_t handler)
{
	return L4_ThreadControl(interrupt, interrupt, L4_nilthread, handler, (void *)~(L4_Word_t)0);
}

L4_INLINE L4_Word_t
L4_DeassociateInterrupt(L4_ThreadId_t interrupt)
{
	return L4_ThreadControl(interrupt, interrupt, L4_nilthread, interrupt, (void *)~(L4_Word_t)0);
}

/* ---- scheduling ---- */
#define L4_SCHEDRESULT_ERROR 0
#define L4_SCHEDRESULT_DEAD 1
#define L4_SCHEDRESULT_INACTIVE 2
#define L4_SCHEDRESULT_RUNNING 3
#define L4_SCHEDRESULT_PENDING_SEND 4
#define L4_SCHEDRESULT_SENDING 5
#define L4_SCHEDRESULT_WAITING 6
#define L4_SCHEDRESULT_RECEIVING 7
#define L4_KEEP (~(L4_Word_t)0)         /* "no change", for each of Schedule's words */

L4_INLINE void
L4_Yield(void)
{
	L4_ThreadSwitch(L4_nilthread);
}

L4_INLINE L4_Word_t
L4_Set_Priority(L4_ThreadId_t t, L4_Word_t prio)
{
	L4_Word_t old;

	return L4_Schedule(t, L4_KEEP, L4_KEEP, prio & 0xFF, L4_KEEP, &old);
}

L4_INLINE L4_Word_t
L4_Set_ProcessorNo(L4_ThreadId_t t, L4_Word_t cpu)
{
	L4_Word_t old;

	return L4_Schedule(t, L4_KEEP, cpu & 0xFFFF, L4_KEEP, L4_KEEP, &old);
}

L4_INLINE L4_Word_t
L4_Timeslice(L4_ThreadId_t t, L4_Time_t *slice, L4_Time_t *quantum)
{
	L4_Word_t old = 0, rc = L4_Schedule(t, L4_KEEP, L4_KEEP, L4_KEEP, L4_KEEP, &old);

	slice->raw = (L4_Word16_t)(old >> 16);
	quantum->raw = (L4_Word16_t)old;
	return rc;
}

L4_INLINE L4_Word_t
L4_Set_Timeslice(L4_ThreadId_t t, L4_Time_t slice, L4_Time_t quantum)
{
	L4_Word_t old;

	return L4_Schedule(t, L4_Timeouts(slice, quantum), L4_KEEP, L4_KEEP, L4_KEEP, &old);
}

L4_INLINE L4_Word_t
L4_Set_PreemptionDelay(L4_ThreadId_t t, L4_Word_t prio, L4_Word_t max_delay_us)
{
	L4_Word_t old;

	return L4_Schedule(t, L4_KEEP, L4_KEEP, L4_KEEP, (prio & 0xFF) << 16 | (max_delay_us & 0xFFFF), &old);
}

/* ---- unmap: MRs from 0 hold fpages; bit 6 of control: flush; results: status bits ---- */
enum { L4_UNMAP_FLUSH = 0x40 };

L4_INLINE L4_Fpage_t
L4_UnmapFpage(L4_Fpage_t f)
{
	L4_LoadMR(0, f.raw);
	L4_Unmap(0);
	L4_StoreMR(0, &f.raw);
	return f;
}

L4_INLINE void
L4_UnmapFpages(L4_Word_t n, L4_Fpage_t *f)
{
	for (L4_Word_t i = 0; i < n; i++)
		L4_LoadMR((int)i, f[i].raw);
	L4_Unmap(n - 1);
	for (L4_Word_t i = 0; i < n; i++)
		L4_StoreMR((int)i, &f[i].raw);
}

L4_INLINE L4_Fpage_t
L4_Flush(L4_Fpage_t f)
{
	L4_LoadMR(0, f.raw);
	L4_Unmap(L4_UNMAP_FLUSH);
	L4_StoreMR(0, &f.raw);
	return f;
}

L4_INLINE void
L4_FlushFpages(L4_Word_t n, L4_Fpage_t *f)
{
	for (L4_Word_t i = 0; i < n; i++)
		L4_LoadMR((int)i, f[i].raw);
	L4_Unmap(L4_UNMAP_FLUSH | (n - 1));
	for (L4_Word_t i = 0; i < n; i++)
		L4_StoreMR((int)i, &f[i].raw);
}

/* reads and resets the status bits; no right is taken away */
L4_INLINE L4_Fpage_t
L4_GetStatus(L4_Fpage_t f)
{
	L4_Set_Rights(&f, L4_NoAccess);
	return L4_UnmapFpage(f);
}

L4_INLINE L4_Bool_t
L4_WasWritten(L4_Fpage_t f)
{
	return (f.raw & L4_Writable) != 0;
}

L4_INLINE L4_Bool_t
L4_WasReferenced(L4_Fpage_t f)
{
	return (f.raw & L4_Readable) != 0;
}

L4_INLINE L4_Bool_t
L4_WaseXecuted(L4_Fpage_t f)
{
	return (f.raw & L4_eXecutable) != 0;
}

/* ---- memory attributes ---- */
#define L4_DefaultMemory 0

L4_INLINE L4_Word_t
L4_Set_PageAttribute(L4_Fpage_t f, L4_Word_t attribute)
{
	L4_Word_t a[4] = { attribute, 0, 0, 0 };

	L4_Set_Rights(&f, L4_NoAccess);
	L4_LoadMR(0, f.raw);
	return L4_MemoryControl(0, a);
}

L4_INLINE L4_Word_t
L4_Set_PageAttributes(L4_Word_t n, const L4_Fpage_t *f, const L4_Word_t *attributes)
{
	for (L4_Word_t i = 0; i < n; i++)
		L4_LoadMR((int)i, f[i].raw);
	return L4_MemoryControl(n - 1, attributes);
}

/* ---- sigma0; s0 nil: (UserBase, 1). The page it mapped, nil: refused ---- */
L4_INLINE L4_Fpage_t
L4_Sigma0_GetPage_RcvWindow(L4_ThreadId_t s0, L4_Fpage_t f, L4_Fpage_t window)
{
	L4_Msg_t m;

	if (L4_IsNilThread(s0))
		s0 = L4_GlobalId(L4_ThreadIdUserBase(L4_GetKernelInterface()), 1);
	L4_MsgClear(&m);
	L4_MsgAppendWord(&m, f.raw);
	L4_MsgAppendWord(&m, L4_DefaultMemory);
	L4_Set_MsgLabel(&m, L4_LABEL_SIGMA0);
	L4_MsgLoad(&m);
	L4_Accept(L4_MapGrantItems(window));
	if (L4_IpcFailed(L4_Call(s0)))
		return L4_Nilpage;
	L4_StoreMR(2, &f.raw);
	return f;
}

L4_INLINE L4_Fpage_t
L4_Sigma0_GetPage(L4_ThreadId_t s0, L4_Fpage_t f)
{
	return L4_Sigma0_GetPage_RcvWindow(s0, f, L4_CompleteAddressSpace);
}

/* any page of that size */
L4_INLINE L4_Fpage_t
L4_Sigma0_GetAny(L4_ThreadId_t s0, L4_Word_t log2, L4_Fpage_t window)
{
	return L4_Sigma0_GetPage_RcvWindow(s0, L4_FpageLog2(~(L4_Word_t)0, (int)log2), window);
}
#endif
