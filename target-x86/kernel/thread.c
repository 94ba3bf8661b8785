/*
 * thread.c - threads and the table of them; ThreadControl, ExchangeRegisters.
 *
 * ERRORS  ThreadControl: EPRIV, ETHREAD, ESPACE, ESCHED, EPARAM, EUTCB, ENOMEM in
 *         TCR_ERRORCODE, result 0. ExchangeRegisters: ETHREAD, result nil.
 * SEE     X.2 manual, "ThreadControl", "ExchangeRegisters"
 */
#include "target-x86/kernel/kernel.h"

enum {				/* ExchangeRegisters' control word */
	EX_HALT = 1 << 0, EX_RECV = 1 << 1, EX_SEND = 1 << 2, EX_SP = 1 << 3,
	EX_IP = 1 << 4, EX_FLAGS = 1 << 5, EX_HANDLE = 1 << 6, EX_PAGER = 1 << 7,
	EX_SETHALT = 1 << 8,
	USER_FLAGS = 0x240DD5,	/* what a user may set: CF PF AF ZF SF TF DF OF AC ID */
};

extern Thread *thread_table[NTHREAD];
Thread *thread_table[NTHREAD];	/* by number; fastpath.S */
#define table thread_table
static Thread *zombie;		/* killed itself; its stack is in use until the next entry */
Link all_threads = { &all_threads, &all_threads };
extern const char thread_first[];

Thread *
thread_find(Word id)
{
	Word n = id_number(id);
	Thread *t = n < NTHREAD ? table[n] : NULL;

	return t && t->id == id ? t : NULL;
}

Thread *
thread_find_any(Word id)
{
	Space *s = current->space;

	if (!id_is_local(id))
		return thread_find(id);
	for (Link *l = s->threads.next; l != &s->threads; l = l->next) {
		Thread *t = CONTAINER(l, Thread, in_space);

		if (t->utcb && t->utcb_user == id)
			return t;
	}
	return NULL;
}

static void
thread_join(Thread *t, Space *s)
{
	t->space = s;
	t->cr3 = s->cr3;
	t->kip_ret = s->kip_base + KIP_STUB_IPC + 4;
	list_append(&s->threads, &t->in_space);
	s->nthread++;
}

/* inactive; NULL: no memory */
Thread *
thread_new(Word id, Space *s)
{
	Thread *t = kmem_alloc(TCB_SIZE);

	if (!t)
		return NULL;
	t->id = id;
	t->guard = STACK_GUARD;
	t->state = T_INACTIVE;
	list_init(&t->queue);
	list_init(&t->senders);
	list_init(&t->timer);
	list_init(&t->ready);
	t->prio = 100;
	t->timeslice_us = t->slice_left_us = 10000;
	t->quantum_infinite = true;
	t->xfer_deadline = NEVER;
	t->fpu[0] = 0x7F;	/* x87 control word 0x37F, MXCSR 0x1F80: nothing traps */
	t->fpu[1] = 0x03;
	t->fpu[24] = (char)0x80;
	t->fpu[25] = 0x1F;
	list_append(&all_threads, &t->all);
	table[id_number(id)] = t;
	thread_join(t, s);
	return t;
}

/* gives it a UTCB and a kernel stack on which it waits for its start message */
int
thread_activate(Thread *t, Word utcb_user)
{
	Space *s = t->space;
	Frame *f = thread_frame(t);
	Word *sp;

	if (!s->utcb_size || utcb_user < s->utcb_base || utcb_user - s->utcb_base > s->utcb_size - UTCB_SIZE ||
	    utcb_user % UTCB_SIZE)
		return EUTCB;
	t->utcb = space_utcb(s, utcb_user, true);
	if (!t->utcb)
		return t->utcb_user = 0, kmem_unused() < 65536 ? ENOMEM : EUTCB;
	t->utcb_user = utcb_user + UTCB_MR0;
	__builtin_memset(t->utcb - UTCB_MR0 / 4, 0, UTCB_SIZE);
	t->utcb[TCR_MYGLOBALID] = t->id;
	t->kip_ret = s->kip_base + KIP_STUB_IPC + 4;
	__builtin_memset(f, 0, sizeof(*f));
	f->cs = SEL_UCODE;
	f->ss = SEL_UDATA;
	f->ds = f->es = SEL_UDATA;
	f->gs = SEL_UTCB;
	f->eflags = 0x202;
	sp = (Word *)f;
	*--sp = (Word)thread_first;
	sp -= 4;		/* switch_stack's registers: zeros */
	__builtin_memset(sp, 0, 16);
	t->ksp = (Word)sp;
	t->slow = SLOW_KERNEL;
	return 0;
}

static bool
start_message(Thread *t)
{
	Frame *f = thread_frame(t);

	if (t->result || (t->utcb[0] & 0xFFF) != 2)
		return false;
	f->eip = t->utcb[1];
	f->esp = t->utcb[2];
	return true;
}

/* a new thread's first steps: the start message, or ExchangeRegisters' ip */
void
thread_begin(void)
{
	Thread *t = current;
	Word sender;

	while (!t->started && !start_message(t)) {
		if (t->started)
			break;
		t->result = ipc_do(NIL, 0, t->utcb[TCR_PAGER], &sender) ? 0 : IPC_CANCELED;
	}
	t->started = true;
	t->slow &= ~SLOW_KERNEL;
	work_do(thread_frame(t));
}

static void
thread_free(Thread *t)
{
	Space *s = t->space;

	map_ops_end(t, TCB_SIZE);
	kmem_free(t, TCB_SIZE);
	space_put(s);
}

/* the last one that killed itself is off its stack by now */
void
thread_reap(void)
{
	Thread *t = zombie;

	if (t) {
		zombie = NULL;
		thread_free(t);
	}
}

/*
 * Who waits for a message from the thread that had this id gets an error.
 * Interrupts come in now and then; nothing that they do takes threads off the list.
 */
static void
waits_end(Word id)
{
	unsigned n = 0;

	for (Link *l = all_threads.next; l != &all_threads; l = l->next) {
		Thread *t = CONTAINER(l, Thread, all);

		if (t->state == T_WAIT_RECV && t->from == id)
			ipc_unlink(t, IPC_NOPARTNER);
		if (++n % 64 == 0)
			preempt_point();
	}
}

void
thread_kill(Thread *t)
{
	TRACE(TRACE_THREAD, t->id, 0, 0, 0);
	irq_thread_gone(t);
	ipc_gone(t);
	thread_unready(t);
	fpu_gone(t);
	if (t->utcb)
		space_utcb_free(t->space, t->utcb_user - UTCB_MR0);
	t->utcb = NULL;
	t->state = T_DEAD;
	list_remove(&t->in_space);
	list_remove(&t->all);
	table[id_number(t->id)] = NULL;
	waits_end(t->id);
	if (t != current) {
		thread_free(t);
		return;
	}
	zombie = t;
	thread_switch_away();
}

/* moves an active or inactive thread; its UTCB lies in the new space afterwards,
 * at the same address unless another is given */
static int
thread_move(Thread *t, Space *to, Word utcb_user)
{
	Space *from = t->space;

	if (t->utcb) {
		Word *old = t->utcb, *new;

		if (utcb_user == ~0u)
			utcb_user = t->utcb_user - UTCB_MR0;
		if (!to->utcb_size || utcb_user < to->utcb_base || utcb_user % UTCB_SIZE ||
		    utcb_user - to->utcb_base > to->utcb_size - UTCB_SIZE)
			return EUTCB;
		new = space_utcb(to, utcb_user, true);
		if (!new)
			return EUTCB;
		__builtin_memcpy(new - UTCB_MR0 / 4, old - UTCB_MR0 / 4, UTCB_SIZE);
		space_utcb_free(from, t->utcb_user - UTCB_MR0);
		t->utcb = new;
		t->utcb_user = utcb_user + UTCB_MR0;
	}
	list_remove(&t->in_space);
	thread_join(t, to);
	t->slow |= SLOW_IRET;
	if (t == current)
		cpu_switched(t);
	space_put(from);
	return 0;
}

/* the fields of ThreadControl */
typedef struct Ctl Ctl;
struct Ctl {
	Word dest, space, scheduler, pager, utcb;
};

static int
control_new(const Ctl *c)
{
	Space *s = NULL;
	Thread *t, *other;

	if (c->space != c->dest) {
		other = thread_find(c->space);
		if (!other && !(other = thread_find_any(c->space)))
			return ESPACE;
		s = other->space;
	}
	if (c->scheduler != c->dest && !thread_find_any(c->scheduler))
		return ESCHED;
	if (c->pager && (!s || !s->utcb_size || !s->kip_base))
		return ESPACE;
	if (!s && !(s = space_new()))
		return ENOMEM;
	t = thread_new(c->dest, s);
	if (!t) {
		s->nthread++;
		space_put(s);
		return ENOMEM;
	}
	t->scheduler = c->scheduler == c->dest ? c->dest : thread_find_any(c->scheduler)->id;
	return 0;
}

static int
control_pager(Thread *t, const Ctl *c)
{
	int err;

	if (t->utcb) {
		t->utcb[TCR_PAGER] = c->pager;
		return 0;
	}
	if (!t->space->utcb_size)
		return ESPACE;
	err = thread_activate(t, c->utcb);
	if (err)
		return err;
	t->utcb[TCR_PAGER] = c->pager;
	t->from = c->pager;
	if (id_is_local(c->pager)) {
		Thread *p = thread_find_any(c->pager);

		t->from = p ? p->id : ANYTHREAD;
	}
	t->result = IPC_CANCELED;
	t->state = T_WAIT_RECV;
	return 0;
}

static int
control_old(Thread *t, const Ctl *c)
{
	Thread *sp = thread_find_any(c->space), *sched = NULL;
	int err;

	if (!sp && c->space != c->dest)
		return ESPACE;
	if (c->scheduler != NIL && !(sched = c->scheduler == c->dest ? t : thread_find_any(c->scheduler)))
		return ESCHED;
	if (t->utcb && c->utcb != ~0u && sp && sp->space == t->space && c->utcb + UTCB_MR0 != t->utcb_user)
		return EUTCB;
	if (sp && sp->space != t->space) {
		err = thread_move(t, sp->space, c->utcb);
		if (err)
			return err;
	}
	if (t->id != c->dest) {	/* a new version: its partners lose it */
		Word old = t->id;

		ipc_unlink(t, IPC_CANCELED);
		t->id = c->dest;
		waits_end(old);
		if (t->utcb)
			t->utcb[TCR_MYGLOBALID] = c->dest;
	}
	if (sched)
		t->scheduler = sched->id;
	return c->pager ? control_pager(t, c) : 0;
}

static int
control_dest_bad(Word id)
{
	return id_is_local(id) || id_number(id) < USER_BASE || id_number(id) >= NTHREAD || (id & 0x3F) == 0;
}

static int
thread_control(const Ctl *c)
{
	Thread *t;
	int err;

	if (!current->space->privileged)
		return EPRIV;
	if (irq_is_id(c->dest))
		return irq_control(c->dest, c->pager);
	if (control_dest_bad(c->dest))
		return ETHREAD;
	t = table[id_number(c->dest)];
	if (c->space == NIL) {
		if (!t || t->id != c->dest || t->space == sigma0_space)
			return ETHREAD;
		current->utcb[TCR_ERRORCODE] = 0;
		thread_kill(t);
		return 0;
	}
	if (t)
		return control_old(t, c);
	err = control_new(c);
	if (err || !c->pager)
		return err;
	t = table[id_number(c->dest)];
	err = control_pager(t, c);
	if (err)
		thread_kill(t);
	return err;
}

void
sys_thread(Frame *f)
{
	const Ctl c = { .dest = f->eax, .space = f->esi, .scheduler = f->edx, .pager = f->ecx, .utcb = f->edi };
	int err = thread_control(&c);

	if (err)
		current->utcb[TCR_ERRORCODE] = (Word)err;
	f->eax = !err;
}

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
		t->slow |= SLOW_IRET;
		t->started = true;
	}
	if (ctl & EX_FLAGS) {
		f->eflags = (in->edi & USER_FLAGS) | 0x202;
		t->slow |= SLOW_IRET;
	}
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

static bool
fast_blocked(const Thread *t)
{
	return t->state == T_WAIT_RECV && !(t->slow & (SLOW_IRET | SLOW_KERNEL));
}

void
sys_exregs(Frame *f)
{
	Thread *t = exregs_target(f->eax);
	Frame old, in = *f;
	Word ctl = f->ecx, state;

	if (!t) {
		current->utcb[TCR_ERRORCODE] = ETHREAD;
		f->eax = NIL;
		return;
	}
	old = *thread_frame(t);
	if (fast_blocked(t)) {
		old.eip = t->kip_ret;
		old.eflags = 0x202;
	}
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
