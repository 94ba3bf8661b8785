/*
 * cmd.h - what the small programs of cmd/ have in common: they say what is
 * wrong, go on with the next operand, and end with the status "errors".
 */
#ifndef LIB9_CMD_H
#define LIB9_CMD_H
#include "lib9/bio.h"
#include "lib9/hash.h"

/* cmd_usage prints "usage: argv0 args" on fd 2 and ends the program. */
NORETURN void cmd_usage(const char *args);
/* cmd_error prints "argv0: text" on fd 2; cmd_end will tell. */
void cmd_error(const char *fmt, ...);
/* cmd_end flushes and checks out (NULL: nothing), then ends the program:
 * status "" when there was no cmd_error, else "errors". */
NORETURN void cmd_end(Biobuf *out);
/* cmd_out is a Biobuf on fd 1; a program that can't have it ends. */
Biobuf *cmd_out(void);
/* cmd_alloc is realloc for programs that can't go on without; strings too. */
void *cmd_alloc(void *p, size_t n);
char *cmd_strdup(const char *s);
/* cmd_bindflag: what the flag letter of bind and mount says to bind(2); usage when it
 * is none of theirs. */
int cmd_bindflag(Rune letter, const char *usage);
/* cmd_number takes all of s as a decimal number, or ends by usage. */
int64_t cmd_number(const char *s, const char *usage);
/* cmd_same: are the two the same file? */
bool cmd_same(const Dir *a, const Dir *b);
/*
 * cmd_copy copies a file's bytes to one that it creates, of that mode, and says what
 * goes wrong. The new file, still open, or -1; *made: it is there, perhaps in part.
 */
int cmd_copy(const char *from, const char *to, uint32_t mode, bool *made);
/*
 * cmd_each calls fn with each of the files (NULL-terminated), opened for reading;
 * with the standard input when there are none. What can't be opened is told.
 */
void cmd_each(char **files, void (*fn)(int fd, const char *name));
/* cmd_lines: the same with a Biobuf; a read error is told when fn returns. */
void cmd_lines(char **files, void (*fn)(Biobuf *in, const char *name));
/* cmd_input opens a file for reading, or the standard input for -, or ends the program;
 * the name to tell. */
const char *cmd_input(Biobuf *in, const char *file);
/* cmd_exec becomes the program argv[0], of . or /bin when it has no slash; ends when
 * there is none. */
NORETURN void cmd_exec(char **argv);
NORETURN void cmd_shell(const char *command); /* becomes an rc that runs it */
char *cmd_mode(char s[12], uint32_t mode); /* "d-rwxr-xr-x", as ls -l */
/* cmd_list prints text so that each character can be told, as l of ed and sed: \t, \x00e9.
 * Long lines are folded; *column is where the text begins, and then ends. */
void cmd_list(Biobuf *out, const char *s, size_t n, int *column);
/* cmd_hash prints digest, tab and name of each; the digest alone of standard input.
 * Ends the program. */
NORETURN void cmd_hash(char **files, enum HashKind kind);
/* cmd_join makes dir/name, malloc'd; cmd_base is the last element of name. */
char *cmd_join(const char *dir, const char *name);
const char *cmd_base(const char *name);
#endif
