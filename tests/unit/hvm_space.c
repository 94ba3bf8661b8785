/*
 * tests/unit/hvm_space.c - HVM without a kernel: the L4 calls are a model here
 * that knows which space has which frame mapped with which rights. Programs are
 * reads and writes of this file, with faults going to pager_fault.
 * Goal: whatever forks, execs, brks and kills happen, each space reads what it
 * wrote, no other space's bytes, and all frames come back.
 */
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "tests/unit.h"
#include "hvm/space_impl.h"

enum { NFRAME = 8192, NSID = HVM_NSPACE, NPAGE = 1 << 20 };
#define TEXT 0x400000ul
#define DATA 0x402000ul
#define HEAP 0x404000ul
enum { FIRST = 64 + HVM_FIRST_THREAD };

static Frame table[NFRAME];
static uint8_t *ram;
static uint64_t *page_table[NSID];   /* HVM's address | rights, by page */
static L4_KernelInterfacePage_t kip;
static L4_Word_t utcb[256], *mr0 = &utcb[128];
static uint32_t loaded[NSID][1 << 14];   /* pages that page_table may have */
static size_t nloaded[NSID];
static L4_Msg_t last_sent;
static L4_ThreadId_t last_to;
static L4_Word_t regs_ip[NSID], regs_sp[NSID];
static bool ipc_fails, exregs_fails;
static Module module;
static Space *core;

/* ---- the kernel ---- */
void *
L4_KernelInterface(L4_Word_t *version, L4_Word_t *flags, L4_Word_t *id)
{
	*version = *flags = *id = 0;
	return &kip;
}

static int
sid_of(L4_ThreadId_t t)
{
	L4_Word_t n = L4_ThreadNo(t) - FIRST;

	return n < HVM_NCORETHREAD ? 1 : (int)((n - HVM_NCORETHREAD) / HVM_NTHREAD) + 2;
}

static void
space_forget(int sid)
{
	if (page_table[sid] != NULL)
		munmap(page_table[sid], NPAGE * sizeof(uint64_t));
	page_table[sid] = NULL;
	nloaded[sid] = 0;
}

L4_Clock_t
L4_SystemClock(void)
{
	return (L4_Clock_t){ 0 };
}

L4_Word_t
L4_ThreadControl(L4_ThreadId_t dest, L4_ThreadId_t space, L4_ThreadId_t scheduler, L4_ThreadId_t pager, void *u)
{
	int sid = sid_of(dest);

	(void)scheduler, (void)u;
	if (L4_IsNilThread(space)) {
		if ((L4_ThreadNo(dest) - FIRST - HVM_NCORETHREAD) % HVM_NTHREAD == 0)
			space_forget(sid);
	} else if (space.raw == dest.raw && L4_IsNilThread(pager)) {
		ck_assert_ptr_null(page_table[sid]);
		page_table[sid] = mmap(NULL, NPAGE * sizeof(uint64_t), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	}
	return 1;
}

L4_Word_t
L4_SpaceControl(L4_ThreadId_t space, L4_Word_t control, L4_Fpage_t k, L4_Fpage_t u, L4_ThreadId_t r, L4_Word_t *old)
{
	(void)space, (void)control, (void)k, (void)u, (void)r, (void)old;
	return 1;
}

static L4_Word_t prio_of[HVM_NSPACE]; /* as set last; 0: never */

L4_Word_t
L4_Schedule(L4_ThreadId_t dest, L4_Word_t time, L4_Word_t cpu, L4_Word_t prio, L4_Word_t preemption, L4_Word_t *old)
{
	(void)time, (void)cpu, (void)preemption, (void)old;
	prio_of[sid_of(dest)] = prio;
	return L4_SCHEDRESULT_INACTIVE;
}

L4_ThreadId_t
L4_ExchangeRegisters(L4_ThreadId_t dest, L4_Word_t control, L4_Word_t sp, L4_Word_t ip, L4_Word_t flags,
    L4_Word_t handle, L4_ThreadId_t pager, L4_Word_t *oc, L4_Word_t *osp, L4_Word_t *oip, L4_Word_t *of,
    L4_Word_t *oh, L4_ThreadId_t *op)
{
	int sid = sid_of(dest);

	(void)flags, (void)handle, (void)pager, (void)oc, (void)oh, (void)op;
	if (exregs_fails)
		return L4_nilthread;
	*oip = regs_ip[sid];
	*osp = regs_sp[sid];
	*of = 0x202;
	if (control & L4_EXREGS_ip)
		regs_ip[sid] = ip;
	if (control & L4_EXREGS_sp)
		regs_sp[sid] = sp;
	return dest;
}

L4_MsgTag_t
L4_Ipc(L4_ThreadId_t to, L4_ThreadId_t from_spec, L4_Word_t timeouts, L4_ThreadId_t *from)
{
	L4_MsgTag_t tag = L4_MsgTag();

	(void)from_spec, (void)timeouts, (void)from;
	if (ipc_fails)
		return (L4_MsgTag_t){ .raw = 1 << 15 };
	L4_MsgStore(tag, &last_sent);
	last_to = to;
	if (L4_UntypedWords(tag) == 2) {
		regs_ip[sid_of(to)] = L4_MsgWord(&last_sent, 0);
		regs_sp[sid_of(to)] = L4_MsgWord(&last_sent, 1);
	}
	return (L4_MsgTag_t){ 0 };
}

void
L4_Unmap(L4_Word_t control)
{
	for (L4_Word_t i = 0; i <= (control & 0x3F); i++) {
		L4_Fpage_t f;

		L4_StoreMR((int)i, &f.raw);
		for (int sid = 1; sid < NSID; sid++)
			for (size_t k = 0; k < nloaded[sid]; k++) {
				uint64_t *e = &page_table[sid][loaded[sid][k]];

				if (*e == 0 || (*e & ~7ull) < L4_Address(f) || (*e & ~7ull) - L4_Address(f) >= L4_Size(f))
					continue;
				*e &= ~(uint64_t)L4_Rights(f);
				if ((*e & 7) == 0)
					*e = 0;
			}
	}
}

/* ---- the platform and boot.c ---- */
const uint8_t plat_elf_class = 2;
const uint16_t plat_elf_machine = 62;

void
plat_space_name(L4_ThreadId_t t, const char *name)
{
	(void)t, (void)name;
}

void
plat_exc_decode(const L4_Msg_t *m, Excinfo *e)
{
	e->pc = L4_MsgWord(m, 0);
	e->number = (int)L4_MsgWord(m, 2);
	snprintf(e->text, sizeof e->text, "divide error");
}

void
boot_halt(const char *fmt, ...)
{
	ck_abort_msg("%s", fmt);
}

const Module *
boot_module(size_t index)
{
	return index == 0 ? &module : NULL;
}

int
boot_device(uint64_t pa, bool pixels, uintptr_t *window)
{
	USED(pixels);
	(void)pa, (void)window;
	return -Ebadarg;
}

L4_Fpage_t
boot_ports(void)
{
	return L4_Nilpage;
}

size_t
boot_table(char *text, size_t n)
{
	(void)text, (void)n;
	return 0;
}

void
debug_symbol(uintptr_t pc, char *text, size_t n)
{
	(void)pc, (void)n;
	*text = '\0';
}

/* ---- programs ---- */

/* One access; NULL: it made an event. */
static uint8_t *
touch(Space *s, uintptr_t va, bool write)
{
	for (int tries = 0; tries < 3; tries++) {
		uint64_t *e = &page_table[s->sid][va / PAGE];
		uint64_t need = write ? L4_Writable : L4_Readable;
		L4_MapItem_t item;
		L4_Fpage_t f;
		L4_Msg_t m;

		if (*e & need)
			return (uint8_t *)(*e & ~7ull) + va % PAGE;
		L4_MsgClear(&m);
		L4_Set_MsgLabel(&m, L4_LABEL_PAGEFAULT | need);
		L4_MsgAppendWord(&m, va);
		L4_MsgAppendWord(&m, 0x400123);
		if (!pager_fault(&s->thread[0], &m))
			return NULL;
		L4_MsgGetMapItem(&m, 0, &item);
		f = L4_MapItemSndFpage(item);
		ck_assert_uint_eq(L4_MapItemSndBase(item) & (L4_Size(f) - 1) & ~0x3FFul, 0);
		for (size_t i = 0; i < L4_Size(f) / PAGE; i++) {
			size_t p = (L4_MapItemSndBase(item) & ~0x3FFul) / PAGE + i;

			if (page_table[s->sid][p] == 0)
				loaded[s->sid][nloaded[s->sid]++] = (uint32_t)p;
			page_table[s->sid][p] = (L4_Address(f) + i * PAGE) | L4_Rights(f);
		}
	}
	ck_abort_msg("space %d faults for ever at 0x%lx", s->sid, (unsigned long)va);
	return NULL;
}

static int64_t
request(unsigned op, unsigned narg, const L4_Word_t *arg, L4_Msg_t *m)
{
	L4_MsgClear(m);
	for (unsigned i = 0; i < narg; i++)
		L4_MsgAppendWord(m, arg[i]);
	ck_assert(serve_request(&core->thread[0], op, m));
	return (intptr_t)L4_MsgWord(m, 0);
}
#define REQ(m, op, ...)                                                        \
	request(HVM_##op, sizeof((L4_Word_t[]){ __VA_ARGS__ }) / sizeof(L4_Word_t), (L4_Word_t[]){ __VA_ARGS__ }, m)

static void
put(uint8_t *p, uint64_t v, size_t n)
{
	for (; n > 0; n--, v >>= 8)
		*p++ = (uint8_t)v;
}

/* text: 2 pages of 'T', data: one of 'D' with bss behind it from 0x403100 on */
static void
file_make(uint8_t *h)
{
	memset(h, 'T', 2 * PAGE);
	memset(h + 2 * PAGE, 'D', 2 * PAGE);
	memset(h, 0, 512);
	memcpy(h, "\177ELF\2\1\1", 7);
	put(h + 16, 2, 2);
	put(h + 18, 62, 2);
	put(h + 24, TEXT + 0x1000, 8);
	put(h + 32, 64, 8);
	put(h + 54, 56, 2);
	put(h + 56, 2, 2);
	put(h + 64, 1, 4);
	put(h + 68, ELF_R | ELF_X, 4);
	put(h + 80, TEXT, 8);
	put(h + 96, 2 * PAGE, 8);
	put(h + 104, 2 * PAGE, 8);
	put(h + 120, 1, 4);
	put(h + 124, ELF_R | ELF_W, 4);
	put(h + 128, 2 * PAGE, 8);
	put(h + 136, DATA, 8);
	put(h + 152, PAGE + 0x100, 8);
	put(h + 160, 2 * PAGE, 8);
}

static int image;

static void
start(void)
{
	syscall(SYS_arch_prctl, 0x1001 /* ARCH_SET_GS: %gs:0 is mr0 */, &mr0);
	mr0[L4_TCR_MyGlobalId] = L4_GlobalId(66, 1).raw;
	kip.ThreadInfo = 64u << 20 | 64u << 8 | 17;
	kip.UtcbAreaInfo = 12u << 16 | 10u << 10 | 1;
	kip.KipAreaInfo = 12;
	kip.PageInfo = 7;
	ram = mmap(NULL, (NFRAME + 1024) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ram = (uint8_t *)(((uintptr_t)ram + (4 << 20) - 1) & ~(uintptr_t)((4 << 20) - 1));
	frame_init((uintptr_t)ram, table, NFRAME);
	file_make(ram + 64 * PAGE);
	module = (Module){ (uintptr_t)ram + 64 * PAGE, 4 * PAGE, "core" };
	frame_hold(module.pa, 4);
	frame_add((uintptr_t)ram + PAGE, NFRAME - 1);
	thread_init();
	image = image_phys(module.pa, module.size);
	ck_assert_int_gt(image, 0);
	ck_assert_int_eq(space_new(CORE_SID, &core), 0);
	ck_assert_int_eq(space_exec(core, image_find(image), "core", NULL, (uintptr_t)"stack", 6), 0);
}

static Space *
program(void)
{
	L4_Msg_t m;
	Space *s;

	ck_assert_int_eq(REQ(&m, space_new, 0), 0);
	s = space_find((int)L4_MsgWord(&m, 1));
	ck_assert_int_eq(space_exec(s, image_find(image), "prog", NULL, (uintptr_t)"args", 5), 0);
	return s;
}

START_TEST(exec_makes_the_files_segments)
{
	start();
	Space *s = program();

	ck_assert_uint_eq(regs_ip[s->sid], TEXT + 0x1000);
	ck_assert_uint_eq(regs_sp[s->sid], hvm_stack_base(5));
	ck_assert_str_eq((char *)touch(s, regs_sp[s->sid], false), "args");
	ck_assert_uint_eq(*touch(s, TEXT + 0x1800, false), 'T');
	ck_assert_uint_eq(*touch(s, DATA, false), 'D');
	ck_assert_uint_eq(*touch(s, DATA + PAGE + 0xFF, false), 'D');
	ck_assert_uint_eq(*touch(s, DATA + PAGE + 0x100, false), 0);
	ck_assert_ptr_null(touch(s, HEAP, false));
	ck_assert_int_eq(s->thread[0].trouble, TROUBLE_FAULT);
	event_drop(&s->thread[0]);
	ck_assert_ptr_null(touch(s, TEXT, true));
	event_drop(&s->thread[0]);
	*touch(s, HVM_STACKTOP - HVM_STACKMAX, true) = 1;
	ck_assert_ptr_null(touch(s, HVM_STACKTOP - HVM_STACKMAX - 1, true));
	ck_assert_int_eq(s->thread[0].trouble, TROUBLE_STACK);
}
END_TEST

START_TEST(exec_again_leaves_nothing_of_the_old_program)
{
	L4_Msg_t m;

	start();
	Space *s = program();

	ck_assert_int_eq(REQ(&m, brk, (L4_Word_t)s->sid, HEAP + 8 * PAGE), 0);
	*touch(s, HEAP, true) = 7;
	*touch(s, DATA, true) = 7;
	*touch(s, HVM_STACKTOP - 8 * PAGE, true) = 7;
	touch(s, TEXT, false);
	ck_assert_int_eq(space_exec(s, image_find(image), "two", NULL, (uintptr_t)"args", 5), 0);
	for (size_t p = 0; p < NPAGE; p++)
		ck_assert_uint_eq(page_table[s->sid][p], 0);
	ck_assert_uint_eq(*touch(s, DATA, false), 'D');
	ck_assert_uint_eq(*touch(s, HVM_STACKTOP - 8 * PAGE, false), 0);
}
END_TEST

START_TEST(a_program_that_does_not_start_is_an_event)
{
	L4_Msg_t m;
	char text[ERRMAX];

	start();
	Space *s = program();

	exregs_fails = true;
	ck_assert_int_eq(space_exec(s, image_find(image), "two", NULL, (uintptr_t)"args", 5), 0);
	exregs_fails = false;
	ck_assert_str_eq(s->name, "two");
	event_text(&s->thread[0], text, sizeof text);
	ck_assert_str_eq(text, "sys: program did not start");
	ck_assert(s->thread[0].queued);
	ck_assert_int_eq(REQ(&m, kill, (L4_Word_t)s->sid), 0);
}
END_TEST

/* Bytes that space sid should read at page p of its heap; 0: never written. */
enum { HEAP_PAGES = 40 };
static uint8_t want[NSID][HEAP_PAGES];
static bool lives[NSID];

static void
all_read(void)
{
	for (int sid = 2; sid < NSID; sid++)
		for (size_t p = 0; lives[sid] && p < HEAP_PAGES; p++)
			ck_assert_uint_eq(*touch(space_find(sid), HEAP + p * PAGE + p, false), want[sid][p]);
}

START_TEST(each_space_reads_what_it_wrote)
{
	uint32_t seed = 7 + (uint32_t)_i;
	size_t nlive = 1;
	L4_Msg_t m;
	Space *s;

	start();
	s = program();
	ck_assert_int_eq(REQ(&m, brk, (L4_Word_t)s->sid, HEAP + HEAP_PAGES * PAGE), 0);
	lives[s->sid] = true;
	for (int step = 0; step < 600; step++) {
		uint32_t r = seed = seed * 1664525u + 1013904223u;
		int sid = (int)(r >> 8) % NSID;
		size_t p = (r >> 16) % HEAP_PAGES;

		while (!lives[sid])
			sid = (sid + 1) % NSID;
		s = space_find(sid);
		switch ((r >> 5) % 16) {
		case 0:
			if (nlive == 12)
				break;
			ck_assert_int_eq(REQ(&m, fork, (L4_Word_t)sid, 0, 1, 2), 0);
			int child = (int)L4_MsgWord(&m, 1);
			ck_assert_int_lt(child, NSID);
			memcpy(want[child], want[sid], HEAP_PAGES);
			lives[child] = true;
			nlive++;
			break;
		case 1:
			if (nlive == 1)
				break;
			ck_assert_int_eq(REQ(&m, kill, (L4_Word_t)sid), 0);
			lives[sid] = false;
			nlive--;
			break;
		case 2:
			ck_assert_int_eq(space_exec(s, image_find(image), "x", NULL, (uintptr_t)"a", 2), 0);
			ck_assert_int_eq(REQ(&m, brk, (L4_Word_t)sid, HEAP + HEAP_PAGES * PAGE), 0);
			memset(want[sid], 0, HEAP_PAGES);
			break;
		case 3:
			ck_assert_int_eq(REQ(&m, brk, (L4_Word_t)sid, HEAP + p * PAGE), 0);
			ck_assert_int_eq(REQ(&m, brk, (L4_Word_t)sid, HEAP + HEAP_PAGES * PAGE), 0);
			memset(want[sid] + p, 0, HEAP_PAGES - p);
			break;
		case 4: {
			uint8_t v = (uint8_t)r;
			ck_assert_int_eq(mem_copy(s, HEAP + p * PAGE + p, NULL, (uintptr_t)&v, 1), 1);
			want[sid][p] = v;
			break;
		}
		case 5:
		case 6:
			ck_assert_uint_eq(*touch(s, HEAP + p * PAGE + p, false), want[sid][p]);
			break;
		default:
			*touch(s, HEAP + p * PAGE + p, true) = want[sid][p] = (uint8_t)r;
		}
		if (step % 50 == 0)
			all_read();
	}
	all_read();
	frame_check();
	for (int sid = 2; sid < NSID; sid++)
		if (lives[sid])
			ck_assert_int_eq(REQ(&m, kill, (L4_Word_t)sid), 0);
	/* all but CORE's and the image's is free, apart from what pools keep */
	ck_assert_uint_gt(frame_free(), NFRAME - 200);
}
END_TEST

START_TEST(shared_memory_is_one_memory)
{
	L4_Msg_t m;

	start();
	Space *s = program(), *c;

	*touch(s, HVM_STACKTOP - 100, true) = 1;
	*touch(s, DATA + 5, true) = 1;
	ck_assert_int_eq(REQ(&m, fork, (L4_Word_t)s->sid, HVM_SHARE, 1, 2), 0);
	c = space_find((int)L4_MsgWord(&m, 1));
	*touch(c, DATA + 5, true) = 42;
	*touch(c, HVM_STACKTOP - 100, true) = 43;
	ck_assert_uint_eq(*touch(s, DATA + 5, false), 42);
	ck_assert_uint_eq(*touch(s, HVM_STACKTOP - 100, false), 1);
	/* brk of one is seen by the other */
	ck_assert_int_eq(REQ(&m, brk, (L4_Word_t)c->sid, HEAP + PAGE), 0);
	*touch(s, HEAP, true) = 9;
	ck_assert_uint_eq(*touch(c, HEAP, false), 9);
	/* one leaves: the other keeps all */
	ck_assert_int_eq(REQ(&m, kill, (L4_Word_t)s->sid), 0);
	ck_assert_uint_eq(*touch(c, DATA + 5, false), 42);
	ck_assert_uint_eq(*touch(c, HEAP, false), 9);
}
END_TEST

START_TEST(a_program_may_not_ask_for_others)
{
	L4_Msg_t m;

	start();
	Space *s = program();

	for (unsigned op = 0; op < HVM_ncall + 20; op++) {
		if (op == HVM_thread_new || op == HVM_thread_kill)
			continue;
		L4_MsgClear(&m);
		for (unsigned i = 0; i < 6; i++)
			L4_MsgAppendWord(&m, 1);
		ck_assert(serve_request(&s->thread[0], op, &m));
		ck_assert_int_eq((int)(intptr_t)L4_MsgWord(&m, 0), op < HVM_ncall ? -Eperm : -Ebadsys);
	}
	L4_MsgClear(&m);
	L4_MsgAppendWord(&m, core->thread[0].id.raw);
	ck_assert(serve_request(&s->thread[0], HVM_thread_kill, &m));
	ck_assert_int_eq((int)(intptr_t)L4_MsgWord(&m, 0), -Ebadarg);
}
END_TEST

/* Any words in any request of CORE's: an error or not, but nothing breaks. */
START_TEST(wild_requests_break_nothing)
{
	static const L4_Word_t pick[] = { 0, 1, 2, 3, 5, 16, PAGE, TEXT, DATA, HEAP, HVM_SEG, HVM_STACKTOP - 64,
		HVM_UTCB, 0xFFFFFFFF, ~(L4_Word_t)0, ~(L4_Word_t)0 - PAGE, (L4_Word_t)1 << 63, 1 << 20 };
	uint32_t seed = 1 + (uint32_t)_i;
	L4_Msg_t m;

	start();
	Space *s = program();

	for (int step = 0; step < 3000; step++) {
		unsigned op;

		seed = seed * 1664525u + 1013904223u;
		op = (seed >> 8) % HVM_ncall;
		if (op == HVM_irq || op == HVM_note)
			continue; /* L4 calls that the model hasn't */
		L4_MsgClear(&m);
		for (unsigned i = 0; i < 6; i++) {
			seed = seed * 1664525u + 1013904223u;
			L4_MsgAppendWord(&m, pick[(seed >> 8) % nelem(pick)]);
		}
		serve_request(&core->thread[0], op, &m);
		if (step % 300 == 0)
			frame_check();
	}
	frame_check();
	USED(s);
}
END_TEST

START_TEST(out_of_memory_hits_the_program_only)
{
	uintptr_t va = HEAP;
	L4_Msg_t m;

	start();
	Space *s = program(), *t = program();

	ck_assert_int_eq(REQ(&m, brk, (L4_Word_t)s->sid, HEAP + (NFRAME - 200) * PAGE), 0);
	while (touch(s, va, true) != NULL)
		va += PAGE;
	ck_assert_int_eq(s->thread[0].trouble, TROUBLE_MEMORY);
	/* CORE still has memory */
	ck_assert_ptr_nonnull(touch(core, HVM_STACKTOP - PAGE * 20, true));
	ck_assert_int_eq(REQ(&m, mem, 16), 0);
	ck_assert_int_eq(REQ(&m, fork, (L4_Word_t)t->sid, 0, 1, 2), -Enomem);
	ck_assert_int_eq(REQ(&m, kill, (L4_Word_t)s->sid), 0);
	ck_assert_int_eq(REQ(&m, fork, (L4_Word_t)t->sid, 0, 1, 2), 0);
	ck_assert_uint_eq(*touch(t, DATA, false), 'D');
}
END_TEST

START_TEST(an_event_is_told_once)
{
	L4_Msg_t m;
	char *text;

	start();
	Space *s = program(), *t = program();
	uintptr_t buf = HVM_STACKTOP - 1000;

	ck_assert_ptr_null(touch(s, 0x10, false));
	L4_MsgClear(&m);
	L4_MsgAppendWord(&m, buf);
	L4_MsgAppendWord(&m, ERRMAX);
	ck_assert(!serve_request(&core->thread[0], HVM_event, &m)); /* answered by a message of its own */
	ck_assert_uint_eq(last_to.raw, core->thread[0].id.raw);
	ck_assert_uint_eq(L4_MsgWord(&last_sent, 1), (L4_Word_t)s->sid);
	text = (char *)touch(core, buf, false);
	ck_assert_str_eq(text, "sys: trap: fault read addr=0x10 pc=0x400123");
	/* none is left: the next one waits, also when nobody hears the first try */
	last_to = L4_nilthread;
	L4_MsgClear(&m);
	L4_MsgAppendWord(&m, buf);
	L4_MsgAppendWord(&m, ERRMAX);
	ck_assert(!serve_request(&core->thread[0], HVM_event, &m));
	ck_assert_uint_eq(last_to.raw, 0);
	ipc_fails = true;
	ck_assert_ptr_null(touch(t, 0x20, true));
	ipc_fails = false;
	L4_MsgClear(&m);
	L4_MsgAppendWord(&m, buf);
	L4_MsgAppendWord(&m, ERRMAX);
	ck_assert(!serve_request(&core->thread[0], HVM_event, &m));
	ck_assert_uint_eq(L4_MsgWord(&last_sent, 1), (L4_Word_t)t->sid);
	ck_assert_str_eq(text, "sys: trap: fault write addr=0x20 pc=0x400123");
}
END_TEST

START_TEST(brk_keeps_to_its_room)
{
	L4_Msg_t m;
	L4_Word_t sid;
	char *class;
	uintptr_t name = HVM_STACKTOP - 2000;

	start();
	sid = (L4_Word_t)program()->sid;
	class = (char *)touch(core, name, true);
	memcpy(class, "memory", 6);
	ck_assert_int_eq(REQ(&m, segattach, sid, 0, name, 6, HEAP + 16 * PAGE, PAGE), 0);
	ck_assert_int_eq(REQ(&m, brk, sid, HEAP + 16 * PAGE), 0);
	ck_assert_int_eq(REQ(&m, brk, sid, HEAP + 16 * PAGE + 1), -Enomem);
	ck_assert_int_eq(REQ(&m, brk, sid, DATA), -Ebadarg);
	ck_assert_int_eq(REQ(&m, segattach, sid, 0, name, 6, HEAP + 15 * PAGE, PAGE), -Einuse);
	ck_assert_int_eq(REQ(&m, segdetach, sid, HEAP + 16 * PAGE), 0);
	ck_assert_int_eq(REQ(&m, brk, sid, HEAP + 17 * PAGE), 0);
	ck_assert_int_eq(REQ(&m, brk, sid, HEAP + (2ul * NFRAME) * PAGE), -Enomem);
}
END_TEST

START_TEST(a_fork_has_its_parents_priority)
{
	L4_Msg_t m;
	L4_Word_t sid, child;

	start();
	sid = (L4_Word_t)program()->sid;
	ck_assert_uint_eq(prio_of[sid], 0);
	ck_assert_int_eq(REQ(&m, pri, sid, HVM_PRI + 1), -Ebadarg);
	ck_assert_int_eq(REQ(&m, pri, sid, 0), -Ebadarg);
	ck_assert_int_eq(REQ(&m, pri, sid, 30), 0);
	ck_assert_uint_eq(prio_of[sid], 30);
	ck_assert_int_eq(REQ(&m, fork, sid, 0, TEXT, HVM_STACKTOP - PAGE), 0);
	child = L4_MsgWord(&m, 1);
	ck_assert_uint_eq(prio_of[child], 30);
	ck_assert_int_eq(REQ(&m, pri, 999, 30), -Eprocdied);
}
END_TEST

START_TEST(an_old_id_is_nobody)
{
	L4_ThreadId_t old, new;
	L4_Msg_t m;

	start();
	ck_assert_int_eq(REQ(&m, thread_new, 0, TEXT, HVM_STACKTOP - PAGE), 0);
	old.raw = L4_MsgWord(&m, 1);
	ck_assert_ptr_nonnull(thread_find(old));
	ck_assert_int_eq(REQ(&m, thread_kill, old.raw), 0);
	ck_assert_int_eq(REQ(&m, thread_new, 0, TEXT, HVM_STACKTOP - PAGE), 0);
	new.raw = L4_MsgWord(&m, 1);
	ck_assert_uint_eq(L4_ThreadNo(old), L4_ThreadNo(new));
	ck_assert_ptr_null(thread_find(old));
	ck_assert_int_eq(REQ(&m, thread_kill, old.raw), -Ebadarg);
}
END_TEST

static const int seeds[6];

UNIT_SUITE("hvm_space", CASE(exec_makes_the_files_segments), CASE(exec_again_leaves_nothing_of_the_old_program),
    CASE(a_program_that_does_not_start_is_an_event),
    LOOP(each_space_reads_what_it_wrote, seeds), CASE(shared_memory_is_one_memory),
    CASE(a_program_may_not_ask_for_others), LOOP(wild_requests_break_nothing, seeds),
    CASE(out_of_memory_hits_the_program_only), CASE(an_event_is_told_once),
    CASE(brk_keeps_to_its_room), CASE(an_old_id_is_nobody), CASE(a_fork_has_its_parents_priority))
