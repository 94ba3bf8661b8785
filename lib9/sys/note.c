/*
 * sys/note.c - notes: notify(2). A note comes in one of two ways: with the reply
 * of a system call (SYSR_NOTE), then the handler is an ordinary function call
 * from the stub, its Ureg NULL; or while the program runs, then HVM has made the
 * thread go on at plat_note_entry, which calls note_dispatch. In either case the
 * texts are fetched with noted(NNEXT) until there is none.
 *
 * A handler says what shall follow by noted(NCONT) or noted(NDFLT), then
 * returns; unlike Plan 9's, noted returns, and the first call counts. A handler
 * that returns without it means NDFLT: the process ends, the note its status.
 * While a handler runs further notes wait, and so they do inside malloc. CORE may
 * tell of one at that time none the less, since it sees no end of a handler but
 * the question for the next note: it is noticed, and asked for afterwards.
 */
#include "lib9/sys/sys_impl.h"

enum { NHANDLER = 32, NMR = 64, NBR = 33 };

static void (*handler)(Ureg *, const char *);
static int (*chain[NHANDLER])(Ureg *, const char *);
static int decision; /* of the handler that runs now; -1: none yet */

static int
notify_call(const void *entry)
{
	return (int)syscall_(SYS_notify, ARGS((uintptr_t)entry), NULL, 0, NULL, 0);
}

/* The handler that atnotify stands for: the first that takes the note. */
static void
run_chain(Ureg *u, const char *note)
{
	for (int i = 0; i < NHANDLER; i++)
		if (chain[i] != NULL && chain[i](u, note)) {
			noted(NCONT);
			return;
		}
	noted(NDFLT);
}

int
notify(void (*fn)(Ureg *, const char *))
{
	handler = fn;
	return notify_call(fn == NULL ? NULL : plat_note_entry);
}

int
atnotify(int (*fn)(Ureg *, const char *), bool in)
{
	for (int i = 0; i < NHANDLER; i++)
		if (in ? chain[i] == NULL : chain[i] == fn) {
			chain[i] = in ? fn : NULL;
			return in && handler == NULL ? notify(run_chain) : 0;
		}
	return seterr(in ? Enomem : Ebadarg, "atnotify");
}

int
noted(int how)
{
	if (how < NCONT || how > NRSTR)
		return seterr(Ebadarg, "noted");
	if (!uthread_self()->in_note)
		return seterr(Ebadarg, "noted: no note is being handled");
	if (decision < 0)
		decision = how;
	return 0;
}

static bool
next_note(char *text, size_t n)
{
	memset(text, 0, n);
	return syscall_(SYS_noted, ARGS(NNEXT), NULL, 0, text, n - 1) > 0;
}

static void
handle(Ureg *u)
{
	Uthread *self = uthread_self();
	char text[NOTEMAX + 1], err[ERRMAX];
	int errcode = self->errcode;

	if (self->in_note || self->hold_notes > 0) {
		self->note_missed = note_pending;
		return;
	}
	memcpy(err, self->err, sizeof err);
	do { /* a note between the last question and the end of in_note comes back here */
		self->in_note = true;
		self->note_missed = NULL;
		while (next_note(text, sizeof text)) {
			decision = -1;
			if (handler != NULL)
				handler(u, text);
			if (decision != NCONT && decision != NRSTR && decision != NSAVE)
				_exits(text);
		}
		self->in_note = false;
	} while (self->note_missed != NULL);
	memcpy(self->err, err, sizeof err);
	self->errcode = errcode;
}

void
note_pending(void)
{
	handle(NULL);
}

/* The thread may have been building a message: its registers are kept. */
void
note_dispatch(Ureg *u)
{
	L4_Word_t mr[NMR], br[NBR];

	for (int i = 0; i < NMR; i++)
		L4_StoreMR(i, &mr[i]);
	for (int i = 0; i < NBR; i++)
		L4_StoreBR(i, &br[i]);
	handle(u);
	for (int i = 0; i < NMR; i++)
		L4_LoadMR(i, mr[i]);
	for (int i = 0; i < NBR; i++)
		L4_LoadBR(i, br[i]);
}

int
postnote(int group, int pid, const char *note)
{
	char file[64];
	int64_t n = (int64_t)strlen(note), rc;
	int fd;

	snprintf(file, sizeof file, "/proc/%d/%s", pid, group == PNGROUP ? "notepg" : "note");
	fd = open(file, OWRITE);
	if (fd < 0)
		return fd;
	rc = write(fd, note, n);
	close(fd);
	return rc < 0 ? (int)rc : 0;
}
