/*
 * tests/unit/core_l4.h - L4 and HVM for tests of CORE on the host: threads are
 * pthreads with a UTCB each, spaces are numbers, IPC goes through one mutex.
 * Programs are C functions; they call CORE with lib9's own stub (sys/call.c).
 * Done: send, receive, call, open, closed and local waits, timeouts, string
 * items, propagation, cancelling; not: maps, grants, redirection.
 */
#ifndef TESTS_UNIT_CORE_L4_H
#define TESTS_UNIT_CORE_L4_H
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include "tests/unit.h"
#include "core/core_impl.h"
#include "servants/servants.h"
long syscall(long number, ...);

enum { EMU_THREADS = 1200, EMU_PER_SPACE = 4, EMU_CORE = 400 };

typedef struct EmuThread EmuThread;
struct EmuThread {
	_Alignas(64) L4_Word_t gs[8];      /* %gs:0 */
	_Alignas(64) L4_Word_t words[128]; /* the UTCB */
	L4_Word_t *mr0;                    /* in its middle */
	pthread_t pthread;
	pthread_cond_t wake;
	L4_ThreadId_t id;
	int sid;
	bool used, dead, cancel;
	bool receiving, got;
	L4_ThreadId_t from_spec, from;     /* what it waits for, who it was */
	uintptr_t note_ip;                 /* hvm_note: to be called */
	void (*fn)(void *);
	void *arg;
};
static EmuThread emu_thread[EMU_THREADS];
static pthread_mutex_t emu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t emu_ready = PTHREAD_COND_INITIALIZER; /* somebody began to receive */
static __thread EmuThread *emu_me;
static uint32_t emu_version = 1;
static int emu_spaces;                     /* alive, for leaks */

static EmuThread *
emu_find(L4_ThreadId_t t)
{
	EmuThread *e;

	if (L4_IsLocalId(t) && t.raw) {
		for (size_t i = 0; i < EMU_THREADS; i++)
			if ((L4_Word_t)emu_thread[i].mr0 == t.raw)
				return &emu_thread[i];
		return NULL;
	}
	if (L4_ThreadNo(t) >= EMU_THREADS)
		return NULL;
	e = &emu_thread[L4_ThreadNo(t)];
	return e->used && !e->dead && e->id.raw == t.raw ? e : NULL;
}

static bool
emu_accepts(const EmuThread *r, const EmuThread *s, L4_ThreadId_t as)
{
	if (!r->receiving || r->dead)
		return false;
	if (r->from_spec.raw == L4_anythread.raw)
		return true;
	if (r->from_spec.raw == L4_anylocalthread.raw)
		return r->sid == s->sid;
	return r->from_spec.raw == as.raw || r->from_spec.raw == (L4_Word_t)s->mr0;
}

static bool
emu_deadline(L4_Time_t t, struct timespec *at)
{
	uint64_t us = (uint64_t)(t.raw & 0x3FF) << (t.raw >> 10 & 0x1F);

	if (t.raw == 0)
		return false;
	clock_gettime(CLOCK_REALTIME, at);
	at->tv_nsec += (long)(us % 1000000) * 1000;
	at->tv_sec += (time_t)(us / 1000000) + at->tv_nsec / 1000000000;
	at->tv_nsec %= 1000000000;
	return true;
}

static L4_MsgTag_t
emu_fail(EmuThread *me, int code, int phase)
{
	me->mr0[L4_TCR_ErrorCode] = (L4_Word_t)(code << 1 | phase);
	me->mr0[0] = L4_TAG_E;
	return (L4_MsgTag_t){ L4_TAG_E };
}

/* The message of s arrives at r: registers and at most one string. */
static bool
emu_copy(EmuThread *s, EmuThread *r)
{
	L4_MsgTag_t tag = { s->mr0[0] };
	size_t u = L4_UntypedWords(tag), t = L4_TypedWords(tag);

	memcpy(r->mr0, s->mr0, (1 + u + t) * sizeof(L4_Word_t));
	r->mr0[0] &= ~(L4_Word_t)L4_TAG_P;
	if (t == 2) {
		size_t size = s->mr0[u + 1] >> 10, room = r->mr0[L4_TCR_BR0 - 1] >> 10;

		if (!(r->mr0[L4_TCR_BR0] & 1) || room < size)
			return false;
		memcpy((void *)r->mr0[L4_TCR_BR0 - 2], (void *)s->mr0[u + 2], size);
	}
	return true;
}

static void
emu_die_check(EmuThread *me)
{
	if (!me->dead)
		return;
	pthread_mutex_unlock(&emu);
	pthread_exit(NULL);
}

/* Sends; 0, or an error of the send phase. */
static int
emu_send(EmuThread *me, L4_ThreadId_t to, L4_Time_t timeout)
{
	struct timespec end;
	bool limited = emu_deadline(timeout, &end);
	L4_MsgTag_t tag = { me->mr0[0] };
	L4_ThreadId_t as = L4_IpcPropagated(tag) ? (L4_ThreadId_t){ me->mr0[L4_TCR_Sender] } : me->id;

	for (;;) {
		EmuThread *r = emu_find(to);

		emu_die_check(me);
		if (!r)
			return L4_IpcErrNonExist;
		if (me->cancel)
			return L4_IpcErrCancelled;
		if (emu_accepts(r, me, as)) {
			bool ok = emu_copy(me, r);

			r->from = r->sid == me->sid ? (L4_ThreadId_t){ (L4_Word_t)me->mr0 } : as;
			r->receiving = false;
			r->got = true;
			if (!ok)
				emu_fail(r, L4_IpcErrOverflow, 1);
			pthread_cond_signal(&r->wake);
			return ok ? 0 : L4_IpcErrOverflow;
		}
		if (limited && timeout.raw == 1 << 10)
			return L4_IpcErrTimeout;
		if (!limited)
			pthread_cond_wait(&emu_ready, &emu);
		else if (pthread_cond_timedwait(&emu_ready, &emu, &end) == ETIMEDOUT)
			return L4_IpcErrTimeout;
	}
}

void *
L4_KernelInterface(L4_Word_t *api_version, L4_Word_t *api_flags, L4_Word_t *kernel_id)
{
	*api_version = *api_flags = *kernel_id = 0;
	return NULL;
}

L4_MsgTag_t
L4_Ipc(L4_ThreadId_t to, L4_ThreadId_t spec, L4_Word_t timeouts, L4_ThreadId_t *from)
{
	EmuThread *me = emu_me;
	L4_Time_t snd = { (L4_Word16_t)(timeouts >> 16) }, rcv = { (L4_Word16_t)timeouts };
	struct timespec end;
	bool limited;
	int rc;

	pthread_mutex_lock(&emu);
	emu_die_check(me);
	if (to.raw && (rc = emu_send(me, to, snd))) {
		me->cancel = false;
		pthread_mutex_unlock(&emu);
		return emu_fail(me, rc, 0);
	}
	if (!spec.raw) {
		pthread_mutex_unlock(&emu);
		me->mr0[0] = 0;
		return (L4_MsgTag_t){ 0 };
	}
	me->from_spec = spec;
	me->got = false;
	me->receiving = true;
	pthread_cond_broadcast(&emu_ready);
	limited = emu_deadline(rcv, &end);
	while (!me->got && !me->cancel && !me->dead)
		if (!limited)
			pthread_cond_wait(&me->wake, &emu);
		else if (pthread_cond_timedwait(&me->wake, &emu, &end) == ETIMEDOUT)
			break;
	me->receiving = false;
	rc = me->got ? 0 : me->cancel ? L4_IpcErrCancelled : L4_IpcErrTimeout;
	me->cancel = false;
	emu_die_check(me);
	*from = me->from;
	pthread_mutex_unlock(&emu);
	if (rc)
		emu_fail(me, rc, 1);
	if (me->note_ip) {
		void (*note)(void *) = (void (*)(void *))me->note_ip;
		L4_Word_t saved[64];

		memcpy(saved, me->mr0, sizeof saved);
		rc = (int)me->mr0[L4_TCR_ErrorCode];
		me->note_ip = 0;
		note(NULL);
		memcpy(me->mr0, saved, sizeof saved);
		me->mr0[L4_TCR_ErrorCode] = (L4_Word_t)rc;
	}
	return (L4_MsgTag_t){ me->mr0[0] };
}

void
L4_ThreadSwitch(L4_ThreadId_t t)
{
	USED(t);
	sched_yield();
}

L4_Clock_t
L4_SystemClock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (L4_Clock_t){ (L4_Word64_t)t.tv_sec * 1000000 + (L4_Word64_t)t.tv_nsec / 1000 };
}

/* ---- threads ---- */

static void
emu_enter(EmuThread *t)
{
	emu_me = t;
	t->gs[0] = (L4_Word_t)t->mr0;
	syscall(158 /* arch_prctl */, 0x1001 /* ARCH_SET_GS */, t->gs);
	t->mr0[L4_TCR_MyGlobalId] = t->id.raw;
}

static void *
emu_main(void *arg)
{
	EmuThread *t = arg;

	emu_enter(t);
	t->fn(t->arg);
	pthread_mutex_lock(&emu);
	t->dead = true;
	pthread_mutex_unlock(&emu);
	return NULL;
}

/* A thread of space sid, its number in the space's range; NULL: none free. */
static EmuThread *
emu_new(int sid, void (*fn)(void *), void *arg, bool run)
{
	size_t first = sid == 1 ? 0 : EMU_CORE + (size_t)sid * EMU_PER_SPACE;
	size_t last = sid == 1 ? EMU_CORE : first + EMU_PER_SPACE;

	pthread_mutex_lock(&emu);
	for (size_t i = first; i < last && i < EMU_THREADS; i++) {
		EmuThread *t = &emu_thread[i];

		if (t->used)
			continue;
		memset(t, 0, sizeof *t);
		t->mr0 = &t->words[64];
		t->used = true;
		t->sid = sid;
		t->fn = fn;
		t->arg = arg;
		t->id = L4_GlobalId(i, emu_version++ << 6 | 1);
		pthread_cond_init(&t->wake, NULL);
		pthread_mutex_unlock(&emu);
		if (run)
			ck_assert_int_eq(pthread_create(&t->pthread, NULL, emu_main, t), 0);
		return t;
	}
	pthread_mutex_unlock(&emu);
	return NULL;
}

/* Ends a thread wherever it waits, and waits for its end. */
static void
emu_end(EmuThread *t)
{
	bool running = t->pthread != 0;

	pthread_mutex_lock(&emu);
	t->dead = true;
	pthread_cond_signal(&t->wake);
	pthread_cond_broadcast(&emu_ready);
	pthread_mutex_unlock(&emu);
	if (running)
		pthread_join(t->pthread, NULL);
	pthread_mutex_lock(&emu);
	t->used = false;
	pthread_mutex_unlock(&emu);
}

/* ---- HVM ---- */

static bool emu_space[EMU_THREADS / EMU_PER_SPACE];
static void (*emu_image[64])(void *);
static atomic_int emu_image_refs[64];        /* by id: CORE's references */
static void (*emu_image_made)(void);         /* runs once, before the next one is given */
static _Atomic(HvmEvent *) emu_event;
static char emu_core_stack;

int
hvm_sid(L4_ThreadId_t t)
{
	size_t n = L4_ThreadNo(t);

	return n >= EMU_THREADS ? 0 : n < EMU_CORE ? 1 : (int)((n - EMU_CORE) / EMU_PER_SPACE);
}

int
hvm_thread_new(L4_ThreadId_t *t, L4_ThreadId_t pager, void (*fn)(void *), void *arg, void *stack, size_t size)
{
	EmuThread *e = emu_new(1, fn, arg, false);

	USED(pager);
	USED(stack);
	USED(size);
	if (!e)
		return seterr(Enoproc, NULL);
	*t = e->id;
	ck_assert_int_eq(pthread_create(&e->pthread, NULL, emu_main, e), 0);
	return 0;
}

int
hvm_thread_kill(L4_ThreadId_t t)
{
	EmuThread *e = emu_find(t);

	if (!e)
		return seterr(Ebadarg, NULL);
	emu_end(e);
	return 0;
}

int
hvm_space_new(int *sid, L4_ThreadId_t *main)
{
	int s = 0;
	EmuThread *t;

	pthread_mutex_lock(&emu);
	for (int i = 2; i < (EMU_THREADS - EMU_CORE) / EMU_PER_SPACE && !s; i++)
		if (!emu_space[i]) {
			emu_space[i] = true;
			emu_spaces++;
			s = i;
		}
	pthread_mutex_unlock(&emu);
	if (!s || !(t = emu_new(s, NULL, NULL, false)))
		return seterr(Enoproc, NULL);
	*sid = s;
	*main = t->id;
	return 0;
}

static EmuThread *
emu_main_thread(int sid)
{
	return &emu_thread[EMU_CORE + sid * EMU_PER_SPACE];
}

/* ip is a C function, sp its argument. */
int
hvm_fork(int parent, int flags, uintptr_t ip, uintptr_t sp, int *sid, L4_ThreadId_t *main)
{
	EmuThread *t;
	int rc = hvm_space_new(sid, main);

	USED(parent);
	USED(flags);
	if (rc < 0)
		return rc;
	t = emu_main_thread(*sid);
	t->fn = (void (*)(void *))ip;
	t->arg = (void *)sp;
	ck_assert_int_eq(pthread_create(&t->pthread, NULL, emu_main, t), 0);
	sched_yield(); /* the child runs first, at times */
	return 0;
}

int
hvm_image_phys(uint64_t pa, size_t size)
{
	void (*made)(void) = emu_image_made;

	USED(size);
	emu_image_made = NULL;
	if (made)
		made();
	atomic_fetch_add(&emu_image_refs[pa], 1);
	return (int)pa;
}

int
hvm_image_new(size_t size, void **window)
{
	USED(size);
	USED(window);
	return seterr(Ebadexec, NULL);
}

int
hvm_image_seal(int image)
{
	return image;
}

void
hvm_image_put(int image)
{
	ck_assert_int_gt(atomic_fetch_sub(&emu_image_refs[image], 1), 0);
}

uintptr_t
hvm_stack_base(size_t n)
{
	return (uintptr_t)&emu_core_stack - n;
}

/* The new program is a new pthread of the main thread's number. */
int
hvm_exec(int sid, int image, const char *name, const void *stack, size_t n)
{
	EmuThread *t = emu_main_thread(sid);
	L4_ThreadId_t id = t->id;

	USED(name);
	USED(stack);
	USED(n);
	if (image < 0 || image >= (int)nelem(emu_image) || !emu_image[image])
		return seterr(Ebadexec, NULL);
	emu_end(t);
	pthread_mutex_lock(&emu);
	memset(t, 0, sizeof *t);
	t->mr0 = &t->words[64];
	t->used = true;
	t->sid = sid;
	t->id = id;
	t->fn = emu_image[image];
	pthread_cond_init(&t->wake, NULL);
	pthread_mutex_unlock(&emu);
	ck_assert_int_eq(pthread_create(&t->pthread, NULL, emu_main, t), 0);
	return 0;
}

int
hvm_kill(int sid)
{
	for (int i = 0; i < EMU_PER_SPACE; i++)
		if (emu_main_thread(sid)[i].used)
			emu_end(&emu_main_thread(sid)[i]);
	pthread_mutex_lock(&emu);
	emu_space[sid] = false;
	emu_spaces--;
	pthread_mutex_unlock(&emu);
	return 0;
}

int
hvm_note(int sid, uintptr_t ip)
{
	EmuThread *t = emu_main_thread(sid);

	pthread_mutex_lock(&emu);
	t->note_ip = ip;
	t->cancel = true;
	pthread_cond_signal(&t->wake);
	pthread_cond_broadcast(&emu_ready);
	pthread_mutex_unlock(&emu);
	return 0;
}

int
hvm_stop(int sid)
{
	USED(sid);
	return 0;
}

int
hvm_pri(int sid, int pri)
{
	USED(sid);
	USED(pri);
	return 0;
}

int
hvm_start(int sid)
{
	USED(sid);
	return 0;
}

int
hvm_brk(int sid, uintptr_t end)
{
	USED(sid);
	USED(end);
	return 0;
}

int
hvm_segattach(int sid, int flags, const char *class, uintptr_t *va, size_t len)
{
	USED(sid);
	USED(flags);
	USED(class);
	USED(va);
	USED(len);
	return seterr(Enomem, NULL);
}

int
hvm_segdetach(int sid, uintptr_t va)
{
	USED(sid);
	USED(va);
	return seterr(Ebadarg, NULL);
}

int64_t
hvm_peek(int sid, uintptr_t va, void *buf, size_t n)
{
	USED(sid);
	if (va < 4096)
		return seterr(Eaddr, NULL);
	memcpy(buf, (void *)va, n);
	return (int64_t)n;
}

int64_t
hvm_poke(int sid, uintptr_t va, const void *buf, size_t n)
{
	USED(sid);
	memcpy((void *)va, buf, n);
	return (int64_t)n;
}

int
hvm_segments(int sid, char *text, size_t n)
{
	USED(sid);
	return snprintf(text, n, "Text 400000 408000\n");
}

int
hvm_regs(int sid, char *text, size_t n)
{
	USED(sid);
	return snprintf(text, n, "pc 0\n");
}

int
hvm_threads(int sid, char *text, size_t n)
{
	USED(sid);
	return snprintf(text, n, " 0 1 runs 0 0\n");
}

int
hvm_thread_stop(int sid, int slot, bool stop)
{
	USED(sid);
	USED(stop);
	return slot == 0 ? 0 : seterr(Ebadarg, "no thread %d", slot);
}

int
hvm_mem(size_t npage, void **va, uint64_t *pa)
{
	*va = calloc(npage, 4096);
	*pa = (uintptr_t)*va;
	return *va != NULL ? 0 : seterr(Enomem, NULL);
}

int
hvm_trace(uint64_t pa, size_t npage)
{
	USED(pa);
	USED(npage);
	return 0;
}

int
hvm_event(HvmEvent *e)
{
	HvmEvent *have;

	while (!(have = atomic_exchange(&emu_event, NULL))) {
		pthread_mutex_lock(&emu);
		emu_die_check(emu_me);
		pthread_mutex_unlock(&emu);
		L4_Receive_Timeout(L4_MyLocalId(), L4_TimePeriod(2000));
	}
	*e = *have;
	return 0;
}
#endif
