/*
 * threads.c - ThreadControl in the calling thread: what has to wait for the Linux
 * thread of another one, which is deleted or goes to another space. The rest is
 * k_thread.c.
 *
 * A thread that moves parks: at its way out of the kernel, or where it waits, it
 * puts its registers on its kernel stack and ends its Linux thread. That stack is in
 * shared memory at the same address everywhere, so that a new Linux thread goes on
 * from it in the other process, also in the middle of an IPC or of a page fault.
 *
 * LOCKS   K->lock, released while waiting
 * SEE     X.2 manual, chapter 2.4; tests/l4/thread.c, tests/l4/move.c
 */
#include "sim/kern/space.h"

enum { LOOK_NS = 20000000 };

/* Its Linux thread ends by itself, and says so. */
static void
thread_bury(Op *op, Tcb *t)
{
	for (;;) {
		uint32_t tid = t->ltid;

		if (tid == 0)
			break;
		lx_futex_wait(&t->ltid, tid, 0);
	}
	lock(&KERN->lock, op);
	thread_free(op, t);
	op_unlock(op);
}

/* dest, if it is an active thread that has run and shall go to another space */
static Tcb *
moving(const Tcb *me, uint64_t dest, uint64_t space)
{
	uint64_t no = dest >> 32;
	Tcb *t = is_local_id(dest) ? tcb_find(me, dest) : no >= USER_BASE && no < NTHREAD ? tcb_at((uint32_t)no) : NULL;
	Tcb *in = tcb_find(me, space);

	if (t == NULL || t == me || in == NULL || !here->privileged)
		return NULL;
	return t->id != 0 && t->ltid != 0 && in->space != t->space && !(t->attn & AT_DIE) ? t : NULL;
}

/*
 * Makes t park: it comes into the kernel, and its Linux thread ends where it next
 * looks at attn. REQUIRES K->lock, releases it meanwhile.
 */
static void
thread_fetch(Op *op, Tcb *me, Tcb *t)
{
	uint64_t id = t->id;

	while (t->id == id && t->ltid != 0 && !(t->attn & AT_DIE)) {
		uint32_t tid = t->ltid;

		atomic_fetch_or(&t->attn, AT_MOVE);
		if (t->ustate == US_USER && t->space == me->space)
			lx3(NR_tgkill, here->pid, tid, LX_SIGUSR1);
		else if (t->ustate == US_USER)
			thread_kick(op, t);
		op_unlock(op);
		lx_futex_wake(&t->attn, 1);
		lx_futex_wake(&t->blocked, 1);
		lx_futex_wake(&t->turn, 2);
		lx_futex_wake(&tcb_at(t->peer)->turn, 2);
		lx_futex_wait(&t->ltid, tid, lx_now_ns() + LOOK_NS);
		attn_look(me);
		lock(&KERN->lock, op);
	}
}

static void
thread_unfetch(Op *op, Tcb *t)
{
	if (!(atomic_fetch_and(&t->attn, ~(uint32_t)AT_MOVE) & AT_MOVE))
		return;
	lx_futex_wake(&t->attn, 1);
	if (t->ltid == 0 && t->ksp != 0)
		thread_run(op, t);
}

L4_Word_t
sys_thread(L4_Word_t dest, L4_Word_t space, L4_Word_t scheduler, L4_Word_t pager, L4_Word_t utcb)
{
	Tcb *me = self(), *dying, *t;
	int code;
	Op op;

	op_init(&op, me->no + 1);
	lock(&KERN->lock, &op);
	t = moving(me, dest, space);
	if (t != NULL)
		thread_fetch(&op, me, t);
	code = thread_control(&op, me, dest, space, scheduler, pager, utcb, &dying);
	if (t != NULL)
		thread_unfetch(&op, t);
	op_unlock(&op);
	if (dying != NULL)
		thread_bury(&op, dying);
	map_flush_wait(&op, here, tlb_flush);
	if (code != 0)
		sys_error(me, code);
	return code == 0;
}
