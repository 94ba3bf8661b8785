/*
 * ptab.c - a space's page directory, page tables and their shadows; reaching
 * user memory from the kernel; fpage arithmetic.
 *
 * A page table lives as long as it has an entry. The upper quarter of each
 * directory is the kernel's and the same in all, set once at boot.
 * SEE map_impl.h for the entries, mapcpu.c for what only the machine can do
 */
#include "target-x86/kernel/map_impl.h"

Map *map_current;
static uint32_t *kernel_pd;           /* upper quarter: to copy */

enum { NRESERVED = 16 };
static struct {
	uint32_t low, high;           /* frames */
} reserved[NRESERVED];
static unsigned nreserved;

/* ---- physical memory ---- */
int
map_phys_reserve(uint64_t low, uint64_t high)
{
	if (nreserved == NRESERVED)
		return -1;
	reserved[nreserved].low = (uint32_t)(low / MAP_PAGE);
	reserved[nreserved++].high = (uint32_t)((high + MAP_PAGE - 1) / MAP_PAGE);
	return 0;
}

bool
map_phys_range_ok(uint32_t frame, uint32_t n)
{
	for (unsigned i = 0; i < nreserved; i++)
		if (frame < reserved[i].high && reserved[i].low < frame + n)
			return false;
	return true;
}

bool
map_phys_ok(uint32_t frame)
{
	return map_phys_range_ok(frame, 1);
}

/* ---- entries ---- */
uint32_t
pte_make(uint32_t pa, unsigned rights)
{
	return pa | PTE_P | PTE_U | (rights & FPAGE_W ? PTE_W : 0) |
	    (rights & FPAGE_R ? PTE_SW_R : 0) | (rights & FPAGE_X ? PTE_SW_X : 0);
}

unsigned
pte_rights(uint32_t e)
{
	return (e & PTE_W ? FPAGE_W : 0u) | (e & PTE_SW_R ? FPAGE_R : 0u) |
	    (e & PTE_SW_X ? FPAGE_X : 0u);
}

unsigned
pte_status(uint32_t e)
{
	return (e & PTE_A ? FPAGE_R | FPAGE_X : 0u) | (e & PTE_D ? FPAGE_W : 0u);
}

void
ptab_flush(Map *m, uint32_t va)
{
	if (m == map_current)
		cpu_flush_page(va);
}

uint32_t *
ptab_entry(const Map *m, uint32_t va, bool *super)
{
	uint32_t *pde = &m->pd[va >> 22];

	if (!(*pde & PTE_P))
		return NULL;
	*super = (*pde & PTE_PS) != 0;
	return *super ? pde : (uint32_t *)kmem_va(*pde & PTE_FRAME) + (va >> 12) % NPTE;
}

static uint32_t *
shadow_entry(const Map *m, uint32_t va)
{
	uint32_t *s = &m->sd[va >> 22];

	return m->pd[va >> 22] & PTE_PS ? s : (uint32_t *)kmem_va(*s & PTE_FRAME) + (va >> 12) % NPTE;
}

MapNode *
ptab_node(const Map *m, uint32_t va)
{
	uint32_t pa = m->pd[va >> 22] & PTE_P ? *shadow_entry(m, va) : 0;

	return pa != 0 ? kmem_va(pa) : NULL;
}

bool
ptab_need(Map *m, uint32_t va, int class)
{
	uint32_t i = va >> 22;
	void *table, *shadow;

	if (m->pd[i] & PTE_P)
		return true;
	table = kmem_take(MAP_PAGE, class);
	shadow = kmem_take(MAP_PAGE, class);
	if (table == NULL || shadow == NULL) {
		kmem_free(table, MAP_PAGE);
		kmem_free(shadow, MAP_PAGE);
		return false;
	}
	m->pd[i] = kmem_pa(table) | PTE_P | PTE_W | PTE_U;
	m->sd[i] = kmem_pa(shadow);
	return true;
}

/* REQUIRES a table there: ptab_need */
void
ptab_set(Map *m, uint32_t va, uint32_t entry, MapNode *n)
{
	bool super;
	uint32_t *e = ptab_entry(m, va, &super);

	if (!(*e & PTE_P))
		m->sd[va >> 22]++;
	*e = entry;
	*shadow_entry(m, va) = n != NULL ? kmem_pa(n) : 0;
	ptab_flush(m, va);
}

void
ptab_set_super(Map *m, uint32_t va, uint32_t entry, MapNode *n)
{
	m->pd[va >> 22] = entry | PTE_PS;
	m->sd[va >> 22] = n != NULL ? kmem_pa(n) : 0;
	ptab_flush(m, va);
}

static void
table_drop(Map *m, uint32_t i)
{
	kmem_free(kmem_va(m->pd[i] & PTE_FRAME), MAP_PAGE);
	kmem_free(kmem_va(m->sd[i] & PTE_FRAME), MAP_PAGE);
	m->pd[i] = m->sd[i] = 0;
}

void
ptab_clear(Map *m, uint32_t va)
{
	bool super;
	uint32_t *e = ptab_entry(m, va, &super), i = va >> 22;

	if (e == NULL || !(*e & PTE_P))
		return;
	*shadow_entry(m, va) = 0;
	*e = 0;
	if (!super && --m->sd[i] % MAP_PAGE == 0)
		table_drop(m, i);
	ptab_flush(m, va);
}

/* ---- spaces ---- */
void
map_set_kernel(uint32_t *pd)
{
	kernel_pd = pd;
}

uint32_t
map_kernel_cr3(void)
{
	return kmem_pa(kernel_pd);
}

bool
map_init(Map *m)
{
	uint32_t *pd = kmem_alloc(MAP_PAGE), *sd = kmem_alloc(MAP_PAGE);

	if (pd == NULL || sd == NULL) {
		kmem_free(pd, MAP_PAGE);
		kmem_free(sd, MAP_PAGE);
		return false;
	}
	for (uint32_t i = MAP_USER_TOP >> 22; i < NPTE; i++)
		pd[i] = kernel_pd[i];
	*m = (Map){ .pd = pd, .sd = sd };
	return true;
}

void
map_fini(Map *m)
{
	if (m->pd == NULL)
		return;
	mapdb_forget(m);
	if (map_current == m)
		map_current = NULL;
	for (uint32_t i = 0; i < MAP_USER_TOP >> 22; i++)
		if (m->pd[i] & PTE_P && !(m->pd[i] & PTE_PS))
			table_drop(m, i);
	kmem_free(m->pd, MAP_PAGE);
	kmem_free(m->sd, MAP_PAGE);
	m->pd = m->sd = NULL;
}

void
map_reserve(Map *m, uint32_t kip, uint32_t kip_size, uint32_t utcb, uint32_t utcb_size)
{
	m->kip = kip;
	m->kip_size = kip_size;
	m->utcb = utcb;
	m->utcb_size = utcb_size;
}

bool
map_reserved(const Map *m, uint32_t va)
{
	return va - m->kip < m->kip_size || va - m->utcb < m->utcb_size;
}

bool
map_own_page(Map *m, uint32_t va, void *page, bool writable)
{
	if (!ptab_need(m, va, KM_USER))
		return false;
	if (m->pd[va >> 22] & PTE_PS || ptab_node(m, va) != NULL)
		return false;         /* the area was not empty: SpaceControl checks */
	ptab_set(m, va, pte_make(kmem_pa(page), FPAGE_R | FPAGE_X | (writable ? FPAGE_W : 0)) | PTE_OWN, NULL);
	return true;
}

void
map_own_unpage(Map *m, uint32_t va)
{
	bool super;
	uint32_t *e = ptab_entry(m, va, &super);

	if (e != NULL && !super && *e & PTE_OWN)
		ptab_clear(m, va);
}

/* ---- reaching user memory ---- */
static uint32_t
entry_pa(uint32_t e, bool super, uint32_t va)
{
	return super ? (e & 0xFFC00000u) | (va & 0x3FFFFF) : (e & PTE_FRAME) | (va & 0xFFF);
}

void *
map_touch(Map *m, uint32_t va, bool write, unsigned window)
{
	bool super;
	uint32_t *e;

	if (va >= MAP_USER_TOP)
		return NULL;
	e = ptab_entry(m, va, &super);
	if (e == NULL || !(*e & PTE_P) || (write && !(*e & PTE_W))) {
		if (!m->sigma0 || !map_fault_fixed(m, va, write))
			return NULL;
		e = ptab_entry(m, va, &super);
	}
	*e |= PTE_A | (write ? PTE_D : 0);
	return map_touch_phys(entry_pa(*e, super, va), window);
}

/* sigma0 sees each physical page at its own address, in the largest size. */
static bool
sigma0_fill(Map *m, uint32_t va)
{
	uint32_t frame = va >> 12;

	if (map_reserved(m, va) || !map_phys_ok(frame))
		return false;
	if (!(m->pd[va >> 22] & PTE_P) && map_phys_range_ok(frame & ~1023u, NPTE) &&
	    (m->kip ^ va) >> 22 != 0 && va >> 22 != m->utcb >> 22) {
		ptab_set_super(m, va, pte_make(va & 0xFFC00000u, 7), NULL);
		return true;
	}
	if (!ptab_need(m, va, KM_USER))
		return false;
	ptab_set(m, va, pte_make(va & PTE_FRAME, 7), NULL);
	return true;
}

bool
map_fault_fixed(Map *m, uint32_t va, bool write)
{
	bool super;
	uint32_t *e;

	if (va >= MAP_USER_TOP)
		return false;
	e = ptab_entry(m, va, &super);
	if (e != NULL && *e & PTE_P && (!write || *e & PTE_W)) {
		ptab_flush(m, va);
		return true;
	}
	return m->sigma0 && (e == NULL || !(*e & PTE_P)) && sigma0_fill(m, va);
}

bool
map_query(const Map *m, uint32_t va, MapEntry *out)
{
	bool super;
	uint32_t *e = ptab_entry(m, va, &super);
	MapNode *n;

	if (va >= MAP_USER_TOP || e == NULL || !(*e & PTE_P))
		return false;
	n = ptab_node(m, va);
	*out = (MapEntry){ .pa = entry_pa(*e, super, va), .rights = (uint8_t)pte_rights(*e), .super = super,
		.kernel = (*e & PTE_OWN) != 0, .node = n,
		.status = (uint8_t)(pte_status(*e) | (n != NULL ? n->word >> NODE_STATUS & 7 : 0)) };
	return true;
}

/* PWT, PCD and PAT select one of eight types; mapcpu.c sets types 4 and 5. */
int
map_attr(Map *m, uint32_t fpage, unsigned attr)
{
	static const uint8_t type[9] = { [0] = 1, [1] = 1, [2] = 2, [4] = 4, [5] = 5, [8] = 6 };
	unsigned t = attr < sizeof type ? type[attr] : 0, log2;
	uint32_t va, bits, end;

	if (t == 0)
		return -1;
	if (!fpage_range(fpage, &va, &log2))
		return 0;
	t--;
	bits = (t & 1 ? PTE_PWT : 0u) | (t & 2 ? PTE_PCD : 0u);
	end = log2 == 32 || va + (1u << log2) > MAP_USER_TOP ? MAP_USER_TOP : va + (1u << log2);
	while (va < end) {
		bool super = false;
		uint32_t *e = ptab_entry(m, va, &super);

		if (super && (va % MAP_SUPER != 0 || end - va < MAP_SUPER)) {
			if (ptab_node(m, va) == NULL || !node_split(ptab_node(m, va)))
				return -1;
			continue;
		}
		if (e != NULL && *e & PTE_P && !(*e & PTE_OWN)) {
			uint32_t pat = super ? PDE_PAT : PTE_PAT;

			*e = (*e & ~(PTE_PWT | PTE_PCD | pat)) | bits | (t & 4 ? pat : 0);
			ptab_flush(m, va);
		}
		va += e == NULL || super ? MAP_SUPER - va % MAP_SUPER : MAP_PAGE;
	}
	return 0;
}

/* ---- fpages ---- */
bool
fpage_range(uint32_t fpage, uint32_t *base, unsigned *log2)
{
	unsigned s = fpage >> 4 & 0x3F;

	if (s == 1 || s >= 32) {
		*base = 0;
		*log2 = 32;
		return s == 1;
	}
	if (s < 12)
		return false;
	*log2 = s;
	*base = fpage & ~0x3FFu & ~((1u << s) - 1);
	return true;
}

bool
fpage_pair(uint32_t send, uint32_t hot, uint32_t window, uint32_t *from, uint32_t *to, unsigned *log2)
{
	unsigned ls, lr;

	if (!fpage_range(send, from, &ls) || !fpage_range(window, to, &lr))
		return false;
	hot &= ~0x3FFu;
	if (ls <= lr) {
		uint32_t in = lr == 32 ? hot : hot & ((1u << lr) - 1);

		*to += ls == 32 ? 0 : in & ~((1u << ls) - 1);
		*log2 = ls;
	} else {
		uint32_t in = ls == 32 ? hot : hot & ((1u << ls) - 1);

		*from += in & ~((1u << lr) - 1);
		*log2 = lr;
	}
	return true;
}
