/*
 * srv_help.h - a client of srv_msg for unit tests: sends Fcalls, keeps the
 * replies in the order in which they came.
 */
#ifndef TESTS_UNIT_SRV_HELP_H
#define TESTS_UNIT_SRV_HELP_H
#include "lib9/srv.h"
#include "servers/ramfs/tree.h"
#include "tests/unit.h"

enum { REPLIES = 64, TEST_MSIZE = 8192 };

static struct {
	size_t n;
	uint8_t *bytes[REPLIES];
	Fcall f[REPLIES];
} replies;

static uint32_t test_seconds = 1000;

static inline uint32_t
test_now(void)
{
	return test_seconds;
}

static inline int
collect(void *arg, const uint8_t *msg, size_t n)
{
	uint8_t *copy = malloc(n);

	USED(arg);
	ck_assert_uint_lt(replies.n, REPLIES);
	memcpy(copy, msg, n);
	replies.bytes[replies.n] = copy;
	ck_assert_int_eq(fcall_unpack(&replies.f[replies.n], copy, n), 0);
	replies.n++;
	return 0;
}

static inline void
replies_clear(void)
{
	while (replies.n > 0)
		free(replies.bytes[--replies.n]);
}

/* Sends one request in an exact buffer, freed at once: nothing may point there. */
static inline void
send_only(Srv *s, const Fcall *f)
{
	static uint8_t buf[1 << 17];
	int n = fcall_pack(f, buf, sizeof buf);
	uint8_t *exact = malloc((size_t)n);

	ck_assert_int_gt(n, 0);
	memcpy(exact, buf, (size_t)n);
	ck_assert_int_eq(srv_msg(s, exact, (size_t)n, collect, NULL), 0);
	free(exact);
}

/* One request, one reply; valid until the next one. */
static inline Fcall *
rpc(Srv *s, Fcall f)
{
	replies_clear();
	send_only(s, &f);
	ck_assert_uint_eq(replies.n, 1);
	ck_assert_uint_eq(replies.f[0].tag, f.tag);
	return &replies.f[0];
}

static inline int
rpc_rc(Srv *s, Fcall f)
{
	Fcall *r = rpc(s, f);
	char text[ERRMAX];

	if (r->type == f.type + 1)
		return 0;
	ck_assert_uint_eq(r->type, Rerror);
	snprintf(text, sizeof text, "%.*s", (int)r->ename.n, r->ename.s);
	return -err_code(text);
}

static inline int
do_attach(Srv *s, uint32_t fid, const char *user)
{
	return rpc_rc(s, (Fcall){ .type = Tattach, .tag = 1, .fid = fid, .afid = NOFID, .uname = str_of(user) });
}

/* Walks over names separated by '/'. The number of qids, or -Exxx. */
static inline int
do_walk(Srv *s, uint32_t fid, uint32_t newfid, const char *path)
{
	Fcall f = { .type = Twalk, .tag = 1, .fid = fid, .newfid = newfid };
	int rc;

	while (*path != '\0') {
		size_t n = strcspn(path, "/");

		f.wname[f.nwname++] = (Str){ path, n };
		path += n + (path[n] == '/');
	}
	rc = rpc_rc(s, f);
	return rc < 0 ? rc : replies.f[0].nwqid;
}

static inline int
do_open(Srv *s, uint32_t fid, int mode)
{
	return rpc_rc(s, (Fcall){ .type = Topen, .tag = 1, .fid = fid, .mode = (uint8_t)mode });
}

static inline int
do_create(Srv *s, uint32_t fid, const char *name, uint32_t perm, int mode)
{
	return rpc_rc(s, (Fcall){ .type = Tcreate, .tag = 1, .fid = fid, .name = str_of(name), .perm = perm, .mode = (uint8_t)mode });
}

static inline int
do_simple(Srv *s, int type, uint32_t fid)
{
	return rpc_rc(s, (Fcall){ .type = (uint8_t)type, .tag = 1, .fid = fid });
}

/* The count; the data is at replies.f[0].data. */
static inline int
do_read(Srv *s, uint32_t fid, uint64_t off, uint32_t count)
{
	int rc = rpc_rc(s, (Fcall){ .type = Tread, .tag = 1, .fid = fid, .offset = off, .count = count });

	return rc < 0 ? rc : (int)replies.f[0].count;
}

static inline int
do_write(Srv *s, uint32_t fid, uint64_t off, const char *text)
{
	int rc = rpc_rc(s, (Fcall){ .type = Twrite, .tag = 1, .fid = fid, .offset = off,
	    .count = (uint32_t)strlen(text), .data = (const uint8_t *)text });

	return rc < 0 ? rc : (int)replies.f[0].count;
}

static inline int
do_stat(Srv *s, uint32_t fid, Dir *d, char *strs)
{
	int rc = do_simple(s, Tstat, fid);

	if (rc < 0)
		return rc;
	ck_assert_int_eq(dir_unpack(d, replies.f[0].stat, replies.f[0].nstat, strs), replies.f[0].nstat);
	return 0;
}

static inline int
do_wstat(Srv *s, uint32_t fid, const Dir *d)
{
	uint8_t buf[1024];
	int n = dir_pack(d, buf, sizeof buf);

	ck_assert_int_gt(n, 0);
	return rpc_rc(s, (Fcall){ .type = Twstat, .tag = 1, .fid = fid, .stat = buf, .nstat = (uint16_t)n });
}

static inline void
do_version(Srv *s, uint32_t msize)
{
	ck_assert_int_eq(rpc_rc(s, (Fcall){ .type = Tversion, .tag = NOTAG, .msize = msize, .version = str_of("9P2000") }), 0);
}

/* A file of this content, through fid 90, which is free again. */
static inline void
make_file(Srv *s, uint32_t dir, const char *name, uint32_t perm, const char *text)
{
	ck_assert_int_eq(do_walk(s, dir, 90, ""), 0);
	ck_assert_int_eq(do_create(s, 90, name, perm, perm & DMDIR ? OREAD : OWRITE), 0);
	if (!(perm & DMDIR))
		ck_assert_int_eq(do_write(s, 90, 0, text), strlen(text));
	ck_assert_int_eq(do_simple(s, Tclunk, 90), 0);
}

/* A session as bob on an empty tree that bob owns; fid 1 is the root. */
static inline Srv *
ram_start(void)
{
	static Srv s; /* each test has a process of its own */

	s = (Srv){ .ops = &tree_ops, .name = "test", .check_perm = true };
	s.aux = tree_new("bob", test_now);
	do_version(&s, TEST_MSIZE);
	ck_assert_int_eq(do_attach(&s, 1, "bob"), 0);
	return &s;
}

static inline void
ram_end(Srv *s)
{
	srv_end(s);
	replies_clear();
	tree_free(s->aux);
}
#endif
