/*
 * sim/user/crt0.S - the first instructions of a program, of a thread and of a
 * forked child; 64-bit x86. SEE lib9/plat.h.
 */
	.text

/* A program: rsp points at its Startup; 0 for sigma0 and the root task, which
 * X.2 starts without a stack. */
	.globl _start
_start:
	xorl	%ebp, %ebp
	movq	%rsp, %rdi
	testq	%rsp, %rsp
	jnz	1f
	leaq	start_stack_end(%rip), %rsp
1:	andq	$-16, %rsp
	call	start_program
	ud2

/* A thread: rsp points at fn and its argument. */
	.globl plat_thread_entry
plat_thread_entry:
	xorl	%ebp, %ebp
	movq	(%rsp), %rdi
	movq	8(%rsp), %rsi
	andq	$-16, %rsp
	call	start_thread
	ud2

/* int64_t plat_fork(int64_t (*fn)(uintptr_t ip, uintptr_t sp, void *arg), void *arg) */
	.globl plat_fork
plat_fork:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	subq	$8, %rsp
	movq	%rdi, %rax
	movq	%rsi, %rdx
	leaq	fork_child(%rip), %rdi
	movq	%rsp, %rsi
	call	*%rax
	jmp	fork_return
fork_child:			/* a new thread, on a copy of the stack */
	call	start_child
	xorl	%eax, %eax
fork_return:
	addq	$8, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret

	.bss
	.balign	16
	.skip	65536
start_stack_end:
	.section .note.GNU-stack,"",@progbits
