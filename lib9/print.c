/*
 * print.c - print(2) to file descriptors, over vfprint: lib9/sys/vfprint.c, and the host's.
 */
#include "lib9/lib9.h"

int
fprint(int fd, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vfprint(fd, fmt, ap);
	va_end(ap);
	return n;
}

int
print(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vfprint(1, fmt, ap);
	va_end(ap);
	return n;
}
