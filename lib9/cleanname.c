/*
 * cleanname.c - the shortest name for the same file, by its text alone: no
 * empty and "." elements, each "x/.." gone, ".." at the root gone. The device
 * of a name like #s/dos counts as its root.
 * SEE     cleanname(2); tests/unit/cleanname.c
 */
#include "lib9/lib9.h"

char *
cleanname(char *name)
{
	char *from = name, *root = name, *low, *to;
	bool rooted = *name == '/' || *name == '#';

	if (*name == '#')
		for (; *from != '\0' && *from != '/'; from++)
			;
	else if (rooted)
		from++;
	root = low = to = from; /* [name, root) stays; below low no ".." may reach */
	while (*from != '\0') {
		size_t n = strcspn(from, "/");

		if (n == 0 || (n == 1 && from[0] == '.')) {
			/* nothing to keep */
		} else if (n == 2 && from[0] == '.' && from[1] == '.' && (rooted || to > low)) {
			while (to > low && *--to != '/')
				;
		} else {
			if (to != root || *name == '#')
				*to++ = '/';
			memmove(to, from, n);
			to += n;
			if (n == 2 && to[-1] == '.' && to[-2] == '.')
				low = to;
		}
		from += n;
		if (*from == '/')
			from++;
	}
	if (to == name)
		*to++ = '.';
	*to = '\0';
	return name;
}
