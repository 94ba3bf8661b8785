/*
 * tests/unit/core_calls.c - all of CORE with its real servants #e #s #| #p #d,
 * over an L4 made of pthreads (core_l4.h): programs are C functions that make
 * system calls with lib9's own stub.
 * Goal: calls run at the same time and don't disturb each other; what blocks can
 * be interrupted; a process leaves nothing behind.
 */
#include "tests/unit/core_l4.h"
#include "tests/unit.h"
#include "core/servant_impl.h"
#include "servants/mnt.h"
#include "lib9/sys/sys_impl.h"

NORETURN void unit_panic(const char *fmt, ...);
#define panic unit_panic
#include "core/klog.c"
#undef panic
#include "core/alarm.c"
#include "core/chan.c"
#include "core/clerk.c"
#include "core/clock.c"
#include "core/debug.c"
#include "core/exec.c"
#include "core/fd.c"
#include "core/fork.c"
#include "core/mngr.c"
#include "core/namec.c"
#include "core/note.c"
#include "core/ns.c"
#include "core/nstext.c"
#include "core/parked.c"
#include "core/path.c"
#include "core/pool.c"
#include "core/proc.c"
#include "core/procinfo.c"
#include "core/rendezvous.c"
#include "core/servant.c"
#include "core/sync.c"
#include "core/sysfile.c"
#include "core/sysproc.c"
#include "core/thread.c"
#include "core/trace.c"
#include "core/trace_call.c"
#include "core/wait.c"
int core_main(int argc, char **argv);
#define main core_main
#include "core/main.c"
#undef main
#include "servants/help.c"
#include "servants/pipe_queue.c"
#include "servants/pipe.c"
#include "lib9/sys/call.c"

/* ---- what the machine and the other servants would give ---- */
static Startup start_block;
Startup *startup = &start_block;
int64_t plat_rtc_ns(void) { return 1000000000; }
int plat_bootarg(const char *key, char *value, size_t n) { USED(key); USED(value); USED(n); return -Enonexist; }
void plat_debug_puts(const char *s) { fputs(s, stderr); }
void plat_poweroff(int status) { _Exit(status); }
void mnt_linkclose(Chan *c) { USED(c); }
bool srv_name(const Chan *c, char *name, size_t n) { USED(c); USED(name); USED(n); return false; }
int mnt_version(Chan *c, uint32_t m, const char *v, char *o, size_t n) { USED(c); USED(m); USED(v); USED(o); USED(n); return seterr(Enovers, NULL); }
int mnt_auth(Chan *c, const char *u, const char *a, Chan **o) { USED(c); USED(u); USED(a); USED(o); return seterr(Enoauth, NULL); }
int mnt_attach(Chan *c, Chan *b, const char *u, const char *a, int f, Chan **o) { USED(c); USED(b); USED(u); USED(a); USED(f); USED(o); return seterr(Ehungup, NULL); }

enum { Qroot, Qbin, Qinit, Qother, Qscript, Qtmp };
static const DirEnt tree_root[] = { { ".", Qroot, DMDIR | 0555 }, { "bin", Qbin, DMDIR | 0555 }, { "bin/init", Qinit, 0555 },
	{ "bin/other", Qother, 0555 }, { "bin/script", Qscript, 0555 }, { "tmp", Qtmp, DMDIR | 0555 } };

int
root_phys(Chan *c, uint64_t *pa, size_t *size)
{
	*pa = c->qid.path;
	*size = 1;
	return c->qid.path == Qscript ? seterr(Ebadusefd, NULL) : 0;
}

static int64_t
root_read_(Chan *c, void *buf, size_t n, uint64_t off)
{
	if (c->qid.type & QTDIR)
		return servant_dirread(c, buf, n, off, tree_gen);
	return readstr(buf, n, off, c->qid.path == Qscript ? "#!/bin/other one 'two\nrest\n" : "\177ELF");
}

static const DirEnt tree_cons[] = { { ".", 0, DMDIR | 0555 }, { "null", 1, 0666 }, { "slow", 2, 0666 }, { "gate", 3, 0666 } };
static atomic_int served;
static struct {
	atomic_bool open;
	Rendez r;
} gate; /* a read of #c/gate waits in its clerk until it is written */

static bool
gate_opened(void *arg)
{
	USED(arg);
	return atomic_load(&gate.open);
}

static int64_t
cons_read_(Chan *c, void *buf, size_t n, uint64_t off)
{
	if (c->qid.type & QTDIR)
		return servant_dirread(c, buf, n, off, tree_gen);
	if (c->qid.path == 3)
		return rendez_sleep(&gate.r, gate_opened, NULL, -1);
	atomic_fetch_add(&served, 1);
	memset(buf, 'z', n);
	USED(off);
	return (int64_t)n;
}

/* "note PID TEXT", "kill PID": what #p would do. */
static int64_t
cons_write_(Chan *c, const void *buf, size_t n, uint64_t off)
{
	char line[100], *f[3];
	Proc *p;

	USED(off);
	if (c->qid.path == 3) {
		atomic_store(&gate.open, true);
		rendez_wakeup(&gate.r);
	}
	if (c->qid.path != 2)
		return (int64_t)n;
	snprintf(line, sizeof line, "%.*s", (int)n, (const char *)buf);
	if (tokenize(line, f, 3) < 2)
		return seterr(Ebadctl, NULL);
	if (!(p = proc_get(atoi(f[1]))))
		return -Eprocdied;
	if (f[0][0] == 'k')
		proc_kill(p);
	else
		note_post(p, f[2], true);
	proc_put(p);
	return (int64_t)n;
}

const Servant servant_root = { .dc = 'R', .name = "root", SERVANT_TREE(tree_root), .read = root_read_ };
const Servant servant_cons = { .dc = 'c', .name = "cons", SERVANT_TREE(tree_cons), .read = cons_read_, .write = cons_write_ };
static const Servant *const all[] = { &servant_root, &servant_cons, &servant_pipe };

const Servant *
servant_find(int dc)
{
	for (size_t i = 0; i < nelem(all); i++)
		if (all[i]->dc == dc)
			return all[i];
	return NULL;
}

void servants_reset(void) { }
void core_shutdown(void) { }
struct Egrp { atomic_uint ref; };
int mnt_cache_text(char *text, size_t n) { USED(text); USED(n); return 0; }
Egrp *egrp_new(void) { Egrp *e = calloc(1, sizeof *e); atomic_store(&e->ref, 1); return e; }
Egrp *egrp_copy(Egrp *e) { USED(e); return egrp_new(); }
Egrp *egrp_get(Egrp *e) { atomic_fetch_add(&e->ref, 1); return e; }
void egrp_put(Egrp *e) { if (e && atomic_fetch_sub(&e->ref, 1) == 1) free(e); }

/* ---- calls, as a program makes them ---- */
#define CALLN(num, in, nin, out, nout, ...) syscall_(SYS_##num, ARGS(__VA_ARGS__), in, nin, out, nout)
#define CALL0(num, ...) CALLN(num, NULL, 0, NULL, 0, __VA_ARGS__)
#define CALLS(num, s, ...) CALLN(num, s, strlen(s) + 1, NULL, 0, __VA_ARGS__)

static __thread char noted_text[NOTEMAX];
static __thread int nnoted;

void
note_pending(void)
{
	char text[NOTEMAX];
	int64_t n;

	while ((n = CALLN(noted, NULL, 0, text, sizeof text - 1, NNEXT)) > 0) {
		memcpy(noted_text, text, (size_t)n);
		noted_text[n] = '\0';
		nnoted++;
	}
}

static void
note_entry(void *arg)
{
	USED(arg);
	note_pending();
}

static int64_t
c_read(int fd, void *buf, size_t n)
{
	return CALLN(pread, NULL, 0, buf, n, (uintptr_t)fd, n, ~0u, ~0u);
}

static int64_t
c_write(int fd, const void *buf, size_t n)
{
	return CALLN(pwrite, buf, n, NULL, 0, (uintptr_t)fd, n, ~0u, ~0u);
}

static int
c_fork(unsigned flags, void (*fn)(void *), void *arg)
{
	return (int)CALL0(rfork, RFPROC | flags, (uintptr_t)fn, (uintptr_t)arg);
}

static void
c_exits(const char *s)
{
	CALLN(exits, s, strlen(s), NULL, 0, 0);
	ck_abort_msg("exits came back");
}

static int
c_await(char *msg)
{
	char text[512] = "";
	int64_t n = CALLN(await, NULL, 0, text, sizeof text - 1, sizeof text - 1);
	char *f[5];

	if (n < 0)
		return (int)n;
	text[n] = '\0';
	ck_assert_uint_eq(tokenize(text, f, 5), 5);
	if (msg)
		strcpy(msg, f[4]);
	return atoi(f[0]);
}

static void
c_pipe(int fd[2])
{
	int64_t rc = CALL0(pipe, 0);

	ck_assert_int_ge(rc, 0);
	fd[0] = (int)(rc & 0x7FFFFFFF);
	fd[1] = (int)(rc >> 32);
}

/* ---- running a test: its body is /bin/init ---- */
static pthread_mutex_t fin = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t fin_cond = PTHREAD_COND_INITIALIZER;
static bool fin_done;
static void (*body)(void);
static size_t handles_before;

static void
body_main(void *arg)
{
	USED(arg);
	CALLS(chdir, "/", 0); /* a handle of its own from now on */
	handles_before = chan_live();
	body();
	for (int i = 0; i < 200 && (chan_live() > handles_before || emu_spaces > 1); i++)
		CALL0(sleep, 10);
	ck_assert_uint_eq(chan_live(), handles_before);
	ck_assert_int_eq(emu_spaces, 1);
	pthread_mutex_lock(&fin);
	fin_done = true;
	pthread_cond_signal(&fin_cond);
	pthread_mutex_unlock(&fin);
	for (;;)
		CALL0(sleep, 1000);
}

static void
core_start(void *arg)
{
	USED(arg);
	start_block.mngr = L4_Myself().raw;
	core_main(0, NULL);
}

static void
run(void (*fn)(void))
{
	body = fn;
	emu_image[Qinit] = body_main;
	ck_assert_ptr_nonnull(emu_new(1, core_start, NULL, true));
	pthread_mutex_lock(&fin);
	while (!fin_done)
		pthread_cond_wait(&fin_cond, &fin);
	pthread_mutex_unlock(&fin);
	_Exit(0); /* CORE never ends */
}

/* ---- the tests ---- */

static void
simple_calls(void)
{
	char buf[64] = "";

	ck_assert_int_eq(CALL0(getpid, 0), 1);
	ck_assert_int_gt(CALL0(nsec, 0), 1000000000);
	ck_assert_int_eq(CALLS(open, "/nope", OREAD), -Enonexist);
	ck_assert_str_eq(err_reason(), "/nope: file does not exist");
	ck_assert_int_eq(CALLS(open, "#c/null", ORDWR), 0);
	ck_assert_int_eq(c_read(0, buf, 10), 10);
	ck_assert_int_eq(buf[9], 'z');
	ck_assert_int_eq(CALL0(dup, 0, ~0u), 1);
	ck_assert_int_eq(CALL0(seek, 1, 0, 0, 1), 10);
	ck_assert_int_eq(CALL0(close, 0), 0);
	ck_assert_int_eq(CALL0(close, 0), -Ebadfd);
	ck_assert_int_eq(CALL0(close, 1), 0);
	ck_assert_int_eq(CALLS(chdir, "/bin", 0), 0);
	memset(buf, 0, sizeof buf);
	ck_assert_int_eq(CALLS(open, "init", OREAD), 0);
	ck_assert_int_eq(CALLN(fd2path, NULL, 0, buf, sizeof buf, 0, sizeof buf), 0);
	ck_assert_str_eq(buf, "/bin/init");
	ck_assert_int_eq(CALL0(close, 0), 0);
	ck_assert_int_eq(CALLS(chdir, "/", 0), 0);
}

START_TEST(calls_answer)
{
	run(simple_calls);
}
END_TEST

static void
big_transfers(void)
{
	enum { BIG = 200000 };
	uint8_t *out = malloc(BIG), *in = malloc(BIG);
	int fd[2];
	size_t got = 0;

	c_pipe(fd);
	for (size_t i = 0; i < BIG; i++)
		out[i] = (uint8_t)(i * 7 + i / 256);
	ck_assert_int_eq(c_write(fd[0], out, BIG), BIG);
	while (got < BIG) {
		int64_t n = c_read(fd[1], in + got, BIG - got);

		ck_assert_int_gt(n, 0);
		got += (size_t)n;
	}
	ck_assert_mem_eq(in, out, BIG);
	ck_assert_int_eq(c_read(fd[1], in, 0), 0);
	CALL0(close, (uintptr_t)fd[0]);
	ck_assert_int_eq(c_read(fd[1], in, 10), 0);
	CALL0(close, (uintptr_t)fd[1]);
	free(in);
	free(out);
}

START_TEST(large_data_arrives_whole)
{
	run(big_transfers);
}
END_TEST

static int pipe_fd[2];
enum { CHILDREN = 60 };

static void
blocked_child(void *arg)
{
	char c;

	USED(arg);
	CALL0(close, (uintptr_t)pipe_fd[0]);
	ck_assert_int_eq(c_read(pipe_fd[1], &c, 1), 1);
	c_exits(c == 'x' ? "" : "wrong byte");
}

static void
many_blocked(void)
{
	char msg[ERRMAX];

	c_pipe(pipe_fd);
	for (int i = 0; i < CHILDREN; i++)
		ck_assert_int_gt(c_fork(RFFDG, blocked_child, NULL), 1);
	for (int i = 0; i < 50; i++)
		ck_assert_int_gt(CALL0(nsec, 0), 0);
	CALL0(sleep, 20);
	ck_assert_uint_lt(pool.nclerk, 20); /* such calls yield */
	for (int i = 0; i < CHILDREN; i++)
		ck_assert_int_eq(c_write(pipe_fd[0], "x", 1), 1);
	for (int i = 0; i < CHILDREN; i++) {
		ck_assert_int_gt(c_await(msg), 1);
		ck_assert_str_eq(msg, "");
	}
	ck_assert_int_eq(c_await(msg), -Enochild);
	CALL0(close, (uintptr_t)pipe_fd[0]);
	CALL0(close, (uintptr_t)pipe_fd[1]);
}

START_TEST(a_blocked_call_blocks_nobody_else)
{
	run(many_blocked);
}
END_TEST

static int32_t semaphore;

static void
semaphore_child(void *arg)
{
	USED(arg);
	ck_assert_int_eq(CALL0(semacquire, (uintptr_t)&semaphore, 1), 1);
	c_exits("");
}

static void
rendezvous_child(void *arg)
{
	uintptr_t i = (uintptr_t)arg;

	ck_assert_int_eq(CALL0(rendezvous, i, 0, 1000 + i, 0), (int64_t)(2000 + i));
	c_exits("");
}

static void
many_meet(void)
{
	char msg[ERRMAX], line[40];
	int last = 0, ctl;

	for (int i = 0; i < CHILDREN; i++) {
		ck_assert_int_gt(c_fork(RFFDG | RFMEM, semaphore_child, NULL), 1);
		last = c_fork(RFFDG, rendezvous_child, (void *)(uintptr_t)i);
		ck_assert_int_gt(last, 1);
	}
	CALL0(sleep, 50);
	ck_assert_uint_lt(pool.nclerk, 20); /* such calls are parked */
	ck_assert_int_gt(CALL0(semrelease, (uintptr_t)&semaphore, CHILDREN), 0);
	for (int i = 0; i < CHILDREN - 1; i++)
		ck_assert_int_eq(CALL0(rendezvous, (uintptr_t)i, 0, 2000 + (uintptr_t)i, 0), 1000 + i);
	ctl = (int)CALLS(open, "#c/slow", OWRITE);
	ck_assert_int_ge(ctl, 0);
	snprintf(line, sizeof line, "kill %d", last); /* nobody meets this one */
	ck_assert_int_gt(c_write(ctl, line, strlen(line)), 0);
	CALL0(close, (uintptr_t)ctl);
	for (int i = 0; i < 2 * CHILDREN; i++) {
		int pid = c_await(msg);

		ck_assert_int_gt(pid, 1);
		if (pid != last)
			ck_assert_str_eq(msg, "");
	}
	ck_assert_int_eq(semaphore, 0);
	ck_assert_int_eq(c_await(msg), -Enochild);
}

START_TEST(processes_that_wait_for_each_other_hold_no_clerk)
{
	run(many_meet);
}
END_TEST

static void
clerk_child(void *arg)
{
	int fd = (int)CALLS(open, "#c/gate", OREAD);
	char c;

	USED(arg);
	ck_assert_int_eq(c_read(fd, &c, 1), 0);
	c_exits("");
}

static void
many_clerks(void)
{
	int fd = (int)CALLS(open, "#c/gate", OWRITE);

	for (int i = 0; i < CHILDREN; i++)
		ck_assert_int_gt(c_fork(RFFDG | RFMEM, clerk_child, NULL), 1);
	for (int i = 0; i < 500 && pool.nclerk < CHILDREN; i++)
		CALL0(sleep, 2);
	ck_assert_uint_ge(pool.nclerk, CHILDREN);
	ck_assert_int_eq(c_write(fd, "x", 1), 1);
	CALL0(close, (uintptr_t)fd);
	for (int i = 0; i < CHILDREN; i++)
		ck_assert_int_gt(c_await(NULL), 1);
	for (int i = 0; i < 2000 && pool.nclerk > CHILDREN - RETIRE_BATCH; i++)
		CALL0(sleep, 10); /* the keeper comes by every few seconds */
	ck_assert_uint_le(pool.nclerk, CHILDREN - RETIRE_BATCH);
}

START_TEST(clerks_grow_and_shrink)
{
	run(many_clerks);
}
END_TEST

static void
storm_child(void *arg)
{
	int fd[2];
	char c;

	c_pipe(fd);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(c_write(fd[0], "abc", 1 + (size_t)i % 3), 1 + i % 3);
		ck_assert_int_eq(c_read(fd[1], &c, 1), 1);
		ck_assert_int_eq(c, 'a');
		while (i % 3 > 0 && c_read(fd[1], &c, 1) == 1 && c != "abc"[i % 3])
			;
		ck_assert_int_eq(CALLS(open, "/bin/none", OREAD), -Enonexist);
		ck_assert_int_eq(CALLS(bind, "#c\0/tmp", 0), -Ebadarg);
	}
	c_exits(arg ? "some" : "");
}

static void
storm(void)
{
	char msg[ERRMAX];

	for (int i = 0; i < 12; i++)
		ck_assert_int_gt(c_fork(i & 1 ? RFFDG | RFNAMEG | RFENVG : 0, storm_child, i & 1 ? &pipe_fd : NULL), 1);
	for (int i = 0; i < 12; i++) {
		int pid = c_await(msg);

		ck_assert_int_gt(pid, 1);
		if (msg[0])
			ck_assert_ptr_nonnull(strstr(msg, ": some"));
	}
	for (int i = 0; i < 2 * 12 * 6; i++)
		CALL0(close, (uintptr_t)i); /* those of the children that shared the table */
}

START_TEST(calls_at_the_same_time_stay_apart)
{
	run(storm);
}
END_TEST

static atomic_int child_state;

static void
note_child(void *arg)
{
	char c;
	int64_t rc;

	if (arg)
		CALL0(notify, (uintptr_t)note_entry);
	atomic_store(&child_state, 1);
	rc = c_read(pipe_fd[1], &c, 1);
	ck_assert_int_eq(rc, -Eintr);
	ck_assert_int_eq(nnoted, 1);
	ck_assert_str_eq(noted_text, "hello");
	nnoted = 0;
	CALL0(alarm, 10);
	ck_assert_int_eq(CALL0(sleep, 5000), -Eintr);
	ck_assert_str_eq(noted_text, "alarm");
	atomic_store(&child_state, 2);
	while (nnoted < 2) /* computing, as far as CORE can see */
		L4_Receive_Timeout(L4_MyLocalId(), L4_TimePeriod(1000));
	ck_assert_str_eq(noted_text, "third");
	c_exits("done");
}

static void
ctl(const char *verb, int pid, const char *arg)
{
	char line[100];
	int fd = (int)CALLS(open, "#c/slow", OWRITE);

	snprintf(line, sizeof line, "%s %d %s", verb, pid, arg);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(c_write(fd, line, strlen(line)), (int64_t)strlen(line));
	CALL0(close, (uintptr_t)fd);
}

static void
notes(void)
{
	char msg[ERRMAX];
	int pid;

	c_pipe(pipe_fd);
	ck_assert_int_gt(pid = c_fork(0, note_child, &pid), 1);
	while (atomic_load(&child_state) < 1)
		CALL0(sleep, 1);
	CALL0(sleep, 5);
	ctl("note", pid, "hello");
	while (atomic_load(&child_state) < 2)
		CALL0(sleep, 1);
	CALL0(sleep, 5);
	ctl("note", pid, "third");
	ck_assert_int_eq(c_await(msg), pid);
	ck_assert_ptr_nonnull(strstr(msg, ": done"));
	/* without a handler */
	ck_assert_int_gt(pid = c_fork(0, note_child, NULL), 1);
	CALL0(sleep, 10);
	ctl("note", pid, "interrupt");
	ck_assert_int_eq(c_await(msg), pid);
	ck_assert_ptr_nonnull(strstr(msg, ": interrupt"));
	CALL0(close, (uintptr_t)pipe_fd[0]);
	CALL0(close, (uintptr_t)pipe_fd[1]);
}

START_TEST(notes_reach_blocked_and_computing_programs)
{
	run(notes);
}
END_TEST

static void
fault_child(void *arg)
{
	USED(arg);
	for (;;)
		L4_Receive_Timeout(L4_MyLocalId(), L4_TimePeriod(1000));
}

static void
faults(void)
{
	HvmEvent e = { .text = "sys: trap: fault read addr=0x0 pc=0x400123" };
	char msg[ERRMAX];
	int pid = c_fork(0, fault_child, NULL);
	Proc *p = proc_get(pid);

	e.sid = p->sid;
	e.thread = p->tid;
	proc_put(p);
	atomic_store(&emu_event, &e);
	ck_assert_int_eq(c_await(msg), pid);
	ck_assert_ptr_nonnull(strstr(msg, "sys: trap: fault read addr=0x0"));
}

START_TEST(a_fault_ends_one_program_only)
{
	run(faults);
}
END_TEST

static void
meet_child(void *arg)
{
	ck_assert_int_eq(CALL0(rendezvous, 76 + (uintptr_t)arg, 0, (uintptr_t)arg, 0), 1000);
	for (int i = 0; i < 50; i++) {
		ck_assert_int_eq(CALL0(semacquire, (uintptr_t)&semaphore, 1), 1);
		ck_assert_int_ge(CALL0(semrelease, (uintptr_t)&semaphore, 1), 1);
	}
	c_exits("");
}

static void
meet(void)
{
	semaphore = 2;
	for (uintptr_t i = 1; i <= 5; i++)
		ck_assert_int_gt(c_fork(RFMEM, meet_child, (void *)i), 1);
	for (uintptr_t i = 1; i <= 5; i++)
		ck_assert_int_eq(CALL0(rendezvous, 76 + i, 0, 1000, 0), (int64_t)i);
	for (int i = 0; i < 5; i++)
		ck_assert_int_gt(c_await(NULL), 1);
	ck_assert_int_eq(semaphore, 2);
	ck_assert_int_eq(CALL0(semacquire, 16, 1), -Eaddr);
}

START_TEST(processes_meet)
{
	run(meet);
}
END_TEST

static void
other_main(void *arg)
{
	USED(arg);
	c_exits("i am other");
}

static void
exec_child(void *arg)
{
	char in[64];
	size_t n = (size_t)(stpcpy(stpcpy(stpcpy(in, arg) + 1, "zero") + 1, "first") + 1 - in);

	ck_assert_int_eq(CALLS(open, "#c/null", OREAD | OCEXEC), 0);
	CALLN(exec, in, n, NULL, 0, 2);
	c_exits(err_reason());
}

static void
execs(void)
{
	char msg[ERRMAX];

	emu_image[Qother] = other_main;
	ck_assert_int_gt(c_fork(RFFDG, exec_child, (void *)(uintptr_t)"/bin/other"), 1);
	ck_assert_int_gt(c_await(msg), 1);
	ck_assert_ptr_nonnull(strstr(msg, "other "));
	ck_assert_ptr_nonnull(strstr(msg, ": i am other"));
	ck_assert_int_gt(c_fork(RFFDG, exec_child, (void *)(uintptr_t)"/bin/script"), 1);
	ck_assert_int_gt(c_await(msg), 1);
	ck_assert_ptr_nonnull(strstr(msg, "script "));
	ck_assert_int_gt(c_fork(RFFDG, exec_child, (void *)(uintptr_t)"/bin/none"), 1);
	ck_assert_int_gt(c_await(msg), 1);
	ck_assert_ptr_nonnull(strstr(msg, "file does not exist"));
	ck_assert_int_gt(c_fork(RFFDG, exec_child, (void *)(uintptr_t)"/bin"), 1);
	ck_assert_int_gt(c_await(msg), 1);
	ck_assert_ptr_nonnull(strstr(msg, "file is a directory"));
	for (size_t i = 0; i < NIMAGE; i++) /* the cache keeps handles of no file */
		ck_assert(!images.image[i] || images.image[i]->busy == 0);
}

START_TEST(exec_runs_programs_and_scripts)
{
	run(execs);
}
END_TEST

static int image_met = -1;
int usleep(unsigned us); /* the host's */

/* In the first exec's image_get: the same program is started by somebody else. */
static void
image_meet(void)
{
	Chan *c = NULL;
	bool kept = false;

	ck_assert_int_eq(chan_namec(str_of("/bin/other"), Aopen, OEXEC, 0, &c), 0);
	ck_assert_int_eq(image_get(c, &image_met, &kept), 0);
	ck_assert(kept);
	chan_put(c);
}

static void
execs_meet(void)
{
	char msg[ERRMAX];
	size_t n = 0;

	emu_image[Qother] = other_main;
	emu_image_made = image_meet;
	ck_assert_int_gt(c_fork(RFFDG, exec_child, (void *)(uintptr_t)"/bin/other"), 1);
	ck_assert_int_gt(c_await(msg), 1);
	ck_assert_int_ge(image_met, 0);
	/* the child is waited for before all that it held is given back */
	for (int i = 0; i < 1000 && *(volatile __typeof__(emu_image_refs[0]) *)&emu_image_refs[image_met] != 1; i++)
		usleep(10000);
	ck_assert_int_eq(emu_image_refs[image_met], 1); /* the cache's */
	for (size_t i = 0; i < NIMAGE; i++)
		if (images.image[i] && images.image[i]->id == image_met) {
			n++;
			ck_assert_uint_eq(images.image[i]->busy, 1); /* image_meet's */
		}
	ck_assert_uint_eq(n, 1);
}

START_TEST(first_execs_of_a_program_share_its_image)
{
	run(execs_meet);
}
END_TEST

static uint64_t
rnd(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	return *s ^= *s << 17;
}

static uintptr_t
rnd_arg(uint64_t *s)
{
	static const uintptr_t odd[] = { 0, 1, 2, 3, ~(uintptr_t)0, 0x7FFFFFFF, 0x80000000, 4096, 100, 1 << 20, (1 << 20) + 1 };

	return rnd(s) % 3 ? odd[rnd(s) % nelem(odd)] : rnd(s);
}

static void
wild_child(void *arg)
{
	uint64_t s = 88172645463325252ull + (uintptr_t)arg * 977;
	static const char *const names[] = { "/", "#c/null", "#|", "/bin/../tmp", "#p", "x\xff", "", "//", "#", "#\xe2", "../../..", "/bin/init/x" };
	char *out = malloc(SYS_IOMAX), in[2000];

	for (int i = 0; i < 1500; i++) {
		uintptr_t a[SYS_NARG];
		unsigned num = (unsigned)(rnd(&s) % (SYS_max + 3));
		size_t nin = rnd(&s) % sizeof in;

		if (num == SYS_exits || num == SYS_rfork || num == SYS_exec || num == SYS_sleep || num == SYS_notify ||
		    num == SYS_rendezvous || num == SYS_semacquire || num == SYS_semrelease || num == SYS_alarm || num == SYS_noted)
			continue;
		for (size_t k = 0; k < nelem(a); k++)
			a[k] = rnd_arg(&s);
		for (size_t k = 0; k < nin; k++)
			in[k] = (char)rnd(&s);
		if (rnd(&s) % 2) {
			char *p = stpcpy(in, names[rnd(&s) % nelem(names)]) + 1;
			p = stpcpy(p, names[rnd(&s) % nelem(names)]) + 1;
			nin = (size_t)(p - in);
		}
		if (num == SYS_pread && a[0] > 2)
			a[0] %= 3;
		CALL0(alarm, 20); /* a read of a pipe waits */
		syscall_((int)num, a, in, nin, out, rnd(&s) % 2 ? SYS_IOMAX : rnd(&s) % 4000);
	}
	free(out);
	c_exits("");
}

static void
wild_start(void *arg)
{
	CALL0(notify, (uintptr_t)note_entry);
	wild_child(arg);
}

static void
wild(void)
{
	char msg[ERRMAX];

	for (uintptr_t i = 1; i <= 4; i++)
		ck_assert_int_gt(c_fork(RFFDG | RFNAMEG, wild_start, (void *)i), 1);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_gt(c_await(msg), 1);
		ck_assert_str_eq(msg, "");
	}
}

START_TEST(wild_calls_get_errors)
{
	run(wild);
}
END_TEST

static void
sleeper(void *arg)
{
	USED(arg);
	CALL0(sleep, 100000);
	c_exits("woke");
}

static void
killing(void)
{
	enum { N = 30 };
	char msg[ERRMAX];
	int pid[N];

	for (int i = 0; i < N; i++)
		ck_assert_int_gt(pid[i] = c_fork(0, i & 1 ? sleeper : fault_child, NULL), 1);
	for (int i = 0; i < N; i++)
		ctl("kill", pid[i], "");
	for (int i = 0; i < N; i++) {
		ck_assert_int_gt(c_await(msg), 1);
		ck_assert_ptr_nonnull(strstr(msg, "killed"));
	}
	ck_assert_ptr_null(proc_get(pid[0]));
}

START_TEST(killed_processes_end)
{
	run(killing);
}
END_TEST

UNIT_SUITE("core_calls", CASE(calls_answer), CASE(large_data_arrives_whole), CASE(a_blocked_call_blocks_nobody_else), CASE(clerks_grow_and_shrink),
    CASE(processes_that_wait_for_each_other_hold_no_clerk),
    CASE(calls_at_the_same_time_stay_apart), CASE(notes_reach_blocked_and_computing_programs), CASE(a_fault_ends_one_program_only),
    CASE(processes_meet), CASE(exec_runs_programs_and_scripts),
    CASE(first_execs_of_a_program_share_its_image), CASE(wild_calls_get_errors), CASE(killed_processes_end))
