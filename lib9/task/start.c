/*
 * task/start.c - C's half of crt0.S: thread blocks, main, and what comes after it.
 */
#include "lib9/plat.h"

int main(int argc, char **argv);
NORETURN void exits(const char *status);
void start_program(Startup *s);
void start_thread(void (*fn)(void *), void *arg);
void start_child(void);
void start_note(void);

static Startup nothing; /* of the root task */
static Uthread main_thread;
static L4_ThreadId_t root;
Startup *startup = &nothing;

Uthread *
uthread_self(void)
{
	return (Uthread *)L4_UserDefinedHandle();
}

void
start_program(Startup *s)
{
	static char *no_args[1];

	L4_Set_UserDefinedHandle((L4_Word_t)&main_thread);
	root = L4_Pager(); /* HVM; it turns exceptions into notes */
	L4_Set_ExceptionHandler(root);
	nothing.argv = no_args;
	if (s != NULL)
		startup = s;
	if (startup->argc > 0)
		argv0 = startup->argv[0];       /* sysfatal's name, ARGBEGIN or not */
	main((int)startup->argc, startup->argv);
	exits(NULL);
}

/* A thread ends by its creator's hand; one whose function returns just waits. */
void
start_thread(void (*fn)(void *), void *arg)
{
	Uthread own;

	memset(&own, 0, sizeof own);
	L4_Set_UserDefinedHandle((L4_Word_t)&own);
	L4_Set_ExceptionHandler(root);
	fn(arg);
	for (;;)
		L4_Sleep(L4_Never);
}

/* The child of a fork: its thread is new, its memory is the parent's. The block
 * is the main thread's even if another thread forked. */
void
start_child(void)
{
	L4_Set_UserDefinedHandle((L4_Word_t)&main_thread);
	L4_Set_ExceptionHandler(root);
}

/* A note, which only the main thread gets; a child's may come before its first instruction. */
void
start_note(void)
{
	if (uthread_self() == NULL)
		start_child();
}
