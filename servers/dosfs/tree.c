/*
 * servers/dosfs/tree.c - what 9P asks for: walk, open, create, remove, stat,
 * wstat. Each change checks everything, then acts on the cache; sync.c brings
 * it to the disk.
 * FILES   mode 0777, without the write bits if the read-only attribute is set;
 *         directories too. length of a directory: 0
 * ERRORS  Enonexist Eexist Eperm Enotempty Enospc Ecorrupt Ereadonly Etoobig
 */
#include "servers/dosfs/dosfs_impl.h"

/* A directory among its own ancestors would make paths without end. */
static int
circle_check(const Node *n)
{
	for (const Node *up = n->parent; up; up = up->parent)
		if (up->start == n->start)
			return dosnode_damaged(n, "directory contains itself: cluster %u", (unsigned)n->start);
	return 0;
}

int
dostree_walk(Node *dir, Str name, Node **out)
{
	Dent e;
	Node *n;
	int rc;

	if (str_eq(name, "..")) { /* of a file, too: srv.c asks for its folder's permission */
		*out = dosnode_get(dir->parent ? dir->parent : dir);
		return 0;
	}
	if (!dosnode_isdir(dir))
		return seterr(Enotdir, "%.40s", dir->name);
	if (dir->removed)
		return seterr(Enonexist, "%.40s", dir->name);
	if ((rc = dosdir_find(dir, name, &e)) < 0 || (rc = dosnode_new(dir, &e, &n)) < 0)
		return rc;
	if (dosnode_isdir(n) && (rc = circle_check(n)) < 0) {
		if (dosnode_put(n) < 0)
			return -Eio;
		return rc;
	}
	*out = n;
	return 0;
}

int
dostree_open(Node *n, int mode)
{
	bool write = (mode & 3) == OWRITE || (mode & 3) == ORDWR || (mode & OTRUNC);
	int rc;

	if (n->removed && dosnode_isdir(n))
		return seterr(Enonexist, "%.40s", n->name);
	if (write && dosnode_isdir(n))
		return seterr(Eisdir, "%.40s", n->name);
	if (write && (rc = dosvol_change(n->vol)) < 0)
		return rc;
	if ((rc = dosfile_load(n, write)) < 0)
		return rc;
	return mode & OTRUNC ? dosfile_resize(n, 0) : 0;
}

static void
stamp(const Vol *v, uint8_t *raw)
{
	uint32_t date, time;
	int64_t now = v->disk->now(v->disk);

	dostime_dos(now, &date, &time);
	raw[DE_CTENTH] = (uint8_t)(now & 1 ? 100 : 0);
	put_le16(raw + DE_CTIME, time);
	put_le16(raw + DE_CDATE, date);
	put_le16(raw + DE_ADATE, date);
	put_le16(raw + DE_MTIME, time);
	put_le16(raw + DE_MDATE, date);
}

static void
dots(const Vol *v, const Node *parent, uint32_t self, const uint8_t *raw, uint8_t *two)
{
	uint32_t up = parent->parent ? parent->start : 0; /* the root is always 0 here */

	for (int i = 0; i < 2; i++) {
		uint8_t *p = two + i * SLOT;
		uint32_t c = i ? up : self;

		memcpy(p, raw, SLOT);
		memset(p, ' ', 11);
		memset(p, '.', (size_t)i + 1);
		p[DE_ATTR] = ATTR_DIR;
		put_le16(p + DE_START, c);
		put_le16(p + DE_STARTHI, v->bits == 32 ? c >> 16 : 0);
	}
}

/* A cluster with . and .. on the disk, that nothing leads to yet. */
static int
dir_content(Node *parent, uint8_t *raw, Chain *ch)
{
	Vol *v = parent->vol;
	uint8_t two[2 * SLOT];
	uint64_t at;
	int rc = dosfat_alloc(v, 1, 0, ch);

	if (rc < 0)
		return rc;
	at = dosfat_where(v, ch->first);
	dots(v, parent, ch->first, raw, two);
	if ((rc = dosblk_store(v, at, NULL, v->cluster)) < 0 ||
	    (rc = dosblk_store(v, at, two, sizeof two)) < 0) {
		if (dosfat_release(v, ch->first) < 0)
			return -Eio;
		ch->count = 0;
		return rc;
	}
	put_le16(raw + DE_START, ch->first);
	if (v->bits == 32)
		put_le16(raw + DE_STARTHI, ch->first >> 16);
	return 0;
}

static int
entry_new(Node *dir, Str name, const Place *p, uint8_t *raw, Node **out)
{
	Node *n;
	Dent e;
	int rc;

	memcpy(raw, p->alias, sizeof p->alias);
	memcpy(e.raw, raw, SLOT);
	e.first = p->first;
	e.slot = p->first + p->count - 1;
	memcpy(e.name, name.s, name.n);
	e.name[name.n] = '\0';
	if ((rc = dosdir_where(dir, e.slot, &e.loc)) < 0)
		return rc;
	if ((rc = dosident_reserve(dir->vol, e.loc)) < 0 || (rc = dosnode_new(dir, &e, &n)) < 0)
		return rc;
	if ((rc = dosdir_put(dir, p, n->raw, &e.loc)) < 0) {
		dosnode_forget(n);
		n->start = 0; /* the caller's to release */
		return dosnode_put(n) < 0 ? -Eio : rc;
	}
	*out = n;
	return 0;
}

int
dostree_create(Node *dir, Str name, uint32_t perm, Node **out)
{
	uint8_t raw[SLOT] = { 0 };
	Chain ch = { 0, 0, 0, false };
	Place p;
	int rc;

	if (!dosnode_isdir(dir) || dir->removed)
		return seterr(Enonexist, "%.40s", dir->name);
	if (perm & (DMAPPEND | DMEXCL))
		return seterr(Eperm, "FAT has no append-only or exclusive files");
	if ((rc = dosvol_change(dir->vol)) < 0 || (rc = dosdir_place(dir, name, NULL, &p)) < 0)
		return rc;
	stamp(dir->vol, raw);
	raw[DE_ATTR] = perm & DMDIR ? ATTR_DIR : ATTR_ARCHIVE;
	raw[DE_ATTR] |= perm & 0222 ? 0 : ATTR_RO;
	if (perm & DMDIR && (rc = dir_content(dir, raw, &ch)) < 0)
		return rc;
	if ((rc = entry_new(dir, name, &p, raw, out)) < 0) {
		if (ch.count && dosfat_release(dir->vol, ch.first) < 0)
			return -Eio;
		return rc;
	}
	dosnode_changed(dir);
	return 0;
}

int
dostree_remove(Node *n)
{
	int rc;

	if (!n->parent)
		return seterr(Eperm, "the root directory");
	if (n->removed)
		return seterr(Enonexist, "%.40s", n->name);
	if (n->raw[DE_ATTR] & ATTR_RO)
		return seterr(Eperm, "%.40s is read-only", n->name);
	if ((rc = dosvol_change(n->vol)) < 0 || (rc = dosfile_load(n, true)) < 0)
		return rc;
	if (dosnode_isdir(n) && (rc = dosdir_empty(n)) < 0)
		return rc;
	if ((rc = dosfile_load(n->parent, true)) < 0 || (rc = dosident_reserve(n->vol, n->loc)) < 0)
		return rc;
	if ((rc = dosdir_erase(n->parent, n->first, n->slot)) < 0)
		return rc;
	dosnode_forget(n);
	dosnode_changed(n->parent);
	return 0;
}

static void
raw_stat(const uint8_t *raw, Dir *d)
{
	bool dir = raw[DE_ATTR] & ATTR_DIR;

	d->qid.type = dir ? QTDIR : QTFILE;
	d->mode = (dir ? DMDIR : 0) | (raw[DE_ATTR] & ATTR_RO ? 0555 : 0777);
	d->mtime = (uint32_t)dostime_unix(le16(raw + DE_MDATE), le16(raw + DE_MTIME));
	d->atime = (uint32_t)dostime_unix(le16(raw + DE_ADATE), 0);
	d->length = dir ? 0 : le32(raw + DE_SIZE);
}

void
dostree_stat(Node *n, Dir *d)
{
	raw_stat(n->raw, d);
	d->qid.path = n->path;
	d->qid.vers = n->vers;
	d->name = n->name;
}

/* The next entry of dir from *slot on. d->name is good until the next call. */
int
dostree_entry(Node *dir, uint32_t *slot, Dir *d)
{
	Vol *v = dir->vol;
	const Node *n;
	Ident *id;
	Dent e;
	int rc;

	if (dir->removed)
		return 0;
	if ((rc = dosdir_next(dir, slot, &e)) <= 0)
		return rc;
	for (n = v->nodes[e.loc / SLOT % nelem(v->nodes)]; n && n->loc != e.loc; n = n->next)
		;
	raw_stat(n ? n->raw : e.raw, d);
	id = dosident_find(v, e.loc);
	d->qid.path = n ? n->path : id ? id->path : e.loc / SLOT;
	d->qid.vers = n ? n->vers : id && id->has_vers ? id->vers : le32(e.raw + DE_MTIME);
	snprintf(v->text, sizeof v->text, "%s", e.name);
	d->name = v->text;
	return 1;
}

/* ---- wstat ---- */

static bool
one_sector(Node *dir, uint32_t a, uint32_t b, uint32_t c)
{
	uint64_t x, y, z;

	if (dosdir_where(dir, a, &x) < 0 || dosdir_where(dir, b, &y) < 0 || dosdir_where(dir, c, &z) < 0)
		return false;
	return x / dir->vol->sector == y / dir->vol->sector && y / dir->vol->sector == z / dir->vol->sector;
}

/* The old entry goes and the new one comes in the same write. */
static int
entry_replace(Node *n, const Place *p, uint8_t *raw, uint64_t *loc)
{
	uint32_t last = p->first + p->count - 1;
	int rc = 0;

	if (last != n->slot)
		rc = dosdir_erase(n->parent, n->first, n->slot);
	else if (n->first < p->first)
		rc = dosdir_erase(n->parent, n->first, p->first - 1);
	if (rc < 0)
		return rc;
	n->dirty = false; /* else a sync would bring the old entry back */
	return dosdir_put(n->parent, p, raw, loc);
}

/*
 * In different sectors: the new entry is on the disk before the old one goes.
 * Stopped in between, the file has both names, and fsck.fat takes one of them
 * away; the other way round it would have none, and its bytes would be lost.
 */
static int
entry_copy(Node *n, const Place *p, uint8_t *raw, uint64_t *loc)
{
	char why[ERRMAX];
	int rc = dossync_all(n->vol);

	if (rc < 0)
		return rc;
	memcpy(raw, n->raw, SLOT);
	if ((rc = dosdir_put(n->parent, p, raw, loc)) == 0 && (rc = dossync_all(n->vol)) == 0)
		rc = dosdir_erase(n->parent, n->first, n->slot);
	if (rc == 0)
		return 0;
	snprintf(why, sizeof why, "%s", err_reason());
	if (dosdir_erase(n->parent, p->first, p->first + p->count - 1) < 0)
		return seterr(Eio, "dosfs: %.40s has two names now: run a check", n->name);
	return err_set(rc, why);
}

static int
entry_move(Node *n, const Place *p)
{
	Node *dir = n->parent;
	uint32_t last = p->first + p->count - 1;
	uint8_t raw[SLOT];
	uint64_t loc;
	bool apart = last != n->slot && !(one_sector(dir, n->first, n->slot, p->first) &&
	    one_sector(dir, p->first, last, n->slot));
	int rc;

	memcpy(raw, n->raw, SLOT);
	rc = apart ? entry_copy(n, p, raw, &loc) : entry_replace(n, p, raw, &loc);
	if (rc < 0)
		return rc;
	memcpy(n->raw, raw, SLOT);
	dosnode_move(n, loc);
	n->first = p->first;
	n->slot = last;
	return apart ? dossync_all(n->vol) : 0;
}

static int
rename_node(Node *n, Str name, const Place *p)
{
	char *text = str_dup(name);
	uint64_t loc;
	int rc;

	if (!text)
		return seterr(Enomem, "dosfs: rename");
	rc = dosdir_where(n->parent, p->first + p->count - 1, &loc);
	if (rc == 0 && (rc = dosident_reserve(n->vol, loc)) == 0 &&
	    (rc = dosident_reserve(n->vol, n->loc)) == 0)
		rc = entry_move(n, p);
	if (rc < 0) {
		free(text);
		return rc;
	}
	free(n->name);
	n->name = text;
	n->vers++;
	dosnode_changed(n->parent);
	return 0;
}

static int
wstat_check(const Node *n, const Dir *d)
{
	if (n->removed)
		return seterr(Enonexist, "%.40s", n->name);
	if (!n->parent)
		return seterr(Eperm, "the root of a FAT volume has no attributes");
	if (d->mode != UINT32_MAX && (d->mode & (DMAPPEND | DMEXCL)))
		return seterr(Eperm, "FAT has no append-only or exclusive files");
	if (d->length != UINT64_MAX && dosnode_isdir(n) && d->length)
		return seterr(Eisdir, "%.40s", n->name);
	if (d->length != UINT64_MAX && d->length > FILE_MAX)
		return seterr(Etoobig, "%.40s: FAT files end at 4 GiB", n->name);
	if (d->gid[0])
		return seterr(Eperm, "FAT has no groups");
	return 0;
}

static void
attributes(Node *n, const Dir *d)
{
	uint32_t date, time;

	if (d->mode != UINT32_MAX)
		n->raw[DE_ATTR] = (uint8_t)((n->raw[DE_ATTR] & ~ATTR_RO) | (d->mode & 0222 ? 0 : ATTR_RO));
	if (d->mtime != UINT32_MAX) {
		dostime_dos(d->mtime, &date, &time);
		put_le16(n->raw + DE_MTIME, time);
		put_le16(n->raw + DE_MDATE, date);
	}
	if (d->atime != UINT32_MAX) {
		dostime_dos(d->atime, &date, &time);
		put_le16(n->raw + DE_ADATE, date);
	}
	n->dirty = true;
}

/* Nothing to change means: bring everything to the disk (stat(5)). */
int
dostree_wstat(Node *n, const Dir *d)
{
	bool rename = d->name[0] && strcmp(d->name, n->name) != 0;
	bool attrs = d->mode != UINT32_MAX || d->mtime != UINT32_MAX || d->atime != UINT32_MAX;
	bool resize = d->length != UINT64_MAX && !dosnode_isdir(n);
	Place p;
	int rc;

	if (!rename && !attrs && !resize && !d->gid[0])
		return dossync_all(n->vol);
	if ((rc = wstat_check(n, d)) < 0 || (rc = dosvol_change(n->vol)) < 0)
		return rc;
	if ((rc = dosfile_load(n->parent, true)) < 0)
		return rc;
	if (rename && (rc = dosdir_place(n->parent, str_of(d->name), n, &p)) < 0)
		return rc;
	if (resize && (rc = dosfile_resize(n, d->length)) < 0)
		return rc;
	if (rename && (rc = rename_node(n, str_of(d->name), &p)) < 0)
		return rc;
	if (attrs)
		attributes(n, d);
	return 0;
}
