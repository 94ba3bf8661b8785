/*
 * k_map.c - the mapping database: map and grant items, Unmap and Flush, status bits.
 * How processes drop what they loaded is k_flush.c.
 *
 * Each mapping of a page is a Node; its children were mapped from it. sigma0's
 * space has no nodes and no page table: every frame is there, at its own address.
 * A page table entry points at its node and adds what the space's process did
 * with it: LOADED (Linux has a mapping) and the status bits. These are set
 * without a lock (tlb.c), so all changes to an entry are atomic.
 *
 * LOCKS   K->map. Waiting for other processes to drop pages (map_flush_wait)
 *         comes after every lock is released.
 */
#include "sim/kern/k_map.h"

/* ---- nodes ---- */
static uint32_t
node_alloc(void)
{
	uint32_t n = KERN->node_free;

	if (n != 0)
		KERN->node_free = node_at(n)->next;
	else if (KERN->node_high + 1 < NNODE)
		n = ++KERN->node_high;
	else
		return 0;
	KERN->node_live++;
	return n;
}

uint32_t *
node_head(const Node *n)
{
	return n->parent != 0 ? &node_at(n->parent)->child : frame_at(n->frame);
}

void
node_link(uint32_t i)
{
	Node *n = node_at(i);
	uint32_t *head = node_head(n);

	n->prev = 0;
	n->next = *head;
	if (*head != 0)
		node_at(*head)->prev = i;
	*head = i;
}

static void
node_free(uint32_t i)
{
	Node *n = node_at(i);

	n->space = 0;
	if (n->prev != 0)
		node_at(n->prev)->next = n->next;
	else
		*node_head(n) = n->next;
	if (n->next != 0)
		node_at(n->next)->prev = n->prev;
	n->next = KERN->node_free;
	KERN->node_free = i;
	KERN->node_live--;
}

/* ---- one mapping ---- */
/* Takes what Linux loaded and the status bits from the entry; the status. */
static unsigned
pte_settle(Op *op, Space *s, uint32_t page, uint64_t new)
{
	uint64_t old = atomic_exchange(pte_at(s->no, page), new);

	if (old & PTE_LOADED)
		flush_queue(op, s, page);
	return PTE_STATUS(old);
}

static void
node_delete(Op *op, uint32_t i)
{
	Node *n = node_at(i);
	Space *s = space_at(n->space - 1u);

	pte_settle(op, s, n->page, 0);
	s->npage--;
	node_free(i);
}

static uint32_t
deepest(uint32_t i)
{
	while (node_at(i)->child != 0)
		i = node_at(i)->child;
	return i;
}

/*
 * Takes rights from all below root, and from root when self is set; nodes left
 * with none go. Reads and resets status bits; returns them, root's included, and
 * leaves them to the one root was mapped from.
 */
static unsigned
revoke(Op *op, uint32_t root, unsigned rights, bool self)
{
	unsigned status = 0;
	uint32_t next, up = node_at(root)->parent;

	for (uint32_t i = deepest(root);; i = next) {
		Node *n = node_at(i);
		Space *s = space_at(n->space - 1u);

		next = i == root ? 0 : n->next != 0 ? deepest(n->next) : n->parent;
		if (i != root || self)
			n->rights &= (uint8_t)~rights;
		status |= pte_settle(op, s, n->page, PTE(i, n->frame, n->rights));
		if (n->rights == 0)
			node_delete(op, i);
		if (i == root)
			break;
	}
	if (up != 0)
		atomic_fetch_or(pte_at(node_at(up)->space - 1u, node_at(up)->page), (uint64_t)status << 4);
	return status;
}

bool
map_frame_ok(uint32_t frame)
{
	return frame < KERN->ram >> PAGE_LOG2 || frame - (SIM_DEV_PHYS >> PAGE_LOG2) < SIM_DEV_MAX;
}

typedef struct Page Page;
struct Page {
	uint32_t node, frame;
	unsigned rights;
};

static bool
page_get(const Space *s, uint32_t page, Page *out)
{
	uint64_t e;

	if (s->no == KERN->sigma0_space) {
		*out = (Page){ 0, page, 7 };
		return map_frame_ok(page);
	}
	e = *pte_at(s->no, page);
	*out = (Page){ PTE_NODE(e), PTE_FRAME(e), PTE_RIGHTS(e) };
	return out->node != 0;
}

static bool
page_reserved(const Space *s, uint32_t page)
{
	uint64_t a = (uint64_t)page << PAGE_LOG2;

	return (a >= s->kip && a < s->kip + PAGE) || (a >= s->utcb && a < s->utcb + s->utcb_size);
}

/* Moves the mapping itself; its children stay below it. */
static void
page_grant(Op *op, Space *s, uint32_t from, const Page *p, Space *r, uint32_t to, unsigned rights)
{
	Node *n = node_at(p->node);

	if (p->rights & ~rights)
		revoke(op, p->node, p->rights & ~rights, true);
	pte_settle(op, s, from, 0);
	s->npage--;
	n->space = (uint16_t)(r->no + 1);
	n->page = to;
	atomic_store(pte_at(r->no, to), PTE(p->node, n->frame, n->rights));
	r->chunk[to / CHUNK / 64] |= (uint64_t)1 << (to / CHUNK % 64);
	r->npage++;
}

/* The rights that came across; < 0: no memory. */
static int
page_map(Op *op, Space *s, uint32_t from, Space *r, uint32_t to, unsigned rights, bool grant)
{
	Page p, old;
	Node *n;
	uint32_t i;

	if (!page_get(s, from, &p) || (rights & p.rights) == 0 || r->no == KERN->sigma0_space || page_reserved(r, to))
		return 0;
	rights &= p.rights;
	if (page_get(r, to, &old)) {
		if (old.node == p.node)
			return 0;
		if (!grant && old.frame == p.frame && node_at(old.node)->parent == p.node) {
			node_at(old.node)->rights |= (uint8_t)rights;
			atomic_fetch_or(pte_at(r->no, to), rights);
			return (int)rights;
		}
		revoke(op, old.node, 7, true);
		if (!page_get(s, from, &p))
			return 0;               /* it was mapped from there */
	}
	if (grant && p.node != 0) {
		page_grant(op, s, from, &p, r, to, rights);
		return (int)rights;
	}
	i = node_alloc();
	if (i == 0)
		return -L4_IpcErrAborted;
	n = node_at(i);
	n->frame = p.frame;
	n->page = to;
	n->parent = p.node;
	n->rights = (uint8_t)rights;
	n->child = 0;
	n->space = (uint16_t)(r->no + 1);
	node_link(i);
	atomic_store(pte_at(r->no, to), PTE(i, p.frame, rights));
	r->chunk[to / CHUNK / 64] |= (uint64_t)1 << (to / CHUNK % 64);
	r->npage++;
	return (int)rights;
}

/* ---- fpages ---- */
/* base and log2 of the size, cut to the user's 4 GiB; false: nothing in it */
static bool
fpage_range(L4_Word_t f, uint64_t *base, unsigned *log2)
{
	*log2 = f >> 4 & 0x3F;
	*base = 0;
	if (*log2 == 1) {
		*log2 = 32;
		return true;
	}
	if (*log2 < PAGE_LOG2)
		return false;
	*base = f & ~(L4_Word_t)0x3FF & ~(((uint64_t)1 << *log2) - 1);
	if (*log2 > 32)
		*log2 = 32;
	return *base < USER_TOP;
}

static bool
chunk_empty(const Space *s, uint32_t page)
{
	return s->no != KERN->sigma0_space && !(s->chunk[page / CHUNK / 64] >> (page / CHUNK % 64) & 1);
}

static int
map_pages(Op *op, Space *s, uint64_t from, Space *r, uint64_t to, uint64_t size, unsigned rights, bool grant)
{
	int got = 0;

	for (uint64_t o = 0; o < size; o += PAGE) {
		uint32_t page = (uint32_t)((from + o) >> PAGE_LOG2);
		int rc;

		if (page % CHUNK == 0 && size - o >= (uint64_t)CHUNK * PAGE && chunk_empty(s, page)) {
			o += (uint64_t)(CHUNK - 1) * PAGE;
			continue;
		}
		rc = page_map(op, s, page, r, (uint32_t)((to + o) >> PAGE_LOG2), rights, grant);
		if (rc < 0)
			return rc;
		got |= rc;
	}
	return got;
}

int
map_item(Op *op, Tcb *s, Tcb *r, L4_Word_t *item)
{
	L4_Word_t window = mrs_of(r)[L4_TCR_BR0] & ~(L4_Word_t)0xF, hot = item[0] & ~(L4_Word_t)0x3FF;
	uint64_t from, to, size;
	unsigned ls, lr;
	int got;

	if (window == 0)
		return -L4_IpcErrOverflow;
	if (!fpage_range(item[1], &from, &ls) || !fpage_range(window, &to, &lr)) {
		item[1] = 0;
		return 0;
	}
	if (ls <= lr)
		to += hot & (((uint64_t)1 << lr) - 1) & ~(((uint64_t)1 << ls) - 1);
	else
		from += hot & (((uint64_t)1 << ls) - 1) & ~(((uint64_t)1 << lr) - 1);
	size = (uint64_t)1 << (ls <= lr ? ls : lr);
	lock(&KERN->map, op);
	got = map_pages(op, space_of(s), from, space_of(r), to, size, item[1] & 7, (item[0] & 0xE) == 0xA);
	unlock(&KERN->map);
	if (got < 0)
		return got;
	item[1] = (item[1] & ~(L4_Word_t)0xF) | (L4_Word_t)got;
	return 0;
}

/* ---- unmap ---- */
static unsigned
unmap_page(Op *op, Space *s, uint32_t page, unsigned rights, bool flush)
{
	unsigned status = 0;
	uint64_t e;

	if (s->no != KERN->sigma0_space) {
		e = *pte_at(s->no, page);
		return PTE_NODE(e) != 0 ? revoke(op, PTE_NODE(e), rights, flush) : 0;
	}
	if (!map_frame_ok(page))
		return 0;
	for (uint32_t i = *frame_at(page), next; i != 0; i = next) {
		next = node_at(i)->next;
		status |= revoke(op, i, rights, true);
	}
	return status;
}

void
map_unmap(Op *op, Space *s, L4_Word_t control, L4_Word_t *fpages, unsigned n)
{
	lock(&KERN->map, op);
	for (unsigned i = 0; i < n; i++) {
		unsigned status = 0, log2;
		uint64_t base;

		if (fpage_range(fpages[i], &base, &log2)) {
			uint64_t end = base + ((uint64_t)1 << log2);

			for (uint64_t a = base; a < end; a += PAGE) {
				uint32_t page = (uint32_t)(a >> PAGE_LOG2);

				if (page % CHUNK == 0 && end - a >= (uint64_t)CHUNK * PAGE && chunk_empty(s, page))
					a += (uint64_t)(CHUNK - 1) * PAGE;
				else
					status |= unmap_page(op, s, page, fpages[i] & 7, (control & L4_UNMAP_FLUSH) != 0);
			}
		}
		fpages[i] = (fpages[i] & ~(L4_Word_t)0xF) | status;
	}
	unlock(&KERN->map);
}

void
map_clear(Op *op, Space *s)
{
	lock(&KERN->map, op);
	for (uint32_t c = 0; c < NCHUNK; c++) {
		if (!(s->chunk[c / 64] >> (c % 64) & 1))
			continue;
		for (uint32_t p = c * CHUNK; p < (c + 1) * CHUNK; p++)
			if (PTE_NODE(*pte_at(s->no, p)) != 0)
				revoke(op, PTE_NODE(*pte_at(s->no, p)), 7, true);
		s->chunk[c / 64] &= ~((uint64_t)1 << (c % 64));
	}
	s->nflush = 0;
	unlock(&KERN->map);
}
