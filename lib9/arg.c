/*
 * arg.c - arg(3): what the ARGBEGIN macros of lib9.h need.
 */
#include "lib9/lib9.h"

const char *argv0;

/* The rest of the word that holds the flag, else the next word. */
char *
arg_next(char **rest, int *argc, char ***argv)
{
	char *s = *rest;

	*rest = s + strlen(s);
	if (*s != '\0')
		return s;
	if (*argc < 2)
		return NULL;
	--*argc;
	return *++*argv;
}
