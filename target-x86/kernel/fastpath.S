/*
 * fastpath.S - IPC when it is plain: untyped words, no propagation, the partner
 * waits for us, and then we wait, for it or for anybody, without a timeout.
 *
 * Everything else, and every doubt, goes to sysenter_slow with all registers as
 * they came. Up to "commit" nothing is changed but the user's stack pointer's
 * place in the Frame (where sysenter_slow puts it too).
 *
 * in   EAX to  ECX timeouts  EDX from  ESI MR0  EDI UTCB  EBP user's ESP
 * use  EBX receiver  ESP end of current's control block: its fields are CUR(x)
 * out  EAX from  ESI MR0  EBX MR1  EBP MR2  EDI UTCB; sysexit: EDX ip, ECX sp
 *
 * A thread that blocks here has ipc_resume (entry.S) as its return address, for
 * the day that C wakes it; one that blocked in ipc_receive with .slow 0 has on
 * its kernel stack nothing that is worth going back to.
 */
#include "target-x86/kernel/kernel.h"
#define CUR(off) (off - TCB_SIZE)(%esp)

	.text
	.balign	64
	.globl	sysenter_entry
sysenter_entry:
	movl	(%esp), %esp		/* tss.esp0 */
	movl	%ebp, -8(%esp)		/* Frame.esp */
	testl	$0xFFC0, %esi		/* typed items, flags */
	jnz	slow
	testw	%cx, %cx		/* a receive timeout */
	jnz	slow
	movl	%eax, %ebx
	shrl	$14, %ebx		/* VERSION_BITS */
	cmpl	$0x20000, %ebx		/* NTHREAD */
	jae	slow
	movl	thread_table(,%ebx,4), %ebx
	testl	%ebx, %ebx
	jz	slow
	cmpl	%eax, T_OFF_ID(%ebx)
	jne	slow
	cmpl	$STATE_WAIT_RECV, T_OFF_STATE(%ebx)
	jne	slow
	movl	T_OFF_FROM(%ebx), %ebp
	cmpl	CUR(T_OFF_ID), %ebp
	je	1f
	cmpl	$-1, %ebp
	jne	slow
1:	movl	T_OFF_SLOW(%ebx), %ebp
	orl	CUR(T_OFF_SLOW), %ebp
	orl	trace_mask, %ebp
	jnz	slow
	cmpl	%eax, %edx		/* a call: its partner can't be in our queue */
	je	2f
	cmpl	$-1, %edx
	jne	slow
	leal	CUR(T_OFF_SENDERS), %ebp
	cmpl	%ebp, (%ebp)
	jne	slow
	cmpl	$0, irq_npending
	jne	slow
2:	movl	T_OFF_PRIO(%ebx), %ebp
	cmpl	ready_best, %ebp
	jl	slow
	cmpl	fpu_top, %esp		/* our FPU state is in the registers */
	je	slow

	/* commit: current waits */
	movl	$ipc_resume, -4(%esp)
	leal	-20(%esp), %ebp
	movl	%ebp, CUR(T_OFF_KSP)
	movl	$STATE_WAIT_RECV, CUR(T_OFF_STATE)
	movl	%edx, CUR(T_OFF_FROM)
	/* the words; what runs next has no use for our direction flag */
	cld
	movl	%esi, %ecx
	andl	$63, %ecx
	movl	T_OFF_UTCB(%ebx), %ebp
	jz	3f
	movl	%esi, %edx
	movl	CUR(T_OFF_UTCB), %esi
	leal	4(%ebp), %edi
	addl	$4, %esi
	rep movsl
	movl	%edx, %esi
3:	/* the receiver runs */
	movl	$STATE_READY, T_OFF_STATE(%ebx)
	movl	%ebx, current
	leal	TCB_SIZE(%ebx), %ecx
	movl	%ecx, tss_box + 512 + 4
	movl	T_OFF_UTCB_USER(%ebx), %edi
	movl	%edi, utcb_ptr_page
	movl	T_OFF_SPACE(%ebx), %edx
	cmpl	CUR(T_OFF_SPACE), %edx
	movl	CUR(T_OFF_ID), %eax
	je	same_space
	movl	%edx, map_current
	movl	T_OFF_CR3(%ebx), %ecx
	movl	%ecx, %cr3
	movl	SPACE_IOBITMAP(%edx), %ecx
	cmpl	io_loaded, %ecx
	jne	ports
4:	movl	T_OFF_KIP_RET(%ebx), %edx
	movl	TCB_SIZE - 8(%ebx), %ecx
	movl	4(%ebp), %ebx
	movl	8(%ebp), %ebp
	sti
	sysexit

same_space:
	movl	CUR(T_OFF_UTCB_USER), %eax
	jmp	4b

/* Another I/O bitmap, ECX; most have none, and who has one has had it last. */
ports:
	movl	%ecx, io_loaded
	testl	%ecx, %ecx
	jz	no_ports
	cmpl	io_mapped, %ecx
	jne	ports_load
	movw	io_base, %cx
	movw	%cx, tss_box + 512 + 102
	jmp	4b
no_ports:
	movw	$-1, tss_box + 512 + 102
	jmp	4b
ports_load:				/* we are on no-one's stack */
	leal	TCB_SIZE - 72(%ebx), %esp
	pushl	%eax
	pushl	%edx
	call	io_load			/* keeps EBX, ESI, EDI, EBP */
	popl	%edx
	popl	%eax
	jmp	4b

/* Neither send nor receive: the cheapest call there is. */
null:
	movl	CUR(T_OFF_UTCB), %ebp
	movl	$0, (%ebp)
	movl	CUR(T_OFF_UTCB_USER), %edi
	xorl	%esi, %esi
	movl	CUR(T_OFF_KIP_RET), %edx
	movl	-8(%esp), %ecx
	movl	4(%ebp), %ebx
	movl	8(%ebp), %ebp
	sti
	sysexit

slow:
	movl	%eax, %ebp
	orl	%edx, %ebp
	jz	null
	movl	-8(%esp), %ebp
	jmp	sysenter_slow
