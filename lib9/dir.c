/*
 * dir.c - directory entries on the wire: stat(5).
 *
 *      size[2] type[2] dev[4] qid.type[1] qid.vers[4] qid.path[8] mode[4]
 *      atime[4] mtime[4] length[8] name[s] uid[s] gid[s] muid[s]
 *
 * size counts what follows it; a string s is its length[2], then its bytes.
 * All numbers little-endian. An entry is taken only when its strings fill it
 * exactly and hold no NUL.
 * SEE     stat(5); tests/unit/dir.c
 */
#include "lib9/lib9.h"

enum { FIXED = 2 + 2 + 4 + 13 + 4 + 4 + 4 + 8, NSTR = 4 };

static uint8_t *
put_le(uint8_t *p, uint64_t v, int n)
{
	for (int i = 0; i < n; i++, v >>= 8)
		*p++ = (uint8_t)v;
	return p;
}

static uint64_t
get_le(const uint8_t **p, int n)
{
	uint64_t v = 0;

	for (int i = 0; i < n; i++)
		v |= (uint64_t)*(*p)++ << 8 * i;
	return v;
}

static size_t
text_size(const char *s)
{
	return s == NULL ? 0 : strlen(s);
}

size_t
dir_size(const Dir *d)
{
	return FIXED + 2 * NSTR + text_size(d->name) + text_size(d->uid) + text_size(d->gid) + text_size(d->muid);
}

int
dir_pack(const Dir *d, uint8_t *buf, size_t n)
{
	const char *strs[NSTR] = { d->name, d->uid, d->gid, d->muid };
	size_t size = dir_size(d);
	uint8_t *p = buf;

	if (size > n || size > 0xFFFF + 2)
		return seterr(Eshort, "stat buffer");
	p = put_le(p, size - 2, 2);
	p = put_le(p, d->type, 2);
	p = put_le(p, d->dev, 4);
	p = put_le(p, d->qid.type, 1);
	p = put_le(p, d->qid.vers, 4);
	p = put_le(p, d->qid.path, 8);
	p = put_le(p, d->mode, 4);
	p = put_le(p, d->atime, 4);
	p = put_le(p, d->mtime, 4);
	p = put_le(p, d->length, 8);
	for (int i = 0; i < NSTR; i++) {
		size_t len = text_size(strs[i]);

		p = put_le(p, len, 2);
		if (len > 0)
			memcpy(p, strs[i], len);
		p += len;
	}
	return (int)size;
}

/* Checks the strings of an entry; they and their NULs fit the entry's size. */
static bool
strings_fit(const uint8_t *p, const uint8_t *end)
{
	for (int i = 0; i < NSTR; i++) {
		size_t len;

		if (end - p < 2)
			return false;
		len = (size_t)get_le(&p, 2);
		if ((size_t)(end - p) < len || (len > 0 && memchr(p, '\0', len) != NULL))
			return false;
		p += len;
	}
	return p == end;
}

int
dir_unpack(Dir *d, const uint8_t *buf, size_t n, char *strs)
{
	const uint8_t *p = buf;
	const char *text[NSTR];
	size_t size;

	if (n < FIXED + 2 * NSTR)
		return seterr(Ebadstat, NULL);
	size = 2 + (size_t)get_le(&p, 2);
	if (size > n || size < FIXED + 2 * NSTR || !strings_fit(buf + FIXED, buf + size))
		return seterr(Ebadstat, NULL);
	d->type = (uint16_t)get_le(&p, 2);
	d->dev = (uint32_t)get_le(&p, 4);
	d->qid.type = (uint8_t)get_le(&p, 1);
	d->qid.vers = (uint32_t)get_le(&p, 4);
	d->qid.path = get_le(&p, 8);
	d->mode = (uint32_t)get_le(&p, 4);
	d->atime = (uint32_t)get_le(&p, 4);
	d->mtime = (uint32_t)get_le(&p, 4);
	d->length = get_le(&p, 8);
	for (int i = 0; i < NSTR; i++) {
		size_t len = (size_t)get_le(&p, 2);

		text[i] = strs;
		if (len > 0)
			memcpy(strs, p, len);
		strs[len] = '\0';
		strs += len + 1;
		p += len;
	}
	d->name = text[0];
	d->uid = text[1];
	d->gid = text[2];
	d->muid = text[3];
	return (int)size;
}

void
dir_null(Dir *d)
{
	*d = (Dir){ .type = UINT16_MAX, .dev = UINT32_MAX, .qid = { UINT64_MAX, UINT32_MAX, UINT8_MAX },
		.mode = UINT32_MAX, .atime = UINT32_MAX, .mtime = UINT32_MAX, .length = UINT64_MAX,
		.name = "", .uid = "", .gid = "", .muid = "" };
}
