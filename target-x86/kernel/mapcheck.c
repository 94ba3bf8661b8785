/*
 * mapcheck.c - do a space's page tables and the mapping database agree?
 * SEE kcheck.c, which asks; it changes nothing
 */
#include "target-x86/kernel/kernel.h"
#include "target-x86/kernel/map_impl.h"

/* One page that m has from another space, or from sigma0 (no parent). */
static bool
node_check(const Map *m, const MapNode *n, uint32_t va, uint32_t entry, bool super)
{
	MapEntry up;

	if (n == NULL || n->map != m || node_va(n) != va || n->word & NODE_DEAD || *n->pprev != n)
		return false;
	if (((n->word & NODE_SUPER) != 0) != super || (super && n->child != NULL))
		return false;
	if (n->parent == NULL)
		return true;
	return map_query(n->parent->map, node_va(n->parent), &up) && up.node == n->parent &&
	    (up.pa & PTE_FRAME) == (entry & PTE_FRAME) && (pte_rights(entry) & ~up.rights) == 0;
}

static bool
table_check(const Map *m, uint32_t base, uint32_t *npage)
{
	const uint32_t *table = kmem_va(m->pd[base >> 22] & PTE_FRAME);
	uint32_t used = 0;

	for (uint32_t i = 0; i < NPTE; i++) {
		uint32_t va = base + i * MAP_PAGE;

		if (!(table[i] & PTE_P))
			continue;
		used++;
		if (m->sigma0 || table[i] & PTE_OWN) {
			if (ptab_node(m, va) != NULL)
				return false;
			continue;
		}
		++*npage;
		if (map_reserved(m, va) || !node_check(m, ptab_node(m, va), va, table[i], false))
			return false;
	}
	return m->sd[base >> 22] % MAP_PAGE == used;
}

bool
map_check(const Map *m)
{
	uint32_t npage = 0;

	for (uint32_t i = 0; i < MAP_USER_TOP >> 22; i++) {
		uint32_t va = i << 22;

		if (!(m->pd[i] & PTE_P))
			continue;
		if (!(m->pd[i] & PTE_PS)) {
			if (!table_check(m, va, &npage))
				return false;
		} else if (!m->sigma0) {
			npage += NPTE;
			if (!node_check(m, ptab_node(m, va), va, m->pd[i], true))
				return false;
		}
	}
	return npage == m->npage;
}

/* The kernel's own page at user address va: its kernel address, or NULL. */
void *
map_own_at(const Map *m, uint32_t va)
{
	bool super;
	uint32_t *e = ptab_entry(m, va, &super);

	if (e == NULL || super || !(*e & PTE_P) || !(*e & PTE_OWN))
		return NULL;
	return (char *)kmem_va(*e & PTE_FRAME) + va % MAP_PAGE;
}
