/*
 * proc.c - processes: fork, wait, exec and notes.
 *
 * The end of a child that nobody waits for yet is kept, the newest ENDED of
 * them, for a later wait or pipeline.
 */
#include "cmd/rc/rc.h"

enum { ENDED = 64, NNOTE = 8 };

typedef struct Kid Kid;
struct Kid {
	Kid *next;
	int pid;
	char *status; /* NULL: still running */
};
static Kid *kids;

/* Written by the note handler, taken by notes_run: one of each may be lost
 * when more than NNOTE come at once, none is seen twice. */
static char notes[NNOTE][NOTEMAX];
static volatile unsigned notes_in, notes_out;

int
rc_fork(void)
{
	int pid;
	Kid *k;

	env_write();
	pid = rfork(RFPROC | RFFDG | RFREND);
	if (pid < 0) {
		rc_error("can't fork: %r");
		return pid;
	}
	if (pid > 0) {
		k = rc_alloc(sizeof *k);
		k->pid = pid;
		k->next = kids;
		kids = k;
		return pid;
	}
	while (kids != NULL) {
		k = kids;
		kids = k->next;
		free(k->status);
		free(k);
	}
	shell.child = true;
	shell.interactive = false;
	return 0;
}

NORETURN void
child_run(Node *n, int fl)
{
	env_copy();
	if (n != NULL && cmd_run(n, fl) != Xok && status_true())
		status_set("error");
	rc_exit();
}

static Kid **
kid_find(int pid)
{
	Kid **k;

	for (k = &kids; *k != NULL && (*k)->pid != pid; k = &(*k)->next)
		;
	return k;
}

static void
kid_drop(Kid **link)
{
	Kid *k = *link;

	*link = k->next;
	free(k->status);
	free(k);
}

/* The ends that nobody asked for: the newest ENDED stay. */
static void
kids_forget(void)
{
	size_t ended = 0;

	for (Kid **k = &kids; *k != NULL;) {
		if ((*k)->status != NULL && ++ended > ENDED)
			kid_drop(k);
		else
			k = &(*k)->next;
	}
}

/* Takes one end of a child; false: there are none, or a note came and breaks it
 * off. Of other waits a note ends only a shell without a prompt. */
static bool
kid_reap(bool breaks)
{
	Waitmsg *w;
	Kid **k;

	while ((w = wait()) == NULL) {
		if (breaks || err_code(err_reason()) != Eintr)
			return false;
		if (!shell.interactive && notes_run() != Xok)
			rc_exit();
	}
	k = kid_find(w->pid);
	if (*k != NULL)
		(*k)->status = rc_strdup(w->msg == NULL ? "" : w->msg);
	free(w);
	kids_forget();
	return true;
}

void
child_wait(int pid, char **status)
{
	Kid **k;

	*status = NULL;
	while (*(k = kid_find(pid)) != NULL) {
		if ((*k)->status != NULL) {
			*status = rc_strdup((*k)->status);
			kid_drop(k);
			return;
		}
		if (!kid_reap(false)) {
			kid_drop(kid_find(pid));
			return;
		}
	}
}

/* The same, into $status. */
int
child_status(int pid)
{
	char *status;

	child_wait(pid, &status);
	status_set(status != NULL ? status : "");
	free(status);
	return notes_run();
}

/* The command wait: a note ends it, and not the children. */
int
child_await(int pid)
{
	Kid **k;

	while (*(k = pid == 0 ? &kids : kid_find(pid)) != NULL) {
		if ((*k)->status != NULL) {
			if (pid != 0)
				status_set((*k)->status);
			kid_drop(k);
		} else if (!kid_reap(true)) {
			if (notes_pending())
				break;
			kid_drop(k);
		}
	}
	return notes_run();
}

/* ---- exec ---- */
char **
list_argv(List *l)
{
	char **argv = rc_alloc((list_len(l) + 1) * sizeof *argv);

	for (size_t i = 0; l != NULL; l = l->next)
		argv[i++] = l->s;
	return argv;
}

bool
path_direct(const char *name)
{
	return name[0] == '/' || name[0] == '#' || strcmp(name, "..") == 0 ||
	    strncmp(name, "./", 2) == 0 || strncmp(name, "../", 3) == 0;
}

char *
path_join(const char *dir, const char *name)
{
	size_t n = strlen(dir) + strlen(name) + 2;
	char *s = rc_alloc(n);

	snprintf(s, n, "%s%s%s", dir, *dir != '\0' && dir[strlen(dir) - 1] != '/' ? "/" : "", name);
	return s;
}

char *
path_find(const char *name)
{
	if (path_direct(name))
		return access(name, AEXEC) >= 0 ? rc_strdup(name) : NULL;
	for (List *p = var_value("path"); p != NULL; p = p->next) {
		char *s = path_join(strcmp(p->s, ".") == 0 ? "" : p->s, name);
		Dir *d;

		if (access(s, AEXEC) >= 0 && (d = dirstat(s)) != NULL) {
			bool isdir = (d->mode & DMDIR) != 0;

			free(d);
			if (!isdir)
				return s;
		}
		free(s);
	}
	return NULL;
}

/* Does the last error say only that file is not there? A script's interpreter, too,
 * may be what is missing: then its name is told. */
static bool
missing(const char *file)
{
	const char *why = err_reason(), *end = strchr(why, ':');
	size_t n = end != NULL ? (size_t)(end - why) : 0, nfile = strlen(file);

	if (err_code(why) != Enonexist)
		return false;
	if (strncmp(why, "...", 3) == 0) { /* a long name's end */
		why += 3;
		n -= 3;
	}
	return end == NULL || (n <= nfile && strncmp(file + nfile - n, why, n) == 0);
}

/* Tries one directory after the other; the reason that is told is the first
 * that is more than "no such file". */
NORETURN void
exec_run(List *l)
{
	char **argv = list_argv(l);
	char reason[ERRMAX] = "";

	redir_apply();
	if (path_direct(argv[0])) {
		exec(argv[0], argv);
		if (!missing(argv[0]))
			snprintf(reason, sizeof reason, "%s", err_reason());
	} else {
		for (List *p = var_value("path"); p != NULL; p = p->next) {
			char *file = path_join(p->s, argv[0]);

			if (exec(file, argv) < 0 && reason[0] == '\0' && !missing(file))
				snprintf(reason, sizeof reason, "%s", err_reason());
			free(file);
		}
	}
	if (reason[0] == '\0')
		snprintf(reason, sizeof reason, "%s", err_text(Enonexist));
	rc_warn("%s: %s", argv[0], reason);
	_exits(reason);
}

/* ---- notes ---- */
static const struct { const char *text, *fn; bool prompt; } note_table[] = {
	{ "hangup", "sighup", false }, { "interrupt", "sigint", true }, { "quit", "sigquit", true },
	{ "alarm", "sigalrm", false }, { "kill", "sigkill", false }, { "term", "sigterm", false },
	{ "sys: fp:", "sigfpe", false }, { "sys: write on closed pipe", "sigpipe", true },
};

/* The row of a note: fn sigint …, and whether it leads back to the prompt; -1: none. */
static int
note_row(const char *text)
{
	for (size_t i = 0; i < nelem(note_table); i++)
		if (strncmp(text, note_table[i].text, strlen(note_table[i].text)) == 0)
			return (int)i;
	return -1;
}

static void
note_handler(Ureg *regs, const char *text)
{
	unsigned i = notes_in;

	(void)regs;
	if (strncmp(text, "sys:", 4) == 0 && note_row(text) < 0) {
		noted(NDFLT);
		return;
	}
	if (i - notes_out < NNOTE) {
		strncpy(notes[i % NNOTE], text, NOTEMAX - 1);
		notes_in = i + 1;
	}
	noted(NCONT);
}

void
notes_init(void)
{
	notify(note_handler);
}

bool
notes_pending(void)
{
	return notes_in != notes_out;
}

void
notes_drop(void)
{
	notes_out = notes_in;
}

/* No function for it: back to the prompt, or the end. */
static int
note_default(const char *text, int row)
{
	status_set(text);
	if (!shell.interactive || row < 0 || !note_table[row].prompt)
		rc_exit();
	notes_drop(); /* the console has shown ^C, and a newline */
	return Xabort;
}

static int
note_call(Fn *fn, const char *name)
{
	char *saved = rc_strdup(status_get());
	List *argv = list_new(name, strlen(name));
	int r;

	argv->next = list_copy(var_value("*"));
	r = fn_call(fn, argv, EOK);
	status_set(saved);
	free(saved);
	return r;
}

/* Does what the notes that came ask for. Xabort: back to the prompt; a shell
 * without one ends, and so does a fork of the shell: the user's functions are
 * called in the shell alone. */
int
notes_run(void)
{
	int r = Xok;

	while (r == Xok && notes_pending()) {
		char text[NOTEMAX];
		Fn *fn = NULL;
		int row;

		snprintf(text, sizeof text, "%s", notes[notes_out % NNOTE]);
		notes_out++;
		row = note_row(text);
		if (row >= 0 && !shell.child)
			fn = fn_find(note_table[row].fn);
		r = fn == NULL ? note_default(text, row) : note_call(fn, note_table[row].fn);
	}
	return r;
}
