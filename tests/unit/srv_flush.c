/*
 * tests/unit/srv_flush.c - late replies, tags and Tflush in the server library.
 * Goal: every request gets exactly one reply, a Tflush none before the one that
 * it flushes, and nothing is used after the link or its session has ended.
 */
#include "tests/unit/srv_help.h"

/* A server whose reads are answered when the test says so. */
static Req *held[REPLIES];
static size_t nheld, clunks, flush_calls;
static bool flush_replies;

static int
late_attach(Req *r)
{
	r->fid->qid = (Qid){ .path = 1 };
	return 0;
}

static int
late_walk1(Fid *f, Str name, Qid *out)
{
	USED(f);
	USED(name);
	USED(out);
	return seterr(Enonexist, NULL);
}

static int
late_stat(Fid *f, Dir *d)
{
	d->qid = f->qid;
	return 0;
}

static int
late_read(Req *r)
{
	if (r->in.count == 1) { /* at once, by srv_reply */
		r->data[0] = 'n';
		r->out.count = 1;
		srv_reply(r, 0);
		return SRV_LATER;
	}
	held[nheld++] = r;
	return SRV_LATER;
}

static int
late_write(Req *r)
{
	held[nheld++] = r;
	return SRV_LATER;
}

static void
late_flush(Req *old)
{
	flush_calls++;
	if (flush_replies)
		srv_reply(old, -Eintr);
}

static void
late_clunk(Fid *f)
{
	USED(f);
	clunks++;
}

static const SrvOps late_ops = {
	.attach = late_attach, .walk1 = late_walk1, .stat = late_stat, .read = late_read, .write = late_write,
	.flush = late_flush, .clunk = late_clunk,
};

static Srv *
late_start(void)
{
	static Srv s;

	s = (Srv){ .ops = &late_ops, .name = "late" };
	do_version(&s, TEST_MSIZE);
	ck_assert_int_eq(do_attach(&s, 1, "bob"), 0);
	ck_assert_int_eq(do_open(&s, 1, ORDWR), 0);
	replies_clear();
	return &s;
}

static void
ask_read(Srv *s, uint16_t tag, uint32_t count)
{
	send_only(s, &(Fcall){ .type = Tread, .tag = tag, .fid = 1, .count = count });
}

static void
ask_flush(Srv *s, uint16_t tag, uint16_t oldtag)
{
	send_only(s, &(Fcall){ .type = Tflush, .tag = tag, .oldtag = oldtag });
}

static void
finish(Req *r, char c)
{
	memset(r->data, c, r->in.count);
	r->out.count = r->in.count;
	srv_reply(r, 0);
}

/* The replies so far are of these types and tags. */
static void
expect(size_t n, const uint16_t (*want)[2])
{
	ck_assert_uint_eq(replies.n, n);
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(replies.f[i].type, want[i][0]);
		ck_assert_uint_eq(replies.f[i].tag, want[i][1]);
	}
}
#define EXPECT(...) expect(nelem(((const uint16_t[][2]){ __VA_ARGS__ })), (const uint16_t[][2]){ __VA_ARGS__ })

static void
late_end(Srv *s)
{
	srv_end(s);
	replies_clear();
	ck_assert_uint_eq(clunks, 1);
}

START_TEST(late_replies_go_to_their_tags)
{
	Srv *s = late_start();

	ask_read(s, 5, 3);
	ask_read(s, 6, 4);
	ck_assert_uint_eq(replies.n, 0);
	finish(held[1], 'b');
	finish(held[0], 'a');
	EXPECT({ Rread, 6 }, { Rread, 5 });
	ck_assert_mem_eq(replies.f[0].data, "bbbb", 4);
	ck_assert_mem_eq(replies.f[1].data, "aaa", 3);
	late_end(s);
}
END_TEST

START_TEST(reply_inside_the_handler_counts)
{
	Srv *s = late_start();

	ask_read(s, 5, 1);
	EXPECT({ Rread, 5 });
	ask_read(s, 5, 1);
	late_end(s);
}
END_TEST

START_TEST(kept_request_keeps_its_data)
{
	Srv *s = late_start();

	send_only(s, &(Fcall){ .type = Twrite, .tag = 9, .fid = 1, .count = 5, .data = (const uint8_t *)"bytes" });
	ck_assert_mem_eq(held[0]->in.data, "bytes", 5);
	held[0]->out.count = 5;
	srv_reply(held[0], 0);
	EXPECT({ Rwrite, 9 });
	late_end(s);
}
END_TEST

START_TEST(tag_in_use_is_refused)
{
	Srv *s = late_start();

	ask_read(s, 5, 3);
	ask_read(s, 5, 3);
	EXPECT({ Rerror, 5 });
	ck_assert_uint_eq(nheld, 1);
	finish(held[0], 'a');
	ask_read(s, 5, 1);
	EXPECT({ Rerror, 5 }, { Rread, 5 }, { Rread, 5 });
	late_end(s);
}
END_TEST

START_TEST(flush_of_an_unknown_tag_is_answered)
{
	Srv *s = late_start();

	ask_flush(s, 7, 5);
	ask_flush(s, 7, 7);
	EXPECT({ Rflush, 7 }, { Rflush, 7 });
	ck_assert_uint_eq(flush_calls, 0);
	late_end(s);
}
END_TEST

START_TEST(flush_comes_after_the_flushed)
{
	Srv *s = late_start();

	ask_read(s, 5, 3);
	ask_flush(s, 7, 5);
	ask_flush(s, 8, 5);
	ck_assert_uint_eq(replies.n, 0);
	ck_assert_uint_eq(flush_calls, 1);
	finish(held[0], 'a');
	EXPECT({ Rread, 5 }, { Rflush, 7 }, { Rflush, 8 });
	late_end(s);
}
END_TEST

START_TEST(server_may_answer_when_flushed)
{
	Srv *s = late_start();

	flush_replies = true;
	ask_read(s, 5, 3);
	ask_flush(s, 7, 5);
	EXPECT({ Rerror, 5 }, { Rflush, 7 });
	late_end(s);
}
END_TEST

START_TEST(flush_of_a_flush_waits_too)
{
	Srv *s = late_start();

	ask_read(s, 5, 3);
	ask_flush(s, 6, 5);
	ask_flush(s, 7, 6);
	ask_flush(s, 8, 7);
	ask_flush(s, 9, 5);
	ck_assert_uint_eq(replies.n, 0);
	finish(held[0], 'a');
	EXPECT({ Rread, 5 }, { Rflush, 6 }, { Rflush, 7 }, { Rflush, 8 }, { Rflush, 9 });
	late_end(s);
}
END_TEST

START_TEST(clunked_fid_lives_until_its_reply)
{
	Srv *s = late_start();

	ask_read(s, 5, 3);
	send_only(s, &(Fcall){ .type = Tclunk, .tag = 6, .fid = 1 });
	EXPECT({ Rclunk, 6 });
	ck_assert_uint_eq(clunks, 0);
	finish(held[0], 'a');
	ck_assert_uint_eq(clunks, 1);
	late_end(s);
}
END_TEST

START_TEST(version_silences_old_requests)
{
	Srv *s = late_start();

	ask_read(s, 5, 3);
	ask_flush(s, 6, 5);
	do_version(s, TEST_MSIZE);
	ck_assert_uint_eq(replies.n, 1);
	finish(held[0], 'a');
	ck_assert_uint_eq(replies.n, 1);
	ck_assert_uint_eq(clunks, 1);
	late_end(s);
}
END_TEST

START_TEST(reply_after_the_end_is_dropped)
{
	Srv *s = late_start();

	ask_read(s, 5, 3);
	ask_read(s, 6, 3);
	srv_end(s);
	finish(held[0], 'a');
	finish(held[1], 'a');
	ck_assert_uint_eq(replies.n, 0);
	ck_assert_uint_eq(clunks, 1);
	ck_assert_ptr_null(s->priv);
}
END_TEST

START_TEST(too_many_late_requests_are_refused)
{
	Srv *s = late_start();
	Fcall f = { .type = Twrite, .fid = 1, .count = 1, .data = (const uint8_t *)"" };
	static const int limit = 4096; /* KEEPMAX */

	for (int i = 0; i < limit; i++) {
		f.tag = (uint16_t)i;
		nheld = 0;
		send_only(s, &f);
	}
	ck_assert_uint_eq(replies.n, 0);
	f.tag = (uint16_t)limit;
	send_only(s, &f);
	EXPECT({ Rerror, limit });
	flush_replies = true;
	late_end(s);
	ck_assert_ptr_null(s->priv);
}
END_TEST

START_TEST(notag_is_for_version_only)
{
	Srv *s = late_start();

	ask_read(s, NOTAG, 1);
	EXPECT({ Rerror, NOTAG });
	late_end(s);
}
END_TEST

UNIT_SUITE("srv_flush", CASE(late_replies_go_to_their_tags), CASE(reply_inside_the_handler_counts),
    CASE(kept_request_keeps_its_data), CASE(tag_in_use_is_refused), CASE(flush_of_an_unknown_tag_is_answered),
    CASE(flush_comes_after_the_flushed), CASE(server_may_answer_when_flushed), CASE(flush_of_a_flush_waits_too),
    CASE(clunked_fid_lives_until_its_reply), CASE(version_silences_old_requests),
    CASE(reply_after_the_end_is_dropped), CASE(too_many_late_requests_are_refused), CASE(notag_is_for_version_only))
