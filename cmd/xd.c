/*
 * cmd/xd.c - xd [-u] [-r] [-s] [-a{odx}] [-c|-{b1w2l4v8}{odx}]... [file...]: dumps
 * bytes, 16 to a line, in one or more formats, 4x by default.
 *   size b 1 w 2 l 4 v 8, style octal decimal hexadecimal; -c characters
 *   -a address style   -s least significant byte first   -r repeated lines as *
 *   -u output flushed after each group
 */
#include "lib9/cmd.h"

static const char usage[] = "[-u] [-r] [-s] [-a{odx}] [-c|-{b1w2l4v8}{odx}] ... [file ...]";
enum { GROUP = 16, NFORMAT = 10 };

typedef struct Format Format;
struct Format {
	int size;               /* of an item; 0: characters */
	char style;
};
static Format formats[NFORMAT];
static size_t nformat;
static bool repeats, low_first, flush;
static char address_style = 'x';
static Biobuf *out;

/* Digits that an item needs. */
static int
digits(int size, char style)
{
	static const char oct[] = { 0, 3, 6, 0, 11, 0, 0, 0, 22 }, dec[] = { 0, 3, 5, 0, 10, 0, 0, 0, 20 };

	return style == 'o' ? oct[size] : style == 'd' ? dec[size] : 2 * size;
}

static void
put_number(const char *before, int width, int prec, char style, uint64_t v)
{
	const char *fmt = style == 'o' ? "%s%*.*llo" : style == 'd' ? "%s%*.*llu" : "%s%*.*llx";

	Bprint(out, fmt, before, width, prec, (unsigned long long)v);
}

static void
put_char(int c)
{
	static const char escapes[] = "\tt\rr\nn\bb";
	const char *e;

	for (e = escapes; *e != '\0'; e += 2)
		if (*e == c) {
			Bprint(out, " \\%c", e[1]);
			return;
		}
	if (c < ' ' || c >= 0x7F)
		Bprint(out, " %.2x", c);
	else
		Bprint(out, "  %c", c);
}

static void
put_group(const Format *f, const uint8_t *data, int n)
{
	if (f->size == 0) {
		for (int i = 0; i < n; i++)
			put_char(data[i]);
		return;
	}
	for (int i = 0; i < n; i += f->size) {
		uint64_t v = 0;

		for (int k = 0; k < f->size; k++)
			v = v << 8 | data[low_first ? i + f->size - 1 - k : i + k];
		put_number(" ", 0, digits(f->size, f->style), f->style, v);
	}
}

static void
dump(int fd, const char *name, bool title)
{
	uint8_t data[GROUP], last[GROUP];
	bool star = false;
	uint64_t at = 0;
	Biobuf in;
	int64_t n;

	if (title)
		Bprint(out, "%s\n", name);
	if (Binit(&in, fd, OREAD) < 0)
		sysfatal("%r");
	do {
		memset(data, 0, sizeof data);
		n = flush ? readn(fd, data, GROUP) : Bread(&in, data, GROUP);
		if (n < 0)
			break;
		if (repeats && n == GROUP && at > 0 && memcmp(data, last, GROUP) == 0) {
			if (!star)
				Bprint(out, "*\n");
			star = true;
			at += GROUP;
			continue;
		}
		star = false;
		memcpy(last, data, GROUP);
		for (size_t i = 0; i < nformat && n > 0; i++) {
			put_number("", 7, i == 0 ? 7 : 1, address_style, at);
			Bputc(out, ' ');
			put_group(&formats[i], data, (int)n);
			Bputc(out, '\n');
		}
		at += (uint64_t)n;
		if (n < GROUP) {
			put_number("", 7, 7, address_style, at);
			Bputc(out, '\n');
		}
		if (flush)
			Bflush(out);
	} while (n == GROUP);
	if (n < 0)
		cmd_error("error reading %s: %r", name);
	Bterm(&in);
}

static void
take_format(const char *s)
{
	static const char sizes[] = "b1w2l4v8";
	Format f = { 4, 'x' };

	if (nformat == NFORMAT)
		sysfatal("too many formats: %d at most", NFORMAT);
	if (strcmp(s, "c") == 0) {
		f.size = 0;
	} else {
		for (; *s != '\0'; s++) {
			const char *size = strchr(sizes, *s);

			if (size != NULL)
				f.size = 1 << (size - sizes) / 2;
			else if (strchr("odx", *s) != NULL)
				f.style = *s;
			else
				cmd_usage(usage);
		}
	}
	formats[nformat++] = f;
}

int
main(int argc, char **argv)
{
	int nfile;

	argv0 = *argv;
	for (argc--, argv++; argc > 0 && argv[0][0] == '-' && argv[0][1] != '\0'; argc--, argv++) {
		const char *s = *argv + 1;

		if (strcmp(s, "u") == 0)
			flush = true;
		else if (strcmp(s, "r") == 0)
			repeats = true;
		else if (strcmp(s, "s") == 0)
			low_first = true;
		else if (s[0] != 'a')
			take_format(s);
		else if (s[1] != '\0' && strchr("odx", s[1]) != NULL && s[2] == '\0')
			address_style = s[1];
		else
			cmd_usage(usage);
	}
	if (nformat == 0)
		take_format("4x");
	out = cmd_out();
	nfile = argc;
	if (nfile == 0)
		dump(0, "<stdin>", false);
	for (; argc > 0; argc--, argv++) {
		int fd = open(*argv, OREAD);

		if (fd < 0) {
			cmd_error("can't open %s: %r", *argv);
			continue;
		}
		dump(fd, *argv, nfile > 1);
		close(fd);
	}
	cmd_end(out);
}
