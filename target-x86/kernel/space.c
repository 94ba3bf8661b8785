/*
 * space.c - address spaces: SpaceControl, MemoryControl, Unmap; the pages of
 * their UTCBs.
 *
 * REFS  a space lives as long as a thread is in it (nthread).
 * SEE   X.2 manual, "SpaceControl", "MemoryControl", "Unmap"
 */
#include "target-x86/kernel/kernel.h"

typedef struct UtcbPage UtcbPage;
struct UtcbPage {		/* 8 UTCBs */
	UtcbPage *next;
	Word va;
	char *page;
	Word used;		/* bit n: slot n */
};

static Slab space_slab = { .size = sizeof(Space) };
static Slab utcb_slab = { .size = sizeof(UtcbPage) };
Link all_spaces = { &all_spaces, &all_spaces };
Space *sigma0_space;

/* Is there memory for one more, with the page tables and nodes that it will need?
 * A space that can't be made is an error; a mapping that can't is a program's end. */
static bool
space_fits(void)
{
	enum { PAGES = 16 };	/* a small program's: 12 */

	return (space_slab.live + 1) * PAGES <= kmem_info().total;
}

/* NULL: no memory */
Space *
space_new(void)
{
	Space *s = space_fits() ? slab_alloc(&space_slab, KM_USER) : NULL;

	if (!s)
		return NULL;
	if (!map_new(s)) {
		slab_free(&space_slab, s);
		return NULL;
	}
	list_init(&s->threads);
	list_append(&all_spaces, &s->all);
	return s;
}

void
space_put(Space *s)
{
	UtcbPage *u;

	if (--s->nthread)
		return;
	list_remove(&s->all);
	if (s->kip_base)
		map_unmap_kernel_page(s, s->kip_base);
	while ((u = s->utcb_pages)) {
		s->utcb_pages = u->next;
		map_unmap_kernel_page(s, u->va);
		kmem_free(u->page, 4096);
		slab_free(&utcb_slab, u);
	}
	map_free(s);
	slab_free(&space_slab, s);
}

static UtcbPage *
utcb_page(Space *s, Word va)
{
	for (UtcbPage *u = s->utcb_pages; u; u = u->next)
		if (u->va == (va & ~4095u))
			return u;
	return NULL;
}

static UtcbPage *
utcb_page_new(Space *s, Word va)
{
	UtcbPage *u = slab_alloc(&utcb_slab, KM_USER);

	if (!u)
		return NULL;
	u->va = va & ~4095u;
	u->page = kmem_alloc(4096);
	if (!u->page || map_kernel_page(s, u->va, u->page, true)) {
		kmem_free(u->page, 4096);
		slab_free(&utcb_slab, u);
		return NULL;
	}
	u->next = s->utcb_pages;
	s->utcb_pages = u;
	return u;
}

int
space_utcb(Space *s, Word va, Word **mr0)
{
	Word bit = 1u << (va & 4095) / UTCB_SIZE;
	UtcbPage *u;

	if (va % UTCB_SIZE || va - s->utcb_base >= s->utcb_size)
		return EUTCB;
	u = utcb_page(s, va);
	if (u && u->used & bit)
		return EUTCB;
	if (!u && !(u = utcb_page_new(s, va)))
		return ENOMEM;
	u->used |= bit;
	*mr0 = (Word *)(u->page + (va & 4095) + UTCB_MR0);
	return 0;
}

/* the page stays until the space goes: the next thread will want it */
void
space_utcb_free(Space *s, Word va)
{
	UtcbPage *u = utcb_page(s, va);

	if (u)
		u->used &= ~(1u << (va & 4095) / UTCB_SIZE);
}

void
space_add_areas(Space *s, Word kip_base, Word utcb_base, Word utcb_size)
{
	s->utcb_base = utcb_base;
	s->utcb_size = utcb_size;
	s->kip_base = kip_base;
	map_kernel_areas(s, kip_base, 4096, utcb_base, utcb_size);
	map_kernel_page(s, kip_base, kip, false);
}

static bool
range_bad(Word base, uint64_t size)
{
	return base + size > KBASE;
}

/* 0 or an E code; out: base and log2 of both areas */
static int
areas_check(Word kip_fp, Word utcb_fp, uint32_t *kb, uint32_t *ub, unsigned *ul)
{
	unsigned kl;

	if (!fpage_range(utcb_fp, ub, ul) || *ul < 12 || *ul > 28 || range_bad(*ub, 1ull << *ul))
		return EUTCB;
	if (!fpage_range(kip_fp, kb, &kl) || kl != 12 || range_bad(*kb, 4096) || *kb == 0)
		return EKIP;
	if (*kb - *ub < 1u << *ul)
		return EKIP;
	return 0;
}

static int
space_control(Frame *f)
{
	Thread *t = thread_find_any(f->eax);
	uint32_t kb, ub;
	unsigned ul;
	Space *s;
	int err;

	if (!current->space->privileged)
		return EPRIV;
	if (!t)
		return ESPACE;
	s = t->space;
	if (f->edi != NIL && f->edi != ANYTHREAD && !thread_find_any(f->edi))
		return ETHREAD;
	if (!s->utcb_size) {	/* else it has active threads: areas stay */
		err = areas_check(f->edx, f->esi, &kb, &ub, &ul);
		if (err)
			return err;
		space_add_areas(s, kb, ub, 1u << ul);
	}
	if (f->edi != NIL) {
		bool redirect = f->edi != ANYTHREAD;

		s->redirector = redirect ? thread_find_any(f->edi)->id : 0;
		for (Link *l = s->threads.next; l != &s->threads; l = l->next) {
			Thread *x = CONTAINER(l, Thread, in_space);

			x->slow = redirect ? x->slow | SLOW_REDIR : x->slow & ~SLOW_REDIR;
		}
	}
	return 0;
}

void
sys_space(Frame *f)
{
	int err = space_control(f);

	if (err)
		current->utcb[TCR_ERRORCODE] = (Word)err;
	f->eax = !err;
	f->ecx = 0;
}

/* EAX control (last MR), ECX.. attributes 0..3; fpages in the MRs */
void
sys_memory(Frame *f)
{
	const Word attr[4] = { f->ecx, f->edx, f->ebx, f->ebp };
	Word n = f->eax & 63;
	Word err = 0;

	current->utcb[0] = f->esi;
	if (!current->space->privileged)
		err = EPRIV;
	for (Word i = 0; !err && i <= n; i++) {
		Word fp = current->utcb[i];

		if (map_attributes(current->space, fp, attr[fp & 3]))
			err = EPARAM;
	}
	if (err)
		current->utcb[TCR_ERRORCODE] = err;
	f->eax = !err;
}

/* EAX: bit 6 flush, 0-5 last MR */
void
sys_unmap(Frame *f)
{
	Word n = f->eax & 63, flush = f->eax >> 6 & 1;

	current->utcb[0] = f->esi;
	for (Word i = 0; i <= n; i++) {
		Word fp = current->utcb[i];

		TRACE(TRACE_UNMAP, current->id, fp, flush, 0);
		current->utcb[i] = unmap_fpage(current->space, fp, flush);
		preempt_switch();
	}
	f->esi = current->utcb[0];
}
