/*
 * sys/proc.c - system calls on processes, memory and time.
 * SEE     fork(2), exec(2), wait(2), sleep(2), brk(2), semacquire(2)
 */
#include "lib9/sys/sys_impl.h"

extern char end[]; /* the linker's: where data and bss end */
static char *heap_end = end;

static int64_t
rfork_call(uintptr_t ip, uintptr_t sp, void *arg)
{
	return syscall_(SYS_rfork, ARGS(*(unsigned *)arg, ip, sp), NULL, 0, NULL, 0);
}

int
rfork(int flags)
{
	unsigned f = (unsigned)flags;

	if (flags & RFPROC)
		return (int)plat_fork(rfork_call, &f);
	return (int)rfork_call(0, 0, &f);
}

int
fork(void)
{
	return rfork(RFPROC | RFFDG | RFREND);
}

int
exec(const char *file, char *const argv[])
{
	size_t size = strlen(file) + 1, argc = 0;
	char *in, *p;
	int rc;

	for (; argv[argc] != NULL && size <= SYS_IOMAX; argc++)
		size += strlen(argv[argc]) + 1;
	if (size > SYS_IOMAX)
		return seterr(Etoobig, "exec");
	p = in = malloc(size);
	if (in == NULL)
		return -Enomem;
	p = stpcpy(p, file) + 1;
	for (size_t i = 0; i < argc; i++)
		p = stpcpy(p, argv[i]) + 1;
	rc = (int)syscall_(SYS_exec, ARGS(argc), in, size, NULL, 0);
	free(in);
	return rc;
}

int
execl(const char *file, ...)
{
	enum { MAXARG = 256 };
	char *argv[MAXARG + 1];
	va_list ap;
	int n = 0;

	va_start(ap, file);
	while (n <= MAXARG && (argv[n] = va_arg(ap, char *)) != NULL)
		n++;
	va_end(ap);
	if (n > MAXARG)
		return seterr(Etoobig, "execl");
	return exec(file, argv);
}

void
_exits(const char *status)
{
	size_t n;

	if (status == NULL)
		status = "";
	n = strnlen(status, ERRMAX - 1);
	for (;;) /* no reply comes; a note can't keep the process either */
		syscall_(SYS_exits, ARGS(0), status, n, NULL, 0);
}

int
await(char *buf, size_t n)
{
	int64_t rc;

	if (n == 0)
		return seterr(Eshort, NULL);
	memset(buf, 0, n);
	rc = syscall_(SYS_await, ARGS(n - 1), NULL, 0, buf, n - 1);
	return (int)rc;
}

Waitmsg *
wait(void)
{
	char text[512], *field[5];
	Waitmsg *w;
	size_t n;

	if (await(text, sizeof text) < 0)
		return NULL;
	if (tokenize(text, field, nelem(field)) != nelem(field)) {
		seterr(Ebadmsg, "wait");
		return NULL;
	}
	n = strlen(field[4]) + 1;
	w = malloc(sizeof *w + n);
	if (w == NULL)
		return NULL;
	w->pid = atoi(field[0]);
	for (int i = 0; i < 3; i++)
		w->time[i] = (uint32_t)strtoul(field[1 + i], NULL, 10);
	w->msg = memcpy(w + 1, field[4], n);
	return w;
}

int
waitpid(void)
{
	char text[512];
	int rc = await(text, sizeof text);

	return rc < 0 ? rc : atoi(text);
}

int
getpid(void)
{
	return (int)syscall_(SYS_getpid, ARGS(0), NULL, 0, NULL, 0);
}

int
getppid(void)
{
	return (int)syscall_(SYS_getpid, ARGS(1), NULL, 0, NULL, 0);
}

int
sleep(int64_t ms)
{
	if (ms < 0)
		ms = 0;
	return (int)syscall_(SYS_sleep, ARGS(ms > INT32_MAX ? INT32_MAX : (uintptr_t)ms), NULL, 0, NULL, 0);
}

int64_t
alarm(uint32_t ms)
{
	return syscall_(SYS_alarm, ARGS(ms), NULL, 0, NULL, 0);
}

int64_t
nsec(void)
{
	return syscall_(SYS_nsec, ARGS(0), NULL, 0, NULL, 0);
}

int64_t
time_now(void)
{
	return nsec() / 1000000000;
}

int
brk(void *newend)
{
	int rc = (int)syscall_(SYS_brk, ARGS((uintptr_t)newend), NULL, 0, NULL, 0);

	if (rc >= 0)
		heap_end = newend;
	return rc;
}

void *
sbrk(intptr_t inc)
{
	char *old = heap_end;

	if (inc != 0 && brk((char *)((uintptr_t)old + (uintptr_t)inc)) < 0)
		return (void *)-1;
	return old;
}

void *
segattach(int attr, const char *class, void *va, size_t len)
{
	int64_t rc = syscall_(SYS_segattach, ARGS((unsigned)attr, (uintptr_t)va, len), class, strlen(class) + 1, NULL, 0);

	return rc < 0 ? NULL : (void *)(uintptr_t)rc;
}

int
segdetach(void *va)
{
	return (int)syscall_(SYS_segdetach, ARGS((uintptr_t)va), NULL, 0, NULL, 0);
}

void *
rendezvous(void *tag, void *value)
{
	uintptr_t t = (uintptr_t)tag, v = (uintptr_t)value;
	int64_t rc = syscall_(SYS_rendezvous, ARGS(LOW(t), HIGH(t), LOW(v), HIGH(v)), NULL, 0, NULL, 0);

	if (rc < 0 && rc > -Elast)
		return (void *)~(uintptr_t)0;
	return (void *)(uintptr_t)rc;
}

int
semacquire(int32_t *addr, bool block)
{
	return (int)syscall_(SYS_semacquire, ARGS((uintptr_t)addr, block), NULL, 0, NULL, 0);
}

int
semrelease(int32_t *addr, int32_t count)
{
	return (int)syscall_(SYS_semrelease, ARGS((uintptr_t)addr, (uint32_t)count), NULL, 0, NULL, 0);
}

int
errstr(char *buf, size_t n)
{
	Uthread *u = uthread_self();
	char old[ERRMAX];

	if (n == 0)
		return seterr(Ebadarg, "errstr");
	memcpy(old, u->err, sizeof old);
	buf[n - 1] = '\0';
	err_set(err_code(buf), buf);
	seprint(buf, buf + n, "%s", old);
	return 0;
}
