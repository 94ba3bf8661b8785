/*
 * edit.h - the line editor: a terminal's bytes in, what it shall show and finished
 * lines out. Reading order: edit.c (keys to actions), edit_text.c (on the text),
 * edit_hist.c (history and search), edit_list.c (Tab), edit_show.c (the screen).
 * All of these are pure; edit_term.c joins them with the console, history.c with
 * the history's file, complete.c with what there is to complete.
 * SEE     tests/unit/edit.c
 */
#ifndef CMD_RC_EDIT_H
#define CMD_RC_EDIT_H
#include "lib9/key.h"
#include "cmd/rc/rc.h"

void buf_insert(Buf *b, size_t at, const char *s, size_t n);
void buf_cut(Buf *b, size_t at, size_t n);
void buf_set(Buf *b, const char *s, size_t n);

/* ---- edit_show.c: what the terminal shows of prompt and text ---- */
typedef struct Row Row;
struct Row {
	size_t start, n;       /* in Frame.bytes */
	unsigned width;        /* columns */
	bool soft;             /* it goes on in the next row */
};
typedef struct Frame Frame;
struct Frame {
	Buf bytes;
	Row *row;
	size_t nrow, size;
	size_t top;            /* of the layout's rows, the first that is here */
};
typedef struct Screen Screen;
struct Screen {
	unsigned cols, rows;   /* of the terminal */
	Buf out;               /* to be written to it */
	Frame now, next;       /* what it shows */
	size_t y;              /* the cursor, in rows of `now` */
	unsigned x;            /* cols: behind the last column, the next rune wraps */
};
/* The cursor is at the begin of a row, with nothing of ours above. */
void screen_fresh(Screen *s);
/* Shows prompt (its escape sequences take no place) and n bytes of text, the cursor at
 * `at`, by the least of output. */
void screen_show(Screen *s, const char *prompt, const char *text, size_t n, size_t at);
/* Cursor to a new row behind all that is shown. */
void screen_leave(Screen *s);
/* The terminal has another size, and has wrapped its rows anew: erases what is shown. */
void screen_resize(Screen *s, unsigned cols, unsigned rows);
void screen_clear(Screen *s);  /* the whole terminal */
void screen_free(Screen *s);
/* Length of the unit shown at s: a rune with what combines with it, or an escape
 * sequence; *width its columns. n > 0. */
size_t shown_next(const char *s, size_t n, unsigned *width);

/* ---- history.c ---- */
typedef struct History History;
struct History {
	char **line;           /* oldest first; "\n" within is as typed */
	size_t n, size;
};
enum { HISTORY_MAX = 1000, HISTORY_BYTES = 128 * 1024 };
/* False: not kept (blank-led, empty, or the same as the one before). */
bool history_add(History *h, const char *text);
void history_free(History *h);
char *history_pack(const char *text);           /* one line, with its newline; malloc'd */
void history_unpack(History *h, char *text);    /* lines of history_pack; changes text */
void history_load(History *h);                  /* from the file */
void history_save(const char *text);            /* to the file that was loaded */

/* ---- completion ---- */
typedef struct Completion Completion;
struct Completion {
	size_t from;           /* the word begins here */
	char *text;            /* what it becomes; NULL: nothing fits */
	char **name;           /* all that fit, sorted, as shown */
	size_t n;
};
void completion_free(Completion *c);

/* ---- edit.c ---- */
enum EditEvent { EDIT_MORE, EDIT_DONE, EDIT_EOF, EDIT_CANCEL };
typedef struct Edit Edit;
struct Edit {
	/* set by the caller */
	History *history;
	void (*complete)(const char *text, size_t at, Completion *c);
	void (*ask_size)(void); /* for a KeySize, if the size is another */
	Screen screen;
	/* the line */
	Buf prompt;            /* its last line; what stands before that is shown once */
	Buf head;
	bool rest;             /* of a command that began in a line before */
	Buf text;
	size_t at;
	Buf killed;
	bool killing, was_killing; /* kills in a row make one text */
	KeyIn keys;
	bool pasting, literal;
	unsigned cols, rows;   /* the size to come, 0: no other */
	/* the history: which line is shown, n: the one being typed, then in `own` */
	size_t hist;
	Buf own;
	/* ^R */
	bool searching, failing;
	Buf pattern, label;
	size_t found, own_at;
	/* Tab */
	bool tabbed;           /* the key before was one that changed nothing */
	bool asking;           /* whether to show all that fit */
	Completion choices;
};
void edit_start(Edit *e, const char *prompt, bool rest);
/* One byte of input. EDIT_DONE: the line is text; EDIT_CANCEL: ^C. */
enum EditEvent edit_input(Edit *e, uint8_t c);
void edit_draw(Edit *e);       /* after some input: brings screen.out up to date */
void edit_end(Edit *e, const char *mark); /* leaves the line as it is shown; mark, such as ^C, behind it */
void edit_redraw(Edit *e);     /* something else wrote on the terminal */
void edit_free(Edit *e);

/* edit_text.c: motions give the new place, edits change text and at */
size_t text_left(const Edit *e, size_t at), text_right(const Edit *e, size_t at);
size_t text_settle(const Edit *e, size_t at); /* not before what combines */
size_t text_word_left(const Edit *e, size_t at), text_word_right(const Edit *e, size_t at);
size_t text_blank_left(const Edit *e, size_t at); /* begin of the blank-separated word */
size_t text_line_begin(const Edit *e, size_t at), text_line_end(const Edit *e, size_t at);
bool text_vertical(Edit *e, int dir);   /* false: there is no such line */
void text_insert(Edit *e, const char *s, size_t n);
void text_kill(Edit *e, size_t from, size_t to);
void text_transpose(Edit *e);
/* edit_hist.c */
void hist_move(Edit *e, int dir);
void search_start(Edit *e);
bool search_key(Edit *e, const Key *k); /* false: the search is over, the key still to be done */
const char *search_prompt(Edit *e);
/* edit_list.c */
void tab_key(Edit *e);
void answer_key(Edit *e, const Key *k); /* to "show all?" */

/* edit_term.c */
bool edit_wanted(const Input *in);
/* complete.c */
void complete_word(const char *text, size_t at, Completion *c);
#endif
