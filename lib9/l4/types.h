/*
 * types.h - L4 X.2: words, thread ids, fpages, times. Include "lib9/l4/l4.h".
 *
 * Each type is a struct around one raw word; where X.2 has two layouts, the
 * one for L4_Word_t's size. Names and meanings: the X.2 reference manual.
 */
#ifndef LIB9_L4_TYPES_H
#define LIB9_L4_TYPES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uintptr_t L4_Word_t;
typedef uint64_t L4_Word64_t;
typedef uint32_t L4_Word32_t;
typedef uint16_t L4_Word16_t;
typedef uint8_t L4_Word8_t;
typedef L4_Word_t L4_Bool_t;
#define L4_INLINE static inline __attribute__((unused))

enum { L4_BITS_PER_WORD = sizeof(L4_Word_t) * 8 };

/* ---- thread ids: version in the low 14 (32) bits, number in the high 18 (32) ---- */
typedef struct L4_ThreadId {
	L4_Word_t raw;
} L4_ThreadId_t;
enum { L4_VERSION_BITS = sizeof(L4_Word_t) == 8 ? 32 : 14 };
#define L4_VERSION_MASK (((L4_Word_t)1 << L4_VERSION_BITS) - 1)

#define L4_nilthread ((L4_ThreadId_t){ 0 })
#define L4_anythread ((L4_ThreadId_t){ ~(L4_Word_t)0 })
#define L4_anylocalthread ((L4_ThreadId_t){ ~(L4_Word_t)0x3F })

/* The low 6 bits of version must not all be 0, else it reads as a local id. */
L4_INLINE L4_ThreadId_t
L4_GlobalId(L4_Word_t threadno, L4_Word_t version)
{
	return (L4_ThreadId_t){ threadno << L4_VERSION_BITS | (version & L4_VERSION_MASK) };
}

L4_INLINE L4_Word_t
L4_Version(L4_ThreadId_t t)
{
	return t.raw & L4_VERSION_MASK;
}

L4_INLINE L4_Word_t
L4_ThreadNo(L4_ThreadId_t t)
{
	return t.raw >> L4_VERSION_BITS;
}

L4_INLINE L4_Bool_t
L4_IsThreadEqual(L4_ThreadId_t l, L4_ThreadId_t r)
{
	return l.raw == r.raw;
}

L4_INLINE L4_Bool_t
L4_IsThreadNotEqual(L4_ThreadId_t l, L4_ThreadId_t r)
{
	return l.raw != r.raw;
}

L4_INLINE L4_Bool_t
L4_IsNilThread(L4_ThreadId_t t)
{
	return t.raw == 0;
}

L4_INLINE L4_Bool_t
L4_IsLocalId(L4_ThreadId_t t)
{
	return (t.raw & 0x3F) == 0;
}

L4_INLINE L4_Bool_t
L4_IsGlobalId(L4_ThreadId_t t)
{
	return (t.raw & 0x3F) != 0;
}

/* ---- fpages: base, log2 of the size in bits 4..9, rights in bits 0..2 ---- */
typedef struct L4_Fpage {
	L4_Word_t raw;
} L4_Fpage_t;
#define L4_Readable 0x04
#define L4_Writable 0x02
#define L4_eXecutable 0x01
#define L4_FullyAccessible 0x07
#define L4_ReadWriteOnly 0x06
#define L4_ReadeXecOnly 0x05
#define L4_NoAccess 0x00
#define L4_Nilpage ((L4_Fpage_t){ 0 })
#define L4_CompleteAddressSpace ((L4_Fpage_t){ 1 << 4 })

L4_INLINE L4_Bool_t
L4_IsNilFpage(L4_Fpage_t f)
{
	return f.raw == 0;
}

L4_INLINE L4_Fpage_t
L4_FpageLog2(L4_Word_t base, int log2)
{
	return (L4_Fpage_t){ (base & ~(L4_Word_t)0x3FF) | (L4_Word_t)log2 << 4 };
}

/* I/O fpages name ports, on machines that have them. Their size field, 2, is that of no
 * page. */
L4_INLINE L4_Fpage_t
L4_IoFpageLog2(L4_Word_t port, int log2)
{
	return (L4_Fpage_t){ port << 16 | (L4_Word_t)log2 << 10 | 2 << 4 };
}

L4_INLINE L4_Bool_t
L4_IsIoFpage(L4_Fpage_t f)
{
	return (f.raw >> 4 & 0x3F) == 2;
}

L4_INLINE L4_Word_t
L4_IoFpagePort(L4_Fpage_t f)
{
	return f.raw >> 16 & 0xFFFF;
}

L4_INLINE L4_Word_t
L4_IoFpageSize(L4_Fpage_t f)
{
	return (L4_Word_t)1 << (f.raw >> 10 & 0x1F);
}

/* size is rounded up to a power of two */
L4_INLINE L4_Fpage_t
L4_Fpage(L4_Word_t base, L4_Word_t size)
{
	int log2 = 0;

	while (log2 < L4_BITS_PER_WORD - 1 && ((L4_Word_t)1 << log2) < size)
		log2++;
	return L4_FpageLog2(base, log2);
}

L4_INLINE L4_Word_t
L4_SizeLog2(L4_Fpage_t f)
{
	return f.raw >> 4 & 0x3F;
}

/* The complete space has log2 1: its size does not fit a word. */
L4_INLINE L4_Word_t
L4_Size(L4_Fpage_t f)
{
	return L4_SizeLog2(f) == 0 ? 0 : (L4_Word_t)1 << L4_SizeLog2(f);
}

L4_INLINE L4_Word_t
L4_Address(L4_Fpage_t f)
{
	return f.raw & ~(L4_Word_t)0x3FF & ~(((L4_Word_t)1 << L4_SizeLog2(f)) - 1);
}

L4_INLINE L4_Word_t
L4_Rights(L4_Fpage_t f)
{
	return f.raw & 7;
}

L4_INLINE L4_Fpage_t
L4_Set_Rights(L4_Fpage_t *f, L4_Word_t rwx)
{
	f->raw = (f->raw & ~(L4_Word_t)7) | (rwx & 7);
	return *f;
}

L4_INLINE L4_Fpage_t
L4_FpageAddRights(L4_Fpage_t f, L4_Word_t rwx)
{
	f.raw |= rwx & 7;
	return f;
}

L4_INLINE L4_Fpage_t
L4_FpageAddRightsTo(L4_Fpage_t *f, L4_Word_t rwx)
{
	return *f = L4_FpageAddRights(*f, rwx);
}

L4_INLINE L4_Fpage_t
L4_FpageRemoveRights(L4_Fpage_t f, L4_Word_t rwx)
{
	f.raw &= ~(rwx & 7);
	return f;
}

L4_INLINE L4_Fpage_t
L4_FpageRemoveRightsFrom(L4_Fpage_t *f, L4_Word_t rwx)
{
	return *f = L4_FpageRemoveRights(*f, rwx);
}

/* ---- clock: microseconds since the kernel's start ---- */
typedef struct L4_Clock {
	L4_Word64_t raw;
} L4_Clock_t;

L4_INLINE L4_Clock_t
L4_ClockAddUsec(L4_Clock_t c, L4_Word64_t us)
{
	return (L4_Clock_t){ c.raw + us };
}

L4_INLINE L4_Clock_t
L4_ClockSubUsec(L4_Clock_t c, L4_Word64_t us)
{
	return (L4_Clock_t){ c.raw - us };
}

L4_INLINE L4_Bool_t
L4_IsClockEarlier(L4_Clock_t l, L4_Clock_t r)
{
	return l.raw < r.raw;
}

L4_INLINE L4_Bool_t
L4_IsClockLater(L4_Clock_t l, L4_Clock_t r)
{
	return l.raw > r.raw;
}

L4_INLINE L4_Bool_t
L4_IsClockEqual(L4_Clock_t l, L4_Clock_t r)
{
	return l.raw == r.raw;
}

L4_INLINE L4_Bool_t
L4_IsClockNotEqual(L4_Clock_t l, L4_Clock_t r)
{
	return l.raw != r.raw;
}

/*
 * ---- times, 16 bits: a period 0 e:5 m:10 = m * 2^e us (0: never; e 1, m 0:
 * zero), or a point 1 e:4 c:1 m:10, see L4_TimePoint2 in l4.h ----
 */
typedef struct L4_Time {
	L4_Word16_t raw;
} L4_Time_t;
#define L4_Never ((L4_Time_t){ 0 })
#define L4_ZeroTime ((L4_Time_t){ 1 << 10 })

/* rounds up to what 10 bits can say, at most 1 in 512 longer; past 2^41 us: never */
L4_INLINE L4_Time_t
L4_TimePeriod(L4_Word64_t us)
{
	L4_Word64_t m = us;
	unsigned e = 0;

	if (us == 0)
		return L4_ZeroTime;
	while (m > 1023) {
		m = (m + 1) >> 1;
		if (++e > 31)
			return L4_Never;
	}
	return (L4_Time_t){ (L4_Word16_t)(e << 10 | m) };
}

L4_INLINE L4_Bool_t
L4_IsTimeEqual(L4_Time_t l, L4_Time_t r)
{
	return l.raw == r.raw;
}

L4_INLINE L4_Word_t
L4_Timeouts(L4_Time_t snd, L4_Time_t rcv)
{
	return (L4_Word_t)snd.raw << 16 | rcv.raw;
}

_Static_assert(sizeof(L4_Word_t) == sizeof(void *), "a word holds a pointer");
#endif
