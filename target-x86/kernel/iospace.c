/*
 * iospace.c - I/O ports: who has which, from whom, and the CPU's bitmap.
 *
 * An IoNode is a range of ports that one space holds, below the node it was
 * mapped from; sigma0 holds all and has no node. A space's nodes never overlap.
 * To take the middle of a range leaves two nodes: the same happens to all nodes
 * mapped from it, so a child stays within one of them. Nodes come from a fixed
 * pool, which bounds every walk; when it has too few for the halves, the whole
 * range goes, and its holder asks for it again by a fault.
 * The bitmap of a space (two pages, 1 = denied) exists while it has a node. It
 * is mapped behind the TSS when its space runs: io_load.
 */
#include "target-x86/kernel/map_impl.h"

enum { IO_NODES = 512, NPORT = 65536 };
struct IoNode {
	IoNode *parent, *child, *next;  /* next: sibling */
	IoNode *in_space;               /* next of the same space; of free ones */
	Map *map;                       /* NULL: free */
	uint32_t low, high;             /* high: first port behind */
};
static IoNode pool[IO_NODES], *top, *unused;
static unsigned nfresh, nfree = IO_NODES;

/* ---- bitmap ---- */
static void
bitmap_set(Map *m, uint32_t low, uint32_t high, bool denied)
{
	for (uint32_t p = low; p < high; p++) {
		uint8_t *byte = &m->io_bitmap[p / 8 / MAP_PAGE][p / 8 % MAP_PAGE];

		*byte = (uint8_t)(denied ? *byte | 1u << p % 8 : *byte & ~(1u << p % 8));
	}
}

static bool
bitmap_need(Map *m)
{
	uint8_t *a, *b;

	if (m->io_bitmap[0] != NULL)
		return true;
	a = kmem_alloc(MAP_PAGE);
	b = kmem_alloc(MAP_PAGE);
	if (a == NULL || b == NULL) {
		kmem_free(a, MAP_PAGE);
		kmem_free(b, MAP_PAGE);
		return false;
	}
	__builtin_memset(a, 0xFF, MAP_PAGE);
	__builtin_memset(b, 0xFF, MAP_PAGE);
	m->io_bitmap[0] = a;
	m->io_bitmap[1] = b;
	if (m == map_current)
		io_switch(m);
	return true;
}

static void
bitmap_drop(Map *m)
{
	uint8_t *a = m->io_bitmap[0], *b = m->io_bitmap[1];

	if (m->io != NULL || a == NULL)
		return;
	m->io_bitmap[0] = m->io_bitmap[1] = NULL;
	if (io_loaded == a)
		io_load(m);
	if (io_mapped == a)
		io_mapped = NULL;
	kmem_free(a, MAP_PAGE);
	kmem_free(b, MAP_PAGE);
}

bool
io_allowed(const Map *m, uint32_t port, unsigned n)
{
	for (uint32_t p = port; p < port + n; p++)
		if (p >= NPORT || m->io_bitmap[0] == NULL ||
		    m->io_bitmap[p / 8 / MAP_PAGE][p / 8 % MAP_PAGE] >> p % 8 & 1)
			return false;
	return true;
}

/* ---- nodes ---- */
static IoNode *
io_node_new(Map *m, IoNode *parent, uint32_t low, uint32_t high)
{
	IoNode *n = unused, **head = parent != NULL ? &parent->child : &top;

	if (n != NULL)
		unused = n->in_space;
	else if (nfresh < IO_NODES)
		n = &pool[nfresh++];
	else
		return NULL;
	nfree--;
	*n = (IoNode){ .parent = parent, .next = *head, .in_space = m->io, .map = m, .low = low, .high = high };
	*head = n;
	m->io = n;
	return n;
}

static void
siblings_remove(IoNode *n)
{
	IoNode **p = n->parent != NULL ? &n->parent->child : &top;

	while (*p != n)
		p = &(*p)->next;
	*p = n->next;
}

static void
space_remove(IoNode *n)
{
	IoNode **p = &n->map->io;

	while (*p != n)
		p = &(*p)->in_space;
	*p = n->in_space;
}

/* REQUIRES no children */
static void
io_node_free(IoNode *n)
{
	Map *m = n->map;

	siblings_remove(n);
	space_remove(n);
	n->map = NULL;
	n->in_space = unused;
	unused = n;
	nfree++;
	bitmap_drop(m);
}

/* The part above at becomes a node of its own. Children lie on one side. */
static void
io_node_halve(IoNode *n, uint32_t at)
{
	IoNode *k = io_node_new(n->map, n->parent, at, n->high), **p = &n->child;

	n->high = at;
	while (*p != NULL) {
		IoNode *c = *p;

		if (c->low < at) {
			p = &c->next;
			continue;
		}
		*p = c->next;
		c->next = k->child;
		c->parent = k;
		k->child = c;
	}
}

static IoNode *
deepest(IoNode *n)
{
	while (n->child != NULL)
		n = n->child;
	return n;
}

/* Nodes of the tree that low or high would halve. */
static unsigned
io_cuts(const IoNode *root, uint32_t low, uint32_t high)
{
	unsigned cuts = 0;

	for (const IoNode *n = root;;) {
		cuts += (unsigned)((n->low < low && low < n->high) + (n->low < high && high < n->high));
		if (n->child != NULL) {
			n = n->child;
			continue;
		}
		while (n != root && n->next == NULL)
			n = n->parent;
		if (n == root)
			return cuts;
		n = n->next;
	}
}

/* Takes low..high from all below root, and from root when self. Postorder: what
 * is halved has children that were halved before. */
static void
io_revoke(IoNode *root, uint32_t low, uint32_t high, bool self)
{
	IoNode *n, *next;

	if (io_cuts(root, low, high) > nfree) {
		low = root->low;
		high = root->high;
	}
	for (n = deepest(root);; n = next) {
		next = n == root ? NULL : n->next != NULL ? deepest(n->next) : n->parent;
		if ((n != root || self) && n->low < high && low < n->high) {
			uint32_t lo = n->low > low ? n->low : low, hi = n->high < high ? n->high : high;

			if (hi < n->high)
				io_node_halve(n, hi);
			bitmap_set(n->map, lo, hi, true);
			if (lo == n->low)
				io_node_free(n);
			else
				n->high = lo;
		}
		if (next == NULL)
			return;
	}
}

/* ---- operations ---- */
/* Ports low..high of an I/O fpage, or all of the complete one. */
static bool
io_range(uint32_t f, uint32_t *low, uint32_t *high)
{
	unsigned log2 = f >> 10 & 0x3F;

	if (!fpage_is_io(f) || log2 > 16)
		log2 = 16;
	*low = (f >> 16) & ~((1u << log2) - 1);
	if ((f >> 4 & 0x3F) == 1)
		*low = 0;
	*high = *low + (1u << log2);
	return *high <= NPORT;
}

/* The first node of m with a port in low..high, by port. */
static IoNode *
io_first(const Map *m, uint32_t low, uint32_t high)
{
	IoNode *best = NULL;

	for (IoNode *n = m->io; n != NULL; n = n->in_space)
		if (n->low < high && low < n->high && (best == NULL || n->low < best->low))
			best = n;
	return best;
}

/* Ports low..high, all in node s (NULL: sigma0's), for space `to`. */
static bool
io_map_range(IoNode *s, uint32_t low, uint32_t high, Map *to)
{
	if (!bitmap_need(to))
		return false;
	if (io_node_new(to, s, low, high) == NULL) {
		bitmap_drop(to);
		return false;
	}
	bitmap_set(to, low, high, false);
	return true;
}

static bool
io_grant(IoNode *s, uint32_t low, uint32_t high, Map *to)
{
	Map *from = s->map;

	if (!bitmap_need(to))
		return false;
	if (nfree < 2 || io_cuts(s, low, high) > (unsigned)((s->low < low) + (s->high > high)))
		return io_map_range(s, low, high, to);  /* children lie across the cut */
	if (s->high > high)
		io_node_halve(s, high);
	if (s->low < low) {
		io_node_halve(s, low);
		s = io_first(from, low, high);
	}
	bitmap_set(from, low, high, true);
	space_remove(s);
	s->in_space = to->io;
	to->io = s;
	s->map = to;
	bitmap_set(to, low, high, false);
	bitmap_drop(from);
	return true;
}

bool
io_map(Map *from, uint32_t snd, Map *to, uint32_t window, bool grant)
{
	uint32_t low, high, wlow, whigh;

	if (!io_range(snd, &low, &high) || !io_range(window, &wlow, &whigh) || (snd & 7) == 0 || to->sigma0 || from == to)
		return true;
	low = low > wlow ? low : wlow;
	high = high < whigh ? high : whigh;
	while (low < high) {
		IoNode *s = from->sigma0 ? NULL : io_first(from, low, high), *old;
		uint32_t end;

		if (s == NULL && !from->sigma0)
			return true;
		if (s != NULL && s->low > low)
			low = s->low;
		end = s != NULL && s->high < high ? s->high : high;
		old = io_first(to, low, end);
		if (old != NULL && old->low <= low) {
			low = old->high;      /* it has these ports: they stay as they are */
			continue;
		}
		if (old != NULL)
			end = old->low;
		if (!(grant && s != NULL ? io_grant(s, low, end, to) : io_map_range(s, low, end, to)))
			return false;
		low = end;
	}
	return true;
}

void
io_unmap(Map *m, uint32_t fpage, bool flush)
{
	uint32_t low, high;
	IoNode *n, *next;

	if (!io_range(fpage, &low, &high))
		return;
	if (m->sigma0) {
		for (n = top; n != NULL; n = next) {
			next = n->next;
			if (n->low < high && low < n->high)
				io_revoke(n, low, high, true);
		}
		return;
	}
	for (uint32_t at = low; at < high && (n = io_first(m, at, high)) != NULL;) {
		at = n->high;
		io_revoke(n, low, high, flush);
	}
}

/* ---- faults ---- */
bool
io_fault_fixed(Map *m)
{
	if (!m->sigma0 || m->io_bitmap[0] != NULL || !bitmap_need(m))
		return false;
	__builtin_memset(m->io_bitmap[0], 0, MAP_PAGE);
	__builtin_memset(m->io_bitmap[1], 0, MAP_PAGE);
	return true;
}

static int
code_byte(Map *m, uint32_t ip)
{
	const uint8_t *p = map_touch(m, ip, false, 7);

	return p != NULL ? *p : -1;
}

uint32_t
io_fault_fpage(Map *m, uint32_t ip, uint32_t edx)
{
	uint32_t port, size = 4, log2 = 0;
	int op, i;

	for (i = 0;; i++) {
		op = code_byte(m, ip + (uint32_t)i);
		if (op == 0x66)
			size = 2;
		else if (op != 0x67 && op != 0xF2 && op != 0xF3 && (op & 0xE7) != 0x26 && op != 0x64 && op != 0x65)
			break;
		if (i == 14)
			return 0;
	}
	if ((op & 0xFC) == 0xE4) {
		int imm = code_byte(m, ip + (uint32_t)i + 1);

		if (imm < 0)
			return 0;
		port = (uint32_t)imm;
	} else if ((op & 0xFC) == 0xEC || (op & 0xFC) == 0x6C) {
		port = edx & 0xFFFF;
	} else {
		return 0;
	}
	if (!(op & 1))
		size = 1;
	if (port + size > NPORT || io_allowed(m, port, size))
		return 0;
	while (port >> log2 != (port + size - 1) >> log2)
		log2++;
	return (port >> log2 << log2) << 16 | log2 << 10 | 2 << 4 | 6;
}
