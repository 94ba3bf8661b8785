/* mapdump.c - the mapping database for people: where a page came from and went */
#include "target-x86/kernel/kernel.h"
#include "target-x86/kernel/map_impl.h"

enum { MAXLINES = 64 };

static void
print_node(const MapNode *n, const char *what)
{
	if (n->word & NODE_DEAD)
		kprintf("  %s a node on its way out\n", what);
	else
		kprintf("  %s space %08x address %08x\n", what, map_cr3(n->map), node_va(n));
}

void
map_print_tree(const MapNode *n)
{
	unsigned lines = 0;

	if (n == NULL)
		return;
	for (const MapNode *p = n->parent; p != NULL && lines < MAXLINES; p = p->parent, lines++)
		print_node(p, "from");
	if (lines < MAXLINES)
		kprintf("  from sigma0\n");
	for (const MapNode *k = n->child; k != NULL && lines < MAXLINES; k = k->next, lines++)
		print_node(k, "to");
	if (lines == MAXLINES)
		kprintf("  and more\n");
}
