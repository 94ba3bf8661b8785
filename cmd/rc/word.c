/*
 * word.c - words of a tree to lists of strings.
 *
 * A string here is marked (see GLOB in rc.h) until glob_list or word_unmark
 * makes it plain: what came from a variable or a command never is a pattern.
 */
#include "cmd/rc/rc.h"

char *
glob_mark(const char *plain)
{
	static const char two[2] = { GLOB, GLOB };
	Buf b = { 0 };

	buf_str(&b, "");
	for (; *plain != '\0'; plain++) {
		if (*plain == GLOB)
			buf_add(&b, two, 2);
		else
			buf_add(&b, plain, 1);
	}
	return b.s;
}

static List **
add_plain(List **tail, const char *s)
{
	char *marked;

	if (strchr(s, GLOB) == NULL)
		return list_add(tail, s);
	marked = glob_mark(s);
	tail = list_add(tail, marked);
	free(marked);
	return tail;
}

List *
word_unmark(List *l)
{
	for (List *w = l; w != NULL; w = w->next) {
		char *to = w->s;

		for (const char *from = w->s; *from != '\0'; *to++ = *from++)
			if (*from == GLOB && from[1] != '\0')
				from++;
		*to = '\0';
	}
	return l;
}

int
word_one(Node *w, const char *what, char **out)
{
	List *l = NULL;
	int rc = word_eval(w, &l);

	if (rc != Xok)
		return rc;
	if (l == NULL || l->next != NULL) {
		list_free(l);
		return rc_error("%s", what);
	}
	*out = rc_strdup(word_unmark(l)->s);
	list_free(l);
	return Xok;
}

/* ---- $x(1 3-5) ---- */
static bool
sub_number(const char **s, size_t *n)
{
	const char *p = *s;

	*n = 0;
	while (*p >= '0' && *p <= '9') {
		if (*n < 1000000000)
			*n = *n * 10 + (size_t)(*p - '0');
		p++;
	}
	if (p == *s)
		return false;
	*s = p;
	return true;
}

/* from-to of the words of val; both 1 or more. */
static List **
sub_range(List **tail, const List *val, size_t from, size_t to)
{
	size_t i = 1;

	for (; val != NULL && i <= to; val = val->next, i++)
		if (i >= from)
			tail = add_plain(tail, val->s);
	return tail;
}

/* What is no number, and element 0, is none; so is m-n when n is no number. */
static List **
subs_add(List **tail, const List *val, const List *subs)
{
	for (; subs != NULL; subs = subs->next) {
		const char *s = subs->s;
		size_t from, to;

		if (!sub_number(&s, &from) || from == 0)
			continue;
		to = from;
		if (*s == '-' && *++s == '\0')
			to = SIZE_MAX;
		else if (s[-1] == '-' && !sub_number(&s, &to))
			continue;
		tail = sub_range(tail, val, from, to);
	}
	return tail;
}

static List **
dollar_add(List **tail, int type, const List *val, const List *subs, bool sub)
{
	List *part = NULL;
	char *text;

	if (type == NDOL && sub)
		return subs_add(tail, val, subs);
	if (type == NJOIN) {
		if (sub)
			subs_add(&part, val, subs);
		text = list_join(sub ? word_unmark(part) : val, " ");
		list_free(part);
		tail = add_plain(tail, text);
		free(text);
		return tail;
	}
	for (; val != NULL; val = val->next)
		tail = add_plain(tail, val->s);
	return tail;
}

static int
dollar_eval(Node *n, List ***tail)
{
	char *name;
	char digits[24];
	List *subs = NULL; /* evaluated first: var_value's result lives until the next one */
	int rc = word_one(n->a, "variable name not singleton!", &name);

	if (rc == Xok && n->b != NULL) {
		rc = word_eval(n->b, &subs);
		if (rc != Xok)
			free(name);
	}
	if (rc != Xok)
		return rc;
	if (n->type == NCOUNT) {
		snprintf(digits, sizeof digits, "%zu", list_len(var_value(name)));
		*tail = list_add(*tail, digits);
	} else {
		*tail = dollar_add(*tail, n->type, var_value(name), word_unmark(subs), n->b != NULL);
	}
	list_free(subs);
	free(name);
	return Xok;
}

/* ---- ^ ---- */
/* a ^ b, both consumed; *out stays when it fails. */
static int
cat_two(List *a, List *b, List **out)
{
	size_t na = list_len(a), nb = list_len(b);
	List *head = NULL, **tail = &head;
	int rc = Xok;

	if (na == 0 && nb == 0) {
		*out = NULL;
	} else if (na == 0 || nb == 0) {
		rc = rc_error("null list in concatenation");
	} else if (na != nb && na != 1 && nb != 1) {
		rc = rc_error("mismatched list lengths in concatenation");
	} else {
		const List *x = a, *y = b;

		for (size_t i = 0; i < (na > nb ? na : nb); i++) {
			size_t n = strlen(x->s), m = strlen(y->s);

			*tail = rc_alloc(sizeof **tail + n + m + 1);
			memcpy((*tail)->s, x->s, n);
			memcpy((*tail)->s + n, y->s, m);
			tail = &(*tail)->next;
			x = na > 1 ? x->next : x;
			y = nb > 1 ? y->next : y;
		}
		*out = head;
	}
	list_free(a);
	list_free(b);
	return rc;
}

static int
cat_eval(Node *n, List ***tail)
{
	List *l = NULL, *r;
	Node *k = n->kid;
	int rc = word_eval(k, &l);

	for (k = k->next; rc == Xok && k != NULL; k = k->next) {
		r = NULL;
		rc = word_eval(k, &r);
		if (rc != Xok)
			break;
		rc = cat_two(l, r, &l);
		if (rc != Xok)
			l = NULL;
	}
	if (rc != Xok) {
		list_free(l);
		return rc;
	}
	**tail = l;
	while (**tail != NULL)
		*tail = &(**tail)->next;
	return Xok;
}

static int
eval_into(Node *w, List ***tail)
{
	int rc = Xok;

	switch (w->type) {
	case NWORD:
		*tail = list_add(*tail, w->text);
		break;
	case NDOL: case NCOUNT: case NJOIN:
		return dollar_eval(w, tail);
	case NLIST:
		for (Node *k = w->kid; k != NULL && rc == Xok; k = k->next)
			rc = eval_into(k, tail);
		break;
	case NCAT:
		return cat_eval(w, tail);
	case NBACKQ:
		return backq_eval(w, tail);
	case NPIPEFD:
		return pipefd_eval(w, tail);
	default:
		panic("rc: word %d", w->type);
	}
	return rc;
}

int
words_eval(Node *kids, List **out)
{
	List *l = NULL, **tail = &l;
	int rc = Xok;

	for (; kids != NULL && rc == Xok; kids = kids->next)
		rc = eval_into(kids, &tail);
	if (rc != Xok) {
		list_free(l);
		return rc;
	}
	*out = l;
	return Xok;
}

int
word_eval(Node *w, List **out)
{
	List *l = NULL, **tail = &l;
	int rc = eval_into(w, &tail);

	if (rc != Xok) {
		list_free(l);
		return rc;
	}
	*out = l;
	return Xok;
}

int
words_glob(Node *kids, List **out)
{
	List *l = NULL;
	int rc = words_eval(kids, &l);

	if (rc == Xok)
		*out = glob_list(l);
	return rc;
}
