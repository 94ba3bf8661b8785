/*
 * trap.c - where each trap goes: exceptions, interrupts, system calls.
 *
 * ERRORS  A trap of the kernel itself is a panic, but for what a user can cause
 *         without harm: bad segment registers on the fast path, a single step
 *         over sysenter.
 */
#include "target-x86/kernel/kernel.h"

enum {
	TRAP_DB = 1, TRAP_NMI = 2, TRAP_BP = 3, TRAP_UD = 6, TRAP_NM = 7, TRAP_GP = 13, TRAP_PF = 14,
	TRAP_IRQ = 0x20, TRAP_IPC = 0x30, TRAP_SYS = 0x31, FLAG_TF = 0x100,
};
static const char nmi[] = "NMI: bad memory or hardware";
extern const char sysenter_entry[];
void trap_handle(Frame *f);
void sys_ipc(Frame *f);

bool
user_bytes(Word va, uint8_t *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++, va++) {
		const uint8_t *p = va < KBASE ? map_lookup(current->space, va, false, 0) : NULL;

		if (!p)
			return false;
		b[i] = *p;
	}
	return true;
}

/* lock; nop asks for the KIP */
static bool
kip_request(Frame *f)
{
	uint8_t b[2];

	if (!user_bytes(f->eip, b, 2) || b[0] != 0xF0 || b[1] != 0x90)
		return false;
	f->eax = current->space->kip_base;
	f->ecx = kip[1];
	f->edx = kip[2];
	f->esi = *(Word *)((char *)kip + kip[3]);
	f->eip += 2;
	return true;
}

static void
sys_clock(Frame *f)
{
	Time t = clock_now();

	f->eax = (Word)t;
	f->edx = (Word)(t >> 32);
}

/* EAX below 256: prints it; 256: the kernel checks itself, pages free or 0 */
static void
sys_debug(Frame *f)
{
	if (!current->space->privileged)
		return;
	if (f->eax < 256)
		console_putc((int)f->eax);
	else
		f->eax = kernel_check() ? kmem_info().free : 0;
}

static void
syscall(Frame *f)
{
	Word n = (f->eip - current->space->kip_base - KIP_STUB_INT) / 16;

	switch (n) {
	case SYS_SPACE: sys_space(f); break;
	case SYS_THREAD: sys_thread(f); break;
	case SYS_PROCESSOR: sys_processor(f); break;
	case SYS_MEMORY: sys_memory(f); break;
	case SYS_UNMAP: sys_unmap(f); break;
	case SYS_EXREGS: sys_exregs(f); break;
	case SYS_CLOCK: sys_clock(f); break;
	case SYS_SWITCH: sys_switch(f->eax); break;
	case SYS_SCHEDULE: sys_schedule(f); break;
	case SYS_DEBUG: sys_debug(f); break;
	default:		/* an int 0x31 elsewhere */
		f->trap = TRAP_GP;
		f->err = TRAP_SYS << 3 | 2;
		exception_user(f);
	}
}

static void
gp_fault(Frame *f)
{
	if (f->ds != SEL_UDATA || f->es != SEL_UDATA || f->gs != SEL_UTCB)
		return;		/* repaired by now: again */
	if (f->err == 0 && io_fault_user(f))
		return;
	exception_user(f);
}

static void
trap_user(Frame *f)
{
	switch (f->trap) {
	case TRAP_PF: page_fault_user(f, cpu_cr2()); break;
	case TRAP_NM: fpu_fault(); break;
	case TRAP_GP: gp_fault(f); break;
	case TRAP_UD:
		if (!kip_request(f))
			exception_user(f);
		break;
	case TRAP_BP:
		if (!kdebug_request(f))
			exception_user(f);
		break;
	case TRAP_SYS: syscall(f); break;
	case TRAP_NMI: panic_frame(f, nmi);
	default: exception_user(f); break;
	}
}

static void
trap_kernel(Frame *f)
{
	if (f->trap == TRAP_NMI)
		panic_frame(f, nmi);
	if (f->trap == TRAP_DB && f->eip - (Word)sysenter_entry < 8) {
		f->eflags &= ~(Word)FLAG_TF;
		return;
	}
	if (f->trap == TRAP_GP && (f->ds != SEL_UDATA || f->es != SEL_UDATA || f->gs != SEL_UTCB))
		return;
	if (f->trap == TRAP_BP && kdb_on) {
		kdb_enter(f, "int3 in the kernel");
		return;
	}
	panic_frame(f, "trap in the kernel");
}

void
trap_handle(Frame *f)
{
	bool user = f->cs & 3;

	if (f->trap >= TRAP_IRQ && f->trap < TRAP_IPC) {
		kdb_poll(f);
		irq_handle(f->trap - TRAP_IRQ);
		if (!user)
			return;
	} else if (!user) {
		trap_kernel(f);
		return;
	}
	if (f->trap == TRAP_IPC) {
		sys_ipc(f);
		return;
	}
	if (f->trap < TRAP_IRQ || f->trap == TRAP_SYS) {
		Word kernel = current->slow & SLOW_KERNEL;

		current->slow |= SLOW_KERNEL;
		trap_user(f);
		if (!kernel)
			current->slow &= ~(Word)SLOW_KERNEL;
	}
	current->slow &= ~(Word)SLOW_IRET;
	work_do(f);
	current->slow &= ~(Word)SLOW_IRET;
	if (check_every)
		check_tick();
}
