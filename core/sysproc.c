/*
 * sysproc.c - the system calls on processes, memory and time that are short:
 * rfork is in fork.c, exec in exec.c, notes in note.c, meeting in rendezvous.c.
 */
#include "core/core_impl.h"

int64_t
sys_exits(Request *r)
{
	char status[ERRMAX];
	size_t n = r->nin < sizeof status - 1 ? r->nin : sizeof status - 1;

	memcpy(status, r->in, n);
	status[n] = '\0';
	lock(&r->proc->lk);
	r->proc->exits = !r->proc->killed;
	unlock(&r->proc->lk);
	proc_die(r->proc, status);
	return SYS_NOREPLY;
}

int64_t
sys_await(Request *r)
{
	size_t n = r->arg[0] < 2 * ERRMAX + 64 ? r->arg[0] : 2 * ERRMAX + 64;
	char *buf = (char *)out_buffer(n);
	Proc *p = r->proc;
	int64_t got;

	if (!buf)
		return -Enomem;
	got = wait_take(p, false, buf, n);
	if (got == 0) {
		if (intr_take(r))
			return seterr(Eintr, NULL);
		atomic_fetch_add(&p->ref, 1); /* r's may go */
		request_park(r, -1);
		parked_interrupt(p); /* both may have come meanwhile */
		if (wait_ready(p))
			parked_child(p);
		proc_put(p);
		return SYS_PARKED;
	}
	if (got > 0) {
		r->out = buf;
		r->nout = (size_t)got;
	}
	return got;
}

int64_t
sys_sleep(Request *r)
{
	int64_t ms = (int64_t)(uint32_t)r->arg[0];
	Proc *p = r->proc;
	int64_t end_ns = r->end_ns ? r->end_ns : up_ns() + ms * 1000000;

	if (ms == 0) {
		L4_ThreadSwitch(L4_nilthread);
		return 0;
	}
	if (intr_take(r))
		return seterr(Eintr, NULL);
	if (end_ns <= up_ns())
		return 0;
	request_park(r, end_ns);
	alarm_kick();
	parked_interrupt(p); /* it may have come meanwhile */
	return SYS_PARKED;
}

int64_t
sys_alarm(Request *r)
{
	return alarm_set(r->proc, (uint32_t)r->arg[0]);
}

int64_t
sys_nsec(Request *r)
{
	USED(r);
	return wall_ns();
}

int64_t
sys_getpid(Request *r)
{
	return r->arg[0] ? proc_parent() : proc_self();
}

/* The reason of the last error is kept by the program itself. */
int64_t
sys_errstr(Request *r)
{
	USED(r);
	return 0;
}

/* ---- memory: HVM's business ---- */

int64_t
sys_brk(Request *r)
{
	return hvm_brk(r->proc->sid, r->arg[0]);
}

int64_t
sys_segattach(Request *r)
{
	uintptr_t va = r->arg[1];
	size_t at = 0;
	int flags = 0;
	Str class;
	int rc;

	if ((rc = in_str(r, &at, &class)) < 0)
		return rc;
	if (str_eq(class, "shared"))
		flags = HVM_SG_SHARED;
	else if (str_eq(class, "reserve"))
		flags = HVM_SG_RESERVE;
	else if (!str_eq(class, "memory"))
		return seterr(Ebadarg, "segment class");
	rc = hvm_segattach(r->proc->sid, flags, class.s, &va, r->arg[2]);
	return rc < 0 ? rc : (int64_t)va;
}

int64_t
sys_segdetach(Request *r)
{
	return hvm_segdetach(r->proc->sid, r->arg[0]);
}
