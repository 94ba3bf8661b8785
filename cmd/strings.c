/*
 * cmd/strings.c - strings [-m min] [file...]: the runs of at least min (6) printable
 * characters in files that hold other bytes too, each with the decimal offset where it
 * begins. Printable: blank to tilde, and all runes from a0 on. A run of more than 69
 * is told in parts, " ..." at the end of all but the last.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-m min] [file ...]";
enum { PART = 69 };
static int64_t min = 6;
static Biobuf *out;

typedef struct Run Run;
struct Run {
	char text[PART * UTFmax + 1];
	size_t n;               /* bytes of text */
	int64_t nrune;
	int64_t start;
	bool part;              /* begins behind another part */
};

static void
run_end(Run *r, const char *more)
{
	if (r->nrune >= min || (r->part && r->nrune > 0))
		Bprint(out, "%8lld: %.*s%s\n", (long long)r->start, (int)r->n, r->text, more);
	r->n = 0;
	r->nrune = 0;
}

static bool
printable(Rune r, int64_t len)
{
	return (r >= ' ' && r < 0x7f) || (r >= 0xa0 && !(r == Runeerror && len == 1));
}

static void
strings(Biobuf *in, const char *name)
{
	static Run run;
	int64_t at = 0, r;

	USED(name);
	for (; (r = Bgetrune(in)) >= 0 && Berror(out) == 0; at += (int64_t)Blinelen(in)) {
		Rune c = (Rune)r;

		if (!printable(c, (int64_t)Blinelen(in))) {
			run_end(&run, "");
			run.part = false;
			continue;
		}
		if (run.nrune == PART) {
			run_end(&run, " ...");
			run.part = true;
		}
		if (run.nrune == 0)
			run.start = at;
		run.n += (size_t)runetochar(run.text + run.n, &c);
		run.nrune++;
	}
	run_end(&run, "");
	run.part = false;
}

int
main(int argc, char **argv)
{
	ARGBEGIN {
	case 'm':
		min = cmd_number(EARGF(cmd_usage(usage)), usage);
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (min > PART)
		sysfatal("-m: at most %d", PART);
	out = cmd_out();
	cmd_lines(argv, strings);
	cmd_end(out);
}
