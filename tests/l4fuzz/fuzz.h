/*
 * fuzz.h - the fuzzer of L4 system calls, for a program and for a root task
 * (tests/guest/fuzz.c, tests/x86/fuzzroot.c; SEE there).
 *
 * NWORKER threads make calls with wild arguments, and now and then execute an
 * instruction that they may not, with all registers wild. The controller, another
 * thread, is their pager and exception handler: it resolves faults within the
 * program, sets a worker that did something worse back to its start, by
 * ExchangeRegisters, and so one that has not come on for a while, in whatever IPC
 * it hangs; at times it kills one and makes another.
 *
 * All is drawn from a seed, per worker; how the workers run beside each other is
 * the clock's.
 */
#ifndef TESTS_L4FUZZ_FUZZ_H
#define TESTS_L4FUZZ_FUZZ_H
#include "lib9/plat.h"

enum { NWORKER = 6, NID = 24, NADDR = 24, FUZZ_PAGE = 4096, FUZZ_STACK = 8192, ARENA = 1 << 16 };

typedef struct Worker Worker;
struct Worker {
	uint32_t seed;
	L4_ThreadId_t id, local;
	volatile uint32_t *count;       /* its calls, and the complement behind it */
	uint32_t seen;                  /* by the controller */
	unsigned stuck;
	L4_Word_t regs[8];              /* for gadget_run */
};
static Worker worker[NWORKER];
static uint8_t worker_stack[NWORKER][FUZZ_STACK] __attribute__((aligned(16)));
/* What wild messages write to: the first half, as strings run on behind it; the
 * first and the last page are nobody's, so that no copy runs on further */
static uint8_t arena[2 * ARENA] __attribute__((aligned(2 * ARENA)));
static L4_ThreadId_t fuzz_id[NID];      /* worth talking to */
static L4_Word_t fuzz_addr[NADDR];
static L4_ThreadId_t controller;
static unsigned fuzz_restarts;
static unsigned fuzz_log2_max = 63;     /* of memory that is mapped and unmapped; and all of it */

/* ---- wild words ---- */
static uint32_t
draw(Worker *w)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 17;
	w->seed ^= w->seed << 5;
	return w->seed >> 3;
}

static L4_Word_t
wild_addr(Worker *w)
{
	if (draw(w) % 4 != 0)
		return (L4_Word_t)arena + FUZZ_PAGE + draw(w) % (ARENA - FUZZ_PAGE);
	if (draw(w) % 4 != 0)
		return fuzz_addr[draw(w) % NADDR] + draw(w) % 16 - 8;
	return (L4_Word_t)draw(w) << draw(w) % (8 * sizeof(L4_Word_t) - 16);
}

static L4_Word_t
wild_id(Worker *w)
{
	if (draw(w) % 8 != 0)
		return fuzz_id[draw(w) % NID].raw;
	if (draw(w) % 4 == 0)
		return (L4_Word_t)draw(w) << 3;
	return L4_GlobalId(draw(w) % (draw(w) % 2 ? 64 : 200000), draw(w) % 4).raw;
}

static L4_Word_t
wild_fpage(Worker *w)
{
	unsigned log2 = draw(w) % 32 == 0 ? draw(w) % (fuzz_log2_max + 1) : 12 + draw(w) % 5;

	if (draw(w) % 128 == 0)
		return draw(w) % 2 ? L4_CompleteAddressSpace.raw | 7 : 0;
	if (draw(w) % 16 == 0)  /* I/O ports, where there are such */
		return (L4_Word_t)(draw(w) & 0xFFFF) << 16 | (draw(w) % 20) << 10 | 2 << 4 | (draw(w) & 7);
	return (wild_addr(w) & ~(L4_Word_t)0x3FF) | log2 << 4 | (draw(w) & 15);
}

static L4_Word_t
wild_time(Worker *w)
{
	static const uint16_t pick[] = { 1, 10, 0x400 | 200, 0, 0xFFFF, 0x8000, 0x7FFF };

	if (draw(w) % 16)
		return 0x400;   /* at once */
	return draw(w) % 2 ? pick[draw(w) % nelem(pick)] : draw(w) & 0xFFFF;
}

static L4_Word_t
wild(Worker *w)
{
	switch (draw(w) % 8) {
	case 0:
		return draw(w) % 8;
	case 1:
		return ~(L4_Word_t)(draw(w) % 8);
	case 2:
		return wild_id(w);
	case 3:
		return wild_addr(w);
	case 4:
		return wild_fpage(w);
	case 5:
		return (L4_Word_t)1 << draw(w) % (8 * sizeof(L4_Word_t));
	default:
		return (L4_Word_t)draw(w) << 16 ^ draw(w);
	}
}

/* ---- wild messages ---- */
/* Who is not to be harmed, nor spoken for, for the sake of the test */
static bool fuzz_may_touch(L4_ThreadId_t t);
static bool fuzz_may_join(L4_ThreadId_t t);
static L4_ThreadId_t fuzz_redirector(Worker *w);

static void
wild_items(Worker *w, unsigned at, unsigned end)
{
	while (at < end) {
		L4_Word_t a, b = wild_addr(w);

		switch (draw(w) % 8) {
		case 0:
			a = wild(w);
			break;
		case 1:
		case 2:
		case 3:         /* map or grant */
			a = (wild_addr(w) & ~(L4_Word_t)0x3FF) | 8 | (draw(w) % 4 == 0 ? 2 : 0) | (draw(w) & 1);
			b = wild_fpage(w);
			break;
		default:        /* a string, of some parts */
			a = (L4_Word_t)(draw(w) % (draw(w) % 16 ? 9000 : 1 << 22)) << 10 |
			    (draw(w) % 4 ? 0 : draw(w) % 32) << 4 | (draw(w) % 4 ? 0 : 1 << 9) | (draw(w) & 1);
		}
		L4_LoadMR((int)at, a);
		if (at + 1 < end)
			L4_LoadMR((int)at + 1, b);
		at += 2;
	}
}

static void
wild_message(Worker *w)
{
	unsigned u = draw(w) % 4 ? draw(w) % 6 : draw(w) % 64, t = draw(w) % 2 ? 0 : draw(w) % 8, end;
	L4_Word_t label = draw(w) % 4 ? draw(w) & 0xFFFF : L4_LABEL(1 + draw(w) % 8) | (draw(w) & 7);
	L4_Word_t flags = draw(w) % 8 ? 0 : draw(w) & 0xF;

	if (draw(w) % 64 == 0)
		t = draw(w) % 64;
	end = 1 + u + t < 64 ? 1 + u + t : 64;
	for (unsigned i = 1; i <= u && i < 64; i++)
		L4_LoadMR((int)i, wild(w));
	wild_items(w, 1 + u, end);
	L4_LoadMR(0, label << 16 | flags << 12 | t << 6 | u);
	if (draw(w) % 8 == 0) {
		L4_LoadBR(0, (draw(w) % 2 ? wild_fpage(w) & ~(L4_Word_t)15 : L4_CompleteAddressSpace.raw) | (draw(w) & 1));
		for (int i = 1; i < 33; i += 2) {
			L4_LoadBR(i, (L4_Word_t)(draw(w) % 20000) << 10 | (draw(w) % 4 ? 0 : draw(w) & 0x3F0) | (draw(w) & 1));
			if (i < 32)
				L4_LoadBR(i + 1, wild_addr(w));
		}
	}
	if (draw(w) % 4 == 0)
		L4_Utcb()[L4_TCR_XferTimeouts] = wild_time(w) << 16 | wild_time(w);
	if (flags & 1) {
		L4_Word_t as = wild_id(w);

		L4_Utcb()[L4_TCR_Sender] = fuzz_may_touch((L4_ThreadId_t){ as }) ? as : 0;
	}
}

/* ---- the calls ---- */
/* A privileged call on t has succeeded. */
static void fuzz_privileged(L4_ThreadId_t t);

static void
wild_exregs(Worker *w)
{
	L4_Word_t c, sp, ip, flags, handle;
	/* not MyGlobalId: that is a word that anybody writes to */
	L4_ThreadId_t dest = { wild_id(w) }, pager, self = L4_MyLocalId();

	if (dest.raw == controller.raw || !fuzz_may_touch(dest) || (dest.raw != self.raw && draw(w) % 4))
		dest = self;
	L4_ExchangeRegisters(dest, draw(w) % 2 ? draw(w) & 0x1FF & ~(dest.raw == self.raw ? 0x10Fu : 0) : wild(w),
	    wild_addr(w), wild_addr(w), wild(w), wild(w), draw(w) % 8 ? controller : (L4_ThreadId_t){ wild_id(w) }, &c, &sp, &ip, &flags, &handle, &pager);
}

static void
wild_thread(Worker *w)
{
	L4_ThreadId_t dest = { wild_id(w) };
	L4_ThreadId_t space = { draw(w) % 4 ? wild_id(w) : draw(w) % 4 ? dest.raw : 0 };
	L4_Word_t utcb = draw(w) % 4 ? ((L4_Word_t)L4_Utcb() & ~(L4_Word_t)0xFFF) + draw(w) % 32 * 512 : wild_addr(w);

	if (fuzz_may_touch(dest) && fuzz_may_join(space) && L4_ThreadControl(dest, space, (L4_ThreadId_t){ wild_id(w) },
	    (L4_ThreadId_t){ draw(w) % 2 ? wild_id(w) : 0 }, (void *)(draw(w) % 16 ? utcb : wild(w))))
		fuzz_privileged(dest);
}

static void
wild_space(Worker *w)
{
	L4_Word_t old, kip_at = (L4_Word_t)L4_GetKernelInterface();
	L4_Fpage_t k = { draw(w) % 4 ? kip_at | 12 << 4 : wild_fpage(w) };
	L4_Fpage_t u = { draw(w) % 4 ? ((L4_Word_t)L4_Utcb() & ~(L4_Word_t)0xFFFFF) | (12 + draw(w) % 8) << 4 : wild_fpage(w) };
	L4_ThreadId_t t = { wild_id(w) };

	if (fuzz_may_touch(t) && L4_SpaceControl(t, wild(w), k, u, draw(w) % 16 ? L4_nilthread : fuzz_redirector(w), &old))
		fuzz_privileged(t);
}

static void
wild_ipc(Worker *w)
{
	/* mostly among themselves: others' spaces cost a switch each */
	L4_ThreadId_t to = worker[draw(w) % NWORKER].id, from = { draw(w) % 4 ? wild_id(w) : 0 }, who;
	L4_Word_t times = wild_time(w) << 16 | wild_time(w);

	if (draw(w) % 2 == 0)
		to.raw = draw(w) % 2 ? wild_id(w) : 0;
	if (draw(w) % 4 == 0)
		from = draw(w) % 4 ? L4_anythread : L4_anylocalthread;
	wild_message(w);
	if (draw(w) % 4)
		L4_Ipc(to, from, times, &who);
	else
		L4_Lipc(to, from, times, &who);
}

static void
wild_unmap(Worker *w)
{
	unsigned n = draw(w) % 32 ? draw(w) % 3 : draw(w) % 64;

	for (unsigned i = 0; i <= n; i++)
		L4_LoadMR((int)i, wild_fpage(w));
	L4_Unmap(draw(w) % 8 ? n | (draw(w) & 0x40) : wild(w) & 0x7F);
}

static void
wild_utcb(Worker *w)
{
	for (unsigned i = draw(w) % 4; i > 0; i--) {
		int at = (int)(draw(w) % 112) - 48;

		if ((at != L4_TCR_Pager && at != L4_TCR_Sender) || draw(w) % 64 == 0)
			L4_Utcb()[at] = wild(w);
	}
}

static void
wild_call(Worker *w)
{
	L4_Word_t old, a[4];

	w->count[0]++;
	w->count[1] = ~w->count[0];
	switch (draw(w) % 32) {
	case 0:
		wild_unmap(w);
		break;
	case 3:
	case 4:
		wild_exregs(w);
		break;
	case 5:
	case 6:
		wild_thread(w);
		break;
	case 7:
		wild_space(w);
		break;
	case 8:
		if (fuzz_may_touch((L4_ThreadId_t){ a[0] = wild_id(w) }))
			L4_Schedule((L4_ThreadId_t){ a[0] }, draw(w) % 2 ? wild_time(w) << 16 | wild_time(w) : wild(w),
			    draw(w) % 2 ? L4_KEEP : wild(w), draw(w) % 2 ? draw(w) % 101 : draw(w) % 2 ? L4_KEEP : wild(w) | 512,
			    wild(w), &old);
		break;
	case 9:
		L4_ThreadSwitch((L4_ThreadId_t){ wild_id(w) });
		break;
	case 10:
		if (L4_ProcessorControl(wild(w) & 1 ? 0 : wild(w), wild(w), wild(w), wild(w)))
			fuzz_privileged(L4_nilthread);
		break;
	case 11:
		for (int i = 0; i < 4; i++)
			a[i] = draw(w) % 2 ? draw(w) % 10 : wild(w);
		L4_LoadMR(0, wild_fpage(w) & ~(L4_Word_t)8);
		L4_LoadMR(1, wild_fpage(w) & ~(L4_Word_t)8);
		if (L4_MemoryControl(draw(w) % 8 ? draw(w) % 2 : wild(w), a))
			fuzz_privileged(L4_nilthread);
		break;
	case 12:
		L4_SystemClock();
		break;
	case 13:
	case 14:
		L4_KernelInterface(&a[0], &a[1], &a[2]);
		break;
	case 1:
	case 2:
		wild_utcb(w);
		break;
	default:
		wild_ipc(w);
	}
}

/* ---- wild instructions: each in 16 bytes, the same in 32 and 64 bits ---- */
#define GADGET(bytes) ".balign 16\n.byte " bytes "\nud2\n"
__asm__(".text\n.balign 16\n.globl fuzz_gadgets\nfuzz_gadgets:\n"
    GADGET("0xF4") GADGET("0xFA") GADGET("0xFB") GADGET("0xEC") GADGET("0xEE")     /* hlt cli sti in out */
    GADGET("0xE5, 0x21") GADGET("0xE7, 0x21") GADGET("0xF3, 0x6C") GADGET("0xF3, 0x6F") /* in out insb outsl */
    GADGET("0x0F, 0x22, 0xC0") GADGET("0x0F, 0x20, 0xC0") GADGET("0x0F, 0x22, 0xD8") /* cr0, cr3 */
    GADGET("0x0F, 0x22, 0xE0") GADGET("0x0F, 0x23, 0xC0") GADGET("0x0F, 0x23, 0xF8") /* cr4, dr0, dr7 */
    GADGET("0x0F, 0x01, 0x10") GADGET("0x0F, 0x01, 0x18") GADGET("0x0F, 0x00, 0xD0") /* lgdt lidt lldt */
    GADGET("0x0F, 0x00, 0xD8") GADGET("0x0F, 0x01, 0xF0") GADGET("0x0F, 0x01, 0x38") /* ltr lmsw invlpg */
    GADGET("0x0F, 0x30") GADGET("0x0F, 0x32") GADGET("0x0F, 0x33") GADGET("0x0F, 0x06") /* wrmsr rdmsr rdpmc clts */
    GADGET("0x0F, 0x08") GADGET("0x0F, 0x09") GADGET("0x0F, 0x34") GADGET("0x0F, 0x35") /* invd wbinvd sysenter sysexit */
    GADGET("0x0F, 0x05") GADGET("0x0F, 0x07") GADGET("0xCF") GADGET("0xCB") GADGET("0xC3") /* syscall sysret iret retf ret */
    GADGET("0x8E, 0xD8") GADGET("0x8E, 0xC0") GADGET("0x8E, 0xD0") GADGET("0x8E, 0xE0") GADGET("0x8E, 0xE8") /* segments */
    GADGET("0x8E, 0xD8, 0x8B, 0x00") GADGET("0x8E, 0xE8, 0x65, 0x8B, 0x00") /* and their use */
    GADGET("0xCC") GADGET("0xF1") GADGET("0x0F, 0x0B") GADGET("0xF0, 0x90") /* int3 int1 ud2 lock-nop */
    GADGET("0xD9, 0x20") GADGET("0x0F, 0xAE, 0x08") GADGET("0x0F, 0xAE, 0x10") GADGET("0x9B, 0xDB, 0xE3") /* FPU */
    GADGET("0x9D") GADGET("0x9D, 0x90, 0xF4") GADGET("0xFD, 0xCC") GADGET("0xFF, 0xE0") GADGET("0xFF, 0xD0") /* popf std jmp call */
    GADGET("0xFF, 0x28") GADGET("0xFF, 0x18") GADGET("0x89, 0x08") GADGET("0x8B, 0x08") GADGET("0xF3, 0xA4") /* far, memory */
    GADGET("0xC8, 0xFF, 0xFF, 0x1F") GADGET("0x0F, 0x01, 0xC8") GADGET("0x0F, 0x01, 0xD1") GADGET("0x0F, 0x01, 0xC1")
    GADGET("0x0F, 0x31") GADGET("0x0F, 0xA2") GADGET("0x0F, 0x01, 0xE0") GADGET("0xF7, 0xF1") GADGET("0x0F, 0xAA") /* rdtsc cpuid smsw div rsm */
    ".balign 16\nfuzz_ints:\n.set n, 0\n.rept 256\n.balign 16\n.byte 0xCD, n\nud2\n.set n, n + 1\n.endr\n"
    ".balign 16\n.globl fuzz_gadgets_end\nfuzz_gadgets_end:\n");
extern const uint8_t fuzz_gadgets[], fuzz_gadgets_end[];
L4_Word_t fuzz_target;  /* shared by the workers: wilder still */

void gadget_run(const L4_Word_t *regs);
#ifdef __x86_64__
__asm__(".text\n.globl gadget_run\ngadget_run:\n"
    "mov (%rdi), %rax\nmov 8(%rdi), %rcx\nmov 16(%rdi), %rdx\nmov 24(%rdi), %rbx\nmov 32(%rdi), %rsp\n"
    "mov 40(%rdi), %rbp\nmov 48(%rdi), %rsi\nmov 56(%rdi), %rdi\njmp *fuzz_target\n");
#else
__asm__(".text\n.globl gadget_run\ngadget_run:\nmov 4(%esp), %edi\n"
    "mov (%edi), %eax\nmov 4(%edi), %ecx\nmov 8(%edi), %edx\nmov 12(%edi), %ebx\nmov 16(%edi), %esp\n"
    "mov 20(%edi), %ebp\nmov 24(%edi), %esi\nmov 28(%edi), %edi\njmp *fuzz_target\n");
#endif

/* Does not come back, but by the controller's hand. */
static void
wild_instruction(Worker *w)
{
	L4_Word_t kip_at = (L4_Word_t)L4_GetKernelInterface();
	size_t n = (size_t)(fuzz_gadgets_end - fuzz_gadgets) / 16;

	for (int i = 0; i < 8; i++) {
		w->regs[i] = wild(w);
		if (!fuzz_may_touch((L4_ThreadId_t){ w->regs[i] }))
			w->regs[i] = 0;
	}
	if (draw(w) % 2)        /* a stack, though not a clean one */
		w->regs[4] = (L4_Word_t)arena + FUZZ_PAGE + draw(w) % (ARENA - FUZZ_PAGE);
	fuzz_target = (L4_Word_t)fuzz_gadgets + draw(w) % n * 16;
	if (draw(w) % 4 == 0)   /* into the kernel's entries, with anything */
		fuzz_target = kip_at + 0x800 + draw(w) % 0x100;
	if (draw(w) % 16 == 0)
		fuzz_target = wild_addr(w);
	gadget_run(w->regs);
}

static void
worker_main(void *arg)
{
	Worker *w = arg;

	L4_Set_ExceptionHandler(controller);
	for (;;) {
		wild_call(w);
		if (draw(w) % 256 == 0)
			wild_instruction(w);
	}
}

/* ---- the controller ---- */
/* The rest is what a program and a root task have of their own. */
static bool fuzz_thread_new(Worker *w);
static void fuzz_thread_kill(Worker *w);
static bool fuzz_memory_ours(L4_Word_t addr, bool write);
static void fuzz_map_reply(L4_ThreadId_t to, L4_Word_t addr, bool write);

static L4_Word_t *
worker_sp(Worker *w)
{
	L4_Word_t *sp = (L4_Word_t *)(worker_stack[w - worker] + FUZZ_STACK) - 4;

	sp[0] = (L4_Word_t)worker_main;
	sp[1] = (L4_Word_t)w;
	return sp;
}

static bool
worker_new(Worker *w)
{
	worker_sp(w);
	if (!fuzz_thread_new(w))
		return false;
	w->local = L4_LocalIdOf(w->id);
	return true;
}

/* Back to its start, whatever it does: running, halted, in any IPC. */
static void
worker_restart(Worker *w)
{
	enum { H = 1, R = 2, S = 4, SP = 8, IP = 16, FLAGS = 32, PAGER = 128, SETH = 256 };
	L4_Word_t c, sp, ip, flags, handle;
	L4_ThreadId_t pager, r;

	fuzz_restarts++;
	w->stuck = 0;
	if (fuzz_restarts % 64 != 0) {
		r = L4_ExchangeRegisters(w->id, R | S | SP | IP | FLAGS | PAGER | SETH, (L4_Word_t)worker_sp(w),
		    (L4_Word_t)plat_thread_entry, 0x202, 0, controller, &c, &sp, &ip, &flags, &handle, &pager);
		if (!L4_IsNilThread(r))
			return;
	}
	fuzz_thread_kill(w);
	worker_new(w);
}

static Worker *
worker_of(L4_ThreadId_t id)
{
	for (Worker *w = worker; w < worker + NWORKER; w++)
		if (id.raw == w->local.raw || id.raw == w->id.raw)
			return w;
	return NULL;
}

static bool
in_guard(L4_Word_t addr)
{
	L4_Word_t at = (addr - (L4_Word_t)arena) & ~(L4_Word_t)(FUZZ_PAGE - 1);

	return at == 0 || at == 2 * ARENA - FUZZ_PAGE;
}

static void
control_message(L4_MsgTag_t tag, L4_ThreadId_t from)
{
	Worker *w = worker_of(from);
	L4_Word_t addr;

	L4_StoreMR(1, &addr);
	if (w == NULL)
		return;
	if (L4_IsPageFault(tag) && !in_guard(addr) && fuzz_memory_ours(addr, (L4_Label(tag) & 2) != 0))
		fuzz_map_reply(from, addr, (L4_Label(tag) & 2) != 0);
	else
		worker_restart(w);
}

/* In an IPC or halted; else it runs, or waits for its turn on a busy machine. */
static bool
worker_blocked(Worker *w)
{
	L4_Word_t c, sp, ip, flags, handle;
	L4_ThreadId_t pager, r;

	r = L4_ExchangeRegisters(w->id, 0, 0, 0, 0, 0, L4_nilthread, &c, &sp, &ip, &flags, &handle, &pager);
	return L4_IsNilThread(r) || (c & 7) != 0;
}

static void
control_watch(void)
{
	for (Worker *w = worker; w < worker + NWORKER; w++) {
		uint32_t n = w->count[0];

		if (n != w->seen)
			w->stuck = 0;
		else if (++w->stuck >= (worker_blocked(w) ? 3 : 50))
			worker_restart(w);
		w->seen = n;
	}
}

/* What all have in common of words worth trying; the rest is 0 and the like */
static void
fuzz_words(void)
{
	L4_Word_t kip_at = (L4_Word_t)L4_GetKernelInterface(), base = L4_ThreadIdUserBase((const void *)kip_at);
	const L4_Word_t addr[] = { 0, 0x1000, kip_at, kip_at + 0x800, (L4_Word_t)L4_Utcb(), (L4_Word_t)arena, (L4_Word_t)worker_main,
		0x60000000, 0x9FFFF000, 0xA0000000, 0xBF000000, 0xBFFFF000, 0xC0000000, 0xC0100000, 0xE0000000, 0xFFFFF000,
		0xFFFFFFF8, (L4_Word_t)arena + ARENA, 0x80000000, 0xB8000, (L4_Word_t)0x7FFFFFFFF000ull, ~(L4_Word_t)0 << 22, 0x400000, 0x3FFFF000 };

	for (unsigned i = 0; i < NADDR; i++)
		fuzz_addr[i] = addr[i];
	fuzz_id[0] = L4_nilthread;
	fuzz_id[1] = L4_anythread;
	fuzz_id[2] = L4_anylocalthread;
	fuzz_id[3] = L4_GlobalId(base, 1);      /* sigma0 */
	fuzz_id[4] = L4_GlobalId(base + 2, 1);  /* the root task */
	fuzz_id[5] = L4_GlobalId(4, 1);         /* an interrupt */
	fuzz_id[6] = L4_GlobalId(8, 1);
	fuzz_id[7] = controller;
	for (unsigned i = 8; i < NID; i++)
		fuzz_id[i] = L4_GlobalId(base + i, 1 + i % 3);
}

/* For each new worker: the ids by which others find it. */
static void
fuzz_ids(void)
{
	for (unsigned i = 0; i < NWORKER; i++)
		fuzz_id[NID - 1 - i] = worker[i].id; /* fuzz_words leaves them room */
}

/* Lets them run for about this many rounds of the controller. */
static void
control_run(unsigned rounds)
{
	L4_ThreadId_t from;

	for (unsigned n = 0; n < rounds;) {
		L4_LoadBR(0, 0);
		L4_MsgTag_t tag = L4_Wait_Timeout(L4_TimePeriod(1000), &from);

		if (L4_IpcSucceeded(tag)) {
			control_message(tag, from);
			n += fuzz_restarts % 8 == 0;
		} else {
			n++;
		}
		if (fuzz_restarts % 8 == 0 || L4_IpcFailed(tag)) {
			fuzz_ids();
			control_watch();
		}
	}
}
#endif
