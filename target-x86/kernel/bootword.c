/*
 * bootword.c - the words key=value behind the kernel's name on the boot command
 * line. Our loader leaves their physical address in the KIP's second
 * KdebugConfig word; another loader leaves 0 there, and there are none.
 */
#include "target-x86/kernel/kernel.h"

enum { KIP_CONFIG1 = 0x5C / 4 };
static char words[256];

/* before the memory that the loader used is given away */
void
bootword_init(void)
{
	Word pa = kip[KIP_CONFIG1];
	unsigned n = 0;

	if (pa == 0 || pa >= KWIN_SIZE - sizeof(words))
		return;
	for (const char *s = phys_to_kern(pa); s[n] != 0 && n < sizeof(words) - 1; n++)
		words[n] = s[n];
}

const char *
bootword(const char *key)
{
	for (const char *w = words; *w != 0; w++) {
		const char *k = key;

		while (*w != 0 && *w == *k)
			w++, k++;
		if (*k == 0 && *w == '=')
			return w + 1;
		while (*w != 0 && *w != ' ')
			w++;
		if (*w == 0)
			break;
	}
	return NULL;
}
