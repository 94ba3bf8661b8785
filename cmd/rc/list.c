/*
 * list.c - memory, texts that grow, lists of words.
 * ERRORS  no memory: the shell ends with that status.
 */
#include "cmd/rc/rc.h"

static void *
mem_check(void *p)
{
	if (p == NULL) {
		fprint(2, "rc: out of memory\n");
		_exits("out of memory");
	}
	return p;
}

void *
rc_alloc(size_t n)
{
	return mem_check(calloc(1, n != 0 ? n : 1));
}

void *
rc_grow(void *p, size_t n)
{
	return mem_check(realloc(p, n != 0 ? n : 1));
}

char *
rc_strdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(rc_alloc(n), s, n);
}

List *
list_new(const char *s, size_t n)
{
	List *l = rc_alloc(sizeof *l + n + 1);

	memcpy(l->s, s, n);
	return l;
}

void
list_free(List *l)
{
	while (l != NULL) {
		List *next = l->next;

		free(l);
		l = next;
	}
}

List **
list_add(List **tail, const char *s)
{
	*tail = list_new(s, strlen(s));
	return &(*tail)->next;
}

List *
list_copy(const List *l)
{
	List *head = NULL, **tail = &head;

	for (; l != NULL; l = l->next)
		tail = list_add(tail, l->s);
	return head;
}

size_t
list_len(const List *l)
{
	size_t n = 0;

	for (; l != NULL; l = l->next)
		n++;
	return n;
}

char *
list_join(const List *l, const char *sep)
{
	Buf b = { 0 };

	buf_str(&b, "");
	for (; l != NULL; l = l->next) {
		buf_str(&b, l->s);
		if (l->next != NULL)
			buf_str(&b, sep);
	}
	return b.s;
}

void
buf_add(Buf *b, const char *s, size_t n)
{
	if (b->size - b->n <= n) {
		b->size = (b->n + n + 1) * 2;
		b->s = rc_grow(b->s, b->size);
	}
	memcpy(b->s + b->n, s, n);
	b->n += n;
	b->s[b->n] = '\0';
}

void
buf_str(Buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_free(Buf *b)
{
	free(b->s);
	*b = (Buf){ 0 };
}
