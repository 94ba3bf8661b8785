/*
 * proc.c - processes: the table, how one begins and how it ends.
 *
 * A process ends when somebody says so (proc_die: exits, a note, kill) and none
 * of its calls is in progress any more; the clerk of its last call, or one
 * that is asked for it, then runs proc_exit. So nothing that a call uses goes
 * away under it.
 *
 * LOCKS  proctab.lk: the table, sid's, pids and the links of families. Proc.lk:
 *        the rest. Neither is held when the other is taken, but for Proc.lk
 *        under no lock and proctab.lk under a Rendez.lk (await).
 * REFS   the table holds one, each Request one, proc_get gives one.
 * LIMITS NPROC processes
 */
#include "core/core_impl.h"
#include "servants/servants.h"

struct Proctab proctab = { .lk = LOCK_INIT, .next_pid = 1 };
enum { INTR_MAX = HVM_NTHREAD + 8 };

void
proc_text_set(char *to, size_t n, const char *from)
{
	size_t len = strnlen(from, n - 1);

	while (len && from[len] && ((uint8_t)from[len] & 0xC0) == 0x80)
		len--;
	memcpy(to, from, len);
	to[len] = '\0';
}

static void
proc_free(Proc *p)
{
	while (p->wait_head) {
		Waitrec *w = p->wait_head;

		p->wait_head = w->next;
		free(w);
	}
	free(p->rec);
	free(p->args);
	free(p);
}

static bool
pid_used(int pid)
{
	for (size_t i = 0; i < NPROC; i++)
		if (proctab.proc[i] && proctab.proc[i]->pid == pid)
			return true;
	return false;
}

/* A slot and a pid. REQUIRES proctab.lk */
static bool
proc_place_locked(Proc *p)
{
	size_t i = 0;

	while (i < NPROC && proctab.proc[i])
		i++;
	if (i == NPROC)
		return false;
	do {
		p->pid = proctab.next_pid;
		proctab.next_pid = p->pid == INT32_MAX ? 2 : p->pid + 1;
	} while (proctab.next_pid < p->pid ? pid_used(p->pid) : false);
	p->slot = (int)i;
	proctab.proc[i] = p;
	proctab.n++;
	return true;
}

bool
proc_full(void)
{
	bool full;

	lock(&proctab.lk);
	full = proctab.n == NPROC;
	unlock(&proctab.lk);
	return full;
}

Proc *
proc_new(void)
{
	Proc *p = calloc(1, sizeof *p);
	bool placed;

	if (!p || !(p->rec = calloc(1, sizeof *p->rec))) {
		free(p);
		seterr(Enomem, NULL);
		return NULL;
	}
	atomic_store(&p->ref, 1);
	p->born_ns = up_ns();
	p->pri = 10;
	lock(&proctab.lk);
	placed = proc_place_locked(p);
	unlock(&proctab.lk);
	if (!placed) {
		proc_free(p);
		seterr(Enoproc, NULL);
		return NULL;
	}
	return p;
}

static void
proc_bye(void *arg)
{
	proc_exit(arg);
}

/* What came for it before its space ran, is seen to. */
void
proc_entered(Proc *p)
{
	bool die, tell;

	lock(&p->lk);
	p->entered = true;
	die = p->killed && !p->ending && p->nreq == 0;
	p->ending |= die;
	tell = !die && p->nnote > 0;
	unlock(&p->lk);
	if (die)
		job_start(&p->bye, p, proc_bye, p);
	else if (tell)
		note_tell(p);
}

void
proc_publish(Proc *p)
{
	lock(&proctab.lk);
	proctab.by_sid[p->sid] = p;
	unlock(&proctab.lk);
	trace_proc_named(p);
	proc_entered(p);
}

/* Out of the table; puts the table's reference. */
static void
proc_unplace(Proc *p)
{
	lock(&proctab.lk);
	proctab.proc[p->slot] = NULL;
	proctab.n--;
	unlock(&proctab.lk);
	proc_put(p);
}

void
proc_abort(Proc *p)
{
	proc_groups_put(p);
	proc_unplace(p);
}

Proc *
proc_by_sid(int sid)
{
	Proc *p = NULL;

	lock(&proctab.lk);
	if (sid > 0 && sid < HVM_NSPACE && (p = proctab.by_sid[sid]))
		atomic_fetch_add(&p->ref, 1);
	unlock(&proctab.lk);
	return p;
}

Proc *
proc_get(int pid)
{
	Proc *p = NULL;

	lock(&proctab.lk);
	for (size_t i = 0; i < NPROC && !p; i++)
		if (proctab.proc[i] && proctab.proc[i]->pid == pid && proctab.proc[i]->sid)
			p = proctab.proc[i];
	if (p)
		atomic_fetch_add(&p->ref, 1);
	unlock(&proctab.lk);
	if (!p)
		seterr(Eprocdied, NULL);
	return p;
}

void
proc_put(Proc *p)
{
	if (p && atomic_fetch_sub(&p->ref, 1) == 1)
		proc_free(p);
}

/* Those of a note group, also who is being forked; owned. */
size_t
proc_group(int noteid, Proc **out)
{
	size_t n = 0;

	lock(&proctab.lk);
	for (size_t i = 0; i < NPROC; i++)
		if (proctab.proc[i] && proctab.proc[i]->noteid == noteid) {
			out[n] = proctab.proc[i];
			atomic_fetch_add(&out[n]->ref, 1);
			n++;
		}
	unlock(&proctab.lk);
	return n;
}

Proc *
proc_next(size_t *slot)
{
	Proc *p = NULL;

	lock(&proctab.lk);
	for (; *slot < NPROC && !p; *slot += !p)
		if (proctab.proc[*slot] && proctab.proc[*slot]->sid)
			p = proctab.proc[*slot];
	if (p)
		atomic_fetch_add(&p->ref, 1);
	unlock(&proctab.lk);
	return p;
}

/* ---- what the calls of a process work on; NULL once it is dying ---- */

Proc *
up(void)
{
	Clerk *c = clerk_self();

	return c && c->req ? c->req->proc : NULL;
}

bool
up_killed(void)
{
	Proc *p = up();
	bool dies;

	if (!p)
		return false;
	lock(&p->lk);
	dies = p->killed && !p->exits;
	unlock(&p->lk);
	return dies;
}

const char *
up_user(void)
{
	return up() ? up()->user : eve;
}

int
proc_self(void)
{
	return up() ? up()->pid : 0;
}

int
proc_parent(void)
{
	int pid = 0;

	lock(&proctab.lk);
	if (up() && up()->parent)
		pid = up()->parent->pid;
	unlock(&proctab.lk);
	return pid;
}

Egrp *
up_egrp(void)
{
	Proc *p = up();
	Egrp *e = NULL;

	if (!p)
		return NULL;
	lock(&p->lk);
	if (p->egrp)
		e = egrp_get(p->egrp);
	unlock(&p->lk);
	return e;
}

bool
proc_supervisor(Proc *p)
{
	bool yes;

	lock(&proctab.lk);
	yes = p->pid == 1 || (p->parent && p->parent->pid == 1);
	unlock(&proctab.lk);
	return yes;
}

Chan *
proc_slash(Proc *p)
{
	Chan *c;

	lock(&p->lk);
	c = p->slash ? chan_get(p->slash) : NULL;
	unlock(&p->lk);
	return c;
}

Chan *
proc_dot(Proc *p)
{
	Chan *c;

	lock(&p->lk);
	c = p->dot ? chan_get(p->dot) : NULL;
	unlock(&p->lk);
	return c;
}

Pgrp *
proc_pgrp(Proc *p)
{
	Pgrp *g;

	lock(&p->lk);
	g = pgrp_get(p->pgrp);
	unlock(&p->lk);
	return g;
}

Fgrp *
proc_fgrp(Proc *p)
{
	Fgrp *g;

	lock(&p->lk);
	g = fgrp_get(p->fgrp);
	unlock(&p->lk);
	return g;
}

void
proc_groups_put(Proc *p)
{
	Proc old;

	lock(&p->lk);
	old.fgrp = p->fgrp;
	old.pgrp = p->pgrp;
	old.egrp = p->egrp;
	old.rgrp = p->rgrp;
	old.dot = p->dot;
	old.slash = p->slash;
	old.text = p->text;
	p->fgrp = NULL;
	p->pgrp = NULL;
	p->egrp = NULL;
	p->rgrp = NULL;
	p->dot = p->slash = p->text = NULL;
	unlock(&p->lk);
	fgrp_put(old.fgrp); /* first: others wait for the end of its pipes */
	chan_put(old.text);
	chan_put(old.dot);
	pgrp_put(old.pgrp);
	egrp_put(old.egrp);
	rgrp_put(old.rgrp);
	chan_put(old.slash);
}

void
proc_times(Proc *p, uint32_t time[3])
{
	int64_t real, call, sys, now = up_ns();

	lock(&p->lk);
	call = p->call_ns;
	sys = p->sys_ns;
	for (const Request *r = p->reqs; r; r = r->pnext) /* still in progress */
		call += now - r->start_ns;
	unlock(&p->lk);
	real = now - p->born_ns;
	time[0] = (uint32_t)((real > call ? real - call : 0) / 1000000);
	time[1] = (uint32_t)(sys / 1000000);
	time[2] = (uint32_t)(real / 1000000);
}

/* ---- requests in progress ---- */

Request *
proc_main_request(Proc *p)
{
	Request *r = p->reqs;

	while (r && !L4_IsThreadEqual(r->from, p->tid))
		r = r->pnext;
	return r;
}

bool
proc_request_add(Proc *p, Request *r)
{
	bool ok;

	lock(&p->lk);
	ok = !p->killed;
	if (ok) {
		r->pnext = p->reqs;
		p->reqs = r;
		p->nreq++;
		if (r->num != SYS_noted && L4_IsThreadEqual(r->from, p->tid) && (note_waits_locked(p) || p->interrupt))
			atomic_store(&r->intr, true); /* what came between two calls */
	}
	unlock(&p->lk);
	return ok;
}

void
proc_request_del(Proc *p, Request *r)
{
	int64_t took = up_ns() - r->start_ns;
	Request **l;
	bool end;

	lock(&p->lk);
	for (l = &p->reqs; *l != r;)
		l = &(*l)->pnext;
	*l = r->pnext;
	p->nreq--;
	p->call_ns += took;
	p->sys_ns += took - r->slept_ns;
	if (L4_IsThreadEqual(r->from, p->tid) && !atomic_load(&r->intr))
		p->interrupt = false; /* there was none, or a sleep has taken it */
	end = p->killed && p->nreq == 0 && !p->ending;
	if (end)
		p->ending = true;
	unlock(&p->lk);
	if (end && clerk_self()->tid.raw == mngr_tid().raw) {
		job_start(&p->bye, p, proc_bye, p); /* Mngr must not wait */
	} else if (end) {
		atomic_store(&r->intr, false);
		proc_exit(p);
	}
}

/* Ends the sleep of each call of p, or only of its main thread's. */
static void
proc_intr(Proc *p, bool all)
{
	Clerk *wake[INTR_MAX];
	Request *again[INTR_MAX];
	size_t n = 0, nagain = 0;

	lock(&p->lk);
	for (Request *r = p->reqs; r && n < INTR_MAX; r = r->pnext) {
		Clerk *c;

		if (!all && !L4_IsThreadEqual(r->from, p->tid))
			continue;
		atomic_store(&r->intr, true);
		if ((c = atomic_load(&r->clerk)))
			wake[n++] = c;
		else if (nagain < INTR_MAX)
			again[nagain++] = r;
	}
	unlock(&p->lk);
	for (size_t i = 0; i < nagain; i++)
		request_wake(again[i]);
	for (size_t i = 0; i < n; i++)
		unpark(wake[i]);
	parked_interrupt(p);
}

void
proc_intr_all(Proc *p)
{
	proc_intr(p, true);
}

void
proc_intr_main(Proc *p)
{
	proc_intr(p, false);
}

int
proc_interrupt(Proc *p, bool on)
{
	Request *r;

	lock(&p->lk);
	p->interrupt = on;
	r = proc_main_request(p);
	if (r && (on || !note_waits_locked(p)))
		atomic_store(&r->intr, on); /* before its end looks whether it was taken */
	unlock(&p->lk);
	if (on)
		proc_intr_main(p);
	return 0;
}

/* ---- the end ---- */

void
proc_die(Proc *p, const char *status)
{
	bool first, now;

	lock(&p->lk);
	first = !p->killed;
	now = first && p->entered && p->nreq == 0 && !p->ending;
	if (first) {
		p->killed = true;
		proc_text_set(p->status, sizeof p->status, status);
	}
	if (now)
		p->ending = true;
	unlock(&p->lk);
	if (now)
		job_start(&p->bye, p, proc_bye, p);
	else
		proc_intr_all(p);
}

/* As Plan 9 prints it, but only where it can't block. */
static void
proc_suicide_note(Proc *p)
{
	char line[2 * ERRMAX];
	Fgrp *f = proc_fgrp(p);
	Chan *c = f ? fd_get(f, 2) : NULL;

	if (c && c->servant->dc == 'c' && c->mode != OREAD) {
		snprintf(line, sizeof line, "%s %d: suicide: %s\n", p->name, p->pid, p->status);
		if (chan_write(c, line, strlen(line), 0) < 0)
			klog("%s", line);
	}
	chan_put(c);
	fgrp_put(f);
}

void
proc_exit(Proc *p)
{
	lock(&proctab.lk);
	if (proctab.by_sid[p->sid] == p)
		proctab.by_sid[p->sid] = NULL;
	unlock(&proctab.lk);
	lock(&p->lk);
	p->alarm_ns = 0;
	p->stopped = false;
	unlock(&p->lk);
	if (strncmp(p->status, "sys:", 4) == 0 && strcmp(p->status, "sys: write on closed pipe") != 0)
		proc_suicide_note(p);
	trace_proc_ended(p);
	if (hvm_kill(p->sid) < 0)
		klog("proc %d: kill of space %d: %s", p->pid, p->sid, err_reason());
	proc_groups_put(p);
	rendez_wakeup(&p->stop_r);
	if (p->pid == 1) {
		klog("init: exit: %s", p->status);
		core_shutdown();
		plat_poweroff(3);
	}
	wait_post(p);
	proc_unplace(p);
}
