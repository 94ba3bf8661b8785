/*
 * servants/cons.c - #c, the console and the system's small files.
 * FILES   cons 0660      the terminal, by lines (servants/cons_line.c)
 *         consctl 0660   write: rawon rawoff (each byte is input), editon editoff (that,
 *                        but ^C interrupts, too), holdon holdoff, sizeon sizeoff (a change of
 *                        size comes as input, "ESC [ 48 ; ROWS ; COLUMNS ; 0 ; 0 t"), all
 *                        undone by close; "size COLUMNS ROWS", "asksize" (the
 *                        terminal, where its line doesn't tell), which are not;
 *                        read: the modes, "size COLUMNS ROWS", and "line open"
 *                        when the cursor is behind a line's begin, else "line fresh"
 *         history 0660   lines typed to shells: read: all that is kept; write: adds to it
 *         stdin 0440 stdout 0220 stderr 0220   the host's, 8-bit clean
 *         null 0666      read 0 bytes;  zero 0444 zeros;  full 0666 zeros,
 *                        writes fail with Enospc
 *         random 0666    write: mixed in
 *         pid ppid pgrpid 0444  numbers;  user hostowner osversion 0444 names
 *         sysname 0664   write: the new name
 *         time 0664      seconds, ns, ticks, ticks per second; write: seconds
 *         bintime 0664   the same in 24 bytes; write: 'n' and ns
 *         cputime sysstat swap bootargs 0444   statistics; how it was started
 *         drivers 0666   the servants that may be attached to; write: "chdev OP
 *                        LETTERS", for the name space group, for good
 *         kmesg 0440 kprint 0440   the log; what is printed from now on
 *         reboot 0220    write: "halt", "halt STATUS", "reboot": ends the machine
 *         hvm 0660       write: a command of the debug shell; read: its text
 * ERRORS  Ebadctl, Ebadarg, Enospc
 * LOCKS   rnd.lk guards the generator; what hangs on a handle has its own
 * LIMITS  Not here, of cons(3): config (there is no such file to build CORE from),
 *         hostdomain (it comes with authentication), mordor. kmesg has the system's
 *         own lines; kprint what programs print too. bintime's clock is not trimmed:
 *         no 'd', no 'f'. reboot loads no other kernel. user is not written.
 * SEE     cons(3)
 */
#include "servants/cons_impl.h"
#include "servants/random.h"

static const DirEnt tree[] = {
	{ ".", Qdir, DMDIR | 0555 },
	{ "bintime", Qbintime, 0664 }, { "bootargs", Qbootargs, 0444 },
	{ "cons", Qcons, 0660 }, { "consctl", Qconsctl, 0660 },
	{ "cputime", Qcputime, 0444 }, { "drivers", Qdrivers, 0666 },
	{ "full", Qfull, 0666 }, { "history", Qhistory, 0660 }, { "hostowner", Qhostowner, 0444 },
	{ "hvm", Qhvm, 0660 }, { "kmesg", Qkmesg, 0440 }, { "kprint", Qkprint, 0440 },
	{ "null", Qnull, 0666 }, { "osversion", Qosversion, 0444 },
	{ "pgrpid", Qpgrpid, 0444 }, { "pid", Qpid, 0444 }, { "ppid", Qppid, 0444 },
	{ "random", Qrandom, 0666 }, { "reboot", Qreboot, 0220 },
	{ "stderr", Qstderr, 0220 }, { "stdin", Qstdin, 0440 }, { "stdout", Qstdout, 0220 },
	{ "swap", Qswap, 0444 }, { "sysname", Qsysname, 0664 }, { "sysstat", Qsysstat, 0444 },
	{ "time", Qtime, 0664 }, { "user", Quser, 0444 }, { "zero", Qzero, 0444 },
};

static struct {
	QLock lk;
	bool seeded;             /* lk */
	Random r;                /* lk */
} rnd;

/* What hangs on an open handle of kprint. */
typedef struct Kprint Kprint;
struct Kprint {
	QLock lk;
	uint64_t pos;            /* lk */
};

static int
cons_reset(void)
{
	int rc = term_start();

	return rc == -Enonexist ? 0 : rc; /* a machine without a terminal runs */
}

static void
cons_shutdown(void)
{
	conio_drain(5000);
}

static const DirEnt *
entry_of(const Chan *c)
{
	for (size_t i = 0; i < nelem(tree); i++)
		if (tree[i].qid == c->qid.path)
			return &tree[i];
	return &tree[0];
}

static int
cons_gen(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs)
{
	USED(strs);
	USED(nstrs);
	if (i + 1 >= nelem(tree))
		return 0;
	dir_set(d, c, tree[i + 1].name, qid_of(tree[i + 1].qid, 0, QTFILE), tree[i + 1].perm, 0);
	return 1;
}

/* ---- random ---- */

enum { SEED_SIZE = 32, RESEED_AFTER = 1 << 20 };

/* REQUIRES rnd.lk. Without a device for it, the clock is all there is. */
static void
random_seed(void)
{
	int64_t now[2] = { wall_ns(), up_ns() };
	uint8_t seed[SEED_SIZE];
	int64_t n = vrng_read(seed, sizeof seed);

	if (n > 0)
		random_mix(&rnd.r, seed, (size_t)n);
	else if (!rnd.seeded)
		klog("#c/random: no source of randomness but the clock\n");
	random_mix(&rnd.r, now, sizeof now);
	rnd.seeded = true;
}

static int64_t
random_read(void *buf, size_t n)
{
	qlock(&rnd.lk);
	if (!rnd.seeded || rnd.r.count > RESEED_AFTER)
		random_seed();
	random_make(&rnd.r, buf, n);
	qunlock(&rnd.lk);
	return (int64_t)n;
}

static int64_t
random_write(const void *buf, size_t n)
{
	qlock(&rnd.lk);
	random_mix(&rnd.r, buf, n);
	qunlock(&rnd.lk);
	return (int64_t)n;
}

/* ---- the end ---- */

static int64_t
reboot_write(const void *buf, size_t n)
{
	enum { HALT, REBOOT };
	static const Cmd cmd[] = { { "halt", -1, HALT }, { "reboot", 0, REBOOT } };
	uint64_t status = 0;
	CmdLine l;
	int rc = cmd_parse(cmd, nelem(cmd), buf, n, &l), bad = 0;

	if (rc < 0)
		return rc;
	if (l.argc > 2)
		bad = seterr(Ebadarg, "halt STATUS");
	else if (l.argc == 2)
		bad = parse_u64(l.argv[1], strlen(l.argv[1]), &status);
	if (bad == 0 && status > 255)
		bad = seterr(Ebadarg, "halt: status %s", l.argv[1]);
	cmd_free(&l);
	if (bad < 0)
		return bad;
	core_shutdown();
	if (rc == REBOOT)
		plat_reboot();
	plat_poweroff((int)status);
}

/* ---- the debug shell as a file ---- */

static int64_t
hvm_write(TextFile *f, const void *buf, size_t n)
{
	char line[256], *text;
	size_t k = n;
	int64_t rc;

	while (k > 0 && (((const char *)buf)[k - 1] == '\n' || ((const char *)buf)[k - 1] == ' '))
		k--;
	if (k >= sizeof line)
		return seterr(Etoobig, "hvm");
	memcpy(line, buf, k);
	line[k] = '\0';
	if ((rc = debug_run(line, &text)) < 0)
		return rc;
	qlock(&f->lk);
	free(f->text);
	f->text = text;
	qunlock(&f->lk);
	return (int64_t)n;
}

static int64_t
hvm_read(TextFile *f, void *buf, size_t n, uint64_t off)
{
	int64_t rc;

	qlock(&f->lk);
	rc = f->text != NULL ? readstr(buf, n, off, f->text) : 0;
	qunlock(&f->lk);
	return rc;
}

/* ---- the servant ---- */

static int
cons_open(Chan *c, int omode)
{
	Kprint *k;
	int rc = servant_perm(eve, entry_of(c)->perm & 0777, omode & ~OTRUNC);

	if (rc < 0)
		return rc;
	switch (c->qid.path) {
	case Qstdin:
		term_owner();
		return 0;
	case Qconsctl:
		c->aux = calloc(1, sizeof(Consctl));
		break;
	case Qkprint:
		if ((k = calloc(1, sizeof *k)) != NULL)
			k->pos = kprint_end();
		c->aux = k;
		break;
	case Qhvm:
		return textfile_open(c);
	default:
		return 0;
	}
	return c->aux != NULL ? 0 : seterr(Enomem, NULL);
}

static void
cons_close(Chan *c)
{
	if (c->aux == NULL)
		return;
	if (c->qid.path == Qhvm) {
		textfile_close(c);
		return;
	}
	if (c->qid.path == Qconsctl)
		term_ctl_close(c->aux);
	free(c->aux);
	c->aux = NULL;
}

static int64_t
kprint_file_read(Kprint *k, void *buf, size_t n)
{
	uint64_t pos;
	int64_t rc;

	qlock(&k->lk);
	pos = k->pos;
	qunlock(&k->lk);
	if ((rc = kprint_read(buf, n, &pos)) < 0)
		return rc;
	qlock(&k->lk);
	k->pos = pos;
	qunlock(&k->lk);
	return rc;
}

static int64_t
zero_read(void *buf, size_t n)
{
	memset(buf, 0, n);
	return (int64_t)n;
}

static int64_t
cons_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	char *text;
	int rc;

	if (c->qid.type & QTDIR)
		return servant_dirread(c, buf, n, off, cons_gen);
	switch (c->qid.path) {
	case Qcons: return term_read(buf, n);
	case Qstdin:
		term_owner();
		return conio_read(PORT_IN, buf, n);
	case Qnull: return 0;
	case Qzero:
	case Qfull: return zero_read(buf, n);
	case Qrandom: return random_read(buf, n);
	case Qbintime: return bintime_read(buf, n);
	case Qkmesg: return klog_read(buf, n, off);
	case Qkprint: return kprint_file_read(c->aux, buf, n);
	case Qhvm: return hvm_read(c->aux, buf, n, off);
	case Qhistory: return hist_read(buf, n, off);
	case Qconsctl:
		if ((text = term_ctl_text()) == NULL)
			return seterr(Enomem, NULL);
		return text_take(buf, n, off, text);
	}
	if ((rc = text_make((uint32_t)c->qid.path, &text)) < 0)
		return rc;
	return text_take(buf, n, off, text);
}

/* A program whose reader on the host has left ends as at a pipe. */
static int64_t
host_write(int port, const void *buf, size_t n)
{
	int64_t rc = conio_write(port, buf, n);

	if (rc == -Epipe && up() != NULL)
		(void)proc_note(up(), "sys: write on closed pipe", true);
	return rc;
}

static int64_t
cons_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	USED(off);
	switch (c->qid.path) {
	case Qcons: return term_write(buf, n);
	case Qconsctl: return term_ctl(c->aux, buf, n);
	case Qhistory: return hist_write(buf, n);
	case Qstdout: return host_write(PORT_OUT, buf, n);
	case Qstderr: return host_write(PORT_ERR, buf, n);
	case Qnull: return (int64_t)n;
	case Qfull: return seterr(Enospc, "full");
	case Qrandom: return random_write(buf, n);
	case Qdrivers: return drivers_write(buf, n);
	case Qsysname: return sysname_write(buf, n);
	case Qtime: return time_write(buf, n);
	case Qbintime: return bintime_write(buf, n);
	case Qreboot: return reboot_write(buf, n);
	case Qhvm: return hvm_write(c->aux, buf, n);
	}
	return seterr(Eperm, NULL);
}

const Servant servant_cons = {
	.dc = 'c', .name = "cons", SERVANT_TREE(tree),
	.reset = cons_reset, .shutdown = cons_shutdown, .open = cons_open,
	.close = cons_close, .read = cons_read, .write = cons_write,
};
