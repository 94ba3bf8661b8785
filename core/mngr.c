/*
 * mngr.c - Mngr, the thread that takes in the programs' system calls. It
 * answers by itself what can't block, and hands the rest to clerks.
 *
 * The message of a request is in lib9/sysmsg.h. String items land in Mngr's
 * landing buffer; a small one is copied into the request, a large one stays where
 * it is and Mngr takes another buffer. The request goes to a clerk with the same
 * IPC with which Mngr waits for the next message.
 *
 * A message from a space that is not in the table yet (a child that runs
 * before rfork has finished) waits in limbo until the fork is over.
 *
 * Nothing here waits for a program: replies have timeout 0, and a string whose
 * pages are not all there fails at once (the stub in lib9 touches them and sends
 * again), since a program's own pager may answer late or never. Other threads poke
 * Mngr by a message without content.
 */
#include "core/core_impl.h"

enum { COPY_MAX = 32 * 1024, STARVED_US = 10000 };

static struct {
	L4_ThreadId_t tid;
	uint8_t *land;
	Request *limbo;           /* Mngr's own */
	atomic_uint nlimbo;
	atomic_bool poked;
	atomic_uint_fast64_t ncall;
} intake;

L4_ThreadId_t
mngr_tid(void)
{
	return intake.tid;
}

uint64_t
core_nsyscall(void)
{
	return atomic_load(&intake.ncall);
}

void
mngr_poke(void)
{
	L4_MsgTag_t tag = L4_Niltag;

	if (atomic_exchange(&intake.poked, true))
		return; /* it will look */
	if (clerk_self()->tid.raw == intake.tid.raw)
		return; /* Mngr looks before it waits */
	L4_Set_Label(&tag, LABEL_POKE);
	L4_Set_MsgTag(tag);
	L4_Send(intake.tid);
}

bool
mngr_limbo_waits(void)
{
	return atomic_load(&intake.nlimbo) > 0;
}

/* ---- taking a request ---- */

static int
take_string(Request *r, size_t at)
{
	L4_StringItem_t s;
	uint8_t *spare;

	L4_StoreMRs((int)at, 2, s.raw);
	if (!L4_IsStringItem(&s) || r->nin > s.raw[0] >> 10 || r->nin > LANDING)
		return seterr(Ebadarg, "input data");
	if (r->nin > COPY_MAX && (spare = landing_take())) {
		r->big = intake.land;
		r->landing = true;
		intake.land = spare;
	} else {
		if (!(r->big = malloc(r->nin + 1)))
			return seterr(Enomem, NULL);
		memcpy(r->big, intake.land, r->nin);
	}
	r->in = r->big;
	return 0;
}

/* The message in the registers becomes r's; first everything that another call could destroy. */
static int
take_message(Request *r, L4_MsgTag_t tag)
{
	size_t u = L4_UntypedWords(tag), t = L4_TypedWords(tag);
	L4_Word_t size, words[SYS_INLINE_WORDS];

	r->num = (unsigned)L4_Label(tag);
	r->in = r->inl;
	if (r->num >= SYS_max || u < SYS_MR_SIZE || u > SYS_MR_SIZE + SYS_INLINE_WORDS)
		return seterr(Ebadsys, NULL);
	L4_StoreMRs(1, SYS_NARG, r->arg);
	L4_StoreMRs(SYS_MR_SIZE, 1, &size);
	r->nin = size;
	if (t == 2)
		return take_string(r, u + 1);
	if (t != 0 || size > (u - SYS_MR_SIZE) * sizeof(L4_Word_t))
		return seterr(Ebadarg, "input data");
	L4_StoreMRs(SYS_MR_DATA, (int)(u - SYS_MR_SIZE), words);
	memcpy(r->inl, words, size);
	r->inl[size] = '\0';
	return 0;
}

/* Calls that never block. */
static bool
mngr_serves(unsigned num)
{
	switch (num) {
	case SYS_getpid:
	case SYS_nsec:
	case SYS_alarm:
	case SYS_notify:
	case SYS_noted:
	case SYS_errstr:
	case SYS_sleep:
		return true;
	}
	return false;
}

/* What Mngr's next IPC sends, besides waiting. */
typedef struct Out Out;
struct Out {
	L4_ThreadId_t to;
	L4_Time_t timeout;
	L4_MsgTag_t tag;
	bool loaded;              /* a reply is in the registers */
};

static void
out_clerk(Out *o, Clerk *c)
{
	if (!c || !unpark_claim(c))
		return;
	*o = (Out){ .to = c->tid, .timeout = L4_Never, .tag = L4_Niltag };
	L4_Set_Label(&o->tag, LABEL_WAKE);
}

/* Ends a request that Mngr answered, or refused. */
static void
mngr_finish(Request *r, int64_t result, bool added)
{
	Proc *p = r->proc;

	request_reply(r, result);
	if (added)
		proc_request_del(p, r);
	if (added)
		note_after(p);
	pool_request_free(r);
	proc_put(p);
}

static void
mngr_dispatch(Request *r, Out *o)
{
	Proc *p = r->proc;
	int64_t result;

	r->start_ns = up_ns();
	atomic_fetch_add_explicit(&intake.ncall, 1, memory_order_relaxed);
	if (!proc_request_add(p, r)) { /* dying: nobody is left to be answered */
		pool_request_free(r);
		proc_put(p);
		return;
	}
	if (TRACING_ANY)
		trace_call(r);
	if (mngr_serves(r->num)) {
		clerk_self()->req = r;
		if ((result = request_call(r)) != SYS_PARKED)
			mngr_finish(r, result, true);
		clerk_self()->req = NULL;
		return;
	}
	r->first = proc_supervisor(p);
	out_clerk(o, pool_give(r));
}

static void
mngr_take(Request *r, L4_MsgTag_t tag, L4_ThreadId_t from, Out *o)
{
	int rc = take_message(r, tag);
	bool forking = atomic_load(&proctab.nforking) > 0; /* before the look into the table */

	r->from = from;
	r->proc = proc_by_sid(hvm_sid(from));
	if (rc < 0) {
		mngr_finish(r, rc, false);
	} else if (r->proc) {
		mngr_dispatch(r, o);
	} else if (forking) {
		r->next = intake.limbo;
		intake.limbo = r;
		atomic_fetch_add(&intake.nlimbo, 1);
		atomic_store(&intake.poked, true);
	} else {
		mngr_finish(r, seterr(Eprocdied, NULL), false);
	}
}

/* Requests of spaces that were unknown: whose fork is over now? */
static void
mngr_limbo(void)
{
	Request *list = intake.limbo, *next;

	intake.limbo = NULL;
	for (; list; list = next) {
		Out o = { .to = L4_nilthread };
		bool forking = atomic_load(&proctab.nforking) > 0;

		next = list->next;
		atomic_fetch_sub(&intake.nlimbo, 1);
		if ((list->proc = proc_by_sid(hvm_sid(list->from)))) {
			mngr_dispatch(list, &o);
			if (o.to.raw) {
				L4_Set_MsgTag(o.tag);
				L4_Send(o.to);
			}
		} else if (forking) {
			list->next = intake.limbo;
			intake.limbo = list;
			atomic_fetch_add(&intake.nlimbo, 1);
		} else {
			mngr_finish(list, seterr(Eprocdied, NULL), false);
		}
	}
}

/* ---- the loop ---- */

static void
mngr_accept(void)
{
	L4_StringItem_t s = L4_StringItem(LANDING, intake.land);

	L4_LoadBR(0, L4_StringItemsAcceptor.raw);
	L4_LoadBRs(1, 2, s.raw);
}

static void
mngr_look(void)
{
	while (atomic_exchange(&intake.poked, false)) {
		mngr_limbo();
		note_tell_all();
	}
}

void
mngr_init(void)
{
	intake.tid = L4_Myself();
	if (!(intake.land = landing_take()))
		panic("mngr: no memory");
	L4_Set_XferTimeouts(L4_Timeouts(L4_ZeroTime, L4_ZeroTime));
}

void
mngr_run(void)
{
	Request *r = NULL;
	Out o = { .to = L4_nilthread };

	for (;;) {
		L4_ThreadId_t from = L4_nilthread;
		L4_ThreadId_t who = L4_anythread;
		L4_Time_t wait = L4_Never;
		L4_MsgTag_t tag;

		if (!o.to.raw)
			mngr_look();
		if (!r && !(r = pool_request())) { /* callers wait until a request is free */
			who = L4_anylocalthread;
			wait = L4_TimePeriod(STARVED_US);
		}
		mngr_accept();
		if (o.to.raw)
			L4_Set_MsgTag(o.tag);
		else
			o.timeout = L4_Never;
		if (atomic_load(&intake.poked))
			wait = L4_ZeroTime;
		tag = L4_Ipc(o.to, who, L4_Timeouts(o.timeout, wait), &from);
		o = (Out){ .to = L4_nilthread };
		if (L4_IpcFailed(tag) || L4_IsLocalId(from) || !r)
			continue;
		mngr_take(r, tag, from, &o);
		r = NULL;
	}
}
