/*
 * cmd/tar/archive.c - an archive as a row of blocks, and as a row of entries.
 */
#include "cmd/tar/tar.h"

enum { LONG_MAX_SIZE = 1 << 20 }; /* of a name that stands in a block of its own */

bool
archive_read(Archive *a, void *buf, size_t n)
{
	int64_t got = readn(a->fd, buf, (int64_t)n);

	if (got < 0)
		sysfatal("error reading %s: %r", a->name);
	if (got > 0 && (size_t)got < n)
		sysfatal("%s: unexpected end of the archive, after %llu bytes", a->name, (unsigned long long)a->at + (size_t)got);
	a->at += (size_t)got;
	return got > 0;
}

void
archive_skip(Archive *a, uint64_t n)
{
	static uint8_t buf[RECORD];

	if (a->seeks) {
		if (n > a->size - a->at)
			sysfatal("%s: unexpected end of the archive, after %llu bytes", a->name, (unsigned long long)a->size);
		a->at += n;
		if (seek(a->fd, (int64_t)n, 1) < 0)
			sysfatal("can't seek on %s: %r", a->name);
		return;
	}
	for (size_t part; n > 0; n -= part) {
		part = n < sizeof buf ? (size_t)n : sizeof buf;
		if (!archive_read(a, buf, part))
			sysfatal("%s: unexpected end of the archive, after %llu bytes", a->name, (unsigned long long)a->at);
	}
}

static void
record_flush(Archive *a)
{
	if (write(a->fd, a->record, (int64_t)a->nrecord) != (int64_t)a->nrecord)
		sysfatal("error writing %s: %r", a->name);
	a->nrecord = 0;
}

void
archive_write(Archive *a, const void *buf, size_t n)
{
	const uint8_t *p = buf;

	a->at += n;
	for (size_t part; n > 0; n -= part, p += part) {
		part = RECORD - a->nrecord < n ? RECORD - a->nrecord : n;
		memcpy(a->record + a->nrecord, p, part);
		a->nrecord += part;
		if (a->nrecord == RECORD)
			record_flush(a);
	}
}

void
archive_pad(Archive *a, uint64_t size)
{
	static const uint8_t zeros[BLOCK];

	archive_write(a, zeros, (size_t)(blocks_size(size) - size));
}

/* Two blocks of zeros, and as many as fill the record. */
void
archive_finish(Archive *a)
{
	static const uint8_t zeros[BLOCK];

	archive_write(a, zeros, BLOCK);
	do
		archive_write(a, zeros, BLOCK);
	while (a->nrecord > 0);
}

/* The bytes of an entry that is no file, NUL-terminated, malloc'd. */
static char *
data_get(Archive *a, const Entry *e)
{
	char *s;

	if (e->size > LONG_MAX_SIZE)
		sysfatal("%s: a name or extended header of %llu bytes: more than %d", a->name, (unsigned long long)e->size, LONG_MAX_SIZE);
	s = cmd_alloc(NULL, (size_t)blocks_size(e->size) + 1);
	if (e->size > 0 && !archive_read(a, s, (size_t)blocks_size(e->size)))
		sysfatal("%s: unexpected end of the archive, after %llu bytes", a->name, (unsigned long long)a->at);
	s[e->size] = '\0';
	return s;
}

static void
replace(char **text, char **by)
{
	if (*by == NULL)
		return;
	free(*text);
	*text = *by;
	*by = NULL;
}

bool
archive_next(Archive *a, Entry *e, bool resync)
{
	char *name = NULL, *link = NULL, *pax = NULL;
	size_t npax = 0, n;
	uint8_t block[BLOCK];

	for (;;) {
		enum HeaderKind kind = archive_read(a, block, BLOCK) ? header_get(block, e) : HEADER_ZERO;

		if (kind == HEADER_ZERO)
			return false;
		if (kind == HEADER_BAD) {
			if (!resync)
				sysfatal("%s: at byte %llu: %r (s looks for the next good header)", a->name,
				    (unsigned long long)a->at - BLOCK);
			continue;
		}
		if (e->type == 'L' || e->type == 'K') { /* GNU's long names */
			char **text = e->type == 'L' ? &name : &link;

			free(*text);
			*text = data_get(a, e);
		} else if (e->type == 'x') {
			free(pax);
			pax = data_get(a, e);
			npax = (size_t)e->size;
		} else if (e->type == 'g') {
			archive_skip(a, blocks_size(e->size));
		} else {
			break;
		}
		entry_free(e);
	}
	replace(&e->name, &name);
	replace(&e->link, &link);
	if (pax != NULL && !pax_get(pax, npax, e))
		sysfatal("%s: at byte %llu: malformed extended header", a->name, (unsigned long long)a->at - BLOCK);
	free(pax);
	while (e->sparse_more && archive_read(a, block, BLOCK))
		e->sparse_more = block[504] != 0;
	n = strlen(e->name);
	if (strchr("125", e->type) != NULL)
		e->size = 0; /* some tars say what a link leads to; no data follows */
	else if (e->type == '0' && n > 0 && e->name[n - 1] == '/')
		e->type = '5'; /* as it was before there was a type */
	return true;
}
