/*
 * servants/floppy.c - #f, floppy disks. #S finds them among the machine's disks
 * and gives them to us: a disk that calls itself "fd1" is fd1.
 * FILES   fdNdisk  0660 (0440 write-protected)  the bytes; a close after
 *                  writes makes them durable; one open for writing at a time
 *         fdNctl   0660  read: what kind of disk, "3½HD"; write: "reset" and
 *                  "eject" make what was written durable (the disk stays),
 *                  "format KIND" fills a disk of that kind with 0xF6
 * ERRORS  Eio beyond the end, or the disk failed; Ereadonly; Ebadctl; Ebadarg
 *         format of another kind; Einuse format while fdNdisk is open, a
 *         second open for writing
 * LOCKS   Floppy.lk guards nopen, writer and is held while a disk is formatted; the
 *         table of floppies does not change after the start
 * SEE     floppy(3); servants/diskio.c; tests/unit/floppy.c
 */
#include "servants/sd_impl.h"
#include "servants/servants_impl.h"

enum { FLOPPY_MAX = 4, Qtop = 0, Qdisk = 0, Qctl = 1, BLANK = 0xF6 };

typedef struct Floppy Floppy;
struct Floppy {
	Disk *disk;          /* NULL: no such drive */
	QLock lk;
	unsigned nopen;      /* lk */
	bool writer;         /* lk; one of the opens is for writing */
	atomic_bool dirty;   /* written since the last flush */
};
static Floppy floppy_of[FLOPPY_MAX];

static const struct {
	uint64_t size;
	const char *name;
} kinds[] = {
	{ 368640, "5¼DD" }, { 737280, "3½DD" }, { 1228800, "5¼HD" }, { 1474560, "3½HD" },
	{ 2949120, "3½ED" },
};

void
floppy_add(Disk *d)
{
	uint64_t n = 0;

	if (parse_u64(d->id + 2, strlen(d->id + 2), &n) < 0 || n >= FLOPPY_MAX || floppy_of[n].disk != NULL) {
		klog("#f: no drive for %s\n", d->id);
		return;
	}
	snprintf(d->name, sizeof d->name, "fd%u", (unsigned)n);
	floppy_of[n].disk = d;
}

static void
floppy_shutdown(void)
{
	for (size_t i = 0; i < nelem(floppy_of); i++)
		if (floppy_of[i].disk != NULL && floppy_of[i].disk->flush(floppy_of[i].disk) < 0)
			klog("fd%zu: %s\n", i, err_reason());
}

static uint64_t
floppy_size(const Floppy *f)
{
	return f->disk->nsector * f->disk->sector_size;
}

static const char *
floppy_kind(const Floppy *f)
{
	for (size_t i = 0; i < nelem(kinds); i++)
		if (kinds[i].size == floppy_size(f))
			return kinds[i].name;
	return "unknown";
}

/* ---- names: qid.path is 1 + 2 * drive + file ---- */

static Floppy *
floppy_at(const Chan *c)
{
	return c->qid.path == Qtop ? NULL : &floppy_of[(c->qid.path - 1) / 2];
}

static bool
is_ctl(const Chan *c)
{
	return (c->qid.path - 1) % 2 == Qctl;
}

static void
file_dir(const Chan *c, size_t drive, unsigned file, Dir *d, char *strs, size_t nstrs)
{
	const Floppy *f = &floppy_of[drive];
	uint32_t perm = file == Qdisk && f->disk->readonly ? 0440 : 0660;

	snprintf(strs, nstrs, "fd%zu%s", drive, file == Qctl ? "ctl" : "disk");
	dir_set(d, c, strs, qid_of(1 + 2 * drive + file, 0, QTFILE), perm, file == Qctl ? 0 : floppy_size(f));
}

static int
floppy_gen(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs)
{
	size_t drive = 0;

	for (; drive < nelem(floppy_of); drive++)
		if (floppy_of[drive].disk != NULL) {
			if (i < 2)
				break;
			i -= 2;
		}
	if (drive == nelem(floppy_of))
		return 0;
	file_dir(c, drive, (unsigned)i, d, strs, nstrs);
	return 1;
}

static int
floppy_step(Chan *nc, Str name)
{
	return str_eq(name, "..") ? 0 : step_gen(nc, name, floppy_gen);
}

static int
floppy_attach(const char *spec, Chan **out)
{
	return attach_root(&servant_floppy, spec, out);
}

static int64_t
floppy_walk(Chan *c, Chan *nc, const Str *name, size_t n, Qid *qid)
{
	USED(c);
	return walk_each(nc, name, n, qid, floppy_step);
}

static int64_t
floppy_stat(Chan *c, uint8_t *buf, size_t n)
{
	char strs[32];
	Dir d;

	if (c->qid.path == Qtop)
		dir_set(&d, c, "#f", c->qid, 0555, 0);
	else
		file_dir(c, (size_t)(floppy_at(c) - floppy_of), is_ctl(c) ? Qctl : Qdisk, &d, strs, sizeof strs);
	return servant_stat(c, buf, n, &d);
}

/* ---- open and close ---- */

static int
floppy_open(Chan *c, int omode)
{
	Floppy *f = floppy_at(c);
	bool writes = mode_writes(omode);
	int rc;

	if (f == NULL)
		return (omode & ~OCEXEC) == OREAD ? 0 : seterr(Eisdir, NULL);
	if (writes && !is_ctl(c) && f->disk->readonly)
		return seterr(Ereadonly, "%s", f->disk->name);
	if ((rc = servant_perm(eve, 0660, omode & ~OTRUNC)) < 0 || is_ctl(c))
		return rc;
	qlock(&f->lk);
	if (writes && f->writer)
		rc = seterr(Einuse, "%s: has a writer already; unmount that, or open read-only", f->disk->name);
	else
		f->nopen++;
	f->writer = f->writer || writes;
	qunlock(&f->lk);
	return rc;
}

static void
floppy_close(Chan *c)
{
	Floppy *f = floppy_at(c);

	if (f == NULL || is_ctl(c) || !(atomic_load(&c->flag) & COPEN))
		return;
	if (atomic_exchange(&f->dirty, false) && f->disk->flush(f->disk) < 0)
		klog("%s: %s\n", f->disk->name, err_reason());
	qlock(&f->lk);
	f->nopen--;
	if (mode_writes(c->mode))
		f->writer = false;
	qunlock(&f->lk);
}

/* ---- data ---- */

static int64_t
data_io(Floppy *f, bool write, uint8_t *buf, size_t n, uint64_t off)
{
	uint64_t size = floppy_size(f);

	if (n == 0)
		return 0;
	if (off >= size)
		return write ? seterr(Eio, "%s: write at %" PRIu64 ", beyond the end", f->disk->name, off) : 0;
	if (n > size - off)
		n = (size_t)(size - off);
	if (write)
		atomic_store(&f->dirty, true);
	return disk_bytes(f->disk, write, off, buf, n);
}

/* REQUIRES lk. Fills the disk, a track of a 3½HD disk at a time. */
static int
blank_locked(Floppy *f)
{
	size_t track = 18 * (size_t)f->disk->sector_size;
	uint8_t *buf = malloc(track);
	uint64_t size = floppy_size(f);
	int64_t rc = 0;

	if (buf == NULL)
		return seterr(Enomem, NULL);
	memset(buf, BLANK, track);
	for (uint64_t off = 0; off < size && rc >= 0; off += track)
		rc = disk_bytes(f->disk, true, off, buf, size - off < track ? (size_t)(size - off) : track);
	free(buf);
	return rc < 0 ? (int)rc : f->disk->flush(f->disk);
}

static int
format(Floppy *f, const char *kind)
{
	int rc;

	if (f->disk->readonly)
		return seterr(Ereadonly, "%s", f->disk->name);
	if (strcmp(kind, floppy_kind(f)) != 0)
		return seterr(Ebadarg, "%s: the disk is %s, not %s", f->disk->name, floppy_kind(f), kind);
	qlock(&f->lk);
	rc = f->nopen > 0 ? seterr(Einuse, "%s", f->disk->name) : blank_locked(f);
	qunlock(&f->lk);
	return rc;
}

enum { CMreset, CMeject, CMformat };

static int64_t
ctl_write(Floppy *f, const void *buf, size_t n)
{
	static const Cmd cmd[] = { { "reset", 0, CMreset }, { "eject", 0, CMeject }, { "format", 1, CMformat } };
	CmdLine l;
	int rc = cmd_parse(cmd, nelem(cmd), buf, n, &l);

	if (rc < 0)
		return rc;
	rc = rc == CMformat ? format(f, l.argv[1]) : f->disk->flush(f->disk);
	cmd_free(&l);
	return rc < 0 ? rc : (int64_t)n;
}

static int64_t
floppy_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	Floppy *f = floppy_at(c);
	char text[24];

	if (f == NULL)
		return servant_dirread(c, buf, n, off, floppy_gen);
	if (!is_ctl(c))
		return data_io(f, false, buf, n, off);
	snprintf(text, sizeof text, "%s\n", floppy_kind(f));
	return readstr(buf, n, off, text);
}

static int64_t
floppy_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	Floppy *f = floppy_at(c);

	if (f == NULL)
		return seterr(Eisdir, NULL);
	/* io reads the buffer only, when it writes the disk */
	return is_ctl(c) ? ctl_write(f, buf, n) : data_io(f, true, (uint8_t *)(uintptr_t)buf, n, off);
}

const Servant servant_floppy = {
	.dc = 'f', .name = "floppy",
	.shutdown = floppy_shutdown, .attach = floppy_attach, .walk = floppy_walk,
	.stat = floppy_stat, .open = floppy_open, .close = floppy_close,
	.read = floppy_read, .write = floppy_write,
};
