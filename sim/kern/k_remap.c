/*
 * k_remap.c - the mapping database after a death inside an update: page tables and
 * child lists are made again from the nodes, which are the truth.
 *
 * LOCKS   K->map
 */
#include "sim/kern/k_map.h"

static void
rebuild_tables(void)
{
	for (uint32_t no = 0; no < KERN->nspace_high; no++) {
		Space *s = space_at(no);

		s->npage = 0;
		for (uint32_t p = 0; p < NPAGE; p++) {
			uint64_t e;

			if (!(s->chunk[p / CHUNK / 64] >> (p / CHUNK % 64) & 1)) {
				p += CHUNK - 1;
				continue;
			}
			e = *pte_at(no, p);
			if (PTE_NODE(e) == 0)
				continue;
			if (node_at(PTE_NODE(e))->space == no + 1 && node_at(PTE_NODE(e))->page == p)
				s->npage++;
			else
				atomic_store(pte_at(no, p), 0);
		}
		s->nflush = NFLUSH + 1;         /* who knows what is loaded */
		s->flush_next++;
	}
}

/* Entries and child lists again from the nodes. REQUIRES K->map. */
void
map_rebuild(void)
{
	for (uint32_t f = 0; f < NFRAME; f++)
		if (map_frame_ok(f) && *frame_at(f) != 0)
			*frame_at(f) = 0;
	KERN->node_free = KERN->node_live = 0;
	for (uint32_t i = 1; i <= KERN->node_high; i++) {
		Node *n = node_at(i);

		n->child = 0;
		if (n->space != 0) {
			KERN->node_live++;
			continue;
		}
		n->next = KERN->node_free;
		KERN->node_free = i;
	}
	rebuild_tables();
	for (uint32_t i = 1; i <= KERN->node_high; i++) {
		Node *n = node_at(i);
		Pte *e;

		if (n->space == 0)
			continue;
		if (n->parent != 0 && (node_at(n->parent)->space == 0 || node_at(n->parent)->frame != n->frame))
			n->parent = 0;
		node_link(i);
		e = pte_at(n->space - 1u, n->page);
		if (PTE_NODE(*e) != i) {
			atomic_store(e, PTE(i, n->frame, n->rights) | PTE_LOADED);
			space_at(n->space - 1u)->npage++;
		}
		space_at(n->space - 1u)->chunk[n->page / CHUNK / 64] |= (uint64_t)1 << (n->page / CHUNK % 64);
	}
}
