/*
 * cmd/look.c - look [-dfnix] [-b base] [-t[c]] [string] [file]: the lines of a sorted
 * file that begin with string, found by halving.
 *   -x  whose key, up to the character -t (tab), is string    -i  strings to look for
 *       come from the standard input, a line each
 *   -d  only letters, digits, tabs and blanks count    -f  case doesn't
 *   -n  as numbers, of that base with -b
 * The file must be sorted the same way. Without one, /lib/words with -df.
 * ERRORS  status "not found"; "no dictionary": the file can't be opened
 */
#include "lib9/cmd.h"

static const char usage[] = "[-dfnix] [-b base] [-t[c]] [string] [file]";
static bool dictionary, fold, numeric, ask, exact;
static int base = 10;
static Rune tab = '\t';         /* 0: the whole line is the key */
static Biobuf in, *out;
static int64_t size;

/* The key of a line, or of the string, as it is compared; malloc'd. */
static char *
key_of(const char *s, size_t n, bool whole)
{
	char *key = cmd_alloc(NULL, n + n + UTFmax + 1), *to = key;
	const char *end = s + n;
	Rune r;

	while (s < end) {
		int len = fullrune(s, (size_t)(end - s)) ? chartorune(&r, s) : (r = Runeerror, 1);

		if (r == '\n' || (!whole && tab != 0 && r == tab))
			break;
		s += len;
		if (dictionary && r != ' ' && r != '\t' && !isalpharune(r) && !isdigitrune(r))
			continue;
		if (fold)
			r = toupperrune(r);
		to += runetochar(to, &r);
	}
	*to = '\0';
	return key;
}

/* As sort -n: a sign, digits, a point and digits. */
static int
compare_numbers(const char *a, const char *b)
{
	char *x, *y;
	long long m = strtoll(a, &x, base), n = strtoll(b, &y, base);

	if (m != n)
		return m < n ? -1 : 1;
	x += *x == '.';
	y += *y == '.';
	for (; isdigit((unsigned char)*x) || isdigit((unsigned char)*y); x += *x != '\0', y += *y != '\0') {
		int c = isdigit((unsigned char)*x) ? *x : '0', d = isdigit((unsigned char)*y) ? *y : '0';

		if (c != d)
			return (c < d) == (*a != '-') ? -1 : 1;
	}
	return 0;
}

/* < 0: the line comes before the string; 0: it is one of those looked for. */
static int
compare(const char *line, size_t n, const char *string)
{
	char *key = key_of(line, n, false);
	int c;

	if (numeric)
		c = compare_numbers(key, string);
	else if (exact)
		c = strcmp(key, string);
	else {
		free(key);
		key = key_of(line, n, true);
		c = strncmp(key, string, strlen(string));
	}
	free(key);
	return c;
}

/* Moves to the first line that begins at `at` or later. */
static void
line_after(int64_t at)
{
	size_t n;

	Bseek(&in, at > 0 ? at - 1 : 0, 0);
	if (at > 0)
		Bgetline(&in, '\n', &n);
}

static bool
look(const char *string)
{
	char *key = key_of(string, strlen(string), true), *s;
	int64_t low = 0, high = size; /* the first line not before the string begins in between */
	bool found = false;
	size_t n;
	int c;

	while (low < high) {
		int64_t middle = low + (high - low) / 2;

		line_after(middle);
		s = Bgetline(&in, '\n', &n);
		if (s != NULL && compare(s, n, key) < 0)
			low = Boffset(&in) > middle ? Boffset(&in) : middle + 1;
		else
			high = middle;
	}
	for (line_after(low); (s = Bgetline(&in, '\n', &n)) != NULL && (c = compare(s, n, key)) <= 0; )
		if (c == 0) {
			Bwrite(out, s, (int64_t)n);
			if (s[n - 1] != '\n')
				Bputc(out, '\n');
			found = true;
		}
	free(key);
	return found;
}

int
main(int argc, char **argv)
{
	const char *file = "/lib/words", *string = NULL;
	bool found = true;
	Dir *d;
	int fd;

	ARGBEGIN {
	case 'd':
		dictionary = true;
		break;
	case 'f':
		fold = true;
		break;
	case 'n':
		numeric = true;
		break;
	case 'b':
		numeric = true;
		base = (int)cmd_number(EARGF(cmd_usage(usage)), usage);
		if (base < 2 || base > 36)
			cmd_usage(usage);
		break;
	case 'i':
		ask = true;
		break;
	case 'x':
		exact = true;
		break;
	case 't':
		tab = 0;
		if (*args_ != '\0')
			args_ += chartorune(&tab, args_);
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (!ask) {
		if (argc < 1)
			cmd_usage(usage);
		string = *argv++;
		argc--;
	}
	if (argc > 1)
		cmd_usage(usage);
	if (argc == 1)
		file = *argv;
	else
		dictionary = fold = true;
	fd = open(file, OREAD);
	d = fd < 0 ? NULL : dirfstat(fd);
	if (d == NULL || Binit(&in, fd, OREAD) < 0) {
		cmd_error("can't open %s: %r", file);
		exits("no dictionary");
	}
	size = (int64_t)d->length;
	out = cmd_out();
	if (ask) {
		Biobuf questions;
		char *line;

		if (Binit(&questions, 0, OREAD) < 0)
			sysfatal("%r");
		while ((line = Brdstr(&questions, '\n', true)) != NULL) {
			found = look(line);
			Bflush(out);
			free(line);
		}
	} else {
		found = look(string);
	}
	Bflush(out);
	if (Berror(&in) != 0)
		sysfatal("error reading %s: %r", file);
	if (!found)
		exits("not found");
	cmd_end(out);
}
