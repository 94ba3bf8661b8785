/*
 * hvm/boot.c - from the kernel interface page to a running CORE: which memory
 * there is, the boot modules, the first program; and the end, when HVM or CORE
 * can't go on.
 *
 * Memory comes from sigma0 when it is needed, in flexpages of up to CHUNK_LOG2, each
 * at its physical address. What sigma0 refuses is not asked for again.
 *
 * LIMITS  NRANGE pieces of memory, NMODULE modules, NDEVICE device pages, RAM
 *         below DEVICES, HVM's window for devices (above it are its UTCB and KIP)
 * SEE     the X.2 manual, kernel interface page, BootInfo, sigma0 protocol
 */
#include "hvm/space_impl.h"

enum { NRANGE = 64, NMODULE = 16, NDEVICE = 4096, CHUNK_LOG2 = 22, SMALL_LOG2 = 21, IO_LOG2 = 16 };
#define DEVICES (HVM_UTCB - (uintptr_t)NDEVICE * PAGE)
#define RAM_END DEVICES

typedef struct Range Range;
struct Range {
	uintptr_t low, high;     /* page-aligned */
};

static struct {
	const void *kip;
	unsigned chunk_log2;
	Range range[NRANGE];     /* conventional memory not yet asked for, disjoint */
	size_t nrange;
	Module module[NMODULE];
	size_t nmodule;
	uint64_t device[NDEVICE];
	size_t ndevice;
	size_t refused;          /* pages */
	size_t beyond;           /* pages of memory that HVM has no addresses for */
	L4_Fpage_t ports;        /* nil: none */
} boot;

void
boot_halt(const char *fmt, ...)
{
	static bool again;
	char line[256];
	char *p = seprint(line, line + sizeof line, "hvm: ");
	va_list ap;

	va_start(ap, fmt);
	p = vseprint(p, line + sizeof line - 1, fmt, ap);
	va_end(ap);
	*p++ = '\n';
	*p = '\0';
	if (!again) {
		again = true;
		plat_last_words(line);
		plat_poweroff(3);
	}
	for (;;)
		L4_Sleep(L4_Never);
}

void
panic(const char *fmt, ...)
{
	char text[ERRMAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	boot_halt("panic: %s", text);
}

/* lib9's formatter knows verbs that allocate; HVM uses none of them. */
void *
mem_more(size_t n)
{
	USED(n);
	return NULL;
}

/* ---- which memory there is ---- */
static void
range_add(uintptr_t low, uintptr_t high)
{
	if (low >= high)
		return;
	if (boot.nrange == NRANGE)
		panic("more than %d pieces of memory", NRANGE);
	boot.range[boot.nrange++] = (Range){ low, high };
}

static void
range_remove(uintptr_t low, uintptr_t high)
{
	size_t n = boot.nrange;

	low &= ~(uintptr_t)(PAGE - 1);
	high = (high + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
	for (size_t i = 0; i < n; i++) {
		Range r = boot.range[i];

		if (high <= r.low || r.high <= low)
			continue;
		boot.range[i].high = low > r.low ? low : r.low;
		range_add(high, r.high);
	}
}

/* Later descriptors override earlier ones. */
static void
ranges_read(void)
{
	const L4_KernelInterfacePage_t *k = boot.kip;

	for (L4_Word_t i = 0; i < L4_NumMemoryDescriptors(k); i++) {
		const L4_MemoryDesc_t *m = L4_MemoryDesc(k, i);
		uintptr_t low = L4_MemoryDescLow(m), last = L4_MemoryDescHigh(m);
		uintptr_t high = last >= RAM_END ? RAM_END : last + 1;

		if (L4_IsMemoryDescVirtual(m))
			continue;
		if (L4_MemoryDescType(m) == L4_ConventionalMemoryType && last >= RAM_END)
			boot.beyond += (last - (low > RAM_END ? low : RAM_END)) / PAGE + 1;
		if (low >= high)
			continue;
		range_remove(low, high);
		if (L4_MemoryDescType(m) == L4_ConventionalMemoryType)
			range_add((low + PAGE - 1) & ~(uintptr_t)(PAGE - 1),
			    high & ~(uintptr_t)(PAGE - 1));
	}
	range_remove(0, PAGE);
	range_remove(k->sigma0.low, k->sigma0.high);
	range_remove(k->root.low, k->root.high);
}

/* ---- sigma0 ---- */
static bool
sigma0_page(uintptr_t addr, unsigned log2)
{
	L4_Fpage_t f = L4_FpageLog2(addr, (int)log2);

	L4_Set_Rights(&f, L4_FullyAccessible);
	return !L4_IsNilFpage(L4_Sigma0_GetPage(L4_nilthread, f));
}

/* From here on sigma0 serves nobody but HVM, so no program can ask it for memory
 * or a device behind HVM's back. Another kernel's sigma0 may not know this. */
static void
sigma0_close(void)
{
	L4_Msg_t m;

	L4_MsgClear(&m);
	L4_Set_MsgLabel(&m, L4_LABEL_SIGMA0);
	L4_MsgLoad(&m);
	L4_Send(L4_GlobalId(L4_ThreadIdUserBase(boot.kip), 1));
}

/* The largest flexpage that starts at low and ends before high. */
static unsigned
fpage_log2(uintptr_t low, uintptr_t high)
{
	unsigned log2 = PAGE_LOG2;

	while (log2 < boot.chunk_log2 && (low & (((uintptr_t)1 << (log2 + 1)) - 1)) == 0 &&
	    (uintptr_t)1 << (log2 + 1) <= high - low)
		log2++;
	return log2;
}

/* Asks for a chunk, or for its halves if the whole is refused. */
static size_t
chunk_get(uintptr_t addr, unsigned log2)
{
	uintptr_t half = (uintptr_t)1 << (log2 - 1);

	if (sigma0_page(addr, log2)) {
		frame_add(addr, (size_t)1 << (log2 - PAGE_LOG2));
		return (size_t)1 << (log2 - PAGE_LOG2);
	}
	if (log2 == PAGE_LOG2) {
		boot.refused++;
		return 0;
	}
	return chunk_get(addr, log2 - 1) + chunk_get(addr + half, log2 - 1);
}

/* The highest range that is not used up; NULL: none. */
static Range *
range_top(void)
{
	Range *top = NULL;

	for (Range *r = boot.range; r < boot.range + boot.nrange; r++)
		if (r->low < r->high && (top == NULL || r->high > top->high))
			top = r;
	return top;
}

/* From the highest range on: all memory is alike, so that a machine with much of it
 * shows at once whether that is true. */
static bool
memory_more(size_t npage)
{
	size_t got = 0;
	Range *r;

	while (got < npage && (r = range_top()) != NULL) {
		unsigned log2 = fpage_log2(r->low, r->high);

		frame_unseen -= (size_t)1 << (log2 - PAGE_LOG2);
		got += chunk_get(r->low, log2);
		r->low += (uintptr_t)1 << log2;
	}
	L4_Accept(L4_UntypedWordsAcceptor);
	return got > 0;
}

/* All of [addr, addr + size), flexpage by flexpage. */
static void
memory_hold(uintptr_t addr, size_t size)
{
	uintptr_t low = addr & ~(uintptr_t)(PAGE - 1);
	uintptr_t high = (addr + size + PAGE - 1) & ~(uintptr_t)(PAGE - 1);

	while (low < high) {
		unsigned log2 = fpage_log2(low, high);

		while (!sigma0_page(low, log2))
			if (log2-- == PAGE_LOG2)
				panic("sigma0 keeps boot memory at 0x%lx", (unsigned long)low);
		low += (uintptr_t)1 << log2;
	}
}

/* The frame table, from the end of the last piece of memory that is big enough. */
static void
table_make(void)
{
	uintptr_t top = 0, at = 0;
	size_t size;

	for (size_t i = 0; i < boot.nrange; i++)
		top = boot.range[i].high > top ? boot.range[i].high : top;
	for (size_t i = 0; i < boot.nmodule; i++)
		if (boot.module[i].pa + boot.module[i].size > top)
			top = boot.module[i].pa + boot.module[i].size + PAGE;
	size = (top / PAGE * sizeof(Frame) + PAGE - 1) & ~(size_t)(PAGE - 1);
	for (size_t i = boot.nrange; i-- > 0 && at == 0;) {
		Range *r = &boot.range[i];

		if (r->high - r->low >= size && r->high > r->low) {
			r->high -= size;
			at = r->high;
		}
	}
	if (at == 0)
		panic("no room for the table of %lu frames", (unsigned long)(top / PAGE));
	memory_hold(at, size);
	memset((void *)at, 0, size);
	frame_init(0, (Frame *)at, top / PAGE);
	frame_more = memory_more;
	for (size_t i = 0; i < boot.nrange; i++)
		if (boot.range[i].high > boot.range[i].low)
			frame_unseen += (boot.range[i].high - boot.range[i].low) / PAGE;
}

/* ---- modules ---- */
static void
modules_read(void)
{
	uintptr_t info = L4_BootInfo(boot.kip);
	const L4_BootRec_t *r;

	if (info == 0 || info >= RAM_END)
		return;
	memory_hold(info, PAGE);
	range_remove(info, info + PAGE);
	if (!L4_BootInfo_Valid((void *)info))
		return;
	if (L4_BootInfo_Size((void *)info) > PAGE) {
		memory_hold(info + PAGE, L4_BootInfo_Size((void *)info) - PAGE);
		range_remove(info, info + L4_BootInfo_Size((void *)info));
	}
	r = L4_BootInfo_FirstEntry((void *)info);
	for (L4_Word_t n = L4_BootInfo_Entries((void *)info); n > 0; n--) {
		if (L4_BootRec_Type(r) == L4_BootInfo_Module && boot.nmodule < NMODULE) {
			Module *m = &boot.module[boot.nmodule++];

			m->pa = L4_Module_Start(r);
			m->size = L4_Module_Size(r);
			m->name = L4_Module_Cmdline(r) ? L4_Module_Cmdline(r) : "";
			range_remove(m->pa, m->pa + m->size);
		}
		r = L4_BootRec_Next(r);
	}
}

static void
modules_hold(void)
{
	for (size_t i = 0; i < boot.nmodule; i++) {
		Module *m = &boot.module[i];
		uintptr_t low = m->pa & ~(uintptr_t)(PAGE - 1);

		memory_hold(m->pa, m->size);
		frame_hold(low, (m->pa + m->size - low + PAGE - 1) / PAGE);
	}
}

const Module *
boot_module(size_t index)
{
	return index < boot.nmodule ? &boot.module[index] : NULL;
}

/* All I/O ports, before anybody else asks; a machine without any refuses. */
static void
ports_hold(void)
{
	boot.ports = L4_Sigma0_GetPage(L4_nilthread, L4_IoFpageLog2(0, IO_LOG2));
}

L4_Fpage_t
boot_ports(void)
{
	return boot.ports;
}

/* L4Ka::Pistachio's newer mapping database takes all rights back or none. */
static bool
kernel_unmaps_whole(void)
{
	enum { ID_PISTACHIO = 4 };

	return L4_KernelId() >> 24 == ID_PISTACHIO;
}

static void
beyond_tell(void)
{
	char line[128];

	if (boot.beyond == 0)
		return;
	seprint(line, line + sizeof line, "hvm: %zu MiB of memory at %lu MiB and on are not used\n",
	    boot.beyond / (1024 * 1024 / PAGE), (unsigned long)RAM_END >> 20);
	plat_debug_puts(line);
}

void
boot_init(void)
{
	boot.kip = L4_GetKernelInterface();
	sigma0_close();
	unmap_whole = kernel_unmaps_whole();
	ranges_read();
	modules_read();
	table_make();
	modules_hold();
	ports_hold();
	L4_Accept(L4_UntypedWordsAcceptor);
	beyond_tell();
}

/* ---- devices ---- */
int
boot_device(uint64_t pa, bool pixels, uintptr_t *window)
{
	uintptr_t at = DEVICES + boot.ndevice * PAGE;
	L4_Fpage_t f, w = L4_FpageLog2(at, PAGE_LOG2);

	for (size_t i = 0; i < boot.ndevice; i++)
		if (boot.device[i] == pa) {
			*window = DEVICES + i * PAGE;
			return 0;
		}
	if (pa % PAGE != 0 || pa != (uintptr_t)pa)
		return seterr(Ebadarg, "no device page at 0x%llx", (unsigned long long)pa);
	if (boot.ndevice == NDEVICE)
		return seterr(Enomem, "more than %d device pages", NDEVICE);
	f = L4_FpageLog2((uintptr_t)pa, PAGE_LOG2);
	L4_Set_Rights(&f, L4_ReadWriteOnly);
	f = L4_Sigma0_GetPage_RcvWindow(L4_nilthread, f, w);
	L4_Accept(L4_UntypedWordsAcceptor);
	if (L4_IsNilFpage(f))
		return seterr(Ebadarg, "sigma0 has no page at 0x%llx", (unsigned long long)pa);
	if (pixels) /* refused, they are as good, but slower */
		(void)L4_Set_PageAttribute(w, plat_pixels_attribute);
	boot.device[boot.ndevice++] = pa;
	*window = at;
	return 0;
}

/* The platform's drivers ask with hvm.h's functions in CORE; linked into HVM
 * (plat_poweroff, plat_last_words), they get HVM's own. */
int
hvm_map_phys(uint64_t pa, size_t npage, int kind, void **va)
{
	uintptr_t window;
	int rc = npage == 1 && kind != HVM_MODULE ? boot_device(pa, kind == HVM_PIXELS, &window) : -Ebadarg;

	if (rc == 0)
		*va = (void *)window;
	return rc;
}

int
hvm_bootinfo(int index, uint64_t *pa, size_t *size, char *cmdline, size_t n)
{
	const Module *m = index < 0 ? NULL : boot_module((size_t)index);

	if (m == NULL)
		return -Enonexist;
	*pa = m->pa;
	*size = m->size;
	snprintf(cmdline, n, "%s", m->name);
	return 0;
}

/* ---- CORE ---- */
const Module *
boot_module_find(const char *name)
{
	for (size_t i = 0; i < boot.nmodule; i++) {
		const char *s = boot.module[i].name;
		size_t n = strcspn(s, " ");

		if (n == strlen(name) && memcmp(s, name, n) == 0)
			return &boot.module[i];
	}
	return NULL;
}

void
boot_core(void)
{
	struct {
		Startup s;
		char *argv[1];
	} start = { 0 };
	const Module *m = boot_module_find("core");
	Space *s;
	int id;

	if (m == NULL)
		boot_halt("no boot module \"core\"; name it behind the root task");
	if ((id = image_phys(m->pa, m->size)) < 0 || space_new(CORE_SID, &s) < 0)
		boot_halt("core: %s", err_reason());
	start.s.argv = (char **)(hvm_stack_base(sizeof start) + offsetof(__typeof__(start), argv));
	if (space_exec(s, image_find(id), "core", NULL, (uintptr_t)&start, sizeof start) < 0)
		boot_halt("core: %s", err_reason());
}

size_t
boot_table(char *text, size_t n)
{
	char *p = text, *end = text + n;

	for (size_t i = 0; i < boot.nmodule; i++)
		p = seprint(p, end, "module %-8s 0x%lx %zu bytes\n", boot.module[i].name,
		    (unsigned long)boot.module[i].pa, boot.module[i].size);
	for (size_t i = 0; i < boot.nrange; i++)
		if (boot.range[i].low < boot.range[i].high)
			p = seprint(p, end, "unseen 0x%lx 0x%lx\n", (unsigned long)boot.range[i].low,
			    (unsigned long)boot.range[i].high);
	for (size_t i = 0; i < boot.ndevice; i++)
		p = seprint(p, end, "device 0x%llx at 0x%lx\n", (unsigned long long)boot.device[i],
		    (unsigned long)(DEVICES + i * PAGE));
	p = seprint(p, end, "refused %zu pages\nbeyond %zu pages\n", boot.refused, boot.beyond);
	return (size_t)(p - text);
}
