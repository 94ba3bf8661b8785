/*
 * cmd/du.c - du [-afhnqstu] [-b size] [file...]: how many KiB the files take, with all
 * that is in them; a line for each directory. Without files, of the current directory.
 *   -a  files too    -s  only one line for each operand    -f  doesn't tell of errors
 *   -b  in blocks of so many bytes (a k behind it: KiB); each file takes whole ones
 *   -n  bytes, of all files    -t  times of change instead (-tu: of use)
 *   -q  qid paths instead      -h  as 3.4K, 12M, 1.2G
 * SEE   df
 */
#include "lib9/cmd.h"

static const char usage[] = "[-afhnqstu] [-b size] [file ...]";
static bool all, human, quiet, sum, bytes, times, used, paths;
static uint64_t block = 1024;
static Biobuf *out;

static void
human_text(char *buf, size_t size, uint64_t v)
{
	static const char units[] = "BKMGTPE";
	uint64_t rest = 0;
	int u = 0;

	for (; v >= 1024; u++) {
		rest = v % 1024;
		v /= 1024;
	}
	if (v < 10 && u > 0)
		snprintf(buf, size, "%llu.%llu%c", (unsigned long long)v, (unsigned long long)rest * 10 / 1024, units[u]);
	else
		snprintf(buf, size, "%llu%c", (unsigned long long)v, units[u]);
}

static void
show(const char *name, const Dir *d, uint64_t size)
{
	char text[32];

	if (times)
		snprintf(text, sizeof text, "%lu", (unsigned long)(used ? d->atime : d->mtime));
	else if (paths)
		snprintf(text, sizeof text, "%llu", (unsigned long long)d->qid.path);
	else if (human)
		human_text(text, sizeof text, size);
	else
		snprintf(text, sizeof text, "%llu", (unsigned long long)(bytes ? size : (size + block - 1) / block));
	Bprint(out, "%s\t%s\n", text, name);
}

/* What a file alone takes. */
static uint64_t
size_of(const Dir *d)
{
	return bytes ? d->length : d->length / block * block + (d->length % block != 0 ? block : 0);
}

static uint64_t
dir_size_of(const char *name)
{
	int fd = open(name, OREAD);
	uint64_t size = 0;
	Dir *entries = NULL;
	int64_t n = fd < 0 ? fd : dirreadall(fd, &entries);

	if (fd >= 0)
		close(fd);
	if (n < 0 && !quiet)
		cmd_error("%s: %r", name);
	for (int64_t i = 0; i < n; i++) {
		char *path = cmd_join(name, entries[i].name);
		bool dir = (entries[i].mode & DMDIR) != 0;
		uint64_t one = dir ? dir_size_of(path) : size_of(&entries[i]);

		size += one;
		if (!sum && (dir || all))
			show(path, &entries[i], one);
		free(path);
	}
	free(entries);
	return size;
}

static void
du(const char *name)
{
	Dir *d = dirstat(name);

	if (d == NULL) {
		if (!quiet)
			cmd_error("%s: %r", name);
		return;
	}
	show(name, d, d->mode & DMDIR ? dir_size_of(name) : size_of(d));
	free(d);
}

static uint64_t
block_parse(const char *s)
{
	char *end;
	uint64_t v = strtoull(s, &end, 10);

	if (!isdigit((unsigned char)*s) || v == 0 || v > 1 << 30 || (*end != '\0' && strcmp(end, "k") != 0))
		cmd_usage(usage);
	return *end == 'k' ? v * 1024 : v;
}

int
main(int argc, char **argv)
{
	ARGBEGIN {
	case 'a':
		all = true;
		break;
	case 'b':
		block = block_parse(EARGF(cmd_usage(usage)));
		break;
	case 'f':
		quiet = true;
		break;
	case 'h':
		human = true;
		break;
	case 'n':
		bytes = all = true;
		break;
	case 'q':
		paths = all = true;
		break;
	case 's':
		sum = true;
		break;
	case 't':
		times = all = true;
		break;
	case 'u':
		used = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	out = cmd_out();
	if (argc == 0)
		du(".");
	for (; argc > 0; argc--, argv++)
		du(*argv);
	cmd_end(out);
}
