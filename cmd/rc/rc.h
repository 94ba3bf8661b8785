/*
 * rc.h - the shell: what its files share. Reading order: main.c, run.c (start,
 * flags, the loop over input), input.c, lex.c, parse.c, parse_cmd.c,
 * parse_word.c (text to tree), exec.c (tree to action), word.c and glob.c (words to
 * lists), redir.c, here.c,
 * pipe.c, proc.c, builtin.c, whatis.c, fn.c, var.c, env.c.
 * SEE     rc(1) of the Plan 9 manual; tests/rc/
 */
#ifndef CMD_RC_RC_H
#define CMD_RC_RC_H
#include "lib9/lib9.h"
#include "lib9/sys.h"

/* ---- memory: these end the shell when there is none ---- */
void *rc_alloc(size_t n); /* zeroed */
void *rc_grow(void *p, size_t n);
char *rc_strdup(const char *s);

/* ---- lists of words ---- */
typedef struct List List;
struct List {
	List *next;
	char s[];
};
List *list_new(const char *s, size_t n);
void list_free(List *l);
List *list_copy(const List *l);
List **list_add(List **tail, const char *s); /* -> the new tail */
size_t list_len(const List *l);
char *list_join(const List *l, const char *sep);

/* A text that grows. */
typedef struct Buf Buf;
struct Buf {
	char *s;  /* NUL-terminated after buf_add; NULL when nothing was added */
	size_t n, size;
};
void buf_add(Buf *b, const char *s, size_t n);
void buf_str(Buf *b, const char *s);
void buf_free(Buf *b);

/* ---- trees ---- */
/*
 * In the text of a word from the source, GLOB before * ? [ says that the
 * character is a pattern's, and GLOB GLOB is one GLOB that the user typed.
 */
enum { GLOB = 1 };

enum NodeType {
	/* words */
	NWORD, NDOL, NCOUNT, NJOIN, NLIST, NCAT, NBACKQ, NPIPEFD,
	/* commands */
	NSIMPLE, NASSIGN, NREDIRS, NSEQ, NASYNC, NCHAIN, NPIPE, NBANG, NSUBSHELL,
	NIF, NIFNOT, NFOR, NWHILE, NSWITCH, NMATCH, NFN,
	/* in NREDIRS.kid, and NPIPEFD.op */
	NREDIR,
};
enum RedirOp { Rread, Rwrite, Rappend, Rrdwr, Rhere, Rdup, Rclose };

typedef struct Node Node;
struct Node {
	uint8_t type;
	uint8_t op;       /* NREDIR, NPIPEFD: RedirOp; in NCHAIN: '&' or '|' before this one */
	bool quoted;      /* NWORD: some of it was; Rhere: the tag was */
	int line;
	int fd0, fd1;     /* NREDIR; in NPIPE: of the pipe into the next one */
	Node *a, *b, *c;
	Node *kid, *next; /* children of the n-ary types */
	char *text;
};

/* All memory of one parsed line; functions hold a reference on theirs. */
typedef struct Unit Unit;
struct Unit {
	int ref;
	struct Block *blocks;
	char *file;       /* for messages, NULL: the terminal or -c */
	bool eflag;       /* -e was on when it was read */
	Node *root;
};
Unit *unit_new(const char *file);
void unit_put(Unit *u);
void *unit_alloc(Unit *u, size_t n);
char *unit_text(Unit *u, const char *s, size_t n);

/* ---- input and tokens ---- */
typedef struct Input Input;
struct Input {
	int fd;           /* -1: all of it is in src */
	char *name;       /* NULL: messages name no file */
	bool interactive; /* prompts; errors come back to it */
	bool whole;       /* -b: all of it is one unit */
	bool quiet;       /* . -q: no errors, -e and -v */
	bool eof;
	bool iflast;      /* the command parsed last was an if */
	int line;
	char *src;        /* what was read and not yet dropped; the unit is from start to pos */
	size_t start, pos, n, size;
	bool failed;      /* read error or hostile byte: told already */
	Node *here, **here_tail; /* here documents whose text is still to come */
};
void input_init(Input *in, int fd, const char *name);
void input_text(Input *in, const char *s, size_t n);
void input_free(Input *in);
void input_drop(Input *in);     /* a new unit begins; what was parsed may be forgotten */
void input_flush(Input *in);    /* and the rest of what is read already */
bool input_at_end(Input *in);   /* only white space is left, known without reading */
int input_getc(Input *in);      /* -1: end */
void input_ungetc(Input *in);
bool input_at_brace(Input *in); /* a { comes next, after blanks */

enum Tok {
	Teof = 256, Tword, Tnl, Tand, Tor, Tpipe, Tredir, Tcount, Tjoin, Tbad,
};
typedef struct Token Token;
struct Token {
	int type;         /* Tok, or the character itself: ; & ( ) { } ^ $ ` = */
	bool spaced;      /* white space stood before it */
	bool quoted;
	int line;
	char *text;       /* Tword: marked with GLOB */
	enum RedirOp op;  /* Tredir */
	int fd0, fd1;     /* Tredir, Tpipe */
	size_t start, end; /* in Input.src */
};
enum { LEXARG = 1, LEXNAME = 2 }; /* = is no token; a variable's name follows */
void lex(Input *in, Unit *u, int mode, Token *t);
bool here_read(Input *in, Unit *u); /* the texts that are due, after a newline */

/* edit_term.c: what an interactive input reads, with the prompt before it; as read:
 * count, 0, -Exxx. rest: a command goes on. */
int64_t edit_line(const Input *in, const char *prompt, bool rest, Buf *to);
void edit_commit(void);         /* the command read is whole, or wrong: history */

/* Reads one line, with all that its braces and here documents span. NULL: end
 * of input, or a syntax error, told on fd 2 (*bad). */
Unit *parse_unit(Input *in, bool *bad);
enum { PARSE_DEPTH = 200 };     /* deepest nesting of braces, lists, $, … */

/* ---- running ---- */
enum { TAIL = 1, EOK = 2 };     /* nothing follows in this process; -e is to be looked at */
enum { Xok, Xabort };           /* Xabort: back to the prompt, or the end */
int cmd_run(Node *n, int fl);
int unit_run(Unit *u, Node *n, int fl);
int input_run(Input *in, int fl);
NORETURN void child_run(Node *n, int fl);
NORETURN void rc_exit(void);    /* with $status */
int rc_error(const char *fmt, ...); /* tells (%r too), sets $status; Xabort */
void rc_warn(const char *fmt, ...);

typedef struct Rc Rc;
struct Rc {
	bool flag[128];
	bool child;          /* a fork of the shell that user started */
	bool interactive;    /* an input that prompts is being run */
	bool ifnot;          /* the last if was false */
	const char *file;    /* of what is running now, for messages */
	int line;
	uintptr_t stack;     /* where it begins */
	int depth;           /* of functions, eval and . */
	Input *input;        /* innermost */
};
extern Rc shell;
bool stack_is_full(void);       /* so that a call too many is an error and no crash */

/* ---- words ---- */
int words_eval(Node *kids, List **out) MUST_USE;        /* marked */
int word_eval(Node *w, List **out) MUST_USE;
int words_glob(Node *kids, List **out) MUST_USE;        /* names expanded, plain */
int word_one(Node *w, const char *what, char **out) MUST_USE; /* exactly one, plain */
List *word_unmark(List *l);                             /* in place */
List *glob_list(List *marked);                          /* consumes */
bool glob_match(const char *s, const char *marked);
int words_match(const List *subject, List *patterns, bool *yes); /* plain, marked */
char *glob_mark(const char *plain);                     /* malloc'd */

/* ---- variables ---- */
typedef struct Fn Fn;
struct Fn {
	int ref;
	Unit *unit;
	Node *body;
	char *text;          /* "{…}", as typed */
};
typedef struct Var Var;
struct Var {
	Var *next;           /* globals: of the bucket */
	Var *local;          /* the innermost local one of this name; the next outer one */
	List *val;
	Fn *fn;              /* globals only */
	bool changed;        /* globals: it or a local of this name is not as in /env */
	bool fn_changed;
	char name[];
};
Var *var_get(const char *name);         /* innermost; made if there is none */
Var *var_global(const char *name);
List *var_value(const char *name);      /* borrowed; knows $1 … */
void var_set(const char *name, List *val);       /* CONSUMES val */
void var_set_str(const char *name, const char *s);
Var *local_push(const char *name, List *val);    /* CONSUMES val */
void local_pop(Var *v);
void var_each(void (*fn)(Var *v, void *arg), void *arg);
bool name_ok(const char *name);
const char *status_get(void);
void status_set(const char *s);
bool status_true(void);

Fn *fn_find(const char *name);          /* borrowed */
void fn_set(const char *name, Fn *fn);  /* CONSUMES fn; NULL: delete */
Fn *fn_new(Unit *u, Node *body, const char *text);
void fn_put(Fn *fn);
int fn_call(Fn *fn, List *argv, int fl); /* CONSUMES argv */
void env_read(void);                    /* variables */
void env_read_fns(void);
void env_write(void);                   /* before a program starts */
void env_copy(void);                    /* a child's own copy from its next change on */

/* ---- redirection: a stack of what a new program's fds will be ---- */
typedef struct Redir Redir;
struct Redir {
	Redir *next;         /* older */
	enum { ROPEN, RDUP, RCLOSE } type;
	int from, to;        /* RCLOSE: to */
};
extern Redir *redirs;
void redir_push(int type, int from, int to);
void redir_pop(Redir *mark);
int redir_nodes(Node *list) MUST_USE;
int redir_fd(int fd);                   /* where fd leads now, -1: closed */
void redir_apply(void);                 /* for good: in a child, before exec */
int here_open(Node *n) MUST_USE;        /* fd to read it from, or Xabort: -1 */

/* ---- processes ---- */
int rc_fork(void);                      /* 0 in the child; < 0 told already */
void child_wait(int pid, char **status); /* NULL: no such child */
int child_status(int pid);              /* into $status; Xabort: a note broke in */
int child_await(int pid);               /* the command wait; 0: all */
int pipe_run(Node *n, int fl);
int backq_eval(Node *n, List ***tail);
int pipefd_eval(Node *n, List ***tail);
NORETURN void exec_run(List *argv);     /* CONSUMES argv */
char **list_argv(List *l);
char *path_find(const char *name);      /* malloc'd, NULL: none */
char *path_join(const char *dir, const char *name); /* malloc'd */
bool path_direct(const char *name);
void notes_init(void);
int notes_run(void);
void notes_drop(void);
bool notes_pending(void);

/* ---- builtins ---- */
typedef int Builtin(List *args, int fl); /* args[0] is the name; borrowed */
Builtin *builtin_find(const char *name);
void builtin_each(void (*fn)(const char *name));
Builtin builtin_whatis;
bool is_console(int fd);
int rc_main(int argc, char **argv);
typedef struct Dot Dot;
struct Dot {
	bool whole, interactive, quiet; /* see Input */
};
int file_run(const char *file, List *args, Dot how, int fl); /* "."; CONSUMES args */
int text_run(const char *text, size_t n, const char *name, int fl);

#endif
