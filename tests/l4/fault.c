/*
 * tests/l4/fault.c - page faults and exceptions as messages, and the speed
 * of a call.
 * SEE X.2 manual, chapter 6, appendix on architectures
 */
#include "tests/l4/l4test.h"

static uint8_t *volatile where;

static L4_Fpage_t
page(const void *p)
{
	L4_Fpage_t f = L4_FpageLog2((L4_Word_t)p, 12);

	return L4_Set_Rights(&f, L4_FullyAccessible);
}

static void
done(L4_Word_t value)
{
	send_words(test_id, 0x20, 1, value);
	for (;;)
		L4_Sleep(L4_Never);
}

/* answers the fault that came with a page of the pool */
static void
serve(L4_ThreadId_t t, L4_Word_t addr)
{
	L4_Msg_t m;

	L4_MsgClear(&m);
	L4_MsgAppendMapItem(&m, L4_MapItem(page(pool), addr));
	L4_MsgLoad(&m);
	L4_Send(t);
}

static void
reads(void *arg)
{
	USED(arg);
	done(where[8]);
}

static void
read_fault_tells_address_and_ip(void)
{
	L4_ThreadId_t t;
	L4_MsgTag_t r;

	where = window(PAGE);
	pool[8] = 0x55;
	t = thread_raw(test_id);
	thread_go(t, reads, NULL);
	r = L4_Receive(t);
	CHECK(L4_IsPageFault(r));
	SAME(L4_Label(r), L4_LABEL_PAGEFAULT | L4_Readable);
	SAME(L4_UntypedWords(r), 2);
	SAME(L4_TypedWords(r), 0);
	SAME(mr(1), where + 8);
	CHECK(mr(2) >= (L4_Word_t)reads && mr(2) < (L4_Word_t)reads + 64);
	serve(t, (L4_Word_t)where);
	SAME(L4_Label(L4_Receive(t)), 0x20);
	SAME(mr(1), 0x55);
}

static void
writes(void *arg)
{
	USED(arg);
	where[9] = 3;
	done(0);
}

static void
write_fault_says_so(void)
{
	L4_ThreadId_t t;

	where = window(PAGE);
	t = thread_raw(test_id);
	thread_go(t, writes, NULL);
	SAME(L4_Label(L4_Receive(t)), L4_LABEL_PAGEFAULT | L4_Writable);
	SAME(mr(1), where + 9);
	serve(t, (L4_Word_t)where);
	SAME(L4_Label(L4_Receive(t)), 0x20);
	SAME(pool[9], 3);
}

static void
executes(void *arg)
{
	USED(arg);
	((void (*)(void))(L4_Word_t)where)();
	done(1);
}

static void
execution_faults_too(void)
{
	L4_ThreadId_t t;
	L4_MsgTag_t r;

	where = window(PAGE);
	pool[0] = 0xC3;                 /* ret */
	t = thread_raw(test_id);
	thread_go(t, executes, NULL);
	r = L4_Receive(t);
	CHECK(L4_IsPageFault(r));
	/* 32-bit page tables can't tell it from a read */
	if (sizeof(L4_Word_t) != 4 || (L4_Label(r) & 7) != L4_Readable)
		SAME(L4_Label(r) & 7, L4_eXecutable);
	SAME(mr(1), where);
	SAME(mr(2), where);
	serve(t, (L4_Word_t)where);
	SAME(L4_Label(L4_Receive(t)), 0x20);
	pool[0] = 0;
}

static void
keeps(void *arg)
{
	L4_Word_t sum = 0;

	USED(arg);
	for (int i = 1; i < 64; i++)
		L4_LoadMR(i, (L4_Word_t)i * 3);
	for (int i = 0; i < 33; i++)
		L4_LoadBR(i, (L4_Word_t)i * 5);
	L4_Set_VirtualSender((L4_ThreadId_t){ 0x777 });
	where[0] = 1;
	for (int i = 1; i < 64; i++)
		sum += mr(i) != (L4_Word_t)i * 3;
	for (int i = 0; i < 33; i++) {
		L4_Word_t w;

		L4_StoreBR(i, &w);
		sum += w != (L4_Word_t)i * 5;
	}
	sum += L4_ActualSender().raw != 0x777;
	L4_Accept(L4_UntypedWordsAcceptor);
	done(sum);
}

static void
fault_leaves_message_registers_alone(void)
{
	L4_ThreadId_t t;

	where = window(PAGE);
	t = thread_raw(test_id);
	thread_go(t, keeps, NULL);
	CHECK(L4_IsPageFault(L4_Receive(t)));
	serve(t, (L4_Word_t)where);
	SAME(L4_Label(L4_Receive(t)), 0x20);
	SAME(mr(1), 0);
}

static void
answer_without_a_page_faults_again(void)
{
	L4_ThreadId_t t;

	where = window(PAGE);
	t = thread_raw(test_id);
	thread_go(t, reads, NULL);
	for (int i = 0; i < 3; i++) {
		CHECK(L4_IsPageFault(L4_Receive(t)));
		L4_Set_MsgTag(L4_Niltag);
		CHECK(L4_IpcSucceeded(L4_Send(t)));
	}
	CHECK(L4_IsPageFault(L4_Receive(t)));
	serve(t, (L4_Word_t)where);
	SAME(L4_Label(L4_Receive(t)), 0x20);
}

/* its pager is gone: the thread halts until somebody helps */
static void
fault_without_a_pager_halts(void)
{
	L4_ThreadId_t t;

	where = window(PAGE);
	t = thread_raw(test_id);
	L4_Set_PagerOf(t, L4_GlobalId(20000, 1));
	L4_Set_PagerOf(t, test_id);
	thread_go(t, reads, NULL);
	CHECK(L4_IsPageFault(L4_Receive(t)));
	L4_Set_PagerOf(t, L4_GlobalId(20000, 1));
	L4_Set_MsgTag(L4_Niltag);
	L4_Send(t);
	UNTIL(state_of(t) == L4_SCHEDRESULT_INACTIVE);
	CHECK(L4_ThreadWasHalted(L4_Stop(t)));
	L4_Set_PagerOf(t, test_id);
	L4_Start(t);
	CHECK(L4_IsPageFault(L4_Receive(t)));
	serve(t, (L4_Word_t)where);
	SAME(L4_Label(L4_Receive(t)), 0x20);
}

/* ---- exceptions ---- */
static void
divides(void *arg)
{
	L4_Word_t a = 0x1111, d = 0;

	L4_Set_ExceptionHandler(test_id);
	USED(arg);
	/* the handler jumps over the 2-byte instruction and sets eax */
	__asm__ __volatile__("divl %%ecx" : "+a"(a), "+d"(d) : "c"(0));
	done(a);
}

static void
exception_shows_and_sets_registers(void)
{
	L4_ThreadId_t t = thread_new(divides, NULL);
	L4_MsgTag_t r = L4_Receive(t);
	L4_Msg_t m;

	L4_MsgStore(r, &m);
	SAME(L4_Label(r), L4_LABEL_EXCEPTION);
	SAME(L4_UntypedWords(r), L4_EXC_WORDS);
	SAME(m.msg[L4_EXC_NUMBER], 0);
	SAME(m.msg[L4_EXC_AX], 0x1111);
	CHECK(m.msg[L4_EXC_SP] != 0);
	m.msg[L4_EXC_AX] = 0x2222;
	m.msg[L4_EXC_IP] += 2;
	L4_MsgLoad(&m);
	CHECK(L4_IpcSucceeded(L4_Send(t)));
	SAME(L4_Label(L4_Receive(t)), 0x20);
	SAME(mr(1), 0x2222);
}

static volatile int kind;

static void
traps(void *arg)
{
	USED(arg);
	L4_Set_ExceptionHandler(test_id);
	if (kind == 0)
		__asm__ __volatile__("ud2");
	else if (kind == 1)
		__asm__ __volatile__("int3");
	else
		__asm__ __volatile__("hlt");
	done(0);
}

static void
each_trap_has_its_number(void)
{
	static const struct {
		unsigned number, skip;
	} want[] = { { 6, 2 }, { 3, 0 }, { 13, 1 } };

	for (kind = 0; kind < 3; kind++) {
		L4_ThreadId_t t = thread_new(traps, NULL);
		L4_Msg_t m;

		L4_MsgStore(L4_Receive(t), &m);
		SAME(L4_MsgLabel(&m), L4_LABEL_EXCEPTION);
		SAME(m.msg[L4_EXC_NUMBER], want[kind].number);
		m.msg[L4_EXC_IP] += want[kind].skip;
		L4_MsgLoad(&m);
		CHECK(L4_IpcSucceeded(L4_Send(t)));
		SAME(L4_Label(L4_Receive(t)), 0x20);
	}
}

static void
unhandled(void *arg)
{
	USED(arg);
	L4_Set_ExceptionHandler(L4_nilthread);
	__asm__ __volatile__("ud2");
	done(0);
}

static void
exception_without_a_handler_halts(void)
{
	L4_ThreadId_t t = thread_new(unhandled, NULL);

	UNTIL(state_of(t) == L4_SCHEDRESULT_INACTIVE);
	CHECK(L4_ThreadWasHalted(L4_Stop(t)));
	CHECK(L4_IpcFailed(L4_Receive_Timeout(t, L4_TimePeriod(3000))));
}

TESTS(fault_tests) = {
	TEST(read_fault_tells_address_and_ip), TEST(write_fault_says_so), TEST(execution_faults_too),
	TEST(fault_leaves_message_registers_alone), TEST(answer_without_a_page_faults_again),
	TEST(fault_without_a_pager_halts), TEST(exception_shows_and_sets_registers), TEST(each_trap_has_its_number),
	TEST(exception_without_a_handler_halts), { NULL, NULL },
};

/* ---- speed, said and not judged ---- */
static void
echoes(void *arg)
{
	L4_ThreadId_t from;

	USED(arg);
	L4_Wait(&from);
	for (;;) {
		L4_Set_MsgTag(L4_Niltag);
		L4_ReplyWait(from, &from);
	}
}

static void
call_and_reply_are_quick(void)
{
	L4_ThreadId_t t = space_new();
	enum { N = 20000 };
	L4_Word_t a;

	space_run(t, echoes, NULL);
	L4_Set_MsgTag(L4_Niltag);
	L4_Call(t);
	a = now_us();
	for (int i = 0; i < N; i++) {
		L4_Set_MsgTag(L4_Niltag);
		CHECK(L4_IpcSucceeded(L4_Call(t)));
	}
	a = now_us() - a;
	say("# call and reply between spaces: %lu ns\n", (unsigned long)(a * 1000 / N));
}

TESTS(speed_tests) = {
	TEST(call_and_reply_are_quick), { NULL, NULL },
};
