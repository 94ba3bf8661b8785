/*
 * examples/wall9p.c - a wall to write on, for all who mount it: an example of a 9P
 * server with files that are written, explained in doc/server.md.
 *
 * USAGE   examples/wall9p         posts /srv/wall; then
 *         mount /srv/wall /mnt; echo hello >/mnt/wall; cat /mnt/wall /mnt/count
 * FILES   /wall   0666  what was written; a write goes behind it, whatever its offset
 *         /count  0444  how many writes there were
 * ERRORS  Enospc  the wall is full
 * STATE   in this process: gone when it ends
 */
#include "lib9/srv.h"
#include "lib9/sys.h"

enum { QROOT, QWALL, QCOUNT };          /* qid.path: which file a fid stands for */
enum { WALL_MAX = 64 << 10 };

static const struct { const char *name; uint32_t mode; } file[] = {
	[QROOT] = { "/", DMDIR | 0555 }, [QWALL] = { "wall", 0666 }, [QCOUNT] = { "count", 0444 },
};
static struct {
	char text[WALL_MAX];
	size_t size;
	unsigned nwrite;                /* the qids' version too: it changes when they do */
} wall;

static Qid
qid_of(uint64_t path)
{
	return (Qid){ .path = path, .vers = wall.nwrite, .type = path == QROOT ? QTDIR : QTFILE };
}

static int
wall_attach(Req *r)
{
	r->fid->qid = qid_of(QROOT);
	return 0;
}

/* One step from f: a name in the root, or ".." of a file. */
static int
wall_walk1(Fid *f, Str name, Qid *out)
{
	uint64_t path = QROOT;

	if (f->qid.path == QROOT) {
		for (path = QWALL; path < nelem(file) && !str_eq(name, file[path].name); path++)
			;
		if (path == nelem(file))
			return seterr(Enonexist, NULL);
	} else if (!str_eq(name, "..")) {
		return seterr(Enotdir, NULL);
	}
	f->qid = *out = qid_of(path);
	return 0;
}

static void
stat_of(uint64_t path, Dir *d)
{
	dir_null(d);
	d->qid = qid_of(path);
	d->mode = file[path].mode;
	d->length = path == QWALL ? wall.size : 0;
	d->atime = d->mtime = (uint32_t)srv_time();
	d->name = file[path].name;
	d->uid = d->gid = d->muid = "glenda";
}

static int
wall_stat(Fid *f, Dir *d)
{
	stat_of(f->qid.path, d);
	return 0;
}

/* Entry number index of the root, the only directory. */
static int
wall_dirent(Fid *f, size_t index, Dir *d)
{
	USED(f);
	if (QWALL + index >= nelem(file))
		return 0;
	stat_of(QWALL + index, d);
	return 1;
}

/* The library has seen to it that the fid is open for reading, and cut the count. */
static int
wall_read(Req *r)
{
	char text[24];

	if (r->fid->qid.path == QWALL) {
		r->out.count = (uint32_t)readbuf(r->data, r->in.count, r->in.offset, wall.text, wall.size);
	} else {
		snprintf(text, sizeof text, "%u\n", wall.nwrite);
		r->out.count = (uint32_t)readstr(r->data, r->in.count, r->in.offset, text);
	}
	return 0;
}

/* Only /wall can be open for writing: its mode alone allows it. */
static int
wall_write(Req *r)
{
	if (r->in.count > WALL_MAX - wall.size)
		return seterr(Enospc, "the wall is full");
	memcpy(wall.text + wall.size, r->in.data, r->in.count);
	wall.size += r->in.count;
	wall.nwrite++;
	r->out.count = r->in.count;
	return 0;
}

static const SrvOps ops = {
	.attach = wall_attach, .walk1 = wall_walk1, .stat = wall_stat, .dirent = wall_dirent,
	.read = wall_read, .write = wall_write,
};

int
main(void)
{
	Srv s = { .ops = &ops, .name = "wall9p", .check_perm = true };

	if (srv_post(&s, "wall", false) < 0)
		sysfatal("post: %r");
	exits(NULL);
}
