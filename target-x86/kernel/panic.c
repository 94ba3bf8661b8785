/*
 * panic.c - a broken invariant of the kernel: says what, where and what next, on
 * the serial line and the screen; then the debugger (kdb=on) or a halt.
 */
#include <stdarg.h>
#include "target-x86/kernel/kernel.h"

void console_vprint(const char *fmt, va_list *ap);
extern char kernel_start[], kernel_end[];
static bool panicking;

/* Return addresses from a chain of %ebp, as long as it stays in kernel memory. */
static void
backtrace(Word ebp)
{
	kprintf("calls:");
	for (unsigned i = 0; i < 12; i++) {
		const Word *f = (const Word *)ebp;

		if (ebp < KBASE || ebp >= KBASE + KWIN_SIZE - 8 || ebp % 4 != 0)
			break;
		if (f[1] < (Word)kernel_start || f[1] >= (Word)kernel_end)
			break;
		kprintf(" %08x", f[1]);
		if (f[0] <= ebp)
			break;
		ebp = f[0];
	}
	kprintf("\n");
}

static void
print_state(const Frame *f)
{
	if (current != NULL)
		kprintf("thread %08x state %u, cr2 %08x cr3 %08x\n", current->id, current->state, cpu_cr2(), cpu_cr3());
	if (f == NULL)
		return;
	kprintf("trap %u error %x eip %08x cs %04x eflags %08x\n", f->trap, f->err, f->eip, f->cs, f->eflags);
	kprintf("eax %08x ebx %08x ecx %08x edx %08x esi %08x edi %08x ebp %08x\n",
	    f->eax, f->ebx, f->ecx, f->edx, f->esi, f->edi, f->ebp);
}

static _Noreturn void
stop(Frame *f)
{
	print_state(f);
	backtrace(f != NULL ? f->ebp : (Word)__builtin_frame_address(0));
	kprintf("Note these lines; \"addr2line -e kernel.elf ADDRESS\" finds the place. ");
	if (kdb_on) {
		kprintf("\n");
		kdb_enter(f, "panic");
	}
	kprintf("Reset the machine.\n");
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void
begin(void)
{
	__asm__ volatile("cli");
	if (panicking)
		for (;;)
			__asm__ volatile("cli; hlt");
	panicking = true;
	console_screen(true);
	kprintf("\nLP49 kernel panic: ");
}

void
panic(const char *fmt, ...)
{
	va_list ap;

	begin();
	va_start(ap, fmt);
	console_vprint(fmt, &ap);
	va_end(ap);
	kprintf("\n");
	stop(NULL);
}

void
panic_frame(const Frame *f, const char *why)
{
	begin();
	kprintf("%s\n", why);
	stop((Frame *)f);
}
