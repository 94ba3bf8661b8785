/*
 * cmd/date.c - date [-un] [seconds]: the date, GMT; -n: seconds since 1970.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-un] [seconds]";

int
main(int argc, char **argv)
{
	bool number = false;
	char text[32];
	int64_t now;
	Tm tm;

	ARGBEGIN {
	case 'u': /* there is no other zone */
		break;
	case 'n':
		number = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc > 1)
		cmd_usage(usage);
	now = argc == 1 ? cmd_number(*argv, usage) : time_now();
	if (number) {
		print("%lld\n", (long long)now);
	} else {
		tm_utc(now, &tm);
		print("%s\n", tm_text(&tm, text));
	}
	exits(NULL);
}
