/*
 * kmem.c - the kernel's own memory: whole pages from the pool, and slabs of small
 * objects of one size on them.
 *
 * The pool is a few physical regions, each with a bitmap in its first pages: a
 * set bit is a free page. The last NRESERVE pages are for KM_RESERVE: what must
 * not fail, so that programs that ask for a lot get an error first. New threads
 * leave an eighth (KM_THREAD): those that are there go on to need mappings.
 */
#include "target-x86/kernel/map.h"

enum { NREGION = 4, NRESERVE = 32 };
typedef struct Region Region;
struct Region {
	uint32_t low, npage, hint;    /* physical address; hint: a word of the bitmap */
	uint32_t *free;               /* bitmap */
};
static Region region[NREGION];
static unsigned nregion;
static KmemInfo info;

static bool
bit_get(const Region *r, uint32_t i)
{
	return r->free[i / 32] >> (i % 32) & 1;
}

static void
bits_set(Region *r, uint32_t first, uint32_t n, bool on)
{
	for (uint32_t i = first; i < first + n; i++) {
		if (on)
			r->free[i / 32] |= 1u << (i % 32);
		else
			r->free[i / 32] &= ~(1u << (i % 32));
	}
	info.free = on ? info.free + n : info.free - n;
}

void
kmem_init(uint32_t low, uint32_t high)
{
	Region *r = &region[nregion];
	uint32_t npage = (high - low) / MAP_PAGE, nmap;

	nmap = ((npage + 31) / 32 * 4 + MAP_PAGE - 1) / MAP_PAGE;
	if (nregion == NREGION || high <= low || npage <= nmap)
		return;
	nregion++;
	*r = (Region){ .low = low, .npage = npage, .free = kmem_va(low) };
	__builtin_memset(r->free, 0, nmap * MAP_PAGE);
	bits_set(r, nmap, npage - nmap, true);
	info.total += npage - nmap;
	info.reserve = info.total / 8 < NRESERVE ? info.total / 8 : NRESERVE;
}

/* Where n free pages in a row are, or -1. */
static int
region_find(Region *r, uint32_t n)
{
	uint32_t nword = (r->npage + 31) / 32, run = 0;

	if (n == 1) {
		for (uint32_t k = 0; k < nword; k++) {
			uint32_t w = (r->hint + k) % nword;

			if (r->free[w] != 0) {
				r->hint = w;
				return (int)(w * 32 + (uint32_t)__builtin_ctz(r->free[w]));
			}
		}
		return -1;
	}
	for (uint32_t i = 0; i < r->npage; i++) {
		run = bit_get(r, i) ? run + 1 : 0;
		if (run == n)
			return (int)(i - n + 1);
	}
	return -1;
}

/* how many pages are not for this class */
static uint32_t
kept(int class)
{
	if (class == KM_RESERVE)
		return 0;
	return class == KM_THREAD && info.total / 8 > info.reserve ? info.total / 8 : info.reserve;
}

void *
kmem_take(size_t size, int class)
{
	uint32_t n = (uint32_t)((size + MAP_PAGE - 1) / MAP_PAGE);

	if (n == 0 || info.free < n + kept(class))
		return NULL;
	for (unsigned i = 0; i < nregion; i++) {
		int at = region_find(&region[i], n);

		if (at >= 0) {
			void *p = kmem_va(region[i].low + (uint32_t)at * MAP_PAGE);

			bits_set(&region[i], (uint32_t)at, n, false);
			__builtin_memset(p, 0, (size_t)n * MAP_PAGE);
			return p;
		}
	}
	return NULL;
}

void *
kmem_alloc(size_t size)
{
	return kmem_take(size, KM_USER);
}

void
kmem_free(void *p, size_t size)
{
	uint32_t pa = kmem_pa(p), n = (uint32_t)((size + MAP_PAGE - 1) / MAP_PAGE);

	if (p == NULL)
		return;
	for (unsigned i = 0; i < nregion; i++) {
		Region *r = &region[i];
		uint32_t at = (pa - r->low) / MAP_PAGE;

		if (pa < r->low || at >= r->npage)
			continue;
		if (pa % MAP_PAGE != 0 || at + n > r->npage || bit_get(r, at))
			break;
		bits_set(r, at, n, true);
		return;
	}
	map_bug("kmem_free: not a page in use");
}

size_t
kmem_unused(void)
{
	return (size_t)info.free * MAP_PAGE;
}

KmemInfo
kmem_info(void)
{
	return info;
}

bool
kmem_check(void)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < nregion; i++)
		for (uint32_t w = 0; w < (region[i].npage + 31) / 32; w++)
			n += (uint32_t)__builtin_popcount(region[i].free[w]);
	return n == info.free;
}

/* ---- slabs: a header at the start of each page ---- */
typedef struct SlabPage SlabPage;
struct SlabPage {
	SlabPage *next, *prev;        /* in Slab.partial */
	void *free;                   /* objects, linked by their first word */
	unsigned used, fresh;         /* fresh: objects never used, at the page's end */
};
enum { HEADER = (sizeof(SlabPage) + 15) / 16 * 16 };

static void
slab_link(Slab *s, SlabPage *p)
{
	p->prev = NULL;
	p->next = s->partial;
	if (p->next != NULL)
		p->next->prev = p;
	s->partial = p;
}

static void
slab_unlink(Slab *s, SlabPage *p)
{
	if (p->prev != NULL)
		p->prev->next = p->next;
	else
		s->partial = p->next;
	if (p->next != NULL)
		p->next->prev = p->prev;
}

void *
slab_alloc(Slab *s, int class)
{
	SlabPage *p = s->partial;
	unsigned max = (MAP_PAGE - HEADER) / s->size;
	void *obj;

	if (p == NULL) {
		p = kmem_take(MAP_PAGE, class);
		if (p == NULL)
			return NULL;
		p->fresh = max;
		slab_link(s, p);
	}
	if (p->free != NULL) {
		obj = p->free;
		p->free = *(void **)obj;
	} else {
		obj = (char *)p + HEADER + (size_t)(max - p->fresh--) * s->size;
	}
	s->live++;
	if (++p->used == max)
		slab_unlink(s, p);
	__builtin_memset(obj, 0, s->size);
	return obj;
}

void
slab_free(Slab *s, void *obj)
{
	SlabPage *p = kmem_va(kmem_pa(obj) & ~(uint32_t)(MAP_PAGE - 1));
	unsigned max = (MAP_PAGE - HEADER) / s->size;

	if (obj == NULL)
		return;
	if (p->used-- == max)
		slab_link(s, p);
	*(void **)obj = p->free;
	p->free = obj;
	s->live--;
	if (p->used == 0) {
		slab_unlink(s, p);
		kmem_free(p, MAP_PAGE);
	}
}
