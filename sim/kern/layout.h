/*
 * layout.h - numbers that assembly (entry.S), C and the linker script share.
 */
#ifndef SIM_KERN_LAYOUT_H
#define SIM_KERN_LAYOUT_H
#define KBASE 0x610000000000            /* the kernel's shared state */
#define SPACE_BASE 0x600000000000       /* boot/space, also in space.ld */

#define T_KSTACK 8
#define T_UIP 16
#define T_USP 24
#define T_UFLAGS 32
#define T_USTATE 40
#define T_ATTN 44
#define T_SETFLAGS 48
#define T_KSP 56
#define KFRAME 64                       /* what entry.S keeps at the top of a kernel stack */

/* system calls: number in eax, the KIP's link stubs put it there */
#define SYS_IPC 0
#define SYS_LIPC 1
#define SYS_UNMAP 2
#define SYS_EXREGS 3
#define SYS_CLOCK 4
#define SYS_SWITCH 5
#define SYS_SCHEDULE 6
#define SYS_SPACE 7
#define SYS_THREAD 8
#define SYS_PROCESSOR 9
#define SYS_MEMORY 10
#define SYS_PUTC 11
#define SYS_NAME 12
#define NSYS 13

#define KIP_STUBS 0x800                 /* offset in the KIP: 16 bytes each */
#define KIP_ENTRY 0x7F8                 /* address of sys_entry */
#define KIP_DESC 0x300                  /* kernel description */
#define KIP_PROC 0x3C0                  /* processor descriptions, 16 words apart */
#define KIP_MEM 0x900                   /* memory descriptors */
#endif
