/*
 * cmd/cal.c - cal [-s 1..7] [month] [year]: a calendar. The month is a number, or its
 * English name or the first three letters of it, in lower case; a lone number
 * larger than 12 is a year, of which all months are printed. This month or this
 * year is taken for what is missing. -s: weeks begin on that day, 1 is Monday;
 * without it, on Sunday. Dates are those of Britain: 1752 lost eleven days.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-s 1..7] [month] [year]";
enum { ROWS = 6, COLUMN = 23, ROWSIZE = 3 * COLUMN + 8 };
enum { REFORM_YEAR = 1752, REFORM_MONTH = 8, REFORM_DAY = 2, REFORM_LOST = 11 };

static const char *const months[] = {
	"January", "February", "March", "April", "May", "June", "July", "August",
	"September", "October", "November", "December",
};
static int first_day; /* of a week; 0 is Sunday */
static Biobuf *out;

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year <= REFORM_YEAR || year % 100 != 0 || year % 400 == 0);
}

static int
month_days(int m, int year)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[m] + (m == 1 && is_leap(year));
}

/* The day of the week of 1 January. */
static int
new_year(int year)
{
	int past = year - 1, d = past + past / 4 + 6; /* Julian: 1-1-1 was a Saturday */

	if (year > REFORM_YEAR)
		d -= REFORM_LOST + (past / 100 - 17) - (past / 400 - 4);
	return d % 7;
}

static int
month_start(int m, int year)
{
	int d = new_year(year);

	for (int i = 0; i < m; i++)
		d += month_days(i, year);
	if (year == REFORM_YEAR && m > REFORM_MONTH)
		d -= REFORM_LOST;
	return (d % 7 + 7) % 7;
}

/* Writes the weeks of a month into rows of text, from column `at`. */
static void
month_fill(char rows[ROWS][ROWSIZE], int at, int m, int year)
{
	int day = (month_start(m, year) - first_day + 7) % 7, row = 0;

	for (int d = 1; d <= month_days(m, year); d++) {
		char *p = rows[row] + at + 3 * day;

		p[0] = d < 10 ? ' ' : (char)('0' + d / 10);
		p[1] = (char)('0' + d % 10);
		if (year == REFORM_YEAR && m == REFORM_MONTH && d == REFORM_DAY)
			d += REFORM_LOST;
		if (++day == 7) {
			day = 0;
			row++;
		}
	}
}

static void
rows_print(char rows[ROWS][ROWSIZE])
{
	for (int i = 0; i < ROWS; i++) {
		int n = ROWSIZE;

		while (n > 0 && rows[i][n - 1] == ' ')
			n--;
		Bprint(out, "%.*s\n", n, rows[i]);
	}
}

static void
week_print(const char *end)
{
	static const char days[] = " S  M Tu  W Th  F  S ";

	for (int i = 0; i < 7; i++)
		Bprint(out, "%.2s%s", days + 3 * ((first_day + i) % 7), i < 6 ? " " : end);
}

static void
month_print(int m, int year)
{
	char rows[ROWS][ROWSIZE];

	memset(rows, ' ', sizeof rows);
	Bprint(out, "   %s %d\n", months[m], year);
	week_print("\n");
	month_fill(rows, 0, m, year);
	rows_print(rows);
}

static void
year_print(int year)
{
	char rows[ROWS][ROWSIZE];

	Bprint(out, "\n\n\n%32s%d\n\n", "", year);
	for (int m = 0; m < 12; m += 3) {
		memset(rows, ' ', sizeof rows);
		Bprint(out, "%9s%.3s%20s%.3s%20s%.3s\n", "", months[m], "", months[m + 1], "", months[m + 2]);
		for (int i = 0; i < 3; i++) {
			week_print(i < 2 ? "   " : "\n");
			month_fill(rows, i * COLUMN, m + i, year);
		}
		rows_print(rows);
	}
	Bprint(out, "\n\n\n");
}

/* A month, from 0; -1: it is none. */
static int
month_number(const char *s)
{
	size_t n = strlen(s);
	char *end;
	long v = strtol(s, &end, 10);

	if (n > 0 && *end == '\0')
		return v >= 1 && v <= 12 ? (int)v - 1 : -1;
	for (int m = 0; m < 12; m++) {
		const char *name = months[m];

		if (*s == tolower((unsigned char)*name) && (n == 3 || n == strlen(name)) && memcmp(s + 1, name + 1, n - 1) == 0)
			return m;
	}
	return -1;
}

int
main(int argc, char **argv)
{
	int64_t year;
	int month = -1;
	Tm now;

	ARGBEGIN {
	case 's':
		first_day = (int)cmd_number(EARGF(cmd_usage(usage)), usage);
		if (first_day < 1 || first_day > 7)
			cmd_usage(usage);
		first_day %= 7;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc > 2)
		cmd_usage(usage);
	tm_utc(time_now(), &now);
	year = argc == 2 ? cmd_number(argv[1], usage) : now.year + 1900;
	if (argc == 0)
		month = now.mon;
	else if ((month = month_number(argv[0])) < 0 && argc == 1)
		year = cmd_number(argv[0], usage);
	else if (month < 0)
		sysfatal("%s: no such month: want 1 to 12 or a name such as sep", argv[0]);
	if (year < 1 || year > 9999)
		sysfatal("the year must be from 1 to 9999");
	out = cmd_out();
	if (month >= 0)
		month_print(month, (int)year);
	else
		year_print((int)year);
	cmd_end(out);
}
