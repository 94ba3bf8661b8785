/*
 * fault.c - Linux signals become X.2: page faults and exceptions are IPC to the
 * pager and the exception handler; SIGUSR1 takes a running thread into the
 * kernel, so that ExchangeRegisters finds its registers.
 *
 * Handlers run on the thread's signal stack with SIGUSR1 blocked. A fault in
 * the kernel itself is legal in copy_user only, where no lock is held.
 *
 * SEE entry.S for the windows; X.2 manual, chapter 6.
 */
#include "sim/kern/space.h"

typedef struct Sigaction Sigaction;
struct Sigaction {
	void (*handler)(int, void *, Frame *);
	uint64_t flags;
	void (*restorer)(void);
	uint64_t mask;
};
enum { SA_SIGINFO = 4, SA_RESTORER = 0x04000000, SA_ONSTACK = 0x08000000, SA_NODEFER = 0x40000000 };
enum { TRAP_UD = 6, TRAP_PF = 14 };

static bool
within(uint64_t ip, const char *from, const char *to)
{
	return ip >= (uint64_t)from && ip < (uint64_t)to;
}

/* ---- in and out of a handler ---- */
static void
enter(Tcb *me, Frame *f)
{
	if (within(f->rip, sys_entry, sys_commit))
		f->rip = (uint64_t)sys_entry;
	me->uip = f->rip;
	me->usp = f->rsp;
	me->uflags = f->rflags;
	me->setflags = 0;
	me->ustate = US_KERNEL;
}

static void
leave(Tcb *me, Frame *f)
{
	/* first out, then a look at attn, then at the registers: whoever found us in
	 * and still holds us has set attn, and one who comes later sends a signal */
	do {
		me->ustate = US_KERNEL;
		attn_wait();
		atomic_store(&me->ustate, US_USER);
	} while (me->attn != 0);
	f->rip = me->uip;
	f->rsp = me->usp;
	f->rflags = me->uflags;
	me->setflags = 0;
}

/* ---- the kernel's IPC in a thread's name; its own message registers survive ---- */
uint32_t
fault_ipc(Tcb *me, uint64_t to, uint64_t from, unsigned words, uint32_t timeouts, L4_Word_t *message)
{
	L4_Word_t *mr = mrs_of(me), save[L4_NUM_MRS], br0 = mr[L4_TCR_BR0], sender = mr[L4_TCR_Sender];
	L4_Word_t intended = mr[L4_TCR_IntendedReceiver], code = mr[L4_TCR_ErrorCode];
	uint32_t error;
	Op op;

	if (to == 0)
		return L4_IpcErrNonExist << 1;
	__builtin_memcpy(save, mr, sizeof save);
	__builtin_memcpy(mr, message, words * sizeof *mr);
	mr[L4_TCR_BR0] = L4_CompleteAddressSpace.raw;
	op_init(&op, me->no + 1);
	lock(&KERN->lock, &op);
	ipc_start(&op, me, to, from, timeouts, true);
	ipc_wait(&op, me);
	mr = mrs_of(me);        /* it may have moved to another space */
	if (here->flush_done != here->flush_next)
		tlb_flush();
	error = mr[0] & L4_TAG_E ? (uint32_t)mr[L4_TCR_ErrorCode] : 0;
	if (error == 0)
		__builtin_memcpy(message, mr, L4_NUM_MRS * sizeof *mr);
	__builtin_memcpy(mr, save, sizeof save);
	mr[L4_TCR_BR0] = br0;
	mr[L4_TCR_Sender] = sender;
	mr[L4_TCR_IntendedReceiver] = intended;
	mr[L4_TCR_ErrorCode] = code;
	return error;
}

/* Nobody to ask: the thread halts. Cancelled: it goes on, or meets the fault again. */
static void
failed(Tcb *me, uint32_t error)
{
	unsigned why = error >> 1 & 7;

	if (error != 0 && why != L4_IpcErrCancelled && why != L4_IpcErrAborted)
		atomic_fetch_or(&me->attn, AT_HALT);
}

static void
page_fault(Tcb *me, Frame *f)
{
	unsigned want = f->err & 16 ? L4_eXecutable : f->err & 2 ? L4_Writable : L4_Readable;
	L4_Word_t m[L4_NUM_MRS] = { (L4_LABEL_PAGEFAULT | want) << 16 | 2, f->cr2, f->rip };
	uint64_t pager = mrs_of(me)[L4_TCR_Pager];

	if (tlb_fill(here, f->cr2, want))
		return;
	failed(me, fault_ipc(me, pager, pager, 3, 0, m));
	tlb_fill(here, f->cr2, want);
}

static void
exception(Tcb *me, Frame *f, unsigned number)
{
	uint64_t *regs[] = {
		[L4_EXC_DI] = &f->rdi, [L4_EXC_SI] = &f->rsi, [L4_EXC_BP] = &f->rbp, [L4_EXC_BX] = &f->rbx,
		[L4_EXC_DX] = &f->rdx, [L4_EXC_CX] = &f->rcx, [L4_EXC_AX] = &f->rax, [L4_EXC_R8] = &f->r8,
		&f->r9, &f->r10, &f->r11, &f->r12, &f->r13, &f->r14, &f->r15,
	};
	L4_Word_t m[L4_NUM_MRS] = { L4_LABEL_EXCEPTION << 16 | L4_EXC_WORDS };
	uint64_t handler = mrs_of(me)[L4_TCR_ExceptionHandler];
	uint32_t error;
	unsigned u;

	_Static_assert(sizeof regs / sizeof regs[0] == L4_EXC_WORDS + 1, "all registers");
	for (unsigned i = L4_EXC_DI; i <= L4_EXC_WORDS; i++)
		m[i] = regs[i] != NULL ? *regs[i] : 0;
	m[L4_EXC_IP] = f->rip;
	m[L4_EXC_SP] = f->rsp;
	m[L4_EXC_FLAGS] = f->rflags;
	m[L4_EXC_NUMBER] = number;
	m[L4_EXC_ERROR] = f->err;
	error = fault_ipc(me, handler, handler, L4_EXC_WORDS + 1, 0, m);
	failed(me, error);
	if (error != 0)
		return;
	u = m[0] & 0x3F;
	for (unsigned i = L4_EXC_DI; i <= L4_EXC_WORDS && i <= u; i++)
		if (regs[i] != NULL)
			*regs[i] = m[i];
	if (u >= L4_EXC_IP)
		me->uip = m[L4_EXC_IP];
	if (u >= L4_EXC_FLAGS)
		me->uflags = m[L4_EXC_FLAGS];
	if (u >= L4_EXC_SP)
		me->usp = m[L4_EXC_SP];
}

/* X.2's KernelInterface is the invalid instruction lock; nop. */
static bool
kernel_interface(Tcb *me, Frame *f)
{
	const L4_KernelInterfacePage_t *k = (const void *)(KBASE + OFF_KIP);
	uint8_t code[2];

	if (copy_user(code, (void *)f->rip, 2) != 0 || code[0] != 0xF0 || code[1] != 0x90)
		return false;
	f->rax = here->kip;
	f->rcx = k->ApiVersion;
	f->rdx = k->ApiFlags;
	f->rsi = ((const L4_KernelDesc_t *)((const char *)k + KIP_DESC))->KernelId;
	me->uip = f->rip + 2;
	return true;
}

static void
kernel_fault(Tcb *me, Frame *f)
{
	unsigned want = f->err & 2 ? L4_Writable : L4_Readable;

	if (f->trapno == TRAP_PF && within(f->rip, (const char *)copy_user, copy_user_end) && f->cr2 < USER_TOP) {
		if (!string_fault(me, f->cr2, want))
			f->rip = (uint64_t)copy_fail;
		return;
	}
	if (within(f->rip, (const char *)copy_user, copy_user_end)) {
		f->rip = (uint64_t)copy_fail;
		return;
	}
	lx_say("lp49: kernel: fault in the kernel itself\n");
	lx1(NR_exit_group, 3);
}

static void
on_fault(int sig, void *info, Frame *f)
{
	Tcb *me = self();

	(void)info;
	if (me->ustate == US_KERNEL) {
		kernel_fault(me, f);
		return;
	}
	enter(me, f);
	if (f->trapno == TRAP_PF && sig == LX_SIGSEGV)
		page_fault(me, f);
	else if (sig == LX_SIGBUS && f->trapno == TRAP_PF)
		exception(me, f, L4_EXC_MACHINE_CHECK);
	else if (sig == LX_SIGSYS)
		exception(me, f, TRAP_UD);
	else if (sig != LX_SIGILL || !kernel_interface(me, f))
		exception(me, f, (unsigned)f->trapno);
	leave(me, f);
}

/* ExchangeRegisters wants the thread in the kernel. */
static void
on_kick(int sig, void *info, Frame *f)
{
	Tcb *me = self();

	(void)sig;
	(void)info;
	if (me->ustate == US_KERNEL)
		return;
	if (within(f->rip, sys_window, sys_end)) {
		f->rip = (uint64_t)sys_retry;
		return;
	}
	enter(me, f);
	leave(me, f);
}

void
fault_init(void)
{
	static const int faults[] = { LX_SIGSEGV, LX_SIGBUS, LX_SIGILL, LX_SIGFPE, LX_SIGTRAP, LX_SIGSYS };
	Sigaction a = { on_fault, SA_SIGINFO | SA_ONSTACK | SA_RESTORER | SA_NODEFER, __restore_rt, 1 << (LX_SIGUSR1 - 1) };

	for (unsigned i = 0; i < sizeof faults / sizeof faults[0]; i++)
		lx4(NR_rt_sigaction, faults[i], &a, 0, 8);
	a.handler = on_kick;
	lx4(NR_rt_sigaction, LX_SIGUSR1, &a, 0, 8);
}
