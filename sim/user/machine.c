/*
 * sim/user/machine.c - this machine's facts.
 */
#include "lib9/task/task.h"

const uint8_t plat_elf_class = 2;
const uint16_t plat_elf_machine = 62;
const char plat_cputype[] = "amd64";
const uintptr_t plat_pixels_attribute = 0; /* it has no screen */

_Static_assert(offsetof(Ureg, pc) == 128 && offsetof(Ureg, sp) == 144, "note_entry.S");

const ExcReg task_more_regs[] = {
	{ "r8", L4_EXC_R8 }, { "r9", L4_EXC_R8 + 1 }, { "r10", L4_EXC_R8 + 2 },
	{ "r11", L4_EXC_R8 + 3 }, { "r12", L4_EXC_R8 + 4 }, { "r13", L4_EXC_R8 + 5 },
	{ "r14", L4_EXC_R8 + 6 }, { "r15", L4_EXC_R8 + 7 }, { "", 0 },
};
