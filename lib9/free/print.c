/*
 * free/print.c - snprintf for the freestanding builds, over lib9/fmt.c.
 */
#include "lib9/fmt.h"

int
vsnprintf(char *restrict buf, size_t n, const char *restrict fmt, va_list ap)
{
	return (int)fmt_buf(buf, n == 0 ? buf : buf + n, fmt, ap);
}

int
snprintf(char *restrict buf, size_t n, const char *restrict fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = vsnprintf(buf, n, fmt, ap);
	va_end(ap);
	return rc;
}
