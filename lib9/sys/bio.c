/*
 * sys/bio.c - buffered I/O: bio(2).
 * LOCKS   none: a Biobuf belongs to one thread at a time
 * SEE     lib9/bio.h; tests/unit/bio.c
 */
#include "lib9/bio.h"
#include "lib9/fmt.h"

static Biobuf *writers; /* flushed by exits() */

static void
flush_all(void)
{
	for (Biobuf *b = writers; b != NULL; b = b->next)
		Bflush(b);
}

static int
record(Biobuf *b, int64_t rc)
{
	if (b->error == 0)
		b->error = rc < 0 ? (int)rc : -Eio;
	return Beof;
}

int
Binit(Biobuf *b, int fd, int mode)
{
	static bool registered;

	*b = (Biobuf){ .fd = fd, .mode = mode & 3 };
	b->buf = malloc(Bungetsize + Bsize);
	if (b->buf == NULL) {
		b->mode = -1;
		return -Enomem;
	}
	b->low = b->p = b->end = b->buf + Bungetsize;
	if (b->mode == OWRITE) {
		b->end += Bsize;
		b->next = writers;
		writers = b;
		if (!registered)
			registered = atexit(flush_all) == 0;
	}
	return 0;
}

Biobuf *
Bfdopen(int fd, int mode)
{
	Biobuf *b = malloc(sizeof *b);

	if (b != NULL && Binit(b, fd, mode) < 0) {
		free(b);
		b = NULL;
	}
	if (b != NULL)
		b->opened = true;
	return b;
}

Biobuf *
Bopen(const char *file, int mode)
{
	int fd = (mode & 3) == OWRITE ? create(file, mode, 0666) : open(file, mode);
	Biobuf *b;

	if (fd < 0)
		return NULL;
	b = Bfdopen(fd, mode);
	if (b == NULL)
		close(fd);
	return b;
}

int
Bterm(Biobuf *b)
{
	int rc = 0;

	if (b->mode == OWRITE) {
		rc = Bflush(b);
		for (Biobuf **l = &writers; *l != NULL; l = &(*l)->next)
			if (*l == b) {
				*l = b->next;
				break;
			}
	}
	free(b->buf);
	free(b->line);
	b->buf = b->line = NULL;
	b->mode = -1;
	if (b->opened) {
		close(b->fd);
		free(b);
	}
	return rc;
}

int
Bfildes(const Biobuf *b)
{
	return b->fd;
}

int
Berror(const Biobuf *b)
{
	return b->error;
}

/* Writes n bytes to the fd. */
static int
put_out(Biobuf *b, const char *s, size_t n)
{
	while (n > 0 && b->error == 0) {
		int64_t rc = write(b->fd, s, (int64_t)n);

		if (rc <= 0)
			return record(b, rc);
		b->offset += rc;
		s += rc;
		n -= (size_t)rc;
	}
	return b->error == 0 ? 0 : Beof;
}

int
Bflush(Biobuf *b)
{
	char *start = b->buf + Bungetsize;
	int rc;

	if (b->mode != OWRITE)
		return b->mode == OREAD ? 0 : Beof;
	rc = put_out(b, start, (size_t)(b->p - start));
	b->p = start;
	return rc;
}

/* Reads more when nothing is left; false at the end or in an error. */
static bool
fill(Biobuf *b)
{
	char *start = b->buf + Bungetsize;
	ptrdiff_t keep;
	int64_t n;

	if (b->p < b->end)
		return true;
	if (b->mode != OREAD || b->eof)
		return false;
	keep = b->end - b->low < Bungetsize ? b->end - b->low : Bungetsize;
	memmove(start - keep, b->end - keep, (size_t)keep); /* for Bungetc */
	b->low = start - keep;
	b->p = b->end = start;
	n = read(b->fd, start, Bsize);
	if (n < 0)
		record(b, n);
	if (n <= 0) {
		b->eof = true;
		return false;
	}
	b->end += n;
	b->offset += n;
	return true;
}

int
Bgetc(Biobuf *b)
{
	if (b->p == b->end && !fill(b))
		return Beof;
	return (unsigned char)*b->p++;
}

int
Bungetc(Biobuf *b)
{
	if (b->mode != OREAD || b->p == b->low)
		return Beof;
	b->p--;
	return 0;
}

int64_t
Bgetrune(Biobuf *b)
{
	char utf[UTFmax + 1];
	size_t n = 0;
	Rune r;
	int c, len;

	do {
		c = Bgetc(b);
		if (c == Beof)
			break;
		utf[n++] = (char)c;
	} while (!fullrune(utf, n));
	if (n == 0)
		return Beof;
	utf[n] = '\0';
	len = chartorune(&r, utf);
	if (c == Beof)
		b->eof = true;
	for (; n > (size_t)len; n--)
		Bungetc(b);
	b->rdline = (size_t)len;
	return r;
}

int
Bungetrune(Biobuf *b)
{
	if (b->mode != OREAD || (size_t)(b->p - b->low) < b->rdline)
		return Beof;
	b->p -= b->rdline;
	b->rdline = 0;
	return 0;
}

int64_t
Bread(Biobuf *b, void *buf, int64_t n)
{
	char *to = buf;
	int64_t done = 0;

	while (done < n && (b->p < b->end || fill(b))) {
		int64_t k = b->end - b->p < n - done ? b->end - b->p : n - done;

		memcpy(to + done, b->p, (size_t)k);
		b->p += k;
		done += k;
	}
	return done == 0 && b->error != 0 ? Beof : done;
}

/* Appends the rest of the buffer to b->line, which holds n bytes. */
static bool
collect(Biobuf *b, size_t n, size_t k)
{
	if (n + k + 1 > b->linesize) {
		size_t size = 2 * (n + k) + Bsize;
		char *line = realloc(b->line, size);

		if (line == NULL) {
			record(b, -Enomem);
			return false;
		}
		b->line = line;
		b->linesize = size;
	}
	memcpy(b->line + n, b->p, k);
	b->p += k;
	return true;
}

char *
Bgetline(Biobuf *b, int delim, size_t *n)
{
	size_t have = 0;

	*n = 0;
	while (fill(b)) {
		char *start = b->p, *at = memchr(start, delim, (size_t)(b->end - start));
		size_t k = at != NULL ? (size_t)(at + 1 - start) : (size_t)(b->end - start);

		if (at != NULL && have == 0) {
			b->p += k;
			*n = k;
			return start;
		}
		if (!collect(b, have, k))
			return NULL;
		have += k;
		if (at != NULL)
			break;
	}
	*n = have;
	return have == 0 ? NULL : b->line;
}

char *
Brdline(Biobuf *b, int delim)
{
	return Bgetline(b, delim, &b->rdline);
}

size_t
Blinelen(const Biobuf *b)
{
	return b->rdline;
}

char *
Brdstr(Biobuf *b, int delim, bool strip)
{
	size_t n;
	char *s = Bgetline(b, delim, &n), *copy;

	if (s == NULL)
		return NULL;
	if (strip && s[n - 1] == (char)delim)
		n--;
	copy = malloc(n + 1);
	if (copy == NULL) {
		record(b, -Enomem);
		return NULL;
	}
	memcpy(copy, s, n);
	copy[n] = '\0';
	b->rdline = n;
	return copy;
}

int64_t
Bbuffered(const Biobuf *b)
{
	return b->mode == OREAD ? b->end - b->p : b->p - (b->buf + Bungetsize);
}

int64_t
Bwrite(Biobuf *b, const void *buf, int64_t n)
{
	const char *s = buf;

	if (b->mode != OWRITE || b->error != 0)
		return Beof;
	if (n > b->end - b->p && Bflush(b) < 0)
		return Beof;
	if (n >= Bsize) {
		if (put_out(b, s, (size_t)n) < 0)
			return Beof;
	} else {
		memcpy(b->p, s, (size_t)n);
		b->p += n;
	}
	return n;
}

int
Bputc(Biobuf *b, int c)
{
	char ch = (char)c;

	if (b->mode == OWRITE && b->p < b->end && b->error == 0) {
		*b->p++ = ch;
		return 0;
	}
	return Bwrite(b, &ch, 1) < 0 ? Beof : 0;
}

int
Bputrune(Biobuf *b, Rune r)
{
	char utf[UTFmax];
	int n = runetochar(utf, &r);

	return Bwrite(b, utf, n) < 0 ? Beof : n;
}

static void
put_bio(Fmt *f, const char *s, size_t n)
{
	Bwrite(f->arg, s, (int64_t)n);
}

int
Bvprint(Biobuf *b, const char *fmt, va_list ap)
{
	Fmt f = { .put = put_bio, .arg = b };

	fmt_run(&f, fmt, ap);
	return b->error != 0 ? Beof : (int)f.n;
}

int
Bprint(Biobuf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = Bvprint(b, fmt, ap);
	va_end(ap);
	return n;
}

int64_t
Bseek(Biobuf *b, int64_t off, int type)
{
	int64_t rc;

	if (b->mode == OWRITE) {
		if (Bflush(b) < 0)
			return Beof;
	} else if (type == 1) {
		off -= b->end - b->p;
	}
	rc = seek(b->fd, off, type);
	if (rc < 0)
		return record(b, rc);
	if (b->mode == OREAD)
		b->low = b->p = b->end = b->buf + Bungetsize;
	b->eof = false;
	b->offset = rc;
	return rc;
}

int64_t
Boffset(const Biobuf *b)
{
	return b->mode == OREAD ? b->offset - (b->end - b->p) : b->offset + Bbuffered(b);
}
