/*
 * cmd/tar/extract.c - files out of an archive, and what is in one. The names in it are
 * foreign: none of them leads out of the current directory (or under R, by "..").
 */
#include "cmd/tar/tar.h"

/* Directories get their mode and time when nothing is put into them any more. */
typedef struct Later Later;
struct Later {
	Later *next;
	char *path;
	Entry e;                /* mode, mtime, uid, gid */
};
static Later *later;

/*
 * Where an entry goes: malloc'd, "./" before it, so that #c is no device. NULL: nowhere,
 * with the reason set.
 */
static char *
target(const char *name)
{
	bool root = opt.root && *name == '/';
	char *copy, *path;

	for (const char *p = name; *p != '\0'; p += strcspn(p, "/"), p += *p == '/')
		if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0')) {
			(void)seterr(Ebadname, "it has .. in it");
			return NULL;
		}
	while (*name == '/')
		name++;
	if (*name == '\0') {
		(void)seterr(Ebadname, "it is empty");
		return NULL;
	}
	copy = cleanname(smprint("./%s", name)); /* an element '#c' stays one */
	path = smprint(root ? "/%s" : "./%s", copy);
	free(copy);
	if (path == NULL)
		sysfatal("%r");
	return path;
}

static bool
is_wanted(const char *name, char **files)
{
	size_t n;

	if (*files == NULL)
		return true;
	while (strncmp(name, "./", 2) == 0)
		name += 2;
	for (; *files != NULL; files++) {
		const char *f = *files;

		while (strncmp(f, "./", 2) == 0)
			f += 2;
		n = strlen(f);
		while (n > 0 && f[n - 1] == '/')
			n--;
		if (strncmp(name, f, n) == 0 && (name[n] == '\0' || name[n] == '/'))
			return true;
	}
	return false;
}

/* Makes the directories before the last element that are missing. */
static void
parents_make(char *path)
{
	for (char *p = strchr(path + 2, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (access(path, AEXIST) < 0) {
			int fd = create(path, OREAD, DMDIR | 0777);

			if (fd >= 0)
				close(fd);
		}
		*p = '/';
	}
}

static void
stat_set(const char *path, int fd, const Entry *e)
{
	Dir d;

	dir_null(&d);
	d.mode = e->mode;
	if (opt.restore && e->mtime <= UINT32_MAX)
		d.mtime = (uint32_t)e->mtime;
	if (fd >= 0 ? dirfwstat(fd, &d) < 0 : dirwstat(path, &d) < 0) {
		if (opt.restore)
			cmd_error("can't set the mode and time of %s: %r", path);
		return;
	}
	dir_null(&d);
	d.uid = e->uid;
	d.gid = e->gid;
	if (opt.restore && *e->uid != '\0' && *e->gid != '\0')
		(void)(fd >= 0 ? dirfwstat(fd, &d) : dirwstat(path, &d)); /* few servers let owners change */
}

static void
dir_make(const char *path, Entry *e)
{
	Dir *d = dirstat(path);
	int fd = -1;
	Later *l;

	if (d != NULL && (d->mode & DMDIR) == 0)
		cmd_error("%s is a file: no directory can be made of it", path);
	else if (d == NULL && (fd = create(path, OREAD, DMDIR | 0700 | (e->mode & 0777))) < 0)
		cmd_error("can't create %s: %r", path);
	if (fd >= 0 || (d != NULL && (d->mode & DMDIR) && opt.restore)) {
		l = cmd_alloc(NULL, sizeof *l);
		*l = (Later){ .next = later, .path = cmd_strdup(path),
			.e = { .mode = DMDIR | e->mode, .mtime = e->mtime, .uid = cmd_strdup(e->uid), .gid = cmd_strdup(e->gid) } };
		later = l;
	}
	if (fd >= 0)
		close(fd);
	free(d);
}

static void
dirs_finish(void)
{
	while (later != NULL) {
		Later *l = later;

		stat_set(l->path, -1, &l->e);
		later = l->next;
		free(l->path);
		entry_free(&l->e);
		free(l);
	}
}

/* A new file at path, open for writing; -1: told why not. */
static int
file_make(char *path, uint32_t mode)
{
	Dir *d = dirstat(path);
	int fd;

	if (d != NULL && (d->mode & DMDIR)) {
		cmd_error("%s is a directory: no file can be made of it", path);
		free(d);
		return -1;
	}
	free(d);
	fd = create(path, OWRITE, 0200 | (mode & 0777));
	if (fd < 0) {
		parents_make(path);
		remove(path); /* one that can't be written to gives way */
		fd = create(path, OWRITE, 0200 | (mode & 0777));
	}
	if (fd < 0)
		cmd_error("can't create %s: %r", path);
	return fd;
}

/* The bytes of an entry into fd; -1: nowhere. All of them are read in any case. */
static void
data_copy(Archive *a, int fd, const char *path, uint64_t size)
{
	static uint8_t buf[128 * BLOCK];
	uint64_t left = size;

	while (left > 0 && fd >= 0) {
		size_t part = left < sizeof buf ? (size_t)left : sizeof buf;

		if (!archive_read(a, buf, (size_t)blocks_size(part)))
			sysfatal("%s: unexpected end of the archive, after %llu bytes: %s is not whole", a->name, (unsigned long long)a->at, path);
		left -= part;
		if (write(fd, buf, (int64_t)part) != (int64_t)part) {
			cmd_error("error writing %s: %r", path);
			break;
		}
	}
	archive_skip(a, blocks_size(left));
}

static void
file_extract(Archive *a, const Entry *e, char *path)
{
	int fd = file_make(path, e->mode);

	data_copy(a, fd, path, e->size);
	if (fd < 0)
		return;
	stat_set(path, fd, e);
	close(fd);
}

/* A second name of a file that is there already: a copy of it. */
static void
link_extract(const Entry *e, char *path)
{
	char *from = target(e->link);
	Dir *d = from == NULL ? NULL : dirstat(from), *there = dirstat(path);
	bool made;
	int fd;

	if (from == NULL || d == NULL || (d->mode & DMDIR)) {
		cmd_error("%s: a link to %s, which is not there", path, e->link);
	} else if (there == NULL || !cmd_same(d, there)) {
		parents_make(path);
		if ((fd = cmd_copy(from, path, e->mode & 0777, &made)) >= 0)
			close(fd);
	}
	free(from);
	free(d);
	free(there);
}

static void
entry_extract(Archive *a, Entry *e)
{
	bool here = e->type == '5' && e->name[strspn(e->name, "./")] == '\0' && strstr(e->name, "..") == NULL;
	bool data = true;
	char *path;

	if (here && *e->name == '.') { /* the directory that we are in */
		archive_skip(a, blocks_size(e->size));
		return;
	}
	path = target(e->name);
	if (opt.verbose && path != NULL)
		fprint(2, "%s\n", e->name);
	if (path == NULL) {
		cmd_error("%s: left out: %r", e->name);
	} else if (e->type == '5') {
		parents_make(path);
		dir_make(path, e);
	} else if (opt.keep && access(path, AEXIST) == 0) {
		cmd_error("%s exists already", path);
	} else if (e->type == '1') {
		link_extract(e, path);
	} else if (e->type == '0') {
		file_extract(a, e, path);
		data = false;
	} else {
		fprint(2, "%s: %s: a %s: left out\n", argv0, e->name,
		    e->type == '2' ? "symbolic link" : e->type == 'S' ? "sparse file" : "special file");
	}
	free(path);
	if (data)
		archive_skip(a, blocks_size(e->size));
}

void
tar_extract(Archive *a, char **files)
{
	Entry e;

	while (archive_next(a, &e, opt.resync)) {
		if (is_wanted(e.name, files))
			entry_extract(a, &e);
		else
			archive_skip(a, blocks_size(e.size));
		entry_free(&e);
	}
	dirs_finish();
}

void
tar_list(Archive *a, char **files)
{
	Biobuf *out = cmd_out();
	char mode[12], date[32];
	Entry e;
	Tm tm;

	while (archive_next(a, &e, opt.resync)) {
		if (is_wanted(e.name, files)) {
			if (opt.verbose) {
				tm_utc((int64_t)(e.mtime > UINT32_MAX ? UINT32_MAX : e.mtime), &tm);
				tm_text(&tm, date);
				Bprint(out, "%s %8llu  %.12s %d ", cmd_mode(mode, e.mode | (e.type == '5' ? DMDIR : 0)),
				    (unsigned long long)e.size, date + 4, tm.year + 1900);
			}
			Bprint(out, "%s%s%s\n", e.name, opt.verbose && (e.type == '1' || e.type == '2') ? " -> " : "",
			    opt.verbose && (e.type == '1' || e.type == '2') ? e.link : "");
		}
		archive_skip(a, blocks_size(e.size));
		entry_free(&e);
	}
	cmd_end(out);
}
