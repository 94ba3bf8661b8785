/*
 * servers/dosfs/name.c - names: long ones (UTF-16 on the disk, UTF-8 here) and
 * the short alias of 8 + 3 bytes that every file has beside.
 * ERRORS  Ebadname empty, too long, ends in a dot or a space; Ebadchar
 * LIMITS  short names are read as code page 850; new ones are ASCII
 */
#include "servers/dosfs/dosfs_impl.h"

enum { LOWER_BASE = 8, LOWER_EXT = 16, BASE_LEN = 8, ALIAS_LEN = 11, KANJI_E5 = 5 };

static const uint16_t page850[128] = {
	0x00C7, 0x00FC, 0x00E9, 0x00E2, 0x00E4, 0x00E0, 0x00E5, 0x00E7,
	0x00EA, 0x00EB, 0x00E8, 0x00EF, 0x00EE, 0x00EC, 0x00C4, 0x00C5,
	0x00C9, 0x00E6, 0x00C6, 0x00F4, 0x00F6, 0x00F2, 0x00FB, 0x00F9,
	0x00FF, 0x00D6, 0x00DC, 0x00F8, 0x00A3, 0x00D8, 0x00D7, 0x0192,
	0x00E1, 0x00ED, 0x00F3, 0x00FA, 0x00F1, 0x00D1, 0x00AA, 0x00BA,
	0x00BF, 0x00AE, 0x00AC, 0x00BD, 0x00BC, 0x00A1, 0x00AB, 0x00BB,
	0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x00C1, 0x00C2, 0x00C0,
	0x00A9, 0x2563, 0x2551, 0x2557, 0x255D, 0x00A2, 0x00A5, 0x2510,
	0x2514, 0x2534, 0x252C, 0x251C, 0x2500, 0x253C, 0x00E3, 0x00C3,
	0x255A, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256C, 0x00A4,
	0x00F0, 0x00D0, 0x00CA, 0x00CB, 0x00C8, 0x0131, 0x00CD, 0x00CE,
	0x00CF, 0x2518, 0x250C, 0x2588, 0x2584, 0x00A6, 0x00CC, 0x2580,
	0x00D3, 0x00DF, 0x00D4, 0x00D2, 0x00F5, 0x00D5, 0x00B5, 0x00FE,
	0x00DE, 0x00DA, 0x00DB, 0x00D9, 0x00FD, 0x00DD, 0x00AF, 0x00B4,
	0x00AD, 0x00B1, 0x2017, 0x00BE, 0x00B6, 0x00A7, 0x00F7, 0x00B8,
	0x00B0, 0x00A8, 0x00B7, 0x00B9, 0x00B3, 0x00B2, 0x25A0, 0x00A0,
};

static int
unit_add(Longname *out, uint32_t unit)
{
	if (out->n == LONG_UNITS)
		return seterr(Ebadname, "more than %d characters", LONG_UNITS);
	out->unit[out->n++] = (uint16_t)unit;
	return 0;
}

static int
rune_add(Longname *out, Rune r)
{
	int rc;

	if (r < 0x20 || r == 0x7F || (r < 0x80 && strchr("\"*/:<>?\\|", (int)r)))
		return seterr(Ebadchar, "FAT has no character 0x%x", (unsigned)r);
	if (r < 0x10000)
		return unit_add(out, r);
	if ((rc = unit_add(out, 0xD800 | (r - 0x10000) >> 10)) < 0)
		return rc;
	return unit_add(out, 0xDC00 | (r & 0x3FF));
}

int
dosname_parse(Str name, Longname *out)
{
	out->n = 0;
	if (name.n == 0 || str_eq(name, ".") || str_eq(name, ".."))
		return seterr(Ebadname, NULL);
	if (!utf8_valid(name))
		return seterr(Ebadchar, "not UTF-8");
	for (size_t i = 0; i < name.n;) {
		char one[UTFmax + 1] = "";
		Rune r;
		int rc;

		memcpy(one, name.s + i, name.n - i < UTFmax ? name.n - i : UTFmax);
		i += (size_t)chartorune(&r, one);
		if ((rc = rune_add(out, r)) < 0)
			return rc;
	}
	if (name.s[name.n - 1] == '.' || name.s[name.n - 1] == ' ')
		return seterr(Ebadname, "FAT names don't end in a dot or a space");
	return 0;
}

/* The rune at unit[*i], moving *i past it; Runeerror: half a pair. */
static Rune
rune_at(const uint16_t *unit, uint32_t n, uint32_t *i)
{
	Rune r = unit[(*i)++];

	if (r < 0xD800 || r > 0xDFFF)
		return r;
	if (r > 0xDBFF || *i == n || unit[*i] < 0xDC00 || unit[*i] > 0xDFFF)
		return Runeerror;
	return 0x10000 + ((r & 0x3FF) << 10 | (unit[(*i)++] & 0x3FF));
}

bool
dosname_text(const uint16_t *unit, uint32_t n, char *text)
{
	char *p = text;

	if (n == 0 || n > LONG_UNITS)
		return false;
	for (uint32_t i = 0; i < n;) {
		Rune r = rune_at(unit, n, &i);

		if (r < 0x20 || r == '/' || r == Runeerror)
			return false;
		p += runetochar(p, &r);
	}
	*p = '\0';
	return strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

/* raw[0 .. n) without the spaces at the end. A NUL ends it too: mtools writes
 * such names for some letters that take two bytes in UTF-8. */
static bool
part(const uint8_t *raw, size_t n, bool lower, char **p)
{
	const uint8_t *nul = memchr(raw, '\0', n);

	if (nul)
		n = (size_t)(nul - raw);
	while (n && raw[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < n; i++) {
		Rune r = raw[i] < 0x80 ? raw[i] : page850[raw[i] - 0x80];

		if (r < 0x20 || r == '/' || r == '.' || r == 0x7F)
			return false;
		if (lower)
			r = tolowerrune(r);
		*p += runetochar(*p, &r);
	}
	return true;
}

bool
dosname_alias(const uint8_t *raw, char *text)
{
	uint8_t name[ALIAS_LEN];
	char *p = text, *ext;

	memcpy(name, raw, sizeof name);
	if (name[0] == KANJI_E5)
		name[0] = 0xE5;
	if (name[0] == ' ' || !part(name, BASE_LEN, raw[DE_CASE] & LOWER_BASE, &p))
		return false;
	*p++ = '.';
	ext = p;
	if (!part(name + BASE_LEN, ALIAS_LEN - BASE_LEN, raw[DE_CASE] & LOWER_EXT, &p))
		return false;
	if (p == ext)
		p--;
	*p = '\0';
	return true;
}

bool
dosname_same(Str a, Str b)
{
	size_t i = 0, k = 0;

	while (i < a.n && k < b.n) {
		Rune x, y;

		if ((a.s[i] & 0x80) == 0 && (b.s[k] & 0x80) == 0) {
			x = (uint8_t)a.s[i++];
			y = (uint8_t)b.s[k++];
		} else {
			if (!fullrune(a.s + i, a.n - i) || !fullrune(b.s + k, b.n - k))
				return false;
			i += (size_t)chartorune(&x, a.s + i);
			k += (size_t)chartorune(&y, b.s + k);
		}
		if (x != y && toupperrune(x) != toupperrune(y))
			return false;
	}
	return i == a.n && k == b.n;
}

uint8_t
dosname_sum(const uint8_t *alias)
{
	uint8_t sum = 0;

	for (int i = 0; i < ALIAS_LEN; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + alias[i]);
	return sum;
}

/* One character of a short name; *lossy if it stands for another one. */
static uint8_t
alias_char(uint16_t unit, bool *lossy, bool *folded)
{
	if (unit >= 'a' && unit <= 'z') {
		*folded = true;
		return (uint8_t)(unit - 'a' + 'A');
	}
	if (unit < 0x80 && !strchr("+,;=[]", unit))
		return (uint8_t)unit;
	*lossy = true;
	return '_';
}

/*
 * dosname_basis makes the short name before any ~N: capitals, no spaces, the
 * last dot's extension. True if it says exactly what the long name says.
 */
bool
dosname_basis(const Longname *n, uint8_t *alias, bool *lossy)
{
	uint32_t i = 0, dot = n->n, nbase = 0, next = 0;
	bool folded = false;

	*lossy = false;
	memset(alias, ' ', ALIAS_LEN);
	while (i < n->n && n->unit[i] == '.')
		i++;
	*lossy = i > 0;
	for (uint32_t k = i; k < n->n; k++)
		if (n->unit[k] == '.')
			dot = k;
	for (; i < n->n; i++) {
		bool in_ext = i > dot;

		if (i == dot)
			continue;
		if (n->unit[i] == ' ' || n->unit[i] == '.' || (in_ext ? next == 3 : nbase == BASE_LEN)) {
			*lossy = true;
			continue;
		}
		alias[in_ext ? BASE_LEN + next++ : nbase++] = alias_char(n->unit[i], lossy, &folded);
	}
	if (nbase == 0) {
		alias[0] = '_';
		*lossy = true;
	}
	return !*lossy && !folded;
}

static uint32_t
base_len(const uint8_t *alias)
{
	uint32_t n = BASE_LEN;

	while (n && alias[n - 1] == ' ')
		n--;
	return n;
}

uint32_t
dosname_tail(const uint8_t *basis, const uint8_t *alias)
{
	uint32_t len = base_len(alias), p = len, number = 0, keep;

	if (memcmp(basis + BASE_LEN, alias + BASE_LEN, ALIAS_LEN - BASE_LEN) != 0)
		return 0;
	while (p && alias[p - 1] >= '0' && alias[p - 1] <= '9')
		p--;
	if (p == 0 || p == len || alias[p - 1] != '~' || alias[p] == '0')
		return 0;
	for (uint32_t i = p; i < len; i++)
		number = 10 * number + (uint32_t)(alias[i] - '0');
	keep = BASE_LEN - 1 - (len - p);
	if (keep > base_len(basis))
		keep = base_len(basis);
	return p - 1 == keep && memcmp(basis, alias, keep) == 0 ? number : 0;
}

void
dosname_set_tail(uint8_t *alias, const uint8_t *basis, uint32_t n)
{
	char tail[BASE_LEN];
	uint32_t len = (uint32_t)snprintf(tail, sizeof tail, "~%u", (unsigned)n), keep = base_len(basis);

	if (keep > BASE_LEN - len)
		keep = BASE_LEN - len;
	memset(alias, ' ', BASE_LEN);
	memcpy(alias, basis, keep);
	memcpy(alias + keep, tail, len);
	memcpy(alias + BASE_LEN, basis + BASE_LEN, ALIAS_LEN - BASE_LEN);
}
