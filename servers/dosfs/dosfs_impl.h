/*
 * dosfs_impl.h - the FAT engine of dosfs: a volume on a Disk, nodes (files in
 * use) on a volume. All of it but main.c is free of system calls, so that it
 * also runs on the host, under sanitizers, on an image in memory.
 *
 * LAYERS  disk <- blk.c (metadata cache) <- fat.c (table, chains) <- file.c
 *         (data) <- dir.c + name.c (entries) <- node.c (identity) <- tree.c
 *         (create, remove, rename); sync.c orders what reaches the disk,
 *         survey.c looks for damage before the first write.
 * LOCKS   none: a server handles one request at a time.
 * SEE     README.md for the order of writes; tests/unit/dosfs_*.c
 */
#ifndef DOSFS_IMPL_H
#define DOSFS_IMPL_H
#include "lib9/lib9.h"

typedef struct Disk Disk;
typedef struct Blk Blk;
typedef struct Vol Vol;
typedef struct Node Node;
typedef struct Dent Dent;
typedef struct Place Place;
typedef struct Ident Ident;
typedef struct Link Link;
typedef struct Chain Chain;
typedef struct Longname Longname;

/* Where a volume lies. read and write move exactly n bytes and return 0, or
 * -Exxx; any offset, any size. now: seconds since 1970. */
struct Disk {
	int (*read)(Disk *d, void *buf, size_t n, uint64_t off);
	int (*write)(Disk *d, const void *buf, size_t n, uint64_t off);
	int64_t (*now)(Disk *d);
	uint64_t size;          /* bytes; 0: not known */
	bool readonly;
	void *aux;
};

enum {
	BLKSIZE = 4096,         /* of the cache; no sector is larger */
	PIECE = 512,            /* one bit of Blk.dirty; no sector is smaller */
	BLK_MAX = 1024,         /* blocks kept, if enough of them are clean */
	BOUNCE = 64 * 1024,     /* longest single metadata write */
	SLOT = 32,              /* one directory slot */
	DIR_SLOTS = 65536,      /* FAT's limit for one directory */
	LONG_UNITS = 255,       /* UTF-16 units in a name */
	LONG_SLOTS = 20,        /* long-name slots before a short entry */
	NAME_SIZE = 3 * LONG_UNITS + 1,
	MARK_STEP = 1024,       /* clusters between two remembered positions */
	LINK_MAX = 64, FREE_MAX = 64,
	SYNC_S = 2,             /* seconds a change waits while requests come */
};
#define FILE_MAX 0xFFFFFFFFu    /* FAT keeps a size in 32 bits */
#define ZERO_MAX (64u * 1024)

/* what a FAT entry says, beside the number of the next cluster */
#define FAT_FREE 0u
#define FAT_EOC 0xFFFFFFFFu     /* last of its chain */
#define FAT_BAD 0xFFFFFFFEu     /* unusable cluster */
#define FAT_WILD 0xFFFFFFFDu    /* a number that no cluster has */
#define COUNT_UNKNOWN 0xFFFFFFFFu

enum { ATTR_RO = 1, ATTR_HIDDEN = 2, ATTR_SYSTEM = 4, ATTR_LABEL = 8, ATTR_DIR = 16, ATTR_ARCHIVE = 32, ATTR_LONG = 15 };
/* offsets in a directory entry */
enum {
	DE_ATTR = 11, DE_CASE = 12, DE_CTENTH = 13, DE_CTIME = 14, DE_CDATE = 16,
	DE_ADATE = 18, DE_STARTHI = 20, DE_MTIME = 22, DE_MDATE = 24,
	DE_START = 26, DE_SIZE = 28,
};

struct Blk {
	Blk *chain;             /* same hash */
	Blk *newer, *older;     /* by last use */
	uint64_t off;           /* on the volume */
	uint8_t dirty;          /* a bit for each PIECE */
	uint8_t data[BLKSIZE];
};

/* A cluster that was the last of its chain and now leads to a new one, which
 * has to be on the disk first. */
struct Link {
	uint32_t from;
	bool one_sector;        /* both in the same FAT sector: one write does it */
};

struct Chain {
	uint32_t first, last, count;
	bool one_sector;        /* its entries lie in the FAT sector of `near` */
};

/* What a directory position stands for when that is not the position itself:
 * a file that moved there, or (path 0) a number still to be given out. */
struct Ident {
	uint64_t key;           /* position / SLOT; 0: empty */
	uint64_t path;
	uint32_t vers;
	bool has_vers;
};

struct Vol {
	Disk *disk;
	/* geometry, fixed after dosvol_open; offsets in bytes */
	uint32_t sector, cluster, bits, nfat;
	uint32_t max;           /* cluster numbers are 2 .. max - 1 */
	uint32_t root_cluster;  /* FAT32 */
	uint32_t root_slots;    /* FAT12, FAT16 */
	uint64_t fat_base, fat_off, fat_size; /* first, active, bytes of one */
	uint64_t root_off, data_off, info_off, size;
	bool mirror, readonly;
	/* cache: blk.c */
	Blk **hash;
	Blk *newest, *oldest, *fat_blk;
	size_t nblk;
	Blk **dirty;
	size_t ndirty, dirty_room;
	uint8_t *bounce;
	/* the table: fat.c, sync.c */
	uint32_t hint, nfree;
	bool info_stale, surveyed;
	uint8_t *suspect;       /* bit map of clusters with more than one owner */
	Link links[LINK_MAX];
	size_t nlink;
	uint32_t frees[FREE_MAX];
	size_t nfrees;
	int64_t synced;         /* time of the last sync */
	/* nodes: node.c */
	Node *nodes[256];
	size_t nnode;
	Node *root;
	Ident *idents;
	size_t nident, ident_room;
	uint64_t fresh;
	char text[NAME_SIZE];   /* name in the last Dir given out */
};

/* A file in use. Files in one directory have different loc; a removed one has
 * left the table and lives until its last reference goes. */
struct Node {
	Vol *vol;
	Node *parent;           /* a reference; NULL: root */
	Node *next;             /* same hash */
	uint32_t refs;
	uint64_t loc;           /* of the short entry, bytes */
	uint32_t first, slot;   /* its slots in the directory: first .. slot */
	uint64_t path;
	uint32_t vers;
	char *name;
	uint8_t raw[SLOT];
	uint32_t start, size;
	bool dirty;             /* raw is newer than the directory */
	bool removed;
	bool fixed;             /* root of FAT12, FAT16 */
	/* the chain: file.c */
	bool loaded, sound;     /* walked; also compared with the survey */
	uint32_t nalloc, last;
	uint32_t pos, pos_cluster;
	uint32_t *marks;        /* cluster number of every MARK_STEPth */
	size_t nmark;
};

struct Dent {
	uint32_t first, slot;
	uint64_t loc;
	uint8_t raw[SLOT];
	char name[NAME_SIZE];
	char alias[40];         /* the short name, as text */
};

struct Longname {
	uint16_t unit[LONG_UNITS];
	uint32_t n;
};

/* Where a new entry will go and what it will be called. */
struct Place {
	uint32_t first, count;  /* slots, the short entry is the last */
	uint8_t alias[11];
	Longname name;
};

static inline uint32_t
le16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}
static inline uint32_t
le32(const uint8_t *p)
{
	return le16(p) | le16(p + 2) << 16;
}
static inline void
put_le16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}
static inline void
put_le32(uint8_t *p, uint32_t v)
{
	put_le16(p, v);
	put_le16(p + 2, v >> 16);
}

/* ---- vol.c ---- */
/* dosvol_open finds the volume on d (borrowed until dosvol_close). Ecorrupt
 * and a reason when there is none or its description makes no sense. */
int dosvol_open(Disk *d, bool readonly, Vol **out) MUST_USE;
/* dosvol_close writes back what waits and frees v. All nodes but the root
 * must have been put. The volume is gone even when the writing failed. */
int dosvol_close(Vol *v);
/* writes changes back when they have waited for SYNC_S, or fill the cache */
int dosvol_tick(Vol *v) MUST_USE;
/* every change starts here: refuses on read-only volumes, surveys once */
int dosvol_change(Vol *v) MUST_USE;

/* ---- sync.c ---- */
int dossync_all(Vol *v) MUST_USE;
bool dossync_pending(const Vol *v);
int dossync_free(Vol *v, uint32_t first) MUST_USE; /* chain to free after the next sync */

/* ---- survey.c ---- */
int dossurvey_run(Vol *v) MUST_USE;
bool dossurvey_suspect(const Vol *v, uint32_t cluster);

/* ---- blk.c: pointers stay good until the next call here ---- */
int dosblk_get(Vol *v, uint64_t off, uint8_t **p) MUST_USE;   /* at off, to the block's end */
int dosblk_edit(Vol *v, uint64_t off, uint8_t **p) MUST_USE;  /* the sector at off will be written */
int dosblk_flush(Vol *v, uint64_t from, uint64_t to, bool patch) MUST_USE;
int dosblk_store(Vol *v, uint64_t off, const void *data, size_t n) MUST_USE; /* at once */
void dosblk_free(Vol *v);

/* ---- fat.c ---- */
int dosfat_get(Vol *v, uint32_t c, uint32_t *next) MUST_USE;
int dosfat_set(Vol *v, uint32_t c, uint32_t next) MUST_USE;
uint32_t dosfat_decode(const Vol *v, uint32_t raw);
uint64_t dosfat_entry(const Vol *v, uint32_t c);              /* offset of c's entry */
void dosfat_poke(const Vol *v, uint8_t *p, uint32_t c, uint32_t next); /* p: entry's bytes */
int dosfat_alloc(Vol *v, uint32_t want, uint32_t near, Chain *out) MUST_USE;
int dosfat_release(Vol *v, uint32_t first) MUST_USE;          /* frees a chain at once */
int dosfat_link(Vol *v, uint32_t from, const Chain *to) MUST_USE;
int dosfat_unlink(Vol *v, uint32_t from) MUST_USE;            /* takes the last link back */
uint64_t dosfat_where(const Vol *v, uint32_t c);              /* offset of cluster c's data */
static inline bool
dosfat_valid(const Vol *v, uint32_t c)
{
	return c >= 2 && c < v->max;
}

/* ---- file.c ---- */
int dosfile_load(Node *n, bool write) MUST_USE;               /* walks and checks the chain */
void dosfile_unload(Node *n);
int dosfile_map(Node *n, uint32_t index, uint32_t want, uint32_t *c, uint32_t *run) MUST_USE;
int dosfile_extend(Node *n, uint32_t clusters, Chain *added) MUST_USE;
int64_t dosfile_read(Node *n, void *buf, size_t count, uint64_t off) MUST_USE;
int64_t dosfile_write(Node *n, const void *buf, size_t count, uint64_t off) MUST_USE;
int dosfile_resize(Node *n, uint64_t size) MUST_USE;
int dosfile_zero(Vol *v, uint64_t off, uint64_t n) MUST_USE;  /* zeros straight to the disk */

/* ---- name.c ---- */
int dosname_parse(Str name, Longname *out) MUST_USE;          /* Ebadname, Ebadchar */
bool dosname_text(const uint16_t *unit, uint32_t n, char *text); /* text: NAME_SIZE */
bool dosname_alias(const uint8_t *raw, char *text);           /* text: 40 bytes; false: garbage */
bool dosname_same(Str a, Str b);                              /* regardless of case */
uint8_t dosname_sum(const uint8_t *alias);
bool dosname_basis(const Longname *n, uint8_t *alias, bool *lossy); /* true: alias says it all */
uint32_t dosname_tail(const uint8_t *basis, const uint8_t *alias);  /* N when alias is basis~N */
void dosname_set_tail(uint8_t *alias, const uint8_t *basis, uint32_t n);

/* ---- dir.c ---- */
int dosdir_next(Node *dir, uint32_t *slot, Dent *e) MUST_USE; /* 1, 0 no more */
int dosdir_find(Node *dir, Str name, Dent *e) MUST_USE;
int dosdir_place(Node *dir, Str name, const Node *self, Place *p) MUST_USE;
int dosdir_put(Node *dir, const Place *p, uint8_t *raw, uint64_t *loc) MUST_USE;
int dosdir_erase(Node *dir, uint32_t first, uint32_t last) MUST_USE;
int dosdir_empty(Node *dir) MUST_USE;
int dosdir_where(Node *dir, uint32_t slot, uint64_t *loc) MUST_USE;

/* ---- node.c ---- */
int dosnode_new(Node *parent, const Dent *e, Node **out) MUST_USE; /* or the one in use */
Node *dosnode_get(Node *n);
int dosnode_put(Node *n);                                     /* NULL ok; error: not written back */
int dosnode_flush(Node *n) MUST_USE;
int dosnode_flush_all(Vol *v) MUST_USE;
void dosnode_move(Node *n, uint64_t loc);
void dosnode_forget(Node *n);                                 /* removed: out of the table */
int dosident_reserve(Vol *v, uint64_t loc) MUST_USE;
Ident *dosident_find(Vol *v, uint64_t loc);
void dosnode_changed(Node *n);                                /* new contents: time, version */
bool dosnode_isdir(const Node *n);
int dosnode_damaged(const Node *n, const char *fmt, ...) PRINTF(2, 3);

/* ---- tree.c: what a 9P request asks for ---- */
int dostree_walk(Node *dir, Str name, Node **out) MUST_USE;   /* new reference; ".." too */
int dostree_open(Node *n, int mode) MUST_USE;
int dostree_create(Node *dir, Str name, uint32_t perm, Node **out) MUST_USE;
int dostree_remove(Node *n) MUST_USE;
void dostree_stat(Node *n, Dir *d);                           /* d's strings: n's */
int dostree_wstat(Node *n, const Dir *d) MUST_USE;
int dostree_entry(Node *dir, uint32_t *slot, Dir *d) MUST_USE; /* 1, 0 no more */

/* ---- time.c ---- */
int64_t dostime_unix(uint32_t date, uint32_t time);
void dostime_dos(int64_t sec, uint32_t *date, uint32_t *time);

#endif
