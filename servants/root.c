/*
 * servants/root.c - #R, the root of every name space: the files of the boot
 * archive (lib9/rootar.h), read-only, and the empty directories that others
 * are mounted upon: /n/host, and /n/host1 and on where the boot argument shares says
 * that there are more. Boot modules other than CORE, the archive and screen are /boot/NAME.
 * FILES   those of the archive, with its modes but no write permission
 * ERRORS  Ereadonly for whatever would change something
 * LOCKS   none: the tree is built by reset and never changes
 * LIMITS  a damaged archive entry is left out, with a line in kmesg
 */
#include "hvm/hvm.h"
#include "lib9/rootar.h"
#include "servants/servants_impl.h"
#include "servants/virtio_impl.h"

enum { PAGE = 4096, NODE_MAX = 8192 };

typedef struct Node Node;
struct Node {
	const char *name;
	size_t name_size;
	uint32_t mode, mtime;
	const uint8_t *data;
	uint64_t size, pa;
	size_t index;
	Node *parent, *child, *last, *next;
};
static struct {
	Node *node[NODE_MAX]; /* qid.path is the index; 0 is "/" */
	size_t n;
	uint32_t mtime;
} root;

static const char *const place[] = { /* parents first */
	"/bin", "/boot", "/c", "/dev", "/env", "/fd", "/lib", "/mnt", "/n", "/n/host", "/net",
	"/proc", "/srv", "/sys", "/tmp", "/usr", "/usr/glenda",
};

static Node *
node_child(Node *dir, Str name)
{
	for (Node *e = dir->child; e != NULL; e = e->next)
		if (e->name_size == name.n && memcmp(e->name, name.s, name.n) == 0)
			return e;
	return NULL;
}

static Node *
node_new(Node *parent, Str name, uint32_t mode)
{
	Node *e = root.n < NODE_MAX ? calloc(1, sizeof *e) : NULL;

	if (e == NULL || (e->name = str_dup(name)) == NULL) {
		free(e);
		return NULL;
	}
	e->name_size = name.n;
	e->mode = mode & (DMDIR | 0555);
	e->mtime = root.mtime;
	e->parent = parent != NULL ? parent : e;
	if (parent != NULL && parent->last != NULL)
		parent->last->next = e;
	else if (parent != NULL)
		parent->child = e;
	if (parent != NULL)
		parent->last = e;
	e->index = root.n;
	root.node[root.n++] = e;
	return e;
}

/* The directory that path's last element is in, and that element; NULL: missing. */
static Node *
node_dir(const char *path, Str *last)
{
	Node *dir = root.node[0];

	for (;;) {
		path += strspn(path, "/");
		*last = (Str){ path, strcspn(path, "/") };
		path += last->n;
		if (path[strspn(path, "/")] == '\0')
			return dir;
		if ((dir = node_child(dir, *last)) == NULL || !(dir->mode & DMDIR))
			return NULL;
	}
}

/* A new file or directory; an existing directory is found again. */
static Node *
node_make(const char *path, uint32_t mode)
{
	Str last;
	Node *dir = node_dir(path, &last), *old;

	if (dir == NULL || last.n == 0)
		return NULL;
	if ((old = node_child(dir, last)) != NULL)
		return old->mode & mode & DMDIR ? old : NULL;
	return node_new(dir, last, mode);
}

static void
archive_add(const uint8_t *base, uint64_t pa, uint64_t size, const RootEnt *e)
{
	Node *f = NULL;

	if (memchr(e->path, '\0', sizeof e->path) != NULL && e->offset <= size && e->size <= size - e->offset)
		f = node_make(e->path, e->mode);
	if (f == NULL) {
		klog("#R: archive entry %.40s ignored\n", e->path);
		return;
	}
	if (f->mode & DMDIR)
		return;
	f->data = base + e->offset;
	f->size = e->size;
	f->pa = pa + e->offset;
}

static void
archive_open(const uint8_t *base, uint64_t pa, uint64_t size)
{
	RootHead h;

	if (size < sizeof h) {
		klog("#R: the archive is too short\n");
		return;
	}
	memcpy(&h, base, sizeof h);
	if (memcmp(h.magic, "LP49ROOT", 8) != 0 || h.size > size ||
	    h.count > (h.size - sizeof h) / sizeof(RootEnt)) {
		klog("#R: not a root archive\n");
		return;
	}
	root.mtime = h.mtime;
	root.node[0]->mtime = h.mtime;
	for (uint32_t i = 0; i < h.count; i++)
		archive_add(base, pa, h.size, (const RootEnt *)(const void *)(base + sizeof h) + i);
}

/* The last element of the path that is cmdline's first word. */
static Str
module_name(const char *cmdline)
{
	Str name = { cmdline, strcspn(cmdline, " ") };

	for (size_t i = 0; i < name.n; i++)
		if (cmdline[i] == '/')
			name = (Str){ cmdline + i + 1, strcspn(cmdline + i + 1, " ") };
	return name;
}

static void
module_take(uint64_t pa, size_t size, const char *cmdline)
{
	size_t in = (size_t)(pa % PAGE);
	Str name = module_name(cmdline);
	bool archive = str_eq(name, "root");
	void *va = NULL;
	char path[64];
	Node *f;

	if (name.n == 0 || str_eq(name, "core") || str_eq(name, "hvm") || str_eq(name, "screen"))
		return;
	if (size > 0 && hvm_map_phys(pa - in, (in + size + PAGE - 1) / PAGE, HVM_MODULE, &va) < 0) {
		klog("#R: module %s: %s\n", cmdline, err_reason());
		return;
	}
	if (archive) {
		archive_open(va == NULL ? NULL : (uint8_t *)va + in, pa, size);
		return;
	}
	snprintf(path, sizeof path, "/boot/%.*s", (int)name.n, name.s);
	if ((f = node_make(path, 0555)) != NULL) {
		f->data = (uint8_t *)va + in;
		f->size = size;
		f->pa = pa;
	}
}

static int
root_reset(void)
{
	char cmdline[256], path[32];
	uint64_t pa, nshare = 0;
	size_t size;

	if (node_new(NULL, str_of("/"), DMDIR | 0555) == NULL ||
	    node_make("/boot", DMDIR | 0555) == NULL)
		return seterr(Enomem, "#R");
	for (int i = 0; hvm_bootinfo(i, &pa, &size, cmdline, sizeof cmdline) == 0; i++)
		module_take(pa, size, cmdline);
	for (size_t i = 0; i < nelem(place); i++)
		if (node_make(place[i], DMDIR | 0555) == NULL)
			return seterr(Enomem, "#R: %s", place[i]);
	if (plat_bootarg("shares", cmdline, sizeof cmdline) >= 0)
		(void)parse_u64(cmdline, strlen(cmdline), &nshare);
	for (unsigned i = 1; i < nshare && i < SHARE_MAX; i++) {
		snprintf(path, sizeof path, "/n/host%u", i);
		if (node_make(path, DMDIR | 0555) == NULL)
			return seterr(Enomem, "#R: %s", path);
	}
	return 0;
}

static Node *
node_of(const Chan *c)
{
	return root.node[c->qid.path];
}

static int
root_step(Chan *nc, Str name)
{
	Node *dir = node_of(nc), *e;

	e = str_eq(name, "..") ? dir->parent : node_child(dir, name);
	if (e == NULL)
		return seterr(Enonexist, "%.*s", (int)name.n, name.s);
	nc->qid = qid_of(e->index, 0, e->mode & DMDIR ? QTDIR : QTFILE);
	return 0;
}

static int64_t
root_walk(Chan *c, Chan *nc, const Str *name, size_t n, Qid *qid)
{
	USED(c);
	return walk_each(nc, name, n, qid, root_step);
}

static int
root_attach(const char *spec, Chan **out)
{
	return attach_root(&servant_root, spec, out);
}

static void
root_dir(const Chan *c, const Node *e, Dir *d)
{
	dir_set(d, c, e->name, qid_of(e->index, 0, e->mode & DMDIR ? QTDIR : QTFILE), e->mode, e->size);
	d->atime = d->mtime = e->mtime;
}

static int
root_gen(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs)
{
	Node *e = node_of(c)->child;

	USED(strs);
	USED(nstrs);
	while (e != NULL && i-- > 0)
		e = e->next;
	if (e == NULL)
		return 0;
	root_dir(c, e, d);
	return 1;
}

static int64_t
root_stat(Chan *c, uint8_t *buf, size_t n)
{
	Dir d;

	root_dir(c, node_of(c), &d);
	return servant_stat(c, buf, n, &d);
}

static int
root_open(Chan *c, int omode)
{
	Node *e = node_of(c);
	int how = omode & 3;

	if (how == OWRITE || how == ORDWR || omode & (OTRUNC | ORCLOSE))
		return seterr(e->mode & DMDIR ? Eisdir : Ereadonly, NULL);
	if (e->mode & DMDIR && how == OEXEC)
		return seterr(Eisdir, NULL);
	return servant_perm(eve, e->mode, omode);
}

static int64_t
root_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	Node *e = node_of(c);

	if (e->mode & DMDIR)
		return servant_dirread(c, buf, n, off, root_gen);
	return readbuf(buf, n, off, e->data, (size_t)e->size);
}

static int64_t
root_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	USED(c), USED(buf), USED(n), USED(off);
	return seterr(Ereadonly, NULL);
}

static int
root_create(Chan *c, Str name, int omode, uint32_t perm)
{
	USED(c), USED(omode), USED(perm);
	return seterr(Ereadonly, "%.*s", (int)name.n, name.s);
}

static int
root_remove(Chan *c)
{
	USED(c);
	return seterr(Ereadonly, NULL);
}

static int
root_wstat(Chan *c, const uint8_t *buf, size_t n)
{
	USED(c), USED(buf), USED(n);
	return seterr(Ereadonly, NULL);
}

int
root_phys(Chan *c, uint64_t *pa, size_t *size)
{
	Node *e = c->servant == &servant_root ? node_of(c) : NULL;

	if (e == NULL || e->mode & DMDIR || e->data == NULL || e->pa % PAGE != 0)
		return seterr(Ebadusefd, NULL);
	*pa = e->pa;
	*size = (size_t)e->size;
	return 0;
}

const Servant servant_root = {
	.dc = 'R', .name = "root",
	.reset = root_reset, .attach = root_attach, .walk = root_walk, .stat = root_stat,
	.open = root_open, .create = root_create, .read = root_read, .write = root_write,
	.remove = root_remove, .wstat = root_wstat,
};
