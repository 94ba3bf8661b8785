/*
 * kip.S - the kernel interface page, mapped read-only into every space, with
 * the user-mode entries that its links name (offsets within the page).
 *
 * A loader writes sigma0, root task, memory descriptors and BootInfo into it
 * before the kernel runs; kip_init (init.c) the rest.
 * SEE X.2 manual, "Kernel Interface Page"
 */
#include "target-x86/kernel/kernel.h"

	.section .kip, "awx"
	.globl	kip_page
	.balign	4096
kip_page:
	.byte	'L', '4', 0xE6, 'K'	/* 00 */
	.long	0x84070000		/* 04 ApiVersion: X.2, revision 7 */
	.long	0			/* 08 ApiFlags: little endian, 32 bits */
	.long	kernel_desc - kip_page	/* 0C */
	.org	0x54			/* 10..53: kdebug, root servers */
	.long	(mem_descs - kip_page) << 16 | 0	/* 54 MemoryInfo */
	.org	0xA8
	.long	1 | 9 << 10 | 12 << 16	/* A8 UtcbInfo: 512 bytes each, areas of 4 KB on */
	.long	12			/* AC KipAreaInfo */
	.org	0xBC
	.long	proc_desc - kip_page	/* BC */
	.long	0			/* C0 ClockInfo: kip_init */
	.long	17 | 16 << 8 | 48 << 20	/* C4 ThreadInfo */
	.long	0x401006		/* C8 PageInfo: 4 KB, 4 MB; r and w */
	.long	4 << 28			/* CC one processor, 16 bytes of description */
	.long	KIP_STUB_INT + 0x00	/* D0 SpaceControl */
	.long	KIP_STUB_INT + 0x10	/* D4 ThreadControl */
	.long	KIP_STUB_INT + 0x20	/* D8 ProcessorControl */
	.long	KIP_STUB_INT + 0x30	/* DC MemoryControl */
	.long	KIP_STUB_IPC + 0x10	/* E0 Ipc: kip_init */
	.long	KIP_STUB_IPC + 0x10	/* E4 Lipc */
	.long	KIP_STUB_INT + 0x40	/* E8 Unmap */
	.long	KIP_STUB_INT + 0x50	/* EC ExchangeRegisters */
	.long	KIP_STUB_INT + 0x60	/* F0 SystemClock */
	.long	KIP_STUB_INT + 0x70	/* F4 ThreadSwitch */
	.long	KIP_STUB_INT + 0x80	/* F8 Schedule */
	.org	0x110
	.long	KIP_STUB_INT + 0x90	/* 110 ArchSyscall0: debug output */
	.org	0x120
kernel_desc:
	.long	0x49010000		/* KernelId */
	.long	21 << 0 | 11 << 5 | 26 << 9	/* KernelGenDate */
	.long	1 << 16			/* KernelVer 0.1 */
	.ascii	"LP49"			/* Supplier */
	.asciz	"LP49 L4 X.2 for ia32"
	.asciz	"pagerexregs"		/* features, up to an empty string */
	.asciz	"ioflexpages"
	.byte	0
	.org	0x180
proc_desc:				/* external, internal frequency in kHz: kip_init */
	.long	0, 0, 0, 0
	.org	0x200
mem_descs:				/* 8 bytes each, room for 184 */

	.org	KIP_STUB_IPC
	movl	%esp, %ebp
	sysenter
	ret				/* KIP_STUB_IPC + 4: sysexit comes back here */
	.org	KIP_STUB_IPC + 0x10
	int	$0x30
	ret
	.org	KIP_STUB_INT
	.rept	10
	int	$0x31
	ret
	.balign	16
	.endr
	.org	4096
