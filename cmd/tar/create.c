/*
 * cmd/tar/create.c - files into an archive.
 */
#include "cmd/tar/tar.h"

static Dir *self;               /* the archive, when it is a file */

static char *
dir_name(const char *name)
{
	size_t n = strlen(name);

	return smprint("%s%s", name, n > 0 && name[n - 1] == '/' ? "" : "/");
}

/* An extended header, when the plain one has no room. */
static bool
header_write(Archive *a, const Entry *e)
{
	uint8_t block[BLOCK];

	if (!header_put(block, e, !opt.v7)) {
		char xname[] = "././@PaxHeader", none[] = "";
		Entry x = { .name = xname, .uid = none, .gid = none, .mode = 0644, .type = 'x' };
		uint8_t xblock[BLOCK];
		size_t n;
		char *records;

		if (opt.v7) {
			cmd_error("%s: the name or the size does not fit without ustar: left out", e->name);
			return false;
		}
		records = pax_put(e, &n);
		x.size = n;
		header_put(xblock, &x, true);
		archive_write(a, xblock, BLOCK);
		archive_write(a, records, n);
		archive_pad(a, n);
		free(records);
	}
	archive_write(a, block, BLOCK);
	return true;
}

/* The bytes of a file: as many as its header says, whatever happens to it meanwhile. */
static void
data_write(Archive *a, int fd, const char *name, uint64_t size)
{
	static uint8_t buf[64 << 10];
	uint64_t left = size;
	int64_t n = 1;

	for (; left > 0 && n > 0; left -= (uint64_t)n) {
		n = read(fd, buf, left < sizeof buf ? (int64_t)left : (int64_t)sizeof buf);
		if (n <= 0)
			break;
		archive_write(a, buf, (size_t)n);
	}
	if (n < 0 && !opt.ignore)
		cmd_error("error reading %s: %r", name);
	else if (left > 0 && !opt.ignore)
		cmd_error("%s became shorter: filled up with zeros", name);
	memset(buf, 0, sizeof buf);
	for (size_t part; left > 0; left -= part) {
		part = left < sizeof buf ? (size_t)left : sizeof buf;
		archive_write(a, buf, part);
	}
	archive_pad(a, size);
}

static void add(Archive *a, const char *name, const Dir *d);

static void
add_entries(Archive *a, int fd, const char *name)
{
	Dir *d;
	int64_t n = dirreadall(fd, &d);

	if (n < 0)
		cmd_error("error reading %s: %r", name);
	close(fd); /* or a deep tree would need as many */
	if (n < 0)
		return;
	for (int64_t i = 0; i < n; i++) {
		char *path = strcmp(name, ".") == 0 ? smprint("./%s", d[i].name) : cmd_join(name, d[i].name);

		if (path == NULL)
			sysfatal("%r");
		add(a, path, &d[i]);
		free(path);
	}
	free(d);
}

static void
add(Archive *a, const char *name, const Dir *d)
{
	bool dir = (d->mode & DMDIR) != 0;
	Entry e = { .mode = d->mode, .size = dir ? 0 : d->length, .mtime = d->mtime, .type = dir ? '5' : '0',
		.uid_number = opt.uid, .gid_number = opt.gid };
	const char *from = *name == '\0' ? "." : name;
	int fd;

	if (self != NULL && cmd_same(self, d)) {
		cmd_error("%s is the archive itself: left out", name);
		return;
	}
	fd = open(from, OREAD);
	if (fd < 0) {
		cmd_error("can't open %s: %r", name);
		return;
	}
	/* '#' begins the name of a device, but not here */
	e.name = dir ? dir_name(from) : smprint("%s%s", *from == '#' ? "./" : "", from);
	e.uid = cmd_strdup(d->uid);
	e.gid = cmd_strdup(d->gid);
	e.link = NULL;
	if (e.name == NULL)
		sysfatal("%r");
	if (opt.verbose)
		fprint(2, "%s\n", e.name);
	if (header_write(a, &e) && !dir)
		data_write(a, fd, name, e.size);
	if (dir)
		add_entries(a, fd, from);
	else
		close(fd);
	entry_free(&e);
}

static void
add_all(Archive *a, char **files)
{
	self = dirfstat(a->fd);
	if (self != NULL && (self->type == '|' || self->type == 'c')) {
		free(self);
		self = NULL;
	}
	for (; *files != NULL; files++) {
		Dir *d = dirstat(*files);
		char *name = cleanname(cmd_strdup(*files));

		if (d == NULL)
			cmd_error("can't stat %s: %r", *files);
		else
			add(a, name, d);
		free(name);
		free(d);
	}
	archive_finish(a);
}

void
tar_create(Archive *a, char **files)
{
	add_all(a, files);
}

/* Over the zeros at the end. */
void
tar_append(Archive *a, char **files)
{
	uint64_t end = 0;
	Entry e;

	while (archive_next(a, &e, opt.resync)) {
		archive_skip(a, blocks_size(e.size));
		end = a->at;
		entry_free(&e);
	}
	if (seek(a->fd, (int64_t)end, 0) < 0)
		sysfatal("can't seek on %s: %r", a->name);
	a->at = end;
	/* records are counted from the beginning */
	a->nrecord = 0;
	add_all(a, files);
}
