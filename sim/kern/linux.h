/*
 * linux.h - the Linux system calls that the kernel makes, without a libc. The
 * k_*.c files run in lp49sim too, beside glibc, and use the same ones.
 * All return the result or -errno.
 */
#ifndef SIM_KERN_LINUX_H
#define SIM_KERN_LINUX_H
#include <stddef.h>
#include <stdint.h>

enum {
	NR_write = 1, NR_mmap = 9, NR_munmap = 11, NR_rt_sigaction = 13, NR_rt_sigprocmask = 14, NR_rt_sigreturn = 15,
	NR_sched_yield = 24, NR_getpid = 39, NR_clone = 56, NR_exit = 60, NR_wait4 = 61, NR_prctl = 157, NR_arch_prctl = 158,
	NR_gettid = 186, NR_futex = 202, NR_sigaltstack = 131, NR_clock_gettime = 228, NR_exit_group = 231,
	NR_tgkill = 234, NR_getppid = 110, NR_setpriority = 141, NR_seccomp = 317, NR_close = 3, NR_set_tid_address = 218,
	NR_restart_syscall = 219, NR_waitid = 247,
};
enum { LX_EINTR = 4, LX_EAGAIN = 11, LX_ENOMEM = 12, LX_ETIMEDOUT = 110 };
enum { LX_FUTEX_WAIT = 0, LX_FUTEX_WAKE = 1, LX_FUTEX_WAIT_BITSET = 9 };
enum { LX_PROT_READ = 1, LX_PROT_WRITE = 2, LX_PROT_EXEC = 4 };
enum { LX_MAP_SHARED = 1, LX_MAP_PRIVATE = 2, LX_MAP_FIXED = 0x10, LX_MAP_ANONYMOUS = 0x20, LX_MAP_NORESERVE = 0x4000, LX_MAP_POPULATE = 0x8000 };
enum { LX_SIGILL = 4, LX_SIGTRAP = 5, LX_SIGBUS = 7, LX_SIGFPE = 8, LX_SIGUSR1 = 10, LX_SIGSEGV = 11, LX_SIGCHLD = 17, LX_SIGSYS = 31, LX_SIGKILL = 9 };

typedef struct LxTime LxTime;
struct LxTime {
	int64_t sec, nsec;
};

static inline long
lx6(long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long r;

	__asm__ __volatile__("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
	    : "rcx", "r11", "memory");
	return r;
}
#define lx1(n, a) lx6((n), (long)(a), 0, 0, 0, 0, 0)
#define lx2(n, a, b) lx6((n), (long)(a), (long)(b), 0, 0, 0, 0)
#define lx3(n, a, b, c) lx6((n), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define lx4(n, a, b, c, d) lx6((n), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

/* deadline_ns: CLOCK_MONOTONIC, 0 never */
static inline long
lx_futex_wait(void *word, uint32_t value, uint64_t deadline_ns)
{
	LxTime t = { (int64_t)(deadline_ns / 1000000000u), (int64_t)(deadline_ns % 1000000000u) };

	if (deadline_ns == 0)
		return lx4(NR_futex, word, LX_FUTEX_WAIT, value, 0);
	return lx6(NR_futex, (long)word, LX_FUTEX_WAIT_BITSET, (long)value, (long)&t, 0, -1);
}

static inline void
lx_futex_wake(void *word, int n)
{
	lx3(NR_futex, word, LX_FUTEX_WAKE, n);
}

static inline uint64_t
lx_now_ns(void)
{
	LxTime t;

	lx2(NR_clock_gettime, 1, &t);
	return (uint64_t)t.sec * 1000000000u + (uint64_t)t.nsec;
}

static inline void
lx_say(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0')
		n++;
	lx3(NR_write, 2, s, n);
}
#endif
