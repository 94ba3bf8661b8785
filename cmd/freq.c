/*
 * cmd/freq.c - freq [-cdorx] [file...]: how often each byte occurs in the files: its
 * value in decimal, octal, hex, as a character (- when not printable), the number.
 *   -d -o -x -c only these forms     -r counts runes instead of bytes
 * A byte that is no UTF-8 counts as the rune fffd under -r.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-cdorx] [file ...]";
static bool flags[128];
static uint64_t *counts;

static void
count(Biobuf *in, const char *name)
{
	int64_t c;

	USED(name);
	while ((c = flags['r'] ? Bgetrune(in) : Bgetc(in)) >= 0)
		counts[c]++;
}

static bool
printable(Rune r)
{
	return (r > ' ' && r < 0x7f) || r > 0xa0;
}

static void
show(Biobuf *out, Rune r)
{
	bool all = !flags['d'] && !flags['o'] && !flags['x'] && !flags['c'];

	if (all || flags['d'])
		Bprint(out, "%3lu ", (unsigned long)r);
	if (all || flags['o'])
		Bprint(out, "%.3lo ", (unsigned long)r);
	if (all || flags['x'])
		Bprint(out, "%.2lx ", (unsigned long)r);
	if (all || flags['c'])
		Bprint(out, "%C ", printable(r) ? r : '-');
	Bprint(out, "%8llu\n", (unsigned long long)counts[r]);
}

int
main(int argc, char **argv)
{
	Biobuf *out;
	Rune top;

	ARGBEGIN {
	case 'c':
	case 'd':
	case 'o':
	case 'r':
	case 'x':
		flags[ARGC()] = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	top = flags['r'] ? Runemax : 0xff;
	counts = calloc(top + 1, sizeof *counts);
	if (counts == NULL)
		sysfatal("%r");
	cmd_lines(argv, count);
	out = cmd_out();
	for (Rune r = 0; r <= top; r++)
		if (counts[r] != 0)
			show(out, r);
	cmd_end(out);
}
