/*
 * cmd/grep.c - grep [-bchiLlnsv] pattern [file...]; or -e pattern, -f file, each
 * as often as wanted: prints the lines in which a regular expression matches.
 *   -c how many    -h no file names    -i upper and lower case are the same
 *   -l names of files with such a line, -L without    -n line numbers
 *   -b writes each line as soon as it is found   -s nothing, only the status   -v lines without a match
 * A pattern that begins with * is the rest of it, as literal characters.
 * The status is empty when a line was found, else "no matches".
 * SEE   regexp(6); lib9/regex.h
 */
#include "lib9/cmd.h"
#include "lib9/regex.h"

static const char usage[] = "[-bchiLlnsv] [-e pattern] [-f file] [pattern] [file ...]";
static bool flags[128], with_names, found;
static char *pattern;
static Biobuf *out;

/* The n bytes at s as a pattern: after a leading * nothing is special. */
static char *
one_pattern(const char *s, size_t n)
{
	char *one = cmd_alloc(NULL, 2 * n + 1), *to = one;
	bool literal = n > 1 && *s == '*';

	for (size_t i = literal; i < n; i++) {
		if (literal && strchr("\\.*+?[]()|^$", s[i]) != NULL)
			*to++ = '\\';
		*to++ = s[i];
	}
	*to = '\0';
	return one;
}

/* One pattern more: each line of s is one. */
static void
add_patterns(const char *s)
{
	for (;;) {
		size_t n = strcspn(s, "\n"), old = pattern == NULL ? 0 : strlen(pattern) + 1;
		char *one = one_pattern(s, n);
		Regex *re;

		re = regex_new(one, 0); /* alone, so that (| in two lines are told */
		if (re == NULL)
			sysfatal("%s: %r", one);
		regex_free(re);
		pattern = cmd_alloc(pattern, old + strlen(one) + 1);
		if (old > 0)
			pattern[old - 1] = '|';
		strcpy(pattern + old, one);
		free(one);
		if (s[n] == '\0')
			return;
		s += n + 1;
	}
}

static void
read_patterns(const char *name)
{
	Biobuf *b = Bopen(name, OREAD);
	char *s;

	if (b == NULL)
		sysfatal("can't open %s: %r", name);
	while ((s = Brdstr(b, '\n', true)) != NULL) {
		add_patterns(s);
		free(s);
	}
	if (Berror(b))
		sysfatal("error reading %s: %r", name);
	Bterm(b);
}

static void
show(const char *name, uint64_t line, const char *s, size_t n)
{
	if (with_names)
		Bprint(out, "%s:", name);
	if (flags['n'])
		Bprint(out, "%llu: ", (unsigned long long)line);
	Bwrite(out, s, (int64_t)n);
	Bputc(out, '\n');
	if (flags['b'])
		Bflush(out);
}

static void
search(Regex *re, int fd, const char *name)
{
	uint64_t line = 0, count = 0;
	bool quiet = flags['c'] || flags['l'] || flags['L'] || flags['s'];
	Biobuf in;
	size_t n;
	char *s;

	if (Binit(&in, fd, OREAD) < 0)
		sysfatal("%r");
	while ((s = Bgetline(&in, '\n', &n)) != NULL) {
		size_t len = n - (s[n - 1] == '\n');

		line++;
		if (regex_test(re, s, len) != flags['v']) {
			found = true;
			count++;
			if (flags['s'])
				exits(NULL);
			if (flags['l'] || flags['L'])
				break;
			if (!quiet)
				show(name, line, s, len);
		}
	}
	if (Berror(&in))
		cmd_error("error reading %s: %r", name);
	if ((flags['l'] && count > 0) || (flags['L'] && count == 0))
		Bprint(out, "%s\n", name);
	else if (flags['c'] && !flags['l'] && !flags['L'])
		Bprint(out, with_names ? "%s:%llu\n" : "%s%llu\n", with_names ? name : "", (unsigned long long)count);
	Bterm(&in);
}

int
main(int argc, char **argv)
{
	Regex *re;
	Rune r;

	ARGBEGIN {
	case 'e':
		add_patterns(EARGF(cmd_usage(usage)));
		break;
	case 'f':
		read_patterns(EARGF(cmd_usage(usage)));
		break;
	default:
		r = ARGC();
		if (r >= nelem(flags) || strchr("bchiLlnsv", (int)r) == NULL)
			cmd_usage(usage);
		flags[r] = true;
	} ARGEND
	if (pattern == NULL) {
		if (argc == 0)
			cmd_usage(usage);
		add_patterns(*argv++);
		argc--;
	}
	re = regex_new(pattern, flags['i'] ? REGEX_ICASE : 0);
	if (re == NULL)
		sysfatal("%r");
	out = cmd_out();
	with_names = argc > 1 && !flags['h'];
	if (argc == 0)
		search(re, 0, "<stdin>");
	for (; argc > 0; argc--, argv++) {
		int fd = open(*argv, OREAD);

		if (fd < 0) {
			cmd_error("can't open %s: %r", *argv);
			continue;
		}
		search(re, fd, *argv);
		close(fd);
	}
	Bflush(out);
	if (!found && Berror(out) == 0)
		exits("no matches");
	cmd_end(out);
}
