/*
 * servants/cons_debug.c - commands of the debug shell (^P on the console, and
 * #c/hvm): CORE's own first, the others are HVM's. "help" asks both.
 * LOCKS   none
 */
#include "hvm/hvm.h"
#include "servants/cons_impl.h"

enum { DEBUG_SIZE = 64 * 1024 };

/* CORE's part of help; the rows of core/debug.c. */
static const char core_help[] =
    "handles         object handles: file, references, flags, path\n"
    "procs           processes and their spaces\n"
    "mounts          every process's name space\n"
    "clerks          CORE's threads and what they do\n"
    "cache           file data kept of mounts with -C\n"
    "trace   [LIST]  classes to trace, such as 9p,syscall; none: off\n";

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
	int rc;

	if (out == NULL)
		return seterr(Enomem, NULL);
	if (strcmp(line, "help") == 0)
		n = (size_t)(seprint(out, out + DEBUG_SIZE, "%s", core_help) - out);
	rc = n > 0 ? -Ebadctl : core_debug(line, out, DEBUG_SIZE - 1);
	if (rc == -Ebadctl)
		rc = hvm_debug(line, out + n, DEBUG_SIZE - 1 - n);
	if (rc >= 0)
		n += length(rc, DEBUG_SIZE - 1 - n);
	else
		n = (size_t)(seprint(out, out + DEBUG_SIZE, "%s\n", err_reason()) - out);
	out[n] = '\0';
	*text = out;
	return (int64_t)n;
}
