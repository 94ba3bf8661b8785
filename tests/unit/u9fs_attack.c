/*
 * tests/unit/u9fs_attack.c - a hostile client of u9fs, with a friend on the host who
 * swaps files and directories for links while it walks. The canary beside the shared
 * directory is never read, changed, removed or joined by another file.
 */
#include <signal.h>
#include <sys/wait.h>
#include "tests/unit/u9fs_help.h"

/* ---- names ---- */

static char huge[65535];

static const struct {
	const char *s;
	size_t n;
} hostile[] = {
	{ "", 0 }, { ".", 1 }, { "..", 2 }, { "/", 1 }, { "a/b", 3 }, { "../canary", 9 }, { "/etc/passwd", 11 },
	{ "d/../../canary", 14 }, { "..\0", 3 }, { "\0", 1 }, { "canary\0", 7 },
	{ "\xC0\xAE\xC0\xAE", 4 }, { "\xFF", 1 }, { huge, sizeof huge }, { huge, 256 },
	{ "d/", 2 }, { "...//", 5 }, { "./canary", 8 },
};

static int
name_send(Srv *s, int type, Str name)
{
	Fcall f = { .type = (uint8_t)type, .tag = 1, .fid = 2, .newfid = 3, .nwname = 1, .wname = { name }, .name = name };
	uint8_t *stat = NULL;
	int n, rc;
	Dir d;

	if (type == Twstat) {
		/* dir_pack takes C strings: a name of that length, then the bytes */
		char *text = calloc(1, name.n + 1);

		memset(text, 'n', name.n);
		dir_null(&d);
		d.name = text;
		stat = malloc(dir_size(&d));
		n = dir_pack(&d, stat, dir_size(&d));
		free(text);
		if (n < 0 || n > UINT16_MAX) {
			free(stat);
			return -Eshort;
		}
		memcpy(stat + 43, name.s, name.n); /* stat(5): behind the name's length */
		f.stat = stat;
		f.nstat = (uint16_t)n;
	}
	if (type == Tattach) {
		f.fid = 3;
		f.afid = NOFID;
		f.aname = name;
		f.uname = str_of("eve");
	}
	rc = rpc_rc(s, f);
	free(stat);
	return rc;
}

START_TEST(hostile_names_lead_nowhere)
{
	Str name = { hostile[_i].s, hostile[_i].n };
	Srv *s;
	int rc;

	memset(huge, 'h', sizeof huge);
	host_make();
	s = u9_start();
	do_version(s, MSIZE_MAX);
	ck_assert_int_eq(do_attach(s, 1, "eve"), 0);
	make_file(s, 1, "d", DMDIR | 0755, "");
	make_file(s, 1, "f", 0644, "f");
	ck_assert_int_eq(u9_walk(s, "d"), 0);
	rc = name_send(s, Twalk, name);
	if (str_eq(name, "..")) {
		ck_assert_int_eq(rc, 0); /* the root, and not beyond */
		ck_assert_int_eq(do_walk(s, 3, 4, "../../canary"), 2);
		ck_assert_int_eq(do_simple(s, Tclunk, 3), 0);
	} else {
		ck_assert_int_lt(rc, 0);
	}
	if (name.n > 0) { /* "" is no change of the name, and the whole tree */
		ck_assert_int_lt(name_send(s, Twstat, name), 0);
		rc = name_send(s, Tattach, name);
		if (str_eq(name, "/") || str_eq(name, "d/"))
			ck_assert_int_eq(rc, 0);
		else
			ck_assert_int_lt(rc, 0);
	}
	ck_assert_int_lt(name_send(s, Tcreate, name), 0);
	ck_assert_int_eq(rmdir("share/d"), 0); /* nothing was made in it */
	u9_end(s);
}
END_TEST

/* ---- races ---- */

/* Swaps share/d, where there is a file "canary" too, for a link, and back. */
static void
swap_directory(const char *link)
{
	for (;;) {
		(void)rename("share/d", "share/real");
		(void)!symlink(link, "share/d");
		(void)unlink("share/d");
		(void)rename("share/real", "share/d");
	}
}

/* Swaps the file share/d/canary for a link. */
static void
swap_file(const char *link)
{
	for (;;) {
		(void)rename("share/d/canary", "share/d/real");
		(void)!symlink(link, "share/d/canary");
		(void)unlink("share/d/canary");
		(void)rename("share/d/real", "share/d/canary");
	}
}

static const struct {
	void (*swap)(const char *link);
	const char *link;
	bool step;              /* without openat2 */
} swaps[] = {
	{ swap_directory, "..", false }, { swap_directory, NULL, false }, { swap_directory, "../share/..", false },
	{ swap_file, "../../canary", false }, { swap_file, NULL, false },
	{ swap_directory, "/share/..", false }, { swap_file, "/share/../canary", false },
	{ swap_directory, "..", true }, { swap_file, NULL, true },
};

static pid_t
swapper_start(int i)
{
	char link[128];
	pid_t pid;

	/* NULL: an absolute link to the same place; those that begin with / go on behind top */
	snprintf(link, sizeof link, "%s%s", top, swaps[i].link != NULL ? swaps[i].link : swaps[i].swap == swap_file ? "/canary" : "");
	pid = fork();
	if (pid == 0)
		swaps[i].swap(swaps[i].link != NULL && swaps[i].link[0] != '/' ? swaps[i].link : link);
	return pid;
}

static bool
is_canary(const Fcall *r)
{
	return r->type == Rread && r->count == strlen(CANARY) && memcmp(r->data, CANARY, r->count) == 0;
}

/* All that can be done with "canary" in d; what was reached of it. */
static unsigned
poke(Srv *s, uint32_t dir, int i, unsigned *reached)
{
	char name[32], strs[512];
	Dir d;

	if (do_walk(s, dir, 2, "canary") == 1) {
		if (do_stat(s, 2, &d, strs) == 0 && d.length == strlen(CANARY))
			*reached |= 1;
		if (do_open(s, 2, i % 2 == 0 ? OREAD : ORDWR | OTRUNC) == 0) {
			if (do_read(s, 2, 0, 100) > 0 && is_canary(&replies.f[0]))
				*reached |= 2;
			if (i % 2 != 0)
				(void)do_write(s, 2, 0, "overwritten");
		} else if (i % 16 == 1) {
			dir_null(&d);
			d.mode = 0;
			(void)do_wstat(s, 2, &d);
		} else if (i % 16 == 3) {
			dir_null(&d);
			d.name = "stolen";
			if (do_wstat(s, 2, &d) == 0) {
				d.name = "canary";
				(void)do_wstat(s, 2, &d);
			}
		}
		(void)do_simple(s, i % 64 == 5 ? Tremove : Tclunk, 2);
	}
	if (do_walk(s, dir, 2, "") == 0) {
		snprintf(name, sizeof name, "made%d", i % 8);
		(void)do_create(s, 2, name, i % 2 == 0 ? 0644 : DMDIR | 0755, OREAD);
		(void)do_simple(s, i % 3 == 0 ? Tclunk : Tremove, 2);
	}
	return *reached;
}

START_TEST(no_race_is_won)
{
	enum { ROUNDS = 2000 };
	unsigned reached = 0;
	int opened = 0;
	pid_t pid;
	Srv *s;

	host_make();
	ck_assert_int_eq(mkdir("share/d", 0777), 0);
	host_write("share/d/canary", "inside");
	s = u9_start();
	if (swaps[_i].step)
		root_step_only();
	ck_assert_int_eq(do_walk(s, 1, 9, "d"), 1);
	pid = swapper_start(_i);
	for (int i = 0; i < ROUNDS; i++) {
		if (do_walk(s, 1, 3, "d") == 1) { /* found anew */
			poke(s, 3, i, &reached);
			(void)do_simple(s, Tclunk, 3);
			opened++;
		}
		poke(s, 9, i, &reached); /* found before */
		if (access("share/d/canary", F_OK) < 0 && access("share/real/canary", F_OK) < 0 && i % 16 == 0) {
			int fd = open("share/d/canary", O_CREAT | O_WRONLY | O_NOFOLLOW | O_EXCL, 0666);

			close(fd);
		}
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ck_assert_uint_eq(reached, 0);
	ck_assert_int_gt(opened, 0);
	for (int i = 0; i < 8; i++) {
		char name[32];

		snprintf(name, sizeof name, "made%d", i);
		ck_assert_int_ne(access(name, F_OK), 0);
	}
	ck_assert_int_ne(access("stolen", F_OK), 0);
	u9_end(s);
}
END_TEST

/* ---- fids, sizes, nonsense ---- */

static uint32_t
random_next(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

static int
drop(void *arg, const uint8_t *msg, size_t n)
{
	USED(arg), USED(msg), USED(n);
	return 0;
}

/* Some fields are touched, some not. */
static void
stat_random(Fcall *f, uint32_t *seed, const char *name)
{
	static uint8_t stat[256];
	int n;
	Dir d;

	dir_null(&d);
	if (random_next(seed) % 2 == 0)
		d.name = name;
	if (random_next(seed) % 2 == 0)
		d.mode = random_next(seed) % 4 == 0 ? DMDIR | 0777 : (random_next(seed) & (DMAPPEND | DMEXCL)) | 0666;
	if (random_next(seed) % 4 == 0)
		d.length = random_next(seed) % 100;
	if (random_next(seed) % 4 == 0)
		d.mtime = random_next(seed);
	if (random_next(seed) % 8 == 0)
		d.gid = "root";
	n = dir_pack(&d, stat, sizeof stat);
	f->stat = stat;
	f->nstat = (uint16_t)n;
}

/* The host changes all the time. */
static void
chaos(uint32_t seed)
{
	static const char *const name[] = { "share/d", "share/f", "share/d/f", "share/d/d", "share/l", "share/canary" };

	for (;;) {
		const char *a = name[random_next(&seed) % nelem(name)], *b = name[random_next(&seed) % nelem(name)];
		int fd;

		switch (random_next(&seed) % 6) {
		case 0: (void)!rename(a, b); break;
		case 1: (void)!symlink(random_next(&seed) % 2 == 0 ? ".." : "/", a); break;
		case 2: (void)!mkdir(a, 0777); break;
		case 3: (void)!unlink(a); break;
		case 4: (void)!rmdir(a); break;
		case 5:
			if ((fd = open(a, O_CREAT | O_WRONLY | O_NOFOLLOW | O_EXCL, 0666)) >= 0)
				close(fd);
		}
	}
}

/* Requests of any kind on a few fids, then wild bytes: it answers, and goes on. */
START_TEST(any_requests_in_any_order)
{
	static const char *const name[] = { "d", "canary", "..", "l", "f", "", "a/b", "out" };
	uint32_t seed = 1 + (uint32_t)_i;
	uint8_t wild[256];
	pid_t pid = -1;
	Srv *s;

	host_make();
	ck_assert_int_eq(mkdir("share/d", 0777), 0);
	ck_assert_int_eq(symlink("../canary", "share/l"), 0);
	ck_assert_int_eq(symlink("..", "share/out"), 0);
	s = u9_start();
	if (_i % 2 == 1 && (pid = fork()) == 0)
		chaos(seed);
	for (int i = 0; i < 20000; i++) {
		Fcall f = { .type = (uint8_t)(Tversion + 2 * (1 + random_next(&seed) % 13)), .tag = (uint16_t)(random_next(&seed) % 3),
			.fid = random_next(&seed) % 8, .newfid = random_next(&seed) % 8, .afid = NOFID, .nwname = random_next(&seed) % 4,
			.mode = (uint8_t)(random_next(&seed) % 128), .perm = random_next(&seed) % 2 == 0 ? DMDIR | 0777 : 0666,
			.count = random_next(&seed) % 32, .offset = random_next(&seed) % 64, .data = wild, .name = str_of(name[random_next(&seed) % 8]),
			.uname = str_of("eve"), .aname = str_of(name[random_next(&seed) % 8]), .oldtag = (uint16_t)(random_next(&seed) % 3) };

		for (size_t k = 0; k < f.nwname; k++)
			f.wname[k] = str_of(name[random_next(&seed) % 8]);
		if (f.type == Terror)
			continue;
		if (f.type == Twstat)
			stat_random(&f, &seed, name[random_next(&seed) % 8]);
		replies_clear();
		send_only(s, &f);
		ck_assert_uint_eq(replies.n, 1);
		for (size_t k = 0; k < sizeof wild; k++)
			wild[k] = (uint8_t)random_next(&seed);
		if (replies.f[0].type == Rread)
			ck_assert(!is_canary(&replies.f[0]));
		if (i % 512 == 0) {
			do_version(s, MSIZE_MIN + random_next(&seed) % TEST_MSIZE);
			ck_assert_int_eq(do_attach(s, 1, "eve"), 0);
		}
		memcpy(wild, "\0\1\0\0", 4);
		wild[4] = (uint8_t)(100 + wild[4] % 30);
		if (i % 4 == 0)
			ck_assert_int_eq(srv_msg(s, wild, sizeof wild, drop, NULL), 0);
	}
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	u9_end(s);
}
END_TEST

static const int seeds[4];

UNIT_SUITE("u9fs_attack", LOOP(hostile_names_lead_nowhere, hostile), LOOP(no_race_is_won, swaps),
    LOOP(any_requests_in_any_order, seeds))
