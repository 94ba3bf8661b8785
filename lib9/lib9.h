/*
 * lib9.h - the C library of LP49: what core/, servants/, hvm/, servers/ and
 * cmd/ may call without a system call. System calls are in lib9/sys.h, the 9P
 * codec in lib9/fcall.h, the server library in lib9/srv.h, L4 in lib9/l4/l4.h.
 *
 * "decl.h" brings mem*, str*, snprintf, malloc, qsort, and the integer types:
 * libc's in the host build (tests/host/decl.h), our own in the freestanding
 * ones (lib9/free/decl.h). The Makefile picks one by include path.
 */
#ifndef LIB9_LIB9_H
#define LIB9_LIB9_H

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "decl.h"

#define MUST_USE __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define nelem(a) (sizeof(a) / sizeof((a)[0]))
#define USED(x) ((void)(x))

/* ---- errors: functions return 0 or a count, or -Exxx; see errors.def ---- */
enum Error {
	Eok,
#define X(code, text, host) code,
#include "lib9/errors.def"
#undef X
	Elast
};
enum { ERRMAX = 128 };

/*
 * seterr stores a reason for this thread, prefixed by nothing, and returns
 * -code: `return seterr(Enonexist, "walk %s", name);` reads back with errstr()
 * as "walk x: file does not exist". fmt NULL: the table's text alone.
 */
int seterr(int code, const char *fmt, ...) PRINTF(2, 3);
/* err_set takes over a finished reason text (from Rerror, from a system call). */
int err_set(int code, const char *text);
const char *err_text(int code);        /* table text; code > 0 or < 0 */
int err_code(const char *text);        /* exact table text, or one that ends in
					  ": " + table text -> Exxx; else Eremote */
const char *err_reason(void);          /* this thread's last reason (for %r) */
/* err_once makes "open x: x: why" into "open x: why", in place: a reason may name
 * what a message has named already, or its last element. */
void err_once(char *text);
int err_host(int code);                /* errno number of the host, by the host build */

/* ---- strings: a view, not NUL-terminated, owned by somebody else ---- */
typedef struct Str Str;
struct Str {
	const char *s;
	size_t n;
};
Str str_of(const char *s);
bool str_eq(Str a, const char *b);
bool str_same(Str a, Str b);
char *str_dup(Str a);                  /* malloc'd and NUL-terminated, NULL: no memory */

/* ---- text out (Plan 9's print(2)): C99 verbs, and %r reason, %q rc-quoted
 * string, %C rune (uint32_t), %S NUL-terminated uint32_t runes. All return the
 * number of bytes. fd output is unbuffered: one write per call. ---- */
int print(const char *fmt, ...);
int fprint(int fd, const char *fmt, ...);
int vfprint(int fd, const char *fmt, va_list ap);
char *smprint(const char *fmt, ...);   /* malloc'd */
char *vsmprint(const char *fmt, va_list ap);
char *seprint(char *p, char *end, const char *fmt, ...); /* -> at the NUL */
char *vseprint(char *p, char *end, const char *fmt, va_list ap);
/* readstr serves a read of n bytes at off from text; the count copied. */
int64_t readstr(void *buf, size_t n, uint64_t off, const char *text);
int64_t readbuf(void *buf, size_t n, uint64_t off, const void *data, size_t size);

/* ---- UTF-8 (Plan 9's rune(2)), runes up to 0x10FFFF ---- */
typedef uint32_t Rune;
enum { UTFmax = 4, Runeerror = 0xFFFD, Runemax = 0x10FFFF };
int chartorune(Rune *r, const char *s);
int runetochar(char *s, const Rune *r);
int runelen(Rune r);
bool fullrune(const char *s, size_t n);
size_t utflen(const char *s);
size_t utfnlen(const char *s, size_t n);
const char *utfrune(const char *s, Rune r);
const char *utfrrune(const char *s, Rune r);
bool isalpharune(Rune r), isupperrune(Rune r), islowerrune(Rune r), isspacerune(Rune r), isdigitrune(Rune r);
Rune toupperrune(Rune r), tolowerrune(Rune r);
int rune_width(Rune r);                /* columns on a terminal: 0, 1 or 2 */
bool utf8_valid(Str s);

/* ---- parsing ---- */
size_t tokenize(char *s, char **args, size_t maxargs);  /* tokenize(2): quotes '' */
size_t getfields(char *s, char **args, size_t maxargs, bool multi, const char *delims);
int parse_u64(const void *buf, size_t n, uint64_t *v);  /* decimal/0x, white space around; 0 or -Ebadarg */
char *quotestr(const char *s);         /* rc-quoted when needed; malloc'd */
char *cleanname(char *name);           /* in place, purely lexical: cleanname(2) */

/*
 * Plan 9's arg(3): ARGBEGIN{ case 'x': ... break; default: usage(); }ARGEND.
 * argv0 is set; ARGC() is the flag's rune; ARGF() its argument or NULL;
 * EARGF(usage()) its argument, else the expression. "--" and "-" end flags.
 */
extern const char *argv0;
#define ARGBEGIN                                                               \
	for ((argv0 = argv0 ? argv0 : *argv), argv++, argc--;                  \
	    argv[0] && argv[0][0] == '-' && argv[0][1]; argc--, argv++) {      \
		char *args_ = &argv[0][1];                                     \
		Rune argc_ = 0;                                                \
		if (args_[0] == '-' && args_[1] == '\0') {                     \
			argc--;                                                \
			argv++;                                                \
			break;                                                 \
		}                                                              \
		while (*args_ && (args_ += chartorune(&argc_, args_)))         \
			switch (argc_)
#define ARGEND }
#define ARGC() argc_
#define ARGF() arg_next(&args_, &argc, &argv)
#define EARGF(x) ((*args_ || argv[1]) ? ARGF() : ((x), (char *)NULL))
char *arg_next(char **rest, int *argc, char ***argv);

/* ---- time ---- */
typedef struct Tm Tm;
struct Tm {
	int sec, min, hour, mday, mon, year, wday, yday; /* mon 0-11, year - 1900 */
	char zone[4];
};
void tm_utc(int64_t sec, Tm *tm);
int64_t tm_sec(const Tm *tm);
char *tm_text(const Tm *tm, char buf[32]); /* "Thu Jan  1 00:00:00 GMT 1970" */

/* ---- 9P's common types (fcall.h has the messages) ---- */
typedef struct Qid Qid;
struct Qid {
	uint64_t path;
	uint32_t vers;
	uint8_t type;
};
enum { QTDIR = 0x80, QTAPPEND = 0x40, QTEXCL = 0x20, QTMOUNT = 0x10, QTAUTH = 0x08, QTTMP = 0x04, QTFILE = 0 };
#define DMDIR 0x80000000u
#define DMAPPEND 0x40000000u
#define DMEXCL 0x20000000u
#define DMMOUNT 0x10000000u
#define DMAUTH 0x08000000u
#define DMTMP 0x04000000u
enum { OREAD, OWRITE, ORDWR, OEXEC, OTRUNC = 16, OCEXEC = 32, ORCLOSE = 64, OEXCL = 0x1000 };
enum { AEXIST = 0, AEXEC = 1, AWRITE = 2, AREAD = 4 };

typedef struct Dir Dir;
struct Dir {
	uint16_t type;  /* servant letter, for the receiver of a stat */
	uint32_t dev;
	Qid qid;
	uint32_t mode, atime, mtime;
	uint64_t length;
	const char *name, *uid, *gid, *muid;
};
/* dir_pack: wire form of stat(5) into buf; the size, or -Eshort. dir_unpack:
 * strings are copied, NUL-terminated, into strs (size n at least is enough);
 * the size read, or -Ebadstat. dir_null: all "don't touch" values (wstat). */
size_t dir_size(const Dir *d);
int dir_pack(const Dir *d, uint8_t *buf, size_t n) MUST_USE;
int dir_unpack(Dir *d, const uint8_t *buf, size_t n, char *strs) MUST_USE;
void dir_null(Dir *d);

/* ---- ends ---- */
void panic(const char *fmt, ...) PRINTF(1, 2) NORETURN; /* broken invariant */

#endif
