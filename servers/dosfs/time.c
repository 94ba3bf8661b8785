/*
 * servers/dosfs/time.c - FAT's dates and times; the volume's local time is UTC.
 * LIMITS  1980-01-01 to 2107-12-31, in steps of two seconds; what lies outside
 *         becomes the nearest of these.
 */
#include "servers/dosfs/dosfs_impl.h"

enum { FIRST_YEAR = 80, LAST_YEAR = 207 }; /* - 1900, as in Tm */

int64_t
dostime_unix(uint32_t date, uint32_t time)
{
	Tm tm;

	memset(&tm, 0, sizeof tm);
	tm.year = (int)(date >> 9 & 127) + FIRST_YEAR;
	tm.mon = (int)(date >> 5 & 15) - 1;
	tm.mday = (int)(date & 31);
	tm.hour = (int)(time >> 11 & 31);
	tm.min = (int)(time >> 5 & 63);
	tm.sec = (int)(time & 31) * 2;
	if (tm.mon < 0 || tm.mon > 11 || tm.mday < 1)
		return 0; /* many programs leave the field empty */
	if (tm.hour > 23 || tm.min > 59 || tm.sec > 59)
		tm.hour = tm.min = tm.sec = 0;
	return tm_sec(&tm);
}

void
dostime_dos(int64_t sec, uint32_t *date, uint32_t *time)
{
	Tm tm;

	tm_utc(sec, &tm);
	if (tm.year < FIRST_YEAR) {
		*date = 1 << 5 | 1;
		*time = 0;
		return;
	}
	if (tm.year > LAST_YEAR) {
		*date = 127u << 9 | 12u << 5 | 31u;
		*time = 23u << 11 | 59u << 5 | 29u;
		return;
	}
	*date = (uint32_t)(tm.year - FIRST_YEAR) << 9 | (uint32_t)(tm.mon + 1) << 5 | (uint32_t)tm.mday;
	*time = (uint32_t)tm.hour << 11 | (uint32_t)tm.min << 5 | (uint32_t)tm.sec / 2;
}
