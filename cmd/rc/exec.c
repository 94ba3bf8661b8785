/*
 * exec.c - runs a tree.
 *
 * The functions return Xok, or Xabort when the whole line has to be given up
 * (an error was told, or an interrupt came). TAIL says that this process has
 * nothing to do after the command: a program then takes its place instead of
 * being forked. EOK says that -e looks at this command's status.
 * LIMITS  a tree is at most PARSE_DEPTH deep, calls at most CALL_DEPTH.
 */
#include "cmd/rc/rc.h"

/* A program that takes the shell's place can't run its sigexit, nor come back. */
static bool
may_replace(int fl)
{
	return (fl & TAIL) && !shell.interactive && (shell.child || fn_find("sigexit") == NULL) &&
	    !notes_pending();
}

static void
trace_words(List *l)
{
	Buf b = { 0 };

	for (; l != NULL; l = l->next) {
		char *q = quotestr(l->s);

		buf_str(&b, q != NULL ? q : l->s);
		buf_str(&b, l->next != NULL ? " " : "\n");
		free(q);
	}
	write(2, b.s, (int64_t)b.n);
	buf_free(&b);
}

static int
program_run(List *argv, int fl)
{
	int pid;

	if (may_replace(fl)) {
		env_write();
		exec_run(argv);
	}
	pid = rc_fork();
	if (pid == 0)
		exec_run(argv);
	list_free(argv);
	if (pid < 0)
		return Xabort;
	return child_status(pid);
}

static Unit *running; /* whose tree it is */

/* -e: a simple command that fails ends the shell. */
static int
eflag_check(int r, int fl)
{
	if (r == Xok && (fl & EOK) && running->eflag && !status_true())
		rc_exit();
	return r;
}

static int
simple_run(Node *n, int fl)
{
	List *l = NULL;
	Redir *mark = redirs;
	Builtin *b;
	Fn *fn;
	int r = words_glob(n->kid, &l);

	if (r != Xok) {
		redir_pop(mark);
		return r;
	}
	if (l == NULL) {
		redir_pop(mark);
		return rc_error("empty argument list");
	}
	if (shell.flag['x'])
		trace_words(l);
	if ((fn = fn_find(l->s)) != NULL) {
		r = fn_call(fn, l, redirs == mark ? fl : fl & ~TAIL);
	} else if ((b = builtin_find(l->s)) != NULL) {
		r = b(l, fl);
		list_free(l);
	} else {
		r = program_run(l, fl);
	}
	redir_pop(mark);
	return eflag_check(r, fl);
}

/* a=b c=d alone: no command follows, so they stay. */
static bool
assign_stays(const Node *n)
{
	while (n != NULL && n->type == NASSIGN)
		n = n->c;
	return n == NULL;
}

static int
assign_run(Node *n, int fl)
{
	char *name;
	List *val = NULL;
	Var *local;
	int r = word_one(n->a, "variable name not singleton!", &name);

	if (r != Xok)
		return r;
	Redir *mark = redirs;

	r = words_glob(n->b, &val);
	redir_pop(mark);
	if (r == Xok && !name_ok(name)) {
		list_free(val);
		r = rc_error("%s: bad variable name", name);
	}
	if (r != Xok) {
		free(name);
		return r;
	}
	if (assign_stays(n)) {
		var_set(name, val);
		r = n->c != NULL ? cmd_run(n->c, fl) : Xok;
	} else {
		local = local_push(name, val);
		r = cmd_run(n->c, fl);
		local_pop(local);
	}
	free(name);
	return r;
}

static int
redirs_run(Node *n, int fl)
{
	Redir *mark = redirs;
	int r = redir_nodes(n->kid);

	if (r == Xok && n->a != NULL)
		r = cmd_run(n->a, fl);
	redir_pop(mark);
	return r;
}

static int
seq_run(Node *n, int fl)
{
	int r = Xok;

	for (Node *k = n->kid; k != NULL && r == Xok; k = k->next)
		r = cmd_run(k, k->next != NULL ? fl & ~TAIL : fl);
	return r;
}

/* No terminal input, and $apid to wait for it. */
static int
async_run(Node *n, int fl)
{
	char pid_text[16];
	int pid = rc_fork(), fd;

	if (pid < 0)
		return Xabort;
	if (pid == 0) {
		rfork(RFNOTEG);
		fd = open("/dev/null", OREAD);
		if (fd >= 0)
			redir_push(ROPEN, fd, 0);
		if (n->a == NULL)
			_exits(NULL);
		child_run(n->a, fl | TAIL);
	}
	snprintf(pid_text, sizeof pid_text, "%d", pid);
	var_set_str("apid", pid_text);
	return Xok;
}

static int
subshell_run(Node *n, int fl)
{
	int pid;

	if (n->a == NULL)
		return Xok;
	if (may_replace(fl)) {
		env_copy();
		return cmd_run(n->a, fl);
	}
	pid = rc_fork();
	if (pid < 0)
		return Xabort;
	if (pid == 0)
		child_run(n->a, fl | TAIL);
	return eflag_check(child_status(pid), fl);
}

static int
chain_run(Node *n, int fl)
{
	int r = Xok;

	for (Node *k = n->kid; k != NULL && r == Xok; k = k->next) {
		if (k->kid == NULL || (k->op != 0 && status_true() != (k->op == '&')))
			continue;
		r = cmd_run(k->kid, k->next != NULL ? fl & ~(TAIL | EOK) : fl);
	}
	return r;
}

static int
bang_run(Node *n, int fl)
{
	int r = n->a == NULL ? Xok : cmd_run(n->a, fl & ~TAIL);

	if (r == Xok)
		status_set(status_true() ? "false" : "");
	return r;
}

static int
if_run(Node *n, int fl)
{
	int r = cmd_run(n->a, 0);

	if (r != Xok)
		return r;
	shell.ifnot = true;
	if (!status_true())
		return Xok;
	if (n->b != NULL)
		r = cmd_run(n->b, fl);
	shell.ifnot = false;
	return r;
}

static int
while_run(Node *n, int fl)
{
	int r;

	for (;;) {
		if (n->a->type == NSEQ && n->a->kid == NULL)
			status_set(""); /* while() is for ever */
		r = cmd_run(n->a, 0);
		if (r != Xok || !status_true())
			return r;
		if (n->b != NULL)
			r = cmd_run(n->b, fl & ~TAIL);
		if (r == Xok)
			r = notes_run();
		if (r != Xok)
			return r;
	}
}

static int
for_run(Node *n, int fl)
{
	char *name;
	List *l = NULL, *w;
	Redir *mark = redirs;
	Var *v;
	int r = word_one(n->a, "variable name not singleton!", &name);

	if (r != Xok)
		return r;
	if (n->b != NULL)
		r = words_glob(n->b, &l);
	else
		l = list_copy(var_value("*"));
	if (r == Xok && l != NULL) {
		v = local_push(name, NULL);
		for (w = l; w != NULL && r == Xok; w = w->next) {
			list_free(v->val);
			v->val = list_new(w->s, strlen(w->s));
			var_global(name)->changed = true;
			if (n->c != NULL)
				r = cmd_run(n->c, w->next != NULL ? fl & ~TAIL : fl);
			if (r == Xok)
				r = notes_run();
		}
		local_pop(v);
	}
	redir_pop(mark);
	list_free(l);
	free(name);
	return r;
}

static int
subject_match(List *subject, Node *patterns, bool *yes)
{
	List *l = NULL;
	int r = word_eval(patterns, &l);

	if (r == Xok)
		r = words_match(subject, l, yes);
	list_free(l);
	return r;
}

static int
switch_run(Node *n, int fl)
{
	List *subject = NULL;
	bool yes = false;
	int r = word_eval(n->a, &subject);

	subject = glob_list(subject);
	for (Node *arm = n->kid; arm != NULL && r == Xok && !yes; arm = arm->next) {
		r = subject_match(subject, arm->a, &yes);
		if (r == Xok && yes) {
			list_free(subject);
			subject = NULL;
			r = seq_run(arm, fl);
		}
	}
	list_free(subject);
	return r;
}

static int
match_run(Node *n, int fl)
{
	List *subject = NULL;
	bool yes = false;
	int r = word_eval(n->a, &subject);

	subject = glob_list(subject);
	if (r == Xok)
		r = subject_match(subject, n->b, &yes);
	list_free(subject);
	if (r == Xok)
		status_set(yes ? "" : "no match");
	return eflag_check(r, fl);
}

static int
fn_define(Node *n, Unit *u)
{
	List *names = NULL;
	int r = word_eval(n->a, &names);

	for (List *w = word_unmark(names); w != NULL && r == Xok; w = w->next) {
		if (!name_ok(w->s))
			r = rc_error("%s: bad function name", w->s);
		else
			fn_set(w->s, n->b == NULL ? NULL : fn_new(u, n->b, n->text));
	}
	list_free(names);
	return r;
}

static int
node_run(Node *n, int fl)
{
	switch (n->type) {
	case NSIMPLE:   return simple_run(n, fl);
	case NASSIGN:   return assign_run(n, fl);
	case NREDIRS:   return redirs_run(n, fl);
	case NSEQ:      return seq_run(n, fl);
	case NASYNC:    return async_run(n, fl);
	case NCHAIN:    return chain_run(n, fl);
	case NPIPE:     return pipe_run(n, fl);
	case NBANG:     return bang_run(n, fl);
	case NSUBSHELL: return subshell_run(n, fl);
	case NIF:       return if_run(n, fl);
	case NIFNOT:    return shell.ifnot && n->b != NULL ? cmd_run(n->b, fl) : Xok;
	case NFOR:      return for_run(n, fl);
	case NWHILE:    return while_run(n, fl);
	case NSWITCH:   return switch_run(n, fl);
	case NMATCH:    return match_run(n, fl);
	case NFN:       return fn_define(n, running);
	}
	panic("rc: command %d", n->type);
}

/* -r */
static void
node_show(const Node *n)
{
	static const char *const names[] = {
		[NSIMPLE] = "simple", [NASSIGN] = "assign", [NREDIRS] = "redirs", [NSEQ] = "seq",
		[NASYNC] = "async", [NCHAIN] = "chain", [NPIPE] = "pipe", [NBANG] = "bang",
		[NSUBSHELL] = "subshell", [NIF] = "if", [NIFNOT] = "if not", [NFOR] = "for",
		[NWHILE] = "while", [NSWITCH] = "switch", [NMATCH] = "match", [NFN] = "fn",
	};

	fprint(2, "%s:%d: pid %d depth %d %s\n", shell.file != NULL ? shell.file : "rc",
	    n->line, getpid(), shell.depth, names[n->type]);
}

int
cmd_run(Node *n, int fl)
{
	int r;

	if (shell.flag['r'])
		node_show(n);
	if (notes_pending() && (r = notes_run()) != Xok)
		return r;
	if (n->type != NSEQ)
		shell.line = n->line;
	return node_run(n, fl);
}

int
unit_run(Unit *u, Node *n, int fl)
{
	Unit *unit = running;
	const char *file = shell.file;
	int r;

	u->ref++;
	running = u;
	shell.file = u->file;
	r = cmd_run(n, fl);
	running = unit;
	shell.file = file;
	unit_put(u);
	return r;
}
