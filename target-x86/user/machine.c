/*
 * target-x86/user/machine.c - this machine's facts.
 */
#include "lib9/task/task.h"

const uint8_t plat_elf_class = 1;
const uint16_t plat_elf_machine = 3;
const char plat_cputype[] = "386";
const uintptr_t plat_pixels_attribute = 5; /* ia32: write-combining */

_Static_assert(offsetof(Ureg, pc) == 28 && offsetof(Ureg, sp) == 36, "note_entry.S");

const ExcReg task_more_regs[] = {
	{ "", 0 },
};
