/*
 * wait.c - what a parent learns of its children: await(2).
 * A record is made when the child starts, so that its end can't fail; a parent
 * keeps NWAITREC of them, later ones are lost. Children of a process that has
 * ended belong to nobody.
 * LOCKS  proctab.lk guards the family's links and the records
 */
#include "core/core_impl.h"

static bool
wait_record_locked(Proc *p, Proc *parent)
{
	Waitrec *w = p->rec;

	parent->nchild--;
	for (size_t i = 0; i < 3; i++)
		parent->ctime[i] += w->time[i] + p->ctime[i];
	if (parent->nwait == NWAITREC)
		return false;
	p->rec = NULL;
	w->next = NULL;
	if (parent->wait_tail)
		parent->wait_tail->next = w;
	else
		parent->wait_head = w;
	parent->wait_tail = w;
	parent->nwait++;
	return true;
}

void
wait_post(Proc *p)
{
	Waitrec *w = p->rec;
	Proc *parent, **l;

	w->pid = p->pid;
	proc_times(p, w->time);
	if (p->status[0])
		seprint(w->msg, w->msg + sizeof w->msg, "%s %d: %s", p->name, p->pid, p->status);
	lock(&proctab.lk);
	for (Proc *c = p->child; c; c = c->sibling)
		c->parent = NULL;
	p->child = NULL;
	if ((parent = p->parent)) {
		for (l = &parent->child; *l != p;)
			l = &(*l)->sibling;
		*l = p->sibling;
		wait_record_locked(p, parent);
		atomic_fetch_add(&parent->ref, 1);
	}
	p->parent = NULL;
	unlock(&proctab.lk);
	if (parent) {
		rendez_wakeup(&parent->wait_r);
		parked_child(parent);
		proc_put(parent);
	}
}

bool
wait_ready(void *arg)
{
	Proc *p = arg;
	bool ready;

	lock(&proctab.lk);
	ready = p->wait_head || p->nchild == 0;
	unlock(&proctab.lk);
	return ready;
}

/* 1: *w is the caller's. 0: none yet. */
static int
wait_pop(Proc *p, Waitrec **w)
{
	size_t nchild;

	lock(&proctab.lk);
	nchild = p->nchild;
	if ((*w = p->wait_head)) {
		p->wait_head = (*w)->next;
		if (!p->wait_head)
			p->wait_tail = NULL;
		p->nwait--;
	}
	unlock(&proctab.lk);
	if (*w)
		return 1;
	return nchild ? 0 : seterr(Enochild, NULL);
}

int64_t
wait_take(Proc *p, bool block, char *buf, size_t n)
{
	Waitrec *w = NULL;
	char text[ERRMAX * 2 + 64];
	size_t len;
	int rc;

	while ((rc = wait_pop(p, &w)) == 0) {
		if (!block)
			return 0;
		if ((rc = rendez_sleep(&p->wait_r, wait_ready, p, -1)) < 0)
			return rc;
	}
	if (rc < 0)
		return rc;
	seprint(text, text + sizeof text, "%d %u %u %u %q", w->pid, w->time[0], w->time[1], w->time[2], w->msg);
	free(w);
	len = strlen(text);
	if (len > n)
		len = n;
	memcpy(buf, text, len);
	return (int64_t)len;
}

int64_t
proc_wait_read(Proc *p, char *buf, size_t n)
{
	return wait_take(p, true, buf, n);
}
