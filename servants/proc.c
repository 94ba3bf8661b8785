/*
 * servants/proc.c - #p, the processes: a directory for each, named by pid.
 * FILES   N/args 0644     arguments, quoted; write replaces them
 *         N/ctl 0200      stop [N] start [N] waitstop startstop hang nohang noswap kill
 *                         interrupt nointerrupt closefiles close FD pri N private,
 *                         trace LIST, trace off (the classes of doc/trace.md);
 *                         stop and start with a number: that thread only
 *         N/fd 0444       current directory and open files
 *         N/mem 0640      memory at the offset's address, unless it is private
 *         N/note 0640     write: post a note; read: take the oldest
 *         N/noteid 0664   the note group's number; write: join another
 *         N/notepg 0200   write: a note for the whole group
 *         N/ns 0444       commands that rebuild its name space
 *         N/regs 0440     registers, "name value" lines
 *         N/segment 0444  memory segments;  N/status 0444  as in proc(3)
 *         N/threads 0440  its L4 threads: number, L4 id, state, pc, sp; 0 is the main one
 *         N/text          opens the file it was started from
 *         N/wait 0400     exit records of its children, as await(2)
 * Files belong to the process's user.
 * ERRORS  Eprocdied the process is gone; Ebadctl; Eaddr memory not there;
 *         Eperm memory is private
 * LOCKS   none of its own but TextFile's, held while CORE makes a text
 * REFS    a Proc is held for the length of one call only
 * LIMITS  Not here, of proc(3): fpregs kregs proc, for no L4 call gives another
 *         thread's floating point registers, and the kernel's are its own; profile
 *         watchpt and the verbs for them, which the kernel would have to serve;
 *         wired and real-time verbs. pri above 10 is shown, but is as 10: CORE itself
 *         must get to run. A process of a lower one runs when none of a higher does. regs is text, and is not written. A stopped
 *         process takes its notes when it starts, also while a waitstop is pending.
 * SEE     proc(3)
 */
#include "hvm/hvm.h"
#include "servants/servants_impl.h"

enum {
	Qroot, Qprocdir, Qargs, Qctl, Qfd, Qmem, Qnote, Qnoteid, Qnotepg, Qns, Qregs,
	Qsegment, Qstatus, Qtext, Qthreads, Qwait,
};
enum { KIND_BITS = 8, TEXT_SIZE = 64 * 1024 };

static const struct {
	const char *name;
	unsigned kind;
	uint32_t perm;
} file[] = {
	{ "args", Qargs, 0644 }, { "ctl", Qctl, 0200 }, { "fd", Qfd, 0444 },
	{ "mem", Qmem, 0640 }, { "note", Qnote, 0640 }, { "noteid", Qnoteid, 0664 },
	{ "notepg", Qnotepg, 0200 }, { "ns", Qns, 0444 }, { "regs", Qregs, 0440 },
	{ "segment", Qsegment, 0444 }, { "status", Qstatus, 0444 }, { "text", Qtext, 0444 },
	{ "threads", Qthreads, 0440 }, { "wait", Qwait, 0400 },
};

static unsigned
kind_of(const Chan *c)
{
	return (unsigned)(c->qid.path & ((1u << KIND_BITS) - 1));
}

static int
pid_of(const Chan *c)
{
	return (int)(c->qid.path >> KIND_BITS);
}

static Qid
proc_qid(int pid, unsigned kind)
{
	return qid_of((uint64_t)(unsigned)pid << KIND_BITS | kind, 0, kind <= Qprocdir ? QTDIR : QTFILE);
}

/* The process of a handle and its picture; NULL: it is gone (reason set). */
static Proc *
proc_of(const Chan *c, ProcInfo *info)
{
	Proc *p = proc_get(pid_of(c));

	if (p != NULL && proc_info(p, info) == 0)
		return p;
	proc_put(p);
	(void)seterr(Eprocdied, "process %d", pid_of(c));
	return NULL;
}

/* ---- names ---- */

static int
proc_attach(const char *spec, Chan **out)
{
	return attach_root(&servant_proc, spec, out);
}

static int
pid_step(Chan *nc, Str name)
{
	uint64_t pid = 0;
	Proc *p;

	for (size_t i = 0; i < name.n; i++)
		if (name.s[i] < '0' || name.s[i] > '9' || i > 9)
			return seterr(Enonexist, "%.*s", (int)name.n, name.s);
	if (name.s[0] == '0' || parse_u64(name.s, name.n, &pid) < 0 || pid > INT32_MAX)
		return seterr(Enonexist, "%.*s", (int)name.n, name.s);
	if ((p = proc_get((int)pid)) == NULL)
		return seterr(Enonexist, "%.*s", (int)name.n, name.s);
	proc_put(p);
	nc->qid = proc_qid((int)pid, Qprocdir);
	return 0;
}

static int
proc_step(Chan *nc, Str name)
{
	if (str_eq(name, "..")) {
		nc->qid = proc_qid(0, Qroot);
		return 0;
	}
	if (kind_of(nc) == Qroot)
		return pid_step(nc, name);
	for (size_t i = 0; i < nelem(file); i++)
		if (str_eq(name, file[i].name)) {
			nc->qid = proc_qid(pid_of(nc), file[i].kind);
			return 0;
		}
	return seterr(Enonexist, "%.*s", (int)name.n, name.s);
}

static int64_t
proc_walk(Chan *c, Chan *nc, const Str *name, size_t n, Qid *qid)
{
	USED(c);
	return walk_each(nc, name, n, qid, proc_step);
}

static size_t
file_of(unsigned kind)
{
	size_t i = 0;

	while (i + 1 < nelem(file) && file[i].kind != kind)
		i++;
	return i;
}

/* strs: room for the name and the owner. */
static void
file_dir(Chan *c, const ProcInfo *info, size_t i, Dir *d, char *strs, size_t nstrs)
{
	snprintf(strs, nstrs, "%s", info->user);
	dir_set(d, c, file[i].name, proc_qid(info->pid, file[i].kind), file[i].perm, 0);
	d->uid = d->gid = d->muid = strs;
}

static void
pid_dir(Chan *c, const ProcInfo *info, Dir *d, char *strs, size_t nstrs)
{
	size_t k = sizeof info->user;

	snprintf(strs, k, "%s", info->user);
	snprintf(strs + k, nstrs - k, "%d", info->pid);
	dir_set(d, c, strs + k, proc_qid(info->pid, Qprocdir), 0555, 0);
	d->uid = d->gid = d->muid = strs;
}

static int
root_gen(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs)
{
	ProcInfo info;
	Proc *p;

	/* i is a slot: whoever ends or begins meanwhile hides no other */
	for (; (p = proc_next(&i)) != NULL; i++) {
		bool ok = proc_info(p, &info) == 0;

		proc_put(p);
		if (ok) {
			c->dri = i;
			pid_dir(c, &info, d, strs, nstrs);
			return 1;
		}
	}
	return 0;
}

static int
proc_gen(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs)
{
	ProcInfo info;
	Proc *p;

	if (kind_of(c) == Qroot)
		return root_gen(c, i, d, strs, nstrs);
	if (i >= nelem(file))
		return 0;
	if ((p = proc_of(c, &info)) == NULL)
		return -Eprocdied;
	proc_put(p);
	file_dir(c, &info, i, d, strs, nstrs);
	return 1;
}

static int64_t
proc_stat(Chan *c, uint8_t *buf, size_t n)
{
	char strs[64];
	ProcInfo info;
	Proc *p;
	Dir d;

	if (kind_of(c) == Qroot) {
		dir_set(&d, c, "#p", c->qid, 0555, 0);
		return servant_stat(c, buf, n, &d);
	}
	if ((p = proc_of(c, &info)) == NULL)
		return -Eprocdied;
	proc_put(p);
	if (kind_of(c) == Qprocdir)
		pid_dir(c, &info, &d, strs, sizeof strs);
	else
		file_dir(c, &info, file_of(kind_of(c)), &d, strs, sizeof strs);
	return servant_stat(c, buf, n, &d);
}

/* ---- open ---- */

static bool
is_text(unsigned kind)
{
	return kind == Qargs || kind == Qfd || kind == Qns || kind == Qregs ||
	    kind == Qsegment || kind == Qstatus || kind == Qthreads;
}

static int
file_perm(Chan *c, int omode)
{
	ProcInfo info;
	Proc *p = proc_of(c, &info);

	bool private;

	if (p == NULL)
		return -Eprocdied;
	private = kind_of(c) == Qmem && proc_private(p);
	proc_put(p);
	if (private)
		return seterr(Eperm, "memory is private");
	return servant_perm(info.user, file[file_of(kind_of(c))].perm, omode & ~OTRUNC);
}

static int
proc_open(Chan *c, int omode)
{
	int rc;

	if (c->qid.type & QTDIR)
		return (omode & ~OCEXEC) == OREAD ? 0 : seterr(Eisdir, NULL);
	if ((rc = file_perm(c, omode)) < 0)
		return rc;
	return is_text(kind_of(c)) ? textfile_open(c) : 0;
}

static int
proc_openchan(Chan *c, int omode, Chan **out)
{
	ProcInfo info;
	Proc *p;
	int rc;

	*out = NULL;
	if (kind_of(c) != Qtext)
		return 0;
	if (omode != OREAD && omode != OEXEC)
		return seterr(Eperm, "text");
	if ((rc = file_perm(c, OREAD)) < 0)
		return rc;
	if ((p = proc_of(c, &info)) == NULL)
		return -Eprocdied;
	rc = proc_text(p, out);
	proc_put(p);
	return rc;
}

static void
proc_close(Chan *c)
{
	textfile_close(c);
}

/* ---- texts ---- */

static char *
status_text(Proc *p, const ProcInfo *i)
{
	return smprint("%-27s %-27s %-11s %11u %11u %11u %11u %11u %11u %11" PRIu64 " %11d %11d ",
	    i->name, i->user, i->state, (unsigned)i->time[0], (unsigned)i->time[1],
	    (unsigned)i->time[2], (unsigned)i->time[3], (unsigned)i->time[4],
	    (unsigned)i->time[5], proc_mem_kb(p), i->basepri, i->pri);
}

/* The text that HVM gives of a space. */
static int
space_text(int sid, int (*make)(int, char *, size_t), char **text)
{
	char *s = malloc(TEXT_SIZE);
	int n;

	if (s == NULL)
		return seterr(Enomem, NULL);
	if ((n = make(sid, s, TEXT_SIZE - 1)) < 0) {
		free(s);
		return n;
	}
	s[n < TEXT_SIZE ? n : TEXT_SIZE - 1] = '\0';
	*text = s;
	return 0;
}

static int
proc_make(Chan *c, char **text)
{
	ProcInfo info;
	Proc *p = proc_of(c, &info);
	int rc = 0;

	if (p == NULL)
		return -Eprocdied;
	switch (kind_of(c)) {
	case Qargs: rc = proc_args(p, text); break;
	case Qfd: rc = proc_fds(p, text); break;
	case Qns: rc = pgrp_ns(p, text); break;
	case Qregs: rc = space_text(info.sid, hvm_regs, text); break;
	case Qsegment: rc = space_text(info.sid, hvm_segments, text); break;
	case Qthreads: rc = space_text(info.sid, hvm_threads, text); break;
	case Qstatus:
		if ((*text = status_text(p, &info)) == NULL)
			rc = seterr(Enomem, NULL);
		break;
	}
	proc_put(p);
	return rc;
}

static int64_t
number_read(int v, void *buf, size_t n, uint64_t off)
{
	char text[16];

	snprintf(text, sizeof text, "%11d ", v);
	return readstr(buf, n, off, text);
}

static int64_t
proc_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	unsigned kind = kind_of(c);
	ProcInfo info;
	int64_t rc;
	Proc *p;

	if (c->qid.type & QTDIR)
		return servant_dirread(c, buf, n, off, proc_gen);
	if (is_text(kind))
		return textfile_read(c, buf, n, off, proc_make);
	if ((p = proc_of(c, &info)) == NULL)
		return -Eprocdied;
	if (kind == Qmem && proc_private(p))
		rc = seterr(Eperm, "memory is private");
	else if (kind == Qmem)
		rc = off <= UINTPTR_MAX ? hvm_peek(info.sid, (uintptr_t)off, buf, n) : seterr(Eaddr, NULL);
	else if (kind == Qnoteid)
		rc = number_read(info.noteid, buf, n, off);
	else if (kind == Qnote)
		rc = n >= ERRMAX ? proc_note_take(p, buf, n) : seterr(Eshort, "note");
	else if (kind == Qwait)
		rc = proc_wait_read(p, buf, n);
	else
		rc = seterr(Eperm, NULL);
	proc_put(p);
	return rc;
}

/* ---- control ---- */

enum {
	CMclose, CMclosefiles, CMhang, CMinterrupt, CMkill, CMnohang, CMnointerrupt, CMnoswap, CMpri,
	CMprivate, CMstart, CMstartstop, CMstop, CMtrace, CMwaitstop,
};
static const Cmd cmd[] = {
	{ "close", 1, CMclose }, { "closefiles", 0, CMclosefiles }, { "hang", 0, CMhang },
	{ "interrupt", 0, CMinterrupt }, { "kill", 0, CMkill }, { "nohang", 0, CMnohang },
	{ "nointerrupt", 0, CMnointerrupt }, { "noswap", 0, CMnoswap }, { "pri", 1, CMpri },
	{ "private", 0, CMprivate }, { "start", -1, CMstart }, { "startstop", 0, CMstartstop },
	{ "stop", -1, CMstop }, { "trace", 1, CMtrace }, { "waitstop", 0, CMwaitstop },
};

static int
ctl_do(Proc *p, int code, const CmdLine *l)
{
	uint32_t mask = 0;
	uint64_t v = 0;
	int rc = 0;

	if (code == CMtrace) {
		if (strcmp(l->argv[1], "off") != 0 && (rc = trace_classes(l->argv[1], &mask)) < 0)
			return rc;
		return proc_trace_set(p, mask);
	}
	if (l->argc > 1 && (rc = parse_u64(l->argv[1], strlen(l->argv[1]), &v)) < 0)
		return rc;
	if (v > INT32_MAX || l->argc > 2)
		return seterr(Ebadarg, "%s", l->argv[l->argc - 1]);
	switch (code) {
	case CMclose: return proc_fdclose(p, (int)v);
	case CMclosefiles: return proc_fdclose(p, -1);
	case CMhang: return proc_hang_set(p, true);
	case CMinterrupt: return proc_interrupt(p, true);
	case CMnointerrupt: return proc_interrupt(p, false);
	case CMkill: return proc_kill(p);
	case CMnohang: return proc_hang_set(p, false);
	case CMnoswap: return 0; /* nothing is ever swapped */
	case CMpri: return proc_pri_set(p, (int)v);
	case CMprivate: proc_private_set(p); return 0;
	case CMstart: return l->argc > 1 ? proc_thread_stop(p, (int)v, false) : proc_start(p);
	case CMstartstop: return (rc = proc_start(p)) < 0 ? rc : proc_waitstop(p);
	case CMstop: return l->argc > 1 ? proc_thread_stop(p, (int)v, true) : proc_stop(p);
	case CMwaitstop: return proc_waitstop(p);
	}
	return rc;
}

static int64_t
ctl_write(Proc *p, const void *buf, size_t n)
{
	CmdLine l;
	int rc = cmd_parse(cmd, nelem(cmd), buf, n, &l);

	if (rc < 0)
		return rc;
	rc = ctl_do(p, rc, &l);
	cmd_free(&l);
	return rc < 0 ? rc : (int64_t)n;
}

static int64_t
note_write(Proc *p, int group, const void *buf, size_t n)
{
	char note[NOTEMAX];
	int rc;

	if (n == 0 || n >= sizeof note)
		return seterr(n == 0 ? Ebadarg : Etoobig, "note");
	memcpy(note, buf, n);
	note[n] = '\0';
	rc = group != 0 ? proc_notegroup(group, note) : proc_note(p, note, true);
	return rc < 0 ? rc : (int64_t)n;
}

static int64_t
noteid_write(Proc *p, const void *buf, size_t n)
{
	uint64_t id = 0;
	int rc = parse_u64(buf, n, &id);

	if (rc == 0)
		rc = id <= INT32_MAX ? proc_noteid_set(p, (int)id) : seterr(Ebadarg, "noteid");
	return rc < 0 ? rc : (int64_t)n;
}

static int64_t
mem_write(const ProcInfo *info, const void *buf, size_t n, uint64_t off)
{
	if (strcmp(info->state, "Stopped") != 0)
		return seterr(Ebadusefd, "mem: the process is not stopped");
	if (off > UINTPTR_MAX)
		return seterr(Eaddr, NULL);
	return hvm_poke(info->sid, (uintptr_t)off, buf, n);
}

static int64_t
proc_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	ProcInfo info;
	int64_t rc;
	Proc *p;

	if (c->qid.type & QTDIR)
		return seterr(Eisdir, NULL);
	if ((p = proc_of(c, &info)) == NULL)
		return -Eprocdied;
	switch (kind_of(c)) {
	case Qargs:
		rc = proc_args_set(p, buf, n);
		rc = rc < 0 ? rc : (int64_t)n;
		break;
	case Qctl: rc = ctl_write(p, buf, n); break;
	case Qmem: rc = proc_private(p) ? seterr(Eperm, "memory is private") : mem_write(&info, buf, n, off); break;
	case Qnote: rc = note_write(p, 0, buf, n); break;
	case Qnoteid: rc = noteid_write(p, buf, n); break;
	case Qnotepg: rc = note_write(p, info.noteid, buf, n); break;
	default: rc = seterr(Eperm, NULL);
	}
	proc_put(p);
	return rc;
}

const Servant servant_proc = {
	.dc = 'p', .name = "proc",
	.attach = proc_attach, .walk = proc_walk, .stat = proc_stat, .open = proc_open,
	.openchan = proc_openchan, .close = proc_close, .read = proc_read, .write = proc_write,
};
