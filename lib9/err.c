/*
 * err.c - errors: the table, and the reason that each thread keeps.
 * A reason is "what was tried: table text" and is at most ERRMAX-1 bytes; when
 * it is too long the first part is cut, so that the text which err_code() looks
 * for is whole.
 * SEE     errors.def; errstr(2); tests/unit/err.c
 */
#include "lib9/lib9.h"
#include "lib9/uthread.h"

static const char *const err_texts[] = {
	[Eok] = "no error",
#define X(code, text, host) [code] = text,
#include "lib9/errors.def"
#undef X
};
#define X(code, text, host)                                                    \
	_Static_assert(sizeof(text) <= 64, "error texts leave room for a reason");
#include "lib9/errors.def"
#undef X

const char *
err_text(int code)
{
	int c = code < 0 ? -code : code;

	if (c < 0 || c >= Elast)
		return "unknown error";
	return err_texts[c];
}

/* The number of bytes of s, at most max, that do not end inside a rune. */
static size_t
whole_runes(const char *s, size_t max)
{
	size_t n = strnlen(s, max + 1);

	if (n <= max)
		return n;
	for (n = max; n > 0 && ((unsigned char)s[n] & 0xC0) == 0x80; n--)
		;
	return n;
}

int
seterr(int code, const char *fmt, ...)
{
	Uthread *u = uthread_self();
	const char *text = err_text(code);
	char what[ERRMAX] = "";
	size_t n = 0, ntext = strlen(text);
	va_list ap;

	if (fmt != NULL) {
		va_start(ap, fmt); /* what was tried may print u->err: %r */
		vseprint(what, what + sizeof what, fmt, ap);
		va_end(ap);
		n = whole_runes(what, ERRMAX - 1 - ntext - 2);
		memcpy(u->err, what, n);
		memcpy(u->err + n, ": ", 2);
		n += 2;
	}
	memcpy(u->err + n, text, ntext + 1);
	u->errcode = code < 0 ? -code : code;
	return -u->errcode;
}

int
err_set(int code, const char *text)
{
	Uthread *u = uthread_self();
	size_t n = whole_runes(text, ERRMAX - 1);

	memmove(u->err, text, n);
	u->err[n] = '\0';
	u->errcode = code < 0 ? -code : code;
	return -u->errcode;
}

int
err_code(const char *text)
{
	size_t n = strlen(text);

	for (int c = Eok + 1; c < Elast; c++) {
		size_t k = strlen(err_texts[c]);

		if (k > n || memcmp(text + n - k, err_texts[c], k) != 0)
			continue;
		if (k == n || (n - k >= 2 && memcmp(text + n - k - 2, ": ", 2) == 0))
			return c;
	}
	return Eremote;
}

void
err_once(char *text)
{
	for (char *colon = text; (colon = strstr(colon, ": ")) != NULL; colon += 2) {
		char *again = colon + 2, *end = strstr(again, ": ");
		size_t n = end == NULL ? 0 : (size_t)(end - again);

		if (n == 0 || n > (size_t)(colon - text) || memcmp(colon - n, again, n) != 0)
			continue;
		if (colon - text != (ptrdiff_t)n && strchr(" /", colon[-(ptrdiff_t)n - 1]) == NULL)
			continue;
		memmove(again, end + 2, strlen(end + 2) + 1);
		if (colon - text != (ptrdiff_t)n)
			colon -= 2; /* "x: x: x: why"; but rm of a file rm says "rm: rm: why" */
	}
}

const char *
err_reason(void)
{
	return uthread_self()->err;
}
