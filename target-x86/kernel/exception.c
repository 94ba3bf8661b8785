/*
 * exception.c - what the kernel sends in a thread's name: page faults, I/O
 * faults, exceptions, preemptions; and what a thread does on its way out.
 *
 * The message goes through the thread's own UTCB; what the user had there is
 * saved on the kernel stack and put back: of the message registers as many as such a
 * message has (ipc.c copies no more to a thread that is in one).
 */
#include "target-x86/kernel/kernel.h"

enum {
	LABEL_PAGEFAULT = 0xFFE, LABEL_PREEMPT = 0xFFD, LABEL_EXCEPTION = 0xFFB, LABEL_IO = 0xFF8,
	NSAVED_TCR = 7,		/* BR0 (-16) .. not MyGlobalId, see saved_tcr */
	COMPLETE = 1 << 4,	/* the fpage that is everything */
};

static const int saved_tcr[NSAVED_TCR] = {
	TCR_BR0, TCR_ERRORCODE, TCR_XFERTIMEOUTS, TCR_ACTUALSENDER, TCR_INTENDED, TCR_BR0 - 1, TCR_BR0 - 2,
};

/* all of a thread that a nested IPC uses */
typedef struct Saved Saved;
struct Saved {
	Word mr[NMR_KERNEL], tcr[NSAVED_TCR];
	Word got, result, send_as, intended, next_from, timeouts;
	bool nested, next_entered;
	Word slow;
};

static void
saved_take(Saved *s)
{
	Thread *t = current;

	__builtin_memcpy(s->mr, t->utcb, sizeof(s->mr));
	for (int i = 0; i < NSAVED_TCR; i++)
		s->tcr[i] = t->utcb[saved_tcr[i]];
	t->outer = t->xfer;
	t->xfer = (Transfer){ .other = NULL };
	s->got = t->got;
	s->result = t->result;
	s->send_as = t->send_as;
	s->intended = t->intended;
	s->next_from = t->next_from;
	s->timeouts = t->timeouts;
	s->next_entered = t->next_entered;
	s->nested = t->in_fault_ipc;
	s->slow = t->slow & SLOW_KERNEL;
	t->in_fault_ipc = true;
	t->slow |= SLOW_KERNEL;
}

static void
saved_put(const Saved *s)
{
	Thread *t = current;

	__builtin_memcpy(t->utcb, s->mr, sizeof(s->mr));
	for (int i = 0; i < NSAVED_TCR; i++)
		t->utcb[saved_tcr[i]] = s->tcr[i];
	t->got = s->got;
	t->result = s->result;
	t->send_as = s->send_as;
	t->intended = s->intended;
	t->next_from = s->next_from;
	t->timeouts = s->timeouts;
	t->next_entered = s->next_entered;
	t->xfer = t->outer;
	t->outer = (Transfer){ .other = NULL };
	t->in_fault_ipc = s->nested;
	if (!s->slow)
		t->slow &= ~SLOW_KERNEL;
}

/* a call to "to"; the message is in the UTCB */
static bool
kernel_call(Word to, Word window)
{
	Word sender;
	bool ok;

	current->utcb[TCR_BR0] = window;
	ok = ipc_do(to, 0, to, &sender);
	current->fault_error = ok ? 0 : current->utcb[TCR_ERRORCODE] & 0xE;
	return ok;
}

static bool
fault_send(Word label, Word addr, Word ip, Word window)
{
	Thread *t = current;
	Saved saved;
	bool ok;

	saved_take(&saved);
	t->utcb[0] = label << 16 | 2;
	t->utcb[1] = addr;
	t->utcb[2] = ip;
	ok = kernel_call(t->utcb[TCR_PAGER], window);
	saved_put(&saved);
	return ok;
}

bool
fault_ipc(Word addr, Word ip, Word rwx)
{
	TRACE(TRACE_FAULT, current->id, addr, ip, rwx);
	return fault_send((LABEL_PAGEFAULT << 4 | rwx), addr, ip, COMPLETE);
}

/* nobody handles it: the thread stops until ExchangeRegisters says otherwise */
static void
halt_self(void)
{
	if (current->fault_error == IPC_CANCELED)	/* by ExchangeRegisters: go on */
		return;
	current->halted = true;
	current->work |= WORK_HALT;
	current->slow |= SLOW_HALT;
}

void
page_fault_user(Frame *f, Word addr)
{
	Word rwx = f->err & 2 ? RIGHT_W : RIGHT_R;

	if (addr < KBASE && map_fault_spurious(current->space, addr, f->err & 2))
		return;
	if (addr >= KBASE) {	/* no pager could map there */
		exception_user(f);
		return;
	}
	/* no memory for the mapping: its pager knows, and hears of it again */
	if (!fault_ipc(addr, f->eip, rwx) && current->fault_error != IPC_OVERFLOW)
		halt_self();
}

static void
exception_words(Word *mr, const Frame *f)
{
	const Word w[12] = { f->eip, f->eflags, f->trap, f->err, f->edi, f->esi,
	    f->ebp, f->esp, f->ebx, f->edx, f->ecx, f->eax };

	for (int i = 0; i < 12; i++)
		mr[1 + i] = w[i];
}

static void
exception_reply(const Word *mr, Frame *f)
{
	f->eip = mr[1];
	f->eflags = (mr[2] & 0x240DD5) | 0x202;
	f->edi = mr[5];
	f->esi = mr[6];
	f->ebp = mr[7];
	f->esp = mr[8];
	f->ebx = mr[9];
	f->edx = mr[10];
	f->ecx = mr[11];
	f->eax = mr[12];
}

void
exception_user(Frame *f)
{
	Thread *t = current;
	Saved saved;
	bool ok;

	TRACE(TRACE_EXC, t->id, f->trap, f->eip, f->err);
	t->fault_error = 0;
	if (!t->utcb[TCR_EXCHANDLER]) {
		halt_self();
		return;
	}
	saved_take(&saved);
	t->utcb[0] = LABEL_EXCEPTION << 20 | 12;
	exception_words(t->utcb, f);
	ok = kernel_call(t->utcb[TCR_EXCHANDLER], 0);
	if (ok && (t->utcb[0] & 63) == 12)
		exception_reply(t->utcb, f);
	else if (!ok)
		halt_self();
	saved_put(&saved);
}

/* #GP by in/out: the pager may give the ports; true: try again */
bool
io_fault_user(Frame *f)
{
	Word fp;

	if (io_fault_fixed(&current->space->map))
		return true;
	fp = iospace_fault(current->space, f->eip, f->edx);
	if (!fp)
		return false;
	current->fault_io = fp;
	if (!fault_send(LABEL_IO << 4 | 6, fp, f->eip, COMPLETE))
		halt_self();
	current->fault_io = 0;
	return true;
}

/* a preemption message; no answer is expected */
static void
preempt_send(Word to)
{
	Time now = clock_now();
	Word sender;
	Saved saved;

	saved_take(&saved);
	current->utcb[0] = LABEL_PREEMPT << 20 | 2;
	current->utcb[1] = (Word)now;
	current->utcb[2] = (Word)(now >> 32);
	ipc_do(to, 0, NIL, &sender);
	saved_put(&saved);
}

/* it was preempted, and its exception handler wants to know */
static void
preempt_signal(void)
{
	Word to = current->utcb[TCR_EXCHANDLER];

	if (to)
		preempt_send(to);
}

/* the time quantum is over: the scheduler is told, the thread waits for more (Schedule) */
static void
quantum_over(void)
{
	Thread *t = current;

	if (t->scheduler != t->id && !t->quantum_left_us) {
		t->tells_quantum = true;
		preempt_send(t->scheduler);
		t->tells_quantum = false;
	}
	if (!t->quantum_left_us && !t->quantum_infinite) {
		t->work |= WORK_QUANTUM_WAIT;
		t->slow |= SLOW_HALT;
	}
}

/* what is left to do before the thread runs in user mode again; PREEMPTS */
void
work_do(Frame *f)
{
	Thread *t = current;
	bool signalled = false;	/* its handler preempts it: not to be signalled again */

	(void)f;
	for (;;) {
		Word work = t->work;

		t->work = 0;
		if (!work) {
			t->slow &= ~SLOW_HALT;
			sched_exit();
			if (signalled)
				t->work &= ~(Word)WORK_SIGNAL;
			if (!t->work)
				return;
			continue;
		}
		if (work & WORK_SIGNAL) {
			preempt_signal();
			signalled = true;
		}
		if (work & WORK_PREEMPTED)
			sched_slice_over();
		if (work & WORK_QUANTUM)
			quantum_over();
		if (work & WORK_HALT && t->halted) {
			t->state = T_HALTED;
			thread_block();
		} else if (work & WORK_QUANTUM_WAIT && !t->quantum_left_us && !t->quantum_infinite) {
			t->state = T_NO_QUANTUM;
			thread_block();
		}
	}
}
