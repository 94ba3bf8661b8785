/*
 * sim/user/crt0.S - the first instructions of a program, of a thread, of a
 * forked child and of a note; 64-bit x86. SEE lib9/plat.h.
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

/* A note: rsp, a multiple of 16, points at the old ip, flags, sp. */
	.globl plat_note_entry
plat_note_entry:
	pushq	%rax		/* pad: keeps the Ureg's layout and the stack aligned */
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rbx
	pushq	%rbp
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, %rdi
	movq	%rsp, %rbx
	cld
	subq	$512, %rsp	/* vector registers: the handler is C */
	andq	$-64, %rsp
	fxsave	(%rsp)
	call	note_dispatch
	fxrstor	(%rsp)
	movq	%rbx, %rsp
	/* the interrupted place by iretq, which sets ip, flags and sp at once;
	 * its frame lies below the Ureg, copied while registers are still free */
	movl	%ss, %eax
	pushq	%rax
	pushq	144(%rbx)	/* sp */
	pushq	136(%rbx)	/* flags */
	movl	%cs, %eax
	pushq	%rax
	pushq	128(%rbx)	/* pc */
	movq	0(%rbx), %r15
	movq	8(%rbx), %r14
	movq	16(%rbx), %r13
	movq	24(%rbx), %r12
	movq	32(%rbx), %r11
	movq	40(%rbx), %r10
	movq	48(%rbx), %r9
	movq	56(%rbx), %r8
	movq	64(%rbx), %rdi
	movq	72(%rbx), %rsi
	movq	80(%rbx), %rbp
	movq	96(%rbx), %rdx
	movq	104(%rbx), %rcx
	movq	112(%rbx), %rax
	movq	88(%rbx), %rbx
	iretq

	.bss
	.balign	16
	.skip	65536
start_stack_end:
	.section .note.GNU-stack,"",@progbits
