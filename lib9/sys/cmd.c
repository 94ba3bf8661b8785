/*
 * sys/cmd.c - what the small programs of cmd/ have in common.
 */
#include "lib9/cmd.h"

static bool failed;

void
cmd_usage(const char *args)
{
	fprint(2, "usage: %s%s%s\n", cmd_base(argv0), *args != '\0' ? " " : "", args);
	exits("usage");
}

void
cmd_error(const char *fmt, ...)
{
	char text[512], *p;
	va_list ap;

	p = seprint(text, text + sizeof text - 1, "%s: ", cmd_base(argv0));
	va_start(ap, fmt);
	vseprint(p, text + sizeof text - 1, fmt, ap);
	va_end(ap);
	err_once(text);
	p = text + strlen(text);
	*p++ = '\n';
	write(2, text, p - text);
	failed = true;
}

void
cmd_end(Biobuf *out)
{
	if (out != NULL && (Bflush(out) < 0 || Berror(out) != 0)) {
		cmd_error("write error: %r");
		exits("write error");
	}
	exits(failed ? "errors" : NULL);
}

Biobuf *
cmd_out(void)
{
	static Biobuf out;

	if (Binit(&out, 1, OWRITE) < 0)
		sysfatal("%r");
	return &out;
}

void *
cmd_alloc(void *p, size_t n)
{
	p = realloc(p, n);
	if (p == NULL)
		sysfatal("%r");
	return p;
}

char *
cmd_strdup(const char *s)
{
	return strcpy(cmd_alloc(NULL, strlen(s) + 1), s);
}

int64_t
cmd_number(const char *s, const char *usage)
{
	char *end;
	long long v = strtoll(s, &end, 10);

	if (*s == '\0' || *end != '\0')
		cmd_usage(usage);
	return v;
}

int
cmd_bindflag(Rune letter, const char *usage)
{
	switch (letter) {
	case 'a':
		return MAFTER;
	case 'b':
		return MBEFORE;
	case 'c':
		return MCREATE;
	}
	cmd_usage(usage);
}

bool
cmd_same(const Dir *a, const Dir *b)
{
	return a->qid.path == b->qid.path && a->qid.type == b->qid.type && a->dev == b->dev && a->type == b->type;
}

static bool
copy_bytes(int in, int out, const char *from, const char *to)
{
	static char buf[128 << 10];
	int64_t n;

	while ((n = read(in, buf, sizeof buf)) > 0)
		if (write(out, buf, n) != n) {
			cmd_error("error writing %s: %r", to);
			return false;
		}
	if (n < 0)
		cmd_error("error reading %s: %r", from);
	return n == 0;
}

int
cmd_copy(const char *from, const char *to, uint32_t mode, bool *made)
{
	int in = open(from, OREAD), out = -1;

	*made = false;
	if (in < 0) {
		cmd_error("can't open %s: %r", from);
		return -1;
	}
	if ((out = create(to, OWRITE, mode)) < 0)
		cmd_error("can't create %s: %r", to);
	else if (*made = true, !copy_bytes(in, out, from, to)) {
		close(out);
		out = -1;
	}
	close(in);
	return out;
}

void
cmd_each(char **files, void (*fn)(int fd, const char *name))
{
	if (*files == NULL)
		fn(0, "<stdin>");
	for (; *files != NULL; files++) {
		int fd = open(*files, OREAD);

		if (fd < 0) {
			cmd_error("can't open %s: %r", *files);
			continue;
		}
		fn(fd, *files);
		close(fd);
	}
}

static void (*lines_fn)(Biobuf *in, const char *name);

static void
lines_of(int fd, const char *name)
{
	Biobuf in;

	if (Binit(&in, fd, OREAD) < 0)
		sysfatal("%r");
	lines_fn(&in, name);
	if (Berror(&in) != 0)
		cmd_error("error reading %s: %r", name);
	Bterm(&in);
}

void
cmd_lines(char **files, void (*fn)(Biobuf *in, const char *name))
{
	lines_fn = fn;
	cmd_each(files, lines_of);
}

const char *
cmd_input(Biobuf *in, const char *file)
{
	bool std = strcmp(file, "-") == 0;
	int fd = std ? 0 : open(file, OREAD);

	if (fd < 0)
		sysfatal("can't open %s: %r", file);
	if (Binit(in, fd, OREAD) < 0)
		sysfatal("%r");
	return std ? "<stdin>" : file;
}

char *
cmd_join(const char *dir, const char *name)
{
	size_t n = strlen(dir);
	char *s = cmd_alloc(NULL, n + strlen(name) + 2);

	strcpy(s, dir);
	if (n > 0 && s[n - 1] != '/')
		s[n++] = '/';
	strcpy(s + n, name);
	return s;
}

const char *
cmd_base(const char *name)
{
	const char *slash = name == NULL ? NULL : strrchr(name, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : name == NULL ? "" : name;
}

char *
cmd_mode(char s[12], uint32_t mode)
{
	static const char rwx[] = "rwxrwxrwx";

	s[0] = mode & DMDIR ? 'd' : mode & DMAPPEND ? 'a' : mode & DMAUTH ? 'A' : '-';
	s[1] = mode & DMEXCL ? 'l' : '-';
	for (int i = 0; i < 9; i++)
		s[2 + i] = mode >> (8 - i) & 1 ? rwx[i] : '-';
	s[11] = '\0';
	return s;
}

static enum HashKind hash_kind;
static Biobuf *hash_out;

static void
hash_file(int fd, const char *name)
{
	static uint8_t buf[64 << 10];
	uint8_t digest[HASH_MAX];
	char text[2 * HASH_MAX + 1] = "";
	int64_t n;
	Hash h;

	hash_init(&h, hash_kind);
	while ((n = read(fd, buf, sizeof buf)) > 0)
		hash_add(&h, buf, (size_t)n);
	if (n < 0) {
		cmd_error("error reading %s: %r", name);
		return;
	}
	hash_end(&h, digest);
	for (size_t i = 0; i < hash_size(hash_kind); i++)
		snprintf(text + 2 * i, 3, "%.2x", digest[i]);
	Bprint(hash_out, fd != 0 ? "%s\t%s\n" : "%s\n", text, name);
}

void
cmd_hash(char **files, enum HashKind kind)
{
	hash_kind = kind;
	hash_out = cmd_out();
	cmd_each(files, hash_file);
	cmd_end(hash_out);
}

void
cmd_exec(char **argv)
{
	const char *name = argv[0];

	exec(name, argv);
	if (strchr(name, '/') == NULL && name[0] != '#') {
		char *path = cmd_join("/bin", name);

		exec(path, argv);
	}
	cmd_error("%s: %r", name);
	_exits("exec");
}

void
cmd_shell(const char *command)
{
	char rc[] = "/bin/rc", flag[] = "-c";
	char *argv[] = { rc, flag, cmd_strdup(command), NULL };

	cmd_exec(argv);
}

enum { LIST_WIDTH = 64, LIST_INDENT = 8 };

/* One character in a way that tells it from all others; the columns it took. */
static int
list_char(Biobuf *out, const char *s, size_t n)
{
	Rune r = (unsigned char)*s;

	if (*s == '\t' || *s == '\b' || *s == '\n' || *s == '\\')
		return Bprint(out, "\\%c", *s == '\t' ? 't' : *s == '\b' ? 'b' : *s == '\n' ? 'n' : '\\');
	if (*s >= ' ' && *s < 0x7f) {
		Bputc(out, *s);
		return 1;
	}
	if (n > 1)
		chartorune(&r, s);
	return Bprint(out, "\\x%.4lx", (unsigned long)r);
}

void
cmd_list(Biobuf *out, const char *s, size_t n, int *column)
{
	Rune r;

	for (size_t i = 0, k; i < n; i += k) {
		k = fullrune(s + i, n - i) ? (size_t)chartorune(&r, s + i) : 1;
		if (*column > LIST_WIDTH) {
			Bprint(out, "\\\n\t");
			*column = LIST_INDENT;
		}
		*column += list_char(out, s + i, k);
	}
}
