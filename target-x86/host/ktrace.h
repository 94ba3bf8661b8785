/*
 * ktrace.h - the kernel's part of lp49qemu's --trace.
 */
#ifndef X86_HOST_KTRACE_H
#define X86_HOST_KTRACE_H
#include "sim/host/trace.h"

void ktrace_init(int fd);       /* the PC's memory */
extern const TraceKernelOps trace_kernel_pc;
#endif
