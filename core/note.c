/*
 * note.c - notes: notify(2), noted(2), and how a program learns of one.
 *
 * A program without a handler dies of a note. One that has a handler is told,
 * in one of two ways, and then asks for the text with noted(NNEXT):
 *   - in a call: the call's sleep ends with -Eintr and the reply carries SYSR_NOTE;
 *   - computing: HVM makes its main thread go on at the handler's entry. Only Mngr
 *     asks HVM to: between two messages it knows for sure that no request
 *     of that thread is on its way.
 * The program goes on asking until there are no more; so long (notified) further
 * notes wait, and one from CORE ("sys: …") kills: the handler itself has failed.
 * A program that was told but makes another call instead is told again, and
 * that call does not sleep.
 *
 * LOCKS  Proc.lk guards all of it; IPC is done outside it.
 * LIMITS NNOTE pending notes; one more is refused
 */
#include "core/core_impl.h"

static atomic_bool tell_any;

static bool
note_push_locked(Proc *p, const char *note, bool first)
{
	if (p->nnote == NNOTE) {
		if (!first)
			return false;
		p->nnote--;
	}
	if (first)
		memmove(p->note[1], p->note[0], p->nnote * NOTEMAX);
	proc_text_set(p->note[first ? 0 : p->nnote], NOTEMAX, note);
	p->nnote++;
	return true;
}

static void
note_pop_locked(Proc *p, char *to)
{
	memcpy(to, p->note[0], NOTEMAX);
	p->nnote--;
	memmove(p->note[0], p->note[1], p->nnote * NOTEMAX);
}

/* Is there a note that the program has not been told of? */
static bool
note_untold_locked(const Proc *p)
{
	return p->nnote > 0 && p->notify && !p->notified && !p->telling && !p->killed && p->entered;
}

bool
note_waits_locked(const Proc *p)
{
	return p->nnote > 0 && p->notify && !p->notified;
}

static void
tell_soon(void)
{
	atomic_store(&tell_any, true);
	mngr_poke();
}

/* A child got it while it was made. */
void
note_tell(Proc *p)
{
	lock(&p->lk);
	p->tell |= note_untold_locked(p) && !proc_main_request(p);
	unlock(&p->lk);
	tell_soon();
}

int
note_post(Proc *p, const char *note, bool user)
{
	bool die, full = false, tell = false;
	bool dead, notified;

	lock(&p->lk);
	dead = p->killed;
	notified = p->notified;
	die = !p->notify || (!user && notified);
	if (!dead && !die) {
		full = !note_push_locked(p, note, false);
		tell = !full && note_untold_locked(p) && !proc_main_request(p);
		p->tell |= tell;
	}
	unlock(&p->lk);
	if (dead)
		return seterr(Eprocdied, NULL);
	if (full)
		return seterr(Enospc, "too many notes");
	if (die) {
		proc_die(p, note);
	} else if (tell) {
		tell_soon();
	} else if (!notified) {
		proc_intr_main(p);
	}
	return 0;
}

int
proc_note(Proc *p, const char *note, bool user)
{
	return note_post(p, note, user);
}

/* Those that are there when it begins: a child that a handler makes meanwhile,
 * perhaps to say that it was interrupted, isn't meant. Who dies of it makes no more. */
int
proc_notegroup(int noteid, const char *note)
{
	Proc **all = malloc(NPROC * sizeof(Proc *));
	size_t n = 0;
	int told = 0;

	if (all == NULL)
		return seterr(Enomem, "notes to a group");
	wlock(&proctab.group);
	n = proc_group(noteid, all);
	for (size_t i = 0; i < n; i++)
		if (all[i] != up() && note_post(all[i], note, true) == 0)
			told++;
	wunlock(&proctab.group);
	for (size_t i = 0; i < n; i++)
		proc_put(all[i]);
	free(all);
	return told;
}

/* Mngr's: between two messages. */
void
note_tell_all(void)
{
	Proc *p;

	if (!atomic_exchange(&tell_any, false))
		return;
	for (size_t i = 0; (p = proc_next(&i)); i++) {
		uintptr_t entry = 0;
		bool tell;

		lock(&p->lk);
		tell = p->tell && note_untold_locked(p);
		if (tell && !proc_main_request(p)) {
			entry = p->notify;
			p->telling = true;
		}
		p->tell = false;
		unlock(&p->lk);
		if (entry && hvm_note(p->sid, entry) < 0)
			note_untell(p);
		else if (tell && !entry)
			proc_intr_main(p); /* its next call came first */
		proc_put(p);
	}
}

bool
note_tell_reply(Request *r)
{
	Proc *p = r->proc;
	bool tell = false;

	lock(&p->lk);
	if (r->num != SYS_noted && L4_IsThreadEqual(r->from, p->tid)) {
		p->telling = false;
		tell = p->telling = note_untold_locked(p);
	}
	unlock(&p->lk);
	return tell;
}

void
note_untell(Proc *p)
{
	lock(&p->lk);
	p->telling = false;
	unlock(&p->lk);
}

/* A call of the main thread is over: what came after its reply was made is told now. */
void
note_after(Proc *p)
{
	bool tell;

	lock(&p->lk);
	tell = note_untold_locked(p) && !proc_main_request(p);
	p->tell |= tell;
	unlock(&p->lk);
	if (tell) {
		atomic_store(&tell_any, true);
		mngr_poke();
	}
}

void
note_reset(Proc *p)
{
	lock(&p->lk);
	p->notify = 0;
	p->nnote = 0;
	p->notified = p->telling = p->tell = false;
	unlock(&p->lk);
}

int64_t
proc_note_take(Proc *p, char *buf, size_t n)
{
	char text[NOTEMAX] = "";

	lock(&p->lk);
	if (p->nnote > 0)
		note_pop_locked(p, text);
	unlock(&p->lk);
	return readstr(buf, n, 0, text);
}

/* ---- faults ---- */

static bool
fork_over(void *arg)
{
	USED(arg);
	return atomic_load(&proctab.nforking) == 0;
}

/* A child may fault before its parent's clerk has entered it in the table. */
static Proc *
event_proc(int sid)
{
	Proc *p;

	while (!(p = proc_by_sid(sid)) && !fork_over(NULL))
		if (rendez_sleep(&proctab.fork_r, fork_over, NULL, 1000) == -Etimedout)
			break;
	return p ? p : proc_by_sid(sid);
}

static void
event_take(Proc *p, const HvmEvent *e)
{
	uintptr_t entry = 0;

	lock(&p->lk);
	if (L4_IsThreadEqual(e->thread, p->tid) && p->notify && !p->notified && !p->telling && !p->killed &&
	    strcmp(e->text, "sys: killed") != 0) {
		note_push_locked(p, e->text, true);
		p->telling = true;
		entry = p->notify;
	}
	unlock(&p->lk);
	if (strcmp(e->text, "sys: killed") == 0)
		klog("proc %d %s: killed from outside the system", p->pid, p->name);
	if (!entry || hvm_note(p->sid, entry) < 0)
		proc_die(p, e->text);
}

/* Thread: turns what HVM says of programs in trouble into notes. */
void
event_main(void *arg)
{
	USED(arg);
	for (;;) {
		HvmEvent e;
		Proc *p;

		if (hvm_event(&e) < 0) {
			klog("hvm_event: %s", err_reason());
			park(100000);
			continue;
		}
		e.text[sizeof e.text - 1] = '\0';
		if ((p = event_proc(e.sid)))
			event_take(p, &e);
		proc_put(p);
	}
}

/* ---- system calls ---- */

int64_t
sys_notify(Request *r)
{
	Proc *p = r->proc;
	bool die;

	lock(&p->lk);
	p->notify = r->arg[0];
	die = !p->notify && p->nnote > 0;
	unlock(&p->lk);
	if (die)
		proc_die(p, p->note[0]);
	return 0;
}

static int64_t
noted_next(Request *r, Proc *p)
{
	char *to = (char *)r->inl;
	size_t n = 0;

	lock(&p->lk);
	p->telling = false;
	p->notified = p->nnote > 0 && p->notify;
	if (p->notified) {
		note_pop_locked(p, to);
		memcpy(p->last_note, to, NOTEMAX);
		n = strlen(to);
	}
	unlock(&p->lk);
	r->out = to;
	r->nout = n;
	return (int64_t)n;
}

int64_t
sys_noted(Request *r)
{
	Proc *p = r->proc;
	bool was;

	_Static_assert((int)SYS_INLINE >= (int)NOTEMAX, "a note fits a request");
	if (r->arg[0] == NNEXT)
		return noted_next(r, p);
	if (r->arg[0] > NNEXT)
		return seterr(Ebadarg, NULL);
	lock(&p->lk);
	was = p->notified;
	p->notified = false;
	unlock(&p->lk);
	if (!was)
		return seterr(Ebadarg, "no note is being handled");
	if (r->arg[0] == NDFLT) {
		proc_die(p, p->last_note);
		return SYS_NOREPLY;
	}
	return 0;
}
