/*
 * sysmsg.h - how a system call travels as an L4 message: program -> Mngr
 * (Call), and back from the clerk that served it.
 *
 * Request  MR0 tag: label = SYS_x, u = 1 + SYS_NARG + inline words, t = 0 or 2
 *          MR1 .. MR6  six argument words a[0..5]; a 64-bit value is two words,
 *                      low 32 bits first, on every machine
 *          MR7         size in bytes of the input data (0: none)
 *          MR8 ..      the input data itself when size <= SYS_INLINE, packed;
 *                      else one string item (t = 2) holds it.
 *          Input data of calls with several strings: NUL-terminated, one after
 *          the other, in the order of the arguments.
 *          The caller's BR0/BR1 accept one string: its output buffer.
 * Reply    MR0 tag: label = SYSR_ flags
 *          MR1, MR2    result, 64-bit signed, low 32 bits first; < 0: -Exxx
 *          MR3         size in bytes of the output data
 *          MR4 ..      the data when size <= SYS_INLINE, else one string item.
 *          On an error the output data is the reason's text.
 */
#ifndef LIB9_SYSMSG_H
#define LIB9_SYSMSG_H

/* X(name, arguments -- iN: input string N, in: input bytes, out(n): output) */
#define SYSCALLS                                                               \
	X(open)        /* omode; in path */                                    \
	X(create)      /* omode, perm; in path */                              \
	X(close)       /* fd */                                                \
	X(pread)       /* fd, n, offlo, offhi; out. off -1: the fd's own */    \
	X(pwrite)      /* fd, n, offlo, offhi; in */                           \
	X(seek)        /* fd, offlo, offhi, type */                            \
	X(stat)        /* n; in path; out */                                   \
	X(fstat)       /* fd, n; out */                                        \
	X(wstat)       /* ; in path NUL, then the stat bytes */                \
	X(fwstat)      /* fd; in stat bytes */                                 \
	X(remove)      /* in path */                                           \
	X(bind)        /* flag; in name, old */                                \
	X(mount)       /* fd, afd, flag; in old, aname */                      \
	X(unmount)     /* has name; in name (or ""), old */                    \
	X(chdir)       /* in path */                                           \
	X(dup)         /* old, new */                                          \
	X(pipe)        /* -> result fd0 | fd1 << 32 */                         \
	X(fd2path)     /* fd, n; out */                                        \
	X(rfork)       /* flags, child ip, child sp -> pid */                  \
	X(exec)        /* argc; in path, then argc strings */                  \
	X(await)       /* n; out */                                            \
	X(exits)       /* in status; no reply */                               \
	X(sleep)       /* ms */                                                \
	X(alarm)       /* ms -> ms left of the old one */                      \
	X(notify)      /* handler entry ip (0: none), see core/note.c */       \
	X(noted)       /* how; out (NNEXT: the next pending note's text) */    \
	X(rendezvous)  /* taglo, taghi, valuelo, valuehi -> value */           \
	X(semacquire)  /* address, block */                                    \
	X(semrelease)  /* address, count */                                    \
	X(brk)         /* new end -> 0 */                                      \
	X(segattach)   /* attr, va, len; in class -> va */                     \
	X(segdetach)   /* va */                                                \
	X(errstr)      /* n; in new text; out old text (CORE keeps none: the stub does it) */ \
	X(fversion)    /* fd, msize, n; in version; out */                     \
	X(fauth)       /* fd; in aname */                                      \
	X(nsec)        /* -> ns since 1970 */                                  \
	X(getpid)      /* which: 0 pid, 1 parent's */

enum {
#define X(name) SYS_##name,
	SYSCALLS
#undef X
	SYS_max
};
enum {
	SYS_NARG = 6,
	SYS_MR_SIZE = 7, SYS_MR_DATA = 8,     /* request */
	SYSR_MR_RESULT = 1, SYSR_MR_SIZE = 3, SYSR_MR_DATA = 4, /* reply */
	SYS_INLINE_WORDS = 40,
	SYS_INLINE = SYS_INLINE_WORDS * (int)sizeof(uintptr_t),
	SYS_IOMAX = 1 << 20,                  /* largest input or output of one call */
	SYSR_NOTE = 1,                        /* reply label: a note is pending */
	NNEXT = 4,                            /* noted(): fetch the next note */
};
#endif
