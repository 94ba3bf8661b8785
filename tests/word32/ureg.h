/* ureg.h - of a 32-bit machine, for tests/sys/word32.sh. */
#ifndef TESTS_WORD32_UREG_H
#define TESTS_WORD32_UREG_H
#include <stdint.h>
typedef struct Ureg Ureg;
struct Ureg {
	uint32_t di, si, bp, bx, dx, cx, ax, pad, pc, flags, sp;
};
#endif
