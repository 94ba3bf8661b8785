/*
 * kdebug.c - what programs for L4 ask of a kernel's debugger: int3, then
 *
 *	cmpb $n,%al              n: OP_, argument and result in eax
 *	jmp +5; movl $text,%eax  a reason to stop there
 *
 * For a thread of a privileged space that handles no exceptions itself; to all
 * others int3 is an exception like the rest.
 */
#include "target-x86/kernel/kernel.h"

enum {
	OP_PUTC = 0x00, OP_PUTS = 0x01, OP_GETC = 0x08, OP_GETC_WAIT = 0x0D,
	CMP_AL = 0x3C, JMP = 0xEB, MOV_EAX = 0xB8, TEXT_MAX = 200,
};

static void
print_text(Word va)
{
	uint8_t c;

	for (int i = 0; i < TEXT_MAX && user_bytes(va, &c, 1) && c; i++, va++)
		console_putc(c);
}

static bool
operation(Frame *f, unsigned op)
{
	int c;

	switch (op) {
	case OP_PUTC:
		console_putc((int)(f->eax & 0xFF));
		return true;
	case OP_PUTS:
		print_text(f->eax);
		return true;
	case OP_GETC:
		f->eax = (Word)console_getc();
		return true;
	case OP_GETC_WAIT:
		if ((c = console_getc()) >= 0) {
			f->eax = (Word)c;
			return true;
		}
		f->eip--;	/* the int3 again, when the others have run */
		thread_yield();
		return true;
	default:
		return false;
	}
}

/* f->eip is behind the int3; false: it is an exception */
bool
kdebug_request(Frame *f)
{
	uint8_t b[7];

	if (!current->space->privileged || current->utcb[TCR_EXCHANDLER] || !user_bytes(f->eip, b, 2))
		return false;
	if (b[0] == CMP_AL)
		return operation(f, b[1]);
	if (b[0] != JMP || b[1] != 5 || !user_bytes(f->eip, b, 7) || b[2] != MOV_EAX)
		return false;
	kprintf("kernel: %08x stops at %08x: ", current->id, f->eip);
	print_text(b[3] | b[4] << 8 | b[5] << 16 | (Word)b[6] << 24);
	kprintf("\n");
	if (kdb_on)
		kdb_enter(f, "int3");
	return true;
}
