/*
 * sys/exits.c - the ends of a program: exits, sysfatal, panic.
 * SEE     exits(2)
 */
#include "lib9/sys.h"

enum { NEXIT = 32 };
static void (*at_exit[NEXIT])(void);
static int nexit;

int
atexit(void (*fn)(void))
{
	if (nexit == NEXIT)
		return seterr(Enomem, "atexit");
	at_exit[nexit++] = fn;
	return 0;
}

/* The functions run last first; one that calls exits again ends it. */
void
exits(const char *status)
{
	char text[ERRMAX];

	seprint(text, text + sizeof text, "%s", status == NULL ? "" : status);
	while (nexit > 0)
		at_exit[--nexit]();
	_exits(text);
}

void
sysfatal(const char *fmt, ...)
{
	char text[2 * ERRMAX];
	va_list ap;

	va_start(ap, fmt);
	vseprint(text, text + sizeof text, fmt, ap);
	va_end(ap);
	err_once(text);
	fprint(2, "%s: %s\n", argv0 != NULL ? argv0 : "program", text);
	exits(text);
}

/* No memory is taken and no atexit function runs: nothing can be trusted. */
void
panic(const char *fmt, ...)
{
	char text[ERRMAX], line[2 * ERRMAX], *p;
	va_list ap;

	va_start(ap, fmt);
	vseprint(text, text + sizeof text, fmt, ap);
	va_end(ap);
	p = seprint(line, line + sizeof line, "%s: panic: %s\n", argv0 != NULL ? argv0 : "program", text);
	write(2, line, p - line);
	_exits(text);
}
