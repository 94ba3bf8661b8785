/*
 * run.c - rc's start, its flags, and the loop over its input.
 *
 *	rc [-bdeiIlnprsvVx] [-c command] [-m initial] [file [argument ...]]
 *	-b  read the file whole     -c  run the command
 *	-e  end when a simple command fails
 *	-i  prompt, after the file  -I  never prompt
 *	-l  a login shell: run $home/lib/profile
 *	-m  run this file to begin with, and nothing else
 *	-n  parse only              -p  no functions from /env; path=/bin
 *	-r  print what is executed, in the form of rc.h's NodeType
 *	-s  print $status when it is not empty after a line
 *	-v  echo the input; -V: of . -q too
 *	-x  print each simple command before it runs
 *	-d  does nothing
 * ERRORS  "rc: file:line: reason" on fd 2; without a prompt the first error
 *         of the shell itself (not of a program) ends it.
 */
#include "cmd/rc/rc.h"

Rc shell;

/* Of the stack of 16 MiB (8 on a host) that a program has. What is between two
 * calls is bounded by PARSE_DEPTH. */
enum { STACK_USE = 6 << 20 };

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
		List *args;

		leaving = true;
		shell.interactive = false;
		args = list_new("sigexit", 7);
		args->next = list_copy(var_value("*"));
		fn_call(fn, args, 0);
		status_set(status);
		free(status);
	}
	_exits(status_true() ? NULL : status_get());
}

/* ---- input ---- */
static void
status_show(void)
{
	char *s;

	if (!shell.flag['s'] || status_true())
		return;
	s = quotestr(status_get());
	fprint(2, "status=%s\n", s != NULL ? s : status_get());
	free(s);
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
		if (in->interactive)
			edit_commit();
		if (u == NULL && !bad) {
			if (in->interactive) /* the prompt stands there */
				fprint(2, "\n");
			break;
		}
		if (u != NULL && !shell.flag['n']) {
			r = unit_run(u, u->root, EOK | (input_at_end(in) ? fl : fl & ~TAIL));
		} else if (bad) {
			if (!in->failed)
				status_set("syntax error");
			else
				notes_run(); /* they broke the read off */
			if (!in->interactive) { /* who reads us goes on after a syntax error */
				r = in->failed ? Xabort : Xok;
				break;
			}
			r = Xabort;
		}
		unit_put(u);
		if (r != Xok && !in->interactive)
			break;
		if (r != Xok)
			input_recover(in);
		status_show();
		r = Xok;
	}
	shell.input = outer;
	shell.interactive = interactive;
	return r;
}

bool
stack_is_full(void)
{
	char here;

	return shell.stack - (uintptr_t)&here > STACK_USE;
}

static int
nest(Input *in, int fl)
{
	int r;

	if (stack_is_full()) {
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
file_run(const char *file, List *args, Dot how, int fl)
{
	Input in;
	Var *star, *zero;
	int fd = open(file, OREAD | OCEXEC), r;

	if (fd < 0) {
		list_free(args);
		if (how.quiet)
			return Xok;
		return rc_error("can't open %s: %r", file);
	}
	input_init(&in, fd, how.interactive ? NULL : file);
	in.interactive = how.interactive;
	in.quiet = how.quiet;
	in.whole = (how.whole || shell.flag['b']) && !how.interactive;
	star = local_push("*", args);
	zero = local_push("0", list_new(file, strlen(file)));
	r = nest(&in, fl & ~TAIL);
	local_pop(zero);
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
}

/* What Plan 9's /rc/lib/rcmain does. */
static void
defaults_set(void)
{
	default_set("home", "/", NULL);
	default_set("ifs", " \t\n", NULL);
	default_set("prompt", "% ", "\t");
	if (shell.flag['p'])
		var_set_str("path", "/bin");
	else
		env_read_fns();
	default_set("path", ".", "/bin");
}

bool
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
	List *home = var_value("home");
	char *file = path_join(home != NULL ? home->s : "", "lib/profile");

	file_run(file, NULL, (Dot){ .quiet = true }, 0);
	free(file);
	status_set("");
}

static List *
args_list(char **argv)
{
	List *l = NULL, **tail = &l;

	for (; *argv != NULL; argv++)
		tail = list_add(tail, *argv);
	return l;
}

static NORETURN void
usage(void)
{
	fprint(2, "usage: rc [-bdeiIlnprsvVx] [-c command] [-m initial] [file [argument ...]]\n");
	_exits("usage");
}

/* The input that the arguments name: -c, the file, or fd 0. */
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
		rc_warn("can't open %s: %r", file);
		_exits("can't open");
	}
	input_init(in, fd, file != NULL ? file : shell.flag['i'] ? NULL : "stdin");
	in->interactive = file == NULL && shell.flag['i'];
	in->whole = file != NULL && shell.flag['b'];
}

/* The end of the shell: with $status, which an error has set. */
static NORETURN void
end(int r)
{
	if (r != Xok && status_true())
		status_set("error");
	rc_exit();
}

int
rc_main(int argc, char **argv)
{
	const char *command = NULL, *initial = NULL, *file = NULL;
	const char *self = argc > 0 ? argv[0] : "rc";
	Input in;

	ARGBEGIN {
	case 'c':
		command = EARGF(usage());
		break;
	case 'm':
		initial = EARGF(usage());
		break;
	case 'b': case 'd': case 'e': case 'i': case 'I': case 'l': case 'n':
	case 'p': case 'r': case 's': case 'v': case 'V': case 'x':
		shell.flag[ARGC()] = true;
		break;
	default:
		usage();
	} ARGEND
	if (self[0] == '-')
		shell.flag['l'] = true;
	if (command == NULL && argc == 0 && is_console(0))
		shell.flag['i'] = true;
	if (shell.flag['I'])
		shell.flag['i'] = false;
	shell.stack = (uintptr_t)&in;
	notes_init();
	vars_init(command);
	if (initial != NULL)
		end(file_run(initial, args_list(argv), (Dot){ .whole = true, .quiet = true }, 0));
	defaults_set();
	var_set_str("0", self);
	var_set("*", args_list(argv));
	if (shell.flag['l'])
		profile_run();
	if (command == NULL && argc > 0) {
		file = argv[0];
		if (shell.flag['i']) { /* first the file */
			file_run(file, args_list(argv + 1), (Dot){ 0 }, 0);
			file = NULL;
		} else {
			var_set_str("0", file);
			var_set("*", args_list(argv + 1));
		}
	}
	input_open(&in, command, file);
	end(input_run(&in, command != NULL || file != NULL ? TAIL : 0));
}
