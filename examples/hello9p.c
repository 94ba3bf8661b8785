/*
 * examples/hello9p.c - a 9P server with one file. The library in lib9/srv.h does
 * the protocol; a server says what its tree is and what is in the files.
 *
 * USAGE  examples/hello9p        posts /srv/hello; then
 *        mount /srv/hello /mnt; cat /mnt/hello; ls -l /mnt; unmount /mnt
 * FILES  /hello  0444  a greeting, and how often it was read from the beginning
 * It serves until its link is closed: rm /srv/hello, and unmount.
 */
#include "lib9/srv.h"
#include "lib9/sys.h"

enum { QROOT, QHELLO };        /* qid.path: which file a fid stands for */

static unsigned nread;

static Qid
qid_of(uint64_t path)
{
	return (Qid){ .path = path, .type = path == QROOT ? QTDIR : QTFILE };
}

static int
hello_attach(Req *r)
{
	r->fid->qid = qid_of(QROOT);
	return 0;
}

/* One step: ".." of the root never comes here. */
static int
hello_walk1(Fid *f, Str name, Qid *out)
{
	uint64_t path = f->qid.path;

	if (path == QROOT && str_eq(name, "hello"))
		path = QHELLO;
	else if (path == QHELLO && str_eq(name, ".."))
		path = QROOT;
	else
		return seterr(Enonexist, NULL);
	f->qid = *out = qid_of(path);
	return 0;
}

static void
stat_of(uint64_t path, Dir *d)
{
	dir_null(d);
	d->qid = qid_of(path);
	d->mode = path == QROOT ? DMDIR | 0555 : 0444;
	d->length = 0;          /* as in /dev: it is made when it is read */
	d->atime = d->mtime = (uint32_t)time_now();
	d->name = path == QROOT ? "/" : "hello";
	d->uid = d->gid = d->muid = "glenda";
}

static int
hello_stat(Fid *f, Dir *d)
{
	stat_of(f->qid.path, d);
	return 0;
}

static int
hello_dirent(Fid *f, size_t index, Dir *d)
{
	USED(f);
	if (index > 0)
		return 0;
	stat_of(QHELLO, d);
	return 1;
}

/* r->data has room for r->in.count bytes. */
static int
hello_read(Req *r)
{
	char text[64];

	if (r->in.offset == 0)
		nread++;
	snprintf(text, sizeof text, "hello, world (%u)\n", nread);
	r->out.count = (uint32_t)readstr(r->data, r->in.count, r->in.offset, text);
	return 0;
}

static const SrvOps ops = {
	.attach = hello_attach, .walk1 = hello_walk1, .stat = hello_stat,
	.dirent = hello_dirent, .read = hello_read,
};

int
main(void)
{
	Srv s = { .ops = &ops, .name = "hello9p", .check_perm = true };

	if (srv_post(&s, "hello", false) < 0) /* forks; the child serves */
		sysfatal("post: %r");
	exits(NULL);
}
