/*
 * sys/tty.c - the terminal as programs use it.
 * SEE     lib9/tty.h; consctl in cons(3)
 */
#include "lib9/tty.h"

/* "... size COLUMNS ROWS ..." */
static void
size_parse(const char *text, int *columns, int *rows)
{
	const char *s = strstr(text, "size ");
	char *end;
	long c, r;

	if (s == NULL)
		return;
	c = strtol(s + 5, &end, 10);
	r = strtol(end, &end, 10);
	if (c > 0 && c < 10000 && r > 0 && r < 10000) {
		*columns = (int)c;
		*rows = (int)r;
	}
}

void
tty_size(int *columns, int *rows)
{
	char text[256];
	int fd = open("/dev/consctl", OREAD);
	int64_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	*columns = 80;
	*rows = 24;
	if (fd >= 0)
		close(fd);
	if (n > 0) {
		text[n] = '\0';
		size_parse(text, columns, rows);
	}
}

int
tty_width(const char *s)
{
	int width = 0;
	Rune r;

	while (*s != '\0') {
		s += chartorune(&r, s);
		width += rune_width(r);
	}
	return width;
}
