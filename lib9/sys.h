/*
 * sys.h - the system calls of LP49 as programs see them. Semantics are those
 * of section 2 of the Plan 9 manual; every call that fails returns -Exxx (so
 * test `< 0`) and leaves the reason for %r / err_reason().
 * How they travel to CORE: lib9/sysmsg.h. The stubs: lib9/sys/call.c.
 */
#ifndef LIB9_SYS_H
#define LIB9_SYS_H
#include "lib9/lib9.h"
#include "sysname.h" /* by include path: the host build renames them */

/* files */
int open(const char *file, int omode);
int create(const char *file, int omode, uint32_t perm);
int close(int fd);
int64_t pread(int fd, void *buf, int64_t n, int64_t off);  /* off -1: at the fd's offset */
int64_t pwrite(int fd, const void *buf, int64_t n, int64_t off);
int64_t read(int fd, void *buf, int64_t n);
int64_t write(int fd, const void *buf, int64_t n);
int64_t readn(int fd, void *buf, int64_t n);               /* until n or end of file */
int64_t seek(int fd, int64_t off, int type);               /* type 0 set, 1 cur, 2 end */
int stat(const char *file, uint8_t *edir, size_t n);
int fstat(int fd, uint8_t *edir, size_t n);
int wstat(const char *file, const uint8_t *edir, size_t n);
int fwstat(int fd, const uint8_t *edir, size_t n);
Dir *dirstat(const char *file);                            /* malloc'd, one free() */
Dir *dirfstat(int fd);
int dirwstat(const char *file, const Dir *d);
int dirfwstat(int fd, const Dir *d);
int64_t dirread(int fd, Dir **d);                          /* some entries; one free() */
int64_t dirreadall(int fd, Dir **d);
int access(const char *file, int mode);
int remove(const char *file);
int dup(int oldfd, int newfd);
int pipe(int fd[2]);
int fd2path(int fd, char *buf, size_t n);
int chdir(const char *dir);
char *getwd(char *buf, size_t n);
int iounit(int fd);

/* name space */
enum { MREPL, MBEFORE, MAFTER, MORDER = 3, MCREATE = 4, MCACHE = 16, MMASK = 0x17 };
int bind(const char *name, const char *old, int flag);
int mount(int fd, int afd, const char *old, int flag, const char *aname);
int unmount(const char *name, const char *old);            /* name NULL: all */
int fversion(int fd, uint32_t msize, char *version, size_t n);
int fauth(int fd, const char *aname);

/* processes */
enum {
	RFNAMEG = 1 << 0, RFENVG = 1 << 1, RFFDG = 1 << 2, RFNOTEG = 1 << 3,
	RFPROC = 1 << 4, RFMEM = 1 << 5, RFNOWAIT = 1 << 6, RFCNAMEG = 1 << 10,
	RFCENVG = 1 << 11, RFCFDG = 1 << 12, RFREND = 1 << 13, RFNOMNT = 1 << 14,
};
typedef struct Waitmsg Waitmsg;
struct Waitmsg {
	int pid;
	uint32_t time[3]; /* user, system, real; ms */
	char *msg;
};
int rfork(int flags);
int fork(void);                                            /* rfork(RFPROC|RFFDG|RFREND) */
int exec(const char *file, char *const argv[]);
int execl(const char *file, ...);
NORETURN void exits(const char *status);                   /* runs atexit functions */
NORETURN void _exits(const char *status);
int atexit(void (*fn)(void));
int await(char *buf, size_t n);
Waitmsg *wait(void);                                       /* malloc'd, one free() */
int waitpid(void);
int getpid(void);
int getppid(void);
int sleep(int64_t ms);
int64_t alarm(uint32_t ms);
int64_t nsec(void);
int64_t time_now(void);                                    /* seconds since 1970 */

/* notes: notify(2) */
typedef struct Ureg Ureg;                                  /* lib9/plat.h */
enum { NCONT, NDFLT, NSAVE, NRSTR };
enum { NOTEMAX = 128 };
int notify(void (*fn)(Ureg *, const char *));
int noted(int how);
int atnotify(int (*fn)(Ureg *, const char *), bool in);
int postnote(int group, int pid, const char *note);
enum { PNPROC = 1, PNGROUP };

/* memory and meeting */
int brk(void *end);
void *sbrk(intptr_t inc);                                  /* (void *)-1: failed */
void *segattach(int attr, const char *class, void *va, size_t len); /* NULL: failed */
int segdetach(void *va);
void *rendezvous(void *tag, void *value);                  /* (void *)~0: interrupted */
int semacquire(int32_t *addr, bool block);                 /* 1 got it, 0 not, <0 error */
int semrelease(int32_t *addr, int32_t count);              /* new value */
int errstr(char *buf, size_t n);                           /* swaps, as errstr(2) */

/* environment */
char *getenv(const char *name);                            /* malloc'd, or NULL */
int putenv(const char *name, const char *value);

/* ends a program with a message on fd 2, then exits(text) */
NORETURN void sysfatal(const char *fmt, ...);

/* buffered I/O is in lib9/bio.h */
#endif
