/*
 * kip.h - L4 X.2: the kernel interface page, memory descriptors, boot
 * information. Include "lib9/l4/l4.h".
 *
 * The page has the same words at the same indices on 32 and 64 bits; links are
 * offsets from the page's start, and so are MemoryInfo's and the other pointers.
 */
#ifndef LIB9_L4_KIP_H
#define LIB9_L4_KIP_H
#include "lib9/l4/types.h"

typedef struct L4_KipTask {
	L4_Word_t sp, ip, low, high;    /* [low, high) */
} L4_KipTask_t;

typedef struct L4_KernelInterfacePage {
	L4_Word_t magic;                /* bytes 'L' '4' 0xE6 'K' */
	L4_Word_t ApiVersion, ApiFlags, KernelVerPtr;
	L4_Word_t kdebug[4];            /* init, entry, low, high */
	L4_KipTask_t sigma0, sigma1, root;
	L4_Word_t padding50;
	L4_Word_t MemoryInfo;           /* number low half, offset high half */
	L4_Word_t kdebug_config[2];
	L4_Word_t obsolete[16];
	L4_Word_t paddingA0[2];
	L4_Word_t UtcbAreaInfo;         /* m:10 a:6 s:6 */
	L4_Word_t KipAreaInfo;          /* s:6 */
	L4_Word_t paddingB0[2];
	L4_Word_t BootInfo, ProcDescPtr;
	L4_Word_t ClockInfo;            /* read precision:16 schedule precision:16, us */
	L4_Word_t ThreadInfo;           /* t:8 system base:12 user base:12 */
	L4_Word_t PageInfo;             /* rwx:3, page size mask from bit 10 */
	L4_Word_t ProcessorInfo;        /* processors - 1:16, log2 of descriptor size in the top 4 bits */
	L4_Word_t SpaceControl, ThreadControl, ProcessorControl, MemoryControl;
	L4_Word_t Ipc, Lipc, Unmap, ExchangeRegisters;
	L4_Word_t SystemClock, ThreadSwitch, Schedule;
	L4_Word_t paddingFC;
	L4_Word_t padding100[4];
	L4_Word_t ArchSyscall[4];       /* 0: debug console, 1: name of a space; 0 where there is none */
} L4_KernelInterfacePage_t;
_Static_assert(offsetof(L4_KernelInterfacePage_t, MemoryInfo) == 21 * sizeof(L4_Word_t), "0x54");
_Static_assert(offsetof(L4_KernelInterfacePage_t, UtcbAreaInfo) == 42 * sizeof(L4_Word_t), "0xA8");
_Static_assert(offsetof(L4_KernelInterfacePage_t, SpaceControl) == 52 * sizeof(L4_Word_t), "0xD0");
_Static_assert(offsetof(L4_KernelInterfacePage_t, Schedule) == 62 * sizeof(L4_Word_t), "0xF8");
_Static_assert(offsetof(L4_KernelInterfacePage_t, ArchSyscall) == 68 * sizeof(L4_Word_t), "0x110");

#define L4_MAGIC ((L4_Word_t)'K' << 24 | (L4_Word_t)0xE6 << 16 | '4' << 8 | 'L')
#define L4_APIVERSION_X2 0x84

typedef struct L4_KernelDesc {
	L4_Word_t KernelId;             /* id << 24 | subid << 16 */
	L4_Word_t KernelGenDate;        /* day:5 month:4 year - 2000:7 */
	L4_Word_t KernelVer;            /* subsub:16 sub:8 ver:8 */
	L4_Word_t Supplier;
	char VersionString[];           /* then features, each NUL-terminated; an empty one ends them */
} L4_KernelDesc_t;

typedef struct L4_ProcDesc {
	L4_Word_t ExternalFreq, InternalFreq, padding[2]; /* kHz */
} L4_ProcDesc_t;

typedef struct L4_MemoryDesc {
	L4_Word_t raw[2];
} L4_MemoryDesc_t;
#define L4_UndefinedMemoryType 0x0
#define L4_ConventionalMemoryType 0x1
#define L4_ReservedMemoryType 0x2
#define L4_DedicatedMemoryType 0x3
#define L4_SharedMemoryType 0x4
#define L4_BootLoaderSpecificMemoryType 0xE
#define L4_ArchitectureSpecificMemoryType 0xF

L4_INLINE const L4_KernelInterfacePage_t *
L4_Kip(const void *kip)
{
	return kip;
}

L4_INLINE L4_Word_t
L4_NumProcessors(const void *kip)
{
	return (L4_Kip(kip)->ProcessorInfo & 0xFFFF) + 1;
}

L4_INLINE L4_Word_t
L4_NumMemoryDescriptors(const void *kip)
{
	return L4_Kip(kip)->MemoryInfo & (((L4_Word_t)1 << L4_BITS_PER_WORD / 2) - 1);
}

L4_INLINE L4_MemoryDesc_t *
L4_MemoryDesc(const void *kip, L4_Word_t n)
{
	L4_Word_t off = L4_Kip(kip)->MemoryInfo >> L4_BITS_PER_WORD / 2;

	if (n >= L4_NumMemoryDescriptors(kip))
		return NULL;
	return (L4_MemoryDesc_t *)((L4_Word_t)kip + off) + n;
}

/* type, for 0xE and 0xF with the subtype in bits 4..7 */
L4_INLINE L4_Word_t
L4_MemoryDescType(const L4_MemoryDesc_t *m)
{
	return (m->raw[0] & 0xF) >= 0xE ? m->raw[0] & 0xFF : m->raw[0] & 0xF;
}

L4_INLINE L4_Bool_t
L4_IsMemoryDescVirtual(const L4_MemoryDesc_t *m)
{
	return m->raw[0] >> 9 & 1;
}

L4_INLINE L4_Word_t
L4_MemoryDescLow(const L4_MemoryDesc_t *m)
{
	return m->raw[0] & ~(L4_Word_t)0x3FF;
}

L4_INLINE L4_Word_t
L4_MemoryDescHigh(const L4_MemoryDesc_t *m)     /* the last byte */
{
	return m->raw[1] | 0x3FF;
}

L4_INLINE L4_Word_t
L4_PageSizeMask(const void *kip)
{
	return L4_Kip(kip)->PageInfo & ~(L4_Word_t)0x3FF;
}

L4_INLINE L4_Word_t
L4_PageRights(const void *kip)
{
	return L4_Kip(kip)->PageInfo & 7;
}

L4_INLINE L4_Word_t
L4_ThreadIdBits(const void *kip)
{
	return L4_Kip(kip)->ThreadInfo & 0xFF;
}

L4_INLINE L4_Word_t
L4_ThreadIdSystemBase(const void *kip)
{
	return L4_Kip(kip)->ThreadInfo >> 8 & 0xFFF;
}

L4_INLINE L4_Word_t
L4_ThreadIdUserBase(const void *kip)
{
	return L4_Kip(kip)->ThreadInfo >> 20 & 0xFFF;
}

L4_INLINE L4_Word_t
L4_ReadPrecision(const void *kip)
{
	return L4_Kip(kip)->ClockInfo & 0xFFFF;
}

L4_INLINE L4_Word_t
L4_SchedulePrecision(const void *kip)
{
	return L4_Kip(kip)->ClockInfo >> 16 & 0xFFFF;
}

L4_INLINE L4_Word_t
L4_UtcbAreaSizeLog2(const void *kip)    /* smallest area */
{
	return L4_Kip(kip)->UtcbAreaInfo >> 16 & 0x3F;
}

L4_INLINE L4_Word_t
L4_UtcbAreaSize(const void *kip)
{
	return (L4_Word_t)1 << L4_UtcbAreaSizeLog2(kip);
}

L4_INLINE L4_Word_t
L4_UtcbAlignmentLog2(const void *kip)
{
	return L4_Kip(kip)->UtcbAreaInfo >> 10 & 0x3F;
}

L4_INLINE L4_Word_t
L4_UtcbSize(const void *kip)
{
	return ((L4_Word_t)1 << L4_UtcbAlignmentLog2(kip)) * (L4_Kip(kip)->UtcbAreaInfo & 0x3FF);
}

L4_INLINE L4_Word_t
L4_KipAreaSizeLog2(const void *kip)
{
	return L4_Kip(kip)->KipAreaInfo & 0x3F;
}

L4_INLINE L4_Word_t
L4_KipAreaSize(const void *kip)
{
	return (L4_Word_t)1 << L4_KipAreaSizeLog2(kip);
}

L4_INLINE L4_Word_t
L4_BootInfo(const void *kip)
{
	return L4_Kip(kip)->BootInfo;
}

L4_INLINE const L4_KernelDesc_t *
L4_KernelDesc(const void *kip)
{
	return (const L4_KernelDesc_t *)((L4_Word_t)kip + L4_Kip(kip)->KernelVerPtr);
}

L4_INLINE L4_Word_t
L4_KernelVersion(const void *kip)
{
	return L4_KernelDesc(kip)->KernelVer;
}

L4_INLINE L4_Word_t
L4_KernelSupplier(const void *kip)
{
	return L4_KernelDesc(kip)->Supplier;
}

L4_INLINE void
L4_KernelGenDate(const void *kip, L4_Word_t *year, L4_Word_t *month, L4_Word_t *day)
{
	L4_Word_t d = L4_KernelDesc(kip)->KernelGenDate;

	*year = (d >> 9 & 0x7F) + 2000;
	*month = d >> 5 & 0xF;
	*day = d & 0x1F;
}

L4_INLINE const char *
L4_KernelVersionString(const void *kip)
{
	return L4_KernelDesc(kip)->VersionString;
}

/* feature n, from 0; NULL past the last */
L4_INLINE const char *
L4_Feature(const void *kip, L4_Word_t n)
{
	const char *s = L4_KernelVersionString(kip);

	do {
		while (*s++ != '\0')
			;
		if (*s == '\0')
			return NULL;
	} while (n-- > 0);
	return s;
}

L4_INLINE const L4_ProcDesc_t *
L4_ProcDesc(const void *kip, L4_Word_t cpu)
{
	L4_Word_t s = L4_Kip(kip)->ProcessorInfo >> (L4_BITS_PER_WORD - 4);

	if (cpu >= L4_NumProcessors(kip))
		return NULL;
	return (const L4_ProcDesc_t *)((L4_Word_t)kip + L4_Kip(kip)->ProcDescPtr + (cpu << s));
}

L4_INLINE L4_Word_t
L4_ProcDescExternalFreq(const L4_ProcDesc_t *p)
{
	return p->ExternalFreq;
}

L4_INLINE L4_Word_t
L4_ProcDescInternalFreq(const L4_ProcDesc_t *p)
{
	return p->InternalFreq;
}

/* ---- boot information, at the physical address L4_BootInfo(kip) ---- */
#define L4_BOOTINFO_MAGIC ((L4_Word_t)0x14B0021D)
#define L4_BOOTINFO_VERSION 1
#define L4_BootInfo_Module 0x0001
#define L4_BootInfo_SimpleExec 0x0002
#define L4_BootInfo_EFITables 0x0101
#define L4_BootInfo_Multiboot 0x0102

typedef struct L4_BootInfoHead {
	L4_Word_t magic, version, size, first_entry, num_entries, reserved[3];
} L4_BootInfo_t;
typedef struct L4_BootRec {
	L4_Word_t type, version, offset_next;
} L4_BootRec_t;
typedef struct L4_Boot_Module {
	L4_Word_t type, version, offset_next;
	L4_Word_t start, size, cmdline_offset;  /* from the record; 0: none */
} L4_Boot_Module_t;
typedef struct L4_Boot_SimpleExec {
	L4_Word_t type, version, offset_next;
	L4_Word_t text_pstart, text_vstart, text_size;
	L4_Word_t data_pstart, data_vstart, data_size;
	L4_Word_t bss_pstart, bss_vstart, bss_size;
	L4_Word_t initial_ip, flags, label, cmdline_offset;
} L4_Boot_SimpleExec_t;
typedef struct L4_Boot_MBI {
	L4_Word_t type, version, offset_next;
	L4_Word_t address;
} L4_Boot_MBI_t;

L4_INLINE L4_Bool_t
L4_BootInfo_Valid(const void *p)
{
	const L4_BootInfo_t *b = p;

	return b->magic == L4_BOOTINFO_MAGIC && b->version == L4_BOOTINFO_VERSION;
}

L4_INLINE L4_Word_t
L4_BootInfo_Size(const void *p)
{
	return ((const L4_BootInfo_t *)p)->size;
}

L4_INLINE L4_Word_t
L4_BootInfo_Entries(const void *p)
{
	return ((const L4_BootInfo_t *)p)->num_entries;
}

L4_INLINE L4_BootRec_t *
L4_BootInfo_FirstEntry(const void *p)
{
	return (L4_BootRec_t *)((L4_Word_t)p + ((const L4_BootInfo_t *)p)->first_entry);
}

L4_INLINE L4_Word_t
L4_BootRec_Type(const L4_BootRec_t *r)
{
	return r->type;
}

L4_INLINE L4_BootRec_t *
L4_BootRec_Next(const L4_BootRec_t *r)
{
	return (L4_BootRec_t *)((L4_Word_t)r + r->offset_next);
}

L4_INLINE L4_Word_t
L4_Module_Start(const L4_BootRec_t *r)
{
	return ((const L4_Boot_Module_t *)r)->start;
}

L4_INLINE L4_Word_t
L4_Module_Size(const L4_BootRec_t *r)
{
	return ((const L4_Boot_Module_t *)r)->size;
}

L4_INLINE char *
L4_Module_Cmdline(const L4_BootRec_t *r)
{
	const L4_Boot_Module_t *m = (const L4_Boot_Module_t *)r;

	return m->cmdline_offset ? (char *)((L4_Word_t)m + m->cmdline_offset) : NULL;
}

L4_INLINE L4_Word_t
L4_SimpleExec_InitialIP(const L4_BootRec_t *r)
{
	return ((const L4_Boot_SimpleExec_t *)r)->initial_ip;
}

L4_INLINE char *
L4_SimpleExec_Cmdline(const L4_BootRec_t *r)
{
	const L4_Boot_SimpleExec_t *e = (const L4_Boot_SimpleExec_t *)r;

	return e->cmdline_offset ? (char *)((L4_Word_t)e + e->cmdline_offset) : NULL;
}

L4_INLINE L4_Word_t
L4_MBI_Address(const L4_BootRec_t *r)
{
	return ((const L4_Boot_MBI_t *)r)->address;
}
#endif
