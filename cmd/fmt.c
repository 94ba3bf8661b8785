/*
 * cmd/fmt.c - fmt [-j] [-i n] [-l n] [-w n] [file...]: fills lines up to a length.
 *   -l -w length, with the indent (70)    -i indents by n more
 *   -j folds long lines, but joins no short ones
 * Empty lines stay, and so does white space before the text; a line of another indent
 * begins a new paragraph. Between words is one blank, two behind . ! or ?. A word that
 * is too long has a line of its own. Runes count as one column, tabs reach to the
 * next multiple of 8. An empty line is printed between files.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-j] [-i n] [-l n] [-w n] [file ...]";
static int64_t length = 70, extra;
static bool no_join;
static Biobuf *out;

/* The line that is being filled. */
static int64_t indent;          /* its columns; of the next one too */
static int64_t column;          /* reached; 0: nothing is written */
static int64_t gap;             /* blanks before the next word */

static void
line_end(void)
{
	if (column > 0)
		Bputc(out, '\n');
	column = 0;
}

static void
word(const char *s, size_t n)
{
	int64_t width = (int64_t)utfnlen(s, n);

	if (column > 0 && column + gap + width > length)
		line_end();
	if (column == 0) {
		int64_t at = 0;

		for (; at + 8 <= indent + extra; at += 8)
			Bputc(out, '\t');
		for (; at < indent + extra; at++)
			Bputc(out, ' ');
		column = at;
		gap = 0;
	}
	Bprint(out, "%*s", (int)gap, "");
	Bwrite(out, s, (int64_t)n);
	column += gap + width;
	gap = strchr(".!?", s[n - 1]) != NULL && s[n - 1] != '\0' ? 2 : 1;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
line(const char *s, const char *end)
{
	int64_t at = 0;

	for (; s < end && (*s == ' ' || *s == '\t'); s++)
		at = *s == '\t' ? at + 8 - at % 8 : at + 1;
	while (s < end && is_blank(end[-1]))
		end--;
	if (s >= end) {
		line_end();
		Bputc(out, '\n');
		return;
	}
	if (at != indent || no_join)
		line_end();
	indent = at;
	while (s < end) {
		const char *w = s;

		while (s < end && !is_blank(*s))
			s++;
		word(w, (size_t)(s - w));
		while (s < end && is_blank(*s))
			s++;
	}
}

static void
fmt(Biobuf *in, const char *name)
{
	static bool second;
	size_t n;
	char *s;

	USED(name);
	if (second)
		Bputc(out, '\n');
	second = true;
	while (Berror(out) == 0 && (s = Bgetline(in, '\n', &n)) != NULL)
		line(s, s + n);
	line_end();
	indent = 0;
}

int
main(int argc, char **argv)
{
	ARGBEGIN {
	case 'i':
		extra = cmd_number(EARGF(cmd_usage(usage)), usage);
		break;
	case 'j':
		no_join = true;
		break;
	case 'l':
	case 'w':
		length = cmd_number(EARGF(cmd_usage(usage)), usage);
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	out = cmd_out();
	cmd_lines(argv, fmt);
	cmd_end(out);
}
