/*
 * sys/call.c - one system call as an L4 message to CORE's Mngr and back. Data
 * of up to SYS_INLINE bytes travels in message registers, else as one string
 * item; the layout is in lib9/sysmsg.h.
 *
 * CORE waits for no page of a program's input: a page that is not there fails
 * the call's send phase, and the stub has it put there and sends again.
 */
#include "lib9/sys/sys_impl.h"

enum {
	BYTE_SHIFT = 10, /* X.2: the size of a simple string, in its first word */
	PAGE = 4096, NTOUCH = 64,
};

static void
put_data(int mr, const void *data, size_t size)
{
	const char *p = data;

	for (; size > 0; mr++) {
		uintptr_t w = 0;
		size_t n = size < sizeof w ? size : sizeof w;

		memcpy(&w, p, n);
		L4_LoadMR(mr, w);
		p += n;
		size -= n;
	}
}

static void
get_data(int mr, void *data, size_t size)
{
	char *p = data;

	for (; size > 0; mr++) {
		L4_Word_t w;
		size_t n = size < sizeof w ? size : sizeof w;

		L4_StoreMR(mr, &w);
		memcpy(p, &w, n);
		p += n;
		size -= n;
	}
}

static L4_MsgTag_t
send(int num, const uintptr_t *args, const void *in, size_t nin, void *out, size_t nout)
{
	L4_ThreadId_t mngr = { .raw = startup->mngr };
	L4_Word_t br[3], t = 0, u = 1 + SYS_NARG;
	L4_MsgTag_t tag;

	for (int i = 0; i < 3; i++)
		L4_StoreBR(i, &br[i]);
	L4_LoadBR(0, nout > SYS_INLINE); /* bit 0: strings are welcome, no maps */
	L4_LoadBR(1, (L4_Word_t)nout << BYTE_SHIFT);
	L4_LoadBR(2, (L4_Word_t)(uintptr_t)out);
	for (int i = 0; i < SYS_NARG; i++)
		L4_LoadMR(1 + i, args[i]);
	L4_LoadMR(SYS_MR_SIZE, nin);
	if (nin > SYS_INLINE) {
		L4_LoadMR(SYS_MR_DATA, (L4_Word_t)nin << BYTE_SHIFT);
		L4_LoadMR(SYS_MR_DATA + 1, (L4_Word_t)(uintptr_t)in);
		t = 2;
	} else {
		put_data(SYS_MR_DATA, in, nin);
		u += (nin + sizeof(L4_Word_t) - 1) / sizeof(L4_Word_t);
	}
	tag.raw = (L4_Word_t)num << 16 | t << 6 | u;
	L4_Set_MsgTag(tag);
	tag = L4_Call(mngr);
	for (int i = 0; i < 3; i++)
		L4_LoadBR(i, br[i]);
	return tag;
}

/* Did a page of the input miss in the send phase? */
static bool
input_missed(L4_MsgTag_t tag)
{
	L4_Word_t code;

	if (L4_IpcSucceeded(tag))
		return false;
	code = L4_ErrorCode();
	return !(code & 1) && ((code >> 1 & 7) == L4_IpcErrXferMine || (code >> 1 & 7) == L4_IpcErrXferPartner);
}

static void
touch(const void *data, size_t size)
{
	const volatile char *p = data;

	for (size_t i = 0; i < size; i += PAGE - ((uintptr_t)p + i) % PAGE)
		(void)p[i];
}

/* X.2's error word: bit 0 says the reply's phase, bits 1 to 3 what. */
static int
ipc_error(int num)
{
	switch (L4_ErrorCode() >> 1 & 7) {
	case 1:
		return seterr(Etimedout, "system call %d", num);
	case 2:
		return seterr(Ehungup, "system call %d: no CORE", num);
	case 3:
		return seterr(Eintr, NULL);
	case 4:
		return seterr(Ebadmsg, "system call %d", num);
	}
	return seterr(Eaddr, "system call %d", num);
}

int64_t
syscall_(int num, const uintptr_t args[SYS_NARG], const void *in, size_t nin, void *out, size_t nout)
{
	char reason[ERRMAX];
	L4_Word_t low, high, size;
	L4_MsgTag_t tag;
	int64_t rc;

	if (nin > SYS_IOMAX)
		return seterr(Etoobig, NULL);
	if (nout > SYS_IOMAX)
		nout = SYS_IOMAX;
	tag = send(num, args, in, nin, out, nout);
	for (int i = 0; i < NTOUCH && nin > SYS_INLINE && input_missed(tag); i++) {
		touch(in, nin);
		tag = send(num, args, in, nin, out, nout);
	}
	if (L4_IpcFailed(tag))
		return ipc_error(num);
	L4_StoreMR(SYSR_MR_RESULT, &low);
	L4_StoreMR(SYSR_MR_RESULT + 1, &high);
	L4_StoreMR(SYSR_MR_SIZE, &size);
	rc = (int64_t)((uint64_t)high << 32 | (low & 0xFFFFFFFF));
	if (rc < 0 && rc > -Elast) {
		if (size >= sizeof reason)
			size = sizeof reason - 1;
		get_data(SYSR_MR_DATA, reason, size);
		reason[size] = '\0';
		err_set((int)rc, size == 0 ? err_text((int)rc) : reason);
	} else if (size <= SYS_INLINE) {
		get_data(SYSR_MR_DATA, out, size < nout ? size : nout);
	}
	if (tag.raw >> 16 & SYSR_NOTE)
		note_pending();
	return rc;
}
