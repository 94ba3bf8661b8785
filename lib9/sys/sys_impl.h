/*
 * sys_impl.h - what the files of lib9/sys share.
 */
#ifndef LIB9_SYS_SYS_IMPL_H
#define LIB9_SYS_SYS_IMPL_H
#include "lib9/plat.h"
#include "lib9/sys.h"
#include "lib9/sysmsg.h"

/*
 * syscall_ sends system call SYS_num with up to SYS_NARG argument words and nin
 * bytes of input data, and receives at most nout bytes of output data. Returns
 * the result; when it is an error (-Exxx) the reason is set. A note that came
 * with the reply has been handled by then.
 */
int64_t syscall_(int num, const uintptr_t args[SYS_NARG], const void *in, size_t nin, void *out, size_t nout);
#define ARGS(...) ((const uintptr_t[SYS_NARG]){ __VA_ARGS__ })
/* A 64-bit argument: two words, low first. */
#define LOW(v) ((uintptr_t)((uint64_t)(v) & 0xFFFFFFFF))
#define HIGH(v) ((uintptr_t)((uint64_t)(v) >> 32))

/* note_pending handles what is pending, in the caller's thread. */
void note_pending(void);
#endif
