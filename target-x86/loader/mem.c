/*
 * target-x86/loader/mem.c - memory: what the compiler calls too.
 */
#include "target-x86/loader/loader.h"

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);

void *
memmove(void *to, const void *from, size_t n)
{
	void *r = to;

	if ((uintptr_t)to - (uintptr_t)from >= n) {
		__asm__ __volatile__("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
	} else {
		to = (char *)to + n - 1;
		from = (const char *)from + n - 1;
		__asm__ __volatile__("std; rep movsb; cld" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
	}
	return r;
}

void *
memcpy(void *restrict to, const void *restrict from, size_t n)
{
	return memmove(to, from, n);
}

void *
memset(void *to, int c, size_t n)
{
	void *r = to;

	__asm__ __volatile__("rep stosb" : "+D"(to), "+c"(n) : "a"(c) : "memory");
	return r;
}
