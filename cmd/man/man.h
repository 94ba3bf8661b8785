/* man.h - of man: finding pages (find.c), formatting them (roff.c, fill.c). */
#ifndef CMD_MAN_MAN_H
#define CMD_MAN_MAN_H
#include "lib9/cmd.h"

/* ---- find.c ---- */
#define MAN_DIR "/sys/man"
/* page_find: the file of that name in that section (NULL: the first that has one), or
 * a page that tells of it in NAME; malloc'd. NULL: there is none. */
char *page_find(const char *section, const char *name);
bool page_section(const char *s);               /* is there such a section? */
/* page_near: names like that one, "ls(1), ln(1)"; malloc'd, "" when there are none. */
char *page_near(const char *name);
/* page_search prints the titles in which word is, without regard to case. */
bool page_search(Biobuf *out, const char *word);
bool page_list(Biobuf *out, const char *section);       /* all titles of a section */

/* ---- roff.c ---- */
/* roff_format formats the page in; what it does not know goes to cmd_error, with
 * name and line. columns: of the output; ansi: with bold and underlined text. */
void roff_format(Biobuf *in, Biobuf *out, const char *name, int columns, bool ansi);
/* roff_plain: the line s without its escapes, malloc'd. */
char *roff_plain(const char *s);

/* ---- fill.c: words to lines ---- */
/* Text is bytes, among them FONT_ marks, which have no width, and BLANK. */
enum { FONT_R = 1, FONT_B, FONT_I, BLANK };
typedef struct Text Text;
struct Text {
	char *s;                /* NUL-terminated once something was added */
	size_t n, max;
};
void text_add(Text *t, const char *s, size_t n);
void text_put(Text *t, int c);

void fill_start(Biobuf *out, int columns, bool ansi);
void fill_indent(int column);                   /* of lines from the next on */
void fill_words(const char *s);                 /* into the line, which breaks where it is full */
void fill_pad(int column);                      /* the next word goes to that column of this line; else of the next */
void fill_break(void);                          /* ends the line, if there is one */
void fill_line(const char *s);                  /* a line as it stands */
void fill_space(void);                          /* one empty line before the next */
void fill_tight(void);                          /* none before the next after all */
void fill_ends(const char *left, const char *middle); /* a head line: left, middle, and left again */
#endif
