/*
 * tests/unit/u9fs.c - u9fs over a folder of the host: what each request does there,
 * what changes behind its back, names, links, limits. Attacks are in u9fs_attack.c.
 */
#include <sys/resource.h>
#include "tests/unit/u9fs_help.h"

/* ---- names ---- */

static const struct {
	const char *host, *shown;
} names[] = {
	{ "plain", "plain" },
	{ "gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F" },
	{ "a\nb\x01", "a\xEF\x9C\x8A" "b\xEF\x9C\x81" },                /* U+F70A, U+F701 */
	{ "\x7F", "\xEF\x9D\xBF" }, { " ", " " },
	{ "latin\xE9", "latin\xEF\x9F\xA9" },                        /* U+F7E9 */
	{ "\xFF\xC0\xAF", "\xEF\x9F\xBF\xEF\x9F\x80\xEF\x9E\xAF" },
	{ "\xED\xA0\x80", "\xEF\x9F\xAD\xEF\x9E\xA0\xEF\x9E\x80" },  /* a surrogate */
	{ "\xEF\x9F\xA9", "\xEF\x9F\xAF\xEF\x9E\x9F\xEF\x9E\xA9" },  /* U+F7E9 itself */
	{ "\xEF\xBF\xBD", "\xEF\xBF\xBD" },                          /* U+FFFD itself */
};

START_TEST(every_name_of_the_host_has_one_name)
{
	char shown[NAME9_MAX + 1], back[HOSTNAME_MAX + 1];

	name_to_9p(shown, names[_i].host);
	ck_assert_str_eq(shown, names[_i].shown);
	ck_assert(utf8_valid(str_of(shown)));
	ck_assert_int_eq(name_to_host(back, str_of(shown)), 0);
	ck_assert_str_eq(back, names[_i].host);
}
END_TEST

static const struct {
	Str name;
	int rc;
} bad_names[] = {
	{ { "", 0 }, -Ebadname }, { { ".", 1 }, -Ebadname }, { { "..", 2 }, -Ebadname },
	{ { "a/b", 3 }, -Ebadchar }, { { "/", 1 }, -Ebadchar }, { { "a\0b", 3 }, -Ebadchar },
	{ { "a\xFF", 2 }, -Ebadchar }, { { "a\nb", 3 }, -Ebadchar }, { { "\x7F", 1 }, -Ebadchar },
	/* these would be ".", "..", "é" and "/" */
	{ { "\xEF\x9F\x83\xEF\x9E\xA9", 6 }, -Ebadchar },
	{ { "\xEF\x9C\xAF", 3 }, 0 }, /* U+F72F: a rune like others, no slash */
};

START_TEST(what_is_no_name_is_refused)
{
	char back[HOSTNAME_MAX + 1];

	ck_assert_int_eq(name_to_host(back, bad_names[_i].name), bad_names[_i].rc);
}
END_TEST

START_TEST(long_names)
{
	char name[400], back[HOSTNAME_MAX + 1];
	Srv *s;

	memset(name, 'x', sizeof name);
	ck_assert_int_eq(name_to_host(back, (Str){ name, 255 }), 0);
	ck_assert_int_eq(name_to_host(back, (Str){ name, 256 }), -Ebadname);
	host_make();
	s = u9_start();
	name[255] = '\0';
	make_file(s, 1, name, 0644, "long");
	ck_assert_str_eq(u9_read(s, name), "long");
	u9_end(s);
}
END_TEST

START_TEST(a_name_that_is_not_utf8_is_listed_read_renamed_removed)
{
	Srv *s;
	Dir d;
	char strs[512];

	host_make();
	host_write("share/latin\xE9", "text");
	s = u9_start();
	ck_assert_str_eq(u9_read(s, "latin\xEF\x9F\xA9"), "text");
	ck_assert_int_eq(do_walk(s, 1, 3, ""), 0);
	ck_assert_int_eq(do_open(s, 3, OREAD), 0);
	ck_assert_int_gt(do_read(s, 3, 0, 4096), 0);
	ck_assert_int_gt(dir_unpack(&d, replies.f[0].data, replies.f[0].count, strs), 0);
	ck_assert_str_eq(d.name, "latin\xEF\x9F\xA9");
	ck_assert_int_eq(u9_walk(s, "latin\xEF\x9F\xA9"), 0);
	ck_assert_int_eq(do_simple(s, Tremove, 2), 0);
	ck_assert_int_ne(access("share/latin\xE9", F_OK), 0);
	u9_end(s);
}
END_TEST

/* ---- files ---- */

START_TEST(a_file_is_made_written_read_removed)
{
	Srv *s;

	host_make();
	s = u9_start();
	make_file(s, 1, "d", DMDIR | 0755, "");
	ck_assert_int_eq(u9_walk(s, "d"), 0);
	make_file(s, 2, "f", 0640, "hello");
	ck_assert_int_eq(do_simple(s, Tclunk, 2), 0);
	ck_assert_str_eq(host_read("share/d/f"), "hello");
	ck_assert_str_eq(u9_read(s, "d/f"), "hello");
	ck_assert_int_eq(u9_walk(s, "d"), 0);
	ck_assert_int_eq(do_create(s, 2, "f", 0640, OWRITE), -Eexist);
	ck_assert_int_eq(do_simple(s, Tremove, 2), -Enotempty);
	ck_assert_int_eq(u9_walk(s, "d/f"), 0);
	ck_assert_int_eq(do_simple(s, Tremove, 2), 0);
	ck_assert_int_eq(u9_walk(s, "d"), 0);
	ck_assert_int_eq(do_simple(s, Tremove, 2), 0);
	ck_assert_int_ne(access("share/d", F_OK), 0);
	u9_end(s);
}
END_TEST

START_TEST(beyond_4_GiB_and_holes)
{
	const uint64_t far = (5ull << 30) + 7;
	Srv *s;
	char strs[512];
	Dir d;

	host_make();
	s = u9_start();
	ck_assert_int_eq(do_walk(s, 1, 2, ""), 0);
	ck_assert_int_eq(do_create(s, 2, "big", 0644, ORDWR), 0);
	ck_assert_int_eq(do_write(s, 2, far, "end"), 3);
	ck_assert_int_eq(do_read(s, 2, far - 1, 100), 4);
	ck_assert_mem_eq(replies.f[0].data, "\0end", 4);
	ck_assert_int_eq(do_stat(s, 2, &d, strs), 0);
	ck_assert_uint_eq(d.length, far + 3);
	dir_null(&d);
	d.length = 6ull << 30;
	ck_assert_int_eq(do_wstat(s, 2, &d), 0);
	ck_assert_int_eq(do_read(s, 2, far + 3, 4), 4);
	ck_assert_mem_eq(replies.f[0].data, "\0\0\0\0", 4);
	ck_assert_int_eq(do_simple(s, Tremove, 2), 0);
	u9_end(s);
}
END_TEST

START_TEST(append_only_files_append)
{
	Srv *s;
	Dir d;
	char strs[512];

	host_make();
	s = u9_start();
	make_file(s, 1, "log", DMAPPEND | 0666, "one ");
	ck_assert_int_eq(u9_walk(s, "log"), 0);
	ck_assert_int_eq(do_stat(s, 2, &d, strs), 0);
	ck_assert_uint_eq(d.mode & 0xFFFFFE00u, DMAPPEND);
	ck_assert_uint_eq(d.qid.type, QTAPPEND);
	ck_assert_int_eq(do_open(s, 2, OWRITE | OTRUNC), 0);
	ck_assert_int_eq(do_write(s, 2, 0, "two"), 3);
	ck_assert_int_eq(do_simple(s, Tclunk, 2), 0);
	ck_assert_str_eq(host_read("share/log"), "one two");
	ck_assert_int_eq(u9_walk(s, "log"), 0);
	dir_null(&d);
	d.mode = 0600;
	ck_assert_int_eq(do_wstat(s, 2, &d), 0);
	ck_assert_int_eq(do_stat(s, 2, &d, strs), 0);
	ck_assert_uint_eq(d.mode, 0600);
	u9_end(s);
}
END_TEST

START_TEST(exclusive_files_are_open_once_on_all_connections)
{
	static Srv other = { .ops = &u9fs_ops, .name = "other" };
	Srv *s;

	host_make();
	s = u9_start();
	make_file(s, 1, "lock", DMEXCL | 0666, "x");
	ck_assert_int_eq(u9_walk(s, "lock"), 0);
	ck_assert_int_eq(do_open(s, 2, OREAD), 0);
	ck_assert_int_eq(do_walk(s, 1, 3, "lock"), 1);
	ck_assert_int_eq(do_open(s, 3, OREAD), -Elocked);
	do_version(&other, TEST_MSIZE);
	ck_assert_int_eq(do_attach(&other, 1, "bob"), 0);
	ck_assert_int_eq(u9_walk(&other, "lock"), 0);
	ck_assert_int_eq(do_open(&other, 2, OWRITE | OTRUNC), -Elocked);
	ck_assert_str_eq(host_read("share/lock"), "x");
	ck_assert_int_eq(do_simple(s, Tclunk, 2), 0);
	ck_assert_int_eq(do_open(&other, 2, OREAD), 0);
	srv_end(&other);
	u9_end(s);
}
END_TEST

START_TEST(remove_on_close)
{
	Srv *s;

	host_make();
	s = u9_start();
	ck_assert_int_eq(do_walk(s, 1, 2, ""), 0);
	ck_assert_int_eq(do_create(s, 2, "tmp", 0600, ORDWR | ORCLOSE), 0);
	ck_assert_int_eq(access("share/tmp", F_OK), 0);
	ck_assert_int_eq(do_simple(s, Tclunk, 2), 0);
	ck_assert_int_ne(access("share/tmp", F_OK), 0);
	u9_end(s);
}
END_TEST

START_TEST(permissions_are_the_hosts)
{
	Srv *s;

	host_make();
	host_write("share/secret", "s");
	ck_assert_int_eq(chmod("share/secret", 0), 0);
	host_write("share/data", "d");
	ck_assert_int_eq(chmod("share/data", 0444), 0);
	ck_assert_int_eq(mkdir("share/shut", 0555), 0);
	s = u9_start();
	ck_assert_int_eq(u9_walk(s, "secret"), 0);
	ck_assert_int_eq(do_open(s, 2, OREAD), -Eperm);
	ck_assert_int_eq(do_walk(s, 1, 3, "data"), 1);
	ck_assert_int_eq(do_open(s, 3, OWRITE), -Eperm);
	ck_assert_int_eq(do_open(s, 3, OEXEC), -Eperm);
	ck_assert_int_eq(do_open(s, 3, OREAD), 0);
	ck_assert_int_eq(do_walk(s, 1, 4, "shut"), 1);
	ck_assert_int_eq(do_create(s, 4, "x", 0666, OWRITE), -Eperm);
	u9_end(s);
}
END_TEST

/* ---- wstat ---- */

START_TEST(wstat_changes_what_it_says_only)
{
	struct stat st;
	Srv *s;
	Dir d;

	host_make();
	host_write("share/f", "12345");
	s = u9_start();
	ck_assert_int_eq(u9_walk(s, "f"), 0);
	dir_null(&d);
	ck_assert_int_eq(do_wstat(s, 2, &d), 0);
	d.mtime = 1000000;
	ck_assert_int_eq(do_wstat(s, 2, &d), 0);
	ck_assert_int_eq(stat("share/f", &st), 0);
	ck_assert_int_eq(st.st_mtime, 1000000);
	ck_assert_int_ne(st.st_atime, 1000000);
	dir_null(&d);
	d.name = "g";
	d.mode = 0604;
	d.length = 3;
	d.mtime = 2000000;
	ck_assert_int_eq(do_wstat(s, 2, &d), 0);
	ck_assert_int_eq(stat("share/g", &st), 0);
	ck_assert_int_eq(st.st_mtime, 2000000);
	ck_assert_uint_eq(st.st_mode & 0777, 0604);
	ck_assert_str_eq(host_read("share/g"), "123");
	u9_end(s);
}
END_TEST

START_TEST(wstat_does_all_or_nothing)
{
	struct stat st;
	Srv *s;
	Dir d;

	host_make();
	host_write("share/f", "12345");
	host_write("share/g", "other");
	ck_assert_int_eq(chmod("share/f", 0444), 0);
	s = u9_start();
	ck_assert_int_eq(u9_walk(s, "f"), 0);
	dir_null(&d);
	d.name = "g"; /* is there */
	d.mode = 0600;
	ck_assert_int_eq(do_wstat(s, 2, &d), -Eexist);
	ck_assert_int_eq(stat("share/f", &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0444);
	d.name = "h";
	d.length = 0; /* no write permission */
	ck_assert_int_eq(do_wstat(s, 2, &d), -Eperm);
	ck_assert_int_ne(access("share/h", F_OK), 0);
	d.length = 1ull << 62; /* more than the file system has: taken back */
	ck_assert_int_eq(chmod("share/f", 0644), 0);
	ck_assert_int_eq(do_wstat(s, 2, &d), -Etoobig);
	ck_assert_int_eq(stat("share/f", &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0644);
	ck_assert_int_ne(access("share/h", F_OK), 0);
	ck_assert_str_eq(u9_read(s, "g"), "");  /* fid 2 is taken */
	ck_assert_int_eq(do_simple(s, Tclunk, 2), 0);
	ck_assert_str_eq(u9_read(s, "g"), "other");
	u9_end(s);
}
END_TEST

START_TEST(what_is_below_a_renamed_directory_is_still_there)
{
	Srv *s;
	Dir d;

	host_make();
	ck_assert_int_eq(mkdir("share/old", 0755), 0);
	host_write("share/old/f", "text");
	s = u9_start();
	ck_assert_int_eq(do_walk(s, 1, 3, "old/f"), 2);
	ck_assert_int_eq(u9_walk(s, "old"), 0);
	dir_null(&d);
	d.name = "new";
	ck_assert_int_eq(do_wstat(s, 2, &d), 0);
	ck_assert_int_eq(do_open(s, 3, OREAD), 0);
	ck_assert_int_eq(do_read(s, 3, 0, 10), 4);
	ck_assert_int_eq(access("share/new/f", F_OK), 0);
	u9_end(s);
}
END_TEST

/* ---- links and other things ---- */

static const struct {
	const char *target;
	bool opens;
} links[] = {
	{ "real", true }, { "dir/../real", true }, { "dir/../../share/real", false }, { "nowhere", false },
	{ "@/share/real", true }, { "@/share/dir/../dir/up", true }, { "@/share/dir/abs", false }, { "@/share//./real", true },
	{ "@/share/../canary", false }, { "@/share/dir/../../canary", false }, { "@/canary", false },
	{ "@/shareother", false }, { "@/share/dir/out", false }, { "@/share", false }, { "@/share/l", false },
	{ "../canary", false }, { "/etc/passwd", false }, { "/proc/self/root/etc/passwd", false }, { "l", false },
	{ "dir/up", true }, { "dir/out", false },
};

START_TEST(links_are_followed_inside_only)
{
	Srv *s;
	char strs[512], target[128], real[64];
	Dir d;

	host_make();
	host_write("share/real", "inside");
	host_write("shareother", CANARY);
	host_write("share/other", "inside");
	snprintf(real, sizeof real, "%s/share/real", top);
	snprintf(target, sizeof target, "%s%s", links[_i].target[0] == '@' ? top : "", links[_i].target + (links[_i].target[0] == '@'));
	ck_assert_int_eq(mkdir("share/dir", 0755), 0);
	ck_assert_int_eq(symlink("../real", "share/dir/up"), 0);
	ck_assert_int_eq(symlink("../../canary", "share/dir/out"), 0);
	ck_assert_int_eq(symlink(real, "share/dir/abs"), 0);
	ck_assert_int_eq(symlink(target, "share/l"), 0);
	s = u9_start();
	ck_assert_str_eq(u9_read(s, "l"), links[_i].opens ? "inside" : "");
	ck_assert_int_eq(u9_walk(s, "l"), 0); /* it is there */
	ck_assert_int_eq(do_stat(s, 2, &d, strs), 0);
	ck_assert_str_eq(d.name, "l");
	ck_assert_uint_eq(d.length, links[_i].opens ? 6 : 0);
	if (!links[_i].opens) {
		ck_assert_int_eq(do_open(s, 2, OREAD), -Eperm);
		ck_assert_int_eq(do_open(s, 2, OWRITE | OTRUNC), -Eperm);
		dir_null(&d);
		d.mode = 0777;
		ck_assert_int_eq(do_wstat(s, 2, &d), -Eperm);
	}
	ck_assert_int_eq(do_walk(s, 1, 3, ""), 0);
	ck_assert_int_eq(do_create(s, 3, "l", 0666, OWRITE), -Eexist);
	ck_assert_int_eq(do_simple(s, Tremove, 2), 0); /* the link, not the file */
	ck_assert_str_eq(host_read("share/real"), "inside");
	ck_assert_int_eq(access("share/nowhere", F_OK), -1);
	u9_end(s);
}
END_TEST

START_TEST(a_linked_directory_is_a_directory_but_no_loop)
{
	char target[128];
	Srv *s;

	host_make();
	ck_assert_int_eq(mkdir("share/dir", 0755), 0);
	host_write("share/dir/f", "text");
	ck_assert_int_eq(symlink("dir", "share/link"), 0);
	snprintf(target, sizeof target, "%s/share/dir", top);
	ck_assert_int_eq(symlink(target, "share/absolute"), 0);
	ck_assert_int_eq(symlink("..", "share/dir/loop"), 0);
	ck_assert_int_eq(symlink("/", "share/slash"), 0);
	ck_assert_int_eq(symlink("..", "share/out"), 0);
	s = u9_start();
	ck_assert_str_eq(u9_read(s, "link/f"), "text");
	ck_assert_str_eq(u9_read(s, "link/../dir/f"), "text");
	ck_assert_str_eq(u9_read(s, "absolute/f"), "text");
	ck_assert_str_eq(u9_read(s, "absolute/../dir/f"), "text");
	ck_assert_int_lt(u9_walk(s, "dir/loop/dir"), 0);
	ck_assert_int_lt(u9_walk(s, "slash/etc"), 0);
	ck_assert_int_lt(u9_walk(s, "out/canary"), 0);
	u9_end(s);
}
END_TEST

START_TEST(a_pipe_is_not_opened)
{
	Srv *s;

	host_make();
	ck_assert_int_eq(mkfifo("share/fifo", 0666), 0);
	s = u9_start();
	ck_assert_int_eq(u9_walk(s, "fifo"), 0);
	ck_assert_int_eq(do_open(s, 2, OREAD), -Eperm); /* and doesn't wait for a writer */
	ck_assert_int_eq(do_simple(s, Tremove, 2), 0);
	ck_assert_int_ne(access("share/fifo", F_OK), 0);
	u9_end(s);
}
END_TEST

/* ---- directories ---- */

static int
entries(Srv *s, uint32_t fid, uint64_t *off, uint32_t count)
{
	int n = do_read(s, fid, *off, count), k = 0;
	char strs[4096];
	Dir d;

	ck_assert_int_ge(n, 0);
	for (int at = 0; at < n; k++) {
		int size = dir_unpack(&d, replies.f[0].data + at, (size_t)(n - at), strs);

		ck_assert_int_gt(size, 0);
		at += size;
	}
	*off += (uint64_t)n;
	return k;
}

START_TEST(a_directory_is_read_once_while_it_changes)
{
	char name[64];
	uint64_t off = 0;
	int n = 0, k;
	Srv *s;

	host_make();
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "share/file%d", i);
		host_write(name, "");
	}
	s = u9_start();
	ck_assert_int_eq(do_walk(s, 1, 2, ""), 0);
	ck_assert_int_eq(do_open(s, 2, OREAD), 0);
	ck_assert_int_eq(do_read(s, 2, 5, 1000), -Ebadoffset);
	while ((k = entries(s, 2, &off, 300)) > 0) {
		n += k;
		snprintf(name, sizeof name, "share/new%d", n);
		host_write(name, ""); /* not seen */
		if (n == 4) /* all, also those not read yet */
			for (int i = 0; i < 300; i += 2) {
				snprintf(name, sizeof name, "share/file%d", i);
				ck_assert_int_eq(unlink(name), 0);
			}
	}
	ck_assert_int_ge(n, 150);
	ck_assert_int_le(n, 154);
	off = 0;
	for (n = 0; (k = entries(s, 2, &off, 4000)) > 0;)
		n += k;
	ck_assert_int_gt(n, 150); /* from the beginning: what is there now */
	u9_end(s);
}
END_TEST

START_TEST(paths_longer_than_PATH_MAX)
{
	enum { DEPTH = 40 };
	char name[201];
	Srv *s;

	memset(name, 'd', 200);
	name[200] = '\0';
	host_make();
	s = u9_start();
	ck_assert_int_eq(do_walk(s, 1, 2, ""), 0);
	for (int i = 0; i < DEPTH; i++) {
		ck_assert_int_eq(do_create(s, 2, name, DMDIR | 0755, OREAD), 0);
		ck_assert_int_eq(do_walk(s, 2, 3, ""), -Ebadusefd);
		ck_assert_int_eq(do_simple(s, Tclunk, 2), 0);
		ck_assert_int_eq(do_walk(s, 1, 2, ""), 0);
		for (int j = 0; j <= i; j++)
			ck_assert_int_eq(do_walk(s, 2, 2, name), 1);
	}
	make_file(s, 2, "f", 0644, "deep");
	ck_assert_int_eq(do_walk(s, 2, 3, "f"), 1);
	ck_assert_int_eq(do_open(s, 3, ORDWR), 0);
	ck_assert_int_eq(do_read(s, 3, 0, 10), 4);
	ck_assert_int_eq(do_simple(s, Tremove, 3), 0);
	for (int i = 0; i < DEPTH; i++) {
		ck_assert_int_eq(do_walk(s, 2, 3, ".."), 1);
		ck_assert_int_eq(do_simple(s, Tremove, 2), 0);
		ck_assert_int_eq(do_walk(s, 3, 2, ""), 0);
		ck_assert_int_eq(do_simple(s, Tclunk, 3), 0);
	}
	u9_end(s);
}
END_TEST

/* ---- behind its back ---- */

START_TEST(a_file_that_was_replaced_does_not_exist)
{
	Srv *s;

	host_make();
	host_write("share/f", "old");
	s = u9_start();
	ck_assert_int_eq(u9_walk(s, "f"), 0);
	host_write("share/g", "new");
	ck_assert_int_eq(rename("share/g", "share/f"), 0);
	ck_assert_int_eq(do_open(s, 2, OREAD), -Enonexist);
	ck_assert_int_eq(do_simple(s, Tremove, 2), -Enonexist);
	ck_assert_str_eq(u9_read(s, "f"), "new");
	u9_end(s);
}
END_TEST

START_TEST(a_file_made_anew_is_not_the_removed_one)
{
	Srv *s;

	host_make();
	s = u9_start();
	make_file(s, 1, "f", 0644, "old");
	ck_assert_int_eq(u9_walk(s, "f"), 0);
	ck_assert_int_eq(do_walk(s, 1, 3, "f"), 1);
	ck_assert_int_eq(do_simple(s, Tremove, 3), 0);
	make_file(s, 1, "f", 0644, "new"); /* perhaps with the same inode */
	ck_assert_int_eq(do_open(s, 2, OREAD), -Enonexist);
	u9_end(s);
}
END_TEST

START_TEST(a_directory_moved_out_is_left_alone)
{
	Srv *s;

	host_make();
	ck_assert_int_eq(mkdir("share/d", 0777), 0);
	host_write("share/d/f", "text");
	s = u9_start();
	ck_assert_int_eq(u9_walk(s, "d"), 0);
	ck_assert_int_eq(do_walk(s, 1, 3, "d/f"), 2);
	ck_assert_int_eq(rename("share/d", "outside"), 0);
	ck_assert_int_eq(do_create(s, 2, "x", 0666, OWRITE), -Enonexist);
	ck_assert_int_eq(do_open(s, 3, OREAD), -Enonexist);
	ck_assert_int_eq(do_simple(s, Tremove, 3), -Enonexist);
	ck_assert_str_eq(host_read("outside/f"), "text");
	ck_assert_int_eq(mkdir("share/d", 0777), 0); /* another one */
	ck_assert_int_eq(do_create(s, 2, "x", 0666, OWRITE), -Enonexist);
	u9_end(s);
}
END_TEST

START_TEST(the_shared_directory_itself_is_made_anew)
{
	Srv *s;
	Qid q;
	char strs[512];
	Dir d;

	host_make();
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	s = u9_start();
	ck_assert_int_eq(do_stat(s, 1, &d, strs), 0);
	q = d.qid;
	ck_assert_int_eq(rmdir("share"), 0);
	ck_assert_int_lt(u9_walk(s, "f"), 0);
	ck_assert_int_eq(mkdir("share", 0777), 0);
	host_write("share/f", "text");
	ck_assert_str_eq(u9_read(s, "f"), "text");
	ck_assert_int_eq(do_stat(s, 1, &d, strs), 0);
	ck_assert_uint_eq(d.qid.path, q.path);
	/* a link in its place is not followed */
	ck_assert_int_eq(unlink("share/f"), 0);
	ck_assert_int_eq(rmdir("share"), 0);
	ck_assert_int_eq(symlink(".", "share"), 0);
	ck_assert_int_lt(u9_walk(s, "canary"), 0);
	u9_end(s);
}
END_TEST

/* ---- read-only, limits ---- */

START_TEST(read_only_refuses_every_change)
{
	Srv *s;
	Dir d;

	host_make();
	host_write("share/f", "text");
	u9fs_readonly = true;
	s = u9_start();
	ck_assert_str_eq(u9_read(s, "f"), "text");
	ck_assert_int_eq(do_walk(s, 1, 2, "f"), 1);
	ck_assert_int_eq(do_open(s, 2, OWRITE), -Ereadonly);
	ck_assert_int_eq(do_open(s, 2, ORDWR), -Ereadonly);
	ck_assert_int_eq(do_open(s, 2, OREAD | OTRUNC), -Ereadonly);
	ck_assert_int_eq(do_open(s, 2, OREAD | ORCLOSE), -Ereadonly);
	dir_null(&d);
	d.mtime = 7;
	ck_assert_int_eq(do_wstat(s, 2, &d), -Ereadonly);
	dir_null(&d);
	d.name = "g";
	ck_assert_int_eq(do_wstat(s, 2, &d), -Ereadonly);
	ck_assert_int_eq(do_walk(s, 1, 3, ""), 0);
	ck_assert_int_eq(do_create(s, 3, "x", 0666, OREAD), -Ereadonly);
	ck_assert_int_eq(do_create(s, 3, "x", DMDIR | 0777, OREAD), -Ereadonly);
	ck_assert_int_eq(do_simple(s, Tremove, 2), -Ereadonly);
	ck_assert_str_eq(host_read("share/f"), "text");
	u9_end(s);
}
END_TEST

START_TEST(ten_thousand_open_files_with_few_descriptors)
{
	enum { N = 10000, LIMIT = 32 };
	struct rlimit l = { LIMIT, LIMIT };
	char name[32], text[32];
	Srv *s;

	host_make();
	s = u9_start();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &l), 0);
	ck_assert_int_eq(uopen_init(), 0);
	for (uint32_t i = 0; i < N; i++) {
		snprintf(name, sizeof name, "f%u", (unsigned)i % 50);
		snprintf(text, sizeof text, "text %u", (unsigned)i);
		ck_assert_int_eq(do_walk(s, 1, 100 + i, ""), 0);
		if (i < 50) {
			ck_assert_int_eq(do_create(s, 100 + i, name, 0644, ORDWR), 0);
			ck_assert_int_eq(do_write(s, 100 + i, 0, text), strlen(text));
		} else {
			ck_assert_int_eq(do_walk(s, 100 + i, 100 + i, name), 1);
			ck_assert_int_eq(do_open(s, 100 + i, OREAD), 0);
		}
	}
	for (uint32_t i = 0; i < N; i += 7) {
		snprintf(text, sizeof text, "text %u", (unsigned)i % 50);
		ck_assert_int_eq(do_read(s, 100 + i, 0, 100), strlen(text));
		ck_assert_mem_eq(replies.f[0].data, text, strlen(text));
	}
	u9_end(s);
}
END_TEST

/* Files that can't be opened again keep their descriptors as long as others can be. */
START_TEST(few_descriptors_lose_no_file)
{
	enum { LIMIT = 24 };
	struct rlimit l = { LIMIT, LIMIT };
	char name[32];
	Srv *s;

	host_make();
	s = u9_start();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &l), 0);
	ck_assert_int_eq(uopen_init(), 0);
	ck_assert_int_eq(do_walk(s, 1, 2, ""), 0);
	ck_assert_int_eq(do_create(s, 2, "readonly", 0444, ORDWR), 0);
	make_file(s, 1, "gone", 0666, "gone");
	ck_assert_int_eq(do_walk(s, 1, 3, "gone"), 1);
	ck_assert_int_eq(do_open(s, 3, OREAD), 0);
	ck_assert_int_eq(unlink("share/gone"), 0);
	for (uint32_t i = 0; i < 3 * LIMIT; i++) {
		snprintf(name, sizeof name, "f%u", (unsigned)i);
		ck_assert_int_eq(do_walk(s, 1, 100 + i, ""), 0);
		ck_assert_int_eq(do_create(s, 100 + i, name, 0644, ORDWR), 0);
	}
	ck_assert_int_eq(do_write(s, 2, 0, "still"), 5);
	ck_assert_int_eq(do_read(s, 3, 0, 100), 4);
	ck_assert_int_eq(do_write(s, 100, 0, "again"), 5);
	ck_assert_str_eq(host_read("share/f0"), "again");
	u9_end(s);
}
END_TEST

START_TEST(errors_have_plan_9s_texts)
{
	static const struct { int host, code; } want[] = {
		{ ENOSPC, Enospc }, { EACCES, Eperm }, { EROFS, Ereadonly }, { EMFILE, Enofd },
		{ EDQUOT, Enospc }, { ENOTEMPTY, Enotempty }, { EXDEV, Eperm }, { EPROTOTYPE, Eio },
	};

	for (size_t i = 0; i < nelem(want); i++) {
		ck_assert_int_eq(host_error(want[i].host, "x"), -want[i].code);
		ck_assert_int_eq(err_code(err_reason()), want[i].code);
	}
}
END_TEST

START_TEST(attach_to_a_part)
{
	Srv *s;

	host_make();
	ck_assert_int_eq(mkdir("share/d", 0755), 0);
	host_write("share/d/f", "text");
	s = u9_start();
	ck_assert_int_eq(rpc_rc(s, (Fcall){ .type = Tattach, .tag = 1, .fid = 5, .afid = NOFID, .uname = str_of("x"), .aname = str_of("/d/") }), 0);
	ck_assert_int_eq(do_walk(s, 5, 6, "../../f"), 3);
	for (int i = 0; i < 3; i++) {
		static const char *const bad[] = { "../..", "d/../..", "d/f" };

		ck_assert_int_lt(rpc_rc(s, (Fcall){ .type = Tattach, .tag = 1, .fid = 7, .afid = NOFID, .uname = str_of("x"), .aname = str_of(bad[i]) }), 0);
	}
	u9_end(s);
}
END_TEST

UNIT_SUITE("u9fs", LOOP(every_name_of_the_host_has_one_name, names), LOOP(what_is_no_name_is_refused, bad_names),
    CASE(long_names), CASE(a_name_that_is_not_utf8_is_listed_read_renamed_removed),
    CASE(a_file_is_made_written_read_removed), CASE(beyond_4_GiB_and_holes), CASE(append_only_files_append),
    CASE(exclusive_files_are_open_once_on_all_connections), CASE(remove_on_close), CASE(permissions_are_the_hosts),
    CASE(wstat_changes_what_it_says_only), CASE(wstat_does_all_or_nothing),
    CASE(what_is_below_a_renamed_directory_is_still_there), LOOP(links_are_followed_inside_only, links),
    CASE(a_linked_directory_is_a_directory_but_no_loop), CASE(a_pipe_is_not_opened),
    CASE(a_directory_is_read_once_while_it_changes), CASE(paths_longer_than_PATH_MAX),
    CASE(a_file_that_was_replaced_does_not_exist), CASE(a_file_made_anew_is_not_the_removed_one),
    CASE(a_directory_moved_out_is_left_alone), CASE(the_shared_directory_itself_is_made_anew),
    CASE(read_only_refuses_every_change), CASE(ten_thousand_open_files_with_few_descriptors),
    CASE(few_descriptors_lose_no_file),
    CASE(errors_have_plan_9s_texts), CASE(attach_to_a_part))
