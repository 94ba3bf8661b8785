/*
 * mapdb.c - the mapping database: map, grant, unmap, flush, in bounded pieces.
 *
 * Each page that a space has from another is a MapNode; its children were mapped
 * from it. sigma0 is the root and has no nodes: what was mapped from it is in
 * the list of its frame. A 4 MiB node comes from sigma0 and has no children:
 * to map on, or to take, a part of it splits it into 1024 nodes first. So no
 * step works on more than those 1024.
 *
 * Revoking walks the tree in preorder. A visited node that loses all rights
 * leaves its page table at once (NODE_DEAD), so that nothing is mapped from it any
 * more, and goes when the walk comes back up and it has no child. The walk may
 * stop at any node; other operations that free this node move the cursor on.
 *
 * LIMITS  Whoever has no memory left for a split when only a part of 4 MiB is
 *         taken from him loses all 4 MiB, and faults them in again. A frame's
 *         list head stays allocated: one page for each 4 MiB of physical memory
 *         that was ever given out in 4 KiB pages.
 * SEE     tests/unit/x86_mapdb.c: against a brute-force model
 */
#include "target-x86/kernel/map_impl.h"

enum { SPLIT_PAGES = 2 + 1 + NPTE * sizeof(MapNode) / (MAP_PAGE - 64) + 1 };

static Slab nodes = { .size = sizeof(MapNode) };
static unsigned budget = 128;         /* pages or nodes in one step; less in the test */
static MapOp *ops;                    /* all under way */
static struct {
	MapNode *super;               /* 4 MiB nodes */
	MapNode **frame;              /* heads of 1024 frames' lists, or NULL */
} root[NPTE];

unsigned
map_nodes_live(void)
{
	return nodes.live;
}

/* ---- nodes ---- */
static MapNode **
frame_head(uint32_t frame, int class)
{
	MapNode ***heads = &root[frame / NPTE].frame;

	if (*heads == NULL)
		*heads = kmem_take(NPTE * sizeof(MapNode *), class);
	return *heads != NULL ? &(*heads)[frame % NPTE] : NULL;
}

static void
node_link(MapNode *n, MapNode **head)
{
	n->next = *head;
	n->pprev = head;
	if (n->next != NULL)
		n->next->pprev = &n->next;
	*head = n;
}

static void
node_unlink(MapNode *n)
{
	*n->pprev = n->next;
	if (n->next != NULL)
		n->next->pprev = n->pprev;
}

/* The walk of op goes on after n, whose subtree is done. */
static void
cursor_next(MapOp *op, MapNode *n)
{
	if (n == op->root) {
		op->root = op->cursor = op->siblings ? n->next : NULL;
		op->climb = false;
	} else {
		op->climb = n->next == NULL;
		op->cursor = op->climb ? n->parent : n->next;
	}
	if (op->cursor != NULL)
		op->cursor->word |= NODE_CURSOR;
}

static void
node_free(MapNode *n)
{
	if (n->word & NODE_CURSOR)
		for (MapOp *o = ops; o != NULL; o = o->next)
			if (o->cursor == n)
				cursor_next(o, n);
	node_unlink(n);
	slab_free(&nodes, n);
}

/* A node for va in m, below parent or in the frame's list. NULL: no memory. */
static MapNode *
node_new(Map *m, uint32_t va, MapNode *parent, uint32_t frame, int class)
{
	MapNode **head = parent != NULL ? &parent->child : frame_head(frame, class);
	MapNode *n = head != NULL ? slab_alloc(&nodes, class) : NULL;

	if (n == NULL)
		return NULL;
	n->parent = parent;
	n->map = m;
	n->word = va;
	node_link(n, head);
	return n;
}

/*
 * Splits a 4 MiB page. It has no children, so that nothing but its own 1024
 * entries must be made. Allocates all before it changes anything.
 */
bool
node_split(MapNode *n)
{
	Map *m = n->map;
	uint32_t va = node_va(n), e = m->pd[va >> 22], frame = e >> 12 & ~(NPTE - 1u);
	uint32_t low = (e & (0xFFFu & ~(uint32_t)PTE_PS)) | (e & PDE_PAT ? PTE_PAT : 0);
	uint32_t status = n->word & (7u << NODE_STATUS);
	uint32_t *table, *shadow;

	if (kmem_info().free < SPLIT_PAGES || frame_head(frame, KM_RESERVE) == NULL)
		return false;
	table = kmem_take(MAP_PAGE, KM_RESERVE);
	shadow = kmem_take(MAP_PAGE, KM_RESERVE);
	if (table == NULL || shadow == NULL)
		goto fail;
	for (uint32_t i = 0; i < NPTE; i++) {
		MapNode *k = node_new(m, va + i * MAP_PAGE, NULL, frame + i, KM_RESERVE);

		if (k == NULL)
			goto fail;
		k->word |= status;
		table[i] = (frame + i) << 12 | low;
		shadow[i] = kmem_pa(k);
	}
	node_free(n);
	m->pd[va >> 22] = kmem_pa(table) | PTE_P | PTE_W | PTE_U;
	m->sd[va >> 22] = kmem_pa(shadow) + NPTE;
	ptab_flush(m, va);
	return true;
fail:
	for (uint32_t i = 0; shadow != NULL && i < NPTE && shadow[i] != 0; i++)
		node_free(kmem_va(shadow[i]));
	kmem_free(table, MAP_PAGE);
	kmem_free(shadow, MAP_PAGE);
	return false;
}

/* ---- revoking one tree ---- */
static void
revoke_start(MapOp *op, MapNode *n, unsigned mask, bool self, bool siblings)
{
	op->root = op->cursor = n;
	op->mask = (uint8_t)mask;
	op->self = self;
	op->siblings = siblings;
	op->climb = false;
	op->status = 0;
	n->word |= NODE_CURSOR;
}

static void
node_visit(MapOp *op, MapNode *n)
{
	uint32_t va = node_va(n), *e, status;
	unsigned rights;
	bool super;

	if (n->word & NODE_DEAD)
		return;
	e = ptab_entry(n->map, va, &super);
	status = pte_status(*e) | (n->word >> NODE_STATUS & 7);
	op->status |= (uint8_t)status;
	n->word &= ~(7u << NODE_STATUS);
	rights = pte_rights(*e);
	if (n != op->root || op->self)
		rights &= ~op->mask;
	if (rights == 0) {
		n->word |= NODE_DEAD;
		n->map->npage -= super ? NPTE : 1;
		ptab_clear(n->map, va);
	} else if (rights != pte_rights(*e) || *e & (PTE_A | PTE_D)) {
		*e = pte_make(*e & ~(uint32_t)(PTE_A | PTE_D | PTE_W | PTE_SW_R | PTE_SW_X), rights);
		ptab_flush(n->map, va);
	}
}

/* One node; false: the tree is done. */
static bool
revoke_step(MapOp *op)
{
	MapNode *n = op->cursor;

	if (n == NULL)
		return false;
	if (!op->climb) {
		node_visit(op, n);
		op->climb = n->child == NULL;
		if (!op->climb) {
			op->cursor = n->child;
			op->cursor->word |= NODE_CURSOR;
		}
		return true;
	}
	if (n == op->root) {
		op->result |= op->status;
		if (n->parent != NULL)
			n->parent->word |= (uint32_t)op->status << NODE_STATUS;
		op->status = 0;
	}
	if (n->word & NODE_DEAD && n->child == NULL) {
		n->word |= NODE_CURSOR;
		node_free(n);         /* moves our cursor too */
	} else {
		cursor_next(op, n);
	}
	return op->cursor != NULL;
}

/* ---- map and grant ---- */
typedef struct Source Source;
struct Source {
	MapNode *node;                /* NULL: sigma0's */
	uint32_t pa, bits;            /* cache type bits of the entry */
	unsigned rights;
	bool super;
};

/* What space m has at va; 0: nothing that can be mapped on. */
static bool
source_get(const Map *m, uint32_t va, Source *s)
{
	bool super;
	uint32_t *e;

	if (m->sigma0) {
		*s = (Source){ .pa = va, .rights = 7 };
		return map_phys_ok(va >> 12);
	}
	e = va < MAP_USER_TOP ? ptab_entry(m, va, &super) : NULL;
	if (e == NULL || !(*e & PTE_P) || *e & PTE_OWN)
		return false;
	*s = (Source){ .node = ptab_node(m, va), .rights = pte_rights(*e), .super = super,
		.pa = super ? (*e & 0xFFC00000u) | (va & 0x3FF000) : *e & PTE_FRAME,
		.bits = *e & (PTE_PWT | PTE_PCD | (super ? PDE_PAT : (uint32_t)PTE_PAT)) };
	return true;
}

/* MAP_DONE: this page is finished, however; MAP_MORE: again, a tree goes first. */
static int
grant_page(MapOp *op, const Source *s, uint32_t dst, unsigned rights)
{
	MapNode *n = s->node;
	uint32_t e = pte_make(s->pa, rights) | s->bits, src = node_va(n);
	MapEntry old = { .status = 0 };

	if (s->rights & ~rights) {
		revoke_start(op, n, s->rights & ~rights, true, false);
		return MAP_MORE;
	}
	if (!s->super && !ptab_need(op->to, dst, KM_USER))
		return MAP_NOMEM;
	map_query(op->from, src, &old);
	n->map = op->to;
	n->word = (n->word & ~PTE_FRAME) | dst | (uint32_t)old.status << NODE_STATUS;
	if (s->super)
		ptab_set_super(op->to, dst, e, n);
	else
		ptab_set(op->to, dst, e, n);
	op->to->npage += s->super ? NPTE : 1;
	op->from->npage -= s->super ? NPTE : 1;
	ptab_clear(op->from, src);    /* last: it may free a table */
	op->result |= rights;
	return MAP_DONE;
}

static int
map_new_page(MapOp *op, const Source *s, uint32_t dst, unsigned rights)
{
	MapNode *n;

	if (!ptab_need(op->to, dst, KM_USER))
		return MAP_NOMEM;
	n = node_new(op->to, dst, s->node, s->pa >> 12, KM_USER);
	if (n == NULL) {
		ptab_set(op->to, dst, PTE_P, NULL);   /* frees a table without entries */
		ptab_clear(op->to, dst);
		return MAP_NOMEM;
	}
	ptab_set(op->to, dst, pte_make(s->pa, rights) | s->bits, n);
	op->to->npage++;
	op->result |= rights;
	return MAP_DONE;
}

/* What is at dst makes room. MAP_DONE: it has; MAP_MORE: again; -1: nothing to do. */
static int
make_room(MapOp *op, const Source *s, uint32_t dst, unsigned rights, bool super)
{
	bool was_super = false;
	uint32_t *e = ptab_entry(op->to, dst, &was_super);
	MapNode *n = ptab_node(op->to, dst);

	if (e == NULL || !(*e & PTE_P))
		return MAP_DONE;
	if (n == NULL)
		return -1;            /* the kernel's own page */
	if (was_super && !super) {
		if (kmem_info().free < kmem_info().reserve + SPLIT_PAGES || !node_split(n))
			return MAP_NOMEM;
		return MAP_MORE;
	}
	if (n == s->node)
		return -1;
	if (!op->grant && n->parent == s->node && (*e & PTE_FRAME & ~(super ? 0x3FF000u : 0)) == s->pa) {
		*e = pte_make(*e, rights);
		ptab_flush(op->to, dst);
		op->result |= rights;
		return -1;
	}
	revoke_start(op, n, 7, true, false);
	return MAP_MORE;
}

/* May this step be a whole 4 MiB page? */
static bool
fits_super(const MapOp *op, const Source *s, uint32_t src, uint32_t dst)
{
	uint32_t pde = op->to->pd[dst >> 22];

	if (op->left < NPTE || src % MAP_SUPER != 0 || dst % MAP_SUPER != 0 || dst >= MAP_USER_TOP)
		return false;
	if (op->from->sigma0 ? !map_phys_range_ok(src >> 12, NPTE) : !s->super || !op->grant)
		return false;
	if (dst >> 22 == op->to->kip >> 22 && op->to->kip_size != 0)
		return false;
	if (op->to->utcb_size != 0 && (op->to->utcb - dst < MAP_SUPER || dst - op->to->utcb < op->to->utcb_size))
		return false;
	return !(pde & PTE_P) || pde & PTE_PS;
}

/* Pages done, in *n. */
static int
map_page(MapOp *op, uint32_t *n)
{
	uint32_t src = op->src << 12, dst = op->dst << 12;
	unsigned rights;
	bool super;
	Source s;
	int rc;

	*n = 1;
	if (!op->from->sigma0 && (op->src >= MAP_USER_TOP >> 12 || !(op->from->pd[src >> 22] & PTE_P))) {
		*n = NPTE - op->src % NPTE;
		return MAP_DONE;
	}
	if (op->dst >= MAP_USER_TOP >> 12) {
		*n = NPTE - op->dst % NPTE;
		return MAP_DONE;
	}
	if (!source_get(op->from, src, &s) || (rights = s.rights & op->rights) == 0 ||
	    op->to->sigma0 || map_reserved(op->to, dst))
		return MAP_DONE;
	super = fits_super(op, &s, src, dst);
	if (s.super && !super) {
		if (kmem_info().free < kmem_info().reserve + SPLIT_PAGES || !node_split(s.node))
			return MAP_NOMEM;
		return MAP_MORE;
	}
	if (super)
		*n = NPTE;
	rc = make_room(op, &s, dst, rights, super);
	if (rc != MAP_DONE)
		return rc < 0 ? MAP_DONE : rc;
	if (op->grant && s.node != NULL)
		return grant_page(op, &s, dst, rights);
	if (!super)
		return map_new_page(op, &s, dst, rights);
	{
		MapNode *k = slab_alloc(&nodes, KM_USER);

		if (k == NULL)
			return MAP_NOMEM;
		k->map = op->to;
		k->word = dst | NODE_SUPER;
		node_link(k, &root[s.pa >> 22].super);
		ptab_set_super(op->to, dst, pte_make(s.pa, rights), k);
	}
	op->to->npage += NPTE;
	op->result |= rights;
	return MAP_DONE;
}

/* ---- unmap ---- */
/* One page, or 4 MiB, of a space with nodes. */
static int
unmap_page(MapOp *op, uint32_t *n)
{
	uint32_t va = op->src << 12;
	bool super;
	uint32_t *e = op->src < MAP_USER_TOP >> 12 ? ptab_entry(op->from, va, &super) : NULL;
	MapNode *node;

	*n = 1;
	if (e == NULL) {
		*n = NPTE - op->src % NPTE;
		return MAP_DONE;
	}
	node = ptab_node(op->from, va);
	if (node == NULL)
		return MAP_DONE;
	if (super && (va % MAP_SUPER != 0 || op->left < NPTE)) {
		if (node_split(node))
			return MAP_MORE;
		revoke_start(op, node, 7, true, false);
	} else {
		revoke_start(op, node, op->rights, op->flush, false);
	}
	if (super)
		*n = NPTE - op->src % NPTE;
	return MAP_DONE;
}

/* The same for sigma0: what others have of the frame. */
static int
unmap_frame(MapOp *op, uint32_t *n)
{
	uint32_t i = op->src / NPTE;
	MapNode *first;

	*n = 1;
	if (!op->super_done) {
		first = root[i].super;
		if (first != NULL && (op->src % NPTE != 0 || op->left < NPTE)) {
			if (!node_split(first))
				revoke_start(op, first, 7, true, false);
			return MAP_MORE;
		}
		op->super_done = true;
		if (first != NULL) {
			revoke_start(op, first, op->rights, true, true);
			return MAP_MORE;
		}
	}
	if (root[i].frame == NULL)
		*n = NPTE - op->src % NPTE;
	else if ((first = root[i].frame[op->src % NPTE]) != NULL)
		revoke_start(op, first, op->rights, true, true);
	return MAP_DONE;
}

/* ---- operations ---- */
static void
op_start(MapOp *op)
{
	op->next = ops;
	if (ops != NULL)
		ops->prev = op;
	ops = op;
}

void
map_op_map(MapOp *op, Map *from, uint32_t hot, uint32_t snd_fpage, Map *to, uint32_t window, bool grant)
{
	uint32_t src, dst;
	unsigned log2;

	*op = (MapOp){ .kind = MAP_OP_MAP, .from = from, .to = to, .grant = grant, .rights = snd_fpage & 7 };
	op_start(op);
	if (!fpage_pair(snd_fpage, hot, window, &src, &dst, &log2))
		return;
	op->src = src >> 12;
	op->dst = dst >> 12;
	op->left = 1u << (log2 - 12);
}

void
map_op_unmap(MapOp *op, Map *m, uint32_t fpage, bool flush)
{
	uint32_t src;
	unsigned log2;

	*op = (MapOp){ .kind = MAP_OP_UNMAP, .from = m, .flush = flush, .rights = fpage & 7 };
	op_start(op);
	if (!fpage_range(fpage, &src, &log2))
		return;
	op->src = src >> 12;
	op->left = 1u << (log2 - 12);
}

void
map_op_clear(MapOp *op, Map *m)
{
	*op = (MapOp){ .kind = MAP_OP_CLEAR, .from = m, .flush = true, .rights = 7, .left = MAP_USER_TOP >> 12 };
	op_start(op);
}

/* One page; its tree may remain to be revoked. */
static int
page_step(MapOp *op)
{
	uint32_t n = 1, here = op->src / NPTE;
	int rc;

	if (op->kind == MAP_OP_MAP)
		rc = map_page(op, &n);
	else if (op->from->sigma0)
		rc = unmap_frame(op, &n);
	else
		rc = unmap_page(op, &n);
	if (rc != MAP_DONE)
		return rc;
	if (n > op->left)
		n = op->left;
	op->src += n;
	op->dst += n;
	op->left -= n;
	if (op->src / NPTE != here)
		op->super_done = false;
	return MAP_MORE;
}

int
map_op_step(MapOp *op)
{
	for (unsigned i = 0; i < budget; i++) {
		unsigned before = nodes.live;

		if (op->cursor != NULL) {
			revoke_step(op);
			continue;
		}
		if (op->left == 0)
			return MAP_DONE;
		if (page_step(op) == MAP_NOMEM)
			return MAP_NOMEM;
		if (nodes.live > before + 1)
			break;        /* a split is work enough */
		while (op->cursor != NULL && op->root->word & NODE_SUPER && !op->siblings)
			revoke_step(op);      /* a split must not come in between */
	}
	return op->cursor == NULL && op->left == 0 ? MAP_DONE : MAP_MORE;
}

void
map_op_end(MapOp *op)
{
	if (op->kind == MAP_OP_NONE)
		return;
	while (op->cursor != NULL)
		revoke_step(op);      /* only when it was cut short: leave no dead nodes */
	if (op->prev != NULL)
		op->prev->next = op->next;
	else
		ops = op->next;
	if (op->next != NULL)
		op->next->prev = op->prev;
	op->kind = MAP_OP_NONE;
}

void
map_ops_end(const void *low, size_t size)
{
	MapOp *next;

	for (MapOp *o = ops; o != NULL; o = next) {
		next = o->next;
		if ((uintptr_t)o - (uintptr_t)low < size)
			map_op_end(o);
	}
}

bool
map_ops_any(void)
{
	return ops != NULL;
}

/* A space dies: operations on it have nothing left to do. */
void
mapdb_forget(const Map *m)
{
	for (MapOp *o = ops; o != NULL; o = o->next)
		if (o->from == m || o->to == m)
			o->left = 0;
}
