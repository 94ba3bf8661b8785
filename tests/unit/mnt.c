/*
 * tests/unit/mnt.c - the mount servant against a good server and bad ones.
 * Goal: what #M promises: operations reach the server's files, and no server,
 * however broken, makes it hang, read past a buffer or lose a handle.
 */
#include "tests/unit/mnt_help.h"
#include "servers/ramfs/tree.h"

/* ---- a good server: the tree of ramfs ---- */

static Srv ram;
static pthread_mutex_t ram_lock = PTHREAD_MUTEX_INITIALIZER;

static uint32_t
now(void)
{
	return 77;
}

static int
ram_out(void *arg, const uint8_t *msg, size_t n)
{
	USED(arg);
	fake_reply(msg, n);
	return 0;
}

static void
ram_serve(const uint8_t *msg, size_t n)
{
	pthread_mutex_lock(&ram_lock);
	(void)srv_msg(&ram, msg, n, ram_out, NULL);
	pthread_mutex_unlock(&ram_lock);
}

/* The root of an empty tree. */
static Chan *
ram_mount(uint32_t msize)
{
	Chan *root = NULL, *link = link_new(ram_serve);

	ram = (Srv){ .ops = &tree_ops, .name = "ram", .aux = tree_new("bob", now), .check_perm = true, .msize_max = msize };
	ck_assert_int_eq(mnt_attach(link, NULL, "bob", "", 0, &root), 0);
	chan_put(link);
	return root;
}

/* No handle, no fid is left. */
static void
ram_unmount(Chan *root)
{
	chan_put(root);
	ck_assert_uint_eq(live, 0);
	srv_end(&ram);
	ck_assert_uint_eq(tree_nodes(ram.aux) > 0, 1);
	tree_free(ram.aux);
	free(fake.bytes);
}

static Chan *
walk_to(Chan *c, const char *name)
{
	Chan *nc = chan_new(c->servant);
	Str s = str_of(name);
	Qid q;

	nc->dev = c->dev;
	nc->qid = c->qid;
	ck_assert_int_eq(servant_mnt.walk(c, nc, &s, 1, &q), 1);
	nc->qid = q;
	return nc;
}

static Chan *
file_new(Chan *root, const char *name)
{
	Chan *c = chan_new(root->servant);

	ck_assert_int_eq(servant_mnt.walk(root, c, NULL, 0, NULL), 0);
	ck_assert_int_eq(servant_mnt.create(c, str_of(name), ORDWR, 0666), 0);
	c->mode = ORDWR;
	atomic_fetch_or(&c->flag, COPEN);
	return c;
}

static void
fill(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 7 + i / 251);
}

static const uint32_t msizes[] = { 256, 8192, 65536 + 24, MSIZE_MAX };

START_TEST(bytes_survive_any_msize)
{
	enum { SIZE = 300001 };
	Chan *root = ram_mount(msizes[_i]), *c = file_new(root, "f");
	uint8_t *a = malloc(SIZE), *b = malloc(SIZE + 10);

	fake.read_max = _i == 1 ? 100 : 0; /* replies in pieces too */
	fill(a, SIZE);
	ck_assert_int_eq(servant_mnt.write(c, a, SIZE, 5), SIZE);
	ck_assert_int_eq(servant_mnt.read(c, b, SIZE + 10, 5), SIZE);
	ck_assert_mem_eq(a, b, SIZE);
	ck_assert_int_eq(servant_mnt.read(c, b, 10, 5 + SIZE), 0);
	ck_assert_uint_le(c->iounit, MSIZE_DEFAULT - IOHDRSZ);
	free(a);
	free(b);
	chan_put(c);
	ram_unmount(root);
}
END_TEST

START_TEST(explicit_version_sets_msize)
{
	Chan *root = NULL, *link = link_new(ram_serve);
	char out[16];

	ram = (Srv){ .ops = &tree_ops, .aux = tree_new("bob", now) };
	ck_assert_int_eq(mnt_version(link, 1 << 20, "9P2000", out, sizeof out), 6);
	ck_assert_str_eq(out, "9P2000");
	ck_assert_int_eq(mnt_version(link, 0, "", out, 3), -Eshort);
	ck_assert_uint_eq(link->mux->msize, 1 << 20);
	ck_assert_int_eq(mnt_attach(link, NULL, "bob", "", 0, &root), 0);
	chan_put(link);
	ram_unmount(root);
}
END_TEST

START_TEST(auth_that_is_not_required_is_an_error)
{
	Chan *root = ram_mount(0), *c = NULL;

	ck_assert_int_eq(mnt_auth(root->mchan, "bob", "", &c), -Enoauth);
	ck_assert_ptr_null(c);
	ram_unmount(root);
}
END_TEST

START_TEST(link_that_is_not_open_for_both_is_refused)
{
	Chan *root = NULL, *link = link_new(ram_serve);

	link->mode = OREAD;
	ck_assert_int_eq(mnt_attach(link, NULL, "bob", "", 0, &root), -Ebadusefd);
	chan_put(link);
	ck_assert_uint_eq(live, 0);
	free(fake.bytes);
}
END_TEST

START_TEST(server_error_has_its_code_and_text)
{
	Chan *root = ram_mount(0), *nc = chan_new(&servant_mnt);
	Str name = str_of("none");
	Qid q;

	ck_assert_int_eq(servant_mnt.walk(root, nc, &name, 1, &q), -Enonexist);
	ck_assert_str_eq(err_reason(), err_text(Enonexist));
	chan_put(nc);
	ram_unmount(root);
}
END_TEST

START_TEST(long_walk_goes_in_pieces)
{
	Chan *root = ram_mount(0), *c = root, *nc, *deep = chan_new(&servant_mnt);
	Str names[41];
	Qid q[41];

	chan_get(root);
	for (int i = 0; i < 40; i++) {
		nc = chan_new(&servant_mnt);
		ck_assert_int_eq(servant_mnt.walk(c, nc, NULL, 0, NULL), 0);
		ck_assert_int_eq(servant_mnt.create(nc, str_of("d"), OREAD, DMDIR | 0777), 0);
		chan_put(nc);
		nc = walk_to(c, "d");
		chan_put(c);
		c = nc;
	}
	for (int i = 0; i < 41; i++)
		names[i] = str_of(i < 40 ? "d" : "missing");
	ck_assert_int_eq(servant_mnt.walk(root, deep, names, 41, q), 40);
	ck_assert_ptr_null(deep->mchan);
	ck_assert_int_eq(servant_mnt.walk(root, deep, names, 40, q), 40);
	ck_assert_uint_eq(q[39].path, c->qid.path);
	chan_put(deep);
	chan_put(c);
	ram_unmount(root);
}
END_TEST

START_TEST(stat_shows_this_servant_and_device)
{
	Chan *root = ram_mount(0), *c = file_new(root, "f"), *dir;
	uint8_t buf[512];
	char strs[512];
	Dir d;
	int64_t n = servant_mnt.stat(c, buf, sizeof buf);

	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(dir_unpack(&d, buf, (size_t)n, strs), n);
	ck_assert_str_eq(d.name, "f");
	ck_assert_uint_eq(d.type, 'M');
	ck_assert_uint_eq(d.dev, root->dev);
	ck_assert_int_eq(servant_mnt.stat(c, buf, 20), -Eshort);
	dir_null(&d);
	d.name = "g";
	n = dir_pack(&d, buf, sizeof buf);
	ck_assert_int_eq(servant_mnt.wstat(c, buf, (size_t)n), 0);
	dir = chan_new(&servant_mnt);
	ck_assert_int_eq(servant_mnt.walk(root, dir, NULL, 0, NULL), 0);
	ck_assert_int_eq(servant_mnt.open(dir, OREAD), 0);
	dir->qid = root->qid;
	n = servant_mnt.read(dir, buf, sizeof buf, 0);
	ck_assert_int_eq(dir_unpack(&d, buf, (size_t)n, strs), n);
	ck_assert_str_eq(d.name, "g");
	ck_assert_uint_eq(d.type, 'M');
	chan_put(dir);
	ck_assert_int_eq(servant_mnt.remove(c), 0);
	chan_put(c);
	ram_unmount(root);
}
END_TEST

START_TEST(two_mounts_share_a_link)
{
	Chan *root = ram_mount(0), *again = NULL;

	ck_assert_int_eq(mnt_attach(root->mchan, NULL, "eve", "", 0, &again), 0);
	ck_assert_uint_eq(again->dev, root->dev);
	ck_assert_int_eq(mnt_attach(root->mchan, NULL, "eve", "nothing", 0, &again), -Ebadspec);
	chan_put(again);
	ram_unmount(root);
}
END_TEST

START_TEST(link_is_mounted_again_after_the_last_close)
{
	Chan *root = ram_mount(0), *link = chan_get(root->mchan), *again = NULL;

	chan_put(root);
	ck_assert_int_eq(mnt_attach(link, NULL, "bob", "", 0, &again), 0);
	chan_put(link);
	ram_unmount(again);
}
END_TEST

/* ---- many at once ---- */

enum { THREADS = 8, ROUNDS = 200 };

static void *
busy(void *arg)
{
	Chan *root = arg, *c;
	uint8_t a[3000], b[3000];
	char name[32];

	snprintf(name, sizeof name, "f%p", (void *)&name);
	c = file_new(root, name);
	for (int i = 0; i < ROUNDS; i++) {
		memset(a, i, sizeof a);
		ck_assert_int_eq(servant_mnt.write(c, a, sizeof a, (uint64_t)i * 10), sizeof a);
		ck_assert_int_eq(servant_mnt.read(c, b, sizeof b, (uint64_t)i * 10), sizeof b);
		ck_assert_mem_eq(a, b, sizeof a);
	}
	chan_put(c);
	return NULL;
}

START_TEST(threads_get_their_own_replies)
{
	Chan *root = ram_mount(_i == 0 ? 0 : 1000);
	pthread_t t[THREADS];

	for (int i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, busy, root);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	ram_unmount(root);
}
END_TEST
static const int twice[2];

/* ---- bad servers: version and attach are right, then something is not ---- */

static struct {
	uint8_t type;           /* of the request to spoil */
	const char *reply;      /* instead, with the request's tag at byte 5; NULL: none */
	size_t n;
	bool hangup;            /* after it */
	bool keep_tag;
} spoil;

static void
answer(const Fcall *f, uint8_t type)
{
	Fcall r = { .type = type, .tag = f->tag };
	uint8_t buf[512];

	r.msize = f->msize;
	r.version = f->version;
	r.nwqid = f->nwname;
	r.qid.type = type == Rattach ? QTDIR : QTFILE;
	int n = fcall_pack(&r, buf, sizeof buf);
	ck_assert_int_gt(n, 0);
	fake_reply(buf, (size_t)n);
}

static void
bad_serve(const uint8_t *msg, size_t n)
{
	uint8_t buf[512];
	Fcall f;

	ck_assert_int_eq(fcall_unpack(&f, msg, n), 0);
	if (f.type != spoil.type) {
		answer(&f, (uint8_t)(f.type + 1));
		return;
	}
	if (spoil.reply != NULL) {
		memcpy(buf, spoil.reply, spoil.n);
		if (!spoil.keep_tag && spoil.n >= 7) {
			buf[5] = (uint8_t)f.tag;
			buf[6] = (uint8_t)(f.tag >> 8);
		}
		fake_reply(buf, spoil.n);
	}
	if (spoil.hangup)
		fake_hangup();
}

static Chan *
bad_mount(void)
{
	Chan *root = NULL, *link = link_new(bad_serve);

	ck_assert_int_eq(mnt_attach(link, NULL, "bob", "", 0, &root), 0);
	chan_put(link);
	return root;
}

static void
bad_unmount(Chan *root)
{
	chan_put(root);
	ck_assert_uint_eq(live, 0);
	free(fake.bytes);
}

#define MSG(text) text, sizeof(text) - 1
static const struct {
	uint8_t type;
	const char *reply;
	size_t n;
	bool hangup, keep_tag;
	int rc;
	int after;              /* of a Tstat that follows; Emountrpc: the link is dead */
} spoilt[] = {
	{ Tread, MSG("\x0b\0\0\0\x77\0\0\1\0\0\0"), false, false, -Emountrpc, 0 },       /* Rwrite */
	{ Tread, MSG("\x0b\0\0\0\x75\0\0\x65\0\0\0"), false, false, -Emountrpc, 0 },     /* count, no data */
	{ Tread, MSG("\x13\0\0\0\x75\0\0\x08\0\0\0" "12345678"), false, false, -Emountrpc, 0 }, /* too much */
	{ Tread, MSG("\x07\0\0\0\x01\0\0"), false, false, -Emountrpc, 0 },               /* unknown type */
	{ Tread, MSG("\x0b\0\0\0\x75\xfe\x01\0\0\0\0"), false, true, -Emountrpc, -Emountrpc }, /* unknown tag */
	{ Tread, MSG("\x0b\0\0\0\x75\xff\xff\0\0\0\0"), false, true, -Emountrpc, -Emountrpc }, /* NOTAG */
	{ Tread, MSG("\x0b\0\0\0\x75\0\xff\0\0\0\0"), false, true, -Emountrpc, -Emountrpc },   /* beyond the table */
	{ Tread, MSG("\xff\xff\xff\x7f\x75\0\0"), false, false, -Emountrpc, -Emountrpc }, /* oversize */
	{ Tread, MSG("\x06\0\0\0\x75\0"), false, false, -Emountrpc, -Emountrpc },        /* no room for a tag */
	{ Tread, MSG("\0\0\0\0"), false, false, -Emountrpc, -Emountrpc },
	{ Tread, MSG("\x0b\0\0\0\x75\0"), true, false, -Ehungup, -Ehungup },             /* cut short */
	{ Tread, NULL, 0, true, false, -Ehungup, -Ehungup },
	{ Tread, MSG("\x0c\0\0\0\x6b\0\0\x03\0odd"), false, false, -Eremote, 0 },
	{ Tread, MSG("\x0b\0\0\0\x6b\0\0\x03\0od"), false, false, -Emountrpc, 0 },       /* malformed Rerror */
};

START_TEST(spoilt_reply_is_an_error)
{
	Chan *root = bad_mount(), *c = walk_to(root, "f");
	uint8_t buf[64];

	spoil.type = spoilt[_i].type;
	spoil.reply = spoilt[_i].reply;
	spoil.n = spoilt[_i].n;
	spoil.hangup = spoilt[_i].hangup;
	spoil.keep_tag = spoilt[_i].keep_tag;
	c->qid.type = QTFILE;
	ck_assert_int_eq(servant_mnt.read(c, buf, 5, 0), spoilt[_i].rc);
	if (spoilt[_i].rc == -Eremote)
		ck_assert_str_eq(err_reason(), "odd"); /* the server's own words */
	spoil.type = 0;
	ck_assert_int_eq(servant_mnt.wstat(c, buf, 0), spoilt[_i].after);
	chan_put(c);
	bad_unmount(root);
}
END_TEST

static const struct {
	const char *reply;
	size_t n;
	int rc;
} versions[] = {
	{ MSG("\x14\0\0\0\x65\xff\xff\0\x20\0\0\x07\0unknown"), -Enovers },
	{ MSG("\x13\0\0\0\x65\xff\xff\0\0\0\x01\x06\0" "9P2000"), -Emountrpc }, /* a bigger msize */
	{ MSG("\x13\0\0\0\x65\xff\xff\xff\0\0\0\x06\0" "9P2000"), -Emountrpc },  /* too small */
	{ MSG("\x0c\0\0\0\x6b\xff\xff\x03\0bad"), -Eremote },
	{ MSG("garbage"), -Emountrpc },
};

START_TEST(bad_version_reply_fails_the_mount)
{
	Chan *root = NULL, *link = link_new(bad_serve);

	spoil.type = Tversion;
	spoil.reply = versions[_i].reply;
	spoil.n = versions[_i].n;
	spoil.keep_tag = true;
	ck_assert_int_eq(mnt_attach(link, NULL, "bob", "", 0, &root), versions[_i].rc);
	ck_assert_ptr_null(root);
	ck_assert_ptr_null(link->mux);
	chan_put(link);
	ck_assert_uint_eq(live, 0);
	free(fake.bytes);
}
END_TEST

static void *
reader(void *arg)
{
	static uint8_t buf[5];

	return (void *)(intptr_t)servant_mnt.read(arg, buf, sizeof buf, 0);
}

START_TEST(hangup_ends_all_who_wait)
{
	Chan *root = bad_mount(), *c = walk_to(root, "f");
	pthread_t t[THREADS];
	void *rc;

	c->qid.type = QTFILE;
	spoil.type = Tread;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, reader, c);
	while (atomic_load(&sleepers) < THREADS)
		;
	fake_hangup();
	for (int i = 0; i < THREADS; i++) {
		pthread_join(t[i], &rc);
		ck_assert_int_eq((intptr_t)rc, -Ehungup);
	}
	chan_put(c);
	bad_unmount(root);
}
END_TEST

/* ---- notes ---- */

static struct {
	bool answer_old, answer_flush;
	size_t flushes;
	uint16_t tag;
} flushing;

static void
flush_serve(const uint8_t *msg, size_t n)
{
	Fcall f;

	ck_assert_int_eq(fcall_unpack(&f, msg, n), 0);
	if (f.type == Tread) {
		flushing.tag = f.tag;
		return; /* silence */
	}
	if (f.type == Tflush) {
		ck_assert_uint_eq(f.oldtag, flushing.tag);
		ck_assert_uint_ne(f.tag, f.oldtag);
		flushing.flushes++;
		if (flushing.answer_old)
			fake_reply((uint8_t[]){ 12, 0, 0, 0, Rread, (uint8_t)f.oldtag, 0, 1, 0, 0, 0, 'x' }, 12);
		if (!flushing.answer_flush)
			return;
	}
	answer(&f, (uint8_t)(f.type + 1));
}

static const struct {
	bool answer_old, answer_flush;
	int64_t rc;
	size_t tags;            /* still in use afterwards */
} flushes[] = {
	{ false, true, -Eintr, 0 },
	{ true, true, 1, 1 },   /* the Rflush is still to be read */
	{ true, false, 1, 2 },
};

START_TEST(note_flushes_the_request)
{
	Chan *root = NULL, *link = link_new(flush_serve), *c;
	uint8_t buf[5];

	ck_assert_int_eq(mnt_attach(link, NULL, "bob", "", 0, &root), 0);
	c = walk_to(root, "f");
	c->qid.type = QTFILE;
	flushing.answer_old = flushes[_i].answer_old;
	flushing.answer_flush = flushes[_i].answer_flush;
	noted_now = true;
	ck_assert_int_eq(servant_mnt.read(c, buf, 5, 0), flushes[_i].rc);
	ck_assert_uint_eq(flushing.flushes, 1);
	ck_assert_uint_eq(link->mux->ntag == 0, flushes[_i].tags == 0);
	if (flushes[_i].answer_flush) { /* the next request takes the Rflush in */
		ck_assert_int_eq(servant_mnt.wstat(c, buf, 0), 0);
		ck_assert_uint_eq(link->mux->ntag, 0);
	}
	chan_put(c);
	chan_put(root);
	chan_put(link);
	ck_assert_uint_eq(live, 0);
	free(fake.bytes);
}
END_TEST

/* Sleeps once more after the flush and is noted again. */
static void
note_again(const uint8_t *msg, size_t n)
{
	Fcall f;

	ck_assert_int_eq(fcall_unpack(&f, msg, n), 0);
	if (f.type == Tflush) {
		flushing.flushes++;
		noted_now = true;
	} else if (f.type == Tread) {
		flushing.tag = f.tag;
	} else {
		answer(&f, (uint8_t)(f.type + 1));
	}
}

START_TEST(second_note_leaves_a_silent_server)
{
	Chan *root = NULL, *link = link_new(note_again), *c;
	uint8_t *buf = malloc(5);

	ck_assert_int_eq(mnt_attach(link, NULL, "bob", "", 0, &root), 0);
	c = walk_to(root, "f");
	c->qid.type = QTFILE;
	noted_now = true;
	ck_assert_int_eq(servant_mnt.read(c, buf, 5, 0), -Eintr);
	free(buf); /* a late reply must not touch it */
	ck_assert_uint_eq(link->mux->ntag, 2);
	fake_reply((uint8_t[]){ 12, 0, 0, 0, Rread, (uint8_t)flushing.tag, 0, 1, 0, 0, 0, 'x' }, 12);
	ck_assert_int_eq(servant_mnt.wstat(c, NULL, 0), 0); /* the link still works */
	ck_assert_uint_eq(link->mux->ntag, 2);              /* the tag waits for the Rflush */
	chan_put(c);
	chan_put(root);
	chan_put(link);
	ck_assert_uint_eq(live, 0);
	free(fake.bytes);
}
END_TEST

static Chan *other;

/* From the first read on the server is hung: whoever dies neither waits for its
 * answer nor for that to what the end of its handles sends. */
static bool hung;

static void
hang(const uint8_t *msg, size_t n)
{
	Fcall f;

	ck_assert_int_eq(fcall_unpack(&f, msg, n), 0);
	if (f.type == Tread)
		hung = killed_now = noted_now = true;
	if (!hung)
		answer(&f, (uint8_t)(f.type + 1));
	flushing.flushes += f.type == Tflush;
}

START_TEST(who_dies_waits_for_no_hung_server)
{
	Chan *root = NULL, *link = link_new(hang), *c;
	uint8_t buf[5];

	ck_assert_int_eq(mnt_attach(link, NULL, "bob", "", 0, &root), 0);
	ck_assert_int_eq(mnt_attach(link, NULL, "bob", "", 0, &other), 0);
	c = walk_to(root, "f");
	c->qid.type = QTFILE;
	ck_assert_int_eq(servant_mnt.read(c, buf, 5, 0), -Eintr);
	ck_assert_uint_eq(flushing.flushes, 1);
	chan_put(c);
	chan_put(root);
	chan_put(other);
	ck_assert_uint_eq(link->mux->users, 0);
	ck_assert_uint_eq(link->mux->ntag, 5); /* read, its flush, three clunks */
	chan_put(link);
	ck_assert_uint_eq(live, 0);
	free(fake.bytes);
}
END_TEST

/* The last but one user leaves a request behind while the last one goes. */
static void
other_goes(Lock *l)
{
	uint8_t buf[5];

	if (l != &mnts.lk)
		return;
	lock_hook = NULL;
	noted_now = true;
	ck_assert_int_eq(servant_mnt.read(other, buf, 5, 0), -Eintr);
	chan_put(other);
}

START_TEST(link_is_kept_while_a_reply_may_come)
{
	Chan *root = NULL, *link = link_new(note_again);

	ck_assert_int_eq(mnt_attach(link, NULL, "bob", "", 0, &root), 0);
	other = walk_to(root, "f");
	other->qid.type = QTFILE;
	lock_hook = other_goes;
	chan_put(root);
	ck_assert_ptr_nonnull(link->mux);
	ck_assert_uint_eq(link->mux->users, 0);
	ck_assert_uint_eq(link->mux->ntag, 2);
	chan_put(link);
	ck_assert_uint_eq(live, 0);
	free(fake.bytes);
}
END_TEST

START_TEST(link_outlives_a_want_of_memory)
{
	Chan *root = ram_mount(0), *c;

	fake.no_memory = 2;
	c = file_new(root, "f");
	ck_assert_int_eq(fake.no_memory, 0);
	ck_assert_int_eq(servant_mnt.write(c, "x", 1, 0), 1);
	chan_put(c);
	ram_unmount(root);
}
END_TEST

/* ---- MCACHE ---- */

static unsigned nread;

static void
ram_count(const uint8_t *msg, size_t n)
{
	nread += msg[4] == Tread;
	ram_serve(msg, n);
}

static Chan *
cached_mount(void)
{
	Chan *root = NULL, *link = link_new(ram_count);

	ram = (Srv){ .ops = &tree_ops, .name = "ram", .aux = tree_new("bob", now), .check_perm = true };
	ck_assert_int_eq(mnt_attach(link, NULL, "bob", "", MCACHE, &root), 0);
	chan_put(link);
	nread = 0;
	return root;
}

static Chan *
open_file(Chan *root, const char *name, int omode)
{
	Chan *c = walk_to(root, name);

	ck_assert_int_eq(servant_mnt.open(c, omode), 0);
	c->mode = ORDWR;
	atomic_fetch_or(&c->flag, COPEN);
	return c;
}

/* What c has at off is want, and the server was asked so many times. */
static void
reads_as(Chan *c, uint64_t off, const char *want, unsigned asked)
{
	char buf[64];
	size_t n = strlen(want);

	nread = 0;
	ck_assert_int_eq(servant_mnt.read(c, buf, n, off), (int64_t)n);
	ck_assert_mem_eq(buf, want, n);
	ck_assert_uint_eq(nread, asked);
}

/* As another machine would: not through the handle's mount. */
static void
change_behind(Chan *c, const char *text)
{
	Cached *f = c->aux;

	c->aux = NULL;
	ck_assert_int_eq(servant_mnt.write(c, text, strlen(text), 0), (int64_t)strlen(text));
	c->aux = f;
}

START_TEST(cached_data_is_asked_for_once)
{
	Chan *root = cached_mount(), *c = file_new(root, "f"), *d;

	ck_assert_int_eq(servant_mnt.write(c, "hello, world", 12, 0), 12);
	reads_as(c, 7, "world", 0);
	chan_put(c);
	c = open_file(root, "f", ORDWR);
	reads_as(c, 0, "hello", 0); /* written here, not changed since */
	change_behind(c, "HELLO");
	reads_as(c, 0, "hello", 0); /* seen at the next open */
	d = open_file(root, "f", OREAD);
	reads_as(d, 0, "HELLO", 1);
	reads_as(d, 2, "LLO", 0);
	reads_as(d, 2, "LLO, world", 1);
	reads_as(c, 0, "HELLO, world", 0);
	chan_put(d);
	chan_put(c);
	ram_unmount(root);
	ck_assert_uint_eq(cache.nfile, 0);
	ck_assert_uint_eq(cache.bytes, 0);
}
END_TEST

START_TEST(cache_ends_where_the_file_does)
{
	Chan *root = cached_mount(), *c = file_new(root, "f"), *d;
	uint8_t stat[256];
	char buf[16];
	Dir null;

	ck_assert_int_eq(servant_mnt.write(c, "0123456789", 10, 0), 10);
	nread = 0;
	ck_assert_int_eq(servant_mnt.read(c, buf, 16, 4), 6);
	ck_assert_mem_eq(buf, "456789", 6);
	ck_assert_int_eq(servant_mnt.read(c, buf, 16, 10), 0);
	ck_assert_uint_eq(nread, 2); /* the end is always asked for */
	dir_null(&null);
	null.length = 3;
	ck_assert_int_eq(servant_mnt.wstat(c, stat, (size_t)dir_pack(&null, stat, sizeof stat)), 0);
	ck_assert_int_eq(servant_mnt.read(c, buf, 16, 0), 3);
	d = open_file(root, "f", ORDWR | OTRUNC);
	ck_assert_int_eq(servant_mnt.read(c, buf, 16, 0), 0);
	chan_put(d);
	chan_put(c);
	ram_unmount(root);
}
END_TEST

START_TEST(mount_without_mcache_keeps_nothing)
{
	Chan *root = ram_mount(0), *c = file_new(root, "f");

	fake.serve = ram_count;
	ck_assert_int_eq(servant_mnt.write(c, "hello", 5, 0), 5);
	reads_as(c, 0, "hello", 1);
	reads_as(c, 0, "hello", 1);
	chan_put(c);
	ram_unmount(root);
}
END_TEST

/* A reply that was overtaken by a write is not kept; nor are two writes at once. */
START_TEST(cache_keeps_nothing_that_may_be_old)
{
	Chan *root = cached_mount(), *c = file_new(root, "f");
	Cached *f = c->aux;
	uint32_t gen, first, second;
	char buf[8];

	ck_assert_uint_eq(cache_read(f, buf, 3, 0, &gen), 0);
	first = cache_write(f);
	cache_fill(f, gen, "old", 3, 0);
	ck_assert_uint_eq(cache_read(f, buf, 3, 0, &gen), 0);
	cache_fill(f, gen, "old", 3, 0); /* asked for while the write was under way */
	cache_written(f, first, "new", 3, 0);
	ck_assert_uint_eq(cache_read(f, buf, 3, 0, &gen), 3);
	ck_assert_mem_eq(buf, "new", 3);
	first = cache_write(f);
	second = cache_write(f);
	cache_written(f, second, "two", 3, 0);
	cache_written(f, first, "one", 3, 0);
	ck_assert_uint_eq(cache_read(f, buf, 3, 0, &gen), 0);
	first = cache_write(f);
	cache_written(f, first, "bad", -Eintr, 0);
	ck_assert_uint_eq(cache_read(f, buf, 3, 0, &gen), 0);
	chan_put(c);
	ram_unmount(root);
}
END_TEST

START_TEST(cache_stays_within_its_bounds)
{
	enum { SIZE = 3 << 20, FILES = 6 };
	Chan *root = cached_mount(), *c[FILES];
	uint8_t *a = malloc(SIZE), *b = malloc(SIZE);
	char name[16];

	fill(a, SIZE);
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof name, "f%d", i);
		c[i] = file_new(root, name);
		ck_assert_int_eq(servant_mnt.write(c[i], a, SIZE, 0), SIZE);
		ck_assert_uint_le(cache.bytes, CACHE_BYTES);
	}
	for (int i = 0; i < FILES; i++) {
		ck_assert_int_eq(servant_mnt.read(c[i], b, SIZE, 0), SIZE);
		ck_assert_mem_eq(a, b, SIZE);
	}
	ck_assert_uint_gt(cache.bytes, CACHE_BYTES / 2);
	for (int i = 0; i < FILES; i++)
		chan_put(c[i]);
	for (int i = 0; i < NFILE + 9; i++) {
		snprintf(name, sizeof name, "g%d", i);
		chan_put(file_new(root, name));
		ck_assert_uint_le(cache.nfile, NFILE);
	}
	free(a);
	free(b);
	ram_unmount(root);
	ck_assert_uint_eq(cache.nfile, 0);
}
END_TEST

UNIT_SUITE("mnt", LOOP(bytes_survive_any_msize, msizes), CASE(explicit_version_sets_msize),
    CASE(auth_that_is_not_required_is_an_error), CASE(link_that_is_not_open_for_both_is_refused),
    CASE(server_error_has_its_code_and_text), CASE(long_walk_goes_in_pieces),
    CASE(stat_shows_this_servant_and_device), CASE(two_mounts_share_a_link),
    CASE(link_is_mounted_again_after_the_last_close), LOOP(threads_get_their_own_replies, twice),
    LOOP(spoilt_reply_is_an_error, spoilt), LOOP(bad_version_reply_fails_the_mount, versions),
    CASE(hangup_ends_all_who_wait), LOOP(note_flushes_the_request, flushes),
    CASE(second_note_leaves_a_silent_server), CASE(who_dies_waits_for_no_hung_server), CASE(link_is_kept_while_a_reply_may_come),
    CASE(link_outlives_a_want_of_memory), CASE(cached_data_is_asked_for_once),
    CASE(cache_ends_where_the_file_does), CASE(mount_without_mcache_keeps_nothing),
    CASE(cache_keeps_nothing_that_may_be_old), CASE(cache_stays_within_its_bounds))
