/*
 * ureg.h - all registers of an interrupted thread, as plat_note_entry (note_entry.S)
 * lays them on the stack. A note handler may change them.
 */
#ifndef SIM_USER_UREG_H
#define SIM_USER_UREG_H
#include <stdint.h>

typedef struct Ureg Ureg;
struct Ureg {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t di, si, bp, bx, dx, cx, ax;
	uint64_t pad;
	uint64_t pc, flags, sp; /* put there by HVM */
};
#endif
