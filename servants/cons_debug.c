/*
 * servants/cons_debug.c - commands of the debug shell (^P on the console, and
 * #c/hvm): CORE's own first, the others are HVM's. "help" asks both.
 * LOCKS   none
 */
#include "hvm/hvm.h"
#include "servants/cons_impl.h"

enum { DEBUG_SIZE = 64 * 1024 };

/* Keeps the length that was returned inside the buffer. */
static size_t
length(int rc, size_t room)
{
	return (size_t)rc < room ? (size_t)rc : room;
}

int64_t
debug_run(const char *line, char **text)
{
	char *out = malloc(DEBUG_SIZE);
	size_t n = 0;
	bool both = strcmp(line, "help") == 0;
	int rc, hvm;

	if (out == NULL)
		return seterr(Enomem, NULL);
	rc = core_debug(line, out, DEBUG_SIZE - 1);
	if (rc >= 0)
		n = length(rc, DEBUG_SIZE - 1);
	if (rc == -Ebadctl || both) {
		hvm = hvm_debug(line, out + n, DEBUG_SIZE - 1 - n);
		if (hvm >= 0)
			n += length(hvm, DEBUG_SIZE - 1 - n);
		if (rc < 0)
			rc = hvm;
	}
	if (rc < 0)
		n = (size_t)(seprint(out, out + DEBUG_SIZE, "%s\n", err_reason()) - out);
	out[n] = '\0';
	*text = out;
	return (int64_t)n;
}
