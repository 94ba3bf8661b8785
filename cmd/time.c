/*
 * cmd/time.c - time command [arg...]: runs the command, then tells on the standard
 * error how long it took: user, system and real time in seconds, and the command. It
 * ends as the command did. A name without a slash is looked for in . and /bin, as it
 * is by rc's $path at the start.
 */
#include "lib9/cmd.h"

enum { LINE = 80 }; /* so much of the command is told */

static void
seconds(char **p, char *end, uint32_t ms, const char *unit)
{
	*p = seprint(*p, end, "%lu.%.2lu%s", (unsigned long)ms / 1000, (unsigned long)ms / 10 % 100, unit);
}

int
main(int argc, char **argv)
{
	char text[LINE + 256], *p = text, *end = text + sizeof text - 8, *status;
	Waitmsg *w;
	int pid;

	ARGBEGIN {
	default:
		cmd_usage("command [arg ...]");
	} ARGEND
	if (argc < 1)
		cmd_usage("command [arg ...]");
	pid = fork();
	if (pid < 0)
		sysfatal("can't make a process: %r");
	if (pid == 0)
		cmd_exec(argv);
	while ((w = wait()) == NULL || w->pid != pid)
		if (w == NULL)
			sysfatal("wait: %r");
	seconds(&p, end, w->time[0], "u ");
	seconds(&p, end, w->time[1], "s ");
	seconds(&p, end, w->time[2], "r \t");
	for (; *argv != NULL && p - text < LINE; argv++)
		p = seprint(p, end, " %s", *argv);
	if (*argv != NULL)
		p = seprint(p, text + sizeof text, " ...");
	fprint(2, "%s\n", text);
	status = strstr(w->msg, ": "); /* behind "program pid" */
	exits(status != NULL ? status + 2 : w->msg);
}
