/*
 * hvm/serve.c - the requests of proto.h: who may ask, what is in the words, the
 * answer. Nothing here waits; hvm_event() is answered by event.c.
 *
 * LIMITS  names NAMEMAX bytes, tables TEXTMAX
 */
#include "hvm/space_impl.h"

enum { NAMEMAX = 128, TEXTMAX = 64 << 10, NPHYS = 1 << 18 };

typedef struct Req Req;
struct Req {
	Thread *t;           /* who asks */
	Space *me;           /* its space; buffers are there */
	L4_Word_t a[HVM_NARG];
	L4_Word_t out[HVM_NOUT];
	unsigned nout;
	bool later;          /* no reply now */
};

static char text_buf[TEXTMAX];

static void
out(Req *r, L4_Word_t w)
{
	r->out[r->nout++] = w;
}

static void
out64(Req *r, uint64_t v)
{
	out(r, (L4_Word_t)(uint32_t)v);
	out(r, (L4_Word_t)(v >> 32));
}

static uint64_t
arg64(const Req *r, unsigned i)
{
	return (uint64_t)(uint32_t)r->a[i] | (uint64_t)(uint32_t)r->a[i + 1] << 32;
}

/* The program that a request is about; CORE itself only where said. */
static Space *
arg_space(const Req *r, unsigned i, bool core, int *rc)
{
	Space *s = r->a[i] < HVM_NSPACE ? space_find((int)r->a[i]) : NULL;

	if (s != NULL && (core || s->sid != CORE_SID))
		return s;
	*rc = seterr(Eprocdied, "no space %lu", (unsigned long)r->a[i]);
	return NULL;
}

static int
arg_name(const Req *r, unsigned i, char name[NAMEMAX])
{
	size_t n = r->a[i + 1];
	int64_t got;

	if (n >= NAMEMAX)
		return seterr(Etoobig, "a name of %zu bytes", n);
	got = mem_copy(NULL, (uintptr_t)name, r->me, r->a[i], n);
	if (got < (int64_t)n)
		return got < 0 ? (int)got : seterr(Eaddr, "name");
	name[n] = '\0';
	return 0;
}

/* Gives n bytes of text to the buffer in words i, i + 1; the count. */
static int64_t
give_text(Req *r, unsigned i, const char *text, size_t n)
{
	size_t size = r->a[i + 1];

	return mem_copy(r->me, r->a[i], NULL, (uintptr_t)text, n < size ? n : size);
}

/* ---- images ---- */
static int64_t
do_image_phys(Req *r)
{
	return image_phys(arg64(r, 0), r->a[2]);
}

static int
window_attach(Space *s, Seg *seg, uintptr_t *va)
{
	int rc = region_place(s, seg->npage, PAGE, va);

	return rc < 0 ? rc : region_add(s, *va, ELF_R | ELF_W, seg_get(seg));
}

static int64_t
do_image_new(Req *r)
{
	Seg *pages;
	uintptr_t va;
	int id = image_new(r->a[0], &pages), rc;

	if (id < 0)
		return id;
	if ((rc = window_attach(r->me, pages, &va)) < 0) {
		image_handle_put(id);
		return rc;
	}
	out(r, va);
	return id;
}

/* Ends the window on an image's pages, if CORE has one. */
static void
window_detach(Space *s, const Image *i)
{
	for (Region *r = s->regions; r != NULL; r = r->next)
		if (r->seg == i->pages) {
			region_detach(s, r->base);
			return;
		}
}

static int64_t
do_image_seal(Req *r)
{
	Image *i = image_find((int)r->a[0]);

	if (i != NULL)
		window_detach(r->me, i);
	return image_seal((int)r->a[0]);
}

static int64_t
do_image_put(Req *r)
{
	Image *i = image_find((int)r->a[0]);

	if (i != NULL && i->handles == 1)
		window_detach(r->me, i);
	return image_handle_put((int)r->a[0]);
}

/* ---- spaces ---- */
static void
out_space(Req *r, const Space *s)
{
	out(r, (L4_Word_t)s->sid);
	out(r, s->thread[0].id.raw);
}

static int64_t
do_space_new(Req *r)
{
	Space *s;
	int rc = space_new(0, &s);

	if (rc == 0)
		out_space(r, s);
	return rc;
}

static int64_t
do_fork(Req *r)
{
	int rc = 0;
	Space *parent = arg_space(r, 0, false, &rc), *s;

	if (parent != NULL && (rc = space_fork(parent, (int)r->a[1], r->a[2], r->a[3], &s)) == 0)
		out_space(r, s);
	return rc;
}

static int64_t
do_exec(Req *r)
{
	int rc = 0;
	Space *s = arg_space(r, 0, false, &rc);
	Image *i = image_find((int)r->a[1]);
	char name[NAMEMAX];

	if (s == NULL || (rc = arg_name(r, 2, name)) < 0)
		return rc;
	if (i == NULL)
		return seterr(Ebadarg, "exec: no image %lu", (unsigned long)r->a[1]);
	return space_exec(s, i, name, r->me, r->a[4], r->a[5]);
}

static int64_t
do_kill(Req *r)
{
	int rc = 0;
	Space *s = arg_space(r, 0, false, &rc);

	if (s != NULL)
		space_kill(s);
	return rc;
}

static int
space_halt(Req *r, bool stop)
{
	int rc = 0;
	Space *s = arg_space(r, 0, false, &rc);

	if (s == NULL)
		return rc;
	s->stopped = stop;
	for (size_t i = 0; i < s->nthread; i++)
		if (s->thread[i].state == THREAD_RUNS)
			thread_halt(&s->thread[i], stop);
	return 0;
}

static int64_t
do_thread_stop(Req *r)
{
	int rc = 0;
	Space *s = arg_space(r, 0, false, &rc);
	size_t slot = r->a[1];

	if (s == NULL)
		return rc;
	if (slot >= s->nthread || s->thread[slot].state != THREAD_RUNS)
		return seterr(Ebadarg, "no thread %zu", slot);
	return thread_halt(&s->thread[slot], r->a[2] != 0);
}

static int64_t
do_stop(Req *r)
{
	return space_halt(r, true);
}

static int64_t
do_start(Req *r)
{
	return space_halt(r, false);
}

static int64_t
do_pri(Req *r)
{
	int rc = 0;
	Space *s = arg_space(r, 0, false, &rc);

	if (s == NULL)
		return rc;
	if (r->a[1] < 1 || r->a[1] > HVM_PRI)
		return seterr(Ebadarg, "priority %lu", (unsigned long)r->a[1]);
	s->pri = (uint8_t)r->a[1];
	for (size_t i = 0; i < s->nthread; i++)
		thread_pri(&s->thread[i]);
	return 0;
}

static int64_t
do_note(Req *r)
{
	int rc = 0;
	Space *s = arg_space(r, 0, false, &rc);

	return s != NULL ? space_note(s, r->a[1]) : rc;
}

/* ---- segments ---- */
static int64_t
do_brk(Req *r)
{
	int rc = 0;
	Space *s = arg_space(r, 0, true, &rc);

	return s != NULL ? region_brk(s, r->a[1]) : rc;
}

static int64_t
do_segattach(Req *r)
{
	int rc = 0;
	Space *s = arg_space(r, 0, true, &rc);
	uintptr_t va = r->a[4];
	char class[NAMEMAX];

	if (s == NULL || (rc = arg_name(r, 2, class)) < 0)
		return rc;
	if ((rc = region_attach(s, (int)r->a[1], class, &va, r->a[5])) == 0)
		out(r, va);
	return rc;
}

static int64_t
do_segdetach(Req *r)
{
	int rc = 0;
	Space *s = arg_space(r, 0, true, &rc);

	return s != NULL ? region_detach(s, r->a[1]) : rc;
}

static int64_t
do_peek(Req *r)
{
	int rc = 0;
	Space *s = arg_space(r, 0, true, &rc);

	return s != NULL ? mem_copy(r->me, r->a[2], s, r->a[1], r->a[3]) : rc;
}

static int64_t
do_poke(Req *r)
{
	int rc = 0;
	Space *s = arg_space(r, 0, true, &rc);

	return s != NULL ? mem_copy(s, r->a[1], r->me, r->a[2], r->a[3]) : rc;
}

static int64_t
do_segments(Req *r)
{
	int rc = 0;
	Space *s = arg_space(r, 0, true, &rc);

	return s != NULL ? give_text(r, 1, text_buf, region_table(s, text_buf, TEXTMAX)) : rc;
}

static int64_t
do_regs(Req *r)
{
	int rc = 0;
	Space *s = arg_space(r, 0, true, &rc);
	uintptr_t pc, sp, flags;
	char *p;

	if (s == NULL)
		return rc;
	if (s->dead || (rc = thread_regs(&s->thread[0], &pc, &sp, &flags)) < 0)
		return seterr(Eprocdied, "regs");
	p = seprint(text_buf, text_buf + TEXTMAX, "pc 0x%lx\nsp 0x%lx\nflags 0x%lx\n",
	    (unsigned long)pc, (unsigned long)sp, (unsigned long)flags);
	return give_text(r, 1, text_buf, (size_t)(p - text_buf));
}

static int64_t
do_threads(Req *r)
{
	int rc = 0;
	Space *s = arg_space(r, 0, true, &rc);

	return s != NULL ? give_text(r, 1, text_buf, space_thread_lines(s, text_buf, TEXTMAX)) : rc;
}

static int64_t
do_event(Req *r)
{
	r->later = true;
	return event_wait(r->t, r->a[0], r->a[1]);
}

/* ---- threads ---- */
static int
thread_begin(Thread *t, uintptr_t ip, uintptr_t sp, L4_ThreadId_t pager)
{
	int rc = thread_activate(t);

	if (rc == 0)
		rc = thread_go(t, ip, sp);
	if (rc == 0 && !L4_IsNilThread(pager) && pager.raw != thread_hvm().raw)
		rc = thread_pager(t, pager);
	return rc;
}

static int64_t
do_thread_new(Req *r)
{
	L4_ThreadId_t pager = { r->a[0] };
	size_t slot = 1;
	Thread *t;
	int rc;

	while (slot < r->me->nthread && r->me->thread[slot].state != THREAD_FREE)
		slot++;
	if (slot == r->me->nthread)
		return seterr(Enoproc, "%zu threads", slot);
	if (!L4_IsNilThread(pager) && pager.raw != thread_hvm().raw && thread_find(pager) == NULL)
		return seterr(Ebadarg, "no such pager");
	t = &r->me->thread[slot];
	if ((rc = thread_make(r->me, slot)) < 0)
		return rc;
	if ((rc = thread_begin(t, r->a[1], r->a[2], pager)) < 0) {
		thread_delete(t);
		return rc;
	}
	out(r, t->id.raw);
	return 0;
}

static int64_t
do_thread_kill(Req *r)
{
	Thread *t = thread_find((L4_ThreadId_t){ r->a[0] });

	if (t == NULL || t->space != r->me)
		return seterr(Ebadarg, "thread_kill: no thread of the caller's");
	if (thread_slot(t) == 0)
		return seterr(Eperm, "thread_kill: the main thread");
	r->later = t == r->t;
	thread_delete(t);
	return 0;
}

/* ---- memory and devices for CORE ---- */
static int64_t
do_mem(Req *r)
{
	size_t npage = r->a[0];
	uintptr_t pa, va;
	Seg *seg;
	int rc;

	if (npage == 0 || npage > (size_t)1 << FRAME_MAXORDER)
		return seterr(Ebadarg, "mem: %zu pages", npage);
	if ((rc = region_place(r->me, npage, PAGE, &va)) < 0)
		return rc;
	if ((pa = frame_alloc_run(npage, FRAME_CORE)) == 0)
		return seterr(Enomem, "mem: %zu pages", npage);
	memset((void *)pa, 0, npage * PAGE);
	if ((seg = seg_new(SEG_SHARED, npage, FRAME_CORE)) == NULL)
		rc = -Enomem;
	for (size_t i = 0; i < npage; i++) /* each page: the seg's, or free again */
		if (rc < 0 || (rc = seg_set(seg, i, pa + i * PAGE)) < 0)
			frame_put(pa + i * PAGE);
	if (rc < 0) {
		seg_put(seg, false);
		return seterr(Enomem, "mem: %zu pages", npage);
	}
	if ((rc = region_add(r->me, va, ELF_R | ELF_W, seg)) < 0)
		return rc;
	out(r, va);
	out64(r, pa);
	return 0;
}

/* Boot memory or a device: HVM's address of each page goes into a PHYS seg. */
static int
phys_page(uint64_t pa, L4_Word_t kind, uintptr_t *addr)
{
	if (kind != HVM_MODULE)
		return boot_device(pa, kind == HVM_PIXELS, addr);
	if (pa != (uintptr_t)pa || frame_ref((uintptr_t)pa) == 0)
		return seterr(Ebadarg, "no boot memory at 0x%llx", (unsigned long long)pa);
	*addr = (uintptr_t)pa;
	return 0;
}

/* Is [pa, pa + npage pages) boot memory only: no frame of a program's or HVM's? */
static bool
phys_is_module(uint64_t pa, size_t npage)
{
	const Module *m;

	for (size_t i = 0; (m = boot_module(i)) != NULL; i++) {
		uint64_t low = m->pa & ~(uint64_t)(PAGE - 1);
		uint64_t high = ((uint64_t)m->pa + m->size + PAGE - 1) & ~(uint64_t)(PAGE - 1);

		if (pa >= low && pa < high && npage <= (high - pa) / PAGE)
			return true;
	}
	return false;
}

static int64_t
do_map_phys(Req *r)
{
	enum { ALIGN = 1 << 20 };
	uint64_t pa = arg64(r, 0);
	size_t npage = r->a[2];
	L4_Word_t kind = r->a[3];
	uintptr_t va, addr;
	Seg *seg;
	int rc;

	if (npage == 0 || npage > NPHYS || pa % PAGE != 0 || kind > HVM_PIXELS ||
	    (kind == HVM_MODULE && !phys_is_module(pa, npage)))
		return seterr(Ebadarg, "map_phys: 0x%llx, %zu pages", (unsigned long long)pa, npage);
	if ((rc = region_place(r->me, npage + ALIGN / PAGE, ALIGN, &va)) < 0)
		return rc;
	if ((seg = seg_new(SEG_PHYS, npage, FRAME_CORE)) == NULL)
		return seterr(Enomem, "map_phys");
	for (size_t i = 0; i < npage && rc == 0; i++)
		if ((rc = phys_page(pa + i * PAGE, kind, &addr)) == 0)
			rc = seg_set(seg, i, addr);
	if (rc < 0) {
		seg_put(seg, false);
		return rc;
	}
	va += (uintptr_t)pa % ALIGN; /* large flexpages fit when the low bits agree */
	if ((rc = region_add(r->me, va, kind != HVM_MODULE ? ELF_R | ELF_W : ELF_R | ELF_X, seg)) < 0)
		return rc;
	out(r, va);
	return 0;
}

static int64_t
do_irq(Req *r)
{
	const void *kip = L4_GetKernelInterface();
	L4_ThreadId_t irq = L4_GlobalId(r->a[0], 1);

	if (r->a[0] >= L4_ThreadIdSystemBase(kip))
		return seterr(Ebadarg, "irq %lu", (unsigned long)r->a[0]);
	if (!L4_AssociateInterrupt(irq, r->t->id))
		return seterr(Einuse, "irq %lu", (unsigned long)r->a[0]);
	return 0;
}

static int64_t
do_trace(Req *r)
{
	return trace_attach(arg64(r, 0), r->a[2]);
}

static int64_t
do_bootinfo(Req *r)
{
	const Module *m = boot_module(r->a[0]);
	int64_t n;

	if (m == NULL)
		return seterr(Enonexist, "no boot module %lu", (unsigned long)r->a[0]);
	if ((n = give_text(r, 1, m->name, strlen(m->name) + 1)) < 0)
		return n;
	out64(r, m->pa);
	out(r, m->size);
	return 0;
}

static int64_t
do_debug(Req *r)
{
	char line[NAMEMAX];
	int rc = arg_name(r, 0, line);

	return rc < 0 ? rc : give_text(r, 2, text_buf, debug_line(line, text_buf, TEXTMAX));
}

static const struct {
	bool core;
	int64_t (*fn)(Req *);
} calls[] = {
#define X(name, core) [HVM_##name] = { core, do_##name },
	HVM_CALLS
#undef X
};

bool
serve_request(Thread *t, unsigned op, L4_Msg_t *m)
{
	Req r = { .t = t, .me = t->space };
	int64_t rc;

	for (unsigned i = 0; i < L4_UntypedWords(L4_MsgMsgTag(m)) && i < HVM_NARG; i++)
		r.a[i] = L4_MsgWord(m, i);
	if (op >= HVM_ncall)
		rc = -Ebadsys;
	else if (calls[op].core && t->space->sid != CORE_SID)
		rc = -Eperm;
	else
		rc = calls[op].fn(&r);
	if (r.later)
		return false;
	L4_MsgClear(m);
	L4_MsgAppendWord(m, (L4_Word_t)(intptr_t)rc);
	for (unsigned i = 0; i < r.nout && rc >= 0; i++)
		L4_MsgAppendWord(m, r.out[i]);
	return true;
}
