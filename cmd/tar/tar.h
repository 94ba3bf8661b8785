/*
 * tar.h - what the files of cmd/tar share. An archive is a row of blocks: a header, the
 * bytes of the file, filled up to a whole block; two blocks of zeros end it.
 */
#ifndef CMD_TAR_TAR_H
#define CMD_TAR_TAR_H
#include "lib9/cmd.h"

enum { BLOCK = 512, RECORD = 20 * BLOCK };

/* What an archive knows of a file. Strings are malloc'd. */
typedef struct Entry Entry;
struct Entry {
	char *name, *link;
	char *uid, *gid;        /* names; "" when there are none */
	uint32_t uid_number, gid_number;
	uint32_t mode;          /* with DMDIR */
	uint64_t size, mtime;
	char type;              /* of the header; '0' files, '1' hard link, '2' symbolic, '5' directory, … */
	bool sparse_more;       /* GNU's: more blocks of its map follow */
};

enum HeaderKind { HEADER_OK, HEADER_ZERO, HEADER_BAD };
/* header_get takes a block apart; HEADER_BAD: its checksum or a number is wrong, with the
 * reason set. */
enum HeaderKind header_get(const uint8_t *block, Entry *e);
/* header_put makes one; false: the name, an owner or a number doesn't fit: pax_put first,
 * and then it has been cut. */
bool header_put(uint8_t *block, const Entry *e, bool ustar);
/* pax_put makes the records of an extended header for what does not fit in a plain one;
 * malloc'd, the size in *n. pax_get takes them over; false: malformed. */
char *pax_put(const Entry *e, size_t *n);
bool pax_get(const char *records, size_t n, Entry *e);
void entry_free(Entry *e);

/* The archive, block by block; what goes wrong with it ends the program. */
typedef struct Archive Archive;
struct Archive {
	const char *name;
	int fd;
	uint64_t at;            /* bytes read or written */
	bool seeks;             /* its size is known: data can be skipped */
	uint64_t size;
	uint8_t record[RECORD]; /* being written */
	size_t nrecord;
};
/* archive_read: n bytes; false at the end; sysfatal for a part. */
bool archive_read(Archive *a, void *buf, size_t n);
void archive_skip(Archive *a, uint64_t n);
void archive_write(Archive *a, const void *buf, size_t n);
void archive_pad(Archive *a, uint64_t size);    /* zeros after so many bytes of data */
void archive_finish(Archive *a);

/* archive_next reads headers up to that of the next file; false: the archive is at its end. */
bool archive_next(Archive *a, Entry *e, bool resync);
static inline uint64_t
blocks_size(uint64_t size)
{
	return (size + BLOCK - 1) / BLOCK * BLOCK;
}

typedef struct Options Options;
struct Options {
	bool keep, verbose, root, restore, v7, ignore, resync;
	uint32_t uid, gid;
};
extern Options opt;

void tar_create(Archive *a, char **files);
void tar_append(Archive *a, char **files);
void tar_extract(Archive *a, char **files);     /* none: all */
void tar_list(Archive *a, char **files);
#endif
