/*
 * tests/x86/fuzzroot.c - wild L4 calls of a root task: half of the workers are in
 * its own space, so that ThreadControl, SpaceControl and the like succeed; each of
 * the others has a space of its own. Only sigma0 and the controller, the first
 * thread, are spared, by their numbers. Afterwards all threads that came are
 * deleted: the kernel has as much memory as after the first such round.
 * Prints "ok NAME" or "not ok NAME" lines; a count that stands still is a hang.
 * SEE tests/l4fuzz/fuzz.h
 */
#include "tests/l4/l4test.h"
#include "tests/l4fuzz/fuzz.h"
#include "tests/x86/root.h"

enum { NPRIVILEGED = NWORKER / 2, NMADE = 200, ROUND_CALLS = 100000, NROUND = 4, FIRST_SEED = 41, FIRST_NO = 300, UTCB_PAGES = 256 };

static L4_ThreadId_t made[NMADE];       /* by wild ThreadControls: at most so many live */
static uint32_t nmade, counts[2 * NWORKER], version = 1, next_slot;
static L4_Word_t base, utcb_base, link;

static bool
fuzz_may_touch(L4_ThreadId_t t)
{
	L4_Word_t no = L4_ThreadNo(t);

	return no != base && no != base + 2 && t.raw != (L4_Word_t)utcb_base + 0x100;
}

/* A thread in sigma0's space would have all memory, ours too. */
static bool
fuzz_may_join(L4_ThreadId_t t)
{
	return L4_ThreadNo(t) != base;
}

/* The root task's own page faults must still come to sigma0. */
static L4_ThreadId_t
fuzz_redirector(Worker *w)
{
	return draw(w) % 2 ? controller : L4_anythread;
}

static void
thread_end(L4_ThreadId_t t)
{
	L4_ThreadControl(t, L4_nilthread, L4_nilthread, L4_nilthread, (void *)~(L4_Word_t)0);
}

static void
fuzz_privileged(L4_ThreadId_t t)
{
	uint32_t at = __atomic_fetch_add(&nmade, 1, __ATOMIC_RELAXED) % NMADE;
	L4_ThreadId_t old = made[at];

	made[at] = t;
	if (!L4_IsNilThread(old) && old.raw != t.raw && old.raw != L4_Myself().raw)
		thread_end(old);
}

static void *
slot(void)
{
	return (void *)(utcb_base + (1 + next_slot++ % 64) * L4_UtcbSize(kip));
}

static bool
thread_try(Worker *w)
{
	L4_ThreadId_t me = controller, t = L4_GlobalId(FIRST_NO + (L4_Word_t)(w - worker), ++version % 64 ? version : ++version);
	void *none = (void *)~(L4_Word_t)0;
	L4_Word_t old;
	bool ok;

	if (w < worker + NPRIVILEGED) {
		ok = L4_ThreadControl(t, me, me, me, slot());
	} else {
		ok = L4_ThreadControl(t, t, me, L4_nilthread, none) &&
		    L4_SpaceControl(t, 0, L4_FpageLog2((L4_Word_t)kip, 12), L4_FpageLog2(utcb_base, 14), L4_anythread, &old) &&
		    L4_ThreadControl(t, t, me, me, (void *)utcb_base);
	}
	w->id = t;
	L4_Set_MsgTag((L4_MsgTag_t){ 2 });
	L4_LoadMR(1, (L4_Word_t)plat_thread_entry);
	L4_LoadMR(2, (L4_Word_t)worker_stack[w - worker] + FUZZ_STACK - 4 * sizeof(L4_Word_t));
	return ok && L4_IpcSucceeded(L4_Send_Timeout(t, L4_TimePeriod(10000)));
}

/* Its UTCB or its number may just be another's. */
static bool
fuzz_thread_new(Worker *w)
{
	for (int i = 0; i < 20; i++) {
		if (thread_try(w))
			return true;
		thread_end(w->id);
	}
	return false;
}

static void
fuzz_thread_kill(Worker *w)
{
	thread_end(w->id);
}

static bool
fuzz_memory_ours(L4_Word_t addr, bool write)
{
	USED(write);
	return in_image(addr);
}

static void
fuzz_map_reply(L4_ThreadId_t to, L4_Word_t addr, bool write)
{
	L4_Fpage_t f = L4_FpageLog2(addr, 12);
	L4_Msg_t m;

	USED(write);
	__atomic_fetch_add((uint8_t *)addr, 0, __ATOMIC_RELAXED);       /* sigma0 gives it, if it is gone */
	L4_Set_Rights(&f, L4_FullyAccessible);
	L4_MsgClear(&m);
	L4_MsgAppendMapItem(&m, L4_MapItem(f, L4_Address(f)));
	L4_MsgLoad(&m);
	L4_Reply(to);
}

/* Its own code, which wild writes may hit: it would never come out of that. */
extern const char __executable_start[], etext[];
enum { CODE_MAX = 64 << 10 };
static char code[CODE_MAX];

static size_t
code_size(void)
{
	size_t n = (size_t)(etext - __executable_start);

	return n < CODE_MAX ? n : CODE_MAX;
}

static void
code_mend(void)
{
	char *at = (char *)(uintptr_t)__executable_start;

	for (size_t i = 0; i < code_size(); i += PAGE) {
		size_t n = code_size() - i < PAGE ? code_size() - i : PAGE;

		if (memcmp(at + i, code + i, n) != 0)
			memcpy(at + i, code + i, n);
	}
}

/* What wild calls may have done to the controller's hold on the workers */
static void
hold(void)
{
	L4_Word_t old;

	L4_SpaceControl(controller, 0, L4_FpageLog2((L4_Word_t)kip, 12), L4_FpageLog2(utcb_base, 20), L4_anythread, &old);
	for (unsigned i = 0; i < NWORKER; i++)
		L4_Schedule(worker[i].id, (L4_Word_t)L4_TimePeriod(10000).raw << 16, L4_KEEP, 100, 0, &old);
}

/* A wild write into a count is not believed. */
static uint32_t
calls(void)
{
	static uint32_t last[NWORKER];
	uint32_t sum = 0;

	for (unsigned i = 0; i < NWORKER; i++) {
		uint32_t n = counts[2 * i];

		if (n != ~counts[2 * i + 1] || n - last[i] > ROUND_CALLS) {
			counts[2 * i] = last[i];
			counts[2 * i + 1] = ~last[i];
		} else {
			last[i] = n;
		}
		sum += last[i];
	}
	return sum;
}

/* Free pages of the kernel, if it finds itself in order; else 0. */
static L4_Word_t
kernel_free(void)
{
	L4_Word_t ax = 256;

	__asm__ volatile("push %%ebp\n\tcall *%1\n\tpop %%ebp" : "+a"(ax) : "m"(link) : "ebx", "ecx", "edx", "esi", "edi", "memory");
	return ax;
}

static L4_Word_t
round_run(uint32_t seed)
{
	uint32_t target = calls() + ROUND_CALLS;
	L4_Fpage_t all = L4_CompleteAddressSpace;

	fuzz_words();
	fuzz_log2_max = 16;     /* so that it does not map other pages over its code */
	for (unsigned i = 0; i < NADDR; i++)
		if (in_image(fuzz_addr[i]) || fuzz_addr[i] - utcb_base < 1 << 20)
			fuzz_addr[i] = (L4_Word_t)arena; /* our code and UTCB can be written to */
	for (unsigned i = 0; i < NWORKER; i++) {
		worker[i] = (Worker){ .seed = (seed * NWORKER + i) * 2654435761u | 1, .count = counts + 2 * i };
		if (!worker_new(&worker[i]))
			say("not ok: worker %u can't start, error %u\n", i, (unsigned)L4_ErrorCode());
	}
	while (calls() < target) {
		control_run(20);
		hold();
		code_mend();
	}
	for (unsigned i = 0; i < NWORKER; i++)
		thread_end(worker[i].id);
	for (unsigned i = 0; i < NMADE; i++) {
		thread_end(made[i]);
		made[i] = L4_nilthread;
	}
	L4_Set_Rights(&all, L4_FullyAccessible);
	L4_Flush(all);
	return kernel_free();
}

/* A page of UTCBs stays as long as its space: take all of them first. */
static void
utcbs_take(void)
{
	L4_ThreadId_t t = L4_GlobalId(FIRST_NO, 1);

	for (L4_Word_t i = 0; i < UTCB_PAGES; i++) {
		L4_ThreadControl(t, controller, controller, controller, (void *)(utcb_base + i * PAGE + 512));
		thread_end(t);
	}
}

int
main(int argc, char **argv)
{
	L4_Word_t first = 0, now = 0;

	USED(argc);
	USED(argv);
	kip = L4_GetKernelInterface();
	base = L4_ThreadIdUserBase(kip);
	link = (L4_Word_t)kip + kip->ArchSyscall[0];
	utcb_base = L4_MyLocalId().raw & ~(L4_Word_t)0xFFF;
	controller = L4_Myself();
	memcpy(code, __executable_start, code_size());
	utcbs_take();
	L4_Set_MsgTag((L4_MsgTag_t){ L4_LABEL_SIGMA0 << 16 }); /* it serves nobody else from now on */
	L4_Send(L4_GlobalId(base, 1));
	for (unsigned i = 0; i < NROUND; i++) {
		now = round_run(FIRST_SEED + i);
		say("# %u calls, %u restarts, %u privileged, %u kernel pages free\n", (unsigned)calls(),
		    fuzz_restarts, nmade, (unsigned)now);
		first = i == 0 ? now : first;
	}
	say("%s wild_calls_of_a_root_task\n", calls() >= NROUND * ROUND_CALLS ? "ok" : "not ok");
	say("%s kernel_is_in_order\n", now != 0 ? "ok" : "not ok");
	say("%s kernel_memory_comes_back\n", now + 4 >= first ? "ok" : "not ok");
	power_off(calls() < NROUND * ROUND_CALLS || now == 0 || now + 4 < first);
	return 0;
}
