/*
 * sim/u9fs/name.c - file names: bytes on the host, UTF-8 without control characters
 * in Plan 9.
 *
 * Any other byte is shown as the rune U+F700 + byte, in the private use area, and
 * comes back as that byte. So that nothing has two names, a host's name that really
 * has such a rune shows each of its bytes so, and a 9P name that no host name would be
 * shown as is refused.
 * SEE     tests/unit/u9fs.c
 */
#include "sim/u9fs/u9fs.h"

enum { SHIFT = 0xF700 };

/* Of the bytes that are runes, those that no name may have. */
static bool
is_control(Rune r)
{
	return r < ' ' || r == 0x7F;
}

static bool
is_shifted(Rune r)
{
	return r > SHIFT && r <= SHIFT + 0xFF && (r >= SHIFT + 0x80 || is_control(r - SHIFT));
}

void
name_to_9p(char out[NAME9_MAX + 1], const char *host)
{
	char *to = out;

	for (const char *p = host; *p != '\0' && p < host + HOSTNAME_MAX;) {
		Rune r = 0;
		int n = chartorune(&r, p);
		bool bad = r == Runeerror && n == 1;

		if (!bad && !is_shifted(r) && !is_control(r)) {
			memcpy(to, p, (size_t)n);
			to += n;
			p += n;
			continue;
		}
		for (; n > 0; n--, p++) {
			r = SHIFT + (unsigned char)*p;
			to += runetochar(to, &r);
		}
	}
	*to = '\0';
}

int
name_to_host(char out[HOSTNAME_MAX + 1], Str name)
{
	char again[NAME9_MAX + 1];
	size_t n = 0;

	if (name.n == 0 || str_eq(name, ".") || str_eq(name, ".."))
		return seterr(Ebadname, NULL);
	for (size_t at = 0; at < name.n;) {
		char one[UTFmax + 1] = "";
		Rune r = 0;
		int len;

		memcpy(one, name.s + at, name.n - at < UTFmax ? name.n - at : UTFmax);
		len = chartorune(&r, one);
		if (one[0] == '/' || one[0] == '\0' || (r == Runeerror && len == 1))
			return seterr(Ebadchar, NULL);
		if (is_shifted(r)) {
			one[0] = (char)(r - SHIFT);
			at += (size_t)len;
			len = 1;
		} else {
			at += (size_t)len;
		}
		if ((size_t)len > HOSTNAME_MAX - n)
			return seterr(Ebadname, "more than %d bytes", HOSTNAME_MAX);
		memcpy(out + n, one, (size_t)len);
		n += (size_t)len;
	}
	out[n] = '\0';
	name_to_9p(again, out);
	return str_eq(name, again) ? 0 : seterr(Ebadchar, NULL);
}
