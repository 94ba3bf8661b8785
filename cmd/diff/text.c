/*
 * cmd/diff/text.c - files as numbered lines.
 */
#include "cmd/diff/diff.h"

enum { BINARY_PROBE = 8192 };

static void
lines_find(Text *t)
{
	size_t room = 0, at = 0;

	t->start = NULL;
	t->nline = 0;
	for (;;) {
		const char *nl;

		if (t->nline + 1 >= room)
			t->start = cmd_alloc(t->start, (room = 2 * room + 256) * sizeof *t->start);
		t->start[t->nline] = at;
		if (at == t->size)
			break;
		nl = memchr(t->data + at, '\n', t->size - at);
		at = nl == NULL ? t->size : (size_t)(nl + 1 - t->data);
		t->nline++;
	}
	t->no_newline = t->size > 0 && t->data[t->size - 1] != '\n';
}

bool
text_read(Text *t, int fd, const char *name)
{
	size_t room = 0;
	int64_t n;

	*t = (Text){ .name = name };
	do {
		if (room - t->size < 64 << 10)
			t->data = cmd_alloc(t->data, room = 2 * room + (128 << 10));
		n = read(fd, t->data + t->size, (int64_t)(room - t->size));
		if (n < 0) {
			cmd_error("error reading %s: %r", name);
			return false;
		}
		t->size += (size_t)n;
	} while (n > 0);
	lines_find(t);
	return true;
}

void
text_free(Text *t)
{
	free(t->data);
	free(t->start);
	free(t->id);
	*t = (Text){ 0 };
}

bool
text_binary(const Text *t)
{
	return memchr(t->data, '\0', t->size < BINARY_PROBE ? t->size : BINARY_PROBE) != NULL;
}

Str
text_line(const Text *t, size_t i)
{
	size_t n = t->start[i + 1] - t->start[i];

	if (i + 1 < t->nline || !t->no_newline)
		n--;
	return (Str){ t->data + t->start[i], n };
}

/* What counts of a line, in buf, which has room for it. A last line without newline is
 * another than one with. */
static size_t
line_key(const Text *t, size_t i, enum Blanks blanks, char *buf)
{
	Str s = text_line(t, i);
	size_t n = 0;

	if (blanks == BLANKS_COUNT) {
		memcpy(buf, s.s, s.n);
		n = s.n;
		if (i + 1 == t->nline && t->no_newline)
			buf[n++] = '\n';
		return n;
	}
	for (size_t k = 0; k < s.n; k++) {
		if (s.s[k] != ' ' && s.s[k] != '\t' && s.s[k] != '\r')
			buf[n++] = s.s[k];
		else if (blanks == BLANKS_RUNS && (n == 0 || buf[n - 1] != ' '))
			buf[n++] = ' ';
	}
	if (blanks == BLANKS_RUNS && n > 0 && buf[n - 1] == ' ')
		n--;
	return n;
}

/* Lines by their keys: an open table of where each was first seen. */
typedef struct Seen Seen;
struct Seen {
	uint32_t hash, id;      /* id + 1; 0: free */
	char *key;
	size_t n;
};

static uint32_t
key_hash(const char *s, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)s[i]) * 16777619u;
	return h;
}

static uint32_t
seen_number(Seen *table, size_t mask, char *key, size_t n, uint32_t *nid)
{
	uint32_t hash = key_hash(key, n);
	Seen *s = &table[hash & mask];

	while (s->id != 0 && !(s->hash == hash && s->n == n && memcmp(s->key, key, n) == 0))
		s = s == &table[mask] ? table : s + 1;
	if (s->id == 0) {
		char *copy = cmd_alloc(NULL, n + 1);

		memcpy(copy, key, n);
		*s = (Seen){ hash, ++*nid, copy, n };
	}
	return s->id - 1;
}

uint32_t
text_number(Text *a, Text *b, enum Blanks blanks)
{
	size_t size = 64, longest = 0;
	Text *texts[] = { a, b };
	uint32_t nid = 0;
	Seen *table;
	char *key;

	while (size < 2 * (a->nline + b->nline))
		size *= 2;
	table = calloc(size, sizeof *table);
	if (table == NULL)
		sysfatal("%r");
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < texts[k]->nline; i++)
			if (texts[k]->start[i + 1] - texts[k]->start[i] > longest)
				longest = texts[k]->start[i + 1] - texts[k]->start[i];
	key = cmd_alloc(NULL, longest + 2);
	for (int k = 0; k < 2; k++) {
		Text *t = texts[k];

		t->id = cmd_alloc(NULL, (t->nline + 1) * sizeof *t->id);
		for (size_t i = 0; i < t->nline; i++)
			t->id[i] = seen_number(table, size - 1, key, line_key(t, i, blanks, key), &nid);
	}
	for (size_t i = 0; i < size; i++)
		free(table[i].key);
	free(table);
	free(key);
	return nid;
}
