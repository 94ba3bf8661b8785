/*
 * exregs.c - ExchangeRegisters: another thread's stack, ip and flags; its pager and
 * handle; to stop it, and to end what it waits for.
 *
 * ERRORS  ETHREAD in TCR_ERRORCODE, result nil
 * SEE     X.2 manual, "ExchangeRegisters"
 */
#include "target-x86/kernel/kernel.h"

enum {				/* ExchangeRegisters' control word */
	EX_HALT = 1 << 0, EX_RECV = 1 << 1, EX_SEND = 1 << 2, EX_SP = 1 << 3,
	EX_IP = 1 << 4, EX_FLAGS = 1 << 5, EX_HANDLE = 1 << 6, EX_PAGER = 1 << 7,
	EX_SETHALT = 1 << 8,
	USER_FLAGS = 0x240DD5,	/* what a user may set: CF PF AF ZF SF TF DF OF AC ID */
};

/* X.2: the own space's; "pagerexregs": also those whose pager is in it; and the
 * privileged may, who could delete it as well */
static Thread *
exregs_target(Word id)
{
	Thread *t = thread_find_any(id), *pager;

	if (!t || !t->utcb)
		return NULL;
	if (t->space == current->space || current->space->privileged)
		return t;
	pager = thread_find(t->utcb[TCR_PAGER]);
	return pager && pager->space == current->space ? t : NULL;
}

/* a transfer that it is in ends for both sides; so does its page fault in one */
static void
exregs_cancel(Thread *t, Word ctl)
{
	Word role = t->outer.role ? t->outer.role : t->xfer.role;
	bool receives = t->state == T_WAIT_RECV || role == T_RECEIVING;
	bool sends = t->state == T_WAIT_SEND || role == T_SENDING;

	if (!(receives && ctl & EX_RECV) && !(sends && ctl & EX_SEND))
		return;
	ipc_unlink(t, IPC_CANCELED);
	transfer_leave(t);
}

static void
exregs_set(Thread *t, Word ctl, const Frame *in)
{
	Frame *f = thread_frame(t);

	if (ctl & EX_SP)
		f->esp = in->edx;
	if (ctl & EX_IP) {
		f->eip = in->esi;
		t->started = true;
	}
	if (ctl & EX_FLAGS)
		f->eflags = (in->edi & USER_FLAGS) | 0x202;
	if (ctl & EX_HANDLE)
		t->utcb[TCR_USERHANDLE] = in->ebx;
	if (ctl & EX_PAGER)
		t->utcb[TCR_PAGER] = in->ebp;
	if (!(ctl & EX_SETHALT))
		return;
	t->halted = ctl & EX_HALT;
	if (t->halted) {
		t->work |= WORK_HALT;
		t->slow |= SLOW_HALT;
	} else {
		t->work &= ~(Word)WORK_HALT;
		if (t->state == T_HALTED)
			thread_wake(t);
	}
}

void
sys_exregs(Frame *f)
{
	Thread *t = exregs_target(f->eax);
	Frame in = *f, old;
	Word ctl = f->ecx, state;

	if (!t) {
		current->utcb[TCR_ERRORCODE] = ETHREAD;
		f->eax = NIL;
		return;
	}
	frame_complete(t);
	old = *thread_frame(t);
	state = (t->halted ? EX_HALT : 0);
	if (t->state == T_WAIT_RECV || t->state == T_RECEIVING)
		state |= EX_RECV;
	if (t->state == T_WAIT_SEND || t->state == T_SENDING)
		state |= EX_SEND;
	f->eax = id_is_local(in.eax) || t->space != current->space ? t->id : t->utcb_user;
	f->ecx = state;
	f->ebx = t->utcb[TCR_USERHANDLE];
	f->ebp = t->utcb[TCR_PAGER];
	f->edx = old.esp;
	f->esi = old.eip;
	f->edi = old.eflags;
	exregs_set(t, ctl, &in);
	exregs_cancel(t, ctl);
}
