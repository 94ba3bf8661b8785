/*
 * sys/vfprint.c - print(2) to a file descriptor: one write per call. Buffered
 * output is bio's.
 */
#include "lib9/fmt.h"
#include "lib9/sys.h"

int
vfprint(int fd, const char *fmt, va_list ap)
{
	char small[512], *s = small;
	size_t n = fmt_buf(small, small + sizeof small, fmt, ap);
	int64_t rc;

	if (n >= sizeof small) {
		s = malloc(n + 1);
		if (s == NULL)
			return -Enomem;
		fmt_buf(s, s + n + 1, fmt, ap);
	}
	rc = write(fd, s, (int64_t)n);
	if (s != small)
		free(s);
	return (int)rc;
}
