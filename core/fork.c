/*
 * fork.c - rfork(2): which groups a process shares, copies or gets empty, and
 * the new process.
 *
 * All that can fail is done first: the groups are made, then the space; after
 * that the child is entered in the table. It may run before it is: Mngr and
 * the fault thread wait for proctab.nforking to fall.
 */
#include "core/core_impl.h"
#include "servants/servants.h"

/* RFNOMNT leaves the servants that lead nowhere: pipes and what a process has anyway. */
static const char harmless[] = "|decp";

typedef struct Groups Groups;
struct Groups {
	Pgrp *pgrp;
	Fgrp *fgrp;
	Egrp *egrp;
	Rgrp *rgrp;
};

static void
groups_put(Groups *g)
{
	pgrp_put(g->pgrp);
	fgrp_put(g->fgrp);
	egrp_put(g->egrp);
	rgrp_put(g->rgrp);
}

/* The three ways for one group: empty, copy of the old one, the old one. */
#define GROUP(type, old, flags, copy, clean)                                   \
	((flags) & (clean) ? type##_new() : (flags) & (copy) ? type##_copy(old) : type##_get(old))

/* The groups that p, or its child, will have. */
static int
groups_make(Proc *p, unsigned flags, Groups *g)
{
	Groups old;

	*g = (Groups){ 0 };
	lock(&p->lk);
	old = (Groups){ pgrp_get(p->pgrp), fgrp_get(p->fgrp), p->egrp ? egrp_get(p->egrp) : NULL, rgrp_get(p->rgrp) };
	unlock(&p->lk);
	if (!old.pgrp || !old.fgrp || !old.egrp || !old.rgrp) {
		groups_put(&old);
		return seterr(Eprocdied, NULL);
	}
	g->pgrp = GROUP(pgrp, old.pgrp, flags, RFNAMEG, RFCNAMEG);
	g->fgrp = GROUP(fgrp, old.fgrp, flags, RFFDG, RFCFDG);
	g->egrp = GROUP(egrp, old.egrp, flags, RFENVG, RFCENVG);
	g->rgrp = flags & RFREND ? rgrp_new() : rgrp_get(old.rgrp);
	groups_put(&old);
	if (!g->pgrp || !g->fgrp || !g->egrp || !g->rgrp) {
		groups_put(g);
		return seterr(Enomem, "rfork");
	}
	return 0;
}

static int
rfork_check(unsigned flags)
{
	static const unsigned both[] = { RFFDG | RFCFDG, RFNAMEG | RFCNAMEG, RFENVG | RFCENVG };
	const unsigned all = RFNAMEG | RFENVG | RFFDG | RFNOTEG | RFPROC | RFMEM | RFNOWAIT | RFCNAMEG | RFCENVG | RFCFDG | RFREND | RFNOMNT;

	if (flags & ~all)
		return seterr(Ebadarg, "rfork: unknown flags");
	for (size_t i = 0; i < nelem(both); i++)
		if ((flags & both[i]) == both[i])
			return seterr(Ebadarg, "rfork: copy and clean");
	if (!(flags & RFPROC) && (flags & (RFMEM | RFNOWAIT)))
		return seterr(Ebadarg, "rfork: without RFPROC");
	return 0;
}

/* Without RFPROC: the caller's own groups change. */
static int
rfork_self(Proc *p, unsigned flags)
{
	Groups g, old;
	int rc = groups_make(p, flags, &g);

	if (rc < 0)
		return rc;
	if (flags & RFNOMNT)
		pgrp_deny(g.pgrp, harmless, true);
	lock(&p->lk);
	old = (Groups){ p->pgrp, p->fgrp, p->egrp, p->rgrp };
	p->pgrp = g.pgrp;
	p->fgrp = g.fgrp;
	p->egrp = g.egrp;
	p->rgrp = g.rgrp;
	if (flags & RFNOTEG)
		p->noteid = p->pid;
	unlock(&p->lk);
	groups_put(&old);
	return 0;
}

/* What a child inherits as it is. */
static int
child_inherit(Proc *p, Proc *c, unsigned flags)
{
	char *args = NULL;
	size_t n;

	lock(&p->lk);
	n = p->nargs;
	unlock(&p->lk);
	if (n && !(args = malloc(n)))
		return seterr(Enomem, NULL);
	lock(&p->lk);
	if (args && p->nargs == n)
		memcpy(args, p->args, n);
	else
		n = 0;
	c->slash = chan_get(p->slash);
	c->dot = chan_get(p->dot);
	c->text = p->text ? chan_get(p->text) : NULL;
	c->pri = p->pri;
	c->private = p->private;
	memcpy(c->name, p->name, sizeof c->name);
	unlock(&p->lk);
	c->args = args;
	c->nargs = n;
	memcpy(c->user, p->user, sizeof c->user);
	c->memgrp = flags & RFMEM ? p->memgrp : memgrp_new();
	return 0;
}

void
fork_end(void)
{
	if (atomic_fetch_sub(&proctab.nforking, 1) == 1)
		rendez_wakeup(&proctab.fork_r);
	if (mngr_limbo_waits())
		mngr_poke();
}

/* The child's space runs: nothing fails from here on. */
static void
child_enter(Proc *p, Proc *c, unsigned flags, int sid, L4_ThreadId_t tid)
{
	c->tid = tid;
	c->sid = sid;
	trace_proc_forked(p, c);
	lock(&proctab.lk);
	proctab.by_sid[sid] = c;
	if (!(flags & RFNOWAIT)) {
		c->parent = p;
		c->sibling = p->child;
		p->child = c;
		p->nchild++;
	}
	unlock(&proctab.lk);
	proc_entered(c);
}

/* In the table, and in its note group: from here on notes to that reach it. */
static int
child_new(Proc *p, unsigned flags, Proc **out)
{
	Proc *c = NULL;
	bool killed;

	if (proc_full()) /* who forks in vain, again and again, keeps nobody waiting */
		return seterr(Enoproc, NULL);
	rlock(&proctab.group);
	killed = p->killed;
	if (!killed && (c = proc_new())) {
		c->notify = p->notify;
		c->noteid = flags & RFNOTEG ? c->pid : p->noteid;
		*out = c;
	}
	runlock(&proctab.group);
	if (killed)
		return seterr(Eprocdied, NULL);
	return c ? 0 : -Enoproc;
}

int64_t
sys_rfork(Request *r)
{
	unsigned flags = (unsigned)r->arg[0];
	Proc *p = r->proc, *c = NULL;
	L4_ThreadId_t tid;
	Groups g;
	int rc, sid, pid;

	if ((rc = rfork_check(flags)) < 0 || !(flags & RFPROC))
		return rc < 0 ? rc : rfork_self(p, flags);
	if ((rc = child_new(p, flags, &c)) < 0)
		return rc;
	if ((rc = groups_make(p, flags, &g)) < 0) {
		proc_abort(c);
		return rc;
	}
	c->pgrp = g.pgrp;
	c->fgrp = g.fgrp;
	c->egrp = g.egrp;
	c->rgrp = g.rgrp;
	if (flags & RFNOMNT)
		pgrp_deny(c->pgrp, harmless, true);
	pid = c->pid;
	atomic_fetch_add(&proctab.nforking, 1);
	if ((rc = child_inherit(p, c, flags)) < 0 ||
	    (rc = hvm_fork(p->sid, flags & RFMEM ? HVM_SHARE : 0, r->arg[1], r->arg[2], &sid, &tid)) < 0) {
		proc_abort(c);
		fork_end();
		return rc;
	}
	child_enter(p, c, flags, sid, tid);
	fork_end();
	return pid;
}
