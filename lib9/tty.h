/*
 * tty.h - the terminal for programs that use all of it, and for those that only ask how
 * wide it is. It understands what xterm does: servants/README.md, lib9/key.h.
 *
 *	tty_start(true);
 *	while (...) {
 *		for each row: tty_put(row, text);       sent only when it has changed
 *		tty_cursor(row, column);
 *		if (!tty_key(&key)) break;
 *	}
 *	tty_stop();
 */
#ifndef LIB9_TTY_H
#define LIB9_TTY_H
#include "lib9/key.h"
#include "lib9/sys.h"

/* tty_size: from /dev/consctl; 80 and 24 when that tells nothing. */
void tty_size(int *columns, int *rows);
/* tty_width: the columns of UTF-8 text. */
int tty_width(const char *s);
/* tty_is: is fd the console? */
bool tty_is(int fd);

/*
 * tty_start takes the terminal: raw mode, a screen of its own; with pastes: KeyPaste and
 * KeyPasteend stand around them. -Exxx: there is none, or $TERM says that it knows no
 * sequences. tty_stop gives it back.
 */
int tty_start(bool pastes) MUST_USE;
void tty_stop(void);
extern int tty_rows, tty_columns; /* while it is taken; they change when KeySize comes */
/* tty_key waits for a key; KeySize when all must be drawn anew. false: the terminal is gone. */
bool tty_key(Key *k);
bool tty_more(void);            /* more keys are here already: drawing may wait */
/* tty_put sets a row (from 0) of the screen: text of at most tty_columns, with ESC [ ... m. */
void tty_put(int row, const char *text);
/* tty_page fills the screen with n lines and waits for a key. */
void tty_page(const char *const *lines, int n);
void tty_cursor(int row, int column);   /* column < 0: not shown */
/* tty_notes: ^C is the note "interrupt" meanwhile, not a key: while reading from a pipe. */
void tty_notes(bool on);
#endif
