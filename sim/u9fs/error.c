/*
 * sim/u9fs/error.c - errors of Linux as errors of Plan 9.
 * SEE     lib9/errors.def; tests/unit/u9fs.c
 */
#include <errno.h>
#include "sim/u9fs/u9fs.h"

static const struct {
	int host, code;
} table[] = {
	{ ENOENT, Enonexist }, { ESTALE, Enonexist }, { ELOOP, Enonexist },
	{ EACCES, Eperm }, { EPERM, Eperm }, { EROFS, Ereadonly },
	{ EEXIST, Eexist }, { ENOTDIR, Enotdir }, { EISDIR, Eisdir }, { ENOTEMPTY, Enotempty },
	{ ENOSPC, Enospc }, { EDQUOT, Enospc }, { EFBIG, Etoobig }, { EOVERFLOW, Etoobig },
	{ EMFILE, Enofd }, { ENFILE, Enofd }, { ENOMEM, Enomem }, { ENOBUFS, Enomem },
	{ EBUSY, Einuse }, { ETXTBSY, Einuse }, { EINVAL, Ebadarg }, { EIO, Eio },
	{ EINTR, Eintr }, { ETIMEDOUT, Etimedout }, { EUCLEAN, Ecorrupt }, { EMLINK, Etoobig },
	{ ENAMETOOLONG, Ebadname }, { EILSEQ, Ebadchar },
};

int
host_error(int err, const char *what)
{
	const char *sep = what != NULL ? ": " : "";

	if (what == NULL)
		what = "";
	if (err == EXDEV) /* openat2's, for RESOLVE_BENEATH */
		return seterr(Eperm, "%s%sleads out of the shared directory", what, sep);
	if (err == ENAMETOOLONG)
		return seterr(Ebadname, "%s%stoo long", what, sep);
	for (size_t i = 0; i < nelem(table); i++)
		if (table[i].host == err)
			return *what != '\0' ? seterr(table[i].code, "%s", what) : seterr(table[i].code, NULL);
	return seterr(Eio, "%s%s%s", what, sep, strerror(err));
}
