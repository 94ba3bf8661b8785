/*
 * cpu.c - the CPU's tables (GDT, IDT, TSS, sysenter), its state at a switch, FPU.
 *
 * FPU  lazy: TS is set while the registers hold another thread's state; the
 *      first use traps (fpu_fault).
 */
#include "target-x86/kernel/kernel.h"

typedef struct Tss Tss;
struct Tss {
	Word link, esp0, ss0, rest[22];
	uint16_t trap, iomap;
};
_Static_assert(sizeof(Tss) == 104, "ia32 TSS");
typedef struct Table Table;
struct Table {
	uint16_t pad, limit;
	uint32_t base;
};

/* a #DB at sysenter_entry pushes below &tss.esp0: room for it */
extern struct TssBox tss_box;
struct TssBox {
	char pad[512];
	Tss t;
} tss_box __attribute__((aligned(1024)));
#define tss tss_box.t
static Tss df_tss __attribute__((aligned(128)));
static char df_stack[2048];
static uint64_t gdt[8];
static uint64_t idt[0x32];
static Thread *fpu_owner;	/* whose state the registers hold */
static bool have_fxsr;
bool have_sysenter, have_tsc;
Word fpu_top;
Word utcb_ptr_page[1024] __attribute__((aligned(4096)));
extern const char trap_entries[], sysenter_entry[];

static uint64_t
segment(Word base, Word limit, Word type)	/* type: access | flags << 8 */
{
	return (uint64_t)(base >> 24) << 56 | (uint64_t)(type >> 8 & 0xF) << 52 |
	    (uint64_t)(limit >> 16 & 0xF) << 48 | (uint64_t)(type & 0xFF) << 40 |
	    (uint64_t)(base & 0xFFFFFF) << 16 | (limit & 0xFFFF);
}

static void
gate(unsigned n, unsigned dpl)
{
	Word a = (Word)trap_entries + 16 * n;

	idt[n] = (uint64_t)(a >> 16) << 48 | (uint64_t)(0x8E00 | dpl << 13) << 32 | SEL_KCODE << 16 | (a & 0xFFFF);
}

static void
double_fault(void)
{
	panic("double fault: eip %08x esp %08x thread %08x", tss.rest[5], tss.rest[11], current->id);
}

static void
idt_init(void)
{
	Table t = { .limit = sizeof(idt) - 1, .base = (Word)idt };

	for (unsigned i = 0; i < 0x32; i++)
		gate(i, i == 3 || i == 4 || i >= 0x30 ? 3 : 0);
	idt[8] = (uint64_t)0x8500 << 32 | SEL_DFTSS << 16;	/* task gate */
	__asm__ volatile("lidt %0" :: "m"(t.limit), "m"(t));
}

static void
gdt_init(void)
{
	Table t = { .limit = sizeof(gdt) - 1, .base = (Word)gdt };

	gdt[1] = segment(0, 0xFFFFF, 0xC9A);
	gdt[2] = segment(0, 0xFFFFF, 0xC92);
	gdt[3] = segment(0, 0xFFFFF, 0xCFA);
	gdt[4] = segment(0, 0xFFFFF, 0xCF2);
	gdt[5] = segment(UTCBPTR_PAGE, 3, 0x4F0);	/* %gs: read-only, 4 bytes */
	gdt[7] = segment((Word)&df_tss, sizeof(df_tss) - 1, 0x089);
	__asm__ volatile("lgdt %0; ljmp %1,$1f; 1: mov %2,%%ds; mov %2,%%es; mov %3,%%ss; mov %4,%%gs; mov %5,%%fs"
	    :: "m"(t.limit), "i"(SEL_KCODE), "r"(SEL_UDATA), "r"(SEL_KDATA), "r"(SEL_UTCB), "r"(0), "m"(t));
}

/* after map_init_kernel: the TSS lies in front of the I/O bitmap */
void
cpu_init(void)
{
	uint32_t a, b, c, d;

	gdt_init();
	idt_init();
	tss.ss0 = SEL_KDATA;
	tss.iomap = sizeof(Tss);
	io_init(&tss);
	gdt[6] = segment(io_tss_base(), io_tss_limit(), 0x089);
	df_tss.esp0 = (Word)df_stack + sizeof(df_stack);
	df_tss.rest[4] = map_kernel_cr3();		/* cr3 */
	df_tss.rest[5] = (Word)double_fault;		/* eip */
	df_tss.rest[6] = 2;				/* eflags */
	df_tss.rest[11] = df_tss.esp0 - 16;		/* esp */
	df_tss.rest[15] = SEL_UDATA;			/* es cs ss ds */
	df_tss.rest[16] = SEL_KCODE;
	df_tss.rest[17] = SEL_KDATA;
	df_tss.rest[18] = SEL_UDATA;
	__asm__ volatile("ltr %w0" :: "r"(SEL_TSS));
	cpu_cpuid(1, &a, &b, &c, &d);
	have_fxsr = d >> 24 & 1;
	have_tsc = d >> 4 & 1;
	have_sysenter = d >> 11 & 1 && !((a & 0xF00) == 0x600 && (a & 0xFF) < 0x33);
	if (have_fxsr)
		cpu_set_cr4(cpu_cr4() | 0x600);		/* OSFXSR, OSXMMEXCPT */
	cpu_set_cr0((cpu_cr0() & ~0x40004u) | 0x2A);	/* not AM; NE, TS, MP */
	if (have_sysenter) {
		cpu_wrmsr(0x174, SEL_KCODE, 0);
		cpu_wrmsr(0x175, (Word)&tss.esp0, 0);
		cpu_wrmsr(0x176, (Word)sysenter_entry, 0);
	}
}

void
cpu_switched(Thread *t)
{
	tss.esp0 = (Word)t + TCB_SIZE;
	utcb_ptr_page[0] = t->utcb_user;
	if (!t->space) {
		if (map_current) {
			cpu_set_cr3(map_kernel_cr3());
			map_current = NULL;
		}
	} else if (map_current != &t->space->map) {
		cpu_set_cr3(t->cr3);
		map_current = &t->space->map;
		io_switch(map_current);
	}
	if (fpu_owner) {
		if (t == fpu_owner)
			__asm__ volatile("clts");
		else
			cpu_set_cr0(cpu_cr0() | 8);
	}
}

void
fpu_fault(void)
{
	__asm__ volatile("clts");
	if (fpu_owner == current)
		return;
	if (have_fxsr) {
		if (fpu_owner)
			__asm__ volatile("fxsave %0" : "=m"(fpu_owner->fpu));
		__asm__ volatile("fxrstor %0" :: "m"(current->fpu));
	} else {
		if (fpu_owner)
			__asm__ volatile("fnsave %0" : "=m"(fpu_owner->fpu));
		if (current->fpu_used)
			__asm__ volatile("frstor %0" :: "m"(current->fpu));
		else
			__asm__ volatile("fninit");
	}
	current->fpu_used = true;
	fpu_owner = current;
	fpu_top = (Word)current + TCB_SIZE;
}

void
fpu_gone(Thread *t)
{
	if (fpu_owner == t) {
		fpu_owner = NULL;
		fpu_top = 0;
		cpu_set_cr0(cpu_cr0() | 8);
	}
}
