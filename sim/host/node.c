/*
 * sim/host/node.c - lp49sim's side of the kernel: makes its memory, boots the
 * first two spaces, hears of doorbells and deaths.
 *
 * FILES   all are memfds. The zygote inherits the kernel's state as 3, the RAM
 *         as 4, the event counter as 5.
 * LOCKS   none of its own; called from one thread
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sim/kern/kern.h"
#include "sim/kern/linux.h"

/* where the first spaces have what a root task finds on ia32 too */
enum { ROOT_UTCB_LOG2 = 18, NODE_STOPPED_MAX = 30 };
#define ROOT_KIP 0xBFF00000ull
#define ROOT_UTCB 0xBF000000ull

static struct {
	NodeConfig config;
	char name[NAME], exe[4096];
	int kern, ram, event, zygote;
	uint8_t *mem, *dev;
	unsigned stopped;       /* calls of node_watch that found a stopped zygote */
	bool told;              /* dead() was called */
} node = { .kern = -1, .ram = -1, .event = -1 };

static int
fail(const char *what)
{
	fprintf(stderr, "lp49sim: %s: %s\n", what, strerror(errno));
	return -1;
}

static int
memory_create(size_t mem)
{
	node.kern = memfd_create("lp49-kernel", MFD_CLOEXEC);
	node.ram = memfd_create("lp49-ram", MFD_CLOEXEC);
	node.event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (node.kern < 0 || node.ram < 0 || node.event < 0)
		return fail("can't make the machine's memory");
	if (ftruncate(node.kern, (off_t)KERN_SIZE) < 0 ||
	    ftruncate(node.ram, (off_t)(SIM_DEV_PHYS + (size_t)SIM_DEV_MAX * PAGE)) < 0)
		return fail("can't size the machine's memory");
	if (mmap((void *)KBASE, KERN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
	    node.kern, 0) != (void *)KBASE)
		return fail("can't map the kernel's state");
	node.mem = mmap(NULL, mem, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, node.ram, 0);
	node.dev = mmap(NULL, (size_t)SIM_DEV_MAX * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, node.ram, (off_t)SIM_DEV_PHYS);
	if (node.mem == MAP_FAILED || node.dev == MAP_FAILED)
		return fail("can't map the machine's memory");
	return 0;
}

int
node_create(const NodeConfig *c)
{
	if (c->mem == 0 || c->mem > SIM_MEM_MAX || c->mem % PAGE != 0 || c->ncpu < 1) {
		errno = EINVAL;
		return fail("memory size or number of CPUs");
	}
	node.config = *c;
	snprintf(node.name, sizeof node.name, "%s", c->name);
	snprintf(node.exe, sizeof node.exe, "%s", c->space_exe);
	if (memory_create(c->mem) < 0)
		return -1;
	KERN->magic = L4_MAGIC;
	KERN->ram = c->mem;
	KERN->ncpu = c->ncpu;
	KERN->t0_ns = lx_now_ns();
	memcpy(KERN->node, node.name, NAME);
	kip_init(c);
	return 0;
}

int
node_ram_fd(void)
{
	return node.ram;
}

uint8_t *
node_ram(void)
{
	return node.mem;
}

SimDev *
node_dev(int device)
{
	return (SimDev *)(node.dev + (size_t)device * PAGE);
}

/* ---- boot ---- */
/* one CPU hands over much faster than two; which one does not matter */
static void
pin(void)
{
	cpu_set_t all, some;
	int n = 0, want = node.config.ncpu, skip;

	if (sched_getaffinity(0, sizeof all, &all) < 0 || CPU_COUNT(&all) <= want)
		return;
	skip = (int)((unsigned)getpid() % (unsigned)CPU_COUNT(&all));
	CPU_ZERO(&some);
	for (int i = 0; n < want && i < 2 * CPU_SETSIZE; i++)
		if (CPU_ISSET(i % CPU_SETSIZE, &all) && skip-- <= 0) {
			CPU_SET(i % CPU_SETSIZE, &some);
			n++;
		}
	sched_setaffinity(0, sizeof some, &some);
}

static void __attribute__((noreturn))
zygote_exec(pid_t parent)
{
	char title[100];
	char *argv[] = { title, NULL }, *env[] = { NULL };
	sigset_t none;
	int fd[3];

	memset(title, ' ', sizeof title - 1);
	title[sizeof title - 1] = '\0';
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	pin();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	fd[0] = fcntl(node.kern, F_DUPFD, 10);
	fd[1] = fcntl(node.ram, F_DUPFD, 10);
	fd[2] = fcntl(node.event, F_DUPFD, 10);
	dup2(fd[0], FD_KERN);
	dup2(fd[1], FD_RAM);
	dup2(fd[2], FD_EVENT);
	close_range(FD_EVENT + 1, ~0u, 0);
	/* a process group of its own: the terminal's ^C is lp49sim's to handle */
	setpgid(0, 0);
	execve(node.exe, argv, env);
	fprintf(stderr, "lp49sim: %s: %s\n", node.exe, strerror(errno));
	_exit(127);
}

static Space *
first_space(Op *op, uint32_t number, const NodeTask *task, const char *name, uint64_t pager)
{
	uint64_t id = (uint64_t)number << 32 | 1;
	Space *s = space_new();
	Tcb *t = thread_new(id, s);

	s->privileged = true;
	s->kip = ROOT_KIP;
	s->utcb = ROOT_UTCB;
	s->utcb_size = 1 << ROOT_UTCB_LOG2;
	s->nactive = 1;
	snprintf(s->name, sizeof s->name, "%s", name);
	t->slot = 0;
	s->slot[0] = number + 1;
	t->scheduler = (uint64_t)(USER_BASE + 2) << 32 | 1;
	t->prio = t->born_prio = 255;
	slot_of(t)[0] = local_id(t);
	mrs_of(t)[L4_TCR_MyGlobalId] = id;
	mrs_of(t)[L4_TCR_Pager] = pager;
	t->uip = task->ip;
	t->state = TS_RUN;
	thread_run(op, t);
	return s;
}

int
node_boot(const NodeTask *sigma0, const NodeTask *root, const NodeMem *mem, size_t nmem, uint64_t bootinfo)
{
	L4_KernelInterfacePage_t *kip = (L4_KernelInterfacePage_t *)(KBASE + OFF_KIP);
	pid_t self = getpid();
	Op op;

	kip->sigma0 = (L4_KipTask_t){ 0, sigma0->ip, sigma0->low, sigma0->high };
	kip->root = (L4_KipTask_t){ 0, root->ip, root->low, root->high };
	kip->BootInfo = bootinfo;
	if (kip_mem(mem, nmem) < 0) {
		errno = E2BIG;
		return fail("memory descriptors");
	}
	op_init(&op, OWNER_SIM);
	lock(&KERN->lock, &op);
	KERN->sigma0_space = first_space(&op, USER_BASE, sigma0, "sigma0", 0)->no;
	KERN->root_space = first_space(&op, USER_BASE + 2, root, "root", (uint64_t)USER_BASE << 32 | 1)->no;
	op_unlock(&op);
	KERN->title_room = 99;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	fflush(NULL);
	node.zygote = fork();
	if (node.zygote < 0)
		return fail("can't start the zygote");
	if (node.zygote == 0)
		zygote_exec(self);
	return 0;
}

/* ---- running ---- */
int
node_fd(void)
{
	return node.event;
}

static void
log_write(void)
{
	uint32_t head = KERN->log_head, at = KERN->log_tail;

	if (head - at > NLOG)
		at = head - NLOG;
	for (; at != head; at++)
		fputc(KERN->log[at % NLOG], stderr);
	KERN->log_tail = at;
	fflush(stderr);
}

static void
dead(const char *why)
{
	if (!node.told) {
		node.told = true;
		node.config.dead(why);
	}
}

static const char *
system_death(void)
{
	if (KERN->system_dead - 1 == KERN->root_space)
		return KERN->system_stopped ? "the root task's process was stopped from outside" : "the root task's process died";
	return KERN->system_stopped ? "sigma0's process was stopped from outside" : "sigma0's process died";
}

/* Has it ended, or is it stopped now? */
static void
zygote_look(void)
{
	int status;

	if (node.zygote <= 0 || waitpid(node.zygote, &status, WNOHANG | WUNTRACED | WCONTINUED) != node.zygote)
		return;
	if (WIFCONTINUED(status) || WIFSTOPPED(status)) {
		node.stopped = WIFSTOPPED(status);
		return;
	}
	node.zygote = 0;
	dead("the zygote died");
}

bool
node_watch(void)
{
	zygote_look();
	if (node.stopped != 0 && node.stopped++ > NODE_STOPPED_MAX)
		dead("the zygote was stopped from outside");
	return node.stopped != 0;
}

void
node_poll(void)
{
	uint64_t n;
	uint32_t bells;
	ssize_t r = read(node.event, &n, sizeof n);

	(void)r;
	log_write();
	bells = atomic_exchange(&KERN->bells, 0);
	for (int i = 0; i < SIM_DEV_MAX; i++)
		if (bells >> i & 1)
			node.config.bell(i);
	if (KERN->system_dead != 0)
		dead(system_death());
	else
		zygote_look();
}

void
node_irq(int device)
{
	Op op;

	op_init(&op, OWNER_SIM);
	lock(&KERN->lock, &op);
	irq_raise(&op, SIM_IRQ_BASE + device);
	op_unlock(&op);
}

/* Spaces die with the zygote, and become our children then: this is their subreaper. */
void
node_end(void)
{
	log_write();
	if (node.zygote <= 0)
		return;
	kill(node.zygote, SIGKILL);
	waitpid(node.zygote, NULL, 0);
	node.zygote = 0;
	for (uint32_t i = 0; i < KERN->nspace_high; i++) {
		pid_t pid = space_at(i)->pid;

		if (pid <= 0)
			continue;
		/* not ours (any more): it went before, and the zygote reaped it */
		if (waitpid(pid, NULL, WNOHANG) == 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
	}
}

int
node_spaces(char *text, size_t n)
{
	static const char *const state[] = { "free", "new", "run", "exit", "dead" };
	size_t at = 0;

	for (uint32_t i = 0; i < KERN->nspace_high; i++) {
		const Space *s = space_at(i);

		if (s->state != SP_FREE && at < n)
			at += (size_t)snprintf(text + at, n - at, "%u %s pid %d threads %u pages %u %s\n", i, s->name, s->pid,
			    s->nthread, s->npage, state[s->state]);
	}
	return (int)(at < n ? at : n);
}
