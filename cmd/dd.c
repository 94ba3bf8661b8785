/*
 * cmd/dd.c - dd [-option value]...: copies a file in blocks, with conversions.
 *   -if f -of f    input, output file (standard input, output)
 *   -bs n -ibs n -obs n  block sizes (512); with -bs and no conversion each block is
 *              written as it was read, else blocks are filled
 *   -skip n    reads and drops so many input blocks; -iseek n: seeks over them
 *   -oseek n   seeks over so many output blocks       -count n  only so many input blocks
 *   -files n   goes on through so many ends of file   -trunc 0  keeps what -of holds
 *   -quiet 1   doesn't tell, on the standard error, how many blocks: full+part
 *   -conv a,b...  lcase ucase swab noerror (a block that can't be read is zeros) sync
 *              (input blocks filled up with zeros); ascii ebcdic ibm block unblock with
 *   -cbs n     size of a record: block (ebcdic, ibm) fills lines up with blanks or cuts
 *              them, unblock (ascii) makes lines of records; 0: no records
 * A number may end in k, b (512) or m, and be a product: 2x64k.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-if file] [-of file] [-bs n] [-ibs n] [-obs n] [-cbs n] [-skip n] [-iseek n] "
	"[-oseek n] [-count n] [-files n] [-trunc n] [-quiet n] [-conv conv,...]";
enum { MAX_BLOCK = 64 << 20 };
enum { LCASE = 1, UCASE = 2, SWAB = 4, NOERROR = 8, SYNC = 16, BLOCK = 32, UNBLOCK = 64, ASCII = 128, EBCDIC = 256, IBM = 512 };

static const struct {
	const char *name;
	unsigned bits;
} convs[] = {
	{ "lcase", LCASE }, { "ucase", UCASE }, { "swab", SWAB }, { "noerror", NOERROR }, { "sync", SYNC },
	{ "block", BLOCK }, { "unblock", UNBLOCK }, { "ascii", ASCII | UNBLOCK }, { "ebcdic", EBCDIC | BLOCK }, { "ibm", IBM | BLOCK },
};

/* by POSIX's dd */
static const uint8_t ebcdic[256] = {
	0x00, 0x01, 0x02, 0x03, 0x37, 0x2d, 0x2e, 0x2f, 0x16, 0x05, 0x25, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
	0x10, 0x11, 0x12, 0x13, 0x3c, 0x3d, 0x32, 0x26, 0x18, 0x19, 0x3f, 0x27, 0x1c, 0x1d, 0x1e, 0x1f,
	0x40, 0x5a, 0x7f, 0x7b, 0x5b, 0x6c, 0x50, 0x7d, 0x4d, 0x5d, 0x5c, 0x4e, 0x6b, 0x60, 0x4b, 0x61,
	0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0x7a, 0x5e, 0x4c, 0x7e, 0x6e, 0x6f,
	0x7c, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6,
	0xd7, 0xd8, 0xd9, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xad, 0xe0, 0xbd, 0x9a, 0x6d,
	0x79, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96,
	0x97, 0x98, 0x99, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xc0, 0x4f, 0xd0, 0x5f, 0x07,
	0x20, 0x21, 0x22, 0x23, 0x24, 0x15, 0x06, 0x17, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x09, 0x0a, 0x1b,
	0x30, 0x31, 0x1a, 0x33, 0x34, 0x35, 0x36, 0x08, 0x38, 0x39, 0x3a, 0x3b, 0x04, 0x14, 0x3e, 0xe1,
	0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57,
	0x58, 0x59, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75,
	0x76, 0x77, 0x78, 0x80, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x6a, 0x9b, 0x9c, 0x9d, 0x9e,
	0x9f, 0xa0, 0xaa, 0xab, 0xac, 0x4a, 0xae, 0xaf, 0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7,
	0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xa1, 0xbe, 0xbf, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xda, 0xdb,
	0xdc, 0xdd, 0xde, 0xdf, 0xea, 0xeb, 0xec, 0xed, 0xee, 0xef, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
};
static const uint8_t ibm[256] = {
	0x00, 0x01, 0x02, 0x03, 0x37, 0x2d, 0x2e, 0x2f, 0x16, 0x05, 0x25, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
	0x10, 0x11, 0x12, 0x13, 0x3c, 0x3d, 0x32, 0x26, 0x18, 0x19, 0x3f, 0x27, 0x1c, 0x1d, 0x1e, 0x1f,
	0x40, 0x5a, 0x7f, 0x7b, 0x5b, 0x6c, 0x50, 0x7d, 0x4d, 0x5d, 0x5c, 0x4e, 0x6b, 0x60, 0x4b, 0x61,
	0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0x7a, 0x5e, 0x4c, 0x7e, 0x6e, 0x6f,
	0x7c, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6,
	0xd7, 0xd8, 0xd9, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xad, 0xe0, 0xbd, 0x5f, 0x6d,
	0x79, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96,
	0x97, 0x98, 0x99, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xc0, 0x4f, 0xd0, 0xa1, 0x07,
	0x20, 0x21, 0x22, 0x23, 0x24, 0x15, 0x06, 0x17, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x09, 0x0a, 0x1b,
	0x30, 0x31, 0x1a, 0x33, 0x34, 0x35, 0x36, 0x08, 0x38, 0x39, 0x3a, 0x3b, 0x04, 0x14, 0x3e, 0xe1,
	0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57,
	0x58, 0x59, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75,
	0x76, 0x77, 0x78, 0x80, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e,
	0x9f, 0xa0, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf, 0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7,
	0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xda, 0xdb,
	0xdc, 0xdd, 0xde, 0xdf, 0xea, 0xeb, 0xec, 0xed, 0xee, 0xef, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
};

static const char *in_name = "<stdin>", *out_name = "<stdout>";
static int64_t ibs = 512, obs = 512, bs, cbs, skip, iseek, oseek, count = -1, nfile = 1, trunc = 1, quiet;
static unsigned conv;
static int in, out = 1;
static uint8_t *block, *obuf;
static int64_t nobuf;
static uint64_t in_full, in_part, out_full, out_part, cut;
static uint8_t map[256];

static const struct {
	const char *name;
	int64_t *v;
	bool size;              /* of a block: more than 0 */
} numbers[] = {
	{ "ibs", &ibs, true }, { "obs", &obs, true }, { "bs", &bs, true }, { "cbs", &cbs, false }, { "skip", &skip, false },
	{ "iseek", &iseek, false }, { "oseek", &oseek, false }, { "count", &count, false }, { "files", &nfile, false },
	{ "trunc", &trunc, false }, { "quiet", &quiet, false },
};

static int64_t
number(const char *s)
{
	int64_t product = 1;

	for (;;) {
		char *end;
		int64_t v = strtoll(s, &end, 10), unit = 1;

		if (!isdigit((unsigned char)*s))
			cmd_usage(usage);
		for (s = end; *s != '\0' && strchr("kbm", *s) != NULL; s++)
			if (__builtin_mul_overflow(unit, *s == 'k' ? 1024 : *s == 'b' ? 512 : 1048576, &unit))
				sysfatal("number too large");
		if (__builtin_mul_overflow(v, unit, &v) || __builtin_mul_overflow(product, v, &product))
			sysfatal("number too large");
		if (*s == '\0')
			return product;
		if (*s++ != 'x')
			cmd_usage(usage);
	}
}

static void
conv_parse(char *list)
{
	char *names[16];
	size_t n = getfields(list, names, nelem(names), true, ",");

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < nelem(convs) && strcmp(convs[k].name, names[i]) != 0)
			k++;
		if (k == nelem(convs))
			sysfatal("unknown conversion %s", names[i]);
		conv |= convs[k].bits;
	}
}

static void
option(const char *name, char *value)
{
	for (size_t i = 0; i < nelem(numbers); i++)
		if (strcmp(name, numbers[i].name) == 0) {
			*numbers[i].v = number(value);
			if (numbers[i].size && (*numbers[i].v < 1 || *numbers[i].v > MAX_BLOCK))
				sysfatal("-%s: want 1 to %d bytes", name, MAX_BLOCK);
			return;
		}
	if (strcmp(name, "if") == 0)
		in_name = value;
	else if (strcmp(name, "of") == 0)
		out_name = value;
	else if (strcmp(name, "conv") == 0)
		conv_parse(value);
	else
		cmd_usage(usage);
}

static void
files_open(void)
{
	if (strcmp(in_name, "<stdin>") != 0 && (in = open(in_name, OREAD)) < 0)
		sysfatal("can't open %s: %r", in_name);
	if (strcmp(out_name, "<stdout>") == 0)
		return;
	out = trunc != 0 ? create(out_name, OWRITE, 0664) : open(out_name, OWRITE);
	if (out < 0 && trunc == 0)
		out = create(out_name, OWRITE, 0664);
	if (out < 0)
		sysfatal("can't %s %s: %r", trunc != 0 ? "create" : "open", out_name);
}

static void
report(void)
{
	if (quiet != 0)
		return;
	fprint(2, "%llu+%llu records in\n%llu+%llu records out\n", (unsigned long long)in_full, (unsigned long long)in_part,
	    (unsigned long long)out_full, (unsigned long long)out_part);
	if (cut > 0)
		fprint(2, "%llu records cut\n", (unsigned long long)cut);
}

static void
block_put(const uint8_t *p, int64_t n)
{
	if (n == 0)
		return;
	if (write(out, p, n) != n) {
		cmd_error("error writing %s: %r", out_name);
		report();
		exits("write error");
	}
	if (n == obs)
		out_full++;
	else
		out_part++;
}

static void
byte_put(uint8_t c)
{
	obuf[nobuf++] = c;
	if (nobuf == obs) {
		block_put(obuf, nobuf);
		nobuf = 0;
	}
}

/* ---- records; a record goes on from one input block to the next ---- */
static int64_t at;              /* bytes of it */
static int64_t blanks;          /* of those, blanks not yet written */

static void
record_byte(uint8_t c)
{
	if (conv & BLOCK) {
		uint8_t blank = map[' '];

		if (c != '\n') {
			if (at < cbs)
				byte_put(map[c]);
			else if (at == cbs)
				cut++;
			at++;
			return;
		}
		for (; at < cbs; at++)
			byte_put(blank);
		at = 0;
		return;
	}
	c = map[c];
	if (c == ' ') {
		blanks++;
	} else {
		for (; blanks > 0; blanks--)
			byte_put(' ');
		byte_put(c);
	}
	if (++at == cbs) {
		byte_put('\n');
		at = blanks = 0;
	}
}

static void
record_end(void)
{
	if (at == 0)
		return;
	if (conv & BLOCK)
		record_byte('\n');
	else
		byte_put('\n');
}

static void
map_make(void)
{
	for (int i = 0; i < 256; i++)
		map[i] = (uint8_t)i;
	for (int i = 0; i < 256 && (conv & ASCII) != 0; i++)
		map[ebcdic[i]] = (uint8_t)i;
	for (int i = 0; i < 256; i++) {
		int c = map[i];

		c = conv & LCASE ? tolower(c) : conv & UCASE ? toupper(c) : c;
		map[i] = conv & IBM ? ibm[c] : conv & EBCDIC ? ebcdic[c] : (uint8_t)c;
	}
}

static void
convert(int64_t n)
{
	if (conv & SWAB)
		for (int64_t i = 0; i + 1 < n; i += 2) {
			uint8_t c = block[i];

			block[i] = block[i + 1];
			block[i + 1] = c;
		}
	for (int64_t i = 0; i < n; i++)
		if ((conv & (BLOCK | UNBLOCK)) != 0 && cbs > 0)
			record_byte(block[i]);
		else
			byte_put(map[block[i]]);
}

/* The next input block; 0 at the end. */
static int64_t
block_get(void)
{
	for (;;) {
		int64_t n = read(in, block, ibs);

		if (n < 0) {
			cmd_error("error reading %s: %r", in_name);
			if ((conv & NOERROR) == 0 || seek(in, ibs, 1) < 0)
				return 0;
			memset(block, 0, (size_t)ibs);
			n = conv & SYNC ? ibs : 0;
			in_part++;
			if (n == 0)
				continue;
			return n;
		}
		if (n == 0) {
			if (--nfile > 0)
				continue;
			return 0;
		}
		if (n == ibs)
			in_full++;
		else
			in_part++;
		if (n < ibs && (conv & SYNC)) {
			memset(block + n, conv & (BLOCK | UNBLOCK) ? ' ' : 0, (size_t)(ibs - n));
			n = ibs;
		}
		return n;
	}
}

static void
position(void)
{
	if (iseek > 0 && seek(in, iseek * ibs, 1) < 0)
		sysfatal("can't seek on %s: %r", in_name);
	if (oseek > 0 && seek(out, oseek * obs, 1) < 0)
		sysfatal("can't seek on %s: %r", out_name);
	for (; skip > 0; skip--)
		if (read(in, block, ibs) <= 0)
			break;
}

int
main(int argc, char **argv)
{
	bool plain;
	int64_t n;

	argv0 = argv[0];
	for (int i = 1; i < argc; i += 2) {
		if (argv[i][0] != '-' || i + 1 == argc)
			cmd_usage(usage);
		option(argv[i] + 1, argv[i + 1]);
	}
	if (bs > 0)
		ibs = obs = bs;
	files_open();
	block = cmd_alloc(NULL, (size_t)ibs);
	obuf = cmd_alloc(NULL, (size_t)obs);
	map_make();
	position();
	plain = bs > 0 && (conv & ~(unsigned)(NOERROR | SYNC)) == 0;
	for (; count != 0 && (n = block_get()) > 0; count -= count > 0)
		if (plain)
			block_put(block, n);
		else
			convert(n);
	record_end();
	block_put(obuf, nobuf);
	report();
	cmd_end(NULL);
}
