/*
 * task.h - lib9/task: what every freestanding program begins and ends with, on
 * all machines. Of a machine there are, in sim/user/ and target-x86/user/: crt0.S
 * and note_entry.S, the L4 calls (syscall.c), and its facts (machine.c).
 */
#ifndef LIB9_TASK_TASK_H
#define LIB9_TASK_TASK_H
#include "lib9/plat.h"

/* A register in an exception message. task_more_regs (machine.c): those that not
 * every machine has; the last row's name is "". */
typedef struct ExcReg ExcReg;
struct ExcReg {
	char name[6];
	int index;
};
extern const ExcReg task_more_regs[];
#endif
