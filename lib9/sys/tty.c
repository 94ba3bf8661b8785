/*
 * sys/tty.c - the terminal as programs use it.
 * SEE     lib9/tty.h; consctl in cons(3)
 */
#include "lib9/bio.h"
#include "lib9/tty.h"

/* "... size COLUMNS ROWS ..." */
static void
size_parse(const char *text, int *columns, int *rows)
{
	const char *s = strstr(text, "size ");
	char *end;
	long c, r;

	if (s == NULL)
		return;
	c = strtol(s + 5, &end, 10);
	r = strtol(end, &end, 10);
	if (c > 0 && c < 10000 && r > 0 && r < 10000) {
		*columns = (int)c;
		*rows = (int)r;
	}
}

void
tty_size(int *columns, int *rows)
{
	char text[256];
	int fd = open("/dev/consctl", OREAD);
	int64_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	*columns = 80;
	*rows = 24;
	if (fd >= 0)
		close(fd);
	if (n > 0) {
		text[n] = '\0';
		size_parse(text, columns, rows);
	}
}

int
tty_width(const char *s)
{
	int width = 0;
	Rune r;

	while (*s != '\0') {
		s += chartorune(&r, s);
		width += rune_width(r);
	}
	return width;
}

bool
tty_is(int fd)
{
	Dir *a = dirfstat(fd), *b = dirstat("/dev/cons");
	bool yes = a != NULL && b != NULL && a->type == b->type && a->dev == b->dev && a->qid.path == b->qid.path;

	free(a);
	free(b);
	return yes;
}

/* ---- the whole of it ---- */

enum { KEYS = 64 };

int tty_rows, tty_columns;
static int ctl = -1, in = -1;
static Biobuf out;
static bool with_pastes;
static char **shown;            /* what stands in each row; NULL: not known */
static int nshown;
static KeyIn keys;
static Key queue[KEYS * UTFmax];
static size_t nqueue, taken;

static void
control(const char *word)
{
	if (write(ctl, word, (int64_t)strlen(word)) < 0) {
		/* an older console knows fewer words */
	}
}

/* Nothing is known of what the screen shows. */
static void
forget(void)
{
	for (int i = 0; i < nshown; i++)
		free(shown[i]);
	free(shown);
	nshown = tty_rows;
	shown = calloc((size_t)nshown, sizeof *shown);
	if (shown == NULL)
		nshown = 0;
	Bprint(&out, "\033[m\033[H\033[2J");
}

/* What a start that fails has opened. */
static void
tty_close(int fd)
{
	if (fd >= 0)
		close(fd);
	if (in >= 0)
		close(in);
	close(ctl);
	ctl = in = -1;
}

int
tty_start(bool pastes)
{
	char *term = getenv("TERM");
	bool none = term == NULL || *term == '\0', dumb = !none && strcmp(term, "dumb") == 0;
	int fd;

	free(term);
	if (none || dumb)
		return seterr(Ebadarg, none ? "there is no terminal ($TERM is not set)" : "the terminal ($TERM) is dumb");
	ctl = open("/dev/consctl", ORDWR | OCEXEC);
	if (ctl < 0)
		return ctl;
	in = open("/dev/cons", OREAD | OCEXEC);
	fd = in < 0 ? in : open("/dev/cons", OWRITE | OCEXEC);
	if (fd < 0 || Binit(&out, fd, OWRITE) < 0) {
		tty_close(fd);
		return fd < 0 ? fd : -Enomem;
	}
	control("rawon");
	control("sizeon");
	tty_size(&tty_columns, &tty_rows);
	with_pastes = pastes;
	Bprint(&out, "\033[?1049h%s", pastes ? "\033[?2004h" : "");
	forget();
	return 0;
}

void
tty_stop(void)
{
	if (ctl < 0)
		return;
	Bprint(&out, "%s\033[m\033[%d;1H\033[K\033[?25h\033[?1049l", with_pastes ? "\033[?2004l" : "", tty_rows);
	Bflush(&out);
	close(ctl);
	ctl = -1;
}

bool
tty_more(void)
{
	return taken < nqueue;
}

bool
tty_key(Key *k)
{
	uint8_t bytes[KEYS];

	Bflush(&out);
	while (taken == nqueue) {
		int64_t n = read(in, bytes, sizeof bytes);

		if (n == -Eintr)
			continue;
		if (n <= 0)
			return false;
		taken = nqueue = 0;
		for (int64_t i = 0; i < n; i++)
			nqueue += key_input(&keys, bytes[i], queue + nqueue);
	}
	*k = queue[taken++];
	if (k->code == KeySize) {
		if (k->arg[0] > 0 && k->arg[1] > 0) {
			tty_rows = (int)k->arg[0];
			tty_columns = (int)k->arg[1];
		}
		forget();
	}
	return true;
}

void
tty_put(int row, const char *text)
{
	if (row < 0 || row >= nshown || (shown[row] != NULL && strcmp(shown[row], text) == 0))
		return;
	free(shown[row]);
	shown[row] = strdup(text);
	/* no wrapping at the margin; cleared before: behind a full row K would take its last column */
	Bprint(&out, "\033[?25l\033[%d;1H\033[m\033[K%s\033[m", row + 1, text);
}

void
tty_cursor(int row, int column)
{
	if (column >= 0)
		Bprint(&out, "\033[%d;%dH\033[?25h", row + 1, column + 1);
	else
		Bprint(&out, "\033[?25l\033[%d;1H", tty_rows);
}

void
tty_page(const char *const *lines, int n)
{
	Key k;

	for (int i = 0; i < tty_rows; i++)
		tty_put(i, i < n ? lines[i] : "");
	tty_cursor(0, -1);
	tty_key(&k);
}

void
tty_notes(bool on)
{
	control(on ? "editon" : "rawon");
	control(on ? "rawoff" : "editoff");
}
