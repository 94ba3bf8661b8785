/*
 * cmd/test.c - test expression: ends with an empty status when it is true, else
 * "false".
 *   -e -f -d -r -w -x file   there, file, directory, may be read, written, run
 *   -s -A -L -T file         not empty, append-only, exclusive, temporary
 *   -t [fd]                  is the console   -n -z string   not empty, empty
 *   s1 = s2  s1 != s2        n1 -eq -ne -lt -le -gt -ge n2
 *   f1 -nt f2  f1 -ot f2     f1 changed later, earlier; "f -older 1h30m" too
 *   ! e   e -a e   e -o e   ( e )     a string alone is true when not empty
 * SEE   test(1)
 */
#include "lib9/cmd.h"
#include "lib9/tty.h"

static char **words;
static int nword, at;

static NORETURN void
bad(const char *what, const char *word)
{
	fprint(2, "test: %s%s%s\n", what, *word != '\0' ? ": " : "", word);
	exits("usage");
}

static const char *
next(void)
{
	if (at >= nword)
		bad("argument expected", "");
	return words[at++];
}

static bool
is_next(const char *s)
{
	return at < nword && strcmp(words[at], s) == 0;
}

static int64_t
integer(const char *s)
{
	char *end;
	long long v = strtoll(s, &end, 0);

	if (*s == '\0' || *end != '\0')
		bad("not a number", s);
	return v;
}

static bool
file_is(char op, const char *name)
{
	static const char access_ops[] = "erwx";
	static const int modes[] = { AEXIST, AREAD, AWRITE, AEXEC };
	const char *p = strchr(access_ops, op);
	bool yes = false;
	Dir *d;

	if (p != NULL && op != 'e')
		return access(name, modes[p - access_ops]) == 0;
	d = dirstat(name);
	if (d == NULL)
		return false;
	switch (op) {
	case 'e':
		yes = true;
		break;
	case 'f':
		yes = (d->mode & DMDIR) == 0;
		break;
	case 'd':
		yes = (d->mode & DMDIR) != 0;
		break;
	case 's':
		yes = d->length > 0;
		break;
	case 'A':
		yes = (d->mode & DMAPPEND) != 0;
		break;
	case 'L':
		yes = (d->mode & DMEXCL) != 0;
		break;
	case 'T':
		yes = (d->mode & DMTMP) != 0;
		break;
	}
	free(d);
	return yes;
}

static uint32_t
changed(const char *name, bool *there)
{
	Dir *d = dirstat(name);
	uint32_t t = d == NULL ? 0 : d->mtime;

	*there = d != NULL;
	free(d);
	return t;
}

/* "1d2h3m4s", or seconds since 1970. */
static bool
older(const char *name, const char *limit)
{
	static const char units[] = "smhdMy";
	static const uint32_t secs[] = { 1, 60, 3600, 86400, 30 * 86400, 365 * 86400 };
	int64_t age = 0, when;
	bool there, relative = false;
	uint32_t t = changed(name, &there);

	for (const char *p = limit; *p != '\0';) {
		char *end;
		long long n = strtoll(p, &end, 10);
		const char *u = *end == '\0' ? NULL : strchr(units, *end);

		if (end == p || (*end != '\0' && u == NULL))
			bad("bad time", limit);
		if (u == NULL && relative)
			bad("bad time", limit);
		age += u == NULL ? n : n * secs[u - units];
		relative = u != NULL;
		p = u == NULL ? end : end + 1;
	}
	when = relative ? time_now() - age : age;
	return there && t < when;
}

static bool
compare_files(const char *a, const char *op, const char *b)
{
	bool there_a, there_b;
	uint32_t ta = changed(a, &there_a), tb = changed(b, &there_b);

	if (strcmp(op, "-nt") == 0 || strcmp(op, "-newer") == 0)
		return there_a && (!there_b || ta > tb);
	return there_b && (!there_a || ta < tb);
}

static bool
binary(const char *a, const char *op)
{
	static const char *const ops[] = { "-eq", "-ne", "-lt", "-le", "-gt", "-ge" };
	const char *b = next();

	if (strcmp(op, "=") == 0)
		return strcmp(a, b) == 0;
	if (strcmp(op, "!=") == 0)
		return strcmp(a, b) != 0;
	if (strcmp(op, "-older") == 0)
		return older(a, b);
	for (size_t i = 0; i < nelem(ops); i++)
		if (strcmp(op, ops[i]) == 0) {
			int64_t x = integer(a), y = integer(b);
			bool results[] = { x == y, x != y, x < y, x <= y, x > y, x >= y };

			return results[i];
		}
	return compare_files(a, op, b);
}

static bool
is_binary(const char *s)
{
	static const char *const ops[] = { "=", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-newer", "-older" };

	for (size_t i = 0; i < nelem(ops); i++)
		if (strcmp(s, ops[i]) == 0)
			return true;
	return false;
}

static bool expression(void);

static bool
primary(void)
{
	const char *s;
	bool v;

	if (at + 2 < nword && is_binary(words[at + 1])) { /* "! = x", "-n = x" compare */
		s = next();
		at++;
		return binary(s, words[at - 1]);
	}
	s = next();
	if (strcmp(s, "!") == 0)
		return !primary();
	if (strcmp(s, "(") == 0) {
		v = expression();
		if (!is_next(")"))
			bad(") expected", "");
		at++;
		return v;
	}
	if (strcmp(s, "-t") == 0) {
		int fd = 1;

		if (at < nword && isdigit((unsigned char)words[at][0]))
			fd = (int)integer(next());
		return tty_is(fd);
	}
	if (s[0] == '-' && s[1] != '\0' && s[2] == '\0' && at < nword) {
		if (strchr("erwxfdsALT", s[1]) != NULL)
			return file_is(s[1], next());
		if (s[1] == 'n')
			return *next() != '\0';
		if (s[1] == 'z')
			return *next() == '\0';
	}
	return *s != '\0';
}

static bool
conjunction(void)
{
	bool v = primary();

	while (is_next("-a")) {
		at++;
		if (!primary())
			v = false;
	}
	return v;
}

static bool
expression(void)
{
	bool v = conjunction();

	while (is_next("-o")) {
		at++;
		if (conjunction())
			v = true;
	}
	return v;
}

int
main(int argc, char **argv)
{
	bool v;

	argv0 = argv[0];
	words = argv + 1;
	nword = argc - 1;
	if (nword == 0)
		exits("false");
	if (nword == 1 && strcmp(words[0], "-?") == 0)
		cmd_usage("expression");
	v = expression();
	if (at < nword)
		bad("syntax error", words[at]);
	exits(v ? NULL : "false");
}
