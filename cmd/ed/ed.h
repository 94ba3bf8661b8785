/*
 * ed.h - what the files of cmd/ed share.
 *
 * An error in a command is false, with nothing printed yet: the loop in main.c says "?"
 * (or "?name", from ed_fail_name) and drops the rest of the line.
 */
#ifndef CMD_ED_ED_H
#define CMD_ED_ED_H
#include "lib9/cmd.h"
#include "lib9/regex.h"

/* ---- buf.c: the lines, numbered from 1 ---- */
typedef struct Line Line;
struct Line {
	size_t n;
	bool chosen;            /* by a global command */
	char s[];               /* n bytes, no newline */
};
Line *line_new(const char *s, size_t n);
size_t buf_count(void);
Line *buf_line(size_t i);
void buf_insert(size_t after, Line *l);         /* consumes l */
void buf_delete(size_t from, size_t to);
/* buf_replace: what was there is kept for buf_undo; marks move to the new line. */
void buf_replace(size_t i, Line *l);
void buf_replace_plain(size_t i, Line *l); /* is not undone */
bool buf_undo(size_t i);                        /* false: line i is not the last one replaced */
void buf_move(size_t from, size_t to, size_t after); /* after is not in from..to */
void buf_clear(void);
void buf_mark(char name, size_t i);
size_t buf_marked(char name);                   /* 0: there is no such line */
extern size_t buf_touched;      /* no line before it has moved since it was last set */

/* ---- in.c: typed characters ---- */
enum { IN_END = -1, IN_NOTE = -2, IN_BYTE = 1 << 24 /* | a byte that is no UTF-8 */ };
void in_start(void);
int in_get(void);               /* a rune, IN_BYTE, or one of the above */
void in_unget(int c);
int in_peek(void);
void in_list(const char *s);    /* a global's commands come first; NULL: no more */
bool in_global(void);
void in_drop(void);             /* the rest of the line */

/* Text that grows. text_add adds a character of in_get. */
typedef struct Chars Chars;
struct Chars {
	char *s;
	size_t n, room;
};
void text_bytes(Chars *t, const char *s, size_t n);
void text_add(Chars *t, int c);
char *text_end(Chars *t);        /* NUL-terminated; t is empty again, but keeps its room */

/* ---- addr.c ---- */
bool addr_get(int64_t *line);   /* -1: none was given */
/* pattern_get reads an expression up to delim, and makes it the one of match. */
bool pattern_get(int delim);
bool match_line(size_t i);
bool match_from(const char *s, size_t n, size_t from, Span *spans);
bool in_number(uint64_t *v);    /* the digits that come; false: none, *v is 0 */

/* ---- main.c, cmd.c ---- */
typedef struct Ed Ed;
struct Ed {
	size_t dot;
	size_t addr1, addr2;
	bool given;             /* an address was */
	bool verbose;           /* counts and "!" are printed */
	bool changed;
	bool print, list, number; /* after the command: p, l, n */
	const char *fail_name;  /* of an error; NULL: none */
	volatile bool interrupted, hangup;
};
extern Ed ed;
extern Biobuf *ed_out;
bool ed_commands(void);         /* until the end of the input */
bool ed_newline(void);          /* the end of a command, with p, l or n before it */
bool ed_default_all(void);      /* 1,$ unless given */
bool ed_check(size_t lowest);   /* lowest <= addr1 <= addr2 <= $ */
bool ed_print(void);
bool ed_fail_name(const char *name);
bool ed_quit(void);             /* ends the program; false: not yet */
bool ed_quit_due(void);         /* changes would be lost: but not a second time */
void ed_append(size_t after, Line *l); /* and dot is there */

/* ---- sub.c, global.c, file.c ---- */
bool sub_command(void);
bool global_command(bool matching);
bool file_command(int c);       /* e E f r w W */
bool file_read(const char *name);
void file_name(const char *file); /* remembers it */
void file_rescue(void);         /* to ed.hup */
#endif
