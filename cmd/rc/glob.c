/*
 * glob.c - patterns: matching, and the files that a pattern names.
 *
 *	*       any characters     [abc-f]   one of these
 *	?       one character      [~abc-f]  none of these
 * In file names a / is matched only by a /, and . and .. only by themselves.
 * A pattern that names no file stands for itself.
 * SEE     word.c about marked text
 */
#include "cmd/rc/rc.h"

static bool
is_pattern(const char *marked)
{
	for (; *marked != '\0'; marked++) {
		if (*marked != GLOB)
			continue;
		if (marked[1] != GLOB)
			return true;
		marked++;
	}
	return false;
}

/* [ at p[0]; past the class and whether r is in it. NULL: there is no ]. */
static const char *
class_match(const char *p, Rune r, bool *in)
{
	bool not = false;
	Rune lo, hi;

	*in = false;
	p++;
	if (*p == '~') {
		not = true;
		p++;
	}
	while (*p != ']') {
		if (*p == GLOB && p[1] != '\0')
			p++;
		if (*p == '\0')
			return NULL;
		p += chartorune(&lo, p);
		hi = lo;
		if (*p == '-') {
			p++;
			if (*p == GLOB && p[1] != '\0')
				p++;
			if (*p == '\0')
				return NULL;
			p += chartorune(&hi, p);
		}
		if (lo <= hi ? lo <= r && r <= hi : hi <= r && r <= lo)
			*in = true;
	}
	if (not)
		*in = !*in;
	return p + 1;
}

/* One element of the pattern that is no *, against the rune at s; NULL: no. */
static const char *
match_one(const char *p, const char *s, int *width)
{
	Rune r, want;
	bool in;
	int w;

	*width = chartorune(&r, s);
	if (p[0] == GLOB && p[1] == '?')
		return p + 2;
	if (p[0] == GLOB && p[1] == '[') {
		p = class_match(p + 1, r, &in);
		return p != NULL && in ? p : NULL;
	}
	if (p[0] == GLOB)
		p++;
	w = chartorune(&want, p);
	return w == *width && memcmp(p, s, (size_t)w) == 0 ? p + w : NULL;
}

/* s[0..n) against a pattern up to its stop character or end. Going back to the
 * last * is enough, so the time is at most the product of the lengths. */
static bool
match(const char *s, const char *p, int stop)
{
	const char *star = NULL, *back = NULL, *next;
	int w = 0;

	for (;;) {
		if (p[0] == GLOB && p[1] == '*') {
			p += 2;
			star = p;
			back = s;
			continue;
		}
		if (*s == '\0' && (*p == '\0' || *p == stop))
			return true;
		next = *s == '\0' || *p == '\0' || *p == stop ? NULL : match_one(p, s, &w);
		if (next != NULL) {
			p = next;
			s += w;
			continue;
		}
		if (star == NULL || *back == '\0')
			return false;
		Rune r;

		back += chartorune(&r, back);
		s = back;
		p = star;
	}
}

bool
glob_match(const char *s, const char *marked)
{
	return match(s, marked, -1);
}

/* ---- files ---- */
/* The first / of a pattern that is not in a class, or its end. */
static size_t
element_len(const char *p)
{
	const char *start = p;

	while (*p != '\0' && *p != '/') {
		if (p[0] == GLOB && p[1] != '\0')
			p++;
		p++;
	}
	return (size_t)(p - start);
}

static List **glob_files(Buf *path, const char *pat, List **tail);

static List **
glob_dir(Buf *path, const char *pat, size_t len, List **tail)
{
	size_t mark = path->n;
	char *elem = rc_alloc(len + 1);
	Dir *d = NULL;
	int64_t n;
	int fd = open(mark == 0 ? "." : path->s, OREAD);

	memcpy(elem, pat, len);
	if (fd < 0) {
		free(elem);
		return tail;
	}
	n = dirreadall(fd, &d);
	close(fd);
	for (int64_t i = 0; i < n; i++) {
		if (strcmp(d[i].name, ".") == 0 || strcmp(d[i].name, "..") == 0)
			continue;
		if (pat[len] == '/' && !(d[i].mode & DMDIR))
			continue;
		if (!match(d[i].name, elem, -1))
			continue;
		buf_str(path, d[i].name);
		tail = glob_files(path, pat + len, tail);
		path->n = mark;
		path->s[mark] = '\0';
	}
	if (n >= 0)
		free(d);
	free(elem);
	return tail;
}

/* path + what pat names; pat begins at an element or with slashes. */
static List **
glob_files(Buf *path, const char *pat, List **tail)
{
	size_t mark = path->n;

	for (;;) {
		size_t len;
		List *plain;

		while (*pat == '/') {
			buf_add(path, "/", 1);
			pat++;
		}
		len = is_pattern(pat) ? element_len(pat) : strlen(pat);
		plain = list_new(pat, len);
		if (len > 0 && is_pattern(plain->s)) {
			list_free(plain);
			tail = glob_dir(path, pat, len, tail);
			break;
		}
		buf_str(path, word_unmark(plain)->s);
		list_free(plain);
		pat += len;
		if (*pat == '\0') {
			if (access(path->s, AEXIST) >= 0)
				tail = list_add(tail, path->s);
			break;
		}
	}
	path->n = mark;
	path->s[mark] = '\0';
	return tail;
}

static int
word_cmp(const void *a, const void *b)
{
	return strcmp((*(List *const *)a)->s, (*(List *const *)b)->s);
}

static List *
list_sort(List *l)
{
	size_t n = list_len(l);
	List **v, *head;

	if (n < 2)
		return l;
	v = rc_alloc(n * sizeof *v);
	for (size_t i = 0; i < n; i++, l = l->next)
		v[i] = l;
	qsort(v, n, sizeof *v, word_cmp);
	for (size_t i = 0; i + 1 < n; i++)
		v[i]->next = v[i + 1];
	v[n - 1]->next = NULL;
	head = v[0];
	free(v);
	return head;
}

List *
glob_list(List *marked)
{
	List *head = NULL, **tail = &head, *next;

	for (; marked != NULL; marked = next) {
		next = marked->next;
		marked->next = NULL;
		*tail = NULL;
		if (is_pattern(marked->s)) {
			Buf path = { 0 };

			buf_str(&path, "");
			glob_files(&path, marked->s, tail);
			buf_free(&path);
			*tail = list_sort(*tail);
		}
		if (*tail == NULL)
			*tail = word_unmark(marked);
		else
			list_free(marked);
		while (*tail != NULL)
			tail = &(*tail)->next;
	}
	return head;
}

/* ~ and switch: the subject is its words with blanks between. */
int
words_match(const List *subject, List *patterns, bool *yes)
{
	char *s = list_join(subject, " ");

	*yes = false;
	for (; patterns != NULL && !*yes; patterns = patterns->next)
		*yes = glob_match(s, patterns->s);
	free(s);
	return Xok;
}
