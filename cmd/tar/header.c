/*
 * cmd/tar/header.c - headers: ustar (POSIX 1003.1), what GNU tar and those before it
 * write, and pax records for what doesn't fit.
 */
#include "cmd/tar/tar.h"

typedef struct Field Field;
struct Field {
	size_t at, size;
};
static const Field f_name = { 0, 100 }, f_mode = { 100, 8 }, f_uid = { 108, 8 }, f_gid = { 116, 8 },
	f_size = { 124, 12 }, f_mtime = { 136, 12 }, f_sum = { 148, 8 }, f_link = { 157, 100 }, f_magic = { 257, 8 },
	f_uname = { 265, 32 }, f_gname = { 297, 32 }, f_devmajor = { 329, 8 }, f_devminor = { 337, 8 },
	f_prefix = { 345, 155 };
enum { F_TYPE = 156, SPARSE_MORE = 482 };

void
entry_free(Entry *e)
{
	free(e->name);
	free(e->link);
	free(e->uid);
	free(e->gid);
	*e = (Entry){ 0 };
}

/* ---- reading ---- */

static char *
text_get(const uint8_t *block, Field f)
{
	const char *s = (const char *)block + f.at;
	size_t n = strnlen(s, f.size);
	char *copy = cmd_alloc(NULL, n + 1);

	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

/* Octal digits, or GNU's binary when the first bit is set. */
static bool
number_get(const uint8_t *block, Field f, uint64_t *v)
{
	const uint8_t *p = block + f.at, *end = p + f.size;

	*v = 0;
	if (*p & 0x80) {
		if (*p & 0x40)
			return false; /* negative */
		*v = *p++ & 0x3f;
		for (; p < end; p++) {
			if (*v >> 56 != 0)
				return false;
			*v = *v << 8 | *p;
		}
		return true;
	}
	while (p < end && *p == ' ')
		p++;
	for (; p < end && *p >= '0' && *p <= '7'; p++) {
		if (*v >> 61 != 0)
			return false;
		*v = *v << 3 | (uint64_t)(*p - '0');
	}
	return p == end || *p == ' ' || *p == '\0';
}

/* The sum of all bytes, its own field as blanks; old programs took signed ones. */
static bool
sum_good(const uint8_t *block)
{
	int64_t plain = 0, with_sign = 0;
	uint64_t sum;

	for (size_t i = 0; i < BLOCK; i++) {
		uint8_t c = i >= f_sum.at && i < f_sum.at + f_sum.size ? ' ' : block[i];

		plain += c;
		with_sign += (int8_t)c;
	}
	return number_get(block, f_sum, &sum) && ((int64_t)sum == plain || (int64_t)sum == with_sign);
}

static bool
is_zero(const uint8_t *block)
{
	for (size_t i = 0; i < BLOCK; i++)
		if (block[i] != 0)
			return false;
	return true;
}

static char *
name_get(const uint8_t *block)
{
	char *name = text_get(block, f_name), *prefix, *whole;

	if (memcmp(block + f_magic.at, "ustar\0", 6) != 0 || block[f_prefix.at] == '\0')
		return name;
	prefix = text_get(block, f_prefix);
	whole = cmd_join(prefix, name);
	free(prefix);
	free(name);
	return whole;
}

enum HeaderKind
header_get(const uint8_t *block, Entry *e)
{
	uint64_t uid, gid, mode, size, mtime;
	bool named = memcmp(block + f_magic.at, "ustar", 5) == 0;

	if (is_zero(block))
		return HEADER_ZERO;
	if (!sum_good(block)) {
		(void)err_set(Ebadmsg, "bad checksum");
		return HEADER_BAD;
	}
	if (!number_get(block, f_size, &size) || size > INT64_MAX - RECORD || !number_get(block, f_mode, &mode)) {
		(void)err_set(Ebadmsg, "bad number");
		return HEADER_BAD;
	}
	if (!number_get(block, f_mtime, &mtime))
		mtime = 0; /* before 1970 */
	if (!number_get(block, f_uid, &uid))
		uid = 0;
	if (!number_get(block, f_gid, &gid))
		gid = 0;
	*e = (Entry){ .name = name_get(block), .link = text_get(block, f_link), .size = size, .mtime = mtime,
		.mode = mode & 0777, .uid_number = (uint32_t)uid, .gid_number = (uint32_t)gid, .type = (char)block[F_TYPE] };
	e->uid = named ? text_get(block, f_uname) : cmd_strdup("");
	e->gid = named ? text_get(block, f_gname) : cmd_strdup("");
	if (e->type == '\0' || e->type == '7')
		e->type = '0';
	e->sparse_more = e->type == 'S' && block[SPARSE_MORE] != 0;
	return HEADER_OK;
}

static bool
record_take(const char *key, size_t nkey, const char *value, size_t nvalue, Entry *e)
{
	char *copy = cmd_alloc(NULL, nvalue + 1), *end = copy, **text = NULL;
	bool good = true;

	memcpy(copy, value, nvalue);
	copy[nvalue] = '\0';
	if (nkey == 4 && memcmp(key, "path", 4) == 0)
		text = &e->name;
	else if (nkey == 8 && memcmp(key, "linkpath", 8) == 0)
		text = &e->link;
	else if (nkey == 5 && memcmp(key, "uname", 5) == 0)
		text = &e->uid;
	else if (nkey == 5 && memcmp(key, "gname", 5) == 0)
		text = &e->gid;
	else if (nkey == 4 && memcmp(key, "size", 4) == 0) {
		e->size = strtoull(copy, &end, 10);
		good = nvalue > 0 && isdigit((unsigned char)*copy) && *end == '\0' && e->size <= INT64_MAX - RECORD;
	} else if (nkey == 5 && memcmp(key, "mtime", 5) == 0) {
		e->mtime = *copy == '-' ? 0 : strtoull(copy, NULL, 10); /* a fraction is dropped */
	}
	if (text != NULL && strlen(copy) == nvalue) { /* no NUL in it */
		free(*text);
		*text = copy;
		return true;
	}
	free(copy);
	return good && text == NULL;
}

bool
pax_get(const char *p, size_t n, Entry *e)
{
	while (n > 0) {
		const char *space = memchr(p, ' ', n), *equal;
		char *end;
		unsigned long long size;

		if (space == NULL || !isdigit((unsigned char)*p))
			return false;
		size = strtoull(p, &end, 10);
		if (end != space || size > n || size < (size_t)(space - p) + 3 || p[size - 1] != '\n')
			return false;
		equal = memchr(space, '=', (size_t)(p + size - space));
		if (equal == NULL || !record_take(space + 1, (size_t)(equal - space - 1), equal + 1, (size_t)(p + size - 1 - (equal + 1)), e))
			return false;
		p += size;
		n -= (size_t)size;
	}
	return true;
}

/* ---- writing ---- */

static bool
text_put(uint8_t *block, Field f, const char *s)
{
	size_t n = strlen(s);

	memcpy(block + f.at, s, n < f.size ? n : f.size);
	return n <= f.size;
}

/* Octal digits and a NUL; false: it doesn't fit, and is 0. */
static bool
number_put(uint8_t *block, Field f, uint64_t v)
{
	bool fits = v >> 3 * (f.size - 1) == 0;

	snprintf((char *)block + f.at, f.size, "%0*llo", (int)f.size - 1, (unsigned long long)(fits ? v : 0));
	return fits;
}

/* In two parts when it must be: prefix and name, with a slash between that isn't there. */
static bool
name_put(uint8_t *block, const char *name, bool ustar)
{
	size_t n = strlen(name);

	if (n > f_name.size && ustar)
		for (const char *p = name + n - 1; p > name; p--)
			if (*p == '/' && p[1] != '\0' && (size_t)(p - name) <= f_prefix.size && n - (size_t)(p + 1 - name) <= f_name.size) {
				memcpy(block + f_prefix.at, name, (size_t)(p - name));
				return text_put(block, f_name, p + 1);
			}
	return text_put(block, f_name, name);
}

static bool
owner_put(uint8_t *block, Field f, const char *name)
{
	return text_put(block, (Field){ f.at, f.size - 1 }, name);
}

bool
header_put(uint8_t *block, const Entry *e, bool ustar)
{
	unsigned sum = 0;
	bool fits;

	memset(block, 0, BLOCK);
	fits = name_put(block, e->name, ustar);
	number_put(block, f_mode, e->mode & 0777);
	number_put(block, f_uid, e->uid_number);
	number_put(block, f_gid, e->gid_number);
	fits = number_put(block, f_size, e->size) && fits;
	fits = number_put(block, f_mtime, e->mtime) && fits;
	block[F_TYPE] = (uint8_t)e->type;
	if (ustar) {
		memcpy(block + f_magic.at, "ustar\0" "00", 8);
		fits = owner_put(block, f_uname, e->uid) && fits;
		fits = owner_put(block, f_gname, e->gid) && fits;
		number_put(block, f_devmajor, 0);
		number_put(block, f_devminor, 0);
	}
	memset(block + f_sum.at, ' ', f_sum.size);
	for (size_t i = 0; i < BLOCK; i++)
		sum += block[i];
	number_put(block, (Field){ f_sum.at, f_sum.size - 1 }, sum);
	return fits;
}

/* "SIZE key=value\n", where SIZE counts its own digits. */
static void
record_put(char **to, size_t *n, const char *key, const char *value)
{
	size_t size = strlen(key) + strlen(value) + 3, digits = 1;

	for (size_t limit = 10; size + digits >= limit; limit *= 10)
		digits++;
	size += digits;
	*to = cmd_alloc(*to, *n + size + 1);
	snprintf(*to + *n, size + 1, "%zu %s=%s\n", size, key, value);
	*n += size;
}

char *
pax_put(const Entry *e, size_t *n)
{
	uint8_t block[BLOCK] = { 0 };
	char *records = NULL, number[32];

	*n = 0;
	if (!name_put(block, e->name, true))
		record_put(&records, n, "path", e->name);
	if (!number_put(block, f_size, e->size)) {
		snprintf(number, sizeof number, "%llu", (unsigned long long)e->size);
		record_put(&records, n, "size", number);
	}
	if (!owner_put(block, f_uname, e->uid))
		record_put(&records, n, "uname", e->uid);
	if (!owner_put(block, f_gname, e->gid))
		record_put(&records, n, "gname", e->gid);
	return records;
}
