/*
 * target-x86/user/syscall.c - the L4 calls: calls of the links in the kernel
 * interface page, with the registers of X.2's ia32 binding. The page's code
 * picks the kernel entry that the processor has.
 * SEE l4call.S; target-x86/README.md "ABI"
 */
#include "lib9/plat.h"

/* The registers of a call, in l4call.S's order */
typedef struct X86Regs X86Regs;
struct X86Regs {
	L4_Word_t ax, cx, dx, bx, bp, si, di;
};
L4_Word_t x86_ipc(L4_Word_t link, L4_Word_t to, L4_Word_t from, L4_Word_t timeouts);
void x86_call(L4_Word_t link, X86Regs *r);

static const L4_KernelInterfacePage_t *kip; /* NULL: not looked for yet */

/* The instruction is illegal by design: the kernel answers it. */
static L4_Word_t
kip_find(L4_Word_t *version, L4_Word_t *flags, L4_Word_t *id)
{
	L4_Word_t base;

	__asm__ __volatile__("lock; nop" : "=a"(base), "=c"(*version), "=d"(*flags), "=S"(*id));
	return base;
}

void *
L4_KernelInterface(L4_Word_t *version, L4_Word_t *flags, L4_Word_t *id)
{
	return (void *)kip_find(version, flags, id);
}

static const L4_KernelInterfacePage_t *
links(void)
{
	L4_Word_t v, f, id;

	if (kip == NULL)
		kip = (const L4_KernelInterfacePage_t *)kip_find(&v, &f, &id);
	return kip;
}

#define LINK(name) ((L4_Word_t)links() + kip->name)

L4_MsgTag_t
L4_Ipc(L4_ThreadId_t to, L4_ThreadId_t from_specifier, L4_Word_t timeouts, L4_ThreadId_t *from)
{
	L4_Word_t who = x86_ipc(LINK(Ipc), to.raw, from_specifier.raw, timeouts);

	if (!L4_IsNilThread(from_specifier))
		from->raw = who;
	return L4_MsgTag();
}

L4_MsgTag_t
L4_Lipc(L4_ThreadId_t to, L4_ThreadId_t from_specifier, L4_Word_t timeouts, L4_ThreadId_t *from)
{
	L4_Word_t who = x86_ipc(LINK(Lipc), to.raw, from_specifier.raw, timeouts);

	if (!L4_IsNilThread(from_specifier))
		from->raw = who;
	return L4_MsgTag();
}

void
L4_Unmap(L4_Word_t control)
{
	L4_Word_t *utcb = L4_Utcb();
	X86Regs r = { .ax = control, .si = utcb[0], .di = (L4_Word_t)utcb };

	x86_call(LINK(Unmap), &r);
	utcb[0] = r.si;
}

L4_ThreadId_t
L4_ExchangeRegisters(L4_ThreadId_t dest, L4_Word_t control, L4_Word_t sp, L4_Word_t ip, L4_Word_t flags,
    L4_Word_t handle, L4_ThreadId_t pager, L4_Word_t *old_control, L4_Word_t *old_sp, L4_Word_t *old_ip,
    L4_Word_t *old_flags, L4_Word_t *old_handle, L4_ThreadId_t *old_pager)
{
	X86Regs r = { .ax = dest.raw, .cx = control, .dx = sp, .si = ip, .di = flags,
		.bx = handle, .bp = pager.raw };

	x86_call(LINK(ExchangeRegisters), &r);
	*old_control = r.cx;
	*old_sp = r.dx;
	*old_ip = r.si;
	*old_flags = r.di;
	*old_handle = r.bx;
	old_pager->raw = r.bp;
	return (L4_ThreadId_t){ r.ax };
}

L4_Word_t
L4_ThreadControl(L4_ThreadId_t dest, L4_ThreadId_t space, L4_ThreadId_t scheduler, L4_ThreadId_t pager, void *utcb)
{
	X86Regs r = { .ax = dest.raw, .cx = pager.raw, .dx = scheduler.raw, .si = space.raw,
		.di = (L4_Word_t)utcb };

	x86_call(LINK(ThreadControl), &r);
	return r.ax;
}

L4_Clock_t
L4_SystemClock(void)
{
	X86Regs r = { 0 };

	x86_call(LINK(SystemClock), &r);
	return (L4_Clock_t){ (uint64_t)r.dx << 32 | r.ax };
}

void
L4_ThreadSwitch(L4_ThreadId_t dest)
{
	X86Regs r = { .ax = dest.raw };

	x86_call(LINK(ThreadSwitch), &r);
}

L4_Word_t
L4_Schedule(L4_ThreadId_t dest, L4_Word_t time_control, L4_Word_t processor_control, L4_Word_t prio,
    L4_Word_t preemption_control, L4_Word_t *old_time_control)
{
	X86Regs r = { .ax = dest.raw, .cx = prio, .dx = time_control, .si = processor_control,
		.di = preemption_control };

	x86_call(LINK(Schedule), &r);
	*old_time_control = r.dx;
	return r.ax;
}

L4_Word_t
L4_SpaceControl(L4_ThreadId_t space, L4_Word_t control, L4_Fpage_t kip_area, L4_Fpage_t utcb_area,
    L4_ThreadId_t redirector, L4_Word_t *old_control)
{
	X86Regs r = { .ax = space.raw, .cx = control, .dx = kip_area.raw, .si = utcb_area.raw,
		.di = redirector.raw };

	x86_call(LINK(SpaceControl), &r);
	*old_control = r.cx;
	return r.ax;
}

L4_Word_t
L4_ProcessorControl(L4_Word_t processor, L4_Word_t internal_freq, L4_Word_t external_freq, L4_Word_t voltage)
{
	X86Regs r = { .ax = processor, .cx = internal_freq, .dx = external_freq, .si = voltage };

	x86_call(LINK(ProcessorControl), &r);
	return r.ax;
}

L4_Word_t
L4_MemoryControl(L4_Word_t control, const L4_Word_t *attributes)
{
	L4_Word_t *utcb = L4_Utcb();
	X86Regs r = { .ax = control, .cx = attributes[0], .dx = attributes[1], .bx = attributes[2],
		.bp = attributes[3], .si = utcb[0], .di = (L4_Word_t)utcb };

	x86_call(LINK(MemoryControl), &r);
	return r.ax;
}
