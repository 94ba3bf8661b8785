/*
 * target-x86/loader/text.c - strings, words, pages.
 */
#include "target-x86/loader/loader.h"

bool
text_same(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--)
		if (*a++ != *b++)
			return false;
	return true;
}

uint32_t
page_up(uint32_t n)
{
	return (n + PAGE - 1) & ~(uint32_t)(PAGE - 1);
}

static uint32_t
number(const char *s)
{
	uint32_t n = 0;

	for (; *s >= '0' && *s <= '9'; s++)
		n = n * 10 + (uint32_t)(*s - '0');
	return *s == 'G' ? n << 30 : *s == 'M' ? n << 20 : *s == 'K' ? n << 10 : n;
}

bool
word_value(const char *words, const char *key, uint32_t *value)
{
	size_t n = 0;

	while (key[n] != '\0')
		n++;
	for (const char *p = words; *p != '\0'; p++)
		if ((p == words || p[-1] == ' ') && text_same(p, key, n) && p[n] == '=') {
			*value = number(p + n + 1);
			return true;
		}
	return false;
}
