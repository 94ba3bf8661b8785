/*
 * hvm/region.c - what a space has where: an ascending list of views of segs, and
 * copying to and from them.
 *
 * LIMITS  segattach places segments between HVM_SEG and the stack's guard page
 */
#include "hvm/space_impl.h"

enum { COPY_MAX = 1 << 30 };
#define STACK_LOW (HVM_STACKTOP - HVM_STACKMAX)
#define GUARD (STACK_LOW - PAGE)

static Pool regions = { .name = "region", .size = sizeof(Region) };

static uintptr_t
region_end(const Region *r)
{
	return r->base + r->seg->npage * PAGE;
}

Region *
region_find(const Space *s, uintptr_t va)
{
	for (Region *r = s->regions; r != NULL && r->base <= va; r = r->next)
		if (va < region_end(r))
			return r;
	return NULL;
}

Region *
region_new(uintptr_t base, int rights, Seg *seg, enum FrameUse use)
{
	Region *r = seg == NULL ? NULL : pool_new(&regions, use);

	if (r == NULL) {
		seg_put(seg, false);
		return NULL;
	}
	*r = (Region){ .base = base, .rights = rights, .seg = seg };
	return r;
}

void
region_insert(Region **list, Region *r)
{
	while (*list != NULL && (*list)->base < r->base)
		list = &(*list)->next;
	r->next = *list;
	*list = r;
}

int
region_add(Space *s, uintptr_t base, int rights, Seg *seg)
{
	Region *r = region_new(base, rights, seg, s->use);

	if (r == NULL)
		return seterr(Enomem, NULL);
	region_insert(&s->regions, r);
	return 0;
}

void
region_list_put(Region *list, bool alive)
{
	while (list != NULL) {
		Region *r = list;

		list = r->next;
		seg_put(r->seg, alive);
		pool_put(&regions, r);
	}
}

/* Does [va, end) touch a region, or the room that belongs to one? */
static bool
range_free(const Space *s, uintptr_t va, uintptr_t end)
{
	for (Region *r = s->regions; r != NULL; r = r->next)
		if (r->base < end && va < region_end(r))
			return false;
	return true;
}

int
region_place(const Space *s, size_t npage, uintptr_t align, uintptr_t *va)
{
	uintptr_t at = HVM_SEG, size = npage * PAGE;

	for (Region *r = s->regions; r != NULL; r = r->next) {
		if (region_end(r) <= at)
			continue;
		if (r->base >= at && r->base - at >= size)
			break;
		at = (region_end(r) + align - 1) & ~(align - 1);
	}
	if (at > GUARD || size > GUARD - at)
		return seterr(Enomem, "no room for a segment");
	*va = at;
	return 0;
}

int
region_attach(Space *s, int flags, const char *class, uintptr_t *va, size_t len)
{
	size_t npage = len / PAGE + (len % PAGE != 0);
	enum SegKind kind = flags & HVM_SG_RESERVE ? SEG_RESERVE :
	    flags & HVM_SG_SHARED ? SEG_SHARED : SEG_MEMORY;
	uintptr_t at = *va;
	Seg *seg;
	int rc;

	if (flags & ~(HVM_SG_SHARED | HVM_SG_RESERVE) || npage == 0 ||
	    npage >= (HVM_STACKTOP - HVM_SEG) / PAGE)
		return seterr(Ebadarg, "segattach: length %zu", len);
	if (at != 0) {
		if (at % PAGE != 0 || at < HVM_TEXT || at > GUARD || npage > (GUARD - at) / PAGE)
			return seterr(Ebadarg, "segattach: address 0x%lx", (unsigned long)at);
		if (!range_free(s, at, at + npage * PAGE))
			return seterr(Einuse, "segattach: 0x%lx", (unsigned long)at);
	} else if ((rc = region_place(s, npage, PAGE, &at)) < 0) {
		return rc;
	}
	if ((seg = seg_new(kind, npage, s->use)) != NULL)
		snprintf(seg->class, sizeof seg->class, "%s", class);
	if ((rc = region_add(s, at, ELF_R | ELF_W, seg)) == 0)
		*va = at;
	return rc;
}

int
region_detach(Space *s, uintptr_t va)
{
	for (Region **p = &s->regions; *p != NULL; p = &(*p)->next) {
		Region *r = *p;

		if (va < r->base || va >= region_end(r))
			continue;
		if (r->seg->kind < SEG_MEMORY)
			break;
		*p = r->next;
		r->next = NULL;
		region_list_put(r, true);
		return 0;
	}
	return seterr(Ebadarg, "segdetach: 0x%lx", (unsigned long)va);
}

/* A heap that is shared must find room in each space that has it. */
static bool
heap_fits(const Seg *heap, size_t npage)
{
	for (int sid = 1; sid < HVM_NSPACE; sid++) {
		const Space *s = space_find(sid);

		if (s == NULL || s->heap != heap)
			continue;
		for (Region *r = s->regions; r != NULL; r = r->next) {
			uintptr_t limit = r->next ? r->next->base : HVM_SEG;

			if (r->seg == heap && (limit < r->base ||
			    npage > (limit - r->base) / PAGE))
				return false;
		}
	}
	return true;
}

int
region_brk(Space *s, uintptr_t end)
{
	Region *r = s->regions;
	size_t npage;

	while (r != NULL && r->seg != s->heap)
		r = r->next;
	if (r == NULL || s->heap == NULL || end < r->base || end > HVM_SEG)
		return seterr(Ebadarg, "brk: 0x%lx", (unsigned long)end);
	npage = (end - r->base + PAGE - 1) / PAGE;
	if (npage > s->heap->npage && !heap_fits(s->heap, npage))
		return seterr(Enomem, "brk: 0x%lx", (unsigned long)end);
	/* a promise that can't be kept isn't made: malloc gets the error, not a note */
	if (npage > s->heap->npage && npage - s->heap->npage > frame_free())
		return seterr(Enomem, "brk: 0x%lx", (unsigned long)end);
	return seg_resize(s->heap, npage);
}

size_t
region_table(const Space *s, char *text, size_t n)
{
	char *p = text, *end = text + n;

	if (n == 0)
		return 0;
	*p = '\0';
	for (Region *r = s->regions; r != NULL; r = r->next)
		p = seprint(p, end, "%-7s %c%c%c %8lx %8lx %4d %6zu %6zu %s\n", seg_name(r->seg),
		    r->rights & ELF_R ? 'r' : '-', r->rights & ELF_W ? 'w' : '-',
		    r->rights & ELF_X ? 'x' : '-', (unsigned long)r->base,
		    (unsigned long)region_end(r), r->seg->ref, r->seg->npresent,
		    r->seg->nfault, r->seg->class);
	return (size_t)(p - text);
}

/* ---- copying ---- */

/* HVM's address of the byte at va, and how many follow on its page. */
static int
mem_at(Space *s, uintptr_t va, bool write, uintptr_t *addr, size_t *left)
{
	Region *r;
	int rc;

	if (s == NULL) {
		*addr = va;
		*left = COPY_MAX;
		return 0;
	}
	if ((r = region_find(s, va)) == NULL)
		return seterr(Eaddr, "0x%lx", (unsigned long)va);
	rc = seg_page(r->seg, (va - r->base) / PAGE, write, SEG_LOOK, addr);
	if (rc < 0)
		return rc;
	*addr += va % PAGE;
	*left = PAGE - va % PAGE;
	return 0;
}

int64_t
mem_copy(Space *to, uintptr_t dst, Space *from, uintptr_t src, size_t n)
{
	size_t done = 0;

	while (done < n) {
		uintptr_t a, b;
		size_t left = n - done, ndst, nsrc;
		int rc = mem_at(from, src + done, false, &b, &nsrc);

		if (rc == 0)
			rc = mem_at(to, dst + done, true, &a, &ndst);
		if (rc < 0)
			return done > 0 ? (int64_t)done : rc;
		left = left < nsrc ? left : nsrc;
		left = left < ndst ? left : ndst;
		memmove((void *)a, (const void *)b, left);
		done += left;
	}
	return (int64_t)n;
}

int
seg_write(Seg *seg, size_t off, Space *from, uintptr_t src, size_t n)
{
	while (n > 0) {
		size_t part = PAGE - off % PAGE;
		uintptr_t addr;
		int64_t got;
		int rc = seg_page(seg, off / PAGE, true, SEG_LOOK, &addr);

		if (rc < 0)
			return rc;
		part = part < n ? part : n;
		got = mem_copy(NULL, addr + off % PAGE, from, src, part);
		if (got < 0)
			return (int)got;
		if ((size_t)got < part)
			return seterr(Eaddr, "0x%lx", (unsigned long)src);
		off += part;
		src += part;
		n -= part;
	}
	return 0;
}
