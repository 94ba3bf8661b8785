/*
 * target-x86/user/note_entry.S - where an interrupted thread goes on when a note
 * came; 32-bit x86. SEE lib9/plat.h, ureg.h.
 */
	.text

/* A note: esp, a multiple of 16, points at the old ip, flags, sp. */
	.globl plat_note_entry
plat_note_entry:
	pushl	%eax
	pushl	%ecx
	pushl	%edx
	pushl	%ebx
	pushl	%ebp
	pushl	%esi
	pushl	%edi
	movl	%esp, %ebx
	cld
	subl	$128, %esp	/* the x87's state: the handler is C */
	andl	$-16, %esp
	fnsave	(%esp)
	call	start_note
	subl	$12, %esp
	pushl	%ebx
	call	note_dispatch
	addl	$16, %esp
	frstor	(%esp)
	/* the interrupted place by popf and ret: its flags and pc go below its
	 * own stack pointer, where nothing of it lies */
	movl	36(%ebx), %eax
	subl	$8, %eax
	movl	32(%ebx), %ecx	/* flags */
	movl	%ecx, (%eax)
	movl	28(%ebx), %ecx	/* pc */
	movl	%ecx, 4(%eax)
	movl	%eax, 36(%ebx)
	movl	%ebx, %esp
	popl	%edi
	popl	%esi
	popl	%ebp
	popl	%ebx
	popl	%edx
	popl	%ecx
	popl	%eax
	movl	8(%esp), %esp
	popfl
	ret

	.section .note.GNU-stack,"",@progbits
