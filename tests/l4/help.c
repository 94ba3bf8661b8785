/*
 * tests/l4/help.c - threads, spaces, memory and the pager of the suite.
 *
 * Thread numbers and UTCB slots are handed out round robin and never twice in
 * one test; help_clean deletes all that came after the suite's own.
 */
#include "tests/l4/l4test.h"

enum { NTHREAD = 64, STACK = 32768, FIRST = 16 };

L4_ThreadId_t main_id, pager_id, sigma0_id, test_id;
uint8_t *pool;
const L4_KernelInterfacePage_t *kip;
L4_Word_t utcb_area;
static L4_Word_t user_base, next_no, version = 2;
static unsigned next_slot, next_stack, next_window;
static L4_ThreadId_t made[NTHREAD];
static unsigned nmade;
static _Alignas(16) uint8_t stacks[NTHREAD + 2][STACK];

void help_init(void);
void help_clean(void);

/* ---- small talk ---- */
L4_Word_t
now_us(void)
{
	return (L4_Word_t)L4_SystemClock().raw;
}

void
sleep_ms(unsigned ms)
{
	L4_Sleep(L4_TimePeriod((L4_Word64_t)ms * 1000));
}

L4_Word_t
state_of(L4_ThreadId_t t)
{
	L4_Word_t old;

	return L4_Schedule(t, L4_KEEP, L4_KEEP, L4_KEEP, L4_KEEP, &old);
}

void
until_blocked(L4_ThreadId_t t)
{
	UNTIL(state_of(t) == L4_SCHEDRESULT_PENDING_SEND || state_of(t) == L4_SCHEDRESULT_WAITING);
}

L4_MsgTag_t
tag(L4_Word_t label, unsigned u)
{
	return (L4_MsgTag_t){ label << 16 | u };
}

L4_Word_t
mr(int i)
{
	L4_Word_t w;

	L4_StoreMR(i, &w);
	return w;
}

static void
load_words(L4_Word_t label, unsigned u, L4_Word_t first)
{
	L4_Set_MsgTag(tag(label, u));
	for (unsigned i = 0; i < u; i++)
		L4_LoadMR((int)i + 1, first + i);
}

L4_MsgTag_t
send_words(L4_ThreadId_t to, L4_Word_t label, unsigned u, L4_Word_t first)
{
	load_words(label, u, first);
	return L4_Send(to);
}

L4_MsgTag_t
call_words(L4_ThreadId_t to, L4_Word_t label, unsigned u, L4_Word_t first)
{
	load_words(label, u, first);
	return L4_Call(to);
}

/* ---- threads ---- */
L4_ThreadId_t
id_new(void)
{
	if (nmade == NTHREAD)
		say("# help.c: too many threads in a test\n");
	made[nmade] = L4_GlobalId(user_base + FIRST + next_no++ % 1000, version);
	return made[nmade++];
}

void *
utcb_new(void)
{
	return (void *)(UTCB_AREA + (2 + next_slot++ % 200) * L4_UtcbSize(kip));
}

static void *
stack_fill(uint8_t *stack, void (*fn)(void *), void *arg)
{
	L4_Word_t *sp = (L4_Word_t *)(stack + STACK) - 4;

	sp[0] = (L4_Word_t)fn;
	sp[1] = (L4_Word_t)arg;
	return sp;
}

void *
stack_for(void (*fn)(void *), void *arg)
{
	return stack_fill(stacks[1 + next_stack++ % NTHREAD], fn, arg);
}

static void
start(L4_ThreadId_t t, void *sp)
{
	L4_Set_MsgTag(tag(0, 2));
	L4_LoadMR(1, (L4_Word_t)plat_thread_entry);
	L4_LoadMR(2, (L4_Word_t)sp);
	CHECK(L4_IpcSucceeded(L4_Send(t)));
}

void
thread_go(L4_ThreadId_t t, void (*fn)(void *), void *arg)
{
	start(t, stack_for(fn, arg));
}

L4_ThreadId_t
thread_raw(L4_ThreadId_t pager)
{
	L4_ThreadId_t t = id_new();

	CHECK(L4_ThreadControl(t, L4_Myself(), L4_Myself(), pager, utcb_new()));
	return t;
}

L4_ThreadId_t
thread_new(void (*fn)(void *), void *arg)
{
	L4_ThreadId_t t = thread_raw(L4_Myself());

	thread_go(t, fn, arg);
	return t;
}

void
thread_delete(L4_ThreadId_t t)
{
	CHECK(L4_ThreadControl(t, L4_nilthread, L4_nilthread, L4_nilthread, (void *)~(L4_Word_t)0));
}

/* asks the pager to start t: it is the one who may */
enum { GO = 0x600 };

void
space_run(L4_ThreadId_t t, void (*fn)(void *), void *arg)
{
	L4_Set_MsgTag(tag(GO, 2));
	L4_LoadMR(1, t.raw);
	L4_LoadMR(2, (L4_Word_t)stack_for(fn, arg));
	CHECK(L4_IpcSucceeded(L4_Call(pager_id)));
}

L4_ThreadId_t
space_new(void)
{
	L4_ThreadId_t t = id_new();
	L4_Word_t old;

	CHECK(L4_ThreadControl(t, t, L4_Myself(), L4_nilthread, (void *)~(L4_Word_t)0));
	CHECK(L4_SpaceControl(t, 0, L4_FpageLog2(KIP_AREA, 12), L4_FpageLog2(UTCB_AREA, 14), L4_anythread, &old));
	CHECK(L4_ThreadControl(t, t, L4_Myself(), pager_id, (void *)UTCB_AREA));
	return t;
}

L4_ThreadId_t
thread_in(L4_ThreadId_t space, int slot, L4_ThreadId_t pager, void (*fn)(void *), void *arg)
{
	L4_ThreadId_t t = id_new();

	CHECK(L4_ThreadControl(t, space, L4_Myself(), pager, (void *)(UTCB_AREA + (L4_Word_t)slot * L4_UtcbSize(kip))));
	if (L4_IsThreadEqual(pager, pager_id))
		space_run(t, fn, arg);
	return t;
}

void
help_clean(void)
{
	for (unsigned i = 0; i < nmade; i++)
		L4_ThreadControl(made[i], L4_nilthread, L4_nilthread, L4_nilthread, (void *)~(L4_Word_t)0);
	nmade = 0;
	next_window = 0;
	version++;
	if (version % 64 == 0)
		version++;
	L4_Fpage_t f = L4_FpageLog2(0x20000000ul, 29);
	L4_Set_Rights(&f, L4_FullyAccessible);
	L4_Flush(f);
	f = L4_FpageLog2((L4_Word_t)pool, 22);
	L4_Set_Rights(&f, L4_FullyAccessible);
	L4_UnmapFpage(f);
}

/* ---- the pager: the suite's memory 1:1 for other spaces, and messenger of starts ---- */
static void
pager_main(void *arg)
{
	L4_ThreadId_t from;
	L4_MsgTag_t t;

	USED(arg);
	t = L4_Wait(&from);
	for (;;) {
		L4_Word_t a = mr(1), b = mr(2);
		L4_Fpage_t f;

		if (L4_IpcFailed(t)) {
			t = L4_Wait(&from);
			continue;
		}
		if (L4_Label(t) == GO) {
			start((L4_ThreadId_t){ a }, (void *)b);
			L4_Set_MsgTag(L4_Niltag);
		} else if (L4_IsPageFault(t) && a >= 0x100000) {
			L4_Msg_t m;

			f = L4_FpageLog2(a, 12);
			L4_Set_Rights(&f, L4_FullyAccessible);
			L4_MsgClear(&m);
			L4_MsgAppendMapItem(&m, L4_MapItem(f, L4_Address(f)));
			L4_MsgLoad(&m);
		} else {
			say("# pager: label 0x%lx of 0x%lx, address 0x%lx, ip 0x%lx: no answer\n",
			    (unsigned long)L4_Label(t), (unsigned long)from.raw, (unsigned long)a, (unsigned long)b);
			t = L4_Wait(&from);
			continue;
		}
		t = L4_ReplyWait(from, &from);
	}
}

/* ---- memory ---- */
/* 512 MiB of addresses that nothing else uses */
uint8_t *
window(size_t size)
{
	next_window = (unsigned)((next_window + size - 1) / size * size);
	next_window += (unsigned)size;
	return (uint8_t *)0x20000000ul + next_window - size;
}

typedef struct Probe Probe;
struct Probe {
	volatile uint8_t *p;
	bool write;
	L4_ThreadId_t asker;
};

static void
probe_main(void *arg)
{
	Probe *p = arg;

	if (p->write)
		*p->p += 1;
	else
		(void)*p->p;
	send_words(p->asker, 0x700, 0, 0);
	for (;;)
		L4_Sleep(L4_Never);
}

bool
reachable(volatile void *p, bool write)
{
	Probe probe = { p, write, L4_Myself() };
	L4_ThreadId_t t = thread_raw(L4_Myself());
	L4_MsgTag_t r;

	thread_go(t, probe_main, &probe);
	r = L4_Receive(t);
	CHECK(L4_IpcSucceeded(r));
	thread_delete(t);
	nmade--;
	return L4_Label(r) == 0x700;
}

bool
in_image(L4_Word_t ip)
{
	return ip >= kip->root.low && ip < kip->root.high;
}

static void
touch_image(void)
{
	for (L4_Word_t a = kip->root.low; a < kip->root.high; a += PAGE)
		*(volatile uint8_t *)a = *(volatile uint8_t *)a;
}

static void
pool_init(void)
{
	L4_Fpage_t f = L4_Sigma0_GetAny(sigma0_id, 22, L4_CompleteAddressSpace);

	pool = (uint8_t *)L4_Address(f);
	if (L4_IsNilFpage(f))
		say("# help.c: no memory from sigma0\n");
	for (size_t i = 0; i < NPOOL; i++)
		pool[i * PAGE] = 0;
}

void
help_init(void)
{
	kip = L4_GetKernelInterface();
	user_base = L4_ThreadIdUserBase(kip);
	utcb_area = L4_MyLocalId().raw & ~(L4_UtcbAreaSize(kip) - 1);
	main_id = L4_MyGlobalId();
	sigma0_id = L4_GlobalId(user_base, 1);
	pager_id = L4_GlobalId(user_base + 3, 1);
	touch_image();
	pool_init();
	CHECK(L4_ThreadControl(pager_id, main_id, main_id, main_id, (void *)(UTCB_AREA + L4_UtcbSize(kip))));
	start(pager_id, stack_fill(stacks[0], pager_main, NULL));
}

/* ---- what lib9 wants of a program ---- */
void *mem_more(size_t n);

void *
mem_more(size_t n)
{
	USED(n);
	return NULL;
}

void
panic(const char *fmt, ...)
{
	va_list ap;
	char line[200];

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	say("# panic: %s\n", line);
	for (;;)
		L4_Sleep(L4_Never);
}
