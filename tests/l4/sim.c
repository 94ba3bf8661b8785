/*
 * tests/l4/sim.c - the simulator only: how it is turned off, and what no other
 * machine has: spaces whose Linux process dies, programs that make Linux calls.
 */
#include "sim/sim.h"
#include "tests/l4/l4test.h"

static volatile L4_Word_t got[2];

static void
done(L4_Word_t value)
{
	send_words(test_id, 0x20, 1, value);
	for (;;)
		L4_Sleep(L4_Never);
}

/* ---- a space's process dies ---- */
/* The simulator's kernel ends the process of a thread that claims to be in the kernel and faults. */
static void
dies(void *arg)
{
	L4_Set_ExceptionHandler((L4_ThreadId_t){ (L4_Word_t)arg });
	__asm__ __volatile__("movl $1, %%fs:40; movl $0, 0" : : : "memory");
}

static void
death_is_a_machine_check(void)
{
	L4_ThreadId_t t = space_new(), from;
	L4_MsgTag_t r;

	space_run(t, dies, (void *)test_id.raw);
	r = L4_Wait(&from);     /* one that waits for t alone gets an error */
	SAME(from.raw, t.raw);
	SAME(L4_Label(r), L4_LABEL_EXCEPTION);
	SAME(mr(L4_EXC_NUMBER), L4_EXC_MACHINE_CHECK);
	/* an answer is taken, and changes nothing; then it is gone for its partners */
	CHECK(L4_IpcSucceeded(L4_Send_Timeout(t, L4_ZeroTime)));
	L4_Set_MsgTag(L4_Niltag);
	CHECK(L4_IpcFailed(L4_Send(t)));
	SAME(L4_ErrorCode(), ERROR(SND, L4_IpcErrNonExist));
	thread_delete(t);
}

static L4_ThreadId_t partner;

static void
waits_for_partner(void *arg)
{
	L4_MsgTag_t r = call_words(partner, 1, 0, 0);

	USED(arg);
	got[0] = L4_IpcFailed(r) ? L4_ErrorCode() : 0;
	done(0);
}

static volatile bool stop;

static void
naps_and_dies(void *arg)
{
	L4_ThreadId_t from;

	if (arg == NULL)
		L4_Wait(&from);         /* takes the call, never answers */
	else
		while (!stop)
			L4_Yield();
	dies((void *)L4_nilthread.raw);
}

static void
partners_of_the_dead_get_errors(void)
{
	for (L4_Word_t i = 0; i < 2; i++) {
		L4_ThreadId_t t = space_new(), w;

		partner = t;
		stop = false;
		space_run(t, naps_and_dies, (void *)i);
		w = thread_new(waits_for_partner, NULL);
		until_blocked(w);
		stop = true;
		SAME(L4_Label(L4_Receive(w)), 0x20);
		SAME(got[0], ERROR(i == 0 ? RCV : SND, L4_IpcErrNonExist));
		thread_delete(t);
	}
}

/* ---- Linux is out of reach ---- */
static void
calls_linux(void *arg)
{
	L4_Word_t rc = 39;

	USED(arg);
	L4_Set_ExceptionHandler(test_id);
	__asm__ __volatile__("syscall" : "+a"(rc) : : "rcx", "r11");
	done(0);
}

static void
linux_call_is_an_invalid_opcode(void)
{
	L4_ThreadId_t t = thread_new(calls_linux, NULL);
	L4_Msg_t m;

	L4_MsgStore(L4_Receive(t), &m);
	SAME(L4_MsgLabel(&m), L4_LABEL_EXCEPTION);
	SAME(m.msg[L4_EXC_NUMBER], 6);
	L4_MsgLoad(&m);
	CHECK(L4_IpcSucceeded(L4_Send(t)));
	SAME(L4_Label(L4_Receive(t)), 0x20);
}

/* ---- what Linux can do, and can't ---- */
static volatile uint8_t *volatile where;

static void
reads_executes(void *arg)
{
	USED(arg);
	(void)where[8];
	send_words(test_id, 0x21, 0, 0);
	L4_Receive(test_id);
	((void (*)(void))(L4_Word_t)where)();
	done(1);
}

/* ---- this machine's numbers ---- */
static void
interrupts_end_where_doorbells_begin(void)
{
	SAME(L4_AssociateInterrupt(L4_GlobalId(SIM_BELL_BASE + SIM_DEV_MAX, 1), test_id), 0);
	SAME(L4_ErrorCode(), L4_ErrInvalidThread);
}

static void
sigma0_refuses_what_is_not_there(void)
{
	L4_Fpage_t f = L4_Sigma0_GetPage(L4_nilthread, L4_FpageLog2(0xE0000000ul, 12));

	SAME(f.raw & ~(L4_Word_t)0xF, 0);
}

/* with page tables of 32 bits there is no telling */
static void
status_tells_execution_from_reading(void)
{
	uint8_t *w = window(2 * PAGE);
	L4_Fpage_t f = L4_FpageLog2((L4_Word_t)pool, 12), all = L4_FpageLog2((L4_Word_t)w, 12);
	L4_ThreadId_t t;

	L4_Set_Rights(&f, L4_FullyAccessible);
	for (int ro = 0; ro < 2; ro++) {
		L4_Word_t rights = ro ? L4_Readable | L4_eXecutable : L4_FullyAccessible;

		L4_Set_Rights(&f, rights);
		where = w;
		t = thread_raw(test_id);
		pool[0] = 0xC3;         /* ret */
		thread_go(t, reads_executes, NULL);
		CHECK(L4_IsPageFault(L4_Receive(t)));
		L4_Set_MsgTag((L4_MsgTag_t){ 2 << 6 });
		L4_LoadMR(1, (L4_Word_t)w | 8);
		L4_LoadMR(2, f.raw);
		CHECK(L4_IpcSucceeded(L4_Send(t)));
		SAME(L4_Label(L4_Receive(t)), 0x21);
		SAME(L4_Rights(L4_GetStatus(all)), L4_Readable);
		L4_Set_MsgTag(L4_Niltag);
		CHECK(L4_IpcSucceeded(L4_Send(t)));
		SAME(L4_Label(L4_Receive(t)), 0x20);
		SAME(L4_Rights(L4_GetStatus(all)), L4_Readable | L4_eXecutable);
		pool[0] = 0;
		thread_delete(t);
		L4_Set_Rights(&all, L4_FullyAccessible);
		L4_Flush(all);
		L4_Set_Rights(&all, L4_NoAccess);
	}
}

/* ---- a thread that moves takes all its registers along (tests/l4/move.c) ---- */
static volatile L4_Word_t turns, leave, kept;

static void
spins_with_registers(void *arg)
{
	L4_Word_t ok = 0;

	USED(arg);
	__asm__ __volatile__(
	    "mov $101, %%rbx; mov $102, %%rcx; mov $103, %%rdx; mov $104, %%rsi; mov $105, %%rdi; mov $106, %%r8\n"
	    "mov $107, %%r9; mov $108, %%r10; mov $109, %%r11; mov $110, %%r12; mov $111, %%r13; mov $112, %%r14\n"
	    "movq %%rbx, %%xmm0; movq %%rcx, %%xmm7; movq %%rdx, %%xmm15\n"
	    "1: incq turns(%%rip); cmpq $0, leave(%%rip); je 1b\n"
	    "cmp $101, %%rbx; jne 2f; cmp $102, %%rcx; jne 2f; cmp $103, %%rdx; jne 2f; cmp $104, %%rsi; jne 2f\n"
	    "cmp $105, %%rdi; jne 2f; cmp $106, %%r8; jne 2f; cmp $107, %%r9; jne 2f; cmp $108, %%r10; jne 2f\n"
	    "cmp $109, %%r11; jne 2f; cmp $110, %%r12; jne 2f; cmp $111, %%r13; jne 2f; cmp $112, %%r14; jne 2f\n"
	    "movq %%xmm0, %%rax; cmp $101, %%rax; jne 2f; movq %%xmm7, %%rax; cmp $102, %%rax; jne 2f\n"
	    "movq %%xmm15, %%rax; cmp $103, %%rax; jne 2f\n"
	    "mov $1, %%eax; jmp 3f; 2: xor %%eax, %%eax; 3:"
	    : "=a"(ok) : : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "memory", "cc");
	kept = ok;
	done(0);
}

static void
all_registers_move_along(void)
{
	L4_ThreadId_t a = space_new(), b = space_new();
	L4_ThreadId_t t = thread_in(a, 3, pager_id, spins_with_registers, NULL);

	kept = leave = 0;
	for (int i = 0; i < 20; i++) {
		L4_Word_t n = turns;

		UNTIL(turns != n);
		SAME(control(t, i & 1 ? a : b, L4_nilthread, L4_nilthread, KEEP), 0);
	}
	leave = 1;
	SAME(L4_Label(L4_Receive(t)), 0x20);
	SAME(kept, 1);
}

TESTS(machine_tests) = {
	TEST(status_tells_execution_from_reading), TEST(all_registers_move_along),
	TEST(death_is_a_machine_check), TEST(partners_of_the_dead_get_errors), TEST(linux_call_is_an_invalid_opcode),
	TEST(interrupts_end_where_doorbells_begin), TEST(sigma0_refuses_what_is_not_there), { NULL, NULL },
};

/* ---- the end: the machine device ---- */
void
power_off(int status)
{
	L4_Fpage_t f = L4_FpageLog2(SIM_DEV_PHYS, 12);
	SimDev *dev = (SimDev *)SIM_DEV_PHYS;
	SimMachine *m = (SimMachine *)dev->config;

	L4_Set_Rights(&f, L4_FullyAccessible);
	L4_Sigma0_GetPage(sigma0_id, f);
	*(volatile int32_t *)&m->status = status;
	*(volatile uint32_t *)&m->poweroff = 1;
	*(volatile uint32_t *)&dev->notify = 1;
	L4_Set_MsgTag(L4_Niltag);
	L4_Send(L4_GlobalId(SIM_BELL_BASE, 1));
}
