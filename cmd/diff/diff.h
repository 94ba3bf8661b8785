/*
 * diff.h - what the files of cmd/diff share: lines of text, and what must be changed in
 * one row of them to make another.
 */
#ifndef CMD_DIFF_DIFF_H
#define CMD_DIFF_DIFF_H
#include "lib9/cmd.h"

typedef struct Text Text;
struct Text {
	const char *name;
	char *data;
	size_t size;
	size_t nline;
	size_t *start;          /* nline + 1 offsets in data */
	uint32_t *id;           /* equal lines have equal ones */
	bool no_newline;        /* at the end */
};
/* text_read takes a file, opened as fd; false: told. text_binary: it holds a NUL. */
bool text_read(Text *t, int fd, const char *name);
void text_free(Text *t);
bool text_binary(const Text *t);
Str text_line(const Text *t, size_t i); /* without newline */

enum Blanks { BLANKS_COUNT, BLANKS_RUNS, BLANKS_NONE };
/* text_number gives lines their numbers, below the value returned. */
uint32_t text_number(Text *a, Text *b, enum Blanks blanks);

/* Lines [a0, a1) of one become lines [b0, b1) of the other. */
typedef struct Change Change;
struct Change {
	size_t a0, a1, b0, b1;
};
/* changes_find: the changes in order, malloc'd, *n of them; nid from text_number. */
Change *changes_find(const Text *a, const Text *b, uint32_t nid, size_t *n);

enum Mode { NORMAL = ' ', NAMED = 'n', SCRIPT = 'e', FORWARD = 'f', CONTEXT = 'c', ALL = 'a', UNIFIED = 'u' };
void changes_show(Biobuf *out, const Text *a, const Text *b, const Change *c, size_t n, enum Mode mode);
#endif
