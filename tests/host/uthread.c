/*
 * host/uthread.c - what the platform and the kernel give to lib9, for the unit
 * tests: a thread's own block, the host's errno numbers, the ends of a program.
 */
#include <errno.h>
#include <unistd.h>
#include "lib9/fmt.h"
#include "lib9/uthread.h"

static _Thread_local Uthread self;

Uthread *
uthread_self(void)
{
	return &self;
}

int
err_host(int code)
{
	static const int numbers[] = {
		[Eok] = 0,
#define X(code, text, host) [code] = host,
#include "lib9/errors.def"
#undef X
	};
	int c = code < 0 ? -code : code;

	return c < 0 || c >= Elast ? EIO : numbers[c];
}

int
vfprint(int fd, const char *fmt, va_list ap)
{
	char *s = vsmprint(fmt, ap);
	int n = s == NULL ? -1 : (int)write(fd, s, strlen(s));

	free(s);
	return n;
}

void
panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprint(2, fmt, ap);
	va_end(ap);
	fprint(2, "\n");
	abort();
}
