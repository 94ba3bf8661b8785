/*
 * entry.S - where the CPU enters the kernel, and how it leaves it.
 *
 * Every trap pushes a struct Frame; from user mode it is the one at the end of
 * the thread's stack (tss.esp0). sysenter (IPC only) comes without a stack: its
 * ESP is the address of tss.esp0.
 * LOCKS: interrupts are off on every entry (interrupt gates, sysenter).
 */
#include "target-x86/kernel/kernel.h"

	.text
	.macro	trap n, err
	.balign	16
	.ifeq	\err
	pushl	$0
	.endif
	pushl	$\n
	jmp	trap_common
	.endm

	.balign	16
	.globl	trap_entries		/* 16 bytes each, vectors 0..0x31 */
trap_entries:
	.set	i, 0
	.rept	0x32
	.if	i == 8 || (i >= 10 && i <= 14) || i == 17
	trap	i, 1
	.else
	trap	i, 0
	.endif
	.set	i, i + 1
	.endr

	.balign	16
trap_common:
	pushal
	pushl	%gs
	pushl	%es
	pushl	%ds
	cld
	movl	$SEL_UDATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	$SEL_UTCB, %eax
	movl	%eax, %gs
	testl	$FLAG_VM, 15 * 4(%esp)
	jnz	trap_vm86
1:	pushl	%esp
	call	trap_handle
	addl	$4, %esp
	.globl	trap_exit
trap_exit:				/* ESP: at a Frame */
	addl	$12, %esp
	popal
	addl	$8, %esp
	iretl

/*
 * From virtual-8086 mode, which no program can enter but where the CPU lets a
 * user's iret do so (QEMU's TCG does). Such a trap pushes four words more: the
 * Frame belongs 16 bytes higher. The program goes on, or faults, as a plain one.
 */
trap_vm86:
	leal	17 * 4(%esp), %esi
	leal	16(%esi), %edi
	movl	$18, %ecx
	std
	rep movsl
	cld
	addl	$16, %esp
	movl	$SEL_UCODE, 14 * 4(%esp)
	movl	$0x202, 15 * 4(%esp)
	movl	$SEL_UDATA, 17 * 4(%esp)
	jmp	1b

/* a new thread's first switch ends here: its Frame is complete */
	.globl	thread_first
thread_first:
	call	thread_begin
	movl	%esp, %eax
	jmp	trap_exit

	.globl	sysenter_slow
sysenter_slow:				/* from fastpath.S: EBP the user's stack pointer, EBX free */
	pushl	$SEL_UDATA
	pushl	%ebp
	pushl	$0x202
	pushl	$SEL_UCODE
	pushl	$0			/* ip: sysenter_ipc knows */
	pushl	$0
	pushl	$0x30
	pushal
	pushl	$SEL_UTCB
	pushl	$SEL_UDATA
	pushl	$SEL_UDATA
	pushl	$2			/* the user's flags may say NT or DF */
	popfl
	movl	$SEL_UDATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	$SEL_UTCB, %eax
	movl	%eax, %gs
	pushl	%esp
	call	sysenter_ipc
	addl	$4, %esp
	jmp	trap_exit

/* a thread that blocked on the fast path goes on here when C woke it */
	.globl	ipc_resume
ipc_resume:
	subl	$18 * 4, %esp
	pushl	%esp
	call	ipc_resumed
	addl	$4, %esp
	jmp	trap_exit

/*
 * void switch_stack(Thread *from, Thread *to): saves what C keeps over calls.
 * Everything else of a switch is thread_switch_to's (sched.c).
 */
	.globl	switch_stack
switch_stack:
	movl	4(%esp), %eax
	movl	8(%esp), %edx
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	%esp, (%eax)
	movl	(%edx), %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret
