/*
 * rtc.c - the real-time clock, which keeps UTC. A clock that can't be read, or shows
 * no date, gives 0: 1970.
 * LOCKS   none: CORE reads it once, at its start
 * SEE     MC146818 data sheet; tests/unit/pc_rtc.c
 */
#include "target-x86/drv/io.h"

enum {
	RTC_INDEX = 0x70, RTC_DATA = 0x71,
	SECOND = 0, MINUTE = 2, HOUR = 4, DAY = 7, MONTH = 8, YEAR = 9, STATUS_A = 10, STATUS_B = 11,
	CENTURY = 0x32, UPDATING = 0x80, BINARY = 4, HOUR24 = 2, PM = 0x80, NREG = 8, TRIES = 2000,
};
static const uint8_t regs[NREG] = { SECOND, MINUTE, HOUR, DAY, MONTH, YEAR, CENTURY, STATUS_B };

static uint8_t
cmos(uint8_t reg)
{
	io_out8(RTC_INDEX, reg);
	return io_in8(RTC_DATA);
}

/* Two equal readings outside an update: none of them fell into one, and in neither did
 * the kernel's clock interrupt choose another register between index and data. */
static bool
rtc_read(uint8_t v[NREG])
{
	uint8_t again[NREG];

	for (int try = 0; try < TRIES; try++) {
		if (cmos(STATUS_A) & UPDATING) {
			io_sleep(100);
			continue;
		}
		for (size_t i = 0; i < NREG; i++)
			v[i] = cmos(regs[i]);
		for (size_t i = 0; i < NREG; i++)
			again[i] = cmos(regs[i]);
		if (memcmp(v, again, NREG) == 0 && !(cmos(STATUS_A) & UPDATING))
			return true;
	}
	return false;
}

static unsigned
number(uint8_t v, bool binary)
{
	return binary ? v : (v >> 4) * 10u + (v & 15);
}

/* Days from 1970-01-01; m 1 to 12. */
static int64_t
day_of(unsigned y, unsigned m, unsigned d)
{
	unsigned from_march = (m + 9) % 12, yy = m <= 2 ? y - 1 : y;

	return (int64_t)365 * yy + yy / 4 - yy / 100 + yy / 400 + (153 * from_march + 2) / 5 + d - 1 - 719468;
}

int64_t
plat_rtc_ns(void)
{
	uint8_t v[NREG], b;
	unsigned s, min, h, d, m, y, century;
	bool binary, pm;

	if (!rtc_read(v))
		return 0;
	b = v[7];
	binary = b & BINARY;
	pm = !(b & HOUR24) && v[2] & PM;
	s = number(v[0], binary);
	min = number(v[1], binary);
	h = number(b & HOUR24 ? v[2] : (uint8_t)(v[2] & ~PM), binary);
	if (!(b & HOUR24))
		h = h % 12 + (pm ? 12 : 0);
	d = number(v[3], binary);
	m = number(v[4], binary);
	y = number(v[5], binary);
	century = number(v[6], binary);
	y += century >= 19 && century <= 21 ? century * 100 : 2000;
	if (s > 59 || min > 59 || h > 23 || d < 1 || d > 31 || m < 1 || m > 12 || y < 1970)
		return 0;
	return (((day_of(y, m, d) * 24 + h) * 60 + min) * 60 + s) * INT64_C(1000000000);
}
