/*
 * edit_term.c - lines for an interactive shell from the console, with the line editor.
 * It is used where standard input and the messages' file are a console with a consctl
 * beside, and $TERM is set and not dumb; elsewhere lines are read as they come.
 * SEE     servants/cons.c
 */
#include "cmd/rc/edit.h"

enum { PLAIN_READ = 8192, CTRL_C = 3 };
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"

static struct {
	Edit edit;
	History history;
	bool loaded;
	int ctl;               /* consctl, from a command's first line to its last; else -1 */
	bool fresh;            /* the terminal's cursor is at a line's begin */
	char left[PLAIN_READ]; /* read, and behind the line's end */
	size_t nleft;
	bool cancelled;        /* the last line */
	bool interrupted;      /* … by the note, before the ^C came as input */
	Buf entry;             /* the command so far, to become history */
} line = { .ctl = -1 };

/* ---- the console ---- */

bool
edit_wanted(const Input *in)
{
	List *term = var_value("TERM");

	return in->fd >= 0 && term != NULL && term->s[0] != '\0' && strcmp(term->s, "dumb") != 0 &&
	    is_console(in->fd) && is_console(2);
}

static bool
ctl_write(const char *text)
{
	return write(line.ctl, text, (int64_t)strlen(text)) >= 0;
}

static void
ask_size(void)
{
	(void)ctl_write("asksize");
}

static void
ctl_close(void)
{
	if (line.ctl >= 0)
		close(line.ctl);
	line.ctl = -1;
}

/* The modes' file: the console's own name and "ctl". */
static bool
ctl_open(int fd)
{
	char name[128 + 4], text[256], *row[16];
	unsigned cols = 80, rows = 24;
	int64_t n;

	if (fd2path(fd, name, sizeof name - 4) < 0)
		return false;
	strcat(name, "ctl");
	if (line.ctl < 0 && (line.ctl = open(name, ORDWR | OCEXEC)) < 0)
		return false;
	if (!ctl_write("editon") || !ctl_write("sizeon") || seek(line.ctl, 0, 0) < 0 ||
	    (n = read(line.ctl, text, sizeof text - 1)) < 0) {
		ctl_close();
		return false;
	}
	text[n] = '\0';
	line.fresh = true;
	for (size_t i = 0, k = getfields(text, row, nelem(row), true, "\n"); i < k; i++) {
		if (strncmp(row[i], "size ", 5) == 0) {
			char *second = strchr(row[i] + 5, ' ');

			cols = (unsigned)atoi(row[i] + 5);
			rows = second != NULL ? (unsigned)atoi(second) : 0;
		} else if (strcmp(row[i], "line open") == 0) {
			line.fresh = false;
		}
	}
	line.edit.screen.cols = cols > 0 ? cols : 80;
	line.edit.screen.rows = rows > 0 ? rows : 24;
	return true;
}

static void
out_flush(void)
{
	Buf *out = &line.edit.screen.out;

	if (out->n > 0)
		write(2, out->s, (int64_t)out->n);
	out->n = 0;
}

/* ---- a line ---- */

static int64_t
plain_read(const Input *in, const char *prompt, Buf *to)
{
	char *buf = rc_alloc(PLAIN_READ);
	int64_t n;

	fprint(2, "%s", prompt);
	if ((n = read(in->fd, buf, PLAIN_READ)) > 0)
		buf_add(to, buf, (size_t)n);
	free(buf);
	return n;
}

/* What was read and not used, else what is typed now. */
static int64_t
keys_read(int fd, char *buf, size_t n)
{
	size_t k = line.nleft;

	if (k == 0)
		return notes_pending() ? -Eintr : read(fd, buf, (int64_t)n);
	memcpy(buf, line.left, k);
	line.nleft = 0;
	return (int64_t)k;
}

static enum EditEvent
keys_take(const char *buf, size_t n)
{
	enum EditEvent ev = EDIT_MORE;
	size_t i = 0;

	while (i < n && ev == EDIT_MORE)
		ev = edit_input(&line.edit, (uint8_t)buf[i++]);
	memcpy(line.left, buf + i, n - i);
	line.nleft = n - i;
	return ev;
}

/* Until the line ends; read's answer for its end. */
static int64_t
line_edit(int fd)
{
	char buf[PLAIN_READ];
	enum EditEvent ev = EDIT_MORE;
	int64_t n;

	for (;;) {
		edit_draw(&line.edit);
		out_flush();
		if ((n = keys_read(fd, buf, sizeof buf)) < 0)
			ev = EDIT_CANCEL; /* the ^C itself is still to be read */
		else if (n == 0)
			ev = line.edit.text.n > 0 ? EDIT_DONE : EDIT_EOF;
		else if (line.interrupted && buf[0] == CTRL_C)
			ev = keys_take(buf + 1, (size_t)n - 1);
		else
			ev = keys_take(buf, (size_t)n);
		line.interrupted = n < 0;
		if (ev == EDIT_CANCEL) {
			edit_end(&line.edit, "^C" PASTE_OFF);
			return -Eintr;
		}
		if (ev == EDIT_DONE) {
			edit_end(&line.edit, PASTE_OFF);
			return 1;
		}
		if (ev == EDIT_EOF) { /* who asked says what that means */
			buf_str(&line.edit.screen.out, PASTE_OFF);
			return 0;
		}
	}
}

int64_t
edit_line(const Input *in, const char *prompt, bool rest, Buf *to)
{
	Edit *e = &line.edit;
	int64_t n;

	if (!rest)
		edit_commit();
	if (!edit_wanted(in) || !ctl_open(in->fd))
		return plain_read(in, prompt, to);
	if (!line.loaded)
		history_load(&line.history);
	line.loaded = true;
	e->history = &line.history;
	e->complete = complete_word;
	e->ask_size = ask_size;
	buf_str(&e->screen.out, PASTE_ON);
	if (!line.fresh)
		buf_str(&e->screen.out, "\r\n");
	edit_start(e, prompt, rest);
	n = line_edit(in->fd);
	if (n > 0) {
		buf_add(&e->text, "\n", 1);
		buf_add(to, e->text.s, e->text.n);
		buf_add(&line.entry, e->text.s, e->text.n);
		n = (int64_t)e->text.n;
	} else {
		line.entry.n = 0;
	}
	line.cancelled = n < 0;
	out_flush();
	return n;
}

void
edit_commit(void)
{
	Buf *b = &line.entry;

	if (!line.cancelled || fn_find("sigint") != NULL)
		ctl_close(); /* what runs now gets lines */
	while (b->n > 0 && b->s[b->n - 1] == '\n')
		b->s[--b->n] = '\0';
	if (b->n > 0 && history_add(&line.history, b->s))
		history_save(b->s);
	b->n = 0;
}
