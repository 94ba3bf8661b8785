/*
 * env.c - variables and functions in /env.
 * FILES   /env/NAME     the words of $NAME, each followed by a NUL
 *         /env/fn#NAME  the text "fn NAME {…}" and a newline
 * Read once at the start; what changed is written before a program starts.
 * $* $0 $pid $apid $status $bqstatus $cflag are the shell's own and stay here.
 */
#include "cmd/rc/rc.h"

enum { ENV_MAX = 1 << 20 };

static bool copy_due;

static bool
is_own(const char *name)
{
	static const char *const own[] = {
		"*", "0", "pid", "apid", "status", "bqstatus", "cflag",
	};

	for (size_t i = 0; i < nelem(own); i++)
		if (strcmp(name, own[i]) == 0)
			return true;
	return false;
}

static bool
file_read(const char *file, Buf *b)
{
	char chunk[4096];
	int64_t n;
	int fd = open(file, OREAD | OCEXEC);

	if (fd < 0)
		return false;
	do { /* a short read is the last: one call less for each variable */
		n = read(fd, chunk, sizeof chunk);
		if (n > 0)
			buf_add(b, chunk, (size_t)n);
	} while (n == sizeof chunk && b->n < ENV_MAX);
	close(fd);
	return true;
}

static void
var_read(const char *name)
{
	char file[300];
	Buf b = { 0 };
	List *l = NULL, **tail = &l;
	Var *v;

	if (strncmp(name, "fn#", 3) == 0 || is_own(name))
		return;
	snprintf(file, sizeof file, "/env/%s", name);
	if (file_read(file, &b)) {
		for (size_t i = 0; i < b.n; i += strlen(b.s + i) + 1)
			tail = list_add(tail, b.s + i);
		v = var_global(name);
		list_free(v->val);
		v->val = l;
	}
	buf_free(&b);
}

static void
fn_read(const char *name)
{
	char file[300];
	Buf b = { 0 };

	if (strncmp(name, "fn#", 3) != 0 || strcmp(name, "fn#sigexit") == 0)
		return; /* sigexit is for the shell that defined it */
	snprintf(file, sizeof file, "/env/%s", name);
	if (file_read(file, &b)) {
		for (size_t i = 0; i < b.n; i++)
			if (b.s[i] == '\0')
				b.s[i] = '\n';
		text_run(b.s == NULL ? "" : b.s, b.n, file, 0);
		var_global(name + 3)->fn_changed = false;
	}
	buf_free(&b);
}

static void
names_each(void (*fn)(const char *name))
{
	Dir *d = NULL;
	int fd = open("/env", OREAD | OCEXEC);
	int64_t n;

	if (fd < 0)
		return;
	n = dirreadall(fd, &d);
	close(fd);
	for (int64_t i = 0; i < n; i++)
		fn(d[i].name);
	if (n >= 0)
		free(d);
}

void
env_read(void)
{
	names_each(var_read);
}

void
env_read_fns(void)
{
	names_each(fn_read);
}

void
env_copy(void)
{
	copy_due = true;
}

/* A subshell's variables are its own: its group is a copy from now on. */
static void
copy_now(void)
{
	if (copy_due)
		rfork(RFENVG);
	copy_due = false;
}

static void
file_write(const char *file, const Buf *b)
{
	int fd = create(file, OWRITE, 0666);

	if (fd < 0)
		return; /* no /env: the variable lives in this shell only */
	if (b->n > 0)
		write(fd, b->s, (int64_t)b->n);
	close(fd);
}

static void
var_write(Var *v, void *arg)
{
	char file[300];
	Var *in;
	Buf b = { 0 };

	(void)arg;
	if (!v->changed && !v->fn_changed)
		return;
	if (v->changed && !is_own(v->name) && name_ok(v->name)) {
		in = var_get(v->name);
		snprintf(file, sizeof file, "/env/%s", v->name);
		copy_now();
		for (List *l = in->val; l != NULL; l = l->next)
			buf_add(&b, l->s, strlen(l->s) + 1);
		if (in->val != NULL)
			file_write(file, &b);
		else
			remove(file);
	}
	buf_free(&b);
	if (v->fn_changed && name_ok(v->name)) {
		snprintf(file, sizeof file, "/env/fn#%s", v->name);
		copy_now();
		if (v->fn != NULL) {
			char *name = quotestr(v->name);

			buf_str(&b, "fn ");
			buf_str(&b, name == NULL ? v->name : name);
			buf_str(&b, " ");
			buf_str(&b, v->fn->text);
			buf_str(&b, "\n");
			free(name);
			file_write(file, &b);
		} else {
			remove(file);
		}
	}
	buf_free(&b);
	v->changed = v->fn_changed = false;
}

void
env_write(void)
{
	var_each(var_write, NULL);
}
