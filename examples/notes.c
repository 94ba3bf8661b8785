/*
 * examples/notes.c - notes: what LP49 tells a process at any moment. This one
 * gets an alarm while it sleeps in a system call, a note that it posts to
 * itself, and then one for a null pointer, which ends it.
 *
 * USAGE  examples/notes
 * The handler of a note says NCONT (go on) or NDFLT (what happens without a
 * handler: the process ends, the note is its status).
 */
#include "lib9/sys.h"

static volatile unsigned alarms;

static void
handler(Ureg *regs, const char *note)
{
	USED(regs);
	fprint(1, "note: %s\n", note);
	if (strcmp(note, "alarm") == 0) {
		alarms++;
		noted(NCONT);
	} else if (strncmp(note, "sys:", 4) == 0) {
		noted(NDFLT);   /* the instruction would only fail again */
	} else {
		noted(NCONT);
	}
}

int
main(void)
{
	int rc;

	if (notify(handler) < 0)
		sysfatal("notify: %r");
	alarm(50);
	rc = sleep(10000);      /* ended early, by the alarm */
	print("sleep: %s\n", rc < 0 ? err_reason() : "slept");

	alarm(50);
	while (alarms < 2)      /* no system call in sight: HVM diverts the thread */
		;
	print("%u alarms\n", alarms);

	if (postnote(PNPROC, getpid(), "hello, me") < 0)
		sysfatal("postnote: %r");

	print("now a null pointer\n");
	*(volatile int *)0 = 49;
	exits("not reached");
}
