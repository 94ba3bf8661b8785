/*
 * servants/cons_hist.c - #c/history: the lines typed to shells, for the shells of this
 * machine's life, and, where the host keeps them (console port 4), for later ones.
 * A read gives what there is; what is written is added behind it.
 * LOCKS   hist.lk guards the text, and is held while the host's lines are read, once
 * LIMITS  HIST_SIZE bytes; the oldest lines go first
 */
#include "servants/cons_impl.h"

enum { HIST_SIZE = 128 * 1024, READ_SIZE = 4096 };

static struct {
	QLock lk;
	bool loaded;             /* lk */
	char *text;              /* lk: HIST_SIZE bytes, once something was added */
	size_t n;                /* lk */
} hist;

/* Makes room for n bytes more: whole lines go. */
static void
lines_drop(size_t n)
{
	size_t cut = hist.n + n - HIST_SIZE;

	while (cut < hist.n && hist.text[cut - 1] != '\n')
		cut++;
	hist.n -= cut;
	memmove(hist.text, hist.text + cut, hist.n);
}

/* REQUIRES hist.lk */
static int
hist_add_locked(const char *s, size_t n)
{
	if (n > HIST_SIZE / 2)
		return seterr(Etoobig, "history: a line");
	if (hist.text == NULL && (hist.text = malloc(HIST_SIZE)) == NULL)
		return seterr(Enomem, NULL);
	if (hist.n + n > HIST_SIZE)
		lines_drop(n);
	memcpy(hist.text + hist.n, s, n);
	hist.n += n;
	return 0;
}

/* REQUIRES hist.lk. What the host kept, if it does. */
static void
hist_load_locked(void)
{
	char buf[READ_SIZE];
	int64_t n;

	if (hist.loaded)
		return;
	while ((n = conio_read(PORT_HIST, buf, sizeof buf)) > 0)
		if (hist_add_locked(buf, (size_t)n) < 0)
			break;
	hist.loaded = n == 0 || n == -Enonexist; /* else somebody broke it off */
	if (!hist.loaded)
		hist.n = 0;
}

int64_t
hist_read(void *buf, size_t n, uint64_t off)
{
	int64_t rc;

	qlock(&hist.lk);
	hist_load_locked();
	rc = readbuf(buf, n, off, hist.text, hist.n);
	qunlock(&hist.lk);
	return rc;
}

int64_t
hist_write(const void *buf, size_t n)
{
	int64_t rc;

	qlock(&hist.lk);
	hist_load_locked();
	rc = hist_add_locked(buf, n);
	qunlock(&hist.lk);
	if (rc < 0)
		return rc;
	rc = conio_write(PORT_HIST, buf, n);
	USED(rc); /* a host that keeps none has no such port */
	return (int64_t)n;
}
