/*
 * run.c - rc's start, its flags, and the loop over its input.
 *
 *	rc [-eilnpsvx] [-c command] [file [argument …]]
 *	-c  run the command         -e  end when a command fails
 *	-i  prompt                  -l  a login shell: run $home/lib/profile
 *	-n  parse only              -p  no functions from /env
 *	-s  print $status when it is not empty after a line
 *	-v  echo the input          -x  print each command before it runs
 * ERRORS  "rc: file:line: reason" on fd 2; without a prompt the first error
 *         of the shell itself (not of a program) ends it.
 */
#include "cmd/rc/rc.h"

Rc shell;

static void
warn_text(char *text)
{
	err_once(text);
	if (shell.file != NULL)
		fprint(redir_fd(2), "rc: %s:%d: %s\n", shell.file, shell.line, text);
	else
		fprint(redir_fd(2), "rc: %s\n", text);
}

void
rc_warn(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = vsmprint(fmt, ap);
	va_end(ap);
	if (text != NULL)
		warn_text(text);
	else
		fprint(redir_fd(2), "rc: %s\n", fmt);
	free(text);
}

int
rc_error(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = vsmprint(fmt, ap);
	va_end(ap);
	if (text != NULL)
		warn_text(text);
	else
		fprint(redir_fd(2), "rc: %s\n", fmt);
	free(text);
	status_set("error");
	return Xabort;
}

NORETURN void
rc_exit(void)
{
	static bool leaving;
	Fn *fn = fn_find("sigexit");

	if (!shell.child && fn != NULL && !leaving) {
		char *status = rc_strdup(status_get());

		leaving = true;
		shell.interactive = false;
		fn_call(fn, list_new("sigexit", 7), 0);
		status_set(status);
		free(status);
	}
	_exits(status_true() ? NULL : status_get());
}

/* ---- input ---- */
static void
status_show(void)
{
	if (shell.flag['s'] && !status_true())
		fprint(2, "status=%s\n", status_get());
}

/* Back at the prompt after an error or an interrupt. A ^D within a command has
 * ended only that: a file that is really at its end says so again. */
static void
input_recover(Input *in)
{
	in->failed = in->eof = false;
	input_flush(in);
	in->iflast = false;
	notes_drop();
}

int
input_run(Input *in, int fl)
{
	Input *outer = shell.input;
	bool interactive = shell.interactive, bad;
	int r = Xok;
	Unit *u;

	shell.input = in;
	shell.interactive = interactive || in->interactive;
	for (;;) {
		u = parse_unit(in, &bad);
		if (u == NULL && !bad) {
			if (in->interactive) /* the prompt stands there */
				fprint(2, "\n");
			break;
		}
		if (u != NULL && !shell.flag['n']) {
			r = unit_run(u, u->root, input_at_end(in) ? fl : fl & ~TAIL);
		} else if (bad) {
			if (!in->failed)
				status_set("syntax error");
			else
				notes_run(); /* they broke the read off */
			r = Xabort;
		}
		unit_put(u);
		if (r != Xok && !in->interactive)
			break;
		if (r != Xok)
			input_recover(in);
		if (in->interactive)
			status_show();
		r = Xok;
	}
	shell.input = outer;
	shell.interactive = interactive;
	return r;
}

static int
nest(Input *in, int fl)
{
	int r;

	if (shell.depth >= CALL_DEPTH) {
		input_free(in);
		return rc_error("input nested too deeply");
	}
	shell.depth++;
	r = input_run(in, fl);
	shell.depth--;
	input_free(in);
	return r;
}

int
text_run(const char *text, size_t n, const char *name, int fl)
{
	Input in;

	input_init(&in, -1, name);
	input_text(&in, text, n);
	return nest(&in, fl);
}

int
file_run(const char *file, List *args, bool interactive, int fl)
{
	Input in;
	Var *star;
	int fd = open(file, OREAD | OCEXEC), r;

	if (fd < 0) {
		list_free(args);
		return rc_error("%s: can't open: %r", file);
	}
	input_init(&in, fd, interactive ? NULL : file);
	in.interactive = interactive;
	star = local_push("*", args);
	r = nest(&in, fl & ~TAIL);
	local_pop(star);
	return r;
}

/* ---- the start ---- */
static void
default_set(const char *name, const char *a, const char *b)
{
	List *l = NULL, **tail = &l;

	if (var_value(name) != NULL)
		return;
	tail = list_add(tail, a);
	if (b != NULL)
		list_add(tail, b);
	var_set(name, l);
}

static void
vars_init(const char *command)
{
	char pid[16];

	snprintf(pid, sizeof pid, "%d", getpid());
	var_set_str("pid", pid);
	if (command != NULL)
		var_set_str("cflag", command);
	status_set("");
	env_read();
	default_set("ifs", " \t\n", NULL);
	default_set("prompt", "% ", "\t");
	default_set("path", ".", "/bin");
	default_set("home", "/", NULL);
}

static bool
is_console(int fd)
{
	char name[64];
	size_t n;

	if (fd2path(fd, name, sizeof name) < 0)
		return false;
	n = strlen(name);
	return (n >= 5 && strcmp(name + n - 5, "/cons") == 0) || strcmp(name, "#ccons") == 0;
}

static void
profile_run(void)
{
	char file[300];
	List *home = var_value("home");

	snprintf(file, sizeof file, "%s/lib/profile", home != NULL ? home->s : "");
	if (access(file, AREAD) >= 0)
		file_run(file, NULL, false, EOK);
}

static void
args_set(char **argv)
{
	List *l = NULL, **tail = &l;

	for (; *argv != NULL; argv++)
		tail = list_add(tail, *argv);
	var_set("*", l);
}

static NORETURN void
usage(void)
{
	fprint(2, "usage: rc [-eilnpsvx] [-c command] [file [argument ...]]\n");
	_exits("usage");
}

/* The input that the arguments name. */
static void
input_open(Input *in, const char *command, const char *file)
{
	int fd = 0;

	if (command != NULL) {
		input_init(in, -1, NULL);
		input_text(in, command, strlen(command));
		return;
	}
	if (file != NULL && (fd = open(file, OREAD | OCEXEC)) < 0) {
		rc_warn("%s: can't open: %r", file);
		_exits("can't open");
	}
	input_init(in, fd, file != NULL ? file : shell.flag['i'] ? NULL : "stdin");
	in->interactive = shell.flag['i'];
}

int
rc_main(int argc, char **argv)
{
	const char *command = NULL, *self = argc > 0 ? argv[0] : "rc";
	Input in;
	int r;

	ARGBEGIN {
	case 'c':
		command = EARGF(usage());
		break;
	case 'e': case 'i': case 'l': case 'n': case 'p': case 's': case 'v': case 'x':
		shell.flag[ARGC()] = true;
		break;
	default:
		usage();
	} ARGEND
	if (self[0] == '-')
		shell.flag['l'] = true;
	if (command == NULL && argc == 0 && is_console(0))
		shell.flag['i'] = true;
	notes_init();
	vars_init(command);
	var_set_str("0", argc > 0 && command == NULL ? argv[0] : self);
	args_set(argc > 0 && command == NULL ? argv + 1 : argv);
	input_open(&in, command, argc > 0 ? argv[0] : NULL);
	if (shell.flag['l'])
		profile_run();
	r = input_run(&in, EOK | (command != NULL || argc > 0 ? TAIL : 0));
	if (r != Xok && status_true())
		status_set("error");
	rc_exit();
}
