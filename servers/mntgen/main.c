/*
 * servers/mntgen/main.c - mount points on demand: any name that is looked for in it is an
 * empty directory, as long as somebody uses it (a mount does).
 * USAGE   mntgen [-s service] [mnt]
 *         mounts itself on mnt (/n), behind what is there already
 *         -s  posts /srv/service too
 * STATE   the names in use, in this process alone
 * ERRORS  Enomem at 10000 names at the same time; nothing can be created or written
 * SEE     mntgen(4); lib9/srv.h
 */
#include "lib9/cmd.h"
#include "lib9/srv.h"

enum { NODE_MAX = 10000 };

typedef struct Node Node;
struct Node {
	Node *next;
	uint64_t path;          /* of the qid: the root is 0 */
	uint32_t refs;          /* fids that are there */
	char name[];
};
static Node *nodes;             /* in use */
static size_t nnode;
static uint32_t started;

static Qid
qid_of(const Node *n)
{
	return (Qid){ n == NULL ? 0 : n->path, 0, QTDIR };
}

static Node *
node_get(Str name)
{
	static uint64_t paths;
	Node *n = nodes;

	while (n != NULL && !str_eq(name, n->name))
		n = n->next;
	if (n == NULL && nnode < NODE_MAX && (n = malloc(sizeof *n + name.n + 1)) != NULL) {
		*n = (Node){ .next = nodes, .path = ++paths };
		memcpy(n->name, name.s, name.n);
		n->name[name.n] = '\0';
		nodes = n;
		nnode++;
	}
	if (n != NULL)
		n->refs++;
	return n;
}

static void
node_put(Node *n)
{
	Node **p = &nodes;

	if (n == NULL || --n->refs > 0)
		return;
	while (*p != n)
		p = &(*p)->next;
	*p = n->next;
	nnode--;
	free(n);
}

static int
op_attach(Req *r)
{
	r->fid->aux = NULL;
	r->fid->qid = qid_of(NULL);
	return 0;
}

static int
op_clone(Fid *from, Fid *to)
{
	Node *n = from->aux;

	if (n != NULL)
		n->refs++;
	to->aux = n;
	return 0;
}

static void
op_clunk(Fid *f)
{
	node_put(f->aux);
	f->aux = NULL;
}

static int
op_walk1(Fid *f, Str name, Qid *out)
{
	Node *n = NULL;

	if (!str_eq(name, "..")) {
		if (f->aux != NULL)
			return seterr(Enonexist, NULL);
		n = node_get(name);
		if (n == NULL)
			return seterr(Enomem, "mntgen: %d names are in use", NODE_MAX);
	}
	node_put(f->aux);
	f->aux = n;
	*out = qid_of(n);
	return 0;
}

static void
dir_fill(const Node *n, Dir *d)
{
	*d = (Dir){ .qid = qid_of(n), .mode = DMDIR | 0555, .atime = started, .mtime = started,
		.name = n == NULL ? "/" : n->name, .uid = "none", .gid = "none", .muid = "none" };
}

static int
op_stat(Fid *f, Dir *d)
{
	dir_fill(f->aux, d);
	return 0;
}

static int
op_dirent(Fid *f, size_t index, Dir *d)
{
	const Node *n = f->aux == NULL ? nodes : NULL;

	while (n != NULL && index-- > 0)
		n = n->next;
	if (n == NULL)
		return 0;
	dir_fill(n, d);
	return 1;
}

static const SrvOps ops = {
	.attach = op_attach, .walk1 = op_walk1, .clone = op_clone, .clunk = op_clunk, .stat = op_stat, .dirent = op_dirent,
};

int
main(int argc, char **argv)
{
	static const char usage[] = "[-s service] [mnt]";
	Srv s = { .ops = &ops, .name = "mntgen", .check_perm = true };
	const char *service = NULL;

	ARGBEGIN {
	case 's':
		service = EARGF(cmd_usage(usage));
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc > 1)
		cmd_usage(usage);
	started = (uint32_t)srv_time();
	if (srv_postmount(&s, service, argc == 1 ? *argv : "/n", MAFTER) < 0)
		sysfatal("%r");
	exits(NULL);
}
