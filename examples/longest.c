/*
 * examples/longest.c - longest [-n] [file...]: the longest line of the files, or of
 * the standard input; -n: its number of characters instead. An example of a program,
 * explained in doc/program.md.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-n] [file ...]";

static char *best;              /* the longest line yet; NULL: none */
static size_t best_length;      /* its runes */

static void
longest(Biobuf *in, const char *name)
{
	char *line;

	USED(name);
	while ((line = Brdstr(in, '\n', true)) != NULL) {
		size_t length = utflen(line);

		if (best == NULL || length > best_length) {
			free(best);
			best = line;
			best_length = length;
		} else {
			free(line);
		}
	}
}

int main(int argc, char **argv);

int
main(int argc, char **argv)
{
	bool number = false;
	Biobuf *out;

	ARGBEGIN {
	case 'n':
		number = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	cmd_lines(argv, longest);
	out = cmd_out();
	if (number)
		Bprint(out, "%zu\n", best_length);
	else if (best != NULL)
		Bprint(out, "%s\n", best);
	cmd_end(out);
}
