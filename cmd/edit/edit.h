/*
 * edit.h - what the files of cmd/edit share.
 */
#ifndef CMD_EDIT_EDIT_H
#define CMD_EDIT_EDIT_H
#include "lib9/cmd.h"
#include "lib9/tty.h"

/* ---- text.c: lines and what was done to them ---- */
typedef struct Pos Pos;
struct Pos {
	size_t line, at;        /* from 0; at: bytes of the line before it */
};
size_t text_lines(void);                /* 1 at least */
Str text_line(size_t i);
/* text_change puts n bytes in the place of [from, to); the position behind them. Can be
 * undone; changes with the same group are undone together. */
Pos text_change(Pos from, Pos to, const char *s, size_t n, unsigned group);
bool text_undo(Pos *where);
bool text_redo(Pos *where);
char *text_get(Pos from, Pos to, size_t *n); /* malloc'd */
void text_load(char *data, size_t n);   /* a new text; consumes data */
bool text_changed(void);                /* since text_saved */
void text_saved(void);

/* ---- char.c: characters of a line ---- */
/* A character is a rune with what combines with it, or a byte that is no UTF-8. */
size_t char_next(Str line, size_t at);
size_t char_before(Str line, size_t at);
int char_width(Str line, size_t at, int column);
int column_of(Str line, size_t at);
size_t at_column(Str line, int column);
/* line_draw: the columns [left, left + width) for tty_put; a view until the next call. */
const char *line_draw(Str line, int left, int width);

/* ---- file.c ---- */
bool file_load(const char *name);       /* a file that isn't there is empty; false: the reason is set */
bool file_changed_outside(void);        /* since it was loaded or saved */
/* file_save writes a new file, then gives it the name; false: why (malloc'd) in *why. */
bool file_save(const char *name, char **why);
void file_rescue(void);                 /* to NAME.hup, as well as can be */
extern const char *file_name;           /* NULL: none yet */
extern bool file_new;                   /* it was not there */

/* ---- screen.c ---- */
enum { CTRL = 0x1f, ASK_MAX = 512 };
extern size_t top;                      /* the first line on it */
int screen_rows(void);
Str line_here(void);
Pos text_end(void);
void say(const char *fmt, ...);          /* in the line below the text */
void screen_draw(void);
bool ask(const char *prompt, char *buf, size_t size);
char ask_letter(const char *question, const char *answers);

/* ---- move.c ---- */
extern Pos cur;                         /* the cursor */
extern int goal;                        /* the column that up and down keep to; -1: the cursor's */
void move_lines(int64_t n);
void move_page(int sign);
void move_left(void);
void move_right(void);
bool pos_before(Pos p, Pos q);
void word_right(void);
void word_left(void);

/* ---- change.c ---- */
extern unsigned change_group;                /* changes that belong together */
extern bool cutting;                    /* the last key was ^K */
extern bool pasting;
void insert(const char *s, size_t n, unsigned g);
void insert_rune(Rune r);
void delete_back(void);
void delete_here(void);
void keep_line(bool more);
void cut_line(void);
void put_back(void);

/* ---- find.c ---- */
extern char find_text[ASK_MAX];         /* what is searched for; "": nothing yet */
void find_next(void);
void replace_all(void);
void go_line(void);
#endif
