/*
 * boot.S - from the loader (paging off) to C (kernel_main in init.c).
 *
 * The boot page directory maps the first 16 MB 1:1 and KWIN_SIZE bytes at KBASE,
 * with 4 MB pages; map_init_kernel replaces it.
 */
#include "target-x86/kernel/kernel.h"
#define PHYS(x) ((x) - KBASE)

	.section .boot, "ax"
	.globl	boot_start
boot_start:
	cli
	cld
	/* boot_dir: all entries by a loop: bss may hold anything but zeros */
	movl	$PHYS(kernel_bss), %edi
	movl	$PHYS(kernel_end), %ecx
	subl	%edi, %ecx
	shrl	$2, %ecx
	xorl	%eax, %eax
	rep stosl
	movl	$PHYS(boot_dir), %edi
	movl	$0x83, %eax
	xorl	%ecx, %ecx
1:	cmpl	$4, %ecx
	jae	2f
	movl	%eax, (%edi,%ecx,4)
2:	movl	%eax, (KBASE >> 20)(%edi,%ecx,4)
	addl	$0x400000, %eax
	incl	%ecx
	cmpl	$(KWIN_SIZE >> 22), %ecx
	jb	1b
	movl	%cr4, %eax
	orl	$0x10, %eax		/* PSE */
	movl	%eax, %cr4
	movl	%edi, %cr3
	movl	%cr0, %eax
	orl	$0x80010000, %eax	/* PG, WP */
	movl	%eax, %cr0
	movl	$1f, %eax
	jmp	*%eax
1:	movl	$boot_stack_end, %esp
	xorl	%ebp, %ebp
	call	kernel_main
1:	hlt
	jmp	1b

	.bss
	.balign	4096
	.globl	boot_dir
boot_dir:
	.space	4096
boot_stack:
	.space	8192
boot_stack_end:
