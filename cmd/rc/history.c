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
