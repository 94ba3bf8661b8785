/*
 * bio.h - buffered I/O for programs: bio(2) of the Plan 9 manual. A Biobuf
 * reads or writes one fd. Output that is left when the program exits is written
 * by exits(). Functions that give int or int64_t give Beof (-1) at end of file
 * and in errors; Berror tells the two apart.
 */
#ifndef LIB9_BIO_H
#define LIB9_BIO_H
#include "lib9/sys.h"

enum { Beof = -1, Bsize = 32 << 10, Bungetsize = UTFmax };

typedef struct Biobuf Biobuf;
struct Biobuf {
	int fd;
	int mode;               /* OREAD or OWRITE; -1: terminated */
	int error;              /* -Exxx of the first failure; sticky */
	bool eof;               /* cleared by Bseek; a terminal may go on */
	bool opened;            /* by Bopen: Bterm closes fd and frees */
	int64_t offset;         /* of the fd, where the buffer ends (read) or begins (write) */
	char *p, *end;          /* read: the bytes not yet taken. write: the room left */
	char *low;              /* read: how far Bungetc may go back */
	size_t rdline;          /* Blinelen */
	char *line;             /* a long line of Brdline; malloc'd */
	size_t linesize;
	Biobuf *next;           /* of those that exits() flushes */
	char *buf;              /* Bungetsize bytes, then Bsize; malloc'd */
};

Biobuf *Bopen(const char *file, int mode);      /* OREAD, or OWRITE: created. NULL: failed */
Biobuf *Bfdopen(int fd, int mode);
int Binit(Biobuf *b, int fd, int mode);         /* b is the caller's */
int Bterm(Biobuf *b);                           /* flushes; closes fd if Bopen opened it */
int Bflush(Biobuf *b);
int Bfildes(const Biobuf *b);
int Berror(const Biobuf *b);                    /* 0, or -Exxx of the first failure */

int Bgetc(Biobuf *b);
int64_t Bgetrune(Biobuf *b);
int Bungetc(Biobuf *b);                         /* undoes the last Bgetc */
int Bungetrune(Biobuf *b);                      /* … the last Bgetrune */
int64_t Bread(Biobuf *b, void *buf, int64_t n); /* short only at end of file */
/*
 * Brdline gives a line up to and with delim, of any length: a view into the
 * buffer, valid until the next call; NULL at the end. The last line comes with
 * or without its delim: Blinelen says how many bytes it has. Bgetline is the
 * same in one call.
 */
char *Brdline(Biobuf *b, int delim);
size_t Blinelen(const Biobuf *b);
char *Bgetline(Biobuf *b, int delim, size_t *n);
char *Brdstr(Biobuf *b, int delim, bool strip); /* malloc'd and NUL-terminated; strip: without delim */
int64_t Bbuffered(const Biobuf *b);

int Bputc(Biobuf *b, int c);
int Bputrune(Biobuf *b, Rune r);
int64_t Bwrite(Biobuf *b, const void *buf, int64_t n);
int Bprint(Biobuf *b, const char *fmt, ...);
int Bvprint(Biobuf *b, const char *fmt, va_list ap);

int64_t Bseek(Biobuf *b, int64_t off, int type);
int64_t Boffset(const Biobuf *b);
#endif
