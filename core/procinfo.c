/*
 * procinfo.c - what #p, #d and #c ask of a process, and what they tell it.
 * Texts are malloc'd and NUL-terminated; the length is returned.
 * LOCKS  Proc.lk, Fgrp.lk, each alone; never two at a time
 */
#include "core/core_impl.h"

/* A text that grows. */
typedef struct Text Text;
struct Text {
	char *s;
	size_t n, cap;
	bool failed;
};

/* The verbs are those of lib9.h, %q too. */
static void
text_add(Text *t, const char *fmt, ...)
{
	va_list ap;
	char *s;
	size_t n;

	va_start(ap, fmt);
	s = vsmprint(fmt, ap);
	va_end(ap);
	n = s ? strlen(s) : 0;
	if (s && t->n + n + 1 > t->cap) {
		size_t cap = t->cap * 2 + n + 256;
		char *more = realloc(t->s, cap);

		t->s = more ? more : t->s;
		t->cap = more ? cap : t->cap;
		t->failed |= !more;
	}
	if (s && !t->failed) {
		memcpy(t->s + t->n, s, n + 1);
		t->n += n;
	}
	t->failed |= !s;
	free(s);
}

static int
text_end(Text *t, char **text)
{
	if (t->failed || !t->s) {
		free(t->s);
		return seterr(Enomem, NULL);
	}
	*text = t->s;
	return (int)t->n;
}

/* ---- state ---- */

static void
state_text(Proc *p, char *to, size_t n)
{
	const char *s = "Ready";
	unsigned call = SYS_max;

	lock(&p->lk);
	if (p->reqs && !p->reqs->job)
		call = p->reqs->num;
	if (p->killed)
		s = "Dying";
	else if (p->stopped)
		s = "Stopped";
	else if (call < SYS_max)
		s = sys_name[call];
	unlock(&p->lk);
	snprintf(to, n, "%s", s);
	to[0] = (char)toupper((uint8_t)to[0]);
}

/* Pages in memory: field 5 of HVM's lines "name rights base end references pages faults". */
uint64_t
proc_mem_kb(Proc *p)
{
	enum { SIZE = 4096, FIELDS = 7, PAGES = 5, PAGE_KB = 4 };
	char *text = calloc(1, SIZE), *f[FIELDS], *line, *next;
	uint64_t kb = 0;

	if (text && hvm_segments(p->sid, text, SIZE - 1) < 0)
		*text = '\0';
	for (line = text; line && *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (tokenize(line, f, FIELDS) > PAGES)
			kb += strtoul(f[PAGES], NULL, 10) * PAGE_KB;
	}
	free(text);
	return kb;
}

int
proc_info(Proc *p, ProcInfo *out)
{
	ProcInfo i = { .pid = p->pid, .sid = p->sid };

	lock(&proctab.lk);
	if (proctab.proc[p->slot] != p) {
		unlock(&proctab.lk);
		return seterr(Eprocdied, NULL);
	}
	i.ppid = p->parent ? p->parent->pid : 0;
	memcpy(&i.time[3], p->ctime, sizeof p->ctime);
	unlock(&proctab.lk);
	lock(&p->lk);
	i.noteid = p->noteid;
	i.pri = i.basepri = p->pri;
	memcpy(i.name, p->name, sizeof i.name);
	memcpy(i.user, p->user, sizeof i.user);
	unlock(&p->lk);
	proc_times(p, i.time);
	state_text(p, i.state, sizeof i.state);
	*out = i;
	return 0;
}

/* ---- descriptors ---- */

int
proc_fdmax(Proc *p)
{
	Fgrp *f = proc_fgrp(p);
	int top = 0;

	if (!f)
		return 0;
	lock(&f->lk);
	for (int i = 0; i < f->nfd; i++)
		if (f->fd[i])
			top = i + 1;
	unlock(&f->lk);
	fgrp_put(f);
	return top;
}

static Chan *
proc_chan(Proc *p, int fd, int *flag)
{
	Fgrp *f = proc_fgrp(p);
	Chan *c = f ? fd_get(f, fd) : NULL;

	if (c && flag) {
		lock(&f->lk);
		*flag = fd < f->nfd ? f->flag[fd] : 0;
		unlock(&f->lk);
	}
	fgrp_put(f);
	if (!c)
		seterr(Ebadfd, NULL);
	return c;
}

int
proc_fdmode(Proc *p, int fd)
{
	Chan *c = proc_chan(p, fd, NULL);
	int mode = c ? c->mode : -Ebadfd;

	chan_put(c);
	return mode;
}

int
proc_fdclose(Proc *p, int fd)
{
	Fgrp *f = proc_fgrp(p);
	int rc = 0;

	if (!f)
		return seterr(Eprocdied, NULL);
	if (fd >= 0)
		rc = fd_close(f, fd);
	for (int i = fd < 0 ? proc_fdmax(p) : 0; i-- > 0;)
		if (fd_close(f, i) < 0)
			continue; /* a hole */
	fgrp_put(f);
	return rc;
}

static void
fd_line(Text *t, int fd, Chan *c, int flag)
{
	static const char mode[4][3] = { "r ", "w ", "rw", "r " };

	text_add(t, "%3d %.2s%s %c %4u (%016" PRIx64 " %u %.2x) %5u %8" PRIu64 " %s\n", fd, mode[c->mode & 3], flag & CCEXEC ? "E" : " ", c->servant->dc,
	    c->dev, c->qid.path, c->qid.vers, c->qid.type, c->iounit, c->offset, chan_name(c));
}

int
fd_text(Proc *p, int fd, char **text)
{
	Text t = { 0 };
	int flag = 0;
	Chan *c = proc_chan(p, fd, &flag);

	if (!c)
		return -Ebadfd;
	fd_line(&t, fd, c, flag);
	chan_put(c);
	return text_end(&t, text);
}

int
proc_fds(Proc *p, char **text)
{
	Chan *dot = proc_dot(p);
	Text t = { 0 };
	int max = proc_fdmax(p);

	if (!dot)
		return seterr(Eprocdied, NULL);
	text_add(&t, "%s\n", chan_name(dot));
	chan_put(dot);
	for (int i = 0; i < max; i++) {
		int flag = 0;
		Chan *c = proc_chan(p, i, &flag);

		if (c)
			fd_line(&t, i, c, flag);
		chan_put(c);
	}
	return text_end(&t, text);
}

/* ---- arguments, text, name space ---- */

int
proc_args(Proc *p, char **text)
{
	Text t = { 0 };
	char *copy = NULL;
	size_t n;

	lock(&p->lk);
	n = p->nargs;
	unlock(&p->lk);
	if (n && !(copy = malloc(n)))
		return seterr(Enomem, NULL);
	lock(&p->lk);
	if (n && n == p->nargs)
		memcpy(copy, p->args, n);
	else
		n = 0;
	unlock(&p->lk);
	text_add(&t, "%s", "");
	for (size_t i = 0; i < n; i += strlen(copy + i) + 1)
		text_add(&t, "%s%q", i ? " " : "", copy + i);
	free(copy);
	return text_end(&t, text);
}

/* Written as one text: it becomes the only argument shown. */
int
proc_args_set(Proc *p, const char *text, size_t n)
{
	char *args, *old;

	if (n > ARG_MAX_BYTES)
		return seterr(Etoobig, NULL);
	while (n && (text[n - 1] == '\n' || text[n - 1] == '\0'))
		n--;
	if (!(args = malloc(n + 1)))
		return seterr(Enomem, NULL);
	memcpy(args, text, n);
	args[n] = '\0';
	lock(&p->lk);
	old = p->args;
	p->args = args;
	p->nargs = strlen(args) + 1;
	unlock(&p->lk);
	free(old);
	return 0;
}

int
proc_text(Proc *p, Chan **out)
{
	Chan *c;

	lock(&p->lk);
	c = p->text ? chan_get(p->text) : NULL;
	unlock(&p->lk);
	if (!c)
		return seterr(Enonexist, "text");
	*out = c;
	return 0;
}

int
pgrp_ns(Proc *p, char **text)
{
	Pgrp *pg = proc_pgrp(p);
	Chan *dot = proc_dot(p);
	Text t = { 0 };
	char *binds = NULL;
	int rc = pg && dot ? ns_text(pg, &binds) : seterr(Eprocdied, NULL);

	if (rc >= 0) {
		text_add(&t, "%scd %q\n", binds, chan_name(dot));
		rc = text_end(&t, text);
	}
	free(binds);
	chan_put(dot);
	pgrp_put(pg);
	return rc;
}

/* ---- control ---- */

int
proc_kill(Proc *p)
{
	bool dead;

	lock(&p->lk);
	dead = p->killed;
	unlock(&p->lk);
	if (dead)
		proc_intr_all(p); /* once more, should it hang in its last call */
	else
		proc_die(p, "killed");
	return 0;
}

int
proc_stop(Proc *p)
{
	int rc = hvm_stop(p->sid);

	if (rc < 0)
		return rc;
	lock(&p->lk);
	p->stopped = true;
	unlock(&p->lk);
	rendez_wakeup(&p->stop_r);
	return 0;
}

int
proc_start(Proc *p)
{
	bool was;

	lock(&p->lk);
	was = p->stopped;
	p->stopped = false;
	unlock(&p->lk);
	if (!was)
		return seterr(Ebadctl, "process is not stopped");
	return hvm_start(p->sid);
}

int
proc_thread_stop(Proc *p, int thread, bool stop)
{
	return hvm_thread_stop(p->sid, thread, stop);
}

static bool
stop_ready(void *arg)
{
	Proc *p = arg;

	return p->stopped || p->killed;
}

int
proc_waitstop(Proc *p)
{
	int rc = rendez_sleep(&p->stop_r, stop_ready, p, -1);

	if (rc == 0 && p->killed)
		rc = seterr(Eprocdied, NULL);
	return rc;
}

int
proc_noteid_set(Proc *p, int noteid)
{
	bool found = noteid == p->pid;
	Proc *q;

	for (size_t i = 0; !found && (q = proc_next(&i)); i++) {
		found = q->noteid == noteid && strcmp(q->user, p->user) == 0;
		proc_put(q);
	}
	if (!found)
		return seterr(Ebadarg, "no such note group");
	lock(&p->lk);
	p->noteid = noteid;
	unlock(&p->lk);
	return 0;
}

int
proc_pri_set(Proc *p, int pri)
{
	enum { BASE = 10, STEP = HVM_PRI / BASE };
	int rc;

	if (pri < 0 || pri > 19)
		return seterr(Ebadarg, "pri 0 to 19");
	if ((rc = hvm_pri(p->sid, pri == 0 ? 1 : pri < BASE ? pri * STEP : HVM_PRI)) < 0)
		return rc;
	lock(&p->lk);
	p->pri = pri;
	unlock(&p->lk);
	return 0;
}

int
proc_chdev(const char *op, const char *mask)
{
	Pgrp *pg = proc_pgrp(up());
	int rc = 0;

	if (!pg)
		return seterr(Eprocdied, NULL);
	if (strcmp(op, "~") == 0)
		pgrp_deny(pg, "", true);
	else if (strcmp(op, "&") == 0 && mask)
		pgrp_deny(pg, mask, true);
	else if (strcmp(op, "&~") == 0 && mask)
		pgrp_deny(pg, mask, false);
	else
		rc = seterr(Ebadarg, "chdev: & LETTERS, &~ LETTERS or ~");
	pgrp_put(pg);
	return rc;
}

bool
proc_mayattach(int dc)
{
	Pgrp *pg = up() ? proc_pgrp(up()) : NULL;
	bool may = !pg || servant_allowed(pg, dc);

	pgrp_put(pg);
	return may;
}

unsigned
core_nready(void)
{
	unsigned n = 0;
	Proc *p;

	for (size_t i = 0; (p = proc_next(&i)); i++) {
		lock(&p->lk);
		n += !p->stopped && !p->killed && !proc_main_request(p);
		unlock(&p->lk);
		proc_put(p);
	}
	return n;
}

void
proc_private_set(Proc *p)
{
	lock(&p->lk);
	p->private = true;
	unlock(&p->lk);
}

bool
proc_private(Proc *p)
{
	bool private;

	lock(&p->lk);
	private = p->private;
	unlock(&p->lk);
	return private;
}

int
proc_hang_set(Proc *p, bool on)
{
	lock(&p->lk);
	p->hang = on;
	unlock(&p->lk);
	return 0;
}
