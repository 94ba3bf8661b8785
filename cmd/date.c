/*
 * cmd/date.c - date [-intu] [-f format] [seconds]: the date, GMT (there is no other zone), of
 * now or of so many seconds since 1970.
 *   -n  in seconds since 1970    -i  as 2026-11-21    -t  as 2026-11-21T19:00:00Z
 *   -f  by a format of tmdate(2): YYYY YY, M MM MMM MMMM, D DD, W WW WWW, h hh, m mm, s ss,
 *       a A (am, pm: then h is of 12), o (st, nd, rd, th), Z ZZ ZZZ; [text] as it stands, _
 *       before a field fills it up with a blank; all else as it stands
 */
#include "lib9/cmd.h"

static const char usage[] = "[-intu] [-f format] [seconds]";
static const char *const months[] = {
	"January", "February", "March", "April", "May", "June", "July", "August",
	"September", "October", "November", "December",
};
static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };

static const char *
suffix_of(int day)
{
	static const char *const suffixes[] = { "th", "st", "nd", "rd" };

	return suffixes[day % 10 < 4 && day / 10 != 1 ? day % 10 : 0];
}

/* One field: n times the letter c. false: it is none. */
static bool
field_text(char *to, size_t size, char c, int n, const Tm *tm, bool half)
{
	int hour = !half ? tm->hour : tm->hour % 12 == 0 ? 12 : tm->hour % 12;
	int number = c == 'D' ? tm->mday : c == 'h' ? hour : c == 'm' ? tm->min : c == 's' ? tm->sec : c == 'M' ? tm->mon + 1 : tm->wday;

	if (c == 'Y' && n == 2)
		snprintf(to, size, "%.2d", tm->year % 100);
	else if (c == 'Y')
		snprintf(to, size, "%d", tm->year + 1900);
	else if (c == 'M' && n > 2)
		snprintf(to, size, n == 3 ? "%.3s" : "%s", months[tm->mon]);
	else if (c == 'W' && n > 1)
		snprintf(to, size, n == 2 ? "%.3s" : "%s", days[tm->wday]);
	else if (strchr("DhmsMW", c) != NULL)
		snprintf(to, size, n == 1 ? "%d" : "%.2d", number);
	else if (c == 'a' || c == 'A')
		snprintf(to, size, "%s", tm->hour < 12 ? (c == 'a' ? "am" : "AM") : c == 'a' ? "pm" : "PM");
	else if (c == 'o')
		snprintf(to, size, "%s", suffix_of(tm->mday));
	else if (c == 'Z')
		snprintf(to, size, "%s", n == 1 ? "+0000" : n == 2 ? "+00:00" : "GMT");
	else
		return false;
	return true;
}

/* Is there an am or pm in it? */
static bool
is_half(const char *f)
{
	for (; *f != '\0'; f++) {
		if (*f == 'a' || *f == 'A')
			return true;
		if (*f == '[')
			f += strcspn(f, "]") - (f[strcspn(f, "]")] == '\0');
	}
	return false;
}

static void
format_out(Biobuf *out, const char *f, const Tm *tm)
{
	bool half = is_half(f);
	char text[64];
	int pad = 0, n;

	for (; *f != '\0'; f += n) {
		n = (int)strspn(f, (char[]){ *f, '\0' });
		if (*f == '_') {
			pad = n;
		} else if (*f == '[') {
			n = (int)strcspn(f, "]");
			Bprint(out, "%.*s", n - 1, f + 1);
			n += f[n] == ']';
		} else if (field_text(text, sizeof text, *f, n, tm, half)) {
			Bprint(out, "%*s", pad > 0 ? pad + n : 0, text);
			pad = 0;
		} else {
			Bprint(out, "%.*s", n, f);
		}
	}
	Bputc(out, '\n');
}

int
main(int argc, char **argv)
{
	const char *format = "WW MMM _D hh:mm:ss ZZZ YYYY";
	bool number = false;
	Biobuf *out;
	int64_t now;
	Tm tm;

	ARGBEGIN {
	case 'f':
		format = EARGF(cmd_usage(usage));
		break;
	case 'i':
		format = "YYYY-MM-DD";
		break;
	case 'n':
		number = true;
		break;
	case 't':
		format = "YYYY-MM-DD[T]hh:mm:ss[Z]";
		break;
	case 'u':
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc > 1)
		cmd_usage(usage);
	now = argc == 1 ? cmd_number(*argv, usage) : time_now();
	out = cmd_out();
	tm_utc(now, &tm);
	if (number)
		Bprint(out, "%lld\n", (long long)now);
	else
		format_out(out, format, &tm);
	cmd_end(out);
}
