/*
 * sim/user/note_entry.S - where an interrupted thread goes on when a note came;
 * 64-bit x86. SEE lib9/plat.h, ureg.h.
 */
	.text

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
	movq	%rsp, %rbx
	cld
	subq	$512, %rsp	/* vector registers: the handler is C */
	andq	$-64, %rsp
	fxsave	(%rsp)
	call	start_note
	movq	%rbx, %rdi
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

	.section .note.GNU-stack,"",@progbits
