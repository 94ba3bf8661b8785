/*
 * hvm/client.c - hvm.h as calls to HVM (proto.h). Linked into CORE and into
 * programs; these may only call hvm_thread_new and hvm_thread_kill.
 *
 * A call is words both ways: it overwrites the caller's message registers and
 * leaves its buffer registers alone.
 */
#include "hvm/hvm.h"
#include "hvm/proto.h"
#include "lib9/plat.h"

static L4_Word_t
root_base(void)
{
	static L4_Word_t base;

	if (base == 0)
		base = L4_ThreadIdUserBase(L4_GetKernelInterface());
	return base;
}

/* sigma0, sigma1, root: (UserBase, 1) and the next two */
static L4_ThreadId_t
hvm_id(void)
{
	return L4_GlobalId(root_base() + 2, 1);
}

int
hvm_sid(L4_ThreadId_t t)
{
	L4_Word_t n = L4_ThreadNo(t), first = root_base() + HVM_FIRST_THREAD;

	if (n < first)
		return 0;
	n -= first;
	if (n < HVM_NCORETHREAD)
		return 1;
	n = (n - HVM_NCORETHREAD) / HVM_NTHREAD + 2;
	return n < HVM_NSPACE ? (int)n : 0;
}

static int64_t
call(unsigned op, const L4_Word_t *arg, unsigned narg, L4_Word_t out[HVM_NOUT])
{
	static const char *const name[] = {
#define X(name, core) [HVM_##name] = #name,
		HVM_CALLS
#undef X
	};
	L4_Msg_t m;
	L4_MsgTag_t tag;
	int64_t rc;

	L4_MsgClear(&m);
	L4_Set_MsgLabel(&m, HVM_LABEL + op);
	for (unsigned i = 0; i < narg; i++)
		L4_MsgAppendWord(&m, arg[i]);
	L4_MsgLoad(&m);
	tag = L4_Call(hvm_id());
	if (L4_IpcFailed(tag))
		return seterr(Eintr, "hvm_%s: L4 error 0x%lx", name[op], (unsigned long)L4_ErrorCode());
	L4_MsgStore(tag, &m);
	rc = L4_UntypedWords(tag) > 0 ? (intptr_t)L4_MsgWord(&m, 0) : -Ebadmsg;
	if (rc < 0)
		return seterr((int)-rc, "hvm_%s", name[op]);
	for (unsigned i = 0; i < HVM_NOUT && i + 1 < L4_UntypedWords(tag) && out != NULL; i++)
		out[i] = L4_MsgWord(&m, i + 1);
	return rc;
}

#define CALL(op, out, ...)                                                     \
	call(HVM_##op, (const L4_Word_t[]){ __VA_ARGS__ },                     \
	    sizeof((const L4_Word_t[]){ __VA_ARGS__ }) / sizeof(L4_Word_t), out)
#define LOHI(v) (L4_Word_t)(uint32_t)(v), (L4_Word_t)((uint64_t)(v) >> 32)
#define ADDR(p) (L4_Word_t)(p)
#define NUM(v) (L4_Word_t)(intptr_t)(v)

static uint64_t
join(const L4_Word_t *lohi)
{
	return (uint64_t)(uint32_t)lohi[0] | (uint64_t)(uint32_t)lohi[1] << 32;
}

/* ---- images ---- */
int
hvm_image_phys(uint64_t pa, size_t size)
{
	return (int)CALL(image_phys, NULL, LOHI(pa), size);
}

int
hvm_image_new(size_t size, void **window)
{
	L4_Word_t out[HVM_NOUT];
	int rc = (int)CALL(image_new, out, size);

	if (rc >= 0)
		*window = (void *)out[0];
	return rc;
}

int
hvm_image_seal(int image)
{
	return (int)CALL(image_seal, NULL, NUM(image));
}

void
hvm_image_put(int image)
{
	(void)CALL(image_put, NULL, NUM(image));
}

/* ---- spaces ---- */
int
hvm_space_new(int *sid, L4_ThreadId_t *main)
{
	L4_Word_t out[HVM_NOUT];
	int rc = (int)call(HVM_space_new, NULL, 0, out);

	if (rc < 0)
		return rc;
	*sid = (int)out[0];
	main->raw = out[1];
	return 0;
}

int
hvm_fork(int parent, int flags, uintptr_t ip, uintptr_t sp, int *sid, L4_ThreadId_t *main)
{
	L4_Word_t out[HVM_NOUT];
	int rc = (int)CALL(fork, out, NUM(parent), NUM(flags), ip, sp);

	if (rc < 0)
		return rc;
	*sid = (int)out[0];
	main->raw = out[1];
	return 0;
}

uintptr_t
hvm_stack_base(size_t n)
{
	return (HVM_STACKTOP - n) & ~(uintptr_t)15;
}

int
hvm_exec(int sid, int image, const char *name, const void *stack, size_t n)
{
	return (int)CALL(exec, NULL, NUM(sid), NUM(image), ADDR(name), strlen(name), ADDR(stack), n);
}

int
hvm_kill(int sid)
{
	return (int)CALL(kill, NULL, NUM(sid));
}

int
hvm_stop(int sid)
{
	return (int)CALL(stop, NULL, NUM(sid));
}

int
hvm_pri(int sid, int pri)
{
	return (int)CALL(pri, NULL, NUM(sid), NUM(pri));
}

int
hvm_start(int sid)
{
	return (int)CALL(start, NULL, NUM(sid));
}

int
hvm_note(int sid, uintptr_t ip)
{
	return (int)CALL(note, NULL, NUM(sid), ip);
}

/* The length of a text that HVM put into text; ends it with a NUL. */
static int
text_end(int64_t rc, char *text, size_t n)
{
	if (rc >= 0 && n > 0)
		text[(size_t)rc < n ? (size_t)rc : n - 1] = '\0';
	return (int)rc;
}

/* ---- segments ---- */
int
hvm_brk(int sid, uintptr_t end)
{
	return (int)CALL(brk, NULL, NUM(sid), end);
}

int
hvm_segattach(int sid, int flags, const char *class, uintptr_t *va, size_t len)
{
	L4_Word_t out[HVM_NOUT];
	int rc = (int)CALL(segattach, out, NUM(sid), NUM(flags), ADDR(class), strlen(class), *va, len);

	if (rc == 0)
		*va = out[0];
	return rc;
}

int
hvm_segdetach(int sid, uintptr_t va)
{
	return (int)CALL(segdetach, NULL, NUM(sid), va);
}

int64_t
hvm_peek(int sid, uintptr_t va, void *buf, size_t n)
{
	return CALL(peek, NULL, NUM(sid), va, ADDR(buf), n);
}

int64_t
hvm_poke(int sid, uintptr_t va, const void *buf, size_t n)
{
	return CALL(poke, NULL, NUM(sid), va, ADDR(buf), n);
}

int
hvm_segments(int sid, char *text, size_t n)
{
	return text_end(CALL(segments, NULL, NUM(sid), ADDR(text), n), text, n);
}

int
hvm_regs(int sid, char *text, size_t n)
{
	return text_end(CALL(regs, NULL, NUM(sid), ADDR(text), n), text, n);
}

int
hvm_threads(int sid, char *text, size_t n)
{
	return text_end(CALL(threads, NULL, NUM(sid), ADDR(text), n), text, n);
}

int
hvm_thread_stop(int sid, int slot, bool stop)
{
	return (int)CALL(thread_stop, NULL, NUM(sid), NUM(slot), stop);
}

int
hvm_event(HvmEvent *e)
{
	L4_Word_t out[HVM_NOUT];
	int rc = (int)CALL(event, out, ADDR(e->text), sizeof e->text);

	if (rc < 0)
		return rc;
	e->text[sizeof e->text - 1] = '\0';
	e->sid = (int)out[0];
	e->thread.raw = out[1];
	return 0;
}

/* ---- threads ---- */

/* plat_thread_entry finds fn and its argument at sp. */
int
hvm_thread_new(L4_ThreadId_t *t, L4_ThreadId_t pager, void (*fn)(void *), void *arg,
    void *stack, size_t size)
{
	uintptr_t top = ((uintptr_t)stack + size) & ~(uintptr_t)15;
	L4_Word_t *sp = (L4_Word_t *)top - 4, out[HVM_NOUT];
	int rc;

	if (size < 1024)
		return seterr(Ebadarg, "thread_new: a stack of %zu bytes", size);
	sp[0] = (L4_Word_t)fn;
	sp[1] = ADDR(arg);
	rc = (int)CALL(thread_new, out, pager.raw, ADDR(plat_thread_entry), ADDR(sp));
	if (rc == 0)
		t->raw = out[0];
	return rc;
}

int
hvm_thread_kill(L4_ThreadId_t t)
{
	return (int)CALL(thread_kill, NULL, t.raw);
}

/* ---- CORE's machine ---- */
int
hvm_mem(size_t npage, void **va, uint64_t *pa)
{
	L4_Word_t out[HVM_NOUT];
	int rc = (int)CALL(mem, out, npage);

	if (rc < 0)
		return rc;
	*va = (void *)out[0];
	*pa = join(out + 1);
	return 0;
}

int
hvm_map_phys(uint64_t pa, size_t npage, int kind, void **va)
{
	L4_Word_t out[HVM_NOUT];
	int rc = (int)CALL(map_phys, out, LOHI(pa), npage, NUM(kind));

	if (rc == 0)
		*va = (void *)out[0];
	return rc;
}

int
hvm_trace(uint64_t pa, size_t npage)
{
	return (int)CALL(trace, NULL, LOHI(pa), npage);
}

int
hvm_irq(int irq)
{
	return (int)CALL(irq, NULL, NUM(irq));
}

int
hvm_bootinfo(int index, uint64_t *pa, size_t *size, char *cmdline, size_t n)
{
	L4_Word_t out[HVM_NOUT];
	int rc = (int)CALL(bootinfo, out, NUM(index), ADDR(cmdline), n);

	if (rc < 0)
		return rc;
	if (n > 0)
		cmdline[n - 1] = '\0';
	*pa = join(out);
	*size = out[2];
	return 0;
}

int
hvm_debug(const char *line, char *text, size_t n)
{
	return text_end(CALL(debug, NULL, ADDR(line), strlen(line), ADDR(text), n), text, n);
}
