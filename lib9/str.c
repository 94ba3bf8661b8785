/*
 * str.c - Str, a view of bytes that somebody else owns.
 * SEE     lib9/lib9.h
 */
#include "lib9/lib9.h"

Str
str_of(const char *s)
{
	return (Str){ s, strlen(s) };
}

bool
str_eq(Str a, const char *b)
{
	return strnlen(b, a.n + 1) == a.n && (a.n == 0 || memcmp(a.s, b, a.n) == 0);
}

bool
str_same(Str a, Str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
}

char *
str_dup(Str a)
{
	char *s = malloc(a.n + 1);

	if (s == NULL)
		return NULL;
	if (a.n > 0)
		memcpy(s, a.s, a.n);
	s[a.n] = '\0';
	return s;
}

int64_t
readbuf(void *buf, size_t n, uint64_t off, const void *data, size_t size)
{
	if (off >= size)
		return 0;
	if (n > size - off)
		n = size - (size_t)off;
	if (n > 0)
		memmove(buf, (const char *)data + off, n);
	return (int64_t)n;
}

int64_t
readstr(void *buf, size_t n, uint64_t off, const char *text)
{
	return readbuf(buf, n, off, text, strlen(text));
}
