/*
 * thread.c - threads and the table of them: made, found, activated, killed.
 *
 * SEE     control.c, exregs.c
 */
#include "target-x86/kernel/kernel.h"

Thread *thread_table[NTHREAD];	/* by number; fastpath.S */
Link all_threads = { &all_threads, &all_threads };
extern const char thread_first[];

Thread *
thread_find(Word id)
{
	Word n = id_number(id);
	Thread *t = n < NTHREAD ? thread_table[n] : NULL;

	return t && t->id == id ? t : NULL;
}

/* The UTCB says whose it is, and its user could have changed that: then it isn't found. */
static Thread *
thread_find_local(const Space *s, Word id)
{
	Word *mr0 = id - s->utcb_base < s->utcb_size ? map_own_at(&s->map, id) : NULL;
	Thread *t = mr0 && id % UTCB_SIZE == UTCB_MR0 ? thread_find(mr0[TCR_MYGLOBALID]) : NULL;

	return t && t->space == s && t->utcb_user == id ? t : NULL;
}

Thread *
thread_find_any(Word id)
{
	return id_is_local(id) ? thread_find_local(current->space, id) : thread_find(id);
}

void
thread_join(Thread *t, Space *s)
{
	t->space = s;
	t->cr3 = s->cr3;
	t->kip_ret = s->kip_base + KIP_STUB_IPC + 4;
	t->slow = s->redirector ? t->slow | SLOW_REDIR : t->slow & ~SLOW_REDIR;
	list_append(&s->threads, &t->in_space);
	s->nthread++;
}

/* inactive; NULL: no memory */
Thread *
thread_new(Word id, Space *s)
{
	Thread *t = kmem_take(TCB_SIZE, KM_THREAD);

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
	t->fpu[0] = 0x7F;	/* x87 control word 0x37F, MXCSR 0x1F80: nothing traps */
	t->fpu[1] = 0x03;
	t->fpu[24] = (char)0x80;
	t->fpu[25] = 0x1F;
	list_append(&all_threads, &t->all);
	thread_table[id_number(id)] = t;
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
	int err;

	err = space_utcb(s, utcb_user, &t->utcb);
	if (err)
		return err;
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
	t->slow |= SLOW_KERNEL;
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

/* the pager's message; without a pager it stops until ExchangeRegisters; PREEMPTS */
static void
start_wait(Thread *t)
{
	Word sender;

	t->result = ipc_do(NIL, 0, t->utcb[TCR_PAGER], &sender) ? 0 : IPC_CANCELED;
	if (t->result && (t->utcb[TCR_ERRORCODE] & 0xE) == IPC_NOPARTNER) {
		t->halted = true;
		t->state = T_HALTED;
		thread_block();
	}
}

/* a new thread's first steps: the start message, or ExchangeRegisters' ip */
void
thread_begin(void)
{
	Thread *t = current;

	while (!t->started && !start_message(t)) {
		if (t->started)
			break;
		start_wait(t);
	}
	t->started = true;
	t->slow &= ~SLOW_KERNEL;
	work_do(thread_frame(t));
}

/*
 * Who waits for a message from the thread that had this id gets an error.
 * Interrupts come in now and then; nothing that they do takes threads off the list.
 */
void
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
	Space *s = t->space;
	bool active = t->utcb;

	TRACE(TRACE_THREAD, t->id, 0, 0, 0);
	irq_thread_gone(t);
	ipc_gone(t);
	thread_unready(t);
	fpu_gone(t);
	if (t->utcb)
		space_utcb_free(s, t->utcb_user - UTCB_MR0);
	t->utcb = NULL;
	t->state = T_DEAD;
	list_remove(&t->in_space);
	list_remove(&t->all);
	thread_table[id_number(t->id)] = NULL;
	if (active)		/* else nobody could wait for it */
		waits_end(t->id);
	map_ops_end(t, TCB_SIZE);
	kmem_free(t, TCB_SIZE);
	space_put(s);
}
