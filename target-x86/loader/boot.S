/*
 * target-x86/loader/boot.S - the loader's first instructions, and how it leaves.
 * Entered by a multiboot 1 program (GRUB, qemu -kernel): 32-bit protected mode,
 * paging off, interrupts off, eax the magic, ebx the information.
 */
	.section .multiboot, "a", @progbits
	.balign	4
	.long	0x1BADB002		/* multiboot 1 header */
	.long	header_flags		/* loader.ld: modules on pages; memory map wanted; a screen? */
	.long	header_check
	.long	0, 0, 0, 0, 0		/* addresses: the ELF header's */
	.long	1, 1024, 768, 32	/* text, or else a frame buffer, if possible of this size */

	.text
	.globl _start
_start:
	cli
	cld
	movl	$stack_end, %esp
	xorl	%ebp, %ebp
	pushl	%ebx
	pushl	%eax
	call	loader_main
1:	hlt
	jmp	1b

/* NORETURN void kernel_jump(uint32_t entry): paging is off */
	.globl kernel_jump
kernel_jump:
	movl	4(%esp), %ecx
	movl	$0x2BADB002, %eax
	xorl	%ebx, %ebx
	jmp	*%ecx

	.bss
	.balign	16
	.skip	16384
stack_end:
	.section .note.GNU-stack,"",@progbits
