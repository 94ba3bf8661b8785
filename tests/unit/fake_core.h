/*
 * tests/unit/fake_core.h - as much of CORE as servants need to run on the host,
 * for tests that include a servant's source: locks and rendezvous over
 * pthreads, handles, one user, one process.
 */
#ifndef TESTS_UNIT_FAKE_CORE_H
#define TESTS_UNIT_FAKE_CORE_H
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include "servants/servants_impl.h"

struct Proc {
	int pid;
	char note[ERRMAX];
};
const char eve[] = "glenda";
static Proc fake_proc = { .pid = 7 };
static const char *fake_user = eve;
static size_t fake_live;
static Chan *fake_fd[8];
static pthread_mutex_t fake_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t fake_cond = PTHREAD_COND_INITIALIZER;

/* Nothing is traced. */
atomic_uint trace_on;
void trace_begin(const char *fmt, ...) { USED(fmt); }
void trace_end(void) { }

void
lock(Lock *l)
{
	while (atomic_exchange(&l->held, 1))
		sched_yield();
}

void
unlock(Lock *l)
{
	atomic_store(&l->held, 0);
}

/* Everything that sleeps shares one mutex and one condition. */
void
qlock(QLock *q)
{
	pthread_mutex_lock(&fake_mutex);
	while (q->locked)
		pthread_cond_wait(&fake_cond, &fake_mutex);
	q->locked = true;
	pthread_mutex_unlock(&fake_mutex);
}

void
qunlock(QLock *q)
{
	pthread_mutex_lock(&fake_mutex);
	q->locked = false;
	pthread_cond_broadcast(&fake_cond);
	pthread_mutex_unlock(&fake_mutex);
}

void
rlock(RWlock *l)
{
	pthread_mutex_lock(&fake_mutex);
	while (l->writer)
		pthread_cond_wait(&fake_cond, &fake_mutex);
	l->readers++;
	pthread_mutex_unlock(&fake_mutex);
}

void
wlock(RWlock *l)
{
	pthread_mutex_lock(&fake_mutex);
	while (l->writer || l->readers > 0)
		pthread_cond_wait(&fake_cond, &fake_mutex);
	l->writer = true;
	pthread_mutex_unlock(&fake_mutex);
}

static void
fake_release(RWlock *l, bool writer)
{
	pthread_mutex_lock(&fake_mutex);
	if (writer)
		l->writer = false;
	else
		l->readers--;
	pthread_cond_broadcast(&fake_cond);
	pthread_mutex_unlock(&fake_mutex);
}

void
runlock(RWlock *l)
{
	fake_release(l, false);
}

void
wunlock(RWlock *l)
{
	fake_release(l, true);
}

int
rendez_sleep(Rendez *r, bool (*ready)(void *), void *arg, int64_t timeout_ms)
{
	struct timespec end;
	bool ok;
	int rc = 0;

	USED(r);
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += timeout_ms / 1000;
	end.tv_nsec += timeout_ms % 1000 * 1000000;
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	pthread_mutex_lock(&fake_mutex);
	for (ok = ready(arg); !ok && rc == 0; ok = ready(arg)) /* once true, it may be false again */
		rc = timeout_ms < 0 ? pthread_cond_wait(&fake_cond, &fake_mutex)
				    : pthread_cond_timedwait(&fake_cond, &fake_mutex, &end);
	pthread_mutex_unlock(&fake_mutex);
	return ok ? 0 : -Etimedout;
}

int
rendez_yield(Chan *c, Rendez *r, bool (*ready)(void *), void *arg)
{
	USED(c);
	return rendez_sleep(r, ready, arg, -1);
}

void
rendez_wakeup(Rendez *r)
{
	USED(r);
	pthread_mutex_lock(&fake_mutex);
	pthread_cond_broadcast(&fake_cond);
	pthread_mutex_unlock(&fake_mutex);
}

Chan *
chan_new(const Servant *s)
{
	Chan *c = calloc(1, sizeof *c);

	ck_assert_ptr_nonnull(c);
	c->servant = s;
	atomic_init(&c->ref, 1);
	fake_live++;
	return c;
}

Chan *
chan_get(Chan *c)
{
	ck_assert_uint_gt(atomic_fetch_add(&c->ref, 1), 0);
	return c;
}

void
chan_put(Chan *c)
{
	if (c == NULL || atomic_fetch_sub(&c->ref, 1) != 1)
		return;
	if (c->servant->close != NULL)
		c->servant->close(c);
	fake_live--;
	free(c);
}

Chan *
fd_chan(int fd, int mode, int *rc)
{
	USED(mode);
	*rc = 0;
	if (fd >= 0 && (size_t)fd < nelem(fake_fd) && fake_fd[fd] != NULL)
		return chan_get(fake_fd[fd]);
	*rc = seterr(Ebadfd, NULL);
	return NULL;
}

int64_t
servant_stat(Chan *c, uint8_t *buf, size_t n, const Dir *d)
{
	USED(c);
	return dir_pack(d, buf, n);
}

int64_t
servant_dirread(Chan *c, void *buf, size_t n, uint64_t off, int (*gen)(Chan *, size_t, Dir *, char *, size_t))
{
	char strs[256];
	size_t done = 0;
	Dir d;
	int rc = 0, k;

	if (off == 0)
		c->dri = 0;
	while ((rc = gen(c, (size_t)c->dri, &d, strs, sizeof strs)) > 0) {
		if ((k = dir_pack(&d, (uint8_t *)buf + done, n - done)) < 0)
			break;
		done += (size_t)k;
		c->dri++;
	}
	return rc < 0 ? rc : (int64_t)done;
}

int
servant_perm(const char *owner, uint32_t perm, int omode)
{
	static const uint32_t need[] = { 4, 2, 6, 1 };
	uint32_t have = strcmp(fake_user, owner) == 0 ? perm >> 6 : perm;

	return need[omode & 3] & ~have & 7 ? seterr(Eperm, NULL) : 0;
}

int
cmd_parse(const Cmd *table, size_t ntable, const void *buf, size_t n, CmdLine *out)
{
	out->text = strndup(buf, n);
	out->argc = tokenize(out->text, out->argv, nelem(out->argv));
	for (size_t i = 0; i < ntable && out->argc > 0; i++)
		if (strcmp(table[i].verb, out->argv[0]) == 0 &&
		    (table[i].nargs < 0 || (size_t)table[i].nargs == out->argc - 1))
			return table[i].code;
	free(out->text);
	return seterr(Ebadctl, NULL);
}

void
cmd_free(CmdLine *l)
{
	free(l->text);
}

Proc *
up(void)
{
	return &fake_proc;
}

const char *
up_user(void)
{
	return fake_user;
}

int
proc_note(Proc *p, const char *note, bool user)
{
	USED(user);
	snprintf(p->note, sizeof p->note, "%s", note);
	return 0;
}

int64_t
wall_ns(void)
{
	return INT64_C(1000000000000);
}

int64_t
start_wall_ns(void)
{
	return INT64_C(1000000000000);
}

int64_t
up_ns(void)
{
	return 0;
}

void
klog(const char *fmt, ...)
{
	USED(fmt);
}

/* ---- what CORE does for a system call ---- */

static Chan *
fake_attach(const Servant *s)
{
	Chan *c = NULL;

	ck_assert_int_eq(s->attach("", &c), 0);
	return c;
}

/* The file of that name in c's directory, or NULL and the error in *rc. */
static Chan *
fake_walk(Chan *c, const char *path, int64_t *rc)
{
	Chan *nc = chan_new(c->servant);
	Str name[8];
	Qid qid[8];
	size_t n = 0;

	while (*path != '\0') {
		name[n].s = path;
		name[n].n = strcspn(path, "/");
		path += name[n].n;
		path += *path == '/';
		n++;
	}
	nc->dev = c->dev;
	nc->qid = c->qid;
	*rc = c->servant->walk(c, nc, name, n, qid);
	if (*rc == (int64_t)n)
		return nc;
	if (*rc >= 0) /* some of the names */
		*rc = -Enonexist;
	free(nc); /* thrown away, not closed */
	fake_live--;
	return NULL;
}

static Chan *
fake_open(Chan *dir, const char *path, int omode, int64_t *rc)
{
	Chan *c = fake_walk(dir, path, rc), *other = NULL;

	if (c == NULL)
		return NULL;
	*rc = 0;
	if (c->servant->openchan != NULL && !(c->qid.type & QTDIR))
		*rc = c->servant->openchan(c, omode, &other);
	if (*rc == 0 && other == NULL)
		*rc = c->servant->open(c, omode);
	if (*rc < 0 || other != NULL) {
		chan_put(c);
		return other;
	}
	c->mode = (int16_t)(omode & 3);
	atomic_fetch_or(&c->flag, COPEN);
	return c;
}

static Chan *
fake_create(Chan *dir, const char *name, int omode, uint32_t perm, int64_t *rc)
{
	Chan *c = fake_walk(dir, "", rc);

	if ((*rc = c->servant->create(c, str_of(name), omode, perm)) < 0) {
		chan_put(c);
		return NULL;
	}
	c->mode = (int16_t)(omode & 3);
	atomic_fetch_or(&c->flag, COPEN | (omode & ORCLOSE ? CRCLOSE : 0u));
	return c;
}

static __attribute__((unused)) void *fake_uses[] = { fake_attach, fake_open, fake_create };
#endif
