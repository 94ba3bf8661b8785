/*
 * target-x86/user/l4call.S - entry into the kernel: calls of the links in the
 * kernel interface page, with their arguments in registers. All registers but
 * esp may come back changed.
 */
	.text
	.cfi_sections .debug_frame	/* a debugger unwinds from the kernel's stubs */

/* uintptr_t x86_ipc(uintptr_t link, uintptr_t to, uintptr_t from, uintptr_t timeouts)
 * The sender; the tag and all message registers are in the UTCB. */
	.globl x86_ipc
x86_ipc:
	.cfi_startproc
	pushl	%ebp
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset ebp, 0
	pushl	%ebx
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset ebx, 0
	pushl	%esi
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset esi, 0
	pushl	%edi
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset edi, 0
	movl	24(%esp), %eax
	movl	28(%esp), %edx
	movl	32(%esp), %ecx
	movl	%gs:0, %edi
	movl	(%edi), %esi
	call	*20(%esp)
	movl	%gs:0, %edi
	movl	%esi, (%edi)
	cmpl	$0, 28(%esp)	/* MR1 and MR2 came only if something was received */
	je	1f
	movl	%ebx, 4(%edi)
	movl	%ebp, 8(%edi)
1:	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret
	.cfi_endproc

/* void x86_call(uintptr_t link, X86Regs *r): any other call */
	.globl x86_call
x86_call:
	.cfi_startproc
	pushl	%ebp
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset ebp, 0
	pushl	%ebx
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset ebx, 0
	pushl	%esi
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset esi, 0
	pushl	%edi
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset edi, 0
	movl	24(%esp), %edi
	pushl	20(%esp)
	.cfi_adjust_cfa_offset 4
	movl	0(%edi), %eax
	movl	4(%edi), %ecx
	movl	8(%edi), %edx
	movl	12(%edi), %ebx
	movl	16(%edi), %ebp
	movl	20(%edi), %esi
	movl	24(%edi), %edi
	call	*(%esp)
	movl	%edi, (%esp)
	movl	28(%esp), %edi
	movl	%eax, 0(%edi)
	movl	%ecx, 4(%edi)
	movl	%edx, 8(%edi)
	movl	%ebx, 12(%edi)
	movl	%ebp, 16(%edi)
	movl	%esi, 20(%edi)
	popl	24(%edi)
	.cfi_adjust_cfa_offset -4
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret
	.cfi_endproc

	.section .note.GNU-stack,"",@progbits
