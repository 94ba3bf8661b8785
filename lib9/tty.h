/*
 * tty.h - the terminal for programs that use all of it, and for those that only ask how
 * wide it is. What a terminal must understand: servants/README.md.
 */
#ifndef LIB9_TTY_H
#define LIB9_TTY_H
#include "lib9/sys.h"

/* tty_size: from /dev/consctl; 80 and 24 when that tells nothing. */
void tty_size(int *columns, int *rows);
/* tty_width: the columns of UTF-8 text. */
int tty_width(const char *s);
#endif
