/*
 * servants/sd.c - #S, disks and their partitions. Units are sdC0, sdC1, … in
 * the order in which the machine has its disks: virtio disks, then those of its own
 * controllers (IDE, AHCI), so that the first disk is sdC0 on every machine. CD drives are
 * sdD0, sdD1, …; another medium is noticed when a name in the unit is looked up.
 * A disk that calls itself "fdN" is a floppy, not a unit: #f has it
 * (servants/floppy.c).
 * FILES   sdctl     0640  a line per controller; write: "sync" flushes all
 *         UNIT/ctl  0640  inquiry, config, geometry and part lines of sd(3);
 *                         write: "part NAME START END" (sectors, END not in
 *                         it), "delpart NAME", "sync", "rescan"
 *         UNIT/raw  0600  SCSI commands, exclusive: servants/sdraw.c
 *         UNIT/data, UNIT/PART  0640 (0440 on a read-only disk): the bytes.
 *                         A close after writes, or a wstat that changes
 *                         nothing, makes them durable. Any sector has one
 *                         open for writing at most, through whatever file;
 *                         it ends with the last close. Readers come freely.
 * ERRORS  Eio beyond the end, or the disk failed (with the sector);
 *         Ereadonly; Einuse delpart or rescan while open, open for writing
 *         of what overlaps a partition that is open for writing; Eexist
 * LOCKS   Unit.lk guards the partition table and counts of opens; the disk's
 *         io is not called under it, but by rescan. Disk.rmw: diskio.c; not
 *         taken together with lk.
 * LIMITS  UNIT_MAX units, PART_MAX partitions of a unit. Not here, of sd(3): led,
 *         smart, and the verbs dma, rwm, standby (of ATA drives; no driver has a
 *         choice), config and those for controllers.
 * SEE     sd(3); servants/sdpart.c; tests/unit/sdpart.c
 */
#include "servants/sd_unit_impl.h"
#include "servants/servants_impl.h"

enum { Qtop = 0, Qsdctl = 1, Qunitdir = 0, Qctl = 1, Qraw = 2, Qpart = 0x100 };
enum { UNIT_MAX = 16, UNIT_SHIFT = 16 };

static Unit *unit_of[UNIT_MAX];
static size_t nunit;

static Unit *
unit_at(const Chan *c)
{
	size_t i = (size_t)(c->qid.path >> UNIT_SHIFT);

	return i == 0 || i > nunit ? NULL : unit_of[i - 1];
}

static unsigned
kind_of(const Chan *c)
{
	return (unsigned)(c->qid.path & 0xFFFF);
}

static Qid
unit_qid(size_t index, unsigned kind, uint32_t vers)
{
	return qid_of((uint64_t)(index + 1) << UNIT_SHIFT | kind, vers, kind == Qunitdir ? QTDIR : QTFILE);
}

/* ---- partitions ---- */

/* REQUIRES u->lk. The slot of that name, or NULL. */
static PartSlot *
part_find_locked(Unit *u, Str name)
{
	for (size_t i = 0; i < nelem(u->part); i++)
		if (u->part[i].used && str_eq(name, u->part[i].p.name))
			return &u->part[i];
	return NULL;
}

static int
part_add(Unit *u, const char *name, uint64_t start, uint64_t end)
{
	Str s = str_of(name);
	PartSlot *slot = NULL, *old;
	int rc = 0;

	if ((rc = name_ok(s, PART_NAME - 1)) < 0)
		return rc;
	if (str_eq(s, "ctl") || str_eq(s, "raw"))
		return seterr(Eexist, "%s", name);
	if (start >= end || end > u->disk->nsector)
		return seterr(Ebadarg, "part %s: sectors %" PRIu64 " to %" PRIu64 " of %" PRIu64,
		    name, start, end, u->disk->nsector);
	qlock(&u->lk);
	for (size_t i = 0; i < nelem(u->part) && slot == NULL; i++)
		if (!u->part[i].used)
			slot = &u->part[i];
	if ((old = part_find_locked(u, s)) != NULL) {
		if (old->p.start != start || old->p.end != end)
			rc = seterr(Eexist, "part %s", name);
	} else if (slot == NULL) {
		rc = seterr(Enospc, "part %s: more than %d partitions", name, PART_MAX);
	} else {
		slot->used = true;
		slot->vers = ++u->vers;
		snprintf(slot->p.name, sizeof slot->p.name, "%s", name);
		slot->p.start = start;
		slot->p.end = end;
	}
	qunlock(&u->lk);
	return rc;
}

static int
part_delete(Unit *u, const char *name)
{
	PartSlot *s;
	int rc = 0;

	qlock(&u->lk);
	if ((s = part_find_locked(u, str_of(name))) == NULL)
		rc = seterr(Enonexist, "%s", name);
	else if (s->nopen > 0)
		rc = seterr(Einuse, "%s", name);
	else
		s->used = false;
	qunlock(&u->lk);
	return rc;
}

static int
sector_read(void *arg, uint64_t sector, uint8_t *buf)
{
	Disk *d = arg;

	return d->io(d, false, sector, 1, buf);
}

/* Replaces the table by what the disk says; -Einuse when a partition is open. */
static int
unit_scan(Unit *u)
{
	PartList *l = malloc(sizeof *l);
	bool busy = false;
	int rc;

	if (l == NULL)
		return seterr(Enomem, NULL);
	l->n = l->nbad = 0;
	rc = u->disk->nsector == 0 ? 0 : /* a drive without a medium */
	    part_scan(sector_read, u->disk, u->disk->nsector, u->disk->sector_size, l);
	if (rc < 0)
		klog("%s: partitions: %s\n", u->name, err_reason());
	qlock(&u->lk);
	for (size_t i = 0; i < nelem(u->part); i++)
		busy = busy || u->part[i].nopen > 0;
	for (size_t i = 0; i < nelem(u->part) && !busy; i++)
		u->part[i].used = false;
	qunlock(&u->lk);
	if (busy) {
		rc = seterr(Einuse, "%s", u->name);
	} else if (u->disk->nsector > 0) {
		(void)part_add(u, "data", 0, u->disk->nsector);
		for (size_t i = 0; rc == 0 && i < l->n; i++)
			(void)part_add(u, l->part[i].name, l->part[i].start, l->part[i].end);
		if (rc == 0 && l->nbad > 0)
			klog("%s: %u bad partition table entries ignored\n", u->name, l->nbad);
	}
	free(l);
	return rc;
}

/* Another medium has another table. While a partition is open, its old one stays
 * (its sectors give Eio). */
static void
unit_check(Unit *u)
{
	if (u->disk->changed != NULL && u->disk->changed(u->disk))
		(void)unit_scan(u);
}

/* The boot argument readonly=sdC0,sdC1 … keeps us from writing to a disk. */
static bool
unit_protected(const char *name)
{
	char list[128], *p = list;

	if (plat_bootarg("readonly", list, sizeof list) < 0)
		return false;
	for (size_t n = strlen(name); (p = strstr(p, name)) != NULL; p += n)
		if (p[n] == '\0' || p[n] == ',')
			return true;
	return false;
}

/* The units of disks whose medium can be changed are sdD0, …: CDs. */
static int
unit_add(Disk *d, unsigned *nfixed, unsigned *nchanging)
{
	Unit *u = calloc(1, sizeof *u);

	if (u == NULL)
		return seterr(Enomem, NULL);
	u->disk = d;
	if (d->removable)
		snprintf(u->name, sizeof u->name, "sdD%x", (*nchanging)++);
	else
		snprintf(u->name, sizeof u->name, "sdC%x", (*nfixed)++);
	snprintf(d->name, sizeof d->name, "%s", u->name);
	d->readonly = d->readonly || unit_protected(u->name);
	unit_of[nunit++] = u;
	(void)unit_scan(u);
	return 0;
}

/* The machine's next disk: virtio first, then those of its own controllers. */
static Disk *
disk_next(int *nvirtio, int *nown)
{
	Disk *d = *nvirtio >= 0 ? vblk_start((*nvirtio)++) : NULL;

	if (d == NULL) {
		*nvirtio = -1;
		d = mdisk_start((*nown)++);
	}
	return d;
}

static int
sd_reset(void)
{
	unsigned nfixed = 0, nchanging = 0;
	int nvirtio = 0, nown = 0, rc;
	Disk *d;

	while (nunit < UNIT_MAX && (d = disk_next(&nvirtio, &nown)) != NULL)
		if (strncmp(d->id, "fd", 2) == 0)
			floppy_add(d);
		else if ((rc = unit_add(d, &nfixed, &nchanging)) < 0)
			return rc;
	return 0;
}

static void
sd_shutdown(void)
{
	for (size_t i = 0; i < nunit; i++)
		if (unit_of[i]->disk->flush(unit_of[i]->disk) < 0)
			klog("%s: %s\n", unit_of[i]->name, err_reason());
}

/* ---- names ---- */

static int
sd_attach(const char *spec, Chan **out)
{
	bool known = spec[0] == '\0';

	for (size_t i = 0; i < nunit; i++)
		known = known || strcmp(spec, unit_of[i]->name) == 0;
	if (!known)
		return seterr(Ebadspec, "#S%s", spec);
	return attach_root(&servant_sd, "", out);
}

static int
unit_step(Unit *u, size_t index, Chan *nc, Str name)
{
	PartSlot *s;

	if (str_eq(name, "..")) {
		nc->qid = qid_of(Qtop, 0, QTDIR);
	} else if (str_eq(name, "ctl")) {
		nc->qid = unit_qid(index, Qctl, 0);
	} else if (str_eq(name, "raw")) {
		nc->qid = unit_qid(index, Qraw, 0);
	} else {
		unit_check(u);
		qlock(&u->lk);
		if ((s = part_find_locked(u, name)) != NULL)
			nc->qid = unit_qid(index, Qpart + (unsigned)(s - u->part), s->vers);
		qunlock(&u->lk);
		if (s == NULL)
			return seterr(Enonexist, "%.*s", (int)name.n, name.s);
	}
	return 0;
}

static int
sd_step(Chan *nc, Str name)
{
	Unit *u = unit_at(nc);

	if (u != NULL)
		return unit_step(u, (size_t)(nc->qid.path >> UNIT_SHIFT) - 1, nc, name);
	if (str_eq(name, ".."))
		return 0;
	if (str_eq(name, "sdctl")) {
		nc->qid = qid_of(Qsdctl, 0, QTFILE);
		return 0;
	}
	for (size_t i = 0; i < nunit; i++)
		if (str_eq(name, unit_of[i]->name)) {
			nc->qid = unit_qid(i, Qunitdir, 0);
			return 0;
		}
	return seterr(Enonexist, "%.*s", (int)name.n, name.s);
}

static int64_t
sd_walk(Chan *c, Chan *nc, const Str *name, size_t n, Qid *qid)
{
	USED(c);
	return walk_each(nc, name, n, qid, sd_step);
}

static int
part_dir(Chan *c, Unit *u, size_t index, size_t slot, Dir *d, char *strs, size_t nstrs)
{
	PartSlot *s = &u->part[slot];
	bool used;

	qlock(&u->lk);
	used = s->used;
	if (used) {
		snprintf(strs, nstrs, "%s", s->p.name);
		dir_set(d, c, strs, unit_qid(index, Qpart + (unsigned)slot, s->vers),
		    u->disk->readonly ? 0440 : 0640,
		    (s->p.end - s->p.start) * u->disk->sector_size);
	}
	qunlock(&u->lk);
	return used;
}

/* The ith partition in use, counted from 0, or PART_SLOTS. */
static size_t
part_nth(Unit *u, size_t nth)
{
	size_t i;

	qlock(&u->lk);
	for (i = 0; i < nelem(u->part); i++)
		if (u->part[i].used && nth-- == 0)
			break;
	qunlock(&u->lk);
	return i;
}

static int
sd_gen(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs)
{
	Unit *u = unit_at(c);
	size_t index = (size_t)(c->qid.path >> UNIT_SHIFT) - 1, slot;

	if (u == NULL) {
		if (i > nunit)
			return 0;
		if (i == 0)
			dir_set(d, c, "sdctl", qid_of(Qsdctl, 0, QTFILE), 0640, 0);
		else
			dir_set(d, c, unit_of[i - 1]->name, unit_qid(i - 1, Qunitdir, 0), 0555, 0);
		return 1;
	}
	if (i == 0)
		dir_set(d, c, "ctl", unit_qid(index, Qctl, 0), 0640, 0);
	else if (i == 1)
		dir_set(d, c, "raw", unit_qid(index, Qraw, 0), DMEXCL | 0600, 0);
	else if ((slot = part_nth(u, i - 2)) == nelem(u->part))
		return 0;
	else
		return part_dir(c, u, index, slot, d, strs, nstrs);
	return 1;
}

static int64_t
sd_stat(Chan *c, uint8_t *buf, size_t n)
{
	Unit *u = unit_at(c);
	size_t index = (size_t)(c->qid.path >> UNIT_SHIFT) - 1;
	unsigned kind = kind_of(c);
	char name[PART_NAME];
	Dir d;

	if (u == NULL)
		dir_set(&d, c, kind == Qtop ? "#S" : "sdctl", c->qid, kind == Qtop ? 0555 : 0640, 0);
	else if (kind == Qunitdir)
		dir_set(&d, c, u->name, c->qid, 0555, 0);
	else if (kind == Qctl)
		dir_set(&d, c, "ctl", c->qid, 0640, 0);
	else if (kind == Qraw)
		dir_set(&d, c, "raw", c->qid, DMEXCL | 0600, 0);
	else if (!part_dir(c, u, index, kind - Qpart, &d, name, sizeof name) || d.qid.vers != c->qid.vers)
		return seterr(Enonexist, "partition is gone");
	return servant_stat(c, buf, n, &d);
}

/* ---- open and close ---- */

/* REQUIRES u->lk. The partition open for writing that has one of these sectors. */
static const PartSlot *
writer_find_locked(const Unit *u, uint64_t start, uint64_t end)
{
	for (const PartSlot *s = u->part; s < u->part + nelem(u->part); s++)
		if (s->used && s->writer && start < s->p.end && s->p.start < end)
			return s;
	return NULL;
}

bool
unit_written(Unit *u, uint64_t start, uint64_t end)
{
	bool yes;

	qlock(&u->lk);
	yes = writer_find_locked(u, start, end) != NULL;
	qunlock(&u->lk);
	return yes;
}

/* Two who write one file system, each with a cache, would destroy it. */
static int
part_claim_locked(Unit *u, PartSlot *s)
{
	const PartSlot *w = writer_find_locked(u, s->p.start, s->p.end);

	if (w != NULL)
		return seterr(Einuse, "%s/%s: %s has a writer already; unmount that, or open read-only",
		    u->name, s->p.name, w->p.name);
	s->writer = true;
	return 0;
}

static int
part_open(Unit *u, Chan *c, int omode)
{
	PartSlot *s = &u->part[kind_of(c) - Qpart];
	bool writes = mode_writes(omode);
	int rc;

	if (writes && u->disk->readonly)
		return seterr(Ereadonly, "%s", u->name);
	if ((rc = servant_perm(eve, 0640, omode & ~OTRUNC)) < 0)
		return rc;
	qlock(&u->lk);
	if (!s->used || s->vers != c->qid.vers)
		rc = seterr(Enonexist, "partition is gone");
	else if (writes)
		rc = part_claim_locked(u, s);
	if (rc == 0)
		s->nopen++;
	qunlock(&u->lk);
	return rc;
}

static int
sd_open(Chan *c, int omode)
{
	Unit *u = unit_at(c);
	unsigned kind = kind_of(c);
	int rc;

	if (c->qid.type & QTDIR)
		return (omode & ~OCEXEC) == OREAD ? 0 : seterr(Eisdir, NULL);
	if (u == NULL || kind == Qctl)
		return servant_perm(eve, 0640, omode & ~OTRUNC);
	if (kind >= Qpart)
		return part_open(u, c, omode);
	if ((rc = servant_perm(eve, 0600, omode & ~OTRUNC)) < 0)
		return rc;
	return sdraw_open(u);
}

static void
sd_close(Chan *c)
{
	Unit *u = unit_at(c);
	unsigned kind = kind_of(c);

	if (u == NULL || !(atomic_load(&c->flag) & COPEN))
		return;
	if (kind == Qraw)
		sdraw_close(u);
	if (kind < Qpart)
		return;
	if (atomic_exchange(&u->part[kind - Qpart].dirty, false) && u->disk->flush(u->disk) < 0)
		klog("%s: %s\n", u->name, err_reason());
	qlock(&u->lk);
	u->part[kind - Qpart].nopen--;
	if (mode_writes(c->mode))
		u->part[kind - Qpart].writer = false;
	qunlock(&u->lk);
}

/* ---- data ---- */

static int64_t
part_io(Unit *u, Chan *c, bool write, uint8_t *buf, size_t n, uint64_t off)
{
	PartSlot *s = &u->part[kind_of(c) - Qpart];
	uint64_t size, start;

	qlock(&u->lk); /* open, so it stays */
	size = (s->p.end - s->p.start) * u->disk->sector_size;
	start = s->p.start * u->disk->sector_size;
	qunlock(&u->lk);
	if (write && u->disk->readonly)
		return seterr(Ereadonly, "%s", u->name);
	if (n == 0)
		return 0;
	if (off >= size)
		return write ? seterr(Eio, "%s: write at %" PRIu64 ", beyond the end", u->name, off) : 0;
	if (n > size - off)
		n = (size_t)(size - off);
	if (write)
		atomic_store(&s->dirty, true);
	return disk_bytes(u->disk, write, start + off, buf, n);
}

/* ---- control files ---- */

/* A line for each kind of unit: its first letters, its driver, how many. */
static char *
sdctl_text(void)
{
	char *text = malloc(64 * UNIT_MAX), *p = text;

	if (text != NULL)
		*text = '\0';
	for (size_t i = 0; text != NULL && i < nunit; i++) {
		size_t n = 0, first = nunit;

		for (size_t k = 0; k < nunit; k++)
			if (strncmp(unit_of[k]->name, unit_of[i]->name, 3) == 0 &&
			    strcmp(unit_of[k]->disk->driver, unit_of[i]->disk->driver) == 0) {
				first = k < first ? k : first;
				n++;
			}
		if (first == i)
			p = seprint(p, text + 64 * UNIT_MAX, "%.3s %s units %zu\n", unit_of[i]->name,
			    unit_of[i]->disk->driver, n);
	}
	return text;
}

static char *
ctl_text(Unit *u)
{
	enum { SIZE = 512 + PART_SLOTS * (PART_NAME + 56) };
	char *text = malloc(SIZE), *p, *end = text + SIZE;
	Disk *d = u->disk;

	if (text == NULL)
		return NULL;
	p = seprint(text, end, "inquiry LP49 %s disk %s\n", d->driver, d->id);
	p = seprint(p, end, "config %s\n", d->config);
	p = seprint(p, end, "geometry %" PRIu64 " %u\n", d->nsector, (unsigned)d->sector_size);
	qlock(&u->lk);
	for (size_t i = 0; i < nelem(u->part); i++)
		if (u->part[i].used)
			p = seprint(p, end, "part %s %" PRIu64 " %" PRIu64 "\n", u->part[i].p.name,
			    u->part[i].p.start, u->part[i].p.end);
	qunlock(&u->lk);
	return text;
}

enum { CMpart, CMdelpart, CMsync, CMrescan };

static int
ctl_part(Unit *u, const CmdLine *l)
{
	uint64_t start = 0, end = 0;
	int rc;

	if ((rc = parse_u64(l->argv[2], strlen(l->argv[2]), &start)) < 0 ||
	    (rc = parse_u64(l->argv[3], strlen(l->argv[3]), &end)) < 0)
		return rc;
	return part_add(u, l->argv[1], start, end);
}

/* u NULL: sdctl. */
static int64_t
ctl_write(Unit *u, const void *buf, size_t n)
{
	static const Cmd cmd[] = {
		{ "sync", 0, CMsync }, { "part", 3, CMpart },
		{ "delpart", 1, CMdelpart }, { "rescan", 0, CMrescan },
	};
	CmdLine l;
	int rc = cmd_parse(cmd, u != NULL ? nelem(cmd) : 1, buf, n, &l);

	if (rc < 0)
		return rc;
	switch (rc) {
	case CMsync:
		rc = 0;
		for (size_t i = 0; i < nunit && rc == 0; i++)
			if (u == NULL || u == unit_of[i])
				rc = unit_of[i]->disk->flush(unit_of[i]->disk);
		break;
	case CMpart:
		rc = ctl_part(u, &l);
		break;
	case CMdelpart:
		rc = part_delete(u, l.argv[1]);
		break;
	case CMrescan:
		rc = unit_scan(u);
		break;
	}
	cmd_free(&l);
	return rc < 0 ? rc : (int64_t)n;
}

static int64_t
sd_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	Unit *u = unit_at(c);
	char *text;

	if (c->qid.type & QTDIR)
		return servant_dirread(c, buf, n, off, sd_gen);
	if (u != NULL && kind_of(c) >= Qpart)
		return part_io(u, c, false, buf, n, off);
	if (u != NULL && kind_of(c) == Qraw)
		return sdraw_read(u, buf, n);
	if ((text = u != NULL ? ctl_text(u) : sdctl_text()) == NULL)
		return seterr(Enomem, NULL);
	return text_take(buf, n, off, text);
}

static int64_t
sd_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	Unit *u = unit_at(c);

	if (c->qid.type & QTDIR)
		return seterr(Eisdir, NULL);
	/* io reads the buffer only, when it writes the disk */
	if (u != NULL && kind_of(c) >= Qpart)
		return part_io(u, c, true, (uint8_t *)(uintptr_t)buf, n, off);
	if (u != NULL && kind_of(c) == Qraw)
		return sdraw_write(u, buf, n);
	return ctl_write(u, buf, n);
}

/* A wstat that changes nothing asks for durability: stat(5). */
static int
sd_wstat(Chan *c, const uint8_t *buf, size_t n)
{
	Unit *u = unit_at(c);
	Dir d, null;
	char *strs = malloc(n + 1);
	int rc;

	if (strs == NULL)
		return seterr(Enomem, NULL);
	dir_null(&null);
	rc = dir_unpack(&d, buf, n, strs);
	if (rc >= 0 && (d.mode != null.mode || d.length != null.length || d.mtime != null.mtime ||
	    d.name[0] != '\0' || d.uid[0] != '\0' || d.gid[0] != '\0'))
		rc = seterr(Eperm, NULL);
	free(strs);
	if (rc < 0 || u == NULL)
		return rc < 0 ? rc : 0;
	return u->disk->flush(u->disk);
}

const Servant servant_sd = {
	.dc = 'S', .name = "sd",
	.reset = sd_reset, .shutdown = sd_shutdown, .attach = sd_attach,
	.walk = sd_walk, .stat = sd_stat, .open = sd_open, .close = sd_close,
	.read = sd_read, .write = sd_write, .wstat = sd_wstat,
};
