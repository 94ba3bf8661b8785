/*
 * servants/share.c - #h, connections to programs of the host that speak 9P: what
 * lp49sim --share starts. A file is one connection, a stream of bytes both ways;
 * mount it: mount -c '#h/host' /n/host. init posts them in /srv and mounts them.
 * FILES   host host1 ...  0660  as many as there are; opening one connects, closing
 *                        it ends the connection. When its program has died it can be
 *                        opened anew, which lp49sim answers with a new program.
 * ERRORS  Einuse it is open, and works; Ehungup nobody is at the other end
 * LOCKS   share.lk is held while connecting
 * SEE     servants/virtio_cons.c; sim/host/share.c, target-x86/host/share.c; sim/u9fs/README.md
 */
#include "servants/servants_impl.h"
#include "servants/virtio_impl.h"

static struct {
	QLock lk;
	uint32_t link[SHARE_MAX];    /* lk: of the handle that has it open; 0: none has */
} share;

/* qid.path: 0 the directory, else 1 + which */
static int
port_of(const Chan *c)
{
	return PORT_SHARE + (int)c->qid.path - 1;
}

static uint32_t
link_of(const Chan *c)
{
	return (uint32_t)(uintptr_t)c->aux;
}

static int
share_gen(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs)
{
	if (i >= SHARE_MAX || !vcons_there(PORT_SHARE + (int)i))
		return 0;
	if (i == 0)
		snprintf(strs, nstrs, "host");
	else
		snprintf(strs, nstrs, "host%u", (unsigned)i);
	dir_set(d, c, strs, qid_of(1 + i, 0, QTFILE), 0660, 0);
	return 1;
}

static int
share_step(Chan *nc, Str name)
{
	return str_eq(name, "..") ? 0 : step_gen(nc, name, share_gen);
}

static int
share_attach(const char *spec, Chan **out)
{
	return attach_root(&servant_share, spec, out);
}

static int64_t
share_walk(Chan *c, Chan *nc, const Str *name, size_t n, Qid *qid)
{
	USED(c);
	return walk_each(nc, name, n, qid, share_step);
}

static int64_t
share_stat(Chan *c, uint8_t *buf, size_t n)
{
	char strs[32];
	Dir d;

	if (c->qid.type & QTDIR)
		dir_set(&d, c, "#h", c->qid, DMDIR | 0555, 0);
	else if (share_gen(c, (size_t)c->qid.path - 1, &d, strs, sizeof strs) == 0)
		return seterr(Enonexist, NULL);
	return servant_stat(c, buf, n, &d);
}

static int
share_open(Chan *c, int omode)
{
	uint32_t link = 0;
	int rc, port = port_of(c);

	if (c->qid.type & QTDIR)
		return mode_writes(omode) ? seterr(Eisdir, NULL) : 0;
	if ((rc = servant_perm(eve, 0660, omode & ~OTRUNC)) < 0)
		return rc;
	qlock(&share.lk);
	if (share.link[port - PORT_SHARE] != 0 && vcons_connected(port, share.link[port - PORT_SHARE]))
		rc = seterr(Einuse, NULL);
	else
		rc = vcons_connect(port, &link);
	if (rc == 0) {
		share.link[port - PORT_SHARE] = link;
		c->aux = (void *)(uintptr_t)link;
	}
	qunlock(&share.lk);
	return rc;
}

static void
share_close(Chan *c)
{
	uint32_t *link;

	if (c->qid.type & QTDIR || link_of(c) == 0)
		return;
	link = &share.link[port_of(c) - PORT_SHARE];
	qlock(&share.lk);
	if (*link == link_of(c)) {
		vcons_disconnect(port_of(c), *link);
		*link = 0;
	}
	qunlock(&share.lk);
	c->aux = NULL;
}

static int64_t
share_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	if (c->qid.type & QTDIR)
		return servant_dirread(c, buf, n, off, share_gen);
	return vcons_link_read(port_of(c), link_of(c), buf, n);
}

static int64_t
share_write(Chan *c, const void *buf, size_t n, uint64_t off)
{
	USED(off);
	if (c->qid.type & QTDIR)
		return seterr(Eisdir, NULL);
	return vcons_link_write(port_of(c), link_of(c), buf, n);
}

const Servant servant_share = {
	.dc = 'h', .name = "share",
	.attach = share_attach, .walk = share_walk, .stat = share_stat, .open = share_open,
	.close = share_close, .read = share_read, .write = share_write,
};
