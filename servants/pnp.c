/*
 * servants/pnp.c - #$, the functions on the machine's PCI buses.
 * FILES   pci/BUS.DEV.FNctl  0444  a line: class, subclass and interface as CC.SS.II,
 *                            VENDOR/DEVICE, the interrupt line, and for each base
 *                            address register its number, value and size
 *         pci/BUS.DEV.FNraw  0660  the 256 bytes of configuration space; writes
 *                            are of 1, 2 or 4 bytes at a multiple of that
 * ERRORS  Ebadarg a write of another size or place
 * LOCKS   none: the table is made at the start
 * LIMITS  NFN functions
 * SEE     pnp(3)
 */
#include "servants/servants_impl.h"

enum { NFN = 128, CONFIG_SIZE = 256, Qtop = 0, Qpci = 1, Qfn = 2 };
enum { Kctl, Kraw };

static PlatPci *fn_of;
static size_t nfn;

static int
pnp_reset(void)
{
	PlatPci p;

	while (nfn < NFN && plat_pci_probe((int)nfn, &p) == 0) {
		PlatPci *more = realloc(fn_of, (nfn + 1) * sizeof *more);

		if (more == NULL)
			return seterr(Enomem, NULL);
		fn_of = more;
		fn_of[nfn++] = p;
	}
	return 0;
}

static const PlatPci *
fn_at(const Chan *c)
{
	return &fn_of[(c->qid.path - Qfn) / 2];
}

static unsigned
kind_of(const Chan *c)
{
	return (unsigned)(c->qid.path - Qfn) % 2;
}

static void
fn_dir(const Chan *c, uint64_t path, Dir *d, char *strs, size_t nstrs)
{
	const PlatPci *p = &fn_of[(path - Qfn) / 2];
	bool raw = (path - Qfn) % 2 == Kraw;

	snprintf(strs, nstrs, "%d.%d.%d%s", p->bus, p->dev, p->fn, raw ? "raw" : "ctl");
	dir_set(d, c, strs, qid_of(path, 0, QTFILE), raw ? 0660 : 0444, raw ? CONFIG_SIZE : 0);
}

static int
pnp_gen(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs)
{
	if (c->qid.path == Qtop) {
		if (i > 0)
			return 0;
		dir_set(d, c, "pci", qid_of(Qpci, 0, QTDIR), 0555, 0);
		return 1;
	}
	if (i >= 2 * nfn)
		return 0;
	fn_dir(c, Qfn + i, d, strs, nstrs);
	return 1;
}

static int
pnp_step(Chan *nc, Str name)
{
	if (!str_eq(name, ".."))
		return step_gen(nc, name, pnp_gen);
	nc->qid = qid_of(Qtop, 0, QTDIR);
	return 0;
}

static int
pnp_attach(const char *spec, Chan **out)
{
	return attach_root(&servant_pnp, spec, out);
}

static int64_t
pnp_walk(Chan *c, Chan *nc, const Str *name, size_t n, Qid *qid)
{
	USED(c);
	return walk_each(nc, name, n, qid, pnp_step);
}

static int64_t
pnp_stat(Chan *c, uint8_t *buf, size_t n)
{
	char strs[32];
	Dir d;

	if (c->qid.path == Qtop || c->qid.path == Qpci)
		dir_set(&d, c, c->qid.path == Qtop ? "#$" : "pci", c->qid, 0555, 0);
	else
		fn_dir(c, c->qid.path, &d, strs, sizeof strs);
	return servant_stat(c, buf, n, &d);
}

static int
pnp_open(Chan *c, int omode)
{
	if (c->qid.type & QTDIR)
		return (omode & ~OCEXEC) == OREAD ? 0 : seterr(Eisdir, NULL);
	return servant_perm(eve, kind_of(c) == Kraw ? 0660 : 0444, omode & ~OTRUNC);
}

static char *
ctl_text(const PlatPci *f)
{
	enum { SIZE = 256 };
	char *text = malloc(SIZE), *p, *end = text + SIZE;

	if (text == NULL)
		return NULL;
	p = seprint(text, end, "%.2x.%.2x.%.2x %.4x/%.4x %3d", f->class, f->subclass, f->progif,
	    f->vendor, f->device, f->irq);
	for (size_t i = 0; i < nelem(f->bar); i++)
		if (f->bar[i].size != 0)
			p = seprint(p, end, " %zu:%.8x %u", i, (unsigned)f->bar[i].bar,
			    (unsigned)f->bar[i].size);
	(void)seprint(p, end, "\n");
	return text;
}

static int64_t
pnp_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	char *text;

	if (c->qid.type & QTDIR)
		return servant_dirread(c, buf, n, off, pnp_gen);
	if (kind_of(c) == Kraw) {
		if (off >= CONFIG_SIZE)
			return 0;
		n = n < CONFIG_SIZE - off ? n : (size_t)(CONFIG_SIZE - off);
		plat_pci_config(fn_at(c), false, (size_t)off, buf, n);
		return (int64_t)n;
	}
	if ((text = ctl_text(fn_at(c))) == NULL)
		return seterr(Enomem, NULL);
	return text_take(buf, n, off, text);
}

static int64_t
pnp_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	uint8_t copy[4];

	if (kind_of(c) != Kraw)
		return seterr(Eperm, NULL);
	if ((n != 1 && n != 2 && n != 4) || off % n != 0 || off > CONFIG_SIZE - n)
		return seterr(Ebadarg, "pci raw: %zu bytes at %" PRIu64 ": write 1, 2 or 4 in place", n, off);
	memcpy(copy, buf, n);
	plat_pci_config(fn_at(c), true, (size_t)off, copy, n);
	return (int64_t)n;
}

const Servant servant_pnp = {
	.dc = '$', .name = "pnp",
	.reset = pnp_reset, .attach = pnp_attach, .walk = pnp_walk, .stat = pnp_stat,
	.open = pnp_open, .read = pnp_read, .write = pnp_write,
};
