/*
 * tm.c - calendar time, UTC (called GMT, as Plan 9 does), in the proleptic
 * Gregorian calendar. A year is taken from 1 March here, so that the day that
 * comes and goes is its last.
 * LIMITS  years that do not fit an int are cut to the nearest that does.
 * SEE     ctime(2); tests/unit/tm.c
 */
#include "lib9/lib9.h"

enum { DAY = 86400, DAYS_400Y = 146097, DAYS_TO_1970 = 719468 /* since 0000-03-01 */ };

/* Days before month m (0: March) of such a year. */
static int
days_before(int m)
{
	return (153 * m + 2) / 5;
}

static bool
leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

void
tm_utc(int64_t sec, Tm *tm)
{
	const int64_t limit = (int64_t)INT_MAX * 365 * DAY;
	int64_t days, era, year;
	int left, day, m, yoe;

	if (sec > limit)
		sec = limit;
	if (sec < -limit)
		sec = -limit;
	days = floor_div(sec, DAY);
	left = (int)(sec - days * DAY);
	tm->hour = left / 3600;
	tm->min = left / 60 % 60;
	tm->sec = left % 60;
	tm->wday = (int)((days % 7 + 11) % 7); /* day 0 was a Thursday */
	days += DAYS_TO_1970;
	era = floor_div(days, DAYS_400Y);
	day = (int)(days - era * DAYS_400Y);
	yoe = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * yoe + yoe / 4 - yoe / 100;
	m = (5 * day + 2) / 153;
	tm->mday = day - days_before(m) + 1;
	tm->mon = (m + 2) % 12;
	year = era * 400 + yoe + (tm->mon < 2);
	tm->year = (int)(year - 1900);
	tm->yday = tm->mon < 2 ? day - 306 : day + 59 + leap(year);
	memcpy(tm->zone, "GMT", 4);
}

/* Fields may be out of their ranges (day 0, month 13): they count on. */
int64_t
tm_sec(const Tm *tm)
{
	int64_t mon = tm->mon - 2, year = (int64_t)tm->year + 1900, days;

	year += floor_div(mon, 12);
	mon -= floor_div(mon, 12) * 12;
	days = 365 * year + floor_div(year, 4) - floor_div(year, 100) + floor_div(year, 400);
	days += days_before((int)mon) + (int64_t)tm->mday - 1 - DAYS_TO_1970;
	return days * DAY + (int64_t)tm->hour * 3600 + (int64_t)tm->min * 60 + tm->sec;
}

char *
tm_text(const Tm *tm, char buf[32])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	seprint(buf, buf + 32, "%.3s %.3s %2d %.2d:%.2d:%.2d %.3s %d", &days[3 * (unsigned)tm->wday % 21],
	    &months[3 * (unsigned)tm->mon % 36], tm->mday, tm->hour, tm->min, tm->sec, tm->zone, tm->year + 1900);
	return buf;
}
