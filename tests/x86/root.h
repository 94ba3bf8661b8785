/*
 * root.h - what the suite's helpers (tests/l4/help.c) want of a root task that is not the
 * suite: lines on the serial port, an end when something fails. One file includes it.
 */
#ifndef TESTS_X86_ROOT_H
#define TESTS_X86_ROOT_H
#include "tests/l4/l4test.h"

void
say(const char *fmt, ...)
{
	char line[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	plat_debug_puts(line);
}

void
check(bool ok, const char *file, int line, const char *text)
{
	if (ok)
		return;
	say("not ok: %s:%d: %s\n", file, line, text);
	power_off(1);
}

#endif
