/*
 * clerk.c - a request is served and answered: the table of system calls, its
 * arguments, and the reply.
 *
 * The reply goes straight to the program, in Mngr's name (propagation), which
 * is whom the program's Call waits for. Large data is sent as a string from the
 * clerk's own buffer: faults in the program's buffer cost that clerk's time,
 * at most the transfer timeout, and nobody else's.
 */
#include "core/core_impl.h"

SysFn *const sys_table[SYS_max] = {
#define X(n) sys_##n,
	SYSCALLS
#undef X
};
const char *const sys_name[SYS_max] = {
#define X(n) #n,
	SYSCALLS
#undef X
};

int64_t
arg64(const Request *r, int i)
{
	return (int64_t)((uint64_t)(uint32_t)r->arg[i] | (uint64_t)(uint32_t)r->arg[i + 1] << 32);
}

int
in_str(const Request *r, size_t *pos, Str *out)
{
	const uint8_t *s = r->in + *pos;
	const uint8_t *nul = *pos < r->nin ? memchr(s, 0, r->nin - *pos) : NULL;

	if (!nul)
		return seterr(Ebadarg, "a string without end");
	*out = (Str){ (const char *)s, (size_t)(nul - s) };
	*pos += out->n + 1;
	return 0;
}

static int64_t
call(Request *r)
{
	return sys_table[r->num](r); /* parked: r is not ours any more */
}

int64_t
request_call(Request *r)
{
	if (TRACING_ANY || r->trace != 0) /* begun while it was on: it ends there too */
		return trace_run(r, call);
	return call(r);
}

static void
load_bytes(int mr, const void *data, size_t n)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < n; i += sizeof(L4_Word_t)) {
		L4_Word_t w = 0;

		memcpy(&w, p + i, n - i < sizeof w ? n - i : sizeof w);
		L4_LoadMR(mr++, w);
	}
}

/* Loads the reply. The registers hold nothing across any other call. */
void
request_pack(Request *r, int64_t result, L4_Word_t label)
{
	size_t words = 0, typed = 0;

	L4_LoadMR(SYSR_MR_RESULT, (L4_Word_t)(uint32_t)result);
	L4_LoadMR(SYSR_MR_RESULT + 1, (L4_Word_t)(uint32_t)((uint64_t)result >> 32));
	L4_LoadMR(SYSR_MR_SIZE, r->nout);
	if (r->nout <= SYS_INLINE) {
		words = (r->nout + sizeof(L4_Word_t) - 1) / sizeof(L4_Word_t);
		load_bytes(SYSR_MR_DATA, r->out, r->nout);
	} else {
		L4_StringItem_t s = L4_StringItem(r->nout, (void *)(uintptr_t)r->out);

		L4_LoadMRs(SYSR_MR_DATA, 2, s.raw);
		typed = 2;
	}
	L4_LoadMR(0, label << 16 | typed << 6 | (SYSR_MR_SIZE + words));
}

/*
 * How long a program's pager may take over a page that a string goes to. L4Ka::Pistachio
 * lets the sender sleep for all of that time though the page came at once: there it is
 * short.
 */
static L4_Time_t
xfer_time(void)
{
	enum { ID_PISTACHIO = 4, SHORT_US = 2000 };
	static atomic_uint us; /* 0: no clerk has asked the kernel yet */
	unsigned v = atomic_load_explicit(&us, memory_order_relaxed);

	if (v == 0) {
		v = L4_KernelId() >> 24 == ID_PISTACHIO ? SHORT_US : XFER_US;
		atomic_store_explicit(&us, v, memory_order_relaxed);
	}
	return L4_TimePeriod(v);
}

void
request_reply(Request *r, int64_t result)
{
	bool mine = clerk_self()->tid.raw == mngr_tid().raw;
	char reason[ERRMAX];
	bool note, dead = false;
	L4_MsgTag_t tag;

	if (result == SYS_NOREPLY)
		return;
	if (result < 0) {
		snprintf(reason, sizeof reason, "%s", err_reason());
		r->out = reason;
		r->nout = strlen(reason);
	}
	if (r->proc) {
		lock(&r->proc->lk);
		dead = r->proc->killed;
		unlock(&r->proc->lk);
	}
	if (dead)
		return;
	note = r->proc && note_tell_reply(r);
	if (!mine)
		L4_Set_XferTimeouts(L4_Timeouts(xfer_time(), xfer_time()));
	request_pack(r, result, note ? SYSR_NOTE : 0);
	tag = L4_MsgTag();
	if (!mine) {
		L4_Set_Propagation(&tag);
		L4_Set_VirtualSender(mngr_tid());
		L4_Set_MsgTag(tag);
	}
	tag = L4_Reply(r->from);
	if (L4_IpcFailed(tag) && note)
		note_untell(r->proc);
}
