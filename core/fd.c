/*
 * fd.c - groups of file descriptors, shared or copied by rfork.
 * LOCKS  Fgrp.lk guards the table, a leaf; handles are put outside it, arrays
 *        are allocated outside it.
 * LIMITS NFD descriptors of one group
 */
#include "core/core_impl.h"

enum { FD_STEP = 32 };

Fgrp *
fgrp_new(void)
{
	Fgrp *f = calloc(1, sizeof *f);

	if (f)
		atomic_store(&f->ref, 1);
	return f;
}

Fgrp *
fgrp_get(Fgrp *f)
{
	if (f)
		atomic_fetch_add(&f->ref, 1);
	return f;
}

void
fgrp_put(Fgrp *f)
{
	if (!f || atomic_fetch_sub(&f->ref, 1) != 1)
		return;
	for (int i = 0; i < f->nfd; i++)
		chan_put(f->fd[i]);
	free(f->fd);
	free(f->flag);
	free(f);
}

/* Makes room for descriptor fd. */
static int
fgrp_grow(Fgrp *f, int fd)
{
	int want = (fd / FD_STEP + 1) * FD_STEP;
	Chan **table, **old = NULL;
	uint8_t *flag, *old_flag = NULL;
	bool fits;

	if (fd >= NFD)
		return seterr(Enofd, NULL);
	lock(&f->lk);
	fits = fd < f->nfd;
	unlock(&f->lk);
	if (fits)
		return 0;
	table = calloc((size_t)want, sizeof(Chan *));
	flag = calloc((size_t)want, 1);
	if (!table || !flag) {
		free(table);
		free(flag);
		return seterr(Enomem, NULL);
	}
	lock(&f->lk);
	if (f->nfd < want) {
		if (f->nfd) {
			memcpy(table, f->fd, (size_t)f->nfd * sizeof(Chan *));
			memcpy(flag, f->flag, (size_t)f->nfd);
		}
		old = f->fd;
		old_flag = f->flag;
		f->fd = table;
		f->flag = flag;
		f->nfd = want;
		table = NULL;
		flag = NULL;
	}
	unlock(&f->lk);
	free(table);
	free(flag);
	free(old);
	free(old_flag);
	return 0;
}

/* How many descriptors a copy needs room for. */
static int
fgrp_top(Fgrp *f)
{
	int top = 0;

	lock(&f->lk);
	for (int i = 0; i < f->nfd; i++)
		if (f->fd[i])
			top = i + 1;
	unlock(&f->lk);
	return top;
}

Fgrp *
fgrp_copy(Fgrp *f)
{
	Fgrp *n = fgrp_new();

	if (!n)
		return NULL;
	for (;;) {
		int top = fgrp_top(f);

		if (top > 0 && fgrp_grow(n, top - 1) < 0) {
			fgrp_put(n);
			return NULL;
		}
		lock(&f->lk);
		top = 0;
		for (int i = 0; i < f->nfd; i++)
			if (f->fd[i])
				top = i + 1;
		if (top <= n->nfd)
			break;
		unlock(&f->lk); /* it grew meanwhile */
	}
	for (int i = 0; i < f->nfd && i < n->nfd; i++) {
		n->fd[i] = f->fd[i] ? chan_get(f->fd[i]) : NULL;
		n->flag[i] = f->flag[i];
	}
	unlock(&f->lk);
	return n;
}

int
fd_new(Fgrp *f, Chan *c, int from, int flag)
{
	for (;;) {
		int room, rc;

		lock(&f->lk);
		for (int i = from; i < f->nfd; i++) {
			if (f->fd[i])
				continue;
			f->fd[i] = c;
			f->flag[i] = (uint8_t)flag;
			unlock(&f->lk);
			return i;
		}
		room = f->nfd;
		unlock(&f->lk);
		if ((rc = fgrp_grow(f, room < from ? from : room)) < 0)
			return rc;
	}
}

int
fd_put_at(Fgrp *f, Chan *c, int fd)
{
	Chan *old;
	int rc;

	if (fd < 0 || fd >= NFD)
		return seterr(Ebadfd, NULL);
	if ((rc = fgrp_grow(f, fd)) < 0)
		return rc;
	lock(&f->lk);
	old = f->fd[fd];
	f->fd[fd] = c;
	f->flag[fd] = 0;
	unlock(&f->lk);
	chan_put(old);
	return fd;
}

Chan *
fd_get(Fgrp *f, int fd)
{
	Chan *c = NULL;

	lock(&f->lk);
	if (fd >= 0 && fd < f->nfd && f->fd[fd])
		c = chan_get(f->fd[fd]);
	unlock(&f->lk);
	return c;
}

int
fd_close(Fgrp *f, int fd)
{
	Chan *c = NULL;

	lock(&f->lk);
	if (fd >= 0 && fd < f->nfd) {
		c = f->fd[fd];
		f->fd[fd] = NULL;
	}
	unlock(&f->lk);
	if (!c)
		return seterr(Ebadfd, NULL);
	chan_put(c);
	return 0;
}

void
fd_close_exec(Fgrp *f)
{
	for (int i = 0; i < f->nfd; i++) {
		Chan *c = NULL;

		lock(&f->lk);
		if (f->fd[i] && (f->flag[i] & CCEXEC)) {
			c = f->fd[i];
			f->fd[i] = NULL;
		}
		unlock(&f->lk);
		chan_put(c);
	}
}

static bool
mode_fits(const Chan *c, int mode)
{
	return mode < 0 || c->mode == ORDWR || c->mode == mode;
}

Chan *
fd_chan(int fd, int mode, int *rc)
{
	Fgrp *f = up() ? proc_fgrp(up()) : NULL;
	Chan *c = f ? fd_get(f, fd) : NULL;

	fgrp_put(f);
	if (!c) {
		*rc = seterr(Ebadfd, NULL);
		return NULL;
	}
	if (!mode_fits(c, mode)) {
		chan_put(c);
		*rc = seterr(Ebadusefd, NULL);
		return NULL;
	}
	return c;
}
