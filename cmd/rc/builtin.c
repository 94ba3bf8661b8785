/*
 * builtin.c - the commands that are part of the shell.
 *	. builtin cd eval exec exit finit flag rfork shift wait whatis
 * (whatis is in whatis.c). They set $status; Xabort ends the line. As in Plan 9
 * bad arguments of cd, shift and rfork only set it, those of the others abort.
 */
#include "cmd/rc/rc.h"

static int
usage(const char *text, const char *status)
{
	rc_warn("usage: %s", text);
	status_set(status);
	return Xok;
}

/* ---- cd ---- */
static bool
cd_try(const char *base, const char *dir, bool tell)
{
	char *path = path_join(base, dir);
	bool ok = chdir(path) >= 0;

	if (ok && tell)
		fprint(redir_fd(2), "%s\n", path);
	free(path);
	return ok;
}

static int
builtin_cd(List *a, int fl)
{
	const char *dir;
	List *home = var_value("home");
	bool ok = false;

	USED(fl);
	if (a->next != NULL && a->next->next != NULL)
		return usage("cd [directory]", "can't cd");
	if (a->next == NULL && home == NULL) {
		rc_warn("can't cd: $home is empty");
		status_set("can't cd");
		return Xok;
	}
	dir = a->next != NULL ? a->next->s : home->s;
	if (!path_direct(dir))
		for (List *p = var_value("cdpath"); p != NULL && !ok; p = p->next)
			ok = cd_try(p->s, dir, strcmp(p->s, ".") != 0 && p->s[0] != '\0');
	if (!ok)
		ok = cd_try("", dir, false);
	if (!ok)
		rc_warn("can't cd %s: %r", dir);
	status_set(ok ? "" : "can't cd");
	return Xok;
}

static int
builtin_exit(List *a, int fl)
{
	USED(fl);
	if (a->next != NULL && a->next->next != NULL)
		rc_warn("usage: exit [status]; exiting anyway");
	if (a->next != NULL)
		status_set(a->next->s);
	rc_exit();
}

static int
builtin_shift(List *a, int fl)
{
	Var *v = var_get("*");
	uint64_t n = 1;

	USED(fl);
	if (a->next != NULL && (a->next->next != NULL ||
	    parse_u64(a->next->s, strlen(a->next->s), &n) < 0))
		return usage("shift [n]", "shift usage");
	for (; n > 0 && v->val != NULL; n--) {
		List *l = v->val;

		v->val = l->next;
		free(l);
	}
	status_set("");
	return Xok;
}

static int
builtin_eval(List *a, int fl)
{
	char *text, *name;
	int r;

	if (a->next == NULL)
		return rc_error("usage: eval command ...");
	text = list_join(a->next, " ");
	name = shell.file == NULL ? NULL : strstr(shell.file, ": eval") != NULL ?
	    rc_strdup(shell.file) : smprint("%s:%d: eval", shell.file, shell.line);
	r = text_run(text, strlen(text), name, fl);
	free(name);
	free(text);
	return r;
}

static int
builtin_exec(List *a, int fl)
{
	char *file;

	USED(fl);
	a = a->next;
	if (a == NULL)
		return rc_error("exec: empty argument list");
	if (builtin_find(a->s) != NULL) {
		builtin_find(a->s)(a, TAIL);
		rc_exit();
	}
	file = path_find(a->s);
	if (file == NULL) { /* the shell goes on */
		rc_warn("%s: %s", a->s, err_text(Enonexist));
		status_set(err_text(Enonexist));
		return Xok;
	}
	free(file);
	env_write();
	exec_run(list_copy(a));
}

/* Runs a command that a function hides. */
static int
builtin_builtin(List *a, int fl)
{
	Builtin *b;
	int pid;

	if (a->next == NULL)
		return rc_error("builtin: empty argument list");
	b = builtin_find(a->next->s);
	if (b != NULL)
		return b(a->next, fl);
	pid = rc_fork();
	if (pid < 0)
		return Xabort;
	if (pid == 0)
		exec_run(list_copy(a->next));
	return child_status(pid);
}

/* Where $path has a file to read; malloc'd. */
static char *
dot_find(const char *name)
{
	List *p = path_direct(name) ? NULL : var_value("path");

	for (; p != NULL; p = p->next) {
		char *file = path_join(p->s, name);

		if (access(file, AREAD) >= 0)
			return file;
		free(file);
	}
	return rc_strdup(name);
}

static int
builtin_dot(List *a, int fl)
{
	static const char how[] = "usage: . [-biq] file [argument ...]";
	Dot dot = { 0 };
	char *file;
	int r;

	for (a = a->next; a != NULL && a->s[0] == '-'; a = a->next) {
		if (strcmp(a->s, "--") == 0) {
			a = a->next;
			break;
		}
		for (const char *s = a->s + 1; *s != '\0'; s++) {
			if (strchr("biq", *s) == NULL)
				return rc_error("%s", how);
			dot.whole = dot.whole || *s == 'b';
			dot.interactive = dot.interactive || *s == 'i';
			dot.quiet = dot.quiet || *s == 'q';
		}
	}
	if (a == NULL)
		return rc_error("%s", how);
	file = dot_find(a->s);
	r = file_run(file, list_copy(a->next), dot, fl);
	free(file);
	return r;
}

static int
builtin_finit(List *a, int fl)
{
	USED(a);
	USED(fl);
	env_read_fns();
	status_set("");
	return Xok;
}

static int
builtin_flag(List *a, int fl)
{
	char c;

	USED(fl);
	if (a->next == NULL || a->next->s[0] == '\0' || a->next->s[1] != '\0' ||
	    (a->next->s[0] & 0x80) != 0)
		return rc_error("usage: flag letter [+-]");
	c = a->next->s[0];
	if (a->next->next == NULL) {
		status_set(shell.flag[(int)c] ? "" : "flag not set");
	} else if (a->next->next->next == NULL && strcmp(a->next->next->s, "+") == 0) {
		shell.flag[(int)c] = true;
		status_set("");
	} else if (a->next->next->next == NULL && strcmp(a->next->next->s, "-") == 0) {
		shell.flag[(int)c] = false;
		status_set("");
	} else {
		return rc_error("usage: flag letter [+-]");
	}
	return Xok;
}

static int
builtin_rfork(List *a, int fl)
{
	static const struct { char c; int flag; } table[] = {
		{ 'n', RFNAMEG }, { 'N', RFCNAMEG }, { 'e', RFENVG }, { 'E', RFCENVG },
		{ 's', RFNOTEG }, { 'f', RFFDG }, { 'F', RFCFDG }, { 'm', RFNOMNT },
	};
	const char *s = a->next == NULL ? "ens" : a->next->s;
	int flags = 0;

	USED(fl);
	for (; *s != '\0'; s++) {
		size_t i = 0;

		while (i < nelem(table) && table[i].c != *s)
			i++;
		if (i == nelem(table) || (a->next != NULL && a->next->next != NULL))
			return usage("rfork [nNeEsfFm]", "rfork usage");
		flags |= table[i].flag;
	}
	env_write();
	if (rfork(flags) < 0) {
		rc_warn("rfork: %r");
		status_set("rfork failed");
	} else {
		status_set("");
	}
	return Xok;
}

static int
builtin_wait(List *a, int fl)
{
	uint64_t pid;

	USED(fl);
	if (a->next == NULL)
		return child_await(0);
	if (a->next->next != NULL || parse_u64(a->next->s, strlen(a->next->s), &pid) < 0)
		return rc_error("usage: wait [pid]");
	return pid == 0 || pid > INT_MAX ? Xok : child_await((int)pid);
}

static const struct { const char *name; Builtin *fn; } builtins[] = {
	{ ".", builtin_dot }, { "builtin", builtin_builtin }, { "cd", builtin_cd },
	{ "eval", builtin_eval }, { "exec", builtin_exec }, { "exit", builtin_exit },
	{ "finit", builtin_finit }, { "flag", builtin_flag }, { "rfork", builtin_rfork },
	{ "shift", builtin_shift }, { "wait", builtin_wait },
	{ "whatis", builtin_whatis },
};

Builtin *
builtin_find(const char *name)
{
	for (size_t i = 0; i < nelem(builtins); i++)
		if (strcmp(builtins[i].name, name) == 0)
			return builtins[i].fn;
	return NULL;
}

void
builtin_each(void (*fn)(const char *name))
{
	for (size_t i = 0; i < nelem(builtins); i++)
		fn(builtins[i].name);
}
