/*
 * cmd/ls.c - ls [-dlmnpqrstuFQT] [file...]: lists files and what is in directories.
 *   -d directories themselves    -l long: mode, servant, dev, owner, group, size,
 *   -n not sorted                   time of change      -m who changed it last
 *   -p last element of names     -q qid: path, version, type   -s size in KiB
 *   -r reversed    -t by time, newest first    -u time of last use, for -t, -l
 *   -F name/ of directories, name* of programs   -Q names not quoted
 *   -T 't' for temporary files
 * SEE   ls(1), stat(5)
 */
#include "lib9/cmd.h"

static const char usage[] = "[-dlmnpqrstuFQT] [file ...]";
enum { HALF_YEAR = 182 * 86400 };

typedef struct Item Item;
struct Item {
	const char *dir;        /* what stands before the name; NULL: nothing */
	const Dir *d;
};

static bool flags[128];
static Biobuf *out;
static Item *items;
static size_t nitem, maxitem;
static int64_t now;

enum { KBYTES, VERS, MUID, DEV, USER, GROUP, LENGTH, NWIDTH };
static int widths[NWIDTH];

static void
add(const char *dir, const Dir *d)
{
	if (nitem == maxitem)
		items = cmd_alloc(items, (maxitem = 2 * maxitem + 64) * sizeof *items);
	items[nitem++] = (Item){ dir, d };
}

static uint32_t
time_of(const Dir *d)
{
	return flags['u'] ? d->atime : d->mtime;
}

static int
by_order(const void *va, const void *vb)
{
	const Item *a = va, *b = vb;
	int c = 0;

	if (flags['t']) {
		uint32_t x = time_of(a->d), y = time_of(b->d);

		c = x > y ? -1 : x < y;
	}
	if (c == 0 && a->dir != b->dir)
		c = strcmp(a->dir == NULL ? a->d->name : a->dir, b->dir == NULL ? b->d->name : b->dir);
	if (c == 0)
		c = strcmp(a->d->name, b->d->name);
	return flags['r'] ? -c : c;
}

static char *
quoted(const char *s)
{
	char *q = flags['Q'] ? strdup(s) : quotestr(s);

	if (q == NULL)
		sysfatal("%r");
	return q;
}

static void
widen(int column, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = (int)utfnlen(text, (size_t)(vseprint(text, text + sizeof text, fmt, ap) - text));
	va_end(ap);
	if (n > widths[column])
		widths[column] = n;
}

static unsigned long long
kbytes(const Dir *d)
{
	return d->length / 1024 + (d->length % 1024 != 0);
}

static void
measure(void)
{
	memset(widths, 0, sizeof widths);
	for (size_t i = 0; i < nitem; i++) {
		const Dir *d = items[i].d;

		widen(KBYTES, "%llu", kbytes(d));
		widen(VERS, "%u", (unsigned)d->qid.vers);
		widen(MUID, "[%s]", d->muid);
		widen(DEV, "%u", (unsigned)d->dev);
		widen(USER, "%s", d->uid);
		widen(GROUP, "%s", d->gid);
		widen(LENGTH, "%llu", (unsigned long long)d->length);
	}
}

/* "Jan  2 15:04", or with the year when that is long ago or yet to come. */
static char *
time_text(char *buf, uint32_t t)
{
	char full[32];
	Tm tm;

	tm_utc(t, &tm);
	tm_text(&tm, full);
	if (t < now - HALF_YEAR || t > now + 86400)
		snprintf(buf, 32, "%.6s  %d", full + 4, tm.year + 1900);
	else
		snprintf(buf, 32, "%.12s", full + 4);
	return buf;
}

static void
pad(const char *s, int column)
{
	Bprint(out, "%s", s);
	for (int n = (int)utflen(s); n < widths[column]; n++)
		Bputc(out, ' ');
	Bputc(out, ' ');
}

static void
show(const Item *it)
{
	const Dir *d = it->d;
	char buf[32], *name, *q;

	if (flags['s'])
		Bprint(out, "%*llu ", widths[KBYTES], kbytes(d));
	if (flags['m']) {
		char *m = smprint("[%s]", d->muid);

		pad(m == NULL ? "" : m, MUID);
		free(m);
	}
	if (flags['q'])
		Bprint(out, "(%.16llx %*u %.2x) ", (unsigned long long)d->qid.path, widths[VERS], (unsigned)d->qid.vers, d->qid.type);
	if (flags['T'])
		Bprint(out, "%c ", d->mode & DMTMP ? 't' : '-');
	if (flags['l']) {
		Bprint(out, "%s %C %*u ", cmd_mode(buf, d->mode), (Rune)d->type, widths[DEV], (unsigned)d->dev);
		pad(d->uid, USER);
		pad(d->gid, GROUP);
		Bprint(out, "%*llu %s ", widths[LENGTH], (unsigned long long)d->length, time_text(buf, time_of(d)));
	}
	name = it->dir != NULL && !flags['p'] ? cmd_join(it->dir, d->name) : cmd_strdup(flags['p'] ? cmd_base(d->name) : d->name);
	q = quoted(name);
	Bprint(out, "%s%s\n", q, !flags['F'] ? "" : d->mode & DMDIR ? "/" : d->mode & 0111 ? "*" : "");
	free(name);
	free(q);
}

static void
show_all(void)
{
	if (!flags['n'])
		qsort(items, nitem, sizeof *items, by_order);
	measure();
	for (size_t i = 0; i < nitem; i++)
		show(&items[i]);
	nitem = 0;
}

static void
list_dir(const char *name, const char *prefix)
{
	int fd = open(name, OREAD);
	int64_t n;
	Dir *d;

	if (fd < 0) {
		cmd_error("%s: %r", name);
		return;
	}
	n = dirreadall(fd, &d);
	close(fd);
	if (n < 0) {
		cmd_error("%s: %r", name);
		return;
	}
	for (int64_t i = 0; i < n; i++)
		add(prefix, &d[i]);
	show_all();
	free(d);
}

static void
list(const char *name, bool alone)
{
	Dir *d = dirstat(name);

	if (d == NULL) {
		cmd_error("%s: %r", name);
		return;
	}
	if ((d->mode & DMDIR) == 0 || flags['d']) {
		d->name = name; /* as it was given; shown later, so never freed */
		add(NULL, d);
		return;
	}
	show_all();
	list_dir(name, alone && strcmp(name, ".") == 0 ? NULL : name);
	free(d);
}

int
main(int argc, char **argv)
{
	static const char letters[] = "dlmnpqrstuFQT";
	Rune r;

	ARGBEGIN {
	default:
		r = ARGC();
		if (r >= nelem(flags) || strchr(letters, (int)r) == NULL)
			cmd_usage(usage);
		flags[r] = true;
	} ARGEND
	out = cmd_out();
	now = flags['l'] ? time_now() : 0;
	if (argc == 0)
		list(".", true);
	for (; argc > 0; argc--, argv++)
		list(*argv, false);
	show_all();
	cmd_end(out);
}
