/*
 * cmd/man/main.c - man [section] [name...]: shows manual pages; a name with a / in it
 * is a file; a section alone is listed. man -k word...: which pages have the word in
 * their titles.
 * On the console a page is as wide as that, has bold and underlined words, and goes
 * through the pager: $PAGER, or else /bin/less, /bin/p; elsewhere it is plain text.
 * FILES   /sys/man/N/NAME, man/ in the sources
 * STATUS  "not found" when a page is not there
 */
#include "cmd/man/man.h"
#include "lib9/tty.h"

static const char usage[] = "[section] [name ...] | man -k word ...";

enum { COLUMNS = 80, COLUMNS_MAX = 100 };

/* The console's width, when the output goes there; else 0. */
static int
console_columns(void)
{
	int columns = 0, rows;

	if (tty_is(1))
		tty_size(&columns, &rows);
	return columns < COLUMNS_MAX ? columns : COLUMNS_MAX;
}

/* Goes on in a child whose output the pager shows, in this process: what started
 * us waits for the pager. Without a pager: goes on as it is. */
static void
pager_start(void)
{
	char *const pager[] = { getenv("PAGER"), (char *)"/bin/less", (char *)"/bin/p" };
	char *argv[2] = { NULL, NULL };
	int fd[2];

	for (size_t i = 0; i < nelem(pager) && argv[0] == NULL; i++)
		if (pager[i] != NULL && access(pager[i], AEXEC) >= 0)
			argv[0] = pager[i];
	if (argv[0] == NULL || pipe(fd) < 0)
		return;
	if (fork() == 0) {
		dup(fd[1], 1);
		close(fd[0]);
		close(fd[1]);
		return;
	}
	dup(fd[0], 0);
	close(fd[0]);
	close(fd[1]);
	exec(argv[0], argv);
	sysfatal("%s: %r", argv[0]);
}

static const char *
path_find(const char *section, const char *name)
{
	char *path, *near;

	if (strchr(name, '/') != NULL)
		return name;
	if ((path = page_find(section, name)) != NULL)
		return path;
	near = page_near(name);
	if (section != NULL)
		cmd_error("no page %q in section %s%s%s", name, section, *near != '\0' ? "; near: " : "", near);
	else if (*near != '\0')
		cmd_error("no page for %q; near: %s", name, near);
	else
		cmd_error("no page for %q; man -k word searches titles, help leads you", name);
	free(near);
	return NULL;
}

static void
show(Biobuf *out, const char *path, int columns)
{
	Dir *d = dirstat(path);
	Biobuf *in = d == NULL ? NULL : Bopen(path, OREAD);

	if (in == NULL || d->mode & DMDIR) {
		cmd_error(in == NULL ? "can't open %s: %r" : "%s is a directory", path);
		free(d);
		return;
	}
	free(d);
	roff_format(in, out, path, columns > 0 ? columns : COLUMNS, columns > 0);
	Bterm(in);
}

/* man -k */
static NORETURN void
titles_show(char **word)
{
	Biobuf *out = cmd_out();
	bool missing = false;

	for (; *word != NULL; word++)
		if (!page_search(out, *word)) {
			cmd_error("nothing about %s", *word);
			missing = true;
		}
	Bflush(out);
	exits(missing ? "not found" : NULL);
}

int main(int argc, char **argv);

int
main(int argc, char **argv)
{
	bool search = false, missing = false;
	const char *section = NULL;
	size_t n = 0;
	int columns;
	Biobuf *out;

	ARGBEGIN {
	case 'k': search = true; break;
	default: cmd_usage(usage);
	} ARGEND
	if (argc == 0)
		cmd_usage(usage);
	if (search)
		titles_show(argv);
	if (page_section(argv[0])) {
		section = *argv++;
		argc--;
	}
	if (argc == 0) {
		out = cmd_out();
		if (!page_list(out, section))
			cmd_error("there is no section %s", section);
		cmd_end(out);
	}
	const char **path = cmd_alloc(NULL, (size_t)argc * sizeof *path);
	for (; argc > 0; argc--, argv++)
		if ((path[n] = path_find(section, *argv)) != NULL)
			n++;
		else
			missing = true;
	columns = console_columns();
	if (columns > 0 && n > 0)
		pager_start();
	out = cmd_out();
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			Bputc(out, '\n');
		show(out, path[i], columns);
	}
	if (missing) {
		Bflush(out);
		exits("not found");
	}
	cmd_end(out);
}
