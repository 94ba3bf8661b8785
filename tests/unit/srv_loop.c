/*
 * tests/unit/srv_loop.c - the server library's link, in pieces of any size.
 * Goal: however the bytes arrive, the replies are the same; a message too long
 * is answered and skipped; nonsense without a tag ends the link.
 */
#include "tests/unit/srv_help.h"

static struct {
	uint8_t in[200000], out[400000];
	size_t at, have, piece;
	size_t nout, writes;
	int fail;               /* of writes */
} wire;

static int64_t
wire_read(void *arg, void *buf, size_t n)
{
	size_t got = wire.have - wire.at;

	USED(arg);
	if (got > n)
		got = n;
	if (wire.piece > 0 && got > wire.piece)
		got = wire.piece;
	memcpy(buf, wire.in + wire.at, got);
	wire.at += got;
	return (int64_t)got;
}

static int64_t
wire_write(void *arg, const void *buf, size_t n)
{
	USED(arg);
	if (wire.fail < 0)
		return seterr(-wire.fail, NULL);
	memcpy(wire.out + wire.nout, buf, n);
	wire.nout += n;
	wire.writes++;
	return (int64_t)n;
}

static void
put(Fcall f)
{
	int n = fcall_pack(&f, wire.in + wire.have, sizeof wire.in - wire.have);

	ck_assert_int_gt(n, 0);
	wire.have += (size_t)n;
}

/* Reply number i, or NULL. */
static Fcall *
reply(size_t i)
{
	static Fcall f;

	for (size_t at = 0; at < wire.nout; i--) {
		size_t n = get32(wire.out + at);

		ck_assert_int_eq(fcall_unpack(&f, wire.out + at, n), 0);
		if (i == 0)
			return &f;
		at += n;
	}
	return NULL;
}

static int
run(void)
{
	Srv s = { .ops = &tree_ops, .name = "test", .aux = tree_new("bob", test_now) };
	int rc = srv_serve(&s, wire_read, wire_write, NULL);

	tree_free(s.aux);
	return rc;
}

static void
put_start(void)
{
	put((Fcall){ .type = Tversion, .tag = NOTAG, .msize = 65536, .version = str_of("9P2000") });
	put((Fcall){ .type = Tattach, .tag = 1, .fid = 1, .afid = NOFID, .uname = str_of("bob") });
}

static const size_t pieces[] = { 0, 1, 3, 7, 100, 8192 };

START_TEST(pieces_do_not_matter)
{
	static uint8_t big[60000];

	wire.piece = pieces[_i];
	memset(big, 'x', sizeof big);
	put_start();
	put((Fcall){ .type = Tcreate, .tag = 2, .fid = 1, .name = str_of("f"), .perm = 0666, .mode = ORDWR });
	put((Fcall){ .type = Twrite, .tag = 3, .fid = 1, .count = sizeof big, .data = big });
	put((Fcall){ .type = Tread, .tag = 4, .fid = 1, .count = sizeof big });
	put((Fcall){ .type = Tread, .tag = 5, .fid = 1, .offset = sizeof big - 3, .count = 100 });
	put((Fcall){ .type = Tclunk, .tag = 6, .fid = 1 });
	ck_assert_int_eq(run(), 0);
	ck_assert_uint_eq(reply(3)->count, sizeof big);
	ck_assert_uint_eq(reply(4)->count, sizeof big);
	ck_assert_mem_eq(reply(4)->data, big, sizeof big);
	ck_assert_uint_eq(reply(5)->count, 3);
	ck_assert_uint_eq(reply(6)->type, Rclunk);
	ck_assert_ptr_null(reply(7));
}
END_TEST

START_TEST(waiting_requests_are_answered_together)
{
	put_start();
	for (uint16_t i = 0; i < 100; i++)
		put((Fcall){ .type = Tstat, .tag = i, .fid = 1 });
	ck_assert_int_eq(run(), 0);
	ck_assert_uint_eq(reply(101)->tag, 99);
	ck_assert_uint_le(wire.writes, 4);
}
END_TEST

START_TEST(long_message_is_answered_and_skipped)
{
	wire.piece = pieces[_i];
	put_start();
	memcpy(wire.in + wire.have, "\x01\0\x02\0\x76\x09\0", 7); /* Twrite of 128 KiB + 1, tag 9 */
	wire.have += 0x20001;
	put((Fcall){ .type = Tstat, .tag = 3, .fid = 1 });
	ck_assert_int_eq(run(), 0);
	ck_assert_uint_eq(reply(2)->type, Rerror);
	ck_assert_uint_eq(reply(2)->tag, 9);
	ck_assert_uint_eq(reply(3)->type, Rstat);
}
END_TEST

START_TEST(size_without_room_for_a_tag_ends_the_link)
{
	put_start();
	memcpy(wire.in + wire.have, "\x06\0\0\0\x7c\x01", 6);
	wire.have += 6;
	put((Fcall){ .type = Tstat, .tag = 3, .fid = 1 });
	ck_assert_int_eq(run(), -Ebadmsg);
	ck_assert_ptr_null(reply(2));
}
END_TEST

START_TEST(malformed_message_is_answered)
{
	put_start();
	memcpy(wire.in + wire.have, "\x0c\0\0\0\x7c\x05\0\x01\0\0\0!", 12);
	wire.have += 12;
	put((Fcall){ .type = Rstat, .tag = 6, .nstat = 0, .stat = (const uint8_t *)"" });
	put((Fcall){ .type = Tstat, .tag = 7, .fid = 1 });
	ck_assert_int_eq(run(), 0);
	ck_assert_uint_eq(reply(2)->type, Rerror);
	ck_assert_uint_eq(reply(2)->tag, 5);
	ck_assert_uint_eq(reply(3)->type, Rerror);
	ck_assert_uint_eq(reply(4)->type, Rstat);
}
END_TEST

START_TEST(link_that_ends_inside_a_message_is_just_over)
{
	put_start();
	put((Fcall){ .type = Tstat, .tag = 3, .fid = 1 });
	wire.have--;
	ck_assert_int_eq(run(), 0);
	ck_assert_ptr_null(reply(2));
}
END_TEST

START_TEST(failed_write_ends_the_link)
{
	put_start();
	wire.fail = -Epipe;
	ck_assert_int_eq(run(), -Epipe);
}
END_TEST

UNIT_SUITE("srv_loop", LOOP(pieces_do_not_matter, pieces), CASE(waiting_requests_are_answered_together),
    LOOP(long_message_is_answered_and_skipped, pieces), CASE(size_without_room_for_a_tag_ends_the_link),
    CASE(malformed_message_is_answered), CASE(link_that_ends_inside_a_message_is_just_over),
    CASE(failed_write_ends_the_link))
