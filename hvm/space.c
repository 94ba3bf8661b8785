/*
 * hvm/space.c - address spaces: made empty, by fork, filled by exec, ended.
 *
 * exec and fork first make everything that can fail (segs, pages of the stack,
 * the thread), then change something.
 *
 * LIMITS  HVM_NSPACE spaces. A program's Space and threads lie in one frame,
 *         CORE's in a run.
 */
#include "hvm/space_impl.h"

static Space *spaces[HVM_NSPACE];
static int last_sid = CORE_SID;

Space *
space_find(int sid)
{
	return sid > 0 && sid < HVM_NSPACE ? spaces[sid] : NULL;
}

/* The next free number: one that was just given up rests for a round. */
static int
sid_pick(void)
{
	for (int i = 1; i < HVM_NSPACE; i++) {
		int sid = (last_sid + i) % HVM_NSPACE;

		if (sid > CORE_SID && spaces[sid] == NULL)
			return last_sid = sid;
	}
	return 0;
}

static Space *
space_alloc(int sid)
{
	size_t nthread = sid == CORE_SID ? HVM_NCORETHREAD : HVM_NTHREAD;
	size_t npage = (sizeof(Space) + nthread * sizeof(Thread) + PAGE - 1) / PAGE;
	enum FrameUse use = sid == CORE_SID ? FRAME_CORE : FRAME_PROGRAM;
	Space *s = (Space *)frame_alloc_run(npage, use);

	if (s == NULL)
		return NULL;
	memset(s, 0, npage * PAGE);
	s->sid = sid;
	s->use = use;
	s->npage = npage;
	s->nthread = nthread;
	return s;
}

static void
space_free(Space *s)
{
	size_t npage = s->npage;

	for (size_t i = 0; i < npage; i++)
		frame_put((uintptr_t)s + i * PAGE);
}

/* A Space with nothing in it, not yet known to anybody; CORE's has sid 1. */
static int
space_prepare(int sid, Space **out)
{
	if (sid == 0 && (sid = sid_pick()) == 0)
		return seterr(Enoproc, "%d spaces", HVM_NSPACE);
	if ((*out = space_alloc(sid)) == NULL)
		return seterr(Enomem, "space");
	return 0;
}

int
space_new(int sid, Space **out)
{
	Space *s;
	int rc = space_prepare(sid, &s);

	if (rc < 0)
		return rc;
	if ((rc = thread_make(s, 0)) < 0) {
		space_free(s);
		return rc;
	}
	spaces[s->sid] = s;
	*out = s;
	return 0;
}

void
space_kill(Space *s)
{
	for (size_t i = s->nthread; i-- > 0;)
		thread_delete(&s->thread[i]);
	region_list_put(s->regions, false);
	spaces[s->sid] = NULL;
	space_free(s);
}

bool
space_unmap_programs(void)
{
	bool any = false;

	for (int sid = CORE_SID + 1; sid < HVM_NSPACE; sid++)
		for (const Region *r = spaces[sid] ? spaces[sid]->regions : NULL; r != NULL; r = r->next)
			any |= seg_unmap(r->seg);
	return any;
}

/* ---- exec ---- */
typedef struct Plan Plan;      /* the new regions */
struct Plan {
	Region *list;
	Seg *heap;
	enum FrameUse use;
};

static int
plan_add(Plan *p, uintptr_t base, int rights, Seg *seg)
{
	Region *r = region_new(base, rights, seg, p->use);

	if (r == NULL)
		return seterr(Enomem, NULL);
	region_insert(&p->list, r);
	return 0;
}

static Seg *
seg_of_file(const ElfLoad *l, Image *i, size_t nfile, enum FrameUse use)
{
	Seg *s = seg_new(l->rights & ELF_W ? SEG_DATA : SEG_TEXT, nfile, use);

	if (s == NULL)
		return NULL;
	image_get(i);
	s->image = i;
	s->first = l->offset / PAGE;
	s->nfile = nfile;
	s->tail = (l->vaddr + l->filesz) % PAGE;
	return s;
}

/* A segment of the file: the pages that come from it, and zeroed ones behind. */
static int
plan_load(Plan *p, Image *i, const ElfLoad *l, bool last)
{
	uintptr_t base = l->vaddr & ~(uintptr_t)(PAGE - 1);
	size_t head = l->vaddr - base;
	size_t nfile = l->filesz == 0 ? 0 : (head + l->filesz + PAGE - 1) / PAGE;
	size_t npage = (head + l->memsz + PAGE - 1) / PAGE;
	int rc = 0;

	if (nfile > 0)
		rc = plan_add(p, base, l->rights, seg_of_file(l, i, nfile, p->use));
	if (rc == 0 && (npage > nfile || last)) {
		Seg *bss = seg_new(SEG_BSS, npage - nfile, p->use);

		rc = plan_add(p, base + nfile * PAGE, ELF_R | ELF_W, bss);
		if (last)
			p->heap = bss;
	}
	return rc;
}

uintptr_t
hvm_stack_base(size_t n)
{
	return (HVM_STACKTOP - n) & ~(uintptr_t)15;
}

static int
plan_stack(Plan *p, Space *from, uintptr_t stack, size_t n)
{
	uintptr_t low = HVM_STACKTOP - HVM_STACKMAX;
	Seg *seg = seg_new(SEG_STACK, HVM_STACKMAX / PAGE, p->use);
	int rc = plan_add(p, low, ELF_R | ELF_W, seg);

	return rc < 0 ? rc : seg_write(seg, hvm_stack_base(n) - low, from, stack, n);
}

static int
plan_image(Plan *p, Image *i, Space *from, uintptr_t stack, size_t n)
{
	const Elf *e = &i->elf;
	int rc = 0;

	for (size_t k = 0; k < e->nload && rc == 0; k++)
		rc = plan_load(p, i, &e->load[k], k + 1 == e->nload);
	return rc < 0 ? rc : plan_stack(p, from, stack, n);
}

int
space_exec(Space *s, Image *i, const char *name, Space *from, uintptr_t stack, size_t n)
{
	Thread *main = &s->thread[0];
	Plan p = { .use = s->use };
	Region *old = s->regions;
	int rc;

	if (s->dead)
		return seterr(Eprocdied, NULL);
	if (!i->sealed)
		return seterr(Ebadexec, "%s: not sealed", name);
	if (n == 0 || n > HVM_STACKMAX / 2)
		return seterr(Etoobig, "%s: %zu bytes of arguments", name, n);
	if ((rc = plan_image(&p, i, from, stack, n)) < 0 || (rc = thread_activate(main)) < 0) {
		region_list_put(p.list, false);
		return rc;
	}
	/* from here on it is the new program */
	for (size_t k = 1; k < s->nthread; k++)
		thread_delete(&s->thread[k]);
	event_drop(main);
	s->regions = p.list;
	s->heap = p.heap;
	snprintf(s->name, sizeof s->name, "%s", name);
	region_list_put(old, true);
	plat_space_name(main->id, s->name);
	rc = main->state == THREAD_READY ? thread_go(main, i->elf.entry, hvm_stack_base(n)) :
	    thread_set(main, i->elf.entry, hvm_stack_base(n));
	if (rc == 0 || s->sid == CORE_SID)
		return rc;
	/* too late to go back: CORE ends the process */
	main->trouble = TROUBLE_START;
	event_post(main);
	return 0;
}

/* ---- fork ---- */
static Seg *
seg_for_child(Seg *s, int flags)
{
	switch (s->kind) {
	case SEG_SHARED:
	case SEG_RESERVE:
	case SEG_PHYS:
		return seg_get(s);
	case SEG_DATA:
	case SEG_BSS:
	case SEG_MEMORY:
		return flags & HVM_SHARE ? seg_get(s) : seg_fork(s);
	default:
		return seg_fork(s);
	}
}

static int
regions_fork(const Space *parent, int flags, Space *s)
{
	for (const Region *r = parent->regions; r != NULL; r = r->next) {
		Seg *seg = seg_for_child(r->seg, flags);
		int rc = region_add(s, r->base, r->rights, seg);

		if (rc < 0)
			return rc;
		if (r->seg == parent->heap)
			s->heap = seg;
	}
	return 0;
}

int
space_fork(Space *parent, int flags, uintptr_t ip, uintptr_t sp, Space **out)
{
	Space *s;
	int rc;

	if (parent->dead)
		return seterr(Eprocdied, NULL);
	if (flags & ~HVM_SHARE)
		return seterr(Ebadarg, "fork: flags 0x%x", (unsigned)flags);
	if ((rc = space_prepare(0, &s)) < 0)
		return rc;
	if ((rc = regions_fork(parent, flags, s)) < 0 || (rc = thread_make(s, 0)) < 0) {
		region_list_put(s->regions, false);
		space_free(s);
		return rc;
	}
	spaces[s->sid] = s;
	snprintf(s->name, sizeof s->name, "%s", parent->name);
	plat_space_name(s->thread[0].id, s->name);
	s->pri = parent->pri;
	if ((rc = thread_activate(&s->thread[0])) < 0 ||
	    (rc = thread_go(&s->thread[0], ip, sp)) < 0) {
		space_kill(s);
		return rc;
	}
	*out = s;
	return 0;
}

/* ---- notes ---- */
int
space_note(Space *s, uintptr_t ip)
{
	enum { REDZONE = 128 };
	Thread *main = &s->thread[0];
	uintptr_t old[3] = { 0 }, sp; /* ip, flags, sp: as plat_note_entry finds them */
	bool stopped = main->stopped;
	int64_t n;
	int rc;

	if (main->state != THREAD_RUNS || s->dead)
		return seterr(Eprocdied, NULL);
	if ((rc = thread_halt(main, true)) < 0)
		return rc;
	if ((rc = thread_regs(main, &old[0], &old[2], &old[1])) < 0)
		goto out;
	sp = (old[2] - REDZONE - sizeof old) & ~(uintptr_t)15;
	n = mem_copy(s, sp, NULL, (uintptr_t)old, sizeof old);
	if (n < (int64_t)sizeof old) {
		rc = n < 0 ? (int)n : seterr(Eaddr, "note: stack at 0x%lx", (unsigned long)sp);
		goto out;
	}
	event_drop(main);
	rc = thread_set(main, ip, sp);
out:
	if (rc < 0 || stopped)
		thread_halt(main, stopped);
	return rc;
}

/* ---- tables ---- */
static size_t
space_pages(const Space *s)
{
	size_t n = 0;

	for (const Region *r = s->regions; r != NULL; r = r->next)
		n += r->seg->npresent;
	return n;
}

size_t
space_table(char *text, size_t n)
{
	char *p = text, *end = text + n;

	p = seprint(p, end, " sid threads  pages faults name\n");
	for (int sid = 1; sid < HVM_NSPACE; sid++) {
		const Space *s = spaces[sid];
		int live = 0;

		if (s == NULL)
			continue;
		for (size_t i = 0; i < s->nthread; i++)
			live += s->thread[i].state != THREAD_FREE;
		p = seprint(p, end, "%4d %7d %6zu %6zu %s%s%s\n", sid, live, space_pages(s),
		    s->nfault, s->name, s->stopped ? " stopped" : "", s->dead ? " killed" : "");
	}
	return (size_t)(p - text);
}

size_t
space_threads(const Space *s, char *text, size_t n)
{
	static const char *const state[] = {
		[THREAD_INACTIVE] = "inactive", [THREAD_READY] = "ready", [THREAD_RUNS] = "runs",
	};
	char *p = text, *end = text + n;

	*p = '\0';
	for (size_t i = 0; i < s->nthread; i++) {
		const Thread *t = &s->thread[i];
		char trouble[ERRMAX] = "";

		if (t->state == THREAD_FREE)
			continue;
		if (t->trouble != TROUBLE_NONE)
			event_text(t, trouble, sizeof trouble);
		p = seprint(p, end, "%4d %3zu %12lx %-8s %s %s\n", s->sid, i,
		    (unsigned long)t->id.raw, state[t->state], s->name, trouble);
	}
	return (size_t)(p - text);
}

/* What a thread does in L4's eyes. */
static const char *
thread_doing(const Thread *t)
{
	L4_Word_t old;

	if (t->state != THREAD_RUNS)
		return "inactive";
	if (t->stopped)
		return "stopped";
	switch (L4_Schedule(t->id, L4_KEEP, L4_KEEP, L4_KEEP, L4_KEEP, &old)) {
	case L4_SCHEDRESULT_RUNNING: return "runs";
	case L4_SCHEDRESULT_PENDING_SEND:
	case L4_SCHEDRESULT_SENDING: return "sends";
	case L4_SCHEDRESULT_WAITING:
	case L4_SCHEDRESULT_RECEIVING: return "receives";
	}
	return "dead";
}

size_t
space_thread_lines(Space *s, char *text, size_t n)
{
	char *p = text, *end = text + n;
	uintptr_t pc = 0, sp = 0, flags = 0;

	*p = '\0';
	for (size_t i = 0; i < s->nthread; i++) {
		Thread *t = &s->thread[i];

		if (t->state == THREAD_FREE || (t->state == THREAD_RUNS && thread_regs(t, &pc, &sp, &flags) < 0))
			continue;
		p = seprint(p, end, "%2zu %10lx %-8s 0x%lx 0x%lx\n", i, (unsigned long)t->id.raw,
		    thread_doing(t), (unsigned long)pc, (unsigned long)sp);
	}
	return (size_t)(p - text);
}
