/*
 * cmd/uniq.c - uniq [-udcs] [-num] [+num] [file]: lines without those that repeat
 * the line before.
 *   -u only lines that aren't repeated    -d one of each that is
 *   -c all, with how many there were      -s a line repeats when it begins as the first
 *   -num  so many fields, with the blanks before each, don't count
 *   +num  nor do so many characters after them
 */
#include "lib9/cmd.h"

static const char usage[] = "[-udcs] [-num] [+num] [file]";

typedef struct Line Line;
struct Line {
	char *s;
	size_t n, room;
};
static char mode = ' ';         /* u, d, c */
static bool by_prefix;
static int64_t nfield, nchar;
static Biobuf *out;

/* What counts of a line. */
static Str
significant(const Line *l)
{
	const char *s = l->s, *end = s + l->n;
	Rune r;

	for (int64_t i = 0; i < nfield; i++) {
		while (s < end && (*s == ' ' || *s == '\t'))
			s++;
		while (s < end && *s != ' ' && *s != '\t')
			s++;
	}
	for (int64_t i = 0; i < nchar && s < end; i++)
		s += fullrune(s, (size_t)(end - s)) ? chartorune(&r, s) : 1;
	return (Str){ s, (size_t)(end - s) };
}

static bool
repeats(const Line *first, const Line *l)
{
	Str a = significant(first), b = significant(l);

	if (by_prefix && b.n > a.n)
		b.n = a.n;
	return a.n == b.n && memcmp(a.s, b.s, a.n) == 0;
}

static void
show(const Line *l, uint64_t count)
{
	if (count == 0 || (mode == 'u' && count > 1) || (mode == 'd' && count == 1))
		return;
	if (mode == 'c')
		Bprint(out, "%4llu ", (unsigned long long)count);
	Bwrite(out, l->s, (int64_t)l->n);
	Bputc(out, '\n');
}

static void
uniq(Biobuf *in, const char *name)
{
	Line first = { NULL, 0, 0 };
	uint64_t count = 0;
	char *s;
	size_t n;

	USED(name);
	while (Berror(out) == 0 && (s = Bgetline(in, '\n', &n)) != NULL) {
		Line l = { s, s[n - 1] == '\n' ? n - 1 : n, 0 };

		if (count > 0 && repeats(&first, &l)) {
			count++;
			continue;
		}
		show(&first, count);
		if (n > first.room)
			first.s = cmd_alloc(first.s, first.room = 2 * n + 64);
		memcpy(first.s, l.s, l.n);
		first.n = l.n;
		count = 1;
	}
	show(&first, count);
	free(first.s);
}

int
main(int argc, char **argv)
{
	argv0 = *argv++;
	for (argc--; argc > 0 && (argv[0][0] == '-' || argv[0][0] == '+') && argv[0][1] != '\0'; argc--, argv++) {
		if (argv[0][0] == '+' || isdigit((unsigned char)argv[0][1])) {
			*(argv[0][0] == '+' ? &nchar : &nfield) = cmd_number(*argv + 1, usage);
			continue;
		}
		if (strcmp(*argv, "--") == 0) {
			argc--;
			argv++;
			break;
		}
		for (const char *p = *argv + 1; *p != '\0'; p++) {
			if (*p == 's')
				by_prefix = true;
			else if (strchr("udc", *p) != NULL)
				mode = *p == 'c' || mode == ' ' ? *p : mode;
			else
				cmd_usage(usage);
		}
	}
	if (argc > 1)
		cmd_usage(usage);
	out = cmd_out();
	cmd_lines(argv, uniq);
	cmd_end(out);
}
