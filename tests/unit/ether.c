/*
 * tests/unit/ether.c - #l over a card that is an array: who gets which frame,
 * permissions, limits, what comes free.
 * Goal: each row of ether(3)'s rules, seen from the files.
 */
#include "tests/unit.h"
#include "tests/unit/fake_core.h"
#include "servants/pipe_queue.c"
#include "servants/help.c"
#include "servants/ether_conv.c"
#include "servants/ether_io.c"
#include "servants/ether.c"

static const uint8_t own[ETHER_ADDR] = { 0x52, 0x54, 0, 0, 0, 1 }, other[ETHER_ADDR] = { 0x52, 0x54, 0, 0, 0, 2 },
    group[ETHER_ADDR] = { 0x33, 0x33, 0, 0, 0, 1 };
static struct {
	EtherCard card;
	EtherInput *input;
	void *arg;
	uint8_t frame[ETHER_MAX + 1];
	size_t size;
	unsigned nsent;
	atomic_bool full;
	bool absent, down;
} fake;

static void *
fake_claim(EtherCard *c)
{
	USED(c);
	return atomic_load(&fake.full) ? NULL : fake.frame;
}

static bool
fake_room(void *c)
{
	USED(c);
	return !atomic_load(&fake.full);
}

static void
fake_send(EtherCard *c, void *frame, size_t n)
{
	USED(c);
	ck_assert_ptr_eq(frame, fake.frame);
	fake.size = n;
	fake.nsent++;
}

static void
fake_shutdown(EtherCard *c)
{
	USED(c);
	fake.down = true;
}

EtherCard *
vnet_start(int nth, EtherInput *input, void *arg)
{
	if (nth > 0 || fake.absent)
		return NULL;
	fake.card = (EtherCard){ .driver = "fake", .claim = fake_claim, .has_room = fake_room,
		.send = fake_send, .shutdown = fake_shutdown };
	memcpy(fake.card.addr, own, ETHER_ADDR);
	atomic_store(&fake.card.link, true);
	fake.input = input;
	fake.arg = arg;
	return &fake.card;
}

static Chan *root, *dir;

static void
start(void)
{
	int64_t rc;

	ck_assert_int_eq(servant_ether.reset(), 0);
	root = fake_attach(&servant_ether);
	dir = fake_walk(root, "ether0", &rc);
	ck_assert_ptr_nonnull(dir);
}

static void
stop(void)
{
	chan_put(dir);
	chan_put(root);
	ck_assert_uint_eq(fake_live, 0);
	for (int i = 0; i < NCONV; i++) {
		ck_assert_uint_eq(ether[0].conv[i].nopen, 0);
		ck_assert_ptr_null(ether[0].conv[i].queue.head);
	}
	ck_assert_uint_eq(ether[0].npromiscuous, 0);
}

static int64_t
say(Chan *ctl, const char *text)
{
	return servant_ether.write(ctl, text, strlen(text), 0);
}

/* A conversation: its ctl and data. */
typedef struct Pair Pair;
struct Pair {
	Chan *ctl, *data;
};

static Pair
pair_open(const char *connect)
{
	char text[32];
	int64_t rc;
	Pair p;

	p.ctl = fake_open(dir, "clone", ORDWR, &rc);
	ck_assert_int_eq(rc, 0);
	ck_assert_int_eq(servant_ether.read(p.ctl, text, sizeof text, 0), 12);
	snprintf(text, sizeof text, "%d/data", atoi(text));
	p.data = fake_open(dir, text, ORDWR, &rc);
	ck_assert_int_eq(rc, 0);
	if (connect != NULL)
		ck_assert_int_eq(say(p.ctl, connect), (int64_t)strlen(connect));
	return p;
}

static void
pair_close(Pair p)
{
	chan_put(p.ctl);
	chan_put(p.data);
}

static uint8_t *
frame_to(const uint8_t *to, int type, uint8_t fill)
{
	static uint8_t f[ETHER_MAX + 1];

	memset(f, fill, sizeof f);
	memcpy(f, to, ETHER_ADDR);
	f[ETHER_TYPE] = (uint8_t)(type >> 8);
	f[ETHER_TYPE + 1] = (uint8_t)type;
	return f;
}

static bool
has(Pair p)
{
	return conv_has_frame(conv_of(p.data));
}

/* ---- who gets what: a frame from the network ---- */
enum { TO_OWN, TO_ALL, TO_OTHER, TO_GROUP };
static const uint8_t *const to[] = { own, broadcast, other, group };
static const struct {
	const char *connect, *more;
	bool prom;               /* somebody else asked for it */
	bool gets[4], gets_wrong_type[4];
} rule[] = {
	{ "connect 2048", NULL, false, { 1, 1, 0, 0 }, { 0, 0, 0, 0 } },
	{ "connect 0x800", NULL, true, { 1, 1, 0, 0 }, { 0, 0, 0, 0 } },
	{ "connect 2048", "promiscuous", false, { 1, 1, 0, 0 }, { 0, 0, 0, 0 } },
	{ "connect -1", NULL, false, { 1, 1, 0, 0 }, { 1, 1, 0, 0 } },
	{ "connect -1", NULL, true, { 1, 1, 1, 1 }, { 1, 1, 1, 1 } },
	{ "connect -2", "promiscuous", false, { 1, 1, 1, 1 }, { 1, 1, 1, 1 } },
	{ "connect -1", "bridge", true, { 0, 1, 1, 1 }, { 0, 1, 1, 1 } },
	{ NULL, NULL, true, { 0, 0, 0, 0 }, { 0, 0, 0, 0 } },
};

START_TEST(frames_from_the_network)
{
	Pair p, q;

	start();
	p = pair_open(rule[_i].connect);
	q = pair_open("connect 1");
	if (rule[_i].more != NULL)
		ck_assert_int_gt(say(p.ctl, rule[_i].more), 0);
	if (rule[_i].prom)
		ck_assert_int_gt(say(q.ctl, "promiscuous"), 0);
	for (int k = 0; k < 8; k++) {
		char buf[ETHER_MAX];
		bool wants = k < 4 ? rule[_i].gets[k] : rule[_i].gets_wrong_type[k - 4];

		fake.input(fake.arg, frame_to(to[k % 4], k < 4 ? 2048 : 2054, 'x'), 100);
		ck_assert_int_eq(has(p), wants);
		if (wants)
			ck_assert_int_eq(servant_ether.read(p.data, buf, sizeof buf, 0),
			    strcmp(rule[_i].connect, "connect -2") == 0 ? 64 : 100);
	}
	ck_assert(!has(q));
	pair_close(p);
	pair_close(q);
	stop();
}
END_TEST

/* ---- sending ---- */
static const struct {
	const char *more;        /* of the writer */
	bool sent[4], back[4], other[4]; /* on the wire; to the writer; to another of that type */
} sending[] = {
	{ NULL, { 0, 1, 1, 1 }, { 1, 1, 0, 0 }, { 1, 1, 0, 0 } },
	{ "bridge", { 0, 1, 1, 1 }, { 0, 0, 0, 0 }, { 1, 1, 0, 0 } },
};

START_TEST(frames_of_our_own)
{
	Pair p, q;

	start();
	p = pair_open("connect 2048");
	q = pair_open("connect 2048");
	if (sending[_i].more != NULL)
		ck_assert_int_gt(say(p.ctl, sending[_i].more), 0);
	for (int k = 0; k < 4; k++) {
		uint8_t buf[ETHER_MAX], *f = frame_to(to[k], 2048, 0x77);

		fake.nsent = 0;
		memset(fake.frame, 0, sizeof fake.frame);
		ck_assert_int_eq(servant_ether.write(p.data, f, 70, 0), 70);
		ck_assert_int_eq(fake.nsent, sending[_i].sent[k]);
		ck_assert_int_eq(has(p), sending[_i].back[k]);
		ck_assert_int_eq(has(q), sending[_i].other[k]);
		if (_i == 0)
			memcpy(f + ETHER_ADDR, own, ETHER_ADDR); /* is filled in */
		if (sending[_i].sent[k])
			ck_assert_mem_eq(fake.frame, f, 70);
		if (has(p))
			ck_assert_int_eq(servant_ether.read(p.data, buf, sizeof buf, 0), 70);
		if (has(q)) {
			ck_assert_int_eq(servant_ether.read(q.data, buf, sizeof buf, 0), 70);
			ck_assert_mem_eq(buf, f, 70);
		}
	}
	pair_close(p);
	pair_close(q);
	stop();
}
END_TEST

static const struct {
	size_t n;
	int rc;
} size[] = {
	{ 0, -Eshort }, { 13, -Eshort }, { 14, -Eshort }, { ETHER_MIN - 1, -Eshort }, { ETHER_MIN, 0 },
	{ ETHER_MAX, 0 }, { ETHER_MAX + 1, -Etoobig },
};

START_TEST(frame_sizes)
{
	Pair p;

	start();
	p = pair_open(NULL);
	ck_assert_int_eq(servant_ether.write(p.data, frame_to(other, 1, 'x'), size[_i].n, 0),
	    size[_i].rc < 0 ? size[_i].rc : (int64_t)size[_i].n);
	ck_assert_uint_eq(fake.nsent, size[_i].rc == 0);
	if (size[_i].rc < 0)
		ck_assert_ptr_nonnull(strstr(err_reason(), "60 to 1514"));
	pair_close(p);
	stop();
}
END_TEST

static void *
room_later(void *arg)
{
	USED(arg);
	sched_yield();
	atomic_store(&fake.full, false);
	rendez_wakeup(&fake.card.room);
	return NULL;
}

START_TEST(writer_waits_for_room)
{
	pthread_t t;
	Pair p;

	start();
	p = pair_open(NULL);
	atomic_store(&fake.full, true);
	pthread_create(&t, NULL, room_later, NULL);
	ck_assert_int_eq(servant_ether.write(p.data, frame_to(other, 1, 'x'), 60, 0), 60);
	pthread_join(t, NULL);
	ck_assert_uint_eq(fake.nsent, 1);
	pair_close(p);
	stop();
}
END_TEST

/* ---- reading ---- */
START_TEST(read_gives_one_frame)
{
	uint8_t buf[ETHER_MAX];
	Pair p;

	start();
	p = pair_open("connect 7");
	fake.input(fake.arg, frame_to(own, 7, 'a'), 100);
	fake.input(fake.arg, frame_to(own, 7, 'b'), 200);
	ck_assert_int_eq(servant_ether.read(p.data, buf, 0, 0), 0);
	ck_assert_int_eq(servant_ether.read(p.data, buf, 20, 0), 20); /* the rest of it is gone */
	ck_assert_uint_eq(buf[19], 'a');
	ck_assert_int_eq(servant_ether.read(p.data, buf, sizeof buf, 0), 200);
	ck_assert_uint_eq(buf[199], 'b');
	pair_close(p);
	stop();
}
END_TEST

START_TEST(headers_tell_the_size)
{
	uint8_t buf[ETHER_MAX];
	Pair p;

	start();
	p = pair_open("connect -1");
	ck_assert_int_gt(say(p.ctl, "headersonly"), 0);
	fake.input(fake.arg, frame_to(own, 7, 'a'), 1000);
	fake.input(fake.arg, frame_to(own, 7, 'a'), 20); /* from the network they may be short */
	ck_assert_int_eq(servant_ether.read(p.data, buf, sizeof buf, 0), 64);
	ck_assert_uint_eq(buf[57], 'a');
	ck_assert_uint_eq(buf[58] << 8 | buf[59], 1000);
	ck_assert_int_eq(servant_ether.read(p.data, buf, sizeof buf, 0), 64);
	ck_assert_uint_eq(buf[57], 0);
	ck_assert_uint_eq(buf[58] << 8 | buf[59], 20);
	pair_close(p);
	stop();
}
END_TEST

START_TEST(flood_is_bounded_and_counted)
{
	enum { FLOOD = 10000 };
	uint64_t n = 0;
	char buf[ETHER_MAX];
	Pair p, q;

	start();
	p = pair_open("connect 7");
	q = pair_open("connect 8");
	for (int i = 0; i < FLOOD; i++)
		fake.input(fake.arg, frame_to(own, 7, 'a'), ETHER_MAX);
	ck_assert_uint_le(conv_of(p.data)->queue.room, QUEUE_MAX + 2 * ETHER_MAX);
	fake.input(fake.arg, frame_to(own, 8, 'a'), 60); /* others have their own */
	ck_assert(has(q));
	for (; has(p); n++)
		ck_assert_int_eq(servant_ether.read(p.data, buf, sizeof buf, 0), ETHER_MAX);
	ck_assert_uint_gt(n, 50);
	ck_assert_uint_eq(ether[0].overflows, FLOOD - n);
	ck_assert_uint_eq(ether[0].nin, FLOOD + 1);
	fake.input(fake.arg, frame_to(own, 7, 'a'), 60);
	ck_assert(has(p));
	pair_close(p);           /* with a frame that nobody reads */
	pair_close(q);
	stop();
}
END_TEST

static atomic_bool flooding;

static void *
flood(void *arg)
{
	uint8_t f[ETHER_MAX] = { 0 };

	memcpy(f, own, ETHER_ADDR);
	f[ETHER_TYPE + 1] = 7;
	for (USED(arg); atomic_load(&flooding); sched_yield())
		fake.input(fake.arg, f, ETHER_MAX);
	return NULL;
}

static void *
come_and_go(void *arg)
{
	uint8_t buf[ETHER_MAX];

	USED(arg);
	for (int i = 0; i < 300; i++) {
		int k = conv_open(&ether[0], -1, ORDWR);
		Conv *cv = &ether[0].conv[k];

		ck_assert_int_ge(k, 0);
		lock(&ether[0].lk);
		cv->type = 7;
		unlock(&ether[0].lk);
		for (int n = 0; n < i % 4;)
			n += conv_take(cv, buf, sizeof buf) > 0;
		conv_close(cv);
	}
	return NULL;
}

START_TEST(conversations_come_and_go_under_a_flood)
{
	pthread_t f, t[4];

	start();
	atomic_store(&flooding, true);
	pthread_create(&f, NULL, flood, NULL);
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, come_and_go, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	atomic_store(&flooding, false);
	pthread_join(f, NULL);
	ck_assert_uint_gt(ether[0].nin, 0);
	stop();
}
END_TEST

/* ---- conversations ---- */
START_TEST(conversations_are_eight_and_come_free)
{
	Pair p[NCONV];
	Chan *c;
	int64_t rc;

	start();
	ck_assert_ptr_null(fake_walk(dir, "0", &rc));
	for (int i = 0; i < NCONV; i++) {
		p[i] = pair_open("connect 9");
		ck_assert_uint_eq(number_of(p[i].ctl), (unsigned)i);
	}
	ck_assert_ptr_null(fake_open(dir, "clone", ORDWR, &rc));
	ck_assert_int_eq(rc, -Einuse);
	for (int i = 0; i < 2; i++)
		ck_assert_int_gt(say(p[3].ctl, "promiscuous"), 0);
	chan_put(p[3].ctl);      /* data holds it */
	ck_assert_uint_eq(ether[0].npromiscuous, 1);
	chan_put(p[3].data);
	ck_assert_uint_eq(ether[0].npromiscuous, 0);
	p[3] = pair_open(NULL);
	ck_assert_uint_eq(number_of(p[3].ctl), 3);
	fake.input(fake.arg, frame_to(own, 9, 'a'), 60);
	ck_assert(!has(p[3]) && has(p[4])); /* it is a new one */
	for (int i = 0; i < NCONV; i++)
		pair_close(p[i]);
	c = fake_open(dir, "5/ctl", ORDWR, &rc); /* opening ctl takes it too */
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(ether[0].conv[5].nopen, 1);
	chan_put(c);
	stop();
}
END_TEST

START_TEST(files_are_the_first_openers)
{
	static const char *const file[] = { "0/ctl", "0/data" };
	uint8_t stat[256];
	char strs[256];
	Dir d;
	Chan *c;
	int64_t rc, n;
	Pair p;

	start();
	p = pair_open("connect 9");
	for (int i = 0; i < 2; i++) {
		fake_user = "other";
		ck_assert_ptr_null(fake_open(dir, file[i], OREAD, &rc));
		ck_assert_int_eq(rc, -Eperm);
		ck_assert_uint_eq(ether[0].conv[0].nopen, 2);
		fake_user = eve;
	}
	c = fake_walk(dir, "0/ctl", &rc);
	dir_null(&d);
	d.mode = 0666;
	n = dir_pack(&d, stat, sizeof stat);
	fake_user = "other";
	ck_assert_int_eq(servant_ether.wstat(c, stat, (size_t)n), -Eperm);
	ck_assert_uint_eq(ether[0].conv[0].perm, 0660);
	fake_user = eve;
	ck_assert_int_eq(servant_ether.wstat(c, stat, (size_t)n), 0);
	n = servant_ether.stat(c, stat, sizeof stat);
	ck_assert_int_ge(dir_unpack(&d, stat, (size_t)n, strs), 0);
	ck_assert_uint_eq(d.mode, 0666);
	chan_put(c);
	fake_user = "other";
	c = fake_open(dir, "0/data", OREAD, &rc);
	ck_assert_int_eq(rc, 0);
	chan_put(c);
	fake_user = eve;
	pair_close(p);
	fake_user = "other";     /* nobody's again */
	p = pair_open(NULL);
	fake_user = eve;
	ck_assert_str_eq(ether[0].conv[0].owner, "other");
	pair_close(p);
	stop();
}
END_TEST

static const struct {
	const char *text;
	int rc;
} ctl[] = {
	{ "connect", -Ebadctl }, { "connect 65536", -Ebadarg }, { "connect -3", -Ebadarg }, { "connect x", -Ebadarg },
	{ "connect 1 2", -Ebadctl }, { "", -Ebadctl }, { "nonsense", -Ebadctl }, { "bridge 1", -Ebadctl },
	{ "connect 0", 9 }, { "connect 65535", 13 }, { "promiscuous\n", 12 },
};

START_TEST(ctl_lines)
{
	Pair p;

	start();
	p = pair_open(NULL);
	ck_assert_int_eq(say(p.ctl, ctl[_i].text), ctl[_i].rc);
	ck_assert_int_eq(conv_of(p.ctl)->type == TYPE_NONE, strncmp(ctl[_i].text, "connect", 7) != 0 || ctl[_i].rc < 0);
	pair_close(p);
	stop();
}
END_TEST

static const struct {
	const char *file, *text;
} text[] = {
	{ "addr", "525400000001" }, { "0/type", "       2048 " }, { "0/ctl", "          0 " },
	{ "ifstats", "driver: fake\nreceive queue: 0\nsend queue: 0\n" },
	{ "0/stats", "in: 0\nlink: 1\nout: 1\ncrc errs: 0\noverflows: 0\nsoft overflows: 0\nframing errs: 0\n"
	    "buffer errs: 0\noutput errs: 0\nprom: 1\nmbps: 1000\naddr: 525400000001\n" },
};

START_TEST(texts)
{
	char buf[512];
	int64_t rc, n;
	Chan *c;
	Pair p;

	start();
	p = pair_open("connect 2048");
	ck_assert_int_gt(say(p.ctl, "promiscuous"), 0);
	ck_assert_int_eq(servant_ether.write(p.data, frame_to(other, 1, 'x'), 60, 0), 60);
	c = fake_open(dir, text[_i].file, OREAD, &rc);
	ck_assert_int_eq(rc, 0);
	n = servant_ether.read(c, buf, sizeof buf - 1, 0);
	ck_assert_int_gt(n, 0);
	buf[n] = '\0';
	ck_assert_str_eq(buf, text[_i].text);
	ck_assert_int_lt(servant_ether.write(c, "x", 1, 0), 0);
	chan_put(c);
	pair_close(p);
	stop();
}
END_TEST

START_TEST(tree_walks_up_and_down)
{
	uint8_t buf[2048], one[256];
	char strs[256], name[8];
	Dir d;
	Chan *c;
	int64_t rc, n;
	unsigned count = 0;
	Pair p;

	start();
	p = pair_open(NULL);
	c = fake_walk(root, "ether0/0/../../ether0/0/data", &rc);
	ck_assert_uint_eq(kind_of(c), Qdata);
	chan_put(c);
	ck_assert_ptr_null(fake_walk(dir, "1", &rc));
	ck_assert_ptr_null(fake_walk(root, "ether1", &rc));
	n = servant_ether.read(dir, buf, sizeof buf, 0);
	for (int64_t at = 0; at < n; at += 2 + (buf[at] | buf[at + 1] << 8), count++) {
		ck_assert_int_ge(dir_unpack(&d, buf + at, (size_t)(n - at), strs), 0);
		snprintf(name, sizeof name, "%s", d.name);
		c = fake_walk(dir, name, &rc);
		ck_assert_int_gt(rc = servant_ether.stat(c, one, sizeof one), 0);
		ck_assert_mem_eq(one, buf + at, (size_t)rc);
		chan_put(c);
	}
	ck_assert_uint_eq(count, 5);
	pair_close(p);
	stop();
}
END_TEST

START_TEST(no_card_no_device)
{
	Chan *c;

	fake.absent = true;
	ck_assert_int_eq(servant_ether.reset(), 0);
	ck_assert_int_eq(servant_ether.attach("0", &c), -Ebadspec);
	ck_assert_ptr_nonnull(strstr(err_reason(), "no network card"));
	servant_ether.shutdown();
	ck_assert(!fake.down);
}
END_TEST

START_TEST(attach_wants_a_number)
{
	Chan *c;

	start();
	ck_assert_int_eq(servant_ether.attach("x", &c), -Ebadspec);
	ck_assert_int_eq(servant_ether.attach("1", &c), -Ebadspec);
	ck_assert_int_eq(servant_ether.attach("18446744073709551615", &c), -Ebadspec);
	ck_assert_int_eq(servant_ether.attach("0", &c), 0);
	chan_put(c);
	servant_ether.shutdown();
	ck_assert(fake.down);
	stop();
}
END_TEST

UNIT_SUITE("ether", LOOP(frames_from_the_network, rule), LOOP(frames_of_our_own, sending), LOOP(frame_sizes, size),
    CASE(writer_waits_for_room), CASE(read_gives_one_frame), CASE(headers_tell_the_size),
    CASE(flood_is_bounded_and_counted),
    CASE(conversations_come_and_go_under_a_flood), CASE(conversations_are_eight_and_come_free), CASE(files_are_the_first_openers),
    LOOP(ctl_lines, ctl), LOOP(texts, text), CASE(tree_walks_up_and_down), CASE(no_card_no_device),
    CASE(attach_wants_a_number))
