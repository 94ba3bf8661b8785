/*
 * tests/l4/x86.c - the 32-bit PC only: how it is turned off, and what the simulator
 * has not: I/O ports, the registers of FPU and SSE, an end of the kernel's memory.
 */
#include "tests/l4/l4test.h"

NORETURN void plat_poweroff(int status); /* target-x86/drv/power.c */
void cancelled_transfer_tells_both_how_far_it_came(void); /* transfer.c */
void deleted_side_ends_the_others_fault(void);

#define KEEP ((void *)~(L4_Word_t)0)
static volatile L4_Word_t got[4];

static NORETURN void
done(L4_Word_t value)
{
	send_words(test_id, 0x20, 1, value);
	for (;;)
		L4_Sleep(L4_Never);
}

/* ---- flags ---- */
/* an IPC call of the KIP's link; the flags with which it comes back */
L4_Word_t call_flags(L4_Word_t link, L4_Word_t to);

__attribute__((naked)) L4_Word_t
call_flags(L4_Word_t link, L4_Word_t to)
{
	USED(link);
	USED(to);
	__asm__("pushl %ebp; pushl %ebx; pushl %esi; pushl %edi; movl 24(%esp), %eax; movl %eax, %edx; xorl %ecx, %ecx;"
		"xorl %esi, %esi; movl %gs:0, %edi; call *20(%esp); pushfl; popl %eax;"
		"popl %edi; popl %esi; popl %ebx; popl %ebp; ret");
}

static void
calls_for_flags(void *arg)
{
	USED(arg);
	done(call_flags((L4_Word_t)kip + kip->Ipc, test_id.raw));
}

/* a fast call stands still; its flags change, and nothing else */
static void
flags_of_a_waiting_thread_are_set(void)
{
	L4_ThreadId_t t = thread_new(calls_for_flags, NULL), from, pager;
	L4_Word_t c, sp, ip, flags, handle;

	CHECK(L4_IpcSucceeded(L4_Wait(&from)));
	L4_ExchangeRegisters(t, L4_EXREGS_flags, 0, 0, 1 | 0x40, 0, L4_nilthread, &c, &sp, &ip, &flags, &handle, &pager);
	CHECK(ip >= (L4_Word_t)kip && ip < (L4_Word_t)kip + PAGE);
	L4_Set_MsgTag(L4_Niltag);
	CHECK(L4_IpcSucceeded(L4_Reply(from)));
	SAME(L4_Label(L4_Receive(t)), 0x20);
	SAME(mr(1) & 0x41, 0x41);
}

/* ---- FPU and SSE ---- */
static L4_Word_t
floats_stay(L4_Word_t mine)
{
	L4_Word_t bad = 0, out[4], in[4] = { mine, mine + 1, mine + 2, mine + 3 };
	int16_t x87 = (int16_t)mine;

	__asm__ __volatile__("fninit; filds %0; movups %1, %%xmm3" : : "m"(x87), "m"(in));
	for (int i = 0; i < 200; i++) {
		int16_t now;

		L4_Yield();
		__asm__ __volatile__("fists %0; movups %%xmm3, %1" : "=m"(now), "=m"(out));
		bad += now != x87 || memcmp(in, out, sizeof in) != 0;
	}
	return bad;
}

static void
keeps_floats(void *arg)
{
	got[(L4_Word_t)arg / 100 - 1] = floats_stay((L4_Word_t)arg);
	done(0);
}

static void
each_thread_has_its_floats(void)
{
	L4_ThreadId_t t[3] = { thread_new(keeps_floats, (void *)100), thread_new(keeps_floats, (void *)200), space_new() };

	space_run(t[2], keeps_floats, (void *)300);
	SAME(floats_stay(400), 0);
	for (int i = 0; i < 3; i++) {
		SAME(L4_Label(L4_Receive(t[i])), 0x20);
		SAME(got[i], 0);
	}
}

/* ---- I/O ports ---- */
enum { PORT = 0x80, LABEL_IO = 0xFF86 };        /* nothing listens there */

static void
writes_port(void *arg)
{
	USED(arg);
	for (int i = 0; i < 2; i++) {
		__asm__ __volatile__("outb %%al, %w0" : : "Nd"(PORT), "a"(0));
		send_words(test_id, 0x21, 0, 0);
		L4_Receive(test_id);
	}
	done(0);
}

/* serves t's page faults until another message comes */
static L4_MsgTag_t
next_but_faults(L4_ThreadId_t t)
{
	L4_MsgTag_t r = L4_Receive(t);

	while (L4_IsPageFault(r)) {
		L4_Fpage_t f = L4_FpageLog2(mr(1) & ~(L4_Word_t)(PAGE - 1), 12);
		L4_Msg_t m;

		L4_Set_Rights(&f, L4_FullyAccessible);
		L4_MsgClear(&m);
		L4_MsgAppendMapItem(&m, L4_MapItem(f, L4_Address(f)));
		L4_MsgLoad(&m);
		r = L4_Call(t);
	}
	return r;
}

static void
give_port(L4_ThreadId_t t, L4_Fpage_t f)
{
	L4_Msg_t m;

	L4_MsgClear(&m);
	L4_MsgAppendMapItem(&m, L4_MapItem(f, 0));
	L4_MsgLoad(&m);
	CHECK(L4_IpcSucceeded(L4_Send(t)));
}

static void
ports_are_faulted_in_mapped_and_taken(void)
{
	L4_Fpage_t port = { PORT << 16 | 2 << 4 | 6 };
	L4_ThreadId_t s = space_new(), t;

	L4_Sigma0_GetPage(sigma0_id, port);
	t = thread_in(s, 1, test_id, NULL, NULL);
	thread_go(t, writes_port, NULL);
	SAME(L4_Label(next_but_faults(t)), LABEL_IO);
	SAME(mr(1), port.raw);
	give_port(t, port);
	SAME(L4_Label(next_but_faults(t)), 0x21);
	L4_UnmapFpage(port);
	L4_Set_MsgTag(L4_Niltag);
	CHECK(L4_IpcSucceeded(L4_Send(t)));
	SAME(L4_Label(next_but_faults(t)), LABEL_IO);
	give_port(t, port);
	SAME(L4_Label(next_but_faults(t)), 0x21);
	L4_Set_MsgTag(L4_Niltag);
	L4_Send(t);
	SAME(L4_Label(next_but_faults(t)), 0x20);
}

/* ---- preemption ---- */
static volatile bool stop;

static void
spins_and_signals(void *arg)
{
	USED(arg);
	L4_Set_ExceptionHandler(test_id);
	L4_EnablePreemptionFaultException();
	while (!stop)
		got[0]++;
	L4_DisablePreemptionFaultException();
	done(0);
}

static void
preemption_is_signalled(void)
{
	L4_ThreadId_t t;
	L4_Word_t a;

	stop = false;
	t = thread_raw(L4_Myself());
	CHECK(L4_Set_Priority(t, 50) != L4_SCHEDRESULT_ERROR);
	a = got[0];
	thread_go(t, spins_and_signals, NULL);
	UNTIL(got[0] != a);
	for (int i = 0; i < 5; i++) {
		L4_MsgTag_t r = L4_Receive(t);

		CHECK(L4_IpcSucceeded(r));
		SAME(L4_Label(r), L4_LABEL_PREEMPTION);
		SAME(L4_UntypedWords(r), 2);
		sleep_ms(2);
	}
	stop = true;
	while (L4_Label(L4_Receive(t)) != 0x20)
		;
}

/* ---- the end of the kernel's memory ---- */
enum { MANY = 20000, FIRST_OF_MANY = 3000 };

static L4_ThreadId_t
many(unsigned i)
{
	return L4_GlobalId(FIRST_OF_MANY + i, 1);
}

static unsigned
threads_until_full(void)
{
	unsigned n = 0;

	while (n < MANY && L4_ThreadControl(many(n), L4_Myself(), L4_Myself(), L4_nilthread, KEEP))
		n++;
	SAME(L4_ErrorCode(), L4_ErrNoMem);
	return n;
}

/* all calls that need memory say so, and work again when there is some */
static void
full_kernel_says_so(void)
{
	unsigned n[2];

	for (int round = 0; round < 2; round++) {
		L4_ThreadId_t t = id_new();

		n[round] = threads_until_full();
		SAME(L4_ThreadControl(t, t, L4_Myself(), L4_nilthread, KEEP), 0);
		SAME(L4_ErrorCode(), L4_ErrNoMem);
		for (unsigned i = 0; i < n[round]; i++)
			CHECK(L4_ThreadControl(many(i), L4_nilthread, L4_nilthread, L4_nilthread, KEEP));
	}
	CHECK(n[0] > 100);
	SAME(n[0], n[1]);
}

/* ---- ProcessorControl ---- */
static void
processor_control_keeps_what_it_is_told(void)
{
	const L4_ProcDesc_t *p = L4_ProcDesc(kip, 0);
	L4_Word_t voltage = p->padding[0];

	CHECK(L4_ProcessorControl(0, 2000000, 100000, 1200));
	SAME(p->InternalFreq, 2000000);
	SAME(p->ExternalFreq, 100000);
	SAME(p->padding[0], 1200);
	CHECK(L4_ProcessorControl(0, L4_KEEP, 0, L4_KEEP));
	SAME(p->InternalFreq, 2000000);
	SAME(p->ExternalFreq, 100000);
	CHECK(L4_ProcessorControl(0, 0, 133000, voltage ? voltage : 1));
	SAME(p->ExternalFreq, 133000);
}

static void
processor_control_refuses_nonsense(void)
{
	const L4_ProcDesc_t *p = L4_ProcDesc(kip, 0);
	L4_Word_t before = p->InternalFreq;

	CHECK(!L4_ProcessorControl(1, 1000, 1000, 1000));
	SAME(L4_ErrorCode(), L4_ErrInvalidParam);
	CHECK(!L4_ProcessorControl(0, 0x80000000, 0, 0));
	SAME(L4_ErrorCode(), L4_ErrInvalidParam);
	CHECK(!L4_ProcessorControl(0, 1000, 0, 100000));
	SAME(L4_ErrorCode(), L4_ErrInvalidParam);
	SAME(p->InternalFreq, before);
}

TESTS(machine_tests) = {
	TEST(flags_of_a_waiting_thread_are_set), TEST(each_thread_has_its_floats),
	TEST(ports_are_faulted_in_mapped_and_taken), TEST(preemption_is_signalled),
	TEST(cancelled_transfer_tells_both_how_far_it_came), TEST(deleted_side_ends_the_others_fault),
	TEST(full_kernel_says_so), TEST(processor_control_keeps_what_it_is_told),
	TEST(processor_control_refuses_nonsense), { NULL, NULL },
};

/* ---- the end ---- */
void
power_off(int status)
{
	plat_poweroff(status);
}
