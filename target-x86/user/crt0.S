/*
 * target-x86/user/crt0.S - the first instructions of a program, of a thread and
 * of a forked child; 32-bit x86. SEE lib9/plat.h.
 * At each call the stack is a multiple of 16, as the compiler expects it.
 */
	.text

/* A program: esp points at its Startup; 0 for sigma0 and the root task, which
 * X.2 starts without a stack. */
	.globl _start
_start:
	cld
	xorl	%ebp, %ebp
	movl	%esp, %eax
	testl	%esp, %esp
	jnz	1f
	movl	$start_stack_end, %esp
1:	andl	$-16, %esp
	subl	$12, %esp
	pushl	%eax
	call	start_program
	ud2

/* A thread: esp points at fn and its argument. */
	.globl plat_thread_entry
plat_thread_entry:
	cld
	xorl	%ebp, %ebp
	movl	(%esp), %eax
	movl	4(%esp), %edx
	andl	$-16, %esp
	subl	$8, %esp
	pushl	%edx
	pushl	%eax
	call	start_thread
	ud2

/* int64_t plat_fork(int64_t (*fn)(uintptr_t ip, uintptr_t sp, void *arg), void *arg) */
	.globl plat_fork
plat_fork:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	20(%esp), %eax
	movl	24(%esp), %edx
	movl	%esp, %ecx
	pushl	%edx
	pushl	%ecx
	pushl	$fork_child
	call	*%eax
	addl	$12, %esp
	jmp	fork_return
fork_child:			/* a new thread, on a copy of the stack */
	cld
	subl	$12, %esp
	call	start_child
	addl	$12, %esp
	xorl	%eax, %eax
	xorl	%edx, %edx
fork_return:
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

	.bss
	.balign	16
	.skip	65536
start_stack_end:
	.section .note.GNU-stack,"",@progbits
