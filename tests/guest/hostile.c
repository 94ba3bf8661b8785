/*
 * tests/guest/hostile.c - what a hostile or broken program does to others: one
 * child attacks for two seconds while the parent asks CORE the time and opens
 * files. Where it is the attack that makes them wait, most of these are slow; one now
 * and then may be the host's doing.
 * USAGE   hostile [attack]   every attack in turn: "ok NAME" or "not ok NAME" lines
 */
#include "hvm/hvm.h"
#include "lib9/plat.h"
#include "lib9/sys.h"
#include "lib9/sysmsg.h"

enum { PAGE = 4096, STACK = 16 << 10, NSTACK = 12, RUN_MS = 2000, SLOW_MS = 400, BIG = 1 << 20 };

static char stack[NSTACK][STACK] __attribute__((aligned(16)));
static char big[BIG] __attribute__((aligned(PAGE)));
static char pool[PAGE] __attribute__((aligned(PAGE)));
static uintptr_t segment;
static bool pager_answers;

static L4_ThreadId_t
mngr(void)
{
	return (L4_ThreadId_t){ .raw = startup->mngr };
}

static uint64_t
now_us(void)
{
	return L4_SystemClock().raw;
}

/* Loads a request; the string item is at addr, n bytes, when n is not 0. */
static void
load(int num, const void *addr, size_t n)
{
	L4_Msg_t m;

	L4_MsgClear(&m);
	L4_Set_MsgLabel(&m, (L4_Word_t)num);
	for (int i = 0; i < SYS_NARG; i++)
		L4_MsgAppendWord(&m, 0);
	L4_MsgAppendWord(&m, n);
	if (n != 0)
		L4_MsgAppendSimpleStringItem(&m, L4_StringItem((int)n, (void *)(uintptr_t)addr));
	L4_MsgLoad(&m);
}

/* ---- attacks: each goes on until it is killed ---- */
static void
flood(void)
{
	for (;;) {
		load(SYS_nsec, NULL, 0);
		L4_Send_Timeout(mngr(), L4_ZeroTime);
	}
}

/* Sends, and never takes the answer. */
static void
deaf(void)
{
	for (int i = 0;; i++) {
		static const int nums[] = { SYS_nsec, SYS_open, SYS_fstat, SYS_pread, SYS_errstr, SYS_pipe, SYS_dup };

		load(nums[i % (int)nelem(nums)], NULL, 0);
		L4_Send(mngr());
	}
}

static void
bad_buffer(void)
{
	for (;;) {
		int pid = rfork(RFPROC | RFFDG);

		if (pid == 0) {
			load(SYS_pwrite, (void *)0x50000000, 100000);
			L4_Call(mngr());
			_exits(NULL);
		}
		free(wait());
	}
}

static void
pager(void *arg)
{
	L4_ThreadId_t from;
	L4_MsgTag_t tag;
	L4_Msg_t m;

	USED(arg);
	for (;;) {
		uintptr_t va;

		tag = L4_Wait(&from);
		if (L4_IpcFailed(tag) || !L4_IsPageFault(tag))
			continue;
		L4_MsgStore(tag, &m);
		va = L4_MsgWord(&m, 0);
		if (va >= segment && va - segment < BIG) {
			L4_Fpage_t page = L4_FpageLog2((uintptr_t)pool, 12);

			if (!pager_answers)
				continue;
			L4_Sleep(L4_TimePeriod(100000)); /* late, but in time for a second's limit */
			L4_Set_Rights(&page, L4_ReadWriteOnly);
			L4_MsgClear(&m);
			L4_MsgAppendMapItem(&m, L4_MapItem(page, va & ~(uintptr_t)(PAGE - 1)));
		} else {
			*(volatile char *)va = *(volatile char *)va;
			L4_MsgClear(&m);
			L4_MsgAppendMapItem(&m, L4_MapItem(L4_Nilpage, 0));
		}
		L4_MsgLoad(&m);
		L4_Reply(from);
	}
}

static void
sender(void *arg)
{
	USED(arg);
	for (;;) {
		load(SYS_pwrite, (void *)segment, BIG - 1);
		L4_Send(mngr());
	}
}

/* Buffers whose pages come from a pager of the program's own. */
static void
own_pager(bool answers, int nsender)
{
	L4_ThreadId_t p, t;

	pager_answers = answers;
	pool[0] = 1;
	segment = (uintptr_t)segattach(0, "reserve", NULL, BIG);
	if (segment == 0 || hvm_thread_new(&p, L4_nilthread, pager, NULL, stack[0], STACK) < 0)
		_exits("threads");
	for (int i = 1; i <= nsender; i++) {
		memset(stack[i], 0, STACK);
		if (hvm_thread_new(&t, p, sender, NULL, stack[i], STACK) < 0)
			_exits("threads");
	}
	for (;;)
		sleep(1000);
}

static void
silent_pager(void)
{
	own_pager(false, 8);
}

static void
slow_pager(void)
{
	own_pager(true, 1);
}

/* Reads into a page that its pager never gives: CORE's answers hang. */
static void
reader(void *arg)
{
	USED(arg);
	for (;;) {
		L4_StringItem_t s = L4_StringItem(100000, (void *)segment);
		L4_Msg_t m;
		int fd = *(int *)arg;

		L4_MsgClear(&m);
		L4_Set_MsgLabel(&m, SYS_pread);
		L4_MsgAppendWord(&m, (L4_Word_t)fd);
		L4_MsgAppendWord(&m, 100000);
		for (int i = 2; i < SYS_NARG; i++)
			L4_MsgAppendWord(&m, 0);
		L4_MsgAppendWord(&m, 0);
		L4_MsgLoad(&m);
		L4_LoadBR(0, L4_StringItemsAcceptor.raw);
		L4_LoadBRs(1, 2, s.raw);
		L4_Call(mngr());
	}
}

static void
silent_reader(void)
{
	static int fd;
	L4_ThreadId_t p, t;

	if ((fd = open("/dev/zero", OREAD)) < 0)
		_exits("/dev/zero");
	segment = (uintptr_t)segattach(0, "reserve", NULL, BIG);
	if (segment == 0 || hvm_thread_new(&p, L4_nilthread, pager, NULL, stack[0], STACK) < 0)
		_exits("threads");
	for (int i = 1; i < NSTACK; i++) {
		memset(stack[i], 0, STACK);
		if (hvm_thread_new(&t, p, reader, &fd, stack[i], STACK) < 0)
			_exits("threads");
	}
	for (;;)
		sleep(1000);
}

/* Every thread of CORE and of the system, in every version, in its own and forged names. */
static void
strangers(void)
{
	L4_Word_t base = L4_ThreadNo(L4_Pager()) - 2;
	unsigned n = 0;

	for (;;)
		for (L4_Word_t no = 1; no < base + 16 + 64; no++)
			for (L4_Word_t v = 0; v < 64; v++) {
				L4_ThreadId_t to = L4_GlobalId(no, v << 1 | 1);
				L4_MsgTag_t tag;

				/* the machine's own devices' bells do what a driver asks: left alone */
				if (to.raw == mngr().raw || to.raw == L4_Pager().raw)
					continue;
				load(n % 3 ? (int)(n % 70) : 0x7FFF, n % 5 ? NULL : big, n % 5 ? 0 : 4096);
				tag = L4_MsgTag();
				if (n++ % 4 == 0) {
					L4_Set_Propagation(&tag);
					L4_Set_VirtualSender(n % 8 ? mngr() : L4_Pager());
					L4_Set_MsgTag(tag);
				}
				L4_Send_Timeout(to, L4_ZeroTime);
			}
}

/* Pages for CORE: it takes none. */
static void
mapper(void)
{
	static uint32_t word = 1;

	for (;; word = word * 1664525u + 1013904223u) {
		L4_Fpage_t page = L4_FpageLog2((uintptr_t)pool, 12);
		L4_Word_t at = word & 1 ? HVM_TEXT : word & 0xFFFFF000;
		L4_Msg_t m;

		L4_Set_Rights(&page, L4_FullyAccessible);
		L4_MsgClear(&m);
		L4_Set_MsgLabel(&m, SYS_nsec);
		if (word & 2)
			L4_MsgAppendGrantItem(&m, L4_GrantItem(page, at));
		else
			L4_MsgAppendMapItem(&m, L4_MapItem(page, at));
		L4_MsgLoad(&m);
		L4_Send_Timeout(mngr(), L4_TimePeriod(1000));
	}
}

static void
caller(void *arg)
{
	static char text[64 << 10];
	int fd[2];

	USED(arg);
	for (int i = 0;; i++) {
		if (pipe(fd) < 0)
			continue;
		write(fd[1], text, (int64_t)(i % (int)sizeof text));
		read(fd[0], text, sizeof text);
		close(fd[0]);
		close(fd[1]);
	}
}

/* Threads that make calls at the same time, and are ended in the middle of them. */
static void
threads(void)
{
	L4_ThreadId_t t[NSTACK];

	memset(stack, 0, sizeof stack);
	for (unsigned round = 0;; round++) {
		for (int i = 0; i < NSTACK; i++)
			if (hvm_thread_new(&t[i], L4_nilthread, caller, NULL, stack[i], STACK) < 0)
				_exits("threads");
		for (unsigned k = 0; k < round % 7; k++)
			nsec();
		for (int i = 0; i < NSTACK; i++)
			hvm_thread_kill(t[i]);
	}
}

static const struct {
	const char *name;
	void (*fn)(void);
} attacks[] = {
	{ "flood", flood },
	{ "deaf_sender", deaf },
	{ "bad_buffer", bad_buffer },
	{ "silent_pager", silent_pager },
	{ "slow_pager", slow_pager },
	{ "silent_reader", silent_reader },
	{ "strangers", strangers },
	{ "mapper", mapper },
	{ "threads", threads },
};

/* What the parent's calls took. */
typedef struct Work Work;
struct Work {
	int calls, slow, worst_ms;      /* calls -1: one went wrong */
};

static Work
work(void)
{
	uint64_t end = now_us() + RUN_MS * 1000, t;
	Work w = { 0, 0, 0 };
	char buf[512];
	int took;

	for (int i = 0; (t = now_us()) < end; i++) {
		int fd = open("/dev/zero", OREAD);

		if (fd < 0 || read(fd, buf, sizeof buf) != sizeof buf || nsec() <= 0 || close(fd) < 0) {
			fprint(2, "work: %r\n");
			w.calls = -1;
			return w;
		}
		took = (int)((now_us() - t) / 1000);
		w.worst_ms = took > w.worst_ms ? took : w.worst_ms;
		w.slow += took > SLOW_MS;
		w.calls++;
		if (i % 16 == 0)
			sleep(1);
	}
	return w;
}

static void
attack(const char *name, void (*fn)(void))
{
	int pid = rfork(RFPROC | RFFDG | RFNOTEG);
	Waitmsg *end;
	Work w;

	if (pid == 0) {
		fn();
		_exits("it ended");
	}
	if (pid < 0)
		sysfatal("rfork: %r");
	w = work();
	postnote(PNGROUP, pid, "kill");
	end = wait();
	if (w.calls <= 0 || w.slow * 2 > w.calls || end == NULL || strstr(end->msg, "kill") == NULL)
		print("not ok %s: %d of %d calls slow, one took %d ms; %s\n", name, w.slow, w.calls, w.worst_ms,
		    end != NULL ? end->msg : "wait");
	else
		print("ok %s_stops_nobody\n", name);
	fprint(2, "%s: %d calls, %d ms\n", name, w.calls, w.worst_ms);
	free(end);
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; i < nelem(attacks); i++)
		if (argc < 2 || strcmp(argv[1], attacks[i].name) == 0)
			attack(attacks[i].name, attacks[i].fn);
	exits(NULL);
}
