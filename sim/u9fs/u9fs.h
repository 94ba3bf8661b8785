/*
 * u9fs.h - the parts of u9fs, a Linux program that serves a directory of the host
 * over 9P2000. Everything about 9P itself is lib9/srv.h's.
 *
 * One process serves one connection, one request after the other, so nothing here
 * has a lock. Functions return 0, a count or a descriptor, or -Exxx (seterr).
 */
#ifndef SIM_U9FS_U9FS_H
#define SIM_U9FS_U9FS_H
#include <sys/stat.h>
#include "lib9/srv.h"

typedef struct Ufile Ufile;
typedef struct Uopen Uopen;
typedef struct Udir Udir;

/* What a fid is: its file, and, when it is open, one of the others. */
typedef struct Ufid Ufid;
struct Ufid {
	Ufile *file;            /* 1 reference */
	Uopen *open;            /* a plain file */
	Udir *dir;              /* a directory's names, once read */
};

/* ---- ops.c ---- */
extern const SrvOps u9fs_ops;
extern bool u9fs_readonly;      /* set before serving */

/* ---- error.c: Linux's errno to Plan 9's error ---- */
/* `what` goes in front of the text; NULL: nothing does. */
int host_error(int err, const char *what);

/* ---- name.c: names of the host are bytes, 9P's are UTF-8 ---- */
enum { HOSTNAME_MAX = 255, NAME9_MAX = 3 * HOSTNAME_MAX };
void name_to_9p(char out[NAME9_MAX + 1], const char *host);
/* -Ebadname too long, -Ebadchar: no host name looks like that, or it is no name of one file. */
int name_to_host(char out[HOSTNAME_MAX + 1], Str name) MUST_USE;

/* ---- file.c: which file of the host a fid means ---- */
struct Ufile {
	Ufile *parent;          /* 1 reference; NULL: the shared directory itself */
	Ufile *next;            /* same hash */
	size_t refs;
	char *name;             /* bytes; "" of the root */
	dev_t dev;              /* with ino: the file that was found there */
	ino_t ino;
	mode_t type;            /* S_IFMT bits of st_mode */
	bool link;              /* name is a symbolic link, followed: dev and ino are its target's */
	char *target;           /* of an absolute one: the way from the root; else NULL */
	bool removed;           /* name is another file's now, or nobody's */
};
/* root_open: dir is what is shared from now on; -Exxx. */
int root_open(const char *dir) MUST_USE;
Ufile *root_get(void);                          /* 1 reference */
void root_step_only(void);                      /* as on a Linux without openat2, for tests */
Ufile *ufile_get(Ufile *f);
void ufile_put(Ufile *f);                       /* NULL ok */
/* ufile_fd: an O_PATH descriptor of f's file, found by its path from the root
 * without ever leaving it; -Enonexist when another file is there now. */
int ufile_fd(const Ufile *f) MUST_USE;
/* ufile_stat: the same file's status, one system call less for most. */
int ufile_stat(const Ufile *f, struct stat *st) MUST_USE;
/* ufile_open: opens it as open(2) does, and only a plain file or directory. */
int ufile_open(const Ufile *f, int flags) MUST_USE;
/* ufile_walk: *out is the file `name` in dir, 1 reference, and *st its status. */
int ufile_walk(Ufile *dir, const char *name, Ufile **out, struct stat *st) MUST_USE;
/* ufile_look: what a name in a directory is, without making a Ufile; dirfd is
 * ufile_fd(dir). */
int ufile_look(const Ufile *dir, int dirfd, const char *name, struct stat *st) MUST_USE;
/* ufile_made: the file that was just created as `name` in dir; 1 reference. */
int ufile_made(Ufile *dir, const char *name, const struct stat *st, Ufile **out) MUST_USE;
void ufile_gone(Ufile *f);                      /* it was removed */
int ufile_rename(Ufile *f, const char *name) MUST_USE; /* in its directory, to a name that is free */
/* "/proc/self/fd/N": acts on that very file, however it is called by now. */
enum { FDPATH_SIZE = 32 };
char *fd_path(char path[FDPATH_SIZE], int fd);

/* ---- openfile.c: descriptors of open files, a bounded number ---- */
int uopen_init(void) MUST_USE;                  /* the bound, from the resource limit */
int uopen_new(Ufile *f, int flags, Uopen **out) MUST_USE; /* opens f */
/* uopen_take: fd is f, opened so; it may not be possible to open it so again. */
int uopen_take(Ufile *f, int flags, int fd, Uopen **out) MUST_USE;
int uopen_fd(Uopen *o) MUST_USE;                /* borrowed, until the next call of this part */
int uopen_lock(Uopen *o) MUST_USE;              /* -Elocked: another connection's; and keeps it open */
void uopen_free(Uopen *o);                      /* NULL ok */
/* fd_again: was err a want of descriptors, and is there one now? */
bool fd_again(int err);

/* ---- dir.c: stat entries, directories ---- */
/* qid_make, dir_make: of a file with that status; strings live until the next call. */
Qid qid_make(const struct stat *st, uint32_t bits);
void dir_make(Dir *d, const struct stat *st, uint32_t bits, const char *name);
const char *user_name(uid_t uid), *group_name(gid_t gid);
int group_find(const char *name, gid_t *gid) MUST_USE;
/* udir_entry: entry number i, as SrvOps.dirent; i == 0 reads the directory anew. */
int udir_entry(Ufid *f, size_t i, Dir *d) MUST_USE;
void udir_free(Udir *d);                        /* NULL ok */

/* ---- attr.c: append-only and exclusive use, which Linux's modes have not ---- */
/* fd: O_PATH or any. The DMAPPEND and DMEXCL of a file with that status. */
uint32_t attr_get(int fd, const struct stat *st);
int attr_set(int fd, const struct stat *st, uint32_t bits) MUST_USE;

/* ---- wstat.c ---- */
int u9fs_wstat(Req *r, const Dir *d) MUST_USE;

/* ---- listen.c: connections ---- */
/* serve_fds serves one connection to its end. */
int serve_fds(int in, int out);
/* listen_run waits for connections at "unix:PATH" or "tcp:[ADDR:]PORT", each served
 * by a process of its own, `most` at a time; it returns only when it can't. */
int listen_run(const char *where, unsigned most);
/* listen_check: is it a place at all, and may others reach it? -Ebadarg */
int listen_check(const char *where, bool *tcp) MUST_USE;
extern bool u9fs_trace;         /* each message on standard error */
#endif
