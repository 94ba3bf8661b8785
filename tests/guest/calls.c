/*
 * tests/guest/calls.c - system calls as a program sees them: processes, notes,
 * name spaces, descriptors, meeting, and arguments that make no sense.
 * USAGE   calls           every test in turn: "ok NAME" or "not ok NAME" lines
 * Each test is a child; its exit status is empty when all was well.
 */
#include "lib9/l4/l4.h"
#include "lib9/plat.h"
#include "lib9/sys.h"
#include "lib9/sysmsg.h"

static char status_text[ERRMAX];
static volatile int notes, shared = 1;
static char note_text[ERRMAX];
static int32_t semaphore;
static volatile int *volatile bad = (volatile int *)16;

/* Ends the test with the line that failed. */
#define must(e)                                                                \
	do {                                                                   \
		if (!(e)) {                                                    \
			char why_[ERRMAX];                                     \
			snprintf(why_, sizeof why_, "line %d: %s", __LINE__, #e); \
			_exits(why_);                                          \
		}                                                              \
	} while (0)

static const char *
status_of(int pid)
{
	Waitmsg *w = wait();
	const char *p;

	if (w == NULL || w->pid != pid)
		return "wait went wrong";
	p = strstr(w->msg, ": ");
	snprintf(status_text, sizeof status_text, "%s", p != NULL ? p + 2 : w->msg);
	free(w);
	return status_text;
}

static int
child(void (*fn)(void), int flags)
{
	int pid = rfork(RFPROC | flags);

	if (pid == 0) {
		fn();
		_exits(NULL);
	}
	return pid;
}

/* ---- processes ---- */

static void
exit_text(void)
{
	_exits("done");
}

static void
waiting(void)
{
	Waitmsg *w;
	char text[8];
	int pid[20];

	must(wait() == NULL && strcmp(err_reason(), "no living children") == 0);
	for (int i = 0; i < 20; i++)
		must((pid[i] = child(exit_text, RFFDG)) > 0);
	for (int i = 0; i < 20; i++) {
		must((w = wait()) != NULL);
		must(strstr(w->msg, ": done") != NULL);
		free(w);
	}
	must(child(exit_text, RFFDG | RFNOWAIT) > 0);
	must(await(text, sizeof text) == -Enochild);
	must(getpid() > 1 && getppid() > 0 && getpid() != getppid());
}

static void
store_shared(void)
{
	shared = 7;
}

static void
rfork_flags(void)
{
	char buf[4];
	int fd;

	must(status_of(child(store_shared, RFFDG | RFMEM))[0] == '\0' && shared == 7);
	shared = 1;
	must(status_of(child(store_shared, RFFDG))[0] == '\0' && shared == 1);
	must(rfork(RFFDG | RFCFDG) == -Ebadarg && rfork(RFMEM) == -Ebadarg && rfork(1 << 25) == -Ebadarg);
	must((fd = open("/dev/zero", OREAD)) >= 0);
	if (rfork(RFPROC | RFCFDG) == 0)
		_exits(read(fd, buf, 1) == -Ebadfd ? NULL : "fd is still there");
	must(waitpid() > 0);
	if (rfork(RFPROC) == 0) { /* the same table */
		close(fd);
		_exits(NULL);
	}
	must(waitpid() > 0 && read(fd, buf, 1) == -Ebadfd);
	must(rfork(RFNAMEG | RFNOMNT) == 0 && open("#S", OREAD) < 0);
	must(rfork(RFCNAMEG) == 0 && open("/dev/null", OREAD) == -Enonexist);
}

static void
execs(void)
{
	int pid = rfork(RFPROC | RFFDG);

	if (pid == 0) {
		execl("/bin/test", "test", "a b", "=", "a b", NULL);
		_exits("no exec");
	}
	must(status_of(pid)[0] == '\0');
	must(execl("/bin", "x", NULL) < 0);
	must(execl("/dev/null", "x", NULL) < 0);
	must(execl("/env/nothing", "x", NULL) == -Enonexist);
	pid = create("/tmp/calls.bad", OWRITE, 0777);
	must(pid >= 0 && write(pid, "\177ELF and no more", 16) == 16);
	close(pid);
	must(execl("/tmp/calls.bad", "x", NULL) == -Ebadexec);
	pid = create("/tmp/calls.rc", OWRITE, 0777);
	must(pid >= 0 && write(pid, "#!/bin/test  \n", 14) == 14);
	close(pid);
	pid = rfork(RFPROC | RFFDG); /* test /tmp/calls.rc = x */
	if (pid == 0) {
		execl("/tmp/calls.rc", "zero", "=", "/tmp/calls.rc", NULL);
		_exits("no exec");
	}
	must(status_of(pid)[0] == '\0');
	must(remove("/tmp/calls.rc") == 0 && remove("/tmp/calls.bad") == 0);
}

/* ---- notes ---- */

static void
on_note(Ureg *u, const char *text)
{
	USED(u);
	snprintf(note_text, sizeof note_text, "%s", text);
	notes++;
	noted(NCONT);
}

static void
sleep_long(void)
{
	sleep(20000);
	_exits("slept");
}

static void
spin(void)
{
	for (;;)
		shared++;
}

static void
notes_kill(void)
{
	int pid = child(sleep_long, RFFDG);

	sleep(20);
	must(postnote(PNPROC, pid, "interrupt") == 0 && strcmp(status_of(pid), "interrupt") == 0);
	pid = child(spin, RFFDG);
	sleep(20);
	must(postnote(PNPROC, pid, "hangup") == 0 && strcmp(status_of(pid), "hangup") == 0);
	must(postnote(PNPROC, pid, "x") < 0);
}

static void
spin_then_sleep(void)
{
	while (shared == 0)
		;
	_exits(sleep(100) < 0 ? "interrupted" : "slept");
}

static int
control(int pid, const char *verb)
{
	char name[64];
	int fd;

	snprintf(name, sizeof name, "/proc/%d/ctl", pid);
	fd = open(name, OWRITE);
	if (fd < 0 || write(fd, verb, (int64_t)strlen(verb)) < 0)
		return -1;
	return close(fd);
}

/* proc(3)'s interrupt waits for the next call that would block. */
static void
interrupts(void)
{
	static const char *const how[][3] = {
		{ "interrupt", "nohang", "interrupted" }, { "interrupt", "nointerrupt", "slept" }, { "nohang", "nohang", "slept" },
	};

	for (size_t i = 0; i < nelem(how); i++) {
		int pid;

		shared = 0;
		pid = child(spin_then_sleep, RFFDG | RFMEM);
		must(control(pid, how[i][0]) == 0 && control(pid, how[i][1]) == 0);
		shared = 1;
		must(strcmp(status_of(pid), how[i][2]) == 0);
	}
}

/* Of two that compute on one processor, the one of lower priority waits. */
static volatile long turns[2];

static void
turn_high(void)
{
	for (;;)
		turns[1]++;
}

static void
turn_low(void)
{
	for (;;)
		turns[0]++;
}

static void
priorities(void)
{
	int high, low = child(turn_low, RFFDG | RFMEM);
	long before;

	while (turns[0] == 0)
		sleep(1);
	must(control(low, "pri 19") == 0 && control(low, "pri 20") < 0 && control(low, "pri 3") == 0);
	high = child(turn_high, RFFDG | RFMEM);
	while (turns[1] == 0)
		sleep(1);
	before = turns[0];
	for (int i = 0; i < 10; i++)
		sleep(20);
	must(turns[0] - before < turns[1] / 10);
	must(control(high, "kill") == 0 && strcmp(status_of(high), "killed") == 0);
	before = turns[0];
	while (turns[0] == before)
		sleep(1);
	must(control(low, "kill") == 0 && strcmp(status_of(low), "killed") == 0);
}

static void
notes_call(void)
{
	int fd[2];
	char c;

	must(notify(on_note) == 0 && pipe(fd) == 0);
	alarm(30);
	must(read(fd[0], &c, 1) == -Eintr && notes == 1 && strcmp(note_text, "alarm") == 0);
	alarm(30);
	must(sleep(5000) == -Eintr && notes == 2);
	must(alarm(5000) == 0);
	must(alarm(0) > 4000);
	alarm(30); /* computing */
	for (int64_t end = nsec() + 3000000000; notes == 2 && nsec() < end;)
		;
	must(notes == 3);
	alarm(30);
	for (volatile uint64_t i = 0; notes == 3 && i < 20000000000u; i++)
		;
	must(notes == 4);
	must(postnote(PNPROC, getpid(), "self") == 0);
	sleep(1);
	must(notes == 5 && strcmp(note_text, "self") == 0);
}

enum { NPOKE = 400 };
static volatile int poked;

static void
on_poke(Ureg *u, const char *text)
{
	USED(u);
	USED(text);
	poked++;
	noted(NCONT);
}

/* Each note is posted as soon as the handler of the one before has begun. */
static void
poker(int pid)
{
	for (int i = 0; i < NPOKE; i++) {
		int64_t end = nsec() + 10000000000;

		if (postnote(PNPROC, pid, "poke") < 0)
			_exits("postnote");
		while (poked == i && nsec() < end)
			if (i % 2)
				sleep(0);
		if (poked == i) {
			postnote(PNPROC, pid, "kill");
			_exits("lost");
		}
	}
	_exits(NULL);
}

/* A program that makes few calls, or none, loses no note; malloc may be interrupted by one. */
static void
notes_computing(void)
{
	int me = getpid(), pid;
	void *p = NULL;

	must(notify(on_poke) == 0);
	pid = rfork(RFPROC | RFFDG | RFMEM);
	if (pid == 0)
		poker(me);
	for (size_t n = 1; poked < NPOKE; n++) {
		if (n % 64 == 0)
			p = realloc(p, n * 64 % (8 << 20));
		shared++;
	}
	free(p);
	while (waitpid() != pid)
		;
	must(poked == NPOKE);
}

/* Interrupted at any place, nothing of a call's data may be lost or doubled. */
static void
notes_storm(void)
{
	int fd[2], pid, me = getpid();
	uint32_t sum = 0, want = 0;
	char c;

	must(notify(on_note) == 0 && pipe(fd) == 0);
	pid = rfork(RFPROC | RFFDG);
	if (pid == 0) {
		notify(NULL);
		for (int i = 0; i < 200; i++) {
			postnote(PNPROC, me, "poke");
			sleep(i % 3);
		}
		_exits(NULL);
	}
	for (int i = 0; i < 3000; i++) {
		int64_t n;

		c = (char)(i % 100);
		while ((n = write(fd[0], &c, 1)) < 0 && n == -Eintr)
			;
		must(n == 1);
		while ((n = read(fd[1], &c, 1)) < 0 && n == -Eintr)
			;
		must(n == 1);
		sum += (uint32_t)c;
		want += (uint32_t)(i % 100);
	}
	must(notes > 0);
	while (waitpid() != pid)
		;
	must(sum == want);
}

static void
fault_note(Ureg *u, const char *text)
{
	USED(u);
	_exits(strncmp(text, "sys: trap: fault", 16) == 0 ? "caught" : text);
}

static void
fault(void)
{
	*bad = 1;
}

static void
fault_caught(void)
{
	notify(fault_note);
	fault();
}

static void
faults(void)
{
	must(strncmp(status_of(child(fault, RFFDG)), "sys: trap: fault write", 22) == 0);
	must(strcmp(status_of(child(fault_caught, RFFDG)), "caught") == 0);
}

static void
group_member(void)
{
	int fd;

	if (rfork(RFPROC | RFFDG) == 0)
		sleep_long();
	fd = open("/dev/null", OWRITE);
	USED(fd);
	sleep_long();
}

static void
note_groups(void)
{
	int pid = rfork(RFPROC | RFFDG | RFNOTEG);

	if (pid == 0)
		group_member();
	sleep(30);
	must(postnote(PNGROUP, pid, "hangup") == 0 && strcmp(status_of(pid), "hangup") == 0);
}

static void
pipe_note(void)
{
	int fd[2];

	must(pipe(fd) == 0);
	close(fd[1]);
	write(fd[0], "x", 1);
	_exits("wrote");
}

static void
closed_pipe(void)
{
	must(strcmp(status_of(child(pipe_note, RFFDG)), "sys: write on closed pipe") == 0);
}

/* ---- files and names ---- */

static void
descriptors(void)
{
	char buf[100], *long_name = malloc(40000);
	int fd[2], n;

	must(open("/dev/null", 0x8000) == -Ebadmode && open("/dev", OWRITE) < 0 && open("", OREAD) < 0);
	must(read(99999, buf, 1) == -Ebadfd && close(-1) == -Ebadfd && dup(0, 1 << 30) == -Ebadfd && dup(-5, 3) == -Ebadfd);
	must((fd[0] = open("/env", OREAD)) >= 0 && seek(fd[0], 5, 0) < 0 && seek(fd[0], 0, 0) == 0);
	must(pread(fd[0], buf, sizeof buf, 7) < 0 && write(fd[0], "x", 1) < 0);
	must(fd2path(fd[0], buf, sizeof buf) == 0 && strcmp(buf, "/env") == 0);
	close(fd[0]);
	must(pread(0, buf, 10, -2) < 0);
	must(open("/a\nb", OREAD) == -Ebadchar && open("/\xff", OREAD) == -Ebadchar);
	memset(long_name, 'x', 39999);
	long_name[39999] = '\0';
	must(open(long_name, OREAD) == -Ebadname && chdir("/dev/null") < 0);
	for (n = 0; (fd[1] = open("/dev/null", OREAD)) >= 0; n++)
		fd[0] = fd[1];
	must(fd[1] == -Enofd && n > 100 && read(fd[0], buf, 10) == 0);
}

static int
write_file(const char *name, const char *text)
{
	int fd = create(name, OWRITE, 0666);
	int64_t n = fd < 0 ? fd : write(fd, text, (int64_t)strlen(text));

	close(fd);
	return n < 0 ? (int)n : 0;
}

static bool
file_is(const char *name, const char *text)
{
	char buf[100] = "";
	int fd = open(name, OREAD);
	int64_t n = fd < 0 ? fd : read(fd, buf, sizeof buf - 1);

	close(fd);
	return n >= 0 && strcmp(buf, text) == 0;
}

static int
make_dir(const char *name)
{
	int fd = create(name, OREAD, DMDIR | 0777);

	close(fd);
	return fd < 0 ? fd : 0;
}

static void
name_spaces(void)
{
	char buf[100];
	Dir *d;

	must(make_dir("/tmp/n1") == 0 && make_dir("/tmp/n2") == 0 && make_dir("/tmp/n1/sub") == 0);
	must(write_file("/tmp/n1/f", "one") == 0 && write_file("/tmp/n2/f", "two") == 0 && write_file("/tmp/n2/g", "g2") == 0);
	must(bind("/tmp/n2", "/tmp/n1", MAFTER | MCREATE) == 1);
	must(file_is("/tmp/n1/f", "one") && file_is("/tmp/n1/g", "g2"));
	must(write_file("/tmp/n1/new", "new") == 0 && file_is("/tmp/n2/new", "new"));
	must(status_of(child(exit_text, RFNAMEG))[0] == 'd');
	if (rfork(RFPROC | RFFDG | RFNAMEG) == 0) {
		unmount(NULL, "/tmp/n1");
		_exits(file_is("/tmp/n1/g", "g2") ? "still there" : NULL);
	}
	must(waitpid() > 0 && file_is("/tmp/n1/g", "g2"));
	must(bind("/tmp/n2", "/tmp/n1/sub", MREPL) == 1 && chdir("/tmp/n1/sub") == 0 && file_is("f", "two") && file_is("../f", "one"));
	must(getwd(buf, sizeof buf) != NULL && strcmp(buf, "/tmp/n1/sub") == 0);
	must((d = dirstat("/tmp/n1/sub")) != NULL && strcmp(d->name, "sub") == 0);
	free(d);
	must(remove("/tmp/n1/sub") < 0 && bind("/tmp/n1/f", "/tmp", MREPL) == -Emount && bind("/tmp", "/tmp/n1", 3) < 0);
	must(unmount("/tmp/n2", "/tmp/n1/sub") == 0 && unmount("/tmp/n2", "/tmp/n1") == 0 && unmount(NULL, "/tmp/n1") == -Eunmount);
	must(bind("/tmp/n2/f", "/tmp/n1/f", MREPL) == 1 && file_is("/tmp/n1/f", "two") && unmount(NULL, "/tmp/n1/f") == 0);
	must(mount(0, -1, "/tmp", MREPL, "") < 0 && mount(99, -1, "/tmp", MREPL, "") == -Ebadfd);
	chdir("/");
	remove("/tmp/n1/sub"), remove("/tmp/n1/f"), remove("/tmp/n2/f"), remove("/tmp/n2/g"), remove("/tmp/n2/new");
	must(remove("/tmp/n1") == 0 && remove("/tmp/n2") == 0);
}

static void
rendezvous_child(void)
{
	_exits(rendezvous((void *)99, (void *)5) == (void *)6 ? NULL : "wrong value");
}

static void
semaphore_child(void)
{
	for (int i = 0; i < 100; i++) {
		semacquire(&semaphore, true);
		shared++;
		semrelease(&semaphore, 1);
	}
}

static void
meeting(void)
{
	int pid = child(rendezvous_child, RFFDG);

	must(rendezvous((void *)99, (void *)6) == (void *)5 && status_of(pid)[0] == '\0');
	semaphore = 1;
	shared = 0;
	for (int i = 0; i < 4; i++)
		must(child(semaphore_child, RFFDG | RFMEM) > 0);
	for (int i = 0; i < 4; i++)
		must(waitpid() > 0);
	must(shared == 400 && semaphore == 1);
	must(semacquire(&semaphore, false) == 1 && semacquire(&semaphore, false) == 0);
	must(semacquire((int32_t *)16, true) < 0 && semrelease(&semaphore, -1) < 0);
}

/* ---- messages that no stub would send ---- */

static void
wild_messages(void)
{
	uint32_t s = 12345;

	for (int i = 0; i < 4000; i++) {
		L4_Word_t u, t;
		L4_MsgTag_t tag = L4_Niltag;

		for (int k = 1; k < 64; k++) {
			s = s * 1103515245 + 12345;
			L4_LoadMR(k, s >> 8 & 1 ? s : s >> 20);
		}
		s = s * 1103515245 + 12345;
		u = s >> 10 & 63;
		t = s >> 16 & 1 ? 0 : 2;
		if (u + t > 63)
			u = 60;
		L4_Set_Label(&tag, s >> 18 & 63);
		if (L4_Label(tag) == SYS_exits || L4_Label(tag) == SYS_rfork || L4_Label(tag) == SYS_sleep || L4_Label(tag) == SYS_notify ||
		    L4_Label(tag) == SYS_semacquire || L4_Label(tag) == SYS_rendezvous || L4_Label(tag) == SYS_alarm)
			continue;
		if (t == 2 && u < 62) {
			static char data[70000];
			L4_StringItem_t item = L4_StringItem(s >> 12 & 0xFFFF, data);

			L4_LoadMRs((int)u + 1, 2, item.raw);
		}
		tag.raw |= t << 6 | u;
		L4_Set_MsgTag(tag);
		L4_Call_Timeouts((L4_ThreadId_t){ startup->mngr }, L4_Never, L4_TimePeriod(200000));
	}
}

static void
write_wild(void)
{
	write(open("/dev/null", OWRITE), (void *)(uintptr_t)bad, 10000);
}

static void
read_wild(void)
{
	read(open("/dev/zero", OREAD), (void *)(uintptr_t)bad, 10000);
}

static void
wild_buffers(void)
{
	must(strncmp(status_of(child(write_wild, RFFDG)), "sys: trap: fault read", 21) == 0);
	must(strncmp(status_of(child(read_wild, RFFDG)), "sys: trap: fault write", 22) == 0);
}

static const struct {
	const char *name;
	void (*fn)(void);
	const char *status;
} tests[] = {
	{ "waiting_for_children", waiting, "" },
	{ "rfork_shares_what_it_says", rfork_flags, "" },
	{ "exec_checks_first", execs, "" },
	{ "a_note_kills_without_handler", notes_kill, "" },
	{ "a_lower_priority_waits", priorities, "" },
	{ "an_interrupt_waits_for_a_sleep", interrupts, "" },
	{ "notes_interrupt_calls_and_loops", notes_call, "" },
	{ "no_note_of_a_computing_program_is_lost", notes_computing, "" },
	{ "notes_lose_no_data", notes_storm, "" },
	{ "faults_are_notes", faults, "" },
	{ "note_groups", note_groups, "" },
	{ "a_closed_pipe_ends_its_writer", closed_pipe, "" },
	{ "descriptors_are_checked", descriptors, "" },
	{ "names_lead_through_mounts", name_spaces, "" },
	{ "processes_meet", meeting, "" },
	{ "wild_messages_do_no_harm", wild_messages, "" },
	{ "a_wild_buffer_ends_its_owner_only", wild_buffers, "" },
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; i < nelem(tests); i++) {
		const char *got;

		if (argc > 1 && strcmp(argv[1], tests[i].name) != 0)
			continue;
		got = status_of(child(tests[i].fn, RFFDG | RFENVG | RFNAMEG | RFNOTEG | RFREND));
		if (strcmp(got, tests[i].status) == 0)
			print("ok %s\n", tests[i].name);
		else
			print("not ok %s: %s\n", tests[i].name, got);
	}
	return 0;
}
