/*
 * servants_impl.h - what the servants share: walking and stat of trees that
 * are made up on the fly, and text files. Implemented in help.c.
 */
#ifndef SERVANTS_SERVANTS_IMPL_H
#define SERVANTS_SERVANTS_IMPL_H
#include "servants/servants.h"

/* attach_root makes the handle of a servant's root directory, qid.path 0;
 * -Ebadspec unless spec is "". */
int attach_root(const Servant *s, const char *spec, Chan **out) MUST_USE;

/*
 * walk_each does a servant's walk with one step at a time: step moves nc->qid
 * (and nc->dev) by one name, 0 or -Exxx. It never sees "."; it sees ".." of
 * every directory. nc->aux is left alone.
 */
int64_t walk_each(Chan *nc, const Str *name, size_t n, Qid *qid, int (*step)(Chan *nc, Str name));

/* step_gen is a step to the entry of that name, of those that gen makes. */
int step_gen(Chan *nc, Str name, int (*gen)(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs));
bool mode_writes(int omode);

/* dir_set fills every field: times are the start of the system, owner eve. */
void dir_set(Dir *d, const Chan *c, const char *name, Qid qid, uint32_t perm, uint64_t length);
Qid qid_of(uint64_t path, uint32_t vers, uint8_t type);

/* text_take serves a read of a malloc'd text and frees it. */
int64_t text_take(void *buf, size_t n, uint64_t off, char *text);

/*
 * A file whose text is made once per reading from the start, so that a reader
 * with a small buffer sees one consistent text. Lives in Chan.aux.
 */
typedef struct TextFile TextFile;
struct TextFile {
	QLock lk;
	char *text;          /* lk */
};
int64_t textfile_read(Chan *c, void *buf, size_t n, uint64_t off, int (*make)(Chan *c, char **text));
void textfile_close(Chan *c);
int textfile_open(Chan *c);

/* name_ok: may a user give a file this name? 0 or -Ebadname, -Ebadchar. */
int name_ok(Str name, size_t max);

#endif
