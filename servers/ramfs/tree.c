/*
 * servers/ramfs/tree.c - a file tree in memory, as handlers for lib9/srv.h.
 *
 * REFS    A node is held by its place in its parent (1), by each fid (1) and by
 *         each of its children. A removed node lives until its last fid goes.
 * ERRORS  Enonexist Eexist Enotempty Enomem Enospc Etoobig Eperm (the root);
 *         modes, names and permissions are checked by the server library
 * LIMITS  Directory reads go by position: an entry made or removed meanwhile
 *         may shift others past the reader, as in Plan 9's ramfs.
 * SEE     tree.h; data.c for the contents; tests/unit/srv.c
 */
#include "servers/ramfs/tree_impl.h"

typedef struct Node Node;
struct Node {
	Qid qid;
	uint32_t mode, atime, mtime, refs;
	char *name, *uid, *gid, *muid;
	Tree *tree;
	Node *parent;       /* the root's is itself */
	Node **kid;         /* sorted by name */
	size_t nkid, room;
	Data data;
	uint64_t cost;      /* taken from the budget for the node itself */
	bool removed;
};

struct Tree {
	Node *root;
	Budget budget;
	uint64_t last_path;
	size_t nodes;
	uint32_t (*now)(void);
};

/* ---- nodes ---- */

/* What a node takes with its names, about. */
static uint64_t
node_cost(Str name)
{
	return sizeof(Node) + name.n + 256;
}

static void
node_put(Node *n)
{
	while (n != NULL && --n->refs == 0) {
		Node *parent = n->parent != n ? n->parent : NULL;

		data_truncate(&n->data, 0);
		budget_give(&n->tree->budget, n->cost);
		n->tree->nodes--;
		free(n->kid);
		free(n->name);
		free(n->uid);
		free(n->gid);
		free(n->muid);
		free(n);
		n = parent;
	}
}

/* With 1 reference, the caller's, and one on parent; not yet among its kids. */
static Node *
node_new(Tree *t, Node *parent, Str name, const char *uid, const char *gid, uint32_t mode)
{
	Node *n = NULL;

	if (!budget_take(&t->budget, node_cost(name))) {
		(void)seterr(Enospc, NULL);
		return NULL;
	}
	n = calloc(1, sizeof *n);
	if (n == NULL) {
		budget_give(&t->budget, node_cost(name));
		(void)seterr(Enospc, NULL);
		return NULL;
	}
	n->tree = t;
	n->cost = node_cost(name);
	n->data.budget = &t->budget;
	n->refs = 1;
	n->parent = parent != NULL ? parent : n;
	if (parent != NULL)
		parent->refs++;
	t->nodes++;
	n->name = str_dup(name);
	n->uid = str_dup(str_of(uid));
	n->gid = str_dup(str_of(gid));
	n->muid = str_dup(str_of(uid));
	n->mode = mode;
	n->atime = n->mtime = t->now();
	n->qid = (Qid){ .path = ++t->last_path, .type = (uint8_t)(mode >> 24) };
	if (n->name == NULL || n->uid == NULL || n->gid == NULL || n->muid == NULL) {
		node_put(n);
		(void)seterr(Enospc, NULL);
		return NULL;
	}
	return n;
}

static int
name_cmp(const char *a, Str b)
{
	size_t n = strlen(a);
	int c = memcmp(a, b.s, n < b.n ? n : b.n);

	return c != 0 ? c : (n > b.n) - (n < b.n);
}

/* Where name is among the kids, or would be. */
static size_t
kid_place(const Node *dir, Str name, bool *there)
{
	size_t lo = 0, hi = dir->nkid;

	*there = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = name_cmp(dir->kid[mid]->name, name);

		if (c == 0) {
			*there = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
kid_room(Node *dir)
{
	size_t room = dir->room > 0 ? 2 * dir->room : 8;
	Node **kid;

	if (dir->nkid < dir->room)
		return 0;
	kid = realloc(dir->kid, room * sizeof *kid);
	if (kid == NULL)
		return seterr(Enospc, NULL);
	dir->kid = kid;
	dir->room = room;
	return 0;
}

/* There is room, and no kid of that name. Takes over one reference of n. */
static void
kid_insert(Node *dir, Node *n)
{
	bool there;
	size_t at = kid_place(dir, str_of(n->name), &there);

	memmove(dir->kid + at + 1, dir->kid + at, (dir->nkid - at) * sizeof *dir->kid);
	dir->kid[at] = n;
	dir->nkid++;
}

static void
kid_take(Node *dir, const Node *n)
{
	bool there;
	size_t at = kid_place(dir, str_of(n->name), &there);

	memmove(dir->kid + at, dir->kid + at + 1, (dir->nkid - at - 1) * sizeof *dir->kid);
	dir->nkid--;
}

/* uid changed n: the last modifier is kept when there is no memory for a new. */
static void
node_touch(Node *n, const char *uid)
{
	char *muid = NULL;

	n->mtime = n->tree->now();
	n->qid.vers++;
	if (strcmp(n->muid, uid) == 0)
		return;
	muid = str_dup(str_of(uid));
	if (muid == NULL)
		return;
	free(n->muid);
	n->muid = muid;
}

/* ---- handlers ---- */

static Tree *
tree_of(const Req *r)
{
	return r->srv->aux;
}

static int
tree_attach(Req *r)
{
	Node *root = tree_of(r)->root;

	if (r->in.aname.n > 0)
		return seterr(Ebadspec, NULL);
	root->refs++;
	r->fid->aux = root;
	r->fid->qid = root->qid;
	return 0;
}

static int
tree_clone(Fid *from, Fid *to)
{
	Node *n = from->aux;

	n->refs++;
	to->aux = n;
	return 0;
}

static void
tree_clunk(Fid *f)
{
	node_put(f->aux);
	f->aux = NULL;
}

static int
tree_walk1(Fid *f, Str name, Qid *out)
{
	Node *dir = f->aux, *n = NULL;
	bool there;
	size_t at;

	if (str_eq(name, "..")) {
		n = dir->parent;
	} else {
		at = kid_place(dir, name, &there);
		if (!there)
			return seterr(Enonexist, NULL);
		n = dir->kid[at];
	}
	n->refs++;
	f->aux = n;
	*out = n->qid;
	node_put(dir);
	return 0;
}

static int
tree_open(Req *r)
{
	Node *n = r->fid->aux;

	if (n->removed)
		return seterr(Enonexist, NULL);
	if (r->in.mode & OTRUNC) {
		data_truncate(&n->data, 0);
		node_touch(n, r->fid->uid);
	}
	r->fid->qid = n->qid;
	return 0;
}

static int
tree_create(Req *r)
{
	Node *dir = r->fid->aux, *n = NULL;
	bool there;
	int rc;

	if (dir->removed)
		return seterr(Enonexist, NULL);
	(void)kid_place(dir, r->in.name, &there);
	if (there)
		return seterr(Eexist, NULL);
	if ((rc = kid_room(dir)) < 0)
		return rc;
	n = node_new(tree_of(r), dir, r->in.name, r->fid->uid, dir->gid, r->in.perm);
	if (n == NULL)
		return -Enospc;
	/* nothing fails any more */
	n->refs++;
	kid_insert(dir, n);
	node_touch(dir, r->fid->uid);
	r->fid->aux = n;
	r->fid->qid = n->qid;
	node_put(dir);
	return 0;
}

static int
tree_read(Req *r)
{
	Node *n = r->fid->aux;
	int64_t count = data_read(&n->data, r->data, r->in.count, r->in.offset);

	n->atime = n->tree->now();
	r->out.count = (uint32_t)count;
	return 0;
}

static int
tree_write(Req *r)
{
	Node *n = r->fid->aux;
	uint64_t off = n->mode & DMAPPEND ? n->data.length : r->in.offset;
	int64_t count = data_write(&n->data, r->in.data, r->in.count, off);

	if (count < 0)
		return (int)count;
	node_touch(n, r->fid->uid);
	r->out.count = (uint32_t)count;
	return 0;
}

static int
node_stat(const Node *n, Dir *d)
{
	*d = (Dir){ .qid = n->qid, .mode = n->mode, .atime = n->atime, .mtime = n->mtime, .length = n->data.length };
	d->name = n->name;
	d->uid = n->uid;
	d->gid = n->gid;
	d->muid = n->muid;
	return 0;
}

static int
tree_stat(Fid *f, Dir *d)
{
	return node_stat(f->aux, d);
}

static int
tree_dirent(Fid *f, size_t index, Dir *d)
{
	Node *dir = f->aux;

	dir->atime = dir->tree->now();
	if (index >= dir->nkid)
		return 0;
	(void)node_stat(dir->kid[index], d);
	return 1;
}

static int
tree_remove(Req *r)
{
	Node *n = r->fid->aux;

	if (n->parent == n)
		return seterr(Eperm, NULL);
	if (n->removed)
		return seterr(Enonexist, NULL);
	if (n->nkid > 0)
		return seterr(Enotempty, NULL);
	kid_take(n->parent, n);
	n->removed = true;
	node_touch(n->parent, r->fid->uid);
	node_put(n); /* its place in the parent; the fid still has it */
	return 0;
}

static int
wstat_new(const Node *n, const Dir *d, char **name, char **gid)
{
	bool there = false;

	if (n->removed)
		return seterr(Enonexist, NULL);
	if (d->length != UINT64_MAX && d->length > DATAMAX)
		return seterr(Etoobig, NULL);
	if (d->name[0] != '\0') {
		(void)kid_place(n->parent, str_of(d->name), &there);
		if (there)
			return seterr(Eexist, NULL);
		*name = str_dup(str_of(d->name));
		if (*name == NULL)
			return seterr(Enomem, NULL);
	}
	if (d->gid[0] != '\0') {
		*gid = str_dup(str_of(d->gid));
		if (*gid == NULL)
			return seterr(Enomem, NULL);
	}
	return 0;
}

static void
swap(char **a, char **b)
{
	char *t = *a;

	*a = *b;
	*b = t;
}

static int
tree_wstat(Req *r, const Dir *d)
{
	Node *n = r->fid->aux;
	char *name = NULL, *gid = NULL;
	int rc = wstat_new(n, d, &name, &gid);

	if (rc < 0)
		goto out;
	/* nothing fails any more */
	if (d->length != UINT64_MAX) {
		data_truncate(&n->data, d->length);
		node_touch(n, r->fid->uid);
	}
	if (name != NULL) {
		kid_take(n->parent, n);
		swap(&n->name, &name);
		kid_insert(n->parent, n);
		node_touch(n->parent, r->fid->uid);
	}
	if (gid != NULL)
		swap(&n->gid, &gid);
	if (d->mode != UINT32_MAX) {
		n->mode = d->mode;
		n->qid.type = (uint8_t)(d->mode >> 24);
	}
	if (d->mtime != UINT32_MAX)
		n->mtime = d->mtime;
	if (d->atime != UINT32_MAX)
		n->atime = d->atime;
	r->fid->qid = n->qid;
out:
	free(name);
	free(gid);
	return rc;
}

/* ---- the tree ---- */

Tree *
tree_new(const char *owner, uint32_t (*now)(void))
{
	Tree *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->now = now;
	t->budget.limit = UINT64_MAX;
	t->root = node_new(t, NULL, str_of("/"), owner, owner, DMDIR | 0777);
	if (t->root == NULL) {
		free(t);
		return NULL;
	}
	return t;
}

void
tree_limit(Tree *t, uint64_t limit, bool (*room)(uint64_t bytes))
{
	t->budget.limit = limit;
	t->budget.room = room;
}

static void
subtree_free(Node *n)
{
	while (n->nkid > 0) {
		Node *kid = n->kid[--n->nkid];

		subtree_free(kid);
	}
	node_put(n);
}

void
tree_free(Tree *t)
{
	if (t == NULL)
		return;
	subtree_free(t->root);
	free(t);
}

size_t
tree_nodes(const Tree *t)
{
	return t->nodes;
}

const SrvOps tree_ops = {
	.attach = tree_attach,
	.walk1 = tree_walk1,
	.clone = tree_clone,
	.open = tree_open,
	.create = tree_create,
	.read = tree_read,
	.dirent = tree_dirent,
	.write = tree_write,
	.remove = tree_remove,
	.stat = tree_stat,
	.wstat = tree_wstat,
	.clunk = tree_clunk,
};
