/*
 * tests/guest/bench_ipc.c - figures of the micro-kernel, taken from inside: IPC
 * to a thread of the same space and to one of another, strings, page faults.
 * USAGE   bench_ipc [cross]         cross: only calls between spaces
 * OUTPUT  lines as tests/bench/sample.h has them
 * SEE     tests/bench/bench.sh, doc/bench.md
 */
#include "hvm/hvm.h"
#include "lib9/sys.h"

static int64_t
clock_ns(void)
{
	return (int64_t)L4_SystemClock().raw * 1000;
}

static void
line_out(const char *text)
{
	write(1, text, (int64_t)strlen(text));
}
#include "tests/bench/sample.h"

enum { STACK = 16 << 10, STRING = 64 << 10, PAGE = 4096, BATCH = 16, NBATCH = 200, GAP = 16 };

static char stack[STACK] __attribute__((aligned(16)));
static char string_in[STRING], string_out[STRING];
static L4_ThreadId_t partner;
static L4_Word_t words, string_size;
static volatile char *page;
static size_t stride;

/* Answers each message with as many words as came, as long as there are callers. */
static void
echo(void *arg)
{
	L4_ThreadId_t from;
	L4_MsgTag_t tag;

	USED(arg);
	L4_LoadBR(0, L4_StringItemsAcceptor.raw);
	L4_LoadBRs(1, 2, L4_StringItem(sizeof string_in, string_in).raw);
	for (tag = L4_Wait(&from);;) {
		L4_MsgTag_t reply = L4_Niltag;

		if (L4_IpcFailed(tag)) {
			tag = L4_Wait(&from);
			continue;
		}
		reply.raw = L4_UntypedWords(tag);
		L4_Set_MsgTag(reply);
		tag = L4_ReplyWait(from, &from);
	}
}

static void
call(int n)
{
	for (int i = 0; i < n; i++) {
		L4_MsgTag_t tag = L4_Niltag;

		tag.raw = words;
		L4_Set_MsgTag(tag);
		if (L4_IpcFailed(L4_Call(partner)))
			sysfatal("call: error 0x%lx", (unsigned long)L4_ErrorCode());
	}
}

static void
call_string(int n)
{
	for (int i = 0; i < n; i++) {
		L4_Msg_t m;

		L4_MsgClear(&m);
		L4_MsgAppendSimpleStringItem(&m, L4_StringItem(string_size, string_out));
		L4_MsgLoad(&m);
		if (L4_IpcFailed(L4_Call(partner)))
			sysfatal("string: error 0x%lx", (unsigned long)L4_ErrorCode());
	}
}

static void
clock_read(int n)
{
	for (int i = 0; i < n; i++)
		L4_SystemClock();
}

static void
touch(int n)
{
	for (int i = 0; i < n; i++, page += stride)
		*page = 1;
}

static void
flush_touch(int n)
{
	for (int i = 0; i < n; i++) {
		L4_Flush(L4_FpageAddRights(L4_FpageLog2((L4_Word_t)page, 12), L4_FullyAccessible));
		*page = 1;
	}
}

/* Untouched memory, in neighbouring pages or with gaps between. */
static void
fresh(const char *name, size_t step)
{
	char *base = segattach(0, "memory", NULL, step * BATCH * NBATCH);

	if (base == NULL)
		sysfatal("segattach: %r");
	page = base;
	stride = step;
	bench_n(name, touch, BATCH, NBATCH);
	page = base;
	if (step == PAGE)
		bench("fault.flushed", flush_touch);
	segdetach(base);
}

static void
calls(const char *where)
{
	static const struct {
		const char *name;
		L4_Word_t words, string;
	} row[] = { { "0", 0, 0 }, { "4", 4, 0 }, { "63", 63, 0 }, { "s4096", 0, 4096 }, { "s65536", 0, 65536 } };
	char name[40];

	for (size_t i = 0; i < nelem(row); i++) {
		snprintf(name, sizeof name, "ipc.%s.%s", where, row[i].name);
		words = row[i].words;
		string_size = row[i].string;
		bench(name, string_size > 0 ? call_string : call);
	}
}

static void
one_space(void)
{
	bench("clock", clock_read);
	if (hvm_thread_new(&partner, L4_nilthread, echo, NULL, stack, sizeof stack) < 0)
		sysfatal("thread: %r");
	calls("same");
	hvm_thread_kill(partner);
}

static void
two_spaces(void)
{
	int fd[2], pid;

	if (pipe(fd) < 0 || (pid = fork()) < 0)
		sysfatal("pipe, fork: %r");
	if (pid == 0) {
		L4_ThreadId_t me = L4_MyGlobalId();

		write(fd[1], &me, sizeof me);
		echo(NULL);
	}
	if (readn(fd[0], &partner, sizeof partner) != sizeof partner)
		sysfatal("partner: %r");
	calls("cross");
	postnote(PNPROC, pid, "kill");
	waitpid();
}

int
main(int argc, char **argv)
{
	bool all = argc == 1 || strcmp(argv[1], "cross") != 0;

	memset(string_out, 'x', sizeof string_out);
	if (all)
		one_space();
	two_spaces();
	if (all) {
		fresh("fault.fresh", PAGE);
		fresh("fault.apart", PAGE * GAP);
	}
	exits(NULL);
}
