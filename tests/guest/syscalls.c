/*
 * tests/guest/syscalls.c - every system call with arguments that make no sense:
 * wild descriptors, sizes, flags, pointers and names, made from a seed. Each
 * child makes calls until it is done or a fault ends it; afterwards a program
 * still starts, runs and ends.
 * USAGE   syscalls [seed [calls [v]]]    "ok NAME" or "not ok NAME" lines
 */
#include "hvm/hvm.h"
#include "lib9/plat.h"
#include "lib9/sys.h"
#include "lib9/sys/sys_impl.h" /* syscall_: the call itself, below the library's own checks */
#include "lib9/sysmsg.h"

enum { PAGE = 4096, NCHILD = 50, LONG = 64 << 10, BIG = 1 << 20, WAIT_MS = 10 };
static uint32_t seed = 1;
static char longname[LONG + 1], big[BIG + PAGE];
static const char readonly[PAGE] = "rc";
static int32_t *tally; /* shared with the children: calls made */

static uint32_t
draw(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed >> 8;
}

static uintptr_t
word(void)
{
	static const uintptr_t pick[] = { 0, 1, 2, 3, 4, 5, 7, 16, 64, 127, 255, 4096, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000,
		0xFFFFFFFF, ~(uintptr_t)0, ~(uintptr_t)0 << 12, ~(uintptr_t)0 >> 1, 0x100000, 0x100001 };

	if (draw() % 4 == 0)
		return (uintptr_t)draw() << draw() % 40 % (8 * sizeof(uintptr_t));
	if (draw() % 3 == 0)
		return draw() % 8;
	return pick[draw() % nelem(pick)];
}

/* Now and then a pointer that ends the caller, when it is read or written. */
static void *
pointer(void)
{
	static const uintptr_t pick[] = { 0, 1, 16, 0xFFF, 0x10000, 0x50000000, 0xA0000000, 0xBF000000, 0xBFF00000,
		0xFFFFF000, 0xFFFFFFFF, (uintptr_t)0x600000000000ull, (uintptr_t)0x7FFFFFFFF000ull, (uintptr_t)(~(uint64_t)0 << 47), ~(uintptr_t)0 - 100 };

	if (draw() % 2048 == 0)
		return (void *)pick[draw() % nelem(pick)];
	if (draw() % 512 == 0)
		return (void *)(uintptr_t)readonly;
	return big + draw() % (draw() % 8 == 0 ? BIG : PAGE);
}

static const char *
name(void)
{
	static const char *const pick[] = { "", "/", ".", "..", "#", "#c", "#/", "#x/y", "/dev/cons", "/dev", "/tmp/f", "/tmp",
		"/bin/rc", "/proc", "/proc/1/ctl", "/srv", "/srv/x", "/fd/0", "/fd", "/env", "/env/x", "/nope/nope", "//////",
		"/../../..", "\xff\xfe", "a\xc0\x80z", "/tmp/\x01\x7f", "/dev/zero", "#d/0", "#p/1/note", "#s", "#|", "#|/data", "#e/a", "#S" };

	if (draw() % 64 == 0)
		return longname + draw() % LONG;
	return pick[draw() % nelem(pick)];
}

static size_t
size(void)
{
	static const size_t pick[] = { 0, 1, 7, 8, 40, 319, 320, 321, 4095, 4096, 65536 };

	return pick[draw() % nelem(pick)];
}

/* input data: some strings, or any bytes */
static const void *
input(size_t *n)
{
	static char text[LONG * 2];
	size_t at = 0;

	if (draw() % 4 == 0) {
		*n = size();
		return pointer();
	}
	for (unsigned k = draw() % 4; k > 0; k--)
		at += (size_t)snprintf(text + at, sizeof text - at, "%s", name()) + (draw() % 16 != 0);
	*n = at;
	return text;
}

/* What would only wait, end the child, or make more of it, is done elsewhere. */
static bool
leave_out(int num)
{
	switch (num) {
	case SYS_exits:
	case SYS_rfork:
	case SYS_await:
	case SYS_sleep:
	case SYS_rendezvous:
	case SYS_alarm:
	case SYS_noted:
	case SYS_exec:
	case SYS_brk:
	case SYS_notify:
		return draw() % 1000 != 0;
	case SYS_segdetach:
		return draw() % 50 != 0;
	}
	return false;
}

static void
one(void)
{
	int num = (int)(draw() % (SYS_max + 2));
	uintptr_t a[SYS_NARG];
	const void *in;
	size_t nin;

	if (leave_out(num))
		return;
	for (int i = 0; i < SYS_NARG; i++)
		a[i] = word();
	if (num == SYS_sleep || num == SYS_alarm)
		a[0] %= 20;
	if (num == SYS_semacquire || num == SYS_rendezvous)
		a[1] = 0;
	if (num == SYS_rfork)
		a[0] &= ~(uintptr_t)RFPROC;
	if (num == SYS_exec || num == SYS_await || num == SYS_rendezvous)
		num = SYS_getpid;
	if (num == SYS_close && (int)a[0] < 3)
		a[0] += 3;
	/* reads from descriptors 0 to 2 could wait for somebody to type */
	if (num == SYS_pread || num == SYS_pwrite)
		a[0] = a[0] < 3 ? a[0] + 3 : a[0];
	in = input(&nin);
	syscall_(num, a, in, nin, pointer(), size());
	semrelease(tally, 1);
}

/* A call that waits is interrupted; a fault ends the child. */
static void
noticed(Ureg *u, const char *note)
{
	USED(u);
	if (strcmp(note, "alarm") != 0)
		noted(NDFLT);
	alarm(WAIT_MS);
	noted(NCONT);
}

static void
calls(int n)
{
	notify(noticed);
	alarm(WAIT_MS);
	for (int i = 0; i < n; i++) {
		if (i % 64 == 0) { /* something to work on */
			int fd = open("/dev/zero", ORDWR), p[2];

			if (fd > 40)
				for (int k = 3; k <= fd; k++)
					close(k);
			if (fd >= 0 && pipe(p) == 0)
				write(p[1], "x", 1);
			alarm(WAIT_MS);
		}
		one();
	}
}

/* Ends children that wait for ever. */
static void
watch(int pid)
{
	if (rfork(RFPROC | RFFDG | RFNOWAIT | RFNOTEG) == 0) {
		sleep(1500);
		postnote(PNPROC, pid, "kill");
		_exits(NULL);
	}
}

int
main(int argc, char **argv)
{
	uint64_t n = 1, total = 100000;
	int made, pid;
	Waitmsg *w;

	if ((argc > 1 && parse_u64(argv[1], strlen(argv[1]), &n) < 0) || (argc > 2 && parse_u64(argv[2], strlen(argv[2]), &total) < 0))
		sysfatal("usage: syscalls [seed [calls [v]]]");
	if ((tally = segattach(0, "shared", NULL, PAGE)) == NULL)
		sysfatal("segattach: %r");
	memset(longname, 'n', LONG);
	for (int i = 0; *tally < (int32_t)total && i < 40 * NCHILD; i++) {
		seed = (uint32_t)n * 100000 + (uint32_t)i;
		if ((pid = rfork(RFPROC | RFFDG | RFNOTEG | RFNAMEG | RFENVG | RFREND)) < 0)
			sysfatal("rfork %d: %r", i);
		if (pid == 0) {
			close(0);
			open("/dev/null", OREAD);
			for (int fd = 1; fd < 3; fd++) {
				close(fd);
				open("/dev/null", OWRITE);
			}
			calls((int)total / NCHILD);
			_exits(NULL);
		}
		watch(pid);
		if ((w = wait()) != NULL && argc > 3)
			fprint(2, "%d: %s\n", *tally, w->msg);
		free(w);
	}
	made = *tally;
	fprint(2, "%d calls\n", made);
	print("%sok calls_without_sense_are_made\n", made >= (int)total ? "" : "not ");
	if ((pid = fork()) == 0) {
		execl("/bin/true", "true", NULL);
		_exits("exec");
	}
	w = wait();
	print("%sok others_go_on\n", w != NULL && w->pid == pid && *w->msg == '\0' ? "" : "not ");
	exits(NULL);
}
