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
