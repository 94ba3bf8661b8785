/*
 * servers/dosfs/node.c - files in use, and the numbers that tell them apart.
 *
 * FAT has no inode numbers. A file's qid.path is the position of its directory
 * entry, until that position has been left by a rename or a remove: from then
 * on Vol.idents says what the position stands for. So a path is never given to
 * two files while the volume is mounted, a renamed file keeps its own, and
 * idents grows only with positions that were left or files that were changed.
 * REFS    each fid holds one, a node holds its parent; the volume holds root.
 */
#include "servers/dosfs/dosfs_impl.h"

static Node **
bucket(Vol *v, uint64_t loc)
{
	return &v->nodes[loc / SLOT % nelem(v->nodes)];
}

/* ---- identities ---- */

static Ident *
ident_slot(Ident *t, size_t room, uint64_t key)
{
	size_t i = (size_t)(key * 0x9E3779B97F4A7C15u >> 20) & (room - 1);

	while (t[i].key && t[i].key != key)
		i = (i + 1) & (room - 1);
	return &t[i];
}

static int
ident_grow(Vol *v)
{
	size_t room = v->ident_room ? 2 * v->ident_room : 64;
	Ident *t = calloc(room, sizeof *t);

	if (!t)
		return seterr(Enomem, "dosfs: identities");
	for (size_t i = 0; i < v->ident_room; i++)
		if (v->idents[i].key)
			*ident_slot(t, room, v->idents[i].key) = v->idents[i];
	free(v->idents);
	v->idents = t;
	v->ident_room = room;
	return 0;
}

Ident *
dosident_find(Vol *v, uint64_t loc)
{
	Ident *id;

	if (!v->ident_room)
		return NULL;
	id = ident_slot(v->idents, v->ident_room, loc / SLOT);
	return id->key ? id : NULL;
}

/* After this dosident_find(v, loc) finds; what it says has not changed. */
int
dosident_reserve(Vol *v, uint64_t loc)
{
	Ident *id;
	int rc;

	if (dosident_find(v, loc))
		return 0;
	if (4 * (v->nident + 1) > 3 * v->ident_room && (rc = ident_grow(v)) < 0)
		return rc;
	id = ident_slot(v->idents, v->ident_room, loc / SLOT);
	*id = (Ident){ .key = loc / SLOT, .path = loc / SLOT };
	v->nident++;
	return 0;
}

/* ---- nodes ---- */

bool
dosnode_isdir(const Node *n)
{
	return n->raw[DE_ATTR] & ATTR_DIR;
}

int
dosnode_damaged(const Node *n, const char *fmt, ...)
{
	char what[ERRMAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	return seterr(Ecorrupt, "%.40s: %s", n->name, what);
}

static void
node_identify(Node *n)
{
	Ident *id = dosident_find(n->vol, n->loc);

	n->path = n->loc / SLOT;
	n->vers = le32(n->raw + DE_MTIME); /* time and date: differs from mount to mount */
	if (!id)
		return;
	if (id->path == 0) {
		id->path = n->vol->fresh++;
		id->has_vers = false;
	}
	n->path = id->path;
	if (id->has_vers)
		n->vers = id->vers;
}

int
dosnode_new(Node *parent, const Dent *e, Node **out)
{
	Vol *v = parent->vol;
	Node *n = *bucket(v, e->loc);

	while (n && n->loc != e->loc)
		n = n->next;
	if (n) {
		*out = dosnode_get(n);
		return 0;
	}
	n = calloc(1, sizeof *n);
	if (!n || !(n->name = str_dup(str_of(e->name)))) {
		free(n);
		return seterr(Enomem, "dosfs: node");
	}
	n->vol = v;
	n->parent = dosnode_get(parent);
	n->refs = 1;
	n->loc = e->loc;
	n->first = e->first;
	n->slot = e->slot;
	memcpy(n->raw, e->raw, SLOT);
	n->start = le16(n->raw + DE_START);
	if (v->bits == 32)
		n->start |= le16(n->raw + DE_STARTHI) << 16;
	n->size = dosnode_isdir(n) ? 0 : le32(n->raw + DE_SIZE);
	node_identify(n);
	n->next = *bucket(v, n->loc);
	*bucket(v, n->loc) = n;
	v->nnode++;
	*out = n;
	return 0;
}

Node *
dosnode_get(Node *n)
{
	n->refs++;
	return n;
}

static void
unhash(Node *n)
{
	Node **p = bucket(n->vol, n->loc);

	while (*p && *p != n)
		p = &(*p)->next;
	if (*p)
		*p = n->next;
	n->next = NULL;
}

/* The last reference to n, which is not the root, has gone. */
static int
node_end(Node *n)
{
	int rc = 0;

	if (n->removed)
		rc = dossync_free(n->vol, n->start);
	else
		rc = dosnode_flush(n);
	if (!n->removed)
		unhash(n);
	dosfile_unload(n);
	n->vol->nnode--;
	free(n->name);
	free(n);
	return rc;
}

int
dosnode_put(Node *n)
{
	int rc = 0;

	while (n && --n->refs == 0) {
		Node *parent = n->parent;
		int one = node_end(n);

		if (one < 0)
			rc = one;
		n = parent;
	}
	return rc;
}

int
dosnode_flush(Node *n)
{
	uint8_t *p;
	int rc;

	if (!n->dirty || n->removed || !n->parent)
		return 0;
	if ((rc = dosblk_edit(n->vol, n->loc, &p)) < 0)
		return rc;
	memcpy(p, n->raw, SLOT);
	n->dirty = false;
	return 0;
}

int
dosnode_flush_all(Vol *v)
{
	int rc;

	for (size_t i = 0; i < nelem(v->nodes); i++)
		for (Node *n = v->nodes[i]; n; n = n->next)
			if ((rc = dosnode_flush(n)) < 0)
				return rc;
	return 0;
}

/* REQUIRES both positions reserved. */
void
dosnode_move(Node *n, uint64_t loc)
{
	Vol *v = n->vol;
	Ident *to = dosident_find(v, loc);

	if (loc == n->loc)
		return;
	dosident_find(v, n->loc)->path = 0;
	to->path = n->path;
	to->vers = n->vers;
	to->has_vers = true;
	unhash(n);
	n->loc = loc;
	n->next = *bucket(v, loc);
	*bucket(v, loc) = n;
}

/* REQUIRES its position reserved. */
void
dosnode_forget(Node *n)
{
	Ident *id = dosident_find(n->vol, n->loc);

	id->path = 0;
	id->has_vers = false;
	unhash(n);
	n->removed = true;
	n->dirty = false;
}

void
dosnode_changed(Node *n)
{
	uint32_t date, time;
	Ident *id;

	n->vers++;
	if (!n->parent) {
		dostime_dos(n->vol->disk->now(n->vol->disk), &date, &time);
		put_le16(n->raw + DE_MTIME, time);
		put_le16(n->raw + DE_MDATE, date);
		return; /* the root has no entry */
	}
	dostime_dos(n->vol->disk->now(n->vol->disk), &date, &time);
	put_le16(n->raw + DE_MTIME, time);
	put_le16(n->raw + DE_MDATE, date);
	put_le16(n->raw + DE_ADATE, date);
	if (!dosnode_isdir(n))
		n->raw[DE_ATTR] |= ATTR_ARCHIVE;
	n->dirty = true;
	if (!n->removed && (id = dosident_find(n->vol, n->loc))) {
		id->vers = n->vers;
		id->has_vers = true;
	}
}
