/*
 * tests/unit/pc_rtc.c - the CMOS clock.
 * Goal: BCD and binary, 12 and 24 hours give the right second; a reading that falls
 * into an update is not taken; nonsense gives 0, and no clock can hold us up.
 */
#include <time.h>
#include "target-x86/drv/rtc.c"
#include "tests/unit.h"

static uint8_t ram[128], reg;
static int updating;              /* this many more readings of A say so */
static void (*on_read)(void);

void
io_out8(uint16_t port, uint8_t v)
{
	ck_assert_uint_eq(port, 0x70);
	reg = v;
}

uint8_t
io_in8(uint16_t port)
{
	ck_assert_uint_eq(port, 0x71);
	ck_assert_uint_lt(reg, sizeof ram);
	if (reg == STATUS_A)
		return updating != 0 && updating-- > 0 ? UPDATING : 0;
	if (on_read != NULL)
		on_read();
	return ram[reg];
}

void
io_sleep(uint32_t us)
{
	USED(us);
}

static uint8_t
bcd(int v)
{
	return (uint8_t)(v / 10 << 4 | v % 10);
}

static void
set(int64_t t, bool binary, bool hour24)
{
	time_t tt = (time_t)t;
	struct tm tm;
	int h;

	gmtime_r(&tt, &tm);
	h = hour24 ? tm.tm_hour : tm.tm_hour % 12 == 0 ? 12 : tm.tm_hour % 12;
#define PUT(r, v) ram[r] = binary ? (uint8_t)(v) : bcd(v)
	PUT(SECOND, tm.tm_sec);
	PUT(MINUTE, tm.tm_min);
	PUT(HOUR, h);
	if (!hour24 && tm.tm_hour >= 12)
		ram[HOUR] |= PM;
	PUT(DAY, tm.tm_mday);
	PUT(MONTH, tm.tm_mon + 1);
	PUT(YEAR, tm.tm_year % 100);
	PUT(CENTURY, 19 + tm.tm_year / 100);
	ram[STATUS_B] = (uint8_t)((binary ? BINARY : 0) | (hour24 ? HOUR24 : 0));
}

START_TEST(every_form_gives_the_second)
{
	static const int64_t t[] = { 0, 951782399, 951782400, 951868800, 1709164800, 1709251199,
		1795266000, 2147483648, 4102444799 };

	for (size_t i = 0; i < nelem(t); i++)
		for (int h = 0; h < 24; h++) {
			set(t[i] + h * 3600, _i & 1, _i & 2);
			ck_assert_int_eq(plat_rtc_ns(), (t[i] + h * 3600) * 1000000000);
		}
}
END_TEST
static const int forms[4];

static int left;
static void
tick(void)
{
	if (--left == 0) /* a minute ends between two readings */
		set(1795266060, false, true);
}

START_TEST(update_is_not_mixed_in)
{
	for (int k = 1; k < 15; k++) {
		int64_t s;

		set(1795266059, false, true);
		left = k;
		on_read = tick;
		updating = k % 3;
		s = plat_rtc_ns() / 1000000000;
		ck_assert(s == 1795266059 || s == 1795266060);
	}
}
END_TEST

static void
kernel_reads_c(void)
{
	if (--left == 0) /* its clock interrupt, between index and data */
		reg = 12;
}

START_TEST(another_reader_is_not_mixed_in)
{
	for (int k = 1; k <= 2 * NREG + 1; k++) {
		set(1795285042, false, true);
		ram[12] = 0;
		left = k;
		on_read = kernel_reads_c;
		ck_assert_int_eq(plat_rtc_ns() / 1000000000, 1795285042);
	}
}
END_TEST

START_TEST(nonsense_is_no_time)
{
	set(1795266059, false, true);
	ram[MONTH] = 0x13;
	ck_assert_int_eq(plat_rtc_ns(), 0);
	memset(ram, 0xFF, sizeof ram);
	ck_assert_int_eq(plat_rtc_ns(), 0);
	memset(ram, 0, sizeof ram);
	ck_assert_int_eq(plat_rtc_ns(), 0);
	updating = -1; /* for ever */
	ck_assert_int_eq(plat_rtc_ns(), 0);
}
END_TEST

UNIT_SUITE("pc_rtc", LOOP(every_form_gives_the_second, forms), CASE(update_is_not_mixed_in), CASE(another_reader_is_not_mixed_in),
    CASE(nonsense_is_no_time))
