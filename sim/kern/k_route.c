/*
 * k_route.c - thread ids, and who a message goes to and comes from: local ids,
 * redirectors, propagation.
 *
 * LOCKS   K->lock
 * SEE     X.2 manual, chapters 3.2 (threads' ids), 5.5 (propagation); tests/l4/partner.c
 */
#include "sim/kern/k_ipc.h"

Tcb *
tcb_find(const Tcb *me, uint64_t id)
{
	uint64_t no = id >> 32;

	if (is_local_id(id)) {
		const Space *s = space_of(me);
		uint64_t slot = (id - UTCB_MR0 - s->utcb) >> UTCB_LOG2;

		if (id - UTCB_MR0 < s->utcb || slot >= NSLOT || slot << UTCB_LOG2 != id - UTCB_MR0 - s->utcb || s->slot[slot] == 0)
			return NULL;
		return tcb_at(s->slot[slot] - 1);
	}
	if (no < USER_BASE || no >= NTHREAD || tcb_at((uint32_t)no)->id != id || tcb_at((uint32_t)no)->state == TS_FREE)
		return NULL;
	return tcb_at((uint32_t)no);
}

/* X.2: a thread's id is local when it is in the receiver's space */
uint64_t
id_for(const Tcb *r, uint64_t id)
{
	Tcb *t = id >> 32 >= USER_BASE ? tcb_find(r, id) : NULL;

	return t != NULL && t->space == r->space && t->state != TS_INACTIVE ? local_id(t) : id;
}

bool
ipc_accepts(const Tcb *r, const Tcb *s)
{
	if (r->state != TS_RECV)
		return false;
	if (r->from == ANY || r->from == s->as)
		return true;
	return r->from == ANYLOCAL && tcb_at((uint32_t)(s->as >> 32))->space == r->space;
}

/* Who gets it: a redirector, when me's space has one and d is neither local nor in its space. */
Tcb *
ipc_redirect(Tcb *me, Tcb *d)
{
	uint64_t via = space_of(me)->redirector;
	Tcb *r;

	if (via == ANY || d->space == me->space)
		return d;
	r = tcb_find(me, via);
	if (r == NULL || r->space == d->space)
		return r == NULL ? NULL : d;
	me->intended = d->id;
	me->tagflags |= L4_TAG_R;
	return r;
}

/* The virtual sender is honoured when it is in me's space, the receiver is, or me redirects for it. */
void
ipc_propagate(Tcb *me, Tcb *d)
{
	Tcb *v = tcb_find(me, mrs_of(me)[L4_TCR_Sender]), *via;

	if (v == NULL || v == me || v->state == TS_INACTIVE)
		return;
	via = tcb_find(v, space_of(v)->redirector);
	if (v->space != me->space && d->space != me->space && (via == NULL || via->space != me->space))
		return;
	me->as = v->id;
	me->tagflags |= L4_TAG_P;
	if (v->state == TS_RECV && v->from == me->id)
		v->from = d->id;        /* the answer will come from there */
}
