/*
 * servants/cons_term.c - the terminal: a thread takes what is typed through
 * the line discipline, whether or not a program reads it yet, echoes it, turns
 * ^C into the note "interrupt" for the note group that read last (or opened
 * standard input), and runs the debug shell after ^P.
 * LOCKS   term.echo_lk, held while echo is written, then term.lk, which guards the lines
 *         and modes; a leaf: echo is collected under it and written later
 * SEE     cons(3); servants/cons_line.c; servants/cons_out.c
 */
#include "servants/cons_impl.h"
#include "servants/cons_line.h"

enum { ECHO_SIZE = 32 * 1024, INPUT_SIZE = 256,
	ROOM_MIN = LINE_SIZE + 3 * INPUT_SIZE, /* a line, then each byte one of its own */
	CTRL_C = 3, CTRL_D = 4 };

static struct {
	QLock echo_lk;
	QLock lk;
	/* lk */
	Line line;               /* what programs read */
	Line shell;              /* the debug shell's */
	unsigned nraw, nedit, nhold, nsize; /* opens of consctl that wish it */
	size_t necho;            /* lk; the buffer that is being written: echo_lk */
	unsigned filling;        /* which of the two takes echo; the other is written */
	char echo[2][ECHO_SIZE];
	bool debug;              /* the input thread's: the shell has the keys */
	atomic_bool readable;    /* the line has something, or the terminal is gone */
	atomic_bool full;        /* what is typed might not fit any more */
	atomic_bool gone;
	atomic_int noteid;       /* of who read last; 0: nobody */
	Rendez input, room;
} term;

/* ---- the input thread ---- */

/* REQUIRES term.lk: line_input and the like call it. */
static void
echo_add(void *arg, const char *s, size_t n)
{
	USED(arg);
	if (n > ECHO_SIZE - term.necho)
		n = ECHO_SIZE - term.necho;
	memcpy(term.echo[term.filling] + term.necho, s, n);
	term.necho += n;
}

/* REQUIRES term.lk. After whatever changes the queue. */
static void
state_note_locked(void)
{
	atomic_store(&term.readable, line_readable(&term.line));
	atomic_store(&term.full, line_room(&term.line) < ROOM_MIN);
}

static void
echo_flush(void)
{
	const char *s;
	size_t n;

	qlock(&term.echo_lk);
	qlock(&term.lk);
	s = term.echo[term.filling];
	n = term.necho;
	term.filling = 1 - term.filling;
	term.necho = 0;
	qunlock(&term.lk);
	term_print(s, n);
	qunlock(&term.echo_lk);
}

/* ---- the size ---- */

/* To whom sizeon says so, in the input: as xterm's in-band resize. With the size of
 * before it asks to draw again. */
static void
size_tell(void)
{
	unsigned cols, rows;
	char text[64], *end;

	size_get(&cols, &rows);
	end = seprint(text, text + sizeof text, "\033[48;%u;%u;0;0t", rows, cols);
	qlock(&term.lk);
	if (term.nsize > 0 && term.line.mode != LINE_COOKED && line_room(&term.line) > sizeof text)
		for (const char *p = text; p < end; p++)
			line_input(&term.line, (uint8_t)*p);
	state_note_locked();
	qunlock(&term.lk);
	rendez_wakeup(&term.input);
}

/* The device has another size, or says so. */
static void
device_resized(void)
{
	static unsigned known[2]; /* the device's thread's */
	unsigned cols, rows;

	conio_size(&cols, &rows);
	if (cols == known[0] && rows == known[1])
		return;
	known[0] = cols;
	known[1] = rows;
	size_forget();
	size_tell();
}

/* ---- the debug shell ---- */

static void
shell_prompt(void)
{
	term_print("hvm> ", 5);
}

static void
shell_start(void)
{
	static const char hello[] = "\nLP49 debug shell: help lists the commands, ^P or ^D ends it\n";

	term.debug = true;
	line_flush(&term.shell);
	term_print(hello, sizeof hello - 1);
	shell_prompt();
}

static void
shell_end(void)
{
	term.debug = false;
	term_print("\n", 1);
	size_tell();
}

static void
shell_line(void)
{
	static char cmd[LINE_SIZE + 1];
	size_t n = line_read(&term.shell, cmd, LINE_SIZE);
	char *text;
	int64_t k;

	if (n == 0 || strncmp(cmd, "q\n", 2) == 0) {
		shell_end();
		return;
	}
	cmd[n] = '\0';
	if (cmd[n - 1] == '\n')
		cmd[n - 1] = '\0';
	if (cmd[0] != '\0' && (k = debug_run(cmd, &text)) >= 0) {
		term_print(text, (size_t)k);
		free(text);
	}
	shell_prompt();
}

static void
shell_input(uint8_t c)
{
	enum LineEvent ev;

	qlock(&term.lk);
	ev = line_input(&term.shell, c);
	qunlock(&term.lk);
	echo_flush();
	if (ev == LINE_DEBUG)
		shell_end();
	else if (ev == LINE_INTERRUPT)
		shell_prompt();
	else if (ev == LINE_READABLE)
		shell_line();
}

static void
term_interrupt(void)
{
	int id = atomic_load(&term.noteid);

	if (id != 0)
		(void)proc_notegroup(id, "interrupt");
}

static void
term_input(uint8_t c)
{
	enum LineEvent ev;

	if (term.debug) {
		shell_input(c);
		return;
	}
	qlock(&term.lk);
	ev = line_input(&term.line, c);
	state_note_locked();
	qunlock(&term.lk);
	if (ev == LINE_READABLE || ev == LINE_INTERRUPT)
		echo_flush(); /* before what a program answers */
	if (ev == LINE_READABLE)
		rendez_wakeup(&term.input);
	if (ev == LINE_INTERRUPT) {
		term_interrupt();
		qlock(&term.lk);
		line_mark(&term.line);
		state_note_locked();
		qunlock(&term.lk);
		rendez_wakeup(&term.input);
	}
	if (ev == LINE_DEBUG) {
		echo_flush();
		shell_start();
	}
}

/* A byte from the terminal: typed, or of its answer. */
static void
byte_input(uint8_t c)
{
	char typed[SIZE_ANSWER];
	bool other;
	size_t n = size_input(c, typed, &other);

	for (size_t i = 0; i < n; i++)
		term_input((uint8_t)typed[i]);
	if (other)
		size_tell();
}

static bool
term_room(void *arg)
{
	USED(arg);
	return !atomic_load(&term.full);
}

/* Input that finds no room waits, so that a file of commands loses none of them. */
static void
term_loop(void *arg)
{
	uint8_t buf[INPUT_SIZE];
	int64_t n;

	USED(arg);
	while ((n = conio_read(PORT_TERM, buf, sizeof buf)) > 0) {
		if (memchr(buf, CTRL_C, (size_t)n) == NULL)
			while (rendez_sleep(&term.room, term_room, NULL, -1) < 0)
				;
		for (int64_t i = 0; i < n; i++)
			byte_input(buf[i]);
		echo_flush();
	}
	if (term.line.nedit > 0) /* the last line needs no newline */
		term_input(CTRL_D);
	atomic_store(&term.gone, true);
	rendez_wakeup(&term.input);
}

/* ---- what programs do ---- */

static bool
term_ready(void *arg)
{
	USED(arg);
	return atomic_load(&term.readable) || atomic_load(&term.gone);
}

void
term_owner(void)
{
	Proc *p = up();
	ProcInfo info;

	if (p != NULL && proc_info(p, &info) == 0)
		atomic_store(&term.noteid, info.noteid);
}

static bool
never(void *arg)
{
	USED(arg);
	return false;
}

int64_t
term_read(void *buf, size_t n)
{
	size_t k = 0;
	bool got;
	int rc;

	if (n == 0)
		return 0;
	term_owner();
	for (;;) {
		/* what was typed behind a ^C is not for those whom it ends */
		if (rendez_sleep(&term.input, never, NULL, 0) == -Eintr)
			return -Eintr;
		qlock(&term.lk);
		if ((got = line_readable(&term.line)))
			k = line_read(&term.line, buf, n);
		state_note_locked();
		qunlock(&term.lk);
		if (got)
			rendez_wakeup(&term.room);
		if (got || atomic_load(&term.gone))
			return (int64_t)k;
		if ((rc = rendez_sleep(&term.input, term_ready, NULL, -1)) < 0)
			return rc;
	}
}

/* One open's wishes change; the modes follow the first and the last of them. */
static void
ctl_set(Consctl *ctl, Wishes w)
{
	enum LineEvent ev = LINE_NONE;
	enum LineMode mode;
	bool last;

	qlock(&term.lk);
	last = ctl->wish.raw && !w.raw && term.nraw == 1;
	term.nraw += (unsigned)w.raw - (unsigned)ctl->wish.raw;
	term.nedit += (unsigned)w.edit - (unsigned)ctl->wish.edit;
	term.nhold += (unsigned)w.hold - (unsigned)ctl->wish.hold;
	term.nsize += (unsigned)w.size - (unsigned)ctl->wish.size;
	ctl->wish = w;
	mode = term.nraw > 0 ? LINE_RAW : term.nedit > 0 ? LINE_EDIT : LINE_COOKED;
	if (term.line.mode != mode)
		ev = line_mode(&term.line, mode);
	if (term.line.hold != (term.nhold > 0))
		line_hold(&term.line, term.nhold > 0);
	state_note_locked();
	qunlock(&term.lk);
	if (last)
		term_modes_reset();
	echo_flush();
	rendez_wakeup(&term.input);
	rendez_wakeup(&term.room);
	if (ev == LINE_INTERRUPT)
		term_interrupt();
}

static int
size_line(const CmdLine *l)
{
	uint64_t cols = 0, rows = 0;
	int rc;

	if ((rc = parse_u64(l->argv[1], strlen(l->argv[1]), &cols)) < 0 ||
	    (rc = parse_u64(l->argv[2], strlen(l->argv[2]), &rows)) < 0 || (rc = size_set(cols, rows)) < 0)
		return rc;
	size_tell();
	return 0;
}

int64_t
term_ctl(Consctl *ctl, const void *buf, size_t n)
{
	enum { RAWON, RAWOFF, EDITON, EDITOFF, HOLDON, HOLDOFF, SIZEON, SIZEOFF, SIZE, ASKSIZE };
	static const Cmd cmd[] = {
		{ "rawon", 0, RAWON }, { "rawoff", 0, RAWOFF },
		{ "editon", 0, EDITON }, { "editoff", 0, EDITOFF },
		{ "holdon", 0, HOLDON }, { "holdoff", 0, HOLDOFF },
		{ "sizeon", 0, SIZEON }, { "sizeoff", 0, SIZEOFF }, { "size", 2, SIZE },
		{ "asksize", 0, ASKSIZE },
	};
	CmdLine l;
	Wishes w;
	int rc, verb;

	if ((verb = cmd_parse(cmd, nelem(cmd), buf, n, &l)) < 0)
		return verb;
	rc = verb == SIZE ? size_line(&l) : verb == ASKSIZE ? size_ask() : 0;
	cmd_free(&l);
	if (rc < 0)
		return rc;
	qlock(&ctl->lk);
	w = ctl->wish;
	switch (verb) {
	case RAWON: case RAWOFF: w.raw = verb == RAWON; break;
	case EDITON: case EDITOFF: w.edit = verb == EDITON; break;
	case HOLDON: case HOLDOFF: w.hold = verb == HOLDON; break;
	case SIZEON: case SIZEOFF: w.size = verb == SIZEON; break;
	}
	ctl_set(ctl, w);
	qunlock(&ctl->lk);
	return (int64_t)n;
}

void
term_ctl_close(Consctl *ctl)
{
	ctl_set(ctl, (Wishes){ .raw = false });
}

char *
term_ctl_text(void)
{
	static const char *const mode[] = { "rawoff", "editon", "rawon" };
	unsigned cols, rows;
	enum LineMode m;
	bool hold;

	size_get(&cols, &rows);
	qlock(&term.lk);
	m = term.line.mode;
	hold = term.line.hold;
	qunlock(&term.lk);
	return smprint("%s\n%s\nsize %u %u\nline %s\n", mode[m], hold ? "holdon" : "holdoff", cols, rows,
	    term_line_open() ? "open" : "fresh");
}

int
term_start(void)
{
	int rc;

	term.line.echo = term.shell.echo = echo_add;
	if ((rc = conio_start(device_resized)) < 0) {
		atomic_store(&term.gone, true);
		return rc;
	}
	term_log_start();
	return core_thread("term", term_loop, NULL);
}
