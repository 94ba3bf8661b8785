/*
 * cmd/less/text.c - the lines of a file or pipe, read as far as they are wanted. All that
 * has been read is kept.
 */
#include "cmd/less/less.h"

enum { CHUNK = 64 << 10 };

static char *data;
static size_t size, room;
static size_t *starts;          /* nline of them, and one of the line that is not whole yet */
static size_t nline, maxline, scanned;
static int fd = -1;
static bool ended, pipe_like;
volatile bool text_interrupted;

static void
start_add(size_t at)
{
	if (nline + 2 > maxline)
		starts = cmd_alloc(starts, (maxline = 2 * maxline + 1024) * sizeof *starts);
	starts[nline] = at;
}

bool
text_open(const char *name, int given)
{
	Dir *d;

	fd = given >= 0 ? given : open(name, OREAD);
	if (fd < 0)
		return false;
	d = dirfstat(fd);
	if (d != NULL && (d->mode & DMDIR)) {
		free(d);
		close(fd);
		(void)seterr(Eisdir, NULL);
		return false;
	}
	pipe_like = d == NULL || d->length == 0;
	free(d);
	size = nline = scanned = 0;
	ended = false;
	start_add(0);
	return true;
}

void
text_close(void)
{
	close(fd);
	free(data);
	data = NULL;
	size = room = nline = 0;
}

/* More bytes; false: there are none, or an interrupt came. */
static bool
read_more(void)
{
	int64_t n;

	if (ended)
		return false;
	if (room - size < CHUNK)
		data = cmd_alloc(data, room = 2 * room + 2 * CHUNK);
	n = read(fd, data + size, CHUNK);
	if (n == -Eintr)
		return false;
	ended = n <= 0;
	if (n <= 0) {
		if (size > starts[nline]) /* the last line has no newline */
			start_add((nline++, size));
		return false;
	}
	size += (size_t)n;
	for (const char *nl; (nl = memchr(data + scanned, '\n', size - scanned)) != NULL; ) {
		scanned = (size_t)(nl + 1 - data);
		nline++;
		start_add(scanned);
	}
	scanned = size;
	return true;
}

/* Reads until line i is there, or all is. A pipe may have nothing to say for long: then
 * ^C is a note, and ends it. */
static void
read_to(size_t i)
{
	bool notes = pipe_like && i >= nline && !ended;

	if (notes)
		tty_notes(true);
	while (i >= nline && !text_interrupted && read_more())
		;
	if (notes)
		tty_notes(false);
}

bool
text_line(size_t i, Str *line)
{
	size_t n;

	if (i >= nline)
		read_to(i);
	if (i >= nline)
		return false;
	n = starts[i + 1] - starts[i];
	if (n > 0 && data[starts[i] + n - 1] == '\n')
		n--;
	*line = (Str){ data + starts[i], n };
	return true;
}

size_t
text_known(void)
{
	return nline;
}

bool
text_ended(void)
{
	return ended;
}

void
text_all(void)
{
	read_to(SIZE_MAX);
}
