/*
 * stopped.c - the zygote's watch over the processes of spaces: those that were
 * stopped from outside (SIGSTOP), and locks whose owner has died.
 *
 * A stopped process does not drop pages, end a thread or move a string, and who
 * waits for that waits for as long: HVM first of all. A page of it must not be
 * used again before it let go. So a process that is stopped and waited for, all
 * the time for a second, is killed: it ends as any that dies (k_crash.c). So does
 * one that others have been in an IPC with for three seconds; of HVM and sigma0
 * this is the end of the node, said by lp49sim, which watches the zygote itself.
 * One that nobody waits for stays stopped. One that was reported as stopped and runs
 * all the same, as a debugger has it, is asked: its helper answers. When all of lp49sim is stopped (^Z)
 * nobody looks, and what goes on again is seen before the next look.
 *
 * A process killed inside a lock leaves it held until it is reaped, by the zygote,
 * which may wait for that very lock: lock_orphan repairs it on the spot.
 *
 * LOCKS  none are taken: what is looked at may change meanwhile, and is seen next time
 */
#include "sim/kern/space.h"

enum { LOOK_NS = 100000000, LIMIT = 30, KERNEL_WAITS = 3, IPC_WAITS = 1 };
enum { P_ALL = 0, P_PID = 1, WNOHANG = 1, WSTOPPED = 2, WEXITED = 4, WCONTINUED = 8, WNOWAIT = 0x1000000, CLD_STOPPED = 5 };

static uint8_t looks[NSPACE];   /* 0: runs; stopped: 1 + how much others waited, look by look */
static unsigned nstopped;
static uint64_t next_look;

typedef struct Siginfo Siginfo;
struct Siginfo {
	int32_t signo, error, code, pad, pid;
	uint32_t more[27];
};
_Static_assert(sizeof(Siginfo) == 128, "Linux's siginfo_t");

static bool
wait_next(int type, int pid, int options, Siginfo *info)
{
	*info = (Siginfo){ 0 };
	return lx6(NR_waitid, type, pid, (long)info, options | WNOHANG, 0, 0) == 0 && info->pid != 0;
}

static void
looks_set(const Space *s, uint8_t n)
{
	nstopped += (n != 0) - (looks[s->no] != 0);
	looks[s->no] = n;
}

static void
reports_take(void)
{
	Siginfo info;

	while (wait_next(P_ALL, 0, WSTOPPED | WCONTINUED, &info)) {
		Space *s = space_by_pid(info.pid);

		if (s != NULL) {
			looks_set(s, info.code == CLD_STOPPED);
			s->asked = 0;
		}
	}
}

/* Does somebody outside wait until t runs? */
static bool
thread_awaited(const Tcb *t)
{
	enum State state = t->outer != 0 ? t->outer : t->state;
	const Tcb *partner;

	if (t->attn & (AT_DIE | AT_HOLD) || (t->attn & AT_WAIT && t->ustate == US_USER))
		return true;
	if ((state != TS_XSND && state != TS_XRCV) || (t->outer != 0 && t->state != TS_RUN))
		return false;
	partner = tcb_at(t->peer);
	return partner->space != t->space &&
	    xfer_turn(state == TS_XSND ? t : partner, t) == (state == TS_XSND ? TURN_SEND : TURN_RECV);
}

static bool
space_awaited(const Space *s)
{
	if (s->state == SP_EXIT || (s->state == SP_RUN && s->flush_done != s->flush_next))
		return true;
	if (lock_space(&KERN->lock) == s || lock_space(&KERN->map) == s || lock_space(&KERN->exregs) == s)
		return true;
	for (uint32_t i = USER_BASE; i < KERN->nthread_high; i++)
		if (tcb_at(i)->space == s->no && tcb_at(i)->state != TS_FREE && tcb_at(i)->ltid != 0 && thread_awaited(tcb_at(i)))
			return true;
	return false;
}

/* Is a thread of another space in an IPC with one of s? */
static bool
ipc_awaited(const Space *s)
{
	for (uint32_t i = USER_BASE; i < KERN->nthread_high; i++) {
		const Tcb *t = tcb_at(i), *with = NULL;

		if (t->space == s->no || t->fresh || t->crashed)
			continue;
		if (t->state == TS_SEND)
			with = tcb_at(t->to);
		else if (t->state == TS_RECV)
			with = tcb_find(t, t->from);
		if (with != NULL && with->space == s->no)
			return true;
	}
	return false;
}

/* Has its helper looked since the last time it was asked? Asks again. */
static bool
answers(Space *s)
{
	bool heard = s->asked != 0 && s->answered == s->asked;

	s->asked = atomic_fetch_add(&s->req, 1) + 1;
	lx_futex_wake(&s->req, 1);
	return heard;
}

static unsigned
waits_for(const Space *s)
{
	if (space_awaited(s))
		return KERNEL_WAITS;
	return ipc_awaited(s) ? IPC_WAITS : 0;
}

static void
stopped_say(const Space *s)
{
	lx_say("lp49: kernel: ");
	lx_say(s->name);
	lx_say(": its process was stopped, and others wait for it: killed\n");
}

static void
stopped_kill(const Space *s)
{
	if (s->privileged)
		KERN->system_stopped = true;
	else
		stopped_say(s);
	lx3(NR_tgkill, s->pid, s->pid, LX_SIGKILL);
}

uint64_t
stopped_look(void)
{
	uint64_t now;

	reports_take();
	if (nstopped == 0)
		return 0;
	if ((now = lx_now_ns()) < next_look)
		return next_look;
	next_look = now + LOOK_NS;
	for (uint32_t i = 0; i < KERN->nspace_high; i++) {
		Space *s = space_at(i);
		unsigned n;

		if (looks[i] == 0)
			continue;
		if (answers(s)) {
			looks_set(s, 0);
			continue;
		}
		n = waits_for(s);
		looks[i] = (uint8_t)(n == 0 ? 1 : looks[i] + n);
		if (looks[i] > LIMIT) {
			stopped_kill(s);
			looks[i] = 1;
		}
	}
	return next_look;
}

void
stopped_gone(const Space *s)
{
	looks_set(s, 0);
}

bool
lock_orphan(Lock *l, Op *op)
{
	Space *s = lock_space(l);
	Siginfo info;

	stopped_look();
	if (s == NULL || s->pid == 0 || !wait_next(P_PID, s->pid, WEXITED | WNOWAIT, &info))
		return false;
	crash_lock(l, s, op);
	return true;
}
