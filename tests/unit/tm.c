/*
 * tests/unit/tm.c - calendar time against the host's gmtime.
 */
#include <time.h>
#include "lib9/lib9.h"
#include "tests/unit.h"

static void
same(int64_t sec)
{
	time_t t = (time_t)sec;
	struct tm host;
	Tm tm;

	ck_assert_ptr_nonnull(gmtime_r(&t, &host));
	tm_utc(sec, &tm);
	ck_assert_msg(tm.sec == host.tm_sec && tm.min == host.tm_min && tm.hour == host.tm_hour && tm.mday == host.tm_mday &&
	    tm.mon == host.tm_mon && tm.year == host.tm_year && tm.wday == host.tm_wday && tm.yday == host.tm_yday,
	    "%lld: %d-%d-%d wday %d yday %d", (long long)sec, tm.year, tm.mon, tm.mday, tm.wday, tm.yday);
	ck_assert_int_eq(tm_sec(&tm), sec);
}

START_TEST(each_day_of_eight_centuries)
{
	for (int64_t day = -400 * 366; day < 400 * 366; day++) {
		same(day * 86400);
		same(day * 86400 + 86399);
	}
}
END_TEST

START_TEST(seeded_times_of_a_wide_range)
{
	uint64_t seed = 1970;

	for (int i = 0; i < 300000; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		same((int64_t)seed >> (16 + seed % 40));
	}
}
END_TEST

START_TEST(fields_out_of_range_count_on)
{
	Tm tm = { .year = 126, .mon = 12, .mday = 0, .hour = 25, .min = 61, .sec = -1 };
	Tm same_time = { .year = 126, .mon = 11, .mday = 32 + 0, .hour = 2, .min = 0, .sec = 59 };

	ck_assert_int_eq(tm_sec(&tm), tm_sec(&same_time));
}
END_TEST

START_TEST(text_is_that_of_ctime)
{
	char buf[32];
	Tm tm;

	tm_utc(0, &tm);
	ck_assert_str_eq(tm_text(&tm, buf), "Thu Jan  1 00:00:00 GMT 1970");
	tm_utc(951827696, &tm);
	ck_assert_str_eq(tm_text(&tm, buf), "Tue Feb 29 12:34:56 GMT 2000");
}
END_TEST

START_TEST(extreme_times_stay_in_range)
{
	Tm tm;

	tm_utc(INT64_MAX, &tm);
	ck_assert(tm.year > 2000000000 && tm.mon >= 0 && tm.mon < 12);
	tm_utc(INT64_MIN, &tm);
	ck_assert(tm.year < -2000000000 && tm.mon >= 0 && tm.mon < 12);
}
END_TEST

UNIT_SUITE("tm", CASE(each_day_of_eight_centuries), CASE(seeded_times_of_a_wide_range), CASE(fields_out_of_range_count_on),
    CASE(text_is_that_of_ctime), CASE(extreme_times_stay_in_range))
