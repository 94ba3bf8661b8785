/*
 * fmt.h - the engine behind print, snprintf, seterr and Bprint.
 */
#ifndef LIB9_FMT_H
#define LIB9_FMT_H
#include "lib9/lib9.h"

/* Where formatted text goes: put is called with pieces, in order. */
typedef struct Fmt Fmt;
struct Fmt {
	void (*put)(Fmt *f, const char *s, size_t n);
	void *arg;              /* put's own */
	size_t n;               /* bytes so far, whether or not put kept them */
};
/*
 * fmt_run formats by the verbs of C99 without floating point and without %n,
 * plus %r %q %C %S of lib9.h. Widths and precisions count bytes. An unknown
 * verb is printed as it stands, and ends the use of the arguments.
 */
void fmt_run(Fmt *f, const char *fmt, va_list ap);
/* fmt_buf formats into [p, end), NUL-terminated when there is room for that;
 * the size that the whole text has. */
size_t fmt_buf(char *p, char *end, const char *fmt, va_list ap);
#endif
