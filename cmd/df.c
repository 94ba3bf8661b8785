/*
 * cmd/df.c - df [dir...]: what is mounted here (or on these directories), and how full it
 * is, in KiB. 9P has no question for that, so df counts: "used" is the sum of the files,
 * "size" the length of the disk that was named in the mount; what is free is at most the
 * rest (file systems need some for themselves). A - stands for what can't be known: a file
 * system in memory has no size of its own.
 * SEE   du, ns; mounts are taken from /proc/n/ns
 */
#include "lib9/cmd.h"

static Biobuf *out;

/* The files below dir, without what other servers have mounted there. */
static uint64_t
used_in(const char *dir, const Dir *root)
{
	int fd = open(dir, OREAD);
	Dir *d = NULL;
	int64_t n = fd < 0 ? fd : dirreadall(fd, &d);
	uint64_t sum = 0;

	if (fd >= 0)
		close(fd);
	if (n < 0)
		cmd_error("%s: %r", dir);
	for (int64_t i = 0; i < n; i++) {
		char *path;

		if (d[i].type != root->type || d[i].dev != root->dev)
			continue;
		if ((d[i].mode & DMDIR) == 0) {
			sum += (d[i].length + 1023) / 1024;
			continue;
		}
		path = cmd_join(dir, d[i].name);
		sum += used_in(path, root);
		free(path);
	}
	free(d);
	return sum;
}

static void
show(const char *server, const char *dir, const char *spec)
{
	Dir *root = dirstat(dir), *disk = *spec == '\0' ? NULL : dirstat(spec);
	uint64_t used, size = disk == NULL ? 0 : disk->length / 1024;
	char size_text[24] = "-", free_text[24] = "-";

	if (root == NULL) {
		cmd_error("%s: %r", dir);
	} else {
		used = used_in(dir, root);
		if (size > 0) {
			snprintf(size_text, sizeof size_text, "%llu", (unsigned long long)size);
			snprintf(free_text, sizeof free_text, "%llu", (unsigned long long)(size > used ? size - used : 0));
		}
		Bprint(out, "%10s %10llu %10s  %-12s %s%s%s\n", size_text, (unsigned long long)used, free_text, dir, server,
		    *spec != '\0' ? " " : "", spec);
	}
	free(root);
	free(disk);
}

static bool
wanted(const char *dir, char **dirs)
{
	if (*dirs == NULL)
		return true;
	for (; *dirs != NULL; dirs++)
		if (strcmp(*dirs, dir) == 0)
			return true;
	return false;
}

/* "mount [-flags] service dir [spec]" */
static bool
mount_line(char *line, char **dirs)
{
	char *word[8];
	size_t n = tokenize(line, word, nelem(word)), i = 1;

	if (n < 3 || strcmp(word[0], "mount") != 0)
		return false;
	i += word[1][0] == '-';
	if (n < i + 2 || !wanted(word[i + 1], dirs))
		return false;
	show(word[i], word[i + 1], n > i + 2 ? word[i + 2] : "");
	return true;
}

static void
mounts(Biobuf *in, const char *name, char **dirs)
{
	bool any = false;
	char *line;

	Bprint(out, "%10s %10s %10s  %-12s %s\n", "size", "used", "free<=", "mounted on", "server");
	while ((line = Brdstr(in, '\n', true)) != NULL) {
		any = mount_line(line, dirs) || any;
		free(line);
	}
	if (Berror(in) != 0)
		cmd_error("error reading %s: %r", name);
	else if (!any && *dirs != NULL)
		cmd_error("nothing is mounted on %s: ns shows what is mounted where", *dirs);
}

int
main(int argc, char **argv)
{
	char name[32];
	Biobuf *in;

	ARGBEGIN {
	default:
		cmd_usage("[dir ...]");
	} ARGEND
	USED(argc);
	for (char **p = argv; *p != NULL; p++)
		cleanname(*p);
	snprintf(name, sizeof name, "/proc/%d/ns", getpid());
	in = Bopen(name, OREAD);
	if (in == NULL)
		sysfatal("can't open %s: %r", name);
	out = cmd_out();
	mounts(in, name, argv);
	cmd_end(out);
}
