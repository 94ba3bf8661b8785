/*
 * sim/user/syscall.c - the L4 calls: jumps through the links in the kernel
 * interface page. The simulator's kernel takes arguments as a C function does;
 * words that do not fit registers go into words 1 .. 6 of the UTCB's slot, 64
 * words before MR0, where word 0 is what %gs:0 reads.
 * SEE sim/kern/sys.c
 */
#include "lib9/plat.h"

enum { SLOT = -64, ARGS = SLOT + 1 };

typedef L4_Word_t Call(L4_Word_t, L4_Word_t, L4_Word_t, L4_Word_t, L4_Word_t);

static const L4_KernelInterfacePage_t *kip; /* NULL: not looked for yet */

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

#define CALL(link) ((Call *)((L4_Word_t)links() + kip->link))

L4_MsgTag_t
L4_Ipc(L4_ThreadId_t to, L4_ThreadId_t from_specifier, L4_Word_t timeouts, L4_ThreadId_t *from)
{
	L4_Word_t who = CALL(Ipc)(to.raw, from_specifier.raw, timeouts, 0, 0);

	if (!L4_IsNilThread(from_specifier))
		from->raw = who;
	return L4_MsgTag();
}

L4_MsgTag_t
L4_Lipc(L4_ThreadId_t to, L4_ThreadId_t from_specifier, L4_Word_t timeouts, L4_ThreadId_t *from)
{
	L4_Word_t who = CALL(Lipc)(to.raw, from_specifier.raw, timeouts, 0, 0);

	if (!L4_IsNilThread(from_specifier))
		from->raw = who;
	return L4_MsgTag();
}

void
L4_Unmap(L4_Word_t control)
{
	CALL(Unmap)(control, 0, 0, 0, 0);
}

L4_ThreadId_t
L4_ExchangeRegisters(L4_ThreadId_t dest, L4_Word_t control, L4_Word_t sp, L4_Word_t ip, L4_Word_t flags,
    L4_Word_t handle, L4_ThreadId_t pager, L4_Word_t *old_control, L4_Word_t *old_sp, L4_Word_t *old_ip,
    L4_Word_t *old_flags, L4_Word_t *old_handle, L4_ThreadId_t *old_pager)
{
	L4_Word_t *a = L4_Utcb() + ARGS;
	L4_ThreadId_t r;

	a[0] = sp;
	a[1] = ip;
	a[2] = flags;
	a[3] = handle;
	a[4] = pager.raw;
	r.raw = CALL(ExchangeRegisters)(dest.raw, control, 0, 0, 0);
	*old_sp = a[0];
	*old_ip = a[1];
	*old_flags = a[2];
	*old_handle = a[3];
	old_pager->raw = a[4];
	*old_control = a[5];
	return r;
}

L4_Word_t
L4_ThreadControl(L4_ThreadId_t dest, L4_ThreadId_t space, L4_ThreadId_t scheduler, L4_ThreadId_t pager, void *utcb)
{
	return CALL(ThreadControl)(dest.raw, space.raw, scheduler.raw, pager.raw, (L4_Word_t)utcb);
}

L4_Clock_t
L4_SystemClock(void)
{
	return (L4_Clock_t){ CALL(SystemClock)(0, 0, 0, 0, 0) };
}

void
L4_ThreadSwitch(L4_ThreadId_t dest)
{
	CALL(ThreadSwitch)(dest.raw, 0, 0, 0, 0);
}

L4_Word_t
L4_Schedule(L4_ThreadId_t dest, L4_Word_t time_control, L4_Word_t processor_control, L4_Word_t prio,
    L4_Word_t preemption_control, L4_Word_t *old_time_control)
{
	L4_Word_t *a = L4_Utcb() + ARGS, rc;

	a[0] = time_control;
	a[1] = processor_control;
	a[2] = prio;
	a[3] = preemption_control;
	rc = CALL(Schedule)(dest.raw, 0, 0, 0, 0);
	*old_time_control = a[0];
	return rc;
}

L4_Word_t
L4_SpaceControl(L4_ThreadId_t space, L4_Word_t control, L4_Fpage_t kip_area, L4_Fpage_t utcb_area,
    L4_ThreadId_t redirector, L4_Word_t *old_control)
{
	L4_Word_t rc = CALL(SpaceControl)(space.raw, control, kip_area.raw, utcb_area.raw, redirector.raw);

	*old_control = L4_Utcb()[ARGS];
	return rc;
}

L4_Word_t
L4_ProcessorControl(L4_Word_t processor, L4_Word_t internal_freq, L4_Word_t external_freq, L4_Word_t voltage)
{
	return CALL(ProcessorControl)(processor, internal_freq, external_freq, voltage, 0);
}

L4_Word_t
L4_MemoryControl(L4_Word_t control, const L4_Word_t *attributes)
{
	for (int i = 0; i < 4; i++)
		L4_Utcb()[ARGS + i] = attributes[i];
	return CALL(MemoryControl)(control, 0, 0, 0, 0);
}

/* ---- what only the simulator's kernel has ---- */
void
plat_space_name(L4_ThreadId_t t, const char *name)
{
	char text[32] = "";

	snprintf(text, sizeof text, "%s", name);
	memcpy(L4_Utcb() + ARGS, text, sizeof text);
	if (links()->ArchSyscall[1] != 0)
		CALL(ArchSyscall[1])(t.raw, 0, 0, 0, 0);
}

void
plat_debug_puts(const char *s)
{
	if (links()->ArchSyscall[0] != 0)
		for (; *s != '\0'; s++)
			CALL(ArchSyscall[0])((L4_Word_t)(unsigned char)*s, 0, 0, 0, 0);
}
