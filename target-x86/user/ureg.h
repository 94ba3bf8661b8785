/*
 * ureg.h - all registers of an interrupted thread, as plat_note_entry
 * (note_entry.S) lays them on the stack. A note handler may change them.
 */
#ifndef X86_USER_UREG_H
#define X86_USER_UREG_H
#include <stdint.h>

typedef struct Ureg Ureg;
struct Ureg {
	uint32_t di, si, bp, bx, dx, cx, ax;
	uint32_t pc, flags, sp; /* put there by HVM */
};
#endif
