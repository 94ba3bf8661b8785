/*
 * hvm/unmap.c - taking rights back. Pages are gathered into runs, runs cut into
 * flexpages, and 63 of these go into one L4_Unmap, since each call may have to
 * interrupt other spaces. The rights that HVM itself has stay.
 */
#include "hvm/hvm_impl.h"
#include "lib9/l4/l4.h"

enum { NFPAGE = 63 };

static struct {
	uintptr_t addr;      /* the run */
	size_t npage;
	int rights;
	L4_Fpage_t page[NFPAGE];
	unsigned n;
} batch;

bool unmap_whole;

static void
pages_send(void)
{
	if (batch.n > 0)
		L4_UnmapFpages(batch.n, batch.page);
	batch.n = 0;
}

static void
run_cut(void)
{
	while (batch.npage > 0) {
		unsigned log2 = 0;
		L4_Fpage_t f;

		while (batch.npage >> (log2 + 1) != 0 &&
		    (batch.addr & (((uintptr_t)PAGE << (log2 + 1)) - 1)) == 0)
			log2++;
		f = L4_FpageLog2(batch.addr, (int)(PAGE_LOG2 + log2));
		L4_Set_Rights(&f, (L4_Word_t)batch.rights);
		if (batch.n == NFPAGE)
			pages_send();
		batch.page[batch.n++] = f;
		batch.addr += (uintptr_t)PAGE << log2;
		batch.npage -= (size_t)1 << log2;
	}
}

void
unmap_add(uintptr_t addr, size_t npage, int rights)
{
	if (unmap_whole)
		rights = UNMAP_ALL;
	if (batch.npage > 0 && batch.rights == rights &&
	    batch.addr + batch.npage * PAGE == addr) {
		batch.npage += npage;
		return;
	}
	run_cut();
	batch.addr = addr;
	batch.npage = npage;
	batch.rights = rights;
}

void
unmap_flush(void)
{
	run_cut();
	pages_send();
}
