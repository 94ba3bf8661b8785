/*
 * cmd/wc.c - wc [-lwrbc] [file...]: lines, words, runes, bad UTF-8 codes, bytes;
 * without flags lines, words and bytes. A word is a string of runes between
 * white space.
 */
#include "lib9/cmd.h"

enum { Lines, Words, Runes, Bad, Bytes, NCOUNT };
static const char letters[] = "lwrbc", usage[] = "[-lwrbc] [file ...]";

static bool shown[NCOUNT];
static uint64_t total[NCOUNT];
static Biobuf *out;

static void
show(const uint64_t *count, const char *name)
{
	const char *blank = "";

	for (int i = 0; i < NCOUNT; i++)
		if (shown[i]) {
			Bprint(out, "%s%7llu", blank, (unsigned long long)count[i]);
			blank = " ";
		}
	if (name != NULL)
		Bprint(out, " %s", name);
	Bputc(out, '\n');
}

static void
count_runes(const char *p, const char *end, uint64_t *count, bool *in_word)
{
	while (p < end) {
		Rune r = (unsigned char)*p;
		int len = 1;

		if (r >= 0x80 && fullrune(p, (size_t)(end - p)))
			len = chartorune(&r, p);
		if (r == Runeerror && len == 1)
			count[Bad]++;
		else if (r >= 0x80 && len == 1)
			count[Bad]++; /* cut off by the end of the file */
		count[Runes]++;
		if (r == '\n')
			count[Lines]++;
		if (isspacerune(r)) {
			*in_word = false;
		} else if (!*in_word) {
			*in_word = true;
			count[Words]++;
		}
		p += len;
	}
}

static void
count_file(int fd, const char *name)
{
	static char buf[(64 << 10) + UTFmax];
	uint64_t count[NCOUNT] = { 0 };
	bool in_word = false;
	size_t kept = 0;
	int64_t n;

	while ((n = read(fd, buf + kept, 64 << 10)) > 0) {
		size_t have = kept + (size_t)n, whole = have;

		count[Bytes] += (uint64_t)n;
		while (whole > 0 && have - whole < UTFmax - 1 && ((unsigned char)buf[whole - 1] & 0xC0) == 0x80)
			whole--;
		if (whole > 0 && (unsigned char)buf[whole - 1] >= 0xC0 && !fullrune(buf + whole - 1, have - whole + 1))
			whole--; /* a rune goes on in the next read */
		else
			whole = have;
		count_runes(buf, buf + whole, count, &in_word);
		kept = have - whole;
		memmove(buf, buf + whole, kept);
	}
	count_runes(buf, buf + kept, count, &in_word);
	if (n < 0)
		cmd_error("%s: %r", name == NULL ? "<stdin>" : name);
	show(count, name);
	for (int i = 0; i < NCOUNT; i++)
		total[i] += count[i];
}

int
main(int argc, char **argv)
{
	bool any = false;
	const char *p;
	int nfile;

	ARGBEGIN {
	default:
		p = utfrune(letters, ARGC());
		if (p == NULL)
			cmd_usage(usage);
		shown[p - letters] = any = true;
	} ARGEND
	if (!any)
		shown[Lines] = shown[Words] = shown[Bytes] = true;
	out = cmd_out();
	nfile = argc;
	if (nfile == 0)
		count_file(0, NULL);
	for (; argc > 0; argc--, argv++) {
		int fd = open(*argv, OREAD);

		if (fd < 0) {
			cmd_error("can't open %s: %r", *argv);
			continue;
		}
		count_file(fd, *argv);
		close(fd);
	}
	if (nfile > 1)
		show(total, "total");
	cmd_end(out);
}
