/*
 * init.c - from boot.S to the first user thread: KIP, memory, CPU, sigma0 and the
 * root task; then the idle loop.
 */
#include "target-x86/kernel/kernel.h"

enum {
	KIP_SIGMA0 = 0x20 / 4, KIP_SIGMA1 = 0x30 / 4, KIP_ROOT = 0x40 / 4, KIP_CLOCK = 0xC0 / 4,
	KIP_PROCDESC = 0xBC / 4, KIP_IPC = 0xE0 / 4, KIP_LIPC = 0xE4 / 4,
};
extern Word kip_page[1024];
Word *const kip = kip_page;
static union {
	Thread t;
	char bytes[TCB_SIZE];
} idle __attribute__((aligned(TCB_SIZE)));
void kernel_main(void);

static void
kip_init(void)
{
	if (have_sysenter)
		kip[KIP_IPC] = kip[KIP_LIPC] = KIP_STUB_IPC;
	kip[KIP_CLOCK] = (cpu_khz ? 1 : TICK_US) | TICK_US << 16;	/* us: to read, to wait */
	kip[kip[KIP_PROCDESC] / 4 + 1] = cpu_khz;	/* the external frequency is not known */
}

/* kip_words: sp, ip, low, high; n: which server, from 0 */
static Space *
server_start(const Word *kip_words, Word n, Word pager)
{
	Space *s = space_new();
	Word id = (USER_BASE + n) << VERSION_BITS | 1;
	Thread *t = s ? thread_new(id, s) : NULL;
	Frame *f;

	if (!t)
		panic("no memory for the first servers; give the machine more");
	s->privileged = true;
	space_add_areas(s, ROOT_KIP, ROOT_UTCB, 1u << ROOT_UTCB_LOG2);
	if (thread_activate(t, ROOT_UTCB))
		panic("no memory for the first servers; give the machine more");
	t->utcb[TCR_PAGER] = pager;
	t->scheduler = (USER_BASE + 2) << VERSION_BITS | 1;
	t->prio = 255;
	t->started = true;
	f = thread_frame(t);
	f->eip = kip_words[1];
	f->esp = kip_words[0];
	thread_wake(t);
	return s;
}

static void
idle_init(void)
{
	Thread *t = &idle.t;

	list_init(&t->queue);
	list_init(&t->senders);
	list_init(&t->timer);
	list_init(&t->ready);
	list_init(&t->in_space);
	list_init(&t->all);
	t->state = T_READY;
	current = idle_thread = t;
}

void
kernel_main(void)
{
	console_init();
	bootword_init();
	console_screen_init();
	kdb_init();
	kprintf("LP49 L4 X.2 kernel\n");
	sched_init();
	timer_init();
	idle_init();
	map_init_kernel();
	cpu_init();
	clock_init();
	kip_init();
	irq_init();
	if (!kip[KIP_ROOT + 1])
		boot_fail("no root task in the KIP; load the kernel by its loader, with sigma0 and a root task");
	sigma0_space = server_start(kip + KIP_SIGMA0, 0, NIL);
	sigma0_space->map.sigma0 = true;
	if (kip[KIP_SIGMA1 + 3])
		server_start(kip + KIP_SIGMA1, 1, NIL);
	server_start(kip + KIP_ROOT, 2, USER_BASE << VERSION_BITS | 1);
	for (;;) {
		if (resched)
			thread_switch_to_next();
		else
			cpu_sti_hlt_cli();
	}
}
