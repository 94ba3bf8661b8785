/*
 * hvm/thread.c - L4 threads. The thread numbers of a space are a fixed range, so
 * that a number tells the space; the version changes each time that a number is
 * used again, so an old id never names a new thread.
 *
 * Numbers: `first` .. CORE's HVM_NCORETHREAD, then HVM_NTHREAD for each sid
 * from 2 on (hvm_sid() in client.c is the same arithmetic).
 * Only the root task may call ThreadControl and SpaceControl.
 */
#include "hvm/space_impl.h"

static struct {
	const void *kip;
	L4_ThreadId_t me;
	L4_Word_t first;                 /* thread number */
	uint16_t version[HVM_NSPACE];    /* last one used in a space */
} threads;

void
thread_init(void)
{
	threads.kip = L4_GetKernelInterface();
	threads.me = L4_MyGlobalId();
	threads.first = L4_ThreadIdUserBase(threads.kip) + HVM_FIRST_THREAD;
}

L4_ThreadId_t
thread_hvm(void)
{
	return threads.me;
}

size_t
thread_slot(const Thread *t)
{
	return (size_t)(t - t->space->thread);
}

static L4_Word_t
number_of(int sid, size_t slot)
{
	if (sid == CORE_SID)
		return threads.first + slot;
	return threads.first + HVM_NCORETHREAD + (L4_Word_t)(sid - 2) * HVM_NTHREAD + slot;
}

Thread *
thread_find(L4_ThreadId_t id)
{
	L4_Word_t n = L4_ThreadNo(id);
	size_t slot;
	Space *s;

	if (n < threads.first)
		return NULL;
	n -= threads.first;
	if (n < HVM_NCORETHREAD) {
		s = space_find(CORE_SID);
		slot = n;
	} else {
		n -= HVM_NCORETHREAD;
		s = n / HVM_NTHREAD + 2 < HVM_NSPACE ? space_find((int)(n / HVM_NTHREAD) + 2) : NULL;
		slot = n % HVM_NTHREAD;
	}
	if (s == NULL || slot >= s->nthread || s->thread[slot].state == THREAD_FREE ||
	    s->thread[slot].id.raw != id.raw)
		return NULL;
	return &s->thread[slot];
}

/* Low 6 bits never all 0: versions are odd. */
static L4_ThreadId_t
id_next(int sid, size_t slot)
{
	uint16_t v = (uint16_t)((threads.version[sid] + 1) & 0x1FFF);

	threads.version[sid] = v;
	return L4_GlobalId(number_of(sid, slot), (L4_Word_t)v << 1 | 1);
}

static int
l4_error(const char *what)
{
	L4_Word_t code = L4_ErrorCode();

	return seterr(code == L4_ErrNoMem ? Enomem : Enoproc, "%s: L4 error %lu", what,
	    (unsigned long)code);
}

static int
log2_up(size_t n)
{
	int log2 = 0;

	while ((size_t)1 << log2 < n)
		log2++;
	return log2;
}

static L4_Fpage_t
utcb_area(const Space *s)
{
	int log2 = log2_up(s->nthread * L4_UtcbSize(threads.kip));
	int min = (int)L4_UtcbAreaSizeLog2(threads.kip);

	return L4_FpageLog2(HVM_UTCB, log2 > min ? log2 : min);
}

/* A space comes with its main thread. */
static int
l4_space(Space *s, L4_ThreadId_t main)
{
	L4_Fpage_t kip = L4_FpageLog2(HVM_KIP, (int)L4_KipAreaSizeLog2(threads.kip));
	L4_Word_t control;

	if (!L4_ThreadControl(main, main, threads.me, L4_nilthread, (void *)~(L4_Word_t)0))
		return l4_error("ThreadControl");
	if (L4_SpaceControl(main, 0, kip, utcb_area(s), L4_nilthread, &control))
		return 0;
	l4_error("SpaceControl");
	L4_ThreadControl(main, L4_nilthread, L4_nilthread, L4_nilthread, (void *)~(L4_Word_t)0);
	return seterr(Enoproc, "SpaceControl");
}

int
thread_make(Space *s, size_t slot)
{
	Thread *t = &s->thread[slot];
	L4_ThreadId_t id = id_next(s->sid, slot);
	int rc = 0;

	if (slot == 0)
		rc = l4_space(s, id);
	if (rc < 0)
		return rc;
	*t = (Thread){ .id = id, .space = s, .pager = threads.me, .state = THREAD_INACTIVE };
	return 0;
}

/* Its space's priority. An inactive thread gets it when it is activated. */
void
thread_pri(const Thread *t)
{
	if ((t->state == THREAD_READY || t->state == THREAD_RUNS) && t->space->pri != 0)
		(void)L4_Set_Priority(t->id, t->space->pri); /* of a thread that is: it can't fail */
}

int
thread_activate(Thread *t)
{
	char *utcb = (char *)HVM_UTCB + thread_slot(t) * L4_UtcbSize(threads.kip);

	if (t->state != THREAD_INACTIVE)
		return 0;
	if (!L4_ThreadControl(t->id, t->space->thread[0].id, threads.me, threads.me, utcb))
		return l4_error("ThreadControl");
	t->state = THREAD_READY;
	thread_pri(t);
	return 0;
}

/* The start message: ip and sp, from the pager. */
int
thread_go(Thread *t, uintptr_t ip, uintptr_t sp)
{
	L4_Msg_t m;

	L4_MsgClear(&m);
	L4_MsgAppendWord(&m, ip);
	L4_MsgAppendWord(&m, sp);
	L4_MsgLoad(&m);
	if (L4_IpcFailed(L4_Send_Timeout(t->id, L4_ZeroTime)))
		return l4_error("start message");
	t->state = THREAD_RUNS;
	return 0;
}

void
thread_delete(Thread *t)
{
	if (t->state == THREAD_FREE)
		return;
	event_drop(t);
	if (t->state != THREAD_INACTIVE || thread_slot(t) == 0)
		L4_ThreadControl(t->id, L4_nilthread, L4_nilthread, L4_nilthread,
		    (void *)~(L4_Word_t)0);
	t->state = THREAD_FREE;
}

typedef struct Exregs Exregs;
struct Exregs {
	L4_Word_t control, sp, ip, flags, handle;
	L4_ThreadId_t pager;
};

/* e: what to set, and then what was there */
static int
exregs(Thread *t, L4_Word_t control, Exregs *e)
{
	L4_ThreadId_t id = L4_ExchangeRegisters(t->id, control, e->sp, e->ip, e->flags,
	    e->handle, e->pager, &e->control, &e->sp, &e->ip, &e->flags, &e->handle,
	    &e->pager);

	return L4_IsNilThread(id) ? l4_error("ExchangeRegisters") : 0;
}

int
thread_regs(Thread *t, uintptr_t *ip, uintptr_t *sp, uintptr_t *flags)
{
	Exregs e = { 0 };
	int rc = exregs(t, L4_EXREGS_d, &e);

	if (rc < 0)
		return rc;
	*ip = e.ip;
	*sp = e.sp;
	*flags = e.flags;
	return 0;
}

int
thread_set(Thread *t, uintptr_t ip, uintptr_t sp)
{
	Exregs e = { .ip = ip, .sp = sp };
	int rc = exregs(t, L4_EXREGS_R | L4_EXREGS_S | L4_EXREGS_ip | L4_EXREGS_sp |
	    L4_EXREGS_h, &e);

	if (rc == 0)
		t->stopped = false;
	return rc;
}

int
thread_halt(Thread *t, bool halt)
{
	Exregs e = { 0 };
	int rc = exregs(t, L4_EXREGS_h | (halt ? L4_EXREGS_H : 0), &e);

	if (rc == 0)
		t->stopped = halt;
	return rc;
}

int
thread_pager(Thread *t, L4_ThreadId_t pager)
{
	Exregs e = { .pager = pager };
	int rc = exregs(t, L4_EXREGS_pager, &e);

	if (rc == 0)
		t->pager = pager;
	return rc;
}
