/*
 * history.c - the lines typed at the prompt, this time and in earlier runs.
 *
 * FILES   $history, if set; else $home/lib/history, if there is one; else
 *         /dev/history (#c/history). A line each, oldest first; in it "\n" is a
 *         newline and "\\" one "\". Lines are appended, each by one write.
 * LIMITS  HISTORY_MAX lines and HISTORY_BYTES; of a file only the last are read
 */
#include "cmd/rc/edit.h"

/* ---- the list ---- */

static void
history_drop(History *h, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(h->line[i]);
	h->n -= n;
	if (h->n > 0)
		memmove(h->line, h->line + n, h->n * sizeof *h->line);
}

bool
history_add(History *h, const char *text)
{
	if (*text == '\0' || *text == ' ' || *text == '\t' || *text == '\n' || strlen(text) > HISTORY_BYTES / 2 ||
	    (h->n > 0 && strcmp(h->line[h->n - 1], text) == 0))
		return false;
	if (h->n == HISTORY_MAX)
		history_drop(h, HISTORY_MAX / 10);
	if (h->n == h->size) {
		h->size = h->size * 2 + 16;
		h->line = rc_grow(h->line, h->size * sizeof *h->line);
	}
	h->line[h->n++] = rc_strdup(text);
	return true;
}

void
history_free(History *h)
{
	history_drop(h, h->n);
	free(h->line);
	*h = (History){ 0 };
}

char *
history_pack(const char *text)
{
	Buf b = { 0 };

	for (; *text != '\0'; text++)
		if (*text == '\n')
			buf_add(&b, "\\n", 2);
		else if (*text == '\\')
			buf_add(&b, "\\\\", 2);
		else
			buf_add(&b, text, 1);
	buf_add(&b, "\n", 1);
	return b.s;
}

/* One line, in place. */
static void
line_unpack(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++)
		if (*s == '\\' && (s[1] == 'n' || s[1] == '\\'))
			*to++ = *++s == 'n' ? '\n' : '\\';
		else
			*to++ = *s;
	*to = '\0';
}

void
history_unpack(History *h, char *text)
{
	for (char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		*end = '\0';
		line_unpack(text);
		(void)history_add(h, text);
	}
}

/* ---- the file ---- */
static char *file; /* malloc'd, once chosen */

static const char *
file_choose(void)
{
	List *named = var_value("history"), *home = var_value("home");
	char *s;

	if (named != NULL && *named->s != '\0')
		return file = rc_strdup(named->s);
	if ((s = smprint("%s/lib/history", home != NULL ? home->s : "")) != NULL && access(s, AWRITE) >= 0)
		return file = s;
	free(s);
	return file = rc_strdup("/dev/history");
}

/* The file's last bytes, NUL-terminated, and how many it has in all; NULL: none. */
static char *
file_tail(const char *name, int64_t *size)
{
	int fd = open(name, OREAD);
	int64_t n = 0, got = 0, from;
	char *s;

	if (fd < 0)
		return NULL;
	*size = seek(fd, 0, 2);
	from = *size > HISTORY_BYTES ? *size - HISTORY_BYTES : 0;
	s = rc_alloc(HISTORY_BYTES + 1);
	seek(fd, from, 0);
	while (n < HISTORY_BYTES && (got = read(fd, s + n, HISTORY_BYTES - n)) > 0)
		n += got;
	close(fd);
	if (from > 0) { /* the first line is not whole */
		char *first = strchr(s, '\n');

		first = first != NULL ? first + 1 : s + n;
		memmove(s, first, (size_t)(s + n - first) + 1);
	}
	return s;
}

static void
file_append(const char *name, const char *text, size_t n)
{
	int fd = open(name, OWRITE);

	if (fd < 0)
		fd = create(name, OWRITE, 0600);
	if (fd < 0)
		return;
	seek(fd, 0, 2);
	(void)write(fd, text, (int64_t)n);
	close(fd);
}

static bool
file_write(const char *name, const Buf *b)
{
	int fd = create(name, OWRITE | OTRUNC, 0600);
	bool ok = fd >= 0 && write(fd, b->s, (int64_t)b->n) == (int64_t)b->n;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* A file that has grown far over what is used of it becomes that. Until it is, the
 * copy beside it is whole. */
static void
file_trim(const char *name, const History *h)
{
	char *copy = smprint("%s.new", name), *s;
	Buf all = { 0 };

	for (size_t i = 0; i < h->n; i++) {
		s = history_pack(h->line[i]);
		buf_str(&all, s);
		free(s);
	}
	if (copy != NULL && all.n > 0 && file_write(copy, &all) && file_write(name, &all))
		(void)remove(copy);
	buf_free(&all);
	free(copy);
}

void
history_load(History *h)
{
	int64_t size = 0;
	char *s = file_tail(file_choose(), &size);

	if (s == NULL)
		return;
	history_unpack(h, s);
	free(s);
	if (size > 4 * HISTORY_BYTES)
		file_trim(file, h);
}

void
history_save(const char *text)
{
	char *s = history_pack(text);

	if (file != NULL)
		file_append(file, s, strlen(s));
	free(s);
}
