/*
 * examples/ns.c - a private name space: a child puts another directory in the
 * place of /mnt and sees it; the parent, with the name space that both began
 * with, does not. Then the same with a union.
 *
 * USAGE  examples/ns
 */
#include "lib9/sys.h"

/* Says whether file exists, as this process sees the world. */
static void
look(const char *who, const char *file)
{
	print("%-8s %-16s %s\n", who, file, access(file, AEXIST) < 0 ? "is not there" : "is there");
}

static NORETURN void
child(void)
{
	if (bind("/proc", "/mnt", MREPL) < 0)
		sysfatal("bind: %r");
	look("child", "/mnt/1/status");         /* process 1, by another name */
	if (bind("/bin", "/mnt", MAFTER) < 0)   /* both directories, /proc first */
		sysfatal("bind: %r");
	look("child", "/mnt/1/status");
	look("child", "/mnt/cat");
	if (unmount(NULL, "/mnt") < 0)
		sysfatal("unmount: %r");
	look("child", "/mnt/cat");
	if (bind("/bin", "/mnt", MREPL) < 0)    /* stays, for the parent not to see */
		sysfatal("bind: %r");
	_exits(NULL);
}

int
main(void)
{
	Waitmsg *w;
	int pid = rfork(RFPROC | RFFDG | RFNAMEG); /* RFNAMEG: a copy of the name space */

	if (pid < 0)
		sysfatal("rfork: %r");
	if (pid == 0)
		child();
	if ((w = wait()) == NULL)
		sysfatal("wait: %r");
	if (w->msg[0] != '\0')
		exits(w->msg);
	look("parent", "/mnt/cat");
	exits(NULL);
}
