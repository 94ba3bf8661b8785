/*
 * k_node.c - the kernel interface page, as lp49sim builds it for a node. The
 * zygote adds the address of the system-call entry (space.c).
 */
#include "sim/kern/kern.h"

static L4_KernelInterfacePage_t *
kip(void)
{
	return (L4_KernelInterfacePage_t *)(KBASE + OFF_KIP);
}

/* mov $number, %eax; jmp *KIP_ENTRY(%rip) */
static L4_Word_t
stub(unsigned number)
{
	unsigned at = KIP_STUBS + 16 * number;
	uint8_t *p = (uint8_t *)kip() + at;
	int32_t rel = (int32_t)KIP_ENTRY - (int32_t)(at + 11);

	p[0] = 0xB8;
	__builtin_memcpy(p + 1, &number, 4);
	p[5] = 0xFF;
	p[6] = 0x25;
	__builtin_memcpy(p + 7, &rel, 4);
	return at;
}

static void
kip_desc(void)
{
	static const char text[] = "LP49 simulator's X.2 kernel\0pagerexregs\0";
	L4_KernelDesc_t *d = (L4_KernelDesc_t *)((char *)kip() + KIP_DESC);

	_Static_assert(KIP_DESC + sizeof *d + sizeof text <= KIP_PROC, "room");
	d->KernelId = (L4_Word_t)0x49 << 24 | 1 << 16;
	d->KernelGenDate = (L4_Word_t)26 << 9 | 11 << 5 | 21;
	d->KernelVer = 1 << 24;
	d->Supplier = (L4_Word_t)' ' << 24 | '9' << 16 | 'P' << 8 | 'L';
	__builtin_memcpy(d->VersionString, text, sizeof text);
}

static void
kip_links(L4_KernelInterfacePage_t *k)
{
	k->SpaceControl = stub(SYS_SPACE);
	k->ThreadControl = stub(SYS_THREAD);
	k->ProcessorControl = stub(SYS_PROCESSOR);
	k->MemoryControl = stub(SYS_MEMORY);
	k->Ipc = stub(SYS_IPC);
	k->Lipc = stub(SYS_LIPC);
	k->Unmap = stub(SYS_UNMAP);
	k->ExchangeRegisters = stub(SYS_EXREGS);
	k->SystemClock = stub(SYS_CLOCK);
	k->ThreadSwitch = stub(SYS_SWITCH);
	k->Schedule = stub(SYS_SCHEDULE);
	k->ArchSyscall[0] = stub(SYS_PUTC);
	k->ArchSyscall[1] = stub(SYS_NAME);
}

void
kip_init(const NodeConfig *c)
{
	L4_KernelInterfacePage_t *k = kip();

	_Static_assert(KIP_STUBS + 16 * NSYS <= KIP_MEM && sizeof *k <= KIP_DESC, "room");
	k->magic = L4_MAGIC;
	k->ApiVersion = (L4_Word_t)L4_APIVERSION_X2 << 24;
	k->ApiFlags = 1 << 2;           /* 64 bits, little endian */
	k->KernelVerPtr = KIP_DESC;
	k->UtcbAreaInfo = 1 | UTCB_LOG2 << 10 | PAGE_LOG2 << 16;
	k->KipAreaInfo = PAGE_LOG2;
	k->ProcDescPtr = KIP_PROC;
	k->ClockInfo = 1 | 1 << 16;
	k->ThreadInfo = 15 | SYSTEM_BASE << 8 | (L4_Word_t)USER_BASE << 20;
	k->PageInfo = PAGE | 7;
	k->ProcessorInfo = (L4_Word_t)(c->ncpu - 1) | (L4_Word_t)5 << 60;
	for (int i = 0; i < c->ncpu; i++) {
		L4_ProcDesc_t *p = (L4_ProcDesc_t *)((char *)k + KIP_PROC) + i;

		p->ExternalFreq = p->InternalFreq = 1000000;
	}
	kip_desc();
	kip_links(k);
}

static void
describe(L4_MemoryDesc_t *d, uint64_t low, uint64_t high, int type, int subtype, bool virtual)
{
	d->raw[0] = (low & ~(uint64_t)0x3FF) | (virtual ? 1 << 9 : 0) | (L4_Word_t)subtype << 4 | (L4_Word_t)type;
	d->raw[1] = (high - 1) & ~(uint64_t)0x3FF;
}

int
kip_mem(const NodeMem *mem, size_t n)
{
	L4_MemoryDesc_t *d = (L4_MemoryDesc_t *)((char *)kip() + KIP_MEM);
	size_t k = 0;

	if (n + 4 > (PAGE - KIP_MEM) / sizeof *d)
		return -1;
	describe(&d[k++], USER_LOW, USER_TOP, L4_ConventionalMemoryType, 0, true);
	describe(&d[k++], 0, KERN->ram, L4_ConventionalMemoryType, 0, false);
	/* addresses below 64 KiB can't be mapped by a Linux process */
	describe(&d[k++], 0, USER_LOW, L4_ReservedMemoryType, 0, false);
	for (size_t i = 0; i < n; i++)
		describe(&d[k++], mem[i].low, mem[i].high, mem[i].type, mem[i].subtype, false);
	kip()->MemoryInfo = (L4_Word_t)KIP_MEM << 32 | k;
	return 0;
}
