/*
 * cmd/ed/buf.c - the lines: an array with a gap, which is where lines last came or went, so
 * that many changes in a row cost little.
 */
#include "cmd/ed/ed.h"

static Line **lines;            /* count of them, the gap between */
static size_t count, gap_at, gap_size;
static Line *marks[26];
static Line *newest, *replaced; /* what undo knows */
size_t buf_touched;

Line *
line_new(const char *s, size_t n)
{
	Line *l = cmd_alloc(NULL, sizeof *l + n);

	l->n = n;
	l->chosen = false;
	if (n > 0)
		memcpy(l->s, s, n);
	return l;
}

size_t
buf_count(void)
{
	return count;
}

static Line **
slot(size_t i)
{
	return &lines[i - 1 < gap_at ? i - 1 : i - 1 + gap_size];
}

Line *
buf_line(size_t i)
{
	return *slot(i);
}

static void
gap_move(size_t at)
{
	if (at < gap_at)
		memmove(lines + at + gap_size, lines + at, (gap_at - at) * sizeof *lines);
	else
		memmove(lines + gap_at, lines + gap_at + gap_size, (at - gap_at) * sizeof *lines);
	gap_at = at;
	if (at + 1 < buf_touched)
		buf_touched = at + 1;
}

void
buf_insert(size_t after, Line *l)
{
	if (gap_size == 0) {
		gap_move(count);
		gap_size = count + 1024;
		lines = cmd_alloc(lines, (count + gap_size) * sizeof *lines);
	}
	gap_move(after);
	lines[gap_at++] = l;
	gap_size--;
	count++;
}

static void
line_free(Line *l)
{
	for (size_t i = 0; i < nelem(marks); i++)
		if (marks[i] == l)
			marks[i] = NULL;
	if (l == newest)
		newest = NULL;
	free(l);
}

void
buf_delete(size_t from, size_t to)
{
	gap_move(from - 1);
	for (size_t i = from; i <= to; i++)
		line_free(buf_line(i));
	gap_size += to - from + 1;
	count -= to - from + 1;
}

void
buf_replace(size_t i, Line *l)
{
	Line **p = slot(i);

	for (size_t k = 0; k < nelem(marks); k++)
		if (marks[k] == *p)
			marks[k] = l;
	free(replaced);
	replaced = *p;
	newest = *p = l;
}

void
buf_replace_plain(size_t i, Line *l)
{
	Line **p = slot(i);

	line_free(*p);
	*p = l;
}

bool
buf_undo(size_t i)
{
	Line **p = slot(i);

	if (newest == NULL || *p != newest)
		return false;
	for (size_t k = 0; k < nelem(marks); k++)
		if (marks[k] == newest)
			marks[k] = replaced;
	*p = replaced;
	replaced = NULL;
	line_free(newest);
	return true;
}

void
buf_move(size_t from, size_t to, size_t after)
{
	size_t n = to - from + 1, at = after < from ? after : after - n;
	Line **moved = cmd_alloc(NULL, n * sizeof *moved);

	gap_move(from - 1);
	memcpy(moved, lines + gap_at + gap_size, n * sizeof *moved);
	gap_size += n;
	count -= n;
	gap_move(at);
	memcpy(lines + gap_at, moved, n * sizeof *moved);
	gap_at += n;
	gap_size -= n;
	count += n;
	free(moved);
}

void
buf_clear(void)
{
	if (count > 0)
		buf_delete(1, count);
	newest = NULL;
}

void
buf_mark(char name, size_t i)
{
	marks[name - 'a'] = buf_line(i);
}

size_t
buf_marked(char name)
{
	const Line *l = marks[name - 'a'];

	for (size_t i = 1; l != NULL && i <= count; i++)
		if (buf_line(i) == l)
			return i;
	return 0;
}
