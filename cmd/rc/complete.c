/*
 * complete.c - what the word before the cursor may become: files; in a command's place
 * builtins, functions and what $path has; after $, variables. What has characters that
 * rc knows is quoted; a quote stays open where more may follow.
 * LIMITS  no completion of words with patterns, of users or of a program's arguments
 */
#include "cmd/rc/edit.h"

/* ---- the word ---- */
typedef struct Word Word;
struct Word {
	size_t from;
	Buf plain;            /* without its quotes */
	bool command;         /* in a command's place */
	bool glob, comment;
	bool variable;        /* "$" and a name's begin; from is behind the $ */
	Buf base;             /* value of the variable that the word begins with, "$home/…" */
};

/* Words behind which a command comes. */
static bool
is_prefix_word(const Buf *b)
{
	static const char *const word[] = { "!", "@", "if", "while", "not", "exec", "eval", "builtin", "time" };

	for (size_t i = 0; b->n > 0 && i < nelem(word); i++)
		if (strcmp(b->s, word[i]) == 0)
			return true;
	return false;
}

static void
word_begin(Word *w, size_t from, bool command)
{
	w->from = from;
	w->command = command;
	w->glob = false;
	buf_set(&w->plain, "", 0);
}

/* One quoted piece from s[i] on; behind it. */
static size_t
quoted_take(Word *w, const char *s, size_t i, size_t at)
{
	for (i++; i < at; i++) {
		if (s[i] == '\'' && (i + 1 >= at || s[i + 1] != '\''))
			return i + 1;
		i += s[i] == '\'';
		buf_add(&w->plain, s + i, 1);
	}
	return i;
}

/* What a parenthesis closes decides what follows it: if (…) command, but echo (…) word. */
typedef struct Parens Parens;
struct Parens {
	size_t depth;
	uint64_t command;     /* a bit each */
};

static bool
separator_take(Word *w, Parens *p, char c, size_t next)
{
	bool prefix = is_prefix_word(&w->plain) || strcmp(w->plain.s, "for") == 0 || strcmp(w->plain.s, "switch") == 0;

	switch (c) {
	case ' ': case '\t':
		word_begin(w, next, w->command && (w->plain.n == 0 || is_prefix_word(&w->plain)));
		return true;
	case ';': case '&': case '|': case '\n': case '{': case '}':
		word_begin(w, next, c != '}');
		return true;
	case '(':
		p->command = p->command << 1 | (prefix || w->command);
		word_begin(w, next, w->command && is_prefix_word(&w->plain));
		return true;
	case ')':
		word_begin(w, next, p->command & 1);
		p->command >>= 1;
		return true;
	case '=':
		word_begin(w, next, false);
		return true;
	case '<': case '>': case '^': case '`':
		word_begin(w, next, false);
		return true;
	}
	return false;
}

/* Behind a separator, and the fds of >[2=1] or |[2]. */
static size_t
fds_skip(const char *s, size_t i, size_t at)
{
	if (strchr("<>|", s[i++]) == NULL || i >= at || s[i] != '[')
		return i;
	while (i < at && s[i] != ']')
		i++;
	return i < at ? i + 1 : i;
}

static void
word_find(const char *s, size_t at, Word *w)
{
	Parens p = { 0 };

	word_begin(w, 0, true);
	for (size_t i = 0; i < at;) {
		if (s[i] == '#' && i == w->from) {
			while (i < at && s[i] != '\n')
				i++;
			w->comment = i == at;
		} else if (s[i] == '\'') {
			i = quoted_take(w, s, i, at);
		} else if (separator_take(w, &p, s[i], i + 1)) {
			i = fds_skip(s, i, at);
			w->from = i;
		} else {
			w->glob = w->glob || strchr("*?[", s[i]) != NULL;
			buf_add(&w->plain, s + i++, 1);
		}
	}
}

static bool
is_name_char(char c)
{
	return (uint8_t)c >= 0x80 || c == '_' || c == '*' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

/* A word that begins with "$": a variable's name, or its value and more. */
static void
word_dollar(const char *s, size_t at, Word *w)
{
	size_t i = w->from + 1, name;
	List *value;
	char *n;

	while (i < at && (s[i] == '#' || s[i] == '"' || s[i] == '$'))
		i++;
	name = i;
	while (i < at && is_name_char(s[i]))
		i++;
	if (i == at) {
		w->variable = true;
		w->from = name;
		buf_set(&w->plain, s + name, at - name);
		return;
	}
	n = rc_alloc(i - name + 1);
	memcpy(n, s + name, i - name);
	value = var_value(n);
	free(n);
	buf_set(&w->base, value != NULL ? value->s : "", value != NULL ? strlen(value->s) : 0);
	buf_cut(&w->plain, 0, i - w->from);
	w->from = i;
}

/* ---- what fits ---- */
typedef struct Found Found;
struct Found {
	List *list, **tail;   /* directories end with a slash */
	size_t n;
	const char *prefix;
};

static void
found_add(Found *f, const char *dir, const char *name, bool isdir)
{
	char *s;

	if (strncmp(name, f->prefix, strlen(f->prefix)) != 0)
		return;
	s = smprint("%s%s%s", dir, name, isdir ? "/" : "");
	if (s == NULL)
		return;
	f->tail = list_add(f->tail, s);
	f->n++;
	free(s);
}

/* Files of the directory dir; in the word they stand behind `shown`. */
static void
dir_find(Found *f, const char *dir, const char *shown, bool commands)
{
	int fd = open(*dir != '\0' ? dir : ".", OREAD);
	Dir *d = NULL;
	int64_t n = fd < 0 ? -1 : dirreadall(fd, &d);

	if (fd >= 0)
		close(fd);
	for (int64_t i = 0; i < n; i++)
		if (!commands || (d[i].mode & (DMDIR | 0111)))
			found_add(f, shown, d[i].name, d[i].mode & DMDIR);
	if (n >= 0)
		free(d);
}

/* Files for a word with or without a directory in it; root: "", or where it begins. */
static void
file_find(Found *f, const char *root, const char *word, bool commands)
{
	const char *slash = strrchr(word, '/');
	size_t n = slash != NULL ? (size_t)(slash + 1 - word) : 0;
	char *shown = rc_alloc(n + 1), *dir;

	memcpy(shown, word, n);
	f->prefix = word + n;
	if ((dir = smprint("%s%s", root, shown)) != NULL)
		dir_find(f, dir, shown, commands);
	free(dir);
	free(shown);
}

static Found *finding; /* what the functions below add to */

static void
builtin_fits(const char *name)
{
	found_add(finding, "", name, false);
}

static void
fn_fits(Var *v, void *arg)
{
	USED(arg);
	if (v->fn != NULL)
		found_add(finding, "", v->name, false);
}

static void
var_fits(Var *v, void *arg)
{
	USED(arg);
	if (v->val != NULL)
		found_add(finding, "", v->name, false);
}

static void
command_find(Found *f, const char *word)
{
	char *root;

	for (List *p = var_value("path"); p != NULL; p = p->next) {
		if (strcmp(p->s, ".") == 0 || *p->s == '\0')
			file_find(f, "", word, true);
		else if ((root = smprint("%s/", p->s)) != NULL) {
			file_find(f, root, word, true);
			free(root);
		}
	}
	f->prefix = word;
	builtin_each(builtin_fits);
	var_each(fn_fits, NULL);
}

static void
word_fits(const Word *w, Found *f)
{
	finding = f;
	f->tail = &f->list;
	f->prefix = w->plain.s;
	if (w->variable)
		var_each(var_fits, NULL);
	else if (w->command && w->base.n == 0 && !path_direct(w->plain.s))
		command_find(f, w->plain.s);
	else
		file_find(f, w->base.n > 0 ? w->base.s : "", w->plain.s, w->command);
}

/* ---- the answer ---- */

static int
name_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names, sorted, each once. */
static void
names_make(Found *f, Completion *c)
{
	List *next;

	c->name = rc_alloc((f->n + 1) * sizeof *c->name);
	for (List *l = f->list; l != NULL; l = next) {
		next = l->next;
		c->name[c->n++] = rc_strdup(l->s);
	}
	list_free(f->list);
	qsort(c->name, c->n, sizeof *c->name, name_cmp);
	for (size_t i = 1, k = 1, n = c->n; i < n; i++) {
		if (strcmp(c->name[i], c->name[k - 1]) != 0)
			c->name[k++] = c->name[i];
		else
			free(c->name[i]), c->n--;
	}
}

/* Bytes that all have in common, whole runes. */
static size_t
common_begin(const Completion *c)
{
	const char *a = c->name[0], *b = c->name[c->n - 1]; /* they are sorted */
	size_t n = 0;

	while (a[n] != '\0' && a[n] == b[n])
		n++;
	while (n > 0 && ((uint8_t)a[n] & 0xC0) == 0x80)
		n--;
	return n;
}

/* The n bytes of s as rc reads them; more: others may follow, so a quote stays open. */
static char *
word_quote(const char *s, size_t n, bool more)
{
	char *plain = rc_alloc(n + 1), *q;
	size_t nq;

	memcpy(plain, s, n);
	q = n > 0 ? quotestr(plain) : rc_strdup("");
	nq = q != NULL ? strlen(q) : 0;
	if (more && nq > 2 && q[0] == '\'')
		q[nq - 1] = '\0';
	free(plain);
	return q;
}

/* In a list, the directory that all are in is left out. */
static void
names_shorten(Completion *c)
{
	for (size_t i = 0; i < c->n; i++) {
		char *s = c->name[i];
		size_t n = strlen(s);
		const char *p = s + (n > 1 ? n - 2 : 0);

		while (p > s && p[-1] != '/')
			p--;
		memmove(s, p, n - (size_t)(p - s) + 1);
	}
}

void
complete_word(const char *text, size_t at, Completion *c)
{
	Word w = { 0 };
	Found f = { 0 };
	size_t n, end;
	bool more;
	char *q;

	word_find(text, at, &w);
	if (at > w.from && text[w.from] == '$')
		word_dollar(text, at, &w);
	if (!w.comment && (!w.glob || w.variable))
		word_fits(&w, &f);
	if (f.n > 0) {
		names_make(&f, c);
		n = common_begin(c);
		end = strlen(c->name[0]);
		more = c->n > 1 || c->name[0][end - 1] == '/';
		c->from = w.from;
		q = word_quote(c->name[0], n, more);
		c->text = smprint("%s%s", q != NULL ? q : "", more || w.variable || text[at] == ' ' ? "" : " ");
		free(q);
		names_shorten(c);
	}
	buf_free(&w.plain);
	buf_free(&w.base);
}
