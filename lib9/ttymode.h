/*
 * ttymode.h - what programs have switched on at a terminal, and how to switch it off:
 * they may die with it on. Pure; ttymode_reset may run in a signal's handler. The host's
 * side of the simulator uses it too, so it brings nothing else.
 */
#ifndef LIB9_TTYMODE_H
#define LIB9_TTYMODE_H
#include <stddef.h>

typedef struct TtyMode TtyMode;
struct TtyMode {                /* all 0 at the start */
	enum { TTYMODE_TEXT, TTYMODE_ESC, TTYMODE_CSI, TTYMODE_PRIVATE } state;
	unsigned number;
	unsigned found;         /* modes in this sequence, a bit each */
	unsigned changed;       /* modes that are not as at the start */
};
enum { TTYMODE_RESET = 96 };
void ttymode_watch(TtyMode *m, const char *s, size_t n); /* it is written to the terminal */
/* The sequences that undo what is changed, for which text has TTYMODE_RESET bytes; their
 * length, 0: all is as it was. */
size_t ttymode_reset(TtyMode *m, char *text);
#endif
