/*
 * tests/x86/ipcbench.c - a root task that counts what IPC, a null call and a page
 * fault cost: lines "name value unit". Under QEMU's -icount shift=0 the time
 * stamp counter counts the guest's instructions, and the figures repeat.
 *
 * One way of an IPC is half of a call and its answer, user code included: both
 * sides call each other, as in the benchmark of the reference kernel.
 */
#include "tests/l4/l4test.h"
#include "tests/x86/root.h"

enum { ROUNDS = 1000, WARM = 16, NPAGES = 512 };
void help_init(void);

static L4_Word_t link, client_id, server_id;

static uint64_t
count(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* A call and the wait for its answer: to 0, a null call. The tag comes back. */
static inline L4_Word_t
ipc(L4_Word_t to, L4_Word_t from, L4_Word_t tag, L4_Word_t *utcb)
{
	L4_Word_t timeouts = 0;

	__asm__ volatile("push %%ebp\n\tcall *%[link]\n\tpop %%ebp"
	    : "+a"(to), "+c"(timeouts), "+d"(from), "+S"(tag), "+D"(utcb) : [link] "m"(link) : "ebx", "memory", "cc");
	return tag;
}

static void
server(void *arg)
{
	L4_Word_t tag, *utcb = L4_Utcb();

	USED(arg);
	tag = ipc(0, client_id, 0, utcb);
	for (;;)
		tag = ipc(client_id, client_id, tag, utcb);
}

static unsigned
one_way(unsigned words)
{
	L4_Word_t *utcb = L4_Utcb();
	uint64_t from = 0;

	for (int i = -WARM; i < ROUNDS; i++) {
		if (i == 0)
			from = count();
		ipc(server_id, server_id, words, utcb);
	}
	return (unsigned)((count() - from) / (2 * ROUNDS));
}

static void
ipc_lines(const char *kind)
{
	static const unsigned words[] = { 0, 1, 4, 8, 16, 32, 63 };

	for (size_t i = 0; i < nelem(words); i++)
		say("ipc-%s-%u %u instructions\n", kind, words[i], one_way(words[i]));
}

static void
null_line(void)
{
	L4_Word_t *utcb = L4_Utcb();
	uint64_t from = 0;

	for (int i = -WARM; i < ROUNDS; i++) {
		if (i == 0)
			from = count();
		ipc(0, 0, 0, utcb);
	}
	say("null-call %u instructions\n", (unsigned)((count() - from) / ROUNDS));
}

/* In another space: each page's first touch is a fault that the suite's pager serves. */
static void
toucher(void *arg)
{
	USED(arg);
	for (int i = 0; i < NPAGES; i++)
		(void)*(volatile uint8_t *)(pool + i * PAGE);
	send_words((L4_ThreadId_t){ client_id }, 0, 0, 0);
	for (;;)
		L4_Sleep(L4_Never);
}

static void
fault_line(void)
{
	L4_ThreadId_t t = space_new();
	uint64_t from = count();

	space_run(t, toucher, NULL);
	CHECK(L4_IpcSucceeded(L4_Receive(t)));
	say("page-fault %u instructions\n", (unsigned)((count() - from) / NPAGES));
}

int
main(int argc, char **argv)
{
	L4_ThreadId_t t;

	USED(argc);
	USED(argv);
	help_init();
	link = (L4_Word_t)kip + kip->Ipc;
	client_id = L4_MyGlobalId().raw;
	t = space_new();
	server_id = t.raw;
	space_run(t, server, NULL);
	ipc_lines("inter");
	thread_delete(t);
	t = thread_new(server, NULL);
	server_id = t.raw;
	ipc_lines("intra");
	null_line();
	fault_line();
	power_off(0);
	return 0;
}
