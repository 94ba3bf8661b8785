/*
 * cons_impl.h - between the files of #c.
 */
#ifndef SERVANTS_CONS_IMPL_H
#define SERVANTS_CONS_IMPL_H
#include "servants/servants_impl.h"
#include "servants/virtio_impl.h"

/*
 * conio.c: where the terminal and the host's files are: a virtio console, or the
 * machine's own (lib9/plat.h), which has PORT_TERM only. As vcons_* of virtio_impl.h.
 */
/* 0, or -Enonexist: a machine without a terminal. resized: from the device's thread. */
int conio_start(void (*resized)(void));
int64_t conio_read(int port, void *buf, size_t n) MUST_USE;
int64_t conio_write(int port, const void *buf, size_t n) MUST_USE;
void conio_put(const char *s, size_t n);
void conio_size(unsigned *cols, unsigned *rows);
bool conio_tells_size(void);             /* the device knows it, and each change */
void conio_drain(int64_t timeout_ms);

/* cons_out.c: what is written to the terminal */
int64_t term_write(const void *buf, size_t n) MUST_USE;
/* Whole text, from CORE's own threads; what can't be written is lost. */
void term_print(const char *s, size_t n);
void term_log_start(void);               /* the log goes there, too, from now on */
bool term_line_open(void);
/* Who had the terminal raw has gone: what it switched on goes, too, if it died with it. */
void term_modes_reset(void);
/* kprint: copies of what was printed; *pos is the reader's place. Blocks. */
uint64_t kprint_end(void);
int64_t kprint_read(void *buf, size_t n, uint64_t *pos) MUST_USE;

/* cons_term.c: the terminal's input and modes */
int term_start(void);
int64_t term_read(void *buf, size_t n) MUST_USE;
void term_owner(void);                   /* ^C is for this process's note group */
/* What one open of consctl asks for; the sum of all is in force. */
typedef struct Wishes Wishes;
struct Wishes {
	bool raw, edit, hold, size;
};
typedef struct Consctl Consctl;
struct Consctl {
	QLock lk;
	Wishes wish;             /* lk */
};
int64_t term_ctl(Consctl *ctl, const void *buf, size_t n) MUST_USE;
void term_ctl_close(Consctl *ctl);
char *term_ctl_text(void);               /* malloc'd */

/* cons_size.c: the terminal's size */
enum { SIZE_ANSWER = 16 };
void size_get(unsigned *cols, unsigned *rows);   /* never 0 */
int size_set(uint64_t cols, uint64_t rows);
void size_forget(void);                  /* what was set: the device has news */
int size_ask(void);                      /* the terminal itself, when the device doesn't tell */
/* One typed byte. What of it, and those held back before it, is input: to out, their number
 * returned; other: it ended the terminal's answer, and that is another size. */
size_t size_input(uint8_t c, char out[SIZE_ANSWER], bool *other);

/* cons_hist.c: the shells' history */
int64_t hist_read(void *buf, size_t n, uint64_t off) MUST_USE;
int64_t hist_write(const void *buf, size_t n) MUST_USE;

/* cons_debug.c: a command of the debug shell. The text is malloc'd, its length
 * returned; a command that fails has the reason as its text. */
int64_t debug_run(const char *line, char **text) MUST_USE;

/* cons_text.c: the files that are a line of text */
int text_make(uint32_t qid, char **text) MUST_USE;
int64_t time_write(const void *buf, size_t n) MUST_USE;
int64_t bintime_read(void *buf, size_t n) MUST_USE;
int64_t bintime_write(const void *buf, size_t n) MUST_USE;
int64_t drivers_write(const void *buf, size_t n) MUST_USE;
int64_t sysname_write(const void *buf, size_t n) MUST_USE;

enum {
	Qdir, Qbintime, Qbootargs, Qcons, Qconsctl, Qcputime, Qdrivers, Qfull, Qhistory, Qhostowner,
	Qhvm, Qkmesg, Qkprint, Qnull, Qosversion, Qpgrpid, Qpid, Qppid, Qrandom, Qreboot,
	Qstderr, Qstdin, Qstdout, Qswap, Qsysname, Qsysstat, Qtime, Quser, Qzero,
};
#endif
