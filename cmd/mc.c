/*
 * cmd/mc.c - mc [-] [-N] [file...]: prints lines in as many columns as there is room for
 * in N positions: the width of the terminal, or 80. Under - a line that ends in a colon
 * is printed alone, and ends the columns above it.
 */
#include "lib9/cmd.h"
#include "lib9/tty.h"

static const char usage[] = "[-] [-N] [file ...]";
static int64_t width;
static bool colons;
static char **words;
static size_t nword, maxword;
static int64_t widest;
static Biobuf *out;

static void
columns_print(void)
{
	size_t ncolumn = (size_t)(width > widest ? width / (widest + 1) : 1), nrow;

	if (ncolumn == 0)
		ncolumn = 1;
	nrow = (nword + ncolumn - 1) / ncolumn;
	for (size_t i = 0; i < nrow; i++) {
		int64_t pad = 0;

		for (size_t k = i; k < nword; k += nrow) {
			Bprint(out, "%*s%s", (int)pad, "", words[k]);
			pad = widest + 1 - tty_width(words[k]);
		}
		Bputc(out, '\n');
	}
	while (nword > 0)
		free(words[--nword]);
	widest = 0;
}

static void
take(Biobuf *in, const char *name)
{
	char *s;

	USED(name);
	while (Berror(out) == 0 && (s = Brdstr(in, '\n', true)) != NULL) {
		size_t n = strlen(s);

		if (colons && n > 0 && s[n - 1] == ':') {
			if (nword > 0) {
				columns_print();
				Bputc(out, '\n');
			}
			Bprint(out, "%s\n", s);
			free(s);
			continue;
		}
		if (nword == maxword)
			words = cmd_alloc(words, (maxword = 2 * maxword + 256) * sizeof *words);
		words[nword++] = s;
		if (tty_width(s) > widest)
			widest = tty_width(s);
	}
}

int
main(int argc, char **argv)
{
	argv0 = *argv++;
	for (argc--; argc > 0 && argv[0][0] == '-'; argc--, argv++)
		if (argv[0][1] == '\0')
			colons = true;
		else
			width = cmd_number(*argv + 1, usage);
	if (width < 0)
		cmd_usage(usage);
	if (width == 0) {
		int rows, columns;

		tty_size(&columns, &rows);
		width = columns;
	}
	out = cmd_out();
	cmd_lines(argv, take);
	columns_print();
	cmd_end(out);
}
