/*
 * tests/unit/core_ns.c - names and name spaces: walking, mount points, unions,
 * "..", create, unmount, and the text of ns(1), over servants in memory.
 * Goal: the rules of bind(2) and of Plan 9's lexical names; nothing is left
 * (chan_live() is 0 at the end of each test, ASan finds no byte).
 * The threads and processes of CORE are faked: one thread, one process.
 */
#include "tests/unit.h"
#include "core/core_impl.h"
#include "core/servant_impl.h"
#include "servants/servants.h"
#include "servants/mnt.h"

/* ---- fakes ---- */
static Proc proc0 = { .pid = 7, .user = "glenda" };
static char logged[256];

void lock(Lock *l) { ck_assert_uint_eq(atomic_exchange(&l->held, 1), 0); }
void unlock(Lock *l) { ck_assert_uint_eq(atomic_exchange(&l->held, 0), 1); }
bool park(int64_t us) { USED(us); ck_abort_msg("would block"); return false; }
void unpark(Clerk *c) { USED(c); }
Clerk *clerk_self(void) { return NULL; }
Clerk *pool_give(Request *r) { USED(r); return NULL; }
int64_t up_ns(void) { return 0; }
int64_t wall_ns(void) { return 0; }
int64_t start_wall_ns(void) { return 0; }
Proc *up(void) { return &proc0; }
const char *up_user(void) { return proc0.user; }
Chan *proc_slash(Proc *p) { return chan_get(p->slash); }
Chan *proc_dot(Proc *p) { return chan_get(p->dot); }
Pgrp *proc_pgrp(Proc *p) { return pgrp_get(p->pgrp); }
Fgrp *proc_fgrp(Proc *p) { return fgrp_get(p->fgrp); }
static Chan *closed_link;
void mnt_linkclose(Chan *c) { closed_link = c; c->mux = NULL; }
static Chan *posted;
bool
srv_name(const Chan *c, char *name, size_t n)
{
	snprintf(name, n, "%s", "a server");
	return c == posted;
}
void klog(const char *fmt, ...) { USED(fmt); logged[0] = 'x'; }

/* ---- servants: every letter a tree of the files named below ---- */
enum { MAXFILE = 200 };
static struct {
	int dc;
	char path[64];
	bool dir;
} node[MAXFILE];
static size_t nfile;
static int closed;

static void
add_file(int dc, const char *path)
{
	size_t n = strlen(path);

	node[nfile].dc = dc;
	node[nfile].dir = path[n - 1] == '/';
	snprintf(node[nfile].path, sizeof node[nfile].path, "%.*s", (int)(n - node[nfile].dir), path);
	nfile++;
}

static size_t
find_file(int dc, const char *path)
{
	for (size_t i = 0; i < nfile; i++)
		if (node[i].dc == dc && strcmp(node[i].path, path) == 0)
			return i;
	return MAXFILE;
}

static Qid
file_qid(size_t i)
{
	return (Qid){ .path = i + 1, .type = node[i].dir ? QTDIR : QTFILE };
}

static int
t_attach_dc(int dc, const Servant *s, const char *spec, Chan **out)
{
	size_t i = find_file(dc, "");

	if (i == MAXFILE)
		return seterr(Enoattach, NULL);
	if (spec[0])
		return seterr(Ebadspec, NULL);
	*out = chan_new(s);
	(*out)->qid = file_qid(i);
	return 0;
}

static bool hungup;

static int64_t
t_walk(Chan *c, Chan *nc, const Str *name, size_t n, Qid *qid)
{
	char at[200];
	size_t k;

	if (hungup && c->servant->dc == 'S')
		return seterr(Ehungup, NULL);
	snprintf(at, sizeof at, "%s", node[c->qid.path - 1].path);
	for (k = 0; k < n; k++) {
		size_t i;
		char *slash = strrchr(at, '/');

		if (str_eq(name[k], ".."))
			at[slash ? slash - at : 0] = '\0';
		else
			snprintf(at + strlen(at), sizeof at - strlen(at), "%s%.*s", at[0] ? "/" : "", (int)name[k].n, name[k].s);
		if ((i = find_file(c->servant->dc, at)) == MAXFILE)
			return k ? (int64_t)k : seterr(Enonexist, NULL);
		qid[k] = file_qid(i);
		nc->qid = qid[k];
	}
	return (int64_t)n;
}

static int
t_gen(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs)
{
	const char *dir = node[c->qid.path - 1].path;
	size_t n = strlen(dir);

	USED(strs);
	USED(nstrs);
	for (size_t k = 0; k < nfile; k++) {
		const char *p = node[k].path;

		if (node[k].dc != c->servant->dc || strncmp(p, dir, n) != 0 || strlen(p) <= n || (n && p[n] != '/') || strchr(p + n + 1, '/'))
			continue;
		if (i-- == 0) {
			d->qid = file_qid(k);
			d->mode = node[k].dir ? DMDIR | 0777 : 0666;
			d->name = p + n + (n > 0);
			return 1;
		}
	}
	return 0;
}

static int64_t
t_read(Chan *c, void *buf, size_t n, uint64_t off)
{
	char text[80];

	if (c->qid.type & QTDIR)
		return servant_dirread(c, buf, n, off, t_gen);
	snprintf(text, sizeof text, "%c:%s", c->servant->dc, node[c->qid.path - 1].path);
	return readstr(buf, n, off, text);
}

static int64_t
t_stat(Chan *c, uint8_t *buf, size_t n)
{
	const char *p = node[c->qid.path - 1].path, *slash = strrchr(p, '/');
	Dir d = { .qid = c->qid, .mode = c->qid.type & QTDIR ? DMDIR | 0777 : 0666, .name = slash ? slash + 1 : p[0] ? p : "/",
		.uid = "u", .gid = "u", .muid = "u", .length = c->qid.path };

	return servant_stat(c, buf, n, &d);
}

static int
t_open(Chan *c, int omode)
{
	USED(c);
	USED(omode);
	return 0;
}

static int
t_create(Chan *c, Str name, int omode, uint32_t perm)
{
	char path[64];

	USED(omode);
	snprintf(path, sizeof path, "%s%s%.*s%s", node[c->qid.path - 1].path, node[c->qid.path - 1].path[0] ? "/" : "", (int)name.n, name.s,
	    perm & DMDIR ? "/" : "");
	add_file(c->servant->dc, path);
	c->qid = file_qid(nfile - 1);
	return 0;
}

static int
t_remove(Chan *c)
{
	node[c->qid.path - 1].dc = 0;
	return 0;
}

static void
t_close(Chan *c)
{
	USED(c);
	closed++;
	seterr(Eio, "close hides the reason");
}

#define T(n, letter)                                                           \
	static int n##_att(const char *spec, Chan **out)                    \
	{                                                                      \
		return t_attach_dc(letter, &servant_##n, spec, out);           \
	}                                                                      \
	const Servant servant_##n = { .dc = letter, .name = #n, .attach = n##_att, .walk = t_walk, .stat = t_stat, .open = t_open, \
		.create = t_create, .close = t_close, .read = t_read, .remove = t_remove };
T(root, 'R') T(cons, 'c') T(env, 'e') T(srv, 's') T(pipe, '|') T(proc, 'p') T(dup, 'd') T(mnt, 'M') T(sd, 'S')

static const Servant *const all[] = { &servant_root, &servant_cons, &servant_env, &servant_srv, &servant_pipe, &servant_proc,
	&servant_dup, &servant_mnt, &servant_sd };

const Servant *
servant_find(int dc)
{
	for (size_t i = 0; i < nelem(all); i++)
		if (all[i]->dc == dc)
			return all[i];
	return NULL;
}

#include "core/path.c"
#include "core/chan.c"
#include "core/ns.c"
#include "core/nstext.c"
#include "core/namec.c"
#include "core/fd.c"
#include "core/servant.c"
#include "core/sync.c"

/* ---- helpers ---- */

static void
start(void)
{
	static const char *const r[] = { "/", "bin/", "bin/ls", "dev/", "n/", "n/x/", "n/x/inner", "a/", "a/b/", "a/b/c/", "a/b/c/f", "f", "tmp/" };
	static const char *const c[] = { "/", "cons", "null", "sub/", "sub/deep" };
	static const char *const s[] = { "/", "sdC0/", "sdC0/data", "null", "extra" };

	nfile = 0;
	closed = 0;
	for (size_t i = 0; i < nelem(r); i++)
		add_file('R', i ? r[i] : "/");
	for (size_t i = 0; i < nelem(c); i++)
		add_file('c', i ? c[i] : "/");
	for (size_t i = 0; i < nelem(s); i++)
		add_file('S', i ? s[i] : "/");
	proc0.pgrp = pgrp_new();
	proc0.fgrp = fgrp_new();
	ck_assert_int_eq(servant_attach_call(servant_find('R'), "", &proc0.slash), 0);
	proc0.slash->path = path_new(str_of("/"));
	proc0.dot = chan_get(proc0.slash);
}

static void
stop(void)
{
	fgrp_put(proc0.fgrp);
	chan_put(proc0.dot);
	pgrp_put(proc0.pgrp);
	chan_put(proc0.slash);
	ck_assert_uint_eq(chan_live(), 0);
}

static int
lp_bind(const char *name, const char *old, int flag)
{
	Chan *to = NULL, *from = NULL;
	int rc = chan_namec(str_of(name), Abind, 0, 0, &to);

	if (rc == 0)
		rc = chan_namec(str_of(old), Amount, 0, 0, &from);
	if (rc == 0)
		rc = ns_mount(proc0.pgrp, to, from, flag, str_of(""), false);
	chan_put(to);
	chan_put(from);
	return rc;
}

static int
lp_unmount(const char *name, const char *old)
{
	Chan *to = NULL, *from = NULL;
	int rc = chan_namec(str_of(old), Amount, 0, 0, &from);

	if (rc == 0 && name)
		rc = chan_namec(str_of(name), Aopen, OREAD, 0, &to);
	if (rc == 0)
		rc = ns_unmount(proc0.pgrp, from, to);
	chan_put(to);
	chan_put(from);
	return rc;
}

static int
lp_chdir(const char *name)
{
	Chan *c;
	int rc = chan_namec(str_of(name), Atodir, 0, 0, &c);

	if (rc < 0)
		return rc;
	chan_put(proc0.dot);
	proc0.dot = c;
	return 0;
}

/* "R:bin/ls" for a file; for a directory its entries, " "-separated. */
static const char *
see(const char *name)
{
	static char text[1000];
	uint8_t buf[300], strs[300];
	Chan *c;
	int rc = chan_namec(str_of(name), Aopen, OREAD, 0, &c);
	int64_t n;

	if (rc < 0) {
		snprintf(text, sizeof text, "!%s", err_reason());
		return text;
	}
	text[0] = '\0';
	if (!(c->qid.type & QTDIR)) {
		n = chan_read(c, text, sizeof text - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		chan_put(c);
		return text;
	}
	while ((n = chan_read(c, buf, sizeof buf, c->offset)) > 0)
		for (int64_t at = 0; at < n;) {
			Dir d;
			int k = dir_unpack(&d, buf + at, (size_t)(n - at), (char *)strs);

			ck_assert_int_gt(k, 0);
			snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", text[0] ? " " : "", d.name);
			at += k;
		}
	ck_assert_int_eq(n, 0);
	chan_put(c);
	return text;
}

static const char *
path_of(const char *name)
{
	static char text[200];
	Chan *c;

	ck_assert_int_eq(chan_namec(str_of(name), Aopen, OREAD, 0, &c), 0);
	snprintf(text, sizeof text, "%s", chan_name(c));
	chan_put(c);
	return text;
}

/* ---- tests ---- */

static const struct {
	const char *dot, *name, *see;
} walks[] = {
	{ "/", "/bin/ls", "R:bin/ls" },
	{ "/", "bin//ls", "R:bin/ls" },
	{ "/", "./bin/./ls", "R:bin/ls" },
	{ "/a/b", "c/f", "R:a/b/c/f" },
	{ "/a/b", "../b/c/../c/f", "R:a/b/c/f" },
	{ "/a/b/c", "../../../f", "R:f" },
	{ "/", "../../f", "R:f" },
	{ "/", "/bin/nope", "!/bin/nope: file does not exist" },
	{ "/", "/nope/ls", "!/nope/ls: file does not exist" },
	{ "/", "/f/x", "!/f/x: not a directory" },
	{ "/", "/f/", "!/f/: not a directory" },
	{ "/", "/f/.", "!/f/.: not a directory" },
	{ "/", "#c/null", "c:null" },
	{ "/", "#c", "cons null sub" },
	{ "/", "#c/../null", "c:null" },
	{ "/", "#Q", "!#Q: unknown device specifier" },
	{ "/", "#", "!#: unknown device specifier" },
	{ "/", "#cspec", "!#cspec: unknown device specifier" },
};

START_TEST(names_lead_where_they_say)
{
	start();
	ck_assert_int_eq(lp_chdir(walks[_i].dot), 0);
	ck_assert_str_eq(see(walks[_i].name), walks[_i].see);
	stop();
}
END_TEST

START_TEST(deep_names_are_walked_in_pieces)
{
	char name[400] = "";

	start();
	for (int i = 0; i < 40; i++)
		strcat(name, "/a/b/..");
	ck_assert_str_eq(see(name), see("/"));
	stop();
}
END_TEST

static const struct {
	const char *s;
	size_t n;
	int code;
} bad_names[] = {
	{ "", 0, Ebadname }, { "a\0b", 3, Ebadchar }, { "a\nb", 3, Ebadchar }, { "a\x7f", 2, Ebadchar }, { "\xff", 1, Ebadchar },
	{ "\xc0\xaf", 2, Ebadchar }, { "\xe2\x82", 2, Ebadchar },
};

START_TEST(hostile_names_are_refused)
{
	Chan *c;

	start();
	ck_assert_int_eq(chan_namec((Str){ bad_names[_i].s, bad_names[_i].n }, Aopen, OREAD, 0, &c), -bad_names[_i].code);
	stop();
}
END_TEST

START_TEST(long_names_are_refused)
{
	char *s = malloc(NAME_MAX_BYTES + 2);
	Chan *c;

	start();
	memset(s, 'x', NAME_MAX_BYTES + 1);
	ck_assert_int_eq(chan_namec((Str){ s, NAME_MAX_BYTES + 1 }, Aopen, OREAD, 0, &c), -Ebadname);
	ck_assert_int_lt(chan_namec((Str){ s, NAME_MAX_BYTES }, Aopen, OREAD, 0, &c), 0);
	memset(s, '/', NAME_MAX_BYTES);
	ck_assert_int_eq(chan_namec((Str){ s, NAME_MAX_BYTES }, Aopen, OREAD, 0, &c), 0);
	chan_put(c);
	free(s);
	stop();
}
END_TEST

START_TEST(bind_replaces_and_unmount_restores)
{
	start();
	ck_assert_int_eq(lp_bind("#c", "/dev", MREPL), 0);
	ck_assert_str_eq(see("/dev"), "cons null sub");
	ck_assert_str_eq(see("/dev/sub/deep"), "c:sub/deep");
	ck_assert_int_eq(lp_unmount(NULL, "/dev"), 0);
	ck_assert_str_eq(see("/dev"), "");
	ck_assert_int_eq(lp_unmount(NULL, "/dev"), -Eunmount);
	stop();
}
END_TEST

START_TEST(union_reads_concatenate_in_order)
{
	start();
	ck_assert_int_eq(lp_bind("#c", "/n", MBEFORE), 0);
	ck_assert_int_eq(lp_bind("#S", "/n", MAFTER), 0);
	ck_assert_str_eq(see("/n"), "cons null sub x sdC0 null extra");
	ck_assert_str_eq(see("/n/null"), "c:null");
	ck_assert_str_eq(see("/n/extra"), "S:extra");
	ck_assert_str_eq(see("/n/x/inner"), "R:n/x/inner");
	ck_assert_str_eq(see("/n/sdC0/data"), "S:sdC0/data");
	ck_assert_int_eq(lp_unmount("#c", "/n"), 0);
	ck_assert_str_eq(see("/n/null"), "S:null");
	ck_assert_int_eq(lp_unmount("#c", "/n"), -Eunion);
	stop();
}
END_TEST

START_TEST(binding_a_union_adds_all_of_it)
{
	start();
	ck_assert_int_eq(lp_bind("#c", "/n", MREPL), 0);
	ck_assert_int_eq(lp_bind("#S", "/n", MAFTER), 0);
	ck_assert_int_eq(lp_bind("/n", "/tmp", MBEFORE), 0);
	ck_assert_str_eq(see("/tmp"), "cons null sub sdC0 null extra");
	ck_assert_int_eq(lp_unmount("#S", "/n"), 0);
	ck_assert_str_eq(see("/tmp/extra"), "S:extra");
	stop();
}
END_TEST

START_TEST(dotdot_goes_back_through_mounts)
{
	start();
	ck_assert_int_eq(lp_bind("#c", "/n/x", MREPL), 0);
	ck_assert_str_eq(see("/n/x/sub/../null"), "c:null");
	ck_assert_str_eq(see("/n/x/.."), "x");
	ck_assert_int_eq(lp_chdir("/n/x/sub"), 0);
	ck_assert_str_eq(see(".."), "cons null sub");
	ck_assert_str_eq(see("../.."), "x");
	ck_assert_str_eq(see("../../../f"), "R:f");
	ck_assert_str_eq(path_of(".."), "/n/x");
	ck_assert_str_eq(path_of("../../x/sub/deep"), "/n/x/sub/deep");
	stop();
}
END_TEST

START_TEST(dotdot_at_a_union_root_sees_the_union)
{
	start();
	ck_assert_int_eq(lp_bind("#c", "/", MAFTER), 0);
	ck_assert_str_eq(see("/cons"), "c:cons");
	ck_assert_int_eq(lp_chdir("/bin"), 0);
	ck_assert_str_eq(see("../cons"), "c:cons");
	ck_assert_int_eq(lp_chdir("/sub"), 0);
	ck_assert_str_eq(see("../f"), "R:f");
	ck_assert_str_eq(see("deep"), "c:sub/deep");
	stop();
}
END_TEST

START_TEST(a_bind_upon_a_bind_stacks)
{
	start();
	ck_assert_int_eq(lp_bind("#c", "/dev", MREPL), 0);
	ck_assert_int_eq(lp_bind("/a/b", "/dev/sub", MREPL), 0);
	ck_assert_str_eq(see("/dev/sub/c/f"), "R:a/b/c/f");
	ck_assert_int_eq(lp_chdir("/dev/sub/c"), 0);
	ck_assert_str_eq(see("../../null"), "c:null");
	ck_assert_str_eq(path_of("../../null"), "/dev/null");
	ck_assert_int_eq(lp_bind("#S", "/dev", MREPL), 0);
	ck_assert_str_eq(see("/dev/extra"), "S:extra");
	stop();
}
END_TEST

START_TEST(circular_binds_do_no_harm)
{
	start();
	ck_assert_int_eq(lp_bind("/", "/n/x", MREPL), 0);
	ck_assert_str_eq(see("/n/x/n/x/n/x/f"), "R:f");
	ck_assert_int_eq(lp_bind("/n", "/n", MAFTER), 0);
	ck_assert_int_eq(lp_bind("/n", "/n", MBEFORE), 0);
	ck_assert_str_eq(see("/n/x/f"), "R:f");
	stop();
}
END_TEST

START_TEST(a_file_is_bound_upon_a_file)
{
	start();
	ck_assert_int_eq(lp_bind("#c/null", "/f", MREPL), 0);
	ck_assert_str_eq(see("/f"), "c:null");
	ck_assert_int_eq(lp_bind("#c/null", "/f", MAFTER), -Emount);
	ck_assert_int_eq(lp_bind("#c", "/f", MREPL), -Emount);
	ck_assert_int_eq(lp_bind("#c/null", "/dev", MREPL), -Emount);
	ck_assert_int_eq(lp_bind("#c", "/dev", MORDER), -Ebadarg);
	ck_assert_int_eq(lp_bind("#c", "/dev", 0x40), -Ebadarg);
	stop();
}
END_TEST

START_TEST(create_goes_to_the_first_mcreate_element)
{
	Chan *c;

	start();
	ck_assert_int_eq(lp_bind("#c", "/n", MBEFORE), 0);
	ck_assert_int_eq(chan_namec(str_of("/n/new"), Acreate, OWRITE, 0666, &c), -Enocreate);
	ck_assert_int_eq(lp_bind("#S", "/n", MAFTER | MCREATE), 0);
	ck_assert_int_eq(chan_namec(str_of("/n/new"), Acreate, OWRITE, 0666, &c), 0);
	ck_assert_int_eq(c->mode, OWRITE);
	ck_assert_str_eq(chan_name(c), "/n/new");
	chan_put(c);
	ck_assert_str_eq(see("#S/new"), "S:new");
	ck_assert_int_eq(chan_namec(str_of("/n/cons"), Acreate, OWRITE, 0666, &c), 0);
	ck_assert_int_eq(c->servant->dc, 'c');
	chan_put(c);
	ck_assert_int_eq(chan_namec(str_of("/n/cons"), Acreate, OWRITE | OEXCL, 0666, &c), -Eexist);
	ck_assert_int_eq(chan_namec(str_of("/n/x"), Acreate, OREAD, DMDIR | 0777, &c), -Eexist);
	ck_assert_int_eq(chan_namec(str_of("/n/q/"), Acreate, OREAD, 0777, &c), -Eisdir);
	ck_assert_int_eq(chan_namec(str_of("/n/q/"), Acreate, OREAD, DMDIR | 0777, &c), 0);
	chan_put(c);
	ck_assert_int_eq(chan_namec(str_of("/f/q"), Acreate, OWRITE, 0666, &c), -Enotdir);
	ck_assert_int_eq(chan_namec(str_of("/"), Acreate, OWRITE, 0666, &c), -Eexist);
	ck_assert_int_eq(chan_namec(str_of("/tmp/.."), Acreate, OWRITE, 0666, &c), -Eisdir);
	stop();
}
END_TEST

START_TEST(a_mount_point_is_not_removed)
{
	Chan *c;

	start();
	ck_assert_int_eq(lp_bind("#c", "/n/x", MREPL), 0);
	ck_assert_int_eq(chan_namec(str_of("/n/x"), Aremove, 0, 0, &c), -Einuse);
	ck_assert_int_eq(chan_namec(str_of("/f"), Aremove, 0, 0, &c), 0);
	ck_assert_int_eq(servant_remove(c), 0);
	chan_put(c);
	ck_assert_str_eq(see("/f"), "!/f: file does not exist");
	stop();
}
END_TEST

START_TEST(a_union_of_one_is_no_mount_point)
{
	Chan *c;

	start();
	ck_assert_int_eq(lp_bind("#c", "/n/x", MAFTER), 0);
	ck_assert_int_eq(chan_namec(str_of("/n/x"), Aremove, 0, 0, &c), -Einuse);
	ck_assert_int_eq(lp_unmount("#c", "/n/x"), 0);
	ck_assert(!ns_has_mounts(proc0.pgrp));
	ck_assert_int_eq(chan_namec(str_of("/n/x"), Aremove, 0, 0, &c), 0);
	chan_put(c);
	stop();
}
END_TEST

START_TEST(ns_text_rebuilds_the_name_space)
{
	char *text;

	start();
	ck_assert_int_eq(lp_bind("#c", "/dev", MAFTER), 0);
	ck_assert_int_eq(lp_bind("#S", "/dev", MBEFORE | MCREATE), 0);
	ck_assert_int_eq(lp_bind("/bin", "/n", MREPL), 0);
	ck_assert_int_eq(lp_bind("#c", "/n", MBEFORE), 0);
	ck_assert_int_gt(ns_text(proc0.pgrp, &text), 0);
	ck_assert_str_eq(text, "bind -a '#c' /dev\nbind -bc '#S' /dev\nbind /bin /n\nbind -b '#c' /n\n");
	free(text);
	stop();
}
END_TEST

/* What is mounted where, by servant and qid; mount points in the order of their qids. */
static const char *
mounts_seen(void)
{
	static char text[4000];
	char *p = text, *end = text + sizeof text;

	*p = '\0';
	for (uint64_t q = 0; q < MAXFILE; q++)
		for (size_t i = 0; i < NMNTHASH; i++)
			for (const Mhead *m = proc0.pgrp->hash[i]; m; m = m->hash) {
				if (m->from->qid.path != q || mhead_bare_locked(m))
					continue;
				p = seprint(p, end, "%c%d:", m->from->servant->dc, (int)q);
				for (const Mount *e = m->mount; e; e = e->next)
					p = seprint(p, end, " %c%d%s", e->to->servant->dc, (int)e->to->qid.path, e->flag & MCREATE ? "c" : "");
				p = seprint(p, end, "\n");
			}
	return text;
}

/* Runs the lines of text, "bind [-abc] new old", in an empty name space. */
static void
replay(const char *text)
{
	char *copy = strdup(text), *line[200], *word[5];
	size_t n = getfields(copy, line, nelem(line), true, "\n");

	pgrp_put(proc0.pgrp);
	proc0.pgrp = pgrp_new();
	for (size_t i = 0; i < n && line[i][0]; i++) {
		size_t k = tokenize(line[i], word, nelem(word));
		const char *f = k == 4 ? word[1] : "";
		int flag = (strchr(f, 'a') ? MAFTER : strchr(f, 'b') ? MBEFORE : MREPL) | (strchr(f, 'c') ? MCREATE : 0);

		ck_assert_uint_ge(k, 3);
		ck_assert_msg(lp_bind(word[k - 2], word[k - 1], flag) == 0, "line %zu of:\n%s", i, text);
	}
	free(copy);
}

static void
replays_as_it_was(const char *what)
{
	char *before = strdup(mounts_seen()), *text;

	ck_assert_int_ge(ns_text(proc0.pgrp, &text), 0);
	replay(text);
	ck_assert_msg(strcmp(before, mounts_seen()) == 0, "%s:\n%swas:\n%sis:\n%s", what, text, before, mounts_seen());
	free(text);
	free(before);
}

enum { UNMOUNT = -1 };
static const struct {
	const char *to, *from;
	int flag;
} nested[][5] = {
	{ { "#c", "/n", MBEFORE }, { "#S", "/n", MAFTER }, { "/n", "/tmp", MBEFORE } },
	{ { "#c", "/n", MBEFORE }, { "#S", "/n", MAFTER }, { "/n", "/tmp", MAFTER } },
	{ { "#c", "/n", MBEFORE | MCREATE }, { "/n", "/tmp", MREPL }, { "#S", "/n", MBEFORE } },
	{ { "/n", "/tmp", MAFTER }, { "#c", "/n", MREPL }, { "/n", "/bin", MBEFORE } },
	{ { "/a", "/n", MREPL }, { "/n", "/tmp", MBEFORE }, { "#c", "/n", MREPL } },
	{ { "/n", "/n", MREPL | MCREATE }, { "#c", "/n", MBEFORE }, { "/n", "/tmp", MAFTER } },
	{ { "/a/b", "/tmp", MBEFORE }, { "#c", "/a", MREPL } },
	{ { "/n", "/a/b", MREPL }, { "/a/b/x", "/tmp", MBEFORE }, { "#c", "/a/b", MBEFORE } },
	{ { "/a", "/dev", MAFTER }, { "/tmp", "/dev/b", MREPL }, { "#S", "/dev", MBEFORE } },
	{ { "#S", "/n", MREPL }, { "#c", "/n/sdC0", MBEFORE }, { "/n/sdC0", "/tmp", MBEFORE }, { "#c", "/tmp", UNMOUNT } },
	{ { "#S", "/n", MBEFORE }, { "/n/sdC0", "/tmp", MBEFORE }, { "#S", "/n", MAFTER } },
};

START_TEST(ns_text_rebuilds_unions_of_unions)
{
	start();
	for (size_t i = 0; i < nelem(nested[0]) && nested[_i][i].to; i++)
		ck_assert_int_eq(nested[_i][i].flag == UNMOUNT ? lp_unmount(nested[_i][i].to, nested[_i][i].from) :
		    lp_bind(nested[_i][i].to, nested[_i][i].from, nested[_i][i].flag), 0);
	replays_as_it_was(nested[_i][0].to);
	stop();
}
END_TEST

/* Any binds, but none that takes a mount point away on which others stand. */
START_TEST(ns_text_rebuilds_whatever_was_bound)
{
	static const char *const dir[] = { "/a", "/bin", "/dev", "/n", "/tmp", "/n/x", "#c", "#S", "#c/sub" };
	enum { ROUNDS = 500, BINDS = 6, UPON = 6, BYTES = 64 };
	uint32_t seed = 1;

	for (int round = 0; round < ROUNDS; round++) {
		char what[BINDS * BYTES] = "", *p = what;

		start();
		for (int i = 0; i < BINDS; i++) {
			const char *to, *from;
			int flag;

			seed = seed * 1664525 + 1013904223;
			to = dir[(seed >> 8) % nelem(dir)];
			from = dir[(seed >> 16) % UPON];
			flag = (int)(seed >> 24 & MCREATE) | (strstr(what, from) ? MBEFORE : (int)(seed >> 28) % 3);
			if (lp_bind(to, from, flag) == 0)
				p = seprint(p, what + sizeof what, "%d %s %s\n", flag, to, from);
		}
		replays_as_it_was(what);
		stop();
	}
}
END_TEST

START_TEST(ns_text_names_a_server_by_its_place_in_srv)
{
	Chan *root = NULL, *from = NULL, *link = chan_new(servant_find('|'));
	char *text;

	start();
	link->path = path_new(str_of("#|/data1"));
	ck_assert_int_eq(servant_attach_call(servant_find('S'), "", &root), 0);
	root->path = path_new(str_of("/n"));
	root->mchan = link;
	ck_assert_int_eq(chan_namec(str_of("/n"), Amount, 0, 0, &from), 0);
	ck_assert_int_eq(ns_mount(proc0.pgrp, root, from, MREPL, str_of("/dev/sdC0/dos"), true), 0);
	ck_assert_int_gt(ns_text(proc0.pgrp, &text), 0);
	ck_assert_str_eq(text, "# mount '#|/data1' /n /dev/sdC0/dos # not posted in #s\n");
	free(text);
	posted = link;
	ck_assert_int_gt(ns_text(proc0.pgrp, &text), 0);
	ck_assert_str_eq(text, "mount '#s/a server' /n /dev/sdC0/dos\n");
	free(text);
	chan_put(root);
	chan_put(from);
	chan_put(link);
	stop();
}
END_TEST

START_TEST(a_dead_server_is_the_reason_given)
{
	Chan *c;

	start();
	ck_assert_int_eq(lp_bind("#S", "/n", MREPL | MCREATE), 0);
	hungup = true;
	ck_assert_str_eq(see("/n"), "!/n: i/o on hungup channel");
	ck_assert_int_eq(chan_namec(str_of("/n"), Aopen, OREAD, 0, &c), -Ehungup);
	ck_assert_int_eq(chan_namec(str_of("/n/new"), Acreate, OWRITE, 0666, &c), -Ehungup);
	hungup = false;
	ck_assert_str_eq(see("/n"), "sdC0 null extra");
	stop();
}
END_TEST

START_TEST(a_link_that_is_a_remote_file_is_closed_as_a_link)
{
	Chan *c = chan_new(servant_find('M'));

	closed_link = NULL;
	c->mux = (struct Mnt *)node; /* never looked at */
	chan_put(c);
	ck_assert(closed_link == c);
}
END_TEST

START_TEST(a_copied_name_space_is_its_own)
{
	Pgrp *copy, *mine;

	start();
	ck_assert_int_eq(lp_bind("#c", "/dev", MREPL), 0);
	copy = pgrp_copy(proc0.pgrp);
	mine = proc0.pgrp;
	proc0.pgrp = copy;
	ck_assert_str_eq(see("/dev/null"), "c:null");
	ck_assert_int_eq(lp_unmount(NULL, "/dev"), 0);
	proc0.pgrp = mine;
	pgrp_put(copy);
	ck_assert_str_eq(see("/dev/null"), "c:null");
	stop();
}
END_TEST

START_TEST(rfnomnt_leaves_harmless_servants)
{
	Chan *c;

	start();
	pgrp_deny(proc0.pgrp, "|decp", true);
	ck_assert_str_eq(see("#S"), "!#S: mount/attach disallowed");
	ck_assert_int_eq(chan_namec(str_of("#c/null"), Aopen, OREAD, 0, &c), 0);
	chan_put(c);
	pgrp_deny(proc0.pgrp, "cS", false); /* what was denied stays so */
	ck_assert_str_eq(see("#c/null"), "!#c/null: mount/attach disallowed");
	ck_assert_str_eq(see("#R"), "!#R: mount/attach disallowed");
	stop();
}
END_TEST

START_TEST(mounted_entries_show_what_is_mounted)
{
	uint8_t buf[400];
	char strs[400];
	Chan *c;
	Dir d;

	start();
	ck_assert_int_eq(lp_bind("#c", "/n/x", MREPL), 0);
	ck_assert_int_eq(chan_namec(str_of("/n"), Aopen, OREAD, 0, &c), 0);
	ck_assert_int_gt(chan_read(c, buf, sizeof buf, 0), 0);
	ck_assert_int_gt(dir_unpack(&d, buf, sizeof buf, strs), 0);
	ck_assert_str_eq(d.name, "x");
	ck_assert_int_eq(d.type, 'c');
	chan_put(c);
	ck_assert_int_eq(chan_namec(str_of("/n/x"), Aaccess, 0, 0, &c), 0);
	ck_assert_int_gt(chan_stat(c, buf, sizeof buf), 2);
	ck_assert_int_gt(dir_unpack(&d, buf, sizeof buf, strs), 0);
	ck_assert_str_eq(d.name, "x");
	ck_assert_int_eq(d.type, 'c');
	ck_assert_int_eq(chan_stat(c, buf, 10), 2);
	ck_assert_int_eq(chan_stat(c, buf, 1), -Eshort);
	chan_put(c);
	stop();
}
END_TEST

START_TEST(directory_reads_start_at_0_or_go_on)
{
	uint8_t buf[80];
	Chan *c;
	int64_t n;

	start();
	ck_assert_int_eq(chan_namec(str_of("#c"), Aopen, OREAD, 0, &c), 0);
	n = chan_read(c, buf, sizeof buf, 0);
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(chan_read(c, buf, sizeof buf, (uint64_t)n + 1), -Ebadoffset);
	ck_assert_int_gt(chan_read(c, buf, sizeof buf, (uint64_t)n), 0);
	ck_assert_int_eq(chan_read(c, buf, sizeof buf, 0), n);
	ck_assert_int_eq(chan_read(c, buf, 10, 0), -Eshort);
	chan_put(c);
	stop();
}
END_TEST

START_TEST(fds_are_given_lowest_first_up_to_a_limit)
{
	Chan *c, *d;
	int rc;

	start();
	c = chan_get(proc0.slash);
	ck_assert_int_eq(fd_new(proc0.fgrp, c, 0, 0), 0);
	ck_assert_int_eq(fd_new(proc0.fgrp, chan_get(c), 0, CCEXEC), 1);
	ck_assert_int_eq(fd_put_at(proc0.fgrp, chan_get(c), 100), 100);
	ck_assert_int_eq(fd_close(proc0.fgrp, 0), 0);
	ck_assert_int_eq(fd_close(proc0.fgrp, 0), -Ebadfd);
	ck_assert_int_eq(fd_close(proc0.fgrp, -1), -Ebadfd);
	ck_assert_int_eq(fd_close(proc0.fgrp, INT_MAX), -Ebadfd);
	ck_assert_int_eq(fd_new(proc0.fgrp, chan_get(proc0.slash), 0, 0), 0);
	fd_close_exec(proc0.fgrp);
	ck_assert_ptr_null(fd_get(proc0.fgrp, 1));
	d = chan_get(proc0.slash);
	ck_assert_int_eq(fd_put_at(proc0.fgrp, d, NFD), -Ebadfd);
	for (int i = 1; i < NFD; i++)
		if (i != 100)
			ck_assert_int_eq(fd_new(proc0.fgrp, chan_get(d), 0, 0), i);
	ck_assert_int_eq(fd_new(proc0.fgrp, d, 0, 0), -Enofd);
	chan_put(d);
	ck_assert_ptr_null(fd_chan(-1, -1, &rc));
	ck_assert_int_eq(rc, -Ebadfd);
	Fgrp *copy = fgrp_copy(proc0.fgrp);
	ck_assert_ptr_nonnull(copy->fd[NFD - 1]);
	fgrp_put(copy);
	stop();
}
END_TEST

START_TEST(unknown_verb_names_those_there_are)
{
	static const Cmd few[] = { { "on", 0, 3 }, { "off", 1, 4 } };
	static const Cmd many[] = { { "averylongverbindeed", 0, 0 }, { "anotherverylongverb", 0, 0 }, { "athirdverylongverb", 0, 0 }, { "d", 0, 0 } };
	CmdLine l;

	ck_assert_int_eq(cmd_parse(few, 2, "off x\n", 6, &l), 4);
	ck_assert_str_eq(l.argv[1], "x");
	cmd_free(&l);
	ck_assert_int_eq(cmd_parse(few, 2, "off", 3, &l), -Ebadarg);
	ck_assert_str_eq(err_reason(), "off wants 1 argument: bad arg in system call");
	ck_assert_int_eq(cmd_parse(few, 2, "of", 2, &l), -Ebadctl);
	ck_assert_str_eq(err_reason(), "'of' is none of on off: unknown control request");
	ck_assert_int_eq(cmd_parse(many, 4, "anotherverylongverb2", 20, &l), -Ebadctl);
	ck_assert_str_eq(err_reason(), "'anotherverylongv' is none of averylongverbindeed anotherverylongverb athirdverylongverb ...: unknown control request");
}
END_TEST

START_TEST(closing_keeps_the_reason)
{
	Chan *c;

	start();
	ck_assert_int_eq(chan_namec(str_of("#c/null"), Aopen, 0x4000, 0, &c), -Ebadmode);
	ck_assert_str_eq(err_reason(), "#c/null: bad open mode");
	ck_assert_int_gt(closed, 0);
	stop();
}
END_TEST

UNIT_SUITE("core_ns", LOOP(names_lead_where_they_say, walks), CASE(deep_names_are_walked_in_pieces), LOOP(hostile_names_are_refused, bad_names),
    CASE(long_names_are_refused), CASE(bind_replaces_and_unmount_restores), CASE(union_reads_concatenate_in_order),
    CASE(binding_a_union_adds_all_of_it), CASE(dotdot_goes_back_through_mounts), CASE(dotdot_at_a_union_root_sees_the_union),
    CASE(a_bind_upon_a_bind_stacks), CASE(circular_binds_do_no_harm), CASE(a_file_is_bound_upon_a_file),
    CASE(create_goes_to_the_first_mcreate_element), CASE(a_mount_point_is_not_removed), CASE(a_union_of_one_is_no_mount_point),
    CASE(ns_text_rebuilds_the_name_space), LOOP(ns_text_rebuilds_unions_of_unions, nested),
    CASE(ns_text_rebuilds_whatever_was_bound), CASE(ns_text_names_a_server_by_its_place_in_srv),
    CASE(a_dead_server_is_the_reason_given), CASE(a_link_that_is_a_remote_file_is_closed_as_a_link),
    CASE(a_copied_name_space_is_its_own), CASE(rfnomnt_leaves_harmless_servants), CASE(mounted_entries_show_what_is_mounted),
    CASE(directory_reads_start_at_0_or_go_on), CASE(fds_are_given_lowest_first_up_to_a_limit), CASE(closing_keeps_the_reason), CASE(unknown_verb_names_those_there_are))
