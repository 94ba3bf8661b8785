/*
 * cmd/unicode.c - unicode [-nt] hexmin-hexmax; unicode [-t] hex...; unicode [-n]
 * characters: the characters of a range with their numbers, in columns; those of
 * numbers; the numbers of characters. -n: operands are characters, although they look
 * like numbers; -t: text alone, without numbers and spaces.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-nt] hexmin-hexmax | [-t] hex ... | [-n] characters";
static bool numbers, text;
static Biobuf *out;

/* A hex number that is a rune; the rest of s in *end. */
static Rune
hex(const char *s, char **end)
{
	unsigned long long v = strtoull(s, end, 16);

	if (*end == s || v > Runemax)
		sysfatal("bad number %s: want hex digits, up to 10ffff", s);
	return (Rune)v;
}

static bool
is_hex(const char *s)
{
	return isxdigit((unsigned char)*s) && s[strspn(s, "0123456789abcdefABCDEF-")] == '\0';
}

static void
range(const char *s)
{
	char *end;
	Rune low = hex(s, &end), high = low, n = 0;

	if (*end == '-')
		high = hex(end + 1, &end);
	if (*end != '\0')
		cmd_usage(usage);
	for (Rune r = low; r <= high && Berror(out) == 0; r++, n++)
		if (text)
			Bprint(out, "%C", r);
		else
			Bprint(out, "%.4lx %C%s", (unsigned long)r, r, r == high || n % 8 == 7 ? "\n" : "\t");
}

int
main(int argc, char **argv)
{
	bool ranges;
	Rune r;

	ARGBEGIN {
	case 'n':
		numbers = true;
		break;
	case 't':
		text = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc < 1)
		cmd_usage(usage);
	out = cmd_out();
	ranges = !numbers && strchr(*argv, '-') != NULL && is_hex(*argv);
	for (; argc > 0; argc--, argv++) {
		char *end;

		if (ranges)
			range(*argv);
		else if (!numbers && is_hex(*argv))
			Bprint(out, text ? "%C" : "%C\n", hex(*argv, &end));
		else
			for (const char *s = *argv; *s != '\0';) {
				s += chartorune(&r, s);
				Bprint(out, "%.4lx\n", (unsigned long)r);
			}
	}
	if (text)
		Bputc(out, '\n');
	cmd_end(out);
}
