/*
 * cmd/ed/file.c - reading and writing files. Characters are counted, with newlines.
 */
#include "cmd/ed/ed.h"

static char *saved;             /* the remembered name */
static char *name;              /* of this command */

static bool
name_get(int command)
{
	static Chars text;
	int c = in_get();

	text.n = 0;
	if (c == '\n' || c == IN_END) {
		if (saved == NULL && command != 'f')
			return false;
		free(name);
		name = saved == NULL ? NULL : cmd_strdup(saved);
		return true;
	}
	if (c != ' ')
		return false;
	while ((c = in_get()) == ' ')
		;
	for (; c != '\n'; c = in_get()) {
		if (c < 0 || c == ' ' || c == 0)
			return false;
		text_add(&text, c);
	}
	if (text.n == 0)
		return false;
	free(name);
	name = cmd_strdup(text_end(&text));
	if (saved == NULL || command == 'e' || command == 'f') {
		free(saved);
		saved = cmd_strdup(name);
	}
	return true;
}

static void
count_print(uint64_t n)
{
	if (ed.verbose)
		Bprint(ed_out, "%llu\n", (unsigned long long)n);
}

/* Appends the lines of a file. NULs are dropped; a last newline that is missing is put in. */
static bool
lines_read(Biobuf *in, size_t after, uint64_t *count)
{
	size_t n;
	char *s;

	while ((s = Bgetline(in, '\n', &n)) != NULL) {
		size_t keep = 0;

		if (s[n - 1] != '\n')
			Bprint(ed_out, "'\\n' appended\n");
		else
			n--;
		if (memchr(s, '\0', n) != NULL) {
			for (size_t i = 0; i < n; i++)
				if (s[i] != '\0')
					s[keep++] = s[i];
			n = keep;
		}
		*count += utfnlen(s, n) + 1;
		ed_append(after++, line_new(s, n));
		if (ed.interrupted)
			return false;
	}
	return Berror(in) == 0;
}

bool
file_read(const char *file)
{
	bool was_empty = buf_count() == 0, good;
	uint64_t count = 0;
	int fd = open(file, OREAD);
	Dir *d = fd < 0 ? NULL : dirfstat(fd);
	bool dir = d != NULL && (d->mode & DMDIR) != 0;
	Biobuf in;

	free(d);
	if (fd < 0)
		return ed_fail_name(file);
	if (dir) {
		close(fd);
		return ed_fail_name(file);
	}
	if (!ed_default_all() || !ed_check(0)) {
		close(fd);
		return false;
	}
	if (Binit(&in, fd, OREAD) < 0)
		sysfatal("%r");
	ed.dot = ed.addr2;
	good = lines_read(&in, ed.addr2, &count);
	Bterm(&in);
	close(fd);
	if (!good)
		return ed_fail_name(file);
	count_print(count);
	ed.changed = !was_empty;
	return true;
}

static bool
lines_write(int fd, uint64_t *count)
{
	Biobuf to;
	bool good;

	if (Binit(&to, fd, OWRITE) < 0)
		sysfatal("%r");
	for (size_t i = ed.addr1; i > 0 && i <= ed.addr2; i++) {
		const Line *l = buf_line(i);

		Bwrite(&to, l->s, (int64_t)l->n);
		Bputc(&to, '\n');
		*count += utfnlen(l->s, l->n) + 1;
	}
	good = Bflush(&to) >= 0 && Berror(&to) == 0;
	Bterm(&to);
	return good;
}

static int
write_open(bool append)
{
	int fd = append ? open(name, OWRITE) : -1;

	if (fd >= 0 && seek(fd, 0, 2) < 0) {
		close(fd);
		fd = -1;
	}
	return fd >= 0 ? fd : create(name, OWRITE, 0666);
}

static bool
file_write(bool append)
{
	uint64_t count = 0;
	int quit = 0, fd;
	bool good;

	if (!ed_default_all() || !ed_check(buf_count() > 0))
		return false;
	if (in_peek() == 'q' || in_peek() == 'Q')
		quit = in_get();
	if (!name_get('w'))
		return false;
	Bflush(ed_out); /* it may be the same file */
	fd = write_open(append);
	if (fd < 0)
		return ed_fail_name(name);
	good = lines_write(fd, &count);
	close(fd);
	if (!good)
		return ed_fail_name(name);
	count_print(count);
	if (ed.addr1 <= 1 && ed.addr2 == buf_count())
		ed.changed = false;
	if (quit == 'Q')
		ed.changed = false;
	if (quit != 0) {
		in_unget('\n');
		return ed_quit();
	}
	return true;
}

static bool
file_edit(void)
{
	if (ed.given)
		return false;
	if (ed.verbose && ed.changed) {
		ed.changed = false;
		return false;
	}
	if (!name_get('e'))
		return false;
	buf_clear();
	ed.dot = ed.addr1 = ed.addr2 = 0;
	return file_read(name);
}

bool
file_command(int c)
{
	switch (c) {
	case 'E':
		ed.changed = false;
		return file_edit();
	case 'e':
		return file_edit();
	case 'f':
		if (ed.given || !name_get('f'))
			return false;
		Bprint(ed_out, "%s\n", saved == NULL ? "" : saved);
		return true;
	case 'r':
		if (!name_get('r'))
			return false;
		if (!ed.given)
			ed.addr1 = ed.addr2 = buf_count();
		ed.given = true;
		return file_read(name);
	}
	return file_write(c == 'W');
}

void
file_name(const char *file)
{
	free(saved);
	saved = cmd_strdup(file);
}

void
file_rescue(void)
{
	uint64_t count = 0;
	int fd;

	if (buf_count() == 0 || !ed.changed)
		return;
	fd = create("ed.hup", OWRITE, 0666);
	if (fd < 0)
		return;
	ed.addr1 = 1;
	ed.addr2 = buf_count();
	lines_write(fd, &count);
	close(fd);
}
