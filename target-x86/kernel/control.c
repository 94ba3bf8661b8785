/*
 * control.c - ThreadControl: threads made, activated, moved, renamed, deleted.
 *
 * ERRORS  EPRIV, ETHREAD, ESPACE, ESCHED, EUTCB, ENOMEM in TCR_ERRORCODE, result 0
 * SEE     X.2 manual, "ThreadControl"
 */
#include "target-x86/kernel/kernel.h"

#define KEEP 0xFFFFFFFFu	/* a UTCB location that says nothing */

/* the fields of ThreadControl */
typedef struct Ctl Ctl;
struct Ctl {
	Word dest, space, scheduler, pager, utcb;
};

static int
control_new(const Ctl *c)
{
	Thread *t, *sched, *other = NULL;
	Space *s = NULL;

	if (c->space != c->dest) {
		other = thread_find_any(c->space);
		if (!other)
			return ESPACE;
		s = other->space;
	}
	sched = thread_find_any(c->scheduler);
	if (!sched && c->scheduler != c->dest)
		return ESCHED;
	if (c->pager && (!s || !s->utcb_size))
		return ESPACE;
	if (!s && !(s = space_new()))
		return ENOMEM;
	t = thread_new(c->dest, s);
	if (!t) {
		s->nthread++;	/* for space_put: a new one goes */
		space_put(s);
		return ENOMEM;
	}
	t->scheduler = sched ? sched->id : c->dest;
	t->utcb_at = c->utcb;
	return 0;
}

/* an inactive thread becomes active, and waits for its start from its pager */
static int
control_activate(Thread *t, Word pager)
{
	Thread *p = thread_find_any(pager);
	int err;

	if (!t->space->utcb_size)
		return ESPACE;
	err = thread_activate(t, t->utcb_at);
	if (err)
		return err;
	t->utcb[TCR_PAGER] = pager;
	t->from = id_is_local(pager) ? p ? p->id : ANYTHREAD : pager;
	t->result = IPC_CANCELED;
	t->state = T_WAIT_RECV;
	return 0;
}

/* Into another space, in the middle of whatever it does; its UTCB lies there
 * afterwards, at the same address when none is given. */
static int
control_move(Thread *t, Space *to, Word utcb_at)
{
	Space *from = t->space;
	Word *new = NULL;
	int err;

	if (t->utcb) {
		if (utcb_at == KEEP)
			utcb_at = t->utcb_user - UTCB_MR0;
		err = space_utcb(to, utcb_at, &new);
		if (err)
			return err;
		frame_complete(t);
		__builtin_memcpy(new - UTCB_MR0 / 4, t->utcb - UTCB_MR0 / 4, UTCB_SIZE);
		space_utcb_free(from, t->utcb_user - UTCB_MR0);
		t->utcb = new;
		t->utcb_user = utcb_at + UTCB_MR0;
	}
	list_remove(&t->in_space);
	thread_join(t, to);
	if (t == current)
		cpu_switched(t);
	space_put(from);
	return 0;
}

/* a new version: who knew it by the old one has lost it */
static void
control_rename(Thread *t, Word id)
{
	Word old = t->id;

	irq_thread_gone(t);
	ipc_unlink(t, IPC_CANCELED);
	senders_end(t);
	t->id = id;
	if (t->utcb)
		t->utcb[TCR_MYGLOBALID] = id;
	waits_end(old);
}

static int
control_old(Thread *t, const Ctl *c)
{
	Thread *sp = c->space == c->dest ? t : thread_find_any(c->space), *sched = NULL;
	int err;

	if (!sp)
		return ESPACE;
	if (c->scheduler != NIL && !(sched = c->scheduler == c->dest ? t : thread_find_any(c->scheduler)))
		return ESCHED;
	if (t->utcb && c->utcb != KEEP && sp->space == t->space && c->utcb + UTCB_MR0 != t->utcb_user)
		return EUTCB;
	if (sp->space != t->space && (err = control_move(t, sp->space, c->utcb)))
		return err;
	if (!t->utcb && c->utcb != KEEP)
		t->utcb_at = c->utcb;
	if (!t->utcb && c->pager && (err = control_activate(t, c->pager)))
		return err;
	if (t->id != c->dest)
		control_rename(t, c->dest);
	if (sched)
		t->scheduler = sched->id;
	if (c->pager)
		t->utcb[TCR_PAGER] = c->pager;
	return 0;
}

static bool
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
	t = thread_table[id_number(c->dest)];
	if (c->space == NIL) {
		if (!t || t->id != c->dest || t == current || t->space == sigma0_space)
			return ETHREAD;
		thread_kill(t);
		return 0;
	}
	if (t)
		return control_old(t, c);
	err = control_new(c);
	if (err || !c->pager)
		return err;
	t = thread_find(c->dest);
	err = control_activate(t, c->pager);
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

