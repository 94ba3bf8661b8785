/*
 * hvm/seg.c - memory objects: which frame is on each page of a text, a data
 * segment, a stack, whoever sees it. Regions (region.c) are views of segs.
 *
 * A page is absent until somebody looks at it. Then a page of TEXT or DATA is
 * the image's own frame, and one of BSS, STACK, MEMORY, SHARED a zeroed one. A
 * private page may be written when its frame has one reference; else it is
 * copied first. That is all there is to copy-on-write: the image holds a
 * reference of its own on each of its frames, a forked seg on each it shares.
 *
 * REFS    an entry that is PRESENT: one on its frame (PHYS: none)
 *         TEXT, DATA: one on the image
 * LIMITS  SEG_MAXPAGE pages
 * SEE     tests/unit/hvm_seg.c
 */
#include "hvm/hvm_impl.h"

static Pool segs = { .name = "seg", .size = sizeof(Seg) };
static Pool leaves = { .name = "leaf", .size = SEG_LEAF * sizeof(uint32_t) };

size_t
seg_live(void)
{
	return segs.nlive;
}

const char *
seg_name(const Seg *s)
{
	static const char *const name[] = {
		[SEG_TEXT] = "Text", [SEG_DATA] = "Data", [SEG_BSS] = "Bss",
		[SEG_STACK] = "Stack", [SEG_MEMORY] = "Memory",
		[SEG_SHARED] = "Shared", [SEG_RESERVE] = "Reserve",
		[SEG_PHYS] = "Phys",
	};

	return name[s->kind];
}

static size_t
table_pages(size_t nleaf)
{
	return (nleaf * sizeof(uint32_t *) + PAGE - 1) / PAGE;
}

static void
table_free(uint32_t **leaf, size_t nleaf)
{
	for (size_t i = 0; i < table_pages(nleaf); i++)
		frame_put((uintptr_t)leaf + i * PAGE);
}

/* Makes room for the leaves of npage pages; twice as many as before, or more. */
static int
table_grow(Seg *s, size_t npage)
{
	size_t want = (npage + SEG_LEAF - 1) / SEG_LEAF, n = 2 * s->nleaf;
	uint32_t **leaf;

	if (want <= s->nleaf)
		return 0;
	if (n < want)
		n = want;
	n = table_pages(n) * PAGE / sizeof *leaf;
	leaf = (uint32_t **)frame_alloc_run(table_pages(n), s->use);
	if (leaf == NULL)
		return seterr(Enomem, NULL);
	memset(leaf, 0, n * sizeof *leaf);
	memcpy(leaf, s->leaf, s->nleaf * sizeof *leaf);
	if (s->leaf != s->direct)
		table_free(s->leaf, s->nleaf);
	s->leaf = leaf;
	s->nleaf = n;
	return 0;
}

Seg *
seg_new(enum SegKind kind, size_t npage, enum FrameUse use)
{
	Seg *s;

	if (npage > SEG_MAXPAGE || (s = pool_new(&segs, use)) == NULL)
		return NULL;
	s->ref = 1;
	s->kind = kind;
	s->use = use;
	s->npage = npage;
	s->leaf = s->direct;
	s->nleaf = SEG_NDIRECT;
	if (table_grow(s, npage) < 0) {
		pool_put(&segs, s);
		return NULL;
	}
	return s;
}

Seg *
seg_get(Seg *s)
{
	s->ref++;
	return s;
}

/* The entry of a page below npage; NULL: its leaf isn't there. */
static uint32_t *
slot_find(const Seg *s, size_t page)
{
	uint32_t *leaf = s->leaf[page / SEG_LEAF];

	return leaf == NULL ? NULL : &leaf[page % SEG_LEAF];
}

static uint32_t *
slot_make(Seg *s, size_t page)
{
	uint32_t **leaf = &s->leaf[page / SEG_LEAF];

	if (*leaf == NULL)
		*leaf = pool_new(&leaves, s->use);
	return *leaf == NULL ? NULL : &(*leaf)[page % SEG_LEAF];
}

static uint32_t
slot_value(const Seg *s, size_t page)
{
	const uint32_t *slot = page < s->npage ? slot_find(s, page) : NULL;

	return slot == NULL ? 0 : *slot;
}

static uintptr_t
slot_addr(uint32_t slot)
{
	return frame_addr(slot >> PAGE_LOG2);
}

static uint32_t
slot_of(uintptr_t addr)
{
	return frame_number(addr) << PAGE_LOG2 | PTE_PRESENT;
}

uintptr_t
seg_peek(const Seg *s, size_t page)
{
	uint32_t slot = slot_value(s, page);

	return slot & PTE_PRESENT ? slot_addr(slot) : 0;
}

bool
seg_writable(const Seg *s, size_t page)
{
	uint32_t slot = slot_value(s, page);

	if (!(slot & PTE_PRESENT))
		return false;
	if (s->kind == SEG_PHYS || s->kind == SEG_SHARED)
		return true;
	return frame_ref(slot_addr(slot)) == 1;
}

void
seg_mapped(Seg *s, size_t page, bool write)
{
	uint32_t *slot = slot_find(s, page);

	*slot |= PTE_MAPPED | (write ? PTE_WRITE : 0);
}

/* ---- pages ---- */

/* The image's frame for a page; 0: not one of the image's. */
static uintptr_t
image_page(const Seg *s, size_t page)
{
	if ((s->kind != SEG_TEXT && s->kind != SEG_DATA) || page >= s->nfile)
		return 0;
	return seg_peek(s->image->pages, s->first + page);
}

/* What is behind the last byte of the data in the file must read as zero. */
static bool
page_is_tail(const Seg *s, size_t page)
{
	return s->kind == SEG_DATA && s->tail != 0 && page == s->nfile - 1;
}

/* A frame next to the neighbours' where that is free: mappings merge then. */
static uintptr_t
frame_near(const Seg *s, size_t page)
{
	uintptr_t before = page > 0 ? seg_peek(s, page - 1) : 0;
	uintptr_t after = seg_peek(s, page + 1), addr = 0;

	if (before != 0)
		addr = frame_alloc_at(before + PAGE, s->use);
	if (addr == 0 && after != 0)
		addr = frame_alloc_at(after - PAGE, s->use);
	return addr != 0 ? addr : frame_alloc(0, s->use);
}

static int
page_fill(Seg *s, size_t page, bool write, uint32_t *slot)
{
	uintptr_t from = image_page(s, page), addr;
	size_t n = page_is_tail(s, page) ? s->tail : PAGE;

	if (s->kind == SEG_RESERVE || s->kind == SEG_PHYS)
		return seterr(Eaddr, NULL);
	if (from != 0 && !write && n == PAGE) {
		frame_get(from);
		*slot = slot_of(from);
		s->npresent++;
		return 0;
	}
	if ((addr = frame_near(s, page)) == 0)
		return seterr(Enomem, NULL);
	if (from != 0)
		memcpy((void *)addr, (const void *)from, n);
	else
		n = 0;
	memset((char *)addr + n, 0, PAGE - n);
	*slot = slot_of(addr);
	s->npresent++;
	return 0;
}

static int
page_copy(Seg *s, size_t page, enum SegHow how, uint32_t *slot)
{
	uintptr_t old = slot_addr(*slot), addr = frame_near(s, page);

	if (addr == 0)
		return seterr(Enomem, NULL);
	memcpy((void *)addr, (const void *)old, PAGE);
	if (*slot & PTE_MAPPED && (how != SEG_FAULT || s->ref > 1)) {
		unmap_add(old, 1, UNMAP_ALL);
		unmap_flush();
	}
	frame_put(old);
	*slot = slot_of(addr);
	s->ncopy++;
	return 0;
}

int
seg_page(Seg *s, size_t page, bool write, enum SegHow how, uintptr_t *addr)
{
	uint32_t *slot;
	int rc = 0;

	if (page >= s->npage)
		return seterr(Eaddr, NULL);
	if ((slot = slot_make(s, page)) == NULL)
		return seterr(Enomem, NULL);
	if (!(*slot & PTE_PRESENT))
		rc = page_fill(s, page, write, slot);
	else if (write && !seg_writable(s, page))
		rc = page_copy(s, page, how, slot);
	if (rc < 0)
		return rc;
	*addr = slot_addr(*slot);
	return 0;
}

int
seg_set(Seg *s, size_t page, uintptr_t addr)
{
	uint32_t *slot;

	if (page >= s->npage)
		return seterr(Eaddr, NULL);
	if ((slot = slot_make(s, page)) == NULL)
		return seterr(Enomem, NULL);
	*slot = slot_of(addr);
	s->npresent++;
	return 0;
}

/* May page q be mapped together with another that is at frame addr - …? */
static bool
run_joins(Seg *s, size_t q, uintptr_t addr, bool write)
{
	uint32_t slot = slot_value(s, q);

	if (slot & PTE_PRESENT)
		return slot_addr(slot) == addr &&
		    (write ? seg_writable(s, q) : !(slot & PTE_WRITE));
	return !write && q < s->npage && !page_is_tail(s, q) &&
	    image_page(s, q) == addr && slot_make(s, q) != NULL;
}

unsigned
seg_run(Seg *s, size_t page, uintptr_t base, unsigned max)
{
	uintptr_t addr = seg_peek(s, page), va = base + page * PAGE;
	bool write = seg_writable(s, page);
	size_t limit = (size_t)1 << max, lo = page, hi = page + 1, first;
	unsigned log2 = max;

	while (lo > 0 && page - lo < limit &&
	    run_joins(s, lo - 1, addr - (page - lo + 1) * PAGE, write))
		lo--;
	while (hi - page < limit && run_joins(s, hi, addr + (hi - page) * PAGE, write))
		hi++;
	for (;; log2--) {
		uintptr_t mask = ((uintptr_t)PAGE << log2) - 1;
		size_t before = (va & mask) / PAGE;

		first = page - before;
		if ((va & mask) == (addr & mask) && before <= page - lo &&
		    hi - first >= (size_t)1 << log2)
			break;
	}
	for (size_t q = first; q < first + ((size_t)1 << log2); q++) {
		uint32_t *slot = slot_find(s, q);

		if (*slot & PTE_PRESENT)
			continue;
		*slot = slot_of(addr - page * PAGE + q * PAGE);
		frame_get(slot_addr(*slot));
		s->npresent++;
	}
	return log2;
}

/* ---- many pages ---- */

/* Takes back all that is mapped of the pages [from, npage); false: nothing was. */
static bool
pages_revoke(Seg *s, size_t from, bool alive)
{
	bool any = false;

	for (size_t page = from; page < s->npage; page++) {
		uint32_t *slot = slot_find(s, page);

		if (slot == NULL) {
			page |= SEG_LEAF - 1;
			continue;
		}
		if (!(*slot & PTE_MAPPED))
			continue;
		any = true;
		*slot &= ~(uint32_t)(PTE_MAPPED | PTE_WRITE);
		/* a dead space has lost its mappings; what it may have
		 * passed on of the image's frames is nobody's secret */
		if (alive || slot_addr(*slot) != image_page(s, page))
			unmap_add(slot_addr(*slot), 1, UNMAP_ALL);
	}
	unmap_flush();
	return any;
}

bool
seg_unmap(Seg *s)
{
	return pages_revoke(s, 0, true);
}

static void
pages_free(Seg *s, size_t from)
{
	for (size_t page = from; page < s->npage; page++) {
		uint32_t *slot = slot_find(s, page);

		if (slot == NULL) {
			page |= SEG_LEAF - 1;
			continue;
		}
		if (!(*slot & PTE_PRESENT))
			continue;
		if (s->kind != SEG_PHYS)
			frame_put(slot_addr(*slot));
		*slot = 0;
		s->npresent--;
	}
}

int
seg_resize(Seg *s, size_t npage)
{
	if (npage > SEG_MAXPAGE)
		return seterr(Enomem, NULL);
	if (npage < s->npage) {
		pages_revoke(s, npage, true);
		pages_free(s, npage);
	} else if (table_grow(s, npage) < 0) {
		return seterr(Enomem, NULL);
	}
	s->npage = npage;
	return 0;
}

void
seg_put(Seg *s, bool alive)
{
	if (s == NULL)
		return;
	if (s->ref < 1)
		panic("seg_put: %d references", s->ref);
	if (--s->ref > 0) {
		if (alive)
			pages_revoke(s, 0, true);
		return;
	}
	pages_revoke(s, 0, alive);
	pages_free(s, 0);
	for (size_t i = 0; i < s->nleaf; i++)
		pool_put(&leaves, s->leaf[i]);
	if (s->leaf != s->direct)
		table_free(s->leaf, s->nleaf);
	image_put(s->image);
	pool_put(&segs, s);
}

/* Both get the pages of a leaf, and the original loses its write rights. */
static void
leaf_share(const Seg *s, uint32_t *from, uint32_t *to)
{
	for (size_t i = 0; i < SEG_LEAF; i++) {
		if (!(from[i] & PTE_PRESENT))
			continue;
		if (s->kind != SEG_PHYS)
			frame_get(slot_addr(from[i]));
		to[i] = from[i] & ~(uint32_t)(PTE_MAPPED | PTE_WRITE);
		if (from[i] & PTE_WRITE)
			unmap_add(slot_addr(from[i]), 1, UNMAP_WRITE);
		from[i] &= ~(uint32_t)PTE_WRITE;
	}
}

Seg *
seg_fork(Seg *s)
{
	Seg *n = seg_new(s->kind, s->npage, s->use);

	if (n == NULL)
		return NULL;
	if ((n->image = s->image) != NULL)
		image_get(n->image);
	n->first = s->first;
	n->nfile = s->nfile;
	n->tail = s->tail;
	memcpy(n->class, s->class, sizeof n->class);
	for (size_t i = 0; i < (s->npage + SEG_LEAF - 1) / SEG_LEAF; i++) {
		if (s->leaf[i] == NULL)
			continue;
		if ((n->leaf[i] = pool_new(&leaves, s->use)) == NULL) {
			unmap_flush();
			seg_put(n, false);
			return NULL;
		}
		leaf_share(s, s->leaf[i], n->leaf[i]);
	}
	n->npresent = s->npresent;
	unmap_flush();
	return n;
}
