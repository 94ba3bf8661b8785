/*
 * entry.S - into and out of the kernel, and what else C can't say.
 *
 * A system call comes from a stub in the KIP with its number in eax and its
 * arguments where the C ABI has them. %fs is the TCB. User registers that a
 * function call does not preserve are lost, the others C preserves.
 *
 * A thread's ustate says whose registers count: the CPU's (US_USER) or uip, usp,
 * uflags in the TCB (US_KERNEL). A signal can come between any two
 * instructions; kick (fault.c) knows these windows:
 *   sys_entry .. sys_commit   not in yet: start again at sys_entry
 *   sys_window .. sys_end     not out yet: go to sys_retry, which looks at attn
 */
#include "sim/kern/layout.h"
	.text
	.globl _start
_start:
	mov %rsp, %rdi
	and $-16, %rsp
	call zygote_main
	ud2
	.fill 32, 1, 0x90	/* gdb runs copies of instructions at a program's start: not in what follows */

	.globl sys_entry, sys_commit, sys_leave, sys_window, sys_retry, sys_end
sys_entry:
	.cfi_sections .debug_frame
	.cfi_startproc
	.cfi_signal_frame
	mov (%rsp), %r11
	mov %r11, %fs:T_UIP
	lea 8(%rsp), %r11
	mov %r11, %fs:T_USP
	movq $0x202, %fs:T_UFLAGS
	movl $0, %fs:T_SETFLAGS
	movl $1, %fs:T_USTATE
sys_commit:
	mov %fs:T_KSTACK, %rsp
	push %r11
	push %rax
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	/* the caller's frame, for debuggers: CFA is the user sp in 56(%rsp), its
	 * registers are above; a signal frame, as stacks may lie in any order there */
	.cfi_escape 0x0f, 3, 0x77, 56, 0x06
	.cfi_escape 0x10, 3, 2, 0x77, 40
	.cfi_escape 0x10, 6, 2, 0x77, 32
	.cfi_escape 0x10, 12, 2, 0x77, 24
	.cfi_escape 0x10, 13, 2, 0x77, 16
	.cfi_escape 0x10, 14, 2, 0x77, 8
	.cfi_escape 0x10, 15, 2, 0x77, 0
	cmp $NSYS, %eax
	jae sys_leave
	mov %eax, %eax
	lea sys_table(%rip), %r11
	call *(%r11,%rax,8)
sys_leave:
	xor %ecx, %ecx
	xchg %ecx, %fs:T_USTATE         /* a full barrier: attn is looked at after */
sys_window:
	cmpl $0, %fs:T_ATTN
	jne sys_retry
	cmpl $0, %fs:T_SETFLAGS
	jne 1f
	mov %fs:T_USP, %rsp
	jmp *%fs:T_UIP
1:	pushq $0x2b
	pushq %fs:T_USP
	pushq %fs:T_UFLAGS
	pushq $0x33
	pushq %fs:T_UIP
	iretq
sys_end:
sys_retry:
	mov %fs:T_KSTACK, %rsp
	sub $KFRAME, %rsp
	movl $1, %fs:T_USTATE
	mov %rax, 48(%rsp)
	call attn_wait
	mov 48(%rsp), %rax
	jmp sys_leave
	.cfi_endproc

/* the first time out, all registers 0 */
	.globl user_start
user_start:
	xor %eax, %eax
	xor %ebx, %ebx
	xor %edx, %edx
	xor %esi, %esi
	xor %edi, %edi
	xor %ebp, %ebp
	xor %r8d, %r8d
	xor %r9d, %r9d
	xor %r10d, %r10d
	xor %r11d, %r11d
	xor %r12d, %r12d
	xor %r13d, %r13d
	xor %r14d, %r14d
	xor %r15d, %r15d
	mov %fs:T_KSTACK, %rsp
	.rept KFRAME / 8
	push %rax
	.endr
	jmp sys_leave

/* long clone_thread(flags, stack, parent_tid, child_tid, tls): the child goes to thread_main */
	.globl clone_thread
clone_thread:
	mov %rcx, %r10
	mov $56, %eax
	syscall
	test %rax, %rax
	jz 1f
	ret
1:	xor %ebp, %ebp
	call thread_main
	ud2

/* void thread_park(void): end this Linux thread; returns in the next one, which may be another process's */
	.globl thread_park, thread_unpark
thread_park:
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	sub $16, %rsp
	stmxcsr (%rsp)
	fnstcw 8(%rsp)
	mov %rsp, %fs:T_KSP
	jmp thread_gone
thread_unpark:
	mov %fs:T_KSP, %rsp
	movq $0, %fs:T_KSP
	ldmxcsr (%rsp)
	fldcw 8(%rsp)
	add $16, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret

/* void thread_gone(void): end this Linux thread, no stack needed */
	.globl thread_gone
thread_gone:
	xor %edi, %edi
	mov $60, %eax
	syscall
	ud2

/* name and instruction are those by which debuggers know a signal's frame */
	.globl __restore_rt
__restore_rt:
	mov $15, %rax
	syscall

/* int copy_user(dst, src, n): 0, or 1 when a page fault in user memory stayed unserved */
	.globl copy_user, copy_user_end, copy_fail
copy_user:
	mov %rdx, %rcx
	rep movsb
	xor %eax, %eax
	ret
copy_user_end:
copy_fail:
	mov $1, %eax
	ret

	.globl memcpy, memset
memcpy:
	mov %rdi, %rax
	mov %rdx, %rcx
	rep movsb
	ret
memset:
	mov %rdi, %r8
	mov %esi, %eax
	mov %rdx, %rcx
	rep stosb
	mov %r8, %rax
	ret
	.section .note.GNU-stack,"",@progbits
