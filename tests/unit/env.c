/*
 * tests/unit/env.c - #e and #s as CORE calls them.
 * Goal: variables keep their bytes, groups are apart after a copy, posted
 * handles are given to who may have them; nothing is left over.
 */
#include "tests/unit.h"
#include "tests/unit/fake_core.h"
#include "servants/help.c"
#include "servants/env.c"
#define NAME_SIZE SRV_NAME_SIZE
#include "servants/srv.c"

static Egrp *group_now;

Egrp *
up_egrp(void)
{
	return egrp_get(group_now);
}

static Chan *dir;
static int64_t rc;

static void
start(void)
{
	group_now = egrp_new();
	dir = fake_attach(&servant_env);
}

static void
stop(void)
{
	chan_put(dir);
	ck_assert_uint_eq(atomic_load(&group_now->ref), 1);
	egrp_put(group_now);
	ck_assert_uint_eq(fake_live, 0);
}

static void
set(const char *name, const char *value)
{
	Chan *c = fake_create(dir, name, OWRITE, 0666, &rc);

	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(env_write(c, value, strlen(value), 0), (int64_t)strlen(value));
	chan_put(c);
}

static const char *
get(const char *name)
{
	static char text[256];
	Chan *c = fake_open(dir, name, OREAD, &rc);

	if (c == NULL)
		return NULL;
	rc = env_read(c, text, sizeof text - 1, 0);
	text[rc < 0 ? 0 : rc] = '\0';
	chan_put(c);
	return text;
}

START_TEST(variable_keeps_its_bytes)
{
	Chan *c;
	char buf[8];

	start();
	set("path", "/bin");
	ck_assert_str_eq(get("path"), "/bin");
	c = fake_open(dir, "path", ORDWR, &rc);
	ck_assert_int_eq(env_write(c, "x", 1, 6), 1);
	ck_assert_int_eq(env_read(c, buf, 8, 0), 7);
	ck_assert_mem_eq(buf, "/bin\0\0x", 7);
	ck_assert_int_eq(env_read(c, buf, 8, 5), 2);
	ck_assert_int_eq(env_read(c, buf, 8, 7), 0);
	chan_put(c);
	c = fake_open(dir, "path", OWRITE | OTRUNC, &rc);
	chan_put(c);
	ck_assert_str_eq(get("path"), "");
	stop();
}
END_TEST

START_TEST(create_again_is_refused)
{
	start();
	set("a", "1");
	ck_assert_ptr_null(fake_create(dir, "a", OWRITE, 0666, &rc));
	ck_assert_int_eq(rc, -Eexist);
	ck_assert_ptr_null(fake_create(dir, "a/b", OWRITE, 0666, &rc));
	ck_assert_int_eq(rc, -Ebadchar);
	ck_assert_ptr_null(fake_create(dir, "d", OREAD, DMDIR | 0777, &rc));
	stop();
}
END_TEST

START_TEST(removed_variable_is_gone_for_open_handles)
{
	Chan *c;
	char b;

	start();
	set("a", "1");
	c = fake_open(dir, "a", ORDWR, &rc);
	ck_assert_int_eq(env_remove(c), 0);
	ck_assert_int_eq(env_read(c, &b, 1, 0), -Enonexist);
	ck_assert_int_eq(env_write(c, "x", 1, 0), -Enonexist);
	ck_assert_int_eq(env_remove(c), -Enonexist);
	chan_put(c);
	ck_assert_ptr_null(get("a"));
	stop();
}
END_TEST

START_TEST(copied_group_goes_its_own_way)
{
	Egrp *old, *copy;

	start();
	set("a", "1");
	old = group_now;
	copy = egrp_copy(old);
	group_now = copy;
	ck_assert_str_eq(get("a"), "1");
	set("b", "2");
	group_now = old;
	ck_assert_ptr_null(get("b"));
	group_now = copy;
	egrp_put(old);
	ck_assert_str_eq(get("b"), "2");
	stop();
}
END_TEST

START_TEST(too_much_is_refused)
{
	static char big[VAR_MAX];
	Chan *c;

	start();
	c = fake_create(dir, "a", OWRITE, 0666, &rc);
	ck_assert_int_eq(env_write(c, big, sizeof big, 0), sizeof big);
	ck_assert_int_eq(env_write(c, "x", 1, sizeof big), -Etoobig);
	ck_assert_int_eq(env_write(c, "x", 1, UINT64_MAX), -Etoobig);
	chan_put(c);
	for (int i = 0; i < 20; i++) {
		char name[16];

		snprintf(name, sizeof name, "v%d", i);
		c = fake_create(dir, name, OWRITE, 0666, &rc);
		rc = env_write(c, big, sizeof big, 0);
		chan_put(c);
	}
	ck_assert_int_eq(rc, -Etoobig);
	stop();
}
END_TEST

START_TEST(directory_lists_every_variable)
{
	uint8_t buf[4096];
	char strs[256];
	Dir d;
	int64_t n;
	int k, count = 0;

	start();
	set("a", "1");
	set("b", "22");
	ck_assert_int_gt(n = env_read(dir, buf, sizeof buf, 0), 0);
	for (int64_t i = 0; i < n; i += k, count++) {
		ck_assert_int_gt(k = dir_unpack(&d, buf + i, (size_t)(n - i), strs), 0);
		ck_assert_uint_eq(d.length, (uint64_t)count + 1);
	}
	ck_assert_int_eq(count, 2);
	stop();
}
END_TEST

/* ---- #s ---- */

static void
srv_start(void)
{
	dir = fake_attach(&servant_srv);
	fake_fd[3] = chan_new(&servant_env);
	fake_fd[3]->mode = ORDWR;
}

static void
srv_stop(void)
{
	chan_put(fake_fd[3]);
	chan_put(dir);
	ck_assert_uint_eq(fake_live, 0);
	ck_assert_ptr_null(reg.first);
}

static Chan *
post(const char *name, uint32_t perm)
{
	Chan *c = fake_create(dir, name, OWRITE, perm, &rc);

	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(srv_write(c, "3", 1, 0), 1);
	return c;
}

START_TEST(open_of_posted_file_is_that_handle)
{
	Chan *c, *got;

	srv_start();
	c = post("dos", 0600);
	got = fake_open(dir, "dos", ORDWR, &rc);
	ck_assert_ptr_eq(got, fake_fd[3]);
	chan_put(got);
	ck_assert_int_eq(srv_remove(c), 0);
	ck_assert_ptr_null(fake_open(dir, "dos", ORDWR, &rc));
	ck_assert_int_eq(rc, -Enonexist);
	chan_put(c);
	srv_stop();
}
END_TEST

START_TEST(posted_handle_has_a_name)
{
	char name[SRVNAME_MAX] = "";
	Chan *c;

	srv_start();
	ck_assert(!srv_name(fake_fd[3], name, sizeof name));
	c = post("dos", 0600);
	ck_assert(srv_name(fake_fd[3], name, sizeof name));
	ck_assert_str_eq(name, "dos");
	ck_assert(!srv_name(dir, name, sizeof name));
	ck_assert_int_eq(srv_remove(c), 0);
	ck_assert(!srv_name(fake_fd[3], name, sizeof name));
	chan_put(c);
	srv_stop();
}
END_TEST

START_TEST(post_happens_once_and_of_an_open_fd)
{
	Chan *c;

	srv_start();
	c = fake_create(dir, "x", OWRITE, 0600, &rc);
	ck_assert_ptr_null(fake_open(dir, "x", OREAD, &rc));
	ck_assert_int_eq(rc, -Ehungup);
	ck_assert_int_eq(srv_write(c, "5", 1, 0), -Ebadfd);
	ck_assert_int_eq(srv_write(c, "zz", 2, 0), -Ebadarg);
	ck_assert_int_eq(srv_write(c, "3\n", 2, 0), 2);
	ck_assert_int_eq(srv_write(c, "3", 1, 0), -Ebadusefd);
	ck_assert_ptr_null(fake_create(dir, "x", OWRITE, 0600, &rc));
	ck_assert_int_eq(rc, -Eexist);
	ck_assert_int_eq(srv_remove(c), 0);
	chan_put(c);
	srv_stop();
}
END_TEST

START_TEST(modes_of_entry_and_handle_both_count)
{
	Chan *c;

	srv_start();
	fake_fd[3]->mode = OREAD;
	c = post("x", 0600);
	ck_assert_ptr_null(fake_open(dir, "x", OWRITE, &rc));
	ck_assert_int_eq(rc, -Eperm);
	fake_user = "other";
	ck_assert_ptr_null(fake_open(dir, "x", OREAD, &rc));
	ck_assert_int_eq(rc, -Eperm);
	ck_assert_int_eq(srv_remove(c), -Eperm);
	fake_user = eve;
	ck_assert_int_eq(srv_remove(c), 0);
	chan_put(c);
	srv_stop();
}
END_TEST

START_TEST(orclose_entry_goes_with_its_handle)
{
	srv_start();
	chan_put(fake_create(dir, "x", OWRITE | ORCLOSE, 0600, &rc));
	srv_stop();
}
END_TEST

START_TEST(truncated_variable_takes_no_memory)
{
	static char big[VAR_MAX];
	Chan *c;

	start();
	c = fake_create(dir, "big", OWRITE, 0666, &rc);
	ck_assert_int_eq(env_write(c, big, sizeof big, 0), sizeof big);
	chan_put(c);
	c = fake_open(dir, "big", OWRITE | OTRUNC, &rc);
	ck_assert_uint_eq(group_now->bytes, 0);
	ck_assert_uint_eq(group_now->var[0]->room, 0);
	ck_assert_int_eq(env_write(c, "x", 1, 2), 1);
	chan_put(c);
	stop();
}
END_TEST

UNIT_SUITE("env", CASE(variable_keeps_its_bytes), CASE(create_again_is_refused),
    CASE(removed_variable_is_gone_for_open_handles), CASE(copied_group_goes_its_own_way),
    CASE(too_much_is_refused), CASE(directory_lists_every_variable), CASE(open_of_posted_file_is_that_handle),
    CASE(posted_handle_has_a_name),
    CASE(post_happens_once_and_of_an_open_fd), CASE(modes_of_entry_and_handle_both_count),
    CASE(orclose_entry_goes_with_its_handle), CASE(truncated_variable_takes_no_memory))
