/*
 * servants/ether.c - #l, network cards: Ethernet frames as files. #lN is card N,
 * one directory etherN, bound to /net.
 * FILES   addr 0444     the card's address, 12 hexadecimal digits
 *         clone 0666    open: a free conversation's ctl
 *         stats 0444    counts, link state, address
 *         ifstats 0444  what the driver counts
 *         N/ctl         read: the number N; write: "connect TYPE" (-1: all types,
 *                       -2: the first 64 bytes of all), "promiscuous" (all frames of
 *                       the network, for conversations of type -1 and -2),
 *                       "bridge" (frames go out with the source address that they
 *                       have; none comes in that is for this machine),
 *                       "headersonly" (64 bytes of each frame: 58 of it, its size in
 *                       2, milliseconds since the start in 4, both big-endian)
 *         N/data        read: one frame, what finds no room is dropped; write: sends
 *                       one of ETHER_MIN to ETHER_MAX bytes, source address filled in.
 *                       One to the own address goes to the own conversations only, one
 *                       to the broadcast address to these too.
 *         N/type 0444   the type; 0: not connected. N/stats, N/ifstats: as above
 *         ctl and data are 0660 and the first opener's (wstat: mode), until the last
 *         close frees the conversation: 0666 and nobody's
 * ERRORS  Ebadspec no such card; Einuse all conversations are open; Ebadctl;
 *         Ebadarg a type; Eshort, Etoobig a frame's size
 * LOCKS   Ether.lk, see ether_conv.c
 * REFS    each open handle of ctl and data counts in Conv.nopen
 * LIMITS  NCARD cards, NCONV conversations of each
 * SEE     ether(3); servants/virtio_net.c; tests/unit/ether.c, tests/sys/net.sh
 */
#include "servants/ether_impl.h"

/* a qid's path: what it is, and above it which conversation */
enum { Qtop, Qether, Qaddr, Qclone, Qifstats, Qstats, Qconv, Qctl, Qdata, Qtype, KIND_BITS = 8 };

typedef struct File File;
struct File {
	const char *name;
	unsigned kind;
	uint32_t perm;       /* 0: the conversation's */
};
static const File card_file[] = {
	{ "addr", Qaddr, 0444 }, { "clone", Qclone, 0666 },
	{ "ifstats", Qifstats, 0444 }, { "stats", Qstats, 0444 },
};
static const File conv_file[] = {
	{ "ctl", Qctl, 0 }, { "data", Qdata, 0 },
	{ "ifstats", Qifstats, 0444 }, { "stats", Qstats, 0444 }, { "type", Qtype, 0444 },
};
static Ether ether[NCARD];

static int
ether_reset(void)
{
	for (int i = 0; i < NCARD; i++) {
		Ether *e = &ether[i];

		ether_init(e);
		if ((e->card = vnet_start(i, ether_input, e)) == NULL)
			break;
		klog("#l%d: %s\n", i, e->card->driver);
	}
	return 0;
}

static void
ether_shutdown(void)
{
	for (int i = 0; i < NCARD && ether[i].card != NULL; i++)
		ether[i].card->shutdown(ether[i].card);
}

static Ether *
ether_of(const Chan *c)
{
	return &ether[c->dev];
}

static unsigned
kind_of(const Chan *c)
{
	return c->qid.path & ((1 << KIND_BITS) - 1);
}

static unsigned
number_of(const Chan *c)
{
	return (unsigned)(c->qid.path >> KIND_BITS);
}

static Conv *
conv_of(const Chan *c)
{
	return &ether_of(c)->conv[number_of(c)];
}

static Qid
qid_made(unsigned kind, unsigned number)
{
	return qid_of(kind | (uint64_t)number << KIND_BITS, 0,
	    kind == Qtop || kind == Qether || kind == Qconv ? QTDIR : QTFILE);
}

static int
ether_attach(const char *spec, Chan **out)
{
	uint64_t n = 0;
	int rc;

	if (*spec != '\0' && parse_u64(spec, strlen(spec), &n) < 0)
		return seterr(Ebadspec, "a network card has a number");
	if (n >= NCARD || ether[n].card == NULL) /* not Enonexist, for which CORE drops the reason */
		return seterr(Ebadspec, ether[0].card == NULL ? "this machine has no network card" :
		    "this machine has no such network card");
	if ((rc = attach_root(&servant_ether, "", out)) == 0)
		(*out)->dev = (uint32_t)n;
	return rc;
}

/* ---- the tree ---- */
/* owner has room for OWNER_SIZE bytes. */
static void
file_dir(const Chan *c, const File *f, unsigned number, Dir *d, char *owner)
{
	Conv *cv = &ether_of(c)->conv[number];
	uint32_t perm = f->perm;

	snprintf(owner, OWNER_SIZE, "%s", eve);
	if (perm == 0) {
		lock(&cv->ether->lk);
		perm = cv->perm;
		if (*cv->owner != '\0')
			memcpy(owner, cv->owner, OWNER_SIZE);
		unlock(&cv->ether->lk);
	}
	dir_set(d, c, f->name, qid_made(f->kind, number), perm, 0);
	d->uid = owner;
}

static unsigned
nused(Ether *e)
{
	unsigned n;

	lock(&e->lk);
	n = e->nused;
	unlock(&e->lk);
	return n;
}

static int
ether_gen(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs)
{
	switch (kind_of(c)) {
	case Qtop:
		if (i > 0)
			return 0;
		snprintf(strs, nstrs, "ether%u", (unsigned)c->dev);
		dir_set(d, c, strs, qid_made(Qether, 0), 0555, 0);
		return 1;
	case Qether:
		if (i < nelem(card_file)) {
			file_dir(c, &card_file[i], 0, d, strs);
			return 1;
		}
		i -= nelem(card_file);
		if (i >= nused(ether_of(c)))
			return 0;
		snprintf(strs, nstrs, "%zu", i);
		dir_set(d, c, strs, qid_made(Qconv, (unsigned)i), 0555, 0);
		return 1;
	default:
		if (i >= nelem(conv_file))
			return 0;
		file_dir(c, &conv_file[i], number_of(c), d, strs);
		return 1;
	}
}

static int
ether_step(Chan *nc, Str name)
{
	if (!str_eq(name, ".."))
		return step_gen(nc, name, ether_gen);
	nc->qid = qid_made(kind_of(nc) == Qconv ? Qether : Qtop, 0);
	return 0;
}

static int64_t
ether_walk(Chan *c, Chan *nc, const Str *name, size_t n, Qid *qid)
{
	nc->dev = c->dev;
	return walk_each(nc, name, n, qid, ether_step);
}

static const File *
file_of(const Chan *c)
{
	for (size_t i = 0; i < nelem(card_file); i++)
		if (card_file[i].kind == kind_of(c))
			return &card_file[i];
	for (size_t i = 0; i < nelem(conv_file); i++)
		if (conv_file[i].kind == kind_of(c))
			return &conv_file[i];
	panic("ether: qid %d", (int)c->qid.path);
}

static int64_t
ether_stat(Chan *c, uint8_t *buf, size_t n)
{
	char strs[OWNER_SIZE];
	Dir d;

	if (!(c->qid.type & QTDIR)) {
		file_dir(c, file_of(c), number_of(c), &d, strs);
	} else {
		if (kind_of(c) == Qconv)
			snprintf(strs, sizeof strs, "%u", number_of(c));
		else
			snprintf(strs, sizeof strs, kind_of(c) == Qtop ? "#l%u" : "ether%u", (unsigned)c->dev);
		dir_set(&d, c, strs, c->qid, 0555, 0);
	}
	return servant_stat(c, buf, n, &d);
}

/* The mode of ctl and data, both at once. */
static int
ether_wstat(Chan *c, const uint8_t *buf, size_t n)
{
	char *strs = malloc(n + 1);
	Dir d, null;
	Conv *cv = conv_of(c);
	bool mine;
	int rc;

	if (strs == NULL)
		return seterr(Enomem, NULL);
	dir_null(&null);
	rc = dir_unpack(&d, buf, n, strs);
	if (rc >= 0 && ((kind_of(c) != Qctl && kind_of(c) != Qdata) || d.name[0] != '\0'))
		rc = seterr(Eperm, "ether: wstat");
	if (rc >= 0 && d.mode != null.mode) {
		lock(&cv->ether->lk);
		mine = strcmp(cv->owner, up_user()) == 0;
		if (mine)
			cv->perm = d.mode & 0666;
		unlock(&cv->ether->lk);
		rc = mine ? 0 : seterr(Eperm, "ether: only who has the conversation open");
	}
	free(strs);
	return rc < 0 ? rc : 0;
}

static int
ether_open(Chan *c, int omode)
{
	int i;

	if (c->qid.type & QTDIR)
		return (omode & ~OCEXEC) == OREAD ? 0 : seterr(Eisdir, NULL);
	switch (kind_of(c)) {
	case Qclone:
	case Qctl:
	case Qdata:
		i = conv_open(ether_of(c), kind_of(c) == Qclone ? -1 : (int)number_of(c), omode);
		if (i >= 0 && kind_of(c) == Qclone)
			c->qid = qid_made(Qctl, (unsigned)i);
		return i < 0 ? i : 0;
	default:
		return servant_perm(eve, 0444, omode);
	}
}

static void
ether_close(Chan *c)
{
	if (atomic_load(&c->flag) & COPEN && (kind_of(c) == Qctl || kind_of(c) == Qdata))
		conv_close(conv_of(c));
}

/* ---- reading ---- */
static char *
addr_text(const uint8_t addr[ETHER_ADDR])
{
	return smprint("%.2x%.2x%.2x%.2x%.2x%.2x", addr[0], addr[1], addr[2], addr[3], addr[4], addr[5]);
}

static char *
stats_text(Ether *e)
{
	EtherCard *card = e->card;
	uint64_t nin, nout, overflows;
	char *addr = addr_text(card->addr), *text;
	unsigned prom;

	lock(&e->lk);
	nin = e->nin;
	nout = e->nout;
	overflows = e->overflows;
	prom = e->npromiscuous;
	unlock(&e->lk);
	text = addr == NULL ? NULL : smprint("in: %" PRIu64 "\nlink: %d\nout: %" PRIu64
	    "\ncrc errs: 0\noverflows: 0\nsoft overflows: %" PRIu64 "\nframing errs: %u\nbuffer errs: 0\n"
	    "output errs: %u\nprom: %u\nmbps: 1000\naddr: %s\n", nin, (int)atomic_load(&card->link), nout,
	    overflows, atomic_load(&card->bad_size), atomic_load(&card->nsend_failed), prom, addr);
	free(addr);
	return text;
}

static char *
type_text(Conv *cv)
{
	int type;

	lock(&cv->ether->lk);
	type = cv->type;
	unlock(&cv->ether->lk);
	return smprint("%11d ", type == TYPE_NONE ? 0 : type);
}

static int64_t
ether_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	EtherCard *card = ether_of(c)->card;
	char *text = NULL;

	if (c->qid.type & QTDIR)
		return servant_dirread(c, buf, n, off, ether_gen);
	switch (kind_of(c)) {
	case Qdata: return conv_read(conv_of(c), c, buf, n);
	case Qaddr: text = addr_text(card->addr); break;
	case Qctl: text = smprint("%11u ", number_of(c)); break;
	case Qtype: text = type_text(conv_of(c)); break;
	case Qstats: text = stats_text(ether_of(c)); break;
	case Qifstats:
		text = smprint("driver: %s\nreceive queue: %u\nsend queue: %u\n", card->driver, card->nrx, card->ntx);
		break;
	}
	return text != NULL ? text_take(buf, n, off, text) : seterr(Enomem, NULL);
}

static int64_t
ether_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	USED(off);
	switch (kind_of(c)) {
	case Qctl: return conv_ctl(conv_of(c), buf, n);
	case Qdata: return conv_write(conv_of(c), c, buf, n);
	}
	return seterr(Eperm, NULL);
}

const Servant servant_ether = {
	.dc = 'l', .name = "ether",
	.reset = ether_reset, .shutdown = ether_shutdown, .attach = ether_attach, .walk = ether_walk,
	.stat = ether_stat, .wstat = ether_wstat, .open = ether_open, .close = ether_close,
	.read = ether_read, .write = ether_write,
};
