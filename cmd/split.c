/*
 * cmd/split.c - split [-n lines] [-l lines] [-e expression] [-f stem] [-s suffix] [-xi]
 * [file]: writes a file in pieces xaa, xab to xzz of 1000 lines (-n, -l: so many).
 *   -e  a piece begins at each line that matches (may be repeated). With ( ) in the
 *       expression, what they match names the file, with the suffix of -s.
 *   -f  names begin with stem instead of x    -x  the lines that match are left out
 *   -i  case doesn't count for -e, and names are in lower case
 * What stands before the first match goes to the first piece in the order of letters.
 * ERRORS  more than 676 pieces; a name that has a slash in it
 */
#include "lib9/cmd.h"
#include "lib9/regex.h"

static const char usage[] = "[-n lines] [-l lines] [-e expression] [-f stem] [-s suffix] [-xi] [file]";
enum { NEXPR = 32, LETTERS = 26 };
static const char *exprs[NEXPR], *stem = "x", *suffix = "";
static Regex *regexes[NEXPR];
static size_t nexpr;
static int64_t lines = 1000;
static bool exclude, fold;
static Biobuf *piece;

static void
piece_end(void)
{
	if (piece != NULL && Bterm(piece) < 0)
		sysfatal("write error: %r");
	piece = NULL;
}

static void
piece_begin(const char *name)
{
	piece_end();
	piece = Bopen(name, OWRITE);
	if (piece == NULL)
		sysfatal("can't create %s: %r", name);
}

static void
piece_next(void)
{
	static int n;
	char *name;

	if (n == LETTERS * LETTERS)
		sysfatal("more than %d pieces: give -n a larger number", LETTERS * LETTERS);
	name = smprint("%s%c%c", stem, 'a' + n / LETTERS, 'a' + n % LETTERS);
	if (name == NULL)
		sysfatal("%r");
	n++;
	piece_begin(name);
	free(name);
}

/* A piece with the name that the line gives. */
static void
piece_named(const Span *s)
{
	char *name = smprint("%.*s%s", (int)(s->e - s->s), s->s, suffix);

	if (name == NULL)
		sysfatal("%r");
	if (fold)
		for (char *p = name; p < name + (s->e - s->s); p++)
			*p = (char)tolower((unsigned char)*p);
	if (s->s == s->e || strchr(name, '/') != NULL)
		sysfatal("\"%s\" can't name a piece", name);
	piece_begin(name);
	free(name);
}

/* Does the line begin a piece? Then it has been begun. */
static bool
divide(const char *s, size_t n)
{
	Span spans[2];

	for (size_t i = 0; i < nexpr; i++)
		if (regex_match(regexes[i], s, n, 0, spans, 2)) {
			if (spans[1].s != NULL)
				piece_named(&spans[1]);
			else
				piece_next();
			return true;
		}
	return false;
}

static void
split(Biobuf *in, const char *name)
{
	int64_t n = 0;
	size_t size;
	char *s;

	USED(name);
	for (; (s = Bgetline(in, '\n', &size)) != NULL; n++) {
		if (nexpr > 0) {
			if (divide(s, s[size - 1] == '\n' ? size - 1 : size) && exclude)
				continue;
			if (piece == NULL)
				piece_next();
		} else if (n % lines == 0) {
			piece_next();
		}
		if (Bwrite(piece, s, (int64_t)size) < 0)
			sysfatal("write error: %r");
	}
	piece_end();
}

int
main(int argc, char **argv)
{
	ARGBEGIN {
	case 'l':
	case 'n':
		lines = cmd_number(EARGF(cmd_usage(usage)), usage);
		break;
	case 'e':
		if (nexpr == NEXPR)
			sysfatal("more than %d expressions", NEXPR);
		exprs[nexpr++] = EARGF(cmd_usage(usage));
		break;
	case 'f':
		stem = EARGF(cmd_usage(usage));
		break;
	case 's':
		suffix = EARGF(cmd_usage(usage));
		break;
	case 'x':
		exclude = true;
		break;
	case 'i':
		fold = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc > 1 || lines < 1)
		cmd_usage(usage);
	for (size_t i = 0; i < nexpr; i++)
		if ((regexes[i] = regex_new(exprs[i], fold ? REGEX_ICASE : 0)) == NULL)
			sysfatal("%s: %r", exprs[i]);
	cmd_lines(argv, split);
	cmd_end(NULL);
}
