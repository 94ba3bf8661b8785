/*
 * tests/unit/srv.c - the 9P server library's rules, over a tree in memory.
 * Goal: each rule of section 5 of the manual that the library promises, from
 * the client's side; no fid and no byte is left at the end (ASan).
 * Flush, tags and late replies are in srv_flush.c, the link in srv_loop.c.
 */
#include "tests/unit/srv_help.h"

/* ---- version ---- */

static const struct {
	uint32_t msize;
	const char *version;
	int rc;
	uint32_t got;
	const char *answer;
} versions[] = {
	{ 8192, "9P2000", 0, 8192, "9P2000" },
	{ 256, "9P2000", 0, 256, "9P2000" },
	{ 255, "9P2000", -Eshort, 0, "" },
	{ 0xFFFFFFFF, "9P2000", 0, MSIZE_MAX, "9P2000" },
	{ 8192, "9P2000.L", 0, 8192, "9P2000" },
	{ 8192, "9P2016", 0, 8192, "9P2000" },
	{ 8192, "9P1999", 0, 8192, "unknown" },
	{ 8192, "9P", 0, 8192, "unknown" },
	{ 8192, "9Q2000", 0, 8192, "unknown" },
	{ 8192, "9P20x0", 0, 8192, "unknown" },
};

START_TEST(version_is_negotiated)
{
	Srv *s = ram_start();
	Fcall *r;
	int rc = rpc_rc(s, (Fcall){ .type = Tversion, .tag = NOTAG, .msize = versions[_i].msize,
	    .version = str_of(versions[_i].version) });

	ck_assert_int_eq(rc, versions[_i].rc);
	if (rc == 0) {
		r = &replies.f[0];
		ck_assert_uint_eq(r->msize, versions[_i].got);
		ck_assert(str_eq(r->version, versions[_i].answer));
		ck_assert_int_eq(do_attach(s, 9, "bob"), strcmp(versions[_i].answer, "unknown") == 0 ? -Enovers : 0);
	}
	ram_end(s);
}
END_TEST

START_TEST(nothing_is_answered_before_version)
{
	Srv s = { .ops = &tree_ops, .aux = tree_new("bob", test_now) };

	ck_assert_int_eq(do_attach(&s, 1, "bob"), -Enovers);
	ram_end(&s);
}
END_TEST

START_TEST(version_frees_all_fids)
{
	Srv *s = ram_start();

	make_file(s, 1, "f", 0600, "x");
	ck_assert_int_eq(do_walk(s, 1, 2, "f"), 1);
	ck_assert_int_eq(do_open(s, 2, OREAD | ORCLOSE), 0);
	do_version(s, TEST_MSIZE);
	ck_assert_int_eq(do_simple(s, Tstat, 1), -Ebadfid);
	ck_assert_int_eq(do_attach(s, 1, "bob"), 0);
	ck_assert_int_eq(do_walk(s, 1, 2, "f"), -Enonexist); /* ORCLOSE too */
	ram_end(s);
}
END_TEST

/* ---- attach, auth ---- */

START_TEST(auth_is_not_required)
{
	Srv *s = ram_start();
	Fcall f = { .type = Tattach, .tag = 1, .fid = 5, .afid = 7, .uname = str_of("bob") };

	ck_assert_int_eq(rpc_rc(s, (Fcall){ .type = Tauth, .tag = 1, .afid = 7, .uname = str_of("bob") }), -Enoauth);
	ck_assert_int_eq(rpc_rc(s, f), -Ebadfid);
	f.afid = 1;
	ck_assert_int_eq(rpc_rc(s, f), -Enoauth);
	ram_end(s);
}
END_TEST

START_TEST(attach_of_a_fid_in_use_is_refused)
{
	Srv *s = ram_start();

	ck_assert_int_eq(do_attach(s, 1, "eve"), -Efidused);
	ck_assert_int_eq(do_attach(s, NOFID, "eve"), -Ebadfid);
	ck_assert_int_eq(do_simple(s, Tstat, 1), 0);
	ram_end(s);
}
END_TEST

static const char *const bad_names[] = { "", ".", "..", "a/b", "\xff", "a\xc0\x80" "b" };

START_TEST(failed_attach_leaves_no_fid)
{
	Srv *s = ram_start();
	Fcall f = { .type = Tattach, .tag = 1, .fid = 5, .afid = NOFID, .uname = str_of("bob"), .aname = str_of("x") };

	ck_assert_int_eq(rpc_rc(s, f), -Ebadspec);
	ck_assert_int_eq(do_attach(s, 5, "bob"), 0);
	ram_end(s);
}
END_TEST

/* ---- walk ---- */

static Srv *
walk_tree(void)
{
	Srv *s = ram_start();

	make_file(s, 1, "d", DMDIR | 0777, "");
	ck_assert_int_eq(do_walk(s, 1, 2, "d"), 1);
	make_file(s, 2, "f", 0666, "hello");
	return s;
}

START_TEST(walk_of_no_names_clones)
{
	Srv *s = walk_tree();
	uint64_t path;

	ck_assert_int_eq(do_walk(s, 2, 3, ""), 0);
	ck_assert_int_eq(do_open(s, 3, OREAD), 0);
	path = replies.f[0].qid.path;
	ck_assert_int_eq(do_walk(s, 2, 2, ""), 0);
	ck_assert_int_eq(do_open(s, 2, OREAD), 0);
	ck_assert_uint_eq(replies.f[0].qid.path, path);
	ram_end(s);
}
END_TEST

START_TEST(first_missing_name_is_an_error)
{
	Srv *s = walk_tree();

	ck_assert_int_eq(do_walk(s, 1, 3, "x/f"), -Enonexist);
	ck_assert_int_eq(do_simple(s, Tstat, 3), -Ebadfid);
	ram_end(s);
}
END_TEST

START_TEST(later_missing_name_is_a_short_walk)
{
	Srv *s = walk_tree();

	ck_assert_int_eq(do_walk(s, 1, 3, "d/x/y"), 1);
	ck_assert_int_eq(do_simple(s, Tstat, 3), -Ebadfid);
	ck_assert_int_eq(do_walk(s, 1, 1, "d/f/y"), 2); /* a file is no directory */
	ck_assert_int_eq(do_walk(s, 1, 3, "d"), 1);     /* fid 1 has not moved */
	ram_end(s);
}
END_TEST

START_TEST(walk_moves_fid_when_newfid_is_fid)
{
	Srv *s = walk_tree();

	ck_assert_int_eq(do_walk(s, 1, 1, "d/f"), 2);
	ck_assert_int_eq(do_open(s, 1, OREAD), 0);
	ck_assert_int_eq(do_read(s, 1, 0, 10), 5);
	ram_end(s);
}
END_TEST

START_TEST(walk_to_a_fid_in_use_is_refused)
{
	Srv *s = walk_tree();

	ck_assert_int_eq(do_walk(s, 1, 2, "d"), -Efidused);
	ck_assert_int_eq(do_walk(s, 1, NOFID, "d"), -Ebadfid);
	ck_assert_int_eq(do_walk(s, 7, 8, "d"), -Ebadfid);
	ram_end(s);
}
END_TEST

START_TEST(walk_of_an_open_fid_is_refused)
{
	Srv *s = walk_tree();

	ck_assert_int_eq(do_open(s, 2, OREAD), 0);
	ck_assert_int_eq(do_walk(s, 2, 3, "f"), -Ebadusefd);
	ck_assert_int_eq(do_walk(s, 2, 3, ""), -Ebadusefd);
	ram_end(s);
}
END_TEST

START_TEST(dotdot_stops_at_the_attach_root)
{
	Srv *s = walk_tree();
	uint64_t root;

	ck_assert_int_eq(do_walk(s, 1, 3, "../.."), 2);
	root = replies.f[0].wqid[0].path;
	ck_assert_uint_eq(replies.f[0].wqid[1].path, root);
	ck_assert_int_eq(do_walk(s, 2, 4, ".."), 1);
	ck_assert_uint_eq(replies.f[0].wqid[0].path, root);
	ram_end(s);
}
END_TEST

/* Serves the directory d of a tree as its root. */
static int
attach_at_d(Req *r)
{
	int rc = tree_ops.attach(r);

	return rc < 0 ? rc : tree_ops.walk1(r->fid, str_of("d"), &r->fid->qid);
}

START_TEST(dotdot_stops_at_an_attach_root_inside_the_tree)
{
	Srv *s = walk_tree();
	SrvOps ops = tree_ops;

	ops.attach = attach_at_d;
	s->ops = &ops;
	ck_assert_int_eq(do_attach(s, 5, "bob"), 0);
	ck_assert_int_eq(do_walk(s, 5, 6, "../f"), 2); /* d is as high as it goes */
	ram_end(s);
}
END_TEST

START_TEST(none_is_in_no_group)
{
	Srv *s = ram_start();

	ck_assert_int_eq(do_attach(s, 2, "none"), 0);
	make_file(s, 2, "sub", DMDIR | 0777, "");
	ck_assert_int_eq(do_walk(s, 2, 3, "sub"), 1);
	Dir d;
	dir_null(&d);
	d.gid = "none"; /* not even its owner can give a file to that group */
	ck_assert_int_eq(do_wstat(s, 3, &d), -Eperm);
	ram_end(s);
}
END_TEST

START_TEST(sixteen_names_can_be_walked)
{
	Srv *s = walk_tree();

	ck_assert_int_eq(do_walk(s, 1, 3, "d/../d/../d/../d/../d/../d/../d/../d/f"), 16);
	ck_assert_int_eq(do_open(s, 3, OREAD), 0);
	ram_end(s);
}
END_TEST

START_TEST(walk_of_a_bad_name_is_refused)
{
	Srv *s = walk_tree();
	Fcall f = { .type = Twalk, .tag = 1, .fid = 1, .newfid = 3, .nwname = 1 };

	f.wname[0] = str_of(bad_names[_i]);
	if (strcmp(bad_names[_i], "..") != 0)
		ck_assert_int_lt(rpc_rc(s, f), 0);
	f.wname[0] = (Str){ "d\0x", 3 };
	ck_assert_int_eq(rpc_rc(s, f), -Ebadchar);
	ram_end(s);
}
END_TEST

/* ---- open, create ---- */

static const struct {
	uint32_t perm;
	const char *user;
	int mode;
	int rc;
} opens[] = {
	{ 0600, "bob", OREAD, 0 },
	{ 0600, "bob", ORDWR | OTRUNC, 0 },
	{ 0600, "eve", OREAD, -Eperm },
	{ 0644, "eve", OREAD, 0 },
	{ 0644, "eve", OWRITE, -Eperm },
	{ 0644, "eve", OREAD | OTRUNC, -Eperm },
	{ 0400, "bob", ORDWR, -Eperm },
	{ 0200, "bob", OWRITE, 0 },
	{ 0200, "bob", OREAD, -Eperm },
	{ 0644, "bob", OEXEC, -Eperm },
	{ 0111, "eve", OEXEC, 0 },
	{ 0060, "bob", OREAD, 0 }, /* the group of the same name */
	{ 0006, "bob", OREAD, 0 }, /* what anybody may, the owner may */
	{ 0660, "none", OREAD, -Eperm },
	{ 0666, "", OREAD, 0 },
	{ 0666, "bob", OREAD | OCEXEC, -Ebadmode },
	{ 0666, "bob", OREAD | 0x80, -Ebadmode },
	{ DMDIR | 0777, "bob", OREAD, 0 },
	{ DMDIR | 0777, "bob", OWRITE, -Eisdir },
	{ DMDIR | 0777, "bob", ORDWR, -Eisdir },
	{ DMDIR | 0777, "bob", OREAD | OTRUNC, -Eisdir },
	{ DMDIR | 0777, "bob", OREAD | ORCLOSE, -Eisdir },
	{ DMDIR | 0700, "eve", OREAD, -Eperm },
};

START_TEST(open_obeys_mode_and_permission)
{
	Srv *s = ram_start();

	make_file(s, 1, "f", 0666 | (opens[_i].perm & DMDIR) | 0777, "text");
	ck_assert_int_eq(do_walk(s, 1, 2, "f"), 1);
	Dir d;
	dir_null(&d);
	d.mode = opens[_i].perm;
	ck_assert_int_eq(do_wstat(s, 2, &d), 0);
	ck_assert_int_eq(do_attach(s, 3, opens[_i].user), 0);
	ck_assert_int_eq(do_walk(s, 3, 4, "f"), 1);
	ck_assert_int_eq(do_open(s, 4, opens[_i].mode), opens[_i].rc);
	if (opens[_i].rc == 0) {
		ck_assert_uint_eq(replies.f[0].iounit, TEST_MSIZE - IOHDRSZ);
		ck_assert_int_eq(do_open(s, 4, OREAD), -Ebadusefd);
	}
	ram_end(s);
}
END_TEST

START_TEST(otrunc_empties_the_file)
{
	Srv *s = walk_tree();
	char strs[256];
	Dir d;

	ck_assert_int_eq(do_walk(s, 2, 3, "f"), 1);
	ck_assert_int_eq(do_open(s, 3, OWRITE | OTRUNC), 0);
	ck_assert_int_eq(do_stat(s, 3, &d, strs), 0);
	ck_assert_uint_eq(d.length, 0);
	ram_end(s);
}
END_TEST

START_TEST(append_only_file_only_grows)
{
	Srv *s = ram_start();

	make_file(s, 1, "log", DMAPPEND | 0666, "one");
	ck_assert_int_eq(do_walk(s, 1, 2, "log"), 1);
	ck_assert_int_eq(do_open(s, 2, ORDWR | OTRUNC), 0);
	ck_assert_int_eq(do_write(s, 2, 0, "two"), 3);
	ck_assert_int_eq(do_read(s, 2, 0, 100), 6);
	ck_assert_mem_eq(replies.f[0].data, "onetwo", 6);
	ram_end(s);
}
END_TEST

START_TEST(exclusive_file_is_open_once)
{
	Srv *s = ram_start();

	make_file(s, 1, "x", DMEXCL | 0666, "");
	ck_assert_int_eq(do_walk(s, 1, 2, "x"), 1);
	ck_assert_int_eq(do_walk(s, 1, 3, "x"), 1);
	ck_assert_int_eq(do_open(s, 2, OREAD), 0);
	ck_assert_int_eq(do_open(s, 3, OREAD), -Elocked);
	ck_assert_int_eq(do_simple(s, Tclunk, 2), 0);
	ck_assert_int_eq(do_open(s, 3, OREAD), 0);
	ram_end(s);
}
END_TEST

START_TEST(created_exclusive_file_is_open_already)
{
	Srv *s = ram_start();

	ck_assert_int_eq(do_walk(s, 1, 2, ""), 0);
	ck_assert_int_eq(do_create(s, 2, "x", DMEXCL | 0666, OWRITE), 0);
	ck_assert_int_eq(do_walk(s, 1, 3, "x"), 1);
	ck_assert_int_eq(do_open(s, 3, OREAD), -Elocked);
	ram_end(s);
}
END_TEST

START_TEST(orclose_removes_with_the_fid)
{
	Srv *s = walk_tree();

	ck_assert_int_eq(do_walk(s, 2, 3, "f"), 1);
	ck_assert_int_eq(do_open(s, 3, OREAD | ORCLOSE), 0);
	ck_assert_int_eq(do_walk(s, 2, 4, "f"), 1);
	ck_assert_int_eq(do_simple(s, Tclunk, 3), 0);
	ck_assert_int_eq(do_walk(s, 2, 5, "f"), -Enonexist);
	ram_end(s);
}
END_TEST

START_TEST(orclose_needs_write_permission_in_the_directory)
{
	Srv *s = ram_start();

	make_file(s, 1, "d", DMDIR | 0755, "");
	ck_assert_int_eq(do_walk(s, 1, 2, "d"), 1);
	make_file(s, 2, "f", 0777, "");
	ck_assert_int_eq(do_attach(s, 3, "eve"), 0);
	ck_assert_int_eq(do_walk(s, 3, 4, "d/f"), 2);
	ck_assert_int_eq(do_open(s, 4, OREAD | ORCLOSE), -Eperm);
	ck_assert_int_eq(do_simple(s, Tremove, 4), -Eperm);
	ck_assert_int_eq(do_simple(s, Tstat, 4), -Ebadfid); /* clunked though */
	ck_assert_int_eq(do_walk(s, 2, 5, "f"), 1);
	ram_end(s);
}
END_TEST

static const struct {
	const char *name;
	uint32_t perm;
	int mode;
	int rc;
} creates[] = {
	{ "new", 0666, ORDWR, 0 },
	{ "new", 0444, OWRITE, 0 }, /* mode is not checked against perm */
	{ "new", DMDIR | 0777, OREAD, 0 },
	{ "new", DMDIR | 0777, OWRITE, -Eisdir },
	{ "new", DMDIR | 0777, OREAD | ORCLOSE, -Eisdir },
	{ "new", DMAPPEND | 0666, OWRITE | ORCLOSE, 0 },
	{ "new", 0666 | DMMOUNT, OREAD, -Ebadarg },
	{ "new", 0666 | DMAUTH, OREAD, -Ebadarg },
	{ "new", 01666, OREAD, -Ebadarg },
	{ "new", 0666, 0x84, -Ebadmode },
	{ "d", 0666, OREAD, -Eexist },
	{ ".", 0666, OREAD, -Ebadname },
	{ "..", DMDIR | 0777, OREAD, -Ebadname },
	{ "", 0666, OREAD, -Ebadname },
	{ "a/b", 0666, OREAD, -Ebadchar },
	{ "\xc3\x28", 0666, OREAD, -Ebadchar },
	{ "\xc3\xa4\xe6\xbc\xa2", 0666, OREAD, 0 },
};

START_TEST(create_obeys_the_rules)
{
	Srv *s = walk_tree();
	Fcall *r;

	ck_assert_int_eq(do_walk(s, 1, 3, ""), 0);
	ck_assert_int_eq(do_create(s, 3, creates[_i].name, creates[_i].perm, creates[_i].mode), creates[_i].rc);
	r = &replies.f[0];
	if (creates[_i].rc == 0) {
		ck_assert_uint_eq(r->qid.type, creates[_i].perm >> 24);
		ck_assert_int_eq(do_create(s, 3, "again", 0666, OREAD), -Ebadusefd);
	} else {
		ck_assert_int_eq(do_walk(s, 3, 4, "d"), 1); /* fid is still the directory */
	}
	ram_end(s);
}
END_TEST

START_TEST(create_needs_a_writable_directory)
{
	Srv *s = walk_tree();

	make_file(s, 1, "ro", DMDIR | 0755, "");
	ck_assert_int_eq(do_attach(s, 3, "eve"), 0);
	ck_assert_int_eq(do_walk(s, 3, 4, "ro"), 1);
	ck_assert_int_eq(do_create(s, 4, "x", 0666, OREAD), -Eperm);
	ck_assert_int_eq(do_walk(s, 3, 5, "d/f"), 2);
	ck_assert_int_eq(do_create(s, 5, "x", 0666, OREAD), -Enotdir);
	ram_end(s);
}
END_TEST

START_TEST(created_permissions_come_from_the_directory)
{
	Srv *s = ram_start();
	char strs[256];
	Dir d;

	make_file(s, 1, "d", DMDIR | 0750, "");
	ck_assert_int_eq(do_walk(s, 1, 2, "d"), 1);
	make_file(s, 2, "f", 0777, "");
	make_file(s, 2, "sub", DMDIR | 0777, "");
	ck_assert_int_eq(do_walk(s, 2, 3, "f"), 1);
	ck_assert_int_eq(do_stat(s, 3, &d, strs), 0);
	ck_assert_uint_eq(d.mode, 0751); /* perm & (~0666 | (0750 & 0666)) */
	ck_assert_str_eq(d.uid, "bob");
	ck_assert_int_eq(do_walk(s, 2, 4, "sub"), 1);
	ck_assert_int_eq(do_stat(s, 4, &d, strs), 0);
	ck_assert_uint_eq(d.mode, DMDIR | 0750);
	ram_end(s);
}
END_TEST

START_TEST(walk_needs_search_permission)
{
	Srv *s = ram_start();

	make_file(s, 1, "d", DMDIR | 0700, "");
	ck_assert_int_eq(do_walk(s, 1, 2, "d"), 1);
	make_file(s, 2, "f", 0666, "");
	ck_assert_int_eq(do_attach(s, 3, "eve"), 0);
	ck_assert_int_eq(do_walk(s, 3, 4, "d/f"), 1);
	ram_end(s);
}
END_TEST

/* ---- read, write ---- */

START_TEST(io_needs_an_open_fid_of_the_right_mode)
{
	Srv *s = walk_tree();

	ck_assert_int_eq(do_walk(s, 2, 3, "f"), 1);
	ck_assert_int_eq(do_read(s, 3, 0, 10), -Enotopen);
	ck_assert_int_eq(do_write(s, 3, 0, "x"), -Enotopen);
	ck_assert_int_eq(do_open(s, 3, OREAD), 0);
	ck_assert_int_eq(do_write(s, 3, 0, "x"), -Ebadusefd);
	ck_assert_int_eq(do_walk(s, 2, 4, "f"), 1);
	ck_assert_int_eq(do_open(s, 4, OWRITE), 0);
	ck_assert_int_eq(do_read(s, 4, 0, 10), -Ebadusefd);
	ck_assert_int_eq(do_open(s, 2, OREAD), 0);
	ck_assert_int_eq(do_write(s, 2, 0, "x"), -Ebadusefd);
	ram_end(s);
}
END_TEST

START_TEST(reads_and_writes_reach_the_bytes)
{
	Srv *s = walk_tree();

	ck_assert_int_eq(do_walk(s, 2, 3, "f"), 1);
	ck_assert_int_eq(do_open(s, 3, ORDWR), 0);
	ck_assert_int_eq(do_read(s, 3, 1, 3), 3);
	ck_assert_mem_eq(replies.f[0].data, "ell", 3);
	ck_assert_int_eq(do_read(s, 3, 5, 3), 0);
	ck_assert_int_eq(do_read(s, 3, 1000, 3), 0);
	ck_assert_int_eq(do_read(s, 3, 0, 0), 0);
	ck_assert_int_eq(do_write(s, 3, 2, ""), 0);
	ck_assert_int_eq(do_write(s, 3, 20000, "far"), 3);
	ck_assert_int_eq(do_read(s, 3, 19998, 10), 5);
	ck_assert_mem_eq(replies.f[0].data, "\0\0far", 5);
	ck_assert_int_eq(do_read(s, 3, 0, 0xFFFFFFFF), TEST_MSIZE - IOHDRSZ);
	ck_assert_int_eq(do_read(s, 3, UINT64_MAX, 1), -Ebadoffset);
	ck_assert_int_eq(do_write(s, 3, (uint64_t)INT64_MAX, "x"), -Ebadoffset);
	ck_assert_int_eq(do_write(s, 3, (uint64_t)1 << 41, "x"), -Etoobig);
	ck_assert_int_eq(do_write(s, 3, ((uint64_t)1 << 40) - 1, "x"), 1); /* a hole costs nothing */
	ck_assert_int_eq(do_read(s, 3, ((uint64_t)1 << 40) - 2, 100), 2);
	ram_end(s);
}
END_TEST

START_TEST(directory_reads_page_whole_entries)
{
	Srv *s = ram_start();
	char name[16], strs[256];
	int n, seen = 0;
	uint64_t off = 0;

	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "file%02d", i);
		make_file(s, 1, name, 0666, "");
	}
	ck_assert_int_eq(do_open(s, 1, OREAD), 0);
	ck_assert_int_eq(do_read(s, 1, 0, 10), -Eshort);
	ck_assert_int_eq(do_read(s, 1, 0, 0), 0);
	while ((n = do_read(s, 1, off, 300)) > 0) {
		for (int at = 0; at < n; seen++) {
			Dir d;
			int size = dir_unpack(&d, replies.f[0].data + at, (size_t)(n - at), strs);

			ck_assert_int_gt(size, 0);
			snprintf(name, sizeof name, "file%02d", seen);
			ck_assert_str_eq(d.name, name);
			at += size;
		}
		off += (uint64_t)n;
	}
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(seen, 40);
	ck_assert_int_eq(do_read(s, 1, off - 1, 300), -Ebadoffset);
	ck_assert_int_eq(do_read(s, 1, off, 300), 0);
	ck_assert_int_gt(do_read(s, 1, 0, 300), 0);
	ram_end(s);
}
END_TEST

/* ---- clunk, remove ---- */

START_TEST(clunked_fid_is_unknown)
{
	Srv *s = walk_tree();

	ck_assert_int_eq(do_simple(s, Tclunk, 2), 0);
	ck_assert_int_eq(do_simple(s, Tclunk, 2), -Ebadfid);
	ck_assert_int_eq(do_walk(s, 1, 2, "d"), 1);
	ram_end(s);
}
END_TEST

START_TEST(remove_that_fails_clunks_too)
{
	Srv *s = walk_tree();

	ck_assert_int_eq(do_simple(s, Tremove, 2), -Enotempty);
	ck_assert_int_eq(do_simple(s, Tstat, 2), -Ebadfid);
	ck_assert_int_eq(do_simple(s, Tremove, 1), -Eperm);
	ram_end(s);
}
END_TEST

START_TEST(removed_file_lives_until_its_last_fid)
{
	Srv *s = walk_tree();

	ck_assert_int_eq(do_walk(s, 2, 3, "f"), 1);
	ck_assert_int_eq(do_walk(s, 2, 4, "f"), 1);
	ck_assert_int_eq(do_open(s, 4, OREAD), 0);
	ck_assert_int_eq(do_simple(s, Tremove, 3), 0);
	ck_assert_int_eq(do_read(s, 4, 0, 10), 5);
	ck_assert_uint_eq(tree_nodes(s->aux), 3);
	ck_assert_int_eq(do_simple(s, Tclunk, 4), 0);
	ck_assert_uint_eq(tree_nodes(s->aux), 2);
	ck_assert_int_eq(do_simple(s, Tremove, 2), 0);
	ram_end(s);
}
END_TEST

/* ---- stat, wstat ---- */

START_TEST(stat_tells_what_is_there)
{
	Srv *s = walk_tree();
	char strs[256];
	Dir d;

	ck_assert_int_eq(do_walk(s, 2, 3, "f"), 1);
	ck_assert_int_eq(do_stat(s, 3, &d, strs), 0);
	ck_assert_str_eq(d.name, "f");
	ck_assert_str_eq(d.uid, "bob");
	ck_assert_str_eq(d.gid, "bob");
	ck_assert_str_eq(d.muid, "bob");
	ck_assert_uint_eq(d.length, 5);
	ck_assert_uint_eq(d.mode, 0666);
	ck_assert_uint_eq(d.mtime, 1000);
	ck_assert_int_eq(do_stat(s, 1, &d, strs), 0);
	ck_assert_str_eq(d.name, "/");
	ck_assert_uint_eq(d.qid.type, QTDIR);
	ram_end(s);
}
END_TEST

static const struct {
	const char *user;
	int rc;
	Dir d; /* 0: don't touch */
} wstats[] = {
	{ "bob", 0, { .name = "g" } },
	{ "bob", 0, { .name = "f" } },
	{ "bob", -Eexist, { .name = "other" } },
	{ "bob", -Ebadname, { .name = "." } },
	{ "bob", -Ebadname, { .name = ".." } },
	{ "bob", -Ebadchar, { .name = "x/y" } },
	{ "bob", -Ebadchar, { .name = "\xff" } },
	{ "eve", -Eperm, { .name = "g" } },
	{ "bob", 0, { .mode = 0400 } },
	{ "bob", 0, { .mode = DMAPPEND | 0400 } },
	{ "bob", -Eperm, { .mode = DMDIR | 0400 } },
	{ "bob", -Ebadstat, { .mode = DMMOUNT | 0400 } },
	{ "eve", -Eperm, { .mode = 0400 } },
	{ "bob", 0, { .mtime = 5 } },
	{ "eve", -Eperm, { .mtime = 5 } },
	{ "bob", 0, { .length = 2 } },
	{ "bob", 0, { .length = 100000 } },
	{ "bob", -Ebadstat, { .length = (uint64_t)1 << 63 } },
	{ "bob", -Etoobig, { .length = ((uint64_t)1 << 40) + 1 } },
	{ "eve", -Eperm, { .length = 2 } },
	{ "bob", -Eperm, { .uid = "eve" } },
	{ "bob", 0, { .uid = "bob" } },
	{ "bob", -Eperm, { .muid = "eve" } },
	{ "bob", -Eperm, { .gid = "eve" } },
	{ "bob", -Eperm, { .qid = { .path = 99 } } },
	{ "bob", -Eperm, { .type = 7 } },
	{ "bob", -Eperm, { .dev = 7 } },
	{ "bob", -Eperm, { .name = "g", .uid = "eve" } }, /* all or nothing */
	{ "bob", 0, { .mtime = 7, .length = 1 } },
};

static void
dir_fill(Dir *d, const Dir *want)
{
	dir_null(d);
	if (want->name != NULL)
		d->name = want->name;
	if (want->uid != NULL)
		d->uid = want->uid;
	if (want->gid != NULL)
		d->gid = want->gid;
	if (want->muid != NULL)
		d->muid = want->muid;
	if (want->mode != 0)
		d->mode = want->mode;
	if (want->mtime != 0)
		d->mtime = want->mtime;
	if (want->length != 0)
		d->length = want->length;
	if (want->qid.path != 0)
		d->qid.path = want->qid.path;
	if (want->type != 0)
		d->type = want->type;
	if (want->dev != 0)
		d->dev = want->dev;
}

START_TEST(wstat_changes_what_it_may)
{
	Srv *s = ram_start();
	char before[256], after[256];
	Dir d, old, new;

	make_file(s, 1, "top", DMDIR | 0755, "");
	ck_assert_int_eq(do_walk(s, 1, 2, "top"), 1);
	make_file(s, 2, "f", 0644, "hello");
	make_file(s, 2, "other", 0644, "");
	ck_assert_int_eq(do_attach(s, 3, wstats[_i].user), 0);
	ck_assert_int_eq(do_walk(s, 3, 4, "top/f"), 2);
	ck_assert_int_eq(do_stat(s, 4, &old, before), 0);
	dir_fill(&d, &wstats[_i].d);
	ck_assert_int_eq(do_wstat(s, 4, &d), wstats[_i].rc);
	ck_assert_int_eq(do_stat(s, 4, &new, after), 0);
	if (wstats[_i].rc < 0) {
		ck_assert_uint_eq(new.qid.vers, old.qid.vers);
		dir_fill(&d, &(Dir){ 0 });
	}
	ck_assert_str_eq(new.name, d.name[0] != '\0' ? d.name : old.name);
	ck_assert_uint_eq(new.mode, d.mode != UINT32_MAX ? d.mode : old.mode);
	ck_assert_uint_eq(new.mtime, d.mtime != UINT32_MAX ? d.mtime : old.mtime);
	ck_assert_uint_eq(new.length, d.length != UINT64_MAX ? d.length : old.length);
	ck_assert_int_eq(do_walk(s, 2, 7, new.name), 1);
	ram_end(s);
}
END_TEST

START_TEST(truncated_bytes_come_back_as_zeros)
{
	Srv *s = walk_tree();
	Dir d;

	ck_assert_int_eq(do_walk(s, 2, 3, "f"), 1);
	ck_assert_int_eq(do_open(s, 3, OREAD), 0);
	dir_null(&d);
	d.length = 2;
	ck_assert_int_eq(do_wstat(s, 3, &d), 0);
	d.length = 4;
	ck_assert_int_eq(do_wstat(s, 3, &d), 0);
	ck_assert_int_eq(do_read(s, 3, 0, 10), 4);
	ck_assert_mem_eq(replies.f[0].data, "he\0\0", 4);
	ram_end(s);
}
END_TEST

START_TEST(root_is_not_renamed_and_directory_has_no_length)
{
	Srv *s = ram_start();
	Dir d;

	dir_null(&d);
	ck_assert_int_eq(do_wstat(s, 1, &d), 0);
	d.name = "x";
	ck_assert_int_eq(do_wstat(s, 1, &d), -Eperm);
	dir_null(&d);
	d.length = 5;
	ck_assert_int_eq(do_wstat(s, 1, &d), -Eisdir);
	ram_end(s);
}
END_TEST

START_TEST(malformed_stat_is_refused)
{
	Srv *s = walk_tree();
	uint8_t buf[128];
	Fcall f = { .type = Twstat, .tag = 1, .fid = 2, .stat = buf };
	Dir d;

	dir_null(&d);
	int n = dir_pack(&d, buf, sizeof buf);
	for (int i = 0; i <= n + 1; i++) {
		f.nstat = (uint16_t)i;
		ck_assert_int_eq(rpc_rc(s, f), i == n ? 0 : -Ebadstat);
	}
	ram_end(s);
}
END_TEST

/* ---- many fids ---- */

START_TEST(hundred_thousand_fids_are_found)
{
	Srv *s = ram_start();

	for (uint32_t i = 0; i < 100000; i++)
		ck_assert_int_eq(do_walk(s, 1, 1000 + 16 * i, ""), 0);
	ck_assert_int_eq(do_simple(s, Tstat, 1000 + 16 * 99999), 0);
	ck_assert_int_eq(do_simple(s, Tclunk, 1000 + 16 * 50000), 0);
	ck_assert_int_eq(do_simple(s, Tstat, 1000 + 16 * 50000), -Ebadfid);
	ram_end(s);
}
END_TEST

/* ---- servers that are not whole ---- */

static int
any_req(Req *r)
{
	USED(r);
	return 0;
}

static int
any_walk1(Fid *f, Str name, Qid *out)
{
	USED(f), USED(name), USED(out);
	return 0;
}

static int
no_bytes(void *arg, const uint8_t *msg, size_t n)
{
	USED(arg), USED(msg), USED(n);
	return 0;
}

START_TEST(server_without_a_must_is_refused)
{
	static const SrvOps ops = { .attach = any_req, .walk1 = any_walk1 };
	static const uint8_t version[] = "\x13\0\0\0d\xff\xff\0\x20\0\0\x06\0" "9P2000";
	Srv s = { .ops = &ops, .name = "half" };

	ck_assert_int_eq(srv_check(&s), -Ebadarg);
	ck_assert_str_eq(err_reason(), "server half has no stat: bad arg in system call");
	ck_assert_int_eq(srv_msg(&s, version, sizeof version - 1, no_bytes, NULL), -Ebadarg);
}
END_TEST

UNIT_SUITE("srv", LOOP(version_is_negotiated, versions), CASE(nothing_is_answered_before_version),
    CASE(version_frees_all_fids), CASE(auth_is_not_required), CASE(attach_of_a_fid_in_use_is_refused),
    CASE(failed_attach_leaves_no_fid), CASE(walk_of_no_names_clones), CASE(first_missing_name_is_an_error),
    CASE(later_missing_name_is_a_short_walk), CASE(walk_moves_fid_when_newfid_is_fid),
    CASE(walk_to_a_fid_in_use_is_refused), CASE(walk_of_an_open_fid_is_refused),
    CASE(dotdot_stops_at_the_attach_root), CASE(dotdot_stops_at_an_attach_root_inside_the_tree),
    CASE(none_is_in_no_group), CASE(sixteen_names_can_be_walked),
    LOOP(walk_of_a_bad_name_is_refused, bad_names), LOOP(open_obeys_mode_and_permission, opens),
    CASE(otrunc_empties_the_file), CASE(append_only_file_only_grows), CASE(exclusive_file_is_open_once),
    CASE(created_exclusive_file_is_open_already), CASE(orclose_removes_with_the_fid),
    CASE(orclose_needs_write_permission_in_the_directory), LOOP(create_obeys_the_rules, creates),
    CASE(create_needs_a_writable_directory), CASE(created_permissions_come_from_the_directory),
    CASE(walk_needs_search_permission), CASE(io_needs_an_open_fid_of_the_right_mode),
    CASE(reads_and_writes_reach_the_bytes), CASE(directory_reads_page_whole_entries), CASE(clunked_fid_is_unknown),
    CASE(remove_that_fails_clunks_too), CASE(removed_file_lives_until_its_last_fid), CASE(stat_tells_what_is_there),
    LOOP(wstat_changes_what_it_may, wstats), CASE(truncated_bytes_come_back_as_zeros),
    CASE(root_is_not_renamed_and_directory_has_no_length), CASE(malformed_stat_is_refused),
    CASE(hundred_thousand_fids_are_found), CASE(server_without_a_must_is_refused))
