/*
 * cmd/sleep.c - sleep seconds: waits; a fraction ("0.5") is taken.
 */
#include "lib9/cmd.h"

/* Milliseconds; the digits behind the third of a fraction are dropped. */
static int64_t
milliseconds(const char *s)
{
	int64_t ms = 0, unit = 100;
	const char *p = s;

	for (; isdigit((unsigned char)*p) && ms < INT32_MAX; p++)
		ms = ms * 10 + *p - '0';
	ms *= 1000;
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p); p++, unit /= 10)
			ms += (*p - '0') * unit;
	if (*p != '\0' || p == s || (p == s + 1 && *s == '.'))
		cmd_usage("seconds");
	return ms;
}

int
main(int argc, char **argv)
{
	int64_t left;

	ARGBEGIN {
	default:
		cmd_usage("seconds");
	} ARGEND
	if (argc != 1)
		cmd_usage("seconds");
	for (left = milliseconds(*argv); left > 0; left -= INT32_MAX)
		if (sleep(left > INT32_MAX ? INT32_MAX : left) < 0)
			sysfatal("%r");
	exits(NULL);
}
