/*
 * servants/cons_text.c - the files of #c that are a line or two of text: times,
 * numbers, names, statistics. Numbers are padded as cons(3) says: 11 columns
 * and a blank, 21 and a blank for those of 64 bits.
 * LOCKS   name.lk guards the system's name; leaf
 * LIMITS  NAME_SIZE - 1 bytes of sysname
 */
#include "hvm/hvm.h"
#include "servants/cons_impl.h"

enum { NAME_SIZE = 64 };
#define NS_PER_S INT64_C(1000000000)

static struct {
	QLock lk;
	bool known;              /* lk */
	char name[NAME_SIZE];    /* lk */
} sys;

static char *
time_text(void)
{
	int64_t ns = wall_ns();

	return smprint("%11" PRId64 " %21" PRId64 " %21" PRId64 " %21" PRId64 " ",
	    ns / NS_PER_S, ns, up_ns(), NS_PER_S);
}

static char *
cputime_text(void)
{
	Proc *p = up();
	ProcInfo i;
	char text[6 * 12 + 1], *to = text;

	memset(&i, 0, sizeof i);
	if (p != NULL && proc_info(p, &i) < 0)
		return NULL;
	for (int k = 0; k < 6; k++)
		to = seprint(to, text + sizeof text, "%11u ", (unsigned)i.time[k]);
	return strdup(text);
}

static char *
pgrpid_text(void)
{
	Proc *p = up();
	ProcInfo i;

	memset(&i, 0, sizeof i);
	if (p != NULL && proc_info(p, &i) < 0)
		return NULL;
	return smprint("%11d ", i.noteid);
}

static uint64_t
page_faults(void)
{
	char text[64];
	int n = hvm_debug("faults", text, sizeof text - 1);

	text[n > 0 ? n : 0] = '\0';
	return strtoull(text, NULL, 10);
}

/* One line for all processors: its number, switches, interrupts, calls, faults, those
 * of the TLB and its purges, load, idle and interrupt time. What only the kernel could
 * count, and X.2 has no call to ask, is 0; the load is now, not an average. */
static char *
sysstat_text(void)
{
	return smprint("%11d %11d %11u %11" PRIu64 " %11" PRIu64 " %11d %11d %11u %11d %11d \n", 0, 0,
	    irq_count(), core_nsyscall(), page_faults(), 0, 0, 1000 * core_nready(), 0, 0);
}

/* Those that the reader may attach to. */
static char *
drivers_text(void)
{
	char *text = malloc(4096), *p = text;
	const Servant *s;

	if (text != NULL)
		*text = '\0';
	for (int dc = '!'; text != NULL && dc < 0x7F; dc++)
		if ((s = servant_find(dc)) != NULL && proc_mayattach(dc))
			p = seprint(p, text + 4096, "#%c %s\n", dc, s->name);
	return text;
}

static char *
bootargs_text(void)
{
	static const char *const key[] = { /* lines of doc/boot.md */
		"node", "mode", "script", "trace", "quiet", "disks", "shares", "user", "console", "debugexit",
		"term", "winsize",
	};
	char value[256], *text = malloc(4096), *p = text;

	if (text != NULL)
		*text = '\0';
	for (size_t i = 0; text != NULL && i < nelem(key); i++)
		if (plat_bootarg(key[i], value, sizeof value) >= 0)
			p = seprint(p, text + 4096, "%s=%s\n", key[i], value);
	return text;
}

/* REQUIRES sys.lk */
static const char *
sysname_locked(void)
{
	if (!sys.known && plat_bootarg("node", sys.name, sizeof sys.name) < 0)
		snprintf(sys.name, sizeof sys.name, "lp49");
	sys.known = true;
	return sys.name;
}

static char *
sysname_text(void)
{
	char *text;

	qlock(&sys.lk);
	text = strdup(sysname_locked());
	qunlock(&sys.lk);
	return text;
}

int64_t
drivers_write(const void *buf, size_t n)
{
	static const Cmd cmd[] = { { "chdev", -1, 0 } };
	CmdLine l;
	int rc = cmd_parse(cmd, nelem(cmd), buf, n, &l);

	if (rc < 0)
		return rc;
	rc = proc_chdev(l.argc > 1 ? l.argv[1] : "", l.argc > 2 ? l.argv[2] : NULL);
	cmd_free(&l);
	return rc < 0 ? rc : (int64_t)n;
}

int64_t
sysname_write(const void *buf, size_t n)
{
	Str s = { buf, n };
	int rc;

	while (s.n > 0 && (s.s[s.n - 1] == '\n' || s.s[s.n - 1] == ' '))
		s.n--;
	if ((rc = name_ok(s, NAME_SIZE - 1)) < 0)
		return rc;
	qlock(&sys.lk);
	memcpy(sys.name, s.s, s.n);
	sys.name[s.n] = '\0';
	sys.known = true;
	qunlock(&sys.lk);
	return (int64_t)n;
}

static char *
swap_text(void)
{
	char *text = malloc(2048);
	int n = text != NULL ? hvm_debug("swap", text, 2047) : 0;

	if (text == NULL)
		return NULL;
	if (n < 0)
		n = 0;
	text[n < 2047 ? n : 2047] = '\0';
	return text;
}

int
text_make(uint32_t qid, char **text)
{
	char *s = NULL;

	switch (qid) {
	case Qbootargs: s = bootargs_text(); break;
	case Qcputime: s = cputime_text(); break;
	case Qdrivers: s = drivers_text(); break;
	case Qhostowner: s = strdup(eve); break;
	case Qosversion: s = strdup("2000"); break;
	case Qpgrpid: s = pgrpid_text(); break;
	case Qpid: s = smprint("%11d ", proc_self()); break;
	case Qppid: s = smprint("%11d ", proc_parent()); break;
	case Qswap: s = swap_text(); break;
	case Qsysname: s = sysname_text(); break;
	case Qsysstat: s = sysstat_text(); break;
	case Qtime: s = time_text(); break;
	case Quser: s = strdup(up_user()); break;
	default: return seterr(Eperm, NULL);
	}
	if (s == NULL)
		return seterr(Enomem, NULL);
	*text = s;
	return 0;
}

/* ---- clocks ---- */

int64_t
time_write(const void *buf, size_t n)
{
	uint64_t s = 0;
	int rc;

	if ((rc = parse_u64(buf, n, &s)) < 0)
		return rc;
	if (s > INT64_MAX / NS_PER_S)
		return seterr(Ebadarg, "time");
	wall_set((int64_t)s * NS_PER_S);
	return (int64_t)n;
}

static void
be64_put(uint8_t *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

static uint64_t
be64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

int64_t
bintime_read(void *buf, size_t n)
{
	uint8_t b[24];

	be64_put(b, (uint64_t)wall_ns());
	be64_put(b + 8, (uint64_t)up_ns());
	be64_put(b + 16, NS_PER_S);
	if (n > sizeof b)
		n = sizeof b;
	memcpy(buf, b, n);
	return (int64_t)n;
}

/* "n" and 8 bytes set the clock; trimming it is not offered: the host's is used. */
int64_t
bintime_write(const void *buf, size_t n)
{
	const uint8_t *b = buf;

	if (n != 9 || b[0] != 'n' || be64(b + 1) > INT64_MAX)
		return seterr(Ebadarg, "bintime");
	wall_set((int64_t)be64(b + 1));
	return (int64_t)n;
}
