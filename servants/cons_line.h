/*
 * cons_line.h - the line discipline of a terminal: typed bytes in, echo and
 * finished lines out. No locks, no devices: servants/cons_term.c has them;
 * tests/unit/cons_line.c.
 */
#ifndef SERVANTS_CONS_LINE_H
#define SERVANTS_CONS_LINE_H
#include "lib9/lib9.h"

enum { LINE_SIZE = 4096, LINE_QUEUE = 65536 };

enum LineEvent { LINE_NONE, LINE_READABLE, LINE_INTERRUPT, LINE_DEBUG };
enum LineMode { LINE_COOKED, LINE_EDIT, LINE_RAW };

typedef struct Line Line;
struct Line {
	enum LineMode mode;
	bool hold;
	bool literal;        /* ^V was typed */
	/* echo of n bytes; must not call back */
	void (*echo)(void *arg, const char *s, size_t n);
	void *arg;
	/* the line being edited */
	uint8_t edit[LINE_SIZE];
	size_t nedit;
	/* finished: a ring of records, each 2 bytes of size (low first), then the
	 * bytes; size 0 is an end of file */
	uint8_t queue[LINE_QUEUE];
	size_t head, nqueue;
	size_t taken;        /* bytes of the first record read so far */
	/* raw bytes that are still to be read are one record, the last */
	bool tail_raw;
	size_t tail;         /* where it begins */
	size_t nnewline;     /* in it, unread: each would be a record of its own if cooked */
};
/* line_input takes one typed byte; what the caller must do about it. */
enum LineEvent line_input(Line *l, uint8_t c);
/* Something to read? */
bool line_readable(const Line *l);
/* At most n bytes of the first record; 0: an end of file was typed. Cooked: one
 * line; raw: what there is; edit: that, up to the first byte that may end a line.
 * REQUIRES line_readable. */
size_t line_read(Line *l, void *buf, size_t n);
/* Cooked input stays as it is. Raw bytes that nobody has read are typed again when
 * the mode becomes cooked; the most urgent event of that. */
enum LineEvent line_mode(Line *l, enum LineMode mode);
/* When the interrupt that a ^C asked for is on its way, in edit mode: the ^C as input,
 * so that the reader knows what was typed behind it. */
void line_mark(Line *l);
/* The bytes that the queue may still grow by. */
size_t line_room(const Line *l);
void line_hold(Line *l, bool on);
void line_flush(Line *l);    /* forget all input */
#endif
