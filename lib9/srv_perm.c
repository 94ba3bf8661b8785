/*
 * lib9/srv_perm.c - the server library's rules on names, permissions and wstat.
 *
 * A user is in the group of its own name and in no other; "none" is in no
 * group. Permission is what "other" has, plus what the group's member has, plus
 * what the owner has.
 * ERRORS  Ebadname empty, "." or ".."; Ebadchar '/', NUL or not UTF-8; Eperm
 * SEE     intro(5), open(5), stat(5)
 */
#include "lib9/srv_impl.h"

enum { DMBITS = 0777 };
static const uint32_t dm_settable = DMDIR | DMAPPEND | DMEXCL | DMTMP | DMBITS;

int
srv_name_check(Str name)
{
	if (name.n == 0 || str_eq(name, ".") || str_eq(name, ".."))
		return seterr(Ebadname, NULL);
	for (size_t i = 0; i < name.n; i++)
		if (name.s[i] == '/' || name.s[i] == '\0')
			return seterr(Ebadchar, NULL);
	if (!utf8_valid(name))
		return seterr(Ebadchar, NULL);
	return 0;
}

static bool
in_group(const char *uid, const char *gid)
{
	return strcmp(uid, gid) == 0 && strcmp(uid, "none") != 0;
}

static int
perm_dir(const Fid *f, const Dir *d, uint32_t want)
{
	uint32_t have = d->mode & 7;

	if (in_group(f->uid, d->gid))
		have |= d->mode >> 3 & 7;
	if (strcmp(f->uid, d->uid) == 0)
		have |= d->mode >> 6 & 7;
	return (have & want) == want ? 0 : seterr(Eperm, NULL);
}

int
fid_stat(Fid *f, Dir *d)
{
	int rc;

	*d = (Dir){ .name = "", .uid = "", .gid = "", .muid = "" };
	d->qid = f->qid;
	rc = f->srv->ops->stat(f, d);
	return rc < 0 ? rc : 0;
}

int
perm_check(Fid *f, int want)
{
	Dir d;
	int rc;

	if (!f->srv->check_perm)
		return 0;
	rc = fid_stat(f, &d);
	return rc < 0 ? rc : perm_dir(f, &d, (uint32_t)want);
}

int
perm_parent(Fid *f)
{
	Fid *dir = NULL;
	int rc = 0;

	if (f->qid.path == f->root)
		return seterr(Eperm, "the root directory");
	if (!f->srv->check_perm)
		return 0;
	dir = fid_clone(f, NOFID, &rc);
	if (dir == NULL)
		return rc;
	rc = f->srv->ops->walk1(dir, str_of(".."), &dir->qid);
	if (rc >= 0)
		rc = perm_check(dir, AWRITE);
	fid_put(dir);
	return rc;
}

int
mode_access(uint8_t mode)
{
	static const uint8_t access[] = { [OREAD] = AREAD, [OWRITE] = AWRITE, [ORDWR] = AREAD | AWRITE, [OEXEC] = AEXEC };
	int want;

	if (mode & ~(3 | OTRUNC | ORCLOSE))
		return seterr(Ebadmode, NULL);
	want = access[mode & 3];
	return mode & OTRUNC ? want | AWRITE : want;
}

/* What nobody may change, or must be spelt right. */
static int
wstat_fixed(const Req *r, const Dir *now, const Dir *d)
{
	if (d->type != UINT16_MAX && d->type != now->type)
		return seterr(Eperm, "wstat of type");
	if (d->dev != UINT32_MAX && d->dev != now->dev)
		return seterr(Eperm, "wstat of dev");
	if ((d->qid.type != UINT8_MAX && d->qid.type != now->qid.type) ||
	    (d->qid.vers != UINT32_MAX && d->qid.vers != now->qid.vers) ||
	    (d->qid.path != UINT64_MAX && d->qid.path != now->qid.path))
		return seterr(Eperm, "wstat of qid");
	if (d->uid[0] != '\0' && strcmp(d->uid, now->uid) != 0)
		return seterr(Eperm, "wstat of uid");
	if (d->muid[0] != '\0' && strcmp(d->muid, now->muid) != 0)
		return seterr(Eperm, "wstat of muid");
	if (d->mode != UINT32_MAX && ((d->mode ^ now->mode) & DMDIR))
		return seterr(Eperm, "wstat of the directory bit");
	if (d->mode != UINT32_MAX && (d->mode & ~dm_settable))
		return seterr(Ebadstat, "wstat of mode");
	if (d->length != UINT64_MAX && d->length > INT64_MAX)
		return seterr(Ebadstat, "wstat of length");
	if (d->length != UINT64_MAX && d->length != 0 && (r->fid->qid.type & QTDIR))
		return seterr(Eisdir, "wstat of length");
	return 0;
}

/* What does not change becomes "don't touch". */
static void
wstat_reduce(const Req *r, const Dir *now, Dir *d)
{
	Dir null;

	dir_null(&null);
	d->type = null.type;
	d->dev = null.dev;
	d->qid = null.qid;
	d->uid = d->muid = "";
	if (strcmp(d->name, now->name) == 0)
		d->name = "";
	if (strcmp(d->gid, now->gid) == 0)
		d->gid = "";
	if (d->mode == now->mode)
		d->mode = null.mode;
	if (d->length == now->length || (r->fid->qid.type & QTDIR))
		d->length = null.length;
}

static int
wstat_perm(Req *r, const Dir *now, const Dir *d)
{
	bool owner = strcmp(r->fid->uid, now->uid) == 0;
	bool leader = in_group(r->fid->uid, now->gid);
	bool attr = d->mode != UINT32_MAX || d->mtime != UINT32_MAX || d->atime != UINT32_MAX;
	int rc;

	if (!r->srv->check_perm)
		return 0;
	if (d->name[0] != '\0' && (rc = perm_parent(r->fid)) < 0)
		return rc;
	if (d->length != UINT64_MAX && (rc = perm_dir(r->fid, now, AWRITE)) < 0)
		return rc;
	if (attr && !owner && !leader)
		return seterr(Eperm, "not owner");
	if (d->gid[0] != '\0' && !(owner && in_group(r->fid->uid, d->gid)))
		return seterr(Eperm, "not in group %s", d->gid);
	return 0;
}

int
wstat_check(Req *r, const Dir *now, Dir *d)
{
	int rc = wstat_fixed(r, now, d);

	if (rc < 0)
		return rc;
	wstat_reduce(r, now, d);
	if (d->name[0] != '\0') {
		if (r->fid->qid.path == r->fid->root)
			return seterr(Eperm, "the root directory");
		if ((rc = srv_name_check(str_of(d->name))) < 0)
			return rc;
	}
	return wstat_perm(r, now, d);
}
