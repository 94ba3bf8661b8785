/*
 * cmd/cmp.c - cmp [-lsL] file1 file2 [offset1 [offset2]]: compares two files.
 * Says where they differ first, by byte and with -L by line; -l: each byte that
 * differs, in hexadecimal; -s: nothing. The status is empty when they are the
 * same, "differ" when not, "EOF" when one is the other's beginning, "open" when one
 * can't be read.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-lsL] file1 file2 [offset1 [offset2]]";
enum { BUF = 64 << 10 };
static char bufs[2][BUF];

static int
open_at(const char *name, const char *offset)
{
	int fd = strcmp(name, "-") == 0 ? 0 : open(name, OREAD);
	int64_t off;
	char *end;

	if (fd < 0) {
		cmd_error("can't open %s: %r", name);
		exits("open");
	}
	if (offset == NULL)
		return fd;
	off = strtoll(offset, &end, 0);
	if (*end != '\0' || off < 0)
		cmd_usage(usage);
	if (seek(fd, off, 0) < 0)
		sysfatal("can't seek %s: %r", name);
	return fd;
}

static NORETURN void
end(Biobuf *out, const char *status)
{
	if (Bflush(out) < 0 || Berror(out) != 0)
		cmd_end(out);
	exits(status);
}

int
main(int argc, char **argv)
{
	bool list = false, silent = false, by_line = false, same = true;
	int64_t at = 1, line = 1, n[2];
	int fd[2];
	Biobuf *out;

	ARGBEGIN {
	case 'l':
		list = true;
		break;
	case 's':
		silent = true;
		break;
	case 'L':
		by_line = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc < 2 || argc > 4)
		cmd_usage(usage);
	out = cmd_out();
	for (int i = 0; i < 2; i++)
		fd[i] = open_at(argv[i], argc > 2 + i ? argv[2 + i] : NULL);
	for (;;) {
		int64_t k;

		for (int i = 0; i < 2; i++)
			if ((n[i] = readn(fd[i], bufs[i], BUF)) < 0)
				sysfatal("error reading %s: %r", argv[i]);
		k = n[0] < n[1] ? n[0] : n[1];
		if (by_line || list || !same || memcmp(bufs[0], bufs[1], (size_t)k) != 0)
			for (int64_t i = 0; i < k; i++) {
				if (bufs[0][i] == bufs[1][i]) {
					line += bufs[0][i] == '\n';
					continue;
				}
				same = false;
				if (silent)
					exits("differ");
				if (!list) {
					Bprint(out, "%s %s differ: char %lld", argv[0], argv[1], (long long)(at + i));
					Bprint(out, by_line ? " line %lld\n" : "\n", (long long)line);
					end(out, "differ");
				}
				Bprint(out, "%6lld 0x%.2x 0x%.2x\n", (long long)(at + i), (unsigned char)bufs[0][i], (unsigned char)bufs[1][i]);
			}
		at += k;
		if (n[0] != n[1]) {
			const char *shorter = argv[n[0] < n[1] ? 0 : 1];
			if (!silent)
				Bprint(out, "EOF on %s after %lld bytes\n", shorter, (long long)(at - 1));
			end(out, same ? "EOF" : "differ");
		}
		if (n[0] == 0)
			end(out, same ? NULL : "differ");
	}
}
