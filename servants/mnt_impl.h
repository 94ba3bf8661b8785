/*
 * mnt_impl.h - what the files of the mount servant share: the state of a link
 * (Mnt) and a request on it (Rpc).
 */
#ifndef SERVANTS_MNT_IMPL_H
#define SERVANTS_MNT_IMPL_H
#include "servants/mnt.h"

enum {
	NTAG = 1024,                  /* requests outstanding on one link */
	TAGWORDS = NTAG / 32,
	MSIZE_DEFAULT = 64 * 1024 + IOHDRSZ,
	REPLY_INLINE = 640,           /* holds every reply but Rread and long Rstats */
	MSGHDR = 4 + 1 + 2,
};

typedef struct Mnt Mnt;
typedef struct Cached Cached;
typedef struct Rpc Rpc;

enum MntState { MNT_NEW, MNT_READY, MNT_FAILED };

struct Mnt {
	/* immutable once READY */
	uint32_t id;                  /* Chan.dev of its files */
	uint32_t msize;
	char version[32];
	/* mnts.lk (mnt.c) */
	size_t users;                 /* handles, and calls at work on it */
	atomic_uint state;
	Rendez ready;                 /* sleepers wait for the state to leave NEW */
	/* atomic */
	atomic_uint next_fid;
	/* lk: a leaf */
	Lock lk;
	int dead;                     /* Exxx: why the link is given up, 0: it isn't */
	char why[ERRMAX];
	Rpc *version_rpc;             /* the one with NOTAG */
	Rpc *rpc[NTAG];               /* by tag: waits for its reply */
	Rpc *head, *tail;             /* the same in order of time */
	uint32_t tags[TAGWORDS];      /* bit set: tag in use */
	size_t ntag;
	Rpc *reader;                  /* who reads the link for all */
	/* the reader's */
	uint8_t *in;                  /* room: the msize asked for */
	size_t at, have, room;
};

struct Rpc {
	/* the caller's, before mnt_rpc */
	Fcall t;
	void *data;                   /* Rread: where the bytes go */
	TraceWho who;                 /* mnt_rpc's: the caller, while TRACING_ANY */
	/* after mnt_rpc */
	Fcall r;                      /* the reply; views live as long as the Rpc */
	/* atomic */
	atomic_uint ref;              /* the caller, the table, who delivers */
	atomic_bool done;             /* reply, rc and err are there */
	atomic_bool lead;             /* this one is m->reader */
	Rendez rendez;                /* the caller sleeps here */
	/* m->lk */
	Rpc *next, *prev;
	uint16_t tag;
	bool listed, waiting, orphan;
	Rpc *flush;                   /* the Tflush for this one: keeps its tag reserved */
	Rpc *target;                  /* this is a Tflush: for whom, 1 reference */
	/* whoever delivers, before done */
	int rc;
	char err[ERRMAX];
	uint8_t *big;                 /* a reply longer than small */
	uint8_t small[REPLY_INLINE];
	size_t nreply;
	/* the sender's */
	uint8_t *msg;
	size_t msg_size;
};

/* mnt_rpc.c */
Rpc *rpc_new(uint8_t type);                   /* 1 reference; NULL: no memory, reason set */
void rpc_put(Rpc *r);                         /* NULL ok */
/* mnt_rpc sends r->t and waits for r->r. 0, the server's error, -Eintr (flushed),
 * -Ehungup, -Emountrpc. r is done with in any case: put it, or use r->r first. */
int mnt_rpc(Mnt *m, Chan *link, Rpc *r) MUST_USE;
/* mnt_post sends r->t; the reply, when it comes, is dropped. */
int mnt_post(Mnt *m, Chan *link, Rpc *r) MUST_USE;
void mnt_kill(Mnt *m, int code, const char *why); /* all requests, now and later, fail */
bool mnt_over(Mnt *m);                        /* no tag is in use, or it is dead: no reply is awaited */

/*
 * mnt_cache.c: data of the files of mounts with MCACHE. cache_open looks up the
 * file of a handle that was just opened; NULL: it is not kept, which all the others
 * take. cache_read gives what is known at off, up to n bytes, perhaps none; the rest
 * comes from the server, and cache_fill keeps it unless it was overtaken since *gen.
 * A write stands between cache_write and cache_written (n < 0: it failed).
 */
Cached *cache_open(const Chan *c);
void cache_close(Cached *f);
size_t cache_read(Cached *f, void *buf, size_t n, uint64_t off, uint32_t *gen);
void cache_fill(Cached *f, uint32_t gen, const void *buf, size_t n, uint64_t off);
uint32_t cache_write(Cached *f);
void cache_written(Cached *f, uint32_t gen, const void *buf, int64_t n, uint64_t off);
void cache_forget(const Chan *c);             /* the file was truncated, removed, made anew */
void cache_forget_link(uint32_t dev);         /* the link is gone: nobody has a file of it */

/* mnt_link.c: bytes from the link to the requests */
int link_init(Mnt *m) MUST_USE;               /* the buffer for m->msize; before anything is sent */
int link_read(Mnt *m, Chan *link) MUST_USE;   /* delivers one message; REQUIRES the reader's role */
void rpc_finish(Rpc *r, int rc, const char *err); /* wakes its caller */
Rpc *rpc_take_locked(Mnt *m, uint16_t tag);   /* off the table; the table's reference is the caller's */
void tag_free_locked(Mnt *m, uint16_t tag);
#endif
