/*
 * tests/unit/pipe.c - #| as CORE calls it.
 * Goal: data and hang-ups reach the other end, between threads too; a pipe's
 * memory goes with its last handle.
 */
#include "tests/unit.h"
#include "tests/unit/fake_core.h"
#include "servants/help.c"
#include "servants/pipe_queue.c"
#include "servants/pipe.c"

static Chan *root_chan, *end[2];

static void
start(void)
{
	int64_t rc;

	root_chan = fake_attach(&servant_pipe);
	end[0] = fake_open(root_chan, "data", ORDWR, &rc);
	end[1] = fake_open(root_chan, "data1", ORDWR, &rc);
	ck_assert_ptr_nonnull(end[1]);
	fake_proc.note[0] = '\0';
}

static void
stop(void)
{
	chan_put(root_chan);
	chan_put(end[0]);
	chan_put(end[1]);
	root_chan = end[0] = end[1] = NULL;
	ck_assert_uint_eq(fake_live, 0);
}

START_TEST(each_end_reads_what_the_other_wrote)
{
	char buf[16];

	start();
	ck_assert_int_eq(pipe_write(end[0], "ab", 2, 0), 2);
	ck_assert_int_eq(pipe_write(end[0], "c", 1, 0), 1);
	ck_assert_int_eq(pipe_write(end[1], "xyz", 3, 0), 3);
	ck_assert_int_eq(pipe_read(end[1], buf, 16, 0), 2);
	ck_assert_int_eq(pipe_read(end[1], buf, 16, 0), 1);
	ck_assert_int_eq(pipe_read(end[0], buf, 16, 0), 3);
	ck_assert_mem_eq(buf, "xyz", 3);
	stop();
}
END_TEST

START_TEST(close_leaves_what_was_written)
{
	char buf[16];

	start();
	ck_assert_int_eq(pipe_write(end[0], "last", 4, 0), 4);
	chan_put(end[0]);
	end[0] = NULL;
	ck_assert_int_eq(pipe_read(end[1], buf, 16, 0), 4);
	ck_assert_int_eq(pipe_read(end[1], buf, 16, 0), 0);
	ck_assert_int_eq(pipe_read(end[1], buf, 16, 0), 0);
	stop();
}
END_TEST

START_TEST(write_to_closed_end_fails_with_a_note)
{
	start();
	chan_put(end[1]);
	end[1] = NULL;
	ck_assert_int_eq(pipe_write(end[0], "x", 1, 0), -Epipe);
	ck_assert_str_eq(fake_proc.note, "sys: write on closed pipe");
	fake_proc.note[0] = '\0';
	atomic_fetch_or(&end[0]->flag, CMSG);
	ck_assert_int_eq(pipe_write(end[0], "x", 1, 0), -Epipe);
	ck_assert_str_eq(fake_proc.note, "");
	stop();
}
END_TEST

START_TEST(end_stays_open_until_its_last_handle)
{
	int64_t rc;
	Chan *second;
	char c;

	start();
	second = fake_open(root_chan, "data", ORDWR, &rc);
	chan_put(end[0]);
	end[0] = NULL;
	ck_assert_int_eq(pipe_write(end[1], "x", 1, 0), 1);
	ck_assert_int_eq(pipe_read(second, &c, 1, 0), 1);
	chan_put(second);
	ck_assert_int_eq(pipe_write(end[1], "x", 1, 0), -Epipe);
	stop();
}
END_TEST

START_TEST(stat_length_is_what_waits)
{
	uint8_t buf[256];
	char strs[256];
	Dir d;

	start();
	ck_assert_int_eq(pipe_write(end[0], "12345", 5, 0), 5);
	ck_assert_int_gt(pipe_stat(end[1], buf, sizeof buf), 0);
	ck_assert_int_gt(dir_unpack(&d, buf, sizeof buf, strs), 0);
	ck_assert_str_eq(d.name, "data1");
	ck_assert_uint_eq(d.length, 5);
	stop();
}
END_TEST

enum { TOTAL = 3000000 };

static void *
pump(void *arg)
{
	static uint8_t buf[100000];
	uint32_t x = 1;
	size_t done = 0;

	while (done < TOTAL) {
		size_t n = (x = x * 1664525u + 1013904223u) % sizeof buf;

		if (n > TOTAL - done)
			n = TOTAL - done;
		for (size_t i = 0; i < n; i++)
			buf[i] = (uint8_t)((done + i) * 7);
		ck_assert_int_eq(pipe_write(arg, buf, n, 0), (int64_t)n);
		done += n;
	}
	chan_put(arg);
	return NULL;
}

START_TEST(stream_arrives_whole_and_in_order)
{
	static uint8_t buf[4096];
	pthread_t t;
	size_t done = 0;
	int64_t n;

	start();
	pthread_create(&t, NULL, pump, end[0]);
	end[0] = NULL;
	while (done < TOTAL) {
		n = pipe_read(end[1], buf, 1 + done % sizeof buf, 0);
		ck_assert_int_ge(n, 0);
		for (int64_t i = 0; i < n; i++)
			ck_assert_int_eq(buf[i], (uint8_t)((done + (size_t)i) * 7));
		done += (size_t)n;
	}
	pthread_join(t, NULL);
	ck_assert_int_eq(pipe_read(end[1], buf, 1, 0), 0);
	stop();
}
END_TEST

static void *
hang(void *arg)
{
	struct timespec t = { 0, 20000000 };

	nanosleep(&t, NULL);
	chan_put(arg);
	return NULL;
}

START_TEST(hangup_ends_a_waiting_reader_and_writer)
{
	static uint8_t buf[300000];
	pthread_t t;
	char c;

	start();
	pthread_create(&t, NULL, hang, end[0]);
	end[0] = NULL;
	ck_assert_int_eq(pipe_read(end[1], &c, 1, 0), 0);
	pthread_join(t, NULL);
	stop();
	start();
	ck_assert_int_eq(pipe_write(end[1], buf, sizeof buf, 0), sizeof buf);
	pthread_create(&t, NULL, hang, end[0]);
	end[0] = NULL;
	ck_assert_int_eq(pipe_write(end[1], buf, 1, 0), -Epipe);
	pthread_join(t, NULL);
	stop();
}
END_TEST

START_TEST(a_closed_pipe_can_be_opened_again)
{
	int64_t rc;
	char c;

	start();
	ck_assert_int_eq(pipe_write(end[0], "old", 3, 0), 3);
	chan_put(end[0]);
	chan_put(end[1]);
	end[0] = fake_open(root_chan, "data", ORDWR, &rc);
	end[1] = fake_open(root_chan, "data1", ORDWR, &rc);
	ck_assert_int_eq(pipe_write(end[0], "n", 1, 0), 1);
	ck_assert_int_eq(pipe_read(end[1], &c, 1, 0), 1);
	ck_assert_int_eq(c, 'n');
	stop();
}
END_TEST

/* Messages of no bytes take memory too. */
START_TEST(many_small_messages_are_too_many)
{
	enum { MOST = PIPE_LIMIT / sizeof(PipeBlock) + 1 };
	Pipe *p;
	char buf[1];
	size_t n = 0;

	start();
	p = end[0]->aux;
	for (; n < 2 * MOST && way_writable(&p->way[1]); n++)
		ck_assert_int_eq(pipe_write(end[0], "", 0, 0), 0);
	ck_assert_uint_le(n, MOST);
	for (; n > 0; n--)
		ck_assert_int_eq(pipe_read(end[1], buf, 1, 0), 0);
	ck_assert_uint_eq(p->way[1].queue.room, 0);
	stop();
}
END_TEST

UNIT_SUITE("pipe", CASE(each_end_reads_what_the_other_wrote), CASE(close_leaves_what_was_written),
    CASE(write_to_closed_end_fails_with_a_note), CASE(end_stays_open_until_its_last_handle),
    CASE(stat_length_is_what_waits), CASE(stream_arrives_whole_and_in_order),
    CASE(hangup_ends_a_waiting_reader_and_writer), CASE(a_closed_pipe_can_be_opened_again),
    CASE(many_small_messages_are_too_many))
