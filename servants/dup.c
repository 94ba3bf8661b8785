/*
 * servants/dup.c - #d, the caller's open files by number.
 * FILES   N     opening it gives the same handle as dup(N, -1)
 *         Nctl  0400  that fd's line of /proc/PID/fd
 * ERRORS  Ebadfd not open; Ebadusefd opened for more than the fd is
 * LOCKS   none of its own
 * SEE     dup(3)
 */
#include "servants/servants_impl.h"

/* qid.path: 0 the directory, else 1 + 2 * fd + (1 for the ctl file) */
static Qid
fd_qid(int fd, bool ctl)
{
	return qid_of(1 + 2 * (uint64_t)fd + ctl, 0, QTFILE);
}

static int
fd_of(const Chan *c)
{
	return (int)((c->qid.path - 1) / 2);
}

static bool
is_ctl(const Chan *c)
{
	return (c->qid.path - 1) % 2 != 0;
}

static int
dup_attach(const char *spec, Chan **out)
{
	return attach_root(&servant_dup, spec, out);
}

/* The mode of up()'s fd, or -Ebadfd. */
static int
fd_mode(int fd)
{
	Proc *p = up();

	return p != NULL ? proc_fdmode(p, fd) : seterr(Ebadfd, NULL);
}

static int
dup_step(Chan *nc, Str name)
{
	bool ctl = name.n > 3 && memcmp(name.s + name.n - 3, "ctl", 3) == 0;
	size_t digits = name.n - (ctl ? 3 : 0);
	uint32_t fd = 0;

	if (str_eq(name, ".."))
		return 0;
	if (digits == 0 || digits > 6 || (digits > 1 && name.s[0] == '0'))
		return seterr(Enonexist, "%.*s", (int)name.n, name.s);
	for (size_t i = 0; i < digits; i++) {
		if (name.s[i] < '0' || name.s[i] > '9')
			return seterr(Enonexist, "%.*s", (int)name.n, name.s);
		fd = fd * 10 + (uint32_t)(name.s[i] - '0');
	}
	if (fd_mode((int)fd) < 0)
		return seterr(Enonexist, "%.*s", (int)name.n, name.s);
	nc->qid = fd_qid((int)fd, ctl);
	return 0;
}

static int64_t
dup_walk(Chan *c, Chan *nc, const Str *name, size_t n, Qid *qid)
{
	USED(c);
	return walk_each(nc, name, n, qid, dup_step);
}

static void
dup_dir(Chan *c, int fd, bool ctl, int mode, Dir *d, char *strs, size_t nstrs)
{
	static const uint32_t perm[] = { [OREAD] = 0400, [OWRITE] = 0200, [ORDWR] = 0600, [OEXEC] = 0400 };

	snprintf(strs, nstrs, "%d%s", fd, ctl ? "ctl" : "");
	dir_set(d, c, strs, fd_qid(fd, ctl), ctl ? 0400 : perm[mode & 3], 0);
	d->uid = d->gid = d->muid = up_user();
}

static int
dup_gen(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs)
{
	Proc *p = up();
	int max = p != NULL ? proc_fdmax(p) : 0, mode;

	/* entry i is that of the (i / 2)th open fd */
	for (int fd = 0; fd < max; fd++) {
		if ((mode = proc_fdmode(p, fd)) < 0)
			continue;
		if (i < 2) {
			dup_dir(c, fd, i == 1, mode, d, strs, nstrs);
			return 1;
		}
		i -= 2;
	}
	return 0;
}

static int64_t
dup_stat(Chan *c, uint8_t *buf, size_t n)
{
	char name[24];
	int mode;
	Dir d;

	if (c->qid.type & QTDIR) {
		dir_set(&d, c, "#d", c->qid, 0555, 0);
	} else {
		if ((mode = fd_mode(fd_of(c))) < 0)
			return mode;
		dup_dir(c, fd_of(c), is_ctl(c), mode, &d, name, sizeof name);
	}
	return servant_stat(c, buf, n, &d);
}

static int
dup_open(Chan *c, int omode)
{
	int how = omode & ~OCEXEC;

	if (how != OREAD)
		return seterr(c->qid.type & QTDIR ? Eisdir : Eperm, NULL);
	return 0;
}

static int
dup_openchan(Chan *c, int omode, Chan **out)
{
	int rc = 0;

	*out = NULL; /* Nctl is opened as itself */
	if (!is_ctl(c))
		*out = fd_chan(fd_of(c), omode & 3, &rc);
	return rc;
}

static int64_t
dup_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	Proc *p = up();
	char *text;
	int rc;

	if (c->qid.type & QTDIR)
		return servant_dirread(c, buf, n, off, dup_gen);
	if (p == NULL)
		return seterr(Ebadfd, NULL);
	if ((rc = fd_text(p, fd_of(c), &text)) < 0)
		return rc;
	return text_take(buf, n, off, text);
}

const Servant servant_dup = {
	.dc = 'd', .name = "dup",
	.attach = dup_attach, .walk = dup_walk, .stat = dup_stat, .open = dup_open,
	.openchan = dup_openchan, .read = dup_read,
};
