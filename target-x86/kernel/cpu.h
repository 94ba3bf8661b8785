/* cpu.h - the instructions that C has no words for */
#ifndef X86_CPU_H
#define X86_CPU_H
#include <stdint.h>

static inline void outb(uint16_t port, uint8_t v) { __asm__ volatile("outb %0,%1" :: "a"(v), "Nd"(port)); }
static inline uint8_t
inb(uint16_t port)
{
	uint8_t v;

	__asm__ volatile("inb %1,%0" : "=a"(v) : "Nd"(port));
	return v;
}
static inline void cpu_invlpg(uint32_t va) { __asm__ volatile("invlpg (%0)" :: "r"(va) : "memory"); }
static inline uint32_t
cpu_cr3(void)
{
	uint32_t v;

	__asm__ volatile("mov %%cr3,%0" : "=r"(v) :: "memory");
	return v;
}
static inline void cpu_set_cr3(uint32_t v) { __asm__ volatile("mov %0,%%cr3" :: "r"(v) : "memory"); }
static inline uint32_t
cpu_cr2(void)
{
	uint32_t v;

	__asm__ volatile("mov %%cr2,%0" : "=r"(v));
	return v;
}
static inline uint32_t
cpu_cr4(void)
{
	uint32_t v;

	__asm__ volatile("mov %%cr4,%0" : "=r"(v));
	return v;
}
static inline void cpu_set_cr4(uint32_t v) { __asm__ volatile("mov %0,%%cr4" :: "r"(v) : "memory"); }
static inline uint32_t
cpu_cr0(void)
{
	uint32_t v;

	__asm__ volatile("mov %%cr0,%0" : "=r"(v));
	return v;
}
static inline void cpu_set_cr0(uint32_t v) { __asm__ volatile("mov %0,%%cr0" :: "r"(v) : "memory"); }
static inline void
cpu_cpuid(uint32_t leaf, uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	__asm__ volatile("cpuid" : "=a"(*a), "=b"(*b), "=c"(*c), "=d"(*d) : "0"(leaf), "2"(0));
}
static inline void
cpu_wrmsr(uint32_t msr, uint32_t lo, uint32_t hi)
{
	__asm__ volatile("wrmsr" :: "c"(msr), "a"(lo), "d"(hi));
}
static inline uint64_t
cpu_rdtsc(void)
{
	uint64_t v;

	__asm__ volatile("rdtsc" : "=A"(v));
	return v;
}
static inline void cpu_sti_nop_cli(void) { __asm__ volatile("sti; nop; nop; cli" ::: "memory"); }
static inline void cpu_sti_hlt_cli(void) { __asm__ volatile("sti; hlt; cli" ::: "memory"); }
#endif
