/*
 * tests/l4/exregs.c - ExchangeRegisters on threads that run, wait, fault, and
 * are elsewhere.
 * SEE X.2 manual, chapter 2.3
 */
#include "tests/l4/l4test.h"

static volatile L4_Word_t count, got[4];
static volatile bool stop;

static void
spins_until_stop(void *arg)
{
	USED(arg);
	while (!stop)
		count++;
	for (;;)
		L4_Sleep(L4_Never);
}

typedef struct Regs Regs;
struct Regs {
	L4_Word_t control, sp, ip, flags, handle;
	L4_ThreadId_t pager, id;
};

static Regs
exchange(L4_ThreadId_t t, L4_Word_t control, L4_Word_t sp, L4_Word_t ip, L4_Word_t flags, L4_Word_t handle, L4_ThreadId_t pager)
{
	Regs r = { 0 };

	r.id = L4_ExchangeRegisters(t, control, sp, ip, flags, handle, pager, &r.control, &r.sp, &r.ip, &r.flags,
	    &r.handle, &r.pager);
	return r;
}

static void
running_thread_stops_and_goes_on(void)
{
	L4_ThreadId_t t = thread_new(spins_until_stop, NULL);
	L4_Word_t a = count;

	stop = false;
	UNTIL(count != a);
	SAME(L4_Stop(t).raw, 0);
	a = count;
	sleep_ms(10);
	SAME(count, a);
	SAME(L4_Stop(t).raw, L4_EXREGS_H);
	exchange(t, L4_EXREGS_h, 0, 0, 0, 0, L4_nilthread);
	UNTIL(count != a);
	L4_Stop(t);
	a = count;
	L4_Start(t);
	UNTIL(count != a);
}

static void
elsewhere(void)
{
	got[0] = (L4_Word_t)__builtin_frame_address(0);
	got[1] = 77;
	for (;;)
		L4_Sleep(L4_Never);
}

static void
running_thread_goes_on_elsewhere(void)
{
	L4_ThreadId_t t = thread_new(spins_until_stop, NULL);
	L4_Word_t sp = (L4_Word_t)stack_for(idles, NULL) - 256 - 8, a = count;
	Regs r;

	stop = false;
	got[1] = 0;
	UNTIL(count != a);
	r = exchange(t, L4_EXREGS_sp | L4_EXREGS_ip | L4_EXREGS_d, sp, (L4_Word_t)elsewhere, 0, 0, L4_nilthread);
	CHECK(in_image(r.ip));
	CHECK(r.sp != 0);
	UNTIL(got[1] == 77);
	CHECK(got[0] <= sp && got[0] > sp - 512);
}

static void
waiting_thread_goes_on_elsewhere_when_cancelled(void)
{
	L4_ThreadId_t t = thread_new(idles, NULL);
	L4_Word_t sp = (L4_Word_t)stack_for(idles, NULL) - 256 - 8;

	got[1] = 0;
	until_blocked(t);
	L4_Start_SpIp(t, sp, (L4_Word_t)elsewhere);
	UNTIL(got[1] == 77);
}

void flags_read(void);
extern volatile L4_Word_t flags_found;
volatile L4_Word_t flags_found;

void
flags_read(void)
{
	got[0] = flags_found;
	got[1] = 78;
	for (;;)
		L4_Sleep(L4_Never);
}

__attribute__((naked)) static void
reads_flags(void)
{
	__asm__("pushf; pop flags_found; jmp flags_read");
}

static void
flags_are_set(void)
{
	L4_ThreadId_t t = thread_new(idles, NULL), u = thread_new(spins_until_stop, NULL);
	L4_Word_t sp = (L4_Word_t)stack_for(idles, NULL) - 256 - 8;

	stop = false;
	got[1] = 0;
	until_blocked(t);
	L4_Start_SpIpFlags(t, sp, (L4_Word_t)reads_flags, 1 | 0x40);    /* carry, zero */
	UNTIL(got[1] == 78);
	SAME(got[0] & 0x41, 0x41);
	got[1] = 0;
	L4_Start_SpIpFlags(u, sp, (L4_Word_t)reads_flags, 1);
	UNTIL(got[1] == 78);
	SAME(got[0] & 0x41, 1);
}

static void
state_tells_the_phase(void)
{
	L4_ThreadId_t r = thread_new(idles, NULL);
	L4_ThreadState_t s;

	until_blocked(r);
	s = L4_Stop(r);
	CHECK(L4_ThreadWasReceiving(s) && !L4_ThreadWasSending(s) && !L4_ThreadWasHalted(s));
	s = L4_Stop(r);
	CHECK(L4_ThreadWasHalted(s) && L4_ThreadWasIpcing(s));
}

static void
sends(void *arg)
{
	USED(arg);
	send_words(test_id, 5, 0, 0);
	count++;
	for (;;)
		L4_Sleep(L4_Never);
}

/* halting does not touch an IPC, only what comes after it */
static void
halted_thread_finishes_its_ipc(void)
{
	L4_ThreadId_t t;
	L4_Word_t a = count;

	t = thread_new(sends, NULL);
	until_blocked(t);
	CHECK(L4_ThreadWasSending(L4_Stop(t)));
	SAME(L4_Label(L4_Receive(t)), 5);
	sleep_ms(3);
	SAME(count, a);
	exchange(t, L4_EXREGS_h, 0, 0, 0, 0, L4_nilthread);
	UNTIL(count == a + 1);
}

static void
handle_and_pager_are_exchanged(void)
{
	L4_ThreadId_t t = thread_new(idles, NULL);
	Regs r;

	until_blocked(t);
	L4_Set_UserDefinedHandleOf(t, 0x1234);
	SAME(L4_UserDefinedHandleOf(t), 0x1234);
	SAME(L4_PagerOf(t).raw, test_id.raw);
	r = exchange(t, L4_EXREGS_pager | L4_EXREGS_handle, 0, 0, 0, 0x77, pager_id);
	SAME(r.handle, 0x1234);
	SAME(r.pager.raw, test_id.raw);
	SAME(L4_PagerOf(t).raw, pager_id.raw);
	SAME(L4_UserDefinedHandleOf(t), 0x77);
	L4_Set_PagerOf(t, test_id);
}

static void
own_registers_can_be_exchanged(void)
{
	Regs r;
	L4_Word_t old = L4_UserDefinedHandle();

	L4_Set_UserDefinedHandle(0x99);
	r = exchange(L4_MyLocalId(), L4_EXREGS_d, 0, 0, 0, 0, L4_nilthread);
	SAME(r.handle, 0x99);
	SAME(r.id.raw, L4_MyGlobalId().raw);
	r = exchange(L4_MyGlobalId(), L4_EXREGS_handle, 0, 0, 0, old, L4_nilthread);
	SAME(r.id.raw, L4_MyLocalId().raw);
	SAME(L4_UserDefinedHandle(), old);
}

static void
unknown_threads_are_refused(void)
{
	Regs r = exchange(L4_GlobalId(20000, 1), L4_EXREGS_d, 0, 0, 0, 0, L4_nilthread);

	SAME(r.id.raw, 0);
	SAME(L4_ErrorCode(), L4_ErrInvalidThread);
}

static L4_ThreadId_t target;

static void
tries(void *arg)
{
	Regs r = exchange(target, L4_EXREGS_d, 0, 0, 0, 0, L4_nilthread);

	USED(arg);
	got[0] = r.id.raw;
	got[1] = L4_ErrorCode();
	send_words(test_id, 6, 0, 0);
	for (;;)
		L4_Sleep(L4_Never);
}

static void
strangers_are_refused(void)
{
	L4_ThreadId_t a = space_new(), b = space_new();

	target = b;
	space_run(b, idles, NULL);
	space_run(a, tries, NULL);
	SAME(L4_Label(L4_Receive(a)), 6);
	SAME(got[0], 0);
	SAME(got[1], L4_ErrInvalidThread);
}

/* "pagerexregs": the pager may, across spaces */
static void
pager_may_across_spaces(void)
{
	L4_ThreadId_t a = space_new(), b = space_new();

	target = b;
	count = 0;
	stop = false;
	space_run(b, spins_until_stop, NULL);
	UNTIL(count != 0);      /* it needs its pager no longer */
	L4_Set_PagerOf(b, a);
	space_run(a, tries, NULL);
	SAME(L4_Label(L4_Receive(a)), 6);
	SAME(got[0], b.raw);
	L4_Set_PagerOf(b, pager_id);
}

static void
thread_of_another_space_stops_and_goes_on(void)
{
	L4_ThreadId_t t = space_new();
	L4_Word_t a = 0, sp, ip, flags;

	stop = false;
	count = 0;
	space_run(t, spins_until_stop, NULL);
	for (int i = 0; i < 20; i++) {
		UNTIL(count != a);
		L4_Stop_SpIpFlags(t, &sp, &ip, &flags);
		CHECK(in_image(ip));
		a = count;
		sleep_ms(3);
		SAME(count, a);
		exchange(t, L4_EXREGS_h, 0, 0, 0, 0, L4_nilthread);
	}
	UNTIL(count != a);
}

static void
clocks(void *arg)
{
	USED(arg);
	while (!stop) {
		L4_SystemClock();
		count++;
	}
	for (;;)
		L4_Sleep(L4_Never);
}

/* caught at any instruction of a system call's way in and out, it goes on undisturbed */
static void
stopping_at_any_moment_is_harmless(void)
{
	L4_ThreadId_t t = thread_new(clocks, NULL), u = space_new();

	stop = false;
	space_run(u, clocks, NULL);
	for (int i = 0; i < 300; i++) {
		for (volatile int k = 0; k < i * 31 % 997; k++)
			;
		L4_Stop(i & 1 ? t : u);
		exchange(i & 1 ? t : u, L4_EXREGS_h, 0, 0, 0, 0, L4_nilthread);
		L4_Yield();
	}
	L4_Word_t a = count;
	UNTIL(count != a);
}

/* interrupted at any moment into a handler that goes back where it was */
extern volatile L4_Word_t notes;
volatile L4_Word_t notes;

__attribute__((naked)) static void
note(void)
{
	/* on the stack: old ip; the flags are all it uses */
	__asm__("pushf; incl notes; popf; ret");
}

static void
interrupting_at_any_moment_is_harmless(void)
{
	L4_ThreadId_t t = thread_new(clocks, NULL);

	stop = false;
	notes = 0;
	for (int i = 0; i < 300; i++) {
		L4_Word_t sp, ip, flags;

		for (volatile int k = 0; k < i * 37 % 1009; k++)
			;
		L4_Yield();
		L4_Stop_SpIpFlags(t, &sp, &ip, &flags);
		sp -= sizeof(L4_Word_t);
		*(L4_Word_t *)sp = ip;
		exchange(t, L4_EXREGS_h | L4_EXREGS_sp | L4_EXREGS_ip, sp, (L4_Word_t)note, 0, 0, L4_nilthread);
	}
	UNTIL(notes == 300);
	L4_Word_t a = count;
	UNTIL(count != a);
}

TESTS(exregs_tests) = {
	TEST(running_thread_stops_and_goes_on), TEST(running_thread_goes_on_elsewhere),
	TEST(waiting_thread_goes_on_elsewhere_when_cancelled), TEST(flags_are_set), TEST(state_tells_the_phase),
	TEST(halted_thread_finishes_its_ipc), TEST(handle_and_pager_are_exchanged), TEST(own_registers_can_be_exchanged),
	TEST(unknown_threads_are_refused), TEST(strangers_are_refused), TEST(pager_may_across_spaces),
	TEST(thread_of_another_space_stops_and_goes_on), TEST(stopping_at_any_moment_is_harmless),
	TEST(interrupting_at_any_moment_is_harmless), { NULL, NULL },
};
