/*
 * tlb.c - this process's Linux mappings, which are only a TLB of the space's page
 * table (k_map.c): filled at a fault, dropped when a page is unmapped.
 *
 * A write to a page that was only read so far, or an execution, faults once
 * more, so that these status bits are exact. Pages without the right to write are MAP_PRIVATE, so
 * that a debugger's breakpoint stays in this process; of those, neighbours that
 * came in the same map item are filled together. So is memory straight from sigma0,
 * as one large page would be: the root task touches every frame that it gives away.
 *
 * LOCKS   tlb, this process's own: from reading an entry until the mapping is
 *         made, so that a flush can't come between. K->map is taken inside it.
 */
#include "sim/kern/space.h"

enum { RUN = 16, RUN_SIGMA0 = 256, R = L4_Readable, W = L4_Writable, X = L4_eXecutable };

static _Atomic uint32_t tlb;            /* 0 free, 1 held, 2 held and waited for */

static void
tlb_lock(void)
{
	uint32_t v = 0;

	if (atomic_compare_exchange_strong(&tlb, &v, 1))
		return;
	while (atomic_exchange(&tlb, 2) != 0)
		lx_futex_wait(&tlb, 2, 0);
}

static void
tlb_unlock(void)
{
	if (atomic_exchange(&tlb, 0) == 2)
		lx_futex_wake(&tlb, 1);
}

static bool
reserved(const Space *s, uint64_t a)
{
	return (a >= s->kip && a < s->kip + PAGE) || (a >= s->utcb && a < s->utcb + s->utcb_size);
}

/* Drops everything but the kernel's own two areas. REQUIRES tlb. */
static void
drop_all(const Space *s)
{
	uint64_t a = USER_LOW, low = s->kip, low_end = s->kip + PAGE, high = s->utcb, high_end = s->utcb + s->utcb_size;

	if (high < low) {
		low = s->utcb;
		low_end = s->utcb + s->utcb_size;
		high = s->kip;
		high_end = s->kip + PAGE;
	}
	if (low > a)
		lx2(NR_munmap, a, low - a);
	if (high > low_end)
		lx2(NR_munmap, low_end, high - low_end);
	if (USER_TOP > high_end)
		lx2(NR_munmap, high_end, USER_TOP - high_end);
}

/* REQUIRES tlb */
static void
map_pages(const Space *s, uint32_t page, uint32_t n, uint32_t frame, int prot, int type)
{
	for (int i = 0; i < 2; i++) {
		long r = lx6(NR_mmap, (long)page << PAGE_LOG2, (long)n << PAGE_LOG2, prot,
		    type | LX_MAP_FIXED, FD_RAM, (long)frame << PAGE_LOG2);

		if (r >= 0)
			return;
		drop_all(s);    /* Linux's limit of mappings, most likely */
	}
	lx_say("lp49: kernel: mmap failed\n");
	lx1(NR_exit_group, 3);
}

/* sets LOADED and status in an entry that still is what want asks for */
static bool
entry_load(const Space *s, uint32_t page, unsigned want, uint64_t *out)
{
	Pte *p = pte_at(s->no, page);
	uint64_t e = *p, status;

	do {
		if (PTE_NODE(e) == 0 || !(PTE_RIGHTS(e) & want))
			return false;
		status = R | want;
		*out = e | PTE_LOADED | status << 4;
	} while (!atomic_compare_exchange_weak(p, &e, *out));
	return true;
}

/* what the status bits allow: a first write, a first execution fault again */
static int
prot_of(uint64_t e)
{
	return LX_PROT_READ | (PTE_STATUS(e) & W ? LX_PROT_WRITE : 0) | (PTE_STATUS(e) & X ? LX_PROT_EXEC : 0);
}

static bool
follows(const Space *s, uint32_t page, uint64_t e, int distance, unsigned want)
{
	uint64_t f = *pte_at(s->no, page);

	if (f & PTE_LOADED && want != X)
		return false;           /* as it is it may be executed */
	return PTE_NODE(f) != 0 && PTE_RIGHTS(f) == PTE_RIGHTS(e) &&
	    PTE_FRAME(f) == (uint32_t)((int64_t)PTE_FRAME(e) + distance) && !reserved(s, (uint64_t)page << PAGE_LOG2);
}

/* Fills page and those of its neighbours in the same block of run pages that follow. */
static void
fill_run(const Space *s, uint32_t page, uint64_t e, unsigned want, uint32_t run)
{
	uint32_t low = page & ~(run - 1), first = page, last = page;
	uint64_t unused;

	while (first > low && follows(s, first - 1, e, (int)(first - 1) - (int)page, want) &&
	    entry_load(s, first - 1, want, &unused))
		first--;
	while (last + 1 < low + run && follows(s, last + 1, e, (int)(last + 1) - (int)page, want) &&
	    entry_load(s, last + 1, want, &unused))
		last++;
	map_pages(s, first, last - first + 1, PTE_FRAME(e) - (page - first), prot_of(e),
	    PTE_RIGHTS(e) & W ? LX_MAP_SHARED : LX_MAP_PRIVATE | LX_MAP_POPULATE);
}

static bool
from_sigma0(uint64_t e)
{
	return node_at(PTE_NODE(e))->parent == 0;
}

/* want: the one right the access needs. false: the pager has to be asked. */
bool
tlb_fill(const Space *s, uint64_t addr, unsigned want)
{
	uint32_t page = (uint32_t)(addr >> PAGE_LOG2);
	bool ok = true;
	uint64_t e;

	if (addr < USER_LOW || addr >= USER_TOP || reserved(s, addr))
		return false;
	if (s->no == KERN->sigma0_space) {
		if (!map_frame_ok(page))
			return false;
		tlb_lock();
		map_pages(s, page, 1, page, LX_PROT_READ | LX_PROT_WRITE | LX_PROT_EXEC, LX_MAP_SHARED | LX_MAP_POPULATE);
		tlb_unlock();
		return true;
	}
	tlb_lock();
	if (!entry_load(s, page, want, &e)) {
		ok = false;
	} else if (!(PTE_RIGHTS(e) & W)) {
		fill_run(s, page, e, want, RUN);
	} else if (want == W && from_sigma0(e)) {
		fill_run(s, page, e, want, RUN_SIGMA0);
	} else {
		map_pages(s, page, 1, PTE_FRAME(e), prot_of(e), LX_MAP_SHARED | LX_MAP_POPULATE);
	}
	tlb_unlock();
	return ok;
}

/* What other processes (and we) unmapped and this one had loaded. */
void
tlb_flush(void)
{
	Space *s = here;
	Range list[NFLUSH];
	uint32_t n, ticket;
	Op op;

	op_init(&op, OWNER_HELPER + s->no);
	tlb_lock();
	lock(&KERN->map, &op);
	n = s->nflush;
	__builtin_memcpy(list, s->flush, (n <= NFLUSH ? n : 0) * sizeof list[0]);
	s->nflush = 0;
	ticket = s->flush_next;
	unlock(&KERN->map);
	if (n > NFLUSH)
		drop_all(s);
	else
		for (uint32_t i = 0; i < n; i++)
			lx2(NR_munmap, (uint64_t)list[i].page << PAGE_LOG2, (uint64_t)list[i].n << PAGE_LOG2);
	s->flush_done = ticket; /* under tlb: a slower flush must not set it back */
	tlb_unlock();
	lx_futex_wake(&s->flush_done, NTHREAD);
}
