/*
 * servers/dosfs/main.c - dosfs, the FAT file server (as Plan 9's dossrv(4)).
 * USAGE   dosfs [-r] [-s] [-v] [-f file] [srvname]
 *         -r read-only; -s serve standard input and output; -v say what is
 *         attached; -f the disk of an attach without a name; srvname: "dos"
 * FILES   the tree of the volume in the attach name: a file in the name space
 *         that dosfs was started in, "/dev/sdC0/dos", perhaps with ":n", the
 *         sector of 512 bytes where the volume begins
 * REFS    A fid's aux holds a node and the volume it is on; a volume is closed,
 *         everything written, when its last fid goes.
 * ERRORS  see tree.c; Enoattach no such disk; Einuse another process has the
 *         disk open for writing, or this one another volume in these sectors
 *
 * The only file of dosfs with system calls. What changed is written back when
 * no request waits, when a file that was written is closed, and at the end.
 */
#include "lib9/srv.h"
#include "lib9/sys.h"
#include "servers/dosfs/dosfs_impl.h"

typedef struct Mount Mount;
struct Mount {
	Mount *next;
	Disk disk;
	Vol *vol;
	int fd;
	uint64_t begin;         /* of the volume on the disk file */
	Qid qid;                /* type, dev, qid: which disk file */
	uint16_t type;
	uint32_t dev;
	size_t nfid;
};

typedef struct Handle Handle;
struct Handle {
	Mount *mount;
	Node *node;
	bool changed;           /* through this fid: write back when it goes */
	size_t index;           /* directory: number of the entry last given out, */
	uint32_t slot, next;    /* where it was looked for, and the next one */
};

static Mount *mounts;
static const char *default_file;
static bool read_only, verbose;

/* ---- the disk ---- */

static int
file_read(Disk *d, void *buf, size_t n, uint64_t off)
{
	Mount *m = d->aux;
	uint8_t *p = buf;

	while (n) {
		int64_t got = pread(m->fd, p, (int64_t)n, (int64_t)(m->begin + off));

		if (got < 0)
			return (int)got;
		if (got == 0)
			return seterr(Eio, "disk ends at byte %llu", (unsigned long long)off);
		p += got;
		off += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

static int
file_write(Disk *d, const void *buf, size_t n, uint64_t off)
{
	Mount *m = d->aux;
	const uint8_t *p = buf;

	while (n) {
		int64_t put = pwrite(m->fd, p, (int64_t)n, (int64_t)(m->begin + off));

		if (put < 0)
			return (int)put;
		if (put == 0)
			return seterr(Eio, "disk ends at byte %llu", (unsigned long long)off);
		p += put;
		off += (uint64_t)put;
		n -= (size_t)put;
	}
	return 0;
}

static int64_t
file_now(Disk *d)
{
	USED(d);
	return srv_time();
}

/* ---- mounts ---- */

/* "file:n" -> file, n sectors in bytes. A name may contain colons. */
static uint64_t
split_offset(char *file)
{
	char *colon = strrchr(file, ':');
	uint64_t sector;

	if (!colon || parse_u64(colon + 1, strlen(colon + 1), &sector) < 0 || sector > INT64_MAX / PIECE)
		return 0;
	*colon = '\0';
	return sector * PIECE;
}

static Mount *
mount_find(const Dir *d, uint64_t begin)
{
	Mount *m;

	for (m = mounts; m; m = m->next)
		if (m->type == d->type && m->dev == d->dev && m->qid.path == d->qid.path && m->begin == begin)
			break;
	return m;
}

static void
mount_free(Mount *m)
{
	Mount **p = &mounts;

	if (m->vol && dosvol_close(m->vol) < 0)
		fprint(2, "dosfs: not written back: %r\n");
	while (*p && *p != m)
		p = &(*p)->next;
	if (*p)
		*p = m->next;
	if (m->fd >= 0)
		close(m->fd);
	free(m);
}

static bool
same_file(const Mount *m, const Dir *d)
{
	return m->type == d->type && m->dev == d->dev && m->qid.path == d->qid.path;
}

/*
 * One open for writing serves all volumes on a disk file. A disk that can't be
 * written is served for reading; one that another process writes is not: what
 * we have read of it would soon be wrong.
 */
static int
disk_open(Mount *m, const char *file, const Dir *d)
{
	for (const Mount *o = mounts; o; o = o->next)
		if (same_file(o, d) && !o->disk.readonly && (m->fd = dup(o->fd, -1)) < 0)
			return m->fd;
	if (m->fd < 0 && !read_only && (m->fd = open(file, ORDWR)) == -Einuse)
		return m->fd;
	m->disk.readonly = m->fd < 0;
	if (m->fd < 0)
		m->fd = open(file, OREAD);
	return m->fd < 0 ? m->fd : 0;
}

/* Two volumes of this server must not share sectors either. */
static int
overlap_check(const Mount *m, const char *file, const Dir *d)
{
	for (const Mount *o = mounts; o; o = o->next)
		if (same_file(o, d) && !m->vol->readonly && m->begin < o->begin + o->vol->size &&
		    o->begin < m->begin + m->vol->size)
			return seterr(Einuse, "%.40s: overlaps the volume at sector %llu, which is mounted",
			    file, (unsigned long long)(o->begin / PIECE));
	return 0;
}

static int
mount_start(Mount *m, const char *file, const Dir *d)
{
	int rc;

	if ((rc = disk_open(m, file, d)) < 0)
		return rc;
	m->disk.read = file_read;
	m->disk.write = file_write;
	m->disk.now = file_now;
	m->disk.size = d->length > m->begin ? d->length - m->begin : 0;
	m->disk.aux = m;
	m->qid = d->qid;
	m->type = d->type;
	m->dev = d->dev;
	if ((rc = dosvol_open(&m->disk, read_only, &m->vol)) < 0 || (rc = overlap_check(m, file, d)) < 0)
		return rc;
	if (verbose)
		fprint(2, "dosfs: %s: FAT%u, %u clusters of %u bytes%s\n", file, (unsigned)m->vol->bits,
		    (unsigned)m->vol->max - 2, (unsigned)m->vol->cluster, m->vol->readonly ? ", read-only" : "");
	return 0;
}

static int
mount_open(char *file, Mount **out)
{
	uint64_t begin = split_offset(file);
	Dir *d = dirstat(file);
	Mount *m;
	int rc = 0;

	if (!d)
		return -err_code(err_reason());
	if ((m = mount_find(d, begin))) {
		free(d);
		*out = m;
		return 0;
	}
	if (!(m = calloc(1, sizeof *m))) {
		free(d);
		return seterr(Enomem, "dosfs: mount");
	}
	m->fd = -1;
	m->begin = begin;
	rc = mount_start(m, file, d);
	free(d);
	if (rc < 0) {
		mount_free(m);
		return rc;
	}
	m->next = mounts;
	mounts = m;
	*out = m;
	return 0;
}

/* ---- fids ---- */

static void
sync_report(Vol *v)
{
	if (dossync_all(v) < 0)
		fprint(2, "dosfs: not written back: %r\n");
}

/* CONSUMES node. */
static Handle *
handle_new(Mount *m, Node *node)
{
	Handle *h = calloc(1, sizeof *h);

	if (!h) {
		if (dosnode_put(node) == 0)
			(void)seterr(Enomem, "dosfs: fid");
		return NULL;
	}
	h->mount = m;
	h->node = node;
	m->nfid++;
	return h;
}

static Qid
node_qid(const Node *n)
{
	return (Qid){ n->path, n->vers, dosnode_isdir(n) ? QTDIR : QTFILE };
}

static int
op_attach(Req *r)
{
	char *file = r->in.aname.n ? str_dup(r->in.aname) : default_file ? str_dup(str_of(default_file)) : NULL;
	Mount *m = NULL;
	int rc;

	if (!file)
		return seterr(Enoattach, "attach name: the disk's file");
	rc = mount_open(file, &m);
	free(file);
	if (rc < 0)
		return rc;
	r->fid->aux = handle_new(m, dosnode_get(m->vol->root));
	if (!r->fid->aux) {
		if (m->nfid == 0)
			mount_free(m);
		return -Enomem;
	}
	r->fid->qid = node_qid(m->vol->root);
	return 0;
}

static int
op_clone(Fid *from, Fid *to)
{
	Handle *h = from->aux;

	to->aux = handle_new(h->mount, dosnode_get(h->node));
	return to->aux ? 0 : -Enomem;
}

static void
op_clunk(Fid *f)
{
	Handle *h = f->aux;
	Mount *m = h->mount;

	if (h->changed)
		sync_report(m->vol);
	if (dosnode_put(h->node) < 0)
		fprint(2, "dosfs: not written back: %r\n");
	free(h);
	if (--m->nfid == 0)
		mount_free(m);
}

static int
op_walk1(Fid *f, Str name, Qid *out)
{
	Handle *h = f->aux;
	Node *n;
	int rc = dostree_walk(h->node, name, &n);

	if (rc < 0)
		return rc;
	rc = dosnode_put(h->node);
	h->node = n;
	*out = node_qid(n);
	return rc;
}

static int
op_open(Req *r)
{
	Handle *h = r->fid->aux;
	int rc = dostree_open(h->node, r->in.mode);

	if (r->in.mode & OTRUNC)
		h->changed = true;
	r->fid->qid = node_qid(h->node);
	return rc;
}

static int
op_create(Req *r)
{
	Handle *h = r->fid->aux;
	Node *n;
	int rc = dostree_create(h->node, r->in.name, r->in.perm, &n);

	if (rc < 0)
		return rc;
	h->changed = true;
	rc = dosnode_put(h->node);
	h->node = n;
	if (rc == 0)
		rc = dosfile_load(n, true);
	r->fid->qid = node_qid(n);
	return rc;
}

static int
op_read(Req *r)
{
	Handle *h = r->fid->aux;
	int64_t n = dosfile_read(h->node, r->data, r->in.count, r->in.offset);

	if (n < 0)
		return (int)n;
	r->out.count = (uint32_t)n;
	return 0;
}

static int
op_write(Req *r)
{
	Handle *h = r->fid->aux;
	int64_t n = dosfile_write(h->node, r->in.data, r->in.count, r->in.offset);

	if (n < 0)
		return (int)n;
	h->changed = true;
	r->out.count = (uint32_t)n;
	return 0;
}

static void
owner(const Fid *f, Dir *d)
{
	d->uid = d->gid = d->muid = f->uid; /* FAT has no owners: everything is whose mount it is */
}

/* Entries are found by position, not by counting: one that is removed between
 * two reads makes no other one disappear. */
static int
op_dirent(Fid *f, size_t index, Dir *d)
{
	Handle *h = f->aux;
	int rc;

	if (index == 0)
		h->next = 0;
	else if (index == h->index)
		h->next = h->slot;
	else if (index != h->index + 1)
		return seterr(Ebadoffset, "directory entry %u", (unsigned)index);
	h->index = index;
	h->slot = h->next;
	owner(f, d);
	rc = dostree_entry(h->node, &h->next, d);
	return rc;
}

static int
op_remove(Req *r)
{
	Handle *h = r->fid->aux;
	int rc = dostree_remove(h->node);

	if (rc == 0)
		h->changed = true;
	return rc;
}

static int
op_stat(Fid *f, Dir *d)
{
	Handle *h = f->aux;

	owner(f, d);
	dostree_stat(h->node, d);
	return 0;
}

static int
op_wstat(Req *r, const Dir *d)
{
	Handle *h = r->fid->aux;
	int rc = dostree_wstat(h->node, d);

	if (rc == 0)
		h->changed = true;
	r->fid->qid = node_qid(h->node);
	return rc;
}

static void
op_idle(Srv *s)
{
	USED(s);
	for (Mount *m = mounts; m; m = m->next)
		if (dossync_pending(m->vol))
			sync_report(m->vol);
}

static const SrvOps ops = {
	.attach = op_attach, .walk1 = op_walk1, .clone = op_clone, .open = op_open, .create = op_create,
	.read = op_read, .dirent = op_dirent, .write = op_write, .remove = op_remove, .stat = op_stat,
	.wstat = op_wstat, .clunk = op_clunk, .idle = op_idle,
};

static NORETURN void
usage(void)
{
	fprint(2, "usage: dosfs [-rsv] [-f file] [srvname]\n");
	exits("usage");
}

int
main(int argc, char **argv)
{
	Srv s = { .ops = &ops, .name = "dosfs", .check_perm = true };
	bool standard = false;
	int rc;

	ARGBEGIN {
	case 'r':
		read_only = true;
		break;
	case 's':
		standard = true;
		break;
	case 'v':
		verbose = true;
		break;
	case 'f':
		default_file = EARGF(usage());
		break;
	default:
		usage();
	} ARGEND
	if (argc > 1)
		usage();
	rc = standard ? srv_run(&s, 0, 1) : srv_post(&s, argc ? argv[0] : "dos", false);
	if (rc < 0)
		sysfatal("%r");
	exits(NULL);
}
