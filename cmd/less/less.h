/*
 * less.h - what the files of cmd/less share.
 */
#ifndef CMD_LESS_LESS_H
#define CMD_LESS_LESS_H
#include "lib9/cmd.h"
#include "lib9/regex.h"
#include "lib9/tty.h"

/* ---- text.c: the lines that have been read so far, numbered from 0 ---- */
bool text_open(const char *name, int fd);       /* fd -1: opens name; false: the reason is set */
void text_close(void);
bool text_line(size_t i, Str *line);    /* reads on until it is there; false: there are fewer */
size_t text_known(void);                /* how many are */
bool text_ended(void);                  /* and there are no more */
void text_all(void);                    /* reads to the end, or to an interrupt */
extern volatile bool text_interrupted;

/* ---- row.c: a line in rows of the screen's width ---- */
/* row_end: where the row that begins at `from` ends. row_before: where the one before
 * begins that ends at `end` > 0. */
size_t row_end(Str line, size_t from, int columns);
size_t row_before(Str line, size_t end, int columns);
/* row_draw makes the row [from, to) for tty_put, with what matches re (NULL: nothing) in
 * reverse. A view, until the next call. */
const char *row_draw(Str line, size_t from, size_t to, Regex *re);
/* row_plain: the text of a line without sequences; a view. at (NULL or one more than n):
 * where each byte of it stands in the line. */
Str row_plain(Str line, size_t *at);
#endif
